"""One replicate as one row of numbers: what became of the targets, what was fired, what it cost. For thousands of replicates.

Columns are named by what they count: `killed`; `class_aircraft_killed`; `flight_bombers_detection_km`; `asset_ankara_hits`;
`unit_murted_shots`; `lost_no_round` (targets not killed, by reason).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.summary import STAGES, friendly_fire, opposed
from dowding.tables import Columns

REASONS = (
    "never detected", "never tracked", "missed", "no round", "no channel", "too late", "not in the envelope", "no fire-control track",
    "taken for a friend", "not identified", "held fire",
)  # fmt: skip
ENDS = ("killed", "leaked", "survived")


@dataclass(frozen=True)
class Prices:
    """What things cost, in million US dollars; nothing where no price is known."""

    interceptors: Mapping[str, float]
    targets: Mapping[str, float]
    systems: float  # of all fire units together


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """A name as part of a column's name: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "unnamed"


def slugs(names: Sequence[str]) -> dict[str, str]:
    """Slugs of names, each its own: a number tells apart those that would be the same."""
    out: dict[str, str] = {}
    for name in names:
        word, n = slug(name), 2
        while word in out.values():
            word, n = f"{slug(name)}_{n}", n + 1
        out[name] = word
    return out


def replicate_row(targets: Columns, shots: Columns, sensors: Columns, assets: Mapping[str, float], prices: Prices) -> dict[str, float]:
    """The measures of one replicate by column; NaN where there is nothing to measure. `assets` are values by name."""
    hostile = opposed(targets, sensors)
    fate, reason, kind = (targets[key].astype(str) for key in ("fate", "reason", "class"))
    killed = fate == "killed"
    row: dict[str, float] = {"flown": float(hostile.sum())}
    row |= {stage: float((hostile & np.isfinite(targets[f"first_{stage}_s"])).sum()) for stage in STAGES}
    row |= {end: float((hostile & (fate == end)).sum()) for end in ENDS}
    row |= {f"friendly_{word}": float(count) for word, count in friendly_fire(targets, ~hostile).items()}
    row["shots"] = float(len(shots["shot"]))
    row["kills"] = float((shots["outcome"].astype(str) == "kill").sum())
    row |= {f"lost_{slug(word)}": float((hostile & ~killed & (reason == word)).sum()) for word in REASONS}
    told = _stages(targets, fate)
    for name in dict.fromkeys(kind[hostile].tolist()):
        row |= _counts(f"class_{name}", hostile & (kind == name), told)
    flight = targets["flight"].astype(str)
    for name, word in slugs(list(dict.fromkeys(flight.tolist()))).items():
        chosen = flight == name
        row |= _counts(f"flight_{word}", chosen, told) | _ranges(f"flight_{word}", chosen, targets)
    row |= _assets(targets, fate, assets)
    unit, interceptor = shots["unit"].astype(str), shots["interceptor"].astype(str)
    for name, word in slugs(sorted(set(sensors["unit"].astype(str)) - {""})).items():
        row[f"unit_{word}_shots"] = float((unit == name).sum())
    return row | _costs(interceptor, targets["entry"].astype(str)[hostile & killed], prices)


COUNTED = ("detected", "tracked", "engaged", "killed", "leaked")


def _stages(targets: Columns, fate: NDArray[np.str_]) -> NDArray[np.bool_]:
    """(COUNTED, target) how far each came."""
    seen = [np.isfinite(targets[f"first_{stage}_s"]) for stage in COUNTED[:3]]
    return np.stack([*seen, *(fate == end for end in COUNTED[3:])])


def _counts(prefix: str, chosen: NDArray[np.bool_], told: NDArray[np.bool_]) -> dict[str, float]:
    """How many of the `chosen` targets (target,) came how far."""
    return {f"{prefix}_{word}": float(n) for word, n in zip(COUNTED, told[:, chosen].sum(axis=1).tolist(), strict=True)}


def _ranges(prefix: str, chosen: NDArray[np.bool_], targets: Columns) -> dict[str, float]:
    """Medians of where the `chosen` targets (target,) were first detected and engaged."""
    row = {}
    for stage, noun in (("detected", "detection"), ("engaged", "engagement")):
        known = [value for value in targets[f"first_{stage}_range_m"][chosen].tolist() if math.isfinite(value)]
        row[f"{prefix}_{noun}_km"] = median(known) / 1e3 if known else math.nan
    return row


def _assets(targets: Columns, fate: NDArray[np.str_], assets: Mapping[str, float]) -> dict[str, float]:
    aimed = targets["asset"].astype(str)
    hits = {name: float(((aimed == name) & (fate == "leaked")).sum()) for name in assets}
    row = {f"asset_{word}_hits": hits[name] for name, word in slugs(list(assets)).items()}
    return row | {"value_lost": sum(value for name, value in assets.items() if hits[name])}


def _costs(fired: NDArray[np.str_], killed: NDArray[np.str_], prices: Prices) -> dict[str, float]:
    def total(names: NDArray[np.str_], each: Mapping[str, float]) -> float:
        return float(sum(each.get(str(name), 0.0) for name in names))

    return {
        "rounds_musd": total(fired, prices.interceptors),
        "killed_musd": total(killed, prices.targets),
        "systems_musd": prices.systems,
    }
