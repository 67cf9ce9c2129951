"""What a study says: the answer in a sentence with its interval, every measure of every point, and the figures it hangs on."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from dowding.analysis.measures import REASONS, slug
from dowding.catalogue import Catalogue
from dowding.scenario import UsedFigure, figures_used, resolve
from dowding.study import statistics
from dowding.study.estimates import Estimate
from dowding.study.manifest import manifest_of
from dowding.study.plan import Plan, plan_in
from dowding.study.questions import connect, kind_of, measure, weighed
from dowding.study.sensitivity import LEAST, LEAST_FOR_SHARES, Index, Influence, influences, replicates_to_tell, sobol_indices
from dowding.study.statistics import Kind

Reals = NDArray[np.float64]

DEFAULT_MEASURES = ("killed", "leaked", "shots")
NAMED = 3  # figures that every answer names
SHOWS = 0.05  # share of variance for which it is said how many replicates tell it apart


@dataclass(frozen=True)
class Row:
    """A measure at one point, and its paired difference from the variant that the study compares with at the same point."""

    measure: str
    variant: str
    hypothesis: str
    factors: dict[str, Any]
    estimate: Estimate
    difference: Estimate | None
    exact: Estimate | None  # of the difference, or where there is none of the measure itself

    @property
    def point(self) -> str:
        """What people call the point."""
        factors = (f"{name} {shown(value) if isinstance(value, float) else value}" for name, value in self.factors.items())
        return ", ".join(word for word in (self.variant, self.hypothesis, *factors) if word)


@dataclass(frozen=True)
class Findings:
    """All that a study says, as numbers."""

    plan: Plan
    manifest: dict[str, Any]
    replicates: int
    answer: Estimate
    exact: Estimate | None  # the same by an exact method, where one exists
    answer_of: tuple[str, str | None]  # variant, and the one it is compared with
    first: Reals  # (replicate,) the answer's measure of that variant
    second: Reals | None  # (replicate,) of the other
    by_hypothesis: dict[str, Estimate]
    rows: list[Row]
    influences: list[Influence]
    indices: list[Index]
    p_chance: float | None  # that chance alone parts the two so far: sign test
    reasons: dict[str, dict[str, float]]  # by variant and reason: targets lost a replicate

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        return sentence(self)


def findings(folder: Path | str) -> Findings:
    """Read a study's folder and find what it says. Raises StudyError."""
    folder = Path(folder)
    plan, manifest = plan_in(folder), manifest_of(folder)
    names = [v.name for v in plan.study.variant] or ["base"]
    first, second = plan.study.answer.variant or names[-1], plan.study.answer.against or names[0]
    with connect(folder) as connection:
        mine = weighed(plan, connection, plan.study.answer.measure, first)
        other = None if first == second else weighed(plan, connection, plan.study.answer.measure, second)
        by_hypothesis = _by_hypothesis(plan, connection, first, second)
        rows = [row for expression in measures_of(plan) for row in _rows(plan, connection, expression, second)]
        reasons = _reasons(plan, connection, names)
        kind = kind_of(connection, plan.study.answer.measure)
    answer = _estimate(mine, other, plan.seed, kind)
    p_chance = None
    if other is not None:
        p_chance = statistics.sign_test(mine, other)
    moved = influences(plan, mine if other is None else mine - other)
    return Findings(
        plan,
        manifest,
        len(mine),
        answer,
        statistics.exact(mine, other, kind),
        (first, None if other is None else second),
        mine,
        other,
        by_hypothesis,
        rows,
        moved,
        _indices(folder, first, None if other is None else second),
        p_chance,
        reasons,
    )


def measures_of(plan: Plan) -> list[str]:
    """The measures of interest: the answer's first."""
    return list(dict.fromkeys([plan.study.answer.measure, *(plan.study.measures or DEFAULT_MEASURES)]))


def _estimate(first: Reals, second: Reals | None, seed: int, kind: Kind) -> Estimate:
    return statistics.rate_or_mean(first, seed, kind) if second is None else statistics.paired_difference(first, second, seed, kind)


def _by_hypothesis(plan: Plan, connection: duckdb.DuckDBPyConnection, first: str, second: str) -> dict[str, Estimate]:
    found, kind = {}, kind_of(connection, plan.study.answer.measure)
    for hypothesis in plan.study.hypothesis:
        columns = []
        for variant in dict.fromkeys((first, second)):
            numbers = [p.number for p in plan.points if p.variant == variant and p.hypothesis == hypothesis.name]
            values = list(measure(connection, plan.study.answer.measure, numbers).values())
            columns.append(np.mean([v[: min(map(len, values))] for v in values], axis=0))
        found[hypothesis.name] = _estimate(columns[0], columns[1] if len(columns) > 1 else None, plan.seed, kind)
    return found


