"""The static weapon-target assignment problem as one call: arrays in; a plan, what it leaves and a proved bound out."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dowding.assigning.bound import make_market, raise_bound
from dowding.assigning.pricing import exchange_prices
from dowding.assigning.weapons import (
    SURVIVAL_LEAST,
    Floats,
    Integers,
    Plan,
    Problem,
    assign_greedy,
    assign_linear,
    clear_plan,
    improve,
    make_plan,
    search,
)
from dowding.errors import AssignmentError

Method = Literal["greedy", "linear", "near-optimal"]
ROUNDS_MOST = 50_000  # in all
PATIENCE = 8  # passes without success after which exchanges end
KICKS_MOST, KICK_WORK = 200, 1_000_000  # new beginnings at most; and pairs of rounds in all of them
DENSE = 200  # with more weapons than this, near-optimal looks at the best weapons for each target only
NEAR_WEAPONS, NEAR_TARGETS = 60, 10  # how many of them, and how many targets for each weapon besides
PRICE_PASSES, BOUND_STEPS = 30, 300
GAP = 1e-4  # share within which a bound is good enough


@dataclass(frozen=True)
class Assignment:
    """A plan: which rounds go where, what value survives, and how little could survive at best."""

    rounds: NDArray[np.int64]  # (weapon, target) rounds sent
    value: float  # expected to survive
    bound: float  # below the value of every plan; NaN where none was asked for

    @property
    def gap(self) -> float:
        """How far the value may be above the best plan's, at most, as a share of the bound; 0 where both are 0."""
        return self.value / self.bound - 1.0 if self.bound > 0.0 else (np.inf if self.value > 0.0 else 0.0)


def _chances(kill_probability: ArrayLike) -> Floats:
    p = np.array(kill_probability, dtype=np.float64)
    if p.ndim != 2 or 0 in p.shape:
        raise AssignmentError(f"kill_probability: got an array of shape {p.shape}, must be (weapon, target) with at least one of each")
    if not ((p >= 0.0) & (p <= 1.0)).all():
        w, j = np.argwhere(~((p >= 0.0) & (p <= 1.0)))[0]
        text = f"kill_probability[{w}, {j}]: got {p[w, j]:g}, must be between 0 and 1"
        raise AssignmentError(text, hint="percent are to be divided by 100")
    return p


def _values(value: ArrayLike, targets: int) -> Floats:
    v = np.array(value, dtype=np.float64)
    if v.shape != (targets,):
        raise AssignmentError(f"value: got an array of shape {v.shape}, must be ({targets},), one for each target")
    if not (np.isfinite(v) & (v >= 0.0)).all():
        j = int(np.argmin(np.isfinite(v) & (v >= 0.0)))
        raise AssignmentError(f"value[{j}]: got {v[j]:g}, must be a number of 0 or more")
    return v


def _numbers(name: str, given: ArrayLike | None, shape: tuple[int, ...], default: int) -> Integers:
    """Whole numbers of 0 or more."""
    if given is None:
        return np.full(shape, default, dtype=np.int64)
    found = np.asarray(given)
    if found.shape != shape:
        raise AssignmentError(f"{name}: got an array of shape {found.shape}, must be {shape}")
    if found.dtype.kind not in "iu":
        raise AssignmentError(f"{name}: got numbers of type {found.dtype}, must be whole numbers")
    if (found < 0).any():
        raise AssignmentError(f"{name}: got {int(found.min())}, must be 0 or more")
    return np.ascontiguousarray(found, dtype=np.int64)


def _worth_a_thought(p: Floats, value: Floats, most: Integers, whole: bool) -> NDArray[np.bool_]:
    """Which pairs (weapon, target) are looked at."""
    useful = (p > 0.0) & (most > 0) & (value > 0.0)
    weapons, targets = p.shape
    if whole or weapons <= DENSE:
        return useful
    near = np.zeros(p.shape, dtype=bool)
    best = np.argpartition(-p, NEAR_WEAPONS, axis=0)[:NEAR_WEAPONS]
    near[best, np.arange(targets)] = True
    few = min(NEAR_TARGETS, targets)
    near[np.arange(weapons)[:, None], np.argpartition(-p * value, few - 1, axis=1)[:, :few]] = True
    return near & useful


