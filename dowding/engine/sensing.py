"""Sensors look: the only room, besides the resolving of shots, that sees truth. Truth in, detections out."""

import math

from dowding import _random
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.cells import ABSORBED, merge_cells, sort_by
from dowding.engine.jamming import find_jammers, jam_sum
from dowding.engine.motion import own_state, target_state
from dowding.engine.record import Rows, is_wanted, next_row
from dowding.engine.sight import sight
from dowding.engine.state import FLYING, Batch, Reals, Records, Sky, Wholes
from dowding.model import Model
from dowding.model.propagating import path_loss
from dowding.physics.detection import table_probability
from dowding.physics.geodesy import azimuth_elevation_range, full_turn, height_above_ellipsoid, rotate
from dowding.physics.horizon import Horizons
from dowding.physics.jamming import jammed_snr
from dowding.physics.mti import canceller_response, main_lobe_spread
from dowding.physics.radar import MONOPULSE_CONSTANT, RANGE_CONSTANT, measurement_sigma
from dowding.tracking.picture import SensorGeometry
from dowding.tracking.standing import put_at

COS_45 = math.sqrt(0.5)
RANGE_RATE_SPAN = 1000.0  # m/s, false alarms are uniform in +- this
MINUS_NEPERS = -0.1 * math.log(10.0)  # of one decibel of power
DEEPEST_BLIND = 1e-6  # -60 dB: no canceller is blinder
REFINEMENTS = 2  # steps to the time at which the beam meets a moving target; each shrinks the error by speed / (range * scan rate)


@kernel
def dwell_time(scans: Records, geometry: SensorGeometry, sensors: Records, sensor: int, number: int) -> float:
    """When dwell `number` of a sensor begins (s); it ends where the next begins."""
    return float(scans["start"][sensor] + number * (geometry.period[sensor] / sensors["dwells"][sensor]))


@kernel
def dwell_azimuths(geometry: SensorGeometry, sensors: Records, sensor: int, number: int) -> tuple[float, float]:
    """Where dwell `number` of a sensor begins (rad, not wrapped) and how far it sweeps clockwise (rad)."""
    width = sensors["sweep"][sensor] / sensors["dwells"][sensor]
    left = geometry.boresight[sensor] - 0.5 * sensors["sweep"][sensor] + (number % sensors["dwells"][sensor]) * width
    return left, width


@kernel
def place_sensor(model: Model, geometry: SensorGeometry, knots: Wholes, sensor: int, t: float) -> None:
    """Put a sensor that moves where it is at a time (s); one that stands stays."""
    if geometry.moves[sensor] == 1:
        defence = model.defence
        x, y, z, vx, vy, vz = own_state(defence.sensors, defence.tours, knots, sensor, t)
        # the tracker's own earth, so that whoever repeats its work from tables stands the same to the last bit
        put_at(geometry, sensor, defence.tracker.earth[0:3], defence.tracker.earth[3:6], (x, y, z), (vx, vy, vz), t)


@kernel
def face(model: Model, geometry: SensorGeometry, sensor: int) -> None:
    """Turn a moving sensor's sector with its nose: by the direction of its flight over the ground where it was put last."""
    if geometry.moves[sensor] == 1:
        velocity = geometry.velocity[sensor]
        east, north, _up = rotate(geometry.rotation[sensor], velocity[0], velocity[1], velocity[2])
        geometry.boresight[sensor] = full_turn(math.atan2(east, north) + model.defence.sensors["off_nose"][sensor])


