"""Where bearings cross: the place that several directions from several sites agree on best, its covariance, and how well they agree.

A bearing without elevation says nothing of height: then the height prior of a detection without elevation takes its place.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.free_fall import HEIGHT_PRIOR, HEIGHT_SIGMA, height_above_ground
from dowding.tracking.picture import Floats, Records

ROUNDS = 12  # of Gauss-Newton, at most
CLOSE_M = 0.1  # m, a step this short ends it
LEAST_SINE = 0.02  # of the angle at which two bearings cross: flatter ones fix no range


@kernel
def first_guess(a: Records, b: Records, place_out: Floats) -> bool:
    """Where the level directions of two bearings cross, in the horizon of the first, into place_out (3,) m; False if they do not ahead."""
    axes, other = a["axes"], b["axes"]
    dx, dy, dz = b["x"] - a["x"], b["y"] - a["y"], b["z"] - a["z"]
    sine, cosine = math.sin(b["azimuth"]), math.cos(b["azimuth"])
    # direction of the second in the axes of the first
    tx, ty, tz = (
        sine * other[0, 0] + cosine * other[1, 0], sine * other[0, 1] + cosine * other[1, 1], sine * other[0, 2] + cosine * other[1, 2],
    )  # fmt: skip
    bx = axes[0, 0] * tx + axes[0, 1] * ty + axes[0, 2] * tz
    by = axes[1, 0] * tx + axes[1, 1] * ty + axes[1, 2] * tz
    east = axes[0, 0] * dx + axes[0, 1] * dy + axes[0, 2] * dz
    north = axes[1, 0] * dx + axes[1, 1] * dy + axes[1, 2] * dz
    ax, ay = math.sin(a["azimuth"]), math.cos(a["azimuth"])
    cross = ax * by - ay * bx
    if abs(cross) < LEAST_SINE * math.sqrt(bx * bx + by * by):
        return False
    along, beyond = (east * by - north * bx) / cross, (east * ay - north * ax) / cross
    if along <= 0.0 or beyond <= 0.0:
        return False
    place_out[0] = a["x"] + along * (ax * axes[0, 0] + ay * axes[1, 0])
    place_out[1] = a["y"] + along * (ax * axes[0, 1] + ay * axes[1, 1])
    place_out[2] = a["z"] + along * (ax * axes[0, 2] + ay * axes[1, 2])
    return True


@kernel
def _add(information: Floats, gradient: Floats, row: tuple[float, float, float], residual: float, sigma: float) -> float:
    """Add one scalar to the normal equations; returns its part of chi-square."""
    weight = 1.0 / (sigma * sigma)
    for i in range(3):
        gradient[i] += weight * residual * row[i]
        for j in range(3):
            information[i, j] += weight * row[i] * row[j]
    return weight * residual * residual


@kernel
def _take_in(bearing: Records, place: Floats, information: Floats, gradient: Floats) -> float:
    """Add a bearing, linearised at a place, to the normal equations; returns its part of chi-square."""
    axes = bearing["axes"]
    dx, dy, dz = place[0] - bearing["x"], place[1] - bearing["y"], place[2] - bearing["z"]
    east = axes[0, 0] * dx + axes[0, 1] * dy + axes[0, 2] * dz
    north = axes[1, 0] * dx + axes[1, 1] * dy + axes[1, 2] * dz
    up = axes[2, 0] * dx + axes[2, 1] * dy + axes[2, 2] * dz
    ground2 = max(east * east + north * north, 1.0)
    e, n = north / ground2, -east / ground2
    row = (axes[0, 0] * e + axes[1, 0] * n, axes[0, 1] * e + axes[1, 1] * n, axes[0, 2] * e + axes[1, 2] * n)
    off, sigma = half_turn(float(bearing["azimuth"]) - math.atan2(east, north)), float(bearing["sigma_azimuth"])
    squared = _add(information, gradient, row, off, sigma)
    if math.isnan(bearing["elevation"]):
        return squared
    ground, range2 = math.sqrt(ground2), ground2 + up * up
    e, n, u = -up * east / (range2 * ground), -up * north / (range2 * ground), ground / range2
    row = (
        axes[0, 0] * e + axes[1, 0] * n + axes[2, 0] * u,
        axes[0, 1] * e + axes[1, 1] * n + axes[2, 1] * u,
        axes[0, 2] * e + axes[1, 2] * n + axes[2, 2] * u,
    )
    off, sigma = float(bearing["elevation"]) - math.atan2(up, ground), float(bearing["sigma_elevation"])
    return squared + _add(information, gradient, row, off, sigma)


@kernel
def _take_in_height(earth: Floats, place: Floats, information: Floats, gradient: Floats) -> None:
    """Add the height prior to the normal equations."""
    height = height_above_ground(earth, place[0], place[1], place[2])
    scale = 1.0 / (height + earth[6])
    row = ((place[0] - earth[0]) * scale, (place[1] - earth[1]) * scale, (place[2] - earth[2]) * scale)
    _add(information, gradient, row, float(earth[HEIGHT_PRIOR]) - height, float(earth[HEIGHT_SIGMA]))


@kernel
def _invert(a: Floats, inverse_out: Floats) -> bool:
    """Inverse of a symmetric positive definite (3, 3); False if it is not."""
    c00, c01, c02 = a[1, 1] * a[2, 2] - a[1, 2] ** 2, a[0, 2] * a[1, 2] - a[0, 1] * a[2, 2], a[0, 1] * a[1, 2] - a[0, 2] * a[1, 1]
    determinant = a[0, 0] * c00 + a[0, 1] * c01 + a[0, 2] * c02
    if not (determinant > 0.0 and a[0, 0] > 0.0 and c00 > 0.0):
        return False
    scale = 1.0 / determinant
    inverse_out[0, 0], inverse_out[0, 1], inverse_out[0, 2] = c00 * scale, c01 * scale, c02 * scale
    inverse_out[1, 1], inverse_out[2, 2] = (a[0, 0] * a[2, 2] - a[0, 2] ** 2) * scale, (a[0, 0] * a[1, 1] - a[0, 1] ** 2) * scale
    inverse_out[1, 2] = (a[0, 1] * a[0, 2] - a[0, 0] * a[1, 2]) * scale
    inverse_out[1, 0], inverse_out[2, 0], inverse_out[2, 1] = inverse_out[0, 1], inverse_out[0, 2], inverse_out[1, 2]
    return True


@kernel
def intersect(
    earth: Floats, bearings: Records, chosen: tuple[int, int, int], count: int, place_out: Floats, covariance_out: Floats, scratch: Floats
) -> float:
    """The place where 2 or 3 bearings cross, by least squares; returns chi-square of what is left over, infinite where they do not cross.

    The first `count` of `chosen` are rows of bearings (n,) BEARING. place_out (3,) m in the theatre, covariance_out (3, 3) m^2, scratch
    (4, 3). Chi-square has one degree of freedom for each scalar beyond three, or beyond two where no elevation was measured.
    """
    # Torrieri, "Statistical theory of passive location systems", IEEE Trans. AES 20 (1984), 183, eqs (4) to (12): Gauss-Newton on
    # the weighted residuals, covariance the inverse of the information
    if not first_guess(bearings[chosen[0]], bearings[chosen[1]], place_out):
        return math.inf
    information, gradient = scratch[:3], scratch[3]
    squared = math.inf
    for _ in range(ROUNDS):
        for i in range(4):
            for j in range(3):
                scratch[i, j] = 0.0
        squared, level = 0.0, True
        for k in range(count):
            squared += _take_in(bearings[chosen[k]], place_out, information, gradient)
            level = level and math.isnan(bearings["elevation"][chosen[k]])
        if level:
            _take_in_height(earth, place_out, information, gradient)
        if not _invert(information, covariance_out):
            return math.inf
        step = 0.0
        for i in range(3):
            move = covariance_out[i, 0] * gradient[0] + covariance_out[i, 1] * gradient[1] + covariance_out[i, 2] * gradient[2]
            place_out[i] += move
            step += move * move
        if step < CLOSE_M * CLOSE_M:
            return squared
    return math.inf
