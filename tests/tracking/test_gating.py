"""The grid of a dwell's detections against looking at each of them."""

import numpy as np
import pytest

from dowding.tracking.association import find_tracks_in_view, pair_rows
from dowding.tracking.gating import find_near, likelihood, predict_row, sort_detections
from dowding.tracking.lifecycle import start_record, store_slot, take_slot
from dowding.tracking.measurement import AZIMUTH, POSITION, RANGE, TIME, note_directions, polar
from dowding.tracking.picture import make_bank
from dowding.tracking.reach import keep_in_reach, strongest_noise
from dowding.tracking.tracker import Tracker, make_config, make_sensors


@pytest.mark.parametrize(("start", "end"), [(-np.pi, np.pi), (-0.3, 0.4), (3.0, 3.5), (0.0, 2 * np.pi)])
def test_what_is_near_is_what_looking_at_all_finds(start, end):
    rng = np.random.default_rng(3)
    count = 300
    work, sensors = make_bank(4, count, 1).work, make_sensors([{}])
    work.measured[:] = np.nan
    work.measured[:count, RANGE] = rng.uniform(1e3, 2e5, count)
    work.measured[:count, AZIMUTH] = rng.uniform(start, end, count)
    work.measured[:10, RANGE] = np.nan  # bearings
    work.measured[10:15, AZIMUTH] = np.nan
    work.measured[15:20, :4] = np.nan
    work.measured[15:20, POSITION : POSITION + 3] = rng.uniform(-1e5, 1e5, (5, 3))
    valid = rng.random(count) < 0.9
    work.column["valid"] = valid
    sort_detections(work, sensors, 0, count, start, end)
    distance, azimuth = work.measured[:count, RANGE].copy(), work.measured[:count, AZIMUTH].copy()
    x, y, z = work.measured[15:20, POSITION : POSITION + 3].T
    distance[15:20], azimuth[15:20] = np.sqrt(x * x + y * y + z * z), np.arctan2(x, y)
    middle, hits = 0.5 * (start + end), 0
    for half, half_azimuth in ((5e3, 0.05), (4e4, 0.5), (1e3, 3.0), (3e5, np.pi)):
        for _ in range(30):
            at, about = rng.uniform(0, 2.2e5), rng.uniform(-np.pi, np.pi)
            found = find_near(work, at, about, half, half_azimuth)
            apart = np.abs((azimuth - middle - about + np.pi) % (2 * np.pi) - np.pi)
            expected = np.flatnonzero(valid & ~(np.abs(distance - at) > half) & ~(apart > half_azimuth))
            assert sorted(work.near["found"][:found].tolist()) == expected.tolist()
            hits += len(expected)
    assert hits > 1_000


def test_what_a_gate_holds_is_within_reach_along_the_sight():
    """Tracks of three models, near and far, sure and unsure: no detection that the filter's gates hold is put aside beforehand."""
    rng = np.random.default_rng(8)
    config, sensors = make_config((0.0, 0.0, -6_371_000.0), (0.0, 0.6, 0.8)), make_sensors([{"clutter_density": 1e-9}])
    tracker, inside, spared, asked = Tracker(config, sensors, 8, 8), 0, 0, 0
    bank, work, noise = tracker.bank, tracker.bank.work, strongest_noise(config)
    for _ in range(400):
        tracker.reset()
        place, velocity = rng.uniform((-9e4, -9e4, 500.0), (9e4, 9e4, 9e3)), rng.normal(size=3) * (250.0, 250.0, 20.0)
        sure, step = 10.0 ** rng.uniform(0.5, 2.5), rng.uniform(0.0, 15.0)
        root = rng.normal(size=(3, 6, 6)) * np.repeat([sure, 0.2 * sure], 3)[:, None] / 2.0
        for model in range(3):
            spread = root[model] @ root[model].T
            work.x[model] = np.concatenate((place, velocity)) + rng.normal(size=6) * np.sqrt(np.diag(spread)) * 0.5 * (model > 0)
            work.covariance[model] = spread[np.tril_indices(6)]
        work.mode[:] = rng.dirichlet((3.0, 1.0, 0.2))
        slot = take_slot(bank, 0.0)
        start_record(bank, slot, 0, 0.0, 0.0, 3.0)
        store_slot(bank, config, slot)
        flown = place + step * velocity
        distance, azimuth, elevation = polar(sensors.position, sensors.rotation, 0, *flown)
        sigma = np.array([30.0, 0.002, 0.002, 1.0])
        work.measured[:8] = np.nan
        for d in range(8):
            errors = sure * (1.0 + 0.2 * step) * np.array([1.0, 1.0 / distance, 1.0 / distance, 0.2])
            wander = rng.normal(size=4) * (1.0 + 4.0 * d) * (sigma + errors)
            work.measured[d, :4] = np.array([distance, azimuth, elevation, flown @ velocity / distance]) + wander
            work.measured[d, 4:8], work.measured[d, TIME], work.measured[d, 26] = sigma, step, -1.0
            note_directions(work.measured, d)
        work.column["valid"][:8] = 1
        sort_detections(work, sensors, 0, 8, -np.pi, np.pi)
        if find_tracks_in_view(bank, config, sensors, 0, step, -np.pi, np.pi) == 0:
            continue
        pair_rows(bank, config, sensors, 0, step, 0, 1)
        work.near["found"][:8] = np.arange(8)
        kept = work.near["found"][: keep_in_reach(bank, config, sensors, 0, 0, 8, step, noise, 0.0)].tolist()
        predict_row(bank, config, sensors, 0, slot, 0, step)
        held = [d for d in range(8) if likelihood(work, config, sensors, 0, 0, step, d) > 0.0]
        assert set(held) <= set(kept)
        inside, spared, asked = inside + len(held), spared + 8 - len(kept), asked + 8
    assert inside > 300
    assert spared > 0.1 * asked
