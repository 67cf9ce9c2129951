"""Sensors that fly: where they are at each look, what their own motion costs them, what they see over terrain, and when they are silent."""

import math
from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.errors import ScenarioError
from dowding.model import Compiled
from dowding.physics import geodesy
from dowding.physics.flight import path_states
from dowding.physics.orbit import circle, orbit_path
from dowding.retracking import track_tables
from dowding.simulation import simulate
from dowding.tables import Tables
from verification import independent as other

RADAR = {
    "name": "Early warning", "type": "rotating", "band": "S", "frequency_ghz": 3.3, "scan_period_s": 10.0, "sector_deg": 360.0,
    "elevation_min_deg": -60.0, "elevation_max_deg": 30.0, "range_min_km": 5.0, "range_max_km": 450.0, "antenna_height_m": 0.0,
    "reference_range_km": 400.0, "reference_rcs_m2": 5.0, "reference_pd": 0.5, "pfa": 1e-6, "pulses_integrated": 10,
    "beamwidth_azimuth_deg": 1.0, "beamwidth_elevation_deg": 5.0, "range_resolution_m": 150.0, "measures_elevation": True,
    "measures_range_rate": True, "velocity_min_mps": 25.0, "false_alarms_per_scan": 1.0,
}  # fmt: skip
ROUND = {"centre": {"lat_deg": 40.0, "lon_deg": 33.0}, "radius_km": 30.0, "altitude_m": 9000.0, "speed_mps": 200.0}
TRACK = {"points": [{"lat_deg": 40.0, "lon_deg": 32.6}, {"lat_deg": 40.0, "lon_deg": 33.4}], "altitude_m": 9000.0, "speed_mps": 200.0}
BRIGHT = {"swerling": 0, "rcs_front_m2": 100.0, "rcs_side_m2": 100.0, "rcs_rear_m2": 100.0, "rcs_band": "S"}


def flight(begin: tuple[float, float], end: tuple[float, float], height: float = 6000.0, **more: Any) -> dict[str, Any]:
    route = [{"lat_deg": begin[0], "lon_deg": begin[1], "altitude_m": height}, {"lat_deg": end[0], "lon_deg": end[1]}]
    return {"name": "F", "target": "f-16", "speed_mps": 250.0, "route": route, "override": BRIGHT} | more


def watched(where: dict[str, Any], *flights: dict[str, Any], radar: dict[str, Any] | None = None, **tables: Any) -> tuple[Compiled, Tables]:
    """One flying radar that looks at some flights."""
    sensor = {"name": "Eye", "radar": "own"} | where
    compiled = world(sensor=[sensor], flight=list(flights), catalogue={"radars": {"own": RADAR | (radar or {})}}, **tables)
    return compiled, simulate(compiled, looks=True)


def where_it_was(run: Tables, dwell: Any, time_s: Any) -> Any:
    """Theatre places (n, 3) of the sensor at times within dwells, by the table of dwells."""
    axes = ("east", "north", "up")
    dwells = run["dwells"]
    place, velocity = (np.column_stack([dwells[f"sensor_{what.format(a)}"] for a in axes])[dwell] for what in ("{}_m", "velocity_{}_mps"))
    return place + velocity * (time_s - dwells["end_s"][dwell])[:, None]


def test_it_is_on_its_orbit_at_every_dwell() -> None:
    compiled, run = watched({"orbit": ROUND | {"phase": 0.25, "turn": "left"}}, flight((41.0, 33.0), (40.2, 33.2)))
    frame, dwells = compiled.model.defence.frame, run["dwells"]
    orbit = circle(math.radians(40.0), math.radians(33.0), 30e3, False, 9000.0, 200.0)
    place, velocity = path_states(orbit_path(frame, orbit, 0.0, 400.0, 0.25), dwells["end_s"])
    for k, axis in enumerate(("east", "north", "up")):
        assert np.abs(dwells[f"sensor_{axis}_m"] - place[:, k]).max() < 1e-3
        assert np.abs(dwells[f"sensor_velocity_{axis}_mps"] - velocity[:, k]).max() < 1e-3
    assert np.abs(dwells["sensor_altitude_m"] - 9000.0).max() < 0.6
    assert run["sensors"]["moves"].tolist() == [True]


