"""Sensors that fly: the paths of those on an orbit, on a route of their own, or aboard a flight."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dowding.errors import DowdingError, ScenarioError
from dowding.model.bundles import Paths, Reals
from dowding.model.flying import BEYOND_S, circling, joined_paths, routed
from dowding.model.placing import PlacedRadar
from dowding.physics.flight import Path, path_states
from dowding.physics.geodesy import Frame, theatre_to_geodetic_many
from dowding.physics.orbit import STANDARD_GRAVITY
from dowding.physics.propagation import EARTH_RADIUS_MEAN
from dowding.physics.terrain import Ground, ground_heights
from dowding.scenario import Resolved, Tour
from dowding.tracking.picture import SensorGeometry
from dowding.tracking.standing import put_at

KNOWN_EVERY_M = 50e3  # of way, between places about which the ground must be known
KNOWN_PLACES = 100
KNOWN_AZIMUTHS = 72  # around the circle of its reach that are tried


@dataclass(frozen=True)
class Touring:
    """The path of a sensor, and when it looks (s)."""

    path: Path
    on: float
    off: float


def _path(frame: Frame, tour: Tour, ground: Ground | None, end_s: float, name: str) -> Path:
    try:
        if tour.orbit is not None:
            return circling(frame, tour.orbit, tour.depart_s, end_s, ground, name)
        return routed(frame, tour.waypoints, tour.depart_s, tour.turn_acceleration_g * STANDARD_GRAVITY, ground, name)
    except ScenarioError:
        raise
    except DowdingError as error:
        raise ScenarioError(error.message, hint=error.hint) from None


def tours_of(frame: Frame, resolved: Resolved, placed: Sequence[PlacedRadar], ground: Ground | None) -> list[Touring | None]:
    """The ways of the sensors, None for one that stands; ScenarioError where one leads through the ground or over what is not known."""
    tours: list[Touring | None] = []
    for each in placed:
        if each.tour is None:
            tours.append(None)
            continue
        name = f"sensor {each.name!r}"
        path = _path(frame, each.tour, ground, resolved.duration_s + BEYOND_S, name)
        if ground is not None:
            _check_known(frame, path, ground, each.entry.number("range_max_km") * 1e3, name)
        tours.append(Touring(path, float(path.time[0]), math.inf if each.tour.orbit is not None else float(path.time[-1])))
    return tours


def _check_known(frame: Frame, path: Path, ground: Ground, reach: float, name: str) -> None:
    """The ground must be known wherever the sensor may look."""
    if math.isfinite(ground.place[4]):
        return
    speed = float(np.linalg.norm(path.velocity, axis=1).mean())
    count = 1 + min(math.ceil((path.time[-1] - path.time[0]) * speed / KNOWN_EVERY_M), KNOWN_PLACES)
    stops = theatre_to_geodetic_many(frame, path_states(path, np.linspace(path.time[0], path.time[-1], count))[0])
    missing = np.argwhere(np.isnan(ground.grid))
    holes = np.column_stack([ground.place[0] - missing[:, 0] * ground.place[2], ground.place[1] + missing[:, 1] * ground.place[3]])
    for latitude, longitude, _ in stops:
        edge = _circle(latitude, longitude, reach / EARTH_RADIUS_MEAN)
        heights = np.empty(len(edge))
        ground_heights(ground, np.ascontiguousarray(edge[:, 0]), np.ascontiguousarray(edge[:, 1]), heights)
        near = holes[_angle_between(holes, latitude, longitude) < reach / EARTH_RADIUS_MEAN]
        for unknown in (*edge[~np.isfinite(heights)], *near):
            lat, lon = np.degrees(unknown)
            told = f"{name}: looks over ground that is not known, such as at {lat:.2f}, {lon:.2f}, within its {reach / 1e3:.0f} km"
            raise ScenarioError(told, hint='theatre.unknown_ground = "sea" takes it for sea')


def _circle(latitude: float, longitude: float, angle: float) -> Reals:
    """Places (azimuth, 2) an angle away on a sphere, all rad."""
    # Snyder 1987, Map Projections: A Working Manual, USGS PP 1395, eqs 5-5 and 5-6
    azimuth = np.linspace(0.0, 2.0 * math.pi, KNOWN_AZIMUTHS, endpoint=False)
    sine = math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * np.cos(azimuth)
    east = np.arctan2(np.sin(azimuth) * math.sin(angle) * math.cos(latitude), math.cos(angle) - math.sin(latitude) * sine)
    return np.column_stack([np.arcsin(sine), longitude + east])


def _angle_between(places: Reals, latitude: float, longitude: float) -> Reals:
    """Angle (rad) at the earth's centre from places (n, 2) to one place."""
    # Snyder 1987, eq. 5-3a
    north, east = 0.5 * (places[:, 0] - latitude), 0.5 * (places[:, 1] - longitude)
    square = np.sin(north) ** 2 + math.cos(latitude) * np.cos(places[:, 0]) * np.sin(east) ** 2
    return np.asarray(2.0 * np.arcsin(np.sqrt(square)), dtype=np.float64)


def tour_rows(
    tours: Sequence[Touring | None], placed: Sequence[PlacedRadar], carriers: Sequence[str]
) -> tuple[Paths, dict[str, dict[str, float]]]:
    """The knots of all tours, and by name what SENSOR holds of each; `carriers` names the flight of each target."""
    paths, spans = joined_paths([None if tour is None else tour.path for tour in tours])
    facts = {}
    for tour, each, (first, last) in zip(tours, placed, spans, strict=True):
        if tour is not None and each.tour is not None:
            carrier = carriers.index(each.tour.aboard) if each.tour.aboard in carriers else -1
            facts[each.name] = {"path_first": first, "path_last": last, "on": tour.on, "off": tour.off, "carrier": carrier}
    return paths, facts


def begin_tours(frame: Frame, geometry: SensorGeometry, tours: Sequence[Touring | None]) -> None:
    """Put each sensor that flies where its way begins."""
    for sensor, tour in enumerate(tours):
        if tour is not None:
            place, velocity = tour.path.position[0], tour.path.velocity[0]
            put_at(geometry, sensor, frame.earth_centre, frame.spin_axis, tuple(place.tolist()), tuple(velocity.tolist()), tour.on)
