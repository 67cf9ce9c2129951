"""Noise jamming in runs: burn-through of a target that screens itself, stand-off jamming through side lobes, switches."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.model.keeping import Kept
from dowding.model.placing import air_of, placed_radars
from dowding.physics.detection import snr_for_detection
from dowding.physics.jamming import burn_through_self
from dowding.simulation import simulate
from dowding.survey.ranges import coverage_table
from dowding.tables import Tables
from verification import independent as other

BOLTZMANN = 1.380649e-23
WAVELENGTH = 299792458.0 / 1.3e9
RCS = 3.0
RADAR = {
    "name": "Own", "type": "rotating", "band": "L", "frequency_ghz": 1.3, "scan_period_s": 1.0, "sector_deg": 360.0,
    "elevation_min_deg": -1.0, "elevation_max_deg": 60.0, "range_min_km": 1.0, "range_max_km": 300.0, "antenna_height_m": 20.0,
    "pfa": 1e-6, "pulses_integrated": 10, "peak_power_kw": 100.0, "pulse_width_us": 10.0, "gain_db": 34.0, "noise_temperature_k": 1000.0,
    "loss_db": 3.0, "beamwidth_azimuth_deg": 2.0, "beamwidth_elevation_deg": 4.0, "range_resolution_m": 150.0, "sidelobe_db": 35.0,
    "false_alarms_per_scan": 0.0,
}  # fmt: skip
SELF = {"power_w": 0.5, "bandwidth_mhz": 10.0, "bands": ["L"]}
STEADY = {"swerling": 0, "rcs_front_m2": RCS, "rcs_band": "L"}


def inbound(**more: Any) -> dict[str, Any]:
    route = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 8000.0}, {"lat_deg": 40.1, "lon_deg": 33.0}]
    return {"name": "In", "target": "f-16", "speed_mps": 250.0, "route": route, "override": STEADY} | more


def stand_off(**jammer: Any) -> dict[str, Any]:
    route = [{"lat_deg": 40.9, "lon_deg": lon, "altitude_m": 9000.0} for lon in (34.0, 34.2)]
    return {"name": "Off", "target": "b-52", "speed_mps": 200.0, "route": route, "jammer": SELF | {"power_w": 200.0} | jammer}


def run_of(*flights: dict[str, Any]) -> tuple[Any, Tables]:
    post = {"name": "Post", "radar": "own", "lat_deg": 40.0, "lon_deg": 33.0}
    compiled = world(duration_s=420.0, sensor=[post], flight=list(flights), catalogue={"radars": {"own": RADAR}})
    return compiled, simulate(compiled, looks=True)


def constant(power_w: float, bandwidth_hz: float) -> float:
    """Jammer-to-noise ratio times range squared in the beam's axis: Barton (2005), ch. 2."""
    return power_w / bandwidth_hz * 10.0**3.4 * WAVELENGTH**2 / ((4.0 * math.pi) ** 2 * BOLTZMANN * 1000.0)


def test_burn_through_is_where_the_closed_form_has_it() -> None:
    compiled, run = run_of(inbound(jammer=SELF))
    needed = snr_for_detection(0.5, 1e-6, 10, 0)
    radar = 1e5 * 1e-5 * 10.0**6.8 * WAVELENGTH**2 / ((4.0 * math.pi) ** 3 * BOLTZMANN * 1000.0 * 10.0**0.3)
    air = air_of(placed_radars(compiled.resolved)[0], compiled.resolved.theatre, Kept())
    expected = 50e3
    for _ in range(20):  # the air's share at the range that it leads to
        lost = float(air.gas_loss(np.array([expected]), np.array([8000.0]))[0])
        expected = burn_through_self(radar * 10.0 ** (-0.1 * lost), RCS, constant(0.5, 10e6) * 10.0 ** (-0.05 * lost), needed)
    looks = run["looks"]
    order = np.argsort(looks["range_m"])
    steps = pairwise(zip(looks["range_m"][order], looks["probability"][order], strict=True))
    crossed = [far for (_, p), (far, q) in steps if p >= 0.5 > q]
    assert len(crossed) == 1
    assert abs(crossed[0] - expected) < 300.0  # m, a scan of flight
    _, plain = run_of(inbound())
    assert plain["looks"]["probability"].min() > 0.9  # without jamming it is seen from the start


