"""Maps of detection probability: one look by each sensor at a target in each cell, alone and as a network.

The target flies level at its cruising speed: toward the sensor that looks (front), across its sight (side) or away from it
(rear). `mean` is a target of which nothing is known: courses spread evenly over the compass, of which a quarter shows the
front, a half a side and a quarter the rear, by the same limits of 45 degrees that the engine uses.
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.errors import CoverageError
from dowding.model import Defence
from dowding.model.bundles import Reals
from dowding.physics.geodesy import ECCENTRICITY_SQUARED, SEMI_MAJOR_AXIS, Frame
from dowding.survey.grids import Grid
from dowding.survey.seeing import is_in_sector, seen_at

Singles = NDArray[np.float32]
Aspect = Literal["front", "side", "rear", "mean"]
ASPECTS: tuple[Aspect, ...] = ("front", "side", "rear", "mean")
WEIGHTS = {"front": (1.0, 0.0, 0.0), "side": (0.0, 1.0, 0.0), "rear": (0.0, 0.0, 1.0), "mean": (0.25, 0.5, 0.25)}
MEMORY_MOST = 560_000_000  # bytes of results: with what is needed beside them, and for writing them, a process stays about 1 GB
BLOCK_M = 500.0  # a fine map looks at least this often along a row, and halfway between
BLOCK_LEAST = 4  # cells: coarser maps look in every cell
SMOOTH = 1e-4  # how far the look halfway may lie from a straight line between its neighbours before every cell is looked at
ROWS_AT_ONCE = 16  # rows that a worker takes at a time


class Cells(NamedTuple):
    """The grid as kernels read it."""

    sine_latitude: Reals  # (row,)
    cosine_latitude: Reals  # (row,)
    normal: Reals  # (row,) m, radius of curvature across the meridian
    sine_longitude: Reals  # (column,)
    cosine_longitude: Reals  # (column,)


class Quarry(NamedTuple):
    """The target that a map asks for."""

    swerling: int  # 0..4
    cls: int  # index in TARGET_CLASSES
    speed: float  # m/s
    rcs: Reals  # (sensor, aspect) m^2
    weight: Reals  # (aspect,) share of courses that show front, side, rear


def cells_of(grid: Grid) -> Cells:
    """A grid's cells."""
    latitude, longitude = np.radians(grid.latitude_deg), np.radians(grid.longitude_deg)
    normal = SEMI_MAJOR_AXIS / np.sqrt(1.0 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2)
    return Cells(np.sin(latitude), np.cos(latitude), normal, np.sin(longitude), np.cos(longitude))


@kernel
def up_at(frame: Frame, cells: Cells, row: int, column: int) -> tuple[float, float, float]:
    """The vertical of a cell: a unit vector in theatre axes."""
    x = cells.cosine_latitude[row] * cells.cosine_longitude[column]
    y = cells.cosine_latitude[row] * cells.sine_longitude[column]
    z = cells.sine_latitude[row]
    r = frame.rotation
    return (
        r[0, 0] * x + r[0, 1] * y + r[0, 2] * z,
        r[1, 0] * x + r[1, 1] * y + r[1, 2] * z,
        r[2, 0] * x + r[2, 1] * y + r[2, 2] * z,
    )


@kernel
def place_at(frame: Frame, cells: Cells, row: int, up: tuple[float, float, float], height: float) -> tuple[float, float, float]:
    """A cell's place (m, theatre) at a height (m) above the ellipsoid: along its vertical from where that meets the axis."""
    # the vertical meets the earth's axis e^2 N sin(latitude) below the centre (Torge & Mueller 2012, Geodesy, eq. 4.27)
    along = cells.normal[row] + height
    below = ECCENTRICITY_SQUARED * cells.normal[row] * cells.sine_latitude[row]
    return (
        frame.earth_centre[0] + along * up[0] - below * frame.spin_axis[0],
        frame.earth_centre[1] + along * up[1] - below * frame.spin_axis[1],
        frame.earth_centre[2] + along * up[2] - below * frame.spin_axis[2],
    )


