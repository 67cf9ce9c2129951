"""What the commands do, once the line is parsed: one function each."""

import json
import math
from collections.abc import Sequence
from contextlib import nullcontext
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dowding import printing
from dowding.catalogue import Entry
from dowding.catalogue.schema import Kind
from dowding.drawing import Beside
from dowding.errors import CatalogueError, CoverageError, RecordingError, RunError

if TYPE_CHECKING:
    from dowding.scenario import Scenario
    from dowding.tables import Tables

FIGURES_BESIDE = ("range-height", "timeline")
"""Figures that a second process draws, about half of the work."""


def _folder(out: Path | None, scenario: str, seed: int) -> Path:
    """The run folder: made if absent; one that holds something other than a run is refused."""
    folder = out if out is not None else Path("runs") / f"{Path(scenario).stem}-{seed}"
    try:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / "summary.json").is_file():
            raise RunError(f"{folder}: the folder is not empty and holds no run", hint="choose another with --out")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror})", hint="choose another with --out") from None
    return folder


def _draw(beside: Beside, tables: "Tables", folder: Path, title: str) -> None:
    """Draw the figures, some of them in the process that has been waiting."""
    beside.begin()
    from dowding.plots import DRAWINGS, save_figures

    save_figures(tables, folder, scenario=title, names=tuple(name for name in DRAWINGS if name not in FIGURES_BESIDE))
    if left := beside.missing():
        save_figures(tables, folder, scenario=title, names=left)


def run(scenario: str, seed: int | None, replicate: int, out: Path | None, figures: bool, as_json: bool) -> None:
    """Simulate, print the story, and write the run folder."""
    from dowding.analysis.story import story
    from dowding.scenario import load

    read = load(scenario)
    number = read.seed if seed is None else seed
    if not 0 <= number < 2**63:
        raise RunError(f"--seed: got {number}, must be between 0 and {2**63 - 1}")
    if not 0 <= replicate < 2**32:
        raise RunError(f"--replicate: got {replicate}, must be between 0 and {2**32 - 1}")
    folder = _folder(out, scenario, number)
    drawn = figures and read.output.figures
    with Beside(folder, FIGURES_BESIDE, read.title) if drawn else nullcontext() as beside:
        from dowding.simulation import simulate

        with printing.progress("simulating") as progress:
            tables = simulate(read, number, replicate, progress=progress, command=printing.command_line())
        try:
            tables.write(folder)
            if beside is not None:
                _draw(beside, tables, folder, read.title)
        except OSError as error:
            raise RunError(f"{folder}: cannot be written ({error.strerror})", hint="choose another folder with --out") from None
    if as_json:
        printing.print_json(tables.summary)
    else:
        told = story(tables.summary, [printing.figure_line(f) for f in tables.summary["doubtful"]])
        printing.print_story(f"{read.title or scenario}, seed {number}, replicate {replicate}", told)
    printing.say(f"\nwrote {folder}")


def track(
    source: Path,
    sensors: Sequence[str],
    against: Path | None,
    out: Path | None,
    framing: str,
    port: int | None,
    figures: bool,
    as_json: bool,
    register: bool,
    smooth: bool,
) -> None:
    """Track a run's detections again, or a recording's plots, and write the tracks."""
    if source.is_dir() or source.suffix == ".parquet" or not source.exists():
        for option, value in (("--sensor", sensors), ("--against", against), ("--port", port)):
            if value:
                if not source.exists():
                    raise RecordingError(f"{source}: no such file", hint="give a recording, a file of ASTERIX blocks, or a run folder")
                raise RecordingError(f"{option} is for recordings, and {source} is none", hint="a recording is a file of ASTERIX blocks")
        _track_run(source, out, as_json, register, smooth)
        return
    from dowding.recorded.reporting import track_recording, write_recording
    from dowding.recorded.telling import sentences

    folder = out if out is not None else source.with_name(f"{source.stem}-tracks")
    followed, facts, references = track_recording(source, sensors, against, framing=framing, port=port, register=register, smooth=smooth)
    try:
        write_recording(followed, facts, folder, references, figures=figures)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror})", hint="choose another folder with --out") from None
    if as_json:
        printing.print_json(facts)
    else:
        printing.print_lines("Registration, taken away", facts.get("registered", []))
        for heading, lines in sentences(facts).items():
            printing.print_lines(heading, lines)
    printing.say(f"\nwrote {folder}")


