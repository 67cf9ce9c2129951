"""Where a target was at any time, from the table of truth."""

import numpy as np
from numpy.typing import NDArray

from dowding.tables import Columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POSITION = ("east_m", "north_m", "up_m")
VELOCITY = ("velocity_east_mps", "velocity_north_mps", "velocity_up_mps")


def stacked(columns: Columns, names: tuple[str, ...]) -> Floats:
    """The named columns side by side, (row, name)."""
    return np.column_stack([np.asarray(columns[name], np.float64) for name in names])


def sampling_interval(truth: Columns) -> float:
    """Median time between two rows of one target, s; 0 if no target has two."""
    order = np.lexsort((truth["time_s"], truth["target"]))
    return _median_step(truth["target"][order], truth["time_s"][order])


def _median_step(of: Ints, times: Floats) -> float:
    steps = np.diff(times)[np.diff(of) == 0]
    return float(np.median(steps)) if len(steps) else 0.0


def interpolate(truth: Columns, target: Ints, time_s: Floats) -> tuple[Floats, Floats]:
    """Position (row, 3) m and velocity (row, 3) m/s of `target` (row,) at `time_s` (row,), theatre frame.

    Between two rows of truth it is the cubic that has their positions and velocities (Hermite). Up to one sampling interval outside
    a target's rows (it enters or dies between two) it goes on straight; farther outside, or for target -1, it is NaN.
    """
    wanted, when = np.asarray(target, np.int64), np.asarray(time_s, np.float64)
    position, velocity = np.full((len(wanted), 3), np.nan), np.full((len(wanted), 3), np.nan)
    if not len(truth["time_s"]) or not len(wanted):
        return position, velocity
    order = np.lexsort((truth["time_s"], truth["target"]))
    of, times = truth["target"][order], truth["time_s"][order]
    before = _last_row_before(of, times, wanted, when)
    known = (before >= 0) & np.isfinite(when)
    row = np.where(known, before, 0)
    after = np.minimum(row + 1, len(of) - 1)
    step = np.where(of[after] == of[row], times[after] - times[row], 0.0)
    ahead = when - times[row]
    interval = _median_step(of, times)
    known &= (ahead >= -interval) & ((step > 0) | (ahead <= interval))
    straight = (step <= 0) | (ahead < 0)
    fraction = np.where(straight, 0.0, ahead / np.where(step > 0, step, 1.0))[:, None]
    x, v = stacked(truth, POSITION), stacked(truth, VELOCITY)
    x0, x1, v0, v1 = x[order[row]], x[order[after]], v[order[row]], v[order[after]]
    at, speed = _hermite(x0, x1, v0, v1, step[:, None], fraction)
    at = np.where(straight[:, None], x0 + v0 * ahead[:, None], at)
    speed = np.where(straight[:, None], v0, speed)
    position[known], velocity[known] = at[known], speed[known]
    return position, velocity


def _last_row_before(of: Ints, times: Floats, wanted: Ints, when: Floats) -> Ints:
    """For each wanted (target, time) its target's last row at or before that time, else its first row; -1 if it has none."""
    first, end = np.searchsorted(of, wanted, "left"), np.searchsorted(of, wanted, "right")
    start = times.min() if len(times) else 0.0
    span = (times.max() - start) + 1.0
    key = of * span + (times - start)
    inside = np.clip(np.nan_to_num(when - start), -0.25, span - 0.5)
    row = np.searchsorted(key, wanted * span + inside, "right") - 1
    return np.asarray(np.where(end > first, np.clip(row, first, np.maximum(end - 1, first)), -1), np.int64)


def _hermite(x0: Floats, x1: Floats, v0: Floats, v1: Floats, step: Floats, s: Floats) -> tuple[Floats, Floats]:
    """Cubic Hermite interpolation (e.g. Burden & Faires 2011, Numerical Analysis, sec. 3.4) at fraction s of the step, and its slope."""
    position = (2 * s**3 - 3 * s**2 + 1) * x0 + (s**3 - 2 * s**2 + s) * step * v0 + (3 * s**2 - 2 * s**3) * x1 + (s**3 - s**2) * step * v1
    length = np.where(step > 0, step, 1.0)
    slope = (6 * s**2 - 6 * s) * (x0 - x1) / length + (3 * s**2 - 4 * s + 1) * v0 + (3 * s**2 - 2 * s) * v1
    return position, slope