@kernel
def plan_scan(model: Model, geometry: SensorGeometry, sky: Sky, scans: Records, sensor: int, number: int) -> None:
    """Find the time at which the sensor's beam will meet each target in the scan that begins with dwell `number`.

    A sensor that moves has its axes and its sector from the scan's begin; how these turn until it ends is less than a beam is wide.
    """
    targets, moves = model.flights.targets, geometry.moves[sensor] == 1
    begin = dwell_time(scans, geometry, model.defence.sensors, sensor, number)
    place_sensor(model, geometry, scans["knot"], sensor, begin)
    face(model, geometry, sensor)
    period, sweep = geometry.period[sensor], model.defence.sensors["sweep"][sensor]
    left = geometry.boresight[sensor] - 0.5 * sweep
    px, py, pz = geometry.position[sensor, 0], geometry.position[sensor, 1], geometry.position[sensor, 2]
    for row in range(targets.shape[0]):
        sky.look_time[sensor, row] = math.inf
        if sky.target["fate"][row] > FLYING or targets["start"][row] >= begin + period or targets["end"][row] <= begin:
            continue
        t = begin + 0.5 * period
        for _ in range(REFINEMENTS + 1):
            x, y, z, _vx, _vy, _vz = target_state(targets, model.flights.paths, sky.target["knot"], row, t)
            if moves:
                px, py, pz, _vx, _vy, _vz = own_state(model.defence.sensors, model.defence.tours, scans["knot"], sensor, t)
            east, north, _up = rotate(geometry.rotation[sensor], x - px, y - py, z - pz)
            t = begin + full_turn(math.atan2(east, north) - left) / sweep * period
        if t < begin + period:  # else outside the sector
            sky.look_time[sensor, row] = t


@kernel
def aspect_of(dx: float, dy: float, dz: float, distance: float, vx: float, vy: float, vz: float) -> int:
    """Which side a target shows to an observer from whom it stands at (dx, dy, dz): 0 front, 1 side, 2 rear."""
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    if speed == 0.0:
        return 1
    cosine = -(dx * vx + dy * vy + dz * vz) / (distance * speed)
    if cosine >= COS_45:
        return 0
    return 2 if cosine <= -COS_45 else 1


@kernel
def _canceller_response(sensors: Records, sensor: int, range_rate: float) -> float:
    """Power response of the moving-target canceller at a range rate (m/s), of one pulse interval or the mean of two."""
    order, wavelength = sensors["canceller_order"][sensor], sensors["wavelength"][sensor]
    first = canceller_response(range_rate, wavelength, sensors["canceller_interval"][sensor], order)
    second = canceller_response(range_rate, wavelength, sensors["canceller_second"][sensor], order)
    return max(0.5 * (first + second), DEEPEST_BLIND)


@kernel
def is_stopped(
    geometry: SensorGeometry, sensors: Records, sensor: int, range_rate: float, offset: tuple[float, float, float], distance: float
) -> bool:
    """Whether the moving-target filter stops an echo whose range changes at a rate (m/s) over the ground.

    From a moving antenna the filter follows the ground in the beam's middle, and is widened by what the beam's width makes of its own
    motion; and it may lose what keeps its distance, among the echoes of the ground straight below.
    """
    slowest = sensors["velocity_min"][sensor]
    if geometry.moves[sensor] == 0:
        return bool(abs(range_rate) < slowest)
    velocity, (dx, dy, dz) = geometry.velocity[sensor], offset
    along = (dx * velocity[0] + dy * velocity[1] + dz * velocity[2]) / distance
    vx, vy, _vz = rotate(geometry.rotation[sensor], velocity[0], velocity[1], velocity[2])
    east, north, _up = rotate(geometry.rotation[sensor], dx, dy, dz)
    across = (vx * north - vy * east) / distance  # how fast its own way turns the azimuth, in m/s at the target
    widened = abs(range_rate) < slowest + main_lobe_spread(across, sensors["azimuth_beamwidth"][sensor])
    return bool(widened or abs(range_rate - along) < sensors["altitude_line"][sensor])


