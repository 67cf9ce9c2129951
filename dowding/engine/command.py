"""Orders and requests between fire units and their command post: they take time, get lost, and wait for an operator. Truth has no way in.

A command post has so many operators, who take engagements in the order in which they come. A unit asks for leave, or the post orders:
either way an engagement passes the operators once, and then travels to the unit.
"""

import math

from dowding import _random
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.channels import refresh_ledger, refuse, release
from dowding.engine.events import COMMAND, LAUNCH, Queue, push
from dowding.engine.record import APPROVAL_ASKED, APPROVAL_BEGUN, APPROVED, BROKEN_OFF, Rows, write_event
from dowding.engine.state import Fight, Reals
from dowding.model import Defence
from dowding.tracking.ahead import predicted_state
from dowding.tracking.picture import CONFIRMED, HIGHEST, TrackBank
from dowding.tracking.shared_tracks import share_number

ASKED, ANSWERED, ORDER_COMES = range(3)  # stages of a COMMAND, which its part holds besides the channel
STAGES = 3
TRIES_MOST = 64  # that a message is sent; then its sender gives up
SAME_TRACK_M = 3000.0  # assumed: an order is about the unit's track nearest to the post's, if it is no further off than this


@kernel
def is_carrying(defence: Defence, link: int, edge: int, now: float) -> bool:
    """Whether a link, and an edge of it unless that is -1, is free of outages at a time (s)."""
    outages, silent = defence.network.outages, False
    for row in range(outages.shape[0]):
        hit = outages["link"][row] == link and (outages["edge"][row] < 0 or outages["edge"][row] == edge)
        silent |= hit and outages["begin"][row] <= now < outages["end"][row]
    return not silent


@kernel
def arrival_of(defence: Defence, fight: Fight, luck: Luck, unit: int, now: float) -> float:
    """When (s) a message between a unit and its command post arrives that is sent now and again until it does; infinite for never."""
    units, t = defence.units, now
    if units["order_link"][unit] < 0:
        return now
    for _ in range(TRIES_MOST):
        lost = False
        if units["order_loss"][unit] > 0.0:
            u = _random.uniforms(luck, _random.ORDER, fight.unit["messages"][unit], units["key"][unit], 0)
            lost = u[0] < units["order_loss"][unit]
        fight.unit["messages"][unit] += 1
        if not lost and is_carrying(defence, units["order_link"][unit], units["order_edge"][unit], t):
            return float(t + units["order_latency"][unit])
        t += units["order_interval"][unit]
    return math.inf


@kernel
def has_command(defence: Defence, off: Reals, unit: int, now: float) -> bool:
    """Whether a command post that works chooses for a unit, or must agree; off (node,) s."""
    post = defence.units["post"][unit]
    commanded = post >= 0 and (defence.units["central"][unit] or defence.units["manual"][unit])
    return bool(commanded and now < off[defence.posts["node"][post]])


@kernel
def may_decide(defence: Defence, off: Reals, unit: int, now: float) -> bool:
    """Whether a unit chooses its targets itself: no post does, or one did that has failed, and doctrine lets it fight on alone."""
    units = defence.units
    if units["post"][unit] < 0 or not (units["central"][unit] or units["manual"][unit]):
        return True
    if has_command(defence, off, unit, now):
        return bool(not units["central"][unit])
    return bool(units["alone"][unit])


@kernel
def _track_of(fight: Fight, unit: int, channel: int) -> int:
    """The number of the track that an engagement is about, in the picture in which it was chosen."""
    row = fight.channels[unit, channel]
    return int(row["post_track"] if row["post_picture"] >= 0 else row["track"])


@kernel
def _give_up(defence: Defence, fight: Fight, events: Rows, unit: int, channel: int, now: float) -> None:
    write_event(events, now, BROKEN_OFF, unit, -1, -1, _track_of(fight, unit, channel), -1, -1)
    refuse(fight, unit, channel, now)
    release(fight, defence.units["picture"][unit], unit, channel)


@kernel
def begin_engagement(
    defence: Defence, fight: Fight, off: Reals, queue: Queue, events: Rows, luck: Luck, unit: int, channel: int, now: float
) -> None:
    """Launch after the reaction time; or first ask an operator of the command post, which may be who ordered it."""
    if not has_command(defence, off, unit, now):
        push(queue, now + defence.units["reaction_time"][unit], LAUNCH, unit, channel)
        return
    ordered = defence.units["central"][unit]
    comes = now if ordered else arrival_of(defence, fight, luck, unit, now)
    if comes < math.inf:
        push(queue, comes, COMMAND, unit, STAGES * channel + ASKED)
    else:
        _give_up(defence, fight, events, unit, channel, now)


