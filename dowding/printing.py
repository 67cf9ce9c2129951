"""How the command line shows things: tables and sentences on standard output, talk and progress on standard error."""

import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from dowding.analysis.story import Story, clock
from dowding.catalogue.listing import FigureRow, ListRow

if TYPE_CHECKING:
    from dowding.study.answers import Findings

LINES_MOST = 6  # borders and coasts told of one altitude
WIDE = 200  # columns of a table that is piped, so that nothing is cut
ROWS_MOST = 60  # of measures of a study, beyond which only those of the answer are printed


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else WIDE)


def command_line() -> str:
    """The line that a person typed, for provenance."""
    return shlex.join(["dowding", *sys.argv[1:]])


def say(text: str) -> None:
    """A sentence to standard error."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """JSON to standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: frozenset[int] = frozenset()) -> None:
    """A table to standard output; columns numbered in `numeric` are set flush right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    _console().print(table)


def print_lines(title: str, lines: Sequence[str]) -> None:
    """A heading and sentences to standard output; nothing if there are none."""
    if not lines:
        return
    print(f"\n{title}")
    for line in lines:
        print(f"  {line}")


def print_story(title: str, story: Story) -> None:
    """The ten-second table and the sentences below it."""
    print(title)
    print_table(story.columns, story.rows, frozenset(range(1, len(story.columns))))
    print_lines("Why they got through", story.through)
    print_lines("Claims", story.claims)
    print_lines("Rounds", story.rounds)
    print_lines("Assets", story.assets)
    print_lines("Cost", story.costs)
    print_lines("Tracks", story.tracks)
    print_lines("The most doubtful figures that this rests on", story.doubtful)


def _altitude(level: dict[str, Any]) -> str:
    return f"{level['altitude_m']:g} m{' agl' if level['above'] == 'ground' else ''}"


def _row(level: dict[str, Any]) -> tuple[str, ...]:
    """One altitude of a coverage summary."""
    sensors = level["sensors"]
    name = max(sensors, key=lambda sensor: float(sensors[sensor]["farthest_km"]))
    found = level.get("cumulative_km")
    zone = f"{level['zones_together']['area_km2']:,.0f}" if "zones_together" in level else ""
    figures = (_altitude(level), f"{level['area_km2']:,.0f}", f"{level['border_km']:,.0f}", f"{level['farthest_km']:.1f}")
    return (*figures, name, f"{found['least']:.0f} to {found['most']:.0f}" if found else "", zone)


def print_coverage(facts: dict[str, Any]) -> None:
    """The summary of a survey of coverage as tables."""
    how = f"{facts['target_name']}, {facts['aspect']} aspect, at least {facts['at_least']} detecting"
    print(f"{facts['title'] or facts['scenario']}: {how}")
    columns = ("altitude", "seen km2", "borders km", "farthest km", "by", "found 9 in 10 km", "zones km2")
    print_table(columns, [_row(level) for level in facts["altitudes"]], frozenset({0, 1, 2, 3, 5, 6}))
    lines = [f"{_altitude(level)}: {_along(level['along'])}" for level in facts["altitudes"] if level["along"]]
    print_lines("Borders and coasts covered, of what the map shows", lines)
    if "difference" in facts:
        print(f"\nagainst {facts['against']['scenario']}")
        changes = [(_altitude(change), *_change(change, "seen"), *_change(change, "reached")) for change in facts["difference"]]
        heads = ("altitude", "seen only here km2", "only there km2", "zones only here km2", "only there km2")
        print_table(heads, changes, frozenset(range(5)))


def _along(lines: Sequence[dict[str, Any]]) -> str:
    """The longest few borders and coasts."""
    names = [" - ".join(one["of"]) + (" coast" if one["kind"] == "coast" else "") for one in lines]
    told = [f"{name} {one['covered_km']:,.0f}/{one['on_map_km']:,.0f}" for name, one in zip(names, lines, strict=True)]
    return ", ".join(told[:LINES_MOST]) + (f" and {len(told) - LINES_MOST} more" if len(told) > LINES_MOST else "") + " km"


def _change(change: dict[str, Any], what: str) -> tuple[str, str]:
    if what not in change:
        return "", ""
    return tuple(f"{change[what][key]['area_km2']:,.0f}" for key in ("only_this", "only_against"))  # type: ignore[return-value]


QUALITY = {  # what is printed of a picture: heading, and (key, words, unit, factor) of each line
    "distance": ("Distance from truth", (
        ("gospa_m", "GOSPA", "m", 1), ("gospa_in_sight_m", "GOSPA without what no sensor had in sight", "m", 1),
        ("gospa_per_target_m", "GOSPA by root target", "m", 1),
        ("missed_in_sight_mean", "targets missed in sight, mean", "", 1), ("false_mean", "tracks of no target, mean", "", 1),
        ("ospa_mean_m", "OSPA, mean", "m", 1), ("ospa_of_tracks_m", "OSPA of whole tracks", "m", 1),
        ("trajectory_gospa_m", "trajectory GOSPA", "m", 1), ("number_changes", "changes of number in it", "", 1),
    )),
    "siap": ("Single integrated air picture", (
        ("completeness", "completeness", "%", 100), ("completeness_in_sight", "completeness in sight", "%", 100),
        ("ambiguity", "ambiguity", "tracks a target", 1), ("spuriousness", "spuriousness", "%", 100),
        ("position_accuracy_m", "position accuracy", "m", 1), ("velocity_accuracy_mps", "velocity accuracy", "m/s", 1),
        ("number_changes_per_hour", "changes of track number", "an hour tracked", 1),
        ("longest_segment", "longest segment", "% of a life", 100), ("class_correctness", "class correct", "%", 100),
    )),
    "continuity": ("Continuity", (
        ("targets", "targets", "", 1), ("tracks", "confirmed tracks", "", 1), ("never_held", "targets never held", "", 1),
        ("swaps", "swaps", "", 1), ("breaks", "breaks", "", 1), ("delay_median_s", "delay after first detection, median", "s", 1),
        ("delay_p95_s", "delay, 95 in 100", "s", 1), ("life_median_s", "life of a track, median", "s", 1),
        ("false_tracks", "false tracks", "", 1), ("false_tracks_per_hour", "false tracks", "an hour", 1),
        ("redundant_share", "second tracks", "%", 100),
    )),
    "consistency": ("Consistency", (
        ("nees", "NEES (3 is honest)", "", 1), ("nees_inside_95", "NEES inside 95 %", "%", 100),
        ("nis_per_dof", "NIS by dimension (1 is honest)", "", 1), ("nis_inside_95", "NIS inside 95 %", "%", 100),
    )),
    "bound": ("Against the posterior Cramer-Rao bound", (
        ("rms_error_m", "error right after updates, rms", "m", 1), ("rms_bound_m", "bound", "m", 1), ("ratio", "ratio", "", 1),
    )),
}  # fmt: skip


def print_quality(facts: dict[str, Any]) -> None:
    """How good pictures were, as tables."""
    for picture in facts["pictures"]:
        nodes = f" of {', '.join(picture['nodes'])}" if picture["nodes"] else ""
        print(f"\nPicture {picture['picture']}{nodes}: {', '.join(picture['sensors']) or 'no sensors of its own'}")
        rows = []
        for part, (heading, lines) in QUALITY.items():
            for key, words, unit, factor in lines if part in picture else ():
                value = picture[part][key]
                rows.append((heading, words, "" if value is None else f"{factor * value:,.4g}", unit))
                heading = ""
        print_table(("", "", "value", ""), rows, frozenset({2}))
        kinds = [
            (kind, *(number(k[key]) for key in ("targets", "completeness_in_sight", "position_error_rms_m", "swaps", "breaks")))
            for kind, k in picture["classes"].items()
        ]
        print_table(("class", "targets", "held of the time in sight", "error rms m", "swaps", "breaks"), kinds, frozenset(range(1, 6)))
        moments = [f"{m['time_s']:.0f} s, {m['east_km']:.0f} km east, {m['north_km']:.0f} km north: {m['words']}" for m in picture["worst"]]
        print_lines("Worst moments", moments)


CHAIN_ROWS = 40  # targets of a kill chain that are printed; the table holds all


def print_explanation(facts: dict[str, Any], chain: Any) -> None:
    """Why a run ended as it did, as tables."""
    stages = ("detected", "tracked", "identified", "decided", "launched", "intercepted")
    rows = [
        (str(chain["flight"][k]), str(chain["class"][k]), *(_clock(chain[f"{stage}_s"][k]) for stage in stages), str(chain["fate"][k]))
        for k in range(min(len(chain["target"]), CHAIN_ROWS))
    ]
    print_table(("flight", "class", *stages, "fate"), rows, frozenset(range(2, 8)))
    if len(chain["target"]) > CHAIN_ROWS:
        print(f"and {len(chain['target']) - CHAIN_ROWS} more targets in chain.parquet")
    through = [(reason, str(one["number"]), f"{100 * one['share']:.0f} %") for reason, one in facts["through"].items()]
    print("\nWhy targets were not killed")
    print_table(("reason", "targets", "share"), through, frozenset({1, 2}))
    print("\nDelays of the engaged")
    delays = [
        (name, one["meaning"], str(one["number"]), number(one["median_s"]), number(one["p95_s"])) for name, one in facts["latency"].items()
    ]
    print_table(("stage", "", "targets", "median s", "95 in 100 s"), delays, frozenset({2, 3, 4}))
    print("\nMost in use at once, and the share of time in which all were")
    use = []
    for unit, one in facts["use"].items():
        pairs = (("engagements_most", "target_channels"), ("flying_most", "missile_channels"))
        cells = [cell for most, all in pairs for cell in (f"{one[most]} of {one[all]}", f"{100 * one[f'{all}_full']:.0f} %")]
        use.append((unit, *cells, str(one["fired"]), str(one["left"])))
    print_table(("unit", "target channels", "full", "missile channels", "full", "fired", "left"), use, frozenset(range(1, 7)))
    for side, account in facts["economy"].items():
        waves = [
            f"{wave['flight']} over at {_clock(wave['over_s'])}: "
            + ", ".join(f"{unit} has {sum(left.values())} rounds" for unit, left in wave["left"].items())
            for wave in account["waves"]
        ]
        print_lines(f"Rounds left to {side} after each flight of the others", waves)


def _clock(seconds: float | None) -> str:
    return "" if seconds is None or seconds != seconds else clock(seconds)


def number(value: Any) -> str:
    """A figure as a reader likes it."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def span(low: float | None, high: float | None) -> str:
    """A range of values, or nothing where there is none."""
    return "" if low is None or high is None else f"{low:g} to {high:g}"


