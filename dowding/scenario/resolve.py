"""Scenario -> Resolved: names looked up in the catalogue, overrides applied, routes filled in and checked against the figures."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dowding.catalogue import KINDS, Catalogue, Entry, Source
from dowding.errors import CatalogueError
from dowding.scenario.checks import check
from dowding.scenario.commands import check_armed, post_of
from dowding.scenario.faults import Fault, Mistake, dotted, error, listed, nearest, quoted
from dowding.scenario.flights import resolve_flight
from dowding.scenario.ground import Reader, ground_of, terrain_of
from dowding.scenario.linked import resolve_link
from dowding.scenario.networks import CommandPost
from dowding.scenario.overriding import lookup, overridden, retold
from dowding.scenario.resolved import Resolved, ResolvedFireUnit, ResolvedLink, ResolvedRadar, ResolvedSensor
from dowding.scenario.schema import Asset, FireUnit, Scenario, Sensor, SystemOverride
from dowding.scenario.sensors import resolve_sensor
from dowding.scenario.surroundings import window_of

T = TypeVar("T")


def resolve(
    scenario: Scenario,
    catalogue: Catalogue | None = None,
    adjust: Callable[[Catalogue], Catalogue] | None = None,
    read: Reader = terrain_of,
) -> Resolved:
    """Look up everything that the scenario names; without `catalogue`, in the shipped one. ScenarioError tells the first few mistakes.

    `adjust` gets the catalogue with the scenario's own entries and gives the one to use, such as one with drawn figures.
    `read` reads terrain; one that remembers spares the reading where many scenarios stand on the same.
    """
    found: list[Fault] = check(scenario)
    if found:
        raise error(scenario.where, found)
    known = _catalogue(scenario, catalogue)
    known = known if adjust is None else adjust(known)

    units = _each(found, "fire_unit", scenario.fire_unit, lambda place, unit: _fire_unit(place, unit, scenario, known))
    later: list[Fault] = []  # of flights, which sensors may fly with
    flights = _each(later, "flight", scenario.flight, lambda place, way: resolve_flight(place, way, scenario, lookup(place, known)))
    carriers = {each.name: each for each in flights}

    def sensor(place: str, written: Sensor) -> ResolvedSensor:
        return resolve_sensor(place, written, scenario, known, carriers)

    sensors = _each(found, "sensor", scenario.sensor, sensor)
    links = _each(found, "link", scenario.link, lambda place, link: resolve_link(place, link, scenario, known))
    found = [*found, *later] or _armed(units, sensors, links, scenario, adjust is not None)
    if found:
        raise error(scenario.where, found)
    sites: list[Asset | CommandPost] = [*scenario.asset, *scenario.command_post]
    try:
        ground = ground_of(scenario.theatre, window_of(scenario.theatre.origin, sites, units, sensors, flights), read)
    except Mistake as mistake:
        raise error(scenario.where, [mistake.fault]) from None
    assets = _each(found, "asset", scenario.asset, ground.asset)
    units = _each(found, "fire_unit", units, ground.stand)
    sensors = _each(found, "sensor", sensors, ground.stand)
    flights = _each(found, "flight", flights, ground.flight)
    posts = _each(found, "command_post", scenario.command_post, ground.post)
    if found:
        raise error(scenario.where, found)
    return Resolved(
        title=scenario.title,
        description=scenario.description,
        duration_s=scenario.duration_s,
        seed=scenario.seed,
        theatre=scenario.theatre,
        assets=tuple(assets),
        fire_units=tuple(units),
        sensors=tuple(sensors),
        flights=tuple(flights),
        doctrines=scenario.doctrine,
        tracker=scenario.tracker,
        output=scenario.output,
        network=scenario.network,
        identification=scenario.identification,
        zones=scenario.zone,
        command_posts=tuple(posts),
        links=tuple(links),
        elevation=ground.elevation,
        scenario=scenario,
        catalogue=known,
    )


def _armed(
    units: list[ResolvedFireUnit], sensors: list[ResolvedSensor], links: list[ResolvedLink], scenario: Scenario, drawn: bool
) -> list[Fault]:
    """What the fire units lack; drawn figures may leave one without rounds, which then is part of the answer."""
    if not sensors and not any(unit.radars for unit in units):
        return [Fault("fire_unit", "got no radar at all, must be at least one", "keep one out of without_radars")]
    return [] if drawn or len(units) < len(scenario.fire_unit) else list(check_armed(units, links, scenario))


def _each(found: list[Fault], kind: str, parts: Sequence[Any], one: Callable[[str, Any], T]) -> list[T]:
    """Resolve each part; mistakes go to `found`, so that one message can tell several."""
    results = []
    for number, part in enumerate(parts):
        try:
            results.append(one(f"{kind}[{number}]", part))
        except Mistake as mistake:
            found.append(mistake.fault)
    return results


def _catalogue(scenario: Scenario, catalogue: Catalogue | None) -> Catalogue:
    """The catalogue with the scenario's own entries."""
    own = scenario.catalogue
    if own.complete:
        catalogue = Catalogue({kind: {} for kind in KINDS}, {})
    elif catalogue is None:
        catalogue = Catalogue.load()
    sources = {id: Source(id, **table.model_dump()) for id, table in own.sources.items()}
    tables: dict[str, dict[str, Any]] = {kind: getattr(own, kind) for kind in KINDS}
    try:
        return replace(catalogue, sources={**catalogue.sources, **sources}).with_entries(tables, "catalogue")
    except CatalogueError as failure:
        raise error(scenario.where, [retold(failure)]) from None


