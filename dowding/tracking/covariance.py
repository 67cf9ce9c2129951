"""Symmetric matrices as their lower triangle, row by row: entry (i, j) with j <= i stands at i (i + 1) / 2 + j, whatever the size.

So the first 21 entries of a larger state's covariance are those of position and velocity alone, and symmetry cannot be lost.
"""

from dowding._jit import kernel
from dowding.tracking.picture import Floats

Three = tuple[float, float, float]
Six = tuple[float, float, float, float, float, float]
Nine = tuple[float, float, float, float, float, float, float, float, float]

LOOSE = 1e-13  # of a variance, more than some dozen operations round away
SHARPEST = 1e-13  # of a variance: what double precision can still tell apart inside a covariance


@kernel
def entry(i: int, j: int) -> int:
    """Where entry (i, j) stands, in either order."""
    return i * (i + 1) // 2 + j if i >= j else j * (j + 1) // 2 + i


@kernel
def unpack(packed: Floats, size: int, full_out: Floats) -> None:
    """The lower triangle as a square matrix, into full_out[:size, :size]."""
    k = 0
    for i in range(size):
        for j in range(i + 1):
            full_out[i, j] = packed[k]
            full_out[j, i] = packed[k]
            k += 1


@kernel
def pack(full: Floats, size: int, packed_out: Floats) -> None:
    """The lower triangle of full[:size, :size], each entry the mean of the two that ought to be equal."""
    k = 0
    for i in range(size):
        for j in range(i + 1):
            packed_out[k] = 0.5 * (full[i, j] + full[j, i])
            k += 1


@kernel
def loosen(packed: Floats, size: int) -> None:
    """Widen every variance by what rounding may have lost, so that a covariance that is used for long stays positive definite."""
    k = 0
    for i in range(size):
        packed[k] *= 1.0 + LOOSE
        k += i + 2


@kernel
def position_variance(packed: Floats) -> float:
    """Trace of the position's covariance (m2)."""
    return float(packed[0] + packed[2] + packed[5])


@kernel
def velocity_variance(packed: Floats) -> float:
    """Trace of the velocity's covariance (m2/s2)."""
    return float(packed[9] + packed[14] + packed[20])


@kernel
def position_form(packed: Floats, row: Three) -> float:
    """row P row' over the position's three components."""
    a, b, c = row[0], row[1], row[2]
    return float(
        a * a * packed[0] + b * b * packed[2] + c * c * packed[5] + 2.0 * (a * b * packed[1] + a * c * packed[3] + b * c * packed[4])
    )


@kernel(fused=True)
def absorb_position(x: Floats, packed: Floats, a: float, b: float, c: float, innovation: float, variance: float) -> float:
    """Kalman update of x (size,) and packed in place by one scalar whose derivative with the position is (a, b, c), with no other.

    Returns the inverse of the innovation's variance. A measurement sharper than the covariance's rounding counts as that sharp.
    """
    p = packed
    w0 = p[0] * a + p[1] * b + p[3] * c
    w1 = p[1] * a + p[2] * b + p[4] * c
    w2 = p[3] * a + p[4] * b + p[5] * c
    w3 = p[6] * a + p[7] * b + p[8] * c
    w4 = p[10] * a + p[11] * b + p[12] * c
    w5 = p[15] * a + p[16] * b + p[17] * c
    w6, w7, w8 = 0.0, 0.0, 0.0
    if x.shape[0] > 6:
        w6 = p[21] * a + p[22] * b + p[23] * c
        if x.shape[0] > 7:
            w7 = p[28] * a + p[29] * b + p[30] * c
            w8 = p[36] * a + p[37] * b + p[38] * c
    noise = max(variance, SHARPEST * (a * a * p[0] + b * b * p[2] + c * c * p[5]))
    spread = a * w0 + b * w1 + c * w2 + noise
    return gain_step(x, p, (w0, w1, w2, w3, w4, w5, w6, w7, w8), spread, innovation)


