"""The intervals of studies against what they promise: `python -m verification.studies [--quick]`; exits 1 if any is outside.

A nominal 95 % interval must contain the truth in 93 to 97 % of trials. Of rates and paired rates every outcome is counted with its
probability, so that nothing is left to chance; the intervals of means are drawn from known laws, 1,000 times each. Where fewer than five
events or so are expected no interval can do it: an outcome alone has more probability than the band is wide. Rates of 20 are
therefore averaged over the truth, as L. D. Brown, T. T. Cai and A. DasGupta (2001), Statistical Science 16, 101-133 do. Exact methods,
and Welch's interval, are held against SciPy's; Sobol indices against the Ishigami function's own (T. Ishigami and T. Homma 1990).
"""

import math
import sys
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from dowding.study import means, rates, statistics
from dowding.study.designs import problem_of, quantiles, saltelli_rows
from dowding.study.estimates import Estimate
from dowding.study.sensitivity import first_order, rank_test
from verification.physics import Row

Reals = NDArray[np.float64]
Law = Callable[[np.random.Generator, int], Reals]  # so many values

LEVEL, SLACK = 0.95, 0.02
ISHIGAMI = (7.0, 0.1)
ROUNDING = 1e-9


def coverage_of_rates(count: int, truth: NDArray[np.float64]) -> Reals:
    """The probability (truth,) that Wilson's interval of `count` holds each rate, in closed form."""
    found = [rates.wilson(k, count) for k in range(count + 1)]
    low, high = np.array([e.low for e in found]), np.array([e.high for e in found])
    chance = stats.binom.pmf(np.arange(count + 1), count, truth[:, None])
    held = (low <= truth[:, None] + ROUNDING) & (truth[:, None] <= high + ROUNDING)
    return np.asarray((chance * held).sum(axis=1))


def rate_rows() -> Iterator[Row]:
    """Rates: the average over all of them for 20 replicates, the least and the most over rates with ten events and more for others."""
    grid = np.linspace(0.02, 0.98, 961)
    for count in (16, 20, 50):
        mean = float(coverage_of_rates(count, grid).mean())
        yield Row(f"rate, {count} replicates, Wilson", "coverage, mean of 0.02-0.98", mean, LEVEL, 0.005)
    for count in (50, 100, 200, 300, 1000):
        least = 10.0 / count
        found = coverage_of_rates(count, np.arange(math.ceil(100 * least), 51) / 100.0)
        for word, value in (("least", found.min()), ("most", found.max())):
            yield Row(f"rate, {count} replicates, Wilson", f"coverage, {word}", float(value), LEVEL, SLACK)


PAIRS = ((0.15, 0.0, 50), (0.24, 0.09, 50), (0.33, 0.18, 20), (0.05, 0.1, 50), (0.1, 0.05, 100), (0.05, 0.0, 100), (0.04, 0.04, 100))


def coverage_of_pairs(only_first: float, only_second: float, count: int) -> float:
    """The probability that Tango's interval holds the difference of these two rates, in closed form."""
    held, rest = 0.0, 1.0 - only_first - only_second
    for a in range(count + 1):
        for b in range(count + 1 - a):
            chance = float(stats.multinomial.pmf((a, b, count - a - b), count, (only_first, only_second, rest)))
            if chance > 1e-9:
                estimate = rates.paired_rates(a, b, count)
                held += chance * (estimate.low - ROUNDING <= only_first - only_second <= estimate.high + ROUNDING)
    return held


def pair_rows() -> Iterator[Row]:
    """Differences of paired rates, from the rates at which only the first and only the second happens."""
    for only_first, only_second, count in PAIRS:
        case = f"paired rates, {only_first:g} and {only_second:g} of {count}"
        yield Row(case, "coverage, Tango's score", coverage_of_pairs(only_first, only_second, count), LEVEL, SLACK)


