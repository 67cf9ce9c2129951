"""What models of one study have in common, computed once: paths, horizons and losses that no drawn figure changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

MOST = {"horizon": 64, "loss": 256, "path": 2048}  # of each kind, the last used; a horizon takes some megabytes
MOST_OF_OTHERS = 32


class Same:
    """A key for a thing itself, in place of its content; the thing is held, so that no other can take its place."""

    def __init__(self, thing: object) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.thing is other.thing


class Kept:
    """Results by kind and by all that they depend on, the latest of each kind. Whoever gets one must not change it."""

    def __init__(self) -> None:
        self._kinds: dict[str, OrderedDict[Hashable, Any]] = {}

    def get(self, kind: str, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for this key before, or what `make` makes now."""
        known = self._kinds.setdefault(kind, OrderedDict())
        if key in known:
            known.move_to_end(key)
        else:
            known[key] = make()
            if len(known) > MOST.get(kind, MOST_OF_OTHERS):
                known.popitem(last=False)
        found: T = known[key]
        return found
