"""Whether a detection may be of the same new target as an earlier one: closed forms, before any motion model is built.

Each model's prior velocity and noise are taken along the sight, across it and upwards, as if these three stayed apart. So most pairs of
false alarms are seen to be hopeless at a hundredth of what their models would cost; for the rest the filter itself decides.
"""

import math
from typing import Any

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.covariance import Three
from dowding.tracking.free_fall import height_above_ground
from dowding.tracking.measurement import (
    AZIMUTH,
    COS_ELEVATION,
    ELEVATION,
    RANGE,
    RANGE_RATE,
    SIGMA,
    SIN_ELEVATION,
    is_position_report,
    local,
    position_of,
)
from dowding.tracking.motion_models import ballistic_weight, falls
from dowding.tracking.picture import Floats, SensorGeometry, TrackerConfig, Workspace

AGILITY = 100.0  # m/s2, more than a target accelerates between its first two detections
SLACK = 3.0  # log odds by which the closed forms may lie below the filter's
LOG_TWO_PI = math.log(2.0 * math.pi)

# last axis of Workspace.rough: log probability of the model, variances of the velocity (m2/s2) along the sight, across it and upwards,
# the velocity's mean upwards (m/s), and what the target may be braked by (m/s2)
PRIOR, ALONG, ACROSS, UPWARD, CLIMB, BRAKED = range(6)

Four = tuple[float, float, float, float]
Five = tuple[float, float, float, float, float]


@kernel
def smallest_sigmas(measured: Floats, count: int) -> Four:
    """The smallest sigma of each component among a dwell's detections, inf for what none has; the first is NaN with position reports."""
    a, b, c, d = math.inf, math.inf, math.inf, math.inf
    for k in range(count):
        row = measured[k]
        if is_position_report(measured, k):
            return math.nan, b, c, d
        a = a if math.isnan(row[RANGE]) else min(a, row[SIGMA + RANGE])
        b = b if math.isnan(row[AZIMUTH]) else min(b, row[SIGMA + AZIMUTH])
        c = c if math.isnan(row[ELEVATION]) else min(c, row[SIGMA + ELEVATION])
        d = d if math.isnan(row[RANGE_RATE]) else min(d, row[SIGMA + RANGE_RATE])
    return a, b, c, d


@kernel
def note_priors(config: TrackerConfig, work: Workspace, place: Three, own: Floats) -> None:
    """Fill work.rough for a point at a place (m, theatre), of detection `own`."""
    rough, rate, noise = work.rough, own[RANGE_RATE], own[SIGMA + RANGE_RATE] ** 2
    sine, cosine = own[SIN_ELEVATION], own[COS_ELEVATION]
    if math.isnan(sine):
        sine, cosine = 0.0, 1.0
    height, most = height_above_ground(config.earth, place[0], place[1], place[2]), -math.inf
    for model in range(rough.shape[0]):
        row, terms = config.model[model], rough[model]
        speed2, climb2 = row["speed_sigma"] ** 2, row["climb_sigma"] ** 2
        along, upward = cosine * cosine * speed2 + sine * sine * climb2, sine * sine * speed2 + cosine * cosine * climb2
        prior, climb = row["mode_prior"], 0.0
        terms[BRAKED] = 0.0
        if falls(row["kind"]):
            prior *= ballistic_weight(config, height, 0.0)
            terms[BRAKED] = AGILITY
        prior = math.log(prior + 1e-300)
        if not math.isnan(rate):
            # the velocity's two parts in the vertical plane, given what was measured of the first
            whole, mixed = along + noise, sine * cosine * (climb2 - speed2)
            prior -= 0.5 * (math.log(whole) + rate * rate / whole)
            climb = mixed / whole * rate
            upward -= mixed * mixed / whole
            along *= noise / whole
        terms[PRIOR], terms[ALONG], terms[ACROSS], terms[UPWARD], terms[CLIMB] = prior, along, speed2, upward, climb
        most = max(most, prior)
    total = 0.0
    for model in range(rough.shape[0]):
        total += math.exp(rough[model, PRIOR] - most)
    for model in range(rough.shape[0]):
        rough[model, PRIOR] -= most + math.log(total)


@kernel(fused=True)
def spreads(
    config: TrackerConfig, work: Workspace, model: int, own: Floats, sigma: Four, passed: float, ground: float, wide: bool
) -> Five:  # fmt: skip
    """Variances of range, azimuth, elevation and range rate about where one model takes a point, and the covariance of first and last.

    `sigma` are the errors of the detection, `passed` seconds later at `ground` m. Whither a target of unknown velocity turns and brakes
    nobody knows: the larger noise counts for all directions across the vertical with `wide`, else the smaller.
    """
    row, terms = config.model[model], work.rough[model]
    passed2, noise = passed * passed, min(row["noise_along"], row["noise_lateral"])
    if wide:
        noise = max(row["noise_along"], row["noise_lateral"])
    cubed, scale = passed2 * passed / 3.0, 1.0 / (ground * ground)
    a = own[SIGMA + RANGE] ** 2 + sigma[0] * sigma[0] + passed2 * terms[ALONG] + noise * cubed
    b = own[SIGMA + AZIMUTH] ** 2 + sigma[1] * sigma[1] + (passed2 * terms[ACROSS] + noise * cubed) * scale
    c = own[SIGMA + ELEVATION] ** 2 + sigma[2] * sigma[2] + (passed2 * terms[UPWARD] + row["noise_vertical"] * cubed) * scale
    d = terms[ALONG] + noise * passed + sigma[3] * sigma[3]
    return a, b, c, d, passed * terms[ALONG] + 0.5 * noise * passed2


