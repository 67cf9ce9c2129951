"""The intervals of studies against what they promise: `python -m verification.studies [--quick]`; exits 1 if any is outside.

A nominal 95 % interval is drawn a thousand times from a known law; it must contain the truth in 93 to 97 % of them. Newcombe's and
Wilson's are known to lie somewhat above where rates are near 0 or 1, so rates are tried in the middle. Sobol indices are held against
the Ishigami function's own (T. Ishigami and T. Homma 1990), the sampled ones and those of RBD-FAST.
"""

import math
import sys
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from dowding.study import statistics
from dowding.study.designs import problem_of, quantiles, saltelli_rows
from dowding.study.sensitivity import first_order
from dowding.study.statistics import Estimate
from verification.physics import Row

Reals = NDArray[np.float64]
Draw = Callable[[np.random.Generator], tuple[Estimate, float]]  # an interval, and the truth

LEVEL, SLACK = 0.95, 0.02
ISHIGAMI = (7.0, 0.1)


def _counts(rng: np.random.Generator) -> Reals:
    """Leakers of 41 targets, whose chance to be stopped varies from replicate to replicate."""
    return rng.binomial(41, rng.beta(6.0, 6.0, 200)).astype(np.float64)


def mean_of_counts(rng: np.random.Generator) -> tuple[Estimate, float]:
    return statistics.mean(_counts(rng)), 20.5


def mean_of_few(rng: np.random.Generator) -> tuple[Estimate, float]:
    return statistics.mean(rng.poisson(2.0, 40).astype(np.float64)), 2.0


def mean_of_skewed(rng: np.random.Generator) -> tuple[Estimate, float]:
    return statistics.mean(rng.exponential(1.0, 200)), 1.0


def mean_of_tiny(rng: np.random.Generator) -> tuple[Estimate, float]:
    return statistics.mean(rng.normal(0.0, 1.0, 8)), 0.0


def rate(rng: np.random.Generator) -> tuple[Estimate, float]:
    return statistics.wilson(int(rng.binomial(300, 0.3)), 300), 0.3


def paired_counts(rng: np.random.Generator) -> tuple[Estimate, float]:
    shared = rng.beta(6.0, 6.0, 200)
    first, second = rng.binomial(41, shared), rng.binomial(41, 0.8 * shared)
    return statistics.paired_difference(first.astype(np.float64), second.astype(np.float64)), 41 * 0.2 * 0.5


def paired_rates(rng: np.random.Generator) -> tuple[Estimate, float]:
    luck = rng.random(300)
    return statistics.paired_difference((luck < 0.5).astype(np.float64), (luck < 0.35).astype(np.float64)), 0.15


LAWS: dict[str, Draw] = {
    "mean of 200 counts, bootstrap-t": mean_of_counts,
    "mean of 40 Poisson counts of 2, bootstrap-t": mean_of_few,
    "mean of 200 exponentials, bootstrap-t": mean_of_skewed,
    "mean of 8 normals, Student": mean_of_tiny,
    "rate of 0.3 in 300, Wilson": rate,
    "paired difference of counts, bootstrap-t": paired_counts,
    "paired difference of rates, Newcombe": paired_rates,
}


def coverage_rows(trials: int) -> Iterator[Row]:
    """The share of trials whose interval holds the truth; fewer trials are allowed their own chance on top."""
    chance = 0.0 if trials >= 1000 else 3.3 * math.sqrt(LEVEL * (1 - LEVEL) / trials)
    for number, (name, draw) in enumerate(LAWS.items()):
        held = 0
        for trial in range(trials):
            estimate, truth = draw(np.random.default_rng((number, trial)))
            held += estimate.low <= truth <= estimate.high
        yield Row(name, "coverage of 95 % intervals", held / trials, LEVEL, SLACK + chance)


def ishigami(rows: Reals) -> Reals:
    """The function of three angles in -pi to pi, from quantiles (row, 3)."""
    a, b = ISHIGAMI
    x = math.pi * (2.0 * rows - 1.0)
    return np.asarray(np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0]))


def ishigami_indices() -> tuple[list[float], list[float]]:
    """First-order and total indices in closed form."""
    a, b = ISHIGAMI
    first = [0.5 * (1 + b * math.pi**4 / 5) ** 2, a * a / 8, 0.0]
    both = b * b * math.pi**8 * (1 / 18 - 1 / 50)
    total = sum(first) + both
    return [v / total for v in first], [(first[0] + both) / total, first[1] / total, both / total]


def sensitivity_rows(samples: int) -> Iterator[Row]:
    from SALib.analyze import sobol

    names = ("x1", "x2", "x3")
    first, total = ishigami_indices()
    rows = saltelli_rows(names, samples, 1)
    found = sobol.analyze(problem_of(names), ishigami(rows), calc_second_order=False, seed=1)
    given = quantiles("latin-hypercube", 1, 3, 2000, 0, 2000)
    shares, _ = first_order(given, ishigami(given), names, 1)
    for k, name in enumerate(names):
        yield Row(f"Ishigami {name}", "first order, Saltelli", float(found["S1"][k]), first[k], 0.05)
        yield Row(f"Ishigami {name}", "total, Saltelli", float(found["ST"][k]), total[k], 0.05)
        yield Row(f"Ishigami {name}", "first order, RBD-FAST", float(shares[k]), first[k], 0.05)


def rows(quick: bool) -> Iterator[Row]:
    """Every compared number."""
    yield from coverage_rows(200 if quick else 1000)
    yield from sensitivity_rows(512 if quick else 2048)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if any number is outside."""
    given = sys.argv[1:] if arguments is None else arguments
    compared = list(rows("--quick" in given))
    print(f"{'case':48}{'quantity':28}{'ours':>9}{'theirs':>9}{'tolerance':>10}  verdict")
    for row in compared:
        verdict = "ok" if row.passed else "OUTSIDE"
        print(f"{row.case:48}{row.quantity:28}{row.ours:9.4f}{row.theirs:9.4f}{row.tolerance:10.4f}  {verdict}")
    outside = sum(not row.passed for row in compared)
    print(f"{len(compared)} numbers, {outside} outside")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
