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


def test_a_link_of_sight_joins_only_those_who_see_each_other() -> None:
    assert len(picture(fought("track-sharing", link={"line_of_sight": True}), "Battery")["time_s"]) == 0  # 67 km, both on the ground
    near = FORWARD | {"lat_deg": 40.1}
    assert len(picture(fought("track-sharing", link={"line_of_sight": True}, sensor=[near]), "Battery")["time_s"]) > 10
    circle = {"centre": {"lat_deg": 40.6, "lon_deg": 33.0}, "radius_km": 15.0, "altitude_m": 9000.0, "speed_mps": 180.0}
    aloft = {"name": "Forward", "radar": "an-apy-2", "orbit": circle}
    assert len(picture(fought("track-sharing", link={"line_of_sight": True}, sensor=[aloft]), "Battery")["time_s"]) > 10


def test_events_of_tracks_name_their_picture() -> None:
    run = fought("track-sharing", link={}, sensor=[FORWARD | {"fails_s": 100.0}])
    events, tracks = run["events"], run["tracks"]
    for kind in ("track confirmed", "track deleted"):
        rows = events["kind"] == kind
        assert set(events["picture"][rows]) <= {0, 1}
        for number, name in enumerate(("Battery", "Forward")):
            mine = set(events["track"][rows & (events["picture"] == number)])
            assert mine <= set(picture(run, name)["track"])
    told = (events["kind"] == "track deleted") & (events["picture"] == 0)
    assert told.any()  # of tracks that only a link feeds
    assert set(tracks["picture"]) == {0, 1}


def test_a_sensor_that_fails_takes_its_tracks_from_those_it_told() -> None:
    run = fought("track-sharing", link={}, sensor=[FORWARD | {"fails_s": 100.0}])
    assert picture(run, "Forward")["time_s"].max() < 100.0
    deleted = run["events"]["kind"] == "track deleted"
    assert (run["events"]["time_s"][deleted] < 100.0 + 1.5 + 3 * 5.0 + 6.0).all()


def test_one_teller_is_enough_on_a_link_and_another_goes_on_when_it_falls_silent() -> None:
    second, all_three = FORWARD | {"name": "Second", "lon_deg": 33.01}, ("Battery", "Forward", "Second")
    link = {"members": list(all_three)}
    one = picture(fought("track-sharing", link={}), "Battery")
    two = picture(fought("track-sharing", link=link, sensor=[FORWARD, second]), "Battery", all_three)
    silent = picture(fought("track-sharing", link=link, sensor=[FORWARD | {"fails_s": 100.0}, second]), "Battery", all_three)
    told = [((rows["time_s"] > 60.0) & (rows["time_s"] < 300.0)).sum() for rows in (one, two)]
    assert 0.75 * told[0] < told[1] < 1.5 * told[0]  # and not twice as many
    late = silent["time_s"][(silent["time_s"] > 90.0) & (silent["time_s"] < 230.0)]  # then it is overhead
    assert np.diff(late).max() < 12.0 + (1.5 + 1.0) * 5.0  # a scan, until the word lapses, and a message
    assert len(set(silent["track"][silent["time_s"] > 60.0])) == 1


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


def test_three_flights_that_three_radars_tell_in_a_ring_of_posts_stay_three() -> None:
    """Each post hears of each target from its radar and, at second hand, from the others, who heard it from it."""
    places = ((40.6, 32.6), (40.6, 33.4), (40.3, 33.0))
    radars = [{"name": f"Radar {k}", "radar": "91n6e", "lat_deg": lat, "lon_deg": lon} for k, (lat, lon) in enumerate(places)]
    posts = [{"name": f"Post {k}", "lat_deg": lat - 0.1, "lon_deg": lon} for k, (lat, lon) in enumerate(places)]
    quick = {"type": "link-16", "latency_s": 0.5, "interval_s": 6.0, "loss_probability": 0.0}
    links = [{"name": f"Net {k}", "members": [f"Radar {k}", f"Post {k}"], **quick} for k in range(3)]
    links.append({"name": "Ring", "members": [post["name"] for post in posts], **quick})
    bend = {"lat_deg": 40.9, "lon_deg": 33.1, "altitude_m": 8000.0}
    flights = [inbound(name=f"inbound {k}", depart_s=20.0 * k) for k in range(3)]
    for k, flight in enumerate(flights):
        start = {"lat_deg": 41.2 + 0.05 * k, "lon_deg": 32.8 + 0.2 * k, "altitude_m": 8000.0}
        flight["route"] = [start, bend | {"lon_deg": 33.3 - 0.2 * k}, {"to": "Depot"}]
    tables = {"asset": [DEPOT], "sensor": radars, "command_post": posts, "flight": flights, "link": links}
    run = simulate(world(**tables, network={"mode": "track-sharing"}, duration_s=260.0), looks=False)
    tracks = run["tracks"]
    for post in range(3, 6):
        mine = (tracks["picture"] == post) & (tracks["time_s"] > 120.0)
        late = mine & (tracks["time_s"] > 240.0)
        assert len(np.unique(tracks["track"][late])) == 3
        assert len(np.unique(tracks["track"][mine])) <= 5
