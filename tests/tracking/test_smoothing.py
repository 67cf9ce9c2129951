"""Smoothing against batch least squares, to rounding; and what it is worth on flights that turn."""

import math

import numpy as np
import pytest
from test_tracker import EARTH

from dowding.tracking.picture import CONFIRMED
from dowding.tracking.smoothing import process_noise, smooth_tracks
from dowding.tracking.tracker import make_config

CONFIG = make_config(
    (0.0, 0.0, -EARTH), (0.0, 0.6, 0.8), model_kind=(0,), noise_lateral=3.0, noise_along=3.0, noise_vertical=3.0, stay_time=100.0,
    share=((0.0,),), mode_prior=1.0, speed_sigma=200.0, climb_sigma=40.0,
)  # fmt: skip
PRIOR = np.diag([200.0**2] * 3 + [150.0**2] * 3)  # m2, m2/s2
ERROR = np.diag([60.0**2, 40.0**2, 90.0**2])  # m2


def carry(dt):
    f = np.eye(6)
    f[[0, 1, 2], [3, 4, 5]] = dt
    return f


def noise_of(dt):
    return process_noise(CONFIG, np.array([[1e4, 2e4, 5e3, 100.0, 50.0, 0.0]]), np.eye(6)[None], np.ones((1, 1)), np.array([dt]))[0]


def filtered(rng, number, count):
    """Rows of one track by a plain Kalman filter of positions, and what least squares needs: times, measurements, prior mean."""
    time = np.cumsum(rng.uniform(0.5, 8.0, count))
    truth = rng.multivariate_normal(np.zeros(6), PRIOR)
    x, p, rows, measured = np.zeros(6), PRIOR.copy(), [], []
    for k in range(count):
        if k > 0:
            dt = time[k] - time[k - 1]
            truth = carry(dt) @ truth + rng.multivariate_normal(np.zeros(6), noise_of(dt))
            x, p = carry(dt) @ x, carry(dt) @ p @ carry(dt).T + noise_of(dt)
        z = truth[:3] + rng.multivariate_normal(np.zeros(3), ERROR)
        gain = p[:, :3] @ np.linalg.inv(p[:3, :3] + ERROR)
        x, p = x + gain @ (z - x[:3]), p - gain @ p[:3, :]
        rows.append((number, time[k], x, 0.5 * (p + p.T)))
        measured.append(z)
    return rows, time, np.array(measured)


def least_squares(time, measured):
    """Mean (row, 6) and covariance (row, 6, 6) of all states given all measurements, from the whole information matrix at once."""
    n = len(time)
    information, vector = np.zeros((6 * n, 6 * n)), np.zeros(6 * n)
    information[:6, :6] += np.linalg.inv(PRIOR)
    for k in range(n):
        at = slice(6 * k, 6 * k + 3)
        information[at, at] += np.linalg.inv(ERROR)
        vector[at] += np.linalg.inv(ERROR) @ measured[k]
        if k > 0:
            both = slice(6 * k - 6, 6 * k + 6)
            step = np.hstack([-carry(time[k] - time[k - 1]), np.eye(6)])
            information[both, both] += step.T @ np.linalg.inv(noise_of(time[k] - time[k - 1])) @ step
    whole = np.linalg.inv(information)
    mean = (whole @ vector).reshape(n, 6)
    return mean, np.array([whole[6 * k : 6 * k + 6, 6 * k : 6 * k + 6] for k in range(n)])


def table(rows):
    track, time, state, covariance = (np.array(column) for column in zip(*rows, strict=True))
    status = np.full(len(track), CONFIRMED)
    return {"track": track, "time_s": time, "state": state, "covariance": covariance, "mode": np.ones((len(track), 1)), "status": status}


def test_smoothed_tracks_are_those_of_batch_least_squares():
    rng = np.random.default_rng(1)
    tracks = [filtered(rng, number, count) for number, count in ((3, 12), (1, 1), (7, 5))]
    rows = [row for each, _, _ in tracks for row in each]
    shuffled = [rows[k] for k in rng.permutation(len(rows))]
    ours = smooth_tracks(table(shuffled), CONFIG)
    for each, time, measured in tracks:
        mean, covariance = least_squares(time, measured)
        for k, row in enumerate(each):
            at = next(i for i, other in enumerate(shuffled) if other[0] == row[0] and other[1] == row[1])
            np.testing.assert_allclose(ours["state"][at], mean[k], rtol=1e-7, atol=1e-6)
            np.testing.assert_allclose(ours["covariance"][at], covariance[k], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("lag", [0.0, 10.0, 25.0])
def test_with_a_lag_each_row_is_that_of_least_squares_up_to_it(lag):
    rng = np.random.default_rng(2)
    parts = [filtered(rng, number, 14) for number in (1, 2)]
    ours = smooth_tracks(table([row for each, _, _ in parts for row in each]), CONFIG, lag)
    at = 0
    for _, time, measured in parts:
        for k in range(len(time)):
            known = int(np.searchsorted(time, time[k] + lag, "right"))
            mean, covariance = least_squares(time[:known], measured[:known])
            np.testing.assert_allclose(ours["state"][at], mean[k], rtol=1e-7, atol=1e-6)
            np.testing.assert_allclose(ours["covariance"][at], covariance[k], rtol=1e-6, atol=1e-6)
            at += 1


def test_a_lag_cannot_be_negative_and_nothing_is_nothing():
    with pytest.raises(ValueError, match="0 or more"):
        smooth_tracks(table(filtered(np.random.default_rng(1), 1, 2)[0]), CONFIG, -1.0)
    with pytest.raises(ValueError, match="0 or more"):
        smooth_tracks(table(filtered(np.random.default_rng(1), 1, 2)[0]), CONFIG, math.nan)
    assert smooth_tracks({"track": np.zeros(0)}, CONFIG)["track"].shape == (0,)
