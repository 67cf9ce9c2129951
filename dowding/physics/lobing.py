"""The pattern-propagation factor over a smooth earth: interference above the horizon, diffraction below it, one curve.

F is the ratio of the field at the target to the field it would have in free space in the same direction of the antenna's
pattern; the radar equation takes F^4. The antenna's own gain toward the target is not in F.

Source: Kerr, Propagation of Short Radio Waves (1951), ch. 2 and 5; Blake, Radar Range-Performance Analysis (2nd ed., 1986), ch. 6.
"""

import math

from dowding._jit import kernel
from dowding.physics.diffraction import reflection_distance, smooth_earth_loss
from dowding.physics.propagation import horizon_distance
from dowding.physics.surface import fresnel_reflection, roughness_factor

LEAST_HEIGHT = 0.1  # m; a lower antenna or target counts as this high: the geometry needs a height
DEEPEST_NULL = 1e-4  # field ratio (-80 dB); no real surface cancels better


@kernel
def _tangent_of_grazing(angle: float, height: float, radius: float) -> float:
    half = math.sin(0.5 * angle)
    return (height - 2.0 * (radius + height) * half * half) / ((radius + height) * math.sin(angle))


@kernel
def specular_angle(ground_distance: float, antenna_height: float, target_height: float, effective_radius: float) -> float:
    """Angle [rad] at the earth's centre from the antenna to the point that mirrors the target, within the horizon; any heights in m."""
    whole = ground_distance / effective_radius
    angle = reflection_distance(ground_distance, antenna_height, target_height, effective_radius) / effective_radius
    # Kerr's cubic neglects height against radius; Newton's method on equal grazing angles mends that
    for _ in range(3):
        t1 = _tangent_of_grazing(angle, antenna_height, effective_radius)
        t2 = _tangent_of_grazing(whole - angle, target_height, effective_radius)
        a1 = effective_radius + antenna_height
        a2 = effective_radius + target_height
        slope1 = (a1 - effective_radius * math.cos(angle)) / (a1 * math.sin(angle) ** 2)
        slope2 = (a2 - effective_radius * math.cos(whole - angle)) / (a2 * math.sin(whole - angle) ** 2)
        angle = min(max(angle + (t1 - t2) / (slope1 + slope2), 1e-3 * angle), whole - 1e-3 * (whole - angle))
    return angle


@kernel
def two_ray_geometry(
    ground_distance: float, antenna_height: float, target_height: float, effective_radius: float
) -> tuple[float, float, float, float, float]:
    """Path difference [m], grazing angle, divergence factor, and elevations of direct and reflected ray at the antenna [rad].

    For targets above the horizon.
    """
    angle = specular_angle(ground_distance, antenna_height, target_height, effective_radius)
    whole = ground_distance / effective_radius
    a1 = effective_radius + antenna_height
    a2 = effective_radius + target_height
    grazing = math.atan(max(_tangent_of_grazing(angle, antenna_height, effective_radius), 0.0))
    r1 = math.sqrt(antenna_height**2 + 4.0 * effective_radius * a1 * math.sin(0.5 * angle) ** 2)
    r2 = math.sqrt(target_height**2 + 4.0 * effective_radius * a2 * math.sin(0.5 * (whole - angle)) ** 2)
    direct = math.sqrt((a1 - a2) ** 2 + 4.0 * a1 * a2 * math.sin(0.5 * whole) ** 2)
    sine = math.sin(grazing)
    # (r1 + r2)^2 - direct^2 = 4 r1 r2 sin^2(grazing): no difference of two long paths
    difference = 4.0 * r1 * r2 * sine * sine / (r1 + r2 + direct)
    # mirror on a sphere, in and across the plane of incidence: Kerr (1951), ch. 5
    bend = 2.0 * r1 * r2 / ((r1 + r2) * effective_radius)
    divergence = math.sqrt(sine / ((sine + bend) * (1.0 + bend * sine))) if sine > 0.0 else 0.0
    rise = target_height - antenna_height - 2.0 * a2 * math.sin(0.5 * whole) ** 2
    return difference, grazing, divergence, math.atan2(rise, a2 * math.sin(whole)), -(grazing + angle)


@kernel
def _gaussian_field(offset: float, beamwidth: float) -> float:
    # square root of the power pattern in `antenna`
    x = offset / beamwidth
    return math.exp(-2.0 * math.log(2.0) * x * x)


@kernel
def pattern_ratio(direct: float, reflected: float, axis: float, beamwidth: float, side_lobe: float) -> float:
    """Field gain of a Gaussian elevation beam toward the reflected over that toward the direct ray [rad]; `side_lobe` a power ratio."""
    floor = math.sqrt(side_lobe)
    return max(_gaussian_field(reflected - axis, beamwidth), floor) / max(_gaussian_field(direct - axis, beamwidth), floor)


@kernel
def interference_factor(path_difference: float, wavelength: float, reflection: complex, strength: float) -> float:
    """F of two rays: the reflected one is `strength` (divergence, roughness, pattern) times `reflection` and longer by a difference [m]."""
    # Kerr (1951), ch. 2: |1 + rho D exp(-j k delta)|
    phase = 2.0 * math.pi * path_difference / wavelength
    real = 1.0 + strength * (reflection.real * math.cos(phase) + reflection.imag * math.sin(phase))
    imaginary = strength * (reflection.imag * math.cos(phase) - reflection.real * math.sin(phase))
    return max(math.sqrt(real * real + imaginary * imaginary), DEEPEST_NULL)


@kernel
def propagation_factor(
    ground_distance: float,
    antenna_height: float,
    target_height: float,
    effective_radius: float,
    wavelength: float,
    permittivity: complex,
    polarisation: int,
    deviation: float,
    admittance: float,
    axis: float,
    beamwidth: float,
    side_lobe: float,
) -> float:
    """F of a target at a ground distance [m], everywhere: two rays, diffraction, and a passage between them.

    `permittivity` and `polarisation` as in `surface`, `deviation` [m, rms] of the surface, `admittance` from
    `diffraction.surface_admittance`; `axis` and `beamwidth` of the elevation beam [rad] (infinite width: pattern 1).
    """
    h1 = max(antenna_height, LEAST_HEIGHT)
    h2 = max(target_height, LEAST_HEIGHT)
    if ground_distance >= horizon_distance(h1, h2, effective_radius, 1.0):
        return math.pow(10.0, -0.05 * smooth_earth_loss(ground_distance, h1, h2, effective_radius, wavelength, admittance))
    difference, grazing, divergence, direct, reflected = two_ray_geometry(ground_distance, h1, h2, effective_radius)
    strength = divergence * roughness_factor(grazing, deviation, wavelength)
    strength *= pattern_ratio(direct, reflected, axis, beamwidth, side_lobe)
    factor = interference_factor(difference, wavelength, fresnel_reflection(grazing, permittivity, polarisation), strength)
    # Blake (1986), ch. 6: rays hold down to a path difference of a quarter wavelength; from there to the horizon decibels interpolate
    weight = 4.0 * difference / wavelength
    if weight >= 1.0:
        return factor
    loss = smooth_earth_loss(ground_distance, h1, h2, effective_radius, wavelength, admittance)
    return math.pow(10.0, weight * math.log10(factor) - (1.0 - weight) * 0.05 * loss)
