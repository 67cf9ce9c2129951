"""What bends over terrain: the loss beyond free space to any target around a radar, tabulated before a run, one lookup a look.

The table holds the loss of `edges.profile_loss` over the path's own profile (ITU-R P.526-15, sect. 4.5.2) by azimuth, ground distance and
clearance: how far the target stands above the ray that grazes the horizon, in the unit nu of the edge that makes the horizon, turned so
that above is positive. Its levels reach from free space down to the ground there, or to deep shadow: evenly where the ground is near,
crowded at the top where it is far below.

In "flat" coordinates, distance x along the ground and height y = h - x^2 / (2 R) over the effective earth, bent rays are straight. There
the horizons of both ends, from which Bullington's edge follows, are tangents to the upper hull of the profile: it grows as the path is
walked, and a tangent to it is found by halving.
"""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle, kernel
from dowding.physics.diffraction import smooth_earth_loss
from dowding.physics.edges import bullington_point, knife_edge_loss, knife_edge_parameter
from dowding.physics.geodesy import Frame, euler_radius, theatre_frame
from dowding.physics.propagation import EARTH_RADIUS_MEAN
from dowding.physics.terrain import Ground, Heights, ground_height, place_along

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

FREE, HIGHEST_BOTTOM, LOWEST_BOTTOM = 1.2, 0.7, -100.0
"""Clearances: from which on the path is free, and between which the lowest level lies."""
EVEN_SPAN, CROWDED_SPAN, CROWDING = 2.0, 30.0, 2.0  # levels are even within the first; within the second they grow with the cube
LEVELS = 12
NODES = 96  # ground distances, in even ratios
NEAREST = 500.0  # m, of the first; nearer the first counts
AZIMUTHS = 720
PARTS = 16  # of a circle of azimuths, which threads share
STEP_LEAST, STEP_MOST = 60.0, 500.0  # m, between samples of the ground: half a cell within these
DEEPEST_DB = 60.0  # deeper shadows count as this deep, and hide
LEAST_HEIGHT = 0.1  # m above the smooth ground, of antenna and target
LEAST_TARGET = 2.0  # m above ground: lower targets count as this high
SEA_LEVEL_M = 0.5  # ground no farther than this from height 0 is sea


@bundle
class Ridges(NamedTuple):
    """Losses around all radars, few arrays for kernels that pass them on."""

    table: Heights  # (radar, azimuth, distance + 1, level + 2) clockwise from north: dB, one way; behind the last level the distance (m)
    # of the edge that makes the horizon, and the clearance of the last level; behind the last distance where the longest stretch of sea
    # begins and ends (m)
    scale: Array  # (radar, 2) logarithm of the ratio between two distances, 0 for a radar without a table; wavelength (m)


class Waves(NamedTuple):
    """What of a radar, beside its place, the losses depend on."""

    wavelength: float  # m
    admittance: float  # of the ground, see `diffraction`
    reach: float  # m of ground


@bundle
class Profile(NamedTuple):
    """Room for one path's samples and the upper hulls of those walked so far."""

    height: Array  # (sample,) m, of the ground; flat: of the effective earth
    flat: Array  # (sample,) m, lowered by the earth's curve
    hull: Integers  # (sample,) samples on the hull of `flat`, in order
    level_hull: Integers  # (sample,) the same of `height`


@kernel
def _grown(hull: Integers, size: int, height: Array, sample: int) -> int:
    """Put a sample, the last so far, on an upper hull of `size` samples; returns its new size."""
    while size >= 2:
        a, b = hull[size - 2], hull[size - 1]
        if (height[b] - height[a]) * (sample - a) > (height[sample] - height[a]) * (b - a):
            break
        size -= 1
    hull[size] = sample
    return size + 1


