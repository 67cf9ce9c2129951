"""One replicate from scenario to tables, with its summary and the provenance of every figure that it rests on."""

import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from dowding._version import __version__
from dowding.analysis.economy import economy_of, facts_of
from dowding.analysis.summary import summarise
from dowding.catalogue import Catalogue
from dowding.engine.simulation import EVERYTHING, STANDARD, simulate_tables
from dowding.model import Compiled, compile_scenario
from dowding.scenario import Resolved, Scenario, UsedFigure, doubtful, figures_used, write
from dowding.survey.ranges import coverage_table
from dowding.tables import Columns, Tables

DOUBTFUL = 12  # figures named in the summary


def _figure(used: UsedFigure) -> dict[str, Any]:
    figure = used.figure
    return {
        "place": used.place,
        "entry": used.id,
        "key": used.key,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "grade": figure.grade,
        "sources": list(figure.sources),
        "sampled": False,
    }


def summary_of(resolved: Resolved, data: dict[str, Columns], seed: int, replicate: int) -> dict[str, Any]:
    """The summary of one replicate's tables."""
    stocks = {u.name: zip(u.interceptors, u.stock, strict=True) for u in resolved.fire_units}
    rounds = {name: {entry.id: count + stock for (entry, count), stock in stocked} for name, stocked in stocks.items()}
    claims = {
        u.name: {"system": u.system.id, "range_claimed_km": u.system.number("range_claimed_km")}
        for u in resolved.fire_units
        if u.system.get("range_claimed_km", None) is not None
    }
    places = {a.name: (a.lat_deg, a.lon_deg) for a in resolved.assets}
    places |= {u.name: (u.lat_deg, u.lon_deg) for u in resolved.fire_units}
    accounts = {side: facts_of(economy_of(resolved, data, side)) for side in dict.fromkeys(unit.side for unit in resolved.fire_units)}
    head = {"title": resolved.title, "seed": seed, "replicate": replicate, "duration_s": resolved.duration_s}
    return head | summarise(
        data["targets"],
        data["shots"],
        data["sensors"],
        rounds,
        data["assets"],
        claims,
        tracks=data.get("tracks"),
        origins=data.get("origins"),
        truth=data.get("truth"),
        places=places,
    ) | {"economy": accounts}


def provenance_of(resolved: Resolved, seed: int, replicate: int, command: str) -> dict[str, Any]:
    """What is needed to have the same run again, and every figure that it used."""
    packages = ("numpy", "scipy", "numba", "duckdb")
    return {
        "dowding": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": {name: version(name) for name in packages},
        "command": command,
        "seed": seed,
        "replicate": replicate,
        "catalogue_digest": Catalogue.load().digest(),
        "figures": [_figure(used) for used in figures_used(resolved)],
    }


def simulate(
    scenario: Scenario | Compiled,
    seed: int | None = None,
    replicate: int = 0,
    *,
    looks: bool = False,
    progress: Callable[[float], None] | None = None,
    command: str = "",
) -> Tables:
    """Run one replicate of a scenario and give its tables, summary and provenance.

    `seed` replaces the scenario's own; the same seed and replicate give the same tables, byte for byte. `looks` adds a
    table of every look at a target. `progress` is called with the share done, at times. Raises ScenarioError or RunError.
    """
    compiled = scenario if isinstance(scenario, Compiled) else compile_scenario(scenario)
    resolved = compiled.resolved
    number = resolved.seed if seed is None else seed
    wanted = EVERYTHING if looks else STANDARD
    if not resolved.output.tracks:
        wanted = wanted - {"dwells", "detections", "tracks"}
    data = simulate_tables(compiled, number, replicate, wanted, progress)
    data["coverage"] = coverage_table(compiled)
    summary = summary_of(resolved, data, number, replicate)
    summary["doubtful"] = [_figure(used) for used in doubtful(figures_used(resolved), DOUBTFUL) if used.figure.grade != "U"]
    provenance = provenance_of(resolved, number, replicate, command or " ".join(sys.argv))
    return Tables(data, summary, provenance, write(resolved))
