"""Geodesy against published points, PROJ, pymap3d and GeographicLib's documented accuracy."""

import math

import numpy as np
import pymap3d
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.physics import geodesy

latitudes = st.floats(-math.pi / 2, math.pi / 2)
longitudes = st.floats(-math.pi, math.pi)
heights = st.floats(-10e3, 2000e3)

# IOGP Geospatial Integrity of Geoscience Software, test 5201 (version 2.0): WGS 84 geographic 3D to geocentric
GIGS_5201 = [
    ((80.0, 150.0, 1214.137), (-962479.5924, 555687.8517, 6260738.6526)),
    ((60.00475191, 119.99524538, 619.6317), (-1598248.169, 2768777.623, 5501278.468)),
    ((30.0, 60.0, 189.569), (2764210.4054, 4787752.865, 3170468.5199)),
    ((0.00392509, -0.00100615, -202.5882), (6377934.396, -112.0, 434.0)),
]


def radians(latitude: float, longitude: float, height: float) -> tuple[float, float, float]:
    return math.radians(latitude), math.radians(longitude), height


@pytest.mark.parametrize(("place", "ecef"), GIGS_5201)
def test_gigs_5201_both_ways(place: tuple[float, float, float], ecef: tuple[float, float, float]) -> None:
    assert np.allclose(geodesy.geodetic_to_ecef(*radians(*place)), ecef, rtol=0, atol=0.01)  # m, the test's own tolerance
    latitude, longitude, height = geodesy.ecef_to_geodetic(*ecef)
    assert np.allclose([math.degrees(latitude), math.degrees(longitude)], place[:2], rtol=0, atol=3e-7)  # degrees, as GIGS
    assert abs(height - place[2]) < 0.01


def test_epsg_9837_topocentric() -> None:
    # IOGP 373-7-2 (October 2020), Geomatics Guidance Note 7-2, worked example of EPSG method 9837
    frame = geodesy.theatre_frame(*radians(55.0, 5.0, 200.0))
    place = radians(53 + 48 / 60 + 33.82 / 3600, 2 + 7 / 60 + 46.38 / 3600, 73.0)
    assert np.allclose(geodesy.geodetic_to_theatre(frame, *place), (-189013.869, -128642.040, -4220.171), rtol=0, atol=1e-3)


def test_azimuth_elevation_range_to_ecef() -> None:
    # MATLAB Mapping Toolbox reference, as in pymap3d's tests
    place = radians(42.0, -82.0, 200.0)
    assert np.allclose(geodesy.geodetic_to_ecef(*place), (660675.2518247, -4700948.68316, 4245737.66222), rtol=0, atol=1e-4)
    frame = geodesy.theatre_frame(*place)
    local = geodesy.direction_vector(math.radians(33.0), math.radians(70.0), 1000.0)
    ecef = frame.origin + np.array(geodesy.rotate_back(frame.rotation, *local))
    assert np.allclose(ecef, (660930.19276, -4701424.22296, 4246579.60463), rtol=0, atol=1e-4)


def test_line_of_sight_meets_the_ellipsoid() -> None:
    # MATLAB lookAtSpheroid, as in pymap3d's tests/test_look_spheroid.py: 45 degrees off the vertical, toward the north-east
    frame = geodesy.theatre_frame(*radians(10.0, -20.0, 1000.0))
    ray = geodesy.direction_vector(math.radians(45.0), math.radians(45.0 - 90.0), 1414.324795)
    latitude, longitude, height = geodesy.theatre_to_geodetic(frame, *ray)
    assert abs(math.degrees(latitude) - 10.00639336) < 1e-8
    assert abs(math.degrees(longitude) + 19.993549978) < 1e-8
    assert abs(height) < 1e-4


def test_agrees_with_proj_and_pymap3d() -> None:
    random = np.random.default_rng(1)
    places = np.column_stack(
        [np.arcsin(random.uniform(-1, 1, 2000)), random.uniform(-np.pi, np.pi, 2000), random.uniform(-10e3, 2000e3, 2000)]
    )
    proj = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978")
    theirs = np.column_stack(proj.transform(np.degrees(places[:, 0]), np.degrees(places[:, 1]), places[:, 2]))
    ours = np.array([geodesy.geodetic_to_ecef(*place) for place in places])
    assert np.abs(ours - theirs).max() < 1e-8  # m: a few units in the last place at 8,000 km
    frame = geodesy.theatre_frame(*radians(37.0, 36.0, 850.0))
    theatre = geodesy.geodetic_to_theatre_many(frame, places)
    east, north, up = pymap3d.geodetic2enu(np.degrees(places[:, 0]), np.degrees(places[:, 1]), places[:, 2], 37.0, 36.0, 850.0)
    assert np.abs(theatre - np.column_stack([east, north, up])).max() < 2e-8


