"""Small skies: aircraft on straight ways, turning radars with errors of their own, and the ASTERIX recording that they would make."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dowding.formats.asterix.writing import data_block
from dowding.physics.geodesy import geodetic_to_theatre, local_rotation, theatre_frame, theatre_to_geodetic

NAUTICAL_MILE = 1852.0
FRAME = theatre_frame(math.radians(41.0), math.radians(29.0))


@dataclass(frozen=True)
class Radar:
    """A radar at a place with errors."""

    sic: int = 1
    lat_deg: float = 41.0
    lon_deg: float = 29.0
    height_m: float = 150.0
    period_s: float = 5.0
    range_bias_m: float = 0.0
    azimuth_bias_deg: float = 0.0
    time_bias_s: float = 0.0
    sigma_range_m: float = 40.0
    sigma_azimuth_deg: float = 0.05

    @property
    def word(self) -> str:
        """As --sensor takes it."""
        place = f"lat_deg={self.lat_deg},lon_deg={self.lon_deg},height_m={self.height_m}"
        return f"sac=25,sic={self.sic},{place},sigma_range_m=45,sigma_azimuth_deg=0.06"


def position(aircraft: int, time: float) -> np.ndarray:
    """Theatre position (3,) m of an aircraft at a time after the beginning: each on a course, at a speed and a height of its own."""
    course, speed, height = aircraft * 2.4, 180.0 + 12.0 * aircraft, 6000.0 + 700.0 * aircraft
    start = np.array([60e3 * math.sin(aircraft * 1.1), 60e3 * math.cos(aircraft * 1.1), height])
    return start + time * speed * np.array([math.sin(course), math.cos(course), 0.0])


def seen_from(radar: Radar, place: np.ndarray) -> tuple[float, float]:
    """Slant range (m) and azimuth (rad)."""
    phi, lam = math.radians(radar.lat_deg), math.radians(radar.lon_deg)
    here = np.array(geodetic_to_theatre(FRAME, phi, lam, radar.height_m))
    east, north, up = local_rotation(FRAME, phi, lam) @ (place - here)
    return float(math.sqrt(east**2 + north**2 + up**2)), float(math.atan2(east, north))


def geodetic(place: np.ndarray) -> tuple[float, float, float]:
    """Degrees and metres."""
    latitude, longitude, height = theatre_to_geodetic(FRAME, *(float(x) for x in place))
    return math.degrees(latitude), math.degrees(longitude), height


def passes(radar: Radar, aircraft: int, duration: float) -> list[float]:
    """Times at which the antenna, at north at time 0, points at an aircraft."""
    found, turn = [], 0
    while turn * radar.period_s < duration:
        time = turn * radar.period_s
        for _ in range(4):
            time = radar.period_s * (turn + seen_from(radar, position(aircraft, time))[1] % (2 * math.pi) / (2 * math.pi))
        found.append(time)
        turn += 1
    return [time for time in found if time < duration]


def plots_of(radar: Radar, aircraft: int, duration: float, start: float, rng: np.random.Generator) -> list[tuple[float, dict[str, Any]]]:
    """Plots of one aircraft: nine of ten looks, with errors."""
    rows = []
    for time in passes(radar, aircraft, duration):
        if rng.random() > 0.9:
            continue
        place = position(aircraft, time)
        distance, azimuth = seen_from(radar, place)
        distance += radar.range_bias_m + radar.sigma_range_m * rng.standard_normal()
        degrees = math.degrees(azimuth) + radar.azimuth_bias_deg + radar.sigma_azimuth_deg * rng.standard_normal()
        stamp = start + time + radar.time_bias_s
        level = round(geodetic(place)[2] / 30.48 * 4) / 4
        values = {"sac": 25, "sic": radar.sic, "time_of_day_s": stamp % 86400, "report_typ": 5, "rho_nm": distance / NAUTICAL_MILE}
        values |= {"theta_deg": degrees % 360 % 359.995, "flight_level": level, "aircraft_address": 0x4B0000 + aircraft}
        rows.append((stamp, values | {"mode_3a": f"{1000 + aircraft}", "callsign": f"THY{aircraft}", "track_number": 10 + aircraft}))
    return rows


def false_plots(radar: Radar, duration: float, start: float, rng: np.random.Generator, a_scan: float) -> list[tuple[float, dict[str, Any]]]:
    """Plots of nothing, without height or identity."""
    rows = []
    for _ in range(rng.poisson(a_scan * duration / radar.period_s)):
        time = rng.uniform(0, duration)
        theta = 360.0 * (time / radar.period_s % 1.0)
        values = {"sac": 25, "sic": radar.sic, "time_of_day_s": (start + time) % 86400, "report_typ": 1, "rho_nm": rng.uniform(5, 100)}
        rows.append((start + time, values | {"theta_deg": theta % 359.995}))
    return rows


def recording(
    path: Path,
    radars: list[Radar],
    *,
    aircraft: int = 6,
    duration: float = 240.0,
    start: float = 40_000.0,
    markers: bool = True,
    adsb: bool = True,
    system: bool = False,
    a_scan: float = 3.0,
    seed: int = 1,
) -> Path:
    """Write a recording of raw blocks: plots, north markers, and what aircraft (021) or a perfect system (062) say of themselves."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[float, int, dict[str, Any]]] = []
    for radar in radars:
        for number in range(aircraft):
            rows += [(time, 48, values) for time, values in plots_of(radar, number, duration, start, rng)]
        rows += [(time, 48, values) for time, values in false_plots(radar, duration, start, rng, a_scan)]
        for turn in range(int(duration / radar.period_s) if markers else 0):
            stamp = start + turn * radar.period_s + radar.time_bias_s
            rows.append((stamp, 34, {"sac": 25, "sic": radar.sic, "message_type": 1, "time_of_day_s": stamp % 86400}))
    for number in range(aircraft):
        for time in np.arange(0.0, duration, 4.0):
            latitude, longitude, height = geodetic(position(number, time))
            clock = (start + time) % 86400
            if adsb:
                row = {"sac": 1, "sic": 1, "aircraft_address": 0x4B0000 + number, "time_of_position_s": clock}
                row |= {"geometric_height_ft": height / 0.3048, "precise_latitude_deg": latitude, "precise_longitude_deg": longitude}
                rows.append((start + time, 21, row))
            if system:
                row = {"sac": 2, "sic": 2, "track_number": number, "time_of_day_s": clock}
                row |= {"latitude_deg": latitude, "longitude_deg": longitude}
                rows.append((start + time, 62, row | {"geometric_altitude_ft": height / 0.3048, "track_mrh": 1}))
    rows.sort(key=lambda row: row[0])
    path.write_bytes(b"".join(data_block(category, [values]) for _, category, values in rows))
    return path
