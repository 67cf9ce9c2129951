"""Loss between air and ground: what published examples (verification) don't say: limits, order, and the engine's own tables against it."""

import math

import numpy as np
import pytest

from dowding.errors import DowdingError
from dowding.physics import fading, gases
from dowding.physics.air_ground import DIFFRACTION, SCATTER, SIGHT, transmission_loss
from dowding.physics.propagation import EARTH_RADIUS_MEAN, slant_range
from dowding.physics.slant_path import trace


def test_overhead_is_free_space_and_the_way_changes_with_distance() -> None:
    near = transmission_loss(0.0, 10.0, 5000.0, 1e9)
    assert near.free_space_db == pytest.approx(20.0 * math.log10(4990.0 * 1000.0 / 1000.0) + 32.45, abs=0.01)  # km times MHz is m times GHz
    assert near.total_db == pytest.approx(near.free_space_db + near.gas_db, abs=0.1)
    modes = [transmission_loss(d, 10.0, 5000.0, 1e9).mode for d in (100e3, 315e3, 800e3)]
    assert modes == [SIGHT, DIFFRACTION, SCATTER]


def test_loss_grows_with_distance_and_with_the_share_of_time_and_ends_may_change_places() -> None:
    losses = [transmission_loss(d, 15.0, 9000.0, 3e9).total_db for d in np.linspace(420e3, 900e3, 13)]
    assert np.all(np.diff(losses) > 0.0)
    shares = [transmission_loss(600e3, 15.0, 9000.0, 3e9, percent=p).total_db for p in (1.0, 10.0, 30.0, 50.0, 70.0, 90.0, 99.0)]
    assert np.all(np.diff(shares) > 0.0)
    assert transmission_loss(600e3, 9000.0, 15.0, 3e9) == transmission_loss(600e3, 15.0, 9000.0, 3e9)


def test_fast_fading_is_rayleigh_when_all_is_random() -> None:
    # Rayleigh: a level exceeded for 1 % of the time is ln 100 / ln 2 of the median, 8.22 dB; at 20 dB a hundredth is still steady
    assert fading.fast_fading(20.0, 1.0) == pytest.approx(10.0 * math.log10(math.log(100.0) / math.log(2.0)), abs=0.02)
    # P.528-5, table of the distribution: 0 dB, 99 % and 10 %
    assert fading.fast_fading(0.0, 99.0) == pytest.approx(-17.5511, abs=0.002)
    assert fading.fast_fading(0.0, 10.0) == pytest.approx(4.4782, abs=0.002)
    assert fading.random_rays_db(-17.5511) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("height", [500.0, 3000.0, 12000.0])
def test_the_engines_gas_table_is_the_traced_ray(height: float) -> None:
    # the table bends rays by an earth of 4/3 radius, the trace layer by layer
    for zenith in (math.radians(60.0), math.radians(85.0), math.radians(89.0)):
        ray = trace(10e9, 10.0, height, zenith)
        ground = 6371e3 * (zenith - ray.end_zenith + ray.bending)
        slant = slant_range(ground, 10.0, height, EARTH_RADIUS_MEAN)
        table = gases.path_loss_table(10e9, 10.0, [0.5 * math.pi - zenith], [slant])[0, 0]
        assert table == pytest.approx(ray.gas_db, rel=0.03)
        assert ray.length == pytest.approx(slant, rel=1e-4)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((-1.0, 10.0, 100.0, 1e9), "distance"), ((1e4, 0.0, 100.0, 1e9), "height_1"), ((1e4, 10.0, 1e5, 1e9), "height_2"),
     ((1e4, 10.0, 100.0, 1e6), "frequency"), ((1e4, 10.0, math.nan, 1e9), "height_2")],
)  # fmt: skip
def test_what_the_recommendation_does_not_cover_is_refused(arguments: tuple[float, ...], name: str) -> None:
    with pytest.raises(DowdingError, match=f"{name}: got"):
        transmission_loss(*arguments)
