"""A number outside its bounds is seen, and the command says so."""

from collections.abc import Iterator

import numpy as np
import pytest

from verification import __main__ as everything
from verification import simulation


def test_a_wrong_number_is_outside() -> None:
    assert simulation.Row("x", "y", 1.0, 1.0, 0.9, 1.1).passed
    assert not simulation.Row("x", "y", 1.2, 1.0, 0.9, 1.1).passed
    assert not simulation.Row("x", "y", float("nan"), 1.0, 0.9, 1.1).passed


@pytest.mark.parametrize(("ours", "code"), [(1.0, 0), (2.0, 1)])
def test_the_command_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ours: float, code: int) -> None:
    def rows(quick: bool) -> Iterator[simulation.Row]:
        assert quick
        yield simulation.Row("x", "y", ours, 1.0, 0.9, 1.1)

    monkeypatch.setattr(simulation, "rows", rows)
    assert simulation.main(["--quick"]) == code
    assert ("OUTSIDE" in capsys.readouterr().out) == bool(code)
    monkeypatch.setattr("sys.argv", ["verification", "--quick"])
    monkeypatch.setattr(everything.physics, "main", lambda: 0)
    monkeypatch.setattr(everything.classes, "main", lambda arguments: 0)
    monkeypatch.setattr(everything.estimation, "main", lambda arguments: 0)
    monkeypatch.setattr(everything.measures, "main", lambda arguments: 0)
    monkeypatch.setattr(everything.receivers, "main", lambda arguments: 0)
    monkeypatch.setattr(everything.unresolved, "main", lambda arguments: 0)
    monkeypatch.setattr(everything.many_sensors, "main", lambda arguments: 0)
    assert everything.main() == code


def test_too_small_an_error_stated_is_seen() -> None:
    rng = np.random.default_rng(1)
    right, wrong = (rng.chisquare(3, 20_000) * scale for scale in (1.0, 1.05))
    for values, verdict in ((right, True), (wrong, False)):
        updates = simulation.Updates(values, np.full(len(values), 3), values, np.repeat(np.arange(200), 100))
        rows = [*simulation.nis_rows("x", updates, 0.01), *simulation.nees_rows("x", updates, 0.01)]
        assert [row.passed for row in rows] == [verdict, verdict]


def test_a_drifting_target_drifts_as_it_should() -> None:
    compiled = simulation.crossing("91n6e", 100.0)
    moved = simulation.drifting(compiled, simulation.DENSITY, 1).model
    knots = moved.flights.targets["path_last"][0] + 1
    change = (moved.flights.paths.velocity[knots - 1 :: knots] - moved.flights.paths.velocity[::knots]) ** 2
    span = moved.flights.paths.time[knots - 1]
    assert change.mean() == pytest.approx(simulation.DENSITY * span, rel=0.35)  # 72 squares: sigma is 17 percent
