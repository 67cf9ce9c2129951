"""Orbits of aircraft that stay over one place: circles and racetracks, flown lap after lap at one height and ground speed."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import DowdingError
from dowding.physics.flight import Path, knots, path_states
from dowding.physics.geodesy import Frame, geodesic_direct, geodesic_inverse, geodetic_to_theatre_many

Array = NDArray[np.float64]

STANDARD_GRAVITY = 9.80665  # m/s^2, by definition
ARC_STEP = math.radians(5.0)  # of heading, between knots in a turn
INSTANT = 1e-3  # s: a velocity is the way flown in so short a time, half before and half after
ACCELERATION_MOST = 20.0  # m/s^2, about two g: no aircraft that carries a radar turns harder for hours


class Orbit(NamedTuple):
    """A closed track: a leg, half a turn, the way back, half a turn; a circle has a leg of no length.

    `latitude` and `longitude` are the origin of a map in which lengths and directions from the origin are true (azimuthal equidistant).
    The first leg lies `across` to the right of the origin and is flown along `heading`, its middle abreast of the origin.
    """

    latitude: float  # rad
    longitude: float  # rad
    heading: float  # rad, of the first leg where it passes the origin
    leg: float  # m
    radius: float  # m, of the turns
    right: bool  # turns to the right, else to the left
    across: float  # m
    height: float  # m, above the ellipsoid
    speed: float  # m/s, over the ground at height 0

    @property
    def lap(self) -> float:
        """Length of one round, m."""
        return 2.0 * self.leg + 2.0 * math.pi * self.radius

    @property
    def period(self) -> float:
        """Time of one round, s."""
        return self.lap / self.speed


def circle(latitude: float, longitude: float, radius: float, right: bool, height: float, speed: float) -> Orbit:
    """The circle about a place (rad), flown clockwise if `right`, that begins due north of it; m, m/s."""
    side = 1.0 if right else -1.0
    return Orbit(latitude, longitude, side * 0.5 * math.pi, 0.0, radius, right, -side * radius, height, speed)


def racetrack_about(
    latitude: float, longitude: float, heading: float, leg: float, radius: float, right: bool, height: float, speed: float
) -> Orbit:
    """The racetrack about a place (rad) with legs along a heading (rad) there, that begins where the first leg does; m, m/s."""
    return Orbit(latitude, longitude, heading, leg, radius, right, -radius if right else radius, height, speed)


def racetrack(
    begin: tuple[float, float], end: tuple[float, float], radius: float, right: bool, height: float, speed: float
) -> Orbit:
    """The racetrack whose first leg goes from one place (latitude, longitude rad) to another, with the way back at its side; m, m/s."""
    line = geodesic_inverse(*begin, *end)
    latitude, longitude, heading = geodesic_direct(*begin, line.azimuth_start, 0.5 * line.distance)
    return Orbit(latitude, longitude, heading, line.distance, radius, right, 0.0, height, speed)


def radius_of_turn(speed: float, bank: float) -> float:
    """Radius (m) of a level turn at a speed (m/s) and bank (rad)."""
    return speed**2 / (STANDARD_GRAVITY * math.tan(bank))


def _on_map(orbit: Orbit, flown: Array) -> tuple[Array, Array]:
    """Metres ahead and to the right of the map's origin after distances (n,) m of one lap."""
    side, half, turn = (1.0 if orbit.right else -1.0), 0.5 * orbit.leg, math.pi * orbit.radius
    s = np.mod(flown, orbit.lap)
    back = s >= orbit.leg + turn  # the second half of a lap is the first one turned about its middle
    s = np.where(back, s - orbit.leg - turn, s)
    angle = np.maximum(s - orbit.leg, 0.0) / orbit.radius
    ahead = np.minimum(s, orbit.leg) - half + orbit.radius * np.sin(angle)
    right = side * orbit.radius * (1.0 - np.cos(angle))
    middle = side * orbit.radius
    return np.where(back, -ahead, ahead), orbit.across + np.where(back, 2.0 * middle - right, right)


def _positions(frame: Frame, orbit: Orbit, times: Array) -> Array:
    """Theatre positions (n, 3) m at times (n,) s after the begin of the first leg."""
    ahead, right = _on_map(orbit, orbit.speed * times)
    away, angle = np.hypot(ahead, right), np.arctan2(right, ahead) + orbit.heading
    places = [geodesic_direct(orbit.latitude, orbit.longitude, float(a), float(d))[:2] for a, d in zip(angle, away, strict=True)]
    return geodetic_to_theatre_many(frame, np.column_stack([np.array(places), np.full(len(places), orbit.height)]))


def _lap(frame: Frame, orbit: Orbit, error_max: float) -> Path:
    """One round from the begin of the first leg."""

    def evaluate(times: Array) -> tuple[Array, Array]:
        around = np.concatenate([times, times - 0.5 * INSTANT, times + 0.5 * INSTANT])
        here, before, after = np.split(_positions(frame, orbit, around), 3)
        return here, (after - before) / INSTANT

    turn = math.pi * orbit.radius
    arc = np.linspace(0.0, turn, 1 + math.ceil(math.pi / ARC_STEP))
    breaks = np.concatenate([[0.0], orbit.leg + arc, 2.0 * orbit.leg + turn + arc]) / orbit.speed
    return knots(evaluate, breaks[np.concatenate([[True], np.diff(breaks) > 1e-6])], error_max)


def orbit_path(
    frame: Frame, orbit: Orbit, start: float, end: float, phase: float = 0.0, error_max: float = 0.5, name: str = "orbit"
) -> Path:
    """The path along an orbit from `start` to `end` (s), which begins with a share `phase` of a lap flown already.

    Knots interpolate within `error_max` metres; speed is true at the map's origin, and within the square of the distance over six
    earth's radii squared elsewhere (1e-4 at 150 km). Raises DowdingError, which opens with `name`, for turns that are too tight.
    """
    if orbit.speed**2 / orbit.radius > ACCELERATION_MOST:
        raise DowdingError(
            f"{name}: a turn of {orbit.radius / 1e3:g} km radius at {orbit.speed:g} m/s takes {orbit.speed**2 / orbit.radius:.0f} m/s2, "
            f"but at most {ACCELERATION_MOST:g} m/s2 is flown",
            hint="widen the turns or fly slower",
        )
    lap = _lap(frame, orbit, error_max)
    begun = start - phase * orbit.period
    rounds = np.arange(math.ceil((end - begun) / orbit.period) + 1)
    time = np.append((begun + rounds[:, None] * orbit.period + lap.time[None, :-1]).ravel(), begun + len(rounds) * orbit.period)
    at = np.append(np.tile(np.arange(len(lap.time) - 1), len(rounds)), 0)
    whole = Path(time, np.ascontiguousarray(lap.position[at]), np.ascontiguousarray(lap.velocity[at]))
    ends = np.array([start, end])
    position, velocity = path_states(whole, ends)  # a part of a cubic is that cubic
    inside = (time > start + 1e-6) & (time < end - 1e-6)

    def cut(values: Array, edges: Array) -> Array:
        return np.ascontiguousarray(np.concatenate([edges[:1], values[inside], edges[1:]]))

    return Path(cut(whole.time, ends), cut(whole.position, position), cut(whole.velocity, velocity))
