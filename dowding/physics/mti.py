"""Moving-target indication: what speed gets through a delay-line canceller, and how much clutter does not.

A canceller of order n subtracts n times in a row (binomial weights); its power response is divided by its mean over all
speeds, so that noise passes with gain 1.

Source: Skolnik, Introduction to Radar Systems (3rd ed., 2001), ch. 3; Skolnik, Radar Handbook (3rd ed., 2008), ch. 2.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from dowding._elementwise import elementwise
from dowding._jit import kernel
from dowding.physics.given import positive, within

FloatArray = NDArray[np.float64]


@kernel
def canceller_response(radial_speed: float, wavelength: float, interval: float, order: int) -> float:
    """Power response at a radial speed [m/s] of a canceller with one pulse interval [s]: 0 at blind speeds, mean 1 over speeds."""
    # Skolnik (2001), ch. 3: |H| = 2 sin(pi fd T) for each subtraction; the mean of (2 sin)^2n is the binomial (2n over n)
    wave = 2.0 * math.sin(2.0 * math.pi * radial_speed * interval / wavelength)
    response = 1.0
    for step in range(order):
        # (4 sin^2)^n / (2n)!/(n!)^2, factor by factor
        response *= wave * wave * (step + 1.0) / (2.0 * (2.0 * step + 1.0))
    return response


@kernel
def velocity_response(radial_speed: float, wavelength: float, intervals: FloatArray, order: int) -> float:
    """Power response of a canceller averaged over staggered pulse intervals (interval,) s: with two or more, blind speeds part."""
    # Skolnik (2001), ch. 3: the responses of the single intervals average
    total = 0.0
    for k in range(intervals.shape[0]):
        total += canceller_response(radial_speed, wavelength, intervals[k], order)
    return float(total / intervals.shape[0])


@kernel
def main_lobe_spread(speed_across: float, beamwidth: float) -> float:
    """Half the spread of the ground's range rates [m/s] over a beam [rad] from an antenna that moves across it at a speed [m/s].

    The filter follows the ground in the beam's middle, so the antenna's motion along the beam takes no part.
    """
    # Stimson, Introduction to Airborne Radar (2nd ed., 1998), ch. 22: main-lobe clutter is 2 v theta sin(angle) / wavelength wide
    return 0.5 * abs(speed_across) * beamwidth


@elementwise
def minimum_detectable_speed(wavelength: float, interval: float, order: int, response: float) -> float:
    """Lowest radial speed [m/s] whose power response reaches `response`, at most the peak 4^n over the mean."""
    positive(wavelength=wavelength, interval=interval, order=order)
    within(0.0, math.inf, response=response)
    mean = float(special.comb(2 * order, order))
    sine = min(math.sqrt((response * mean) ** (1.0 / order) / 4.0), 1.0)
    return wavelength * math.asin(sine) / (2.0 * math.pi * interval)


def improvement_factor(clutter_spread: ArrayLike, wavelength: float, interval: float, order: int) -> FloatArray:
    """Improvement in signal-to-clutter ratio, linear, against clutter with a Gaussian speed spectrum of standard deviation [m/s].

    Exact for any spread; Skolnik (2008), ch. 2, gives the limits 2 (fp / 2 pi s)^2 and 2 (fp / 2 pi s)^4 for narrow spectra.
    """
    spread = np.asarray(clutter_spread, dtype=np.float64)
    # the residue is the quadratic form of binomial weights with the correlation exp(-2 (pi s_f k T)^2), s_f = 2 s / wavelength;
    # the weights of differences sum to 0, so 1 may be taken from every correlation: expm1 keeps the digits
    weights = np.array([(-1.0) ** k * special.comb(order, k) for k in range(order + 1)])
    lags = np.correlate(weights, weights, "full")[order:]
    k = np.arange(1, order + 1)
    lost = np.expm1(-2.0 * (math.pi * 2.0 * spread[..., None] / wavelength * interval * k) ** 2)
    residue = 2.0 * np.sum(lags[1:] * lost, axis=-1)
    with np.errstate(divide="ignore"):
        return np.asarray(lags[0] / residue, dtype=np.float64)
