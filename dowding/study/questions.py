"""Asking a study's folder: SQL over its replicates, and columns of measures for the answers. Reads files; runs nothing."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from dowding.errors import StudyError
from dowding.study.manifest import manifest_of
from dowding.study.spans import Span, spans_in
from dowding.tables import Columns, quoted

if TYPE_CHECKING:
    from dowding.study.plan import Plan
    from dowding.study.statistics import Kind

Reals = NDArray[np.float64]

PART_FILE = re.compile(r"[^'\"\s]*\d+-\d+-\d+\.parquet")
CERTAIN = "flown"  # the count that the scenario fixes


def connect(folder: Path, replicates: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection with the views `replicates` (one row each: point, variant, hypothesis, factors, measures, wall_s) and `points`.

    Only replicates that count are there: those before the study stopped, or before `replicates`. Raises StudyError.
    """
    manifest, spans = manifest_of(folder), spans_in(folder / "parts")
    if not spans:
        raise StudyError(f"{folder}: no replicate is finished yet", hint="run the study first, with the same folder as --out")
    connection = duckdb.connect()
    _make_points(connection, manifest)
    most = min(replicates or 2**62, manifest["stopped_at"] or 2**62, manifest["replicates"])
    with reading(folder):
        connection.execute(
            f"""create view replicates as
            select * from points join ({_every_part(folder / "parts", spans)}) as measured using (point)
            join ({_every_part(folder / "times", spans)}) as spent using (point, replicate) where replicate < {most}"""
        )
    return connection


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn what part files that are damaged or gone give into a sentence."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException) as failure:
        found = PART_FILE.search(str(failure))
        raise StudyError(
            f"{found[0] if found else folder}: a part of the study is missing, cut short or damaged",
            hint="the study's own command with the same folder finds such parts and does them again",
        ) from None


def _every_part(place: Path, spans: Sequence[Span]) -> str:
    """SQL for the rows of all part files; those of one point have the same columns, so that only the first of each is looked into."""
    by_point: dict[int, list[str]] = {}
    for span in spans:
        by_point.setdefault(span.point, []).append(quoted(str(place / span.file)))
    return " union all by name ".join(f"from read_parquet([{', '.join(files)}])" for files in by_point.values())


def _make_points(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> None:
    """The table of points: one column for each factor."""
    points = manifest["points"]
    factors = list(points[0]["factors"]) if points else []
    columns = ["point integer", "variant varchar", "hypothesis varchar"]
    for name in factors:
        values = [p["factors"][name] for p in points]
        kind = "double" if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values) else "varchar"
        columns.append(f'"{name}" {kind}')
    connection.execute(f"create table points ({', '.join(columns)})")
    rows = [[p["number"], p["variant"], p["hypothesis"], *(p["factors"][name] for name in factors)] for p in points]
    connection.executemany(f"insert into points values ({', '.join('?' * len(columns))})", rows)


def query_study(folder: Path | str, sql: str) -> duckdb.DuckDBPyRelation:
    """The answer to a question in SQL, as a DuckDB relation: `.df()`, `.pl()`, `.to_arrow_table()`, `.fetchall()`. Raises StudyError."""
    connection = connect(Path(folder))
    try:
        with reading(Path(folder)):
            relation = connection.sql(sql)
    except duckdb.Error as failure:
        raise StudyError(
            f"the query cannot be answered: {str(failure).strip()}",
            hint='such as "select variant, avg(leaked) from replicates group by variant"',
        ) from None
    if relation is None:
        raise StudyError("the query gives no rows", hint="it must be a select")
    return relation


def measures_in(folder: Path) -> list[str]:
    """Names of the measures that a study's folder holds."""
    with connect(folder) as connection:
        names = [str(row[0]) for row in connection.execute("describe replicates").fetchall()]
        keys = {"point", "variant", "hypothesis", "replicate", "wall_s", *manifest_of(folder)["points"][0]["factors"]}
    return [name for name in names if name not in keys]


