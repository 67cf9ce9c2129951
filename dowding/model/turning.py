"""Other paths that targets may turn to, made ready before the run: one for each moment at which the turn may come."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dowding.errors import DowdingError, ScenarioError
from dowding.model.bundles import TURN, Paths, Records
from dowding.model.flying import NEVER_TURNS, Member, ground_heights_of, joined_paths, routed, turn_of
from dowding.model.moments import moment_on
from dowding.physics.flight import Path, path_states
from dowding.physics.geodesy import Frame, geodesic_direct, geodesic_inverse, local_rotation, rotate, theatre_to_geodetic
from dowding.physics.ground_track import REVERSAL
from dowding.physics.propagation import EARTH_RADIUS_MEAN
from dowding.physics.terrain import Ground
from dowding.scenario import Resolved, ResolvedFlight, RoutePoint
from dowding.scenario.resolved import ResolvedReaction

STEP_S = 5.0  # between the moments at which a flight that is engaged can turn
MOST = 200  # such moments of one path
LEAD_S = 2.0  # what of the old path stands before the new one: a dwell that is under way looks back
STRAIGHT_S = 0.5  # flown straight on before a turn, so that it begins with the old course
NEAR_S = 6.0  # to the end of a path or to a waypoint: nobody turns so shortly before


@dataclass(frozen=True)
class Turn:
    """A turn to another path at a time of the old path's own."""

    time: float
    path: Path
    attack: int


@dataclass(frozen=True)
class Turns:
    """The turns of one member: one at a given moment, or those from which the first after an engagement is taken."""

    scheduled: tuple[Turn, ...] = ()
    engaged: tuple[Turn, ...] = ()
    delay: float = 0.0


def state_at(frame: Frame, path: Path, time: float) -> tuple[float, float, float, float, float]:
    """Latitude, longitude (rad), height (m), course (rad) and speed along the ground track (m/s) of a path at a time of its own."""
    position, velocity = path_states(path, np.array([time]))
    latitude, longitude, height = theatre_to_geodetic(frame, *position[0])
    east, north, _up = rotate(local_rotation(frame, latitude, longitude), *velocity[0])
    speed = math.hypot(east, north) / (1.0 + height / EARTH_RADIUS_MEAN)
    return latitude, longitude, height, math.atan2(east, north), speed


def levelled(start: RoutePoint, rest: Sequence[RoutePoint], climb: float) -> list[RoutePoint]:
    """A way from a start on which the height of its first point is reached at a vertical speed (m/s), and not only there."""
    if not rest or start.agl != rest[0].agl:
        return [start, *rest]
    wanted = rest[0].altitude_m
    needed = abs(wanted - start.altitude_m) / climb * start.speed_mps
    a, b = [(math.radians(p.lat_deg), math.radians(p.lon_deg)) for p in (start, rest[0])]
    leg = geodesic_inverse(*a, *b)
    if needed < 1.0 or needed >= leg.distance - 1.0:
        return [start, *rest]
    latitude, longitude, _ = geodesic_direct(*a, leg.azimuth_start, needed)
    level = replace(start, lat_deg=math.degrees(latitude), lon_deg=math.degrees(longitude), altitude_m=wanted)
    return [start, level, *rest]


def beginning(frame: Frame, path: Path, time: float, ground: Ground | None, agl: bool) -> RoutePoint:
    """Where a path is at a time, as the first point of another route; above ground if that counts."""
    latitude, longitude, height, _course, speed = state_at(frame, path, time)
    above = height
    if agl and ground is not None:
        above -= float(ground_heights_of(ground)(np.array([latitude]), np.array([longitude]))[0])
    return RoutePoint(math.degrees(latitude), math.degrees(longitude), above, agl, speed, time)


def _onward(frame: Frame, path: Path, start: RoutePoint, time: float, first: RoutePoint, acceleration: float) -> RoutePoint:
    """A point straight ahead of a start, as far as a turn from there towards the next point takes."""
    *_, course, speed = state_at(frame, path, time)
    place = math.radians(start.lat_deg), math.radians(start.lon_deg)
    wanted = geodesic_inverse(*place, math.radians(first.lat_deg), math.radians(first.lon_deg)).azimuth_start
    turn = abs((wanted - course + math.pi) % (2.0 * math.pi) - math.pi)
    # a turn cuts its corner by radius * tan(turn / 2); one beyond REVERSAL is flown round two corners of half the turn
    arc = speed * speed / acceleration * math.tan(0.5 * (turn if turn <= REVERSAL else 0.5 * turn))
    latitude, longitude, _ = geodesic_direct(*place, course, arc + speed * STRAIGHT_S)
    return replace(start, lat_deg=math.degrees(latitude), lon_deg=math.degrees(longitude))


def _rest(flight: ResolvedFlight, reaction: ResolvedReaction, time: float) -> list[RoutePoint]:
    """The waypoints that are flown to after a turn at a time."""
    if reaction.altitude_m is None:
        return list(reaction.waypoints)
    left = [point for point in flight.waypoints if point.time_s > time + NEAR_S] or [flight.waypoints[-1]]
    return [replace(point, altitude_m=reaction.altitude_m, agl=False) for point in left]


