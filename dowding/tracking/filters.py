"""The interacting-multiple-model filter: mixing, prediction, the update by a detection, and the combined estimate."""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import absorb_position, add_weighted, entry, position_form
from dowding.tracking.extended import update_extended
from dowding.tracking.free_fall import height_above_ground
from dowding.tracking.measurement import ELEVATION, RANGE, measured_dimension
from dowding.tracking.motion_models import FURTHER, ballistic_weight, falls, predict_model
from dowding.tracking.picture import Floats, Records, TrackerConfig, Workspace

LEAST_PROBABILITY = 1e-12  # of a model: it must be able to come back
LOG_TWO_PI = math.log(2.0 * math.pi)
ASLEEP = 1e-5  # a model less probable than this is not computed: it follows the first one


@kernel
def hold_height(config: TrackerConfig, x: Floats, packed: Floats) -> None:
    """Bring the height prior to bear where nobody measures elevation: only once the height is less certain than the prior itself."""
    height = height_above_ground(config, x[0], x[1], x[2])
    scale = 1.0 / (height + config.earth_radius)
    a, b, c = (x[0] - config.earth_centre[0]) * scale, (x[1] - config.earth_centre[1]) * scale, (x[2] - config.earth_centre[2]) * scale
    if position_form(packed, (a, b, c)) > config.height_sigma**2:
        absorb_position(x, packed, a, b, c, config.height_prior - height, config.height_sigma**2)


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
        if falls(config.model["kind"][i]) and dt > 0.0:
            stay *= max(door, 0.3)
        total = 0.0
        for j in range(models):
            total += config.share[i, j] * (door if falls(config.model["kind"][j]) else 1.0)
        for j in range(models):
            part = config.share[i, j] * (door if falls(config.model["kind"][j]) else 1.0)
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
def follow_first(model: Records, x: Floats, packed: Floats, j: int) -> None:
    """Put sleeping model j where the first one is, so that it wakes up in the right place; what it alone has starts afresh."""
    for i in range(6):
        x[j, i] = x[0, i]
    for k in range(21):
        packed[j, k] = packed[0, k]
    if model["size"][j] > 6:
        begin_further(model, x, packed, j)


@kernel
def begin_further(model: Records, x: Floats, packed: Floats, j: int) -> None:
    """The prior of what model j's state x[j] has beyond position and velocity, uncorrelated with them."""
    for i in range(6, model["size"][j]):
        x[j, i] = model["further_mean"][j]
        for k in range(i):
            packed[j, entry(i, k)] = 0.0
        packed[j, entry(i, i)] = model["further_sigma"][j] ** 2


@kernel
def mix(model: Records, x: Floats, packed: Floats, slot: int, weight: Floats, mode: Floats, x_out: Floats, packed_out: Floats) -> None:
    """Each waking model's starting state and covariance as the weighted mixture of all models' of a slot; mode (model,) is predicted."""
    # Blom and Bar-Shalom (1988), eqs 8 and 9
    models = x_out.shape[0]
    for j in range(models):
        if is_asleep(mode, j):
            continue
        m0, m1, m2, m3, m4, m5 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(models):
            w, s = weight[i, j], x[slot, i]
            m0 += w * s[0]
            m1 += w * s[1]
            m2 += w * s[2]
            m3 += w * s[3]
            m4 += w * s[4]
            m5 += w * s[5]
        to = packed_out[j]
        for k in range(21):
            to[k] = 0.0
        for i in range(models):
            s = x[slot, i]
            add_weighted(to, weight[i, j], packed[slot, i], (s[0] - m0, s[1] - m1, s[2] - m2, s[3] - m3, s[4] - m4, s[5] - m5))
        x_out[j, 0], x_out[j, 1], x_out[j, 2], x_out[j, 3], x_out[j, 4], x_out[j, 5] = m0, m1, m2, m3, m4, m5
        if model["size"][j] > 6:
            mix_further(model, x[slot], packed[slot], weight, j, x_out[j], to)


