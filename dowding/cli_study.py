"""The command line of studies: `dowding study ...`."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

study = App(
    name="study",
    help="Run a scenario thousands of times, with variants and doubtful figures, and say what decides the answer.",
    help_format="plaintext",
)

Json = Annotated[bool, Parameter(name="--json", negative=(), help="print JSON instead of tables")]


@study.default
def run(
    name: str,
    /,
    *,
    replicates: int | None = None,
    out: Path | None = None,
    workers: int | None = None,
    scheduler: str = "",
    report: bool = True,
    json: Json = False,
) -> None:
    """Run a study, or go on with one that was stopped, and print its answer.

    Parameters
    ----------
    name
        a TOML file, or the name of a bundled study
    replicates
        replicates of each point; left out, the study's own number
    out
        folder of the study; left out, studies/NAME
    workers
        processes; left out, one for each processor
    scheduler
        address of a Dask scheduler, instead of processes here
    report
        write report.html and figures when done
    json
        print the findings as JSON
    """
    from dowding.commands_study import run as command

    command(name, replicates, out, workers, scheduler, report, json)


study.command(run, name="run")


@study.command
def query(folder: Path, sql: str, /, *, json: Json = False) -> None:
    """Ask a study's folder in SQL: the view `replicates` has a row for each replicate of each point.

    Parameters
    ----------
    folder
        the study's folder
    sql
        a select, such as "select variant, avg(leaked) from replicates group by variant"
    """
    from dowding.commands_study import query as command

    command(folder, sql, json)


@study.command
def report(folder: Path, /, *, out: Path | None = None, json: Json = False) -> None:
    """Write a study's report: one page of HTML that needs nothing else, and its figures as PDF and SVG.

    Parameters
    ----------
    folder
        the study's folder
    out
        another folder for the report
    json
        print the findings as JSON
    """
    from dowding.commands_study import report as command

    command(folder, out, json)


@study.command
def rerun(folder: Path, /, *, point: int = 0, replicate: int = 0, out: Path | None = None) -> None:
    """Run one replicate of a study again, alone, hold its measures against the store's, and write its run folder.

    Parameters
    ----------
    folder
        the study's folder
    point
        the point's number, as in the table `points`
    replicate
        the replicate's number
    out
        folder for the run; left out, rerun/POINT-REPLICATE in the study's folder
    """
    from dowding.commands_study import rerun as command

    command(folder, point, replicate, out)


@study.command
def measures(folder: Path, /, *, json: Json = False) -> None:
    """List the measures that a study's folder holds.

    Parameters
    ----------
    folder
        the study's folder
    """
    from dowding.commands_study import measures as command

    command(folder, json)


@study.command(name="list")
def list_studies(*, json: Json = False) -> None:
    """List the bundled studies."""
    from dowding.commands_study import studies as command

    command(json)
