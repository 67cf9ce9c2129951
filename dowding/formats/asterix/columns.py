"""Records into columns: first where each part of each record lies, for all records at once, then the fields of each part.

A missing number is NaN, a missing whole number or flag -1, a missing text "".
"""

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.formats.asterix.layout import Field, Item, Layout, Part, Uap
from dowding.formats.asterix.records import random_fields, variant

Octets = NDArray[np.uint8]
Rows = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

_OCTAL = np.array([f"{k:04o}" for k in range(4096)])
_ICAO = np.zeros(64, np.uint32)  # the six-bit alphabet of callsigns as code points; 0 means no character
_ICAO[1:27] = np.arange(ord("A"), ord("Z") + 1)
_ICAO[0x20] = ord(" ")
_ICAO[0x30:0x3A] = np.arange(ord("0"), ord("9") + 1)


class Places:
    """Where parts of records lie: for each part's number, pieces of (row, octet)."""

    def __init__(self, data: bytes, octets: Octets) -> None:
        self.data = data
        self.octets = octets
        self.found: defaultdict[int, list[tuple[Rows, Rows]]] = defaultdict(list)

    def order(self, uap: Uap, rows: Rows, at: Rows) -> None:
        """Place the items of records of one order: `rows` (record,) their numbers, `at` (record,) their first octets."""
        fspec, place = self._fspec(at)
        for number, item in enumerate(uap.items):
            octet, bit = divmod(number, 7)
            if octet >= len(fspec) or item is None:
                continue
            mine = np.flatnonzero(fspec[octet] & (128 >> bit))
            if not len(mine):
                continue
            if item == "RFS":
                self._random(uap, rows, place, mine)
            else:
                place[mine] = self._item(item, rows[mine], place[mine])

    def _fspec(self, at: Rows) -> tuple[list[Octets], Rows]:
        """The octets of field specifications, zero where one is shorter, and where each ends."""
        octets: list[Octets] = []
        going: NDArray[np.bool_] = np.ones(len(at), bool)
        place = at.copy()
        while going.any():
            value = np.where(going, self.octets[place], 0)
            octets.append(value)
            place += going
            going = (value & 1) > 0
        return octets, place

    def _item(self, item: Item, rows: Rows, at: Rows) -> Rows:
        """Place one item of these rows; returns where it ends in each."""
        if item.shape == "fixed":
            self.found[item.parts[0].number].append((rows, at))
            return at + item.parts[0].octets
        if item.shape == "extended":
            return self._extended(item, rows, at)
        if item.shape == "chained":
            return self._chained(item.parts[0], rows, at)
        if item.shape == "repeated":
            count = self.octets[at].astype(np.int64)
            octets = item.parts[0].octets
            row = np.repeat(rows, count)
            nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
            self.found[item.parts[0].number].append((row, np.repeat(at + 1, count) + octets * nth))
            return at + 1 + octets * count
        if item.shape == "explicit":
            return at + self.octets[at]
        fspec, place = self._fspec(at)
        for number, inner in enumerate(item.items):
            octet, bit = divmod(number, 7)
            if octet < len(fspec) and inner is not None:
                mine = np.flatnonzero(fspec[octet] & (128 >> bit))
                if len(mine):
                    place[mine] = self._item(inner, rows[mine], place[mine])
        return place

    def _extended(self, item: Item, rows: Rows, at: Rows) -> Rows:
        """Parts follow as long as their last bits say so; parts that the edition does not know are stepped over."""
        end = at.copy()
        going = np.arange(len(rows))
        number = 0
        while len(going):
            place = end[going]
            if number < len(item.parts):
                self.found[item.parts[number].number].append((rows[going], place))
            end[going] = place + 1
            going = going[(self.octets[place] & 1) > 0]
            number += 1
        return end

    def _chained(self, part: Part, rows: Rows, at: Rows) -> Rows:
        """Elements follow as long as their last bits say so."""
        end = at.copy()
        going = np.arange(len(rows))
        pieces: list[tuple[Rows, Rows]] = []
        while len(going):
            place = end[going]
            pieces.append((rows[going], place))
            end[going] = place + part.octets
            going = going[(self.octets[place + part.octets - 1] & 1) > 0]
        row, place = (np.concatenate(column) for column in zip(*pieces, strict=True))
        order = np.argsort(row, kind="stable")
        self.found[part.number].append((row[order], place[order]))
        return end

    def _random(self, uap: Uap, rows: Rows, place: Rows, mine: Rows) -> None:
        """Items in random sequence are rare: one by one."""
        for k in mine:
            found, end = random_fields(self.data, int(place[k]), uap.items)
            for item, at in found:
                self._item(item, rows[k : k + 1], np.array([at]))
            place[k] = end