@kernel(fused=True)
def times(packed: Floats, a: float, b: float, c: float, d: float, e: float, f: float) -> Six:
    """A packed covariance's first six rows and columns times the vector (a, b, c, d, e, f) of position and velocity."""
    p = packed
    w0 = p[0] * a + p[1] * b + p[3] * c + p[6] * d + p[10] * e + p[15] * f
    w1 = p[1] * a + p[2] * b + p[4] * c + p[7] * d + p[11] * e + p[16] * f
    w2 = p[3] * a + p[4] * b + p[5] * c + p[8] * d + p[12] * e + p[17] * f
    w3 = p[6] * a + p[7] * b + p[8] * c + p[9] * d + p[13] * e + p[18] * f
    w4 = p[10] * a + p[11] * b + p[12] * c + p[13] * d + p[14] * e + p[19] * f
    w5 = p[15] * a + p[16] * b + p[17] * c + p[18] * d + p[19] * e + p[20] * f
    return w0, w1, w2, w3, w4, w5


@kernel(fused=True)
def absorb(
    x: Floats, packed: Floats, a: float, b: float, c: float, d: float, e: float, f: float, innovation: float, variance: float
) -> float:
    """As absorb_position, for a scalar whose derivative with position and velocity is (a, b, c, d, e, f)."""
    p = packed
    w0, w1, w2, w3, w4, w5 = times(p, a, b, c, d, e, f)
    w6, w7, w8 = 0.0, 0.0, 0.0
    if x.shape[0] > 6:
        w6 = p[21] * a + p[22] * b + p[23] * c + p[24] * d + p[25] * e + p[26] * f
        if x.shape[0] > 7:
            w7 = p[28] * a + p[29] * b + p[30] * c + p[31] * d + p[32] * e + p[33] * f
            w8 = p[36] * a + p[37] * b + p[38] * c + p[39] * d + p[40] * e + p[41] * f
    width = a * a * p[0] + b * b * p[2] + c * c * p[5] + d * d * p[9] + e * e * p[14] + f * f * p[20]
    spread = a * w0 + b * w1 + c * w2 + d * w3 + e * w4 + f * w5 + max(variance, SHARPEST * width)
    return gain_step(x, p, (w0, w1, w2, w3, w4, w5, w6, w7, w8), spread, innovation)


@kernel(fused=True)
def gain_step(x: Floats, packed: Floats, w: Nine, spread: float, innovation: float) -> float:
    """x + k v and (I - k h') P (I - k h')' + k r k' in place, for P h = w, h' P h + r = spread and the gain k = w / spread.

    Multiplied out that is P - k w' - (w - k spread) k': the bracket is what rounding left of 0, and makes the form Joseph's.
    Returns 1 / spread.
    """
    # Bucy and Joseph (1968), "Filtering for stochastic processes with applications to guidance", p 141
    if not spread > 0.0:
        return 0.0
    p, weight = packed, 1.0 / spread
    k0, k1, k2, k3, k4, k5 = w[0] * weight, w[1] * weight, w[2] * weight, w[3] * weight, w[4] * weight, w[5] * weight
    r0, r1, r2 = w[0] - k0 * spread, w[1] - k1 * spread, w[2] - k2 * spread
    r3, r4, r5 = w[3] - k3 * spread, w[4] - k4 * spread, w[5] - k5 * spread
    x[0] += k0 * innovation
    x[1] += k1 * innovation
    x[2] += k2 * innovation
    x[3] += k3 * innovation
    x[4] += k4 * innovation
    x[5] += k5 * innovation
    p[0] = p[0] - k0 * w[0] - r0 * k0
    p[1] = p[1] - k1 * w[0] - r1 * k0
    p[2] = p[2] - k1 * w[1] - r1 * k1
    p[3] = p[3] - k2 * w[0] - r2 * k0
    p[4] = p[4] - k2 * w[1] - r2 * k1
    p[5] = p[5] - k2 * w[2] - r2 * k2
    p[6] = p[6] - k3 * w[0] - r3 * k0
    p[7] = p[7] - k3 * w[1] - r3 * k1
    p[8] = p[8] - k3 * w[2] - r3 * k2
    p[9] = p[9] - k3 * w[3] - r3 * k3
    p[10] = p[10] - k4 * w[0] - r4 * k0
    p[11] = p[11] - k4 * w[1] - r4 * k1
    p[12] = p[12] - k4 * w[2] - r4 * k2
    p[13] = p[13] - k4 * w[3] - r4 * k3
    p[14] = p[14] - k4 * w[4] - r4 * k4
    p[15] = p[15] - k5 * w[0] - r5 * k0
    p[16] = p[16] - k5 * w[1] - r5 * k1
    p[17] = p[17] - k5 * w[2] - r5 * k2
    p[18] = p[18] - k5 * w[3] - r5 * k3
    p[19] = p[19] - k5 * w[4] - r5 * k4
    p[20] = p[20] - k5 * w[5] - r5 * k5
    k = 21
    for i in range(6, x.shape[0]):
        gain = w[i] * weight
        rest = w[i] - gain * spread
        x[i] += gain * innovation
        for j in range(i + 1):
            p[k] -= gain * w[j] + rest * w[j] * weight
            k += 1
    return weight


