"""What a receiver hears of a transmitter: the one-way range equation, with ratios that go as 1 / range^2.

Source: Skolnik, Radar Handbook (3rd ed., 2008), ch. 24 (electronic support); Wiley, ELINT: The Interception and Analysis of Radar Signals
(2006), ch. 3.
"""

import math

from dowding.physics.radar import wavelength_of

MILLIWATT = 1e-3  # W


def received_power(radiated: float, gain: float, frequency: float, range_m: float) -> float:
    """Power [W] behind an antenna of a linear gain from a transmitter of effective radiated power [W] at a frequency [Hz] and range [m]."""
    # Friis, Proc. IRE 34 (1946), 254: Pr = Pt Gt Gr (wavelength / 4 pi R)^2
    return radiated * gain * (wavelength_of(frequency) / (4.0 * math.pi * range_m)) ** 2


def one_way_constant(radiated: float, gain: float, frequency: float, sensitivity: float, ratio: float) -> float:
    """C [m^2] with which signal-to-noise ratio = C / range^2, for a receiver that has `ratio` at a power of `sensitivity` [W]."""
    return ratio * received_power(radiated, gain, frequency, 1.0) / sensitivity


def interception_range(radiated: float, gain: float, frequency: float, sensitivity: float) -> float:
    """Range [m] in free space at which the received power falls to a sensitivity [W]."""
    return wavelength_of(frequency) / (4.0 * math.pi) * math.sqrt(radiated * gain / sensitivity)
