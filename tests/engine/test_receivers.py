"""Receivers: what they hear by the one-way equation and the horizon, what their reports say, and how far off these are."""

import math
from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.analysis.summary import summarise
from dowding.model import Compiled
from dowding.model.keeping import Kept
from dowding.model.placing import air_of, placed_radars
from dowding.physics import geodesy
from dowding.physics.detection import snr_for_detection
from dowding.physics.one_way import interception_range
from dowding.physics.propagation import euler_radius, horizon_distance, surface_distance
from dowding.retracking import track_tables
from dowding.simulation import simulate
from dowding.tables import Tables
from verification import independent as other

EAR = {
    "name": "Ear", "type": "direction_finder", "frequency_min_ghz": 1.0, "frequency_max_ghz": 18.0, "scan_period_s": 1.0,
    "sector_deg": 360.0, "elevation_min_deg": -2.0, "elevation_max_deg": 60.0, "range_max_km": 500.0, "antenna_height_m": 20.0,
    "sensitivity_dbm": -60.0, "gain_db": 10.0, "reference_pd": 0.5, "pfa": 1e-6, "beamwidth_azimuth_deg": 20.0, "angle_bias_floor_deg": 0.3,
    "false_alarms_per_scan": 0.0,
}  # fmt: skip
SECONDARY = EAR | {
    "name": "Asker", "type": "secondary", "frequency_min_ghz": 1.09, "frequency_max_ghz": 1.09, "sensitivity_dbm": -85.0, "gain_db": 27.0,
    "beamwidth_azimuth_deg": 2.4, "angle_bias_floor_deg": 0.08, "range_bias_floor_m": 70.0, "interrogation_eirp_dbw": 52.5,
}  # fmt: skip
STATION = EAR | {"name": "Station", "type": "ads_b", "frequency_min_ghz": 1.09, "frequency_max_ghz": 1.09, "sensitivity_dbm": -84.0}
OWN = {"df": EAR, "ssr": SECONDARY, "station": STATION}
CHANCE = 4.0  # standard deviations of a mean square that a right program stays within


def flight(begin: tuple[float, float], end: tuple[float, float], height: float = 9000.0, **more: Any) -> dict[str, Any]:
    route = [{"lat_deg": begin[0], "lon_deg": begin[1], "altitude_m": height}, {"lat_deg": end[0], "lon_deg": end[1]}]
    return {"name": "F", "target": "f-16", "speed_mps": 230.0, "route": route} | more


def heard(receiver: str, *flights: dict[str, Any], duration_s: float = 400.0, **override: Any) -> tuple[Compiled, Tables]:
    """One receiver and what it reports."""
    site = {"name": "Post", "receiver": receiver, "lat_deg": 40.0, "lon_deg": 33.0, "override": override}
    compiled = world(duration_s=duration_s, sensor=[site], flight=list(flights), catalogue={"receivers": OWN})
    return compiled, simulate(compiled, looks=True)


def scores(run: Tables, name: str) -> Any:
    """Errors over their standard errors."""
    detections, origins = run["detections"], run["origins"]
    rows = origins["target"] >= 0
    error = detections[name][rows] - origins[f"true_{name}"][rows]
    if name == "azimuth_rad":
        error = (error + math.pi) % (2.0 * math.pi) - math.pi
    return error / detections[f"sigma_{name}"][rows]


def is_standard(score: Any) -> bool:
    n = len(score)
    centred = abs(float(np.mean(score))) < CHANCE / math.sqrt(n)
    return n > 100 and centred and abs(float(np.mean(score**2)) - 1.0) < CHANCE * math.sqrt(2.0 / n)


def test_a_direction_finder_hears_by_the_one_way_equation() -> None:
    emitter = {"frequency_ghz": 9.7, "eirp_dbw": 52.0}
    compiled, run = heard("df", flight((42.0, 33.0), (40.4, 33.0), emits=[emitter]), duration_s=700.0)
    looks, air = run["looks"], air_of(placed_radars(compiled.resolved)[0], compiled.resolved.theatre, Kept())
    lost = 0.5 * air.gas_loss(looks["range_m"], np.full(len(looks["range_m"]), 9000.0))
    # Friis (1946): Pr = Pt Gt Gr (wavelength / 4 pi R)^2, against -60 dBm
    wavelength = 299792458.0 / 9.7e9
    power = 10.0 * np.log10(1e3 * 10.0 ** (5.2 + 1.0) * (wavelength / (4.0 * math.pi * looks["range_m"])) ** 2)
    expected = power - lost + 60.0 + 10.0 * math.log10(snr_for_detection(0.5, 1e-6, 1, 0))
    assert len(looks["range_m"]) > 300
    assert np.abs(looks["mean_snr_db"] - expected).max() < 0.05  # dB, of the table of losses
    free = interception_range(10.0**5.2, 10.0, 9.7e9, 1e-9)
    half = looks["range_m"][np.argmin(np.abs(looks["probability"] - 0.5))]
    assert 0.9 * free < half < free  # the air takes the rest


