"""The ground as kernels see it: its height at a place, profiles along a path, and the elevation below which it hides a target.

A path leaves a site along the vertical plane (normal section) of an azimuth. Its ground distance is measured on the sphere that fits the
ellipsoid there in that direction (`geodesy.euler_radius`), as `horizon.clear_sight` measures it; a bent ray is straight over a sphere
`factor` times as large. Heights of terrain, antenna and target are above one zero: the sea's level and the ellipsoid count as the same.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle, kernel
from dowding.physics.geodesy import (
    Frame,
    azimuth_elevation_range,
    ecef_to_geodetic,
    euler_radius,
    geodetic_to_ecef,
    half_turn,
    rotate,
    theatre_to_geodetic,
)
from dowding.physics.propagation import EARTH_RADIUS_MEAN, apparent_elevation, sine_versine, surface_distance

Heights = NDArray[np.float32]
Array = NDArray[np.float64]

LEG_MOST = 25e3  # m of path that may count as straight in latitude and longitude
BLOCK = 8  # cells along the side of a square of `Ground.tops`
LOWEST, HIGHEST = -500.0, 9000.0  # m, between which all ground of the earth lies, known or not
STRIDE = 12  # samples of a path that are passed over at once where the squares' tops are too low
SAGITTA = 0.01  # cells by which such a leg may miss the path
NADIR = -0.5 * math.pi


@bundle
class Ground(NamedTuple):
    """Heights of the ground at points of latitude and longitude, and what stands for a height that is not known."""

    grid: Heights  # (row, column) m, northmost row first; NaN where not known
    place: Array  # (6,) rad: latitude of first row, longitude of first column, steps (positive); m: height for NaN or NaN, highest at all
    tops: Heights  # (row, column) m, the highest point of each square of BLOCK cells a side, edges included; infinite where one is unknown


@kernel
def row_column(ground: Ground, latitude: float, longitude: float) -> tuple[float, float]:
    """Place in the grid, in rows and columns, of a latitude and longitude (rad); outside it is negative or beyond the last."""
    half = 0.5 * (ground.grid.shape[1] - 1)
    middle = ground.place[1] + half * ground.place[3]
    return (ground.place[0] - latitude) / ground.place[2], half_turn(longitude - middle) / ground.place[3] + half


@kernel(inlined=True)
def height_within(ground: Ground, i: int, j: int, down: float, right: float) -> float:
    """Height (m), bilinear, at shares of the square of points i, i + 1 and j, j + 1; beside a hole the ground's stand-in."""
    upper = ground.grid[i, j] + right * (ground.grid[i, j + 1] - ground.grid[i, j])
    lower = ground.grid[i + 1, j] + right * (ground.grid[i + 1, j + 1] - ground.grid[i + 1, j])
    height = upper + down * (lower - upper)
    return float(ground.place[4] if math.isnan(height) else height)


@kernel
def height_between(ground: Ground, row: float, column: float) -> float:
    """Height (m) between four points (bilinear); outside the cells or beside a hole the ground's stand-in, NaN if it has none."""
    rows, columns = ground.grid.shape
    if 0.0 <= row < rows - 1 and 0.0 <= column < columns - 1:
        i, j = int(row), int(column)
    elif -0.5 <= row <= rows - 0.5 and -0.5 <= column <= columns - 0.5:  # in the outer half of a cell on the edge: level
        row, column = min(max(row, 0.0), rows - 1.0), min(max(column, 0.0), columns - 1.0)
        i, j = min(int(row), rows - 2), min(int(column), columns - 2)
    else:
        return float(ground.place[4])
    return height_within(ground, i, j, row - i, column - j)


@kernel
def ground_height(ground: Ground, latitude: float, longitude: float) -> float:
    """Height (m) of the ground at a place (rad): bilinear; where it is not known the ground's stand-in, NaN if it has none."""
    row, column = row_column(ground, latitude, longitude)
    return height_between(ground, row, column)


@kernel
def place_along(site: Frame, radius: float, azimuth: float, distance: float) -> tuple[float, float]:
    """Latitude and longitude (rad) `distance` metres of ground from a site along an azimuth; `site` is a frame at height 0."""
    angle = distance / radius
    across = radius * math.sin(angle)
    drop = 2.0 * radius * math.sin(0.5 * angle) ** 2
    latitude, longitude, _ = theatre_to_geodetic(site, across * math.sin(azimuth), across * math.cos(azimuth), -drop)
    return latitude, longitude


