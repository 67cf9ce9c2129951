"""What the tables of a run say of its shots: channels, rounds, times and places, reckoned anew from the catalogue's figures."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats

from dowding.engine.resolution import SURE, WIDEST
from dowding.model import Compiled
from dowding.model.compiling import ACQUISITION_BASKET_M as BASKET_M
from dowding.tables import Tables
from verification import independent as other

UNLIKELY = 1e-3
HOLD_SCANS, HOLD_S = 3.0, 5.0  # how long ago an engagement radar may have seen what is shot at


def figures(entry: Any) -> dict[str, float]:
    """What an interceptor can do, from its catalogue entry."""
    names = ("speed_max_mps", "boost_time_s", "speed_end_mps", "range_max_km", "range_min_km", "altitude_min_m", "altitude_max_km")
    return {name: float(entry.value(name)) for name in names} | {"range_max_ballistic_km": float(entry.get("range_max_ballistic_km", 0.0))}


def by_unit(compiled: Compiled, runs: tuple[Tables, ...]) -> Iterator[tuple[Any, Tables, dict[str, np.ndarray]]]:
    """Each fire unit of each run with its rows of the shots."""
    for run in runs:
        for unit in compiled.resolved.fire_units:
            rows = run["shots"]["unit"] == unit.name
            assert rows.any()
            yield unit, run, {name: values[rows] for name, values in run["shots"].items()}


def most_at_once(begin: np.ndarray, end: np.ndarray) -> int:
    """Greatest number of half-open intervals [begin, end) that hold one moment."""
    moments = [(t, 1) for t in begin] + [(t, -1) for t in end]
    depth = most = 0
    for _, step in sorted(moments):
        depth += step
        most = max(most, depth)
    return most


def engagements(shots: dict[str, np.ndarray]) -> list[tuple[float, float]]:
    """(decided, last intercept) of each engagement: shots at one track decided at one moment."""
    keys = sorted(set(zip(shots["track"], shots["decided_s"], strict=True)))
    return [(d, shots["intercept_s"][(shots["track"] == t) & (shots["decided_s"] == d)].max()) for t, d in keys]


def test_only_confirmed_tracks_are_engaged(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        events, shots = run["events"], run["shots"]
        confirmed = dict(zip(*(events[c][events["kind"] == "track confirmed"] for c in ("track", "time_s")), strict=True))
        assert len(shots["shot"])
        for track, decided in zip(shots["track"], shots["decided_s"], strict=True):
            assert confirmed[track] <= decided
        ordered = set(zip(*(events[c][events["kind"] == "engagement"] for c in ("track", "time_s")), strict=True))
        assert set(zip(shots["track"], shots["decided_s"], strict=True)) <= ordered


def test_channels_are_never_exceeded(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    for unit, _, shots in by_unit(compiled, runs):
        looking = float(unit.system.value("kill_assessment_s"))
        spans = engagements(shots)
        # a channel is free again at the first decision after the assessment
        busy = most_at_once(np.array([a for a, _ in spans]), np.array([b + looking for _, b in spans]))
        assert 1 <= busy <= int(unit.system.value("target_channels"))
        flying = most_at_once(shots["launched_s"], shots["intercept_s"])
        assert 1 <= flying <= int(unit.system.value("missile_channels"))


def test_rounds_and_intervals(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    for unit, _, shots in by_unit(compiled, runs):
        for entry, count in unit.interceptors:
            assert (shots["interceptor"] == entry.id).sum() <= count
        assert set(shots["interceptor"]) <= {entry.id for entry, _ in unit.interceptors}
        gaps = np.diff(np.sort(shots["launched_s"]))
        assert gaps.min() >= float(unit.system.value("launch_interval_s")) - 1e-9
        assert (shots["launched_s"] - shots["decided_s"]).min() >= float(unit.system.value("reaction_time_s")) - 1e-9
        most = compiled.resolved.doctrines[unit.doctrine].shots_max
        assert np.unique(shots["track"], return_counts=True)[1].max() <= most


def test_salvos_are_those_of_the_doctrine(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    for unit, _, shots in by_unit(compiled, runs):
        salvo = compiled.resolved.doctrines[unit.doctrine].salvo
        largest = max(getattr(salvo, name) for name in type(salvo).model_fields)
        _, sizes = np.unique(np.column_stack([shots["track"], shots["decided_s"]]), axis=0, return_counts=True)
        assert sizes.max() <= largest


def last_class(run: Tables, track: int, when: float) -> str:
    """What a track was taken for at its last update before a time."""
    rows = np.flatnonzero((run["tracks"]["track"] == track) & (run["tracks"]["time_s"] <= when))
    return str(run["tracks"]["class"][rows[-1]])


def test_intercepts_lie_in_the_envelope(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    for unit, run, shots in by_unit(compiled, runs):
        entries = {entry.id: figures(entry) for entry, _ in unit.interceptors}
        here = other.earth_centred(np.array(unit.lat_deg), np.array(unit.lon_deg), np.array(unit.ground_altitude_m))
        for k, name in enumerate(shots["interceptor"]):
            entry = entries[name]
            place = [np.array(shots[f"intercept_{c}"][k]) for c in ("latitude_deg", "longitude_deg", "altitude_m")]
            distance = float(np.linalg.norm(other.earth_centred(*place) - here))
            assert distance == pytest.approx(shots["slant_range_m"][k], abs=0.5)
            ballistic = last_class(run, shots["track"][k], shots["launched_s"][k]) == "ballistic_missile"
            farthest = entry["range_max_ballistic_km"] if ballistic else entry["range_max_km"]
            assert entry["range_min_km"] * 1e3 - 0.5 <= distance <= farthest * 1e3 + 0.5
            assert unit.ground_altitude_m + entry["altitude_min_m"] - 0.5 <= float(place[2]) <= entry["altitude_max_km"] * 1e3 + 0.5


def test_intercepts_are_in_sight_of_an_engagement_radar(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    theatre = compiled.resolved.theatre
    for unit, run, shots in by_unit(compiled, runs):
        position = np.column_stack([shots[f"intercept_{axis}_m"] for axis in ("east", "north", "up")])
        visible = np.zeros(len(position), dtype=bool)
        for use in unit.radars:
            if use.role != "engagement":
                continue
            row = int(np.flatnonzero(run["sensors"]["name"] == f"{unit.name} {use.entry.id}")[0])
            s = {name: values[row] for name, values in run["sensors"].items()}
            place = (s["latitude_deg"], s["longitude_deg"], s["altitude_m"])
            seen = other.see(theatre.origin, *place, theatre.effective_earth_factor, position, np.zeros_like(position))
            off = np.abs((seen.azimuth_rad - s["boresight_rad"] + math.pi) % (2.0 * math.pi) - math.pi)
            visible |= (
                (seen.ground_m <= 1.001 * seen.horizon_m)
                & (off <= s["half_sector_rad"] + 1e-6)
                & (seen.range_m <= s["range_max_m"] + 1.0)
                & (seen.apparent_rad >= s["elevation_min_rad"] - 1e-4)
                & (seen.apparent_rad <= s["elevation_max_rad"] + 1e-4)
            )
        assert visible.all()


def test_flight_times_are_those_of_the_speed_profile(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    steered = total = 0
    for unit, _, shots in by_unit(compiled, runs):
        entries = {entry.id: figures(entry) for entry, _ in unit.interceptors}
        for k, name in enumerate(shots["interceptor"]):
            flown = float(other.flown(entries[name], np.array(shots["intercept_s"][k] - shots["launched_s"][k])))
            total += 1
            # put off because the track had turned: then it flew longer than the prediction at launch
            assert flown > shots["slant_range_m"][k] - 60.0
            steered += flown > shots["slant_range_m"][k] + 60.0
            assert flown <= entries[name]["range_max_km"] * 1e3 + 1.0
    assert steered < 0.2 * total


def test_what_is_shot_at_was_seen_lately_by_an_engagement_radar(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    for unit, run, shots in by_unit(compiled, runs):
        names = [f"{unit.name} {use.entry.id}" for use in unit.radars if use.role == "engagement"]
        rows = np.flatnonzero(np.isin(run["sensors"]["name"], names))
        tracks, seen_at = run["tracks"], run["detections"]["time_s"][run["tracks"]["detection"]]
        for track, decided, launched in zip(shots["track"], shots["decided_s"], shots["launched_s"], strict=True):
            for moment in (decided, launched):
                ages = [
                    moment - seen_at[(tracks["track"] == track) & (tracks["sensor"] == sensor) & (seen_at <= moment)].max(initial=-np.inf)
                    <= max(HOLD_SCANS * run["sensors"]["period_s"][sensor], HOLD_S)
                    for sensor in rows
                ]
                assert any(ages)


def test_age_and_error_are_those_of_the_track(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        tracks, shots = run["tracks"], run["shots"]
        for k in range(len(shots["shot"])):
            rows = np.flatnonzero((tracks["track"] == shots["track"][k]) & (tracks["time_s"] <= shots["launched_s"][k]))[-4:]
            ages = shots["launched_s"][k] - tracks["time_s"][rows]  # a dwell under way at launch reports after it
            sigma = np.sqrt(np.max([tracks[f"variance_{axis}_m2"][rows] for axis in ("east", "north", "up")], axis=0))
            same = np.isclose(ages, shots["track_age_s"][k], atol=1e-9) & np.isclose(sigma, shots["track_sigma_m"][k], rtol=1e-9)
            assert same.any()


def estimates(run: Tables, track: int, when: float) -> np.ndarray:
    """Where a track's last few rows before a time put it then, (row, 3) m; empty if it may be falling free."""
    tracks = run["tracks"]
    rows = np.flatnonzero((tracks["track"] == track) & (tracks["time_s"] <= when))[-4:]
    if tracks["probability_ballistic"][rows].max(initial=0.0) > 1e-3:
        return np.zeros((0, 3))
    position = np.column_stack([tracks[f"{axis}_m"][rows] for axis in ("east", "north", "up")])
    velocity = np.column_stack([tracks[f"velocity_{axis}_mps"][rows] for axis in ("east", "north", "up")])
    return position + velocity * (when - tracks["time_s"][rows])[:, None]


