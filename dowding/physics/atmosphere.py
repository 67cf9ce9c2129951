"""The U.S. Standard Atmosphere, 1976: temperature, pressure and density by geometric height.

Source: NOAA, NASA, USAF (1976), U.S. Standard Atmosphere, NOAA-S/T 76-1562 (NASA-TM-X-74335). Up to 86 km the standard's
own layers; above them density and pressure are exponential between values of its table, to 1,000 km.
"""

import math

import numpy as np

from dowding._jit import kernel

# Layers below 86 km: tables 4 and, for the pressures, I of the standard. The last height is 86 km in geopotential metres.
_EARTH_RADIUS = 6356766.0  # m, of the geopotential height (eq. 18)
_GRAVITY = 9.80665  # m/s2
_GAS_CONSTANT = 8314.32 / 28.9644  # J/(kg K)
_TOP = 86000.0  # m, geometric
_NOTHING = 3000e3  # m
_LAYER_HEIGHT = np.array([0.0, 11000.0, 20000.0, 32000.0, 47000.0, 51000.0, 71000.0])  # m, geopotential
_LAYER_LAPSE = np.array([-6.5e-3, 0.0, 1.0e-3, 2.8e-3, 0.0, -2.8e-3, -2.0e-3])  # K/m


def _layer_bases() -> tuple[list[float], list[float]]:
    """Temperature (K) and pressure (Pa) at the foot of each layer, from sea level upward (eqs. 23, 33a, 33b)."""
    temperature, pressure = [288.15], [101325.0]
    for foot, top, lapse in zip(_LAYER_HEIGHT[:-1], _LAYER_HEIGHT[1:], _LAYER_LAPSE[:-1], strict=True):
        here = temperature[-1]
        above = here + lapse * (top - foot)
        if lapse == 0.0:
            ratio = math.exp(-_GRAVITY * (top - foot) / (_GAS_CONSTANT * here))
        else:
            ratio = (here / above) ** (_GRAVITY / (_GAS_CONSTANT * lapse))
        temperature.append(above)
        pressure.append(pressure[-1] * ratio)
    return temperature, pressure


_LAYER_TEMPERATURE, _LAYER_PRESSURE = (np.array(values) for values in _layer_bases())

# Table I of the standard above 86 km
_UPPER = (  # geometric height (m), density (kg/m3), pressure (Pa)
    (86000.0, 6.9578e-6, 3.7337e-1),  # one digit more than the table, so that the layers below join it
    (90000.0, 3.416e-6, 1.8359e-1),
    (95000.0, 1.393e-6, 7.5966e-2),
    (100000.0, 5.604e-7, 3.2011e-2),
    (110000.0, 9.708e-8, 7.1042e-3),
    (120000.0, 2.222e-8, 2.5382e-3),
    (130000.0, 8.152e-9, 1.2505e-3),
    (140000.0, 3.831e-9, 7.2028e-4),
    (150000.0, 2.076e-9, 4.5422e-4),
    (160000.0, 1.233e-9, 3.0395e-4),
    (180000.0, 5.194e-10, 1.5271e-4),
    (200000.0, 2.541e-10, 8.4736e-5),
    (250000.0, 6.073e-11, 2.4767e-5),
    (300000.0, 1.916e-11, 8.7704e-6),
    (400000.0, 2.803e-12, 1.4518e-6),
    (500000.0, 5.215e-13, 3.0236e-7),
    (600000.0, 1.137e-13, 8.2130e-8),
    (800000.0, 1.136e-14, 1.7036e-8),
    (1000000.0, 3.561e-15, 7.5138e-9),
)
_UPPER_HEIGHT = np.array([row[0] for row in _UPPER])
_UPPER_LOG_DENSITY = np.log(np.array([row[1] for row in _UPPER]))
_UPPER_LOG_PRESSURE = np.log(np.array([row[2] for row in _UPPER]))


@kernel
def _lower_atmosphere(height: float) -> tuple[float, float]:
    """Molecular-scale temperature (K) and pressure (Pa) up to 86 km; below sea level the lowest layer is continued."""
    geopotential = _EARTH_RADIUS * height / (_EARTH_RADIUS + height)
    layer = 0
    while layer < 6 and geopotential >= _LAYER_HEIGHT[layer + 1]:
        layer += 1
    base = _LAYER_TEMPERATURE[layer]
    lapse = _LAYER_LAPSE[layer]
    rise = geopotential - _LAYER_HEIGHT[layer]
    temperature = base + lapse * rise
    if lapse == 0.0:
        ratio = math.exp(-_GRAVITY * rise / (_GAS_CONSTANT * base))
    else:
        ratio = math.exp(_GRAVITY / (_GAS_CONSTANT * lapse) * math.log(base / temperature))
    return temperature, _LAYER_PRESSURE[layer] * ratio


@kernel
def _upper_interval(height: float) -> tuple[int, float]:
    """The row of the upper table below `height`, and how far toward the next row it is (beyond 1 above the table)."""
    row = 0
    while row < _UPPER_HEIGHT.shape[0] - 2 and height >= _UPPER_HEIGHT[row + 1]:
        row += 1
    return row, (height - _UPPER_HEIGHT[row]) / (_UPPER_HEIGHT[row + 1] - _UPPER_HEIGHT[row])


@kernel
def density(height: float) -> float:
    """Air density in kg/m3 at a geometric height in metres; 0 above 3,000 km."""
    if height > _NOTHING:  # also spares the processor numbers too small for it to be quick with
        return 0.0
    if height < _TOP:
        temperature, pressure = _lower_atmosphere(height)
        return pressure / (_GAS_CONSTANT * temperature)
    row, fraction = _upper_interval(height)
    return math.exp(_UPPER_LOG_DENSITY[row] + fraction * (_UPPER_LOG_DENSITY[row + 1] - _UPPER_LOG_DENSITY[row]))


@kernel
def pressure(height: float) -> float:
    """Air pressure in Pa at a geometric height in metres."""
    if height < _TOP:
        _, value = _lower_atmosphere(height)
        return value
    row, fraction = _upper_interval(height)
    return math.exp(_UPPER_LOG_PRESSURE[row] + fraction * (_UPPER_LOG_PRESSURE[row + 1] - _UPPER_LOG_PRESSURE[row]))


@kernel
def temperature(height: float) -> float:
    """Temperature in K at a geometric height in metres; from 80 to 86 km molecular-scale, up to 0.04 % above kinetic."""
    if height < _TOP:
        value, _ = _lower_atmosphere(height)
        return value
    # Section 1.2.5 of the standard, eqs. 25, 27, 29, 31
    if height < 91000.0:
        return 186.8673
    if height < 110000.0:
        x = (height - 91000.0) / 19942.9
        return 263.1905 - 76.3232 * math.sqrt(1.0 - x * x)
    if height < 120000.0:
        return 240.0 + 0.012 * (height - 110000.0)
    rise = (height - 120000.0) * (_EARTH_RADIUS + 120000.0) / (_EARTH_RADIUS + height)
    return 1000.0 - 640.0 * math.exp(-0.01875e-3 * rise)


@kernel
def speed_of_sound(height: float) -> float:
    """Speed of sound in m/s at a geometric height in metres; the standard defines it to 86 km, where it is held."""
    # Eq. 50: sqrt(gamma R T)
    value, _ = _lower_atmosphere(min(height, _TOP))
    return math.sqrt(1.4 * _GAS_CONSTANT * value)
