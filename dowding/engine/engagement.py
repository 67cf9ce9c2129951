"""Fire units decide and launch by their picture: tracks, their own rounds, channels and doctrine. Truth has no way in.

Each decision cycle a unit looks at the confirmed tracks of its picture, finds for each the interceptor that can meet it
inside its envelope in sight of an engagement radar, ranks them by the time left, and orders engagements as far as channels
and rounds allow.
"""

import math
from typing import NamedTuple

from dowding._jit import kernel
from dowding.engine.channels import refresh_ledger, release, settle, tend_channels
from dowding.engine.events import DECISION, INTERCEPT, LAUNCH, Queue, push
from dowding.engine.fire_control import (
    distance_from,
    has_fire_control,
    in_sight_of_engagement_radar,
    offset_from,
    served_by_others,
)
from dowding.engine.identifying import FRIEND, UNKNOWN, identify
from dowding.engine.record import BROKEN_OFF, ENGAGEMENT, LAUNCHED, Rows, write_event
from dowding.engine.state import (
    FIRING,
    FREE,
    HELD_FIRE,
    NO_CHANNEL,
    NO_FIRE_CONTROL_TRACK,
    NO_ROUND,
    NOT_IDENTIFIED,
    ORDERED,
    OUTSIDE_ENVELOPE,
    TAKEN_FOR_FRIEND,
    TOO_LATE,
    Fight,
    Reals,
)
from dowding.model import Defence
from dowding.physics.flight import acceleration_ballistic
from dowding.physics.flyout import intercept_time
from dowding.physics.geodesy import height_above_ellipsoid
from dowding.tracking.picture import CONFIRMED, HIGHEST, TrackBank
from dowding.tracking.update import kinematic_class, predicted_state

BALLISTIC = 4  # index in TARGET_CLASSES, by number: what a kernel uses may not come from the reading side
ASSET_MARGIN_M = 5000.0  # a track whose course passes an asset by less than this beyond its radius threatens it
PREDICTION_STEPS = 4  # each shrinks the error of a curved path's intercept time several times
FLIGHT_TIME_MAX_S = 1000.0  # no interceptor flies longer
NEVER = 1e30


class Choice(NamedTuple):
    """An interceptor chosen against a track, and where the two would meet."""

    kind: int  # column of the unit's interceptors, -1 where none serves
    blocks: int  # bits of what kept others from serving
    kill_probability: float  # against the track's class
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
    farthest = rows["range_max_ballistic"][interceptor] if cls == BALLISTIC else rows["range_max"][interceptor]
    if distance < rows["range_min"][interceptor] or distance > farthest:
        return False
    return bool(defence.units["ground"][unit] + rows["altitude_min"][interceptor] <= height <= rows["altitude_max"][interceptor])


@kernel
def time_left(defence: Defence, unit: int, state: Reals, reach: float) -> tuple[float, float]:
    """Seconds until a track reaches an asset of the unit's side, and until it leaves the sphere of `reach` (m) about the unit.

    Straight courses, closest approach; NEVER where neither happens.
    """
    assets = defence.assets
    speed_square = state[3] ** 2 + state[4] ** 2 + state[5] ** 2
    to_asset = NEVER
    if speed_square <= 0.0:
        return NEVER, NEVER
    for row in range(assets.shape[0]):
        if assets["side"][row] != defence.units["side"][unit]:
            continue
        dx, dy, dz = state[0] - assets["x"][row], state[1] - assets["y"][row], state[2] - assets["z"][row]
        closest = -(dx * state[3] + dy * state[4] + dz * state[5]) / speed_square
        if closest <= 0.0:
            continue
        mx, my = dx + state[3] * closest, dy + state[4] * closest
        if mx * mx + my * my <= (assets["radius"][row] + ASSET_MARGIN_M) ** 2:
            to_asset = min(to_asset, closest)
    dx, dy, dz = offset_from(defence.units, unit, state[0], state[1], state[2])
    b = (dx * state[3] + dy * state[4] + dz * state[5]) / speed_square
    c = (dx * dx + dy * dy + dz * dz - reach * reach) / speed_square
    root = b * b - c
    leaves = math.sqrt(root) - b if root > 0.0 else NEVER
    return to_asset, leaves if leaves > 0.0 else NEVER


