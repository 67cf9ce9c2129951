"""A study from beginning to end: what is missing is run, in an order that lets it stop early, and what is done stays."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dowding import _jit
from dowding.errors import StudyError
from dowding.simulation import simulate
from dowding.study import reading, statistics
from dowding.study.local import run_local
from dowding.study.plan import Plan, Saltelli, plan_in, plan_of
from dowding.study.points import Point
from dowding.study.questions import answer_columns, connect, kind_of
from dowding.study.replicates import Replicator
from dowding.study.schema import Stop, Study
from dowding.study.sensitivity import influences
from dowding.study.spans import Span
from dowding.study.store import Store, writing

GROWTH = 1.1  # between two looks at the answer's interval
Progress = Callable[[int, int], None]  # replicates done, of how many


@dataclass(frozen=True)
class Done:
    """How a study ended."""

    folder: Path
    replicates: int  # of each point, that count
    points: int
    fresh: int  # replicates run now, of all points
    seconds: float
    stopped: str  # why before all were done, "" if they were
    said: tuple[str, ...]  # what was found damaged and done again


def run_study(
    study: Study | Path | str,
    folder: Path | str,
    *,
    replicates: int | None = None,
    workers: int | None = None,
    scheduler: str = "",
    progress: Progress = lambda done, of: None,
    command: str = "",
    beside: Path | None = None,
) -> Done:
    """Run a study into `folder`, or go on with one that was stopped; what is finished is never done again.

    `replicates` replaces the study's own number; `workers` processes, by default one for each processor; `scheduler` is the
    address of a Dask cluster instead. `beside` is where files that the study names lie. Raises StudyError.
    """
    folder, (read, here) = Path(folder), _read(study, beside)
    if replicates is not None:
        if replicates < 1:
            raise StudyError(f"--replicates: got {replicates}, must be at least 1")
        read = read.model_copy(update={"replicates": replicates, "keep": tuple(k for k in read.keep if k < replicates)})
    if workers is not None and not 1 <= workers <= 4096:
        raise StudyError(f"--workers: got {workers}, must be between 1 and 4096")
    store, crew = Store(folder), Crew(workers or os.cpu_count() or 1, scheduler)
    manifest = store.open(plan_of(read, here), command)
    began = time.perf_counter()
    with store.locked():
        plan = plan_in(folder)
        outcome = complete(plan, store, manifest, crew, progress)
        if plan.study.sensitivity.samples and plan.doubts:
            outcome = outcome.then(_run_sensitivity(plan, store, crew, progress, command))
        _keep(plan, store, outcome.replicates)
    seconds = time.perf_counter() - began
    return Done(folder, outcome.replicates, len(plan.points), outcome.fresh, seconds, outcome.stopped, outcome.said)


@dataclass(frozen=True)
class Crew:
    """Who runs the parts: so many processes here, or the cluster at an address."""

    workers: int
    scheduler: str = ""

    def run(self, folder: Path, spans: Sequence[Span], progress: Callable[[int], None]) -> Iterator[Span]:
        """Run spans, giving each as it is done."""
        if not self.scheduler:
            return run_local(folder, spans, self.workers, progress)
        from dowding.study.cluster import run_on_cluster

        return run_on_cluster(folder, spans, self.scheduler, progress)


@dataclass(frozen=True)
class Outcome:
    """How far a plan came: replicates of each point that count, those run now of all points, why it stopped, what was done again."""

    replicates: int
    fresh: int
    stopped: str
    said: tuple[str, ...]

    def then(self, other: "Outcome") -> "Outcome":
        """This outcome, with what another plan took beside it."""
        return Outcome(self.replicates, self.fresh + other.fresh, self.stopped, self.said + other.said)


def complete(plan: Plan, store: Store, manifest: dict[str, Any], crew: Crew, progress: Progress) -> Outcome:
    """Run what is missing of a plan, and join the parts of points that are done."""
    said = store.check_parts()
    missing = _missing(plan, store.spans())
    total = plan.study.replicates * len(plan.points)
    have, fresh = total - sum(s.last - s.first for s in missing), 0

    def tell(more: int) -> None:
        nonlocal fresh
        fresh += more
        progress(min(have + fresh, total), total)

    stopped: tuple[int | None, str] = (manifest["stopped_at"], "")
    if missing and manifest["stopped_at"] is None:
        _warm(plan)
        tell(0)
        stopped = _follow(plan, store, crew.run(store.folder, missing, tell), missing)
        manifest["stopped_at"] = stopped[0]
        store.save(manifest)
    for point in plan.points:
        store.join(point.number, stopped[0] or plan.study.replicates)
    return Outcome(stopped[0] or plan.study.replicates, fresh, stopped[1], tuple(said))


def _run_sensitivity(plan: Plan, store: Store, crew: Crew, progress: Progress, command: str) -> Outcome:
    """The runs for Sobol indices of the causes that moved the answer most, in a folder of their own inside the study's."""
    inner = Store(store.folder / "sensitivity")
    if inner.manifest_file.is_file():
        within = plan_in(inner.folder)
    else:
        first, second = answer_columns(store.folder, plan)
        moved = influences(plan, first if second is None else first - second)[: plan.study.sensitivity.figures]
        if not moved:
            return Outcome(0, 0, "", ())
        within = sensitivity_plan(plan, tuple(i.cause for i in moved))
    manifest = inner.open(within, command)
    return complete(within, inner, manifest, crew, progress)


