"""Whole pictures scored from tables: known mistakes are counted, named and placed."""

import numpy as np
import pytest
from synthetic_run import make, nothing, only_sensors, sensor_rows, table

from dowding.analysis import picture_quality as pq
from dowding.analysis import worst_moments as wm
from dowding.assessing import assess, facts_of
from dowding.errors import TableError
from dowding.tables import Tables

TIMES = np.arange(0.0, 101.0, 2.0)


def place(time, x, y, **more):
    return {
        "time_s": time, "east_m": x, "north_m": y, "up_m": 8e3, "latitude_deg": 40.0, "longitude_deg": 33.0, "altitude_m": 8e3,
        "velocity_east_mps": 100.0, "velocity_north_mps": 0.0, "velocity_up_mps": 0.0,
    } | more  # fmt: skip


def world() -> Tables:
    """Two targets that the picture is against, and a friend.

    Target 0 is held by track 1 until 40 s and by track 2 from 60 s on; target 1, in sight, by nobody; track 9 is false from 20 to 40 s,
    50 km away; track 8, 300 m beside target 0, doubles it from 70 s on.
    """
    truth = [place(t, 100 * t, 1e5 * k, target=k) for t in TIMES for k in (0, 1, 2)]
    side = ("red", "red", "blue")
    targets = [{"target": k, "class": "aircraft", "side": side[k], "flight": "f", "entry": "e"} for k in range(3)]
    tracks, origins, detections = [], [], []
    number = 0
    for t in TIMES[::2]:
        for target, track, off in ((0, 1 if t <= 40 else 2, 10.0), (1, None, 0.0), (-1, 9, 0.0), (0, 8, 300.0)):
            wanted = {1: True, 2: t >= 60, 9: 20 <= t <= 40, 8: t >= 70, None: True}[track]
            if not wanted:
                continue
            if track != 8:
                detections.append({"detection": number, "sensor": 0, "time_s": t, "range_m": 1e4, "azimuth_rad": 0.1, "elevation_rad": 0.0})
                origins.append({"detection": number, "target": target})
            if track is not None:
                where = (100 * t + off, 0.0) if track != 9 else (0.0, 5e4)
                tracks.append(
                    place(t, *where, track=track, picture=0, sensor=0, detection=number, confirmed=True, nis=3.0, nis_dof=3)
                    | {"class": "aircraft" if track != 2 else "drone"}
                    | {f"variance_{a}_m2": 100.0 for a in ("east", "north", "up")}
                    | {f"covariance_{a}_m2": 0.0 for a in ("east_north", "east_up", "north_up")}
                )
            number += track != 8
    names = {"truth": truth, "targets": targets, "tracks": tracks, "origins": origins, "detections": detections, "events": []}
    return Tables({name: table(name, rows) for name, rows in names.items()} | {"sensors": table("sensors", sensor_rows()[:1])})


@pytest.fixture(scope="module")
def quality() -> pq.PictureQuality:
    return pq.picture_quality(pq.completed(world()), 0, pq.Settings())


def test_what_is_counted(quality):
    d = quality.distances
    assert set(quality.truth.who.tolist()) == {0, 1}  # nobody is against the friend
    assert d.truths.tolist() == [2] * len(TIMES)
    held = (TIMES <= 40) | (TIMES >= 60)
    false = ((TIMES >= 20) & (TIMES <= 40)) | (TIMES >= 72)  # the first update after 70 s
    assert (d.missed / 5e5).tolist() == pytest.approx(np.where(held, 1.0, 2.0))
    assert (d.false / 5e5).tolist() == pytest.approx(np.where(false, 1.0, 0.0))
    assert d.localisation[held].tolist() == pytest.approx([100.0] * held.sum())
    numbers = pq.continuity_numbers(quality)
    assert (numbers["targets"], numbers["never_held"], numbers["swaps"], numbers["breaks"]) == (2, 1, 1, 1)
    assert (numbers["tracks"], numbers["false_tracks"]) == (4, 1)
    assert numbers["redundant_share"] > 0.0
    seen = pq.siap_numbers(quality)
    assert seen["completeness"] == pytest.approx(held.sum() / (2 * len(TIMES)))
    assert seen["ambiguity"] > 1.0
    assert 0.0 < seen["class_correctness"] < 1.0
    assert seen["position_accuracy_m"] > 10.0


