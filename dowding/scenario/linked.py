"""Links and command posts of a scenario: checked against those that they join, and filled in from the catalogue."""

import math
from collections.abc import Iterator

from dowding.catalogue import Catalogue
from dowding.scenario.faults import Fault, dangling, quoted
from dowding.scenario.networks import IDEAL, CommandPost, Link
from dowding.scenario.overriding import lookup
from dowding.scenario.resolved import ResolvedLink
from dowding.scenario.schema import FireUnit, Scenario, Sensor

ALONE = "stand-alone"


def members_of(scenario: Scenario) -> dict[str, str]:
    """The side of everyone that a link can join, by name."""
    everyone: list[FireUnit | Sensor | CommandPost] = [*scenario.fire_unit, *scenario.sensor, *scenario.command_post]
    return {each.name: each.side for each in everyone}


def check_network(scenario: Scenario) -> Iterator[Fault]:
    """What links and command posts must keep towards the rest."""
    mode, sides = scenario.network.mode, members_of(scenario)
    names: dict[str, str] = {}
    for number, link in enumerate(scenario.link):
        place = f"link[{number}]"
        if link.name in names:
            yield Fault(f"{place}.name", f"got {quoted(link.name)}, must be a name of its own, but {names[link.name]} has it already")
        names.setdefault(link.name, place)
        yield from _members(place, link, sides)
        if mode == IDEAL:
            text = "got ideal, where nobody needs links, must be another mode where there is a [[link]]"
            yield Fault("network.mode", text, 'write mode = "track-sharing" in [network]')
        elif mode == ALONE and link.mode is None:
            text = "got nothing, must say what it is used for where network.mode is stand-alone"
            yield Fault(f"{place}.mode", text, "or leave the link out")
        for row, outage in enumerate(link.outage):
            if outage.to_s <= outage.from_s:
                yield Fault(f"{place}.outage[{row}].to_s", f"got {outage.to_s:g}, must be above from_s, which is {outage.from_s:g}")


def check_zones(scenario: Scenario) -> Iterator[Fault]:
    """What zones must keep by themselves."""
    for number, zone in enumerate(scenario.zone):
        place = f"zone[{number}]"
        if len(zone.points) < 3:
            yield Fault(f"{place}.points", f"got {len(zone.points)}, must be at least three")
        for low, high in (("altitude_min_m", "altitude_max_m"), ("from_s", "to_s")):
            if getattr(zone, high) <= getattr(zone, low):
                yield Fault(f"{place}.{high}", f"got {getattr(zone, high):g}, must be above {low}, which is {getattr(zone, low):g}")
        if scenario.identification.mode == "perfect":
            text = "got perfect, where nobody needs zones, must be modelled where there is a [[zone]]"
            yield Fault("identification.mode", text, 'write mode = "modelled" in [identification]')


def _members(place: str, link: Link, sides: dict[str, str]) -> Iterator[Fault]:
    if len(link.members) < 2:
        text = f"got {len(link.members)}, must be at least two"
        yield Fault(f"{place}.members", text, "a link joins fire units, sensors or command posts")
    for number, name in enumerate(link.members):
        if name not in sides:
            yield dangling(f"{place}.members[{number}]", name, "a fire unit, sensor or command post", list(sides))
        elif name in link.members[:number]:
            yield Fault(f"{place}.members[{number}]", f"got {quoted(name)} twice, must name each member once")
        elif sides[name] != sides.get(link.members[0], sides[name]):
            text = f"got {quoted(name)} of side {sides[name]}, must be of the same side as {quoted(link.members[0])}"
            yield Fault(f"{place}.members[{number}]", text)


def resolve_link(place: str, link: Link, scenario: Scenario, catalogue: Catalogue) -> ResolvedLink:
    """The link with the catalogue's figures where it has none of its own."""
    entry = lookup(place, catalogue)("type", "links", link.type)

    def figure(key: str) -> float:
        given = getattr(link, key)
        return float(entry.number(key) if given is None else given)

    return ResolvedLink(
        name=link.name,
        members=link.members,
        entry=entry,
        mode=link.mode or scenario.network.mode,
        latency_s=figure("latency_s"),
        interval_s=figure("interval_s"),
        tracks_per_s=figure("tracks_per_s"),
        loss_probability=figure("loss_probability"),
        outages=tuple((outage.from_s, outage.to_s) for outage in link.outage),
    )


def end_of(fails_s: float | None) -> float:
    """When something falls silent (s), infinite for never."""
    return math.inf if fails_s is None else fails_s
