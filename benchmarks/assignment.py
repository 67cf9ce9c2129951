"""Weapons on targets: time and distance from the bound, on instances drawn as Ahuja, Kumar, Jha and Orlin (2007) draw them."""

import time

import numpy as np

from dowding.assigning.solving import Method, assign_weapons
from dowding.engine.planning import make_plan_of, make_room
from dowding.model import compile_scenario
from dowding.model.bundles import GREEDY, LINEAR, NONLINEAR
from dowding.scenario import from_tables
from verification.assignment import drawn

SIZES = ((40, 40), (80, 40), (100, 50), (100, 100), (100, 200), (200, 100), (200, 200), (200, 400), (1000, 1000))
LIMITS = {(40, 40): "2 ms plan", (100, 100): "1 s, 1 %", (1000, 1000): "10 s, 1 %"}
CYCLES = {"greedy": GREEDY, "linear": LINEAR, "nonlinear": NONLINEAR}
FEW = 500_000  # pairs up to which five instances are taken


def spent(p: np.ndarray, value: np.ndarray, method: Method, bound: bool) -> tuple[float, float, float]:
    """CPU seconds, value left and bound of one call."""
    begin = time.process_time()
    found = assign_weapons(p, value, method=method, bound=bound)
    return time.process_time() - begin, found.value, found.bound


def report() -> None:
    """Print the table."""
    titles = f"{'greedy gap':>12}{'linear gap':>12}{'gap, mean':>12}{'worst':>10}{'plan':>12}{'with bound':>12}"
    print(f"{'weapons x targets':<20}{titles}  wanted")
    for weapons, targets in SIZES:
        rows = []
        for seed in range(5 if weapons * targets <= FEW else 2):
            p, value = drawn(weapons, targets, seed)
            if not rows:
                spent(p, value, "near-optimal", True)  # not counted: it may compile
            whole, left, bound = spent(p, value, "near-optimal", True)
            plan, _left, _bound = spent(p, value, "near-optimal", False)
            _s, greedy, _b = spent(p, value, "greedy", False)
            _s, linear, _b = spent(p, value, "linear", False)
            rows.append((greedy / bound - 1.0, linear / bound - 1.0, left / bound - 1.0, plan, whole))
        mean, worst = np.mean(rows, axis=0), np.max(rows, axis=0)[2]
        gaps = f"{mean[0]:>12.2%}{mean[1]:>12.2%}{mean[2]:>12.3%}{worst:>10.3%}"
        times = f"{mean[3] * 1e3:>9.1f} ms{mean[4]:>10.3f} s"
        print(f"{f'{weapons} x {targets}':<20}{gaps}{times}  {LIMITS.get((weapons, targets), '')}", flush=True)
    for units, tracks, channels in ((40, 40, 1), (40, 40, 4), (20, 80, 4)):
        found = ", ".join(f"{name} {cycle(units, tracks, channels, code) * 1e3:.2f} ms" for name, code in CYCLES.items())
        print(f"a decision cycle, {units} fire units with {channels} free channels x {tracks} tracks: {found}", flush=True)


def cycle(units: int, tracks: int, channels: int, assignment: int) -> float:
    """CPU seconds of the engine's own problem of one cycle, posed and solved; the mean of many."""
    posts = [{"name": f"unit {k}", "system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0} for k in range(units)]
    route = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 9000.0}, {"lat_deg": 40.0, "lon_deg": 33.0}]
    doctrine = {"assignment": "nonlinear", "salvo": {"aircraft": 1}}
    tables = {
        "duration_s": 60.0,
        "theatre": {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}},
        "fire_unit": posts,
        "flight": [{"name": "one", "target": "f-16", "route": route}],
        "doctrine": {"default": doctrine},
    }
    defence = compile_scenario(from_tables(tables)).model.defence
    room = make_room(defence, tracks)
    p, value = drawn(units, tracks, 0)
    room.pairing["kill_probability"][: units * tracks] = p.T.reshape(-1)
    room.pairing["value"][: units * tracks] = np.repeat(value, units)
    times = []
    for _ in range(20):
        room.capacity[:] = channels
        begin = time.process_time()
        for _ in range(10):
            make_plan_of(defence, room, units, tracks, 0, assignment)
        times.append((time.process_time() - begin) / 10)
    return min(times)
