"""A run's tables as an ASTERIX recording, marked as simulation: for examples, tests, and other programs to read.

What a sensor detected becomes plots (048) with north markers (034), the picture becomes system tracks (062), and truth, where asked for,
what ADS-B (021) would say. Aircraft that are asked to cooperate answer with a height and an address made up from their row number.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dowding.formats.asterix.writing import data_block
from dowding.formats.reports import DAY, FLIGHT_LEVEL, FOOT, KNOT, NAUTICAL_MILE, Columns

AREA = 0  # system area code of everything simulated
TRACKER = 255  # system identification code of the tracker; sensors have their row number and one more
FIRST_ADDRESS = 0xF00000  # no state has addresses from here on (ICAO Annex 10, volume III, table 9-1)
EARTH_RADIUS = 6_371_008.8  # m, mean
RHO_MOST = 2**16 / 256.0 * NAUTICAL_MILE  # m, what the range of a plot can say


def write_run(
    tables: Mapping[str, Columns],
    path: Path | str,
    *,
    start_s: float = 0.0,
    plots: bool = True,
    tracks: bool = False,
    adsb: bool = False,
    cooperative: bool = True,
) -> int:
    """Write a recording of raw data blocks; returns how many records it has.

    start_s is the time of day at which the run begins. With cooperative, plots of aircraft bear a flight level, an address and a code,
    taken from truth as a transponder would.
    """
    rows: list[tuple[float, int, dict[str, Any]]] = []
    if plots:
        rows += _markers(tables["dwells"], start_s)
        rows += _plots(tables, start_s, cooperative)
    if tracks:
        rows += _tracks(tables["tracks"], start_s)
    if adsb:
        rows += _adsb(tables["truth"], start_s)
    rows.sort(key=lambda row: row[:2])
    with Path(path).open("wb") as file:
        for _, category, values in rows:
            file.write(data_block(category, [values]))
    return len(rows)


def _markers(dwells: Columns, start_s: float) -> Iterator[tuple[float, int, dict[str, Any]]]:
    """A north marker whenever a sensor's dwell begins at north, or passes it."""
    begin, end = dwells["azimuth_start_rad"] % (2 * np.pi), dwells["azimuth_end_rad"] - dwells["azimuth_start_rad"]
    share = np.where(begin < 1e-9, 0.0, (2 * np.pi - begin) / np.maximum(end, 1e-9))
    for k in np.flatnonzero(share < 1.0 - 1e-9):
        time = float(dwells["start_s"][k] + share[k] * (dwells["end_s"][k] - dwells["start_s"][k])) + start_s
        source = {"sac": AREA, "sic": int(dwells["sensor"][k]) + 1}
        yield time, 34, source | {"message_type": 1, "time_of_day_s": time % DAY}


def _plots(tables: Mapping[str, Columns], start_s: float, cooperative: bool) -> Iterator[tuple[float, int, dict[str, Any]]]:
    detections, sensors = tables["detections"], tables["sensors"]
    answers = _answers(tables) if cooperative else {}
    for k in range(len(detections["time_s"])):
        distance = float(detections["range_m"][k])
        if distance >= RHO_MOST:
            continue
        sensor, time = int(detections["sensor"][k]), float(detections["time_s"][k]) + start_s
        values: dict[str, Any] = {
            "sac": AREA,
            "sic": sensor + 1,
            "time_of_day_s": time % DAY,
            "report_typ": 1,
            "rho_nm": distance / NAUTICAL_MILE,
            "theta_deg": math.degrees(float(detections["azimuth_rad"][k])) % 360.0 % (360.0 - 360.0 / 2**17),
        }
        elevation = float(detections["elevation_rad"][k])
        if math.isfinite(elevation):
            antenna = EARTH_RADIUS + float(sensors["altitude_m"][sensor])
            height = math.sqrt(antenna**2 + distance**2 + 2 * antenna * distance * math.sin(elevation)) - EARTH_RADIUS
            if abs(height) < 200_000 * FOOT:
                values["height_3d_ft"] = height / FOOT
        yield time, 48, values | answers.get(k, {})


def _answers(tables: Mapping[str, Columns]) -> dict[int, dict[str, Any]]:
    """What transponders of aircraft answer to the detections that come from them, by detection."""
    origins, targets, truth = tables["origins"], tables["targets"], tables["truth"]
    times = tables["detections"]["time_s"]
    found: dict[int, dict[str, Any]] = {}
    for target in np.flatnonzero(targets["class"].astype(str) == "aircraft").tolist():
        mine = truth["target"] == target
        rows = np.flatnonzero(origins["target"] == target)
        if not mine.any():
            continue
        heights = np.interp(times[rows], truth["time_s"][mine], truth["altitude_m"][mine])
        who = {"aircraft_address": FIRST_ADDRESS + target, "mode_3a": f"{target % 4096:04o}", "report_typ": 7}
        for row, height in zip(rows.tolist(), heights.tolist(), strict=True):
            level = round(height / FLIGHT_LEVEL * 4) / 4  # by 25 ft
            found[int(origins["detection"][row])] = who | ({"flight_level": level} if abs(level) < 2000 else {})
    return found


def _tracks(tracks: Columns, start_s: float) -> Iterator[tuple[float, int, dict[str, Any]]]:
    last = {int(track): k for k, track in enumerate(tracks["track"])}
    for k in np.flatnonzero(tracks["confirmed"]).tolist():
        time, track = float(tracks["time_s"][k]) + start_s, int(tracks["track"][k])
        values = {
            "sac": AREA, "sic": TRACKER, "time_of_day_s": time % DAY, "track_number": track % 65536,
            "latitude_deg": float(tracks["latitude_deg"][k]), "longitude_deg": float(tracks["longitude_deg"][k]),
            "velocity_x_mps": _within(float(tracks["velocity_east_mps"][k]), 8191.0),
            "velocity_y_mps": _within(float(tracks["velocity_north_mps"][k]), 8191.0),
            "geometric_altitude_ft": _within(float(tracks["altitude_m"][k]) / FOOT, 204_000.0), "track_mrh": 1,
            "climb_rate_ft_min": _within(float(tracks["velocity_up_mps"][k]) / FOOT * 60.0, 204_000.0), "track_cnf": 0,
        }  # fmt: skip
        yield time, 62, values | ({"track_tse": 1} if last[track] == k else {})


def _adsb(truth: Columns, start_s: float) -> Iterator[tuple[float, int, dict[str, Any]]]:
    for k in range(len(truth["time_s"])):
        time, east, north = (float(truth[name][k]) for name in ("time_s", "velocity_east_mps", "velocity_north_mps"))
        values = {
            "sac": AREA, "sic": TRACKER, "aircraft_address": FIRST_ADDRESS + int(truth["target"][k]),
            "time_of_position_s": (time + start_s) % DAY,
            "precise_latitude_deg": float(truth["latitude_deg"][k]), "precise_longitude_deg": float(truth["longitude_deg"][k]),
            "geometric_height_ft": _within(float(truth["altitude_m"][k]) / FOOT, 204_000.0),
            "ground_speed_kt": min(math.hypot(east, north) / KNOT, 7190.0),
            "track_angle_deg": math.degrees(math.atan2(east, north)) % 360.0 % (360.0 - 360.0 / 2**17),
        }  # fmt: skip
        yield time + start_s, 21, values


def _within(value: float, most: float) -> float:
    return min(max(value, -most), most)
