"""The sparse assignment against scipy's dense one, and a slow twin that tries everything."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from dowding.assigning.linear import assign
from dowding.tracking.picture import COLUMN, PAIR, ROW


def sparse(costs):
    """Row, pair and column tables of a dense table in which NaN is no pair."""
    rows, columns = costs.shape
    row, column = np.zeros(rows + 1, ROW), np.zeros(columns, COLUMN)
    pairs = []
    for r in range(rows):
        row["start"][r] = len(pairs)
        pairs += [(c, costs[r, c]) for c in range(columns) if not math.isnan(costs[r, c])]
    row["start"][rows] = len(pairs)
    pair = np.zeros(max(len(pairs), 1), PAIR)
    for k, (c, cost) in enumerate(pairs):
        pair["column"][k], pair["cost"][k] = c, cost
    return row, pair, column


def solve(costs):
    row, pair, column = sparse(costs)
    assign(costs.shape[0], costs.shape[1], row, pair, column)
    chosen = row["column"][:-1]
    for r, c in enumerate(chosen):
        assert c == -1 or column["row"][c] == r
    assert len({c for c in chosen if c >= 0}) == (chosen >= 0).sum() == (column["row"] >= 0).sum()
    assert (column["mark"] == 0).all()
    return chosen, sum(costs[r, c] for r, c in enumerate(chosen) if c >= 0)


def scipy_cost(costs):
    rows = len(costs)
    alone = np.where(np.eye(rows, dtype=bool), 0.0, 1e6)
    table = np.hstack([np.nan_to_num(costs, nan=1e6), alone])
    return table[linear_sum_assignment(table)].sum()


def slow_twin(costs):
    """Every way to give each row a column of its own or none."""
    best = 0.0
    choices = [[-1, *(c for c in range(costs.shape[1]) if not math.isnan(x[c]))] for x in costs]
    for choice in itertools.product(*choices):
        taken = [c for c in choice if c >= 0]
        if len(taken) == len(set(taken)):
            best = min(best, sum(costs[r, c] for r, c in enumerate(choice) if c >= 0))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_small_tables_against_the_slow_twin(seed):
    rng = np.random.default_rng(seed)
    costs = rng.uniform(-10, 3, (rng.integers(1, 6), rng.integers(1, 6)))
    costs[rng.random(costs.shape) < 0.3] = np.nan
    assert solve(costs)[1] == pytest.approx(slow_twin(costs), abs=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_large_tables_against_scipy(seed):
    rng = np.random.default_rng(seed)
    costs = rng.uniform(-20, 1, (rng.integers(20, 120), rng.integers(20, 120)))
    costs[rng.random(costs.shape) < rng.choice([0.0, 0.5, 0.95])] = np.nan
    assert solve(costs)[1] == pytest.approx(scipy_cost(costs), abs=1e-9)


def test_integer_costs_with_many_ties():
    costs = np.random.default_rng(1).integers(-3, 1, (60, 60)).astype(float)
    assert solve(costs)[1] == scipy_cost(costs)


def test_a_row_without_a_good_pair_stays_alone():
    chosen, cost = solve(np.array([[-5.0, math.nan], [-4.0, math.nan]]))
    assert chosen.tolist() == [0, -1]
    assert cost == -5.0
