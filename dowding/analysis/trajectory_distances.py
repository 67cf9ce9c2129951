"""How far whole tracks are from whole flights: OSPA(2), and trajectory GOSPA, which counts changes of number beside errors.

Beard, Vo & Vo 2020, "A Solution for Large-Scale Multi-Object Tracking", IEEE Trans. Signal Processing 68, eqs. 25 to 27 (OSPA(2));
Garcia-Fernandez, Rahmathullah & Svensson 2020, "A Metric on the Space of Finite Sets of Trajectories for Evaluation of Multi-Target
Tracking Algorithms", IEEE Trans. Signal Processing 68, eqs. 10 and 23 (trajectory GOSPA and its linear program).
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix, hstack, identity, vstack
from scipy.sparse.csgraph import connected_components

from dowding.analysis.matching import Bools, Pairs, optimal, pairs_within, sticky
from dowding.analysis.points import Points
from dowding.analysis.truth import Floats, Ints

LARGEST_PROGRAM = 60_000  # unknowns of one cluster's linear program that are solved in a few seconds


def ospa_of_tracks(truth: Points, tracks: Points, cutoff: float, power: float = 2.0, pairs: Pairs | None = None) -> float:
    """OSPA(2) between all flights and all tracks over the whole stretch, m: at most `cutoff`, 0 without either.

    The distance of a flight and a track is the mean, of order `power` and over the instants at which either is there, of their distance cut
    off at `cutoff`, or of the cut-off itself where only one is there.
    """
    near = pairs_within(truth, tracks, cutoff) if pairs is None else pairs
    names = [np.unique(p.who, return_inverse=True) for p in (truth, tracks)]
    counts = [len(name) for name, _ in names]
    if not any(counts):
        return 0.0
    steps = int(max(p.step.max(initial=-1) for p in (truth, tracks))) + 1
    there = [csr_matrix((np.ones(len(s)), (s, p.step)), (n, steps)) for p, (_, s), n in zip((truth, tracks), names, counts, strict=True)]
    i, j, slot = _trajectory_pairs(names[0][1][near.truth], names[1][1][near.track], counts[1])
    common = np.asarray(there[0][i].multiply(there[1][j]).sum(axis=1)).ravel()
    either = there[0].getnnz(axis=1)[i] + there[1].getnnz(axis=1)[j] - common
    gain = np.bincount(slot, cutoff**power - near.distance**power, len(i)) / np.maximum(either, 1)
    apart = Pairs(i, j, np.maximum(cutoff**power - gain, 0.0) ** (1.0 / power))
    best = apart.distance[optimal(apart, cutoff, power)]
    total = float((best**power).sum()) + cutoff**power * (max(counts) - len(best))
    return float((total / max(counts)) ** (1.0 / power))


def _trajectory_pairs(i: Ints, j: Ints, tracks: int) -> tuple[Ints, Ints, Ints]:
    """The distinct pairs of a flight and a track, and which of them each row is."""
    keys, slot = np.unique(i * max(tracks, 1) + j, return_inverse=True)
    return keys // max(tracks, 1), keys % max(tracks, 1), slot


class TrajectoryGospa(NamedTuple):
    """Trajectory GOSPA over a stretch; the parts add up to value ** power."""

    value: float  # m
    localisation: float  # m^power
    missed: float  # m^power
    false: float  # m^power
    switches: float  # m^power, switch_cost ** power for a change of number, half of it for a begin or end of a match
    exact: bool  # False where a cluster was too large for its linear program, and the best of two matchings stands in: an upper bound


def trajectory_gospa(
    truth: Points, tracks: Points, cutoff: float, switch_cost: float, power: float = 2.0, pairs: Pairs | None = None,
    largest: int = LARGEST_PROGRAM,
) -> TrajectoryGospa:  # fmt: skip
    """Trajectory GOSPA (the linear program's) between all flights and all tracks, alpha 2; a change of number costs `switch_cost` m.

    Only flights and tracks that come within the cut-off of each other can be matched with gain, so each cluster of them is a problem of its
    own; one around a single flight or a single track is a shortest path.
    """
    near = pairs_within(truth, tracks, cutoff) if pairs is None else pairs
    gain = cutoff**power - near.distance**power
    step = truth.step[near.truth]
    i, j = (np.unique(w, return_inverse=True)[1] for w in (truth.who[near.truth], tracks.who[near.track]))
    width = int(j.max(initial=-1)) + 1
    first, second, edge = _trajectory_pairs(i, j, width)
    flights = int(i.max(initial=-1)) + 1
    graph = coo_matrix((np.ones(len(first)), (first, second + flights)), (flights + width,) * 2)
    cluster = connected_components(graph, directed=False)[1][first] if len(first) else np.empty(0, np.int64)
    share, halves, exact = np.zeros(len(gain)), 0.0, True
    order = np.argsort(cluster[edge], kind="stable")
    begin = np.flatnonzero(np.diff(cluster[edge][order], prepend=-1))
    stand_in: list[Bools] = []
    for rows in np.split(order, begin[1:]) if len(order) else []:
        mine = np.unique(edge[rows])
        if len(mine) == 1:  # the only match there is: held all the time, at no cost
            share[rows] = 1.0
            continue
        program = _Cluster.of(first[mine], second[mine], np.searchsorted(mine, edge[rows]), step[rows], gain[rows])
        if program.is_star():
            weight = program.shortest_path(switch_cost**power)
        elif program.unknowns() <= largest:
            weight = program.linear(switch_cost**power)
        else:
            exact = False
            stand_in = stand_in or [sticky(truth, tracks, near, cutoff), optimal(near, cutoff, power)]
            weight = program.better([mask[rows] for mask in stand_in], switch_cost**power)
        share[rows] = weight[program.column, program.edge]
        halves += float(np.abs(np.diff(weight, axis=0)).sum())
    switches = 0.5 * switch_cost**power * halves
    localisation, matched = float((share * near.distance**power).sum()), float(share.sum())
    missed, false = (0.5 * cutoff**power * (len(p.step) - matched) for p in (truth, tracks))
    value = (localisation + missed + false + switches) ** (1.0 / power)
    return TrajectoryGospa(value, localisation, missed, false, switches, exact)


class _Cluster(NamedTuple):
    """Flights and tracks that hang together: which may be matched, and what is gained when."""

    flight: Ints  # (edge,) number from 0
    track: Ints  # (edge,) number from 0
    edge: Ints  # (row,) of the pair
    column: Ints  # (row,) stretch of instants
    gain: Floats  # (stretch, edge) m^power

    @classmethod
    def of(cls, flight: Ints, track: Ints, edge: Ints, step: Ints, gain: Floats) -> "_Cluster":
        """Instants at which the same single pair gains are one stretch: whoever is matched there may be so throughout, at no more cost."""
        known, column = np.unique(step, return_inverse=True)
        alone = np.bincount(column, minlength=len(known)) == 1
        which = np.full(len(known), -1, np.int64)
        which[column] = edge
        same = alone & np.append(False, alone[:-1]) & (which == np.append(-1, which[:-1]))
        stretch = np.cumsum(~same) - 1
        table = np.zeros((int(stretch[-1]) + 1, len(flight)))
        np.add.at(table, (stretch[column], edge), gain)
        numbered = [np.unique(v, return_inverse=True)[1] for v in (flight, track)]
        return cls(numbered[0], numbered[1], edge, stretch[column], table)

    def is_star(self) -> bool:
        """Whether all of it is about one flight or one track."""
        return bool(self.flight.max() == 0 or self.track.max() == 0)

    def unknowns(self) -> int:
        """Size of the linear program."""
        return 2 * int(self.gain.size)

    def shortest_path(self, price: float) -> Floats:
        """Best weights (stretch, edge), 0 or 1, where only one pair can be matched at a time: Viterbi's recursion over the pairs."""
        steps, edges = self.gain.shape
        best, came = self.gain[0].copy(), np.zeros((steps, edges), np.int64)
        for k in range(1, steps):
            leader = int(best.argmax())
            moved = best[leader] - price > best
            came[k] = np.where(moved, leader, np.arange(edges))
            best = np.where(moved, best[leader] - price, best) + self.gain[k]
        weight, at = np.zeros((steps, edges)), int(best.argmax())
        for k in range(steps - 1, -1, -1):
            weight[k, at] = 1.0
            at = int(came[k, at])
        return weight

    def linear(self, price: float) -> Floats:
        """Weights (stretch, edge), 0 to 1, of the linear program of Garcia-Fernandez et al. 2020, eq. 23, as gains."""
        steps, edges = self.gain.shape
        n, changes = steps * edges, (steps - 1) * edges
        later = hstack([csr_matrix((changes, edges)), identity(changes)])
        change = (later - hstack([identity(changes), csr_matrix((changes, edges))])).tocsr()
        nodes = np.concatenate([self.flight, self.flight.max() + 1 + self.track])
        count = int(nodes.max()) + 1
        table = csr_matrix((np.ones(2 * edges), (nodes, np.tile(np.arange(edges), 2))), (count, edges))
        crowded = np.flatnonzero(table.getnnz(axis=1) > 1)  # a node with one pair is held by the bound of its weight
        once: Any = hstack([_repeated(table[crowded], steps), csr_matrix((len(crowded) * steps, changes))])
        rows = vstack([once, hstack([change, -identity(changes)]), hstack([-change, -identity(changes)])]).tocsr()
        limits = np.concatenate([np.ones(len(crowded) * steps), np.zeros(2 * changes)])
        cost = np.concatenate([-self.gain.ravel(), np.full(changes, 0.5 * price)])
        scale = max(float(self.gain.max()), price)  # the solver's tolerances are absolute
        done = linprog(cost / scale, A_ub=rows, b_ub=limits, bounds=(0.0, 1.0), method="highs")
        return np.asarray(done.x[:n].reshape(steps, edges), np.float64)

    def better(self, masks: list[Bools], price: float) -> Floats:
        """The better of several matchings of the rows as weights (stretch, edge), each held as long as its flight and track are free."""
        found, most = np.zeros_like(self.gain), -np.inf
        for mask in masks:
            weight = np.zeros_like(self.gain)
            weight[self.column[mask], self.edge[mask]] = 1.0
            self._hold(weight)
            value = float((weight * self.gain).sum() - 0.5 * price * np.abs(np.diff(weight, axis=0)).sum())
            if value > most:
                found, most = weight, value
        return found

    def _hold(self, weight: Floats) -> None:
        """Keep a match over stretches at which neither of its two is matched otherwise, in place."""
        for k in range(1, len(weight)):
            busy = weight[k] > 0.0
            free = ~np.isin(self.flight, self.flight[busy]) & ~np.isin(self.track, self.track[busy])
            weight[k, free & (weight[k - 1] > 0.0)] = 1.0


def _repeated(table: csr_matrix, times: int) -> Any:
    """The table once for each stretch, along the diagonal."""
    count, edges = table.shape
    entries = table.tocoo()
    shift = np.repeat(np.arange(times), entries.nnz)
    places = (np.tile(entries.row, times) + shift * count, np.tile(entries.col, times) + shift * edges)
    return csr_matrix((np.ones(times * entries.nnz), places), (count * times, edges * times))
