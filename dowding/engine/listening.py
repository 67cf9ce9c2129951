"""Receivers listen: emitters give bearings, transponders answer with their identity, broadcasts give positions. Truth in, reports out."""

import math

from dowding import _random
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.motion import target_state
from dowding.engine.record import Rows, is_wanted, next_row
from dowding.engine.reports import bearing_errors, label, measure, note_truth
from dowding.engine.sight import bends_below, ground_loss, has_ground, line_to, reflects
from dowding.engine.standing import place_sensor
from dowding.engine.state import BEARING, POSITION, REPLY, Batch, Reals, Records, Sky
from dowding.model import Flights, Model
from dowding.model.bundles import ADS_B, DIRECTION_FINDER
from dowding.model.propagating import path_loss
from dowding.physics.detection import table_probability
from dowding.physics.geodesy import azimuth_elevation_range, full_turn, height_above_ellipsoid, rotate
from dowding.physics.horizon import Horizons
from dowding.physics.radar import from_decibels
from dowding.tracking.picture import SensorGeometry

STEADY = 0  # Swerling case of a signal that does not fluctuate
LEAST_SIGMA_M = 1.0  # m, no range is more exact
State = tuple[float, float, float, float, float, float]


@kernel
def loudest(flights: Flights, sensor: int, row: int, t: float) -> float:
    """C (m^2) of the strongest emission of a target that a receiver hears at time t; 0 for none."""
    best, targets = 0.0, flights.targets
    for k in range(targets["emission_first"][row], targets["emission_end"][row]):
        if flights.emissions["on"][k] <= t < flights.emissions["off"][k]:
            best = max(best, flights.heard[k, sensor])
    return best


