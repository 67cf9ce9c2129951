"""SIAP attributes: a worked example, Stone Soup's own code on random associations, and rules."""

import datetime

import numpy as np
import pytest
from pictures import world

from dowding.analysis.matching import Pairs, pairs_within, sticky
from dowding.analysis.points import Points, dense_points, listed_points
from dowding.analysis.siap import Spans, associate, identity, pairs_of, segments, siap, spans_of

TIMES = np.arange(4.0)


def flat(rows):
    """States [x, vx, y, vy] (step, thing, 4) as (step, thing, 6) with a height of 0."""
    x = np.asarray(rows, float)
    return np.stack([x[..., 0], x[..., 2], 0.0 * x[..., 0], x[..., 1], x[..., 3], 0.0 * x[..., 0]], axis=-1)


def worked_example():
    """Three targets and three tracks at four instants: the fixture of Stone Soup's tests of its SIAP metrics."""
    truth = [
        [[0, 1, 0, 1], [-2, 1, -2, 1], [-1, 1, 1, 0]], [[1, 1, 1, 1], [-1, 1, -1, 1], [0, 1, 1, 0]],
        [[2, 1, 2, 1], [0, 1, 0, 1], [1, 1, 2, 0]], [[3, 1, 3, 1], [2, 1, 2, 1], [3, 1, 3, 0]],
    ]  # fmt: skip
    tracks = [
        [[0.1, 1.2, 0.1, 1.2], [-2.5, 1.6, -2.5, 1.6], [-1.99, 1.99, 1.99, 1.99]],
        [[1.1, 1.2, 1.1, 1.2], [-1.5, 1.6, -1.5, 1.6], [0.999, 1.99, 1.999, 1.99]],
        [[2.1, 1.2, 2.1, 1.2], [0.5, 1.6, 0.5, 1.6], [1.99, 1.99, 1.99, 1.99]],
        [[3.1, 1.2, 3.1, 1.2], [1.5, 1.6, 1.5, 1.6], [2.99, 1.99, 1.99, 1.99]],
    ]
    spans = Spans(*np.array([[0, 0, 0, 2], [1, 1, 0, 1], [1, 1, 2, 3], [2, 2, 1, 2], [0, 2, 1, 3]]).T)
    return dense_points(flat(truth)), dense_points(flat(tracks)), spans


def test_the_worked_example():
    truth, tracks, spans = worked_example()
    got = siap(truth, tracks, pairs_of(truth, tracks, spans), TIMES, spans)
    assert got.completeness == pytest.approx(10 / 12)
    assert got.ambiguity == pytest.approx(1.0)
    assert got.spuriousness == pytest.approx(2 / 12)
    assert got.position_accuracy == pytest.approx(0.7678733186, abs=1e-9)
    assert got.velocity_accuracy == pytest.approx(1.2888167105, abs=1e-9)
    assert got.number_change_rate == pytest.approx(2 / 6)
    assert got.longest_segment == pytest.approx(5 / 9)
    assert got.completeness_at == pytest.approx([2 / 3, 1.0, 1.0, 2 / 3])


def stone_soup(truth, tracks, spans, times):
    """The same attributes by Stone Soup."""
    siap_of = pytest.importorskip("stonesoup.metricgenerator.tracktotruthmetrics").SIAPMetrics
    from stonesoup.measures import Euclidean
    from stonesoup.metricgenerator.manager import SimpleManager
    from stonesoup.types.association import AssociationSet, TimeRangeAssociation
    from stonesoup.types.groundtruth import GroundTruthPath, GroundTruthState
    from stonesoup.types.state import State
    from stonesoup.types.time import TimeRange
    from stonesoup.types.track import Track

    begin = datetime.datetime(2024, 1, 1)
    when = [begin + datetime.timedelta(seconds=float(t)) for t in times]

    def paths(points: Points, kind, state):
        out = {}
        for who in np.unique(points.who):
            rows = np.flatnonzero(points.who == who)
            states = np.concatenate([points.position[rows], points.velocity[rows]], axis=1)
            out[int(who)] = kind([state(s.reshape(-1, 1), timestamp=when[points.step[r]]) for s, r in zip(states, rows, strict=True)])
        return out

    flown, held = paths(truth, GroundTruthPath, GroundTruthState), paths(tracks, Track, State)
    manager = SimpleManager()
    manager.add_data(list(flown.values()), list(held.values()))
    manager.association_set = AssociationSet(
        {
            TimeRangeAssociation({flown[int(t)], held[int(k)]}, time_range=TimeRange(when[a], when[b]))
            for t, k, a, b in zip(*spans, strict=True)
        }
    )
    metrics = siap_of(position_measure=Euclidean((0, 1, 2)), velocity_measure=Euclidean((3, 4, 5))).compute_metric(manager)
    return {metric.title: metric.value for metric in metrics}