def _lower_bound(problem: Problem, plan: Plan, rounds: Integers, left: float, steps: int) -> float:
    market = make_market(problem.survival, problem.value, problem.most, rounds)
    low, high = np.zeros(len(rounds)), np.zeros(len(rounds))
    exchange_prices(problem, plan, PRICE_PASSES, low, high, market.price)
    return max(0.0, float(raise_bound(market, left, GAP, steps)))


def _search(problem: Problem, plan: Plan, rounds: Integers, bound: bool) -> float:
    """Better a plan by exchanges, and by new beginnings as long as it is not proved to be near the best; returns a bound, 0 for none."""
    left = improve(problem, plan, 1)
    proved = _lower_bound(problem, plan, rounds, left, BOUND_STEPS if bound else 1)
    if left > proved * (1.0 + GAP):
        left = improve(problem, plan, PATIENCE)
        kicks = min(KICKS_MOST, KICK_WORK // max(len(plan.target) ** 2, 1))
        better = search(problem, plan, np.zeros(len(plan.target), np.int64), kicks, proved * (1.0 + GAP))
        if bound and better < left:
            proved = max(proved, _lower_bound(problem, plan, rounds, better, BOUND_STEPS))
    return proved


def assign_weapons(
    kill_probability: ArrayLike,
    value: ArrayLike,
    rounds: ArrayLike | None = None,
    *,
    most: ArrayLike | None = None,
    method: Method = "near-optimal",
    bound: bool = True,
) -> Assignment:
    """Send rounds to targets so that the sum over targets of value times the chance to survive is small.

    Parameters
    ----------
    kill_probability : (weapon, target)
        Chance that one round of a weapon kills a target, 0 to 1; rounds are independent of each other.
    value : (target,)
        What each target is worth, 0 or more, in any unit.
    rounds : (weapon,), optional
        Rounds that each weapon has; one each if left out.
    most : (weapon, target), optional
        Rounds of a weapon that may go to one target; no limit if left out, 0 where it cannot.
    method
        "greedy": one round after the other where it brings most. "linear": the best assignment of at most one round to each target, on
        the linear form, then the next such layer on what is left. "near-optimal": from there on by exchanges until none helps.
    bound
        Whether to prove how little could survive at best; it takes most of the time.

    Raises
    ------
    AssignmentError
        Where a shape, a probability, a value or a number of rounds is not as said above.

    """
    p = _chances(kill_probability)
    v = _values(value, p.shape[1])
    held = _numbers("rounds", rounds, p.shape[:1], 1)
    allowed = np.minimum(_numbers("most", most, p.shape, ROUNDS_MOST), held[:, None])
    if method not in get_args(Method):
        raise AssignmentError(f"method: got {method!r}, must be one of {', '.join(get_args(Method))}")
    if held.sum() > ROUNDS_MOST:
        raise AssignmentError(f"rounds: got {held.sum()} in all, must be at most {ROUNDS_MOST}", hint="a few at each target are enough")
    near = _worth_a_thought(p, v, allowed, whole=method != "near-optimal")
    entries = near.sum(axis=1)
    problem = Problem(
        np.clip(1.0 - p, SURVIVAL_LEAST, 1.0), v, allowed, np.concatenate([[0], np.cumsum(entries)]).astype(np.int64), np.nonzero(near)[1]
    )
    plan = make_plan(held, p.shape[1], int((entries * held).sum()))
    clear_plan(problem, plan)
    if method == "greedy":
        assign_greedy(problem, plan)
    else:
        assign_linear(problem, plan)
    proved = _search(problem, plan, held, bound) if method == "near-optimal" else 0.0
    left = float((v * ((1.0 - p) ** plan.sent).prod(axis=0)).sum())
    if bound and proved == 0.0:
        proved = _lower_bound(problem, plan, held, left, BOUND_STEPS)
    return Assignment(plan.sent, left, min(proved, left) if bound else np.nan)