def test_its_reports_are_true_where_it_was_when_it_looked() -> None:
    _, run = watched({"orbit": ROUND}, *(flight((41.2, 31.5 + 0.5 * k), (39.5, 32.0 + 0.4 * k), name=f"F{k}") for k in range(6)))
    detections, origins = run["detections"], run["origins"]
    mine = origins["target"] >= 0
    site = where_it_was(run, detections["dwell"][mine], detections["time_s"][mine])
    target, _ = other.Truth(run["truth"]).at(origins["target"][mine], detections["time_s"][mine])
    distance = np.linalg.norm(target - site, axis=1)
    known = np.isfinite(distance)
    assert known.sum() > 100
    # m: a second of a turn of 1.3 m/s2, and a truth between its rows
    assert np.abs(distance - origins["true_range_m"][mine])[known].max() < 3.0
    for name, scale in (("range_m", 1.0), ("azimuth_rad", 2.0 * math.pi), ("elevation_rad", 1.0)):
        error = detections[name][mine] - origins[f"true_{name}"][mine]
        score = (error - scale * np.round(error / scale) if name == "azimuth_rad" else error) / detections[f"sigma_{name}"][mine]
        n = int(known.sum())
        assert abs(float(np.mean(score**2)) - 1.0) < 4.0 * math.sqrt(2.0 / n)


def test_tracks_are_where_the_targets_are_and_tracking_again_gives_them_bit_for_bit() -> None:
    flights = (flight((41.2, 32.0 + k), (39.5, 32.5 + k), name=f"F{k}") for k in range(2))
    compiled, run = watched({"orbit": ROUND}, *flights, duration_s=400.0)
    tracks, origins = run["tracks"], run["origins"]
    again = track_tables(compiled.resolved, run["detections"], run["dwells"])
    for name, values in tracks.items():
        assert np.array_equal(again[name], values, equal_nan=values.dtype.kind == "f"), name
    source = origins["target"][tracks["detection"]]
    settled = tracks["confirmed"] & (source >= 0) & (tracks["time_s"] > 120.0)
    place = np.column_stack([tracks[f"{axis}_m"] for axis in ("east", "north", "up")])[settled]
    true, _ = other.Truth(run["truth"]).at(source[settled], tracks["time_s"][settled])
    miss = np.linalg.norm(place - true, axis=1)
    assert settled.sum() > 30
    assert np.nanmedian(miss) < 300.0  # m; taken to stand at a dwell's begin it would be off by up to 200 more


def test_the_notch_is_over_the_ground_and_wider_across_its_own_way() -> None:
    """A line flown north: the own motion drops out ahead, and widens the notch abeam by half the beam's width times the speed."""
    north = [{"lat_deg": 39.0, "lon_deg": 33.0, "altitude_m": 9000.0, "speed_mps": 240.0}, {"lat_deg": 41.0, "lon_deg": 33.0}]
    wide = {"beamwidth_azimuth_deg": 6.0, "velocity_min_mps": 20.0}
    spread = 0.5 * 240.0 * math.radians(6.0)  # 12.6 m/s abeam

    def crossing(middle: tuple[float, float], course_deg: float) -> dict[str, Any]:
        """A target that flies 200 m/s, so that its range rate passes through zero."""
        c, out = math.radians(course_deg), 0.35
        ends = [(middle[0] + s * out * math.cos(c), middle[1] + s * out * math.sin(c) / math.cos(math.radians(middle[0]))) for s in (-1, 1)]
        return flight(*ends, speed_mps=200.0)

    slowest = {}
    for name, middle, course in (("ahead", (41.5, 33.0), 90.0), ("abeam", (39.4, 35.0), 180.0)):
        _, run = watched({"route": north}, crossing(middle, course), radar=wide, duration_s=370.0)
        _, free = watched({"route": north}, crossing(middle, course), radar=wide | {"velocity_min_mps": 0.0, "beamwidth_azimuth_deg": 1e-6},
                          duration_s=370.0)  # fmt: skip
        looks = free["looks"]
        seen = np.isin(looks["time_s"], run["looks"]["time_s"])
        detections, origins = free["detections"], free["origins"]
        rate = detections["range_rate_mps"][origins["target"] == 0]
        when = detections["time_s"][origins["target"] == 0]
        lost = np.abs(rate[~np.isin(when, looks["time_s"][seen])])
        kept = np.abs(rate[np.isin(when, looks["time_s"][seen])])
        assert len(lost) >= 3 < len(kept)
        slowest[name] = (lost.max(), kept.min())
    assert slowest["ahead"][0] < 20.0 + 6.0  # a range rate's own error is a few m/s
    assert slowest["ahead"][1] > 20.0 - 6.0
    assert slowest["abeam"][0] < 20.0 + spread + 6.0
    assert slowest["abeam"][1] > 20.0 + spread - 6.0


