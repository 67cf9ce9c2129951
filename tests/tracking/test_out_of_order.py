"""Dwells out of order give the tracks of the right order, bit for bit, as far back as is kept; older ones are counted and said."""

import numpy as np
import pytest
from test_registration import EARTH, geometry, raid

from dowding.tracking.out_of_order import OrderedTracker
from dowding.tracking.tracker import Tracker, TrackerError, make_config

SIZE = (512, 128)


@pytest.fixture(scope="module")
def config():
    return make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8))


@pytest.fixture(scope="module")
def dwells():
    return raid(7, np.zeros((2, 4)), duration=80.0, flights=8)[0]


def in_order(config, dwells):
    tracker = Tracker(config, geometry(), *SIZE)
    for now, sensor, columns in dwells:
        tracker.update(now, sensor, **columns)
    return tracker


def shuffled(dwells, delay, seed):
    """The dwells in the order in which they arrive, each up to `delay` s late."""
    rng = np.random.default_rng(seed)
    arrival = [d[0] + rng.uniform(0.0, delay) * (rng.random() < 0.5) for d in dwells]
    return [dwells[k] for k in np.argsort(arrival, kind="stable")]


def assert_same(one: Tracker, other: Tracker, now: float) -> None:
    mine, its = one.tracks(now, status=1), other.tracks(now, status=1)
    order, there = np.argsort(mine["id"]), np.argsort(its["id"])
    assert len(order) == len(there) > 0
    for name in mine:
        np.testing.assert_array_equal(np.asarray(mine[name])[order], np.asarray(its[name])[there], err_msg=name)


@pytest.mark.parametrize("every", [1, 5, 1000])
@pytest.mark.parametrize("seed", range(3))
def test_late_dwells_are_put_into_their_place(config, dwells, seed, every):
    right = in_order(config, dwells)
    ordered = OrderedTracker(Tracker(config, geometry(), *SIZE), horizon_s=15.0, every=every)
    for now, sensor, columns in shuffled(dwells, 12.0, seed):
        ordered.update(now, sensor, **columns)
    assert ordered.late.replayed > 3
    assert ordered.late.refused == 0
    assert_same(ordered.tracker, right, dwells[-1][0])
    assert f"{ordered.late.replayed} of {len(dwells)} dwells came late" in ordered.sentence()


def test_in_order_nothing_is_done_twice(config, dwells):
    ordered = OrderedTracker(Tracker(config, geometry(), *SIZE), horizon_s=15.0)
    for now, sensor, columns in dwells:
        ordered.take(now, sensor, -np.pi, np.pi, columns)
    assert ordered.late.processed == ordered.late.in_order == len(dwells)
    assert_same(ordered.tracker, in_order(config, dwells), dwells[-1][0])


def test_what_is_older_than_the_horizon_is_left_out_counted_and_said(config, dwells):
    late = 10
    ordered = OrderedTracker(Tracker(config, geometry(), *SIZE), horizon_s=5.0)
    for k, (now, sensor, columns) in enumerate(dwells):
        if k != late:
            ordered.update(now, sensor, **columns)
    assert not ordered.take(dwells[late][0], dwells[late][1], -np.pi, np.pi, dwells[late][2])
    assert ordered.late.refused == 1
    assert ordered.late.oldest_s == pytest.approx(dwells[-1][0] - dwells[late][0])
    assert "1 came more than 5 s late and were left out" in ordered.sentence()
    assert_same(ordered.tracker, in_order(config, dwells[:late] + dwells[late + 1 :]), dwells[-1][0])


def test_memory_does_not_grow_with_time(config):
    ordered = OrderedTracker(Tracker(config, geometry(), 64, 16), horizon_s=10.0, every=4)
    for k in range(500):
        ordered.take(float(k), k % 2, -np.pi, np.pi, {})
    assert len(ordered._dwells) <= 10 + 4 + 2
    assert len(ordered._snapshots) <= 5


def test_empty_and_equal_dwells(config):
    ordered = OrderedTracker(Tracker(config, geometry(), 64, 16), horizon_s=10.0)
    assert not len(ordered.update(1.0, 0)["id"])
    ordered.update(1.0, 0)
    assert ordered.late.in_order == 2


def test_mistakes_are_said(config):
    tracker = Tracker(config, geometry(), 64, 4)
    for options, words in (({"horizon_s": -1.0}, "horizon_s is -1.0"), ({"horizon_s": 1.0, "every": 0}, "every is 0")):
        with pytest.raises(TrackerError, match=words):
            OrderedTracker(tracker, **options)
    ordered = OrderedTracker(tracker, horizon_s=1.0)
    with pytest.raises(TrackerError, match="ends at nan s"):
        ordered.update(float("nan"), 0)
    with pytest.raises(TrackerError, match="a dwell has 5 detections, room is for 4"):
        ordered.update(1.0, 0, range=np.ones(5))
