"""Position reports out of ASTERIX: ADS-B of category 021 and system tracks of category 062."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.formats import reports
from dowding.formats.asterix.reading import Framing, Recording, read
from dowding.formats.damage import Losses
from dowding.formats.reports import DAY, FLIGHT_LEVEL, FOOT, FOOT_A_MINUTE, KNOT, Columns

YEAR_1980 = 3.1e8  # receipt times after it are s after 1970, earlier ones s of a day
LATEST = 5  # times whose median stands for the last
Floats = NDArray[np.float64]


class Clock:
    """Times of day of one source, in the order of the file, as times that go on past midnight, or after 1970 where receipts say so."""

    def __init__(self) -> None:
        self.last: dict[str, float] = {}

    def times(self, source: str, time_of_day: Floats, received: Floats) -> Floats:
        """Times (row,) s; `received` (row,) are s after 1970, of a day, or NaN."""
        dated = received > YEAR_1980
        if len(received) and dated.all():
            return time_of_day + DAY * np.round((received - time_of_day) / DAY)
        out = reports.unwrapped(time_of_day, self.last.get(source, np.nan))
        known = out[np.isfinite(out)]
        if len(known):
            self.last[source] = float(np.median(known[-LATEST:]))  # the last one may be damaged
        return out


class AsterixReports:
    """The position reports of a recording, a piece of the file at a time."""

    def __init__(self, path: Path | str, categories: tuple[int, ...] = (21, 62), framing: Framing = "auto") -> None:
        self.recording: Recording = read(path, categories=categories, framing=framing)
        self.without_place = 0  # reports that hold no latitude and longitude, or no time
        self._clock = Clock()

    @property
    def losses(self) -> Losses:
        """What could not be read."""
        return self.recording.losses

    def __iter__(self) -> Iterator[Columns]:
        for tables in self.recording:
            parts = [make(tables[name]) for name, make in (("cat021", self._adsb), ("cat062", self._tracks)) if name in tables]
            for part in parts:
                placed = np.isfinite(part["latitude_deg"]) & np.isfinite(part["longitude_deg"]) & np.isfinite(part["time_s"])
                self.without_place += int((~placed).sum())
                yield {name: values[placed] for name, values in part.items()}

    def _adsb(self, t: Columns) -> Columns:
        n = len(t["offset"])
        latitude, longitude = (first(t, n, f"precise_{name}", name) for name in ("latitude_deg", "longitude_deg"))
        time = first(t, n, "time_of_position_s", "received_position_time_s", "time_of_transmission_s")
        height = column(t, "geometric_height_ft", n) * FOOT
        geometric = np.isfinite(height)
        source = sources(t)
        address = reports.addresses(whole(t, "aircraft_address", n))
        return reports.typed(
            {
                "time_s": self._clock.times("021", time, t["received_s"]),
                "source": source,
                "identity": address,
                "address": address,
                "callsign": text(t, "callsign", n),
                "mode_3a": text(t, "mode_3a", n),
                "latitude_deg": latitude,
                "longitude_deg": longitude,
                "altitude_m": np.where(geometric, height, column(t, "flight_level", n) * FLIGHT_LEVEL),
                "geometric": geometric,
                "speed_mps": column(t, "ground_speed_kt", n) * KNOT,
                "course_rad": np.radians(column(t, "track_angle_deg", n)),
                "climb_mps": first(t, n, "geometric_rate_ft_min", "barometric_rate_ft_min") * FOOT_A_MINUTE,
                "place": t["offset"],
            }
        )

    def _tracks(self, t: Columns) -> Columns:
        n = len(t["offset"])
        level = first(t, n, "barometric_flight_level", "measured_flight_level") * FLIGHT_LEVEL
        height = column(t, "geometric_altitude_ft", n) * FOOT
        # the system says which of the two heights is the more reliable
        geometric = np.isfinite(height) & ((whole(t, "track_mrh", n) == 1) | ~np.isfinite(level))
        east, north = column(t, "velocity_x_mps", n), column(t, "velocity_y_mps", n)
        source, number = sources(t), whole(t, "track_number", n)
        callsign = [text(t, name, n) for name in ("callsign", "aircraft_identification", "plan_callsign")]
        return reports.typed(
            {
                "time_s": self._clock.times("062", column(t, "time_of_day_s", n), t["received_s"]),
                "source": source,
                "identity": np.array([f"{s}/{k}" for s, k in zip(source, number, strict=True)], dtype=object),
                "address": reports.addresses(whole(t, "aircraft_address", n)),
                "callsign": np.where(callsign[0] != "", callsign[0], np.where(callsign[1] != "", callsign[1], callsign[2])),
                "mode_3a": text(t, "mode_3a", n),
                "latitude_deg": column(t, "latitude_deg", n),
                "longitude_deg": column(t, "longitude_deg", n),
                "altitude_m": np.where(geometric, height, level),
                "geometric": geometric,
                "speed_mps": np.hypot(east, north),
                "course_rad": np.arctan2(east, north) % (2.0 * np.pi),
                "climb_mps": column(t, "climb_rate_ft_min", n) * FOOT_A_MINUTE,
                "place": t["offset"],
            }
        )


def column(t: Columns, name: str, count: int) -> Floats:
    """A column of real numbers, NaN where it is not there."""
    return t[name] if name in t else np.full(count, np.nan)


def whole(t: Columns, name: str, count: int) -> NDArray[Any]:
    """A column of whole numbers, -1 where it is not there."""
    return t[name] if name in t else np.full(count, -1)


def text(t: Columns, name: str, count: int) -> NDArray[Any]:
    """A column of words, "" where it is not there."""
    return t[name].astype(object) if name in t else np.full(count, "", object)


def first(t: Columns, count: int, *names: str) -> Floats:
    """The first of these columns that has a number, row by row."""
    out = column(t, names[0], count)
    for name in names[1:]:
        out = np.where(np.isfinite(out), out, column(t, name, count))
    return out


def sources(t: Columns) -> NDArray[Any]:
    """Area and identification codes as words, such as 25/201."""
    codes = t["sac"].astype(np.int64) * 256 + t["sic"] if "sac" in t else np.full(len(t["offset"]), -1)
    unique, index = np.unique(codes, return_inverse=True)
    words = np.array([f"{code // 256}/{code % 256}" if code >= 0 else "" for code in unique.tolist()], dtype=object)
    return words[index] if len(words) else np.zeros(0, object)
