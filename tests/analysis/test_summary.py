"""The summary and the story of a run that can be counted by hand."""

import json
import subprocess
import sys

import pytest
from synthetic_run import PLACES, assets_table, empty, make, nothing, only_sensors, place, table

from dowding.analysis.story import COLUMNS, clock, height, kilometres, story
from dowding.analysis.summary import counts, summarise

CLAIMS = {"Murted": {"system": "s-400", "range_claimed_km": 402.0}}
READY = {"Murted": {"48n6e3": 8, "9m96e2": 4}}


def target(number, kind, fate, *, reason="", side="red", detected=None, tracked=None, engaged=None, by="Murted A"):
    row = {"target": number, "class": kind, "entry": kind, "flight": "f", "side": side, "asset": "Ankara", "depart_s": 0.0, "shots": 0}
    row |= {"fate": fate, "fate_s": 900.0, "reason": reason}
    for name, at in (("detected", detected), ("tracked", tracked), ("engaged", engaged)):
        if at:
            row |= {f"first_{name}_s": at[0], f"first_{name}_range_m": at[1]}
    return row | ({"first_detected_by": by} if detected else {})


@pytest.fixture
def world():
    targets = table(
        "targets",
        [
            target(0, "aircraft", "killed", detected=(100.0, 311e3), tracked=(120.0, 305e3), engaged=(300.0, 250e3)),
            target(1, "aircraft", "survived", reason="never tracked", detected=(140.0, 280e3)),
            target(2, "cruise_missile", "leaked", reason="never detected"),
            target(3, "cruise_missile", "leaked", reason="missed", detected=(500.0, 38e3), tracked=(505.0, 37e3), engaged=(512.0, 35e3)),
            target(4, "cruise_missile", "leaked", reason="never detected"),
            target(5, "aircraft", "flying", side="blue"),
        ],
    )
    sensors = table(
        "sensors",
        [{"sensor": i, "name": f"Murted {x}", "unit": "Murted", "side": "blue"} | place(40.08, 32.57, 1100.0) for i, x in enumerate("AB")],
    )
    shots = table(
        "shots",
        [
            {
                "shot": 0,
                "unit": "Murted",
                "interceptor": "48n6e3",
                "target": 0,
                "slant_range_m": 180e3,
                "intercept_s": 420.0,
                "outcome": "kill",
            },
            {
                "shot": 1,
                "unit": "Murted",
                "interceptor": "48n6e3",
                "target": 3,
                "slant_range_m": 30e3,
                "intercept_s": 530.0,
                "outcome": "miss",
            },
            {
                "shot": 2,
                "unit": "Murted",
                "interceptor": "9m96e2",
                "target": 3,
                "slant_range_m": 20e3,
                "intercept_s": 560.0,
                "outcome": "miss",
            },
        ],
    )
    moments = {0: ((0.0, 9000.0), (1000.0, 11000.0)), 2: ((0.0, 50.0), (1000.0, 50.0))}
    truth = table("truth", [{"time_s": t, "target": n} | place(43.0, 32.57, alt) for n, rows in moments.items() for t, alt in rows])
    return targets, shots, sensors, truth


def test_counts_times_and_ranges(world):
    targets, shots, sensors, truth = world
    out = summarise(targets, shots, sensors, READY, assets_table({"Ankara": 100}, targets), CLAIMS, truth=truth)
    assert out["friendly"] == 1
    total = out["total"]
    assert [total[k] for k in ("flown", "detected", "tracked", "engaged", "killed", "leaked", "survived", "flying")] == [
        5,
        3,
        2,
        2,
        1,
        3,
        1,
        0,
    ]
    assert total["leaked_because"] == {"never detected": 2, "missed": 1}
    assert total["survived_because"] == {"never tracked": 1}
    assert out["classes"]["aircraft"]["detection"] == {
        "time_s": {"median": 120.0, "min": 100.0, "max": 140.0},
        "range_km": {"median": 295.5, "min": 280.0, "max": 311.0},
    }
    assert list(out["classes"]) == ["aircraft", "cruise_missile"]
    told = {"kind": "asset", "value": 100, "aimed_at": 6, "hits": 3, "hit_points": 1, "left": 0, "value_lost": 100, "destroyed_s": 100}
    assert out["assets"] == {"Ankara": told}
    assert out["units"]["Murted"]["rounds"]["48n6e3"] == {"ready": 8, "fired": 2, "left": 6, "kills": 1}
    assert out["units"]["Murted"]["rounds"]["9m96e2"] == {"ready": 4, "fired": 1, "left": 3, "kills": 0}
    assert out["units"]["Murted"]["kills_per_round"] == pytest.approx(1 / 3, abs=5e-4)


