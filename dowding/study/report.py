"""A study's report: one HTML page that needs nothing else, and its figures as PDF and SVG files for printing."""

from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from dowding.errors import StudyError
from dowding.plots import study as plots
from dowding.plots.style import write
from dowding.study.answers import (
    NAMED,
    Findings,
    Row,
    bracketed,
    exact_words,
    figure_words,
    findings,
    fixed_figures,
    more_words,
    naming_words,
    references,
    sentence,
    shown,
)
from dowding.study.questions import connect, weighed
from dowding.study.sensitivity import ends_of
from dowding.study.store import write_whole, writing

BARS = 12  # causes in the tornado
TEMPLATE = "report.html"


def write_report(folder: Path, out: Path | None = None) -> Path:
    """Write report.html and figures/ into a study's folder, or into `out`; the page's path. Raises StudyError."""
    found = findings(folder)
    place = out or folder
    drawn = dict(_figures(folder, found))
    page = _page(found, {name: plots.svg_text(figure) for name, figure in drawn.items()})
    with writing(place):
        (place / "figures").mkdir(parents=True, exist_ok=True)
        for name, figure in drawn.items():
            write(figure, place / "figures" / name, ("pdf", "svg"))
        write_whole(place / "report.html", page.encode())
    return place / "report.html"


def _figures(folder: Path, found: Findings) -> Iterator[tuple[str, Any]]:
    """The figures of a study by name, those for which it has numbers."""
    plan, measure = found.plan, found.plan.study.answer.measure
    names = [v.name for v in plan.study.variant] or ["base"]
    with connect(folder) as connection:
        columns = {name: weighed(plan, connection, measure, name) for name in names}
    if any(np.isfinite(values).any() for values in columns.values()):
        yield "distribution", plots.distribution_figure(columns, measure)
    for factor in plan.study.factor:
        curves = _curves(found, factor.name)
        if curves:
            yield f"curve-{len(curves)}-{factor.name}".replace(" ", "-").replace("/", "-"), plots.curve_figure(curves, measure, factor.name)
    if found.influences:
        bars = [(i.label, i.low.value, i.high.value) for i in found.influences[:BARS]]
        answer = f"{measure}, {found.answer_of[0]}" + (f" minus {found.answer_of[1]}" if found.answer_of[1] else "")
        yield "tornado", plots.tornado_figure(bars, found.answer.value, answer, ends_of(found.answer.count)[0])
    if any(found.reasons.values()):
        yield "reasons", plots.reasons_figure(found.reasons)


def _curves(found: Findings, factor: str) -> dict[str, list[tuple[float, tuple[float, float, float]]]]:
    """The answer's measure over a factor of numbers, by variant and whatever else was varied."""
    curves: dict[str, list[tuple[float, tuple[float, float, float]]]] = {}
    for row in found.rows:
        value = row.factors.get(factor)
        if row.measure != found.plan.study.answer.measure or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        others = [f"{name} {each}" for name, each in row.factors.items() if name != factor]
        label = ", ".join(word for word in (row.variant, row.hypothesis, *others) if word)
        curves.setdefault(label, []).append((float(value), (row.estimate.value, row.estimate.low, row.estimate.high)))
    return {name: sorted(points) for name, points in curves.items() if len(points) > 1}


def _page(found: Findings, pictures: dict[str, str]) -> str:
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise StudyError("a report needs the package jinja2", hint="pip install jinja2") from None
    text = (resources.files("dowding.study") / TEMPLATE).read_text("utf-8")
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(text)
    study = found.plan.study
    return page.render(
        study=study,
        found=found,
        answer=sentence(found),
        shown=shown,
        measures=_by_measure(found.rows),
        ends=ends_of(found.answer.count)[0],
        pictures=pictures,
        hangs_on=[(i, figure_words(i)) for i in found.influences[:NAMED]],
        strongest=found.influences[:BARS],
        more=more_words(found),
        exact=exact_words(found),
        naming=naming_words(found),
        fixed=fixed_figures(found.plan),
        references=references(found),
        made=found.manifest["made_with"],
        factors=[f.name for f in study.factor],
        doubts=found.plan.doubts,
    )


def _by_measure(rows: Sequence[Row]) -> dict[str, list[dict[str, Any]]]:
    """The table's rows by measure, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.measure, []).append(_told(row))
    return found


def _told(row: Row) -> dict[str, Any]:
    return {
        "point": row.point,
        "estimate": bracketed(row.estimate),
        "method": row.estimate.method,
        "difference": bracketed(row.difference),
        "exact": "" if row.exact is None else f"{bracketed(row.exact)}, {row.exact.method.removeprefix('exact').strip(', ')}".rstrip(", "),
    }
