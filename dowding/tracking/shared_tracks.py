"""Tracks that another picture reports, taken into this one: a track known from one teller alone is its report, all else is intersected.

Reports of one target share process noise and perhaps detections, so that no report may be taken for a measurement. Covariance
intersection stays consistent however they are correlated: S. J. Julier and J. K. Uhlmann, "A non-divergent estimation algorithm in the
presence of unknown correlations", ACC (1997), with the weight of W. Niehsen, "Information fusion based on fast covariance
intersection", FUSION (2002), equation 15. Frame: theatre. No truth here.
"""

import math
from typing import NamedTuple

import numpy as np

from dowding._jit import kernel
from dowding.tracking.ahead import predict_whole
from dowding.tracking.covariance import entry
from dowding.tracking.filters import follow_first
from dowding.tracking.fusion import mahalanobis
from dowding.tracking.lifecycle import delete, free_deleted, note_reach, start_record, take_slot
from dowding.tracking.picture import (
    CONFIRMED,
    CONFIRMED_NOW,
    FREE,
    HIGHEST,
    NOBODY,
    SEVERAL,
    TENTATIVE,
    UPDATED_NOW,
    WATCHERS,
    Floats,
    Records,
    TrackBank,
    TrackerConfig,
)

SAME_GATE = 22.458  # chi-square of six dimensions below which 0.999 of the differences of two estimates of one target lie
GIVER = 32  # bits of a number that count tracks; those above are the picture that gave it, from 1
LATE_OLD = 1e-6  # s; a report whose last detection is not younger than that tells nothing new

REPORT = np.dtype(
    [
        ("id", np.int64),  # the teller's number of the track
        ("slot", np.int64),  # the teller's slot
        ("number", np.int64),  # of the track with whose picture it comes from, see number_of
        ("time", np.float64),  # s, of the state
        ("last_update_time", np.float64),  # s, of the last detection behind it
        ("score", np.float64),  # log odds of existence
        ("identity", np.int64),  # number of the identity, -1 for none
        ("engaged", np.bool_),  # one of the teller's own fire units engages it
        ("tells", np.bool_),  # others on the link need not tell of it; else it is told for the engagement alone
    ]
)
LINKED = np.dtype(
    [
        ("told", np.int64),  # by the teller's slot: its number of the track that is linked, 0 for none
        ("slot", np.int64),  # by the teller's slot: the slot here
        ("id", np.int64),  # by the teller's slot: the number of the track here
        ("mark", np.int64),  # by the teller's slot: the number of the message that last told of it
        ("heard", np.int64),  # by the slot here: the number of the message that last told of it
    ]
)


class Reports(NamedTuple):
    """Tracks as they travel: the first rows of one message."""

    report: Records  # (track,) REPORT
    state: Floats  # (track, 6) m and m/s, theatre
    packed: Floats  # (track, 21) its covariance, the lower triangle by rows
    mode: Floats  # (track, model) probability of each of the teller's models


def make_reports(capacity: int, models: int) -> Reports:
    """Room for messages of `capacity` tracks."""
    return Reports(np.zeros(capacity, REPORT), np.zeros((capacity, 6)), np.zeros((capacity, 21)), np.zeros((capacity, models)))


@kernel
def number_of(bank: TrackBank, picture: int, slot: int, own: bool) -> int:
    """The number under which a picture (from 0) tells a track: its own if its `own` sensors follow it, else the one that it heard last.

    It holds the picture that gave it, so that whoever hears of a track on several ways knows it for one.
    """
    best = 0
    for k in range(1, bank.numbers.shape[1]):
        if bank.numbers["time"][slot, k] > bank.numbers["time"][slot, best]:
            best = k
    heard = bank.numbers["number"][slot, best]
    return int((picture + 1) << GIVER | bank.track["id"][slot]) if own or heard == 0 else int(heard)


@kernel
def write_report(bank: TrackBank, slot: int, number: int, engaged: bool, tells: bool, reports: Reports, k: int) -> None:
    """Put a track of a bank into row `k` of a message."""
    report, track = reports.report[k], bank.track[slot]
    report["number"] = number
    report["id"], report["slot"], report["time"] = track["id"], slot, track["time"]
    report["last_update_time"], report["score"] = track["last_update_time"], track["score"]
    report["identity"], report["engaged"], report["tells"] = track["identity"], engaged, tells
    for i in range(6):
        reports.state[k, i] = bank.state[slot, i]
        for j in range(i + 1):
            reports.packed[k, entry(i, j)] = bank.covariance[slot, i, j]
    for model in range(reports.mode.shape[1]):
        reports.mode[k, model] = bank.mode[slot, model]