@kernel
def beyond(gap: float, allowed: float) -> float:
    """How far a gap is more than allowed."""
    return max(abs(gap) - allowed, 0.0)


@kernel
def rough_likelihood(config: TrackerConfig, work: Workspace, own: Floats, d: int, passed: float) -> float:
    """Logarithm of the density of detection `d`, `passed` seconds after `own`, about; no more than 3 too low. -inf outside all gates."""
    row, best = work.measured[d], -math.inf
    sigma = (row[SIGMA + RANGE], row[SIGMA + AZIMUTH], row[SIGMA + ELEVATION], row[SIGMA + RANGE_RATE])
    rate = 0.0 if math.isnan(own[RANGE_RATE]) else own[RANGE_RATE]
    distance = max(own[RANGE] + passed * rate, 1.0)
    cosine = 1.0 if math.isnan(own[COS_ELEVATION]) else own[COS_ELEVATION]
    ground = max(distance * cosine, 1.0)
    gap, turned, raised = row[RANGE] - distance, half_turn(row[AZIMUTH] - own[AZIMUTH]), row[ELEVATION] - own[ELEVATION]
    for model in range(work.rough.shape[0]):
        terms = work.rough[model]
        a, b, c, e, shared = spreads(config, work, model, own, sigma, passed, ground, True)
        least_a, least_b, least_c, least_e, least_shared = spreads(config, work, model, own, sigma, passed, ground, False)
        braked, squared, volume, dimension = terms[BRAKED], turned * turned / b, least_b, 2
        short = math.copysign(beyond(gap, 0.5 * braked * passed * passed), gap)
        if math.isnan(row[RANGE_RATE]):
            squared, volume = squared + short * short / a, volume * least_a
        else:
            changed = row[RANGE_RATE] - rate
            if braked > 0.0:
                changed, shared, least_shared = beyond(changed, braked * passed), 0.0, 0.0
            squared += (e * short * short - 2.0 * shared * short * changed + a * changed * changed) / (a * e - shared * shared)
            volume, dimension = volume * (least_a * least_e - least_shared * least_shared), 3
        if not math.isnan(raised):
            off = beyond(raised - terms[CLIMB] * passed / distance, 0.5 * braked * passed * passed / distance)
            squared, volume, dimension = squared + off * off / c, volume * least_c, dimension + 1
        if squared < 1.5 * config.gate[dimension] + 2.0 * SLACK:
            best = max(best, terms[PRIOR] - 0.5 * (squared + math.log(volume) + dimension * LOG_TWO_PI))
    return best + math.log(work.rough.shape[0])


@kernel
def rough_window(
    config: TrackerConfig, work: Workspace, own: Floats, smallest: Four, passed: float, lag: float, score: float
) -> tuple[float, float]:
    """Half widths (m, rad) in range and azimuth about where a point's range rate takes it in `passed` seconds.

    They hold every detection that could make its score positive; `score` is what the point, the misses and the rivals make of it.
    Negative if none could.
    """
    window, half, across = work.window, -1.0, -1.0
    rate = 0.0 if math.isnan(own[RANGE_RATE]) else own[RANGE_RATE]
    ground = max((own[RANGE] + passed * rate) * (1.0 if math.isnan(own[COS_ELEVATION]) else own[COS_ELEVATION]), 1.0)
    largest = (window[0, 0], window[0, 1], window[0, 2], window[0, 3])
    for model in range(work.rough.shape[0]):
        terms = work.rough[model]
        early, late = max(passed - lag, 0.0), passed + lag
        a, b, c, e, shared = spreads(config, work, model, own, smallest, early, ground, False)
        volume, dimension = a * b, 2
        if not math.isinf(smallest[3]):
            volume, dimension = b * (a * e - (0.0 if terms[BRAKED] > 0.0 else shared * shared)), 3
        if not (math.isinf(smallest[2]) or math.isnan(own[ELEVATION])):
            volume, dimension = volume * c, dimension + 1
        peak = score + terms[PRIOR] - 0.5 * (math.log(volume) + dimension * LOG_TWO_PI) + SLACK + math.log(work.rough.shape[0])
        squared = min(2.0 * peak, 1.5 * config.gate[4] + 2.0 * SLACK)
        if squared > 0.0:
            a, b, _, _, _ = spreads(config, work, model, own, largest, late, ground, True)
            half = max(half, math.sqrt(squared * a) + 0.5 * terms[BRAKED] * late * late)
            across = max(across, math.sqrt(squared * b))
    return (half + lag * abs(rate), across) if half >= 0.0 else (-1.0, -1.0)