@kernel
def hear(
    geometry: SensorGeometry, sensors: Records, detection: Reals, loss: Reals, horizons: Horizons, factor: float, sensor: int,
    constant: float, place: tuple[float, float, float], height: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Probability that a receiver reports an emission in one period: the one detection function of receivers, as `look` is of radars.

    `constant` C (m^2) as in `one_way`, `place` (m, theatre), `height` m above the ellipsoid. Returns (probability, signal-to-noise ratio
    dB, range m, azimuth rad, elevation rad), all of them 0 outside range and elevation limits and where something is in the way.
    """
    site = geometry.position[sensor]
    east, north, up = rotate(geometry.rotation[sensor], place[0] - site[0], place[1] - site[1], place[2] - site[2])
    azimuth, elevation, distance = azimuth_elevation_range(east, north, up)
    if constant <= 0.0 or distance <= 0.0 or distance < geometry.range_min[sensor] or distance > geometry.range_max[sensor]:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    ground, rise, run, clear = line_to(geometry, sensors, factor, sensor, east, north, distance, height)
    if rise < sensors["slope_min"][sensor] * run or rise > sensors["slope_max"][sensor] * run:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    if not clear and not bends_below(geometry, horizons, loss, sensor):
        return 0.0, 0.0, 0.0, 0.0, 0.0
    behind = 0.0
    if has_ground(geometry, horizons, sensor):
        behind = ground_loss(geometry, horizons, factor, sensor, azimuth, ground, rise, run)[0]
    if behind == math.inf:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    mirror = reflects(geometry, horizons, loss, sensor, azimuth, ground, height)
    lost = behind + path_loss(
        loss, sensor, sensors["height"][sensor], factor * geometry.earth_radius[sensor], height, distance, mirror
    )
    decibels = 10.0 * math.log10(constant / (distance * distance)) - 0.5 * lost
    start, step = sensors["table_start_db"][sensor], sensors["table_step_db"][sensor]
    probability = table_probability(start, step, detection[sensor, STEADY], decibels) * sensors["report_share"][sensor]
    return probability, decibels, distance, azimuth, elevation


@kernel
def _answer(geometry: SensorGeometry, sensors: Records, sensor: int, altitude_error: float, report: Reals) -> None:
    """Errors of a secondary radar's report: range and azimuth are its own, elevation follows from the altitude that was answered."""
    report[5] = max(sensors["range_floor"][sensor], LEAST_SIGMA_M)
    report[7] = altitude_error / max(report[1] * math.cos(report[3]), 1.0)


@kernel
def _broadcast(
    model: Model, geometry: SensorGeometry, batch: Batch, row: int, sensor: int, target: int, state: State, normal: State
) -> None:
    """A report of the position that a target believes to have, as range and angles from the receiver."""
    level, upward = model.flights.targets["position_error"][target], model.flights.targets["altitude_error"][target]
    centre, spin = model.defence.frame.earth_centre, model.defence.frame.spin_axis
    ux, uy, uz = state[0] - centre[0], state[1] - centre[1], state[2] - centre[2]
    scale = 1.0 / math.sqrt(ux * ux + uy * uy + uz * uz)
    ux, uy, uz = ux * scale, uy * scale, uz * scale
    ex, ey, ez = spin[1] * uz - spin[2] * uy, spin[2] * ux - spin[0] * uz, spin[0] * uy - spin[1] * ux
    scale = 1.0 / max(math.sqrt(ex * ex + ey * ey + ez * ez), 1e-9)
    ex, ey, ez = ex * scale, ey * scale, ez * scale
    nx, ny, nz = uy * ez - uz * ey, uz * ex - ux * ez, ux * ey - uy * ex
    a, b, c = normal[0] * level, normal[1] * level, normal[2] * upward
    x, y, z = state[0] + a * ex + b * nx + c * ux, state[1] + a * ey + b * ny + c * uy, state[2] + a * ez + b * nz + c * uz
    batch.row["x"][row], batch.row["y"][row], batch.row["z"][row] = x, y, z
    site, report = geometry.position[sensor], batch.report[row]
    east, north, up = rotate(geometry.rotation[sensor], x - site[0], y - site[1], z - site[2])
    azimuth, elevation, distance = azimuth_elevation_range(east, north, up)
    sine, cosine = math.sin(elevation), math.cos(elevation)
    report[1], report[2], report[3] = max(distance, 1.0), full_turn(azimuth), elevation
    report[5] = math.sqrt((level * cosine) ** 2 + (upward * sine) ** 2)
    report[6] = level / max(distance * cosine, 1.0)
    report[7] = math.sqrt((level * sine) ** 2 + (upward * cosine) ** 2) / max(distance, 1.0)


@kernel
def _write_report(
    model: Model, geometry: SensorGeometry, batch: Batch, row: int, luck: Luck, sensor: int, scan: int, target: int, state: State,
    truth: tuple[float, float, float], decibels: float, probability: float,
) -> None:  # fmt: skip
    """One report of a target that was heard, in the form that the receiver's kind gives it; its time is there already."""
    sensors, targets, report = model.defence.sensors, model.flights.targets, batch.report[row]
    kind, shown = sensors["kind"][sensor], max(decibels, sensors["snr_floor_db"][sensor])
    report[1], report[2], report[3], report[4] = truth[0], truth[1], truth[2], math.nan
    report[9] = shown
    bearing_errors(geometry, sensors, sensor, from_decibels(shown), report)
    note_truth(batch, row, target, truth, decibels, probability)
    v = _random.uniforms(luck, _random.MEASURE, scan, targets["key"][target], sensors["key"][sensor])
    n0, n1, n2, n3 = _random.normals(v[0], v[1], v[2], v[3])
    if kind == DIRECTION_FINDER:
        label(batch, row, BEARING, -1)
        report[1] = math.nan
        measure(geometry, sensor, (n0, n1, n2, n3), report)
        return
    label(batch, row, POSITION if kind == ADS_B else REPLY, targets["identity"][target])
    height = height_above_ellipsoid(model.defence.frame, state[0], state[1], state[2])
    batch.row["altitude"][row] = height + n2 * targets["altitude_error"][target]
    if kind == ADS_B:
        _broadcast(model, geometry, batch, row, sensor, target, state, (n0, n1, n2, n3, 0.0, 0.0))
    else:
        _answer(geometry, sensors, sensor, targets["altitude_error"][target], report)
        measure(geometry, sensor, (n0, n1, n2, n3), report)


@kernel
def listen(
    model: Model, geometry: SensorGeometry, sky: Sky, scans: Records, batch: Batch, looks: Rows, luck: Luck, sensor: int, number: int,
    end: float,
) -> int:  # fmt: skip
    """Report what a receiver hears of targets in dwell `number`, which ends at `end` (s), each once a scan; returns how many reports."""
    defence, flights, targets, count = model.defence, model.flights, model.flights.targets, 0
    sensors, factor = defence.sensors, defence.settings.effective_earth_factor
    scan, k = number // sensors["dwells"][sensor], sky.first[sensor, number % sensors["dwells"][sensor]]
    while k >= 0:
        row, k = k, sky.next[sensor, k]
        t = min(sky.look_time[sensor, row], end)
        if t < max(targets["start"][row], 0.0) or t >= min(sky.target["end"][row], sky.target["ended"][row]):
            continue
        constant = loudest(flights, sensor, row, t)
        if constant <= 0.0:
            continue
        state = target_state(sky.target, flights.paths, row, t)
        place_sensor(model, geometry, scans["knot"], sensor, t)
        height, place = height_above_ellipsoid(defence.frame, state[0], state[1], state[2]), (state[0], state[1], state[2])
        probability, decibels, distance, azimuth, elevation = hear(
            geometry, sensors, defence.detection, defence.loss, defence.horizons, factor, sensor, constant, place, height
        )
        sweep = sensors["sweep"][sensor]
        if probability <= 0.0 or full_turn(azimuth - geometry.boresight[sensor] + 0.5 * sweep) > sweep:
            continue
        hit = _random.uniforms(luck, _random.DETECT, scan, targets["key"][row], sensors["key"][sensor])[0] < probability
        if is_wanted(looks):
            at = next_row(looks)
            looks.real[at, 0], looks.real[at, 1] = t, distance
            looks.real[at, 2], looks.real[at, 3] = decibels, probability
            looks.whole[at, 0], looks.whole[at, 1], looks.whole[at, 2] = sensor, row, hit
        if hit:
            batch.report[count, 0] = t
            truth = (distance, azimuth, elevation)
            _write_report(model, geometry, batch, count, luck, sensor, scan, row, state, truth, decibels, probability)
            count += 1
    return count