def test_stand_off_jamming_comes_through_the_side_lobes() -> None:
    compiled, jammed = run_of(inbound(), stand_off())
    _, plain = run_of(inbound(), stand_off(bands=["X"]))
    mine, theirs = (run["looks"]["target"] == 0 for run in (jammed, plain))
    assert (jammed["looks"]["time_s"][mine] == plain["looks"]["time_s"][theirs]).all()
    lost = plain["looks"]["mean_snr_db"][theirs] - jammed["looks"]["mean_snr_db"][mine]
    times, sensors = jammed["looks"]["time_s"][mine], jammed["sensors"]
    position, velocity = other.Truth(jammed["truth"]).at(np.ones(len(times), np.int64), times)
    place = (sensors["latitude_deg"][0], sensors["longitude_deg"][0], sensors["altitude_m"][0])
    seen = other.see(compiled.resolved.theatre.origin, *place, 4.0 / 3.0, position, velocity)
    one_way = 0.5 * other.clear_air_loss_db(1.3e9, float(place[2]), 4.0 / 3.0 * 6371e3, seen.range_m, seen.apparent_rad)
    ratio = constant(200.0, 10e6) / seen.range_m**2 * 10.0 ** (-3.5 - 0.1 * one_way)
    known = np.isfinite(seen.range_m)
    assert known.sum() > 50
    assert np.abs(lost - 10.0 * np.log10(1.0 + ratio))[known].max() < 0.05  # dB
    assert lost[known].min() > 10.0


@pytest.mark.parametrize("switch", [{"on_s": 100.0}, {"range_km": 90.0}])
def test_a_jammer_is_silent_until_it_is_switched_on_or_near(switch: dict[str, float]) -> None:
    _, jammed = run_of(inbound(jammer=SELF | switch))
    _, plain = run_of(inbound())
    looks, free = jammed["looks"], plain["looks"]
    both, mine, theirs = np.intersect1d(looks["time_s"], free["time_s"], return_indices=True)
    lost = free["mean_snr_db"][theirs] - looks["mean_snr_db"][mine]
    on = both > 101.0 if "on_s" in switch else free["range_m"][theirs] < 89.5e3
    off = both < 99.0 if "on_s" in switch else free["range_m"][theirs] > 90.5e3
    assert on.sum() > 50 < off.sum()
    assert np.abs(lost[off]).max() == 0.0
    assert lost[on].min() > 3.0


def test_a_dead_jammer_does_not_jam_and_coverage_is_of_a_quiet_sky() -> None:
    compiled, run = run_of(inbound(), stand_off())
    away = run["truth"]["time_s"][run["truth"]["target"] == 1].max()
    _, plain = run_of(inbound(), stand_off(bands=["X"]))
    mine, theirs = (each["looks"]["target"] == 0 for each in (run, plain))
    lost = plain["looks"]["mean_snr_db"][theirs] - run["looks"]["mean_snr_db"][mine]
    after = run["looks"]["time_s"][mine] > away + 2.0
    assert after.sum() > 50
    assert np.abs(lost[after]).max() == 0.0
    quiet = world(duration_s=420.0, sensor=[{"name": "Post", "radar": "own", "lat_deg": 40.0, "lon_deg": 33.0}],
                  flight=[inbound(), stand_off(bands=["X"])], catalogue={"radars": {"own": RADAR}})  # fmt: skip
    assert (coverage_table(compiled)["range_m"] == coverage_table(quiet)["range_m"]).all()