@kernel
def _curvature(defence: Defence, cls: int, state: Reals) -> tuple[float, float, float]:
    """Acceleration (m/s^2) that a prediction counts on: gravity and rotation for a ballistic missile, none for what flies on wings."""
    if cls != BALLISTIC:
        return 0.0, 0.0, 0.0
    ax, ay, az = acceleration_ballistic(defence.frame, state[0], state[1], state[2], state[3], state[4], state[5], 0.0)
    return ax, ay, az


@kernel
def choose_interceptor(
    defence: Defence, fight: Fight, unit: int, cls: int, state: Reals, time_max: float, remote: bool
) -> Choice:
    """The unit's best interceptor against a track, launched at the state's time; where none serves, its blocks say why.

    On a `remote` track none of its own radars needs to see the meeting.
    """
    units, rows = defence.units, defence.interceptors
    best, best_merit, blocks = Choice(-1, 0, 0.0, 0.0, 0.0, 0.0, 0.0), -1.0, 0
    acceleration = _curvature(defence, cls, state)
    speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
    for kind in range(defence.unit_interceptors.shape[1]):
        row = defence.unit_interceptors[unit, kind]
        if row < 0:
            continue
        probability = defence.kill_probability[row, cls]
        if speed > rows["target_speed_max"][row] or probability < max(units["kill_probability_min"][unit], 1e-9):
            continue
        t, x, y, z = predicted_intercept(defence, unit, row, state, acceleration, FLIGHT_TIME_MAX_S)
        if t < 0.0:
            continue
        height = height_above_ellipsoid(defence.frame, x, y, z)
        distance = distance_from(units, unit, x, y, z)
        if not inside_envelope(defence, unit, row, cls, distance, height):
            continue
        if not (remote or in_sight_of_engagement_radar(defence, unit, x, y, z, height)):
            continue
        if t > time_max:
            blocks |= TOO_LATE
            continue
        if fight.rounds[unit, kind] <= 0:
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
def _class_of(defence: Defence, bank: TrackBank, slot: int, state: Reals) -> int:
    """What a track in a predicted state is taken for, an index in TARGET_CLASSES."""
    return kinematic_class(defence.tracker, state, bank.mode[slot], height_above_ellipsoid(defence.frame, state[0], state[1], state[2]))


@kernel
def _may_engage(defence: Defence, fight: Fight, bank: TrackBank, unit: int, slot: int, cls: int, state: Reals, now: float) -> int:
    """0 if doctrine, identity and fire control allow an engagement of the track now; else the block, or -1 for just not now."""
    units, ledger, picture = defence.units, fight.ledger, defence.units["picture"][unit]
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
    if not has_fire_control(defence, bank, unit, slot, now):
        return NO_FIRE_CONTROL_TRACK
    return 0


@kernel
def _holds_fire(defence: Defence, unit: int) -> bool:
    """Whether doctrine spares some class of targets."""
    spared = False
    for cls in range(defence.salvo.shape[1]):
        spared |= defence.salvo[unit, cls] == 0
    return spared


@kernel
def _consider(
    defence: Defence, fight: Fight, bank: TrackBank, unit: int, slot: int, now: float, reach: float, state: Reals
) -> tuple[float, int]:
    """How urgent an engagement of a track is (s left; NEVER if it is not to be engaged) and with which kind of interceptor."""
    picture, ledger = defence.units["picture"][unit], fight.ledger
    if ledger["engaged"][picture, slot] > 0:
        return NEVER, -1
    untried = ledger["shots"][picture, slot] == 0 and not _holds_fire(defence, unit)
    if untried and not has_fire_control(defence, bank, unit, slot, now):
        ledger["blocks"][picture, slot] |= NO_FIRE_CONTROL_TRACK  # as below, without the cost of knowing its class
        return NEVER, -1
    predicted_state(bank, defence.tracker, slot, now, state)
    cls = _class_of(defence, bank, slot, state)
    block = _may_engage(defence, fight, bank, unit, slot, cls, state, now)
    if block != 0:
        if block > 0:
            ledger["blocks"][picture, slot] |= block
        return NEVER, -1
    ready = max(now + defence.units["reaction_time"][unit], fight.unit["next_launch"][unit])
    to_asset, leaves = time_left(defence, unit, state, reach)
    predicted_state(bank, defence.tracker, slot, ready, state)
    remote = served_by_others(defence, bank, unit, slot, now)
    choice = choose_interceptor(defence, fight, unit, cls, state, to_asset - (ready - now), remote)
    if choice.kind < 0:
        ledger["blocks"][picture, slot] |= choice.blocks
        return NEVER, -1
    return min(to_asset, leaves, NEVER * 0.5), choice.kind


