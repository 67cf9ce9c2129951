"""Flights of a scenario as targets: one row a member, with its path and its cross section in each sensor's band."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dowding.catalogue import Entry
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.errors import DowdingError, ScenarioError
from dowding.model.addressing import TARGET_KEY_BITS, entity_keys
from dowding.model.bundles import JAMMER, TARGET, Paths, Reals, Records
from dowding.model.emitting import WITHIN_95, emissions_by_entry, heard_by
from dowding.model.keeping import Kept
from dowding.model.placing import PlacedRadar, filled
from dowding.model.recorded import recorded_path
from dowding.physics import orbit as orbits
from dowding.physics.antenna import gain_from_beamwidths
from dowding.physics.ballistics import ballistic_path
from dowding.physics.flight import Path, path_states
from dowding.physics.geodesy import Frame, theatre_to_geodetic_many
from dowding.physics.jamming import jammer_constant
from dowding.physics.orbit import STANDARD_GRAVITY, orbit_path
from dowding.physics.propagation import EARTH_RADIUS_MEAN
from dowding.physics.radar import SPEED_OF_LIGHT, from_decibels, wavelength_of
from dowding.physics.route import Waypoint, route_path
from dowding.physics.terrain import Ground, ground_heights
from dowding.scenario import Resolved, ResolvedFlight, RoutePoint
from dowding.scenario.schema import Jammer, Orbit

NOISE_TEMPERATURE_K = 1000.0  # assumed, of a radar that has a published range instead of a power budget
TURN_ACCELERATION_G = 2.0  # where the catalogue has none
BEYOND_S = 120.0  # orbits go on so long after the end, for the scans that begin before it
BANK_DEG = 25.0  # assumed, of turns on an orbit whose radius is not given


@dataclass(frozen=True)
class Member:
    """One target: whose, along which path, and how much later than the path's own times."""

    flight: int
    path: Path
    shift: float


def _heights(ground: Ground) -> Callable[[Reals, Reals], Reals]:
    """Ground heights (m) of many places (latitudes, longitudes rad)."""

    def heights(latitude: Reals, longitude: Reals) -> Reals:
        out = np.empty(len(latitude))
        ground_heights(ground, np.ascontiguousarray(latitude), np.ascontiguousarray(longitude), out)
        return out

    return heights


def _ground_step(ground: Ground) -> float:
    """Metres between the places at which a path is held against the ground: half a cell, but 30 to 250 m."""
    return min(max(0.5 * float(ground.place[2]) * EARTH_RADIUS_MEAN, 30.0), 250.0)


def check_clearance(frame: Frame, path: Path, ground: Ground, name: str) -> None:
    """No path may lead through the ground; ScenarioError says where it does, and how deep."""
    speed = float(np.linalg.norm(path.velocity, axis=1).max())
    times = np.arange(path.time[0], path.time[-1], _ground_step(ground) / speed)
    geodetic = theatre_to_geodetic_many(frame, path_states(path, times)[0])
    above = geodetic[:, 2] - _heights(ground)(geodetic[:, 0], geodetic[:, 1])
    if not np.isfinite(above).all():
        lat, lon = np.degrees(geodetic[int(np.argmin(np.isfinite(above))), :2])
        hint = 'theatre.unknown_ground = "sea" takes it for sea'
        raise ScenarioError(f"{name}: leaves the known ground at {lat:.2f}, {lon:.2f}", hint=hint)
    if len(above) and above.min() < -1.0:
        lat, lon = np.degrees(geodetic[int(np.argmin(above)), :2])
        raise ScenarioError(f"{name}: flies {-above.min():.0f} m below the ground at {lat:.2f}, {lon:.2f}", hint="use altitude_agl_m")


