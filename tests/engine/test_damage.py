"""What is hit: hit points, sensors and fire units that fall silent, and what that does to the rest."""

import math
from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.simulation import simulate
from dowding.tables import Tables

RADAR = {"name": "Radar", "radar": "91n6e", "lat_deg": 40.3, "lon_deg": 33.0}
BATTERY = {"name": "Battery", "system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0}
DEPOT = {"name": "Depot", "lat_deg": 40.0, "lon_deg": 33.4, "radius_km": 1.0, "value": 90.0, "hit_points": 3.0}
QUIET = {"default": {"weapon_state": "hold"}}


def flight(aim: str, **more: Any) -> dict[str, Any]:
    """Aircraft in trail from the north at what they aim at, 10 s apart; the first arrives after about 90 s."""
    start = {"lat_deg": 40.5, "lon_deg": 33.2, "altitude_m": 3000.0, "speed_mps": 300.0}
    return {"name": f"at {aim}", "target": "f-16", "interval_s": 10.0, "route": [start, {"to": aim}]} | more


def run(*flights: dict[str, Any], **more: Any) -> Tables:
    """One replicate in which nobody shoots unless `doctrine` says otherwise."""
    given = {"asset": [DEPOT], "sensor": [RADAR], "fire_unit": [BATTERY], "doctrine": QUIET, "flight": list(flights)}
    return simulate(world(**(given | more)))


def row(tables: Tables, name: str) -> dict[str, Any]:
    """The row of `assets` of one name."""
    at = int(np.flatnonzero(tables["assets"]["name"] == name)[0])
    return {key: column[at] for key, column in tables["assets"].items()}


def test_hit_points_go_one_a_target_or_as_its_entry_says() -> None:
    depot = row(run(flight("Depot", count=2)), "Depot")
    assert (depot["hits"], depot["left"], depot["hit_points"]) == (2, 1.0, 3.0)
    assert math.isnan(depot["destroyed_s"])
    heavy = run(flight("Depot", count=3, override={"damage": 2.0}))
    depot, ends = row(heavy, "Depot"), heavy["targets"]["fate_s"]
    assert (depot["hits"], depot["left"]) == (3, 0.0)  # the third finds nothing left
    assert depot["first_hit_s"] == ends[0]
    assert depot["destroyed_s"] == ends[1]
    assert heavy.summary["damage"]["blue"] == {
        "value": 90.0, "value_lost": 90.0, "assets_destroyed": 1, "nodes": 2, "nodes_destroyed": 0, "nodes_lost": 0,
    }  # fmt: skip
    assert run(flight("Depot", count=2)).summary["damage"]["blue"]["value_lost"] == 60.0
    assert row(run(flight("Depot", count=3, override={"damage": 0.0})), "Depot")["left"] == 3.0


def test_a_sensor_that_is_hit_stops_sensing() -> None:
    tables = run(flight("Radar"), flight("Depot"))
    radar, looks = row(tables, "Radar"), tables["dwells"]
    assert radar["destroyed_s"] == radar["silent_s"] == tables["targets"]["fate_s"][0] < 100.0
    number = int(np.flatnonzero(tables["sensors"]["name"] == "Radar")[0])
    last = looks["end_s"][looks["sensor"] == number].max()
    assert radar["silent_s"] - 1.0 <= last <= radar["silent_s"]
    assert looks["end_s"].max() > 250.0  # others look on
    assert {"asset hit", "destroyed", "silenced"} <= set(tables["events"]["kind"])


def test_a_fire_unit_that_is_hit_stops_firing_and_its_targets_are_free_for_others() -> None:
    far = {"lat_deg": 40.9, "lon_deg": 33.0, "altitude_m": 3000.0, "speed_mps": 300.0}
    late = flight("Depot", count=4, route=[far, {"to": "Depot"}])
    both = [BATTERY, BATTERY | {"name": "Neighbour", "lat_deg": 40.02}]
    free: dict[str, Any] = {"default": {"salvo": {"aircraft": 1}, "shots_max": 100}}
    none = {"interceptors": {name: {"kill_probability_aircraft": 0.0001} for name in ("pac-2-gem-t", "pac-3-cri", "pac-3-mse")}}
    units = [unit | {"override": none} for unit in both]
    tables = run(flight("Battery"), late, fire_unit=units, doctrine=free)
    end, shots = row(tables, "Battery")["destroyed_s"], tables["shots"]
    mine = shots["unit"] == "Battery"
    assert mine.any()
    assert shots["launched_s"][mine].max() < end
    after = mine & (shots["intercept_s"] > end)
    assert set(shots["outcome"][after]) <= {"lost sight", "lost track", "nothing there", "in flight"}
    assert (shots["launched_s"][shots["unit"] == "Neighbour"] > end).any()


def test_a_carrier_that_is_gone_takes_its_sensor_and_what_that_told() -> None:
    route = [{"lat_deg": 40.6, "lon_deg": 33.0, "altitude_m": 9000.0, "speed_mps": 200.0}, {"lat_deg": 40.9, "lon_deg": 33.0}]
    carrier = {"name": "Carrier", "target": "f-16", "side": "blue", "route": route}
    aboard = {"name": "Eye", "radar": "an-apy-2", "aboard": "Carrier"}
    tables = run(flight("Depot", target="f-16"), carrier, sensor=[aboard])
    eye, ends = row(tables, "Eye"), tables["targets"]["fate_s"]
    assert eye["silent_s"] == ends[1]
    assert math.isnan(eye["destroyed_s"])


@pytest.mark.parametrize("network", [{}, {"network": {"mode": "track-sharing"}}])
def test_a_run_in_which_every_node_dies_ends_with_complete_tables(network: dict[str, Any]) -> None:
    from dowding.tables import TABLES, check

    post = {"name": "Post", "lat_deg": 40.1, "lon_deg": 33.1}
    net = {"name": "Net", "members": ["Radar", "Battery", "Post"], "type": "link-16"}
    more = network | ({"command_post": [post], "link": [net]} if network else {})
    aims = ["Radar", "Battery", *(["Post"] if network else [])]
    tables = run(*(flight(aim) for aim in aims), flight("Depot", depart_s=60.0), **more)
    assert tables.summary["damage"]["blue"]["nodes_lost"] == len(aims)
    assert list(tables["targets"]["fate"]) == ["leaked"] * (len(aims) + 1)
    last = row(tables, aims[-1])["silent_s"]
    assert tables["dwells"]["end_s"].max() <= max(row(tables, name)["silent_s"] for name in aims)
    assert tables["truth"]["time_s"].max() > last
    for name in ("targets", "sensors", "assets", "shots", "truth", "dwells", "detections", "origins", "tracks", "events"):
        check(name, tables[name])
        assert set(tables[name]) >= {column.name for column in TABLES[name].columns}
