"""The places that a survey asks about, as kernels read them: the cells of a grid, the ground below them, and heights above it."""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.errors import CoverageError
from dowding.model import Compiled
from dowding.model.bundles import Reals, Wholes
from dowding.physics.geodesy import ECCENTRICITY_SQUARED, SEMI_MAJOR_AXIS, Frame
from dowding.physics.horizon import heights_of
from dowding.physics.terrain import Ground, ground_height, height_between, height_within, row_column
from dowding.survey.grids import Grid
from dowding.survey.levels import Level
from dowding.terrain.paging import leave

Singles = NDArray[np.float32]
Tick = Callable[[float], None]
NOWHERE = -1.0  # stands for a probability where no target can be: below the ground, or above ground whose height is not known
MEMORY_MOST = 560_000_000  # bytes of results: with what is needed beside them, and for writing them, a process stays about 1 GB
ROWS_AT_ONCE = 16  # rows that a worker takes at a time


class Places(NamedTuple):
    """The cells of a grid, the ground, and the levels."""

    latitude: Reals  # (row,) rad
    longitude: Reals  # (column,) rad
    sine_latitude: Reals  # (row,)
    cosine_latitude: Reals  # (row,)
    normal: Reals  # (row,) m, radius of curvature across the meridian
    sine_longitude: Reals  # (column,)
    cosine_longitude: Reals  # (column,)
    ground: Ground  # without points on a smooth earth
    ground_row: Reals  # (row,) place of the row among those of the ground
    ground_column: Reals  # (column,)
    metres: Reals  # (level,)
    above_ground: Wholes  # (level,) 1 where the metres count from the ground, 0 from the ellipsoid


def smooth_ground() -> Ground:
    """Ground without points: of height 0 everywhere."""
    return Ground(np.zeros((0, 0), np.float32), np.zeros(6), np.zeros((0, 0), np.float32))


def ground_below(compiled: Compiled) -> Ground:
    """The ground of a scenario as kernels read heights from it; without points on a smooth earth."""
    resolved = compiled.resolved
    if resolved.elevation is None:
        return smooth_ground()
    leave(resolved.elevation.grid)
    return heights_of(resolved.elevation, 0.0 if resolved.theatre.unknown_ground == "sea" else math.nan)


def places_of(grid: Grid, ground: Ground, levels: Sequence[Level]) -> Places:
    """A grid's cells at some levels."""
    latitude, longitude = np.radians(grid.latitude_deg), np.radians(grid.longitude_deg)
    normal = SEMI_MAJOR_AXIS / np.sqrt(1.0 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2)
    circles = (np.sin(latitude), np.cos(latitude), normal, np.sin(longitude), np.cos(longitude))
    row, column = np.zeros(len(latitude)), np.zeros(len(longitude))
    if ground.grid.shape[0] > 0:
        fill_columns(ground, latitude, longitude, row, column)
    metres, above = np.array([level.metres for level in levels]), np.array([int(level.above_ground) for level in levels])
    return Places(latitude, longitude, *circles, ground, row, column, metres, above)


@kernel
def fill_columns(ground: Ground, latitude: Reals, longitude: Reals, row_out: Reals, column_out: Reals) -> None:
    """Where the rows and columns of cells lie in a ground's grid, so that no cell asks again; latitudes and longitudes in rad."""
    for row in range(latitude.shape[0]):
        row_out[row], _ = row_column(ground, latitude[row], ground.place[1])
    for column in range(longitude.shape[0]):
        _, column_out[column] = row_column(ground, ground.place[0], longitude[column])


@kernel
def ground_in(places: Places, row: int, column: int) -> float:
    """Height (m) of the ground under a cell: 0 on a smooth earth, NaN where it is not known."""
    return height_between(places.ground, places.ground_row[row], places.ground_column[column]) if places.ground.grid.shape[0] > 0 else 0.0


@kernel
def up_at(frame: Frame, places: Places, row: int, column: int) -> tuple[float, float, float]:
    """The vertical of a cell: a unit vector in theatre axes."""
    x = places.cosine_latitude[row] * places.cosine_longitude[column]
    y = places.cosine_latitude[row] * places.sine_longitude[column]
    z = places.sine_latitude[row]
    r = frame.rotation
    return (
        r[0, 0] * x + r[0, 1] * y + r[0, 2] * z,
        r[1, 0] * x + r[1, 1] * y + r[1, 2] * z,
        r[2, 0] * x + r[2, 1] * y + r[2, 2] * z,
    )


