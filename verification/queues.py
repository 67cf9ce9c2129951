"""Limits of the fight that queueing theory knows: `python -m verification.queues [--quick]`; exits 1 if any number is outside.

Aircraft come as a Poisson process from sixty directions at one fire unit whose interceptors never miss. Where target channels are the
bottleneck and who finds none is gone at once, the share that is lost is Erlang's B, whatever the law of the time that a channel is
busy (A. K. Erlang 1917; B. A. Sevastyanov 1957). Where every engagement must wait for one of c operators, whose times are exponential,
shares and means of waiting are those of M/M/c (Erlang's C). Bounds hold 99 % of right programs each; with --quick 99.9 %.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from dowding.model import Compiled, compile_scenario
from dowding.scenario import from_tables
from dowding.simulation import simulate
from verification import simulation

Floats = NDArray[np.float64]
MISSILE, OTHERS = "pac-2-gem-t", ("pac-3-cri", "pac-3-mse")
DIRECTIONS, SPEED_MPS = 60, 250.0
THIN = {"range_min_km": 39.65, "range_max_km": 40.0, "range_max_ballistic_km": 40.0}
DECISION_S = 0.25  # so that who comes is served as he comes, not once a second
UNSEEN_MOST = 0.02  # of all, whose track was not ready where the envelope is: they are no calls
BATCHES = 10  # of one run, whose means are all but independent


def erlang_b(channels: int, load: float) -> float:
    """Share of calls that find all channels busy; by the usual recursion."""
    lost = 1.0
    for k in range(1, channels + 1):
        lost = load * lost / (k + load * lost)
    return lost


def erlang_c(servers: int, load: float) -> float:
    """Share of those who must wait, of M/M/c (A. K. Erlang 1917; L. Kleinrock 1975, "Queueing Systems" 1, eq. 3.40)."""
    lost = erlang_b(servers, load)
    return lost / (1.0 - load / servers * (1.0 - lost))


def came(
    rate: float, duration_s: float, start_km: float, seed: int, unit: dict[str, Any], interceptor: dict[str, float], **more: Any
) -> Compiled:
    """The world, with aircraft that appear `start_km` from the unit at Poisson moments, so many a second."""
    rng = np.random.default_rng([20261128, seed])
    moments = np.cumsum(rng.exponential(1.0 / rate, int(rate * duration_s + 6.0 * math.sqrt(rate * duration_s)) + 1))
    moments = moments[moments < duration_s]
    side = rng.integers(0, DIRECTIONS, len(moments))
    flights, times = [], []
    for k in range(DIRECTIONS):
        if not (side == k).any():
            continue
        bearing = 2.0 * math.pi * k / DIRECTIONS
        north, east = start_km / 111.0 * math.cos(bearing), start_km / 111.0 * math.sin(bearing) / math.cos(math.radians(40.0))
        first = {"lat_deg": 40.0 + north, "lon_deg": 33.0 + east, "altitude_m": 9000.0, "speed_mps": SPEED_MPS}
        last = {"lat_deg": 40.0, "lon_deg": 33.0}
        flights.append({"name": f"from {k}", "target": "f-16", "count": int((side == k).sum()), "interval_s": 0, "route": [first, last]})
        times.append(moments[side == k])
    figures = {"kill_probability_aircraft": 1.0} | interceptor
    override = {
        "missile_channels": 200,
        "radars": {"an-mpq-65": {"sector_deg": 360.0, "false_alarms_per_scan": 0.0}},
        "interceptors": {MISSILE: figures} | {key: {"kill_probability_aircraft": 0.0} for key in OTHERS},
        "reaction_time_s": 0.0,
        "rounds": {MISSILE: 1000} | dict.fromkeys(OTHERS, 0),
    }
    battery: dict[str, Any] = {
        "name": "Battery", "system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0, "override": override | unit,
        "stock": {MISSILE: 50000}, "reload_time_s": 1.0, "reload_rounds": 1,
    }  # fmt: skip
    tables: dict[str, Any] = {
        "duration_s": duration_s,
        "seed": 7,
        "theatre": {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}},
        "fire_unit": [battery],
        "flight": flights,
        "doctrine": {"default": {"salvo": {"aircraft": 1}}},
        "output": {"tracks": False, "figures": False},
    }
    if "command_post" in more:
        battery["command_post"] = more["command_post"][0]["name"]
        tables["doctrine"]["default"]["approval"] = "manual"
    compiled = compile_scenario(from_tables(tables | more))
    targets = compiled.model.flights.targets
    delay = np.concatenate(times) - targets["shift"]
    for column in ("shift", "start", "end"):
        targets[column] += delay
    compiled.model.defence.units["decision_interval"] = DECISION_S
    return compiled


def batched(values: Floats, batches: int = BATCHES) -> Floats:
    """Means of batches of one run."""
    return np.array([part.mean() for part in np.array_split(values, batches)])


def mean_row(case: str, quantity: str, means: Floats, theirs: float, chance: float) -> simulation.Row:
    """The mean of batches against theory, by Student's t."""
    reach = float(stats.t.isf(chance / 2.0, len(means) - 1) * means.std(ddof=1) / math.sqrt(len(means)))
    return simulation.Row(case, quantity, float(means.mean()), theirs, theirs - reach, theirs + reach)


