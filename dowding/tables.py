"""The contract between a run and everything after it: each table's columns, their units and meaning; Parquet in and out.

A table in memory is a dict of equally long NumPy arrays. There are no nulls: a missing number is NaN, a missing row number -1,
a missing word "". Angles are radians, azimuth clockwise from north; east, north and up are theatre metres; times are seconds
after the scenario's start.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from dowding.errors import TableError

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Column:
    """One column: its name, type (float, int, bool or word), unit and meaning."""

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table: its meaning and columns."""

    name: str
    meaning: str
    columns: tuple[Column, ...]


def _column(line: str) -> Column:
    name, kind, unit, meaning = (part.strip() for part in line.split("|"))
    return Column(name, kind, unit, meaning)


def _table(name: str, meaning: str, text: str) -> Table:
    return Table(name, meaning, tuple(_column(line) for line in text.strip().splitlines()))


_PLACE = """
{0}latitude_deg  | float | deg | geodetic latitude, WGS-84
{0}longitude_deg | float | deg | longitude
{0}altitude_m    | float | m   | height above the WGS-84 ellipsoid
{0}east_m        | float | m   | theatre east
{0}north_m       | float | m   | theatre north
{0}up_m          | float | m   | theatre up
"""

_VELOCITY = """
velocity_east_mps  | float | m/s | theatre velocity, east
velocity_north_mps | float | m/s | theatre velocity, north
velocity_up_mps    | float | m/s | theatre velocity, up
"""


