"""How much of each fire unit was in use over time: engagements, interceptors in flight, rounds left. From tables alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.tables import Columns

Floats = NDArray[np.float64]


def _at_once(begin: Floats, end: Floats, times: Floats) -> NDArray[np.int64]:
    """How many half-open spans [begin, end) hold each time."""
    return np.searchsorted(np.sort(begin), times, "right") - np.searchsorted(np.sort(end), times, "right")


def use_of_units(shots: Columns, ready: Mapping[str, int], duration_s: float, step_s: float = 1.0) -> Columns:
    """Table `use`: what of each unit was busy at even times; `ready` are its rounds at the start, all kinds together.

    An engagement lasts from the decision to the last intercept of its salvo: what the unit looks afterwards is left out.
    """
    times = np.arange(0.0, duration_s + 0.5 * step_s, step_s)
    parts: list[Columns] = []
    for unit, rounds in ready.items():
        mine = shots["unit"].astype(str) == unit
        decided, launched, met = (shots[key][mine] for key in ("decided_s", "launched_s", "intercept_s"))
        keys, first, inverse = np.unique(
            np.column_stack([decided, shots["track"][mine]]), axis=0, return_index=True, return_inverse=True
        )
        last = np.full(len(keys), -np.inf)
        np.maximum.at(last, inverse.ravel(), met)
        parts.append(
            {
                "time_s": times,
                "unit": np.full(len(times), unit, object),
                "engagements": _at_once(decided[first], last, times),
                "flying": _at_once(launched, met, times),
                "fired": np.searchsorted(np.sort(launched), times, "right"),
                "left": rounds - np.searchsorted(np.sort(launched), times, "right"),
            }
        )
    names = ("time_s", "unit", "engagements", "flying", "fired", "left")
    return {name: np.concatenate([part[name] for part in parts]) if parts else np.empty(0) for name in names}


def most_in_use(use: Columns, limits: Mapping[str, tuple[int, int]]) -> dict[str, dict[str, Any]]:
    """Of each unit: most engagements and interceptors at once, its channels for both, and the share of the time in which all were busy."""
    out = {}
    for unit, (targets, missiles) in limits.items():
        mine = use["unit"].astype(str) == unit
        engaged, flying = use["engagements"][mine], use["flying"][mine]
        out[unit] = {
            "engagements_most": int(engaged.max(initial=0)),
            "target_channels": targets,
            "target_channels_full": round(float((engaged >= targets).mean()) if mine.any() else 0.0, 4),
            "flying_most": int(flying.max(initial=0)),
            "missile_channels": missiles,
            "missile_channels_full": round(float((flying >= missiles).mean()) if mine.any() else 0.0, 4),
            "fired": int(use["fired"][mine].max(initial=0)),
            "left": int(use["left"][mine].min()) if mine.any() else 0,
        }
    return out