@kernel
def _tangent(hull: Integers, size: int, height: Array, step: float, x: float, y: float) -> tuple[float, int]:
    """Slope (rise toward the hull over distance) and sample of the tangent from a point behind an upper hull: the target's horizon."""
    low, high = 0, size - 1
    while low < high:
        middle = (low + high) // 2
        a, b = hull[middle], hull[middle + 1]
        # nearer samples have the steeper line of sight as long as the next one stands above the line through this one
        if (height[b] - y) * (x - a * step) >= (height[a] - y) * (x - b * step):
            low = middle + 1
        else:
            high = middle
    at = hull[low]
    return (height[at] - y) / (x - at * step), at


@kernel
def _bare_slope(height: float, curve: float, step: float, last: int) -> float:
    """Slope from an end to its horizon among the samples of the bare effective earth, of curvature 2 `curve` (1/m)."""
    nearest = min(max(int(math.sqrt(height / curve) / step), 1), last - 1)
    next_one = min(nearest + 1, last - 1)
    one = curve * (last - nearest) * step - height / (nearest * step)
    return max(one, curve * (last - next_one) * step - height / (next_one * step))


@kernel
def _bare_parameter(sample: int, h1: float, h2: float, curve: float, step: float, last: int, wavelength: float) -> float:
    """nu of a sample of the bare effective earth."""
    x, d = sample * step, last * step
    return knife_edge_parameter(curve * x * (d - x) - (h1 * (d - x) + h2 * x) / d, x, d - x, wavelength)


@kernel
def _largest_bare(low: int, high: int, h1: float, h2: float, curve: float, step: float, last: int, wavelength: float) -> float:
    """Largest nu of samples low .. high of the bare effective earth, where it has one maximum among them."""
    while high - low > 2:
        third = (high - low) // 3
        left, right = low + third, high - third
        if _bare_parameter(left, h1, h2, curve, step, last, wavelength) < _bare_parameter(right, h1, h2, curve, step, last, wavelength):
            low = left
        else:
            high = right
    nu = -math.inf
    for sample in range(low, high + 1):
        nu = max(nu, _bare_parameter(sample, h1, h2, curve, step, last, wavelength))
    return nu


@kernel
def _bare_bullington(h1: float, h2: float, curve: float, step: float, last: int, wavelength: float) -> float:
    """`edges.bullington_loss` over the same samples of a bare effective earth."""
    d = last * step
    from_antenna, from_target = _bare_slope(h1, curve, step, last), _bare_slope(h2, curve, step, last)
    if from_antenna < (h2 - h1) / d:
        # the ground may come near the line at a low end too
        half = max(last // 2, 1)
        first = _largest_bare(1, half, h1, h2, curve, step, last, wavelength)
        nu = max(first, _largest_bare(half, last - 1, h1, h2, curve, step, last, wavelength))
    else:
        crossing = bullington_point(h1, h2, from_antenna, from_target, d, step)
        excess = h1 + from_antenna * crossing - (h1 * (d - crossing) + h2 * crossing) / d
        nu = knife_edge_parameter(excess, crossing, d - crossing, wavelength)
    return _empirical(knife_edge_loss(nu), d)


@kernel
def _empirical(edge: float, distance: float) -> float:
    # P.526-15, eq. 58 of sect. 4.5.1
    return edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 2e-5 * distance)


@kernel
def _edge_loss(
    profile: Profile, hull: int, step: float, last: int, antenna: float, target: float, slope: float, curve: float, wavelength: float
) -> float:
    """Loss (dB) of Bullington's edge for a target `target` m high (flat) at sample `last`; `slope` is the antenna's horizon (flat)."""
    x = last * step
    back, _ = _tangent(profile.hull, hull, profile.flat, step, x, target)
    sight = (target - antenna) / x
    if slope < sight:
        nu = -math.inf
        for k in range(hull):
            at = profile.hull[k]
            excess = profile.flat[at] - antenna - sight * at * step
            nu = max(nu, knife_edge_parameter(excess, at * step, x - at * step, wavelength))
        return _empirical(knife_edge_loss(nu), x)
    crossing = bullington_point(antenna, target, slope, back, x, step)
    excess = (slope - sight) * crossing
    return _empirical(knife_edge_loss(knife_edge_parameter(excess, crossing, x - crossing, wavelength)), x)


