"""A tracker whose sensors may be out of alignment: it finds their biases while it runs, says them, and takes them away.

Each sensor is followed by a tracker of its own, so that tracks are whole however far sensors are apart in their opinions; flights that
several see give the biases (`registration`), and detections go corrected into the one picture.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dowding.physics.polar import placed
from dowding.tracking.common_flights import Samples, common_flights
from dowding.tracking.picture import CONFIRMED, SensorGeometry, TrackerConfig
from dowding.tracking.registration import AZIMUTH, PRIOR_SIGMA, TIME, Biases, Floats, Sightings, corrected, estimate_biases, first_clock
from dowding.tracking.tracker import Tracker, TrackerError

GRID_S = 10.0  # between common times of tracks
STRETCH_S = 40.0  # taken as a straight line
GATE_M = 2_500.0  # tracks of one flight, besides three standard errors
DRIFT = (0.05, 2e-6, 1e-6, 1e-5)  # m, rad, rad, s by root s: how biases may wander (assumed)
KEPT_S = 600.0  # how long detections are kept for finding common flights
MEASURED = ("range", "azimuth", "elevation", "range_rate")
FLAT_HEIGHT = 5_000.0  # m, assumed where no elevation is measured


class _Row(NamedTuple):
    """One dwell's detections that a sensor's own tracker took."""

    sensor: int  # -1 for position reports
    track: NDArray[np.int64]  # (detection,)
    time: Floats  # (detection,) s
    value: Floats  # (detection, 4)
    sigma: Floats  # (detection, 4)
    place: Floats  # (detection, 3) m: of the sensor, or what a report says
    spread: Floats  # (detection,) m


class Registrar:
    """Collects detections and says the biases. `known` (sensor, 4) is what they are believed to be: range m, azimuth, elevation rad, s."""

    def __init__(
        self, config: TrackerConfig, sensors: SensorGeometry, *, density: float = 0.5, capacity: int = 2048, detections_max: int = 4096,
        known: ArrayLike | None = None, fixed: ArrayLike | None = None,
    ) -> None:  # fmt: skip
        self.sensors, self.density = sensors, density
        count = len(sensors.period)
        self._local = [Tracker(config, _one(sensors, k), capacity, detections_max) for k in range(count)]
        self._rows: list[_Row] = []
        self._fixed = None if fixed is None else np.asarray(fixed, np.bool_)
        start = np.zeros((count, 4)) if known is None else np.asarray(known, np.float64)
        sigma = np.tile(PRIOR_SIGMA, (count, 1))
        self.biases = Biases(start, sigma, np.diag(sigma.ravel() ** 2), np.zeros((count, 4), np.bool_), 0.0, 0, 0, 0, False)
        self._since, self._when = -np.inf, 0.0

    def note(self, now: float, sensor: int, azimuth_start: float, azimuth_end: float, columns: Mapping[str, ArrayLike]) -> None:
        """One dwell as it was reported, as for Tracker.update; a sensor that moves is not registered."""
        if self.sensors.moves[sensor]:
            return
        tracker = self._local[sensor]
        tracker.update(now, 0, azimuth_start, azimuth_end, **columns)
        if not tracker.count:
            return
        d = tracker.detections[: tracker.count]
        slot = tracker.assigned[: tracker.count]
        taken = np.flatnonzero(slot >= 0)
        number = np.asarray(tracker.bank.track["id"][slot[taken]], np.int64)
        value, sigma = (np.column_stack([d[prefix + name][taken] for name in MEASURED]) for prefix in ("", "sigma_"))
        place = np.broadcast_to(self.sensors.position[sensor], (len(taken), 3))
        self._rows.append(_Row(sensor, number, np.array(d["time"][taken]), value, sigma, place, np.zeros(len(taken))))
        self._when = max(self._when, now)

    def report(self, time: ArrayLike, track: ArrayLike, position: ArrayLike, spread: ArrayLike) -> None:
        """Position reports that are right, such as those of transponders: time (n,) s, track (n,), position (n, 3) m, spread (n,) m."""
        when, where = np.asarray(time, np.float64), np.asarray(position, np.float64)
        nothing = np.full((len(when), 4), np.nan)
        row = _Row(-1, np.asarray(track, np.int64), when, nothing, nothing, where, np.asarray(spread, np.float64))
        self._rows.append(row)

    def estimate(self, *, last: bool = True) -> Biases:
        """Biases from all that was noted since the last estimate, on top of what was known; kept in `biases`.

        Unless it is the `last` one, stretches that are not over yet wait for the next.
        """
        if not self._rows:
            return self.biases
        sensor = np.concatenate([np.full(len(r.time), r.sensor) for r in self._rows])
        joined = [np.concatenate(parts) for parts in zip(*(r[1:] for r in self._rows), strict=True)]
        track, time, value, sigma, place, spread = joined
        keep = self._confirmed(sensor, track)
        sensor, track, time, value, sigma, place, spread = (v[keep] for v in (sensor, track, time, value, sigma, place, spread))
        flights, turns = self._flights(sensor, track, time, value, sigma, place)
        flight = np.array([flights.get((s, t), -1) for s, t in zip(sensor.tolist(), track.tolist(), strict=True)], np.int64)
        until = np.inf if last else np.floor(self._when / STRETCH_S) * STRETCH_S
        rows = np.flatnonzero((flight >= 0) & (time >= self._since) & (time < until))
        cut = np.floor(time[rows] / STRETCH_S).astype(np.int64)
        stretch = np.unique(np.column_stack([flight[rows], cut]), axis=0, return_inverse=True)[1].ravel()
        turned = self.sensors.rotation[np.maximum(sensor[rows], 0)]
        used = Sightings(stretch, sensor[rows], time[rows], value[rows], sigma[rows], place[rows], turned, spread[rows])
        self._learn(used, turns, until, last)
        self._rows = [r for r in self._rows if len(r.time) and r.time.max() > self._when - KEPT_S]
        return self.biases

    def _confirmed(self, sensor: NDArray[np.int64], track: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Detections of tracks long enough to be believed."""
        keys, slot, count = np.unique(np.column_stack([sensor, track]), axis=0, return_inverse=True, return_counts=True)
        del keys
        return np.asarray(count[slot.ravel()] >= CONFIRMED + 3, np.bool_)

    def _flights(
        self, sensor: NDArray[np.int64], track: NDArray[np.int64], time: Floats, value: Floats, sigma: Floats, place: Floats
    ) -> tuple[dict[tuple[int, int], int], Floats]:
        """The flight of each (sensor, track) that another sensor has too, and how far each sensor seems to be turned still."""
        known = self.biases.value
        sources, spread = [], []
        own = [*(int(s) for s in np.unique(sensor) if s >= 0), *([-1] if (sensor < 0).any() else [])]
        grid = np.arange(np.floor(time.min(initial=0.0) / GRID_S), np.ceil(time.max(initial=0.0) / GRID_S) + 1.0) * GRID_S
        for s in own:
            mine = np.flatnonzero(sensor == s)
            where, when = place[mine], time[mine]
            if s >= 0:
                right, when = corrected(value[mine], time[mine], np.full(len(mine), s), known)
                flat = np.arcsin(np.clip(FLAT_HEIGHT / np.maximum(right[:, 0], FLAT_HEIGHT), 0.0, 1.0))
                elevation = np.where(np.isfinite(right[:, 2]), right[:, 2], flat)
                where = placed(right[:, 0], right[:, 1], elevation, place[mine], self.sensors.rotation[s])
                spread.append(float(np.median(right[:, 0] * sigma[mine, AZIMUTH])))
            site = self.sensors.position[s] if s >= 0 else np.full(3, np.nan)
            gap = 3.0 * float(self.sensors.period[s]) if s >= 0 else 30.0
            sources.append(Samples(*_sampled(track[mine], when, where, grid, gap), site))
        settled = bool(self.biases.observable[:, AZIMUTH].all())
        found, turned = common_flights(sources, GATE_M + 3.0 * max(spread, default=0.0), search=not settled)
        turns = np.zeros(len(known))
        for k, s in enumerate(own):
            if s >= 0:
                turns[s] = turned[k]
        return {(own[k], t): flight for (k, t), flight in found.items()}, turns

    def _learn(self, used: Sightings, turns: Floats, until: float, last: bool) -> None:
        if not len(used.time):
            return
        count = len(self.biases.value)
        span = min(max(self._when - max(self._since, 0.0), 0.0), KEPT_S)
        covariance = self.biases.covariance + np.diag(np.tile(np.square(DRIFT) * span, count))
        begin = self.biases.value.copy()
        begin[:, AZIMUTH] += turns
        fixed = self._fixed
        if fixed is None and not (used.sensor < 0).any():
            fixed = first_clock(used.sensor, count)
        if fixed is not None:
            rows = np.flatnonzero(fixed.ravel())
            covariance[rows], covariance[:, rows] = 0.0, 0.0
            covariance[rows, rows] = (1e-6 * np.tile(PRIOR_SIGMA, count)[rows]) ** 2
        found = estimate_biases(
            used, count, prior_sigma=covariance, prior_value=self.biases.value, density=self.density, fixed=fixed, begin=begin
        )
        if found.stretches:
            first = np.tile(PRIOR_SIGMA, (count, 1))
            told = found.sigma < 0.2 * first
            self.biases = found._replace(observable=told if fixed is None else told | fixed)
            self._since = self._since if last else until


