"""A state as a sensor would measure it: range, azimuth, elevation and range rate with their derivatives; and what a sensor can see.

The four components always stand in this order: RANGE, AZIMUTH, ELEVATION, RANGE_RATE.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn, rotate, rotate_back
from dowding.physics.propagation import is_above_horizon, surface_distance
from dowding.tracking.covariance import times
from dowding.tracking.free_fall import HEIGHT_PRIOR, HEIGHT_SIGMA
from dowding.tracking.picture import Floats, Records, SensorGeometry, TrackerConfig

RANGE, AZIMUTH, ELEVATION, RANGE_RATE = 0, 1, 2, 3
# columns of Workspace.measured: the four components, their sigmas, the time; sines and cosines of the angles; a reported position and
# velocity (theatre), the position's covariance (the lower triangle by rows) and the velocity's sigma; the identity told, -1 for none.
# NaN where not measured
SIGMA, TIME, SIN_AZIMUTH, COS_AZIMUTH, SIN_ELEVATION, COS_ELEVATION = 4, 8, 9, 10, 11, 12
POSITION, VELOCITY, POSITION_NOISE, SIGMA_VELOCITY, IDENTITY = 13, 16, 19, 25, 26
RANGE_RATES = 2_000.0  # m/s, the span over which false alarms are spread that a sensor without range rates would not tell apart
NEAREST = 1.0  # m, keeps divisions finite for a state inside the antenna


@kernel
def local(position: Floats, rotation: Floats, sensor: int, x: float, y: float, z: float) -> tuple[float, float, float]:
    """East, north and up (m) of a theatre position as the sensor stands."""
    return rotate(rotation[sensor], x - position[sensor, 0], y - position[sensor, 1], z - position[sensor, 2])


@kernel
def polar(position: Floats, rotation: Floats, sensor: int, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Range (m), azimuth in [-pi, pi] and elevation (rad) of a theatre position."""
    east, north, up = local(position, rotation, sensor, x, y, z)
    ground = math.sqrt(east * east + north * north)
    return math.sqrt(ground * ground + up * up), math.atan2(east, north), math.atan2(up, ground)


@kernel
def position_of(sensors: SensorGeometry, sensor: int, distance: float, azimuth: float, elevation: float) -> tuple[float, float, float]:
    """Theatre position (m) of a range, azimuth and elevation."""
    rotation, origin = sensors.rotation, sensors.position
    ground = distance * math.cos(elevation)
    east, north, up = ground * math.sin(azimuth), ground * math.cos(azimuth), distance * math.sin(elevation)
    dx, dy, dz = rotate_back(rotation[sensor], east, north, up)
    return origin[sensor, 0] + dx, origin[sensor, 1] + dy, origin[sensor, 2] + dz


@kernel
def assumed_elevation(config: TrackerConfig, sensors: SensorGeometry, sensor: int, distance: float) -> tuple[float, float]:
    """Elevation (rad) and its sigma for a detection without one: the height prior seen at this slant range over a round Earth."""
    ground = max(distance, NEAREST)
    rise = config.earth[HEIGHT_PRIOR] - sensors.height[sensor] - ground * ground / (2.0 * sensors.earth_radius[sensor])
    elevation = math.asin(min(max(rise / ground, -1.0), 1.0))
    elevation = min(max(elevation, sensors.elevation_min[sensor]), sensors.elevation_max[sensor])
    return elevation, min(config.earth[HEIGHT_SIGMA] / ground, 0.5)


@kernel
def linearise(position: Floats, rotation: Floats, sensor: int, x: Floats, value_out: Floats, rows_out: Floats) -> None:
    """The four components of a state (6,) in value_out (4,) and their derivatives in rows_out (5, 6), whose row 4 keeps the state."""
    dx, dy, dz = x[0] - position[sensor, 0], x[1] - position[sensor, 1], x[2] - position[sensor, 2]
    east = rotation[sensor, 0, 0] * dx + rotation[sensor, 0, 1] * dy + rotation[sensor, 0, 2] * dz
    north = rotation[sensor, 1, 0] * dx + rotation[sensor, 1, 1] * dy + rotation[sensor, 1, 2] * dz
    up = rotation[sensor, 2, 0] * dx + rotation[sensor, 2, 1] * dy + rotation[sensor, 2, 2] * dz
    ground2 = max(east * east + north * north, NEAREST)
    ground = math.sqrt(ground2)
    range2 = ground2 + up * up
    distance = math.sqrt(range2)
    range_rate = (dx * x[3] + dy * x[4] + dz * x[5]) / distance
    value_out[RANGE] = distance
    value_out[AZIMUTH] = math.atan2(east, north)
    value_out[ELEVATION] = math.atan2(up, ground)
    value_out[RANGE_RATE] = range_rate
    azimuth_east, azimuth_north = north / ground2, -east / ground2
    tilt = -up / (range2 * ground)
    elevation_east, elevation_north, elevation_up = tilt * east, tilt * north, ground / range2
    for i in range(3):
        r0, r1, r2 = rotation[sensor, 0, i], rotation[sensor, 1, i], rotation[sensor, 2, i]
        along = (r0 * east + r1 * north + r2 * up) / distance
        rows_out[RANGE, i] = along
        rows_out[RANGE, i + 3] = 0.0
        rows_out[AZIMUTH, i] = r0 * azimuth_east + r1 * azimuth_north
        rows_out[AZIMUTH, i + 3] = 0.0
        rows_out[ELEVATION, i] = r0 * elevation_east + r1 * elevation_north + r2 * elevation_up
        rows_out[ELEVATION, i + 3] = 0.0
        rows_out[RANGE_RATE, i] = (x[i + 3] - range_rate * along) / distance
        rows_out[RANGE_RATE, i + 3] = along
        rows_out[4, i] = x[i]
        rows_out[4, i + 3] = x[i + 3]


