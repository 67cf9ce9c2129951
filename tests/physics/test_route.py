"""Routes: on their geodesics, round their turns, at their times and heights, without a jump."""

import itertools
import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dowding.errors import DowdingError
from dowding.physics import flight, geodesy
from dowding.physics.route import Waypoint, route_path

FRAME = geodesy.theatre_frame(math.radians(37.0), math.radians(36.0), 0.0)


def waypoint(latitude: float, longitude: float, height: float, speed: float = math.nan, time: float = math.nan) -> Waypoint:
    return Waypoint(math.radians(latitude), math.radians(longitude), height, speed, time)


CORNERS = [waypoint(37, 36, 1e3, 250.0), waypoint(38, 36, 9e3), waypoint(38, 38, 9e3, 300.0), waypoint(36.5, 37, 300.0)]


def sampled(path: flight.Path, count: int = 20001) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    times = np.linspace(path.time[0], path.time[-1], count)
    return times, *flight.path_states(path, times)


def nearest(path: flight.Path, place: Waypoint) -> tuple[float, float]:
    """Least distance over the ground (m) from a place, and when."""
    times, position, _ = sampled(path)
    places = geodesy.theatre_to_geodetic_many(FRAME, position)
    places[:, 2] = 0.0
    target = geodesy.geodetic_to_theatre(FRAME, place.latitude, place.longitude, 0.0)
    gap = np.linalg.norm(geodesy.geodetic_to_theatre_many(FRAME, places) - target, axis=1)
    return float(gap.min()), float(times[gap.argmin()])


def test_a_leg_is_the_geodesic_at_constant_ground_speed() -> None:
    path = route_path(FRAME, [waypoint(37, 36, 9e3, 250.0), waypoint(44, 52, 9e3)], 30.0)
    line = Geodesic.WGS84.InverseLine(37, 36, 44, 52)
    assert abs(path.time[-1] - line.s13 / 250.0) < 1e-6
    for share in (0.0, 0.123, 0.5, 0.77, 1.0):
        there = line.Position(share * line.s13)
        place = geodesy.geodetic_to_theatre(FRAME, math.radians(there["lat2"]), math.radians(there["lon2"]), 9e3)
        position, velocity = flight.path_states(path, np.array([share * path.time[-1]]))
        assert np.linalg.norm(position[0] - place) < 0.5  # m
        level = geodesy.local_rotation(FRAME, math.radians(there["lat2"]), math.radians(there["lon2"])) @ velocity[0]
        assert abs(math.degrees(math.atan2(level[0], level[1])) - there["azi2"]) < 1e-3
        # 250 m/s over the ground is more at 9 km height
        assert abs(math.hypot(level[0], level[1]) - 250.0 * (1 + 9e3 / 6.37e6)) < 0.01


def test_ends_turns_and_speeds() -> None:
    path = route_path(FRAME, CORNERS, 30.0)
    for row, place in ((0, CORNERS[0]), (-1, CORNERS[-1])):
        there = geodesy.geodetic_to_theatre(FRAME, place.latitude, place.longitude, place.height)
        assert np.linalg.norm(path.position[row] - there) < 1e-6
    # a corner is cut by R (1 / cos(turn / 2) - 1), R = v^2 / a: the right angle at the second waypoint, flown at 250 m/s
    radius = 250.0**2 / 30.0
    turn = math.radians(90.0 - 0.6156)  # the geodesic along 38 N leaves 0.6156 degrees north of east
    gap, _ = nearest(path, CORNERS[1])
    assert abs(gap - radius * (1.0 / math.cos(0.5 * turn) - 1.0)) < 5.0
    times, _, velocity = sampled(path)
    acceleration = np.linalg.norm(np.diff(velocity, axis=0), axis=1) / np.diff(times)
    assert acceleration.max() < 1.5 * 30.0  # turn and pull-up together, each at most 30
    speed = np.linalg.norm(velocity, axis=1)
    assert 249.5 < speed.min() < 251.5
    assert 299.5 < speed.max() < 301.5


def test_position_and_velocity_belong_together_and_never_jump() -> None:
    times, position, velocity = sampled(route_path(FRAME, CORNERS, 30.0), 200001)
    step = times[1] - times[0]
    numeric = (position[2:] - position[:-2]) / (2.0 * step)
    assert np.abs(numeric - velocity[1:-1]).max() < 45.0 * step  # m/s: the acceleration over one step
    assert np.linalg.norm(np.diff(velocity, axis=0), axis=1).max() < 45.0 * step


