"""Antenna patterns, cross sections and resolution by their defining properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.physics import antenna, rcs, resolution

DEGREE = math.radians(1.0)


def test_gaussian_beam() -> None:
    assert antenna.gaussian_gain(0.0, DEGREE) == 1.0
    assert antenna.gaussian_gain(0.5 * DEGREE, DEGREE) == pytest.approx(0.5)
    # 12 dB down at one beamwidth: 3 dB times four
    assert 10.0 * math.log10(antenna.gaussian_gain(DEGREE, DEGREE)) == pytest.approx(-12.04, abs=0.01)


def test_pattern_and_side_lobes() -> None:
    assert antenna.pattern_gain(0.5, 1.0, 1.0, 2.0, 1e-4) == pytest.approx(0.25)
    assert antenna.pattern_gain(20.0, 0.0, 1.0, 2.0, 1e-4) == 1e-4


def test_cosecant_squared_echo_is_constant_at_one_height() -> None:
    axis, width, end = 1.0 * DEGREE, 2.0 * DEGREE, 40.0 * DEGREE
    height = 8000.0
    echoes = []
    for elevation in np.radians([3.0, 6.0, 15.0, 39.0]):
        distance = height / math.sin(elevation)
        echoes.append(antenna.cosecant_squared_gain(elevation, axis, width, end, 1e-6) ** 2 / distance**4)
    assert echoes == pytest.approx([echoes[0]] * 4, rel=1e-12)
    # continuous at the half-power point, silent above the end
    assert antenna.cosecant_squared_gain(axis + 0.5 * width, axis, width, end, 1e-6) == pytest.approx(0.5)
    assert antenna.cosecant_squared_gain(axis + 0.5 * width + 1e-9, axis, width, end, 1e-6) == pytest.approx(0.5, abs=1e-6)
    assert antenna.cosecant_squared_gain(end + 0.01, axis, width, end, 1e-6) == 1e-6


def test_scanning_array() -> None:
    assert antenna.scan_gain(math.radians(60.0), 1.0) == pytest.approx(0.5)
    assert antenna.scan_gain(math.radians(60.0), 1.5) == pytest.approx(0.5**1.5)
    assert antenna.scan_gain(2.0, 1.5) == 0.0
    assert antenna.scanned_beamwidth(DEGREE, math.radians(60.0)) == pytest.approx(2.0 * DEGREE)


def test_gain_from_widths() -> None:
    # 26,000 square degrees: a 1 by 1 degree beam has 44.1 dB
    assert 10.0 * math.log10(antenna.gain_from_beamwidths(DEGREE, DEGREE)) == pytest.approx(44.15, abs=0.01)


def test_aspect() -> None:
    assert rcs.aspect_angle(0.0, -10e3, 0.0, 0.0, -250.0, 0.0) == pytest.approx(0.0)
    assert rcs.aspect_angle(0.0, -10e3, 0.0, 0.0, 250.0, 0.0) == pytest.approx(math.pi)
    assert rcs.aspect_angle(0.0, -10e3, 0.0, 250.0, 0.0, 0.0) == pytest.approx(0.5 * math.pi)
    assert rcs.aspect_angle(1.0, 2.0, 3.0, 0.0, 0.0, 0.0) == 0.0


def test_sectors() -> None:
    def at(degrees: float) -> float:
        return rcs.rcs_at_aspect(1.0, 100.0, 10.0, math.radians(degrees))

    assert [at(x) for x in (0.0, 34.0, 90.0, 146.0, 180.0)] == pytest.approx([1.0, 1.0, 100.0, 10.0, 10.0])
    assert at(45.0) == pytest.approx(10.0)  # half way in decibels
    assert at(135.0) == pytest.approx(math.sqrt(1000.0))


@settings(deadline=None, max_examples=100)
@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.floats(0.0, math.pi))
def test_aspect_has_no_jumps(front: float, side: float, rear: float, aspect: float) -> None:
    here = rcs.rcs_at_aspect(front, side, rear, aspect)
    there = rcs.rcs_at_aspect(front, side, rear, aspect + 1e-6)
    assert there == pytest.approx(here, rel=1e-4)
    assert min(front, side, rear) * 0.999 <= here <= max(front, side, rear) * 1.001


@pytest.mark.parametrize("swerling", [0, 1, 2, 3, 4])
def test_fluctuation_has_its_mean_and_median(swerling: int) -> None:
    rng = np.random.default_rng(5)
    draws = np.array([rcs.fluctuating_rcs(2.0, swerling, 1.0 - rng.random(), 1.0 - rng.random()) for _ in range(40_000)])
    assert draws.mean() == pytest.approx(2.0, abs=0.05)
    assert rcs.mean_from_median(float(np.median(draws)), swerling) == pytest.approx(2.0, abs=0.05)
    # variance of the gamma distribution: mean^2 / shape
    assert draws.var() == pytest.approx({0: 0.0, 1: 4.0, 2: 4.0, 3: 2.0, 4: 2.0}[swerling], abs=0.2)


def test_resolution() -> None:
    cell = (150.0, 1.5, 1.5, math.inf)
    assert resolution.is_unresolved(-100.0, 1.0, 1.0, 5000.0, *cell)
    assert not resolution.is_unresolved(151.0, 1.0, 1.0, 0.0, *cell)
    assert not resolution.is_unresolved(100.0, -1.6, 1.0, 0.0, *cell)
    assert not resolution.is_unresolved(100.0, 1.0, 1.0, 12.0, 150.0, 1.5, 1.5, 10.0)
    assert resolution.angle_between(0.1, 2.0 * math.pi - 0.1) == pytest.approx(0.2)
    assert resolution.angle_between(3.0, 1.0) == pytest.approx(2.0)
