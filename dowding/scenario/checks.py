"""What a scenario's tables must keep towards each other, as far as that shows without the catalogue."""

from collections.abc import Iterable, Iterator, Sequence

from dowding.scenario.commands import check_command, check_islands
from dowding.scenario.doctrines import check_doctrine
from dowding.scenario.faults import Fault, dangling, quoted
from dowding.scenario.linked import check_network, check_zones
from dowding.scenario.paths import Placed, Point, distance_m, locate
from dowding.scenario.schema import Emitter, Flight, Orbit, Scenario, Sensor, Transponder, Waypoint
from dowding.scenario.ways import check_orbit, check_position, check_route, places_of

REACH_KM = 5000.0


def check(scenario: Scenario) -> list[Fault]:
    """Every fault that shows without the catalogue, in the order of the file."""
    found = [*_something_to_do(scenario), *_names(scenario)]
    for number, unit in enumerate(scenario.fire_unit):
        if unit.doctrine not in scenario.doctrine:
            found.append(dangling(f"fire_unit[{number}].doctrine", unit.doctrine, "a doctrine", list(scenario.doctrine)))
    for number, sensor in enumerate(scenario.sensor):
        found += _sensor(f"sensor[{number}]", sensor, scenario)
    for number, flight in enumerate(scenario.flight):
        found += _flight(f"flight[{number}]", flight, scenario)
    for name, doctrine in scenario.doctrine.items():
        found += check_doctrine(f"doctrine.{name}", doctrine, scenario.duration_s)
    found += _tracker(scenario)
    found += check_network(scenario)
    found += check_command(scenario)
    found += check_islands(scenario)
    found += check_zones(scenario)
    return found or list(_far(scenario))


def _something_to_do(scenario: Scenario) -> Iterator[Fault]:
    if not scenario.flight:
        yield Fault("flight", "got nothing that flies, must be at least one [[flight]]", "add a [[flight]] table", "shape")
    if not scenario.fire_unit and not scenario.sensor:
        yield Fault("sensor", "got nothing that sees, must be at least one [[fire_unit]] or [[sensor]]", "add a [[sensor]] table", "shape")


def _names(scenario: Scenario) -> Iterator[Fault]:
    """Names must be unique: assets, flights, and fire units together with sensors and command posts, for these share the network."""
    groups = (
        [(f"asset[{n}]", asset.name) for n, asset in enumerate(scenario.asset)],
        [(f"flight[{n}]", flight.name) for n, flight in enumerate(scenario.flight)],
        [(f"fire_unit[{n}]", unit.name) for n, unit in enumerate(scenario.fire_unit)]
        + [(f"sensor[{n}]", sensor.name) for n, sensor in enumerate(scenario.sensor)]
        + [(f"command_post[{n}]", post.name) for n, post in enumerate(scenario.command_post)],
    )
    for group in groups:
        first: dict[str, str] = {}
        for place, name in group:
            if name in first:
                yield Fault(f"{place}.name", f"got {quoted(name)}, must be a name of its own, but {first[name]} has it already")
            first.setdefault(name, place)


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


def _sensor(place: str, sensor: Sensor, scenario: Scenario) -> Iterator[Fault]:
    """A radar or a receiver, at exactly one place: a position, an orbit, a route, or a flight that carries it."""
    if (sensor.radar is None) == (sensor.receiver is None):
        got = "nothing" if sensor.radar is None else "both radar and receiver"
        rank = "shape" if sensor.radar is None else "value"
        yield Fault(f"{place}.radar", f"got {got}, must be the name of a radar, or else receiver must name one", "", rank)
    ways = [key for key in ("orbit", "route", "aboard") if getattr(sensor, key) is not None]
    position = [key for key in ("lat_deg", "lon_deg") if getattr(sensor, key) is not None]
    if len(ways) > 1 or (ways and position):
        others = [*ways, *position]
        yield Fault(f"{place}.{others[1]}", f"got both {others[0]} and {others[1]}, must be one place only", "leave one out")
    elif not ways and len(position) < 2:
        lacking = "lon_deg" if position == ["lat_deg"] else "lat_deg"
        yield Fault(f"{place}.{lacking}", "got nothing, must be a number, or else an orbit, a route or aboard", "", "shape")
    for key in ("ground_altitude_m", "mast_height_m"):
        if ways and getattr(sensor, key) is not None:
            text = f"got {getattr(sensor, key):g}, must be left out for a sensor that flies"
            yield Fault(f"{place}.{key}", text, "its way has altitudes")
    if sensor.orbit is not None:
        yield from check_orbit(f"{place}.orbit", sensor.orbit)
    if sensor.route is not None:
        yield from check_route(place, sensor.route, None, scenario)
        if sensor.route and sensor.route[0].speed_mps is None and all(w.time_s is None for w in sensor.route[1:]):
            text = "got nothing, must be a number, or else later waypoints must have times"
            yield Fault(f"{place}.route[0].speed_mps", text, "", "shape")
    if sensor.aboard is not None:
        yield from _aboard(f"{place}.aboard", sensor.aboard, sensor.side, scenario)


def _aboard(place: str, name: str, side: str, scenario: Scenario) -> Iterator[Fault]:
    flight = next((flight for flight in scenario.flight if flight.name == name), None)
    if flight is None:
        yield dangling(place, name, "a flight", [flight.name for flight in scenario.flight])
    elif flight.side != side:
        yield Fault(place, f"got {quoted(name)} of side {flight.side}, must be a flight of its own side {side}")
    elif flight.count != 1:
        yield Fault(place, f"got {quoted(name)} of {flight.count} members, must be a flight of one", "give the carrier a flight of its own")
    elif flight.launch is not None:
        yield Fault(place, f"got {quoted(name)}, which is a ballistic missile, must be a flight on a route or orbit")