def test_the_worst_moments_name_what_was_wrong(quality):
    moments = wm.worst_moments(quality, apart_s=20.0)
    found = wm.mistakes_of(quality)
    assert {wm.LABELS[k] for k in np.unique(found.kind)} == set(wm.LABELS) - {wm.LABELS[wm.FAR]}
    assert moments[0].cost == max(m.cost for m in moments)
    assert "under a new number" in " ".join(wm.words_of(m, quality) for m in moments)
    for moment in moments:
        away = np.hypot(*(moment.mistakes.position[:, :2] - moment.centre).T)
        assert (away <= 2.0 * moment.radius_m).all()
    times = [m.time_s for m in moments]
    assert len(times) <= 6


def test_out_of_sight_is_not_the_trackers_fault():
    tables = world()
    keep = tables["origins"]["target"] != 1
    origins = {name: values[keep] for name, values in tables["origins"].items()}
    blind = pq.picture_quality(pq.completed({**tables, "origins": origins}), 0, pq.Settings())
    assert not blind.in_sight[blind.truth.who == 1].any()
    late = blind.in_sight[(blind.truth.who == 0)]
    assert late.all()
    assert (blind.missed_in_sight[blind.times <= 40.0] == 0.0).all()


def test_two_pictures_with_the_same_track_numbers_do_not_mix():
    tables = world()
    doubled = {name: np.concatenate([values, values]) for name, values in tables["tracks"].items()}
    doubled["picture"] = np.repeat([0, 1], len(tables["tracks"]["track"]))
    sensors = table("sensors", [sensor_rows()[0], sensor_rows()[1] | {"picture": 1}])
    both = {**tables, "tracks": doubled, "sensors": sensors}
    assert pq.pictures_of(pq.completed(both)) == [0, 1]
    facts = facts_of(both, pq.Settings())["pictures"]
    assert facts[0]["continuity"]["swaps"] == facts[1]["continuity"]["swaps"] == 1
    assert facts[0]["distance"]["gospa_m"] == facts[1]["distance"]["gospa_m"]


def test_a_made_up_run_is_scored_whole():
    facts = facts_of(make(), pq.Settings())
    picture = facts["pictures"][0]
    assert picture["continuity"]["false_tracks"] == 1
    assert picture["continuity"]["targets"] == 40
    assert picture["consistency"]["nees"] == pytest.approx(3.0, abs=0.5)
    parts = picture["distance"]
    assert parts["localisation_share"] + parts["missed_share"] + parts["false_share"] == pytest.approx(1.0, abs=1e-4)
    assert picture["distance"]["exact"]


def test_only_truth_and_tracks_are_needed():
    run = make()
    alone = facts_of({"truth": run["truth"], "tracks": run["tracks"]}, pq.Settings())["pictures"][0]
    assert alone["siap"]["completeness"] == facts_of(run, pq.Settings())["pictures"][0]["siap"]["completeness"]
    assert "consistency" not in alone
    with pytest.raises(TableError, match="tracks is missing"):
        pq.completed({"truth": run["truth"]})


@pytest.mark.parametrize("run", [nothing(), only_sensors()])
def test_nothing_to_score(run):
    for picture in facts_of(run, pq.Settings())["pictures"]:
        assert picture["distance"]["gospa_m"] is None
        assert picture["worst"] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cutoff_m": 0.0}, "cutoff_m is 0.0, allowed is more than 0"),
        ({"power": 0.5}, "power is 0.5, allowed is at least 1"),
        ({"step_s": -1.0}, "step_s is -1.0, allowed is at least 0"),
        ({"cutoff_m": float("nan")}, "cutoff_m is nan"),
        ({"switch_cost_m": -1.0}, "switch_cost_m"),
        ({"process_noise": float("inf")}, "process_noise"),
    ],
)
def test_settings_that_make_no_sense_are_said(options, words):
    with pytest.raises(TableError, match=words):
        assess(world(), pq.Settings(**options))


def test_without_heights_a_wrong_height_costs_nothing():
    tables = world()
    wrong = {**tables["tracks"], "up_m": tables["tracks"]["up_m"] + 5e3}
    scored = [pq.picture_quality(pq.completed({**tables, "tracks": wrong}), 0, pq.Settings(flat=flat)) for flat in (False, True)]
    assert scored[0].distances.matched.sum() == 0
    assert scored[1].distances.matched.sum() > 0
