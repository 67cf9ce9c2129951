"""How far around its sensors a network can see at all: what a map must cover."""

import math
from collections.abc import Sequence

import numpy as np

from dowding.model import Compiled
from dowding.physics.geodesy import geodesic_direct
from dowding.survey.levels import Level
from dowding.survey.places import Tick
from dowding.survey.ranges import place_of, ranges_by_azimuth, turn
from dowding.survey.seeking import Quarry

FAINT = 0.01  # a map shows what is seen at least so often
MARGIN = 1.03  # how much wider than the reach
LEAST_REACH_M = 1000.0
BEARINGS = 360  # directions in which the reach is measured

Places = list[tuple[float, float]]  # latitude, longitude in degrees


def seen_edge(compiled: Compiled, quarry: Quarry, levels: Sequence[Level], tick: Tick | None = None) -> Places:
    """Places all around what each sensor can see of a target."""
    azimuths = turn(BEARINGS)
    reach = ranges_by_azimuth(compiled, quarry, levels, azimuths, FAINT, tick).max(axis=1)
    points = []
    for sensor, seen in enumerate(reach):
        here = [math.radians(degrees) for degrees in place_of(compiled, sensor)]
        for azimuth, distance in zip(azimuths, np.maximum(seen * MARGIN, LEAST_REACH_M), strict=True):
            lat, lon, _ = geodesic_direct(here[0], here[1], float(azimuth), float(distance))
            points.append((math.degrees(lat), math.degrees(lon)))
    return points


def apart_km(first: Places, second: Places) -> float:
    """About how far two edges lie apart, nearest to nearest; 0 where the boxes around them meet."""
    gaps = []
    turned = [(lat, first[0][1] + (lon - first[0][1] + 180.0) % 360.0 - 180.0) for lat, lon in first]
    other = [(lat, first[0][1] + (lon - first[0][1] + 180.0) % 360.0 - 180.0) for lat, lon in second]
    for axis, scale in ((0, 1.0), (1, math.cos(math.radians(first[0][0])))):
        low, high = (min(p[axis] for p in turned), max(p[axis] for p in turned))
        least, most = (min(p[axis] for p in other), max(p[axis] for p in other))
        gaps.append(max(least - high, low - most, 0.0) * scale * 111.2)
    return math.hypot(*gaps)
