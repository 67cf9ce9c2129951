"""What a scenario's tables must keep towards each other, as far as that shows without the catalogue."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from dowding.scenario.faults import Fault, dangling, quoted
from dowding.scenario.paths import Point, distance_m, locate
from dowding.scenario.schema import Asset, Doctrine, Flight, Place, Position, Scenario, Waypoint

REACH_KM = 5000.0
SAME_PLACE_M = 1.0


def check(scenario: Scenario) -> list[Fault]:
    """Every fault that shows without the catalogue, in the order of the file."""
    found = [*_something_to_do(scenario), *_names(scenario)]
    for number, unit in enumerate(scenario.fire_unit):
        if unit.doctrine not in scenario.doctrine:
            found.append(dangling(f"fire_unit[{number}].doctrine", unit.doctrine, "a doctrine", list(scenario.doctrine)))
    for number, flight in enumerate(scenario.flight):
        found += _flight(f"flight[{number}]", flight, scenario)
    for name, doctrine in scenario.doctrine.items():
        found += _doctrine(f"doctrine.{name}", doctrine)
    found += _tracker(scenario)
    return found or list(_far(scenario))


def _something_to_do(scenario: Scenario) -> Iterator[Fault]:
    if not scenario.flight:
        yield Fault("flight", "got nothing that flies, must be at least one [[flight]]", "add a [[flight]] table", "shape")
    if not scenario.fire_unit and not scenario.sensor:
        yield Fault("sensor", "got nothing that sees, must be at least one [[fire_unit]] or [[sensor]]", "add a [[sensor]] table", "shape")


def _names(scenario: Scenario) -> Iterator[Fault]:
    """Names must be unique: assets, flights, and fire units together with sensors, for these share the network."""
    groups = (
        [(f"asset[{n}]", asset.name) for n, asset in enumerate(scenario.asset)],
        [(f"flight[{n}]", flight.name) for n, flight in enumerate(scenario.flight)],
        [(f"fire_unit[{n}]", unit.name) for n, unit in enumerate(scenario.fire_unit)]
        + [(f"sensor[{n}]", sensor.name) for n, sensor in enumerate(scenario.sensor)],
    )
    for group in groups:
        first: dict[str, str] = {}
        for place, name in group:
            if name in first:
                yield Fault(f"{place}.name", f"got {quoted(name)}, must be a name of its own, but {first[name]} has it already")
            first.setdefault(name, place)


def _doctrine(place: str, doctrine: Doctrine) -> Iterator[Fault]:
    for name, rounds in doctrine.salvo:
        if rounds > doctrine.shots_max:
            yield Fault(f"{place}.salvo.{name}", f"got {rounds}, must be at most shots_max, which is {doctrine.shots_max}")


def _tracker(scenario: Scenario) -> Iterator[Fault]:
    tracker = scenario.tracker
    hits, window = tracker.confirm_hits, tracker.confirm_window
    if hits > window:
        yield Fault("tracker.confirm_hits", f"got {hits}, must be at most confirm_window, which is {window}")
    if tracker.acceleration_cruise_mps2 > tracker.acceleration_manoeuvre_mps2:
        yield Fault(
            "tracker.acceleration_cruise_mps2",
            f"got {tracker.acceleration_cruise_mps2:g}, must be at most acceleration_manoeuvre_mps2, "
            f"which is {tracker.acceleration_manoeuvre_mps2:g}",
        )


def _flight(place: str, flight: Flight, scenario: Scenario) -> Iterator[Fault]:
    ballistic = [key for key in ("launch", "impact", "apogee_km") if getattr(flight, key) is not None]
    if flight.spacing_km is not None and flight.interval_s is not None:
        yield Fault(f"{place}.spacing_km", "got both spacing_km and interval_s, must be one of the two", "leave one out")
    if flight.route is not None and ballistic:
        yield Fault(f"{place}.{ballistic[0]}", f"got both route and {ballistic[0]}, must be a route or launch and impact", "leave one out")
    elif flight.route is not None:
        yield from _route(place, flight, scenario)
    elif flight.launch is not None and flight.impact is not None:
        yield from _ballistic(place, flight, scenario)
    elif not ballistic:
        yield Fault(place, "got neither a route nor launch and impact, must be one of the two", "add route = [...]", "shape")
    else:
        lacking = "launch" if flight.launch is None else "impact"
        yield Fault(f"{place}.{lacking}", f"got nothing, must be a position or the name of an asset, for there is {ballistic[0]}")
    if flight.jammer is not None and not flight.jammer.bands:
        yield Fault(f"{place}.jammer.bands", "got no band, must be at least one radar band", 'write for example bands = ["S", "X"]')
    if flight.depart_s >= scenario.duration_s:
        yield Fault(f"{place}.depart_s", f"got {flight.depart_s:g}, must be below duration_s, which is {scenario.duration_s:g}")


def _ballistic(place: str, flight: Flight, scenario: Scenario) -> Iterator[Fault]:
    ends = {"launch": flight.launch, "impact": flight.impact}
    broken = [fault for key, end in ends.items() if end for fault in _position(f"{place}.{key}", end, scenario)]
    yield from broken
    for key in ("spacing_km", "speed_mps"):
        if getattr(flight, key) is not None:
            hint = "interval_s spaces launches" if key == "spacing_km" else "its path gives its speed"
            yield Fault(f"{place}.{key}", f"got {getattr(flight, key):g}, must be left out with launch and impact", hint)
    if broken or flight.launch is None or flight.impact is None:
        return
    aim = next((asset for asset in scenario.asset if asset.name == flight.impact.to), None)
    if aim and aim.side == flight.side:
        text = f"got {quoted(aim.name)} of the flight's own side {aim.side}, must be the other side's or a position"
        yield Fault(f"{place}.impact", text)
    if distance_m(locate(flight.launch, scenario), locate(flight.impact, scenario)) < 1000.0:
        yield Fault(f"{place}.impact", "got a point less than 1 km from the launch, must be farther away")


def _position(place: str, point: Waypoint | Place, scenario: Scenario) -> Iterator[Fault]:
    """Exactly one of an asset's name and a whole position."""
    given = [key for key in ("lat_deg", "lon_deg") if getattr(point, key) is not None]
    names = [asset.name for asset in scenario.asset]
    if point.to is not None and given:
        yield Fault(f"{place}.{given[0]}", f"got both to and {given[0]}, must be the name of an asset or a position", "leave one out")
    elif point.to is not None and point.to not in names:
        others = [each.name for group in (scenario.fire_unit, scenario.sensor, scenario.flight) for each in group]
        hint = "only assets can be named here: add an [[asset]] there" if point.to in others else ""
        yield dangling(f"{place}.to", point.to, "an asset", names, hint)
    elif point.to is None and len(given) < 2:
        lacking = "lon_deg" if given == ["lat_deg"] else "lat_deg"
        yield Fault(f"{place}.{lacking}", "got nothing, must be a number, or else `to` must name an asset", "", "shape")


