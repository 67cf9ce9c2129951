"""How land and sea reflect: permittivity, Fresnel coefficients, and what roughness leaves of them.

Complex permittivity has a negative imaginary part (time factor exp(+j omega t)).
"""

import math

import numpy as np

from dowding._elementwise import elementwise
from dowding._jit import kernel

HORIZONTAL = 0
VERTICAL = 1
VACUUM_PERMITTIVITY = 8.8541878128e-12  # F/m

# relative permittivity and conductivity (S/m) of ground at VHF to S band: ITU-R P.527-3 (1992)
WET_GROUND = (30.0, 1e-2)
MEDIUM_GROUND = (15.0, 1e-3)
DRY_GROUND = (3.0, 1e-4)


@elementwise
def permittivity(relative: float, conductivity: float, frequency: float) -> complex:
    """Complex relative permittivity from the real one and a conductivity [S/m] at a frequency [Hz]."""
    return complex(relative, -conductivity / (2.0 * math.pi * frequency * VACUUM_PERMITTIVITY))


@elementwise
def sea_permittivity(frequency: float, temperature: float = 288.15, salinity: float = 35.0) -> complex:
    """Complex relative permittivity of sea water; Hz (to about 10 GHz), K, grams of salt per kilogram (4 to 35)."""
    # Klein and Swift, IEEE Trans. AP-25 (1977), 104
    t, s = temperature - 273.15, salinity
    static = 87.134 - 1.949e-1 * t - 1.276e-2 * t**2 + 2.491e-4 * t**3
    static *= 1.0 + 1.613e-5 * s * t - 3.656e-3 * s + 3.210e-5 * s**2 - 4.232e-7 * s**3
    relaxation = 1.768e-11 - 6.086e-13 * t + 1.104e-14 * t**2 - 8.111e-17 * t**3
    relaxation *= 1.0 + 2.282e-5 * s * t - 7.638e-4 * s - 7.760e-6 * s**2 + 1.105e-8 * s**3
    delta = 25.0 - t
    beta = 2.033e-2 + 1.266e-4 * delta + 2.464e-6 * delta**2 - s * (1.849e-5 - 2.551e-7 * delta + 2.551e-8 * delta**2)
    conductivity = s * (0.182521 - 1.46192e-3 * s + 2.09324e-5 * s**2 - 1.28205e-7 * s**3) * math.exp(-delta * beta)
    omega = 2.0 * math.pi * frequency
    return 4.9 + (static - 4.9) / (1.0 + 1j * omega * relaxation) - 1j * conductivity / (omega * VACUUM_PERMITTIVITY)


@kernel
def fresnel_reflection(grazing: float, permittivity: complex, polarisation: int) -> complex:
    """Reflection coefficient of a smooth surface at a grazing angle [rad]; `polarisation` 0 horizontal, 1 vertical."""
    # Kerr, Propagation of Short Radio Waves (1951), ch. 5
    sine = math.sin(grazing)
    root = np.sqrt(permittivity - math.cos(grazing) ** 2)
    if polarisation == VERTICAL:
        return complex((permittivity * sine - root) / (permittivity * sine + root))
    return complex((sine - root) / (sine + root))


@kernel
def ament_factor(grazing: float, deviation: float, wavelength: float) -> float:
    """Coherent part of the reflection from a surface whose height has a normal distribution of standard deviation [m]."""
    # Ament, Proc. IRE 41 (1953), 142: exp(-2 (2 pi g)^2), g = deviation sin(grazing) / wavelength
    g = 2.0 * math.pi * deviation * math.sin(grazing) / wavelength
    return math.exp(-2.0 * g * g)


@kernel
def scaled_bessel_i0(z: float) -> float:
    """exp(-z) I0(z) for z from 0 on, to 2e-7."""
    # Abramowitz and Stegun (1964), 9.8.1, 9.8.2
    if z < 3.75:
        t = (z / 3.75) ** 2
        series = 1.0 + t * (3.5156229 + t * (3.0899424 + t * (1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813)))))
        return math.exp(-z) * series
    t = 3.75 / z
    series = 0.00916281 + t * (-0.02057706 + t * (0.02635537 + t * (-0.01647633 + t * 0.00392377)))
    return (0.39894228 + t * (0.01328592 + t * (0.00225319 + t * (-0.00157565 + t * series)))) / math.sqrt(z)


@kernel
def roughness_factor(grazing: float, deviation: float, wavelength: float) -> float:
    """Coherent part of the reflection from a sea whose height deviates by `deviation` [m, rms]; measurements lie above Ament's."""
    # Miller, Brown and Vegh, IEE Proc. F 131 (1984), 114: exp(-z) I0(z), z = 2 (2 pi g)^2
    g = 2.0 * math.pi * deviation * math.sin(grazing) / wavelength
    return scaled_bessel_i0(2.0 * g * g)


def sea_deviation(wind_speed: float) -> float:
    """Standard deviation [m] of the height of a fully developed sea from the wind [m/s]."""
    # Phillips' saturation spectrum: 0.0051 u^2; Miller, Brown and Vegh (1984)
    return 0.0051 * wind_speed**2
