"""Losses between sensors and targets: the tables of the model against the textbook's functions and closed forms."""

import math
from typing import Any

import numpy as np
import pytest

from dowding.model import Model, compile_scenario
from dowding.model.propagating import COLUMNS, RAIN_TOP_M, Air, loss_heights
from dowding.physics import gases, rain
from dowding.physics.propagation import EARTH_RADIUS_MEAN, FACTOR_FOUR_THIRDS, height_at_elevation
from dowding.scenario import from_tables

X_BAND = 10e9
MAST = 10.0


def air(rain_rate: float = 0.0, frequency: float = X_BAND) -> Air:
    return Air(frequency, MAST, EARTH_RADIUS_MEAN, FACTOR_FOUR_THIRDS, rain_rate)


def model(theatre: dict[str, Any] | None = None, **override: Any) -> Model:
    """A radar that looks at one aircraft."""
    origin = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}
    sensor = {"name": "Post", "radar": "96l6e", "lat_deg": 40.0, "lon_deg": 33.0, "override": override}
    route = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 5000.0}, {"lat_deg": 40.1, "lon_deg": 33.0}]
    flight = {"name": "F", "target": "f-16", "route": route}
    given: dict[str, Any] = {"duration_s": 300.0, "theatre": origin | (theatre or {}), "sensor": [sensor], "flight": [flight]}
    return compile_scenario(from_tables(given)).model


def test_gas_loss_is_the_textbook_s_path_integral_twice() -> None:
    elevations, ranges = np.radians([0.2, 1.0, 5.0, 30.0, 90.0]), np.array([5e3, 50e3, 150e3, 300e3])
    once = gases.path_loss_table(X_BAND, MAST, elevations, ranges)
    for row, elevation in enumerate(elevations):
        heights = np.array([height_at_elevation(r, elevation, MAST, EARTH_RADIUS_MEAN, FACTOR_FOUR_THIRDS) for r in ranges])
        assert air().gas_loss(ranges, heights) == pytest.approx(2.0 * once[row], abs=2e-3)  # dB; the integral there has 200 m steps


def test_rain_takes_its_share_below_its_top_only() -> None:
    specific = float(rain.rain_attenuation(X_BAND, 10.0, 0.0, 0.25 * math.pi))
    low, up = air(10.0).rain_loss(np.array([20e3, 40e3]), np.array([MAST, 100e3]))
    assert low == pytest.approx(2.0 * specific * 20.0, rel=1e-9)
    # no path of 40 km ends so high: it counts as vertical
    assert up == pytest.approx(2.0 * specific * (RAIN_TOP_M - MAST) / 1e3, rel=1e-6)
    assert air(0.0).rain_loss(np.array([20e3]), np.array([MAST]))[0] == 0.0
    assert air(50.0, 0.4e9).rain_loss(np.array([20e3]), np.array([MAST]))[0] == 0.0


def test_rain_in_the_theatre_adds_to_the_table() -> None:
    dry, wet = model(), model({"rain_rate_mm_h": 20.0})
    more = wet.defence.loss - dry.defence.loss
    heights = loss_heights()
    specific = float(rain.rain_attenuation(5.5e9, 20.0, 0.0, 0.25 * math.pi))
    row, column = int(np.searchsorted(heights, 200.0)), 8
    reach = dry.defence.geometry.range_max[0] * column / (COLUMNS - 1)
    assert more[0, row, column] == pytest.approx(2.0 * specific * reach / 1e3, rel=1e-9)
    assert (more >= 0.0).all()
    assert (dry.defence.sensors["snr_constant"] == wet.defence.sensors["snr_constant"]).all()


def test_a_published_range_stays_true() -> None:
    """At its reference range a target 10 km up has the signal-to-noise ratio of the published detection, air or no air."""
    from dowding.physics.radar import snr_constant_from_reference

    defence = model().defence
    without_air = snr_constant_from_reference(230e3, 4.0, 0.5, 1e-6, 10, 1)
    here = Air(5.5e9, float(defence.sensors["height"][0]), EARTH_RADIUS_MEAN, 4.0 / 3.0, 0.0)
    lost = float(here.gas_loss(np.array([230e3]), np.array([10e3]))[0])
    assert lost > 1.0
    kept = 10.0 * math.log10(float(defence.sensors["snr_constant"][0]) / without_air) - lost
    assert abs(kept) < 0.01  # dB
