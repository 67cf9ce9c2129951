"""The standard atmosphere against the tables of the standard itself."""

import math

import pytest

from dowding.physics import atmosphere

# NOAA, NASA, USAF (1976), U.S. Standard Atmosphere, table I: geometric height (m), temperature (K), pressure (Pa), density (kg/m3)
TABLE = [
    (-1000, 294.651, 1.1393e5, 1.3470),
    (0, 288.150, 1.01325e5, 1.2250),
    (5000, 255.676, 5.4048e4, 7.3643e-1),
    (10000, 223.252, 2.6500e4, 4.1351e-1),
    (11000, 216.774, 2.2700e4, 3.6480e-1),
    (20000, 216.650, 5.5293e3, 8.8910e-2),
    (30000, 226.509, 1.1970e3, 1.8410e-2),
    (40000, 250.350, 2.8714e2, 3.9957e-3),
    (50000, 270.650, 7.9779e1, 1.0269e-3),
    (60000, 247.021, 2.1958e1, 3.0968e-4),
    (70000, 219.585, 5.2209e0, 8.2829e-5),
    (80000, 198.639, 1.0524e0, 1.8458e-5),
    (90000, 186.87, 1.8359e-1, 3.416e-6),
    (100000, 195.08, 3.2011e-2, 5.604e-7),
    (120000, 360.00, 2.5382e-3, 2.222e-8),
    (200000, 854.56, 8.4736e-5, 2.541e-10),
    (500000, 999.24, 3.0236e-7, 5.215e-13),
]


@pytest.mark.parametrize(("height", "temperature", "pressure", "density"), TABLE)
def test_table_of_the_standard(height: float, temperature: float, pressure: float, density: float) -> None:
    height = float(height)
    assert abs(atmosphere.temperature(height) - temperature) < 0.006  # K, the table's last digit
    assert abs(atmosphere.pressure(height) / pressure - 1.0) < 1e-4
    assert abs(atmosphere.density(height) / density - 1.0) < 2e-4


def test_between_upper_rows() -> None:
    # table I at heights that are no rows of the exponential: the error that this simplification makes
    for height, density in ((105e3, 2.325e-7), (115e3, 4.289e-8), (170e3, 7.815e-10), (350e3, 7.014e-12), (700e3, 3.070e-14)):
        assert abs(atmosphere.density(height) / density - 1.0) < 0.2


def test_continuous_at_every_layer() -> None:
    geopotential = [11e3, 20e3, 32e3, 47e3, 51e3, 71e3]
    edges = [6356766.0 * h / (6356766.0 - h) for h in geopotential] + [86e3, 91e3, 100e3, 110e3, 120e3]
    for edge in edges:
        below, above = edge - 1e-3, edge + 1e-3
        assert abs(atmosphere.density(above) / atmosphere.density(below) - 1.0) < 1e-4
        assert abs(atmosphere.temperature(above) - atmosphere.temperature(below)) < 0.1  # K: 86 km changes to kinetic temperature
        assert atmosphere.density(above) < atmosphere.density(below)


def test_speed_of_sound() -> None:
    assert abs(atmosphere.speed_of_sound(0.0) - 340.294) < 1e-3  # m/s, table III of the standard
    assert abs(atmosphere.speed_of_sound(11000.0) - 295.154) < 2e-3
    assert math.isfinite(atmosphere.speed_of_sound(1e6))


def test_nothing_far_out() -> None:
    assert atmosphere.density(2.9e6) > 0.0
    assert atmosphere.density(1e8) == 0.0
