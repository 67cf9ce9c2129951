"""The interacting-multiple-model filter: mixing, prediction, the update by a detection, and the combined estimate."""

import math

from dowding._jit import kernel
from dowding.tracking.converted import update_converted
from dowding.tracking.covariance import absorb_position, add_weighted, entry, position_form
from dowding.tracking.extended import update_extended
from dowding.tracking.free_fall import HEIGHT_PRIOR, HEIGHT_SIGMA, RADIUS, height_above_ground, is_stopped_by_air
from dowding.tracking.measurement import ELEVATION, is_position_report, measured_dimension
from dowding.tracking.motion_models import ballistic_weight, falls, log_coefficient, predict_model
from dowding.tracking.picture import Floats, Records, TrackerConfig, Workspace
from dowding.tracking.position_report import update_position
from dowding.tracking.unscented import update_unscented

UNSCENTED, CONVERTED = 1, 2  # how a measurement that isn't linear is taken in, if not by the extended filter

LEAST_PROBABILITY = 1e-12  # of a model: it must be able to come back
LOG_TWO_PI = math.log(2.0 * math.pi)
ASLEEP = 1e-5  # a model less probable than this is not computed: it follows the first one


@kernel
def hold_height(earth: Floats, x: Floats, packed: Floats) -> None:
    """Bring the height prior to bear where nobody measures elevation: only once the height is less certain than the prior itself."""
    height, variance = height_above_ground(earth, x[0], x[1], x[2]), earth[HEIGHT_SIGMA] ** 2
    scale = 1.0 / (height + earth[RADIUS])
    a, b, c = (x[0] - earth[0]) * scale, (x[1] - earth[1]) * scale, (x[2] - earth[2]) * scale
    if position_form(packed, (a, b, c)) > variance:
        absorb_position(x, packed, a, b, c, earth[HEIGHT_PRIOR] - height, variance)


@kernel
def transition(model: Records, share: Floats, door: float, mode: Floats, dt: float, weight_out: Floats, mode_out: Floats) -> None:
    """Mixing weights (model from, model to) and predicted probabilities of models of probability mode (model,) after `dt` seconds.

    A model is left at the constant rate 1 / stay_time; the way into free fall is open only as far as `door` (0 to 1) says.
    """
    # Blom and Bar-Shalom (1988), "The interacting multiple model algorithm ...", eqs 5 to 7
    models = mode_out.shape[0]
    for i in range(models):
        stay = math.exp(-max(dt, 0.0) / model["stay_time"][i])
        if falls(model["kind"][i]) and dt > 0.0:
            stay *= max(door, 0.3)
        total = 0.0
        for j in range(models):
            total += share[i, j] * (door if falls(model["kind"][j]) else 1.0)
        for j in range(models):
            part = share[i, j] * (door if falls(model["kind"][j]) else 1.0)
            leave = (1.0 - stay) * part / total if total > 0.0 else 0.0
            weight_out[i, j] = mode[i] * (leave + (stay if i == j else 0.0) + (1.0 - stay if i == j and total <= 0.0 else 0.0))
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
def follow_first(model: Records, wide: int | None, x: Floats, packed: Floats, j: int) -> None:
    """Put sleeping model j where the first one is, so that it wakes up in the right place; what it alone has starts afresh."""
    for i in range(6):
        x[j, i] = x[0, i]
    for k in range(21):
        packed[j, k] = packed[0, k]
    if wide is not None:
        begin_further(model, x, packed, j)


@kernel
def begin_further(model: Records, x: Floats, packed: Floats, j: int) -> None:
    """The prior of what model j's state x[j] has beyond position and velocity, uncorrelated with them."""
    for i in range(6, model["size"][j]):
        x[j, i] = model["further_mean"][j]
        for k in range(i):
            packed[j, entry(i, k)] = 0.0
        packed[j, entry(i, i)] = model["further_sigma"][j] ** 2


