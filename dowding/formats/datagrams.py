"""UDP datagrams out of captured packets: Ethernet with VLAN tags, Linux cooked, loopback and raw links; IPv4 and IPv6; fragments."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from dowding.formats.captures import Packet

Note = Callable[[int, int, str], None]

UDP = 17
VLAN = (0x8100, 0x88A8, 0x9100)
LOOPBACK, ETHERNET, COOKED, COOKED_2 = (0, 108), 1, 113, 276
RAW_LINKS = (12, 14, 101, 228, 229)
EXTENSIONS = (0, 43, 60)  # IPv6 headers that another follows: hop-by-hop, routing, destination
FRAGMENT = 44
FRAGMENTS_MOST = 256  # datagrams in parts that are waited for


class Datagram(NamedTuple):
    """What a UDP datagram carries."""

    time: float  # s after 1970
    offset: int  # octets from the file's beginning; of the first fragment
    data: bytes
    port: int  # it was sent to
    is_cut: bool  # the capture holds less than was sent


class _Pieces:
    """Fragments of one IP packet."""

    def __init__(self) -> None:
        self.parts: dict[int, tuple[bytes, int]] = {}
        self.length = -1

    def add(self, at: int, data: bytes, offset: int, more: bool) -> tuple[bytes, int] | None:
        """Take a fragment; the whole packet and the file offset of its beginning once all are there."""
        self.parts[at] = (data, offset)
        if not more:
            self.length = at + len(data)
        whole, here = [], 0
        while here in self.parts:
            piece = self.parts[here][0]
            if not piece:
                break
            whole.append(piece)
            here += len(piece)
        return (b"".join(whole), self.parts[0][1]) if 0 < self.length == here else None


class Unwrapper:
    """Takes packets apart; keeps fragments until their datagram is whole."""

    def __init__(self, note: Note) -> None:
        self.note = note
        self.others: Counter[str] = Counter()  # packets that hold no UDP datagram, by what they hold
        self._waiting: OrderedDict[bytes, _Pieces] = OrderedDict()

    def datagram(self, packet: Packet) -> Datagram | None:
        """The datagram in a packet, or that it makes whole; None if there is none."""
        data = packet.data
        at, kind = _network(data, packet.link)
        if kind == 0x0800 and len(data) >= at + 20 and data[at] >> 4 == 4:
            return self._version_4(packet, at)
        if kind == 0x86DD and len(data) >= at + 40 and data[at] >> 4 == 6:
            return self._version_6(packet, at)
        self.others["not IP"] += 1
        return None

    def _version_4(self, packet: Packet, at: int) -> Datagram | None:
        data = packet.data
        first = at + 4 * (data[at] & 15)
        total = data[at + 2] << 8 | data[at + 3]
        end = at + total if total else len(data)  # 0 where the network card cut large packets
        flags = data[at + 6] << 8 | data[at + 7]
        if flags & 0x3FFF:
            key = data[at + 12 : at + 20] + data[at + 4 : at + 6] + data[at + 9 : at + 10]
            return self._fragment(packet, key, 8 * (flags & 0x1FFF), bool(flags & 0x2000), first, end, data[at + 9])
        return self._udp(packet, data[first:end], packet.offset + first, data[at + 9])

    def _version_6(self, packet: Packet, at: int) -> Datagram | None:
        data = packet.data
        end = at + 40 + (data[at + 4] << 8 | data[at + 5])
        kind, first = data[at + 6], at + 40
        while kind in EXTENSIONS and first + 8 <= len(data):
            kind, first = data[first], first + 8 + 8 * data[first + 1]
        if kind == FRAGMENT and first + 8 <= len(data):
            flags = data[first + 2] << 8 | data[first + 3]
            key = data[at + 8 : at + 40] + data[first + 4 : first + 8]
            return self._fragment(packet, key, flags & 0xFFF8, bool(flags & 1), first + 8, end, data[first])
        return self._udp(packet, data[first:end], packet.offset + first, kind)

    def _fragment(self, packet: Packet, key: bytes, start: int, more: bool, first: int, end: int, kind: int) -> Datagram | None:
        if kind != UDP:
            self.others["not UDP"] += 1
            return None
        pieces = self._waiting.setdefault(key, _Pieces())
        whole = pieces.add(start, packet.data[first:end], packet.offset + first, more)
        if whole is None:
            if len(self._waiting) > FRAGMENTS_MOST:
                _, lost = self._waiting.popitem(last=False)
                self._lose(lost)
            return None
        del self._waiting[key]
        return self._udp(packet, *whole, kind)

    def _udp(self, packet: Packet, data: bytes, offset: int, kind: int) -> Datagram | None:
        if kind != UDP or len(data) < 8:
            self.others["not UDP" if kind != UDP else "cut off before the datagram"] += 1
            return None
        length = data[4] << 8 | data[5]
        end = length if length >= 8 else len(data)
        return Datagram(packet.time, offset + 8, data[8:end], data[2] << 8 | data[3], end > len(data))

    def _lose(self, pieces: _Pieces) -> None:
        data, offset = next(iter(pieces.parts.values()))
        self.note(offset, len(data), "fragments are missing")

    def close(self) -> None:
        """Note the datagrams whose fragments never came."""
        for pieces in self._waiting.values():
            self._lose(pieces)
        self._waiting.clear()


def _network(data: bytes, link: int) -> tuple[int, int]:
    """Where the network packet begins and its Ethernet type, 0 if that is none."""
    if link == ETHERNET:
        at = 12
    elif link == COOKED:
        at = 14
    elif link == COOKED_2:
        return 20, data[0] << 8 | data[1] if len(data) > 1 else 0
    else:
        at = 4 if link in LOOPBACK else 0 if link in RAW_LINKS else len(data)
        version = data[at] >> 4 if len(data) > at else 0
        return at, {4: 0x0800, 6: 0x86DD}.get(version, 0)
    while len(data) >= at + 2:
        kind = data[at] << 8 | data[at + 1]
        if kind not in VLAN:
            return at + 2, kind
        at += 4
    return len(data), 0
