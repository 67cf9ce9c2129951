"""Where the earth hides a target: horizons, elevations and heights over a sphere of effective radius.

A ray bent by the standard atmosphere is straight over an earth whose radius is `factor` times the true one. Ground
distances are arc lengths and are the same on the true and on the effective sphere; heights are above the sphere.

Source: Skolnik, Introduction to Radar Systems (3rd ed., 2001), ch. 8; Doerry, Earth Curvature and Atmospheric
Refraction Effects on Radar Signal Propagation, SAND2012-10690 (2013).
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import ECCENTRICITY_SQUARED, SEMI_MAJOR_AXIS
from dowding.physics.geodesy import euler_radius as euler_radius  # offered here too: it is an `earth_radius` for what follows

EARTH_RADIUS_MEAN = 6371.0e3  # m, mean radius of the sphere that most radar texts use
FACTOR_FOUR_THIRDS = 4.0 / 3.0
SERIES_SQUARE = 0.01  # of the sine of half an angle: 1,270 km over the earth
SERIES_ANGLE = 0.2  # rad: as far


@kernel
def gaussian_radius(latitude: float) -> float:
    """Radius [m] of the sphere that fits the ellipsoid best at a latitude [rad]; that of one direction is `geodesy.euler_radius`."""
    w2 = 1.0 - ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
    return SEMI_MAJOR_AXIS * math.sqrt(1.0 - ECCENTRICITY_SQUARED) / w2


@kernel
def horizon_angle(height: float, effective_radius: float) -> float:
    """Angle [rad] at the earth's centre from a point at a height [m, below 0 counts as 0] to where its horizon touches the sphere."""
    h = max(height, 0.0)
    # acos(R/(R+h)), written with the tangent: it keeps all digits for low heights
    return math.atan(math.sqrt(h * (2.0 * effective_radius + h)) / effective_radius)


@kernel
def horizon_distance(antenna_height: float, target_height: float, earth_radius: float, factor: float) -> float:
    """Ground distance [m] at which a target at a height sinks below the horizon of an antenna: exact arc length, heights in m."""
    radius = factor * earth_radius
    return radius * (horizon_angle(antenna_height, radius) + horizon_angle(target_height, radius))


@kernel
def arc_angle(slant_range: float, antenna_height: float, target_height: float, earth_radius: float) -> float:
    """Angle [rad] at the earth's centre between two heights [m] that lie a straight slant range [m] apart: law of cosines.

    A slant range shorter than the difference in height is impossible and counts as vertical: 0.
    """
    a = earth_radius + antenna_height
    b = earth_radius + target_height
    # half-angle form: the plain law of cosines loses eight digits at short range
    square = max((slant_range * slant_range - (a - b) * (a - b)) / (4.0 * a * b), 0.0)
    if square > SERIES_SQUARE:
        return 2.0 * math.asin(math.sqrt(min(square, 1.0)))
    # the arc sine's series, whose next term is 1e-14 of the whole; several times quicker
    beyond = square * (15.0 / 336.0 + square * (105.0 / 3456.0 + square * 945.0 / 42240.0))
    return 2.0 * math.sqrt(square) * (1.0 + square * (1.0 / 6.0 + square * (3.0 / 40.0 + beyond)))


@kernel
def surface_distance(slant_range: float, antenna_height: float, target_height: float, earth_radius: float) -> float:
    """Ground distance [m] between the foot points of two heights [m] that lie a straight slant range [m] apart; see `arc_angle`."""
    return earth_radius * arc_angle(slant_range, antenna_height, target_height, earth_radius)


@kernel
def slant_range(ground_distance: float, antenna_height: float, target_height: float, earth_radius: float) -> float:
    """Straight distance [m] between two heights [m] a ground distance [m] apart: the inverse of `surface_distance`."""
    a = earth_radius + antenna_height
    b = earth_radius + target_height
    half_sine = math.sin(0.5 * ground_distance / earth_radius)
    return math.sqrt((a - b) * (a - b) + 4.0 * a * b * half_sine * half_sine)


