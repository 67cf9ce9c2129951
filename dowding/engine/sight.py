"""Whether a sensor has a clear line to a point: by a horizon kept ready for one that stands, over the ground itself for one that flies."""

import math

from dowding._jit import kernel
from dowding.model.bundles import Reals, Records
from dowding.physics.geodesy import euler_radius, meridional_radius, prime_vertical_radius, quick_atan2, radius_toward
from dowding.physics.horizon import Horizons, block_at, table_elevation
from dowding.physics.propagation import arc_angle, line_of_sight
from dowding.physics.relief import ground_hides
from dowding.physics.ridges import DEEPEST_DB, mirrors, ridge_loss
from dowding.tracking.picture import SensorGeometry


@kernel(inlined=True)
def line_to(
    geometry: SensorGeometry, sensors: Records, factor: float, sensor: int, east: float, north: float, distance: float, height: float
) -> tuple[float, float, float, bool]:
    """Ground distance (m) to a point, rise and run (m) of the bent ray to it, and whether it is above the smooth earth's horizon.

    `east` and `north` (m) say in which direction it lies from the sensor, `distance` m is the slant range, `height` m above the ellipsoid,
    `factor` multiplies the earth's radius for refraction.
    """
    north_curvature, east_curvature = sensors["curvature_north"][sensor], sensors["curvature_east"][sensor]
    if geometry.moves[sensor] == 1:
        latitude = geometry.latitude[sensor]
        north_curvature, east_curvature = 1.0 / meridional_radius(latitude), 1.0 / prime_vertical_radius(latitude)
    radius, antenna = radius_toward(north_curvature, east_curvature, east, north), geometry.height[sensor]
    angle = arc_angle(distance, antenna, height, radius)
    rise, run, clear = line_of_sight(angle / factor, antenna, height, factor * radius)
    return angle * radius, rise, run, clear


@kernel(inlined=True)
def has_ground(geometry: SensorGeometry, horizons: Horizons, sensor: int) -> bool:
    """Whether the sensor looks over terrain."""
    return bool(horizons.azimuths[sensor] > 0 or (geometry.moves[sensor] == 1 and horizons.relief.highest.shape[0] > 0))


@kernel(inlined=True)
def bends_below(geometry: SensorGeometry, horizons: Horizons, loss: Reals, sensor: int) -> bool:
    """Whether there is a field below the smooth earth's horizon: in the loss table, or over terrain behind its ridges."""
    return bool(loss.shape[3] > 1 and (horizons.ridges.scale[sensor, 0] > 0.0 or not has_ground(geometry, horizons, sensor)))


@kernel
def reflects(geometry: SensorGeometry, horizons: Horizons, loss: Reals, sensor: int, azimuth: float, ground: float, height: float) -> bool:
    """Whether the surface mirrors a point at an azimuth (rad), ground distance and height (m): a smooth earth does, of terrain the sea."""
    if loss.shape[3] == 1:
        return False
    if not has_ground(geometry, horizons, sensor):
        return True
    return bool(mirrors(horizons.ridges, sensor, azimuth, ground, geometry.height[sensor], height))


@kernel
def ground_loss(
    geometry: SensorGeometry, horizons: Horizons, factor: float, sensor: int, azimuth: float, ground: float, rise: float, run: float
) -> tuple[float, float]:
    """What terrain takes (dB, two ways) from a point at an azimuth (rad) and ground distance (m), infinite where it hides it.

    Also the elevation (rad) of the highest ground before the point; minus infinity where nothing rises there, and for a sensor that moves.
    """
    apparent = quick_atan2(rise, run)
    if geometry.moves[sensor] == 0:
        bending = horizons.ridges.scale[sensor, 0] > 0.0
        if not bending:
            # the table is far larger than the processor's memory for what it used last: ask the blocks first
            block = block_at(horizons, sensor, azimuth, ground)
            if apparent < horizons.blocks[block, 0]:
                return math.inf, -math.inf
            if apparent >= horizons.blocks[block, 1] and horizons.blocks[block, 2] == 0.0:
                return 0.0, -math.inf
        highest = table_elevation(horizons, sensor, azimuth, ground)
        if not bending:
            return 0.0 if apparent >= highest else math.inf, highest
        lost = ridge_loss(horizons.ridges, sensor, azimuth, ground, apparent - highest)
        return 2.0 * lost if lost < DEEPEST_DB else math.inf, highest
    place, axes, antenna = geometry.position[sensor], geometry.rotation[sensor], geometry.height[sensor]
    radius = euler_radius(geometry.latitude[sensor], azimuth)
    hidden = ground_hides(horizons.relief, place, axes, antenna, radius, factor, azimuth, ground, apparent)
    return math.inf if hidden else 0.0, -math.inf


@kernel
def sight_loss(
    geometry: SensorGeometry,
    sensors: Records,
    horizons: Horizons,
    loss: Reals,
    factor: float,
    sensor: int,
    east: float,
    north: float,
    distance: float,
    height: float,
) -> tuple[float, bool]:
    """What earth and terrain take (dB, two ways) from a point, infinite where they hide it, and whether the surface mirrors it.

    Arguments as `line_to` has them. What the loss table holds is not in it, and where that holds the field below a smooth earth's
    horizon, that horizon hides nothing.
    """
    ground, rise, run, clear = line_to(geometry, sensors, factor, sensor, east, north, distance, height)
    if not clear and not bends_below(geometry, horizons, loss, sensor):
        return math.inf, False
    azimuth = quick_atan2(east, north)
    mirror = reflects(geometry, horizons, loss, sensor, azimuth, ground, height)
    if not has_ground(geometry, horizons, sensor):
        return 0.0, mirror
    return ground_loss(geometry, horizons, factor, sensor, azimuth, ground, rise, run)[0], mirror
