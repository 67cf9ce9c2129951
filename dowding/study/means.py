"""Intervals of means: of any values by the studentised bootstrap, of few counts and of their differences by a score."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from dowding.study.estimates import LEVEL, Estimate, Reals
from dowding.study.rates import tango_limits

RESAMPLES = 2_000
SMALL = 15  # values below which a bootstrap is not to be trusted
FEW_COUNTS = 100  # counts below which the score holds better than a bootstrap
RARE = 40  # and so it does where no more than this many of them differ from the commonest
SALT = 0xB007
DISTINCT_MAX = 2_000  # distinct values that a resample counts


def mean(values: Reals, level: float = LEVEL, seed: int = 0) -> Estimate:
    """The mean of finite values (replicate,) with a bootstrap-t interval; Student's for few values, and for values that hardly differ.

    B. Efron and R. J. Tibshirani (1993), An introduction to the bootstrap, section 12.5. Resamples are addressed by the seed, so that
    the same values give the same interval.
    """
    count = len(values)
    if count == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, "none")
    middle = float(values.mean())
    if count == 1:
        return Estimate(middle, -math.inf, math.inf, 1, "none")
    error = float(values.std(ddof=1)) / math.sqrt(count)
    if np.ptp(values) == 0.0 or error == 0.0:
        return Estimate(middle, middle, middle, count, "all equal")
    if count < SMALL or len(np.unique(values)) < 3:
        half = _student(count, level) * error
        return Estimate(middle, middle - half, middle + half, count, "Student")
    low, high = np.quantile(_studentised(values, middle, seed), [0.5 - 0.5 * level, 0.5 + 0.5 * level])
    return Estimate(middle, middle - float(high) * error, middle - float(low) * error, count, "bootstrap-t")


def mean_of_counts(values: Reals, level: float = LEVEL, seed: int = 0) -> Estimate:
    """The mean of counts (replicate,), none below 0: bootstrap-t where there are many, else the score of `_score`.

    Counts whose commonest value is also their highest, as where nearly all is stopped, are counted downward from it.
    """
    if len(values) < 2 or not _is_thin(values):
        return mean(values, level, seed)
    middle, top = float(values.mean()), float(values.max())
    if np.ptp(values) == 0.0:
        low, high = _score(0.0, 1.0, len(values), level)
        return Estimate(middle, max(middle - high, 0.0), middle + high, len(values), "score of counts")
    if top > 0.0 and (values == top).mean() > 0.5:
        low, high = _score(top - middle, _over(top - values), len(values), level)
        return Estimate(middle, top - high, top - low, len(values), "score of counts")
    return Estimate(middle, *_score(middle, _over(values), len(values), level), len(values), "score of counts")


def mean_of_differences(values: Reals, level: float = LEVEL, seed: int = 0) -> Estimate:
    """The mean of differences of counts (replicate,): where most are 0 and there are not many a score, else bootstrap-t.

    For the score the differences are taken for so many of one size, up or down, that their sum and their sum of squares are those seen,
    and given to Tango's score; where each is of size one it is that of paired rates. So differences that are all 0 have an interval too.
    """
    if len(values) < 2 or (values == 0.0).mean() <= 0.5 or not _is_thin(values):
        return mean(values, level, seed)
    total, squares = float(np.abs(values).sum()), float((values**2).sum())
    size = squares / total if total > 0.0 else 1.0
    up, down = float(np.maximum(values, 0.0).sum()) / size, float(np.maximum(-values, 0.0).sum()) / size
    quantile = _student(len(values), level) if size != 1.0 else float(ndtri(0.5 + 0.5 * level))
    low, high = tango_limits(up, down, len(values), quantile)
    return Estimate(float(values.mean()), size * low, size * high, len(values), "score of differences")


def welch(top: Reals, bottom: Reals, level: float = LEVEL) -> Estimate:
    """The difference of two means of independent values (B. L. Welch 1947, Biometrika 34, 28-35); the count is that of the first."""
    a, b = top.var(ddof=1) / len(top), bottom.var(ddof=1) / len(bottom)
    value = float(top.mean() - bottom.mean())
    if a + b == 0.0:
        return Estimate(value, value, value, len(top), "all equal")
    freedom = (a + b) ** 2 / (a * a / (len(top) - 1) + b * b / (len(bottom) - 1))
    half = float(stdtrit(freedom, 0.5 + 0.5 * level) * np.sqrt(a + b))
    return Estimate(value, value - half, value + half, len(top), "Welch")


def _is_thin(values: Reals) -> bool:
    """Whether there is too little in the values (replicate,) for a bootstrap."""
    if len(values) < FEW_COUNTS:
        return True
    _, times = np.unique(values, return_counts=True)
    return len(values) - int(times.max()) <= RARE


def _over(values: Reals) -> float:
    """Variance over mean of counts (replicate,): 1 for a Poisson law, and taken so where nothing was counted."""
    middle = float(values.mean())
    return 1.0 if middle == 0.0 else float(values.var(ddof=1)) / middle


def _score(middle: float, over: float, count: int, level: float) -> tuple[float, float]:
    """The means that a score does not reject whose variance is `over` times the mean, with Student's quantile: from, to.

    For a Poisson law this is M. S. Bartlett's (1936), and for a yes or no nearly Wilson's; `over` is P. McCullagh and J. A. Nelder's
    (1989, section 6.2.3) dispersion.
    """
    k = _student(count, level) ** 2 * over / count
    centre = middle + 0.5 * k
    half = math.sqrt(max(centre * centre - middle * middle, 0.0))
    return max(centre - half, 0.0), centre + half


def _student(count: int, level: float) -> float:
    return float(stdtrit(count - 1, 0.5 + 0.5 * level))


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