def test_the_claim_is_held_against_the_farthest_of_each_kind(world):
    targets, shots, sensors, truth = world
    claim = summarise(targets, shots, sensors, READY, assets_table({}), CLAIMS, truth=truth)["claims"]["Murted"]
    assert claim["detected"]["farthest_km"] == 311.0
    assert claim["detected"]["altitude_m"] == 9200.0
    assert claim["detected"]["by_class"] == {"aircraft": 311.0, "cruise_missile": 38.0}
    assert not claim["detected"]["reached"]
    assert (claim["tracked"]["farthest_km"], claim["killed"]["farthest_km"], claim["killed"]["target"]) == (305.0, 180.0, 0)
    assert claim["farthest_target_km"] == pytest.approx(324.6, abs=0.5)  # 2.92 degrees of latitude, and some altitude
    claims = {"Murted": {"system": "s-400", "range_claimed_km": 311.0}}
    near = summarise(targets, shots, sensors, READY, assets_table({}), claims)["claims"]["Murted"]
    assert near["detected"]["reached"]
    assert not near["tracked"]["reached"]
    assert near["farthest_target_km"] is None


def test_a_unit_is_not_credited_with_what_another_saw(world):
    targets, shots, sensors, _ = world
    sensors["unit"][1] = "Kayseri"
    targets["first_detected_by"][0] = "Murted B"
    tracks = table(
        "tracks",
        [
            {"time_s": 120.0, "track": 1, "sensor": 1, "detection": 0, "confirmed": True},
            {"time_s": 505.0, "track": 2, "sensor": 0, "detection": 1, "confirmed": True},
        ],
    )
    origins = table("origins", [{"detection": 0, "target": 0}, {"detection": 1, "target": 3}])
    claims = CLAIMS | {"Kayseri": {"system": "other", "range_claimed_km": 100.0}}
    out = summarise(targets, shots, sensors, READY, assets_table({}), claims, tracks=tracks, origins=origins)["claims"]
    assert out["Kayseri"]["detected"]["farthest_km"] == 311.0
    assert out["Murted"]["detected"]["farthest_km"] == 280.0
    assert out["Kayseri"]["tracked"]["farthest_km"] == 305.0
    assert out["Murted"]["tracked"]["farthest_km"] == 37.0
    assert summarise(targets, shots, sensors, READY, assets_table({}), claims)["claims"]["Murted"]["tracked"]["farthest_km"] is None


def test_the_story_says_it_in_words(world):
    targets, shots, sensors, truth = world
    assets = assets_table({"Ankara": 100}, targets)
    told = story(summarise(targets, shots, sensors, READY, assets, CLAIMS, truth=truth), ["cross section of the f-16: 1 to 5 m^2"])
    assert told.columns == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in told.rows)
    assert [row[0] for row in told.rows] == ["aircraft", "cruise missiles", "all"]
    assert told.rows[1] == ("cruise missiles", "3", "1, 38 km", "1, 37 km", "1, 35 km", "0", "3", "0", "0")
    assert told.through[-1] == "cruise missiles: 2 never detected, 1 missed"
    assert told.rounds == ("Murted fired 2 of 8 48n6e3, 1 of 4 9m96e2; 1 kill, 0.33 a round",)
    assert told.assets == ("Ankara: hit 3 times (6 flew at it)",)
    assert told.claims[0].startswith("Murted (s-400): claimed 402 km; farthest first detection of an aircraft at 311 km flying at 9.2 km; ")
    assert told.claims[0].endswith("no target was farther than 325 km, so the claim was not tried to its end")
    assert told.doubtful == ("cross section of the f-16: 1 to 5 m^2",)


def test_the_made_up_run_is_the_same_json_every_time():
    texts = []
    for _ in range(2):
        run = make()
        out = summarise(
            run["targets"],
            run["shots"],
            run["sensors"],
            READY,
            assets_table({"Ankara": 100}),
            CLAIMS,
            tracks=run["tracks"],
            origins=run["origins"],
            truth=run["truth"],
            places=PLACES,
        )
        texts.append(json.dumps(out, allow_nan=False))
        total = out["total"]
        assert total["flown"] == 40 == sum(part["flown"] for part in out["classes"].values())
        assert total["killed"] + total["leaked"] + total["survived"] + total["flying"] == 40
        assert sum(total["leaked_because"].values()) == total["leaked"]
        assert out["units"]["Murted"]["kills"] == total["killed"]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("run", [only_sensors(), nothing()])
def test_runs_in_which_nothing_happened(run):
    out = summarise(
        run["targets"],
        run["shots"],
        run["sensors"],
        {},
        assets_table({"Ankara": 1}),
        CLAIMS,
        tracks=run["tracks"],
        origins=run["origins"],
        truth=run["truth"],
    )
    json.dumps(out, allow_nan=False)
    told = story(out)
    assert told.rows == ()
    assert told.claims == ("Murted (s-400): claimed 402 km; nothing detected; nothing tracked; nothing killed",)
    assert told.tracks == ("no confirmed tracks",)
    assert told.assets == ("Ankara: not hit (0 flew at it)",)


def test_small_words():
    assert (clock(0), clock(59.6), clock(3725)) == ("0:00", "1:00", "62:05")
    assert (kilometres(8.44), kilometres(311.2)) == ("8.4 km", "311 km")
    assert (height(60.0), height(848.0), height(9213.0)) == ("60 m", "850 m", "9.2 km")
    assert counts(empty("targets")["reason"]) == {}


def test_analysis_loads_without_numba_and_matplotlib():
    code = "import sys, dowding.analysis.summary, dowding.analysis.story; print([m for m in ('numba', 'matplotlib') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
