"""Coverage: all that one network sees and shoots of one kind of target, on one grid, and what two networks differ by."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.catalogue import Entry
from dowding.errors import CoverageError
from dowding.model import Compiled, compile_scenario
from dowding.model.bundles import Reals
from dowding.physics.geodesy import geodesic_inverse
from dowding.scenario import Scenario, load, resolve
from dowding.survey.approach import Approach, approach, approach_map
from dowding.survey.areas import Mask
from dowding.survey.grids import Grid, auto_grid
from dowding.survey.levels import Level, read_levels
from dowding.survey.maps import detection_maps
from dowding.survey.places import MEMORY_MOST, Singles, Tick, check_memory, ground_below, ground_map
from dowding.survey.ranges import ranges_by_azimuth, turn
from dowding.survey.reach import apart_km, seen_edge
from dowding.survey.seeking import Aspect, Quarry, find_target, quarry_of
from dowding.survey.zones import engagement_zones

COVERED = 0.5  # detection probability of a place that counts as covered
CUMULATIVE = 0.9  # cumulative probability that counts as found
AZIMUTHS = 360
ALTITUDES = ("100m", "1km", "10km")
NEITHER, BOTH, ONLY_FIRST, ONLY_SECOND = range(4)  # kinds of cells in a difference

Altitudes = str | float | Level | Sequence[float | str | Level]


@dataclass(frozen=True)
class Coverage:
    """What a network sees and shoots: maps (level, row, column), with farther dimensions before these.

    A map is -1 where no target can be: below the ground, or above ground whose height is not known.
    """

    compiled: Compiled
    target: Entry
    aspect: Aspect
    at_least: int
    grid: Grid
    levels: tuple[Level, ...]
    network: Singles  # (level, row, column) probability that `at_least` sensors detect in one look each
    sensors: Singles  # (sensor, level, row, column) of one look; no sensors where memory did not allow to keep them
    kill: Singles  # (unit, level, row, column) kill probability of one shot, 0 outside the zone; no units where not wanted
    azimuths_rad: Reals  # (azimuth,)
    ranges_m: Reals  # (sensor, level, azimuth) farthest range at which half the looks detect
    approach: Approach | None  # cumulative detection on the way to a point
    room: int = field(default=MEMORY_MOST, repr=False)  # bytes that its maps may take

    @property
    def quarry(self) -> Quarry:
        """The target as kernels read it."""
        return quarry_of(self.compiled, self.target, self.aspect)

    @property
    def over_terrain(self) -> bool:
        """Whether the ground has hills."""
        return self.compiled.resolved.elevation is not None

    def covered(self, level: int) -> Mask:
        """Cells (row, column) that count as covered at one level."""
        return np.asarray(self.network[level] >= COVERED, np.bool_)

    def covered_by(self, sensor: int, level: int) -> Mask:
        """Cells (row, column) that count as covered by one sensor at one level."""
        return np.asarray(self.sensors[sensor, level] >= COVERED, np.bool_)

    def in_reach(self, level: int) -> Mask:
        """Cells (row, column) in the zone of some fire unit at one level."""
        found = np.zeros(self.grid.shape, np.bool_)
        for zone in self.kill:
            found |= zone[level] > 0.0
        return found

    def nowhere(self, level: int) -> Mask:
        """Cells (row, column) in which no target can be at one level."""
        return np.asarray(self.network[level] < 0.0, np.bool_)

    def ground_m(self) -> Singles:
        """Height (row, column) of the ground, m; NaN where it is not known, 0 on a smooth earth."""
        return ground_map(self.grid, ground_below(self.compiled))

    def cumulative(self) -> Singles | None:
        """Cumulative detection (level, row, column) in the map's cells; None where it was not wanted or there is no memory for it."""
        kept = self.network.nbytes * 2 + (0 if self.sensors.base is self.network else self.sensors.nbytes) + self.kill.nbytes
        if self.approach is None or kept > self.room:
            return None
        return approach_map(self.approach, self.grid, self.levels, self.network)

    def difference(self, other: "Coverage") -> "Difference":
        """What this one and another of the same grid see and reach each alone; CoverageError if grids or altitudes differ."""
        return difference(self, other)

    def summary(self, borders: Sequence[Any] = ()) -> dict[str, Any]:
        """Areas, ranges and border lengths by level; `borders` as `areas.Line` has them."""
        from dowding.survey.summary import summary_of

        return summary_of(self, borders)

    def to_xarray(self) -> Any:
        """All of it as an xarray.Dataset with names and units, NaN where no target can be; needs xarray."""
        from dowding.survey.variables import dataset

        return dataset(self)


@dataclass(frozen=True)
class Difference:
    """What differs between two coverages of one grid: NEITHER, BOTH, ONLY_FIRST or ONLY_SECOND in each cell (level, row, column)."""

    seen: NDArray[np.uint8]
    reached: NDArray[np.uint8]  # by fire units


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
    quarry, say = quarry_of(compiled, entry, aspect), tick or (lambda _share: None)
    if grid is None:
        grid = auto_grid(seen_edge(compiled, quarry, levels, lambda share: say(0.2 * share)), step_m)
    defence, ground, depth = compiled.model.defence, ground_below(compiled), len(levels)
    units = len(defence.units) if zones else 0
    check_memory(grid, depth * (1 + units), room)
    keep = 4 * depth * (1 + len(compiled.names.sensors) + units) * grid.shape[0] * grid.shape[1] <= room
    network, single = detection_maps(
        defence, grid, ground, quarry, levels, at_least, keep, exact, lambda share: say(0.2 + 0.4 * share)
    )
    kill = np.zeros((0, *network.shape), np.float32)
    if units:
        kill = engagement_zones(defence, grid, ground, quarry, levels, lambda share: say(0.6 + 0.2 * share))
    azimuths = turn(AZIMUTHS)
    ranges = ranges_by_azimuth(compiled, quarry, levels, azimuths, tick=lambda share: say(0.8 + 0.2 * share))
    flown = _approach(compiled, quarry, levels, grid, toward) if cumulative else None
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


def _approach(compiled: Compiled, quarry: Quarry, levels: Sequence[Level], grid: Grid, toward: str) -> Approach:
    """Cumulative detection from beyond the map's corners."""
    lat, lon = _toward(compiled, toward)
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


def _kinds(mine: Mask, other: Mask) -> NDArray[np.uint8]:
    return np.asarray(np.where(mine, np.where(other, BOTH, ONLY_FIRST), np.where(other, ONLY_SECOND, NEITHER)), np.uint8)


def difference(first: Coverage, second: Coverage) -> Difference:
    """What two coverages on one grid see and reach each alone; CoverageError if their grids or altitudes differ."""
    same = first.network.shape == second.network.shape and first.levels == second.levels
    if not same or not np.array_equal(first.grid.latitude_deg, second.grid.latitude_deg):
        raise CoverageError("the two maps have different grids or altitudes", hint="give both the same `grid` and altitudes")
    depth = range(len(first.levels))
    seen = np.stack([_kinds(first.covered(k), second.covered(k)) for k in depth])
    return Difference(seen, np.stack([_kinds(first.in_reach(k), second.in_reach(k)) for k in depth]))
