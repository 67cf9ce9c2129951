"""Recordings of ASTERIX in any framing, as tables of columns, piece by piece so that memory does not grow with the file.

    for tables in asterix.read("radar.pcap"):
        tables["cat048"]["rho_nm"]
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from dowding.errors import RecordingError
from dowding.formats import captures, final
from dowding.formats.asterix.blocks import CUT, BlockWalker
from dowding.formats.asterix.columns import Columns, missing, tabulate
from dowding.formats.asterix.layout import CATEGORIES, Field, layout
from dowding.formats.damage import Losses
from dowding.formats.datagrams import Unwrapper

Framing = Literal["auto", "raw", "pcap", "final"]
CHUNK = 1 << 20  # octets that are decoded at a time
PAD = bytes(8)  # what is read past the last record is zero


@dataclass
class _Chunk:
    """Payloads side by side: where each begins in the data and in the file, and when it was received."""

    data: bytes
    starts: list[int]
    offsets: list[int]
    times: list[float]


class Recording:
    """A recording that is being read, or has been: iterate once for its tables, a piece of the file at a time.

    `losses` and the counts are those of what has been read so far. Raises RecordingError if the file cannot be opened.
    """

    def __init__(self, path: Path | str, categories: Sequence[int], framing: Framing, chunk: int, port: int | None) -> None:
        self.path = Path(path)
        unknown = [category for category in categories if category not in CATEGORIES]
        if unknown:
            known = ", ".join(str(category) for category in CATEGORIES)
            raise RecordingError(f"category {unknown[0]} is not decoded", hint=f"decoded are {known}")
        self.losses = Losses()
        self.records: Counter[str] = Counter()  # by table
        self.others: Counter[str] = Counter()  # packets without a datagram, by what they hold
        self.tables: dict[str, Columns] = {}  # of the whole file, once `load` has read it
        self._chunk = chunk
        self._port = port
        self._base = 0  # file offset less place in the data, of the payload that is walked
        self._categories = frozenset(categories)
        self._walker = BlockWalker(self._note)
        self.framing = detect(self.path) if framing == "auto" else framing

    @property
    def blocks(self) -> Counter[int]:
        """Whole blocks by category."""
        return +self._walker.blocks

    def _note(self, at: int, octets: int, reason: str) -> None:
        self.losses.add(at + self._base, octets, reason)

    def __iter__(self) -> Iterator[dict[str, Columns]]:
        with opened(self.path) as file:
            chunks: Callable[[BinaryIO], Iterator[_Chunk]] = {"raw": self._raw, "pcap": self._pcap, "final": self._final}[self.framing]
            for chunk in chunks(file):
                if tables := self._tabulated(chunk):
                    yield tables

    def _raw(self, file: BinaryIO) -> Iterator[_Chunk]:
        rest, offset, is_last = b"", 0, False
        while not is_last:
            more = file.read(self._chunk)
            is_last = len(more) < self._chunk
            data = rest + more + PAD
            size = len(data) - len(PAD)
            self._base = offset
            done = self._walker.walk(data, 0, size, last=is_last)
            yield _Chunk(data, [0], [offset], [np.nan])
            rest, offset = data[done:size], offset + done

    def _joined(self, payloads: Iterator[tuple[float, int, bytes]]) -> Iterator[_Chunk]:
        """Payloads, each of them whole blocks, side by side."""
        parts: list[tuple[float, int, bytes]] = []
        size = 0
        for payload in payloads:
            parts.append(payload)
            size += len(payload[2])
            if size >= self._chunk:
                yield self._walked(parts)
                parts, size = [], 0
        if parts:
            yield self._walked(parts)

    def _walked(self, parts: list[tuple[float, int, bytes]]) -> _Chunk:
        data = b"".join([part[2] for part in parts]) + PAD
        starts, at = [], 0
        for _, offset, payload in parts:
            starts.append(at)
            self._base = offset - at
            self._walker.walk(data, at, at + len(payload))
            at += len(payload)
        return _Chunk(data, starts, [part[1] for part in parts], [part[0] for part in parts])

    def _pcap(self, file: BinaryIO) -> Iterator[_Chunk]:
        unwrapper = Unwrapper(self.losses.add)
        self.others = unwrapper.others

        def payloads() -> Iterator[tuple[float, int, bytes]]:
            for packet in captures.packets(file, self.losses.add):
                datagram = unwrapper.datagram(packet)
                if datagram is None or (self._port is not None and datagram.port != self._port):
                    continue
                if datagram.data:
                    yield datagram.time, datagram.offset, datagram.data
                elif datagram.is_cut:
                    self.losses.add(datagram.offset, 0, CUT)
            unwrapper.close()

        return self._joined(payloads())

    def _final(self, file: BinaryIO) -> Iterator[_Chunk]:
        return self._joined((record.time, record.offset, record.data) for record in final.records(file, self.losses.add))

    def _tabulated(self, chunk: _Chunk) -> dict[str, Columns]:
        octets = np.frombuffer(chunk.data, np.uint8)
        begins, offsets, times = np.array(chunk.starts), np.array(chunk.offsets), np.array(chunk.times)
        out: dict[str, Columns] = {}
        for category, found in self._walker.starts.items():
            starts = np.array(found)
            found.clear()
            if category not in self._categories or not len(starts):
                continue
            name = layout(category).name
            payload = np.searchsorted(begins, starts, "right") - 1
            where = {"offset": starts - begins[payload] + offsets[payload], "received_s": times[payload]}
            for table, columns in tabulate(layout(category), chunk.data, octets, starts).items():
                if table:
                    columns["record"] += self.records[name]
                    out[f"{name}_{table}"] = columns
                else:
                    out[name] = where | columns
            for table in out:
                if table.startswith(f"{name}_"):
                    self.records[table] += len(out[table]["record"])
            self.records[name] += len(starts)
        return out


def read(
    path: Path | str, *, categories: Sequence[int] = CATEGORIES, framing: Framing = "auto", chunk: int = CHUNK, port: int | None = None
) -> Recording:
    """A recording to be read piece by piece; iterating gives dicts of tables, as columns.

    framing: raw data blocks, pcap (also pcapng), or final; found out if left to auto. port: of a capture, only datagrams sent to that
    UDP port. chunk: octets decoded at a time. Tables are named cat048 and so on, those of repeated items cat048_mode_s and so on, with a
    column `record` that counts the rows of cat048 from the beginning of the file. Columns that no record of a piece fills are left
    out. `offset` is where a record begins in the file, `received_s` when it was captured (pcap: s after 1970; final: s of the day).
    Raises RecordingError.
    """
    return Recording(path, categories, framing, chunk, port)


def load(
    path: Path | str, *, categories: Sequence[int] = CATEGORIES, framing: Framing = "auto", chunk: int = CHUNK, port: int | None = None
) -> Recording:
    """A whole recording in memory: see `read`; its `tables` have every column that any record fills. Raises RecordingError."""
    recording = read(path, categories=categories, framing=framing, chunk=chunk, port=port)
    pieces: dict[str, list[Columns]] = {}
    for tables in recording:
        for name, columns in tables.items():
            pieces.setdefault(name, []).append(columns)
    recording.tables = {name: _joined(name, parts) for name, parts in pieces.items()}
    return recording


def _joined(name: str, parts: list[Columns]) -> Columns:
    """Columns of all pieces; where a piece lacks one, missing values."""
    fields = layout(int(name[3:6])).tables[name[7:]]
    order = [column for column in ("offset", "received_s", "record", *fields) if any(column in part for part in parts)]
    lengths = [len(next(iter(part.values()))) for part in parts]
    return {
        column: np.concatenate([part.get(column, _absent(fields, column, n)) for part, n in zip(parts, lengths, strict=True)])
        for column in order
    }


def _absent(fields: dict[str, Field], column: str, count: int) -> NDArray[Any]:
    return missing(fields[column], count) if column in fields else np.zeros(count)


def opened(path: Path) -> BinaryIO:
    """A file for reading; RecordingError if it is not there."""
    try:
        return path.open("rb")
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror})") from None


def detect(path: Path) -> Framing:
    """The framing of a file, by its first octets."""
    with opened(path) as file:
        head = file.read(2 * final.RECORD_MOST)
    if head[:4] in captures.CLASSIC or head[:4] == captures.NEXT_GENERATION:
        return "pcap"
    length = final.length_at(head, 0)
    if length and (length == len(head) or final.length_at(head, length)):
        return "final"
    return "raw"
