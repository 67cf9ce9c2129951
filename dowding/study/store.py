"""A study's folder: manifest, scenarios, part files and timings; whatever stands in it is whole, for files appear by renaming.

manifest.json     what the numbers depend on, and how far the study is
study.toml        the study, complete
points/0.toml     each point's scenario, complete
parts/0-0-99.parquet, times/0-0-99.parquet
                  measures, and seconds, of replicates 0 to 99 of point 0; joined into larger ones once a point is done
kept/0-7/         full tables of replicate 7 of point 0
"""

import contextlib
import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import tomli_w

from dowding.errors import StudyError
from dowding.scenario import write
from dowding.scenario.writing import without_nothing
from dowding.study.manifest import FORMAT, made_with, manifest_of
from dowding.study.plan import Plan
from dowding.study.spans import Span, spans_in
from dowding.tables import Columns, quoted, write_columns

JOINED_MAX = 1_000_000  # replicates in one joined file
KEYS = ("point", "replicate")


class Store:
    """The folder of a study."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._connection: duckdb.DuckDBPyConnection | None = None  # kept, for opening one takes longer than writing a part

    @property
    def parts(self) -> Path:
        return self.folder / "parts"

    @property
    def times(self) -> Path:
        return self.folder / "times"

    @property
    def manifest_file(self) -> Path:
        return self.folder / "manifest.json"

    def open(self, plan: Plan, command: str) -> dict[str, Any]:
        """Make the folder for a plan, or find that it holds the same study begun; returns the manifest. Raises StudyError."""
        if self.manifest_file.is_file():
            return self._same(plan)
        if self.folder.is_dir() and not self._is_bare():
            raise StudyError(f"{self.folder}: the folder is not empty and holds no study", hint="choose another with --out")
        with writing(self.folder):
            for place in (self.parts, self.times, self.folder / "points"):
                place.mkdir(parents=True, exist_ok=True)
            for point in plan.points:
                write_whole(self.folder / "points" / f"{point.number}.toml", write(point.scenario).encode())
            write_whole(self.folder / "study.toml", _text(plan))
        manifest = {
            "format": FORMAT,
            "identity": plan.identity,
            "made_with": made_with(),
            "command": command,
            "title": plan.study.title,
            "seed": plan.seed,
            "replicates": plan.study.replicates,
            "part": plan.part,
            "points": [
                {"number": p.number, "variant": p.variant, "hypothesis": p.hypothesis, "factors": dict(p.factors)} for p in plan.points
            ],
            "stopped_at": None,
        }
        if plan.saltelli is not None:
            manifest["saltelli"] = {"causes": list(plan.saltelli.causes), "samples": plan.saltelli.samples}
        self.save(manifest)
        return manifest

    def _is_bare(self) -> bool:
        """Whether nothing stands in the folder but what `open` makes before the manifest, as where the disk was full."""
        own = {self.parts, self.times, self.folder / "points", self.folder / "study.toml"}
        return all(place in own or place.name.startswith(".study.toml.") for place in self.folder.iterdir()) and not self.spans()

    def _same(self, plan: Plan) -> dict[str, Any]:
        manifest = manifest_of(self.folder)
        if manifest["made_with"] != made_with():
            version = manifest["made_with"].get("dowding")
            raise StudyError(
                f"{self.folder}: was made by dowding {version} with other code or libraries, so it cannot be gone on with",
                hint="query and report still work; to run on, choose another folder with --out",
            )
        if manifest["identity"] != plan.identity:
            raise StudyError(
                f"{self.folder}: holds another study ({manifest['title'] or 'without a title'}), or this one before it was changed",
                hint="choose another folder with --out",
            )
        if (file := self.folder / "study.toml").read_bytes() != (told := _text(plan)):  # asks something else of the same numbers
            with writing(self.folder):
                write_whole(file, told)
        if manifest["replicates"] != plan.study.replicates:
            manifest["replicates"], manifest["stopped_at"] = max(plan.study.replicates, manifest["replicates"]), None
            self.save(manifest)
        return manifest

    def save(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest, all of it or nothing."""
        with writing(self.folder):
            write_whole(self.manifest_file, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())

    def spans(self) -> list[Span]:
        """What is done, by point and replicate; a part inside a joined file is left out."""
        return spans_in(self.parts)

    def add(self, span: Span, columns: Columns, seconds: Any) -> None:
        """Write one part, atomically; its times first, so that a part never lacks them."""
        number = np.full(span.last - span.first, span.point, np.int32)
        keys: Columns = {"point": number, "replicate": np.arange(span.first, span.last)}
        if self._connection is None:
            self._connection = duckdb.connect(config={"threads": 1})
        with writing(self.folder):
            for place, more in ((self.times, {"wall_s": np.asarray(seconds, np.float32)}), (self.parts, columns)):
                whole, name = place / span.file, place / f".{span.file}.{os.getpid()}"
                try:
                    write_columns(self._connection, keys | more, name)
                    os.replace(name, whole)
                finally:
                    name.unlink(missing_ok=True)  # half of a part, where the disk is full

    def sweep(self) -> None:
        """Remove what writers that died left half written."""
        for place in (self.parts, self.times):
            for leftover in place.glob(".*.parquet.*"):
                leftover.unlink(missing_ok=True)

    def check_parts(self) -> list[str]:
        """Remove parts that cannot be read or are short of rows, and leftovers of writers that died; says which, in sentences."""
        said = []
        self.sweep()
        with duckdb.connect(config={"threads": 1}) as connection:
            for span in self.spans():
                rows = [_rows(connection, place / span.file) for place in (self.parts, self.times)]
                if rows != [span.last - span.first] * 2:
                    said.append(f"{self.parts / span.file}: was cut short or damaged, and is done again")
                    for place in (self.parts, self.times):
                        (place / span.file).unlink(missing_ok=True)
        return said

    def join(self, point: int, replicates: int) -> None:
        """Make the parts of a finished point into as few files as JOINED_MAX allows."""
        spans = [s for s in self.spans() if s.point == point]
        for start in range(0, replicates, JOINED_MAX):
            mine = [s for s in spans if start <= s.first and s.last <= min(start + JOINED_MAX, replicates)]
            if len(mine) < 2:
                continue
            whole = Span(point, mine[0].first, mine[-1].last)
            with writing(self.folder), duckdb.connect(config={"threads": 1}) as connection:
                for place in (self.times, self.parts):
                    files = ", ".join(quoted(str(place / s.file)) for s in mine)
                    temporary = place / f".{whole.file}.{os.getpid()}"
                    joined = f"from read_parquet([{files}]) order by replicate"
                    connection.execute(f"copy ({joined}) to {quoted(str(temporary))} (format parquet, compression zstd)")
                    os.replace(temporary, place / whole.file)
            for span in mine:
                for place in (self.parts, self.times):
                    (place / span.file).unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second process from running a study in the same folder. Raises StudyError."""
        file = self.folder / "running"
        mine = f"{socket.gethostname()} {os.getpid()}"
        with writing(self.folder):
            try:
                with open(file, "x", encoding="utf-8") as out:
                    out.write(mine)
            except FileExistsError:
                if _alive(holder := file.read_text(encoding="utf-8")):
                    raise StudyError(
                        f"{self.folder}: a study is running in this folder ({holder})", hint="wait for it, or choose another with --out"
                    ) from None
                file.write_text(mine, encoding="utf-8")
        try:
            yield
        finally:
            self.sweep()
            file.unlink(missing_ok=True)


def _text(plan: Plan) -> bytes:
    """The study, complete, as it stands in the folder."""
    return tomli_w.dumps(without_nothing(plan.study.model_dump(mode="python"))).encode()


def _rows(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    """Rows of a Parquet file, read through to its last page; -1 for one that cannot be read."""
    try:
        found = connection.execute(f"select count(*), count(columns(*)) from read_parquet({quoted(str(file))})").fetchone()
        return int(found[0]) if found else -1
    except duckdb.Error:
        return -1


def _alive(holder: str) -> bool:
    """Whether the process that a lock names may still run; one on another host may."""
    host, _, number = holder.partition(" ")
    if not number.strip().isdigit():
        return False
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return int(number) != os.getpid()


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into a sentence."""
    try:
        yield
    except (OSError, duckdb.IOException) as failure:
        number = re.search(r'"errno":"(\d+)"', str(failure))  # DuckDB's words are for programmers where it writes beside its own work
        named = os.strerror(int(number[1])) if number else getattr(failure, "strerror", None)
        reason = named or str(failure).splitlines()[0]
        raise StudyError(
            f"{folder}: cannot be written ({reason})", hint="what is finished is kept; the same command goes on from there"
        ) from None


def write_whole(file: Path, content: bytes) -> None:
    """A file that appears whole or not at all."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
