"""The books of the fire units: which target channel is on which track, and what has been done about each track."""

import math

from dowding._jit import kernel
from dowding.engine.state import FREE, LOOKING, Fight, Records
from dowding.model import Defence
from dowding.tracking.picture import TrackBank


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
    channels = fight.channels
    slot = channels["slot"][unit, channel]
    if fight.ledger["track"][picture, slot] == channels["track"][unit, channel]:
        fight.ledger["engaged"][picture, slot] -= 1
    channels["state"][unit, channel] = FREE
    channels["planned"][unit, channel] = 0


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
    settle(defence, fight, unit, channel, now)
