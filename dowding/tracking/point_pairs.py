"""Which free detection may be the second of a point's target: pairs of a positive score.

A point costs little: its motion models are built only where closed forms leave a chance for a detection that its target could have reached.
"""

import math
from typing import NamedTuple

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.association import FREE_PART, spread_of_times
from dowding.tracking.existence import SPLIT_PLOT, lost_by_miss
from dowding.tracking.gating import (
    AZIMUTH_LOW,
    MIDDLE,
    find_near,
    is_in_window,
    likelihood,
    predict_row,
    widest_gate,
)
from dowding.tracking.initiation import begin_state, can_start
from dowding.tracking.lifecycle import store_slot
from dowding.tracking.measurement import (
    AZIMUTH,
    ELEVATION,
    RANGE,
    RANGE_RATE,
    SIGMA,
    TIME,
    assumed_elevation,
    is_position_report,
    local,
    polar,
    position_of,
)
from dowding.tracking.picture import (
    MEASURED,
    POINTS,
    Records,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
    Workspace,
)
from dowding.tracking.plausibility import (
    AGILITY,
    SLACK,
    Four,
    note_priors,
    rough_elsewhere,
    rough_likelihood,
    rough_window,
    smallest_sigmas,
)
from dowding.tracking.standing import put_at, stand_at
from dowding.tracking.wedge import Wedge, outside, wedge_of

LATE_LOOK = 0.1  # part of a scan by which a moving target may meet the beam later than a scan before


class Ball(NamedTuple):
    """A ball in space."""

    x: float  # m, theatre, its middle
    y: float
    z: float
    radius: float  # m


@kernel
def look_at_point(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, k: int) -> int:
    """Build the models of a point in the bank's last slot, whose number is returned."""
    work, scratch = bank.work, bank.work.measured.shape[0] - 1
    for i in range(MEASURED):
        work.measured[scratch, i] = bank.point_measured[k, i]
    begin_point(bank.point, config, sensors, k, scratch, work)
    store_slot(bank, config, bank.track.shape[0])
    return int(bank.track.shape[0])


@kernel
def begin_point(points: Records, config: TrackerConfig, sensors: SensorGeometry, k: int, d: int, work: Workspace) -> None:
    """begin_state for a point; a sensor that moves is put back to where it stood then, and comes back."""
    sensor = points["sensor"][k]
    if sensors.moves[sensor] == 0:
        begin_state(config, sensors, sensor, d, work)
        return
    centre, axis, t = config.earth[0:3], config.earth[3:6], sensors.epoch[sensor]
    place = (sensors.anchor[sensor, 0], sensors.anchor[sensor, 1], sensors.anchor[sensor, 2])
    velocity = (sensors.velocity[sensor, 0], sensors.velocity[sensor, 1], sensors.velocity[sensor, 2])
    standing = (sensors.position[sensor, 0], sensors.position[sensor, 1], sensors.position[sensor, 2])
    then = (points["sensor_x"][k], points["sensor_y"][k], points["sensor_z"][k])
    put_at(sensors, sensor, centre, axis, then, velocity, points["time"][k])
    begin_state(config, sensors, sensor, d, work)
    put_at(sensors, sensor, centre, axis, place, velocity, t)
    for i in range(3):
        sensors.position[sensor, i] = standing[i]


@kernel
def find_for_point(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, k: int, dt: float, lag: float, smallest: Four,
    rival: float,
) -> int:  # fmt: skip
    """List in near["found"] the free detections that a point's target may have made `dt` seconds later; returns how many.

    `lag` (s) is the furthest that a detection lies from that time, `smallest` are the least sigmas of the dwell and `rival` its least
    density of false alarms and new targets.
    """
    own, same = bank.point_measured[k], bank.point["sensor"][k] == sensor
    # a position report has no range, and a dwell with position reports no smallest sigma
    if config.wide is None and same and sensors.moves[sensor] == 0 and not math.isnan(own[RANGE] + smallest[0]):
        return find_plausible(bank, config, sensors, sensor, k, dt, lag, smallest, rival)
    found = find_within_reach(bank, sensors, sensor, k, dt, lag)
    return found if same or found == 0 or config.wide is not None else keep_likely(bank, config, sensors, sensor, k, found)


