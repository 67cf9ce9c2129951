"""Who sees whom: antennas over a smooth refracted earth, and over a ridge."""

import math

import numpy as np
import pytest

from dowding.model.sighting import sees
from dowding.physics.horizon import ground_of
from dowding.physics.propagation import EARTH_RADIUS_MEAN
from dowding.terrain import Elevation

FACTOR = 4.0 / 3.0


def place(distance_m: float, height_m: float) -> np.ndarray:
    """A place so far east of 33 degrees east on the equator."""
    return np.array([0.0, math.radians(33.0) + distance_m / EARTH_RADIUS_MEAN, height_m])


@pytest.mark.parametrize(("one", "other"), [(10.0, 10.0), (10.0, 9000.0), (300.0, 2000.0)])
def test_the_horizon_is_that_of_an_earth_of_four_thirds(one: float, other: float) -> None:
    reach = math.sqrt(2.0 * FACTOR * EARTH_RADIUS_MEAN) * (math.sqrt(one) + math.sqrt(other))
    assert sees(place(0.0, one), place(0.998 * reach, other), FACTOR, None)
    assert not sees(place(0.0, one), place(1.002 * reach, other), FACTOR, None)
    assert not sees(place(0.0, one), place(0.9 * reach, other), 1.0, None) or one + other > 2000.0


def test_a_ridge_is_in_the_way() -> None:
    heights = np.zeros((41, 41))
    heights[:, 20] = 500.0  # a wall from north to south, in the middle
    step = 0.01
    ridge = Elevation(heights, 0.2, 32.9, step, step, "ridge")
    ground = ground_of(ridge, 0.0)
    west, east = (np.array([0.0, math.radians(lon), 100.0]) for lon in (33.0, 33.2))
    high = np.array([0.0, math.radians(33.2), 1000.0])
    assert sees(west, east, FACTOR, None)
    assert not sees(west, east, FACTOR, ground)
    assert sees(west, high, FACTOR, ground)
