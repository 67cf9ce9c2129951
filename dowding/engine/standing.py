"""Where a sensor that flies is, and where its sector points."""

import math

from dowding._jit import kernel
from dowding.engine.motion import own_state
from dowding.engine.state import Wholes
from dowding.model import Model
from dowding.physics.geodesy import full_turn, rotate
from dowding.tracking.picture import SensorGeometry
from dowding.tracking.standing import put_at


@kernel
def place_sensor(model: Model, geometry: SensorGeometry, knots: Wholes, sensor: int, t: float) -> None:
    """Put a sensor that moves where it is at a time (s); one that stands stays."""
    if geometry.moves[sensor] == 1:
        defence = model.defence
        x, y, z, vx, vy, vz = own_state(defence.sensors, defence.tours, knots, sensor, t)
        # the tracker's own earth, so that whoever repeats its work from tables stands the same to the last bit
        put_at(geometry, sensor, defence.tracker.earth[0:3], defence.tracker.earth[3:6], (x, y, z), (vx, vy, vz), t)


@kernel
def face(model: Model, geometry: SensorGeometry, sensor: int) -> None:
    """Turn a moving sensor's sector with its nose: by the direction of its flight over the ground where it was put last."""
    if geometry.moves[sensor] == 1:
        velocity = geometry.velocity[sensor]
        east, north, _up = rotate(geometry.rotation[sensor], velocity[0], velocity[1], velocity[2])
        geometry.boresight[sensor] = full_turn(math.atan2(east, north) + model.defence.sensors["off_nose"][sensor])
