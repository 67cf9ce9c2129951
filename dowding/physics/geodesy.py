"""The WGS-84 ellipsoid: geodetic, Earth-centred and theatre coordinates, directions, and geodesics.

The theatre frame is east-north-up at an origin on the ellipsoid's normal: a rigid rotation of the Earth-centred,
Earth-fixed frame (EPSG method 9837), so nothing is flattened at any distance. Angles are radians and lengths metres.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray

from dowding._jit import bundle, kernel

Array = NDArray[np.float64]

# NGA.STND.0036 (2014), table 3.1: the WGS-84 ellipsoid
SEMI_MAJOR_AXIS = 6378137.0
FLATTENING = 1.0 / 298.257223563
SEMI_MINOR_AXIS = SEMI_MAJOR_AXIS * (1.0 - FLATTENING)
ECCENTRICITY_SQUARED = FLATTENING * (2.0 - FLATTENING)
SECOND_ECCENTRICITY_SQUARED = ECCENTRICITY_SQUARED / (1.0 - ECCENTRICITY_SQUARED)
FORM_DIFFERENCE = SEMI_MINOR_AXIS**-2 - SEMI_MAJOR_AXIS**-2

SMALL_ANGLE = 0.1  # rad, of `quick_tangent`

_GEODESIC = Geodesic(SEMI_MAJOR_AXIS, FLATTENING)


@bundle
class Frame(NamedTuple):
    """A theatre frame: where it stands in the Earth, and where the Earth stands in it."""

    origin: Array  # (3,) m, Earth-centred Earth-fixed
    rotation: Array  # (3, 3) rows are east, north, up in Earth-centred axes: theatre = rotation @ (ecef - origin)
    earth_centre: Array  # (3,) m, theatre
    spin_axis: Array  # (3,) unit vector toward the north pole, theatre


class GeodesicLine(NamedTuple):
    """The shortest line between two places on the ellipsoid."""

    distance: float  # m
    azimuth_start: float  # rad, clockwise from north, at the first place
    azimuth_end: float  # rad, direction of travel at the second place


@kernel
def geodetic_to_ecef(latitude: float, longitude: float, height: float) -> tuple[float, float, float]:
    """Earth-centred x, y, z in metres of a place given in radians and metres above the ellipsoid."""
    sine = math.sin(latitude)
    cosine = math.cos(latitude)
    normal = SEMI_MAJOR_AXIS / math.sqrt(1.0 - ECCENTRICITY_SQUARED * sine * sine)
    across = (normal + height) * cosine
    return (
        across * math.cos(longitude),
        across * math.sin(longitude),
        (normal * (1.0 - ECCENTRICITY_SQUARED) + height) * sine,
    )


@kernel
def _latitude_height(across: float, z: float) -> tuple[float, float, float]:
    """Sine and cosine of the geodetic latitude, and height, of a point `across` metres from the axis."""
    # Bowring, B. R. (1976), Survey Review 23, 323-327: tan(lat) = (z + e'2 b sin3 beta) / (p - e2 a cos3 beta),
    # beta the parametric latitude. His start on the ellipsoid is bettered by the height (Bowring 1985), then two rounds.
    distance = math.sqrt(across * across + z * z)
    if distance < 1.0:  # the Earth's centre has no latitude
        return 0.0, 1.0, -SEMI_MAJOR_AXIS
    sine = SEMI_MINOR_AXIS * z * (1.0 + SECOND_ECCENTRICITY_SQUARED * SEMI_MINOR_AXIS / distance)
    cosine = SEMI_MAJOR_AXIS * across
    for _ in range(2):
        scale = 1.0 / math.sqrt(sine * sine + cosine * cosine)
        sine *= scale
        cosine *= scale
        up = z + SECOND_ECCENTRICITY_SQUARED * SEMI_MINOR_AXIS * sine * sine * sine
        out = across - ECCENTRICITY_SQUARED * SEMI_MAJOR_AXIS * cosine * cosine * cosine
        sine = (1.0 - FLATTENING) * up
        cosine = out
    scale = 1.0 / math.sqrt(up * up + out * out)
    sine = up * scale
    cosine = out * scale
    # Bowring (1985), Survey Review 28, 202-206, eq. 7: exact to second order in the error of latitude, good at the poles too
    height = across * cosine + z * sine - SEMI_MAJOR_AXIS * math.sqrt(1.0 - ECCENTRICITY_SQUARED * sine * sine)
    return sine, cosine, height


@kernel
def ecef_to_geodetic(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Latitude, longitude (-pi to pi] in radians and height in metres above the ellipsoid of an Earth-centred point."""
    sine, cosine, height = _latitude_height(math.sqrt(x * x + y * y), z)
    return math.atan2(sine, cosine), math.atan2(y, x), height


