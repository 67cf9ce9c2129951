"""Doctrine as data: what is kept, who is served first, when radars radiate, who must agree, and who divides the tracks."""

import math
from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.simulation import simulate
from dowding.tables import Tables

MISSILE, OTHERS = "pac-2-gem-t", ("pac-3-cri", "pac-3-mse")
CERTAIN = {"kill_probability_aircraft": 1.0}
DEPOT = {"name": "Depot", "lat_deg": 40.0, "lon_deg": 33.0, "radius_km": 2.0}
DURATION_S = 420.0


def battery(name: str = "Battery", lat_deg: float = 40.0, rounds: int = 20, channels: int = 20, **more: Any) -> dict[str, Any]:
    """A unit that sees all round, with one kind of interceptor that never misses."""
    override = {
        "target_channels": channels,
        "missile_channels": 40,
        "radars": {"an-mpq-65": {"sector_deg": 360.0}},
        "interceptors": {MISSILE: CERTAIN},
        "rounds": {MISSILE: rounds} | dict.fromkeys(OTHERS, 0),
    }
    return {"name": name, "system": "patriot", "lat_deg": lat_deg, "lon_deg": 33.0, "override": override} | more


def inbound(number: int, of: int, start_km: float = 75.0, to: str = "Depot", **more: Any) -> dict[str, Any]:
    """One of so many aircraft, each from a direction of its own."""
    bearing = 2.0 * math.pi * (number + 0.5) / of
    north, east = start_km / 111.0 * math.cos(bearing), start_km / 111.0 * math.sin(bearing) / math.cos(math.radians(40.0))
    first = {"lat_deg": 40.0 + north, "lon_deg": 33.0 + east, "altitude_m": 9000.0, "speed_mps": 250.0}
    return {"name": f"inbound {number}", "target": "f-16", "route": [first, {"to": to}]} | more


def fought(flights: list[dict[str, Any]], units: list[dict[str, Any]], doctrine: dict[str, Any], **more: Any) -> Tables:
    tables = {"asset": [DEPOT], "fire_unit": units, "flight": flights, "doctrine": {"default": {"salvo": {"aircraft": 1}} | doctrine}}
    return simulate(world(**(tables | {"duration_s": DURATION_S} | more)), looks=False)


def moments(run: Tables, kind: str) -> np.ndarray:
    return np.sort(run["events"]["time_s"][run["events"]["kind"] == kind])


def test_rounds_kept_for_ballistic_missiles_are_not_fired_at_aircraft() -> None:
    raid = [inbound(k, 6) for k in range(6)]
    run = fought(raid, [battery(rounds=6)], {"reserve": {"ballistic-missile": 4}})
    assert len(run["shots"]["shot"]) == 2
    assert sorted(run["targets"]["reason"][run["targets"]["fate"] == "leaked"]) == ["no round"] * 4
    own = fought(raid, [battery(rounds=6)], {"reserve": {"aircraft": 4}})
    assert len(own["shots"]["shot"]) == 6, "they are kept for these"


def test_a_unit_with_one_channel_defends_by_time_or_by_value() -> None:
    other = DEPOT | {"name": "Palace", "lon_deg": 33.25, "value": 50.0}
    # the first keeps the channel busy while the others come
    raid = [inbound(0, 3, 60.0), inbound(1, 3, 66.0, depart_s=15), inbound(2, 3, 76.0, to="Palace", depart_s=15)]
    for priority, order in (("time", [0, 1, 2]), ("value", [0, 2, 1])):
        run = fought(raid, [battery(channels=1)], {"priority": priority}, asset=[DEPOT, other])
        assert list(run["shots"]["target"]) == order, priority
    less = fought(raid, [battery(channels=1)], {"priority": "value"}, asset=[DEPOT | {"priority": 60.0}, other])
    assert list(less["shots"]["target"]) == [0, 1, 2]


def seen_by(run: Tables, name: str) -> np.ndarray:
    row = int(np.flatnonzero(run["sensors"]["name"] == name)[0])
    return run["detections"]["time_s"][run["detections"]["sensor"] == row]


