"""Closed forms for pairs of detections: they must leave everything that the filter would make a track of."""

import math

import numpy as np
import pytest

from dowding.tracking.gating import largest_sigmas, likelihood, predict_row, sort_detections
from dowding.tracking.initiation import can_start
from dowding.tracking.measurement import note_directions
from dowding.tracking.picture import POINTS
from dowding.tracking.plausibility import smallest_sigmas
from dowding.tracking.point_pairs import find_for_point, find_within_reach, is_far, look_at_point, span_of_free
from dowding.tracking.points import add_points
from dowding.tracking.tracker import Tracker, make_config, make_sensors

SIGMA = np.array([50.0, 0.0035, 0.0035, 2.0])  # m, rad, rad, m/s
RIVAL = 1.1e-9  # per m rad rad m/s


def _polar(place: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    distance = np.linalg.norm(place)
    return np.array([distance, math.atan2(place[0], place[1]), math.asin(place[2] / distance), place @ velocity / distance])


ELSEWHERE = np.array([60e3, -20e3, 500.0])  # m, where the second radar stands


def _tracker(missing: int | None) -> Tracker:
    sensor = {"height": 0.0, "range_min": 1e3, "range_max": 4e5, "period": 5.0, "clutter_density": 1e-9, "elevation_max": 1.0}
    if missing is not None:
        sensor["measures_elevation" if missing == 2 else "measures_range_rate"] = 0
    return Tracker(make_config((0.0, 0.0, -6_371_000.0), (0.0, 0.6, 0.8)), make_sensors([sensor, sensor | {"position": ELSEWHERE}]), 16, 4)


def _put(tracker: Tracker, d: int, time: float, value: np.ndarray, missing: int | None) -> None:
    row = tracker.bank.work.measured[d]
    row[:] = np.nan
    row[:4], row[4:8], row[8], row[26] = value, SIGMA, time, -1.0
    if missing is not None:
        row[missing] = np.nan
    note_directions(tracker.bank.work.measured, d)
    column = tracker.bank.work.column[d]
    column["valid"], column["claimed"], column["rival"] = (
        1,
        0.0,
        RIVAL * ({None: 1.0, 2: 1.1, 3: 2_000.0}[missing]),
    )


def _compare(tracker: Tracker, rng: np.random.Generator, missing: int | None, sensor: int = 0) -> tuple[bool, bool, bool]:
    """One point and one later detection of a sensor: score positive by the filter, listed by the closed forms, listed by reach."""
    bank, config, sensors, work = tracker.bank, tracker.config, tracker.sensors, tracker.bank.work
    azimuth, distance, elevation = rng.uniform(-np.pi, np.pi), rng.uniform(5e3, 2e5), rng.uniform(0.0, 0.6)
    place = distance * np.array([math.cos(elevation) * math.sin(azimuth), math.cos(elevation) * math.cos(azimuth), math.sin(elevation)])
    high = place[2] > 20e3 and rng.random() < 0.5
    velocity = rng.normal(size=3) * ((1_000.0, 1_000.0, 700.0) if high else (250.0, 250.0, 30.0))
    step = float(rng.choice([5.0, 10.0, 15.0] if sensor == 0 else [1.0, 4.0, 13.0]))
    turned = velocity + rng.normal(size=3) * (20.0, 20.0, 3.0) * step * (rng.random() < 0.5)
    later = place + 0.5 * step * (velocity + turned) - (0.0, 0.0, 4.9 * step**2 if high else 0.0)
    bank.counters[POINTS] = 0
    _put(tracker, 0, 0.0, _polar(place, velocity) + rng.normal(size=4) * SIGMA, missing)
    add_points(bank, config, sensors, 0, np.zeros(1, np.int64), 1)
    _put(tracker, 0, step, _polar(later - (ELSEWHERE if sensor else 0.0), turned) + rng.normal(size=4) * SIGMA, missing)
    assert can_start(work.measured, 0)
    scratch = work.row_x.shape[0] - 1
    missed = (round(step / 5.0) - 1 if sensor == 0 else int(step / 5.0)) * math.log(0.1)
    within, listed = _found(tracker, sensor, step, work.column["rival"][0])
    if sensor == 1 and within:
        _, wedge, nearest, farthest = span_of_free(work, 1)
        assert not is_far(bank, sensors, 1, 0, step, wedge, nearest, farthest)
    predict_row(bank, config, sensors, sensor, look_at_point(bank, config, sensors, 0), scratch, step)
    density = likelihood(work, config, sensors, sensor, scratch, step, 0)
    score = bank.point["weight"][0] + missed + math.log(0.9 * density / work.column["rival"][0] + 1e-300)
    return bool(score > 0.0), bool(listed == 1), bool(within == 1)


@pytest.mark.parametrize("sensor", [0, 1])
def test_nothing_that_could_be_a_track_is_left_out(sensor: int) -> None:
    rng = np.random.default_rng(1)
    for missing in (None, 2, 3):
        tracker = _tracker(missing)
        results = np.array([_compare(tracker, rng, missing, sensor) for _ in range(400)])
        positive, listed, within = results.T
        assert positive.sum() > 100
        lost = positive & within & ~listed
        assert not lost.any(), f"without component {missing} {lost.sum()} of {positive.sum()} pairs are lost"


def _found(tracker: Tracker, sensor: int, step: float, rival: float) -> tuple[int, int]:
    """Detections that reach and the closed forms list for the one point, `step` seconds later."""
    bank, config, sensors, work = tracker.bank, tracker.config, tracker.sensors, tracker.bank.work
    sort_detections(work, sensors, sensor, 1, -np.pi, np.pi)
    largest_sigmas(work.measured, 1, work.window)
    within = find_within_reach(bank, sensors, sensor, 0, step, 0.0)
    return within, find_for_point(bank, config, sensors, sensor, 0, step, 0.0, smallest_sigmas(work.measured, 1), rival)


def test_other_radars_false_alarms_are_seen_to_be_hopeless() -> None:
    rng, tracker = np.random.default_rng(3), _tracker(None)
    bank, config, sensors = tracker.bank, tracker.config, tracker.sensors
    within = listed = 0
    for _ in range(300):
        bank.counters[POINTS] = 0
        place = rng.uniform((-1e5, -1e5, 1e3), (1e5, 1e5, 2e4))
        _put(tracker, 0, 0.0, _polar(place, rng.normal(size=3) * 250.0), None)
        add_points(bank, config, sensors, 0, np.zeros(1, np.int64), 1)
        away = place + rng.uniform(-1.0, 1.0, 3) * (3e4, 3e4, 0.0) - ELSEWHERE
        _put(tracker, 0, 10.0, _polar(away, rng.normal(size=3) * 250.0), None)
        found = _found(tracker, 1, 10.0, RIVAL)
        within, listed = within + found[0], listed + found[1]
    assert within > 200
    assert listed < 0.5 * within


def test_a_range_rate_that_denies_the_way_is_seen_to_be_hopeless() -> None:
    rng, tracker = np.random.default_rng(4), _tracker(None)
    bank, config, sensors = tracker.bank, tracker.config, tracker.sensors
    listed = {False: 0, True: 0}
    for false in (False, True):
        for _ in range(200):
            bank.counters[POINTS] = 0
            place, velocity = rng.uniform((2e4, -2e4, 2e3), (4e4, 0.0, 9e3)), rng.normal(size=3) * (200.0, 200.0, 10.0)
            _put(tracker, 0, 0.0, _polar(place, velocity), None)
            add_points(bank, config, sensors, 0, np.zeros(1, np.int64), 1)
            value = _polar(place + 4.0 * velocity - ELSEWHERE, velocity)
            value[3] = rng.uniform(-1_000.0, 1_000.0) if false else value[3]
            _put(tracker, 0, 4.0, value, None)
            listed[false] += _found(tracker, 1, 4.0, RIVAL)[1]
    assert listed[False] == 200
    assert listed[True] < 100


def test_false_alarms_are_seen_to_be_hopeless() -> None:
    rng, tracker = np.random.default_rng(2), _tracker(None)
    bank, config, sensors, work = tracker.bank, tracker.config, tracker.sensors, tracker.bank.work
    within = listed = 0
    for _ in range(300):
        bank.counters[POINTS] = 0
        false = rng.uniform((5e3, -np.pi, 0.0, -700.0), (1.4e5, np.pi, 0.5, 700.0))
        _put(tracker, 0, 0.0, false, None)
        add_points(bank, config, sensors, 0, np.zeros(1, np.int64), 1)
        # its range and range rate fit, its angles may
        _put(tracker, 0, 5.0, false + np.r_[5.0 * false[3], rng.uniform(-0.3, 0.3, 2), rng.normal() * 50.0], None)
        work.column["rival"][0] = 1e-5
        found = _found(tracker, 0, 5.0, 1e-5)
        within, listed = within + found[0], listed + found[1]
    assert within > 100
    assert listed < 0.5 * within
