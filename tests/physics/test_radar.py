"""The radar equation and waveform arithmetic against published examples."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.errors import DowdingError
from dowding.physics import radar as r
from dowding.physics.detection import detection_probability

WAVELENGTH_10GHZ = r.SPEED_OF_LIGHT / 10e9


def ratio(db: float) -> float:
    return r.from_decibels(db)


@pytest.mark.parametrize(
    ("gain_db", "rcs", "loss_db", "printed"),
    [
        # MathWorks documentation, radareqrng: 10 GHz, 1 MW, 10 us, 6 dB, 290 K
        (20.0, 1.0, 0.0, 41057.0),
        (40.0, 0.1, 3.0, 194260.0),
    ],
)
def test_range_from_equation(gain_db: float, rcs: float, loss_db: float, printed: float) -> None:
    constant = r.snr_constant_from_equation(1e6, 10e-6, ratio(gain_db), WAVELENGTH_10GHZ, 290.0, ratio(loss_db))
    reach = r.range_for_snr(constant, rcs, ratio(6.0))
    assert reach == pytest.approx(printed, rel=5e-5)
    assert r.decibels(r.signal_to_noise(constant, rcs, reach)) == pytest.approx(6.0, abs=1e-9)


def test_bistatic_ratio() -> None:
    # MathWorks documentation, radareqsnr: 50 and 75 km, 40 and 20 dB -> 9.0547 dB
    constant = r.bistatic_constant(1e6, 1e-6, ratio(40.0), ratio(20.0), WAVELENGTH_10GHZ, 290.0, 1.0)
    assert r.decibels(r.bistatic_snr(constant, 1.0, 50e3, 75e3)) == pytest.approx(9.0547, abs=1e-4)


def test_peak_power() -> None:
    # MathWorks documentation, radareqpow: 10 dB at 50 km -> 2.2809e6 W
    power = r.peak_power_needed(10.0, 50e3, 0.5, 1e-6, ratio(30.0), WAVELENGTH_10GHZ, 300.0, ratio(3.0))
    assert power == pytest.approx(2.2809e6, rel=5e-5)


def test_range_from_least_power() -> None:
    # Raju, Radar Engineering and Fundamentals of Navigational Aids (2008), ch. 2, ex. 9, p. 77 (with c = 3e8): 685.681 km
    assert r.range_for_least_power(500e3, 5.0, 0.03, 20.0, 1e-13) == pytest.approx(685_681.0, rel=1e-5)


def test_waveform_arithmetic() -> None:
    c = r.SPEED_OF_LIGHT / 3e8  # Raju (2008) rounds the speed of light to 3e8 m/s
    # ch. 2, ex. 6, p. 77: 800 Hz, 2 us
    assert r.unambiguous_range(800.0) / c == pytest.approx(187.5e3, rel=1e-12)
    assert r.range_resolution(1.0 / 2e-6) / c == pytest.approx(300.0, rel=1e-12)
    # ch. 3, ex. 4, p. 105: 10 GHz (the book prints 48 for the third, a slip)
    assert [r.blind_speed(n, 0.03, 800.0) for n in (1, 2, 3)] == pytest.approx([12.0, 24.0, 36.0], rel=1e-12)
    # ch. 1, ex. 1, p. 34: 100 W mean
    assert r.duty_cycle(2e-6, 1000.0) == pytest.approx(0.002)
    assert r.peak_power_of(100.0, 2e-6, 1000.0) == pytest.approx(50e3)


def test_relations() -> None:
    # blind speeds are spaced by twice the unambiguous speed; gain, aperture and Doppler by definition
    assert r.blind_speed(1, 0.1, 1000.0) == 2.0 * r.unambiguous_speed(0.1, 1000.0)
    assert r.doppler_shift(-300.0, 0.1) == pytest.approx(6000.0)
    assert r.speed_resolution(0.1, 0.01) == pytest.approx(5.0)
    assert r.aperture_gain(math.pi, 2.0 * math.pi) == pytest.approx(1.0)
    assert r.pulses_per_beam(math.radians(1.5), math.radians(36.0), 360.0) == pytest.approx(15.0)
    # kTB of 1 Hz at 290 K: -173.98 dBm, the usual -174
    assert r.decibels(r.noise_power(290.0, 1.0) * 1e3) == pytest.approx(-173.975, abs=1e-3)
    assert r.decibels(0.0) == -math.inf


@settings(deadline=None, max_examples=50)
@given(st.floats(1e3, 6e5), st.floats(1e-3, 100.0), st.floats(0.2, 0.95), st.sampled_from([0, 1, 2, 3, 4]))
def test_reference_reproduces_its_claim(reach: float, rcs: float, pd: float, swerling: int) -> None:
    constant = r.snr_constant_from_reference(reach, rcs, pd, 1e-6, 8, swerling)
    snr = r.signal_to_noise(constant, rcs, reach)
    assert float(detection_probability(snr, 1e-6, 8, swerling)) == pytest.approx(pd, abs=1e-7)
    # the fourth-root law: a sixteenth of the cross section, half the range
    assert r.range_for_snr(constant, rcs / 16.0, snr) == pytest.approx(reach / 2.0, rel=1e-12)


def test_measurement_sigma() -> None:
    # Skolnik (2001), ch. 6: 150 m cell at 20 dB without floor: 150 / sqrt(200)
    assert r.measurement_sigma(150.0, 1.0, 100.0, 0.0) == pytest.approx(10.6066, abs=1e-4)
    assert r.measurement_sigma(150.0, 1.0, 100.0, 20.0) == pytest.approx(math.hypot(10.6066, 20.0), abs=1e-4)
    assert r.measurement_sigma(150.0, 1.0, 1e12, 20.0) == pytest.approx(20.0, abs=1e-6)
    # 1 degree beam, monopulse, 13 dB: about a tenth of the beam
    assert r.measurement_sigma(1.0, r.MONOPULSE_CONSTANT, ratio(13.0), 0.0) == pytest.approx(0.0989, abs=1e-4)
    # no signal does not mean infinite error: it stays within the cell
    assert r.measurement_sigma(150.0, 1.0, 0.0, 0.0) < 150.0


def test_mistakes_are_named() -> None:
    with pytest.raises(DowdingError, match="range_m is 0"):
        r.snr_constant_from_reference(0.0, 1.0, 0.9, 1e-6)
    with pytest.raises(DowdingError, match="loss is -1"):
        r.snr_constant_from_equation(1.0, 1.0, 1.0, 1.0, 290.0, -1.0)