@kernel
def _smooth_heights(
    profile: Profile, hull: int, step: float, last: int, antenna: float, target: float, level_slope: float, v1: float, v2: float
) -> tuple[float, float]:
    """Heights of both ends over the smooth surface that stands for the profile, as in `edges`; here heights are not lowered."""
    x = last * step
    back, _ = _tangent(profile.level_hull, hull, profile.height, step, x, target)
    sight = (target - antenna) / x
    to_antenna, to_target = level_slope - sight, back + sight
    under_antenna, under_target = (2.0 * v1 * x - v2) / (x * x), (v2 - v1 * x) / (x * x)
    if to_antenna > 0.0:
        highest = 0.0
        for k in range(hull):
            at = profile.level_hull[k]
            highest = max(highest, profile.height[at] - antenna - sight * at * step)
        under_antenna -= highest * to_antenna / (to_antenna + to_target)
        under_target -= highest * to_target / (to_antenna + to_target)
    return antenna - min(under_antenna, profile.height[0]), target - min(under_target, profile.height[last])


@kernel
def fill_ridges(
    profile: Profile, antenna_height: float, effective_radius: float, step: float, waves: Waves, ratio: float,
    table_out: Heights,
) -> None:
    """Losses along one path whose ground is profile.height, and its edges: `Ridges.table` of one azimuth but for the sea."""
    curve = 0.5 / effective_radius
    slope, level_slope, edge = -math.inf, -math.inf, 1
    hull, level_hull = 0, 0
    v1, v2 = 0.0, 0.0
    nodes = table_out.shape[0] - 1
    node, wanted = 0, NEAREST
    for i in range(1, profile.height.shape[0]):
        x, before, h = i * step, (i - 1) * step, profile.height[i]
        profile.flat[i] = h - curve * x * x
        v1 += step * (h + profile.height[i - 1])
        v2 += step * (h * (2.0 * x + before) + profile.height[i - 1] * (x + 2.0 * before))
        while node < nodes and i >= 2 and x >= wanted:
            _fill_node(
                profile, hull, level_hull, i, step, antenna_height, slope, level_slope, edge * step, v1, v2, curve, waves,
                table_out[node],
            )
            node += 1
            wanted = NEAREST * math.pow(ratio, node) - 1e-6
        if (profile.flat[i] - antenna_height) / x >= slope:
            slope, edge = (profile.flat[i] - antenna_height) / x, i
        level_slope = max(level_slope, (h - antenna_height) / x)
        hull = _grown(profile.hull, hull, profile.flat, i)
        level_hull = _grown(profile.level_hull, level_hull, profile.height, i)
    while 0 < node < nodes:
        for level in range(table_out.shape[1]):
            table_out[node, level] = table_out[node - 1, level]
        node += 1


@kernel
def _fill_node(
    profile: Profile,
    hull: int,
    level_hull: int,
    last: int,
    step: float,
    antenna: float,
    slope: float,
    level_slope: float,
    edge: float,
    v1: float,
    v2: float,
    curve: float,
    waves: Waves,
    loss_out: Heights,
) -> None:
    """The levels of one distance."""
    wavelength = waves.wavelength
    x = last * step
    unit = math.sqrt(0.5 * wavelength * x * (x - edge) / edge)
    grazing, lowest = antenna + slope * x + curve * x * x, profile.height[last] + LEAST_TARGET
    bottom = min(max((lowest - grazing) / unit, LOWEST_BOTTOM), HIGHEST_BOTTOM)
    loss_out[LEVELS], loss_out[LEVELS + 1] = edge, bottom
    before = 0.0
    for level in range(LEVELS):
        if level == 0 or before >= DEEPEST_DB:
            loss_out[level] = before
            continue
        height = max(grazing + clearance_of(level, bottom) * unit, lowest)
        loss = _edge_loss(profile, hull, step, last, antenna, height - curve * x * x, slope, curve, wavelength)
        h1, h2 = _smooth_heights(profile, level_hull, step, last, antenna, height, level_slope, v1, v2)
        h1, h2 = max(h1, LEAST_HEIGHT), max(h2, LEAST_HEIGHT)
        sphere = smooth_earth_loss(x, h1, h2, 0.5 / curve, wavelength, waves.admittance)
        loss += max(sphere - _bare_bullington(h1, h2, curve, step, last, wavelength), 0.0)
        before = max(loss, before)
        loss_out[level] = before


