"""NetCDF classic with 64-bit offsets, after the CF conventions 1.8; read by xarray, QGIS, Panoply, ncview and others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Variable(NamedTuple):
    """An array with the names of its dimensions and its attributes."""

    dimensions: tuple[str, ...]
    values: NDArray[Any]  # numbers
    attributes: Mapping[str, Any]


def write_netcdf(path: Path, variables: Mapping[str, Variable], attributes: Mapping[str, Any]) -> None:
    """Write variables; a dimension's length is that of the arrays that have it, which must agree."""
    from scipy.io import netcdf_file

    with netcdf_file(path, "w", version=2) as file:
        for name, value in ({"Conventions": "CF-1.8"} | dict(attributes)).items():
            setattr(file, name, value)
        for variable in variables.values():
            for dimension, length in zip(variable.dimensions, variable.values.shape, strict=True):
                if dimension not in file.dimensions:
                    file.createDimension(dimension, length)
        for name, variable in variables.items():
            kind = "f" if variable.values.dtype == np.float32 else "d" if variable.values.dtype.kind == "f" else "i"
            made = file.createVariable(name, kind, variable.dimensions)
            made[:] = variable.values
            for key, value in variable.attributes.items():
                setattr(made, key, value)
