"""Cumulative detection: has anybody seen a target by the time it is here, if it flies straight toward one point?

The target comes in level at its cruising speed, at one altitude, from far away toward a point. Each sensor s whose look would detect it
with p at the range r has 1 / (v T) looks for each metre flown (speed v, scan period T), so that the chance of having been missed by all is

    M(r) = exp( integral from r to infinity of  sum over s of ln(1 - p) / (v T)  dr ),      cumulative C(r) = 1 - M(r).

That is the product of (1 - p) over all looks, averaged (geometrically) over when the first falls.
"""

import math
from dataclasses import dataclass

import numpy as np

from dowding._jit import kernel
from dowding.model import Defence
from dowding.model.bundles import Reals
from dowding.physics.geodesy import geodesic_direct, geodetic_to_theatre_many
from dowding.survey.maps import Quarry, in_parallel, level_toward
from dowding.survey.ranges import turn
from dowding.survey.seeing import is_in_sector, seen_at

CERTAIN = 1e-12  # the least chance that one look is given to miss
AZIMUTHS = 120
RINGS = 240


@dataclass(frozen=True)
class Approach:
    """Cumulative detection probability by direction and distance from the point flown at."""

    latitude_deg: float  # of the point
    longitude_deg: float
    azimuth_rad: Reals  # (azimuth,) from the point
    range_m: Reals  # (range,) from the point, along the ellipsoid
    place_deg: Reals  # (azimuth, range, 2) latitude and longitude
    probability: Reals  # (altitude, azimuth, range)

    def farthest(self, least: float) -> Reals:
        """Farthest range (m) at which the probability has come up to `least`, (altitude, azimuth); 0 for never."""
        at = self.crossings(least)
        ranges = np.interp(at, np.arange(len(self.range_m)), self.range_m)
        return np.array(np.where(np.isnan(at), 0.0, ranges), dtype=np.float64)

    def crossings(self, least: float) -> Reals:
        """Where the probability comes up to `least`, as a fractional index of range, (altitude, azimuth); NaN for never."""
        reached = self.probability >= least
        last = reached.shape[2] - 1 - np.argmax(reached[:, :, ::-1], axis=2)
        beyond = np.minimum(last + 1, reached.shape[2] - 1)
        inner, outer = (np.take_along_axis(self.probability, k[..., np.newaxis], axis=2)[..., 0] for k in (last, beyond))
        drop = np.maximum(inner - outer, 1e-12)
        share = np.where(beyond > last, np.clip((inner - least) / drop, 0.0, 1.0), 0.0)
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
    """Fill azimuths [first, last) of (altitude, azimuth, range) from the farthest range inward.

    `places` (azimuth, range, 3) m in the theatre at height 0, `verticals` (azimuth, range, 3); `step` m between ranges. The target at
    range k flies from there toward range k - 1.
    """
    geometry = defence.geometry
    for azimuth in range(first, last):
        for level in range(heights.shape[0]):
            missed = 0.0
            for k in range(places.shape[1] - 1, -1, -1):
                near, far = max(k - 1, 0), max(k, 1)
                up = (verticals[azimuth, k, 0], verticals[azimuth, k, 1], verticals[azimuth, k, 2])
                place = (
                    places[azimuth, k, 0] + heights[level] * up[0],
                    places[azimuth, k, 1] + heights[level] * up[1],
                    places[azimuth, k, 2] + heights[level] * up[2],
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
                    probability, bearing = seen_at(defence, sensor, quarry.swerling, quarry.rcs[sensor], state, heights[level])
                    if probability > 0.0 and is_in_sector(defence, sensor, bearing):
                        missed += math.log(max(1.0 - probability, CERTAIN)) * step / (quarry.speed * geometry.period[sensor])
                probability_out[level, azimuth, k] = 1.0 - math.exp(missed)


def approach(
    defence: Defence, quarry: Quarry, altitudes_m: Reals, latitude_deg: float, longitude_deg: float, reach_m: float
) -> Approach:
    """Cumulative detection of targets that fly level and straight at a point from `reach_m` out, from all sides."""
    azimuths = turn(AZIMUTHS)
    ranges = np.array([(k + 0.5) * reach_m / RINGS for k in range(RINGS)], dtype=np.float64)
    lat, lon = math.radians(latitude_deg), math.radians(longitude_deg)
    points = np.array([[geodesic_direct(lat, lon, float(a), float(r))[:2] for r in ranges] for a in azimuths])
    flat = np.concatenate([points.reshape(-1, 2), np.zeros((AZIMUTHS * RINGS, 1))], axis=1)
    ground = geodetic_to_theatre_many(defence.frame, flat)
    flat[:, 2] = 1.0
    vertical = geodetic_to_theatre_many(defence.frame, flat) - ground
    shape = (AZIMUTHS, RINGS, 3)
    places, verticals = ground.reshape(shape), np.ascontiguousarray(vertical.reshape(shape))
    found = np.zeros((len(altitudes_m), AZIMUTHS, RINGS))
    step = reach_m / RINGS
    in_parallel(AZIMUTHS, lambda first, last: fill_approaches(defence, quarry, places, verticals, altitudes_m, step, first, last, found))
    return Approach(latitude_deg, longitude_deg, azimuths, ranges, np.degrees(points), found)
