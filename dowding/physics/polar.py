"""What radars measure of many targets at once: range, azimuth, elevation, range rate, and their derivatives. NumPy, no kernels.

The four components stand in this order. Azimuth is clockwise from the radar's own north, elevation from its own horizon.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NEAREST = 1.0  # m, keeps divisions finite above the antenna


def measured(position: Floats, velocity: Floats, radar: Floats, rotation: Floats) -> Floats:
    """Range m, azimuth rad, elevation rad, range rate m/s, (..., 4), of targets at position (..., 3) m with velocity (..., 3) m/s, theatre.

    radar (..., 3) m is where each one's radar stands, rotation (..., 3, 3) takes theatre axes to its own east, north, up.
    """
    away = position - radar
    east, north, up = np.moveaxis(np.einsum("...ij,...j->...i", rotation, away), -1, 0)
    distance = np.maximum(np.sqrt((away**2).sum(axis=-1)), NEAREST)
    rate = (away * velocity).sum(axis=-1) / distance
    return np.stack([distance, np.arctan2(east, north), np.arctan2(up, np.hypot(east, north)), rate], axis=-1)


def derivatives(position: Floats, velocity: Floats, radar: Floats, rotation: Floats) -> Floats:
    """Derivatives (..., 4, 6) of what `measured` gives by position and velocity."""
    away = position - radar
    east, north, up = np.moveaxis(np.einsum("...ij,...j->...i", rotation, away), -1, 0)
    ground = np.maximum(np.hypot(east, north), NEAREST)
    distance = np.maximum(np.sqrt(ground**2 + up**2), NEAREST)[..., None]
    unit = away / distance
    azimuth = np.stack([north, -east, np.zeros_like(east)], axis=-1) / ground[..., None] ** 2
    elevation = np.stack([-east * up / ground, -north * up / ground, ground], axis=-1) / distance**2
    rate = (unit * velocity).sum(axis=-1, keepdims=True)
    rows = np.zeros((*away.shape[:-1], 4, 6))
    rows[..., 0, :3] = unit
    rows[..., 1, :3] = np.einsum("...ji,...j->...i", rotation, azimuth)
    rows[..., 2, :3] = np.einsum("...ji,...j->...i", rotation, elevation)
    rows[..., 3, :3] = (velocity - rate * unit) / distance
    rows[..., 3, 3:] = unit
    return rows


def placed(distance: Floats, azimuth: Floats, elevation: Floats, radar: Floats, rotation: Floats) -> Floats:
    """Theatre position (..., 3) m of a range m, azimuth and elevation rad."""
    ground = distance * np.cos(elevation)
    local = np.stack([ground * np.sin(azimuth), ground * np.cos(azimuth), distance * np.sin(elevation)], axis=-1)
    return np.asarray(radar + np.einsum("...ji,...j->...i", rotation, local), np.float64)