def test_a_tail_chase_at_its_own_speed_is_lost_in_the_altitude_line_of_those_that_have_one() -> None:
    north = [{"lat_deg": 39.0, "lon_deg": 33.0, "altitude_m": 9000.0, "speed_mps": 240.0}, {"lat_deg": 41.0, "lon_deg": 33.0}]
    for speed, limit, lost in ((240.0, 15.0, True), (240.0, 0.0, False), (270.0, 15.0, False)):
        ahead = flight((39.8, 33.0), (41.2, 33.0), speed_mps=speed)
        _, run = watched({"route": north}, ahead, radar={"altitude_line_mps": limit}, duration_s=200.0)
        assert (len(run["looks"]["time_s"]) == 0) == lost, (speed, limit)


def test_it_looks_down_over_terrain_into_some_valleys_and_not_others() -> None:
    """Two low flyers 150 km from it, either side of the Taurus' crest: with the terrain one of them is hidden for a while."""
    theatre = {"origin": {"lat_deg": 37.5, "lon_deg": 35.0}, "unknown_ground": "sea"}
    orbit = TRACK | {"points": [{"lat_deg": 36.0, "lon_deg": 33.6}, {"lat_deg": 36.0, "lon_deg": 34.4}]}
    low = [flight((37.9, 34.6 + 0.2 * k), (37.3, 34.9 + 0.2 * k), name=f"F{k}") for k in range(3)]
    for each in low:
        each["route"] = [{k: v for k, v in point.items() if k != "altitude_m"} | {"altitude_agl_m": 60.0} for point in each["route"]]
    radar = {"range_max_km": 300.0, "velocity_min_mps": 0.0}
    _, smooth = watched({"orbit": orbit}, *low, radar=radar, theatre=theatre)
    compiled, rough = watched({"orbit": orbit}, *low, radar=radar, theatre=theatre | {"terrain": "turkey"})
    assert 0.1 * len(smooth["looks"]["time_s"]) < len(rough["looks"]["time_s"]) < 0.9 * len(smooth["looks"]["time_s"])
    relief = compiled.model.defence.horizons.relief
    assert relief.highest.shape[0] > 0


def test_a_route_is_flown_once_and_its_sensor_looks_so_long() -> None:
    begin = {"lat_deg": 39.8, "lon_deg": 33.0, "altitude_m": 8000.0, "time_s": 50.0, "speed_mps": 200.0}
    way = [begin, {"lat_deg": 40.07, "lon_deg": 33.0}]
    _, run = watched({"route": way}, flight((41.0, 33.0), (40.2, 33.2)))
    first, last = run["dwells"]["start_s"].min(), run["dwells"]["end_s"].max()
    assert 50.0 <= first < 52.0
    assert 198.0 < last <= 200.5  # 30 km at 200 m/s


