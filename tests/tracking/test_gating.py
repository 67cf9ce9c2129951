"""The grid of a dwell's detections against looking at each of them."""

import numpy as np
import pytest

from dowding.tracking.gating import find_near, sort_detections
from dowding.tracking.measurement import AZIMUTH, POSITION, RANGE
from dowding.tracking.picture import make_bank
from dowding.tracking.tracker import make_sensors


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
