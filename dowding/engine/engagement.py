"""Fire units launch by their picture: the interceptor that can meet a track inside its envelope in sight of an engagement radar.

Truth has no way in.
"""

import math
from typing import NamedTuple

from dowding._jit import kernel
from dowding.engine.channels import note_shot, refuse, release, settle
from dowding.engine.events import INTERCEPT, LAUNCH, Queue, push
from dowding.engine.fire_control import (
    distance_from,
    has_fire_control,
    in_sight_of_engagement_radar,
    offset_from,
    served_by_others,
)
from dowding.engine.identifying import BALLISTIC_MISSILE, FRIEND, identify
from dowding.engine.lethality import course_factor, envelope_factor
from dowding.engine.magazines import may_spend, tend_magazines
from dowding.engine.record import BROKEN_OFF, LAUNCHED, Rows, write_event
from dowding.engine.state import FIRING, NO_CHANNEL, NO_ROUND, OUTSIDE_ENVELOPE, TAKEN_FOR_FRIEND, TOO_LATE, Fight, Reals
from dowding.engine.threats import class_of, time_left
from dowding.model import Defence
from dowding.physics.flight import acceleration_ballistic
from dowding.physics.flyout import intercept_time
from dowding.physics.geodesy import height_above_ellipsoid
from dowding.tracking.ahead import predicted_state
from dowding.tracking.picture import CONFIRMED, TrackBank

PREDICTION_STEPS = 4  # each shrinks the error of a curved path's intercept time several times
FLIGHT_TIME_MAX_S = 1000.0  # no interceptor flies longer


class Choice(NamedTuple):
    """An interceptor chosen against a track, and where the two would meet."""

    kind: int  # column of the unit's interceptors, -1 where none serves
    blocks: int  # bits of what kept others from serving
    kill_probability: float  # of one round against the track's class, there and on its course
    flight_time: float  # s
    x: float  # m, theatre
    y: float  # m
    z: float  # m


@kernel
def _ahead(state: Reals, acceleration: tuple[float, float, float], t: float) -> tuple[float, float, float]:
    """Where a track will be `t` seconds on, at constant acceleration."""
    half = 0.5 * t * t
    return (
        state[0] + state[3] * t + acceleration[0] * half,
        state[1] + state[4] * t + acceleration[1] * half,
        state[2] + state[5] * t + acceleration[2] * half,
    )


@kernel
def predicted_intercept(
    defence: Defence, unit: int, interceptor: int, state: Reals, acceleration: tuple[float, float, float], time_max: float
) -> tuple[float, float, float, float]:
    """Flight time (s) and place (m, theatre) at which an interceptor launched now meets a track; the time is -1 if it cannot.

    A curved path is met by giving the straight-line solution the mean velocity up to its own intercept time, repeatedly.
    """
    units, rows = defence.units, defence.interceptors
    px, py, pz = offset_from(units, unit, state[0], state[1], state[2])
    vx, vy, vz = state[3], state[4], state[5]
    speed, boost, decay = rows["speed_max"][interceptor], rows["boost_time"][interceptor], rows["decay"][interceptor]
    t = -1.0
    for _ in range(PREDICTION_STEPS):
        t = intercept_time(px, py, pz, vx, vy, vz, speed, boost, decay, time_max)
        if t < 0.0 or acceleration == (0.0, 0.0, 0.0):
            break
        vx, vy, vz = state[3] + 0.5 * acceleration[0] * t, state[4] + 0.5 * acceleration[1] * t, state[5] + 0.5 * acceleration[2] * t
    x, y, z = _ahead(state, acceleration, max(t, 0.0))
    return t, x, y, z


@kernel
def inside_envelope(defence: Defence, unit: int, interceptor: int, cls: int, distance: float, height: float) -> bool:
    """Whether an intercept at a slant range (m) and height (m above the ellipsoid) lies in the interceptor's envelope for a class."""
    rows = defence.interceptors
    farthest = rows["range_max_ballistic"][interceptor] if cls == BALLISTIC_MISSILE else rows["range_max"][interceptor]
    if distance < rows["range_min"][interceptor] or distance > farthest:
        return False
    return bool(defence.units["ground"][unit] + rows["altitude_min"][interceptor] <= height <= rows["altitude_max"][interceptor])


