"""Attenuation by oxygen and water vapour, line by line, and along a path through the atmosphere.

Source: ITU-R P.676-13 (2022), Annex 1; profiles: U.S. Standard Atmosphere 1976 with the water vapour of ITU-R P.835-6 (2017).
For compile time: a path costs milliseconds. The engine looks its table up with `table_loss`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dowding._jit import kernel
from dowding.physics.atmosphere import pressure, temperature
from dowding.physics.gas_lines import OXYGEN_LINES, VAPOUR_LINES
from dowding.physics.propagation import EARTH_RADIUS_MEAN, FACTOR_FOUR_THIRDS, height_at_elevation

FloatArray = NDArray[np.float64]

SURFACE_VAPOUR = 7.5e-3  # kg/m^3, P.835-6, sect. 1.2
VAPOUR_SCALE_HEIGHT = 2000.0  # m, ibid.
LEAST_MIXING_RATIO = 2e-6  # vapour pressure over total, ibid.
PROFILE_TOP = 80_000.0  # m; what lies above adds less than 1e-5 of the whole, line centres apart
PATH_STEP = 200.0  # m, integration step along a path


class Profile(NamedTuple):
    """The air by height, rows ascending; straight lines between rows, nothing above the last."""

    height: FloatArray  # (level,) m above the sea
    dry_pressure: FloatArray  # (level,) Pa
    temperature: FloatArray  # (level,) K
    vapour_density: FloatArray  # (level,) kg/m^3


def _line_strengths(f: FloatArray, p: FloatArray, e: FloatArray, theta: FloatArray) -> FloatArray:
    """Imaginary refractivity of all lines, N-units; f in GHz, p and e in hPa, theta = 300 K / temperature, all (point, 1)."""
    # P.676-13, eqs. 2 to 7
    c, a1, a2, a3, a4, a5, a6 = np.array(OXYGEN_LINES).T
    strength = a1 * 1e-7 * p * theta**3 * np.exp(a2 * (1.0 - theta))
    width = a3 * 1e-4 * (p * theta ** (0.8 - a4) + 1.1 * e * theta)
    width = np.sqrt(width**2 + 2.25e-6)
    overlap = (a5 + a6 * theta) * 1e-4 * (p + e) * theta**0.8
    oxygen = np.sum(strength * _line_shape(f, c, width, overlap), axis=-1)
    c, b1, b2, b3, b4, b5, b6 = np.array(VAPOUR_LINES).T
    strength = b1 * 1e-1 * e * theta**3.5 * np.exp(b2 * (1.0 - theta))
    width = b3 * 1e-4 * (p * theta**b4 + b5 * e * theta**b6)
    width = 0.535 * width + np.sqrt(0.217 * width**2 + 2.1316e-12 * c**2 / theta)
    vapour: FloatArray = np.sum(strength * _line_shape(f, c, width, np.zeros_like(width)), axis=-1)
    return np.asarray(oxygen + vapour, dtype=np.float64)


def _line_shape(f: FloatArray, centre: FloatArray, width: FloatArray, overlap: FloatArray) -> FloatArray:
    below, above = centre - f, centre + f
    shape = (width - overlap * below) / (below**2 + width**2) + (width - overlap * above) / (above**2 + width**2)
    return np.asarray(f / centre * shape, dtype=np.float64)


def gas_attenuation(frequency: ArrayLike, dry_pressure: ArrayLike, temperature: ArrayLike, vapour_density: ArrayLike) -> FloatArray:
    """Specific attenuation of clear air in dB/km, one way; Hz (1 to 1,000 GHz), Pa (of dry air), K, kg/m^3; arguments broadcast."""
    given = np.broadcast_arrays(frequency, dry_pressure, temperature, vapour_density)
    flat = [np.asarray(values, dtype=np.float64).reshape(-1, 1) for values in given]
    f, p, kelvin = flat[0] * 1e-9, flat[1] * 1e-2, flat[2]
    e = flat[3] * 1e3 * kelvin / 216.7  # P.676-13, eq. 4, g/m^3 to hPa
    theta = 300.0 / kelvin
    # eqs. 8, 9: the dry continuum
    d = 5.6e-4 * (p + e) * theta**0.8
    debye = 6.14e-5 / (d * (1.0 + (f / d) ** 2))
    nitrogen = 1.4e-12 * p * theta**1.5 / (1.0 + 1.9e-5 * f**1.5)
    continuum = f * p * theta**2 * (debye + nitrogen)
    total = _line_strengths(f, p, e, theta) + continuum[:, 0]
    return np.asarray(0.1820 * f[:, 0] * total, dtype=np.float64).reshape(given[0].shape)


def reference_profile(surface_vapour: float = SURFACE_VAPOUR) -> Profile:
    """The standard atmosphere, damp to a given density at sea level [kg/m^3], drying by half each 1.4 km."""
    height = np.concatenate([np.arange(0.0, 12_000.0, 100.0), np.arange(12_000.0, PROFILE_TOP + 1.0, 500.0)])
    total = np.array([pressure(h) for h in height])
    kelvin = np.array([temperature(h) for h in height])
    # kg/m^3 to Pa by the gas law of water vapour in the Recommendation's rounding
    vapour_pressure = surface_vapour * np.exp(-height / VAPOUR_SCALE_HEIGHT) * kelvin * 1e5 / 216.7
    vapour_pressure = np.maximum(vapour_pressure, LEAST_MIXING_RATIO * total)
    return Profile(height, total - vapour_pressure, kelvin, vapour_pressure * 216.7 * 1e-5 / kelvin)


@kernel
def _heights_along(
    steps: FloatArray, elevation: float, antenna_height: float, earth_radius: float, factor: float, heights_out: FloatArray
) -> None:
    for i in range(steps.shape[0]):
        heights_out[i] = height_at_elevation(steps[i], elevation, antenna_height, earth_radius, factor)


def path_loss_table(
    frequency: float,
    antenna_height: float,
    elevations: ArrayLike,
    ranges: ArrayLike,
    profile: Profile | None = None,
    earth_radius: float = EARTH_RADIUS_MEAN,
    factor: float = FACTOR_FOUR_THIRDS,
) -> FloatArray:
    """One-way loss in dB by clear air, (elevation, range), along bent rays from an antenna; rad ascending, m ascending.

    Below the ground (an elevation that hits it) the lowest layer of the profile is continued: the loss there has no meaning.
    """
    air = reference_profile() if profile is None else profile
    specific = gas_attenuation(frequency, air.dry_pressure, air.temperature, air.vapour_density)
    ends = np.asarray(ranges, dtype=np.float64)
    steps = np.linspace(0.0, ends[-1], math.ceil(ends[-1] / PATH_STEP) + 2)
    heights = np.empty(steps.size)
    table = np.empty((np.size(elevations), ends.size))
    for row, elevation in enumerate(np.asarray(elevations, dtype=np.float64).ravel()):
        _heights_along(steps, elevation, antenna_height, earth_radius, factor, heights)
        along = np.interp(heights, air.height, specific, right=0.0)
        summed = np.concatenate([[0.0], np.cumsum(0.5 * (along[1:] + along[:-1]) * np.diff(steps))]) / 1000.0
        table[row] = np.interp(ends, steps, summed)
    return table


@kernel
def table_loss(
    table: FloatArray, elevation_start: float, elevation_step: float, range_step: float, elevation: float, range_m: float
) -> float:
    """Loss in dB from a table (elevation, range) on even grids, ranges from `range_step` on; straight lines between, held at the edges."""
    rows, columns = table.shape
    y = min(max((elevation - elevation_start) / elevation_step, 0.0), rows - 1.0)
    x = min(max(range_m / range_step, 0.0), float(columns))
    i = min(int(y), rows - 2)
    j = min(int(x), columns - 1)
    v = y - i
    u = x - j
    # the column before the first is range 0: no loss
    low = table[i, j - 1] * (1.0 - v) + table[i + 1, j - 1] * v if j > 0 else 0.0
    high = table[i, j] * (1.0 - v) + table[i + 1, j] * v
    return float(low * (1.0 - u) + high * u)
