"""Tracks of a shared picture that turn out to be one: two tellers' tracks that differed when they began may have come together since.

Frame: theatre. Called from compiled code.
"""

from dowding._jit import kernel
from dowding.tracking.ahead import predict_whole
from dowding.tracking.fusion import mahalanobis
from dowding.tracking.identity import are_strangers, hand_identity_over
from dowding.tracking.lifecycle import delete
from dowding.tracking.picture import CONFIRMED, HIGHEST, NEVER, NOBODY, SEVERAL, Floats, TrackBank, TrackerConfig
from dowding.tracking.shared_tracks import GIVER, SAME_GATE, is_seen_here, known_as, note_number

SLOT = 6  # entry of a row of work.row_covariance that holds the slot, behind the six variances


@kernel
def list_tracks(bank: TrackBank, config: TrackerConfig, now: float) -> int:
    """Put confirmed tracks' states at `now` (s) into work.row_x, bounds of variances into work.row_covariance; returns how many."""
    state, spread, variance, noise, rows = bank.state, bank.covariance, bank.work.row_covariance, 0.0, 0
    for model in range(config.model.shape[0]):
        row = config.model[model]
        noise = max(noise, row["noise_lateral"], row["noise_along"], row["noise_vertical"])
    for slot in range(bank.counters[HIGHEST]):
        if bank.track["status"][slot] != CONFIRMED:
            continue
        dt, bend = now - bank.track["time"][slot], bank.track["bend"][slot]
        t = abs(dt)
        for i in range(3):
            place, both, speed = spread[slot, i, i], spread[slot, i, i + 3], spread[slot, i + 3, i + 3]
            bank.work.row_x[rows, 0, i] = state[slot, i] + dt * state[slot, i + 3]
            bank.work.row_x[rows, 0, i + 3] = state[slot, i + 3]
            variance[rows, 0, i] = place + dt * (2.0 * both + dt * speed) + t**3 * (noise / 3.0 + 0.25 * bend * bend * t)
            variance[rows, 0, i + 3] = speed + t * (noise + bend * bend * t)
        variance[rows, 0, SLOT] = slot
        rows += 1
    return rows


@kernel
def is_far(state: Floats, variance: Floats, other: Floats, other_variance: Floats) -> bool:
    """Whether one of the six differences alone tells two tracks apart."""
    far = False
    for i in range(6):
        far = far or (state[i] - other[i]) ** 2 > SAME_GATE * (variance[i] + other_variance[i])
    return far


@kernel
def distance_of_tracks(bank: TrackBank, config: TrackerConfig, a: int, b: int) -> float:
    """Squared Mahalanobis distance (6 dimensions) of two tracks at the later one's time, as if their errors were independent."""
    work, later, scratch = bank.work, max(bank.track["time"][a], bank.track["time"][b]), bank.track.shape[0]
    one, other, both, spread = bank.state[scratch], work.rows[0], bank.covariance[scratch], work.spread
    predict_whole(bank, config, a, later - bank.track["time"][a], one, both)
    predict_whole(bank, config, b, later - bank.track["time"][b], other, spread)
    for i in range(6):
        one[i] -= other[i]
        for j in range(6):
            both[i, j] += spread[i, j]
    return mahalanobis(one, both)


@kernel
def are_told_apart(bank: TrackBank, a: int, b: int, since: float) -> bool:
    """Whether two tracks bear different identities, or somebody has told them as two since `since` (s)."""
    apart = are_strangers(bank, a, b)
    for k in range(bank.numbers.shape[1]):
        if bank.numbers["time"][b, k] >= since:
            apart |= known_as(bank, a, bank.numbers["number"][b, k], since) < 0
    return bool(apart)


@kernel
def end_twin(bank: TrackBank, kept: int, ended: int) -> None:
    """End a track whose target another one follows; that one takes over by which names others know it, and how long their word holds."""
    track, numbers = bank.track, bank.numbers
    hand_identity_over(bank, kept, ended)
    track["told_until"][kept] = max(track["told_until"][kept], track["told_until"][ended])
    if track["teller"][kept] == NOBODY:
        track["teller"][kept] = track["teller"][ended]
    elif track["teller"][ended] not in (NOBODY, track["teller"][kept]):
        track["teller"][kept] = SEVERAL
    for k in range(numbers.shape[1]):
        number, time = numbers["number"][ended, k], numbers["time"][ended, k]
        if time > time_of_number(bank, kept, number):
            note_number(bank, kept, number, time)
    delete(bank, ended)


@kernel
def time_of_number(bank: TrackBank, slot: int, number: int) -> float:
    """When (s) the giver of a number last told of a track, by this number or by another; NEVER if it has not."""
    numbers, time = bank.numbers[slot], NEVER
    for k in range(numbers.shape[0]):
        if numbers["number"][k] >> GIVER == number >> GIVER:
            time = max(time, numbers["time"][k])
    return float(time)


@kernel
def merge_told(bank: TrackBank, config: TrackerConfig, since: float, now: float) -> None:
    """End, at `now` (s), each track that only others follow and that is another one here; of two such, the younger.

    Nobody has told the two as two since `since` (s), and no gate tells them apart.
    """
    state, variance, track, rows = bank.work.row_x, bank.work.row_covariance, bank.track, list_tracks(bank, config, now)
    for i in range(rows):
        a = int(variance[i, 0, SLOT])
        for j in range(i + 1, rows):
            if is_far(state[i, 0], variance[i, 0], state[j, 0], variance[j, 0]):
                continue
            b = int(variance[j, 0, SLOT])
            if track["status"][a] != CONFIRMED or track["status"][b] != CONFIRMED:
                continue
            here, there = is_seen_here(bank, config, a), is_seen_here(bank, config, b)
            if (here and there) or are_told_apart(bank, a, b, since) or distance_of_tracks(bank, config, a, b) >= SAME_GATE:
                continue
            stays = here or (not there and track["id"][a] < track["id"][b])
            end_twin(bank, a if stays else b, b if stays else a)
