"""Pictures of a network: each made only of what its node sees and of what reached it, when it reached it."""

from typing import Any

import numpy as np
import pytest
from replicates import world

from dowding.simulation import simulate
from dowding.tables import Columns, Tables

FORWARD = {"name": "Forward", "radar": "91n6e", "lat_deg": 40.6, "lon_deg": 33.0}
BATTERY = {"name": "Battery", "system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0, "boresight_deg": 180.0}
NEIGHBOUR = BATTERY | {"name": "Neighbour", "lat_deg": 40.02}
DEPOT = {"name": "Depot", "lat_deg": 40.01, "lon_deg": 33.0, "radius_km": 2.0}
NET = {"name": "Net", "members": ["Forward", "Battery"], "type": "link-16", "latency_s": 1.5, "interval_s": 5.0, "loss_probability": 0.0}


def inbound(**more: Any) -> dict[str, Any]:
    """A flight from 130 km north straight to the depot, out of the battery's own sight, which looks south."""
    start = {"lat_deg": 41.2, "lon_deg": 33.0, "altitude_m": 8000.0}
    return {"name": "inbound", "target": "f-16", "route": [start, {"to": "Depot"}]} | more


def fought(mode: str, *, link: dict[str, Any] | None = None, units: tuple[dict[str, Any], ...] = (BATTERY,), **more: Any) -> Tables:
    """One replicate of the forward radar, fire units behind it, and the flight; `link` changes the net between them."""
    tables = {"asset": [DEPOT], "sensor": [FORWARD], "fire_unit": list(units), "flight": [inbound()], "network": {"mode": mode}}
    if link is not None:
        tables["link"] = [NET | link]
    return simulate(world(**(tables | more)), looks=False)


def picture(run: Tables, name: str, names: tuple[str, ...] = ("Battery", "Forward")) -> Columns:
    """The rows of tracks of one node's picture: fire units come first, then sensors."""
    mine = run["tracks"]["picture"] == names.index(name)
    return {key: column[mine] for key, column in run["tracks"].items()}


def test_alone_a_battery_knows_nothing_of_what_only_the_radar_sees() -> None:
    run = fought("stand-alone")
    assert len(picture(run, "Forward")["time_s"]) > 15
    assert len(picture(run, "Battery")["time_s"]) == 0
    assert len(run["shots"]["shot"]) == 0


def test_shared_tracks_are_the_senders_own_a_latency_later() -> None:
    run = fought("track-sharing", link={})
    here, there = picture(run, "Battery"), picture(run, "Forward")
    assert (here["sensor"] == -1).all()
    assert (here["detection"] == -1).all()
    for row in range(len(here["time_s"])):
        same = there["time_s"] == here["time_s"][row]
        assert same.any()
        for axis in ("east_m", "north_m", "up_m"):
            assert here[axis][row] == pytest.approx(there[axis][same][0], abs=1e-6)
    assert (np.diff(here["time_s"]) > 0.0).all()  # a report without a new detection behind it says nothing new
    assert len(here["time_s"]) >= len(there["time_s"]) - 3


def test_nothing_passes_in_an_outage_and_all_is_lost_at_loss_one() -> None:
    run = fought("track-sharing", link={"outage": [{"from_s": 0.0, "to_s": 200.0}]})
    assert picture(run, "Battery")["time_s"].min() > 190.0
    assert len(picture(fought("track-sharing", link={"loss_probability": 1.0}), "Battery")["time_s"]) == 0


def test_a_sensor_that_fails_takes_its_tracks_from_those_it_told() -> None:
    run = fought("track-sharing", link={}, sensor=[FORWARD | {"fails_s": 100.0}])
    assert picture(run, "Forward")["time_s"].max() < 100.0
    deleted = run["events"]["kind"] == "track deleted"
    assert (run["events"]["time_s"][deleted] < 100.0 + 1.5 + 3 * 5.0 + 6.0).all()


def test_launches_on_anothers_track_need_the_mode_that_allows_it() -> None:
    assert len(fought("track-sharing", link={})["shots"]["shot"]) == 0
    run = fought("engage-on-remote", link={})
    assert len(run["shots"]["shot"]) > 0
    assert set(run["shots"]["outcome"]) <= {"kill", "miss", "nothing there", "out of reach", "in flight"}


def test_batteries_that_share_tracks_leave_a_target_to_the_one_that_engages_it() -> None:
    looking = tuple(unit | {"boresight_deg": 0.0} for unit in (BATTERY, NEIGHBOUR))
    both = NET | {"members": ["Battery", "Neighbour"], "latency_s": 0.1, "interval_s": 1.0}

    def first_units(mode: str, **more: Any) -> set[str]:
        run = fought(mode, units=looking, sensor=[], **more)
        engaged = run["events"]["kind"] == "engagement"
        times, units = run["events"]["time_s"][engaged], run["events"]["unit"][engaged]
        return set(units[times < times.min() + 25.0])

    assert first_units("stand-alone") == {"Battery", "Neighbour"}
    assert len(first_units("track-sharing", link=both)) == 1


def test_every_detection_shared_without_delay_is_the_ideal_picture() -> None:
    looking = (BATTERY | {"boresight_deg": 0.0},)
    ideal = fought("ideal", units=looking)
    shared = fought("detection-sharing", units=looking, link={"latency_s": 0.0})
    for name in ("Battery", "Forward"):
        here = picture(shared, name)
        assert len(here["time_s"]) == len(ideal["tracks"]["time_s"])
        for column in ("time_s", "track", "sensor", "detection", "east_m", "north_m", "up_m"):
            assert (here[column] == ideal["tracks"][column]).all(), (name, column)


def test_pictures_go_on_until_the_end_where_every_node_dies() -> None:
    run = fought("track-sharing", link={}, sensor=[FORWARD | {"fails_s": 60.0}], units=(BATTERY | {"fails_s": 80.0},))
    assert run["tracks"]["time_s"].max() < 80.0
    assert list(run["targets"]["fate"]) == ["flying"] or list(run["targets"]["fate"]) == ["leaked"]
