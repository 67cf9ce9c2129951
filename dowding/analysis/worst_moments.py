"""Where and when a picture was worst: the places at which most was wrong at once, and what was wrong there."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from dowding.analysis.continuity import redundant
from dowding.analysis.picture_quality import PictureQuality
from dowding.analysis.truth import Floats, Ints

MISSED, FALSE, REDUNDANT, SWAPPED, FAR = 0, 1, 2, 3, 4
WORDS = (("target", "missed"), ("track", "of no target"), ("track", "doubled"), ("target", "under a new number"), ("target", "far off"))
LABELS = ("missed target", "track of no target", "second track of a target", "number has changed", "error over a quarter of the cut-off")
NEARLY = 3.0  # cut-offs from a missed target within which the nearest track is named
FAR_SHARE = 0.25  # of the cut-off: an error from there on is a mistake
MOST_MISTAKES = 20_000  # the costliest are looked through


class Mistakes(NamedTuple):
    """All that was wrong, one row a mistake at an instant."""

    step: Ints  # (mistake,) instant
    kind: Ints  # (mistake,) MISSED, FALSE, REDUNDANT, SWAPPED or FAR
    target: Ints  # (mistake,) number, -1 for none
    track: Ints  # (mistake,) number, -1 for none
    position: Floats  # (mistake, 2 or 3) m, of the target or else the track
    cost: Floats  # (mistake,) m^power, its part of GOSPA, or of trajectory GOSPA for a change of number


class Moment(NamedTuple):
    """An instant and a place where much was wrong."""

    step: int
    time_s: float
    centre: Floats  # (2,) m, theatre east and north
    radius_m: float
    cost: float  # m^power
    mistakes: Mistakes  # those inside


def mistakes_of(quality: PictureQuality) -> Mistakes:
    """Targets missed in sight, false and second tracks, changes of number, and matches farther apart than a share of the cut-off."""
    truth, tracks, s = quality.truth, quality.tracks, quality.settings
    best, held = quality.near.chosen(quality.best), quality.near.chosen(quality.held)
    lone_target, lone_track = np.ones(len(truth.step), np.bool_), np.ones(len(tracks.step), np.bool_)
    lone_target[best.truth], lone_track[best.track] = False, False
    second = redundant(tracks, quality.near, quality.best)
    far = best.distance > FAR_SHARE * s.cutoff_m
    order = np.lexsort((truth.step[held.truth], truth.who[held.truth]))
    target, number = truth.who[held.truth[order]], tracks.who[held.track[order]]
    changed = order[1:][(target[1:] == target[:-1]) & (number[1:] != number[:-1])]
    none, unit = np.full, 0.5 * s.cutoff_m**s.power
    parts = []
    for kind, i, j, cost in (
        (MISSED, np.flatnonzero(lone_target & quality.in_sight), None, unit),
        (FALSE, None, np.flatnonzero(lone_track & ~second), unit),
        (REDUNDANT, None, np.flatnonzero(lone_track & second), unit),
        (SWAPPED, held.truth[changed], held.track[changed], s.switch_cost_m**s.power),
        (FAR, best.truth[far], best.track[far], best.distance[far] ** s.power),
    ):
        rows, points = (i, truth) if i is not None else (np.asarray(j, np.int64), tracks)
        count = len(rows)
        of_target = truth.who[i] if i is not None else none(count, -1)
        of_track = tracks.who[j] if j is not None else none(count, -1)
        parts.append((points.step[rows], none(count, kind), of_target, of_track, points.position[rows], np.broadcast_to(cost, count)))
    return Mistakes(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def worst_moments(quality: PictureQuality, most: int = 6, radius_m: float = 15_000.0, apart_s: float = 120.0) -> list[Moment]:
    """The `most` places and instants with the greatest cost of mistakes within `radius_m` over ground, the worst first.

    Of moments nearer than `apart_s` and twice the radius to each other only the worst counts.
    """
    found = mistakes_of(quality)
    if not len(found.step):
        return []
    rows = np.sort(np.argsort(-found.cost, kind="stable")[:MOST_MISTAKES])
    ground = np.column_stack([found.position[rows, :2], 4.0 * radius_m * found.step[rows]])
    tree = cKDTree(ground)
    pairs = tree.sparse_distance_matrix(tree, radius_m, output_type="ndarray")
    total = np.bincount(pairs["i"], found.cost[rows][pairs["j"]], len(rows)) if len(pairs) else found.cost[rows].copy()
    times = quality.times[found.step[rows]]
    out: list[Moment] = []
    while len(out) < most and total.max(initial=0.0) > 0.0:
        top = int(total.argmax())
        mine = np.flatnonzero(found.step == found.step[rows[top]])
        mine = mine[np.hypot(*(found.position[mine, :2] - ground[top, :2]).T) <= radius_m]
        inside = Mistakes(*(values[mine] for values in found))
        step = int(found.step[rows[top]])
        middle = np.average(inside.position[:, :2], axis=0, weights=inside.cost)
        out.append(Moment(step, float(quality.times[step]), middle, radius_m, float(inside.cost.sum()), inside))
        total[(np.abs(times - times[top]) < apart_s) & (np.hypot(*(ground[:, :2] - ground[top, :2]).T) < 2.0 * radius_m)] = 0.0
    return out


def nearest_track(moment: Moment, quality: PictureQuality, target: int) -> tuple[int, float, float]:
    """The track nearest to a target at a moment, its distance and how much of that is height (m); -1 and infinities without tracks."""
    there = np.flatnonzero(quality.tracks.step == moment.step)
    where = quality.truth.position[(quality.truth.step == moment.step) & (quality.truth.who == target)]
    if not len(there) or not len(where):
        return -1, np.inf, np.inf
    away = quality.tracks.position[there] - where[0]
    distance = np.sqrt((away**2).sum(axis=1))
    at = int(distance.argmin())
    return int(quality.tracks.who[there[at]]), float(distance[at]), abs(float(away[at, 2])) if away.shape[1] > 2 else 0.0


def words_of(moment: Moment, quality: PictureQuality) -> str:
    """What was wrong, in words: how many of each mistake, the numbers of the first few, and how near the nearest track was."""
    parts = []
    for kind, (noun, word) in enumerate(WORDS):
        rows = np.flatnonzero(moment.mistakes.kind == kind)
        if not len(rows):
            continue
        names = np.sort(moment.mistakes.target[rows] if noun == "target" else moment.mistakes.track[rows])
        listed = ", ".join(str(int(n)) for n in names[:4]) + (" ..." if len(rows) > 4 else "")
        parts.append(f"{noun}{'' if len(rows) == 1 else 's'} {listed} {word}")
        if kind == MISSED:
            near = min((nearest_track(moment, quality, int(n)) for n in names), key=lambda found: found[1])
            if near[1] < NEARLY * quality.settings.cutoff_m:
                parts[-1] += f" (track {near[0]} {near[1]:,.0f} m off, {near[2]:,.0f} m of it height)"
    return "; ".join(parts)
