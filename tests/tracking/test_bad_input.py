"""Input that cannot be: counted by what is wrong with it, left out, and no harm to the tracks of the good detections beside it."""

import re

import numpy as np
import pytest
from test_bearings import EAR, bearing
from test_tracker import CONFIG, PLANE, fly, observe, points, radar, statuses

from dowding.tracking.picture import CONFIRMED
from dowding.tracking.tracker import Tracker, TrackerError, make_sensors

SCAN = 5.0  # s


def followed(scans=4):
    """A tracker that has followed one aircraft without errors, its radar, and the time of its last scan."""
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor]), 16, 16)
    for k in range(scans):
        tracker.update(SCAN * k, 0, **observe(fly(PLANE, SCAN * k), sensor))
    assert statuses(tracker) == [CONFIRMED]
    return tracker, sensor, SCAN * (scans - 1)


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("range", np.inf, "infinite value"), ("range", -5.0, "negative range"), ("azimuth", 50.0, "angle out of bounds"),
        ("sigma_range", np.nan, "standard deviation"), ("sigma_azimuth", -0.002, "standard deviation"),
        ("sigma_elevation", 0.0, "standard deviation"), ("time", np.nan, "no time"), ("time", 1e9, "outside their dwell"),
    ],
)  # fmt: skip
def test_an_impossible_detection_is_counted_and_the_good_one_beside_it_taken(column, value, what):
    tracker, sensor, t = followed()
    clean, _, _ = followed()
    good = observe(fly(PLANE, t + SCAN), sensor) | {"time": np.array([t + SCAN])}
    clean.update(t + SCAN, 0, **good)
    both = {name: np.append(c, c + (0.01 if name == "azimuth" else 0.0)) for name, c in good.items()}
    both[column][1] = value
    tracker.update(t + SCAN, 0, **both)
    (told,) = tracker.faults().items()
    assert what in told[0]
    assert told[1] == 1
    assert (tracker.bank.state[0] == clean.bank.state[0]).all()
    tracker.reset()
    assert tracker.faults() == {}


def test_a_detection_that_measures_nothing_is_counted():
    tracker, sensor, t = followed()
    nothing = {name: c * (1.0 if name.startswith("sigma") else np.nan) for name, c in observe(fly(PLANE, t + SCAN), sensor).items()}
    tracker.update(t + SCAN, 0, **nothing)
    assert tracker.faults() == {"measure nothing": 1}


def test_a_report_told_three_times_is_one():
    sensor = radar()
    once, thrice = (Tracker(CONFIG, make_sensors([sensor]), 16, 16) for _ in range(2))
    for k in range(4):
        one = observe(fly(PLANE, SCAN * k), sensor)
        once.update(SCAN * k, 0, **one)
        thrice.update(SCAN * k, 0, **{name: np.repeat(c, 3) for name, c in one.items()})
    assert thrice.faults() == {"repeat another one of the same dwell": 8}
    assert statuses(thrice) == [CONFIRMED]
    assert (thrice.bank.state[0] == once.bank.state[0]).all()


def test_time_that_runs_back_is_counted_and_the_picture_stays():
    tracker, sensor, t = followed(scans=60)
    tracker.update(t - 200.0, 0, **observe(fly(PLANE, t - 200.0), sensor))
    assert tracker.faults() == {"came in a dwell far older than the picture": 1}
    assert len(tracker.update(t + SCAN, 0, **observe(fly(PLANE, t + SCAN), sensor))["id"]) == 1
    # a clock that once was far ahead costs the tracks, but not all that comes after it
    tracker.update(t + 1e8, 0)
    for k in range(2, 6):
        tracker.update(t + SCAN * k, 0, **observe(fly(PLANE, t + SCAN * k), sensor))
    assert statuses(tracker) == [CONFIRMED]


