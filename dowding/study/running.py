"""A study from beginning to end: what is missing is run, in an order that lets it stop early, and what is done stays."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dowding import _jit
from dowding.errors import StudyError
from dowding.simulation import simulate
from dowding.study import reading, statistics
from dowding.study.local import run_local
from dowding.study.plan import Plan, plan_in, plan_of
from dowding.study.questions import answer_columns
from dowding.study.replicates import Replicator
from dowding.study.schema import Study
from dowding.study.store import Span, Store, writing

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
    folder: Path,
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
    read, here = _read(study, beside)
    if replicates is not None:
        if replicates < 1:
            raise StudyError(f"--replicates: got {replicates}, must be at least 1")
        read = read.model_copy(update={"replicates": replicates, "keep": tuple(k for k in read.keep if k < replicates)})
    if workers is not None and not 1 <= workers <= 4096:
        raise StudyError(f"--workers: got {workers}, must be between 1 and 4096")
    store = Store(folder)
    written = plan_of(read, here)
    manifest = store.open(written, command)
    with store.locked():
        said = store.check_parts()
        plan = plan_in(folder)
        _warm(plan)
        began = time.perf_counter()
        missing = _missing(plan, store.spans())
        total = plan.study.replicates * len(plan.points)
        have = total - sum(s.last - s.first for s in missing)
        fresh = 0

        def tell(more: int) -> None:
            nonlocal fresh
            fresh += more
            progress(min(have + fresh, total), total)

        count = workers or os.cpu_count() or 1
        if scheduler:
            from dowding.study.cluster import run_on_cluster

            flow = run_on_cluster(folder, missing, scheduler, tell)
        else:
            flow = run_local(folder, missing, count, tell)
        tell(0)
        stopped = _follow(plan, store, flow, missing, manifest, began)
        manifest["stopped_at"] = stopped[0]
        store.save(manifest)
        if stopped[0] is None:
            for point in plan.points:
                store.join(point.number, plan.study.replicates)
        _keep(plan, store, stopped[0] or plan.study.replicates)
    return Done(
        folder, stopped[0] or plan.study.replicates, len(plan.points), fresh, time.perf_counter() - began, stopped[1], tuple(said)
    )


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


def _follow(
    plan: Plan, store: Store, flow: Iterator[Span], missing: Sequence[Span], manifest: dict[str, Any], began: float
) -> tuple[int | None, str]:
    """Take parts as they come until all are done or the stopping rule holds; (replicates that count, why), None for all."""
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
    estimate = statistics.rate_or_mean(first) if second is None else statistics.paired_difference(first, second)
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
