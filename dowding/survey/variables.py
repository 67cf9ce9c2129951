"""Coverage as named arrays with units, after the CF conventions 1.8: what a NetCDF file holds, and an xarray.Dataset."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import CoverageError
from dowding.formats.netcdf import Pieces
from dowding.survey.findings import Difference, Findings
from dowding.survey.places import NOWHERE

POSSIBLE, BELOW_GROUND, GROUND_UNKNOWN = range(3)
ROWS = 256  # of a map that are worked out at a time where it is made only to be written
UNKNOWN_GROUND = -9999.0  # m
FLAGS = "possible below_ground ground_unknown"
KINDS = "neither both only_first only_second"


class Variable(NamedTuple):
    """An array with the names of its dimensions and its attributes."""

    dimensions: tuple[str, ...]
    values: NDArray[Any] | Pieces
    attributes: Mapping[str, Any]


class Group(NamedTuple):
    """Levels that count from one zero: they share a vertical coordinate, and a suffix in the names of variables."""

    dimension: str
    suffix: str
    rows: list[int]  # of the coverage's levels
    about: Mapping[str, Any]


def groups_of(found: Findings) -> list[Group]:
    """The levels above the ellipsoid and those above the ground, where there are any."""
    up = {"units": "m", "positive": "up", "axis": "Z"}
    about = up | {"standard_name": "height_above_reference_ellipsoid", "long_name": "altitude of the target above the WGS-84 ellipsoid"}
    free = Group("altitude", "", [k for k, level in enumerate(found.levels) if not level.above_ground], about)
    about = up | {"standard_name": "height", "long_name": "height of the target above the ground"}
    low = Group("height", "_above_ground", [k for k, level in enumerate(found.levels) if level.above_ground], about)
    return [group for group in (free, low) if group.rows]


def _part(values: NDArray[Any], rows: list[int], axis: int) -> NDArray[Any]:
    """Some levels of an array: a view, as they stand next to one another."""
    return values[(slice(None),) * axis + (slice(rows[0], rows[-1] + 1),)]


def _probability(words: str, group: Group, **more: Any) -> dict[str, Any]:
    """Attributes of a map of probabilities."""
    about: dict[str, Any] = {"units": "1", "long_name": words, "valid_range": np.array([0.0, 1.0], np.float32)}
    about |= {"_FillValue": np.float32(NOWHERE), "comment": f"missing where no target can be: target_possible{group.suffix} says why"}
    return about | {"ancillary_variables": f"target_possible{group.suffix}"} | more


def _possible(found: Findings, group: Group) -> Variable:
    def flags() -> Iterator[NDArray[Any]]:
        for row in group.rows:
            for part in _rows_of(found):
                below = np.where(found.network[row, part] < 0.0, BELOW_GROUND, POSSIBLE)
                yield np.where(np.isnan(found.ground_m(part)), GROUND_UNKNOWN, below).astype(np.int8)

    about = {"long_name": "whether a target can be here", "flag_values": np.arange(3, dtype=np.int8), "flag_meanings": FLAGS}
    shape = (len(group.rows), *found.grid.shape)
    return Variable((group.dimension, "latitude", "longitude"), Pieces(shape, np.dtype(np.int8), flags), about)


def _ground(found: Findings) -> Variable:
    def heights() -> Iterator[NDArray[Any]]:
        for part in _rows_of(found):
            yield np.nan_to_num(found.ground_m(part), nan=UNKNOWN_GROUND)

    words = {"units": "m", "long_name": "height of the ground, which counts as above the ellipsoid", "grid_mapping": "wgs84"}
    values = Pieces(found.grid.shape, np.dtype(np.float32), heights)
    return Variable(("latitude", "longitude"), values, words | {"_FillValue": np.float32(UNKNOWN_GROUND)})


def _rows_of(found: Findings) -> Iterator[slice]:
    """The map's rows, some at a time."""
    return (slice(first, first + ROWS) for first in range(0, found.grid.shape[0], ROWS))


