"""Kill probability by place, course and track, and without a datalink: against figures reckoned by hand and from a run's own tables."""

import math
from typing import Any

import numpy as np
import pytest
from replicates import world
from scipy import stats

from dowding.engine.lethality import found_probability, towards_edge
from dowding.simulation import simulate
from dowding.tables import Tables

MISSILE, OTHERS = "pac-2-gem-t", ("pac-3-cri", "pac-3-mse")
REACH_KM, HIGHEST_KM, LOWEST_M = 100.0, 20.0, 100.0
FACTORS = {
    "kill_factor_far": 0.4, "kill_far_from_km": 20.0, "kill_factor_low": 0.5, "kill_low_below_m": 4000.0,
    "kill_factor_high": 0.6, "kill_high_from_km": 8.0, "kill_factor_crossing": 0.7, "kill_factor_receding": 0.2,
}  # fmt: skip


def test_it_falls_evenly_to_the_edge() -> None:
    assert [towards_edge(v, 50.0, 100.0, 0.4) for v in (0.0, 50.0, 75.0, 100.0, 120.0)] == pytest.approx([1.0, 1.0, 0.7, 0.4, 0.4])
    assert [towards_edge(v, 500.0, 100.0, 0.5) for v in (900.0, 300.0, 100.0, 0.0)] == pytest.approx([1.0, 0.75, 0.5, 0.5])
    assert towards_edge(3.0, 2.0, 2.0, 0.1) == 1.0


def test_a_target_is_found_as_often_as_its_error_is_short_enough() -> None:
    for basket in (0.3, 1.0, 1.7, 2.5, 4.0):
        ball, line = found_probability(np.eye(3), basket), found_probability(np.diag([1.0, 1e-9, 1e-9]), basket)
        assert ball == pytest.approx(stats.chi.cdf(basket, 3), abs=0.015)
        assert line == pytest.approx(stats.chi.cdf(basket, 1), abs=0.04)
        turned = np.array([[2.0, 1.2, 0.0], [1.2, 1.0, 0.3], [0.0, 0.3, 0.4]])
        errors = np.random.default_rng(3).multivariate_normal(np.zeros(3), turned, 200_000)
        share = np.mean(np.linalg.norm(errors, axis=1) < basket)
        assert found_probability(turned, basket) == pytest.approx(share, abs=0.028 if share > 0.6 else 0.09)
    assert found_probability(np.zeros((6, 6)), 1.0) == 1.0


