"""From weather to the effective earth: refractivity of the air, its gradient, and the radius factor that follows.

Source: ITU-R P.453-14 (2019), Annex 1; ITU-R P.834-9 (2017), sect. 2; Bean and Dutton, Radio Meteorology (1966).
"""

import math

import numpy as np

from dowding._elementwise import elementwise
from dowding.physics.given import positive

EARTH_RADIUS_OVER_MILLION = 6.371  # earth radius times 1e-6, m per N-unit
STANDARD_GRADIENT = -39.0e-3  # N-units per m
TRAPPING_GRADIENT = -1.0 / EARTH_RADIUS_OVER_MILLION  # N-units per m: a ray bends as the earth does
REFERENCE_REFRACTIVITY = 315.0  # N-units at sea level, mean annual reference atmosphere, P.453-14
REFERENCE_SCALE_HEIGHT = 7350.0  # m, ibid.


@elementwise
def saturation_pressure(temperature: float, pressure: float) -> float:
    """Saturation vapour pressure [Pa] over water at a temperature [K] and total pressure [Pa]."""
    # P.453-14, Annex 1, sect. 1; t in degrees Celsius, pressures in hPa
    t = temperature - 273.15
    hpa = pressure / 100.0
    enhancement = 1.0 + 1e-4 * (7.2 + hpa * (0.0320 + 5.9e-6 * t * t))
    return 100.0 * enhancement * 6.1121 * math.exp((18.678 - t / 234.5) * t / (t + 257.14))


def refractivity(pressure: float, temperature: float, vapour_pressure: float) -> float:
    """Radio refractivity in N-units from total pressure [Pa], temperature [K] and vapour pressure [Pa]."""
    positive(temperature=temperature)
    # P.453-14, Annex 1, sect. 1: N = 77.6 Pd/T + 72 e/T + 3.75e5 e/T^2, hPa
    e = vapour_pressure / 100.0
    dry = pressure / 100.0 - e
    return (77.6 * dry + 72.0 * e) / temperature + 3.75e5 * e / temperature**2


@elementwise
def reference_refractivity(height: float) -> float:
    """Refractivity in N-units of the mean annual reference atmosphere at a height [m] above the sea."""
    return REFERENCE_REFRACTIVITY * math.exp(-height / REFERENCE_SCALE_HEIGHT)


@elementwise
def gradient_from_surface(surface_refractivity: float) -> float:
    """Mean gradient of the lowest kilometre in N-units per m from the refractivity at the surface [N-units]."""
    # Bean and Dutton (1966), ch. 1: dN = -7.32 exp(0.005577 Ns) per km
    return -7.32e-3 * math.exp(0.005577 * surface_refractivity)


@elementwise
def earth_factor(gradient: float) -> float:
    """Effective earth radius factor k from a gradient in N-units per m; infinite for trapping (flat), negative beyond (ducting).

    -39e-3 gives 1.33, the standard atmosphere; 0 gives 1, no refraction.
    """
    # P.834-9: k = 1 / (1 + a dn/dh)
    bending = 1.0 + EARTH_RADIUS_OVER_MILLION * gradient
    return math.inf if bending == 0.0 else 1.0 / bending


def earth_factor_of(gradient_per_km: float | None, surface_refractivity: float | None) -> float | None:
    """Effective earth radius factor from a gradient [N-units per km], else from the surface's refractivity [N-units]; None from neither.

    The exponential atmosphere of a surface refractivity counts by its mean gradient over the lowest kilometre, where a ray bends most.
    """
    if gradient_per_km is not None:
        return earth_factor(1e-3 * gradient_per_km)
    return None if surface_refractivity is None else earth_factor(gradient_from_surface(surface_refractivity))


def gradient_for(factor: float) -> float:
    """Gradient in N-units per m that gives an effective earth radius factor: the inverse of `earth_factor`."""
    positive(factor=np.abs(factor))
    return (1.0 / factor - 1.0) / EARTH_RADIUS_OVER_MILLION
