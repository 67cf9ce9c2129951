"""Ballistic trajectories against closed forms, an independent inertial integration and public figures."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

from dowding.errors import DowdingError
from dowding.physics import atmosphere, ballistics, flight, geodesy
from dowding.physics.ballistics import ballistic_path
from dowding.physics.free_flight import EARTH_RADIUS, minimum_energy, speed_over_sphere

LAUNCH = (math.radians(33.0), math.radians(44.0), 0.0)
FRAME = geodesy.theatre_frame(math.radians(37.0), math.radians(36.0), 0.0)


def away(distance: float, azimuth: float, height: float = 0.0) -> tuple[float, float, float]:
    latitude, longitude, _ = geodesy.geodesic_direct(*LAUNCH[:2], math.radians(azimuth), distance)
    return latitude, longitude, height


def test_minimum_energy_closed_form() -> None:
    # a quarter of the circumference: tan(half range) forms reduce to Q = 2 (sqrt 2 - 1), elevation 22.5 degrees
    speed, elevation, _, _ = minimum_energy(0.5 * math.pi)
    circular = math.sqrt(flight.GRAVITATIONAL_CONSTANT / EARTH_RADIUS)
    assert abs((speed / circular) ** 2 - 2.0 * (math.sqrt(2.0) - 1.0)) < 1e-12
    assert abs(math.degrees(elevation) - 22.5) < 1e-12
    # a short range is the parabola: v^2 = g R, apogee R / 4, time sqrt(2 R / g)
    g = flight.GRAVITATIONAL_CONSTANT / EARTH_RADIUS**2
    speed, elevation, apogee, time = minimum_energy(1e3 / EARTH_RADIUS)
    assert abs(speed**2 / (g * 1e3) - 1.0) < 2e-4
    assert abs(apogee - 250.0) < 0.2
    assert abs(time - math.sqrt(2e3 / g)) < 0.01
    # and no other elevation does with less
    least = minimize_scalar(lambda e: speed_over_sphere(0.3, e), bounds=(0.1, 1.4), method="bounded", options={"xatol": 1e-9})
    assert abs(least.fun - minimum_energy(0.3)[0]) < 1e-6
    assert abs(least.x - minimum_energy(0.3)[1]) < 1e-4


@pytest.mark.parametrize("distance", [300e3, 1000e3, 3000e3])
def test_without_air_it_is_nearly_the_closed_form(distance: float) -> None:
    # along a meridian the Earth's turning hardly matters; a boost of 2 s hardly lifts the start
    flown = ballistic_path(FRAME, LAUNCH, away(distance, 0.0), boost_time=2.0, ballistic_coefficient=1e12)
    speed, elevation, apogee, time = minimum_energy(distance / EARTH_RADIUS)
    assert abs(flown.burnout_speed / speed - 1.0) < 0.012
    assert abs(flown.elevation - elevation) < math.radians(1.5)
    assert abs(flown.apogee / apogee - 1.0) < 0.05
    assert abs(flown.flight_time / time - 1.0) < 0.03


def inertial_flight(start: np.ndarray, velocity: np.ndarray, duration: float, beta: float) -> np.ndarray:
    """Earth-fixed position after `duration`, integrated in an inertial frame that coincides with the Earth's at the start."""
    spin = np.array([0.0, 0.0, flight.EARTH_RATE])
    mu, radius = flight.GRAVITATIONAL_CONSTANT, geodesy.SEMI_MAJOR_AXIS

    def rate(_: float, state: np.ndarray) -> np.ndarray:
        r, v = state[:3], state[3:]
        distance = np.linalg.norm(r)
        ratio = (r[2] / distance) ** 2
        oblate = 1.5 * flight.J2 * (radius / distance) ** 2 * np.array([1 - 5 * ratio, 1 - 5 * ratio, 3 - 5 * ratio])
        air = v - np.cross(spin, r)
        # the ellipsoid is a figure of revolution: height does not depend on how far the Earth has turned
        drag = 0.5 * atmosphere.density(geodesy.ecef_to_geodetic(*r)[2]) * np.linalg.norm(air) / beta * air
        return np.concatenate([v, -mu / distance**3 * r * (1 + oblate) - drag])

    state = np.concatenate([start, velocity + np.cross(spin, start)])
    solved = solve_ivp(rate, (0.0, duration), state, method="DOP853", rtol=1e-11, atol=1e-6, max_step=5.0)
    angle = flight.EARTH_RATE * duration
    turned = np.array([[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0], [0, 0, 1]])
    return turned @ solved.y[:3, -1]