@kernel(fused=True)
def mix(
    model: Records, wide: int | None, x: Floats, packed: Floats, weight: Floats, j: int, x_out: Floats, packed_out: Floats
) -> None:  # fmt: skip
    """Model j's starting state x_out (size,) and covariance as the mixture of all models', x (model, size), packed (model, packed)."""
    # Blom and Bar-Shalom (1988), eqs 8 and 9
    models = x.shape[0]
    m0, m1, m2, m3, m4, m5 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(models):
        w = weight[i, j]
        m0 += w * x[i, 0]
        m1 += w * x[i, 1]
        m2 += w * x[i, 2]
        m3 += w * x[i, 3]
        m4 += w * x[i, 4]
        m5 += w * x[i, 5]
    for k in range(21):
        packed_out[k] = 0.0
    for i in range(models):
        apart = (x[i, 0] - m0, x[i, 1] - m1, x[i, 2] - m2, x[i, 3] - m3, x[i, 4] - m4, x[i, 5] - m5)
        add_weighted(packed_out, weight[i, j], packed[i], apart)
    x_out[0], x_out[1], x_out[2], x_out[3], x_out[4], x_out[5] = m0, m1, m2, m3, m4, m5
    if wide is not None:
        mix_further(model, x, packed, weight, j, x_out, packed_out)


@kernel
def mix_further(model: Records, x: Floats, packed: Floats, weight: Floats, j: int, x_out: Floats, packed_out: Floats) -> None:
    """The part of the mixture for model j beyond position and velocity, whose mean is in x_out already.

    A model that has not these states lends j's own, uncorrelated with its position and velocity.
    """
    # Yuan, Lian and Liu (2012), "Models and algorithms for tracking target with coordinated turn motion", unbiased mixing;
    # Granstrom, Willett and Bar-Shalom (2015), "Systematic approach to IMM mixing for unequal dimension states", sec III
    first, size, what, shared = 6, model["size"][j], model["further"][j], False
    for i in range(x.shape[0]):
        shared = shared or (i != j and model["further"][i] == what)
    for a in range(first, size):
        mean = x[j, a]
        if shared:
            mean = 0.0
            for i in range(x.shape[0]):
                mean += weight[i, j] * x[i if model["further"][i] == what else j, a]
        x_out[a] = mean
    for a in range(first, size):
        for b in range(a + 1):
            k = entry(a, b)
            if not shared:
                packed_out[k] = packed[j, k] * (1.0 if b >= first else weight[j, j])
                continue
            total = 0.0
            for i in range(x.shape[0]):
                lender = i if model["further"][i] == what else j
                known = packed[lender, k] if lender == i or b >= first else 0.0
                apart = x[i, b] - x_out[b] if b < first else x[lender, b] - x_out[b]
                total += weight[i, j] * (known + (x[lender, a] - x_out[a]) * apart)
            packed_out[k] = total


@kernel
def predict_models(
    model: Records, wide: int | None, share: Floats, earth: Floats, door: float, x: Floats, packed: Floats, mode: Floats, dt: float,
    full: Floats, weight: Floats, x_out: Floats, packed_out: Floats, mode_out: Floats,
) -> None:  # fmt: skip
    """Mix and predict all models of a track, x (model, size), packed (model, packed), mode (model,), over `dt` seconds into the outputs.

    full (4, size, size) and weight (model, model) are scratch; `door` is as of ballistic_weight.
    """
    transition(model, share, door, mode, dt, weight, mode_out)
    for j in range(mode.shape[0]):
        if is_asleep(mode_out, j):
            follow_first(model, wide, x_out, packed_out, j)
            continue
        own = x_out[j, : model["size"][j]]
        mix(model, wide, x, packed, weight, j, own, packed_out[j])
        if j > 0 and falls(model["kind"][j]) and is_stopped_by_air(earth, log_coefficient(model, j, own), own, dt):
            follow_first(model, wide, x_out, packed_out, j)
            continue
        predict_model(model, wide, j, earth, own, packed_out[j], dt, full)


@kernel(inlined=True)
def predict_slot(
    config: TrackerConfig, x: Floats, packed: Floats, mode: Floats, state: Floats, slot: int, dt: float, work: Workspace
) -> None:
    """Predict all models of a slot over `dt` seconds into work.x, work.covariance and work.mode, without touching the slot.

    x (slot, model, size), packed (slot, model, packed), mode (slot, model) and state (slot, 6) are the bank's.
    """
    height = height_above_ground(config.earth, state[slot, 0], state[slot, 1], state[slot, 2])
    speed = math.sqrt(state[slot, 3] ** 2 + state[slot, 4] ** 2 + state[slot, 5] ** 2)
    door = ballistic_weight(config, height, speed)
    predict_models(
        config.model, config.wide, config.share, config.earth, door, x[slot], packed[slot], mode[slot], dt,
        work.full, work.weight, work.x, work.covariance, work.mode,
    )  # fmt: skip


