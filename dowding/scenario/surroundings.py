"""The part of the earth whose ground a scenario needs: what its radars overlook, and what lies beneath its routes."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from dowding.scenario.networks import CommandPost
from dowding.scenario.paths import EQUATOR_RADIUS_M, Point, RoutePoint
from dowding.scenario.places import Position
from dowding.scenario.resolved import ResolvedFireUnit, ResolvedFlight, ResolvedSensor
from dowding.scenario.schema import Asset, Orbit
from dowding.scenario.ways import places_of
from dowding.terrain import Window

METRES_PER_DEGREE = 110.5e3  # m, the least along a meridian of WGS-84, so that metres become too many degrees rather than too few
MARGIN_M = 20e3  # m, around places and routes
REACH_MARGIN_M, REACH_MARGIN = 2e3, 0.035  # around what a sensor overlooks: m, and of its reach, for maps show that much more than it sees
WIDEST_DEG = 170.0  # of longitude; wider windows are not cut
LATITUDE_MOST = 85.0
TURN_ACCELERATION_MPS2 = 4.5  # the gentlest turns flown, at 25 degrees of bank: others bulge out less

Circle = tuple[float, float, float]  # degrees north and east, m around with all margins


def window_of(
    origin: Position,
    sites: Sequence[Asset | CommandPost],
    units: Sequence[ResolvedFireUnit],
    sensors: Sequence[ResolvedSensor],
    flights: Sequence[ResolvedFlight],
) -> Window | None:
    """South, west, north, east in degrees around all whose ground counts; None near a pole and half way round the earth."""
    circles: list[Circle] = [(site.lat_deg, site.lon_deg, MARGIN_M) for site in sites]
    for unit in units:
        circles += [(unit.lat_deg, unit.lon_deg, _overlooked(use.entry.number("range_max_km") * 1e3)) for use in unit.radars]
        circles.append((unit.lat_deg, unit.lon_deg, MARGIN_M))
    for sensor in sensors:
        reach = _overlooked(sensor.entry.number("range_max_km") * 1e3)
        tour = sensor.tour
        if tour is None:
            circles.append((sensor.lat_deg, sensor.lon_deg, reach))
        else:
            circles += [(lat, lon, around + reach) for lat, lon, around in _beneath(tour.orbit, tour.waypoints, 0.0)]
    for flight in flights:
        circles += [(point.lat_deg, point.lon_deg, MARGIN_M) for point in (flight.launch, flight.impact) if point is not None]
        circles += _beneath(flight.orbit, flight.waypoints, 0.5 * (flight.count - 1) * flight.lateral_spacing_km * 1e3)
    return _around(origin.lon_deg, circles)


def _overlooked(reach: float) -> float:
    """Metres around a sensor of which the ground is asked."""
    return reach * (1.0 + REACH_MARGIN) + REACH_MARGIN_M


def _beneath(orbit: Orbit | None, waypoints: Sequence[RoutePoint], widest: float) -> Iterator[Circle]:
    """Circles about the corners of an orbit or route, with all that bulges out of the box around them; `widest` (m) is flown abreast."""
    widest += MARGIN_M
    if orbit is not None:
        turn = orbit.speed_mps**2 / TURN_ACCELERATION_MPS2 if orbit.radius_km is None else orbit.radius_km * 1e3
        leg = 0.0 if orbit.leg_km is None else orbit.leg_km * 1e3
        corners = list(places_of(orbit).values())
        yield from ((point.lat_deg, point.lon_deg, widest + leg + 2.0 * turn + _bulge(corners[0], point)) for point in corners)
    for before, after in pairwise(waypoints):
        turn = max(max(before.speed_mps, after.speed_mps) ** 2 / TURN_ACCELERATION_MPS2, 2.0 * (widest - MARGIN_M))
        around = widest + 2.0 * turn + _bulge(before, after)
        yield from ((point.lat_deg, point.lon_deg, around) for point in (before, after))


def _bulge(a: Point | RoutePoint, b: Point | RoutePoint) -> float:
    """Metres by which the shortest way leaves the box of latitude and longitude around its ends, at most."""
    steepest = math.tan(math.radians(min(max(abs(a.lat_deg), abs(b.lat_deg)), LATITUDE_MOST)))
    turned = math.radians((b.lon_deg - a.lon_deg + 180.0) % 360.0 - 180.0)
    # a great circle bends by tan(latitude)/R against the parallel; a fifth is for its own way to higher latitudes
    length = abs(turned) * EQUATOR_RADIUS_M * math.cos(math.radians(min(abs(a.lat_deg), abs(b.lat_deg))))
    return 1.2 * length * length * steepest / (8.0 * EQUATOR_RADIUS_M)


def _around(middle: float, circles: Iterable[Circle]) -> Window | None:
    """The window around circles; longitudes count from `middle` (degrees)."""
    south, west, north, east = 90.0, 180.0, -90.0, -180.0
    for lat, lon, radius in circles:
        high = radius / METRES_PER_DEGREE
        pole = abs(lat) + high
        if pole > LATITUDE_MOST:
            return None
        wide = high / math.cos(math.radians(pole))
        off = (lon - middle + 180.0) % 360.0 - 180.0
        south, north = min(south, lat - high), max(north, lat + high)
        west, east = min(west, off - wide), max(east, off + wide)
    return None if east - west > WIDEST_DEG else (south, middle + west, north, middle + east)
