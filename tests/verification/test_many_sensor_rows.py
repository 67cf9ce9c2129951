"""Rows of fusion and registration: an estimate that is too sure is seen."""

from collections.abc import Iterator

import numpy as np
import pytest

from verification import many_sensors, simulation


def test_fusion_counts_what_is_known_once() -> None:
    found = many_sensors.fused(0.5, 1, 40, (np.full(3, 100.0), np.full(3, 100.0)))
    assert found["tracklets"][1] == pytest.approx(found["central"][1], rel=1e-6)
    assert found["central"][0] == pytest.approx(6.0, abs=1.5)
    assert found["local"][1] > found["central"][1]


@pytest.mark.parametrize(("nees", "code"), [(6.0, 0), (9.0, 1)])
def test_too_sure_an_estimate_is_seen(monkeypatch: pytest.MonkeyPatch, nees: float, code: int) -> None:
    def rows(quick: bool) -> Iterator[simulation.Row]:
        assert quick
        yield simulation.Row("x", "NEES", nees, 6.0, 5.0, 7.0)

    monkeypatch.setattr(many_sensors, "fusion_rows", rows)
    monkeypatch.setattr(many_sensors, "registration_rows", lambda quick: iter(()))
    assert many_sensors.main(["--quick"]) == code
