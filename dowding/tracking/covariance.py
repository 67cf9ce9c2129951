"""Symmetric matrices as their lower triangle, row by row: entry (i, j) with j <= i stands at i (i + 1) / 2 + j, whatever the size.

So the first 21 entries of a larger state's covariance are those of position and velocity alone, and symmetry cannot be lost.
"""

from dowding._jit import kernel
from dowding.tracking.picture import Floats


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
def position_variance(packed: Floats) -> float:
    """Trace of the position's covariance (m2)."""
    return float(packed[0] + packed[2] + packed[5])


@kernel
def velocity_variance(packed: Floats) -> float:
    """Trace of the velocity's covariance (m2/s2)."""
    return float(packed[9] + packed[14] + packed[20])


@kernel
def position_form(packed: Floats, row: Floats) -> float:
    """row P row' over the position's three components."""
    a, b, c = row[0], row[1], row[2]
    return float(
        a * a * packed[0] + b * b * packed[2] + c * c * packed[5] + 2.0 * (a * b * packed[1] + a * c * packed[3] + b * c * packed[4])
    )
