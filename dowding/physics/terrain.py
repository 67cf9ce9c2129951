"""The ground as kernels see it: its height at a place, profiles along a path, and the elevation below which it hides a target.

A path leaves a site along the vertical plane (normal section) of an azimuth. Its ground distance is measured on the sphere that fits the
ellipsoid there in that direction (`geodesy.euler_radius`), as `horizon.clear_sight` measures it; a bent ray is straight over a sphere
`factor` times as large. Heights of terrain, antenna and target are above one zero: the sea's level and the ellipsoid count as the same.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
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
SAGITTA = 0.01  # cells by which such a leg may miss the path
NADIR = -0.5 * math.pi


class Ground(NamedTuple):
    """Heights of the ground at points of latitude and longitude, and what stands for a height that is not known."""

    grid: Heights  # (row, column) m, northmost row first; NaN where not known
    place: Array  # (5,) rad: latitude of the first row, longitude of the first column, steps (positive), height [m] for NaN or NaN


@kernel
def row_column(ground: Ground, latitude: float, longitude: float) -> tuple[float, float]:
    """Place in the grid, in rows and columns, of a latitude and longitude (rad); outside it is negative or beyond the last."""
    half = 0.5 * (ground.grid.shape[1] - 1)
    middle = ground.place[1] + half * ground.place[3]
    return (ground.place[0] - latitude) / ground.place[2], half_turn(longitude - middle) / ground.place[3] + half


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
    down = row - i
    right = column - j
    upper = ground.grid[i, j] + right * (ground.grid[i, j + 1] - ground.grid[i, j])
    lower = ground.grid[i + 1, j] + right * (ground.grid[i + 1, j + 1] - ground.grid[i + 1, j])
    height = upper + down * (lower - upper)
    return float(ground.place[4] if math.isnan(height) else height)


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
def march(
    ground: Ground, site: Frame, antenna_height: float, earth_radius: float, factor: float, azimuth: float, step: float, angle_out: Heights
) -> int:
    """Highest apparent elevation (rad) of the ground from the site up to each multiple of `step`; returns how many heights are unknown.

    angle_out (range,): entry k holds for ground distance k * step (m); entry 0 is straight down. Heights in m; `factor` multiplies
    the earth's radius; `site` is a frame at height 0.
    """
    last = angle_out.shape[0] - 1
    radius = factor * earth_radius
    angle_step = step / radius
    row_end, column_end = row_column(ground, *place_along(site, earth_radius, azimuth, 0.0))
    steepest, highest = -1e9, NADIR
    unknown = 0
    angle_out[0] = NADIR
    done = 0
    while done < last:
        count = min(max(1, int(_leg_length(ground, row_end) / step)), last - done)
        row, column = row_end, column_end
        row_end, column_end = _leg(ground, site, earth_radius, azimuth, (done + count) * step, column)
        down, right = (row_end - row) / count, (column_end - column) / count
        for k in range(1, count + 1):
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
            angle_out[done + k] = highest
        done += count
    return unknown


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
