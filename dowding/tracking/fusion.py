"""One picture from several sensors: two confirmed tracks that keep looking like one target become one, under the older id."""

import math

from dowding._jit import kernel
from dowding.tracking.identity import are_strangers, hand_identity_over
from dowding.tracking.lifecycle import delete
from dowding.tracking.picture import CONFIRMED, UPDATED_NOW, WATCHERS, Floats, TrackBank, TrackerConfig


@kernel
def mahalanobis(difference: Floats, covariance: Floats) -> float:
    """Squared length of difference (6,) under covariance (6, 6), infinite if that is not positive definite; both are destroyed."""
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
    if bank.track["time"][a] > bank.track["time"][b]:
        a, b = b, a
    dt = bank.track["time"][b] - bank.track["time"][a]
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
    track = bank.track
    # not by their times: both may have moved on to this dwell, by shares of one detection
    if track["last_update_time"][younger] > track["last_update_time"][older]:
        for model in range(bank.x.shape[1]):
            bank.mode[older, model] = bank.mode[younger, model]
            for i in range(bank.x.shape[2]):
                bank.x[older, model, i] = bank.x[younger, model, i]
            for k in range(bank.covariance_models.shape[2]):
                bank.covariance_models[older, model, k] = bank.covariance_models[younger, model, k]
        for i in range(6):
            bank.state[older, i] = bank.state[younger, i]
            for j in range(6):
                bank.covariance[older, i, j] = bank.covariance[younger, i, j]
        track["time"][older] = track["time"][younger]
        track["history"][older] = track["history"][younger]
        track["misses"][older] = track["misses"][younger]
    bank.track["last_update_time"][older] = max(bank.track["last_update_time"][older], bank.track["last_update_time"][younger])
    bank.track["score"][older] = max(bank.track["score"][older], bank.track["score"][younger])
    hand_identity_over(bank, older, younger)
    for watcher in range(bank.counters[WATCHERS]):
        k = bank.watchers[watcher]
        if bank.seen["last_seen"][younger, k] > bank.seen["last_seen"][older, k]:
            bank.seen["last_seen"][older, k] = bank.seen["last_seen"][younger, k]
            bank.seen["last_missed"][older, k] = bank.seen["last_missed"][younger, k]
            bank.seen["sensor_misses"][older, k] = bank.seen["sensor_misses"][younger, k]


@kernel
def merge_twins(bank: TrackBank, config: TrackerConfig, rows: int) -> None:
    """Find tracks whose gated detection went to another track, count for how many looks the two looked like one, and merge them.

    Two targets in formation each get their own detections and are left alone: the count starts again when both are hit in one dwell.
    """
    work = bank.work
    for row in range(rows):
        slot = work.row["slot"][row]
        if bank.track["status"][slot] != CONFIRMED:
            continue
        if work.row["column"][row] >= 0:
            if bank.track["twin_looks"][slot] > 0 and is_twin_hit(bank, rows, bank.track["twin"][slot]):
                bank.track["twin_looks"][slot] = 0
            continue
        for k in range(work.row["start"][row], work.row["start"][row + 1]):
            taker = work.column["row"][work.pair["column"][k]]
            if taker < 0 or bank.track["status"][work.row["slot"][taker]] != CONFIRMED:
                continue
            other = work.row["slot"][taker]
            older, younger = (slot, other) if bank.track["id"][slot] < bank.track["id"][other] else (other, slot)
            if are_strangers(bank, slot, other) or likeness(bank, slot, other) > config.merge_gate:
                continue
            if bank.track["twin"][younger] != bank.track["id"][older]:
                bank.track["twin"][younger], bank.track["twin_looks"][younger] = bank.track["id"][older], 0
            bank.track["twin_looks"][younger] += 1
            if bank.track["twin_looks"][younger] >= config.merge_looks:
                take_over(bank, older, younger)
                delete(bank, younger)
                if younger == other:
                    # the detection of this dwell is the older track's now
                    work.row["slot"][taker] = older
                    bank.slots["updated"][bank.counters[UPDATED_NOW]] = older
                    bank.counters[UPDATED_NOW] += 1
            break


@kernel
def is_twin_hit(bank: TrackBank, rows: int, twin: int) -> bool:
    """Whether the track of id `twin` took a detection in this dwell."""
    work = bank.work
    for row in range(rows):
        if bank.track["id"][work.row["slot"][row]] == twin:
            return bool(work.row["column"][row] >= 0)
    return False