def _track_run(detections: Path, out: Path | None, as_json: bool, register: bool, smooth: bool) -> None:
    from dowding.retracking import retrack
    from dowding.retracking import summary as summarise
    from dowding.tables import Tables

    tracks, found = retrack(detections, registration=register, smooth=smooth)
    folder = out if out is not None else found / "retracked"
    try:
        Tables(tracks.data).write(folder)
        if registered := tracks.summary.get("registered", []):
            (folder / "registration.json").write_text(json.dumps(tracks.summary["registration"], indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror})", hint="choose another folder with --out") from None
    facts = summarise(tracks, found)
    if as_json:
        printing.print_json(facts | {"registration": tracks.summary["registration"]} if registered else facts)
    else:
        printing.print_lines("Registration, taken away", registered)
        printing.print_table(("of the tracks", ""), [(key, printing.number(value)) for key, value in facts.items()], frozenset({1}))
    printing.say(f"\nwrote {folder}")


def quality(folder: Path, tracks: Path | None, out: Path | None, options: dict[str, Any], figures: bool, as_json: bool) -> None:
    """Score a run's pictures against its truth, print and write the numbers, draw the figures."""
    from dowding.analysis.picture_quality import Settings
    from dowding.assessing import read_pictures, write_quality

    tables = read_pictures(folder, tracks)
    where = out if out is not None else folder
    try:
        facts = write_quality(tables, where, Settings(**options), figures=figures, scenario=folder.name, command=printing.command_line())
    except OSError as error:
        raise RunError(f"{where}: cannot be written ({error.strerror})", hint="choose another folder with --out") from None
    if as_json:
        printing.print_json(facts)
    else:
        printing.print_quality(facts)
    printing.say(f"\nwrote {where}")


def explain(folder: Path, out: Path | None, step_s: float, figures: bool, as_json: bool) -> None:
    """Explain a run, print and write the numbers, draw the figures."""
    from dowding.explaining import write_explanation
    from dowding.tables import read_run

    where, line = out if out is not None else folder, printing.command_line()
    run = read_run(folder)
    try:
        title = str(run.summary.get("title", "") or folder.name)
        facts, tables = write_explanation(run, where, step_s, figures=figures, scenario=title, command=line)
    except OSError as error:
        raise RunError(f"{where}: cannot be written ({error.strerror})", hint="choose another folder with --out") from None
    if as_json:
        printing.print_json(facts)
    else:
        printing.print_explanation(facts, tables["chain"])
    printing.say(f"\nwrote {where}")


def _degrees(text: str) -> tuple[float, ...]:
    """Azimuths such as 0,90,225."""
    try:
        azimuths = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        azimuths = (math.nan,)
    if not all(-360.0 <= azimuth <= 360.0 for azimuth in azimuths):
        raise CoverageError(f"--cut-azimuth: got {text!r}, must be degrees clockwise from north", hint="such as 0,90,225")
    return azimuths


def _second(scenario: str, first: "Scenario", against: str | None, withdrawn: str) -> tuple["Scenario | None", str]:
    """The scenario to compare with, and what it is called: another one, or the same without some of its parts."""
    from dowding.scenario import load
    from dowding.survey.withdrawal import without

    if against is not None and withdrawn:
        raise CoverageError("--against and --without: got both, must be one of them", hint="write the change into the second scenario")
    if withdrawn:
        names = [name.strip() for name in withdrawn.split(",") if name.strip()]
        return without(first, names), ", ".join(names)
    if against is None:
        return None, ""
    second = load(against)
    if second == first:
        raise CoverageError(f"--against: got {against!r}, the same scenario again", hint="name another one, or --without NAME")
    return second, Path(against).stem


