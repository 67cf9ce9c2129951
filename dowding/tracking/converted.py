"""The converted-measurement update: range and angles as an unbiased Cartesian position, with its error's exact covariance.

The covariance is taken where the prediction stands, not where the measurement fell, unless the prediction knows less: else small errors
would come with small variances and bias the estimate.
"""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import Three, absorb_correlated, position_form
from dowding.tracking.extended import absorb_range_rate, sight, update_extended
from dowding.tracking.measurement import (
    AZIMUTH,
    COS_AZIMUTH,
    COS_ELEVATION,
    ELEVATION,
    NEAREST,
    RANGE,
    RANGE_RATE,
    SIGMA,
    SIN_AZIMUTH,
    SIN_ELEVATION,
)
from dowding.tracking.picture import Floats

Pair = tuple[float, float]
Seven = tuple[float, float, float, float, float, float, float]

WIDEST = 1.0  # rad2, an angle's variance beyond which nothing is known of it
SLIMMEST = 1e-3  # least cosine of an elevation, in the volume of a cell


@kernel
def shrinkage(variance: float) -> float:
    """Mean of the cosine of an angle error of this variance (rad2): by so much a converted position falls short."""
    # Lerro and Bar-Shalom (1993), "Tracking with debiased consistent converted measurements versus EKF", eq 5
    return math.exp(-0.5 * variance)


