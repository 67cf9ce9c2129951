"""What a look that finds nothing tells: by how probably a sensor detects, on the ground, and where its filter is blind."""

import numpy as np

from dowding.tracking.existence import count_look, detection_probability, own_detection, weigh_look
from dowding.tracking.picture import CONFIRMED, make_bank
from dowding.tracking.tracker import Tracker, make_config, make_sensors

EARTH = 6_371_000.0
TRACKS, LOOKS = 12, 60


def told(found: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What is believed of tracks that are detected with probabilities `found` (track,), of each by all looks and by its own alone."""
    rng = np.random.default_rng(seed)
    sensors, bank = make_sensors([{"detection_probability": 0.8}]), make_bank(len(found), 1, 1)
    bank.track["status"], bank.track["score"] = CONFIRMED, 30.0
    for hits in rng.random((LOOKS, len(found))) < found:
        for slot, hit in enumerate(hits):
            if hit:
                count_look(bank, sensors, slot, 0)
                bank.seen["sensor_misses"][slot, 0] = 0
            else:
                weigh_look(bank, sensors, 0, slot, False)
                bank.seen["sensor_misses"][slot, 0] += 1
    slots = range(len(found))
    return (
        np.array([detection_probability(bank, sensors, 0, slot) for slot in slots]),
        np.array([own_detection(bank, sensors, 0, slot) for slot in slots]),
    )


def test_of_targets_that_are_alike_all_looks_tell() -> None:
    for seed in range(5):
        believed, own = told(np.full(TRACKS, 0.9), seed)
        # 500 looks remembered: a standard error of 0.013, and 20 looks' worth of the nominal 0.8
        assert np.abs(believed - 0.9).max() < 4.0 * 0.013 + 0.004
        assert np.std(believed) < 0.1 * np.std(own)


def test_of_targets_that_differ_each_tells_for_itself() -> None:
    true = np.array([0.4, 0.97] * (TRACKS // 2))
    for seed in range(5):
        believed, own = told(true, seed)
        np.testing.assert_allclose(believed, own, atol=0.01)


def test_a_track_predicted_below_the_ground_is_looked_for_on_it() -> None:
    """A target that came down at 60 m/s and vanished 300 m up ends as soon as one that vanished in level flight."""
    ends = []
    for climb in (0.0, -60.0):
        sensors = make_sensors([{"height": 100.0, "period": 4.0, "elevation_min": -0.01, "range_max": 150e3}])
        tracker = Tracker(make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8)), sensors)
        for k in range(30):
            t = 4.0 * k
            here, height = 8_000.0 + 100.0 * t, 300.0 - climb * (40.0 - t)
            fix: dict[str, list[float]] = {}
            if t <= 40.0:
                away, up = float(np.hypot(here, height)), float(np.arctan2(height, here))
                rate = (here * 100.0 + height * climb) / away
                fix = {"range": [away], "azimuth": [0.0], "elevation": [up], "range_rate": [rate]}
                fix |= {"sigma_range": [30.0], "sigma_azimuth": [2e-3], "sigma_elevation": [2e-3], "sigma_range_rate": [1.0]}
            shown = tracker.update(t, 0, **fix)
            if len(shown["id"]):
                last = t
        ends.append(last)
    assert ends[0] == ends[1]


def test_a_track_that_passes_abeam_lives_through_the_blind_speeds() -> None:
    """Straight past a radar at 60 km with 200 m/s: below 15 m/s of range rate for 45 s, which is 11 scans without a detection."""
    lives = []
    for blind in (0.0, 15.0):
        sensors = make_sensors([{"height": 100.0, "period": 4.0, "range_max": 150e3, "blind_speed": blind}])
        tracker, ids, seen = Tracker(make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8)), sensors), set(), []
        for k in range(60):
            t = 4.0 * k
            place = np.array([-24_000.0 + 200.0 * t, 60_000.0, 8_000.0])
            away = float(np.linalg.norm(place))
            rate, fix = 200.0 * float(place[0]) / away, dict[str, list[float]]()
            if abs(rate) >= 15.0:
                azimuth, elevation = float(np.arctan2(place[0], place[1])), float(np.arcsin(place[2] / away))
                fix = {"range": [away], "azimuth": [azimuth], "elevation": [elevation]}
                fix |= {"sigma_range": [30.0], "sigma_azimuth": [2e-3], "sigma_elevation": [2e-3]}
                fix |= {"range_rate": [rate], "sigma_range_rate": [1.0]}
                seen.append(t)
            shown = tracker.update(t, 0, **fix)
            if t > 40.0:
                ids |= set(shown["id"].tolist())
        assert max(np.diff(seen)) > 40.0
        lives.append(len(ids))
    assert lives == [2, 1]
