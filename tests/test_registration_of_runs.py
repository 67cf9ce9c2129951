"""A run whose detections of one radar were turned by two degrees: registered, said, and tracked as if nothing had happened."""

import math
from pathlib import Path

import numpy as np
import pytest

from dowding.retracking import retrack, summary
from dowding.scenario import from_tables
from dowding.simulation import simulate
from dowding.tables import Tables, read_parquet


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    flights = []
    for k in range(14):
        course = 2.0 * math.pi * k / 14
        begin = {"lat_deg": 40.0 + 0.9 * math.cos(course), "lon_deg": 33.3 + 1.1 * math.sin(course)}
        end = {"lat_deg": begin["lat_deg"] - 1.2 * math.cos(course + 0.6), "lon_deg": begin["lon_deg"] - 1.4 * math.sin(course + 0.6)}
        first = begin | {"altitude_m": 8000.0 + 300.0 * k, "speed_mps": 220.0}
        flights.append({"name": f"F{k}", "target": "f-16", "route": [first, end]})
    sites = [
        {"name": name, "radar": "96l6e", "lat_deg": 40.0, "lon_deg": lon, "override": {"sector_deg": 360.0}}
        for name, lon in (("west", 32.9), ("east", 33.7))
    ]
    given = {"duration_s": 300.0, "seed": 3, "theatre": {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}, "sensor": sites, "flight": flights}
    run = simulate(from_tables(given))
    out = tmp_path_factory.mktemp("turned") / "run"
    turned = dict(run["detections"])
    turned["azimuth_rad"] = (turned["azimuth_rad"] + np.where(turned["sensor"] == 1, math.radians(2.0), 0.0)) % (2.0 * math.pi)
    Tables({**run.data, "detections": turned}, run.summary, run.provenance, run.scenario_text).write(out)
    return out


def test_it_is_found_said_and_taken_away(folder: Path) -> None:
    plain, _ = retrack(folder)
    right, found = retrack(folder, registration=True)
    west, east = right.summary["registration"]
    assert (west["sensor"], east["sensor"]) == ("west", "east")
    assert east["azimuth_deg"]["observable"]
    assert abs(east["azimuth_deg"]["bias"] - 2.0) < 4.0 * east["azimuth_deg"]["sigma"]
    assert abs(west["azimuth_deg"]["bias"]) < 4.0 * west["azimuth_deg"]["sigma"]
    assert any("azimuth is" in line and line.startswith("east") for line in right.summary["registered"])
    its_own = Tables({"tracks": read_parquet(folder / "tracks.parquet")})
    before, after, own = summary(plain, folder), summary(right, found), summary(its_own, folder)
    assert after["confirmed"] < 0.7 * before["confirmed"]
    assert after["position_error_mean_m"] < 1.5 * own["position_error_mean_m"]
    assert after["position_error_mean_m"] < 0.3 * before["position_error_mean_m"]