def test_engagement_radars_are_silent_until_a_time_or_a_cue() -> None:
    raid = [inbound(0, 1, 110.0)]
    surveillance = {"name": "Watch", "radar": "91n6e", "lat_deg": 39.9, "lon_deg": 33.0}
    always = fought(raid, [battery()], {}, sensor=[surveillance])
    late = fought(raid, [battery()], {"radiate_from_s": 200.0}, sensor=[surveillance])
    cued = fought(raid, [battery()], {"radiate": "cued", "radiate_range_km": 70.0}, sensor=[surveillance])
    mine = "Battery an-mpq-65"
    assert seen_by(always, mine).min() < 20.0
    assert 200.0 <= seen_by(late, mine).min() < 210.0
    reaches = (110.0 - 70.0) / 0.25  # s, when it is within 70 km
    assert reaches - 6.0 < seen_by(cued, mine).min() < reaches + 6.0
    assert list(cued["targets"]["fate"]) == ["killed"]
    # false alarms and all: silent again after the hold, which begins when the track is gone
    assert seen_by(cued, mine).max() < cued["targets"]["fate_s"][0] + 60.0


def test_a_stock_comes_load_by_load() -> None:
    raid = [inbound(k, 8, depart_s=k) for k in range(8)]
    run = fought(raid, [battery(rounds=2, stock={MISSILE: 4}, reload_time_s=40.0)], {})
    launched = np.sort(run["shots"]["launched_s"])
    assert len(launched) == 6
    # the second round of a load makes room for the next load
    assert 40.0 <= launched[2] - launched[1] <= 51.0
    assert 40.0 <= launched[4] - launched[3] <= 51.0
    assert (run["targets"]["reason"] == "no round").sum() == 2


def commanded(operators: int, service_s: float, **more: Any) -> dict[str, Any]:
    post = {"name": "Post", "lat_deg": 40.0, "lon_deg": 33.0, "operators": operators, "service_s": service_s}
    return {"command_post": [post | more]}


@pytest.mark.parametrize("operators", [1, 2])
def test_operators_approve_one_after_the_other(operators: int) -> None:
    raid = [inbound(k, 5) for k in range(5)]
    run = fought(raid, [battery(command_post="Post")], {"approval": "manual"}, **commanded(operators, 20.0))
    asked, begun, approved = (moments(run, kind) for kind in ("approval asked", "approval begun", "approved"))
    assert len(asked) == len(approved) == 5
    assert list(approved - begun) == pytest.approx([20.0] * 5)
    free = [-np.inf] * operators
    for come, start in zip(asked, begun, strict=True):
        assert start == pytest.approx(max(come, min(free)))
        free[free.index(min(free))] = start + 20.0
    launched = np.sort(run["shots"]["launched_s"])
    assert (launched >= approved + 7.0 - 1e-9).all()
    assert launched[0] < approved[0] + 12.0


def test_a_run_in_which_every_node_dies_ends_with_complete_tables() -> None:
    units = [battery("North", 40.1, fails_s=40.0), battery("South", 39.9, fails_s=35.0)]
    net = {"name": "Net", "members": ["North", "South", "Post", "Watch"], "type": "link-16"}
    watch = {"name": "Watch", "radar": "91n6e", "lat_deg": 39.9, "lon_deg": 33.0, "fails_s": 20.0}
    network = {"mode": "track-sharing", "control": "central"}
    dead = commanded(1, 5.0, fails_s=30.0)
    run = fought([inbound(k, 3) for k in range(3)], units, {}, **dead, link=[net], sensor=[watch], network=network)
    assert {"targets", "sensors", "shots", "truth", "dwells", "detections", "origins", "tracks", "events"} <= set(run)
    assert run["truth"]["time_s"].max() > 200.0
    assert run["detections"]["time_s"].max() <= 40.0
    assert (run["targets"]["fate"] == "leaked").all()
    assert run.summary["classes"]["aircraft"]["leaked"] == 3


