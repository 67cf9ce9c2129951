"""The extended update: one component of a detection after the other, each linearised where the one before left the state.

Angles go first, then range, then range rate: that keeps a sharp range from squeezing the arc of a wide azimuth error into its
tangent. Where the state is so uncertain that the measurement bends within it, the second-order terms shift the prediction and widen
its error; so an angle to something closer than its own uncertainty, or overhead, says little instead of something wrong.
"""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import Three, absorb, absorb_position, block_form
from dowding.tracking.measurement import (
    AZIMUTH,
    COS_AZIMUTH,
    COS_ELEVATION,
    ELEVATION,
    NEAREST,
    RANGE,
    RANGE_RATE,
    SIGMA,
    SIN_AZIMUTH,
    SIN_ELEVATION,
)
from dowding.tracking.picture import Floats

Pair = tuple[float, float]

BENDS = 0.1  # part of the measurement's own sigma from which a second-order term counts


@kernel
def angle_between(sine: float, cosine: float) -> float:
    """The angle (rad) of this sine and cosine, of any common scale."""
    if abs(sine) < 0.1 * cosine:
        # the arctangent's series, short of 1e-12
        t = sine / cosine
        t2 = t * t
        return t * (1.0 - t2 * (1.0 / 3.0 - t2 * (0.2 - t2 * (1.0 / 7.0 - t2 / 9.0))))
    return math.atan2(sine, cosine)


@kernel
def azimuth_bend(packed: Floats, across: Three, along: Three, ground: float) -> tuple[float, float]:
    """Bias (rad) and variance (rad2) of the second-order part of an azimuth at ground distance `ground` (m)."""
    # Bar-Shalom, Li and Kirubarajan (2001), "Estimation with applications to tracking and navigation", eqs 10.3.2-8 and 10.3.2-15;
    # the Hessian has -1 / ground2 between across and along
    pcc, pca = block_form(packed, 0, 0, across, across), block_form(packed, 0, 0, across, along)
    ground2 = ground * ground
    return -pca / ground2, (pcc * block_form(packed, 0, 0, along, along) + pca * pca) / (ground2 * ground2)


@kernel(fused=True)
def absorb_azimuth(q: Floats, east: float, north: float, ground2: float, measured: Floats, d: int, x: Floats, packed: Floats) -> Pair:
    """Take in the azimuth of detection `d` by a sensor of rotation q, from which x is at (east, north) m, with ground2 = east2 + north2.

    Returns the innovation squared over its variance, and 1 over the variance.
    """
    scale = 1.0 / ground2
    e, n = north * scale, -east * scale
    a, b, c = q[0, 0] * e + q[1, 0] * n, q[0, 1] * e + q[1, 1] * n, q[0, 2] * e + q[1, 2] * n
    sine, cosine, sigma = measured[d, SIN_AZIMUTH], measured[d, COS_AZIMUTH], measured[d, SIGMA + AZIMUTH]
    innovation, variance = angle_between(sine * north - cosine * east, sine * east + cosine * north), sigma * sigma
    if packed[0] + packed[2] + packed[5] > BENDS * sigma * ground2:
        ground = math.sqrt(ground2)
        along = (
            (q[0, 0] * east + q[1, 0] * north) / ground,
            (q[0, 1] * east + q[1, 1] * north) / ground,
            (q[0, 2] * east + q[1, 2] * north) / ground,
        )
        bias, more = azimuth_bend(packed, (a * ground, b * ground, c * ground), along, ground)
        innovation -= bias
        variance += more
    weight = absorb_position(x, packed, a, b, c, innovation, variance)
    return innovation * innovation * weight, weight


@kernel
def elevation_bend(packed: Floats, m: Three, c: Three, e: Three, distance: float, tangent: float) -> tuple[float, float]:
    """Bias (rad) and variance (rad2) of the second-order part of an elevation of this tangent at `distance` (m).

    m points to the target, c across to the right, e up across both.
    """
    # the Hessian has -1 / distance2 between m and e, and -tangent / distance2 at c; source as in azimuth_bend
    pmm, pee, pcc = block_form(packed, 0, 0, m, m), block_form(packed, 0, 0, e, e), block_form(packed, 0, 0, c, c)
    pme, pmc, pec = block_form(packed, 0, 0, m, e), block_form(packed, 0, 0, m, c), block_form(packed, 0, 0, e, c)
    scale = 1.0 / (distance * distance)
    variance = pme * pme + pmm * pee + 2.0 * tangent * pmc * pec + 0.5 * tangent * tangent * pcc * pcc
    return -(pme + 0.5 * tangent * pcc) * scale, variance * scale * scale


