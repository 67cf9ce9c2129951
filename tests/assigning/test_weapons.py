"""Weapons on targets: against every plan there is, textbook cases, and instances of the size and kind that are published."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import dowding
from dowding.assigning.bound import bound_at_prices, make_market
from dowding.assigning.weapons import SURVIVAL_LEAST


def left_by(p, value, count):
    return float((value * ((1 - p) ** count).prod(axis=0)).sum())


def slow_twin(p, value, rounds, most):
    """The least that any plan leaves, by trying them all."""
    weapons, targets = p.shape
    of_one = []
    for w in range(weapons):
        counts = itertools.product(*(range(min(rounds[w], most[w, j]) + 1) for j in range(targets)))
        of_one.append([c for c in counts if sum(c) <= rounds[w]])
    return min(left_by(p, value, np.array(plan)) for plan in itertools.product(*of_one))


def slow_greedy(p, value, rounds):
    """One round after the other where it brings most."""
    left, held, count = value.copy(), list(rounds), np.zeros(p.shape, int)
    while any(held):
        gain = np.array([[left[j] * p[w, j] if held[w] else 0 for j in range(p.shape[1])] for w in range(p.shape[0])])
        w, j = np.unravel_index(gain.argmax(), gain.shape)
        if gain[w, j] <= 0:
            break
        held[w] -= 1
        count[w, j] += 1
        left[j] *= 1 - p[w, j]
    return count


def small_case(seed):
    rng = np.random.default_rng(seed)
    weapons, targets = rng.integers(1, 5), rng.integers(1, 4)
    p = rng.uniform(0, 1, (weapons, targets))
    p[rng.random(p.shape) < 0.2] = rng.choice([0.0, 1.0])
    most = rng.integers(0, 3, p.shape) if seed % 2 else np.full(p.shape, 9)
    return p, rng.uniform(0, 100, targets), rng.integers(0, 4, weapons), most


def published_kind(weapons, targets, seed):
    """As Ahuja, Kumar, Jha and Orlin (2007) draw them."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.6, 0.9, (weapons, targets)), rng.integers(25, 101, targets).astype(float)


def test_small_cases_against_every_plan():
    optimal = 0
    for seed in range(60):
        p, value, rounds, most = small_case(seed)
        best = slow_twin(p, value, rounds, most)
        found = dowding.assign_weapons(p, value, rounds, most=most)
        assert (found.rounds.sum(axis=1) <= rounds).all()
        assert ((found.rounds >= 0) & (found.rounds <= most)).all()
        assert found.value == pytest.approx(left_by(p, value, found.rounds), abs=1e-9)
        assert found.bound <= best + 1e-9
        assert found.value >= best - 1e-9
        optimal += found.value <= best + 1e-6
    assert optimal >= 57


def test_the_bound_holds_at_any_prices():
    for seed in range(60):
        p, value, rounds, most = small_case(seed)
        best = slow_twin(p, value, rounds, most)
        market = make_market(np.clip(1 - p, SURVIVAL_LEAST, 1), value, most, rounds)
        for prices in np.random.default_rng(seed).uniform(-5, 60, (5, len(rounds))):
            market.price[:] = np.maximum(prices, 0.0)
            for slack in (0.0, 3.0):
                assert bound_at_prices(market, slack) <= best + 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_greedy_is_what_its_slow_twin_does(seed):
    rng = np.random.default_rng(seed)
    p, value, rounds = rng.uniform(0, 1, (7, 5)), rng.uniform(1, 9, 5), rng.integers(0, 4, 7)
    found = dowding.assign_weapons(p, value, rounds, method="greedy", bound=False)
    assert found.rounds.tolist() == slow_greedy(p, value, rounds).tolist()
    assert np.isnan(found.bound)


@pytest.mark.parametrize("seed", range(10))
def test_with_no_more_rounds_than_targets_linear_is_the_assignment_of_scipy(seed):
    p, value = published_kind(30, 40, seed)
    found = dowding.assign_weapons(p, value, method="linear", bound=False)
    at = linear_sum_assignment(-p * value)
    assert found.value == pytest.approx(value.sum() - (p * value)[at].sum())


def test_equal_weapons_by_maximum_marginal_return():
    # den Broeder, Ellison and Emerling (1959): the greedy plan is the best where all weapons are equal
    found = dowding.assign_weapons([[0.6, 0.7, 0.5]] * 5, [10, 5, 3], method="greedy")
    assert found.rounds.sum(axis=0).tolist() == [2, 2, 1]
    assert found.value == pytest.approx(3.55)
    assert found.bound <= 3.55
    one = dowding.assign_weapons([[0.6, 0.7, 0.5]], [10, 5, 3], [5])
    assert (one.rounds.tolist(), one.value) == ([[2, 2, 1]], pytest.approx(3.55))


@pytest.mark.parametrize(("weapons", "targets", "gap"), [(100, 100, 1e-3), (40, 40, 1e-3), (60, 30, 0.01), (20, 60, 1e-3)])
def test_published_kind_within_a_percent_of_the_bound_and_ahead_of_greedy(weapons, targets, gap):
    p, value = published_kind(weapons, targets, 5)
    found = dowding.assign_weapons(p, value)
    greedy = dowding.assign_weapons(p, value, method="greedy", bound=False)
    assert 0 < found.bound <= found.value < greedy.value
    assert found.gap < gap


def test_nothing_to_shoot_with_leaves_all():
    found = dowding.assign_weapons([[0.5, 0.5]], [3.0, 4.0], [0])
    assert (found.value, found.rounds.sum()) == (7.0, 0)
    assert found.bound == pytest.approx(7.0)
    sure = dowding.assign_weapons([[1.0], [1.0]], [4.0])
    assert (sure.value, sure.gap) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([0.5], [1.0]), r"kill_probability: got an array of shape \(1,\), must be \(weapon, target\)"),
        (([[0.5, 1.5]], [1.0, 1.0]), r"kill_probability\[0, 1\]: got 1.5, must be between 0 and 1"),
        (([[np.nan]], [1.0]), r"kill_probability\[0, 0\]: got nan"),
        (([[0.5]], [1.0, 2.0]), r"value: got an array of shape \(2,\), must be \(1,\)"),
        (([[0.5]], [-1.0]), r"value\[0\]: got -1, must be a number of 0 or more"),
        (([[0.5]], [1.0], [-2]), r"rounds: got -2, must be 0 or more"),
        (([[0.5]], [1.0], [1.5]), r"rounds: got numbers of type float64, must be whole numbers"),
        (([[0.5]], [1.0], [60_000]), r"rounds: got 60000 in all, must be at most 50000"),
    ],
)
def test_what_makes_no_problem_is_said(given, message):
    with pytest.raises(dowding.AssignmentError, match=message):
        dowding.assign_weapons(*given)


def test_limits_and_methods_that_are_unknown_are_said():
    with pytest.raises(dowding.AssignmentError, match=r"most: got an array of shape \(1, 2\), must be \(1, 1\)"):
        dowding.assign_weapons([[0.5]], [1.0], most=[[1, 2]])
    with pytest.raises(dowding.AssignmentError, match="method: got 'best', must be one of greedy, linear, near-optimal"):
        dowding.assign_weapons([[0.5]], [1.0], method="best")
