"""How good the tracks were, by where their detections came from: error, completeness, false tracks, changes of number, consistency.

A track is scored against the target that most of its detections came from; the table of origins, which no tracker sees, says which.
Measures that need no origins, and compare whole pictures by distance, are those of `picture_quality`.
"""

from typing import NamedTuple

import numpy as np

from dowding.analysis.consistency import mean, nees, share_inside
from dowding.analysis.truth import POSITION, Floats, Ints, interpolate, stacked
from dowding.tables import Columns


class Assignment(NamedTuple):
    """Which target each confirmed track follows."""

    key: Ints  # (track,) of picture and track number, ascending, see `track_keys`
    track: Ints  # (track,) track number
    target: Ints  # (track,) row in targets, -1 for a false track
    purity: Floats  # (track,) share of its detections that came from that target
    first_s: Floats  # (track,) first confirmed update
    last_s: Floats  # (track,) last confirmed update


def origin_of_updates(tracks: Columns, origins: Columns) -> Ints:
    """The target that each update's detection came from, (update,); -1 for a false alarm or a detection without known origin."""
    detection, target = np.asarray(origins["detection"], np.int64), np.asarray(origins["target"], np.int64)
    wanted = np.asarray(tracks["detection"], np.int64)
    if not len(detection) or not len(wanted):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(detection, kind="stable")
    at = np.clip(np.searchsorted(detection[order], wanted), 0, len(detection) - 1)
    row = order[at]
    return np.asarray(np.where(detection[row] == wanted, target[row], -1), np.int64)


def track_keys(tracks: Columns) -> Ints:
    """One number for the picture and the track of each update, (update,): each picture counts its tracks from 1."""
    return np.asarray(tracks["picture"], np.int64) * 2**32 + np.asarray(tracks["track"], np.int64)


def assign(tracks: Columns, origins: Columns) -> Assignment:
    """Every track that was ever confirmed, with the target that gave most of its detections (the lower row number in a tie)."""
    came_from = origin_of_updates(tracks, origins)
    number, confirmed = track_keys(tracks), np.asarray(tracks["confirmed"], np.bool_)
    key = np.unique(number[confirmed])
    kept = np.isin(number, key)
    pairs, votes = np.unique(np.column_stack([number[kept], came_from[kept]]), axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], -votes, pairs[:, 0]))
    winner = order[np.unique(pairs[order, 0], return_index=True)[1]]
    total = np.bincount(np.searchsorted(key, number[kept]), minlength=len(key))
    slot = np.searchsorted(key, number[confirmed])
    first, last = np.full(len(key), np.inf), np.full(len(key), -np.inf)
    np.minimum.at(first, slot, tracks["time_s"][confirmed])
    np.maximum.at(last, slot, tracks["time_s"][confirmed])
    return Assignment(key, key % 2**32, pairs[winner, 1], votes[winner] / np.maximum(total, 1), first, last)


def target_of_updates(tracks: Columns, assignment: Assignment) -> Ints:
    """The target that each update is scored against, (update,); -1 while tentative and for false tracks."""
    out = np.full(len(tracks["track"]), -1, np.int64)
    rows = np.flatnonzero(tracks["confirmed"])
    out[rows] = assignment.target[np.searchsorted(assignment.key, track_keys(tracks)[rows])]
    return out


def position_errors(tracks: Columns, truth: Columns, target: Ints) -> Floats:
    """Estimate minus truth of each update, (update, 3) m theatre; NaN where `target` is -1 or truth is not known then."""
    position, _ = interpolate(truth, target, tracks["time_s"])
    return stacked(tracks, POSITION) - position


def completeness(assignment: Assignment, truth: Columns) -> Floats:
    """Share of each target's samples of truth at which some confirmed track followed it, (target,) up to the largest row in truth.

    A track follows from its first to its last confirmed update; coasting after the last update does not count.
    """
    targets = int(truth["target"].max()) + 1 if len(truth["target"]) else 0
    covered = np.zeros(len(truth["target"]), np.bool_)
    order = np.argsort(truth["target"], kind="stable")
    bounds = np.searchsorted(truth["target"][order], np.arange(targets + 1))
    for target, first, last in zip(assignment.target, assignment.first_s, assignment.last_s, strict=True):
        if 0 <= target < targets:
            rows = order[bounds[target] : bounds[target + 1]]
            covered[rows] |= (truth["time_s"][rows] >= first) & (truth["time_s"][rows] <= last)
    samples = np.bincount(truth["target"], minlength=targets)
    hits = np.bincount(truth["target"][covered], minlength=targets)
    return np.asarray(np.where(samples > 0, hits / np.maximum(samples, 1), np.nan), np.float64)


