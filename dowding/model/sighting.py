"""Which members of a link see each other, and when: over the refracted earth, and over the ground where that is known."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from dowding.model.bundles import Reals
from dowding.model.flying import ground_heights_of
from dowding.model.networking import Hidden, everyone_of
from dowding.model.placing import PlacedRadar
from dowding.model.touring import Touring
from dowding.physics.flight import path_states
from dowding.physics.geodesy import Frame, theatre_to_geodetic_many
from dowding.physics.propagation import EARTH_RADIUS_MEAN
from dowding.physics.terrain import Ground
from dowding.scenario import Resolved, ResolvedSensor

MAST_M = 10.0  # assumed: height of a data link's antenna above ground
STEP_S = 10.0  # between two looks where one of the two flies
PROFILE_STEP_M = 250.0  # between two heights of the ground that are looked at
ALWAYS = (-math.inf, math.inf)


def sees(a: Reals, b: Reals, factor: float, ground: Ground | None) -> bool:
    """Whether two antennas, (3,) latitude, longitude (rad), height (m), see each other over an earth of `factor` times the radius.

    The ray is straight over that earth; the smooth earth at height 0 and, where it is known, the ground between them must lie below it.
    """
    units = [np.array([math.cos(p[0]) * math.cos(p[1]), math.cos(p[0]) * math.sin(p[1]), math.sin(p[0])]) for p in (a, b)]
    angle = math.acos(min(max(float(units[0] @ units[1]), -1.0), 1.0))
    length = angle * EARTH_RADIUS_MEAN
    count = 2 + math.ceil(length / PROFILE_STEP_M)
    share = np.linspace(0.0, 1.0, count)
    along = share * length
    ray = a[2] + (b[2] - a[2]) * share - along * (length - along) / (2.0 * factor * EARTH_RADIUS_MEAN)
    below = np.zeros(count)
    if ground is not None and angle > 0.0:
        # along the great circle
        weights = np.sin(np.outer([1.0, 0.0], angle * (1.0 - share)) + np.outer([0.0, 1.0], angle * share)) / math.sin(angle)
        x, y, z = weights[0] * units[0][:, None] + weights[1] * units[1][:, None]
        below = np.nan_to_num(ground_heights_of(ground)(np.arcsin(np.clip(z, -1.0, 1.0)), np.arctan2(y, x)), nan=0.0)
    return bool((ray[1:-1] >= below[1:-1]).all())


def hidden_spans(
    frame: Frame, resolved: Resolved, placed: Sequence[PlacedRadar], tours: Sequence[Touring | None], ground: Ground | None
) -> Hidden:
    """How to find the spans (s) in which two nodes, by name, do not see each other."""
    everyone = {each.name: each for each in everyone_of(resolved)}
    flying = {each.name: tour for each, tour in zip(placed, tours, strict=True) if tour is not None}
    times = np.arange(0.0, resolved.duration_s + STEP_S, STEP_S)
    factor = resolved.theatre.effective_earth_factor

    def places(name: str) -> Reals:
        tour, node = flying.get(name), everyone[name]
        if tour is not None:
            return theatre_to_geodetic_many(frame, path_states(tour.path, times)[0])
        height = (node.ground_altitude_m or 0.0) + (0.0 if isinstance(node, ResolvedSensor) and node.tour else MAST_M)
        return np.array([[math.radians(node.lat_deg), math.radians(node.lon_deg), height]])

    @cache
    def spans(one: str, other: str) -> tuple[tuple[float, float], ...]:
        a, b = places(one), places(other)
        if len(a) == len(b) == 1:
            return () if sees(a[0], b[0], factor, ground) else (ALWAYS,)
        a, b = np.broadcast_to(a, (len(times), 3)), np.broadcast_to(b, (len(times), 3))
        return tuple((float(t), float(t) + STEP_S) for t, p, q in zip(times, a, b, strict=True) if not sees(p, q, factor, ground))

    return spans
