"""Where everything is: paths are evaluated at the time asked for, not stepped."""

from dowding._jit import kernel
from dowding.engine.state import Wholes
from dowding.model import Paths, Targets
from dowding.physics.flight import path_state


@kernel
def target_state(targets: Targets, paths: Paths, knot: Wholes, row: int, t: float) -> tuple[float, float, float, float, float, float]:
    """Position (m, theatre) and velocity (m/s) of a target at time `t`; `knot` keeps the hint of where it was found."""
    x, y, z, vx, vy, vz, at = path_state(
        paths.time, paths.position, paths.velocity, targets.path[row, 0], targets.path[row, 1], t - paths.shift[row], knot[row]
    )
    knot[row] = at
    return x, y, z, vx, vy, vz
