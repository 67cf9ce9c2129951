"""Terrain from wherever it lies: by name, file or folder."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from dowding.errors import TerrainError
from dowding.terrain.elevation import CELLS_MOST, Elevation, Window, checked, filled
from dowding.terrain.paging import paged
from dowding.terrain.patch import read_patch
from dowding.terrain.raster import read_raster
from dowding.terrain.srtm import read_hgt

Holes = Literal["keep", "sea", "interpolate"]

BUNDLED = {"turkey": Path(__file__).with_name("turkey.npz")}
RASTERS = (".tif", ".tiff", ".dt0", ".dt1", ".dt2", ".vrt")
TILES = (".hgt", *RASTERS)


def load_terrain(source: str | Path = "turkey", *, window: Window | None = None, holes: Holes = "keep") -> Elevation:
    """Heights of the ground from a shipped name, a file, or a folder of tiles.

    Files: .npz of `save_terrain`, SRTM .hgt, and with rasterio GeoTIFF, DTED and all else that GDAL reads. `window` cuts out south,
    west, north, east (degrees). Holes stay NaN ("keep"; paths over them are refused later), become sea level, or are interpolated.
    Raises TerrainError with a sentence for whatever cannot be read or makes no sense.
    """
    if holes not in get_args(Holes):
        raise TerrainError(f"holes = “{holes}”: not one of {', '.join(get_args(Holes))}")
    path = BUNDLED.get(str(source), Path(source))
    if not path.exists():
        raise TerrainError(f"terrain “{source}”: no such file or folder", hint=f"shipped with the package: {', '.join(BUNDLED)}")
    try:
        elevation = _folder(path, window) if path.is_dir() else _file(path, window)
    except OSError as error:
        raise TerrainError(f"terrain {path}: cannot be read ({error.strerror})") from error
    if elevation is None:
        south, west, north, east = window or (math.nan,) * 4
        raise TerrainError(
            f"terrain {source} holds no ground within latitude {south:.4g} to {north:.4g}, longitude {west:.4g} to {east:.4g}",
            hint="it lies elsewhere, or says other coordinates than it has; windows are south, west, north, east in degrees",
        )
    elevation = checked(elevation)
    return paged(elevation if holes == "keep" else filled(elevation, holes))


def _file(path: Path, window: Window | None) -> Elevation | None:
    """The part of a file that a window needs; None if it lies outside."""
    ending = path.suffix.lower()
    if ending == ".npz":
        return read_patch(path, window)
    if ending == ".hgt":
        return read_hgt(path, window)
    return read_raster(path, window)


def _folder(path: Path, window: Window | None) -> Elevation | None:
    """All tiles of a folder, as far as a window needs them, as one grid; where no tile lies are holes."""
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in TILES)
    if not files:
        raise TerrainError(f"terrain folder {path}: no tile", hint=f"tiles end in {', '.join(TILES)}")
    tiles = [tile for file in files if (tile := _file(file, window)) is not None]
    return mosaic(tiles, path.name) if tiles else None


def mosaic(tiles: Sequence[Elevation], name: str) -> Elevation:
    """Tiles of one spacing side by side; a hole in one is filled by another that overlaps it."""
    one = tiles[0]
    if len(tiles) == 1:
        return one
    lefts = [one.west + (tile.west - one.west + 180.0) % 360.0 - 180.0 for tile in tiles]
    for tile in tiles:
        if abs(tile.step_lat - one.step_lat) > 1e-9 or abs(tile.step_lon - one.step_lon) > 1e-9:
            raise TerrainError(
                f"terrain {name}: {tile.name} has another spacing than {one.name} ({tile.step_lat:.6g} and {one.step_lat:.6g} degrees)",
                hint="put tiles of one resolution into a folder",
            )
    north, west = max(tile.north for tile in tiles), min(lefts)
    places = []
    for tile, left in zip(tiles, lefts, strict=True):
        row, column = (north - tile.north) / one.step_lat, (left - west) / one.step_lon
        if abs(row - round(row)) > 0.01 or abs(column - round(column)) > 0.01:
            raise TerrainError(
                f"terrain {name}: the points of {tile.name} don't fall on those of {one.name}", hint="join them with gdalwarp"
            )
        places.append((round(row), round(column)))
    rows = max(row + tile.grid.shape[0] for (row, _), tile in zip(places, tiles, strict=True))
    columns = max(column + tile.grid.shape[1] for (_, column), tile in zip(places, tiles, strict=True))
    if rows * columns > CELLS_MOST:
        raise TerrainError(f"terrain {name}: {rows} by {columns} cells are too many", hint="cut it: window=(south, west, north, east)")
    grid = np.full((rows, columns), np.nan, np.float32)
    for (row, column), tile in zip(places, tiles, strict=True):
        part = grid[row : row + tile.grid.shape[0], column : column + tile.grid.shape[1]]
        np.copyto(part, tile.grid, where=np.isnan(part))
    if one.whole is None:
        return replace(one, grid=grid, north=north, west=west, name=name)
    edges = [tile.bounds if tile.whole is None else tile.whole for tile in tiles]
    turns = [edge[1] - one.whole[1] - (edge[1] - one.whole[1] + 180.0) % 360.0 + 180.0 for edge in edges]
    lowest, leftmost = min(edge[0] for edge in edges), min(edge[1] - turn for edge, turn in zip(edges, turns, strict=True))
    whole = (lowest, leftmost, max(edge[2] for edge in edges), max(edge[3] - turn for edge, turn in zip(edges, turns, strict=True)))
    return replace(one, grid=grid, north=north, west=west, name=name, whole=whole)
