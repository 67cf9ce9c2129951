"""A track at another time, its models taken together: in one step as long as all that count fly straight.

Straight flight is linear, and so is what it does to the moments of a mixture: mean and covariance move as one, and the noise of each
model comes in with the probability that it has by then. Only a model that bends the path makes it necessary to move them one by one.
Frame: theatre. Called from compiled code.
"""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import entry, loosen
from dowding.tracking.filters import combine, is_asleep, predict_slot, transition
from dowding.tracking.free_fall import height_above_ground
from dowding.tracking.motion_models import (
    CONSTANT_VELOCITY,
    add_white_acceleration,
    ballistic_weight,
    move_constant_velocity,
    move_model,
    noise_density,
    spread_constant_velocity,
)
from dowding.tracking.picture import Floats, TrackBank, TrackerConfig

SAFELY = 1.0 + 1e-6  # more than what keeps a covariance positive definite adds


@kernel
def flies_straight(bank: TrackBank, config: TrackerConfig, slot: int) -> bool:
    """Whether all models of a track but those too improbable to be computed fly straight."""
    for model in range(bank.mode.shape[1]):
        if config.model["kind"][model] != CONSTANT_VELOCITY and not is_asleep(bank.mode[slot], model):
            return False
    return True


@kernel
def predicted_state(bank: TrackBank, config: TrackerConfig, slot: int, t: float, state_out: Floats) -> None:
    """A track's state_out (6,) at time t (s): each model's path weighted by its probability."""
    dt, x = t - bank.track["time"][slot], bank.work.x
    if flies_straight(bank, config, slot):
        for i in range(6):
            state_out[i] = bank.state[slot, i]
        move_constant_velocity(state_out, dt)
        return
    for i in range(6):
        state_out[i] = 0.0
    for model in range(x.shape[0]):
        for i in range(config.model["size"][model]):
            x[model, i] = bank.x[slot, model, i]
        move_model(config.model, config.wide, model, config.earth, x[model, : config.model["size"][model]], dt)
        for i in range(6):
            state_out[i] += bank.mode[slot, model] * x[model, i]


@kernel
def predict_whole(bank: TrackBank, config: TrackerConfig, slot: int, dt: float, state_out: Floats, covariance_out: Floats) -> None:
    """A track's state_out (6,) and covariance_out (6, 6) `dt` seconds later with the models' noise; their probabilities in work.mode."""
    work, state = bank.work, bank.state[slot]
    if not flies_straight(bank, config, slot):
        predict_slot(config, bank.x, bank.covariance_models, bank.mode, bank.state, slot, dt, work)
        combine(work.x, work.covariance, work.mode, state_out, covariance_out)
        return
    packed, lateral, along, vertical = work.packed, 0.0, 0.0, 0.0
    for i in range(6):
        state_out[i] = state[i]
        for j in range(i + 1):
            packed[entry(i, j)] = bank.covariance[slot, i, j]
    speed = math.sqrt(state[3] * state[3] + state[4] * state[4] + state[5] * state[5])
    door = ballistic_weight(config, height_above_ground(config.earth, state[0], state[1], state[2]), speed)
    transition(config.model, config.share, door, bank.mode[slot], dt, work.weight, work.mode)
    move_constant_velocity(state_out, dt)
    spread_constant_velocity(packed, dt)
    if dt > 0.0:
        for model in range(work.mode.shape[0]):
            lateral += work.mode[model] * config.model["noise_lateral"][model]
            along += work.mode[model] * config.model["noise_along"][model]
            vertical += work.mode[model] * config.model["noise_vertical"][model]
        add_white_acceleration(packed, noise_density(lateral, along, vertical, config.earth, state_out, packed), dt)
        loosen(packed, 6)
    for i in range(6):
        for j in range(i + 1):
            covariance_out[i, j] = covariance_out[j, i] = packed[entry(i, j)]


@kernel
def predicted_covariance(bank: TrackBank, config: TrackerConfig, slot: int, t: float, covariance_out: Floats) -> None:
    """Covariance_out (6, 6) of a track's state at time t (s), with the models' process noise."""
    predict_whole(bank, config, slot, t - bank.track["time"][slot], bank.work.state, covariance_out)


@kernel
def predicted_sigma(bank: TrackBank, config: TrackerConfig, slot: int, t: float) -> float:
    """Root of the summed position variances (m) of a track at time t (s)."""
    predicted_covariance(bank, config, slot, t, bank.work.spread)
    spread = bank.work.spread
    return math.sqrt(spread[0, 0] + spread[1, 1] + spread[2, 2])


@kernel
def noise_bounds(config: TrackerConfig, mode: Floats, dt: float) -> tuple[float, float]:
    """Between what the summed densities of white acceleration (m2/s3) lie that straight models of probability mode (model,) have later.

    `dt` (s) from 0 on. Which way a target flies and how surely that is known makes part of the difference, changes of model the rest.
    """
    low, high, leaving, most = 0.0, 0.0, 0.0, 0.0
    for model in range(mode.shape[0]):
        row = config.model[model]
        lateral, along, rest = row["noise_lateral"], row["noise_along"], row["noise_lateral"] + row["noise_vertical"]
        leave = min(dt / row["stay_time"], 1.0)  # 1 - exp(-t) is at most t
        low += mode[model] * (1.0 - leave) * (rest + min(lateral, along))
        high += mode[model] * (rest + max(lateral, along))
        most, leaving = max(most, rest + max(lateral, along)), leaving + mode[model] * leave
    return low, high + leaving * most


@kernel
def is_sure(bank: TrackBank, config: TrackerConfig, slot: int, t: float, sigma: float) -> bool:
    """Whether predicted_sigma of a track at time t (s) is at most `sigma` (m)."""
    spread, dt, variance = bank.covariance[slot], t - bank.track["time"][slot], 0.0
    if flies_straight(bank, config, slot):
        for i in range(3):
            variance += spread[i, i] + dt * (2.0 * spread[i, i + 3] + dt * spread[i + 3, i + 3])
        # of the noise, bounds will do in most cases
        low, high = noise_bounds(config, bank.mode[slot], max(dt, 0.0))
        scale = max(dt, 0.0) ** 3 / 3.0
        if variance + scale * low > SAFELY * sigma * sigma:
            return False
        if SAFELY * (variance + scale * high) < sigma * sigma:
            return True
    return predicted_sigma(bank, config, slot, t) <= sigma
