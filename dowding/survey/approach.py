"""Cumulative detection: has anybody seen a target by the time it is here, if it flies straight toward one point?

The target comes in at its cruising speed, level or at a height above the ground, from far away toward a point. Each sensor s whose look
would detect it with p at the range r has 1 / (v T) looks for each metre flown (speed v, scan period T), so that the chance of having
been missed by all is

    M(r) = exp( integral from r to infinity of  sum over s of ln(1 - p) / (v T)  dr ),      cumulative C(r) = 1 - M(r).

That is the product of (1 - p) over all looks, averaged (geometrically) over when the first falls.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dowding._jit import kernel
from dowding.model import Defence
from dowding.model.bundles import Reals
from dowding.physics.geodesy import Frame, euler_radius, geodetic_to_theatre_many, theatre_frame
from dowding.physics.terrain import Ground, direction_to, place_along
from dowding.survey.grids import Grid
from dowding.survey.levels import Level
from dowding.survey.places import NOWHERE, Places, Singles, ground_at, in_parallel, places_of, smooth_ground
from dowding.survey.ranges import turn
from dowding.survey.seeing import is_in_sector, seen_at
from dowding.survey.seeking import Quarry, level_toward

CERTAIN = 1e-12  # the least chance that one look is given to miss
AZIMUTHS = 240
RINGS = 300


@dataclass(frozen=True)
class Approach:
    """Cumulative detection probability by direction and distance from the point flown at."""

    latitude_deg: float  # of the point
    longitude_deg: float
    azimuth_rad: Reals  # (azimuth,) from the point
    range_m: Reals  # (range,) from the point, along the ellipsoid
    place_deg: Reals  # (azimuth, range, 2) latitude and longitude
    probability: Reals  # (level, azimuth, range); NOWHERE where no target can be

    def farthest(self, least: float) -> Reals:
        """Farthest range (m) at which the probability has come up to `least`, (level, azimuth); 0 for never."""
        at = self.crossings(least)
        ranges = np.interp(at, np.arange(len(self.range_m)), self.range_m)
        return np.array(np.where(np.isnan(at), 0.0, ranges), dtype=np.float64)

    def crossings(self, least: float) -> Reals:
        """Where the probability comes up to `least`, as a fractional index of range, (level, azimuth); NaN for never."""
        reached = self.probability >= least
        last = reached.shape[2] - 1 - np.argmax(reached[:, :, ::-1], axis=2)
        beyond = np.minimum(last + 1, reached.shape[2] - 1)
        inner, outer = (np.take_along_axis(self.probability, k[..., np.newaxis], axis=2)[..., 0] for k in (last, beyond))
        drop = np.maximum(inner - outer, 1e-12)
        share = np.where((beyond > last) & (outer >= 0.0), np.clip((inner - least) / drop, 0.0, 1.0), 0.0)
        return np.array(np.where(reached.any(axis=2), last + share, np.nan), dtype=np.float64)


@kernel
def fill_approaches(
    defence: Defence,
    quarry: Quarry,
    places: Reals,
    verticals: Reals,
    heights: Reals,
    step: float,
    first: int,
    last: int,
    probability_out: Reals,
) -> None:
    """Fill azimuths [first, last) of (level, azimuth, range) from the farthest range inward.

    `places` (azimuth, range, 3) m in the theatre at height 0, `verticals` (azimuth, range, 3), `heights` (level, azimuth, range) m above
    the ellipsoid, NaN where no target can be; `step` m between ranges. The target at range k flies from there toward range k - 1.
    """
    geometry = defence.geometry
    for azimuth in range(first, last):
        for level in range(heights.shape[0]):
            missed = 0.0
            for k in range(places.shape[1] - 1, -1, -1):
                height = heights[level, azimuth, k]
                if math.isnan(height):
                    probability_out[level, azimuth, k] = NOWHERE
                    continue
                near, far = max(k - 1, 0), max(k, 1)
                up = (verticals[azimuth, k, 0], verticals[azimuth, k, 1], verticals[azimuth, k, 2])
                place = (
                    places[azimuth, k, 0] + height * up[0],
                    places[azimuth, k, 1] + height * up[1],
                    places[azimuth, k, 2] + height * up[2],
                )
                vx, vy, vz = level_toward(
                    places[azimuth, far, 0] - places[azimuth, near, 0],
                    places[azimuth, far, 1] - places[azimuth, near, 1],
                    places[azimuth, far, 2] - places[azimuth, near, 2],
                    up,
                    quarry.speed,
                )
                for sensor in range(geometry.range_max.shape[0]):
                    state = (place[0], place[1], place[2], vx, vy, vz)
                    probability, bearing = seen_at(defence, sensor, quarry.swerling, quarry.rcs[sensor], state, height)
                    if probability > 0.0 and is_in_sector(defence, sensor, bearing):
                        missed += math.log(max(1.0 - probability, CERTAIN)) * step / (quarry.speed * geometry.period[sensor])
                probability_out[level, azimuth, k] = 1.0 - math.exp(missed)


@kernel
def _fill_courses(
    ground: Ground, site: Frame, latitude: float, ranges: Reals, azimuths: Reals, point_out: Reals, below_out: Reals
) -> None:
    """Latitude and longitude (azimuth, range, 2; rad) along the courses, and the ground's height there, (azimuth, range) m."""
    for j in range(azimuths.shape[0]):
        radius = euler_radius(latitude, azimuths[j])
        for k in range(ranges.shape[0]):
            north, east = place_along(site, radius, azimuths[j], ranges[k])
            point_out[j, k, 0], point_out[j, k, 1] = north, east
            below_out[j, k] = ground_at(ground, north, east)