def loss_rows(channels: int, load: float, replicates: int, duration_s: float, chance: float) -> Iterator[simulation.Row]:
    """Channels as the bottleneck: the envelope is so thin that who finds no channel in a second or two has no second chance."""
    held_s = 300.0
    unit = {"target_channels": channels, "kill_assessment_s": held_s}
    case, shares, busy = f"{channels} channels, {load:g} erlang", [], []
    loads = []
    for k in range(replicates):
        rate = load / (held_s + 55.0)
        run = simulate(came(rate, duration_s, 75.0, k, unit, THIN), replicate=k)
        targets, shots = run["targets"], run["shots"]
        late = (targets["depart_s"] > 3.0 * held_s) & (targets["depart_s"] < duration_s - 400.0)
        busy.append(float((shots["intercept_s"] - shots["decided_s"]).mean()) + held_s)
        lost = targets["reason"][late] == "no channel"
        other = ~lost & (targets["reason"][late] != "missed") & (targets["fate"][late] != "killed")
        loads.append(rate * float(1.0 - other.mean()) * busy[-1])
        shares += list(batched(lost[~other].astype(np.float64)))
        unseen = float(other.mean())
        yield simulation.Row(f"{case}, run {k}", "neither shot at nor for want of a channel, share", unseen, 0.0, 0.0, UNSEEN_MOST)
    carried = float(np.mean(loads))
    yield mean_row(case, f"lost for want of a channel at {carried:.3f} erlang", np.array(shares), erlang_b(channels, carried), chance)


def waiting_rows(operators: int, share: float, replicates: int, duration_s: float, chance: float) -> Iterator[simulation.Row]:
    """Operators as the bottleneck, busy for this share of the time."""
    service_s = 20.0
    rate = operators * share / service_s
    post = {"name": "Post", "lat_deg": 40.0, "lon_deg": 33.0, "operators": operators, "service_s": service_s, "service_time": "exponential"}
    # busy operators remember for long: parts of one run are not independent, whole runs are
    batches = BATCHES if replicates == 1 else 1
    case, waits, waited, per_target = f"{operators} operators, busy {share:.0%}", [], [], []
    for k in range(replicates):
        unit = {"target_channels": 200}
        run = simulate(came(rate, duration_s, 75.0, 100 + k, unit, {}, command_post=[post]), replicate=k)
        events = run["events"]
        asked, begun = (np.sort(events["time_s"][events["kind"] == word]) for word in ("approval asked", "approval begun"))
        rows = np.arange(min(len(asked), len(begun)))
        rows = rows[asked[rows] > 0.05 * duration_s]
        wait = begun[rows] - asked[rows]  # first come, first served: both in the same order
        waits += list(batched(wait, batches))
        waited += list(batched((wait > 1e-9).astype(np.float64), batches))
        per_target.append(len(asked) / len(run["targets"]["fate"]))
    asked_each = float(np.mean(per_target))
    yield simulation.Row(case, "requests for each target", asked_each, 1.0, 0.97, 1.03)
    load = operators * share * asked_each  # what was offered: a few targets' tracks end unasked
    must_wait = erlang_c(operators, load)
    yield mean_row(case, f"share that waits at {load:.3f} erlang", np.array(waited), must_wait, chance)
    yield mean_row(case, f"mean wait, s, at {load:.3f} erlang", np.array(waits), must_wait * service_s / (operators - load), chance)


def rows(quick: bool) -> Iterator[simulation.Row]:
    """Formulas against published numbers, then the engine against the formulas."""
    # K. Erlang's B of 6 lines at 2 erlang and 5 at 3, as tabulated; C(2, 1) = 1/3 by hand
    for channels, load, told in ((6, 2.0, 0.0120845921), (5, 3.0, 0.1100543478), (10, 10.0, 0.2145823431)):
        ours = erlang_b(channels, load)
        yield simulation.Row("Erlang's B, tabulated", f"{channels} channels, {load:g} erlang", ours, told, told - 1e-9, told + 1e-9)
    yield simulation.Row("Erlang's C, by hand", "2 servers, 1 erlang", erlang_c(2, 1.0), 1.0 / 3.0, 1.0 / 3.0 - 1e-12, 1.0 / 3.0 + 1e-12)
    if quick:
        yield from loss_rows(3, 2.0, 1, 40_000.0, 1e-3)
        yield from waiting_rows(2, 0.6, 1, 10_000.0, 1e-3)
        return
    for channels, load in ((3, 2.0), (5, 3.0), (2, 2.0)):
        yield from loss_rows(channels, load, 6, 100_000.0, 1e-2)
    for operators, share in ((1, 0.5), (2, 0.7), (4, 0.8)):
        yield from waiting_rows(operators, share, 6, 40_000.0, 1e-2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if any number is outside its bounds."""
    return simulation.report(rows("--quick" in (sys.argv[1:] if arguments is None else arguments)))


if __name__ == "__main__":
    sys.exit(main())
