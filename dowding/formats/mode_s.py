"""Mode S extended squitters (ADS-B on 1090 MHz) as raw messages: identification, airborne position and velocity.

Formulas and bit places: ICAO Doc 9871, 2nd ed. (2012), appendix A; Sun, J., The 1090 Megahertz Riddle, 2nd ed. (2021). A file has a
message in hexadecimal a line, with or without `*` and `;`, after a time in s and a comma where it was recorded.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dowding.errors import RecordingError
from dowding.formats.damage import Losses
from dowding.formats.reports import FOOT, FOOT_A_MINUTE, KNOT, Columns, Report, table

GENERATOR = 0x1FFF409  # of the 24-bit parity; Doc 9871; Riddle, sec 10.1
ZONES = 15  # NZ, latitude zones between equator and pole
LETTERS = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######"
PAIR_S = 10.0  # even and odd message may be so far apart
LOCAL_S = 180.0  # a position this old still tells the zone
ROWS = 50_000


@dataclass(frozen=True)
class Squitter:
    """An extended squitter whose parity is right; NaN and "" for what it does not carry."""

    address: str
    type_code: int
    callsign: str = ""
    altitude_ft: float = math.nan
    ground_speed_kt: float = math.nan
    track_deg: float = math.nan
    air_speed_kt: float = math.nan
    heading_deg: float = math.nan
    climb_ft_min: float = math.nan
    is_odd: bool = False
    latitude_part: float = math.nan  # of its zone, 0 to 1
    longitude_part: float = math.nan


def remainder(message: int, bits: int = 112) -> int:
    """The parity's remainder; 0 for an undamaged extended squitter."""
    for shift in range(bits - 25, -1, -1):
        if message >> (shift + 24) & 1:
            message ^= GENERATOR << shift
    return message & 0xFFFFFF


def squitter(text: str) -> Squitter | None:
    """A message in hexadecimal decoded; None if it is another kind of message, ValueError if it is damaged."""
    if len(text) not in (14, 28):
        raise ValueError("not 7 or 14 octets")
    message = int(text, 16)
    bits = 4 * len(text)
    if bits == 56 or message >> 107 not in (17, 18):
        return None
    if remainder(message):
        raise ValueError("bad parity")
    address, payload = f"{message >> 80 & 0xFFFFFF:06X}", message >> 24 & (1 << 56) - 1
    code = payload >> 51
    if 1 <= code <= 4:
        letters = "".join(LETTERS[payload >> shift & 63] for shift in range(42, -1, -6))
        return Squitter(address, code, callsign=letters.replace("#", "").strip())
    if code == 19:
        return _velocity(address, payload)
    if 9 <= code <= 18 or 20 <= code <= 22:
        latitude, longitude = (payload >> 17 & 0x1FFFF) / 2**17, (payload & 0x1FFFF) / 2**17
        altitude = _altitude(payload >> 36 & 0xFFF) if code <= 18 else math.nan
        is_odd = bool(payload >> 34 & 1)
        return Squitter(address, code, altitude_ft=altitude, is_odd=is_odd, latitude_part=latitude, longitude_part=longitude)
    return Squitter(address, code)


def _altitude(raw: int) -> float:
    """Altitude in feet of 12 bits: with the Q bit in steps of 25 ft; the Gray code of 100 ft is not read."""
    if not raw & 0x10:
        return math.nan
    return 25.0 * ((raw >> 5) << 4 | raw & 15) - 1000.0


def _velocity(address: str, payload: int) -> Squitter:
    """Type 19: subtypes 1 and 2 over ground, 3 and 4 through air; the even ones of supersonic aircraft count fourfold."""
    kind = payload >> 48 & 7
    scale = 4.0 if kind in (2, 4) else 1.0
    raw_climb = payload >> 10 & 0x1FF
    climb = math.nan if raw_climb == 0 else (-64.0 if payload >> 19 & 1 else 64.0) * (raw_climb - 1)
    first, second = payload >> 32 & 0x3FF, payload >> 21 & 0x3FF
    if kind in (1, 2) and first and second:
        east = scale * (first - 1) * (-1 if payload >> 42 & 1 else 1)
        north = scale * (second - 1) * (-1 if payload >> 31 & 1 else 1)
        # the standard truncates the speed to whole knots
        track = math.degrees(math.atan2(east, north)) % 360.0
        return Squitter(address, 19, ground_speed_kt=float(int(math.hypot(east, north))), track_deg=track, climb_ft_min=climb)
    if kind in (3, 4):
        heading = first * 360.0 / 1024.0 if payload >> 42 & 1 else math.nan
        return Squitter(address, 19, air_speed_kt=scale * (second - 1) if second else math.nan, heading_deg=heading, climb_ft_min=climb)
    return Squitter(address, 19, climb_ft_min=climb)


@cache
def _boundary(zones: int) -> float:
    """Latitude (degrees) up to which there are so many longitude zones; Doc 9871, NL table."""
    inner = (1.0 - math.cos(math.pi / (2.0 * ZONES))) / (1.0 - math.cos(2.0 * math.pi / zones))
    return math.degrees(math.acos(min(1.0, math.sqrt(inner))))


