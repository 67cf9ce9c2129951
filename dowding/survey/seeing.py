"""One look at one place: the only lines of this room that call the engine's detection functions."""

from dowding._jit import kernel
from dowding.engine.listening import hear
from dowding.engine.looking import look
from dowding.model import Defence
from dowding.model.bundles import RADAR, Reals
from dowding.physics.geodesy import full_turn


@kernel
def seen_at(
    defence: Defence, sensor: int, swerling: int, rcs: Reals, state: tuple[float, float, float, float, float, float], height: float
) -> tuple[float, float]:
    """Detection probability of one look at a target, and its azimuth (rad); arguments as `look` has them, any sector is the caller's.

    For a receiver `rcs` holds what `emitting.shown_to` puts there: C (m^2) of the target's strongest emission.
    """
    factor = defence.settings.effective_earth_factor
    geometry, sensors, detection, horizons = defence.geometry, defence.sensors, defence.detection, defence.horizons
    if sensors["kind"][sensor] != RADAR:
        place = (state[0], state[1], state[2])
        heard = hear(geometry, sensors, detection, defence.loss, horizons, factor, sensor, rcs[0], place, height)
        return heard[0], heard[3]
    clutter, loss = defence.clutter, defence.loss
    seen = look(geometry, sensors, detection, clutter, loss, horizons, defence.quiet, factor, sensor, swerling, rcs, state, height)
    return seen[0], seen[3]


@kernel
def is_in_sector(defence: Defence, sensor: int, azimuth: float) -> bool:
    """Whether a sensor's beam passes an azimuth (rad): the rule by which a run lets it look."""
    sweep = defence.sensors["sweep"][sensor]
    return bool(full_turn(azimuth - defence.geometry.boresight[sensor] + 0.5 * sweep) <= sweep)
