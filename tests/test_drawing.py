"""The second process that draws: what it cannot draw is said, and nothing of it is left behind."""

from pathlib import Path

import pytest

from dowding.drawing import Beside

NAMES = ("range-height", "timeline")


def test_what_it_cannot_draw_is_missing(tmp_path: Path) -> None:
    with Beside(tmp_path, NAMES, "no run here") as beside:
        beside.begin()
        assert beside.missing() == NAMES
    assert not list(tmp_path.iterdir())


def test_a_process_that_cannot_start_leaves_all_to_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    with Beside(tmp_path, NAMES, "") as beside:
        beside.begin()
        assert beside.missing() == NAMES


def test_it_ends_when_the_run_fails(tmp_path: Path) -> None:
    beside = Beside(tmp_path, NAMES, "")
    beside.__exit__(None, None, None)
    assert beside._process is not None
    assert beside._process.poll() is not None
