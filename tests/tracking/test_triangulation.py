"""Crossing bearings: where they meet, how far off that is, and whether a third one agrees."""

import math

import numpy as np
import pytest
from scipy import stats

from dowding.physics import geodesy
from dowding.tracking import triangulation
from dowding.tracking.picture import BEARING
from dowding.tracking.tracker import make_config

FRAME = geodesy.theatre_frame(math.radians(40.0), math.radians(33.0))
EARTH = make_config(FRAME.earth_centre, FRAME.spin_axis).earth
SIGMA = math.radians(0.5)


def place_of(lat_deg: float, lon_deg: float, height: float) -> np.ndarray:
    return np.array(geodesy.geodetic_to_theatre(FRAME, math.radians(lat_deg), math.radians(lon_deg), height))


def bearings(sites: list[tuple[float, float]], target: np.ndarray, error: np.ndarray, tilt: np.ndarray | None = None) -> np.ndarray:
    """Bearings of a theatre place from sites (latitude, longitude), with errors (site,) rad; elevations too if `tilt` has errors."""
    rows = np.zeros(len(sites), BEARING)
    for k, (lat, lon) in enumerate(sites):
        here, axes = place_of(lat, lon, 20.0), geodesy.local_rotation(FRAME, math.radians(lat), math.radians(lon))
        azimuth, elevation, _ = geodesy.azimuth_elevation_range(*(axes @ (target - here)))
        rows[k]["x"], rows[k]["y"], rows[k]["z"] = here
        rows[k]["axes"] = axes
        rows[k]["azimuth"], rows[k]["sigma_azimuth"] = azimuth + error[k], SIGMA
        rows[k]["elevation"] = math.nan if tilt is None else elevation + tilt[k]
        rows[k]["sigma_elevation"], rows[k]["sensor"] = SIGMA, k
    return rows


def crossed(rows: np.ndarray, chosen: tuple[int, int, int], count: int) -> tuple[float, np.ndarray, np.ndarray]:
    place, covariance = np.zeros(3), np.zeros((3, 3))
    squared = triangulation.intersect(EARTH, rows, chosen, count, place, covariance, np.zeros((4, 3)))
    return squared, place, covariance


def level(covariance: np.ndarray) -> np.ndarray:
    return covariance[:2, :2]


def test_exact_bearings_meet_where_the_target_is() -> None:
    target = place_of(40.5, 33.4, 5000.0)
    squared, place, _ = crossed(bearings([(40.0, 33.0), (40.0, 34.0)], target, np.zeros(2)), (0, 1, 0), 2)
    assert squared < 1e-6
    assert np.linalg.norm((place - target)[:2]) < 10.0  # the height prior is 5 km, as the target's, but over a sphere
    squared, place, _ = crossed(bearings([(40.0, 33.0), (40.0, 34.0)], target, np.zeros(2), np.zeros(2)), (0, 1, 0), 2)
    assert squared < 1e-6
    assert np.linalg.norm(place - target) < 1.0


def test_the_covariance_is_the_closed_form_s() -> None:
    """Two bearings that cross at right angles err by range times sigma, each along the other; in general by the sine of the angle."""
    # Torrieri (1984), eq. (12) for two bearings in a plane: the variances are (r sigma / sin(angle))^2 along the other's direction
    target = place_of(40.0, 33.0, 5000.0)
    for turn in (90.0, 60.0, 20.0):
        sites = [geodesy.geodesic_direct(math.radians(40.0), math.radians(33.0), a, d)[:2]
                 for a, d in ((math.radians(180.0), 80e3), (math.radians(180.0 + turn), 50e3))]  # fmt: skip
        rows = bearings([(math.degrees(a), math.degrees(b)) for a, b in sites], target, np.zeros(2))
        _, _, covariance = crossed(rows, (0, 1, 0), 2)
        u, v = (np.array([math.sin(r["azimuth"]), math.cos(r["azimuth"])]) for r in rows)
        sine = abs(u[0] * v[1] - u[1] * v[0])
        expected = (80e3 * SIGMA / sine) ** 2 * np.outer(v, v) + (50e3 * SIGMA / sine) ** 2 * np.outer(u, u)
        assert np.abs(level(covariance) - expected).max() < 0.02 * expected.max()


@pytest.mark.parametrize("tilted", [False, True])
def test_errors_are_as_large_as_the_covariance_says(tilted: bool) -> None:
    random, target, sites = np.random.default_rng(3), place_of(40.6, 33.5, 5000.0), [(40.0, 33.0), (40.0, 34.0), (41.2, 33.3)]
    distances, left = [], []
    for _ in range(600):
        errors = SIGMA * random.standard_normal((2, 3))
        squared, place, covariance = crossed(bearings(sites, target, errors[0], errors[1] if tilted else None), (0, 1, 2), 3)
        off = place - target
        size = 3 if tilted else 2
        distances.append(off[:size] @ np.linalg.solve(covariance[:size, :size], off[:size]))
        left.append(squared)
    size, freedom = (3, 3) if tilted else (2, 1)
    low, high = stats.chi2.ppf([5e-4, 1.0 - 5e-4], 600 * size) / 600
    assert low < np.mean(distances) < high
    low, high = stats.chi2.ppf([5e-4, 1.0 - 5e-4], 600 * freedom) / 600
    assert low < np.mean(left) < high


def test_a_third_bearing_tells_a_ghost_from_a_target() -> None:
    sites, targets = [(40.0, 33.0), (40.0, 34.0), (41.2, 33.5)], [place_of(40.5, 33.3, 5000.0), place_of(40.7, 33.8, 5000.0)]
    seen = [bearings(sites, target, np.zeros(3)) for target in targets]
    limit = stats.chi2.ppf(0.999, 1)
    agree = []
    for a in range(2):
        for b in range(2):
            for c in range(2):
                rows = np.array([seen[a][0], seen[b][1], seen[c][2]])
                if crossed(rows, (0, 1, 2), 3)[0] < limit:
                    agree.append((a, b, c))
    assert agree == [(0, 0, 0), (1, 1, 1)]
    # two bearings alone cross in ghosts as well as in targets
    assert all(crossed(np.array([seen[a][0], seen[b][1]]), (0, 1, 0), 2)[0] < limit for a in range(2) for b in range(2))


def test_bearings_that_part_or_run_side_by_side_do_not_cross() -> None:
    target = place_of(40.6, 33.5, 5000.0)
    rows = bearings([(40.0, 33.0), (40.0, 34.0)], target, np.array([0.0, math.pi]))
    assert crossed(rows, (0, 1, 0), 2)[0] == math.inf
    rows = bearings([(40.0, 33.0), (40.0, 33.01)], place_of(43.0, 33.0, 5000.0), np.zeros(2))
    assert crossed(rows, (0, 1, 0), 2)[0] == math.inf