@kernel
def look(
    geometry: SensorGeometry,
    sensors: Records,
    detection: Reals,
    loss: Reals,
    horizons: Horizons,
    jamming: Reals,
    factor: float,
    sensor: int,
    swerling: int,
    rcs: Reals,
    state: tuple[float, float, float, float, float, float],
    height: float,
) -> tuple[float, float, float, float, float, float]:
    """Probability that one look detects a target: the one detection function of runs, maps and claims.

    `jamming` is as `find_jammers` fills it; `factor` multiplies the earth's radius for refraction; `rcs` (aspect,) m^2; `state` is
    position (m, theatre) and velocity (m/s), `height` m above the ellipsoid. Returns (probability, mean signal-to-noise ratio,
    range m, azimuth rad, elevation rad, range rate m/s); the first two are 0 outside range and elevation limits, below the
    horizon, behind terrain and for range rates that the moving-target filter stops. The sector in azimuth is the caller's: the
    beam was there.
    """
    x, y, z, vx, vy, vz = state
    dx, dy, dz = x - geometry.position[sensor, 0], y - geometry.position[sensor, 1], z - geometry.position[sensor, 2]
    east, north, up = rotate(geometry.rotation[sensor], dx, dy, dz)
    azimuth, elevation, distance = azimuth_elevation_range(east, north, up)
    if distance <= 0.0:
        return 0.0, 0.0, distance, azimuth, elevation, 0.0
    range_rate = (dx * vx + dy * vy + dz * vz) / distance
    near, far = distance < geometry.range_min[sensor], distance > geometry.range_max[sensor]
    if near or far or is_stopped(geometry, sensors, sensor, range_rate, (dx, dy, dz), distance):
        return 0.0, 0.0, distance, azimuth, elevation, range_rate
    hidden, apparent = sight(geometry, horizons, loss, factor, sensor, azimuth, distance, height)
    if hidden or apparent < geometry.elevation_min[sensor] or apparent > geometry.elevation_max[sensor]:
        return 0.0, 0.0, distance, azimuth, elevation, range_rate
    lost = path_loss(loss, sensor, sensors["height"][sensor], factor * geometry.earth_radius[sensor], height, distance)
    snr = sensors["snr_constant"][sensor] * rcs[aspect_of(dx, dy, dz, distance, vx, vy, vz)] / distance**4 * math.exp(lost * MINUS_NEPERS)
    if jamming.shape[0] > 0:
        snr = jammed_snr(snr, jam_sum(jamming, sensors, sensor, geometry.measures_elevation[sensor], azimuth, elevation))
    if sensors["canceller_order"][sensor] > 0:
        snr *= _canceller_response(sensors, sensor, range_rate)
    probability = table_probability(
        sensors["table_start_db"][sensor], sensors["table_step_db"][sensor], detection[sensor, swerling], 10.0 * math.log10(snr)
    )
    return probability, snr, distance, azimuth, elevation, range_rate


@kernel
def _report_errors(geometry: SensorGeometry, sensors: Records, sensor: int, snr: float, report: Reals) -> None:
    """Fill the standard errors and the signal-to-noise ratio of one report; `snr` is of one pulse."""
    shown = max(snr, sensors["snr_floor"][sensor])  # a weaker echo passed the threshold only because it fluctuated upward
    energy = shown * sensors["pulses"][sensor]
    report[5] = measurement_sigma(sensors["range_resolution"][sensor], RANGE_CONSTANT, energy, sensors["range_floor"][sensor])
    report[6] = measurement_sigma(sensors["azimuth_beamwidth"][sensor], MONOPULSE_CONSTANT, energy, sensors["angle_floor"][sensor])
    report[7] = math.nan
    report[8] = math.nan
    if geometry.measures_elevation[sensor]:
        report[7] = measurement_sigma(sensors["elevation_beamwidth"][sensor], MONOPULSE_CONSTANT, energy, sensors["angle_floor"][sensor])
    if geometry.measures_range_rate[sensor]:
        report[8] = measurement_sigma(sensors["range_rate_resolution"][sensor], RANGE_CONSTANT, energy, 0.0)
    report[9] = 10.0 * math.log10(shown)


@kernel
def _measure(geometry: SensorGeometry, sensor: int, normal: tuple[float, float, float, float], report: Reals) -> None:
    """Add errors to the true values in a report and put angles back in their range; what is not measured becomes NaN."""
    report[1] = max(report[1] + normal[0] * report[5], 1.0)
    azimuth = report[2] + normal[1] * report[6]
    if geometry.measures_elevation[sensor]:
        elevation = report[3] + normal[2] * report[7]
        if elevation > 0.5 * math.pi:  # over the zenith the beam looks back
            elevation, azimuth = math.pi - elevation, azimuth + math.pi
        report[3] = elevation
    else:
        report[3] = math.nan
    report[2] = full_turn(azimuth)
    report[4] = report[4] + normal[3] * report[8]  # NaN where the sensor has no range rate


