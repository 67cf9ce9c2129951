"""What is left of a kill probability: by the place of the meeting, by the target's course, and by the track's uncertainty."""

import math

from dowding._jit import kernel
from dowding.engine.fire_control import offset_from
from dowding.engine.identifying import BALLISTIC_MISSILE
from dowding.engine.state import Reals
from dowding.model import Defence

QUARTER_TURN = 0.5 * math.pi


@kernel
def towards_edge(value: float, full: float, edge: float, factor: float) -> float:
    """1 up to `full`, from there evenly down to `factor` at `edge`, which may lie on either side, and no lower beyond."""
    if factor == 1.0 or full == edge:
        return 1.0
    return 1.0 - (1.0 - factor) * min(max((value - full) / (edge - full), 0.0), 1.0)


@kernel
def envelope_factor(defence: Defence, unit: int, interceptor: int, cls: int, distance: float, height: float) -> float:
    """Share of the kill probability that is left at a slant range (m) and height (m above the ellipsoid) of the meeting."""
    row = defence.interceptors[interceptor]
    reach = row["range_max_ballistic"] if cls == BALLISTIC_MISSILE else row["range_max"]
    ground = defence.units["ground"][unit]
    far = towards_edge(distance, row["far_from"] * reach, reach, row["far_factor"])
    low = towards_edge(height - ground, row["low_below"], row["altitude_min"], row["low_factor"])
    high = towards_edge(height, row["high_from"], row["altitude_max"], row["high_factor"])
    return float(far * low * high)


@kernel
def course_factor(
    defence: Defence, unit: int, interceptor: int, place: tuple[float, float, float], velocity: tuple[float, float, float]
) -> float:
    """Share that is left by the target's course at a place (m, theatre): 1 if it flies at the fire unit, from there evenly by angle.

    To that of one that flies across, and from there to that of one that flies away. `velocity` is the target's (m/s, theatre).
    """
    row = defence.interceptors[interceptor]
    if row["crossing_factor"] == 1.0 and row["receding_factor"] == 1.0:
        return 1.0
    dx, dy, dz = offset_from(defence.units, unit, place[0], place[1], place[2])
    length = math.sqrt((dx * dx + dy * dy + dz * dz) * (velocity[0] ** 2 + velocity[1] ** 2 + velocity[2] ** 2))
    if length <= 0.0:
        return 1.0
    cosine = -(dx * velocity[0] + dy * velocity[1] + dz * velocity[2]) / length
    angle = math.acos(min(max(cosine, -1.0), 1.0))
    if angle <= QUARTER_TURN:
        return float(1.0 - (1.0 - row["crossing_factor"]) * angle / QUARTER_TURN)
    beyond = angle / QUARTER_TURN - 1.0
    return float(row["crossing_factor"] + (row["receding_factor"] - row["crossing_factor"]) * beyond)


@kernel
def found_probability(covariance: Reals, basket: float) -> float:
    """Probability that a normal error of a covariance (3 or more, 3 or more) m^2 is no longer than `basket` (m), in space.

    The squared length as a scaled chi-square of the same mean and variance (Patnaik 1949, Biometrika 36, sec. 5), and that by the normal
    law of its cube root (Wilson and Hilferty 1931, PNAS 17, p. 684): within 0.025 of the exact value where that is above 0.6, 0.09 below.
    """
    mean = covariance[0, 0] + covariance[1, 1] + covariance[2, 2]
    if mean <= 0.0:
        return 1.0
    square = 0.0
    for i in range(3):
        for j in range(3):
            square += covariance[i, j] * covariance[i, j]
    freedom = mean * mean / square  # between 1, a line, and 3, a ball
    spread = 2.0 / (9.0 * freedom)
    root = (basket * basket / mean) ** (1.0 / 3.0)
    return float(0.5 * math.erfc(-(root - 1.0 + spread) / math.sqrt(2.0 * spread)))
