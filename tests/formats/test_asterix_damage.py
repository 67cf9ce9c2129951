"""Damaged blocks are counted, passed over and told with their place; all that is whole after them is read; nothing ever crashes."""

import random
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings import blocks, ethernet, final, pcap, pcapng, plot

from dowding.formats import asterix
from dowding.formats.asterix.writing import data_block


def loaded(folder: Path, octets: bytes, framing: str = "raw") -> asterix.Recording:
    (folder / "recording").write_bytes(octets)
    return asterix.load(folder / "recording", framing=framing)  # type: ignore[arg-type]


def times(recording: asterix.Recording) -> list[float]:
    return list(recording.tables.get("cat048", {}).get("time_of_day_s", np.zeros(0)))


def one(k: int) -> bytes:
    return data_block(48, [plot(k)])


GOOD = [one(k) for k in range(9)]
FIRST = len(b"".join(GOOD[:4]))


def with_fifth(block: bytes) -> bytes:
    return b"".join([*GOOD[:4], block, *GOOD[5:]])


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        pytest.param(b"\x00" + GOOD[4][1:], "unknown category", id="category 0"),
        pytest.param(b"\xc8" + GOOD[4][1:], "unknown category", id="category 200"),
        pytest.param(GOOD[4][:1] + b"\x00\x00" + GOOD[4][3:], "bad length", id="length 0"),
        pytest.param(GOOD[4][:1] + b"\xff\xff" + GOOD[4][3:], "bad length", id="length 65535"),
        pytest.param(GOOD[4][:2] + bytes([GOOD[4][2] - 1]) + GOOD[4][3:], "a record does not fit", id="one too short"),
        pytest.param(GOOD[4][:2] + bytes([GOOD[4][2] + 1]) + GOOD[4][3:], "a record does not fit", id="one too long"),
        pytest.param(GOOD[4][:2] + bytes([2 * len(GOOD[4])]) + GOOD[4][3:], "a record does not fit", id="as long as two"),
        pytest.param(GOOD[4][:3] + b"\xff\xff\xff\xff" + GOOD[4][7:], "a record does not fit", id="endless field specification"),
        pytest.param(GOOD[4][:-1], "bad length", id="an octet is missing"),
        pytest.param(GOOD[4][:20], "bad length", id="half is missing"),
        pytest.param(b"garbage", "unknown category", id="garbage"),
        pytest.param(bytes(100), "unknown category", id="zeros"),
    ],
)
def test_a_damaged_block_costs_nothing_but_itself(block: bytes, reason: str, tmp_path: Path) -> None:
    recording = loaded(tmp_path, with_fifth(block))
    assert times(recording) == [k / 16 for k in range(9) if k != 4]
    assert recording.losses.total == 1
    (place,) = recording.losses.places
    assert (place.offset, place.octets, place.reason) == (FIRST, len(block), reason)
    assert recording.losses.lines() == [f"octet {FIRST}: {reason}, {len(block)} octets"]


def test_two_damaged_blocks_side_by_side_are_two(tmp_path: Path) -> None:
    bad = GOOD[4][:3] + b"\xff\xff\xff\xff" + GOOD[4][7:]
    recording = loaded(tmp_path, b"".join([*GOOD[:4], bad, bad, *GOOD[5:]]))
    assert [place.offset for place in recording.losses.places] == [FIRST, FIRST + len(bad)]
    assert len(times(recording)) == 8


def test_categories_that_are_not_decoded_are_no_damage(tmp_path: Path) -> None:
    recording = loaded(tmp_path, with_fifth(bytes([63, 0, 9]) + b"abcdef"))
    assert recording.losses.total == 0
    assert recording.blocks == {48: 8, 63: 1}


def test_of_a_block_that_is_cut_off_the_whole_records_stay(tmp_path: Path) -> None:
    last = data_block(48, [plot(k) for k in range(20, 25)])
    recording = loaded(tmp_path, b"".join(GOOD) + last[:-3])
    assert times(recording)[9:] == [k / 16 for k in range(20, 24)]
    assert [(p.offset, p.reason) for p in recording.losses.places] == [(len(b"".join(GOOD)), "cut off")]