@kernel
def update_model(
    method: int | None, earth: Floats, position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, x: Floats, packed: Floats,
    full: Floats,
) -> tuple[float, float]:  # fmt: skip
    """Update one state x (size,) and its covariance in place by detection `d`, whatever it has; `method` as of TrackerConfig.

    full (4, size, size) is scratch. Returns the normalised innovation squared and the determinant of the inverse of the innovation's
    covariance.
    """
    if is_position_report(measured, d):
        return update_position(measured, d, x, packed, full)
    if method is None:
        squared, sharpness = update_extended(position, rotation, sensor, measured, d, x, packed)
    elif method == UNSCENTED:
        squared, sharpness = update_unscented(position, rotation, sensor, measured, d, x, packed, full)
    else:
        squared, sharpness = update_converted(position, rotation, sensor, measured, d, x, packed, full)
    if math.isnan(measured[d, ELEVATION]):
        hold_height(earth, x, packed)
    return squared, sharpness


@kernel
def update_all(
    model: Records, wide: int | None, method: int | None, earth: Floats, position: Floats, rotation: Floats, sensor: int, measured: Floats,
    d: int, full: Floats, weight: Floats, x: Floats, packed: Floats, mode: Floats,
) -> float:  # fmt: skip
    """Update all models of a track in place by a detection, and their probabilities; returns the mixture's log likelihood.

    x (model, size), packed (model, packed) and mode (model,) are the prediction; full (4, size, size) and weight (model, model) are
    scratch, `wide` and `method` as of TrackerConfig.
    """
    models = mode.shape[0]
    least, total = math.inf, 0.0
    first, first_sharpness = 0.0, 1.0
    for j in range(models):
        if is_asleep(mode, j):
            follow_first(model, wide, x, packed, j)
            squared, sharpness = first, first_sharpness
        else:
            own = x[j, : model["size"][j]]
            squared, sharpness = update_model(method, earth, position, rotation, sensor, measured, d, own, packed[j], full)
        if j == 0:
            first, first_sharpness = squared, sharpness
        weight[0, j] = squared
        least = min(least, squared)
        mode[j] *= math.sqrt(sharpness)
    for j in range(models):
        mode[j] *= math.exp(0.5 * (least - weight[0, j]))
        total += mode[j]
    scale = 1.0 / total
    for j in range(models):
        mode[j] = max(mode[j] * scale, LEAST_PROBABILITY)
    return math.log(total) - 0.5 * (least + measured_dimension(measured, d) * LOG_TWO_PI)


@kernel(inlined=True)
def update_models(
    config: TrackerConfig, position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, work: Workspace
) -> float:
    """Update all predicted models in `work` by a detection, and their probabilities; returns the mixture's log likelihood."""
    return update_all(
        config.model, config.wide, config.update_method, config.earth, position, rotation, sensor, measured, d,
        work.full, work.weight, work.x, work.covariance, work.mode,
    )  # fmt: skip


@kernel(fused=True)
def combine(x: Floats, packed: Floats, mode: Floats, state_out: Floats, covariance_out: Floats) -> None:
    """The mixture's mean state_out (6,) and covariance_out (6, 6), square, of models x (model, size), packed (model, packed)."""
    m0, m1, m2, m3, m4, m5 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(x.shape[0]):
        w = mode[i]
        m0 += w * x[i, 0]
        m1 += w * x[i, 1]
        m2 += w * x[i, 2]
        m3 += w * x[i, 3]
        m4 += w * x[i, 4]
        m5 += w * x[i, 5]
    # the lower triangle first in the rows of the square, then spread out from behind
    total = covariance_out.reshape(36)
    for k in range(21):
        total[k] = 0.0
    for i in range(x.shape[0]):
        add_weighted(total, mode[i], packed[i], (x[i, 0] - m0, x[i, 1] - m1, x[i, 2] - m2, x[i, 3] - m3, x[i, 4] - m4, x[i, 5] - m5))
    k = 20
    for a in range(5, -1, -1):
        for b in range(a, -1, -1):
            covariance_out[a, b] = total[k]
            k -= 1
    for a in range(6):
        for b in range(a):
            covariance_out[b, a] = covariance_out[a, b]
    state_out[0], state_out[1], state_out[2], state_out[3], state_out[4], state_out[5] = m0, m1, m2, m3, m4, m5
