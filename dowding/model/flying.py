"""Flights of a scenario as targets: one row a member, with its path and its cross section in each sensor's band."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dowding.catalogue import Entry
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.errors import DowdingError, ScenarioError
from dowding.model.bundles import JAMMER, TARGET, Paths, Reals, Records
from dowding.model.placing import PlacedRadar, filled
from dowding.physics.antenna import gain_from_beamwidths
from dowding.physics.ballistics import ballistic_path
from dowding.physics.flight import Path, path_states
from dowding.physics.geodesy import Frame, theatre_to_geodetic_many
from dowding.physics.jamming import jammer_constant
from dowding.physics.propagation import EARTH_RADIUS_MEAN
from dowding.physics.radar import SPEED_OF_LIGHT, from_decibels, wavelength_of
from dowding.physics.route import Waypoint, route_path
from dowding.physics.terrain import Ground, ground_heights
from dowding.scenario import Resolved, ResolvedFlight, RoutePoint
from dowding.scenario.schema import Jammer

STANDARD_GRAVITY = 9.80665  # m/s^2, by definition
NOISE_TEMPERATURE_K = 1000.0  # assumed, of a radar that has a published range instead of a power budget
TURN_ACCELERATION_G = 2.0  # where the catalogue has none


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


def _check_clearance(frame: Frame, path: Path, ground: Ground, name: str) -> None:
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


def _routed(frame: Frame, flight: ResolvedFlight, offset: float, widest: float, ground: Ground | None) -> Path:
    hugging = ground is not None and all(w.agl for w in flight.waypoints)

    def height(w: RoutePoint) -> float:
        if ground is None or hugging or not w.agl:
            return w.altitude_m
        return w.altitude_m + float(_heights(ground)(np.radians([w.lat_deg]), np.radians([w.lon_deg]))[0])

    waypoints = [
        Waypoint(math.radians(w.lat_deg), math.radians(w.lon_deg), height(w), w.speed_mps, math.nan if w.time_s is None else w.time_s)
        for w in flight.waypoints
    ]
    path = route_path(
        frame,
        waypoints,
        flight.target.number("turn_acceleration_g", TURN_ACCELERATION_G) * STANDARD_GRAVITY,
        start_time=flight.depart_s,
        lateral_offset=offset,
        turn_radius_least=2.0 * widest,
        ground=_heights(ground) if ground is not None and hugging else None,
        ground_step=0.0 if ground is None else _ground_step(ground),
        name=f"flight {flight.name!r}",
    )
    if ground is not None and not hugging:
        _check_clearance(frame, path, ground, f"flight {flight.name!r}")
    return path


def _ballistic(frame: Frame, flight: ResolvedFlight) -> Path:
    assert flight.launch is not None
    assert flight.impact is not None
    ends = [(math.radians(p.lat_deg), math.radians(p.lon_deg), p.altitude_m) for p in (flight.launch, flight.impact)]
    apogee = None if flight.apogee_km is None else flight.apogee_km * 1e3
    return ballistic_path(frame, ends[0], ends[1], apogee=apogee, start_time=flight.depart_s, name=f"flight {flight.name!r}").path


def _members(frame: Frame, number: int, flight: ResolvedFlight, ground: Ground | None) -> list[Member]:
    """Members in trail share one path at different times; members abreast have one each, left and right of the route in turn."""
    try:
        if flight.launch is not None:
            path = _ballistic(frame, flight)
            return [Member(number, path, k * flight.interval_s) for k in range(flight.count)]
        spacing = flight.lateral_spacing_km * 1e3
        if spacing == 0.0:
            path = _routed(frame, flight, 0.0, 0.0, ground)
            return [Member(number, path, k * flight.interval_s) for k in range(flight.count)]
        offsets = [(k - 0.5 * (flight.count - 1)) * spacing for k in range(flight.count)]
        widest = max(abs(o) for o in offsets)
        return [Member(number, _routed(frame, flight, offset, widest, ground), k * flight.interval_s) for k, offset in enumerate(offsets)]
    except ScenarioError:
        raise
    except DowdingError as error:
        raise ScenarioError(error.message, hint=error.hint) from None


def members_of(frame: Frame, resolved: Resolved, ground: Ground | None) -> list[Member]:
    """Every target of the scenario, flight by flight; `ground` is None on a smooth earth."""
    return [member for number, flight in enumerate(resolved.flights) for member in _members(frame, number, flight, ground)]


def paths_of(members: Sequence[Member]) -> tuple[Paths, list[tuple[int, int]]]:
    """All knots one after the other, each path once, and each member's first and last knot."""
    parts: list[Path] = []
    place: dict[int, tuple[int, int]] = {}
    total = 0
    for member in members:
        if id(member.path) not in place:
            place[id(member.path)] = (total, total + len(member.path.time) - 1)
            total += len(member.path.time)
            parts.append(member.path)
    spans = [place[id(member.path)] for member in members]
    if not parts:
        return Paths(np.zeros(1), np.zeros((1, 3)), np.zeros((1, 3))), spans
    joined = Paths(
        np.concatenate([p.time for p in parts]),
        np.ascontiguousarray(np.concatenate([p.position for p in parts])),
        np.ascontiguousarray(np.concatenate([p.velocity for p in parts])),
    )
    return joined, spans


def cross_sections(entry: Entry, bands: Sequence[str]) -> Reals:
    """Cross section of a target in each of `bands`, (band, aspect) m^2; aspects are front, side, rear."""
    front = entry.number("rcs_front_m2")
    aspects = np.array([front, entry.number("rcs_side_m2", front), entry.number("rcs_rear_m2", front)])
    own = str(entry.value("rcs_band"))
    factors = [1.0 if band == own else entry.number(f"rcs_{band.lower()}_band_factor", 1.0) for band in bands]
    return np.outer(np.array(factors, dtype=np.float64), aspects)


def targets_of(
    resolved: Resolved, members: Sequence[Member], spans: Sequence[tuple[int, int]], placed: Sequence[PlacedRadar], sides: Sequence[str]
) -> tuple[Records, Reals]:
    """The targets, (target,) TARGET, and their cross sections (target, sensor, aspect) m^2."""
    rows = [(member, resolved.flights[member.flight], span) for member, span in zip(members, spans, strict=True)]
    targets = filled(
        TARGET,
        rows,
        {
            "cls": lambda row: TARGET_CLASSES.index(str(row[1].target.value("class"))),
            "swerling": lambda row: int(row[1].target.number("swerling")),
            "path_first": lambda row: row[2][0],
            "path_last": lambda row: row[2][1],
            "shift": lambda row: row[0].shift,
            "start": lambda row: row[0].path.time[0] + row[0].shift,
            "end": lambda row: row[0].path.time[-1] + row[0].shift,
            "asset": lambda row: row[1].attack,
            "side": lambda row: sides.index(row[1].side),
        },
    )
    bands = [str(p.entry.value("band")) for p in placed]
    by_flight = [cross_sections(flight.target, bands) for flight in resolved.flights]
    rcs = np.array([by_flight[member.flight] for member in members], dtype=np.float64).reshape(len(members), len(placed), 3)
    return targets, rcs


def _jam(jammer: Jammer, radar: Entry) -> float:
    """Jammer-to-noise ratio times range^2 (m^2) in the axis of a radar's beam; 0 where it does not jam the radar's band.

    A radar without a power budget has the gain of its beam widths and an assumed noise temperature.
    """
    if str(radar.value("band")) not in jammer.bands:
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