def figure_line(figure: dict[str, Any]) -> str:
    """One doubtful figure in a line."""
    about = f"{span(figure['low'], figure['high'])}; grade {figure['grade']}, {', '.join(figure['sources'])}"
    return f"{figure['entry']} {figure['key']} = {number(figure['value'])} ({about})"


def print_entries(rows: Sequence[ListRow]) -> None:
    """The catalogue's list."""
    cells = [(r.kind, r.id, r.name, str(r.figures), str(r.assumed), ", ".join(r.aliases)) for r in rows]
    print_table(("kind", "id", "name", "figures", "assumed", "also"), cells, frozenset({3, 4}))


def print_figures(title: str, rows: Sequence[FigureRow]) -> None:
    """Every figure of one entry, below what it is called."""
    labels = {row.key: str(row.value) for row in rows if not row.sources}
    print(f"\n{title}: {labels.get('name', '')}")
    if "description" in labels:
        print(labels["description"])
    sourced = [r for r in rows if r.sources]
    cells = [(r.key, f"{number(r.value)} {r.unit}".strip(), span(r.low, r.high), r.grade, ", ".join(r.sources), r.note) for r in sourced]
    print_table(("figure", "value", "range", "grade", "source", "note"), cells)


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None] | None]:
    """A bar with the time left on standard error while it is a terminal; the function takes the share done."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with number, rate and time left on standard error while it is a terminal; the function takes how many are done, of how many."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    words = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    columns = (*words, TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    began, first = time.monotonic(), -1
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")

        def tell(done: int, of: int) -> None:
            nonlocal first
            first = done if first < 0 else first
            rate = (done - first) / max(time.monotonic() - began, 1e-9)
            bar.update(task, completed=done, total=of, rate=f"{rate:.1f} a second" if done > first else "")

        yield tell


def print_findings(found: "Findings") -> None:
    """What a study says: the answer, its measures, and the figures it hangs on."""
    from dowding.study.answers import NAMED, bracketed, exact_words, figure_words, interval, more_words, naming_words

    study = found.plan.study
    print(study.title or study.where)
    if study.question:
        print(study.question)
    print(f"\n{found.sentence}\n")
    told = found.rows if len(found.rows) <= ROWS_MOST else [row for row in found.rows if row.measure == study.answer.measure]
    rows = [(row.measure, row.point, *interval(row.estimate), *interval(row.difference)) for row in told]
    print_table(("measure", "point", "mean or rate", "95 %", "difference", "95 %"), rows, frozenset({2, 4}))
    if len(told) < len(found.rows):
        say(f"{len(found.rows) - len(told)} more rows, of other measures, are in the report and in --json")
    likely = {h.name: h.probability for h in study.hypothesis}
    told_by = [f"{name} (probability {likely[name]:g}): {bracketed(e)}" for name, e in found.by_hypothesis.items()]
    print_lines("The answer under each hypothesis", told_by)
    named = [
        f"{i.label}: {100 * i.first_order:.0f} % of its variance"
        f"{'' if i.is_told_apart else ', not told apart from chance'}; {figure_words(i)}"
        for i in found.influences[:NAMED]
    ]
    print_lines("The answer hangs on", [*named, *filter(None, [naming_words(found)])])
    print_lines("How sure it is", [words for words in (exact_words(found), more_words(found)) if words])
