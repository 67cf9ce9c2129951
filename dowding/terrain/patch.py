"""The package's own terrain file: one grid of whole metres in a few bytes.

An .npz with: format (int, 1); heights (n,) uint8, an LZMA2 stream (.xz) of the differences of neighbours along each row, the first
column's along the column, zigzag-coded (0, -1, 1, -2 become 0, 1, 2, 3), all low bytes, then all high bytes; shape (2,) rows, columns;
place (4,) float64 degrees: latitude of the first row's points, longitude of the first column's, steps of latitude and longitude;
name and attribution (text). A hole is -32768. Points are cell centres, heights metres above mean sea level.
"""

import lzma
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dowding.errors import TerrainError
from dowding.terrain.elevation import Elevation, Heights

FORMAT = 1
HOLE = -32768


def packed(grid: NDArray[np.int16]) -> NDArray[np.uint8]:
    """(n,) bytes of a grid (row, column); equal grids give equal bytes."""
    step = grid.astype(np.int32)
    step[:, 1:] -= grid[:, :-1]
    step[1:, 0] -= grid[:-1, 0]
    code = ((step << 1) ^ (step >> 31)).astype(np.uint32)
    if int(code.max()) > 0xFFFF:  # only between a hole and a mountain: differences are kept modulo 2^16
        wrapped = (step + 0x8000) % 0x10000 - 0x8000
        code = ((wrapped << 1) ^ (wrapped >> 31)).astype(np.uint32)
    split = np.concatenate([(code & 0xFF).ravel(), (code >> 8).ravel()]).astype(np.uint8)
    return np.frombuffer(lzma.compress(split.tobytes(), format=lzma.FORMAT_XZ, preset=6 | lzma.PRESET_EXTREME), np.uint8)


def unpacked(data: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.int16]:
    """The grid (row, column) of such bytes."""
    split = np.frombuffer(lzma.decompress(data.tobytes()), np.uint8).reshape(2, rows, columns)
    code = split[0].astype(np.uint16) | (split[1].astype(np.uint16) << 8)
    step = (code >> 1).astype(np.int16) ^ -(code & 1).astype(np.int16)
    step[:, 0] = np.cumsum(step[:, 0], dtype=np.int16)  # modulo 2^16, as the differences
    return np.cumsum(step, axis=1, dtype=np.int16)


def save_terrain(elevation: Elevation, path: str | Path) -> None:
    """Write a terrain file that `load_terrain` reads; heights are rounded to whole metres."""
    whole = np.where(elevation.missing, HOLE, np.rint(np.nan_to_num(elevation.grid))).astype(np.int16)
    place = np.array([elevation.north, elevation.west, elevation.step_lat, elevation.step_lon])
    with Path(path).open("wb") as file:
        np.savez(
            file,
            format=np.array(FORMAT),
            heights=packed(whole),
            shape=np.array(whole.shape),
            place=place,
            name=np.array(elevation.name),
            attribution=np.array(elevation.attribution),
        )


def read_patch(path: Path) -> Elevation:
    """The grid of a file that `save_terrain` wrote."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            if int(file["format"]) != FORMAT:
                raise TerrainError(f"terrain {path}: format {int(file['format'])} is unknown", hint="a newer release may read it")
            rows, columns = (int(n) for n in file["shape"])
            whole = unpacked(file["heights"], rows, columns)
            north, west, step_lat, step_lon = (float(x) for x in file["place"])
            name, attribution = str(file["name"]), str(file["attribution"])
    except (KeyError, OSError, EOFError, ValueError, lzma.LZMAError, zipfile.BadZipFile) as error:
        if isinstance(error, TerrainError):
            raise
        raise TerrainError(f"terrain {path}: damaged, or not a terrain file", hint="save_terrain writes such files") from error
    grid: Heights = whole.astype(np.float32)
    grid[whole == HOLE] = np.nan
    return Elevation(grid, north, west, step_lat, step_lon, name, attribution)
