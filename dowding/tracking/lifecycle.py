"""A track's life: started by a detection that fits no track, confirmed by M of N looks, dropped after misses.

Only looks by sensors that have seen the track count, so that a radar too weak for a small target cannot vote it away.
"""

import math

from dowding._jit import kernel
from dowding.tracking.association import SPLIT_PLOT
from dowding.tracking.filters import combine
from dowding.tracking.identity import note_identity
from dowding.tracking.initiation import begin_state
from dowding.tracking.measurement import IDENTITY, TIME
from dowding.tracking.picture import (
    CONFIRMED,
    CONFIRMED_NOW,
    DELETED_NOW,
    FREE,
    FREE_SLOTS,
    HIGHEST,
    LIVE,
    NEVER,
    NEXT_ID,
    TENTATIVE,
    UPDATED_NOW,
    Floats,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
)


@kernel
def begin_dwell(bank: TrackBank) -> None:
    """Return the slots of the tracks deleted in the last dwell to the free ones and empty the lists of events."""
    counters = bank.counters
    for k in range(counters[DELETED_NOW]):
        bank.slots["free"][counters[FREE_SLOTS]] = bank.slots["deleted"][k]
        counters[FREE_SLOTS] += 1
    counters[DELETED_NOW] = 0
    counters[CONFIRMED_NOW] = 0
    counters[UPDATED_NOW] = 0


@kernel
def delete(bank: TrackBank, slot: int) -> None:
    """End a track; its row stays readable until the next dwell."""
    bank.track["status"][slot] = FREE
    bank.slots["deleted"][bank.counters[DELETED_NOW]] = slot
    bank.counters[DELETED_NOW] += 1
    bank.counters[LIVE] -= 1


@kernel
def hits_in_window(history: int, window: int) -> int:
    """Hits among the last `window` looks."""
    hits = 0
    for k in range(window):
        hits += (history >> k) & 1
    return hits


@kernel
def note_hit(
    bank: TrackBank, config: TrackerConfig, period: Floats, miss_score: float, slot: int, sensor: int, time: float, gain: float
) -> None:
    """Count a detection taken by a track at `time`, whose log likelihood ratio is `gain`; confirm the track if that is enough.

    period (sensor,) s; miss_score is what a miss by this sensor adds to the score.
    """
    if time - bank.seen["last_missed"][slot, sensor] < SPLIT_PLOT * period[sensor]:
        # the dwell before held its predicted place and this one the target: the miss is taken back
        bank.track["history"][slot] |= 1
        gain -= miss_score
    else:
        bank.track["history"][slot] = ((bank.track["history"][slot] << 1) | 1) & 0xFFFFFFFF
        bank.track["looks"][slot] += 1
    bank.track["hits"][slot] += 1
    bank.track["misses"][slot] = 0
    bank.track["score"][slot] = min(bank.track["score"][slot] + gain, config.score_limit)
    bank.track["last_sensor"][slot] = sensor
    bank.track["last_update_time"][slot] = max(bank.track["last_update_time"][slot], time)
    bank.seen["last_seen"][slot, sensor] = time
    bank.seen["last_missed"][slot, sensor] = NEVER
    bank.seen["sensor_misses"][slot, sensor] = 0
    bank.slots["updated"][bank.counters[UPDATED_NOW]] = slot
    bank.counters[UPDATED_NOW] += 1
    if bank.track["status"][slot] == TENTATIVE:
        hits = hits_in_window(bank.track["history"][slot], config.confirm_window)
        counted = hits >= config.confirm_hits and bank.track["score"][slot] >= config.confirm_score
        if counted or (hits >= 2 and bank.track["score"][slot] >= config.instant_score):
            bank.track["status"][slot] = CONFIRMED
            bank.track["confirmed_time"][slot] = bank.track["last_update_time"][slot]
            bank.slots["confirmed"][bank.counters[CONFIRMED_NOW]] = slot
            bank.counters[CONFIRMED_NOW] += 1


@kernel
def is_supported(bank: TrackBank, config: TrackerConfig, period: Floats, slot: int, now: float) -> bool:
    """Whether some sensor that has seen the track has missed it less than delete_misses times in a row, and lately."""
    for sensor in range(period.shape[0]):
        misses = bank.seen["sensor_misses"][slot, sensor]
        lately = now - bank.seen["last_seen"][slot, sensor] <= (config.delete_misses + 1.0) * period[sensor] + 1.0
        if 0 <= misses < config.delete_misses and lately:
            return True
    return False


@kernel
def note_miss(bank: TrackBank, config: TrackerConfig, period: Floats, miss_score: float, slot: int, sensor: int, now: float) -> None:
    """Count a look at which the track should have been seen and was not; delete it if that is one too many."""
    bank.seen["last_missed"][slot, sensor] = now
    if bank.seen["sensor_misses"][slot, sensor] < 0:
        return
    bank.seen["sensor_misses"][slot, sensor] += 1
    bank.track["misses"][slot] += 1
    bank.track["looks"][slot] += 1
    bank.track["history"][slot] = (bank.track["history"][slot] << 1) & 0xFFFFFFFF
    bank.track["score"][slot] += miss_score
    if bank.track["status"][slot] == CONFIRMED:
        if not is_supported(bank, config, period, slot, now):
            delete(bank, slot)
        return
    hits = hits_in_window(bank.track["history"][slot], config.confirm_window)
    looks_left = max(config.confirm_window - bank.track["looks"][slot], 0)
    if hits + looks_left < config.confirm_hits or bank.track["score"][slot] < config.delete_score:
        delete(bank, slot)


