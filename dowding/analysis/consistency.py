"""Does a filter know how wrong it is? Normalised squares of errors (NEES) and innovations (NIS), and what an honest filter leaves of them.

Bar-Shalom, Li & Kirubarajan 2001, Estimation with Applications to Tracking and Navigation, sec. 5.4.
"""

import numpy as np
from scipy.special import chdtri, stdtrit

from dowding.analysis.truth import Floats, Ints
from dowding.tables import Columns


def position_covariances(tracks: Columns) -> Floats:
    """Position covariance of each row of table `tracks`, (row, 3, 3) m2."""
    east, north, up = (tracks[f"variance_{axis}_m2"] for axis in ("east", "north", "up"))
    across, east_up, north_up = (tracks[f"covariance_{axes}_m2"] for axes in ("east_north", "east_up", "north_up"))
    rows = np.array([[east, across, east_up], [across, north, north_up], [east_up, north_up, up]], np.float64)
    return np.ascontiguousarray(np.moveaxis(rows, 2, 0))


def normalised_squares(errors: Floats, covariances: Floats) -> Floats:
    """error' P^-1 error of errors (n, d) under covariances (n, d, d), (n,); NaN where either is of no use (eq. 5.4.2-1).

    Gauss's elimination, all matrices at once: the pivots are positive as long as a matrix is positive definite.
    """
    rest, table = errors.T.copy(), np.moveaxis(covariances, 0, 2).copy()
    total, good = np.zeros(len(errors)), np.ones(len(errors), np.bool_)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for i in range(len(rest)):
            good &= table[i, i] > 0.0
            total += rest[i] ** 2 / table[i, i]
            for j in range(i + 1, len(rest)):
                factor = table[j, i] / table[i, i]
                rest[j] -= factor * rest[i]
                table[j, i + 1 :] -= factor * table[i, i + 1 :]
    return np.where(good & np.isfinite(total), total, np.nan)


def nees(tracks: Columns, errors: Floats) -> Floats:
    """Normalised error squared of each update's position, (update,), from `errors` (update, 3) m; 3 on average if honest."""
    return normalised_squares(errors, position_covariances(tracks))


def mean_bounds(degrees_of_freedom: int, count: int, probability: float = 0.95) -> tuple[float, float]:
    """Between which the mean of `count` independent squares lies with `probability`, if they have so many degrees of freedom together."""
    if degrees_of_freedom <= 0:
        return float("nan"), float("nan")
    tail = 0.5 * (1.0 - probability)
    return float(chdtri(degrees_of_freedom, 1.0 - tail)) / count, float(chdtri(degrees_of_freedom, tail)) / count


def spread_of_mean(values: Floats, track: Ints, probability: float = 0.95) -> tuple[float, float, float]:
    """Mean of `values` (n,), and an interval about it that counts each track once: errors of one track hang together, tracks don't.

    The interval is Student's, from the tracks' own means; NaN with fewer than two tracks.
    """
    known = np.isfinite(values)
    if not known.any():
        return float("nan"), float("nan"), float("nan")
    _, slot, count = np.unique(track[known], return_inverse=True, return_counts=True)
    sums, middle = np.bincount(slot, values[known]), float(values[known].mean())
    if len(count) < 2:
        return middle, float("nan"), float("nan")
    # of a ratio of sums over tracks (Cochran 1977, Sampling Techniques, eq. 6.13)
    error = float(np.sqrt(((sums - middle * count) ** 2).sum() * len(count) / (len(count) - 1.0))) / float(count.sum())
    reach = float(stdtrit(len(count) - 1, 0.5 * (1.0 + probability))) * error
    return middle, middle - reach, middle + reach


def share_inside(values: Floats, degrees_of_freedom: Ints, probability: float = 0.95) -> float:
    """Share of `values` (n,) below the chi-squared quantile of `probability` with `degrees_of_freedom` (n,); NaN values are left out."""
    known = np.isfinite(values) & (degrees_of_freedom > 0)
    if not known.any():
        return float("nan")
    return float(np.mean(values[known] <= chdtri(degrees_of_freedom[known], 1.0 - probability)))


def mean(values: Floats) -> float:
    """Mean of what is finite; NaN if nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