@kernel
def keep_likely(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, k: int, found: int) -> int:
    """Of the detections found for another radar's point, keep those that closed forms leave a positive score; returns how many."""
    work, point, own, kept = bank.work, bank.point[k], bank.point_measured[k], 0
    note_priors(config, work, (point["x"], point["y"], point["z"]), own)
    known, missing = point["weight"] + math.log(sensors.detection_probability[sensor]), lost_by_miss(sensors, point["sensor"])
    for f in range(found):
        d = work.near[f]["found"]
        rough = rough_elsewhere(config, work, sensors, sensor, point, own, d, work.measured[d, TIME] - point["time"])
        missed = missed_looks(bank, sensors, k, sensor, work.measured[d, TIME]) * missing
        if known + missed + rough - math.log(work.column[d]["rival"]) > -SLACK:
            work.near[kept]["found"] = d
            kept += 1
    return kept


@kernel
def is_kept(bank: TrackBank, k: int, d: int, same: bool) -> bool:
    """Whether detection `d` is free, says where its target is, and, of the same sensor, has a range that both range rates allow."""
    own, measured = bank.point_measured[k], bank.work.measured
    if bank.work.column[d]["claimed"] >= FREE_PART or not can_start(measured, d):
        return False
    if not same:
        return True
    # the mean of both range rates makes the way but for a change of acceleration
    passed = measured[d, TIME] - bank.point["time"][k]
    gap = measured[d, RANGE] - own[RANGE] - 0.5 * passed * (own[RANGE_RATE] + measured[d, RANGE_RATE])
    noise = 5.0 * (measured[d, SIGMA + RANGE] + own[SIGMA + RANGE] + passed * own[SIGMA + RANGE_RATE])
    return not abs(gap) > noise + AGILITY * passed * passed / 8.0  # a rate that was not measured is no hindrance


@kernel
def find_plausible(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, k: int, dt: float, lag: float, smallest: Four,
    rival: float,
) -> int:  # fmt: skip
    """As find_for_point, of a radar that stands and saw the point itself: only what closed forms leave a positive score."""
    work, point, own = bank.work, bank.point[k], bank.point_measured[k]
    azimuth = half_turn(own[AZIMUTH] - work.grid[MIDDLE])
    ground = 0.5 * math.hypot(point["x"] - sensors.position[sensor, 0], point["y"] - sensors.position[sensor, 1])
    way = point["reach"] + (dt + lag) * point["reach_rate"] + 5.0 * work.window[0, 1] * own[RANGE]
    if way < ground and abs(azimuth) > way / ground - work.grid[AZIMUTH_LOW]:
        return 0
    note_priors(config, work, (point["x"], point["y"], point["z"]), own)
    known = point["weight"] + math.log(sensors.detection_probability[sensor])
    known += missed_looks(bank, sensors, k, sensor, point["time"] + dt) * lost_by_miss(sensors, sensor)
    half, across = rough_window(config, work, own, smallest, dt, lag, known - math.log(rival))
    if half < 0.0:
        return 0
    rate = 0.0 if math.isnan(own[RANGE_RATE]) else own[RANGE_RATE]
    near, measured, kept = work.near, work.measured, 0
    for f in range(find_near(work, own[RANGE] + dt * rate, azimuth, half, min(across, math.pi))):
        d = near[f]["found"]
        if is_kept(bank, k, d, True):
            rough = rough_likelihood(config, work, own, d, measured[d, TIME] - point["time"]) - math.log(work.column[d]["rival"])
            if known + rough > -SLACK:
                near[kept]["found"] = d
                kept += 1
    return kept


