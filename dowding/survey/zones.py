"""Engagement zones: where a fire unit could have an intercept, and with what kill probability of one shot.

A place counts if an interceptor that doctrine and the target's speed allow has it in its envelope, and an engagement radar of the unit
has it in sight and in its sector and detects a target there with a probability of one half. What time would allow is a
matter of the target's course, and left to runs.
"""

import math
from collections.abc import Sequence

import numpy as np

from dowding._jit import kernel
from dowding.engine.engagement import inside_envelope
from dowding.engine.fire_control import distance_from, in_sight_of_engagement_radar
from dowding.engine.lethality import envelope_factor
from dowding.model import Defence
from dowding.model.bundles import Reals
from dowding.physics.terrain import Ground
from dowding.survey.grids import Grid
from dowding.survey.levels import Level
from dowding.survey.places import NOWHERE, Places, Singles, Tick, check_memory, fill_heights, in_parallel, place_at, places_of, up_at
from dowding.survey.seeking import Quarry, place_probability

SEEN = 0.5  # detection probability that an engagement radar needs at the intercept point


@kernel
def best_kill_probability(defence: Defence, quarry: Quarry, unit: int, distance: float, height: float) -> float:
    """The best kill probability among a unit's interceptors with a place in their envelope; 0 for none."""
    best, rows = 0.0, defence.interceptors
    if defence.salvo[unit, quarry.cls] == 0:
        return 0.0
    for kind in range(defence.unit_interceptors.shape[1]):
        row = defence.unit_interceptors[unit, kind]
        if row < 0 or defence.rounds[unit, kind] <= 0 or quarry.speed > rows["target_speed_max"][row]:
            continue
        probability = defence.kill_probability[row, quarry.cls] * envelope_factor(defence, unit, row, quarry.cls, distance, height)
        if probability <= best or probability < defence.units["kill_probability_min"][unit]:
            continue
        if inside_envelope(defence, unit, row, quarry.cls, distance, height):
            best = probability
    return best


@kernel
def zone_probability(
    defence: Defence, quarry: Quarry, unit: int, place: tuple[float, float, float], up: tuple[float, float, float], height: float
) -> float:
    """Kill probability of one shot of a unit at a target in a place (m, theatre); 0 where it cannot have an intercept."""
    x, y, z = place
    kill = best_kill_probability(defence, quarry, unit, distance_from(defence.units, unit, x, y, z), height)
    if kill <= 0.0 or not in_sight_of_engagement_radar(defence, unit, x, y, z, height):
        return 0.0
    for k in range(defence.unit_radars.shape[1]):
        sensor = defence.unit_radars[unit, k]
        if sensor >= 0 and place_probability(defence, quarry, sensor, place, up, height) >= SEEN:
            return kill
    return 0.0


@kernel
def fill_zone_rows(
    defence: Defence, places: Places, quarry: Quarry, first: int, last: int, below: Reals, heights: Reals, kill_out: Singles
) -> None:
    """Fill rows [first, last) of the zones, (unit, level, row, column); `below` (column,) and `heights` (level, column) are scratch."""
    for row in range(first, last):
        fill_heights(places, row, below, heights)
        for column in range(kill_out.shape[3]):
            up = up_at(defence.frame, places, row, column)
            for level in range(heights.shape[0]):
                height = heights[level, column]
                none = math.isnan(height)
                place = place_at(defence.frame, places, row, up, height)
                for unit in range(kill_out.shape[0]):
                    kill_out[unit, level, row, column] = NOWHERE if none else zone_probability(defence, quarry, unit, place, up, height)


def engagement_zones(
    defence: Defence, grid: Grid, ground: Ground, quarry: Quarry, levels: Sequence[Level], tick: Tick | None = None
) -> Singles:
    """Kill probability of the best interceptor at an intercept in each cell: (unit, level, row, column).

    0 outside the zone, NOWHERE where no target can be.
    """
    shape = (len(defence.units), len(levels), *grid.shape)
    check_memory(grid, shape[0] * shape[1])
    kill, places = np.zeros(shape, np.float32), places_of(grid, ground, levels)

    def work(first: int, last: int) -> None:
        fill_zone_rows(defence, places, quarry, first, last, np.zeros(shape[3]), np.zeros((shape[1], shape[3])), kill)

    if len(defence.units):
        in_parallel(grid.shape[0], work, tick, ground)
    return kill
