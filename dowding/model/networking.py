"""Who has which picture, and who tells whom: the network of a scenario as arrays."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dowding.model.addressing import SENSOR_KEY_BITS, TARGET_KEY_BITS, entity_keys
from dowding.model.bundles import CUES, DETECTIONS, EDGE, NODE, OUTAGE, PORT, REMOTE, TRACKS, Network, Records
from dowding.model.placing import PlacedRadar, filled
from dowding.scenario import Resolved, ResolvedFireUnit, ResolvedLink, ResolvedSensor
from dowding.scenario.linked import end_of
from dowding.scenario.networks import IDEAL, CommandPost

SENDS = {"cueing": CUES, "track-sharing": TRACKS, "engage-on-remote": REMOTE, "detection-sharing": DETECTIONS}


Hidden = Callable[[str, str], Sequence[tuple[float, float]]]  # names of two nodes -> spans (s) in which they do not see each other


@dataclass(frozen=True)
class Pictures:
    """The pictures: whose they are, and by name of a sensor, fire unit or command post which is its own."""

    names: tuple[str, ...]
    of: dict[str, int]


def owner_of(resolved: Resolved, placed: PlacedRadar) -> str:
    """The fire unit or stand-alone sensor that a radar belongs to."""
    return resolved.fire_units[placed.unit].name if placed.unit >= 0 else placed.name


def everyone_of(resolved: Resolved) -> list[ResolvedFireUnit | ResolvedSensor | CommandPost]:
    """The nodes: fire units, stand-alone sensors, command posts."""
    return [*resolved.fire_units, *resolved.sensors, *resolved.command_posts]


def fails_of(resolved: Resolved, placed: PlacedRadar) -> float | None:
    """When a radar fails with what it belongs to (s), None for never."""
    owner = owner_of(resolved, placed)
    return next(each.fails_s for each in everyone_of(resolved) if each.name == owner)


def pictures_of(resolved: Resolved, placed: Sequence[PlacedRadar], sides: Sequence[str]) -> Pictures:
    """One picture for each side that has sensors, or, in a network that is not ideal, one for each node."""
    everyone = [(each.name, each.side) for each in everyone_of(resolved)]
    if resolved.network.mode == IDEAL:
        names = tuple(side for side in sides if any(p.side == side for p in placed))
        of = {name: names.index(side) for name, side in everyone if side in names}
    else:
        names = tuple(name for name, _ in everyone)
        of = {name: row for row, name in enumerate(names)}
    return Pictures(names, of | {p.name: of[owner_of(resolved, p)] for p in placed})


def network_of(resolved: Resolved, placed: Sequence[PlacedRadar], sensors: Records, pictures: Pictures, hidden: Hidden) -> Network:
    """The network; `sensors` (sensor,) SENSOR are those placed, `hidden` says when two members do not see each other."""
    everyone = everyone_of(resolved)
    posts = {post.name for post in resolved.command_posts}
    number = {each.name: row for row, each in enumerate(everyone)}
    nodes = filled(
        NODE,
        everyone,
        {
            "picture": lambda each: pictures.of.get(each.name, -1),
            "off": lambda each: end_of(each.fails_s),
            "relays": lambda each: int(each.name in posts),
        },
    )
    owners = [number[owner_of(resolved, p)] for p in placed]
    rate = np.zeros(len(everyone))  # dwells a second of each node
    periods = [p.entry.number("scan_period_s") for p in placed]
    np.add.at(rate, owners, [dwells / period for dwells, period in zip(sensors["dwells"], periods, strict=True)])
    ports: list[tuple[float, ...]] = []
    edges: list[tuple[float, ...]] = []
    heard = entity_keys([each.name for each in everyone], TARGET_KEY_BITS)
    told = iter(entity_keys([f"{link.name}\0{name}" for link in resolved.links for name in link.members], SENSOR_KEY_BITS))
    for row, link in enumerate(resolved.links):
        base = len(ports)
        for name in link.members:
            others = [(number[other], base + at) for at, other in enumerate(link.members) if other != name]
            first = len(edges)
            edges += [(heard[other], len(ports), other, back, link.latency_s, link.loss_probability) for other, back in others]
            sends = SENDS[link.mode]
            share = max(int(link.tracks_per_s * link.interval_s / len(link.members)), 1)
            ring = _under_way(link, float(rate[number[name]]))
            ports.append((next(told), number[name], row, sends, link.interval_s, share, first, len(edges), ring))
    outages: list[tuple[float, ...]] = []
    for row, link in enumerate(resolved.links):
        outages += [(row, -1, begin, end) for begin, end in link.outages]
        if link.line_of_sight:
            own = [k for k, edge in enumerate(edges) if ports[int(edge[1])][2] == row]
            pairs = [(everyone[int(ports[int(edges[k][1])][1])].name, everyone[int(edges[k][2])].name) for k in own]
            outages += [(row, k, begin, end) for k, pair in zip(own, pairs, strict=True) for begin, end in hidden(*sorted(pair))]
    return Network(
        nodes=nodes,
        ports=np.array(ports, PORT),
        edges=np.array(edges, EDGE),
        outages=np.array(outages, OUTAGE),
        sensor_node=np.array(owners, np.int64),
        remote_error=float(resolved.network.remote_error_m),
        remote_age=float(resolved.network.remote_age_s),
    )


def _under_way(link: ResolvedLink, dwells_per_s: float) -> int:
    """The most messages of one sender that can be under way at once."""
    rate = dwells_per_s if SENDS[link.mode] == DETECTIONS else 1.0 / link.interval_s
    return math.ceil(link.latency_s * rate) + 2
