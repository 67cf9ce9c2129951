"""State vectors of the OpenSky Network, CSV or Parquet, and tables like them: position reports.

Columns go by the network's names and by those that the `traffic` library gives them; a name fixes its unit. Times are seconds after
1970 or ISO dates.
"""

import csv
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import RecordingError
from dowding.formats.damage import Losses
from dowding.formats.reports import FOOT, FOOT_A_MINUTE, KNOT, Columns, typed

ROWS = 50_000  # in a piece
STALE_S = 3600.0  # a last position this far from its state vector is in another unit or of another flight
DEGREE = math.pi / 180.0


class Known(NamedTuple):
    """What a column of theirs is: ours, and the factor to its unit; 0 for words."""

    ours: str
    factor: float


# OpenSky REST API and historical database (docs of the OpenSky Network); traffic, structure of its data frames
NAMES = {
    "time": Known("time_s", 1.0), "time_position": Known("time_s", 1.0), "timestamp": Known("time_s", 1.0),
    "lastposupdate": Known("position_time", 1.0), "last_position": Known("position_time", 1.0),
    "icao24": Known("identity", 0.0), "callsign": Known("callsign", 0.0), "squawk": Known("mode_3a", 0.0),
    "lat": Known("latitude_deg", 1.0), "latitude": Known("latitude_deg", 1.0),
    "lon": Known("longitude_deg", 1.0), "longitude": Known("longitude_deg", 1.0),
    "geoaltitude": Known("geometric_m", 1.0), "geo_altitude": Known("geometric_m", 1.0),
    "baroaltitude": Known("pressure_m", 1.0), "baro_altitude": Known("pressure_m", 1.0), "altitude": Known("pressure_m", FOOT),
    "velocity": Known("speed_mps", 1.0), "groundspeed": Known("speed_mps", KNOT),
    "heading": Known("course_rad", DEGREE), "true_track": Known("course_rad", DEGREE), "track": Known("course_rad", DEGREE),
    "vertrate": Known("climb_mps", 1.0), "vertical_rate": Known("climb_mps", FOOT_A_MINUTE),
}  # fmt: skip
NEEDED = ("time_s", "identity", "latitude_deg", "longitude_deg")


