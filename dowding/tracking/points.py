"""Points: detections that no track has, each perhaps the first of a new target; kept until they have waited too long."""

import math
from typing import Any

from dowding._jit import kernel
from dowding.tracking.association import FREE_PART
from dowding.tracking.clutter_map import clutter_ratio
from dowding.tracking.existence import SPLIT_PLOT, lost_by_miss
from dowding.tracking.free_fall import height_above_ground
from dowding.tracking.gating import MODEL_FLOOR
from dowding.tracking.initiation import can_start
from dowding.tracking.measurement import (
    AZIMUTH,
    ELEVATION,
    POSITION,
    POSITION_NOISE,
    RANGE,
    SIGMA,
    TIME,
    assumed_elevation,
    is_position_report,
    position_of,
)
from dowding.tracking.motion_models import ballistic_weight, falls
from dowding.tracking.picture import (
    MEASURED,
    POINTS,
    Floats,
    Integers,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
)
from dowding.tracking.screening import NO_ROOM
from dowding.tracking.standing import stand_at

GAPS_LEAST, GAPS_PART = 16, 8  # gaps among the points that are worth closing: so many and one for so many points


@kernel
def waits(config: TrackerConfig, sensors: SensorGeometry, sensor: int) -> float:
    """Looks for which a point waits for its second detection, as M of N and the score would have it."""
    affordable = math.floor((config.delete_score - math.log(config.birth_ratio)) / lost_by_miss(sensors, sensor))
    return float(max(min(config.confirm_window - config.confirm_hits, affordable), 0.0) + 1.0)


@kernel
def drop_points(bank: TrackBank, now: float, count: int) -> None:
    """Strike out the points that have waited too long; close the gaps when they are many, or `count` more would not fit."""
    number, struck, until = bank.counters[POINTS], 0, bank.point_until
    for k in range(number):
        if now > until[k]:
            until[k] = -math.inf
            struck += 1
    if struck == number or struck > number // GAPS_PART + GAPS_LEAST or number + count > bank.point.shape[0]:
        close_gaps(bank)


@kernel
def close_gaps(bank: TrackBank) -> None:
    """Move the points together that are not struck out, in their order."""
    kept = 0
    for k in range(bank.counters[POINTS]):
        point = bank.point[k]
        if bank.point_until[k] == -math.inf:
            continue
        if kept < k:
            to, target, source = bank.point[kept], bank.point_measured[kept], bank.point_measured[k]
            to["time"], to["sensor"], to["number"], to["weight"] = point["time"], point["sensor"], point["number"], point["weight"]
            to["x"], to["y"], to["z"] = point["x"], point["y"], point["z"]
            to["sensor_x"], to["sensor_y"], to["sensor_z"] = point["sensor_x"], point["sensor_y"], point["sensor_z"]
            to["reach"], to["reach_rate"], bank.point_until[kept] = point["reach"], point["reach_rate"], bank.point_until[k]
            for i in range(MEASURED):
                target[i] = source[i]
        kept += 1
    bank.counters[POINTS] = kept


@kernel
def add_points(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, number: Integers, count: int) -> None:
    """Keep every detection that is still free as a point; those for which there is no room are counted."""
    work, measured = bank.work, bank.work.measured
    patience = (waits(config, sensors, sensor) + SPLIT_PLOT) * sensors.period[sensor]
    for d in range(count):
        column = work.column[d]
        if column["valid"] == 0 or column["claimed"] >= FREE_PART or not can_start(measured, d):
            continue
        if bank.counters[POINTS] == bank.point.shape[0]:
            bank.faults[NO_ROOM] += 1
            continue
        point, kept = bank.point[bank.counters[POINTS]], bank.point_measured[bank.counters[POINTS]]
        bank.point_until[bank.counters[POINTS]] = measured[d, TIME] + patience
        bank.counters[POINTS] += 1
        for i in range(MEASURED):
            kept[i] = measured[d, i]
        point["time"], point["sensor"], point["number"] = measured[d, TIME], sensor, number[d]
        ratio = clutter_ratio(bank, config.clutter_memory, sensors, sensor, d)
        point["weight"] = math.log(config.birth_ratio * (1.0 - column["claimed"]) / ratio)
        stand_at(sensors, sensor, measured[d, TIME])
        stood = sensors.position[sensor]
        point["sensor_x"], point["sensor_y"], point["sensor_z"] = stood[0], stood[1], stood[2]
        place_point(config, sensors, sensor, measured, d, point)


@kernel
def place_point(config: TrackerConfig, sensors: SensorGeometry, sensor: int, measured: Floats, d: int, point: Any) -> None:
    """Note a point's place, the reach (m) of its error, and that (m/s) of its velocity."""
    if is_position_report(measured, d):
        point["x"], point["y"], point["z"] = measured[d, POSITION], measured[d, POSITION + 1], measured[d, POSITION + 2]
        variance = measured[d, POSITION_NOISE] + measured[d, POSITION_NOISE + 2] + measured[d, POSITION_NOISE + 5]
    else:
        distance, elevation, sigma = measured[d, RANGE], measured[d, ELEVATION], measured[d, SIGMA + ELEVATION]
        if math.isnan(elevation):
            elevation, sigma = assumed_elevation(config, sensors, sensor, distance)
        point["x"], point["y"], point["z"] = position_of(sensors, sensor, distance, measured[d, AZIMUTH], elevation)
        variance = measured[d, SIGMA + RANGE] ** 2 + distance * distance * (measured[d, SIGMA + AZIMUTH] ** 2 + sigma * sigma)
    height, wide, speed = height_above_ground(config.earth, point["x"], point["y"], point["z"]), math.sqrt(config.gate[4]), 0.0
    for model in range(config.model.shape[0]):
        row = config.model[model]
        prior = row["mode_prior"] * (ballistic_weight(config, height, 0.0) if falls(row["kind"]) else 1.0)
        if prior >= MODEL_FLOOR:
            speed = max(speed, math.sqrt(2.0 * row["speed_sigma"] ** 2 + row["climb_sigma"] ** 2))
    point["reach"], point["reach_rate"] = wide * math.sqrt(variance), min(wide * speed, config.max_speed)
