"""Manoeuvring flights of a published benchmark through the default tracker: `python -m verification.benchmark_flights [--quick]`.

After Blair, Watson, Kirubarajan & Bar-Shalom (1998), "Benchmark for radar allocation and tracking in ECM", IEEE T-AES 34(4). The paper's
files of positions were not to be had, nor its text. From a summary of it come the ranges of 10 to 100 km, at most 7 g across and 2 g
along the path, and what counts as a loss. The order of manoeuvres with their loads, first speeds and heights are recalled from it and could
not be checked; places and courses at the start, angles of turns and how long climbs take are assumed (all grade D). So no figure here may
be held against one of the paper; and no table of what filters with several models do on these flights could be found to hold it against.
The radar is no phased array that looks where and when it wants, but looks at all every so many seconds, with false alarms.

It exits 1 if any number is outside its bounds, as some are (docs/verification.md), so it is not among what `python -m verification` runs.
Bounds were set before anything ran; their reasons stand beside them.
"""

import math
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from dowding.analysis.error_bound import HEIGHT_SIGMA, PRIOR_SIGMA, Looks, posterior_bound, root_position
from dowding.tracking.tracker import Tracker, make_config, make_sensors
from verification import simulation

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GRAVITY = 9.80665
STEP_S = 0.05  # as the benchmark's files
EARTH = 6_371_000.0  # m
BEAM = math.radians(2.4)  # of the benchmark's radar, broadside, both ways
GATES_M = 1.5 * 1575.0  # 1.5 range gates of a look in track
LOST_AFTER = 4  # scans in a row out of the beam or not shown: within fewer, a track may be found again
LOSS_ALLOWED = 0.04  # the benchmark's own rule
ALLOWED_FROM, ALLOWED_TO = 1.0, 4.0  # s: at 7 g a 426 m/s flight turns by 90 degrees in 10 s, between two looks; that is measured only
NO_WORSE = 1.0  # position error over the plots' own: a filter that is worse than no filter, manoeuvres included, is of no use
NEAR_THE_BOUND = 1.3  # on legs without manoeuvre: what the project asks of its tracker
SETTLED_LOOKS, SETTLED_S = 3, 10.0  # after a manoeuvre: the longer of the two
HIT = 0.9
FALSE_ALARMS = 20
MEASURED = ("range", "azimuth", "elevation", "range_rate")
RANGE_M, ELEVATION, RATE = (5e3, 110e3), (0.0, math.radians(20.0)), 1_000.0  # of false alarms, azimuths all round


class Leg(NamedTuple):
    """A piece of a flight: so long, or a turn by so many degrees (right is positive) at so many g; speed and height it ends with."""

    seconds: float = 0.0
    turn_deg: float = 0.0
    load: float = 0.0
    speed: float | None = None  # m/s
    height: float | None = None  # m


class Flight(NamedTuple):
    """Where a flight begins, and what it does."""

    name: str
    start: tuple[float, float, float]  # km, degrees, m: range over ground, azimuth, height
    course_deg: float
    speed: float  # m/s
    legs: tuple[Leg, ...]


FLIGHTS = (
    Flight("1 cargo aircraft", (80.0, 20.0, 1260.0), 200.0, 290.0,
           (Leg(60.0), Leg(turn_deg=60.0, load=2.0), Leg(30.0), Leg(turn_deg=90.0, load=3.0), Leg(50.0))),
    Flight("2 small jet", (45.0, -35.0, 4570.0), 140.0, 305.0,
           (Leg(30.0), Leg(turn_deg=90.0, load=2.5), Leg(50.0, height=3100.0), Leg(turn_deg=-90.0, load=4.0), Leg(40.0))),
    Flight("3 fast bomber", (60.0, 45.0, 3000.0), 235.0, 457.0,
           (Leg(30.0), Leg(turn_deg=-45.0, load=4.0), Leg(30.0), Leg(turn_deg=90.0, load=4.0, speed=274.0), Leg(50.0))),
    Flight("4 agile bomber", (30.0, -10.0, 2290.0), 60.0, 251.0,
           (Leg(30.0), Leg(turn_deg=45.0, load=4.0), Leg(30.0), Leg(turn_deg=-90.0, load=6.0), Leg(30.0, speed=411.0, height=4570.0),
            Leg(50.0))),
    Flight("5 fighter", (35.0, 5.0, 1500.0), 270.0, 300.0,
           (Leg(30.0, speed=400.0), Leg(turn_deg=-60.0, load=5.0), Leg(20.0), Leg(turn_deg=120.0, load=7.0), Leg(30.0),
            Leg(turn_deg=-90.0, load=6.0), Leg(30.0, height=4450.0), Leg(30.0))),
    Flight("6 fighter", (55.0, -55.0, 1550.0), 100.0, 426.0,
           (Leg(30.0), Leg(turn_deg=90.0, load=7.0), Leg(30.0), Leg(turn_deg=-90.0, load=6.0, speed=320.0), Leg(30.0, height=3500.0),
            Leg(turn_deg=-90.0, load=6.0, speed=400.0), Leg(30.0), Leg(20.0, height=790.0), Leg(20.0))),
)  # fmt: skip


