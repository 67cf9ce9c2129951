"""Ground made rougher than the maps that it is made from: what fine maps are tried and timed on."""

from typing import Any

import numpy as np


def rough(rows: int, columns: int) -> Any:
    """Rough ground (row, column): noise of a spectral slope of -3.6, as mountains have (Turcotte 1997, ch. 7), 60 m rms, seeded."""
    rng = np.random.default_rng(1)
    out = np.zeros((rows, columns), np.float32)
    for octave in range(7):
        coarse = rng.standard_normal((rows // (256 >> octave) + 3, columns // (256 >> octave) + 3)).astype(np.float32)
        row, column = np.arange(rows) / (256 >> octave), np.arange(columns) / (256 >> octave)
        i, j = row.astype(int), column.astype(int)
        u, v = (row - i)[:, np.newaxis].astype(np.float32), (column - j).astype(np.float32)
        upper = coarse[i][:, j] * (1 - v) + coarse[i][:, j + 1] * v
        lower = coarse[i + 1][:, j] * (1 - v) + coarse[i + 1][:, j + 1] * v
        out += (upper * (1 - u) + lower * u) * 0.55**octave
    return out * (60.0 / float(out.std()))


def roughened(base: Any, lat: Any, lon: Any) -> Any:
    """Heights (latitude, longitude; degrees) of a terrain, bilinear, with rough ground on top; none below the sea."""
    row, column = (base.north - lat) / base.step_lat, (lon - base.west) / base.step_lon
    i, j = row.astype(int), column.astype(int)
    u, v = (row - i)[:, np.newaxis].astype(np.float32), (column - j).astype(np.float32)
    upper = base.grid[i][:, j] * (1 - v) + base.grid[i][:, j + 1] * v
    lower = base.grid[i + 1][:, j] * (1 - v) + base.grid[i + 1][:, j + 1] * v
    return np.maximum(upper * (1 - u) + lower * u + rough(len(lat), len(lon)), 0.0).astype(np.float32)
