"""What `dowding quality` leaves in a folder: the pictures' quality as JSON and as a table over time, and two figures of each picture."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dowding._version import __version__
from dowding.analysis import picture_quality as pq
from dowding.analysis.worst_moments import LABELS, Moment, words_of, worst_moments
from dowding.errors import TableError
from dowding.tables import TABLES, Columns, Tables, read_parquet


def read_pictures(folder: Path, tracks: Path | None = None) -> Tables:
    """The tables of a run folder that scoring needs, as far as they are there; `tracks` replaces the run's own table of tracks."""
    if not folder.is_dir():
        raise TableError(f"{folder}: no such folder", hint="give a run folder; `dowding run --out DIR` makes one")
    names = (*pq.NEEDED, *pq.HELPFUL)
    found: dict[str, Columns] = {n: read_parquet(folder / f"{n}.parquet", n) for n in names if (folder / f"{n}.parquet").is_file()}
    if tracks is not None:
        found["tracks"] = read_parquet(tracks / "tracks.parquet" if tracks.is_dir() else tracks, "tracks")
        found.pop("events", None)  # they tell of the run's own tracks
    for name in pq.NEEDED:
        if name not in found:
            raise TableError(f"{folder}: {name}.parquet is missing", hint="quality is what a folder's tracks are worth against its truth")
    return pq.completed(found)


def assess(tables: Mapping[str, Columns], settings: pq.Settings) -> tuple[list[pq.PictureQuality], list[list[Moment]]]:
    """Every picture scored, and its worst moments. Raises TableError for settings that make no sense."""
    for name, value, allowed in (
        ("cutoff_m", settings.cutoff_m, settings.cutoff_m > 0.0),
        ("power", settings.power, settings.power >= 1.0),
        ("step_s", settings.step_s, settings.step_s >= 0.0),
        ("switch_cost_m", settings.switch_cost_m, settings.switch_cost_m >= 0.0),
        ("process_noise", settings.process_noise, settings.process_noise >= 0.0),
    ):
        if not allowed or not np.isfinite(value):
            least = {"cutoff_m": "more than 0", "power": "at least 1"}.get(name, "at least 0")
            raise TableError(f"quality: {name} is {value}, allowed is {least}")
    whole = pq.completed(tables)
    qualities = [pq.picture_quality(whole, picture, settings) for picture in pq.pictures_of(whole)]
    return qualities, [worst_moments(quality) for quality in qualities]


def facts_of(tables: Mapping[str, Columns], settings: pq.Settings, command: str = "") -> dict[str, Any]:
    """All numbers, ready for JSON: NaN is None."""
    qualities, moments = assess(tables, settings)
    return _facts(pq.completed(tables), qualities, moments, settings, command)


def _facts(
    tables: Tables, qualities: list[pq.PictureQuality], moments: list[list[Moment]], settings: pq.Settings, command: str
) -> dict[str, Any]:
    pictures = [_picture(tables, quality, worst) for quality, worst in zip(qualities, moments, strict=True)]
    return {"dowding": __version__, "command": command, "settings": settings._asdict(), "pictures": pictures}


def _picture(tables: Tables, quality: pq.PictureQuality, worst: list[Moment]) -> dict[str, Any]:
    sensors = tables["sensors"]
    feeds = sensors["picture"] == quality.picture
    found: dict[str, Any] = {
        "picture": quality.picture,
        "nodes": pq.owners_of(tables, quality.picture),
        "sensors": [str(name) for name in sensors["name"][feeds]],
        "instants": len(quality.times),
        "step_s": float(quality.times[1] - quality.times[0]) if len(quality.times) > 1 else 0.0,
        "distance": pq.gospa_numbers(quality) | pq.trajectory_numbers(quality),
        "siap": pq.siap_numbers(quality),
        "continuity": pq.continuity_numbers(quality),
        "classes": pq.class_numbers(tables, quality),
    }
    if len(tables["origins"]["target"]):
        found["consistency"] = pq.consistency_numbers(tables, quality.picture)
        found["bound"] = pq.bound_numbers(tables, quality.picture, quality.settings)
    found["worst"] = [_moment(moment, quality) for moment in worst]
    plain: dict[str, Any] = _plain(found)
    return plain


def _moment(moment: Moment, quality: pq.PictureQuality) -> dict[str, Any]:
    wrong = moment.mistakes
    listed = zip(wrong.kind, wrong.target, wrong.track, strict=True)
    return {
        "time_s": moment.time_s,
        "east_km": moment.centre[0] / 1000.0,
        "north_km": moment.centre[1] / 1000.0,
        "words": words_of(moment, quality),
        "mistakes": [{"mistake": LABELS[kind], "target": int(target), "track": int(track)} for kind, target, track in listed],
    }


def _plain(value: Any) -> Any:
    """Numbers to five digits, NaN and infinity as None, all the way down."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.5g}") if np.isfinite(value) else None
    return value


def write_quality(
    tables: Tables, folder: Path, settings: pq.Settings, *, figures: bool = True, scenario: str = "", command: str = ""
) -> dict[str, Any]:
    """Write quality.json, quality.parquet and, unless not wanted, the figures into `folder`, made if absent; returns the numbers.

    Figures are quality and worst-moments as PNG and SVG, with the picture's number behind the name where there are several.
    """
    qualities, moments = assess(tables, settings)
    facts = _facts(tables, qualities, moments, settings, command)
    rows = [pq.series(quality) for quality in qualities]
    table = {c.name: np.concatenate([part[c.name] for part in rows]) if rows else np.empty(0) for c in TABLES["quality"].columns}
    folder.mkdir(parents=True, exist_ok=True)
    Tables({"quality": table}).write(folder)
    (folder / "quality.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if figures:
        from dowding.plots.quality import quality_figure
        from dowding.plots.style import write
        from dowding.plots.worst import worst_figure

        for quality, worst in zip(qualities, moments, strict=True):
            tail = f"-{quality.picture}" if len(qualities) > 1 else ""
            write(quality_figure(quality, worst, scenario=scenario), folder / f"quality{tail}", ("png", "svg"))
            write(worst_figure(quality, worst, tables, scenario=scenario), folder / f"worst-moments{tail}", ("png", "svg"))
    return facts
