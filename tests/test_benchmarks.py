"""Benchmarks measure kernels of the package by name: they must at least find them."""

import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("[a-z]*.py")))
def test_a_benchmark_finds_all_that_it_measures(name: str) -> None:
    importlib.import_module(f"benchmarks.{name}")
