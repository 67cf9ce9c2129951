"""The tables of a run, held against their contract (`dowding.contract`); Parquet in and out.

A table in memory is a dict of equally long NumPy arrays. There are no nulls: a missing number is NaN, a missing row number -1,
a missing word "". Angles are radians, azimuth clockwise from north; east, north and up are theatre metres; times are seconds
after the scenario's start.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dowding.contract import TABLES as TABLES
from dowding.errors import TableError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Columns = dict[str, NDArray[Any]]


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
        import duckdb  # here, for 15 MB and some of the time of a start: maps and checks of scenarios need none of it

        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(config={"threads": 1}) as connection:
            for name, columns in self.data.items():
                write_parquet(connection, name, columns, folder / f"{name}.parquet")
        for file, content in (("summary.json", self.summary), ("provenance.json", self.provenance)):
            if content:
                (folder / file).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if self.scenario_text:
            (folder / "scenario.toml").write_text(self.scenario_text, encoding="utf-8")


def write_parquet(connection: "DuckDBPyConnection", name: str, columns: Mapping[str, NDArray[Any]], path: Path) -> None:
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


def write_columns(connection: "DuckDBPyConnection", columns: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write plain columns of numbers without a contract. Equal columns give equal bytes."""
    connection.register("columns_to_write", {name: np.ascontiguousarray(values) for name, values in columns.items()})
    connection.execute(f"copy (from columns_to_write) to {quoted(str(path))} (format parquet, compression zstd)")
    connection.unregister("columns_to_write")


def read_parquet(path: Path, name: str | None = None) -> Columns:
    """Read one Parquet file as a dict of arrays; with `name`, held against that table's contract."""
    import duckdb

    if not path.is_file():
        raise TableError(f"{path}: no such file", hint="a run folder holds detections.parquet, tracks.parquet and others")
    try:
        with duckdb.connect(config={"threads": 1}) as connection:
            found = connection.execute(f"from read_parquet({quoted(str(path))})").fetchnumpy()
    except duckdb.Error as error:
        raise TableError(f"{path}: not a readable Parquet file ({str(error).splitlines()[0]})") from None
    columns = {k: np.asarray(np.ma.filled(v, np.nan) if np.ma.isMaskedArray(v) and v.dtype.kind == "f" else v) for k, v in found.items()}
    return check(name, columns) if name else columns


def read_run(folder: str | Path) -> Tables:
    """Read a run folder back: tables, summary, provenance and resolved scenario."""
    folder = Path(folder)
    if not (folder / "summary.json").is_file():
        raise TableError(f"{folder}: not a run folder, summary.json is missing", hint="`dowding run --out DIR` makes one")
    data = {name: read_parquet(folder / f"{name}.parquet", name) for name in TABLES if (folder / f"{name}.parquet").is_file()}
    summary, provenance = (json.loads((folder / f).read_text(encoding="utf-8")) for f in ("summary.json", "provenance.json"))
    return Tables(data, summary, provenance, (folder / "scenario.toml").read_text(encoding="utf-8"))
