"""The simulation against theory, from its own tables: `python -m verification.simulation` prints ours beside theirs.

It exits 1 if any number is outside its bounds.

Theirs is what the theory expects; the bounds are how far chance alone takes a right program from it but once in twenty seeds for the
consistency of tracks (95 %), and once in a thousand for the rest. The seeds are fixed, so a verdict is the same every time. `--quick`
takes fewer replicates, and the bounds of once in a thousand for all.
"""

import argparse
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

import dowding
from dowding.analysis.consistency import nees
from dowding.analysis.track_quality import assign, origin_of_updates, position_errors, target_of_updates
from dowding.model import Compiled, compile_scenario
from dowding.physics.detection import detection_probability
from dowding.scenario import from_tables
from dowding.simulation import simulate
from dowding.tables import Tables
from dowding.tracking.tracker import make_config
from verification import independent as other
from verification.independent import Floats

UNLIKELY = 1e-3  # two-sided
CONSISTENT = 0.05  # two-sided, as is usual for NEES and NIS
SETTLED_S = 60.0  # a track's age from which on its start is forgotten
DENSITY = 0.5  # m^2/s^3, white acceleration of the drifting targets: that of the tracker's model of straight flight
# Between its knots a path is a cubic, smoother than the process it stands for. Measured with one model and a Doppler radar, NIS per
# dimension is 0.976 with knots 1 s apart, 0.992 with 0.4 s, 0.995 with 0.1 s and 0.999 with these.
DRIFT_STEP_S = 0.02


class Row(NamedTuple):
    """One number held against theory; it may lie in [low, high]."""

    case: str
    quantity: str
    ours: float
    theirs: float
    low: float
    high: float

    @property
    def passed(self) -> bool:
        """Whether ours is a number inside the bounds."""
        return self.low <= self.ours <= self.high


# --- tracks ---------------------------------------------------------------------------------------------------------------------------


def crossing(radar: str, duration: float = 600.0) -> Compiled:
    """One radar, made to look all round, and 24 level flights that cross its circle on courses and at heights of their own."""
    flights = []
    for k in range(24):
        bearing = 2.0 * math.pi * k / 24
        course, stretch = bearing + math.pi + (0.5 if k % 2 else -0.4), 1.0 / math.cos(math.radians(40.0))
        start = 40.0 + 1.2 * math.cos(bearing), 33.0 + 1.2 * math.sin(bearing) * stretch
        end = start[0] + 2.0 * math.cos(course), start[1] + 2.0 * math.sin(course) * stretch
        first = {"lat_deg": start[0], "lon_deg": start[1], "altitude_m": 9000.0 + 200.0 * k, "speed_mps": 250.0}
        flights.append({"name": f"flight {k}", "target": "f-16", "route": [first, {"lat_deg": end[0], "lon_deg": end[1]}]})
    site = {"name": "radar", "radar": radar, "lat_deg": 40.0, "lon_deg": 33.0, "override": {"sector_deg": 360.0}}
    theatre = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}
    output = {"truth_interval_s": 1.0}
    given = {"duration_s": duration, "seed": 7, "theatre": theatre, "sensor": [site], "flight": flights, "output": output}
    return compile_scenario(from_tables(given))


