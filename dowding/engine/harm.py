"""What a target does to what it reaches, and what falls silent with it. Sees truth; decides nothing."""

import math

from dowding._jit import kernel
from dowding.engine.channels import release
from dowding.engine.record import ASSET_HIT, DESTROYED, SILENCED, Rows, write_event
from dowding.engine.state import FREE, Fight, Standing
from dowding.model import Model


@kernel
def take_hit(model: Model, standing: Standing, events: Rows, target: int, aim: int, now: float) -> bool:
    """A target reaches an object and takes hit points from it; returns whether that puts it out of action."""
    row = standing.object[aim]
    row["hits"] += 1
    if math.isnan(row["first_hit"]):
        row["first_hit"] = now
    write_event(events, now, ASSET_HIT, -1, -1, target, -1, -1, aim)
    if row["left"] <= 0.0:
        return False
    row["left"] = max(row["left"] - model.flights.targets["damage"][target], 0.0)
    if row["left"] > 0.0:
        return False
    row["destroyed"] = now
    write_event(events, now, DESTROYED, -1, -1, target, -1, -1, aim)
    return True


@kernel
def silence(model: Model, standing: Standing, fight: Fight, events: Rows, node: int, now: float) -> None:
    """A node falls silent for good; what it was engaging is free for others. Fire units are the first nodes."""
    standing.off[node] = min(standing.off[node], now)
    nodes, objects = model.defence.network.nodes.shape[0], model.flights.objects.shape[0]
    units = model.defence.units
    unit = node if node < units.shape[0] else -1
    write_event(events, now, SILENCED, unit, -1, -1, -1, -1, objects - nodes + node)
    if unit < 0:
        return
    for channel in range(units["target_channels"][unit]):
        if fight.channels["state"][unit, channel] != FREE:
            release(fight, units["picture"][unit], unit, channel)