def longitude_zones(latitude: float) -> int:
    """NL: how many longitude zones there are at a latitude (degrees)."""
    for zones in range(59, 1, -1):
        if abs(latitude) < _boundary(zones):
            return zones
    return 1


def position_of_pair(even: Squitter, odd: Squitter, last_is_odd: bool) -> tuple[float, float] | None:
    """Latitude and longitude (degrees) at the later of an even and an odd message; None if they lie in different zones.

    Doc 9871, globally unambiguous decoding.
    """
    index = math.floor(59.0 * even.latitude_part - 60.0 * odd.latitude_part + 0.5)
    latitudes = [360.0 / (60 - k) * (index % (60 - k) + part) for k, part in ((0, even.latitude_part), (1, odd.latitude_part))]
    latitudes = [latitude - 360.0 if latitude >= 270.0 else latitude for latitude in latitudes]
    zones = longitude_zones(latitudes[0])
    if zones != longitude_zones(latitudes[1]) or max(abs(latitude) for latitude in latitudes) > 90.0:
        return None
    number = max(zones - last_is_odd, 1)
    shift = math.floor(even.longitude_part * (zones - 1) - odd.longitude_part * zones + 0.5)
    part = odd.longitude_part if last_is_odd else even.longitude_part
    return latitudes[last_is_odd], _half_turn(360.0 / number * (shift % number + part))


def position_near(message: Squitter, latitude: float, longitude: float) -> tuple[float, float]:
    """Latitude and longitude (degrees) of a position message from a place within 180 nautical miles; Doc 9871, locally unambiguous."""
    step = 360.0 / (60 - message.is_odd)
    zone = math.floor(latitude / step) + math.floor(0.5 + latitude % step / step - message.latitude_part)
    found = step * (zone + message.latitude_part)
    step = 360.0 / max(longitude_zones(found) - message.is_odd, 1)
    zone = math.floor(longitude / step) + math.floor(0.5 + longitude % step / step - message.longitude_part)
    return found, _half_turn(step * (zone + message.longitude_part))


def _half_turn(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0


class _Aircraft:
    """What was heard of an aircraft."""

    def __init__(self) -> None:
        self.callsign = ""
        self.velocity = (math.nan, math.nan, math.nan)
        self.pair: dict[bool, tuple[float, Squitter]] = {}
        self.place: tuple[float, float, float] | None = None  # time, latitude, longitude

    def located(self, time: float, message: Squitter) -> tuple[float, float] | None:
        """The position that a message gives, with the other of its pair or from the last one."""
        self.pair[message.is_odd] = (time, message)
        found = None
        if self.place is not None and abs(time - self.place[0]) <= LOCAL_S:
            found = position_near(message, *self.place[1:])
        elif len(self.pair) == 2 and abs(self.pair[True][0] - self.pair[False][0]) <= PAIR_S:
            found = position_of_pair(self.pair[False][1], self.pair[True][1], message.is_odd)
        if found is not None:
            self.place = (time, *found)
        return found


class ModeSRecording:
    """A file of raw messages: iterate once for its position reports, a piece at a time. Without times, messages are a second apart."""

    def __init__(self, path: Path | str, rows: int = ROWS) -> None:
        self.path = Path(path)
        self.losses = Losses("line")
        self.messages: Counter[str] = Counter()  # by type code; "other" for other messages of Mode S
        self._rows = rows
        self._aircraft: dict[str, _Aircraft] = {}

    def __iter__(self) -> Iterator[Columns]:
        found: list[Report] = []
        try:
            file = self.path.open(encoding="utf-8", errors="replace")
        except OSError as error:
            raise RecordingError(f"{self.path}: cannot be read ({error.strerror})") from None
        with file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    report = self._report(number, line)
                except ValueError as error:
                    known = str(error) in ("bad parity", "not 7 or 14 octets")
                    self.losses.add(number, 0, str(error) if known else "not a message in hexadecimal")
                    continue
                if report is not None:
                    found.append(report)
                if len(found) >= self._rows:
                    yield table(found)
                    found = []
        if found:
            yield table(found)

    def _report(self, number: int, line: str) -> Report | None:
        *before, text = line.strip().split(",")
        time = float(before[0]) if before else float(number)
        message = squitter(text.strip().lstrip("*").rstrip(";"))
        if message is None:
            self.messages["other"] += 1
            return None
        self.messages[str(message.type_code)] += 1
        aircraft = self._aircraft.setdefault(message.address, _Aircraft())
        aircraft.callsign = message.callsign or aircraft.callsign
        if message.type_code == 19:
            speed, course, climb = message.ground_speed_kt, message.track_deg, message.climb_ft_min
            aircraft.velocity = (speed * KNOT, math.radians(course), climb * FOOT_A_MINUTE)
        place = None if math.isnan(message.latitude_part) else aircraft.located(time, message)
        if place is None:
            return None
        height, geometric = message.altitude_ft * FOOT, message.type_code >= 20
        address = message.address
        return Report(time, "", address, address, aircraft.callsign, "", *place, height, geometric, *aircraft.velocity, number)


def read(path: Path | str, rows: int = ROWS) -> ModeSRecording:
    """A file of raw messages, to be iterated for its reports in pieces of `rows`; RecordingError if it cannot be opened."""
    return ModeSRecording(path, rows)
