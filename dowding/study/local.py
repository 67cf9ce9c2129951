"""Parts of a study by worker processes on this machine; one that is killed loses nothing but its own part, which another does."""

import json
import os
import selectors
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dowding.errors import StudyError
from dowding.study.spans import Span

TRIES = 3  # of one part, before the study gives up
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


class _Worker:
    """One process and what it is doing."""

    def __init__(self, folder: Path) -> None:
        self.span: Span | None = None
        self.pending = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dowding.study.worker", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ONE_THREAD,
        )

    def give(self, span: Span) -> None:
        assert self.process.stdin is not None
        self.span = span
        try:
            self.process.stdin.write((json.dumps([span.point, span.first, span.last]) + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it is dead; its end of the pipe tells so

    def messages(self) -> list[dict[str, object]] | None:
        """What it said since; None once it is dead."""
        assert self.process.stdout is not None
        said = os.read(self.process.stdout.fileno(), 65536)
        if not said:
            return None
        *lines, self.pending = (self.pending + said).split(b"\n")
        return [json.loads(line) for line in lines]

    def end(self) -> int:
        """Stop it; its exit code, negative for a signal."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            return self.process.wait(1.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def run_local(folder: Path, spans: Sequence[Span], workers: int, progress: Callable[[int], None]) -> Iterator[Span]:
    """Run spans by `workers` processes and give each as it is done; `progress` hears how many replicates more are.

    Raises StudyError when a worker says that it cannot go on, or dies TRIES times at the same part.
    """
    waiting, deaths = deque(spans), Counter[Span]()
    crew = [_Worker(folder) for _ in range(min(workers, len(waiting)))]
    with selectors.DefaultSelector() as selector:
        try:
            for worker in crew:
                selector.register(worker.process.stdout, selectors.EVENT_READ, worker)  # type: ignore[arg-type]
                worker.give(waiting.popleft())
            while crew:
                for key, _ in selector.select(timeout=1.0):
                    worker = key.data
                    said = worker.messages()
                    if said is None:
                        selector.unregister(key.fileobj)
                        crew.remove(worker)
                        if (fresh := _replaced(worker, waiting, deaths, folder)) is not None:
                            crew.append(fresh)
                            selector.register(fresh.process.stdout, selectors.EVENT_READ, fresh)  # type: ignore[arg-type]
                        continue
                    for message in said:
                        if message["kind"] == "failed":
                            raise StudyError(str(message["message"]), hint=str(message["hint"]))
                        progress(int(str(message["replicates"])))
                        if message["kind"] == "done":
                            assert worker.span is not None
                            yield worker.span
                            worker.span = None
                            if waiting:
                                worker.give(waiting.popleft())
                    if worker.span is None:
                        selector.unregister(key.fileobj)
                        crew.remove(worker)
                        worker.end()
        finally:
            for worker in crew:
                worker.process.kill()
                worker.end()


def _replaced(worker: _Worker, waiting: deque[Span], deaths: Counter[Span], folder: Path) -> _Worker | None:
    """A new worker in place of a dead one, with the part that it left undone; None where nothing is left to do."""
    code, span = worker.end(), worker.span
    if span is not None:
        deaths[span] += 1
        if deaths[span] >= TRIES:
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            raise StudyError(
                f"a worker ended {how} {TRIES} times at replicates {span.first} to {span.last - 1} of point {span.point}",
                hint="is there memory enough? the same command goes on from what is finished",
            )
        waiting.appendleft(span)
    if not waiting:
        return None
    fresh = _Worker(folder)
    fresh.give(waiting.popleft())
    return fresh
