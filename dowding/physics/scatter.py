"""Scatter from the troposphere behind the horizon.

Source: ITU-R P.528-5 (2021), Annex 2, sect. 11, of which the equation numbers are; after Rice and others, NBS Tech Note 101 (1967).
Distances in km and frequencies in MHz, as its constants have them.
"""

import math
from typing import NamedTuple, Protocol

EARTH_KM, EFFECTIVE_KM = 6371.0, 9257.0
SURFACE_N = 341.0  # refractivity at the ground, N-units


class End(Protocol):
    """One end of the path."""

    @property
    def effective_height(self) -> float:
        """Height over the effective earth, km."""

    @property
    def horizon(self) -> float:
        """Distance of its horizon, km."""


class Scattered(NamedTuple):
    """What reaches the other end by way of the volume that both ends see."""

    loss_db: float  # dB beyond free space; 0 within sight
    height: float  # km, of that volume
    angle: float  # rad, by which it turns the way


def _crossing_rays(half: float) -> tuple[float, float]:
    """Height (km) and angle (rad) at which a ray that grazes the earth is `half` km further on, in an exponential atmosphere."""
    # eqs. 11-7 to 11-19
    bare = 1.0 / EARTH_KM
    bending = bare - 1.0 / EFFECTIVE_KM
    scale = SURFACE_N * 1e-6 / bending

    def curvature(height: float) -> float:
        return bare - bending / math.exp(min(35.0, height / scale))

    at_ground, halfway, at_end = (curvature(part * part / (2.0 * EFFECTIVE_KM)) for part in (0.0, 0.5 * half, half))
    lower = (7.0 * at_ground + 6.0 * halfway - at_end) * half * half / 96.0
    upper = (at_ground + 2.0 * halfway) * half * half / 6.0
    halfway, at_end = curvature(lower), curvature(upper)
    return (at_ground + 2.0 * halfway) * half * half / 6.0, (at_ground + 4.0 * halfway + at_end) * half / 6.0


def _volume_db(low: End, high: End, half: float, fall: float, angle: float, wave: float) -> tuple[float, float]:
    """The term of the scattering volume in dB, and the length of both rays, km."""
    # eqs. 11-24 to 11-38
    rays = []
    for end in (low, high):
        across = 2.0 * math.sin(end.horizon / (2.0 * EFFECTIVE_KM))
        squared = end.effective_height**2 + (EFFECTIVE_KM + end.effective_height) * EFFECTIVE_KM * across * across
        rays.append(math.sqrt(squared) + half)
    length = sum(rays)
    s = (rays[0] - rays[1]) / length
    eta = 0.5 * fall * angle * length
    r1, r2 = 2.0 * wave * angle * low.effective_height, 2.0 * wave * angle * high.effective_height
    x1, x2 = ((1.0 + s) ** 2 * eta) ** 2, ((1.0 - s) ** 2 * eta) ** 2
    q1, q2 = x1 + r1 * r1, x2 + r2 * r2
    both = 2.0 * (1.0 - s * s) * (1.0 + 2.0 * x1 / q1) * (1.0 + 2.0 * x2 / q2)
    b = 6.0 + 8.0 * s * s + 8.0 * (1.0 - s) * x1 * r1 * r1 / (q1 * q1) + 8.0 * (1.0 + s) * x2 * r2 * r2 / (q2 * q2) + both
    root = math.sqrt(2.0)
    c = 12.0 * ((1.0 + root / r1) * (1.0 + root / r2)) ** 2 * (r1 + r2) / (r1 + r2 + 2.0 * root)
    a = (1.0 - s * s) ** 2
    return 10.0 * math.log10((a * eta * eta + b * eta) * q1 * q2 / (r1 * r1 * r2 * r2) + c), length


def troposcatter(low: End, high: End, distance_km: float, frequency_mhz: float) -> Scattered:
    """Loss beyond free space by scatter over a distance along the ground."""
    half = 0.5 * (distance_km - low.horizon - high.horizon)
    if half <= 0.0:
        return Scattered(0.0, 0.0, 0.0)
    height, one_side = _crossing_rays(half)
    # eqs. 11-20 to 11-23: how well the air scatters there
    first = 5.67e-6 * SURFACE_N**2 - 0.00232 * SURFACE_N + 0.031
    second = 0.0002 * SURFACE_N**2 - 0.06 * SURFACE_N + 6.6
    fall = 0.1424 * (1.0 + first / math.exp(min(35.0, (height / 4.0) ** 6)))
    efficiency = 83.1 - second / (1.0 + 0.07716 * height**2) + 20.0 * math.log10((0.1424 / fall) ** 2 * math.exp(fall * height))
    angle, wave = 2.0 * one_side, frequency_mhz / 0.0477
    volume, length = _volume_db(low, high, half, fall, angle, wave)
    return Scattered(efficiency + volume + 10.0 * math.log10(wave * angle**3 / length), height, angle)
