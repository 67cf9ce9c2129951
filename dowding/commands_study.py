"""What the commands of `dowding study` do, once the line is parsed: one function each."""

import os
from pathlib import Path

import numpy as np

from dowding import printing
from dowding.errors import StudyError


def run(name: str, replicates: int | None, out: Path | None, workers: int | None, scheduler: str, report: bool, as_json: bool) -> None:
    """Run a study and print its answer."""
    from dowding.study.answers import findings
    from dowding.study.reading import load_study
    from dowding.study.running import run_study

    study = load_study(name)
    folder = out if out is not None else Path("studies") / Path(name).stem
    beside = Path(name).parent if Path(name).is_file() else Path.cwd()
    with printing.counted("replicates") as progress:
        done = run_study(
            study,
            folder,
            replicates=replicates,
            workers=workers,
            scheduler=scheduler,
            progress=progress,
            command=printing.command_line(),
            beside=beside,
        )
    for sentence in done.said:
        printing.say(sentence)
    if done.stopped:
        printing.say(f"stopped early: {done.stopped}")
    if done.fresh:
        rate = done.fresh / max(done.seconds, 1e-9)
        printing.say(f"{done.fresh:,} replicates in {done.seconds:,.0f} s ({rate:,.1f} a second)")
    found = findings(folder)
    if as_json:
        from dowding.study.answers import as_json as told

        printing.print_json(told(found))
    else:
        printing.print_findings(found)
    if report:
        from dowding.study.report import write_report

        printing.say(f"\nwrote {write_report(folder)}")
    else:
        printing.say(f"\nwrote {folder}")


def query(folder: Path, sql: str, as_json: bool) -> None:
    """Ask a study in SQL."""
    from dowding.study.questions import query_study as ask

    relation = ask(folder, sql)
    names, rows = relation.columns, relation.fetchall()
    if as_json:
        printing.print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        numeric = frozenset(i for i in range(len(names)) if all(isinstance(row[i], int | float) for row in rows))
        printing.print_table(names, [[printing.number(v) if isinstance(v, float) else str(v) for v in row] for row in rows], numeric)


def report(folder: Path, out: Path | None, as_json: bool) -> None:
    """Write a study's report."""
    from dowding.study.report import write_report

    page = write_report(folder, out)
    if as_json:
        from dowding.study.answers import as_json as told
        from dowding.study.answers import findings

        printing.print_json(told(findings(folder)))
    printing.say(f"wrote {page}")


def rerun(folder: Path, point: int, replicate: int, out: Path | None) -> None:
    """Run one replicate again and hold it against the store."""
    from dowding.study.plan import plan_in
    from dowding.study.questions import connect
    from dowding.study.replicates import Replicator, columns_of
    from dowding.study.running import rerun as again

    plan = plan_in(folder)
    if not 0 <= point < len(plan.points):
        raise StudyError(f"--point: got {point}, must be between 0 and {len(plan.points) - 1}")
    if not 0 <= replicate < plan.study.replicates:
        raise StudyError(f"--replicate: got {replicate}, must be between 0 and {plan.study.replicates - 1}")
    place = out if out is not None else folder / "rerun" / f"{point}-{replicate}"
    values = plan.values(plan.quantiles(replicate, replicate + 1))[0]
    row = columns_of([Replicator(plan).row(plan.points[point], int(plan.luck(replicate, replicate + 1)[0]), values)])
    with connect(folder) as connection:
        names = ", ".join(f'"{name}"' for name in row)
        stored = connection.execute(f"select {names} from replicates where point = {point} and replicate = {replicate}").fetchone()
    if stored is None:
        raise StudyError(f"replicate {replicate} of point {point} is not in the store yet")
    different = [
        name
        for (name, value), kept in zip(row.items(), stored, strict=True)
        if not np.array_equal(value[0], np.asarray(np.nan if kept is None else kept, value.dtype), equal_nan=value.dtype.kind == "f")
    ]
    again(plan, point, replicate, printing.command_line()).write(place)
    if different:
        raise StudyError(f"replicate {replicate} of point {point} differs from the store in {', '.join(different)}")
    printing.say(f"all {len(row)} measures equal the store's\nwrote {os.fspath(place)}")


def measures(folder: Path, as_json: bool) -> None:
    """List a study's measures."""
    from dowding.study.questions import measures_in

    names = measures_in(folder)
    if as_json:
        printing.print_json(names)
    else:
        for name in names:
            print(name)


def studies(as_json: bool) -> None:
    """List the bundled studies."""
    from dowding.study.reading import load_study, shipped_studies

    rows = [(name, load_study(name)) for name in shipped_studies()]
    if as_json:
        printing.print_json([{"name": name, "title": study.title, "question": study.question} for name, study in rows])
    else:
        printing.print_table(("name", "title", "question"), [(name, study.title, study.question) for name, study in rows])
