"""What a run writes down: row buffers that kernels fill and Python empties, so that memory does not grow with the run."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel


class Rows(NamedTuple):
    """A buffer of rows; Python empties it when it is nearly full."""

    real: NDArray[np.float64]  # (row, real column) see the writers in the engine's rooms
    whole: NDArray[np.int64]  # (row, whole column)
    tally: NDArray[np.int64]  # (3,) rows in the buffer; rows ever written; 1 if rows are wanted at all


class Record(NamedTuple):
    """The buffers of a run's tables."""

    truth: Rows
    dwells: Rows
    detections: Rows
    looks: Rows
    tracks: Rows
    events: Rows


# columns: the writers below and `engine/output.py` are the two ends of this contract
WIDTHS = {  # table: (real columns, whole columns)
    "truth": (7, 1),
    "dwells": (11, 2),
    "detections": (19, 5),
    "looks": (4, 3),
    "tracks": (17, 8),
    "events": (1, 7),
}


def make_rows(capacity: int, real: int, whole: int, wanted: bool) -> Rows:
    """An empty buffer of `capacity` rows, or of one if they are not wanted."""
    capacity = capacity if wanted else 1
    return Rows(np.zeros((capacity, real)), np.zeros((capacity, whole), np.int64), np.array([0, 0, int(wanted)]))


def make_record(largest_step: int, wanted: frozenset[str]) -> Record:
    """Buffers of the tables wanted, each several times as long as the most rows that one event can write."""
    capacity = max(4 * largest_step, 20_000)
    return Record(*(make_rows(capacity, *WIDTHS[name], name in wanted) for name in Record._fields))


@kernel
def is_wanted(rows: Rows) -> bool:
    """Whether rows of this table are kept; else nothing may be written."""
    return bool(rows.tally[2] == 1)


@kernel
def has_room(rows: Rows, more: int) -> bool:
    """Whether `more` rows still fit, or none are wanted."""
    return bool(rows.tally[2] == 0 or rows.real.shape[0] - rows.tally[0] >= more)


@kernel
def next_row(rows: Rows) -> int:
    """Reserve the next row and say its place in the buffer."""
    at = rows.tally[0]
    rows.tally[0] += 1
    rows.tally[1] += 1
    return int(at)


# kinds of event rows
FIRST_DETECTION, TRACK_CONFIRMED, TRACK_DELETED, ENGAGEMENT, LAUNCHED, KILL, MISS, ASSET_HIT, ROUTE_FLOWN, BROKEN_OFF = range(10)
APPROVAL_ASKED, APPROVAL_BEGUN, APPROVED = range(14, 17)
EVENT_WORDS = (
    "first detection",
    "track confirmed",
    "track deleted",
    "engagement",
    "launch",
    "kill",
    "miss",
    "asset hit",
    "route flown",
    "engagement broken off",
    "destroyed",
    "silenced",
    "turned",
    "not released",
    "approval asked",
    "approval begun",
    "approved",
)


@kernel
def write_event(rows: Rows, time: float, kind: int, unit: int, sensor: int, target: int, track: int, shot: int, asset: int) -> None:
    """One line of the story."""
    if not is_wanted(rows):
        return
    at = next_row(rows)
    rows.real[at, 0] = time
    rows.whole[at, 0] = kind
    rows.whole[at, 1] = unit
    rows.whole[at, 2] = sensor
    rows.whole[at, 3] = target
    rows.whole[at, 4] = track
    rows.whole[at, 5] = shot
    rows.whole[at, 6] = asset
