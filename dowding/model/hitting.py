"""What can be hit, as rows: how much it stands, and which node of the network dies with it."""

from dowding.model.bundles import OBJECT, Records
from dowding.model.placing import filled
from dowding.scenario import Resolved
from dowding.scenario.resolved import standing_of


def objects_of(resolved: Resolved) -> Records:
    """The objects, (object,) OBJECT; nodes follow the assets in the network's own order."""
    assets = len(resolved.assets)
    rows = list(enumerate(standing_of(resolved)))
    return filled(
        OBJECT,
        rows,
        {"hit_points": lambda row: row[1].hit_points, "node": lambda row: row[0] - assets if row[0] >= assets else -1},
    )