@settings(deadline=None, max_examples=300)
@given(latitudes, longitudes, heights)
def test_round_trip(latitude: float, longitude: float, height: float) -> None:
    point = geodesy.geodetic_to_ecef(latitude, longitude, height)
    back = geodesy.ecef_to_geodetic(*point)
    assert abs(back[2] - height) < 2e-8  # m
    assert abs(back[0] - latitude) * 6.4e6 < 2e-8  # m along the meridian
    again = geodesy.geodetic_to_ecef(*back)
    assert np.linalg.norm(np.subtract(again, point)) < 2e-8


@pytest.mark.parametrize("latitude", [-90.0, -89.9999999, 0.0, 1e-9, 89.9999999, 90.0])
@pytest.mark.parametrize("longitude", [-180.0, -179.9999999, 0.0, 180.0])
@pytest.mark.parametrize("height", [-10e3, 0.0, 2000e3, 36000e3])
def test_poles_and_antimeridian(latitude: float, longitude: float, height: float) -> None:
    frame = geodesy.theatre_frame(*radians(88.0, 179.5, 0.0))
    place = radians(latitude, longitude, height)
    point = geodesy.geodetic_to_theatre(frame, *place)
    back = geodesy.theatre_to_geodetic(frame, *point)
    assert np.linalg.norm(np.subtract(geodesy.geodetic_to_theatre(frame, *back), point)) < 5e-8
    assert abs(back[2] - height) < 5e-8
    assert abs(geodesy.height_above_ellipsoid(frame, *point) - height) < 5e-8
    assert -math.pi <= back[1] <= math.pi


@pytest.mark.parametrize(("height", "error"), [(-400.0, 1e-6), (0.0, 1e-7), (10e3, 1e-5), (100e3, 1e-4), (1000e3, 2e-3), (10_000e3, 0.04)])
def test_height_without_a_latitude(height: float, error: float) -> None:
    frame = geodesy.theatre_frame(*radians(39.9, 32.8, 0.0))
    for latitude in np.linspace(-90.0, 90.0, 181):
        point = geodesy.geodetic_to_theatre(frame, *radians(latitude, 77.0, height))
        assert abs(geodesy.height_above_ellipsoid(frame, *point) - height) < error


def test_quick_arc_tangent() -> None:
    for angle in np.linspace(-math.pi, math.pi, 10_001):
        y, x = 3.0 * math.sin(angle), 3.0 * math.cos(angle)
        assert abs(geodesy.quick_atan2(y, x) - math.atan2(y, x)) < 3e-8
    assert geodesy.quick_atan2(0.0, 0.0) == 0.0
    assert geodesy.quick_atan2(0.0, -1.0) == math.pi
    assert geodesy.quick_atan2(-2.0, 0.0) == -0.5 * math.pi
    assert geodesy.quick_atan2(1.0, math.inf) == 0.0


def test_quick_tangent() -> None:
    for angle in np.concatenate([np.linspace(-1.5, 1.5, 601), np.linspace(-0.1, 0.1, 201)]):
        assert geodesy.quick_tangent(float(angle)) == pytest.approx(math.tan(angle), rel=2e-9, abs=1e-18)


def test_radius_toward_is_euler_s() -> None:
    latitude = 0.7
    curvatures = 1.0 / geodesy.meridional_radius(latitude), 1.0 / geodesy.prime_vertical_radius(latitude)
    for azimuth in np.linspace(0.0, 2.0 * math.pi, 13):
        ours = geodesy.radius_toward(*curvatures, 5e3 * math.sin(azimuth), 5e3 * math.cos(azimuth))
        assert ours == pytest.approx(geodesy.euler_radius(latitude, azimuth), rel=1e-12)
    assert geodesy.radius_toward(*curvatures, 0.0, 0.0) == pytest.approx(geodesy.meridional_radius(latitude))


def test_earth_centre_does_not_fail() -> None:
    assert geodesy.height_above_ellipsoid(geodesy.theatre_frame(0.0, 0.0), 0.0, 0.0, -geodesy.SEMI_MAJOR_AXIS) == -geodesy.SEMI_MAJOR_AXIS
    assert geodesy.ecef_to_geodetic(0.0, 0.0, 0.0)[2] == -geodesy.SEMI_MAJOR_AXIS


def test_frame_is_rigid_and_knows_the_earth() -> None:
    frame = geodesy.theatre_frame(*radians(-33.0, 151.0, 40.0))
    assert np.allclose(frame.rotation @ frame.rotation.T, np.eye(3), rtol=0, atol=1e-15)
    pole = np.array(geodesy.geodetic_to_theatre(frame, math.pi / 2, 0.0, 0.0))
    assert np.allclose(frame.earth_centre + geodesy.SEMI_MINOR_AXIS * frame.spin_axis, pole, rtol=0, atol=1e-8)
    rows = geodesy.theatre_to_geodetic_many(frame, np.zeros((1, 3)))
    assert np.allclose(rows[0], radians(-33.0, 151.0, 40.0), rtol=0, atol=1e-8)


