"""Intervals against closed forms, published numbers and brute force."""

import math

import numpy as np
import pytest

from dowding.study.estimates import Estimate
from dowding.study.means import mean, mean_of_counts, mean_of_differences
from dowding.study.rates import clopper_pearson, paired_rates, paired_rates_exact, tango_score, wilson
from dowding.study.statistics import exact, kind_of, median_exact, paired_difference, rate_or_mean, sign_test


def test_wilson_as_published() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263, method 3
    estimate = wilson(81, 263)
    assert estimate.low == pytest.approx(0.2553, abs=5e-5)
    assert estimate.high == pytest.approx(0.3662, abs=5e-5)
    # the same table: 0 of 20 and 1 of 29
    assert wilson(0, 20).low == 0.0
    assert wilson(0, 20).high == pytest.approx(0.1611, abs=5e-5)
    assert (wilson(1, 29).low, wilson(1, 29).high) == (pytest.approx(0.0061, abs=5e-5), pytest.approx(0.1718, abs=5e-5))


def test_clopper_pearson_as_published() -> None:
    # the same table, method 5
    estimate = clopper_pearson(81, 263)
    assert (estimate.low, estimate.high) == (pytest.approx(0.2527, abs=5e-5), pytest.approx(0.3676, abs=5e-5))
    assert clopper_pearson(0, 20).high == pytest.approx(1 - 0.025 ** (1 / 20), rel=1e-12)


def test_paired_rates_as_published() -> None:
    # M. W. Fagerland, S. Lydersen and P. Laake (2014), Statistics in Medicine 33, 2850-2875: airways before and after, 1, 1, 7, 12 of 21,
    # Tango's interval -0.517 to -0.026
    first = np.array([1.0] * 2 + [0.0] * 19)
    second = np.array([1.0] + [0.0] + [1.0] * 7 + [0.0] * 12)
    estimate = paired_difference(first, second)
    assert estimate.value == pytest.approx(-6 / 21)
    assert (estimate.low, estimate.high) == (pytest.approx(-0.517, abs=5e-4), pytest.approx(-0.026, abs=5e-4))
    assert paired_rates(0, 0, 20).high == pytest.approx(wilson(0, 20).high, abs=1e-9)  # the score's limits, where nothing was seen


def test_tangos_score_has_the_likeliest_rates_under_its_difference() -> None:
    only_first, only_second, count, difference = 12, 5, 60, 0.22
    q = np.linspace(1e-6, 0.5 * (1.0 - difference) - 1e-6, 400_001)  # of the second alone; brute force over the likelihood
    p = q + difference
    likelihood = only_first * np.log(p) + only_second * np.log(q) + (count - only_first - only_second) * np.log1p(-p - q)
    best = float(q[likelihood.argmax()])
    variance = (2.0 * best + difference - difference**2) / count
    assert tango_score(difference, only_first, only_second, count) == pytest.approx((7 / 60 - difference) / math.sqrt(variance), rel=1e-5)


def test_few_counts_have_the_score_of_a_poisson_law_or_wilsons() -> None:
    # M. S. Bartlett (1936): (x - m)^2 = z^2 m / n, with the variance seen in place of m, and Student's quantile
    counts = np.array([0, 1, 0, 2, 0, 0, 1, 0, 3, 0, 0, 1, 1, 0, 0, 2], np.float64)
    estimate = mean_of_counts(counts)
    over = counts.var(ddof=1) / counts.mean()
    for limit in (estimate.low, estimate.high):
        assert (counts.mean() - limit) ** 2 == pytest.approx(2.13145**2 * over * limit / 16, rel=1e-5)
    none = mean_of_counts(np.zeros(20))
    assert (none.low, none.high) == (0.0, pytest.approx(2.09302**2 / 20, rel=1e-5))
    top = mean_of_counts(41.0 - counts)
    assert (top.low, top.high) == (pytest.approx(41.0 - estimate.high), pytest.approx(41.0 - estimate.low))


def test_differences_of_one_have_tangos_interval_and_others_scale_with_their_size() -> None:
    signs = np.array([1.0] * 7 + [-1.0] * 2 + [0.0] * 21)
    tango = paired_rates(7, 2, 30)
    estimate = mean_of_differences(signs)
    assert (estimate.low, estimate.high) == (pytest.approx(tango.low), pytest.approx(tango.high))
    threefold = mean_of_differences(3.0 * signs)
    assert threefold.value == pytest.approx(3.0 * tango.value)
    assert threefold.half_width > 3.0 * tango.half_width  # Student's quantile, for their size was seen, not known
    still = mean_of_differences(np.zeros(30))
    assert still.low == pytest.approx(-still.high)
    assert still.low < 0.0  # none differed: not a promise that none will