@kernel
def intersect_pair(
    x: Floats, covariance: Floats, told: Floats, told_covariance: Floats, weight: float, root: Floats, half: Floats, step: Floats
) -> bool:
    """Replace estimate x (6,) of covariance (6, 6) by its intersection with a told one, by `weight` (not 0) of its own information.

    root, half (6, 6) and step (6,) are scratch. False, and nothing is changed, where a covariance is not positive definite.
    """
    # (w P^-1 + v Q^-1)^-1 = (P - v P S^-1 P) / w with v = 1 - w and S = w Q + v P, by S = L L', half = L^-1 P: one factor, no inverse
    other = 1.0 - weight
    for i in range(6):
        for j in range(i + 1):
            total = weight * told_covariance[i, j] + other * covariance[i, j]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            if i != j:
                root[i, j] = total / root[j, j]
            elif total > 0.0:
                root[i, i] = math.sqrt(total)
            else:
                return False
    for i in range(6):
        step[i] = told[i] - x[i]
        for k in range(i):
            step[i] -= root[i, k] * step[k]
        step[i] /= root[i, i]
        for j in range(6):
            total = covariance[i, j]
            for k in range(i):
                total -= root[i, k] * half[k, j]
            half[i, j] = total / root[i, i]
    for i in range(6):
        for k in range(6):
            x[i] += other * half[k, i] * step[k]
        for j in range(i + 1):
            total = 0.0
            for k in range(6):
                total += half[k, i] * half[k, j]
            covariance[i, j] = covariance[j, i] = (covariance[i, j] - other * total) / weight
    return True


@kernel
def carry_report(config: TrackerConfig, reports: Reports, k: int, dt: float, state_out: Floats, covariance_out: Floats) -> None:
    """A report's state_out (6,) and covariance_out (6, 6) `dt` seconds later, flying straight on with the first model's noise."""
    packed = reports.packed[k]
    noise = max(config.model["noise_lateral"][0], config.model["noise_along"][0], config.model["noise_vertical"][0])
    for i in range(6):
        state_out[i] = reports.state[k, i] + (dt * reports.state[k, i + 3] if i < 3 else 0.0)
        for j in range(6):
            spread = packed[entry(i, j)]
            if i < 3:
                spread += dt * packed[entry(i + 3, j)]
            if j < 3:
                spread += dt * packed[entry(i, j + 3)]
            if i < 3 and j < 3:
                spread += dt * dt * packed[entry(i + 3, j + 3)]
            covariance_out[i, j] = spread
    for i in range(3):
        covariance_out[i, i] += noise * dt**3 / 3.0
        covariance_out[i, i + 3] += noise * dt * dt / 2.0
        covariance_out[i + 3, i] += noise * dt * dt / 2.0
        covariance_out[i + 3, i + 3] += noise * dt


@kernel
def trace_of_position(matrix: Floats) -> float:
    """Summed position variances (m2) of a covariance (6, 6)."""
    return float(matrix[0, 0] + matrix[1, 1] + matrix[2, 2])


@kernel
def variance_told(reports: Reports, k: int) -> float:
    """Summed position variances (m2) of row `k` of a message."""
    packed = reports.packed[k]
    return float(packed[entry(0, 0)] + packed[entry(1, 1)] + packed[entry(2, 2)])


@kernel
def is_near(bank: TrackBank, slot: int, reports: Reports, k: int) -> bool:
    """Whether a track is near enough to a report for a closer look: a trace bounds every direction."""
    track, told, spread, away = bank.track[slot], variance_told(reports, k), bank.covariance[slot], 0.0
    dt = reports.report[k]["time"] - track["time"]
    for i in range(3):
        away += (bank.state[slot, i] + dt * bank.state[slot, i + 3] - reports.state[k, i]) ** 2
    # the reach of its gates stands beside the rest of a track, its covariance does not
    far = 1.5 * (track["reach"] + abs(dt) * track["reach_rate"]) + 10.0 * dt * dt + 1e3
    if away > 2.0 * (far * far + SAME_GATE * told):
        return False
    room = told + trace_of_position(spread)
    room += 2.0 * dt * dt * (spread[3, 3] + spread[4, 4] + spread[5, 5]) + 2.0 * abs(dt) * math.sqrt(
        trace_of_position(spread) * (spread[3, 3] + spread[4, 4] + spread[5, 5])
    )
    return bool(away <= SAME_GATE * room + (10.0 * dt * dt) ** 2 + 1e6)


