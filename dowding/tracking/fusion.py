"""One picture from several sensors: two confirmed tracks that keep looking like one target become one, under the older id."""

import math

from dowding._jit import kernel
from dowding.tracking.lifecycle import delete
from dowding.tracking.picture import CONFIRMED, UPDATED_NOW, Floats, TrackBank, TrackerConfig


@kernel
def mahalanobis(difference: Floats, covariance: Floats) -> float:
    """Squared length of difference (6,) under covariance (6, 6); both are destroyed. Infinite if the covariance is not positive definite."""
    total = 0.0
    for i in range(6):
        pivot = covariance[i, i]
        if pivot <= 0.0:
            return math.inf
        total += difference[i] * difference[i] / pivot
        for j in range(i + 1, 6):
            factor = covariance[j, i] / pivot
            difference[j] -= factor * difference[i]
            for k in range(i + 1, 6):
                covariance[j, k] -= factor * covariance[i, k]
    return total


@kernel
def likeness(bank: TrackBank, a: int, b: int) -> float:
    """Squared Mahalanobis distance (6 dimensions) of two tracks at the later one's time, as if their errors were independent."""
    work = bank.work
    if bank.time[a] > bank.time[b]:
        a, b = b, a
    dt = bank.time[b] - bank.time[a]
    for i in range(6):
        moved = bank.state[a, i] + (dt * bank.state[a, i + 3] if i < 3 else 0.0)
        work.state[i] = moved - bank.state[b, i]
        for j in range(6):
            spread = bank.covariance[a, i, j] + bank.covariance[b, i, j]
            if i < 3:
                spread += dt * bank.covariance[a, i + 3, j]
            if j < 3:
                spread += dt * bank.covariance[a, i, j + 3]
            if i < 3 and j < 3:
                spread += dt * dt * bank.covariance[a, i + 3, j + 3]
            work.spread[i, j] = spread
    return mahalanobis(work.state, work.spread)


@kernel
def take_over(bank: TrackBank, older: int, younger: int) -> None:
    """Give the older track the younger one's estimate if that is newer, and what sensors know of either."""
    if bank.time[younger] > bank.time[older]:
        bank.x[older] = bank.x[younger]
        bank.covariance_models[older] = bank.covariance_models[younger]
        bank.mode[older] = bank.mode[younger]
        bank.state[older] = bank.state[younger]
        bank.covariance[older] = bank.covariance[younger]
        bank.time[older] = bank.time[younger]
        bank.last_sensor[older] = bank.last_sensor[younger]
        bank.last_detection[older] = bank.last_detection[younger]
        bank.nis[older] = bank.nis[younger]
        bank.nis_dimension[older] = bank.nis_dimension[younger]
        bank.history[older] = bank.history[younger]
        bank.misses[older] = bank.misses[younger]
    bank.last_update_time[older] = max(bank.last_update_time[older], bank.last_update_time[younger])
    bank.score[older] = max(bank.score[older], bank.score[younger])
    for k in range(bank.last_seen.shape[1]):
        if bank.last_seen[younger, k] > bank.last_seen[older, k]:
            bank.last_seen[older, k] = bank.last_seen[younger, k]
            bank.last_missed[older, k] = bank.last_missed[younger, k]
            bank.sensor_misses[older, k] = bank.sensor_misses[younger, k]


@kernel
def merge_twins(bank: TrackBank, config: TrackerConfig, rows: int) -> None:
    """Find tracks whose gated detection went to another track, count for how many looks the two looked like one, and merge them.

    Two targets in formation each get their own detections and are left alone: the count starts again when both are hit in one dwell.
    """
    work = bank.work
    for row in range(rows):
        slot = work.row_slot[row]
        if bank.status[slot] != CONFIRMED:
            continue
        if work.row_column[row] >= 0:
            if bank.twin_looks[slot] > 0 and is_twin_hit(bank, rows, bank.twin[slot]):
                bank.twin_looks[slot] = 0
            continue
        for k in range(work.row_start[row], work.row_start[row + 1]):
            taker = work.column_row[work.pair_column[k]]
            if taker < 0 or bank.status[work.row_slot[taker]] != CONFIRMED:
                continue
            other = work.row_slot[taker]
            older, younger = (slot, other) if bank.id[slot] < bank.id[other] else (other, slot)
            if likeness(bank, slot, other) > config.merge_gate:
                continue
            if bank.twin[younger] != bank.id[older]:
                bank.twin[younger], bank.twin_looks[younger] = bank.id[older], 0
            bank.twin_looks[younger] += 1
            if bank.twin_looks[younger] >= config.merge_looks:
                take_over(bank, older, younger)
                delete(bank, younger)
                if younger == other:
                    # the detection of this dwell is the older track's now
                    work.row_slot[taker] = older
                    bank.updated_slot[bank.counters[UPDATED_NOW]] = older
                    bank.counters[UPDATED_NOW] += 1
            break


@kernel
def is_twin_hit(bank: TrackBank, rows: int, twin: int) -> bool:
    """Whether the track of id `twin` took a detection in this dwell."""
    work = bank.work
    for row in range(rows):
        if bank.id[work.row_slot[row]] == twin:
            return bool(work.row_column[row] >= 0)
    return False
