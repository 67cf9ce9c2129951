"""Normalised squares and their bounds."""

import numpy as np
import pytest
from scipy import stats

from dowding.analysis import consistency


def test_squares_are_those_of_the_inverse():
    rng = np.random.default_rng(2)
    for size in (1, 3, 6):
        root = rng.normal(size=(50, size, size)) * np.geomspace(1e-3, 1e3, size)[:, None]
        covariance, error = root @ root.swapaxes(1, 2), (root @ rng.normal(size=(50, size, 1)))[:, :, 0]
        wanted = np.einsum("ni,nij,nj->n", error, np.linalg.inv(covariance), error)
        np.testing.assert_allclose(consistency.normalised_squares(error, covariance), wanted, rtol=1e-6)


def test_a_matrix_of_no_use_gives_nothing():
    bad = np.array([np.zeros((3, 3)), np.diag([1.0, -1.0, 1.0]), np.full((3, 3), np.nan), np.eye(3)])
    error = np.array([[1.0, 1, 1], [1, 1, 1], [1, 1, 1], [np.nan, 1, 1]])
    assert np.isnan(consistency.normalised_squares(error, bad)).all()


def test_bounds_of_a_mean_are_chi_squared():
    low, high = consistency.mean_bounds(300, 100)
    assert (low, high) == pytest.approx(tuple(stats.chi2.ppf([0.025, 0.975], 300) / 100))
    assert np.isnan(consistency.mean_bounds(0, 1)).all()


def test_an_interval_that_counts_tracks_holds_the_mean_as_often_as_it_says():
    rng, inside = np.random.default_rng(3), 0
    for _ in range(400):
        size = rng.integers(20, 60, 15)
        level = 3.0 + rng.normal(0.0, 1.0, 15)  # errors of one track hang together
        values, track = np.repeat(level, size) + rng.normal(0.0, 0.5, size.sum()), np.repeat(np.arange(15), size)
        _, low, high = consistency.spread_of_mean(values, track)
        inside += low <= 3.0 <= high
    assert inside / 400 == pytest.approx(0.95, abs=0.035)
    assert np.isnan(consistency.spread_of_mean(np.ones(5), np.zeros(5, int))[1:]).all()
    assert np.isnan(consistency.spread_of_mean(np.full(5, np.nan), np.arange(5))).all()
