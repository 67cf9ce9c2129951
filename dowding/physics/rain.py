"""Rain on the path: attenuation and echo.

Source: ITU-R P.838-3 (2005), coefficients of its tables 1 to 4; Skolnik, Introduction to Radar Systems (3rd ed., 2001), sect. 7.6.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dowding._elementwise import elementwise
from dowding._jit import kernel
from dowding.physics.given import within
from dowding.physics.propagation import range_to_height

FloatArray = NDArray[np.float64]

# log10 k = sum a exp(-((log10 f - b) / c)^2) + m log10 f + d; alpha likewise without the logarithm; f in GHz; rows are (a, b, c)
K_HORIZONTAL = ((-5.33980, -0.10008, 1.13098), (-0.35351, 1.26970, 0.45400), (-0.23789, 0.86036, 0.15354), (-0.94158, 0.64552, 0.16817))
K_VERTICAL = ((-3.80595, 0.56934, 0.81061), (-3.44965, -0.22911, 0.51059), (-0.39902, 0.73042, 0.11899), (0.50167, 1.07319, 0.27195))
ALPHA_HORIZONTAL = (
    (-0.14318, 1.82442, -0.55187),
    (0.29591, 0.77564, 0.19822),
    (0.32177, 0.63773, 0.13164),
    (-5.37610, -0.96230, 1.47828),
    (16.1721, -3.29980, 3.43990),
)
ALPHA_VERTICAL = (
    (-0.07771, 2.33840, -0.76284),
    (0.56727, 0.95545, 0.54039),
    (-0.20238, 1.14520, 0.26809),
    (-48.2991, 0.791669, 0.116226),
    (48.5833, 0.791459, 0.116479),
)
K_HORIZONTAL_LINE, K_VERTICAL_LINE = (-0.18961, 0.71147), (-0.16398, 0.63297)
ALPHA_HORIZONTAL_LINE, ALPHA_VERTICAL_LINE = (0.67849, -1.95537), (-0.053739, 0.83433)


def _curve(log_frequency: FloatArray, bells: tuple[tuple[float, float, float], ...], line: tuple[float, float]) -> FloatArray:
    total = line[0] * log_frequency + line[1]
    for a, b, c in bells:
        total = total + a * np.exp(-(((log_frequency - b) / c) ** 2))
    return total


def rain_coefficients(frequency: ArrayLike, elevation: ArrayLike, tilt: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """k and alpha of specific attenuation k R^alpha; Hz (1 to 1,000 GHz), path elevation and polarisation tilt [rad].

    The tilt is 0 for horizontal, pi/4 for circular and pi/2 for vertical polarisation.
    """
    within(1e9, 1e12, frequency=frequency)
    log_frequency = np.log10(np.asarray(frequency, dtype=np.float64) * 1e-9)
    k_h = 10.0 ** _curve(log_frequency, K_HORIZONTAL, K_HORIZONTAL_LINE)
    k_v = 10.0 ** _curve(log_frequency, K_VERTICAL, K_VERTICAL_LINE)
    ka_h = k_h * _curve(log_frequency, ALPHA_HORIZONTAL, ALPHA_HORIZONTAL_LINE)
    ka_v = k_v * _curve(log_frequency, ALPHA_VERTICAL, ALPHA_VERTICAL_LINE)
    # P.838-3, eqs. 4, 5
    share = np.cos(np.asarray(elevation, dtype=np.float64)) ** 2 * np.cos(2.0 * np.asarray(tilt, dtype=np.float64))
    k = 0.5 * (k_h + k_v + (k_h - k_v) * share)
    return k, 0.5 * (ka_h + ka_v + (ka_h - ka_v) * share) / k


def rain_attenuation(frequency: ArrayLike, rate: ArrayLike, elevation: ArrayLike = 0.0, tilt: ArrayLike = 0.0) -> FloatArray:
    """Specific attenuation of rain in dB/km, one way; Hz, rate in mm/h as published, angles as in `rain_coefficients`."""
    within(0.0, math.inf, rate=rate)
    k, alpha = rain_coefficients(frequency, elevation, tilt)
    return np.asarray(k * np.asarray(rate, dtype=np.float64) ** alpha, dtype=np.float64)


@elementwise
def rain_path_attenuation(frequency: float, rate: float, elevation: float, tilt: float, length: float) -> float:
    """Attenuation in dB, one way, along a length [m] of path inside a cell of even rain."""
    return float(rain_attenuation(frequency, rate, elevation, tilt)) * length / 1000.0


@kernel
def rain_length(range_m: float, elevation: float, antenna_height: float, rain_height: float, earth_radius: float, factor: float) -> float:
    """Length [m] of the path to a range [m] that lies below the top of the rain [m], from an antenna below it; elevation in rad."""
    if antenna_height >= rain_height:
        return 0.0
    out = range_to_height(rain_height, elevation, antenna_height, earth_radius, factor)
    return range_m if math.isnan(out) else min(range_m, out)


@elementwise
def rain_reflectivity(frequency: float, rate: float) -> float:
    """Cross section of rain per unit volume [1/m], linear polarisation; Hz up to X band (Rayleigh scattering), rate in mm/h."""
    within(0.0, math.inf, rate=rate)
    # Skolnik (2001), sect. 7.6: 7 f^4 r^1.6 1e-12, f in GHz
    return float(7e-12 * (frequency * 1e-9) ** 4 * rate**1.6)
