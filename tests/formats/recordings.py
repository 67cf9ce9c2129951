"""Recordings made here: good blocks, and any framing around payloads."""

import random
import struct
from collections.abc import Sequence

from dowding.formats.asterix.writing import data_block


def plot(k: int, **more: object) -> dict[str, object]:
    """A plot of category 048 that can be told apart by its time and range."""
    values: dict[str, object] = {"sac": 25, "sic": 1 + k % 3, "time_of_day_s": k / 16 % 86400, "report_typ": 5, "rho_nm": k % 200 + 0.5}
    values |= {"theta_deg": k * 7 % 360, "mode_3a": f"{k % 4096:04o}", "flight_level": 100.0 + k % 250, "callsign": f"TST{k % 1000}"}
    return values | more


def blocks(count: int, most: int = 4, seed: int = 1) -> list[bytes]:
    """Data blocks of one to `most` plots, some of system tracks between them."""
    rng, made, k = random.Random(seed), [], 0
    for _ in range(count):
        rows = [plot(k + n) for n in range(rng.randint(1, most))]
        k += len(rows)
        made.append(data_block(48, rows))
        if rng.random() < 0.2:
            made.append(data_block(62, [{"sac": 25, "sic": 100, "track_number": k, "time_of_day_s": k / 16, "latitude_deg": 45.0}]))
    return made


def ethernet(payload: bytes, *, vlan: int = 0, version: int = 4, port: int = 8600, options: bytes = b"") -> bytes:
    """A frame with a datagram; vlan tags deep."""
    udp = struct.pack(">4H", 40000, port, len(payload) + 8, 0) + payload
    head = bytes(12) + b"\x81\x00\x00\x05" * vlan
    if version == 6:
        extension = bytes([17, 0]) + bytes(6) if options else b""
        fixed = struct.pack(">IHBB", 6 << 28, len(extension + udp), 0 if extension else 17, 9) + bytes(32)
        return head + b"\x86\xdd" + fixed + extension + udp
    length = 20 + len(options) + len(udp)
    header = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0, length, 7, 0, 9, 17, 0) + bytes(8) + options
    return head + b"\x08\x00" + header + udp + bytes(max(0, 46 - length))


def fragments(payload: bytes, size: int, number: int = 9) -> list[bytes]:
    """Frames with the IPv4 fragments of one datagram."""
    udp = struct.pack(">4H", 40000, 8600, len(payload) + 8, 0) + payload
    frames = []
    for at in range(0, len(udp), size):
        piece = udp[at : at + size]
        flags = (0x2000 if at + size < len(udp) else 0) | at // 8
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(piece), number, flags, 9, 17, 0) + bytes(8)
        frames.append(bytes(12) + b"\x08\x00" + header + piece)
    return frames


def pcap(frames: Sequence[bytes], *, order: str = "<", nano: bool = False, link: int = 1, start: float = 1.6e9) -> bytes:
    """A PCAP file; packets are a quarter of a second apart."""
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for k, frame in enumerate(frames):
        time = start + k / 4
        fraction = (time - int(time)) * (1e9 if nano else 1e6)
        out += struct.pack(order + "4I", int(time), round(fraction), len(frame), len(frame)) + frame
    return out


def pcapng(frames: Sequence[bytes], *, order: str = "<", nano: bool = False, start: float = 1.6e9) -> bytes:
    """A PCAPNG file of one interface."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        return struct.pack(order + "2I", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)

    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(1, struct.pack(order + "HHI", 1, 0, 0) + (struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0) if nano else b""))
    for k, frame in enumerate(frames):
        ticks = round((start + k / 4) * (1e9 if nano else 1e6))
        out += block(6, struct.pack(order + "5I", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + frame)
    return out


def final(payloads: Sequence[bytes]) -> bytes:
    """A FINAL recording; records are a quarter of a second apart, from one o'clock on."""
    return b"".join(
        struct.pack(">HBBB", len(p) + 12, 1, 2, 3) + (360_000 + 25 * k).to_bytes(3, "big") + p + b"\xa5" * 4 for k, p in enumerate(payloads)
    )