@kernel
def _leg_length(ground: Ground, row: float) -> float:
    """Length (m) of a leg from a row on."""
    # a great circle bends by tan(latitude)/R against lines of constant step in latitude and longitude, twice that in longitude
    bend = 2.0 * abs(math.tan(ground.place[0] - row * ground.place[2])) / EARTH_RADIUS_MEAN
    return min(math.sqrt(8.0 * SAGITTA * ground.place[2] * EARTH_RADIUS_MEAN / (bend + 1e-12)), LEG_MOST)


@kernel
def _leg(ground: Ground, site: Frame, radius: float, azimuth: float, distance: float, column_before: float) -> tuple[float, float]:
    """Row and column at a distance; a column on the other side of the seam opposite the grid continues the last one."""
    latitude, longitude = place_along(site, radius, azimuth, distance)
    row, column = row_column(ground, latitude, longitude)
    turn = 2.0 * math.pi / ground.place[3]
    if column - column_before > 0.5 * turn:
        column -= turn
    elif column_before - column > 0.5 * turn:
        column += turn
    return row, column


@kernel
def profile(
    ground: Ground, site: Frame, earth_radius: float, azimuth: float, ground_distance: float, distance_out: Array, height_out: Array
) -> int:
    """Heights at even steps along a path, as `edges.profile_loss` takes them; returns how many are not known (NaN).

    distance_out (n,) m from 0 to `ground_distance`, height_out (n,) m; n at least 2. `site` is a frame at height 0.
    """
    last = distance_out.shape[0] - 1
    unknown = 0
    for k in range(last + 1):
        distance_out[k] = ground_distance * k / last
        latitude, longitude = place_along(site, earth_radius, azimuth, distance_out[k])
        height_out[k] = ground_height(ground, latitude, longitude)
        if math.isnan(height_out[k]):
            unknown += 1
    return unknown


@kernel
def fill_tops(grid: Heights, unknown_height: float, tops_out: Heights) -> float:
    """Fill `Ground.tops` of a grid; returns the highest. `unknown_height` (m) stands for NaN; if it is NaN too, that is infinite."""
    highest = -math.inf
    for i in range(tops_out.shape[0]):
        for j in range(tops_out.shape[1]):
            top = -math.inf
            for row in range(i * BLOCK, min((i + 1) * BLOCK, grid.shape[0] - 1) + 1):
                for column in range(j * BLOCK, min((j + 1) * BLOCK, grid.shape[1] - 1) + 1):
                    height = grid[row, column]
                    if math.isnan(height):
                        height = math.inf if math.isnan(unknown_height) else unknown_height
                    top = max(top, height)
            tops_out[i, j] = top
            highest = max(highest, top)
    return highest