@kernel(fused=True)
def absorb_angles(position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, x: Floats, packed: Floats) -> Pair:
    """Take in azimuth and elevation of detection `d`, as far as it has them; returns as update_extended."""
    q, x0, x1, x2 = rotation[sensor], x[0], x[1], x[2]
    dx, dy, dz = x0 - position[sensor, 0], x1 - position[sensor, 1], x2 - position[sensor, 2]
    east = q[0, 0] * dx + q[0, 1] * dy + q[0, 2] * dz
    north = q[1, 0] * dx + q[1, 1] * dy + q[1, 2] * dz
    up = q[2, 0] * dx + q[2, 1] * dy + q[2, 2] * dz
    ground2 = max(east * east + north * north, NEAREST)
    squared, sharpness = 0.0, 1.0
    if not math.isnan(measured[d, AZIMUTH]):
        squared, sharpness = absorb_azimuth(q, east, north, ground2, measured, d, x, packed)
    if math.isnan(measured[d, ELEVATION]):
        return squared, sharpness
    range2, ground = ground2 + up * up, math.sqrt(ground2)
    # the gradient: (local up - m sin) / (distance cos), m the unit vector to the target
    scale = 1.0 / ground
    tilt = up * scale / range2
    a, b, c = q[2, 0] * scale - dx * tilt, q[2, 1] * scale - dy * tilt, q[2, 2] * scale - dz * tilt
    sine, cosine, sigma = measured[d, SIN_ELEVATION], measured[d, COS_ELEVATION], measured[d, SIGMA + ELEVATION]
    innovation, variance = angle_between(sine * ground - cosine * up, cosine * ground + sine * up), sigma * sigma
    innovation -= a * (x[0] - x0) + b * (x[1] - x1) + c * (x[2] - x2)  # the azimuth has moved the state
    if (packed[0] + packed[2] + packed[5]) * (ground + abs(up)) > BENDS * sigma * range2 * ground:
        distance = math.sqrt(range2)
        m = (dx / distance, dy / distance, dz / distance)
        e = (a * distance, b * distance, c * distance)
        across = (m[1] * e[2] - m[2] * e[1], m[2] * e[0] - m[0] * e[2], m[0] * e[1] - m[1] * e[0])
        bias, more = elevation_bend(packed, m, across, e, distance, up * scale)
        innovation -= bias
        variance += more
    weight = absorb_position(x, packed, a, b, c, innovation, variance)
    return squared + innovation * innovation * weight, sharpness * weight


@kernel
def across_of(m: Three) -> tuple[Three, Three]:
    """Two unit vectors that complete the unit vector m to a right-handed frame."""
    # Duff et al. (2017), "Building an orthonormal basis, revisited"
    sign = math.copysign(1.0, m[2])
    a = -1.0 / (sign + m[2])
    b = m[0] * m[1] * a
    return (1.0 + sign * m[0] * m[0] * a, sign * b, -sign * m[0]), (b, sign + m[1] * m[1] * a, -m[1])


@kernel(fused=True)
def absorb_range(m: Three, distance: float, measured: Floats, d: int, x: Floats, packed: Floats) -> Pair:
    """Take in the range of detection `d`, x being `distance` (m) away from the sensor along m; returns as absorb_azimuth."""
    a, b, c = m
    innovation, sigma = measured[d, RANGE] - distance, measured[d, SIGMA + RANGE]
    variance = sigma * sigma
    if packed[0] + packed[2] + packed[5] > BENDS * sigma * distance:
        # the Hessian is (I - m m') / distance; source as in azimuth_bend
        u, v = across_of(m)
        puu, pvv, puv = block_form(packed, 0, 0, u, u), block_form(packed, 0, 0, v, v), block_form(packed, 0, 0, u, v)
        innovation -= 0.5 * (puu + pvv) / distance
        variance += 0.5 * (puu * puu + pvv * pvv + 2.0 * puv * puv) / (distance * distance)
    weight = absorb_position(x, packed, a, b, c, innovation, variance)
    return innovation * innovation * weight, weight


@kernel
def place_bend(packed: Floats, m: Three, u: Three, v: Three, tu: float, tv: float, rate: float) -> tuple[float, float]:
    """As range_rate_bend, of the position alone and times distance2 and distance4; the velocity across is tu u + tv v."""
    # Hessian: -(m t' + t m' + rate (I - m m')) / distance2; its product with the covariance in the frame m, u, v
    pmm, puu, pvv = block_form(packed, 0, 0, m, m), block_form(packed, 0, 0, u, u), block_form(packed, 0, 0, v, v)
    pmu, pmv, puv = block_form(packed, 0, 0, m, u), block_form(packed, 0, 0, m, v), block_form(packed, 0, 0, u, v)
    a00, a01, a02 = tu * pmu + tv * pmv, tu * puu + tv * puv, tu * puv + tv * pvv
    a10, a11, a12 = tu * pmm + rate * pmu, tu * pmu + rate * puu, tu * pmv + rate * puv
    a20, a21, a22 = tv * pmm + rate * pmv, tv * pmu + rate * puv, tv * pmv + rate * pvv
    square = a00 * a00 + a11 * a11 + a22 * a22 + 2.0 * (a01 * a10 + a02 * a20 + a12 * a21)
    return -0.5 * (a00 + a11 + a22), 0.5 * square