@kernel
def _find_echoes(
    model: Model, geometry: SensorGeometry, sky: Sky, scans: Records, batch: Batch, sensor: int, begin: float, end: float
) -> int:
    """Put the echo of every target that the beam meets in [begin, end) into the batch; returns their number."""
    defence, targets, count = model.defence, model.flights.targets, 0
    sensors, detection, loss, horizons = defence.sensors, defence.detection, defence.loss, defence.horizons
    factor = defence.settings.effective_earth_factor
    for row in range(targets.shape[0]):
        t = sky.look_time[sensor, row]
        if targets["side"][row] == sensors["side"][sensor]:
            continue  # friends are known for friends
        if t < begin or t >= end or t < max(targets["start"][row], 0.0) or t >= min(targets["end"][row], sky.target["ended"][row]):
            continue
        state = target_state(targets, model.flights.paths, sky.target["knot"], row, t)
        height = height_above_ellipsoid(model.defence.frame, state[0], state[1], state[2])
        place_sensor(model, geometry, scans["knot"], sensor, t)
        swerling, rcs = targets["swerling"][row], model.flights.rcs[row, sensor]
        probability, snr, distance, azimuth, elevation, range_rate = look(
            geometry, sensors, detection, loss, horizons, sky.jamming, factor, sensor, swerling, rcs, state, height
        )
        # a target that enters or leaves the sector during the scan may have left it by the time that was planned
        sweep = sensors["sweep"][sensor]
        if probability <= 0.0 or full_turn(azimuth - geometry.boresight[sensor] + 0.5 * sweep) > sweep:
            continue
        report = batch.report[count]
        report[0], report[1], report[2], report[3], report[4], report[9] = t, distance, azimuth, elevation, range_rate, snr
        batch.row["origin"][count], batch.row["echoes"][count] = row, 1
        batch.row["true_range"][count], batch.row["true_azimuth"][count], batch.row["true_elevation"][count] = distance, azimuth, elevation
        batch.row["loudest"][count], batch.row["probability"][count] = snr, probability
        count += 1
    return count


@kernel
def _detect(model: Model, geometry: SensorGeometry, batch: Batch, looks: Rows, luck: Luck, sensor: int, scan: int, echoes: int) -> int:
    """Try to detect each echo of the batch; leaves the detections at its begin and returns their number."""
    sensors, count = model.defence.sensors, 0
    for i in range(echoes):
        row, snr = batch.row["origin"][i], batch.report[i, 9]
        if row == ABSORBED:
            continue
        decibels, probability = 10.0 * math.log10(snr), batch.row["probability"][i]
        if batch.row["echoes"][i] > 1:
            table = model.defence.detection[sensor, model.flights.targets["swerling"][row]]
            probability = table_probability(sensors["table_start_db"][sensor], sensors["table_step_db"][sensor], table, decibels)
        u = _random.uniforms(luck, _random.DETECT, scan, row, sensor)
        hit = u[0] < probability
        if is_wanted(looks):
            at = next_row(looks)
            looks.real[at, 0], looks.real[at, 1] = batch.report[i, 0], batch.row["true_range"][i]
            looks.real[at, 2], looks.real[at, 3] = decibels, probability
            looks.whole[at, 0], looks.whole[at, 1], looks.whole[at, 2] = sensor, row, hit
        if not hit:
            continue
        report = batch.report[count]  # at or before i: what is overwritten was dealt with
        for column in range(5):
            report[column] = batch.report[i, column]
        _report_errors(geometry, sensors, sensor, snr, report)
        v = _random.uniforms(luck, _random.MEASURE, scan, row, sensor)
        _measure(geometry, sensor, _random.normals(v[0], v[1], v[2], v[3]), report)
        batch.row["origin"][count], batch.row["true_range"][count] = row, batch.row["true_range"][i]
        batch.row["true_azimuth"][count], batch.row["true_elevation"][count] = batch.row["true_azimuth"][i], batch.row["true_elevation"][i]
        batch.row["mean_snr_db"][count], batch.row["probability"][count] = decibels, probability
        count += 1
    return count


