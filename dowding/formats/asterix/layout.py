"""The layouts of ASTERIX categories: what the files `catNNN.txt` beside this one say, as a tree of items, parts and fields.

A file names the category, its edition and the order of items in a record (`uap NAME FSPEC-OCTETS ITEM...`: a dash for a spare,
RFS for random field sequencing), then describes each item once:

    ITEM fixed | extended | compound FSPEC-OCTETS | repeated COUNT-OCTETS TABLE | chained TABLE | explicit

followed, indented, by its fields `NAME BITS KIND [SCALE] COLUMN [if N]`, by `spare BITS`, or by the items of a compound. `extend` is
the bit that tells whether another part of an extended item, or another element of a chained one, follows. A field `if N` counts
only where the bit before it is N; `also` reads the bits of the field before once more. Kinds: raw (a code or flag), unsigned and
signed numbers, octal, icao and ascii text. The unit of a scaled number is the end of its column's name.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Literal

CATEGORIES = (1, 2, 21, 34, 48, 62, 65)
# every category that Eurocontrol has given a meaning; those not above are passed over by their length
ASSIGNED = frozenset(
    {*CATEGORIES, *range(3, 12), *range(15, 21), *range(23, 34), 63, 64, 150, 204, 205, 238, 239, 240, 241, 246, 247, 252}
)
RANDOM = "RFS"

Shape = Literal["fixed", "extended", "repeated", "chained", "compound", "explicit"]


@dataclass(frozen=True)
class Field:
    """Bits of a part and the column that they fill."""

    name: str  # as the standard abbreviates it, with a dot inside a nested group
    column: str
    offset: int  # bits, from the part's first octet
    bits: int
    kind: str
    scale: float | None  # unit of the last bit, None where the number is not scaled
    when: int | None  # value of the bit before it that makes it valid, None: always


@dataclass(frozen=True)
class Part:
    """A run of whole octets that is there or not as one."""

    number: int  # among the layout's parts
    table: str  # the table that its columns stand in, "" for the category's own
    octets: int
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Item:
    """A data item, or an item of a compound one."""

    name: str
    shape: Shape
    parts: tuple[Part, ...] = ()
    items: tuple["Item | None", ...] = ()  # of a compound item; None is a bit that may not be set
    length_octets: int = 0  # of the FSPEC of a compound at most, or of the count of a repeated item


@dataclass(frozen=True)
class Uap:
    """The order of items in a record."""

    name: str
    length_octets: int  # of the FSPEC at most
    items: tuple[Item | Literal["RFS"] | None, ...]


@dataclass(frozen=True)
class Layout:
    """A category: its orders of items, all parts by number, and the columns of each table with the kind of what they hold."""

    category: int
    edition: str
    uaps: tuple[Uap, ...]
    items: dict[str, Item]
    parts: tuple[Part, ...]
    tables: dict[str, dict[str, Field]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Such as cat048."""
        return f"cat{self.category:03d}"


class _Reader:
    """Reads the indented lines of one file."""

    def __init__(self, text: str) -> None:
        lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        self.lines = [((len(line) - len(line.lstrip())) // 2, line.split()) for line in lines]
        self.at = 0
        self.parts: list[Part] = []

    def inside(self, depth: int) -> bool:
        return self.at < len(self.lines) and self.lines[self.at][0] > depth

    def item(self) -> Item:
        """The item whose heading is the next line."""
        depth, (name, shape, *rest) = self.lines[self.at]
        self.at += 1
        if shape == "compound":
            items: list[Item | None] = []
            while self.inside(depth):
                if self.lines[self.at][1] == ["none"]:
                    items.append(None)
                    self.at += 1
                else:
                    items.append(self.item())
            return Item(name, "compound", items=tuple(items), length_octets=int(rest[0]))
        table = rest[-1] if shape in ("repeated", "chained") else ""
        parts = self.fields(depth, table)
        if shape not in ("fixed", "extended", "repeated", "chained", "explicit"):
            raise ValueError(f"an item cannot be {shape}")
        return Item(name, shape, parts, length_octets=int(rest[0]) if shape == "repeated" else 0)  # type: ignore[arg-type]

    def fields(self, depth: int, table: str) -> tuple[Part, ...]:
        """The parts below a heading: each `extend` ends one."""
        parts: list[Part] = []
        fields: list[Field] = []
        bit = 0
        while self.inside(depth):
            words = self.lines[self.at][1]
            self.at += 1
            if words[0] == "spare":
                bit += int(words[1])
            elif words[0] == "extend":
                bit += 1
            else:
                again = words[0] == "also"
                new = _field(words[again:], fields[-1].offset if again else bit)
                fields.append(new)
                bit = new.offset + new.bits
            if words[0] == "extend" or (bit and not self.inside(depth)):
                if bit % 8:
                    raise ValueError(f"{words}: {bit} bits are not whole octets")
                parts.append(Part(len(self.parts), table, bit // 8, tuple(fields)))
                self.parts.append(parts[-1])
                fields, bit = [], 0
        return tuple(parts)


def _field(words: list[str], offset: int) -> Field:
    when = None
    if words[-2] == "if":
        when, words = int(words[-1]), words[:-2]
    name, bits, kind, *scale, column = words
    return Field(name, column, offset, int(bits), kind, float(Fraction(scale[0])) if scale else None, when)


@cache
def layout(category: int) -> Layout:
    """The layout of one of CATEGORIES."""
    reader = _Reader((files(__package__) / f"cat{category:03d}.txt").read_text(encoding="utf-8"))
    edition, orders, items = "", [], {}
    while reader.at < len(reader.lines):
        words = reader.lines[reader.at][1]
        if words[0] in ("category", "edition", "uap"):
            edition = words[1] if words[0] == "edition" else edition
            orders += [words[1:]] if words[0] == "uap" else []
            reader.at += 1
        else:
            item = reader.item()
            items[item.name] = item
    uaps = tuple(Uap(name, int(octets), tuple(_ordered(items, word) for word in order)) for name, octets, *order in orders)
    tables: dict[str, dict[str, Field]] = {"": {}}
    for part in reader.parts:
        tables.setdefault(part.table, {}).update({f.column: f for f in part.fields})
    return Layout(category, edition, uaps, items, tuple(reader.parts), tables)


def _ordered(items: dict[str, Item], word: str) -> Item | Literal["RFS"] | None:
    if word == RANDOM:
        return "RFS"
    return None if word == "-" else items[word]