@kernel
def sine_versine(angle: float) -> tuple[float, float]:
    """Sine and 1 - cosine of an angle (rad, from 0 on); up to SERIES_ANGLE by their series, to 1e-11 of themselves and much quicker."""
    if angle > SERIES_ANGLE:
        half = math.sin(0.5 * angle)
        return math.sin(angle), 2.0 * half * half
    square = angle * angle
    # no divisions: a look asks for these three times
    sine = angle * (1.0 - square * (1.0 / 6.0) * (1.0 - square * (1.0 / 20.0) * (1.0 - square * (1.0 / 42.0))))
    versine = 0.5 * square * (1.0 - square * (1.0 / 12.0) * (1.0 - square * (1.0 / 30.0) * (1.0 - square * (1.0 / 56.0))))
    return sine, versine


@kernel
def line_of_sight(angle: float, antenna_height: float, target_height: float, radius: float) -> tuple[float, float, bool]:
    """The straight line over a sphere from an antenna to a target, an angle [rad] at its centre away: rise [m], run [m], and whether clear.

    Over the effective earth that is the bent ray. Rise and run are along the antenna's vertical and horizontal: the apparent elevation is
    atan2(rise, run). Clear means above the smooth earth's horizon; an end below height 0 counts as at 0 for that.
    """
    sine, versine = sine_versine(angle)
    rise = target_height - antenna_height - (radius + target_height) * versine
    run = (radius + target_height) * sine
    low, high = max(antenna_height, 0.0), max(target_height, 0.0)
    over, out = high - low - (radius + high) * versine, (radius + high) * sine
    # nearer than where the antenna's horizon touches the sphere, or above the line that touches it: no arc is needed
    near = (radius + low) * versine <= low
    above = over >= 0.0 or over * over * radius * radius <= out * out * low * (2.0 * radius + low)
    return rise, run, (near or above) and angle < math.pi


@kernel
def is_above_horizon(ground_distance: float, antenna_height: float, target_height: float, earth_radius: float, factor: float) -> bool:
    """Whether a target at a ground distance [m] stands above the smooth earth's horizon as an antenna sees it; heights in m."""
    radius = factor * earth_radius
    return line_of_sight(ground_distance / radius, antenna_height, target_height, radius)[2]


@kernel
def minimum_visible_height(ground_distance: float, antenna_height: float, earth_radius: float, factor: float) -> float:
    """Lowest height [m] that an antenna sees at a ground distance [m]: 0 before its own horizon, infinite beyond a quarter turn."""
    radius = factor * earth_radius
    beyond = ground_distance / radius - horizon_angle(antenna_height, radius)
    if beyond <= 0.0:
        return 0.0
    if beyond >= 0.5 * math.pi:
        return math.inf
    return 2.0 * radius * math.sin(0.5 * beyond) ** 2 / math.cos(beyond)


@kernel
def apparent_elevation(ground_distance: float, antenna_height: float, target_height: float, earth_radius: float, factor: float) -> float:
    """Elevation [rad, from the local horizon] at which an antenna sees a target along the bent ray; lengths in m."""
    radius = factor * earth_radius
    rise, run, _clear = line_of_sight(ground_distance / radius, antenna_height, target_height, radius)
    return math.atan2(rise, run)


@kernel
def height_at_elevation(path_range: float, elevation: float, antenna_height: float, earth_radius: float, factor: float) -> float:
    """Height [m] of a point at a range [m] and elevation [rad] from an antenna, over the effective earth."""
    a = factor * earth_radius + antenna_height
    gain = path_range * (path_range + 2.0 * a * math.sin(elevation))
    return antenna_height + gain / (math.sqrt(a * a + gain) + a)


@kernel
def range_to_height(height: float, elevation: float, antenna_height: float, earth_radius: float, factor: float) -> float:
    """Shortest range [m] along an elevation [rad] at which a ray from an antenna reaches a height [m]; NaN where it never does."""
    radius = factor * earth_radius
    b = (radius + antenna_height) * math.sin(elevation)
    c = (height - antenna_height) * (2.0 * radius + height + antenna_height)
    square = b * b + c
    if square < 0.0 or (c < 0.0 and b >= 0.0):
        return math.nan
    root = math.sqrt(square)
    if c < 0.0:
        return -c / (root - b)
    if b > 0.0:
        return c / (root + b)
    return root - b


@kernel
def ground_distance_at_elevation(path_range: float, elevation: float, antenna_height: float, earth_radius: float, factor: float) -> float:
    """Ground distance [m] to a point at a range [m] and elevation [rad] from an antenna, over the effective earth."""
    radius = factor * earth_radius
    return radius * math.atan2(path_range * math.cos(elevation), radius + antenna_height + path_range * math.sin(elevation))
