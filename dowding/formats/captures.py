"""Packets of network captures, PCAP and PCAPNG, either octet order: when, where in the file, and the datagram inside.

Damaged places are noted and the next packet is looked for. Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng; RFC 791, 768,
8200; IEEE 802.1Q; the link types of tcpdump.org.
"""

import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

Note = Callable[[int, int, str], None]

CLASSIC = {
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
}
NEXT_GENERATION = b"\x0a\x0d\x0d\x0a"
SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, PACKET = 0x0A0D0D0A, 1, 2, 3, 6
PACKET_MOST = 262_144  # octets: the longest that capture programs take
BLOCK_MOST = 16 * 2**20  # octets of a pcapng block
CUT, HEADER = "cut off", "bad packet header"
SEARCHED = 1 << 20  # octets looked at for the next packet at a time


class Packet(NamedTuple):
    """A captured packet."""

    time: float  # s after 1970, NaN if not recorded
    offset: int  # octets from the file's beginning to its data
    link: int  # link type
    data: bytes


class _Stream:
    """A file read forward, with a look ahead."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.buffer = b""
        self.at = 0  # in the buffer
        self.offset = 0  # of the buffer in the file

    @property
    def place(self) -> int:
        """Octets from the file's beginning."""
        return self.offset + self.at

    def peek(self, count: int) -> bytes:
        """The next octets, fewer only at the end."""
        if len(self.buffer) - self.at < count:
            more = self.file.read(max(count, SEARCHED))
            self.offset += self.at
            self.buffer = self.buffer[self.at :] + more
            self.at = 0
        return self.buffer[self.at : self.at + count]

    def skip(self, count: int) -> None:
        self.at += count


def packets(file: BinaryIO, note: Note) -> Iterator[Packet]:
    """The packets of a PCAP or PCAPNG file; `note` is told of damaged places."""
    stream = _Stream(file)
    if stream.peek(4) == NEXT_GENERATION:
        yield from _next_generation(stream, note)
    else:
        yield from _classic(stream, note)


def _classic(stream: _Stream, note: Note) -> Iterator[Packet]:
    order, tick = CLASSIC[stream.peek(4)]
    head = stream.peek(24)
    if len(head) < 24:
        note(0, len(head), CUT)
        return
    link = struct.unpack(order + "I", head[20:24])[0] & 0xFFFF
    stream.skip(24)
    header = struct.Struct(order + "4I")
    clock = -1
    while len(head := stream.peek(16)) == 16:
        seconds, fraction, count, length = header.unpack(head)
        if not _is_sound(seconds, fraction, count, length, tick, clock):
            _search(stream, note, partial(_classic_at, header=header, tick=tick, clock=clock))
            continue
        data = stream.peek(16 + count)[16:]
        if len(data) < count:
            note(stream.place, 16 + len(data), CUT)
            stream.skip(16 + len(data))
            yield Packet(seconds + fraction * tick, stream.place - len(data), link, data)
            return
        yield Packet(seconds + fraction * tick, stream.place + 16, link, data)
        clock = seconds
        stream.skip(16 + count)
    if head:
        note(stream.place, len(head), CUT)


def _is_sound(seconds: int, fraction: int, count: int, length: int, tick: float, clock: int) -> bool:
    """Whether a packet header makes sense; `clock` is the second of the packet before, -1 if there was none."""
    near = clock < 0 or abs(seconds - clock) < 30 * 86_400
    return count <= length and count <= PACKET_MOST and length < 2**24 and fraction * tick < 1.0 and near


def _classic_at(ahead: bytes, header: struct.Struct, tick: float, clock: int) -> int:
    """Where in `ahead` a packet header stands that another follows, -1 if nowhere."""
    for at in range(1, len(ahead) - 15):
        seconds, fraction, count, length = header.unpack_from(ahead, at)
        if not (count >= 14 and _is_sound(seconds, fraction, count, length, tick, clock)):
            continue
        following = at + 16 + count
        if following == len(ahead):
            return at
        if following + 16 > len(ahead):
            continue
        after = header.unpack_from(ahead, following)
        if _is_sound(after[0], after[1], after[2], after[3], tick, seconds):
            return at
    return -1


def _search(stream: _Stream, note: Note, find: Callable[[bytes], int]) -> None:
    """Note the damage and go on where `find` finds a packet."""
    start = stream.place
    while ahead := stream.peek(SEARCHED + PACKET_MOST):
        found = find(ahead)
        if found >= 0 or len(ahead) < SEARCHED + PACKET_MOST:
            stream.skip(found if found >= 0 else len(ahead))
            break
        stream.skip(SEARCHED)
    note(start, stream.place - start, HEADER)


def _next_generation(stream: _Stream, note: Note) -> Iterator[Packet]:
    order = "<"
    interfaces: list[tuple[int, float]] = []  # link type and tick in s
    while len(head := stream.peek(12)) == 12:
        if head[:4] == NEXT_GENERATION:
            order = "<" if head[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, length = struct.unpack(order + "2I", head[:8])
        block = stream.peek(length) if 12 <= length <= BLOCK_MOST and length % 4 == 0 else b""
        if len(block) < length or block[-4:] != head[4:8]:
            if block and len(block) < length and not _block_at(block, order):
                note(stream.place, len(block), CUT)
                return
            _search(stream, note, partial(_block_at_or_none, order=order))
            continue
        if kind == INTERFACE:
            interfaces.append((struct.unpack(order + "H", block[8:10])[0], _tick(block[16:-4], order)))
        elif kind in (PACKET, OLD_PACKET, SIMPLE_PACKET) and (packet := _packet(kind, block, order, interfaces, stream.place)):
            yield packet
        stream.skip(length)
    if head:
        note(stream.place, len(head), CUT)


def _block_at(ahead: bytes, order: str) -> int:
    """Where in `ahead`, after its first octet, a packet block stands whose length is there twice; 0 if nowhere."""
    mark = struct.pack(order + "I", PACKET)
    at = ahead.find(mark, 1)
    while 0 < at < len(ahead) - 12:
        length = struct.unpack_from(order + "I", ahead, at + 4)[0]
        if 32 <= length <= len(ahead) - at and length % 4 == 0 and ahead[at + length - 4 : at + length] == ahead[at + 4 : at + 8]:
            return at
        at = ahead.find(mark, at + 1)
    return 0


def _block_at_or_none(ahead: bytes, order: str) -> int:
    return _block_at(ahead, order) or -1


def _tick(options: bytes, order: str) -> float:
    """Seconds of a unit of an interface's clock: option 9, if it is there."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(order + "2H", options, at)
        if code == 9 and length and at + 4 < len(options):
            value = options[at + 4]
            return 2.0 ** -(value & 127) if value & 128 else 10.0**-value
        if code == 0:
            break
        at += 4 + (length + 3) // 4 * 4
    return 1e-6


def _packet(kind: int, block: bytes, order: str, interfaces: list[tuple[int, float]], place: int) -> Packet | None:
    """The packet in a block; None if its interface was not described."""
    if kind == SIMPLE_PACKET:
        number, first, count, when = 0, 12, struct.unpack_from(order + "I", block, 8)[0], None
    elif len(block) < 32:
        return None
    else:
        number = struct.unpack_from(order + ("I" if kind == PACKET else "H"), block, 8)[0]
        high, low, count = struct.unpack_from(order + "3I", block, 12)
        first, when = 28, high << 32 | low
    if number >= len(interfaces):
        return None
    link, tick = interfaces[number]
    count = min(count, len(block) - first - 4)
    return Packet(float("nan") if when is None else when * tick, place + first, link, block[first : first + count])
