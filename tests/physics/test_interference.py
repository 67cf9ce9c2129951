"""Clutter, moving-target indication and jamming against published numbers and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.physics import clutter, jamming, mti, surface
from dowding.physics.radar import from_decibels, range_for_snr, signal_to_noise


def test_sea_reflectivity() -> None:
    # MathWorks documentation, seareflectivity: sea state 2, 30 GHz, 10 degrees, H: 2.1555e-4
    assert clutter.sea_reflectivity(2.0, 30e9, math.radians(10.0), surface.HORIZONTAL) == pytest.approx(2.1555e-4, rel=2e-4)
    assert clutter.sea_reflectivity(2.0, 30e9, 0.0, surface.HORIZONTAL) == 0.0
    # Nathanson's tables behind the model: vertical stronger than horizontal at low grazing angles, rougher seas stronger
    low = math.radians(0.3)
    assert clutter.sea_reflectivity(3.0, 3e9, low, surface.VERTICAL) > clutter.sea_reflectivity(3.0, 3e9, low, surface.HORIZONTAL)
    assert clutter.sea_reflectivity(5.0, 3e9, low, surface.VERTICAL) > clutter.sea_reflectivity(1.0, 3e9, low, surface.VERTICAL)


def test_land_reflectivity() -> None:
    # Barton (1985): farmland, gamma -15 dB, at 1 degree: -15 - 17.6 dB
    ours = 10.0 * math.log10(clutter.land_reflectivity(from_decibels(-15.0), math.radians(1.0)))
    assert ours == pytest.approx(-32.58, abs=0.01)
    assert clutter.land_reflectivity(0.1, -0.01) == 0.0


def test_grazing_angle() -> None:
    radius = 8.5e6
    # flat earth close by; zero at the distance of the horizon, negative beyond
    assert clutter.grazing_angle(1e3, 20.0, radius) == pytest.approx(0.02, rel=5e-3)
    horizon = math.sqrt(2.0 * radius * 20.0 + 400.0)
    assert clutter.grazing_angle(horizon, 20.0, radius) == pytest.approx(0.0, abs=1e-12)
    assert clutter.grazing_angle(2.0 * horizon, 20.0, radius) < 0.0


def test_ground_elevation_closes_the_triangle() -> None:
    radius, antenna = 8.5e6, 9000.0
    for distance in (9100.0, 20e3, 100e3, 300e3):
        grazing, down = clutter.grazing_angle(distance, antenna, radius), -clutter.ground_elevation(distance, antenna, radius)
        # the angle at the earth's centre is what the two angles differ by; sines of a triangle
        assert distance / math.sin(down - grazing) == pytest.approx(radius / math.sin(0.5 * math.pi - down), rel=1e-6)


def test_beam_on_the_ground() -> None:
    width = math.radians(2.0)
    # half a width off the axis is 3 dB one way; both off by as much: none
    assert clutter.beam_on_ground_db(-0.5 * width, 0.0, 0.0, width, -60.0) == pytest.approx(-6.02, abs=0.01)
    assert clutter.beam_on_ground_db(-0.5 * width, 0.5 * width, 0.0, width, -60.0) == pytest.approx(0.0, abs=1e-9)
    assert clutter.beam_on_ground_db(-10.0 * width, 0.0, 0.0, width, -60.0) == pytest.approx(-60.0)
    # straight below a flat cell the beam limits what is lit: a circle of half-power width
    assert clutter.beam_limited_area(1000.0, 0.1, 0.1, 0.5 * math.pi) == pytest.approx(math.pi * 50.0**2)


def test_cell_and_ratio() -> None:
    # Skolnik (2001), ch. 7: 10 km, 1 degree, 150 m at grazing 0
    area = clutter.surface_cell_area(10e3, math.radians(1.0), 150.0, 0.0)
    assert area == pytest.approx(26_180.0, abs=1.0)
    # clutter of the target's own size gives the target's ratio
    assert clutter.clutter_to_noise(1e20, 1e-4, 1e4, 50e3, 1.0) == pytest.approx(signal_to_noise(1e20, 1.0, 50e3))
    assert clutter.signal_to_interference(10.0, 1.0, 900.0, 100.0, 0.0) == pytest.approx(1.0)
    assert clutter.signal_to_interference(10.0, 0.5, 0.0, 1.0, 4.0) == pytest.approx(1.0)


def test_canceller() -> None:
    wavelength, interval = 0.1, 1e-3
    blind = wavelength / (2.0 * interval)
    for order in (1, 2, 3):
        speeds = (np.arange(2000) + 0.5) / 2000.0 * blind
        response = [mti.canceller_response(v, wavelength, interval, order) for v in speeds]
        assert np.mean(response) == pytest.approx(1.0, abs=1e-9)
        # peak: 4^n over the binomial (2n over n)
        assert max(response) == pytest.approx(4.0**order / math.comb(2 * order, order), rel=1e-5)
        assert mti.canceller_response(blind, wavelength, interval, order) == pytest.approx(0.0, abs=1e-12)
        slowest = mti.minimum_detectable_speed(wavelength, interval, order, 0.1)
        assert mti.canceller_response(slowest, wavelength, interval, order) == pytest.approx(0.1, rel=1e-9)


def test_stagger_opens_blind_speeds() -> None:
    wavelength = 0.1
    intervals = np.array([1.0e-3, 1.25e-3])
    assert mti.velocity_response(50.0, wavelength, intervals, 2) > 0.3
    # 4:5 stagger: the first common blind speed is 4 or 5 times the single one; Skolnik (2001), ch. 3
    assert mti.velocity_response(200.0, wavelength, intervals, 2) == pytest.approx(0.0, abs=1e-12)
    assert mti.velocity_response(37.0, wavelength, intervals[:1], 2) == mti.canceller_response(37.0, wavelength, 1.0e-3, 2)


def test_improvement_factor() -> None:
    # Skolnik (2001), ch. 3, for narrow spectra: 2 (fp / 2 pi s)^2, 2 (fp / 2 pi s)^4, s = 2 sigma_v / wavelength
    wavelength, interval, spread = 0.1, 1e-3, 0.05
    x = 1.0 / interval / (2.0 * math.pi * 2.0 * spread / wavelength)
    assert float(mti.improvement_factor(spread, wavelength, interval, 1)) == pytest.approx(2.0 * x**2, rel=1e-4)
    assert float(mti.improvement_factor(spread, wavelength, interval, 2)) == pytest.approx(2.0 * x**4, rel=1e-4)
    # clutter as wide as all speeds is noise: no improvement
    assert float(mti.improvement_factor(1e4, wavelength, interval, 2)) == pytest.approx(1.0)
    assert mti.improvement_factor(np.array([0.1, 0.2]), wavelength, interval, 2).shape == (2,)


def test_crossover() -> None:
    # sample of NAWCWD TP 8347, sect. 4-8: 70 dBm, 45 dB less 5 dB line, 9 m^2 against 30 dBm, 5 dB less 10 dB line
    ours = jamming.crossover_range(
        from_decibels(70.0 - 30.0), from_decibels(45.0 - 5.0), 9.0, from_decibels(0.0), from_decibels(5.0 - 10.0)
    )
    assert ours == pytest.approx(15_049.3, abs=0.5)


@settings(deadline=None, max_examples=100)
@given(st.floats(1e16, 1e24), st.floats(1e-3, 100.0), st.floats(1.0, 1e16), st.floats(1.0, 1e3))
def test_burn_through_meets_the_needed_ratio(radar: float, rcs: float, jammer: float, needed: float) -> None:
    reach = jamming.burn_through_self(radar, rcs, jammer, needed)
    noise = jamming.jam_to_noise(jammer, reach, 1.0)
    assert jamming.jammed_snr(signal_to_noise(radar, rcs, reach), noise) == pytest.approx(needed, rel=1e-9)
    assert reach <= range_for_snr(radar, rcs, needed) * (1.0 + 1e-12)
    assert jamming.burn_through_standoff(radar, rcs, noise, needed) == pytest.approx(reach, rel=1e-9)


def test_jammer_constant() -> None:
    # by hand: 10 W/MHz into 30 dB at 10 cm, 290 K, 100 km: P G lambda^2 / ((4 pi R)^2 k T B)
    constant = jamming.jammer_constant(10.0, 1e6, 1000.0, 0.1, 290.0)
    expected = 10.0 / 1e6 * 1000.0 * 0.01 / (4.0 * math.pi * 100e3) ** 2 / (1.380649e-23 * 290.0)
    assert jamming.jam_to_noise(constant, 100e3, 1.0) == pytest.approx(expected, rel=1e-12)
    assert jamming.is_strobe(jamming.jam_to_noise(constant, 100e3, 1.0), 10.0)
    assert not jamming.is_strobe(jamming.jam_to_noise(constant, 100e3, 1e-6), 10.0)
