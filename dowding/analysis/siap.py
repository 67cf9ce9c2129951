"""The attributes of a single integrated air picture: completeness, ambiguity, spuriousness, accuracy, continuity, identity.

Votruba, Nisley, Rothrock & Zombro 2001, "Single Integrated Air Picture (SIAP) Metrics Implementation" (SIAP System Engineering Task Force,
ADA397225); symbols as there. Accuracy is the mean error of all associations, as in the implementation of Stone Soup, 2017 on.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.matching import Bools, Pairs
from dowding.analysis.points import Points, lives
from dowding.analysis.truth import Floats, Ints

Words = NDArray[Any]


class Spans(NamedTuple):
    """From which instant to which a track was associated with a target, both included."""

    target: Ints  # (span,) number
    track: Ints  # (span,) number
    first: Ints  # (span,) instant
    last: Ints  # (span,) instant


class Siap(NamedTuple):
    """SIAP attributes of a stretch, and at each instant; NaN where there is nothing to divide by."""

    completeness: float  # C, share of targets that are tracked; 1 is best
    ambiguity: float  # A, tracks for each tracked target; 1 is best
    spuriousness: float  # S, share of tracks on no target; 0 is best
    position_accuracy: float  # PA, m, mean error of associated tracks
    velocity_accuracy: float  # VA, m/s
    number_change_rate: float  # R, changes of track for each second tracked
    longest_segment: float  # LS, share of targets' lives that their longest track covers
    completeness_at: Floats  # (step,)
    ambiguity_at: Floats  # (step,)
    spuriousness_at: Floats  # (step,)
    position_accuracy_at: Floats  # (step,) m
    velocity_accuracy_at: Floats  # (step,) m/s


def associate(tracks: Points, near: Pairs, matched: Bools) -> Pairs:
    """All associations: the `matched` pairs, and each other track that is within the cut-off of a target with the nearest of them."""
    taken = np.zeros(len(tracks.step), np.bool_)
    taken[near.track[matched]] = True
    rest = np.flatnonzero(~taken[near.track])
    rest = rest[np.lexsort((near.distance[rest], near.track[rest]))]
    rest = rest[np.unique(near.track[rest], return_index=True)[1]]
    rows = np.sort(np.concatenate([np.flatnonzero(matched), rest]))
    return near.chosen(rows)


def spans_of(truth: Points, tracks: Points, pairs: Pairs) -> Spans:
    """Runs of consecutive instants at which the same track is associated with the same target."""
    step = truth.step[pairs.truth]
    target, track = truth.who[pairs.truth], tracks.who[pairs.track]
    order = np.lexsort((step, track, target))
    step, target, track = step[order], target[order], track[order]
    new = (np.diff(step, prepend=-2) != 1) | (np.diff(target, prepend=-1) != 0) | (np.diff(track, prepend=-1) != 0)
    begin = np.flatnonzero(new)
    end = np.append(begin[1:], len(step)) - 1
    return Spans(target[begin], track[begin], step[begin], step[end[: len(begin)]])


def pairs_of(truth: Points, tracks: Points, spans: Spans) -> Pairs:
    """The pairs that spans stand for, at every instant at which both are there."""
    count = spans.last - spans.first + 1
    span = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count) + spans.first[span]
    i, j = _row(truth, step, spans.target[span]), _row(tracks, step, spans.track[span])
    both = (i >= 0) & (j >= 0)
    i, j = i[both], j[both]
    order = np.lexsort((j, i))
    keys = np.unique(np.column_stack([i, j])[order], axis=0)
    return Pairs(keys[:, 0], keys[:, 1], np.sqrt(((truth.position[keys[:, 0]] - tracks.position[keys[:, 1]]) ** 2).sum(axis=1)))


def _row(points: Points, step: Ints, who: Ints) -> Ints:
    """The row of a thing at an instant, -1 where it is not there."""
    names, code = np.unique(np.concatenate([points.who, who]), return_inverse=True)
    have, want = (s * len(names) + c for s, c in ((points.step, code[: len(points.who)]), (step, code[len(points.who) :])))
    order = np.argsort(have, kind="stable")
    at = order[np.clip(np.searchsorted(have[order], want), 0, max(len(have) - 1, 0))] if len(have) else np.zeros(len(want), np.int64)
    return np.asarray(np.where(have[at] == want, at, -1), np.int64) if len(have) else np.full(len(want), -1, np.int64)


def siap(truth: Points, tracks: Points, pairs: Pairs, times: Floats, spans: Spans | None = None) -> Siap:
    """The attributes at instants `times` (s, ascending) from associated `pairs`; `spans` are theirs where not given."""
    steps = len(times)
    at = truth.step[pairs.truth]
    there, tracked = (np.bincount(s, minlength=steps) for s in (truth.step, truth.step[np.unique(pairs.truth)]))
    alive, associated = (np.bincount(s, minlength=steps) for s in (tracks.step, tracks.step[np.unique(pairs.track)]))
    position = np.bincount(at, pairs.distance, steps)
    error = np.sqrt(((truth.velocity[pairs.truth] - tracks.velocity[pairs.track]) ** 2).sum(axis=1))
    velocity = np.bincount(at, error, steps)
    runs = spans_of(truth, tracks, pairs) if spans is None else spans
    rate, longest = segments(truth, runs, times)
    parts = ((tracked, there), (associated, tracked), (alive - associated, alive), (position, associated), (velocity, associated))
    c, a, s, pa, va = (float(_ratio(above.sum(), below.sum())) for above, below in parts)
    series = [_ratio(above, below) for above, below in parts]
    return Siap(c, a, s, pa, va, rate, longest, series[0], series[1], series[2], series[3], series[4])


def _ratio(above: Any, below: Any) -> Floats:
    some = np.asarray(below) > 0
    return np.asarray(np.where(some, above / np.where(some, below, 1), np.nan), np.float64)


def segments(truth: Points, spans: Spans, times: Floats) -> tuple[float, float]:
    """R, the rate of track number changes (1/s), and LS, the longest track segment's share of a life.

    R counts the fewest spans that follow a target through all instants at which any does, less one, over the time tracked: a track that
    comes back after a gap counts anew, as in Stone Soup.
    """
    target, born, died = lives(truth.who, times[truth.step])
    changes, tracked = 0, 0.0
    order = np.lexsort((spans.first, spans.target))
    for rows in np.split(order, np.flatnonzero(np.diff(spans.target[order])) + 1) if len(order) else []:
        needed, seconds = _fewest(spans.first[rows], spans.last[rows], times)
        changes, tracked = changes + needed - 1, tracked + seconds
    pairs, slot = np.unique(np.column_stack([spans.target, spans.track]), axis=0, return_inverse=True)
    held = np.bincount(slot.ravel(), times[spans.last] - times[spans.first], len(pairs))
    longest = np.zeros(len(target))
    known = np.isin(pairs[:, 0], target)
    np.maximum.at(longest, np.searchsorted(target, pairs[known, 0]), held[known])
    return float(_ratio(changes, tracked)), float(_ratio(longest.sum(), (died - born).sum()))


def _fewest(first: Ints, last: Ints, times: Floats) -> tuple[int, float]:
    """How few spans (in order of their first instants) cover all instants that any covers, and the time (s) that they cover together."""
    needed, seconds, k, reached, far = 0, 0.0, 0, -1, -1
    until = -np.inf
    for a, b in zip(first, last, strict=True):
        seconds += max(float(times[b]) - max(float(times[a]), until), 0.0)
        until = max(until, float(times[b]))
    while k < len(first):
        # of the spans that begin at or before the next uncovered instant, the one that reaches farthest
        start = max(reached + 1, int(first[k]))
        while k < len(first) and first[k] <= start:
            far = max(far, int(last[k]))
            k += 1
        if far > reached:
            needed, reached = needed + 1, far
    return needed, seconds


class Identity(NamedTuple):
    """Identity attributes over all tracked targets and instants; NaN if none was tracked."""

    completeness: float  # CID, share with any identity on a track
    correctness: float  # IDC, share on which every track bears the right one
    ambiguity: float  # IDA, share on which tracks differ, or some bear one and others none


def identity(pairs: Pairs, track_word: Words, target_word: Words) -> Identity:
    """Identity attributes; words stand by row of the points, "" for unknown.

    A target is correctly identified if all its tracks bear its word, wrongly if all bear others, unknown if none bears any; else ambiguous.
    """
    row, slot, count = np.unique(pairs.truth, return_inverse=True, return_counts=True)
    said, right = track_word[pairs.track].astype(str), target_word[pairs.truth].astype(str)
    some, agrees = said != "", (said == right) & (right != "")
    known, good = (np.bincount(slot, mask, len(row)) for mask in (some, agrees))
    unknown, correct = known == 0, (good == count) & (count > 0)
    wrong = (known == count) & (good == 0)
    total = len(row)
    shares = ((~unknown).sum(), correct.sum(), (~(unknown | correct | wrong)).sum())
    return Identity(*(float(_ratio(np.asarray(s, np.float64), total)) for s in shares))
