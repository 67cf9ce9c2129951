"""Lets tests here import the small worlds one folder up, and surveys them once.

The folder is not called as the package's room is, because Numba imports a package of that name if it finds one.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from networks import ALTITUDES, EAST, SEARCH, WEST, hilly, network

from dowding.model import Compiled
from dowding.survey.coverage import Coverage, coverage


@pytest.fixture(scope="session")
def radar() -> Compiled:
    """One radar that looks all around."""
    return network(sensor=[SEARCH])


@pytest.fixture(scope="session")
def radar_survey(radar: Compiled) -> Coverage:
    return coverage(radar, "f-16", ALTITUDES, step_m=2000.0)


@pytest.fixture(scope="session")
def both() -> Compiled:
    """A radar and two batteries."""
    return network(sensor=[SEARCH], fire_unit=[WEST, EAST])


@pytest.fixture(scope="session")
def both_survey(both: Compiled) -> Coverage:
    return coverage(both, "f-16", ALTITUDES, step_m=4000.0)


@pytest.fixture(scope="session")
def hills() -> Compiled:
    """A radar and a battery among mountains."""
    return hilly()


@pytest.fixture(scope="session")
def hills_survey(hills: Compiled) -> Coverage:
    return coverage(hills, "f-16", ["100m-agl", "1km", "3km"], step_m=2000.0, toward="Depot")
