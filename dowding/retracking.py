"""Tracking a run's detections again: from the tables of detections and dwells alone, without truth."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dowding import _jit
from dowding.analysis.track_quality import track_quality
from dowding.engine.output import Chunks, tracks_table
from dowding.engine.replay import replay
from dowding.engine.run import BANK_FULL, BUFFERS_FULL, make_run
from dowding.errors import RunError, TableError
from dowding.model import Compiled, compile_scenario
from dowding.scenario import Resolved, load, resolve
from dowding.tables import Columns, Tables, read_parquet

DETECTIONS = "detections.parquet"
REPORT = (
    "time_s", "range_m", "azimuth_rad", "elevation_rad", "range_rate_mps",
    "sigma_range_m", "sigma_azimuth_rad", "sigma_elevation_rad", "sigma_range_rate_mps",
)  # fmt: skip


def _sensors_only(resolved: Resolved) -> Compiled:
    """The model of a scenario's sensors: what flew is left out, so that nothing of it can reach the tracker."""
    return compile_scenario(replace(resolved, flights=()))


def _folder(place: Path) -> Path:
    folder = place if place.is_dir() else place.parent
    if not place.exists():
        raise TableError(f"{place}: no such file or folder", hint="give a run folder, or the detections.parquet in one")
    for name in (DETECTIONS, "dwells.parquet", "scenario.toml"):
        if not (folder / name).is_file():
            raise TableError(f"{folder}: {name} is missing", hint="the detections, the dwells and the scenario of a run lie side by side in its folder")
    return folder


def _order(detections: Columns, dwells: Columns) -> tuple[Any, Any]:
    """Rows of the detections by dwell, and the first of each dwell; TableError if a detection names no dwell."""
    if len(detections["dwell"]) and not np.isin(detections["dwell"], dwells["dwell"]).all():
        raise TableError("detections.parquet: a detection names a dwell that dwells.parquet does not hold")
    rows = np.argsort(detections["dwell"], kind="stable")
    return rows, np.searchsorted(detections["dwell"][rows], np.append(dwells["dwell"], np.iinfo(np.int64).max))


def track_tables(resolved: Resolved, detections: Columns, dwells: Columns) -> Columns:
    """Table `tracks` from tables `detections` and `dwells` of a scenario's sensors; what the run's own tracker made, bit for bit."""
    compiled = _sensors_only(resolved)
    count = len(compiled.model.sensors)
    for name, table in (("detections", detections), ("dwells", dwells)):
        if len(table["sensor"]) and not ((table["sensor"] >= 0) & (table["sensor"] < count)).all():
            raise TableError(f"{name}.parquet: a row names a sensor that the scenario does not have; it has {count}")
    rows, first = _order(detections, dwells)
    report = np.ascontiguousarray(np.column_stack([detections[key][rows] for key in REPORT]), dtype=np.float64)
    for column, least in ((0, -np.inf), (1, 0.0), (5, 0.0), (6, 0.0)):
        if not (np.isfinite(report[:, column]) & (report[:, column] > least)).all():
            raise TableError(f"detections.parquet: {REPORT[column]} must be a finite number{' above 0' if least == 0.0 else ''} in every row")
    edges = np.ascontiguousarray(np.column_stack([dwells[k] for k in ("end_s", "azimuth_start_rad", "azimuth_end_rad")]))
    _jit.announce_compile("replay")
    run, chunks = make_run(compiled.model, frozenset({"tracks"}), int(np.diff(first).max(initial=0))), Chunks()
    progress = np.zeros(1, np.int64)
    sensor, first = dwells["sensor"].astype(np.int64), first.astype(np.int64)
    while (code := replay(compiled.model, run, sensor, edges, first, report, progress)) == BUFFERS_FULL:
        chunks.drain(run.record)
    if code == BANK_FULL:
        raise RunError(f"the tracker's memory for {run.banks.track.shape[1]} tracks is full", hint="raise tracker.confirm_hits in the scenario")
    chunks.drain(run.record)
    tracks = tracks_table(compiled, chunks)
    tracks["detection"] = np.where(tracks["detection"] >= 0, detections["detection"][rows][tracks["detection"]], -1) if len(rows) else tracks["detection"]
    return tracks


def retrack(place: Path) -> tuple[Tables, Path]:
    """The tracks that a run folder's detections give, and the folder; `place` is that folder or the detections in it.

    Nothing of truth is read: only detections, dwells, and the scenario for where the sensors stand and the tracker's settings.
    """
    folder = _folder(place)
    resolved = resolve(load(folder / "scenario.toml"))
    source = place if place.is_file() else folder / DETECTIONS
    tracks = track_tables(resolved, read_parquet(source, "detections"), read_parquet(folder / "dwells.parquet", "dwells"))
    return Tables({"tracks": tracks}), folder


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
