"""Where the places of a scenario lie, how far apart they are, and when a route passes its waypoints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from dowding.scenario.networks import CommandPost
from dowding.scenario.places import Waypoint
from dowding.scenario.schema import Asset, FireUnit, Scenario, Sensor

EQUATOR_RADIUS_M = 6378137.0
ECCENTRICITY_SQUARED = 6.69437999014e-3
"""WGS-84: NIMA TR8350.2, 3rd edition (2000), tables 3.1 and 3.3."""


@dataclass(frozen=True)
class Point:
    """A position, degrees and metres above the ellipsoid."""

    lat_deg: float
    lon_deg: float
    altitude_m: float = 0.0


@dataclass(frozen=True)
class RoutePoint:
    """A waypoint with everything filled in; `agl`: the altitude counts from the ground; the speed holds from here to the next."""

    lat_deg: float
    lon_deg: float
    altitude_m: float
    agl: bool
    speed_mps: float
    time_s: float


class Placed(Protocol):
    """What stands at a latitude and longitude, or may."""

    @property
    def lat_deg(self) -> float | None: ...
    @property
    def lon_deg(self) -> float | None: ...


def standing(scenario: Scenario) -> list[Asset | FireUnit | Sensor | CommandPost]:
    """All that can be hit, in the order in which it is numbered: assets, fire units, sensors (those that fly too), command posts."""
    return [*scenario.asset, *scenario.fire_unit, *scenario.sensor, *scenario.command_post]


def named(name: str | None, scenario: Scenario) -> Asset | FireUnit | Sensor | CommandPost | None:
    """What stands on the ground under a name; an asset goes before others of its name."""
    return next((each for each in standing(scenario) if each.name == name and each.lat_deg is not None), None)


def locate(place: Placed, scenario: Scenario) -> Point:
    """The position of a waypoint, asset, site or place, which may be the name of what stands on the ground."""
    name = getattr(place, "to", None)
    if name is not None:
        found = named(name, scenario)
        assert found is not None
        place = found
    return Point(float(place.lat_deg or 0.0), float(place.lon_deg or 0.0))


def distance_m(a: Point, b: Point) -> float:
    """Length of the way between two points: the chord through WGS-84, bent to the mean curvature between them.

    Against the geodesic at sea level: within 2e-5 of the distance up to 1,000 km, within 6e-3 up to 10,000 km.
    """
    radius = (_curvature_radius(a) + _curvature_radius(b)) / 2.0 + (a.altitude_m + b.altitude_m) / 2.0
    chord = math.dist(_earth_centred(a), _earth_centred(b))
    return 2.0 * radius * math.asin(min(1.0, chord / (2.0 * radius)))


def _curvature_radius(point: Point) -> float:
    """Mean (Gaussian) radius of curvature: root of the product of the two in Snyder (1987), equations 4-18 and 4-20."""
    w_squared = 1.0 - ECCENTRICITY_SQUARED * math.sin(math.radians(point.lat_deg)) ** 2
    return EQUATOR_RADIUS_M * math.sqrt(1.0 - ECCENTRICITY_SQUARED) / w_squared


def _earth_centred(point: Point) -> tuple[float, float, float]:
    """Earth-centred coordinates, m: Heiskanen and Moritz (1967), Physical Geodesy, chapter 5."""
    lat, lon = math.radians(point.lat_deg), math.radians(point.lon_deg)
    normal = EQUATOR_RADIUS_M / math.sqrt(1.0 - ECCENTRICITY_SQUARED * math.sin(lat) ** 2)
    across = (normal + point.altitude_m) * math.cos(lat)
    return across * math.cos(lon), across * math.sin(lon), (normal * (1.0 - ECCENTRICITY_SQUARED) + point.altitude_m) * math.sin(lat)


def fill(route: Sequence[Waypoint], depart_s: float, speed_mps: float | None, scenario: Scenario) -> list[RoutePoint]:
    """The route with altitudes and speeds inherited and times computed; `speed_mps` until a waypoint says otherwise.

    Between two written times the speed is constant. ValueError where neither a time nor a speed is known for a leg.
    """
    places, altitudes = [locate(point, scenario) for point in route], _altitudes(route)
    points = [Point(place.lat_deg, place.lon_deg, altitude) for place, (altitude, _) in zip(places, altitudes, strict=True)]
    legs = [distance_m(a, b) for a, b in pairwise(points)]
    times, speeds = [depart_s], list[float]()
    for number, length in enumerate(legs):
        stretch = _stretch_speed(route, legs, number, times)
        speed_mps = stretch or route[number].speed_mps or speed_mps
        if speed_mps is None:
            raise ValueError("no speed")
        speeds.append(speed_mps)
        written = route[number + 1].time_s
        times.append(times[-1] + length / speed_mps if written is None else written)
    speeds.append(speeds[-1])
    return [
        RoutePoint(point.lat_deg, point.lon_deg, point.altitude_m, agl, speed, time)
        for point, (_, agl), speed, time in zip(points, altitudes, speeds, times, strict=True)
    ]


def _altitudes(route: Sequence[Waypoint]) -> list[tuple[float, bool]]:
    """Altitude of each waypoint and whether it counts from the ground; unwritten ones as before."""
    last, filled = (0.0, True), []
    for point in route:
        if point.altitude_agl_m is not None:
            last = (point.altitude_agl_m, True)
        elif point.altitude_m is not None:
            last = (point.altitude_m, False)
        filled.append(last)
    return filled


def _stretch_speed(route: Sequence[Waypoint], legs: Sequence[float], number: int, times: Sequence[float]) -> float | None:
    """The constant speed from here to the next written time; None if no time follows."""
    following = next((n for n in range(number + 1, len(route)) if route[n].time_s is not None), None)
    if following is None:
        return None
    time = route[following].time_s
    return sum(legs[number:following]) / (time - times[number]) if time is not None else None
