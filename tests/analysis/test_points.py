"""Truth and tracks at the same instants."""

import numpy as np
import pytest
from synthetic_run import make, table

from dowding.analysis import points as pt


def update(time, number, x, speed, confirmed=True, falling=0.0):
    return {
        "time_s": time, "track": number, "picture": 0, "confirmed": confirmed, "east_m": x, "north_m": 0.0, "up_m": 1e4,
        "velocity_east_mps": speed, "velocity_north_mps": 0.0, "velocity_up_mps": 0.0, "probability_ballistic": falling,
    }  # fmt: skip


def test_a_track_goes_on_straight_from_its_last_confirmed_update():
    rows = [update(10, 1, 0, 100), update(20, 1, 1500, 200), update(12, 7, 50, 10)]
    rows += [update(5, 1, -9e9, 0, False), update(22, 9, 0, 0, False)]
    got = pt.track_points(table("tracks", rows), np.arange(0.0, 40.0, 4.0), {1: 30.0})
    assert got.step.tolist() == [3, 3, 4, 5, 6, 7]
    assert got.who.tolist() == [1, 7, 1, 1, 1, 1]
    assert got.position[got.who == 1, 0].tolist() == pytest.approx([200, 600, 1500, 2300, 3100])
    held = pt.track_points(table("tracks", rows), np.arange(0.0, 40.0, 4.0), hold_s=5.0)
    assert held.step[held.who == 7].tolist() == [3, 4]
    assert held.step[held.who == 1].tolist() == [3, 4, 5, 6]


def test_a_track_in_free_fall_is_bent_by_gravity():
    falling = pt.track_points(table("tracks", [update(0, 1, 0, 0, falling=1.0)]), np.array([10.0]), {1: 20.0})
    gravity = 3.986004418e14 / (pt.EARTH_RADIUS + 1e4) ** 2
    assert falling.position[0, 2] == pytest.approx(1e4 - 0.5 * gravity * 100.0)
    assert falling.velocity[0, 2] == pytest.approx(-10.0 * gravity)


def test_truth_is_there_from_its_first_row_to_its_last():
    run = make()
    times = pt.instants(run["truth"])
    got = pt.truth_points(run["truth"], times)
    for target in (0, 11, 30):
        mine = run["truth"]["target"] == target
        first, last = run["truth"]["time_s"][mine].min(), run["truth"]["time_s"][mine].max()
        there = times[got.step[got.who == target]]
        assert there.tolist() == times[(times >= first) & (times <= last)].tolist()
    assert (np.lexsort((got.who, got.step)) == np.arange(len(got.step))).all()


def test_dense_and_listed_points_are_the_same():
    rng = np.random.default_rng(1)
    states = rng.normal(size=(5, 4, 6))
    states[rng.random((5, 4)) < 0.4] = np.nan
    listed = pt.listed_points([(np.flatnonzero(np.isfinite(s[:, 0])), s[np.isfinite(s[:, 0])]) for s in states])
    for a, b in zip(pt.dense_points(states), listed, strict=True):
        np.testing.assert_array_equal(a, b)
    assert pt.dense_points(states[:, :, :3]).velocity.shape == listed.velocity.shape
    assert not len(pt.listed_points([([], np.empty((0, 6)))]).step)


def test_no_times_without_truth():
    assert not len(pt.instants(table("truth", [])))
