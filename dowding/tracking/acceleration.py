"""Acceleration in the state, entries 7 to 9: nearly constant (white jerk), or Singer's, which fades with a time constant.

Both treat the three axes alike, so that the transition matrix has three coefficients and the noise six.
"""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import Six, Three

SMALL = 0.3  # time constants, below which the closed forms lose digits to cancellation
TERMS = 14  # of the series then: short of 1e-16


def noise_series() -> tuple[Six, ...]:
    """Coefficients of h^k in the six integrals of acceleration_noise over their powers of dt."""
    # at time t after the jerk the acceleration is e = sum (-a t)^n / n!, velocity and position its first and second integrals f and g;
    # the noise is the integral over t of the products of two of them
    table = []
    for k in range(TERMS):
        sums = [0.0] * 6
        for n in range(k + 1):
            m = k - n
            scale = (-1.0) ** k / (math.factorial(n) * math.factorial(m))
            f, g = 1.0 / (n + 1), 1.0 / ((n + 1) * (n + 2))
            u, w = 1.0 / (m + 1), 1.0 / ((m + 1) * (m + 2))
            for row, (product, rise) in enumerate(((g * w, 5), (f * w, 4), (f * u, 3), (w, 3), (u, 2), (1.0, 1))):
                sums[row] += scale * product / (k + rise)
        table.append((sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]))
    return tuple(table)


SERIES = noise_series()


@kernel
def acceleration_transition(dt: float, fading: float) -> Three:
    """What acceleration adds to position (s2), to velocity (s) and to itself after `dt` seconds; `fading` 1/s, 0 for none."""
    # Singer (1970), "Estimating optimal tracking filter performance for manned maneuvering targets", eq 9
    h = fading * dt
    if abs(h) > SMALL:
        left = math.exp(-h)
        return (h - 1.0 + left) / (fading * fading), (1.0 - left) / fading, left
    place, speed, term = 0.5, 1.0, 1.0
    for n in range(1, TERMS):
        term *= -h / n  # (-h)^n / n!
        speed += term / (n + 1.0)
        place += term / ((n + 1.0) * (n + 2.0))
    return place * dt * dt, speed * dt, math.exp(-h)


@kernel
def acceleration_noise(dt: float, fading: float) -> Six:
    """Noise over `dt` seconds of white jerk of density 1 in an axis: pp, vp, vv, ap, av, aa.

    Singer's acceleration of variance sigma2 has the density 2 fading sigma2.
    """
    # Singer (1970), appendix I, divided by 2 fading sigma2; without fading Bar-Shalom, Li and Kirubarajan (2001), eq 6.2.3-7
    h = fading * dt
    if h > SMALL:
        e, a = math.exp(-h), fading
        pp = (1.0 - e * e + 2.0 * h + 2.0 * h * h * h / 3.0 - 2.0 * h * h - 4.0 * h * e) / (2.0 * a**5)
        vp = (e * e + 1.0 - 2.0 * e + 2.0 * h * e - 2.0 * h + h * h) / (2.0 * a**4)
        ap = (1.0 - e * e - 2.0 * h * e) / (2.0 * a**3)
        vv = (4.0 * e - 3.0 - e * e + 2.0 * h) / (2.0 * a**3)
        return pp, vp, vv, ap, (e * e + 1.0 - 2.0 * e) / (2.0 * a * a), (1.0 - e * e) / (2.0 * a)
    pp, vp, vv, ap, av, aa, power = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0
    for k in range(TERMS if h > 0.0 else 1):
        pp += SERIES[k][0] * power
        vp += SERIES[k][1] * power
        vv += SERIES[k][2] * power
        ap += SERIES[k][3] * power
        av += SERIES[k][4] * power
        aa += SERIES[k][5] * power
        power *= h
    dt2 = dt * dt
    return pp * dt2 * dt2 * dt, vp * dt2 * dt2, vv * dt2 * dt, ap * dt2 * dt, av * dt2, aa * dt
