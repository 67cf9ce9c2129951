"""Writes ASTERIX records from values by column: what `read` gives back. For examples and tests; all of it is marked as simulation.

Repeated items, random fields and the reserved and special fields are not written.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from dowding.errors import RecordingError
from dowding.formats.asterix.layout import Field, Item, Layout, Part, Uap, layout

BLOCK_MOST = 65535
# the column whose value 1 says that a record is of a simulated target; a category without one is a service message
SIMULATED = {1: "report_sim", 21: "report_sim", 48: "report_sim", 62: "track_sim"}


def data_block(category: int, records: Iterable[Mapping[str, Any]]) -> bytes:
    """A data block with records of these values by column, marked as simulation. Raises RecordingError.

    A column that a record leaves out, or whose value is None, is not sent; one that is sent brings the rest of its item, as zeros.
    """
    spec = layout(category)
    body = b"".join(record_octets(spec, record) for record in records)
    if len(body) + 3 > BLOCK_MOST:
        raise RecordingError(f"a block of category {category} has {len(body) + 3} octets, allowed are {BLOCK_MOST}", hint="make several")
    return bytes([category]) + (len(body) + 3).to_bytes(2, "big") + body


def record_octets(spec: Layout, values: Mapping[str, Any]) -> bytes:
    """One record."""
    given = {column: value for column, value in values.items() if value is not None}
    if spec.category in SIMULATED:
        given[SIMULATED[spec.category]] = 1
    unknown = set(given) - set(spec.tables[""])
    if unknown:
        raise RecordingError(f"category {spec.category} has no column {sorted(unknown)[0]}")
    uap = _order(spec, given)
    items = [_item(item, given) if isinstance(item, Item) else b"" for item in uap.items]
    return _fspec([bool(octets) for octets in items]) + b"".join(items)


def _order(spec: Layout, given: dict[str, Any]) -> Uap:
    """The order of items: of category 001 that of the type given, or the first that has all columns, whose type is then sent."""
    if len(spec.uaps) == 1:
        return spec.uaps[0]
    for number, uap in enumerate(spec.uaps):
        columns = {f.column for item in uap.items if isinstance(item, Item) for part in item.parts for f in part.fields}
        if given.get("report_typ", number) == number and set(given) <= columns:
            given["report_typ"] = number
            return uap
    raise RecordingError(f"no record of category {spec.category} has all of the columns {', '.join(sorted(given))}")


def _fspec(present: list[bool]) -> bytes:
    """A field specification as short as can be."""
    last = max((k for k, there in enumerate(present) if there), default=0)
    octets = bytearray(last // 7 + 1)
    for k, there in enumerate(present[: last + 1]):
        octets[k // 7] |= (128 >> k % 7) if there else 0
    for k in range(len(octets) - 1):
        octets[k] |= 1
    return bytes(octets)


def _item(item: Item, given: Mapping[str, Any]) -> bytes:
    """An item, nothing if no value of it is given."""
    if item.shape == "compound":
        inner = [_item(one, given) if one is not None else b"" for one in item.items]
        return _fspec([bool(octets) for octets in inner]) + b"".join(inner) if any(inner) else b""
    if item.shape == "fixed":
        part = item.parts[0]
        return _part(part, given, 0) if _is_given(part, given) else b""
    if item.shape == "extended":
        count = max((k + 1 for k, part in enumerate(item.parts) if _is_given(part, given)), default=0)
        return b"".join(_part(part, given, int(k < count - 1)) for k, part in enumerate(item.parts[:count]))
    return b""


def _is_given(part: Part, given: Mapping[str, Any]) -> bool:
    return any(field.column in given for field in part.fields)


def _part(part: Part, given: Mapping[str, Any], more: int) -> bytes:
    """The octets of a part; `more` is its last bit where that says whether another follows."""
    value = more
    for field in part.fields:
        if field.column in given:
            raw = _raw(field, given[field.column])
            if not 0 <= raw < 1 << field.bits:
                raise RecordingError(f"{field.column} is {given[field.column]}, which {field.bits} bits do not hold")
            value |= raw << (8 * part.octets - field.offset - field.bits)
            if field.when:
                value |= 1 << (8 * part.octets - field.offset)
    return value.to_bytes(part.octets, "big")


def _raw(field: Field, value: Any) -> int:
    """A value as the bits that stand for it."""
    if field.kind == "octal":
        return int(str(value), 8)
    if field.kind == "ascii":
        return int.from_bytes(str(value).ljust(field.bits // 8).encode("latin-1"), "big")
    if field.kind == "icao":
        raw = 0
        for letter in str(value).upper().ljust(field.bits // 6):
            raw = raw << 6 | (ord(letter) - 64 if letter.isalpha() else ord(letter) & 63)
        return raw
    number = round(value / field.scale) if field.scale is not None else int(value)
    if field.kind == "signed" and -(1 << (field.bits - 1)) <= number < 0:
        number += 1 << field.bits
    return number
