"""The published cases of tracking hold, every one is computed, and covariances stay positive definite."""

import pytest

from verification import estimation
from verification.physics import compare, load_cases


def test_every_case_is_computed_once() -> None:
    assert sorted(case["id"] for case in load_cases(estimation.AREAS)) == sorted(estimation.COMPUTE)


@pytest.mark.parametrize("case", load_cases(estimation.AREAS), ids=lambda case: case["id"])
def test_case(case: dict[str, object]) -> None:
    rows = list(compare(case, estimation.COMPUTE))
    assert rows
    assert not [row for row in rows if not row.passed]


@pytest.mark.parametrize("sharp", estimation.SHARP)
@pytest.mark.parametrize(("kind", "method", "every"), [(3, "extended", 50), (2, "extended", 50_000), (0, "unscented", 50)])
def test_many_sharp_updates_leave_the_covariance_positive_definite(kind: int, method: str, every: int, sharp: str) -> None:
    # a million of each: verification.estimation
    assert estimation.least_pivot(kind, method, sharp, every, 50_000) > 0.0
