"""How far each sensor sees a target: the engine's own detection function, asked over ranges and altitudes."""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from dowding._jit import kernel
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.model import Compiled, Defence
from dowding.model.bundles import Reals
from dowding.model.flying import shown_to
from dowding.model.placing import placed_radars
from dowding.physics.geodesy import Frame, euler_radius, rotate_back, theatre_frame, theatre_to_geodetic
from dowding.physics.terrain import Ground, place_along
from dowding.survey.levels import Level
from dowding.survey.places import Tick, flown_height, ground_at, ground_below, in_parallel
from dowding.survey.seeing import is_in_sector
from dowding.survey.seeking import WEIGHTS, Quarry, place_probability, speed_of
from dowding.tables import Columns

SEEN = 0.5  # detection probability of one look that counts as seen
STEPS = 300  # ranges tried from the farthest inward before the answer is refined
PROFILE_PART = 50  # places of a cut whose ground is read at a time
FINE_STEP_M = 500.0  # between ranges, in a survey
HALVINGS = 20
ALTITUDES_M = (
    30.0, 50.0, 100.0, 150.0, 200.0, 300.0, 500.0, 700.0, 1e3, 1.5e3, 2e3, 3e3,
    4e3, 5e3, 6e3, 8e3, 1e4, 1.2e4, 1.5e4, 2e4, 2.5e4, 3e4, 4e4, 6e4,
)  # fmt: skip


@kernel
def probability_at(defence: Defence, quarry: Quarry, sensor: int, azimuth: float, ground_range: float, height: float) -> float:
    """Detection probability of one look at a target some way from a sensor; 0 outside its sector, and at no height (NaN).

    `azimuth` rad at the sensor, `ground_range` m, `height` m above the ellipsoid.
    """
    if math.isnan(height):
        return 0.0
    radius = euler_radius(defence.geometry.latitude[sensor], azimuth)
    angle = ground_range / radius
    out, up = math.sin(angle), math.cos(angle)
    across, along = (radius + height) * out, (radius + height) * up - radius - defence.geometry.height[sensor]
    east, north = math.sin(azimuth), math.cos(azimuth)
    dx, dy, dz = rotate_back(defence.geometry.rotation[sensor], across * east, across * north, along)
    site = defence.geometry.position[sensor]
    vertical = rotate_back(defence.geometry.rotation[sensor], out * east, out * north, up)
    return place_probability(defence, quarry, sensor, (site[0] + dx, site[1] + dy, site[2] + dz), vertical, height)


@kernel
def farthest_seen(defence: Defence, quarry: Quarry, sensor: int, azimuth: float, heights: Reals, least: float) -> float:
    """Farthest ground range (m) along an azimuth (rad) at which a look detects with probability `least`; 0 if it nowhere does.

    `heights` (range,) m above the ellipsoid from the sensor on to its greatest range, evenly; NaN where no target can be.
    """
    steps = heights.shape[0] - 1
    step = defence.geometry.range_max[sensor] / steps
    k = steps
    while probability_at(defence, quarry, sensor, azimuth, k * step, heights[k]) < least:
        k -= 1
        if k < 1:
            return 0.0
    if k == steps or math.isnan(heights[k + 1]):
        return float(k * step)
    near, far = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        height = heights[k] + middle * (heights[k + 1] - heights[k])
        if probability_at(defence, quarry, sensor, azimuth, (k + middle) * step, height) >= least:
            near = middle
        else:
            far = middle
    return float((k + near) * step)


@kernel
def _fill(
    defence: Defence, entries: Reals, rcs: Reals, weight: Reals, heights: Reals, range_out: Reals
) -> None:
    for sensor in range(range_out.shape[0]):
        for entry in range(range_out.shape[1]):
            quarry = Quarry(int(entries[entry, 0]), int(entries[entry, 1]), entries[entry, 2], rcs[entry], weight)
            for k in range(range_out.shape[2]):
                azimuth = defence.geometry.boresight[sensor]
                range_out[sensor, entry, k] = farthest_seen(defence, quarry, sensor, azimuth, heights[k], SEEN)


@kernel
def fill_profile(
    ground: Ground, site: Frame, radius: float, azimuth: float, step: float, first: int, metres: float, above_ground: int, height_out: Reals
) -> None:
    """Heights (range,) of targets above the ellipsoid along an azimuth, every `step` m from `first` steps on; NaN where none can be.

    `site` is a frame at height 0, `radius` the earth's (m) in that direction.
    """
    for k in range(height_out.shape[0]):
        below = 0.0
        if ground.grid.shape[0] > 0:
            latitude, longitude = place_along(site, radius, azimuth, (first + k) * step)
            below = ground_at(ground, latitude, longitude)
        height_out[k] = flown_height(metres, above_ground, below)


@kernel
def _fill_azimuths(
    defence: Defence,
    quarry: Quarry,
    sensor: int,
    ground: Ground,
    site: Frame,
    metres: float,
    above_ground: int,
    azimuths: Reals,
    first: int,
    last: int,
    least: float,
    heights: Reals,
    range_out: Reals,
) -> None:
    step = defence.geometry.range_max[sensor] / (heights.shape[0] - 1)
    for j in range(first, last):
        range_out[j] = 0.0
        if is_in_sector(defence, sensor, azimuths[j]):
            radius = euler_radius(defence.geometry.latitude[sensor], azimuths[j])
            fill_profile(ground, site, radius, azimuths[j], step, 0, metres, above_ground, heights)
            range_out[j] = farthest_seen(defence, quarry, sensor, azimuths[j], heights, least)