class RegisteredTracker:
    """A Tracker that registers its sensors every `every_s` seconds; `biases` says what was found, `update` is that of Tracker."""

    def __init__(
        self, config: TrackerConfig, sensors: SensorGeometry, capacity: int = 8192, detections_max: int = 8192, *, every_s: float = 40.0,
        density: float = 0.5,
    ) -> None:  # fmt: skip
        if not every_s > 0.0:
            raise TrackerError(f"every_s is {every_s}, allowed is more than 0")
        self.tracker = Tracker(config, sensors, capacity, detections_max)
        self.registrar = Registrar(config, sensors, density=density, capacity=capacity, detections_max=detections_max)
        self._every, self._next = every_s, -np.inf

    @property
    def biases(self) -> Biases:
        """What was found so far."""
        return self.registrar.biases

    def update(
        self, now: float, sensor: int, azimuth_start: float = -np.pi, azimuth_end: float = np.pi, **columns: ArrayLike
    ) -> dict[str, NDArray[Any]]:
        """One dwell as for Tracker.update; its detections go into the picture corrected."""
        given: dict[str, ArrayLike] = {"time": np.full(len(np.atleast_1d(np.asarray(columns["range"]))), now)} | columns if columns else {}
        self.registrar.note(now, sensor, azimuth_start, azimuth_end, given)
        if self._next == -np.inf:
            self._next = now + self._every
        if now >= self._next:
            self.registrar.estimate(last=False)
            self._next = now + self._every
        dwell, right = correct_dwell(self.biases, sensor, (now, azimuth_start, azimuth_end), given)
        return self.tracker.update(dwell[0], sensor, dwell[1], dwell[2], **right)