@kernel
def level_toward(
    dx: float, dy: float, dz: float, up: tuple[float, float, float], speed: float
) -> tuple[float, float, float]:
    """The level velocity at `speed` against the direction (dx, dy, dz); none straight above or below."""
    rise = dx * up[0] + dy * up[1] + dz * up[2]
    vx, vy, vz = rise * up[0] - dx, rise * up[1] - dy, rise * up[2] - dz
    length = math.sqrt(vx * vx + vy * vy + vz * vz)
    if length < 1e-3:
        return 0.0, 0.0, 0.0
    scale = speed / length
    return vx * scale, vy * scale, vz * scale


@kernel
def cell_probability(
    defence: Defence, quarry: Quarry, sensor: int, place: tuple[float, float, float], up: tuple[float, float, float], height: float
) -> float:
    """Detection probability of one look by a sensor at a target in a cell; 0 outside its sector."""
    x, y, z = place
    geometry = defence.geometry
    dx, dy, dz = x - geometry.position[sensor, 0], y - geometry.position[sensor, 1], z - geometry.position[sensor, 2]
    if dx * dx + dy * dy + dz * dz > geometry.range_max[sensor] ** 2:
        return 0.0  # as `look` would say, without its cost
    vx, vy, vz = level_toward(dx, dy, dz, up, quarry.speed)
    found = 0.0
    for aspect in range(3):
        if quarry.weight[aspect] == 0.0:
            continue
        if aspect == 1:
            state = (x, y, z, up[1] * vz - up[2] * vy, up[2] * vx - up[0] * vz, up[0] * vy - up[1] * vx)
        else:
            sign = 1.0 - aspect
            state = (x, y, z, sign * vx, sign * vy, sign * vz)
        probability, azimuth = seen_at(defence, sensor, quarry.swerling, quarry.rcs[sensor], state, height)
        if probability <= 0.0:
            continue
        if not is_in_sector(defence, sensor, azimuth):
            return 0.0
        found += quarry.weight[aspect] * probability
    return found


@kernel
def _look_in(defence: Defence, cells: Cells, quarry: Quarry, sensor: int, row: int, column: int, height: float) -> float:
    up = up_at(defence.frame, cells, row, column)
    return cell_probability(defence, quarry, sensor, place_at(defence.frame, cells, row, up, height), up, height)


@kernel
def fill_line(defence: Defence, cells: Cells, quarry: Quarry, sensor: int, row: int, height: float, stride: int, line_out: Reals) -> None:
    """Detection probabilities of one sensor along a row, (column,).

    With a stride above 1 only every stride-th cell and the one halfway are looked at; what lies between is interpolated where
    halfway is what the ends make expect to within SMOOTH, and looked at cell by cell where it is not.
    """
    last = line_out.shape[0] - 1
    line_out[0] = _look_in(defence, cells, quarry, sensor, row, 0, height)
    left = 0
    while left < last:
        right = min(left + stride, last)
        line_out[right] = _look_in(defence, cells, quarry, sensor, row, right, height)
        middle = (left + right) // 2
        if middle > left:
            line_out[middle] = _look_in(defence, cells, quarry, sensor, row, middle, height)
            share = (middle - left) / (right - left)
            smooth = abs(line_out[left] + share * (line_out[right] - line_out[left]) - line_out[middle]) <= SMOOTH
            first_slope = (line_out[middle] - line_out[left]) / (middle - left)
            second_slope = (line_out[right] - line_out[middle]) / (right - middle)
            for column in range(left + 1, right):
                if column == middle:
                    continue
                if not smooth:
                    line_out[column] = _look_in(defence, cells, quarry, sensor, row, column, height)
                elif column < middle:
                    line_out[column] = line_out[left] + first_slope * (column - left)
                else:
                    line_out[column] = line_out[middle] + second_slope * (column - middle)
        left = right


@kernel
def _combine(line: Reals, tail: Reals) -> None:
    """Let one more sensor look: `tail` (count, column), the probabilities that 0, 1, ... sensors detected, takes in its line (column,)."""
    for column in range(line.shape[0]):
        for k in range(tail.shape[0] - 1, 0, -1):
            tail[k, column] = tail[k, column] * (1.0 - line[column]) + tail[k - 1, column] * line[column]
        tail[0, column] *= 1.0 - line[column]


