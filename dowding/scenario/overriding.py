"""Looking up catalogue entries for a place in a scenario, and replacing some of their figures there."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from dowding.catalogue import Catalogue, Entry, Kind
from dowding.catalogue.schema import KEYS
from dowding.errors import CatalogueError
from dowding.scenario.faults import Fault, Mistake, dangling, dotted, listed, nearest, quoted

_SINGULAR: dict[Kind, str] = {
    "radars": "a radar", "receivers": "a receiver", "interceptors": "an interceptor", "systems": "a system", "targets": "a target",
    "links": "a kind of link",
}  # fmt: skip
_KEY: dict[Kind, str] = {
    "radars": "[[sensor]] radar", "receivers": "[[sensor]] receiver", "systems": "[[fire_unit]] system", "targets": "[[flight]] target",
    "links": "[[link]] type",
}  # fmt: skip

_RETOLD = (
    (r"(\S+) (?:is|has) (.*), but must (.*)$", "got {}, must {}"),
    (r"(\S+) is (.*), but there is no such (.*)$", "got {}, must be a {}"),
    (r"(\S+) (\".*\") is not in (.*)$", "got {}, must be in {}"),
    (r"(\S+) is not (?:a key|part) of (.*); allowed are (.*)$", "got an unknown key of {}, must be one of {}"),
    (r"(\S+) lacks (.*)$", "got an entry without {}, must be complete"),
    (r"(\S+) has no (.*)$", "got a figure without {0}, must have a {0}"),
)
"""Forms that the catalogue's complaints have, and how they read with a place, what was given and what is allowed."""


def lookup(place: str, catalogue: Catalogue) -> Callable[[str, Kind, str], Entry]:
    """A function (key, kind, id) that finds the entry which `place`.key names."""

    def find(key: str, kind: Kind, id: str) -> Entry:
        try:
            return catalogue.find(kind, id)
        except CatalogueError:
            elsewhere = catalogue.search(id)
            names = [name for entry in catalogue.entries[kind].values() for name in (entry.id, *entry.aliases)]
            hint = nearest(id, names)
            if elsewhere:
                other = elsewhere[0].kind
                hint = f"{quoted(id)} is {_SINGULAR[other]}" + (f": write it as {_KEY[other]}" if other in _KEY else "")
            fault = dangling(f"{place}.{key}", id, f"{_SINGULAR[kind]} of the catalogue", catalogue.ids(kind), hint)
            raise Mistake(fault) from None

    return find


def overridden(entry: Entry, changes: Mapping[str, Any], place: str) -> Entry:
    """The entry with other figures; the place of a mistake is `place`."""
    known = [key for key in KEYS[entry.kind] if key != "name"]
    for key in changes:
        if key not in known and not (key == "rounds" and entry.kind == "systems"):
            text = f"got the unknown key {quoted(key)}, must be a key of {_SINGULAR[entry.kind]}: {listed(known)}"
            raise Mistake(Fault(f"{place}.{dotted([key])}", text, nearest(key, known), "unknown"))
    if not changes:
        return entry
    try:
        return entry.override(changes, place)
    except CatalogueError as failure:
        raise Mistake(retold(failure)) from None


def retold(failure: CatalogueError) -> Fault:
    """A complaint of the catalogue, told as the other faults are."""
    hint = failure.hint.replace("'", '"') if failure.hint.startswith("did you mean") else failure.hint
    for pattern, told in _RETOLD:
        if match := re.match(pattern, failure.message, re.DOTALL):
            parts = [part if len(part) < 300 else part[:297] + "..." for part in match.groups()]
            return Fault(failure.message[: match.end(1)], told.format(*parts[1:]), hint)
    return Fault("", failure.message if len(failure.message) < 1000 else failure.message[:997] + "...", hint)
