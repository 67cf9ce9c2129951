"""What a shot does: the meeting of an interceptor, the track it was sent at, and truth. Sees truth; decides nothing.

An interceptor is where its speed profile has taken it, and looks about its track's estimate, as far as the track may be wrong. What
flies nearest is its target; a draw against the kill probability for the target's true class settles it, lowered by the place of the
meeting, by the target's course, by how likely the track is too wrong to find the target, and by a datalink that is lost.
"""

import math

from dowding import _random
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.channels import conclude
from dowding.engine.events import INTERCEPT, Queue, push
from dowding.engine.fire_control import distance_from, in_sight_of_engagement_radar, offset_from, served_by_others
from dowding.engine.lethality import course_factor, envelope_factor, found_probability
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
from dowding.tracking.ahead import predicted_covariance, predicted_state
from dowding.tracking.picture import FREE, TrackBank

RESTEER_TOLERANCE_M = 500.0  # a meeting further off than this, because the target turned, is predicted anew
RESTEER_LEAST_S = 0.05
SURE = 3.0  # times the root of the summed variances: nearly no honest error is larger, in one direction or in three
WIDEST = 4.0  # baskets about the estimate in which a target is looked for, at most


@kernel
def _nearest_target(model: Model, sky: Sky, side: int, x: float, y: float, z: float, now: float) -> tuple[int, float, float, float, float]:
    """The flying target nearest to a point: row (-1), distance (m) and place (m, theatre); of `side` only where friends are seen."""
    best, best_distance = -1, math.inf
    best_x, best_y, best_z = 0.0, 0.0, 0.0
    for row in range(model.flights.targets.shape[0]):
        spared = model.flights.targets["side"][row] == side and model.defence.settings.friends_seen == 0
        if sky.target["fate"][row] != FLYING or spared:
            continue
        tx, ty, tz, _vx, _vy, _vz = target_state(sky.target, model.flights.paths, row, now)
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
    return bool(distance > flown + rows["basket"][row] or distance > rows["range_max"][row])


@kernel
def _geometry(model: Model, sky: Sky, unit: int, interceptor: int, target: int, now: float) -> float:
    """Share of the kill probability that the place of the meeting and the target's course leave."""
    x, y, z, vx, vy, vz = target_state(sky.target, model.flights.paths, target, now)
    distance, height = distance_from(model.defence.units, unit, x, y, z), height_above_ellipsoid(model.defence.frame, x, y, z)
    place = envelope_factor(model.defence, unit, interceptor, model.flights.targets["cls"][target], distance, height)
    return place * course_factor(model.defence, unit, interceptor, (x, y, z), (vx, vy, vz))


@kernel
def _try_kill(
    model: Model, sky: Sky, outcome: Records, fight: Fight, unit: int, shot: int, target: int, guided: bool, now: float, luck: Luck
) -> int:
    """Draw against the kill probability for what the target really is, and what is left of it; returns the shot's outcome."""
    row = model.defence.unit_interceptors[unit, fight.shots["kind"][shot]]
    probability = model.defence.kill_probability[row, model.flights.targets["cls"][target]]
    fight.shots["geometry"][shot] = _geometry(model, sky, unit, row, target, now)
    probability *= fight.shots["geometry"][shot] * fight.shots["found"][shot]
    if not guided:
        probability *= model.defence.interceptors["unguided_factor"][row]
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
def _is_guided(
    defence: Defence, bank: TrackBank, unit: int, off: float, slot: int, x: float, y: float, z: float, now: float
) -> bool:
    """Whether the unit, silent from `off` (s) on, still sees its interceptor to the meeting at a point (m, theatre).

    By its own radar, or by others' track.
    """
    if now >= off:
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
    result, target, row = LOST_TRACK, -1, model.defence.unit_interceptors[unit, shots["kind"][shot]]
    if bank.track["status"][slot] != FREE and bank.track["id"][slot] == shots["track"][shot]:
        predicted_state(bank, model.defence.tracker, slot, now, estimate)
        if _resteer(model.defence, fight, state.queue, shot, estimate, now):
            return
        target, miss, x, y, z = _nearest_target(model, sky, model.defence.units["side"][unit], estimate[0], estimate[1], estimate[2], now)
        shots["target"][shot], shots["miss"][shot] = target, miss if target >= 0 else math.nan
        covariance, basket = bank.work.spread, model.defence.interceptors["basket"][row]
        predicted_covariance(bank, model.defence.tracker, slot, now, covariance)
        sigma = math.sqrt(covariance[0, 0] + covariance[1, 1] + covariance[2, 2])
        shots["sigma"][shot], shots["found"][shot] = sigma, found_probability(covariance, basket)
        guided = target >= 0 and _is_guided(model.defence, bank, unit, state.standing.off[unit], slot, x, y, z, now)
        if target < 0 or miss > min(max(basket, SURE * sigma), WIDEST * basket):
            result = NOTHING_THERE
        elif not guided and model.defence.interceptors["unguided_factor"][row] <= 0.0:
            result = LOST_SIGHT
        elif _out_of_reach(model.defence, fight, shot, x, y, z, now):
            result = OUT_OF_REACH
        else:
            result = _try_kill(model, sky, state.outcome, fight, unit, shot, target, guided, now, luck)
    if result != HIT and result != MISSED:
        shots["kill_probability"][shot] = 0.0
    shots["outcome"][shot] = result
    conclude(model.defence, fight, shot, now)
    write_event(events, now, KILL if result == HIT else MISS, unit, -1, target, shots["track"][shot], shot, -1)
