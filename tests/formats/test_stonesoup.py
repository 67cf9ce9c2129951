"""Stone Soup's detections through our tracker: tracks of theirs come out, near the truth and near what Stone Soup itself makes of them."""

import datetime
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("stonesoup")

from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.deleter.time import UpdateTimeStepsDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.measurement.nonlinear import Cartesian2DToBearing, CartesianToBearingRange, CartesianToElevationBearingRange
from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
from stonesoup.predictor.kalman import ExtendedKalmanPredictor
from stonesoup.tracker.simple import MultiTargetTracker
from stonesoup.types.array import StateVector
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState, State
from stonesoup.types.track import Track
from stonesoup.updater.kalman import ExtendedKalmanUpdater

from dowding.errors import RecordingError
from dowding.formats.stonesoup import DowdingTracker

START = datetime.datetime(2026, 1, 1)
TARGETS = np.array(  # x, vx, y, vy, z, vz
    [[20e3, 150.0, 30e3, 0.0, 3e3, 0.0], [40e3, -100.0, -20e3, 120.0, 5e3, 5.0], [-30e3, 0.0, 25e3, -200.0, 8e3, -5.0]]
)
STEPS = 40


def truth(step: int) -> np.ndarray:
    moved = TARGETS.copy()
    moved[:, 0::2] += TARGETS[:, 1::2] * 2.0 * step
    return moved


def scans(model: Any, size: int, seed: int = 2) -> list[tuple[datetime.datetime, set[Any]]]:
    """Detections of the three every two seconds, one in twenty missing."""
    rng, out = np.random.default_rng(seed), []
    np.random.seed(seed)  # noqa: NPY002, Stone Soup draws its noise there
    for step in range(STEPS):
        time = START + datetime.timedelta(seconds=2.0 * step)
        found = set()
        for row in truth(step)[:, :size]:
            if rng.random() < 0.95:
                vector = model.function(State(StateVector(row)), noise=True)
                found.add(Detection(vector, timestamp=time, measurement_model=model))
        out.append((time, found))
    return out


def models(kind: str) -> tuple[Any, int]:
    offset = np.array([[1000.0], [-500.0], [20.0]])
    if kind == "polar, three dimensions":
        noise = np.diag([1e-3, 1e-3, 30.0]) ** 2
        return CartesianToElevationBearingRange(ndim_state=6, mapping=(0, 2, 4), noise_covar=noise, translation_offset=offset), 6
    if kind == "polar, two dimensions":
        noise = np.diag([1e-3, 30.0]) ** 2
        return CartesianToBearingRange(ndim_state=4, mapping=(0, 2), noise_covar=noise, translation_offset=offset[:2]), 4
    size = 6 if kind == "positions, three dimensions" else 4
    axes = size // 2
    return LinearGaussian(ndim_state=size, mapping=tuple(range(0, size, 2)), noise_covar=np.eye(axes) * 40.0**2), size


KINDS = ["polar, three dimensions", "polar, two dimensions", "positions, three dimensions", "positions, two dimensions"]


def last_states(steps: Iterator[tuple[datetime.datetime, set[Any]]]) -> list[set[Any]]:
    return [set(tracks) for _, tracks in steps]


@pytest.mark.parametrize("kind", KINDS)
def test_tracks_are_where_the_targets_are(kind: str) -> None:
    model, size = models(kind)
    seen = last_states(DowdingTracker(scans(model, size), (model,), period_s=2.0))
    assert len(seen) == STEPS
    ids = {track.id for tracks in seen[10:] for track in tracks}
    assert len(ids) == 3  # the same three all the time
    assert all(isinstance(track, Track) for track in seen[-1])
    for row in truth(STEPS - 1)[:, :size]:
        misses = [float(np.linalg.norm(np.ravel(track.state_vector[0::2]) - row[0::2])) for track in seen[-1]]
        nearest = min(seen[-1], key=lambda track: np.linalg.norm(np.ravel(track.state_vector[0::2]) - row[0::2]))
        assert min(misses) < 100.0
        assert np.abs(np.ravel(nearest.state_vector[1::2])[:2] - row[1:4:2]).max() < 15.0
        assert nearest.covar.shape == (size, size)
        assert np.linalg.eigvalsh(np.asarray(nearest.covar, float)).min() > 0.0
        assert nearest.timestamp == START + datetime.timedelta(seconds=2.0 * (STEPS - 1))


def test_beside_stone_soups_own_tracker() -> None:
    """The same detections through Stone Soup's extended Kalman filter and global nearest neighbour: as many tracks, at the same places."""
    model, size = models("polar, three dimensions")
    detections = scans(model, size)
    transition = CombinedLinearGaussianTransitionModel([ConstantVelocity(1.0)] * 3)
    predictor, updater = ExtendedKalmanPredictor(transition), ExtendedKalmanUpdater(model)
    associator = GNNWith2DAssignment(DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=5))
    prior = GaussianState(np.zeros((6, 1)), np.diag([0, 300.0**2, 0, 300.0**2, 0, 50.0**2]), timestamp=START)
    deleter = UpdateTimeStepsDeleter(5)
    initiator = MultiMeasurementInitiator(prior, deleter, associator, updater, measurement_model=model, min_points=3)
    theirs = [set(tracks) for _, tracks in MultiTargetTracker(initiator, deleter, detections, associator, updater)]
    ours = last_states(DowdingTracker(detections, (model,), period_s=2.0))
    assert len(ours[-1]) == len(theirs[-1]) == 3
    for track in ours[-1]:
        places = [np.ravel(other.state_vector[0::2]).astype(float) for other in theirs[-1]]
        assert min(float(np.linalg.norm(np.ravel(track.state_vector[0::2]) - place)) for place in places) < 120.0


def test_states_name_their_detections() -> None:
    model, size = models("polar, three dimensions")
    (*_, (_, tracks)) = DowdingTracker(scans(model, size), (model,), period_s=2.0)
    for track in tracks:
        updates = [state for state in track.states if hasattr(state, "hypothesis")]
        assert len(updates) > 0.8 * len(track.states)
        assert isinstance(updates[-1].hypothesis.measurement, Detection)


def test_two_sensors() -> None:
    model, size = models("polar, three dimensions")
    other = CartesianToElevationBearingRange(
        ndim_state=6, mapping=(0, 2, 4), noise_covar=np.diag([1e-3, 1e-3, 30.0]) ** 2, translation_offset=np.array([[-5e3], [8e3], [0.0]])
    )
    steps = [step for pair in zip(scans(model, size), scans(other, size, 5), strict=True) for step in pair]
    (*_, (_, tracks)) = DowdingTracker(steps, (model, other), period_s=2.0)
    assert len(tracks) == 3


def test_models_that_are_not_known() -> None:
    bearing = Cartesian2DToBearing(ndim_state=4, mapping=(0, 2), noise_covar=np.eye(1))
    with pytest.raises(RecordingError, match="measurement model Cartesian2DToBearing is not known"):
        DowdingTracker([], (bearing,))
    with pytest.raises(RecordingError, match="no measurement model"):
        DowdingTracker([], ())
    model, size = models("polar, three dimensions")
    stranger, _ = models("positions, three dimensions")
    with pytest.raises(RecordingError, match="not among measurement_models"):
        list(DowdingTracker(scans(stranger, size), (model,)))
