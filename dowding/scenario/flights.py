"""A flight of a scenario resolved: its target, its route or ballistic path, checked against what the target can do."""

from collections.abc import Callable
from itertools import pairwise

from dowding.catalogue import Entry, Kind
from dowding.scenario.faults import Fault, Mistake, quoted
from dowding.scenario.overriding import overridden
from dowding.scenario.paths import RoutePoint, distance_m, fill, locate
from dowding.scenario.recorded import from_recording, resolve_recording
from dowding.scenario.resolved import ResolvedFlight
from dowding.scenario.schema import Emitter, Flight, Orbit, Place, Scenario, Transponder, Waypoint

__all__ = ["from_recording", "resolve_flight"]

INTERVAL_S = 10.0
MISSILES = ("cruise_missile", "ballistic_missile")
ROUNDING = 1.0 + 1e-6
"""Room for the rounding of times that were written to hit a speed exactly."""


def resolve_flight(place: str, flight: Flight, scenario: Scenario, find: Callable[[str, Kind, str], Entry]) -> ResolvedFlight:
    """The flight with its target found and its way filled in; Mistake for the first thing that the target cannot do."""
    target = find("target", "targets", flight.target)
    target = overridden(target, flight.override, f"{place}.override")
    ballistic = target.value("class") == "ballistic_missile"
    for way, words in (("route", "a route"), ("orbit", "an orbit"), ("recording", "a recording")):
        if ballistic and getattr(flight, way) is not None:
            text = f"got {words} for {quoted(target.id)}, must be launch and impact"
            raise Mistake(Fault(f"{place}.{way}", f"{text}, for it is a ballistic missile"))
    if not ballistic and flight.launch is not None:
        text = f"got a launch for {quoted(target.id)}, must be a route, for it is of class {target.value('class')}"
        raise Mistake(Fault(f"{place}.launch", text, "only a ballistic missile has launch and impact"))
    if flight.launch is not None and flight.impact is not None:
        return _ballistic(place, flight, flight.launch, flight.impact, target, scenario)
    if flight.orbit is not None:
        return _orbiting(place, flight, flight.orbit, target, scenario)
    if flight.recording is not None:
        return resolve_recording(place, flight, flight.recording, target, scenario.duration_s)
    return _routed(place, flight, flight.route or (), target, scenario)


def _ballistic(place: str, flight: Flight, launch: Place, impact: Place, target: Entry, scenario: Scenario) -> ResolvedFlight:
    start, end = locate(launch, scenario), locate(impact, scenario)
    length_km = distance_m(start, end) / 1000.0
    reach_km = target.get("range_max_km")
    if isinstance(reach_km, int | float) and length_km > reach_km:
        text = f"got {length_km:.0f} km from the launch, must be at most {reach_km:g} km, the range of {quoted(target.id)}"
        raise Mistake(Fault(f"{place}.impact", text, "launch from nearer by, or take a target of longer range"))
    _check_departures(place, flight, flight.depart_s, _interval(flight), scenario.duration_s)
    return ResolvedFlight(
        flight.name,
        flight.side,
        target,
        flight.count,
        flight.depart_s,
        _interval(flight),
        flight.lateral_spacing_km,
        launch=start,
        impact=end,
        apogee_km=flight.apogee_km,
        attack=_attack(impact, flight, scenario),
        jammer=flight.jammer,
        emits=_emitters(place, flight, target),
        transponder=_transponder(place, flight, target),
        iff=flight.iff and str(target.value("class")) not in MISSILES,
    )


def _orbiting(place: str, flight: Flight, orbit: Orbit, target: Entry, scenario: Scenario) -> ResolvedFlight:
    fastest, ceiling = target.number("speed_max_mps"), target.get("ceiling_m")
    if orbit.speed_mps > fastest * ROUNDING:
        text = f"got {orbit.speed_mps:g}, must be at most {fastest:g} m/s, the highest speed of {quoted(target.id)}"
        raise Mistake(Fault(f"{place}.orbit.speed_mps", text))
    if isinstance(ceiling, int | float) and orbit.altitude_m > ceiling:
        text = f"got {orbit.altitude_m:g}, must be at most {ceiling:g}, the ceiling of {quoted(target.id)}"
        raise Mistake(Fault(f"{place}.orbit.altitude_m", text))
    interval_s = _interval(flight) if flight.spacing_km is None else flight.spacing_km * 1000.0 / orbit.speed_mps
    _check_departures(place, flight, flight.depart_s, interval_s, scenario.duration_s)
    return ResolvedFlight(
        flight.name,
        flight.side,
        target,
        flight.count,
        flight.depart_s,
        interval_s,
        flight.lateral_spacing_km,
        orbit=orbit,
        jammer=flight.jammer,
        emits=_emitters(place, flight, target),
        transponder=_transponder(place, flight, target),
        iff=flight.iff and str(target.value("class")) not in MISSILES,
    )


