"""Coastlines and land borders in view (Natural Earth, public domain; builders/borders.py makes the file)."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.theatre import SEMI_MAJOR_M, Theatre

Floats = NDArray[np.float64]
FILE = Path(__file__).with_name("borders.npz")


def lines_in_view(theatre: Theatre, west_m: float, east_m: float, south_m: float, north_m: float) -> tuple[list[Floats], list[Floats]]:
    """Coasts and borders that touch the window, each a list of (point, 2) east and north in theatre metres."""
    reach = max(abs(west_m), abs(east_m), abs(south_m), abs(north_m))
    if reach > 0.7 * SEMI_MAJOR_M:  # most of a hemisphere: lines near its edge would fold over
        return [], []
    data = _data()
    chosen = np.flatnonzero(_near(data["box"], theatre, west_m, east_m, south_m, north_m))
    starts = np.concatenate([[0], np.cumsum(data["count"].astype(np.int64))])
    coasts: list[Floats] = []
    borders: list[Floats] = []
    for piece in chosen:
        grid = data["first"][piece] + np.cumsum(data["step"][starts[piece] : starts[piece + 1]], axis=0, dtype=np.int64)
        degrees = grid * data["scale"] + data["translate"]
        line = theatre.project(degrees[:, 1], degrees[:, 0])
        inside = (line[:, 0] >= west_m) & (line[:, 0] <= east_m) & (line[:, 1] >= south_m) & (line[:, 1] <= north_m)
        if inside.any():
            (borders if data["country"][piece, 1] >= 0 else coasts).append(line[:, :2])
    return coasts, borders


def _near(box: NDArray[np.float32], theatre: Theatre, west_m: float, east_m: float, south_m: float, north_m: float) -> NDArray[np.bool_]:
    """Which boxes (piece, 4; west, south, east, north, degrees) may touch the window; generous at its corners."""
    metres = np.radians(1.0) * SEMI_MAJOR_M
    middle = theatre.latitude_deg + 0.5 * (south_m + north_m) / metres
    half = 0.6 * (north_m - south_m) / metres + 1.0
    polar = min(abs(theatre.latitude_deg) + max(abs(south_m), abs(north_m)) / metres, 89.0)
    across = max(abs(west_m), abs(east_m)) / (metres * np.cos(np.radians(polar))) + 1.0
    centre, width = 0.5 * (box[:, 0] + box[:, 2]), 0.5 * (box[:, 2] - box[:, 0])
    apart = np.abs((centre - theatre.longitude_deg + 180.0) % 360.0 - 180.0)
    return np.asarray((apart <= across + width) & (box[:, 1] <= middle + half) & (box[:, 3] >= middle - half), np.bool_)


def lines_in_box(south_deg: float, north_deg: float, west_deg: float, east_deg: float) -> list[tuple[tuple[str, ...], Floats]]:
    """Land borders and coasts that touch a box: the two countries or the one, and (point, 2) latitude and longitude in degrees.

    `east_deg` may pass 180.
    """
    data = _data()
    starts = np.concatenate([[0], np.cumsum(data["count"].astype(np.int64))])
    box, middle = data["box"].astype(np.float64), 0.5 * (west_deg + east_deg)
    centre, width = 0.5 * (box[:, 0] + box[:, 2]), 0.5 * (box[:, 2] - box[:, 0])
    near = np.abs((centre - middle + 180.0) % 360.0 - 180.0) <= 0.5 * (east_deg - west_deg) + width
    near &= (box[:, 1] <= north_deg) & (box[:, 3] >= south_deg)
    lines = []
    for piece in np.flatnonzero(near):
        grid = data["first"][piece] + np.cumsum(data["step"][starts[piece] : starts[piece + 1]], axis=0, dtype=np.int64)
        degrees = grid * data["scale"] + data["translate"]
        countries = tuple(str(data["names"][number]) for number in data["country"][piece] if number >= 0)
        lines.append((countries, np.ascontiguousarray(degrees[:, ::-1], dtype=np.float64)))
    return lines


def _data() -> dict[str, NDArray[Any]]:
    with np.load(FILE) as file:
        return {name: file[name] for name in ("first", "step", "count", "country", "names", "box", "scale", "translate")}
