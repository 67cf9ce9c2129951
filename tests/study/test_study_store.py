"""The store: whole or not there at all, never lost, and equal bytes whoever ran the parts. Runs a scenario of two minutes."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from dowding.errors import StudyError
from dowding.study.answers import findings
from dowding.study.plan import plan_in
from dowding.study.questions import check_measures, measures_in, query_study
from dowding.study.reading import read_study
from dowding.study.replicates import Replicator, columns_of
from dowding.study.report import write_report
from dowding.study.running import Done, rerun, run_study
from dowding.study.spans import Span
from dowding.study.store import Store
from dowding.tables import Tables

TEXT = """
title = "Slow or quick"
question = "What does a slower unit cost?"
base = "two-minutes"
replicates = 24
part = 4
keep = [3]
measures = ["killed", "leaked = 0"]
answer = { measure = "killed", variant = "slow", against = "quick" }
[[variant]]
name = "quick"
[[variant]]
name = "slow"
override = { "fire_unit[0].override.reaction_time_s" = 30 }
[uncertain]
figures = ["interceptors.*.kill_probability_*"]
design = "sobol"
"""
Run = Callable[..., Done]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, run_study_here: Run) -> Path:
    folder = tmp_path_factory.mktemp("study") / "one"
    end = run_study_here(read_study(TEXT), folder, workers=1)
    assert (end.replicates, end.points, end.fresh, end.stopped) == (24, 2, 48, "")
    return folder


def copy_of(done: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(done, tmp_path / "copy"))


def parts(folder: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in sorted((folder / "parts").iterdir())}


def test_a_finished_study_is_not_run_again(done: Path, tmp_path: Path, run_study_here: Run) -> None:
    folder = copy_of(done, tmp_path)
    assert run_study_here(read_study(TEXT), folder, workers=1).fresh == 0


def test_more_replicates_are_added(done: Path, tmp_path: Path, run_study_here: Run) -> None:
    folder = copy_of(done, tmp_path)
    end = run_study_here(read_study(TEXT), folder, replicates=32, workers=1)
    assert (end.replicates, end.fresh) == (32, 16)
    before = query_study(done, "select * exclude wall_s from replicates order by point, replicate").fetchall()
    after = query_study(folder, "select * exclude wall_s from replicates where replicate < 24 order by point, replicate").fetchall()
    assert before == after


def test_any_replicate_runs_again_alone(done: Path) -> None:
    plan = plan_in(done)
    values = plan.values(plan.quantiles(17, 18))[0]
    row = columns_of([Replicator(plan).row(plan.points[1], 17, values)])
    names = list(row)
    (stored,) = query_study(done, f"select {', '.join(names)} from replicates where point = 1 and replicate = 17").fetchall()
    for name, kept in zip(names, stored, strict=True):
        assert np.array_equal(row[name][0], np.asarray(kept, row[name].dtype), equal_nan=row[name].dtype.kind == "f"), name
    tables: Tables = rerun(plan, 1, 17)
    assert tables.summary["total"]["killed"] == row["killed"][0]


def test_chosen_replicates_keep_their_tables(done: Path) -> None:
    for point in (0, 1):
        kept = json.loads((done / "kept" / f"{point}-3" / "summary.json").read_text())
        (stored,) = query_study(done, f"select killed, shots from replicates where point = {point} and replicate = 3").fetchall()
        assert (kept["total"]["killed"], sum(u["shots"] for u in kept["units"].values())) == stored


def test_damaged_parts_are_said_and_done_again(done: Path, tmp_path: Path, run_study_here: Run) -> None:
    folder = copy_of(done, tmp_path)
    whole = folder / "parts" / "1-0-23.parquet"
    kept = whole.read_bytes()
    whole.write_bytes(kept[: len(kept) // 2])
    end = run_study_here(read_study(TEXT), folder, workers=1)
    assert end.fresh == 24
    assert "was cut short or damaged" in end.said[0]
    assert parts(folder) == parts(done)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_study_that_is_killed_or_stopped_by_ctrl_c_goes_on(how: signal.Signals, done: Path, tmp_path: Path, run_study_here: Run) -> None:
    file, folder = tmp_path / "study.toml", tmp_path / "killed"
    file.write_text(TEXT)
    command = [sys.executable, "-m", "dowding", "study", str(file), "--out", str(folder), "--workers", "1", "--no-report"]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not list(folder.glob("parts/*.parquet")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, how)
    _, said = process.communicate()
    have = len(Store(folder).spans())
    assert have > 0
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert b"Traceback" not in said
        assert not (folder / "running").exists()
        assert not list(folder.glob("*/.*"))  # what was half written is gone
        counted = query_study(folder, "select count(*), count(distinct (point, replicate)) from replicates").fetchall()
        assert counted == [(counted[0][1],) * 2]
    end = run_study_here(read_study(TEXT), folder, workers=1)
    assert end.fresh <= 48 - 4 * have
    assert parts(folder) == parts(done)


def test_two_workers_make_the_same_bytes_though_one_is_killed(done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dowding.study import local

    real, killed = local._Worker.give, []

    def give(self: local._Worker, span: Span) -> None:
        real(self, span)
        if not killed:
            killed.append(self.process.pid)
            self.process.kill()

    monkeypatch.setattr(local._Worker, "give", give)
    end = run_study(read_study(TEXT), tmp_path / "wounded", workers=2)
    assert killed
    assert end.replicates == 24
    assert parts(tmp_path / "wounded") == parts(done)
    assert list(parts(done)) == ["0-0-23.parquet", "1-0-23.parquet"]


def test_another_study_in_the_folder(done: Path) -> None:
    other = read_study(TEXT.replace("30 }", "31 }"))
    with pytest.raises(StudyError, match="holds another study"):
        run_study(other, done, workers=1)


def test_the_same_numbers_may_be_asked_something_else(done: Path, tmp_path: Path, run_study_here: Run) -> None:
    folder = copy_of(done, tmp_path)
    asked = TEXT.replace('answer = { measure = "killed"', 'answer = { measure = "shots"')
    assert run_study_here(read_study(asked), folder).fresh == 0
    assert "shots" in findings(folder).sentence


def test_a_measure_that_does_not_exist_is_refused_before_anything_runs(tmp_path: Path, run_study_here: Run) -> None:
    for wrong in (TEXT.replace('"leaked = 0"', '"leked = 0"'), TEXT.replace('{ measure = "killed"', '{ measure = "kiled"')):
        with pytest.raises(StudyError, match=r"measure '(leked = 0|kiled)' cannot be computed"):
            run_study_here(read_study(wrong), tmp_path / "study")
    assert not list((tmp_path / "study" / "parts").iterdir())


def test_a_factor_does_not_hide_a_measure() -> None:
    manifest = {"points": [{"number": 0, "variant": "base", "hypothesis": "", "factors": {"Leaked": 1}}]}
    with pytest.raises(StudyError, match=r"the factor 'Leaked' has a measure's name"):
        check_measures(["leaked"], manifest, [{"leaked": np.array([3])}])


@pytest.mark.parametrize("place", ["parts", "times"])
def test_a_question_to_damaged_parts_is_one_sentence(place: str, done: Path, tmp_path: Path) -> None:
    folder = copy_of(done, tmp_path)
    file = folder / place / "1-0-23.parquet"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(StudyError, match=rf"{place}/1-0-23.parquet: a part of the study is missing, cut short or damaged"):
        findings(folder)
    file.unlink()
    if place == "times":
        with pytest.raises(StudyError, match=r"times/1-0-23.parquet: a part of the study is missing"):
            query_study(folder, "select avg(killed) from replicates").fetchall()


def test_a_folder_that_a_full_disk_left_without_a_manifest_is_begun_again(done: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    for name in ("parts", "times", "points"):
        (folder / name).mkdir(parents=True)
    (folder / "study.toml").write_text("")
    plan = plan_in(done)
    assert Store(folder).open(plan, "")["identity"] == plan.identity


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StudyError, match="not empty and holds no study"):
        run_study(read_study(TEXT), tmp_path, workers=1)
    with pytest.raises(StudyError, match="not a study's folder"):
        findings(tmp_path)


def test_a_manifest_of_another_version(done: Path, tmp_path: Path) -> None:
    folder = copy_of(done, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"made_with": {"dowding": "0.0.1", "kernels": "x"}}))
    with pytest.raises(StudyError, match=r"was made by dowding 0\.0\.1"):
        run_study(read_study(TEXT), folder, workers=1)
    assert findings(folder).replicates == 24  # reading goes on working
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(StudyError, match="got format 99, must be 1"):
        findings(folder)


def test_two_at_once_in_one_folder(done: Path, tmp_path: Path, run_study_here: Run) -> None:
    folder = copy_of(done, tmp_path)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    import socket

    (folder / "running").write_text(f"{socket.gethostname()} {sleeper.pid}")
    try:
        with pytest.raises(StudyError, match="a study is running in this folder"):
            run_study_here(read_study(TEXT), folder, workers=1)
    finally:
        sleeper.kill()
        sleeper.wait()
    assert run_study_here(read_study(TEXT), folder, workers=1).fresh == 0  # the lock of the dead is nobody's


@pytest.mark.parametrize(
    "failure",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        duckdb.IOException("IO Error: No space left on device"),
        duckdb.IOException('IO Error: Async write failed: {"exception_message":"Could not write \\"a\\"","errno":"28"}'),
    ],
)
def test_a_disk_that_is_full(failure: Exception, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_study_here: Run) -> None:
    folder = copy_of(done, tmp_path)
    store, before = Store(folder), parts(folder)

    def full(connection: object, columns: object, file: Path) -> None:
        file.write_bytes(b"PAR1")
        raise failure

    monkeypatch.setattr("dowding.study.store.write_columns", full)
    with pytest.raises(StudyError, match=r"cannot be written \((IO Error: )?No space left on device\)") as told:
        store.add(Span(0, 24, 26), {"killed": np.zeros(2)}, np.zeros(2))
    assert told.value.hint is not None
    assert "the same command goes on" in told.value.hint
    monkeypatch.undo()
    assert parts(folder) == before  # nothing half written stands there
    assert run_study_here(read_study(TEXT), folder, workers=1).fresh == 0


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="cannot be written"):
        run_study(read_study(TEXT), tmp_path / "file" / "study", workers=1)


def test_wishes_that_cannot_be() -> None:
    with pytest.raises(StudyError, match="--replicates: got 0, must be at least 1"):
        run_study(read_study(TEXT), Path("nowhere"), replicates=0)
    with pytest.raises(StudyError, match="replicates: got 0, must be between 1 and"):
        read_study(TEXT.replace("replicates = 24", "replicates = 0"))
    with pytest.raises(StudyError, match="--workers: got 0"):
        run_study(read_study(TEXT), Path("nowhere"), workers=0)


def test_a_narrow_interval_stops_early_and_is_the_same_for_all(tmp_path: Path, run_study_here: Run) -> None:
    text = TEXT.replace("keep = [3]\n", "") + "[stop]\nhalf_width = 5.0\nafter = 8\n"
    ends = [run_study_here(read_study(text), tmp_path / str(n), workers=n) for n in (1, 2)]
    assert [end.replicates for end in ends] == [8, 8]
    counts = [query_study(tmp_path / str(n), "select count(*) from replicates").fetchall() for n in (1, 2)]
    assert counts == [[(16,)], [(16,)]]


def test_python_has_the_store_as_arrow_pandas_and_polars(done: Path) -> None:
    asked = query_study(done, "select variant, replicate, killed, wall_s from replicates order by point, replicate")
    table, frame, other = asked.to_arrow_table(), asked.df(), asked.pl()
    assert [table.num_rows, len(frame), other.height] == [48] * 3
    for names in (list(frame["variant"]), other["variant"].to_list(), table.column("variant").to_pylist()):
        assert names == ["quick"] * 24 + ["slow"] * 24
    assert frame["killed"].to_numpy().tolist() == other["killed"].to_list() == table.column("killed").to_pylist()
    assert str(frame["killed"].dtype) == "int32"


def test_findings_and_report(done: Path) -> None:
    found = findings(done)
    assert found.answer.count == 24
    assert "killed" in found.sentence
    assert {row.measure for row in found.rows} == {"killed", "leaked = 0"}
    assert "killed" in measures_in(done)
    page = write_report(done).read_text()
    assert "What does a slower unit cost?" in page
    assert found.sentence in page.replace("&#39;", "'")
    assert "<svg" in page
    assert "http://" not in page.split("<svg")[0]  # it fetches nothing
    assert (done / "figures" / "distribution.pdf").read_bytes().startswith(b"%PDF")


def test_sobol_indices_of_what_matters(tmp_path: Path, run_study_here: Run) -> None:
    text = TEXT.replace("replicates = 24", "replicates = 80").replace("keep = [3]\n", "") + "[sensitivity]\nsamples = 4\nfigures = 2\n"
    run_study_here(read_study(text), tmp_path / "s", workers=2)
    found = findings(tmp_path / "s")
    inner = plan_in(tmp_path / "s" / "sensitivity")
    assert inner.saltelli is not None
    assert len(inner.saltelli.causes) <= 2
    assert len(found.indices) in (0, len(inner.saltelli.causes))  # none where the few runs do not differ
