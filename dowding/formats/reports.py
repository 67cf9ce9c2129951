"""Position reports of targets that say who they are, from whatever format, as one kind of table.

Columns (report,): time_s; words, "" unknown: source, identity (what names the target there), address (24 bits in hexadecimal),
callsign, mode_3a; latitude_deg, longitude_deg; altitude_m, NaN unknown; geometric, whether it is a height above the ellipsoid and
not one by pressure; speed_mps over ground, course_rad clockwise from north, climb_mps, NaN unknown; place, the octet or line of the
file that it came from. Times are seconds after 1970 where the format has a date, otherwise of a day, going on past midnight.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[Any]]

WORDS = ("source", "identity", "address", "callsign", "mode_3a")
REALS = ("time_s", "latitude_deg", "longitude_deg", "altitude_m", "speed_mps", "course_rad", "climb_mps")
COLUMNS = ("time_s", *WORDS, *REALS[1:4], "geometric", *REALS[4:], "place")

KNOT, FOOT, NAUTICAL_MILE, FLIGHT_LEVEL = 1852.0 / 3600.0, 0.3048, 1852.0, 30.48
FOOT_A_MINUTE = FOOT / 60.0
DAY = 86_400.0


class Report(NamedTuple):
    """One row, in the order of COLUMNS."""

    time_s: float
    source: str
    identity: str
    address: str
    callsign: str
    mode_3a: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    geometric: bool
    speed_mps: float
    course_rad: float
    climb_mps: float
    place: int


def table(rows: list[Report]) -> Columns:
    """Rows as columns."""
    lists = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    return typed(dict(zip(COLUMNS, lists, strict=True)))


def typed(columns: dict[str, Any]) -> Columns:
    """Columns with their types; those that are missing are filled with what stands for missing."""
    count = len(columns["time_s"])
    out: Columns = {}
    for name in COLUMNS:
        values = columns.get(name)
        if name in WORDS:
            out[name] = np.array([""] * count if values is None else values, dtype=str).astype(object)
        elif name == "geometric":
            out[name] = np.zeros(count, bool) if values is None else np.asarray(values, bool)
        elif name == "place":
            out[name] = np.full(count, -1, np.int64) if values is None else np.asarray(values, np.int64)
        else:
            out[name] = np.full(count, np.nan) if values is None else np.asarray(values, np.float64)
    return out


def joined(parts: list[Columns]) -> Columns:
    """Pieces one after the other."""
    if not parts:
        return table([])
    return {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}


ALONE_S = 3600.0  # farther from the times before and after it, a time says nothing of the day


def unwrapped(time_of_day: NDArray[np.float64], start: float = np.nan) -> NDArray[np.float64]:
    """Times of day (row,) s, in the order of the file, going on past midnight; a step back of more than half a day is a new day.

    `start` is the time, unwrapped, that came before the first; NaN for none. NaN stay NaN. A time that is far from both its neighbours, as
    damage makes them, is put on the day of what came before and turns no day for what follows.
    """
    known = np.flatnonzero(np.isfinite(time_of_day))
    out = time_of_day.astype(np.float64).copy()
    if not len(known):
        return out
    begun = not np.isnan(start)
    times = np.concatenate([[start], out[known]]) if begun else out[known]
    near = np.abs(_shortest(np.diff(times))) < ALONE_S
    trusted = np.concatenate([[begun], near]) | np.concatenate([near, [False]])
    if not trusted.any():
        trusted[:] = True
    steps = _shortest(np.diff(times[trusted]))
    day = times[trusted][0] + np.concatenate([[0.0], np.cumsum(steps)])
    before = day[np.maximum(np.cumsum(trusted) - 1, 0)]
    out[known] = (times + DAY * np.round((before - times) / DAY))[begun:]
    return out


def _shortest(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps of a time of day (n,) s as the nearer way around the clock."""
    return np.asarray(steps - DAY * np.round(steps / DAY), np.float64)


def addresses(values: NDArray[Any]) -> NDArray[Any]:
    """24-bit addresses as six hexadecimal digits, "" for those below 0."""
    unique, index = np.unique(values, return_inverse=True)
    words = np.array(["" if value < 0 else f"{value:06X}" for value in unique.tolist()], dtype=object)
    return words[index] if len(words) else np.zeros(0, object)
