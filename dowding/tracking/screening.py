"""Detections that cannot be used: found before they do harm, counted, and left out."""

import math

from dowding._jit import kernel
from dowding.tracking.gating import INDEXED
from dowding.tracking.measurement import (
    IDENTITY,
    POSITION,
    POSITION_NOISE,
    RANGE,
    SIGMA,
    SIGMA_VELOCITY,
    TIME,
    VELOCITY,
    is_position_report,
)
from dowding.tracking.picture import LAST_TIME, LIVE, MEASURED, Floats, TrackBank

# entries of TrackBank.faults
EMPTY, BAD_TIME, BAD_VALUE, BAD_SIGMA, REPEATED, LATE, NO_ROOM = range(7)
FAULTS = (
    "measure nothing", "have no time or one outside their dwell", "have an infinite value, a negative range or an angle out of bounds",
    "have a standard deviation or covariance that is missing, infinite or not positive", "repeat another one of the same dwell",
    "came in a dwell far older than the picture",
    "found no room among those that wait for a second one",
)  # fmt: skip
USABLE = -1
NEIGHBOURS = 16  # detections before one in its cell that are searched for its repeat; a cell holds one on average
LONGEST_DWELL = 120.0  # s, a detection further from the end of its dwell is not of it


@kernel
def fault_of(measured: Floats, d: int, now: float) -> int:
    """What is wrong with a detection (see EMPTY ...), or USABLE."""
    if not abs(measured[d, TIME] - now) <= LONGEST_DWELL:
        return BAD_TIME
    if is_position_report(measured, d):
        return fault_of_report(measured, d)
    found = 0
    for k in range(4):
        value, sigma = measured[d, k], measured[d, SIGMA + k]
        if math.isnan(value):
            continue
        found += 1
        if math.isinf(value) or (k == RANGE and value <= 0.0) or (k in (1, 2) and abs(value) > 7.0):
            return BAD_VALUE
        if not 0.0 < sigma < math.inf:
            return BAD_SIGMA
    return USABLE if found > 0 else EMPTY


@kernel
def fault_of_report(measured: Floats, d: int) -> int:
    """What is wrong with a reported position, or USABLE."""
    for k in range(3):
        if not abs(measured[d, POSITION + k]) < math.inf or math.isinf(measured[d, VELOCITY + k]):
            return BAD_VALUE
    # Sylvester's criterion for a positive definite covariance
    n = POSITION_NOISE
    xx, yx, yy, zx, zy, zz = (
        measured[d, n],
        measured[d, n + 1],
        measured[d, n + 2],
        measured[d, n + 3],
        measured[d, n + 4],
        measured[d, n + 5],
    )
    second = xx * yy - yx * yx
    third = zz * second - xx * zy * zy - yy * zx * zx + 2.0 * yx * zx * zy
    if not (0.0 < xx < math.inf and 0.0 < second < math.inf and 0.0 < third < math.inf):
        return BAD_SIGMA
    if not math.isnan(measured[d, VELOCITY]) and not 0.0 < measured[d, SIGMA_VELOCITY] < math.inf:
        return BAD_SIGMA
    return USABLE


@kernel
def blank(measured: Floats, d: int, now: float) -> None:
    """Make a detection one of nothing at `now`, so that no mean or maximum over the dwell feels it."""
    for k in range(MEASURED):
        measured[d, k] = math.nan
    measured[d, TIME], measured[d, IDENTITY] = now, -1.0


@kernel
def screen_detections(bank: TrackBank, count: int, now: float) -> None:
    """Mark the usable detections of a dwell (column["valid"]) and count the faults of the others."""
    for d in range(count):
        fault = fault_of(bank.work.measured, d, now)
        bank.work.column[d]["valid"] = 1 if fault == USABLE else 0
        if fault != USABLE:
            bank.faults[fault] += 1
            blank(bank.work.measured, d, now)


@kernel
def is_too_late(bank: TrackBank, count: int, now: float) -> bool:
    """Whether time has run back further than any sensor's data may come late; if so, counts the faults, unless there is no picture yet."""
    if bank.tally[LAST_TIME] - now <= LONGEST_DWELL:
        return False
    if bank.counters[LIVE] == 0:
        bank.tally[LAST_TIME] = now
        return False
    bank.faults[LATE] += count
    return True


@kernel
def is_repeat(measured: Floats, a: int, b: int) -> bool:
    """Whether two detections are one report, told twice."""
    for k in range(MEASURED):
        if measured[a, k] != measured[b, k] and not (math.isnan(measured[a, k]) and math.isnan(measured[b, k])):
            return False
    return True


@kernel
def drop_repeats(bank: TrackBank) -> None:
    """Leave out all but one of the detections of a dwell that are the same in everything; they stand sorted into cells."""
    work = bank.work
    near = work.near
    for k in range(int(work.grid[INDEXED])):
        d = near[k]["detection"]
        for j in range(k - 1, max(k - NEIGHBOURS, 0) - 1, -1):
            other = near[j]["detection"]
            if work.column[other]["cell"] != work.column[d]["cell"]:
                break
            if work.column[other]["valid"] == 1 and is_repeat(work.measured, d, other):
                # NaN compares with nothing: nobody finds it any more
                work.column[d]["valid"], near[k]["azimuth"] = 0, math.nan
                bank.faults[REPEATED] += 1
                break
