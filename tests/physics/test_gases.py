"""Attenuation by air and rain and refractivity, against the Recommendations' validation examples and another implementation."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from dowding.physics import gases, propagation, rain, refractivity

GOLDEN = Path(__file__).parent.parent / "data" / "itur_golden.csv"  # made by builders/itur_golden.py


def golden(quantity: str) -> np.ndarray:
    with GOLDEN.open() as file:
        return np.array([[float(x) for x in row[1:]] for row in csv.reader(file) if row[0] == quantity])


def test_air_at_ground() -> None:
    # ITU-R Study Group 3 validation examples, P.676-13: 1013.25 hPa, 288.15 K, 7.5 g/m^3
    printed = {
        1: 0.00543956278523152,
        3: 0.00753875298921938,
        5: 0.0087138851774633,
        9: 0.0126844231824067,
        10: 0.0141985419481866,
        16: 0.035315808093998,
        35: 0.101457329488921,
        60: 14.7783166371223,
        94: 0.408128883038975,
    }
    ours = gases.gas_attenuation(np.array(list(printed)) * 1e9, 101325.0, 288.15, 7.5e-3)
    assert ours == pytest.approx(list(printed.values()), rel=1e-10)


def test_air_at_random_points() -> None:
    ghz, hpa, kelvin, vapour, expected = golden("gas").T
    assert len(ghz) == 60
    assert gases.gas_attenuation(ghz * 1e9, hpa * 100.0, kelvin, vapour * 1e-3) == pytest.approx(expected, rel=1e-9)


def test_shapes_broadcast() -> None:
    assert gases.gas_attenuation(np.array([[1e9], [3e9]]), 1e5, np.array([280.0, 290.0, 300.0]), 0.0).shape == (2, 3)
    assert gases.gas_attenuation(3e9, 1e5, 280.0, 0.0).shape == ()


def test_path_to_space() -> None:
    for ghz, elevation, _, _, expected in golden("slant"):
        table = gases.path_loss_table(ghz * 1e9, 0.0, [math.radians(elevation)], [80e3 / math.sin(math.radians(elevation))])
        # the other program counts the vapour's pressure twice: up to 1.3 % more
        assert table[0, 0] == pytest.approx(expected, rel=0.015)


def test_level_path_is_length_times_specific() -> None:
    per_km = float(gases.gas_attenuation(10e9, 101325.0 - 7.5e-3 * 288.15e5 / 216.7, 288.15, 7.5e-3))
    table = gases.path_loss_table(10e9, 0.0, [0.0], [1e3, 10e3])
    assert table[0] == pytest.approx([per_km, 10.0 * per_km], rel=0.01)


def test_table_lookup() -> None:
    elevations, ranges = np.radians(np.arange(0.0, 20.1, 1.0)), np.arange(5e3, 100.1e3, 5e3)
    table = gases.path_loss_table(10e9, 10.0, elevations, ranges)
    step = math.radians(1.0)

    def look(elevation: float, distance: float) -> float:
        return gases.table_loss(table, 0.0, step, 5e3, elevation, distance)

    assert look(3.0 * step, 50e3) == pytest.approx(table[3, 9], rel=1e-12)
    assert look(math.radians(2.5), 52.5e3) == pytest.approx(
        float(gases.path_loss_table(10e9, 10.0, [math.radians(2.5)], [52.5e3])[0, 0]), rel=0.02
    )
    assert look(0.0, 0.0) == 0.0
    assert look(0.0, 2.5e3) == pytest.approx(0.5 * table[0, 0])
    assert look(1.5, 1e9) == pytest.approx(table[-1, -1])
    assert look(-1.0, 100e3) == pytest.approx(table[0, -1])


def test_rain_examples() -> None:
    # ITU-R Study Group 3 validation examples, P.838-3: 14.25 GHz, tilt 0
    elevation = np.radians([31.07699124, 40.232036, 46.35969261])
    ours = rain.rain_attenuation(14.25e9, [26.48052, 33.936232, 27.13586832], elevation)
    assert ours == pytest.approx([1.58130839, 2.06173213, 1.5920842], rel=1e-6)


def test_rain_at_random_points() -> None:
    ghz, rate, elevation, tilt, expected = golden("rain").T
    assert rain.rain_attenuation(ghz * 1e9, rate, np.radians(elevation), np.radians(tilt)) == pytest.approx(expected, rel=1e-9)


def test_rain_table_5_of_the_recommendation() -> None:
    # P.838-3, table 5: k and alpha at 10 GHz
    assert [float(x) for x in rain.rain_coefficients(10e9, 0.0, 0.0)] == pytest.approx([0.01217, 1.2571], abs=6e-5)
    assert [float(x) for x in rain.rain_coefficients(10e9, 0.0, math.pi / 2.0)] == pytest.approx([0.01129, 1.2156], abs=6e-5)


def test_rain_path_and_echo() -> None:
    assert rain.rain_path_attenuation(10e9, 20.0, 0.0, 0.0, 5e3) == pytest.approx(5.0 * float(rain.rain_attenuation(10e9, 20.0)))
    earth = propagation.EARTH_RADIUS_MEAN, propagation.FACTOR_FOUR_THIRDS
    # straight up out of 4 km of rain, level inside it, from above it
    assert rain.rain_length(50e3, math.pi / 2.0, 1000.0, 4000.0, *earth) == pytest.approx(3000.0)
    assert rain.rain_length(50e3, 0.0, 1000.0, 4000.0, *earth) == 50e3
    assert rain.rain_length(50e3, 0.1, 5000.0, 4000.0, *earth) == 0.0
    # Skolnik (2001), sect. 7.6, by hand: 3 GHz, 4 mm/h: 7e-12 * 81 * 9.19
    assert rain.rain_reflectivity(3e9, 4.0) == pytest.approx(7e-12 * 81.0 * 9.18959, rel=1e-5)


def test_refractivity() -> None:
    for celsius, hpa, _, _, expected in golden("saturation"):
        assert refractivity.saturation_pressure(celsius + 273.15, hpa * 100.0) == pytest.approx(expected * 100.0, rel=1e-9)
    # the two-term form of Smith and Weintraub (Proc. IRE 41 (1953), 1035), 77.6 / T (P + 4810 e / T), good to 0.02 %
    for hpa, kelvin, e in ((1013.25, 288.15, 10.0), (850.0, 280.0, 5.0), (500.0, 250.0, 0.5)):
        expected = 77.6 / kelvin * (hpa + 4810.0 * e / kelvin)
        assert refractivity.refractivity(hpa * 100.0, kelvin, e * 100.0) == pytest.approx(expected, rel=5e-4)


def test_effective_earth() -> None:
    # the standard gradient gives about 4/3; MathWorks' effearthradius example prints 1.3306 for -39e-9 per metre
    assert refractivity.earth_factor(refractivity.STANDARD_GRADIENT) == pytest.approx(1.3306, abs=1e-4)
    assert refractivity.earth_factor(0.0) == 1.0
    assert refractivity.earth_factor(refractivity.TRAPPING_GRADIENT) > 1e12
    assert refractivity.earth_factor(-0.2) < 0.0
    assert refractivity.gradient_for(4.0 / 3.0) == pytest.approx(-39.24e-3, abs=1e-5)
    # Bean and Dutton (1966): about -39 N-units in the first kilometre for the 301 of a standard surface
    assert refractivity.gradient_from_surface(301.0) * 1e3 == pytest.approx(-39.2, abs=0.1)
    assert refractivity.reference_refractivity(7350.0) == pytest.approx(315.0 / math.e)
