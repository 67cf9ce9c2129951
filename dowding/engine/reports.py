"""What a report may say besides its measurements, and the errors that they have."""

import math

from dowding._jit import kernel
from dowding.engine.state import Batch, Reals, Records
from dowding.physics.geodesy import full_turn
from dowding.physics.radar import MONOPULSE_CONSTANT, RANGE_CONSTANT, from_decibels, measurement_sigma
from dowding.tracking.picture import SensorGeometry


@kernel
def label(batch: Batch, row: int, kind: int, identity: int) -> None:
    """Say what a report is, and what was answered (-1 for nothing); it has no position or altitude of its own yet."""
    batch.row["kind"][row], batch.row["identity"][row] = kind, identity
    batch.row["x"][row], batch.row["y"][row], batch.row["z"][row] = math.nan, math.nan, math.nan
    batch.row["altitude"][row] = math.nan


@kernel
def note_truth(batch: Batch, row: int, target: int, truth: tuple[float, float, float], decibels: float, probability: float) -> None:
    """Remember what a report came from, for scoring: target (-1 for none), range (m), azimuth and elevation (rad)."""
    batch.row["origin"][row], batch.row["true_range"][row] = target, truth[0]
    batch.row["true_azimuth"][row], batch.row["true_elevation"][row] = truth[1], truth[2]
    batch.row["mean_snr_db"][row], batch.row["probability"][row] = decibels, probability


@kernel
def bearing_errors(geometry: SensorGeometry, sensors: Records, sensor: int, ratio: float, report: Reals) -> None:
    """Fill the standard errors of a report without range; `ratio` of signal to noise is after all integration."""
    floor = sensors["angle_floor"][sensor]
    report[5], report[7], report[8] = math.nan, math.nan, math.nan
    report[6] = measurement_sigma(sensors["azimuth_beamwidth"][sensor], MONOPULSE_CONSTANT, ratio, floor)
    if geometry.measures_elevation[sensor]:
        report[7] = measurement_sigma(sensors["elevation_beamwidth"][sensor], MONOPULSE_CONSTANT, ratio, floor)


@kernel
def report_errors(geometry: SensorGeometry, sensors: Records, sensor: int, snr_db: float, report: Reals) -> None:
    """Fill the standard errors and the signal-to-noise ratio of one plot; `snr_db` is of one pulse."""
    shown = max(snr_db, sensors["snr_floor_db"][sensor])  # a weaker echo passed the threshold only because it fluctuated upward
    energy = from_decibels(shown) * sensors["pulses"][sensor]
    bearing_errors(geometry, sensors, sensor, energy, report)
    report[5] = measurement_sigma(sensors["range_resolution"][sensor], RANGE_CONSTANT, energy, sensors["range_floor"][sensor])
    if geometry.measures_range_rate[sensor]:
        report[8] = measurement_sigma(sensors["range_rate_resolution"][sensor], RANGE_CONSTANT, energy, 0.0)
    report[9] = shown


@kernel
def measure(geometry: SensorGeometry, sensor: int, normal: tuple[float, float, float, float], report: Reals) -> None:
    """Add errors to the true values in a report and put angles back in their range; what is not measured becomes NaN."""
    if not math.isnan(report[1]):
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
