"""Free flight of an unpowered body: its integration to impact, and the closed forms over an airless, still sphere."""

import math

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.physics.flight import GRAVITATIONAL_CONSTANT, acceleration_ballistic
from dowding.physics.geodesy import Frame, height_above_ellipsoid

Array = NDArray[np.float64]

EARTH_RADIUS = 6371008.8  # m, mean radius of WGS-84 (Moritz 1980)
_STEP_LOW, _STEP_HIGH, _LOW = 0.1, 1.0, 100e3  # s, s, m: integration step below and above a height


@kernel
def _runge_kutta_step(
    frame: Frame, x: float, y: float, z: float, vx: float, vy: float, vz: float, inverse_beta: float, step: float
) -> tuple[float, float, float, float, float, float]:
    """One classical fourth-order step of an unpowered body."""
    px, py, pz, ux, uy, uz = x, y, z, vx, vy, vz
    sx, sy, sz, tx, ty, tz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for stage in range(4):
        ax, ay, az = acceleration_ballistic(frame, px, py, pz, ux, uy, uz, inverse_beta)
        weight = step / 6.0 if stage == 0 or stage == 3 else step / 3.0
        sx += weight * ux
        sy += weight * uy
        sz += weight * uz
        tx += weight * ax
        ty += weight * ay
        tz += weight * az
        ahead = step if stage == 2 else 0.5 * step
        px, py, pz = x + ahead * ux, y + ahead * uy, z + ahead * uz
        ux, uy, uz = vx + ahead * ax, vy + ahead * ay, vz + ahead * az
    return x + sx, y + sy, z + sz, vx + tx, vy + ty, vz + tz


@kernel
def fall_to_height(frame: Frame, state: Array, height_end: float, inverse_beta: float, rows_out: Array) -> tuple[int, float]:
    """Integrate from `state` (7,: time, position, velocity) until it sinks through a height; rows written and the apogee.

    `rows_out` (n, 7) takes the states, the last one at `height_end`; 0 rows mean that it did not come down in n steps.
    """
    time = state[0]
    x, y, z, vx, vy, vz = state[1], state[2], state[3], state[4], state[5], state[6]
    height = height_above_ellipsoid(frame, x, y, z)
    apogee = height
    step = 0.0
    for row in range(rows_out.shape[0]):
        rows_out[row, 0] = time
        rows_out[row, 1] = x
        rows_out[row, 2] = y
        rows_out[row, 3] = z
        rows_out[row, 4] = vx
        rows_out[row, 5] = vy
        rows_out[row, 6] = vz
        if row > 0 and abs(height - height_end) < 1e-6:
            return row + 1, apogee
        full = _STEP_LOW if height < _LOW else _STEP_HIGH
        step = full
        nx, ny, nz, nvx, nvy, nvz = _runge_kutta_step(frame, x, y, z, vx, vy, vz, inverse_beta, step)
        below = height_above_ellipsoid(frame, nx, ny, nz)
        if below <= height_end and below < height:
            # the last step is shortened by the secant until it ends at the height
            low, high, gap_low, gap_high = 0.0, step, height - height_end, below - height_end
            if gap_low <= 0.0:
                return 0, apogee
            for _ in range(50):
                step = low + (high - low) * gap_low / (gap_low - gap_high)
                nx, ny, nz, nvx, nvy, nvz = _runge_kutta_step(frame, x, y, z, vx, vy, vz, inverse_beta, step)
                below = height_above_ellipsoid(frame, nx, ny, nz)
                gap = below - height_end
                if abs(gap) < 1e-7:
                    break
                if gap > 0.0:
                    low, gap_low = step, gap
                    gap_high *= 0.5
                else:
                    high, gap_high = step, gap
                    gap_low *= 0.5
        time += step
        x, y, z, vx, vy, vz = nx, ny, nz, nvx, nvy, nvz
        height = below
        apogee = max(apogee, height)
    return 0, apogee


def minimum_energy(range_angle: float, radius: float = EARTH_RADIUS) -> tuple[float, float, float, float]:
    """Speed (m/s), elevation (rad), apogee height (m) and time (s) of the least-energy free flight over an airless, still sphere.

    `range_angle` (rad) is the angle at the Earth's centre between start and impact, both at `radius` metres.
    """
    # Bate, Mueller & White (1971), Fundamentals of Astrodynamics, sec. 6.2: the high and low trajectory meet at
    # sin(range angle / 2) = Q / (2 - Q), elevation = (180 deg - range angle) / 4; Q = (speed / circular speed)^2
    half = 0.5 * range_angle
    sine = math.sin(half)
    q = 2.0 * sine / (1.0 + sine)
    elevation = 0.25 * (math.pi - range_angle)
    eccentricity = math.sqrt(max(0.0, 1.0 + q * (q - 2.0) * math.cos(elevation) ** 2))
    semi_major = radius / (2.0 - q)
    apogee = semi_major * (1.0 + eccentricity) - radius
    # the time from burnout to apogee by the eccentric anomaly of burnout, twice
    anomaly = math.acos(max(-1.0, min(1.0, (eccentricity - math.cos(half)) / (1.0 - eccentricity * math.cos(half)))))
    time = 2.0 * math.sqrt(semi_major**3 / GRAVITATIONAL_CONSTANT) * (math.pi - anomaly + eccentricity * math.sin(anomaly))
    return math.sqrt(q * GRAVITATIONAL_CONSTANT / radius), elevation, apogee, time


def speed_over_sphere(range_angle: float, elevation: float) -> float | None:
    """Burnout speed (m/s) that covers a range angle at an elevation over an airless, still sphere; None if none does."""
    # Bate, Mueller & White (1971), sec. 6.2, the free-flight range equation solved for
    # Q = (1 - cos range) / (cos^2 elevation - cos elevation cos(elevation + range))
    below = math.cos(elevation) ** 2 - math.cos(elevation) * math.cos(elevation + range_angle)
    if below <= 0.0:
        return None
    q = (1.0 - math.cos(range_angle)) / below
    return math.sqrt(q * GRAVITATIONAL_CONSTANT / EARTH_RADIUS) if q < 1.9 else None
