"""Weapons on targets against other solvers: `python -m verification.assignment [--quick]`; exits 1 if any number is outside.

The optimum of small instances is found by another program: the formulation with a column for every set of weapons at every target,
solved as a mixed-integer programme by HiGHS. Larger ones, drawn as in the literature, must lie within a percent of the proved bound.
"""

import itertools
import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from dowding.assigning.solving import assign_weapons
from verification import simulation

Floats = NDArray[np.float64]
GAP_WANTED = 0.01
SIZES = ((20, 20), (40, 40), (80, 40), (40, 80), (100, 50), (100, 100), (200, 100), (100, 200))


def drawn(weapons: int, targets: int, seed: int) -> tuple[Floats, Floats]:
    """Kill probabilities (weapon, target) and values (target,).

    R. K. Ahuja, A. Kumar, K. C. Jha and J. B. Orlin (2007), "Exact and heuristic algorithms for the weapon-target assignment problem",
    Operations Research 55(6), section 6: probabilities uniform from 0.60 to 0.90, values whole numbers from 25 to 100.
    """
    rng = np.random.default_rng([weapons, targets, seed])
    return rng.uniform(0.6, 0.9, (weapons, targets)), rng.integers(25, 101, targets).astype(np.float64)


def optimum(p: Floats, value: Floats) -> float:
    """The least value that can be left with one round a weapon: every set of weapons at every target is a column."""
    weapons, targets = p.shape
    sets = [s for size in range(weapons + 1) for s in itertools.combinations(range(weapons), size)]
    member = np.array([[w in s for s in sets] for w in range(weapons)], dtype=float)
    cost = np.concatenate([value[j] * np.prod(np.where(member.T > 0, 1.0 - p[:, j], 1.0), axis=1) for j in range(targets)])
    one_set = csr_array(np.kron(np.eye(targets), np.ones(len(sets))))
    one_target = csr_array(np.tile(member, targets))
    rules = [LinearConstraint(one_set, 1.0, 1.0), LinearConstraint(one_target, -np.inf, 1.0)]
    found = milp(cost, constraints=rules, integrality=np.ones(len(cost)), bounds=Bounds(0.0, 1.0), options={"mip_rel_gap": 0.0})
    return float(found.fun)


def rows(quick: bool) -> Iterator[simulation.Row]:
    """Small ones against the optimum, published sizes against the bound, equal weapons against the textbook."""
    for weapons, targets in ((6, 6), (8, 4), (10, 5))[: 2 if quick else 3]:
        for seed in range(2 if quick else 8):
            p, value = drawn(weapons, targets, seed)
            best, found = optimum(p, value), assign_weapons(p, value)
            case = f"every plan, {weapons} x {targets}, {seed}"
            yield simulation.Row(case, "value left, against HiGHS", found.value, best, best - 1e-6, best + 1e-6)
            yield simulation.Row(case, "bound, below the optimum", found.bound, best, best * (1.0 - 0.03), best + 1e-9)
    for weapons, targets in SIZES[: 2 if quick else None]:
        gaps = [assign_weapons(*drawn(weapons, targets, seed)).gap for seed in range(1 if quick else 5)]
        yield simulation.Row(f"drawn, {weapons} x {targets}", f"gap to the bound, worst of {len(gaps)}", max(gaps), 0.0, 0.0, GAP_WANTED)
    equal = assign_weapons([[0.6, 0.7, 0.5]] * 5, [10, 5, 3], method="greedy")
    yield simulation.Row("den Broeder et al. 1959", "value left by equal weapons", equal.value, 3.55, 3.55 - 1e-9, 3.55 + 1e-9)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if any number is outside its bounds."""
    return simulation.report(rows("--quick" in (sys.argv[1:] if arguments is None else arguments)))


if __name__ == "__main__":
    sys.exit(main())
