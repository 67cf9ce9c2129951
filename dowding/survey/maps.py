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
from dowding.physics.geodesy import SEMI_MAJOR_AXIS
from dowding.physics.shadow import BLOCK_M, CLEAR, HIDDEN, UNSURE, standing
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
from dowding.survey.shadow import BLOCK_LEAST, block_length, fill_lowest

SMOOTH = 1e-4  # how far a look inside a block may lie from a straight line between its ends before every cell is looked at
PAGE = 1024  # cells of a map, as many as one page of memory holds
LEVEL_M = 1.0  # m: heights that differ by less count as one


@kernel
def look_in(defence: Defence, places: Places, quarry: Quarry, sensor: int, row: int, column: int, height: float) -> float:
    """Detection probability of one look by a sensor at a target in a cell at a height (m above the ellipsoid)."""
    up = up_at(defence.frame, places, row, column)
    return place_probability(defence, quarry, sensor, place_at(defence.frame, places, row, up, height), up, height)


@kernel
def _count(heights: Reals, lowest: Reals, unsure: Reals, begin: int, end: int) -> tuple[int, int]:
    """How many cells from `begin` to before `end` are CLEAR, and how many HIDDEN; as `standing`, several at once."""
    clear, seen = 0, 0
    for column in range(begin, end):
        clear += int(heights[column] >= lowest[column] + unsure[column])
        seen += int(heights[column] > lowest[column] - unsure[column])
    return clear, end - begin - seen


@kernel
def _fill_straight(start: int, last: int, middle: int, halfway: float, line_out: Reals) -> None:
    """Fill what lies between two cells and a third between them, which holds `halfway`: a straight line to it and one from it."""
    left, right = line_out[start], line_out[last]
    rise, fall = (halfway - left) / max(middle - start, 1), (right - halfway) / max(last - middle, 1)
    for column in range(start + 1, middle):
        line_out[column] = left + rise * (column - start)
    for column in range(middle, last):
        line_out[column] = halfway + fall * (column - middle)


@kernel
def _fill_between(
    defence: Defence,
    places: Places,
    quarry: Quarry,
    sensor: int,
    row: int,
    ends: tuple[int, int],
    extremes: tuple[int, int],
    clear: bool,
    heights: Reals,
    lowest: Reals,
    unsure: Reals,
    line_out: Reals,
) -> None:
    """Fill the CLEAR cells between two that have been looked at: straight if looks inside agree with that, else with a look in each.

    `clear` says that all of them are.
    """
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
    if straight and clear:
        _fill_straight(start, last, middle, halfway, line_out)
        return
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
def _find_extremes(heights: Reals, lowest: Reals, unsure: Reals, begin: int, end: int) -> tuple[int, int, int, int]:
    """First and last CLEAR cell from `begin` to before `end`, and those of them with the lowest and the highest target; -1 for none."""
    first, last, low, high = -1, -1, -1, -1
    for column in range(begin, end):
        if standing(heights[column], lowest[column], unsure[column]) == CLEAR:
            if first < 0:
                first, low, high = column, column, column
            last = column
            low = column if heights[column] < heights[low] else low
            high = column if heights[column] > heights[high] else high
    return first, last, low, high


