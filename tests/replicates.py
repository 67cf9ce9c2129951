"""Runs that the tests of the tables share: a few replicates of the shipped example, each made once in a session."""

from functools import lru_cache
from typing import Any

import dowding
from dowding.model import Compiled, compile_scenario
from dowding.scenario import from_tables
from dowding.tables import Tables

REPLICATES = 8


@lru_cache(maxsize=1)
def example() -> Compiled:
    """The shipped example, compiled, over a smooth earth: what it is held against reckons with no hills (tests/terrain does)."""
    return compile_scenario(dowding.load("ankara", {"theatre.terrain": "smooth"}))


@lru_cache(maxsize=1)
def replicates() -> tuple[Tables, ...]:
    """Its first replicates, with every look."""
    from dowding.simulation import simulate

    return tuple(simulate(example(), replicate=k, looks=True) for k in range(REPLICATES))


def world(**tables: Any) -> Compiled:
    """A small world from the tables that a scenario file would hold; theatre and a duration of 300 s unless given."""
    theatre = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}
    given: dict[str, Any] = {"duration_s": 300.0, "theatre": theatre, "output": {"truth_interval_s": 1.0}}
    return compile_scenario(from_tables(given | tables))
