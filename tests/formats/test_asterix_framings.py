"""The same records come out of every framing, with their times and places in the file; memory does not grow with it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recordings import blocks, ethernet, final, fragments, pcap, pcapng, plot

from dowding.errors import RecordingError
from dowding.formats import asterix
from dowding.formats.asterix.layout import CATEGORIES, Item, Part, layout
from dowding.formats.asterix.writing import data_block

PAYLOADS = [b"".join(blocks(3, seed=k)) for k in range(12)]
FRAMES = [ethernet(p) for p in PAYLOADS]
FRAMINGS = {
    "raw": b"".join(PAYLOADS),
    "final": final(PAYLOADS),
    "pcap": pcap(FRAMES),
    "pcap, the other octet order": pcap(FRAMES, order=">"),
    "pcap of nanoseconds": pcap(FRAMES, nano=True),
    "pcapng": pcapng(FRAMES),
    "pcapng, the other octet order": pcapng(FRAMES, order=">"),
    "pcapng of nanoseconds": pcapng(FRAMES, nano=True),
    "a VLAN tag": pcap([ethernet(p, vlan=1) for p in PAYLOADS]),
    "two VLAN tags": pcap([ethernet(p, vlan=2) for p in PAYLOADS]),
    "IPv4 options": pcap([ethernet(p, options=bytes([1] * 8)) for p in PAYLOADS]),
    "IPv6": pcap([ethernet(p, version=6) for p in PAYLOADS]),
    "IPv6 with an extension": pcap([ethernet(p, version=6, options=b"x") for p in PAYLOADS]),
    "fragments": pcap([f for k, p in enumerate(PAYLOADS) for f in fragments(p, 64, k)]),
    "fragments in disorder": pcap([f for k, p in enumerate(PAYLOADS) for f in fragments(p, 64, k)[::-1]]),
    "raw IP": pcap([frame[14:] for frame in FRAMES], link=101),
    "Linux cooked": pcap([bytes(2) + frame for frame in FRAMES], link=113),
}


def loaded(folder: Path, octets: bytes, **options: Any) -> asterix.Recording:
    (folder / "recording").write_bytes(octets)
    return asterix.load(folder / "recording", **options)


@pytest.mark.parametrize("name", FRAMINGS)
def test_every_framing_gives_the_same_records(name: str, tmp_path: Path) -> None:
    expected = loaded(tmp_path, FRAMINGS["raw"], framing="raw").tables
    recording = loaded(tmp_path, FRAMINGS[name])
    assert recording.losses.facts()["damaged"] == 0
    assert recording.framing == {"raw": "raw", "final": "final"}.get(name, "pcap")
    assert set(recording.tables) == set(expected)
    for table, columns in expected.items():
        for column, values in columns.items():
            if column not in ("offset", "received_s"):
                assert np.array_equal(recording.tables[table][column], values, equal_nan=values.dtype.kind == "f"), (table, column)


@pytest.mark.parametrize("name", ["raw", "final", "pcap", "pcapng", "a VLAN tag", "IPv6 with an extension"])
def test_offsets_lead_to_the_records(name: str, tmp_path: Path) -> None:
    recording = loaded(tmp_path, FRAMINGS[name])
    spec = layout(48)
    for offset, sic, sac in zip(*(recording.tables["cat048"][c] for c in ("offset", "sic", "sac")), strict=True):
        record = FRAMINGS[name][offset : offset + 6]
        assert spec.name == "cat048"
        start = next(k for k, octet in enumerate(record) if not octet & 1) + 1
        assert (record[start], record[start + 1]) == (sac, sic)


@pytest.mark.parametrize("name", ["pcap", "pcap of nanoseconds", "pcapng", "pcapng of nanoseconds"])
def test_times_of_capture(name: str, tmp_path: Path) -> None:
    times = np.unique(loaded(tmp_path, FRAMINGS[name]).tables["cat048"]["received_s"])
    assert times == pytest.approx(1.6e9 + np.arange(12) / 4, abs=1e-6)


def test_times_of_final_records(tmp_path: Path) -> None:
    assert np.unique(loaded(tmp_path, FRAMINGS["final"]).tables["cat048"]["received_s"]) == pytest.approx(3600 + np.arange(12) / 4)


@pytest.mark.parametrize("chunk", [64, 1000, 5000])
def test_pieces_of_any_size_give_the_same(chunk: int, tmp_path: Path) -> None:
    for name in ("raw", "pcap", "final"):
        whole, pieces = loaded(tmp_path, FRAMINGS[name]).tables, loaded(tmp_path, FRAMINGS[name], chunk=chunk).tables
        for column, values in whole["cat048"].items():
            assert np.array_equal(pieces["cat048"][column], values, equal_nan=values.dtype.kind == "f")


def test_a_port_picks_datagrams(tmp_path: Path) -> None:
    frames = [ethernet(data_block(48, [plot(k)]), port=8600 + k % 2) for k in range(10)]
    assert loaded(tmp_path, pcap(frames), port=8601).records["cat048"] == 5


def test_other_traffic_is_counted(tmp_path: Path) -> None:
    arp, tcp = bytes(12) + b"\x08\x06" + bytes(28), bytearray(ethernet(b"x"))
    tcp[23] = 6
    recording = loaded(tmp_path, pcap([arp, bytes(tcp), *FRAMES]))
    assert dict(recording.others) == {"not IP": 1, "not UDP": 1}
    assert recording.losses.total == 0


def test_only_the_categories_asked_for(tmp_path: Path) -> None:
    recording = loaded(tmp_path, FRAMINGS["raw"], categories=(62,))
    assert set(recording.tables) == {"cat062"}
    assert recording.losses.total == 0


def test_a_category_that_is_not_decoded(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="category 63 is not decoded\nhint: decoded are 1, 2, 21, 34, 48, 62, 65"):
        loaded(tmp_path, b"", categories=(63,))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"nothing\.raw: cannot be read \(No such file or directory\)"):
        asterix.load(tmp_path / "nothing.raw")


MEASURE = """
import sys
from dowding.formats import asterix
rows = sum(len(tables["cat048"]["sac"]) for tables in asterix.read(sys.argv[1], chunk=1 << 17) if "cat048" in tables)
print(rows, next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read there")
@pytest.mark.parametrize("name", ["raw", "pcap", "final"])
def test_memory_does_not_grow_with_the_file(name: str, tmp_path: Path) -> None:
    payloads = blocks(300)
    make = {"raw": b"".join, "final": final, "pcap": lambda ps: pcap([ethernet(p) for p in ps])}[name]
    piece, head = make(payloads), 24 if name == "pcap" else 0
    found = []
    for times in (60, 300):
        path = tmp_path / f"{times}.rec"
        path.write_bytes(piece[:head] + piece[head:] * times)
        said = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True).stdout.split()
        found.append([int(word) for word in said])
    (few, small), (many, large) = found
    assert many == 5 * few
    assert many > 200_000
    assert large - small < 5_000, (small, large)  # kilobytes; the whole would take 100 MB more


