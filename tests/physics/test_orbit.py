"""Orbits: where they lie, how fast and which way they are flown."""

import math

import numpy as np
import pytest

from dowding.errors import DowdingError
from dowding.physics import geodesy
from dowding.physics.flight import path_states
from dowding.physics.orbit import Orbit, circle, orbit_path, racetrack, racetrack_about, radius_of_turn

FRAME = geodesy.theatre_frame(math.radians(39.0), math.radians(33.0))
PLACE = math.radians(38.5), math.radians(33.5)
HEIGHT, SPEED = 9000.0, 200.0


def flown(orbit: Orbit, times: np.ndarray, phase: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Latitude, longitude (rad), height and theatre velocity at times."""
    position, velocity = path_states(orbit_path(FRAME, orbit, 0.0, float(times[-1]) + 1.0, phase), times)
    return geodesy.theatre_to_geodetic_many(FRAME, position), velocity


def course(place: np.ndarray, velocity: np.ndarray) -> float:
    """Direction of flight over the ground, degrees."""
    east, north, _ = geodesy.local_rotation(FRAME, place[0], place[1]) @ velocity
    return math.degrees(math.atan2(east, north)) % 360.0


@pytest.mark.parametrize("right", [True, False])
def test_a_circle_keeps_its_distance_height_and_speed(right: bool) -> None:
    orbit = circle(*PLACE, 30e3, right, HEIGHT, SPEED)
    times = np.arange(0.0, 2.5 * orbit.period, 7.0)
    places, velocity = flown(orbit, times)
    lines = [geodesy.geodesic_inverse(*PLACE, lat, lon) for lat, lon, _ in places]
    assert np.abs(np.array([line.distance for line in lines]) - 30e3).max() < 0.6  # m, as exact as knots interpolate
    assert np.abs(places[:, 2] - HEIGHT).max() < 0.6
    at_height = SPEED * (1.0 + HEIGHT / geodesy.meridional_radius(PLACE[0]))
    assert np.abs(np.linalg.norm(velocity, axis=1) - at_height).max() < 0.05
    turned = np.unwrap([line.azimuth_start for line in lines])
    assert abs(turned[0]) < 1e-6  # it begins due north of the middle
    assert np.allclose(np.diff(turned), (1.0 if right else -1.0) * SPEED * 7.0 / 30e3, atol=1e-5)


def test_a_racetrack_flies_its_first_leg_from_point_to_point_and_returns_beside_it() -> None:
    begin, end = PLACE, geodesy.geodesic_direct(*PLACE, math.radians(70.0), 80e3)[:2]
    orbit = racetrack(begin, end, 10e3, True, HEIGHT, SPEED)
    assert abs(orbit.leg - 80e3) < 1e-3
    leg, turn = orbit.leg / SPEED, math.pi * 10e3 / SPEED
    places, velocity = flown(orbit, np.array([0.0, 0.5 * leg, leg, leg + turn, 1.5 * leg + turn, orbit.period]))
    assert geodesy.geodesic_inverse(*places[0][:2], *begin).distance < 1.0
    assert geodesy.geodesic_inverse(*places[2][:2], *end).distance < 1.0
    assert geodesy.geodesic_inverse(*places[5][:2], *begin).distance < 1.0
    across = geodesy.geodesic_inverse(*places[1][:2], *places[4][:2])  # from the middle of one leg to that of the other
    assert abs(across.distance - 20e3) < 1.0
    heading = math.degrees(geodesy.geodesic_inverse(*places[1][:2], *end).azimuth_start)
    assert abs(math.degrees(across.azimuth_start) - heading - 90.0) < 0.01  # on the right
    assert abs(course(places[1], velocity[1]) - heading) < 0.01
    assert abs(course(places[4], velocity[4]) - heading - 180.0) < 0.1


def test_a_left_hand_racetrack_about_its_middle() -> None:
    orbit = racetrack_about(*PLACE, 0.0, 60e3, 8e3, False, HEIGHT, SPEED)
    quarter = (orbit.leg + 0.5 * math.pi * 8e3) / SPEED  # at the far end of the turn
    places, velocity = flown(orbit, np.array([0.0, 0.5 * orbit.leg / SPEED, quarter]))
    first = geodesy.geodesic_inverse(*PLACE, *places[1][:2])
    assert abs(first.distance - 8e3) < 1.0
    assert abs(math.degrees(first.azimuth_start) - 90.0) < 0.01  # the leg north lies east of the middle, for it turns left
    assert abs(course(places[2], velocity[2]) - 270.0) < 0.1
    far = geodesy.geodesic_inverse(*PLACE, *places[2][:2])
    assert abs(far.distance - 38e3) < 1.0


def test_a_phase_is_a_share_of_a_lap() -> None:
    orbit = racetrack_about(*PLACE, 1.0, 50e3, 9e3, True, HEIGHT, SPEED)
    times = np.arange(0.0, 300.0, 10.0)
    early, _ = path_states(orbit_path(FRAME, orbit, 0.0, 900.0, 0.3), times)
    late, _ = path_states(orbit_path(FRAME, orbit, 0.0, 900.0), times + 0.3 * orbit.period)
    assert np.abs(early - late).max() < 1e-5


def test_a_path_begins_and_ends_when_it_should_and_its_velocity_is_that_of_its_places() -> None:
    orbit = racetrack_about(*PLACE, 1.0, 50e3, 9e3, True, HEIGHT, SPEED)
    path = orbit_path(FRAME, orbit, 100.0, 2345.0, 0.77)
    assert (path.time[0], path.time[-1]) == (100.0, 2345.0)
    assert (np.diff(path.time) > 0.0).all()
    times = np.arange(101.0, 2344.0, 3.3)
    before, after = path_states(path, times - 0.01)[0], path_states(path, times + 0.01)[0]
    assert np.abs((after - before) / 0.02 - path_states(path, times)[1]).max() < 0.05


def test_turns_too_tight_are_refused_and_a_bank_gives_a_radius() -> None:
    with pytest.raises(DowdingError, match="a turn of 1 km radius at 200 m/s takes 40 m/s2"):
        orbit_path(FRAME, circle(*PLACE, 1e3, True, HEIGHT, SPEED), 0.0, 100.0)
    # level flight: tan(bank) = v^2 / (r g)
    assert abs(radius_of_turn(150.0, math.radians(25.0)) - 150.0**2 / (9.80665 * math.tan(math.radians(25.0)))) < 1e-9