@kernel
def fill_line(
    defence: Defence,
    places: Places,
    quarry: Quarry,
    sensor: int,
    row: int,
    level: int,
    stride: int,
    heights: Reals,
    lowest: Reals,
    unsure: Reals,
    line_out: Reals,
) -> None:
    """Detection probabilities (column,) of one sensor along a row at a level's `heights` (column,), in blocks of `stride` cells or more."""
    columns, bends = line_out.shape[0], bends_below(defence.geometry, defence.horizons, defence.loss, sensor)
    known = -1  # the last cell before the block, if it was looked at and is clear
    begin = 0
    while begin < columns:
        end = min(begin + block_length(defence, places, sensor, row, begin, stride), columns)
        clear, hidden = _count(heights, lowest, unsure, begin, end)
        first, last, low, high = begin, end - 1, begin, begin
        if clear > 0 and (clear < end - begin or places.above_ground[level] == 1):
            first, last, low, high = _find_extremes(heights, lowest, unsure, begin, end)
        if clear < end - begin:
            for column in range(begin, end):
                line_out[column] = 0.0
        if clear + hidden < end - begin or (bends and hidden > 0):
            for column in range(begin, end):
                state = standing(heights[column], lowest[column], unsure[column])
                if state == UNSURE or (state == HIDDEN and bends and not math.isnan(heights[column])):
                    line_out[column] = look_in(defence, places, quarry, sensor, row, column, heights[column])
        if clear > 0:
            start = known if known == begin - 1 and known >= 0 else first
            line_out[last] = look_in(defence, places, quarry, sensor, row, last, heights[last])
            if start == first and first != last:
                line_out[first] = look_in(defence, places, quarry, sensor, row, first, heights[first])
            if last > start + 1:
                ends, extremes, whole = (start, last), (low, high), clear == end - begin
                _fill_between(defence, places, quarry, sensor, row, ends, extremes, whole, heights, lowest, unsure, line_out)
        known, begin = last if clear > 0 else -1, end


@kernel
def _combine(line: Reals, tail: Reals) -> None:
    """Let one more sensor look: `tail` (count, column), the probabilities that 0, 1, ... sensors detected, takes in its line (column,)."""
    for k in range(tail.shape[0] - 1, 0, -1):
        for column in range(line.shape[0]):
            tail[k, column] = tail[k, column] * (1.0 - line[column]) + tail[k - 1, column] * line[column]
    for column in range(line.shape[0]):
        tail[0, column] *= 1.0 - line[column]


@kernel
def _keep(line: Reals, heights: Reals, row_out: Singles) -> None:
    """A line (column,) into its row of a map, which holds zeros; NOWHERE where no target can be."""
    for begin in range(0, line.shape[0], PAGE):
        end, column = min(begin + PAGE, line.shape[0]), begin
        while column < end and line[column] == 0.0 and not math.isnan(heights[column]):
            column += 1
        if column == end:
            continue  # memory that nobody wrote to takes none: corners out of range, what lies behind the horizon
        for column in range(begin, end):
            row_out[column] = NOWHERE if math.isnan(heights[column]) else line[column]


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

    `heights` (level, column), `lines` (4, column) and `tails` (level, least, column) are scratch; `network_out` (level, row, column) is
    the probability that at least `least` sensors detect in one look each; `sensor_out` (sensor, level, row, column) has no sensors where
    these are not wanted. Both are NOWHERE where no target can be.
    """
    lowest, unsure, line, below = lines[0], lines[1], lines[2], lines[3]
    levels, least, columns = tails.shape[0], tails.shape[1], network_out.shape[2]
    alone = defence.geometry.range_max.shape[0] == 1 and least == 1  # one sensor's map is the network's
    for row in range(first, last):
        fill_heights(places, row, below, heights)
        for level in range(0 if alone else levels):
            for k in range(least):
                for column in range(columns):
                    tails[level, k, column] = 1.0 if k == 0 else 0.0
        for sensor in range(defence.geometry.range_max.shape[0]):
            # one that flies has no horizon table: what hides a target from it is asked in each look
            block = 1 if defence.geometry.moves[sensor] == 1 else stride
            fill_lowest(defence, places, sensor, row, block, heights, lowest, unsure)
            for level in range(levels):
                fill_line(defence, places, quarry, sensor, row, level, block, heights[level], lowest, unsure, line)
                if alone:
                    _keep(line, heights[level], network_out[level, row])
                    continue
                _combine(line, tails[level])
                if sensor < sensor_out.shape[0]:
                    _keep(line, heights[level], sensor_out[sensor, level, row])
        for level in range(0 if alone else levels):
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
        heights, lines, tails = np.zeros((shape[0], columns)), np.zeros((4, columns)), np.zeros((shape[0], at_least, columns))
        fill_rows(defence, places, quarry, stride, first, last, heights, lines, tails, network, single)

    in_parallel(grid.shape[0], work, tick, ground)
    if keep_sensors and sensors == 1 and at_least == 1:
        single = network[np.newaxis]
    return network, single