@kernel(fused=True)
def add_weighted(total: Floats, weight: float, packed: Floats, d: Six) -> None:
    """Add weight (P + d d') of position and velocity to `total` (packed,) in place."""
    t, p = total, packed
    d0, d1, d2, d3, d4, d5 = d
    e0, e1, e2, e3, e4, e5 = weight * d0, weight * d1, weight * d2, weight * d3, weight * d4, weight * d5
    t[0] = t[0] + weight * p[0] + e0 * d0
    t[1] = t[1] + weight * p[1] + e1 * d0
    t[2] = t[2] + weight * p[2] + e1 * d1
    t[3] = t[3] + weight * p[3] + e2 * d0
    t[4] = t[4] + weight * p[4] + e2 * d1
    t[5] = t[5] + weight * p[5] + e2 * d2
    t[6] = t[6] + weight * p[6] + e3 * d0
    t[7] = t[7] + weight * p[7] + e3 * d1
    t[8] = t[8] + weight * p[8] + e3 * d2
    t[9] = t[9] + weight * p[9] + e3 * d3
    t[10] = t[10] + weight * p[10] + e4 * d0
    t[11] = t[11] + weight * p[11] + e4 * d1
    t[12] = t[12] + weight * p[12] + e4 * d2
    t[13] = t[13] + weight * p[13] + e4 * d3
    t[14] = t[14] + weight * p[14] + e4 * d4
    t[15] = t[15] + weight * p[15] + e5 * d0
    t[16] = t[16] + weight * p[16] + e5 * d1
    t[17] = t[17] + weight * p[17] + e5 * d2
    t[18] = t[18] + weight * p[18] + e5 * d3
    t[19] = t[19] + weight * p[19] + e5 * d4
    t[20] = t[20] + weight * p[20] + e5 * d5


@kernel
def block_form(packed: Floats, i: int, j: int, u: Three, v: Three) -> float:
    """u' B v for the 3 by 3 block B of rows from i and columns from j: 0 position, 3 velocity."""
    total = 0.0
    for a in range(3):
        for b in range(3):
            total += u[a] * packed[entry(i + a, j + b)] * v[b]
    return float(total)


@kernel
def absorb_correlated(x: Floats, packed: Floats, count: int, rows: Floats, innovation: Floats, noise: Floats) -> tuple[float, float]:
    """Kalman update of x (size,) and packed in place by `count` scalars with correlated errors, all linear about the same x.

    rows (count, 6) are their derivatives, innovation (count,), noise (count, count) the covariance of the errors; all three are
    destroyed. Returns the normalised innovation squared and the determinant of the inverse of its covariance.
    """
    # noise = L D L' with unit diagonal: L^-1 times the scalars have independent errors D
    for j in range(count):
        pivot = noise[j, j]
        for i in range(j + 1, count):
            factor = noise[i, j] / pivot
            innovation[i] -= factor * innovation[j]
            for k in range(6):
                rows[i, k] -= factor * rows[j, k]
            for k in range(j + 1, i + 1):
                noise[i, k] -= factor * noise[k, j]
    squared, sharpness = 0.0, 1.0
    x0, x1, x2, x3, x4, x5 = x[0], x[1], x[2], x[3], x[4], x[5]
    for j in range(count):
        h = rows[j]
        moved = h[0] * (x[0] - x0) + h[1] * (x[1] - x1) + h[2] * (x[2] - x2)
        moved += h[3] * (x[3] - x3) + h[4] * (x[4] - x4) + h[5] * (x[5] - x5)
        rest = innovation[j] - moved
        weight = absorb(x, packed, h[0], h[1], h[2], h[3], h[4], h[5], rest, noise[j, j])
        squared += rest * rest * weight
        sharpness *= weight
    return squared, sharpness
