"""What a network sees and shoots of one kind of target, as maps on one grid, and what two such sets of maps differ by."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dowding.catalogue import Entry
from dowding.errors import CoverageError
from dowding.model import Compiled
from dowding.model.bundles import Reals
from dowding.survey.approach import Approach, approach_map
from dowding.survey.areas import Mask
from dowding.survey.grids import Grid
from dowding.survey.levels import Level
from dowding.survey.places import MEMORY_MOST, Singles, ground_below, ground_map
from dowding.survey.seeking import Aspect, Quarry, quarry_of

COVERED = 0.5  # detection probability of a place that counts as covered
CUMULATIVE = 0.9  # cumulative probability that counts as found
NEITHER, BOTH, ONLY_FIRST, ONLY_SECOND = range(4)  # kinds of cells in a difference


@dataclass(frozen=True)
class Findings:
    """What a network sees and shoots: maps (level, row, column), with farther dimensions before these.

    A map is -1 where no target can be: below the ground, or above ground whose height is not known.
    """

    compiled: Compiled
    target: Entry
    aspect: Aspect
    at_least: int
    grid: Grid
    levels: tuple[Level, ...]
    network: Singles  # (level, row, column) probability that `at_least` sensors detect in one look each
    sensors: Singles  # (sensor, level, row, column) of one look; no sensors where memory did not allow to keep them
    kill: Singles  # (unit, level, row, column) kill probability of one shot, 0 outside the zone; no units where not wanted
    azimuths_rad: Reals  # (azimuth,)
    ranges_m: Reals  # (sensor, level, azimuth) farthest range at which half the looks detect
    approach: Approach | None  # cumulative detection on the way to a point
    room: int = field(default=MEMORY_MOST, repr=False)  # bytes that its maps may take

    @property
    def quarry(self) -> Quarry:
        """The target as kernels read it."""
        return quarry_of(self.compiled, self.target, self.aspect)

    @property
    def over_terrain(self) -> bool:
        """Whether the ground has hills."""
        return self.compiled.resolved.elevation is not None

    def covered(self, level: int) -> Mask:
        """Cells (row, column) that count as covered at one level."""
        return np.asarray(self.network[level] >= COVERED, np.bool_)

    def covered_by(self, sensor: int, level: int) -> Mask:
        """Cells (row, column) that count as covered by one sensor at one level."""
        return np.asarray(self.sensors[sensor, level] >= COVERED, np.bool_)

    def in_reach(self, level: int) -> Mask:
        """Cells (row, column) in the zone of some fire unit at one level."""
        found = np.zeros(self.grid.shape, np.bool_)
        for zone in self.kill:
            found |= zone[level] > 0.0
        return found

    def nowhere(self, level: int) -> Mask:
        """Cells (row, column) in which no target can be at one level."""
        return np.asarray(self.network[level] < 0.0, np.bool_)

    def ground_m(self, rows: slice = slice(None)) -> Singles:
        """Height (row, column) of the ground, m, under some rows of the map; NaN where it is not known, 0 on a smooth earth."""
        return ground_map(Grid(self.grid.latitude_deg[rows], self.grid.longitude_deg), ground_below(self.compiled))

    def cumulative(self) -> Singles | None:
        """Cumulative detection (level, row, column) in the map's cells; None where it was not wanted or there is no memory for it."""
        kept = self.network.nbytes * 2 + (0 if self.sensors.base is self.network else self.sensors.nbytes) + self.kill.nbytes
        if self.approach is None or kept > self.room:
            return None
        return approach_map(self.approach, self.grid, self.levels, self.network)


@dataclass(frozen=True)
class Difference:
    """What differs between two coverages of one grid: NEITHER, BOTH, ONLY_FIRST or ONLY_SECOND in each cell (level, row, column)."""

    seen: NDArray[np.uint8]
    reached: NDArray[np.uint8]  # by fire units


def _kinds(mine: Mask, other: Mask) -> NDArray[np.uint8]:
    return np.asarray(np.where(mine, np.where(other, BOTH, ONLY_FIRST), np.where(other, ONLY_SECOND, NEITHER)), np.uint8)


def difference(first: Findings, second: Findings) -> Difference:
    """What two coverages on one grid see and reach each alone; CoverageError if their grids or altitudes differ."""
    same = first.network.shape == second.network.shape and first.levels == second.levels
    if not same or not np.array_equal(first.grid.latitude_deg, second.grid.latitude_deg):
        raise CoverageError("the two maps have different grids or altitudes", hint="give both the same `grid` and altitudes")
    depth = range(len(first.levels))
    seen = np.stack([_kinds(first.covered(k), second.covered(k)) for k in depth])
    return Difference(seen, np.stack([_kinds(first.in_reach(k), second.in_reach(k)) for k in depth]))
