"""A Dask cluster makes the same study, byte for byte, when a worker dies under way; and workers that do not see the folder do too."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dowding.errors import StudyError
from dowding.study import cluster
from dowding.study.manifest import manifest_of
from dowding.study.questions import query_study
from dowding.study.reading import read_study
from dowding.study.running import Done, run_study
from dowding.study.spans import Span
from dowding.study.store import Store

distributed = pytest.importorskip("distributed")

TEXT = """
title = "On a cluster"
base = "two-minutes"
replicates = 60
part = 2
answer = { measure = "killed" }
[uncertain]
figures = ["interceptors.*.kill_probability_*"]
design = "sobol"
"""
THIRD = 20
Run = Callable[..., Done]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, run_study_here: Run) -> Path:
    folder = tmp_path_factory.mktemp("local") / "study"
    run_study_here(read_study(TEXT), folder)
    return folder


def parts(folder: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in sorted((folder / "parts").iterdir())}


def test_a_worker_killed_at_a_third_loses_and_doubles_nothing(local: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"distributed.scheduler.work-stealing": False, "distributed.comm.timeouts.connect": "60s"}
    import dask

    killed: list[int] = []
    with (
        dask.config.set(settings),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as crew,
        distributed.Client(crew) as client,
    ):
        before = client.run(os.getpid)

        def tell(done: int, of: int) -> None:
            if done >= THIRD and not killed:
                killed.append(next(iter(before.values())))
                os.kill(killed[0], signal.SIGKILL)

        end = run_study(read_study(TEXT), tmp_path / "away", scheduler=crew.scheduler_address, progress=tell)
        client.wait_for_workers(2, timeout=60)
        after = client.run(os.getpid)
    assert killed
    assert killed[0] not in after.values()  # its nanny has started another
    assert end.fresh == 60
    assert query_study(tmp_path / "away", "select count(*), count(distinct replicate) from replicates").fetchall() == [(60, 60)]
    assert parts(tmp_path / "away") == parts(local)


def test_a_worker_that_does_not_see_the_folder_sends_the_same_columns(local: Path, tmp_path: Path) -> None:
    identity, span = manifest_of(local)["identity"], Span(0, 4, 6)
    back, columns, seconds = cluster.run_span(cluster._content(local), str(tmp_path / "nowhere"), identity, span)
    assert (back, columns is not None, len(seconds)) == (span, True, 2)
    assert columns is not None
    names = ", ".join(f'"{name}"' for name in columns)
    stored = query_study(local, f"select {names} from replicates where replicate in (4, 5) order by replicate").fetchnumpy()
    for name, values in columns.items():
        assert np.array_equal(np.ma.filled(stored[name], np.nan), values, equal_nan=values.dtype.kind == "f"), name
    other = Store(tmp_path / "other")
    other.parts.mkdir(parents=True)
    other.times.mkdir()
    other.add(span, columns, seconds)
    assert other.spans() == [span]


def test_no_scheduler_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER_S", 1)
    with pytest.raises(StudyError, match="no Dask scheduler answers there"):
        run_study(read_study(TEXT.replace("= 60", "= 2")), tmp_path / "study", scheduler="tcp://127.0.0.1:9")


def test_a_worker_of_another_version_is_refused(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "made_with", lambda: {"dowding": "0.0.1", "kernels": "x"})
    with pytest.raises(StudyError, match=r"a worker has dowding 0\.0\.1 with code or libraries other"):
        cluster.run_span(cluster._content(local), "/nowhere", "another identity", Span(0, 0, 2))
