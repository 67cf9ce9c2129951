"""When a body is where along its track: speeds held on legs, uniform acceleration between them, wanted times honoured."""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import DowdingError

Array = NDArray[np.float64]

_ROUNDS = 400
_TIME_TOLERANCE = 1e-3  # s, of a wanted time


class Schedule(NamedTuple):
    """Distance by time, with uniform acceleration between rows."""

    time: Array  # (row,) s, rising
    distance: Array  # (row,) m along the track, rising
    speed: Array  # (row,) m/s

    def at(self, times: Array) -> tuple[Array, Array]:
        """Distance (m) and speed (m/s) at times (n,) s, those outside held to the ends."""
        row = np.clip(np.searchsorted(self.time, times, side="right") - 1, 0, self.time.size - 2)
        t = np.clip(times, self.time[0], self.time[-1]) - self.time[row]
        acceleration = (np.diff(self.speed) / np.diff(self.time))[row]
        return self.distance[row] + t * (self.speed[row] + 0.5 * acceleration * t), self.speed[row] + acceleration * t

    def when(self, distances: Array) -> Array:
        """Times (s) at which distances (n,) m are passed, those outside held to the ends."""
        row = np.clip(np.searchsorted(self.distance, distances, side="right") - 1, 0, self.time.size - 2)
        into = np.clip(distances, self.distance[0], self.distance[-1]) - self.distance[row]
        start = self.speed[row]
        squared = start**2 + (np.diff(self.speed**2) / np.diff(self.distance))[row] * into
        return self.time[row] + 2.0 * into / (start + np.sqrt(np.maximum(squared, 0.0)))


def _schedule(distance: Array, speeds: Array, start: float, acceleration: float) -> Schedule:
    """The schedule with the given speed on each leg, changing symmetrically about the waypoints at `distance` (waypoint,) m."""
    gap = np.diff(distance)
    rows = [(0.0, speeds[0])]
    for row in range(1, distance.size - 1):
        before, after = speeds[row - 1], speeds[row]
        # v1^2 - v0^2 = 2 a s; a change that does not fit is made faster
        half = min(abs(after**2 - before**2) / (4.0 * acceleration), 0.5 * gap[row - 1], 0.5 * gap[row])
        for place, speed in ((distance[row] - half, before), (distance[row] + half, after)):
            if place - rows[-1][0] > 1e-6:
                rows.append((place, speed))
    if distance[-1] - rows[-1][0] > 1e-6:
        rows.append((distance[-1], speeds[-1]))
    places, speed = np.array(rows).T
    step = 2.0 * np.diff(places) / (speed[:-1] + speed[1:])
    return Schedule(start + np.concatenate([[0.0], np.cumsum(step)]), places, speed)


def fitted_schedule(distance: Array, speeds: Array, times: Array, start: float, acceleration: float, name: str) -> tuple[Schedule, Array]:
    """The schedule and leg speeds that pass waypoints at their wanted times, nan for free; `speeds` give the proportions.

    `distance`, `times` (waypoint,) m, s; `speeds` (leg,) m/s; `acceleration` m/s2. Raises DowdingError, opening with `name`.
    """
    fixed = np.flatnonzero(np.isfinite(times))
    speeds = speeds.copy()
    schedule = _schedule(distance, speeds, start, acceleration)
    worst = 0.0
    for _ in range(_ROUNDS):
        passed = schedule.when(distance)
        worst = max((abs(passed[row] - times[row]) for row in fixed), default=0.0)
        if worst < 1e-9:
            break
        for first, last in pairwise(fixed):
            speeds[first:last] *= (passed[last] - passed[first]) / (times[last] - times[first])
        if not np.all(np.isfinite(speeds)) or speeds.min() <= 0.0:
            worst = math.inf
            break
        schedule = _schedule(distance, speeds, start, acceleration)
    if worst > _TIME_TOLERANCE:
        raise DowdingError(
            f"{name}: the times of the waypoints ({times[fixed].tolist()} s) "
            f"cannot all be met with changes of speed of {acceleration:g} m/s2",
            hint="leave some of the times out or move them",
        )
    return schedule, speeds
