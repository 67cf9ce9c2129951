"""Stone Soup's detections into our tracker, and our tracks back as Stone Soup's: a tracker to put in the place of one of theirs.

    from dowding.formats.stonesoup import DowdingTracker
    for time, tracks in DowdingTracker(detector, measurement_models=(model,), period_s=1.0): ...

Stone Soup's world is flat: x is taken as east, y as north, z as up, and bearings run from x toward y. Needs the package stonesoup.
"""

import datetime
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.errors import RecordingError
from dowding.tracking.tracker import Tracker, make_config, make_sensors

try:
    from stonesoup.models.measurement.linear import LinearGaussian
    from stonesoup.models.measurement.nonlinear import (
        CartesianToBearingRange,
        CartesianToBearingRangeRate,
        CartesianToElevationBearingRange,
        CartesianToElevationBearingRangeRate,
    )
    from stonesoup.tracker.base import Tracker as StoneSoupTracker
    from stonesoup.types.hypothesis import SingleHypothesis
    from stonesoup.types.prediction import GaussianStatePrediction
    from stonesoup.types.state import GaussianState
    from stonesoup.types.track import Track
    from stonesoup.types.update import GaussianStateUpdate
except ImportError as error:
    raise RecordingError(f"the adapter needs the package stonesoup ({error})", hint="pip install stonesoup") from None

EARTH = 6_371_000.0  # m, for gravity
FLAT = 1e12  # m, the radius of an earth without a horizon
POLAR = (CartesianToElevationBearingRange, CartesianToElevationBearingRangeRate, CartesianToBearingRange, CartesianToBearingRangeRate)
AWAY = 200_000.0  # m, from where a position is looked at, so that its error is alike in range and across
FLAT_SIGMA = 50.0  # m, of the height 0 of what a measurement of two dimensions sees
ROTATED = 1e-12  # rad


class DowdingTracker:
    """An iterator over (time, set of confirmed tracks) like Stone Soup's own trackers.

    detector yields (datetime, set of detections). measurement_models are those of the sensors, one each: bearing and range, with or
    without elevation and range rate, or linear positions in two or three dimensions; detections are told apart by theirs. With one
    model every step is a scan of it; with several, of those that have detections in it. period_s is the time between two scans.
    States have as many dimensions as the models, position and velocity by turns (x, vx, y, vy, z, vz) unless position_mapping says
    otherwise. Options are those of `tracking.tracker.make_config`. Raises RecordingError for a model that it does not know.
    """

    def __init__(
        self,
        detector: Iterable[tuple[datetime.datetime, set[Any]]],
        measurement_models: Sequence[Any],
        *,
        period_s: float = 1.0,
        detection_probability: float = 0.9,
        clutter_density: float = 1e-10,
        capacity: int = 8192,
        **options: Any,
    ) -> None:
        self.detector = detector
        self.models = tuple(measurement_models)
        if not self.models:
            raise RecordingError("no measurement model", hint="give that of each sensor: measurement_models=(model,)")
        views = [_View(model) for model in self.models]
        self._views = views
        shared = {"period": period_s, "detection_probability": detection_probability, "clutter_density": clutter_density}
        rows = [
            shared
            | {"position": view.place, "height": float(view.place[2]), "range_max": 1e7, "elevation_min": -math.pi / 2}
            | {"earth_radius": FLAT, "measures_elevation": 1, "measures_range_rate": int(view.has_rate)}
            for view in views
        ]
        config = make_config((0.0, 0.0, -EARTH), (0.0, 0.0, 1.0), **options)
        self._tracker = Tracker(config, make_sensors(rows), capacity)
        self._tracks: dict[int, Any] = {}
        self._confirmed: set[Any] = set()
        self._steps: Iterator[tuple[datetime.datetime, set[Any]]] | None = None
        self._start: datetime.datetime | None = None

    @property
    def tracks(self) -> set[Any]:
        """The confirmed tracks of the last step."""
        return self._confirmed

    def __iter__(self) -> Iterator[tuple[datetime.datetime, set[Any]]]:
        self._steps = iter(self.detector)
        return self

    def __next__(self) -> tuple[datetime.datetime, set[Any]]:
        if self._steps is None:
            self._steps = iter(self.detector)
        time, detections = next(self._steps)
        self._start = self._start or time
        now = (time - self._start).total_seconds()
        groups: list[list[Any]] = [[] for _ in self.models]
        for detection in detections:
            groups[self._number(detection.measurement_model)].append(detection)
        found: dict[str, NDArray[Any]] = self._tracker.tracks(now)
        taken: dict[int, Any] = {}
        for number, group in enumerate(groups):
            if group or len(groups) == 1:
                columns: dict[str, Any] = self._views[number].columns(group) if group else {}
                found = self._tracker.update(now, number, **columns)
                taken |= {int(slot): group[k] for k, slot in enumerate(self._tracker.assigned[: len(group)]) if slot >= 0}
        self._confirmed = self._grown(time, found, taken)
        return time, self._confirmed

    def _number(self, model: Any) -> int:
        """Which of the models a detection was made by; the first for one without."""
        if model is None:
            return 0
        for number, known in enumerate(self.models):
            if model is known or _View(model).key == self._views[number].key:
                return number
        raise RecordingError("a detection has a measurement model that is not among measurement_models", hint="give that of each sensor")

    def _grown(self, time: datetime.datetime, found: dict[str, NDArray[Any]], taken: dict[int, Any]) -> set[Any]:
        """The confirmed tracks, each with its state of now added."""
        model = self._views[0]
        ids = found["id"].tolist()
        for row, track_id in enumerate(ids):
            vector, covariance = model.state(found["state"][row], found["covariance"][row])
            detection = taken.get(int(found["slot"][row]))
            if detection is None:
                state: Any = GaussianState(vector, covariance, timestamp=time)
            else:
                hypothesis = SingleHypothesis(GaussianStatePrediction(vector, covariance, timestamp=time), detection)
                state = GaussianStateUpdate(vector, covariance, hypothesis, timestamp=time)
            if track_id not in self._tracks:
                self._tracks[track_id] = Track(id=str(track_id))
            self._tracks[track_id].append(state)
        self._tracks = {track_id: self._tracks[track_id] for track_id in ids}
        return set(self._tracks.values())