@kernel
def find_within_reach(bank: TrackBank, sensors: SensorGeometry, sensor: int, k: int, dt: float, lag: float) -> int:
    """As find_for_point, of any sensor: all that a target of a sensible speed can have reached."""
    work, point, own = bank.work, bank.point[k], bank.point_measured[k]
    x, y, z = point["x"], point["y"], point["z"]
    before, azimuth, elevation = polar(sensors.position, sensors.rotation, sensor, x, y, z)
    distance, ground = before, before * math.cos(elevation)
    way = point["reach"] + (dt + lag) * point["reach_rate"]
    half, same = way, point["sensor"] == sensor and not math.isnan(own[RANGE_RATE])
    if same:
        # a known range rate leaves to the range what the target accelerates, and the bend of its way across the line of sight
        distance += dt * own[RANGE_RATE]
        half = point["reach"] + 0.5 * AGILITY * dt * dt + way * way / (2.0 * max(distance, 1.0)) + lag * abs(own[RANGE_RATE])
        half = min(half, 2.0 * way)
    across = math.asin(way / ground) if way < 0.9 * ground else math.pi
    window, near, kept = work.window, work.near, 0
    found = find_near(work, distance, half_turn(azimuth - work.grid[MIDDLE]), half + 5.0 * window[0, 0], across + 5.0 * window[0, 1])
    for f in range(found):
        d = near[f]["found"]
        if is_kept(bank, k, d, same):
            near[kept]["found"] = d
            kept += 1
    return kept


@kernel
def span_of_free(work: Workspace, count: int) -> tuple[int, Wedge, float, float]:
    """How many detections are free, and the azimuths and ranges (m) between which they lie; everything where one has no place."""
    free, left, right, nearest, farthest = 0, math.pi, -math.pi, math.inf, 0.0
    for d in range(count):
        column = work.column[d]
        if column["valid"] == 0 or column["claimed"] >= FREE_PART or not can_start(work.measured, d):
            continue
        free += 1
        if math.isnan(column["range"] + column["azimuth"]):
            left, right, nearest, farthest = -math.pi, math.pi, 0.0, math.inf
            continue
        left, right = min(left, column["azimuth"]), max(right, column["azimuth"])
        nearest, farthest = min(nearest, column["range"]), max(farthest, column["range"])
    half = 0.5 * (right - left) + 5.0 * work.window[0, 1]
    wedge = wedge_of(work.grid[MIDDLE] + 0.5 * (left + right), half)
    return free, wedge, nearest - 5.0 * work.window[0, 0], farthest + 5.0 * work.window[0, 0]


@kernel
def ball_of_free(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, count: int) -> Ball:
    """A ball about the free detections and what their errors allow; one of everything where one of them is a position report."""
    work, x, y, z, free, radius = bank.work, 0.0, 0.0, 0.0, 0, 0.0
    for again in range(2):
        for d in range(count):
            column, row = work.column[d], work.measured[d]
            if column["valid"] == 0 or column["claimed"] >= FREE_PART or not can_start(work.measured, d):
                continue
            if is_position_report(work.measured, d):
                return Ball(0.0, 0.0, 0.0, math.inf)
            elevation, sigma = row[ELEVATION], row[SIGMA + ELEVATION]
            if math.isnan(elevation):
                elevation, sigma = assumed_elevation(config, sensors, sensor, row[RANGE])
            there = position_of(sensors, sensor, row[RANGE], row[AZIMUTH], elevation)
            if again == 0:
                x, y, z, free = x + there[0], y + there[1], z + there[2], free + 1
                continue
            away = math.sqrt((there[0] - x) ** 2 + (there[1] - y) ** 2 + (there[2] - z) ** 2)
            error = row[SIGMA + RANGE] + row[RANGE] * (row[SIGMA + AZIMUTH] + sigma)
            radius = max(radius, away + 5.0 * error)
        if again == 0:
            x, y, z = x / max(free, 1), y / max(free, 1), z / max(free, 1)
    return Ball(x, y, z, radius)


