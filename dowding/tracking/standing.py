"""Where a sensor that moves is: put at a place with its own horizon and north, and from there straight on for a dwell's while."""

from dowding._jit import kernel
from dowding.physics.geodesy import local_axes
from dowding.physics.propagation import gaussian_radius
from dowding.tracking.picture import Floats, SensorGeometry

Vector = tuple[float, float, float]


@kernel
def put_at(
    sensors: SensorGeometry, sensor: int, earth_centre: Floats, spin_axis: Floats, place: Vector, velocity: Vector, t: float
) -> None:
    """Put a moving sensor at a place (m, theatre) with a velocity (m/s) at a time (s); its axes become east, north and up there."""
    latitude, height = local_axes(earth_centre, spin_axis, place[0], place[1], place[2], sensors.rotation[sensor])
    sensors.latitude[sensor], sensors.height[sensor] = latitude, height
    sensors.earth_radius[sensor] = gaussian_radius(latitude)
    sensors.epoch[sensor] = t
    for i in range(3):
        sensors.position[sensor, i] = place[i]
        sensors.anchor[sensor, i] = place[i]
        sensors.velocity[sensor, i] = velocity[i]


@kernel
def stand_at(sensors: SensorGeometry, sensor: int, t: float) -> None:
    """Move a moving sensor to where it is at a time (s) within a dwell of its epoch: straight on, its axes as they were there.

    Over a second the axes turn by 4e-5 rad at 250 m/s, and a turn of half a g bends the way by 2.5 m.
    """
    if sensors.moves[sensor] == 1:
        for i in range(3):
            sensors.position[sensor, i] = sensors.anchor[sensor, i] + (t - sensors.epoch[sensor]) * sensors.velocity[sensor, i]