@kernel
def _crowding(bottom: float) -> float:
    """Power by which the levels' distance from the first grows with their number."""
    return 1.0 + CROWDING * min(max(math.log((FREE - bottom) / EVEN_SPAN) / math.log(CROWDED_SPAN / EVEN_SPAN), 0.0), 1.0)


@kernel
def clearance_of(level: int, bottom: float) -> float:
    """Clearance of a level where the last one has `bottom`."""
    return FREE - (FREE - bottom) * math.pow(level / (LEVELS - 1.0), _crowding(bottom))


@kernel
def _find_sea(height: Array, step: float, sea_out: Heights) -> None:
    """Where the longest stretch of sea along a profile begins and ends, (2,) m."""
    begin, sea_out[0], sea_out[1] = -1, 0.0, 0.0
    for k in range(height.shape[0]):
        if abs(height[k]) > SEA_LEVEL_M:
            begin = -1
            continue
        if begin < 0:
            begin = k
        if (k - begin) * step > sea_out[1] - sea_out[0]:
            sea_out[0], sea_out[1] = begin * step, k * step


@kernel
def _fill_azimuths(
    ground: Ground, site: Frame, latitude: float, antenna_height: float, factor: float, step: float, waves: Waves, ratio: float,
    first: int, last: int, profile: Profile, table_out: Heights,
) -> None:
    """Rows `first` to before `last` of one radar's table (azimuth, distance + 1, level + 1)."""
    for row in range(first, last):
        azimuth = 2.0 * math.pi * row / table_out.shape[0]
        radius = euler_radius(latitude, azimuth)
        for k in range(profile.height.shape[0]):
            profile.height[k] = ground_height(ground, *place_along(site, radius, azimuth, k * step))
        fill_ridges(profile, antenna_height, factor * radius, step, waves, ratio, table_out[row])
        _find_sea(profile.height, step, table_out[row, table_out.shape[1] - 1])


def no_ridges(radars: int) -> Ridges:
    """Radars over a smooth earth, or with rays only."""
    return Ridges(np.zeros((radars, 0, 0, 0), np.float32), np.zeros((radars, 2)))


def ridges_of(
    ground: Ground, places: Sequence[tuple[float, float, float] | None], waves: Sequence[Waves], factor: float, threads: int = 0
) -> Ridges:
    """The losses around radars at places of latitude, longitude (rad) and height (m, of the antenna); None for one without a table.

    `factor` multiplies the earth's radius for refraction; `threads` 0 takes one per core. Ground that is not known counts as sea: who may
    not have that finds it out by `horizon.horizon_table`.
    """
    found = Ridges(np.zeros((len(places), AZIMUTHS, NODES + 1, LEVELS + 2), np.float32), np.zeros((len(places), 2)))
    known = ground if math.isfinite(ground.place[4]) else ground._replace(place=np.append(ground.place[:4], [0.0, ground.place[5]]))
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for radar, (place, each) in enumerate(zip(places, waves, strict=True)):
            if place is not None:
                list(pool.map(_rows_of(known, place, each, factor, found, radar), range(PARTS)))
    return found


