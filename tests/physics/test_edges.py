"""Diffraction over edges and profiles against the Fresnel integral and a reference implementation."""

import math

import numpy as np
import pytest
from scipy import special

from dowding.physics import edges
from dowding.physics.diffraction import surface_admittance
from dowding.physics.surface import HORIZONTAL, permittivity

LIGHT = 299792458.0
RADIUS = 8500e3


def test_knife_edge_is_the_fresnel_integral() -> None:
    # P.526-15, sect. 4.1: J = -20 log10( |(1 - C - S) + j (C - S)| / 2 )
    for nu in np.linspace(-0.7, 6.0, 68):
        sine, cosine = special.fresnel(nu)
        exact = -20.0 * math.log10(math.hypot(1.0 - cosine - sine, cosine - sine) / 2.0)
        assert edges.knife_edge_loss(float(nu)) == pytest.approx(exact, abs=0.15)
    assert edges.knife_edge_loss(0.0) == pytest.approx(6.03, abs=0.01)
    assert edges.knife_edge_loss(-1.0) == 0.0
    # 100 m over the line, 10 km from either end, 10 cm: nu = 100 sqrt(2 / 0.1 * 2e-4)
    assert edges.knife_edge_parameter(100.0, 10e3, 10e3, 0.1) == pytest.approx(6.3246, abs=1e-4)


@pytest.mark.parametrize(
    ("ghz", "antenna", "target", "bullington", "whole"),
    [
        # reference implementation of ITU-R P.452-18 by members of Study Group 3 (Py452, dl_bull and dl_delta_bull, sea 0 %, H)
        (1.0, 15.0, 5.0, 54.72402, 64.82681),
        (1.0, 15.0, 500.0, 37.50518, 37.50518),
        (3.0, 30.0, 2000.0, 29.23632, 29.23632),
        (10.0, 10.0, 30.0, 63.30703, 83.18820),
        (3.0, 200.0, 8000.0, 0.0, 0.0),
    ],
)
def test_hills(ghz: float, antenna: float, target: float, bullington: float, whole: float) -> None:
    km = np.linspace(0.0, 80.0, 161)
    ground = np.maximum(100.0 + 80.0 * np.sin(km / 5.0) + 60.0 * np.sin(km / 1.7), 0.0)
    wavelength = LIGHT / (ghz * 1e9)
    admittance = surface_admittance(permittivity(22.0, 0.003, ghz * 1e9), HORIZONTAL, RADIUS, wavelength)
    h1, h2 = ground[0] + antenna, ground[-1] + target
    assert edges.bullington_loss(km * 1e3, ground, h1, h2, RADIUS, wavelength) == pytest.approx(bullington, abs=0.001)
    ours = edges.profile_loss(km * 1e3, ground, h1, h2, RADIUS, wavelength, admittance, np.zeros(161))
    assert ours == pytest.approx(whole, abs=0.02)


def test_flat_profile_is_the_smooth_earth() -> None:
    from dowding.physics.diffraction import smooth_earth_loss

    metres = np.linspace(0.0, 80e3, 401)
    admittance = surface_admittance(permittivity(22.0, 0.003, 3e9), HORIZONTAL, RADIUS, 0.1)
    ours = edges.profile_loss(metres, np.zeros(401), 20.0, 100.0, RADIUS, 0.1, admittance, np.zeros(401))
    assert ours == pytest.approx(smooth_earth_loss(80e3, 20.0, 100.0, RADIUS, 0.1, admittance), abs=1e-9)