def routed(
    frame: Frame,
    route: Sequence[RoutePoint],
    depart_s: float,
    turn_acceleration: float,
    ground: Ground | None,
    name: str,
    offset: float = 0.0,
    widest: float = 0.0,
) -> Path:
    """The path along a route, `offset` metres to its right where the widest offset is `widest`; one above ground follows the terrain."""
    hugging = ground is not None and all(w.agl for w in route)

    def height(w: RoutePoint) -> float:
        if ground is None or hugging or not w.agl:
            return w.altitude_m
        return w.altitude_m + float(_heights(ground)(np.radians([w.lat_deg]), np.radians([w.lon_deg]))[0])

    waypoints = [
        Waypoint(math.radians(w.lat_deg), math.radians(w.lon_deg), height(w), w.speed_mps, math.nan if w.time_s is None else w.time_s)
        for w in route
    ]
    path = route_path(
        frame,
        waypoints,
        turn_acceleration,
        start_time=depart_s,
        lateral_offset=offset,
        turn_radius_least=2.0 * widest,
        ground=_heights(ground) if ground is not None and hugging else None,
        ground_step=0.0 if ground is None else _ground_step(ground),
        name=name,
    )
    if ground is not None and not hugging:
        check_clearance(frame, path, ground, name)
    return path


def circling(frame: Frame, orbit: Orbit, begin_s: float, end_s: float, ground: Ground | None, name: str) -> Path:
    """The path along an orbit of a scenario between two times."""
    path = orbit_path(frame, orbit_of(orbit), begin_s, end_s, orbit.phase, name=name)
    if ground is not None:
        check_clearance(frame, path, ground, name)
    return path


def orbit_of(orbit: Orbit) -> orbits.Orbit:
    """A scenario's orbit in SI units; turns of no given radius are flown at a bank of BANK_DEG."""
    right, height, speed = orbit.turn == "right", orbit.altitude_m, orbit.speed_mps
    radius = orbit.radius_km * 1e3 if orbit.radius_km is not None else orbits.radius_of_turn(speed, math.radians(BANK_DEG))
    if orbit.points is not None:
        begin, end = [(math.radians(p.lat_deg), math.radians(p.lon_deg)) for p in orbit.points]
        return orbits.racetrack(begin, end, radius, right, height, speed)
    assert orbit.centre is not None
    place = math.radians(orbit.centre.lat_deg), math.radians(orbit.centre.lon_deg)
    if orbit.leg_km is None:
        return orbits.circle(*place, radius, right, height, speed)
    return orbits.racetrack_about(*place, math.radians(orbit.heading_deg), orbit.leg_km * 1e3, radius, right, height, speed)


def _ballistic(frame: Frame, flight: ResolvedFlight) -> Path:
    assert flight.launch is not None
    assert flight.impact is not None
    ends = [(math.radians(p.lat_deg), math.radians(p.lon_deg), p.altitude_m) for p in (flight.launch, flight.impact)]
    apogee = None if flight.apogee_km is None else flight.apogee_km * 1e3
    return ballistic_path(frame, ends[0], ends[1], apogee=apogee, start_time=flight.depart_s, name=f"flight {flight.name!r}").path


def _members(frame: Frame, number: int, flight: ResolvedFlight, ground: Ground | None, end_s: float) -> list[Member]:
    """Members in trail share one path at different times; members abreast have one each, left and right of the route in turn.

    Who orbits does so until `end_s`.
    """
    try:
        if flight.ways:
            return [Member(number, recorded_path(frame, way), 0.0) for way in flight.ways]
        if flight.launch is not None:
            path = _ballistic(frame, flight)
            return [Member(number, path, k * flight.interval_s) for k in range(flight.count)]
        name, turn = f"flight {flight.name!r}", _turn_of(flight)
        if flight.orbit is not None:
            path = circling(frame, flight.orbit, flight.depart_s, end_s, ground, name)
            return [Member(number, path, k * flight.interval_s) for k in range(flight.count)]
        spacing = flight.lateral_spacing_km * 1e3
        if spacing == 0.0:
            path = routed(frame, flight.waypoints, flight.depart_s, turn, ground, name)
            return [Member(number, path, k * flight.interval_s) for k in range(flight.count)]
        offsets = [(k - 0.5 * (flight.count - 1)) * spacing for k in range(flight.count)]
        widest = max(abs(o) for o in offsets)
        abreast = [routed(frame, flight.waypoints, flight.depart_s, turn, ground, name, offset, widest) for offset in offsets]
        return [Member(number, path, k * flight.interval_s) for k, path in enumerate(abreast)]
    except ScenarioError:
        raise
    except DowdingError as error:
        raise ScenarioError(error.message, hint=error.hint) from None