@kernel
def fill_rows(
    defence: Defence,
    cells: Cells,
    quarry: Quarry,
    altitudes: Reals,
    stride: int,
    first: int,
    last: int,
    line: Reals,
    tail: Reals,
    network_out: Singles,
    sensor_out: Singles,
) -> None:
    """Fill rows [first, last) of a map.

    `line` (column,) and `tail` (least, column) are scratch; `network_out` (altitude, row, column) is the probability that at least
    `least` sensors detect in one look each; `sensor_out` (sensor, altitude, row, column) has no sensors where these are not wanted.
    """
    sensors, columns = defence.geometry.range_max.shape[0], network_out.shape[2]
    for row in range(first, last):
        for level in range(altitudes.shape[0]):
            for k in range(tail.shape[0]):
                for column in range(columns):
                    tail[k, column] = 1.0 if k == 0 else 0.0
            for sensor in range(sensors):
                fill_line(defence, cells, quarry, sensor, row, altitudes[level], stride, line)
                _combine(line, tail)
                if sensor < sensor_out.shape[0]:
                    for column in range(columns):
                        sensor_out[sensor, level, row, column] = line[column]
            for column in range(columns):
                fewer = 0.0
                for k in range(tail.shape[0]):
                    fewer += tail[k, column]
                network_out[level, row, column] = 1.0 - fewer


def in_parallel(rows: int, work: Callable[[int, int], Any]) -> None:
    """Call `work(first, last)` over all rows, a few at a time on every processor; kernels run without the interpreter's lock."""
    tiles = [(first, min(first + ROWS_AT_ONCE, rows)) for first in range(0, rows, ROWS_AT_ONCE)]
    work(*tiles[0])  # alone, so that what is to be compiled is compiled once
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for _ in pool.map(lambda tile: work(*tile), tiles[1:]):
            pass


def check_memory(grid: Grid, layers: int) -> None:
    """CoverageError if so many layers of float32 do not fit; the sentence says which step would."""
    needed = 4 * layers * grid.shape[0] * grid.shape[1]
    if needed > MEMORY_MOST:
        factor = math.sqrt(needed / MEMORY_MOST)
        raise CoverageError(
            f"step: the map has {grid.shape[0]} x {grid.shape[1]} cells in {layers} layers, {needed / 1e9:.1f} GB; "
            f"at most {MEMORY_MOST / 1e9:g} GB is allowed",
            hint=f"make the step {factor:.1f} times larger, or ask for fewer altitudes",
        )


def stride_of(grid: Grid, exact: bool) -> int:
    """Cells from look to look along a row: 1 to look in each, else an even number within BLOCK_M."""
    stride = int(BLOCK_M / (math.radians(grid.step_deg()[0]) * SEMI_MAJOR_AXIS)) // 2 * 2
    return 1 if exact or stride < BLOCK_LEAST else stride


def detection_maps(
    defence: Defence, grid: Grid, quarry: Quarry, altitudes_m: Reals, at_least: int = 1, keep_sensors: bool = True, exact: bool = False
) -> tuple[Singles, Singles]:
    """Network (altitude, row, column) and single sensors (sensor, altitude, row, column), the latter empty unless wanted.

    With cells below an eighth of a kilometre, looks are at most BLOCK_M apart along a row, with a check halfway, unless `exact`.

    The network's figure is the probability that at least `at_least` sensors detect the target in one look each. CoverageError if it
    does not fit in memory.
    """
    sensors = len(defence.geometry.range_max)
    shape = (len(altitudes_m), *grid.shape)
    kept = sensors if keep_sensors and sensors > 1 else 0
    check_memory(grid, shape[0] * (1 + kept))
    network, single = np.zeros(shape, np.float32), np.zeros((kept, *shape), np.float32)
    cells, stride, columns = cells_of(grid), stride_of(grid, exact), grid.shape[1]

    def work(first: int, last: int) -> None:
        line, tail = np.zeros(columns), np.zeros((at_least, columns))
        fill_rows(defence, cells, quarry, altitudes_m, stride, first, last, line, tail, network, single)

    in_parallel(grid.shape[0], work)
    if keep_sensors and sensors == 1 and at_least == 1:
        single = network[np.newaxis]
    return network, single