@kernel
def _curvature(defence: Defence, cls: int, state: Reals) -> tuple[float, float, float]:
    """Acceleration (m/s^2) that a prediction counts on: gravity and rotation for a ballistic missile, none for what flies on wings."""
    if cls != BALLISTIC_MISSILE:
        return 0.0, 0.0, 0.0
    ax, ay, az = acceleration_ballistic(defence.frame, state[0], state[1], state[2], state[3], state[4], state[5], 0.0)
    return ax, ay, az


@kernel
def passes_by(defence: Defence, unit: int, interceptor: int, cls: int, state: Reals) -> bool:
    """Whether a track that flies on straight stays beyond an interceptor's reach for as long as that could fly: it cannot be met."""
    rows = defence.interceptors
    if cls == BALLISTIC_MISSILE:
        return False
    dx, dy, dz = offset_from(defence.units, unit, state[0], state[1], state[2])
    approach, speed2 = -(dx * state[3] + dy * state[4] + dz * state[5]), state[3] * state[3] + state[4] * state[4] + state[5] * state[5]
    t = min(max(approach / speed2, 0.0), rows["flight_time"][interceptor]) if speed2 > 0.0 else 0.0
    dx, dy, dz = dx + t * state[3], dy + t * state[4], dz + t * state[5]
    return bool(dx * dx + dy * dy + dz * dz > (rows["range_max"][interceptor] * (1.0 + 1e-9)) ** 2)


@kernel
def choose_interceptor(
    defence: Defence, fight: Fight, bank: TrackBank, unit: int, slot: int, cls: int, state: Reals, time_max: float, now: float
) -> Choice:
    """The unit's best interceptor against a track, launched at the time of its predicted state; where none serves, its blocks say why.

    The best has the highest kill probability at the place of the meeting, on the course that the track would have there. On a track that
    others serve at `now` (s) none of its own radars needs to see the meeting.
    """
    units, rows = defence.units, defence.interceptors
    best, best_merit, blocks = Choice(-1, 0, 0.0, 0.0, 0.0, 0.0, 0.0), -1.0, 0
    acceleration, least = _curvature(defence, cls, state), max(units["kill_probability_min"][unit], 1e-9)
    speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
    for kind in range(defence.unit_interceptors.shape[1]):
        row = defence.unit_interceptors[unit, kind]
        if row < 0:
            continue
        probability = defence.kill_probability[row, cls]
        if speed > rows["target_speed_max"][row] or probability < least or passes_by(defence, unit, row, cls, state):
            continue
        t, x, y, z = predicted_intercept(defence, unit, row, state, acceleration, FLIGHT_TIME_MAX_S)
        if t < 0.0:
            continue
        height = height_above_ellipsoid(defence.frame, x, y, z)
        distance = distance_from(units, unit, x, y, z)
        if not inside_envelope(defence, unit, row, cls, distance, height):
            continue
        velocity = (state[3] + acceleration[0] * t, state[4] + acceleration[1] * t, state[5] + acceleration[2] * t)
        probability *= envelope_factor(defence, unit, row, cls, distance, height) * course_factor(defence, unit, row, (x, y, z), velocity)
        if probability < least:
            continue
        if not (in_sight_of_engagement_radar(defence, unit, x, y, z, height) or served_by_others(defence, bank, unit, slot, now)):
            continue
        if t > time_max:
            blocks |= TOO_LATE
            continue
        if not may_spend(defence, fight, unit, kind, cls):
            blocks |= NO_ROUND
            continue
        reach_merit = 1.0 / rows["range_max"][row]
        merit = reach_merit if units["smallest"][unit] else probability + 1e-3 / rows["range_max"][row]
        if merit > best_merit:
            best, best_merit = Choice(kind, 0, probability, t, x, y, z), merit
    if best.kind < 0:
        return Choice(-1, blocks if blocks != 0 else OUTSIDE_ENVELOPE, 0.0, 0.0, 0.0, 0.0, 0.0)
    return best


