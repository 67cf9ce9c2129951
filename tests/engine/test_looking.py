"""The detection function alone: what it refuses, and that its shortcuts give what the textbook's functions give."""

import math

import numpy as np
import pytest
from replicates import world

from dowding.engine.looking import aspect_of, look
from dowding.model import Model
from dowding.physics.detection import detection_probability
from dowding.physics.geodesy import euler_radius, geodetic_to_theatre
from dowding.physics.propagation import apparent_elevation, horizon_distance

LATITUDE, LONGITUDE = math.radians(40.0), math.radians(33.0)


@pytest.fixture(scope="module")
def model() -> Model:
    post = {"name": "Post", "radar": "96l6e", "lat_deg": 40.0, "lon_deg": 33.0}
    route = [{"lat_deg": 41.5, "lon_deg": 33.0, "altitude_m": 3000.0}, {"lat_deg": 40.1, "lon_deg": 33.0}]
    theatre = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}
    return world(duration_s=600.0, theatre=theatre, sensor=[post], flight=[{"name": "F", "target": "f-16", "route": route}]).model


def seen(model: Model, azimuth: float, ground: float, height: float, speed: float = 250.0) -> tuple[float, ...]:
    """One look at a target that flies level at the radar."""
    radius = euler_radius(LATITUDE, azimuth)
    angle = ground / radius
    antenna = float(model.defence.sensors["height"][0])
    out, up = (radius + height) * math.sin(angle), (radius + height) * math.cos(angle) - radius - antenna
    site = geodetic_to_theatre(model.defence.frame, LATITUDE, LONGITUDE, antenna)
    x, y, z = site[0] + out * math.sin(azimuth), site[1] + out * math.cos(azimuth), site[2] + up
    course = (-speed * math.sin(azimuth), -speed * math.cos(azimuth), 0.0)
    d = model.defence
    rcs = np.array([1.0, 10.0, 3.0])
    state = (x, y, z, *course)
    return look(d.geometry, d.sensors, d.detection, d.loss, d.horizons, d.quiet, 4.0 / 3.0, 0, 1, rcs, state, height)


@pytest.mark.parametrize("azimuth", [0.0, 1.0, 3.0, 5.0])
def test_a_look_says_where_the_target_is_and_how_probable_it_is(model: Model, azimuth: float) -> None:
    probability, decibels, distance, bearing, elevation, range_rate = seen(model, azimuth, 100e3, 5000.0)
    assert bearing == pytest.approx(azimuth, abs=1e-6)
    assert distance == pytest.approx(math.hypot(100e3, 5000.0), rel=1e-3)
    assert elevation == pytest.approx(math.atan2(5000.0 - 100e3**2 / (2.0 * 6.37e6), 100e3), abs=3e-4)
    assert range_rate == pytest.approx(-250.0, abs=1.0)
    assert probability == pytest.approx(float(detection_probability(10.0 ** (decibels / 10.0), 1e-6, 10, 1)), abs=5e-5)


def test_the_horizon_is_where_the_earth_has_it(model: Model) -> None:
    antenna = float(model.defence.sensors["height"][0])
    for azimuth in (0.0, 0.8, 2.0):
        edge = horizon_distance(antenna, 300.0, euler_radius(LATITUDE, azimuth), 4.0 / 3.0)
        assert seen(model, azimuth, edge - 5.0, 300.0)[0] > 0.0
        assert seen(model, azimuth, edge + 5.0, 300.0) == (0.0,) * 6


def test_elevation_limits_hold_along_the_bent_ray(model: Model) -> None:
    highest = float(model.defence.geometry.elevation_max[0])
    antenna = float(model.defence.sensors["height"][0])
    heights = np.linspace(5e3, 40e3, 400)
    inside = [seen(model, 1.0, 10e3, float(h))[0] > 0.0 for h in heights]
    radius = euler_radius(LATITUDE, 1.0)
    assert inside == [apparent_elevation(10e3, antenna, float(h), radius, 4.0 / 3.0) <= highest for h in heights]
    assert 0 < sum(inside) < len(inside)


@pytest.mark.parametrize(("ground", "height", "speed"), [(400e3, 20e3, 250.0), (1e3, 10.0, 250.0), (100e3, 5000.0, 5.0)])
def test_too_far_too_near_and_too_slow(model: Model, ground: float, height: float, speed: float) -> None:
    assert seen(model, 1.0, ground, height, speed) == (0.0,) * 6


def test_a_target_where_the_antenna_stands_and_a_lost_one(model: Model) -> None:
    d, rcs = model.defence, np.ones(3)
    at = tuple(map(float, d.geometry.position[0]))
    for place in (at, (math.nan,) * 3, (math.inf,) * 3):
        state = (*place, 1.0, 0.0, 0.0)
        assert look(d.geometry, d.sensors, d.detection, d.loss, d.horizons, d.quiet, 4.0 / 3.0, 0, 1, rcs, state, 10.0) == (0.0,) * 6


def test_aspects() -> None:
    """The target is 10 km north of the observer."""
    for course, side in ((0.0, 2), (44.0, 2), (46.0, 1), (134.0, 1), (136.0, 0), (180.0, 0), (226.0, 1), (316.0, 2)):
        angle = math.radians(course)
        assert aspect_of(0.0, 10e3, 0.0, 200.0 * math.sin(angle), 200.0 * math.cos(angle), 0.0) == side
    assert aspect_of(0.0, 10e3, 0.0, 0.0, 0.0, 0.0) == 1