def drifting(compiled: Compiled, density: float, seed: int) -> Compiled:
    """The same start, and then each target on a random walk of its velocity: motion exactly as a filter's process noise says."""
    # Bar-Shalom, Li and Kirubarajan (2001), eq 6.2.2-12: the discrete form of white acceleration, without approximation
    model, step = compiled.model, DRIFT_STEP_S
    count, knots = len(model.flights.targets), int(model.defence.settings.duration / step) + 2
    root = np.linalg.cholesky(density * np.array([[step**3 / 3.0, step**2 / 2.0], [step**2 / 2.0, step]]))
    kick = np.einsum("ab,tnbk->tnak", root, np.random.default_rng(seed).standard_normal((knots - 1, count, 2, 3)))
    first = model.flights.targets["path_first"]
    velocity = np.concatenate([model.flights.paths.velocity[first][None], kick[:, :, 1]]).cumsum(axis=0)
    moved = np.concatenate([model.flights.paths.position[first][None], velocity[:-1] * step + kick[:, :, 0]]).cumsum(axis=0)
    targets = model.flights.targets.copy()
    targets["path_first"], targets["path_last"] = np.arange(count) * knots, np.arange(1, count + 1) * knots - 1
    targets["start"], targets["end"], targets["shift"] = 0.0, (knots - 1) * step, 0.0
    rows = [np.ascontiguousarray(np.moveaxis(a, 0, 1).reshape(-1, 3)) for a in (moved, velocity)]
    paths = type(model.flights.paths)(np.tile(np.arange(knots) * step, count), *rows)
    return replace(compiled, model=model._replace(flights=model.flights._replace(targets=targets, paths=paths)))


def one_model(compiled: Compiled, density: float) -> Compiled:
    """The same world with a tracker that believes in one motion only: straight flight with this white acceleration."""
    frame, rule = compiled.model.defence.frame, compiled.resolved.tracker
    noise = {f"noise_{axis}": (density, 1.0, 1.0) for axis in ("lateral", "along", "vertical")}
    tracker = make_config(
        frame.earth_centre, frame.spin_axis, **noise, stay_time=(1e12, 1e-3, 1e-3), mode_prior=(1.0, 1e-12, 1e-12),
        confirm_hits=rule.confirm_hits, confirm_window=rule.confirm_window, delete_misses=rule.delete_misses, gate_probability=0.999999,
    )  # fmt: skip
    return replace(compiled, model=compiled.model._replace(defence=compiled.model.defence._replace(tracker=tracker)))


class Updates(NamedTuple):
    """Settled updates by the right target's detections."""

    nis: Floats
    dof: other.Ints
    nees: Floats
    track: other.Ints  # numbered through over all runs