StoneSoupTracker.register(DowdingTracker)  # Stone Soup's own subclasses may take declared properties only


class _View:
    """A measurement model as a sensor of ours."""

    def __init__(self, model: Any) -> None:
        if not isinstance(model, (*POLAR, LinearGaussian)):
            known = ", ".join(kind.__name__ for kind in (*POLAR, LinearGaussian))
            raise RecordingError(f"measurement model {type(model).__name__} is not known", hint=f"known are {known}")
        if np.abs(np.asarray(getattr(model, "rotation_offset", np.zeros(3)), float)).max() > ROTATED:
            raise RecordingError("a measurement model is rotated, which is not known")
        self.model = model
        self.mapping = [int(k) for k in model.mapping]
        self.is_linear = isinstance(model, LinearGaussian)
        self.has_rate = isinstance(model, (CartesianToElevationBearingRangeRate, CartesianToBearingRangeRate))
        self.has_elevation = isinstance(model, (CartesianToElevationBearingRange, CartesianToElevationBearingRangeRate))
        offset = np.zeros(3)
        if self.is_linear:
            offset[:2] = -AWAY
        else:
            given = np.asarray(model.translation_offset, float).ravel()[: len(self.mapping)]
            offset[: len(given)] = given
        self.place = offset
        self.spread = np.diag(np.asarray(model.covar(), float))
        self.key = (type(model).__name__, tuple(self.mapping), tuple(self.place), tuple(self.spread))

    def columns(self, detections: Sequence[Any]) -> dict[str, NDArray[np.float64]]:
        """Detections as columns of our tracker."""
        vectors = np.array([[float(value) for value in detection.state_vector] for detection in detections])
        sigma = np.sqrt(self.spread)
        if self.is_linear:
            return self._of_positions(vectors, sigma)
        first = int(self.has_elevation)
        bearing, distance = vectors[:, first], vectors[:, first + 1]
        whole = np.ones(len(vectors))
        columns = {"range": distance, "azimuth": math.pi / 2 - bearing}
        columns |= {"sigma_range": sigma[first + 1] * whole, "sigma_azimuth": sigma[first] * whole}
        if self.has_elevation:
            columns |= {"elevation": vectors[:, 0], "sigma_elevation": sigma[0] * whole}
        else:
            columns |= {"elevation": 0.0 * whole, "sigma_elevation": FLAT_SIGMA / np.maximum(distance, 1.0)}
        if self.has_rate:
            columns |= {"range_rate": vectors[:, first + 2], "sigma_range_rate": sigma[first + 2] * whole}
        return columns

    def _of_positions(self, vectors: NDArray[np.float64], sigma: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Positions as they are seen from far away."""
        three = vectors.shape[1] > 2
        east, north = vectors[:, 0] - self.place[0], vectors[:, 1] - self.place[1]
        up = vectors[:, 2] if three else np.zeros(len(vectors))
        ground = np.hypot(east, north)
        distance = np.sqrt(ground**2 + up**2)
        across = float(np.sqrt((sigma[:2] ** 2).mean()))
        return {
            "range": distance,
            "azimuth": np.arctan2(east, north),
            "elevation": np.arctan2(up, ground),
            "sigma_range": np.full(len(vectors), across),
            "sigma_azimuth": across / ground,
            "sigma_elevation": (float(sigma[2]) if three else FLAT_SIGMA) / distance,
        }

    def state(self, state: NDArray[np.float64], covariance: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Our east, north, up and their velocities in Stone Soup's order: position and velocity by turns, in as many dimensions."""
        axes = len(self.mapping)
        places = self.mapping if not self.is_linear or axes * 2 == self.model.ndim_state else [2 * k for k in range(axes)]
        size = 2 * axes
        order = np.zeros(size, np.int64)
        for axis, place in enumerate(places):
            order[place] = axis
            order[place + 1] = axis + 3
        return state[order].reshape(-1, 1), covariance[np.ix_(order, order)]