def _abreast(frame: Frame, member: Member, time: float, points: list[RoutePoint], attack: int) -> list[RoutePoint]:
    """The points shifted as a member that flies abreast is to its flight's route then; what is attacked they all meet at."""
    if member.offset == 0.0:
        return points
    *_, course, _speed = state_at(frame, member.path, time)
    shifted = []
    for point in points:
        place = math.radians(point.lat_deg), math.radians(point.lon_deg)
        latitude, longitude, _ = geodesic_direct(*place, course + 0.5 * math.pi, member.offset)
        shifted.append(replace(point, lat_deg=math.degrees(latitude), lon_deg=math.degrees(longitude)))
    return [*shifted[:-1], points[-1] if attack >= 0 else shifted[-1]]


def turned_path(
    frame: Frame, flight: ResolvedFlight, reaction: ResolvedReaction, member: Member, time: float, ground: Ground | None
) -> Path:
    """The path that a reaction leads to from a time on (s, the old path's own), with a little of the old one before it."""
    old, rest = member.path, _abreast(frame, member, time, _rest(flight, reaction, time), reaction.attack)
    start = beginning(frame, old, time, ground, rest[0].agl)
    ahead = _onward(frame, old, start, time, rest[0], turn_of(flight))
    way = [replace(point, time_s=math.nan) for point in (start, *levelled(ahead, rest, reaction.climb_mps))]
    name = f"flight {flight.name!r}, turning at {time + member.shift:.0f} s"
    new = routed(frame, way, time, turn_of(flight), ground, name)
    before = np.array([time - LEAD_S, time])
    position, velocity = path_states(old, before)
    return Path(
        np.concatenate([before, new.time[1:]]),
        np.concatenate([position, new.position[1:]]),
        np.concatenate([velocity, new.velocity[1:]]),
    )


def turns_of(frame: Frame, resolved: Resolved, member: Member, ground: Ground | None) -> Turns:
    """The turns that a member may take; ScenarioError where such a way cannot be flown."""
    flight = resolved.flights[member.flight]
    scheduled: list[Turn] = []
    engaged: list[Turn] = []
    delay = 0.0
    last = float(member.path.time[-1]) - NEAR_S

    def turn(reaction: ResolvedReaction, time: float) -> Turn:
        try:
            return Turn(time, turned_path(frame, flight, reaction, member, time, ground), reaction.attack)
        except ScenarioError:
            raise
        except DowdingError as error:
            raise ScenarioError(error.message, hint=error.hint) from None

    for reaction in flight.reactions:
        if reaction.moment is not None:
            own = moment_on(frame, member.path, member.shift, reaction.moment)
            if own is not None and own + reaction.delay_s < last:
                scheduled.append(turn(reaction, own + reaction.delay_s))
        elif not engaged:
            begin, delay = float(member.path.time[0]), reaction.delay_s
            step = max(STEP_S, (last - begin) / MOST)
            engaged = [turn(reaction, float(time)) for time in np.arange(begin + step, last, step)]
    first = min(scheduled, key=lambda each: each.time, default=None)
    return Turns(() if first is None else (first,), tuple(engaged), delay)


def all_turns(frame: Frame, resolved: Resolved, members: Sequence[Member], ground: Ground | None) -> list[Turns]:
    """The turns of each member; those that share a path and a moment share the turns."""
    out, known = [], dict[Hashable, Turns]()
    for member in members:
        flight = resolved.flights[member.flight]
        if not flight.reactions:
            out.append(Turns())
            continue
        timed = any(each.moment is not None and each.moment.time_s is not None for each in flight.reactions)
        key = (id(member.path), member.shift if timed else 0.0)
        if key not in known:
            known[key] = turns_of(frame, resolved, member, ground)
        out.append(known[key])
    return out


def turn_rows(
    turns: Sequence[Turns], spans: Mapping[int, tuple[int, int]], members: Sequence[Member]
) -> tuple[Records, list[dict[str, float]]]:
    """The turns as rows, (turn,) TURN, and what TARGET holds of them for each member; `spans` are each path's knots, by its id."""
    rows: list[tuple[float, ...]] = []
    place: dict[int, int] = {}
    for each in turns:
        if id(each) not in place:
            place[id(each)] = len(rows)
            for turn in (*each.scheduled, *each.engaged):
                rows.append((turn.time, *spans[id(turn.path)], float(turn.path.time[-1]), turn.attack))
    facts = []
    for each, member in zip(turns, members, strict=True):
        first = place[id(each)]
        fact = dict(NEVER_TURNS)
        if each.scheduled:
            fact |= {"turn_time": each.scheduled[0].time + member.shift, "turn": first}
        begin = first + len(each.scheduled)
        facts.append(fact | {"turn_first": begin, "turn_end": begin + len(each.engaged), "turn_delay": each.delay})
    return np.array(rows, TURN), facts


def flown_paths(
    members: Sequence[Member], turns: Sequence[Turns]
) -> tuple[Paths, list[tuple[int, int]], Records, list[dict[str, float]]]:
    """All paths together, the first and last knot of each member's own, the turns, (turn,) TURN, and what TARGET holds of them."""
    flown = [*(member.path for member in members), *(turn.path for each in turns for turn in (*each.scheduled, *each.engaged))]
    paths, spans = joined_paths(flown)
    rows, facts = turn_rows(turns, {id(path): span for path, span in zip(flown, spans, strict=True)}, members)
    return paths, spans[: len(members)], rows, facts