def members_of(frame: Frame, resolved: Resolved, ground: Ground | None, kept: Kept, where: Hashable) -> list[Member]:
    """Every target of the scenario, flight by flight; `ground` is None on a smooth earth. `where` stands for frame and ground in `kept`."""
    end_s = resolved.duration_s + BEYOND_S

    def members(number: int, flight: ResolvedFlight) -> list[Member]:
        key = (where, end_s, number, _way_of(flight))
        return kept.get("path", key, lambda: _members(frame, number, flight, ground, end_s))

    return [member for number, flight in enumerate(resolved.flights) for member in members(number, flight)]


def _turn_of(flight: ResolvedFlight) -> float:
    """Acceleration (m/s2) of a flight's turns."""
    return flight.target.number("turn_acceleration_g", TURN_ACCELERATION_G) * STANDARD_GRAVITY


def _way_of(flight: ResolvedFlight) -> Hashable:
    """All of a flight that its members' paths depend on."""
    line = (flight.name, flight.count, flight.depart_s, flight.interval_s, flight.lateral_spacing_km, _turn_of(flight))
    return (*line, flight.waypoints, repr(flight.orbit), flight.ways, flight.launch, flight.impact, flight.apogee_km)


def joined_paths(paths: Sequence[Path | None]) -> tuple[Paths, list[tuple[int, int]]]:
    """All knots one after the other, each path once, and each path's first and last knot, -1 for none."""
    parts: list[Path] = []
    place: dict[int, tuple[int, int]] = {id(None): (-1, -1)}
    total = 0
    for path in paths:
        if path is not None and id(path) not in place:
            place[id(path)] = (total, total + len(path.time) - 1)
            total += len(path.time)
            parts.append(path)
    spans = [place[id(path)] for path in paths]
    if not parts:
        return Paths(np.zeros(1), np.zeros((1, 3)), np.zeros((1, 3))), spans
    joined = Paths(
        np.concatenate([p.time for p in parts]),
        np.ascontiguousarray(np.concatenate([p.position for p in parts])),
        np.ascontiguousarray(np.concatenate([p.velocity for p in parts])),
    )
    return joined, spans


def band_of(entry: Entry) -> str:
    """Band of a radar; of a receiver, to which a cross section means nothing, any."""
    return str(entry.get("band", "S"))


def cross_sections(entry: Entry, bands: Sequence[str]) -> Reals:
    """Cross section of a target in each of `bands`, (band, aspect) m^2; aspects are front, side, rear."""
    front = entry.number("rcs_front_m2")
    aspects = np.array([front, entry.number("rcs_side_m2", front), entry.number("rcs_rear_m2", front)])
    own = str(entry.value("rcs_band"))
    factors = [1.0 if band == own else entry.number(f"rcs_{band.lower()}_band_factor", 1.0) for band in bands]
    return np.outer(np.array(factors, dtype=np.float64), aspects)


def shown_to(resolved: Resolved, target: Entry, placed: Sequence[PlacedRadar]) -> Reals:
    """What a target shows to each sensor, (sensor, aspect) m^2: its cross section to a radar, to a receiver C of its strongest emission.

    A target that flies in the scenario emits what its flights do, at any time; another has its own radar and its usual transponder on.
    """
    shown = cross_sections(target, [band_of(p.entry) for p in placed]).reshape(len(placed), 3)
    emissions = emissions_by_entry(resolved, target)
    for row, each in enumerate(placed):
        if each.entry.kind == "receivers":
            shown[row] = max((heard_by(emission, each.entry) for emission in emissions), default=0.0)
    return np.ascontiguousarray(shown)


