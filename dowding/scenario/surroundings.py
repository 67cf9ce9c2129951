"""The part of the earth whose ground a scenario needs: what its radars overlook, and what lies beneath its routes."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from dowding.scenario.paths import EQUATOR_RADIUS_M, RoutePoint
from dowding.scenario.resolved import ResolvedFireUnit, ResolvedFlight, ResolvedSensor
from dowding.scenario.schema import Asset, Position
from dowding.terrain import Window

METRES_PER_DEGREE = 110.5e3  # m, the least along a meridian of WGS-84, so that metres become too many degrees rather than too few
MARGIN_M = 20e3
WIDEST_DEG = 170.0  # of longitude; wider windows are not cut
LATITUDE_MOST = 85.0
TURN_ACCELERATION_MPS2 = 9.80665  # half of what targets turn with: turns bulge out of a route by less than this gives

Circle = tuple[float, float, float]  # degrees north and east, m around


def window_of(
    origin: Position,
    assets: Sequence[Asset],
    units: Sequence[ResolvedFireUnit],
    sensors: Sequence[ResolvedSensor],
    flights: Sequence[ResolvedFlight],
) -> Window | None:
    """South, west, north, east in degrees around all whose ground counts; None near a pole and half way round the earth."""
    circles: list[Circle] = [(asset.lat_deg, asset.lon_deg, 0.0) for asset in assets]
    for unit in units:
        circles += [(unit.lat_deg, unit.lon_deg, use.entry.number("range_max_km") * 1e3) for use in unit.radars]
        circles.append((unit.lat_deg, unit.lon_deg, 0.0))
    circles += [(sensor.lat_deg, sensor.lon_deg, sensor.radar.number("range_max_km") * 1e3) for sensor in sensors]
    circles += [circle for flight in flights for circle in _beneath(flight)]
    return _around(origin.lon_deg, circles)


def _beneath(flight: ResolvedFlight) -> Iterator[Circle]:
    """Circles that hold the ends of a flight, or the corners of its routes with all that bulges out of the box around them."""
    yield from ((point.lat_deg, point.lon_deg, 0.0) for point in (flight.launch, flight.impact) if point is not None)
    widest = 0.5 * (flight.count - 1) * flight.lateral_spacing_km * 1e3
    for before, after in pairwise(flight.waypoints):
        turn = max(max(before.speed_mps, after.speed_mps) ** 2 / TURN_ACCELERATION_MPS2, 2.0 * widest)
        around = widest + 2.0 * turn + _bulge(before, after)
        yield from ((point.lat_deg, point.lon_deg, around) for point in (before, after))


def _bulge(a: RoutePoint, b: RoutePoint) -> float:
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
        high = (radius + MARGIN_M) / METRES_PER_DEGREE
        pole = abs(lat) + high
        if pole > LATITUDE_MOST:
            return None
        wide = high / math.cos(math.radians(pole))
        off = (lon - middle + 180.0) % 360.0 - 180.0
        south, north = min(south, lat - high), max(north, lat + high)
        west, east = min(west, off - wide), max(east, off + wide)
    return None if east - west > WIDEST_DEG else (south, middle + west, north, middle + east)