@kernel
def _launch_one(
    defence: Defence, fight: Fight, queue: Queue, events: Rows, bank: TrackBank, unit: int, channel: int, now: float, choice: Choice
) -> None:
    """Send one interceptor: a round less, a row in the shots, an intercept to come."""
    kind, arrival = choice.kind, now + choice.flight_time
    units, channels, shots, picture = defence.units, fight.channels, fight.shots, defence.units["picture"][unit]
    slot = channels["slot"][unit, channel]
    shot = fight.fired[0]
    fight.fired[0] += 1
    fight.rounds[unit, kind] -= 1
    fight.unit["flying"][unit] += 1
    fight.unit["next_launch"][unit] = now + units["launch_interval"][unit]
    note_shot(fight, picture, unit, channel)
    channels["state"][unit, channel] = FIRING
    channels["kind"][unit, channel] = kind
    channels["planned"][unit, channel] -= 1
    channels["flying"][unit, channel] += 1
    shots["unit"][shot], shots["kind"][shot], shots["channel"][shot] = unit, kind, channel
    shots["track"][shot], shots["slot"][shot] = bank.track["id"][slot], slot
    shots["decided"][shot], shots["launched"][shot], shots["intercept"][shot] = channels["decided"][unit, channel], now, arrival
    shots["x"][shot], shots["y"][shot], shots["z"][shot] = choice.x, choice.y, choice.z
    shots["slant_range"][shot] = distance_from(units, unit, choice.x, choice.y, choice.z)
    shots["track_age"][shot] = now - bank.track["last_update_time"][slot]
    shots["track_sigma"][shot] = math.sqrt(max(bank.covariance[slot, 0, 0], bank.covariance[slot, 1, 1], bank.covariance[slot, 2, 2]))
    shots["kill_probability"][shot] = choice.kill_probability
    tend_magazines(defence, fight, unit, now)
    push(queue, arrival, INTERCEPT, shot, 0)
    write_event(events, now, LAUNCHED, unit, -1, -1, bank.track["id"][slot], shot, -1)


@kernel
def launch(
    defence: Defence, fight: Fight, queue: Queue, events: Rows, bank: TrackBank, unit: int, channel: int, now: float, state: Reals
) -> bool:
    """Launch the next interceptor of an engagement if it still can meet the track; returns whether it did. `state` (6,) is scratch."""
    units, channels, picture = defence.units, fight.channels, defence.units["picture"][unit]
    if now < fight.unit["next_launch"][unit]:
        push(queue, fight.unit["next_launch"][unit], LAUNCH, unit, channel)
        return False
    slot = channels["slot"][unit, channel]
    alive = bank.track["id"][slot] == channels["track"][unit, channel] and bank.track["status"][slot] == CONFIRMED
    if alive and has_fire_control(defence, bank, unit, slot, now):
        if fight.unit["flying"][unit] >= units["missile_channels"][unit]:
            fight.ledger["blocks"][picture, slot] |= NO_CHANNEL
            push(queue, now + units["decision_interval"][unit], LAUNCH, unit, channel)
            return False
        predicted_state(bank, defence.tracker, slot, now, state)
        to_asset, _leaves = time_left(defence, unit, state, 0.0)
        cls = class_of(defence, bank, slot, state)
        choice = choose_interceptor(defence, fight, bank, unit, slot, cls, state, to_asset, now)
        if identify(defence, bank, slot, units["side"][unit], cls, state, now) == FRIEND:  # it has answered since
            fight.ledger["blocks"][picture, slot] |= TAKEN_FOR_FRIEND
        elif choice.kind >= 0:
            _launch_one(defence, fight, queue, events, bank, unit, channel, now, choice)
            if channels["planned"][unit, channel] > 0:
                push(queue, fight.unit["next_launch"][unit], LAUNCH, unit, channel)
            return True
        else:
            fight.ledger["blocks"][picture, slot] |= choice.blocks
    channels["planned"][unit, channel] = 0
    if channels["state"][unit, channel] == FIRING:
        settle(defence, fight, unit, channel, now)  # part of the salvo went: look what it did
    else:
        refuse(fight, unit, channel, now)
        release(fight, picture, unit, channel)
        write_event(events, now, BROKEN_OFF, unit, -1, -1, channels["track"][unit, channel], -1, -1)
    return False
