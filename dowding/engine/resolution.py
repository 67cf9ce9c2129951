"""What a shot does: the meeting of an interceptor, the track it was sent at, and truth. Sees truth; decides nothing.

An interceptor is where its speed profile has taken it. It finds what flies nearest to its track's estimate, if that is
within the basket; then a draw against the kill probability for the target's true class settles it.
"""

import math

from dowding import _random
from dowding._jit import inner
from dowding.engine.engagement import conclude, in_sight_of_engagement_radar
from dowding.engine.events import INTERCEPT, Queue, push
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
)
from dowding.model import Model
from dowding.physics.flyout import distance_flown
from dowding.physics.geodesy import height_above_ellipsoid
from dowding.tracking.picture import FREE, TrackBank, TrackerConfig
from dowding.tracking.update import predicted_state

RESTEER_TOLERANCE_M = 500.0  # a meeting further off than this, because the target turned, is predicted anew
RESTEER_LEAST_S = 0.05


@inner
def _nearest_target(model: Model, sky: Sky, side: int, x: float, y: float, z: float, now: float) -> tuple[int, float, float, float, float]:
    """The flying target, not of `side`, nearest to a point: row (-1 for none), distance (m) and place (m, theatre)."""
    best, best_distance = -1, math.inf
    best_x, best_y, best_z = 0.0, 0.0, 0.0
    for row in range(model.targets.shape[0]):
        if sky.target["fate"][row] != FLYING or model.targets["side"][row] == side:
            continue
        tx, ty, tz, _vx, _vy, _vz = target_state(model.targets, model.paths, sky.target["knot"], row, now)
        distance = math.sqrt((tx - x) ** 2 + (ty - y) ** 2 + (tz - z) ** 2)
        if distance < best_distance:
            best, best_distance, best_x, best_y, best_z = row, distance, tx, ty, tz
    return best, best_distance, best_x, best_y, best_z


@inner
def _resteer(model: Model, fight: Fight, queue: Queue, shot: int, state: Reals, now: float) -> bool:
    """If the track has turned since launch so that the meeting is elsewhere, put the intercept off to the new time."""
    shots = fight.shots
    unit = shots["unit"][shot]
    row = model.unit_interceptors[unit, shots["kind"][shot]]
    rows = model.interceptors
    dx, dy, dz = state[0] - model.units["x"][unit], state[1] - model.units["y"][unit], state[2] - model.units["z"][unit]
    flown = distance_flown(now - shots["launched"][shot], rows["speed_max"][row], rows["boost_time"][row], rows["decay"][row])
    gap = math.sqrt(dx * dx + dy * dy + dz * dz) - flown
    if gap <= RESTEER_TOLERANCE_M:
        return False  # here, or the target came nearer than foretold
    speed = (distance_flown(now - shots["launched"][shot] + 1.0, rows["speed_max"][row], rows["boost_time"][row], rows["decay"][row])) - flown
    opening = (dx * state[3] + dy * state[4] + dz * state[5]) / max(gap + flown, 1.0)
    if speed - opening <= 1.0:
        return False
    later = now + max(gap / (speed - opening), RESTEER_LEAST_S)
    if distance_flown(later - shots["launched"][shot], rows["speed_max"][row], rows["boost_time"][row], rows["decay"][row]) > rows["range_max"][row]:
        return False
    shots["intercept"][shot] = later
    push(queue, later, INTERCEPT, shot, 0)
    return True


@inner
def _out_of_reach(model: Model, fight: Fight, shot: int, x: float, y: float, z: float, now: float) -> bool:
    """Whether the interceptor's flight, or its envelope, ends short of a point by more than the basket."""
    shots = fight.shots
    unit = shots["unit"][shot]
    row = model.unit_interceptors[unit, shots["kind"][shot]]
    rows = model.interceptors
    distance = math.sqrt(
        (x - model.units["x"][unit]) ** 2 + (y - model.units["y"][unit]) ** 2 + (z - model.units["z"][unit]) ** 2
    )
    flown = distance_flown(now - shots["launched"][shot], rows["speed_max"][row], rows["boost_time"][row], rows["decay"][row])
    return bool(distance > flown + model.settings.basket or distance > rows["range_max"][row])


@inner
def _try_kill(
    model: Model, sky: Sky, outcome: Records, fight: Fight, unit: int, shot: int, target: int, now: float, seed: int, replicate: int
) -> int:
    """Draw against the kill probability for what the target really is; returns the shot's outcome."""
    row = model.unit_interceptors[unit, fight.shots["kind"][shot]]
    probability = model.kill_probability[row, model.targets["cls"][target]]
    fight.shots["kill_probability"][shot] = probability
    u = _random.uniforms(seed, replicate, _random.KILL, outcome["shots"][target], target, 0)
    outcome["shots"][target] += 1
    if u[0] >= probability:
        return MISSED
    sky.target["fate"][target] = KILLED
    sky.target["ended"][target] = now
    return HIT


@inner
def resolve(
    model: Model,
    config: TrackerConfig,
    sky: Sky,
    outcome: Records,
    fight: Fight,
    queue: Queue,
    events: Rows,
    bank: TrackBank,
    shot: int,
    now: float,
    seed: int,
    replicate: int,
    state: Reals,
) -> int:
    """Settle one intercept; returns the target killed, or -1. `state` (6,) is scratch."""
    shots = fight.shots
    unit, slot = shots["unit"][shot], shots["slot"][shot]
    result, killed, target = LOST_TRACK, -1, -1
    if bank.track["status"][slot] != FREE and bank.track["id"][slot] == shots["track"][shot]:
        predicted_state(bank, config, slot, now, state)
        if _resteer(model, fight, queue, shot, state, now):
            return -1
        target, miss, x, y, z = _nearest_target(model, sky, model.units["side"][unit], state[0], state[1], state[2], now)
        shots["target"][shot], shots["miss"][shot] = target, miss if target >= 0 else math.nan
        if target < 0 or miss > model.settings.basket:
            result = NOTHING_THERE
        elif not in_sight_of_engagement_radar(model, unit, x, y, z, height_above_ellipsoid(model.frame, x, y, z)):
            result = LOST_SIGHT
        elif _out_of_reach(model, fight, shot, x, y, z, now):
            result = OUT_OF_REACH
        else:
            result = _try_kill(model, sky, outcome, fight, unit, shot, target, now, seed, replicate)
            killed = target if result == HIT else -1
    if result != HIT and result != MISSED:
        shots["kill_probability"][shot] = 0.0
    shots["outcome"][shot] = result
    conclude(model, fight, bank, shot, now)
    write_event(events, now, KILL if result == HIT else MISS, unit, -1, target, shots["track"][shot], shot, -1)
    return killed
