"""The unscented update: six points of the position's spread, seen as the sensor sees them, in place of a derivative.

A range rate is linear in the velocity, so the velocity's part is summed exactly and only the position needs points. Angles go first and
then range and range rate, as in the extended update. What a straight line through the points leaves over widens the error.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.covariance import Three, absorb_correlated, position_variance
from dowding.tracking.extended import update_extended
from dowding.tracking.measurement import AZIMUTH, ELEVATION, NEAREST, RANGE, RANGE_RATE, SIGMA
from dowding.tracking.picture import Floats

Pair = tuple[float, float]

ROOT_THREE = math.sqrt(3.0)
POINTS = 6
AT_HAND = 4.0  # variances of the position, within which a ground distance squared is none
FACTOR, SEEN, ROWS, NOISE = 0, 1, 2, 3  # what the square scratch matrices hold; NOISE[5] the innovation


@kernel
def factor(packed: Floats, lower_out: Floats) -> bool:
    """Cholesky factor of the covariance of position and velocity into lower_out[:6, :6]; False if it is not positive definite."""
    for i in range(6):
        for j in range(i + 1, 6):
            lower_out[i, j] = 0.0
        for j in range(i + 1):
            total = packed[i * (i + 1) // 2 + j]
            for k in range(j):
                total -= lower_out[i, k] * lower_out[j, k]
            if i != j:
                lower_out[i, j] = total / lower_out[j, j]
            elif total > 0.0:
                lower_out[i, i] = math.sqrt(total)
            else:
                return False
    return True


@kernel
def component(q: Floats, dx: float, dy: float, dz: float, v: Three, which: int) -> float:
    """One of the four components (RANGE ...) of a state at (dx, dy, dz) from a sensor of rotation q, with velocity v (theatre)."""
    if which == AZIMUTH:
        return math.atan2(q[0, 0] * dx + q[0, 1] * dy + q[0, 2] * dz, q[1, 0] * dx + q[1, 1] * dy + q[1, 2] * dz)
    distance = math.sqrt(max(dx * dx + dy * dy + dz * dz, NEAREST))
    if which == ELEVATION:
        return math.asin(min(max((q[2, 0] * dx + q[2, 1] * dy + q[2, 2] * dz) / distance, -1.0), 1.0))
    if which == RANGE:
        return distance
    return (dx * v[0] + dy * v[1] + dz * v[2]) / distance


@kernel
def see_points(position: Floats, q: Floats, sensor: int, x: Floats, lower: Floats, which: int, row: int, seen_out: Floats) -> float:
    """One component of the six points into seen_out[row], less their mean, which is returned; their directions into seen_out[3:6].

    Azimuths are taken about that of x, so that they do not wrap.
    """
    middle, mean = 0.0, 0.0
    ox, oy, oz = position[sensor, 0], position[sensor, 1], position[sensor, 2]
    if which == AZIMUTH:
        middle = component(q, x[0] - ox, x[1] - oy, x[2] - oz, (0.0, 0.0, 0.0), AZIMUTH)
    for i in range(POINTS):
        k, step = i // 2, ROOT_THREE if i % 2 == 0 else -ROOT_THREE
        dx, dy, dz = x[0] + step * lower[0, k] - ox, x[1] + step * lower[1, k] - oy, x[2] + step * lower[2, k] - oz
        v = (x[3] + step * lower[3, k], x[4] + step * lower[4, k], x[5] + step * lower[5, k])
        value = component(q, dx, dy, dz, v, which) - middle
        seen_out[row, i] = half_turn(value) if which == AZIMUTH else value
        mean += seen_out[row, i] / POINTS
        scale = 1.0 / math.sqrt(max(dx * dx + dy * dy + dz * dz, NEAREST))
        seen_out[3, i], seen_out[4, i], seen_out[5, i] = dx * scale, dy * scale, dz * scale
    for i in range(POINTS):
        seen_out[row, i] -= mean
    return middle + mean


@kernel
def slope(seen: Floats, row: int, k: int) -> float:
    """How much a component rises with the k-th of the position's three independent parts."""
    return float((seen[row, 2 * k] - seen[row, 2 * k + 1]) * ROOT_THREE / POINTS)


