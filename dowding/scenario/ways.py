"""What ways through the air must keep: positions, routes and orbits, as far as that shows without the catalogue."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from dowding.scenario.faults import Fault, dangling, quoted
from dowding.scenario.paths import Point, distance_m, locate, named, standing
from dowding.scenario.places import Place, Waypoint
from dowding.scenario.schema import Orbit, Scenario

SAME_PLACE_M = 1.0


def check_position(place: str, point: Waypoint | Place, scenario: Scenario) -> Iterator[Fault]:
    """Exactly one of a name of what stands on the ground and a whole position."""
    given = [key for key in ("lat_deg", "lon_deg") if getattr(point, key) is not None]
    if point.to is not None and given:
        yield Fault(f"{place}.{given[0]}", f"got both to and {given[0]}, must be the name of an asset or a position", "leave one out")
    elif point.to is not None and named(point.to, scenario) is None:
        flying = [each.name for group in (scenario.sensor, scenario.flight) for each in group]
        hint = "what flies cannot be named here: add an [[asset]] there" if point.to in flying else ""
        names = [each.name for each in standing(scenario) if each.lat_deg is not None]
        yield dangling(f"{place}.to", point.to, "an asset, fire unit, sensor or command post", names, hint)
    elif point.to is None and len(given) < 2:
        lacking = "lon_deg" if given == ["lat_deg"] else "lat_deg"
        yield Fault(f"{place}.{lacking}", "got nothing, must be a number, or else `to` must name an asset", "", "shape")


def check_route(place: str, route: Sequence[Waypoint], depart_s: float | None, scenario: Scenario) -> Iterator[Fault]:
    """At least two waypoints, each whole and another place, with times that agree; `depart_s` is None where none was written."""
    if len(route) < 2:
        yield Fault(f"{place}.route", f"got {len(route)} waypoint{'' if len(route) == 1 else 's'}, must be at least 2")
        return
    yield from check_waypoints(place, route, scenario)
    yield from _times(place, depart_s, route)


def check_waypoints(place: str, route: Sequence[Waypoint], scenario: Scenario) -> Iterator[Fault]:
    """An altitude to begin with, and waypoints that are each whole and another place than the one before."""
    if route[0].altitude_m is None and route[0].altitude_agl_m is None:
        text = "got nothing, must be a number, or else altitude_agl_m"
        yield Fault(f"{place}.route[0].altitude_m", text, "later waypoints inherit it", "shape")
    broken = [fault for n, point in enumerate(route) for fault in _waypoint(f"{place}.route[{n}]", point, scenario)]
    yield from broken
    if not broken:
        yield from _same_place(place, route, scenario)


def _waypoint(place: str, point: Waypoint, scenario: Scenario) -> Iterator[Fault]:
    """One waypoint: whole, with one altitude, above the ground of what it names."""
    if point.altitude_m is not None and point.altitude_agl_m is not None:
        yield Fault(f"{place}.altitude_m", "got both altitude_m and altitude_agl_m, must be one of the two", "leave one out")
    ground = named(point.to, scenario)
    height = getattr(ground, "altitude_m", getattr(ground, "ground_altitude_m", None))
    if ground is not None and height is not None and point.altitude_m is not None and point.altitude_m < height:
        yield Fault(
            f"{place}.altitude_m",
            f"got {point.altitude_m:g}, must be at least {height:g}, the ground at {quoted(ground.name)}",
            "altitude_agl_m counts from the ground",
        )
    yield from check_position(place, point, scenario)


def _same_place(place: str, route: Sequence[Waypoint], scenario: Scenario) -> Iterator[Fault]:
    for number, (before, point) in enumerate(pairwise(route), 1):
        if distance_m(locate(before, scenario), locate(point, scenario)) < SAME_PLACE_M:
            yield Fault(f"{place}.route[{number}]", f"got the same place as route[{number - 1}], must be another", "leave it out")


def _times(place: str, depart_s: float | None, route: Sequence[Waypoint]) -> Iterator[Fault]:
    """Times must increase, and where they fix the speed nothing else may."""
    first = route[0].time_s
    if first is not None and depart_s is not None and first != depart_s:
        yield Fault(f"{place}.route[0].time_s", f"got {first:g}, must be depart_s, which is {depart_s:g}", "leave one out")
    if route[-1].speed_mps is not None:
        yield Fault(
            f"{place}.route[{len(route) - 1}].speed_mps",
            f"got {route[-1].speed_mps:g} at the last waypoint, must be left out",
            "a speed holds from its waypoint on: write it at an earlier one",
        )
    timed, time_s = 0, depart_s or 0.0 if first is None else first
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


def check_orbit(place: str, orbit: Orbit) -> Iterator[Fault]:
    """A circle with a radius, or a racetrack by two points or by its middle and the length of its legs."""
    if (orbit.centre is None) == (orbit.points is None):
        got = "neither centre nor points" if orbit.centre is None else "both centre and points"
        hint = "points = [{...}, {...}] are the ends of a racetrack's first leg"
        yield Fault(f"{place}.centre", f"got {got}, must be one of the two", hint, "shape")
        return
    if orbit.points is None:
        if orbit.leg_km is None and orbit.radius_km is None:
            text = "got nothing, must be a number, or else leg_km must make it a racetrack"
            yield Fault(f"{place}.radius_km", text, "a circle has centre and radius_km", "shape")
        if orbit.leg_km is None and orbit.heading_deg != 0.0:
            yield Fault(f"{place}.heading_deg", f"got {orbit.heading_deg:g}, must be left out for a circle", "leg_km makes it a racetrack")
        return
    for key in ("leg_km", "heading_deg"):  # the written-out form of a scenario has the default heading
        if getattr(orbit, key) != type(orbit).model_fields[key].default:
            yield Fault(f"{place}.{key}", f"got {getattr(orbit, key):g}, must be left out with points, which say it", "leave it out")
    if len(orbit.points) != 2:
        yield Fault(f"{place}.points", f"got {len(orbit.points)}, must be 2: where the first leg begins and where it ends")
    elif distance_m(*(Point(p.lat_deg, p.lon_deg) for p in orbit.points)) < SAME_PLACE_M:
        yield Fault(f"{place}.points[1]", "got the same place as points[0], must be another", "a circle has centre and radius_km")


def places_of(orbit: Orbit) -> dict[str, Point]:
    """The places that an orbit names, by key."""
    if orbit.points is not None:
        return {f"points[{n}]": Point(p.lat_deg, p.lon_deg) for n, p in enumerate(orbit.points)}
    return {"centre": Point(orbit.centre.lat_deg, orbit.centre.lon_deg)} if orbit.centre is not None else {}
