"""Whether the ground hides a target from an antenna that moves: the ray is followed over the terrain, for no horizon can be kept ready.

A ray from high up leaves the reach of the ground soon, and most of the rest is settled by the highest ground of a block of cells.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle, kernel
from dowding.physics.geodesy import Frame, rotate_back, theatre_frame, theatre_to_geodetic
from dowding.physics.propagation import EARTH_RADIUS_MEAN, sine_versine
from dowding.physics.terrain import LEG_MOST, Ground, Heights, height_between, row_column

Array = NDArray[np.float64]

BLOCK_M = 8e3  # m, about: length of path that the highest ground of one block settles
STEP_LEAST, STEP_MOST = 100.0, 500.0  # m, between points of ground that are held against the ray: half a cell within these


@bundle
class Relief(NamedTuple):
    """Terrain for rays between places of a theatre; without points of ground nothing is hidden."""

    ground: Ground
    highest: Heights  # (block row, block column) m, highest ground of the block and of those around it
    size: Array  # (4,) rows and columns of a block; m from point to point along a ray; m, highest ground of all and of the stand-in
    frame: Frame


def flat_relief() -> Relief:
    """A smooth earth."""
    none = np.zeros((0, 0), np.float32)
    return Relief(Ground(none, np.zeros(6), none), none, np.ones(4), theatre_frame(0.0, 0.0))


def relief_of(ground: Ground, frame: Frame) -> Relief:
    """The terrain with the highest points of its blocks; a hole counts as the stand-in, if there is one."""
    rows, columns = ground.grid.shape
    cell = ground.place[2] * EARTH_RADIUS_MEAN
    tall = max(1, round(BLOCK_M / cell))
    wide = max(1, round(BLOCK_M / (ground.place[3] * EARTH_RADIUS_MEAN * max(math.cos(ground.place[0]), 0.05))))
    stand_in = float(ground.place[4]) if math.isfinite(ground.place[4]) else -math.inf
    down, across = -(-rows // tall), -(-columns // wide)
    padded = np.full((down * tall, across * wide), np.nan, np.float32)
    padded[:rows, :columns] = ground.grid
    blocks = np.where(np.isnan(padded), np.float32(stand_in), padded).reshape(down, tall, across, wide).max(axis=(1, 3))
    ringed = np.pad(blocks, 1, constant_values=stand_in)
    around = [ringed[i : i + down, j : j + across] for i in range(3) for j in range(3)]
    step, most = min(max(0.5 * cell, STEP_LEAST), STEP_MOST), max(float(blocks.max()), stand_in)
    return Relief(ground, np.ascontiguousarray(np.max(around, axis=0)), np.array([tall, wide, step, most]), frame)


@kernel
def _ray_height(antenna_height: float, tangent: float, effective_radius: float, angle: float) -> float:
    """Height (m) of a ray that leaves an antenna with a tangent of elevation, an angle (rad) on at the centre of the effective earth."""
    sine, versine = sine_versine(angle)
    rise = versine + tangent * sine
    return (antenna_height + effective_radius * rise) / (1.0 - rise)


@kernel
def _grid_place(
    relief: Relief, position: Array, rotation: Array, antenna_height: float, radius: float, azimuth: float, distance: float, before: float
) -> tuple[float, float]:
    """Row and column of the ground at a distance (m) along an azimuth; a column beyond the seam opposite the grid goes on from `before`."""
    angle = distance / radius
    out = radius * math.sin(angle)
    drop = 2.0 * radius * math.sin(0.5 * angle) ** 2 + antenna_height
    dx, dy, dz = rotate_back(rotation, out * math.sin(azimuth), out * math.cos(azimuth), -drop)
    latitude, longitude, _ = theatre_to_geodetic(relief.frame, position[0] + dx, position[1] + dy, position[2] + dz)
    row, column = row_column(relief.ground, latitude, longitude)
    turn = 2.0 * math.pi / relief.ground.place[3]
    return row, column - turn * math.floor((column - before) / turn + 0.5)


@kernel
def _block_height(relief: Relief, row: float, column: float) -> float:
    """Highest ground (m) of and around the block that holds a point of the grid; the stand-in's outside."""
    i, j = math.floor(row / relief.size[0]), math.floor(column / relief.size[1])
    rows, columns = relief.highest.shape
    if i < -1 or j < -1 or i > rows or j > columns:
        stand_in = relief.ground.place[4]
        return float(-math.inf if math.isnan(stand_in) else stand_in)
    return float(relief.highest[min(max(i, 0), rows - 1), min(max(j, 0), columns - 1)])


@kernel
def ground_hides(
    relief: Relief,
    position: Array,
    rotation: Array,
    antenna_height: float,
    earth_radius: float,
    factor: float,
    azimuth: float,
    distance: float,
    apparent: float,
) -> bool:
    """Whether the ground rises above the ray to a target at a ground distance (m) along an azimuth and at an apparent elevation (rad).

    The antenna stands at `position` (3,) m in the theatre, `rotation` (3, 3) turns theatre axes to its east, north, up; `earth_radius` (m)
    is that of the direction, `factor` multiplies it for refraction. Ground less than a step from the target does not count.
    """
    if relief.highest.shape[0] == 0:
        return False
    effective, tangent, step = factor * earth_radius, math.tan(apparent), relief.size[2]
    far = distance - step
    row_far, column_far = 0.0, 0.5 * relief.ground.grid.shape[1]
    if far > 0.0:
        row_far, column_far = _grid_place(relief, position, rotation, antenna_height, earth_radius, azimuth, far, column_far)
    while far > 0.0:
        ray = _ray_height(antenna_height, tangent, effective, far / effective)
        near = max(far - LEG_MOST, 0.0)
        ray_near = _ray_height(antenna_height, tangent, effective, near / effective)
        if ray > relief.size[3] and ray_near > ray:
            return False  # it rises from here to the antenna
        row, column = _grid_place(relief, position, rotation, antenna_height, earth_radius, azimuth, near, column_far)
        parts = math.ceil((far - near) / BLOCK_M)
        for part in range(parts):
            begin, end = far - part * (far - near) / parts, far - (part + 1) * (far - near) / parts
            first = _ray_height(antenna_height, tangent, effective, begin / effective)
            last = _ray_height(antenna_height, tangent, effective, end / effective)
            share = (far - 0.5 * (begin + end)) / (far - near)
            highest = _block_height(relief, row_far + share * (row - row_far), column_far + share * (column - column_far))
            # between them it sags by less than the square of their distance over eight effective radii: a metre
            if min(first, last) - 1.0 > highest:
                continue
            points = math.ceil((begin - end) / step)
            for k in range(points):
                d = begin - k * (begin - end) / points
                share = (far - d) / (far - near)
                height = height_between(relief.ground, row_far + share * (row - row_far), column_far + share * (column - column_far))
                if height > _ray_height(antenna_height, tangent, effective, d / effective):
                    return True
        far, row_far, column_far = near, row, column
    return False
