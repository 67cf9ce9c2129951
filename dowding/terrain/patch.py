"""The package's own terrain file: one grid of whole metres in a few bytes, in tiles, so that a window is read without the rest.

An .npz with: format (int, 2); shape (2,) rows, columns; tile (int) rows and columns of a tile, those at the south and east edges may be
smaller; heights (n,) uint8, the tiles' zlib streams one after the other, row by row from the north-west; ends (tile,) where each stream
ends; place (4,) float64 degrees: latitude of the first row's points, longitude of the first column's, steps of latitude and longitude;
name and attribution (text). A tile's stream holds the differences of neighbours along each row, the first column's along the column,
modulo 2^16 and zigzag-coded (0, -1, 1, -2 become 0, 1, 2, 3): all low bytes, then all high bytes. A hole is -32768. Points are cell
centres, heights metres above mean sea level.
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dowding.errors import TerrainError
from dowding.terrain.elevation import Elevation, Heights, Window, part_of, span_of

FORMAT = 2
HOLE = -32768
TILE = 240  # rows and columns; two degrees of 30 arc-seconds


def packed(grid: NDArray[np.int16]) -> bytes:
    """The stream of one tile (row, column); equal grids give equal bytes."""
    step = grid.astype(np.int32)
    step[:, 1:] -= grid[:, :-1]
    step[1:, 0] -= grid[:-1, 0]
    step = (step + 0x8000) % 0x10000 - 0x8000
    code = ((step << 1) ^ (step >> 31)).astype(np.uint32)
    return zlib.compress(np.concatenate([(code & 0xFF).ravel(), (code >> 8).ravel()]).astype(np.uint8).tobytes(), 9)


def unpacked(stream: bytes, rows: int, columns: int) -> NDArray[np.int16]:
    """The tile (row, column) of such a stream."""
    split = np.frombuffer(zlib.decompress(stream), np.uint8).reshape(2, rows, columns)
    code = split[0] | (split[1].astype(np.uint16) << 8)
    step = (code >> 1).view(np.int16)
    step ^= -(code & 1).view(np.int16)
    step[:, 0] = np.cumsum(step[:, 0], dtype=np.int16)  # modulo 2^16, as the differences
    return np.cumsum(step, axis=1, dtype=np.int16, out=step)


def save_terrain(elevation: Elevation, path: str | Path) -> None:
    """Write a terrain file that `load_terrain` reads; heights are rounded to whole metres."""
    whole = np.where(elevation.missing, HOLE, np.rint(np.nan_to_num(elevation.grid))).astype(np.int16)
    rows, columns = whole.shape
    streams = [packed(whole[i : i + TILE, j : j + TILE]) for i in range(0, rows, TILE) for j in range(0, columns, TILE)]
    with Path(path).open("wb") as file:
        np.savez(
            file,
            format=np.array(FORMAT),
            shape=np.array(whole.shape),
            tile=np.array(TILE),
            heights=np.frombuffer(b"".join(streams), np.uint8),
            ends=np.cumsum([len(stream) for stream in streams]),
            place=np.array([elevation.north, elevation.west, elevation.step_lat, elevation.step_lon]),
            name=np.array(elevation.name),
            attribution=np.array(elevation.attribution),
        )


def _read_tiles(
    streams: NDArray[np.uint8], ends: NDArray[np.int64], tile: int, shape: tuple[int, int], span: tuple[slice, slice]
) -> Heights:
    """The heights (row, column) of a part of a file, NaN for holes, out of the tiles that hold any of it."""
    rows, columns = span
    across = -(-shape[1] // tile)
    out: Heights = np.empty((rows.stop - rows.start, columns.stop - columns.start), np.float32)
    for down in range(rows.start // tile, -(-rows.stop // tile)):
        for right in range(columns.start // tile, -(-columns.stop // tile)):
            number, top, left = down * across + right, down * tile, right * tile
            stream = streams[ends[number - 1] if number else 0 : ends[number]].tobytes()
            whole = unpacked(stream, min(tile, shape[0] - top), min(tile, shape[1] - left))
            inside = whole[max(rows.start - top, 0) : rows.stop - top, max(columns.start - left, 0) : columns.stop - left]
            i, j = max(top - rows.start, 0), max(left - columns.start, 0)
            out[i : i + inside.shape[0], j : j + inside.shape[1]] = inside
    out[out == HOLE] = np.nan
    return out


def read_patch(path: Path, window: Window | None = None) -> Elevation | None:
    """The grid of a file that `save_terrain` wrote, or the part of it that a window needs; None if that lies outside."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            if int(file["format"]) != FORMAT:
                raise TerrainError(
                    f"terrain {path}: format {int(file['format'])}, this release reads {FORMAT}",
                    hint="write it again with save_terrain of this release",
                )
            north, west, step_lat, step_lon = (float(x) for x in file["place"])
            rows, columns = (int(n) for n in file["shape"])
            unread: Heights = np.broadcast_to(np.float32(np.nan), (rows, columns))
            whole = Elevation(unread, north, west, step_lat, step_lon, str(file["name"]), str(file["attribution"]))
            span = span_of(whole, window)
            if span is None:
                return None
            grid = _read_tiles(file["heights"], file["ends"], int(file["tile"]), (rows, columns), span)
    except (KeyError, IndexError, OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile) as error:
        if isinstance(error, TerrainError):
            raise
        raise TerrainError(f"terrain {path}: damaged, or not a terrain file", hint="save_terrain writes such files") from error
    return part_of(whole, span, window, grid)
