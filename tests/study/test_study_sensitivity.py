"""Which figures move the answer: found where they do, not where they do not, and said so with few replicates."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from dowding.study.answers import naming_words
from dowding.study.plan import Plan, plan_of
from dowding.study.reading import read_study
from dowding.study.running import sensitivity_plan
from dowding.study.sensitivity import (
    chance_error,
    first_order,
    influences,
    rank_test,
    replicates_to_tell,
    sobol_indices,
    squared_correlation,
)

TEXT = """
base = "two-minutes"
replicates = 400
[uncertain]
figures = ["interceptors.*.kill_probability_*", "radars.*.reference_range_km"]
design = "sobol"
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(read_study(TEXT), Path())


@pytest.mark.parametrize("count", [12, 64, 65])
def test_the_figure_that_moves_the_answer_is_named_first(plan: Plan, count: int) -> None:
    moves = len(plan.causes) - 1
    noise = np.random.default_rng(count).normal(0.0, 0.25, count)
    found = influences(plan, 3.0 * plan.quantiles(0, count)[:, moves] + noise)
    assert found[0].cause == plan.causes[moves]
    assert found[0].is_told_apart
    assert found[0].first_order > 0.6
    assert len(found) == len(plan.causes) > 3


def test_what_moves_nothing_is_seldom_told_apart(plan: Plan) -> None:
    told = 0
    for trial in range(40):
        values = np.random.default_rng(trial).normal(0.0, 1.0, 20)
        told += any(rank_test(row, values) * len(plan.causes) < 0.05 for row in plan.quantiles(0, 20).T)
    assert told <= 6  # of 40 studies, each of which may be wrong with 5 %: more come with less than 1 %
    for count in (20, 100):
        found = influences(plan, np.random.default_rng(count).normal(0.0, 1.0, count))
        assert not any(i.is_told_apart for i in found)


def test_too_few_replicates_name_none(plan: Plan) -> None:
    assert influences(plan, np.arange(9.0)) == []
    assert influences(plan, np.full(200, 3.0)) == []


def test_the_rank_test_is_scipys_with_equal_values_too() -> None:
    rng = np.random.default_rng(1)
    figure, values = rng.random(50), rng.poisson(1.0, 50).astype(np.float64)
    assert rank_test(figure, values) == pytest.approx(stats.spearmanr(figure, values).pvalue, rel=1e-9)
    assert rank_test(figure, figure) == 0.0


def test_shares_of_few_replicates_are_fair_on_average() -> None:
    # a line with noise of three times its variance takes a quarter
    rng = np.random.default_rng(2)
    shares = []
    for _ in range(400):
        rows = rng.random((30, 1))
        values = rows[:, 0] * np.sqrt(12.0) + rng.normal(0.0, np.sqrt(3.0), 30)
        share, _ = squared_correlation(rows, values, ("x",), 0)
        shares.append(share[0])
    assert np.mean(shares) == pytest.approx(0.25, abs=0.03)


def test_how_many_replicates_tell_a_figure_apart_is_true(plan: Plan) -> None:
    count, causes = replicates_to_tell(0.1, 10), 10
    rng = np.random.default_rng(3)
    seen = 0
    for _ in range(400):
        x = rng.random(count)
        y = np.sqrt(0.1) * x * np.sqrt(12.0) + np.sqrt(0.9) * rng.normal(0.0, 1.0, count)
        seen += float(stats.pearsonr(x, y).pvalue) * causes < 0.05
    assert seen / 400 == pytest.approx(0.8, abs=0.07)


def test_why_none_is_named_is_said(plan: Plan) -> None:
    class Answer:
        count = 9

    class Found:  # as much of Findings as the words are made from
        def __init__(self, plan: Plan, count: int, influences: list[object]) -> None:
            self.plan, self.influences, self.answer = plan, influences, Answer()
            self.answer.count = count

    drawn = len(plan.doubts)
    assert "for none is drawn" in naming_words(Found(replace(plan, doubts=()), 9, []))  # type: ignore[arg-type]
    assert f"{drawn} figures drawn the answer hangs on is said from 10 replicates on; there were 9" in naming_words(Found(plan, 9, []))  # type: ignore[arg-type]
    assert "was the same in all 50 replicates" in naming_words(Found(plan, 50, []))  # type: ignore[arg-type]


def test_rare_outcomes_have_errors_and_an_order(plan: Plan) -> None:
    """Where most resamples have but one outcome, no share's error is unknown, and nearly all that move nothing stay untold."""
    moves = len(plan.causes) - 1
    answer = (plan.quantiles(0, 100)[:, moves] > 0.97).astype(np.float64)
    assert 2 <= answer.sum() <= 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # and nobody is told what a library thinks of that
        found = influences(plan, answer)
    assert all(np.isfinite(i.first_order_error) for i in found)
    assert [i.weight for i in found] == sorted((i.weight for i in found), reverse=True)
    told = [i.cause for i in found if i.is_told_apart]
    assert plan.causes[moves] in told
    assert len(told) <= 2  # the same three rows are the highest of another figure, too


def test_what_chance_gives_a_share_is_seen_by_simulation() -> None:
    """The error where resampling gives none, against shares of figures that move nothing."""
    rng = np.random.default_rng(8)
    shares = [first_order(rng.uniform(size=(70, 20)), rng.normal(size=70), [str(n) for n in range(20)], 1)[0] for _ in range(8)]
    beyond = np.mean(np.concatenate(shares) > chance_error(70))
    assert beyond < 0.06  # 2.5 % of a normal law; the beta law's upper tail is a little heavier


def test_no_sobol_indices_where_the_base_samples_are_all_equal(plan: Plan) -> None:
    within = sensitivity_plan(plan_of(read_study(TEXT + "[sensitivity]\nsamples = 8\n"), Path()), plan.causes[:2])
    answer = np.zeros(8 * 4)
    answer[1] = 1.0  # one row of one figure alone: there is no variance to share
    assert sobol_indices(within, answer) == []
    answer[3] = 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(sobol_indices(within, answer)) == 2