@kernel
def _add_false_alarms(
    model: Model, geometry: SensorGeometry, batch: Batch, count: int, luck: Luck, sensor: int, number: int, begin: float, end: float
) -> int:
    """Add false alarms, uniform in measurement space; returns the new number of detections."""
    sensors = model.defence.sensors
    u = _random.uniforms(luck, _random.FALSE_ALARM_COUNT, number, 0, sensor)
    alarms = min(_random.poisson(sensors["false_alarms"][sensor], u[0]), batch.row.shape[0] - count)
    left, width = dwell_azimuths(geometry, sensors, sensor, number)
    for k in range(alarms):
        u = _random.uniforms(luck, _random.FALSE_ALARM_PLACE, number, k, sensor)
        w = _random.uniforms(luck, _random.FALSE_ALARM_MORE, number, k, sensor)
        report = batch.report[count]
        report[0] = begin + u[0] * (end - begin)
        report[1] = geometry.range_min[sensor] + u[1] * (geometry.range_max[sensor] - geometry.range_min[sensor])
        report[2] = full_turn(left + u[0] * width)  # the beam's place at that time
        report[3] = geometry.elevation_min[sensor] + u[2] * (geometry.elevation_max[sensor] - geometry.elevation_min[sensor])
        report[4] = (2.0 * u[3] - 1.0) * RANGE_RATE_SPAN
        # noise over a threshold exceeds it by an exponential tail of one noise power
        _report_errors(geometry, sensors, sensor, sensors["snr_floor"][sensor] - math.log(w[0]), report)
        if not geometry.measures_elevation[sensor]:
            report[3] = math.nan
        if not geometry.measures_range_rate[sensor]:
            report[4] = math.nan
        batch.row["origin"][count] = -1
        batch.row["true_range"][count], batch.row["true_azimuth"][count], batch.row["true_elevation"][count] = math.nan, math.nan, math.nan
        batch.row["mean_snr_db"][count], batch.row["probability"][count] = math.nan, math.nan
        count += 1
    return count


@kernel
def observe(
    model: Model,
    geometry: SensorGeometry,
    sky: Sky,
    scans: Records,
    batch: Batch,
    looks: Rows,
    luck: Luck,
    sensor: int,
    number: int,
    detections_out: Records,
) -> int:
    """Look through dwell `number` of `sensor`, which ends now; returns the number of detections, which stand in time order.

    `geometry` is the state's; a sensor that moves is left where it is at the dwell's end.
    """
    dwells = model.defence.sensors["dwells"][sensor]
    if number % dwells == 0:
        plan_scan(model, geometry, sky, scans, sensor, number)
    begin = dwell_time(scans, geometry, model.defence.sensors, sensor, number)
    end = dwell_time(scans, geometry, model.defence.sensors, sensor, number + 1)
    place_sensor(model, geometry, scans["knot"], sensor, 0.5 * (begin + end))
    find_jammers(model, geometry, sky, sensor, 0.5 * (begin + end))
    echoes = _find_echoes(model, geometry, sky, scans, batch, sensor, begin, end)
    merge_cells(batch, geometry, model.defence.sensors, sensor, echoes)
    count = _detect(model, geometry, batch, looks, luck, sensor, number // dwells, echoes)
    count = _add_false_alarms(model, geometry, batch, count, luck, sensor, number, begin, end)
    place_sensor(model, geometry, scans["knot"], sensor, end)
    sort_by(batch, 0, count)  # so that a detection's place says nothing of its origin
    for i in range(count):
        report = batch.report[batch.row["order"][i]]
        detection = detections_out[i]
        detection["time"], detection["range"], detection["azimuth"] = report[0], report[1], report[2]
        detection["elevation"], detection["range_rate"] = report[3], report[4]
        detection["sigma_range"], detection["sigma_azimuth"] = report[5], report[6]
        detection["sigma_elevation"], detection["sigma_range_rate"] = report[7], report[8]
    return count
