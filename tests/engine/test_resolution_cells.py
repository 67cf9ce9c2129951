"""Targets that a radar cannot tell apart are one detection; those that differ in any one coordinate are two."""

from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.simulation import simulate
from dowding.tables import Tables

LEAD = {"lat_deg": 40.9, "lon_deg": 33.03, "altitude_m": 8000.0}
STEADY = {"swerling": 0, "rcs_front_m2": 20.0, "rcs_band": "S"}


def flight(name: str, start: dict[str, float], **override: Any) -> dict[str, Any]:
    """One target that flies due south."""
    end = start | {"lat_deg": start["lat_deg"] - 0.5}
    return {"name": name, "target": "b-52", "speed_mps": 200.0, "route": [start, end], "override": STEADY | override}


def seen(*flights: dict[str, Any], radar: str = "91n6e", **override: Any) -> Tables:
    sensor = {"name": "Post", "radar": radar, "lat_deg": 40.0, "lon_deg": 33.0, "override": {"false_alarms_per_scan": 0.0} | override}
    return simulate(world(sensor=[sensor], flight=list(flights)), looks=True)


def apart(**moved: float) -> dict[str, float]:
    return {key: value + moved.get(key, 0.0) for key, value in LEAD.items()}


def test_a_close_pair_is_one_echo_of_both_powers() -> None:
    alone, pair = seen(flight("A", LEAD)), seen(flight("A", LEAD), flight("B", apart(lat_deg=0.0003), rcs_front_m2=60.0))
    looks = pair["looks"]
    assert len(looks["time_s"]) == len(alone["looks"]["time_s"]) > 20
    assert set(looks["target"]) == {1}  # the stronger gives it its name
    gain = looks["mean_snr_db"] - alone["looks"]["mean_snr_db"]
    assert np.abs(gain - 10.0 * np.log10(1.0 + 3.0)).max() < 0.02  # dB; 33 m of range between them


def test_the_report_lies_between_them_by_power() -> None:
    pair = seen(flight("A", LEAD), flight("B", apart(lat_deg=0.0009), rcs_front_m2=60.0), range_bias_floor_m=0.0)
    reports, origins = pair["detections"], pair["origins"]
    off = reports["range_m"] - origins["true_range_m"]
    assert len(off) > 20
    assert (origins["target"] == 1).all()
    # B is 100 m farther and has three quarters of the power: the mean lies a quarter of the way to A
    expected, error = -25.0, reports["sigma_range_m"]
    weight = 1.0 / error**2
    mean = (off * weight).sum() / weight.sum()
    assert abs(mean - expected) < 3.5 / np.sqrt(weight.sum()) + 0.5


@pytest.mark.parametrize("moved", [{"lat_deg": 0.002}, {"lon_deg": 0.1}, {"altitude_m": 6000.0}])
def test_one_coordinate_is_enough_to_tell_them_apart(moved: dict[str, float]) -> None:
    pair = seen(flight("A", LEAD), flight("B", apart(**moved)))
    counts = [int((pair["looks"]["target"] == k).sum()) for k in (0, 1)]
    assert min(counts) > 15


def test_doppler_tells_apart_where_it_is_measured() -> None:
    slow, fast = flight("A", LEAD), flight("B", LEAD) | {"speed_mps": 206.0}
    both = [seen(slow, fast, measures_range_rate=flag, range_rate_resolution_mps=4.0, range_resolution_m=400.0) for flag in (True, False)]
    first = [each["looks"]["time_s"] < 50.0 for each in both]
    with_doppler, without = (int(rows.sum()) for rows in first)
    assert with_doppler == 2 * without
    assert without >= 4


def test_three_in_a_cell_are_one() -> None:
    three = seen(*(flight(name, apart(lat_deg=0.0003 * k)) for k, name in enumerate("ABC")))
    alone = seen(flight("A", LEAD))
    assert len(three["looks"]["time_s"]) == len(alone["looks"]["time_s"])
    gain = three["looks"]["mean_snr_db"] - alone["looks"]["mean_snr_db"]
    assert np.abs(gain - 10.0 * np.log10(3.0)).max() < 0.02
