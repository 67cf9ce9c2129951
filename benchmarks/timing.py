"""Clocks and the printed table."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Times(NamedTuple):
    """Median seconds of several calls."""

    wall: float
    cpu: float
    least: float  # of the wall times
    calls: int


def timed(function: Callable[[], Any], calls: int = 5) -> tuple[Times, Any]:
    """Medians over `calls` calls after one that is not counted, and what the last one returned."""
    result = function()
    wall, cpu = [], []
    for _ in range(calls):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        result = function()
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - begin_cpu)
    return Times(statistics.median(wall), statistics.median(cpu), min(wall), calls), result


def process(arguments: Sequence[str], calls: int = 3, cache: Path | None = None) -> Times:
    """Medians over whole Python processes with these arguments, user and system time of each; raises if one fails."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    if cache is not None:
        environment["DOWDING_CACHE_DIR"] = str(cache)
    wall, cpu = [], []
    for _ in range(calls):
        before, begin = os.times(), time.perf_counter()
        subprocess.run([sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        after = os.times()
        wall.append(time.perf_counter() - begin)
        cpu.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return Times(statistics.median(wall), statistics.median(cpu), min(wall), calls)


def in_process(code: str) -> Any:
    """What a fresh Python process prints as JSON on its last line; raises if it fails."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def readable(seconds: float) -> str:
    """Seconds in the unit that leaves two or three digits before the point."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def line(name: str, times: Times, note: str = "") -> str:
    """One row of the table."""
    return f"{name:<46}{readable(times.wall):>10}{readable(times.cpu):>10}{readable(times.least):>10}{times.calls:>6}  {note}".rstrip()


HEADING = f"{'stage':<46}{'wall':>10}{'cpu':>10}{'least':>10}{'calls':>6}"