def parts_of(item: Item) -> Iterator[Part]:
    """Its parts, and those of the items in it; not those of repeated ones."""
    if item.shape in ("fixed", "extended"):
        yield from item.parts
    for inner in item.items:
        if inner is not None:
            yield from parts_of(inner)


@pytest.mark.parametrize("category", CATEGORIES)
def test_what_is_written_is_read(category: int, tmp_path: Path) -> None:
    """Each column of each category but those of repeated items, one at a time and all together."""
    spec = layout(category)
    texts = {"octal": "7301", "icao": "DLH65A", "ascii": "EDD"}

    def value(field: Any) -> Any:
        if field.kind in texts:
            return texts[field.kind][: 1 if field.bits == 8 else 9]
        if field.column.endswith("_im"):
            return 0  # an air speed in knots
        return 1 if field.scale is None else -field.scale if field.kind == "signed" else field.scale

    rows = [{"sac": 1, "sic": 2, column: value(field)} for column, field in spec.tables[""].items() if field.when != 1]
    for uap in spec.uaps:
        mine = {f.column for item in uap.items if item not in (None, "RFS") for part in parts_of(item) for f in part.fields}
        rows.append({c: value(f) for c, f in spec.tables[""].items() if f.when != 1 and c in mine})
        if category == 1:
            rows[-1]["report_typ"] = spec.uaps.index(uap)
    table = loaded(tmp_path, b"".join(data_block(category, [row]) for row in rows), framing="raw").tables[spec.name]
    for k, row in enumerate(rows):
        for column, expected in row.items():
            assert table[column][k] == expected, (column, table[column][k], expected)
