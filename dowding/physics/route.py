"""Routes over waypoints: geodesic legs, round turns, smooth changes of speed and height, as knots of a path."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import DowdingError
from dowding.physics.flight import Path, knots, path_states
from dowding.physics.geodesy import (
    Frame,
    geodesic_inverse,
    geodetic_to_theatre,
    geodetic_to_theatre_many,
    local_rotation,
    meridional_radius,
    prime_vertical_radius,
    rotate_back,
    theatre_to_geodetic_many,
)
from dowding.physics.ground_track import Place, Track, bearings, build_track, offset_places, on_track, split_reversals, turns_between
from dowding.physics.schedule import Schedule, fitted_schedule

Array = NDArray[np.float64]
GroundHeight = Callable[[Array, Array], Array]  # latitude, longitude (n,) rad -> height above the ellipsoid (n,) m

_NEAREST = 1.0  # m, waypoints closer than this are the same place
_ARC_STEP = math.radians(5.0)  # of heading, between knots in a turn


class Waypoint(NamedTuple):
    """A place on a route."""

    latitude: float  # rad
    longitude: float  # rad
    height: float  # m, above the ellipsoid or above the ground
    speed: float = math.nan  # m/s along the ground track on the leg that leaves here; nan: as on the leg before
    time: float = math.nan  # s, of passing; nan: as the speed has it


class _Heights:
    """Height by distance flown: straight between waypoints, with parabolas over the waypoints."""

    def __init__(self, distance: Array, height: Array, half_width: Array) -> None:
        self.distance, self.height, self.half_width = distance, height, half_width
        self.slope = np.diff(height) / np.diff(distance)

    def at(self, s: Array) -> tuple[Array, Array]:
        """Height (m) and its slope at distances (n,) m."""
        leg = np.clip(np.searchsorted(self.distance, s, side="right") - 1, 0, self.slope.size - 1)
        height = self.height[leg] + self.slope[leg] * (s - self.distance[leg])
        slope = self.slope[leg].copy()
        for row in range(1, self.distance.size - 1):
            width = self.half_width[row]
            off = s - self.distance[row]
            near = np.abs(off) < width
            change = self.slope[row] - self.slope[row - 1]
            height[near] += 0.25 * change * (width - np.abs(off[near])) ** 2 / width
            slope[near] = self.slope[row - 1] + change * (off[near] + width) / (2.0 * width)
        return height, slope


def _heights(track: Track, heights: Array, speeds: Array, acceleration: float) -> _Heights:
    distance = track.waypoints
    gap = np.diff(distance)
    slope = np.diff(heights) / gap
    half = np.zeros(distance.size)
    for row in range(1, distance.size - 1):
        # v^2 |change of slope| / (2 half) is the vertical acceleration
        wanted = max(speeds[row - 1], speeds[row]) ** 2 * abs(slope[row] - slope[row - 1]) / (2.0 * acceleration)
        half[row] = min(max(wanted, 1e-3), 0.5 * gap[row - 1], 0.5 * gap[row])
    return _Heights(distance, heights, half)


def _evaluator(frame: Frame, track: Track, heights: _Heights, schedule: Schedule) -> Callable[[Array], tuple[Array, Array]]:
    def evaluate(times: Array) -> tuple[Array, Array]:
        s, speed = schedule.at(times)
        height, slope = heights.at(s)
        position, velocity = np.empty((times.size, 3)), np.empty((times.size, 3))
        for row in range(times.size):
            latitude, longitude, bearing, scale = on_track(track, float(s[row]))
            position[row] = geodetic_to_theatre(frame, latitude, longitude, height[row])
            ground = speed[row] * scale
            # at height the same turn about the Earth covers more ground
            north = ground * math.cos(bearing) * (1.0 + height[row] / meridional_radius(latitude))
            east = ground * math.sin(bearing) * (1.0 + height[row] / prime_vertical_radius(latitude))
            velocity[row] = rotate_back(local_rotation(frame, latitude, longitude), east, north, speed[row] * slope[row])
        return position, velocity

    return evaluate


def _breaks(track: Track, heights: _Heights, schedule: Schedule) -> Array:
    """Times at which anything about the motion changes its kind, and the steps of heading in turns."""
    distances = [track.starts, track.ends, heights.distance - heights.half_width, heights.distance + heights.half_width]
    for corner, start, end in zip(track.corners, track.starts, track.ends, strict=True):
        distances.append(np.linspace(start, end, 1 + math.ceil(abs(corner.turn) / _ARC_STEP)))
    times = np.sort(np.concatenate([schedule.time, schedule.when(np.concatenate(distances))]))
    times = np.clip(times, schedule.time[0], schedule.time[-1])
    keep = np.concatenate([[True], np.diff(times) > 1e-6])
    return np.asarray(times[keep])


def _over_ground(frame: Frame, path: Path, ground: GroundHeight, step: float, error_max: float) -> Path:
    """The same path raised by the height of the ground beneath it, sampled every `step` metres."""
    speed = float(np.linalg.norm(path.velocity, axis=1).max())
    from scipy.interpolate import PchipInterpolator  # half of what this file would cost to import, and only routes over terrain need it

    count = 2 + int((path.time[-1] - path.time[0]) * speed / step)
    samples = np.linspace(path.time[0], path.time[-1], count)
    below = theatre_to_geodetic_many(frame, path_states(path, samples)[0])
    profile = PchipInterpolator(samples, ground(below[:, 0], below[:, 1]))
    climb = profile.derivative()

    def evaluate(times: Array) -> tuple[Array, Array]:
        position, velocity = path_states(path, times)
        places = theatre_to_geodetic_many(frame, position)
        raised, rate = profile(times), climb(times)
        for row, (latitude, longitude, height) in enumerate(places):
            local = local_rotation(frame, latitude, longitude)
            east, north, up = local @ velocity[row]
            east *= 1.0 + raised[row] / (prime_vertical_radius(latitude) + height)
            north *= 1.0 + raised[row] / (meridional_radius(latitude) + height)
            velocity[row] = rotate_back(local, east, north, up + rate[row])
        places[:, 2] += raised
        return geodetic_to_theatre_many(frame, places), velocity

    # the quarters that `knots` probes are then the samples themselves
    return knots(evaluate, np.union1d(path.time, samples[::4]), error_max)


def _checked(waypoints: Sequence[Waypoint], acceleration: float, name: str) -> tuple[Array, Array]:
    """Speeds of the legs and wanted times (nan: free); raises DowdingError."""
    if len(waypoints) < 2:
        raise DowdingError(f"{name}: a route needs at least 2 waypoints, {len(waypoints)} given")
    if not acceleration > 0.0:
        raise DowdingError(f"{name}: the turn acceleration is {acceleration:g} m/s2; it must be above 0")
    for row in range(1, len(waypoints)):
        a, b = waypoints[row - 1], waypoints[row]
        if geodesic_inverse(a.latitude, a.longitude, b.latitude, b.longitude).distance < _NEAREST:
            raise DowdingError(f"{name}: waypoint[{row}] is the same place as waypoint[{row - 1}]", hint="move or remove one of them")
    speeds = np.full(len(waypoints) - 1, math.nan)
    known = math.nan
    for row, waypoint in enumerate(waypoints[:-1]):
        known = waypoint.speed if math.isfinite(waypoint.speed) else known
        if known <= 0.0:
            raise DowdingError(f"{name}: waypoint[{row}] has a speed of {known:g} m/s; it must be above 0")
        speeds[row] = known
    times = np.array([waypoint.time for waypoint in waypoints])
    fixed = np.flatnonzero(np.isfinite(times))
    if np.any(np.diff(times[fixed]) <= 0.0):
        raise DowdingError(f"{name}: the times of the waypoints must rise; given are {times[fixed].tolist()} s")
    return speeds, times


def _flown(
    places: list[Place],
    speeds: Array,
    times: Array,
    acceleration: float,
    speed_acceleration: float,
    radius_least: float,
    offset: float,
    name: str,
) -> tuple[Track, Schedule, Array]:
    """The track and schedule that agree with each other: turn radii follow from speeds, speeds from lengths and times."""
    if np.isnan(speeds).any():
        if not math.isfinite(times[-1]):
            raise DowdingError(f"{name}: a leg has neither a speed nor times at both ends", hint="give the first waypoint a speed")
        length = sum(bearings(places)[0])
        speeds = np.where(np.isnan(speeds), length / (times[-1] - times[0]), speeds)
    for _ in range(60):
        at_corner = np.concatenate([[speeds[0]], np.maximum(speeds[:-1], speeds[1:]), [speeds[-1]]])
        radii = np.maximum(at_corner**2 / acceleration, radius_least)
        corners, owner, corner_radii = split_reversals(places, radii)
        if offset != 0.0:
            corners = offset_places(corners, offset)
            turns = [0.0, *turns_between(*bearings(corners)[1:]), 0.0]
            # arcs about the same centres: the inner wing turns tighter
            corner_radii = [max(r - math.copysign(1.0, turn) * offset, 0.1 * r) for r, turn in zip(corner_radii, turns, strict=True)]
        track = build_track(corners, owner, corner_radii)
        schedule, fitted = fitted_schedule(track.waypoints, speeds, times, times[0], speed_acceleration, name)
        settled = np.allclose(fitted, speeds, rtol=1e-10, atol=0.0)
        speeds = fitted
        if settled:
            break
    return track, schedule, speeds


def route_path(
    frame: Frame,
    waypoints: Sequence[Waypoint],
    turn_acceleration: float,
    *,
    start_time: float = 0.0,
    speed_acceleration: float = 2.0,
    lateral_offset: float = 0.0,
    turn_radius_least: float = 0.0,
    delay: float = 0.0,
    ground: GroundHeight | None = None,
    ground_step: float = 250.0,
    error_max: float = 0.5,
    name: str = "route",
) -> Path:
    """The path over waypoints: geodesic legs, turns that cut the corner with radius speed^2 / `turn_acceleration` (m/s2).

    Speed is held along the ground track of each leg and changes about the waypoints at `speed_acceleration` (m/s2); height
    is linear along a leg, rounded at waypoints, and counts from `ground` where that is given. A waypoint's time is honoured
    by scaling the speeds of the legs before it; the path starts at the first one's, else at `start_time` (s). A turn (or
    change of speed) that does not fit its legs is tightened; one beyond 120 degrees is flown round two corners, as in a racetrack.

    `lateral_offset` (m, positive to the right) flies abreast of the route: parallel legs, passing waypoints at its times, so
    that about a waypoint the line slants by up to half the turn; give all members of a formation the same
    `turn_radius_least`, at least twice the widest offset. `delay` (s) shifts the whole path in time. Knots interpolate
    within `error_max` metres. Raises DowdingError, opening with `name`.
    """
    speeds, times = _checked(waypoints, turn_acceleration, name)
    if not math.isfinite(times[0]):
        times[0] = start_time
    places = [(waypoint.latitude, waypoint.longitude) for waypoint in waypoints]
    track, schedule, fitted = _flown(places, speeds, times, turn_acceleration, speed_acceleration, turn_radius_least, 0.0, name)
    if lateral_offset != 0.0:
        abreast = schedule.when(track.waypoints)
        track, schedule, fitted = _flown(
            places, fitted, abreast, turn_acceleration, speed_acceleration, turn_radius_least, lateral_offset, name
        )
    heights = _heights(track, np.array([waypoint.height for waypoint in waypoints]), fitted, turn_acceleration)
    path = knots(_evaluator(frame, track, heights, schedule), _breaks(track, heights, schedule), error_max)
    if ground is not None:
        path = _over_ground(frame, path, ground, ground_step, error_max)
    return path._replace(time=path.time + delay)
