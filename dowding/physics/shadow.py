"""The lowest height that an antenna sees at a place behind terrain, from its horizon table; for many places at once, and bounds of it.

Maps go along a row of places in blocks, the longer the farther off the antenna. Where the ground around a block hides none of what
stands there, or all of it, its places need not be asked one by one.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn, quick_tangent
from dowding.physics.horizon import Horizons, elevation_bounds, table_elevation
from dowding.physics.propagation import sine_versine

BLOCK_M, LONGEST_BLOCK_M = 500.0, 2000.0  # m along a row
BLOCK_SHARE = 0.05  # of the distance to the antenna: blocks are as long, between those limits; edges are arcs about the antenna
FAR_M = 10e3  # m: directions of places nearer than this are all computed
DIP_SHARE = 1e-4  # of the distance: what lies inside a block is no nearer than its ends and middle by more than this
UNSURE_M, UNSURE_SHARE = 2.0, 1e-5  # m, and share of the distance: nearer than this to the terrain's horizon a look decides
HIDDEN, UNSURE, CLEAR = -1, 0, 1

Direction = tuple[float, float, float, float]
"""Azimuth (rad) of a place at height 0, its ground distance and straight distance (m), and the earth's radius (m) toward it."""


@kernel
def block_metres(distance: float) -> float:
    """Length (m) of a block that begins at a distance (m)."""
    return min(max(BLOCK_SHARE * distance, BLOCK_M), LONGEST_BLOCK_M)


@kernel
def _height_above(antenna_height: float, radius: float, rise: float) -> float:
    """Height (m) of a ray over an earth of that radius where the angle to there has versine + slope * sine = `rise`."""
    # solved for the height: `propagation.apparent_elevation` equal to a given one
    return (antenna_height + radius * rise) / (1.0 - rise)


@kernel
def lowest_seen(
    horizons: Horizons, radar: int, antenna_height: float, least: float, azimuth: float, ground: float, radius: float
) -> float:
    """Lowest height (m) that terrain and the beam's lowest elevation `least` (rad) let an antenna see at an azimuth and ground distance.

    `radius` is the effective earth's (m) in that direction.
    """
    angle = max(table_elevation(horizons, radar, azimuth, ground), least)
    sine, versine = sine_versine(ground / radius)
    return _height_above(antenna_height, radius, versine + quick_tangent(angle) * sine)


@kernel
def lowest_bounds(
    horizons: Horizons, radar: int, antenna_height: float, least: float, factor: float, left: Direction, middle: Direction, right: Direction
) -> tuple[float, float, float]:
    """Two heights (m) between which `lowest_seen` lies in a block, given its ends and middle, and how sure (m) that is.

    `factor` multiplies the earth's radius for refraction.
    """
    turns = half_turn(middle[0] - left[0]), half_turn(right[0] - left[0])
    spacing = 2.0 * math.pi / horizons.azimuths[radar]
    around = min(turns[0], turns[1], 0.0) - spacing, max(turns[0], turns[1], 0.0) + spacing
    nearest = min(left[1], middle[1], right[1]) * (1.0 - DIP_SHARE)
    farthest = max(left[1], middle[1], right[1]) * (1.0 + DIP_SHARE)
    low, high = elevation_bounds(horizons, radar, left[0], around, nearest, farthest)
    down, up = quick_tangent(max(low, least)), quick_tangent(max(high, least))
    radius = factor * middle[3]
    sine, versine = sine_versine(nearest / radius)
    sine_far, versine_far = sine_versine(farthest / radius)
    lowest = _height_above(antenna_height, radius, versine + min(down * sine, down * sine_far))
    highest = _height_above(antenna_height, radius, versine_far + max(up * sine, up * sine_far))
    return lowest, highest, UNSURE_M + UNSURE_SHARE * farthest


@kernel
def bent(middle: float, end: float, half: int, whole: int) -> tuple[float, float]:
    """Newton's coefficients of the parabola through 0 at 0, `middle` at `half` and `end` at `whole` cells; 0 where these are too few."""
    if half <= 0 or whole <= half:
        return 0.0, 0.0
    first = middle / half
    return first, ((end - middle) / (whole - half) - first) / whole


@kernel
def bends_between(
    begin: int, half: int, last: int, left: Direction, middle: Direction, right: Direction
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """How azimuth, ground and straight distance go on in a block from its begin, as `bent`; known at begin, half and last column."""
    part, whole = half - begin, last - begin
    turns = bent(half_turn(middle[0] - left[0]), half_turn(right[0] - left[0]), part, whole)
    return turns, bent(middle[1] - left[1], right[1] - left[1], part, whole), bent(middle[2] - left[2], right[2] - left[2], part, whole)


@kernel
def standing(height: float, lowest: float, unsure: float) -> int:
    """Whether a target at a height (m) is CLEAR of the terrain, HIDDEN by it, or UNSURE; HIDDEN where none can be."""
    if height >= lowest + unsure:
        return CLEAR
    return UNSURE if height > lowest - unsure else HIDDEN
