"""Fire units choose by a picture: which tracks may be engaged, by what, in which order. Truth has no way in.

Each decision cycle a unit looks at the confirmed tracks of its picture, finds for each the interceptor that can meet it
inside its envelope in sight of an engagement radar, ranks them by the time left, and orders engagements as far as channels
and rounds allow.
"""

from typing import NamedTuple

from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.channels import refresh_ledger, tend_channels
from dowding.engine.command import begin_engagement
from dowding.engine.engagement import choose_interceptor
from dowding.engine.events import Queue
from dowding.engine.fire_control import distance_from, has_fire_control
from dowding.engine.identifying import FRIEND, UNKNOWN, identify
from dowding.engine.record import ENGAGEMENT, Rows, write_event
from dowding.engine.state import (
    FREE,
    HELD_FIRE,
    NO_CHANNEL,
    NO_FIRE_CONTROL_TRACK,
    NOT_IDENTIFIED,
    ORDERED,
    TAKEN_FOR_FRIEND,
    Fight,
    Reals,
)
from dowding.engine.threats import NEVER, class_of, service_key, threat_value, time_left
from dowding.model import Defence
from dowding.tracking.ahead import predicted_state
from dowding.tracking.picture import CONFIRMED, HIGHEST, TrackBank


class Candidate(NamedTuple):
    """A track that a unit could engage now."""

    key: float  # the order in which tracks are served, least first; NEVER if it is not to be engaged
    kind: int  # column of the unit's interceptors, -1 for none
    cls: int  # index into TARGET_CLASSES
    kill_probability: float  # of one round
    value: float  # what an engagement is worth that succeeds


@kernel
def nobody() -> Candidate:
    """No candidate."""
    return Candidate(NEVER, -1, -1, 0.0, 0.0)


@kernel
def _may_engage(
    defence: Defence, fight: Fight, bank: TrackBank, picture: int, unit: int, slot: int, cls: int, state: Reals, now: float
) -> int:
    """0 if doctrine, identity and fire control allow an engagement of the track now; else the block, or -1 for just not now."""
    units, ledger = defence.units, fight.ledger
    if ledger["engaged"][picture, slot] > 0 or now < ledger["others_until"][picture, slot]:
        return -1
    if defence.salvo[unit, cls] == 0:
        return HELD_FIRE
    identity = identify(defence, bank, slot, units["side"][unit], cls, state, now)
    if identity == FRIEND:
        return TAKEN_FOR_FRIEND
    if identity == UNKNOWN and units["tight"][unit]:
        return NOT_IDENTIFIED
    shots = ledger["shots"][picture, slot]
    if shots >= units["shots_max"][unit] or (shots > 0 and not units["look"][unit]):
        return -1
    if shots > 0 and bank.track["last_update_time"][slot] <= ledger["last_intercept"][picture, slot]:
        return -1  # looked, and it has not been seen since: taken for killed
    if picture == units["picture"][unit]:
        return 0 if has_fire_control(defence, bank, unit, slot, now) else NO_FIRE_CONTROL_TRACK
    return -1 if now < fight.refused[unit, slot] else 0  # its command post does not know what its radars hold, but what it refused


@kernel
def _holds_fire(defence: Defence, unit: int) -> bool:
    """Whether doctrine spares some class of targets."""
    spared = False
    for cls in range(defence.salvo.shape[1]):
        spared |= defence.salvo[unit, cls] == 0
    return spared


@kernel
def consider(
    defence: Defence, fight: Fight, bank: TrackBank, picture: int, unit: int, slot: int, now: float, reach: float, state: Reals
) -> Candidate:
    """Whether a unit should engage a track of a picture, its own or its command post's; `state` (6,) is scratch.

    reach: of the unit's interceptors, m.
    """
    ledger = fight.ledger
    if ledger["engaged"][picture, slot] > 0:
        return nobody()
    untried = ledger["shots"][picture, slot] == 0 and not _holds_fire(defence, unit) and picture == defence.units["picture"][unit]
    if untried and not has_fire_control(defence, bank, unit, slot, now):
        ledger["blocks"][picture, slot] |= NO_FIRE_CONTROL_TRACK  # as below, without the cost of knowing its class
        return nobody()
    predicted_state(bank, defence.tracker, slot, now, state)
    cls = class_of(defence, bank, slot, state)
    block = _may_engage(defence, fight, bank, picture, unit, slot, cls, state, now)
    if block != 0:
        if block > 0:
            ledger["blocks"][picture, slot] |= block
        return nobody()
    ready = max(now + defence.units["delay"][unit] + defence.units["reaction_time"][unit], fight.unit["next_launch"][unit])
    to_asset, leaves = time_left(defence, unit, state, reach)
    left = min(to_asset, leaves, NEVER * 0.5)
    key, value = service_key(defence, unit, left, state), threat_value(defence, unit, left, state)
    predicted_state(bank, defence.tracker, slot, ready, state)
    choice = choose_interceptor(defence, fight, bank, unit, slot, cls, state, to_asset - (ready - now), now)
    if choice.kind < 0:
        ledger["blocks"][picture, slot] |= choice.blocks
        return nobody()
    return Candidate(key, choice.kind, cls, choice.kill_probability, value)


