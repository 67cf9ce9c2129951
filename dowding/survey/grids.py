"""The grid of a map: rows of latitude and columns of longitude, evenly spaced."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dowding.errors import CoverageError
from dowding.model.bundles import Reals
from dowding.physics.geodesy import geodesic_direct, meridional_radius, prime_vertical_radius

LATITUDE_MOST_DEG = 85.0  # beyond it a column's width changes too much from row to row
ACROSS = 400  # cells from south to north where no step is given


@dataclass(frozen=True)
class Grid:
    """Cell centres: latitude (row,) from the south, longitude (column,) from the west (may pass 180), both degrees."""

    latitude_deg: Reals
    longitude_deg: Reals

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.latitude_deg), len(self.longitude_deg)

    def step_deg(self) -> tuple[float, float]:
        """From row to row and from column to column, degrees."""
        return float(self.latitude_deg[1] - self.latitude_deg[0]), float(self.longitude_deg[1] - self.longitude_deg[0])

    def cell_of(self, latitude_deg: Reals, longitude_deg: Reals) -> tuple[Reals, Reals]:
        """Row and column (as fractions; whole at centres) of places."""
        rows, columns = self.step_deg()
        middle = float(self.longitude_deg.mean())
        turned = (longitude_deg - middle + 180.0) % 360.0 - 180.0 + middle
        return (latitude_deg - self.latitude_deg[0]) / rows, (turned - self.longitude_deg[0]) / columns


def _evenly(low: float, high: float, step: float) -> Reals:
    count = max(2, math.ceil((high - low) / step) + 1)
    return np.array(0.5 * (low + high) + (np.arange(count) - 0.5 * (count - 1)) * step, dtype=np.float64)


def grid_of(south_deg: float, north_deg: float, west_deg: float, east_deg: float, step_m: float) -> Grid:
    """The grid that covers a box with cells `step_m` high, and as wide at its middle; CoverageError for a box or step that cannot be."""
    if not (math.isfinite(step_m) and step_m > 0.0):
        raise CoverageError(f"step: got {step_m:g} m, must be a number above 0", hint="such as --step-m 500")
    if max(abs(south_deg), abs(north_deg)) > LATITUDE_MOST_DEG:
        told = f"the map reaches latitude {max(north_deg, -south_deg):.1f}, must stay within {LATITUDE_MOST_DEG:g} degrees of the equator"
        raise CoverageError(told, hint="a map of rows of latitude ends before the pole; runs have no such limit")
    middle = math.radians(0.5 * (south_deg + north_deg))
    rows = math.degrees(step_m / meridional_radius(middle))
    columns = math.degrees(step_m / (prime_vertical_radius(middle) * math.cos(middle)))
    if (north_deg - south_deg) / rows * ((east_deg - west_deg) / columns) > 1e10:  # beyond any memory: don't even lay it out
        across = (north_deg - south_deg) * 111.2
        raise CoverageError(f"step: got {step_m:g} m, too fine for a map of {across:.0f} km", hint="choose a larger step")
    return Grid(_evenly(south_deg, north_deg, rows), _evenly(west_deg, east_deg, columns))


def box_about(latitude_deg: float, longitude_deg: float, reach_m: float) -> tuple[float, float, float, float]:
    """South, north, west, east (degrees) of a circle on the ellipsoid."""
    points = [
        geodesic_direct(math.radians(latitude_deg), math.radians(longitude_deg), 2.0 * math.pi * k / 64, reach_m)[:2] for k in range(64)
    ]
    lat = [math.degrees(p[0]) for p in points]
    lon = [(math.degrees(p[1]) - longitude_deg + 180.0) % 360.0 - 180.0 + longitude_deg for p in points]
    return min(lat), max(lat), min(lon), max(lon)


def grid_about(latitude_deg: float, longitude_deg: float, reach_m: float, step_m: float) -> Grid:
    """The grid that covers a circle about a place."""
    return grid_of(*box_about(latitude_deg, longitude_deg, reach_m), step_m)


def auto_grid(points: Sequence[tuple[float, float]], step_m: float | None) -> Grid:
    """The grid that covers places (latitude, longitude in degrees), with cells of `step_m`, by default a four-hundredth of its height."""
    first = points[0][1]
    lon = [first + (p[1] - first + 180.0) % 360.0 - 180.0 for p in points]
    south, north = min(p[0] for p in points), max(p[0] for p in points)
    high = math.radians(north - south) * meridional_radius(math.radians(0.5 * (south + north)))
    return grid_of(south, north, min(lon), max(lon), high / ACROSS if step_m is None else step_m)
