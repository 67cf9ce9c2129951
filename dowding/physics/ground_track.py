"""A ground track over places on the ellipsoid: geodesic legs joined by round turns that cut the corners."""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.physics.geodesy import euler_radius, geodesic_direct, geodesic_inverse

Array = NDArray[np.float64]
Place = tuple[float, float]  # latitude, longitude, rad

REVERSAL = math.radians(120.0)  # a sharper turn is flown round two corners, else its tangents grow without bound


class Corner(NamedTuple):
    latitude: float
    longitude: float
    bearing_in: float  # rad, direction of travel on arrival
    bearing_out: float  # rad, direction of travel on departure
    turn: float  # rad, change of heading, positive to the right
    radius: float  # m
    tangent: float  # m, from the corner to either end of the arc


class Track(NamedTuple):
    """The ground track: corner, leg, corner, ...; the distance flown at each join."""

    corners: list[Corner]
    legs: list[float]  # m, lengths between corners
    starts: Array  # (corner,) m, distance flown where the arc begins
    ends: Array  # (corner,) m, distance flown where the arc ends
    waypoints: Array  # (waypoint,) m, distance flown when passing each waypoint


def _signed(angle: float) -> float:
    return math.remainder(angle, 2.0 * math.pi)


def bearings(places: list[Place]) -> tuple[list[float], Array, Array]:
    """Lengths, first and last bearings of the legs between places."""
    lines = [geodesic_inverse(*a, *b) for a, b in pairwise(places)]
    return (
        [line.distance for line in lines],
        np.array([line.azimuth_start for line in lines]),
        np.array([line.azimuth_end for line in lines]),
    )


def turns_between(bearing_start: Array, bearing_end: Array) -> list[float]:
    return [_signed(out - arrive) for arrive, out in zip(bearing_end[:-1], bearing_start[1:], strict=True)]


def split_reversals(places: list[Place], radii: Array) -> tuple[list[Place], list[int], list[float]]:
    """Places with a second corner beside each sharp one, the waypoint each belongs to, and the turn radius at each."""
    _, start, end = bearings(places)
    turns = [0.0, *turns_between(start, end), 0.0]
    out: list[Place] = []
    owner: list[int] = []
    for row, (place, turn) in enumerate(zip(places, turns, strict=True)):
        out.append(place)
        owner.append(row)
        if abs(turn) > REVERSAL:
            # two turns of half the angle, whose arcs meet midway between the corners
            width = 2.0 * radii[row] * math.tan(0.25 * abs(turn))
            latitude, longitude, _ = geodesic_direct(*place, end[row - 1] + 0.5 * turn, width)
            out.append((latitude, longitude))
            owner.append(row)
    return out, owner, [float(radii[row]) for row in owner]


def offset_places(places: list[Place], offset: float) -> list[Place]:
    """The corners of the track `offset` metres to the right of the legs between places."""
    _, start, end = bearings(places)
    arrive = [start[0], *end]
    leave = [*start, end[-1]]
    out = []
    for place, bearing_in, bearing_out in zip(places, arrive, leave, strict=True):
        half = 0.5 * _signed(bearing_out - bearing_in)
        latitude, longitude, _ = geodesic_direct(*place, bearing_in + half + 0.5 * math.pi, offset / math.cos(half))
        out.append((latitude, longitude))
    return out


def build_track(places: list[Place], owner: list[int], radii: list[float]) -> Track:
    legs, start, end = bearings(places)
    turns = turns_between(start, end)
    wanted = [0.0, *(r * math.tan(0.5 * abs(turn)) for r, turn in zip(radii[1:-1], turns, strict=True)), 0.0]
    # where two arcs would overlap on a leg, both shrink in proportion
    share = [min(1.0, leg / (a + b)) if a + b > 0.0 else 1.0 for leg, a, b in zip(legs, wanted, wanted[1:], strict=False)]
    corners = []
    for row, place in enumerate(places):
        turn = turns[row - 1] if 0 < row < len(places) - 1 else 0.0
        shrink = min(share[max(row - 1, 0)], share[min(row, len(legs) - 1)])
        bearing_in = end[row - 1] if row > 0 else start[0]
        bearing_out = start[row] if row < len(legs) else end[-1]
        corners.append(Corner(*place, bearing_in, bearing_out, turn, shrink * radii[row], shrink * wanted[row]))
    starts, ends, flown = [], [], 0.0
    for row, corner in enumerate(corners):
        if row > 0:
            flown += max(0.0, legs[row - 1] - corners[row - 1].tangent - corner.tangent)
        starts.append(flown)
        flown += corner.radius * abs(corner.turn)
        ends.append(flown)
    middle = 0.5 * (np.array(starts) + np.array(ends))
    owners = np.array(owner)
    waypoints = np.array([middle[owners == row].mean() for row in range(owner[-1] + 1)])
    return Track(corners, legs, np.array(starts), np.array(ends), waypoints)


def on_track(track: Track, distance: float) -> tuple[float, float, float, float]:
    """Latitude, longitude, direction of travel (rad) at a distance flown, and ground metres per metre of it (1 but for turns)."""
    row = min(int(np.searchsorted(track.starts, distance, side="right")) - 1, len(track.corners) - 1)
    corner = track.corners[max(row, 0)]
    into = distance - track.ends[max(row, 0)]
    if into >= 0.0 or corner.turn == 0.0:
        flown = corner.tangent + max(into, 0.0)
        latitude, longitude, bearing = geodesic_direct(corner.latitude, corner.longitude, corner.bearing_out, flown)
        return latitude, longitude, bearing, 1.0
    # The arc is a circle in the azimuthal equidistant map about the corner, in which both legs are straight lines
    side = math.copysign(1.0, corner.turn)
    turned = (distance - track.starts[row]) / corner.radius
    ahead = -corner.tangent + corner.radius * math.sin(turned)
    right = side * corner.radius * (1.0 - math.cos(turned))
    away, angle = math.hypot(ahead, right), math.atan2(right, ahead)
    latitude, longitude, outward = geodesic_direct(corner.latitude, corner.longitude, corner.bearing_in + angle, away)
    # the map keeps radial lengths and stretches those across by the ratio of an arc to its sine
    slant = side * turned - angle
    globe = euler_radius(corner.latitude, corner.bearing_in)
    along = math.cos(slant)
    across = math.sin(slant) * globe * math.sin(away / globe) / max(away, 1e-9)
    return latitude, longitude, outward + math.atan2(across, along), math.hypot(along, across)
