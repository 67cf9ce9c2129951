"""Lets tests here import the shared runs one folder up and the second physics two folders up; makes the runs once."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))
sys.path.insert(0, str(TESTS.parent))

from replicates import example, replicates  # noqa: E402

from dowding.model import Compiled  # noqa: E402
from dowding.tables import Tables  # noqa: E402


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    """The shipped example."""
    return example()


@pytest.fixture(scope="session")
def runs() -> tuple[Tables, ...]:
    """Its first replicates."""
    return replicates()