def _heights(levels: Sequence[Level], below: Reals) -> Reals:
    """Heights (level, azimuth, range) above the ellipsoid of targets over ground of heights `below` (azimuth, range); NaN for none."""
    free = [np.where(below > level.metres, np.nan, level.metres) for level in levels]
    return np.array([below + level.metres if level.above_ground else one for level, one in zip(levels, free, strict=True)])


def approach(
    defence: Defence, ground: Ground, quarry: Quarry, levels: Sequence[Level], latitude_deg: float, longitude_deg: float, reach_m: float
) -> Approach:
    """Cumulative detection of targets that fly straight at a point from `reach_m` out, from all sides."""
    latitude, site = math.radians(latitude_deg), theatre_frame(math.radians(latitude_deg), math.radians(longitude_deg))
    azimuths = turn(AZIMUTHS)
    ranges = np.array([(k + 0.5) * reach_m / RINGS for k in range(RINGS)], dtype=np.float64)
    points, below = np.zeros((AZIMUTHS, RINGS, 2)), np.zeros((AZIMUTHS, RINGS))
    _fill_courses(ground, site, latitude, ranges, azimuths, points, below)
    flat = np.concatenate([points.reshape(-1, 2), np.zeros((AZIMUTHS * RINGS, 1))], axis=1)
    level_ground = geodetic_to_theatre_many(defence.frame, flat)
    flat[:, 2] = 1.0
    vertical = geodetic_to_theatre_many(defence.frame, flat) - level_ground
    shape, heights = (AZIMUTHS, RINGS, 3), _heights(levels, below)
    places, verticals = level_ground.reshape(shape), np.ascontiguousarray(vertical.reshape(shape))
    found, step = np.zeros(heights.shape), reach_m / RINGS
    in_parallel(AZIMUTHS, lambda first, last: fill_approaches(defence, quarry, places, verticals, heights, step, first, last, found))
    return Approach(latitude_deg, longitude_deg, azimuths, ranges, np.degrees(points), found)


@kernel
def _fill_map(site: Frame, latitude: float, step: float, rays: Reals, places: Places, first: int, last: int, map_out: Singles) -> None:
    """Fill rows [first, last) of (level, row, column) from `rays` (level, azimuth, range), ranges every `step` m; NOWHERE stays."""
    azimuths, ranges = rays.shape[1], rays.shape[2]
    for row in range(first, last):
        for column in range(map_out.shape[2]):
            azimuth, distance, _ = direction_to(site, latitude, 0.0, places.latitude[row], places.longitude[column], 0.0)
            across = azimuth / (2.0 * math.pi) * azimuths
            out = min(max(distance / step - 0.5, 0.0), ranges - 1.0)
            i, k = min(int(across), azimuths - 1), min(int(out), ranges - 2)
            for level in range(map_out.shape[0]):
                total, weights = 0.0, 0.0
                for corner in range(4):
                    right, outer = corner // 2, corner % 2
                    value = rays[level, (i + right) % azimuths, k + outer]
                    weight = abs(1.0 - right - (across - i)) * abs(1.0 - outer - (out - k))
                    if value >= 0.0:
                        total, weights = total + weight * value, weights + weight
                beyond = k + 2
                while weights == 0.0 and beyond < ranges:  # a valley narrower than the rays lie apart: what it had before it came here
                    value = rays[level, i, beyond]
                    total, weights = max(value, 0.0), 1.0 if value >= 0.0 else 0.0
                    beyond += 1
                if map_out[level, row, column] >= 0.0:
                    map_out[level, row, column] = total / weights if weights > 0.0 else 0.0


def approach_map(flown: Approach, grid: Grid, levels: Sequence[Level], network: Singles, first: int = 0) -> Singles:
    """Cumulative probability (level, row, column) in the cells of a map, straight between the directions and ranges computed.

    NOWHERE where `network`, the map of single looks, is that. `levels` are those of the approach from its row `first` on.
    """
    latitude, longitude = math.radians(flown.latitude_deg), math.radians(flown.longitude_deg)
    site, places, out = theatre_frame(latitude, longitude), places_of(grid, smooth_ground(), levels), network.copy()
    step, rays = float(flown.range_m[1] - flown.range_m[0]), np.ascontiguousarray(flown.probability[first : first + len(levels)])
    in_parallel(grid.shape[0], lambda begin, end: _fill_map(site, latitude, step, rays, places, begin, end, out))
    return out
