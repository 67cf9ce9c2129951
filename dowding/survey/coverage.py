"""Coverage: all that one network, or each of two, sees and shoots of one kind of target, worked out on one grid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dowding.errors import CoverageError
from dowding.model import Compiled, compile_scenario
from dowding.physics.geodesy import geodesic_inverse
from dowding.scenario import Scenario, load, resolve
from dowding.survey.approach import Approach, approach
from dowding.survey.areas import Line
from dowding.survey.findings import Difference, Findings, difference
from dowding.survey.grids import Grid, auto_grid
from dowding.survey.levels import Level, read_levels
from dowding.survey.maps import detection_maps
from dowding.survey.places import MEMORY_MOST, Tick, check_memory, ground_below
from dowding.survey.ranges import ranges_by_azimuth, turn
from dowding.survey.reach import apart_km, seen_edge
from dowding.survey.seeking import Aspect, Quarry, find_target, quarry_of
from dowding.survey.summary import summary_of
from dowding.survey.variables import dataset
from dowding.survey.zones import engagement_zones

AZIMUTHS = 360
ALTITUDES = ("100m", "1km", "10km")

Altitudes = str | float | Level | Sequence[float | str | Level]


@dataclass(frozen=True)
class Coverage(Findings):
    """All that one network sees and shoots of one kind of target, with its figures and its named arrays."""

    def difference(self, other: Findings) -> Difference:
        """What this one and another of the same grid see and reach each alone; CoverageError if grids or altitudes differ."""
        return difference(self, other)

    def summary(self, borders: Sequence[Line] = ()) -> dict[str, Any]:
        """Areas, ranges and border lengths by level, and by the borders and coasts given."""
        return summary_of(self, borders)

    def to_xarray(self) -> Any:
        """All of it as an xarray.Dataset with names and units, NaN where no target can be; needs xarray."""
        return dataset(self)


def coverage(
    scenario: "Scenario | Compiled | str | Path",
    target: str = "",
    altitudes: Altitudes = ALTITUDES,
    *,
    rcs_m2: float | None = None,
    step_m: float | None = None,
    grid: Grid | None = None,
    aspect: Aspect = "front",
    at_least: int = 1,
    zones: bool = True,
    cumulative: bool = True,
    toward: str = "",
    side: str = "",
    exact: bool = False,
    tick: Tick | None = None,
    room: int = MEMORY_MOST,
) -> Coverage:
    """Map where a scenario's sensors see, and its fire units shoot, a target.

    Parameters
    ----------
    scenario
        what `load` or a name or file gives
    target
        a target that flies in the scenario, or any of the catalogue; may be left out where `rcs_m2` says how large its echo is
    altitudes
        metres above the ellipsoid, or words such as "100m-agl" (above ground), "1km", "30000ft"
    rcs_m2
        its cross section (m^2) from all sides and in all bands, instead of the catalogue's
    step_m
        size of a cell (m), by default a four-hundredth of the map's height; the map covers all that is seen
    grid
        cells to use instead, as another coverage's `grid`
    aspect
        what the target shows to each sensor: front, side, rear, or mean of courses all around
    at_least
        how many sensors must detect
    zones, cumulative
        whether engagement zones and detection on the way to a point are wanted
    toward
        the asset at which targets fly; by default the theatre's origin
    side
        whose sensors and fire units: blue or red; by default blue, or red where blue has none
    exact
        look in every cell of a fine grid too
    tick
        is told the share of the work that is done
    room
        bytes that the maps may take

    Raises
    ------
    CoverageError, CatalogueError, ScenarioError
        a sentence for what cannot be

    """
    compiled = one_side(scenario, side)
    levels, entry = read_levels(altitudes), find_target(compiled, target, rcs_m2)
    _check_sensors(compiled, at_least)
    end = _toward(compiled, toward)
    quarry, say = quarry_of(compiled, entry, aspect), tick or (lambda _share: None)
    if grid is None:
        grid = auto_grid(seen_edge(compiled, quarry, levels, lambda share: say(0.2 * share)), step_m)
    defence, ground, depth = compiled.model.defence, ground_below(compiled), len(levels)
    units = len(defence.units) if zones else 0
    check_memory(grid, depth * (1 + units), room)
    keep = 4 * depth * (1 + len(compiled.names.sensors) + units) * grid.shape[0] * grid.shape[1] <= room
    azimuths = turn(AZIMUTHS)
    # before the maps: what it reads of the ground all around need not stand beside them
    ranges = ranges_by_azimuth(compiled, quarry, levels, azimuths, tick=lambda share: say(0.2 + 0.2 * share))
    flown = _approach(compiled, quarry, levels, grid, end) if cumulative else None
    network, single = detection_maps(
        defence, grid, ground, quarry, levels, at_least, keep, exact, lambda share: say(0.4 + 0.4 * share)
    )
    kill = np.zeros((0, *network.shape), np.float32)
    if units:
        kill = engagement_zones(defence, grid, ground, quarry, levels, lambda share: say(0.8 + 0.2 * share))
    return Coverage(compiled, entry, aspect, at_least, grid, levels, network, single, kill, azimuths, ranges, flown, room)


def one_side(scenario: "Scenario | Compiled | str | Path", side: str = "") -> Compiled:
    """A scenario, compiled, with the sensors and fire units of one side only; CoverageError for a side that has none."""
    if side not in ("", "blue", "red"):
        raise CoverageError(f"side: got {side!r}, must be blue or red", hint="left out, it is the side that has sensors")
    if isinstance(scenario, str | Path):
        scenario = load(scenario)
    resolved = scenario.resolved if isinstance(scenario, Compiled) else resolve(scenario)
    owners = {unit.side for unit in resolved.fire_units} | {sensor.side for sensor in resolved.sensors}
    if not owners:
        raise CoverageError("the scenario has no sensors, so nothing is covered", hint="give it a [[sensor]] or a [[fire_unit]]")
    if side and side not in owners:
        raise CoverageError(f"side: {side} has no sensors in this scenario", hint=f"{' and '.join(sorted(owners))} has")
    wanted = side or ("blue" if "blue" in owners else "red")
    if owners == {wanted}:
        return scenario if isinstance(scenario, Compiled) else compile_scenario(resolved)
    units = tuple(unit for unit in resolved.fire_units if unit.side == wanted)
    return compile_scenario(replace(resolved, fire_units=units, sensors=tuple(s for s in resolved.sensors if s.side == wanted)))


def _check_sensors(compiled: Compiled, at_least: int) -> None:
    sensors = len(compiled.names.sensors)
    if not 1 <= at_least <= sensors:
        told = f"at least: got {at_least} sensors, must be between 1 and the scenario's {sensors}"
        raise CoverageError(told, hint=f"it has {', '.join(compiled.names.sensors[:8])}")


def _toward(compiled: Compiled, toward: str) -> tuple[float, float]:
    """Latitude and longitude of the named asset; of the theatre's origin for ""."""
    assets = {asset.name: (asset.lat_deg, asset.lon_deg) for asset in compiled.resolved.assets}
    if toward and toward not in assets:
        raise CoverageError(f"toward: got {toward!r}, must be an asset of the scenario", hint=f"it has {', '.join(assets) or 'none'}")
    origin = compiled.resolved.scenario.theatre.origin
    return assets[toward] if toward else (origin.lat_deg, origin.lon_deg)