def rotation_to_local(latitude: float, longitude: float) -> Array:
    """The (3, 3) rotation from Earth-centred axes to east, north, up at a place."""
    sine, cosine = math.sin(latitude), math.cos(latitude)
    sine_longitude, cosine_longitude = math.sin(longitude), math.cos(longitude)
    return np.array(
        [
            [-sine_longitude, cosine_longitude, 0.0],
            [-sine * cosine_longitude, -sine * sine_longitude, cosine],
            [cosine * cosine_longitude, cosine * sine_longitude, sine],
        ]
    )


def theatre_frame(latitude: float, longitude: float, height: float = 0.0) -> Frame:
    """The theatre frame with its origin at a place."""
    origin = np.array(geodetic_to_ecef(float(latitude), float(longitude), float(height)))
    rotation = rotation_to_local(latitude, longitude)
    return Frame(origin, rotation, -rotation @ origin, np.ascontiguousarray(rotation[:, 2]))


def local_rotation(frame: Frame, latitude: float, longitude: float) -> Array:
    """The (3, 3) rotation from theatre axes to east, north, up at a place."""
    return np.ascontiguousarray(rotation_to_local(latitude, longitude) @ frame.rotation.T)


@kernel
def rotate(rotation: Array, x: float, y: float, z: float) -> tuple[float, float, float]:
    """The vector `rotation @ (x, y, z)`."""
    return (
        rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2] * z,
        rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2] * z,
        rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2] * z,
    )


@kernel
def rotate_back(rotation: Array, x: float, y: float, z: float) -> tuple[float, float, float]:
    """The vector `rotation.T @ (x, y, z)`: the inverse of `rotate`."""
    return (
        rotation[0, 0] * x + rotation[1, 0] * y + rotation[2, 0] * z,
        rotation[0, 1] * x + rotation[1, 1] * y + rotation[2, 1] * z,
        rotation[0, 2] * x + rotation[1, 2] * y + rotation[2, 2] * z,
    )


