"""What lies between a sensor and a target: losses by range and height, a table for each sensor that one look reads once.

Rows crowd toward the ground, columns where range meets the horizon of that height, for there everything bends; their coordinates need
square roots only. The parts are the loss in the air and, where the surface counts, what makes the pattern-propagation factor of `lobing`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dowding._jit import kernel
from dowding.model.bundles import Reals
from dowding.physics import gases, rain
from dowding.physics.diffraction import smooth_earth_loss
from dowding.physics.lobing import DEEPEST_NULL, LEAST_HEIGHT, pattern_ratio, two_ray_geometry
from dowding.physics.propagation import horizon_distance, minimum_visible_height, surface_distance
from dowding.physics.surface import HORIZONTAL, fresnel_reflection, roughness_factor

LOSS_HEIGHT_M = 900.0  # m: rows lie even in the root of the height well below it, even in its inverse well above
LOSS_TOP_M = 500e3  # m, above it the loss is that of this height
HORIZON_WIDTH = 0.2  # of the fourth root of range over range to the horizon: columns are even within, ever wider farther off
FIRST, LAST = -0.82, 0.9  # places of the first and last column, see `column_of`: 6e-5 and 61 times the range to the horizon
SIZE, SIZE_OF_AIR = (80, 128), (48, 96)  # rows and columns, with the surface and without
"""Against the exact: air 0.015 dB at worst, S to X band; the surface's factor to the fourth 0.01 dB in the middle, 0.2 dB in 99 of 100
places, 1 dB at worst, beside nulls."""
AIR, SHADOW, PATH, STRENGTH, TURN = range(5)
"""Parts: two-way loss in the air (dB) over the range (m); one-way loss (dB) of what the earth hides; path difference in wavelengths times
range over height; the reflected ray's strength; its turn (rad)."""
PARTS = 5
LEAST_GROUND_M = 1.0  # m, nearer is overhead: the surface does not count
NODES = 48  # of the integral along a path
REFERENCE_HEIGHT_M = 10e3  # assumed: the height at which a published range was found, if an antenna sees so low there
STEEPEST_REFERENCE = 0.5  # assumed: height over range of a published detection, where the range is short
RAIN_TOP_M = 3000.0  # m, assumed: height of the melting layer at middle latitudes (ITU-R P.839-4: 0.36 km above 0 degrees Celsius)
LEAST_RAIN_FREQUENCY_HZ = 1e9  # ITU-R P.838 begins here; below, rain takes less than 1e-3 dB/km
CIRCULAR = 0.25 * math.pi  # rad, tilt of the assumed polarisation in rain


class Surface(NamedTuple):
    """What reflects before a sensor, and how its beam meets it."""

    wavelength: float  # m
    permittivity: complex
    deviation: float  # m, rms, of the surface's height
    admittance: float  # of the ground, see `diffraction`
    beamwidth: float  # rad, in elevation
    side_lobe: float  # power ratio
    steers: bool  # whether the beam follows the target in elevation


@kernel
def fill_surface(
    heights: Reals, ranges: Reals, antenna_height: float, earth_radius: float, factor: float, surface: Surface, table_out: Reals
) -> None:
    """Fill the parts of one sensor's table (height, range, part) that the surface makes; m.

    Each is smooth where the factor itself swings from lobe to lobe: that is what makes so coarse a table do.
    """
    radius, h1 = factor * earth_radius, max(antenna_height, LEAST_HEIGHT)
    for i in range(heights.shape[0]):
        h2 = max(heights[i], LEAST_HEIGHT)
        for j in range(ranges.shape[1]):
            table_out[i, j, TURN] = math.pi  # as at grazing incidence
            ground = surface_distance(ranges[i, j], h1, h2, earth_radius)
            if ground < LEAST_GROUND_M:
                continue
            shadow = smooth_earth_loss(ground, h1, h2, radius, surface.wavelength, surface.admittance)
            if ground >= horizon_distance(h1, h2, radius, 1.0):
                table_out[i, j, STRENGTH], table_out[i, j, SHADOW] = 1.0, shadow
                continue
            difference, grazing, divergence, direct, reflected = two_ray_geometry(ground, h1, h2, radius)
            axis = max(direct, 0.5 * surface.beamwidth) if surface.steers else 0.5 * surface.beamwidth
            reflection = fresnel_reflection(grazing, surface.permittivity, HORIZONTAL)
            strength = divergence * roughness_factor(grazing, surface.deviation, surface.wavelength)
            strength *= pattern_ratio(direct, reflected, axis, surface.beamwidth, surface.side_lobe)
            waves = difference / surface.wavelength
            turn = math.atan2(reflection.imag, reflection.real)
            table_out[i, j, PATH] = waves * ranges[i, j] / h2
            table_out[i, j, STRENGTH] = strength * abs(reflection)
            table_out[i, j, TURN] = turn if turn >= 0.0 else turn + 2.0 * math.pi
            table_out[i, j, SHADOW] = max(1.0 - 4.0 * waves, 0.0) * shadow


