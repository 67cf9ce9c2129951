"""Looking up catalogue entries for a place in a scenario, and replacing some of their figures there."""

from collections.abc import Callable, Mapping
from typing import Any

from dowding.catalogue import Catalogue, Entry, Kind
from dowding.errors import CatalogueError
from dowding.scenario.faults import Fault, Mistake, dangling, nearest, quoted

_SINGULAR: dict[Kind, str] = {"radars": "a radar", "interceptors": "an interceptor", "systems": "a system", "targets": "a target"}
_KEY: dict[Kind, str] = {"radars": "[[sensor]] radar", "systems": "[[fire_unit]] system", "targets": "[[flight]] target"}


def lookup(place: str, catalogue: Catalogue) -> Callable[[str, Kind, str], Entry]:
    """A function (key, kind, id) that finds the entry which `place`.key names."""

    def find(key: str, kind: Kind, id: str) -> Entry:
        try:
            return catalogue.find(kind, id)
        except CatalogueError as failure:
            elsewhere = catalogue.search(id)
            hint = nearest(id, catalogue.ids(kind)) or failure.hint
            if elsewhere:
                other = elsewhere[0].kind
                hint = f"{quoted(id)} is {_SINGULAR[other]}" + (f": write it as {_KEY[other]}" if other in _KEY else "")
            fault = dangling(f"{place}.{key}", id, f"{_SINGULAR[kind]} of the catalogue", catalogue.ids(kind), hint)
            raise Mistake(fault) from None

    return find


def overridden(entry: Entry, changes: Mapping[str, Any], place: str) -> Entry:
    """The entry with other figures; the place of a mistake is `place`."""
    if not changes:
        return entry
    try:
        return entry.override(changes, place)
    except CatalogueError as failure:
        place_said, _, rest = failure.message.partition(" ")
        raise Mistake(Fault(place_said.rstrip(":"), rest, failure.hint)) from None
