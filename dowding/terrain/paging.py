"""Large grounds lie in a temporary file that the system pages in where they are read, rather than in memory beside the results."""

import mmap
import tempfile
from dataclasses import replace
from typing import Any

import numpy as np

from dowding.terrain.elevation import Elevation, Heights

LARGE = 64_000_000  # bytes, from which on it pays


def paged(elevation: Elevation) -> Elevation:
    """The same, its heights in an unnamed temporary file if they are many; in memory still if no file takes them."""
    grid = elevation.grid
    if grid.nbytes < LARGE or not hasattr(mmap, "MADV_DONTNEED"):
        return elevation
    try:
        with tempfile.TemporaryFile() as file:
            np.ascontiguousarray(grid).tofile(file)  # not through the map: a full disk would end the process
            file.flush()
            # copies what somebody writes to, so that it is an array like any other
            pages = mmap.mmap(file.fileno(), grid.nbytes, access=mmap.ACCESS_COPY)
    except OSError:
        return elevation
    return replace(elevation, grid=np.frombuffer(pages, np.float32).reshape(grid.shape))


def leave(grid: Heights) -> None:
    """Give back the memory that reading a paged grid has taken, for now; nothing for others.

    It may be read meanwhile and after; what was written to it is lost.
    """
    base: Any = grid
    while isinstance(base, np.ndarray):
        base = base.base
    pages = base.obj if isinstance(base, memoryview) else base
    if isinstance(pages, mmap.mmap):
        pages.madvise(mmap.MADV_DONTNEED)
