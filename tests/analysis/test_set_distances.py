"""OSPA and GOSPA against their definitions by trying every permutation, published numbers, another program, and what a metric must obey."""

import datetime
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import world

from dowding.analysis.points import listed_points
from dowding.analysis.set_distances import largest_ospa, set_distances


def one(x, width=3):
    """A single instant of points; positions get zeros as far as axes are missing."""
    x = np.asarray(x, float)
    x = x.reshape(-1, 1) if x.ndim == 1 else x
    padded = np.zeros((len(x), width))
    padded[:, : x.shape[1]] = x
    return listed_points([(np.arange(len(x)), padded)])


def between(x, y, cutoff, power=2.0, alpha=2.0):
    return set_distances(one(x), one(y), 1, cutoff, power, alpha)


def ospa_by_definition(x, y, cutoff, power):
    """Schuhmacher et al. 2008, eqs. 3 and 4."""
    x, y = (np.asarray(a, float).reshape(len(a), 3) for a in (x, y))
    x, y = (x, y) if len(x) <= len(y) else (y, x)
    if not len(y):
        return 0.0
    d = np.minimum(np.linalg.norm(x[:, None] - y[None], axis=2), cutoff) if len(x) else np.zeros((0, len(y)))
    if np.isinf(power):
        if len(x) != len(y):
            return cutoff
        return min(max((d[i, j] for i, j in enumerate(order)), default=0.0) for order in permutations(range(len(y))))
    best = min(sum(d[i, j] ** power for i, j in enumerate(order[: len(x)])) for order in permutations(range(len(y))))
    return ((best + cutoff**power * (len(y) - len(x))) / len(y)) ** (1.0 / power)


def gospa_by_definition(x, y, cutoff, power, alpha):
    """Rahmathullah et al. 2017, definition 1."""
    x, y = (np.asarray(a, float).reshape(len(a), 3) for a in (x, y))
    x, y = (x, y) if len(x) <= len(y) else (y, x)
    d = np.minimum(np.linalg.norm(x[:, None] - y[None], axis=2), cutoff) if len(x) else np.zeros((0, len(y)))
    best = min(sum(d[i, j] ** power for i, j in enumerate(order[: len(x)])) for order in permutations(range(len(y))))
    return (best + cutoff**power / alpha * (len(y) - len(x))) ** (1.0 / power)


def test_the_worked_pair_of_the_authors_program():
    got = between([[0, 0], [10, 0], [0, 10]], [[1, 0], [10, 2]], 8.0)
    assert got.gospa[0] == pytest.approx(6.082762530298, abs=1e-9)
    assert (got.localisation[0], got.missed[0], got.false[0]) == pytest.approx((5.0, 32.0, 0.0))
    assert got.ospa[0] == pytest.approx(4.795831523313, abs=1e-9)


@pytest.mark.parametrize("offset", [0.5, 0.2])
@pytest.mark.parametrize("power", [1.0, 2.0, np.inf])
def test_parallel_sets_are_as_far_apart_as_their_offset(offset, power):
    x = np.arange(5.0)
    y = x + offset
    got = largest_ospa(one(x), one(y), 1, 10.0) if np.isinf(power) else between(x, y, 10.0, power).ospa
    assert got[0] == pytest.approx(offset, abs=1e-12)


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_against_every_permutation(power, alpha):
    rng = np.random.default_rng(int(10 * power + alpha))
    for _ in range(40):
        x, y = (rng.normal(0.0, 2.0, (rng.integers(0, 6), 3)) for _ in range(2))
        got = between(x, y, 2.5, power, alpha)
        assert got.gospa[0] == pytest.approx(gospa_by_definition(x, y, 2.5, power, alpha), abs=1e-9)
        assert got.ospa[0] == pytest.approx(ospa_by_definition(x, y, 2.5, power), abs=1e-9)
        assert largest_ospa(one(x), one(y), 1, 2.5)[0] == pytest.approx(ospa_by_definition(x, y, 2.5, np.inf), abs=1e-9)


def test_the_parts_add_up():
    truth, tracks = world(3)
    got = set_distances(truth, tracks, 20, 2.5)
    np.testing.assert_allclose(got.localisation + got.missed + got.false, got.gospa**2, rtol=1e-12)
    assert got.total() == pytest.approx(np.sqrt(np.mean(got.gospa**2)))
    assert got.per_target() == pytest.approx(np.sqrt(np.mean(got.gospa**2) / got.truths.mean()))
    np.testing.assert_array_equal(got.missed / (0.5 * 2.5**2), got.truths - got.matched)


places = st.lists(st.tuples(*[st.floats(-5, 5, allow_subnormal=False)] * 2), max_size=5)


@settings(max_examples=60, deadline=None)
@given(places, places, places, st.sampled_from([1.0, 2.0]))
def test_what_a_metric_obeys(x, y, z, power):
    """Zero to itself, symmetry, and the triangle inequality, for GOSPA and OSPA."""
    sets = [np.asarray(s, float).reshape(-1, 2) for s in (x, y, z)]
    for name in ("gospa", "ospa"):
        a, b, c = (float(getattr(between(sets[i], sets[j], 3.0, power), name)[0]) for i, j in ((0, 1), (1, 2), (0, 2)))
        assert c <= a + b + 1e-6
        assert a == pytest.approx(float(getattr(between(sets[1], sets[0], 3.0, power), name)[0]), abs=1e-7)
        assert float(getattr(between(sets[0], sets[0], 3.0, power), name)[0]) == pytest.approx(0.0, abs=1e-6)


def test_against_stone_soup():
    metrics = pytest.importorskip("stonesoup.metricgenerator.ospametric")
    types = pytest.importorskip("stonesoup.types.state")
    rng, now = np.random.default_rng(4), datetime.datetime(2024, 1, 1)
    for _ in range(20):
        x, y = (rng.normal(0.0, 3.0, (rng.integers(1, 7), 3)) for _ in range(2))
        states = [[types.State(row.reshape(-1, 1), timestamp=now) for row in rows] for rows in (x, y)]
        theirs, _ = metrics.GOSPAMetric(c=4.0, p=2.0).compute_gospa_metric(states[1], states[0])
        got = between(x, y, 4.0)
        assert got.gospa[0] == pytest.approx(theirs.value["distance"], abs=1e-9)
        assert got.missed[0] == pytest.approx(theirs.value["missed"], abs=1e-9)
        assert got.false[0] == pytest.approx(theirs.value["false"], abs=1e-9)
        their_ospa = metrics.OSPAMetric(c=4.0, p=2.0).compute_OSPA_distance(states[1], states[0]).value
        assert got.ospa[0] == pytest.approx(their_ospa, abs=1e-9)


def test_nothing_at_all():
    got = set_distances(listed_points([]), listed_points([]), 3, 100.0)
    assert got.gospa.tolist() == got.ospa.tolist() == [0.0] * 3
    assert np.isnan(got.per_target())
    assert np.isnan(set_distances(listed_points([]), listed_points([]), 0, 100.0).total())
    assert largest_ospa(listed_points([]), listed_points([]), 2, 100.0).tolist() == [0.0, 0.0]
