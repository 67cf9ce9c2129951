"""Distances of whole tracks: against closed forms, and against trying every sequence of matchings."""

from itertools import combinations, permutations

import numpy as np
import pytest
from pictures import walks, world

from dowding.analysis.points import dense_points
from dowding.analysis.set_distances import set_distances
from dowding.analysis.trajectory_distances import ospa_of_tracks, trajectory_gospa

CUTOFF, PRICE = 2.5, 1.5


def matchings(n, m):
    """Every partial one-to-one matching of n things with m others, as (n, m) arrays of 0 and 1."""
    for size in range(min(n, m) + 1):
        for rows in combinations(range(n), size):
            for columns in permutations(range(m), size):
                table = np.zeros((n, m))
                table[list(rows), list(columns)] = 1.0
                yield table


def exhaustive(truth, tracks, cutoff, price, power=2.0):
    """Garcia-Fernandez et al. 2020, eq. 10, by dynamic programming over all matchings: power of the multidimensional assignment metric."""
    x, y = truth[:, :, None, :3], tracks[:, None, :, :3]
    there = np.isfinite(x[..., 0]).astype(float) + np.isfinite(y[..., 0])
    d = np.where(there == 2, np.minimum(np.linalg.norm(np.nan_to_num(x) - np.nan_to_num(y), axis=3), cutoff) ** power, 0.0)
    cost = np.where(there == 2, d, np.where(there == 1, 0.5 * cutoff**power, 0.0))
    lone_x = 0.5 * cutoff**power * np.isfinite(truth[:, :, 0])
    lone_y = 0.5 * cutoff**power * np.isfinite(tracks[:, :, 0])
    tables = np.array(list(matchings(truth.shape[1], tracks.shape[1])))
    move = 0.5 * price**power * np.abs(tables[:, None] - tables[None]).sum(axis=(2, 3))
    free_x, free_y = 1.0 - tables.sum(axis=2), 1.0 - tables.sum(axis=1)
    best = np.zeros(len(tables))
    for k in range(len(truth)):
        here = (tables * cost[k]).sum(axis=(1, 2)) + free_x @ lone_x[k] + free_y @ lone_y[k]
        best = here + ((best[:, None] + move).min(axis=0) if k else 0.0)
    return float(best.min())


@pytest.mark.parametrize("seed", range(30))
def test_trajectory_gospa_is_the_least_over_all_sequences_of_matchings(seed):
    rng = np.random.default_rng(seed)
    steps, n, m = int(rng.integers(3, 12)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    truth, tracks = walks(rng, steps, n, 0.5), walks(rng, steps, m, 0.5)
    got = trajectory_gospa(dense_points(truth), dense_points(tracks), CUTOFF, PRICE)
    wanted = exhaustive(truth, tracks, CUTOFF, PRICE)
    assert got.exact
    # the linear program may lie below; in 200 worlds of this size it never did
    assert got.value**2 == pytest.approx(wanted, rel=1e-7, abs=1e-7)
    assert got.localisation + got.missed + got.false + got.switches == pytest.approx(got.value**2)
    bound = trajectory_gospa(dense_points(truth), dense_points(tracks), CUTOFF, PRICE, largest=0)
    assert bound.value >= got.value - 1e-9


def swapped(steps=10, at=4):
    """Two targets 100 m apart, without an error, whose tracks change places at an instant."""
    truth = np.zeros((steps, 2, 3))
    truth[:, 1, 0] = 100.0
    tracks = truth.copy()
    tracks[at:] = tracks[at:, ::-1]
    return truth, tracks


def test_two_tracks_that_change_places_cost_two_changes_of_number():
    truth, tracks = (dense_points(states) for states in swapped())
    got = trajectory_gospa(truth, tracks, 20.0, 3.0)
    assert got.switches == pytest.approx(2 * 3.0**2)
    assert got.value == pytest.approx(np.sqrt(18.0))
    assert set_distances(truth, tracks, 10, 20.0).total() == 0.0


def test_a_change_dearer_than_what_it_gains_is_not_made():
    truth, tracks = (dense_points(states) for states in swapped(at=9))
    got = trajectory_gospa(truth, tracks, 20.0, 1000.0)
    assert got.switches == 0.0
    assert got.value == pytest.approx(np.sqrt(4 * 0.5 * 20.0**2))


@pytest.mark.parametrize("seed", range(5))
def test_without_a_price_it_is_gospa_of_every_instant(seed):
    truth, tracks = world(seed)
    got = trajectory_gospa(truth, tracks, CUTOFF, 0.0)
    assert got.value**2 == pytest.approx((set_distances(truth, tracks, 20, CUTOFF).gospa ** 2).sum(), rel=1e-6)


def ospa2_by_definition(truth, tracks, cutoff, power):
    """Beard, Vo & Vo 2020: the base distance of two tracks, then OSPA over permutations."""
    n, m = truth.shape[1], tracks.shape[1]
    base = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            a, b = np.isfinite(truth[:, i, 0]), np.isfinite(tracks[:, j, 0])
            d = np.minimum(np.linalg.norm(truth[:, i, :3] - tracks[:, j, :3], axis=1), cutoff)
            each = np.where(a & b, np.nan_to_num(d), cutoff)[a | b]
            base[i, j] = np.mean(each**power) ** (1.0 / power)
    base = base if n <= m else base.T
    best = min(sum(base[i, j] ** power for i, j in enumerate(order[: min(n, m)])) for order in permutations(range(max(n, m))))
    return ((best + cutoff**power * abs(n - m)) / max(n, m)) ** (1.0 / power)


@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("seed", range(10))
def test_ospa_of_tracks_against_its_definition(seed, power):
    rng = np.random.default_rng(seed)
    steps, n, m = int(rng.integers(3, 12)), int(rng.integers(1, 5)), int(rng.integers(1, 5))
    truth, tracks = (walks(rng, steps, k, 0.7) for k in (n, m))
    # a thing that is never there is no track
    truth, tracks = (s[:, np.isfinite(s[:, :, 0]).any(axis=0)] for s in (truth, tracks))
    if truth.shape[1] and tracks.shape[1]:
        got = ospa_of_tracks(dense_points(truth), dense_points(tracks), CUTOFF, power)
        assert got == pytest.approx(ospa2_by_definition(truth, tracks, CUTOFF, power), abs=1e-9)


def test_without_targets_or_tracks():
    truth, _ = world(0)
    nobody = truth.chosen(np.zeros(len(truth.step), bool))
    assert ospa_of_tracks(nobody, nobody, 10.0) == 0.0
    assert ospa_of_tracks(truth, nobody, 10.0) == 10.0
    got = trajectory_gospa(truth, nobody, 10.0, 1.0)
    assert (got.localisation, got.false, got.switches) == (0.0, 0.0, 0.0)
    assert got.missed == pytest.approx(50.0 * len(truth.step))
