"""Geometry over the effective earth against published examples and its own inverses."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.physics import propagation as p
from dowding.physics.geodesy import meridional_radius, prime_vertical_radius
from dowding.physics.horizon import clear_sight, gathered

R = p.EARTH_RADIUS_MEAN
K = p.FACTOR_FOUR_THIRDS
MATHWORKS_FACTOR = 1.0 / (1.0 - 39e-9 * R)  # refractivity gradient -39e-9 per metre; not exactly 4/3

HEIGHT = st.floats(0.0, 30_000.0)


def test_height_from_elevation() -> None:
    # MathWorks documentation, el2height: 0.5 deg, antenna at 10 m, range 300 km -> 7.9325 km
    assert p.height_at_elevation(300e3, math.radians(0.5), 10.0, R, MATHWORKS_FACTOR) == pytest.approx(7932.5, abs=0.06)


def test_range_to_a_height() -> None:
    # MathWorks documentation, height2range and height2grndrange: 1 km at 2 deg from 10 m -> 27.125 km, 27.106 km
    reach = p.range_to_height(1000.0, math.radians(2.0), 10.0, R, MATHWORKS_FACTOR)
    assert reach == pytest.approx(27125.0, abs=0.6)
    assert p.ground_distance_at_elevation(reach, math.radians(2.0), 10.0, R, MATHWORKS_FACTOR) == pytest.approx(27106.0, abs=0.6)


def test_horizon() -> None:
    # sum of sqrt(2 k R h): 63.794 km for 30 m and 100 m; Skolnik (2001) prints the rule 4.12 (sqrt h1 + sqrt h2) km
    assert p.horizon_distance(30.0, 100.0, R, K) == pytest.approx(63_794.0, abs=50.0)
    assert p.horizon_distance(30.0, 100.0, R, K) == pytest.approx(4120.0 * (math.sqrt(30.0) + 10.0), rel=1e-3)
    radius = K * R
    closed = radius * (math.acos(radius / (radius + 5e3)) + math.acos(radius / (radius + 11e3)))
    assert p.horizon_distance(5e3, 11e3, R, K) == pytest.approx(closed, rel=1e-9)


def test_earth_radii() -> None:
    # WGS-84: a sqrt(1-e2) = b = 6356752.314 m at the equator, a^2/b = 6399593.626 m at the pole (NIMA TR8350.2, table 3.3)
    assert p.gaussian_radius(0.0) == pytest.approx(6356752.314, abs=0.01)
    assert p.gaussian_radius(math.pi / 2.0) == pytest.approx(6399593.626, abs=0.01)
    # the root of the product of the principal radii
    assert p.gaussian_radius(0.7) == pytest.approx(math.sqrt(meridional_radius(0.7) * prime_vertical_radius(0.7)), rel=1e-12)


@settings(deadline=None, max_examples=200)
@given(st.floats(1.0, 500e3), HEIGHT, HEIGHT)
def test_slant_range_and_back(ground: float, h1: float, h2: float) -> None:
    slant = p.slant_range(ground, h1, h2, R)
    assert p.surface_distance(slant, h1, h2, R) == pytest.approx(ground, rel=1e-9, abs=1e-2)
    if slant > abs(h1 - h2) + 1.0:  # plain law of cosines
        a, b = R + h1, R + h2
        assert R * math.acos((a * a + b * b - slant * slant) / (2.0 * a * b)) == pytest.approx(ground, rel=1e-6, abs=1.0)


def test_impossible_slant_range_is_vertical() -> None:
    assert p.surface_distance(50.0, 0.0, 100.0, R) == 0.0


@settings(deadline=None, max_examples=200)
@given(st.floats(100.0, 600e3), HEIGHT)
def test_lowest_visible_height_lies_on_the_horizon(ground: float, antenna: float) -> None:
    lowest = p.minimum_visible_height(ground, antenna, R, K)
    assert lowest >= 0.0
    assert p.is_above_horizon(ground, antenna, lowest + 1e-3, R, K)
    if lowest > 0.0:
        assert p.horizon_distance(antenna, lowest, R, K) == pytest.approx(ground, rel=1e-9)
        assert not p.is_above_horizon(ground, antenna, lowest * 0.999, R, K)


def test_nothing_is_visible_a_quarter_round_the_earth() -> None:
    assert p.minimum_visible_height(0.6 * math.pi * K * R, 0.0, R, K) == math.inf


@settings(deadline=None, max_examples=200)
@given(st.floats(0.001, 1.3), HEIGHT, st.floats(100.0, 400e3))
def test_elevation_height_and_range_agree(elevation: float, antenna: float, path: float) -> None:
    height = p.height_at_elevation(path, elevation, antenna, R, K)
    assert p.range_to_height(height, elevation, antenna, R, K) == pytest.approx(path, rel=1e-7)
    ground = p.ground_distance_at_elevation(path, elevation, antenna, R, K)
    assert p.apparent_elevation(ground, antenna, height, R, K) == pytest.approx(elevation, abs=1e-8)


def test_a_ray_that_looks_down() -> None:
    # from 10 km, 2 degrees down, the ray falls through 5 km at the first crossing
    reach = p.range_to_height(5000.0, math.radians(-2.0), 10e3, R, K)
    assert p.height_at_elevation(reach, math.radians(-2.0), 10e3, R, K) == pytest.approx(5000.0, abs=1e-6)
    assert reach < 296e3  # before the ray is lowest
    assert math.isnan(p.range_to_height(5000.0, math.radians(2.0), 10e3, R, K))
    assert math.isnan(p.range_to_height(0.0, math.radians(-0.5), 10e3, R, K))
    # a ray that leaves downward and comes back up over the curved earth
    assert p.range_to_height(10e3 + 500.0, math.radians(-1.0), 10e3, R, K) > 300e3


def test_target_on_the_horizon_has_zero_grazing() -> None:
    # the straight line over the effective earth touches the sphere: its elevation is minus the antenna's dip
    ground = p.horizon_distance(100.0, 3000.0, R, K)
    assert p.apparent_elevation(ground, 100.0, 3000.0, R, K) == pytest.approx(-p.horizon_angle(100.0, K * R), abs=1e-9)


def test_series_meet_the_functions_that_they_stand_for() -> None:
    for angle in [0.0, 1e-9, *np.linspace(1e-3, 3.0, 300)]:
        sine, versine = p.sine_versine(angle)
        assert sine == pytest.approx(math.sin(angle), rel=1e-11, abs=1e-300)
        assert versine == pytest.approx(2.0 * math.sin(0.5 * angle) ** 2, rel=1e-11, abs=1e-300)
        slant = p.slant_range(angle * R, 200.0, 10e3, R)
        if angle > 1e-3:
            assert p.arc_angle(slant, 200.0, 10e3, R) == pytest.approx(angle, rel=1e-9)


@given(st.floats(0.0, 20e3), st.floats(-400.0, 1000e3), st.floats(1.0, 3000e3))
@settings(deadline=None, max_examples=400)
def test_clear_means_nearer_than_the_horizon(antenna: float, target: float, ground: float) -> None:
    horizon = p.horizon_distance(antenna, max(target, 0.0), R, K)
    if abs(ground - horizon) > 1e-3:
        assert p.is_above_horizon(ground, antenna, target, R, K) == (ground < horizon)


SMOOTH = gathered([None], [1.0])


@settings(deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(0.0, 6.28), st.floats(0.0, 500.0), HEIGHT, st.floats(1.0, 400e3))
def test_clear_sight_asks_the_horizon_in_the_direction_of_the_target(
    latitude: float, azimuth: float, antenna: float, height: float, ground: float
) -> None:
    radius = p.euler_radius(latitude, azimuth)
    distance = p.slant_range(ground, antenna, height, radius)
    visible, elevation = clear_sight(SMOOTH, 0, latitude, antenna, azimuth, distance, height, K)
    horizon = p.horizon_distance(antenna, height, radius, K)
    if abs(ground - horizon) > 1.0:  # m: the slant range keeps the ground distance to less than that
        assert visible == (ground < horizon)
    assert elevation == pytest.approx(p.apparent_elevation(ground, antenna, height, radius, K), abs=1e-6)