@kernel
def rough_elsewhere(
    config: TrackerConfig, work: Workspace, sensors: SensorGeometry, sensor: int, point: Any, own: Floats, d: int, passed: float
) -> float:
    """As rough_likelihood, of detection `d` of another radar than the point's; inf where either measured no range or a position.

    The way between the two places is held against the velocity's variances along the point's sight and across it, and a range rate against
    the way; what else was measured counts as if it fitted best. A detection without elevation is taken to be as high as the point.
    """
    row, best = work.measured[d], -math.inf
    distance = row[RANGE]
    if math.isnan(distance + row[AZIMUTH] + own[RANGE] + own[AZIMUTH]):
        return math.inf
    x, y, z = point["x"], point["y"], point["z"]
    elevation = row[ELEVATION]
    if math.isnan(elevation):
        _, _, up = local(sensors.position, sensors.rotation, sensor, x, y, z)
        elevation = math.asin(min(max(up / distance, -1.0), 1.0))
    there = position_of(sensors, sensor, distance, row[AZIMUTH], elevation)
    dx, dy, dz = there[0] - x, there[1] - y, there[2] - z
    ux, uy, uz = x - point["sensor_x"], y - point["sensor_y"], z - point["sensor_z"]
    length, level = math.sqrt(ux * ux + uy * uy + uz * uz), math.sqrt(ux * ux + uy * uy)
    along = (dx * ux + dy * uy + dz * uz) / max(length, 1.0)
    across = (dy * ux - dx * uy) / max(level, 1.0)
    if not math.isnan(own[RANGE_RATE]):
        along -= passed * own[RANGE_RATE]
    error = row[SIGMA + RANGE] ** 2 + (distance * row[SIGMA + AZIMUTH]) ** 2 + point["reach"] ** 2 / config.gate[4]
    passed2, cubed, ground = passed * passed, passed**3 / 3.0, max(distance * math.cos(elevation), 1.0)
    site, moves = sensors.position[sensor], not math.isnan(row[ELEVATION] + row[RANGE_RATE]) and passed > 0.0
    sight = ((there[0] - site[0]) / distance, (there[1] - site[1]) / distance, (there[2] - site[2]) / distance)
    often = 1.0 / max(passed, 1e-3)
    flown, unsure = (dx * often, dy * often, dz * often), (error + (distance * row[SIGMA + ELEVATION]) ** 2) * often * often
    for model in range(work.rough.shape[0]):
        terms, noises = work.rough[model], config.model[model]
        quiet, loud = min(noises["noise_along"], noises["noise_lateral"]), max(noises["noise_along"], noises["noise_lateral"])
        a, b, braked = passed2 * terms[ALONG], passed2 * terms[ACROSS], 0.5 * terms[BRAKED] * passed2
        least = own[SIGMA + RANGE] ** 2 + row[SIGMA + RANGE] ** 2 + quiet * cubed
        squared = beyond(along, braked) ** 2 / (a + loud * cubed + error) + beyond(across, braked) ** 2 / (b + loud * cubed + error)
        if squared > 1.5 * config.gate[4] + 2.0 * SLACK:
            continue
        density = terms[PRIOR] - 0.5 * (squared + math.log((a + least) * (b + least))) - LOG_TWO_PI + math.log(ground)
        if not math.isnan(row[ELEVATION]):
            raised = row[SIGMA + ELEVATION] ** 2 + passed2 * terms[UPWARD] / (distance * distance)
            density -= 0.5 * (LOG_TWO_PI + math.log(raised))
        if not math.isnan(row[RANGE_RATE]):
            density -= 0.5 * (LOG_TWO_PI + math.log(row[SIGMA + RANGE_RATE] ** 2 + quiet * passed / 12.0))
        if moves:
            gap = rate_gap(flown, sight, sensors.velocity[sensor], row[RANGE_RATE], unsure, terms[ACROSS])
            density -= 0.5 * beyond(gap, terms[BRAKED] * passed) ** 2 / (row[SIGMA + RANGE_RATE] ** 2 + loud * passed / 3.0)
        best = max(best, density)
    return best + math.log(work.rough.shape[0])


@kernel
def rate_gap(flown: Three, sight: Three, own_velocity: Floats, rate: float, spread: float, prior: float) -> float:
    """How much more (m/s) a range rate along `sight` differs from that of a velocity `flown` than the error of that explains.

    `spread` (m2/s2) is the variance of the velocity that the way between two detections tells; what is known of velocities beforehand, with
    a variance of `prior` over ground, draws it towards zero, and upwards perhaps all the way.
    """
    x, y, z = flown
    expected = (x - own_velocity[0]) * sight[0] + (y - own_velocity[1]) * sight[1] + (z - own_velocity[2]) * sight[2]
    drawn = math.sqrt(x * x + y * y) * spread / (spread + prior) + abs(z * sight[2])
    return beyond(rate - expected, drawn + 2.0 * math.sqrt(spread))
