"""Resolved scenario -> TOML text that needs no catalogue: all defaults and every entry that it uses are written out."""

from collections.abc import Iterable
from typing import Any

import tomli_w

from dowding.catalogue import Catalogue, Entry, Kind
from dowding.catalogue.entries import SINGULAR
from dowding.scenario.resolve import resolve
from dowding.scenario.resolved import Resolved, ResolvedFlight
from dowding.scenario.schema import Flight, Scenario, SourceTable

_HEADING = "# A resolved scenario: every default and every catalogue entry that it uses is written out.\n\n"


def write(scenario: Scenario | Resolved, catalogue: Catalogue | None = None) -> str:
    """The scenario as TOML text, complete; reading it gives the same Resolved, whatever the shipped catalogue says then."""
    resolved = scenario if isinstance(scenario, Resolved) else resolve(scenario, catalogue)
    tables = without_nothing(resolved.scenario.model_dump(mode="python", exclude={"catalogue"}))
    _name_entries(tables, resolved)
    tables["flight"] = [_flight(table, flight) for table, flight in zip(tables["flight"], resolved.flights, strict=True)]
    tables["catalogue"] = {"complete": True, **_entries(resolved)}
    return _HEADING + tomli_w.dumps(tables)


def _name_entries(tables: dict[str, Any], resolved: Resolved) -> None:
    """Call every entry by its id rather than another of its names."""
    for table, unit in zip(tables["fire_unit"], resolved.fire_units, strict=True):
        table["system"] = unit.system.id
    for table, sensor in zip(tables["sensor"], resolved.sensors, strict=True):
        table[SINGULAR[sensor.entry.kind]] = sensor.entry.id
    for table, link in zip(tables["link"], resolved.links, strict=True):
        table["type"] = link.entry.id


def _flight(table: dict[str, Any], flight: ResolvedFlight) -> dict[str, Any]:
    """The table of a flight with the defaults that depend on its target, in the order of the schema."""
    table = table | {"target": flight.target.id, "depart_s": flight.depart_s}
    if flight.waypoints and "speed_mps" not in table and flight.target.get("speed_cruise_mps") is not None:
        table["speed_mps"] = flight.target.number("speed_cruise_mps")
    if "spacing_km" not in table:
        table["interval_s"] = flight.interval_s
    return {key: table[key] for key in Flight.model_fields if key in table}


def _entries(resolved: Resolved) -> dict[str, Any]:
    """The entries that the scenario uses, before its overrides, and the sources that they cite."""
    catalogue = resolved.catalogue
    systems = _ids(unit.system.id for unit in resolved.fire_units)
    made_of = [catalogue.find("systems", id) for id in systems]
    radars = [use.radar for system in made_of for use in system.radars]
    used: dict[Kind, list[str]] = {
        "radars": _ids([*radars, *(sensor.entry.id for sensor in resolved.sensors if sensor.entry.kind == "radars")]),
        "receivers": _ids(sensor.entry.id for sensor in resolved.sensors if sensor.entry.kind == "receivers"),
        "interceptors": _ids(id for system in made_of for id in system.rounds),
        "systems": systems,
        "targets": _ids(flight.target.id for flight in resolved.flights),
        "links": _ids(link.entry.id for link in resolved.links),
    }
    entries = [catalogue.find(kind, id) for kind, ids in used.items() for id in ids]
    tables: dict[str, Any] = {"sources": {id: _source(catalogue, id) for id in _sources(entries) if id in catalogue.sources}}
    return tables | {kind: catalogue.to_tables(kind, ids) for kind, ids in used.items() if ids}


def _ids(ids: Iterable[str]) -> list[str]:
    return sorted(set(ids))


def _sources(entries: Iterable[Entry]) -> list[str]:
    figures = [figure for entry in entries for figure in (*entry.figures.values(), *entry.rounds.values())]
    return _ids(source for figure in figures for source in figure.sources)


def _source(catalogue: Catalogue, id: str) -> dict[str, Any]:
    source = catalogue.source(id)
    return {key: getattr(source, key) for key in SourceTable.model_fields}


def without_nothing(value: Any) -> Any:
    """The tables without what was left out, which TOML cannot say, and without empty tables."""
    if isinstance(value, dict):
        filled = {key: without_nothing(each) for key, each in value.items()}
        return {key: each for key, each in filled.items() if each is not None and each != {}}
    return [without_nothing(each) for each in value] if isinstance(value, list | tuple) else value
