"""Which interval suits: of rates, means, paired differences, by what is measured and how much of it; exact ones beside them."""

import math
from typing import Literal

import numpy as np
from scipy.special import bdtr

from dowding.study.estimates import LEVEL, Estimate, Reals
from dowding.study.means import mean, mean_of_counts, mean_of_differences
from dowding.study.rates import clopper_pearson, paired_rates, paired_rates_exact, wilson

Kind = Literal["rate", "count", "quantity"]  # yes or no; whole things; anything else, such as kilometres


def kind_of(*columns: Reals) -> Kind:
    """What finite values (replicate,) look like: all 0 and 1, all whole and none below 0, or neither."""
    if all(np.isin(values, (0.0, 1.0)).all() for values in columns):
        return "rate"
    whole = all((values == np.rint(values)).all() and (values >= 0.0).all() for values in columns)
    return "count" if whole else "quantity"


def rate_or_mean(values: Reals, seed: int = 0, kind: Kind | None = None) -> Estimate:
    """The interval that suits values (replicate,), NaN left out: Wilson's for rates, else one of `means`.

    `kind` is what the measure is, left out: what its values look like. Counts that were never above 1 are counts all the same.
    """
    known = _finite(values)
    fits = _fitting(kind, known)
    if fits == "rate" and len(known):
        return wilson(int(known.sum()), len(known))
    if fits == "count" and len(known) and known.min() < 0.0:
        return mean_of_differences(known, seed=seed)
    return mean_of_counts(known, seed=seed) if fits == "count" else mean(known, seed=seed)


def paired_difference(first: Reals, second: Reals, seed: int = 0, kind: Kind | None = None) -> Estimate:
    """The mean of first - second, replicate by replicate, as they shared their luck (replicate,); NaN in either is left out.

    `kind` as in `rate_or_mean`.
    """
    both = np.isfinite(first) & np.isfinite(second)
    a, b = first[both], second[both]
    fits = _fitting(kind, a, b)
    if fits == "rate" and len(a):
        return paired_rates(*_discordant(a, b))
    return mean_of_differences(a - b, seed=seed) if fits == "count" else mean(a - b, seed=seed)


def exact(first: Reals, second: Reals | None = None, kind: Kind | None = None) -> Estimate | None:
    """The interval that promises 95 % or more whatever the law, beside the usual one: (replicate,), paired where there is a second.

    For a rate Clopper and Pearson's; for a difference of paired rates `paired_rates_exact`; for any other difference `median_exact`. None
    for a mean alone: without a known law it has none. `kind` as in `rate_or_mean`.
    """
    if second is None:
        known = _finite(first)
        return clopper_pearson(int(known.sum()), len(known)) if len(known) and _fitting(kind, known) == "rate" else None
    both = np.isfinite(first) & np.isfinite(second)
    a, b = first[both], second[both]
    if len(a) == 0:
        return None
    return paired_rates_exact(*_discordant(a, b)) if _fitting(kind, a, b) == "rate" else median_exact(a - b)


def _finite(values: Reals) -> Reals:
    known = np.asarray(values, np.float64)
    return known[np.isfinite(known)]


def _fitting(kind: Kind | None, *columns: Reals) -> Kind:
    """The kind that a measure has, or that its values allow: an average of yes and no over several points is no rate."""
    seen = kind_of(*columns)
    if kind is None:
        return seen
    if kind == "rate" and seen != "rate":
        return "quantity"
    return kind


def _discordant(first: Reals, second: Reals) -> tuple[int, int, int]:
    """Pairs of yes and no (replicate,) with yes in the first alone, in the second alone, and all."""
    return int((first > second).sum()), int((first < second).sum()), len(first)


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
