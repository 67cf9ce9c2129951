"""Losses between sensors and targets: the tables of the model against the textbook's functions and closed forms."""

import math
from typing import Any

import numpy as np
import pytest

from dowding.model import Model, compile_scenario
from dowding.model.keeping import Kept
from dowding.model.placing import air_of, placed_radars, surface_of
from dowding.model.propagating import AIR, RAIN_TOP_M, Air, Surface, loss_heights, loss_table, path_loss
from dowding.physics import gases, rain
from dowding.physics.lobing import propagation_factor, two_ray_geometry
from dowding.physics.propagation import EARTH_RADIUS_MEAN, FACTOR_FOUR_THIRDS, height_at_elevation, horizon_distance, surface_distance
from dowding.physics.surface import HORIZONTAL
from dowding.scenario import Scenario, from_tables, resolve

X_BAND = 10e9
MAST = 10.0


def air(rain_rate: float = 0.0, frequency: float = X_BAND) -> Air:
    return Air(frequency, MAST, EARTH_RADIUS_MEAN, FACTOR_FOUR_THIRDS, rain_rate)


def scenario(theatre: dict[str, Any] | None = None, **override: Any) -> Scenario:
    """A radar that looks at one aircraft."""
    origin = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}
    sensor = {"name": "Post", "radar": "96l6e", "lat_deg": 40.0, "lon_deg": 33.0, "override": override}
    route = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 5000.0}, {"lat_deg": 40.1, "lon_deg": 33.0}]
    flight = {"name": "F", "target": "f-16", "route": route}
    given: dict[str, Any] = {"duration_s": 300.0, "theatre": origin | (theatre or {}), "sensor": [sensor], "flight": [flight]}
    return from_tables(given)


def model(theatre: dict[str, Any] | None = None, **override: Any) -> Model:
    return compile_scenario(scenario(theatre, **override)).model


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
    size = dry.defence.loss.shape[1:3]
    heights = loss_heights(size[0])
    specific = float(rain.rain_attenuation(5.5e9, 20.0, 0.0, 0.25 * math.pi))
    row, column = int(np.searchsorted(heights, 200.0)), 60
    assert more[0, row, column, AIR] == pytest.approx(2.0 * specific / 1e3, rel=1e-9)  # dB/m: all of that path is below the top of the rain
    assert (more >= 0.0).all()
    assert (dry.defence.sensors["snr_constant"] == wet.defence.sensors["snr_constant"]).all()


def two_way_factor(surface: Surface, here: Air, height: float, distance: float) -> float:
    """40 log F by the textbook's function, the beam where the model has it."""
    ground = surface_distance(distance, here.antenna_height, height, here.earth_radius)
    axis = 0.5 * surface.beamwidth
    if ground < horizon_distance(here.antenna_height, height, here.radius, 1.0):
        axis = max(axis, two_ray_geometry(ground, here.antenna_height, height, here.radius)[3])
    s = surface
    given = (s.wavelength, s.permittivity, HORIZONTAL, s.deviation, s.admittance, axis, s.beamwidth, s.side_lobe)
    return 40.0 * math.log10(propagation_factor(ground, here.antenna_height, height, here.radius, *given))


@pytest.mark.parametrize("kind", ["land", "sea"])
def test_the_surface_s_table_is_the_textbook_s_factor(kind: str) -> None:
    theatre = {"propagation": "smooth-earth", "surface": kind, "sea_state": 1}
    defence = model(theatre).defence
    resolved = resolve(scenario(theatre))
    placed = placed_radars(resolved)[0]
    here, reflects = air_of(placed, resolved.theatre, Kept()), surface_of(placed, resolved.theatre)
    rng = np.random.default_rng(5)
    errors, factors = [], []
    for distance, height in zip(rng.uniform(3e3, 300e3, 2000), 10.0 ** rng.uniform(1.3, 4.3, 2000), strict=True):
        if distance < 1.5 * height:
            continue
        factor = two_way_factor(reflects, here, height, distance)
        clear = float(here.gas_loss(np.array([distance]), np.array([height]))[0])
        if factor > -60.0:
            errors.append(abs(clear - factor - path_loss(defence.loss, 0, here.antenna_height, here.radius, height, distance)))
            factors.append(factor)
    assert len(errors) > 800
    assert min(factors) < -50.0 < 6.0 < max(factors)  # dB: shadow and lobes both
    assert np.median(errors) < 0.04
    assert np.quantile(errors, 0.99) < 0.5
    assert max(errors) < 2.0


def test_a_geometric_theatre_has_no_surface() -> None:
    assert model().defence.loss.shape[3] == 1
    assert model({"propagation": "smooth-earth"}).defence.loss.shape[3] > 1


@pytest.mark.parametrize(("frequency", "antenna"), [(3e9, 9.0), (10e9, 20.0), (10e9, 9000.0)])
def test_the_table_of_the_air_is_the_integral(frequency: float, antenna: float) -> None:
    here = Air(frequency, antenna, EARTH_RADIUS_MEAN, FACTOR_FOUR_THIRDS, 0.0)
    table = loss_table([here], [])
    rng = np.random.default_rng(3)
    distances, heights = 10.0 ** rng.uniform(3.0, 5.7, 3000), 10.0 ** rng.uniform(0.5, 5.0, 3000)
    ok = distances > 1.02 * np.abs(heights - antenna)
    ok &= [surface_distance(d, antenna, h, here.earth_radius) < horizon_distance(antenna, h, here.radius, 1.0)
           for d, h in zip(distances, heights, strict=True)]  # fmt: skip
    exact = here.gas_loss(distances[ok], heights[ok])
    ours = [path_loss(table, 0, antenna, here.radius, h, d) for d, h in zip(distances[ok], heights[ok], strict=True)]
    assert len(exact) > 1000
    assert np.abs(ours - exact).max() < 0.02  # dB
    assert np.median(np.abs(ours - exact)) < 2e-4


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
