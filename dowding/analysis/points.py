"""Truth and picture as points at the same instants: what every measure of a whole picture compares.

A picture between two updates is what a reader of it would see: each confirmed track's last estimate, carried on. From plain arrays as well
as from tables, so that any tracker's output can be measured.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.truth import POSITION, VELOCITY, Floats, Ints, interpolate, sampling_interval, stacked
from dowding.tables import Columns

EARTH_GRAVITY = 3.986004418e14  # m3/s2, geocentric gravitational constant, WGS-84 (NIMA TR8350.2, third edition, table 3.1)
EARTH_RADIUS = 6_371_008.8  # m, mean


class Points(NamedTuple):
    """Where some things were at some instants, rows in order of `step`."""

    step: Ints  # (point,) number of the instant, from 0
    who: Ints  # (point,) target row or track number
    position: Floats  # (point, axis) m, theatre
    velocity: Floats  # (point, axis) m/s, NaN where not known

    def flat(self) -> "Points":
        """The same without height: for pictures whose sensors don't measure it."""
        return self._replace(position=self.position[:, :2], velocity=self.velocity[:, :2])

    def chosen(self, rows: NDArray[Any]) -> "Points":
        """Only some rows, by mask or by numbers in ascending order."""
        return Points(*(values[rows] for values in self))


def dense_points(states: Floats) -> Points:
    """Points from states (step, thing, 3 or 6), NaN where a thing is absent; the first three are position, the next velocity."""
    step, who = np.nonzero(np.isfinite(states[:, :, 0]))
    found = np.asarray(states[step, who], np.float64)
    velocity = found[:, 3:6] if found.shape[1] >= 6 else np.full((len(found), 3), np.nan)
    return Points(step.astype(np.int64), who.astype(np.int64), np.ascontiguousarray(found[:, :3]), velocity)


def listed_points(pictures: Sequence[tuple[Sequence[int], Any]]) -> Points:
    """Points from one (numbers, states (track, 3 or 6)) for each instant."""
    counts = [len(numbers) for numbers, _ in pictures]
    width = max((np.shape(states)[1] for numbers, states in pictures if len(numbers)), default=3)
    found = np.concatenate([np.zeros((0, width)), *[np.reshape(states, (-1, width)) for _, states in pictures]])
    who = np.concatenate([np.zeros(0, np.int64), *[np.asarray(numbers, np.int64) for numbers, _ in pictures]])
    velocity = found[:, 3:6] if width >= 6 else np.full((len(found), 3), np.nan)
    return Points(np.repeat(np.arange(len(counts)), counts), who, np.ascontiguousarray(found[:, :3]), velocity)


def instants(truth: Columns, step_s: float = 0.0) -> Floats:
    """Evenly spaced times (s) from truth's first to its last, `step_s` apart or, if that is 0, as far as truth's own rows."""
    if not len(truth["time_s"]):
        return np.empty(0)
    first, last = float(truth["time_s"].min()), float(truth["time_s"].max())
    step = step_s or sampling_interval(truth) or 1.0
    return np.asarray(first + step * np.arange(int(np.floor((last - first) / step + 1e-9)) + 1), np.float64)


def truth_points(truth: Columns, times: Floats) -> Points:
    """Every target at each of `times` (s, ascending) between its first and its last row of truth."""
    target, first, last = lives(truth["target"], truth["time_s"])
    step, row = _between(times, first, last)
    position, velocity = interpolate(truth, target[row], times[step])
    return _in_order(step, target[row], position, velocity)


def track_points(tracks: Columns, times: Floats, ended: dict[int, float] | None = None, hold_s: float = 0.0) -> Points:
    """Every confirmed track at each of `times` (s, ascending), carried on from its last confirmed update.

    A track stands from its first confirmed update to `ended[number]` (s), or `hold_s` after the last update where that does not say. It
    goes on straight; as far as its update was in free fall (probability_ballistic), gravity bends it.
    """
    rows = np.flatnonzero(np.asarray(tracks["confirmed"], np.bool_))
    order = rows[np.lexsort((tracks["time_s"][rows], tracks["track"][rows]))]
    number, time = np.asarray(tracks["track"], np.int64)[order], np.asarray(tracks["time_s"], np.float64)[order]
    track, first, last = lives(number, time)
    end = last + hold_s
    if ended:
        end = np.array([ended.get(int(n), e) for n, e in zip(track, end, strict=True)], np.float64)
    step, row = _between(times, first, np.maximum(end, last))
    begin = np.searchsorted(number, track)
    # one sorted list of (track, time) for all: the last update at or before each instant
    span = (max(float(time.max(initial=0.0)), float(times.max(initial=0.0))) - min(float(time.min(initial=0.0)), 0.0)) + 1.0
    at = np.searchsorted(begin.repeat(np.diff(np.append(begin, len(number)))) * span + time, begin[row] * span + times[step], "right") - 1
    update = order[np.maximum(at, begin[row])]
    position, velocity = carried(tracks, update, times[step])
    return _in_order(step, track[row], position, velocity)


def carried(tracks: Columns, row: Ints, when: Floats) -> tuple[Floats, Floats]:
    """Position (n, 3) m and velocity (n, 3) m/s that rows (n,) of table `tracks` predict for `when` (n,) s."""
    ahead = (when - tracks["time_s"][row])[:, None]
    position, velocity = (stacked({name: tracks[name][row] for name in names}, names) for names in (POSITION, VELOCITY))
    from_centre = position + np.array([0.0, 0.0, EARTH_RADIUS])
    distance = np.sqrt((from_centre**2).sum(axis=1))[:, None]
    falling = np.nan_to_num(np.asarray(tracks["probability_ballistic"], np.float64)[row])[:, None]
    pull = -falling * EARTH_GRAVITY * from_centre / distance**3
    # a track without a velocity stays where it was
    return position + np.nan_to_num(velocity) * ahead + 0.5 * pull * ahead**2, velocity + pull * ahead


def lives(who: Ints, time_s: Floats) -> tuple[Ints, Floats, Floats]:
    """Each thing in ascending order, with its first and its last time."""
    name, slot = np.unique(np.asarray(who, np.int64), return_inverse=True)
    first, last = np.full(len(name), np.inf), np.full(len(name), -np.inf)
    np.minimum.at(first, slot, time_s)
    np.maximum.at(last, slot, time_s)
    return name, first, last


def _between(times: Floats, first: Floats, last: Floats) -> tuple[Ints, Ints]:
    """Every pair (instant, thing) with first <= time <= last."""
    slack = 1e-9 * (1.0 + np.abs(times).max(initial=0.0))  # times of one clock that went different ways
    begin, end = np.searchsorted(times, first - slack, "left"), np.searchsorted(times, last + slack, "right")
    count = np.maximum(end - begin, 0)
    row = np.repeat(np.arange(len(first)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin, count)
    return step.astype(np.int64), row


def _in_order(step: Ints, who: Ints, position: Floats, velocity: Floats) -> Points:
    order = np.lexsort((who, step))
    order = order[np.isfinite(position[order]).all(axis=1)]
    return Points(step[order], who[order], position[order], velocity[order])
