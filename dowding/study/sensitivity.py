"""Which doubtful figure moves the answer: shares of its variance (Sobol indices), and what its ends do (tornado)."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from dowding.catalogue import KINDS
from dowding.study.designs import problem_of
from dowding.study.estimates import LEVEL, Estimate
from dowding.study.means import mean, welch
from dowding.study.plan import Plan, figures_moved
from dowding.study.uncertainty import Doubt

Reals = NDArray[np.float64]

LEAST = 10  # replicates below which nothing is said
LEAST_FOR_SHARES = 65  # below which shares are squared correlations: RBD-FAST needs 2 * 10 harmonics and more
HARMONICS = 10
POWER = 0.8  # chance to tell a figure apart with the replicates that are said to be needed


@dataclass(frozen=True)
class Influence:
    """What one cause does to the answer."""

    cause: str
    figures: tuple[Doubt, ...]
    first_order: float  # share of the answer's variance that it takes with it alone
    first_order_error: float  # half of its 95 % interval
    low: Estimate  # the answer's mean over the lowest part of its range, see `ends_of`
    high: Estimate  # over the highest
    swing: Estimate  # high - low
    p_chance: float  # that chance alone orders the answer so by one of the causes: rank correlation, times their number

    @property
    def weight(self) -> tuple[float, float]:
        """By which causes are put in order: the share of the variance that is beyond its error, then how sure the swing is."""
        sure = abs(self.swing.value) / self.swing.half_width if self.swing.half_width > 0.0 else 0.0
        return max(self.first_order - self.first_order_error, 0.0), sure

    @property
    def is_told_apart(self) -> bool:
        """Whether it moves the answer more than the luckiest of so many causes would: by its rank correlation, or by twice its error."""
        return self.p_chance < 1.0 - LEVEL or self.first_order > 2.0 * self.first_order_error

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

    First-order indices from the given draws by RBD-FAST (S. Tarantola, D. Gatelli and T. Mara 2006; E. Plischke 2010), SALib; with few
    replicates by squared correlation, which sees what rises or falls throughout.
    """
    known = np.isfinite(answer)
    if not plan.causes or known.sum() < LEAST or np.ptp(answer[known]) == 0.0:
        return []
    rows, values = plan.quantiles(0, len(answer))[known], answer[known]
    shares = first_order if len(values) >= LEAST_FOR_SHARES else squared_correlation
    share, error = shares(rows, values, plan.causes, plan.seed)
    found = []
    for k, cause in enumerate(plan.causes):
        order = np.argsort(rows[:, k], kind="stable")
        tail = max(3, round(ends_of(len(order))[1] * len(order)))
        bottom, top = values[order[:tail]], values[order[-tail:]]
        low, high, swing = mean(bottom, seed=2 * k), mean(top, seed=2 * k + 1), welch(top, bottom)
        p = min(1.0, len(plan.causes) * rank_test(rows[:, k], values))
        found.append(Influence(cause, tuple(figures_moved(plan, k)), float(share[k]), float(error[k]), low, high, swing, p))
    return sorted(found, key=lambda i: i.weight, reverse=True)


def ends_of(replicates: int) -> tuple[str, float]:
    """Which part of the replicates at each end of a figure's range the tornado compares: in words, and its share."""
    return ("fifth", 1 / 5) if replicates >= LEAST_FOR_SHARES else ("third", 1 / 3)


def first_order(rows: Reals, values: Reals, names: Sequence[str], seed: int) -> tuple[Reals, Reals]:
    """First-order indices (dimension,) and half widths of their 95 % intervals from rows (row, dimension) of any even design.

    Errors by resampling; where some resample had but one outcome, for others are rare, no less than chance alone gives.
    """
    from SALib.analyze import rbd_fast

    with _hushed():
        found = rbd_fast.analyze(problem_of(names), rows, values, M=HARMONICS, num_resamples=100, conf_level=LEVEL, seed=seed % 2**32)
    errors = np.asarray(found["S1_conf"], np.float64)
    if not np.isfinite(errors).all():
        errors = np.fmax(errors, chance_error(len(values)))
    return np.clip(np.asarray(found["S1"]), 0.0, 1.0), errors