class Path(NamedTuple):
    """A flight every STEP_S: (step, 3) m and m/s east, north, up; (step,) m/s2 of its acceleration, and whether it flies straight."""

    position: Floats  # (step, 3) m, the radar's east, north, up
    velocity: Floats  # (step, 3) m/s, the radar's east, north, up
    load: Floats  # (step,) m/s2
    straight: Bools  # (step,)


def fly(flight: Flight) -> Path:
    """The flight by its legs: turns of constant load, steady changes of speed, climbs of a half cosine."""
    distance, azimuth, height = flight.start[0] * 1e3, math.radians(flight.start[1]), flight.start[2]
    speed, course = flight.speed, math.radians(flight.course_deg)
    rows, straight = [], []
    for leg in flight.legs:
        last, top = speed if leg.speed is None else leg.speed, height if leg.height is None else leg.height
        seconds = leg.seconds or math.radians(abs(leg.turn_deg)) * 0.5 * (speed + last) / (leg.load * GRAVITY)
        steps = round(seconds / STEP_S)
        part = np.arange(1, steps + 1) / steps
        turned, climbed = math.radians(leg.turn_deg) * part, 0.5 * (1.0 - np.cos(math.pi * part))
        climb = (top - height) * 0.5 * math.pi / seconds * np.sin(math.pi * part)
        rows.append(np.column_stack([speed + (last - speed) * part, course + turned, height + (top - height) * climbed, climb]))
        straight.append(np.full(steps, not leg.turn_deg and last == speed and top == height))
        speed, course, height = last, course + math.radians(leg.turn_deg), top
    along, heading, up, climb = np.concatenate(rows).T
    velocity = np.column_stack([along * np.sin(heading), along * np.cos(heading), climb])
    ground = np.array([distance * math.sin(azimuth), distance * math.cos(azimuth)]) + np.cumsum(velocity[:, :2] * STEP_S, axis=0)
    load = np.linalg.norm(np.gradient(velocity, STEP_S, axis=0), axis=1)
    return Path(np.column_stack([ground, up]), velocity, load, np.concatenate(straight))


class Radar(NamedTuple):
    """Standard errors of range, azimuth, elevation and range rate (m, rad, rad, m/s; NaN: not measured)."""

    name: str
    sigma: tuple[float, float, float, float]


RADARS = (
    Radar("10 m, 0.1 deg", (10.0, math.radians(0.1), math.radians(0.1), math.nan)),
    Radar("50 m, 0.2 deg, 2 m/s", (50.0, math.radians(0.2), math.radians(0.2), 2.0)),
    Radar("150 m, 0.5 deg", (150.0, math.radians(0.5), math.radians(0.5), math.nan)),
)


def polar(position: Floats, velocity: Floats) -> Floats:
    """Range, azimuth, elevation, range rate (n, 4) of places (n, 3) seen from the origin."""
    distance = np.linalg.norm(position, axis=1)
    azimuth, elevation = np.arctan2(position[:, 0], position[:, 1]), np.arcsin(position[:, 2] / distance)
    return np.column_stack([distance, azimuth, elevation, np.einsum("ij,ij->i", position, velocity) / distance])


def cartesian(measured: Floats) -> Floats:
    """Places (n, 3) of range, azimuth, elevation (n, 3 or more)."""
    across = measured[:, 0] * np.cos(measured[:, 2])
    return np.column_stack([across * np.sin(measured[:, 1]), across * np.cos(measured[:, 1]), measured[:, 0] * np.sin(measured[:, 2])])


