"""Every field of every category equals what libasterix reads, item by item and in random records."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libasterix_side import (
    EDITIONS,
    as_variant,
    block_of,
    fields_by_path,
    flat,
    item_classes,
    random_item,
    random_record,
    record_classes,
)

from dowding.formats import asterix
from dowding.formats.asterix.columns import missing
from dowding.formats.asterix.layout import CATEGORIES, layout
from dowding.formats.asterix.reading import Recording

EXPLICIT = ("RE", "SP")


def read_block(folder: Path, octets: bytes) -> Recording:
    (folder / "block.raw").write_bytes(octets)
    return asterix.load(folder / "block.raw", framing="raw")


def same(field: Any, ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, tuple):  # depends on the bit before
        _, case, value = theirs
        return bool(ours == value if field.when == case else np.isnan(ours))
    if isinstance(theirs, str):
        return str(ours) == theirs.replace("\0", "").rstrip(" ")  # characters that do not exist are left out
    return bool(ours == theirs)


def compare(category: int, records: list[Any], tables: dict[str, dict[str, Any]]) -> int:
    """Hold all columns against the records; returns how many values were compared, missing ones included."""
    spec, name = layout(category), layout(category).name
    paths, compared = fields_by_path(spec), 0
    # the field that comes first of two on the same bits
    both = {("380", "IAS", "IAS"): "aircraft_air_speed_kt", ("150", "AS"): "air_speed_kt"}
    for k, record in enumerate(records):
        expected = {path: value for path, value in flat(record).items() if path[0] not in EXPLICIT}
        assert set(expected) <= set(paths), set(expected) - set(paths)
        filled = set()
        for path, value in expected.items():
            table, field = paths[path]
            if field is None:
                compared += compare_rows(spec, tables.get(f"{name}_{table}"), table, k, value, paths)
                continue
            twins = [spec.tables[""][both[path]], field] if path in both else [field]
            for f in twins:
                filled.add(f.column)
                assert same(f, tables[name][f.column][k], value), (category, path, tables[name][f.column][k], value)
                compared += 1
        for column, field in spec.tables[""].items():
            if column not in filled and column in tables[name]:
                assert np.array_equal(tables[name][column][k : k + 1], missing(field, 1), equal_nan=tables[name][column].dtype.kind == "f")
                compared += 1
    return compared


def compare_rows(spec: Any, ours: Any, table: str, k: int, rows: list[Any], paths: dict[Any, Any]) -> int:
    mine = np.flatnonzero(ours["record"] == k) if ours is not None else []
    assert len(mine) == len(rows), (spec.category, table)
    for at, row in zip(mine, rows, strict=True):
        if table == "mode_s" and () in row:  # eight octets in one: the register's content and its two digits
            row = {("MBDATA",): row[()] >> 8, ("BDS1",): row[()] >> 4 & 15, ("BDS2",): row[()] & 15}
        assert len(row) == len(spec.tables[table])
        for path, value in row.items():
            assert same(paths[(table, *path)][1], ours[paths[(table, *path)][1].column][at], value), (spec.category, table, path)
    return len(rows)


def test_editions_are_those_that_libasterix_has() -> None:
    assert set(EDITIONS) == set(CATEGORIES)
    for category, theirs in EDITIONS.items():
        assert layout(category).edition == ".".join(str(part) for part in theirs.cv_edition)


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_item_and_field_is_described(category: int) -> None:
    spec = layout(category)
    for uap, record in zip(spec.uaps, record_classes(category).values(), strict=True):
        assert uap.length_octets == record.cv_fspec_max_bytes
        assert {item.name for item in uap.items if item not in (None, "RFS")} == set(item_classes(record))
    columns = [field.column for part in spec.parts if not part.table for field in part.fields]
    assert len(columns) == len(set(columns))


def cases() -> Iterator[tuple[int, str, str]]:
    for category in CATEGORIES:
        for order, record in record_classes(category).items():
            yield from ((category, order, name) for name in item_classes(record))


@pytest.mark.parametrize(("category", "order", "name"), list(cases()))
def test_an_item_equals_libasterix(category: int, order: str, name: str, tmp_path: Path) -> None:
    rng = random.Random(f"{category} {order} {name}")
    record = record_classes(category)[order]
    specs = item_classes(record)
    made = []
    for bits in ("zeros", "ones", *["random"] * (30 if name in ("380", "390", "295") else 12)):
        items = {"010": random_item(specs["010"], rng), name: random_item(specs[name], rng, bits)}
        if category == 1 and name == "020":
            items.pop("020")
        made.append(as_variant(record, items, rng))
    recording = read_block(tmp_path, block_of(category, made))
    assert recording.losses.total == 0
    assert recording.records[layout(category).name] == len(made)
    compare(category, made, recording.tables)


@pytest.mark.parametrize("category", CATEGORIES)
def test_random_records_equal_libasterix(category: int, tmp_path: Path) -> None:
    rng = random.Random(category)
    classes = list(record_classes(category).values())
    made = [random_record(rng.choice(classes), rng, rng.choice((0.1, 0.5, 0.9))) for _ in range(120)]
    recording = read_block(tmp_path, b"".join(block_of(category, made[k : k + 7]) for k in range(0, len(made), 7)))
    assert recording.losses.total == 0
    assert compare(category, made, recording.tables) > 120 * 5


def test_random_field_sequencing_is_read(tmp_path: Path) -> None:
    """Category 002: north marker whose time and period come in random sequence."""
    record = record_classes(2)["record"]
    made = record._create({"010": 0x1907, "000": 1}, [("041", 512), ("030", 128 * 3600)])
    recording = read_block(tmp_path, block_of(2, [made, made]))
    assert recording.losses.total == 0
    assert recording.tables["cat002"]["time_of_day_s"].tolist() == [3600.0, 3600.0]
    assert recording.tables["cat002"]["antenna_period_s"].tolist() == [4.0, 4.0]


def test_parts_that_a_later_edition_adds_are_stepped_over(tmp_path: Path) -> None:
    """Nine octets of the target report descriptor, where the edition has seven."""
    record = bytes([0b1110_0000, 25, 201, 0, 128, 0, 0xA1, *[1] * 7, 0])
    block = bytes([48, 0, 3 + len(record)]) + record
    recording = read_block(tmp_path, block)
    assert recording.losses.total == 0
    assert recording.tables["cat048"]["report_typ"].tolist() == [5]
    assert recording.tables["cat048"]["time_of_day_s"].tolist() == [256.0]


def test_reserved_and_special_fields_are_skipped_by_their_length(tmp_path: Path) -> None:
    record = record_classes(48)["record"]
    specs = item_classes(record)
    rng = random.Random(3)
    made = [
        record.create({"010": random_item(specs["010"], rng), "SP": specs["SP"].create(b"x" * n), "RE": specs["RE"].create(b"y" * n)})
        for n in (0, 1, 254)
    ]
    recording = read_block(tmp_path, block_of(48, made))
    assert (recording.losses.total, recording.records["cat048"]) == (0, 3)
