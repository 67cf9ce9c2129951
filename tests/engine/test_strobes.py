"""Strobes: a jammed radar still tells the direction of the jammer, until it burns through."""

import math
from typing import Any

import numpy as np
import pytest
from replicates import world
from test_noise_jamming import RADAR, SELF, STEADY, constant, inbound, stand_off

from dowding.simulation import simulate
from dowding.tables import Tables

OFF = {"swerling": 0, "rcs_front_m2": 0.01, "rcs_side_m2": 0.01, "rcs_rear_m2": 0.01, "rcs_band": "L"}


def run_of(*flights: dict[str, Any], duration_s: float = 420.0, **radar: Any) -> Tables:
    post = {"name": "Post", "radar": "own", "lat_deg": 40.0, "lon_deg": 33.0}
    own = {"radars": {"own": RADAR | radar}}
    return simulate(world(duration_s=duration_s, sensor=[post], flight=list(flights), catalogue=own), looks=True)


def of_kind(run: Tables, kind: str) -> Any:
    return run["detections"]["kind"] == kind


def test_a_self_screening_jammer_gives_strobes_beyond_burn_through_and_plots_within() -> None:
    run = run_of(inbound(jammer=SELF))
    detections, origins = run["detections"], run["origins"]
    strobes, plots = of_kind(run, "strobe"), of_kind(run, "plot")
    assert strobes.sum() > 100 < plots.sum()
    assert np.isnan(detections["range_m"][strobes]).all()
    assert np.isnan(detections["sigma_range_m"][strobes]).all()
    assert np.isfinite(detections["range_m"][plots]).all()
    assert np.median(origins["true_range_m"][strobes]) > 1.5 * np.median(origins["true_range_m"][plots])
    # each look gives one of the two, and none is without
    looks = run["looks"]
    assert (np.sort(detections["time_s"]) == np.sort(looks["time_s"])).all()
    assert np.isin(detections["time_s"][plots], looks["time_s"][looks["detected"]]).all()
    assert np.isin(detections["time_s"][strobes], looks["time_s"][~looks["detected"]]).all()
    assert run["targets"]["first_detected_range_m"][0] == origins["true_range_m"][plots][0]


def test_a_strobe_s_direction_has_the_error_that_it_states() -> None:
    flights = []
    for k in range(4):
        way = [{"lat_deg": 40.9, "lon_deg": 31.0 + k, "altitude_m": 9000.0}, {"lat_deg": 40.95, "lon_deg": 31.6 + k}]
        flights.append(stand_off(power_w=200.0) | {"name": f"Off {k}", "override": OFF, "route": way})
    run = run_of(*flights)
    strobes = of_kind(run, "strobe")
    detections, origins = run["detections"], run["origins"]
    assert strobes.sum() > 400
    for name in ("azimuth_rad", "elevation_rad"):
        error = detections[name][strobes] - origins[f"true_{name}"][strobes]
        error = (error + math.pi) % (2.0 * math.pi) - math.pi
        score = error / detections[f"sigma_{name}"][strobes]
        assert abs(float(np.mean(score**2)) - 1.0) < 4.0 * math.sqrt(2.0 / len(score)), name
        assert abs(float(np.mean(score))) < 4.0 / math.sqrt(len(score)), name


def test_a_jammer_below_the_threshold_gives_none() -> None:
    """Jammer-to-noise ratio in the beam is J / range^2: the threshold is set to what it is halfway."""
    at = 85e3
    ratio = 10.0 * math.log10(constant(0.5, 10e6) / at**2)
    run = run_of(inbound(jammer=SELF, override=STEADY | {"rcs_front_m2": 1e-4}), strobe_ratio_db=ratio)
    true = run["origins"]["true_range_m"][of_kind(run, "strobe")]
    assert len(true) > 50
    assert 0.95 * at < true.max() < at  # the air takes a little


def test_jammers_of_one_beam_are_one_strobe_in_their_middle() -> None:
    def pair(apart_deg: float) -> Tables:
        way = [{"lat_deg": 40.9, "lon_deg": 33.0, "altitude_m": 9000.0}, {"lat_deg": 40.7, "lon_deg": 33.0}]
        flights = [stand_off() | {"name": f"Off {k}", "override": OFF,
                                  "route": [p | {"lon_deg": p["lon_deg"] + k * apart_deg} for p in way]} for k in range(2)]  # fmt: skip
        return run_of(*flights, duration_s=60.0)

    near, far = pair(0.01), pair(0.2)  # 0.5 and 10 degrees; the beam is 2 wide
    assert of_kind(far, "strobe").sum() >= 2 * of_kind(near, "strobe").sum() - 4
    assert of_kind(near, "strobe").sum() > 40
    wide = pair(0.03)  # 1.5 degrees: the middle is told, not either
    azimuth = (wide["detections"]["azimuth_rad"] + math.pi) % (2.0 * math.pi) - math.pi
    true = (wide["origins"]["true_azimuth_rad"] + math.pi) % (2.0 * math.pi) - math.pi
    apart = np.abs(azimuth - true)
    between = 0.5 * math.radians(0.03) * math.cos(math.radians(40.8)) / math.radians(0.8)
    assert abs(float(np.median(apart)) - between) < 0.15 * between


@pytest.mark.parametrize("other", [{"bands": ["X"]}, {"on_s": 200.0}])
def test_no_strobe_of_what_does_not_jam_here_and_now(other: dict[str, Any]) -> None:
    run = run_of(stand_off(**other), duration_s=150.0)
    assert not of_kind(run, "strobe").any()
