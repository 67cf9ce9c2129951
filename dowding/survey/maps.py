"""Maps of detection probability: one look by each sensor at a target in each cell, alone and as a network.

A fine map does not look everywhere. Along a row it looks in blocks, the longer the farther off the sensor: at both ends, halfway, and
over terrain at the lowest and highest target between; where these agree, what lies between is interpolated, and elsewhere each cell is
looked at. Whether the ground hides a target is asked in every cell, of the same horizon table that a look reads.
"""

import math
from collections.abc import Sequence

import numpy as np

from dowding._jit import kernel
from dowding.engine.sight import bends_below
from dowding.model import Defence
from dowding.model.bundles import Reals
from dowding.physics.geodesy import SEMI_MAJOR_AXIS, euler_radius, half_turn, rotate
from dowding.physics.horizon import table_elevation
from dowding.physics.propagation import sine_versine, surface_distance
from dowding.physics.terrain import Ground
from dowding.survey.grids import Grid
from dowding.survey.levels import Level
from dowding.survey.places import (
    NOWHERE,
    Places,
    Singles,
    Tick,
    check_memory,
    fill_heights,
    in_parallel,
    place_at,
    places_of,
    up_at,
)
from dowding.survey.seeking import Quarry, place_probability

BLOCK_M, LONGEST_BLOCK_M = 500.0, 2000.0  # m along a row in which a fine map looks at least at the ends and halfway
BLOCK_SHARE = 0.05  # of the distance to the sensor: blocks are as long, between those limits; edges are arcs about the sensor
BLOCK_LEAST = 4  # cells: coarser maps look in every cell
SMOOTH = 1e-4  # how far a look inside a block may lie from a straight line between its ends before every cell is looked at
LEVEL_M = 1.0  # m: heights that differ by less count as one
FAR_M = 20e3  # m: directions of cells nearer than this are all computed
SMALL = 0.1  # rad: up to it the tangent is its series, to 1e-8
UNSURE_M, UNSURE_SHARE = 2.0, 1e-5  # m, and share of the distance: nearer than this to the terrain's horizon a look decides
HIDDEN, UNSURE, CLEAR = -1, 0, 1


@kernel
def look_in(defence: Defence, places: Places, quarry: Quarry, sensor: int, row: int, column: int, height: float) -> float:
    """Detection probability of one look by a sensor at a target in a cell at a height (m above the ellipsoid)."""
    up = up_at(defence.frame, places, row, column)
    return place_probability(defence, quarry, sensor, place_at(defence.frame, places, row, up, height), up, height)


@kernel
def _direction(defence: Defence, places: Places, sensor: int, row: int, column: int) -> tuple[float, float, float]:
    """Azimuth (rad) and ground distance (m) of a cell from a sensor, and the straight distance (m) to the cell at height 0."""
    geometry = defence.geometry
    x, y, z = place_at(defence.frame, places, row, up_at(defence.frame, places, row, column), 0.0)
    dx, dy, dz = x - geometry.position[sensor, 0], y - geometry.position[sensor, 1], z - geometry.position[sensor, 2]
    east, north, _ = rotate(geometry.rotation[sensor], dx, dy, dz)
    azimuth, distance = math.atan2(east, north), math.sqrt(dx * dx + dy * dy + dz * dz)
    radius = euler_radius(defence.geometry.latitude[sensor], azimuth)
    return azimuth, surface_distance(distance, defence.geometry.height[sensor], 0.0, radius), distance


@kernel
def _lowest_seen(defence: Defence, sensor: int, azimuth: float, ground: float, radius: float) -> float:
    """Lowest height (m above the ellipsoid) that terrain and beam let a sensor see at an azimuth (rad) and ground distance (m).

    `radius` is the effective earth's (m) in that direction.
    """
    # solved for the height: `propagation.apparent_elevation` equal to the table's, or to the lowest of the beam
    angle = max(table_elevation(defence.horizons, sensor, azimuth, ground), defence.geometry.elevation_min[sensor])
    slope = angle * (1.0 + angle * angle * (1.0 / 3.0 + angle * angle * (2.0 / 15.0))) if abs(angle) < SMALL else math.tan(angle)
    sine, versine = sine_versine(ground / radius)
    return float((defence.geometry.height[sensor] + radius * (versine + slope * sine)) / (1.0 - versine - slope * sine))


