"""Which tracks of different sensors are the same flight, even where a sensor is degrees out of alignment.

A flight's distances from two sites say where it is, up to the side of the line between them, whatever the sites' azimuths say. So each pair
of tracks proposes by how much both sites are turned; pairs of one flight propose the same all the time, and all of them the same. That
proposal with the most flights behind it is taken (a Hough transform: Duda & Hart 1972, Communications of the ACM 15), and the tracks,
turned back, are assigned to each other by least distance.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEARCH = np.radians(10.0)  # the farthest that a site is taken to be turned
STEADY = np.radians(1.2)  # how much a pair's proposals may vary in time
AGREE = np.radians(0.5)  # proposals so near to each other agree
FLATTEST = np.radians(12.0)  # of the angle between the lines from a flight to the sites, below which its place is too doubtful
ONE_SITE = 3e3  # m, sites nearer than this can only be told apart in their difference
SAMPLES_LEAST = 3  # common samples of two tracks
LONGEST = 80  # tracks of a source that propose
SUPPORT_LEAST = 2  # flights behind a proposal
FORBIDDEN = 1e12


class Samples(NamedTuple):
    """One source's tracks at common times."""

    track: Ints  # (track,) number
    position: Floats  # (track, time, 3) m, theatre; NaN where the track is not
    site: Floats  # (3,) m, theatre; NaN for a source of position reports, which cannot be turned


def propose(first: Samples, second: Samples) -> tuple[float, float, int]:
    """By how much (rad, clockwise) the azimuths of two sources are too large, and how many flights say so; zeros if too few do."""
    a, b = (_longest(s) for s in (first, second))
    if not len(a.track) or not len(b.track):
        return 0.0, 0.0, 0
    turned, support = [], []
    for branch in (1.0, -1.0):
        left, right = _proposals(a, b, branch)
        both = np.isfinite(left) & np.isfinite(right)
        count = both.sum(axis=2)
        with np.errstate(invalid="ignore"):
            means = [np.where(both, t, 0.0).sum(axis=2) / np.maximum(count, 1) for t in (left, right)]
            spread = [np.sqrt(np.where(both, (t - m[:, :, None]) ** 2, 0.0).sum(axis=2) / np.maximum(count, 1))
                      for t, m in zip((left, right), means, strict=True)]  # fmt: skip
        good = (count >= SAMPLES_LEAST) & (spread[0] < STEADY) & (spread[1] < STEADY)
        i, j = np.nonzero(good)
        turned.append(np.column_stack([i, j, means[0][i, j], means[1][i, j]]))
        noise = spread[0][i, j] ** 2 + spread[1][i, j] ** 2 + np.radians(0.05) ** 2
        support.append(count[i, j] / noise)
    rows, weight = np.concatenate(turned), np.concatenate(support).astype(np.float64)
    if not len(rows):
        return 0.0, 0.0, 0
    best, most, behind = np.zeros(2), -1.0, 0
    for row in rows:
        near = np.hypot(*(rows[:, 2:] - row[2:]).T) < AGREE
        flights = min(len(np.unique(rows[near, 0])), len(np.unique(rows[near, 1])))
        # of two as well supported proposals the smaller one is likelier
        score = flights + 0.5 * float(weight[near].sum() / weight.sum()) - 0.5 * float(np.hypot(*row[2:])) / SEARCH
        if score > most:
            middle = np.average(rows[near, 2:], axis=0, weights=weight[near])
            best, most, behind = middle, score, flights
    return (float(best[0]), float(best[1]), behind) if behind >= SUPPORT_LEAST else (0.0, 0.0, 0)


def _longest(s: Samples) -> Samples:
    order = np.argsort(-np.isfinite(s.position[:, :, 0]).sum(axis=1), kind="stable")[:LONGEST]
    return Samples(s.track[order], s.position[order], s.site)


def _bearing(position: Floats, site: Floats) -> Floats:
    return np.asarray(np.arctan2(position[..., 0] - site[0], position[..., 1] - site[1]), np.float64)


def _wrapped(angle: Floats) -> Floats:
    return np.asarray((angle + np.pi) % (2.0 * np.pi) - np.pi, np.float64)