@kernel
def theatre_to_geodetic(frame: Frame, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Latitude, longitude (rad) and height above the ellipsoid (m) of a theatre point."""
    dx, dy, dz = rotate_back(frame.rotation, x, y, z)
    return ecef_to_geodetic(frame.origin[0] + dx, frame.origin[1] + dy, frame.origin[2] + dz)


@kernel
def geodetic_to_theatre(frame: Frame, latitude: float, longitude: float, height: float) -> tuple[float, float, float]:
    """Theatre east, north, up (m) of a place given in radians and metres above the ellipsoid."""
    x, y, z = geodetic_to_ecef(latitude, longitude, height)
    return rotate(frame.rotation, x - frame.origin[0], y - frame.origin[1], z - frame.origin[2])


@kernel
def height_above_ellipsoid(frame: Frame, x: float, y: float, z: float) -> float:
    """Height in metres above the ellipsoid of a theatre point, without its latitude: to 0.1 mm up to 100 km, 4 cm at 10,000 km."""
    # distances along and across the spin axis need no rotation to Earth-centred axes
    dx = x - frame.earth_centre[0]
    dy = y - frame.earth_centre[1]
    dz = z - frame.earth_centre[2]
    along = frame.spin_axis[0] * dx + frame.spin_axis[1] * dy + frame.spin_axis[2] * dz
    distance_squared = dx * dx + dy * dy + dz * dz
    along_squared = along * along
    across_squared = max(distance_squared - along_squared, 0.0)
    # the ellipsoid through the point, of the same shape, is `scale` times as large
    square = across_squared / (SEMI_MAJOR_AXIS * SEMI_MAJOR_AXIS) + along_squared / (SEMI_MINOR_AXIS * SEMI_MINOR_AXIS)
    if square < 1e-12:  # the Earth's centre has no latitude
        return -SEMI_MAJOR_AXIS
    scale = math.sqrt(square)
    radial = math.sqrt(distance_squared) * (square - 1.0) / (scale * (scale + 1.0))
    # the normal leans by this sine against the radius (gradient of the quadratic form against the position); the foot of the normal is
    # nearer than the radius' by half its square, less what the ground curves away in between
    lean_squared = across_squared * along_squared * (FORM_DIFFERENCE * FORM_DIFFERENCE) / (square * square)
    return float(radial * (1.0 - 0.5 * lean_squared / scale))


@kernel
def local_axes(earth_centre: Array, spin_axis: Array, x: float, y: float, z: float, rotation_out: Array) -> tuple[float, float]:
    """Fill the (3, 3) rotation from theatre axes to east, north, up at a theatre point; returns its latitude (rad) and height (m).

    `earth_centre` (3,) m and `spin_axis` (3,) are those of the frame. On the axis itself east is any direction.
    """
    dx, dy, dz = x - earth_centre[0], y - earth_centre[1], z - earth_centre[2]
    along = spin_axis[0] * dx + spin_axis[1] * dy + spin_axis[2] * dz
    ox, oy, oz = dx - along * spin_axis[0], dy - along * spin_axis[1], dz - along * spin_axis[2]
    across = math.sqrt(ox * ox + oy * oy + oz * oz)
    sine, cosine, height = _latitude_height(across, along)
    scale = 1.0 / max(across, 1e-9)
    ox, oy, oz = ox * scale, oy * scale, oz * scale
    # east = axis x outward, up = outward and axis by latitude, north = axis and inward by latitude
    rotation_out[0, 0] = spin_axis[1] * oz - spin_axis[2] * oy
    rotation_out[0, 1] = spin_axis[2] * ox - spin_axis[0] * oz
    rotation_out[0, 2] = spin_axis[0] * oy - spin_axis[1] * ox
    rotation_out[1, 0], rotation_out[2, 0] = cosine * spin_axis[0] - sine * ox, cosine * ox + sine * spin_axis[0]
    rotation_out[1, 1], rotation_out[2, 1] = cosine * spin_axis[1] - sine * oy, cosine * oy + sine * spin_axis[1]
    rotation_out[1, 2], rotation_out[2, 2] = cosine * spin_axis[2] - sine * oz, cosine * oz + sine * spin_axis[2]
    return math.atan2(sine, cosine), height


@kernel
def _theatre_to_geodetic_rows(frame: Frame, positions: Array, geodetic_out: Array) -> None:
    for row in range(positions.shape[0]):
        latitude, longitude, height = theatre_to_geodetic(frame, positions[row, 0], positions[row, 1], positions[row, 2])
        geodetic_out[row, 0] = latitude
        geodetic_out[row, 1] = longitude
        geodetic_out[row, 2] = height


@kernel
def _geodetic_to_theatre_rows(frame: Frame, geodetic: Array, positions_out: Array) -> None:
    for row in range(geodetic.shape[0]):
        x, y, z = geodetic_to_theatre(frame, geodetic[row, 0], geodetic[row, 1], geodetic[row, 2])
        positions_out[row, 0] = x
        positions_out[row, 1] = y
        positions_out[row, 2] = z


def _rows_of_three(values: Any) -> Array:
    return np.ascontiguousarray(values, dtype=np.float64).reshape(-1, 3)


def theatre_to_geodetic_many(frame: Frame, positions: Any) -> Array:
    """(n, 3) latitude, longitude (rad), height (m) of (n, 3) theatre points."""
    rows = _rows_of_three(positions)
    out = np.empty_like(rows)
    _theatre_to_geodetic_rows(frame, rows, out)
    return out


def geodetic_to_theatre_many(frame: Frame, geodetic: Any) -> Array:
    """(n, 3) theatre points of (n, 3) latitude, longitude (rad), height (m)."""
    rows = _rows_of_three(geodetic)
    out = np.empty_like(rows)
    _geodetic_to_theatre_rows(frame, rows, out)
    return out


@kernel
def quick_atan2(y: float, x: float) -> float:
    """`math.atan2` to 3e-8 rad (a centimetre at 400 km) in half of its time; (0, 0) gives 0."""
    ahead, aside = abs(x), abs(y)
    larger = max(ahead, aside)
    if not larger > 0.0:
        return 0.0
    ratio = min(ahead, aside) / larger
    # Abramowitz and Stegun (1964), 4.4.49, in pairs, so that the processor may take several at once
    t = ratio * ratio
    u = t * t
    low = (1.0 - 0.3333314528 * t) + u * (0.1999355085 - 0.1420889944 * t)
    high = (0.1065626393 - 0.0752896400 * t) + u * (0.0429096138 - 0.0161657367 * t) + u * u * 0.0028662257
    angle = ratio * (low + u * u * high)
    if aside > ahead:
        angle = 0.5 * math.pi - angle
    if x < 0.0:
        angle = math.pi - angle
    return -angle if y < 0.0 else angle


@kernel
def quick_tangent(angle: float) -> float:
    """`math.tan`; up to SMALL_ANGLE by its series, to 2e-9 of itself and much quicker: elevations of the ground are small."""
    if abs(angle) > SMALL_ANGLE:
        return math.tan(angle)
    square = angle * angle
    # Abramowitz and Stegun (1964), 4.3.67
    return angle * (1.0 + square * (1.0 / 3.0 + square * (2.0 / 15.0 + square * (17.0 / 315.0))))


@kernel
def full_turn(angle: float) -> float:
    """The same angle in [0, 2 pi): an azimuth."""
    turned = angle - 2.0 * math.pi * math.floor(angle * (0.5 / math.pi))
    return turned if 0.0 <= turned < 2.0 * math.pi else 0.0  # the last bit of a tiny angle may round out of the circle


@kernel
def half_turn(angle: float) -> float:
    """The same angle in [-pi, pi): a difference of azimuths."""
    return angle - 2.0 * math.pi * math.floor((angle + math.pi) / (2.0 * math.pi))


@kernel
def azimuth_elevation_range(dx: float, dy: float, dz: float) -> tuple[float, float, float]:
    """Azimuth [0, 2 pi) clockwise from north, elevation from the horizon (rad), range (m) of a local east, north, up vector."""
    ground_squared = dx * dx + dy * dy
    azimuth = math.atan2(dx, dy)
    if azimuth < 0.0:
        azimuth += 2.0 * math.pi
        if azimuth >= 2.0 * math.pi:  # a tiny negative angle rounds up to the full circle
            azimuth = 0.0
    return azimuth, math.atan2(dz, math.sqrt(ground_squared)), math.sqrt(ground_squared + dz * dz)


@kernel
def direction_vector(azimuth: float, elevation: float, distance: float) -> tuple[float, float, float]:
    """The local east, north, up vector of an azimuth, elevation (rad) and range (m): the inverse of `azimuth_elevation_range`."""
    ground = distance * math.cos(elevation)
    return ground * math.sin(azimuth), ground * math.cos(azimuth), distance * math.sin(elevation)


@kernel
def meridional_radius(latitude: float) -> float:
    """Radius of curvature (m) of the ellipsoid along the meridian."""
    sine = math.sin(latitude)
    w = 1.0 - ECCENTRICITY_SQUARED * sine * sine
    return SEMI_MAJOR_AXIS * (1.0 - ECCENTRICITY_SQUARED) / (w * math.sqrt(w))


@kernel
def prime_vertical_radius(latitude: float) -> float:
    """Radius of curvature (m) of the ellipsoid across the meridian."""
    sine = math.sin(latitude)
    return SEMI_MAJOR_AXIS / math.sqrt(1.0 - ECCENTRICITY_SQUARED * sine * sine)


@kernel
def radius_toward(curvature_north: float, curvature_east: float, east: float, north: float) -> float:
    """`euler_radius` (m) in the direction of a local vector, from the curvatures (1/m) along the meridian and across it."""
    east_squared, north_squared = east * east, north * north
    total = east_squared + north_squared
    return total / (north_squared * curvature_north + east_squared * curvature_east) if total > 0.0 else 1.0 / curvature_north


@kernel
def euler_radius(latitude: float, azimuth: float) -> float:
    """Radius of curvature (m) of the ellipsoid in a direction."""
    # Euler's theorem: 1/R = cos2(azimuth)/M + sin2(azimuth)/N (Torge & Mueller 2012, Geodesy, eq. 4.19)
    cosine = math.cos(azimuth)
    sine = math.sin(azimuth)
    return 1.0 / (cosine * cosine / meridional_radius(latitude) + sine * sine / prime_vertical_radius(latitude))


# Geodesics are solved while a scenario is compiled, never in a kernel. Karney's own library is used: it alone is
# proven to converge everywhere, near-antipodal points included (Karney 2013, J. Geodesy 87, 43-55).


def geodesic_inverse(latitude: float, longitude: float, latitude_end: float, longitude_end: float) -> GeodesicLine:
    """The shortest line between two places (rad); for coincident places the distance is 0 and the azimuths mean nothing."""
    solved = _GEODESIC.Inverse(math.degrees(latitude), math.degrees(longitude), math.degrees(latitude_end), math.degrees(longitude_end))
    return GeodesicLine(solved["s12"], math.radians(solved["azi1"]), math.radians(solved["azi2"]))


def geodesic_direct(latitude: float, longitude: float, azimuth: float, distance: float) -> tuple[float, float, float]:
    """Latitude, longitude and direction of travel (rad) `distance` metres along the geodesic that leaves a place at `azimuth`."""
    solved = _GEODESIC.Direct(math.degrees(latitude), math.degrees(longitude), math.degrees(azimuth), distance)
    return math.radians(solved["lat2"]), math.radians(solved["lon2"]), math.radians(solved["azi2"])
