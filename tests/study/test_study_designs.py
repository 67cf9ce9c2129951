"""Designs spread evenly, can be had in pieces, and depend on nothing but seed and row."""

import numpy as np
import pytest

from dowding.study.designs import quantiles, saltelli_rows


@pytest.mark.parametrize("design", ["latin-hypercube", "sobol", "random"])
def test_any_piece_is_a_piece_of_the_whole(design: str) -> None:
    whole = quantiles(design, 7, 5, 96, 0, 96)  # type: ignore[arg-type]
    pieces = [quantiles(design, 7, 5, 96, a, b) for a, b in ((0, 10), (10, 64), (64, 96))]  # type: ignore[arg-type]
    assert np.array_equal(whole, np.concatenate(pieces))
    assert whole.min() > 0.0
    assert whole.max() < 1.0
    assert not np.array_equal(whole, quantiles(design, 8, 5, 96, 0, 96))  # type: ignore[arg-type]


def test_a_hypercube_has_one_row_in_every_stratum() -> None:
    rows = quantiles("latin-hypercube", 1, 4, 50, 0, 50)
    for column in rows.T:
        assert sorted((column * 50).astype(int)) == list(range(50))


def test_a_sobol_design_has_one_row_in_every_stratum_of_a_power_of_two() -> None:
    for column in quantiles("sobol", 1, 6, 64, 0, 64).T:
        assert sorted((column * 64).astype(int)) == list(range(64))


def test_a_saltelli_design_changes_one_cause_at_a_time() -> None:
    rows = saltelli_rows(("a", "b", "c"), 8, 3).reshape(8, 5, 3)
    for base, *mixed, other in rows:
        for k, row in enumerate(mixed):
            assert np.array_equal(np.flatnonzero(row != base), [k])
            assert row[k] == other[k]
