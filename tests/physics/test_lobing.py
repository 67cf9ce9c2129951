"""The propagation factor against the exact field over a sphere, and its parts against closed forms."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.physics import diffraction, lobing, surface
from dowding.physics.propagation import EARTH_RADIUS_MEAN, FACTOR_FOUR_THIRDS, horizon_distance

GOLDEN = Path(__file__).parent.parent / "data" / "smooth_earth_golden.csv"  # made by builders/smooth_earth_golden.py
RADIUS = EARTH_RADIUS_MEAN * FACTOR_FOUR_THIRDS
METAL = complex(80.0, -1e6)
SEA = surface.sea_permittivity(3e9)


def factor(
    ground: float,
    antenna: float,
    target: float,
    wavelength: float,
    permittivity: complex = METAL,
    polarisation: int = surface.HORIZONTAL,
    deviation: float = 0.0,
    axis: float = 0.0,
    beamwidth: float = 1e9,
    side_lobe: float = 0.0,
) -> float:
    admittance = diffraction.surface_admittance(permittivity, polarisation, RADIUS, wavelength)
    return lobing.propagation_factor(
        ground, antenna, target, RADIUS, wavelength, permittivity, polarisation, deviation, admittance, axis, beamwidth, side_lobe
    )


def test_exact_field_over_a_sphere() -> None:
    # Fock's mode series, 1 m to 3 cm, from the first lobe to 60 km behind the horizon; measured: at most 0.95 dB off, one way
    rows = np.genfromtxt(GOLDEN, delimiter=",", skip_header=1)
    assert len(rows) > 40
    for wavelength, antenna, target, ground, exact in rows:
        ours = 20.0 * math.log10(factor(ground, antenna, target, wavelength))
        assert ours == pytest.approx(exact, abs=1.0), (wavelength, antenna, target, ground)


@settings(deadline=None, max_examples=200)
@given(
    st.floats(2.0, 3000.0),
    st.floats(2.0, 15_000.0),
    st.sampled_from([0.03, 0.1, 0.23, 1.0]),
    st.floats(0.3, 1.3),
    st.sampled_from([surface.HORIZONTAL, surface.VERTICAL]),
)
def test_one_curve_without_jumps(antenna: float, target: float, wavelength: float, share: float, polarisation: int) -> None:
    ground = max(share * horizon_distance(antenna, target, RADIUS, 1.0), 500.0)
    here = factor(ground, antenna, target, wavelength, SEA, polarisation)
    there = factor(ground + 1e-4, antenna, target, wavelength, SEA, polarisation)
    assert 0.0 <= here < 2.01
    assert there == pytest.approx(here, rel=2e-3, abs=2e-3)


@pytest.mark.parametrize(("antenna", "target", "wavelength"), [(20.0, 300.0, 0.1), (10.0, 3000.0, 0.23), (500.0, 9000.0, 1.0)])
def test_curve_joins_at_the_horizon(antenna: float, target: float, wavelength: float) -> None:
    edge = horizon_distance(antenna, target, RADIUS, 1.0)
    before, after = factor(edge * (1.0 - 1e-9), antenna, target, wavelength), factor(edge * (1.0 + 1e-9), antenna, target, wavelength)
    assert 20.0 * math.log10(before / after) == pytest.approx(0.0, abs=0.01)


def test_lobes_over_flat_ground() -> None:
    # close by: F = 2 |sin(2 pi h1 h2 / (wavelength d))|, Skolnik (2001), ch. 8
    for target in (15.0, 25.0, 35.0, 45.0):
        expected = 2.0 * abs(math.sin(2.0 * math.pi * 10.0 * target / (0.23 * 2e3)))
        assert factor(2e3, 10.0, target, 0.23) == pytest.approx(expected, abs=0.06)


@settings(deadline=None, max_examples=200)
@given(st.floats(1.0, 5000.0), st.floats(1.0, 30_000.0), st.floats(0.02, 0.97))
def test_specular_point_mirrors(antenna: float, target: float, share: float) -> None:
    ground = max(share * horizon_distance(antenna, target, RADIUS, 1.0), 100.0)
    angle = lobing.specular_angle(ground, antenna, target, RADIUS)
    assert 0.0 < angle < ground / RADIUS

    def grazing(part: float, height: float) -> float:
        return math.atan2((RADIUS + height) * math.cos(part) - RADIUS, (RADIUS + height) * math.sin(part))

    one, two = grazing(angle, antenna), grazing(ground / RADIUS - angle, target)
    assert one == pytest.approx(two, abs=1e-9 + 1e-6 * abs(one))


@settings(deadline=None, max_examples=100)
@given(st.floats(5.0, 1000.0), st.floats(50.0, 15_000.0), st.floats(0.1, 0.9))
def test_two_ray_geometry(antenna: float, target: float, share: float) -> None:
    ground = max(share * horizon_distance(antenna, target, RADIUS, 1.0), 2000.0)
    difference, grazing, divergence, direct, reflected = lobing.two_ray_geometry(ground, antenna, target, RADIUS)
    angle = lobing.specular_angle(ground, antenna, target, RADIUS)
    # points in the plane: antenna, mirror, target; the path difference without any identity
    mirror = np.array([0.0, RADIUS])
    one = (RADIUS + antenna) * np.array([-math.sin(angle), math.cos(angle)])
    rest = ground / RADIUS - angle
    two = (RADIUS + target) * np.array([math.sin(rest), math.cos(rest)])
    plain = np.linalg.norm(one - mirror) + np.linalg.norm(two - mirror) - np.linalg.norm(one - two)
    assert difference == pytest.approx(plain, abs=1e-7 + 1e-6 * plain)
    assert 0.0 <= divergence <= 1.0
    assert reflected < direct
    assert grazing > 0.0


def test_divergence_is_how_rays_spread() -> None:
    # trace two neighbouring rays off the sphere: the beam's width in the plane over that of a flat mirror, D^-2, both planes
    antenna, target, ground = 200.0, 3000.0, 100e3
    _, grazing, divergence, _, _ = lobing.two_ray_geometry(ground, antenna, target, RADIUS)
    angle = lobing.specular_angle(ground, antenna, target, RADIUS)
    r1 = math.hypot((RADIUS + antenna) * math.sin(angle), (RADIUS + antenna) * math.cos(angle) - RADIUS)
    rest = ground / RADIUS - angle
    r2 = math.hypot((RADIUS + target) * math.sin(rest), (RADIUS + target) * math.cos(rest) - RADIUS)
    step = 1e-7  # rad along the surface
    source = (RADIUS + antenna) * np.array([-math.sin(angle), math.cos(angle)])

    def ray(surface_angle: float) -> tuple[np.ndarray, np.ndarray]:
        normal = np.array([math.sin(surface_angle), math.cos(surface_angle)])
        incoming = RADIUS * normal - source
        incoming /= np.linalg.norm(incoming)
        return RADIUS * normal, incoming - 2.0 * (incoming @ normal) * normal

    (foot, out), (foot_next, out_next) = ray(0.0), ray(step)
    turn = out[0] * out_next[1] - out[1] * out_next[0]
    across = abs((foot_next - foot) @ np.array([-out[1], out[0]])) + abs(turn) * r2
    flat = RADIUS * step * math.sin(grazing) * (r1 + r2) / r1
    transverse = 1.0 + 2.0 * r1 * r2 * math.sin(grazing) / ((r1 + r2) * RADIUS)
    assert divergence == pytest.approx(1.0 / math.sqrt(across / flat * transverse), rel=1e-3)


def test_rough_sea_and_high_beam_have_no_lobes() -> None:
    assert factor(20e3, 20.0, 3000.0, 0.03, SEA, deviation=1.0) == pytest.approx(1.0, abs=0.05)
    # a beam that looks up at the target sees no ground
    elevation = math.atan(3000.0 / 20e3)
    assert factor(20e3, 20.0, 3000.0, 0.1, SEA, axis=elevation, beamwidth=math.radians(2.0)) == pytest.approx(1.0, abs=1e-3)


def test_deep_in_the_shadow() -> None:
    # each further kilometre costs the attenuation of the first mode, 17.6 dB a unit of normalised distance
    one, two = factor(120e3, 10.0, 10.0, 0.1), factor(140e3, 10.0, 10.0, 0.1)
    per_unit = 20e3 * (math.pi / (0.1 * RADIUS**2)) ** (1.0 / 3.0)
    assert 20.0 * math.log10(one / two) == pytest.approx(17.6 * per_unit, abs=2.0)


def test_reference_implementation_of_smooth_earth() -> None:
    # reference implementation of ITU-R P.452-18 by members of Study Group 3 (Py452, dl_se): 1 GHz, 8,500 km, permittivity 22, 3 mS/m, H
    wavelength, radius = 0.299792458, 8500e3
    admittance = diffraction.surface_admittance(surface.permittivity(22.0, 0.003, 1e9), surface.HORIZONTAL, radius, wavelength)
    for ground, h1, h2, expected in (
        (60e3, 20.0, 50.0, 28.142),
        (30e3, 20.0, 50.0, 4.284),
        (200e3, 10.0, 500.0, 101.613),
        (40e3, 50.0, 60.0, 0.0),
    ):
        assert diffraction.smooth_earth_loss(ground, h1, h2, radius, wavelength, admittance) == pytest.approx(expected, abs=0.02)


def test_fresnel_reflection() -> None:
    normal = (1.0 - math.sqrt(16.0)) / (1.0 + math.sqrt(16.0))
    assert surface.fresnel_reflection(math.pi / 2.0, 16.0 + 0j, surface.HORIZONTAL) == pytest.approx(normal)
    assert surface.fresnel_reflection(math.pi / 2.0, 16.0 + 0j, surface.VERTICAL) == pytest.approx(-normal)
    # Brewster: tan(grazing) = 1 / sqrt(permittivity)
    assert abs(surface.fresnel_reflection(math.atan(0.25), 16.0 + 0j, surface.VERTICAL)) == pytest.approx(0.0, abs=1e-12)
    for polarisation in (surface.HORIZONTAL, surface.VERTICAL):
        assert surface.fresnel_reflection(1e-6, SEA, polarisation) == pytest.approx(-1.0, abs=1e-3)
        assert abs(surface.fresnel_reflection(0.1, SEA, polarisation)) < 1.0


def test_sea_water() -> None:
    # another program's Klein-Swift routine prints this for 13.575 GHz, 20 C, 35 permil, with the normal power reflection 0.6173
    water = surface.sea_permittivity(13.575e9, 293.15, 35.0)
    assert water.real == pytest.approx(47.0823, abs=0.03)
    assert water.imag == pytest.approx(-39.0651, abs=0.03)
    assert abs(surface.fresnel_reflection(math.pi / 2.0, water, surface.HORIZONTAL)) ** 2 == pytest.approx(0.6173, abs=1e-4)
    # 4.3 S/m, the conductivity that texts give for sea water at 15 C: the imaginary part at 100 MHz
    assert surface.sea_permittivity(100e6).imag == pytest.approx(surface.permittivity(75.0, 4.3, 100e6).imag, rel=0.02)


@settings(deadline=None, max_examples=100)
@given(st.floats(0.0, 60.0))
def test_bessel(z: float) -> None:
    from scipy import special

    assert surface.scaled_bessel_i0(z) == pytest.approx(float(special.i0e(z)), abs=2e-7)


def test_roughness() -> None:
    assert surface.ament_factor(0.01, 0.0, 0.1) == 1.0
    # g = 0.1: Ament exp(-2 (0.2 pi)^2)
    assert surface.ament_factor(math.asin(0.01), 1.0, 0.1) == pytest.approx(math.exp(-0.08 * math.pi**2))
    assert surface.roughness_factor(0.02, 1.0, 0.1) > surface.ament_factor(0.02, 1.0, 0.1)
    assert surface.sea_deviation(10.0) == pytest.approx(0.51)