def _route(place: str, flight: Flight, scenario: Scenario) -> Iterator[Fault]:
    route = flight.route or ()
    if len(route) < 2:
        yield Fault(f"{place}.route", f"got {len(route)} waypoint{'' if len(route) == 1 else 's'}, must be at least 2")
        return
    if route[0].altitude_m is None and route[0].altitude_agl_m is None:
        text = "got nothing, must be a number, or else altitude_agl_m"
        yield Fault(f"{place}.route[0].altitude_m", text, "later waypoints inherit it", "shape")
    broken = [fault for n, point in enumerate(route) for fault in _waypoint(f"{place}.route[{n}]", point, scenario)]
    yield from broken
    if not broken:
        yield from _same_place(place, route, scenario)
    yield from _times(place, flight, route)


def _waypoint(place: str, point: Waypoint, scenario: Scenario) -> Iterator[Fault]:
    if point.altitude_m is not None and point.altitude_agl_m is not None:
        yield Fault(f"{place}.altitude_m", "got both altitude_m and altitude_agl_m, must be one of the two", "leave one out")
    ground = next((asset for asset in scenario.asset if asset.name == point.to), None)
    if ground and ground.altitude_m is not None and point.altitude_m is not None and point.altitude_m < ground.altitude_m:
        yield Fault(
            f"{place}.altitude_m",
            f"got {point.altitude_m:g}, must be at least {ground.altitude_m:g}, the ground at {quoted(ground.name)}",
            "altitude_agl_m counts from the ground",
        )
    yield from _position(place, point, scenario)


