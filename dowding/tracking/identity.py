"""Who a track's target is: the identity that cooperative sensors were told stays with it, and keeps reports of others away."""

from dowding._jit import kernel
from dowding.tracking.picture import FREE, HIGHEST, TrackBank

# assumed: of the reports that tell an identity, one in a hundred tells another than its target's; identities are one of 4,096 codes
GARBLED, CODES = 0.01, 4096.0
KNOWN = 2  # reports in a row that agree, from which an identity keeps others away ...
LOST = 3  # ... until the sensor that tells identities has missed the track so often


@kernel
def identity_ratio(bank: TrackBank, slot: int, sensor: int, told: int) -> float:
    """How much more probable an identity is in a report of a track's target than in one of another; 1 where either has none (-1)."""
    track = bank.track[slot]
    if told < 0 or track["identity"] < 0:
        return 1.0
    if told == track["identity"]:
        return (1.0 - GARBLED) * CODES
    sure = track["identity_hits"] >= KNOWN and bank.seen[slot, sensor]["sensor_misses"] < LOST
    return 0.0 if sure else GARBLED


@kernel
def note_identity(bank: TrackBank, slot: int, told: int) -> None:
    """Remember the identity of a report that a track took; no other track bears it any more."""
    track = bank.track[slot]
    if told < 0:
        return
    if track["identity"] == told:
        track["identity_hits"] += 1
        return
    for other in range(bank.counters[HIGHEST]):
        if bank.track["status"][other] != FREE and bank.track["identity"][other] == told:
            bank.track["identity"][other], bank.track["identity_hits"][other] = -1, 0
    track["identity"], track["identity_hits"] = told, 1


@kernel
def hand_identity_over(bank: TrackBank, older: int, younger: int) -> None:
    """Give a track the identity of another that turned out to be the same target, if it has none."""
    track = bank.track
    if track["identity"][older] < 0:
        track["identity"][older], track["identity_hits"][older] = track["identity"][younger], track["identity_hits"][younger]


@kernel
def are_strangers(bank: TrackBank, a: int, b: int) -> bool:
    """Whether two tracks bear identities that differ."""
    one, other = bank.track["identity"][a], bank.track["identity"][b]
    return bool(one >= 0 and other >= 0 and one != other)
