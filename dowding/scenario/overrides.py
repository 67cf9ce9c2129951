"""Dotted keys into a scenario's tables, such as `flight[0].route[1].speed_mps`, and setting what they name."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from dowding.scenario.faults import Fault, dotted, error, listed, nearest, quoted

_STEP = re.compile(
    r'\.?(?P<bare>[A-Za-z0-9_-]+)|\.?"(?P<quoted>[^"]*)"|\[(?P<index>[0-9]{1,9})\]|\["(?P<name>[^"]*)"\]|\[(?P<word>[^\]"]+)\]'
)
_NAMED = ("doctrine",)
"""Tables of named tables, in which a new name would be a slip of the pen rather than a new thing."""


def apply(tables: dict[str, Any], overrides: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A copy of `tables` with each dotted key set; ScenarioError for a key that leads nowhere.

    A list entry is chosen by its number from 0, `flight[0]`, or by its name, `flight["bombers"]`. Only the last key, and tables that
    hold settings, may be absent from the file: an unwritten key has its default. Numbers may be numpy's.
    """
    changed = copy.deepcopy(tables)
    for key, value in overrides.items():
        fault = _set(changed, key, value.item() if hasattr(value, "item") else value)
        if fault:
            raise error(where, [fault])
    return changed


def parse(key: str) -> list[str | int] | None:
    """The steps of a dotted key: text for a table's key or an entry's name, a number for an entry; None if it is malformed."""
    steps: list[str | int] = []
    position = 0
    while position < len(key):
        match = _STEP.match(key, position)
        if not match or (not steps and (match["bare"] is None or match[0][0] == ".")) or (steps and key[position] not in ".["):
            return None
        steps.append(int(match["index"]) if match["index"] else next(group for group in match.groups() if group is not None))
        position = match.end()
    return steps or None


def _set(tables: dict[str, Any], key: str, value: Any) -> Fault | None:
    steps = parse(key)
    if steps is None:
        return Fault("overrides", f"got {quoted(key)}, must be a dotted key such as flight[0].count")
    node: Any = tables
    for number, step in enumerate(steps[:-1]):
        found = _descend(node, step, steps[:number])
        if isinstance(found, Fault):
            return found
        node = found
    return _assign(node, steps, value)


def _assign(node: Any, steps: list[str | int], value: Any) -> Fault | None:
    last = steps[-1]
    if isinstance(node, list):
        index = _index(node, last, steps[:-1])
        if isinstance(index, Fault):
            return index
        node[index] = value
    elif isinstance(node, dict) and isinstance(last, str):
        node[_spelling(node, steps)] = value
    else:
        return Fault(dotted(steps), f"got an override, must lead to a key, but {dotted(steps[:-1])} is not a table")
    return None


def _spelling(table: dict[str, Any], steps: list[str | int]) -> str:
    """The last key as the table has it: a salvo's classes may be written with hyphens or underscores."""
    key = str(steps[-1])
    if len(steps) > 1 and steps[-2] == "salvo":
        return next((each for each in table if each.replace("-", "_") == key.replace("-", "_")), key)
    return key


def _descend(node: Any, step: str | int, before: list[str | int]) -> Any:
    """The table or list one step down; made where an unwritten table of settings is meant."""
    if isinstance(node, list):
        index = _index(node, step, before)
        return index if isinstance(index, Fault) else node[index]
    if not isinstance(node, dict) or isinstance(step, int):
        return Fault(dotted([*before, step]), f"got an override, must lead to a key, but {dotted(before) or 'the scenario'} is not a list")
    if step not in node and before and before[0] in _NAMED and len(before) == 1 and step != "default":
        return Fault(dotted([*before, step]), f"got an override, must name one of {listed(node)}", nearest(step, node))
    return node.setdefault(step, {})


def _index(entries: list[Any], step: str | int, before: list[str | int]) -> int | Fault:
    place = dotted([*before, step]) if isinstance(step, int) else f"{dotted(before)}[{quoted(step)}]"
    if isinstance(step, int):
        if step < len(entries):
            return step
        return Fault(place, f"got entry {step} in an override, must be below {len(entries)}, for there are {len(entries)}")
    names = [str(entry.get("name", "")) if isinstance(entry, dict) else "" for entry in entries]
    if step in names:
        return names.index(step)
    return Fault(place, f"got the name {quoted(step)} in an override, must be one of {listed(names)}", nearest(step, names))
