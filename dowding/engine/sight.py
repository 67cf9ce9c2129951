"""Whether a sensor has a clear line to a point: by a horizon kept ready for one that stands, over the ground itself for one that flies."""

from dowding._jit import kernel
from dowding.model.bundles import Reals
from dowding.model.propagating import bends_below
from dowding.physics.geodesy import euler_radius
from dowding.physics.horizon import Horizons, clear_sight
from dowding.physics.propagation import surface_distance
from dowding.physics.relief import ground_hides
from dowding.tracking.picture import SensorGeometry


@kernel
def sight(
    geometry: SensorGeometry, horizons: Horizons, loss: Reals, factor: float, sensor: int, azimuth: float, distance: float, height: float
) -> tuple[bool, float]:
    """Whether something hides a point from a sensor, and the point's apparent elevation (rad).

    Azimuth (rad) and slant range (m) are the sensor's, `height` m above the ellipsoid, `factor` multiplies the earth's radius for
    refraction. Where the loss table holds the field below a smooth earth's horizon, that horizon hides nothing.
    """
    latitude, antenna = geometry.latitude[sensor], geometry.height[sensor]
    visible, apparent = clear_sight(horizons, sensor, latitude, antenna, azimuth, distance, height, factor)
    if geometry.moves[sensor] == 0 or horizons.relief.highest.shape[0] == 0:
        return not visible and not bends_below(loss, horizons, sensor), apparent
    if visible:
        radius = euler_radius(latitude, azimuth)
        ground = surface_distance(distance, antenna, height, radius)
        place, axes = geometry.position[sensor], geometry.rotation[sensor]
        visible = not ground_hides(horizons.relief, place, axes, antenna, radius, factor, azimuth, ground, apparent)
    return not visible, apparent
