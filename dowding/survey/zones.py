"""Engagement zones: where a fire unit could have an intercept, and with what kill probability of one shot.

A place counts if an interceptor that doctrine and the target's speed allow has it in its envelope, and an engagement radar of the unit
has it in sight and in its sector and detects a target there with a probability of one half. What time would allow is a
matter of the target's course, and left to runs.
"""

import numpy as np

from dowding._jit import kernel
from dowding.engine.engagement import inside_envelope
from dowding.engine.fire_control import distance_from, in_sight_of_engagement_radar
from dowding.model import Defence
from dowding.model.bundles import Reals
from dowding.survey.grids import Grid
from dowding.survey.maps import Cells, Quarry, Singles, cell_probability, cells_of, check_memory, in_parallel, place_at, up_at

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
        probability = defence.kill_probability[row, quarry.cls]
        if probability <= best or probability < defence.units["kill_probability_min"][unit]:
            continue
        if inside_envelope(defence, unit, row, quarry.cls, distance, height):
            best = probability
    return best


@kernel
def fill_zone_rows(
    defence: Defence, cells: Cells, quarry: Quarry, altitudes: Reals, first: int, last: int, kill_out: Singles
) -> None:
    """Fill rows [first, last) of the zones, (unit, altitude, row, column)."""
    for row in range(first, last):
        for column in range(kill_out.shape[3]):
            up = up_at(defence.frame, cells, row, column)
            for level in range(altitudes.shape[0]):
                height = altitudes[level]
                place = place_at(defence.frame, cells, row, up, height)
                x, y, z = place
                for unit in range(kill_out.shape[0]):
                    kill = best_kill_probability(defence, quarry, unit, distance_from(defence.units, unit, x, y, z), height)
                    seen = False
                    if kill > 0.0 and in_sight_of_engagement_radar(defence, unit, x, y, z, height):
                        for k in range(defence.unit_radars.shape[1]):
                            sensor = defence.unit_radars[unit, k]
                            if sensor >= 0 and not seen:
                                seen = cell_probability(defence, quarry, sensor, place, up, height) >= SEEN
                    kill_out[unit, level, row, column] = kill if seen else 0.0


def engagement_zones(defence: Defence, grid: Grid, quarry: Quarry, altitudes_m: Reals) -> Singles:
    """Kill probability of the best interceptor at an intercept in each cell, 0 outside the zone: (unit, altitude, row, column)."""
    shape = (len(defence.units), len(altitudes_m), *grid.shape)
    check_memory(grid, shape[0] * shape[1])
    kill, cells = np.zeros(shape, np.float32), cells_of(grid)
    if len(defence.units):
        in_parallel(grid.shape[0], lambda first, last: fill_zone_rows(defence, cells, quarry, altitudes_m, first, last, kill))
    return kill