@kernel
def bent(middle: float, end: float, half: int, whole: int) -> tuple[float, float]:
    """Newton's coefficients of the parabola through 0 at 0, `middle` at `half` and `end` at `whole` cells; 0 where these are too few."""
    if half <= 0 or whole <= half:
        return 0.0, 0.0
    first = middle / half
    return first, ((end - middle) / (whole - half) - first) / whole


@kernel
def fill_lowest(defence: Defence, places: Places, sensor: int, row: int, stride: int, lowest_out: Reals, unsure_out: Reals) -> None:
    """Lowest height (m above the ellipsoid) that the terrain lets a sensor see in each cell of a row, (column,), and how sure that is (m).

    Minus infinity without terrain, infinity out of range. Directions are computed every `stride` cells and halfway, and between these
    follow parabolas: some centimetres off at FAR_M.
    """
    columns, farthest = lowest_out.shape[0], defence.geometry.range_max[sensor]
    for level in range(places.metres.shape[0]):
        farthest = max(farthest, defence.geometry.range_max[sensor] + places.metres[level])
    if defence.horizons.azimuths[sensor] == 0:
        for column in range(columns):
            lowest_out[column], unsure_out[column] = -math.inf, 0.0
        return
    left = _direction(defence, places, sensor, row, 0)
    for begin in range(0, columns, stride):
        end = min(begin + stride, columns - 1)
        half = (begin + end) // 2
        middle, right = _direction(defence, places, sensor, row, half), _direction(defence, places, sensor, row, end)
        near, part, whole = min(left[2], right[2]) < FAR_M or half in (begin, end), half - begin, end - begin
        turn, turn2 = bent(half_turn(middle[0] - left[0]), half_turn(right[0] - left[0]), part, whole)
        way, way2 = bent(middle[1] - left[1], right[1] - left[1], part, whole)
        line, line2 = bent(middle[2] - left[2], right[2] - left[2], part, whole)
        radius = defence.settings.effective_earth_factor * euler_radius(defence.geometry.latitude[sensor], middle[0])
        for column in range(begin, min(begin + stride, columns)):
            azimuth, ground, distance = left
            if column > begin and near:
                azimuth, ground, distance = _direction(defence, places, sensor, row, column)
                radius = defence.settings.effective_earth_factor * euler_radius(defence.geometry.latitude[sensor], azimuth)
            elif column > begin:
                u, v = float(column - begin), float(column - half)
                azimuth, ground = left[0] + u * (turn + v * turn2), left[1] + u * (way + v * way2)
                distance = left[2] + u * (line + v * line2)
            lowest_out[column] = _lowest_seen(defence, sensor, azimuth, ground, radius) if distance <= farthest else math.inf
            unsure_out[column] = UNSURE_M + UNSURE_SHARE * ground
        left = right


@kernel
def standing(height: float, lowest: float, unsure: float) -> int:
    """Whether a target at a height (m) is CLEAR of the terrain, HIDDEN by it, or UNSURE; HIDDEN where none can be."""
    if height >= lowest + unsure:
        return CLEAR
    return UNSURE if height > lowest - unsure else HIDDEN


@kernel
def _fill_between(
    defence: Defence,
    places: Places,
    quarry: Quarry,
    sensor: int,
    row: int,
    ends: tuple[int, int],
    extremes: tuple[int, int],
    heights: Reals,
    lowest: Reals,
    unsure: Reals,
    line_out: Reals,
) -> None:
    """Fill the CLEAR cells between two that have been looked at: straight if looks inside agree with that, else with a look in each."""
    start, last = ends
    slope = (line_out[last] - line_out[start]) / (last - start)
    middle = (start + last) // 2
    while standing(heights[middle], lowest[middle], unsure[middle]) != CLEAR:
        middle += 1
    tried = 1 if heights[extremes[1]] - heights[extremes[0]] < LEVEL_M else 3
    halfway, straight = line_out[middle], True
    for k in range(tried):
        column = middle if k == 0 else extremes[k - 1]
        found = line_out[column]
        if start < column < last:
            found = look_in(defence, places, quarry, sensor, row, column, heights[column])
        halfway = found if k == 0 else halfway
        straight = straight and abs(line_out[start] + slope * (column - start) - found) <= SMOOTH
    bend = halfway - (line_out[start] + slope * (middle - start))
    for column in range(start + 1, last):
        if standing(heights[column], lowest[column], unsure[column]) != CLEAR:
            continue
        if straight:
            share = (column - start) / (middle - start) if column < middle else (last - column) / max(last - middle, 1)
            line_out[column] = line_out[start] + slope * (column - start) + bend * share
        else:
            line_out[column] = look_in(defence, places, quarry, sensor, row, column, heights[column])


