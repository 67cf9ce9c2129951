"""A survey: all that one network covers against one kind of target, on one grid, and what two networks differ by."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dowding.catalogue import Catalogue, Entry
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.errors import CoverageError
from dowding.model import Compiled, compile_scenario
from dowding.model.bundles import Reals
from dowding.physics.geodesy import geodesic_inverse
from dowding.scenario import Scenario
from dowding.survey.approach import Approach, approach
from dowding.survey.areas import Mask, area_km2, length_km
from dowding.survey.grids import Grid, auto_grid, checked_altitudes
from dowding.survey.maps import ASPECTS, MEMORY_MOST, WEIGHTS, Aspect, Quarry, Singles, check_memory, detection_maps
from dowding.survey.ranges import ranges_by_azimuth, target_figures, turn
from dowding.survey.zones import engagement_zones

COVERED = 0.5  # detection probability of a place that counts as covered
CUMULATIVE = 0.9  # cumulative probability that counts as found
AZIMUTHS = 360


@dataclass(frozen=True)
class Survey:
    """What a network sees and shoots: maps (altitude, row, column) and farther dimensions before these."""

    compiled: Compiled
    target: Entry
    aspect: Aspect
    at_least: int
    grid: Grid
    altitudes_m: Reals  # (altitude,) above the ellipsoid
    network: Singles  # (altitude, row, column) probability that `at_least` sensors detect in one look each
    sensors: Singles  # (sensor, altitude, row, column) of one look; no sensors where they were not kept
    kill: Singles  # (unit, altitude, row, column) kill probability of one shot, 0 outside the zone; no units where not wanted
    azimuths_rad: Reals  # (azimuth,)
    ranges_m: Reals  # (sensor, altitude, azimuth) farthest range at which half the looks detect
    approach: Approach | None  # cumulative detection on the way to a point

    def covered(self, level: int) -> Mask:
        """Cells (row, column) that count as covered at one altitude."""
        return np.asarray(self.network[level] >= COVERED, np.bool_)


@dataclass(frozen=True)
class Difference:
    """Cells (altitude, row, column) that only the first, or only the second, of two surveys covers."""

    only_first: Mask
    only_second: Mask
    only_first_km2: tuple[float, ...]  # by altitude
    only_second_km2: tuple[float, ...]
    only_first_zone_km2: tuple[float, ...]  # in reach of some fire unit of the first only, by altitude
    only_second_zone_km2: tuple[float, ...]


def quarry_of(compiled: Compiled, target: Entry, aspect: Aspect) -> Quarry:
    """The target as the maps' kernels read it."""
    if aspect not in ASPECTS:
        raise CoverageError(f"aspect: got {aspect!r}, must be one of {', '.join(ASPECTS)}")
    swerling, rcs = target_figures(compiled, target)
    cls = TARGET_CLASSES.index(str(target.value("class")))
    speed = target.number("speed_cruise_mps", target.number("speed_max_mps", 250.0))
    return Quarry(swerling, cls, speed, rcs, np.array(WEIGHTS[aspect], dtype=np.float64))


def _checked(compiled: Compiled, at_least: int) -> None:
    sensors = len(compiled.names.sensors)
    if not sensors:
        raise CoverageError("the scenario has no sensors, so nothing is covered", hint="give it a [[sensor]] or a [[fire_unit]]")
    if not 1 <= at_least <= sensors:
        raise CoverageError(f"at least: got {at_least} sensors, must be between 1 and the scenario's {sensors}")


def _toward(compiled: Compiled, toward: str) -> tuple[float, float]:
    """Latitude and longitude of the named asset; of the theatre's origin for ""."""
    assets = {asset.name: (asset.lat_deg, asset.lon_deg) for asset in compiled.resolved.assets}
    if toward and toward not in assets:
        raise CoverageError(f"toward: got {toward!r}, must be an asset of the scenario", hint=f"it has {', '.join(assets) or 'none'}")
    origin = compiled.resolved.scenario.theatre.origin
    return assets[toward] if toward else (origin.lat_deg, origin.lon_deg)


def _approach(compiled: Compiled, quarry: Quarry, levels: Reals, grid: Grid, toward: str) -> Approach:
    """Cumulative detection from beyond the map's corners."""
    lat, lon = _toward(compiled, toward)
    corners = [(a, o) for a in grid.latitude_deg[[0, -1]] for o in grid.longitude_deg[[0, -1]]]
    reach = max(geodesic_inverse(*(math.radians(v) for v in (lat, lon, a, o))).distance for a, o in corners)
    return approach(compiled.model.defence, quarry, levels, lat, lon, reach)


def find_target(compiled: Compiled, name: str) -> Entry:
    """The target of that id: as it flies in the scenario, or else from the catalogue; CatalogueError where there is none."""
    for flight in compiled.resolved.flights:
        if flight.target.id == name:
            return flight.target
    return Catalogue.load().find("targets", name)


