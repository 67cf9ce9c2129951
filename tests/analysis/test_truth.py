"""Truth between its samples."""

import numpy as np
from synthetic_run import empty

from dowding.analysis.truth import interpolate, sampling_interval
from dowding.tables import Columns

AXES = (("east_m", "velocity_east_mps"), ("north_m", "velocity_north_mps"), ("up_m", "velocity_up_mps"))
COEFFICIENTS = np.array([[100.0, -3.0, 0.5, 0.02], [-50.0, 2.0, -0.1, 0.01], [9000.0, 0.0, 0.3, -0.004]])


def cubic(time):
    powers = np.stack([np.ones_like(time), time, time**2, time**3])
    slopes = np.stack([np.zeros_like(time), np.ones_like(time), 2 * time, 3 * time**2])
    return COEFFICIENTS @ powers, COEFFICIENTS @ slopes


def truth_of_a_cubic(target: int, times) -> Columns:
    time = np.asarray(times, float)
    position, velocity = cubic(time)
    columns = {"time_s": time, "target": np.full(len(time), target)}
    for axis, (place, speed) in enumerate(AXES):
        columns |= {place: position[axis] + 1000 * target, speed: velocity[axis]}
    return columns


def test_a_cubic_is_returned_exactly():
    parts = [truth_of_a_cubic(t, np.arange(0, 31, 10.0)) for t in (0, 3)]
    truth = {k: np.concatenate([p[k] for p in parts])[::-1] for k in parts[0]}
    when = np.array([0.0, 3.7, 10.0, 29.9, 30.0])
    position, velocity = interpolate(truth, np.array([0, 3, 3, 0, 3]), when)
    x, v = cubic(when)
    np.testing.assert_allclose(position.T, x + 1000 * np.array([0, 3, 3, 0, 3]), atol=1e-8)
    np.testing.assert_allclose(velocity.T, v, atol=1e-9)


def test_outside_it_goes_straight_for_one_interval_only():
    truth = truth_of_a_cubic(0, [0.0, 10.0, 20.0])
    assert sampling_interval(truth) == 10.0
    position, velocity = interpolate(truth, np.array([0, 0, 0, 0]), np.array([25.0, 31.0, -4.0, -11.0]))
    x, v = cubic(np.array([20.0, 0.0]))
    np.testing.assert_allclose(position[0], x[:, 0] + 5 * v[:, 0], atol=1e-9)
    np.testing.assert_allclose(position[2], x[:, 1] - 4 * v[:, 1], atol=1e-9)
    np.testing.assert_allclose(velocity[[0, 2]].T, v, atol=1e-12)
    assert np.isnan(position[[1, 3]]).all()


def test_what_is_not_there_is_nan():
    truth = truth_of_a_cubic(2, [0.0, 10.0])
    position, velocity = interpolate(truth, np.array([-1, 1, 3, 2]), np.array([5.0, 5.0, 5.0, np.nan]))
    assert np.isnan(position).all()
    assert np.isnan(velocity).all()
    assert interpolate(empty("truth"), np.array([0]), np.array([1.0]))[0].shape == (1, 3)
    assert interpolate(truth, np.empty(0, int), np.empty(0))[0].shape == (0, 3)
