"""Bearings without a range: they narrow a track across the line of sight, start none, and keep it alive while plots are jammed."""

import math

import numpy as np
from test_tracker import CONFIG, PLANE, fly, observe, radar, statuses

from dowding.tracking.tracker import Tracker, make_sensors

EAR = radar((100_000.0, 60_000.0, 0.0), period=1.0, measures_elevation=0, measures_range_rate=0, clutter_density=1e-8)
FINE = 0.001  # rad


def bearing(states, sensor, sigma=FINE, error=0.0):
    columns = observe(states, sensor, flat=True)
    none = np.full(len(columns["range"]), math.nan)
    wide = np.full(len(none), sigma)
    return columns | {"azimuth": columns["azimuth"] + error, "sigma_azimuth": wide, "range": none, "sigma_range": none}


def following(seconds=30.0):
    """A tracker that has followed one aircraft by radar, and when."""
    eye, rng = radar(), np.random.default_rng(4)
    tracker = Tracker(CONFIG, make_sensors([eye, EAR]), 16, 16)
    for k in range(int(seconds / 5.0) + 1):
        tracker.update(5.0 * k, 0, **observe(fly(PLANE, 5.0 * k), eye, rng))
    assert len(tracker.tracks(seconds)["id"]) == 1
    return tracker, seconds


def test_a_bearing_alone_starts_no_track():
    tracker = Tracker(CONFIG, make_sensors([EAR]), 16, 16)
    for k in range(6):
        tracker.update(1.0 * k, 0, **bearing(fly(PLANE, 1.0 * k), EAR))
    assert statuses(tracker) == []


def test_a_bearing_updates_a_track_as_the_kalman_filter_does():
    tracker, now = following()
    tracker.update(now, 1, **bearing(fly(PLANE, now), EAR, error=1e-9))
    before, _ = following()
    slot = 0
    prior, posterior = before.bank.covariance[slot, :3, :3], tracker.bank.covariance[slot, :3, :3]
    x = before.bank.state[slot, :3] - np.asarray(EAR["position"])
    ground2 = x[0] ** 2 + x[1] ** 2
    h = np.array([x[1], -x[0], 0.0]) / ground2
    expected = prior - np.outer(prior @ h, prior @ h) / (h @ prior @ h + FINE**2)
    assert np.abs(posterior - expected).max() < 0.05 * np.abs(expected).max()
    assert h @ posterior @ h < FINE**2
    assert tracker.bank.track["nis_dimension"][slot] == 1
    assert tracker.bank.track["last_sensor"][slot] == 1


def test_a_bearing_from_elsewhere_is_not_taken():
    tracker, now = following()
    was = tracker.bank.state[0].copy()
    tracker.update(now, 1, **bearing(fly(PLANE, now), EAR, error=0.2))
    assert (tracker.bank.state[0] == was).all()


def test_strobes_of_two_radars_hold_a_track_that_neither_gets_a_plot_of():
    rng, sites = np.random.default_rng(4), (radar(), radar((100_000.0, 60_000.0, 0.0)))
    tracker = Tracker(CONFIG, make_sensors(sites), 16, 16)
    for k in range(13):
        t, site = 5.0 * k, sites[k % 2]
        columns = observe(fly(PLANE, t), sites[0], rng) if k < 7 else bearing(fly(PLANE, t), site, error=FINE * rng.normal())
        tracker.update(t, 0 if k < 7 else k % 2, **columns)
    tracks = tracker.tracks(60.0)
    assert tracks["id"].tolist() == [1]
    assert np.linalg.norm((tracks["state"][0] - fly(PLANE, 60.0)[0])[:2]) < 500.0  # m
