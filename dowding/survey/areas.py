"""How much ground is covered: areas on the ellipsoid, and the length of lines, such as borders, that lie inside."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.model.bundles import Reals
from dowding.physics.geodesy import ECCENTRICITY_SQUARED, SEMI_MAJOR_AXIS, SEMI_MINOR_AXIS
from dowding.survey.grids import Grid

Mask = NDArray[np.bool_]


class Line(NamedTuple):
    """A land border or a coast."""

    countries: tuple[str, ...]  # two of a border, one of a coast
    points: Reals  # (point, 2) latitude and longitude, degrees


def band_area(latitude_rad: Any) -> Any:
    """Area (m^2) of the ellipsoid between the equator and a latitude, for each radian of longitude."""
    # Snyder 1987, Map Projections: A Working Manual, USGS PP 1395, eq. 3-12: area = b^2 / 2 (s / (1 - e^2 s^2) + artanh(e s) / e)
    e = math.sqrt(ECCENTRICITY_SQUARED)
    s = np.sin(latitude_rad)
    return 0.5 * SEMI_MINOR_AXIS**2 * (s / (1.0 - ECCENTRICITY_SQUARED * s * s) + np.arctanh(e * s) / e)


def cell_areas(grid: Grid) -> Reals:
    """Area of one cell in each row, (row,) m^2."""
    rows, columns = grid.step_deg()
    south, north = np.radians(grid.latitude_deg - 0.5 * rows), np.radians(grid.latitude_deg + 0.5 * rows)
    return np.asarray((band_area(north) - band_area(south)) * math.radians(columns), np.float64)


def area_km2(grid: Grid, covered: Mask) -> float:
    """Area of the cells (row, column) that are covered."""
    return float(covered.sum(axis=1) @ cell_areas(grid)) / 1e6


def _spread(a: Reals, b: Reals) -> Reals:
    """Distance (m) between places (n, 2) latitude and longitude in degrees, of short steps, on the ellipsoid's own radii."""
    middle = np.radians(0.5 * (a[:, 0] + b[:, 0]))
    w2 = 1.0 - ECCENTRICITY_SQUARED * np.sin(middle) ** 2
    north = np.radians(b[:, 0] - a[:, 0]) * SEMI_MAJOR_AXIS * (1.0 - ECCENTRICITY_SQUARED) / w2**1.5
    turned = (b[:, 1] - a[:, 1] + 180.0) % 360.0 - 180.0
    east = np.radians(turned) * SEMI_MAJOR_AXIS / np.sqrt(w2) * np.cos(middle)
    return np.asarray(np.hypot(north, east), np.float64)


def length_km(lines: Sequence[Reals], grid: Grid, covered: Mask) -> float:
    """Length of lines, each (point, 2) latitude and longitude in degrees, that lies in covered cells: in steps below half a cell."""
    total = 0.0
    step = 0.5 * min(grid.step_deg())
    for line in lines:
        ends = line[1:] - line[:-1]
        ends[:, 1] = (ends[:, 1] + 180.0) % 360.0 - 180.0
        pieces = np.maximum(np.ceil(np.abs(ends).max(axis=1) / step), 1.0).astype(np.int64)
        at = np.repeat(np.arange(len(ends)), pieces)
        share = (np.arange(len(at)) - np.repeat(np.cumsum(pieces) - pieces, pieces))[:, np.newaxis] / pieces[at, np.newaxis]
        start = line[at] + ends[at] * share
        end = start + ends[at] / pieces[at, np.newaxis]
        row, column = (np.rint(v).astype(np.int64) for v in grid.cell_of(*(0.5 * (start + end)).T))
        inside = (row >= 0) & (row < grid.shape[0]) & (column >= 0) & (column < grid.shape[1])
        inside[inside] = covered[row[inside], column[inside]]
        total += float(_spread(start[inside], end[inside]).sum())
    return total / 1e3
