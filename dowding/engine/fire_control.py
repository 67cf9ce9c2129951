"""What a fire unit stands before: its distance to a point, and what its own engagement radars hold or could see."""

import math

from dowding._jit import kernel
from dowding.engine.state import Records
from dowding.model import Defence
from dowding.physics.geodesy import azimuth_elevation_range, half_turn, rotate
from dowding.physics.horizon import clear_sight
from dowding.tracking.ahead import is_sure
from dowding.tracking.picture import NOBODY, TrackBank

HOLD_SCANS = 3.0  # an engagement radar holds a track that it has seen within so many of its scans
HOLD_LEAST_S = 5.0


@kernel
def offset_from(units: Records, unit: int, x: float, y: float, z: float) -> tuple[float, float, float]:
    """The way from a fire unit to a point (m, theatre)."""
    return x - units["x"][unit], y - units["y"][unit], z - units["z"][unit]


@kernel
def distance_from(units: Records, unit: int, x: float, y: float, z: float) -> float:
    """Slant range (m) from a fire unit to a point (m, theatre)."""
    dx, dy, dz = offset_from(units, unit, x, y, z)
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@kernel
def held_by_engagement_radar(defence: Defence, bank: TrackBank, unit: int, slot: int, now: float) -> bool:
    """Whether one of the unit's engagement radars has lately detected the track."""
    for k in range(defence.unit_radars.shape[1]):
        sensor = defence.unit_radars[unit, k]
        if sensor >= 0 and now - bank.seen["last_seen"][slot, sensor] <= max(HOLD_SCANS * defence.geometry.period[sensor], HOLD_LEAST_S):
            return True
    return False


@kernel
def served_by_others(defence: Defence, bank: TrackBank, unit: int, slot: int, now: float) -> bool:
    """Whether a track that others report is fresh and sure enough for this unit to launch on."""
    network, track = defence.network, bank.track[slot]
    if defence.units["remote"][unit] == 0 or track["teller"] == NOBODY or now - track["last_update_time"] > network.remote_age:
        return False
    return is_sure(bank, defence.tracker, slot, now, network.remote_error)


@kernel
def has_fire_control(defence: Defence, bank: TrackBank, unit: int, slot: int, now: float) -> bool:
    """Whether the unit can launch on a track: one of its engagement radars holds it, or others report it well enough."""
    return bool(held_by_engagement_radar(defence, bank, unit, slot, now) or served_by_others(defence, bank, unit, slot, now))


@kernel
def in_sight_of_engagement_radar(defence: Defence, unit: int, x: float, y: float, z: float, height: float) -> bool:
    """Whether an engagement radar of the unit has a clear line to a point, inside its sector, elevations and range."""
    geometry = defence.geometry
    for k in range(defence.unit_radars.shape[1]):
        sensor = defence.unit_radars[unit, k]
        if sensor < 0:
            continue
        east, north, up = rotate(
            geometry.rotation[sensor], x - geometry.position[sensor, 0], y - geometry.position[sensor, 1], z - geometry.position[sensor, 2]
        )
        azimuth, _elevation, distance = azimuth_elevation_range(east, north, up)
        if abs(half_turn(azimuth - geometry.boresight[sensor])) > geometry.half_sector[sensor] or distance > geometry.range_max[sensor]:
            continue
        latitude, antenna, factor = geometry.latitude[sensor], geometry.height[sensor], defence.settings.effective_earth_factor
        visible, apparent = clear_sight(defence.horizons, sensor, latitude, antenna, azimuth, distance, height, factor)
        if visible and geometry.elevation_min[sensor] <= apparent <= geometry.elevation_max[sensor]:
            return True
    return False