class Followed(NamedTuple):
    """What became of one flight: whether its track was lost, and its hits with squared errors in m2."""

    lost: bool
    confirmed: bool
    track: Floats  # (hit,) of the track right after it, NaN where none follows
    plot: Floats  # (hit,) of the plot alone
    bound: Floats  # (hit,) the posterior Cramer-Rao bound
    straight: Bools  # (hit,) settled on a leg without manoeuvre


def make_tracker(radar: Radar, period: float) -> Tracker:
    """The default tracker, told what its radar is like and nothing of flights."""
    doppler = math.isfinite(radar.sigma[3])
    space = (RANGE_M[1] - RANGE_M[0]) * 2.0 * math.pi * (ELEVATION[1] - ELEVATION[0]) * (2.0 * RATE if doppler else 1.0)
    sensor = {
        "height": 0.0, "earth_radius": EARTH, "range_max": RANGE_M[1], "elevation_max": ELEVATION[1], "period": period,
        "measures_range_rate": int(doppler), "detection_probability": HIT, "clutter_density": FALSE_ALARMS / space,
    }  # fmt: skip
    return Tracker(make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8)), make_sensors([sensor]))


def look(random: np.random.Generator, radar: Radar, seen: Floats) -> Floats:
    """Detections (n, 4) of what is seen (target, 4), in its order, and after them false alarms."""
    sigma = np.array(radar.sigma)
    low, high = [RANGE_M[0], -math.pi, ELEVATION[0], -RATE], [RANGE_M[1], math.pi, ELEVATION[1], RATE]
    false = random.uniform(low, high, (random.poisson(FALSE_ALARMS), 4))
    false[:, 3] = np.where(math.isfinite(radar.sigma[3]), false[:, 3], np.nan)
    return np.concatenate([seen + sigma * random.standard_normal(seen.shape), false])


def follow(radar: Radar, period: float, seed: int, flights: tuple[Flight, ...] = FLIGHTS) -> list[Followed]:
    """All flights at once through one tracker, from look to look."""
    random, paths = np.random.default_rng((seed, round(10 * period), len(radar.name))), [fly(flight) for flight in flights]
    tracker, offset = make_tracker(radar, period), random.uniform(0.0, period)
    times = np.arange(offset, max(len(path.load) for path in paths) * STEP_S, period)
    number, away = np.full(len(paths), -1), np.zeros(len(paths), np.int64)
    lost = np.zeros(len(paths), np.bool_)
    hits: list[list[tuple[int, float, float, Floats]]] = [[] for _ in paths]
    for now in times:
        at = int(now / STEP_S)
        flying = np.array([k for k, path in enumerate(paths) if at < len(path.load)])
        position = np.array([paths[k].position[at] for k in flying])
        seen = polar(position, np.array([paths[k].velocity[at] for k in flying]))
        hit = random.random(len(flying)) < HIT
        found = look(random, radar, seen[hit])
        columns = dict(zip(MEASURED, found.T, strict=True))
        columns |= {f"sigma_{name}": np.full(len(found), value) for name, value in zip(MEASURED, radar.sigma, strict=True)}
        tracks = tracker.update(float(now), 0, **columns)
        plots = iter(cartesian(found[: hit.sum()]))
        for k, place, was_hit in zip(flying, position, hit, strict=True):
            error = np.linalg.norm(tracks["state"][:, :3] - place, axis=1)
            inside = within(tracks["state"][:, :3], place)
            if number[k] < 0 and inside.any():
                number[k] = tracks["id"][np.argmin(np.where(inside, error, np.inf))]
            mine = np.flatnonzero((tracks["id"] == number[k]) & inside)
            away[k] = 0 if len(mine) else away[k] + (number[k] >= 0)
            lost[k] |= away[k] >= LOST_AFTER
            if was_hit:
                wrong = float(error[mine[0]] ** 2) if len(mine) and not lost[k] else math.nan
                hits[k].append((at, wrong, float(((next(plots) - place) ** 2).sum()), place))
    return [summed(radar, period, path, bool(lost[k]), number[k] >= 0, hits[k]) for k, path in enumerate(paths)]


def within(places: Floats, truth: Floats) -> Bools:
    """Whether places (n, 3) lie in the benchmark's beam and range gates about the truth (3,)."""
    distance, far = np.linalg.norm(places, axis=1), float(np.linalg.norm(truth))
    angle = np.arccos(np.clip(places @ truth / (distance * far), -1.0, 1.0))
    return np.asarray((angle <= BEAM) & (np.abs(distance - far) <= GATES_M))


