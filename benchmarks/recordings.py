"""`python -m benchmarks.recordings [FILE...]`: ASTERIX records decoded a second of CPU, end to end, beside libasterix on the same octets.

Without files, on plots, tracks and ADS-B made here; with files, on those, repeated until they are long enough to time.
"""

import math
import sys
import tempfile
import time
from pathlib import Path

from dowding.formats import asterix
from dowding.formats.asterix.writing import data_block

OCTETS = 12_000_000
THEIRS = 2_000  # records that libasterix is timed on


def made(category: int) -> list[bytes]:
    """Blocks of ten records with the items that are usual."""
    place = {"latitude_deg": 45.4, "longitude_deg": 15.1, "mode_3a": "2535", "callsign": "SXD4723", "aircraft_address": 3934805}
    rows = {
        48: {"report_typ": 5, "plot_srl_deg": 1.0, "plot_srr": 5, "plot_sam_dbm": -60.0, "rho_nm": 93.2, "theta_deg": 271.5,
             "flight_level": 350.0, "track_number": 77, "ground_speed_kt": 430.0, "heading_deg": 140.0, "track_cnf": 0, "track_tre": 0,
             "acas_com": 1, "mode_3a": "2535", "callsign": "SXD4723", "aircraft_address": 3934805},
        62: place | {"service": 4, "x_m": -72564.5, "y_m": -36106.5, "velocity_x_mps": 141.5, "velocity_y_mps": -170.75,
                     "track_number": 7977, "track_mon": 0, "track_sim": 1, "update_age_psr_s": 1.0, "update_age_ssr_s": 0.0,
                     "movement_trans": 0,
                     "data_age_mfl_s": 0.0, "measured_flight_level": 350.0, "barometric_flight_level": 350.0, "climb_rate_ft_min": 0.0,
                     "accuracy_x_m": 40.0, "measured_rho_nm": 93.2, "measured_theta_deg": 271.5},
        21: place | {"report_atp": 0, "received_position_time_s": 30911.0, "precise_latitude_deg": 45.4, "precise_longitude_deg": 15.1,
                     "quality_nucpnic": 8, "flight_level": 350.0, "ground_speed_kt": 430.0, "track_angle_deg": 140.0, "emitter_category": 3,
                     "data_age_aos_s": 0.1},
    }[category]  # fmt: skip
    clock = {48: "time_of_day_s", 62: "time_of_day_s", 21: "time_of_transmission_s"}[category]
    return [data_block(category, [{"sac": 25, "sic": 100 + k, clock: 30911.0 + k} | rows for k in range(10)])]


def ours(path: Path) -> tuple[int, float]:
    """Records and seconds of CPU, the fastest of three."""
    best, count = math.inf, 0
    for _ in range(3):
        start = time.process_time()
        recording = asterix.read(path)
        for _tables in recording:
            pass
        best = min(best, time.process_time() - start)
        count = sum(n for name, n in recording.records.items() if len(name) == 6)
    return count, best


def theirs(path: Path) -> float:
    """Records a second of libasterix, every value of every item asked for."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "formats"))
    from asterix import base
    from libasterix_side import EDITIONS, flat

    octets = path.read_bytes()
    at, count, start = 0, 0, time.process_time()
    while count < THEIRS and at < len(octets):
        length = int.from_bytes(octets[at + 1 : at + 3], "big")
        for block in base.RawDatablock.parse(base.Bits.from_bytes(octets[at : at + length])):
            for record in EDITIONS[block.get_category()].cv_uap.parse(block.get_raw_records()):
                flat(record)
                count += 1
        at += length
    return count / (time.process_time() - start)


def report(files: list[str]) -> None:
    """Print the table."""
    print(f"{'recording':28}{'records':>12}{'octets each':>14}{'records/s':>14}{'libasterix':>14}{'ratio':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name in files or ["cat048", "cat062", "cat021"]:
            path = Path(folder) / "timed"
            octets = b"".join(made(int(name[3:]))) if not files else Path(name).read_bytes()
            path.write_bytes(octets * (OCTETS // len(octets)))
            count, seconds = ours(path)
            other = theirs(path) if asterix.read(path).framing == "raw" else math.nan
            size = path.stat().st_size / count
            print(f"{Path(name).name:28}{count:12,}{size:14.0f}{count / seconds:14,.0f}{other:14,.0f}{count / seconds / other:10.0f}")


if __name__ == "__main__":
    report(sys.argv[1:])
