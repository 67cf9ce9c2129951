"""A flight path as knots with cubic Hermite interpolation, and the acceleration of an unpowered body.

Builders of paths stand in `route` and `ballistics`; what is here is what a running simulation evaluates.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.physics.atmosphere import density
from dowding.physics.geodesy import SEMI_MAJOR_AXIS, Frame, height_above_ellipsoid

Array = NDArray[np.float64]

# NGA.STND.0036 (2014), tables 3.1 and 3.6
GRAVITATIONAL_CONSTANT = 3.986004418e14  # GM of the Earth with its atmosphere, m3/s2
EARTH_RATE = 7.292115e-5  # rad/s
J2 = 1.0826298213e-3  # second zonal harmonic of the ellipsoid's normal gravity field

_DEEPEST_BISECTION = 24  # an interval halved so often is shorter than any step that matters


class Path(NamedTuple):
    """A path as knots; between them it is the cubic with the knots' positions and velocities."""

    time: Array  # (knot,) s, rising
    position: Array  # (knot, 3) m, theatre
    velocity: Array  # (knot, 3) m/s, theatre


@kernel
def _knot_before(time: Array, first: int, last: int, t: float, guess: int) -> int:
    """The knot that starts the interval holding t, in first .. last - 1: the guess, or found from it in steps that double, then halve."""
    low = first
    high = last
    if first <= guess < last:
        step = 1
        if time[guess] <= t:
            if t < time[guess + 1]:
                return guess
            low, high = guess + 1, guess + 2
            while high < last and time[high] <= t:
                low, step = high, 2 * step
                high = low + step
            high = min(high, last)
        else:
            low, high = guess - 1, guess
            while low > first and time[low] > t:
                high, step = low, 2 * step
                low = high - step
            low = max(low, first)
    while high - low > 1:
        middle = (low + high) // 2
        if time[middle] <= t:
            low = middle
        else:
            high = middle
    return low


@kernel
def path_state(
    time: Array, position: Array, velocity: Array, first: int, last: int, t: float, guess: int
) -> tuple[float, float, float, float, float, float, int]:
    """Position, velocity at time t on the path whose knots are rows first .. last (both included), and the row to guess next.

    The arrays hold the knots of all paths, one after the other: time (n,) s, position (n, 3) m, velocity (n, 3) m/s, theatre.
    Before the first and after the last knot the state is that knot's. Pass the returned row as the next `guess`; -1 for none.
    """
    if t <= time[first] or first == last:
        row = first
    elif t >= time[last]:
        row = last
    else:
        row = -1
    if row >= 0:
        return (
            position[row, 0],
            position[row, 1],
            position[row, 2],
            velocity[row, 0],
            velocity[row, 1],
            velocity[row, 2],
            max(first, min(row, last - 1)),
        )
    row = _knot_before(time, first, last, t, guess)
    step = time[row + 1] - time[row]
    u = (t - time[row]) / step
    v = 1.0 - u
    # The cubic Hermite basis, as weights of the end of the interval, of the two velocities, and their derivatives
    weight = u * u * (3.0 - 2.0 * u)
    tangent = u * v * v * step
    tangent_next = -u * u * v * step
    slope = 6.0 * u * v / step
    slope_tangent = v * (1.0 - 3.0 * u)
    slope_tangent_next = u * (3.0 * u - 2.0)
    dx = position[row + 1, 0] - position[row, 0]
    dy = position[row + 1, 1] - position[row, 1]
    dz = position[row + 1, 2] - position[row, 2]
    vx, wx = velocity[row, 0], velocity[row + 1, 0]
    vy, wy = velocity[row, 1], velocity[row + 1, 1]
    vz, wz = velocity[row, 2], velocity[row + 1, 2]
    return (
        position[row, 0] + weight * dx + tangent * vx + tangent_next * wx,
        position[row, 1] + weight * dy + tangent * vy + tangent_next * wy,
        position[row, 2] + weight * dz + tangent * vz + tangent_next * wz,
        slope * dx + slope_tangent * vx + slope_tangent_next * wx,
        slope * dy + slope_tangent * vy + slope_tangent_next * wy,
        slope * dz + slope_tangent * vz + slope_tangent_next * wz,
        row,
    )


@kernel
def _path_rows(time: Array, position: Array, velocity: Array, times: Array, position_out: Array, velocity_out: Array) -> None:
    guess = 0
    for row in range(times.shape[0]):
        x, y, z, vx, vy, vz, guess = path_state(time, position, velocity, 0, time.shape[0] - 1, times[row], guess)
        position_out[row, 0] = x
        position_out[row, 1] = y
        position_out[row, 2] = z
        velocity_out[row, 0] = vx
        velocity_out[row, 1] = vy
        velocity_out[row, 2] = vz


