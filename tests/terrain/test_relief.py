"""Rays over the ground from an antenna that flies, against the slow twin that tries every point of the way."""

import math

import numpy as np
import pytest

from dowding.physics import geodesy
from dowding.physics.horizon import ground_of
from dowding.physics.propagation import apparent_elevation, euler_radius, surface_distance
from dowding.physics.relief import Relief, flat_relief, ground_hides, relief_of
from dowding.physics.terrain import ground_height, mask_angle
from dowding.terrain import load_terrain

FACTOR = 4.0 / 3.0


@pytest.fixture(scope="module")
def relief() -> Relief:
    frame = geodesy.theatre_frame(math.radians(39.0), math.radians(35.0))
    return relief_of(ground_of(load_terrain("turkey"), 0.0), frame)


def ray(relief: Relief, place: tuple[float, float, float], target: tuple[float, float, float]) -> tuple[float, ...]:
    """Azimuth, ground distance, apparent elevation and earth radius of a target, both ends latitude, longitude (rad) and height (m)."""
    here = np.array(geodesy.geodetic_to_theatre(relief.frame, *place))
    there = np.array(geodesy.geodetic_to_theatre(relief.frame, *target))
    offset = geodesy.local_rotation(relief.frame, *place[:2]) @ (there - here)
    azimuth, _, distance = geodesy.azimuth_elevation_range(*offset)
    radius = euler_radius(place[0], azimuth)
    ground = surface_distance(distance, place[2], target[2], radius)
    return azimuth, ground, apparent_elevation(ground, place[2], target[2], radius, FACTOR), radius


def hides(relief: Relief, place: tuple[float, float, float], target: tuple[float, float, float]) -> bool:
    azimuth, ground, apparent, radius = ray(relief, place, target)
    here = np.array(geodesy.geodetic_to_theatre(relief.frame, *place))
    axes = geodesy.local_rotation(relief.frame, *place[:2])
    return ground_hides(relief, here, axes, place[2], radius, FACTOR, azimuth, ground, apparent)


def test_rays_agree_with_the_slow_twin(relief: Relief) -> None:
    random = np.random.default_rng(5)
    mine, slow, margin = [], [], []
    for _ in range(400):
        place = math.radians(random.uniform(37.0, 41.0)), math.radians(random.uniform(30.0, 40.0)), random.uniform(4e3, 11e3)
        lat, lon, _ = geodesy.geodesic_direct(*place[:2], random.uniform(0.0, 6.28), random.uniform(20e3, 380e3))
        target = lat, lon, ground_height(relief.ground, lat, lon) + float(random.choice([30.0, 100.0, 300.0, 1000.0]))
        azimuth, ground, apparent, radius = ray(relief, place, target)
        site = geodesy.theatre_frame(*place[:2])
        highest = mask_angle(relief.ground, site, place[2], radius, FACTOR, azimuth, ground, relief.size[2])
        mine.append(hides(relief, place, target))
        slow.append(apparent < highest)
        margin.append(abs(apparent - highest))
    known = np.array(margin) > 1e-4  # rad: the two try points of the ground that lie up to half a step apart
    assert 0.1 < np.mean(slow) < 0.5
    assert known.mean() > 0.9
    assert (np.array(mine) == np.array(slow))[known].all()


def test_a_ridge_hides_the_valley_behind_it_and_nothing_above(relief: Relief) -> None:
    """Ararat, 5,100 m, from 40 km to the west: 15 km behind it a low flyer is hidden, a high one is not; from high up both are seen."""
    ararat = math.radians(39.70), math.radians(44.30)
    west = geodesy.geodesic_direct(*ararat, math.radians(270.0), 40e3)[:2]
    behind = geodesy.geodesic_direct(*ararat, math.radians(90.0), 15e3)[:2]
    assert hides(relief, (*west, 3000.0), (*behind, 1500.0))
    assert not hides(relief, (*west, 3000.0), (*behind, 7000.0))
    assert not hides(relief, (*west, 30e3), (*behind, 1500.0))


def test_a_smooth_earth_hides_nothing_here() -> None:
    nothing = flat_relief()
    assert not ground_hides(nothing, np.zeros(3), np.eye(3), 9000.0, 6.37e6, FACTOR, 0.0, 300e3, -0.05)