@kernel
def distance_to_report(bank: TrackBank, config: TrackerConfig, slot: int, reports: Reports, k: int) -> float:
    """Squared Mahalanobis distance (6 dimensions) of a track and a report, at the later one's time, as if they were independent."""
    work = bank.work
    later = max(bank.track["time"][slot], reports.report[k]["time"])
    own_state, told_state, both, told = work.rows[0], work.rows[1], work.spread, work.full[0]
    predict_whole(bank, config, slot, later - bank.track["time"][slot], own_state, both)
    carry_report(config, reports, k, later - reports.report[k]["time"], told_state, told)
    for i in range(6):
        own_state[i] -= told_state[i]
        for j in range(6):
            both[i, j] += told[i, j]
    return mahalanobis(own_state, both)


@kernel
def known_as(bank: TrackBank, slot: int, number: int, since: float) -> int:
    """1 where a track has this number, -1 where the giver of the number has told it by another since `since` (s), else 0."""
    numbers = bank.numbers[slot]
    for k in range(numbers.shape[0]):
        if numbers["number"][k] == number:
            return 1
    for k in range(numbers.shape[0]):
        if numbers["number"][k] >> GIVER == number >> GIVER and numbers["time"][k] >= since:
            return -1
    return 0


@kernel
def share_number(bank: TrackBank, picture: int, slot: int, there: TrackBank, there_picture: int, there_slot: int) -> bool:
    """Whether a track of one picture and one of another are known by a number in common, or one by the other's own."""
    own = (picture + 1) << GIVER | bank.track["id"][slot]
    same = known_as(bank, slot, (there_picture + 1) << GIVER | there.track["id"][there_slot], math.inf) == 1
    for k in range(there.numbers.shape[1]):
        number = there.numbers["number"][there_slot, k]
        same |= number == own or (number != 0 and known_as(bank, slot, number, math.inf) == 1)
    return bool(same)


@kernel
def note_number(bank: TrackBank, slot: int, number: int, now: float) -> None:
    """Remember by which number a report told of a track at `now` (s), in place of its giver's last or of the oldest one."""
    numbers, best = bank.numbers[slot], 0
    for k in range(numbers.shape[0]):
        if numbers["number"][k] >> GIVER == number >> GIVER:
            best = k
            break
        if numbers["time"][k] < numbers["time"][best]:
            best = k
    numbers["number"][best], numbers["time"][best] = number, now


@kernel
def find_same(bank: TrackBank, config: TrackerConfig, reports: Reports, k: int, since: float) -> int:
    """The slot of the track here that a report most probably is about, -1 for none.

    A track of its number is, and one that the giver of that number has told by another since `since` (s) is not.
    """
    best, best_distance, identity, number = -1, SAME_GATE, reports.report[k]["identity"], reports.report[k]["number"]
    for slot in range(bank.counters[HIGHEST]):
        if bank.track["status"][slot] != FREE and known_as(bank, slot, number, since) == 1:
            return slot
    for slot in range(bank.counters[HIGHEST]):
        own = bank.track["identity"][slot]
        if bank.track["status"][slot] == FREE or (identity >= 0 and own >= 0 and identity != own):
            continue
        if not is_near(bank, slot, reports, k) or known_as(bank, slot, number, since) < 0:
            continue
        distance = distance_to_report(bank, config, slot, reports, k)
        if distance < best_distance:
            best, best_distance = slot, distance
    return best


@kernel
def is_seen_here(bank: TrackBank, config: TrackerConfig, slot: int) -> bool:
    """Whether a sensor of this picture itself has found the track and not lost it."""
    found = False
    for k in range(bank.counters[WATCHERS]):
        found |= 0 <= bank.seen["sensor_misses"][slot, bank.watchers[k]] < config.delete_misses
    return found


