"""Buffers to tables: row numbers get their names back, theatre metres their latitudes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.catalogue.schema import TARGET_CLASSES
from dowding.engine import state as s
from dowding.engine.record import EVENT_WORDS, WIDTHS, Record
from dowding.engine.state import State
from dowding.model import Compiled, Model
from dowding.model.bundles import RADAR
from dowding.physics.geodesy import Frame, theatre_to_geodetic_many
from dowding.tables import Columns
from dowding.tracking.classification import class_columns, sections

OUTCOME_WORDS = {
    s.IN_FLIGHT: "in flight",
    s.HIT: "kill",
    s.MISSED: "miss",
    s.NOTHING_THERE: "nothing there",
    s.LOST_SIGHT: "lost sight",
    s.OUT_OF_REACH: "out of reach",
    s.LOST_TRACK: "lost track",
}
FATE_WORDS = {s.WAITING: "waiting", s.FLYING: "flying", s.KILLED: "killed", s.LEAKED: "leaked", s.SURVIVED: "survived"}
REPORT_WORDS = ("plot", "strobe", "bearing", "reply", "position")
SENSOR_WORDS = ("radar", "direction_finder", "secondary", "ads_b")
# why nothing was fired, the last obstacle first: each obstacle shows only once those below it were passed
REASONS = (
    (s.NO_ROUND, "no round"),
    (s.NO_CHANNEL, "no channel"),
    (s.TOO_LATE, "too late"),
    (s.OUTSIDE_ENVELOPE, "not in the envelope"),
    (s.TAKEN_FOR_FRIEND, "taken for a friend"),
    (s.NOT_IDENTIFIED, "not identified"),
    (s.NO_FIRE_CONTROL_TRACK, "no fire-control track"),
    (s.HELD_FIRE, "held fire"),
)


class Chunks:
    """Rows taken out of the buffers so far."""

    def __init__(self) -> None:
        self._parts: dict[str, list[tuple[NDArray[np.float64], NDArray[np.int64]]]] = {name: [] for name in Record._fields}

    def drain(self, record: Record) -> None:
        """Move what the buffers hold over here and empty them."""
        for name, rows in zip(Record._fields, record, strict=True):
            n = int(rows.tally[0]) if rows.tally[2] else 0
            if n:
                self._parts[name].append((rows.real[:n].copy(), rows.whole[:n].copy()))
            rows.tally[0] = 0

    def joined(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """All rows of one table: real columns and whole ones."""
        real, whole = WIDTHS[name]
        if not self._parts[name]:
            return np.zeros((0, real)), np.zeros((0, whole), np.int64)
        return np.concatenate([p[0] for p in self._parts[name]]), np.concatenate([p[1] for p in self._parts[name]])


def words(names: Sequence[str], codes: NDArray[np.int64]) -> NDArray[np.object_]:
    """The name of each code; "" for -1."""
    table = np.array([*names, ""], dtype=object)
    return table[codes]


def place(frame: Frame, position: NDArray[np.float64], prefix: str = "") -> Columns:
    """Six columns of a place, from theatre positions (n, 3)."""
    geodetic = theatre_to_geodetic_many(frame, position) if len(position) else np.zeros((0, 3))
    return {
        f"{prefix}latitude_deg": np.degrees(geodetic[:, 0]),
        f"{prefix}longitude_deg": np.degrees(geodetic[:, 1]),
        f"{prefix}altitude_m": geodetic[:, 2],
        f"{prefix}east_m": position[:, 0],
        f"{prefix}north_m": position[:, 1],
        f"{prefix}up_m": position[:, 2],
    }


def velocity(values: NDArray[np.float64], prefix: str = "") -> Columns:
    """Three columns of a velocity, from theatre values (n, 3)."""
    return {f"{prefix}velocity_{axis}_mps": values[:, k] for k, axis in enumerate(("east", "north", "up"))}


def sensors_table(compiled: Compiled) -> Columns:
    """The sensors."""
    model, names = compiled.model, compiled.names
    geometry, n = model.defence.geometry, len(model.defence.sensors)
    return {
        "sensor": np.arange(n),
        "name": words(names.sensors, np.arange(n)),
        "radar": words(names.sensor_entries, np.arange(n)),
        "kind": words(SENSOR_WORDS, model.defence.sensors["kind"]),
        "unit": words(names.units, model.defence.sensors["unit"]),
        "side": words(names.sides, model.defence.sensors["side"]),
        "picture": model.defence.sensors["picture"],
        "moves": geometry.moves.astype(bool),
        **place(model.defence.frame, geometry.position),
        "period_s": geometry.period,
        "dwells": model.defence.sensors["dwells"],
        "boresight_rad": geometry.boresight,
        "half_sector_rad": geometry.half_sector,
        "elevation_min_rad": geometry.elevation_min,
        "elevation_max_rad": geometry.elevation_max,
        "range_min_m": geometry.range_min,
        "range_max_m": geometry.range_max,
        "measures_elevation": geometry.measures_elevation.astype(bool),
        "measures_range_rate": geometry.measures_range_rate.astype(bool),
        "clutter_density": geometry.clutter_density,
    }


def _is_silent(model: Model, row: int) -> bool:
    """Whether only receivers were there to find a target, and it radiates nothing that any of them hears."""
    targets, sensors = model.flights.targets, model.defence.sensors
    theirs = sensors["side"] != targets["side"][row]
    own = slice(targets["emission_first"][row], targets["emission_end"][row])
    return bool(theirs.any() and not (sensors["kind"][theirs] == RADAR).any() and not model.flights.heard[own][:, theirs].any())


def _reason(model: Model, state: State, row: int) -> str:
    """Why a target was not killed: the step of the chain at which it got through."""
    outcome = state.outcome
    if state.sky.target["fate"][row] in (s.KILLED, s.WAITING):
        return ""
    if np.isnan(outcome["detected_time"][row]):
        return "silent" if _is_silent(model, row) else "never detected"
    if np.isnan(outcome["tracked_time"][row]):
        return "never tracked"
    if outcome["shots"][row] > 0 or not np.isnan(outcome["engaged_time"][row]):
        return "missed"
    return next((word for bit, word in REASONS if outcome["blocks"][row] & bit), "not in the envelope")


def targets_table(compiled: Compiled, state: State) -> Columns:
    """What flew and how it ended."""
    model, names, outcome, sky = compiled.model, compiled.names, state.outcome, state.sky.target
    n = len(model.flights.targets)
    flight = np.array(names.flight_of, dtype=np.int64)
    ended = np.where(np.isfinite(sky["ended"]), sky["ended"], np.where(sky["fate"] == s.WAITING, np.nan, model.defence.settings.duration))
    return {
        "target": np.arange(n),
        "flight": words(names.flights, flight),
        "entry": words(names.entries, flight),
        "class": words(TARGET_CLASSES, model.flights.targets["cls"]),
        "side": words(names.sides, model.flights.targets["side"]),
        "asset": words(names.assets, model.flights.targets["asset"]),
        "depart_s": model.flights.targets["start"],
        "first_detected_s": outcome["detected_time"],
        "first_detected_range_m": outcome["detected_range"],
        "first_detected_by": words(names.sensors, outcome["detected_by"]),
        "first_tracked_s": outcome["tracked_time"],
        "first_tracked_range_m": outcome["tracked_range"],
        "first_engaged_s": outcome["engaged_time"],
        "first_engaged_range_m": outcome["engaged_range"],
        "shots": outcome["shots"],
        "fate": np.array([FATE_WORDS[int(f)] for f in sky["fate"]], dtype=object),
        "fate_s": ended,
        "reason": np.array([_reason(model, state, row) for row in range(n)], dtype=object),
    }


def shots_table(compiled: Compiled, state: State) -> Columns:
    """Every interceptor launched."""
    model, names = compiled.model, compiled.names
    n = int(state.fight.fired[0])
    shots = state.fight.shots[:n]
    return {
        "shot": np.arange(n),
        "unit": words(names.units, shots["unit"]),
        "interceptor": words(names.interceptors, model.defence.unit_interceptors[shots["unit"], shots["kind"]]),
        "track": shots["track"],
        "decided_s": shots["decided"],
        "launched_s": shots["launched"],
        "intercept_s": shots["intercept"],
        **place(model.defence.frame, np.column_stack([shots["x"], shots["y"], shots["z"]]), "intercept_"),
        "slant_range_m": shots["slant_range"],
        "track_age_s": shots["track_age"],
        "track_sigma_m": shots["track_sigma"],
        "kill_probability": shots["kill_probability"],
        "target": shots["target"],
        "miss_m": shots["miss"],
        "outcome": np.array([OUTCOME_WORDS[int(o)] for o in shots["outcome"]], dtype=object),
    }


def truth_table(compiled: Compiled, chunks: Chunks) -> Columns:
    """Where every target was."""
    real, whole = chunks.joined("truth")
    position = place(compiled.model.defence.frame, np.ascontiguousarray(real[:, 1:4]))
    return {"time_s": real[:, 0], "target": whole[:, 0], **position, **velocity(real[:, 4:7])}


def dwells_table(frame: Frame, chunks: Chunks) -> Columns:
    """Each part of each scan."""
    real, whole = chunks.joined("dwells")
    keys = ("start_s", "end_s", "azimuth_start_rad", "azimuth_end_rad", "boresight_rad")
    return {
        "dwell": np.arange(len(real)),
        "sensor": whole[:, 0],
        "detections": whole[:, 1],
        **{k: real[:, i] for i, k in enumerate(keys)},
        **place(frame, np.ascontiguousarray(real[:, 5:8]), "sensor_"),
        **velocity(real[:, 8:11], "sensor_"),
    }


_REPORT = (
    "time_s", "range_m", "azimuth_rad", "elevation_rad", "range_rate_mps",
    "sigma_range_m", "sigma_azimuth_rad", "sigma_elevation_rad", "sigma_range_rate_mps", "snr_db",
)  # fmt: skip
_ORIGIN = ("true_range_m", "true_azimuth_rad", "true_elevation_rad", "mean_snr_db", "probability")


def detections_tables(compiled: Compiled, chunks: Chunks) -> tuple[Columns, Columns]:
    """What the sensors reported; and, apart from it, what that came from."""
    real, whole = chunks.joined("detections")
    number = np.arange(len(real))
    told = place(compiled.model.defence.frame, np.ascontiguousarray(real[:, 15:18]))
    detections = {
        "detection": number,
        "dwell": whole[:, 0],
        "sensor": whole[:, 1],
        "kind": words(REPORT_WORDS, whole[:, 3]),
        **{k: real[:, i] for i, k in enumerate(_REPORT)},
        "identity": words(compiled.names.identities, whole[:, 4]),
        "told_latitude_deg": told["latitude_deg"],
        "told_longitude_deg": told["longitude_deg"],
        "told_altitude_m": real[:, 18],
    }
    origins = {"detection": number, "target": whole[:, 2], **{k: real[:, 10 + i] for i, k in enumerate(_ORIGIN)}}
    return detections, origins


def looks_table(chunks: Chunks) -> Columns:
    """Every look at a target that had a chance."""
    real, whole = chunks.joined("looks")
    return {
        "sensor": whole[:, 0],
        "target": whole[:, 1],
        "time_s": real[:, 0],
        "range_m": real[:, 1],
        "mean_snr_db": real[:, 2],
        "probability": real[:, 3],
        "detected": whole[:, 2].astype(bool),
    }


def tracks_table(compiled: Compiled, chunks: Chunks, detections: Columns | None = None) -> Columns:
    """Each update of each track; what class it is follows echoes only if `detections` are given."""
    real, whole = chunks.joined("tracks")
    variances = (
        "variance_east_m2", "variance_north_m2", "variance_up_m2",
        "covariance_east_north_m2", "covariance_east_up_m2", "covariance_north_up_m2",
        "probability_cruise", "probability_manoeuvre", "probability_ballistic",
    )  # fmt: skip
    numbers = ("track", "picture", "sensor", "detection")
    table = {
        "time_s": real[:, 0],
        **{k: whole[:, i] for i, k in enumerate(numbers)},
        "confirmed": whole[:, 4].astype(bool),
        **place(compiled.model.defence.frame, np.ascontiguousarray(real[:, 1:4])),
        **velocity(real[:, 4:7]),
        **{k: real[:, 7 + i] for i, k in enumerate(variances)},
        "class": words(TARGET_CLASSES, whole[:, 5]),
        "identity": words(compiled.names.identities, whole[:, 7]),
        "nis": real[:, 16],
        "nis_dof": whole[:, 6],
    }
    return table | judged(table, compiled.model.defence.frame, detections, compiled.model.defence.sensors["snr_constant"])


def judged(tracks: Columns, frame: Frame, detections: Columns | None = None, constant: NDArray[np.float64] | None = None) -> Columns:
    """The columns of class probabilities of a table `tracks`; constants (sensor,) of the radar equation in m2, where they are known."""
    away = np.column_stack([tracks[f"{axis}_m"] for axis in ("east", "north", "up")]) - frame.earth_centre
    section = None if detections is None or constant is None else sections(tracks, detections, constant)
    return class_columns(tracks, away / np.linalg.norm(away, axis=1, keepdims=True), section)


def events_table(compiled: Compiled, chunks: Chunks) -> Columns:
    """The story, in order of time."""
    names = compiled.names
    real, whole = chunks.joined("events")
    order = np.argsort(real[:, 0], kind="stable")
    time, whole = real[order, 0], whole[order]
    return {
        "time_s": time,
        "kind": words(EVENT_WORDS, whole[:, 0]),
        "unit": words(names.units, whole[:, 1]),
        "sensor": words(names.sensors, whole[:, 2]),
        "target": whole[:, 3],
        "track": whole[:, 4],
        "shot": whole[:, 5],
        "asset": words(names.assets, whole[:, 6]),
    }


def all_tables(compiled: Compiled, state: State, chunks: Chunks, wanted: frozenset[str]) -> dict[str, Columns]:
    """The tables of a run, by name."""
    made: dict[str, Any] = {
        "targets": targets_table(compiled, state),
        "sensors": sensors_table(compiled),
        "shots": shots_table(compiled, state),
    }
    if "truth" in wanted:
        made["truth"] = truth_table(compiled, chunks)
    if "detections" in wanted:
        made["dwells"] = dwells_table(compiled.model.defence.frame, chunks)
        made["detections"], made["origins"] = detections_tables(compiled, chunks)
    if "looks" in wanted:
        made["looks"] = looks_table(chunks)
    if "tracks" in wanted:
        made["tracks"] = tracks_table(compiled, chunks, made.get("detections"))
    if "events" in wanted:
        made["events"] = events_table(compiled, chunks)
    return made