def path_states(path: Path, times: Array) -> tuple[Array, Array]:
    """Positions (n, 3) m and velocities (n, 3) m/s of one path at times (n,) s, theatre."""
    times = np.ascontiguousarray(times, dtype=np.float64)
    position, velocity = np.empty((times.size, 3)), np.empty((times.size, 3))
    _path_rows(path.time, path.position, path.velocity, times, position, velocity)
    return position, velocity


def knots(evaluate: Callable[[Array], tuple[Array, Array]], breaks: Array, error_max: float) -> Path:
    """The path through `evaluate` (times (n,) -> positions, velocities (n, 3)) whose interpolation is `error_max` metres or better.

    `breaks` (k,) are times, rising, at which the motion changes its kind (turn begins, boost ends); between them it is smooth.
    Each interval is halved until the cubic is right at its quarters; the error of a cubic falls 16-fold with each halving.
    """
    time = np.ascontiguousarray(breaks, dtype=np.float64)
    position, velocity = evaluate(time)
    done = np.zeros(time.size - 1, dtype=np.bool_)
    for _ in range(_DEEPEST_BISECTION):
        path = Path(time, np.ascontiguousarray(position), np.ascontiguousarray(velocity))
        open_rows = np.flatnonzero(~done)
        if open_rows.size == 0:
            break
        start, step = time[open_rows], np.diff(time)[open_rows]
        probes = np.concatenate([start + 0.25 * step, start + 0.5 * step, start + 0.75 * step])
        true_position, true_velocity = evaluate(probes)
        cubic, _ = path_states(path, probes)
        miss = np.linalg.norm(cubic - true_position, axis=1).reshape(3, -1).max(axis=0)
        split = open_rows[miss > error_max]
        done[:] = True
        middle = slice(open_rows.size, 2 * open_rows.size)
        chosen = miss > error_max
        time = np.insert(time, split + 1, probes[middle][chosen])
        position = np.insert(position, split + 1, true_position[middle][chosen], axis=0)
        velocity = np.insert(velocity, split + 1, true_velocity[middle][chosen], axis=0)
        done[split] = False
        done = np.insert(done, split + 1, False)
    return path


@kernel
def acceleration_ballistic(
    frame: Frame, x: float, y: float, z: float, vx: float, vy: float, vz: float, inverse_beta: float
) -> tuple[float, float, float]:
    """Acceleration (m/s2, theatre axes, Earth-fixed) of an unpowered body at a theatre position (m) and velocity (m/s).

    Gravity with the Earth's oblateness, Coriolis and centrifugal terms, and drag in the U.S. Standard Atmosphere turning with
    the Earth; `inverse_beta` is the reciprocal of the ballistic coefficient m/(Cd A), in m2/kg, 0 for none.
    """
    sx, sy, sz = frame.spin_axis[0], frame.spin_axis[1], frame.spin_axis[2]
    rx = x - frame.earth_centre[0]
    ry = y - frame.earth_centre[1]
    rz = z - frame.earth_centre[2]
    r2 = rx * rx + ry * ry + rz * rz
    along = rx * sx + ry * sy + rz * sz
    # Bate, Mueller & White (1971), Fundamentals of Astrodynamics, sec. 9.7.2: the gradient of mu/r and of its J2 term
    central = GRAVITATIONAL_CONSTANT / (r2 * math.sqrt(r2))
    oblate = 1.5 * J2 * SEMI_MAJOR_AXIS * SEMI_MAJOR_AXIS / r2
    radial = -central * (1.0 + oblate * (1.0 - 5.0 * along * along / r2)) + EARTH_RATE * EARTH_RATE
    # the centrifugal term is rate^2 (r - along spin): its radial part joins `radial`, the rest `axial`
    axial = -central * 2.0 * oblate * along - EARTH_RATE * EARTH_RATE * along
    drag = 0.0
    if inverse_beta > 0.0:
        speed = math.sqrt(vx * vx + vy * vy + vz * vz)
        drag = 0.5 * inverse_beta * speed * density(height_above_ellipsoid(frame, x, y, z))
    turn = 2.0 * EARTH_RATE
    return (
        radial * rx + axial * sx - drag * vx - turn * (sy * vz - sz * vy),
        radial * ry + axial * sy - drag * vy - turn * (sz * vx - sx * vz),
        radial * rz + axial * sz - drag * vz - turn * (sx * vy - sy * vx),
    )
