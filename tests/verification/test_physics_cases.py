"""The published cases hold, every one is computed, and a wrong number would be seen."""

import pytest

from verification import physics


def test_every_case_is_computed_once() -> None:
    names = [case["id"] for case in physics.load_cases()]
    assert sorted(names) == sorted(physics.COMPUTE)


@pytest.mark.parametrize("case", physics.load_cases(), ids=lambda case: case["id"])
def test_case(case: dict[str, object]) -> None:
    assert case["source"]
    assert case["source_read"] in ("read", "memory")
    rows = list(physics.compare(case))
    assert rows
    assert not [row for row in rows if not row.passed]


def test_a_wrong_number_is_outside() -> None:
    assert not physics.Row("x", "y", 1.1, 1.0, 0.05).passed
    assert not physics.Row("x", "y", float("nan"), 1.0, 0.05).passed


def test_the_command_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert physics.main() == 0
    monkeypatch.setitem(physics.COMPUTE, "horizon", lambda inputs: {"horizon_km": 1.0})
    assert physics.main() == 1
    assert "OUTSIDE" in capsys.readouterr().out
