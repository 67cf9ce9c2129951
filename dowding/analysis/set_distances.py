"""How far a picture is from truth at each instant: OSPA, and GOSPA with its parts.

Schuhmacher, Vo & Vo 2008, "A Consistent Metric for Performance Evaluation of Multi-Object Filters", IEEE Trans. Signal Processing 56,
eq. 3; Rahmathullah, Garcia-Fernandez & Svensson 2017, "Generalized optimal sub-pattern assignment metric", Fusion, def. 1 and prop. 1.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from dowding.analysis.matching import Bools, Pairs, optimal, pairs_within
from dowding.analysis.points import Points
from dowding.analysis.truth import Floats, Ints


class SetDistances(NamedTuple):
    """The picture's distance from truth at each instant; the parts add up to gospa ** power for alpha 2."""

    truths: Ints  # (step,) targets present
    tracks: Ints  # (step,) tracks present
    matched: Ints  # (step,) pairs of the optimal matching
    localisation: Floats  # (step,) m^power, sum over matched pairs
    missed: Floats  # (step,) m^power, half of cutoff^power for each target without a track
    false: Floats  # (step,) m^power, half of cutoff^power for each track without a target
    gospa: Floats  # (step,) m
    ospa: Floats  # (step,) m; 0 where there is nothing at all
    cutoff: float  # m
    power: float  # p, at least 1

    def total(self) -> float:
        """GOSPA of the whole stretch in m: the root of the mean of gospa ** power; NaN without instants."""
        return float(np.mean(self.gospa**self.power) ** (1.0 / self.power)) if len(self.gospa) else float("nan")

    def per_target(self) -> float:
        """The same by root target in m, to compare stretches with different numbers of targets."""
        mean = float(self.truths.mean()) if len(self.truths) else 0.0
        return float((np.mean(self.gospa**self.power) / mean) ** (1.0 / self.power)) if mean > 0.0 else float("nan")


def set_distances(
    truth: Points, tracks: Points, steps: int, cutoff: float, power: float = 2.0, alpha: float = 2.0, pairs: Pairs | None = None
) -> SetDistances:
    """OSPA and GOSPA of order `power` >= 1 at each of `steps` instants; 0 < alpha <= 2, the parts are those of alpha 2.

    `pairs` are those within the cut-off where they are known already.
    """
    near = pairs_within(truth, tracks, cutoff) if pairs is None else pairs
    best = near.chosen(optimal(near, cutoff, power))
    at = truth.step[best.truth]
    n, m, both = (np.bincount(s, minlength=steps).astype(np.int64) for s in (truth.step, tracks.step, at))
    localisation = np.asarray(np.bincount(at, best.distance**power, steps), np.float64)
    far = cutoff**power
    fewer, more = np.minimum(n, m), np.maximum(n, m)
    gospa = localisation + far * (fewer - both) + far / alpha * (more - fewer)
    ospa = (localisation + far * (more - both)) / np.maximum(more, 1)
    missed, false = 0.5 * far * (n - both), 0.5 * far * (m - both)
    return SetDistances(n, m, both, localisation, missed, false, gospa ** (1.0 / power), ospa ** (1.0 / power), cutoff, power)


def largest_ospa(truth: Points, tracks: Points, steps: int, cutoff: float) -> Floats:
    """OSPA of infinite order at each instant, (step,) m: the largest distance of the matching whose largest distance is least.

    Schuhmacher et al. 2008, eq. 4: the cut-off wherever the numbers differ.
    """
    near = pairs_within(truth, tracks, cutoff)
    n, m = (np.bincount(p.step, minlength=steps) for p in (truth, tracks))
    out = np.where(n + m > 0, cutoff, 0.0)
    first = np.searchsorted(truth.step[near.truth], np.arange(steps + 1))
    for k in np.flatnonzero((n == m) & (n > 0)):
        out[k] = _bottleneck(near.chosen(np.arange(first[k], first[k + 1])), int(n[k]), cutoff)
    return np.asarray(out, np.float64)


def _bottleneck(pairs: Pairs, count: int, cutoff: float) -> float:
    """The least distance d such that pairs up to d match all `count` targets, or the cut-off if none does."""
    i, j = np.unique(pairs.truth, return_inverse=True)[1], np.unique(pairs.track, return_inverse=True)[1]
    levels = np.unique(pairs.distance)

    def matches(allowed: Bools) -> bool:
        graph = csr_matrix((np.ones(int(allowed.sum())), (i[allowed], j[allowed])), (count, count))
        return bool((maximum_bipartite_matching(graph, "column") >= 0).all())

    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        if matches(pairs.distance <= levels[middle]):
            high = middle
        else:
            low = middle + 1
    return float(levels[low]) if low < len(levels) else cutoff