def _same_place(place: str, route: Sequence[Waypoint], scenario: Scenario) -> Iterator[Fault]:
    for number, (before, point) in enumerate(pairwise(route), 1):
        if distance_m(locate(before, scenario), locate(point, scenario)) < SAME_PLACE_M:
            yield Fault(f"{place}.route[{number}]", f"got the same place as route[{number - 1}], must be another", "leave it out")


def _times(place: str, flight: Flight, route: Sequence[Waypoint]) -> Iterator[Fault]:
    """Times must increase, and where they fix the speed nothing else may."""
    first = route[0].time_s
    if first is not None and "depart_s" in flight.model_fields_set and first != flight.depart_s:
        yield Fault(f"{place}.route[0].time_s", f"got {first:g}, must be depart_s, which is {flight.depart_s:g}", "leave one out")
    if route[-1].speed_mps is not None:
        yield Fault(
            f"{place}.route[{len(route) - 1}].speed_mps",
            f"got {route[-1].speed_mps:g} at the last waypoint, must be left out",
            "a speed holds from its waypoint on: write it at an earlier one",
        )
    timed, time_s = 0, flight.depart_s if first is None else first
    for number, point in enumerate(route[1:], 1):
        if point.time_s is None:
            continue
        if point.time_s <= time_s:
            yield Fault(f"{place}.route[{number}].time_s", f"got {point.time_s:g}, must be above {time_s:g}, the time at route[{timed}]")
        both = [n for n in range(timed, number) if route[n].speed_mps is not None]
        if both:
            yield Fault(
                f"{place}.route[{number}].time_s", f"got a time, must be left out, for route[{both[0]}].speed_mps fixes it", "leave one out"
            )
        timed, time_s = number, point.time_s


def _far(scenario: Scenario) -> Iterator[Fault]:
    """Everything must lie within reach of the local frame."""
    origin = Point(scenario.theatre.origin.lat_deg, scenario.theatre.origin.lon_deg)
    for place, point in _points(scenario):
        if getattr(point, "to", None) is not None:
            continue
        away_km = distance_m(origin, locate(point, scenario)) / 1000.0
        if away_km > REACH_KM:
            yield Fault(
                place,
                f"got a place {away_km:.0f} km from theatre.origin, must be within {REACH_KM:.0f} km",
                "are latitude and longitude exchanged, or is a sign wrong?",
            )


def _points(scenario: Scenario) -> Iterator[tuple[str, Position | Asset | Place | Waypoint]]:
    groups: dict[str, Iterable[object]] = {"asset": scenario.asset, "fire_unit": scenario.fire_unit, "sensor": scenario.sensor}
    for kind, group in groups.items():
        for number, each in enumerate(group):
            yield f"{kind}[{number}]", each  # type: ignore[misc]
    for number, flight in enumerate(scenario.flight):
        for key, end in (("launch", flight.launch), ("impact", flight.impact)):
            if end:
                yield f"flight[{number}].{key}", end
        for step, point in enumerate(flight.route or ()):
            yield f"flight[{number}].route[{step}]", point
