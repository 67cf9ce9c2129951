"""What lies between a sensor and a target: losses by range and height, a table for each sensor that one look reads once.

Columns are even in slant range from 0 to the instrumented range, rows even in log(1 + height / LOSS_HEIGHT_M).
"""

import math
from collections.abc import Sequence

import numpy as np

from dowding._jit import inner
from dowding.model.bundles import Reals
from dowding.physics import gases, rain
from dowding.physics.propagation import minimum_visible_height

LOSS_HEIGHT_M = 50.0  # m: rows lie even in metres well below it, even in the logarithm above
LOSS_TOP_M = 500e3  # m, above it the loss is that of this height
ROWS, COLUMNS = 64, 97  # against the integral along the path, for targets in sight: 0.01 dB at worst from S to X band
NODES = 48  # of the integral along a path
REFERENCE_HEIGHT_M = 10e3  # assumed: the height at which a published range was found, if an antenna sees so low there
STEEPEST_REFERENCE = 0.5  # assumed: height over range of a published detection, where the range is short
RAIN_TOP_M = 3000.0  # m, assumed: height of the melting layer at middle latitudes (ITU-R P.839-4: 0.36 km above 0 degrees Celsius)
LEAST_RAIN_FREQUENCY_HZ = 1e9  # ITU-R P.838 begins here; below, rain takes less than 1e-3 dB/km
CIRCULAR = 0.25 * math.pi  # rad, tilt of the assumed polarisation in rain


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


def loss_heights() -> Reals:
    """The heights (m) of the rows."""
    return np.asarray(LOSS_HEIGHT_M * np.expm1(np.linspace(0.0, math.log1p(LOSS_TOP_M / LOSS_HEIGHT_M), ROWS)), dtype=np.float64)


def loss_table(airs: Sequence[Air], ranges_max: Sequence[float]) -> Reals:
    """Two-way loss in dB (sensor, height, range)."""
    table = np.zeros((len(airs), ROWS, COLUMNS))
    for row, (air, farthest) in enumerate(zip(airs, ranges_max, strict=True)):
        heights, ranges = np.meshgrid(loss_heights(), np.linspace(0.0, farthest, COLUMNS), indexing="ij")
        table[row] = air.gas_loss(ranges, heights) + air.rain_loss(ranges, heights)
    return table


@inner
def path_loss(loss: Reals, sensor: int, height: float, distance: float, range_max: float) -> float:
    """Two-way loss (dB) from the table (sensor, height, range), straight lines between its points, held at its edges; m."""
    rows, columns = loss.shape[1], loss.shape[2]
    y = math.log1p(max(height, 0.0) / LOSS_HEIGHT_M) * ((rows - 1) / math.log1p(LOSS_TOP_M / LOSS_HEIGHT_M))
    x = min(distance / range_max, 1.0) * (columns - 1)
    i, j = min(int(y), rows - 2), min(int(x), columns - 2)
    v, u = min(y - i, 1.0), x - j
    low = loss[sensor, i, j] * (1.0 - u) + loss[sensor, i, j + 1] * u
    high = loss[sensor, i + 1, j] * (1.0 - u) + loss[sensor, i + 1, j + 1] * u
    return float(low * (1.0 - v) + high * v)