@pytest.mark.parametrize("seed", range(6))
def test_against_stone_soup(seed):
    truth, tracks = world(seed, steps=24, targets=6, error=0.2)
    times = np.arange(24.0) * 2.0
    near = pairs_within(truth, tracks, 2.5)
    pairs = associate(tracks, near, sticky(truth, tracks, near, 2.5))
    spans = spans_of(truth, tracks, pairs)
    # only spans that last, as Stone Soup has no others, and one for each target and track: of several it does not take the fewest
    spans = Spans(*(values[spans.last > spans.first] for values in spans))
    first = np.unique(np.column_stack([spans.target, spans.track]), axis=0, return_index=True)[1]
    spans = Spans(*(values[first] for values in spans))
    pairs = pairs_of(truth, tracks, spans)
    got, theirs = siap(truth, tracks, pairs, times, spans), stone_soup(truth, tracks, spans, times)
    for ours, title in (
        (got.completeness, "SIAP Completeness"), (got.ambiguity, "SIAP Ambiguity"), (got.spuriousness, "SIAP Spuriousness"),
        (got.position_accuracy, "SIAP Position Accuracy"), (got.velocity_accuracy, "SIAP Velocity Accuracy"),
        (got.number_change_rate, "SIAP Rate of Track Number Change"), (got.longest_segment, "SIAP Longest Track Segment"),
    ):  # fmt: skip
        assert ours == pytest.approx(theirs[title], abs=1e-9), title


def test_each_unmatched_track_near_a_target_goes_to_the_nearest():
    truth = dense_points(np.array([[[0.0, 0, 0], [2.0, 0, 0]]]))
    tracks = dense_points(np.array([[[0.1, 0, 0], [0.9, 0, 0], [2.1, 0, 0], [7.0, 0, 0]]]))
    near = pairs_within(truth, tracks, 1.5)
    pairs = associate(tracks, near, sticky(truth, tracks, near, 1.5))
    assert sorted(zip(pairs.truth.tolist(), pairs.track.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 2)]
    got = siap(truth, tracks, pairs, np.zeros(1))
    assert (got.completeness, got.ambiguity, got.spuriousness) == (1.0, 1.5, 0.25)


def test_a_track_that_comes_back_counts_anew_and_its_times_add_up():
    truth = dense_points(np.zeros((8, 1, 3)))
    spans = Spans(np.zeros(2, int), np.full(2, 5), np.array([0, 4]), np.array([2, 7]))
    assert segments(truth, spans, np.arange(8.0)) == pytest.approx((1 / 5, 5 / 7))


def test_identity():
    words = np.array(["a", "b", "c", "d"])
    pairs = Pairs(np.array([0, 0, 1, 2, 2, 3]), np.arange(6), np.zeros(6))
    said = np.array(["a", "a", "", "c", "x", "y"])  # right twice, unknown, ambiguous, wrong
    got = identity(pairs, said, words)
    assert (got.completeness, got.correctness, got.ambiguity) == pytest.approx((3 / 4, 1 / 4, 1 / 4))
    none = Pairs(np.empty(0, int), np.empty(0, int), np.empty(0))
    assert np.isnan(identity(none, said, words)).all()


def test_nothing_to_say():
    nobody = listed_points([])
    none = Pairs(np.empty(0, int), np.empty(0, int), np.empty(0))
    got = siap(nobody, nobody, none, TIMES)
    assert np.isnan([got.completeness, got.ambiguity, got.spuriousness, got.number_change_rate, got.longest_segment]).all()
