"""The chain from detection to intercept of each target, where it broke, and how long each of its links took. From tables alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.summary import UNRELEASED, counts, opposed, rounded
from dowding.tables import Columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STAGES = ("detected", "tracked", "identified", "told", "decided", "approved", "launched", "intercepted")
"""In the order of the chain. `told`: the track is confirmed in the picture of the unit that engages."""
DELAYS = {  # of the first engagement of each target: words, from, to
    "sensing": ("from the first detection to a confirmed track", "detected", "tracked"),
    "link": ("from there until the unit's own picture has the track that it engaged", "tracked", "told"),
    "decision": ("from there to the decision to engage", "told", "decided"),
    "approval": ("from the decision to the operator's approval", "decided", "approved"),
    "launch": ("from approval, or else the decision, to the launch", "approved", "launched"),
    "flight": ("from launch to intercept", "launched", "intercepted"),
}


def _confirmed(events: Columns) -> dict[tuple[int, int], tuple[float, int]]:
    """When each track, by picture and number, was confirmed (s), and the target that fed it then."""
    rows = np.flatnonzero(events["kind"].astype(str) == "track confirmed")
    keys = zip(events["picture"][rows].tolist(), events["track"][rows].tolist(), strict=True)
    return dict(zip(keys, zip(events["time_s"][rows].tolist(), events["target"][rows].tolist(), strict=True), strict=True))


def _identified(tables: Mapping[str, Columns], confirmed: Mapping[tuple[int, int], tuple[float, int]], count: int) -> Floats:
    """When a track of each target first bore an identity that was told, (target,) s, NaN for never."""
    when = np.full(count, np.nan)
    if "tracks" not in tables:
        return when
    tracks = tables["tracks"]
    rows = np.flatnonzero((tracks["identity"].astype(str) != "") & tracks["confirmed"])
    for time, picture, track in zip(*(tracks[key][rows].tolist() for key in ("time_s", "picture", "track")), strict=True):
        target = confirmed.get((picture, track), (0.0, -1))[1]
        if target >= 0:
            when[target] = np.fmin(when[target], time)
    return when


def kill_chain(tables: Mapping[str, Columns], identification: str = "perfect") -> Columns:
    """Table `chain`: when each target that flew passed each stage for the first time, NaN where it did not, and how it ended.

    The stages from `told` on are those of the first engagement that led to a launch. With perfect identification a track is identified as
    soon as it is one; else when its identity is told, or when it is decided to engage it.
    """
    targets, shots, events = tables["targets"], tables["shots"], tables["events"]
    count, confirmed = len(targets["target"]), _confirmed(tables["events"])
    unit_picture = _pictures_of_units(events)
    chain = {stage: np.full(count, np.nan) for stage in STAGES}
    chain["detected"], chain["tracked"] = targets["first_detected_s"].copy(), targets["first_tracked_s"].copy()
    for shot in np.lexsort((shots["shot"], shots["launched_s"])):
        unit, track = str(shots["unit"][shot]), int(shots["track"][shot])
        told, target = confirmed.get((unit_picture.get(unit, -1), track), (np.nan, int(shots["target"][shot])))
        target = target if target >= 0 else int(shots["target"][shot])
        if target < 0 or np.isfinite(chain["launched"][target]):
            continue
        decided, launched = float(shots["decided_s"][shot]), float(shots["launched_s"][shot])
        met = float(shots["intercept_s"][shot]) if str(shots["outcome"][shot]) != "in flight" else np.nan
        agreed = _approval(events, unit, track, decided, launched)
        for stage, time in zip(STAGES[3:], (told, decided, agreed, launched, met), strict=True):
            chain[stage][target] = time
    known = chain["tracked"] if identification == "perfect" else _identified(tables, confirmed, count)
    chain["identified"] = np.fmin(known, chain["decided"]) if identification != "perfect" else known.copy()
    flown = targets["fate"].astype(str) != UNRELEASED
    kept = {name: targets[name][flown] for name in ("target", "flight", "class", "side", "shots", "fate", "fate_s", "reason")}
    return kept | {f"{stage}_s": chain[stage][flown] for stage in STAGES}


def _pictures_of_units(events: Columns) -> dict[str, int]:
    rows = np.flatnonzero(events["unit"].astype(str) != "")
    return dict(zip(events["unit"][rows].astype(str).tolist(), events["picture"][rows].tolist(), strict=True))


def _approval(events: Columns, unit: str, track: int, decided: float, launched: float) -> float:
    """When (s) an operator approved an engagement, NaN where none was asked."""
    mine = (events["kind"].astype(str) == "approved") & (events["unit"].astype(str) == unit) & (events["track"] == track)
    times = events["time_s"][mine & (events["time_s"] >= decided) & (events["time_s"] <= launched)]
    return float(times[0]) if len(times) else float("nan")


def latency_budget(chain: Columns) -> dict[str, dict[str, Any]]:
    """How long each link of the chain took, for targets that were engaged: number, median_s, p95_s and what it means.

    Where nobody was asked, `approval` has no cases and the launch counts from the decision. The links of one target add up to the time from
    its detection to its intercept, as far as each was known.
    """
    at = {stage: chain[f"{stage}_s"] for stage in STAGES}
    engaged = np.isfinite(at["launched"])
    begin = dict(at, approved=np.where(np.isfinite(at["approved"]), at["approved"], at["decided"]))
    out = {}
    for name, (words, first, last) in DELAYS.items():
        # a unit that knew the track before any other picture waited for no link
        spans = (at[last] if name == "approval" else begin[last]) - begin[first]
        spans = np.maximum(spans[engaged & np.isfinite(spans)], 0.0)
        quantiles = np.quantile(spans, [0.5, 0.95]) if len(spans) else (np.nan, np.nan)
        out[name] = {
            "meaning": words,
            "number": len(spans),
            "median_s": rounded(float(quantiles[0]), 2),
            "p95_s": rounded(float(quantiles[1]), 2),
        }
    return out


def attribution(targets: Columns, sensors: Columns) -> dict[str, dict[str, float]]:
    """Why targets that some sensor is against were not killed: number and share of each reason, the most frequent first.

    Counted are those that leaked, flew their way or still fly; shares are of all of these.
    """
    fate = targets["fate"].astype(str)
    alive = opposed(targets, sensors) & np.isin(fate, ["leaked", "survived", "flying"])
    found = counts(targets["reason"].astype(str)[alive])
    total = max(int(alive.sum()), 1)
    return {reason: {"number": number, "share": round(number / total, 4)} for reason, number in found.items()}