@kernel
def _top_between(ground: Ground, row: float, column: float, row_end: float, column_end: float) -> float:
    """A height (m) that the ground nowhere exceeds along a straight piece of a path; infinite where it leaves the grid."""
    low, high = min(row, row_end), max(row, row_end)
    left, right = min(column, column_end), max(column, column_end)
    if low < 0.0 or left < 0.0 or high > ground.grid.shape[0] - 1 or right > ground.grid.shape[1] - 1:
        return math.inf
    top = -math.inf
    for i in range(int(low) // BLOCK, min(int(high) // BLOCK, ground.tops.shape[0] - 1) + 1):
        for j in range(int(left) // BLOCK, min(int(right) // BLOCK, ground.tops.shape[1] - 1) + 1):
            top = max(top, ground.tops[i, j])
    return top


@kernel
def _stays_below(steepest: float, height: float, antenna_height: float, radius: float, nearest: float, farthest: float) -> bool:
    """Whether ground up to `height` m appears nowhere above the tangent `steepest`, between two angles (rad) at the earth's centre."""
    if math.isinf(height):
        return False
    # rise <= steepest * run, with the highest rise of all that ground and the run that makes the right side least
    sine, versine = sine_versine(nearest)
    top = max(height, 0.0)
    rise = top - antenna_height - (radius + top) * versine
    if steepest >= 0.0:
        return rise <= steepest * (radius + LOWEST) * sine
    sine, versine = sine_versine(farthest)
    return rise <= steepest * (radius + top) * sine


@kernel
def _nothing_beyond(steepest: float, ground: Ground, antenna_height: float, radius: float, angle: float) -> bool:
    """Whether no ground from an angle (rad) on, however high it may be, appears above the tangent `steepest`."""
    height = ground.place[5]
    sine, versine = sine_versine(angle)
    # from above the antenna, or behind where it touches the earth's sphere of that height, a level top only sinks with distance
    sinks = height >= antenna_height or (radius + antenna_height) * (1.0 - versine) < radius + height
    return bool(sinks and height - antenna_height - (radius + height) * versine <= steepest * (radius + height) * sine)


@kernel
def march(
    ground: Ground, site: Frame, antenna_height: float, earth_radius: float, factor: float, azimuth: float, step: float, angle_out: Heights
) -> tuple[int, int, int]:
    """Highest apparent elevation (rad) of the ground from the site up to each multiple of `step`.

    angle_out (range,): entry k holds for ground distance k * step (m); entry 0 is straight down. Heights in m; `factor` multiplies
    the earth's radius; `site` is a frame at height 0. Ground that cannot rise above what is nearer is passed over. Returns the last
    entry that rises above the one before, the last that was filled, whose equals all later ones are, and how many heights are unknown.
    """
    last = angle_out.shape[0] - 1
    radius = factor * earth_radius
    angle_step = step / radius
    row_end, column_end = row_column(ground, *place_along(site, earth_radius, azimuth, 0.0))
    steepest, highest = -1e9, NADIR
    angle_out[0] = NADIR
    risen, done, unknown = 0, 0, 0
    while done < last and not _nothing_beyond(steepest, ground, antenna_height, radius, (done + 1) * angle_step):
        count = min(max(1, int(_leg_length(ground, row_end) / step)), last - done)
        row, column = row_end, column_end
        row_end, column_end = _leg(ground, site, earth_radius, azimuth, (done + count) * step, column)
        down, right = (row_end - row) / count, (column_end - column) / count
        for first in range(1, count + 1, STRIDE):
            end = min(first + STRIDE, count + 1)
            top = _top_between(ground, row + first * down, column + first * right, row + (end - 1) * down, column + (end - 1) * right)
            if _stays_below(steepest, top, antenna_height, radius, (done + first) * angle_step, (done + end - 1) * angle_step):
                angle_out[done + first : done + end] = highest
                continue
            for k in range(first, end):
                height = height_between(ground, row + k * down, column + k * right)
                if math.isnan(height):
                    unknown += 1
                else:
                    # tangent of `propagation.apparent_elevation`, compared without dividing
                    sine, versine = sine_versine((done + k) * angle_step)
                    rise, run = height - antenna_height - (radius + height) * versine, (radius + height) * sine
                    if rise > steepest * run:
                        steepest = rise / run
                        highest = math.atan(steepest)
                        risen = done + k
                angle_out[done + k] = highest
        done += count
    return risen, done, unknown


@kernel
def mask_angle(
    ground: Ground, site: Frame, antenna_height: float, earth_radius: float, factor: float, azimuth: float, distance: float, step: float
) -> float:
    """Apparent elevation (rad) below which the ground before `distance` hides a target; NaN where a height is not known.

    Every point of the path that is a multiple of `step` (m) away and nearer than `distance` (m of ground) counts. The slow twin of `march`.
    """
    highest = NADIR
    for k in range(1, math.ceil(distance / step)):
        latitude, longitude = place_along(site, earth_radius, azimuth, k * step)
        height = ground_height(ground, latitude, longitude)
        if math.isnan(height):
            return math.nan
        highest = max(highest, apparent_elevation(k * step, antenna_height, height, earth_radius, factor))
    return highest


@kernel
def direction_to(
    site: Frame, latitude: float, antenna_height: float, target_latitude: float, target_longitude: float, target_height: float
) -> tuple[float, float, float]:
    """Azimuth (rad), ground distance (m) and earth radius (m) in that direction from a site at `latitude` to a target."""
    x, y, z = geodetic_to_ecef(target_latitude, target_longitude, target_height)
    east, north, up = rotate(site.rotation, x - site.origin[0], y - site.origin[1], z - site.origin[2])
    azimuth, _, distance = azimuth_elevation_range(east, north, up - antenna_height)
    radius = euler_radius(latitude, azimuth)
    return azimuth, surface_distance(distance, antenna_height, target_height, radius), radius


@kernel
def is_masked(
    ground: Ground,
    site: Frame,
    antenna_height: float,
    target_latitude: float,
    target_longitude: float,
    target_height: float,
    factor: float,
    step: float,
) -> bool:
    """Whether the ground hides a target (rad, m) from an antenna at a site; a path over unknown heights counts as masked."""
    latitude, _, _ = ecef_to_geodetic(site.origin[0], site.origin[1], site.origin[2])
    azimuth, distance, radius = direction_to(site, latitude, antenna_height, target_latitude, target_longitude, target_height)
    hidden_below = mask_angle(ground, site, antenna_height, radius, factor, azimuth, distance, step)
    return not apparent_elevation(distance, antenna_height, target_height, radius, factor) >= hidden_below


@kernel
def ground_heights(ground: Ground, latitude: Array, longitude: Array, height_out: Array) -> None:
    """Heights (m) of the ground at many places (rad)."""
    for k in range(latitude.shape[0]):
        height_out[k] = ground_height(ground, latitude[k], longitude[k])
