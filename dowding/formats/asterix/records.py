"""Where records begin: the length of each follows from its field specification, so that a block can be cut without decoding it.

For each field specification met, a plan is made once: how many octets to step over, and what has a length of its own after them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dowding.formats.asterix.layout import Item, Layout

OCTETS, CHAIN, REPEAT, EXPLICIT, COMPOUND, RANDOM = range(6)
PLANS_MOST = 50_000  # plans kept: a damaged recording must not fill the memory with field specifications
INVALID = -1


class Step(NamedTuple):
    """So many octets, then something of this kind whose length must be read."""

    fixed: int
    kind: int
    what: Any  # octets of an element; the plans of a compound; the items among which random ones are chosen


class Plan(NamedTuple):
    """Steps, then so many octets more."""

    steps: tuple[Step, ...]
    fixed: int


class Plans:
    """Plans by field specification, for a record or a compound item; where all has a fixed length, that length instead."""

    def __init__(self, items: Sequence[Any], length_most: int) -> None:
        self.items = items
        self.length_most = length_most
        self.known: dict[bytes, Plan | int] = {}
        self._octets: dict[tuple[int, int], Plan | None] = {}  # by number and value of an octet

    def make(self, fspec: bytes) -> Plan | int | None:
        """The plan of a field specification that is not known yet; None if a bit is set that means nothing."""
        if len(fspec) > self.length_most:
            return None
        if len(self.known) > PLANS_MOST:
            self.known.clear()
        steps: list[Step] = []
        fixed = 0
        for key in enumerate(fspec):
            if key not in self._octets:
                self._octets[key] = self._plan(*key)
            piece = self._octets[key]
            if piece is None:
                return None
            if piece.steps:
                steps.append(piece.steps[0]._replace(fixed=fixed + piece.steps[0].fixed) if fixed else piece.steps[0])
                steps += piece.steps[1:]
                fixed = 0
            fixed += piece.fixed
        plan = Plan(tuple(steps), fixed) if steps else fixed
        self.known[fspec] = plan
        return plan

    def _plan(self, number: int, octet: int) -> Plan | None:
        """The plan of the items that one octet of a field specification announces."""
        steps: list[Step] = []
        fixed = 0
        for bit in (bit for bit in range(7) if octet & (128 >> bit)):
            item = self.items[7 * number + bit] if 7 * number + bit < len(self.items) else None
            if item is None:
                return None
            if item == "RFS":
                steps.append(Step(fixed, RANDOM, self.items))
            elif item.shape == "fixed":
                fixed += item.parts[0].octets
                continue
            else:
                steps.append(_step(fixed, item))
            fixed = 0
        return Plan(tuple(steps), fixed)


def _step(fixed: int, item: Item) -> Step:
    if item.shape == "compound":
        return Step(fixed, COMPOUND, Plans(item.items, item.length_octets))
    if item.shape == "explicit":
        return Step(fixed, EXPLICIT, None)
    octets = 1 if item.shape == "extended" else item.parts[0].octets
    if item.shape == "repeated":
        return Step(fixed, REPEAT, octets)
    return Step(fixed, OCTETS, None) if octets == 1 else Step(fixed, CHAIN, octets)


def skip(data: bytes, at: int, plan: Plan) -> int:
    """Where the items of a plan end that begin at `at`; INVALID if they make no sense. IndexError past the end of the data."""
    steps, last = plan
    for fixed, kind, what in steps:
        at += fixed
        if kind == OCTETS:
            while data[at] & 1:
                at += 1
            at += 1
        elif kind == COMPOUND:
            first = at
            while data[at] & 1:
                at += 1
            at += 1
            fspec = data[first:at]
            inner = what.known.get(fspec)
            if inner is None:
                inner = what.make(fspec)
                if inner is None:
                    return INVALID
            at = at + inner if isinstance(inner, int) else skip(data, at, inner)
            if at < 0:
                return INVALID
        elif kind == REPEAT:
            at += 1 + what * data[at]
        elif kind == CHAIN:
            while data[at + what - 1] & 1:
                at += what
            at += what
        elif kind == EXPLICIT:
            if data[at] == 0:
                return INVALID
            at += data[at]
        else:
            at = random_fields(data, at, what)[1]
            if at < 0:
                return INVALID
    return at + last


def random_fields(data: bytes, at: int, items: Sequence[Any]) -> tuple[list[tuple[Item, int]], int]:
    """Random field sequencing: a count, then so many pairs of an item's number and the item.

    Returns each item with its place, and where all of it ends, INVALID if it makes no sense.
    """
    count, at = data[at], at + 1
    found: list[tuple[Item, int]] = []
    for _ in range(count):
        number = data[at]
        item = items[number - 1] if 0 < number <= len(items) else None
        if item is None or item == "RFS":
            return found, INVALID
        found.append((item, at + 1))
        plan = Plans([item], 1).make(b"\x80")
        at = at + 1 + plan if isinstance(plan, int) else skip(data, at + 1, plan) if plan is not None else INVALID
        if at < 0:
            return found, INVALID
    return found, at


class RecordWalker:
    """Finds the records of a category's blocks."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.plans = tuple(Plans(uap.items, uap.length_octets) for uap in layout.uaps)

    def walk(self, data: bytes, at: int, end: int, starts: list[int]) -> int:
        """Append where the records between `at` and `end` begin; returns where the first begins that does not fit, `end` if all do."""
        several = len(self.plans) > 1
        plans = self.plans[0]
        known = plans.known
        try:
            while at < end:
                place = at
                while data[place] & 1:
                    place += 1
                place += 1
                fspec = data[at:place]
                if several:
                    plans = self.plans[variant(data, place, fspec[0])]
                    known = plans.known
                plan = known.get(fspec)
                if plan is None:
                    plan = plans.make(fspec)
                    if plan is None:
                        return at
                place = place + plan if isinstance(plan, int) else skip(data, place, plan)
                if place > end or place < 0:
                    return at
                starts.append(at)
                at = place
        except IndexError:
            return at
        return end


def variant(data: bytes, place: int, first: int) -> int:
    """Which order of items a category 001 record follows: 0 plot, 1 track, by the first bit of its target report descriptor.

    `place` is where its items begin, `first` the first octet of its field specification; in both orders the descriptor is the
    second item, after two octets of the source.
    """
    if not first & 0x40:
        return 0
    return data[place + 2 if first & 0x80 else place] >> 7