def test_heights_are_linear_and_rounded() -> None:
    path = route_path(FRAME, CORNERS, 30.0)
    _, position, _ = sampled(path)
    height = geodesy.theatre_to_geodetic_many(FRAME, position)[:, 2]
    assert height.min() > 299.9
    assert height.max() < 9000.1
    quarter = flight.path_states(path, np.array([0.125 * path.time[-1]]))[0]
    gone = 250.0 * 0.125 * path.time[-1]
    leg = geodesy.geodesic_inverse(*CORNERS[0][:2], *CORNERS[1][:2]).distance
    # the turn shortens the leg by half of what its arc saves: 0.4 % here
    assert abs(geodesy.theatre_to_geodetic_many(FRAME, quarter)[0, 2] - (1000.0 + 8000.0 * gone / leg)) < 0.006 * 8000.0


def test_times_are_honoured() -> None:
    timed = [CORNERS[0], CORNERS[1], CORNERS[2]._replace(time=1500.0), CORNERS[3]._replace(time=2000.0)]
    path = route_path(FRAME, timed, 30.0, start_time=100.0)
    assert path.time[0] == 100.0
    assert abs(path.time[-1] - 2000.0) < 1e-3
    _, when = nearest(path, timed[2])
    assert abs(when - 1500.0) < 1.0
    untold = [waypoint(37, 36, 1e3, time=50.0), waypoint(38, 37, 1e3, time=650.0)]
    assert np.allclose(route_path(FRAME, untold, 30.0).time[[0, -1]], (50.0, 650.0), rtol=0, atol=1e-3)


def test_a_racetrack_turns_round_at_its_radius() -> None:
    ends = [waypoint(37, 36, 9e3, 200.0), waypoint(37, 37, 9e3), waypoint(37, 36, 9e3), waypoint(37, 37, 9e3)]
    times, _, velocity = sampled(route_path(FRAME, ends, 5.0))
    acceleration = np.linalg.norm(np.diff(velocity, axis=0), axis=1) / np.diff(times)
    assert acceleration.max() < 1.3 * 5.0
    assert np.linalg.norm(velocity, axis=1).min() > 199.0


def test_legs_too_short_for_the_turn_stay_continuous() -> None:
    short = [waypoint(37, 36, 1e3, 250.0), waypoint(37.02, 36, 1e3), waypoint(37.02, 36.02, 2e3), waypoint(37, 36.02, 1e3)]
    times, position, velocity = sampled(route_path(FRAME, short, 10.0))
    step = times[1] - times[0]
    assert np.linalg.norm(np.diff(position, axis=0), axis=1).max() < 400.0 * step
    assert np.linalg.norm(np.diff(velocity, axis=0), axis=1).max() < 150.0 * step  # beyond 10 m/s2, but finite


@pytest.mark.parametrize("offset", [-2000.0, 2000.0])
def test_abreast(offset: float) -> None:
    lead = route_path(FRAME, CORNERS, 30.0, turn_radius_least=4000.0)
    wing = route_path(FRAME, CORNERS, 30.0, turn_radius_least=4000.0, lateral_offset=offset)
    assert abs(wing.time[-1] - lead.time[-1]) < 1e-3
    ends = lead.time[[0, -1]]
    gap = flight.path_states(wing, ends)[0] - flight.path_states(lead, ends)[0]
    assert np.allclose(np.linalg.norm(gap, axis=1), 2000.0, rtol=0, atol=2.0)
    heading = flight.path_states(lead, ends)[1]
    right = np.cross(heading, [0.0, 0.0, 1.0])
    assert np.all(np.sign(np.sum(gap * right, axis=1)) == np.sign(offset))
    _, _, velocity = sampled(wing)
    assert np.linalg.norm(velocity, axis=1).min() > 235.0


def test_a_trail_is_the_same_path_later() -> None:
    lead, trail = route_path(FRAME, CORNERS, 30.0), route_path(FRAME, CORNERS, 30.0, delay=12.5)
    assert np.array_equal(trail.time, lead.time + 12.5)
    assert np.array_equal(trail.position, lead.position)


