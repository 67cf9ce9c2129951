"""Formulas alone: arrays in the place of numbers, and a sentence for what cannot be."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dowding.errors import DowdingError
from dowding.physics import antenna, clutter, detection, jamming, mti, propagation, radar, rain, refractivity

HEIGHTS = np.array([[10.0, 100.0, 1000.0]])


def test_a_kernel_of_numbers_takes_arrays_element_by_element() -> None:
    far = propagation.horizon_distance([[5.0], [50.0]], HEIGHTS, 6371e3, 4.0 / 3.0)
    assert far.shape == (2, 3)
    for row, antenna_height in enumerate((5.0, 50.0)):
        for column, height in enumerate(HEIGHTS[0]):
            assert far[row, column] == propagation.horizon_distance(antenna_height, float(height), 6371e3, 4.0 / 3.0)
    whole = np.array([1, 2, 3])  # whole numbers in the place of real ones
    assert radar.range_for_snr(16.0, whole, 1.0) == pytest.approx(2.0 * whole**0.25)


def test_tuples_of_numbers_become_tuples_of_arrays() -> None:
    rise, run, clear = propagation.line_of_sight(np.array([1e-3, 0.3]), 10.0, 1000.0, 8.5e6)
    assert rise.shape == run.shape == (2,)
    assert clear.tolist() == [True, False]


def test_arrays_by_name_and_of_no_length() -> None:
    assert radar.decibels(ratio=np.array([1.0, 100.0])) == pytest.approx([0.0, 20.0])
    assert radar.decibels(np.zeros((0, 4))).shape == (0, 4)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        radar.signal_to_noise(np.ones(2), 1.0, np.ones(3))


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (radar.snr_constant_from_equation, (np.array([1e6, 2e6]), 1e-6, 1e3, 0.1, 290.0)),
        (radar.search_snr, (1e6, 10.0, 0.5, 1.0, np.array([1e5, 2e5]), 500.0, 2.0)),
        (radar.range_for_least_power, (1e6, 10.0, 0.1, np.array([1.0, 2.0]), 1e-13)),
        (radar.snr_constant_from_reference, (1e5, np.array([1.0, 2.0]), 0.9, 1e-6)),
        (detection.snr_for_detection, (np.array([0.5, 0.9]), 1e-6, 10, 1)),
        (detection.snr_shnidman, (0.9, 1e-6, np.array([1, 10]), 1)),
        (detection.detection_threshold, (np.array([1e-6, 1e-4]), 4)),
        (jamming.crossover_range, (1e5, 1e3, np.array([1.0, 2.0]), 10.0, 2.0)),
        (mti.minimum_detectable_speed, (0.1, 1e-3, 2, np.array([0.1, 0.5]))),
        (rain.rain_path_attenuation, (1e10, np.array([1.0, 10.0]), 0.0, 0.0, 1e4)),
        (antenna.gain_from_beamwidths, (np.array([0.01, 0.02]), 0.03)),
        (refractivity.gradient_from_surface, (np.array([300.0, 350.0]),)),
        (clutter.sea_reflectivity, (np.array([1, 4]), 3e9, 0.01, 0)),
    ],
)
def test_formulas_take_arrays(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    place = next(k for k, value in enumerate(args) if isinstance(value, np.ndarray))
    single = [function(*args[:place], value.item(), *args[place + 1 :]) for value in args[place]]
    np.testing.assert_array_equal(function(*args), single)


@pytest.mark.parametrize(
    ("function", "args", "sentence"),
    [
        (radar.wavelength_of, (0.0,), "frequency is 0, but it is larger than 0"),
        (radar.aperture_gain, (3.0, np.array([0.1, -0.1])), "wavelength is -0.1, but it is larger than 0"),
        (radar.unambiguous_range, (math.nan,), "prf is nan, but it is larger than 0"),
        (radar.snr_constant_from_reference, (1e5, 0.0, 0.9, 1e-6), "rcs_m2 is 0, but it is larger than 0"),
        (radar.peak_power_needed, (10.0, 1e5, -1.0, 1e-6, 1e3, 0.1, 290.0, 1.0), "rcs is -1, but it is larger than 0"),
        (antenna.gain_from_beamwidths, (0.0, 0.1), "azimuth_width is 0, but it is larger than 0"),
        (jamming.crossover_range, (1e5, 1e3, -1.0, 10.0, 2.0), "rcs is -1, but it is larger than 0"),
        (mti.minimum_detectable_speed, (0.1, 0.0, 2, 0.5), "interval is 0, but it is larger than 0"),
        (rain.rain_attenuation, (0.5e9, 10.0), r"frequency is 5e\+08, but it lies between 1e\+09 and 1e\+12"),
        (rain.rain_attenuation, (1e10, -1.0), "rate is -1, but it lies between 0 and inf"),
        (detection.snr_albersheim, ([0.5, 1.0], 1e-6), "pd is 1, but a probability lies between 0 and 1"),
        (detection.snr_shnidman, (0.9, 0.0), "pfa is 0, but a probability lies between 0 and 1"),
        (detection.binary_integration, (1.2, 2, 3), "probability is 1.2, but it lies between 0 and 1"),
        (detection.cumulative_probability, ([0.5, -0.1],), "probabilities is -0.1, but it lies between 0 and 1"),
        (refractivity.refractivity, (1e5, 0.0, 1e3), "temperature is 0, but it is larger than 0"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(function: Callable[..., Any], args: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(DowdingError, match=sentence):
        function(*args)
