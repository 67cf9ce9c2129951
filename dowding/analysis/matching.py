"""Which track is which target, by distance alone: pairs within a cut-off, the optimal matching, and the one that sticks to its pairs.

All instants are matched at once. Pairs beyond the cut-off gain nothing, so only what hangs together by pairs within it needs an assignment.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from dowding.analysis.points import Points
from dowding.analysis.truth import Floats, Ints

Bools = NDArray[np.bool_]


class Pairs(NamedTuple):
    """Pairs of a target and a track of the same instant, nearer than the cut-off; in order of instants."""

    truth: Ints  # (pair,) row in the points of truth
    track: Ints  # (pair,) row in the points of tracks
    distance: Floats  # (pair,) m

    def chosen(self, rows: NDArray[np.bool_] | Ints) -> "Pairs":
        """Only some pairs."""
        return Pairs(self.truth[rows], self.track[rows], self.distance[rows])


def pairs_within(truth: Points, tracks: Points, cutoff: float) -> Pairs:
    """All pairs of one instant that are less than `cutoff` m apart."""
    if not len(truth.step) or not len(tracks.step):
        return Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    # instants lie side by side along one more axis, too far apart to be neighbours
    trees = [cKDTree(np.column_stack([p.position, 4.0 * cutoff * p.step])) for p in (truth, tracks)]
    found = trees[0].sparse_distance_matrix(trees[1], cutoff, output_type="ndarray")
    i, j = found["i"].astype(np.int64), found["j"].astype(np.int64)
    distance = np.sqrt(((truth.position[i] - tracks.position[j]) ** 2).sum(axis=1))
    order = np.lexsort((j, i))
    order = order[distance[order] < cutoff]
    return Pairs(i[order], j[order], distance[order])


def optimal(pairs: Pairs, cutoff: float, power: float = 2.0) -> Bools:
    """The pairs (pair,) of the one-to-one matching that gains most, where a pair gains cutoff^power - distance^power.

    That is the assignment of OSPA and of GOSPA, whatever its alpha: a pair beyond the cut-off costs as much as none.
    """
    chosen = np.zeros(len(pairs.truth), np.bool_)
    if not len(chosen):
        return chosen
    gain = cutoff**power - pairs.distance**power
    truths, i = np.unique(pairs.truth, return_inverse=True)
    tracks, j = np.unique(pairs.track, return_inverse=True)
    graph = coo_matrix((np.ones(len(i)), (i, j + len(truths))), (len(truths) + len(tracks),) * 2)
    cluster = connected_components(graph, directed=False)[1][i]
    order = np.lexsort((-gain, cluster))
    begin = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    size = np.diff(np.append(begin, len(order)))
    # a cluster about one target or one track keeps its best pair
    lone = _all_equal(i[order], begin) | _all_equal(j[order], begin)
    chosen[order[begin[lone]]] = True
    for first, count in zip(begin[~lone], size[~lone], strict=True):
        rows = order[first : first + count]
        chosen[rows[_assigned(i[rows], j[rows], gain[rows])]] = True
    return chosen


def _all_equal(values: Ints, begin: Ints) -> Bools:
    return np.asarray(np.minimum.reduceat(values, begin) == np.maximum.reduceat(values, begin), np.bool_)


def _assigned(i: Ints, j: Ints, gain: Floats) -> Ints:
    """Positions of the pairs in the assignment of greatest gain within one cluster."""
    rows, a = np.unique(i, return_inverse=True)
    columns, b = np.unique(j, return_inverse=True)
    table = np.zeros((len(rows), len(columns)))
    table[a, b] = gain
    where = np.full(table.shape, -1, np.int64)
    where[a, b] = np.arange(len(gain))
    taken = where[linear_sum_assignment(table, maximize=True)]
    return np.asarray(taken[taken >= 0], np.int64)


def sticky(truth: Points, tracks: Points, pairs: Pairs, cutoff: float) -> Bools:
    """The pairs (pair,) of a matching that keeps its pairs from instant to instant while they are within the cut-off.

    A target keeps the track it had last, even after a gap; of several targets that had the same one, the nearest keeps it. All others are
    then matched optimally (order 2).
    """
    chosen = np.zeros(len(pairs.truth), np.bool_)
    step = truth.step[pairs.truth]
    target, track = truth.who[pairs.truth], tracks.who[pairs.track]
    names, slot = np.unique(target, return_inverse=True)
    last = np.full(len(names), np.iinfo(np.int64).min)  # no number
    begin = np.flatnonzero(np.diff(step, prepend=-1))
    for first, end in zip(begin, np.append(begin[1:], len(step))[: len(begin)], strict=True):
        here = np.arange(first, end)
        claims = here[(last[slot[here]] == track[here])]
        claims = claims[np.lexsort((pairs.track[claims], pairs.truth[claims], pairs.distance[claims]))]
        kept = claims[np.sort(np.unique(track[claims], return_index=True)[1])]
        free = here[~np.isin(target[here], target[kept]) & ~np.isin(track[here], track[kept])]
        new = free[optimal(pairs.chosen(free), cutoff)]
        for rows in (kept, new):
            chosen[rows] = True
            last[slot[rows]] = track[rows]
    return chosen
