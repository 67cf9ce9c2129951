"""The example on the page of recordings runs, and says what it should."""

import contextlib
import io
import os
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recordings.md"


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PAGE.read_text(encoding="utf-8").split("```python\n", 1)[1].split("```", 1)[0]
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, str(PAGE), "exec"), {})
    assert "nothing damaged" in said.getvalue()
    assert "Against the ADS-B of two-minutes.ast" in said.getvalue()
    assert sorted(os.listdir(tmp_path)) == ["radars.toml", "two-minutes.ast"]
