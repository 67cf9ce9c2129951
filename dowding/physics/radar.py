"""The radar equation and what follows from a waveform and a beam.

Signal-to-noise ratios are linear and per pulse (or per coherent dwell, where `pulse_width` is the whole dwell's time on
target). `K` below is the radar's constant: snr = K rcs / range^4, in m^2.

Source: Skolnik, Radar Handbook (3rd ed., 2008), ch. 1; Barton, Radar System Analysis and Modeling (2005), ch. 1, 9, 11.
"""

import math
from collections.abc import Sequence

from dowding._elementwise import elementwise
from dowding._jit import kernel
from dowding.physics.detection import snr_for_detection
from dowding.physics.given import positive

SPEED_OF_LIGHT = 299792458.0  # m/s
BOLTZMANN = 1.380649e-23  # J/K

NEPERS = 0.1 * math.log(10.0)  # of one decibel of power
RANGE_CONSTANT = 1.0  # matched rectangular pulse; Barton (2005), ch. 9: 0.9 to 1.8 by pulse shape
MONOPULSE_CONSTANT = 1.6  # slope of the difference pattern; Barton and Ward, Handbook of Radar Measurement (1969), ch. 2
SCAN_CONSTANT = 1.4  # beam splitting by a scanning search beam, a little worse than monopulse; ibid.


@kernel
def decibels(ratio: float) -> float:
    """A ratio of powers in decibels; minus infinity for 0."""
    return 10.0 * math.log10(ratio) if ratio > 0.0 else -math.inf


@kernel
def from_decibels(db: float) -> float:
    """Decibels as a ratio of powers."""
    return math.exp(NEPERS * db)


def wavelength_of(frequency: float) -> float:
    """Wavelength [m] of a frequency [Hz] in vacuum."""
    positive(frequency=frequency)
    return SPEED_OF_LIGHT / frequency


@elementwise
def snr_constant_from_reference(range_m: float, rcs_m2: float, pd: float, pfa: float, pulses: int = 1, swerling: int = 1) -> float:
    """K [m^2] of a radar that sees a target of `rcs_m2` at `range_m` with probability `pd`: one published claim fixes all ranges."""
    positive(range_m=range_m, rcs_m2=rcs_m2)
    return snr_for_detection(pd, pfa, pulses, swerling) * range_m**4 / rcs_m2


@elementwise
def snr_constant_from_equation(
    peak_power: float, pulse_width: float, gain: float, wavelength: float, noise_temperature: float, loss: float = 1.0
) -> float:
    """K [m^2] from W, s, linear one-way gain, m, K (system) and linear loss (1 = none), receiver matched to the pulse."""
    positive(
        peak_power=peak_power, pulse_width=pulse_width, gain=gain, wavelength=wavelength, noise_temperature=noise_temperature, loss=loss
    )
    return bistatic_constant(peak_power, pulse_width, gain, gain, wavelength, noise_temperature, loss)


@elementwise
def bistatic_constant(
    peak_power: float,
    pulse_width: float,
    gain_transmit: float,
    gain_receive: float,
    wavelength: float,
    noise_temperature: float,
    loss: float,
) -> float:
    """K [m^2] of separate antennas: snr = K rcs / (range_transmit^2 range_receive^2)."""
    positive(wavelength=wavelength, noise_temperature=noise_temperature, loss=loss)
    # Skolnik (2008), ch. 1 and 23, with E = peak power times width for the matched filter
    energy = peak_power * pulse_width * gain_transmit * gain_receive
    return energy * wavelength**2 / ((4.0 * math.pi) ** 3 * BOLTZMANN * noise_temperature * loss)


@elementwise
def peak_power_needed(
    snr: float, range_m: float, rcs: float, pulse_width: float, gain: float, wavelength: float, temperature: float, loss: float
) -> float:
    """Peak power [W] that gives a ratio at a range: the radar equation solved for power; units as in `snr_constant_from_equation`."""
    positive(range_m=range_m, rcs=rcs)
    per_watt = snr_constant_from_equation(1.0, pulse_width, gain, wavelength, temperature, loss)
    return snr * range_m**4 / (per_watt * rcs)


@elementwise
def search_snr(
    power_aperture: float, time: float, solid_angle: float, rcs: float, range_m: float, temperature: float, loss: float
) -> float:
    """Signal-to-noise ratio at a range [m] of a radar that searches a solid angle [sr] in a time [s]; mean power times aperture [W m^2]."""
    positive(power_aperture=power_aperture, time=time, solid_angle=solid_angle, range_m=range_m, temperature=temperature, loss=loss)
    # Skolnik (2008), ch. 1: the search form of the radar equation
    return power_aperture * time * rcs / (4.0 * math.pi * solid_angle * BOLTZMANN * temperature * loss * range_m**4)


@kernel
def signal_to_noise(constant: float, rcs: float, range_m: float) -> float:
    """Signal-to-noise ratio of a target of `rcs` [m^2] at a range [m, above 0] in free space."""
    square = range_m * range_m
    return constant * rcs / (square * square)


@kernel
def range_for_snr(constant: float, rcs: float, snr: float) -> float:
    """Range [m] at which a target of `rcs` [m^2] gives a ratio in free space: the inverse of `signal_to_noise`."""
    return math.sqrt(math.sqrt(constant * rcs / snr))