class OpenSkyRecording:
    """A table of state vectors: iterate once for its position reports, a piece at a time."""

    def __init__(self, path: Path | str, rows: int = ROWS) -> None:
        self.path = Path(path)
        self.losses = Losses("line")
        self.rows = 0  # read, with and without a position
        self._piece = rows

    def __iter__(self) -> Iterator[Columns]:
        if not self.path.is_file():
            raise RecordingError(f"{self.path}: no such file")
        with self.path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        for places, columns in self._parquet() if is_parquet else self._lines():
            reports = self._reports(places, columns)
            if len(reports["time_s"]):
                yield reports

    def _known(self, header: list[str]) -> dict[str, Known]:
        known = {name: NAMES[name.strip().lower()] for name in header if name.strip().lower() in NAMES}
        if "vertical_rate" in known and "velocity" in known:
            known["vertical_rate"] = Known("climb_mps", 1.0)  # the REST API's, in m/s
        missing = [name for name in NEEDED if name not in {k.ours for k in known.values()}]
        if missing:
            theirs = [name for name, k in NAMES.items() if k.ours == missing[0]]
            raise RecordingError(f"{self.path}: no column {theirs[0]}", hint=f"it may be called {' or '.join(theirs)}")
        return known

    def _lines(self) -> Iterator[tuple[NDArray[np.int64], dict[str, NDArray[Any]]]]:
        """Pieces of a CSV file; a line that does not fit is noted."""
        with self.path.open(encoding="utf-8", errors="replace", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            known = self._known(header)
            ours = [(number, known[name]) for number, name in enumerate(header) if name in known]
            readers = [(number, k.ours, _reader(k)) for number, k in ours]
            places: list[int] = []
            values: list[list[Any]] = []
            for row in self._rows_of(reader):
                line = reader.line_num
                if len(row) != len(header):
                    self.losses.add(line, 0, "not as many fields as the header")
                    continue
                try:
                    values.append([read(row[number]) for number, _, read in readers])
                except ValueError:
                    self.losses.add(line, 0, "a field does not fit")
                    continue
                places.append(line)
                if len(places) >= self._piece:
                    yield np.array(places), _by_name(readers, values)
                    places, values = [], []
            if places:
                yield np.array(places), _by_name(readers, values)

    def _rows_of(self, reader: Any) -> Iterator[list[str]]:
        """Rows of a CSV file that are not empty; one that is no CSV is noted."""
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self.losses.add(reader.line_num, 0, "not CSV")
                continue
            if row:
                yield row

    def _parquet(self) -> Iterator[tuple[NDArray[np.int64], dict[str, NDArray[Any]]]]:
        """Pieces of a Parquet file."""
        import duckdb

        source = f"read_parquet('{str(self.path).replace(chr(39), chr(39) * 2)}', file_row_number = true)"
        try:
            with duckdb.connect(config={"threads": 1}) as connection:
                kinds = {str(row[0]): str(row[1]) for row in connection.execute(f"describe from {source}").fetchall()}
                known = self._known(list(kinds))
                count = int((connection.execute(f"select count(*) from {source}").fetchone() or (0,))[0])
                chosen = ", ".join(f"{_sql(name, kinds[name])} as {k.ours}_{n}" for n, (name, k) in enumerate(known.items()))
                for first in range(0, count, self._piece):
                    where = f"where file_row_number >= {first} and file_row_number < {first + self._piece}"
                    found = connection.execute(f"select file_row_number, {chosen} from {source} {where}").fetchnumpy()
                    yield np.asarray(found.pop("file_row_number")) + 1, _scaled(known, found)
        except duckdb.Error as error:
            raise RecordingError(f"{self.path}: not a readable Parquet file ({str(error).splitlines()[0]})") from None

    def _reports(self, places: NDArray[np.int64], columns: dict[str, NDArray[Any]]) -> Columns:
        self.rows += len(places)
        is_new = np.ones(len(places), bool)
        if "position_time" in columns:
            # a state vector repeats the last position until another comes; its time is that of the position
            is_told = np.abs(columns["position_time"] - columns["time_s"]) < STALE_S
            columns["time_s"] = np.where(is_told, columns["position_time"], columns["time_s"])
            keys = np.array([f"{i} {t}" for i, t in zip(columns["identity"], columns["time_s"], strict=True)])
            is_new = ~is_told
            is_new[np.unique(keys, return_index=True)[1]] = True
        on_earth = (np.abs(columns["latitude_deg"]) <= 90) & (np.abs(columns["longitude_deg"]) <= 180)
        geometric, pressure = (columns.get(name, np.full(len(places), np.nan)) for name in ("geometric_m", "pressure_m"))
        columns["geometric"] = np.isfinite(geometric)
        columns["altitude_m"] = np.where(columns["geometric"], geometric, pressure)
        columns["identity"] = columns["address"] = np.char.upper(columns["identity"].astype(str))
        chosen = on_earth & np.isfinite(columns["time_s"]) & is_new
        return typed({name: values[chosen] for name, values in (columns | {"place": places}).items()})


def _reader(known: Known) -> Callable[[str], Any]:
    """Turns a field's text into a value; ValueError if it cannot."""
    if known.factor == 0.0:
        return _word
    if known.ours == "time_s":
        return _time
    factor = known.factor

    def number(text: str) -> float:
        value = float(text) if text not in ("", "NULL", "None", "null") else math.nan
        return value * factor

    return number


def _word(text: str) -> str:
    return "" if text in ("NULL", "None", "null", "nan") else text.strip().removesuffix(".0")


def _time(text: str) -> float:
    if text[:5].count("-") or "T" in text:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return float(text)


def _sql(name: str, kind: str) -> str:
    """A column as a number or a word."""
    quoted = '"' + name.replace('"', '""') + '"'
    if NAMES[name.strip().lower()].factor == 0.0:
        return f"coalesce(cast({quoted} as varchar), '')"
    if kind.startswith("TIMESTAMP"):
        return f"epoch({quoted})"
    return f"coalesce(try_cast({quoted} as double), 'nan'::double)"


def _by_name(readers: list[tuple[int, str, Callable[[str], Any]]], values: list[list[Any]]) -> dict[str, NDArray[Any]]:
    """Rows as columns; of two that mean the same the first counts."""
    out: dict[str, NDArray[Any]] = {}
    for (_, ours, _), column in zip(readers, zip(*values, strict=True), strict=True):
        out.setdefault(ours, np.array(column))
    return out


def _scaled(known: dict[str, Known], found: dict[str, Any]) -> dict[str, NDArray[Any]]:
    out: dict[str, NDArray[Any]] = {}
    for n, k in enumerate(known.values()):
        values = np.ma.filled(found[f"{k.ours}_{n}"], np.nan if k.factor else "")
        out.setdefault(k.ours, np.char.strip(values.astype(str)) if k.factor == 0.0 else values.astype(np.float64) * k.factor)
    return out


def read(path: Path | str, rows: int = ROWS) -> OpenSkyRecording:
    """A table of state vectors, to be iterated for its reports in pieces of `rows` rows; RecordingError if it cannot be read."""
    return OpenSkyRecording(path, rows)
