"""How thick false alarms lie around a sensor, learnt on the way: a map of range and azimuth that forgets exponentially.

A cell's density is what was seen there, in detections that no track claims, and the sensor's nominal density for MAP_LOOKS looks.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.measurement import AZIMUTH, RANGE, RANGE_RATES, is_position_report
from dowding.tracking.picture import SensorGeometry, TrackBank

SEEN, EXPOSED = 0, 1  # last axis of TrackBank.clutter
MAP_LOOKS = 3.0  # looks at a cell that the nominal density counts for
LEAST_RATIO = 1e-3  # of a cell's density to the nominal one


@kernel
def place_in_map(bank: TrackBank, sensors: SensorGeometry, sensor: int, distance: float, azimuth: float) -> tuple[int, int]:
    """Cell of a range (m) and azimuth (rad); what lies beyond the ranges belongs to the outermost cells."""
    around, deep = bank.clutter.shape[1], bank.clutter.shape[2]
    turn = (half_turn(azimuth) + math.pi) / (2.0 * math.pi)
    part = (distance - sensors.range_min[sensor]) / (sensors.range_max[sensor] - sensors.range_min[sensor])
    return min(int(turn * around), around - 1), min(max(int(part * deep), 0), deep - 1)


@kernel
def cell_volume(bank: TrackBank, sensors: SensorGeometry, sensor: int) -> float:
    """Measurement space in a cell, in the units of clutter_density."""
    deep = (sensors.range_max[sensor] - sensors.range_min[sensor]) / bank.clutter.shape[2]
    volume = deep * 2.0 * math.pi / bank.clutter.shape[1]
    if sensors.measures_elevation[sensor] == 1:
        volume *= sensors.elevation_max[sensor] - sensors.elevation_min[sensor]
    if sensors.measures_range_rate[sensor] == 1:
        volume *= RANGE_RATES
    return float(volume)


@kernel
def clutter_ratio(bank: TrackBank, memory: float | None, sensors: SensorGeometry, sensor: int, d: int) -> float:
    """Density of false alarms where a detection lies, over the sensor's nominal one; 1 without a map, or where there is no place in it.

    `memory` is that of the config.
    """
    if memory is None:
        return 1.0
    measured = bank.work.measured
    distance, azimuth = measured[d, RANGE], measured[d, AZIMUTH]
    if is_position_report(measured, d) or math.isnan(distance + azimuth):
        return 1.0
    a, r = place_in_map(bank, sensors, sensor, distance, azimuth)
    return ratio_in_cell(bank, sensors, sensor, a, r)


@kernel
def ratio_in_cell(bank: TrackBank, sensors: SensorGeometry, sensor: int, a: int, r: int) -> float:
    """Density in a cell over the sensor's nominal one."""
    # the mean of a Poisson rate whose prior is a gamma distribution of MAP_LOOKS looks: Gelman et al. (2013), "Bayesian data analysis",
    # 3rd edition, sec 2.6
    cell, usual = bank.clutter[sensor, a, r], sensors.clutter_density[sensor] * cell_volume(bank, sensors, sensor)
    return float(max((MAP_LOOKS * usual + cell[SEEN]) / (MAP_LOOKS + cell[EXPOSED]) / usual, LEAST_RATIO))


@kernel
def learn_clutter(
    bank: TrackBank, memory: float | None, sensors: SensorGeometry, sensor: int, azimuth_start: float, azimuth_end: float, count: int
) -> None:
    """Take a dwell's free detections into the map; what was seen fades by exp(-1 / memory) a look."""
    if memory is None:
        return
    around = bank.clutter.shape[1]
    wide = 2.0 * math.pi / around
    for a in range(around):
        low = a * wide - math.pi
        looked = 0.0
        for turn in range(-1, 2):
            first, last = azimuth_start + 2.0 * math.pi * turn, azimuth_end + 2.0 * math.pi * turn
            looked += max(min(last, low + wide) - max(first, low), 0.0) / wide
        looked = min(looked, 1.0)
        if looked > 0.0:
            fading = math.exp(-looked / memory)
            for r in range(bank.clutter.shape[2]):
                cell = bank.clutter[sensor, a, r]
                cell[SEEN] *= fading
                cell[EXPOSED] = cell[EXPOSED] * fading + looked
    measured, column = bank.work.measured, bank.work.column
    for d in range(count):
        if column[d]["valid"] == 0 or is_position_report(measured, d) or math.isnan(measured[d, RANGE] + measured[d, AZIMUTH]):
            continue
        a, r = place_in_map(bank, sensors, sensor, measured[d, RANGE], measured[d, AZIMUTH])
        bank.clutter[sensor, a, r, SEEN] += max(1.0 - column[d]["claimed"], 0.0)