@kernel
def delete_forgotten(bank: TrackBank, config: TrackerConfig, now: float) -> None:
    """Delete the tracks that nobody updated for too long or whose position has become too uncertain."""
    covariance = bank.covariance
    for slot in range(bank.counters[HIGHEST]):
        if bank.track["status"][slot] == FREE:
            continue
        dt = now - bank.track["time"][slot]
        variance = covariance[slot, 0, 0] + covariance[slot, 1, 1] + covariance[slot, 2, 2]
        variance += dt * dt * (covariance[slot, 3, 3] + covariance[slot, 4, 4] + covariance[slot, 5, 5])
        lost = bank.track["status"][slot] == CONFIRMED and variance > config.sigma_limit**2
        if lost or now - bank.track["last_update_time"][slot] > config.coast_limit:
            delete(bank, slot)


@kernel
def worst_tentative(bank: TrackBank, earliest: float) -> int:
    """Slot of the tentative track of the lowest score among those not updated since `earliest`, -1 if there is none."""
    worst, score = -1, math.inf
    for slot in range(bank.counters[HIGHEST]):
        idle = bank.track["status"][slot] == TENTATIVE and bank.track["last_update_time"][slot] < earliest
        if idle and bank.track["score"][slot] < score:
            worst, score = slot, bank.track["score"][slot]
    return worst


@kernel
def take_slot(bank: TrackBank, earliest: float) -> int:
    """A free slot; if there is none, that of the worst tentative track last updated before `earliest` (s); -1 if there is none either."""
    counters = bank.counters
    if counters[FREE_SLOTS] > 0:
        counters[FREE_SLOTS] -= 1
        slot = bank.slots["free"][counters[FREE_SLOTS]]
        counters[HIGHEST] = max(counters[HIGHEST], slot + 1)
        return int(slot)
    slot = worst_tentative(bank, earliest)
    if slot >= 0:
        counters[LIVE] -= 1
    return slot


@kernel
def store_slot(bank: TrackBank, slot: int) -> None:
    """Copy the models in `work` into a slot and combine them."""
    work = bank.work
    for model in range(work.x.shape[0]):
        bank.mode[slot, model] = work.mode[model]
        for i in range(work.x.shape[1]):
            bank.x[slot, model, i] = work.x[model, i]
        for k in range(work.covariance.shape[1]):
            bank.covariance_models[slot, model, k] = work.covariance[model, k]
    combine(work.x, work.covariance, work.mode, bank.state[slot], bank.covariance[slot])


@kernel
def start_track(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, number: int, d: int, earliest: float) -> int:
    """Start a tentative track from row `d` of work.measured; returns its slot, or -1 if the bank is full.

    `earliest` is the time (s) of the dwell's first detection, `number` this one's.
    """
    slot = take_slot(bank, earliest)
    if slot < 0:
        return -1
    begin_state(config, sensors, sensor, d, bank.work)
    store_slot(bank, slot)
    counters, time = bank.counters, bank.work.measured[d, TIME]
    bank.track["id"][slot] = counters[NEXT_ID]
    counters[NEXT_ID] += 1
    counters[LIVE] += 1
    bank.track["status"][slot] = TENTATIVE
    bank.track["time"][slot] = time
    bank.track["last_update_time"][slot] = time
    bank.track["created_time"][slot] = time
    bank.track["confirmed_time"][slot] = math.nan
    bank.track["history"][slot] = 1
    bank.track["looks"][slot] = 1
    bank.track["hits"][slot] = 1
    bank.track["misses"][slot] = 0
    bank.track["score"][slot] = math.log(config.birth_ratio)
    bank.track["nis"][slot] = math.nan
    bank.track["nis_dimension"][slot] = 0
    bank.track["last_sensor"][slot] = sensor
    bank.track["last_detection"][slot] = number
    bank.track["identity"][slot], bank.track["identity_hits"][slot] = -1, 0
    note_identity(bank, slot, int(bank.work.measured[d, IDENTITY]))
    bank.track["twin"][slot] = 0
    bank.track["twin_looks"][slot] = 0
    for k in range(bank.seen.shape[1]):
        bank.seen["last_seen"][slot, k] = NEVER
        bank.seen["last_missed"][slot, k] = NEVER
        bank.seen["sensor_misses"][slot, k] = -1
    bank.seen["last_seen"][slot, sensor] = time
    bank.seen["sensor_misses"][slot, sensor] = 0
    bank.slots["updated"][counters[UPDATED_NOW]] = slot
    counters[UPDATED_NOW] += 1
    return slot