def coverage(
    scenario: str,
    out: Path | None,
    compared: tuple[str | None, str],
    options: dict[str, Any],
    cut_azimuth: str,
    figures: bool,
    as_json: bool,
) -> None:
    """Map a network's coverage, print its figures, and write the folder.

    `compared` is another scenario, or names of what to leave out of this one; `options` are those of `dowding.coverage`.
    """
    from dowding.scenario import load, resolve

    azimuths, first = _degrees(cut_azimuth), load(scenario)
    second, other_name = _second(scenario, first, *compared)
    target = options["target"] or (f"{options['rcs_m2']:g}m2" if options["rcs_m2"] is not None else "")
    from dowding._jit import announce_compile
    from dowding.survey import coverage as surveys
    from dowding.survey.levels import read_levels
    from dowding.survey.seeking import find_resolved
    from dowding.surveying.folder import ready_folder, write_coverage

    options["altitudes"] = read_levels(options["altitudes"])
    find_resolved(resolve(first), options["target"], options["rcs_m2"])  # a wrong name is told before minutes of compiling
    folder = ready_folder(out if out is not None else Path("coverage") / f"{Path(scenario).stem}-{target or 'target'}")
    announce_compile("fill_rows")
    try:
        with printing.progress("surveying") as tick:
            if second is None:
                mine, other = surveys.coverage(first, **options, tick=tick), None
            else:
                mine, other = surveys.coverages(first, second, **options, tick=tick)
        stem, withdrawn = Path(scenario).stem, compared[1]
        names = (f"with {other_name}", f"without {other_name}") if withdrawn else (stem, other_name)
        line = printing.command_line()
        facts = write_coverage(mine, folder, other, names=names, cut_azimuths_deg=azimuths, figures=figures, command=line)
    except OSError as error:
        raise CoverageError(f"{folder}: cannot be written ({error.strerror})", hint="choose another folder with --out") from None
    if as_json:
        printing.print_json(facts)
    else:
        printing.print_coverage(facts)
    printing.say(f"\nwrote {folder}")


def check(scenario: str) -> None:
    """Print a scenario complete."""
    from dowding.scenario import load, resolve, write

    print(write(resolve(load(scenario))), end="")


def scenarios(as_json: bool) -> None:
    """List the bundled scenarios."""
    from dowding.scenario import load, shipped

    rows: list[dict[str, Any]] = []
    for name in shipped():
        read = load(name)
        rows.append({"name": name, "title": read.title, "duration_s": read.duration_s})
    if as_json:
        printing.print_json(rows)
    else:
        printing.print_table(("name", "title", "duration"), [(r["name"], r["title"], f"{r['duration_s'] / 60:g} min") for r in rows])


def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from dowding.scenario import json_schema

    printing.print_json(json_schema())


def catalogue_list(kind: Kind | None, as_json: bool) -> None:
    """List the catalogue."""
    from dowding.catalogue import Catalogue
    from dowding.catalogue.listing import list_rows

    rows = list_rows(Catalogue.load(), kind)
    if as_json:
        printing.print_json([row._asdict() for row in rows])
    else:
        printing.print_entries(rows)


def _entries(name: str) -> list[Entry]:
    """Every entry of that id or alias, whatever its kind."""
    from dowding.catalogue import KINDS, Catalogue

    catalogue = Catalogue.load()
    found = catalogue.search(name)
    if not found:
        known = [id for kind in KINDS for id in catalogue.ids(kind)]
        close = get_close_matches(name.lower(), known, 3, 0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else "`dowding catalogue` lists them"
        raise CatalogueError(f"{name!r} is not in the catalogue; it has {len(known)} entries", hint=hint)
    return found


def catalogue_show(name: str, as_json: bool) -> None:
    """Show an entry's figures."""
    from dowding.catalogue.listing import show_rows

    rows = [row for entry in _entries(name) for row in show_rows(entry)]
    if as_json:
        printing.print_json([row._asdict() for row in rows])
        return
    for title in dict.fromkeys(row.entry for row in rows):
        printing.print_figures(title, [row for row in rows if row.entry == title])


def catalogue_cite(name: str, as_json: bool) -> None:
    """Print an entry's references."""
    from dowding.catalogue.listing import cite_lines

    lines = [line for entry in _entries(name) for line in cite_lines(entry)]
    if as_json:
        printing.print_json(lines)
    else:
        for line in lines:
            print(line)