def _fire_unit(place: str, unit: FireUnit, scenario: Scenario, catalogue: Catalogue) -> ResolvedFireUnit:
    system = lookup(place, catalogue)("system", "systems", unit.system)
    own = [use.radar for use in system.radars]
    _known(f"{place}.without_radars", unit.without_radars, own, "radar", system)
    _known(f"{place}.override.radars", unit.override.radars, own, "radar", system)
    _known(f"{place}.override.interceptors", unit.override.interceptors, list(system.rounds), "interceptor", system)
    _known(f"{place}.stock", unit.stock, list(system.rounds), "interceptor", system)
    _known(f"{place}.override.rounds", unit.override.rounds, list(system.rounds), "interceptor", system)
    changes = dict(unit.override.__pydantic_extra__ or {})
    if unit.override.rounds:
        changes["rounds"] = unit.override.rounds
    system = overridden(system, changes, f"{place}.override")
    radars = tuple(
        ResolvedRadar(_radar(place, catalogue.find("radars", use.radar), unit), use.role)
        for use in system.radars
        if use.radar not in unit.without_radars
    )
    interceptors = tuple(
        (_interceptor(place, catalogue.find("interceptors", id), unit.override), int(rounds.value)) for id, rounds in system.rounds.items()
    )
    return ResolvedFireUnit(
        unit.name,
        unit.side,
        unit.lat_deg,
        unit.lon_deg,
        math.nan if unit.ground_altitude_m is None else unit.ground_altitude_m,
        unit.boresight_deg,
        unit.doctrine,
        unit.fails_s,
        unit.iff,
        system,
        radars,
        interceptors,
        tuple(unit.stock.get(id, 0) for id in system.rounds),
        unit.reload_time_s,
        unit.reload_rounds,
        post_of(scenario, unit),
        unit.value,
        unit.hit_points,
    )


def _known(place: str, names: Any, own: list[str], kind: str, system: Entry) -> None:
    """Every name must be one of the system's own."""
    for name in names:
        if name not in own:
            inside = place + (f"[{list(names).index(name)}]" if isinstance(names, tuple) else f".{dotted([name])}")
            text = f"got {quoted(name)}, must be {'a' if kind == 'radar' else 'an'} {kind} of {system.id}: {listed(own)}"
            raise Mistake(Fault(inside, text, nearest(name, own)))


def _radar(place: str, entry: Entry, unit: FireUnit) -> Entry:
    changes = unit.override.radars.get(entry.id, {})
    mast = {} if unit.mast_height_m is None else {"antenna_height_m": unit.mast_height_m}
    return overridden(entry, {**mast, **changes}, f"{place}.override.radars.{dotted([entry.id])}")


def _interceptor(place: str, entry: Entry, override: SystemOverride) -> Entry:
    changes = override.interceptors.get(entry.id, {})
    return overridden(entry, changes, f"{place}.override.interceptors.{dotted([entry.id])}")