def _labels(names: tuple[str, ...], dimension: str, words: str) -> Variable:
    """Names as rows of characters, as CF has labels."""
    raw = [name.encode("utf-8") for name in names]
    width = max((len(one) for one in raw), default=1)
    cells = np.frombuffer(b"".join(one.ljust(width, b"\0") for one in raw), "S1").reshape(len(raw), width)
    return Variable((dimension, f"{dimension}_letters"), cells, {"long_name": words, "_Encoding": "utf-8"})


def _coordinates(found: Findings) -> dict[str, Variable]:
    north = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    east = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    around = {"units": "degree", "long_name": "direction from a sensor, clockwise from north"}
    names = found.compiled.names
    out = {
        "latitude": Variable(("latitude",), found.grid.latitude_deg, north),
        "longitude": Variable(("longitude",), found.grid.longitude_deg, east),
        "azimuth": Variable(("azimuth",), np.degrees(found.azimuths_rad), around),
        "sensor_name": _labels(names.sensors, "sensor", "sensor"),
    }
    if len(found.kill):
        out["unit_name"] = _labels(names.units, "unit", "fire unit")
    for group in groups_of(found):
        metres = np.array([found.levels[row].metres for row in group.rows])
        out[group.dimension] = Variable((group.dimension,), metres, group.about)
    out["wgs84"] = Variable(
        (),
        np.array(0, np.int32),
        {
            "grid_mapping_name": "latitude_longitude",
            "semi_major_axis": 6378137.0,
            "inverse_flattening": 298.257223563,
            "longitude_of_prime_meridian": 0.0,
        },
    )
    return out


def _maps(found: Findings, group: Group) -> dict[str, Variable]:
    place = (group.dimension, "latitude", "longitude")
    on, tail = {"grid_mapping": "wgs84"}, group.suffix
    words = f"probability that at least {found.at_least} of the sensors detect the target in one look each"
    out = {f"network_probability{tail}": Variable(place, _part(found.network, group.rows, 0), _probability(words, group, **on))}
    if len(found.sensors):
        about = _probability("detection probability of one look", group, coordinates="sensor_name", **on)
        out[f"sensor_probability{tail}"] = Variable(("sensor", *place), _part(found.sensors, group.rows, 1), about)
    if len(found.kill):
        words = "kill probability of one shot at an intercept here, 0 outside the engagement zone"
        about = _probability(words, group, coordinates="unit_name", **on)
        out[f"kill_probability{tail}"] = Variable(("unit", *place), _part(found.kill, group.rows, 1), about)
    flown = found.cumulative()
    if flown is not None:
        about = _probability("probability of having been detected on the way here", group, **on)
        out[f"cumulative_probability{tail}"] = Variable(place, _part(flown, group.rows, 0), about)
    if found.over_terrain:
        out[f"target_possible{tail}"] = _possible(found, group)
    else:
        for name in out:  # nothing is missing on a smooth earth
            kept = {k: v for k, v in out[name].attributes.items() if k not in ("comment", "ancillary_variables", "_FillValue")}
            out[name] = out[name]._replace(attributes=kept)
    about = {"units": "m", "long_name": "farthest ground range at which half the looks detect", "coordinates": "sensor_name"}
    out[f"farthest_range{tail}"] = Variable(("sensor", group.dimension, "azimuth"), _part(found.ranges_m, group.rows, 1), about)
    return out