def targets_of(
    resolved: Resolved,
    members: Sequence[Member],
    spans: Sequence[tuple[int, int]],
    emissions: Sequence[tuple[int, int]],
    identities: Sequence[int],
    placed: Sequence[PlacedRadar],
    sides: Sequence[str],
) -> tuple[Records, Reals]:
    """The targets, (target,) TARGET, and their cross sections (target, sensor, aspect) m^2.

    `spans` and `emissions` are each target's knots and emissions, `identities` what its transponder answers, -1 for none.
    """
    parts = zip(members, spans, emissions, identities, strict=True)
    rows = [(member, resolved.flights[member.flight], span, own, name) for member, span, own, name in parts]
    keys = dict(zip(map(id, members), entity_keys([flight.name for _, flight, *_ in rows], TARGET_KEY_BITS), strict=True))

    def told(key: str, scale: float) -> Callable[[Any], float]:
        return lambda row: 0.0 if row[1].transponder is None else getattr(row[1].transponder, key) * scale

    targets = filled(
        TARGET,
        rows,
        {
            "cls": lambda row: TARGET_CLASSES.index(str(row[1].target.value("class"))),
            "key": lambda row: keys[id(row[0])],
            "swerling": lambda row: int(row[1].target.number("swerling")),
            "path_first": lambda row: row[2][0],
            "path_last": lambda row: row[2][1],
            "shift": lambda row: row[0].shift,
            "start": lambda row: row[0].path.time[0] + row[0].shift,
            "end": lambda row: row[0].path.time[-1] + row[0].shift,
            "asset": lambda row: row[1].attack,
            "side": lambda row: sides.index(row[1].side),
            "emission_first": lambda row: row[3][0],
            "emission_end": lambda row: row[3][1],
            "identity": lambda row: row[4],
            "iff": lambda row: int(row[1].iff),
            "position_error": told("position_error_m", 1.0 / WITHIN_95),
            "altitude_error": told("altitude_error_m", 1.0),
        },
    )
    bands = [band_of(p.entry) for p in placed]
    by_flight = [cross_sections(flight.target, bands) for flight in resolved.flights]
    rcs = np.array([by_flight[member.flight] for member in members], dtype=np.float64).reshape(len(members), len(placed), 3)
    return targets, rcs


def _jam(jammer: Jammer, radar: Entry) -> float:
    """Jammer-to-noise ratio times range^2 (m^2) in the axis of a radar's beam; 0 where it does not jam the radar's band.

    A radar without a power budget has the gain of its beam widths and an assumed noise temperature.
    """
    if radar.kind != "radars" or str(radar.value("band")) not in jammer.bands:
        return 0.0
    widths = [math.radians(radar.number(f"beamwidth_{plane}_deg")) for plane in ("azimuth", "elevation")]
    gain = gain_from_beamwidths(*widths) if radar.get("gain_db") is None else from_decibels(radar.number("gain_db"))
    receiver = SPEED_OF_LIGHT / (2.0 * radar.number("range_resolution_m"))
    return jammer_constant(
        jammer.power_w * from_decibels(jammer.gain_db),
        max(jammer.bandwidth_mhz * 1e6, receiver),
        gain,
        wavelength_of(radar.number("frequency_ghz") * 1e9),
        radar.number("noise_temperature_k", NOISE_TEMPERATURE_K),
    )


def jammers_of(resolved: Resolved, members: Sequence[Member], placed: Sequence[PlacedRadar]) -> tuple[Records, Reals]:
    """The jammers, (jammer,) JAMMER, and what each does to each sensor, (jammer, sensor) m^2."""
    rows = [(row, jammer) for row, member in enumerate(members) if (jammer := resolved.flights[member.flight].jammer) is not None]
    jammers = filled(
        JAMMER,
        rows,
        {
            "target": lambda row: row[0],
            "on": lambda row: row[1].on_s,
            "range": lambda row: math.inf if row[1].range_km is None else row[1].range_km * 1e3,
        },
    )
    jam = [[_jam(jammer, p.entry) for p in placed] for _, jammer in rows]
    return jammers, np.array(jam, dtype=np.float64).reshape(len(rows), len(placed))