def survey(
    scenario: Scenario | Compiled,
    target: str,
    altitudes_m: Sequence[float],
    *,
    step_m: float | None = None,
    grid: Grid | None = None,
    aspect: Aspect = "front",
    at_least: int = 1,
    zones: bool = True,
    cumulative: bool = True,
    toward: str = "",
    exact: bool = False,
) -> Survey:
    """Map where a scenario's sensors see, and its fire units shoot, a target at altitudes (m above the ellipsoid).

    The grid covers all that is seen, with cells of `step_m` (by default a four-hundredth of its height), or is given. `exact` looks
    in every cell of a fine grid too (see `detection_maps`). Raises CoverageError or CatalogueError for what cannot be.
    """
    compiled = scenario if isinstance(scenario, Compiled) else compile_scenario(scenario)
    levels, entry = checked_altitudes(altitudes_m), find_target(compiled, target)
    _checked(compiled, at_least)
    quarry = quarry_of(compiled, entry, aspect)
    if grid is None:
        grid = auto_grid([compiled], entry, levels, step_m)
    defence, cells = compiled.model.defence, grid.shape[0] * grid.shape[1]
    units = len(defence.units) if zones else 0
    layers = len(levels) * (1 + len(compiled.names.sensors) + units)
    check_memory(grid, len(levels) * (1 + units))
    keep = 4 * layers * cells <= MEMORY_MOST
    network, single = detection_maps(defence, grid, quarry, levels, at_least, keep, exact)
    kill = engagement_zones(defence, grid, quarry, levels) if units else np.zeros((0, *network.shape), np.float32)
    azimuths = turn(AZIMUTHS)
    ranges = ranges_by_azimuth(compiled, entry, levels, azimuths)
    flown = _approach(compiled, quarry, levels, grid, toward) if cumulative else None
    return Survey(compiled, entry, aspect, at_least, grid, levels, network, single, kill, azimuths, ranges, flown)


def survey_both(
    first: Scenario, second: Scenario | None, target: str, altitudes_m: Sequence[float], **options: Any
) -> tuple[Survey, Survey | None]:
    """Surveys of a scenario, and of a second one if there is one, on one grid that covers both; `options` as `survey` has them."""
    mine = compile_scenario(first)
    if second is None:
        return survey(mine, target, altitudes_m, **options), None
    other = compile_scenario(second)
    step_m = options.pop("step_m", None)
    networks = [c for c in (mine, other) if c.names.sensors]
    grid = auto_grid(networks, find_target(mine, target), checked_altitudes(altitudes_m), step_m)
    return survey(mine, target, altitudes_m, grid=grid, **options), survey(other, target, altitudes_m, grid=grid, **options)


def _in_reach(survey: Survey) -> Mask:
    """Cells (altitude, row, column) in the zone of some fire unit."""
    return np.array(np.any(survey.kill > 0.0, axis=0), dtype=np.bool_)


def difference(first: Survey, second: Survey) -> Difference:
    """What two surveys on one grid cover each alone; CoverageError if their grids or altitudes differ."""
    same = first.network.shape == second.network.shape and np.array_equal(first.altitudes_m, second.altitudes_m)
    if not same or not np.array_equal(first.grid.latitude_deg, second.grid.latitude_deg):
        raise CoverageError("the two maps have different grids or altitudes", hint="give both the same `grid` and altitudes")
    mine, other = first.network >= COVERED, second.network >= COVERED
    gone, come = mine & ~other, other & ~mine
    reach, second_reach = _in_reach(first), _in_reach(second)
    masks = (gone, come, reach & ~second_reach, second_reach & ~reach)
    areas = [tuple(area_km2(first.grid, layer) for layer in cells) for cells in masks]  # masks are (altitude, row, column)
    return Difference(gone, come, *areas)


def _farthest_km(survey: Survey, level: int) -> dict[str, float]:
    names = survey.compiled.names.sensors
    return {name: round(float(survey.ranges_m[row, level].max()) / 1e3, 3) for row, name in enumerate(names)}


def _zone_km2(survey: Survey, level: int) -> dict[str, float]:
    names = survey.compiled.names.units[: len(survey.kill)]
    return {name: round(area_km2(survey.grid, survey.kill[row, level] > 0.0), 3) for row, name in enumerate(names)}


def summary_of(survey: Survey, borders: Sequence[Reals] = ()) -> dict[str, Any]:
    """Areas, ranges and border lengths by altitude; `borders` are lines (point, 2) of latitude and longitude in degrees."""
    rows = []
    for level, altitude in enumerate(survey.altitudes_m):
        covered = survey.covered(level)
        row: dict[str, Any] = {
            "altitude_m": float(altitude),
            "area_km2": round(area_km2(survey.grid, covered), 3),
            "border_km": round(length_km(borders, survey.grid, covered), 3),
            "farthest_km": _farthest_km(survey, level),
            "zone_km2": _zone_km2(survey, level),
        }
        if survey.approach is not None:
            ring = survey.approach.farthest(CUMULATIVE)[level] / 1e3
            row["cumulative_km"] = {"least": round(float(ring.min()), 3), "most": round(float(ring.max()), 3)}
        rows.append(row)
    step = math.radians(survey.grid.step_deg()[0]) * 6371008.8
    return {
        "target": survey.target.id,
        "aspect": survey.aspect,
        "at_least": survey.at_least,
        "covered_probability": COVERED,
        "cumulative_probability": CUMULATIVE,
        "rows": survey.grid.shape[0],
        "columns": survey.grid.shape[1],
        "step_m": round(step, 3),
        "altitudes": rows,
    }
