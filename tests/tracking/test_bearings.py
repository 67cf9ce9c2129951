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


EARS = [EAR | {"position": place} for place in ((0.0, 0.0, 0.0), (100_000.0, 60_000.0, 0.0), (-60_000.0, 90_000.0, 0.0))]


def heard(sites, targets, seconds=12, seed=2):
    """The tracker after so many seconds in which every site has heard every target once a second, with errors of FINE."""
    tracker, rng = Tracker(CONFIG, make_sensors(sites), 32, 16), np.random.default_rng(seed)
    for k in range(seconds * len(sites)):
        t = k / len(sites)
        site = k % len(sites)
        tracker.update(t, site, **bearing(fly(targets, t), sites[site], error=FINE * rng.standard_normal(len(targets))))
    return tracker.tracks(t), fly(targets, t)


PAIR = np.array([PLANE, (20_000.0, 110_000.0, 8_000.0, 150.0, -150.0, 0.0)])


def test_two_sites_start_a_track_where_the_bearings_of_one_target_cross():
    tracks, true = heard(EARS[:2], PAIR[:1])
    assert len(tracks["id"]) == 1
    off = tracks["state"][0, :2] - true[0, :2]
    assert off @ np.linalg.solve(tracks["covariance"][0, :2, :2], off) < 13.8  # chi-square, 2, 0.999
    assert np.linalg.norm(off) < 500.0  # m, some sigmas at 100 km


def test_three_sites_tell_two_targets_from_their_ghosts_and_two_sites_start_none():
    tracks, true = heard(EARS, PAIR)
    assert len(tracks["id"]) == 2
    apart = np.linalg.norm(tracks["state"][:, None, :2] - true[None, :, :2], axis=2)
    assert sorted(apart.argmin(axis=1).tolist()) == [0, 1]
    assert apart.min(axis=1).max() < 500.0
    ambiguous, _ = heard(EARS[:2], PAIR)
    assert len(ambiguous["id"]) == 0