def summed(radar: Radar, period: float, path: Path, lost: bool, confirmed: bool, hits: list[tuple[int, float, float, Floats]]) -> Followed:
    """The hits of one flight with the bound: of a filter that is told when the flight manoeuvres and how hard, and when it does not."""
    at = np.array([h[0] for h in hits])
    time = at * STEP_S
    # white acceleration whose step of velocity over the gap is that of the flight's mean load in it
    load = np.array([path.load[a:b].mean() for a, b in pairwise(at)])
    density = np.concatenate([[0.0], np.maximum(simulation.DENSITY, load**2 * np.diff(time))])
    eye, sigma = np.broadcast_to(np.eye(3), (1, len(at), 3, 3)), np.broadcast_to(radar.sigma, (1, len(at), 4))
    looks = Looks(
        time[None], path.position[at][None], path.velocity[at][None], np.zeros((1, len(at), 3)), eye, sigma, np.ones((1, len(at)))
    )  # fmt: skip
    prior = np.diag(1.0 / np.square((*PRIOR_SIGMA[:2], HEIGHT_SIGMA, *PRIOR_SIGMA[3:])))
    bound = root_position(posterior_bound(looks, density[None], prior))[0] ** 2
    since = np.where(path.straight, np.nan, np.arange(len(path.load)) * STEP_S)
    since[0] = 0.0
    last = np.fmax.accumulate(np.nan_to_num(since, nan=0.0))[at]
    straight = path.straight[at] & (time - last >= max(SETTLED_LOOKS * period, SETTLED_S))
    return Followed(lost, confirmed, np.array([h[1] for h in hits]), np.array([h[2] for h in hits]), bound, straight)


def root_mean(values: Floats) -> float:
    """Root of the mean of squares already squared; NaN of none."""
    return float(np.sqrt(values.mean())) if len(values) else math.nan


def ratios(found: list[Followed]) -> tuple[float, float, float]:
    """Errors over those of plots, all looks and those off the straight legs; errors over the bound on straight legs."""
    track, plot, bound = (np.concatenate([getattr(f, name) for f in found]) for name in ("track", "plot", "bound"))
    straight, known = np.concatenate([f.straight for f in found]), np.isfinite(track)
    turning = known & ~straight
    settled = known & straight
    return (
        root_mean(track[known]) / root_mean(plot[known]),
        root_mean(track[turning]) / root_mean(plot[turning]),
        root_mean(track[settled]) / root_mean(bound[settled]),
    )


def rows(quick: bool) -> Iterator[simulation.Row]:
    """Each radar and scan time: losses, and errors over plots and over the bound."""
    runs = 3 if quick else 20
    for radar in RADARS[1:2] if quick else RADARS:
        for period in (2.0, 4.0) if quick else (1.0, 2.0, 4.0, 10.0):
            every = [follow(radar, period, seed) for seed in range(runs)]
            case, judged = f"{radar.name}, every {period:g} s", ALLOWED_FROM <= period <= ALLOWED_TO
            found = [f for run in every for f in run]
            lost, count = sum(f.lost or not f.confirmed for f in found), len(found)
            # what a tracker that loses just as many as allowed leaves once in a thousand
            most = float(stats.binom.isf(0.5 * simulation.UNLIKELY, count, LOSS_ALLOWED)) / count if judged else 1.0
            yield simulation.Row(case, f"share of {count} tracks lost", lost / count, LOSS_ALLOWED, 0.0, most)
            whole, turning, settled = ratios(found)
            yield simulation.Row(case, "rms error over that of plots, whole flight", whole, 1.0, 0.0, NO_WORSE if judged else math.inf)
            if math.isfinite(turning):
                yield simulation.Row(case, "the same without the settled straight legs", turning, 1.0, 0.0, math.inf)
            if math.isfinite(settled):
                yield simulation.Row(case, "rms error over the bound, settled straight legs", settled, 1.0, 0.0, NEAR_THE_BOUND)
            if quick:
                continue
            for k, flight in enumerate(FLIGHTS):
                mine = [run[k] for run in every]
                share = sum(f.lost or not f.confirmed for f in mine) / len(mine)
                yield simulation.Row(f"  {flight.name}", "lost; measured only", share, LOSS_ALLOWED, 0.0, 1.0)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if any number is outside."""
    return simulation.report(rows("--quick" in (sys.argv[1:] if arguments is None else arguments)))


if __name__ == "__main__":
    sys.exit(main())
