"""Worlds of a few lines, each with one thing to see, and the story that its run tells."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.model import Compiled
from dowding.simulation import simulate
from dowding.tables import Tables

DEPOT = [{"name": "Depot", "lat_deg": 40.0, "lon_deg": 33.0, "radius_km": 2.0}]
SEARCH = [{"name": "Search", "radar": "91n6e", "lat_deg": 40.0, "lon_deg": 33.0}]


def battery(**more: Any) -> list[dict[str, Any]]:
    """One Patriot fire unit beside the depot that looks north."""
    return [{"name": "Battery", "system": "patriot", "lat_deg": 39.98, "lon_deg": 33.0, "boresight_deg": 0.0} | more]


def inbound(target: str = "f-16", **more: Any) -> dict[str, Any]:
    """A flight from 110 km north straight to the depot."""
    start = {"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 8000.0}
    return {"name": f"{target} inbound", "target": target, "route": [start, {"to": "Depot"}]} | more


def passing(target: str, latitude: float, altitude: float, **more: Any) -> dict[str, Any]:
    """A flight that passes the depot from west to east."""
    ends = [{"lat_deg": latitude, "lon_deg": lon, "altitude_m": altitude} for lon in (32.7, 33.3)]
    return {"name": f"{target} passing", "target": target, "route": ends} | more


def run_of(compiled: Compiled, replicate: int = 0) -> Tables:
    return simulate(compiled, replicate=replicate, looks=True)


def small(**tables: Any) -> Tables:
    """One replicate of a world with the depot."""
    return run_of(world(**({"asset": DEPOT, "duration_s": 600.0} | tables)))


def story(run: Tables) -> list[str]:
    return list(run["events"]["kind"])


def ends(run: Tables) -> list[tuple[str, str]]:
    return list(zip(run["targets"]["fate"], run["targets"]["reason"], strict=True))


def test_one_target_straight_in_is_found_followed_and_shot_at() -> None:
    run = small(fire_unit=battery(), flight=[inbound()])
    told = [kind for kind in story(run) if kind != "track deleted"]
    assert told[:4] == ["first detection", "track confirmed", "engagement", "launch"]
    assert set(told[4:]) <= {"launch", "kill", "miss", "engagement", "track confirmed"}
    times = {kind: run["events"]["time_s"][run["events"]["kind"] == kind] for kind in told}
    unit = 9.0, 3.0  # s: reaction and launch interval of the catalogue's Patriot
    assert times["launch"][0] == times["engagement"][0] + unit[0]
    assert times["launch"][1] == times["launch"][0] + unit[1]
    assert run["targets"]["first_engaged_s"][0] == times["launch"][0]
    if ends(run) == [("killed", "")]:
        assert times["kill"][0] == run["targets"]["fate_s"][0]
        assert run["targets"]["shots"][0] == np.isin(run["shots"]["outcome"], ["kill", "miss"]).sum()


def test_luck_differs_between_replicates_and_the_order_does_not() -> None:
    compiled = world(asset=DEPOT, fire_unit=battery(), flight=[inbound()], duration_s=600.0)
    fates = Counter()
    for replicate in range(30):
        run = run_of(compiled, replicate)
        steps = [story(run).index(step) for step in ("first detection", "track confirmed", "engagement", "launch")]
        assert steps == sorted(steps)
        fates[run["shots"]["outcome"][0]] += 1
    assert fates["kill"] > 0
    assert fates["miss"] > 0


def test_below_the_horizon_nothing_is_seen() -> None:
    # 100 km away and 30 m high; an antenna 4 m above the ground sees that to 31 km
    run = small(fire_unit=battery(), flight=[passing("cruise-missile", 40.9, 30.0)])
    assert ends(run) == [("survived", "never detected")]
    assert not (run["origins"]["target"] >= 0).any()
    assert len(run["looks"]["time_s"]) == 0
    assert story(run) == ["route flown"]


def test_out_of_every_envelope() -> None:
    run = small(
        fire_unit=battery(override={"interceptors": {name: {"range_max_km": 60.0} for name in ("pac-2-gem-t", "pac-3-cri", "pac-3-mse")}}),
        flight=[passing("b-52", 41.0, 12000.0)],
    )
    assert ends(run) == [("survived", "not in the envelope")]
    assert "engagement" not in story(run)
    assert "track confirmed" in story(run)


def test_no_round_is_left() -> None:
    one = {"rounds": {"pac-2-gem-t": 1, "pac-3-cri": 0, "pac-3-mse": 0}}
    run = small(fire_unit=battery(override=one), flight=[inbound(count=4)])
    assert len(run["shots"]["shot"]) == 1
    reasons = Counter(reason for _, reason in ends(run))
    assert reasons["no round"] >= 2


def test_one_channel_for_many() -> None:
    near = [{"lat_deg": 40.4, "lon_deg": 33.0, "altitude_m": 8000.0}, {"to": "Depot"}]
    run = small(fire_unit=battery(override={"target_channels": 1}), flight=[inbound(count=12, interval_s=1.0, route=near)])
    assert Counter(ends(run))["leaked", "no channel"] >= 1
    shots = run["shots"]
    order = np.argsort(shots["decided_s"], kind="stable")
    for a, b in pairwise(order):
        if shots["decided_s"][a] != shots["decided_s"][b]:
            assert shots["intercept_s"][a] <= shots["decided_s"][b]


@pytest.mark.parametrize("doctrine", [{"weapon_state": "hold"}, {"salvo": {"aircraft": 0}}])
def test_fire_is_held(doctrine: dict[str, Any]) -> None:
    run = small(fire_unit=battery(), flight=[inbound()], doctrine={"default": doctrine})
    assert ends(run) == [("leaked", "held fire")]
    assert not len(run["shots"]["shot"])
    assert story(run)[:2] == ["first detection", "track confirmed"]


def test_a_target_that_the_engagement_radar_cannot_see() -> None:
    weak = {"radars": {"an-mpq-65": {"reference_range_km": 50.0, "reference_rcs_m2": 5.0}}}
    run = small(fire_unit=battery(override=weak), sensor=SEARCH, flight=[passing("f-35", 40.45, 9000.0)])
    assert ends(run) == [("survived", "no fire-control track")]
    assert set(run["targets"]["first_detected_by"]) == {"Search"}


def test_a_radar_that_looks_the_other_way_gives_no_fire_control() -> None:
    run = small(fire_unit=battery(boresight_deg=180.0), sensor=SEARCH, flight=[inbound()])
    assert ends(run) == [("leaked", "no fire-control track")]
    own = run["sensors"]["sensor"][run["sensors"]["unit"] == "Battery"]
    assert not np.isin(run["looks"]["sensor"], own).any()


def test_a_ballistic_missile_comes_down_at_its_impact() -> None:
    launch = {"lat_deg": 42.0, "lon_deg": 33.5}
    run = small(sensor=SEARCH, flight=[{"name": "Missile", "target": "short-range-ballistic-missile", "launch": launch, "impact": "Depot"}])
    assert run["targets"]["fate"][0] == "leaked"
    truth, end = run["truth"], run["targets"]["fate_s"][0]
    last = int(np.argmax(truth["time_s"]))
    assert end - 1.0 <= truth["time_s"][last] <= end
    away = np.hypot(truth["east_m"][last], truth["north_m"][last])
    speed = float(np.hypot(truth["velocity_east_mps"][last], truth["velocity_north_mps"][last]))
    assert abs(away - speed * (end - truth["time_s"][last])) < 50.0
    assert truth["altitude_m"].max() > 40e3
    assert story(run)[-2:] == ["asset hit", "track deleted"]
    assert run["events"]["asset"][-2] == "Depot"


def test_own_flights_are_left_alone() -> None:
    route = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 8000.0}, {"lat_deg": 40.0, "lon_deg": 33.0}]
    run = small(fire_unit=battery(), flight=[inbound(side="blue", name="Ours", route=route)])
    assert run["targets"]["fate"][0] == "survived"
    assert not len(run["shots"]["shot"])
    assert np.isnan(run["targets"]["first_detected_s"][0])


def test_the_same_flight_is_shot_at_when_it_is_the_other_side_s() -> None:
    route = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 8000.0}, {"lat_deg": 40.0, "lon_deg": 33.0}]
    assert len(small(fire_unit=battery(), flight=[inbound(name="Theirs", route=route)])["shots"]["shot"])


def test_an_empty_magazine_and_held_fire_give_the_same_sky() -> None:
    """Two variants that differ only in what is never fired see the same, draw for draw: they share their luck."""
    dull = {"rounds": {"pac-2-gem-t": 1, "pac-3-cri": 0, "pac-3-mse": 0}, "interceptors": {"pac-2-gem-t": {"range_max_km": 22.0}}}
    far = [passing("b-52", 40.9, 12000.0)]
    a = small(fire_unit=battery(override=dull), flight=far)
    b = small(fire_unit=battery(), flight=far, doctrine={"default": {"weapon_state": "hold"}})
    assert not len(a["shots"]["shot"])
    for name in ("detections", "origins", "looks", "tracks", "truth", "dwells"):
        for column in a[name]:
            assert np.array_equal(a[name][column], b[name][column], equal_nan=a[name][column].dtype.kind == "f"), (name, column)


def test_variants_share_their_luck_until_a_kill_tells_them_apart() -> None:
    def variant(chance: float) -> Tables:
        better = {"interceptors": {n: {"kill_probability_aircraft": chance} for n in ("pac-2-gem-t", "pac-3-cri", "pac-3-mse")}}
        return small(fire_unit=battery(override=better), flight=[inbound(count=3)])

    weak, strong = variant(0.05), variant(0.9)
    kills = strong["targets"]["fate_s"][strong["targets"]["fate"] == "killed"]
    assert len(kills)
    first = min(kills.min(), np.min(weak["targets"]["fate_s"][weak["targets"]["fate"] == "killed"], initial=np.inf))
    for name, clock in (("detections", "time_s"), ("tracks", "time_s"), ("truth", "time_s")):
        for column in strong[name]:
            before = [run[name][column][: np.argmax(run[name][clock] >= first - 1.0)] for run in (weak, strong)]
            assert len(before[0]) > 50
            assert np.array_equal(*before, equal_nan=before[0].dtype.kind == "f")
    # a target that the weaker unit kills is killed by the stronger one too: the same draw against a higher chance
    assert set(weak["targets"]["target"][weak["targets"]["fate"] == "killed"]) <= set(np.flatnonzero(strong["targets"]["fate"] == "killed"))