def _routed(place: str, flight: Flight, route: tuple[Waypoint, ...], target: Entry, scenario: Scenario) -> ResolvedFlight:
    cruise = target.get("speed_cruise_mps")
    speed = flight.speed_mps if flight.speed_mps is not None else float(cruise) if isinstance(cruise, int | float) else None
    depart_s = flight.depart_s if route[0].time_s is None else route[0].time_s
    try:
        waypoints = fill(route, depart_s, speed, scenario)
    except ValueError:
        text = f"got nothing, must be a number, for the catalogue has no cruise speed of {quoted(target.id)}"
        raise Mistake(Fault(f"{place}.speed_mps", text)) from None
    _check_speeds(place, flight, route, waypoints, target)
    _check_ceiling(place, waypoints, target)
    interval_s = _interval(flight) if flight.spacing_km is None else flight.spacing_km * 1000.0 / waypoints[0].speed_mps
    _check_departures(place, flight, depart_s, interval_s, scenario.duration_s)
    return ResolvedFlight(
        flight.name,
        flight.side,
        target,
        flight.count,
        depart_s,
        interval_s,
        flight.lateral_spacing_km,
        waypoints=tuple(waypoints),
        attack=_attack(route[-1], flight, scenario),
        jammer=flight.jammer,
        emits=_emitters(place, flight, target),
        transponder=_transponder(place, flight, target),
        iff=flight.iff and str(target.value("class")) not in MISSILES,
    )


def _emitters(place: str, flight: Flight, target: Entry) -> tuple[Emitter, ...]:
    """What radiates, with the figures of the target's own radar where none were written."""
    filled = []
    for number, emitter in enumerate(flight.emits):
        if emitter.frequency_ghz is None and target.get("radar_eirp_dbw") is None:
            text = f"got nothing, must be a number, for the catalogue has no radar of {quoted(target.id)}"
            raise Mistake(Fault(f"{place}.emits[{number}].frequency_ghz", text, "write frequency_ghz and eirp_dbw"))
        own = {key: target.number(f"radar_{key}") for key in ("frequency_ghz", "eirp_dbw")} if emitter.frequency_ghz is None else {}
        filled.append(emitter.model_copy(update=own))
    return tuple(filled)


def _transponder(place: str, flight: Flight, target: Entry) -> Transponder | None:
    """What was written, or what the catalogue says of the target; missiles have none."""
    usual = str(target.get("transponder", "none"))
    written = flight.transponder or Transponder(mode=usual)  # type: ignore[arg-type]
    if written.mode == "none":
        return None
    if str(target.value("class")) in MISSILES:
        text = f"got a transponder for {quoted(target.id)}, must be left out, for a missile carries none"
        raise Mistake(Fault(f"{place}.transponder", text, "leave it out"))
    return written.model_copy(update={"identity": written.identity or flight.name[:20]})


def _interval(flight: Flight) -> float:
    if flight.interval_s is not None:
        return flight.interval_s
    return 0.0 if flight.count == 1 or flight.lateral_spacing_km > 0.0 else INTERVAL_S


def _attack(end: Waypoint | Place, flight: Flight, scenario: Scenario) -> int:
    """Number of the other side's asset at which the way ends, or -1."""
    for number, asset in enumerate(scenario.asset):
        if asset.name == end.to and asset.side != flight.side:
            return number
    return -1


def _check_departures(place: str, flight: Flight, depart_s: float, interval_s: float, duration_s: float) -> None:
    """Every member must take part: the last departs before the end."""
    last_s = depart_s + (flight.count - 1) * interval_s
    if last_s < duration_s:
        return
    if depart_s >= duration_s:
        raise Mistake(Fault(f"{place}.route[0].time_s", f"got {depart_s:g}, must be below duration_s, which is {duration_s:g}"))
    key, given = ("interval_s", interval_s) if flight.spacing_km is None else ("spacing_km", flight.spacing_km)
    text = f"got {given:g}, so that the last of {flight.count} departs at {last_s:.0f} s, must be below duration_s, which is {duration_s:g}"
    raise Mistake(Fault(f"{place}.{key}", text, "space them closer, send fewer, or let it last longer"))


def _check_speeds(place: str, flight: Flight, route: tuple[Waypoint, ...], waypoints: list[RoutePoint], target: Entry) -> None:
    """No leg may be faster than the target can fly, whether its speed was written or follows from times."""
    fastest = target.number("speed_max_mps")
    for number, (point, _) in enumerate(pairwise(waypoints)):
        if point.speed_mps <= fastest * ROUNDING:
            continue
        limit = f"must be at most {fastest:g} m/s, the highest speed of {quoted(target.id)}"
        if route[number].speed_mps is not None:
            raise Mistake(Fault(f"{place}.route[{number}].speed_mps", f"got {point.speed_mps:g}, {limit}"))
        timed = next((n for n in range(number + 1, len(route)) if route[n].time_s is not None), None)
        if timed is None:
            raise Mistake(Fault(f"{place}.speed_mps", f"got {flight.speed_mps:g}, {limit}"))
        text = f"got {waypoints[timed].time_s:g}, which takes {point.speed_mps:.0f} m/s, {limit}"
        raise Mistake(Fault(f"{place}.route[{timed}].time_s", text, "give it more time"))


def _check_ceiling(place: str, waypoints: list[RoutePoint], target: Entry) -> None:
    ceiling = target.get("ceiling_m")
    for number, point in enumerate(waypoints):
        if isinstance(ceiling, int | float) and point.altitude_m > ceiling:
            key = "altitude_agl_m" if point.agl else "altitude_m"
            text = f"got {point.altitude_m:g}, must be at most {ceiling:g}, the ceiling of {quoted(target.id)}"
            raise Mistake(Fault(f"{place}.route[{number}].{key}", text))
