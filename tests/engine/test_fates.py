"""How targets end: what is dead is dead, and the reason given agrees with the other tables."""

import numpy as np

from dowding.model import Compiled
from dowding.tables import Tables

FATES = {"killed", "leaked", "survived", "flying"}
REASONS = {
    "never detected",
    "never tracked",
    "not in the envelope",
    "no fire-control track",
    "too late",
    "no channel",
    "no round",
    "held fire",
    "missed",
}


def test_the_dead_are_not_seen_again(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        targets, truth = run["targets"], run["truth"]
        end = targets["fate_s"]
        gone = np.isin(targets["fate"], ["killed", "leaked", "survived"])
        assert (truth["time_s"] <= end[truth["target"]])[gone[truth["target"]]].all()
        of = run["origins"]["target"]
        real = of >= 0
        assert (run["detections"]["time_s"][real] < end[of[real]] + 1e-9).all()
        assert (run["looks"]["time_s"] < end[run["looks"]["target"]] + 1e-9).all()
        assert (run["detections"]["time_s"][real] >= targets["depart_s"][of[real]]).all()


def test_each_kill_is_one_shot_s(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        targets, shots, events = run["targets"], run["shots"], run["events"]
        kills = shots["outcome"] == "kill"
        assert sorted(shots["target"][kills]) == sorted(targets["target"][targets["fate"] == "killed"])
        assert np.array_equal(targets["fate_s"][shots["target"][kills]], shots["intercept_s"][kills])
        assert (events["kind"] == "kill").sum() == kills.sum()
        tried = np.bincount(shots["target"][np.isin(shots["outcome"], ["kill", "miss"])], minlength=len(targets["target"]))
        assert (targets["shots"] == tried).all()


def test_first_detection_and_first_track_are_the_first(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        targets, reports, origins, tracks = run["targets"], run["detections"], run["origins"], run["tracks"]
        confirmed = np.isin(np.arange(len(reports["time_s"])), tracks["detection"][tracks["confirmed"]])
        for target in targets["target"]:
            mine = origins["target"] == target
            for rows, when, reach in (
                (mine, "first_detected_s", "first_detected_range_m"),
                (mine & confirmed, "first_tracked_s", "first_tracked_range_m"),
            ):
                if not rows.any():
                    assert np.isnan(targets[when][target])
                    continue
                # reports come dwell by dwell: the first to come in need not be the first by its own time
                longest = (run["sensors"]["period_s"] / run["sensors"]["dwells"]).max()
                first = np.flatnonzero(rows)[0]
                assert targets[when][target] == reports["time_s"][first]
                assert targets[reach][target] == origins["true_range_m"][first]
                assert targets[when][target] <= reports["time_s"][rows].min() + longest


def test_reasons_agree_with_the_tables(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    told = set()
    for run in runs:
        targets, shots = run["targets"], run["shots"]
        assert set(targets["fate"]) <= FATES
        for k in targets["target"]:
            reason, fate = targets["reason"][k], targets["fate"][k]
            if fate == "killed":
                assert reason == ""
                continue
            assert reason in REASONS
            told.add(reason)
            assert (reason == "never detected") == bool(np.isnan(targets["first_detected_s"][k]))
            assert (reason in ("never detected", "never tracked")) == bool(np.isnan(targets["first_tracked_s"][k]))
            engaged = targets["shots"][k] > 0 or not np.isnan(targets["first_engaged_s"][k])
            assert (reason == "missed") == bool(engaged)
            if reason == "no round":
                assert len(shots["shot"]) >= min(count for u in compiled.resolved.fire_units for _, count in u.interceptors)
            if fate == "leaked":
                assert targets["asset"][k]
            if fate == "flying":
                assert targets["fate_s"][k] == compiled.resolved.duration_s
    assert {"no round", "missed", "no fire-control track"} <= told


def test_the_story_is_in_order_and_complete(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        events, targets, shots = run["events"], run["targets"], run["shots"]
        assert (np.diff(events["time_s"]) >= 0.0).all()
        launches = events["kind"] == "launch"
        assert np.array_equal(np.sort(events["shot"][launches]), shots["shot"])
        assert np.array_equal(events["time_s"][launches], shots["launched_s"][events["shot"][launches]])
        for kind, fate in (("asset hit", "leaked"), ("route flown", "survived"), ("kill", "killed")):
            assert sorted(events["target"][events["kind"] == kind]) == sorted(targets["target"][targets["fate"] == fate])
        first = events["kind"] == "first detection"
        assert sorted(events["target"][first]) == sorted(targets["target"][~np.isnan(targets["first_detected_s"])])