def spurious_share(assignment: Assignment) -> float:
    """Share of the confirmed tracks' time that false tracks hold, 0 to 1; NaN without tracks."""
    alive = assignment.last_s - assignment.first_s
    return float(alive[assignment.target < 0].sum() / alive.sum()) if alive.sum() > 0 else float("nan")


def ambiguity(assignment: Assignment) -> float:
    """Confirmed track time per target, over the time from a target's first to last tracked moment: 1 is one track a target; NaN without."""
    real = assignment.target >= 0
    if not real.any():
        return float("nan")
    followed, slot = np.unique(assignment.target[real], return_inverse=True)
    first, last = np.full(len(followed), np.inf), np.full(len(followed), -np.inf)
    np.minimum.at(first, slot, assignment.first_s[real])
    np.maximum.at(last, slot, assignment.last_s[real])
    held, span = (assignment.last_s - assignment.first_s)[real].sum(), (last - first).sum()
    return float(held / span) if span > 0 else float("nan")


def identity_switches(tracks: Columns, origins: Columns) -> int:
    """How often a target's next confirmed update in one picture bears a track number that this target never had there before.

    A first track is no switch, and two tracks that take turns on one target count once.
    """
    came_from = origin_of_updates(tracks, origins)
    rows = np.flatnonzero(np.asarray(tracks["confirmed"], np.bool_) & (came_from >= 0))
    who = np.column_stack([tracks["picture"][rows], came_from[rows]])
    numbers = len(np.unique(np.column_stack([who, tracks["track"][rows]]), axis=0))
    return numbers - len(np.unique(who, axis=0))


def track_quality(tracks: Columns, origins: Columns, truth: Columns) -> dict[str, float]:
    """All measures of confirmed tracks at once; counts, metres and shares, NaN where there is nothing to measure.

    What others told of a track has no detection and is left out: each picture is scored by what its own sensors updated.

    Keys: confirmed, false, false_share, spurious_time_share, position_error_mean_m, position_error_median_m, position_error_p95_m,
    completeness (mean over targets), ambiguity, identity_switches, purity, nees (mean, 3 is honest), nees_inside_95, nis_per_dof
    (mean, 1 is honest), nis_inside_95.
    """
    seen = np.asarray(tracks["detection"], np.int64) >= 0
    tracks = {name: values[seen] for name, values in tracks.items()}
    followed = assign(tracks, origins)
    scored = target_of_updates(tracks, followed)
    errors = position_errors(tracks, truth, scored)
    error = np.sqrt((errors**2).sum(axis=1))
    error = error[np.isfinite(error)]
    spread = nees(tracks, errors)
    dof = np.asarray(tracks["nis_dof"], np.int64)
    nis = np.where(tracks["confirmed"], tracks["nis"], np.nan)
    false = int((followed.target < 0).sum())
    return {
        "confirmed": len(followed.track),
        "false": false,
        "false_share": false / len(followed.track) if len(followed.track) else float("nan"),
        "spurious_time_share": spurious_share(followed),
        "position_error_mean_m": mean(error),
        "position_error_median_m": float(np.median(error)) if len(error) else float("nan"),
        "position_error_p95_m": float(np.quantile(error, 0.95)) if len(error) else float("nan"),
        "completeness": mean(completeness(followed, truth)),
        "ambiguity": ambiguity(followed),
        "identity_switches": identity_switches(tracks, origins),
        "purity": mean(followed.purity),
        "nees": mean(spread),
        "nees_inside_95": share_inside(spread, np.full(len(spread), 3)),
        "nis_per_dof": mean(nis / np.where(dof > 0, dof, 1)),
        "nis_inside_95": share_inside(nis, dof),
    }
