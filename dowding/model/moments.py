"""When a flight's path crosses a line, comes near to a place, or reaches a time."""

import math

import numpy as np

from dowding.model.bundles import Reals
from dowding.physics.flight import Path, path_states
from dowding.physics.geodesy import Frame, geodetic_to_theatre_many, theatre_to_geodetic_many
from dowding.scenario.paths import Point
from dowding.scenario.resolved import ResolvedMoment

SAMPLE_S = 1.0  # between two looks at a path, with a straight line between them


def moment_on(frame: Frame, path: Path, shift: float, moment: ResolvedMoment) -> float | None:
    """When (s, in the path's own time) a moment comes for who flies a path `shift` s late; None for never."""
    if moment.time_s is not None:
        own = moment.time_s - shift
        return own if path.time[0] <= own <= path.time[-1] else None
    times = np.linspace(path.time[0], path.time[-1], 2 + int((path.time[-1] - path.time[0]) / SAMPLE_S))
    ground = theatre_to_geodetic_many(frame, path_states(path, times)[0])
    if moment.line is not None:
        return _first_crossing(times, ground, moment.line)
    assert moment.around is not None
    assert moment.within_km is not None
    return _first_root(times, _away(frame, ground, moment.around) - moment.within_km * 1e3)


def _away(frame: Frame, ground: Reals, place: Point) -> Reals:
    """Distance over ground (m) from places (n, 3) to a point: the chord at sea level, bent to the mean radius."""
    level = np.column_stack([ground[:, :2], np.zeros(len(ground))])
    here = np.array([[math.radians(place.lat_deg), math.radians(place.lon_deg), 0.0]])
    positions = geodetic_to_theatre_many(frame, np.vstack([level, here]))
    radius = float(np.linalg.norm(positions[-1] - frame.earth_centre))
    chord = np.linalg.norm(positions[:-1] - positions[-1], axis=1)
    return np.asarray(2.0 * radius * np.arcsin(np.minimum(chord / (2.0 * radius), 1.0)), dtype=np.float64)


def _first_root(times: Reals, value: Reals) -> float | None:
    """When the values (n,) first are at or below 0."""
    below = np.flatnonzero(value <= 0.0)
    if not len(below):
        return None
    row = int(below[0])
    if row == 0:
        return float(times[0])
    share = value[row - 1] / (value[row - 1] - value[row])
    return float(times[row - 1] + share * (times[row] - times[row - 1]))


def _first_crossing(times: Reals, ground: Reals, line: tuple[Point, ...]) -> float | None:
    """When places (n, 3; rad, rad, m) first cross the line between two points, all of it straight in latitude and longitude."""
    middle = math.radians(line[0].lon_deg)

    def east(longitude: Reals) -> Reals:
        return np.asarray((longitude - middle + math.pi) % (2.0 * math.pi) - math.pi, dtype=np.float64)

    ends = np.array([[math.radians(p.lat_deg), math.radians(p.lon_deg)] for p in line])
    y, x = ground[:, 0], east(ground[:, 1])
    (y0, y1), (x0, x1) = ends[:, 0], east(ends[:, 1])
    across = (x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)
    for row in np.flatnonzero(across[:-1] * across[1:] <= 0.0):
        gap = across[row] - across[row + 1]
        share = across[row] / gap if gap != 0.0 else 0.0
        place_x, place_y = x[row] + share * (x[row + 1] - x[row]), y[row] + share * (y[row + 1] - y[row])
        along = ((place_x - x0) * (x1 - x0) + (place_y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
        if 0.0 <= along <= 1.0:
            return float(times[row] + share * (times[row + 1] - times[row]))
    return None