def sensitivity_plan(plan: Plan, causes: tuple[str, ...]) -> Plan:
    """A plan for Sobol indices of some causes: the answer's variants, at the first factors, under the most probable hypothesis."""
    study = plan.study
    names = [v.name for v in study.variant] or ["base"]
    wanted = {study.answer.variant or names[-1], study.answer.against or names[0]}
    likely = max(study.hypothesis, key=lambda h: h.probability).name if study.hypothesis else ""
    points: dict[str, Point] = {}
    for p in plan.points:
        if p.variant in wanted and p.hypothesis == likely:
            points.setdefault(p.variant, replace(p, number=len(points)))
    design = Saltelli(causes, study.sensitivity.samples)
    update = {"replicates": design.samples * design.rows_of_one, "keep": (), "part": None, "hypothesis": (), "factor": (), "stop": Stop()}
    return Plan(study.model_copy(update=update), tuple(points.values()), plan.doubts, plan.seed, design)


def _read(study: Study | Path | str, beside: Path | None) -> tuple[Study, Path]:
    if isinstance(study, Study):
        return study, beside or Path.cwd()
    here = beside or (Path(study).parent if Path(study).is_file() else Path.cwd())
    return reading.load_study(study), here


def _warm(plan: Plan) -> None:
    """Compile the kernels once, before workers would do it side by side, and find a scenario that cannot fly before it costs hours."""
    _jit.announce_compile("advance")
    replicator = Replicator(plan)
    rows = plan.values(plan.quantiles(0, 1))
    replicator.row(plan.points[0], 0, rows[0])
    for point in plan.points[1:]:
        replicator.model(point, rows[0])


def _missing(plan: Plan, have: Sequence[Span]) -> list[Span]:
    """Parts that no file holds, in the order of their doing."""
    done: dict[int, list[Span]] = {}
    for span in have:
        done.setdefault(span.point, []).append(span)
    wanted = (Span(*part) for part in plan.parts())
    return [span for span in wanted if not any(span in held for held in done.get(span.point, ()))]


class _Front:
    """How far every point is done without a gap."""

    def __init__(self, plan: Plan, missing: Sequence[Span]) -> None:
        self.open = {first: 0 for _, first, _ in plan.parts()}
        for span in missing:
            self.open[span.first] += 1
        self.starts, self.end = list(self.open), plan.study.replicates
        self.at = 0

    def done(self, span: Span) -> None:
        self.open[span.first] -= 1

    def reached(self) -> Iterator[int]:
        """Each boundary that the front has come to since the last call."""
        while self.at < len(self.starts) and self.open[self.starts[self.at]] == 0:
            self.at += 1
            yield self.starts[self.at] if self.at < len(self.starts) else self.end


def _follow(plan: Plan, store: Store, flow: Iterator[Span], missing: Sequence[Span]) -> tuple[int | None, str]:
    """Take parts as they come until all are done or the stopping rule holds; (replicates that count, why), None for all."""
    began = time.perf_counter()
    stop, front, next_look = plan.study.stop, _Front(plan, missing), float(plan.study.stop.after)

    def holds() -> tuple[int, str] | None:
        nonlocal next_look
        for boundary in front.reached():
            if stop.half_width is None or boundary < next_look or boundary == plan.study.replicates:
                continue
            next_look = boundary * GROWTH
            half = answer_half_width(plan, store, boundary)
            if half <= stop.half_width:
                return boundary, f"the answer's interval is narrow enough at {boundary} replicates"
        if stop.budget_s is not None and time.perf_counter() - began > stop.budget_s and front.at:
            boundary = front.starts[front.at] if front.at < len(front.starts) else front.end
            if boundary < plan.study.replicates:
                return boundary, f"the budget of {stop.budget_s:g} s is spent at {boundary} replicates"
        return None

    if (end := holds()) is not None:
        return end
    try:
        for span in flow:
            front.done(span)
            if (end := holds()) is not None:
                return end
    finally:
        close = getattr(flow, "close", None)
        if close is not None:
            close()
    return None, ""


def answer_half_width(plan: Plan, store: Store, replicates: int) -> float:
    """Half the width of the answer's interval from the first `replicates`."""
    first, second = answer_columns(store.folder, plan, replicates)
    with connect(store.folder, replicates) as connection:
        kind = kind_of(connection, plan.study.answer.measure)
    estimate = statistics.rate_or_mean(first, kind=kind) if second is None else statistics.paired_difference(first, second, kind=kind)
    return estimate.half_width if np.isfinite(estimate.half_width) else np.inf


def _keep(plan: Plan, store: Store, replicates: int) -> None:
    """Write the full tables of the chosen replicates that are not there yet."""
    for point in plan.points:
        for k in plan.study.keep:
            folder = store.folder / "kept" / f"{point.number}-{k}"
            if k < replicates and not (folder / "summary.json").is_file():
                with writing(store.folder):
                    rerun(plan, point.number, k, f"replicate {k} of {point.label}").write(folder)


def rerun(plan: Plan, point: int, replicate: int, command: str = "") -> Any:
    """One replicate of a study again, alone, with all its tables."""
    values = plan.values(plan.quantiles(replicate, replicate + 1))[0]
    compiled = Replicator(plan).model(plan.points[point], values)
    return simulate(compiled, plan.seed, int(plan.luck(replicate, replicate + 1)[0]), command=command)
