"""Tracks as they look afterwards: each estimate improved by what came after it, by all of it or by that of the next seconds.

It works on the rows of `replay.track_detections`: the filter's own estimates, backwards, without the detections.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.tracking.motion_models import BALLISTIC, BALLISTIC_DRAG
from dowding.tracking.picture import Floats, TrackerConfig

FALLING = 0.1  # probability of free fall above which a step is left as filtered: its path is no straight line
LOOSE = 1e-12  # of a variance, so that a covariance just above singular can be inverted


def smooth_tracks(rows: Mapping[str, NDArray[Any]], config: TrackerConfig, lag_s: float = math.inf) -> dict[str, NDArray[Any]]:
    """The rows of `track_detections` with `state` and `covariance` given what the track had up to `lag_s` seconds later.

    Between two updates a target counts as flying straight with white acceleration, as strong as the models that the later update
    believes in; stretches of free fall stay as filtered. Exact for one model of constant velocity. Raises ValueError.
    """
    if not lag_s >= 0.0:
        raise ValueError(f"lag_s is {lag_s}, allowed is 0 or more seconds")
    count = len(rows["track"])
    if count == 0:
        return dict(rows)
    order = np.lexsort((np.arange(count), rows["time_s"], rows["track"]))
    track, time, mode = rows["track"][order], rows["time_s"][order], rows["mode"].reshape(count, -1)[order]
    state, covariance = rows["state"].reshape(count, 6)[order], rows["covariance"].reshape(count, 6, 6)[order]
    followed = np.r_[track[1:] == track[:-1], False]
    dt = np.where(followed, np.r_[time[1:] - time[:-1], 0.0], 0.0)
    noise = process_noise(config, state, covariance, np.roll(mode, -1, axis=0), dt)
    falling = np.isin(config.model["kind"], (BALLISTIC, BALLISTIC_DRAG))
    fall = mode[:, falling].sum(1)
    straight = followed & (np.maximum(fall, np.roll(fall, -1)) <= FALLING)
    ahead, spread, gain = gains(state, covariance, noise, dt, straight)
    last = np.searchsorted(track, track, "right") - 1  # of each row's track
    if math.isfinite(lag_s):
        shifted = time + (time[-1] - time.min() + lag_s + 1.0) * (np.cumsum(np.r_[0, ~followed[:-1]]))  # tracks one after the other
        last = np.minimum(last, np.searchsorted(shifted, shifted + lag_s, "right") - 1)
        smoothed, sharper = within_lag(state, covariance, ahead, spread, gain, last)
    else:
        smoothed, sharper = backwards(state, covariance, ahead, spread, gain, last)
    back = np.empty(count, np.int64)
    back[order] = np.arange(count)
    return dict(rows) | {"state": smoothed[back], "covariance": sharper[back]}


def process_noise(config: TrackerConfig, state: Floats, covariance: Floats, mode: Floats, dt: Floats) -> Floats:
    """Covariance (row, 6, 6) that the models (row, model) of constant velocity add over `dt` (row,) seconds from state (row, 6)."""
    up = state[:, :3] - config.earth[:3]
    up /= np.linalg.norm(up, axis=1)[:, None]
    course = state[:, 3:] - (state[:, 3:] * up).sum(1)[:, None] * up
    speed2 = (course**2).sum(1) + np.trace(covariance[:, 3:, 3:], axis1=1, axis2=2) + 1.0
    lateral, along, vertical = (mode @ config.model[name] / mode.sum(1) for name in ("noise_lateral", "noise_along", "noise_vertical"))
    density = lateral[:, None, None] * np.eye(3)
    density = density + ((along - lateral) / speed2)[:, None, None] * course[:, :, None] * course[:, None, :]
    density = density + (vertical - lateral)[:, None, None] * up[:, :, None] * up[:, None, :]
    # Bar-Shalom, Li and Kirubarajan (2001), "Estimation with applications to tracking and navigation", eq 6.2.2-12
    noise, t = np.empty((len(dt), 6, 6)), dt[:, None, None]
    noise[:, :3, :3], noise[:, 3:, 3:] = density * t**3 / 3.0, density * t
    noise[:, :3, 3:] = noise[:, 3:, :3] = density * t**2 / 2.0
    return noise


def gains(state: Floats, covariance: Floats, noise: Floats, dt: Floats, straight: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Prediction (row, 6) for the next row, its covariance (row, 6, 6), and the smoother's gain (row, 6, 6), 0 where not straight."""
    # Rauch, Tung and Striebel (1965), "Maximum likelihood estimates of linear dynamic systems", AIAA Journal 3(8), eqs 3.29 to 3.31
    carry = np.broadcast_to(np.eye(6), (len(dt), 6, 6)).copy()
    carry[:, [0, 1, 2], [3, 4, 5]] = dt[:, None]
    ahead = (carry @ state[:, :, None])[:, :, 0]
    spread = carry @ covariance @ carry.transpose(0, 2, 1) + noise
    firm = spread.copy()
    firm[:, range(6), range(6)] *= 1.0 + LOOSE
    gain = np.linalg.solve(firm, carry @ covariance).transpose(0, 2, 1)
    return ahead, spread, np.where(straight[:, None, None], gain, 0.0)


def step_back(
    rows: NDArray[np.int64], later: Floats, sharp: Floats, given: tuple[Floats, Floats, Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """Smoothed states and covariances of `rows` from those (later, sharp) of their next rows; given are the filter's and `gains`."""
    state, covariance, ahead, spread, gain = (values[rows] for values in given)
    better = state + (gain @ (later - ahead)[:, :, None])[:, :, 0]
    change = gain @ (sharp - spread) @ gain.transpose(0, 2, 1)
    # a mixture may come out vaguer than it was predicted (a miss, two detections): then what came later teaches nothing
    own = np.diagonal(covariance, axis1=1, axis2=2)
    vague = np.any(np.diagonal(change, axis1=1, axis2=2) > 1e-9 * own, axis=1)
    better = np.where(vague[:, None], state, better)
    whole = covariance + np.where(vague[:, None, None], 0.0, change)
    return better, 0.5 * (whole + whole.transpose(0, 2, 1))


def backwards(
    state: Floats, covariance: Floats, ahead: Floats, spread: Floats, gain: Floats, last: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """All rows given their whole track: all tracks at once, from their last rows back."""
    given = state, covariance, ahead, spread, gain
    smoothed, sharper = state.copy(), covariance.copy()
    behind = last - np.arange(len(last))
    order = np.argsort(behind, kind="stable")
    cuts = np.searchsorted(behind[order], np.arange(1, behind.max() + 2))
    for k in range(len(cuts) - 1):
        rows = order[cuts[k] : cuts[k + 1]]
        smoothed[rows], sharper[rows] = step_back(rows, smoothed[rows + 1], sharper[rows + 1], given)
    return smoothed, sharper


def within_lag(
    state: Floats, covariance: Floats, ahead: Floats, spread: Floats, gain: Floats, last: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Each row given its track up to the row `last`."""
    given, rows = (state, covariance, ahead, spread, gain), np.arange(len(last))
    smoothed, sharper, at = state[last], covariance[last], last.copy()
    while (open_ := np.flatnonzero(at > rows)).size:
        at[open_] -= 1
        smoothed[open_], sharper[open_] = step_back(at[open_], smoothed[open_], sharper[open_], given)
    return smoothed, sharper