def bistatic_snr(constant: float, rcs: float, range_transmit: float, range_receive: float) -> float:
    """Signal-to-noise ratio with a transmitter and a receiver at two ranges [m] from the target."""
    positive(range_transmit=range_transmit, range_receive=range_receive)
    return constant * rcs / (range_transmit * range_receive) ** 2


@elementwise
def range_for_least_power(peak_power: float, aperture: float, wavelength: float, rcs: float, least_power: float) -> float:
    """Range [m] at which the echo falls to the least detectable power [W], one antenna of effective aperture [m^2]."""
    positive(peak_power=peak_power, aperture=aperture, wavelength=wavelength, rcs=rcs, least_power=least_power)
    # Skolnik, Introduction to Radar Systems (3rd ed., 2001), ch. 1
    return float((peak_power * aperture**2 * rcs / (4.0 * math.pi * wavelength**2 * least_power)) ** 0.25)


def aperture_gain(aperture: float, wavelength: float) -> float:
    """Linear gain of an effective aperture [m^2] (IEEE Std 145: gain = 4 pi area / wavelength^2)."""
    positive(aperture=aperture, wavelength=wavelength)
    return 4.0 * math.pi * aperture / wavelength**2


@kernel
def measurement_sigma(resolution: float, constant: float, snr: float, floor: float) -> float:
    """Standard deviation of one measurement: resolution / (constant sqrt(2 snr)), with a floor added in quadrature.

    `resolution` and `floor` share the unit of the result (m, rad, m/s). `snr` is the ratio after all integration. It is a
    bound for high ratios: below 1 the resolution itself is the scale, so the ratio counts as at least 1.
    """
    # Skolnik (2001), ch. 6; Barton (2005), ch. 9: error = cell / (k sqrt(2 E/N0)), after the Cramer-Rao bound
    thermal = resolution / (constant * math.sqrt(2.0 * max(snr, 1.0)))
    return math.sqrt(thermal * thermal + floor * floor)


def unambiguous_range(prf: float) -> float:
    """Range [m] beyond which an echo of one pulse arrives after the next, at a repetition frequency [Hz]."""
    positive(prf=prf)
    return SPEED_OF_LIGHT / (2.0 * prf)


def unambiguous_speed(wavelength: float, prf: float) -> float:
    """Largest radial speed [m/s, either sign] without Doppler ambiguity."""
    positive(wavelength=wavelength, prf=prf)
    return wavelength * prf / 4.0


def blind_speed(order: int, wavelength: float, prf: float) -> float:
    """Radial speed [m/s] at which the target moves `order` half wavelengths between pulses and looks still."""
    positive(wavelength=wavelength, prf=prf)
    return order * wavelength * prf / 2.0


def range_resolution(bandwidth: float) -> float:
    """Range resolution [m] of a bandwidth [Hz]; an unmodulated pulse has the bandwidth 1 / pulse width."""
    positive(bandwidth=bandwidth)
    return SPEED_OF_LIGHT / (2.0 * bandwidth)


def speed_resolution(wavelength: float, dwell: float) -> float:
    """Radial speed resolution [m/s] of a coherent dwell [s]."""
    positive(wavelength=wavelength, dwell=dwell)
    return wavelength / (2.0 * dwell)


def doppler_shift(radial_speed: float, wavelength: float) -> float:
    """Doppler shift [Hz] of a radial speed [m/s, positive away from the radar]: an approaching target shifts up."""
    positive(wavelength=wavelength)
    return -2.0 * radial_speed / wavelength


def duty_cycle(pulse_width: float, prf: float) -> float:
    """Share of the time spent transmitting."""
    return pulse_width * prf


def peak_power_of(average_power: float, pulse_width: float, prf: float) -> float:
    """Peak power [W] of rectangular pulses with an average power [W]."""
    positive(pulse_width=pulse_width, prf=prf)
    return average_power / duty_cycle(pulse_width, prf)


def pulses_per_beam(beamwidth: float, scan_rate: float, prf: float) -> float:
    """Pulses that hit a target while a beam [rad] sweeps over it at a rate [rad/s]: not yet rounded to whole pulses."""
    positive(beamwidth=beamwidth, scan_rate=scan_rate, prf=prf)
    return beamwidth / scan_rate * prf


def noise_power(temperature: float, bandwidth: float) -> float:
    """Thermal noise power [W] in a bandwidth [Hz] at a system temperature [K]."""
    return BOLTZMANN * temperature * bandwidth


def noise_temperature(noise_factor: float, reference: float = 290.0) -> float:
    """System noise temperature [K] of a receiver with a linear noise factor (1 and more) behind an antenna at a reference temperature."""
    positive(noise_factor=noise_factor, reference=reference)
    return reference * noise_factor


def cascaded_noise_factor(noise_factors: Sequence[float], gains: Sequence[float]) -> float:
    """Linear noise factor of stages in a row, from the antenna on, with their linear factors and gains."""
    # Friis, Proc. IRE 32 (1944), 419: each stage's own noise counts less by the gain before it
    total, before = 1.0, 1.0
    for factor, gain in zip(noise_factors, gains, strict=True):
        total += (factor - 1.0) / before
        before *= gain
    return total