def measure(connection: duckdb.DuckDBPyConnection, expression: str, points: Sequence[int]) -> dict[int, Reals]:
    """A measure, a column or an expression of columns such as `leaked = 0`, by point, in order of replicates. Raises StudyError."""
    listed = ", ".join(str(p) for p in points)
    asked = f"select point, cast(({expression}) as double) as value from replicates where point in ({listed}) order by point, replicate"
    try:
        with reading(Path("parts")):
            found: Columns = connection.execute(asked).fetchnumpy()
    except duckdb.Error as failure:
        raise _cannot(expression, str(failure)) from None
    number = np.asarray(found["point"])
    values = np.asarray(np.ma.filled(np.ma.asarray(found["value"], np.float64), np.nan))
    return {p: values[number == p] for p in points}


def check_measures(expressions: Sequence[str], manifest: Mapping[str, Any], rows: Iterable[Columns]) -> None:
    """Raises StudyError for a measure that the columns of these rows, one for each point, do not give; takes no more rows than it needs."""
    known: Columns = {}
    refused: tuple[str, str] | None = None
    factors = {str(name).lower(): str(name) for name in manifest["points"][0]["factors"]}
    for row in rows:
        if same := [name for name in row if name.lower() in factors]:
            raise StudyError(f"the factor {factors[same[0].lower()]!r} has a measure's name", hint="give it a name of its own")
        known |= row
        refused = _refused(expressions, manifest, known)
        if refused is None:
            return
    if refused is not None:
        from dowding.scenario.faults import nearest

        raise _cannot(*refused, nearest(refused[0], sorted(known)))


def _refused(expressions: Sequence[str], manifest: Mapping[str, Any], known: Columns) -> tuple[str, str] | None:
    """The first expression that these columns do not give, and why."""
    columns = ", ".join(f'"{name}" {"float" if values.dtype.kind == "f" else "integer"}' for name, values in known.items())
    with duckdb.connect(config={"threads": 1}) as connection:
        _make_points(connection, manifest)
        connection.execute(f"create table measured (point integer, replicate bigint, wall_s float, {columns})")
        connection.execute("create view replicates as select * from points join measured using (point)")
        for expression in expressions:
            try:
                connection.execute(f"select cast(({expression}) as double) from replicates")
            except duckdb.Error as failure:
                return expression, str(failure)
    return None


def _cannot(expression: str, failure: str, hint: str = "") -> StudyError:
    return StudyError(
        f"measure {expression!r} cannot be computed: {failure.splitlines()[0].removeprefix('Binder Error: ')}",
        hint=hint or "`dowding study measures FOLDER` lists the columns; expressions such as `leaked = 0` work too",
    )


def kind_of(connection: duckdb.DuckDBPyConnection, expression: str) -> "Kind":
    """What a measure is, however its values came out: a question, such as `leaked = 0`, is a rate; whole numbers are counts."""
    found = connection.execute(f"select typeof({expression}) from replicates limit 1").fetchone()
    told = "" if found is None else str(found[0])
    if told == "BOOLEAN":
        return "rate"
    return "count" if told.endswith(("INT", "INTEGER")) and expression != CERTAIN else "quantity"


def answer_columns(folder: Path, plan: "Plan", replicates: int | None = None) -> tuple[Reals, Reals | None]:
    """The study's answer, replicate by replicate: (of its variant, of the one it is held against or None where there is only one).

    Hypotheses are weighed by their probabilities, factors evenly.
    """
    answer, names = plan.study.answer, [v.name for v in plan.study.variant] or ["base"]
    first, second = answer.variant or names[-1], answer.against or names[0]
    with connect(folder, replicates) as connection:
        mine = weighed(plan, connection, answer.measure, first)
        return mine, None if first == second else weighed(plan, connection, answer.measure, second)


def weighed(plan: "Plan", connection: duckdb.DuckDBPyConnection, expression: str, variant: str) -> Reals:
    """A measure of one variant (replicate,), averaged over hypotheses by probability and over factors evenly.

    A measure without a value in some replicate (a range at which nothing was seen) is NaN there.
    """
    chosen = [p for p in plan.points if p.variant == variant]
    probability = {h.name: h.probability for h in plan.study.hypothesis}
    weights = np.array([probability.get(p.hypothesis, 1.0) for p in chosen])
    values = measure(connection, expression, [p.number for p in chosen])
    length = min(len(v) for v in values.values())
    stacked = np.stack([values[p.number][:length] for p in chosen])
    shares: Reals = weights / weights.sum()
    return np.asarray(shares[shares > 0.0] @ stacked[shares > 0.0])
