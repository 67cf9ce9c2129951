"""What `dowding explain` leaves in a run folder: each target's chain, why targets got through, delays, use of the units, cost."""

import json
import tomllib
from pathlib import Path
from typing import Any

from dowding._version import __version__
from dowding.analysis.damage import damage
from dowding.analysis.economy import economy_of, facts_of
from dowding.analysis.kill_chain import attribution, kill_chain, latency_budget
from dowding.analysis.use import most_in_use, use_of_units
from dowding.errors import TableError
from dowding.scenario import Resolved, read, resolve
from dowding.tables import Columns, Tables

NEEDED = ("targets", "sensors", "assets", "shots", "events")


def explain(run: Tables, step_s: float = 1.0, command: str = "") -> tuple[dict[str, Any], dict[str, Columns]]:
    """All numbers, ready for JSON, and the tables `chain` and `use`. Raises TableError where a table or the scenario is missing."""
    for name in NEEDED:
        if name not in run:
            raise TableError(f"table {name} is missing", hint="`dowding run` writes it")
    if not run.scenario_text:
        raise TableError("explain: this run does not hold its scenario", hint="read the whole run folder with dowding.read_run")
    if not 0.01 <= step_s <= 3600.0:
        raise TableError(f"explain: got a step of {step_s:g} s, must be between 0.01 and 3600 s")
    resolved = resolve(read(run.scenario_text))
    identification = str(tomllib.loads(run.scenario_text).get("identification", {}).get("mode", "perfect"))
    chain = kill_chain(run, identification)
    use = use_of_units(run["shots"], _rounds(resolved), resolved.duration_s, step_s)
    facts = {
        "dowding": __version__,
        "command": command,
        "through": attribution(run["targets"], run["sensors"]),
        "latency": latency_budget(chain),
        "use": most_in_use(use, _limits(resolved)),
        "damage": damage(run["assets"]),
        "economy": {side: facts_of(economy_of(resolved, run, side)) for side in dict.fromkeys(u.side for u in resolved.fire_units)},
    }
    return facts, {"chain": chain, "use": use}


def _rounds(resolved: Resolved) -> dict[str, int]:
    """Rounds of each unit, those in stock with them."""
    return {unit.name: sum(count for _, count in unit.interceptors) + sum(unit.stock) for unit in resolved.fire_units}


def _limits(resolved: Resolved) -> dict[str, tuple[int, int]]:
    """Target and missile channels of each unit."""
    return {u.name: (int(u.system.number("target_channels")), int(u.system.number("missile_channels"))) for u in resolved.fire_units}


def write_explanation(
    run: Tables, folder: Path, step_s: float = 1.0, *, figures: bool = True, scenario: str = "", command: str = ""
) -> tuple[dict[str, Any], dict[str, Columns]]:
    """Write explain.json, chain.parquet, use.parquet and, unless not wanted, the figures kill-chain and use into `folder`."""
    facts, tables = explain(run, step_s, command)
    folder.mkdir(parents=True, exist_ok=True)
    Tables(tables).write(folder)
    (folder / "explain.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if figures:
        from dowding.plots.kill_chain import chain_figure, use_figure
        from dowding.plots.style import write

        write(chain_figure(tables["chain"], scenario=scenario), folder / "kill-chain", ("png", "svg"))
        write(use_figure(tables["use"], scenario=scenario), folder / "use", ("png", "svg"))
    return facts, tables