def _stopped(rng: np.random.Generator, count: int) -> Reals:
    """How many of 41 targets are stopped, whose chance varies from replicate to replicate."""
    return rng.binomial(41, rng.beta(6.0, 6.0, count)).astype(np.float64)


def _paired(rng: np.random.Generator, count: int) -> Reals:
    shared = rng.beta(6.0, 6.0, count)
    return (rng.binomial(41, shared) - rng.binomial(41, 0.8 * shared)).astype(np.float64)


def _rare(rng: np.random.Generator, count: int) -> Reals:
    """Leakers where few replicates have any, and those have several."""
    return (rng.poisson(4.0, count) * (rng.random(count) < 0.2)).astype(np.float64)


def _seldom(rng: np.random.Generator, count: int) -> Reals:
    """Differences of variants that share nearly all their luck."""
    return np.asarray(rng.choice([-1.0, 0.0, 1.0], count, p=[0.03, 0.87, 0.1]))


def _several(rng: np.random.Generator, count: int) -> Reals:
    """Differences that are mostly 0, else of one and more."""
    return np.asarray(rng.geometric(0.5, count) * rng.choice([-1.0, 0.0, 1.0], count, p=[0.1, 0.6, 0.3]))


COUNTS: dict[str, tuple[Law, float, tuple[int, ...]]] = {  # the law, its mean, and how many values are drawn
    "counts, Poisson of 0.2": (lambda rng, n: rng.poisson(0.2, n).astype(np.float64), 0.2, (30, 200)),
    "counts, Poisson of 0.5": (lambda rng, n: rng.poisson(0.5, n).astype(np.float64), 0.5, (16, 50)),
    "counts, Poisson of 2": (lambda rng, n: rng.poisson(2.0, n).astype(np.float64), 2.0, (16, 200)),
    "counts, geometric of 0.5": (lambda rng, n: rng.negative_binomial(1, 1 / 1.5, n).astype(np.float64), 0.5, (30, 200)),
    "counts, 41 less Poisson of 0.3": (lambda rng, n: 41.0 - rng.poisson(0.3, n), 40.7, (50, 200)),
    "counts, rare and several": (_rare, 0.8, (50, 300)),
    "counts of 41": (_stopped, 20.5, (16, 200)),
}
DIFFERENCES: dict[str, tuple[Law, float, tuple[int, ...]]] = {
    "paired counts of 41": (_paired, 4.1, (16, 200)),
    "paired counts, few differ": (_seldom, 0.07, (100, 300)),
    "paired counts, some differ by several": (_several, 0.4, (30, 200)),
}
QUANTITIES: dict[str, tuple[Law, float, tuple[int, ...]]] = {
    "normal": (lambda rng, n: rng.normal(0.0, 1.0, n), 0.0, (8, 100)),
    "exponential": (lambda rng, n: rng.exponential(1.0, n), 1.0, (40, 200)),
    "log-normal": (lambda rng, n: rng.lognormal(0.0, 0.5, n), math.exp(0.125), (40,)),
}


def mean_rows(trials: int) -> Iterator[Row]:
    """The share of trials whose interval holds the mean; fewer trials are allowed their own chance on top."""
    chance = 0.0 if trials >= 1000 else 3.3 * math.sqrt(LEVEL * (1 - LEVEL) / trials)
    kinds: tuple[tuple[dict[str, tuple[Law, float, tuple[int, ...]]], Callable[[Reals], Estimate]], ...] = (
        (COUNTS, means.mean_of_counts),
        (DIFFERENCES, means.mean_of_differences),
        (QUANTITIES, means.mean),
    )
    for laws, interval in kinds:
        for number, (name, (law, truth, sizes)) in enumerate(laws.items()):
            for count in sizes:
                found = [interval(law(np.random.default_rng((number, count, trial)), count)) for trial in range(trials)]
                held = sum(e.low - ROUNDING <= truth <= e.high + ROUNDING for e in found) / trials
                yield Row(f"{name}, {count} replicates", f"coverage, {_methods(found)}", held, LEVEL, SLACK + chance)


