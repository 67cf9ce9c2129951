"""How little value can be left at best: a lower bound on every plan, by giving each round a price (Lagrangian relaxation).

If weapons have any number of rounds but each costs its price, targets do not compete, and the best set of rounds for each is found alone.
The sum of these optima less what the rounds that exist cost is below the value of every plan, whatever the prices (M. L. Fisher 1981,
"The Lagrangian relaxation method for solving integer programming problems", Management Science 27, eq. 2 to 4). Prices are raised where
rounds are asked for too much. At the best prices this is the bound of the formulation with a column for each set of rounds.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle, kernel
from dowding.assigning.linear import Records

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DEEPEST = 200  # rounds in one set that the search goes down to
NODES_MOST = 20_000  # sets looked at for one target; beyond them the bound of those not looked at is taken
ROUNDING = 2e-9  # share of all value that a bound is lowered by, against rounding and for SURVIVAL_LEAST

CANDIDATE = np.dtype(
    [
        ("ratio", np.float64),  # price over hardness
        ("weapon", np.int64),  # whose rounds
        ("price", np.float64),  # of one
        ("survival", np.float64),  # of the target, after one
        ("hardness", np.float64),  # minus the logarithm of that
        ("most", np.int64),  # rounds that may be taken
        ("softest", np.float64),  # least hardness from here on
        ("hardest", np.float64),  # greatest hardness from here on
    ]
)
LEVEL = np.dtype(
    [
        ("at", np.int64),  # candidate taken here
        ("left", np.float64),  # value left before it
        ("cost", np.float64),  # prices before it
    ]
)


@bundle
class Market(NamedTuple):
    """Targets that buy rounds, and room to search."""

    survival: Floats  # (target, weapon) as in Problem, the other way round
    hardness: Floats  # (target, weapon) minus its logarithm, 0 where nothing can be done
    value: Floats  # (target,) above 0
    most: Integers  # (target, weapon) rounds of a weapon at one target
    rounds: Integers  # (weapon,) rounds that exist
    price: Floats  # (weapon,) of one round
    bought: Integers  # (weapon,) rounds asked for at these prices
    direction: Floats  # (weapon,) in which prices change
    best_price: Floats  # (weapon,) those of the best bound
    candidate: Records  # (weapon,) CANDIDATE
    level: Records  # (DEEPEST,) LEVEL
    basket: Integers  # (DEEPEST,) candidates of the best set


def make_market(survival: Floats, value: Floats, most: Integers, rounds: Integers) -> Market:
    """A market at price 0; survival and most are (weapon, target)."""
    weapons = len(rounds)
    turned = np.ascontiguousarray(survival.T)
    hardness = np.where(most.T > 0, -np.log(turned), 0.0)
    return Market(
        turned, np.ascontiguousarray(hardness), value, np.ascontiguousarray(np.minimum(most, rounds[:, None]).T), rounds, np.zeros(weapons),
        np.zeros(weapons, np.int64), np.zeros(weapons), np.zeros(weapons), np.zeros(weapons, CANDIDATE), np.zeros(DEEPEST, LEVEL),
        np.zeros(DEEPEST, np.int64),
    )  # fmt: skip


@kernel
def least_with_more(left: float, ratio: float, softest: float, hardest: float) -> float:
    """A bound on what is left and paid with at least one round more, of hardness softest to hardest and a ratio of `ratio` or more.

    The least of left exp(-s) + ratio s over the hardness s that whole numbers of rounds can add up to.
    """
    s = math.log(left / ratio) if left > ratio else 0.0
    if s <= softest:
        s = softest
    else:
        several = math.floor(s / softest)
        if several * hardest < s:  # between what `several` rounds can do and what one more must do
            low, high = several * hardest, (several + 1.0) * softest
            return min(left * math.exp(-low) + ratio * low, left * math.exp(-high) + ratio * high)
    return float(left * math.exp(-s) + ratio * s)


@kernel
def _sort(candidate: Records, count: int) -> None:
    """By ratio, rising (D. L. Shell 1959; gaps of M. Ciura 2001)."""
    for gap in (701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, count):
            weapon, ratio, price = candidate[i]["weapon"], candidate[i]["ratio"], candidate[i]["price"]
            survival, hardness, most = candidate[i]["survival"], candidate[i]["hardness"], candidate[i]["most"]
            k = i
            while k >= gap and candidate[k - gap]["ratio"] > ratio:
                candidate[k]["weapon"], candidate[k]["ratio"] = candidate[k - gap]["weapon"], candidate[k - gap]["ratio"]
                candidate[k]["price"], candidate[k]["survival"] = candidate[k - gap]["price"], candidate[k - gap]["survival"]
                candidate[k]["hardness"], candidate[k]["most"] = candidate[k - gap]["hardness"], candidate[k - gap]["most"]
                k -= gap
            candidate[k]["weapon"], candidate[k]["ratio"], candidate[k]["price"] = weapon, ratio, price
            candidate[k]["survival"], candidate[k]["hardness"], candidate[k]["most"] = survival, hardness, most


@kernel
def _gather(market: Market, j: int, value: float, best: float) -> int:
    """Fill `candidate` with the weapons that may be in a set better than `best`, sorted; returns how many."""
    weapons = market.price.shape[0]
    ratio, softest, hardest = math.inf, math.inf, 0.0
    for w in range(weapons):
        hardness, price = market.hardness[j, w], market.price[w]
        if hardness > 0.0 and price > 0.0 and value * (1.0 - market.survival[j, w]) > price:
            ratio, softest, hardest = min(ratio, price / hardness), min(softest, hardness), max(hardest, hardness)
    count, candidate = 0, market.candidate
    for w in range(weapons):
        hardness, price, survival = market.hardness[j, w], market.price[w], market.survival[j, w]
        if hardness <= 0.0 or price <= 0.0 or value * (1.0 - survival) <= price:
            continue
        left = value * survival
        if price + min(left, least_with_more(left, ratio, softest, hardest)) >= best:
            continue  # no set with this one is better
        candidate[count]["weapon"], candidate[count]["ratio"], candidate[count]["price"] = w, price / hardness, price
        candidate[count]["survival"], candidate[count]["hardness"], candidate[count]["most"] = survival, hardness, market.most[j, w]
        count += 1
    _sort(candidate, count)
    softest, hardest = math.inf, 0.0
    for k in range(count - 1, -1, -1):
        softest, hardest = min(softest, candidate[k]["hardness"]), max(hardest, candidate[k]["hardness"])
        candidate[k]["softest"], candidate[k]["hardest"] = softest, hardest
    return count


@kernel
def _bound_from(candidate: Records, k: int, left: float, cost: float) -> float:
    """A bound on every set with at least one of the candidates from `k` on, besides what has been taken."""
    return float(cost + least_with_more(left, candidate[k]["ratio"], candidate[k]["softest"], candidate[k]["hardest"]))


@kernel
def buy(market: Market, j: int, slack: float) -> float:
    """The set of rounds that is best for a target at the prices: adds it to `bought` and returns a bound on what is left and paid.

    It is below the optimum by `slack` at most, unless the search ends early. Branch and bound over candidates by rising ratio.
    """
    candidate, level, value = market.candidate, market.level, market.value[j]
    for w in range(market.price.shape[0]):
        if market.price[w] <= 0.0 and market.hardness[j, w] > 0.0:  # what costs nothing is taken
            market.bought[w] += market.most[j, w]
            value *= market.survival[j, w] ** market.most[j, w]
    best, size, single = value, 0, -1
    for w in range(market.price.shape[0]):
        alone = value * market.survival[j, w] + market.price[w]
        if market.hardness[j, w] > 0.0 and market.price[w] > 0.0 and alone < best:
            best, single = alone, w
    floor, nodes = math.inf, 0
    count = _gather(market, j, value, best)
    depth, k, again, left, cost = 0, 0, 0, value, 0.0
    while True:
        if k < count and nodes < NODES_MOST and depth < DEEPEST - 1:
            bound = _bound_from(candidate, k, left, cost)
            if bound < best - slack:
                nodes += 1
                level[depth]["at"], level[depth]["left"], level[depth]["cost"] = k, left, cost
                depth += 1
                left *= candidate[k]["survival"]
                cost += candidate[k]["price"]
                if left + cost < best:
                    best, size, single = left + cost, depth, -1
                    for d in range(depth):
                        market.basket[d] = level[d]["at"]
                again += 1
                if again >= candidate[k]["most"]:
                    k, again = k + 1, 0
                continue
            floor = min(floor, bound)
        elif k < count:
            floor = min(floor, _bound_from(candidate, k, left, cost))  # not looked at
        if depth == 0:
            break
        depth -= 1
        k, again, left, cost = level[depth]["at"] + 1, 0, level[depth]["left"], level[depth]["cost"]
    if single >= 0:
        market.bought[single] += 1
    for d in range(size):
        market.bought[candidate[market.basket[d]]["weapon"]] += 1
    return float(min(best, floor))


@kernel
def bound_at_prices(market: Market, slack: float) -> float:
    """The bound that the prices prove; `bought` says what is asked for. Each target's part is below its optimum by `slack` at most."""
    bound, everything = 0.0, 0.0
    for w in range(market.price.shape[0]):
        market.bought[w] = 0
    for j in range(market.value.shape[0]):
        bound += buy(market, j, slack)
        everything += market.value[j]
    for w in range(market.price.shape[0]):
        bound -= market.price[w] * market.rounds[w]
    return bound - ROUNDING * everything