def test_height_above_ground() -> None:
    def hills(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        return 1000.0 + 500.0 * np.sin(2000.0 * latitude) * np.cos(1500.0 * longitude)

    level = [waypoint(37, 36, 300.0, 250.0), waypoint(37.3, 36.4, 300.0)]
    path = route_path(FRAME, level, 30.0, ground=hills)
    times, position, velocity = sampled(path)
    places = geodesy.theatre_to_geodetic_many(FRAME, position)
    clearance = places[:, 2] - hills(places[:, 0], places[:, 1])
    assert np.abs(clearance - 300.0).max() < 5.0  # m: between samples of the ground 250 m apart
    step = times[1] - times[0]
    assert np.linalg.norm(np.diff(velocity, axis=0), axis=1).max() < 45.0 * step


@pytest.mark.parametrize("speed", [40.0, 250.0, 700.0])
def test_no_ridge_is_flown_through_and_none_is_followed_more_sharply_than_the_target_can(speed: float) -> None:
    random = np.random.default_rng(5)
    places, sizes = random.uniform(36.0, 36.4, 60), random.uniform(20.0, 600.0, 60)

    def ridges(_latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        return np.max(sizes * np.maximum(1.0 - np.abs(np.degrees(longitude)[:, None] - places) / 0.01, 0.0), axis=1)  # feet of 890 m

    path = route_path(FRAME, [waypoint(37, 36, 50.0, speed), waypoint(37, 36.4, 50.0)], 20.0, ground=ridges, ground_step=30.0)
    times = np.arange(path.time[0], path.time[-1], 2.0 / speed)
    position, velocity = flight.path_states(path, times)
    geodetic = geodesy.theatre_to_geodetic_many(FRAME, position)
    clearance = geodetic[:, 2] - ridges(geodetic[:, 0], geodetic[:, 1])
    assert clearance.min() > 49.0  # m; half a metre is what knots may be off
    assert np.quantile(clearance, 0.05) < 100.0  # low where that can be flown
    upward = np.gradient(geodetic[:, 2], times)
    assert np.quantile(np.abs(np.gradient(upward, times)), 0.95) < 25.0  # m/s2; 20 are wanted, a cubic between knots has more at places
    assert np.allclose(np.gradient(position, times, axis=0)[5:-5], velocity[5:-5], atol=0.05 * speed)


def test_unknown_ground_below_a_route_is_named() -> None:
    def half(_latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        return np.where(np.degrees(longitude) < 36.2, 100.0, np.nan)

    with pytest.raises(DowdingError, match=r"blue: leaves the known ground at 37\.00, 36\.20"):
        route_path(FRAME, [waypoint(37, 36, 50.0, 250.0), waypoint(37, 36.4, 50.0)], 20.0, ground=half, name="blue")


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ([CORNERS[0]], "at least 2 waypoints"),
        ([CORNERS[0], CORNERS[0]], r"waypoint\[1\] is the same place"),
        ([waypoint(37, 36, 0.0, -3.0), CORNERS[1]], r"waypoint\[0\] has a speed of -3"),
        ([waypoint(37, 36, 0.0), waypoint(38, 36, 0.0)], "neither a speed nor times"),
        ([waypoint(37, 36, 0.0, time=9.0), waypoint(38, 36, 0.0, time=3.0)], "must rise"),
    ],
)
def test_faults_are_named(route: list[Waypoint], message: str) -> None:
    with pytest.raises(DowdingError, match="blue: .*" + message):
        route_path(FRAME, route, 30.0, name="blue")


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.floats(36, 38), st.floats(35, 37), st.floats(100, 12e3), st.floats(50, 800)), min_size=2, max_size=6))
def test_any_route_is_continuous(corners: list[tuple[float, float, float, float]]) -> None:
    route = [waypoint(*corner) for corner in corners]
    legs = [geodesy.geodesic_inverse(*a[:2], *b[:2]).distance for a, b in itertools.pairwise(route)]
    assume(min(legs) > 10.0)
    path = route_path(FRAME, route, 30.0)
    assert np.all(np.diff(path.time) > 0.0)
    assert np.isfinite(path.position).all()
    times, position, velocity = sampled(path, 4001)
    step = times[1] - times[0]
    travelled = np.linalg.norm(np.diff(position, axis=0), axis=1)
    # no step is longer than the speeds at its ends allow (the turn in between can only shorten it)
    speed = np.linalg.norm(velocity, axis=1)
    assert np.all(travelled < step * np.maximum(speed[1:], speed[:-1]) * 1.05 + 200.0 * step + 1.0)
    last = geodesy.geodetic_to_theatre(FRAME, route[-1].latitude, route[-1].longitude, route[-1].height)
    assert np.linalg.norm(path.position[-1] - last) < 1e-3