def test_aboard_a_flight_it_is_where_that_is_and_dies_with_it() -> None:
    carrier = {"name": "Carrier", "target": "e-3", "side": "blue", "orbit": ROUND | {"speed_mps": 150.0}}
    battery = {
        "name": "Battery", "system": "s-400", "side": "red", "lat_deg": 40.3, "lon_deg": 33.3, "boresight_deg": 200.0,
        "override": {"interceptors": {"48n6e3": {"kill_probability_aircraft": 1.0}}},
    }  # fmt: skip
    hostile = flight((41.0, 33.0), (40.2, 33.2), side="red")
    compiled = world(
        duration_s=200.0, sensor=[{"name": "Eye", "radar": "own", "aboard": "Carrier"}], flight=[carrier, hostile], fire_unit=[battery],
        catalogue={"radars": {"own": RADAR}},
    )  # fmt: skip
    run = simulate(compiled)
    dwells, truth, targets = run["dwells"], run["truth"], run["targets"]
    eye = int(np.flatnonzero(run["sensors"]["name"] == "Eye")[0])
    mine = dwells["sensor"] == eye
    place = np.column_stack([dwells[f"sensor_{axis}_m"] for axis in ("east", "north", "up")])[mine]
    true, _ = other.Truth(truth).at(np.zeros(mine.sum(), np.int64), dwells["end_s"][mine])
    assert np.nanmax(np.linalg.norm(place - true, axis=1)) < 3.0
    assert targets["fate"][0] == "killed"
    assert targets["fate_s"][0] - 1.1 < dwells["end_s"][mine].max() <= targets["fate_s"][0]
    again = track_tables(compiled.resolved, run["detections"], dwells)
    for name, values in run["tracks"].items():
        assert np.array_equal(again[name], values, equal_nan=values.dtype.kind == "f"), name


def test_a_sector_points_from_the_nose() -> None:
    """A side-looking array on a line flown east, right side: what is south of it is seen, what is north is not."""
    east = [{"lat_deg": 40.0, "lon_deg": 32.5, "altitude_m": 9000.0, "speed_mps": 200.0}, {"lat_deg": 40.0, "lon_deg": 33.5}]
    _, run = watched(
        {"route": east, "boresight_deg": 90.0}, flight((38.9, 32.6), (38.7, 33.4), name="South"),
        flight((41.1, 32.6), (41.3, 33.4), name="North"), radar={"sector_deg": 120.0, "velocity_min_mps": 0.0},
    )  # fmt: skip
    assert set(run["looks"]["target"].tolist()) == {0}
    assert len(run["looks"]["target"]) > 20
    assert np.abs(run["dwells"]["boresight_rad"] - math.pi).max() < 0.02


@pytest.mark.parametrize("axis", range(3))
def test_its_axes_are_those_of_its_place(axis: int) -> None:
    frame = geodesy.theatre_frame(math.radians(39.0), math.radians(33.0))
    out = np.zeros((3, 3))
    for place in ((math.radians(41.2), math.radians(30.1), 8000.0), (math.radians(-20.0), math.radians(150.0), 100.0)):
        x, y, z = geodesy.geodetic_to_theatre(frame, *place)
        latitude, height = geodesy.local_axes(frame.earth_centre, frame.spin_axis, x, y, z, out)
        assert abs(latitude - place[0]) < 1e-12
        assert abs(height - place[2]) < 1e-6
        assert np.abs(out[axis] - geodesy.local_rotation(frame, *place[:2])[axis]).max() < 1e-12


def test_no_way_leads_through_a_mountain_or_over_unknown_ground() -> None:
    theatre = {"origin": {"lat_deg": 39.0, "lon_deg": 43.0}, "terrain": "turkey"}
    inside = ROUND | {"centre": {"lat_deg": 39.7, "lon_deg": 44.3}, "radius_km": 3.0, "altitude_m": 3000.0, "speed_mps": 100.0}
    for where in ({"orbit": inside}, {"orbit": inside | {"altitude_m": 9000.0}}):
        with pytest.raises(ScenarioError) as told:
            watched(where, flight((39.0, 42.0), (39.0, 43.0)), theatre=theatre)
        below = where["orbit"]["altitude_m"] < 5000.0
        start = "sensor 'Eye': flies " if below else "sensor 'Eye': looks over ground that is not known, such as at "
        assert told.value.message.startswith(start)
        assert told.value.hint == ("use altitude_agl_m" if below else 'theatre.unknown_ground = "sea" takes it for sea')
    tight = ROUND | {"radius_km": 1.0}
    with pytest.raises(ScenarioError, match="sensor 'Eye': a turn of 1 km radius at 200 m/s takes 40 m/s2"):
        watched({"orbit": tight}, flight((39.0, 42.0), (39.0, 43.0)))
