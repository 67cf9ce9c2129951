"""What `[tracker]` of a scenario says, as the tracker's own settings."""

import math
from typing import Any

from dowding.physics.geodesy import Frame
from dowding.scenario import Resolved, Tracker
from dowding.tracking.motion_models import BALLISTIC, BALLISTIC_DRAG, CONSTANT_ACCELERATION, CONSTANT_VELOCITY, COORDINATED_TURN, SINGER
from dowding.tracking.picture import TrackerConfig
from dowding.tracking.tracker import DEFAULTS, make_config

MANOEUVRE = {
    "constant-velocity": CONSTANT_VELOCITY, "constant-acceleration": CONSTANT_ACCELERATION, "coordinated-turn": COORDINATED_TURN,
    "singer": SINGER,
}  # fmt: skip
FALL = {"given-coefficient": BALLISTIC, "estimated-coefficient": BALLISTIC_DRAG}
NOISES = ("noise_lateral", "noise_along", "noise_vertical")

CHANGE_S = 10.0  # in which an acceleration changes by itself, of the models that have one (assumed)
TYPICAL_SPEED = 250.0  # m/s, at which an acceleration is a rate of turn (assumed)
TURN_NOISE = 10.0  # m2/s3, lateral, of what in a turn is no turn (assumed)
COEFFICIENT_NOISE = 1e-4  # 1/s, change of a ballistic coefficient's logarithm, as drag does with Mach number (assumed)


def _models(options: Tracker) -> dict[str, Any]:
    """Kinds and process noise of the three models; the schema's defaults give the tracker's own.

    Process noise grows with the square of the acceleration expected.
    """
    usual = Tracker()
    straight = (options.acceleration_cruise_mps2 / usual.acceleration_cruise_mps2) ** 2
    turning = (options.acceleration_manoeuvre_mps2 / usual.acceleration_manoeuvre_mps2) ** 2
    noise = {name: [DEFAULTS[name][0] * straight, DEFAULTS[name][1] * turning, DEFAULTS[name][2]] for name in NOISES}
    kind, fall = MANOEUVRE[options.manoeuvre_model], FALL[options.ballistic_model]
    most, further, sigma = options.acceleration_manoeuvre_mps2, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]
    if kind in (CONSTANT_ACCELERATION, SINGER):
        # Singer (1970), "Estimating optimal tracking filter performance for manned maneuvering targets", eq 7, every acceleration up to
        # `most` being as likely; or a random walk that gains as much in CHANGE_S
        sigma[1] = most / math.sqrt(3.0)
        scale = sigma[1] ** 2 / (1.0 if kind == SINGER else CHANGE_S) / noise["noise_lateral"][1]
        for name in NOISES:
            noise[name][1] *= scale
    elif kind == COORDINATED_TURN:
        noise["noise_lateral"][1] = TURN_NOISE
        sigma[1] = most / TYPICAL_SPEED
        further[1] = sigma[1] ** 2 / CHANGE_S
    further[2] = COEFFICIENT_NOISE if fall == BALLISTIC_DRAG else 0.0
    told = {"further_noise": further, "further_sigma": sigma, "time_constant": CHANGE_S}
    return noise | told | {"model_kind": (CONSTANT_VELOCITY, kind, fall)}


def tracker_config(frame: Frame, resolved: Resolved) -> TrackerConfig:
    """The settings of the trackers of a scenario."""
    options = resolved.tracker
    return make_config(
        frame.earth_centre,
        frame.spin_axis,
        **_models(options),
        update_method=options.update_method,
        confirm_hits=options.confirm_hits,
        confirm_window=options.confirm_window,
        delete_misses=options.delete_misses,
        gate_probability=options.gate_probability,
        max_speed=options.speed_max_mps,
        effective_earth_factor=resolved.theatre.effective_earth_factor,
    )