@kernel
def put_state(bank: TrackBank, config: TrackerConfig, slot: int, time: float, state: Floats, covariance: Floats) -> None:
    """Put a track and all its models at one state (6,) at `time` (s), with one covariance (6, 6); what else a model has begins anew."""
    packed = bank.covariance_models[slot, 0]
    bank.track["time"][slot] = time
    for i in range(6):
        bank.state[slot, i] = bank.x[slot, 0, i] = state[i]
        for j in range(i + 1):
            both = 0.5 * (covariance[i, j] + covariance[j, i])
            bank.covariance[slot, i, j] = bank.covariance[slot, j, i] = packed[entry(i, j)] = both
    for model in range(bank.mode.shape[1]):
        follow_first(config.model, config.wide, bank.x[slot], bank.covariance_models[slot], model)
    note_reach(bank, config, slot)


@kernel
def replace_state(bank: TrackBank, config: TrackerConfig, slot: int, reports: Reports, k: int) -> None:
    """Make a report the track's estimate."""
    state, covariance = bank.work.rows[0], bank.work.full[0]
    carry_report(config, reports, k, 0.0, state, covariance)
    for model in range(bank.mode.shape[1]):
        bank.mode[slot, model] = reports.mode[k, model]
    put_state(bank, config, slot, reports.report[k]["time"], state, covariance)


@kernel
def intersect_state(bank: TrackBank, config: TrackerConfig, slot: int, reports: Reports, k: int) -> None:
    """Intersect a track's estimate with a report, at the later one's time; the models keep their probabilities."""
    work = bank.work
    told, told_covariance = work.rows[0], work.full[0]
    later = max(bank.track["time"][slot], reports.report[k]["time"])
    predict_whole(bank, config, slot, later - bank.track["time"][slot], work.state, work.spread)
    carry_report(config, reports, k, later - reports.report[k]["time"], told, told_covariance)
    own_trace, told_trace = trace_of_position(work.spread), trace_of_position(told_covariance)
    # the better one is held, so that nothing large is taken from its like
    own, covariance, weight = work.state, work.spread, told_trace / (own_trace + told_trace)
    if weight < 0.5:
        own, covariance, told, told_covariance, weight = told, told_covariance, own, covariance, 1.0 - weight
    if not intersect_pair(own, covariance, told, told_covariance, weight, work.full[1], work.full[2], work.rows[1]):
        return
    for model in range(bank.mode.shape[1]):
        bank.mode[slot, model] = work.mode[model]
    put_state(bank, config, slot, later, own, covariance)


@kernel
def start_told(bank: TrackBank, config: TrackerConfig, reports: Reports, k: int, teller: int, now: float) -> int:
    """Begin a confirmed track from a report; returns its slot, -1 where there is no room."""
    slot = take_slot(bank, now)
    if slot < 0:
        return -1
    report = reports.report[k]
    start_record(bank, slot, -1, report["time"], report["last_update_time"], report["score"])
    replace_state(bank, config, slot, reports, k)
    track = bank.track[slot]
    track["status"], track["confirmed_time"], track["last_detection"] = CONFIRMED, report["time"], -1
    track["teller"] = teller
    bank.slots["confirmed"][bank.counters[CONFIRMED_NOW]] = slot
    bank.counters[CONFIRMED_NOW] += 1
    return slot


@kernel
def take_report(
    bank: TrackBank, config: TrackerConfig, slot: int, reports: Reports, k: int, teller: int, cue: bool, until: float
) -> None:
    """Let a track here know what a report says of it; `until` (s) its word keeps the track alive. A cue leaves own estimates alone."""
    track, report = bank.track[slot], reports.report[k]
    seen_here = is_seen_here(bank, config, slot)
    fresh = report["last_update_time"] > track["told_time"] + LATE_OLD
    track["told_until"] = max(track["told_until"], until)
    if track["identity"] < 0 and report["identity"] >= 0:
        track["identity"], track["identity_hits"] = report["identity"], 1
    if track["status"] == TENTATIVE:
        track["status"], track["confirmed_time"] = CONFIRMED, max(track["last_update_time"], report["time"])
        bank.slots["confirmed"][bank.counters[CONFIRMED_NOW]] = slot
        bank.counters[CONFIRMED_NOW] += 1
    if not fresh or (seen_here and cue):
        return
    alone = not seen_here and (track["teller"] == teller or track["teller"] == NOBODY)
    if alone and report["time"] >= track["time"]:
        replace_state(bank, config, slot, reports, k)
    elif not alone:
        intersect_state(bank, config, slot, reports, k)
    track["teller"] = teller if track["teller"] == NOBODY or track["teller"] == teller else SEVERAL
    track["told_time"] = max(track["told_time"], report["last_update_time"])
    track["last_update_time"] = max(track["last_update_time"], report["last_update_time"])
    bank.slots["updated"][bank.counters[UPDATED_NOW]] = slot
    bank.counters[UPDATED_NOW] += 1


