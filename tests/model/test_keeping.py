"""Models that share a memory are, byte for byte, those made without one, whatever figure was drawn in between."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import dowding
from dowding.catalogue import Catalogue
from dowding.model import Compiled, Kept, compile_scenario
from dowding.model.keeping import MOST_OF_OTHERS, Same
from dowding.scenario import Scenario, resolve
from dowding.study.schema import Uncertain
from dowding.study.uncertainty import doubts_of, with_values

DRAWN = (
    "radars.*.range_max_km", "radars.*.reference_range_km", "targets.*.rcs_*", "targets.*.turn_acceleration_g", "radars.*.pfa",
    "targets.*.speed_*", "interceptors.*",
)  # fmt: skip


def leaves(value: Any, place: str = "model") -> Iterator[tuple[str, Any]]:
    """Every array and number of a bundle, by place."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        for name in value._fields:
            yield from leaves(getattr(value, name), f"{place}.{name}")
    else:
        yield place, value


def differing(one: Compiled, other: Compiled) -> list[str]:
    theirs = dict(leaves(other.model))
    mine = dict(leaves(one.model))
    assert mine.keys() == theirs.keys()
    return [place for place, value in mine.items() if np.asarray(value).tobytes() != np.asarray(theirs[place]).tobytes()]


@pytest.fixture(scope="module")
def border() -> Scenario:
    """Over mountains, with flights of every kind."""
    return dowding.load("border")


def test_a_memory_changes_no_byte(border: Scenario) -> None:
    known = [p for p in DRAWN if _fits(border, p)]
    doubts = doubts_of([border], Uncertain(figures=tuple(known)), "test")
    assert len(doubts) > 20
    kept, firsts = Kept(), []
    for quantile in (0.2, 0.9, 0.2):

        def drawn(catalogue: Catalogue, at: float = quantile) -> Catalogue:
            return with_values(catalogue, doubts, np.array([d.value(at) for d in doubts]))

        resolved = resolve(border, adjust=drawn)
        firsts.append(compile_scenario(resolved, kept))
        assert differing(firsts[-1], compile_scenario(resolved)) == []
    assert differing(firsts[0], firsts[2]) == []
    assert len(differing(firsts[0], firsts[1])) >= 3


def _fits(scenario: Scenario, pattern: str) -> bool:
    try:
        doubts_of([scenario], Uncertain(figures=(pattern,)), "test")
    except dowding.DowdingError:
        return False
    return True


def test_what_did_not_change_is_not_computed_again() -> None:
    kept, made = Kept(), []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [kept.get("loss", key, make) for key in (1, 2, 1, 1)] == [1, 2, 1, 1]
    assert kept.get("path", 1, make) == 3  # each kind for itself
    for key in range(MOST_OF_OTHERS + 1):
        kept.get("air", key, make)
    before = len(made)
    kept.get("air", MOST_OF_OTHERS, make)
    kept.get("air", 0, make)  # the oldest went
    assert len(made) == before + 1
    first, again = [1.0], [1.0]
    assert Same(first) == Same(first)
    assert Same(first) != Same(again)
