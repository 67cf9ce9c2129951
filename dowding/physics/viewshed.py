"""Which points of the ground see an antenna: the horizon table asked for a whole grid."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.physics.geodesy import (
    ECCENTRICITY_SQUARED,
    Frame,
    meridional_radius,
    prime_vertical_radius,
    quick_atan2,
    radius_toward,
    rotate,
)
from dowding.physics.horizon import Horizons, is_visible
from dowding.physics.propagation import arc_angle, line_of_sight, surface_distance
from dowding.physics.shadow import (
    CLEAR,
    FAR_M,
    LONGEST_BLOCK_M,
    UNSURE,
    UNSURE_M,
    UNSURE_SHARE,
    Direction,
    bends_between,
    block_metres,
    lowest_bounds,
    lowest_seen,
    standing,
)
from dowding.physics.terrain import Ground

Flags = NDArray[np.uint8]
NADIR = -0.5 * math.pi
HIDES, SEES, OUT = 0, 1, 2


class Antenna(NamedTuple):
    """One antenna and how far it is asked."""

    radar: int  # of the horizon tables
    height: float  # m above sea level
    curvature_north: float  # 1/m
    curvature_east: float
    range_max: float  # m of ground
    factor: float  # times the earth's radius, for refraction


class Parallel(NamedTuple):
    """A row of the ground's points."""

    row: int
    out: float  # m, of points at height 0 from the earth's axis
    up: float  # m, of points at height 0 above the equator's plane
    sine: float  # of the latitude
    cosine: float


@kernel
def _offset(site: Frame, parallel: Parallel, longitude: float, height: float) -> tuple[float, float, float]:
    """East, north and up (m) from a site to a point of a row at a longitude (rad) and height (m)."""
    out = parallel.out + height * parallel.cosine
    x, y, z = out * math.cos(longitude), out * math.sin(longitude), parallel.up + height * parallel.sine
    return rotate(site.rotation, x - site.origin[0], y - site.origin[1], z - site.origin[2])


@kernel
def _sees(horizons: Horizons, site: Frame, antenna: Antenna, parallel: Parallel, longitude: float, height: float) -> int:
    """SEES if a point (rad, m) is visible, HIDES if not, OUT of range or of what is known."""
    east, north, up = _offset(site, parallel, longitude, height)
    across = east * east + north * north
    if not across <= antenna.range_max * antenna.range_max:  # unknown heights too
        return OUT
    radius = radius_toward(antenna.curvature_north, antenna.curvature_east, east, north)
    angle = arc_angle(math.sqrt(across + (up - antenna.height) ** 2), antenna.height, height, radius)
    distance = radius * angle
    if distance > antenna.range_max:
        return OUT
    rise, run, _clear = line_of_sight(angle / antenna.factor, antenna.height, height, antenna.factor * radius)
    return SEES if is_visible(horizons, antenna.radar, math.atan2(east, north), distance, math.atan2(rise, run)) else HIDES


@kernel
def _direction(site: Frame, antenna: Antenna, parallel: Parallel, longitude: float) -> Direction:
    """The direction of a point of a row at height 0."""
    east, north, up = _offset(site, parallel, longitude, 0.0)
    distance = math.sqrt(east * east + north * north + (up - antenna.height) ** 2)
    radius = radius_toward(antenna.curvature_north, antenna.curvature_east, east, north)
    return quick_atan2(east, north), surface_distance(distance, antenna.height, 0.0, radius), distance, radius


@kernel
def _fill_settled(ground: Ground, row: int, span: tuple[int, int], target_height: float, least: float, visible_out: Flags) -> None:
    """Points of a row that are seen from a height (m) on."""
    for column in range(span[0], span[1]):
        height = ground.grid[row, column] + target_height
        visible_out[row, column] = OUT if math.isnan(height) else int(height >= least)


