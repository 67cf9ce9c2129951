"""Radar cross section by aspect and fluctuation."""

import math

from dowding._jit import kernel

SECTOR_EDGE = math.radians(45.0)  # front and rear reach this far from nose and tail
TRANSITION = math.radians(10.0)  # half-width of the passage from one sector to the next
MEDIAN_OVER_MEAN_ONE = math.log(2.0)  # exponential distribution, Swerling 1 and 2
MEDIAN_OVER_MEAN_TWO = 0.8391734950083303  # gamma distribution of shape 2, Swerling 3 and 4: root of (1+2x) exp(-2x) = 1/2


@kernel
def aspect_angle(dx: float, dy: float, dz: float, vx: float, vy: float, vz: float) -> float:
    """Angle [rad, 0..pi] between a target's velocity and its line to the radar: 0 nose-on, pi tail-on; (dx, dy, dz) leads to the radar.

    A target at rest shows its nose.
    """
    norm = math.sqrt((dx * dx + dy * dy + dz * dz) * (vx * vx + vy * vy + vz * vz))
    if norm == 0.0:
        return 0.0
    cosine = (dx * vx + dy * vy + dz * vz) / norm
    return math.acos(min(max(cosine, -1.0), 1.0))


@kernel
def rcs_at_aspect(front: float, side: float, rear: float, aspect: float) -> float:
    """Cross section [m^2] from those of three sectors, [m^2, above 0]: front to 45 degrees from the nose, rear from the tail, side between.

    Twenty degrees about each edge pass from one to the other, evenly in decibels, so that a turn is no jump.
    """
    if aspect < 0.5 * math.pi:
        end, edge = front, SECTOR_EDGE
        beyond = aspect - edge
    else:
        end, edge = rear, math.pi - SECTOR_EDGE
        beyond = edge - aspect
    if beyond <= -TRANSITION:
        return end
    if beyond >= TRANSITION:
        return side
    weight = 0.5 * (1.0 + beyond / TRANSITION)
    return math.exp((1.0 - weight) * math.log(end) + weight * math.log(side))


@kernel
def mean_from_median(median: float, swerling: int) -> float:
    """Mean cross section, which the detection formulae want, from a median one, for a Swerling case."""
    if swerling == 1 or swerling == 2:
        return median / MEDIAN_OVER_MEAN_ONE
    if swerling == 3 or swerling == 4:
        return median / MEDIAN_OVER_MEAN_TWO
    return median


@kernel
def fluctuating_rcs(mean: float, swerling: int, uniform_1: float, uniform_2: float) -> float:
    """One draw [m^2] of the cross section of a Swerling case from two uniform numbers in (0, 1]; case 0 is the mean."""
    # Swerling, IRE Trans. IT-6 (1960), 269: exponential for 1 and 2, gamma of shape 2 for 3 and 4
    if swerling == 1 or swerling == 2:
        return -mean * math.log(uniform_1)
    if swerling == 3 or swerling == 4:
        return -0.5 * mean * (math.log(uniform_1) + math.log(uniform_2))
    return mean
