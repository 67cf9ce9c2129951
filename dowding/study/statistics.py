"""Estimates with intervals: rates, means, paired differences, weighted mixtures; and how many replicates a wanted width needs."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv, ndtri, stdtrit

Reals = NDArray[np.float64]

LEVEL = 0.95
RESAMPLES = 2_000
SMALL = 15  # replicates below which a bootstrap is not to be trusted
SALT = 0xB007
DISTINCT_MAX = 2_000  # distinct values that a resample counts


@dataclass(frozen=True)
class Estimate:
    """A number with its interval of 95 % confidence, from `count` replicates, and the method's name."""

    value: float
    low: float
    high: float
    count: int
    method: str

    @property
    def half_width(self) -> float:
        """Half the interval's length."""
        return 0.5 * (self.high - self.low)

    def replicates_for(self, half_width: float) -> int:
        """Replicates in all that an interval of this half width needs: widths shrink with the root of the number."""
        if not math.isfinite(self.half_width) or half_width <= 0.0:
            return self.count
        return math.ceil(self.count * (self.half_width / half_width) ** 2)


def wilson(successes: int, count: int, level: float = LEVEL) -> Estimate:
    """A rate (E. B. Wilson 1927, J. Am. Stat. Assoc. 22, 209-212)."""
    if count == 0:
        return Estimate(math.nan, 0.0, 1.0, 0, "Wilson")
    z = float(ndtri(0.5 + 0.5 * level))
    rate = successes / count
    middle = (rate + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == count else middle + half
    return Estimate(rate, low, high, count, "Wilson")


def clopper_pearson(successes: int, count: int, level: float = LEVEL) -> Estimate:
    """A rate, exact: never less than nominal coverage (C. J. Clopper and E. S. Pearson 1934, Biometrika 26, 404-413)."""
    if count == 0:
        return Estimate(math.nan, 0.0, 1.0, 0, "exact")
    tail = 0.5 * (1.0 - level)
    low = 0.0 if successes == 0 else float(betaincinv(successes, count - successes + 1, tail))
    high = 1.0 if successes == count else float(betaincinv(successes + 1, count - successes, 1.0 - tail))
    return Estimate(successes / count, low, high, count, "exact")


def mean(values: Reals, level: float = LEVEL, seed: int = 0) -> Estimate:
    """The mean of values (replicate,), NaN left out, with a bootstrap-t interval.

    B. Efron and R. J. Tibshirani (1993), An introduction to the bootstrap, section 12.5; Student's t for few values, and for values
    that hardly differ. Resamples are addressed by the seed, so that the same values give the same interval.
    """
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    count = len(known)
    if count == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, "none")
    middle = float(known.mean())
    if count == 1:
        return Estimate(middle, -math.inf, math.inf, 1, "none")
    error = float(known.std(ddof=1)) / math.sqrt(count)
    if error == 0.0:
        return Estimate(middle, middle, middle, count, "all equal")
    if count < SMALL or len(np.unique(known)) < 3:
        half = float(stdtrit(count - 1, 0.5 + 0.5 * level)) * error
        return Estimate(middle, middle - half, middle + half, count, "Student")
    low, high = np.quantile(_studentised(known, middle, seed), [0.5 - 0.5 * level, 0.5 + 0.5 * level])
    return Estimate(middle, middle - float(high) * error, middle - float(low) * error, count, "bootstrap-t")


def _studentised(values: Reals, middle: float, seed: int) -> Reals:
    """(resample,) errors of resampled means over their own standard errors, from how often each distinct value is drawn."""
    rng = np.random.default_rng((seed, SALT, len(values)))
    distinct, number = np.unique(values, return_counts=True)
    if len(distinct) > DISTINCT_MAX:
        distinct, number = _blocks(values)
    count = int(number.sum())
    drawn = rng.multinomial(count, number / count, RESAMPLES)
    means = drawn @ distinct / count
    spread = np.sqrt(np.maximum(drawn @ distinct**2 / count - means**2, 0.0) * count / (count - 1))
    good = spread > 1e-12 * max(abs(middle), 1e-300)
    out: Reals = (means[good] - middle) / (spread[good] / math.sqrt(count))
    return out


def _blocks(values: Reals) -> tuple[Reals, NDArray[np.int64]]:
    """Quantile bins of many values: their means and numbers; of so many, what a bin hides of the spread does not matter."""
    parts = np.array_split(np.sort(values), DISTINCT_MAX)
    return np.array([part.mean() for part in parts]), np.array([len(part) for part in parts])


def rate_or_mean(values: Reals, seed: int = 0, rate: bool = True) -> Estimate:
    """The interval that suits: Wilson's for values that are only 0 and 1, else the mean's.

    Without `rate` values that are all equal are no rate: a count that was always 0 might have been more than 1.
    """
    known = values[np.isfinite(values)]
    if len(known) and is_yes_or_no(known) and (rate or np.ptp(known) > 0.0):
        return wilson(int(known.sum()), len(known))
    return mean(values, seed=seed)