def test_its_reports_are_bearings_with_the_errors_that_they_state() -> None:
    emits = [{"frequency_ghz": 9.7, "eirp_dbw": 60.0}]
    flights = [flight((41.0, 32.0 + 0.3 * k), (40.2, 32.2 + 0.3 * k), name=f"F{k}", emits=emits) for k in range(4)]
    _, run = heard("df", *flights)
    detections = run["detections"]
    assert set(detections["kind"].astype(str)) == {"bearing"}
    for name in ("range_m", "sigma_range_m", "elevation_rad", "sigma_elevation_rad", "range_rate_mps", "told_altitude_m"):
        assert np.isnan(detections[name]).all(), name
    assert is_standard(scores(run, "azimuth_rad"))
    assert detections["sigma_azimuth_rad"].min() > math.radians(0.3)
    _, tall = heard("df", *flights, measures_elevation=True, beamwidth_elevation_deg=20.0)
    assert is_standard(scores(tall, "elevation_rad"))


def test_who_is_silent_is_never_heard_and_the_run_says_why() -> None:
    _, run = heard("df", flight((41.0, 33.0), (40.8, 33.0)), duration_s=120.0)
    assert len(run["looks"]["time_s"]) == 0
    assert run["targets"]["reason"].tolist() == ["silent"]
    told = summarise(run["targets"], run["shots"], run["sensors"], {}, {}, {})
    assert told["classes"]["aircraft"]["survived_because"] == {"silent": 1}
    _, loud = heard("df", flight((41.0, 33.0), (40.8, 33.0), emits=[{}]), duration_s=120.0, sensitivity_dbm=0.0)
    assert loud["targets"]["reason"].tolist() == ["never detected"]


def test_emitters_are_switched_and_jammers_and_broadcasts_are_heard_too() -> None:
    emitter = {"frequency_ghz": 9.7, "eirp_dbw": 60.0, "on_s": 50.0, "off_s": 90.0}
    way = (41.0, 33.0), (40.2, 33.0)
    _, run = heard("df", flight(*way, emits=[emitter]), duration_s=200.0)
    assert 50.0 <= run["looks"]["time_s"].min() < 52.0
    assert 88.0 < run["looks"]["time_s"].max() < 90.0
    _, deaf = heard("df", flight(*way, emits=[emitter | {"frequency_ghz": 0.4}]), duration_s=200.0)
    assert len(deaf["looks"]["time_s"]) == 0
    _, jammed = heard("df", flight(*way, jammer={"power_w": 500.0, "bandwidth_mhz": 20.0, "bands": ["X"]}), duration_s=100.0)
    assert len(jammed["looks"]["time_s"]) > 50
    for mode, some in (("ads-b", True), ("ssr", False)):
        _, civil = heard("df", flight(*way, transponder={"mode": mode}), duration_s=100.0, sensitivity_dbm=-90.0)
        assert (len(civil["looks"]["time_s"]) > 50) == some


def test_a_low_emitter_is_heard_within_the_radio_horizon_only() -> None:
    low = flight((41.5, 33.0), (40.3, 33.0), 100.0, emits=[{"frequency_ghz": 9.7, "eirp_dbw": 90.0}])
    _, run = heard("df", low, duration_s=600.0)
    farthest = float(run["looks"]["range_m"].max())
    radius = euler_radius(math.radians(40.0), 0.0)
    ground = surface_distance(farthest, 20.0, 100.0, radius)
    assert 0.0 <= horizon_distance(20.0, 100.0, radius, 4.0 / 3.0) - ground < 250.0  # m: a period of flight


def test_a_secondary_radar_tells_range_azimuth_altitude_and_identity() -> None:
    flights = [flight((41.0, 32.0 + 0.3 * k), (40.2, 32.2 + 0.3 * k), name=f"F{k}", transponder=f"CODE{k}") for k in range(3)]
    flights.append(flight((41.0, 34.0), (40.2, 34.2), name="Dark"))
    flights.append(flight((41.0, 34.3), (40.2, 34.5), name="Off", target="airliner", transponder=False))
    _, run = heard("ssr", *flights)
    detections, origins = run["detections"], run["origins"]
    assert set(detections["kind"].astype(str)) == {"reply"}
    assert set(origins["target"].tolist()) == {0, 1, 2}
    assert (detections["identity"] == np.array([f"CODE{k}" for k in range(3)], dtype=object)[origins["target"]]).all()
    for name in ("range_m", "azimuth_rad", "elevation_rad"):
        assert is_standard(scores(run, name)), name
    told = (detections["told_altitude_m"] - 9000.0) / 25.0
    assert is_standard(told)
    assert np.isnan(detections["told_latitude_deg"]).all()


