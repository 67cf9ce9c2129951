"""Noise jamming: how much it raises the noise, how near the radar then sees, and when it shows only a direction.

`J` below is the jammer's constant: jammer-to-noise ratio = J g / range^2, in m^2, where g is the radar's gain toward the
jammer relative to its peak. The radar's constant K is that of `radar`: snr = K rcs / range^4.

Source: Barton, Radar System Analysis and Modeling (2005), ch. 2 and 6; NAWCWD TP 8347, Electronic Warfare and Radar
Systems Engineering Handbook (4th ed., 2013), ch. 4.
"""

import math

from dowding._elementwise import elementwise
from dowding._jit import kernel
from dowding.physics.given import positive
from dowding.physics.radar import BOLTZMANN


@elementwise
def jammer_constant(
    radiated_power: float, bandwidth: float, gain: float, wavelength: float, temperature: float, loss: float = 1.0
) -> float:
    """J [m^2] from effective radiated power [W] spread over a bandwidth [Hz], the radar's peak gain, wavelength [m], noise temperature [K].

    The jammer's bandwidth covers the receiver's; if it is narrower, give the receiver's. `loss` is the receiving side's, linear.
    """
    positive(bandwidth=bandwidth, wavelength=wavelength, temperature=temperature, loss=loss)
    # Barton (2005), ch. 2: noise density P G / B through an aperture G lambda^2 / 4 pi at one-way range, over k T
    density = radiated_power / bandwidth
    return density * gain * wavelength**2 / ((4.0 * math.pi) ** 2 * BOLTZMANN * temperature * loss)


@kernel
def jam_to_noise(constant: float, range_m: float, relative_gain: float) -> float:
    """Jammer-to-noise ratio of one jammer at a range [m] seen with a relative gain; those of several jammers add."""
    return constant * relative_gain / (range_m * range_m)


@kernel
def jammed_snr(snr: float, jam_to_noise_sum: float) -> float:
    """Signal-to-noise ratio that is left when noise jamming adds to thermal noise."""
    return snr / (1.0 + jam_to_noise_sum)


@kernel
def burn_through_self(radar_constant: float, rcs: float, jammer: float, snr_needed: float) -> float:
    """Range [m] below which a radar sees a target that jams for itself in the main lobe: thermal noise and jamming together."""
    # K rcs / R^4 = S (1 + J / R^2): a quadratic in R^2; this root loses no digits when jamming dominates
    a = snr_needed * jammer
    return math.sqrt(2.0 * radar_constant * rcs / (a + math.sqrt(a * a + 4.0 * snr_needed * radar_constant * rcs)))


@kernel
def burn_through_standoff(radar_constant: float, rcs: float, jam_to_noise_sum: float, snr_needed: float) -> float:
    """Range [m] below which a radar sees a target under jamming from elsewhere of a given total jammer-to-noise ratio."""
    # the radar equation with noise raised by 1 + J/N
    return math.sqrt(math.sqrt(radar_constant * rcs / (snr_needed * (1.0 + jam_to_noise_sum))))


@kernel
def is_strobe(jam_to_noise_sum: float, threshold: float) -> bool:
    """Whether jamming in the beam stands out enough to be reported as a strobe: an azimuth without range."""
    return jam_to_noise_sum >= threshold


@elementwise
def crossover_range(power: float, gain: float, rcs: float, jammer_power: float, jammer_gain: float) -> float:
    """Range [m] at which the echo of a self-screening target equals its jamming, both in the same bandwidth; W and linear gains."""
    positive(power=power, gain=gain, rcs=rcs, jammer_power=jammer_power, jammer_gain=jammer_gain)
    # NAWCWD TP 8347, sect. 4-8: R^2 = Pt Gt rcs / (4 pi Pj Gja)
    return math.sqrt(power * gain * rcs / (4.0 * math.pi * jammer_power * jammer_gain))
