"""Who decides for which fire units, by which post's leave and over which link; and what their magazines hold: as arrays."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dowding.catalogue.schema import TARGET_CLASSES
from dowding.model.addressing import SENSOR_KEY_BITS, entity_keys
from dowding.model.bundles import (
    DESK,
    DETECTIONS,
    GREEDY,
    LINEAR,
    MAGAZINE,
    NONLINEAR,
    POST,
    URGENCY,
    Network,
    Records,
    Wholes,
)
from dowding.model.placing import filled
from dowding.scenario import Doctrine, Resolved, ResolvedFireUnit
from dowding.scenario.commands import CENTRAL, MANUAL, serves
from dowding.scenario.networks import IDEAL, CommandPost

ASSIGNMENTS = {"urgency": URGENCY, "greedy": GREEDY, "linear": LINEAR, "nonlinear": NONLINEAR}
FIELDS = (
    "by_value", "gain_min", "waits", "cue_range", "cue_hold", "reload_time", "post", "central", "manual", "alone", "order_link",
    "order_edge", "order_latency", "order_loss", "order_interval", "delay", "reserves", "key",
)  # fmt: skip


def _keys(names: Sequence[str]) -> dict[str, int]:
    return dict(zip(names, entity_keys(names, SENSOR_KEY_BITS), strict=True))


def posts_of(resolved: Resolved) -> Records:
    """The command posts, (post,) POST."""
    keys = _keys([post.name for post in resolved.command_posts])
    first = len(resolved.fire_units) + len(resolved.sensors)
    node = {post.name: first + row for row, post in enumerate(resolved.command_posts)}
    return filled(
        POST,
        resolved.command_posts,
        {
            "node": lambda post: node[post.name],
            "operators": lambda post: post.operators,
            "service": lambda post: post.service_s,
            "exponential": lambda post: post.service_time == "exponential",
            "key": lambda post: keys[post.name],
        },
    )


def _post(resolved: Resolved, unit: ResolvedFireUnit) -> CommandPost | None:
    return next((post for post in resolved.command_posts if post.name == unit.command_post), None)


def _order_link(resolved: Resolved, unit: ResolvedFireUnit) -> int:
    """The first link that joins a unit to its post; -1 where orders take no time, because none does or nobody needs links."""
    rows = [row for row, link in enumerate(resolved.links) if unit.name in link.members and unit.command_post in link.members]
    return rows[0] if rows and resolved.network.mode != IDEAL else -1


def _order_edge(network: Network, nodes: tuple[int, int], link: int) -> int:
    """The edge from the node of a post to that of a unit over a link that carries tracks, or -1."""
    for row, edge in enumerate(network.edges):
        port = network.ports[edge["port"]]
        if (port["node"], edge["node"], port["link"]) == (*nodes, link) and port["sends"] != DETECTIONS:
            return row
    return -1


def command_fields(resolved: Resolved, network: Network) -> Mapping[str, Callable[[Any], Any]]:
    """How to find those fields of UNIT that are about choosing and command, from (unit, place, doctrine)."""
    central = resolved.network.control == CENTRAL
    keys = _keys([unit.name for unit in resolved.fire_units])
    number = {unit.name: row for row, unit in enumerate(resolved.fire_units)}
    post_number = {post.name: row for row, post in enumerate(resolved.command_posts)}
    first_post = len(resolved.fire_units) + len(resolved.sensors)

    def link(unit: ResolvedFireUnit, key: str, default: float) -> float:
        row = _order_link(resolved, unit)
        return float(getattr(resolved.links[row], key)) if row >= 0 else default

    def edge(unit: ResolvedFireUnit) -> int:
        row = _order_link(resolved, unit)
        if row < 0 or unit.command_post is None:
            return -1
        return _order_edge(network, (first_post + post_number[unit.command_post], number[unit.name]), row)

    def delay(unit: ResolvedFireUnit, doctrine: Doctrine) -> float:
        post = _post(resolved, unit)
        if post is None or not (central or doctrine.approval == MANUAL):
            return 0.0
        return post.service_s + (1.0 if central else 2.0) * link(unit, "latency_s", 0.0)

    return {
        "by_value": lambda row: row[2].priority == "value",
        "gain_min": lambda row: row[2].gain_min,
        "waits": lambda row: row[2].radiate == "cued",
        "cue_range": lambda row: math.inf if row[2].radiate_range_km is None else row[2].radiate_range_km * 1e3,
        "cue_hold": lambda row: row[2].radiate_hold_s,
        "reload_time": lambda row: row[0].reload_time_s or 0.0,
        "post": lambda row: post_number.get(row[0].command_post, -1),
        "central": lambda row: central and row[0].command_post is not None,
        "manual": lambda row: row[2].approval == MANUAL and row[0].command_post is not None,
        "alone": lambda row: row[2].without_command == "alone",
        "order_link": lambda row: _order_link(resolved, row[0]),
        "order_edge": lambda row: edge(row[0]),
        "order_latency": lambda row: link(row[0], "latency_s", 0.0),
        "order_loss": lambda row: link(row[0], "loss_probability", 0.0),
        "order_interval": lambda row: link(row[0], "interval_s", 1.0),
        "delay": lambda row: delay(row[0], row[2]),
        "reserves": lambda row: any(kept for _, kept in row[2].reserve),
        "key": lambda row: keys[row[0].name],
    }


def magazines_of(resolved: Resolved) -> tuple[Records, Wholes]:
    """(unit, kind) MAGAZINE, and the rounds that are kept for each class (unit, class)."""
    units = resolved.fire_units
    out = np.zeros((len(units), max((len(u.interceptors) for u in units), default=1)), MAGAZINE)
    for row, unit in enumerate(units):
        least = resolved.doctrines[unit.doctrine].kill_probability_min
        for kind, ((entry, ready), stock) in enumerate(zip(unit.interceptors, unit.stock, strict=True)):
            load = min(unit.reload_rounds or ready, ready)
            bits = sum(1 << k for k, name in enumerate(TARGET_CLASSES) if serves(entry, name, least))
            out[row, kind] = (ready, stock if load > 0 else 0, load, bits)
    kept = [[int(getattr(resolved.doctrines[u.doctrine].reserve, name)) for name in TARGET_CLASSES] for u in units]
    return out, np.array(kept, dtype=np.int64).reshape(len(units), len(TARGET_CLASSES))


def desks_of(resolved: Resolved, pictures: Mapping[str, int]) -> tuple[Records, Wholes]:
    """Who decides: (desk,) DESK and (member,) rows of fire units.

    A command post that controls decides for those who obey it; units that share a picture and an assignment other than by urgency decide
    together; everyone else for itself, as do those that obey a post in case that it fails.
    """
    central = resolved.network.control == CENTRAL
    posts = [post.name for post in resolved.command_posts]
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row, unit in enumerate(resolved.fire_units):
        assignment = ASSIGNMENTS[resolved.doctrines[unit.doctrine].assignment]
        if central and unit.command_post is not None:
            post = posts.index(unit.command_post)
            picture = pictures[unit.command_post]
            groups.setdefault((picture, post, assignment, -1), []).append(row)
            groups[(pictures[unit.name], -1, assignment, row)] = [row]
        else:
            alone = row if assignment == URGENCY else -1
            groups.setdefault((pictures[unit.name], -1, assignment, alone), []).append(row)
    desks: list[tuple[int, ...]] = []
    members: list[int] = []
    for (picture, post, assignment, _), rows in groups.items():
        desks.append((picture, post, len(members), len(members) + len(rows), assignment))
        members += rows
    return np.array(desks, DESK), np.array(members, dtype=np.int64)


def command_arrays(resolved: Resolved, pictures: Mapping[str, int]) -> dict[str, Any]:
    """Those parts of a Defence that are about choosing and command, by name."""
    magazine, reserve = magazines_of(resolved)
    desks, members = desks_of(resolved, pictures)
    return {"reserve": reserve, "magazine": magazine, "posts": posts_of(resolved), "desks": desks, "members": members}


def ranks(priorities: Sequence[tuple[str, float]]) -> list[int]:
    """For each of (side, priority) how many greater priorities its side has."""
    return [len({other for whose, other in priorities if whose == side and other > priority}) for side, priority in priorities]
