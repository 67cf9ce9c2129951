"""What `dowding track` leaves of a recording: tables, a map, and a report as JSON and as sentences."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dowding import _jit
from dowding.recorded.aligning import registered_sites
from dowding.recorded.comparing import compare, plot_places
from dowding.recorded.following import Followed, follow
from dowding.recorded.own_numbers import own_numbers
from dowding.recorded.plots import read_plots
from dowding.recorded.quality import quality
from dowding.recorded.references import References, references_of
from dowding.recorded.sites import read_sites


def track_recording(
    recording: Path, sensors: Sequence[str] = (), against: Path | None = None, *, framing: str = "auto", port: int | None = None,
    register: bool = False, smooth: bool = False,
) -> tuple[Followed, dict[str, Any], list[References]]:  # fmt: skip
    """Track a recording's plots and report on it; compared with the reports of another file where one is given. Raises RecordingError.

    With `register` the radars' biases are found first, from aircraft that several of them saw, and taken away. With `smooth` each row of
    the tracks is given all that its track had later.
    """
    plots = read_plots(recording, framing=framing, port=port)
    sites = read_sites(sensors)
    _jit.announce_compile("update_bank")
    followed = follow(plots, sites, smooth=smooth and not register)
    told: dict[str, Any] = {}
    if register:
        aligned, told["registration"], told["registered"] = registered_sites(followed)
        followed = follow(plots, aligned, smooth=smooth)
    facts = quality(followed) | told | {"own_numbers": own_numbers(followed)}
    references: list[References] = []
    if against is not None:
        references = references_of(against, followed)
        facts["against"] = [compare(followed, one) for one in references]
    plain: dict[str, Any] = _plain(facts)
    return followed, plain, references


def write_recording(
    followed: Followed, facts: dict[str, Any], folder: Path, references: Sequence[References] = (), *, figures: bool = True
) -> None:
    """Write the tables as Parquet, the tracks as CSV too, report.json, and a map unless not wanted, into `folder`, made if absent."""
    followed.tables.write(folder)
    _write_csv(followed, folder / "tracks.csv")
    (folder / "report.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if figures:
        from dowding.plots.recording_map import recording_figure
        from dowding.plots.style import write

        shown = (references[0].name, references[0].time, references[0].position) if references else None
        figure = recording_figure(followed.tables, plot_places(followed), shown, title=followed.plots.recording.path.name)
        write(figure, folder / "map", ("png", "svg"))


def _write_csv(followed: Followed, path: Path) -> None:
    """Confirmed tracks with who they are, for spreadsheets."""
    tracks, who = followed.tables["tracks"], followed.tables["identities"]
    rows = np.flatnonzero(tracks["confirmed"])
    at = np.searchsorted(who["track"], tracks["track"][rows])
    velocity = [f"velocity_{axis}_mps" for axis in ("east", "north", "up")]
    columns = ("time_s", "track", "latitude_deg", "longitude_deg", "altitude_m", *velocity)
    digits = {"time_s": 4, "latitude_deg": 7, "longitude_deg": 7}
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*columns, "address", "callsign", "mode_3a"]) + "\n")
        words = zip(*(who[name][at] for name in ("address", "callsign", "mode_3a")), strict=True)
        numbers = zip(*(tracks[name][rows].tolist() for name in columns), strict=True)
        for row, names in zip(numbers, words, strict=True):
            values = zip(columns, row, strict=True)
            file.write(",".join(f"{v:.{digits.get(name, 2)}f}" if isinstance(v, float) else str(v) for name, v in values))
            file.write("," + ",".join(str(name).replace(",", " ") for name in names) + "\n")


def _plain(value: Any) -> Any:
    """Numbers to six digits, NaN and infinity as None, all the way down."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