def _rows(plan: Plan, connection: duckdb.DuckDBPyConnection, expression: str, against: str) -> list[Row]:
    values, kind = measure(connection, expression, [p.number for p in plan.points]), kind_of(connection, expression)
    place = {(p.variant, p.hypothesis, json.dumps(dict(p.factors), default=str)): p.number for p in plan.points}
    rows = []
    for p in plan.points:
        other = place.get((against, p.hypothesis, json.dumps(dict(p.factors), default=str)))
        difference, exact = None, statistics.exact(values[p.number], kind=kind)
        if other is not None and p.variant != against:
            n = min(len(values[p.number]), len(values[other]))
            mine, theirs = values[p.number][:n], values[other][:n]
            difference = statistics.paired_difference(mine, theirs, plan.seed, kind)
            exact = statistics.exact(mine, theirs, kind)
        estimate = statistics.rate_or_mean(values[p.number], plan.seed, kind)
        rows.append(Row(expression, p.variant, p.hypothesis, dict(p.factors), estimate, difference, exact))
    return rows


def _reasons(plan: Plan, connection: duckdb.DuckDBPyConnection, variants: Sequence[str]) -> dict[str, dict[str, float]]:
    """How many targets a replicate loses to each reason, by variant."""
    found = {}
    for variant in variants:
        means = {word: float(np.nanmean(weighed(plan, connection, f"lost_{slug(word)}", variant))) for word in REASONS}
        found[variant] = {word: value for word, value in means.items() if value > 0.0}
    return found


def _indices(folder: Path, first: str, second: str | None) -> list[Index]:
    """Sobol indices of the answer, if their runs are done."""
    inner = folder / "sensitivity"
    if not (inner / "manifest.json").is_file():
        return []
    plan = plan_in(inner)
    with connect(inner) as connection:
        values = weighed(plan, connection, plan.study.answer.measure, first)
        if second is not None:
            values = values - weighed(plan, connection, plan.study.answer.measure, second)
    return sobol_indices(plan, values)


def sentence(found: Findings) -> str:
    """The answer in words, with its interval; the study's own words where it has some."""
    study, estimate, (first, second) = found.plan.study, found.answer, found.answer_of
    if study.answer.sentence:
        return filled_in(study.answer.sentence, estimate, first, second or "")
    interval = "(95 % interval {low} to {high})"
    if second is None:
        return study.answer.measure + filled_in(f": {{value}} {interval}.", estimate, first, "")
    if estimate.low <= 0.0 <= estimate.high:
        told = f" differs by {{value}} {interval}: a difference that chance alone may make."
        return f"Between {first} and {second}, {study.answer.measure}" + filled_in(told, estimate, first, second)
    told = " is {size} {less|more} than with {against} (95 % interval {least} to {most})."
    return f"With {first}, {study.answer.measure}" + filled_in(told, estimate, first, second)


def filled_in(told: str, estimate: Estimate, first: str, second: str) -> str:
    """A sentence with its blanks filled; `{size}`, `{least}` and `{most}` go without the sign that `{fewer|more}` tells in words."""
    below = estimate.value < 0.0
    least, most = (-estimate.high, -estimate.low) if below else (estimate.low, estimate.high)
    parts = {
        "value": shown(estimate.value), "low": shown(estimate.low), "high": shown(estimate.high), "size": shown(abs(estimate.value)),
        "least": shown(least), "most": shown(most), "variant": first, "against": second,
    }  # fmt: skip

    def word(blank: re.Match[str]) -> str:
        key, _, other = blank.group(1).partition("|")
        return (key if below else other) if "|" in blank.group(1) else parts.get(key, blank.group(0))

    return re.sub(r"\{([^{}]*)\}", word, told)


def interval(estimate: Estimate | None) -> tuple[str, str]:
    """An estimate in words: its value, and from where to where; a dash where there was nothing to measure."""
    if estimate is None:
        return "", ""
    return (shown(estimate.value), f"{shown(estimate.low)} to {shown(estimate.high)}") if estimate.count else ("-", "")


def bracketed(estimate: Estimate | None) -> str:
    """An estimate in words, its interval in brackets."""
    value, ends = interval(estimate)
    return f"{value} ({ends})" if ends else value


def shown(value: float) -> str:
    """A number to three figures or so."""
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else ("-" if value < 0 else "") + "infinite"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


def replicates_needed(found: Findings, half_width: float | None = None) -> list[tuple[float, int]]:
    """How many replicates of each point the answer needs for narrower intervals: (half width, replicates).

    For `half_width`, else that of the study's stopping rule; without one for a half, a quarter and a tenth of today's.
    """
    half = found.answer.half_width
    if not math.isfinite(half) or half <= 0.0:
        return []
    wanted = half_width or found.plan.study.stop.half_width
    return [(each, found.answer.replicates_for(each)) for each in ([wanted] if wanted else [half / 2, half / 4, half / 10])]


def more_words(found: Findings) -> str:
    """How many replicates narrower intervals need, in words."""
    needed = [f"{count:,} for ± {shown(half)}" for half, count in replicates_needed(found)]
    if not needed:
        return ""
    return f"Replicates of each point that a narrower interval needs in all: {', '.join(needed)}; there were {found.replicates:,}."


