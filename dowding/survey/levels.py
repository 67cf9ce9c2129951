"""Altitudes at which a target is looked for: above the ellipsoid, or above the ground below it."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from dowding.errors import CoverageError

MOST_M = 100_000.0
LEAST_ABOVE_GROUND_M = 1.0  # lower is the ground itself, to the accuracy of its heights
UNITS = {"": 1.0, "m": 1.0, "km": 1e3, "ft": 0.3048}
WRITTEN = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|[-+]?inf|nan)\s*(km|m|ft|)[\s_-]*(agl|)", re.IGNORECASE)
EXAMPLE = "such as 100m-agl,1km,30000ft: agl counts from the ground, all else from the ellipsoid"


class Level(NamedTuple):
    """One altitude."""

    metres: float
    above_ground: bool = False

    @property
    def name(self) -> str:
        """Short, as files are called: 1000m, 100m-agl."""
        return f"{self.metres:g}m{'-agl' if self.above_ground else ''}"

    @property
    def words(self) -> str:
        """As pictures say it: 1 km, 100 m above ground."""
        length = f"{self.metres:g} m" if self.metres < 1000 else f"{self.metres / 1000:g} km"
        return f"{length} above ground" if self.above_ground else length


def read_level(given: "float | str | Level") -> Level:
    """A number of metres above the ellipsoid, or words such as 100m, 1.5km, 3000ft, 100m-agl; CoverageError for anything else."""
    if isinstance(given, Level):
        return given
    if not isinstance(given, str):
        return Level(float(given))
    found = WRITTEN.fullmatch(given.strip())
    if found is None:
        raise CoverageError(f"altitude: got {given.strip()!r}, must be a number in m, km or ft", hint=EXAMPLE)
    metres = round(float(found[1]) * UNITS[found[2].lower()], 6)  # the last bits of a foot are no part of a name
    return Level(metres, bool(found[3]))


def read_levels(given: "str | float | Level | Sequence[float | str | Level]") -> tuple[Level, ...]:
    """The altitudes in rising order, once each, those above the ground first; CoverageError says which one cannot be."""
    if isinstance(given, str):
        given = [part for part in given.split(",") if part.strip()]
    elif isinstance(given, Level | float | int):
        given = [given]
    levels = [read_level(one) for one in given]
    for level in levels:
        least, zero = (LEAST_ABOVE_GROUND_M, "the ground") if level.above_ground else (0.0, "the ellipsoid")
        if not (math.isfinite(level.metres) and least <= level.metres <= MOST_M):
            told = f"altitude: got {level.metres:g} m above {zero}, must be between {least:g} m and {MOST_M / 1e3:g} km"
            raise CoverageError(told, hint=EXAMPLE)
    if not levels:
        raise CoverageError("altitude: got none, must be at least one", hint=EXAMPLE)
    return tuple(sorted(set(levels), key=lambda level: (not level.above_ground, level.metres)))
