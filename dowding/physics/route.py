"""Routes over waypoints: geodesic legs, round turns, smooth changes of speed and height, as knots of a path."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.errors import DowdingError
from dowding.physics.flight import Path, knots, path_states
from dowding.physics.geodesy import (
    Frame,
    geodesic_inverse,
    geodetic_to_theatre,
    local_rotation,
    meridional_radius,
    prime_vertical_radius,
    rotate,
    rotate_back,
    theatre_to_geodetic,
    theatre_to_geodetic_many,
)
from dowding.physics.ground_track import Place, Track, bearings, build_track, offset_places, on_track, split_reversals, turns_between
from dowding.physics.schedule import Schedule, fitted_schedule

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
GroundHeight = Callable[[Array, Array], Array]  # latitude, longitude (n,) rad -> height above the ellipsoid (n,) m

SUBSAMPLES = 8  # heights of the ground looked at for each step of a route over it
RAISES = 6  # times at most that a route is raised where it cuts the ground between its samples
CLEARANCE = 0.1  # m, less than this it may cut
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


@kernel
def raise_states(frame: Frame, raised: Array, rate: Array, position_out: Array, velocity_out: Array) -> None:
    """Move states straight up by `raised` (n,) m that grows at `rate` (n,) m/s; positions (n, 3) m and velocities (n, 3) m/s, theatre."""
    for row in range(raised.shape[0]):
        vx, vy, vz = velocity_out[row, 0], velocity_out[row, 1], velocity_out[row, 2]
        latitude, longitude, height = theatre_to_geodetic(frame, position_out[row, 0], position_out[row, 1], position_out[row, 2])
        sine, cosine, turned, along = math.sin(latitude), math.cos(latitude), math.sin(longitude), math.cos(longitude)
        east = rotate(frame.rotation, -turned, along, 0.0)
        north = rotate(frame.rotation, -sine * along, -sine * turned, cosine)
        up = rotate(frame.rotation, cosine * along, cosine * turned, sine)
        # higher up the same turn about the Earth covers more ground
        eastward = (vx * east[0] + vy * east[1] + vz * east[2]) * raised[row] / (prime_vertical_radius(latitude) + height)
        northward = (vx * north[0] + vy * north[1] + vz * north[2]) * raised[row] / (meridional_radius(latitude) + height)
        for axis in range(3):
            position_out[row, axis] += raised[row] * up[axis]
            velocity_out[row, axis] += rate[row] * up[axis] + eastward * east[axis] + northward * north[axis]


@kernel
def round_summits(order: Indices, fall: float, height_out: Array) -> None:
    """Raise heights (n,) m beside their summits, in an `order` (k,), until none is sharper than a fall of `fall` m to each next sample."""
    last = height_out.shape[0] - 1
    for summit in order:
        if not 0 < summit < last:
            continue
        top = height_out[summit]
        before, after = top - height_out[summit - 1], height_out[summit + 1] - top
        if after - before >= -2.0 * fall:
            continue
        # passed as steeply as the flatter of its sides, or level: nobody is thrown above the summits that are there
        slope = min(max(before, after), 0.0) + max(min(before, after), 0.0)
        # a parabola, on both sides as far as it lies above what is there: where it ends is a valley
        for side in (-1, 1):
            away = 1
            while 0 <= summit + side * away <= last:
                cap = top + side * slope * away - fall * away * away
                if cap <= height_out[summit + side * away]:
                    break
                height_out[summit + side * away] = cap
                away += 1


def _spread(values: Array, drop: Array) -> Array:
    """At each sample the highest of all values (n,), lowered by `drop` (m,) for the samples that it is away."""
    out = values.copy()
    for away in range(1, min(drop.size, values.size)):
        np.maximum(out[away:], values[:-away] - drop[away], out=out[away:])
        np.maximum(out[:-away], values[away:] - drop[away], out=out[:-away])
    return out


def _flyable(ground: Array, step: float, acceleration: float) -> Array:
    """Heights (n,) m, low over the ground's (n,) m, `step` s apart, that are flown with no more than a vertical acceleration (m/s2)."""
    fall = 0.5 * acceleration * step * step
    rounded = ground.copy()
    round_summits(np.argsort(-ground, kind="stable"), fall, rounded)
    # valleys: a parabola that rolls over what is left does not reach into them (a closing, in the words of mathematical morphology)
    reach = math.ceil(math.sqrt(float(np.ptp(rounded)) / fall)) + 1
    drop: Array = fall * np.square(np.arange(reach + 1, dtype=np.float64))
    return -_spread(-_spread(rounded, drop), drop)


def _between(samples: Array, heights: Array, times: Array) -> tuple[Array, Array]:
    """Height (m) and its rate (m/s) at times (n,) s of a smooth curve through heights at samples (k,) s."""
    slopes = np.gradient(heights, samples)
    row = np.clip(np.searchsorted(samples, times, side="right") - 1, 0, samples.size - 2)
    width, rise = (samples[row + 1] - samples[row]), heights[row + 1] - heights[row]
    u = (times - samples[row]) / width
    v = 1.0 - u
    # cubic Hermite, as in `flight.path_state`
    height = heights[row] + u * u * (3.0 - 2.0 * u) * rise + u * v * width * (v * slopes[row] - u * slopes[row + 1])
    rate = 6.0 * u * v * rise / width + v * (1.0 - 3.0 * u) * slopes[row] + u * (3.0 * u - 2.0) * slopes[row + 1]
    return height, rate


def _over_ground(frame: Frame, path: Path, ground: GroundHeight, step: float, acceleration: float, error_max: float, name: str) -> Path:
    """The same path raised over the ground beneath it, which is looked at every `step` metres."""
    speed = float(np.linalg.norm(path.velocity, axis=1).max())
    count = 2 + int((path.time[-1] - path.time[0]) * speed / step)
    looks = np.linspace(path.time[0], path.time[-1], SUBSAMPLES * (count - 1) + 1)
    below = theatre_to_geodetic_many(frame, path_states(path, looks)[0])
    seen = ground(below[:, 0], below[:, 1])
    if not np.isfinite(seen).all():
        lat, lon = np.degrees(below[int(np.argmin(np.isfinite(seen))), :2])
        raise DowdingError(f"{name}: leaves the known ground at {lat:.2f}, {lon:.2f}", hint="give a larger terrain, or fill its holes")
    samples, least = looks[::SUBSAMPLES], seen[::SUBSAMPLES].copy()
    short = seen - np.interp(looks, samples, least)
    for _ in range(RAISES):
        # where the ground bulges between two samples, both rise by as much
        most = np.maximum(short[:-1].reshape(-1, SUBSAMPLES).max(axis=1), 0.0)
        least += np.maximum(np.append(most, 0.0), np.insert(most, 0, 0.0))
        heights = _flyable(least, samples[1] - samples[0], acceleration)
        short = seen - _between(samples, heights, looks)[0]
        if short.max() < CLEARANCE:
            break

    def evaluate(times: Array) -> tuple[Array, Array]:
        position, velocity = path_states(path, times)
        raise_states(frame, *_between(samples, heights, times), position, velocity)
        return position, velocity

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
    is linear along a leg, rounded at waypoints, and counts from `ground` where that is given: as low over it as an aircraft
    can follow that climbs and sinks with `turn_acceleration` and looks at the ground every `ground_step` m. A waypoint's time is honoured
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
        path = _over_ground(frame, path, ground, ground_step, turn_acceleration, error_max, name)
    return path._replace(time=path.time + delay)