def _place(prefix: str = "") -> str:
    return _PLACE.format(prefix).strip()


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "targets",
            "what flew, one row a target, and how it ended",
            """
target   | int  | - | row number, from 0
flight   | word | - | name of its flight in the scenario
entry    | word | - | catalogue entry
class    | word | - | aircraft, helicopter, drone, cruise_missile or ballistic_missile
side     | word | - | its side
asset    | word | - | name of the asset that it flies at, "" for none
depart_s | float | s | when it enters the scene
first_detected_s | float | s | first detection by a sensor of another side, or of any where identification is modelled, strobes aside
first_detected_range_m | float | m | slant range from that sensor
first_detected_by | word | - | name of that sensor
first_tracked_s | float | s | first confirmed track that its detections feed, NaN for never
first_tracked_range_m | float | m | slant range from the sensor of the detection that confirmed it
first_engaged_s | float | s | first launch against such a track, NaN for never
first_engaged_range_m | float | m | slant range from the launching fire unit at that time
shots  | int   | - | interceptors whose intercept was tried on it
fate   | word  | - | killed, leaked (reached its asset), survived (flew its route) or flying (when the run ended)
fate_s | float | s | when
reason | word  | - | why it got through: silent (only receivers were there, and it radiated nothing that they hear), never detected, \
never tracked, held fire, not identified, taken for a friend, no fire-control track, \
not in the envelope, too late, no channel, no round, missed; "" if killed
""",
        ),
        _table(
            "sensors",
            "the sensors, one row each",
            f"""
sensor | int  | - | row number, from 0
name   | word | - | its name: fire unit and radar, or the stand-alone sensor's
radar  | word | - | catalogue entry, of a radar or receiver
kind   | word | - | radar, direction_finder, secondary or ads_b
unit   | word | - | name of the fire unit it belongs to, "" for none
side   | word | - | its side
picture | int | - | number of the picture that its detections feed
moves | bool | - | it flies; its place is that where it begins, and others are in dwells
{_place()}
period_s | float | s | time between two looks in one direction
dwells   | int   | - | parts that a scan is cut into
boresight_rad | float | rad | centre of its sector
half_sector_rad | float | rad | half its sector, pi for all round
elevation_min_rad | float | rad | lowest elevation
elevation_max_rad | float | rad | highest elevation
range_min_m | float | m | nearest range
range_max_m | float | m | instrumented range
measures_elevation | bool | - | 3-D
measures_range_rate | bool | - | Doppler
clutter_density | float | 1/(m rad^k) | false alarms in a scan by unit of measurement space \
(range, azimuth, elevation if measured, range rate if measured)
""",
        ),
        _table(
            "truth",
            "where every target is, at a fixed interval",
            f"""
time_s | float | s | time
target | int   | - | row in targets
{_place()}
{_VELOCITY.strip()}
""",
        ),
        _table(
            "dwells",
            "each part of each scan, with or without detections, and where its sensor is at its end",
            f"""
dwell  | int   | - | row number, from 0
sensor | int   | - | row in sensors
start_s | float | s | begin
end_s  | float | s | end, when its detections are reported
azimuth_start_rad | float | rad | first azimuth covered
azimuth_end_rad   | float | rad | last azimuth covered, clockwise from the first
detections | int | - | number reported
boresight_rad | float | rad | centre of the sensor's sector then
{_place("sensor_")}
sensor_velocity_east_mps  | float | m/s | theatre velocity of the sensor at the end, east; its axes are those of its place then
sensor_velocity_north_mps | float | m/s | the same, north
sensor_velocity_up_mps    | float | m/s | the same, up
""",
        ),
        _table(
            "detections",
            "what the sensors reported; nothing here says what it came from",
            """
detection | int | - | row number, from 0
dwell  | int   | - | row in dwells
sensor | int   | - | row in sensors
kind   | word  | - | plot (an echo), strobe (a jammer's direction), bearing (an emitter's), reply (of a transponder) or position (broadcast)
time_s | float | s | when the beam passed
range_m | float | m | slant range, NaN for a strobe or bearing
azimuth_rad | float | rad | azimuth at the sensor
elevation_rad | float | rad | elevation at the sensor, NaN when not measured
range_rate_mps | float | m/s | positive outbound, NaN when not measured
snr_db | float | dB | signal-to-noise ratio that the sensor reports
sigma_range_m | float | m | standard error
sigma_azimuth_rad | float | rad | standard error
sigma_elevation_rad | float | rad | standard error
sigma_range_rate_mps | float | m/s | standard error
identity | word | - | what a transponder answered or broadcast, "" for nothing
told_latitude_deg  | float | deg | broadcast position, NaN for none
told_longitude_deg | float | deg | the same
told_altitude_m    | float | m   | altitude that was answered or broadcast, NaN for none
""",
        ),
        _table(
            "origins",
            "what each detection came from; kept apart from the detections, for scoring only",
            """
detection | int | - | row in detections
target    | int | - | row in targets, -1 for a false alarm
true_range_m | float | m | true slant range, NaN for a false alarm
true_azimuth_rad | float | rad | true azimuth
true_elevation_rad | float | rad | true elevation
mean_snr_db | float | dB | signal-to-noise ratio expected from range and cross section
probability | float | - | detection probability of that look
""",
        ),
        _table(
            "looks",
            "sampled looks, hit or not, for holding detection probability against theory",
            """
sensor | int   | - | row in sensors
target | int   | - | row in targets
time_s | float | s | when the beam passed
range_m | float | m | true slant range
mean_snr_db | float | dB | signal-to-noise ratio expected
probability | float | - | detection probability
detected | bool | - | whether it was detected
""",
        ),
        _table(
            "tracks",
            "each update of each track",
            f"""
time_s | float | s | time of the state: of the detection, or of a later one that another sensor reported before
track  | int   | - | track number, from 1
picture | int  | - | whose picture
sensor | int   | - | row in sensors
detection | int | - | row in detections
confirmed | bool | - | confirmed, or still tentative
{_place()}
{_VELOCITY.strip()}
variance_east_m2  | float | m^2 | position variance, east
variance_north_m2 | float | m^2 | position variance, north
variance_up_m2    | float | m^2 | position variance, up
covariance_east_north_m2 | float | m^2 | position covariance
covariance_east_up_m2    | float | m^2 | position covariance
covariance_north_up_m2   | float | m^2 | position covariance
probability_cruise    | float | - | of the nearly-constant-velocity model
probability_manoeuvre | float | - | of the manoeuvring model
probability_ballistic | float | - | of the ballistic model
class | word | - | class judged from the motion
identity | word | - | what a transponder told that feeds it, "" for nothing
nis   | float | - | normalised innovation squared of the update, NaN for the first
nis_dof | int | - | measurement dimension of that update
probability_class_aircraft | float | - | by motion and strength of echoes so far (classification in docs/tracking.md)
probability_class_helicopter_or_drone | float | - | the same
probability_class_cruise_missile | float | - | the same
probability_class_ballistic_missile | float | - | the same
""",
        ),
        _table(
            "shots",
            "every interceptor launched and what came of it",
            f"""
shot | int | - | row number, from 0
unit | word | - | fire unit
interceptor | word | - | catalogue entry
track | int | - | track engaged
decided_s | float | s | when the engagement was ordered
launched_s | float | s | launch
intercept_s | float | s | intercept
{_place("intercept_")}
slant_range_m | float | m | launcher to predicted intercept point
track_age_s | float | s | time since the track's last update, at launch
track_sigma_m | float | m | position error that the track itself gave at launch (root of the largest variance)
kill_probability | float | - | of this shot, 0 where it had no chance
target | int | - | row in targets of what was nearest to the track at intercept, -1 for nothing
miss_m | float | m | distance between that target and the track's estimate then, NaN for nothing
outcome | word | - | kill, miss, nothing there, lost sight, out of reach, lost track, or in flight when the run ended
""",
        ),
        _table(
            "events",
            "the story, in order",
            """
time_s | float | s | when
kind | word | - | first detection, track confirmed, track deleted, engagement, launch, kill, miss, \
asset hit, route flown, or engagement broken off
unit   | word | - | fire unit, "" for none
sensor | word | - | sensor, "" for none
target | int  | - | row in targets, -1 for none
track  | int  | - | track, -1 for none
shot   | int  | - | row in shots, -1 for none
asset  | word | - | asset, "" for none
""",
        ),
        _table(
            "quality",
            "how far each picture was from truth at each instant, as `dowding quality` found",
            """
time_s | float | s | instant
picture | int | - | number of the picture
targets | int | - | targets there
in_sight | int | - | of them, those that one of the picture's sensors detected within its last three scans
tracks | int | - | confirmed tracks there
matched | int | - | pairs of a target and a track
gospa_m | float | m | GOSPA, alpha 2, of all targets
gospa_in_sight_m | float | m | the same without targets that are missed out of sight
ospa_m | float | m | OSPA
localisation | float | m^p | part of gospa_m to the power of the order: errors of matched pairs
missed | float | m^p | part: targets without a track
missed_in_sight | float | m^p | of it, those in sight
false | float | m^p | part: tracks without a target
completeness | float | - | share of targets that a track holds, NaN without targets
ambiguity | float | - | tracks for each target held, NaN without
spuriousness | float | - | share of tracks on no target, NaN without tracks
""",
        ),
        _table(
            "identities",
            "who the tracks of a recording are, by what their plots say; one row a track",
            """
track | int | - | track number
confirmed | bool | - | whether it was ever confirmed
first_s | float | s | its first update
last_s | float | s | its last update
updates | int | - | plots that it took
address | word | - | 24-bit aircraft address in hexadecimal, "" for none
callsign | word | - | callsign, "" for none
mode_3a | word | - | code in octal digits, "" for none
share | float | - | part of its plots with an identity (address, otherwise code) that agree on the commonest, NaN without any
""",
        ),
        _table(
            "coverage",
            "how far each sensor sees each kind of target, by altitude",
            """
sensor | int  | - | row in sensors
entry  | word | - | catalogue entry of the target, nose on
altitude_m | float | m | target's height above the ellipsoid
range_m | float | m | ground range at which detection probability is one half, horizon and instrumented range included
""",
        ),
    )
}

