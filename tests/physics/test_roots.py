"""Roots and minima against closed forms and SciPy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from dowding.physics.roots import least_near, root_between


@given(st.floats(-5.0, 5.0), st.floats(0.05, 3.0))
def test_roots_agree_with_scipy(centre: float, steepness: float) -> None:
    def function(x: float) -> float:
        return math.expm1(steepness * (x - centre)) + 0.1 * (x - centre) ** 3

    asked = []

    def counted(x: float) -> float:
        asked.append(x)
        return function(x)

    root = root_between(counted, -9.0, 11.0, 1e-10)
    assert root == pytest.approx(brentq(function, -9.0, 11.0, xtol=1e-12), abs=1e-9)
    assert len(asked) < 45


def test_a_root_at_the_edge_and_none() -> None:
    assert root_between(lambda x: x, 0.0, 1.0, 1e-12) == pytest.approx(0.0, abs=1e-11)
    with pytest.raises(ValueError, match="no change of sign"):
        root_between(lambda x: x * x + 1.0, -1.0, 1.0, 1e-9)


@given(st.floats(0.3, 0.7), st.floats(0.5, 4.0))
def test_the_least_of_a_valley(least: float, skew: float) -> None:
    def valley(x: float) -> float:
        return math.exp(skew * (x - least)) - skew * (x - least)

    assert least_near(valley, (0.0, least + 0.05, 1.2), 1e-3) == pytest.approx(least, abs=6e-3)
