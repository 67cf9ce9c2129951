"""The books of the fire units: which target channel is on which track, and what has been done about each track."""

import math

from dowding._jit import kernel
from dowding.engine.state import FREE, LOOKING, Fight, Records
from dowding.model import Defence
from dowding.tracking.picture import TrackBank

REFUSED_S = 10.0  # assumed: for so long a command post does not order again what a unit could not do


@kernel
def refresh_ledger(ledger: Records, bank: TrackBank, picture: int, slot: int) -> None:
    """Start a clean page where a slot has got another track."""
    if ledger["track"][picture, slot] != bank.track["id"][slot]:
        ledger["track"][picture, slot] = bank.track["id"][slot]
        ledger["shots"][picture, slot] = 0
        ledger["engaged"][picture, slot] = 0
        ledger["last_intercept"][picture, slot] = -math.inf
        ledger["blocks"][picture, slot] = 0
        ledger["others_until"][picture, slot] = -math.inf


@kernel
def release(fight: Fight, picture: int, unit: int, channel: int) -> None:
    """Give a target channel back."""
    row = fight.channels[unit, channel]
    if row["slot"] >= 0 and fight.ledger["track"][picture, row["slot"]] == row["track"]:
        fight.ledger["engaged"][picture, row["slot"]] -= 1
    if row["post_picture"] >= 0:
        if fight.ledger["track"][row["post_picture"], row["post_slot"]] == row["post_track"]:
            fight.ledger["engaged"][row["post_picture"], row["post_slot"]] -= 1
        row["post_picture"] = -1
    row["state"] = FREE
    row["planned"] = 0


@kernel
def refuse(fight: Fight, unit: int, channel: int, now: float) -> None:
    """Let the command post know that a unit cannot do what it ordered, so that it does not order it again at once."""
    row = fight.channels[unit, channel]
    if row["post_picture"] >= 0:
        fight.refused[unit, row["post_slot"]] = now + REFUSED_S


@kernel
def note_shot(fight: Fight, picture: int, unit: int, channel: int) -> None:
    """Book a launch at the channel's track, in the picture of the unit and in that of the command post that ordered it."""
    row = fight.channels[unit, channel]
    fight.ledger["shots"][picture, row["slot"]] += 1
    if row["post_picture"] >= 0 and fight.ledger["track"][row["post_picture"], row["post_slot"]] == row["post_track"]:
        fight.ledger["shots"][row["post_picture"], row["post_slot"]] += 1


@kernel
def tend_channels(fight: Fight, picture: int, unit: int, now: float, capacity: int) -> int:
    """Free the channels whose looking has ended; returns how many are free."""
    channels = fight.channels
    free = 0
    for channel in range(capacity):
        if channels["state"][unit, channel] == LOOKING and now >= channels["until"][unit, channel]:
            release(fight, picture, unit, channel)
        free += channels["state"][unit, channel] == FREE
    return free


@kernel
def settle(defence: Defence, fight: Fight, unit: int, channel: int, now: float) -> None:
    """After the last launch or intercept of an engagement: look, then free the channel."""
    channels = fight.channels
    if channels["planned"][unit, channel] == 0 and channels["flying"][unit, channel] == 0:
        channels["state"][unit, channel] = LOOKING
        channels["until"][unit, channel] = now + defence.units["kill_assessment"][unit]


@kernel
def conclude(defence: Defence, fight: Fight, shot: int, now: float) -> None:
    """Book an intercept that is over: the interceptor's channel is free, and its engagement may go on to looking."""
    shots, channels = fight.shots, fight.channels
    unit, channel, slot = shots["unit"][shot], shots["channel"][shot], shots["slot"][shot]
    picture = defence.units["picture"][unit]
    fight.unit["flying"][unit] -= 1
    channels["flying"][unit, channel] -= 1
    if fight.ledger["track"][picture, slot] == shots["track"][shot]:
        fight.ledger["last_intercept"][picture, slot] = now
    row = channels[unit, channel]
    if row["post_picture"] >= 0 and fight.ledger["track"][row["post_picture"], row["post_slot"]] == row["post_track"]:
        fight.ledger["last_intercept"][row["post_picture"], row["post_slot"]] = now
    settle(defence, fight, unit, channel, now)