@kernel
def _fill_asked(
    ground: Ground,
    horizons: Horizons,
    site: Frame,
    antenna: Antenna,
    parallel: Parallel,
    span: tuple[int, int, int],
    ends: tuple[Direction, Direction, Direction],
    target_height: float,
    visible_out: Flags,
) -> None:
    """Ask each point of a block, from the first of `span` to before the third; directions are known at begin, middle and the second."""
    (begin, across, end), (left, middle, right) = span, ends
    half = (begin + across) // 2
    (turn, turn2), (way, way2), _line = bends_between(begin, half, across, left, middle, right)
    far = min(left[1], middle[1], right[1]) >= FAR_M and begin < half < across
    inside = max(left[1], middle[1], right[1]) + LONGEST_BLOCK_M <= antenna.range_max
    radius = antenna.factor * middle[3]
    for column in range(begin, end):
        height, state = float(ground.grid[parallel.row, column]) + target_height, UNSURE
        if far and inside and not math.isnan(height):
            u, v = float(column - begin), float(column - half)
            azimuth, distance = left[0] + u * (turn + v * turn2), left[1] + u * (way + v * way2)
            lowest = lowest_seen(horizons, antenna.radar, antenna.height, NADIR, azimuth, distance, radius)
            state = standing(height, lowest, UNSURE_M + UNSURE_SHARE * distance)
        if state == UNSURE:
            longitude = ground.place[1] + column * ground.place[3]
            visible_out[parallel.row, column] = _sees(horizons, site, antenna, parallel, longitude, height)
        else:
            visible_out[parallel.row, column] = SEES if state == CLEAR else HIDES


@kernel
def _is_divided(ground: Ground, row: int, span: tuple[int, int], low: float, high: float) -> bool:
    """Whether any point of a row stands between two heights (m)."""
    inside = 0
    for column in range(span[0], span[1]):
        inside += int(ground.grid[row, column] > low) & int(ground.grid[row, column] < high)
    return inside > 0


@kernel
def _fill_row(
    ground: Ground, horizons: Horizons, site: Frame, antenna: Antenna, parallel: Parallel, target_height: float, visible_out: Flags
) -> None:
    """All points of a row, block by block."""
    columns, begin = visible_out.shape[1], 0
    cell = parallel.out * ground.place[3]
    left = _direction(site, antenna, parallel, ground.place[1])
    while begin < columns:
        end = min(begin + max(int(block_metres(left[2]) / cell), 1), columns)
        across = min(end, columns - 1)
        right = _direction(site, antenna, parallel, ground.place[1] + across * ground.place[3])
        middle = _direction(site, antenna, parallel, ground.place[1] + (begin + across) // 2 * ground.place[3])
        nearest, farthest = min(left[1], middle[1], right[1]), max(left[1], middle[1], right[1])
        settled, least = nearest - LONGEST_BLOCK_M - cell > antenna.range_max, math.nan
        if nearest >= FAR_M and farthest + LONGEST_BLOCK_M <= antenna.range_max:
            low, high, unsure = lowest_bounds(horizons, antenna.radar, antenna.height, NADIR, antenna.factor, left, middle, right)
            least = high + unsure
            settled = not _is_divided(ground, parallel.row, (begin, end), low - unsure - target_height, least - target_height)
        if settled and math.isnan(least):
            for column in range(begin, end):
                visible_out[parallel.row, column] = OUT
        elif settled:
            _fill_settled(ground, parallel.row, (begin, end), target_height, least, visible_out)
        else:
            span, ends = (begin, across, end), (left, middle, right)
            _fill_asked(ground, horizons, site, antenna, parallel, span, ends, target_height, visible_out)
        begin, left = end, right


@kernel
def viewshed(
    ground: Ground,
    horizons: Horizons,
    radar: int,
    site: Frame,
    latitude: float,
    antenna_height: float,
    target_height: float,
    range_max: float,
    factor: float,
    visible_out: Flags,
) -> None:
    """Which points (row, column) see the antenna from `target_height` m above the ground: 1 if so, 0 if not, 2 out of range or unknown.

    `site` is a frame at height 0 and `latitude` (rad); `antenna_height` m above sea level; the table of `radar` reaches `range_max` (m).
    """
    antenna = Antenna(
        radar, antenna_height, 1.0 / meridional_radius(latitude), 1.0 / prime_vertical_radius(latitude), range_max, factor
    )
    for row in range(visible_out.shape[0]):
        place = ground.place[0] - row * ground.place[2]
        sine, cosine, normal = math.sin(place), math.cos(place), prime_vertical_radius(place)
        parallel = Parallel(row, normal * cosine, normal * (1.0 - ECCENTRICITY_SQUARED) * sine, sine, cosine)
        _fill_row(ground, horizons, site, antenna, parallel, target_height, visible_out)
