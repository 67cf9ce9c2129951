"""Swaps, breaks, delays and lives: against their rules read out loud."""

import numpy as np
import pytest
from pictures import world

from dowding.analysis.continuity import continuity, redundant
from dowding.analysis.matching import pairs_within, sticky
from dowding.analysis.points import dense_points

CUTOFF, TIMES = 2.5, np.arange(20.0) * 3.0


@pytest.mark.parametrize("seed", range(10))
def test_against_a_walk_through_the_instants(seed):
    truth, tracks = world(seed, spread=1.5)
    near = pairs_within(truth, tracks, CUTOFF)
    matched = near.chosen(sticky(truth, tracks, near, CUTOFF))
    got = continuity(truth, tracks, matched, TIMES)
    number = dict(zip(matched.truth.tolist(), tracks.who[matched.track].tolist(), strict=True))
    for k, target in enumerate(got.target):
        swaps = breaks = held = 0
        last, lost, first, run, longest = None, False, np.nan, 0.0, 0.0
        rows = np.flatnonzero(truth.who == target)
        for row in rows:
            now = TIMES[truth.step[row]]
            if row not in number:
                lost = last is not None
                continue
            held += 1
            swaps += last is not None and number[row] != last
            breaks += lost
            if np.isnan(first):
                first = now
            if lost or number[row] != last:
                run = now
            longest = max(longest, now - run)
            last, lost = number[row], False
        assert (got.present[k], got.held[k], got.swaps[k], got.breaks[k]) == (len(rows), held, swaps, breaks)
        assert got.born[k] == TIMES[truth.step[rows[0]]]
        np.testing.assert_equal(got.delay[k], first - got.born[k])
        assert got.longest[k] == longest
        assert got.tracks_needed[k] == len({number[row] for row in rows if row in number})
    for k, track in enumerate(got.track):
        when = TIMES[tracks.step[tracks.who == track]]
        assert got.life[k] == when.max() - when.min()
        assert got.true_share[k] == pytest.approx(np.isin(np.flatnonzero(tracks.who == track), matched.track).mean())


def test_a_second_track_on_a_target_is_redundant_and_a_lone_one_is_not():
    truth = dense_points(np.zeros((1, 1, 3)))
    tracks = dense_points(np.array([[[0.1, 0, 0], [0.5, 0, 0], [9.0, 0, 0]]]))
    near = pairs_within(truth, tracks, 1.0)
    assert redundant(tracks, near, sticky(truth, tracks, near, 1.0)).tolist() == [False, True, False]


def test_without_a_match():
    truth, tracks = world(0)
    none = pairs_within(truth, tracks, 1e-9)
    got = continuity(truth, tracks, none, TIMES)
    assert np.isnan(got.delay).all()
    assert not got.swaps.any()
    nobody = truth.chosen(np.zeros(len(truth.step), bool))
    assert not len(continuity(nobody, nobody, none, TIMES).target)
