"""Antenna patterns simple enough to publish: a Gaussian main lobe over a floor of side lobes, cosecant-squared coverage, scan loss.

All gains are one-way power ratios to the peak. Beamwidths are full widths at half power.
"""

import math

from dowding._elementwise import elementwise
from dowding._jit import kernel
from dowding.physics.given import positive

BEAM_SHAPE_LOSS_FAN = 1.45  # 1.6 dB, one-dimensional scan; Blake, Proc. IRE 41 (1953), 770
BEAM_SHAPE_LOSS_PENCIL = 2.09  # 3.2 dB, two-dimensional scan; Barton, Radar System Analysis (1964), ch. 5
FOUR_LN_2 = 4.0 * math.log(2.0)


@kernel
def gaussian_gain(offset: float, beamwidth: float) -> float:
    """Gain of a Gaussian beam at an angle off its axis, same unit as the width: one half at half a beamwidth."""
    # Barton, Radar System Analysis and Modeling (2005): exp(-4 ln2 (angle/width)^2)
    x = offset / beamwidth
    return math.exp(-FOUR_LN_2 * x * x)


@kernel
def pattern_gain(azimuth_offset: float, elevation_offset: float, azimuth_width: float, elevation_width: float, side_lobe: float) -> float:
    """Gain of a pencil or fan beam off its axis: Gaussian main lobe, and a constant side-lobe floor (ratio, e.g. 1e-3 for -30 dB)."""
    x = azimuth_offset / azimuth_width
    y = elevation_offset / elevation_width
    return max(math.exp(-FOUR_LN_2 * (x * x + y * y)), side_lobe)


@kernel
def cosecant_squared_gain(elevation: float, axis: float, beamwidth: float, elevation_end: float, side_lobe: float) -> float:
    """Elevation gain of a cosecant-squared antenna, rad: Gaussian up to its half-power point, then csc^2 to `elevation_end`.

    A target in level flight above the half-power point then gives the same echo at every range. The axis lies above
    minus half a beamwidth, so that the half-power point is above the horizon.
    """
    # ITU-R M.1851-1 (2018), cosecant-squared pattern: G(theta) = G(theta_1) (csc theta / csc theta_1)^2
    corner = axis + 0.5 * beamwidth
    if elevation <= corner:
        return max(gaussian_gain(elevation - axis, beamwidth), side_lobe)
    if elevation > elevation_end:
        return side_lobe
    ratio = math.sin(corner) / math.sin(elevation)
    return max(0.5 * ratio * ratio, side_lobe)


@kernel
def scan_gain(angle: float, exponent: float) -> float:
    """Gain of a phased array steered an angle [rad] off broadside: cos^exponent, 1 for the projected area, about 1.5 measured."""
    # Skolnik, Radar Handbook (3rd ed., 2008), ch. 13; Mailloux, Phased Array Antenna Handbook (2nd ed., 2005), ch. 1
    cosine = math.cos(angle)
    return math.pow(cosine, exponent) if cosine > 0.0 else 0.0


@kernel
def scanned_beamwidth(beamwidth: float, angle: float) -> float:
    """Width of a phased array's beam in the plane of steering, an angle [rad, below 90 degrees] off broadside: width / cosine."""
    # Skolnik (2008), ch. 13
    return beamwidth / math.cos(angle)


@elementwise
def gain_from_beamwidths(azimuth_width: float, elevation_width: float) -> float:
    """Peak gain, linear, of a typical aperture antenna with given half-power widths [rad]: 26,000 over square degrees."""
    positive(azimuth_width=azimuth_width, elevation_width=elevation_width)
    # Stutzman, IEEE Antennas Propag. Mag. 40-4 (1998), 7; Skolnik, Introduction to Radar Systems (3rd ed., 2001), ch. 9
    return 26000.0 / (math.degrees(azimuth_width) * math.degrees(elevation_width))
