"""One grid of heights and where it lies."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dowding.errors import TerrainError

Heights = NDArray[np.float32]
Window = tuple[float, float, float, float]  # south, west, north, east in degrees; west may exceed east across the antimeridian

LATITUDE_MOST = 85.0  # deg; toward the poles meridians converge too fast for paths over a grid of latitude and longitude
HEIGHT_LEAST = -500.0  # m; the lowest land, at the Dead Sea, is at about -430 m
HEIGHT_MOST = 9000.0  # m
CELLS_MOST = 300_000_000  # 1.2 GB


@dataclass(frozen=True)
class Elevation:
    """Heights of the ground at points of latitude and longitude (WGS-84); each point is the middle of its cell."""

    grid: Heights  # (row, column) m above mean sea level, northmost row first, westmost column first; NaN is a hole
    north: float  # deg, latitude of the first row's points
    west: float  # deg, longitude of the first column's points, [-180, 180)
    step_lat: float  # deg between rows
    step_lon: float  # deg between columns
    name: str
    attribution: str = ""
    remark: str = ""  # one sentence on what a reader should know of this file, such as its holes; empty if nothing
    window: Window | None = None  # what was asked for, if not all; the file may hold more outside it, but not inside
    whole: Window | None = None  # bounds of the file that this was cut from, if it was

    @property
    def missing(self) -> NDArray[np.bool_]:
        """(row, column) where no height is known."""
        return np.isnan(self.grid)

    @property
    def holes(self) -> int:
        """How many cells have no height."""
        return int(np.count_nonzero(self.missing))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """South, west, north, east edges of the cells in degrees; east is beyond 180 if the grid crosses the antimeridian."""
        rows, columns = self.grid.shape
        north, west = self.north + 0.5 * self.step_lat, self.west - 0.5 * self.step_lon
        return north - rows * self.step_lat, west, north, west + columns * self.step_lon

    @property
    def extent(self) -> str:
        """The bounds in words, of the whole file if this is a part of one."""
        south, west, north, east = self.bounds if self.whole is None else self.whole
        return f"latitude {south:.4g} to {north:.4g}, longitude {west:.4g} to {east:.4g}"


def height_at(elevation: Elevation, latitude_deg: float, longitude_deg: float) -> float:
    """Height (m above sea level) of the ground at a place, bilinear; NaN beside a hole and outside.

    The kernels' twin, `dowding.physics.terrain.ground_height`, without Numba.
    """
    rows, columns = elevation.grid.shape
    row = (elevation.north - latitude_deg) / elevation.step_lat
    column = _offset_of(longitude_deg, elevation) / elevation.step_lon
    if not (-0.5 <= row <= rows - 0.5 and -0.5 <= column <= columns - 0.5):
        return math.nan
    row, column = min(max(row, 0.0), rows - 1.0), min(max(column, 0.0), columns - 1.0)
    i, j = min(int(row), rows - 2), min(int(column), columns - 2)
    down, right = row - i, column - j
    four = elevation.grid[i : i + 2, j : j + 2].astype(np.float64)
    return float(np.array([1.0 - down, down]) @ four @ np.array([1.0 - right, right]))


def checked(elevation: Elevation) -> Elevation:
    """The same, with longitude in [-180, 180) and a sentence about holes; what cannot be ground is refused."""
    grid = elevation.grid
    if grid.ndim != 2 or min(grid.shape) < 2:
        raise TerrainError(
            f"terrain {elevation.name}: a grid of {grid.shape} points has no area", hint="give at least two rows and two columns"
        )
    south, _, north, _ = elevation.bounds
    if north > LATITUDE_MOST or south < -LATITUDE_MOST:
        raise TerrainError(
            f"terrain {elevation.name} reaches from latitude {south:.4g} to {north:.4g}; paths are computed up to {LATITUDE_MOST:g}",
            hint="cut it: window=(south, west, north, east)",
        )
    if grid.shape[1] * elevation.step_lon > 350.0:
        raise TerrainError(f"terrain {elevation.name} goes all around the earth", hint="cut it: window=(south, west, north, east)")
    least, most, holes = float(grid.min()), float(grid.max()), 0
    if math.isnan(least):  # a hole: the slow way
        holes = elevation.holes
        if holes == grid.size:
            raise TerrainError(f"terrain {elevation.name} holds no height at all", hint="look at the file's nodata value and window")
        least, most = float(np.nanmin(grid)), float(np.nanmax(grid))
    if least < HEIGHT_LEAST or most > HEIGHT_MOST:
        raise TerrainError(
            f"terrain {elevation.name} has heights from {least:g} to {most:g} m; ground lies between {HEIGHT_LEAST:g} and {HEIGHT_MOST:g}",
            hint="declare the file's nodata value, give metres, or set the sea's floor to 0",
        )
    said = f"{holes} of {grid.size} heights are missing ({100.0 * holes / grid.size:.2g} %)" if holes else ""
    remark = "; ".join(part for part in (elevation.remark, said) if part)
    west = (elevation.west + 180.0) % 360.0 - 180.0
    return replace(elevation, grid=np.ascontiguousarray(grid, np.float32), west=west, remark=remark)


def span_of(elevation: Elevation, window: Window | None) -> tuple[slice, slice] | None:
    """The rows and columns that a window needs, one more on each side where there is one; None if it lies outside, all without one."""
    rows, columns = elevation.grid.shape
    if window is None:
        return slice(0, rows), slice(0, columns)
    south, west, north, east = window
    if not (-90.0 <= south < north <= 90.0) or (east - west) % 360.0 == 0.0:
        raise TerrainError(f"window {window}: not south, west, north, east in degrees", hint="for example window=(36, 26, 42, 45)")
    offset = _offset_of(west, elevation)
    first_row = max(math.floor((elevation.north - north) / elevation.step_lat), 0)
    last_row = min(math.ceil((elevation.north - south) / elevation.step_lat), rows - 1)
    first_column = max(math.floor(offset / elevation.step_lon), 0)
    last_column = min(math.ceil((offset + (east - west) % 360.0) / elevation.step_lon), columns - 1)
    if first_row >= last_row or first_column >= last_column:
        return None
    return slice(first_row, last_row + 1), slice(first_column, last_column + 1)


def part_of(elevation: Elevation, span: tuple[slice, slice], window: Window | None, grid: Heights) -> Elevation:
    """Rows and columns of a file, whose heights are `grid`."""
    return replace(
        elevation,
        grid=grid,
        north=elevation.north - span[0].start * elevation.step_lat,
        west=elevation.west + span[1].start * elevation.step_lon,
        window=window,
        whole=elevation.bounds if elevation.whole is None else elevation.whole,
    )


def cut(elevation: Elevation, window: Window | None) -> Elevation | None:
    """The part of an elevation that a window needs; None if it lies outside."""
    span = span_of(elevation, window)
    if span is None or window is None:
        return None if span is None else elevation
    return part_of(elevation, span, window, np.ascontiguousarray(elevation.grid[span]))


def _offset_of(longitude: float, elevation: Elevation) -> float:
    """Degrees from the first column to a longitude: of all turns the one nearest to the grid's middle."""
    half = 0.5 * (elevation.grid.shape[1] - 1) * elevation.step_lon
    return float((longitude - elevation.west - half + 180.0) % 360.0 - 180.0 + half)