@kernel
def range_rate_bend(x: Floats, packed: Floats, m: Three, rate: float, scale: float) -> tuple[float, float]:
    """Bias (m/s) and variance (m2/s2) of the second-order part of a range rate toward m at distance 1 / `scale` (m)."""
    # source as in azimuth_bend; the Hessian between position and velocity is (I - m m') / distance
    u, v = across_of(m)
    tu, tv = x[3] * u[0] + x[4] * u[1] + x[5] * u[2], x[3] * v[0] + x[4] * v[1] + x[5] * v[2]
    puu, pvv, puv = block_form(packed, 0, 0, u, u), block_form(packed, 0, 0, v, v), block_form(packed, 0, 0, u, v)
    wuu, wvv, wuv = block_form(packed, 3, 3, u, u), block_form(packed, 3, 3, v, v), block_form(packed, 3, 3, u, v)
    buu, bvv = block_form(packed, 3, 0, u, u), block_form(packed, 3, 0, v, v)
    buv, bvu = block_form(packed, 3, 0, u, v), block_form(packed, 3, 0, v, u)
    bias, variance = place_bend(packed, m, u, v, tu, tv, rate)
    scale2 = scale * scale
    mixed = puu * wuu + pvv * wvv + 2.0 * puv * wuv + buu * buu + bvv * bvv + 2.0 * buv * bvu
    return (buu + bvv) * scale + bias * scale2, (mixed + variance * scale2) * scale2


@kernel(fused=True)
def absorb_range_rate(m: Three, distance: float, measured: Floats, d: int, x: Floats, packed: Floats, moved: Three) -> Pair:
    """Take in the range rate of detection `d`; `moved` (m) is what x has moved since it stood `distance` along m. As absorb_azimuth."""
    (a, b, c), scale = m, 1.0 / distance
    rate, sigma = a * x[3] + b * x[4] + c * x[5], measured[d, SIGMA + RANGE_RATE]
    pa, pb, pc = (x[3] - rate * a) * scale, (x[4] - rate * b) * scale, (x[5] - rate * c) * scale
    innovation = measured[d, RANGE_RATE] - rate - (pa * moved[0] + pb * moved[1] + pc * moved[2])
    variance = sigma * sigma
    places, speeds = packed[0] + packed[2] + packed[5], packed[9] + packed[14] + packed[20]
    if places * (speeds + rate * rate * places * scale * scale) * scale * scale > BENDS * BENDS * variance:
        bias, more = range_rate_bend(x, packed, m, rate, scale)
        innovation -= bias
        variance += more
    weight = absorb(x, packed, pa, pb, pc, a, b, c, innovation, variance)
    return innovation * innovation * weight, weight


@kernel(fused=True)
def sight(position: Floats, sensor: int, x: Floats) -> tuple[Three, float]:
    """The unit vector (theatre) from a sensor to a state's position, and the distance (m)."""
    dx, dy, dz = x[0] - position[sensor, 0], x[1] - position[sensor, 1], x[2] - position[sensor, 2]
    distance = math.sqrt(max(dx * dx + dy * dy + dz * dz, NEAREST))
    scale = 1.0 / distance
    return (dx * scale, dy * scale, dz * scale), distance


@kernel
def update_extended(position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, x: Floats, packed: Floats) -> Pair:
    """Update x (size,) and its covariance in place by what detection `d` has of azimuth, elevation, range and range rate.

    Returns the sum of the normalised innovations squared, and 1 over the product of their variances.
    """
    squared, sharpness = absorb_angles(position, rotation, sensor, measured, d, x, packed)
    m, distance = sight(position, sensor, x)
    x0, x1, x2 = x[0], x[1], x[2]
    if not math.isnan(measured[d, RANGE]):
        part, weight = absorb_range(m, distance, measured, d, x, packed)
        squared += part
        sharpness *= weight
    if not math.isnan(measured[d, RANGE_RATE]):
        part, weight = absorb_range_rate(m, distance, measured, d, x, packed, (x[0] - x0, x[1] - x1, x[2] - x2))
        squared += part
        sharpness *= weight
    return squared, sharpness
