"""Echoes of land and sea in a target's resolution cell, and what they leave of its signal-to-noise ratio."""

import math

from dowding._jit import kernel
from dowding.physics.antenna import FOUR_LN_2
from dowding.physics.surface import HORIZONTAL

# Barton, Proc. IEEE 73 (1985), 198: gamma in dB by kind of land
LAND_GAMMA_DB = {"flatland": -20.0, "farmland": -15.0, "wooded-hills": -10.0, "mountains": -5.0}


@kernel
def grazing_angle(slant_range: float, antenna_height: float, effective_radius: float) -> float:
    """Grazing angle [rad] at which an antenna sees the smooth ground at a slant range [m]; negative beyond its horizon."""
    # law of cosines in the triangle antenna, ground, earth's centre
    a = effective_radius
    sine = (antenna_height * (2.0 * a + antenna_height) - slant_range * slant_range) / (2.0 * a * slant_range)
    return math.asin(min(max(sine, -1.0), 1.0))


@kernel
def ground_elevation(slant_range: float, antenna_height: float, effective_radius: float) -> float:
    """Apparent elevation [rad, below 0] at which an antenna sees the smooth ground at a slant range [m] within its horizon."""
    # law of cosines, at the antenna's corner of the same triangle
    a = effective_radius + antenna_height
    sine = (antenna_height * (2.0 * effective_radius + antenna_height) + slant_range * slant_range) / (2.0 * a * slant_range)
    return -math.asin(min(sine, 1.0))


@kernel
def surface_cell_area(slant_range: float, azimuth_width: float, range_resolution: float, grazing: float) -> float:
    """Area [m^2] of ground in one pulse-limited resolution cell: range times beamwidth [rad] times the resolution on the ground."""
    # Skolnik, Introduction to Radar Systems (3rd ed., 2001), ch. 7: surface clutter at low grazing angles
    return slant_range * azimuth_width * range_resolution / math.cos(grazing)


@kernel
def beam_limited_area(slant_range: float, azimuth_width: float, elevation_width: float, grazing: float) -> float:
    """Area [m^2] of ground in the beam [rad], which is all of a cell where the ground is looked at steeply."""
    # Skolnik (2001), ch. 7: surface clutter at high grazing angles, the beam's ellipse as wide as its half-power points
    return 0.25 * math.pi * slant_range * azimuth_width * slant_range * elevation_width / math.sin(grazing)


@kernel
def land_reflectivity(gamma: float, grazing: float) -> float:
    """Mean cross section per unit area of land, constant-gamma model: gamma sin(grazing), 0 beyond the horizon."""
    # Barton, Proc. IEEE 73 (1985), 198
    return gamma * math.sin(grazing) if grazing > 0.0 else 0.0


@kernel
def sea_reflectivity(sea_state: float, frequency: float, grazing: float, polarisation: int) -> float:
    """Mean cross section per unit area of sea by the NRL model, linear; Hz, rad.

    Fitted for sea states 0 to 6, 0.5 to 35 GHz and grazing angles of 0.1 to 60 degrees; below 0.1 degrees the formula goes on
    falling, beyond the horizon (grazing 0 or less) it is 0. `polarisation` is 0 horizontal, 1 vertical.
    """
    # Gregers-Hansen and Mital, An Improved Empirical Model for Radar Sea Clutter Reflectivity, NRL/MR/5310--12-9346 (2012)
    if grazing <= 0.0:
        return 0.0
    if polarisation == HORIZONTAL:
        c1, c2, c3, c4, c5 = -73.0, 20.781, 7.351, 25.65, 0.0054
    else:
        c1, c2, c3, c4, c5 = -50.796, 25.93, 0.7093, 21.588, 0.00211
    alpha = math.degrees(grazing)
    db = (
        c1
        + c2 * math.log10(math.sin(grazing))
        + (27.5 + c3 * alpha) * math.log10(frequency * 1e-9) / (1.0 + 0.95 * alpha)
        + c4 * math.pow(1.0 + sea_state, 1.0 / (2.0 + 0.085 * alpha + 0.033 * sea_state))
        + c5 * alpha * alpha
    )
    return math.pow(10.0, 0.1 * db)


@kernel
def clutter_to_noise(constant: float, reflectivity: float, area: float, slant_range: float, relative_gain: float) -> float:
    """Clutter-to-noise ratio of one cell: the ground's cross section in the radar equation, with the two-way relative gain toward it."""
    square = slant_range * slant_range
    return constant * reflectivity * area * relative_gain / (square * square)


@kernel
def beam_on_ground_db(ground: float, target: float, axis: float, beamwidth: float, floor: float) -> float:
    """Two-way gain [dB] of a Gaussian elevation beam toward the ground over that toward a target; elevations and width in rad.

    It falls no lower than `floor` [dB, two ways], the side lobes.
    """
    # `antenna.gaussian_gain`, twice, in decibels
    per_square = 20.0 / math.log(10.0) * FOUR_LN_2 / (beamwidth * beamwidth)
    toward_ground = max(-per_square * (ground - axis) ** 2, floor)
    return toward_ground - max(-per_square * (target - axis) ** 2, floor)


@kernel
def signal_to_interference(
    snr: float, response: float, clutter_to_noise_ratio: float, improvement: float, jam_to_noise_sum: float
) -> float:
    """Signal over noise, residual clutter and jamming together.

    `response` is the velocity response to the target (mean 1, see `mti`), `improvement` the factor by which clutter is reduced.
    The residue counts as further noise: its tails are heavier in truth, which a false-alarm control pays for with a loss.
    """
    # Barton, Radar System Analysis and Modeling (2005), ch. 3: S / (N + C / I + J)
    return snr * response / (1.0 + clutter_to_noise_ratio / improvement + jam_to_noise_sum)
