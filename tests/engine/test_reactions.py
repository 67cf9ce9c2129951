"""Targets that turn, switch on and let go by rules of the scenario, against times and places reckoned by hand on a sphere."""

import math
from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.errors import ScenarioError
from dowding.model import Compiled
from dowding.simulation import simulate
from dowding.tables import Tables

DEGREE_M = 111.04e3  # a degree of latitude about 40 degrees north (WGS-84)
SPEED, START, END = 250.0, 41.0, 39.8
RADAR = {"name": "Radar", "radar": "91n6e", "lat_deg": 40.0, "lon_deg": 33.0}
DEPOT = {"name": "Depot", "lat_deg": END, "lon_deg": 33.0, "radius_km": 2.0}
BATTERY = {"name": "Battery", "system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0}


def inbound(*reactions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One aircraft, due south at a steady speed and height, to the depot."""
    route = [{"lat_deg": START, "lon_deg": 33.0, "altitude_m": 8000.0, "speed_mps": SPEED}, {"to": "Depot"}]
    return {"name": "inbound", "target": "f-16", "route": route, "reaction": list(reactions)} | more


def built(*flights: dict[str, Any], **more: Any) -> Compiled:
    return world(**({"asset": [DEPOT], "sensor": [RADAR], "flight": list(flights), "duration_s": 900.0} | more))


def flown(run: Tables, target: int = 0) -> dict[str, np.ndarray]:
    """The truth of one target."""
    mine = run["truth"]["target"] == target
    return {key: column[mine] for key, column in run["truth"].items()}


def turned_at(run: Tables, target: int = 0) -> float:
    rows = (run["events"]["kind"] == "turned") & (run["events"]["target"] == target)
    assert rows.sum() == 1
    return float(run["events"]["time_s"][rows][0])


def passes(latitude: float) -> float:
    """When the flight passes a latitude."""
    return (START - latitude) * DEGREE_M / SPEED


def test_it_turns_back_at_a_time_and_is_home_as_late_as_it_was_away() -> None:
    gentle = {"turn_acceleration_g": 2.0}
    run = simulate(built(inbound({"time_s": 100.0, "delay_s": 20.0, "turn_back": True}, override=gentle)))
    assert turned_at(run) == pytest.approx(120.0)
    way, plain = flown(run), flown(simulate(built(inbound())))
    early = way["time_s"] <= 120.0
    for key in ("east_m", "north_m", "up_m"):
        assert way[key][early] == pytest.approx(plain[key][: early.sum()], abs=0.5)
    velocity = np.column_stack([way[f"velocity_{axis}_mps"] for axis in ("east", "north", "up")])
    assert np.linalg.norm(np.diff(velocity, axis=0), axis=1).max() < 2.3 * 9.81  # a second apart, with 2 g in turns
    assert np.linalg.norm(velocity, axis=1) == pytest.approx(SPEED, rel=0.01)
    assert run["targets"]["fate"][0] == "survived"
    # back over the same way, and about half a circle (radius v^2 / 2 g, at 2 g) and what it drifts off by
    assert 240.0 < run["targets"]["fate_s"][0] < 240.0 + 4.0 * math.pi * SPEED / (2.0 * 9.81)
    assert way["latitude_deg"][-1] == pytest.approx(START, abs=0.003)
    assert (plain["latitude_deg"][-1], run["targets"]["asset"][0]) == (pytest.approx(END, abs=0.003), "Depot")


def test_it_descends_where_it_crosses_a_line_and_still_arrives() -> None:
    line = [{"lat_deg": 40.5, "lon_deg": 32.0}, {"lat_deg": 40.5, "lon_deg": 34.0}]
    elsewhere = [{"lat_deg": 40.7, "lon_deg": 33.5}, {"lat_deg": 40.7, "lon_deg": 34.0}]
    low = {"line": line, "altitude_m": 500.0, "climb_mps": 75.0}
    run = simulate(built(inbound({"line": elsewhere, "turn_back": True}, low)))
    way, at = flown(run), turned_at(run)
    assert at == pytest.approx(passes(40.5), abs=1.0)
    assert way["altitude_m"][way["time_s"] < at] == pytest.approx(8000.0, abs=1.0)
    assert way["altitude_m"][way["time_s"] > at + 7500.0 / 75.0 + 8.0] == pytest.approx(500.0, abs=1.0)
    middle = np.interp(at + 50.0, way["time_s"], way["altitude_m"])
    assert middle == pytest.approx(8000.0 - 75.0 * 50.0, abs=120.0)
    assert (run["targets"]["fate"][0], run["targets"]["asset"][0]) == ("leaked", "Depot")
    assert run["targets"]["fate_s"][0] == pytest.approx(passes(END), abs=2.0)


def test_it_flies_elsewhere_near_a_place_and_the_first_reaction_counts() -> None:
    away = [{"lat_deg": 40.6, "lon_deg": 34.0, "altitude_m": 9000.0}]
    near = {"within_km": 50.0, "of": "Radar", "route": away}
    run = simulate(built(inbound({"time_s": 400.0, "turn_back": True}, near)))
    assert turned_at(run) == pytest.approx(passes(40.0 + 50e3 / DEGREE_M), abs=1.0)
    assert flown(run)["longitude_deg"][-1] == pytest.approx(34.0, abs=0.01)
    assert run["targets"]["fate"][0] == "survived"


def test_members_turn_each_on_its_own_way() -> None:
    run = simulate(built(inbound({"within_km": 60.0, "of": "Depot", "turn_back": True}, count=3, lateral_spacing_km=2.0)))
    times = [turned_at(run, k) for k in range(3)]
    assert times == pytest.approx([times[0]] * 3, abs=2.0)
    ends = [flown(run, k) for k in range(3)]
    assert [end["longitude_deg"][-1] for end in ends] == pytest.approx([33.0 + k * 2.0 / 83.9 for k in (1, 0, -1)], abs=0.004)


def test_it_turns_when_it_is_engaged_and_not_before() -> None:
    fought: dict[str, Any] = {"fire_unit": [BATTERY], "sensor": [], "doctrine": {"default": {"salvo": {"aircraft": 1}}}}
    away = inbound({"engaged": True, "delay_s": 3.0, "turn_back": True})
    run = simulate(built(away, **fought))
    first = run["shots"]["launched_s"].min()
    assert 3.0 <= turned_at(run) - first <= 8.0
    assert run["targets"]["fate"][0] != "leaked"
    held = simulate(built(away, **(fought | {"doctrine": {"default": {"weapon_state": "hold"}}})))
    assert "turned" not in held["events"]["kind"]
    assert held["targets"]["fate"][0] == "leaked"


def missiles(release: dict[str, Any], **more: Any) -> dict[str, Any]:
    way = [{"to": "Depot", "altitude_m": 100.0}]
    given = {"name": "released", "target": "cruise-missile", "carrier": "inbound", "release": release, "route": way, "interval_s": 4.0}
    return given | more


def test_missiles_begin_where_and_when_their_carriers_are() -> None:
    run = simulate(built(inbound(count=2, interval_s=30.0), missiles({"within_km": 90.0, "of": "Depot"}, count=4)))
    when = passes(END + 90e3 / DEGREE_M)
    starts = run["targets"]["depart_s"][2:]
    assert starts == pytest.approx([when, when + 30.0, when + 4.0, when + 34.0], abs=1.0)
    for target, carrier in ((2, 0), (3, 1), (4, 0), (5, 1)):
        way, flight = flown(run, target), flown(run, carrier)
        start = float(run["targets"]["depart_s"][target])
        assert start <= way["time_s"][0] < start + 1.0
        begin = [np.interp(start, flight["time_s"], flight[f"{axis}_m"]) for axis in ("east", "north", "up")]
        first = [way[f"{axis}_m"][0] - way[f"velocity_{axis}_mps"][0] * (way["time_s"][0] - start) for axis in ("east", "north", "up")]
        assert first == pytest.approx(begin, abs=5.0)
        assert way["altitude_m"][way["time_s"] > start + 7900.0 / 50.0 + 10.0] == pytest.approx(100.0, abs=1.0)
    assert list(run["targets"]["fate"][2:]) == ["leaked"] * 4
    assert run.summary["assets"]["Depot"]["hits"] == 6


def test_what_a_carrier_holds_never_flies_if_that_is_gone_or_turned_away() -> None:
    release = missiles({"time_s": 250.0}, count=2)
    away = simulate(built(inbound({"time_s": 200.0, "turn_back": True}), release))
    sure = {"interceptors": {name: {"kill_probability_aircraft": 1.0} for name in ("pac-2-gem-t", "pac-3-cri", "pac-3-mse")}}
    shot = simulate(built(inbound(), release, fire_unit=[BATTERY | {"override": sure}]))
    assert shot["targets"]["fate_s"][0] < 250.0
    for run, fate in ((away, "survived"), (shot, "killed")):
        assert list(run["targets"]["fate"]) == [fate, "not released", "not released"]
        assert set(run["truth"]["target"]) == {0}
        assert np.isnan(run["targets"]["first_detected_s"][1:]).all()
        assert run.summary["total"]["flown"] == 1
        assert run.summary["total"]["not_released"] == 2
        assert (run["events"]["kind"] == "not released").sum() == 2
    with pytest.raises(ScenarioError, match="member 1 is never released, for 'inbound' does not come to that moment"):
        built(inbound(), missiles({"time_s": 800.0}))


def test_jammers_and_decoys_begin_by_range() -> None:
    jammer = {"power_w": 100.0, "bandwidth_mhz": 50.0, "bands": ["S"], "on": {"within_km": 70.0, "of": "Radar"}}
    compiled = built(inbound(jammer=jammer, count=2, interval_s=20.0))
    when = passes(40.0 + 70e3 / DEGREE_M)
    assert compiled.model.flights.jammers["on"] == pytest.approx([when, when + 20.0], abs=1.0)
    decoy = missiles({"within_km": 70.0, "of": "Radar"}, override={"damage": 0.0, "rcs_front_m2": 5.0})
    run = simulate(built(inbound(), decoy))
    assert run["targets"]["depart_s"][1] == pytest.approx(when, abs=1.0)
    depot = run.summary["assets"]["Depot"]
    assert (depot["hits"], depot["value_lost"]) == (2, 1)  # the aircraft's; the decoy took nothing
