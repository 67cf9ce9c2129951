"""The published cases of the measures hold, every one is computed, and a wrong number would be seen."""

from collections.abc import Iterator

import pytest

from verification import measures, simulation
from verification.physics import compare, load_cases


def test_every_case_is_computed_once() -> None:
    assert sorted(case["id"] for case in load_cases(measures.AREAS)) == sorted(measures.COMPUTE)


@pytest.mark.parametrize("case", load_cases(measures.AREAS), ids=lambda case: case["id"])
def test_case(case: dict[str, object]) -> None:
    rows = list(compare(case, measures.COMPUTE))
    assert rows
    assert not [row for row in rows if not row.passed]


@pytest.mark.parametrize(("ratio", "code"), [(1.1, 0), (1.5, 1), (0.8, 1)])
def test_a_tracker_far_from_its_bound_is_seen(monkeypatch: pytest.MonkeyPatch, ratio: float, code: int) -> None:
    def rows(quick: bool) -> Iterator[simulation.Row]:
        assert quick
        yield simulation.Row("x", "y", ratio, 1.0, 0.95, measures.NEAR_THE_BOUND)

    monkeypatch.setattr(measures, "bound_rows", rows)
    assert measures.main(["--quick"]) == code