@pytest.mark.parametrize(("power_w", "sensitivity_dbm"), [(250.0, -85.0), (70.0, -55.0)])
def test_the_weaker_way_of_a_secondary_radar_limits_it(power_w: float, sensitivity_dbm: float) -> None:
    """Down: transponder power over the radar's sensitivity; up: the question over a transponder's -71 dBm (ICAO Annex 10, Volume IV)."""
    coming = flight((42.0, 33.0), (40.4, 33.0), transponder={"mode": "ssr", "power_w": power_w})
    _, run = heard("ssr", coming, duration_s=300.0, sensitivity_dbm=sensitivity_dbm, interrogation_eirp_dbw=30.0)
    up = interception_range(1e3, 1.0, 1030e6, 10.0**-7.1 * 1e-3)
    down = interception_range(power_w, 10.0**2.7, 1090e6, 10.0 ** (0.1 * sensitivity_dbm) * 1e-3)
    looks = run["looks"]
    ratio = looks["mean_snr_db"] - 10.0 * math.log10(snr_for_detection(0.5, 1e-6, 1, 0))
    expected = 20.0 * np.log10(min(up, down) / looks["range_m"])
    assert (up < down) == (power_w > 100.0)
    lost = expected - ratio
    assert -0.05 < lost.min() < lost.max() < 1.0  # dB of air, one way


def test_broadcast_positions_are_where_the_target_believes_to_be() -> None:
    flights = [
        flight((41.0, 32.0 + 0.3 * k), (40.2, 32.2 + 0.3 * k), name=f"F{k}", transponder={"identity": f"ID{k}", "position_error_m": 60.0})
        for k in range(3)
    ]
    flights.append(flight((41.0, 34.0), (40.2, 34.2), name="Answers", transponder={"mode": "ssr"}))
    compiled, run = heard("station", *flights)
    detections, origins = run["detections"], run["origins"]
    assert set(detections["kind"].astype(str)) == {"position"}
    assert set(origins["target"].tolist()) == {0, 1, 2}
    assert set(detections["identity"].astype(str)) == {"ID0", "ID1", "ID2"}
    for name in ("range_m", "azimuth_rad", "elevation_rad"):
        assert is_standard(scores(run, name)), name
    true, _ = other.Truth(run["truth"]).at(origins["target"], detections["time_s"])
    known = np.isfinite(true[:, 0])
    told = np.column_stack([detections["told_latitude_deg"], detections["told_longitude_deg"], detections["told_altitude_m"]])[known]
    frame = compiled.model.defence.frame
    told[:, :2] = np.radians(told[:, :2])
    offset = geodesy.geodetic_to_theatre_many(frame, told) - true[known]
    upward = true[known] - frame.earth_centre
    upward /= np.linalg.norm(upward, axis=1)[:, None]
    high = np.sum(offset * upward, axis=1)
    level = np.linalg.norm(offset - high[:, None] * upward, axis=1)
    n = len(level)
    assert abs(float(np.mean(level < 60.0)) - 0.95) < CHANCE * math.sqrt(0.95 * 0.05 / n)  # the radius that holds 95 %
    assert is_standard(high / 25.0)


def test_members_answer_with_names_of_their_own_and_missiles_and_fighters_by_default_not_at_all() -> None:
    line = flight((41.0, 33.0), (40.8, 33.0), target="airliner", count=3, interval_s=5.0)
    compiled, _ = heard("ssr", line, flight((41.0, 34.0), (40.8, 34.0), name="G"))
    assert compiled.names.identities == ("F", "F 2", "F 3")
    assert compiled.model.flights.targets["identity"].tolist() == [0, 1, 2, -1]


def test_an_ear_may_fly_and_tracking_again_gives_the_same_tracks() -> None:
    orbit = {"centre": {"lat_deg": 40.0, "lon_deg": 33.0}, "radius_km": 20.0, "altitude_m": 8000.0, "speed_mps": 180.0}
    sensors = [{"name": "Ear", "receiver": "df", "orbit": orbit}, {"name": "Post", "radar": "tps-77", "lat_deg": 40.0, "lon_deg": 33.0},
               {"name": "Asker", "receiver": "ssr", "lat_deg": 40.1, "lon_deg": 33.0}]  # fmt: skip
    flights = [flight((41.0, 33.0), (40.3, 33.0), emits=[{}], transponder="X"), flight((41.0, 34.0), (40.3, 34.0), name="G", emits=[{}])]
    compiled = world(duration_s=200.0, sensor=sensors, flight=flights, catalogue={"receivers": OWN})
    run = simulate(compiled)
    assert (run["detections"]["kind"] == "bearing").sum() > 200
    assert is_standard(scores(Tables({k: _only(run, k) for k in ("detections", "origins")}), "azimuth_rad"))
    again = track_tables(compiled.resolved, run["detections"], run["dwells"])
    for name, values in run["tracks"].items():
        assert np.array_equal(again[name], values, equal_nan=values.dtype.kind == "f"), name


def _only(run: Tables, table: str) -> dict[str, Any]:
    """The rows of bearings."""
    rows = run["detections"]["kind"] == "bearing"
    return {name: values[rows] for name, values in run[table].items()}
