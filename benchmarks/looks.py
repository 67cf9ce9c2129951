"""Time per radar-target look: the detection function alone, and all that the engine does to look, with and without terrain.

The geometry is that of a large raid: targets on crossing routes all over 600 x 600 km, radars on a ring. A look is one pair of radar and
target that the beam meets in a scan, whether anything rejects it or not.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale import crossing
from dowding._jit import kernel
from dowding.engine.looking import look
from dowding.engine.motion import target_state
from dowding.engine.run import begin, make_run
from dowding.engine.sensing import dwell_time, find_echoes, plan_scan
from dowding.engine.state import State
from dowding.model import Model, compile_scenario
from dowding.physics.geodesy import height_above_ellipsoid

TARGETS, RADARS, SCANS, FIRST_SCAN = 300, 7, 20, 12
ROUNDS = 30  # the fastest of so many counts: other work on the machine only slows

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]


class Looks(NamedTuple):
    """Looks that a run makes, with the target's state at each."""

    sensor: Wholes  # (look,)
    target: Wholes  # (look,)
    state: Reals  # (look, 7) m and m/s, theatre; height above the ellipsoid, m


@kernel
def gather(model: Model, state: State, sensor: int, number: int, first: int, looks_out: Looks) -> int:
    """Plan a scan and put its looks into rows from `first` on; returns the next free row."""
    targets, sky = model.flights.targets, state.sky
    plan_scan(model, state.geometry, sky, state.scans, sensor, number)
    for row in range(targets.shape[0]):
        t = sky.look_time[sensor, row]
        if not t < math.inf or t < targets["start"][row] or t >= targets["end"][row]:
            continue
        at = target_state(sky.target, model.flights.paths, row, t)
        looks_out.sensor[first], looks_out.target[first] = sensor, row
        for k in range(6):
            looks_out.state[first, k] = at[k]
        looks_out.state[first, 6] = height_above_ellipsoid(model.defence.frame, at[0], at[1], at[2])
        first += 1
    return first


@kernel
def look_again(model: Model, looks: Looks, probability_out: Reals) -> None:
    """The detection function alone."""
    d, factor = model.defence, model.defence.settings.effective_earth_factor
    for k in range(looks.sensor.shape[0]):
        sensor, row, s = looks.sensor[k], looks.target[k], looks.state[k]
        swerling, rcs = model.flights.targets["swerling"][row], model.flights.rcs[row, sensor]
        state = (s[0], s[1], s[2], s[3], s[4], s[5])
        seen = look(d.geometry, d.sensors, d.detection, d.clutter, d.loss, d.horizons, d.quiet, factor, sensor, swerling, rcs, state, s[6])
        probability_out[k] = seen[0]


@kernel
def scan_again(model: Model, state: State, plans: Wholes) -> None:
    """All that the engine does to look in scans (scan, 2): sensor, first dwell."""
    d = model.defence
    for k in range(plans.shape[0]):
        sensor, first = plans[k, 0], plans[k, 1]
        plan_scan(model, state.geometry, state.sky, state.scans, sensor, first)
        for number in range(first, first + d.sensors["dwells"][sensor]):
            end = dwell_time(state.scans, d.geometry, d.sensors, sensor, number + 1)
            find_echoes(model, state.geometry, state.sky, state.scans, state.batch, sensor, number, end)


def fastest(function: Callable[[], None]) -> float:
    """CPU seconds of the fastest of several calls."""
    function()
    best = math.inf
    for _ in range(ROUNDS):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


def measure(model: Model) -> dict[str, float]:
    """Nanoseconds per look: the function on all looks and on those in view, and planning, motion and function together."""
    run = make_run(model, frozenset())
    begin(model, run, 1, 0)
    state = run.state
    scans = range(FIRST_SCAN, FIRST_SCAN + SCANS)
    plans = np.array([(k, n * dwells) for k, dwells in enumerate(model.defence.sensors["dwells"]) for n in scans], np.int64)
    most = len(plans) * len(model.flights.targets)
    looks = Looks(np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros((most, 7)))
    count = 0
    for sensor, number in plans:
        count = gather(model, state, int(sensor), int(number), count, looks)
    every, probability = Looks(*(values[:count] for values in looks)), np.zeros(count)
    alone = fastest(lambda: look_again(model, every, probability))
    seen = probability > 0.0
    viewed = Looks(*(np.ascontiguousarray(values[seen]) for values in every))
    in_view = fastest(lambda: look_again(model, viewed, np.zeros(len(viewed.sensor))))
    whole = fastest(lambda: scan_again(model, state, plans))
    return {
        "looks": float(count), "view": float(seen.mean()), "all": alone / count * 1e9,
        "in_view": in_view / len(viewed.sensor) * 1e9, "whole": whole / count * 1e9,
    }  # fmt: skip


def report() -> None:
    """Print the table."""
    print(f"{'a radar-target look, CPU':<46}{'all':>10}{'in view':>10}{'with plan':>10}{'looks':>8}")
    for name, terrain in (("without terrain", "smooth"), ("with terrain", "turkey")):
        found = measure(compile_scenario(crossing(TARGETS, RADARS, terrain=terrain)).model)
        numbers = "".join(f"{found[key]:7.0f} ns" for key in ("all", "in_view", "whole"))
        print(f"{name:<46}{numbers}{found['looks']:8.0f}  {found['view']:.0%} in view")
