"""Records of the FINAL recording format: a header of eight octets, data, and four octets 0xA5.

The header holds the record's length (two octets, all of it), board, line, recording day, and the time of day in 10 ms (three octets).
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

Note = Callable[[int, int, str], None]

HEADER, PADDING = 8, b"\xa5\xa5\xa5\xa5"
RECORD_MOST = 65535
READ = 1 << 20  # octets


class FinalRecord(NamedTuple):
    """One record."""

    time: float  # s of the day
    offset: int  # octets from the file's beginning to its data
    data: bytes


def length_at(data: bytes, at: int) -> int:
    """Length of the record that begins at `at`, 0 if none does."""
    if at + HEADER > len(data):
        return 0
    length = data[at] << 8 | data[at + 1]
    return length if length > HEADER + len(PADDING) and data[at + length - 4 : at + length] == PADDING else 0


def records(file: BinaryIO, note: Note) -> Iterator[FinalRecord]:
    """The records of a file; `note` is told of damaged places."""
    buffer, at, offset, lost = b"", 0, 0, -1
    while True:
        if len(buffer) - at < 2 * RECORD_MOST:
            offset += at
            buffer, at = buffer[at:] + file.read(READ), 0
        if at >= len(buffer):
            break
        length = length_at(buffer, at)
        if not length:
            lost = offset + at if lost < 0 else lost
            at += 1
            continue
        if lost >= 0:
            note(lost, offset + at - lost, "bad record")
            lost = -1
        time = int.from_bytes(buffer[at + 5 : at + 8], "big") / 100.0
        yield FinalRecord(time, offset + at + HEADER, buffer[at + HEADER : at + length - 4])
        at += length
    if lost >= 0:
        note(lost, offset + at - lost, "bad record")