def _flight(place: str, flight: Flight, scenario: Scenario) -> Iterator[Fault]:
    ballistic = [key for key in ("launch", "impact", "apogee_km") if getattr(flight, key) is not None]
    if flight.spacing_km is not None and flight.interval_s is not None:
        yield Fault(f"{place}.spacing_km", "got both spacing_km and interval_s, must be one of the two", "leave one out")
    ways = [key for key in ("route", "orbit", "recording") if getattr(flight, key) is not None] + ballistic[:1]
    if len(ways) > 1:
        text = f"got both {ways[0]} and {ways[1]}, must be one of a route, an orbit, a recording, or launch and impact"
        yield Fault(f"{place}.{ways[1]}", text, "leave one out")
    elif flight.route is not None:
        depart_s = flight.depart_s if "depart_s" in flight.model_fields_set else None
        yield from check_route(place, flight.route, depart_s, scenario)
    elif flight.orbit is not None:
        yield from _orbiting(place, flight, flight.orbit)
    elif flight.recording is not None:
        yield from _recorded(place, flight)
    elif flight.launch is not None and flight.impact is not None:
        yield from _ballistic(place, flight, scenario)
    elif not ballistic:
        text = "got neither a route, an orbit, a recording nor launch and impact, must be one of them"
        yield Fault(place, text, "add route = [...]", "shape")
    else:
        lacking = "launch" if flight.launch is None else "impact"
        yield Fault(f"{place}.{lacking}", f"got nothing, must be a position or the name of an asset, for there is {ballistic[0]}")
    if flight.identity and flight.recording is None:
        yield Fault(f"{place}.identity", "got names, must be left out without a recording", "recording names the file")
    if flight.jammer is not None and not flight.jammer.bands:
        yield Fault(f"{place}.jammer.bands", "got no band, must be at least one radar band", 'write for example bands = ["S", "X"]')
    for number, emitter in enumerate(flight.emits):
        yield from _switch(f"{place}.emits[{number}]", emitter)
        if (emitter.frequency_ghz is None) != (emitter.eirp_dbw is None):
            lacking = "frequency_ghz" if emitter.frequency_ghz is None else "eirp_dbw"
            yield Fault(f"{place}.emits[{number}].{lacking}", "got nothing, must be a number", "leave out both for the target's own radar")
    if flight.transponder is not None:
        yield from _switch(f"{place}.transponder", flight.transponder)
    if flight.depart_s >= scenario.duration_s:
        yield Fault(f"{place}.depart_s", f"got {flight.depart_s:g}, must be below duration_s, which is {scenario.duration_s:g}")


def _switch(place: str, part: Emitter | Transponder) -> Iterator[Fault]:
    if part.off_s is not None and part.off_s <= part.on_s:
        yield Fault(f"{place}.off_s", f"got {part.off_s:g}, must be above on_s, which is {part.on_s:g}")


def _recorded(place: str, flight: Flight) -> Iterator[Fault]:
    """What a recording settles by itself."""
    usual = type(flight).model_fields
    for key in ("count", "spacing_km", "interval_s", "lateral_spacing_km", "speed_mps"):
        if getattr(flight, key) != usual[key].default:
            text = f"got {getattr(flight, key):g}, must be left out with a recording, which says who flies, where and when"
            yield Fault(f"{place}.{key}", text, "leave it out")


def _orbiting(place: str, flight: Flight, orbit: Orbit) -> Iterator[Fault]:
    yield from check_orbit(f"{place}.orbit", orbit)
    if flight.speed_mps is not None:
        yield Fault(f"{place}.speed_mps", f"got {flight.speed_mps:g}, must be left out with an orbit, which has its own", "leave it out")
    if flight.lateral_spacing_km > 0.0:
        text = f"got {flight.lateral_spacing_km:g}, must be left out on an orbit"
        yield Fault(f"{place}.lateral_spacing_km", text, "spacing_km spaces members")


def _ballistic(place: str, flight: Flight, scenario: Scenario) -> Iterator[Fault]:
    ends = {"launch": flight.launch, "impact": flight.impact}
    broken = [fault for key, end in ends.items() if end for fault in check_position(f"{place}.{key}", end, scenario)]
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


def _points(scenario: Scenario) -> Iterator[tuple[str, Placed]]:
    groups: dict[str, Iterable[Placed]] = {
        "asset": scenario.asset, "fire_unit": scenario.fire_unit, "command_post": scenario.command_post,
    }  # fmt: skip
    for kind, group in groups.items():
        for number, each in enumerate(group):
            yield f"{kind}[{number}]", each
    for number, sensor in enumerate(scenario.sensor):
        if sensor.lat_deg is not None:
            yield f"sensor[{number}]", sensor
        yield from _on_way(f"sensor[{number}]", sensor.orbit, sensor.route)
    for number, flight in enumerate(scenario.flight):
        for key, end in (("launch", flight.launch), ("impact", flight.impact)):
            if end:
                yield f"flight[{number}].{key}", end
        yield from _on_way(f"flight[{number}]", flight.orbit, flight.route)


def _on_way(place: str, orbit: Orbit | None, route: Sequence[Waypoint] | None) -> Iterator[tuple[str, Placed]]:
    if orbit is not None:
        yield from ((f"{place}.orbit.{key}", point) for key, point in places_of(orbit).items())
    for step, point in enumerate(route or ()):
        yield f"{place}.route[{step}]", point
