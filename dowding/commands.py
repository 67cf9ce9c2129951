"""What the commands do, once the line is parsed: one function each."""

import json
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
) -> None:
    """Track a run's detections again, or a recording's plots, and write the tracks."""
    if source.is_dir() or source.suffix == ".parquet" or not source.exists():
        for option, value in (("--sensor", sensors), ("--against", against), ("--port", port)):
            if value:
                raise RecordingError(f"{option} is for recordings, and {source} is none", hint="a recording is a file of ASTERIX blocks")
        _track_run(source, out, as_json, register)
        return
    from dowding.recorded.reporting import track_recording, write_recording
    from dowding.recorded.telling import sentences

    folder = out if out is not None else source.with_name(f"{source.stem}-tracks")
    followed, facts, references = track_recording(source, sensors, against, framing=framing, port=port, register=register)
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


def _track_run(detections: Path, out: Path | None, as_json: bool, register: bool) -> None:
    from dowding.retracking import retrack
    from dowding.retracking import summary as summarise
    from dowding.tables import Tables

    tracks, found = retrack(detections, registration=register)
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


def coverage_options(altitude: str, step_m: float | None, aspect: Any, at_least: int, toward: str, exact: bool) -> dict[str, Any]:
    """What the survey of coverage takes, from what the line says."""
    return {
        "altitudes_m": [_metres(part) for part in altitude.split(",") if part.strip()],
        "step_m": step_m,
        "aspect": aspect,
        "at_least": at_least,
        "toward": toward,
        "exact": exact,
    }


def _metres(text: str) -> float:
    """An altitude such as 100m, 1.5km, 3000ft or 250 in metres."""
    word = text.strip().lower()
    unit = next((u for u in ("km", "ft", "m") if word.endswith(u)), "")
    try:
        return float(word.removesuffix(unit)) * {"km": 1e3, "ft": 0.3048}.get(unit, 1.0)
    except ValueError:
        raise CoverageError(f"--altitude: got {text.strip()!r}, must be numbers in m, km or ft", hint="such as 100m,1km,10km") from None


def coverage(
    scenario: str, target: str, out: Path | None, against: str | None, options: dict[str, Any], figures: bool, as_json: bool
) -> None:
    """Map a network's coverage, print its figures, and write the folder."""
    from dowding.scenario import load
    from dowding.survey.coverage import survey_both

    first, second = load(scenario), None if against is None else load(against)
    folder = out if out is not None else Path("coverage") / f"{Path(scenario).stem}-{target}"
    from dowding import surveying
    from dowding._jit import announce_compile

    announce_compile("fill_rows")
    mine, other = survey_both(first, second, target, **options)
    names = (Path(scenario).stem, Path(against).stem if against else "")
    try:
        facts = surveying.write_survey(mine, folder, other, names=names, figures=figures, command=printing.command_line())
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror})", hint="choose another folder with --out") from None
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
