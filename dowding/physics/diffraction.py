"""Loss round a smooth earth, behind the horizon and close before it.

Source: ITU-R P.526-15 (2019), sect. 3.1 and 3.2. Edges and profiles are in `edges`.
"""

import math

from dowding._elementwise import elementwise
from dowding._jit import kernel
from dowding.physics.surface import VERTICAL


@elementwise
def surface_admittance(permittivity: complex, polarisation: int, effective_radius: float, wavelength: float) -> float:
    """Normalised admittance K of the ground (0 conducts perfectly or hardly matters, 1 and more matters)."""
    # P.526-15, sect. 3.1.1, in the form (k a)^(-1/3) / |eps - 1|^(1/2), times |eps| for vertical
    size = math.pow(2.0 * math.pi * effective_radius / wavelength, -1.0 / 3.0)
    horizontal = size / math.sqrt(abs(permittivity - 1.0))
    return horizontal * abs(permittivity) if polarisation == VERTICAL else horizontal


@kernel
def _height_gain(height_parameter: float, admittance: float) -> float:
    # P.526-15, sect. 3.1.1, G(Y)
    b = height_parameter
    if b > 2.0:
        gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    else:
        gain = 20.0 * math.log10(b + 0.1 * b * b * b)
    return max(gain, 2.0 + 20.0 * math.log10(admittance))


@kernel
def first_mode_loss(
    ground_distance: float, height_1: float, height_2: float, effective_radius: float, wavelength: float, admittance: float
) -> float:
    """Loss in dB beyond free space by the first mode round the smooth earth; valid behind the horizon, below 0 well before it."""
    # P.526-15, sect. 3.1.1, F(X) + G(Y1) + G(Y2); beta is 1 within 3e-3 for admittances below 0.03
    k2 = admittance * admittance
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)
    x = beta * ground_distance * math.pow(math.pi / (wavelength * effective_radius * effective_radius), 1.0 / 3.0)
    per_height = 2.0 * beta * math.pow(math.pi * math.pi / (wavelength * wavelength * effective_radius), 1.0 / 3.0)
    if x >= 1.6:
        distance_gain = 11.0 + 10.0 * math.log10(x) - 17.6 * x
    else:
        distance_gain = -20.0 * math.log10(x) - 5.6488 * math.pow(x, 1.425)
    # a height of a centimetre stands for the ground itself: the logarithm needs one
    y1 = beta * per_height * max(height_1, 0.01)
    y2 = beta * per_height * max(height_2, 0.01)
    return -(distance_gain + _height_gain(y1, admittance) + _height_gain(y2, admittance))


@kernel
def reflection_distance(ground_distance: float, height_1: float, height_2: float, effective_radius: float) -> float:
    """Ground distance [m] from the first of two heights to the point of the sphere midway in angle between them: the specular point."""
    # P.526-15, sect. 3.2: the middle root of the cubic, exact for heights small against the radius
    total = max(height_1 + height_2, 1e-9)
    m = ground_distance * ground_distance / (4.0 * effective_radius * total)
    c = (height_1 - height_2) / total
    inside = 1.5 * c * math.sqrt(3.0 * m / ((m + 1.0) ** 3))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos((math.pi + math.acos(min(max(inside, -1.0), 1.0))) / 3.0)
    return 0.5 * ground_distance * (1.0 + b)


@kernel
def smooth_earth_loss(
    ground_distance: float, height_1: float, height_2: float, effective_radius: float, wavelength: float, admittance: float
) -> float:
    """Loss in dB beyond free space over a smooth earth, 0 where the path has clearance; lobing is not in it (see `lobing`)."""
    h1 = max(height_1, 0.0)
    h2 = max(height_2, 0.0)
    horizon = math.sqrt(2.0 * effective_radius) * (math.sqrt(h1) + math.sqrt(h2))
    if ground_distance >= horizon:
        return max(first_mode_loss(ground_distance, h1, h2, effective_radius, wavelength, admittance), 0.0)
    # P.526-15, sect. 3.2: within sight the loss fades in with the clearance that is missing
    d1 = reflection_distance(ground_distance, h1, h2, effective_radius)
    d2 = ground_distance - d1
    sag = 2.0 * effective_radius
    clearance = ((h1 - d1 * d1 / sag) * d2 + (h2 - d2 * d2 / sag) * d1) / ground_distance
    needed = 0.552 * math.sqrt(d1 * d2 * wavelength / ground_distance)
    if clearance >= needed:
        return 0.0
    marginal = 0.5 * (ground_distance / (math.sqrt(h1) + math.sqrt(h2))) ** 2
    loss = first_mode_loss(ground_distance, h1, h2, marginal, wavelength, admittance)
    return max(loss, 0.0) * (1.0 - clearance / needed)
