"""The readers of recordings against published values: `python -m verification.recordings` exits 1 if any differs.

Two cases are of captures that another program's source package holds (asterix-decoder, asterix/sample_data; not redistributed here).
They are run on the files where DOWDING_RECORDINGS names the folder with them; everywhere, on records that our writer makes of the values.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dowding.formats import asterix, mode_s
from dowding.formats.asterix.writing import data_block
from dowding.formats.reports import Columns

PLOT: dict[str, Any] = {
    "sac": 25, "sic": 201, "time_of_day_s": 27354.6015625, "rho_nm": 197.68359375, "theta_deg": 340.13671875, "mode_3a": "1000",
    "flight_level": 330.0, "aircraft_address": 0x3C660C, "callsign": "DLH65A", "track_number": 3563,
    "ground_speed_kt": 434.3994140625, "heading_deg": 124.002685546875,
}  # fmt: skip
TRACKS: tuple[dict[str, Any], ...] = (
    {"track_number": 4980, "time_of_day_s": 30911.6640625, "latitude_deg": 44.73441302776337, "longitude_deg": 13.0415278673172,
     "x_m": -239083.0, "y_m": -106114.0, "velocity_x_mps": -51.25, "velocity_y_mps": 170.0, "measured_flight_level": 157.0},
    {"track_number": 7977, "latitude_deg": 45.40080785751343, "longitude_deg": 15.13318419456482, "x_m": -72564.5, "y_m": -36106.5,
     "velocity_x_mps": 141.5, "velocity_y_mps": -170.75},
)  # fmt: skip
SQUITTERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("8D406B902015A678D4D220AA4BDA", {"address": "406B90", "callsign": "EZY85MH"}),
    ("8D485020994409940838175B284F", {"ground_speed_kt": 159.0, "track_deg": 182.8803775528476, "climb_ft_min": -832.0}),
    ("8DA05F219B06B6AF189400CBC33F", {"air_speed_kt": 375.0, "heading_deg": 243.984375}),
    ("8D40621D58C382D690C8AC2863A7", {"altitude_ft": 38000.0}),
)
PLACE = (52.2572021484375, 3.91937255859375)  # of the last, from a reference at 52.258, 3.919
RELATIVE = 1e-12

Row = tuple[str, str, Any, Any]


def same(ours: Any, theirs: Any) -> bool:
    """Whether a value is that which was published."""
    return ours == theirs if isinstance(theirs, str) else abs(ours - theirs) <= max(RELATIVE * abs(theirs), 1e-12)


def _held(case: str, table: Columns, row: int, expected: dict[str, Any]) -> Iterator[Row]:
    for name, theirs in expected.items():
        ours = table[name][row]
        yield case, name, str(ours) if isinstance(theirs, str) else float(ours), theirs


def _written() -> Iterator[Row]:
    """Records made of the published values, read back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made"
        path.write_bytes(data_block(48, [PLOT]) + data_block(62, TRACKS))
        tables = asterix.load(path).tables
        yield from _held("plot, made", tables["cat048"], 0, PLOT)
        for row, track in enumerate(TRACKS):
            yield from _held(f"track {row + 1}, made", tables["cat062"], row, track)


def _captured(folder: Path) -> Iterator[Row]:
    """The captures themselves, where they are."""
    yield from _held("cat048.raw", asterix.load(folder / "cat048.raw").tables["cat048"], 0, PLOT)
    both = asterix.load(folder / "cat062cat065.raw")
    yield "cat062cat065.raw", "records", float(both.records["cat062"] + both.records["cat065"]), 3.0
    for row, track in enumerate(TRACKS):
        yield from _held("cat062cat065.raw", both.tables["cat062"], row, track)


def _squitters() -> Iterator[Row]:
    for text, expected in SQUITTERS:
        message = mode_s.squitter(text)
        for name, theirs in expected.items():
            yield text[:12], name, getattr(message, name), theirs
    last = mode_s.squitter(SQUITTERS[-1][0])
    if last is not None:
        for name, ours, theirs in zip(("latitude_deg", "longitude_deg"), mode_s.position_near(last, 52.258, 3.919), PLACE, strict=True):
            yield SQUITTERS[-1][0][:12], name, ours, theirs


def rows() -> list[Row]:
    """Case, quantity, ours and theirs."""
    found = [*_written(), *_squitters()]
    if folder := os.environ.get("DOWDING_RECORDINGS"):
        found += _captured(Path(folder))
    return found


def main() -> int:
    """Print the table; 1 if any value differs."""
    found = rows()
    print(f"{'recording':28}{'quantity':26}{'ours':>20}{'theirs':>20}  verdict")
    for case, quantity, ours, theirs in found:
        print(f"{case:28}{quantity:26}{ours!s:>20}{theirs!s:>20}  {'ok' if same(ours, theirs) else 'OUTSIDE'}")
    outside = sum(not same(ours, theirs) for _, _, ours, theirs in found)
    print(f"{len(found)} values, {outside} outside")
    if "DOWDING_RECORDINGS" not in os.environ:
        print("captures: not supplied (DOWDING_RECORDINGS names their folder)")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
