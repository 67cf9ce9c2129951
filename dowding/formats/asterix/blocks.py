"""Data blocks in a stream of octets: the whole ones are kept, damaged ones are noted, and the next whole one is looked for."""

from collections import Counter
from collections.abc import Callable

from dowding.formats.asterix.layout import ASSIGNED, CATEGORIES, layout
from dowding.formats.asterix.records import RecordWalker

BLOCK_MOST = 65535  # octets that the length of a block can say
UNKNOWN, LENGTH, CUT, RECORD, NOTHING = "unknown category", "bad length", "cut off", "a record does not fit", "no block"

Note = Callable[[int, int, str], None]
"""Takes the place, the octets passed over, and the reason."""


class BlockWalker:
    """Finds the records of all blocks of the categories that are decoded."""

    def __init__(self, note: Note, categories: tuple[int, ...] = CATEGORIES) -> None:
        self.note = note
        self.walkers = {category: RecordWalker(layout(category)) for category in CATEGORIES}
        self.wanted = frozenset(categories)
        self.starts: dict[int, list[int]] = {category: [] for category in categories}
        self.blocks: Counter[int] = Counter()  # whole ones, by category

    def walk(self, data: bytes, at: int, end: int, *, last: bool = True) -> int:
        """Go through the blocks from `at` to `end`; returns where a block begins that may go on after `end`, unless `last`."""
        while at < end:
            length = (data[at + 1] << 8 | data[at + 2]) if end - at > 2 else 0
            stop = at + length
            if length > 2 and stop <= end and self._take(data, at, stop, end):
                at = stop
                continue
            if not last and end - at < 3 * BLOCK_MOST:
                return at
            at = self._pass(data, at, stop, end if last else end - BLOCK_MOST, end, last)
        return at

    def _take(self, data: bytes, at: int, stop: int, end: int) -> bool:
        """Keep a block if it is whole: its records fill it, or it is of a category that is passed over and something follows it."""
        category = data[at]
        walker = self.walkers.get(category)
        if walker is None:
            if category not in ASSIGNED or not _could_follow(data, stop, end):
                return False
        elif category not in self.wanted:
            if walker.walk(data, at + 3, stop, []) != stop:
                return False
        else:
            starts = self.starts[category]
            before = len(starts)
            if walker.walk(data, at + 3, stop, starts) != stop:
                del starts[before:]
                return False
        self.blocks[category] += 1
        return True

    def _pass(self, data: bytes, at: int, stop: int, limit: int, end: int, last: bool) -> int:
        """Note what is wrong at `at`; returns where the next whole block begins, or where to go on."""
        ends = at + 2 < stop <= end  # the length may be right, and only what is inside wrong
        found = self.search(data, at + 1, min(stop, limit) if ends else limit, end)
        if data[at] not in ASSIGNED:
            reason = UNKNOWN
        elif not ends:
            reason = CUT if found < 0 and last and stop > end else LENGTH
        else:
            reason = RECORD
        if found < 0 and reason == CUT:
            self._keep_whole_records(data, at, end)
        if found < 0 and ends and not _could_follow(data, stop, end):
            found = self.search(data, stop, limit, end)
        if found < 0:
            found = stop if ends else end if last else limit
        self.note(at, found - at, reason)
        return found

    def _keep_whole_records(self, data: bytes, at: int, end: int) -> None:
        """Of a block that is cut off, what came before the cut is good."""
        if data[at] in self.wanted:
            self.walkers[data[at]].walk(data, at + 3, end, self.starts[data[at]])

    def search(self, data: bytes, at: int, limit: int, end: int) -> int:
        """Where the first whole block begins from `at` to before `limit`, -1 if there is none.

        To be believed it must be of a category that is decoded, hold records that all name their source and fill it, and be followed
        by the end or by what could be a block.
        """
        while at < limit and at + 3 < end:
            walker = self.walkers.get(data[at])
            if walker is not None:
                stop = at + (data[at + 1] << 8 | data[at + 2])
                if at + 5 < stop <= end and _could_follow(data, stop, end):
                    starts: list[int] = []
                    if walker.walk(data, at + 3, stop, starts) == stop and all(data[start] & 0x80 for start in starts):
                        return at
            at += 1
        return -1


def _could_follow(data: bytes, at: int, end: int) -> bool:
    """Whether a block could begin here: the data end, or an assigned category and a length stand here."""
    if at >= end:
        return at == end
    return data[at] in ASSIGNED and (end - at < 3 or (data[at + 1] << 8 | data[at + 2]) > 2)