class Air:
    """Loss along bent rays through still air and even rain, for one frequency and antenna."""

    def __init__(self, frequency: float, antenna_height: float, earth_radius: float, factor: float, rain_rate: float) -> None:
        self.antenna_height, self.radius, self.factor = antenna_height, factor * earth_radius, factor
        self.earth_radius = earth_radius
        air = gases.reference_profile()
        self.levels = air.height
        self.specific = gases.gas_attenuation(frequency, air.dry_pressure, air.temperature, air.vapour_density)
        raining = rain_rate > 0.0 and frequency >= LEAST_RAIN_FREQUENCY_HZ
        self.rain = float(rain.rain_attenuation(frequency, rain_rate, 0.0, CIRCULAR)) if raining else 0.0
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        # squares crowd the nodes at the antenna, where the air is dense on a steep path
        self.share = (0.5 * (nodes + 1.0)) ** 2
        self.weight = 0.5 * weights * (nodes + 1.0)

    def sine_of_elevation(self, ranges: Reals, heights: Reals) -> Reals:
        """Sine of the elevation at which the ray to a slant range and height leaves the antenna: law of cosines."""
        a, b = self.radius + self.antenna_height, self.radius + heights
        along = np.maximum(ranges, 1.0)
        return np.asarray(np.clip((b * b - a * a - along * along) / (2.0 * a * along), -1.0, 1.0), dtype=np.float64)

    def gas_loss(self, ranges: Reals, heights: Reals) -> Reals:
        """Two-way loss (dB) of clear air to slant ranges and heights (m) of one shape; below the ground the lowest air goes on."""
        a = self.radius + self.antenna_height
        s = ranges[..., None] * self.share
        sine = self.sine_of_elevation(ranges, heights)[..., None]
        gain = s * (s + 2.0 * a * sine)
        height = self.antenna_height + gain / (np.sqrt(np.maximum(a * a + gain, 0.0)) + a)
        along = np.interp(height, self.levels, self.specific, right=0.0)
        return np.asarray(2.0 * ranges * (along @ self.weight) / 1000.0, dtype=np.float64)

    def rain_loss(self, ranges: Reals, heights: Reals) -> Reals:
        """Two-way loss (dB) of rain that falls everywhere up to RAIN_TOP_M."""
        if self.rain == 0.0:
            return np.zeros_like(ranges)
        elevations = np.arcsin(self.sine_of_elevation(ranges, heights))
        ends = zip(ranges.ravel(), elevations.ravel(), strict=True)
        wet = [rain.rain_length(r, e, self.antenna_height, RAIN_TOP_M, self.earth_radius, self.factor) for r, e in ends]
        return 2.0 * self.rain * np.array(wet, dtype=np.float64).reshape(ranges.shape) / 1000.0

    def reference_loss(self, reference_range: float) -> float:
        """Two-way loss (dB) of clear air that a published detection range (m) had in it: a target at 10 km, or where it can stand."""
        lowest = minimum_visible_height(reference_range, self.antenna_height, self.earth_radius, self.factor)
        height = max(min(REFERENCE_HEIGHT_M, self.antenna_height + STEEPEST_REFERENCE * reference_range), lowest)
        return float(self.gas_loss(np.array([reference_range]), np.array([height]))[0])


@kernel
def column_of(share: float) -> float:
    """Place of a range over the range to the horizon among the columns, 0 at the horizon, within -1 and 1."""
    beyond = math.sqrt(math.sqrt(share)) - 1.0
    return beyond / (HORIZON_WIDTH + abs(beyond))


def loss_heights(rows: int) -> Reals:
    """The heights (m) of the rows."""
    place = np.linspace(0.0, 1.0, rows) / (1.0 + math.sqrt(LOSS_HEIGHT_M / LOSS_TOP_M))
    return np.asarray(LOSS_HEIGHT_M * (place / (1.0 - place)) ** 2, dtype=np.float64)


