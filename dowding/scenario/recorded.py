"""Flights out of recordings: who is in a file of position reports, where each was when, and whether the chosen target can fly that."""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dowding.catalogue import Entry
from dowding.errors import RecordingError
from dowding.scenario.faults import Fault, Mistake, listed, nearest, quoted
from dowding.scenario.parts import Side
from dowding.scenario.resolved import RecordedWay, ResolvedFlight
from dowding.scenario.schema import Flight

if TYPE_CHECKING:
    from dowding.formats.reports import Columns

Rows = NDArray[np.int64]

GAP_S = 120.0  # a silence as long as that ends a way; what is heard later is another
SHORTEST_S = 10.0  # of a way
FEWEST = 4  # reports of a way
FASTER = 1.05  # than the target's highest speed, for noise
EARTH_RADIUS_M = 6_371_008.8  # mean


def resolve_recording(place: str, flight: Flight, path: str, target: Entry, duration_s: float) -> ResolvedFlight:
    """The flight with the ways of its recording, the first report at its departure; Mistake where that cannot be flown."""
    try:
        reports, is_exact = _load(path)
    except RecordingError as error:
        raise Mistake(Fault(f"{place}.recording", error.message, error.hint)) from None
    chosen = _chosen(place, flight.identity, reports)
    first = float(reports["time_s"][chosen].min())
    ways: list[RecordedWay] = []
    for identity in np.unique(reports["identity"][chosen].astype(str)):
        mine = chosen[reports["identity"][chosen] == identity]
        for rows in _stretches(reports["time_s"], mine):
            times = reports["time_s"][rows] - first + flight.depart_s
            inside = times < duration_s
            if inside.sum() >= FEWEST and np.ptp(times[inside]) >= SHORTEST_S:
                ways.append(_way(place, str(identity), reports, rows[inside], times[inside], is_exact))
    if not ways:
        text = f"got {path}, must hold a target with {FEWEST} reports over {SHORTEST_S:g} s, from depart_s to duration_s"
        raise Mistake(Fault(f"{place}.recording", text))
    _check_speeds(place, ways, target)
    name, side = flight.name, flight.side
    return ResolvedFlight(name, side, target, len(ways), flight.depart_s, 0.0, 0.0, ways=tuple(ways), jammer=flight.jammer)


def _load(path: str) -> tuple["Columns", bool]:
    """The reports of a file and whether they are without noise, read once however many flights it is named by."""
    try:
        changed = Path(path).stat().st_mtime_ns
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror})") from None
    return _loaded(path, changed)


@lru_cache(maxsize=2)
def _loaded(path: str, changed: int) -> tuple["Columns", bool]:
    from dowding.formats import positions  # a scenario without recordings need not load the readers

    return positions.load(path)[0], positions.kind_of(Path(path)) == "table"


def _chosen(place: str, identity: Sequence[str], reports: "Columns") -> Rows:
    """Rows of the reports of the targets that fly."""
    if not identity:
        return np.arange(len(reports["time_s"]))
    found = []
    for number, name in enumerate(identity):
        same = [np.char.upper(reports[key].astype(str)) == name.strip().upper() for key in ("identity", "address", "callsign")]
        rows = np.flatnonzero(np.any(same, axis=0))
        if not len(rows):
            known = sorted({str(word) for key in ("identity", "callsign") for word in np.unique(reports[key].astype(str))} - {""})
            text = f"got {quoted(name)}, must be in the recording, which has {listed(known[:20])}"
            raise Mistake(Fault(f"{place}.identity[{number}]", text, nearest(name, known)))
        found.append(rows)
    return np.unique(np.concatenate(found))


def _stretches(time: NDArray[np.float64], rows: Rows) -> Iterator[Rows]:
    """Rows in order of time, once a time, cut at long silences."""
    order = rows[np.argsort(time[rows], kind="stable")]
    order = order[np.concatenate([[True], np.diff(time[order]) > 1e-3])]
    yield from np.split(order, np.flatnonzero(np.diff(time[order]) > GAP_S) + 1)


def _way(place: str, name: str, reports: "Columns", rows: Rows, times: NDArray[np.float64], is_exact: bool) -> RecordedWay:
    height = reports["altitude_m"][rows]
    known = np.isfinite(height)
    if not known.any():
        text = f"got no altitude of {quoted(name)}, must have one"
        raise Mistake(Fault(f"{place}.recording", text, "leave it out with identity = [...]"))
    height = np.interp(times, times[known], height[known])
    columns = (times, reports["latitude_deg"][rows], reports["longitude_deg"][rows], height)
    return RecordedWay(name, tuple(zip(*(column.tolist() for column in columns), strict=True)), is_exact)


def _check_speeds(place: str, ways: Sequence[RecordedWay], target: Entry) -> None:
    """Over a quarter of a minute nobody may be faster than the target can fly."""
    fastest = target.number("speed_max_mps")
    for way in ways:
        rows = np.array(way.rows)
        later = np.minimum(np.searchsorted(rows[:, 0], rows[:, 0] + 15.0), len(rows) - 1)
        step = rows[later, 0] - rows[:, 0]
        use = step >= SHORTEST_S / 2.0
        north = np.radians(rows[later, 1] - rows[:, 1])
        east = np.radians(rows[later, 2] - rows[:, 2]) * np.cos(np.radians(rows[:, 1]))
        speed = EARTH_RADIUS_M * np.hypot(north, east)[use] / step[use]
        if len(speed) and speed.max() > FASTER * fastest:
            limit = f"must be at most {fastest:g} m/s, the highest speed of {quoted(target.id)}"
            text = f"got {way.name} at {speed.max():.0f} m/s, {limit}"
            raise Mistake(Fault(f"{place}.recording", text, "choose another target or identity"))


def from_recording(
    path: Path | str, target: str, *, side: Side = "red", identity: Sequence[str] = (), depart_s: float = 0.0
) -> tuple[Flight, ...]:
    """Flights for a scenario out of a file of position reports: one for each target in it, all on the recording's own clock.

    target: catalogue id of what they are taken for; identity: addresses, callsigns or track numbers, all if left out. The first of
    all reports is at `depart_s`. Raises RecordingError.
    """
    reports, _ = _load(str(path))
    try:
        chosen = _chosen("recording", identity, reports)
    except Mistake as mistake:
        raise RecordingError(f"{path}: {mistake.fault.text}", hint=mistake.fault.hint) from None
    names, number = np.unique(reports["identity"][chosen].astype(str), return_inverse=True)
    first = float(reports["time_s"][chosen].min())
    flights = []
    for k, name in enumerate(names.tolist()):
        mine = chosen[number == k]
        callsigns = [word for word in reports["callsign"][mine].astype(str).tolist() if word]
        called = f"{callsigns[-1]} ({name})" if callsigns else str(name)
        start = depart_s + float(reports["time_s"][mine].min()) - first
        flights.append(Flight(name=called, target=target, side=side, recording=str(path), identity=(str(name),), depart_s=start))
    return tuple(flight for flight in flights if math.isfinite(flight.depart_s))