def _proposals(a: Samples, b: Samples, branch: float) -> tuple[Floats, Floats]:
    """How far each site would be turned if track i of one and j of the other were one flight, (i, j, time) each; NaN for no answer."""
    fixed = [bool(np.isnan(s.site[0])) for s in (a, b)]
    if all(fixed) or (any(fixed) and branch < 0.0):
        nothing = np.full((len(a.track), len(b.track), a.position.shape[1]), np.nan)
        return nothing, nothing
    if any(fixed):
        own, other = (b, a) if fixed[0] else (a, b)
        ranges = [np.hypot(*(s.position[:, :, :2] - own.site[:2]).transpose(2, 0, 1)) for s in (own, other)]
        apart = np.abs(ranges[0][:, None] - ranges[1][None])
        turn = _wrapped(_bearing(own.position, own.site)[:, None] - _bearing(other.position, own.site)[None])
        turn = np.where((apart < 1500.0) & (np.abs(turn) < SEARCH), turn, np.nan)
        still = np.where(np.isnan(turn), np.nan, 0.0)
        return (still.swapaxes(0, 1), turn.swapaxes(0, 1)) if fixed[0] else (turn, still)
    base = b.site[:2] - a.site[:2]
    length = float(np.hypot(*base))
    r, s = (np.hypot(*(x.position[:, :, :2] - x.site[:2]).transpose(2, 0, 1)) for x in (a, b))
    r, s = r[:, None], s[None]
    seen = [_bearing(a.position, a.site)[:, None], _bearing(b.position, b.site)[None]]
    if length < ONE_SITE:
        turn = np.where((np.abs(r - s) < 1500.0) & (branch > 0.0), _wrapped(seen[0] - seen[1]), np.nan)
        turn = np.where(np.abs(turn) < SEARCH, turn, np.nan)
        return turn, np.where(np.isnan(turn), np.nan, 0.0)
    along = (length**2 + r**2 - s**2) / (2.0 * length)
    with np.errstate(invalid="ignore"):
        across = branch * np.sqrt(r**2 - along**2)
        corner = (r**2 + s**2 - length**2) / (2.0 * r * s)
    line = float(np.arctan2(base[0], base[1]))
    left = _wrapped(seen[0] - (line + np.arctan2(across, along)))
    right = _wrapped(seen[1] - (line + np.arctan2(across, along - length)))
    good = (np.abs(corner) < np.cos(FLATTEST)) & (np.abs(left) < SEARCH) & (np.abs(right) < SEARCH)
    return np.where(good, left, np.nan), np.where(good, right, np.nan)


def turned_back(s: Samples, angle: float) -> Samples:
    """The same tracks with the site turned back by `angle` (rad) about its own vertical."""
    if np.isnan(s.site[0]) or angle == 0.0:
        return s
    away = s.position - s.site
    c, n = np.cos(angle), np.sin(angle)
    # a smaller azimuth: counterclockwise seen from above
    east, north = away[..., 0] * c - away[..., 1] * n, away[..., 0] * n + away[..., 1] * c
    return s._replace(position=np.stack([east, north, away[..., 2]], axis=-1) + s.site)


def assigned(first: Samples, second: Samples, gate_m: float) -> list[tuple[int, int]]:
    """Pairs of track numbers that are one flight: mean distance over ground below `gate_m`, each track once, least sum of distances."""
    n, m = len(first.track), len(second.track)
    if not n or not m:
        return []
    there = [np.isfinite(s.position[:, :, 0]).astype(np.float64) for s in (first, second)]
    common = there[0] @ there[1].T
    filled = [np.nan_to_num(s.position[:, :, :2]) for s in (first, second)]
    total = np.zeros((n, m))
    for k in range(first.position.shape[1]):
        away = np.hypot(*(filled[0][:, None, k] - filled[1][None, :, k]).transpose(2, 0, 1))
        total += away * there[0][:, k, None] * there[1][None, :, k]
    mean = total / np.maximum(common, 1.0)
    cost = np.where((common >= SAMPLES_LEAST) & (mean < gate_m), mean - gate_m, FORBIDDEN)
    rows, columns = linear_sum_assignment(np.where(cost < 0.0, cost, 0.0))
    return [(int(first.track[i]), int(second.track[j])) for i, j in zip(rows, columns, strict=True) if cost[i, j] < 0.0]


def common_flights(sources: list[Samples], gate_m: float, *, search: bool = True) -> tuple[dict[tuple[int, int], int], Floats]:
    """Number of the flight of each (source, track) that another source has too, and by how much (source,) rad each source is turned.

    `search` for turned sites; without it tracks are taken as they stand.
    """
    turns = _turns(sources) if search else np.zeros(len(sources))
    straight = [turned_back(s, float(t)) for s, t in zip(sources, turns, strict=True)]
    parent: dict[tuple[int, int], tuple[int, int]] = {}

    def root(key: tuple[int, int]) -> tuple[int, int]:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for a in range(len(sources)):
        for b in range(a + 1, len(sources)):
            for i, j in assigned(straight[a], straight[b], gate_m):
                parent[root((b, j))] = root((a, i))
    numbers: dict[tuple[int, int], int] = {}
    return {key: numbers.setdefault(root(key), len(numbers)) for key in sorted(parent)}, turns


def _turns(sources: list[Samples]) -> Floats:
    """How far each source is turned: the median of what its pairs propose, each with the weight of the flights behind it."""
    said: list[list[tuple[float, int]]] = [[] for _ in sources]
    for a in range(len(sources)):
        for b in range(a + 1, len(sources)):
            left, right, support = propose(sources[a], sources[b])
            if support:
                said[a].append((left, support))
                said[b].append((right, support))
    out = np.zeros(len(sources))
    for k, heard in enumerate(said):
        if heard:
            heard.sort()
            weight = np.cumsum([count for _, count in heard])
            out[k] = heard[int(np.searchsorted(weight, 0.5 * weight[-1]))][0]
    return out