def _approach(compiled: Compiled, quarry: Quarry, levels: Sequence[Level], grid: Grid, end: tuple[float, float]) -> Approach:
    """Cumulative detection from beyond the map's corners on the way to a latitude and longitude (degrees)."""
    lat, lon = end
    corners = [(a, o) for a in grid.latitude_deg[[0, -1]] for o in grid.longitude_deg[[0, -1]]]
    reach = max(geodesic_inverse(*(math.radians(v) for v in (lat, lon, a, o))).distance for a, o in corners)
    return approach(compiled.model.defence, ground_below(compiled), quarry, levels, lat, lon, reach)


def coverages(
    first: Scenario, second: Scenario, target: str = "", altitudes: Altitudes = ALTITUDES, *, tick: Tick | None = None, **options: Any
) -> tuple[Coverage, Coverage]:
    """Coverages of two scenarios on one grid that covers both; `options` as `coverage` has them. CoverageError if they lie apart."""
    side, levels = options.pop("side", ""), read_levels(altitudes)
    networks = [one_side(first, side), one_side(second, side)]
    rcs_m2, aspect, step_m = options.get("rcs_m2"), options.get("aspect", "front"), options.pop("step_m", None)
    options["room"] = options.get("room", MEMORY_MOST) // 2
    edges = [seen_edge(c, quarry_of(c, find_target(c, target, rcs_m2), aspect), levels) for c in networks]
    if apart := apart_km(*edges):
        told = f"against: what the two scenarios see of this target lies {apart:,.0f} km apart, so they have nothing to compare"
        raise CoverageError(told, hint="compare scenarios of one theatre")
    options["grid"] = auto_grid(edges[0] + edges[1], step_m)
    say = tick or (lambda _share: None)
    mine = coverage(networks[0], target, levels, tick=lambda share: say(0.5 * share), **options)
    return mine, coverage(networks[1], target, levels, tick=lambda share: say(0.5 + 0.5 * share), **options)
