"""What a shot does: the meeting of an interceptor, the track it was sent at, and truth. Sees truth; decides nothing.

An interceptor is where its speed profile has taken it. It finds what flies nearest to its track's estimate, if that is
within the basket; then a draw against the kill probability for the target's true class settles it.
"""

import math

from dowding import _random
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.channels import conclude
from dowding.engine.events import INTERCEPT, Queue, push
from dowding.engine.fire_control import distance_from, in_sight_of_engagement_radar, offset_from, served_by_others
from dowding.engine.motion import target_state
from dowding.engine.record import KILL, MISS, Rows, write_event
from dowding.engine.state import (
    FLYING,
    HIT,
    KILLED,
    LOST_SIGHT,
    LOST_TRACK,
    MISSED,
    NOTHING_THERE,
    OUT_OF_REACH,
    Fight,
    Reals,
    Records,
    Sky,
    State,
)
from dowding.model import Defence, Model
from dowding.physics.flyout import distance_flown
from dowding.physics.geodesy import height_above_ellipsoid
from dowding.tracking.picture import FREE, TrackBank
from dowding.tracking.update import predicted_state

RESTEER_TOLERANCE_M = 500.0  # a meeting further off than this, because the target turned, is predicted anew
RESTEER_LEAST_S = 0.05


@kernel
def _nearest_target(model: Model, sky: Sky, side: int, x: float, y: float, z: float, now: float) -> tuple[int, float, float, float, float]:
    """The flying target nearest to a point: row (-1), distance (m) and place (m, theatre); of `side` only where friends are seen."""
    best, best_distance = -1, math.inf
    best_x, best_y, best_z = 0.0, 0.0, 0.0
    for row in range(model.flights.targets.shape[0]):
        spared = model.flights.targets["side"][row] == side and model.defence.settings.friends_seen == 0
        if sky.target["fate"][row] != FLYING or spared:
            continue
        tx, ty, tz, _vx, _vy, _vz = target_state(model.flights.targets, model.flights.paths, sky.target["knot"], row, now)
        distance = math.sqrt((tx - x) ** 2 + (ty - y) ** 2 + (tz - z) ** 2)
        if distance < best_distance:
            best, best_distance, best_x, best_y, best_z = row, distance, tx, ty, tz
    return best, best_distance, best_x, best_y, best_z


@kernel
def _flown(interceptors: Records, row: int, seconds: float) -> float:
    """How far (m) an interceptor is `seconds` after launch."""
    return distance_flown(seconds, interceptors["speed_max"][row], interceptors["boost_time"][row], interceptors["decay"][row])


@kernel
def _resteer(defence: Defence, fight: Fight, queue: Queue, shot: int, estimate: Reals, now: float) -> bool:
    """If the track has turned since launch so that the meeting is elsewhere, put the intercept off to the new time."""
    shots = fight.shots
    unit = shots["unit"][shot]
    row = defence.unit_interceptors[unit, shots["kind"][shot]]
    rows = defence.interceptors
    dx, dy, dz = offset_from(defence.units, unit, estimate[0], estimate[1], estimate[2])
    since = now - shots["launched"][shot]
    flown = _flown(rows, row, since)
    gap = math.sqrt(dx * dx + dy * dy + dz * dz) - flown
    if gap <= RESTEER_TOLERANCE_M:
        return False  # here, or the target came nearer than foretold
    speed = _flown(rows, row, since + 1.0) - flown
    opening = (dx * estimate[3] + dy * estimate[4] + dz * estimate[5]) / max(gap + flown, 1.0)
    if speed - opening <= 1.0:
        return False
    later = now + max(gap / (speed - opening), RESTEER_LEAST_S)
    if _flown(rows, row, later - shots["launched"][shot]) > rows["range_max"][row]:
        return False
    shots["intercept"][shot] = later
    push(queue, later, INTERCEPT, shot, 0)
    return True


@kernel
def _out_of_reach(defence: Defence, fight: Fight, shot: int, x: float, y: float, z: float, now: float) -> bool:
    """Whether the interceptor's flight, or its envelope, ends short of a point by more than the basket."""
    shots = fight.shots
    unit = shots["unit"][shot]
    row = defence.unit_interceptors[unit, shots["kind"][shot]]
    rows = defence.interceptors
    distance = distance_from(defence.units, unit, x, y, z)
    flown = _flown(rows, row, now - shots["launched"][shot])
    return bool(distance > flown + defence.settings.basket or distance > rows["range_max"][row])


@kernel
def _try_kill(
    model: Model, sky: Sky, outcome: Records, fight: Fight, unit: int, shot: int, target: int, now: float, luck: Luck
) -> int:
    """Draw against the kill probability for what the target really is; returns the shot's outcome."""
    row = model.defence.unit_interceptors[unit, fight.shots["kind"][shot]]
    probability = model.defence.kill_probability[row, model.flights.targets["cls"][target]]
    fight.shots["kill_probability"][shot] = probability
    u = _random.uniforms(luck, _random.KILL, outcome["shots"][target], model.flights.targets["key"][target], 0)
    outcome["shots"][target] += 1
    if math.isnan(outcome["engaged_time"][target]):  # the track had been another's when the interceptor was launched
        outcome["engaged_time"][target] = fight.shots["launched"][shot]
        outcome["engaged_range"][target] = fight.shots["slant_range"][shot]
    if u[0] >= probability:
        return MISSED
    sky.target["fate"][target] = KILLED
    sky.target["ended"][target] = now
    return HIT


@kernel
def _is_guided(defence: Defence, bank: TrackBank, unit: int, slot: int, x: float, y: float, z: float, now: float) -> bool:
    """Whether the unit still sees its interceptor to the meeting at a point (m, theatre): by its own radar, or by others' track."""
    if now >= defence.units["off"][unit]:
        return False
    if served_by_others(defence, bank, unit, slot, now):
        return True
    return in_sight_of_engagement_radar(defence, unit, x, y, z, height_above_ellipsoid(defence.frame, x, y, z))


@kernel
def resolve(
    model: Model, state: State, events: Rows, bank: TrackBank, shot: int, now: float, luck: Luck, estimate: Reals
) -> None:
    """Settle one intercept; `estimate` (6,) is scratch."""
    sky, fight, shots = state.sky, state.fight, state.fight.shots
    unit, slot = shots["unit"][shot], shots["slot"][shot]
    result, target = LOST_TRACK, -1
    if bank.track["status"][slot] != FREE and bank.track["id"][slot] == shots["track"][shot]:
        predicted_state(bank, model.defence.tracker, slot, now, estimate)
        if _resteer(model.defence, fight, state.queue, shot, estimate, now):
            return
        target, miss, x, y, z = _nearest_target(model, sky, model.defence.units["side"][unit], estimate[0], estimate[1], estimate[2], now)
        shots["target"][shot], shots["miss"][shot] = target, miss if target >= 0 else math.nan
        if target < 0 or miss > model.defence.settings.basket:
            result = NOTHING_THERE
        elif not _is_guided(model.defence, bank, unit, slot, x, y, z, now):
            result = LOST_SIGHT
        elif _out_of_reach(model.defence, fight, shot, x, y, z, now):
            result = OUT_OF_REACH
        else:
            result = _try_kill(model, sky, state.outcome, fight, unit, shot, target, now, luck)
    if result != HIT and result != MISSED:
        shots["kill_probability"][shot] = 0.0
    shots["outcome"][shot] = result
    conclude(model.defence, fight, shot, now)
    write_event(events, now, KILL if result == HIT else MISS, unit, -1, target, shots["track"][shot], shot, -1)
