"""Noise jammers in the sky, as the sensor sees them that looks now."""

import math

from dowding._jit import kernel
from dowding.engine.motion import target_state
from dowding.engine.sight import sight_loss
from dowding.engine.state import FLYING, Reals, Records, Sky
from dowding.model import Model
from dowding.model.propagating import path_loss
from dowding.physics.antenna import pattern_gain
from dowding.physics.geodesy import azimuth_elevation_range, height_above_ellipsoid, rotate
from dowding.physics.jamming import jam_to_noise
from dowding.physics.resolution import angle_between
from dowding.tracking.picture import SensorGeometry

HALF_NEPERS = 0.05 * math.log(10.0)  # of a one-way decibel, from two-way ones


@kernel
def _seen(
    model: Model, geometry: SensorGeometry, sky: Sky, sensor: int, jammer: int, row: int, t: float
) -> tuple[float, float, float]:
    """Azimuth, elevation (rad) and jammer-to-noise ratio in the axis of a sensor's beam of one jammer that is on."""
    sensors, factor = model.defence.sensors, model.defence.settings.effective_earth_factor
    x, y, z, _vx, _vy, _vz = target_state(sky.target, model.flights.paths, row, t)
    site = geometry.position[sensor]
    east, north, up = rotate(geometry.rotation[sensor], x - site[0], y - site[1], z - site[2])
    azimuth, elevation, distance = azimuth_elevation_range(east, north, up)
    if distance <= 0.0 or distance > model.flights.jammers["range"][jammer]:
        return azimuth, elevation, 0.0
    height = height_above_ellipsoid(model.defence.frame, x, y, z)
    loss = model.defence.loss
    behind, mirror = sight_loss(geometry, sensors, model.defence.horizons, loss, factor, sensor, east, north, distance, height)
    if behind == math.inf:
        return azimuth, elevation, 0.0
    lost = behind + path_loss(
        loss, sensor, sensors["height"][sensor], factor * geometry.earth_radius[sensor], height, distance, mirror
    )
    return azimuth, elevation, jam_to_noise(model.flights.jam[jammer, sensor], distance, math.exp(-HALF_NEPERS * lost))


@kernel
def find_jammers(model: Model, geometry: SensorGeometry, sky: Sky, sensor: int, t: float) -> None:
    """Fill `sky.jamming` for a sensor's dwell about time t: those of the other side that fly and are on."""
    targets, jammers = model.flights.targets, model.flights.jammers
    for k in range(jammers.shape[0]):
        row = jammers["target"][k]
        sky.jamming[k, 2], sky.jamming[k, 3] = 0.0, 0.0
        if sky.target["fate"][row] > FLYING or targets["side"][row] == model.defence.sensors["side"][sensor]:
            continue
        if t < jammers["on"][k] or t < targets["start"][row] or t >= min(sky.target["end"][row], sky.target["ended"][row]):
            continue
        if model.flights.jam[k, sensor] > 0.0:
            sky.jamming[k, 0], sky.jamming[k, 1], sky.jamming[k, 2] = _seen(model, geometry, sky, sensor, k, row, t)


@kernel
def jam_sum(jamming: Reals, sensors: Records, sensor: int, steers: int, azimuth: float, elevation: float) -> float:
    """Jammer-to-noise ratio of all jammers (jammer, 3) in a beam that points to azimuth and elevation [rad]; a fan has no elevation."""
    total = 0.0
    for k in range(jamming.shape[0]):
        if jamming[k, 2] <= 0.0:
            continue
        across = angle_between(jamming[k, 0], azimuth)
        above = jamming[k, 1] - elevation if steers else 0.0
        widths = sensors["azimuth_beamwidth"][sensor], sensors["elevation_beamwidth"][sensor]
        total += jamming[k, 2] * pattern_gain(across, above, widths[0], widths[1], sensors["side_lobe"][sensor])
    return total
