"""What was lost: hit points, value and nodes of the network, from the table of assets."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.tables import Columns

Floats = NDArray[np.float64]


def value_lost(assets: Columns) -> Floats:
    """Worth that each lost, (asset,): its value by the share of its hit points, as the salvo model has it (Hughes 1995, eq. 1)."""
    return np.asarray(assets["value"] * (1.0 - assets["left"] / assets["hit_points"]), dtype=np.float64)


def damage(assets: Columns) -> dict[str, Any]:
    """Totals by side of those that have any: value, value_lost, assets_destroyed, nodes, nodes_destroyed, nodes_lost (silent)."""
    sides, kinds = assets["side"].astype(str), assets["kind"].astype(str)
    lost, out = value_lost(assets), {}
    for side in dict.fromkeys(sides.tolist()):
        mine = sides == side
        node = mine & (kinds != "asset")
        destroyed = np.isfinite(assets["destroyed_s"])
        out[side] = {
            "value": round(float(assets["value"][mine].sum()), 6),
            "value_lost": round(float(lost[mine].sum()), 6),
            "assets_destroyed": int((mine & ~node & destroyed).sum()),
            "nodes": int(node.sum()),
            "nodes_destroyed": int((node & destroyed).sum()),
            "nodes_lost": int((node & np.isfinite(assets["silent_s"])).sum()),
        }
    return out