_NUMPY = {"float": np.float64, "int": np.int64, "bool": np.bool_, "word": np.object_}


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def empty(name: str) -> Columns:
    """Table `name` without rows."""
    return {c.name: np.empty(0, _NUMPY[c.type]) for c in TABLES[name].columns}


def check(name: str, columns: Mapping[str, NDArray[Any]]) -> Columns:
    """The columns of table `name`, in the contract's order and types; TableError if one is missing or lengths differ."""
    spec = TABLES[name]
    missing = [c.name for c in spec.columns if c.name not in columns]
    if missing:
        raise TableError(f"table {name}: column {missing[0]} is missing; it needs {', '.join(c.name for c in spec.columns)}")
    out: Columns = {c.name: np.asarray(columns[c.name], dtype=_NUMPY[c.type]) for c in spec.columns}
    if len({len(v) for v in out.values()}) > 1:
        raise TableError(f"table {name}: columns differ in length: " + ", ".join(f"{k} {len(v)}" for k, v in out.items()))
    return out


@dataclass(frozen=True)
class Tables(Mapping[str, Columns]):
    """The tables of a run, by name; each a dict of arrays, or a frame of the library that the caller likes."""

    data: dict[str, Columns] = field(repr=False)
    summary: dict[str, Any] = field(default_factory=dict, repr=False)
    provenance: dict[str, Any] = field(default_factory=dict, repr=False)
    scenario_text: str = field(default="", repr=False)

    def __getitem__(self, name: str) -> Columns:
        if name not in self.data:
            raise TableError(f"no table {name!r} in this run; there are {', '.join(self.data)}")
        return self.data[name]

    def __contains__(self, name: object) -> bool:
        return name in self.data

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def pandas(self, name: str) -> Any:
        """Table `name` as a pandas DataFrame (pandas must be installed)."""
        import pandas as pd

        return pd.DataFrame(self[name])

    def polars(self, name: str) -> Any:
        """Table `name` as a Polars DataFrame (polars must be installed)."""
        import polars as pl

        return pl.DataFrame({k: v.tolist() if v.dtype == object else v for k, v in self[name].items()})

    def arrow(self, name: str) -> Any:
        """Table `name` as an Arrow table (pyarrow must be installed)."""
        import pyarrow as pa

        return pa.table({k: pa.array(v) for k, v in self[name].items()})

    def write(self, folder: Path) -> None:
        """Write tables as Parquet, and summary, provenance and resolved scenario where there are any, into `folder`, made if absent."""
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(config={"threads": 1}) as connection:
            for name, columns in self.data.items():
                write_parquet(connection, name, columns, folder / f"{name}.parquet")
        for file, content in (("summary.json", self.summary), ("provenance.json", self.provenance)):
            if content:
                (folder / file).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if self.scenario_text:
            (folder / "scenario.toml").write_text(self.scenario_text, encoding="utf-8")


