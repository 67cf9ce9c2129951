"""Parts of a study by the workers of a Dask cluster that the user has; the same parts, byte for byte, as on one machine.

A worker that sees the study's folder writes its parts there itself; another sends their columns back (some 200 bytes a replicate).
Dask gives the work of a worker that dies to others.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dowding.errors import DowdingError, StudyError
from dowding.study.manifest import made_with, manifest_of
from dowding.study.plan import plan_in
from dowding.study.replicates import Replicator
from dowding.study.spans import Span
from dowding.study.store import Store
from dowding.tables import Columns

AHEAD = 3  # parts under way for each thread of the cluster: enough to keep it busy, few for the scheduler to hold
ANSWER_S = 20  # wait so long for the scheduler to answer
NO_WORKERS_S = 60  # wait so long for a worker before giving up

_mine = threading.local()  # each thread of a worker keeps its own models


def run_on_cluster(folder: Path, spans: Sequence[Span], address: str, progress: Callable[[int], None]) -> Iterator[Span]:
    """Run spans on the cluster whose scheduler is at `address` and give each as it is done. Raises StudyError."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise StudyError("a cluster needs the package distributed", hint="pip install 'dowding[cluster]'") from None
    try:
        client: Any = Client(address, timeout=ANSWER_S)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as failure:
        raise StudyError(f"--scheduler: got {address}, but no Dask scheduler answers there ({failure})") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=NO_WORKERS_S)
        except TimeoutError:
            raise StudyError(f"--scheduler: got {address}, whose cluster has no worker", hint="start one: dask worker ADDRESS") from None
        yield from _run(client, as_completed, folder, list(spans), progress)


def _run(client: Any, as_completed: Any, folder: Path, waiting: list[Span], progress: Callable[[int], None]) -> Iterator[Span]:
    store, identity = Store(folder), manifest_of(folder)["identity"]
    carried = client.scatter(_content(folder), broadcast=False)
    waiting.reverse()

    def submit() -> Any:
        span = waiting.pop()
        return client.submit(run_span, carried, str(folder), identity, span, pure=False, retries=2)

    width = AHEAD * max(1, sum(client.nthreads().values()))
    flow = as_completed([submit() for _ in range(min(width, len(waiting)))])
    for future in flow:
        try:
            span, columns, seconds = future.result()
        except DowdingError as failure:
            raise StudyError(failure.message, hint=failure.hint) from None
        except Exception as failure:
            raise StudyError(
                f"a worker of the cluster failed: {failure}", hint="the same command goes on from what is finished"
            ) from failure
        if columns is not None:
            store.add(span, columns, seconds)
        progress(span.last - span.first)
        if waiting:
            flow.add(submit())
        yield span


def _content(folder: Path) -> dict[str, bytes]:
    """What a worker needs to know of a study, small enough to send."""
    files = [folder / "manifest.json", folder / "study.toml", *sorted((folder / "points").glob("*.toml"))]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def run_span(content: dict[str, bytes], folder: str, identity: str, span: Span) -> tuple[Span, Columns | None, Any]:
    """Run one part on a worker: written into the study's folder where that is seen from here, else given back."""
    replicator = _replicator(content, identity)
    columns, seconds = replicator.rows(span.point, span.first, span.last)
    if _is_here(Path(folder), identity):
        if not hasattr(_mine, "store") or _mine.store.folder != Path(folder):
            _mine.store = Store(Path(folder))
        _mine.store.add(span, columns, seconds)
        return span, None, None
    return span, columns, seconds


def _is_here(folder: Path, identity: str) -> bool:
    try:
        return bool(manifest_of(folder)["identity"] == identity)
    except StudyError:
        return False


def _replicator(content: dict[str, bytes], identity: str) -> Replicator:
    if getattr(_mine, "identity", None) != identity:
        with TemporaryDirectory() as folder:
            for name, text in content.items():
                file = Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text)
            told, here = manifest_of(Path(folder))["made_with"], made_with()
            if told != here:
                raise StudyError(
                    f"a worker has dowding {here['dowding']} with code or libraries other than those that began the study",
                    hint="give all workers the same versions of Python, dowding, numba and numpy",
                )
            _mine.replicator = Replicator(plan_in(Path(folder)))
        _mine.identity = identity
    replicator: Replicator = _mine.replicator
    return replicator