@kernel(fused=True)
def measurement_spread(covariance: Floats, rows: Floats, row: int, model: int, spread_out: Floats) -> None:
    """H P H' of the four components for covariance (packed,), written into spread_out[row, model] (row, model, 4, 4)."""
    p, spread = covariance, spread_out[row, model]
    # only the range rate depends on the velocity
    a, b, c, d, e, f = rows[3, 0], rows[3, 1], rows[3, 2], rows[3, 3], rows[3, 4], rows[3, 5]
    w0, w1, w2, w3, w4, w5 = times(p, a, b, c, d, e, f)
    spread[3, 3] = a * w0 + b * w1 + c * w2 + d * w3 + e * w4 + f * w5
    for k in range(3):
        x, y, z = rows[k, 0], rows[k, 1], rows[k, 2]
        spread[3, k] = spread[k, 3] = x * w0 + y * w1 + z * w2
        v0, v1, v2 = p[0] * x + p[1] * y + p[3] * z, p[1] * x + p[2] * y + p[4] * z, p[3] * x + p[4] * y + p[5] * z
        for j in range(k, 3):
            spread[j, k] = spread[k, j] = rows[j, 0] * v0 + rows[j, 1] * v1 + rows[j, 2] * v2


@kernel
def measured_dimension(measured: Floats, d: int) -> int:
    """How many scalars this detection has: up to 4 of its four components, 3 or 6 of a reported position."""
    if is_position_report(measured, d):
        return 3 if math.isnan(measured[d, VELOCITY]) else 6
    dimension = 0
    for k in range(4):
        if not math.isnan(measured[d, k]):
            dimension += 1
    return dimension


@kernel
def is_position_report(measured: Floats, d: int) -> bool:
    """Whether a detection reports a position instead of range and angles."""
    return not math.isnan(measured[d, POSITION])


@kernel
def innovation_distance(
    value: Floats, rate: Floats, spread: Floats, row: int, model: int, lag: float, measured: Floats, d: int
) -> tuple[float, float]:
    """Normalised innovation squared of a detection, and the determinant of the innovation covariance.

    value, rate (row, model, 4) and spread (row, model, 4, 4) are the prediction; `lag` seconds from its time to the detection's.
    A component that was not measured takes no part.
    """
    has_range = not math.isnan(measured[d, RANGE])
    v0, s00, s10 = 0.0, 1.0, 0.0
    if has_range:
        v0 = measured[d, RANGE] - value[row, model, 0] - lag * rate[row, model, 0]
        s00 = spread[row, model, 0, 0] + measured[d, SIGMA + RANGE] ** 2
        s10 = spread[row, model, 1, 0]
    v1 = half_turn(measured[d, AZIMUTH] - value[row, model, 1] - lag * rate[row, model, 1])
    s11 = spread[row, model, 1, 1] + measured[d, SIGMA + AZIMUTH] ** 2
    v2, s20, s21, s22 = 0.0, 0.0, 0.0, 1.0
    v3, s30, s31, s32, s33 = 0.0, 0.0, 0.0, 0.0, 1.0
    has_elevation, has_range_rate = not math.isnan(measured[d, ELEVATION]), not math.isnan(measured[d, RANGE_RATE])
    if has_elevation:
        v2 = measured[d, ELEVATION] - value[row, model, 2] - lag * rate[row, model, 2]
        s20, s21 = spread[row, model, 2, 0] if has_range else 0.0, spread[row, model, 2, 1]
        s22 = spread[row, model, 2, 2] + measured[d, SIGMA + ELEVATION] ** 2
    if has_range_rate:
        v3 = measured[d, RANGE_RATE] - value[row, model, 3] - lag * rate[row, model, 3]
        s30, s31 = spread[row, model, 3, 0] if has_range else 0.0, spread[row, model, 3, 1]
        s33 = spread[row, model, 3, 3] + measured[d, SIGMA + RANGE_RATE] ** 2
        if has_elevation:
            s32 = spread[row, model, 3, 2]
    # S = L D L', unrolled; the distance is y' D^-1 y for L y = v
    a10, a20, a30 = s10 / s00, s20 / s00, s30 / s00
    d1 = s11 - a10 * s10
    t21, t31 = s21 - a20 * s10, s31 - a30 * s10
    a21, a31 = t21 / d1, t31 / d1
    d2 = s22 - a20 * s20 - a21 * t21
    t32 = s32 - a30 * s20 - a31 * t21
    a32 = t32 / d2
    d3 = s33 - a30 * s30 - a31 * t31 - a32 * t32
    y1 = v1 - a10 * v0
    y2 = v2 - a20 * v0 - a21 * y1
    y3 = v3 - a30 * v0 - a31 * y1 - a32 * y2
    return v0 * v0 / s00 + y1 * y1 / d1 + y2 * y2 / d2 + y3 * y3 / d3, s00 * d1 * d2 * d3


