"""Tracking a run's detections again: from the tables of detections and dwells alone, without truth."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding import _jit
from dowding.analysis.track_quality import track_quality
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.engine.output import judged, place, velocity, words
from dowding.errors import TableError
from dowding.model import Model, compile_scenario
from dowding.model.placing import placed_radars
from dowding.physics.geodesy import Frame, theatre_to_geodetic_many
from dowding.scenario import Resolved, load, resolve
from dowding.tables import Columns, Tables, read_parquet
from dowding.tracking.picture import CONFIRMED, TrackerConfig
from dowding.tracking.registered import corrected_tables, register_tables
from dowding.tracking.registration import sentences, table_of
from dowding.tracking.replay import track_detections
from dowding.tracking.smoothing import smooth_tracks
from dowding.tracking.update import kinematic_class

DETECTIONS = "detections.parquet"


def _sensors_only(resolved: Resolved) -> Model:
    """The model of a scenario's sensors: what flew is left out, so that nothing of it can reach the tracker."""
    return compile_scenario(replace(resolved, flights=())).model


def _folder(where: Path) -> Path:
    folder = where if where.is_dir() else where.parent
    if not where.exists():
        raise TableError(f"{where}: no such file or folder", hint="give a run folder, or the detections.parquet in one")
    for name in (DETECTIONS, "dwells.parquet", "scenario.toml"):
        if not (folder / name).is_file():
            hint = "the detections, the dwells and the scenario of a run lie side by side in its folder"
            raise TableError(f"{folder}: {name} is missing", hint=hint)
    return folder


def track_tables(resolved: Resolved, detections: Columns, dwells: Columns, *, smooth: bool = False) -> Columns:
    """Table `tracks` from tables `detections` and `dwells` of a scenario's sensors; what the run's own tracker made, bit for bit.

    With `smooth` each row is given all that its track had later.
    """
    if resolved.links:
        told = "its pictures are made of what links carried as well, which detections alone do not tell"
        raise TableError(f"scenario.toml: {told}", hint='track a run whose network.mode is "ideal" or "stand-alone"')
    model = _sensors_only(resolved)
    for name, table in (("detections", detections), ("dwells", dwells)):
        if len(table["sensor"]) and not ((table["sensor"] >= 0) & (table["sensor"] < len(model.defence.sensors))).all():
            raise TableError(f"{name}.parquet: a row names a sensor that the scenario does not have; it has {len(model.defence.sensors)}")
    if not np.isin(detections["dwell"], dwells["dwell"]).all():
        raise TableError("detections.parquet: a detection names a dwell that dwells.parquet does not hold")
    parts = [_picture(model, picture, detections, dwells) for picture in range(model.defence.settings.pictures)]
    if smooth:
        parts = [smooth_tracks(part, model.defence.tracker) for part in parts]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(joined["dwell"], kind="stable")
    rows = {name: values[order] for name, values in joined.items()}
    echoes = detections, model.defence.sensors["snr_constant"]
    return track_columns(model.defence.frame, model.defence.tracker, rows, identities_of(detections)[0], *echoes)


def identities_of(detections: Columns) -> tuple[list[str], NDArray[np.int64]]:
    """The identities that detections tell, and the number of each detection's among them, -1 for none."""
    names, codes = np.unique(detections["identity"].astype(str), return_inverse=True)
    none = int(len(names) > 0 and names[0] == "")
    return [str(name) for name in names[none:]], codes.astype(np.int64) - none


def _picture(model: Model, picture: int, detections: Columns, dwells: Columns) -> dict[str, NDArray[Any]]:
    """The updates of one picture's tracks: only its own sensors feed it."""
    feeds = model.defence.sensors["picture"] == picture
    mine, cuts = feeds[detections["sensor"]], feeds[dwells["sensor"]]
    told = {"number": detections["detection"][mine], "identity": identities_of(detections)[1][mine]}
    reports = {name: values[mine] for name, values in detections.items()} | told
    edges = {name: values[cuts] for name, values in dwells.items()} | {"time_s": dwells["end_s"][cuts]}
    rows = track_detections(reports, model.defence.geometry, model.defence.tracker, edges)
    return rows | {"picture": np.full(len(rows["track"]), picture)}