@kernel
def place_at(frame: Frame, places: Places, row: int, up: tuple[float, float, float], height: float) -> tuple[float, float, float]:
    """A cell's place (m, theatre) at a height (m) above the ellipsoid: along its vertical from where that meets the axis."""
    # the vertical meets the earth's axis e^2 N sin(latitude) below the centre (Torge & Mueller 2012, Geodesy, eq. 4.27)
    along = places.normal[row] + height
    below = ECCENTRICITY_SQUARED * places.normal[row] * places.sine_latitude[row]
    return (
        frame.earth_centre[0] + along * up[0] - below * frame.spin_axis[0],
        frame.earth_centre[1] + along * up[1] - below * frame.spin_axis[1],
        frame.earth_centre[2] + along * up[2] - below * frame.spin_axis[2],
    )


@kernel
def ground_at(ground: Ground, latitude: float, longitude: float) -> float:
    """Height (m) of the ground at a place (rad): 0 on a smooth earth, NaN where it is not known."""
    return ground_height(ground, latitude, longitude) if ground.grid.shape[0] > 0 else 0.0


@kernel
def flown_height(metres: float, above_ground: int, below: float) -> float:
    """Height (m) above the ellipsoid of a target over ground of a height `below` (m); NaN where none can be."""
    if above_ground == 1:
        return below + metres
    return math.nan if metres < below else metres


@kernel
def fill_below(places: Places, row: int, below_out: Reals) -> None:
    """Heights (column,) of the ground along a row, m, as `ground_in`: between the ground's own two rows, which are found once."""
    rows, columns = places.ground.grid.shape
    place = places.ground_row[row]
    i = int(place) if rows > 0 and 0.0 <= place < rows - 1 else -1
    down = place - i
    for column in range(below_out.shape[0]):
        at = places.ground_column[column]
        if i < 0 or not 0.0 <= at < columns - 1:
            below_out[column] = ground_in(places, row, column)
            continue
        j = int(at)
        below_out[column] = height_within(places.ground, i, j, down, at - j)


@kernel
def fill_heights(places: Places, row: int, below: Reals, height_out: Reals) -> None:
    """Heights (level, column) above the ellipsoid (m) of targets along a row, NaN where there can be none; `below` (column,) is scratch."""
    fill_below(places, row, below)
    for level in range(height_out.shape[0]):
        metres, above = places.metres[level], places.above_ground[level]
        for column in range(height_out.shape[1]):
            height_out[level, column] = flown_height(metres, above, below[column])


@kernel
def _fill_ground(places: Places, first: int, last: int, below: Reals, ground_out: Singles) -> None:
    for row in range(first, last):
        fill_below(places, row, below)
        for column in range(ground_out.shape[1]):
            ground_out[row, column] = below[column]


def ground_map(grid: Grid, ground: Ground) -> Singles:
    """Heights (row, column) of the ground under a grid, m; NaN where they are not known."""
    out = np.zeros(grid.shape, np.float32)
    if ground.grid.shape[0] > 0:
        places = places_of(grid, ground, ())
        in_parallel(grid.shape[0], lambda first, last: _fill_ground(places, first, last, np.zeros(grid.shape[1]), out), None, ground)
    return out


def in_parallel(rows: int, work: Callable[[int, int], Any], tick: Tick | None = None, ground: Ground | None = None) -> None:
    """Call `work(first, last)` over all rows, a few at a time on every processor; kernels run without the interpreter's lock.

    `tick` is told the share that is done, on the caller's own thread. What rows read of a `ground` leaves memory after them.
    """
    tiles = [(first, min(first + ROWS_AT_ONCE, rows)) for first in range(0, rows, ROWS_AT_ONCE)]

    def work_on(tile: tuple[int, int]) -> None:
        work(*tile)
        if ground is not None:
            leave(ground.grid)

    work_on(tiles[0])  # alone, so that what is to be compiled is compiled once
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for number, _ in enumerate(pool.map(work_on, tiles[1:])):
            if tick is not None:
                tick((number + 2) / len(tiles))


def check_memory(grid: Grid, layers: int, most: int = MEMORY_MOST) -> None:
    """CoverageError if so many layers of float32 do not fit; the sentence says which step would."""
    needed = 4 * layers * grid.shape[0] * grid.shape[1]
    if needed > most:
        factor = math.sqrt(needed / most)
        raise CoverageError(
            f"step: the map has {grid.shape[0]} x {grid.shape[1]} cells in {layers} layers, {needed / 1e9:.1f} GB; "
            f"at most {most / 1e9:g} GB is allowed",
            hint=f"make the step {factor:.1f} times larger, or ask for fewer altitudes",
        )