def is_yes_or_no(values: Reals) -> bool:
    """Whether all values are 0 or 1."""
    return bool(np.isin(values, (0.0, 1.0)).all())


def paired_difference(first: Reals, second: Reals, seed: int = 0, rate: bool = True) -> Estimate:
    """The mean of first - second, replicate by replicate, as they shared their luck (replicate,); NaN in either is left out.

    Without `rate` columns that never differ from each other are no rates, as in `rate_or_mean`.
    """
    both = np.isfinite(first) & np.isfinite(second)
    a, b = first[both], second[both]
    if len(a) and is_yes_or_no(a) and is_yes_or_no(b) and (rate or np.ptp(a - b) > 0.0):
        return _paired_rates(a, b)
    return mean(a - b, seed=seed)


def _paired_rates(first: Reals, second: Reals, level: float = LEVEL) -> Estimate:
    """Difference of two paired rates: R. G. Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10."""
    count = len(first)
    both, only_first = int(((first == 1) & (second == 1)).sum()), int(((first == 1) & (second == 0)).sum())
    only_second = int(((first == 0) & (second == 1)).sum())
    neither = count - both - only_first - only_second
    one, two = wilson(both + only_first, count, level), wilson(both + only_second, count, level)
    a, b, c, d = (float(n) for n in (both, only_first, only_second, neither))
    product = (a + b) * (c + d) * (a + c) * (b + d)
    phi = 0.0
    if product > 0.0:
        top = a * d - b * c
        top = max(top - 0.5 * count, 0.0) if top > 0.0 else top
        phi = top / math.sqrt(product)
    dl1, du1, dl2, du2 = one.value - one.low, one.high - one.value, two.value - two.low, two.high - two.value
    below = math.sqrt(max(dl1 * dl1 - 2.0 * phi * dl1 * du2 + du2 * du2, 0.0))
    above = math.sqrt(max(du1 * du1 - 2.0 * phi * du1 * dl2 + dl2 * dl2, 0.0))
    difference = one.value - two.value
    return Estimate(difference, max(difference - below, -1.0), min(difference + above, 1.0), count, "Newcombe, paired")


def exact(first: Reals, second: Reals | None = None, rate: bool = True) -> Estimate | None:
    """The interval that promises 95 % or more whatever the law, beside the usual one: (replicate,), paired where there is a second.

    For a rate Clopper and Pearson's; for a difference of paired rates `paired_rates_exact`; for any other difference `median_exact`. None
    for a mean alone: without a known law it has none. `rate` as in `rate_or_mean`.
    """
    if second is None:
        known = first[np.isfinite(first)]
        is_rate = len(known) > 0 and is_yes_or_no(known) and (rate or np.ptp(known) > 0.0)
        return clopper_pearson(int(known.sum()), len(known)) if is_rate else None
    both = np.isfinite(first) & np.isfinite(second)
    a, b = first[both], second[both]
    if len(a) == 0:
        return None
    are_rates = is_yes_or_no(a) and is_yes_or_no(b) and (rate or np.ptp(a - b) > 0.0)
    return paired_rates_exact(a, b) if are_rates else median_exact(a - b)


def paired_rates_exact(first: Reals, second: Reals, level: float = LEVEL) -> Estimate:
    """Difference of two paired rates, exact.

    It is the rate at which only the first happens less that at which only the second does; each has its Clopper-Pearson interval of half
    the error (C. E. Bonferroni 1936), so that both hold together.
    """
    count, each = len(first), 0.5 + 0.5 * level
    one = clopper_pearson(int(((first == 1) & (second == 0)).sum()), count, each)
    two = clopper_pearson(int(((first == 0) & (second == 1)).sum()), count, each)
    return Estimate(one.value - two.value, one.low - two.high, one.high - two.low, count, "exact")


def median_exact(values: Reals, level: float = LEVEL) -> Estimate:
    """The median of values (replicate,), exact for any law (W. R. Thompson 1936, Ann. Math. Stat. 7, 122-128).

    Between the k-th value from below and from above, where k is the largest for which a fair coin falls to one side less than k times
    in as many throws with probability at most half the error.
    """
    ordered = np.sort(values)
    count, tail = len(ordered), 0.5 * (1.0 - level)
    chances = bdtr(np.arange(count), count, 0.5)
    k = int(np.searchsorted(chances, tail, side="right"))
    low, high = (-math.inf, math.inf) if k == 0 else (float(ordered[k - 1]), float(ordered[count - k]))
    return Estimate(float(np.median(ordered)), low, high, count, "exact, of the median")


def sign_test(first: Reals, second: Reals) -> float:
    """The probability that chance alone parts two paired columns (replicate,) so far, to either side: exact, for any law.

    Of the pairs that differ each is as likely to fall to either side (J. Arbuthnot 1710); of yes and no this is Q. McNemar's test (1947).
    """
    one, two = int((first > second).sum()), int((first < second).sum())
    return 1.0 if one == two else min(1.0, 2.0 * float(bdtr(min(one, two), one + two, 0.5)))