def settled(runs: Sequence[Tables]) -> Updates:
    """The updates of confirmed tracks older than SETTLED_S whose detection came from the target that the track follows."""
    parts, offset = [], 0
    for run in runs:
        tracks, origins = run["tracks"], run["origins"]
        target = target_of_updates(tracks, assign(tracks, origins))
        spread = nees(tracks, position_errors(tracks, run["truth"], target))
        born = np.full(int(tracks["track"].max()) + 1, np.inf)
        np.minimum.at(born, tracks["track"], tracks["time_s"])
        age = tracks["time_s"] - born[tracks["track"]]
        rows = (target >= 0) & (target == origin_of_updates(tracks, origins)) & (age > SETTLED_S) & np.isfinite(spread)
        parts.append((tracks["nis"][rows], tracks["nis_dof"][rows], spread[rows], offset + tracks["track"][rows]))
        offset += len(born)
    return Updates(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def nis_rows(case: str, updates: Updates, chance: float) -> Iterator[Row]:
    """Mean squared innovation per dimension: innovations are white, so their sum is chi-squared with the sum of the dimensions."""
    total = int(updates.dof.sum())
    low, high = stats.chi2.ppf([chance / 2.0, 1.0 - chance / 2.0], total) / total
    yield Row(case, f"NIS per dimension, {len(updates.nis)} updates", float(updates.nis.sum() / total), 1.0, float(low), float(high))


def nees_rows(case: str, updates: Updates, chance: float) -> Iterator[Row]:
    """Mean squared error of position: errors of one track hang together, so the tracks' means are what is independent."""
    _, at = np.unique(updates.track, return_inverse=True)
    means = np.bincount(at, updates.nees) / np.bincount(at)
    reach = stats.t.isf(chance / 2.0, len(means) - 1) * means.std(ddof=1) / math.sqrt(len(means))
    yield Row(case, f"NEES, {len(means)} tracks", float(means.mean()), 3.0, 3.0 - float(reach), 3.0 + float(reach))


def tracks_rows(replicates: int, chance: float) -> Iterator[Row]:
    """Tracks whose targets move as the filter believes must be consistent to the percent; the default tracker must not be overconfident."""
    for radar in ("91n6e", "92n6e"):
        flown = crossing(radar)
        runs = [simulate(one_model(drifting(flown, DENSITY, seed), DENSITY), replicate=seed) for seed in range(replicates)]
        updates = settled(runs)
        yield from nis_rows(f"drift, one model, {radar}", updates, chance)
        yield from nees_rows(f"drift, one model, {radar}", updates, chance)
    for radar in ("91n6e", "92n6e"):
        updates = settled([simulate(crossing(radar), replicate=k) for k in range(max(2, replicates // 3))])
        most = float(stats.chi2.ppf(1.0 - chance / 2.0, int(updates.dof.sum())) / updates.dof.sum())
        ours = float(updates.nis.sum() / updates.dof.sum())
        # the default tracker is always ready for a turn: on straight flights it may be too careful, but never too sure
        yield Row(f"straight, default tracker, {radar}", "NIS per dimension, at most", ours, 1.0, 0.0, most)
        yield Row(f"straight, default tracker, {radar}", "NEES, at most", float(updates.nees.mean()), 3.0, 0.0, 3.1)
        inside = float(np.mean(updates.nees <= stats.chi2.ppf(0.95, 3)))
        yield Row(f"straight, default tracker, {radar}", "share of NEES inside 95 %, at least", inside, 0.95, 0.94, 1.0)


# --- detections and shots -------------------------------------------------------------------------------------------------------------


def look_rows(compiled: Compiled, runs: Sequence[Tables]) -> Iterator[Row]:
    """Detections against the looks' probabilities in bins, and those against the exact ones."""
    looks = {name: np.concatenate([run["looks"][name] for run in runs]) for name in runs[0]["looks"]}
    edges = np.array([0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0 + 1e-9])
    for low, high in pairwise(edges):
        rows = (looks["probability"] >= low) & (looks["probability"] < high)
        n, mean = int(rows.sum()), float(looks["probability"][rows].mean())
        least, most = stats.binom.interval(1.0 - UNLIKELY, n, mean)
        rate = float(looks["detected"][rows].mean())
        yield Row("detections", f"rate at probability {low:.2f} to {min(high, 1.0):.2f}, {n} looks", rate, mean, least / n, most / n)
    entries, targets = other.sensor_entries(compiled.resolved), other.target_entries(compiled.resolved)
    case = np.array([int(t.value("swerling")) for t in targets])[looks["target"]]
    worst = 0.0
    for sensor, name in enumerate(runs[0]["sensors"]["name"]):
        pfa, pulses = float(entries[name].value("pfa")), int(entries[name].value("pulses_integrated"))
        for swerling in np.unique(case):
            rows = (looks["sensor"] == sensor) & (case == swerling)
            exact = detection_probability(10.0 ** (looks["mean_snr_db"][rows] / 10.0), pfa, pulses, int(swerling))
            worst = max(worst, float(np.abs(exact - looks["probability"][rows]).max(initial=0.0)))
    yield Row("detections", "largest difference from the exact probability", worst, 0.0, 0.0, 1e-3)


def error_rows(compiled: Compiled, runs: Sequence[Tables]) -> Iterator[Row]:
    """Errors over their stated standard errors: mean 0, variance 1."""
    for value in ("range_m", "azimuth_rad", "elevation_rad"):
        word, sigma = value.partition("_")[0], f"sigma_{value}"
        scores = []
        for run in runs:
            rows = other.reports_alone(compiled.resolved, run)
            error = run["detections"][value][rows] - run["origins"][f"true_{value}"][rows]
            error = (error + math.pi) % (2.0 * math.pi) - math.pi if word == "azimuth" else error
            scores.append(error / run["detections"][sigma][rows])
        score = np.concatenate(scores)
        n = len(score)
        low, high = stats.chi2.ppf([UNLIKELY / 2.0, 1.0 - UNLIKELY / 2.0], n - 1) / (n - 1)
        reach = float(stats.norm.isf(UNLIKELY / 2.0) / math.sqrt(n))
        yield Row("measurement errors", f"mean of {word} error over sigma, {n}", float(score.mean()), 0.0, -reach, reach)
        yield Row("measurement errors", f"variance of {word} error over sigma", float(score.var(ddof=1)), 1.0, float(low), float(high))


def false_alarm_rows(compiled: Compiled, runs: Sequence[Tables]) -> Iterator[Row]:
    """False alarms a dwell: their mean and, as for every Poisson number, the same variance."""
    entries = other.sensor_entries(compiled.resolved)
    for sensor, name in enumerate(runs[0]["sensors"]["name"]):
        counts = []
        for run in runs:
            false = np.bincount(run["detections"]["dwell"][run["origins"]["target"] < 0], minlength=len(run["dwells"]["dwell"]))
            counts.append(false[run["dwells"]["sensor"] == sensor])
        count = np.concatenate(counts)
        n, mean = len(count), float(entries[name].value("false_alarms_per_scan")) / int(runs[0]["sensors"]["dwells"][sensor])
        least, most = stats.poisson.interval(1.0 - UNLIKELY, n * mean)
        yield Row("false alarms", f"mean in a dwell of {name}, {n} dwells", float(count.mean()), mean, least / n, most / n)
        low, high = stats.chi2.ppf([UNLIKELY / 2.0, 1.0 - UNLIKELY / 2.0], n - 1) / (n - 1)
        yield Row("false alarms", f"variance over mean, {name}", float(count.var(ddof=1) / count.mean()), 1.0, float(low), float(high))


def kill_rows(runs: Sequence[Tables]) -> Iterator[Row]:
    """Kills among the shots that had their chance, for each kill probability."""
    shots = {name: np.concatenate([run["shots"][name] for run in runs]) for name in ("outcome", "kill_probability")}
    tried = np.isin(shots["outcome"], ["kill", "miss"])
    for chance in np.unique(shots["kill_probability"][tried]):
        rows = tried & (shots["kill_probability"] == chance)
        n = int(rows.sum())
        least, most = stats.binom.interval(1.0 - UNLIKELY, n, chance)
        share = float(np.mean(shots["outcome"][rows] == "kill"))
        yield Row("kills", f"share at kill probability {chance:g}, {n} shots", share, float(chance), least / n, most / n)


def rows(quick: bool) -> Iterator[Row]:
    """Every number."""
    compiled = compile_scenario(dowding.load("ankara", {"theatre.terrain": "smooth"}))  # the second physics knows no hills
    runs = [simulate(compiled, replicate=k, looks=True) for k in range(10 if quick else 100)]
    yield from look_rows(compiled, runs)
    yield from error_rows(compiled, runs)
    yield from false_alarm_rows(compiled, runs)
    yield from kill_rows(runs)
    yield from tracks_rows(*((6, UNLIKELY) if quick else (20, CONSISTENT)))


def report(rows: Iterable[Row]) -> int:
    """Print rows as they come; 1 if any number is outside its bounds."""
    print(f"{'case':36}{'quantity':58}{'ours':>11}{'theirs':>11}{'difference':>12}{'low':>11}{'high':>11}  verdict")
    outside = count = 0
    for row in rows:
        count, outside = count + 1, outside + (not row.passed)
        numbers = f"{row.ours:11.5g}{row.theirs:11.5g}{row.ours - row.theirs:12.2g}{row.low:11.5g}{row.high:11.5g}"
        print(f"{row.case:36}{row.quantity:58}{numbers}  {'ok' if row.passed else 'OUTSIDE'}", flush=True)
    print(f"{count} numbers, {outside} outside")
    return 1 if outside else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if any number is outside its bounds."""
    parser: Any = argparse.ArgumentParser(prog="python -m verification.simulation", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="fewer replicates")
    return report(rows(parser.parse_args(arguments).quick))


if __name__ == "__main__":
    sys.exit(main())
