"""The path of a recorded target: through its reports where they are exact, along them where they are noisy."""

import math

import numpy as np
from numpy.typing import NDArray

from dowding.physics.flight import Path
from dowding.physics.geodesy import Frame, geodetic_to_theatre_many
from dowding.scenario.resolved import RecordedWay

Floats = NDArray[np.float64]

KNOT_S = 4.0  # between knots of a path along noisy reports
WINDOW_S = 8.0  # reports within that time of a knot settle it
FEWEST = 5  # or so many of the nearest


def recorded_path(frame: Frame, way: RecordedWay) -> Path:
    """The path, its knots in simulated time."""
    rows = np.array(way.rows)
    time = np.ascontiguousarray(rows[:, 0])
    position = geodetic_to_theatre_many(frame, np.column_stack([np.radians(rows[:, 1]), np.radians(rows[:, 2]), rows[:, 3]]))
    if way.exact:
        return Path(time, position, np.ascontiguousarray(np.gradient(position, time, axis=0, edge_order=2 if len(time) > 2 else 1)))
    count = max(2, math.ceil((time[-1] - time[0]) / KNOT_S) + 1)
    return _along(time, position, np.linspace(time[0], time[-1], count))


def _along(time: Floats, position: Floats, at: Floats) -> Path:
    """At each knot the parabola through the reports about it, by least squares, with weights that fall to the window's edges."""
    places, velocities = np.empty((len(at), 3)), np.empty((len(at), 3))
    for k, moment in enumerate(at):
        offset = time - moment
        width = max(WINDOW_S, 1.001 * np.partition(np.abs(offset), min(FEWEST, len(time)) - 1)[min(FEWEST, len(time)) - 1])
        near = np.abs(offset) < width
        weight = np.sqrt(1.0 - (offset[near] / width) ** 2)
        powers = np.vander(offset[near], 3 if near.sum() >= FEWEST else 2, increasing=True)
        found, *_ = np.linalg.lstsq(powers * weight[:, None], position[near] * weight[:, None], rcond=None)
        places[k], velocities[k] = found[0], found[1]
    return Path(at, places, velocities)
