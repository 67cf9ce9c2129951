"""Track measures on worlds small enough to count by hand."""

import numpy as np
import pytest
from synthetic_run import empty, make, table

from dowding.analysis import consistency
from dowding.analysis import track_quality as tq

TIMES = np.arange(0.0, 101.0, 10.0)


def truth_rows(target: int, north: float):
    return [
        {
            "time_s": t,
            "target": target,
            "east_m": 100.0 * t,
            "north_m": north,
            "up_m": 1000.0,
            "velocity_east_mps": 100.0,
            "velocity_north_mps": 0.0,
            "velocity_up_mps": 0.0,
        }
        for t in TIMES
    ]


def update(time, track, detection, north, confirmed=True, error=(0.0, 0.0, 0.0), picture=0, nis=3.0):
    return {
        "time_s": time,
        "track": track,
        "picture": picture,
        "sensor": 0,
        "detection": detection,
        "confirmed": confirmed,
        "east_m": 100.0 * time + error[0],
        "north_m": north + error[1],
        "up_m": 1000.0 + error[2],
        "variance_east_m2": 4.0,
        "variance_north_m2": 9.0,
        "variance_up_m2": 16.0,
        "covariance_east_north_m2": 1.0,
        "covariance_east_up_m2": 2.0,
        "covariance_north_up_m2": 3.0,
        "nis": nis,
        "nis_dof": 3,
        "class": "aircraft",
    }


@pytest.fixture
def world():
    """Track 1 (20 to 50 s) and then 3 (60 to 80 s) follow target 0, nothing follows target 1, track 2 is false, 4 never confirmed."""
    truth = table("truth", truth_rows(0, 0.0) + truth_rows(1, 5e4))
    updates = [(10.0, 1, False, 0), (20.0, 1, True, 0), (30.0, 1, True, 0), (40.0, 1, True, -1), (50.0, 1, True, 0)]
    updates += [(60.0, 3, True, 0), (70.0, 3, True, 0), (80.0, 3, True, 0), (30.0, 2, True, -1), (40.0, 2, True, -1), (35.0, 4, False, 1)]
    tracks = table("tracks", [update(t, n, i, 0.0, c, (3.0, 4.0, 12.0)) for i, (t, n, c, _) in enumerate(updates)])
    origins = table("origins", [{"detection": i, "target": u[3]} for i, u in enumerate(updates)][::-1])
    return tracks, origins, truth


def test_each_track_follows_what_most_of_its_detections_came_from(world):
    tracks, origins, _ = world
    followed = tq.assign(tracks, origins)
    assert followed.track.tolist() == [1, 2, 3]
    assert followed.target.tolist() == [0, -1, 0]
    assert followed.purity.tolist() == [0.8, 1.0, 1.0]
    assert followed.first_s.tolist() == [20.0, 30.0, 60.0]
    assert followed.last_s.tolist() == [50.0, 40.0, 80.0]


def test_times_and_counts(world):
    tracks, origins, truth = world
    followed = tq.assign(tracks, origins)
    assert tq.completeness(followed, truth).tolist() == pytest.approx([7 / 11, 0.0])
    assert tq.spurious_share(followed) == pytest.approx(10 / 60)
    assert tq.ambiguity(followed) == pytest.approx(50 / 60)
    assert tq.identity_switches(tracks, origins) == 1
    tracks["picture"][5:8] = 1
    assert tq.identity_switches(tracks, origins) == 0


def test_errors_and_nees_against_the_matrix_inverse(world):
    tracks, origins, truth = world
    target = tq.target_of_updates(tracks, tq.assign(tracks, origins))
    assert target.tolist() == [-1, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1]
    error = tq.position_errors(tracks, truth, target)
    np.testing.assert_allclose(error[1:8], np.tile([3.0, 4.0, 12.0], (7, 1)), atol=1e-9)
    covariance = np.array([[4.0, 1.0, 2.0], [1.0, 9.0, 3.0], [2.0, 3.0, 16.0]])
    e = np.array([3.0, 4.0, 12.0])
    np.testing.assert_allclose(consistency.nees(tracks, error)[1:8], e @ np.linalg.inv(covariance) @ e, rtol=1e-12)
    assert np.isnan(consistency.nees(tracks, error)[[0, 8]]).all()
    quality = tq.track_quality(tracks, origins, truth)
    assert quality["position_error_mean_m"] == pytest.approx(13.0)
    assert (quality["confirmed"], quality["false"]) == (3, 1)
    assert quality["nis_per_dof"] == pytest.approx(1.0)


def test_honest_errors_are_inside_their_chi_squared_bound():
    rng = np.random.default_rng(5)
    values = rng.chisquare(3, 40_000)
    assert consistency.share_inside(values, np.full(len(values), 3)) == pytest.approx(0.95, abs=0.005)
    assert np.isnan(consistency.share_inside(np.array([np.nan]), np.array([3])))


def test_the_made_up_run_has_one_false_track_and_honest_nees():
    run = make()
    quality = tq.track_quality(run["tracks"], run["origins"], run["truth"])
    assert quality["false"] == 1
    assert quality["nees"] == pytest.approx(3.0, abs=0.5)
    assert quality["nees_inside_95"] == pytest.approx(0.95, abs=0.04)
    assert quality["identity_switches"] == 0


def test_nothing_to_measure():
    quality = tq.track_quality(empty("tracks"), empty("origins"), empty("truth"))
    assert quality["confirmed"] == 0
    assert np.isnan(quality["completeness"])
    assert np.isnan(quality["false_share"])
