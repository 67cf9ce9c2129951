"""Sensors look: the only room, besides the resolving of shots, that sees truth. Truth in, detections out."""

import math

from dowding import _random
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.cells import ABSORBED, merge_cells, sort_by
from dowding.engine.jamming import find_jammers
from dowding.engine.listening import listen
from dowding.engine.looking import look
from dowding.engine.motion import own_state, target_state
from dowding.engine.record import Rows, is_wanted, next_row
from dowding.engine.reports import label, measure, note_truth, report_errors
from dowding.engine.standing import face, place_sensor
from dowding.engine.state import BEARING, FLYING, PLOT, REPLY, Batch, Records, Sky
from dowding.engine.strobes import add_strobes
from dowding.model import Model
from dowding.model.bundles import DIRECTION_FINDER, RADAR
from dowding.physics.detection import table_probability
from dowding.physics.geodesy import full_turn, half_turn, height_above_ellipsoid, quick_atan2, rotate
from dowding.physics.radar import decibels, from_decibels
from dowding.tracking.picture import SensorGeometry

RANGE_RATE_SPAN = 1000.0  # m/s, false alarms are uniform in +- this
MEETING_ROUNDS = 4  # at most, of the search for the time at which the beam meets a moving target
MEETING_NEAR_S = 0.3  # s: a step this short leaves a millisecond at most, for the error goes with its square
SLOWEST_APPROACH = 0.25  # of a beam to a target that circles the antenna, over the beam's own rate
FULL_CIRCLE = 2.0 * math.pi - 1e-9  # rad


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
def meeting_time(
    model: Model, geometry: SensorGeometry, sky: Sky, scans: Records, sensor: int, row: int, begin: float, left: float, guess: float
) -> float:
    """When (s) in the scan from `begin` on, which starts at azimuth `left` (rad), a beam passes a target; infinite if it does not.

    Newton's method from a guess: a good one, as the last scan's meeting is, costs one evaluation of the path.
    """
    period, sweep = geometry.period[sensor], model.defence.sensors["sweep"][sensor]
    px, py, pz = geometry.position[sensor, 0], geometry.position[sensor, 1], geometry.position[sensor, 2]
    rate, t = sweep / period, guess
    for _ in range(MEETING_ROUNDS):
        x, y, z, vx, vy, vz = target_state(sky.target, model.flights.paths, row, t)
        if geometry.moves[sensor] == 1:
            px, py, pz, wx, wy, wz = own_state(model.defence.sensors, model.defence.tours, scans["knot"], sensor, t)
            vx, vy, vz = vx - wx, vy - wy, vz - wz
        east, north, _up = rotate(geometry.rotation[sensor], x - px, y - py, z - pz)
        to_east, to_north, _climb = rotate(geometry.rotation[sensor], vx, vy, vz)
        ahead = half_turn(quick_atan2(east, north) - left - rate * (t - begin))
        turning = (to_east * north - to_north * east) / max(east * east + north * north, 1.0)
        step = ahead / max(rate - turning, SLOWEST_APPROACH * rate)
        t += step
        near = abs(step) < MEETING_NEAR_S
        if begin <= t < begin + period:
            if near:
                return float(t)
        elif sweep >= FULL_CIRCLE:  # what leaves the scan at one end may come in at the other
            t += period if t < begin else -period
        elif near:
            return math.inf
    return math.inf


@kernel
def sees_friends(model: Model, sensor: int) -> bool:
    """Whether a sensor reports flights of its own side as well: all but direction finders do, where identification is modelled."""
    return bool(model.defence.settings.friends_seen == 1 and model.defence.sensors["kind"][sensor] != DIRECTION_FINDER)


@kernel
def answer(model: Model, luck: Luck, sensor: int, scan: int, target: int) -> int:
    """The identity that a radar is told when it asks a target that it has just detected, -1 for none."""
    targets, sensors = model.flights.targets, model.defence.sensors
    friend = targets["side"][target] == sensors["side"][sensor] and targets["iff"][target] == 1
    if not friend or sensors["asks"][sensor] == 0 or model.defence.settings.friends_seen == 0:
        return -1
    u = _random.uniforms(luck, _random.REPLY, scan, targets["key"][target], sensors["key"][sensor])
    return int(targets["identity"][target]) if u[0] < model.defence.settings.reply_probability else -1