def filled(elevation: Elevation, how: str) -> Elevation:
    """The same without holes: at sea level ("sea"), or after the nearest known heights in row and column ("interpolate")."""
    if not elevation.holes:
        return elevation
    if how == "sea":
        grid = np.where(elevation.missing, np.float32(0.0), elevation.grid)
        return replace(elevation, grid=grid, remark=f"{elevation.remark}, taken as sea level")
    rows, by_rows = _across(elevation.grid)
    columns, by_columns = _across(elevation.grid.T)
    weight_rows, weight_columns = 1.0 / by_rows, 1.0 / by_columns.T
    grid = (rows * weight_rows + columns.T * weight_columns) / (weight_rows + weight_columns)
    return replace(elevation, grid=grid.astype(np.float32), remark=f"{elevation.remark}, interpolated from their surroundings")


def _across(grid: Heights) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each row with its holes bridged by straight lines, and the width (cells) of each bridge; a row without heights: 0, infinite."""
    out = grid.astype(np.float64)
    width = np.ones(grid.shape)
    places = np.arange(grid.shape[1])
    for row in np.flatnonzero(np.isnan(grid).any(axis=1)):
        known = np.flatnonzero(~np.isnan(grid[row]))
        if len(known) == 0:
            out[row], width[row] = 0.0, 1e12
            continue
        out[row] = np.interp(places, known, grid[row, known])
        after = np.searchsorted(known, places)
        left, right = known[np.clip(after - 1, 0, len(known) - 1)], known[np.clip(after, 0, len(known) - 1)]
        inside = (left <= places) & (places <= right)
        nearest = np.minimum(np.abs(places - left), np.abs(places - right))
        width[row] = np.maximum(np.where(inside, right - left, 4.0 * nearest), 1.0)  # beyond the last known height: little trust
    return out, width