@kernel
def is_out_of_reach(bank: TrackBank, k: int, dt: float, ball: Ball) -> bool:
    """Whether a point's target cannot have come into a ball in `dt` seconds."""
    point = bank.point[k]
    x, y, z = point["x"] - ball.x, point["y"] - ball.y, point["z"] - ball.z
    way = point["reach"] + dt * point["reach_rate"] + ball.radius
    return bool(x * x + y * y + z * z > way * way)


@kernel
def is_far(
    bank: TrackBank, sensors: SensorGeometry, sensor: int, k: int, dt: float, wedge: Wedge, nearest: float, farthest: float
) -> bool:
    """Whether a point's target cannot have come to any free detection in `dt` seconds; find_for_point asks exactly."""
    point = bank.point[k]
    way = point["reach"] + dt * point["reach_rate"]
    east, north, up = local(sensors.position, sensors.rotation, sensor, point["x"], point["y"], point["z"])
    ground2 = east * east + north * north
    distance = math.sqrt(ground2 + up * up)
    if distance - way > farthest or distance + way < nearest:
        return True
    return bool(outside(wedge, east, north) > way and way * way < 0.81 * ground2)


@kernel
def pair_points(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, count: int) -> int:
    """Fill work.point_row and work.pair with what may belong to points; returns the number of rows, or -1 if the pairs did not fit."""
    work, pairs, rows, scratch = bank.work, 0, 0, bank.work.row_x.shape[0] - 1
    mean, lag = spread_of_times(work.measured, count, now)
    smallest, rival, detected = smallest_sigmas(work.measured, count), math.inf, sensors.detection_probability[sensor]
    free, wedge, nearest, farthest = span_of_free(work, count)
    if free == 0:
        work.point_row[0]["start"] = 0
        return 0
    ball = ball_of_free(bank, config, sensors, sensor, count)
    for d in range(count):
        rival = min(rival, work.column[d]["rival"])
    for k in range(bank.counters[POINTS]):
        if bank.point_until[k] == -math.inf:
            continue
        point, dt = bank.point[k], mean - bank.point["time"][k]
        if dt < 0.0 or (point["sensor"] == sensor and dt < SPLIT_PLOT * sensors.period[sensor]):
            continue
        if is_out_of_reach(bank, k, dt + lag, ball):
            continue
        if point["sensor"] != sensor and is_far(bank, sensors, sensor, k, dt + lag, wedge, nearest, farthest):
            continue
        found = find_for_point(bank, config, sensors, sensor, k, dt, lag, smallest, rival)
        if found == 0:
            continue
        time = work.measured[work.near[0]["found"], TIME]
        stand_at(sensors, sensor, time)
        predict_row(bank, config, sensors, sensor, look_at_point(bank, config, sensors, k), scratch, time - point["time"])
        widest_gate(work, scratch, config.gate[4], lag + abs(time - mean))
        first, missed = pairs, missed_looks(bank, sensors, k, sensor, time) * lost_by_miss(sensors, point["sensor"])
        for f in range(found):
            d = work.near[f]["found"]
            if not is_in_window(work, scratch, d):
                continue
            density = likelihood(work, config, sensors, sensor, scratch, time, d)
            gain = math.log(detected * density / work.column[d]["rival"] + 1e-300)
            score = point["weight"] + missed + gain
            if score > 0.0:
                if pairs == work.pair.shape[0]:
                    return -1
                work.pair[pairs]["column"], work.pair[pairs]["cost"] = d, -score
                pairs += 1
        if pairs > first:
            work.point_row[rows]["slot"], work.point_row[rows]["start"] = k, first
            rows += 1
    work.point_row[rows]["start"] = pairs
    return rows


@kernel
def missed_looks(bank: TrackBank, sensors: SensorGeometry, k: int, sensor: int, time: float) -> int:
    """Looks of its own sensor since a point that did not see it again, up to a detection of a sensor at `time` (s)."""
    point = bank.point[k]
    own = point["sensor"]
    scans = (time - point["time"]) / sensors.period[own]
    if own == sensor:
        return int(max(round(scans) - 1, 0))
    return int(max(math.floor(scans - LATE_LOOK), 0))
