"""Roots and minima of one variable, for what is computed once before a run.

SciPy has both, and better; importing `scipy.optimize` costs a sixth of a second at every start, which these lines do not.
"""

import math
from collections.abc import Callable

STEPS = 200


def root_between(function: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    """Where a function that changes sign between `low` and `high` is zero, within `tolerance`; ValueError if it does not change sign.

    T. R. Chandrupatla, Advances in Engineering Software 28 (1997) 145: inverse quadratic steps where they are safe, else halving.
    """
    a, b = high, low
    at_a, at_b = function(a), function(b)
    if not at_a * at_b <= 0.0:
        raise ValueError(f"no change of sign between {low:g} and {high:g}")
    c, at_c, share = a, at_a, 0.5
    for _ in range(STEPS):
        x = a + share * (b - a)
        at_x = function(x)
        if (at_x > 0.0) == (at_a > 0.0):
            c, at_c = a, at_a
        else:
            c, b, at_c, at_b = b, a, at_b, at_a
        a, at_a = x, at_x
        best, at_best = (a, at_a) if abs(at_a) < abs(at_b) else (b, at_b)
        closeness = tolerance / max(abs(b - a), 1e-300)
        if closeness > 0.5 or at_best == 0.0:
            return best
        share = 0.5
        along, up = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
        if up * up < along and (1.0 - up) ** 2 < 1.0 - along:
            share = at_a / (at_b - at_a) * at_c / (at_b - at_c) + (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
        share = min(1.0 - closeness, max(closeness, share))
    return best


def least_near(function: Callable[[float], float], points: tuple[float, float, float], tolerance: float) -> float:
    """Where a function with one valley is least, from three points in order of which the middle one is lowest; a few parabolas.

    R. P. Brent, Algorithms for Minimization without Derivatives (1973), ch. 5: successive parabolic interpolation.
    """
    a, b, c = points
    at_a, at_b, at_c = function(a), function(b), function(c)
    for _ in range(STEPS):
        left, right = (b - a) * (at_b - at_c), (b - c) * (at_b - at_a)
        x = b - 0.5 * ((b - a) * left - (b - c) * right) / (left - right) if left != right else b
        if not a < x < c or math.isclose(x, b, abs_tol=0.5 * tolerance, rel_tol=0.0):
            return b
        at_x = function(x)
        moved = abs(x - b)
        if at_x < at_b:
            a, b, c, at_a, at_b, at_c = (b, x, c, at_b, at_x, at_c) if x > b else (a, x, b, at_a, at_x, at_b)
        else:
            a, b, c, at_a, at_b, at_c = (a, b, x, at_a, at_b, at_x) if x > b else (x, b, c, at_x, at_b, at_c)
        if moved < tolerance:
            return b
    return b