def test_the_place_is_that_in_the_capture(tmp_path: Path) -> None:
    bad = b"\x00" + GOOD[1][1:]
    octets = pcap([ethernet(GOOD[0]), ethernet(bad), ethernet(GOOD[2])])
    recording = loaded(tmp_path, octets, "pcap")
    assert [place.offset for place in recording.losses.places] == [octets.index(bad)]
    assert times(recording) == [0.0, 2 / 16]


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_capture_whose_packet_header_is_damaged(make: object, tmp_path: Path) -> None:
    frames = [ethernet(block) for block in GOOD]
    octets = bytearray(make(frames))  # type: ignore[operator]
    at = octets.index(frames[4])
    octets[at - 8 : at - 4] = b"\xff\xff\xff\x7f"  # captured length
    if make is pcapng:
        octets[at - 24 : at - 20] = b"\xff\xff\xff\x7f"  # the block's length
    recording = loaded(tmp_path, bytes(octets), "pcap")
    assert times(recording) == [k / 16 for k in range(9) if k != 4]
    assert recording.losses.total == 1
    assert at - 28 <= recording.losses.places[0].offset < at


@pytest.mark.parametrize("cut", [1, 10, 60, 75])
def test_a_capture_that_is_cut_off(cut: int, tmp_path: Path) -> None:
    for make in (pcap, pcapng):
        recording = loaded(tmp_path, make([ethernet(block) for block in GOOD])[:-cut], "pcap")
        assert times(recording)[:8] == [k / 16 for k in range(8)]
        assert recording.losses.total >= 1


def test_a_final_record_that_is_damaged(tmp_path: Path) -> None:
    octets = bytearray(final(GOOD))
    at = octets.index(GOOD[4]) - 8
    octets[at : at + 2] = b"\x01\x01"
    recording = loaded(tmp_path, bytes(octets), "final")
    assert times(recording) == [k / 16 for k in range(9) if k != 4]
    assert [(p.offset, p.reason) for p in recording.losses.places] == [(at, "bad record")]


@pytest.mark.parametrize("seed", range(60))
def test_no_good_block_is_lost_whatever_happens_to_one(seed: int, tmp_path: Path) -> None:
    """One block of hundreds is changed, cut, or filled with noise: the plots of all others are there, in order."""
    rng = random.Random(seed)
    good = [data_block(48, [plot(1000 * k + n) for n in range(rng.randint(1, 5))]) for k in range(200)]
    expected = [[float(1000 * k + n) / 16 % 86400 for n in range((len(b) - 3) // len(one(1)[3:]))] for k, b in enumerate(good)]
    hit = rng.randrange(200)
    octets = bytearray(good[hit])
    kind = seed % 4
    if kind == 0:
        for _ in range(rng.randint(1, 4)):
            octets[rng.randrange(min(len(octets), 6))] = rng.randrange(256)
    elif kind == 1:
        del octets[rng.randrange(len(octets)) :]
    elif kind == 2:
        octets[rng.randrange(len(octets)) :] = rng.randbytes(rng.randint(1, 300))
    else:
        octets = bytearray(rng.randbytes(len(octets)))
    path = tmp_path / "recording"
    path.write_bytes(b"".join([*good[:hit], bytes(octets), *good[hit + 1 :]]))
    recording = asterix.load(path, framing="raw", chunk=rng.choice((500, 1 << 20)))
    found = set(times(recording))
    assert not {t for k, row in enumerate(expected) if k != hit for t in row} - found
    assert recording.losses.total <= 6


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(octets=st.binary(max_size=400), framing=st.sampled_from(["auto", "raw", "final"]))
def test_noise_never_crashes(octets: bytes, framing: str, tmp_path: Path) -> None:
    loaded(tmp_path, octets, framing)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_octets_never_crash(data: st.DataObject, tmp_path: Path) -> None:
    """Every place that was passed over and every block that was read lies in the file."""
    made = b"".join(blocks(12, seed=data.draw(st.integers(0, 3))))
    octets = bytearray(data.draw(st.sampled_from([made, pcap([ethernet(made)] * 3), pcapng([ethernet(made)] * 3), final([made] * 3)])))
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(4, len(octets) - 1))] = data.draw(st.integers(0, 255))
    recording = loaded(tmp_path, bytes(octets), "auto")
    for place in recording.losses.places:
        assert 0 <= place.offset <= len(octets)
    assert recording.losses.octets <= 2 * len(octets)


@pytest.mark.parametrize("category", [1, 2, 21, 34, 48, 62, 65])
def test_random_bodies_never_crash(category: int, tmp_path: Path) -> None:
    rng = random.Random(category)
    made = []
    for _ in range(300):
        body = bytes([rng.choice((0xFF, 0xFD, 0x81, rng.randrange(256))) for _ in range(rng.randint(0, 60))])
        made.append(struct.pack(">BH", category, len(body) + 3) + body)
    recording = loaded(tmp_path, b"".join(made))
    assert recording.losses.total > 0
