"""The theatre's frame for drawing: latitude and longitude to east, north, up about the run's origin."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.tables import Columns, Tables

Floats = NDArray[np.float64]

SEMI_MAJOR_M = 6378137.0  # WGS-84, NIMA TR8350.2, third edition, table 3.1
FLATTENING = 1 / 298.257223563
ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)


class Theatre(NamedTuple):
    """Origin of the theatre: degrees and metres above the ellipsoid."""

    latitude_deg: float
    longitude_deg: float
    altitude_m: float

    def project(self, latitude_deg: Any, longitude_deg: Any, altitude_m: Any = 0.0) -> Floats:
        """East, north, up in metres, (point, 3)."""
        difference = earth_fixed(latitude_deg, longitude_deg, altitude_m) - earth_fixed(*self)
        return np.asarray(difference @ self.axes().T, np.float64)

    def places(self, east_m: Any, north_m: Any) -> tuple[Floats, Floats]:
        """Latitude and longitude (degrees) on the ellipsoid of points of the plane of east and north; the inverse of `project`.

        Fixed point: move the guess by what its projection misses; a step shrinks the error by the distance over the earth's radius.
        """
        east, north = np.asarray(east_m, np.float64), np.asarray(north_m, np.float64)
        latitude, longitude = np.full(east.shape, self.latitude_deg), np.full(east.shape, self.longitude_deg)
        for _ in range(40):
            found = self.project(latitude, longitude)
            right, ahead = east - found[..., 0], north - found[..., 1]
            if max(np.abs(right).max(), np.abs(ahead).max()) < 0.1:
                break
            latitude = np.clip(latitude + np.degrees(ahead / SEMI_MAJOR_M), -89.9, 89.9)
            longitude = longitude + np.degrees(right / (SEMI_MAJOR_M * np.cos(np.radians(latitude))))
        return latitude, longitude

    def axes(self) -> Floats:
        """East, north and up at the origin, (3, 3), rows in earth-centred coordinates."""
        return axes_at(self.latitude_deg, self.longitude_deg)


def axes_at(latitude_deg: Any, longitude_deg: Any) -> Floats:
    """East, north and up of places, (..., 3, 3), rows in earth-centred coordinates (Hofmann-Wellenhof et al. 2008, GNSS, eq. 8.8)."""
    phi, lam = np.radians(np.asarray(latitude_deg, np.float64)), np.radians(np.asarray(longitude_deg, np.float64))
    east = np.stack([-np.sin(lam), np.cos(lam), np.zeros_like(lam)], axis=-1)
    north = np.stack([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)], axis=-1)
    up = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
    return np.stack([east, north, up], axis=-2)


def earth_fixed(latitude_deg: Any, longitude_deg: Any, altitude_m: Any) -> Floats:
    """Earth-centred coordinates in metres, (point, 3) (Hofmann-Wellenhof et al. 2008, GNSS, eq. 8.1)."""
    phi, lam = np.radians(np.asarray(latitude_deg, np.float64)), np.radians(np.asarray(longitude_deg, np.float64))
    normal = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY2 * np.sin(phi) ** 2)
    level = (normal + altitude_m) * np.cos(phi)
    return np.stack([level * np.cos(lam), level * np.sin(lam), (normal * (1 - ECCENTRICITY2) + altitude_m) * np.sin(phi)], axis=-1)


def theatre_of(tables: Tables) -> Theatre | None:
    """The origin of a run's frame, from any row that bears both kinds of coordinates; None if no table has a row."""
    for name in ("sensors", "truth"):
        if name in tables and len(tables[name]["east_m"]):
            return _origin(tables[name])
    return None


def _origin(columns: Columns) -> Theatre:
    """The frame in which the first row's latitude, longitude and altitude lie at its east, north and up.

    Fixed point: draw the frame about a guess, see by how much the row misses its coordinates there, move the guess by that. A step
    shrinks the error by the distance over the earth's radius, so a few are enough for millimetres.
    """
    place = tuple(float(columns[k][0]) for k in ("latitude_deg", "longitude_deg", "altitude_m"))
    wanted = np.array([columns[k][0] for k in ("east_m", "north_m", "up_m")], np.float64)
    guess = Theatre(*place)
    for _ in range(60):
        east, north, up = guess.project(*place) - wanted
        latitude = guess.latitude_deg + np.degrees(north / SEMI_MAJOR_M)
        longitude = guess.longitude_deg + np.degrees(east / (SEMI_MAJOR_M * np.cos(np.radians(guess.latitude_deg))))
        guess = Theatre(float(latitude), float(longitude), float(guess.altitude_m + up))
        if max(abs(east), abs(north), abs(up)) < 1e-3:
            break
    return guess


def ground_range(latitude_deg: Any, longitude_deg: Any, from_deg: tuple[float, float]) -> Floats:
    """Distance over ground in metres on the mean sphere (haversine formula, radius 6371.0088 km); within 0.6 % of the ellipsoid's."""
    phi, lam = np.radians(np.asarray(latitude_deg, np.float64)), np.radians(np.asarray(longitude_deg, np.float64))
    phi0, lam0 = np.radians(from_deg[0]), np.radians(from_deg[1])
    half = np.sin((phi - phi0) / 2) ** 2 + np.cos(phi) * np.cos(phi0) * np.sin((lam - lam0) / 2) ** 2
    return np.asarray(2 * 6371008.8 * np.arcsin(np.sqrt(half)), np.float64)
