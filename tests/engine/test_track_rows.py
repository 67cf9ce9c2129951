"""What the tables of a run say of its tracks: each rests on detections, and on enough of them."""

import numpy as np
import pytest
from replicates import world

from dowding.model import Compiled
from dowding.tables import Tables


def test_each_row_rests_on_one_detection_of_its_sensor(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        tracks, reports = run["tracks"], run["detections"]
        # a detection is one track's, or of up to four that cannot be told apart
        _, times = np.unique(tracks["detection"], return_counts=True)
        assert len(np.unique(np.stack([tracks["detection"], tracks["track"]]), axis=1).T) == len(tracks["detection"])
        assert times.max() <= 4
        assert np.mean(times == 1) > 0.95
        assert (tracks["sensor"] == reports["sensor"][tracks["detection"]]).all()
        # a report that comes after a later one of another sensor leaves the track's time where it is, and of several near reports of a
        # dwell the nearest one gives the time: at most one dwell apart
        late = tracks["time_s"] - reports["time_s"][tracks["detection"]]
        longest = (run["sensors"]["period_s"] / run["sensors"]["dwells"]).max()
        assert np.abs(late).max() <= longest
        assert np.mean(late == 0.0) > 0.9
        assert (tracks["picture"] == run["sensors"]["picture"][tracks["sensor"]]).all()


def test_no_number_is_given_twice(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        tracks = run["tracks"]
        assert not np.isnan(tracks["nis"]).any()  # a track's first row is its second detection
        numbers, first = np.unique(tracks["track"], return_index=True)
        longest = (run["sensors"]["period_s"] / run["sensors"]["dwells"]).max()
        assert (np.diff(tracks["time_s"][first]) >= -longest).all()  # in the order of their first rows, but for those of one dwell
        assert numbers.tolist() == list(range(1, numbers.max() + 1))
        for number in np.unique(tracks["track"][tracks["confirmed"]]):
            rows = tracks["track"] == number
            assert (np.diff(tracks["time_s"][rows]) >= 0.0).all()
            assert (np.diff(tracks["confirmed"][rows].astype(int)) >= 0).all()  # once confirmed, always
            assert len(np.unique(tracks["picture"][rows])) == 1


def test_confirmation_takes_its_hits(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    rule = compiled.resolved.tracker
    confirmed = 0
    for run in runs:
        tracks = run["tracks"]
        for number in np.unique(tracks["track"][tracks["confirmed"]]):
            rows = np.flatnonzero(tracks["track"] == number)
            hits = int(np.argmax(tracks["confirmed"][rows])) + 2  # the first one has no row
            confirmed += 1
            assert hits >= rule.confirm_hits
    assert confirmed > 300


def test_confirmations_and_their_events_agree(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        tracks, events = run["tracks"], run["events"]
        told = events["track"][events["kind"] == "track confirmed"]
        assert sorted(told) == sorted(np.unique(tracks["track"][tracks["confirmed"]]))
        gone = events["track"][events["kind"] == "track deleted"]
        assert len(np.unique(gone)) == len(gone)
        assert set(gone) <= set(told)
        for number, when in zip(gone, events["time_s"][events["kind"] == "track deleted"], strict=True):
            assert tracks["time_s"][tracks["track"] == number].max() <= when


def test_covariances_are_possible(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        t = run["tracks"]
        rows = [
            [t["variance_east_m2"], t["covariance_east_north_m2"], t["covariance_east_up_m2"]],
            [t["covariance_east_north_m2"], t["variance_north_m2"], t["covariance_north_up_m2"]],
            [t["covariance_east_up_m2"], t["covariance_north_up_m2"], t["variance_up_m2"]],
        ]
        spread = np.moveaxis(np.array(rows), 2, 0)
        least = np.linalg.eigvalsh(spread)[:, 0]
        assert (least > 0.0).all()
        modes = t["probability_cruise"] + t["probability_manoeuvre"] + t["probability_ballistic"]
        assert np.allclose(modes, 1.0, atol=1e-9)
        nis = t["nis"][~np.isnan(t["nis"])]
        assert (nis >= 0.0).all()
        dof = 2 + run["sensors"]["measures_elevation"].astype(int) + run["sensors"]["measures_range_rate"].astype(int)
        updates = ~np.isnan(t["nis"])
        assert (t["nis_dof"][updates] == dof[t["sensor"]][updates]).all()


def test_the_accelerations_expected_reach_the_tracker() -> None:
    def noise(**settings: float) -> np.ndarray:
        ends = [{"lat_deg": latitude, "lon_deg": 33.0, "altitude_m": 8000.0} for latitude in (40.2, 40.5)]
        compiled = world(
            sensor=[{"name": "Radar", "radar": "91n6e", "lat_deg": 40.0, "lon_deg": 33.0}],
            flight=[{"name": "Flight", "target": "f-16", "route": ends}],
            tracker=settings,
        )
        models = compiled.model.defence.tracker.model
        return np.array([models[name] for name in ("noise_lateral", "noise_along", "noise_vertical")])

    usual, other = noise(), noise(acceleration_cruise_mps2=0.25, acceleration_manoeuvre_mps2=60.0)
    assert usual[:, 0] == pytest.approx(0.5)
    assert other / usual == pytest.approx(np.array([[0.25, 4.0, 1.0]] * 3))
