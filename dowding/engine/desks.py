"""The decision cycle: fire units that decide for themselves, together by one picture, or by their command post. Truth has no way in."""

from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.channels import refresh_ledger
from dowding.engine.choosing import Candidate, consider, cue_radars, decide_alone, order, reach_of
from dowding.engine.command import may_decide
from dowding.engine.events import DECISION, Queue, push
from dowding.engine.magazines import tend_magazines
from dowding.engine.planning import Room, make_plan_of, plan_of
from dowding.engine.record import Rows
from dowding.engine.state import NO_CHANNEL, NO_ROUND, Fight, Reals
from dowding.engine.status import KNOWN, look_at_unit
from dowding.engine.threats import NEVER
from dowding.model import Defence
from dowding.model.bundles import URGENCY
from dowding.tracking.picture import CONFIRMED, HIGHEST, TrackBank


@kernel
def _capacities(defence: Defence, fight: Fight, off: Reals, room: Room, desk: int, now: float) -> None:
    """Fill in how many engagements each unit of a desk can begin now, as far as the desk knows."""
    units, row = defence.units, defence.desks[desk]
    for w in range(row["end"] - row["first"]):
        unit = defence.members[row["first"] + w]
        room.capacity[w], room.short[w] = 0, 0
        if now >= off[unit] or (row["post"] < 0 and not may_decide(defence, off, unit, now)):
            continue
        look_at_unit(defence, fight, unit, now, row["post"])
        known = fight.status[unit, KNOWN]
        free = known["free"] - (fight.unit["ordered"][unit] - known["ordered"])
        left = known["left"] - (fight.unit["promised"][unit] - known["promised"])
        if known["flying"] < units["missile_channels"][unit]:
            room.capacity[w], room.short[w] = max(min(free, left), 0), 1 if left < free else 0


@kernel
def _last_served(room: Room, tracks: int) -> int:
    """The candidate that is served after all others."""
    last = 0
    for j in range(1, tracks):
        if room.candidate["key"][j] > room.candidate["key"][last]:
            last = j
    return last


@kernel
def _weigh(
    defence: Defence, fight: Fight, off: Reals, room: Room, bank: TrackBank, desk: int, slot: int, now: float, state: Reals
) -> float:
    """Find which units of a desk could engage a track, into the room's last pairings; returns its key, NEVER if none could."""
    row, key = defence.desks[desk], NEVER
    units, base = row["end"] - row["first"], room.pairing.shape[0] - room.capacity.shape[0]
    for w in range(units):
        unit, pairing = defence.members[row["first"] + w], room.pairing[base + w]
        pairing["kind"] = -1
        if now >= off[unit] or (row["post"] < 0 and not may_decide(defence, off, unit, now)):
            continue
        found = consider(defence, fight, bank, row["picture"], unit, slot, now, reach_of(defence, unit), state)
        key = min(key, found.key)
        pairing["kind"], pairing["cls"] = found.kind, found.cls
        pairing["kill_probability"], pairing["value"] = found.kill_probability, found.value
    return key


@kernel
def _gather(
    defence: Defence, fight: Fight, off: Reals, room: Room, bank: TrackBank, desk: int, now: float, state: Reals
) -> int:
    """Find the tracks of a desk's picture that any of its units could engage; returns how many.

    Where there is no room for all, those that come last in the service stay out.
    """
    row, tracks, most = defence.desks[desk], 0, room.candidate.shape[0]
    units, base = row["end"] - row["first"], room.pairing.shape[0] - room.capacity.shape[0]
    for slot in range(bank.counters[HIGHEST]):
        if bank.track["status"][slot] != CONFIRMED:
            continue
        refresh_ledger(fight.ledger, bank, row["picture"], slot)
        key = _weigh(defence, fight, off, room, bank, desk, slot, now, state)
        at = tracks if tracks < most else _last_served(room, tracks)
        if key >= NEVER or (tracks == most and key >= room.candidate["key"][at]):
            continue
        tracks += tracks < most
        room.candidate["slot"][at], room.candidate["key"][at] = slot, key
        for w in range(units):
            here, there = room.pairing[at * units + w], room.pairing[base + w]
            here["kind"], here["cls"] = there["kind"], there["cls"]
            here["kill_probability"], here["value"] = there["kill_probability"], there["value"]
    return tracks


@kernel
def _note_unserved(defence: Defence, fight: Fight, room: Room, desk: int, j: int) -> None:
    """Write down why a track that units could engage was left: for want of channels, or of rounds."""
    row, blocked = defence.desks[desk], NO_ROUND
    units = row["end"] - row["first"]
    for w in range(units):
        if room.pairing[j * units + w]["kind"] >= 0 and room.short[w] == 0:
            blocked = NO_CHANNEL
    fight.ledger["blocks"][row["picture"], room.candidate["slot"][j]] |= blocked


@kernel
def decide_together(
    defence: Defence, fight: Fight, off: Reals, queue: Queue, events: Rows, bank: TrackBank, luck: Luck, room: Room, desk: int, now: float,
    state: Reals,
) -> None:  # fmt: skip
    """One decision cycle of a desk: pose the problem of who engages what, solve it, and order; `state` (6,) is scratch."""
    row = defence.desks[desk]
    units = row["end"] - row["first"]
    _capacities(defence, fight, off, room, desk, now)
    tracks = _gather(defence, fight, off, room, bank, desk, now, state)
    if tracks == 0:
        return
    plan = plan_of(room, units, tracks, make_plan_of(defence, room, units, tracks, row["first"], row["assignment"]))
    for j in range(tracks):
        room.candidate["done"][j] = False
    for _ in range(tracks):
        j = -1
        for other in range(tracks):
            if not room.candidate["done"][other] and (j < 0 or room.candidate["key"][other] < room.candidate["key"][j]):
                j = other
        room.candidate["done"][j] = True
        slot, served = room.candidate["slot"][j], False
        for w in range(units):
            if plan.sent[w, j] > 0:
                pairing = room.pairing[j * units + w]
                found = Candidate(room.candidate["key"][j], pairing["kind"], pairing["cls"], pairing["kill_probability"], pairing["value"])
                order(defence, fight, off, queue, events, bank, luck, row["picture"], defence.members[row["first"] + w], slot, found, now)
                served = True
        if not served:
            _note_unserved(defence, fight, room, desk, j)


@kernel
def decide(
    defence: Defence, fight: Fight, off: Reals, queue: Queue, events: Rows, bank: TrackBank, luck: Luck, room: Room, desk: int, now: float,
    urgency: Reals, state: Reals,
) -> None:  # fmt: skip
    """A desk decides, if it may, and will again. bank: its picture; off (node,) s; `urgency` (slot,) and `state` (6,) are scratch."""
    units, row = defence.units, defence.desks[desk]
    alive = False
    for k in range(row["first"], row["end"]):
        unit = defence.members[k]
        if now >= off[unit]:
            continue
        alive = True
        tend_magazines(defence, fight, unit, now)
        if units["waits"][unit] and units["picture"][unit] == row["picture"]:
            cue_radars(defence, fight, bank, unit, now, state)
    if not alive or (row["post"] >= 0 and now >= off[defence.posts["node"][row["post"]]]):
        return
    unit = defence.members[row["first"]]
    if row["assignment"] != URGENCY or row["post"] >= 0:
        decide_together(defence, fight, off, queue, events, bank, luck, room, desk, now, state)
    elif may_decide(defence, off, unit, now):
        decide_alone(defence, fight, off, queue, events, bank, luck, unit, now, urgency, state)
    push(queue, now + units["decision_interval"][unit], DECISION, desk, 0)