def chance_error(count: int) -> float:
    """Half of the 95 % range of a first-order index by RBD-FAST of a figure that moves nothing, of normal values.

    2 HARMONICS of count - 1 frequencies hold a share of the variance that follows a beta law; the index is that share without its bias
    (J.-Y. Tissot and C. Prieur 2012).
    """
    held = 2.0 * HARMONICS / (count - 1.0)
    deviation = np.sqrt(held * (1.0 - held) / (0.5 * (count - 1.0) + 1.0))
    return float(ndtri(0.5 + 0.5 * LEVEL) * deviation / (1.0 - 2.0 * HARMONICS / count))


def squared_correlation(rows: Reals, values: Reals, names: Sequence[str], seed: int) -> tuple[Reals, Reals]:
    """Shares of variance that lines take (dimension,), less what chance gives (M. Ezekiel 1930), and half of their 95 % intervals.

    The intervals are R. A. Fisher's (1921) of the correlation.
    """
    count, width = len(values), float(ndtri(0.5 + 0.5 * LEVEL)) / np.sqrt(len(values) - 3.0)
    r = np.array([np.corrcoef(column, values)[0, 1] for column in rows.T])
    least, most = np.tanh(np.arctanh(np.clip(np.abs(r), 0.0, 1.0 - 1e-12)) - width), np.tanh(np.arctanh(np.abs(r)) + width)
    share = 1.0 - (1.0 - r * r) * (count - 1.0) / (count - 2.0)
    return np.clip(share, 0.0, 1.0), 0.5 * (most**2 - np.clip(least, 0.0, 1.0) ** 2)


def rank_test(figure: Reals, values: Reals) -> float:
    """The probability that chance alone orders values (row,) so by a figure (row,): C. Spearman's rank correlation (1904), Student's t."""
    r = float(np.corrcoef(_ranks(figure), _ranks(values))[0, 1])
    freedom = len(values) - 2
    if r * r >= 1.0:
        return 0.0
    return float(2.0 * stdtr(freedom, -abs(r) * np.sqrt(freedom / (1.0 - r * r))))


def _ranks(values: Reals) -> Reals:
    """Ranks (row,), the mean of their ranks for equal values."""
    _, where, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return np.asarray((last - 0.5 * (times - 1.0))[where], np.float64)


def replicates_to_tell(share: float, causes: int) -> int:
    """Replicates with which a line that takes a share (0 to 1) of the variance is told apart from the luckiest of so many causes.

    From Fisher's transform of the correlation, whose error is 1 / sqrt(n - 3).
    """
    needed = float(ndtri(1.0 - 0.5 * (1.0 - LEVEL) / causes) + ndtri(POWER)) / float(np.arctanh(np.sqrt(share)))
    return int(np.ceil(needed * needed + 3.0))


def sobol_indices(plan: Plan, answer: Reals) -> list[Index]:
    """First-order and total indices from a plan with a Saltelli design, the largest total first.

    Rows of a base sample share their luck: what chance moves alone is in no index, what it does together with a figure is in both.
    """
    from SALib.analyze import sobol

    assert plan.saltelli is not None
    whole = len(answer) // plan.saltelli.rows_of_one * plan.saltelli.rows_of_one
    values = answer[:whole]
    if whole == 0 or not np.isfinite(values).all() or np.ptp(_base_rows(values, plan.saltelli.rows_of_one)) == 0.0:
        return []
    names = plan.saltelli.causes
    with _hushed():
        found = sobol.analyze(
            problem_of(names), values, calc_second_order=False, num_resamples=200, conf_level=LEVEL, seed=plan.seed % 2**32
        )
    rows = zip(names, found["S1"], found["S1_conf"], found["ST"], found["ST_conf"], strict=True)
    return sorted((Index(str(n), *(float(v) for v in more)) for n, *more in rows), key=lambda i: -i.total)


def _base_rows(values: Reals, rows_of_one: int) -> Reals:
    """Of answers (row,) to a Saltelli design those of its two base matrices, whose variance the indices share."""
    return values.reshape(-1, rows_of_one)[:, [0, -1]]


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Without the complaints of resamples in which nothing differed; what comes of them is seen to by the caller."""
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore")
        yield
