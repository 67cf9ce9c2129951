"""What carriers release: paths that begin where the carrier is at the moment of release."""

import math
from dataclasses import replace

from dowding.errors import DowdingError, ScenarioError
from dowding.model.flying import Member, routed, turn_of
from dowding.model.moments import moment_on
from dowding.model.turning import beginning, levelled
from dowding.physics.flight import Path
from dowding.physics.geodesy import Frame
from dowding.physics.terrain import Ground
from dowding.scenario import Resolved, ResolvedFlight

CLIMB_MPS = 50.0  # assumed: vertical speed to the altitude of the first waypoint


def released_members(frame: Frame, resolved: Resolved, members: list[Member], ground: Ground | None) -> list[Member]:
    """All members, those that carriers release among the others, flight by flight; ScenarioError where a release never comes."""
    everyone = list(members)
    for number, flight in enumerate(resolved.flights):
        if flight.carrier:
            carriers = [member for member in members if resolved.flights[member.flight].name == flight.carrier]
            everyone += _released(frame, number, flight, carriers, ground)
    return sorted(everyone, key=lambda member: member.flight)


def _released(frame: Frame, number: int, flight: ResolvedFlight, carriers: list[Member], ground: Ground | None) -> list[Member]:
    """The members of one flight: one from each carrier in turn, and again an interval later."""
    out = []
    paths: dict[tuple[int, float], Path] = {}
    for k in range(flight.count):
        carrier = carriers[k % len(carriers)]
        assert flight.release is not None
        own = moment_on(frame, carrier.path, carrier.shift, flight.release)
        own = None if own is None else own + k // len(carriers) * flight.interval_s
        if own is None or own >= carrier.path.time[-1]:
            told = f"flight {flight.name!r}: member {k + 1} is never released, for {flight.carrier!r} does not come to that moment"
            raise ScenarioError(told, hint="see release, count and interval_s")
        key = (id(carrier.path), own)
        if key not in paths:
            paths[key] = _path(frame, flight, carrier, own, ground)
        out.append(Member(number, paths[key], carrier.shift, carrier=carrier))
    return out


def _path(frame: Frame, flight: ResolvedFlight, carrier: Member, own: float, ground: Ground | None) -> Path:
    rest = flight.waypoints[1:]
    start = beginning(frame, carrier.path, own, ground, rest[0].agl)
    start = replace(start, speed_mps=flight.waypoints[0].speed_mps)
    way = [replace(point, time_s=math.nan) for point in levelled(start, rest, CLIMB_MPS)]
    try:
        return routed(frame, way, own, turn_of(flight), ground, f"flight {flight.name!r}")
    except ScenarioError:
        raise
    except DowdingError as error:
        raise ScenarioError(error.message, hint=error.hint) from None