def track_columns(
    frame: Frame, tracker: TrackerConfig, rows: dict[str, NDArray[Any]], identities: Sequence[str] = (),
    detections: Columns | None = None, constant: NDArray[np.float64] | None = None,
) -> Columns:  # fmt: skip
    """Rows of the tracker as the columns of table `tracks`; `identities` are the names of those that reports tell.

    With `detections` and their sensors' constants (sensor,) of the radar equation, the strength of echoes helps to tell classes apart.
    """
    n = len(rows["track"])
    state, covariance, mode = (rows[name].reshape(n, *shape) for name, shape in (("state", (6,)), ("covariance", (6, 6)), ("mode", (-1,))))
    position = np.ascontiguousarray(state[:, :3])
    height = theatre_to_geodetic_many(frame, position)[:, 2] if n else np.zeros(0)
    classes = [kinematic_class(tracker, state[k], mode[k], height[k]) for k in range(n)]
    pairs = {"variance_east_m2": (0, 0), "variance_north_m2": (1, 1), "variance_up_m2": (2, 2)} | {
        "covariance_east_north_m2": (0, 1), "covariance_east_up_m2": (0, 2), "covariance_north_up_m2": (1, 2)
    }  # fmt: skip
    models = ("probability_cruise", "probability_manoeuvre", "probability_ballistic")
    table = {
        "time_s": rows["time_s"],
        **{name: rows[name].astype(np.int64) for name in ("track", "picture", "sensor", "detection")},
        "confirmed": rows["status"] == CONFIRMED,
        **place(frame, position),
        **velocity(state[:, 3:]),
        **{name: np.ascontiguousarray(covariance[:, a, b]) for name, (a, b) in pairs.items()},
        **{name: np.ascontiguousarray(mode[:, k]) for k, name in enumerate(models)},
        "class": words(TARGET_CLASSES, np.array(classes, dtype=np.int64)),
        "identity": words(identities, rows["identity"].astype(np.int64)),
        "nis": rows["nis"],
        "nis_dof": rows["nis_dimension"].astype(np.int64),
    }
    return table | judged(table, frame, detections, constant)


def register(resolved: Resolved, detections: Columns, dwells: Columns) -> tuple[Columns, Columns, list[dict[str, Any]], list[str]]:
    """Detections and dwells with the sensors' biases taken away, the biases, one row a sensor, and what was found in sentences.

    The sensors of each picture are registered with each other, from the flights that several of them saw.
    """
    model, names = _sensors_only(resolved), [placed.name for placed in placed_radars(resolved)]
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for picture in range(model.defence.settings.pictures):
        feeds = model.defence.sensors["picture"] == picture
        mine, cuts = feeds[detections["sensor"]], feeds[dwells["sensor"]]
        own = {name: values[mine] for name, values in detections.items()}, {name: values[cuts] for name, values in dwells.items()}
        found = register_tables(*own, model.defence.geometry, model.defence.tracker)
        sensors = np.flatnonzero(feeds)
        told = found._replace(value=found.value[sensors], sigma=found.sigma[sensors], observable=found.observable[sensors])
        mine_names = [names[k] for k in sensors]
        rows += table_of(told, mine_names)
        lines += sentences(told, mine_names)
        found = found._replace(observable=found.observable & feeds[:, None])
        detections, dwells = corrected_tables(detections, dwells, found)
    return detections, dwells, rows, lines


def retrack(where: Path, *, registration: bool = False, smooth: bool = False) -> tuple[Tables, Path]:
    """The tracks that a run folder's detections give, and the folder; `where` is that folder or the detections in it.

    With `registration` sensors are registered first; summary["registration"] and summary["registered"] of the tables say what was found.
    With `smooth` each row is given all that its track had later.

    Nothing of truth is read: only detections, dwells, and the scenario for where the sensors stand and the tracker's settings.
    """
    folder = _folder(where)
    resolved = resolve(load(folder / "scenario.toml"))
    _jit.announce_compile("update_bank")
    source = where if where.is_file() else folder / DETECTIONS
    detections, dwells = read_parquet(source, "detections"), read_parquet(folder / "dwells.parquet", "dwells")
    told: dict[str, Any] = {}
    if registration:
        detections, dwells, told["registration"], told["registered"] = register(resolved, detections, dwells)
    return Tables({"tracks": track_tables(resolved, detections, dwells, smooth=smooth)}, told), folder


def summary(tracks: Tables, folder: Path) -> dict[str, Any]:
    """Numbers of the tracks; against truth where the folder holds it, for scoring only."""
    rows = tracks["tracks"]
    confirmed = rows["confirmed"]
    facts: dict[str, Any] = {
        "tracks": len(np.unique(rows["track"])),
        "confirmed": len(np.unique(rows["track"][confirmed])),
        "updates": len(rows["track"]),
    }
    if (folder / "truth.parquet").is_file() and (folder / "origins.parquet").is_file():
        truth, origins = read_parquet(folder / "truth.parquet", "truth"), read_parquet(folder / "origins.parquet", "origins")
        facts |= {key: float(f"{value:.4g}") for key, value in track_quality(rows, origins, truth).items()}
    return facts
