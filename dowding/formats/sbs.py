"""BaseStation lines, as ADS-B receivers send them on port 30003: position reports with the callsign, velocity and code heard last.

A line has 22 fields: MSG, a transmission type from 1 to 8, three numbers of the receiver's, the address in hexadecimal, a flight
number, date and time when it was made and when it was written, callsign, altitude (ft), ground speed (kt), track (degrees), latitude,
longitude, climb (ft/min), code, and four flags. The layout is public; no standard defines it.
"""

import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from dowding.errors import RecordingError
from dowding.formats.damage import Losses
from dowding.formats.reports import FOOT, FOOT_A_MINUTE, KNOT, Columns, Report, table

KINDS = frozenset({"MSG", "SEL", "ID", "AIR", "STA", "CLK"})
FIELDS = 22
OLDEST_S = 15.0  # a velocity heard longer ago is not that of a position
ROWS = 50_000  # reports in a piece


class _Heard:
    """What was heard last of an aircraft."""

    def __init__(self) -> None:
        self.callsign = ""
        self.code = ""
        self.velocity = (math.nan, math.nan, math.nan)
        self.at = -math.inf


@lru_cache(maxsize=64)
def _day(date: str) -> float:
    year, month, day = date.split("/")
    return datetime(int(year), int(month), int(day), tzinfo=UTC).timestamp()


def _time(date: str, clock: str) -> float:
    """Seconds after 1970 of a date and a time, taken as universal time."""
    hours, minutes, seconds = clock.split(":")
    hour, minute, second = int(hours), int(minutes), float(seconds)
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 61):
        raise ValueError(clock)
    return _day(date) + 3600 * hour + 60 * minute + second


def _number(text: str) -> float:
    value = float(text) if text else math.nan
    if math.isinf(value):
        raise ValueError(text)
    return value


class SbsRecording:
    """A file of BaseStation lines: iterate once for its position reports, a piece at a time."""

    def __init__(self, path: Path | str, rows: int = ROWS) -> None:
        self.path = Path(path)
        self.losses = Losses("line")
        self.messages: Counter[str] = Counter()  # by kind: MSG1 to MSG8, and the others
        self._rows = rows
        self._heard: dict[str, _Heard] = {}

    def __iter__(self) -> Iterator[Columns]:
        found: list[Report] = []
        try:
            file = self.path.open(encoding="utf-8", errors="replace")
        except OSError as error:
            raise RecordingError(f"{self.path}: cannot be read ({error.strerror})") from None
        with file:
            for number, line in enumerate(file, 1):
                if len(line) < 3:
                    continue
                try:
                    report = self._report(number, line.rstrip("\r\n").split(","))
                except ValueError as error:
                    self.losses.add(number, 0, str(error) if str(error).startswith("not ") else "a field does not fit")
                    continue
                if report is not None:
                    found.append(report)
                if len(found) >= self._rows:
                    yield table(found)
                    found = []
        if found:
            yield table(found)

    def _report(self, number: int, fields: list[str]) -> Report | None:
        """The position report of a line, None if it holds none; ValueError if it is damaged."""
        kind = fields[0]
        if kind not in KINDS:
            raise ValueError("not a BaseStation line")
        if kind != "MSG":
            self.messages[kind] += 1
            return None
        if len(fields) < FIELDS or fields[1] not in "12345678" or len(fields[1]) != 1:
            raise ValueError("not all fields")
        address = fields[4].upper()
        if len(address) != 6:
            raise ValueError("not an address")
        int(address, 16)
        time = _time(fields[6], fields[7])
        values = [_number(text) for text in fields[11:17]]
        altitude, speed, track, latitude, longitude, climb = values
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise ValueError("not a place on Earth")
        self.messages[f"MSG{fields[1]}"] += 1
        heard = self._heard.setdefault(address, _Heard())
        heard.callsign = fields[10].strip() or heard.callsign
        heard.code = fields[17].strip().zfill(4) if fields[17].strip() else heard.code
        if not math.isnan(speed):
            heard.velocity, heard.at = (speed * KNOT, math.radians(track), climb * FOOT_A_MINUTE), time
        if math.isnan(latitude) or math.isnan(longitude):
            return None
        velocity = heard.velocity if abs(time - heard.at) <= OLDEST_S else (math.nan, math.nan, math.nan)
        callsign, code, height = heard.callsign, heard.code, altitude * FOOT
        return Report(time, "", address, address, callsign, code, latitude, longitude, height, False, *velocity, number)


def read(path: Path | str, rows: int = ROWS) -> SbsRecording:
    """A file of BaseStation lines, to be iterated for its reports in pieces of `rows`; RecordingError if it cannot be opened."""
    return SbsRecording(path, rows)
