"""Large grounds in a temporary file: the same heights, an array like any other, and no memory once left."""

import tempfile
from typing import Any

import numpy as np
import pytest

from dowding.terrain import Elevation, paging
from dowding.terrain.paging import leave, paged

HEIGHTS = np.arange(1_000_000, dtype=np.float32).reshape(1000, 1000) % 3000


def ground(heights: Any = HEIGHTS) -> Elevation:
    return Elevation(heights, 41.0, 32.0, 0.001, 0.001, "large")


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def test_small_grounds_stay_where_they_are() -> None:
    assert paged(ground()).grid is HEIGHTS
    leave(HEIGHTS)  # nothing to do


@pytest.mark.skipif(not hasattr(paging.mmap, "MADV_DONTNEED"), reason="the system has no such advice")
def test_a_paged_ground_is_the_same_before_and_after_it_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "LARGE", 0)
    grid = paged(ground(np.flipud(HEIGHTS))).grid
    assert grid.flags.carray
    assert grid.dtype == np.float32
    for _ in range(2):
        np.testing.assert_array_equal(grid, np.flipud(HEIGHTS))
        leave(grid[10:, 5:])  # a part knows its pages too


@pytest.mark.skipif(not hasattr(paging.mmap, "MADV_DONTNEED"), reason="the system has no such advice")
def test_what_was_read_leaves_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "LARGE", 0)
    grid = paged(ground(np.ones((5000, 4000), np.float32))).grid
    assert grid.sum() == 20_000_000
    before = resident_bytes()
    leave(grid)
    assert before - resident_bytes() > 0.9 * grid.nbytes
    assert grid[4999, 3999] == 1.0


def test_without_room_on_disk_it_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(paging, "LARGE", 0)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert paged(ground()).grid is HEIGHTS
