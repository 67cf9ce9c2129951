"""SRTM tiles (.hgt): one degree square, named after the south-west corner, without a header.

Source: USGS, SRTM Topography (2015), documentation of version 2.1, sect. 3: big-endian 16-bit metres above the EGM96 geoid, rows from
the north, the outer points on the degree lines, a void is -32768.
"""

import re
from pathlib import Path

import numpy as np

from dowding.errors import TerrainError
from dowding.terrain.elevation import Elevation, Window, part_of, span_of

VOID = -32768
POINTS = {2 * 1201 * 1201: 1201, 2 * 3601 * 3601: 3601}  # by the file's bytes: 3 and 1 arc-seconds
NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)


def corner(path: Path) -> tuple[int, int]:
    """Latitude and longitude (whole degrees) of the south-west corner in a tile's name."""
    found = NAME.match(path.name)
    if not found:
        raise TerrainError(f"terrain {path}: the name of an .hgt file says where it lies", hint="for example N39E032.hgt")
    south = int(found[2]) * (1 if found[1].upper() == "N" else -1)
    return south, int(found[4]) * (1 if found[3].upper() == "E" else -1)


def read_hgt(path: Path, window: Window | None = None) -> Elevation | None:
    """The grid of a tile, or the part of it that a window needs; None if that lies outside."""
    south, west = corner(path)
    size = path.stat().st_size
    if size not in POINTS:
        allowed = " or ".join(str(n) for n in POINTS)
        raise TerrainError(f"terrain {path}: {size} bytes; a tile has {allowed}", hint="unpack it, or fetch it again: it may be cut short")
    points = POINTS[size]
    raw = np.memmap(path, ">i2", "r", shape=(points, points))
    step = 1.0 / (points - 1)
    whole = Elevation(np.broadcast_to(np.float32(np.nan), raw.shape), south + 1.0, float(west), step, step, path.stem)
    span = span_of(whole, window)
    if span is None:
        return None
    grid = raw[span].astype(np.float32)
    grid[raw[span] == VOID] = np.nan
    return part_of(whole, span, window, grid)
