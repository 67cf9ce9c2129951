"""Chance is addressed: the same seed and replicate give the same bytes, alone or among others, whatever tables are asked for."""

import hashlib
from pathlib import Path

import numpy as np

from dowding.engine.simulation import EVERYTHING, STANDARD, simulate_tables
from dowding.model import Compiled
from dowding.simulation import simulate
from dowding.tables import Columns, Tables, read_run

COMMAND = "dowding run ankara"


def digests(run: Tables, folder: Path) -> dict[str, str]:
    """A digest of each file of a run folder."""
    run.write(folder)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def equal(a: Columns, b: Columns) -> bool:
    return set(a) == set(b) and all(np.array_equal(a[c], b[c], equal_nan=a[c].dtype.kind == "f") for c in a)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(compiled: Compiled, tmp_path: Path) -> None:
    first = digests(simulate(compiled, seed=5, looks=True, command=COMMAND), tmp_path / "a")
    again = digests(simulate(compiled, seed=5, looks=True, command=COMMAND), tmp_path / "b")
    assert first == again
    assert {"targets.parquet", "detections.parquet", "tracks.parquet", "shots.parquet", "summary.json", "provenance.json"} <= set(first)
    other = digests(simulate(compiled, seed=6, looks=True, command=COMMAND), tmp_path / "c")
    chance = {"targets", "truth", "dwells", "detections", "origins", "looks", "tracks", "shots", "events"}
    assert {name for name in first if first[name] != other[name]} >= {f"{name}.parquet" for name in chance}
    fixed = {"sensors.parquet", "coverage.parquet", "scenario.toml"}
    assert all(first[name] == other[name] for name in fixed)


def test_a_replicate_alone_is_the_same_as_after_others(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    alone = simulate(compiled, replicate=5, looks=True)
    assert all(equal(alone[name], runs[5][name]) for name in alone)
    assert not equal(runs[5]["detections"], runs[6]["detections"])


def test_the_tables_wanted_do_not_change_the_run(compiled: Compiled) -> None:
    seed = compiled.resolved.seed
    most, usual, least = (simulate_tables(compiled, seed, 2, wanted) for wanted in (EVERYTHING, STANDARD, frozenset({"events"})))
    for fewer in (usual, least):
        assert all(equal(fewer[name], most[name]) for name in fewer)
    assert set(least) < set(usual) < set(most)


def test_a_run_read_back_is_the_run(runs: tuple[Tables, ...], tmp_path: Path) -> None:
    runs[0].write(tmp_path)
    back = read_run(tmp_path)
    assert set(back) == set(runs[0])
    assert all(equal(back[name], runs[0][name]) for name in back)