@kernel
def plan_scan(model: Model, geometry: SensorGeometry, sky: Sky, scans: Records, sensor: int, number: int) -> None:
    """Find when the sensor's beam will meet each target in the scan that begins with dwell `number`, and list them by dwell.

    A sensor that moves has its axes and its sector from the scan's begin; how these turn until it ends is less than a beam is wide.
    """
    sensors, targets = model.defence.sensors, model.flights.targets
    begin = dwell_time(scans, geometry, sensors, sensor, number)
    place_sensor(model, geometry, scans["knot"], sensor, begin)
    face(model, geometry, sensor)
    left, period, dwells = geometry.boresight[sensor] - 0.5 * sensors["sweep"][sensor], geometry.period[sensor], sensors["dwells"][sensor]
    for dwell in range(dwells):
        sky.first[sensor, dwell] = -1
    for row in range(targets.shape[0] - 1, -1, -1):
        last = sky.look_time[sensor, row]
        sky.look_time[sensor, row] = math.inf
        if targets["side"][row] == sensors["side"][sensor] and not sees_friends(model, sensor):
            continue  # friends are known for friends
        if sky.target["fate"][row] > FLYING or targets["start"][row] >= begin + period or sky.target["end"][row] <= begin:
            continue
        guess = last + period if begin <= last + period < begin + period else begin + 0.5 * period
        t = meeting_time(model, geometry, sky, scans, sensor, row, begin, left, guess)
        sky.look_time[sensor, row] = t
        if t < math.inf:
            dwell = min(int((t - begin) * dwells / period), dwells - 1)
            sky.next[sensor, row], sky.first[sensor, dwell] = sky.first[sensor, dwell], row


@kernel
def find_echoes(
    model: Model, geometry: SensorGeometry, sky: Sky, scans: Records, batch: Batch, sensor: int, number: int, end: float
) -> int:
    """Put the echo of every target that the beam meets in dwell `number`, which ends at `end` (s), into the batch; returns their number."""
    defence, targets, count = model.defence, model.flights.targets, 0
    sensors, detection, clutter = defence.sensors, defence.detection, defence.clutter
    loss, horizons = defence.loss, defence.horizons
    factor, sweep = defence.settings.effective_earth_factor, sensors["sweep"][sensor]
    row = sky.first[sensor, number % sensors["dwells"][sensor]]
    while row >= 0:
        target, row = row, sky.next[sensor, row]
        t = min(sky.look_time[sensor, target], end)
        if t < max(targets["start"][target], 0.0) or t >= min(sky.target["end"][target], sky.target["ended"][target]):
            continue
        state = target_state(sky.target, model.flights.paths, target, t)
        height = height_above_ellipsoid(defence.frame, state[0], state[1], state[2])
        place_sensor(model, geometry, scans["knot"], sensor, t)
        swerling, rcs = targets["swerling"][target], model.flights.rcs[target, sensor]
        probability, snr_db, distance, azimuth, elevation, range_rate = look(
            geometry, sensors, detection, clutter, loss, horizons, sky.jamming, factor, sensor, swerling, rcs, state, height
        )
        # a target that enters or leaves the sector during the scan may have left it by the time that was planned
        if probability <= 0.0 or full_turn(azimuth - geometry.boresight[sensor] + 0.5 * sweep) > sweep:
            continue
        report, echo = batch.report[count], batch.row[count]
        report[0], report[1], report[2], report[3], report[4], report[9] = t, distance, azimuth, elevation, range_rate, snr_db
        echo["origin"], echo["echoes"] = target, 1
        echo["true_range"], echo["true_azimuth"], echo["true_elevation"] = distance, azimuth, elevation
        echo["loudest"], echo["probability"] = snr_db, probability
        count += 1
    return count


@kernel
def _detect(model: Model, geometry: SensorGeometry, batch: Batch, looks: Rows, luck: Luck, sensor: int, scan: int, echoes: int) -> int:
    """Try to detect each echo of the batch; leaves the detections at its begin and returns their number."""
    sensors, targets, count = model.defence.sensors, model.flights.targets, 0
    for i in range(echoes):
        row, snr_db = batch.row["origin"][i], batch.report[i, 9]
        if row == ABSORBED:
            continue
        probability = batch.row["probability"][i]
        if batch.row["echoes"][i] > 1:
            table = model.defence.detection[sensor, targets["swerling"][row]]
            probability = table_probability(sensors["table_start_db"][sensor], sensors["table_step_db"][sensor], table, snr_db)
        u = _random.uniforms(luck, _random.DETECT, scan, targets["key"][row], sensors["key"][sensor])
        hit = u[0] < probability
        if is_wanted(looks):
            at = next_row(looks)
            looks.real[at, 0], looks.real[at, 1] = batch.report[i, 0], batch.row["true_range"][i]
            looks.real[at, 2], looks.real[at, 3] = snr_db, probability
            looks.whole[at, 0], looks.whole[at, 1], looks.whole[at, 2] = sensor, row, hit
        if not hit:
            continue
        report = batch.report[count]  # at or before i: what is overwritten was dealt with
        for column in range(5):
            report[column] = batch.report[i, column]
        report_errors(geometry, sensors, sensor, snr_db, report)
        v = _random.uniforms(luck, _random.MEASURE, scan, targets["key"][row], sensors["key"][sensor])
        measure(geometry, sensor, _random.normals(v[0], v[1], v[2], v[3]), report)
        batch.row["origin"][count], batch.row["true_range"][count] = row, batch.row["true_range"][i]
        batch.row["true_azimuth"][count], batch.row["true_elevation"][count] = batch.row["true_azimuth"][i], batch.row["true_elevation"][i]
        batch.row["mean_snr_db"][count], batch.row["probability"][count] = snr_db, probability
        label(batch, count, PLOT, answer(model, luck, sensor, scan, row))
        count += 1
    return count


