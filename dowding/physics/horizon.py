"""The terrain's horizon around a radar, computed once: the elevation below which the ground hides a target, by azimuth and range.

One look then costs one lookup. Terrain does not move, so the tables belong to what is compiled before a run.
"""

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle, kernel
from dowding.errors import TerrainError
from dowding.physics.geodesy import Frame, euler_radius, theatre_frame
from dowding.physics.propagation import arc_angle, line_of_sight
from dowding.physics.relief import Relief, flat_relief
from dowding.physics.ridges import Ridges, no_ridges
from dowding.physics.terrain import BLOCK, HIGHEST, Ground, Heights, fill_tops, ground_height, march

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Vector = tuple[float, float, float]

SPACING_LEAST = math.radians(0.1)  # between azimuths
SPACING_MOST = math.radians(0.25)
LATITUDE_MOST = math.radians(85.0)
SIDE = 16  # azimuths, and ranges, of a block of `Horizons.blocks`


class Heightfield(Protocol):
    """What is needed of `dowding.terrain.Elevation`."""

    @property
    def grid(self) -> Heights: ...
    @property
    def north(self) -> float: ...
    @property
    def west(self) -> float: ...
    @property
    def step_lat(self) -> float: ...
    @property
    def step_lon(self) -> float: ...
    @property
    def name(self) -> str: ...
    @property
    def extent(self) -> str: ...


@bundle
class Horizons(NamedTuple):
    """Tables of all radars one after another; a radar without a table has no azimuths and hides nothing. One that moves asks the relief."""

    angle: Heights  # (value,) rad, apparent elevation; by radar, azimuth clockwise from north, range
    first: Integers  # (radar,) where its table begins
    azimuths: Integers  # (radar,) how many, evenly around the circle
    ranges: Integers  # (radar,) how many, from 0 at even steps
    step: Array  # (radar,) m of ground between ranges
    blocks: Heights  # (block, 3) of SIDE azimuths by SIDE ranges, with edges: lowest and highest rad, and 1 where anything rises, else 0
    first_block: Integers  # (radar,)
    blocks_out: Integers  # (radar,) how many lie one behind the other
    relief: Relief
    ridges: Ridges  # losses over and behind the terrain, for those with a table; for others it hides or does not


