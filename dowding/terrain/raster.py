"""GeoTIFF, DTED and what else GDAL reads, through rasterio (the extra `terrain`)."""

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from dowding.errors import TerrainError
from dowding.terrain.elevation import CELLS_MOST, Elevation

METRES = {"": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0}
METRES |= {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200.0 / 3937.0}


def _rasterio(path: Path) -> Any:
    try:
        import rasterio
        import rasterio.vrt
    except ImportError as error:
        raise TerrainError(f"terrain {path}: reading it needs rasterio", hint='pip install "dowding[terrain]"') from error
    return rasterio


def read_raster(path: Path, window: tuple[float, float, float, float] | None) -> Elevation:
    """The grid of a raster's first band; other coordinates than latitude and longitude on WGS-84 are reprojected (bilinear)."""
    rasterio = _rasterio(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they say of missing coordinates is said below
            with rasterio.open(path) as source:
                return _read(rasterio, source, path, window)
    except rasterio.errors.RasterioError as error:
        raise TerrainError(f"terrain {path}: damaged, or not a raster of heights", hint="gdalinfo tells what a raster holds") from error


def _read(rasterio: Any, source: Any, path: Path, window: tuple[float, float, float, float] | None) -> Elevation:
    if source.crs is None or source.transform.is_identity:
        raise TerrainError(f"terrain {path} does not say where on the earth it lies", hint="gdal_edit.py -a_srs and -a_ullr add that")
    unit = (source.units[0] or "").strip().lower()
    if unit not in METRES:
        raise TerrainError(f"terrain {path}: heights in “{unit}”", hint="metres or feet are understood")
    said = [f"the first of {source.count} bands is read"] if source.count > 1 else []
    plain = source.crs.to_epsg() == 4326 and source.transform.b == 0.0 and source.transform.d == 0.0 and source.transform.e < 0.0
    if plain:
        grid, transform = _band(rasterio, source, path, window)
    else:
        said.append("reprojected to latitude and longitude on WGS-84")
        nodata = {} if source.nodata is not None else {"add_alpha": True}
        with rasterio.vrt.WarpedVRT(source, crs="EPSG:4326", resampling=rasterio.enums.Resampling.bilinear, **nodata) as warped:
            grid, transform = _band(rasterio, warped, path, window)
    grid = grid * np.float32(source.scales[0] * METRES[unit]) + np.float32(source.offsets[0] * METRES[unit])
    north, west = transform.f + 0.5 * transform.e, transform.c + 0.5 * transform.a
    remark = "; ".join(said)
    return Elevation(grid, north, west, -transform.e, transform.a, path.stem, source.tags().get("TIFFTAG_COPYRIGHT", ""), remark)


def _band(rasterio: Any, source: Any, path: Path, window: tuple[float, float, float, float] | None) -> tuple[Any, Any]:
    """Heights with NaN for holes, and the affine transform from column and row to the corners of cells."""
    part = rasterio.windows.Window(0, 0, source.width, source.height)
    if window is not None:
        part = part.intersection(_part(rasterio, source, path, window))
    if part.width * part.height > CELLS_MOST:
        raise TerrainError(
            f"terrain {path}: {part.width:.0f} by {part.height:.0f} cells are too many", hint="cut it: window=(south, west, north, east)"
        )
    band = source.read(1, window=part, masked=True)
    return band.astype(np.float32).filled(np.nan), source.window_transform(part)


def _part(rasterio: Any, source: Any, path: Path, window: tuple[float, float, float, float]) -> Any:
    """The pixels that a window (degrees) needs, with one more on each side."""
    south, west, north, east = window
    t = source.transform
    turn = math.floor((0.5 * (west + east) - (t.c + 0.5 * t.a * source.width) + 180.0) / 360.0) * 360.0
    first_column = math.floor((west - turn - t.c) / t.a - 1.0)
    last_column = math.ceil((east - turn - t.c) / t.a + 1.0)
    first_row = math.floor((north - t.f) / t.e - 1.0)
    last_row = math.ceil((south - t.f) / t.e + 1.0)
    inside = first_column < source.width and last_column > 0 and first_row < source.height and last_row > 0
    if not inside or last_column <= first_column or last_row <= first_row:
        raise TerrainError(f"window {window} lies outside terrain {path}", hint="order: south, west, north, east, in degrees")
    return rasterio.windows.Window(first_column, first_row, last_column - first_column, last_row - first_row)
