"""One look at one target: the one detection function of runs, maps and claims."""

import math

from dowding._jit import kernel
from dowding.engine.jamming import jam_sum
from dowding.engine.sight import bends_below, ground_loss, has_ground, line_to, reflects
from dowding.engine.state import Reals, Records
from dowding.model.propagating import path_loss
from dowding.physics.clutter import beam_on_ground_db, ground_elevation
from dowding.physics.detection import table_probability
from dowding.physics.geodesy import full_turn, quick_atan2, quick_tangent, rotate
from dowding.physics.horizon import Horizons, lit_rise
from dowding.physics.mti import canceller_response, main_lobe_spread
from dowding.physics.radar import from_decibels
from dowding.tracking.picture import SensorGeometry

DECIBELS = 10.0 / math.log(10.0)  # of a neper of power
FAINTEST_DB, FAINTEST = -20.0, 0.01  # fainter clutter than this over noise (less than 0.05 dB of loss) counts for nothing
SEA_LEVEL_M, SEA_LEVEL_SHARE = 2.0, 0.004  # lit ground no farther from height 0, and than this share of the earth's bulge, is sea
DEEPEST_BLIND = 1e-6  # -60 dB: no canceller is blinder


@kernel
def aspect_of(dx: float, dy: float, dz: float, vx: float, vy: float, vz: float) -> int:
    """Which side a target shows to an observer from whom it stands at (dx, dy, dz): 0 front, 1 side, 2 rear (45 degrees about)."""
    away = dx * vx + dy * vy + dz * vz
    if 2.0 * away * away < (dx * dx + dy * dy + dz * dz) * (vx * vx + vy * vy + vz * vz) or away == 0.0:
        return 1
    return 2 if away > 0.0 else 0


@kernel
def _canceller_loss(sensors: Records, sensor: int, range_rate: float) -> float:
    """What the moving-target canceller takes (dB) at a range rate (m/s), by its response to one pulse interval or the mean of two."""
    order, wavelength = sensors["canceller_order"][sensor], sensors["wavelength"][sensor]
    first = canceller_response(range_rate, wavelength, sensors["canceller_interval"][sensor], order)
    second = canceller_response(range_rate, wavelength, sensors["canceller_second"][sensor], order)
    return -10.0 * math.log10(max(0.5 * (first + second), DEEPEST_BLIND))


@kernel(inlined=True)
def clutter_sum(
    geometry: SensorGeometry,
    sensors: Records,
    clutter: Reals,
    horizons: Horizons,
    factor: float,
    sensor: int,
    azimuth: float,
    ground: float,
    distance: float,
    rise: float,
    run: float,
    highest: float,
) -> float:
    """Residual clutter-to-noise ratio of the ground in a target's cell; 0 where the ground there lies in shadow or out of the beam.

    The target is at an azimuth (rad), ground distance and slant range (m); rise and run (m) of the bent ray to it; elevation (rad) of the
    highest ground before it. Over terrain a sensor that stands meets the ground that its horizon shows, sea where that lies at height 0;
    any other meets a smooth earth.
    """
    rising = 0.0
    if horizons.azimuths[sensor] > 0:
        rising = lit_rise(horizons, sensor, azimuth, ground) if highest > -math.inf else 0.0
        if rising <= 0.0:
            return 0.0
    elif distance >= sensors["clutter_reach"][sensor]:
        return 0.0
    return _ground_echo(
        sensors, clutter, horizons, geometry.measures_elevation[sensor], geometry.height[sensor], factor * geometry.earth_radius[sensor],
        sensor, ground, distance, quick_atan2(rise, run), highest, rising,
    )  # fmt: skip


