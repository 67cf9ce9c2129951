"""The command line as a user meets it: real processes, real folders."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dowding.tables import TABLES, read_parquet, read_run

READ_ONLY = """
import sys
from dowding.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
assert "numba" not in sys.modules
"""
ROOT = Path(__file__).resolve().parent.parent


def dowding(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dowding", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=os.environ | {"COLUMNS": "120", "PYTHONPATH": str(ROOT)}, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "run"
    done = dowding("run", "two-minutes", "--seed", 5, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_a_run_leaves_everything(folder: Path) -> None:
    names = {"summary.json", "provenance.json", "scenario.toml"}
    names |= {f"{picture}.{kind}" for picture in ("map", "range-height", "timeline") for kind in ("png", "svg")}
    names |= {f"{table}.parquet" for table in TABLES if table not in ("looks", "quality", "identities", "chain", "use")}
    assert {path.name for path in folder.iterdir()} == names
    run = read_run(str(folder))
    assert run.provenance["seed"] == run.summary["seed"] == 5
    assert run.provenance["command"].startswith("dowding run two-minutes")
    assert all(figure["grade"] in "ABCDU" for figure in run.provenance["figures"] if figure["grade"])
    assert run.summary["doubtful"]


def test_the_resolved_scenario_runs_to_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    done = dowding("run", folder / "scenario.toml", "--seed", 5, "--out", tmp_path / "again", "--no-figures")
    assert done.returncode == 0, done.stderr
    for table in ("targets", "truth", "detections", "tracks", "shots", "events", "coverage"):
        name = f"{table}.parquet"
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_tracking_again_gives_the_same_tracks(folder: Path, tmp_path: Path) -> None:
    done = dowding("track", folder / "detections.parquet", "--out", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["updates"] == len(read_parquet(folder / "tracks.parquet")["track"])
    assert (tmp_path / "tracks.parquet").read_bytes() == (folder / "tracks.parquet").read_bytes()


def test_quality_is_said_drawn_and_written(folder: Path, tmp_path: Path) -> None:
    done = dowding("quality", folder, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    for words in ("GOSPA", "Single integrated air picture", "swaps", "NEES", "Cramer-Rao"):
        assert words in done.stdout
    names = {f"quality.{kind}" for kind in ("json", "parquet", "png", "svg")} | {"worst-moments.png", "worst-moments.svg"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert len(read_parquet(tmp_path / "quality.parquet", "quality")["time_s"]) == len(
        set(read_parquet(folder / "truth.parquet", "truth")["time_s"].tolist())
    )
    again = dowding("quality", folder, "--tracks", folder, "--out", tmp_path / "again", "--no-figures", "--json")
    assert json.loads(again.stdout)["pictures"][0]["continuity"]["targets"] > 0
    assert not list((tmp_path / "again").glob("*.png"))


def test_json_goes_to_standard_output_and_talk_to_standard_error(tmp_path: Path) -> None:
    done = dowding("run", "two-minutes", "--json", "--no-figures", "--out", tmp_path / "out")
    assert json.loads(done.stdout)["title"]
    assert "wrote" in done.stderr
    assert not list((tmp_path / "out").glob("*.png"))


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("catalogue", "--help"), ("run", "--help"), ("quality", "--help"), ("catalogue",), ("schema",), ("scenarios",)],
)
def test_what_only_reads_answers_without_numba(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", READ_ONLY, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_catalogue_shows_and_cites() -> None:
    shown = dowding("catalogue", "show", "s-400").stdout
    for word in ("91N6E", "402 km", "assumed", "kill_probability_cruise_missile", "twz-40n6-2019"):
        assert word in shown
    assert "The War Zone" in dowding("catalogue", "cite", "s-400").stdout
    assert dowding("catalogue", "show", "hq-9").stdout.count("FD-2000")
    rows = json.loads(dowding("catalogue", "show", "f-35", "--json").stdout)
    assert {"entry", "key", "value", "low", "high", "grade", "sources"} <= set(rows[0])


def test_check_prints_a_scenario_that_reads_back() -> None:
    from dowding.scenario import read, write

    text = dowding("check", "two-minutes").stdout
    assert write(read(text)) == text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "nowhere.toml"), "nowhere"),
        (("run", "two-minutes", "--seed", -1), "--seed"),
        (("run", "two-minutes", "--replicate", -1), "--replicate"),
        (("catalogue", "show", "s-4000"), "did you mean s-400"),
        (("track", "nowhere/detections.parquet"), "no such file or folder"),
        (("quality", "nowhere"), "no such folder"),
        (("quality", "."), "truth.parquet is missing"),
        (("check", Path(__file__).parent / "invalid" / "key-unknown.toml"), "hint:"),
    ],
)
def test_a_mistake_is_a_sentence(arguments: tuple[object, ...], words: str, tmp_path: Path) -> None:
    done = dowding(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    done = dowding("run", "two-minutes", "--out", tmp_path)
    assert done.returncode == 1
    assert "holds no run" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_damaged_tables_are_said(folder: Path, tmp_path: Path) -> None:
    for name in ("dwells.parquet", "scenario.toml"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "detections.parquet").write_bytes((folder / "detections.parquet").read_bytes()[:500])
    done = dowding("track", tmp_path)
    assert done.returncode == 1
    assert "not a readable Parquet file" in done.stderr
