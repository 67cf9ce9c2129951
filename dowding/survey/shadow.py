"""What hides the cells of a row from a sensor that stands: the lowest height that it sees in each, asked in blocks (`physics.shadow`)."""

import math

from dowding._jit import kernel
from dowding.model import Defence
from dowding.model.bundles import Reals
from dowding.physics.geodesy import quick_atan2, radius_toward, rotate
from dowding.physics.propagation import surface_distance
from dowding.physics.shadow import (
    BLOCK_M,
    FAR_M,
    LONGEST_BLOCK_M,
    UNSURE_M,
    UNSURE_SHARE,
    Direction,
    bends_between,
    block_metres,
    lowest_bounds,
    lowest_seen,
)  # fmt: skip
from dowding.survey.places import Places, place_at, up_at

BLOCK_LEAST = 4  # cells: coarser maps look in every cell


@kernel
def direction_of(defence: Defence, places: Places, sensor: int, row: int, column: int) -> Direction:
    """Azimuth (rad), ground distance, straight distance at height 0, and the earth's radius (m) toward a cell from a sensor that stands."""
    geometry, sensors = defence.geometry, defence.sensors
    x, y, z = place_at(defence.frame, places, row, up_at(defence.frame, places, row, column), 0.0)
    dx, dy, dz = x - geometry.position[sensor, 0], y - geometry.position[sensor, 1], z - geometry.position[sensor, 2]
    east, north, _ = rotate(geometry.rotation[sensor], dx, dy, dz)
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    radius = radius_toward(sensors["curvature_north"][sensor], sensors["curvature_east"][sensor], east, north)
    return quick_atan2(east, north), surface_distance(distance, geometry.height[sensor], 0.0, radius), distance, radius


@kernel
def block_length(defence: Defence, places: Places, sensor: int, row: int, column: int, stride: int) -> int:
    """Cells that a block which begins at a column may have."""
    if stride == 1 or defence.loss.shape[3] > 1:  # lobes are as narrow far off as near
        return stride
    site = defence.geometry.position[sensor]
    x, y, z = place_at(defence.frame, places, row, up_at(defence.frame, places, row, column), 0.0)
    distance = math.sqrt((x - site[0]) ** 2 + (y - site[1]) ** 2 + (z - site[2]) ** 2)
    return int(stride * block_metres(distance) / BLOCK_M)


@kernel
def _divides(places: Places, heights: Reals, begin: int, end: int, low: float, high: float) -> bool:
    """Whether any target of a block, heights (level, column), flies between two heights (m)."""
    inside = 0
    for level in range(heights.shape[0]):
        if places.above_ground[level] == 1 or low < places.metres[level] < high:
            for column in range(begin, end):  # of a level surface some may be below the ground, where nothing flies
                inside += int(heights[level, column] > low) & int(heights[level, column] < high)
    return inside > 0


@kernel
def _fill_block(
    defence: Defence,
    places: Places,
    sensor: int,
    row: int,
    span: tuple[int, int, int],
    ends: tuple[Direction, Direction, Direction],
    farthest: float,
    lowest_out: Reals,
    unsure_out: Reals,
) -> None:
    """Ask each cell of a block, `span` from its begin to before its end, the third; directions are known at begin, middle and the second.

    Between these, if they are far, directions follow parabolas.
    """
    (begin, across, end), (left, middle, right) = span, ends
    half = (begin + across) // 2
    near = min(left[2], right[2]) < FAR_M or half in (begin, across)
    (turn, turn2), (way, way2), (line, line2) = bends_between(begin, half, across, left, middle, right)
    factor, radius = defence.settings.effective_earth_factor, middle[3]
    antenna, least = defence.geometry.height[sensor], defence.geometry.elevation_min[sensor]
    for column in range(begin, end):
        azimuth, ground, distance, _ = left
        if column > begin and near:
            azimuth, ground, distance, radius = direction_of(defence, places, sensor, row, column)
        elif column > begin:
            u, v = float(column - begin), float(column - half)
            azimuth, ground = left[0] + u * (turn + v * turn2), left[1] + u * (way + v * way2)
            distance = left[2] + u * (line + v * line2)
        lowest_out[column] = math.inf
        if distance <= farthest:
            lowest_out[column] = lowest_seen(defence.horizons, sensor, antenna, least, azimuth, ground, factor * radius)
        unsure_out[column] = UNSURE_M + UNSURE_SHARE * ground


@kernel
def fill_lowest(
    defence: Defence, places: Places, sensor: int, row: int, stride: int, heights: Reals, lowest_out: Reals, unsure_out: Reals
) -> None:
    """Lowest height (m above the ellipsoid) that the terrain lets a sensor see in each cell of a row, (column,), and how sure that is (m).

    Minus infinity without terrain, infinity out of range. In a block none of whose targets, `heights` (level, column), are between
    its lowest and highest such height, any height between does.
    """
    columns, farthest = lowest_out.shape[0], defence.geometry.range_max[sensor]
    for level in range(places.metres.shape[0]):
        farthest = max(farthest, defence.geometry.range_max[sensor] + places.metres[level])
    if defence.horizons.azimuths[sensor] == 0:
        for column in range(columns):
            lowest_out[column], unsure_out[column] = -math.inf, 0.0
        return
    factor, antenna = defence.settings.effective_earth_factor, defence.geometry.height[sensor]
    begin, least, left = 0, defence.geometry.elevation_min[sensor], direction_of(defence, places, sensor, row, 0)
    while begin < columns:
        # the last block ends with the row; all others with the first cell of the next
        length = block_length(defence, places, sensor, row, begin, stride)
        end = min(begin + length, columns)
        across = min(end, columns - 1)
        right = direction_of(defence, places, sensor, row, across)
        middle = left if across <= begin + 1 else direction_of(defence, places, sensor, row, (begin + across) // 2)
        nearest, even = min(left[2], middle[2], right[2]), max(left[2], middle[2], right[2]) + LONGEST_BLOCK_M <= farthest
        low, high = -math.inf, math.inf
        if nearest - LONGEST_BLOCK_M > farthest and length > 1:
            low = math.inf
        elif even and length >= BLOCK_LEAST and nearest >= FAR_M:
            low, high, unsure = lowest_bounds(defence.horizons, sensor, antenna, least, factor, left, middle, right)
            low, high = low - unsure, high + unsure
        if low == math.inf or (high < math.inf and not _divides(places, heights, begin, end, low, high)):
            for column in range(begin, end):
                lowest_out[column], unsure_out[column] = high, 0.0
        else:
            _fill_block(defence, places, sensor, row, (begin, across, end), (left, middle, right), farthest, lowest_out, unsure_out)
        begin, left = end, right
