"""Whole dwells: a life by M of N, ids that survive crossings, several radars, a radar without elevation, free fall, full buffers."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dowding.tracking import ahead, association, filters, free_fall, fusion, lifecycle, measurement, motion_models, update
from dowding.tracking.picture import CONFIRMED, CONFIRMED_NOW, DELETED_NOW, FREE, HIGHEST, POINTS, TENTATIVE
from dowding.tracking.replay import track_detections
from dowding.tracking.tracker import Tracker, TrackerError, make_config, make_sensors

EARTH = 6_371_000.0
CONFIG = make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8))
SIGMA = np.array([50.0, 0.002, 0.002, 2.0])


def radar(position=(0.0, 0.0, 0.0), period=5.0, **more):
    return {"position": position, "period": period, "range_max": 300_000.0, "clutter_density": 1e-11, **more}


def observe(states, sensor, rng=None, flat=False):
    """Columns of one detection of each (target, 6) state by a sensor (a mapping), with errors drawn from rng."""
    d = np.atleast_2d(states)[:, :3] - np.asarray(sensor["position"])
    v = np.atleast_2d(states)[:, 3:]
    r = np.linalg.norm(d, axis=1)
    z = np.stack([r, np.arctan2(d[:, 0], d[:, 1]), np.arcsin(d[:, 2] / r), (d * v).sum(1) / r], 1)
    if rng is not None:
        z = z + rng.normal(size=z.shape) * SIGMA
    names = ("range", "azimuth", "elevation", "range_rate")
    columns = {name: z[:, k] for k, name in enumerate(names)} | {f"sigma_{name}": np.full(len(z), SIGMA[k]) for k, name in enumerate(names)}
    return {name: c for name, c in columns.items() if not (flat and name.endswith(("elevation", "range_rate")))}


def fly(start, t):
    start = np.atleast_2d(np.asarray(start, float))
    return np.hstack([start[:, :3] + t * start[:, 3:], start[:, 3:]])


def statuses(tracker):
    held = tracker.bank.track["status"][: tracker.bank.counters[HIGHEST]]
    return sorted(held[held != FREE].tolist())


def points(tracker):
    """Detections that wait for a second one."""
    return int(tracker.bank.counters[POINTS])


PLANE = (40_000.0, 60_000.0, 9_000.0, -200.0, 50.0, 0.0)


def test_a_track_is_confirmed_by_its_third_hit_and_dropped_after_four_misses():
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor]), 16, 16)
    rng = np.random.default_rng(1)
    for k in range(3):
        assert (statuses(tracker), points(tracker)) == (([], 0), ([], 1), ([TENTATIVE], 0))[k]
        tracker.update(5.0 * k, 0, **observe(fly(PLANE, 5.0 * k), sensor, rng))
    assert statuses(tracker) == [CONFIRMED]
    assert tracker.bank.counters[CONFIRMED_NOW] == 1
    for k in range(3, 6):
        tracks = tracker.update(5.0 * k, 0)
        # two misses in a row are rarer than a target's end: the track is kept, but no longer shown
        assert (statuses(tracker), tracks["id"].tolist()) == ([CONFIRMED], [1] if k < 4 else [])
        tracks = tracker.tracks(5.0 * k, shown_existence=0.0)
        assert np.linalg.norm(tracks["state"][0, :3] - fly(PLANE, 5.0 * k)[0, :3]) < 1_500.0
    assert len(tracker.update(30.0, 0)["id"]) == 0
    assert tracker.bank.counters[DELETED_NOW] == 1
    # the id is not used again, the slot is
    for t in (35.0, 40.0):
        tracker.update(t, 0, **observe(fly(PLANE, t), sensor))
    slot = int(np.flatnonzero(tracker.bank.track["status"])[0])
    assert (tracker.bank.track["id"][slot], slot) == (2, 0)


def test_a_lone_detection_is_dropped_when_m_of_n_is_out_of_reach():
    sensor = radar()
    patient = make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8), delete_score=-20.0)
    tracker = Tracker(patient, make_sensors([sensor]), 16, 16)
    tracker.update(0.0, 0, **observe(fly(PLANE, 0.0), sensor))
    for k in range(1, 4):
        tracker.update(5.0 * k, 0)
        assert points(tracker) == 1
    tracker.update(20.0, 0)
    assert (statuses(tracker), points(tracker)) == ([], 0)


def test_a_lone_detection_is_dropped_when_its_score_is_hopeless():
    # log 0.1 at birth and log 0.1 for each miss at a detection probability of 0.9: below -6 after the second
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor]), 16, 16)
    tracker.update(0.0, 0, **observe(fly(PLANE, 0.0), sensor))
    tracker.update(5.0, 0)
    assert points(tracker) == 1
    tracker.update(10.0, 0)
    tracker.update(15.0, 0)
    assert (statuses(tracker), points(tracker)) == ([], 0)


def test_looks_elsewhere_are_no_misses():
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor]), 16, 16)
    for k in range(3):
        tracker.update(5.0 * k, 0, **observe(fly(PLANE, 5.0 * k), sensor))
    for k in range(8):  # the target stands in the north-east: a dwell in the south-west says nothing about it
        tracks = tracker.update(11.0 + k, 0, azimuth_start=-2.5, azimuth_end=-2.0)
    assert tracks["misses"].tolist() == [0]
    assert tracker.update(20.0, 0, azimuth_start=0.0, azimuth_end=1.0)["misses"].tolist() == [1]


def test_a_target_on_the_edge_of_two_dwells_has_its_miss_taken_back():
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor]), 16, 16)
    for k in range(3):
        tracker.update(5.0 * k, 0, **observe(fly(PLANE, 5.0 * k), sensor))
    assert tracker.update(15.0, 0, azimuth_start=0.0, azimuth_end=1.0)["misses"].tolist() == [1]
    tracks = tracker.update(15.5, 0, azimuth_start=0.5, azimuth_end=2.0, **observe(fly(PLANE, 15.5), sensor))
    assert tracks["misses"].tolist() == [0]
    assert tracker.bank.track["looks"][0] == 4
    # and the other way round: what was seen before the edge is not missed after it
    assert tracker.update(16.0, 0, azimuth_start=0.0, azimuth_end=1.0)["misses"].tolist() == [0]


def test_crossing_targets_keep_their_ids():
    sensor = radar()
    starts = np.array([[-10_000.0, 50_000.0, 8_000.0, 250.0, 40.0, 0.0], [10_000.0, 50_000.0, 8_300.0, -250.0, 40.0, 0.0]])
    tracker = Tracker(CONFIG, make_sensors([sensor]), 32, 16)
    rng = np.random.default_rng(2)
    for k in range(17):
        tracks = tracker.update(5.0 * k, 0, **observe(fly(starts, 5.0 * k), sensor, rng))
    assert tracks["id"].tolist() == [1, 2]
    assert np.abs(tracks["state"][:, :3] - fly(starts, 80.0)[:, :3]).max() < 500.0


def test_two_radars_make_one_track_of_one_target():
    sensors = [radar(), radar((60_000.0, 0.0, 0.0), 4.0)]
    tracker = Tracker(CONFIG, make_sensors(sensors), 32, 16)
    rng = np.random.default_rng(3)
    looks = sorted([(5.0 * k, 0) for k in range(12)] + [(4.0 * k + 0.3, 1) for k in range(15)])
    for t, s in looks:
        tracks = tracker.update(t, s, **observe(fly(PLANE, t), sensors[s], rng))
    assert tracks["id"].tolist() == [1]
    assert statuses(tracker) == [CONFIRMED]
    assert (tracker.bank.seen["sensor_misses"][0] == 0).all()


def test_a_report_that_comes_late_does_not_turn_the_track_back():
    sensors = [radar(), radar((60_000.0, 0.0, 0.0))]
    tracker = Tracker(CONFIG, make_sensors(sensors), 32, 16)
    rng = np.random.default_rng(4)
    for k in range(8):
        t = 5.0 * k
        tracker.update(t, 0, **observe(fly(PLANE, t), sensors[0], rng))
        late = observe(fly(PLANE, t - 0.8), sensors[1], rng) | {"time": [t - 0.8]}
        tracks = tracker.update(t, 1, **late)
        assert tracker.bank.track["time"][0] == t
    assert tracks["id"].tolist() == [1]
    error = tracks["state"][0] - fly(PLANE, 35.0)[0]
    assert error @ np.linalg.solve(tracks["covariance"][0], error) < 22.5  # chi-square of 6, 99.9 %


def test_twins_are_merged_under_the_older_id():
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor]), 32, 16)
    rng = np.random.default_rng(5)
    both = np.vstack([fly(PLANE, 0.0), fly(PLANE, 0.0)])
    both[1, 0] += 30.0
    for k in range(4):  # a radar that splits its plot makes two tracks of one target
        tracker.update(5.0 * k, 0, **observe(fly(both, 5.0 * k), sensor, rng))
    assert statuses(tracker) == [CONFIRMED, CONFIRMED]
    for k in range(4, 7):
        tracks = tracker.update(5.0 * k, 0, **observe(fly(PLANE, 5.0 * k), sensor, rng))
    assert tracks["id"].tolist() == [1]
    assert tracker.assigned[0] == tracks["slot"][0]


def test_a_radar_without_elevation_tracks_too_and_one_with_it_takes_over():
    sensors = [radar(measures_elevation=0, measures_range_rate=0, clutter_density=1e-7), radar()]
    tracker = Tracker(CONFIG, make_sensors(sensors), 32, 16)
    rng = np.random.default_rng(6)
    for k in range(12):
        tracks = tracker.update(5.0 * k, 0, **observe(fly(PLANE, 5.0 * k), sensors[0], rng, flat=True))
    assert tracks["id"].tolist() == [1]
    assert np.linalg.norm(tracks["state"][0, :2] - fly(PLANE, 55.0)[0, :2]) < 2_000.0
    for k in range(12, 18):
        tracks = tracker.update(5.0 * k, 1, **observe(fly(PLANE, 5.0 * k), sensors[1], rng))
    assert tracks["id"].tolist() == [1]
    assert abs(tracks["state"][0, 2] - 9_000.0) < 500.0


def test_without_elevation_the_height_stays_about_as_uncertain_as_its_prior():
    sensor = radar(measures_elevation=0, measures_range_rate=0, clutter_density=1e-7)
    tracker = Tracker(CONFIG, make_sensors([sensor]), 32, 16)
    rng = np.random.default_rng(12)
    slow = (60_000.0, 90_000.0, 9_000.0, -100.0, 50.0, 0.0)
    for k in range(100):
        tracks = tracker.update(5.0 * k, 0, **observe(fly(slow, 5.0 * k), sensor, rng, flat=True))
    assert tracks["id"].tolist() == [1]
    assert 500.0 < np.sqrt(tracks["covariance"][0, 2, 2]) < 1.2 * CONFIG.earth[8]
    assert np.linalg.norm(tracks["state"][0, :2] - fly(slow, 495.0)[0, :2]) < 1_000.0


def test_a_missile_in_free_fall_is_known_for_what_it_is():
    sensor = radar(period=2.0, elevation_max=1.5)
    tracker = Tracker(CONFIG, make_sensors([sensor]), 32, 16)
    rng = np.random.default_rng(7)
    truth = np.array([150_000.0, 20_000.0, 60_000.0, -1_200.0, 0.0, 300.0])
    for k in range(30):
        tracks = tracker.update(2.0 * k, 0, **observe(truth, sensor, rng))
        last = truth.copy()
        free_fall.move_ballistic(CONFIG.earth, np.log(5_000.0), truth, 2.0)
    assert tracks["id"].tolist() == [1]
    assert tracks["mode"][0, 2] > 0.9
    assert np.linalg.norm(tracks["state"][0, :3] - last[:3]) < 500.0
    height = free_fall.height_above_ground(CONFIG.earth, *tracks["state"][0, :3])
    assert update.kinematic_class(CONFIG, tracks["state"][0], tracks["mode"][0], height) == update.BALLISTIC_MISSILE
    # half a minute on, the picture still knows where it will be
    later = np.zeros(6)
    ahead.predicted_state(tracker.bank, CONFIG, int(tracks["slot"][0]), 88.0, later)
    for _ in range(15):
        free_fall.move_ballistic(CONFIG.earth, np.log(5_000.0), last, 2.0)
    assert np.linalg.norm(later[:3] - last[:3]) < 4_000.0


def test_a_slow_low_target_is_not_taken_for_a_missile():
    sensor = radar(period=2.0)
    tracker = Tracker(CONFIG, make_sensors([sensor]), 32, 16)
    rng = np.random.default_rng(8)
    drone = (9_000.0, 12_000.0, 1_000.0, 30.0, -25.0, 0.0)
    for k in range(30):
        tracks = tracker.update(2.0 * k, 0, **observe(fly(drone, 2.0 * k), sensor, rng))
    assert tracks["mode"][0, 2] < 1e-4
    assert update.kinematic_class(CONFIG, tracks["state"][0], tracks["mode"][0], 1_000.0) == update.DRONE


def test_prediction_grows_uncertain_with_time():
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor]), 32, 16)
    for k in range(6):
        tracker.update(5.0 * k, 0, **observe(fly(PLANE, 5.0 * k), sensor))
    sigmas = [ahead.predicted_sigma(tracker.bank, CONFIG, 0, t) for t in (25.0, 30.0, 40.0)]
    for t in (20.0, 25.0, 28.0, 40.0):
        exact = ahead.predicted_sigma(tracker.bank, CONFIG, 0, t)
        for part in (0.3, 0.9, 0.99, 1.01, 1.1, 2.0, 5.0):
            assert ahead.is_sure(tracker.bank, CONFIG, 0, t, part * exact) == (part > 1.0)
    assert 0.0 < sigmas[0] < sigmas[1] < sigmas[2]


def test_a_full_bank_drops_the_worst_tentative_track_first_and_then_says_so():
    sensor = radar()
    tracker = Tracker(CONFIG, make_sensors([sensor]), 2, 16)
    crowd = np.array([[20_000.0 * k, 50_000.0, 9_000.0, 0.0, 200.0, 0.0] for k in range(3)])
    for k in range(4):
        tracker.update(5.0 * k, 0, **observe(fly(crowd[:2] if k < 2 else crowd[[0, 2]], 5.0 * k), sensor))
        assert sorted(tracker.bank.track["id"].tolist()) == ([0, 0], [1, 2], [1, 2], [1, 3])[k]  # the third gets the second's room
    tracker.update(20.0, 0, **observe(fly(crowd, 20.0), sensor))
    with pytest.raises(TrackerError, match=r"bank of tracks is full \(2 tracks\) at 25.0 s"):
        tracker.update(25.0, 0, **observe(fly(crowd, 25.0), sensor))


def test_settings_that_make_no_sense_are_refused_in_a_sentence():
    with pytest.raises(TrackerError, match=r"gate_probability is 1\.5"):
        make_config((0, 0, -EARTH), (0, 0, 1), gate_probability=1.5)
    with pytest.raises(TrackerError, match=r"tracker\.gate is not a setting"):
        make_config((0, 0, -EARTH), (0, 0, 1), gate=3)
    with pytest.raises(TrackerError, match=r"sensor\[0\].detection_probability is 1.0"):
        make_sensors([{"detection_probability": 1.0}])


def scene(seed):
    """Dwells of two radars over 10 targets with misses and false alarms, as both tables."""
    rng = np.random.default_rng(seed)
    sensors = [radar(), radar((50_000.0, 10_000.0, 0.0), 4.0)]
    starts = np.hstack([rng.uniform(-8e4, 8e4, (10, 2)), rng.uniform(2e3, 1e4, (10, 1)), rng.normal(0, 150, (10, 2)), np.zeros((10, 1))])
    rows, dwells = [], []
    for number, (t, s) in enumerate(sorted([(5.0 * k + 5, 0) for k in range(12)] + [(4.0 * k + 4.1, 1) for k in range(15)])):
        seen = starts[rng.random(10) < 0.85]
        columns = observe(fly(seen, t), sensors[s], rng)
        columns["range"] = np.append(columns["range"], rng.uniform(1e4, 1e5, 3))
        columns["azimuth"] = np.append(columns["azimuth"], rng.uniform(-3, 3, 3))
        columns["elevation"] = np.append(columns["elevation"], rng.uniform(0.01, 0.2, 3))
        columns["range_rate"] = np.append(columns["range_rate"], rng.uniform(-400, 400, 3))
        for k, name in enumerate(("range", "azimuth", "elevation", "range_rate")):
            columns[f"sigma_{name}"] = np.full(len(columns["range"]), SIGMA[k])
        rows.append((number, s, t, columns))
        dwells.append((number, t, s, -np.pi, np.pi))
    units = {"range": "_m", "azimuth": "_rad", "elevation": "_rad", "range_rate": "_mps"}
    table = {f"{n}{units[n.removeprefix('sigma_')]}": np.concatenate([c[n] for *_, c in rows]) for n in rows[0][3]}
    for name, index in (("dwell", 0), ("sensor", 1), ("time_s", 2)):
        table[name] = np.concatenate([np.full(len(row[3]["range"]), row[index]) for row in rows])
    names = ("dwell", "time_s", "sensor", "azimuth_start_rad", "azimuth_end_rad")
    return sensors, rows, table, {name: np.array(column) for name, column in zip(names, zip(*dwells, strict=True), strict=True)}


def test_the_replay_of_a_table_gives_the_same_tracks_to_the_last_bit():
    sensors, rows, table, dwells = scene(9)
    tracker = Tracker(CONFIG, make_sensors(sensors), 256, 64)
    for _, s, t, columns in rows:
        live = tracker.update(t, s, **columns)
    log = track_detections(table, make_sensors(sensors), CONFIG, dwells, 256)
    assert len(live["id"]) >= 8
    for track, slot in zip(live["id"], live["slot"], strict=True):
        last = np.flatnonzero(log["track"] == track)[-1]
        assert (log["state"][last] == tracker.bank.state[slot]).all()
        assert (log["covariance"][last] == tracker.bank.covariance[slot]).all()
    again = track_detections(table, make_sensors(sensors), CONFIG, dwells, 256)
    assert all(np.array_equal(log[name], again[name], equal_nan=True) for name in log)


def test_a_table_without_dwells_is_cut_by_period():
    sensors, _, table, _ = scene(10)
    del table["dwell"]
    log = track_detections(table, make_sensors(sensors), CONFIG)
    assert len(set(log["track"][log["status"] == CONFIRMED])) >= 8
    with pytest.raises(TrackerError, match="lack the column range_m"):
        track_detections({k: v for k, v in table.items() if k != "range_m"}, make_sensors(sensors), CONFIG)


def test_the_filter_knows_its_errors_in_a_whole_run():
    # straight flights: mean NIS of the combined prediction, whose manoeuvre model makes it cautious but never overconfident
    _, _, table, dwells = scene(11)
    sensors = make_sensors([radar(), radar((50_000.0, 10_000.0, 0.0), 4.0)])
    log = track_detections(table, sensors, CONFIG, dwells, 256)
    settled = (log["status"] == CONFIRMED) & (log["nis_dimension"] == 4)
    assert settled.sum() > 100
    assert 2.0 < log["nis"][settled].mean() < 4.6


def test_no_kernel_of_the_tracker_has_a_parameter_for_truth():
    for module in (association, filters, fusion, lifecycle, measurement, motion_models, update):
        for name, thing in vars(module).items():
            function = getattr(thing, "py_func", thing)
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                assert not [p for p in inspect.signature(function).parameters if "truth" in p or "target" in p], name


def test_the_kernels_run_uncompiled():
    code = (
        "from dowding.tracking.tracker import *\n"
        "t = Tracker(make_config((0, 0, -6.371e6), (0, 0.6, 0.8)), make_sensors([{'period': 5.0}]), 8, 8)\n"
        "for k in range(4):\n"
        "    r = t.update(5.0 * k, 0, range=[5e4 - 1e3 * k, 9e4], azimuth=[1.0, -1.0 - k], elevation=[0.1, 0.1],\n"
        "        range_rate=[-200.0, 0.0], sigma_range=[50.0] * 2,\n"
        "        sigma_azimuth=[0.002] * 2, sigma_elevation=[0.002] * 2, sigma_range_rate=[2.0] * 2)\n"
        "print(r['id'].tolist(), round(float(r['state'][0, 0])))\n"
    )
    root = Path(__file__).parents[2]
    outputs = []
    for disabled in ("0", "1"):
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": str(root)}
        outputs.append(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout)
    assert outputs[0] == outputs[1]
    assert outputs[0].startswith("[1] ")
