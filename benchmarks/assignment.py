"""Weapons on targets: time and distance from the bound, on instances drawn as Ahuja, Kumar, Jha and Orlin (2007) draw them."""

import time

import numpy as np

from dowding.assigning.solving import Method, assign_weapons
from verification.assignment import drawn

SIZES = ((40, 40), (80, 40), (100, 50), (100, 100), (100, 200), (200, 100), (200, 200), (200, 400), (1000, 1000))
LIMITS = {(40, 40): "2 ms plan", (100, 100): "1 s, 1 %", (1000, 1000): "10 s, 1 %"}
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
