"""Faults of a scenario as sentences: the place, what was given, what is allowed, and a hint."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from dowding.errors import DowdingError, ScenarioError

SHOWN = 5
"""Faults told at once; more confuse."""

_RANKS = {"unknown": 0, "shape": 1, "value": 2}


@dataclass(frozen=True)
class Fault:
    """One mistake: `text` continues the place with a comma-separated got and must."""

    place: str
    text: str
    hint: str = ""
    rank: str = "value"

    def sentence(self, where: str) -> str:
        return f"{where}: {self.place}: {self.text}" if self.place else f"{where}: {self.text}"


class Mistake(Exception):
    """A fault on its way to the list of faults; never leaves this package."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


def error(where: str, faults: Sequence[Fault], kind: type[DowdingError] = ScenarioError) -> DowdingError:
    """One error that tells the first few faults, a line each: unknown keys first, for these often explain the rest."""
    ordered = sorted(faults, key=lambda fault: _RANKS[fault.rank])
    lines = [fault.sentence(where) for fault in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        lines.append(f"{where}: and {len(ordered) - SHOWN} more")
    hints = dict.fromkeys(fault.hint for fault in ordered[:SHOWN] if fault.hint)
    return kind("\n".join(lines), hint=next(iter(hints), ""))


def dotted(path: Iterable[str | int]) -> str:
    """A place as a person would write it: `flight[0].route[1].lat_deg`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            bare = step if re.fullmatch(r"[A-Za-z0-9_-]+", step) else quoted(step)
            text += f".{bare}" if text else bare
    return text


def quoted(text: str) -> str:
    short = text if len(text) <= 60 else text[:57] + "..."
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else c.encode("unicode_escape").decode() for c in short) + '"'


def shown(value: Any) -> str:
    """A value as TOML would have it, short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else "a very large number"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return "a list"
    return "a table" if isinstance(value, Mapping) else f"a {type(value).__name__}"


def listed(names: Iterable[str]) -> str:
    """The names, quoted; the first twelve of many."""
    every = [quoted(name) for name in names]
    return ", ".join(every[:12]) + (f" and {len(every) - 12} more" if len(every) > 12 else "") if every else "(there is none)"


def nearest(name: str, names: Iterable[str]) -> str:
    """`did you mean ...?` if a name is near, else nothing; upper and lower case, blanks and hyphens count for little."""
    plain = {_plain(each): each for each in names}
    near = difflib.get_close_matches(_plain(name), plain, 1, 0.6)
    return f"did you mean {quoted(plain[near[0]])}?" if near else ""


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.lower())


def dangling(place: str, given: str, kind: str, names: Sequence[str], hint: str = "") -> Fault:
    """A name that names nothing: `kind` is what it should have been."""
    return Fault(place, f"got {quoted(given)}, must name {kind}: {listed(names)}", hint or nearest(given, names))
