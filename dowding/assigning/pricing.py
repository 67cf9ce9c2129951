"""What a round is worth where a plan cannot be bettered by single exchanges: the prices at which no target would exchange its own."""

from dowding._jit import kernel
from dowding.assigning.weapons import Floats, Plan, Problem


@kernel
def replacing_gain(problem: Problem, plan: Plan, w: int, v: int) -> float:
    """What is left less if a round of weapon `w` comes in the place of round `v` at its target."""
    k = plan.target[v]
    return float(plan.left[k] * (1.0 - problem.survival[w, k] / problem.survival[plan.weapon[v], k]))


@kernel
def set_limits(problem: Problem, plan: Plan, low_out: Floats, high_out: Floats) -> None:
    """The least price of each weapon, what one more round of it would bring anywhere, and the highest, what taking one away costs."""
    for w in range(low_out.shape[0]):
        low_out[w], high_out[w] = 0.0, -1.0
        for j in range(plan.left.shape[0]):
            if plan.sent[w, j] < problem.most[w, j]:
                low_out[w] = max(low_out[w], plan.left[j] * (1.0 - problem.survival[w, j]))
    for u in range(plan.target.shape[0]):
        w, j = plan.weapon[u], plan.target[u]
        loss = plan.left[j] / problem.survival[w, j] - plan.left[j] if j >= 0 else 0.0
        high_out[w] = loss if high_out[w] < 0.0 else min(high_out[w], loss)
    for w in range(low_out.shape[0]):
        high_out[w] = max(high_out[w], 0.0)
        low_out[w] = min(low_out[w], high_out[w])


@kernel
def exchange_prices(problem: Problem, plan: Plan, passes: int, low_out: Floats, high_out: Floats, price_out: Floats) -> None:
    """Prices (weapon,) in the middle of those at which no removal, addition or exchange at a plan's targets pays; `low` and `high` too.

    Differences of prices are bounded by what an exchange brings, so that lowest and highest ones are lengths of paths (R. Bellman 1958,
    "On a routing problem", Quarterly of Applied Mathematics 16); what lies midway keeps the bounds as well.
    """
    set_limits(problem, plan, low_out, high_out)
    for _ in range(passes):
        changed = False
        for v in range(plan.target.shape[0]):
            if plan.target[v] < 0:
                continue
            held, k = plan.weapon[v], plan.target[v]
            for w in range(low_out.shape[0]):
                if w == held or plan.sent[w, k] >= problem.most[w, k]:
                    continue
                gain = replacing_gain(problem, plan, w, v)
                if low_out[held] + gain > low_out[w] + 1e-9 and low_out[w] < high_out[w]:
                    low_out[w] = min(low_out[held] + gain, high_out[w])
                    changed = True
                if high_out[w] - gain < high_out[held] - 1e-9 and low_out[held] < high_out[held]:
                    high_out[held] = max(high_out[w] - gain, low_out[held])
                    changed = True
        if not changed:
            break
    for w in range(low_out.shape[0]):
        price_out[w] = 0.5 * (low_out[w] + high_out[w])
