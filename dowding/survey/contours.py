"""Contours of a map as polygons of longitude and latitude, with holes, cut where they cross the date line."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.model.bundles import Reals
from dowding.survey.grids import Grid
from dowding.survey.places import NOWHERE

Polygon = list[Reals]  # rings (point, 2) of longitude and latitude in degrees, closed: the outer one, then holes
CELLS_MOST = 1200  # rows and columns of a contoured field; a finer one is thinned
DIGITS = 6  # of a degree: 0.1 m


def _thinned(grid: Grid, field: NDArray[Any]) -> tuple[Reals, Reals, Reals]:
    """Latitude, longitude and field with a rim of 0, thinned evenly if it is fine."""
    stride = -(-max(grid.shape) // CELLS_MOST)
    lat, lon = grid.latitude_deg[::stride], grid.longitude_deg[::stride]
    inner = np.array(field[::stride, ::stride], np.float64)
    inner[inner == NOWHERE] = 0.0  # where no target can be, none is seen
    rows, columns = lat[1] - lat[0], lon[1] - lon[0]
    lat = np.concatenate([[lat[0] - rows], lat, [lat[-1] + rows]])
    lon = np.concatenate([[lon[0] - columns], lon, [lon[-1] + columns]])
    return lat, lon, np.pad(inner, 1)


def _signed_area(ring: Reals) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return 0.5 * float(x[:-1] @ y[1:] - x[1:] @ y[:-1])


def _turned(ring: Reals, counterclockwise: bool) -> Reals:
    return ring if (_signed_area(ring) > 0.0) == counterclockwise else ring[::-1]


def _halves(lon: Reals, field: Reals) -> list[tuple[Reals, Reals]]:
    """The field as it is, or in parts that share the column at which longitude passes 180 or -180 degrees, each in [-180, 180]."""
    cuts = [c for c in (-180.0, 180.0) if lon[0] < c < lon[-1]]
    if not cuts:
        return [(lon - 360.0 * np.round(0.5 * (lon[0] + lon[-1]) / 360.0), field)]
    cut = cuts[0]
    at = int(np.searchsorted(lon, cut))
    share = (cut - lon[at - 1]) / (lon[at] - lon[at - 1])
    seam = ((1.0 - share) * field[:, at - 1] + share * field[:, at])[:, np.newaxis]
    west = np.concatenate([lon[:at], [cut]]), np.concatenate([field[:, :at], seam], axis=1)
    east = np.concatenate([[cut], lon[at:][lon[at:] > cut]]), np.concatenate([seam, field[:, at:][:, lon[at:] > cut]], axis=1)
    return [(part - 360.0 if part.mean() > 180.0 else part + 360.0 if part.mean() < -180.0 else part, z) for part, z in (west, east)]


def polygons(grid: Grid, field: NDArray[Any], least: float) -> list[Polygon]:
    """Where a field (row, column) is at least `least`, outside the grid taken as 0: outer rings counterclockwise, holes clockwise."""
    from contourpy import FillType, contour_generator

    lat, lon, padded = _thinned(grid, field)
    found: list[Polygon] = []
    for longitude, part in _halves(lon, padded):
        generator = contour_generator(longitude, lat, part, fill_type=FillType.OuterOffset)
        for points, offsets in zip(*generator.filled(least, np.inf), strict=True):
            rings = [np.round(points[a:b], DIGITS) for a, b in pairwise(offsets)]
            rings = [ring for ring in rings if len(ring) >= 4 and abs(_signed_area(ring)) > 0.0]
            if rings:
                found.append([_turned(ring, number == 0) for number, ring in enumerate(rings)])
    return found
