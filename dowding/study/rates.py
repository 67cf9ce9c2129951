"""Intervals of rates and of differences between paired rates, approximate and exact."""

import math

from scipy.special import betaincinv, ndtri

from dowding.study.estimates import LEVEL, Estimate

HALVINGS = 60  # of an interval of length 2 at most: beyond the last digit


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


def paired_rates(only_first: int, only_second: int, count: int, level: float = LEVEL) -> Estimate:
    """The difference of two paired rates by the score (T. Tango 1998, Statistics in Medicine 17, 891-908).

    From how many of `count` pairs had yes in the first alone, and in the second alone: the differences that the score does not reject.
    """
    low, high = tango_limits(only_first, only_second, count, float(ndtri(0.5 + 0.5 * level)))
    return Estimate((only_first - only_second) / count, low, high, count, "Tango's score, paired")


def tango_limits(only_first: float, only_second: float, count: int, quantile: float) -> tuple[float, float]:
    """Where `tango_score`, which falls as the difference rises, is the quantile and where its opposite, by halving."""
    limits = []
    for wanted in (quantile, -quantile):
        low, high = -1.0, 1.0
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if tango_score(middle, only_first, only_second, count) > wanted:
                low = middle
            else:
                high = middle
        limits.append(0.5 * (low + high))
    return limits[0], limits[1]


def tango_score(difference: float, only_first: float, only_second: float, count: int) -> float:
    """How many standard errors the pairs seen are off a difference (-1 to 1), by Tango (1998), equations for T and q21.

    The rate of pairs with yes in the second alone takes its likeliest value under that difference, a root of 2 n q^2 + B q + C.
    """
    b = -only_first - only_second + (2 * count - only_first + only_second) * difference
    c = -only_second * difference * (1.0 - difference)
    likeliest = (math.sqrt(max(b * b - 8.0 * count * c, 0.0)) - b) / (4.0 * count)
    variance = count * (2.0 * likeliest + difference * (1.0 - difference))
    off = only_first - only_second - count * difference
    if variance <= 1e-12:
        return 0.0 if off == 0.0 else math.copysign(math.inf, off)
    return off / math.sqrt(variance)


def paired_rates_exact(only_first: int, only_second: int, count: int, level: float = LEVEL) -> Estimate:
    """Difference of two paired rates, exact.

    It is the rate at which only the first happens less that at which only the second does; each has its Clopper-Pearson interval of half
    the error (C. E. Bonferroni 1936), so that both hold together.
    """
    each = 0.5 + 0.5 * level
    one, two = clopper_pearson(only_first, count, each), clopper_pearson(only_second, count, each)
    return Estimate(one.value - two.value, one.low - two.high, one.high - two.low, count, "exact")