@kernel
def _fill_cut(
    defence: Defence, quarry: Quarry, sensor: int, azimuth: float, ranges: Reals, heights: Reals, below: Reals, probability_out: Reals
) -> None:
    for k in range(probability_out.shape[0]):
        for j in range(probability_out.shape[1]):
            height = heights[k] if heights[k] >= below[j] else math.nan
            probability_out[k, j] = probability_at(defence, quarry, sensor, azimuth, ranges[j], height)


def coverage_table(compiled: Compiled, altitudes_m: Sequence[float] = ALTITUDES_M) -> Columns:
    """Table `coverage`: how far each sensor sees each kind of target that flies in the scenario, nose on, by altitude."""
    defence = compiled.model.defence
    entries = {flight.target.id: flight.target for flight in compiled.resolved.flights}
    placed = placed_radars(compiled.resolved)
    sensors, n, levels = len(placed), len(entries), np.array(altitudes_m, dtype=np.float64)
    rcs = np.array([shown_to(compiled.resolved, e, placed) for e in entries.values()]).reshape(n, sensors, 3)
    figures = [(e.number("swerling"), TARGET_CLASSES.index(str(e.value("class"))), speed_of(e)) for e in entries.values()]
    found = np.zeros((sensors, n, len(levels)))
    if n and sensors:
        heights = np.repeat(levels[:, np.newaxis], STEPS + 1, axis=1)
        _fill(defence, np.array(figures, dtype=np.float64), rcs, np.array(WEIGHTS["front"]), heights, found)
    row, entry, level = (index.ravel() for index in np.indices(found.shape))
    ids = np.array([*entries, ""], dtype=object)
    return {"sensor": row, "entry": ids[entry], "altitude_m": levels[level], "range_m": found.ravel()}


def turn(count: int) -> Reals:
    """So many azimuths (rad), evenly around the compass from north."""
    return np.array([2.0 * math.pi * k / count for k in range(count)], dtype=np.float64)


def place_of(compiled: Compiled, sensor: int) -> tuple[float, float]:
    """Latitude and longitude (degrees) of a sensor: where it stands, or where one that flies begins, from where it looks in a survey."""
    placed = placed_radars(compiled.resolved)[sensor]
    if placed.tour is None:
        return placed.lat_deg, placed.lon_deg
    latitude, longitude, _ = theatre_to_geodetic(compiled.model.defence.frame, *compiled.model.defence.geometry.position[sensor].tolist())
    return math.degrees(latitude), math.degrees(longitude)


def site_of(compiled: Compiled, sensor: int) -> Frame:
    """The frame at height 0 below a sensor."""
    latitude_deg, longitude_deg = place_of(compiled, sensor)
    return theatre_frame(math.radians(latitude_deg), math.radians(longitude_deg))


def ranges_by_azimuth(
    compiled: Compiled, quarry: Quarry, levels: Sequence[Level], azimuths_rad: Reals, least: float = SEEN, tick: Tick | None = None
) -> Reals:
    """Farthest ground range at which one look detects with probability `least`.

    (sensor, level, azimuth) m along the ellipsoid; 0 where it nowhere does or the sensor does not look.
    """
    defence, ground = compiled.model.defence, ground_below(compiled)
    found = np.zeros((len(quarry.rcs), len(levels), len(azimuths_rad)))

    def fill(sensor: int, k: int, site: Frame, steps: int, first: int, last: int) -> None:
        level, out, heights = levels[k], found[sensor, k], np.zeros(steps + 1)
        above = int(level.above_ground)
        _fill_azimuths(defence, quarry, sensor, ground, site, level.metres, above, azimuths_rad, first, last, least, heights, out)

    for sensor in range(len(found)):
        site, steps = site_of(compiled, sensor), math.ceil(float(defence.geometry.range_max[sensor]) / FINE_STEP_M)
        for k in range(len(levels)):
            in_parallel(len(azimuths_rad), partial(fill, sensor, k, site, steps), None, ground)
        if tick is not None:
            tick((sensor + 1) / len(found))
    return found


def vertical_cut(
    compiled: Compiled, quarry: Quarry, sensor: int, azimuth_rad: float, ranges_m: Reals, heights_m: Reals
) -> tuple[Reals, Reals]:
    """Detection probability of one look in a vertical plane through a sensor, (height, range), and the ground's heights, (range,) m.

    Heights above the ellipsoid, ranges along it and evenly spaced from 0. The probability is 0 below the ground.
    """
    defence = compiled.model.defence
    below, found = np.zeros(len(ranges_m)), np.zeros((len(heights_m), len(ranges_m)))
    radius = euler_radius(float(defence.geometry.latitude[sensor]), azimuth_rad)
    step = float(ranges_m[1] - ranges_m[0])
    site = site_of(compiled, sensor)
    for first in range(0, len(below), PROFILE_PART):
        part = below[first : first + PROFILE_PART]
        fill_profile(ground_below(compiled), site, radius, azimuth_rad, step, first, 0.0, 1, part)
    _fill_cut(defence, quarry, sensor, azimuth_rad, ranges_m, heights_m, np.nan_to_num(below), found)
    return found, below
