"""GeoTIFF, DTED and what else GDAL reads, through rasterio (the extra `terrain`)."""

import warnings
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.errors import TerrainError
from dowding.terrain.elevation import CELLS_MOST, Elevation, Window, part_of, span_of

CACHE_MB = 48  # MB, of tiles that GDAL keeps while it reads

METRES = {"": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0}
METRES |= {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200.0 / 3937.0}


def _rasterio(path: Path) -> Any:
    try:
        import rasterio
        import rasterio.vrt
    except ImportError as error:
        raise TerrainError(f"terrain {path}: reading it needs rasterio", hint='pip install "dowding[terrain]"') from error
    return rasterio


def read_raster(path: Path, window: Window | None) -> Elevation | None:
    """The grid of a raster's first band, or the part of it that a window needs; None if that lies outside.

    Other coordinates than latitude and longitude on WGS-84 are reprojected (bilinear).
    """
    rasterio = _rasterio(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they say of missing coordinates is said below
            # GDAL would keep what it has read, up to a twentieth of the machine's memory
            with rasterio.Env(GDAL_CACHEMAX=CACHE_MB), rasterio.open(path) as source:
                return _read(rasterio, source, path, window)
    except rasterio.errors.RasterioError as error:
        raise TerrainError(f"terrain {path}: damaged, or not a raster of heights", hint="gdalinfo tells what a raster holds") from error


def _read(rasterio: Any, source: Any, path: Path, window: Window | None) -> Elevation | None:
    if source.crs is None or source.transform.is_identity:
        raise TerrainError(f"terrain {path} does not say where on the earth it lies", hint="gdal_edit.py -a_srs and -a_ullr add that")
    unit = (source.units[0] or "").strip().lower()
    if unit not in METRES:
        raise TerrainError(f"terrain {path}: heights in “{unit}”", hint="metres or feet are understood")
    said = [f"the first of {source.count} bands is read"] if source.count > 1 else []
    plain = source.crs.to_epsg() == 4326 and source.transform.b == 0.0 and source.transform.d == 0.0 and source.transform.e < 0.0
    said += [] if plain else ["reprojected to latitude and longitude on WGS-84"]
    with nullcontext(source) if plain else _warped(rasterio, source) as degrees:
        t = degrees.transform
        unread = np.broadcast_to(np.float32(np.nan), (degrees.height, degrees.width))
        whole = Elevation(unread, t.f + 0.5 * t.e, t.c + 0.5 * t.a, -t.e, t.a, path.stem, source.tags().get("TIFFTAG_COPYRIGHT", ""))
        if not -90.01 <= whole.bounds[0] < whole.bounds[2] <= 90.01:
            raise TerrainError(
                f"terrain {path} says that it covers {whole.extent}",
                hint="these are no degrees: has it another coordinate system than it says?",
            )
        span = span_of(whole, window)
        if span is None:
            return None
        grid = _heights(rasterio, degrees, path, span)
    scale, offset = source.scales[0] * METRES[unit], source.offsets[0] * METRES[unit]
    if (scale, offset) != (1.0, 0.0):
        grid *= np.float32(scale)
        grid += np.float32(offset)
    return replace(part_of(whole, span, window, grid), remark="; ".join(said))


def _warped(rasterio: Any, source: Any) -> Any:
    """The same raster in latitude and longitude on WGS-84."""
    nodata = {} if source.nodata is not None else {"add_alpha": True}
    return rasterio.vrt.WarpedVRT(source, crs="EPSG:4326", resampling=rasterio.enums.Resampling.bilinear, **nodata)


def _heights(rasterio: Any, source: Any, path: Path, span: tuple[slice, slice]) -> NDArray[np.float32]:
    """Rows and columns of the first band, NaN for holes."""
    rows, columns = (part.stop - part.start for part in span)
    if rows * columns > CELLS_MOST:
        raise TerrainError(f"terrain {path}: {columns} by {rows} cells are too many", hint="cut it: window=(south, west, north, east)")
    part = rasterio.windows.Window(span[1].start, span[0].start, columns, rows)
    # no masked array: its copies would take four times the memory of the grid
    grid: NDArray[np.float32] = source.read(1, window=part, out_dtype=np.float32)
    if rasterio.enums.MaskFlags.all_valid not in source.mask_flag_enums[0]:
        grid[source.read_masks(1, window=part) == 0] = np.nan
    return grid
