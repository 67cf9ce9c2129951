"""Resolution cells of one dwell: targets that a sensor cannot tell apart return one echo."""

import math

from dowding._jit import kernel
from dowding.engine.state import Batch, Reals, Records
from dowding.physics.radar import decibels, from_decibels
from dowding.physics.resolution import angle_between, is_unresolved
from dowding.tracking.picture import SensorGeometry

ABSORBED = -2  # origin of an echo that went into another's


@kernel
def sort_by(batch: Batch, column: int, count: int) -> None:
    """Order the first rows of a batch by a column of their reports (D. L. Shell, 1959; gaps of Ciura, 2001)."""
    order = batch.row["order"]
    for i in range(count):
        order[i] = i
    for gap in (1750, 701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, count):
            row = order[i]
            value = batch.report[row, column]
            j = i
            while j >= gap and batch.report[order[j - gap], column] > value:
                order[j] = order[j - gap]
                j -= gap
            order[j] = row


@kernel
def _are_one(a: Reals, b: Reals, geometry: SensorGeometry, sensors: Records, sensor: int) -> bool:
    """Whether two echoes lie in one cell; a coordinate that the sensor does not measure tells nothing apart."""
    elevation_width = sensors["elevation_beamwidth"][sensor] if geometry.measures_elevation[sensor] else math.inf
    speed_resolution = sensors["range_rate_resolution"][sensor] if geometry.measures_range_rate[sensor] else math.inf
    across, resolution = angle_between(a[2], b[2]), sensors["range_resolution"][sensor]
    width = sensors["azimuth_beamwidth"][sensor]
    return is_unresolved(a[1] - b[1], across, a[3] - b[3], a[4] - b[4], resolution, width, elevation_width, speed_resolution)


@kernel
def _absorb(batch: Batch, kept: int, other: int) -> None:
    """Add an echo to another: powers sum (their phases are random), what is reported is the mean weighted by power."""
    a, b = batch.report[kept], batch.report[other]
    power, more = from_decibels(a[9]), from_decibels(b[9])
    share = more / (power + more)
    for column in (0, 1, 3, 4):
        a[column] += share * (b[column] - a[column])
    turn = b[2] - a[2]
    a[2] += share * (turn - 2.0 * math.pi * math.floor(turn / (2.0 * math.pi) + 0.5))
    a[9] = decibels(power + more)
    row = batch.row
    if row["loudest"][other] > row["loudest"][kept]:
        row["loudest"][kept], row["origin"][kept] = row["loudest"][other], row["origin"][other]
        row["true_range"][kept], row["true_azimuth"][kept] = row["true_range"][other], row["true_azimuth"][other]
        row["true_elevation"][kept] = row["true_elevation"][other]
    row["origin"][other] = ABSORBED
    row["echoes"][kept] += row["echoes"][other]


@kernel
def merge_cells(batch: Batch, geometry: SensorGeometry, sensors: Records, sensor: int, count: int) -> None:
    """Merge the first `count` echoes of a batch cell by cell, the nearest first; the absorbed ones get ABSORBED for origin.

    A report's last column is the mean signal-to-noise ratio in decibels.
    """
    sort_by(batch, 1, count)
    order, resolution = batch.row["order"], sensors["range_resolution"][sensor]
    for i in range(count):
        kept = order[i]
        if batch.row["origin"][kept] == ABSORBED:
            continue
        nearest = batch.report[kept, 1]
        for j in range(i + 1, count):
            other = order[j]
            if batch.report[other, 1] - nearest >= resolution:
                break
            if batch.row["origin"][other] != ABSORBED and _are_one(batch.report[kept], batch.report[other], geometry, sensors, sensor):
                _absorb(batch, kept, other)