@kernel
def _add_false_alarms(
    model: Model, geometry: SensorGeometry, batch: Batch, count: int, luck: Luck, sensor: int, number: int, begin: float, end: float
) -> int:
    """Add false alarms, uniform in measurement space; returns the new number of detections."""
    sensors = model.defence.sensors
    key = sensors["key"][sensor]
    u = _random.uniforms(luck, _random.FALSE_ALARM_COUNT, number, 0, key)
    alarms = min(_random.poisson(sensors["false_alarms"][sensor], u[0]), batch.row.shape[0] - count)
    left, width = dwell_azimuths(geometry, sensors, sensor, number)
    for k in range(alarms):
        u = _random.uniforms(luck, _random.FALSE_ALARM_PLACE, number, k, key)
        w = _random.uniforms(luck, _random.FALSE_ALARM_MORE, number, k, key)
        report = batch.report[count]
        report[0] = begin + u[0] * (end - begin)
        report[1] = geometry.range_min[sensor] + u[1] * (geometry.range_max[sensor] - geometry.range_min[sensor])
        report[2] = full_turn(left + u[0] * width)  # the beam's place at that time
        report[3] = geometry.elevation_min[sensor] + u[2] * (geometry.elevation_max[sensor] - geometry.elevation_min[sensor])
        report[4] = (2.0 * u[3] - 1.0) * RANGE_RATE_SPAN
        # noise over a threshold exceeds it by an exponential tail of one noise power
        alarm_db = decibels(from_decibels(sensors["snr_floor_db"][sensor]) - math.log(w[0]))
        report_errors(geometry, sensors, sensor, alarm_db, report)
        if not geometry.measures_elevation[sensor]:
            report[3] = math.nan
        if not geometry.measures_range_rate[sensor]:
            report[4] = math.nan
        kind = sensors["kind"][sensor]
        if kind == DIRECTION_FINDER:
            report[1], report[5] = math.nan, math.nan
        label(batch, count, PLOT if kind == RADAR else BEARING if kind == DIRECTION_FINDER else REPLY, -1)
        note_truth(batch, count, -1, (math.nan, math.nan, math.nan), math.nan, math.nan)
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
    """Look through dwell `number` of `sensor`, which ends now; returns how many reports there are, in detections_out in time order.

    `geometry` is the state's; a sensor that moves is left where it is at the dwell's end.
    """
    dwells = model.defence.sensors["dwells"][sensor]
    if number % dwells == 0:
        plan_scan(model, geometry, sky, scans, sensor, number)
    begin = dwell_time(scans, geometry, model.defence.sensors, sensor, number)
    end = dwell_time(scans, geometry, model.defence.sensors, sensor, number + 1)
    if model.defence.sensors["kind"][sensor] == RADAR:
        place_sensor(model, geometry, scans["knot"], sensor, 0.5 * (begin + end))
        find_jammers(model, geometry, sky, sensor, 0.5 * (begin + end))
        echoes = find_echoes(model, geometry, sky, scans, batch, sensor, number, end)
        merge_cells(batch, geometry, model.defence.sensors, sensor, echoes)
        count = _detect(model, geometry, batch, looks, luck, sensor, number // dwells, echoes)
        count = add_strobes(model, geometry, sky, scans, batch, count, luck, sensor, number, end)
    else:
        count = listen(model, geometry, sky, scans, batch, looks, luck, sensor, number, end)
    count = _add_false_alarms(model, geometry, batch, count, luck, sensor, number, begin, end)
    place_sensor(model, geometry, scans["knot"], sensor, end)
    sort_by(batch, 0, count)  # so that a detection's place says nothing of its origin
    for i in range(count):
        report = batch.report[batch.row["order"][i]]
        detection = detections_out[i]
        detection["identity"] = batch.row["identity"][batch.row["order"][i]]
        detection["time"], detection["range"], detection["azimuth"] = report[0], report[1], report[2]
        detection["elevation"], detection["range_rate"] = report[3], report[4]
        detection["sigma_range"], detection["sigma_azimuth"] = report[5], report[6]
        detection["sigma_elevation"], detection["sigma_range_rate"] = report[7], report[8]
    return count
