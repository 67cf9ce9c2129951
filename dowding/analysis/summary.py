"""A run in one page of numbers: what became of the targets, what the units spent, and how far the claimed reach was reached.

All values are plain Python, rounded, and NaN is None, so that the same run gives the same JSON. Ranges are in km, times in s.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.claims import claim_tests
from dowding.analysis.track_quality import track_quality
from dowding.tables import Columns

Bools = NDArray[np.bool_]

CLASSES = ("aircraft", "helicopter", "drone", "cruise_missile", "ballistic_missile")
FATES = ("killed", "leaked", "survived", "flying")
STAGES = ("detected", "tracked", "engaged")


def summarise(
    targets: Columns,
    shots: Columns,
    sensors: Columns,
    rounds_ready: Mapping[str, Mapping[str, int]],
    assets: Mapping[str, float],
    claims: Mapping[str, Mapping[str, Any]],
    *,
    tracks: Columns | None = None,
    origins: Columns | None = None,
    truth: Columns | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, Any]:
    """The summary of a run, ready for JSON.

    rounds_ready: rounds at the start, by unit and interceptor; assets: value by name; claims: by unit, its system's id and
    range_claimed_km; places: (latitude, longitude) in degrees by name of unit or asset, for maps. Without tracks, origins and truth, what
    needs them is left out (tracks) or None (altitudes, farthest target).

    Keys: total and classes (see `outcome`), friendly (targets that no sensor is against; they are counted nowhere else), friendly_fire
    where there are some (see `friendly_fire`), units, assets, claims (see `claims.claim_test`) and, if the tables are given, tracks (see
    `track_quality`).
    """
    hostile = opposed(targets, sensors)
    kinds = targets["class"].astype(str)
    ordered = [c for c in CLASSES if c in kinds] + sorted(set(kinds) - set(CLASSES))
    where = places or {}
    out: dict[str, Any] = {
        "total": outcome(targets, hostile),
        "classes": {c: outcome(targets, hostile & (kinds == c)) for c in ordered if (hostile & (kinds == c)).any()},
        "friendly": int((~hostile).sum()),
        **({"friendly_fire": friendly_fire(targets, ~hostile)} if (~hostile).any() else {}),
        "units": {name: unit_account(name, shots, rounds_ready.get(name, {}), where) for name in unit_names(rounds_ready, sensors, shots)},
        "assets": {name: _asset(name, value, targets, where) for name, value in assets.items()},
        "claims": claim_tests(claims, targets, hostile, shots, sensors, tracks, origins, truth),
    }
    if tracks is not None and origins is not None and truth is not None:
        out["tracks"] = {key: rounded(value, 3) for key, value in track_quality(tracks, origins, truth).items()}
    return out


def rounded(value: float, digits: int) -> float | int | None:
    """A plain number for JSON: whole numbers stay whole, NaN and infinity become None."""
    if not np.isfinite(value):
        return None
    return int(value) if isinstance(value, int | np.integer) else round(float(value), digits)


def opposed(targets: Columns, sensors: Columns) -> Bools:
    """Which targets some sensor is against, (target,); every one where no sensor stands."""
    sides = set(sensors["side"].astype(str))
    if not sides:
        return np.ones(len(targets["side"]), np.bool_)
    return np.array([bool(sides - {side}) for side in targets["side"].astype(str)], np.bool_)


def friendly_fire(targets: Columns, friendly: Bools) -> dict[str, int]:
    """What the own side did to its own: flown, engaged, killed targets, and interceptors that met them; `friendly` (target,)."""
    return {
        "flown": int(friendly.sum()),
        "engaged": int((friendly & np.isfinite(targets["first_engaged_s"])).sum()),
        "killed": int((friendly & (targets["fate"].astype(str) == "killed")).sum()),
        "shots": int(targets["shots"][friendly].sum()),
    }


def outcome(targets: Columns, chosen: Bools) -> dict[str, Any]:
    """Counts and spreads of the chosen targets.

    flown, detected, tracked, engaged, killed, leaked, survived, flying, shots; detection, tracking and engagement: time_s and range_km,
    each with median, min and max; leaked_because and survived_because: count by reason, the most frequent first.
    """
    fate, reason = targets["fate"].astype(str), targets["reason"].astype(str)
    out: dict[str, Any] = {"flown": int(chosen.sum())}
    out |= {stage: int((chosen & np.isfinite(targets[f"first_{stage}_s"])).sum()) for stage in STAGES}
    out |= {name: int((chosen & (fate == name)).sum()) for name in FATES}
    out["shots"] = int(targets["shots"][chosen].sum())
    for stage, noun in zip(STAGES, ("detection", "tracking", "engagement"), strict=True):
        out[noun] = {
            "time_s": spread(targets[f"first_{stage}_s"][chosen], 1.0),
            "range_km": spread(targets[f"first_{stage}_range_m"][chosen], 1000.0),
        }
    for name in ("leaked", "survived"):
        out[f"{name}_because"] = counts(reason[chosen & (fate == name)])
    return out


def spread(values: NDArray[np.float64], unit: float) -> dict[str, float | int | None]:
    """Median, least and greatest of what is finite, in `unit`, to one decimal."""
    known = values[np.isfinite(values)] / unit
    if not len(known):
        return {"median": None, "min": None, "max": None}
    return {"median": rounded(np.median(known), 1), "min": rounded(known.min(), 1), "max": rounded(known.max(), 1)}


def counts(words: NDArray[Any]) -> dict[str, int]:
    """How often each word comes, the most frequent first, equals by alphabet; "" is "not recorded"."""
    found, number = np.unique(np.where(words == "", "not recorded", words), return_counts=True)
    return {str(found[i]): int(number[i]) for i in np.lexsort((found, -number))}


def unit_names(rounds_ready: Mapping[str, Any], sensors: Columns, shots: Columns) -> list[str]:
    """All fire units, those with rounds first, in the order in which they are given."""
    seen = [*rounds_ready, *sorted(set(sensors["unit"].astype(str)) | set(shots["unit"].astype(str)))]
    return [name for name in dict.fromkeys(seen) if name]


def unit_account(name: str, shots: Columns, ready: Mapping[str, int], places: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """What unit `name` had, fired and hit: in all, by interceptor and by outcome; its place if that is known."""
    mine = shots["unit"].astype(str) == name
    interceptor, result = shots["interceptor"][mine].astype(str), shots["outcome"][mine].astype(str)
    rounds = {}
    for kind in dict.fromkeys([*ready, *sorted(set(interceptor))]):
        fired = int((interceptor == kind).sum())
        start = int(ready.get(kind, 0))
        rounds[kind] = {
            "ready": start,
            "fired": fired,
            "left": start - fired,
            "kills": int(((interceptor == kind) & (result == "kill")).sum()),
        }
    kills = int((result == "kill").sum())
    account: dict[str, Any] = {
        "rounds": rounds,
        "shots": len(result),
        "kills": kills,
        "kills_per_round": rounded(kills / len(result), 3) if len(result) else None,
        "outcomes": counts(result),
    }
    return account | _placed(name, places)


def _asset(name: str, value: float, targets: Columns, places: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    hits = int(((targets["asset"].astype(str) == name) & (targets["fate"].astype(str) == "leaked")).sum())
    aimed = int((targets["asset"].astype(str) == name).sum())
    return {"value": rounded(value, 3), "aimed_at": aimed, "hits": hits} | _placed(name, places)


def _placed(name: str, places: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    if name not in places:
        return {}
    latitude, longitude = places[name]
    return {"latitude_deg": rounded(float(latitude), 5), "longitude_deg": rounded(float(longitude), 5)}
