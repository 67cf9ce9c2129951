"""Friend or foe as arrays: zones with their corners, and whose code each identity is."""

import math
from collections.abc import Sequence

import numpy as np

from dowding.model.bundles import CORRIDOR, RESTRICTED, ZONE, Reals, Records, Wholes
from dowding.model.placing import filled
from dowding.scenario import Resolved

MODELLED = "modelled"
KINDS = {"corridor": CORRIDOR, "restricted": RESTRICTED}


def zones_of(resolved: Resolved, sides: Sequence[str]) -> tuple[Records, Reals]:
    """The zones, (zone,) ZONE, and their corners, (corner, 2) latitude and longitude (rad)."""
    ends = np.cumsum([len(zone.points) for zone in resolved.zones], dtype=np.int64)
    zones = filled(
        ZONE,
        list(zip(resolved.zones, ends, strict=True)),
        {
            "kind": lambda row: KINDS[row[0].kind],
            "side": lambda row: sides.index(row[0].side),
            "first": lambda row: row[1] - len(row[0].points),
            "end": lambda row: row[1],
            "altitude_min": lambda row: row[0].altitude_min_m,
            "altitude_max": lambda row: row[0].altitude_max_m,
            "speed_max": lambda row: row[0].speed_max_mps,
            "begin": lambda row: row[0].from_s,
            "stop": lambda row: row[0].to_s,
        },
    )
    corners = [(math.radians(point.lat_deg), math.radians(point.lon_deg)) for zone in resolved.zones for point in zone.points]
    return zones, np.array(corners, dtype=np.float64).reshape(len(corners), 2)


def identity_sides(told: Sequence[str], identities: Sequence[str], side: Wholes) -> Wholes:
    """Whose code each identity is, (identity,); `told` is what each target answers, `side` (target,) whose it is."""
    whose = dict(zip(told, side, strict=True))
    return np.array([whose[name] for name in identities], dtype=np.int64)