@kernel
def conversion_noise(
    distance2: float, range_variance: float, azimuth_variance: float, elevation: float, elevation_variance: float,
    own_range_variance: float, own_azimuth_variance: float, own_elevation_variance: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Covariance (m2) of an unbiased converted position: across; along the ground; up; along the ground with up.

    distance2 (m2, squared mean range) and elevation are those of the place where it is taken, azimuth there is straight ahead, the three
    own_ variances say how well that place is known; the three others are the measurement's.
    """
    # Bordonaro, Willett and Bar-Shalom (2014), "Decorrelated unbiased converted measurement Kalman filter", eqs 24 to 29, in three
    # dimensions: E[z z'] - E[t t'] for z the conversion and t the true position, both averaged over the place
    true_square = distance2 + own_range_variance
    square = true_square + range_variance
    # means of cos^2, sin^2 and sin cos of the angles, of the truth and of what is measured
    fade, wide = math.exp(-2.0 * own_azimuth_variance), math.exp(-2.0 * (own_azimuth_variance + azimuth_variance))
    true_ahead, ahead = 0.5 * (1.0 + fade), 0.5 * (1.0 + wide)
    steep, wide_steep = math.exp(-2.0 * own_elevation_variance), math.exp(-2.0 * (own_elevation_variance + elevation_variance))
    c2, s2 = math.cos(2.0 * elevation), math.sin(2.0 * elevation)
    true_flat, flat = 0.5 * (1.0 + steep * c2), 0.5 * (1.0 + wide_steep * c2)
    true_both, both = 0.5 * steep * s2, 0.5 * wide_steep * s2
    grow_azimuth, grow_elevation = math.exp(azimuth_variance), math.exp(elevation_variance)  # 1 / shrinkage^2
    grow = grow_azimuth * grow_elevation
    across = grow * square * flat * (1.0 - ahead) - true_square * true_flat * (1.0 - true_ahead)
    along = grow * square * flat * ahead - true_square * true_flat * true_ahead
    up = grow_elevation * square * (1.0 - flat) - true_square * (1.0 - true_flat)
    # the azimuth enters once: its mean cosine is that of the truth
    along_up = shrinkage(own_azimuth_variance) * (grow_elevation * square * both - true_square * true_both)
    return across, along, up, along_up


@kernel
def turned(q: Floats, east: float, north: float, up: float) -> Three:
    """The theatre vector of (east, north, up) of a sensor of rotation q."""
    return (
        q[0, 0] * east + q[1, 0] * north + q[2, 0] * up,
        q[0, 1] * east + q[1, 1] * north + q[2, 1] * up,
        q[0, 2] * east + q[1, 2] * north + q[2, 2] * up,
    )


@kernel
def place_of_conversion(measured: Floats, d: int, east: float, north: float, up: float, packed: Floats, q: Floats) -> Seven:
    """Where the conversion's covariance is taken: sine and cosine of azimuth, elevation, range, and how well these are known there.

    The last three are the variances of range, azimuth and elevation; (east, north, up) is the prediction from the sensor of rotation q.
    """
    ground2 = max(east * east + north * north, NEAREST)
    distance2 = ground2 + up * up
    ground, distance = math.sqrt(ground2), math.sqrt(distance2)
    sine, cosine = east / ground, north / ground
    by_azimuth = position_form(packed, turned(q, cosine, -sine, 0.0)) / ground2
    by_elevation = position_form(packed, turned(q, -up * sine / distance, -up * cosine / distance, ground / distance)) / distance2
    azimuth, elevation = measured[d, SIGMA + AZIMUTH] ** 2, measured[d, SIGMA + ELEVATION] ** 2
    if by_azimuth * by_elevation < azimuth * elevation:
        by_range = position_form(packed, turned(q, east / distance, north / distance, up / distance))
        return sine, cosine, math.atan2(up, ground), distance, by_range, by_azimuth, by_elevation
    by_range = measured[d, SIGMA + RANGE] ** 2
    return measured[d, SIN_AZIMUTH], measured[d, COS_AZIMUTH], measured[d, ELEVATION], measured[d, RANGE], by_range, azimuth, elevation


@kernel
def absorb_converted(
    position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, x: Floats, packed: Floats, full: Floats
) -> Pair:
    """Take in range, azimuth and elevation of detection `d` as one position; returns as update_converted."""
    q, rows, noise, innovation = rotation[sensor], full[0], full[1], full[2, 0]
    dx, dy, dz = x[0] - position[sensor, 0], x[1] - position[sensor, 1], x[2] - position[sensor, 2]
    east = q[0, 0] * dx + q[0, 1] * dy + q[0, 2] * dz
    north = q[1, 0] * dx + q[1, 1] * dy + q[1, 2] * dz
    up = q[2, 0] * dx + q[2, 1] * dy + q[2, 2] * dz
    sine, cosine, elevation, distance, own_range, own_azimuth, own_elevation = place_of_conversion(measured, d, east, north, up, packed, q)
    variance, azimuth = measured[d, SIGMA + RANGE] ** 2, min(measured[d, SIGMA + AZIMUTH] ** 2, WIDEST)
    tilt = min(measured[d, SIGMA + ELEVATION] ** 2, WIDEST)
    own_azimuth, own_elevation = min(own_azimuth, WIDEST), min(own_elevation, WIDEST)
    noise[0, 0], noise[1, 1], noise[2, 2], noise[2, 1] = conversion_noise(
        distance * distance, variance, azimuth, elevation, tilt, own_range, own_azimuth, own_elevation
    )
    noise[1, 0], noise[2, 0] = 0.0, 0.0
    # the measurement in the same axes: across, along the ground at the place's azimuth, up
    flat = measured[d, RANGE] * measured[d, COS_ELEVATION] / (shrinkage(azimuth) * shrinkage(tilt))
    innovation[0] = flat * (measured[d, SIN_AZIMUTH] * cosine - measured[d, COS_AZIMUTH] * sine) - (east * cosine - north * sine)
    innovation[1] = flat * (measured[d, COS_AZIMUTH] * cosine + measured[d, SIN_AZIMUTH] * sine) - (east * sine + north * cosine)
    innovation[2] = measured[d, RANGE] * measured[d, SIN_ELEVATION] / shrinkage(tilt) - up
    for k in range(3):
        axis = turned(q, cosine, -sine, 0.0) if k == 0 else turned(q, sine, cosine, 0.0) if k == 1 else turned(q, 0.0, 0.0, 1.0)
        rows[k, 0], rows[k, 1], rows[k, 2] = axis
        rows[k, 3], rows[k, 4], rows[k, 5] = 0.0, 0.0, 0.0
    squared, sharpness = absorb_correlated(x, packed, 3, rows, innovation, noise)
    # from cubic metres to what was measured: dx dy dz = r2 cos(elevation) dr da de
    size = measured[d, RANGE] ** 2 * max(measured[d, COS_ELEVATION], SLIMMEST)
    return squared, sharpness * size * size


@kernel
def update_converted(
    position: Floats, rotation: Floats, sensor: int, measured: Floats, d: int, x: Floats, packed: Floats, full: Floats
) -> Pair:
    """Update x (size,) and its covariance in place by detection `d`: its position converted, then its range rate.

    What lacks range, azimuth or elevation has no Cartesian position and is taken in as by the extended update. full (4, size, size) is
    scratch. Returns the sum of the normalised innovations squared, and 1 over the product of their variances.
    """
    if math.isnan(measured[d, RANGE]) or math.isnan(measured[d, AZIMUTH]) or math.isnan(measured[d, ELEVATION]):
        return update_extended(position, rotation, sensor, measured, d, x, packed)
    squared, sharpness = absorb_converted(position, rotation, sensor, measured, d, x, packed, full)
    if not math.isnan(measured[d, RANGE_RATE]):
        m, away = sight(position, sensor, x)
        more, sharper = absorb_range_rate(m, away, measured, d, x, packed, (0.0, 0.0, 0.0))
        squared += more
        sharpness *= sharper
    return squared, sharpness
