"""Studies whose parts run in the tests' own process, for tests that are not about workers: a worker costs seconds to start."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dowding.study import running
from dowding.study.plan import plan_in
from dowding.study.replicates import Replicator
from dowding.study.spans import Span
from dowding.study.store import Store


def run_here(folder: Path, spans: Sequence[Span], workers: int, progress: Callable[[int], None]) -> Iterator[Span]:
    """What `run_local` does, without processes; with two workers the second of each two parts is done first."""
    replicator, store = Replicator(plan_in(folder)), Store(folder)
    for n in range(0, len(spans), workers):
        for span in reversed(spans[n : n + workers]):
            columns, seconds = replicator.rows(span.point, span.first, span.last)
            store.add(span, columns, seconds)
            progress(span.last - span.first)
            yield span


@pytest.fixture(scope="session")
def run_study_here() -> Callable[..., running.Done]:
    """`run_study`, all of it in this process."""

    def run_study(*given: Any, **named: Any) -> running.Done:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(running, "run_local", run_here)
            return running.run_study(*given, **named)

    return run_study