def test_local_rotation_is_level_at_the_place() -> None:
    frame = geodesy.theatre_frame(*radians(37.0, 36.0, 0.0))
    place = radians(41.0, 44.0, 0.0)
    local = geodesy.local_rotation(frame, *place[:2])
    here = np.array(geodesy.geodetic_to_theatre(frame, *place))
    above = np.array(geodesy.geodetic_to_theatre(frame, place[0], place[1], 1000.0))
    assert np.allclose(local @ (above - here), (0.0, 0.0, 1000.0), rtol=0, atol=1e-8)
    assert np.allclose(geodesy.rotate(local, *(above - here)), local @ (above - here), rtol=0, atol=1e-9)


@settings(deadline=None)
@given(st.floats(0.0, 6.28), st.floats(-1.57, 1.57), st.floats(1.0, 1e6))
def test_direction_round_trip(azimuth: float, elevation: float, distance: float) -> None:
    vector = geodesy.direction_vector(azimuth, elevation, distance)
    back = geodesy.azimuth_elevation_range(*vector)
    assert np.allclose(geodesy.direction_vector(*back), vector, rtol=0, atol=1e-9 * distance)
    assert 0.0 <= back[0] < 2.0 * math.pi


def test_azimuth_is_clockwise_from_north() -> None:
    assert geodesy.azimuth_elevation_range(1.0, 0.0, 0.0) == (math.pi / 2, 0.0, 1.0)
    assert geodesy.azimuth_elevation_range(-1e-300, 1.0, 0.0)[0] == 0.0


def test_radii_of_curvature() -> None:
    # NGA.STND.0036 (2014), table 3.4: polar radius of curvature c = 6399593.6258 m, where all radii are equal
    for radius in (geodesy.meridional_radius(math.pi / 2), geodesy.prime_vertical_radius(math.pi / 2)):
        assert abs(radius - 6399593.6258) < 1e-4
    assert geodesy.prime_vertical_radius(0.0) == geodesy.SEMI_MAJOR_AXIS
    # the curvature of a meridian is how fast its places go by: a chord of 0.0002 rad about 40 degrees
    chord = np.subtract(geodesy.geodetic_to_ecef(0.7001, 0.0, 0.0), geodesy.geodetic_to_ecef(0.6999, 0.0, 0.0))
    assert abs(np.linalg.norm(chord) / 2e-4 - geodesy.euler_radius(0.7, 0.0)) < 0.1
    assert abs(geodesy.euler_radius(0.7, math.pi / 2) - geodesy.prime_vertical_radius(0.7)) < 1e-6


def test_geodesic_published() -> None:
    # Karney (2013), J. Geodesy 87, table 2 (direct problem, WGS84): 40 deg N, azimuth 30 deg, 10,000 km
    latitude, longitude, azimuth = geodesy.geodesic_direct(math.radians(40.0), 0.0, math.radians(30.0), 1e7)
    assert abs(math.degrees(latitude) - 41.79331020506) < 1e-11
    assert abs(math.degrees(longitude) - 137.84490004377) < 1e-11
    assert abs(math.degrees(azimuth) - 149.09016931807) < 1e-11
    line = geodesy.geodesic_inverse(math.radians(40.0), 0.0, latitude, longitude)
    assert abs(line.distance - 1e7) < 1e-7
    assert abs(math.degrees(line.azimuth_start) - 30.0) < 1e-11


def test_geodesic_nearly_antipodal() -> None:
    # Karney (2013), table 4: 30 deg S to 29.9 deg N over 179.8 deg of longitude
    line = geodesy.geodesic_inverse(math.radians(-30.0), 0.0, math.radians(29.9), math.radians(179.8))
    assert abs(line.distance - 19989832.827610) < 1e-6
    assert abs(math.degrees(line.azimuth_start) - 161.890524736) < 1e-8


@settings(deadline=None)
@given(st.floats(-100.0, 100.0))
def test_turns_are_the_same_direction_in_their_range(angle: float) -> None:
    full, half = geodesy.full_turn(angle), geodesy.half_turn(angle)
    assert 0.0 <= full < 2.0 * math.pi
    assert -math.pi <= half <= math.pi
    for turned in (full, half):
        assert math.hypot(math.sin(turned) - math.sin(angle), math.cos(turned) - math.cos(angle)) < 1e-13 * (100.0 + abs(angle))


def test_turns_at_their_seams() -> None:
    assert geodesy.full_turn(2.0 * math.pi) == 0.0
    assert geodesy.full_turn(-1e-20) == 0.0  # rounds up to the full circle, which is 0
    assert geodesy.full_turn(-0.5 * math.pi) == pytest.approx(1.5 * math.pi, abs=1e-15)
    assert geodesy.half_turn(math.pi) == -math.pi
    assert geodesy.half_turn(1.5 * math.pi) == pytest.approx(-0.5 * math.pi, abs=1e-15)
