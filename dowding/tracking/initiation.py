"""A track's first state, from one detection: a position and its errors, and a prior for all that one detection doesn't tell."""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import Three, absorb, entry
from dowding.tracking.extended import absorb_range_rate, sight
from dowding.tracking.filters import begin_further
from dowding.tracking.free_fall import height_above_ground
from dowding.tracking.measurement import (
    AZIMUTH,
    ELEVATION,
    POSITION,
    POSITION_NOISE,
    RANGE,
    RANGE_RATE,
    SIGMA,
    SIGMA_VELOCITY,
    VELOCITY,
    assumed_elevation,
    is_position_report,
    linearise,
    position_of,
)
from dowding.tracking.motion_models import ballistic_weight, falls
from dowding.tracking.picture import Floats, SensorGeometry, TrackerConfig, Workspace
from dowding.tracking.turning import vertical_at

LEAST_LIKELIHOOD = 1e-12  # of a velocity under a model's prior, so that none is ruled out


@kernel
def can_start(measured: Floats, d: int) -> bool:
    """Whether a detection says where its target is, so that a track can start from it: a bearing alone cannot."""
    return is_position_report(measured, d) or not (math.isnan(measured[d, RANGE]) or math.isnan(measured[d, AZIMUTH]))


@kernel
def place_polar(config: TrackerConfig, sensors: SensorGeometry, sensor: int, measured: Floats, d: int, work: Workspace) -> None:
    """Position and position covariance of a detection by range and angles, into the start of work.state and work.packed."""
    elevation, sigma_elevation = measured[d, ELEVATION], measured[d, SIGMA + ELEVATION]
    if math.isnan(elevation):
        elevation, sigma_elevation = assumed_elevation(config, sensors, sensor, measured[d, RANGE])
    distance = measured[d, RANGE]
    state, rows = work.state, work.rows
    state[0], state[1], state[2] = position_of(sensors, sensor, distance, measured[d, AZIMUTH], elevation)
    state[3], state[4], state[5] = 0.0, 0.0, 0.0
    linearise(sensors.position, sensors.rotation, sensor, state, work.value, rows)
    ground = distance * math.cos(elevation)
    # the rows' lengths are 1, 1 / ground and 1 / distance: scaled to unit vectors they turn polar variances into Cartesian ones
    variance_range = measured[d, SIGMA + RANGE] ** 2
    variance_azimuth = (measured[d, SIGMA + AZIMUTH] * ground * ground) ** 2
    variance_elevation = (sigma_elevation * distance * distance) ** 2
    for i in range(3):
        for j in range(i + 1):
            work.packed[entry(i, j)] = (
                variance_range * rows[0, i] * rows[0, j]
                + variance_azimuth * rows[1, i] * rows[1, j]
                + variance_elevation * rows[2, i] * rows[2, j]
            )


@kernel
def place_report(measured: Floats, d: int, work: Workspace) -> None:
    """As place_polar, for a reported position."""
    for i in range(3):
        work.state[i] = measured[d, POSITION + i]
    for k in range(6):
        work.packed[k] = measured[d, POSITION_NOISE + k]


@kernel
def velocity_prior(packed: Floats, up: Three, across: float, climb: float) -> None:
    """Set the velocity's variances (m2/s2) along the vertical `up` and across it, uncorrelated with the position."""
    for i in range(3):
        for j in range(3):
            packed[entry(i + 3, j)] = 0.0
            packed[entry(i + 3, j + 3)] = (across if i == j else 0.0) + (climb - across) * up[i] * up[j]


@kernel
def absorb_velocity(measured: Floats, d: int, x: Floats, packed: Floats) -> float:
    """Update a state by the velocity that detection `d` reports; returns its likelihood."""
    variance = measured[d, SIGMA_VELOCITY] ** 2
    squared, sharpness = 0.0, 1.0
    for i in range(3):
        rest = measured[d, VELOCITY + i] - x[i + 3]
        a, b, c = 1.0 if i == 0 else 0.0, 1.0 if i == 1 else 0.0, 1.0 if i == 2 else 0.0
        weight = absorb(x, packed, 0.0, 0.0, 0.0, a, b, c, rest, variance)
        squared += rest * rest * weight
        sharpness *= weight
    return math.exp(-0.5 * squared) * math.sqrt(sharpness)


@kernel
def begin_state(config: TrackerConfig, sensors: SensorGeometry, sensor: int, d: int, work: Workspace) -> None:
    """Fill the models in `work` from row `d` of work.measured: its position, a velocity prior per model, and what it says of velocity."""
    measured = work.measured
    if is_position_report(measured, d):
        place_report(measured, d, work)
    else:
        place_polar(config, sensors, sensor, measured, d, work)
    height = height_above_ground(config.earth, work.state[0], work.state[1], work.state[2])
    up = vertical_at(config.earth, work.state)
    total = 0.0
    for model in range(work.x.shape[0]):
        own, packed = work.x[model, : config.model["size"][model]], work.covariance[model]
        for i in range(3):
            own[i] = work.state[i]
            own[i + 3] = 0.0
        for k in range(6):
            packed[k] = work.packed[k]
        velocity_prior(packed, up, config.model["speed_sigma"][model] ** 2, config.model["climb_sigma"][model] ** 2)
        begin_further(config.model, work.x, work.covariance, model)
        probability = config.model["mode_prior"][model]
        if falls(config.model["kind"][model]):
            probability *= ballistic_weight(config, height, 0.0)
        if is_position_report(measured, d):
            if not math.isnan(measured[d, VELOCITY]):
                probability *= absorb_velocity(measured, d, own, packed) + LEAST_LIKELIHOOD
        elif not math.isnan(measured[d, RANGE_RATE]):
            m, distance = sight(sensors.position, sensor, own)
            squared, sharpness = absorb_range_rate(m, distance, measured, d, own, packed, (0.0, 0.0, 0.0))
            probability *= math.exp(-0.5 * squared) * math.sqrt(sharpness) + LEAST_LIKELIHOOD
        work.mode[model] = probability
        total += probability
    for model in range(work.x.shape[0]):
        work.mode[model] /= total
