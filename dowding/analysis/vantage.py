"""Where detections were made from, and where they say that something is: for sensors that stand and for those that fly."""

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.theatre import Theatre, axes_at, theatre_of
from dowding.analysis.truth import Floats, Ints
from dowding.physics.polar import placed
from dowding.tables import Columns, Tables

PLACE = ("east_m", "north_m", "up_m")
SPEED = ("velocity_east_mps", "velocity_north_mps", "velocity_up_mps")


def vantage(tables: Tables, rows: Ints | NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """For chosen rows of detections where the sensor was, (row, 3) m, theatre, and theatre to its own east, north, up, (row, 3, 3).

    A sensor that flies is carried back from its dwell's end to the detection; its axes are those of its place at that end.
    """
    detections, sensors, theatre = tables["detections"], tables["sensors"], theatre_of(tables)
    sensor = np.asarray(detections["sensor"], np.int64)[rows]
    if not len(sensor) or theatre is None:
        return np.zeros((len(sensor), 3)), np.broadcast_to(np.eye(3), (len(sensor), 3, 3)).copy()
    stands, turned = _columns(sensors, PLACE)[sensor], _axes(sensors, "", theatre)[sensor]
    flying = np.flatnonzero(np.asarray(sensors["moves"], np.bool_)[sensor])
    if len(flying) and "dwells" in tables and len(tables["dwells"]["dwell"]):
        dwells = tables["dwells"]
        order = np.argsort(dwells["dwell"], kind="stable")
        wanted = np.asarray(detections["dwell"], np.int64)[rows][flying]
        at = order[np.clip(np.searchsorted(dwells["dwell"][order], wanted), 0, len(order) - 1)]
        ago = (dwells["end_s"][at] - np.asarray(detections["time_s"], np.float64)[rows][flying])[:, None]
        own = {name: values[at] for name, values in dwells.items()}
        velocity = _columns(own, tuple(f"sensor_{name}" for name in SPEED))
        stands[flying] = _columns(own, tuple(f"sensor_{name}" for name in PLACE)) - velocity * ago
        turned[flying] = _axes(own, "sensor_", theatre)
    return stands, turned


def places(tables: Tables, rows: Ints | NDArray[np.bool_]) -> Floats:
    """Where chosen rows of detections say that something is, (row, 3) m, theatre; without an elevation it is taken as 0."""
    detections = tables["detections"]
    stands, turned = vantage(tables, rows)
    distance, azimuth, elevation = (np.asarray(detections[n], np.float64)[rows] for n in ("range_m", "azimuth_rad", "elevation_rad"))
    return placed(distance, azimuth, np.nan_to_num(elevation), stands, turned)


def _columns(table: Columns, names: tuple[str, ...]) -> Floats:
    return np.column_stack([np.asarray(table[name], np.float64) for name in names])


def _axes(table: Columns, prefix: str, theatre: Theatre) -> Floats:
    """Axes of each row's place, (row, 3, 3), theatre to its own east, north, up."""
    return np.asarray(axes_at(table[f"{prefix}latitude_deg"], table[f"{prefix}longitude_deg"]) @ theatre.axes().T, np.float64)