def ground_of(elevation: Heightfield, unknown_height: float = math.nan) -> Ground:
    """The kernels' view of an elevation; `unknown_height` (m) stands for holes and for all that lies outside."""
    plain = heights_of(elevation, unknown_height)
    grid = plain.grid
    tops = np.empty([-(-(n - 1) // BLOCK) for n in grid.shape], np.float32)
    highest = fill_tops(grid, unknown_height, tops)
    highest = HIGHEST if math.isnan(unknown_height) else max(highest, unknown_height)
    return Ground(grid, np.append(plain.place[:5], highest), tops)


def heights_of(elevation: Heightfield, unknown_height: float = math.nan) -> Ground:
    """As `ground_of`, without the tops of its squares: enough to ask heights, not to march along a path."""
    degrees = np.radians([elevation.north, elevation.west, elevation.step_lat, elevation.step_lon])
    grid = np.ascontiguousarray(elevation.grid, np.float32)
    return Ground(grid, np.append(degrees, [unknown_height, HIGHEST]), np.zeros((0, 0), np.float32))


def azimuth_count(range_max: float, cell: float) -> int:
    """How many azimuths to take: a cell's width (m) apart at `range_max` (m), but 0.1 to 0.25 degrees."""
    return math.ceil(2.0 * math.pi / min(max(cell / range_max, SPACING_LEAST), SPACING_MOST))


def range_step_for(cell: float) -> float:
    """Step (m of ground) that suits cells of a width (m): half a cell, but 100 to 500 m."""
    return min(max(0.5 * cell, 100.0), 500.0)


@kernel
def _march_rows(
    ground: Ground,
    site: Frame,
    latitude: float,
    antenna_height: float,
    factor: float,
    step: float,
    first: int,
    last: int,
    angle_out: Heights,
    ends_out: Integers,
) -> None:
    """Rows `first` to before `last` of a table (azimuth, range), and ends_out (azimuth, 3) as `terrain.march` returns them."""
    azimuths = angle_out.shape[0]
    for row in range(first, last):
        azimuth = 2.0 * math.pi * row / azimuths
        radius = euler_radius(latitude, azimuth)
        ends = march(ground, site, antenna_height, radius, factor, azimuth, step, angle_out[row])
        ends_out[row, 0], ends_out[row, 1], ends_out[row, 2] = ends


@kernel
def _keep_risen(angle: Heights, ends: Integers, angle_out: Heights) -> None:
    """The first ranges of a table (azimuth, range) of which `march` filled each row up to its second end."""
    for row in range(angle_out.shape[0]):
        for k in range(angle_out.shape[1]):
            angle_out[row, k] = angle[row, min(k, ends[row, 1])]


def horizon_table(
    elevation: Heightfield,
    latitude: float,
    longitude: float,
    antenna_height: float,
    range_max: float,
    *,
    factor: float,
    range_step: float = 500.0,
    azimuths: int = 0,
    unknown_height: float = math.nan,
    who: str = "radar",
    threads: int = 0,
    ground: Ground | None = None,
) -> Heights:
    """Table (azimuth, range) of the apparent elevation (rad) below which the ground hides a target from an antenna.

    Site in rad, `antenna_height` m above sea level, `range_max` and `range_step` m of ground, `factor` times the earth's radius.
    The table ends where nothing rises any more; beyond it the last range counts. `ground` is `ground_of` both, if already at hand.
    `azimuths` 0 takes `azimuth_count`; `threads` 0 takes one per core. Raises TerrainError, which names `who`, if heights that are
    needed are unknown and no `unknown_height` (m; 0 for the sea) stands for them, if the antenna is inside the ground, or if a path
    comes near a pole.
    """
    if not (math.isfinite(factor) and factor > 0.0 and range_step > 0.0 and range_max >= range_step):
        raise TerrainError(f"{who}: no horizon for range_max {range_max:g} m, range_step {range_step:g} m, factor {factor:g}")
    if abs(latitude) + range_max / 6.3e6 > LATITUDE_MOST:
        raise TerrainError(f"{who}: paths of {range_max / 1e3:g} km from latitude {math.degrees(latitude):.2f} come too near a pole")
    if ground is None:
        ground = ground_of(elevation, unknown_height)
    height = ground_height(ground, latitude, longitude)
    if antenna_height < height:
        raise TerrainError(
            f"{who}: its antenna, at {antenna_height:.0f} m, is inside the ground, which is at {height:.0f} m there",
            hint="raise the site or its mast, or leave its height to the terrain",
        )
    site = theatre_frame(latitude, longitude)
    count = azimuths or azimuth_count(range_max, math.radians(elevation.step_lat) * 6.37e6)
    whole = np.empty((count, math.ceil(range_max / range_step) + 1), np.float32)
    ends = np.empty((count, 3), np.int64)
    workers = threads or os.cpu_count() or 1

    def rows(part: int) -> None:
        first, last = count * part // (4 * workers), count * (part + 1) // (4 * workers)
        _march_rows(ground, site, latitude, antenna_height, factor, range_step, first, last, whole, ends)

    if workers == 1:
        for part in range(4):
            rows(part)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(rows, range(4 * workers)))
    if unknown := int(ends[:, 2].sum()):
        raise TerrainError(
            f"{who}: {100.0 * unknown / (count * (whole.shape[1] - 1)):.2g} % of the ground within {range_max / 1e3:g} km is unknown;"
            f" terrain {elevation.name} covers {elevation.extent}",
            hint="give a larger terrain, fill its holes, or say that unknown ground is sea",
        )
    table = np.empty((count, min(int(ends[:, 0].max()) + 2, whole.shape[1])), np.float32)
    _keep_risen(whole, ends, table)
    return table


def blocks_of(table: Heights) -> Heights:
    """The blocks (azimuth, range, 3) of a table (azimuth, range), as `Horizons.blocks` has them: most looks need no more."""
    azimuths, ranges = table.shape
    if table.size == 0:
        return np.empty((0, 0, 3), np.float32)
    rows = np.minimum(SIDE * np.arange(-(-azimuths // SIDE))[:, None] + np.arange(SIDE + 1), azimuths) % azimuths
    near = SIDE * np.arange(-(-(ranges - 1) // SIDE))
    # along a path the angle never falls: its ends say all
    begin, end = table[:, near][rows], table[:, np.minimum(near + SIDE, ranges - 1)][rows]
    return np.stack([begin.min(axis=1), end.max(axis=1), (end > begin).any(axis=1).astype(np.float32)], axis=-1)


def gathered(
    tables: Sequence[Heights | None], steps: Sequence[float], relief: Relief | None = None, ridges: Ridges | None = None
) -> Horizons:
    """The tables (azimuth, range) of all radars in one bundle; None stands for a radar without terrain, or on one that moves."""
    full = [np.empty((0, 0), np.float32) if table is None else table for table in tables]
    sizes = np.array([table.size for table in full], np.int64)
    blocks = [blocks_of(table) for table in full]
    counts = np.array([block.shape[0] * block.shape[1] for block in blocks], np.int64)
    return Horizons(
        np.concatenate([table.ravel() for table in full]) if full else np.empty(0, np.float32),
        np.cumsum(sizes) - sizes,
        np.array([table.shape[0] for table in full], np.int64),
        np.array([table.shape[1] for table in full], np.int64),
        np.array(steps, np.float64),
        np.concatenate([block.reshape(-1, 3) for block in blocks]) if blocks else np.empty((0, 3), np.float32),
        np.cumsum(counts) - counts,
        np.array([block.shape[1] for block in blocks], np.int64),
        flat_relief() if relief is None else relief,
        no_ridges(len(tables)) if ridges is None else ridges,
    )


@kernel
def table_elevation(horizons: Horizons, radar: int, azimuth: float, ground_range: float) -> float:
    """Apparent elevation (rad) below which the ground hides a target at an azimuth (rad) and ground range (m); bilinear.

    Beyond the table its last range counts. A radar without a table: minus infinity.
    """
    azimuths, ranges = horizons.azimuths[radar], horizons.ranges[radar]
    if azimuths == 0:
        return -math.inf
    turn = azimuth * (0.5 / math.pi)
    across = (turn - math.floor(turn)) * azimuths
    out = min(max(ground_range / horizons.step[radar], 0.0), ranges - 1.0)
    i = min(int(across), azimuths - 1)
    k = min(int(out), ranges - 2)
    near = horizons.first[radar] + i * ranges + k
    far = horizons.first[radar] + (0 if i + 1 == azimuths else i + 1) * ranges + k
    beyond = out - k
    left = horizons.angle[near] + beyond * (horizons.angle[near + 1] - horizons.angle[near])
    right = horizons.angle[far] + beyond * (horizons.angle[far + 1] - horizons.angle[far])
    return float(left + (across - i) * (right - left))


@kernel
def elevation_bounds(
    horizons: Horizons, radar: int, azimuth: float, turns: tuple[float, float], nearest: float, farthest: float
) -> tuple[float, float]:
    """Two angles (rad) between which `table_elevation` lies at azimuths (rad) from `turns` before to after one, and ground ranges (m)."""
    azimuths, ranges = horizons.azimuths[radar], horizons.ranges[radar]
    per_turn = azimuths * (0.5 / math.pi)
    # along a path the angle never falls: the nearest entry is the lowest, the farthest the highest
    near = min(max(int(nearest / horizons.step[radar]), 0), ranges - 1)
    far = min(max(int(farthest / horizons.step[radar]) + 1, near), ranges - 1)
    low, high = math.inf, -math.inf
    for i in range(math.floor((azimuth + turns[0]) * per_turn), math.floor((azimuth + turns[1]) * per_turn) + 2):
        row = horizons.first[radar] + (i % azimuths) * ranges
        low, high = min(low, horizons.angle[row + near]), max(high, horizons.angle[row + far])
    return low, high


@kernel
def block_at(horizons: Horizons, radar: int, azimuth: float, ground_range: float) -> int:
    """The block of a radar's table that holds all that `table_elevation` and `lit_rise` read for an azimuth (rad) and ground range (m)."""
    azimuths, ranges = horizons.azimuths[radar], horizons.ranges[radar]
    turn = azimuth * (0.5 / math.pi)
    i = min(int((turn - math.floor(turn)) * azimuths), azimuths - 1)
    k = min(int(min(max(ground_range / horizons.step[radar], 0.0), ranges - 1.0)), ranges - 2)
    return int(horizons.first_block[radar] + (i // SIDE) * horizons.blocks_out[radar] + k // SIDE)


@kernel
def lit_rise(horizons: Horizons, radar: int, azimuth: float, ground_range: float) -> float:
    """How fast (rad/m) the apparent elevation of the ground rises with range at an azimuth (rad) and ground range (m).

    It is 0 where the ground lies in shadow, or where the table ends, for nothing rises there.
    """
    ranges = horizons.ranges[radar]
    k = int(ground_range / horizons.step[radar])
    if k > ranges - 2:
        return 0.0
    step, azimuths = horizons.step[radar], horizons.azimuths[radar]
    i = int(azimuth * (0.5 / math.pi) * azimuths + 0.5) % azimuths
    near = horizons.first[radar] + i * ranges + k
    return float(max(horizons.angle[near + 1] - horizons.angle[near], 0.0) / step)


@kernel
def is_visible(horizons: Horizons, radar: int, azimuth: float, ground_range: float, apparent: float) -> bool:
    """Whether a target at an apparent elevation (rad) stands above the terrain's horizon."""
    return apparent >= table_elevation(horizons, radar, azimuth, ground_range)


@kernel
def clear_sight(
    horizons: Horizons, radar: int, latitude: float, antenna_height: float, azimuth: float, distance: float, height: float, factor: float
) -> tuple[bool, float]:
    """Whether a target stands above the refracted horizon of a radar, the smooth earth's and the terrain's, and its apparent elevation.

    Heights in m above the ellipsoid, slant range in m, azimuth, latitude and result in rad; `factor` multiplies the earth's radius.
    A radar without a horizon table stands on a smooth earth.
    """
    radius = euler_radius(latitude, azimuth)
    angle = arc_angle(distance, antenna_height, height, radius)
    rise, run, clear = line_of_sight(angle / factor, antenna_height, height, factor * radius)
    apparent = math.atan2(rise, run)
    return clear and is_visible(horizons, radar, azimuth, angle * radius, apparent), apparent