@kernel
def is_linked(bank: TrackBank, links: Records, reports: Reports, k: int) -> bool:
    """Whether row `k` of a message is of a track that is linked with one here."""
    link = links[reports.report["slot"][k]]
    slot = link["slot"]
    return bool(link["told"] == reports.report["id"][k] and bank.track["status"][slot] != FREE and bank.track["id"][slot] == link["id"])


@kernel
def hear(
    bank: TrackBank, config: TrackerConfig, links: Records, reports: Reports, count: int, message: int, teller: int, cue: bool,
    whole: bool, told_slots: int, now: float, until: float,
) -> bool:  # fmt: skip
    """Take a message of `count` tracks, number `message` (from 1), of one teller into a picture at `now` (s); False without room for all.

    links (slot,) LINKED of this teller and this picture. A track that a `whole` message no longer tells of loses the teller's word, and
    ends where nobody else follows it; the teller has used `told_slots` slots so far. `until` (s): how long the message keeps tracks alive.
    """
    free_deleted(bank)
    room = True
    for k in range(count):
        if is_linked(bank, links, reports, k):
            links["mark"][reports.report["slot"][k]] = links["heard"][links["slot"][reports.report["slot"][k]]] = message
    if whole:
        drop_links(bank, config, links, message, teller, told_slots)
    for k in range(count):
        slot = place_report(bank, config, links, reports, k, message, teller, now, until)
        if slot < 0:
            room = False
            continue
        note_number(bank, slot, reports.report["number"][k], now)
        take_report(bank, config, slot, reports, k, teller, cue, until)
    return room


@kernel
def place_report(
    bank: TrackBank, config: TrackerConfig, links: Records, reports: Reports, k: int, message: int, teller: int, now: float, until: float
) -> int:
    """The slot of the track here that row `k` of a message is about, linked and if need be begun; -1 without room."""
    report = reports.report[k]
    there, since = report["slot"], 2.0 * now - until
    if is_linked(bank, links, reports, k):
        return int(links["slot"][there])
    slot = find_same(bank, config, reports, k, since)
    if slot < 0:
        slot = start_told(bank, config, reports, k, teller, now)
        if slot < 0:
            return -1
    links["told"][there], links["slot"][there], links["id"][there] = report["id"], slot, bank.track["id"][slot]
    links["mark"][there] = links["heard"][slot] = message
    return slot


@kernel
def drop_links(bank: TrackBank, config: TrackerConfig, links: Records, message: int, teller: int, told_slots: int) -> None:
    """Take a teller's word from the tracks that message number `message` does not tell; those that nobody else follows end."""
    for there in range(told_slots):
        if links["told"][there] == 0 or links["mark"][there] == message:
            continue
        slot = links["slot"][there]
        lives = bank.track["status"][slot] != FREE and bank.track["id"][slot] == links["id"][there]
        alone = bank.track["teller"][slot] == teller and links["heard"][slot] != message
        if lives and alone and not is_seen_here(bank, config, slot):
            delete(bank, slot)
        links["told"][there] = 0


@kernel
def drop_untold(bank: TrackBank, config: TrackerConfig, now: float) -> None:
    """End the tracks that no sensor here follows and of which nobody has spoken in time."""
    for slot in range(bank.counters[HIGHEST]):
        track = bank.track[slot]
        if track["status"] == FREE or track["teller"] == NOBODY or is_seen_here(bank, config, slot):
            continue
        if now > track["told_until"] or now - track["last_update_time"] > config.coast_limit:
            delete(bank, slot)
