"""How the loss of a path between ground and aircraft varies with time: hours and seasons, and the sum of many weak rays.

Source: ITU-R P.528-5 (2021), Annex 2, sect. 13 to 17, of which the equation numbers are. Distances in km, frequencies in MHz, as its
constants have them; percentages are of the time in which a level is exceeded.
"""

import math

import numpy as np
from scipy import stats
from scipy.optimize import brentq

STEADIEST_DB, RANDOM_DB = -40.0, 20.0  # power of the random rays over the steady one, ends of the Recommendation's table
# rows of that table: between them its values count as lines
KNOTS_DB = (-40.0, -25.0, -20.0, -18.0, -16.0, -14.0, -12.0, -10.0, -8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 20.0)
RARE_PERCENT = (1.0, 2.0, 5.0, 10.0)
RARE_FACTOR = (1.9507, 1.7166, 1.3265, 1.0)  # of the 10 % level, continental temperate climate
RARE_MOST_DB = (5.0, 4.5, 3.7, 0.0)  # above free space
# of the levels at 90, 10 and 50 %, continental temperate climate (Tech Note 101, tables III.3 to III.5)
LONG_TERM = (
    (2.93e-4, 3.78e-8, 1.02e-7, 2.00, 2.88, 3.15, 3.2, 8.2),
    (5.25e-4, 1.57e-6, 4.70e-7, 1.97, 2.31, 2.90, 5.4, 10.0),
    (1.59e-5, 1.56e-11, 2.77e-8, 2.32, 4.08, 3.25, 0.0, 3.9),
)


def _rice_level(random_db: float, percent: float) -> float:
    # Rice, BSTJ 24 (1945): power of a steady ray and random ones is noncentral chi-squared with two degrees of freedom
    steady = 2.0 * 10.0 ** (-0.1 * random_db)
    level, median = stats.ncx2.isf([percent / 100.0, 0.5], 2, steady)
    return 10.0 * math.log10(level / median)


def fast_fading(random_db: float, percent: float) -> float:
    """Level over the median in dB that is exceeded for a percentage of the time; power of random rays over the steady one in dB."""
    given = min(max(random_db, STEADIEST_DB), RANDOM_DB)
    below = max(k for k in range(len(KNOTS_DB) - 1) if KNOTS_DB[k] <= given)
    low, high = (_rice_level(KNOTS_DB[k], percent) for k in (below, below + 1))
    return low + (high - low) * (given - KNOTS_DB[below]) / (KNOTS_DB[below + 1] - KNOTS_DB[below])


def random_rays_db(depth_99: float) -> float:
    """Power of random rays over the steady one (dB), from the level (dB, below 0) over the median that is exceeded for 99 % of the time."""
    if depth_99 >= fast_fading(STEADIEST_DB, 99.0):
        return STEADIEST_DB
    if depth_99 <= fast_fading(RANDOM_DB, 99.0):
        return RANDOM_DB
    return float(brentq(lambda k: fast_fading(k, 99.0) - depth_99, STEADIEST_DB, RANDOM_DB, xtol=1e-6))


def long_term(
    horizons_km: float, distance_km: float, frequency_mhz: float, percent: float, grazing: float, gain_db: float
) -> tuple[float, float]:
    """Level over the median year's in dB that is exceeded for a percentage of the hours, and how much it was held down near free space.

    `horizons_km` is the sum of both horizon distances, `grazing` (0..1) how much the air along the path counts, `gain_db` the path's level
    over free space.
    """
    # eqs. 14-1 to 14-4
    beyond = horizons_km + 65.0 * (100.0 / frequency_mhz) ** (1.0 / 3.0)
    d = 130.0 * distance_km / beyond if distance_km <= beyond else 130.0 + distance_km - beyond
    # eqs. 14-5, 14-6
    wave = math.sin(5.22 * math.log10(frequency_mhz / 200.0))
    often, seldom = (1.05, 1.05) if frequency_mhz > 1600.0 else (0.18 * wave + 1.23, 0.21 * wave + 1.28)
    levels = []
    for c1, c2, c3, n1, n2, n3, floor, peak in LONG_TERM:  # eqs. 14-7, 14-8
        rest = floor + (peak - floor) * math.exp(-c2 * d**n2)
        levels.append((c1 * d**n1 - rest) * math.exp(-c3 * d**n3) + rest)
    low, high, median = levels
    if percent < 10.0:
        spread = float(np.interp(percent, RARE_PERCENT, RARE_FACTOR)) * high * seldom
    else:  # eqs. 14-9 to 14-19: normal on either side
        z = float(stats.norm.isf(percent / 100.0))
        spread = z / float(stats.norm.isf(0.1)) * (high * seldom if percent < 50.0 else low * often)
    held = max(gain_db + grazing * (high * seldom + median) - 3.0, 0.0)  # eqs. 14-20 to 14-24
    level = grazing * (median + spread) - held
    if percent < 10.0:
        level = min(level + gain_db, float(np.interp(percent, RARE_PERCENT, RARE_MOST_DB))) - gain_db
    return level, held


def both(long_median: float, long_level: float, fast_level: float, percent: float) -> float:
    """The level of long-term and fast fading together, each independent of the other and the fast one's median 0, in dB."""
    # sect. 16: deviations from the medians add in quadrature
    away = math.hypot(long_level - long_median, fast_level)
    return long_median + (away if percent < 50.0 else -away)