def correct_dwell(
    biases: Biases, sensor: int, dwell: tuple[float, float, float], columns: Mapping[str, ArrayLike]
) -> tuple[tuple[float, float, float], dict[str, ArrayLike]]:
    """A dwell (end s, first and last azimuth rad) and its columns with the sensor's observable biases taken away."""
    bias = np.where(biases.observable[sensor], biases.value[sensor], 0.0)
    now, first, last = dwell
    moved = (now - float(bias[TIME]), first - float(bias[AZIMUTH]), last - float(bias[AZIMUTH]))
    out: dict[str, ArrayLike] = dict(columns)
    for name, shift in zip(("range", "azimuth", "elevation", "time"), bias, strict=True):
        if name in out:
            out[name] = np.asarray(out[name], np.float64) - shift
    return moved, out


def _one(sensors: SensorGeometry, k: int) -> SensorGeometry:
    """Only sensor k."""
    return SensorGeometry(**{name: np.ascontiguousarray(array[k : k + 1]) for name, array in sensors._asdict().items()})


def _sampled(track: NDArray[np.int64], time: Floats, where: Floats, grid: Floats, gap: float) -> tuple[NDArray[np.int64], Floats]:
    """Tracks (n,) and where they are at the grid's times, (n, time, 3) m, between detections not farther apart than `gap` s."""
    order = np.lexsort((time, track))
    names, first = np.unique(track[order], return_index=True)
    out = np.full((len(names), len(grid), 3), np.nan)
    for k, rows in enumerate(np.split(order, first[1:])):
        when = time[rows]
        after = np.clip(np.searchsorted(when, grid), 1, max(len(when) - 1, 1))
        inside = (grid >= when[0]) & (grid <= when[-1])
        if len(when) < 2 or not inside.any():
            continue
        inside &= when[after] - when[after - 1] <= gap
        for axis in range(3):
            out[k, inside, axis] = np.interp(grid[inside], when, where[rows, axis])
    return names, out


def register_tables(
    detections: Mapping[str, Any], dwells: Mapping[str, Any], sensors: SensorGeometry, config: TrackerConfig, **options: Any
) -> Biases:
    """Biases from whole tables of detections and dwells, columns as in a run's tables."""
    from dowding.tracking.replay import COLUMNS

    order = np.argsort(detections["dwell"], kind="stable")
    sorted_dwell = np.asarray(detections["dwell"])[order]
    first, last = (np.searchsorted(sorted_dwell, dwells["dwell"], side) for side in ("left", "right"))
    most = int(max((last - first).max(initial=0), 1))
    registrar = Registrar(config, sensors, detections_max=most, **options)
    told = {name: key for name, key in COLUMNS.items() if key in detections and name != "identity"}
    for k in range(len(dwells["dwell"])):
        rows = order[first[k] : last[k]]
        columns = {name: np.asarray(detections[key])[rows] for name, key in told.items()} if len(rows) else {}
        edges = float(dwells["azimuth_start_rad"][k]), float(dwells["azimuth_end_rad"][k])
        registrar.note(float(dwells["end_s"][k]), int(dwells["sensor"][k]), *edges, columns)
    return registrar.estimate()


def corrected_tables(
    detections: Mapping[str, NDArray[Any]], dwells: Mapping[str, NDArray[Any]], biases: Biases
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Tables of detections and dwells with the observable biases taken away."""
    bias = np.where(biases.observable, biases.value, 0.0)
    own = bias[np.asarray(detections["sensor"], np.int64)]
    right = dict(detections)
    for k, name in enumerate(("range_m", "azimuth_rad", "elevation_rad", "time_s")):
        right[name] = np.asarray(detections[name], np.float64) - own[:, k]
    turned = bias[np.asarray(dwells["sensor"], np.int64)]
    cut = dict(dwells)
    for name in ("azimuth_start_rad", "azimuth_end_rad"):
        cut[name] = np.asarray(dwells[name], np.float64) - turned[:, AZIMUTH]
    for name in ("start_s", "end_s"):
        cut[name] = np.asarray(dwells[name], np.float64) - turned[:, TIME]
    return right, cut
