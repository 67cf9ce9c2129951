"""Rounds on targets so that the least value survives: greedy, by the linear form, and near the best of the nonlinear problem.

The static weapon-target assignment problem (A. S. Manne 1958, "A target-assignment problem", Operations Research 6): minimise the sum over
targets of value times the product of the survival probabilities of all rounds that are sent there. "Left" is that product times the value.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding import _random
from dowding._jit import kernel
from dowding.assigning.linear import COLUMN, PAIR, ROW, Records, assign

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SURVIVAL_LEAST = 1e-9  # what a round that never fails is taken to leave, so that it can be divided out again
KICKS = (0.15, 0.3, 0.5)  # shares of the rounds that are taken back where the search begins anew, in turn
WORTH_IT = 1e-12  # share of all value by which an exchange must do better, against rounding


class Problem(NamedTuple):
    """What is to be hit, and by what."""

    survival: Floats  # (weapon, target) chance that a target survives one round of a weapon, SURVIVAL_LEAST to 1
    value: Floats  # (target,) above 0
    most: Integers  # (weapon, target) rounds of a weapon at one target, 0 where it cannot
    near_start: Integers  # (weapon + 1,) first entry of a weapon in `near`
    near: Integers  # (entry,) the targets worth a thought for each weapon


class Plan(NamedTuple):
    """Who shoots at what, round by round, with room to work in; the rounds of a weapon stand one after the other."""

    weapon: Integers  # (round,) which weapon's it is
    target: Integers  # (round,) target, -1 for none
    sent: Integers  # (weapon, target) rounds
    left: Floats  # (target,) value expected to survive
    row: Records  # (round + 1,) ROW
    pair: Records  # (pair,) PAIR
    column: Records  # (target,) COLUMN
    freed: Integers  # (round,) scratch: rounds that are assigned anew
    chosen: Integers  # (target,) scratch: the round that each target gives up
    gain: Floats  # (weapon,) scratch: best marginal return
    best: Integers  # (weapon,) scratch: target that brings it


def make_plan(rounds: Integers, targets: int, pairs: int) -> Plan:
    """Room for weapons with these numbers of rounds; `pairs` bounds the entries of `near`, each counted for every round."""
    weapons, total = len(rounds), int(rounds.sum())
    return Plan(
        np.repeat(np.arange(weapons), rounds), np.full(total, -1), np.zeros((weapons, targets), np.int64), np.zeros(targets),
        np.zeros(total + 1, ROW), np.zeros(max(pairs, 1), PAIR), np.zeros(targets, COLUMN), np.zeros(total, np.int64),
        np.zeros(targets, np.int64), np.zeros(weapons), np.zeros(weapons, np.int64),
    )  # fmt: skip


@kernel
def clear_plan(problem: Problem, plan: Plan) -> None:
    """No round is sent."""
    for u in range(plan.target.shape[0]):
        plan.target[u] = -1
    for j in range(plan.left.shape[0]):
        plan.left[j] = problem.value[j]
        for w in range(plan.sent.shape[0]):
            plan.sent[w, j] = 0


@kernel
def send(problem: Problem, plan: Plan, u: int, j: int) -> None:
    """Send a free round to a target."""
    w = plan.weapon[u]
    plan.target[u] = j
    plan.sent[w, j] += 1
    plan.left[j] *= problem.survival[w, j]


@kernel
def recall(problem: Problem, plan: Plan, u: int) -> None:
    """Take a round back from its target."""
    w, j = plan.weapon[u], plan.target[u]
    plan.target[u] = -1
    plan.sent[w, j] -= 1
    plan.left[j] /= problem.survival[w, j]


@kernel
def value_left(problem: Problem, plan: Plan) -> float:
    """The value that survives, computed anew so that rounding does not add up."""
    total = 0.0
    for j in range(plan.left.shape[0]):
        plan.left[j] = problem.value[j]
    for u in range(plan.target.shape[0]):
        if plan.target[u] >= 0:
            plan.left[plan.target[u]] *= problem.survival[plan.weapon[u], plan.target[u]]
    for j in range(plan.left.shape[0]):
        total += plan.left[j]
    return total


@kernel
def _best_target(problem: Problem, plan: Plan, w: int) -> None:
    """The target where one more round of a weapon brings most."""
    plan.gain[w], plan.best[w] = 0.0, -1
    for k in range(problem.near_start[w], problem.near_start[w + 1]):
        j = problem.near[k]
        gain = plan.left[j] * (1.0 - problem.survival[w, j])
        if gain > plan.gain[w] and plan.sent[w, j] < problem.most[w, j]:
            plan.gain[w], plan.best[w] = gain, j


@kernel
def assign_greedy(problem: Problem, plan: Plan) -> None:
    """Send one round after the other where it brings most, over all weapons: maximum marginal return.

    G. G. den Broeder, R. E. Ellison and L. Emerling (1959), "On optimum target assignments", Operations Research 7: the best plan
    where all weapons are equal.
    """
    weapons, rounds = plan.gain.shape[0], plan.weapon.shape[0]
    first = 0
    for w in range(weapons):  # freed[first round of w] counts the rounds of w that are sent
        _best_target(problem, plan, w)
    for u in range(rounds):
        plan.freed[u] = 0
    while True:
        first, u, w = -1, 0, -1
        while u < rounds:
            v, end = plan.weapon[u], u
            while end < rounds and plan.weapon[end] == v:
                end += 1
            if plan.freed[u] < end - u and plan.best[v] >= 0 and (w < 0 or plan.gain[v] > plan.gain[w]):
                first, w = u, v
            u = end
        if w < 0:
            return
        j = plan.best[w]
        send(problem, plan, first + plan.freed[first], j)
        plan.freed[first] += 1
        for v in range(weapons):
            if plan.best[v] == j:
                _best_target(problem, plan, v)


@kernel
def add_layer(problem: Problem, plan: Plan, count: int) -> int:
    """Send the first `count` rounds of `freed`, at most one more to each target, in the best way; returns how many were sent.

    Given all other rounds the value taken is a sum over the rounds sent, so this is an assignment, solved exactly.
    """
    pairs, sent = 0, 0
    for r in range(count):
        w = plan.weapon[plan.freed[r]]
        plan.row[r]["start"] = pairs
        for k in range(problem.near_start[w], problem.near_start[w + 1]):
            j = problem.near[k]
            gain = plan.left[j] * (1.0 - problem.survival[w, j])
            if gain > 0.0 and plan.sent[w, j] < problem.most[w, j]:
                plan.pair[pairs]["column"], plan.pair[pairs]["cost"] = j, -gain
                pairs += 1
    plan.row[count]["start"] = pairs
    assign(count, plan.left.shape[0], plan.row, plan.pair, plan.column)
    for r in range(count):
        if plan.row[r]["column"] >= 0:
            send(problem, plan, plan.freed[r], plan.row[r]["column"])
            sent += 1
    return sent


@kernel
def assign_linear(problem: Problem, plan: Plan) -> None:
    """Layer by layer: one round to each target at most, exactly the best on the linear form, then the next layer on what is left."""
    while True:
        count = 0
        for u in range(plan.target.shape[0]):
            if plan.target[u] < 0:
                plan.freed[count] = u
                count += 1
        if count == 0 or add_layer(problem, plan, count) == 0:
            return


@kernel
def _reassign(problem: Problem, plan: Plan, occasion: int) -> None:
    """Take one round from each target, by lot, and send these and the idle ones again in the best way.

    One step in a very large neighbourhood: as many cyclic exchanges at once as there are targets, by one assignment. R. K. Ahuja,
    A. Kumar, K. C. Jha and J. B. Orlin (2007), "Exact and heuristic algorithms for the weapon-target assignment problem", Operations
    Research 55, section 4, search a neighbourhood of cyclic exchanges by another way.
    """
    count = 0
    for j in range(plan.chosen.shape[0]):
        plan.chosen[j] = -1
    for u in range(plan.target.shape[0]):
        j = plan.target[u]
        if j < 0:
            plan.freed[count] = u
            count += 1
            continue
        lot, _b, _c, _d = _random.philox(u, occasion, 0, 0, 0, 0)
        held = plan.chosen[j]
        if held < 0:
            plan.chosen[j] = u
        else:
            other, _b, _c, _d = _random.philox(held, occasion, 0, 0, 0, 0)
            if lot < other:
                plan.chosen[j] = u
    for j in range(plan.chosen.shape[0]):
        if plan.chosen[j] >= 0:
            plan.freed[count] = plan.chosen[j]
            count += 1
            recall(problem, plan, plan.chosen[j])
    add_layer(problem, plan, count)


@kernel
def _move(problem: Problem, plan: Plan, u: int, least: float) -> None:
    """Send a round elsewhere if that leaves less, by more than `least`."""
    w, j = plan.weapon[u], plan.target[u]
    loss = plan.left[j] / problem.survival[w, j] - plan.left[j] if j >= 0 else 0.0
    _best_target(problem, plan, w)
    if plan.best[w] >= 0 and plan.best[w] != j and plan.gain[w] > loss + least:
        if j >= 0:
            recall(problem, plan, u)
        send(problem, plan, u, plan.best[w])


@kernel
def _swap(problem: Problem, plan: Plan, u: int, v: int, least: float) -> None:
    """Exchange the targets of two rounds if that leaves less, by more than `least`."""
    a, b, j, k = plan.weapon[u], plan.weapon[v], plan.target[u], plan.target[v]
    now = plan.left[j] + plan.left[k]
    after = plan.left[j] / problem.survival[a, j] * problem.survival[b, j] + plan.left[k] / problem.survival[b, k] * problem.survival[a, k]
    if after < now - least and plan.sent[a, k] < problem.most[a, k] and plan.sent[b, j] < problem.most[b, j]:
        recall(problem, plan, u)
        recall(problem, plan, v)
        send(problem, plan, u, k)
        send(problem, plan, v, j)


@kernel
def improve(problem: Problem, plan: Plan, patience: int) -> float:
    """Reassign, move and exchange rounds until `patience` passes in a row brought nothing; returns the value left."""
    rounds, idle, occasion = plan.target.shape[0], 0, 0
    total, everything = value_left(problem, plan), 0.0
    for j in range(problem.value.shape[0]):
        everything += problem.value[j]
    least = WORTH_IT * everything
    while idle < patience:
        _reassign(problem, plan, occasion)
        occasion += 1
        for u in range(rounds):
            _move(problem, plan, u, least)
            for v in range(u):
                if plan.target[u] >= 0 and plan.target[v] >= 0 and plan.target[u] != plan.target[v] and plan.weapon[u] != plan.weapon[v]:
                    _swap(problem, plan, u, v, least)
        found = value_left(problem, plan)
        idle = 0 if found < total - least else idle + 1
        total = min(total, found)
    return total


@kernel
def _adopt(problem: Problem, plan: Plan, targets: Integers) -> None:
    """Make the plan that sends each round to the target written down for it."""
    clear_plan(problem, plan)
    for u in range(targets.shape[0]):
        if targets[u] >= 0:
            send(problem, plan, u, targets[u])


@kernel
def search(problem: Problem, plan: Plan, kept: Integers, kicks: int, aim: float) -> float:
    """Again and again take a share of the rounds back by lot and improve from there, keeping the best; returns what it leaves.

    It ends when no more than `aim` is left, or after `kicks`. `kept` (round,) is scratch. H. R. Lourenço, O. C. Martin and T. Stützle
    (2003), "Iterated local search".
    """
    best = value_left(problem, plan)
    for u in range(kept.shape[0]):
        kept[u] = plan.target[u]
    for kick in range(kicks):
        if best <= aim:
            break
        share = KICKS[kick % 3]
        for u in range(kept.shape[0]):
            lot, _b, _c, _d = _random.philox(u, kick, 1, 0, 0, 0)
            if plan.target[u] >= 0 and float(lot) < share * 4294967296.0:
                recall(problem, plan, u)
        assign_linear(problem, plan)
        found = improve(problem, plan, 2)
        if found < best:
            best = found
            for u in range(kept.shape[0]):
                kept[u] = plan.target[u]
        else:
            _adopt(problem, plan, kept)
    return best
