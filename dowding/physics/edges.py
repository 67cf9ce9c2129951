"""Loss over edges: one knife edge, and any terrain profile.

Source: ITU-R P.526-15 (2019), sect. 4.1 (one knife edge), 4.5 (Bullington's construction, general paths).
"""

import math

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.physics.diffraction import smooth_earth_loss

FloatArray = NDArray[np.float64]


@kernel
def knife_edge_parameter(excess: float, distance_1: float, distance_2: float, wavelength: float) -> float:
    """Diffraction parameter nu of an edge that stands `excess` [m] above the straight line between the ends (below: negative)."""
    # P.526-15, sect. 4.1
    return excess * math.sqrt(2.0 / wavelength * (1.0 / distance_1 + 1.0 / distance_2))


@kernel
def knife_edge_loss(nu: float) -> float:
    """Loss in dB over one knife edge: 6.0 at grazing (nu = 0), 0 from nu = -0.78 down; within 0.1 dB of the Fresnel integral above -0.7."""
    # P.526-15, sect. 4.1, the approximation of J(nu)
    if nu <= -0.78:
        return 0.0
    x = nu - 0.1
    return max(6.9 + 20.0 * math.log10(math.sqrt(x * x + 1.0) + x), 0.0)


@kernel
def bullington_point(
    antenna_height: float, target_height: float, slope_from_antenna: float, slope_from_target: float, distance: float, least: float
) -> float:
    """Distance (m) at which the rays from both ends over their horizons cross, at least `least` m from either."""
    # P.526-15, sect. 4.5.1; where the target just grazes, both rays are one, and any edge on it will do
    bend = slope_from_antenna + slope_from_target
    crossing = (target_height - antenna_height + slope_from_target * distance) / bend if bend > 1e-12 else 0.5 * distance
    return min(max(crossing, least), distance - least)


@kernel
def bullington_loss(
    distance: FloatArray, height: FloatArray, antenna_height: float, target_height: float, effective_radius: float, wavelength: float
) -> float:
    """Loss in dB over a profile, replaced by the edge where the two horizons' rays cross; distance (n,) m from 0, height (n,) m.

    Both end heights are above the same zero as the profile. Its first and last points lie under the ends and are no edges.
    """
    # P.526-15, sect. 4.5.1
    last = distance.shape[0] - 1
    d = distance[last]
    curve = 0.5 / effective_radius
    slope_from_antenna = -math.inf
    slope_from_target = -math.inf
    largest_nu = -math.inf
    for i in range(1, last):
        di = distance[i]
        bulge = height[i] + curve * di * (d - di)
        slope_from_antenna = max(slope_from_antenna, (bulge - antenna_height) / di)
        slope_from_target = max(slope_from_target, (bulge - target_height) / (d - di))
        excess = bulge - (antenna_height * (d - di) + target_height * di) / d
        largest_nu = max(largest_nu, knife_edge_parameter(excess, di, d - di, wavelength))
    if slope_from_antenna < (target_height - antenna_height) / d:
        loss = knife_edge_loss(largest_nu)
    else:
        crossing = bullington_point(antenna_height, target_height, slope_from_antenna, slope_from_target, d, distance[1])
        excess = antenna_height + slope_from_antenna * crossing - (antenna_height * (d - crossing) + target_height * crossing) / d
        loss = knife_edge_loss(knife_edge_parameter(excess, crossing, d - crossing, wavelength))
    return float(loss + (1.0 - math.exp(-loss / 6.0)) * (10.0 + 2e-5 * d))


@kernel
def _smooth_ends(distance: FloatArray, height: FloatArray, antenna_height: float, target_height: float) -> tuple[float, float]:
    """Heights at both ends of the smooth surface that stands for the profile in the spherical part."""
    # P.526-15, sect. 4.5.2, with the smooth surface of P.452-16 (2015), sect. 4.2 and attachment 2
    last = distance.shape[0] - 1
    d = distance[last]
    v1 = 0.0
    v2 = 0.0
    highest = -math.inf
    to_antenna = -math.inf
    to_target = -math.inf
    for i in range(1, last + 1):
        step = distance[i] - distance[i - 1]
        v1 += step * (height[i] + height[i - 1])
        v2 += step * (height[i] * (2.0 * distance[i] + distance[i - 1]) + height[i - 1] * (distance[i] + 2.0 * distance[i - 1]))
        if i < last:
            above = height[i] - (antenna_height * (d - distance[i]) + target_height * distance[i]) / d
            highest = max(highest, above)
            to_antenna = max(to_antenna, above / distance[i])
            to_target = max(to_target, above / (d - distance[i]))
    at_antenna = (2.0 * v1 * d - v2) / (d * d)
    at_target = (v2 - v1 * d) / (d * d)
    if highest > 0.0:
        at_antenna -= highest * to_antenna / (to_antenna + to_target)
        at_target -= highest * to_target / (to_antenna + to_target)
    return min(at_antenna, height[0]), min(at_target, height[last])


@kernel
def profile_loss(
    distance: FloatArray,
    height: FloatArray,
    antenna_height: float,
    target_height: float,
    effective_radius: float,
    wavelength: float,
    admittance: float,
    flat_work: FloatArray,
) -> float:
    """Loss in dB beyond free space over any profile: Bullington's edge, and as much more as the smooth earth would give.

    distance (n,) m from 0, ascending; height (n,) m of the ground; end heights above the same zero; flat_work (n,) is overwritten.
    """
    # P.526-15, sect. 4.5.2 ("delta-Bullington")
    edge = bullington_loss(distance, height, antenna_height, target_height, effective_radius, wavelength)
    under_antenna, under_target = _smooth_ends(distance, height, antenna_height, target_height)
    h1 = antenna_height - under_antenna
    h2 = target_height - under_target
    for i in range(flat_work.shape[0]):
        flat_work[i] = 0.0
    flat = bullington_loss(distance, flat_work, h1, h2, effective_radius, wavelength)
    sphere = smooth_earth_loss(distance[distance.shape[0] - 1], h1, h2, effective_radius, wavelength, admittance)
    return edge + max(sphere - flat, 0.0)
