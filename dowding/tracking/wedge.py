"""A span of azimuths as a wedge over ground, against which many places are held without trigonometry."""

import math
from typing import NamedTuple

from dowding._jit import kernel


class Wedge(NamedTuple):
    """The middle direction of a span of azimuths, and half its width."""

    east: float  # of a unit vector
    north: float
    cosine: float  # of half the width; with the sine 0 where it goes all round
    sine: float


@kernel
def wedge_of(middle: float, half: float) -> Wedge:
    """The wedge of the azimuths within `half` of `middle` (rad)."""
    if half >= math.pi:
        return Wedge(0.0, 0.0, 0.0, 0.0)
    return Wedge(math.sin(middle), math.cos(middle), math.cos(half), math.sin(half))


@kernel
def outside(wedge: Wedge, east: float, north: float) -> float:
    """How far (m) a place lies beyond the nearer edge's line, which is no more than its distance from the wedge; not above 0 inside.

    It is the distance over ground times the sine of the angle from that edge.
    """
    along, across = east * wedge.east + north * wedge.north, abs(east * wedge.north - north * wedge.east)
    return across * wedge.cosine - along * wedge.sine