def fought(
    interceptor: dict[str, Any], *, unit: dict[str, Any] | None = None, missed: float = 25.0, least: float = 0.0, **more: Any
) -> Tables:
    """A battery that sees all round, with one kind of interceptor, and aircraft that pass it in the west at several heights."""
    figures = {"kill_probability_aircraft": 1.0, "range_max_km": REACH_KM, "altitude_max_km": HIGHEST_KM, "altitude_min_m": LOWEST_M}
    override = {
        "target_channels": 50,
        "missile_channels": 50,
        "radars": {"an-mpq-65": {"sector_deg": 360.0}},
        "interceptors": {MISSILE: figures | interceptor},
        "rounds": {MISSILE: 60} | dict.fromkeys(OTHERS, 0),
    }
    battery = {"name": "Battery", "system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0, "override": override} | (unit or {})
    west = 33.0 - missed / 85.0
    flights = [
        {
            "name": f"at {height}",
            "target": "f-16",
            "route": [
                {"lat_deg": 41.0, "lon_deg": west, "altitude_m": float(height), "speed_mps": 250.0},
                {"lat_deg": 39.2, "lon_deg": west},
            ],
        }
        for height in (2000, 6000, 12000)
    ]
    doctrine = {"default": {"mode": "salvo", "salvo": {"aircraft": 1}, "kill_probability_min": least}}
    return simulate(world(fire_unit=[battery], flight=flights, doctrine=doctrine, duration_s=700.0, **more))


def test_a_run_lowers_each_shot_by_place_and_course() -> None:
    run = fought(FACTORS | {"kill_probability_aircraft": 0.9}, missed=40.0)
    shots, targets = run["shots"], run["targets"]
    tried = np.flatnonzero(np.isin(shots["outcome"], ["kill", "miss"]))
    assert len(tried) >= 3
    for k in tried:
        height = float(targets["flight"][shots["target"][k]].split()[1])
        truth, at = run["truth"], shots["intercept_s"][k]
        mine = truth["target"] == shots["target"][k]
        place = [np.interp(at, truth["time_s"][mine], truth[f"{axis}_m"][mine]) for axis in ("east", "north", "up")]
        distance = float(np.linalg.norm(place))
        angle = math.degrees(math.acos(place[1] / distance))  # it flies south, and the battery is the origin
        far = 1.0 - 0.6 * max((distance - 20e3) / 80e3, 0.0)
        low = 1.0 - 0.5 * max((4000.0 - height) / 3900.0, 0.0)
        high = 1.0 - 0.4 * max((height - 8000.0) / 12000.0, 0.0)
        course = 1.0 - 0.3 * angle / 90.0 if angle <= 90.0 else 0.7 - 0.5 * (angle / 90.0 - 1.0)
        assert shots["kill_factor_geometry"][k] == pytest.approx(far * low * high * course, abs=2e-3)
        expected = 0.9 * shots["kill_factor_geometry"][k] * shots["kill_factor_track"][k]
        assert shots["kill_probability"][k] == pytest.approx(expected)
    plain = fought({"kill_probability_aircraft": 0.9}, missed=40.0)["shots"]
    assert (plain["kill_factor_geometry"][np.isin(plain["outcome"], ["kill", "miss"])] == 1.0).all()


def test_a_unit_waits_until_the_meeting_is_likely_enough() -> None:
    figures = {"kill_factor_far": 0.4, "kill_far_from_km": 20.0}
    at_once, later = fought(figures)["shots"], fought(figures, least=0.8)["shots"]
    assert (at_once["slant_range_m"] > 60e3).sum() == 3
    assert len(later["shot"]) >= 3
    assert later["slant_range_m"].max() <= 20e3 + 80e3 * (1.0 - 0.8) / 0.6
    tried = np.isin(later["outcome"], ["kill", "miss"])
    assert tried.any()
    assert (later["kill_factor_geometry"][tried] > 0.79).all()  # where the meeting was foretold, within an error


def test_an_unsure_track_lowers_it_and_a_wide_basket_does_not_mind() -> None:
    blunt = {"override": {"radars": {"an-mpq-65": {"sector_deg": 360.0, "angle_bias_floor_deg": 1.2}}}}

    def factor(basket: float) -> np.ndarray:
        figures = {"basket_m": basket}
        run = fought(figures, unit={"override": unit(figures)})
        assert (run["shots"]["intercept_sigma_m"] > 200.0).all()
        return run["shots"]["kill_factor_track"]

    def unit(figures: dict[str, Any]) -> dict[str, Any]:
        rounds = {MISSILE: 60} | dict.fromkeys(OTHERS, 0)
        return blunt["override"] | {"interceptors": {MISSILE: {"kill_probability_aircraft": 1.0} | figures}, "rounds": rounds}

    near, usual, wide = factor(150.0), factor(1000.0), factor(20000.0)
    assert near.mean() < 0.5 < usual.mean() < 1.0
    assert (wide > 0.999).all()


def test_without_its_datalink_a_shot_has_the_share_that_its_entry_says() -> None:
    whole = fought({})["shots"]
    launched, met = whole["launched_s"].min(), whole["intercept_s"].max()
    gone = {"fails_s": float(0.5 * (launched + whole["intercept_s"].min()))}
    assert launched < gone["fails_s"] < met
    assert set(fought({}, unit=gone)["shots"]["outcome"]) == {"lost sight"}
    active = fought({"kill_factor_unguided": 0.5}, unit=gone)["shots"]
    assert set(active["outcome"]) <= {"kill", "miss"}
    assert active["kill_probability"] == pytest.approx(0.5 * active["kill_factor_track"])