@kernel
def mix_further(model: Records, x: Floats, packed: Floats, weight: Floats, j: int, x_out: Floats, packed_out: Floats) -> None:
    """The part of the mixture for model j beyond position and velocity, whose mean is in x_out already.

    A model that has not these states lends j's own, uncorrelated with its position and velocity.
    """
    # Yuan, Lian and Liu (2012), "Models and algorithms for tracking target with coordinated turn motion", unbiased mixing;
    # Granstrom, Willett and Bar-Shalom (2015), "Systematic approach to IMM mixing for unequal dimension states", sec III
    first, size, what = 6, model["size"][j], FURTHER[model["kind"][j]]
    for a in range(first, size):
        mean = 0.0
        for i in range(x.shape[0]):
            mean += weight[i, j] * x[i if FURTHER[model["kind"][i]] == what else j, a]
        x_out[a] = mean
    for a in range(first, size):
        for b in range(a + 1):
            total, k = 0.0, entry(a, b)
            for i in range(x.shape[0]):
                lender = i if FURTHER[model["kind"][i]] == what else j
                known = packed[lender, k] if lender == i or b >= first else 0.0
                apart = x[i, b] - x_out[b] if b < first else x[lender, b] - x_out[b]
                total += weight[i, j] * (known + (x[lender, a] - x_out[a]) * apart)
            packed_out[k] = total


@kernel
def predict_slot(
    config: TrackerConfig, x: Floats, packed: Floats, mode: Floats, state: Floats, slot: int, dt: float, work: Workspace
) -> None:
    """Predict all models of a slot over `dt` seconds into work.x, work.covariance and work.mode, without touching the slot.

    x (slot, model, size), packed (slot, model, packed), mode (slot, model) and state (slot, 6) are the bank's.
    """
    height = height_above_ground(config, state[slot, 0], state[slot, 1], state[slot, 2])
    speed = math.sqrt(state[slot, 3] ** 2 + state[slot, 4] ** 2 + state[slot, 5] ** 2)
    transition(config, mode, slot, height, speed, dt, work.weight, work.mode)
    mix(config.model, x, packed, slot, work.weight, work.mode, work.x, work.covariance)
    for model in range(work.x.shape[0]):
        if is_asleep(work.mode, model):
            follow_first(config.model, work.x, work.covariance, model)
            continue
        predict_model(config, model, work.x[model, : config.model["size"][model]], work.covariance[model], dt, work)


@kernel
def update_model(
    config: TrackerConfig, position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, x: Floats, packed: Floats
) -> tuple[float, float]:
    """Update one state x (size,) and its covariance in place by detection `d`, however it measures.

    Returns the normalised innovation squared and the determinant of the innovation's covariance.
    """
    squared, determinant = update_extended(position, rotation, sensor, measured, d, x, packed)
    if math.isnan(measured[d, ELEVATION]) and not math.isnan(measured[d, RANGE]):
        hold_height(config, x, packed)
    return squared, determinant


@kernel
def update_models(
    config: TrackerConfig, position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, work: Workspace
) -> float:
    """Update all predicted models in `work` by a detection, and their probabilities; returns the mixture's log likelihood."""
    models = work.x.shape[0]
    least, total = math.inf, 0.0
    first, first_determinant = 0.0, 1.0
    for model in range(models):
        if is_asleep(work.mode, model):
            follow_first(config.model, work.x, work.covariance, model)
            squared, determinant = first, first_determinant
        else:
            own = work.x[model, : config.model["size"][model]]
            squared, determinant = update_model(config, position, rotation, sensor, measured, d, own, work.covariance[model])
        if model == 0:
            first, first_determinant = squared, determinant
        work.weight[0, model] = squared
        least = min(least, squared)
        work.mode[model] /= math.sqrt(determinant)
    for model in range(models):
        work.mode[model] *= math.exp(0.5 * (least - work.weight[0, model]))
        total += work.mode[model]
    for model in range(models):
        work.mode[model] = max(work.mode[model] / total, LEAST_PROBABILITY)
    return math.log(total) - 0.5 * (least + measured_dimension(measured, d) * LOG_TWO_PI)


@kernel
def combine(x: Floats, packed: Floats, mode: Floats, state_out: Floats, covariance_out: Floats) -> None:
    """The mixture's mean state_out (6,) and covariance_out (6, 6), square, of models x (model, size), packed (model, packed)."""
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
                total += mode[i] * (packed[i, k] + (x[i, a] - state_out[a]) * (x[i, b] - state_out[b]))
            covariance_out[a, b] = total
            covariance_out[b, a] = total
            k += 1
