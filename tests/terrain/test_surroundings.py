"""The part of a terrain file that a scenario reads: whatever is asked of the ground lies in it."""

import sys

import numpy as np
import pytest

from dowding.model import compile_scenario
from dowding.scenario import load, resolve
from dowding.scenario.surroundings import window_of
from dowding.terrain import load_terrain

OVER_LAND = {"theatre.terrain": "turkey", "theatre.unknown_ground": "sea"}


def test_a_scenario_over_a_part_of_the_terrain_is_that_over_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    part = resolve(load("ankara", OVER_LAND))
    assert part.elevation is not None
    assert part.elevation.grid.size < 0.7 * load_terrain().grid.size
    assert part.elevation.extent == load_terrain().extent  # messages speak of the file
    monkeypatch.setattr(sys.modules["dowding.scenario.resolve"], "window_of", lambda *_parts: None)
    whole = resolve(load("ankara", OVER_LAND))
    assert [a.altitude_m for a in part.assets] == pytest.approx([a.altitude_m for a in whole.assets], abs=1e-9)
    mine, theirs = compile_scenario(part).model, compile_scenario(whole).model
    np.testing.assert_allclose(mine.flights.paths.position, theirs.flights.paths.position, atol=1e-5)  # m
    np.testing.assert_allclose(mine.defence.horizons.angle, theirs.defence.horizons.angle, atol=1e-9)


@pytest.mark.parametrize("longitude", [32.86, 179.9, -179.9])
def test_windows_hold_every_place_and_reach(longitude: float) -> None:
    resolved = resolve(load("two-minutes"))
    unit = resolved.fire_units[:1]
    moved = [type(u)(**{**u.__dict__, "lon_deg": longitude}) for u in unit]
    origin = resolved.theatre.origin.model_copy(update={"lon_deg": longitude})
    window = window_of(origin, (), moved, (), ())
    assert window is not None
    south, west, north, east = window
    reach = max(use.entry.number("range_max_km") for use in moved[0].radars)
    assert north - moved[0].lat_deg > reach / 110.6
    assert moved[0].lat_deg - south > reach / 111.7
    assert west < longitude < east
    assert (east - west) * 111.3 * np.cos(np.radians(north)) >= 2.0 * reach


def test_near_a_pole_nothing_is_cut() -> None:
    resolved = resolve(load("two-minutes"))
    moved = [type(u)(**{**u.__dict__, "lat_deg": 84.0}) for u in resolved.fire_units[:1]]
    assert window_of(resolved.theatre.origin, (), moved, (), ()) is None