@kernel
def _order(defence: Defence, fight: Fight, bank: TrackBank, unit: int, slot: int, kind: int, cls: int, now: float) -> int:
    """Give a track a free channel and plan a salvo; returns the channel."""
    units, channels, picture = defence.units, fight.channels, defence.units["picture"][unit]
    channel = 0
    while channels["state"][unit, channel] != FREE:
        channel += 1
    channels["state"][unit, channel] = ORDERED
    channels["track"][unit, channel] = bank.track["id"][slot]
    channels["slot"][unit, channel] = slot
    channels["kind"][unit, channel] = kind
    left = units["shots_max"][unit] - fight.ledger["shots"][picture, slot]
    channels["planned"][unit, channel] = min(defence.salvo[unit, cls], left)
    channels["flying"][unit, channel] = 0
    channels["decided"][unit, channel] = now
    fight.ledger["engaged"][picture, slot] += 1
    return channel


@kernel
def _reach(defence: Defence, unit: int) -> float:
    """The longest reach (m) of a unit's interceptors."""
    reach = 0.0
    for kind in range(defence.unit_interceptors.shape[1]):
        if defence.unit_interceptors[unit, kind] >= 0:
            reach = max(reach, defence.interceptors["range_max"][defence.unit_interceptors[unit, kind]])
    return reach


@kernel
def _most_urgent(urgency: Reals, count: int) -> int:
    """The first of the least among the first `count` entries."""
    first = 0
    for other in range(1, count):
        if urgency[other] < urgency[first]:
            first = other
    return first


@kernel
def decide(
    defence: Defence, fight: Fight, queue: Queue, events: Rows, bank: TrackBank, unit: int, now: float, urgency: Reals, state: Reals
) -> None:
    """One decision cycle of a fire unit; `urgency` (slot,) and `state` (6,) are scratch."""
    units, picture = defence.units, defence.units["picture"][unit]
    free = tend_channels(fight, picture, unit, now, units["target_channels"][unit])
    reach, highest, candidates = _reach(defence, unit), bank.counters[HIGHEST], 0
    for slot in range(highest):
        urgency[slot] = NEVER
        if bank.track["status"][slot] != CONFIRMED:
            continue
        refresh_ledger(fight.ledger, bank, picture, slot)
        urgency[slot], kind = _consider(defence, fight, bank, unit, slot, now, reach, state)
        candidates += kind >= 0
    for _ in range(candidates):
        slot = _most_urgent(urgency, highest)
        if urgency[slot] >= NEVER:
            break
        urgency[slot] = NEVER
        if free <= 0 or fight.unit["flying"][unit] >= units["missile_channels"][unit]:
            fight.ledger["blocks"][picture, slot] |= NO_CHANNEL
            continue
        _urgent, kind = _consider(defence, fight, bank, unit, slot, now, reach, state)  # rounds may have gone meanwhile
        if kind >= 0:
            channel = _order(defence, fight, bank, unit, slot, kind, _class_of(defence, bank, slot, state), now)
            push(queue, now + units["reaction_time"][unit], LAUNCH, unit, channel)
            write_event(events, now, ENGAGEMENT, unit, -1, -1, bank.track["id"][slot], -1, -1)
            free -= 1
    push(queue, now + units["decision_interval"][unit], DECISION, unit, 0)


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
    fight.ledger["shots"][picture, slot] += 1
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
        remote = served_by_others(defence, bank, unit, slot, now)
        choice = choose_interceptor(defence, fight, unit, _class_of(defence, bank, slot, state), state, to_asset, remote)
        if choice.kind >= 0:
            _launch_one(defence, fight, queue, events, bank, unit, channel, now, choice)
            if channels["planned"][unit, channel] > 0:
                push(queue, fight.unit["next_launch"][unit], LAUNCH, unit, channel)
            return True
        fight.ledger["blocks"][picture, slot] |= choice.blocks
    channels["planned"][unit, channel] = 0
    if channels["state"][unit, channel] == FIRING:
        settle(defence, fight, unit, channel, now)  # part of the salvo went: look what it did
    else:
        release(fight, picture, unit, channel)
        write_event(events, now, BROKEN_OFF, unit, -1, -1, channels["track"][unit, channel], -1, -1)
    return False
