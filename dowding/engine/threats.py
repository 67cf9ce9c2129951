"""What a track threatens, how soon, and how much that counts. Truth has no way in."""

import math

from dowding._jit import kernel
from dowding.engine.fire_control import offset_from
from dowding.engine.state import Reals
from dowding.model import Defence
from dowding.physics.geodesy import height_above_ellipsoid
from dowding.tracking.picture import TrackBank
from dowding.tracking.update import kinematic_class

ASSET_MARGIN_M = 5000.0  # a track whose course passes an asset by less than this beyond its radius threatens it
NEVER = 1e30
UNAIMED_SHARE = 0.1  # assumed: a track that threatens no asset counts this share of the least asset
UNAIMED_RANK = 1000  # and is served after those that threaten one
PATIENCE_S = 60.0  # assumed: a threat counts half of what it would count now if it comes so much later
RANK_S = 1e6  # more than any time left


@kernel
def _time_to(state: Reals, speed_square: float, x: float, y: float, z: float, radius: float) -> float:
    """Seconds until a straight course passes a circle on the ground about a point (m) by less than the margin; NEVER if it does not."""
    dx, dy, dz = state[0] - x, state[1] - y, state[2] - z
    closest = -(dx * state[3] + dy * state[4] + dz * state[5]) / speed_square
    if closest <= 0.0:
        return NEVER
    mx, my = dx + state[3] * closest, dy + state[4] * closest
    return closest if mx * mx + my * my <= (radius + ASSET_MARGIN_M) ** 2 else NEVER


@kernel
def time_left(defence: Defence, unit: int, state: Reals, reach: float) -> tuple[float, float]:
    """Seconds until a track reaches an asset of the unit's side, and until it leaves the sphere of `reach` (m) about the unit.

    Straight courses, closest approach; NEVER where neither happens.
    """
    assets = defence.assets
    speed_square = state[3] ** 2 + state[4] ** 2 + state[5] ** 2
    to_asset = NEVER
    if speed_square <= 0.0:
        return NEVER, NEVER
    for row in range(assets.shape[0]):
        if assets["side"][row] == defence.units["side"][unit]:
            away = _time_to(state, speed_square, assets["x"][row], assets["y"][row], assets["z"][row], assets["radius"][row])
            to_asset = min(to_asset, away)
    dx, dy, dz = offset_from(defence.units, unit, state[0], state[1], state[2])
    b = (dx * state[3] + dy * state[4] + dz * state[5]) / speed_square
    c = (dx * dx + dy * dy + dz * dz - reach * reach) / speed_square
    root = b * b - c
    leaves = math.sqrt(root) - b if root > 0.0 else NEVER
    return to_asset, leaves if leaves > 0.0 else NEVER


@kernel
def aimed_at(defence: Defence, side: int, state: Reals) -> tuple[int, float]:
    """Rank and priority of the asset of a side that counts most of those that a track's straight course passes."""
    assets, speed_square = defence.assets, state[3] ** 2 + state[4] ** 2 + state[5] ** 2
    rank, priority, least = UNAIMED_RANK, 0.0, math.inf
    for row in range(assets.shape[0]):
        if assets["side"][row] != side:
            continue
        least = min(least, assets["priority"][row])
        if speed_square <= 0.0 or assets["rank"][row] >= rank:
            continue
        if _time_to(state, speed_square, assets["x"][row], assets["y"][row], assets["z"][row], assets["radius"][row]) < NEVER:
            rank, priority = assets["rank"][row], assets["priority"][row]
    if rank == UNAIMED_RANK:
        priority = UNAIMED_SHARE * least if least < math.inf else 1.0
    return rank, priority


@kernel
def service_key(defence: Defence, unit: int, left: float, state: Reals) -> float:
    """The order in which tracks are served, least first: by the seconds left, or by the rank of what they threaten before that."""
    if not defence.units["by_value"][unit]:
        return left
    rank, _priority = aimed_at(defence, defence.units["side"][unit], state)
    return min(left, RANK_S) + RANK_S * rank


@kernel
def threat_value(defence: Defence, unit: int, left: float, state: Reals) -> float:
    """What it is worth to engage a track now: less with the seconds left, times the priority of what it threatens where that counts."""
    worth = PATIENCE_S / (PATIENCE_S + min(left, RANK_S))
    if defence.units["by_value"][unit]:
        _rank, priority = aimed_at(defence, defence.units["side"][unit], state)
        worth *= priority
    return worth


@kernel
def class_of(defence: Defence, bank: TrackBank, slot: int, state: Reals) -> int:
    """What a track in a predicted state is taken for, an index in TARGET_CLASSES."""
    return kinematic_class(defence.tracker, state, bank.mode[slot], height_above_ellipsoid(defence.frame, state[0], state[1], state[2]))