@kernel
def raise_bound(market: Market, value: float, gap: float, steps: int) -> float:
    """Change prices where more or fewer rounds are asked for than there are, and return the best bound found.

    `value` is that of a plan; it ends when the bound is within `gap` of it, as a share, or after `steps`. The step length is B. T.
    Polyak's (1969), the direction deflected by the one before (P. M. Camerini, L. Fratta and F. Maffioli 1975, "On improving relaxation
    methods by modified gradient techniques", Mathematical Programming Study 3).
    """
    weapons, best, length, idle = market.price.shape[0], -math.inf, 1.0, 0
    slack = 0.1 * gap * value / market.value.shape[0]
    for w in range(weapons):
        market.direction[w] = 0.0
        market.best_price[w] = market.price[w]
    for _ in range(steps):
        bound = bound_at_prices(market, slack)
        if bound > best:
            idle = 0 if bound > best + 1e-5 * (value - best) else idle + 1
            best = bound
            for w in range(weapons):
                market.best_price[w] = market.price[w]
        else:
            idle += 1
        if best >= value * (1.0 - gap):
            break
        if idle >= 8:
            length, idle = 0.5 * length, 0
        step_prices(market, length * max(value - bound, 0.0))
    for w in range(weapons):
        market.price[w] = market.best_price[w]
    return best


@kernel
def step_prices(market: Market, way: float) -> None:
    """Move the prices by `way` over the squared length of the direction, which is what was asked for beyond what exists."""
    across, old, new = 0.0, 0.0, 0.0
    for w in range(market.price.shape[0]):
        excess = market.bought[w] - market.rounds[w]
        across += excess * market.direction[w]
        old += market.direction[w] ** 2
    kept = max(0.0, -1.5 * across / old) if old > 0.0 else 0.0
    for w in range(market.price.shape[0]):
        market.direction[w] = market.bought[w] - market.rounds[w] + kept * market.direction[w]
        if market.price[w] <= 0.0 and market.direction[w] < 0.0:
            market.direction[w] = 0.0
        new += market.direction[w] ** 2
    for w in range(market.price.shape[0]):
        if new > 0.0:
            market.price[w] = max(0.0, market.price[w] + way * market.direction[w] / new)