@kernel
def _queue_up(defence: Defence, fight: Fight, queue: Queue, luck: Luck, unit: int, channel: int, now: float) -> None:
    """Give an engagement to the operator who is free first; those who came before have theirs already."""
    post = defence.units["post"][unit]
    first = 0
    for operator in range(1, defence.posts["operators"][post]):
        if fight.operators[post, operator] < fight.operators[post, first]:
            first = operator
    service = defence.posts["service"][post]
    if defence.posts["exponential"][post]:
        u = _random.uniforms(luck, _random.APPROVAL, fight.asked[post], defence.posts["key"][post], 0)
        service *= -math.log(u[0])
    fight.asked[post] += 1
    begun = max(now, fight.operators[post, first])
    fight.operators[post, first] = begun + service
    fight.channels["asked"][unit, channel], fight.channels["begun"][unit, channel] = now, begun
    push(queue, begun + service, COMMAND, unit, STAGES * channel + ANSWERED)


@kernel
def own_slot(
    defence: Defence, fight: Fight, bank: TrackBank, there: TrackBank, unit: int, channel: int, now: float, state: Reals
) -> int:
    """Which track of a unit's picture an order is about: one that the post's track shares a number with, or the one nearest to it; or -1.

    `there` is the post's picture; `state` (6,) is scratch.
    """
    row = fight.channels[unit, channel]
    if there.track["id"][row["post_slot"]] != row["post_track"] or there.track["status"][row["post_slot"]] != CONFIRMED:
        return -1
    for slot in range(bank.counters[HIGHEST]):
        if bank.track["status"][slot] == CONFIRMED and share_number(
            bank, defence.units["picture"][unit], slot, there, row["post_picture"], row["post_slot"]
        ):
            return slot
    predicted_state(there, defence.tracker, row["post_slot"], now, state)
    x, y, z = state[0], state[1], state[2]
    best, nearest = -1, SAME_TRACK_M
    for slot in range(bank.counters[HIGHEST]):
        if bank.track["status"][slot] != CONFIRMED:
            continue
        predicted_state(bank, defence.tracker, slot, now, state)
        away = math.sqrt((state[0] - x) ** 2 + (state[1] - y) ** 2 + (state[2] - z) ** 2)
        if away < nearest:
            best, nearest = slot, away
    return best


@kernel
def _take_order(
    defence: Defence, fight: Fight, queue: Queue, events: Rows, bank: TrackBank, there: TrackBank, unit: int, channel: int,
    now: float, state: Reals,
) -> None:  # fmt: skip
    """The unit has the order, or the leave: it begins, if its own picture holds the track."""
    row, picture = fight.channels[unit, channel], defence.units["picture"][unit]
    if row["post_picture"] >= 0:
        slot = own_slot(defence, fight, bank, there, unit, channel, now, state)
        if slot >= 0:
            refresh_ledger(fight.ledger, bank, picture, slot)
            if fight.ledger["engaged"][picture, slot] > 0:
                slot = -1
        if slot < 0:
            _give_up(defence, fight, events, unit, channel, now)
            return
        row["slot"], row["track"] = slot, bank.track["id"][slot]
        fight.ledger["engaged"][picture, slot] += 1
    push(queue, now + defence.units["reaction_time"][unit], LAUNCH, unit, channel)


@kernel
def pass_on(
    defence: Defence, fight: Fight, off: Reals, queue: Queue, events: Rows, bank: TrackBank, there: TrackBank, luck: Luck,
    unit: int, part: int, now: float, state: Reals,
) -> None:  # fmt: skip
    """One step of a COMMAND: an engagement comes to the post, is agreed to, or comes to the unit. `state` (6,) is scratch.

    bank: the unit's picture; there: the post's; off (node,) s.
    """
    channel, stage = part // STAGES, part % STAGES
    if stage == ORDER_COMES:
        _take_order(defence, fight, queue, events, bank, there, unit, channel, now, state)
    elif not has_command(defence, off, unit, now):  # the post has failed meanwhile
        if may_decide(defence, off, unit, now) and fight.channels["post_picture"][unit, channel] < 0:
            push(queue, now + defence.units["reaction_time"][unit], LAUNCH, unit, channel)
        else:
            _give_up(defence, fight, events, unit, channel, now)
    elif stage == ASKED:
        write_event(events, now, APPROVAL_ASKED, unit, -1, -1, _track_of(fight, unit, channel), -1, -1)
        _queue_up(defence, fight, queue, luck, unit, channel, now)
    else:
        track = _track_of(fight, unit, channel)
        write_event(events, fight.channels["begun"][unit, channel], APPROVAL_BEGUN, unit, -1, -1, track, -1, -1)
        write_event(events, now, APPROVED, unit, -1, -1, track, -1, -1)
        comes = arrival_of(defence, fight, luck, unit, now)
        if comes < math.inf:
            push(queue, comes, COMMAND, unit, STAGES * channel + ORDER_COMES)
        else:
            _give_up(defence, fight, events, unit, channel, now)
