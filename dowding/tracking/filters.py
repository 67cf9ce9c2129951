"""The interacting-multiple-model filter: mixing, prediction, the update with polar measurements, and the combined estimate.

The measurement's components have independent errors, so the update takes them one after the other as scalars: the angles first,
linearised at the prediction, then range and range rate, linearised at what the angles left. That keeps a sharp range from
squeezing the arc of a wide azimuth error into its tangent.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.covariance import entry, position_form
from dowding.tracking.measurement import AZIMUTH, ELEVATION, RANGE, RANGE_RATE, SIGMA, linearise
from dowding.tracking.motion_models import BALLISTIC, ballistic_weight, height_above_ground, predict_model
from dowding.tracking.picture import Floats, TrackerConfig, Workspace

LEAST_PROBABILITY = 1e-12  # of a model: it must be able to come back
ASLEEP = 1e-5  # a model less probable than this is not computed: it follows the first one


@kernel
def update_scalar(
    x: Floats, covariance: Floats, rows: Floats, row: int, predicted: float, measured: float, variance: float, gain: Floats
) -> float:
    """Kalman update of x (size,) and covariance (packed,) in place by one scalar; returns its log likelihood.

    rows[row] is the derivative at the state rows[4], whose measurement is `predicted`; gain (size,) is scratch.
    """
    innovation = measured - predicted
    for i in range(6):
        innovation -= rows[row, i] * (x[i] - rows[4, i])
    if row == AZIMUTH:
        innovation = half_turn(innovation)
    spread = variance
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(6):
            total += covariance[entry(i, j)] * rows[row, j]
        gain[i] = total
        if i < 6:
            spread += rows[row, i] * total
    weight = 1.0 / spread
    k = 0
    for i in range(x.shape[0]):
        part = gain[i] * weight
        x[i] += part * innovation
        for j in range(i + 1):
            covariance[k] -= part * gain[j]
            k += 1
    return -0.5 * (innovation * innovation * weight + math.log(2.0 * math.pi * spread))


@kernel
def update_polar(
    position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, x: Floats, covariance: Floats, work: Workspace
) -> float:
    """Update x (size,) and covariance (packed,) in place by detection `d`; returns its log likelihood."""
    value, rows, gain = work.value, work.rows, work.gain
    linearise(position, rotation, sensor, x, value, rows)
    logarithm = update_scalar(x, covariance, rows, AZIMUTH, value[AZIMUTH], measured[d, AZIMUTH], measured[d, SIGMA + AZIMUTH] ** 2, gain)
    if not math.isnan(measured[d, ELEVATION]):
        logarithm += update_scalar(
            x, covariance, rows, ELEVATION, value[ELEVATION], measured[d, ELEVATION], measured[d, SIGMA + ELEVATION] ** 2, gain
        )
    linearise(position, rotation, sensor, x, value, rows)
    logarithm += update_scalar(x, covariance, rows, RANGE, value[RANGE], measured[d, RANGE], measured[d, SIGMA + RANGE] ** 2, gain)
    if not math.isnan(measured[d, RANGE_RATE]):
        logarithm += update_scalar(
            x, covariance, rows, RANGE_RATE, value[RANGE_RATE], measured[d, RANGE_RATE], measured[d, SIGMA + RANGE_RATE] ** 2, gain
        )
    return logarithm


@kernel
def hold_height(config: TrackerConfig, x: Floats, covariance: Floats, rows: Floats, gain: Floats) -> None:
    """Bring the height prior to bear where nobody measures elevation: only once the height is less certain than the prior itself."""
    height = height_above_ground(config, x[0], x[1], x[2])
    for i in range(3):
        rows[0, i] = (x[i] - config.earth_centre[i]) / (height + config.earth_radius)
        rows[0, i + 3] = 0.0
        rows[4, i], rows[4, i + 3] = x[i], x[i + 3]
    if position_form(covariance, rows[0]) > config.height_sigma**2:
        update_scalar(x, covariance, rows, 0, height, config.height_prior, config.height_sigma**2, gain)


@kernel
def transition(
    config: TrackerConfig, mode: Floats, slot: int, height: float, speed: float, dt: float, weight_out: Floats, mode_out: Floats
) -> None:
    """Mixing weights (model from, model to) and predicted model probabilities of mode[slot] after `dt` seconds.

    A model is left at the constant rate 1 / stay_time; the way into free fall is open only for what is high or fast.
    """
    # Blom and Bar-Shalom (1988), "The interacting multiple model algorithm ...", eqs 5 to 7
    models = mode_out.shape[0]
    door = ballistic_weight(config, height, speed)
    for i in range(models):
        stay = math.exp(-max(dt, 0.0) / config.model["stay_time"][i])
        if config.model["kind"][i] == BALLISTIC and dt > 0.0:
            stay *= max(door, 0.3)
        total = 0.0
        for j in range(models):
            total += config.share[i, j] * (door if config.model["kind"][j] == BALLISTIC else 1.0)
        for j in range(models):
            part = config.share[i, j] * (door if config.model["kind"][j] == BALLISTIC else 1.0)
            leave = (1.0 - stay) * part / total if total > 0.0 else 0.0
            weight_out[i, j] = mode[slot, i] * (leave + (stay if i == j else 0.0) + (1.0 - stay if i == j and total <= 0.0 else 0.0))
    for j in range(models):
        total = LEAST_PROBABILITY
        for i in range(models):
            total += weight_out[i, j]
        for i in range(models):
            weight_out[i, j] = (weight_out[i, j] + (LEAST_PROBABILITY if i == j else 0.0)) / total
        mode_out[j] = total


@kernel
def is_asleep(mode: Floats, model: int) -> bool:
    """Whether a model is too improbable to be computed; the first one never is."""
    return model > 0 and mode[model] < ASLEEP


@kernel
def follow_first(x: Floats, covariance: Floats, model: int) -> None:
    """Put a sleeping model where the first one is, so that it wakes up in the right place."""
    for i in range(6):
        x[model, i] = x[0, i]
    for k in range(21):
        covariance[model, k] = covariance[0, k]


@kernel
def mix(x: Floats, covariance: Floats, slot: int, weight: Floats, mode: Floats, x_out: Floats, covariance_out: Floats) -> None:
    """Each waking model's starting state and covariance as the weighted mixture of all models' of a slot; mode (model,) is predicted."""
    # Blom and Bar-Shalom (1988), eqs 8 and 9
    models = x_out.shape[0]
    for j in range(models):
        if is_asleep(mode, j):
            continue
        for a in range(6):
            total = 0.0
            for i in range(models):
                total += weight[i, j] * x[slot, i, a]
            x_out[j, a] = total
        k = 0
        for a in range(6):
            for b in range(a + 1):
                total = 0.0
                for i in range(models):
                    difference = (x[slot, i, a] - x_out[j, a]) * (x[slot, i, b] - x_out[j, b])
                    total += weight[i, j] * (covariance[slot, i, k] + difference)
                covariance_out[j, k] = total
                k += 1


@kernel
def predict_slot(
    config: TrackerConfig, x: Floats, covariance: Floats, mode: Floats, state: Floats, slot: int, dt: float, work: Workspace
) -> None:
    """Predict all models of a slot over `dt` seconds into work.x, work.covariance and work.mode, without touching the slot.

    x (slot, model, size), covariance (slot, model, packed), mode (slot, model) and state (slot, 6) are the bank's.
    """
    height = height_above_ground(config, state[slot, 0], state[slot, 1], state[slot, 2])
    speed = math.sqrt(state[slot, 3] ** 2 + state[slot, 4] ** 2 + state[slot, 5] ** 2)
    transition(config, mode, slot, height, speed, dt, work.weight, work.mode)
    mix(x, covariance, slot, work.weight, work.mode, work.x, work.covariance)
    for model in range(work.x.shape[0]):
        if is_asleep(work.mode, model):
            follow_first(work.x, work.covariance, model)
            continue
        predict_model(config, model, work.x[model], work.covariance[model], dt, work)


@kernel
def update_models(
    config: TrackerConfig, position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, work: Workspace
) -> float:
    """Update all predicted models in `work` by a detection, and their probabilities; returns the mixture's log likelihood."""
    models = work.x.shape[0]
    best, first = -1e300, 0.0
    for model in range(models):
        if is_asleep(work.mode, model):
            follow_first(work.x, work.covariance, model)
            logarithm = first
        else:
            logarithm = update_polar(position, rotation, sensor, measured, d, work.x[model], work.covariance[model], work)
            if math.isnan(measured[d, ELEVATION]):
                hold_height(config, work.x[model], work.covariance[model], work.rows, work.gain)
        if model == 0:
            first = logarithm
        logarithm += math.log(work.mode[model])
        work.mode[model] = logarithm
        best = max(best, logarithm)
    total = 0.0
    for model in range(models):
        work.mode[model] = math.exp(work.mode[model] - best)
        total += work.mode[model]
    for model in range(models):
        work.mode[model] = max(work.mode[model] / total, LEAST_PROBABILITY)
    return best + math.log(total)


@kernel
def combine(x: Floats, covariance: Floats, mode: Floats, state_out: Floats, covariance_out: Floats) -> None:
    """The mixture's mean state_out (6,) and covariance_out (6, 6), square, of models x (model, size), covariance (model, packed)."""
    models = x.shape[0]
    for a in range(6):
        total = 0.0
        for i in range(models):
            total += mode[i] * x[i, a]
        state_out[a] = total
    k = 0
    for a in range(6):
        for b in range(a + 1):
            total = 0.0
            for i in range(models):
                total += mode[i] * (covariance[i, k] + (x[i, a] - state_out[a]) * (x[i, b] - state_out[b]))
            covariance_out[a, b] = total
            covariance_out[b, a] = total
            k += 1
