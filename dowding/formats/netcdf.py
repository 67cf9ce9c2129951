"""NetCDF classic with 64-bit offsets, after the CF conventions 1.8; read by xarray, QGIS, Panoply, ncview and others.

Written here and not through a library, so that an array of many megabytes goes to disk piece by piece instead of being copied.
Source: OGC 10-092r3, NetCDF Classic and 64-bit Offset Format (2011), section 6; the names of the grammar are kept below.
"""

import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAGIC = b"CDF\x02"
NC_DIMENSION, NC_VARIABLE, NC_ATTRIBUTE = 0x0A, 0x0B, 0x0C
NC_BYTE, NC_CHAR, NC_INT, NC_FLOAT, NC_DOUBLE = 1, 2, 4, 5, 6
STORED = {NC_BYTE: ">i1", NC_CHAR: "S1", NC_INT: ">i4", NC_FLOAT: ">f4", NC_DOUBLE: ">f8"}
KINDS = {"int8": NC_BYTE, "bytes8": NC_CHAR, "float32": NC_FLOAT, "float64": NC_DOUBLE}  # all other numbers are NC_INT
VSIZE_MOST = 2**32 - 1  # stands for every larger size
PIECE = 1 << 20  # numbers turned to the file's byte order at a time


@dataclass(frozen=True)
class Pieces:
    """An array that is made piece by piece whenever it is read, each piece what follows the last in memory's order."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    make: Callable[[], Iterator[NDArray[Any]]]

    @property
    def size(self) -> int:
        """How many numbers."""
        return math.prod(self.shape)

    def whole(self) -> NDArray[Any]:
        """All of it."""
        return np.concatenate([piece.reshape(-1) for piece in self.make()]).astype(self.dtype, copy=False).reshape(self.shape)


class Variable(NamedTuple):
    """An array with the names of its dimensions and its attributes."""

    dimensions: tuple[str, ...]
    values: NDArray[Any] | Pieces  # numbers, or single characters (S1); without dimensions a scalar
    attributes: Mapping[str, Any]  # text, numbers, or short arrays of numbers of their own kind


def _text(text: str) -> bytes:
    """A count and the characters, filled up to four bytes."""
    raw = text.encode("utf-8")
    return struct.pack(">i", len(raw)) + raw + b"\0" * (-len(raw) % 4)


def _list(tag: int, items: Sequence[bytes]) -> bytes:
    return struct.pack(">ii", tag if items else 0, len(items)) + b"".join(items)


def _attribute(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        return _text(name) + struct.pack(">i", NC_CHAR) + _text(value)
    values = np.atleast_1d(np.asarray(value))
    kind = _kind(values)
    raw = values.astype(STORED[kind]).tobytes()
    return _text(name) + struct.pack(">ii", kind, len(values)) + raw + b"\0" * (-len(raw) % 4)


def _kind(values: NDArray[Any] | Pieces) -> int:
    return KINDS.get(values.dtype.name, NC_INT)


def _lengths(variables: Mapping[str, Variable]) -> dict[str, int]:
    """Each dimension's length; ValueError if two arrays disagree."""
    lengths: dict[str, int] = {}
    for name, variable in variables.items():
        for dimension, length in zip(variable.dimensions, variable.values.shape, strict=True):
            if lengths.setdefault(dimension, length) != length:
                raise ValueError(f"{name}: dimension {dimension} has {length} places here and {lengths[dimension]} elsewhere")
    return lengths


def _header(variables: Mapping[str, Variable], attributes: Mapping[str, Any], begin: int) -> bytes:
    """The header when data begin at `begin`; as long whatever that is."""
    lengths = _lengths(variables)
    places = {name: number for number, name in enumerate(lengths)}
    rows = []
    for name, variable in variables.items():
        kind = _kind(variable.values)
        size = variable.values.size * np.dtype(STORED[kind]).itemsize
        size += -size % 4  # OGC 10-092r3, section 6, `vdata`: filled up to four bytes
        about = _list(NC_ATTRIBUTE, [_attribute(key, value) for key, value in variable.attributes.items()])
        dimensions = struct.pack(f">i{len(variable.dimensions)}i", len(variable.dimensions), *(places[d] for d in variable.dimensions))
        rows.append(_text(name) + dimensions + about + struct.pack(">iIq", kind, min(size, VSIZE_MOST), begin))
        begin += size
    head = MAGIC + struct.pack(">i", 0) + _list(NC_DIMENSION, [_text(d) + struct.pack(">i", n) for d, n in lengths.items()])
    return head + _list(NC_ATTRIBUTE, [_attribute(key, value) for key, value in attributes.items()]) + _list(NC_VARIABLE, rows)


def write_netcdf(path: Path, variables: Mapping[str, Variable], attributes: Mapping[str, Any]) -> None:
    """Write variables; a dimension's length is that of the arrays that have it, none of which may be empty."""
    about = {"Conventions": "CF-1.8"} | dict(attributes)
    begin = len(_header(variables, about, 0))
    with path.open("wb") as file:
        file.write(_header(variables, about, begin))
        for variable in variables.values():
            values, stored = variable.values, STORED[_kind(variable.values)]
            for part in values.make() if isinstance(values, Pieces) else (values,):
                flat = np.ascontiguousarray(part).reshape(-1)
                for first in range(0, len(flat), PIECE):
                    file.write(flat[first : first + PIECE].astype(stored).tobytes())
            file.write(b"\0" * (-values.size * np.dtype(stored).itemsize % 4))
