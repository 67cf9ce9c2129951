"""Figures drawn by a second process: it loads the drawing library while the first one simulates, and draws from the run folder."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

PATIENCE_S = 120.0


class Beside:
    """A process that waits with everything loaded, draws some figures of a finished run folder, and ends."""

    def __init__(self, folder: Path, names: tuple[str, ...], scenario: str) -> None:
        self._names = names
        command = [sys.executable, "-m", "dowding.plots", str(folder.resolve()), scenario, *names]
        try:
            self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError:
            self._process = None

    def begin(self) -> None:
        """The run folder is complete: draw."""
        if self._process is not None and self._process.stdin is not None:
            try:
                self._process.stdin.write(b"draw\n")
                self._process.stdin.close()
            except OSError:  # it has ended already; `missing` will say so
                pass

    def missing(self) -> tuple[str, ...]:
        """Wait until it is done; the figures that it could not draw, for the caller to draw."""
        if self._process is None:
            return self._names
        try:
            return () if self._process.wait(PATIENCE_S) == 0 else self._names
        except subprocess.TimeoutExpired:
            return self._names

    def __enter__(self) -> "Beside":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is None:
            return
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