@kernel
def _block(defence: Defence, places: Places, sensor: int, row: int, column: int, stride: int) -> int:
    """Cells that a block which begins at a column may have."""
    if stride == 1 or defence.loss.shape[3] > 1:  # lobes are as narrow far off as near
        return stride
    site = defence.geometry.position[sensor]
    x, y, z = place_at(defence.frame, places, row, up_at(defence.frame, places, row, column), 0.0)
    distance = math.sqrt((x - site[0]) ** 2 + (y - site[1]) ** 2 + (z - site[2]) ** 2)
    return int(stride * min(max(BLOCK_SHARE * distance, BLOCK_M), LONGEST_BLOCK_M) / BLOCK_M)


@kernel
def fill_line(
    defence: Defence,
    places: Places,
    quarry: Quarry,
    sensor: int,
    row: int,
    stride: int,
    heights: Reals,
    lowest: Reals,
    unsure: Reals,
    line_out: Reals,
) -> None:
    """Detection probabilities of one sensor along a row, (column,), at `heights` (column,), in blocks of `stride` cells or more."""
    columns, bends = line_out.shape[0], bends_below(defence.geometry, defence.horizons, defence.loss, sensor)
    known = -1  # the last cell before the block, if it was looked at and is clear
    begin = 0
    while begin < columns:
        end = min(begin + _block(defence, places, sensor, row, begin, stride), columns)
        first, last, low, high = -1, -1, -1, -1
        for column in range(begin, end):
            state = standing(heights[column], lowest[column], unsure[column])
            line_out[column] = 0.0
            if state == CLEAR:
                if first < 0:
                    first, low, high = column, column, column
                last = column
                low = column if heights[column] < heights[low] else low
                high = column if heights[column] > heights[high] else high
            elif state == UNSURE or (bends and not math.isnan(heights[column])):
                line_out[column] = look_in(defence, places, quarry, sensor, row, column, heights[column])
        if first >= 0:
            start = known if known == begin - 1 and known >= 0 else first
            line_out[last] = look_in(defence, places, quarry, sensor, row, last, heights[last])
            if start == first and first != last:
                line_out[first] = look_in(defence, places, quarry, sensor, row, first, heights[first])
            if last > start + 1:
                _fill_between(
                    defence, places, quarry, sensor, row, (start, last), (low, high), heights, lowest, unsure, line_out
                )
        known, begin = last, end


@kernel
def _combine(line: Reals, tail: Reals) -> None:
    """Let one more sensor look: `tail` (count, column), the probabilities that 0, 1, ... sensors detected, takes in its line (column,)."""
    for column in range(line.shape[0]):
        for k in range(tail.shape[0] - 1, 0, -1):
            tail[k, column] = tail[k, column] * (1.0 - line[column]) + tail[k - 1, column] * line[column]
        tail[0, column] *= 1.0 - line[column]


@kernel
def _fill_alone(
    defence: Defence, places: Places, quarry: Quarry, stride: int, first: int, last: int, heights: Reals, lines: Reals, out: Singles
) -> None:
    """As fill_rows, where one sensor is the whole network; `out` is its map and the network's."""
    lowest, unsure, line = lines[0], lines[1], lines[2]
    block = 1 if defence.geometry.moves[0] == 1 else stride
    for row in range(first, last):
        fill_heights(places, row, heights)
        fill_lowest(defence, places, 0, row, block, lowest, unsure)
        for level in range(out.shape[0]):
            fill_line(defence, places, quarry, 0, row, block, heights[level], lowest, unsure, line)
            for column in range(out.shape[2]):
                out[level, row, column] = NOWHERE if math.isnan(heights[level, column]) else line[column]


