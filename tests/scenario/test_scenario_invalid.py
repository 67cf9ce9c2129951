"""Every file in tests/invalid is named after its fault, and says in its first lines which sentence must come of it."""

from pathlib import Path

import pytest

from dowding.errors import DowdingError, ScenarioError
from dowding.scenario import load, read, resolve

FILES = sorted((Path(__file__).parents[1] / "invalid").glob("*.toml"))


def message_of(path: Path) -> ScenarioError:
    with pytest.raises(DowdingError) as caught:
        resolve(load(path))
    assert isinstance(caught.value, ScenarioError)
    return caught.value


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_fault_is_told(path: Path) -> None:
    head = [line for line in path.read_text().splitlines() if line.startswith("# ")]
    expected = [line.removeprefix("# expect: ") for line in head if line.startswith("# expect: ")]
    hints = [line.removeprefix("# hint: ") for line in head if line.startswith("# hint: ")]
    error = message_of(path)
    told = error.message.split("\n")
    assert expected
    assert len(told) == len(expected)
    for sentence, line in zip(expected, told, strict=True):
        assert line.startswith(f"{path.name}: {sentence}")
        assert "more" in line or ("got " in line and "must " in line)
    assert error.hint == (hints[0] if hints else "")


def test_there_are_many() -> None:
    assert len(FILES) >= 90


def test_five_faults_at_most() -> None:
    error = message_of(Path(__file__).parents[1] / "invalid" / "more-faults-than-are-told.toml")
    assert error.message.split("\n")[-1].endswith("and 2 more")
    assert len(error.message.split("\n")) == 6


def refused(path: object) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path)  # type: ignore[arg-type]
    return str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('title = "Köln"'.encode("latin-1"))
    assert "not UTF-8 at offset 10" in refused(tmp_path / "latin.toml")
    assert "got a directory" in refused(tmp_path)
    assert "got no such file" in refused(tmp_path / "absent.toml")
    assert 'did you mean "ankara"?' in refused("ankaraa")
    assert '"two-minutes"' in refused("nowhere")
    assert "cannot be read" in refused("a\0b.toml")
    (tmp_path / "file").write_text("")
    assert "got no such file" in refused(tmp_path / "file" / "x.toml")
    assert "got an empty file" in refused(tmp_path / "file")


def test_strange_texts_are_refused() -> None:
    for text in ("x = " + "[" * 5000, "x = " + "9" * 5000, "x = {", "\x00", "=", "x = 2026-13-45", '"' * 7, "[[a]]\n[a]", "a.b = 1\na = 2"):
        with pytest.raises(ScenarioError, match="must be"):
            read(text)


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "valid" / "smallest.toml").read_text()
    (tmp_path / "windows.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load(tmp_path / "windows.toml").duration_s == 60
