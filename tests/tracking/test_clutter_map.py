"""The map of false alarms against the density they were drawn from, what it is worth, and initiation by a sequential test."""

import math

import numpy as np
import pytest
from test_tracker import EARTH, PLANE, SIGMA, fly, observe, radar

from dowding.tracking.clutter_map import SEEN, ratio_in_cell
from dowding.tracking.tracker import Tracker, TrackerError, make_config, make_sensors

NAMES = ("range", "azimuth", "elevation", "range_rate")
NOMINAL = 20.0  # false alarms of a scan that the tracker is told of
SPAN = 300_000.0 * 2.0 * math.pi * (math.pi / 2 + 0.1) * 2_000.0
SENSOR = radar(clutter_density=NOMINAL / SPAN)
THICK = (0.0, math.pi / 9)  # rad, where ten times as many lie as elsewhere


def false_alarms(rng, everywhere, thick):
    """Range, azimuth, elevation and range rate (detection, 4) of a scan's false alarms: these numbers all round, and in the thick part."""
    azimuth = np.r_[rng.uniform(-np.pi, np.pi, rng.poisson(everywhere)), rng.uniform(*THICK, rng.poisson(thick))]
    n = len(azimuth)
    return np.stack([rng.uniform(0.0, 3e5, n), azimuth, rng.uniform(-0.1, np.pi / 2, n), rng.uniform(-1e3, 1e3, n)], 1)


def columns_of(z):
    return {name: z[:, k] for k, name in enumerate(NAMES)} | {f"sigma_{name}": np.full(len(z), SIGMA[k]) for k, name in enumerate(NAMES)}


def tracker_of(**options):
    config = make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8), **options)
    return Tracker(config, make_sensors([SENSOR]), 512, 512, clutter_cells=(18, 3))


def watch(tracker, scans, rng, everywhere, thick, states=None):
    """Ids of all that was shown as a track, over scans in two dwells each."""
    shown = set()
    for k in range(scans):
        z = false_alarms(rng, everywhere, thick)
        if states is not None:
            seen = observe(fly(states, 5.0 * k), SENSOR, rng)
            z = np.vstack([z, np.stack([seen[name] for name in NAMES], 1)[rng.random(len(states)) < 0.9]])
        for low, high in ((-np.pi, 0.0), (0.0, np.pi)):
            half = z[(z[:, 1] >= low) & (z[:, 1] < high)]
            tracks = tracker.update(5.0 * k + 2.5 * (low == 0.0), 0, low, high, **columns_of(half))
            shown |= set(tracks["id"].tolist())
    return shown


def test_the_map_finds_the_density_that_false_alarms_were_drawn_from():
    tracker, rng = tracker_of(clutter_memory=30.0), np.random.default_rng(1)
    ways = np.array([[np.cos(a), np.sin(a)] for a in (2.0, 2.5, 4.0, 5.0)])
    planes = np.column_stack([40e3 * ways, np.full(4, 9e3), 200.0 * ways, np.zeros(4)])
    watch(tracker, 90, rng, 60.0, 60.0, planes)
    found = np.array([[ratio_in_cell(tracker.bank, tracker.sensors, 0, a, r) for r in range(3)] for a in range(18)])
    # 60 all round and 60 more in a sixteenth of it are 3 times and 3 + 54 times what was told; the thick part is a cell wide
    thick = int((THICK[0] + np.pi) / (2 * np.pi / 18))
    thin = np.delete(found, [thick, (thick - 1) % 18], axis=0)
    looks = 30.0 * (1.0 - math.exp(-3.0))  # that are remembered
    # a cell of the thin part sees 60 / 54 a look
    assert abs(thin.mean() - (3.0 * 1.0 + looks * 3.0) / (looks + 3.0)) < 4.0 * 3.0 / math.sqrt(looks / 2 * 60 / 54 * thin.size) + 0.1
    assert found[thick].mean() == pytest.approx((3.0 + looks * (3.0 + 54.0)) / (looks + 3.0), rel=0.12)
    tracker.reset()
    assert tracker.bank.clutter[..., SEEN].sum() == 0.0


def test_with_the_map_thick_false_alarms_make_fewer_tracks_and_targets_are_kept():
    planes = np.array([PLANE, (-40e3, 70e3, 8e3, 150.0, -100.0, 0.0), (20e3, 55e3, 5e3, 120.0, 160.0, 0.0)])
    shown = {}
    for memory in (None, 20.0):
        tracker = tracker_of(clutter_memory=memory)
        shown[memory] = len(watch(tracker, 40, np.random.default_rng(2), 10.0, 250.0, planes))
        assert len(tracker.tracks(200.0)["id"]) >= 3
    assert 3 <= shown[20.0] < shown[None]


def test_sequential_initiation_keeps_its_probability_of_false_tracks():
    """Of the tracks confirmed, no larger part may be false than was asked for."""
    false, true = 0, 0
    for seed in range(6):
        tracker, rng = tracker_of(initiation="sequential", false_track_probability=0.02), np.random.default_rng(seed)
        planes = np.column_stack([rng.uniform(-1e5, 1e5, (12, 2)), rng.uniform(3e3, 9e3, 12), rng.normal(0, 150, (12, 2)), np.zeros(12)])
        shown = watch(tracker, 15, rng, NOMINAL, 0.0, planes)
        now = fly(planes, 70.0)
        at = tracker.tracks(70.0)["state"]
        true += int((np.linalg.norm(now[:, None, :3] - at[None, :, :3], axis=2).min(1) < 2e3).sum())
        false += len(shown) - 12
    assert true >= 70  # of 72
    assert false <= 4


def test_settings_of_initiation_and_map_that_cannot_be():
    for options, what in (({"initiation": "both"}, "m-of-n or sequential"), ({"clutter_memory": 0.0}, "more than 0 looks"),
                          ({"initiation": "sequential", "false_track_probability": 0.7}, "less than 0.5")):  # fmt: skip
        with pytest.raises(TrackerError, match=what):
            tracker_of(**options)
