"""The update by a reported position, with its covariance, and a velocity where one is reported: linear, so the filter is Kalman's."""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import absorb_correlated, entry
from dowding.tracking.measurement import POSITION, POSITION_NOISE, SIGMA_VELOCITY, VELOCITY
from dowding.tracking.picture import Floats


@kernel
def update_position(measured: Floats, d: int, x: Floats, packed: Floats, full: Floats) -> tuple[float, float]:
    """Update x (size,) and its covariance in place by the position that detection `d` reports; full (4, size, size) is scratch.

    Returns the normalised innovation squared and the determinant of the inverse of the innovation's covariance.
    """
    count = 3 if math.isnan(measured[d, VELOCITY]) else 6
    rows, noise, innovation = full[0], full[1], full[2, 0]
    for i in range(count):
        for j in range(6):
            rows[i, j] = 1.0 if i == j else 0.0
        for j in range(i):
            noise[i, j] = measured[d, POSITION_NOISE + entry(i, j)] if i < 3 else 0.0
        if i < 3:
            innovation[i] = measured[d, POSITION + i] - x[i]
            noise[i, i] = measured[d, POSITION_NOISE + entry(i, i)]
        else:
            innovation[i] = measured[d, VELOCITY + i - 3] - x[i]
            noise[i, i] = measured[d, SIGMA_VELOCITY] ** 2
    return absorb_correlated(x, packed, count, rows, innovation, noise)