def _methods(found: list[Estimate]) -> str:
    return "/".join(sorted({e.method.split(" ")[0] for e in found}))


def authority_rows() -> Iterator[Row]:
    """Exact intervals and tests, and Welch's interval, against SciPy's."""
    for yes, count in ((0, 20), (7, 50), (300, 1000)):
        ours, theirs = rates.clopper_pearson(yes, count), stats.binomtest(yes, count).proportion_ci(LEVEL, method="exact")
        yield Row(f"{yes} of {count}, Clopper-Pearson", "upper limit", ours.high, float(theirs.high), 1e-9)
        wilson = stats.binomtest(yes, count).proportion_ci(LEVEL, method="wilson")
        yield Row(f"{yes} of {count}, Wilson", "lower limit", rates.wilson(yes, count).low, float(wilson.low), 1e-9)
    rng = np.random.default_rng(11)
    first, second = rng.poisson(3.0, 60).astype(np.float64), rng.poisson(2.2, 60).astype(np.float64)
    up, down = int((first > second).sum()), int((first < second).sum())
    sign = float(stats.binomtest(up, up + down).pvalue)
    yield Row("60 pairs, sign test", "probability of chance", statistics.sign_test(first, second), sign, 1e-9)
    yes, no = (first > 2.0).astype(np.float64), (second > 2.0).astype(np.float64)
    b, c = int((yes > no).sum()), int((yes < no).sum())
    mcnemar = float(stats.binomtest(b, b + c).pvalue)
    yield Row("60 pairs of yes and no, McNemar, exact", "probability of chance", statistics.sign_test(yes, no), mcnemar, 1e-9)
    median = stats.quantile_test(first - second, q=0, p=0.5).confidence_interval(LEVEL)
    yield Row("60 differences, median, exact", "upper limit", statistics.median_exact(first - second).high, float(median.high), 1e-9)
    welch, ours = stats.ttest_ind(first, second, equal_var=False), means.welch(first, second)
    yield Row("60 against 60, Welch", "lower limit", ours.low, float(welch.confidence_interval(LEVEL).low), 1e-9)
    yield Row("60 against 60, Welch", "upper limit", ours.high, float(welch.confidence_interval(LEVEL).high), 1e-9)
    rank = float(stats.spearmanr(first, second).pvalue)
    yield Row("60 pairs, rank correlation", "probability of chance", rank_test(first, second), rank, 1e-9)


def welch_rows(trials: int) -> Iterator[Row]:
    """Welch's interval between the fifths of a tornado: counts of two laws."""
    chance = 0.0 if trials >= 1000 else 3.3 * math.sqrt(LEVEL * (1 - LEVEL) / trials)
    for count in (20, 100):
        held = 0
        for trial in range(trials):
            rng = np.random.default_rng((5, count, trial))
            found = means.welch(rng.poisson(3.0, count).astype(np.float64), rng.poisson(2.0, count).astype(np.float64))
            held += found.low <= 1.0 <= found.high
        yield Row(f"{count} counts against {count}, Welch", "coverage, Welch", held / trials, LEVEL, SLACK + chance)


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
    yield from rate_rows()
    yield from pair_rows()
    yield from mean_rows(200 if quick else 1000)
    yield from welch_rows(200 if quick else 1000)
    yield from authority_rows()
    yield from sensitivity_rows(512 if quick else 2048)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if any number is outside."""
    given = sys.argv[1:] if arguments is None else arguments
    compared = list(rows("--quick" in given))
    print(f"{'case':54}{'quantity':34}{'ours':>9}{'theirs':>9}{'tolerance':>10}  verdict")
    for row in compared:
        verdict = "ok" if row.passed else "OUTSIDE"
        print(f"{row.case:54}{row.quantity:34}{row.ours:9.4f}{row.theirs:9.4f}{row.tolerance:10.4f}  {verdict}")
    outside = sum(not row.passed for row in compared)
    print(f"{len(compared)} numbers, {outside} outside")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