def _rays(found: Findings, group: Group) -> dict[str, Variable]:
    """Cumulative detection along the courses for which it was computed."""
    if found.approach is None:
        return {}
    flown, around = found.approach, ("bearing", "distance")
    words = {"units": "degree", "long_name": "direction of the point at which targets fly, as seen from it, clockwise from north"}
    about = {"units": "1", "long_name": "probability of having been detected on the way here", "_FillValue": NOWHERE}
    about |= {"valid_range": np.array([0.0, 1.0]), "coordinates": "approach_latitude approach_longitude"}
    about |= {"comment": "missing where no target can be"}
    return {
        "bearing": Variable(("bearing",), np.degrees(flown.azimuth_rad), words),
        "distance": Variable(("distance",), flown.range_m, {"units": "m", "long_name": "ground range to the point at which targets fly"}),
        "approach_latitude": Variable(around, flown.place_deg[..., 0], {"units": "degrees_north", "standard_name": "latitude"}),
        "approach_longitude": Variable(around, flown.place_deg[..., 1], {"units": "degrees_east", "standard_name": "longitude"}),
        f"approach_probability{group.suffix}": Variable((group.dimension, *around), _part(flown.probability, group.rows, 0), about),
    }


def variables_of(found: Findings) -> dict[str, Variable]:
    """All arrays of a coverage by name; `_FillValue` marks where no target can be."""
    out = _coordinates(found)
    if found.over_terrain:
        out["ground_height"] = _ground(found)
    for group in groups_of(found):
        out |= _maps(found, group)
        out |= _rays(found, group)
    return out


def difference_variables(found: Difference, second: Findings) -> dict[str, Variable]:
    """What a comparison adds: the second network's probability, and which of the two covers and reaches each cell."""
    out = {}
    for group in groups_of(second):
        place = (group.dimension, "latitude", "longitude")
        words = f"as network_probability{group.suffix}, of the second scenario"
        about = _probability(words, group, grid_mapping="wgs84")
        if not second.over_terrain:
            about = {key: about[key] for key in ("units", "long_name", "valid_range", "grid_mapping")}
        out[f"against_probability{group.suffix}"] = Variable(place, _part(second.network, group.rows, 0), about)
        kinds = (("seen_by", found.seen, "detects with at least one half"), ("reached_by", found.reached, "can intercept"))
        for name, cells, verb in kinds:
            about = {"long_name": f"which of the two {verb}", "flag_values": np.arange(4, dtype=np.int8), "flag_meanings": KINDS}
            out[f"{name}{group.suffix}"] = Variable(place, _part(cells, group.rows, 0).astype(np.int8), about | {"grid_mapping": "wgs84"})
    return out


def attributes_of(found: Findings, version: str) -> dict[str, Any]:
    """What is true of the whole."""
    return {
        "title": f"Coverage of {found.compiled.resolved.title or 'a network'} against {found.target.name} (simulation)",
        "source": f"dowding {version}, from openly published figures",
        "target": found.target.id,
        "aspect": found.aspect,
        "at_least": found.at_least,
    }


def dataset(found: Findings) -> Any:
    """An xarray.Dataset of the same; names of sensors and units become coordinates. CoverageError without xarray."""
    try:
        import xarray
    except ImportError:
        raise CoverageError("to_xarray needs xarray", hint="pip install xarray") from None
    names = found.compiled.names
    data: dict[str, Any] = {}
    coordinates: dict[str, Any] = {}
    for name, variable in variables_of(found).items():
        about = dict(variable.attributes)
        fill = about.pop("_FillValue", None)
        values = variable.values.whole() if isinstance(variable.values, Pieces) else variable.values
        values = values if fill is None else np.where(values == fill, np.float32(np.nan), values)
        about.pop("coordinates", None)
        if name in ("sensor_name", "unit_name"):
            own = names.sensors if name == "sensor_name" else names.units
            coordinates[name.removesuffix("_name")] = ((name.removesuffix("_name"),), list(own), {"long_name": about["long_name"]})
        elif name in ("latitude", "longitude", "azimuth", "altitude", "height", "bearing", "distance") or name.startswith("approach_l"):
            coordinates[name] = (variable.dimensions, values, about)
        else:
            data[name] = (variable.dimensions, values, about)
    return xarray.Dataset(data, coordinates, attributes_of(found, "") | {"Conventions": "CF-1.8"})