def tabulate(layout: Layout, data: bytes, octets: Octets, starts: Rows) -> dict[str, Columns]:
    """The tables of a category's records that begin at `starts` (record,): its own under "", and one for each repeated item.

    The tables of repeated items have a column `record`, the row in the category's table. A column that no record fills is left out.
    """
    places = Places(data, octets)
    rows = np.arange(len(starts))
    if len(layout.uaps) == 1:
        places.order(layout.uaps[0], rows, starts)
    else:
        chosen = _variants(data, starts)
        for number, uap in enumerate(layout.uaps):
            mine = np.flatnonzero(chosen == number)
            places.order(uap, mine, starts[mine])
    tables: dict[str, Columns] = {"": {}}
    for number, pieces in sorted(places.found.items()):
        part = layout.parts[number]
        row, at = pieces[0] if len(pieces) == 1 else (np.concatenate(column) for column in zip(*pieces, strict=True))
        if part.table:
            order = np.argsort(row, kind="stable")
            tables[part.table] = {"record": row[order]} | {
                column: values for f in part.fields for column, values in [(f.column, field_values(f, octets, at[order]))]
            }
            continue
        for f in part.fields:
            values = field_values(f, octets, at)
            if len(row) < len(starts) or len(pieces) > 1:
                filled = tables[""].get(f.column)
                column = missing(f, len(starts)) if filled is None else filled
                column[row] = values
                values = column
            tables[""][f.column] = values
    return tables


def _variants(data: bytes, starts: Rows) -> NDArray[np.int64]:
    """Number of each record's order of items."""
    chosen = np.zeros(len(starts), np.int64)
    for k, start in enumerate(starts.tolist()):
        place = start
        while data[place] & 1:
            place += 1
        chosen[k] = variant(data, place + 1, data[start])
    return chosen


def dtype_of(f: Field) -> Any:
    """The type of a column: the smallest that holds its values and what stands for a missing one."""
    if f.kind in ("octal", "icao", "ascii"):
        return np.dtype(f"U{f.bits // {'octal': 3, 'icao': 6, 'ascii': 8}[f.kind]}")
    if f.scale is not None or f.kind == "signed":
        return np.dtype(np.float64)
    return np.dtype(np.int8 if f.bits < 8 else np.int16 if f.bits < 16 else np.int32 if f.bits < 32 else np.int64)


def missing(f: Field, count: int) -> NDArray[Any]:
    """A column of so many missing values."""
    dtype = dtype_of(f)
    return np.full(count, "" if dtype.kind == "U" else np.nan if dtype.kind == "f" else -1, dtype)


def field_values(f: Field, octets: Octets, at: Rows) -> NDArray[Any]:
    """The values of a field of parts that begin at `at` (row,)."""
    if f.kind == "ascii":
        return _text(np.stack([octets[at + f.offset // 8 + k].astype(np.uint32) for k in range(f.bits // 8)], 1))
    raw = _bits(octets, at, f.offset, f.bits)
    values: NDArray[Any]
    if f.kind == "octal":
        values = _OCTAL[raw]
        return values
    if f.kind == "icao":
        return _text(np.stack([_ICAO[(raw >> shift) & 63] for shift in range(f.bits - 6, -1, -6)], 1))
    dtype = dtype_of(f)
    if dtype.kind != "f":
        return raw.astype(dtype)
    if f.kind == "signed":
        half = np.int64(1) << (f.bits - 1)
        raw = (raw.astype(np.int64) ^ half) - half
    values = raw.astype(np.float64) if f.scale is None else raw * f.scale
    if f.when is not None:
        values[_bits(octets, at, f.offset - 1, 1) != f.when] = np.nan
    return values


def _bits(octets: Octets, at: Rows, offset: int, bits: int) -> NDArray[Any]:
    """`bits` bits (56 at most) as unsigned numbers, from `offset` bits after the octet at which each row begins."""
    first, last = offset // 8, (offset + bits - 1) // 8
    right = 8 * (last + 1) - offset - bits
    value: NDArray[Any] = octets[at + first]
    if first == last:
        return (value >> right) & np.uint8(2**bits - 1) if bits < 8 else value
    dtype = np.uint32 if last - first < 4 else np.uint64
    value = value.astype(dtype)
    for k in range(first + 1, last + 1):
        value = (value << 8) | octets[at + k]
    return (value >> right) & dtype(2**bits - 1)


def _text(points: NDArray[np.uint32]) -> NDArray[Any]:
    """Rows of code points (row, character) as text; characters that do not exist are left out, spaces at the end too."""
    points = np.ascontiguousarray(points)
    blank = np.ones(len(points), bool)
    for k in range(points.shape[1] - 1, -1, -1):
        blank &= (points[:, k] == 0) | (points[:, k] == ord(" "))
        points[blank, k] = 0
    text = points.view(f"U{points.shape[1]}").ravel()
    holes = ((points[:, :-1] == 0) & (points[:, 1:] != 0)).any(axis=1)
    if holes.any():
        text[holes] = ["".join(chr(p) for p in row if p) for row in points[holes].tolist()]
    return text
