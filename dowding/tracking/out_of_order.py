"""Dwells that come late: the tracks are those that the right order would have given, to the last bit, as far back as is kept.

Snapshots of the tracks are kept for a bounded time. A dwell that is older than what was processed is put into its place, the tracks are
set back to the snapshot before it, and what came after it is processed again. That costs more than retrodicting one track (Bar-Shalom, Chen
& Mallick 2004, "One-step solution for the multistep out-of-sequence-measurement problem in tracking", IEEE Trans. Aerospace and Electronic
Systems 40, algorithms A1 and B1), but also association, misses, confirmations and new tracks come out right.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dowding.tracking.picture import SensorGeometry, TrackBank
from dowding.tracking.tracker import Tracker, TrackerError, fill_detections


class Dwell(NamedTuple):
    """What a sensor reported in one dwell, as for Tracker.update."""

    now: float  # s, its end
    sensor: int
    serial: int  # tells apart dwells of one sensor that end together
    azimuth_start: float  # rad
    azimuth_end: float  # rad
    columns: dict[str, Any]

    @property
    def order(self) -> tuple[float, int, int]:
        """Dwells are processed by their end, then by sensor, then as they were given."""
        return self.now, self.sensor, self.serial


class Late(NamedTuple):
    """What came late."""

    in_order: int
    replayed: int  # late, and put into its place
    refused: int  # older than what is kept
    oldest_s: float  # by how much the latest of all was late
    processed: int  # dwells processed, with those processed again


class OrderedTracker:
    """A Tracker for detections that come out of order by up to `horizon_s` seconds; `update` and `tracks` are those of Tracker.

    A snapshot is kept every `every` dwells. Dwells older than the horizon are not processed, but counted: `late` and `sentence` say.
    """

    def __init__(self, tracker: Tracker, horizon_s: float, every: int = 8) -> None:
        if not (horizon_s >= 0.0 and np.isfinite(horizon_s)):
            raise TrackerError(f"horizon_s is {horizon_s}, allowed is at least 0")
        if every < 1:
            raise TrackerError(f"every is {every}, allowed is at least 1")
        self.tracker, self.horizon_s, self.every = tracker, horizon_s, every
        self._dwells: list[Dwell] = []  # processed and kept, in order
        self._snapshots: list[tuple[int, _Snapshot]] = [(0, _Snapshot(tracker))]  # before so many of the kept dwells
        self._latest, self._serial = -np.inf, 0
        self.late = Late(0, 0, 0, 0.0, 0)

    def update(
        self, now: float, sensor: int, azimuth_start: float = -np.pi, azimuth_end: float = np.pi, **columns: ArrayLike
    ) -> dict[str, NDArray[Any]]:
        """Take in one dwell, in or out of order, and return the confirmed tracks at the latest time known. Raises TrackerError."""
        self.take(now, sensor, azimuth_start, azimuth_end, columns)
        return self.tracker.tracks(self._latest if np.isfinite(self._latest) else now)

    def take(self, now: float, sensor: int, azimuth_start: float, azimuth_end: float, columns: Mapping[str, ArrayLike]) -> bool:
        """Take in one dwell; returns False for one that is too old."""
        if not np.isfinite(now):
            raise TrackerError(f"a dwell ends at {now} s, allowed is a finite time")
        kept = {name: np.array(values) for name, values in columns.items()}
        count = len(np.atleast_1d(kept["range"])) if kept else 0
        if count > len(self.tracker.assigned):
            raise TrackerError(f"a dwell has {count} detections, room is for {len(self.tracker.assigned)}", hint="raise detections_max")
        self._serial += 1
        dwell = Dwell(float(now), int(sensor), self._serial, azimuth_start, azimuth_end, kept)
        behind = self._latest - dwell.now
        if behind > self.horizon_s:
            self.late = self.late._replace(refused=self.late.refused + 1, oldest_s=max(self.late.oldest_s, behind))
            return False
        at = bisect_left([d.order for d in self._dwells], dwell.order)
        if at == len(self._dwells):
            self.late = self.late._replace(in_order=self.late.in_order + 1)
        else:
            self.late = self.late._replace(replayed=self.late.replayed + 1, oldest_s=max(self.late.oldest_s, behind))
        self._dwells.insert(at, dwell)
        self._latest = max(self._latest, dwell.now)
        self._process(at)
        self._trim()
        return True

    def sentence(self) -> str:
        """How much came late, in words."""
        late = self.late
        total = late.in_order + late.replayed + late.refused
        words = f"{late.replayed} of {total} dwells came late and were put into their place"
        if late.refused:
            words += f"; {late.refused} came more than {self.horizon_s:g} s late and were left out"
        return words + (f"; the latest by {late.oldest_s:.3g} s" if late.oldest_s > 0.0 else "")

    def _process(self, first: int) -> None:
        """Process the kept dwells from number `first` on, from the last snapshot before it."""
        tracker = self.tracker
        if first < len(self._dwells) - 1:
            self._snapshots = [s for s in self._snapshots if s[0] <= first]
            begin, snapshot = self._snapshots[-1]
            snapshot.restore(tracker)
        else:
            begin = first
        for number in range(begin, len(self._dwells)):
            if number - self._snapshots[-1][0] >= self.every:
                self._snapshots.append((number, _Snapshot(tracker)))
            d = self._dwells[number]
            tracker.count = fill_detections(tracker.detections, {"time": d.now} | d.columns) if d.columns else 0
            tracker.run(d.now, d.sensor, d.azimuth_start, d.azimuth_end)
            self.late = self.late._replace(processed=self.late.processed + 1)

    def _trim(self) -> None:
        """Forget dwells and snapshots that nothing can go back to."""
        oldest = bisect_left([d.now for d in self._dwells], self._latest - self.horizon_s)
        needed = bisect_right([number for number, _ in self._snapshots], oldest) - 1
        if needed > 0:
            drop = self._snapshots[needed][0]
            self._dwells = self._dwells[drop:]
            self._snapshots = [(number - drop, snapshot) for number, snapshot in self._snapshots[needed:]]


class _Snapshot:
    """All that a tracker knows, copied."""

    def __init__(self, tracker: Tracker) -> None:
        self.bank = _copies(tracker.bank)
        self.sensors = [array.copy() for array in tracker.sensors]

    def restore(self, tracker: Tracker) -> None:
        """Set the tracker back."""
        for mine, its in zip(self.bank, _arrays(tracker.bank), strict=True):
            its[...] = mine
        for mine, its in zip(self.sensors, tracker.sensors, strict=True):
            its[...] = mine


def _arrays(bank: TrackBank | SensorGeometry) -> list[NDArray[Any]]:
    """Every array of a bank but its scratch."""
    return [value for name, value in bank._asdict().items() if name != "work"]


def _copies(bank: TrackBank) -> list[NDArray[Any]]:
    return [array.copy() for array in _arrays(bank)]