def test_the_target_of_a_shot_is_the_nearest(runs: tuple[Tables, ...]) -> None:
    tried = 0
    for run in runs:
        truth, shots, targets = other.Truth(run["truth"]), run["shots"], run["targets"]
        everyone = np.array(sorted(truth.splines))
        for k in np.flatnonzero(shots["target"] >= 0):
            now = shots["intercept_s"][k]
            alive = everyone[(targets["fate_s"][everyone] >= now) & (targets["depart_s"][everyone] <= now)]
            assert shots["target"][k] in alive
            position, _ = truth.at(alive, np.full(len(alive), now), beyond_s=2.0)
            apart = [np.linalg.norm(position - estimate, axis=1) for estimate in estimates(run, shots["track"][k], now)]
            # the row that the engine had then is the one that gives its miss distance; 10 m for the course between two rows of truth
            fits = [d for d in apart if abs(np.nanmin(d) - shots["miss_m"][k]) < 10.0]
            if not apart:
                continue
            tried += 1
            assert fits, f"shot {shots['shot'][k]}: {shots['miss_m'][k]} m, not {[float(np.nanmin(d)) for d in apart]}"
            mine = int(np.flatnonzero(alive == shots["target"][k])[0])
            assert any(d[mine] <= np.nanmin(d) + 10.0 for d in fits)
            reach = min(max(BASKET_M, SURE * shots["intercept_sigma_m"][k]), WIDEST * BASKET_M)
            assert (shots["outcome"][k] == "nothing there") == (shots["miss_m"][k] > reach)
    assert tried > 150