def test_a_post_that_fails_leaves_its_units_alone_or_holding() -> None:
    raid = [inbound(k, 4, 100.0) for k in range(4)]
    dead = commanded(1, 5.0, fails_s=2.0)
    alone = fought(raid, [battery(command_post="Post")], {"approval": "manual"}, **dead)
    assert (alone["targets"]["fate"] == "killed").all()
    assert len(moments(alone, "approved")) == 0
    held = fought(raid, [battery(command_post="Post")], {"approval": "manual", "without_command": "hold"}, **dead)
    assert len(held["shots"]["shot"]) == 0


@pytest.mark.parametrize("assignment", ["greedy", "linear", "nonlinear"])
def test_units_that_share_a_picture_divide_the_tracks(assignment: str) -> None:
    pair = [battery("North", 40.1, channels=2), battery("South", 39.9, channels=2)]
    raid = [inbound(k, 4, 80.0) for k in range(4)]
    run = fought(raid, pair, {"assignment": assignment, **({} if assignment == "linear" else {"gain_min": 0.5})})
    assert (run["targets"]["fate"] == "killed").all()
    assert len(run["shots"]["shot"]) == 4, "nobody shoots at what another has"
    assert set(run["shots"]["unit"]) == {"North", "South"}


def test_a_second_unit_joins_where_that_helps_enough() -> None:
    weak = {"interceptors": {MISSILE: {"kill_probability_aircraft": 0.5}}}
    pair = [battery(name, lat) for name, lat in (("North", 40.1), ("South", 39.9))]
    pair = [unit | {"override": unit["override"] | weak} for unit in pair]
    for gain_min, units in ((0.2, 2), (0.3, 1)):  # the second brings 0.25
        run = fought([inbound(0, 1)], pair, {"assignment": "nonlinear", "gain_min": gain_min, "mode": "salvo"})
        first = run["shots"]["decided_s"] == run["shots"]["decided_s"].min()
        assert len(set(run["shots"]["unit"][first])) == units


@pytest.mark.parametrize("mode", ["track-sharing", "detection-sharing"])
def test_a_command_post_orders_over_its_link(mode: str) -> None:
    pair = [battery("North", 40.1), battery("South", 39.9)]
    figures = {"latency_s": 3.0, "interval_s": 2.0, "loss_probability": 0.0}
    net = {"name": "Net", "members": ["North", "South", "Post"], "type": "link-16"} | figures
    raid = [inbound(k, 4, 100.0) for k in range(4)]
    run = fought(raid, pair, {}, **commanded(1, 0.0), link=[net], network={"mode": mode, "control": "central"})
    assert (run["targets"]["fate"] == "killed").all()
    assert len(run["shots"]["shot"]) == 4
    assert (run["shots"]["launched_s"] - run["shots"]["decided_s"] >= 3.0 + 7.0 - 1e-9).all()


def test_a_post_learns_of_free_channels_by_reports() -> None:
    """With one channel, the next order waits until a report says that the last engagement is over, and that takes the link's time."""
    raid, looks_s = [inbound(k, 4, 75.0 + 4.0 * k) for k in range(4)], 4.0

    def gaps(interval_s: float, latency_s: float) -> tuple[float, np.ndarray]:
        figures = {"latency_s": latency_s, "interval_s": interval_s, "loss_probability": 0.0}
        net = {"name": "Net", "members": ["Battery", "Post", "Watch"], "type": "link-16"} | figures
        watch = {"name": "Watch", "radar": "91n6e", "lat_deg": 39.9, "lon_deg": 33.0}
        network = {"mode": "track-sharing", "control": "central"}
        unit = battery(channels=1)
        unit["override"]["kill_assessment_s"] = looks_s
        run = fought(raid, [unit], {}, **commanded(1, 0.0), link=[net], sensor=[watch], network=network)
        shots = run["shots"]
        assert len(shots["shot"]) >= 2
        order = np.argsort(shots["decided_s"])
        return float(shots["decided_s"][order[1]] - shots["intercept_s"][order[0]]), shots["decided_s"]

    quick, _ = gaps(0.5, 0.0)
    slow, decided = gaps(20.0, 5.0)
    assert looks_s <= quick <= looks_s + 0.5 + 2.0  # a report, and two cycles of decisions
    assert quick + 2.0 < slow <= looks_s + 20.0 + 5.0 + 2.0
    assert decided.min() < 120.0, "the first order needs no report"
