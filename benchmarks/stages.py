"""Where the time goes: each stage from a scenario's text to its figures, for the bundled raid."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import dowding
from benchmarks import looks
from benchmarks.stopwatch import DECIDE, OBSERVE, STAGES, TRACK, advance_timed
from benchmarks.timing import HEADING, Times, line, process, readable, timed
from dowding.engine.run import FINISHED, Run, advance, begin, make_run
from dowding.engine.simulation import STANDARD, simulate_tables
from dowding.model import Compiled, Model, compile_scenario
from dowding.scenario import load, resolve
from dowding.simulation import summary_of
from dowding.survey.ranges import coverage_table

SCENARIO = "ankara"
LOOKS = frozenset({"looks"})


def start(first: bool) -> None:
    """Processes: what a user waits for before the first result."""
    print(line("import dowding", process(["-c", "import dowding"])))
    print(line("dowding --help", process(["-m", "dowding", "--help"])))
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        run = ["-c", "import dowding; dowding.simulate(dowding.load('two-minutes'))"]
        command = ["-m", "dowding", "run", SCENARIO, "--no-figures", "--out", f"{folder}/run"]
        if first:
            print(line("first run of all: two minutes, kernels compiled", process(run, 1, cache)))
        process(command, 1, cache)
        print(line("dowding.simulate in a new process, from cache", process(run, 3, cache)))
        print(line("dowding run ankara, without figures, from cache", process(command, 3, cache)))


def fresh(model: Model, wanted: frozenset[str]) -> Run:
    """The memory of a replicate with its first events."""
    run = make_run(model, wanted)
    begin(model, run, 1, 0)
    return run


def _advanced(model: Model, wanted: frozenset[str]) -> tuple[Times, Run]:
    """The compiled call alone."""
    runs = [fresh(model, wanted) for _ in range(8)]
    left = iter(runs)

    def call() -> None:
        if advance(model, next(left), 1, 0) != FINISHED:
            raise RuntimeError("the buffers are too small for a benchmark in one call")

    times, _ = timed(call, len(runs) - 1)
    return times, runs[-1]


def split(model: Model, wanted: frozenset[str]) -> tuple[np.ndarray, np.ndarray, Run]:
    """Share of each stage and its calls, in the fastest of several runs with the stopwatch; raises if that run ended otherwise."""
    best, shares, counts = np.inf, np.zeros(len(STAGES)), np.zeros(len(STAGES))
    for _ in range(6):
        run, spent, calls = fresh(model, wanted), np.zeros(len(STAGES), np.int64), np.zeros(len(STAGES), np.int64)
        advance_timed(model, run, 1, 0, spent, calls)
        if spent.sum() < best:
            best, shares, counts = spent.sum(), spent / spent.sum(), calls
    return shares, counts, run


def replicate(compiled: Compiled) -> None:
    """One replicate, bare and with tables, and its stages."""
    model = compiled.model
    for name, wanted in (("bare", frozenset[str]()), ("with its tables", STANDARD)):
        times, run = _advanced(model, wanted)
        print(line(f"one replicate, {name}: the compiled call", times))
        shares, counts, twin = split(model, wanted)
        if twin.state.outcome.tobytes() != run.state.outcome.tobytes():
            raise RuntimeError("the run with the stopwatch ended otherwise: it no longer follows dowding.engine.run.advance")
        for stage, share in zip(STAGES, shares, strict=True):
            print(f"    {stage:<42}{readable(share * times.cpu):>10}{share:>9.0%}")
        if name == "bare":
            each = ((OBSERVE, "dwell observed"), (TRACK, "detection tracked"), (DECIDE, "decision"))
            found = [f"{readable(shares[k] * times.cpu / counts[k])} a {what} ({counts[k]})" for k, what in each]
            looking = fresh(model, LOOKS)
            advance(model, looking, 1, 0)
            looks = int(looking.record.looks.tally[1])
            found.append(f"{readable(shares[OBSERVE] * times.cpu / looks)} a look with a chance ({looks})")
            print("    " + "; ".join(found))
    print(line("simulate_tables, nothing wanted", timed(lambda: simulate_tables(compiled, 1, 0, frozenset()))[0]))
    print(line("simulate_tables, the standard tables", timed(lambda: simulate_tables(compiled, 1, 0))[0]))


def after(compiled: Compiled) -> None:
    """What follows a run."""
    data = simulate_tables(compiled, 1, 0)
    print(line("coverage table", timed(lambda: coverage_table(compiled), 3)[0]))
    data["coverage"] = coverage_table(compiled)
    print(line("summary", timed(lambda: summary_of(compiled.resolved, data, 1, 0), 3)[0]))
    times, tables = timed(lambda: dowding.simulate(compiled, seed=1), 3)
    print(line("dowding.simulate, all of it", times))
    with tempfile.TemporaryDirectory() as folder:
        print(line("writing the run folder (Parquet)", timed(lambda: tables.write(Path(folder)), 3)[0]))
        print(line("three figures, png", timed(lambda: _figures(tables, Path(folder)), 1)[0]))


def _figures(tables: Any, folder: Path) -> None:
    from dowding.plots import save_figures

    save_figures(tables, folder, scenario=SCENARIO, formats=("png",))


def report(first: bool) -> None:
    """Print the table."""
    print(HEADING)
    start(first)
    print(line("scenario load and resolve", timed(lambda: resolve(load(SCENARIO)))[0]))
    resolved = resolve(load(SCENARIO))
    times, compiled = timed(lambda: compile_scenario(resolved))
    print(line("scenario to model", times))
    replicate(compiled)
    after(compiled)
    looks.report()
