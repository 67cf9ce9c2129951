"""Data blocks in a stream of octets: the whole ones are kept, damaged ones are noted, and the next whole one is looked for."""

from collections import Counter
from collections.abc import Callable

from dowding.formats.asterix.layout import ASSIGNED, CATEGORIES, layout
from dowding.formats.asterix.records import RecordWalker

BLOCK_MOST = 65535  # octets that the length of a block can say
REMEMBERED = 200  # records, of each category, whose sources are known when a block is looked for
UNKNOWN, LENGTH, CUT, RECORD, NOTHING = "unknown category", "bad length", "cut off", "a record does not fit", "no block"

Note = Callable[[int, int, str], None]
"""Takes the place, the octets passed over, and the reason."""


class BlockWalker:
    """Finds the records of all blocks of the categories that are decoded."""

    def __init__(self, note: Note) -> None:
        self.note = note
        self.walkers = {category: RecordWalker(layout(category)) for category in CATEGORIES}
        self.starts: dict[int, list[int]] = {category: [] for category in CATEGORIES}
        self.blocks: Counter[int] = Counter()  # whole ones, by category
        self._sources: set[bytes] = set()  # category, system area and identification codes that were read before

    def walk(self, data: bytes, at: int, end: int, *, last: bool = True) -> int:
        """Go through the blocks from `at` to `end`; returns where a block begins that may go on after `end`, unless `last`."""
        before = -1  # where the block that was read just before begins
        while at < end:
            length = (data[at + 1] << 8 | data[at + 2]) if end - at > 2 else 0
            stop = at + length
            if length > 2 and stop <= end and self._take(data, at, stop, end):
                before, at = at, stop
                continue
            if not last and end - at < 3 * BLOCK_MOST:
                if before >= 0:
                    self._drop(data, before)
                return before if before >= 0 else at
            limit = end if last else end - BLOCK_MOST
            earlier = self.search(data, before + 1, at, end) if before >= 0 else -1
            if earlier >= 0:
                # the block before only seemed whole: it lacks octets, and took them from the one after it
                self._drop(data, before)
                self.note(before, earlier - before, LENGTH)
                at = earlier
            else:
                at = self._pass(data, at, stop, limit, end, last)
            before = -1
        return at

    def _take(self, data: bytes, at: int, stop: int, end: int) -> bool:
        """Keep a block if it is whole: its records fill it, or it is of a category that is passed over."""
        category = data[at]
        walker = self.walkers.get(category)
        if walker is None:
            if category not in ASSIGNED or not _could_follow(data, stop, end):
                return False
        else:
            starts = self.starts[category]
            before = len(starts)
            if walker.walk(data, at + 3, stop, starts) != stop:
                del starts[before:]
                return False
        self.blocks[category] += 1
        return True

    def _drop(self, data: bytes, at: int) -> None:
        """Forget the block that was taken last."""
        self.blocks[data[at]] -= 1
        starts = self.starts.get(data[at], [])
        while starts and starts[-1] >= at:
            starts.pop()

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
        if found < 0 and reason == CUT and data[at] in self.walkers:
            # what came before the cut is good
            self.walkers[data[at]].walk(data, at + 3, end, self.starts[data[at]])
        # after a block of the right length another begins, of a category seen before
        if found < 0 and ends and not (stop == end or (_could_follow(data, stop, end) and self.blocks[data[stop]])):
            found = self.search(data, stop, limit, end)
        if found < 0:
            found = stop if ends else end if last else limit
        self.note(at, found - at, reason)
        return found

    def search(self, data: bytes, at: int, limit: int, end: int) -> int:
        """Where the first whole block begins from `at` to before `limit`, -1 if there is none.

        To be believed it must be of a category that is decoded and filled by records that all name their source; and it must be
        followed by the end or by what could be a block, or its sources must be known.
        """
        self._remember(data)
        while at < limit and at + 3 < end:
            walker = self.walkers.get(data[at])
            if walker is not None:
                stop = at + (data[at + 1] << 8 | data[at + 2])
                if at + 5 < stop <= end:
                    starts: list[int] = []
                    if walker.walk(data, at + 3, stop, starts) == stop and all(data[start] & 0x80 for start in starts):
                        sources = {_source(data, data[at], start) for start in starts}
                        if sources <= self._sources or _could_follow(data, stop, end):
                            return at
            at += 1
        return -1

    def _remember(self, data: bytes) -> None:
        """Note the sources of the records read last."""
        for category, starts in self.starts.items():
            self._sources |= {_source(data, category, start) for start in starts[-REMEMBERED:] if data[start] & 0x80}


def _could_follow(data: bytes, at: int, end: int) -> bool:
    """Whether a block could begin here: the data end, or an assigned category and a length stand here."""
    if at > end - 3:
        return at == end or data[at] in ASSIGNED
    return data[at] in ASSIGNED and (data[at + 1] << 8 | data[at + 2]) > 2


def _source(data: bytes, category: int, start: int) -> bytes:
    """Category and source of a record that begins with its source."""
    while data[start] & 1:
        start += 1
    return bytes([category]) + data[start + 1 : start + 3]
