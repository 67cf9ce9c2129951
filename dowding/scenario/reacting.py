"""Reactions and releases of a scenario: checked, and filled in with places, speeds and altitudes."""

from collections.abc import Iterator, Sequence

from dowding.scenario.faults import Fault, dangling, quoted
from dowding.scenario.paths import Point, distance_m, fill, locate, named, standing
from dowding.scenario.places import Waypoint
from dowding.scenario.reactions import Moment, Reaction
from dowding.scenario.resolved import ResolvedMoment, ResolvedReaction
from dowding.scenario.schema import Flight, Scenario
from dowding.scenario.ways import SAME_PLACE_M, check_waypoints

TRIGGERS = ("time_s", "line", "within_km")


def check_reactions(place: str, flight: Flight, scenario: Scenario) -> Iterator[Fault]:
    """What reactions, releases and a jammer's moment must keep."""
    if flight.reaction and (flight.route is None or flight.carrier is not None):
        text = "got a reaction, must be left out where there is no route of its own"
        yield Fault(f"{place}.reaction", text, "only a flight on a route that nobody releases leaves it for another")
    if flight.reaction and (aboard := next((sensor.name for sensor in scenario.sensor if sensor.aboard == flight.name), None)):
        yield Fault(f"{place}.reaction", f"got a reaction, must be left out of a flight that carries a sensor, {quoted(aboard)}")
    for number, reaction in enumerate(flight.reaction):
        yield from _reaction(f"{place}.reaction[{number}]", reaction, scenario)
    if flight.jammer is not None and flight.jammer.on is not None:
        if flight.jammer.on_s > 0.0:
            yield Fault(f"{place}.jammer.on_s", f"got {flight.jammer.on_s:g}, must be left out where there is `on`", "leave one out")
        yield from _moment(f"{place}.jammer.on", flight.jammer.on, scenario)
    if flight.carrier is not None or flight.release is not None:
        yield from _release(place, flight, scenario)


def _moment(place: str, moment: Moment, scenario: Scenario, others: Sequence[str] = ()) -> Iterator[Fault]:
    """Exactly one trigger, and all that belongs to it; `others` are further ones that are there."""
    given = [key for key in TRIGGERS if getattr(moment, key) is not None] + list(others)
    if len(given) != 1:
        got = "nothing" if not given else f"both {given[0]} and {given[1]}"
        choice = "time_s, line, within_km or engaged" if isinstance(moment, Reaction) else "time_s, line or within_km"
        yield Fault(place, f"got {got}, must have exactly one of {choice}", "", "value" if given else "shape")
        return
    if moment.line is not None:
        if len(moment.line) != 2:
            yield Fault(f"{place}.line", f"got {len(moment.line)} positions, must be 2")
        elif distance_m(*(Point(p.lat_deg, p.lon_deg) for p in moment.line)) < SAME_PLACE_M:
            yield Fault(f"{place}.line[1]", "got the same place as line[0], must be another")
    if (moment.within_km is None) != (moment.of is None):
        lacking, other = ("of", "within_km") if moment.of is None else ("within_km", "of")
        yield Fault(f"{place}.{lacking}", f"got nothing, must be given where there is {other}", "", "shape")
    elif moment.of is not None and named(moment.of, scenario) is None:
        names = [each.name for each in standing(scenario) if each.lat_deg is not None]
        yield dangling(f"{place}.of", moment.of, "an asset, fire unit, sensor or command post", names)


def _reaction(place: str, reaction: Reaction, scenario: Scenario) -> Iterator[Fault]:
    yield from _moment(place, reaction, scenario, ("engaged",) if reaction.engaged else ())
    done = [key for key in ("altitude_m", "route") if getattr(reaction, key) is not None]
    done += ["turn_back"] if reaction.turn_back else []
    if len(done) != 1:
        got = "nothing to do" if not done else f"both {done[0]} and {done[1]}"
        yield Fault(place, f"got {got}, must have exactly one of turn_back, altitude_m and route", "", "value" if done else "shape")
    if reaction.route is not None:
        yield from _way(place, reaction.route, scenario)


def _way(place: str, route: Sequence[Waypoint], scenario: Scenario) -> Iterator[Fault]:
    """A way that begins wherever the flight, or its carrier, is."""
    if not route:
        yield Fault(f"{place}.route", "got no waypoint, must be at least one")
        return
    yield from check_waypoints(place, route, scenario)
    for number, point in enumerate(route):
        if point.time_s is not None:
            text = f"got {point.time_s:g}, must be left out of a way that begins when something happens"
            yield Fault(f"{place}.route[{number}].time_s", text)


def _release(place: str, flight: Flight, scenario: Scenario) -> Iterator[Fault]:
    if flight.carrier is None or flight.release is None:
        lacking, other = ("carrier", "release") if flight.carrier is None else ("release", "carrier")
        yield Fault(f"{place}.{lacking}", f"got nothing, must be given where there is {other}", "", "shape")
        return
    yield from _moment(f"{place}.release", flight.release, scenario)
    carrier = next((each for each in scenario.flight if each.name == flight.carrier), None)
    if carrier is None:
        yield dangling(f"{place}.carrier", flight.carrier, "a flight", [each.name for each in scenario.flight if each.name != flight.name])
    elif carrier.route is None or carrier.carrier is not None:
        text = f"got {quoted(carrier.name)}, which has no route of its own, must be a flight on a route that nobody releases"
        yield Fault(f"{place}.carrier", text)
    elif carrier.side != flight.side:
        text = f"got {quoted(carrier.name)} of side {carrier.side}, must be a flight of its own side {flight.side}"
        yield Fault(f"{place}.carrier", text)
    for key in ("spacing_km", "depart_s", "lateral_spacing_km"):
        if getattr(flight, key):
            text = f"got {getattr(flight, key):g}, must be left out where a carrier releases it"
            yield Fault(f"{place}.{key}", text, "interval_s spaces what one carrier releases")
    if flight.route is None:
        yield Fault(f"{place}.route", "got nothing, must be the way from where it is released", "", "shape")
    else:
        yield from _way(place, flight.route, scenario)


def resolve_moment(moment: Moment, scenario: Scenario) -> ResolvedMoment:
    """The moment with its place found."""
    line = None if moment.line is None else tuple(Point(p.lat_deg, p.lon_deg) for p in moment.line)
    around = None if moment.of is None else locate(Waypoint(to=moment.of), scenario)
    return ResolvedMoment(moment.time_s, line, moment.within_km, around)


def resolve_reaction(
    flight: Flight, reaction: Reaction, speed_mps: float | None, attack: int, aim: int, scenario: Scenario
) -> ResolvedReaction:
    """The reaction with its way filled in; `attack` is what the flight's route ends at, `aim` what the reaction's does."""
    route = flight.route or ()
    if reaction.route is not None:
        points = fill((route[0].model_copy(update={"time_s": None}), *reaction.route), 0.0, speed_mps, scenario)[1:]
    else:
        points = fill(route[:2], 0.0, speed_mps, scenario)[:1] if reaction.turn_back else []
        aim = -1 if reaction.turn_back else attack
    moment = None if reaction.engaged else resolve_moment(reaction, scenario)
    return ResolvedReaction(moment, reaction.delay_s, reaction.climb_mps, reaction.altitude_m, tuple(points), aim)