@kernel
def order(
    defence: Defence, fight: Fight, off: Reals, queue: Queue, events: Rows, bank: TrackBank, luck: Luck, picture: int, unit: int, slot: int,
    found: Candidate, now: float,
) -> None:  # fmt: skip
    """Give a track of a picture a free channel of a unit, plan a salvo, and begin. off (node,) s."""
    units, channel = defence.units, 0
    while fight.channels["state"][unit, channel] != FREE:
        channel += 1
    row, track = fight.channels[unit, channel], bank.track["id"][slot]
    row["state"], row["kind"] = ORDERED, found.kind
    row["track"], row["slot"], row["post_picture"] = track, slot, -1
    if picture != units["picture"][unit]:
        row["post_picture"], row["post_slot"], row["post_track"] = picture, slot, track
        row["track"], row["slot"] = -1, -1
    left = units["shots_max"][unit] - fight.ledger["shots"][picture, slot]
    row["planned"], row["flying"], row["decided"] = min(defence.salvo[unit, found.cls], left), 0, now
    if row["post_picture"] >= 0:
        fight.unit["ordered"][unit] += 1
        fight.unit["promised"][unit] += row["planned"]
    fight.ledger["engaged"][picture, slot] += 1
    write_event(events, now, ENGAGEMENT, unit, -1, -1, track, -1, -1)
    begin_engagement(defence, fight, off, queue, events, luck, unit, channel, now)


@kernel
def reach_of(defence: Defence, unit: int) -> float:
    """The longest reach (m) of a unit's interceptors."""
    reach = 0.0
    for kind in range(defence.unit_interceptors.shape[1]):
        if defence.unit_interceptors[unit, kind] >= 0:
            reach = max(reach, defence.interceptors["range_max"][defence.unit_interceptors[unit, kind]])
    return reach


@kernel
def cue_radars(defence: Defence, fight: Fight, bank: TrackBank, unit: int, now: float, state: Reals) -> None:
    """Let a unit's engagement radars radiate while its picture holds a track, not a friend's, within the range of doctrine."""
    units = defence.units
    for slot in range(bank.counters[HIGHEST]):
        if bank.track["status"][slot] != CONFIRMED:
            continue
        predicted_state(bank, defence.tracker, slot, now, state)
        if distance_from(units, unit, state[0], state[1], state[2]) > units["cue_range"][unit]:
            continue
        if identify(defence, bank, slot, units["side"][unit], class_of(defence, bank, slot, state), state, now) != FRIEND:
            fight.unit["radiates_until"][unit] = now + units["cue_hold"][unit] + units["decision_interval"][unit]
            return


@kernel
def _most_urgent(urgency: Reals, count: int) -> int:
    """The first of the least among the first `count` entries."""
    first = 0
    for other in range(1, count):
        if urgency[other] < urgency[first]:
            first = other
    return first


@kernel
def decide_alone(
    defence: Defence, fight: Fight, off: Reals, queue: Queue, events: Rows, bank: TrackBank, luck: Luck, unit: int, now: float,
    urgency: Reals, state: Reals,
) -> None:  # fmt: skip
    """One decision cycle of a fire unit, one track after the other; `urgency` (slot,) and `state` (6,) are scratch."""
    units, picture = defence.units, defence.units["picture"][unit]
    free = tend_channels(fight, picture, unit, now, units["target_channels"][unit])
    reach, highest, candidates = reach_of(defence, unit), bank.counters[HIGHEST], 0
    for slot in range(highest):
        urgency[slot] = NEVER
        if bank.track["status"][slot] != CONFIRMED:
            continue
        refresh_ledger(fight.ledger, bank, picture, slot)
        found = consider(defence, fight, bank, picture, unit, slot, now, reach, state)
        urgency[slot] = found.key
        candidates += found.kind >= 0
    for _ in range(candidates):
        slot = _most_urgent(urgency, highest)
        if urgency[slot] >= NEVER:
            break
        urgency[slot] = NEVER
        if free <= 0 or fight.unit["flying"][unit] >= units["missile_channels"][unit]:
            fight.ledger["blocks"][picture, slot] |= NO_CHANNEL
            continue
        found = consider(defence, fight, bank, picture, unit, slot, now, reach, state)  # rounds may have gone meanwhile
        if found.kind >= 0:
            order(defence, fight, off, queue, events, bank, luck, picture, unit, slot, found, now)
            free -= 1
