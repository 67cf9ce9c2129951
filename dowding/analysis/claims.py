"""A claimed reach held against the run: how far off a unit first saw, first tracked and killed anything.

"Detects, tracks and destroys targets as far as 402 km" is three claims. Each is answered by the farthest event of that kind in the run,
with what it was and how high it flew then, and by the farthest that any target was: a claim is only tested where something flew.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.track_quality import origin_of_updates
from dowding.analysis.truth import POSITION, stacked
from dowding.tables import Columns

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Best = dict[str, Any]


def claim_tests(
    claims: Mapping[str, Mapping[str, Any]],
    targets: Columns,
    hostile: Bools,
    shots: Columns,
    sensors: Columns,
    tracks: Columns | None,
    origins: Columns | None,
    truth: Columns | None,
) -> dict[str, Any]:
    """Each claim's test, by unit: system, range_claimed_km, farthest_target_km, and detected, tracked, killed.

    Each of the three is {farthest_km, target, class, entry, altitude_m, time_s, reached, by_class: {class: farthest_km}}, with None where
    nothing happened. A unit is credited with the first detections by its own sensors and the tracks that its own sensors' detections
    confirmed; without the tables tracks and origins, tracking is answered only where all sensors belong to one unit.
    """
    out: dict[str, Any] = {}
    for unit, claim in claims.items():
        claimed = float(claim["range_claimed_km"])
        own = sensors["unit"].astype(str) == unit
        seen = _detections(targets, hostile, sensors, own)
        held = _tracks(targets, hostile, own, tracks, origins)
        hit = _kills(targets, hostile, shots, unit)
        out[unit] = {
            "system": str(claim["system"]),
            "range_claimed_km": round(claimed, 3),
            "farthest_target_km": _farthest_target(truth, hostile, sensors, own),
            "detected": _farthest(*seen, targets, truth, claimed),
            "tracked": _farthest(*held, targets, truth, claimed),
            "killed": _farthest(*hit, targets, truth, claimed),
        }
    return out


Found = tuple[NDArray[np.int64], Floats, Floats]  # row in targets, time in s, range in m; equally long


def _detections(targets: Columns, hostile: Bools, sensors: Columns, own: Bools) -> Found:
    names = set(sensors["name"][own].astype(str))
    by_own = np.array([name in names for name in targets["first_detected_by"].astype(str)], np.bool_)
    row = np.flatnonzero(by_own & hostile & np.isfinite(targets["first_detected_s"]))
    return row, targets["first_detected_s"][row], targets["first_detected_range_m"][row]


def _tracks(targets: Columns, hostile: Bools, own: Bools, tracks: Columns | None, origins: Columns | None) -> Found:
    row = np.flatnonzero(hostile & np.isfinite(targets["first_tracked_s"]))
    if own.any() and not own.all():
        if tracks is None or origins is None:
            row = row[:0]
        else:
            row = row[_confirmed_by(tracks, origins, targets["first_tracked_s"], row, np.flatnonzero(own))]
    elif not own.any():
        row = row[:0]
    return row, targets["first_tracked_s"][row], targets["first_tracked_range_m"][row]


def _confirmed_by(tracks: Columns, origins: Columns, first_s: Floats, rows: NDArray[np.int64], own: NDArray[np.int64]) -> Bools:
    """Whether the update that first confirmed a track of each target in `rows` came from one of the sensors `own`."""
    came_from = origin_of_updates(tracks, origins)
    mine = np.asarray(tracks["confirmed"], np.bool_) & np.isin(tracks["sensor"], own) & (came_from >= 0)
    earliest = np.full(len(first_s), np.inf)
    np.minimum.at(earliest, came_from[mine], tracks["time_s"][mine])
    return np.asarray(earliest[rows] <= first_s[rows] + 1e-6, np.bool_)


def _kills(targets: Columns, hostile: Bools, shots: Columns, unit: str) -> Found:
    killed = (shots["unit"].astype(str) == unit) & (shots["outcome"].astype(str) == "kill") & (shots["target"] >= 0)
    row = np.flatnonzero(killed)
    row = row[hostile[shots["target"][row]]] if len(targets["target"]) else row[:0]
    return shots["target"][row], shots["intercept_s"][row], shots["slant_range_m"][row]


def _farthest(row: NDArray[np.int64], time_s: Floats, range_m: Floats, targets: Columns, truth: Columns | None, claimed_km: float) -> Best:
    known = np.isfinite(range_m)
    row, time_s, range_m = row[known], time_s[known], range_m[known]
    kinds = targets["class"].astype(str)[row]
    by_class = {str(c): round(float(range_m[kinds == c].max()) / 1000, 1) for c in sorted(set(kinds))}
    if not len(row):
        return dict.fromkeys(("farthest_km", "target", "class", "entry", "altitude_m", "time_s")) | {"reached": False, "by_class": by_class}
    best = int(np.argmax(range_m))
    target = int(row[best])
    return {
        "farthest_km": round(float(range_m[best]) / 1000, 1),
        "target": target,
        "class": str(targets["class"][target]),
        "entry": str(targets["entry"][target]),
        "altitude_m": _altitude(truth, target, float(time_s[best])),
        "time_s": round(float(time_s[best]), 1),
        "reached": bool(range_m[best] >= claimed_km * 1000),
        "by_class": by_class,
    }


def _altitude(truth: Columns | None, target: int, time_s: float) -> float | None:
    """Height above the ellipsoid then, m, straight between the two samples around; None without truth."""
    if truth is None:
        return None
    rows = np.flatnonzero(truth["target"] == target)
    if not len(rows):
        return None
    rows = rows[np.argsort(truth["time_s"][rows])]
    return round(float(np.interp(time_s, truth["time_s"][rows], truth["altitude_m"][rows])), 0)


def _farthest_target(truth: Columns | None, hostile: Bools, sensors: Columns, own: Bools) -> float | None:
    """The farthest that any hostile target was from the unit's nearest sensor to it, at a sample of truth, km."""
    if truth is None or not own.any() or not len(truth["target"]):
        return None
    position = stacked(truth, POSITION)[hostile[truth["target"]]]
    if not len(position):
        return None
    sites = np.unique(stacked(sensors, POSITION)[own], axis=0)
    nearest = np.min([np.sqrt(((position - site) ** 2).sum(axis=1)) for site in sites], axis=0)
    return round(float(nearest.max()) / 1000, 1)