def test_what_a_measure_is_decides_even_where_all_is_equal() -> None:
    ones = np.ones(40)
    assert rate_or_mean(ones, kind="rate").method == "Wilson"
    assert rate_or_mean(ones, kind="count").method == "score of counts"
    assert rate_or_mean(ones, kind="quantity") == Estimate(1.0, 1.0, 1.0, 40, "all equal")
    assert rate_or_mean(ones - 0.5, kind="rate").method == "all equal"  # an average of rates is none
    assert [kind_of(ones), kind_of(2.0 * ones), kind_of(-ones)] == ["rate", "count", "quantity"]


def test_the_sign_test_is_the_binomial_of_those_that_differ() -> None:
    first, second = np.array([1.0] * 8 + [0.0] * 2), np.array([0.0] * 8 + [1.0] * 2)
    chance = sum(math.comb(10, k) for k in range(3)) * 2 / 2**10
    assert sign_test(first, second) == pytest.approx(chance, rel=1e-12)
    assert sign_test(10.0 * first, second - 3.0) == pytest.approx(2 / 2**10, rel=1e-12)
    assert sign_test(first, first) == 1.0


def test_the_exact_median_has_the_binomials_promise() -> None:
    # D. B. Owen (1962) and every table of the sign test: with 20 values the 6th and the 15th hold the median with 95.86 %
    estimate = median_exact(np.random.default_rng(0).permutation(np.arange(1.0, 21.0)))
    assert (estimate.value, estimate.low, estimate.high) == (10.5, 6.0, 15.0)
    assert 1 - 2 * sum(math.comb(20, k) for k in range(6)) / 2**20 == pytest.approx(0.9586, abs=5e-5)
    assert median_exact(np.arange(6.0)).low == 0.0  # 2 / 2^6 is the first below 5 %
    assert median_exact(np.arange(5.0)).low == -math.inf


def test_the_exact_difference_of_rates_is_wider_and_keeps_its_promise() -> None:
    # every outcome of 12 pairs, with its multinomial probability at three truths
    n = 12
    for p, q in ((0.3, 0.1), (0.05, 0.05), (0.5, 0.4)):
        held = 0.0
        for a in range(n + 1):
            for b in range(n + 1 - a):
                estimate = paired_rates_exact(a, b, n)
                chance = math.factorial(n) / math.factorial(a) / math.factorial(b) / math.factorial(n - a - b)
                held += (estimate.low <= p - q <= estimate.high) * chance * p**a * q**b * (1 - p - q) ** (n - a - b)
        assert held >= 0.95
    assert exact(np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0])) == paired_rates_exact(1, 1, 3)


def test_what_has_an_exact_interval() -> None:
    yes, counts = np.array([1.0, 0.0, 1.0, np.nan]), np.array([1.0, 5.0, 2.0, 3.0])
    assert exact(yes) == clopper_pearson(2, 3)
    assert exact(counts) is None
    found = exact(counts, counts - 1.0)
    assert found is not None
    assert (found.value, found.method) == (1.0, "exact, of the median")


def test_a_mean_of_normal_values_has_students_interval_or_nearly() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, 400)
    estimate = mean(values)
    half = 1.966 * values.std(ddof=1) / 20.0
    assert estimate.value == values.mean()
    assert estimate.half_width == pytest.approx(half, rel=0.06)
    assert mean(values) == estimate  # the same values, the same interval


def test_means_at_the_edges() -> None:
    assert math.isnan(rate_or_mean(np.array([np.nan])).value)
    assert mean(np.array([3.0])).high == math.inf
    assert mean(np.full(9, 2.0)) == Estimate(2.0, 2.0, 2.0, 9, "all equal")
    assert rate_or_mean(np.array([1.0, np.nan, 3.0])).count == 2
    assert rate_or_mean(np.array([0.0, 1.0, 1.0])).method == "Wilson"


def test_many_values_cost_little_and_agree_with_the_normal_law() -> None:
    values = np.random.default_rng(2).exponential(1.0, 200_000)
    estimate = mean(values)
    assert estimate.half_width == pytest.approx(1.96 / math.sqrt(200_000), rel=0.08)


def test_how_many_more() -> None:
    assert Estimate(0.0, -1.0, 1.0, 100, "x").replicates_for(0.5) == 400
    assert Estimate(0.0, -math.inf, math.inf, 1, "x").replicates_for(0.5) == 1


def test_shared_luck_narrows_a_difference() -> None:
    rng = np.random.default_rng(3)
    luck = rng.normal(0.0, 3.0, 500)
    first, second = luck + rng.normal(1.0, 0.3, 500), luck + rng.normal(0.0, 0.3, 500)
    paired, apart = paired_difference(first, second), paired_difference(first, rng.permutation(second))
    assert paired.half_width < 0.2 * apart.half_width
    assert paired.low < 1.0 < paired.high
