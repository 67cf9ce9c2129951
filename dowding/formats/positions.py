"""Position reports from any file that holds some: ASTERIX, BaseStation, OpenSky, raw Mode S, or a table of tracks or truth of ours."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from dowding.errors import RecordingError
from dowding.formats import mode_s, opensky, reports, sbs
from dowding.formats.asterix.reporting import AsterixReports
from dowding.formats.damage import Losses
from dowding.formats.reports import Columns

Kind = Literal["asterix", "sbs", "opensky", "mode-s", "table"]
MESSAGE = re.compile(rb"^\s*(?:[0-9.]+,)?\*?(?:[0-9A-Fa-f]{28}|[0-9A-Fa-f]{14});?\s*$")


class Reading(Protocol):
    """Reports in pieces, and what could not be read."""

    @property
    def losses(self) -> Losses:
        """What could not be read so far."""
        ...

    def __iter__(self) -> Iterator[Columns]: ...


class OwnTable:
    """The reports in a table of tracks or truth that Dowding wrote; times are those of the run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.losses = Losses("line")

    def __iter__(self) -> Iterator[Columns]:
        from dowding.tables import read_parquet

        t = read_parquet(self.path)
        chosen = t["confirmed"] if "confirmed" in t else np.ones(len(t["time_s"]), bool)
        t = {name: values[chosen] for name, values in t.items()}
        east, north = t["velocity_east_mps"], t["velocity_north_mps"]
        identity = [str(number) for number in t["track" if "track" in t else "target"]]
        named = {"latitude_deg", "longitude_deg", "altitude_m", "time_s"}
        yield reports.typed(
            {name: t[name] for name in named}
            | {
                "identity": identity,
                "geometric": np.ones(len(east), bool),
                "speed_mps": np.hypot(east, north),
                "course_rad": np.arctan2(east, north) % (2.0 * np.pi),
                "climb_mps": t["velocity_up_mps"],
                "place": np.arange(len(east)) + 1,
            }
        )


def kind_of(path: Path) -> Kind:
    """What kind of file this is, by its beginning; RecordingError if it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror})") from None
    if head[:4] == b"PAR1":
        return "table" if {"velocity_east_mps", "latitude_deg"} <= _columns(path) else "opensky"
    lines = head.split(b"\n")[:-1] or [head]
    if any(line.split(b",")[0] in (b"MSG", b"SEL", b"AIR", b"STA", b"CLK") for line in lines):
        return "sbs"
    if b"icao24" in lines[0].lower():
        return "opensky"
    if any(MESSAGE.match(line) for line in lines):
        return "mode-s"
    return "asterix"


def _columns(path: Path) -> set[str]:
    import duckdb

    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            source = str(path).replace("'", "''")
            return {str(row[0]) for row in connection.execute(f"describe from read_parquet('{source}')").fetchall()}
    except duckdb.Error as error:
        raise RecordingError(f"{path}: not a readable Parquet file ({str(error).splitlines()[0]})") from None


def read(path: Path | str, **options: Any) -> Reading:
    """The position reports of a file in pieces, whatever its kind; options go to the reader. Raises RecordingError."""
    path = Path(path)
    kind = kind_of(path)
    if kind == "sbs":
        return sbs.read(path, **options)
    if kind == "opensky":
        return opensky.read(path, **options)
    if kind == "mode-s":
        return mode_s.read(path, **options)
    if kind == "table":
        return OwnTable(path)
    return AsterixReports(path, **options)


def load(path: Path | str, **options: Any) -> tuple[Columns, Losses]:
    """All position reports of a file, and what could not be read; RecordingError if it holds none."""
    reading = read(path, **options)
    found = reports.joined(list(reading))
    if not len(found["time_s"]):
        lost = f"; {reading.losses.total} places could not be read" if reading.losses.total else ""
        raise RecordingError(f"{path}: holds no position reports{lost}", hint="ADS-B, system tracks, or a table of tracks are needed")
    return found, reading.losses
