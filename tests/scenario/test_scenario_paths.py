"""Distances against PROJ's geodesics."""

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dowding.scenario.paths import Point, distance_m

GEODESIC = pyproj.Geod(ellps="WGS84")
LATITUDE, LONGITUDE = st.floats(-89, 89), st.floats(-180, 180)


@given(LATITUDE, LONGITUDE, st.floats(0, 360), st.floats(100, 1e6))
def test_distance_agrees_with_the_geodesic(lat: float, lon: float, azimuth: float, distance: float) -> None:
    other_lon, other_lat, _ = GEODESIC.fwd(lon, lat, azimuth, distance)
    measured = distance_m(Point(lat, lon), Point(other_lat, other_lon))
    assert measured == pytest.approx(distance, rel=2e-5)


@given(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)
def test_far_distances_agree_roughly(lat: float, lon: float, other_lat: float, other_lon: float) -> None:
    _, _, distance = GEODESIC.inv(lon, lat, other_lon, other_lat)
    if distance < 1e7:
        assert distance_m(Point(lat, lon), Point(other_lat, other_lon)) == pytest.approx(distance, rel=6e-3, abs=1e-3)


def test_altitude_counts() -> None:
    assert distance_m(Point(40, 33, 0), Point(40, 33, 3000)) == pytest.approx(3000)
