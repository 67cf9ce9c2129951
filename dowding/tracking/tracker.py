"""The tracker for people: its settings, and a class and a function that turn detections into tracks, without the rest of the package.

`track_detections` gives the same tracks as a simulation did, to the last bit: same kernel, same order.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv

from dowding.errors import DowdingError
from dowding.tracking.motion_models import BALLISTIC, BALLISTIC_DRAG, CONSTANT_VELOCITY, FURTHER, SIZE
from dowding.tracking.picture import (
    BANK_FULL,
    CONFIRMED,
    DONE,
    FREE,
    HIGHEST,
    MODEL,
    Integers,
    Records,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
    clear_bank,
    copied,
    make_bank,
    make_detections,
)
from dowding.tracking.screening import FAULTS
from dowding.tracking.standing import put_at
from dowding.tracking.update import read_tracks, update_bank

# nearly straight flight, manoeuvre, free fall
MODEL_KIND = (CONSTANT_VELOCITY, CONSTANT_VELOCITY, BALLISTIC)

ASSOCIATIONS = ("gnn", "jipda")  # in the order of picture.GNN, JIPDA
METHODS = ("extended", "unscented", "converted")  # the latter two in the order of filters.UNSCENTED, CONVERTED

INITIATIONS = ("m-of-n", "sequential")

DEFAULTS: dict[str, Any] = {
    "initiation": "m-of-n", "false_track_probability": 0.001, "missed_target_probability": 0.01,
    "confirm_hits": 3, "confirm_window": 5, "confirm_score": 3.0, "instant_score": 1e9, "delete_misses": 4, "delete_score": -6.0,
    "association": "jipda", "end_score": -4.0, "death_ratio": 0.005, "death_looks": 200.0, "death_memory": 5.0, "shown_existence": 0.75,
    "coast_limit": 60.0, "sigma_limit": 20_000.0, "score_limit": 30.0, "birth_ratio": 0.1, "gate_probability": 0.999,
    "model_kind": MODEL_KIND, "update_method": "extended",
    "noise_lateral": (0.5, 2_000.0, 30.0), "noise_along": (0.5, 300.0, 30.0), "noise_vertical": (0.5, 100.0, 30.0),
    "stay_time": (100.0, 25.0, 200.0), "share": ((0.0, 0.97, 0.03), (0.97, 0.0, 0.03), (0.2, 0.8, 0.0)),
    "time_constant": 20.0, "further_noise": 0.0, "further_mean": 0.0, "further_sigma": 1.0,
    "mode_prior": (0.8, 0.18, 0.02), "speed_sigma": (250.0, 400.0, 1_500.0), "climb_sigma": (40.0, 150.0, 1_500.0),
    "max_speed": 4_000.0, "merge_gate": 16.8, "merge_looks": 3, "height_prior": 5_000.0, "height_sigma": 5_000.0,
    "ballistic_height_low": 12_000.0, "ballistic_height_high": 25_000.0, "ballistic_speed_low": 800.0, "ballistic_speed_high": 1_200.0,
    "ballistic_coefficient": 5_000.0, "clutter_memory": None, "effective_earth_factor": 4.0 / 3.0,
}  # fmt: skip


class TrackerError(DowdingError):
    """A tracker setting or a column of detections that cannot be used."""


def make_config(earth_centre: ArrayLike, spin_axis: ArrayLike, **options: Any) -> TrackerConfig:
    """The tracker's constants; defaults suit drones of 30 m/s to ballistic missiles of 3 km/s.

    earth_centre (3,) m and spin_axis (3,) are in theatre coordinates; `options` are fields of TrackerConfig, `gate_probability`
    (of a target's detection inside its gate, 0 to 1) in place of `gate`, `initiation` ("m-of-n", or "sequential": tracks are confirmed
    and dropped by the odds of their existence, with false_track_probability and missed_target_probability), and `earth_radius` (m,
    default the origin's distance from the centre). Lists of the models must have equal lengths; one number is for all. Raises TrackerError.
    """
    centre, axis = np.asarray(earth_centre, np.float64), np.asarray(spin_axis, np.float64)
    unknown = set(options) - set(DEFAULTS) - {"earth_radius"}
    if unknown:
        raise TrackerError(f"tracker.{sorted(unknown)[0]} is not a setting", hint=f"settings are {', '.join(sorted(DEFAULTS))}")
    values = DEFAULTS | {"earth_radius": float(np.linalg.norm(centre))} | options
    probability = values.pop("gate_probability")
    if not 0.0 < probability < 1.0:
        raise TrackerError(f"tracker.gate_probability is {probability}, allowed is more than 0 and less than 1")
    values |= sequential_test(values)
    if not 1 <= values["confirm_hits"] <= values["confirm_window"] <= 32:
        given = f"{values['confirm_hits']} of {values['confirm_window']}"
        raise TrackerError(f"tracker.confirm_hits of tracker.confirm_window is {given}, allowed is 1 <= hits <= window <= 32")
    if values["association"] not in ASSOCIATIONS:
        raise TrackerError(f"tracker.association is {values['association']}, allowed is {' or '.join(ASSOCIATIONS)}")
    values["association"] = ASSOCIATIONS.index(values["association"])
    models = len(values["model_kind"])
    table = np.zeros(models, MODEL)
    table["size"] = [SIZE[kind] for kind in values["model_kind"]]
    table["further"] = [FURTHER[kind] for kind in values["model_kind"]]
    for name in MODEL.names or ():
        if name in ("size", "further"):
            continue
        given = values.pop("model_kind" if name == "kind" else name)
        if np.shape(given) not in ((), (models,)):
            raise TrackerError(f"tracker.{name} has shape {np.shape(given)}, but there are {models} models")
        table[name] = given
    share = np.ascontiguousarray(values.pop("share"), np.float64)
    if share.shape != (models, models):
        raise TrackerError(f"tracker.share has shape {share.shape}, but there are {models} models")
    gate = np.concatenate(([0.0], 2.0 * gammaincinv(0.5 * np.arange(1, 7), probability)))  # chi-square quantiles
    falling = np.isin(table["kind"], (BALLISTIC, BALLISTIC_DRAG))
    table["further_mean"][falling] = np.log(values["ballistic_coefficient"])
    about = [values.pop(name) for name in ("earth_radius", "height_prior", "height_sigma")]
    earth = np.concatenate((centre, axis / np.linalg.norm(axis), np.array(about, np.float64)))
    method = values.pop("update_method")
    if method not in METHODS:
        raise TrackerError(f"tracker.update_method is {method!r}, allowed is {' or '.join(METHODS)}")
    memory = values.pop("clutter_memory")
    if memory is not None and not memory > 0.0:
        raise TrackerError(f"tracker.clutter_memory is {memory}, allowed is more than 0 looks, or None for no map")
    integers = {"association", "confirm_hits", "confirm_window", "delete_misses", "merge_looks"}
    scalars: dict[str, Any] = {k: int(v) if k in integers else float(v) for k, v in values.items()}
    # None, not a number, for what everyone needs: the type says what is compiled
    update_method = METHODS.index(method) or None
    wide = None if set(table["kind"]) <= {CONSTANT_VELOCITY, BALLISTIC} else 1
    clutter_memory = None if memory is None else float(memory)
    return TrackerConfig(
        **scalars, clutter_memory=clutter_memory, update_method=update_method, wide=wide, gate=gate, model=table, share=share, earth=earth
    )


def sequential_test(values: dict[str, Any]) -> dict[str, Any]:
    """Takes the three settings of initiation out of `values`; returns what they make of the others. Raises TrackerError."""
    kind, false, missed = (values.pop(name) for name in ("initiation", "false_track_probability", "missed_target_probability"))
    if kind not in INITIATIONS:
        raise TrackerError(f"tracker.initiation is {kind!r}, allowed is {' or '.join(INITIATIONS)}")
    for name, value in (("false_track_probability", false), ("missed_target_probability", missed)):
        if not 0.0 < value < 0.5:
            raise TrackerError(f"tracker.{name} is {value}, allowed is more than 0 and less than 0.5")
    if kind == "m-of-n":
        return {}
    # Wald (1945), "Sequential tests of statistical hypotheses", Annals of Mathematical Statistics 16(2), sec 3.2, on the odds of existence
    bounds = {"confirm_score": math.log((1.0 - missed) / false), "delete_score": math.log(missed / (1.0 - false))}
    return {"confirm_hits": 1, "confirm_window": 32} | bounds


SENSOR_DEFAULTS: dict[str, Any] = {
    "position": (0.0, 0.0, 0.0), "rotation": np.eye(3), "height": 10.0, "latitude": 0.0, "earth_radius": 6_371_000.0,
    "moves": 0, "velocity": (0.0, 0.0, 0.0), "epoch": 0.0, "boresight": 0.0, "half_sector": np.pi,
    "elevation_min": -0.1, "elevation_max": np.pi / 2, "range_min": 0.0, "range_max": 500_000.0, "period": 10.0, "measures_elevation": 1,
    "measures_range_rate": 1, "blind_speed": 0.0, "listens": 0,
    "resolution": (0.0, 0.0, 0.0, 0.0), "clutter_density": 1e-10, "detection_probability": 0.9,
}  # fmt: skip


def make_sensors(sensors: Sequence[Mapping[str, Any]]) -> SensorGeometry:
    """SensorGeometry from one mapping per sensor; keys are its fields, with defaults for what is left out. Raises TrackerError."""
    for k, sensor in enumerate(sensors):
        unknown = set(sensor) - set(SENSOR_DEFAULTS)
        if unknown:
            raise TrackerError(f"sensor[{k}].{sorted(unknown)[0]} is not known", hint=f"keys are {', '.join(SENSOR_DEFAULTS)}")
        probability = sensor.get("detection_probability", 0.9)
        if not 0.0 < probability < 1.0:
            raise TrackerError(f"sensor[{k}].detection_probability is {probability}, allowed is more than 0 and less than 1")
        if not sensor.get("clutter_density", 1.0) > 0.0:
            raise TrackerError(f"sensor[{k}].clutter_density is {sensor['clutter_density']}, allowed is more than 0")
    columns = {}
    for name, default in SENSOR_DEFAULTS.items():
        kind = np.int64 if name.startswith(("measures", "moves", "listens")) else np.float64
        columns[name] = np.ascontiguousarray([np.asarray(sensor.get(name, default), kind) for sensor in sensors])
    return SensorGeometry(**columns, anchor=columns["position"].copy())


MEASURED = ("time", "range", "azimuth", "elevation", "range_rate", "sigma_range", "sigma_azimuth", "sigma_elevation", "sigma_range_rate")


def fill_detections(detections: Records, columns: Mapping[str, ArrayLike]) -> int:
    """Copy columns of equal length into the first rows of `detections`; elevation and range rate may be left out. Returns the count.

    The time may be one number for all. Raises TrackerError.
    """
    if "range" not in columns:
        raise TrackerError("detections have no column range", hint="a dwell without detections is given by no columns at all")
    count = np.size(columns["range"])
    for name in MEASURED:
        target = detections[name]
        if name in columns:
            given = np.asarray(columns[name])
            if given.size != count and not (name == "time" and given.size == 1):
                raise TrackerError(f"detections have {given.size} of {name} and {count} of range, allowed are equally many")
            if given.dtype.kind not in "fiub":
                raise TrackerError(f"detections.{name} holds {given.dtype}, allowed are numbers")
            target[:count] = given.reshape(-1)
        elif name.endswith(("elevation", "range_rate")):
            target[:count] = np.nan
        else:
            raise TrackerError(f"detections have no column {name}")
    detections["number"][:count] = columns.get("number", np.arange(count))
    detections["identity"][:count] = columns.get("identity", -1)
    return count


class Tracker:
    """Tracks from detections, one dwell at a time.

    `capacity` tracks (tentative ones included) and dwells of up to `detections_max` detections fit. A map of false alarms
    (`clutter_memory`) has `clutter_cells` cells around and outwards.
    """

    def __init__(
        self, config: TrackerConfig, sensors: SensorGeometry, capacity: int = 8192, detections_max: int = 8192,
        clutter_cells: tuple[int, int] = (36, 20),
    ) -> None:  # fmt: skip
        self.config = config
        self.sensors = copied(sensors)
        self.bank: TrackBank = make_bank(
            capacity, detections_max, len(sensors.period), len(config.model), size=int(config.model["size"].max()),
            clutter_cells=(1, 1) if config.clutter_memory is None else clutter_cells,
        )  # fmt: skip
        self.detections = make_detections(detections_max)
        self.assigned: Integers = np.full(detections_max, -1, np.int64)  # slot of each detection of the last dwell
        self.count = 0

    def reset(self) -> None:
        """Forget all tracks."""
        clear_bank(self.bank)

    def move(self, sensor: int, position: ArrayLike, velocity: ArrayLike, time: float) -> None:
        """Say where a sensor that `moves` is at a time (s) before a dwell: position (3,) m and velocity (3,) m/s, theatre."""
        x, y, z, vx, vy, vz = (float(v) for v in (*np.asarray(position, np.float64), *np.asarray(velocity, np.float64)))
        put_at(self.sensors, sensor, self.config.earth[0:3], self.config.earth[3:6], (x, y, z), (vx, vy, vz), float(time))

    def update(
        self, now: float, sensor: int, azimuth_start: float = -np.pi, azimuth_end: float = np.pi, **columns: ArrayLike
    ) -> dict[str, NDArray[Any]]:
        """Take in one dwell that ends at `now` (s) and return the confirmed tracks, see `tracks`.

        Columns (detection,): range m, azimuth and elevation rad, range_rate m/s, sigma_range ... of each, time s (default `now`),
        number. A dwell without detections is given by no columns at all: its misses count. Raises TrackerError.
        """
        count = np.size(columns["range"]) if "range" in columns else 0
        if count > len(self.assigned):
            raise TrackerError(f"a dwell has {count} detections, room is for {len(self.assigned)}", hint="raise detections_max")
        self.count = fill_detections(self.detections, {"time": now, **columns}) if columns else 0
        self.run(now, sensor, azimuth_start, azimuth_end)
        return self.tracks(now)

    def run(self, time: float, sensor: int, azimuth_start: float, azimuth_end: float) -> None:
        """Update the bank with the `count` detections already in `detections`. Raises TrackerError, also if a buffer is full."""
        if not 0 <= sensor < len(self.sensors.period):
            raise TrackerError(f"sensor is {sensor}, but there are {len(self.sensors.period)}", hint="they count from 0")
        if not (math.isfinite(time) and math.isfinite(azimuth_start) and math.isfinite(azimuth_end)):
            raise TrackerError(f"a dwell over azimuths {azimuth_start} to {azimuth_end} ends at {time} s, allowed are finite numbers")
        code = update_bank(
            self.bank, self.config, self.sensors, sensor, time, azimuth_start, azimuth_end, self.detections, self.count, self.assigned
        )
        if code != DONE:
            what = "the bank of tracks" if code == BANK_FULL else "the list of track and detection pairs"
            raise TrackerError(f"{what} is full ({len(self.bank.track)} tracks) at {time} s", hint="raise capacity")

    def faults(self) -> dict[str, int]:
        """How many detections were left out since the start or `reset`, by what is wrong with them; empty if none was."""
        return {what: int(count) for what, count in zip(FAULTS, self.bank.faults, strict=True) if count}

    def tracks(self, time: float, status: int = CONFIRMED, shown_existence: float | None = None) -> dict[str, NDArray[Any]]:
        """Tracks of at least this status as columns (track,): id, status, score, existence, state (track, 6) at `time` (s), mode, ...

        Confirmed ones only while they exist at least as probably as `shown_existence`, by default the setting of that name.
        """
        bank = self.bank
        least = self.config.shown_existence if shown_existence is None else shown_existence
        held = bank.track["status"][: bank.counters[HIGHEST]]
        existence = 1.0 / (1.0 + np.exp(-bank.track["score"][: len(held)]))
        shown = existence >= least
        live = np.flatnonzero((held >= status) & (held != FREE) & (shown | (held != CONFIRMED)))
        state = np.empty((len(live), 6))
        read_tracks(bank, self.config, float(time), live, state)
        names = ("id", "status", "score", "created_time", "confirmed_time", "last_update_time", "hits", "misses", "identity")
        columns = {name: bank.track[name][live] for name in names}
        columns |= {"existence": existence[live], "slot": live, "state": state}
        return columns | {"covariance": bank.covariance[live], "mode": bank.mode[live]}