def write_parquet(connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write one table; units and meanings go into the file's key-value metadata. Equal columns give equal bytes."""
    checked = check(name, columns)
    arrays, select = {}, []
    for c in TABLES[name].columns:
        values = checked[c.name]
        if c.type == "word":
            words, codes = np.unique(values.astype(str), return_inverse=True)
            arrays[c.name] = codes.astype(np.int32)
            listed = ", ".join(quoted(str(w)) for w in words) or "''"
            select.append(f'([{listed}])["{c.name}" + 1] as "{c.name}"')
        else:
            arrays[c.name] = np.ascontiguousarray(values)
            select.append(f'"{c.name}"')
    about = {c.name: {"unit": c.unit, "meaning": c.meaning} for c in TABLES[name].columns}
    metadata = f"{{dowding_table: {quoted(name)}, dowding_columns: {quoted(json.dumps(about))}}}"
    connection.register("table_to_write", arrays)
    options = f"format parquet, compression zstd, kv_metadata {metadata}"
    connection.execute(f"copy (select {', '.join(select)} from table_to_write) to {quoted(str(path))} ({options})")
    connection.unregister("table_to_write")


def write_columns(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write plain columns of numbers without a contract. Equal columns give equal bytes."""
    connection.register("columns_to_write", {name: np.ascontiguousarray(values) for name, values in columns.items()})
    connection.execute(f"copy (from columns_to_write) to {quoted(str(path))} (format parquet, compression zstd)")
    connection.unregister("columns_to_write")


def read_parquet(path: Path, name: str | None = None) -> Columns:
    """Read one Parquet file as a dict of arrays; with `name`, held against that table's contract."""
    if not path.is_file():
        raise TableError(f"{path}: no such file", hint="a run folder holds detections.parquet, tracks.parquet and others")
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            found = connection.execute(f"from read_parquet({quoted(str(path))})").fetchnumpy()
    except duckdb.Error as error:
        raise TableError(f"{path}: not a readable Parquet file ({str(error).splitlines()[0]})") from None
    columns = {k: np.asarray(np.ma.filled(v, np.nan) if np.ma.isMaskedArray(v) and v.dtype.kind == "f" else v) for k, v in found.items()}
    return check(name, columns) if name else columns


def read_run(folder: Path) -> Tables:
    """Read a run folder back: tables, summary, provenance and resolved scenario."""
    if not (folder / "summary.json").is_file():
        raise TableError(f"{folder}: not a run folder, summary.json is missing", hint="`dowding run --out DIR` makes one")
    data = {name: read_parquet(folder / f"{name}.parquet", name) for name in TABLES if (folder / f"{name}.parquet").is_file()}
    summary, provenance = (json.loads((folder / f).read_text(encoding="utf-8")) for f in ("summary.json", "provenance.json"))
    return Tables(data, summary, provenance, (folder / "scenario.toml").read_text(encoding="utf-8"))
