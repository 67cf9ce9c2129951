"""A track's life: made of two detections that fit each other, confirmed by M of N looks, dropped after misses.

Only looks by sensors that have seen the track count, so that a radar too weak for a small target cannot vote it away.
"""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import entry, position_variance, velocity_variance
from dowding.tracking.existence import SPLIT_PLOT, count_look, fade_deaths
from dowding.tracking.filters import combine
from dowding.tracking.free_fall import AIR_DENSITY
from dowding.tracking.gating import MODEL_FLOOR
from dowding.tracking.motion_models import CONSTANT_VELOCITY, COORDINATED_TURN, falls, log_coefficient
from dowding.tracking.picture import (
    CONFIRMED,
    CONFIRMED_NOW,
    DELETED_NOW,
    FORGOTTEN_NOW,
    FREE,
    FREE_SLOTS,
    HIGHEST,
    LIVE,
    NEVER,
    NEXT_ID,
    NOBODY,
    TENTATIVE,
    UPDATED_NOW,
    WATCHERS,
    Floats,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
)

GRAVITY_BOUND = 12.0  # m/s2, more than gravity and the Earth's turning give


@kernel
def begin_dwell(bank: TrackBank, config: TrackerConfig, sensor: int, period: float, now: float) -> None:
    """Empty the lists of the last dwell's events, and let what is known of deaths fade."""
    free_deleted(bank)
    fade_deaths(bank, config, period, now)
    know_watcher(bank, sensor)


@kernel
def know_watcher(bank: TrackBank, sensor: int) -> None:
    """Take a sensor among those that look for this picture, if it is new: it knows nothing of the tracks that there are."""
    for k in range(bank.counters[WATCHERS]):
        if bank.watchers[k] == sensor:
            return
    for slot in range(bank.counters[HIGHEST]):
        forget_sensor(bank, slot, sensor)
    bank.watchers[bank.counters[WATCHERS]] = sensor
    bank.counters[WATCHERS] += 1


@kernel
def forget_sensor(bank: TrackBank, slot: int, sensor: int) -> None:
    """A sensor knows nothing of the track in a slot."""
    seen = bank.seen[slot, sensor]
    seen["last_seen"], seen["last_missed"], seen["sensor_misses"] = NEVER, NEVER, -1
    seen["found"], seen["looked"], seen["beyond"] = 0.0, 0.0, 0


@kernel
def free_deleted(bank: TrackBank) -> None:
    """Return the slots of the tracks deleted last to the free ones and empty the lists of events."""
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
def delete_forgotten(bank: TrackBank) -> None:
    """Delete the tracks that find_tracks_in_view listed."""
    for k in range(bank.counters[FORGOTTEN_NOW]):
        delete(bank, bank.slots["forgotten"][k])
    bank.counters[FORGOTTEN_NOW] = 0


@kernel
def hits_in_window(history: int, window: int) -> int:
    """Hits among the last `window` looks."""
    hits = 0
    for k in range(window):
        hits += (history >> k) & 1
    return hits


@kernel
def note_hit(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, slot: int, sensor: int, time: float) -> None:
    """Count a detection taken by a track at `time` (s); confirm the track if that is enough."""
    track, seen = bank.track[slot], bank.seen[slot, sensor]
    if time - seen["last_missed"] < SPLIT_PLOT * sensors.period[sensor]:
        # the dwell before held its predicted place and this one the target: the miss is taken back
        track["history"] |= 1
        seen["sensor_misses"] = max(seen["sensor_misses"] - 1, 0)
    else:
        track["history"] = ((track["history"] << 1) | 1) & 0xFFFFFFFF
        track["looks"] += 1
    count_look(bank, sensors, slot, sensor)
    track["hits"] += 1
    track["misses"] = 0
    track["last_sensor"] = sensor
    track["last_update_time"] = max(track["last_update_time"], time)
    seen["last_seen"] = time
    seen["last_missed"] = NEVER
    seen["sensor_misses"] = 0
    bank.slots["updated"][bank.counters[UPDATED_NOW]] = slot
    bank.counters[UPDATED_NOW] += 1
    if track["status"] == TENTATIVE:
        hits = hits_in_window(track["history"], config.confirm_window)
        counted = hits >= config.confirm_hits and track["score"] >= config.confirm_score
        if counted or (hits >= 2 and track["score"] >= config.instant_score):
            track["status"] = CONFIRMED
            track["confirmed_time"] = track["last_update_time"]
            bank.slots["confirmed"][bank.counters[CONFIRMED_NOW]] = slot
            bank.counters[CONFIRMED_NOW] += 1


@kernel
def is_supported(bank: TrackBank, config: TrackerConfig, period: Floats, slot: int, now: float) -> bool:
    """Whether some sensor that has seen the track lately missed it less than delete_misses times in a row, or others tell of it."""
    if now <= bank.track["told_until"][slot]:
        return True
    for k in range(bank.counters[WATCHERS]):
        sensor = bank.watchers[k]
        misses = bank.seen["sensor_misses"][slot, sensor]
        lately = now - bank.seen["last_seen"][slot, sensor] <= (config.delete_misses + 1.0) * period[sensor] + 1.0
        if 0 <= misses < config.delete_misses and lately:
            return True
    return False


