"""Which doubtful figure moves the answer: shares of its variance (Sobol indices), and what its ends do (tornado)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dowding.catalogue import KINDS
from dowding.study import statistics
from dowding.study.designs import problem_of
from dowding.study.plan import Plan, figures_moved
from dowding.study.uncertainty import Doubt

Reals = NDArray[np.float64]

LEAST = 65  # replicates below which nothing is said: RBD-FAST needs 2 * 10 harmonics and more
TAIL = 0.2  # share of the replicates at each end of a figure's range that the tornado compares
HARMONICS = 10


@dataclass(frozen=True)
class Influence:
    """What one cause does to the answer."""

    cause: str
    figures: tuple[Doubt, ...]
    first_order: float  # share of the answer's variance that it takes with it alone
    first_order_error: float  # half of its 95 % interval
    low: statistics.Estimate  # the answer's mean over the lowest fifth of its range
    high: statistics.Estimate  # over the highest fifth
    swing: statistics.Estimate  # high - low

    @property
    def weight(self) -> tuple[float, float]:
        """By which causes are put in order: the share of the variance that is beyond its error, then how sure the swing is."""
        sure = abs(self.swing.value) / self.swing.half_width if self.swing.half_width > 0.0 else 0.0
        return max(self.first_order - self.first_order_error, 0.0), sure

    @property
    def is_told_apart(self) -> bool:
        """Whether it moves the answer more than chance would: its share is beyond its error, or its swing's interval leaves out 0."""
        return self.first_order > self.first_order_error or not self.swing.low <= 0.0 <= self.swing.high

    @property
    def label(self) -> str:
        """The cause in words: a figure's entry and key, without its kind."""
        kind, dot, rest = self.cause.partition(".")
        return rest.replace(".", " ") if dot and kind in KINDS else self.cause


@dataclass(frozen=True)
class Index:
    """Sobol indices of one cause, each with half of its 95 % interval."""

    cause: str
    first_order: float
    first_order_error: float
    total: float
    total_error: float


def influences(plan: Plan, answer: Reals) -> list[Influence]:
    """The causes by what they do to the answer (replicate,), the strongest first; empty with too few replicates or without doubts.

    First-order indices from the given draws by RBD-FAST (S. Tarantola, D. Gatelli and T. Mara 2006; E. Plischke 2010), SALib.
    """
    known = np.isfinite(answer)
    if not plan.causes or known.sum() < LEAST or np.ptp(answer[known]) == 0.0:
        return []
    rows, values = plan.quantiles(0, len(answer))[known], answer[known]
    share, error = first_order(rows, values, plan.causes, plan.seed)
    found = []
    for k, cause in enumerate(plan.causes):
        order = np.argsort(rows[:, k], kind="stable")
        tail = max(2, round(TAIL * len(order)))
        bottom, top = values[order[:tail]], values[order[-tail:]]
        low, high = statistics.mean(bottom, seed=2 * k), statistics.mean(top, seed=2 * k + 1)
        found.append(Influence(cause, tuple(figures_moved(plan, k)), float(share[k]), float(error[k]), low, high, _difference(top, bottom)))
    return sorted(found, key=lambda i: i.weight, reverse=True)


def first_order(rows: Reals, values: Reals, names: Sequence[str], seed: int) -> tuple[Reals, Reals]:
    """First-order indices (dimension,) and half widths of their 95 % intervals from rows (row, dimension) of any even design."""
    from SALib.analyze import rbd_fast

    found = rbd_fast.analyze(
        problem_of(names), rows, values, M=HARMONICS, num_resamples=100, conf_level=statistics.LEVEL, seed=seed % 2**32
    )
    return np.clip(np.asarray(found["S1"]), 0.0, 1.0), np.asarray(found["S1_conf"])


def _difference(top: Reals, bottom: Reals) -> statistics.Estimate:
    """The difference of two means of independent values (B. L. Welch 1947)."""
    from scipy.special import stdtrit

    a, b = top.var(ddof=1) / len(top), bottom.var(ddof=1) / len(bottom)
    value = float(top.mean() - bottom.mean())
    if a + b == 0.0:
        return statistics.Estimate(value, value, value, len(top), "all equal")
    freedom = (a + b) ** 2 / (a * a / (len(top) - 1) + b * b / (len(bottom) - 1))
    half = float(stdtrit(freedom, 0.5 + 0.5 * statistics.LEVEL) * np.sqrt(a + b))
    return statistics.Estimate(value, value - half, value + half, len(top), "Welch")


def sobol_indices(plan: Plan, answer: Reals) -> list[Index]:
    """First-order and total indices from a plan with a Saltelli design, the largest total first.

    Rows of a base sample share their luck: what chance moves alone is in no index, what it does together with a figure is in both.
    """
    from SALib.analyze import sobol

    assert plan.saltelli is not None
    whole = len(answer) // plan.saltelli.rows_of_one * plan.saltelli.rows_of_one
    values = answer[:whole]
    if whole == 0 or not np.isfinite(values).all() or np.ptp(values) == 0.0:
        return []
    names = plan.saltelli.causes
    found = sobol.analyze(
        problem_of(names), values, calc_second_order=False, num_resamples=200, conf_level=statistics.LEVEL, seed=plan.seed % 2**32
    )
    rows = zip(names, found["S1"], found["S1_conf"], found["ST"], found["ST_conf"], strict=True)
    return sorted((Index(str(n), *(float(v) for v in more)) for n, *more in rows), key=lambda i: -i.total)