@kernel
def fill_row(lower: Floats, seen: Floats, row: int, is_rate: bool, rows_out: Floats) -> None:
    """The line's slopes with position and velocity into rows_out[row, :6]."""
    for c in range(3):
        rows_out[row, c + 3] = 0.0
        if is_rate:
            for i in range(POINTS):
                rows_out[row, c + 3] += seen[c + 3, i] / POINTS
    # position = L a, velocity = U a + W b for independent a and b: h L = slope - h_v U, from behind
    for k in range(2, -1, -1):
        total = slope(seen, row, k)
        for c in range(3):
            total -= rows_out[row, c + 3] * lower[c + 3, k]
        for c in range(k + 1, 3):
            total -= rows_out[row, c] * lower[c, k]
        rows_out[row, k] = total / lower[k, k]


@kernel
def turning_rate_noise(lower: Floats, seen: Floats, mean: Floats) -> float:
    """Variance (m2/s2) of a range rate by the velocity that the position doesn't tell, beyond that of the mean direction `mean` (3,)."""
    total = 0.0
    for k in range(3, 6):
        along = mean[0] * lower[3, k] + mean[1] * lower[4, k] + mean[2] * lower[5, k]
        for i in range(POINTS):
            part = seen[3, i] * lower[3, k] + seen[4, i] * lower[4, k] + seen[5, i] * lower[5, k]
            total += part * part / POINTS
        total -= along * along
    return max(total, 0.0)


@kernel
def absorb_two(
    position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, first: int, second: int, x: Floats, packed: Floats,
    full: Floats,
) -> Pair:  # fmt: skip
    """Take in two components (RANGE ...) of detection `d`, as far as it has them; returns as update_unscented."""
    # Julier and Uhlmann (2004), "Unscented filtering and nonlinear estimation", eq 12 with n = 3 and kappa = 0; the velocity is
    # marginalised as in Morelande and Ristic (2006), "Reduced sigma point filtering for partially linear models"; lines and what they
    # leave over as in Garcia-Fernandez, Svensson, Morelande and Sarkka (2015), "Posterior linearization filter", eqs 9 to 11
    lower, seen, rows, noise = full[FACTOR], full[SEEN], full[ROWS], full[NOISE]
    if not factor(packed, lower):
        return 0.0, 1.0
    count = 0
    for which in (first, second):
        if math.isnan(measured[d, which]):
            continue
        expected = see_points(position, rotation[sensor], sensor, x, lower, which, count, seen)
        rest = measured[d, which] - expected
        noise[5, count] = half_turn(rest) if which == AZIMUTH else rest
        fill_row(lower, seen, count, which == RANGE_RATE, rows)
        for other in range(count + 1):
            left = 0.0
            for i in range(POINTS):
                left += seen[count, i] * seen[other, i] / POINTS
            for k in range(3):
                left -= slope(seen, count, k) * slope(seen, other, k)
            noise[count, other] = left
        noise[count, count] = max(noise[count, count], 0.0) + measured[d, SIGMA + which] ** 2
        if which == RANGE_RATE:
            noise[count, count] += turning_rate_noise(lower, seen, rows[count, 3:6])
        count += 1
    return absorb_correlated(x, packed, count, rows, noise[5], noise)


@kernel
def is_at_hand(position: Floats, q: Floats, sensor: int, x: Floats, packed: Floats) -> bool:
    """Whether the position's spread reaches round the sensor or its zenith: six points do not show how an angle goes full circle."""
    dx, dy, dz = x[0] - position[sensor, 0], x[1] - position[sensor, 1], x[2] - position[sensor, 2]
    up = q[2, 0] * dx + q[2, 1] * dy + q[2, 2] * dz
    return bool(dx * dx + dy * dy + dz * dz - up * up < AT_HAND * position_variance(packed))


@kernel
def update_unscented(
    position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, x: Floats, packed: Floats, full: Floats
) -> Pair:
    """Update x (size,) and its covariance in place by what detection `d` has of azimuth, elevation, range and range rate.

    full (4, size, size) is scratch; close to the sensor it is the extended update. Returns the sum of the normalised innovations
    squared, and 1 over the product of their variances.
    """
    if is_at_hand(position, rotation[sensor], sensor, x, packed):
        return update_extended(position, rotation, sensor, measured, d, x, packed)
    squared, sharpness = absorb_two(position, rotation, sensor, measured, d, AZIMUTH, ELEVATION, x, packed, full)
    more, sharper = absorb_two(position, rotation, sensor, measured, d, RANGE, RANGE_RATE, x, packed, full)
    return squared + more, sharpness * sharper
