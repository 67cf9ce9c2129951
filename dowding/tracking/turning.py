"""The coordinated turn: constant speed, climb and rate of turn about the local vertical, the rate being the state's seventh entry.

A positive rate (rad/s) turns left, anticlockwise seen from above.
"""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import Six, Three
from dowding.tracking.picture import Floats

SMALL = 1e-2  # rad turned, below which the quotients come from their series


@kernel
def turn_factors(rate: float, dt: float) -> Six:
    """sin(a)/rate, (1 - cos(a))/rate, their derivatives with the rate, sin(a) and cos(a) of a = rate dt; finite at rate 0."""
    a = rate * dt
    sine, cosine = math.sin(a), math.cos(a)
    if abs(a) > SMALL:
        s, c = sine / rate, (1.0 - cosine) / rate
        return s, c, (dt * cosine - s) / rate, (dt * sine - c) / rate, sine, cosine
    a2 = a * a
    s = dt * (1.0 - a2 / 6.0 * (1.0 - a2 / 20.0 * (1.0 - a2 / 42.0)))
    c = dt * a * (0.5 - a2 / 24.0 * (1.0 - a2 / 30.0))
    s_rate = dt * dt * a * (-1.0 / 3.0 + a2 / 30.0 * (1.0 - a2 / 28.0))
    c_rate = dt * dt * (0.5 - a2 / 8.0 + a2 * a2 / 144.0)
    return s, c, s_rate, c_rate, sine, cosine


@kernel
def vertical_at(earth: Floats, x: Floats) -> Three:
    """The unit vector up (theatre) at a state's position, away from the Earth's centre."""
    u0, u1, u2 = x[0] - earth[0], x[1] - earth[1], x[2] - earth[2]
    scale = 1.0 / math.sqrt(u0 * u0 + u1 * u1 + u2 * u2)
    return u0 * scale, u1 * scale, u2 * scale


@kernel
def cross(u: Three, x: Floats) -> Three:
    """u x v for the velocity v of a state."""
    return u[1] * x[5] - u[2] * x[4], u[2] * x[3] - u[0] * x[5], u[0] * x[4] - u[1] * x[3]


@kernel
def move_turning(earth: Floats, x: Floats, dt: float) -> None:
    """Carry the state (7,) over `dt` seconds along its helix."""
    # Bar-Shalom, Li and Kirubarajan (2001), "Estimation with applications to tracking and navigation", eq 11.7.1-4,
    # turned into the local horizontal plane
    up = vertical_at(earth, x)
    s, c, _, _, sine, cosine = turn_factors(x[6], dt)
    side = cross(up, x)
    climb = up[0] * x[3] + up[1] * x[4] + up[2] * x[5]
    for i in range(3):
        course = x[i + 3] - climb * up[i]
        x[i] += dt * climb * up[i] + s * course + c * side[i]
        x[i + 3] = climb * up[i] + cosine * course + sine * side[i]


@kernel
def turning_transition(earth: Floats, x: Floats, dt: float, transition_out: Floats) -> None:
    """Derivative of the state (7,) after `dt` seconds with the state x now, into transition_out[:7, :7]; the vertical counts as fixed."""
    up = vertical_at(earth, x)
    s, c, s_rate, c_rate, sine, cosine = turn_factors(x[6], dt)
    side = cross(up, x)
    climb = up[0] * x[3] + up[1] * x[4] + up[2] * x[5]
    for i in range(3):
        for j in range(3):
            upward, same = up[i] * up[j], 1.0 if i == j else 0.0
            # the matrix of u x: minus the permutation symbol times the third component
            turned = 0.0 if i == j else (-up[3 - i - j] if (j - i) % 3 == 1 else up[3 - i - j])
            transition_out[i, j] = same
            transition_out[i, j + 3] = dt * upward + s * (same - upward) + c * turned
            transition_out[i + 3, j] = 0.0
            transition_out[i + 3, j + 3] = upward + cosine * (same - upward) + sine * turned
        course = x[i + 3] - climb * up[i]
        transition_out[i, 6] = s_rate * course + c_rate * side[i]
        transition_out[i + 3, 6] = dt * (cosine * side[i] - sine * course)
        transition_out[6, i] = 0.0
        transition_out[6, i + 3] = 0.0
    transition_out[6, 6] = 1.0