@kernel
def is_in_interval(azimuth: float, start: float, end: float, margin: float) -> bool:
    """Whether the azimuth lies in [start - margin, end + margin), the long way round where end - start >= 2 pi; rad."""
    width = end - start + 2.0 * margin
    turns = (azimuth - start + margin) / (2.0 * math.pi)
    return width >= 2.0 * math.pi or (turns - math.floor(turns)) * 2.0 * math.pi < width


@kernel
def is_covered(
    config: TrackerConfig, sensors: SensorGeometry, sensor: int, distance: float, azimuth: float, elevation: float, height: float
) -> bool:
    """Whether a nominal target at this range (m), azimuth, elevation (rad) and height (m) is where the sensor looks."""
    if distance < sensors.range_min[sensor] or distance > sensors.range_max[sensor]:
        return False
    if elevation < sensors.elevation_min[sensor] or elevation > sensors.elevation_max[sensor]:
        return False
    if abs(half_turn(azimuth - sensors.boresight[sensor])) > sensors.half_sector[sensor]:
        return False
    radius = sensors.earth_radius[sensor]
    own = max(sensors.height[sensor], 0.0)
    arc = surface_distance(distance, own, height, radius)
    return is_above_horizon(arc, own, max(height, 0.0), radius, config.effective_earth_factor)


@kernel
def table_detections(detections: Records, count: int, measured_out: Floats) -> None:
    """The first `count` detections as rows of one table (detection, MEASURED), see RANGE ..."""
    for d in range(count):
        detection, row = detections[d], measured_out[d]
        row[RANGE], row[AZIMUTH], row[ELEVATION] = detection["range"], detection["azimuth"], detection["elevation"]
        row[RANGE_RATE], row[TIME] = detection["range_rate"], detection["time"]
        row[SIGMA + RANGE], row[SIGMA + AZIMUTH] = detection["sigma_range"], detection["sigma_azimuth"]
        row[SIGMA + ELEVATION], row[SIGMA + RANGE_RATE] = detection["sigma_elevation"], detection["sigma_range_rate"]
        row[POSITION], row[POSITION + 1], row[POSITION + 2] = detection["x"], detection["y"], detection["z"]
        row[VELOCITY], row[VELOCITY + 1], row[VELOCITY + 2] = detection["vx"], detection["vy"], detection["vz"]
        row[POSITION_NOISE], row[POSITION_NOISE + 1] = detection["variance_xx"], detection["variance_yx"]
        row[POSITION_NOISE + 2], row[POSITION_NOISE + 3] = detection["variance_yy"], detection["variance_zx"]
        row[POSITION_NOISE + 4], row[POSITION_NOISE + 5] = detection["variance_zy"], detection["variance_zz"]
        row[SIGMA_VELOCITY], row[IDENTITY] = detection["sigma_velocity"], detection["identity"]
        note_directions(measured_out, d)


@kernel
def note_directions(measured: Floats, d: int) -> None:
    """Fill a row's sines and cosines from its angles."""
    row = measured[d]
    row[SIN_AZIMUTH], row[COS_AZIMUTH] = math.sin(row[AZIMUTH]), math.cos(row[AZIMUTH])
    row[SIN_ELEVATION], row[COS_ELEVATION] = math.sin(row[ELEVATION]), math.cos(row[ELEVATION])
