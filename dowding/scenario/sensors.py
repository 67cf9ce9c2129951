"""A stand-alone sensor of a scenario resolved: its radar or receiver, and where it stands or flies."""

import math
from collections.abc import Mapping
from itertools import pairwise

from dowding.catalogue import Catalogue
from dowding.scenario.overriding import lookup, overridden
from dowding.scenario.paths import Point, RoutePoint, fill
from dowding.scenario.resolved import ResolvedFlight, ResolvedSensor, Tour
from dowding.scenario.schema import Scenario, Sensor
from dowding.scenario.ways import places_of

TURN_G = 0.47  # assumed, of a sensor on a route of its own: 25 degrees of bank


def resolve_sensor(
    place: str, sensor: Sensor, scenario: Scenario, catalogue: Catalogue, carriers: Mapping[str, ResolvedFlight]
) -> ResolvedSensor:
    """The sensor with its entry found and its place filled in, NaN for a height that the ground is to say.

    `carriers` are the flights without faults, by name.
    """
    find = lookup(place, catalogue)
    entry = find("radar", "radars", sensor.radar) if sensor.radar is not None else find("receiver", "receivers", sensor.receiver or "")
    mast = {} if sensor.mast_height_m is None else {"antenna_height_m": sensor.mast_height_m}
    entry = overridden(entry, {**mast, **sensor.override}, f"{place}.override")
    tour = _tour(sensor, scenario, carriers)
    if tour is not None:
        point = _middle(tour)
    else:
        height = math.nan if sensor.ground_altitude_m is None else sensor.ground_altitude_m
        point = Point(sensor.lat_deg or 0.0, sensor.lon_deg or 0.0, height)
    where = (point.lat_deg, point.lon_deg, point.altitude_m, sensor.boresight_deg)
    return ResolvedSensor(sensor.name, sensor.side, *where, entry, tour, sensor.fails_s, sensor.iff)


def _tour(sensor: Sensor, scenario: Scenario, carriers: Mapping[str, ResolvedFlight]) -> Tour | None:
    if sensor.aboard in carriers:
        flight = carriers[sensor.aboard or ""]
        return Tour(flight.orbit, flight.waypoints, flight.depart_s, flight.target.number("turn_acceleration_g", 2.0), flight.name)
    if sensor.orbit is not None:
        return Tour(sensor.orbit, (), 0.0, TURN_G)
    if sensor.route is not None:
        depart_s = sensor.route[0].time_s or 0.0
        return Tour(None, tuple(fill(sensor.route, depart_s, None, scenario)), depart_s, TURN_G)
    return None


def _middle(tour: Tour) -> Point:
    """The middle of an orbit, or the begin of a route at its mean altitude over time."""
    if tour.orbit is not None:
        points = list(places_of(tour.orbit).values())
        east = [(p.lon_deg - points[0].lon_deg + 180.0) % 360.0 - 180.0 for p in points]
        lon = points[0].lon_deg + sum(east) / len(points)
        return Point(sum(p.lat_deg for p in points) / len(points), (lon + 180.0) % 360.0 - 180.0, tour.orbit.altitude_m)
    first = tour.waypoints[0]
    return Point(first.lat_deg, first.lon_deg, _mean_altitude(tour.waypoints))


def _mean_altitude(route: tuple[RoutePoint, ...]) -> float:
    spans = [(b.time_s - a.time_s, 0.5 * (a.altitude_m + b.altitude_m)) for a, b in pairwise(route)]
    return sum(span * altitude for span, altitude in spans) / sum(span for span, _ in spans)
