"""Detection probabilities against closed forms at many digits, published tables, and each other."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.errors import DowdingError
from dowding.physics import detection as d

DATA = Path(__file__).parent.parent / "data"
PULSES = st.sampled_from([1, 2, 3, 7, 16, 40, 100, 513, 4096])
PFA = st.floats(-14.0, -1.0).map(lambda exponent: 10.0**exponent)
CASES = st.sampled_from([0, 1, 2, 3, 4])


def pd(snr_db: float, pfa: float, pulses: int = 1, swerling: int = 0) -> float:
    return float(d.detection_probability(10.0 ** (snr_db / 10.0), pfa, pulses, swerling))


def test_closed_forms_at_sixty_digits() -> None:
    # made by builders/detection_golden.py
    for row in np.genfromtxt(DATA / "detection_golden.csv", delimiter=",", names=True):
        pulses = int(row["pulses"])
        assert d.detection_threshold(row["pfa"], pulses) == pytest.approx(row["threshold"], rel=1e-11)
        for case in range(5):
            exact = row[f"sw{case}"]
            if not np.isnan(exact):
                assert pd(row["snr_db"], row["pfa"], pulses, case) == pytest.approx(exact, rel=1e-11), (row, case)


def test_grid_of_another_program() -> None:
    # provenance in the file's first lines
    grid = np.genfromtxt(DATA / "pd_grid.csv", delimiter=",", names=True, skip_header=2)
    assert grid.size == 27
    for row in grid:
        pulses = int(row["n_pulses"])
        assert d.detection_threshold(row["pfa"], pulses) == pytest.approx(row["threshold_T"], abs=1e-8)
        for case in range(5):
            assert pd(row["snr_db"], row["pfa"], pulses, case) == pytest.approx(row[f"pd_sw{case}"], abs=2e-6)


@pytest.mark.parametrize(
    ("swerling", "pfa", "snr_db", "pulses", "expected", "tolerance"),
    [
        # radarsimx/radarsimpy, tests/test_module_tools.py, test_roc_pd
        (0, 1e-8, 13.0, 1, 0.6287, 1e-4),
        (0, 1e-8, 11.0, 1, 0.1683, 1e-4),
        (0, 1e-8, -3.2, 256, 0.8411, 1e-4),
        (0, 1e-8, -4.8, 256, 0.2249, 1e-4),
        (1, 1e-4, 16.0, 1, 0.798, 1e-4),
        (1, 1e-4, 6.8, 1, 0.2036, 1e-4),
        (1, 1e-4, 3.6, 256, 0.8959, 1e-4),
        (1, 1e-4, -7.6, 256, 0.256, 1e-4),
        (3, 1e-4, 15.2, 1, 0.8846, 1e-4),
        (3, 1e-4, 6.8, 1, 0.1931, 1e-4),
        (3, 1e-4, -0.4, 256, 0.8889, 1e-4),
        (3, 1e-4, -8.4, 256, 0.1775, 1e-4),
        # NRL TrackerComponentLibrary, SwerlingIVSqLawD.PD4PFA; the test of radarsimpy prints 0.2155 from an expansion that is off here
        (4, 1e-4, -7.2, 256, 0.21110213, 1e-6),
    ],
)
def test_published_probabilities(swerling: int, pfa: float, snr_db: float, pulses: int, expected: float, tolerance: float) -> None:
    assert pd(snr_db, pfa, pulses, swerling) == pytest.approx(expected, abs=tolerance)


def test_ratio_needed_for_one_pulse() -> None:
    # Mahafza, Radar Systems Analysis and Design Using MATLAB (2000), table 4.1: read off a graph, rms 0.095 dB, at most 0.46 dB off
    table = {
        0.1: (4.0, 8.95, 11.62),
        0.5: (8.44, 11.25, 13.52),
        0.9: (10.95, 13.31, 15.0),
        0.95: (11.5, 13.65, 15.45),
        0.99: (12.62, 14.5, 16.12),
        0.999: (13.62, 15.25, 16.85),
    }
    for probability, row in table.items():
        for pfa, printed in zip((1e-3, 1e-6, 1e-10), row, strict=True):
            needed = 10.0 * np.log10(d.snr_for_detection(probability, pfa))
            assert needed == pytest.approx(printed, abs=0.15 if pfa <= 1e-6 and probability >= 0.9 else 0.45)


def test_ten_pulse_improvement() -> None:
    # Mahafza (2000), example 4.2 prints 9.20 dB from a fit that claims 0.8 dB; 8.4219 is exact
    gain = 10.0 * np.log10(d.snr_for_detection(0.9, 1e-12, 1) / d.snr_for_detection(0.9, 1e-12, 10))
    assert gain == pytest.approx(8.4219, abs=1e-4)
    assert gain == pytest.approx(9.20, abs=0.8)


def test_cumulative_detection_of_a_closing_target() -> None:
    # set-up of Mahafza (2000), example 4.3: 12 dB at 10 km, nine frames from 16 to 8 km; the printed 0.9998 uses a coarse table
    kilometres = np.arange(16, 7, -1)
    single = d.detection_probability(10.0 ** ((52.0 - 40.0 * np.log10(kilometres)) / 10.0), 1e-7)
    assert single[6] == pytest.approx(0.516470434, abs=1e-8)
    assert d.cumulative_probability(single) == pytest.approx(0.99997668, abs=1e-6)
    assert d.cumulative_probability([0.5, 1.0]) == 1.0


def test_albersheim() -> None:
    # the formula evaluated by hand, as in MathWorks albersheim and the documentation of mhostetter/sdr
    assert d.snr_albersheim(0.9, 1e-6, [1, 10]) == pytest.approx([13.114544, 4.990386], abs=1e-5)
    exact = 10.0 * np.log10(d.snr_for_detection(0.9, 1e-6, 10))
    assert d.snr_albersheim(0.9, 1e-6, 10) == pytest.approx(exact, abs=0.35)  # linear against square-law detector


@pytest.mark.parametrize("swerling", range(5))
@pytest.mark.parametrize("pulses", [1, 10, 100])
def test_shnidman_stays_near_exact(swerling: int, pulses: int) -> None:
    # Shnidman (2002) aims at 0.5 dB; one exponential scatterer is its worst case
    tolerance = 1.05 if swerling == 1 or (swerling == 2 and pulses == 1) else 0.7
    for probability in (0.1, 0.5, 0.8, 0.95):
        for pfa in (1e-8, 1e-6, 1e-4):
            exact = 10.0 * np.log10(d.snr_for_detection(probability, pfa, pulses, swerling))
            assert d.snr_shnidman(probability, pfa, pulses, swerling) == pytest.approx(exact, abs=tolerance)


def test_swerling_one_pulse_closed_form() -> None:
    # Richards, Exact and Approximate Detection Probability Formulas (2018), eq. 6: pd = pfa^(1/(1+snr))
    assert 10.0 * np.log10(d.snr_for_detection(0.9, 1e-6, 1, 1)) == pytest.approx(21.143643, abs=1e-5)


def test_binary_integration() -> None:
    # binomial sums; 6 of 10 as in MathWorks' radar budget example
    assert d.binary_integration(0.9, 6, 10) == pytest.approx(0.9983650626, rel=1e-9)
    assert d.binary_integration([0.5, 0.01], 3, 5) == pytest.approx([0.5, 9.8506e-6], rel=1e-6)


def test_real_noise_threshold() -> None:
    # MathWorks npwgnthresh(0.01, 1, 'real') = 7.3335
    assert d.real_noise_threshold_db(0.01) == pytest.approx(7.3335, abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(PFA, PULSES, st.floats(-30.0, 40.0))
def test_identities(pfa: float, pulses: int, snr_db: float) -> None:
    # Richards (2018), sect. 4: cases that coincide
    assert pd(snr_db, pfa, 1, 1) == pytest.approx(pd(snr_db, pfa, 1, 2), rel=1e-10)
    assert pd(snr_db, pfa, 1, 3) == pytest.approx(pd(snr_db, pfa, 1, 4), rel=1e-10)
    assert pd(snr_db, pfa, 2, 2) == pytest.approx(pd(snr_db, pfa, 2, 3), rel=1e-10)
    for case in range(5):
        assert float(d.detection_probability(0.0, pfa, pulses, case)) == pytest.approx(pfa, rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(PFA, PULSES, CASES)
def test_monotone_in_signal(pfa: float, pulses: int, swerling: int) -> None:
    values = d.detection_probability(10.0 ** np.linspace(-6.0, 9.0, 80), pfa, pulses, swerling)
    assert np.all(np.diff(values) >= -1e-12)
    assert values[0] >= pfa * (1.0 - 1e-9)
    assert values[-1] > 1.0 - 1e-6


@settings(deadline=None, max_examples=40)
@given(PFA, PULSES, CASES, st.floats(0.12, 0.999))
def test_inverse(pfa: float, pulses: int, swerling: int, probability: float) -> None:
    snr = d.snr_for_detection(probability, pfa, pulses, swerling)
    assert float(d.detection_probability(snr, pfa, pulses, swerling)) == pytest.approx(probability, abs=1e-8)


def test_shape_is_kept_and_infinite_signal_is_certain() -> None:
    assert d.detection_probability(np.ones((2, 3)), 1e-6, 4, 3).shape == (2, 3)
    for case in range(5):
        assert float(d.detection_probability(np.inf, 1e-6, 4, case)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("pulses", [1, 3, 50, 1000])
@pytest.mark.parametrize("pfa", [1e-14, 1e-6, 1e-2])
def test_table_is_within_a_ten_thousandth(pfa: float, pulses: int) -> None:
    start, step, table = d.detection_table(pfa, pulses)
    decibels = np.random.default_rng(7).uniform(start - 10.0, start + step * (table.shape[1] + 50), 300)
    for case in range(5):
        exact = d.detection_probability(10.0 ** (decibels / 10.0), pfa, pulses, case)
        ours = [d.table_probability(start, step, table[case], x) for x in decibels]
        assert np.max(np.abs(ours - exact)) < 1e-4
        # a target without an echo is not found more often than noise is
        assert d.table_probability(start, step, table[case], -np.inf) <= pfa * 1.01 + 2e-9
        assert d.table_probability(start, step, table[case], np.inf) > 1.0 - 1e-4


@pytest.mark.parametrize(
    ("arguments", "place"),
    [((1.0, 2.0), "pfa"), ((1.0, 1e-6, 0), "pulses"), ((-1.0, 1e-6), "snr"), ((1.0, 1e-6, 1, 5), "swerling")],
)
def test_mistakes_are_named(arguments: tuple[float, ...], place: str) -> None:
    with pytest.raises(DowdingError, match=place):
        d.detection_probability(*arguments)  # type: ignore[arg-type]


def test_probability_below_false_alarm_rate_is_refused() -> None:
    with pytest.raises(DowdingError, match="pd"):
        d.snr_for_detection(1e-7, 1e-6)
