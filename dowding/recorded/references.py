"""What others report of the same targets, as series of positions on the clock and in the frame of our tracks, and laid beside them."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import RecordingError
from dowding.formats import positions
from dowding.formats.damage import Losses
from dowding.formats.reports import DAY
from dowding.physics.geodesy import geodetic_to_theatre_many
from dowding.recorded.following import Followed
from dowding.recorded.quality import Floats

Ints = NDArray[np.int64]

GAP_S = 60.0  # a reference silent for longer is not interpolated over
GATE_M = 3000.0  # a track farther off than this is not of that reference
SHARE = 0.5  # least part of a track's updates that must be near a reference for the two to belong together
DATED = 3.1e8  # s: later times have a date


class References(NamedTuple):
    """Series of positions, sorted by series and time."""

    names: list[str]
    name: Ints  # (report,) number of its series
    time: Floats  # (report,) s, of the tracks' clock
    position: Floats  # (report, 3) m, theatre
    first: Ints  # (series + 1,) its first report
    losses: Losses
    file: str
    what: str  # such as "system tracks"


class Beside(NamedTuple):
    """Points of ours beside references: for each pair of a point and a reference near it at its time."""

    point: Ints  # (pair,) row of the points
    series: Ints  # (pair,) number of the reference
    difference: Floats  # (pair, 3) m, ours less theirs, theatre
    velocity: Floats  # (pair, 3) m/s, of the reference


def references_of(path: Path, followed: Followed) -> list[References]:
    """All series of a file, on the clock and in the frame of what was followed; ADS-B and system tracks apart. Raises RecordingError."""
    if positions.kind_of(path) != "asterix":
        return [_references(path, followed, "position reports")]
    found: list[References] = []
    failure: RecordingError | None = None
    for category, what in ((62, "system tracks"), (21, "ADS-B")):
        try:
            found.append(_references(path, followed, what, categories=(category,)))
        except RecordingError as error:
            # that there are none of one kind says less than what is wrong with the other
            failure = error if failure is None or "holds no" in failure.message else failure
    if not found and failure is not None:
        raise failure
    return found


def _references(path: Path, followed: Followed, what: str, **options: Any) -> References:
    found, losses = positions.load(path, **options)
    zero = followed.plots.zero
    time = found["time_s"].astype(np.float64)
    detected = followed.tables["detections"]["time_s"]
    theirs = float(np.median(time))
    # with a date on both sides nothing need be guessed; otherwise the day that brings them together
    is_dated = zero > 0.0 and theirs > DATED
    time -= zero if is_dated else DAY * np.round((theirs - float(np.median(detected))) / DAY)
    keep = np.flatnonzero(found["identity"] != "")
    if not len(keep):
        raise RecordingError(f"{path}: its {what} name no target")
    names, number = np.unique(found["identity"][keep].astype(str), return_inverse=True)
    altitude = _filled(found["altitude_m"][keep], number, time[keep])
    geodetic = np.column_stack([np.radians(found["latitude_deg"][keep]), np.radians(found["longitude_deg"][keep]), altitude])
    order = np.lexsort((time[keep], number))
    number, times, place = number[order], time[keep][order], geodetic_to_theatre_many(followed.frame, geodetic)[order]
    fresh = np.concatenate([[True], (np.diff(number) > 0) | (np.diff(times) > 1e-3)])
    number, times, place = number[fresh], times[fresh], place[fresh]
    first = np.searchsorted(number, np.arange(len(names) + 1))
    if times.max() < detected.min() or times.min() > detected.max():
        plots = f"the plots of {detected.min():.0f} to {detected.max():.0f} s"
        text = f"{path}: its {what} are of {times.min():.0f} to {times.max():.0f} s, {plots}"
        raise RecordingError(text, hint="both must be of the same hours")
    return References([str(name) for name in names], number, times, place, first, losses, str(path), what)


def _filled(altitude: Floats, series: Ints, time: Floats) -> Floats:
    """Altitudes with those that are missing taken from the neighbours in time of the same series, 0 where there is none."""
    out = altitude.copy()
    for number in np.unique(series[np.isnan(altitude)]):
        mine = np.flatnonzero(series == number)
        known = mine[np.isfinite(altitude[mine])]
        order = known[np.argsort(time[known])]
        near = np.interp(time[mine], time[order], altitude[order]) if len(order) else np.zeros(len(mine))
        out[mine] = np.where(np.isnan(altitude[mine]), near, altitude[mine])
    return out


def beside(time: Floats, position: Floats, references: References, gate: float = GATE_M) -> Beside:
    """Pairs of points (point,) at `time` s and `position` (point, 3) m with the references within `gate` m of them, over ground."""
    order = np.argsort(time, kind="stable")
    when = time[order]
    parts: list[tuple[Ints, Ints, Floats, Floats]] = []
    for number in range(len(references.names)):
        rows = slice(references.first[number], references.first[number + 1])
        t, p = references.time[rows], references.position[rows]
        if len(t) < 2:
            continue
        mine = order[np.searchsorted(when, t[0]) : np.searchsorted(when, t[-1], "right")]
        after = np.clip(np.searchsorted(t, time[mine], "right"), 1, len(t) - 1)
        step = t[after] - t[after - 1]
        share = ((time[mine] - t[after - 1]) / step)[:, None]
        there = p[after - 1] + share * (p[after] - p[after - 1])
        difference = position[mine] - there
        near = (step <= GAP_S) & (np.hypot(difference[:, 0], difference[:, 1]) <= gate)
        velocity = (p[after] - p[after - 1]) / step[:, None]
        parts.append((mine[near], np.full(int(near.sum()), number), difference[near], velocity[near]))
    if not parts:
        return Beside(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)), np.zeros((0, 3)))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Beside(*joined)


def matched(track: Ints, pairs: Beside) -> dict[int, int]:
    """The reference of each track, by track number: the one that it is nearest to most often, if that is often enough."""
    distance = np.hypot(pairs.difference[:, 0], pairs.difference[:, 1])
    order = np.lexsort((distance, pairs.point))
    best = order[np.flatnonzero(np.diff(pairs.point[order], prepend=-1))]
    numbers, sizes = np.unique(track, return_counts=True)
    total = dict(zip(numbers.tolist(), sizes.tolist(), strict=True))
    votes: dict[tuple[int, int], int] = {}
    for number, series in zip(track[pairs.point[best]].tolist(), pairs.series[best].tolist(), strict=True):
        votes[number, series] = votes.get((number, series), 0) + 1
    found: dict[int, tuple[int, int]] = {}
    for (number, series), count in votes.items():
        if count >= SHARE * total[number] and count > found.get(number, (0, 0))[0]:
            found[number] = (count, series)
    return {number: series for number, (_, series) in found.items()}


