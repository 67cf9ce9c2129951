"""Coverage in figures: areas, ranges, and lengths of borders and coasts, by level, sensor and fire unit."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dowding.survey.areas import Line, Mask, area_km2, length_km
from dowding.survey.findings import BOTH, COVERED, CUMULATIVE, NEITHER, ONLY_FIRST, ONLY_SECOND, Findings, difference
from dowding.survey.grids import Grid


def _along(lines: Sequence[Line], grid: Grid, covered: Mask) -> dict[str, float]:
    """Lengths (km) of land borders and of coasts in covered cells."""
    borders = [line.points for line in lines if len(line.countries) > 1]
    coasts = [line.points for line in lines if len(line.countries) == 1]
    return {"border_km": round(length_km(borders, grid, covered), 3), "coast_km": round(length_km(coasts, grid, covered), 3)}


def _named(lines: Sequence[Line], grid: Grid, covered: Mask) -> list[dict[str, Any]]:
    """Each border and coast of which something is covered, the longest first: whose, and how much of what the map shows."""
    everywhere = np.ones(grid.shape, np.bool_)
    found = []
    for countries in sorted({line.countries for line in lines}):
        mine = [line.points for line in lines if line.countries == countries]
        inside = length_km(mine, grid, covered)
        if inside > 0.0:
            kind = "border" if len(countries) > 1 else "coast"
            whole = length_km(mine, grid, everywhere)
            found.append({"kind": kind, "of": list(countries), "covered_km": round(inside, 3), "on_map_km": round(whole, 3)})
    return sorted(found, key=lambda one: -float(one["covered_km"]))


def _measured(lines: Sequence[Line], grid: Grid, covered: Mask) -> dict[str, float]:
    return {"area_km2": round(area_km2(grid, covered), 3)} | _along(lines, grid, covered)


def _level(found: Findings, level: int, lines: Sequence[Line]) -> dict[str, Any]:
    grid, names = found.grid, found.compiled.names
    covered, here = found.covered(level), found.levels[level]
    sensors = {}
    for row, name in enumerate(names.sensors):
        farthest = round(float(found.ranges_m[row, level].max()) / 1e3, 3)
        sensors[name] = {"farthest_km": farthest} | (_measured(lines, grid, found.covered_by(row, level)) if len(found.sensors) else {})
    facts: dict[str, Any] = {"altitude_m": here.metres, "above": "ground" if here.above_ground else "ellipsoid"}
    facts |= _measured(lines, grid, covered)
    facts["farthest_km"] = max((one["farthest_km"] for one in sensors.values()), default=0.0)
    if found.over_terrain:
        facts["no_target_km2"] = round(area_km2(grid, found.nowhere(level)), 3)
    if found.approach is not None:
        ring = found.approach.farthest(CUMULATIVE)[level] / 1e3
        facts["cumulative_km"] = {"least": round(float(ring.min()), 3), "most": round(float(ring.max()), 3)}
    zones = {name: _measured(lines, grid, zone[level] > 0.0) for name, zone in zip(names.units, found.kill, strict=False)}
    if zones:
        facts["zones_together"] = _measured(lines, grid, found.in_reach(level))
    return facts | {"sensors": sensors, "zones": zones, "along": _named(lines, grid, covered)}


def summary_of(found: Findings, lines: Sequence[Line] = ()) -> dict[str, Any]:
    """All figures of a coverage; `lines` are the borders and coasts on its map."""
    step = math.radians(found.grid.step_deg()[0]) * 6371008.8
    return {
        "target": found.target.id,
        "target_name": found.target.name,
        "aspect": found.aspect,
        "at_least": found.at_least,
        "covered_probability": COVERED,
        "cumulative_probability": CUMULATIVE,
        "rows": found.grid.shape[0],
        "columns": found.grid.shape[1],
        "step_m": round(step, 3),
        "altitudes": [_level(found, level, lines) for level in range(len(found.levels))],
    }


def changes_of(first: Findings, second: Findings, lines: Sequence[Line] = ()) -> list[dict[str, Any]]:
    """By level what only the first, only the second, and both cover and reach: areas and lengths."""
    found, grid = difference(first, second), first.grid
    kinds = {"only_this": ONLY_FIRST, "only_against": ONLY_SECOND, "both": BOTH}
    rows = []
    for number, level in enumerate(first.levels):
        row: dict[str, Any] = {"altitude_m": level.metres, "above": "ground" if level.above_ground else "ellipsoid"}
        for what, cells in (("seen", found.seen[number]), ("reached", found.reached[number])):
            if what == "reached" and not np.any(cells != NEITHER):
                continue
            row[what] = {name: _measured(lines, grid, cells == kind) for name, kind in kinds.items()}
        rows.append(row)
    return rows