@kernel
def _ground_echo(
    sensors: Records,
    clutter: Reals,
    horizons: Horizons,
    steers: int,
    antenna: float,
    effective_radius: float,
    sensor: int,
    ground: float,
    distance: float,
    apparent: float,
    elevation: float,
    rising: float,
) -> float:
    """The residual clutter-to-noise ratio of ground that is near enough.

    `apparent` (rad) is the target's elevation; over terrain `elevation` is the ground's, and it rises by so much (rad/m).
    """
    over_sea, ratio, decibels = True, 1.0, 0.0
    if horizons.azimuths[sensor] > 0:
        bulge = 0.5 * ground * ground / effective_radius
        over_sea = abs(antenna + ground * quick_tangent(elevation) + bulge) < SEA_LEVEL_M + SEA_LEVEL_SHARE * bulge
    if not over_sea:
        ratio = sensors["clutter_constant"][sensor] * rising / (distance * distance)
    else:
        last = clutter.shape[1] - 1
        x = min(math.sqrt(distance / sensors["clutter_reach"][sensor]), 1.0) * last
        k = min(int(x), last - 1)
        decibels = clutter[sensor, k] + (x - k) * (clutter[sensor, k + 1] - clutter[sensor, k])
        if decibels < FAINTEST_DB:
            return 0.0
        elevation = ground_elevation(distance, antenna, effective_radius)
    axis = sensors["beam_axis"][sensor]
    # a beam that follows a target in elevation is held to its lowest; for one that does not, the target counts as in the middle
    middle = max(apparent, axis) if steers else axis
    decibels += beam_on_ground_db(
        elevation, apparent if steers else axis, middle, sensors["elevation_beamwidth"][sensor], sensors["side_lobe_db"][sensor]
    )
    ratio *= from_decibels(decibels)
    return ratio if ratio > FAINTEST else 0.0


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


@kernel(inlined=True)
def look(
    geometry: SensorGeometry,
    sensors: Records,
    detection: Reals,
    clutter: Reals,
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
    """Probability that one look detects a target.

    `jamming` is as `find_jammers` fills it; `factor` multiplies the earth's radius for refraction; `rcs` (aspect,) m^2; `state` is
    position (m, theatre) and velocity (m/s), `height` m above the ellipsoid. Returns (probability, mean signal-to-noise ratio dB,
    range m, azimuth rad, elevation rad, range rate m/s), all of them 0 outside range and elevation limits, below the horizon,
    behind terrain and for range rates that the moving-target filter stops. The sector in azimuth is the caller's: the beam was there.

    What rejects a target comes first and needs no transcendental function: most looks end there.
    """
    x, y, z, vx, vy, vz = state
    dx, dy, dz = x - geometry.position[sensor, 0], y - geometry.position[sensor, 1], z - geometry.position[sensor, 2]
    square = dx * dx + dy * dy + dz * dz
    nearest, farthest = geometry.range_min[sensor], geometry.range_max[sensor]
    if not 0.0 < square <= farthest * farthest or square < nearest * nearest:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    distance, closing = math.sqrt(square), dx * vx + dy * vy + dz * vz
    if is_stopped(geometry, sensors, sensor, closing / distance, (dx, dy, dz), distance):
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    east, north, up = rotate(geometry.rotation[sensor], dx, dy, dz)
    ground, rise, run, clear = line_to(geometry, sensors, factor, sensor, east, north, distance, height)
    if rise < sensors["slope_min"][sensor] * run or rise > sensors["slope_max"][sensor] * run:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if not clear and not bends_below(geometry, horizons, loss, sensor):
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    azimuth = quick_atan2(east, north)
    behind, highest = 0.0, -math.inf
    if has_ground(geometry, horizons, sensor):
        behind, highest = ground_loss(geometry, horizons, factor, sensor, azimuth, ground, rise, run)
        if behind == math.inf:
            return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    mirror = loss.shape[3] > 1 and reflects(geometry, horizons, loss, sensor, azimuth, ground, height)
    azimuth, elevation = full_turn(azimuth), quick_atan2(up, math.sqrt(east * east + north * north))
    section = rcs[aspect_of(dx, dy, dz, vx, vy, vz)]
    noise = 1.0
    if jamming.shape[0] > 0:
        noise += jam_sum(jamming, sensors, sensor, geometry.measures_elevation[sensor], azimuth, elevation)
    if clutter.shape[1] > 0:
        noise += clutter_sum(geometry, sensors, clutter, horizons, factor, sensor, azimuth, ground, distance, rise, run, highest)
    decibels = DECIBELS * math.log(sensors["snr_constant"][sensor] * section / (square * square * noise)) - behind
    decibels -= path_loss(loss, sensor, sensors["height"][sensor], factor * geometry.earth_radius[sensor], height, distance, mirror)
    if sensors["canceller_order"][sensor] > 0:
        decibels -= _canceller_loss(sensors, sensor, closing / distance)
    start, step = sensors["table_start_db"][sensor], sensors["table_step_db"][sensor]
    probability = table_probability(start, step, detection[sensor, swerling], decibels)
    return probability, decibels, distance, azimuth, elevation, closing / distance