def _rows_of(
    ground: Ground, place: tuple[float, float, float], waves: Waves, factor: float, found: Ridges, radar: int
) -> Callable[[int], None]:
    """What fills one of the PARTS of a radar's table."""
    step = min(max(0.5 * float(ground.place[2]) * EARTH_RADIUS_MEAN, STEP_LEAST), STEP_MOST)
    samples, site = max(math.ceil(waves.reach / step), 3) + 1, theatre_frame(place[0], place[1])
    ratio = max(((samples - 1) * step / NEAREST) ** (1.0 / (NODES - 1)), 1.001)
    found.scale[radar] = math.log(ratio), waves.wavelength

    def fill(part: int) -> None:
        room = Profile(np.empty(samples), np.empty(samples), np.empty(samples, np.int64), np.empty(samples, np.int64))
        first, last = AZIMUTHS * part // PARTS, AZIMUTHS * (part + 1) // PARTS
        _fill_azimuths(ground, site, place[0], place[2], factor, step, waves, ratio, first, last, room, found.table[radar])

    return fill


@kernel
def mirrors(ridges: Ridges, radar: int, azimuth: float, distance: float, antenna_height: float, target_height: float) -> bool:
    """Whether the sea reflects the ray to a target at an azimuth (rad), ground distance and height above it (m).

    It would at the place that divides the way as the heights are to each other, as over a plane. A radar without a table: False.
    """
    if ridges.scale[radar, 0] == 0.0:
        return False
    turn = azimuth / (2.0 * math.pi)
    nearest = int((turn - math.floor(turn)) * AZIMUTHS + 0.5) % AZIMUTHS
    h1, h2 = max(antenna_height, LEAST_HEIGHT), max(target_height, LEAST_HEIGHT)
    at, sea = distance * h1 / (h1 + h2), ridges.table[radar, nearest, NODES]
    return bool(sea[0] <= at < sea[1])


@kernel
def ridge_loss(ridges: Ridges, radar: int, azimuth: float, distance: float, above: float) -> float:
    """Loss (dB, one way) to a target at an azimuth (rad) and ground distance (m), `above` the grazing ray (rad, negative: below)."""
    out = min(max(math.log(max(distance, NEAREST) / NEAREST) / ridges.scale[radar, 0], 0.0), NODES - 1.0)
    turn = azimuth / (2.0 * math.pi)
    across = (turn - math.floor(turn)) * AZIMUTHS
    i, k = min(int(across), AZIMUTHS - 1), min(int(out), NODES - 2)
    u, v = across - i, out - k
    a, b, c, d = (1.0 - u) * (1.0 - v), (1.0 - u) * v, u * (1.0 - v), u * v
    left, right = ridges.table[radar, i], ridges.table[radar, 0 if i + 1 == AZIMUTHS else i + 1]
    edge = a * left[k, LEVELS] + b * left[k + 1, LEVELS] + c * right[k, LEVELS] + d * right[k + 1, LEVELS]
    last = LEVELS + 1
    bottom = a * left[k, last] + b * left[k + 1, last] + c * right[k, last] + d * right[k + 1, last]
    edge = min(edge, 0.999 * distance)
    clearance = above * math.sqrt(2.0 * distance * edge / (ridges.scale[radar, 1] * (distance - edge)))
    if clearance >= FREE:
        return 0.0
    place = math.pow(min((FREE - clearance) / (FREE - bottom), 1.0), 1.0 / _crowding(bottom)) * (LEVELS - 1)
    level = min(int(place), LEVELS - 2)
    w = place - level
    upper = a * left[k, level] + b * left[k + 1, level] + c * right[k, level] + d * right[k + 1, level]
    lower = a * left[k, level + 1] + b * left[k + 1, level + 1] + c * right[k, level + 1] + d * right[k + 1, level + 1]
    return float(upper + w * (lower - upper))
