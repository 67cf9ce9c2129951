"""How steadily targets are held: swaps and breaks, delays, lives of tracks, false tracks; from a matching that sticks to its pairs."""

from typing import NamedTuple

import numpy as np

from dowding.analysis.matching import Bools, Pairs
from dowding.analysis.points import Points, lives
from dowding.analysis.truth import Floats, Ints


class Continuity(NamedTuple):
    """What a matching says of each target and of each track."""

    target: Ints  # (target,) ascending
    present: Ints  # (target,) instants at which it is there
    held: Ints  # (target,) instants at which it is matched
    swaps: Ints  # (target,) matches with another track than the last one
    breaks: Ints  # (target,) times it was matched, lost while present, and matched again
    tracks_needed: Ints  # (target,) different tracks that held it
    born: Floats  # (target,) s, its first instant
    delay: Floats  # (target,) s from its first instant to its first match, NaN for never
    longest: Floats  # (target,) s, longest unbroken hold by one track
    track: Ints  # (track,) ascending
    life: Floats  # (track,) s from its first to its last instant
    true_share: Floats  # (track,) share of its instants at which it is matched


def continuity(truth: Points, tracks: Points, matched: Pairs, times: Floats) -> Continuity:
    """Continuity of one-to-one `matched` pairs at instants `times` (s); for `swaps` and `breaks` as of the sticky matching."""
    target, of = np.unique(truth.who, return_inverse=True)
    order = np.lexsort((truth.step, of))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))  # the instants of one target in sequence
    held = matched.truth[np.argsort(rank[matched.truth])]
    number = np.full(len(of), np.iinfo(np.int64).min)
    number[matched.truth] = tracks.who[matched.track]
    before, after = held[:-1], held[1:]
    same = of[before] == of[after]
    swapped = same & (number[before] != number[after])
    broken = same & (rank[after] - rank[before] > 1)
    count = len(target)
    first = np.full(count, np.inf)
    np.minimum.at(first, of[held], times[truth.step[held]])
    born = lives(of, times[truth.step])[1] if count else np.empty(0)
    runs = np.cumsum(np.append(True, ~same | swapped | broken)) - 1 if len(held) else np.empty(0, np.int64)
    longest = np.zeros(count)
    if len(held):
        begin, end = np.unique(runs, return_index=True)[1], np.searchsorted(runs, np.arange(runs[-1] + 1), "right") - 1
        np.maximum.at(longest, of[held[begin]], times[truth.step[held[end]]] - times[truth.step[held[begin]]])
    names, code = np.unique(number[held], return_inverse=True)
    needed = np.unique(of[held] * max(len(names), 1) + code) // max(len(names), 1)  # one for each track that held the target
    track, alive = np.unique(tracks.who, return_inverse=True)
    span = lives(alive, times[tracks.step]) if len(track) else (track, np.empty(0), np.empty(0))
    hits = np.bincount(alive[matched.track], minlength=len(track))
    return Continuity(
        target, np.bincount(of, minlength=count), np.bincount(of[held], minlength=count),
        np.bincount(of[after[swapped]], minlength=count), np.bincount(of[after[broken]], minlength=count),
        np.bincount(needed, minlength=count), born, np.where(np.isfinite(first), first - born, np.nan), longest,
        track, span[2] - span[1], hits / np.maximum(np.bincount(alive, minlength=len(track)), 1),
    )  # fmt: skip


def redundant(tracks: Points, near: Pairs, matched: Bools) -> Bools:
    """Which track points (point,) are near a target, but not its match: second tracks on one target."""
    near_any, taken = np.zeros(len(tracks.step), np.bool_), np.zeros(len(tracks.step), np.bool_)
    near_any[near.track] = True
    taken[near.track[matched]] = True
    return near_any & ~taken
