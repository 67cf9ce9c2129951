"""Where everything is: paths are evaluated at the time asked for, not stepped."""

from dowding._jit import kernel
from dowding.engine.state import Records, Wholes
from dowding.model import Paths
from dowding.physics.flight import path_state

State = tuple[float, float, float, float, float, float]


@kernel
def target_state(flying: Records, paths: Paths, row: int, t: float) -> State:
    """Position (m, theatre) and velocity (m/s) of a target at time `t` on the path that it flies now; `flying` is the sky's targets."""
    first, last, local_time = flying["path_first"][row], flying["path_last"][row], t - flying["shift"][row]
    x, y, z, vx, vy, vz, at = path_state(paths.time, paths.position, paths.velocity, first, last, local_time, flying["knot"][row])
    flying["knot"][row] = at
    return x, y, z, vx, vy, vz


@kernel
def own_state(sensors: Records, tours: Paths, knot: Wholes, sensor: int, t: float) -> State:
    """Position (m, theatre) and velocity (m/s) of a sensor that flies at time `t`; `knot` keeps the hint of where it was found."""
    first, last = sensors["path_first"][sensor], sensors["path_last"][sensor]
    x, y, z, vx, vy, vz, at = path_state(tours.time, tours.position, tours.velocity, first, last, t, knot[sensor])
    knot[sensor] = at
    return x, y, z, vx, vy, vz
