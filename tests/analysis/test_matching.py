"""The sparse matching of all instants at once is that of a full assignment at each; the sticky one is that of its rules, read out loud."""

import numpy as np
import pytest
from pictures import world
from scipy.optimize import linear_sum_assignment

from dowding.analysis.matching import optimal, pairs_within, sticky

CUTOFF = 2.5


def distances(truth, tracks, step):
    i, j = np.flatnonzero(truth.step == step), np.flatnonzero(tracks.step == step)
    return i, j, np.linalg.norm(truth.position[i][:, None] - tracks.position[j][None], axis=2)


@pytest.mark.parametrize("seed", range(8))
def test_pairs_are_all_within_the_cutoff_and_no_others(seed):
    truth, tracks = world(seed)
    found = pairs_within(truth, tracks, CUTOFF)
    wanted = set()
    for step in range(20):
        i, j, d = distances(truth, tracks, step)
        wanted |= {(int(i[a]), int(j[b])) for a, b in zip(*np.nonzero(d < CUTOFF), strict=True)}
    assert set(zip(found.truth.tolist(), found.track.tolist(), strict=True)) == wanted
    np.testing.assert_allclose(found.distance, np.linalg.norm(truth.position[found.truth] - tracks.position[found.track], axis=1))


@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("seed", range(8))
def test_the_optimal_matching_costs_what_a_full_assignment_costs(seed, power):
    truth, tracks = world(seed, targets=10, spread=1.5)
    near = pairs_within(truth, tracks, CUTOFF)
    mine = near.chosen(optimal(near, CUTOFF, power))
    assert len(np.unique(mine.truth)) == len(np.unique(mine.track)) == len(mine.truth)
    for step in range(20):
        _, _, d = distances(truth, tracks, step)
        cost = np.minimum(d, CUTOFF) ** power
        full = cost[linear_sum_assignment(cost)].sum()
        here = truth.step[mine.truth] == step
        assert (mine.distance[here] ** power).sum() + CUTOFF**power * (min(d.shape) - here.sum()) == pytest.approx(full, abs=1e-9)


def sticking(truth, tracks):
    """The rules of the sticky matching, one target after the other."""
    last, chosen = {}, set()
    for step in range(20):
        i, j, d = distances(truth, tracks, step)
        column = {int(tracks.who[row]): k for k, row in enumerate(j)}
        claims = []
        for a, row in enumerate(i):
            b = column.get(last.get(int(truth.who[row])))
            if b is not None and d[a, b] < CUTOFF:
                claims.append((d[a, b], a, b))
        pairs = {}
        for _, a, b in sorted(claims):
            if b not in pairs.values():
                pairs[a] = b
        rows, columns = [a for a in range(len(i)) if a not in pairs], [b for b in range(len(j)) if b not in pairs.values()]
        if rows and columns:
            rest = np.minimum(d[np.ix_(rows, columns)], CUTOFF)
            pairs |= {rows[a]: columns[b] for a, b in zip(*linear_sum_assignment(rest**2), strict=True) if rest[a, b] < CUTOFF}
        for a, b in pairs.items():
            last[int(truth.who[i[a]])] = int(tracks.who[j[b]])
            chosen.add((int(i[a]), int(j[b])))
    return chosen


@pytest.mark.parametrize("seed", range(12))
def test_the_sticky_matching_against_its_slow_twin(seed):
    truth, tracks = world(seed, spread=1.5)
    near = pairs_within(truth, tracks, CUTOFF)
    mine = near.chosen(sticky(truth, tracks, near, CUTOFF))
    assert set(zip(mine.truth.tolist(), mine.track.tolist(), strict=True)) == sticking(truth, tracks)


def test_nothing_to_match():
    truth, tracks = world(0)
    nobody = tracks.chosen(np.zeros(len(tracks.step), bool))
    near = pairs_within(truth, nobody, CUTOFF)
    assert not len(near.truth)
    assert not len(optimal(near, CUTOFF))
    assert not len(sticky(truth, nobody, near, CUTOFF))