def loss_ranges(antenna_height: float, effective_radius: float, size: tuple[int, int]) -> Reals:
    """The slant ranges (m) of the points, (height, range)."""
    place = np.linspace(FIRST, LAST, size[1])
    shares = (1.0 + HORIZON_WIDTH * place / (1.0 - np.abs(place))) ** 4
    horizons = [horizon_range(antenna_height, math.sqrt(height), effective_radius) for height in loss_heights(size[0])]
    return np.asarray(np.outer(horizons, shares), dtype=np.float64)


@kernel
def horizon_range(antenna_height: float, height_root: float, effective_radius: float) -> float:
    """About the range (m) at which a height, of a root (m^0.5), sinks below the horizon."""
    return math.sqrt(2.0 * effective_radius) * (math.sqrt(max(antenna_height, LEAST_HEIGHT)) + max(height_root, math.sqrt(LEAST_HEIGHT)))


def loss_table(airs: Sequence[Air], surfaces: Sequence[Surface], over_terrain: bool = False) -> Reals:
    """The table (sensor, height, range, part) that `path_loss` reads; with no `surfaces` it has the first part only.

    Over terrain the shadows are `ridges.ridge_loss`, and none are in it.
    """
    size = SIZE if surfaces else SIZE_OF_AIR
    table = np.zeros((len(airs), *size, PARTS if surfaces else 1))
    levels = loss_heights(size[0])
    for row, air in enumerate(airs):
        ranges = loss_ranges(air.antenna_height, air.radius, size)
        heights = np.broadcast_to(levels[:, None], ranges.shape)
        table[row, :, :, AIR] = (air.gas_loss(ranges, heights) + air.rain_loss(ranges, heights)) / ranges
        if surfaces:
            fill_surface(levels, ranges, air.antenna_height, air.earth_radius, air.factor, surfaces[row], table[row])
    if surfaces and over_terrain:
        table[..., SHADOW] = 0.0
    return table


@kernel(inlined=True)
def path_loss(
    loss: Reals, sensor: int, antenna_height: float, effective_radius: float, height: float, distance: float, mirror: bool
) -> float:
    """Two-way loss (dB) from the table (sensor, height, range, part), straight lines between its points, held at its edges; m.

    `mirror` says whether what lies between reflects; where it does not, the air alone counts.
    """
    rows, columns = loss.shape[1], loss.shape[2]
    root = math.sqrt(max(height, 0.0))
    # rows as `loss_heights` has them, columns by the share of `horizon_range`: one division for both
    half, horizon = math.sqrt(LOSS_HEIGHT_M), horizon_range(antenna_height, root, effective_radius)
    inverse = 1.0 / ((half + root) * horizon)
    y = root * horizon * inverse * (1.0 + half / math.sqrt(LOSS_TOP_M)) * (rows - 1)
    x = (column_of(distance * (half + root) * inverse) - FIRST) * ((columns - 1) / (LAST - FIRST))
    i, j = min(int(y), rows - 2), min(max(int(x), 0), columns - 2)
    v, u = min(y - i, 1.0), min(max(x - j, 0.0), 1.0)
    a, b, c, d = (1.0 - v) * (1.0 - u), (1.0 - v) * u, v * (1.0 - u), v * u
    low, high = loss[sensor, i], loss[sensor, i + 1]
    air = distance * (a * low[j, AIR] + b * low[j + 1, AIR] + c * high[j, AIR] + d * high[j + 1, AIR])
    if loss.shape[3] == 1 or not mirror:
        return float(air)
    path = a * low[j, PATH] + b * low[j + 1, PATH] + c * high[j, PATH] + d * high[j + 1, PATH]
    strength = a * low[j, STRENGTH] + b * low[j + 1, STRENGTH] + c * high[j, STRENGTH] + d * high[j + 1, STRENGTH]
    turn = a * low[j, TURN] + b * low[j + 1, TURN] + c * high[j, TURN] + d * high[j + 1, TURN]
    shadow = a * low[j, SHADOW] + b * low[j + 1, SHADOW] + c * high[j, SHADOW] + d * high[j + 1, SHADOW]
    # the two rays, weighted as in `lobing.propagation_factor`: in full from a path difference of a quarter wavelength on
    waves = path * max(height, LEAST_HEIGHT) / distance
    power = 1.0 + strength * (strength + 2.0 * math.cos(turn - 2.0 * math.pi * waves))
    return float(air + 2.0 * shadow - min(4.0 * waves, 1.0) * 20.0 * math.log10(max(power, DEEPEST_NULL * DEEPEST_NULL)))