def test_kills_are_as_frequent_as_their_probability(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    kinds = {entry.id: entry for unit in compiled.resolved.fire_units for entry, _ in unit.interceptors}
    chance, killed = [], []
    for run in runs:
        shots = run["shots"]
        for k in np.flatnonzero(np.isin(shots["outcome"], ["kill", "miss"])):
            cls = run["targets"]["class"][shots["target"][k]]
            figure = float(kinds[shots["interceptor"][k]].value(f"kill_probability_{cls}"))
            assert shots["kill_factor_geometry"][k] == 1.0
            assert 0.0 < shots["kill_factor_track"][k] <= 1.0
            assert shots["kill_probability"][k] == pytest.approx(figure * shots["kill_factor_track"][k], rel=1e-12)
            chance.append(shots["kill_probability"][k])
            killed.append(shots["outcome"][k] == "kill")
    least, most = stats.binom.interval(1.0 - UNLIKELY, len(chance), float(np.mean(chance)))
    assert len(chance) > 200
    assert least <= sum(killed) <= most


def test_a_shot_without_a_chance_says_so(runs: tuple[Tables, ...]) -> None:
    idle = 0
    for run in runs:
        shots = run["shots"]
        rows = ~np.isin(shots["outcome"], ["kill", "miss", "in flight"])
        idle += rows.sum()
        assert (shots["kill_probability"][rows] == 0.0).all()
    assert idle > 5
