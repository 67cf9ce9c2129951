"""A ray traced up through the reference atmosphere, layer by layer: its length, how far it bends, and what gases take from it.

Source: ITU-R P.676-13 (2022), Annex 1, sect. 2.2; the air of ITU-R P.835-6 (2017), its pressure taken for that of the dry air.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from dowding.physics.atmosphere import pressure, temperature
from dowding.physics.gases import LEAST_MIXING_RATIO, SURFACE_VAPOUR, VAPOUR_SCALE_HEIGHT, gas_attenuation
from dowding.physics.refractivity import refractivity

FloatArray = NDArray[np.float64]

EARTH_RADIUS = 6_371_000.0  # m
THINNEST = 0.1  # m, the layer at the ground; each next one is 1 % thicker


class Ray(NamedTuple):
    """A ray between two heights."""

    length: float  # m
    bending: float  # rad
    gas_db: float  # dB, one way
    end_zenith: float  # rad, from the zenith where the ray ends


class _Air(NamedTuple):
    """The air at some heights, (layer,) each."""

    refraction: FloatArray  # refractive index
    specific: FloatArray  # dB/m


def _air(frequency: float, height: FloatArray) -> _Air:
    total = np.array([pressure(float(h)) for h in height])
    kelvin = np.array([temperature(float(h)) for h in height])
    vapour = np.maximum(SURFACE_VAPOUR * np.exp(-height / VAPOUR_SCALE_HEIGHT) * kelvin * 1e5 / 216.7, LEAST_MIXING_RATIO * total)
    index = 1.0 + 1e-6 * np.array([refractivity(p + e, t, e) for p, e, t in zip(total, vapour, kelvin, strict=True)])
    specific = gas_attenuation(frequency, total, kelvin, vapour * 216.7 * 1e-5 / kelvin) / 1000.0
    return _Air(index, specific)


def _index(height: float) -> float:
    return float(_air(1e9, np.array([height])).refraction[0])


def trace_up(frequency: float, low: float, high: float, zenith: float) -> Ray:
    """The ray from a height up to another (m, low below high) that leaves at an angle from the zenith (rad, at most a right one); Hz."""
    # P.676-13, eqs. 13 to 19 and 22: layers that grow by 1 % from 10 cm at the ground, stretched to end at both heights
    grown = math.expm1(0.01)
    first = math.floor(100.0 * math.log1p(low / THINNEST * grown) + 1.0)
    last = math.ceil(100.0 * math.log1p(high / THINNEST * grown) + 1.0)
    number = np.arange(first, last + 1)
    m = (high - low) * (math.exp(0.02) - math.exp(0.01)) / (math.exp(last / 100.0) - math.exp(first / 100.0))
    thickness = m * np.exp((number - 1) / 100.0)
    base = low + m * (np.exp((number - 1) / 100.0) - math.exp((first - 1) / 100.0)) / grown
    air, radius = _air(frequency, base + 0.5 * thickness), EARTH_RADIUS + base
    snell = air.refraction[0] * radius[0] * math.sin(zenith)
    n, r, d = air.refraction[:-1], radius[:-1], thickness[:-1]
    enters = np.arcsin(np.minimum(snell / (n * r), 1.0))
    leaves = np.arcsin(np.minimum(snell / (n * radius[1:]), 1.0))
    length = np.sqrt((r * np.cos(enters)) ** 2 + 2.0 * r * d + d * d) - r * np.cos(enters)
    bent = np.arcsin(np.minimum(n / air.refraction[1:] * np.sin(leaves), 1.0)) - leaves
    return Ray(float(length.sum()), float(bent[:-1].sum()), float((length * air.specific[:-1]).sum()), float(leaves[-1]))


def trace(frequency: float, low: float, high: float, zenith: float) -> Ray:
    """As `trace_up`, and for a ray that first sinks (an angle beyond a right one) through its lowest point, which lies above the sea."""
    if zenith <= 0.5 * math.pi:
        return trace_up(frequency, low, high, zenith)
    # P.676-13, sect. 2.2.2: index times radius there is what Snell's law keeps
    kept = _index(low) * (EARTH_RADIUS + low) * math.sin(zenith)
    lowest = float(brentq(lambda height: _index(height) * (EARTH_RADIUS + height) - kept, 0.0, low, xtol=1e-3))
    down, up = (trace_up(frequency, lowest, end, 0.5 * math.pi) for end in (low, high))
    return Ray(down.length + up.length, down.bending + up.bending, down.gas_db + up.gas_db, up.end_zenith)