def exact_words(found: Findings) -> str:
    """What exact methods say of the answer, in words; the usual interval has its name."""
    told = [f"{found.answer.method} interval"]
    if found.exact is not None and found.exact.count:
        value, ends = interval(found.exact)
        told.append(f"beside it {value} ({ends}), {found.exact.method}")
    if found.p_chance is not None:
        told.append(f"chance alone would part the two so far with probability {found.p_chance:.2g} (sign test, exact)")
    return "; ".join(told) + "."


def figure_words(influence: Influence) -> str:
    """A cause with its figures, ranges, grades and sources, for people."""
    words = []
    for doubt in influence.figures:
        origin = "assumed" if doubt.grade == "D" else f"grade {doubt.grade}: {', '.join(doubt.sources)}"
        words.append(f"{doubt.name} ({shown(doubt.low)} to {shown(doubt.high)}, {origin})")
    return "; ".join(words) if len(words) <= NAMED else "; ".join(words[:NAMED]) + f"; and {len(words) - NAMED} more"


def naming_words(found: Findings) -> str:
    """Why no figure is named that the answer hangs on, or how sure the names are; "" where there is nothing to say."""
    count, drawn = found.answer.count, len(found.plan.doubts)
    if not drawn:
        return "No figure that the answer hangs on can be named, for none is drawn: uncertain.figures in the study's file says which are."
    if count < LEAST:
        return f"Which of the {drawn} figures drawn the answer hangs on is said from {LEAST} replicates on; there were {count}."
    if not found.influences:
        return f"The answer was the same in all {count:,} replicates: none of the {drawn} figures drawn moved it."
    told = []
    if count < LEAST_FOR_SHARES:
        told.append(f"With fewer than {LEAST_FOR_SHARES} replicates shares are squared correlations.")
    if not any(i.is_told_apart for i in found.influences[:NAMED]):
        needed = replicates_to_tell(SHOWS, len(found.plan.causes))
        told.append(
            f"None of them is told apart yet from the luckiest of {len(found.plan.causes)} causes that move nothing: a figure with "
            f"{100 * SHOWS:.0f} % of the variance shows from about {needed:,} replicates on."
        )
    return " ".join(told)


def fixed_figures(plan: Plan) -> list[UsedFigure]:
    """Every catalogue figure that the study rests on and did not draw, each once, by entry."""
    drawn = {d.name for d in plan.doubts}
    found: dict[tuple[str, str, str, str], UsedFigure] = {}
    for point in plan.points:
        for used in figures_used(resolve(point.scenario)):
            if f"{used.kind}.{used.id}.{used.key}" not in drawn or used.figure.grade == "U":
                found.setdefault((used.kind, used.id, used.key, repr(used.figure.value)), used)
    return [found[key] for key in sorted(found)]


def references(found: Findings) -> list[str]:
    """The references of all figures that the study rests on."""
    catalogue = Catalogue.load()
    cited = {s for d in found.plan.doubts for s in d.sources} | {s for used in fixed_figures(found.plan) for s in used.figure.sources}
    ids = sorted(cited & set(catalogue.sources))
    return [f"[{id}] {catalogue.source(id).reference()}" for id in ids]


def as_json(found: Findings) -> dict[str, Any]:
    """The findings as plain values."""

    def told(estimate: Estimate | None) -> dict[str, Any] | None:
        if estimate is None:
            return None
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(estimate).items()}

    return {
        "title": found.plan.study.title,
        "question": found.plan.study.question,
        "answer": found.sentence,
        "measure": found.plan.study.answer.measure,
        "variant": found.answer_of[0],
        "against": found.answer_of[1],
        "estimate": told(found.answer),
        "exact": told(found.exact),
        "probability_of_chance": found.p_chance,
        "replicates_for": [{"half_width": half, "replicates": count} for half, count in replicates_needed(found)],
        "replicates": found.replicates,
        "by_hypothesis": {name: told(e) for name, e in found.by_hypothesis.items()},
        "measures": [
            {
                "measure": r.measure,
                "variant": r.variant,
                "hypothesis": r.hypothesis,
                "factors": r.factors,
                "estimate": told(r.estimate),
                "difference": told(r.difference),
                "exact": told(r.exact),
            }
            for r in found.rows
        ],
        "hangs_on": [
            {
                "cause": i.cause,
                "share_of_variance": i.first_order,
                "share_error": i.first_order_error,
                "probability_of_chance": i.p_chance,
                "told_apart": i.is_told_apart,
                "swing": told(i.swing),
                "low": told(i.low),
                "high": told(i.high),
                "figures": [
                    {"name": d.name, "low": d.low, "value": d.typical, "high": d.high, "grade": d.grade, "sources": list(d.sources)}
                    for d in i.figures
                ],
            }
            for i in found.influences
        ],
        "hangs_on_note": naming_words(found),
        "sobol": [asdict(i) for i in found.indices],
        "lost_because": found.reasons,
    }