def test_free_detections_without_room_are_counted_and_harm_no_track():
    tracker, sensor, t = followed()
    clean, _, _ = followed()
    for k in range(1, 10):
        good = observe(fly(PLANE, t + 0.5 + SCAN * k), sensor)
        clean.update(t + 0.5 + SCAN * k, 0, **good)
        tracker.update(t + 0.5 + SCAN * k, 0, **good)
        # false alarms all over the sky, each in a small dwell of its own, none in two scans
        for j in range(70):
            start = 2.0 + 0.01 * j
            one = {name: c.copy() for name, c in good.items()} | {"azimuth": np.array([start + 0.001]), "elevation": np.array([0.02 * k])}
            one["range"], one["range_rate"] = np.array([3e4 + 2.5e4 * k]), np.array([-700.0 + 150.0 * k])
            tracker.update(t + 1.0 + SCAN * k + 0.01 * j, 0, start, start + 0.01, **one)
    assert tracker.faults()["found no room among those that wait for a second one"] > 50
    assert (tracker.bank.state[0] == clean.bank.state[0]).all()


def test_an_hour_of_empty_scans_ends_all_and_harms_nothing():
    tracker, sensor, t = followed()
    for k in range(1, 721):
        tracker.update(t + SCAN * k, 0)
    assert (statuses(tracker), points(tracker)) == ([], 0)
    t += 3600.0
    for k in range(3):
        tracks = tracker.update(t + SCAN * (k + 1), 0, **observe(fly(PLANE, SCAN * k), sensor))
    assert len(tracks["id"]) == 1
    assert np.linalg.norm(tracks["state"][0, :3] - fly(PLANE, 2 * SCAN)[0, :3]) < 50.0


def test_a_dwell_of_a_million_detections_is_refused_in_a_sentence():
    tracker, _, t = followed()
    million = dict.fromkeys(("range", "azimuth", "sigma_range", "sigma_azimuth"), np.ones(1_000_000))
    with pytest.raises(TrackerError, match=r"1000000 detections, room is for 16"):
        tracker.update(t + SCAN, 0, **million)
    assert statuses(tracker) == [CONFIRMED]


def test_what_falls_silent_exists_as_probably_as_before():
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor, EAR | {"listens": 1}]), 16, 16)
    for k in range(4):
        tracker.update(SCAN * k, 0, **observe(fly(PLANE, SCAN * k), sensor))
    tracker.update(16.0, 1, **bearing(fly(PLANE, 16.0), EAR))
    heard = tracker.bank.track["score"][0]
    for t in (17.0, 18.0):
        tracker.update(t, 1)
        assert tracker.bank.track["score"][0] == heard


ONE = {"range": [1e4], "azimuth": [0.1], "sigma_range": [50.0], "sigma_azimuth": [0.003]}


@pytest.mark.parametrize(
    ("now", "sensor", "columns", "message"),
    [
        (np.inf, 0, ONE, "ends at inf s, allowed are finite numbers"),
        (np.nan, 0, {}, "ends at nan s, allowed are finite numbers"),
        (200.0, 1, ONE, "sensor is 1, but there are 1"),
        (200.0, -1, ONE, "sensor is -1, but there are 1"),
        (200.0, 0, ONE | {"azimuth": [0.1, 0.2]}, "detections have 2 of azimuth and 1 of range, allowed are equally many"),
        (200.0, 0, ONE | {"azimuth": ["north"]}, "detections.azimuth holds <U5, allowed are numbers"),
        (200.0, 0, {"azimuth": [0.1]}, "detections have no column range"),
    ],
)
def test_what_makes_no_dwell_is_refused_in_a_sentence_and_harms_nothing(now, sensor, columns, message):
    tracker, eye, t = followed()
    with pytest.raises(TrackerError, match=re.escape(message)):
        tracker.update(now, sensor, **columns)
    tracks = tracker.update(t + SCAN, 0, **observe(fly(PLANE, t + SCAN), eye))
    assert tracks["id"].tolist() == [1]
    assert tracker.bank.track["hits"][0] > 3