@pytest.mark.parametrize(("distance", "azimuth", "boost"), [(300e3, 300.0, 60.0), (1500e3, 90.0, 90.0), (9000e3, 330.0, 200.0)])
def test_independent_integration_hits_the_target(distance: float, azimuth: float, boost: float) -> None:
    target = away(distance, azimuth, 500.0)
    flown = ballistic_path(FRAME, LAUNCH, target, boost_time=boost)
    row = int(np.flatnonzero(np.isclose(flown.path.time, boost))[0])
    start = FRAME.origin + FRAME.rotation.T @ flown.path.position[row]
    velocity = FRAME.rotation.T @ flown.path.velocity[row]
    end = inertial_flight(start, velocity, flown.flight_time - boost, ballistics.BALLISTIC_COEFFICIENT)
    miss = np.linalg.norm(end - geodesy.geodetic_to_ecef(*target))
    assert miss < 2.0  # m, of the 10 m allowed
    assert np.linalg.norm(flown.path.position[0] - geodesy.geodetic_to_theatre(FRAME, *LAUNCH)) < 1e-6
    assert np.linalg.norm(flown.path.position[-1] - geodesy.geodetic_to_theatre(FRAME, *target)) < 2.0


def test_knots_follow_the_motion() -> None:
    coarse = ballistic_path(FRAME, LAUNCH, away(600e3, 300.0))
    fine = ballistic_path(FRAME, LAUNCH, away(600e3, 300.0), error_max=1e-3)
    times = np.linspace(0.0, coarse.flight_time, 5001)
    gap = np.linalg.norm(flight.path_states(coarse.path, times)[0] - flight.path_states(fine.path, times)[0], axis=1)
    assert gap.max() < 1.0  # m
    assert coarse.path.time.size < 60


def test_scud_b_is_plausible() -> None:
    # Public figures for 300 km: apogee about 86 km, flight a little over 5 minutes, arrival well above the speed of sound.
    # 2,000 kg, 0.88 m diameter, drag coefficient 0.2 assumed: 16,400 kg/m2
    flown = ballistic_path(FRAME, LAUNCH, away(300e3, 250.0), boost_time=65.0, ballistic_coefficient=16400.0)
    assert 75e3 < flown.apogee < 100e3
    assert 1400.0 < flown.burnout_speed < 1600.0
    assert 280.0 < flown.flight_time < 340.0
    assert 900.0 < flown.impact_speed < 1600.0


def test_given_apogee() -> None:
    for apogee in (45e3, 150e3, 400e3):
        flown = ballistic_path(FRAME, LAUNCH, away(300e3, 300.0, 200.0), apogee=apogee)
        heights = geodesy.theatre_to_geodetic_many(FRAME, flight.path_states(flown.path, np.linspace(0, flown.flight_time, 20001))[0])[:, 2]
        assert abs(heights.max() - apogee) < 20.0  # m
        assert np.linalg.norm(flown.path.position[-1] - geodesy.geodetic_to_theatre(FRAME, *away(300e3, 300.0, 200.0))) < 10.0


def test_least_speed_is_least() -> None:
    best = ballistic_path(FRAME, LAUNCH, away(500e3, 300.0))
    for apogee in (best.apogee * 0.9, best.apogee * 1.1):
        assert ballistic_path(FRAME, LAUNCH, away(500e3, 300.0), apogee=apogee).burnout_speed > best.burnout_speed


def test_start_time_shifts() -> None:
    flown = ballistic_path(FRAME, LAUNCH, away(300e3, 300.0), start_time=40.0)
    assert flown.path.time[0] == 40.0
    assert abs(flown.path.time[-1] - 40.0 - flown.flight_time) < 1e-9


@pytest.mark.parametrize(
    ("impact", "options", "message"),
    [
        (LAUNCH, {}, r"0\.0 km apart"),
        (away(18000e3, 10.0), {}, r"18000\.0 km apart"),
        (away(300e3, 10.0), {"apogee": 5e7}, r"an apogee of 50000\.0 km was asked for"),
        (away(300e3, 10.0), {"ballistic_coefficient": 0.0}, "ballistic coefficient 0"),
        (away(300e3, 10.0), {"boost_time": 0.0}, "boost time 0"),
        (away(15e3, 10.0, 300e3), {}, "no ballistic trajectory"),
    ],
)
def test_impossible_geometry_is_named(impact: tuple[float, float, float], options: dict[str, float], message: str) -> None:
    with pytest.raises(DowdingError, match=r"raid\[1\]: .*" + message):
        ballistic_path(FRAME, LAUNCH, impact, name="raid[1]", **options)