@kernel
def fill_rows(
    defence: Defence,
    places: Places,
    quarry: Quarry,
    stride: int,
    first: int,
    last: int,
    heights: Reals,
    lines: Reals,
    tails: Reals,
    network_out: Singles,
    sensor_out: Singles,
) -> None:
    """Fill rows [first, last) of a map.

    `heights` (level, column), `lines` (3, column) and `tails` (level, least, column) are scratch; `network_out` (level, row, column) is
    the probability that at least `least` sensors detect in one look each; `sensor_out` (sensor, level, row, column) has no sensors where
    these are not wanted. Both are NOWHERE where no target can be.
    """
    lowest, unsure, line = lines[0], lines[1], lines[2]
    levels, least, columns = tails.shape[0], tails.shape[1], network_out.shape[2]
    if defence.geometry.range_max.shape[0] == 1 and least == 1:
        _fill_alone(defence, places, quarry, stride, first, last, heights, lines, network_out)
        return
    for row in range(first, last):
        fill_heights(places, row, heights)
        for level in range(levels):
            for k in range(least):
                for column in range(columns):
                    tails[level, k, column] = 1.0 if k == 0 else 0.0
        for sensor in range(defence.geometry.range_max.shape[0]):
            # one that flies has no horizon table: what hides a target from it is asked in each look
            block = 1 if defence.geometry.moves[sensor] == 1 else stride
            fill_lowest(defence, places, sensor, row, block, lowest, unsure)
            for level in range(levels):
                fill_line(defence, places, quarry, sensor, row, block, heights[level], lowest, unsure, line)
                _combine(line, tails[level])
                if sensor < sensor_out.shape[0]:
                    for column in range(columns):
                        none = math.isnan(heights[level, column])
                        sensor_out[sensor, level, row, column] = NOWHERE if none else line[column]
        for level in range(levels):
            for column in range(columns):
                fewer = 0.0
                for k in range(least):
                    fewer += tails[level, k, column]
                network_out[level, row, column] = NOWHERE if math.isnan(heights[level, column]) else 1.0 - fewer


def stride_of(grid: Grid, exact: bool) -> int:
    """Cells from look to look along a row: 1 to look in each, else as many as BLOCK_M holds."""
    stride = int(BLOCK_M / (math.radians(grid.step_deg()[0]) * SEMI_MAJOR_AXIS))
    return 1 if exact or stride < BLOCK_LEAST else stride


def detection_maps(
    defence: Defence,
    grid: Grid,
    ground: Ground,
    quarry: Quarry,
    levels: Sequence[Level],
    at_least: int = 1,
    keep_sensors: bool = True,
    exact: bool = False,
    tick: Tick | None = None,
) -> tuple[Singles, Singles]:
    """Network (level, row, column) and single sensors (sensor, level, row, column), the latter empty unless wanted.

    With cells below an eighth of a kilometre, looks are apart along a row where that is the same, unless `exact`.

    The network's figure is the probability that at least `at_least` sensors detect the target in one look each; NOWHERE stands where
    no target can be. CoverageError if it does not fit in memory.
    """
    sensors, columns = len(defence.geometry.range_max), grid.shape[1]
    shape = (len(levels), *grid.shape)
    kept = sensors if keep_sensors and sensors > 1 else 0
    check_memory(grid, shape[0] * (1 + kept))
    network, single = np.zeros(shape, np.float32), np.zeros((kept, *shape), np.float32)
    places, stride = places_of(grid, ground, levels), stride_of(grid, exact)

    def work(first: int, last: int) -> None:
        heights, lines, tails = np.zeros((shape[0], columns)), np.zeros((3, columns)), np.zeros((shape[0], at_least, columns))
        fill_rows(defence, places, quarry, stride, first, last, heights, lines, tails, network, single)

    in_parallel(grid.shape[0], work, tick)
    if keep_sensors and sensors == 1 and at_least == 1:
        single = network[np.newaxis]
    return network, single
