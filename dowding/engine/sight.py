"""Whether a sensor has a clear line to a point: by a horizon kept ready for one that stands, over the ground itself for one that flies."""

from dowding._jit import kernel
from dowding.model.bundles import Reals, Records
from dowding.physics.geodesy import euler_radius, meridional_radius, prime_vertical_radius, quick_atan2, radius_toward
from dowding.physics.horizon import Horizons, is_visible
from dowding.physics.propagation import arc_angle, line_of_sight
from dowding.physics.relief import ground_hides
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
    """Whether the loss table holds a field below the horizon: diffraction over a smooth earth; behind terrain none is known."""
    return bool(loss.shape[3] > 1 and not has_ground(geometry, horizons, sensor))


@kernel
def is_behind_ground(
    geometry: SensorGeometry, horizons: Horizons, factor: float, sensor: int, azimuth: float, ground: float, rise: float, run: float
) -> bool:
    """Whether terrain hides a point at an azimuth (rad) and ground distance (m) from a sensor that looks over terrain."""
    apparent = quick_atan2(rise, run)
    if geometry.moves[sensor] == 0:
        return not is_visible(horizons, sensor, azimuth, ground, apparent)
    place, axes, antenna = geometry.position[sensor], geometry.rotation[sensor], geometry.height[sensor]
    radius = euler_radius(geometry.latitude[sensor], azimuth)
    return bool(ground_hides(horizons.relief, place, axes, antenna, radius, factor, azimuth, ground, apparent))


@kernel
def is_hidden(
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
) -> bool:
    """Whether something hides a point from a sensor; arguments as `line_to` has them.

    Where the loss table holds the field below a smooth earth's horizon, that horizon hides nothing.
    """
    ground, rise, run, clear = line_to(geometry, sensors, factor, sensor, east, north, distance, height)
    if not clear and not bends_below(geometry, horizons, loss, sensor):
        return True
    azimuth = quick_atan2(east, north)
    return bool(has_ground(geometry, horizons, sensor) and is_behind_ground(geometry, horizons, factor, sensor, azimuth, ground, rise, run))