@kernel
def note_miss(bank: TrackBank, config: TrackerConfig, period: Floats, slot: int, sensor: int, now: float) -> None:
    """Count a look at which the track should have been seen and was not; delete it if that is one too many."""
    track, seen = bank.track[slot], bank.seen[slot, sensor]
    seen["last_missed"] = now
    seen["sensor_misses"] += 1
    track["misses"] += 1
    track["looks"] += 1
    track["history"] = (track["history"] << 1) & 0xFFFFFFFF
    if track["status"] == CONFIRMED:
        supported = is_supported(bank, config, period, slot, now)
        if not supported or (track["score"] < config.end_score and now > track["told_until"]):
            delete(bank, slot)
        return
    hits = hits_in_window(track["history"], config.confirm_window)
    looks_left = max(config.confirm_window - track["looks"], 0)
    if hits + looks_left < config.confirm_hits or track["score"] < config.delete_score:
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
def store_slot(bank: TrackBank, config: TrackerConfig, slot: int) -> None:
    """Copy the models in `work` into a slot and combine them."""
    work = bank.work
    for model in range(work.x.shape[0]):
        x, packed, from_x, from_packed = bank.x[slot, model], bank.covariance_models[slot, model], work.x[model], work.covariance[model]
        bank.mode[slot, model] = work.mode[model]
        for i in range(x.shape[0]):
            x[i] = from_x[i]
        for k in range(packed.shape[0]):
            packed[k] = from_packed[k]
    combine(work.x, work.covariance, work.mode, bank.state[slot], bank.covariance[slot])
    if slot < bank.track.shape[0]:
        note_reach(bank, config, slot)


@kernel
def bending(config: TrackerConfig, model: int, x: Floats, packed: Floats) -> float:
    """Greatest acceleration (m/s2) by which one model's path may bend away from a straight flight, its error included."""
    kind, wide = config.model["kind"][model], math.sqrt(config.gate[4])
    if kind == CONSTANT_VELOCITY:
        return 0.0
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    if falls(kind):
        return GRAVITY_BOUND + AIR_DENSITY * speed * speed * math.exp(-log_coefficient(config.model, model, x))
    if kind == COORDINATED_TURN:
        return float(speed * (abs(x[6]) + wide * math.sqrt(packed[entry(6, 6)])))
    variance = packed[entry(6, 6)] + packed[entry(7, 7)] + packed[entry(8, 8)]
    return float(math.sqrt(x[6] * x[6] + x[7] * x[7] + x[8] * x[8]) + wide * math.sqrt(variance))


@kernel
def note_reach(bank: TrackBank, config: TrackerConfig, slot: int) -> None:
    """How far from the combined state the gates of a slot's models lie, and how fast that grows: a bound that spares far tracks more."""
    # standard deviations add at most linearly, and a trace bounds every direction
    wide, state, reach, rate, bend = math.sqrt(config.gate[4]), bank.state[slot], 0.0, 0.0, 0.0
    for model in range(bank.mode.shape[1]):
        if bank.mode[slot, model] < MODEL_FLOOR and model > 0:
            continue
        x, packed = bank.x[slot, model], bank.covariance_models[slot, model]
        apart = math.sqrt((x[0] - state[0]) ** 2 + (x[1] - state[1]) ** 2 + (x[2] - state[2]) ** 2)
        apart_rate = math.sqrt((x[3] - state[3]) ** 2 + (x[4] - state[4]) ** 2 + (x[5] - state[5]) ** 2)
        reach = max(reach, apart + wide * math.sqrt(position_variance(packed)))
        rate = max(rate, apart_rate + wide * math.sqrt(velocity_variance(packed)))
        bend = max(bend, bending(config, model, x, packed))
    bank.track["reach"][slot], bank.track["reach_rate"][slot], bank.track["bend"][slot] = reach, rate, bend


@kernel
def start_record(bank: TrackBank, slot: int, sensor: int, time: float, created: float, score: float) -> None:
    """The records of a new track in a slot, made of two detections at `created` and `time` (s)."""
    counters, track = bank.counters, bank.track[slot]
    track["id"] = counters[NEXT_ID]
    counters[NEXT_ID] += 1
    counters[LIVE] += 1
    track["status"] = TENTATIVE
    track["time"] = time
    track["last_update_time"] = created
    track["created_time"] = created
    track["confirmed_time"] = math.nan
    track["history"] = 1
    track["looks"] = 1
    track["hits"] = 1
    track["misses"] = 0
    track["score"] = track["score_before"] = score
    track["nis"] = math.nan
    track["nis_dimension"] = 0
    track["last_sensor"] = sensor
    track["identity"], track["identity_hits"] = -1, 0
    track["twin"] = 0
    track["twin_looks"] = 0
    track["credit"] = 0
    track["teller"], track["told_time"], track["told_until"] = NOBODY, NEVER, NEVER
    for k in range(bank.counters[WATCHERS]):
        forget_sensor(bank, slot, bank.watchers[k])
    for k in range(bank.numbers.shape[1]):
        bank.numbers["number"][slot, k], bank.numbers["time"][slot, k] = 0, NEVER
