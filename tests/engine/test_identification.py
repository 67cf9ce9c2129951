"""Friend or foe where that has to be found out: replies, corridors, flight; and what mistakes cost."""

from typing import Any

import numpy as np
from replicates import world

from dowding.simulation import simulate
from dowding.tables import Tables

BATTERY = {"name": "Battery", "system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0, "boresight_deg": 0.0}
DEPOT = {"name": "Depot", "lat_deg": 40.01, "lon_deg": 33.0, "radius_km": 2.0}
ROUND = [[40.2, 32.6], [40.2, 33.4], [40.9, 33.4], [40.9, 32.6]]
CORRIDOR = {"name": "Lane", "kind": "corridor", "points": [{"lat_deg": a, "lon_deg": b} for a, b in ROUND], "altitude_min_m": 5000.0}


def crossing(side: str, **more: Any) -> dict[str, Any]:
    """A fighter that passes 40 km in front of the battery."""
    ends = [{"lat_deg": 40.4, "lon_deg": lon, "altitude_m": 8000.0} for lon in (32.7, 33.35)]
    return {"name": f"{side} fighter", "target": "f-16", "side": side, "route": ends} | more


def watched(*flights: dict[str, Any], unit: dict[str, Any] | None = None, state: str = "free", **more: Any) -> Tables:
    """One replicate with the battery and these flights, identification modelled."""
    tables = {
        "asset": [DEPOT], "fire_unit": [BATTERY | (unit or {})], "flight": list(flights), "identification": {"mode": "modelled"},
        "doctrine": {"default": {"weapon_state": state}},
    }  # fmt: skip
    return simulate(world(**(tables | more)), looks=False)


def shot_at(run: Tables, side: str) -> int:
    """Interceptors launched at tracks of that side's flights."""
    known = run["shots"]["target"] >= 0
    return int((run["targets"]["side"][run["shots"]["target"][known]] == side).sum())


def test_perfect_identification_sees_and_shoots_only_the_other_side() -> None:
    run = watched(crossing("blue"), identification={"mode": "perfect"})
    assert np.isnan(run["targets"]["first_detected_s"]).all()
    assert len(run["shots"]["shot"]) == 0


def test_an_integrated_battery_spares_the_friend_and_shoots_the_enemy() -> None:
    friend = watched(crossing("blue"))
    assert len(friend["detections"]["time_s"]) > 5
    assert "blue fighter" in set(friend["tracks"]["identity"])
    assert len(friend["shots"]["shot"]) == 0
    assert list(friend["targets"]["reason"]) == ["taken for a friend"]
    assert shot_at(watched(crossing("red")), "red") > 0


def test_one_that_is_not_integrated_shoots_at_its_own() -> None:
    run = watched(crossing("blue"), unit={"iff": False})
    assert set(run["tracks"]["identity"]) == {""}
    assert shot_at(run, "blue") > 0


def test_a_friend_that_does_not_answer_is_shot_at() -> None:
    assert shot_at(watched(crossing("blue", iff=False)), "blue") > 0
    mute = watched(crossing("blue"), identification={"mode": "modelled", "reply_probability": 0.0})
    assert shot_at(mute, "blue") > 0


def test_weapons_tight_spare_who_is_unknown_and_missiles_are_hostile_by_their_flight() -> None:
    run = watched(crossing("red"), state="tight")
    assert len(run["shots"]["shot"]) == 0
    assert list(run["targets"]["reason"]) == ["not identified"]
    low = [{"lat_deg": 40.6, "lon_deg": 33.0, "altitude_m": 80.0, "speed_mps": 240.0}, {"to": "Depot"}]
    missile = watched({"name": "missile", "target": "cruise-missile", "route": low}, state="tight")
    assert shot_at(missile, "red") > 0


def test_a_corridor_saves_the_friend_and_the_enemy_that_uses_it() -> None:
    assert len(watched(crossing("blue", iff=False), zone=[CORRIDOR])["shots"]["shot"]) == 0
    enemy = watched(crossing("red"), zone=[CORRIDOR])
    assert len(enemy["shots"]["shot"]) == 0
    assert list(enemy["targets"]["reason"]) == ["taken for a friend"]
    below = watched(crossing("red"), zone=[CORRIDOR | {"altitude_max_m": 7000.0}])
    assert shot_at(below, "red") > 0


def test_in_a_restricted_zone_the_unknown_is_hostile() -> None:
    zone = CORRIDOR | {"kind": "restricted"}
    assert shot_at(watched(crossing("red"), state="tight", zone=[zone]), "red") > 0
    assert len(watched(crossing("blue"), state="tight", zone=[zone])["shots"]["shot"]) == 0


def test_shared_identity_keeps_a_battery_that_cannot_ask_from_its_own() -> None:
    radar = {"name": "Radar", "radar": "tps-77", "lat_deg": 40.05, "lon_deg": 33.0}
    link = {"name": "Net", "members": ["Radar", "Battery"], "type": "battery-net", "loss_probability": 0.0}

    def shots(mode: str) -> int:
        links = {"link": [link]} if mode != "stand-alone" else {}
        # it comes from the west, where only the turning radar sees it at first
        ends = [{"lat_deg": 40.35, "lon_deg": lon, "altitude_m": 8000.0} for lon in (32.0, 33.35)]
        return shot_at(watched(crossing("blue", route=ends), unit={"iff": False}, sensor=[radar], network={"mode": mode}, **links), "blue")

    assert shots("stand-alone") > 0
    assert shots("track-sharing") == 0


def test_outlines_hold_across_the_date_line() -> None:
    from dowding.engine.identifying import is_inside

    corners = [{"lat_deg": a, "lon_deg": b} for a, b in ((10.0, 179.0), (10.0, -179.0), (12.0, -179.0), (12.0, 179.0))]
    far = {"name": "far", "kind": "corridor", "points": corners}
    defence = world(
        sensor=[{"name": "Radar", "radar": "tps-77", "lat_deg": 40.0, "lon_deg": 33.0}], flight=[crossing("red")], zone=[CORRIDOR, far],
        identification={"mode": "modelled"},
    ).model.defence  # fmt: skip
    for lat, lon, expected in ((11.0, 179.5, True), (11.0, -179.5, True), (11.0, 178.5, False), (9.9, 180.0, False), (11.0, 0.0, False)):
        assert is_inside(defence, 1, np.radians(lat), np.radians(lon)) is expected, (lat, lon)


def test_a_secondary_radar_knows_the_own_airliner_and_no_direction_finder_reports_it() -> None:
    place = {"lat_deg": 40.0, "lon_deg": 33.01}
    receivers = [{"name": "SSR", "receiver": "mssr", **place}, {"name": "Ear", "receiver": "kolchuga", **place}]
    airliner = crossing("blue", target="airliner", transponder="TK201", emits=[{"frequency_ghz": 9.0, "eirp_dbw": 40.0}])
    run = watched(airliner, unit={"iff": False}, sensor=receivers)
    of = {name: run["detections"]["sensor"] == k for k, name in enumerate(run["sensors"]["name"])}
    assert (of["SSR"] & (run["origins"]["target"] == 0)).sum() > 5
    assert not (of["Ear"] & (run["origins"]["target"] == 0)).any()
    assert "TK201" in set(run["tracks"]["identity"])
    assert shot_at(run, "blue") == 0
    assert shot_at(watched(airliner, unit={"iff": False}), "blue") > 0
