"""Paths as knots, and the forces on an unpowered body."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.physics import atmosphere, flight, geodesy


def cubic(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    t = t[:, None]
    a, b, c = np.array([1.0, -2.0, 0.5]), np.array([0.1, 0.0, -0.3]), np.array([0.01, 0.02, -0.03])
    return 7.0 + t * (a + t * (b + t * c)), a + t * (2.0 * b + 3.0 * t * c)


@settings(deadline=None)
@given(st.floats(-5.0, 40.0), st.integers(-1, 20))
def test_cubics_are_exact_whatever_the_guess(t: float, guess: int) -> None:
    time = np.array([0.0, 1.0, 2.5, 9.0, 9.5, 20.0, 33.0])
    position, velocity = cubic(time)
    # the path's knots stand between those of other paths
    pad = np.full((2, 3), 1e9)
    all_time = np.concatenate([[500.0, 501.0], time, [-3.0, -2.0]])
    state = flight.path_state(all_time, np.vstack([pad, position, pad]), np.vstack([pad, velocity, pad]), 2, 8, t, guess)
    clamped = np.array([min(max(t, 0.0), 33.0)])
    true_position, true_velocity = cubic(clamped)
    assert np.allclose(state[:3], true_position[0], rtol=0, atol=1e-10)
    assert np.allclose(state[3:6], true_velocity[0], rtol=0, atol=1e-10)
    row = state[6]
    assert 2 <= row < 8
    assert all_time[row] <= clamped[0] <= all_time[row + 1]


def test_a_single_knot_stands_still() -> None:
    state = flight.path_state(np.array([5.0]), np.ones((1, 3)), np.zeros((1, 3)), 0, 0, 9.0, -1)
    assert state[:6] == (1.0, 1.0, 1.0, 0.0, 0.0, 0.0)


def test_knots_hold_the_error() -> None:
    def circle(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        flat = np.zeros_like(t)
        return 1e4 * np.column_stack([np.cos(t), np.sin(t), flat]), 1e4 * np.column_stack([-np.sin(t), np.cos(t), flat])

    path = flight.knots(circle, np.array([0.0, 6.0]), 0.01)
    t = np.linspace(0.0, 6.0, 3001)
    miss = np.linalg.norm(flight.path_states(path, t)[0] - circle(t)[0], axis=1).max()
    assert 1e-5 < miss < 0.01  # m: kept, and not with far more knots than it takes
    assert np.all(np.diff(path.time) > 0.0)


# NGA.STND.0036 (2014), table 3.6: normal gravity at the equator and the poles (m/s2)
@pytest.mark.parametrize(("latitude", "gravity"), [(0.0, 9.7803253359), (90.0, 9.8321849379), (-90.0, 9.8321849379), (45.0, 9.8061977694)])
def test_gravity_at_rest_is_normal_gravity(latitude: float, gravity: float) -> None:
    frame = geodesy.theatre_frame(math.radians(latitude), 0.5)
    pull = flight.acceleration_ballistic(frame, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert abs(pull[2] + gravity) < 2e-4  # m/s2: the zonal harmonics beyond J2
    assert math.hypot(pull[0], pull[1]) < 3e-5  # and the plumb line is the ellipsoid's normal


def test_coriolis_and_drag() -> None:
    latitude = math.radians(40.0)
    frame = geodesy.theatre_frame(latitude, 0.0)
    still = np.array(flight.acceleration_ballistic(frame, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    north = np.array(flight.acceleration_ballistic(frame, 0.0, 0.0, 0.0, 0.0, 500.0, 0.0, 0.0))
    # Coriolis on a northward velocity: 2 omega v sin(latitude) to the east
    assert np.allclose(north - still, (2 * flight.EARTH_RATE * 500.0 * math.sin(latitude), 0.0, 0.0), rtol=0, atol=1e-12)
    beta = 4000.0
    dragged = np.array(flight.acceleration_ballistic(frame, 0.0, 0.0, 0.0, 0.0, 500.0, 0.0, 1.0 / beta))
    assert np.allclose(dragged - north, (0.0, -0.5 * atmosphere.density(0.0) * 500.0**2 / beta, 0.0), rtol=0, atol=1e-9)
