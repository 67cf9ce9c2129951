"""Targets that a radar cannot tell apart: what one detection says of each, and whether their tracks outlive it."""

import numpy as np
import pytest
from scipy.stats import norm
from test_tracker import CONFIG, PLANE, fly, observe, radar

from dowding.tracking.measurement import SIGMA as SIGMAS
from dowding.tracking.picture import make_bank
from dowding.tracking.tracker import Tracker, make_sensors
from dowding.tracking.unresolved import chance_unresolved, own_part, predict_union, wander
from verification.unresolved import CASES, kept


def predicted(values, variances):
    """A workspace with one model whose rows predict these measurements (row, 4) with these variances (row, 4)."""
    work = make_bank(4, 4, 1, models=1).work
    work.row_mode[:] = 1.0
    for r, (value, variance) in enumerate(zip(values, variances, strict=True)):
        work.row_value[r, 0], work.row_spread[r, 0] = value, np.diag(variance)
    return work


def test_two_are_unresolved_if_they_are_in_one_cell_in_every_component():
    values, variances = np.array([[8e4, 3.14, 0.1, 5.0], [8.02e4, -3.14, 0.11, 9.0]]), np.array([[1e4, 1e-5, 1e-5, 4.0]] * 2)
    apart = np.array([200.0, 2 * np.pi - 6.28, 0.01, 4.0])
    sigma, cell = np.sqrt(2.0 * variances[0]), np.array([300.0, 0.02, 0.03, 3.0])
    each = norm.cdf((cell - apart) / sigma) - norm.cdf((-cell - apart) / sigma)
    work = predicted(values, variances)
    assert chance_unresolved(work, cell, 0, 1) == pytest.approx(each.prod(), rel=1e-9)
    assert chance_unresolved(work, np.array([300.0, 0.02, 0.03, np.inf]), 1, 0) == pytest.approx(each[:3].prod(), rel=1e-9)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_centre_wanders_as_that_of_exponential_powers(size):
    rng = np.random.default_rng(size)
    places = rng.uniform(0.0, 300.0, size)
    work = predicted([[5e4 + x, 0.0, 0.0, 0.0] for x in places], np.ones((size, 4)))
    work.members[:size] = range(size)
    predict_union(work, size)
    power = rng.exponential(size=(400_000, size))
    centre = (power * places).sum(1) / power.sum(1)
    assert work.row_value[-1, 0, 0] - 5e4 == pytest.approx(places.mean(), rel=1e-9)
    assert wander(work, size, 0) == pytest.approx(centre.var(), rel=0.01)


def test_what_a_common_detection_says_of_one_is_what_both_together_say():
    """The Kalman filter of both ranges at once, and that of one with the part that is its own."""
    values, variances = (
        np.array([[5e4, 0.5, 0.1, 0.0], [5.02e4, 0.501, 0.1, 0.0]]),
        np.array([[900.0, 1e-6, 1e-6, 1.0], [2500.0, 2e-6, 1e-6, 1.0]]),
    )
    work = predicted(values, variances)
    work.measured[0], work.measured[0, SIGMAS : SIGMAS + 4] = np.nan, (40.0, 0.002, 0.002, np.nan)
    work.measured[0, :3], work.measured[0, 8] = (5.015e4, 0.5007, 0.1), 0.0
    work.union["column"][0], work.union["size"][0], work.union["member"][0, :2] = 0, 2, (0, 1)
    for r in (0, 1):
        scratch = own_part(work, r, 0)
        for k in (0, 1):
            both, noise = np.diag(variances[:, k]), work.measured[0, SIGMAS + k] ** 2 + (values[1, k] - values[0, k]) ** 2 / 12.0
            h = np.array([0.5, 0.5])
            gain = both @ h / (h @ both @ h + noise)
            mean = values[:, k] + gain * (work.measured[0, k] - h @ values[:, k])
            after = both - np.outer(gain, h @ both)
            own = variances[r, k] / (variances[r, k] + work.measured[scratch, SIGMAS + k] ** 2)
            assert values[r, k] + own * (work.measured[scratch, k] - values[r, k]) == pytest.approx(mean[r], rel=1e-12)
            assert (1.0 - own) * variances[r, k] == pytest.approx(after[r, r], rel=1e-9)
        assert np.isnan(work.measured[scratch, 3])


@pytest.mark.parametrize("case", CASES[:3], ids=lambda case: case.name)
def test_a_crossing_costs_no_track(case):
    with_cells, joined = kept(case, 8, told=True)
    assert joined >= 3.0
    assert with_cells >= 0.87  # three missed looks in a row end a track anywhere
    if case is not CASES[0]:
        assert kept(case, 8, told=False)[0] < 0.75  # what it is without


def test_of_a_formation_in_one_cell_most_tracks_come_out_again():
    with_cells, joined = kept(CASES[5], 6, told=True)
    assert joined > 12.0
    assert with_cells > kept(CASES[5], 6, told=False)[0]


def test_two_radars_that_disagree_a_little_still_make_one_track_of_a_target():
    sensors = [radar(position, resolution=(300.0, 0.026, 0.05, 20.0)) for position in ((0.0, 0.0, 0.0), (30e3, 0.0, 0.0))]
    tracker, rng = Tracker(CONFIG, make_sensors(sensors), 32, 32), np.random.default_rng(3)
    for k in range(60):
        seen = observe(fly(PLANE, 2.5 * k), sensors[k % 2], rng)
        seen["azimuth"] += 0.006 * (k % 2)
        tracks = tracker.update(2.5 * k, k % 2, **seen)
    assert len(tracks["id"]) == 1
