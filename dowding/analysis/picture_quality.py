"""A run's pictures held against truth by distance: everything that `dowding quality` says, from tables alone.

Each picture is scored against the targets that its sensors are against, at even instants. A target is in sight while one of the picture's
sensors has detected it lately: what is missed in sight is the tracker's, what is missed out of sight the sensors'.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from dowding.analysis import consistency, error_bound
from dowding.analysis.continuity import Continuity, continuity, redundant
from dowding.analysis.matching import Bools, Pairs, optimal, pairs_within, sticky
from dowding.analysis.points import Points, instants, track_points, truth_points
from dowding.analysis.set_distances import SetDistances, set_distances
from dowding.analysis.siap import Identity, Siap, associate, identity, siap
from dowding.analysis.track_quality import assign, origin_of_updates, position_errors, target_of_updates
from dowding.analysis.trajectory_distances import TrajectoryGospa, ospa_of_tracks, trajectory_gospa
from dowding.analysis.truth import Floats, Ints
from dowding.errors import TableError
from dowding.tables import Columns, Tables, empty

SIGHT_PERIODS = 3.0  # a target is in sight for so many of the picture's longest scans after a detection


class Settings(NamedTuple):
    """How pictures are scored."""

    cutoff_m: float = 1000.0  # farther than this a track is not of the target
    power: float = 2.0  # order of OSPA and GOSPA
    step_s: float = 0.0  # between instants; 0: as truth is sampled
    flat: bool = False  # distances without height
    switch_cost_m: float = 1000.0  # of a change of number in trajectory GOSPA
    process_noise: float = 0.5  # m2/s3, white acceleration of the bound's target; that of the default tracker's straight flight


class PictureQuality(NamedTuple):
    """One picture against truth, point by point."""

    picture: int
    settings: Settings
    times: Floats  # (step,) s
    truth: Points
    tracks: Points
    in_sight: Bools  # (truth point,) detected lately
    near: Pairs  # all pairs within the cut-off
    best: Bools  # (pair,) of the optimal matching
    held: Bools  # (pair,) of the matching that sticks
    distances: SetDistances
    missed_in_sight: Floats  # (step,) m^power, part of distances.missed
    continuity: Continuity
    siap: Siap
    identity: Identity  # of the class judged, against the true one
    first_sight: Floats  # (target of continuity,) s, first detection, NaN without


NEEDED = ("truth", "tracks")
HELPFUL = ("sensors", "targets", "assets", "origins", "detections", "dwells", "events")


def completed(tables: Mapping[str, Columns]) -> Tables:
    """The tables that scoring reads, those that are missing without rows. Raises TableError where truth or tracks are missing."""
    for name in NEEDED:
        if name not in tables:
            raise TableError(f"table {name} is missing", hint="quality is what tracks are worth against truth")
    return Tables({name: tables[name] if name in tables else empty(name) for name in (*NEEDED, *HELPFUL)})


def pictures_of(tables: Tables) -> list[int]:
    """The pictures of a run, by number."""
    numbers = np.concatenate([np.asarray(tables[name]["picture"], np.int64) for name in ("sensors", "tracks")])
    return [int(n) for n in np.unique(numbers[numbers >= 0])]


def against(tables: Tables, picture: int) -> Ints:
    """Rows of the targets that some sensor of the picture, or else who goes by it, is against; all where neither is known."""
    sides = {
        str(side) for name in ("sensors", "assets") for side in tables[name]["side"][tables[name]["picture"] == picture]
    }
    if not sides or not len(tables["targets"]["target"]):
        return np.unique(np.asarray(tables["truth"]["target"], np.int64))
    hostile = [bool(sides - {side}) for side in tables["targets"]["side"].astype(str)]
    return np.asarray(tables["targets"]["target"][np.array(hostile, np.bool_)], np.int64)


def ends_of(tables: Tables, picture: int) -> dict[int, float]:
    """When tracks of a picture were deleted, by number, as the events say."""
    events = tables["events"]
    rows = np.flatnonzero((events["kind"].astype(str) == "track deleted") & (events["picture"] == picture))
    return {int(events["track"][k]): float(events["time_s"][k]) for k in rows}


def owners_of(tables: Tables, picture: int) -> list[str]:
    """The fire units, sensors and command posts that go by a picture, as far as the table of assets tells."""
    return [str(name) for name in tables["assets"]["name"][tables["assets"]["picture"] == picture]]


def _detected(tables: Tables, picture: int) -> tuple[Ints, Floats]:
    """Target and time (s) of each detection of a target by the picture's sensors, sorted."""
    detections, target = tables["detections"], origin_of_updates(tables["detections"], tables["origins"])
    feeds = np.asarray(tables["sensors"]["picture"] == picture, np.bool_)
    rows = np.flatnonzero((target >= 0) & feeds[np.asarray(detections["sensor"], np.int64)])
    order = rows[np.lexsort((detections["time_s"][rows], target[rows]))]
    return target[order], np.asarray(detections["time_s"], np.float64)[order]


def _in_sight(truth: Points, times: Floats, target: Ints, seen: Floats, span_s: float) -> Bools:
    """Whether each point of truth was detected in the last `span_s`; everything is in sight where no detection is known."""
    if not len(target):
        return np.ones(len(truth.step), np.bool_)
    when = times[truth.step]
    scale = max(float(times.max()), float(seen.max())) + 1.0
    last = np.searchsorted(target * scale + seen, truth.who * scale + when, "right") - 1
    row = np.maximum(last, 0)
    return np.asarray((last >= 0) & (target[row] == truth.who) & (when - seen[row] <= span_s), np.bool_)


def picture_quality(tables: Tables, picture: int, settings: Settings) -> PictureQuality:
    """Score one picture."""
    hostile = np.isin(tables["truth"]["target"], against(tables, picture))
    flown = {name: values[hostile] for name, values in tables["truth"].items()}
    times = instants(flown, settings.step_s)
    mine = tables["tracks"]["picture"] == picture
    rows = {name: values[mine] for name, values in tables["tracks"].items()}
    truth, tracks = truth_points(flown, times), track_points(rows, times, ends_of(tables, picture))
    if settings.flat:
        truth, tracks = truth.flat(), tracks.flat()
    near = pairs_within(truth, tracks, settings.cutoff_m)
    best, held = optimal(near, settings.cutoff_m, settings.power), sticky(truth, tracks, near, settings.cutoff_m)
    periods = tables["sensors"]["period_s"][tables["sensors"]["picture"] == picture]
    target, seen = _detected(tables, picture)
    in_sight = _in_sight(truth, times, target, seen, SIGHT_PERIODS * float(periods.max(initial=1.0)))
    distances = set_distances(truth, tracks, len(times), settings.cutoff_m, settings.power, pairs=near)
    missing = in_sight.copy()
    missing[near.truth[best]] = False
    missed = 0.5 * settings.cutoff_m**settings.power * np.bincount(truth.step[missing], minlength=len(times))
    pairs = associate(tracks, near, held)
    steady = continuity(truth, tracks, near.chosen(held), times)
    first = np.full(len(steady.target), np.nan)
    names, begin = np.unique(target, return_index=True)
    known = np.isin(names, steady.target)
    first[np.searchsorted(steady.target, names[known])] = seen[begin[known]]
    judged, kinds = _class_of_points(rows, tracks, times), _words_of_targets(tables, truth)
    return PictureQuality(
        picture, settings, times, truth, tracks, in_sight, near, best, held, distances, missed, steady,
        siap(truth, tracks, pairs, times), identity(pairs, judged, kinds), first,
    )  # fmt: skip


def _words_of_targets(tables: Tables, truth: Points) -> Any:
    """The true class of each point of truth."""
    kind = dict(zip(tables["targets"]["target"].tolist(), tables["targets"]["class"].astype(str), strict=True))
    return np.array([kind.get(int(who), "") for who in truth.who], np.str_)


def _class_of_points(rows: Columns, tracks: Points, times: Floats) -> Any:
    """The class that each track last bore at each of its points."""
    order = np.lexsort((rows["time_s"], rows["track"]))
    scale = max(float(rows["time_s"].max(initial=0.0)), float(times.max(initial=0.0))) + 1.0
    key = rows["track"][order] * scale + rows["time_s"][order]
    at = np.searchsorted(key, tracks.who * scale + times[tracks.step] + 1e-9, "right") - 1
    return rows["class"].astype(str)[order][np.maximum(at, 0)] if len(order) else np.empty(len(tracks.who), np.str_)


def series(quality: PictureQuality) -> Columns:
    """Table `quality` of one picture."""
    d, s = quality.distances, quality.siap
    count = len(quality.times)
    return {
        "time_s": quality.times, "picture": np.full(count, quality.picture),
        "targets": d.truths, "in_sight": np.bincount(quality.truth.step[quality.in_sight], minlength=count),
        "tracks": d.tracks, "matched": d.matched, "gospa_m": d.gospa, "gospa_in_sight_m": gospa_in_sight(quality), "ospa_m": d.ospa,
        "localisation": d.localisation, "missed": d.missed, "missed_in_sight": quality.missed_in_sight, "false": d.false,
        "completeness": s.completeness_at, "ambiguity": s.ambiguity_at, "spuriousness": s.spuriousness_at,
    }  # fmt: skip


def gospa_in_sight(quality: PictureQuality) -> Floats:
    """GOSPA at each instant without the targets that were missed out of sight, (step,) m."""
    d = quality.distances
    return np.asarray((d.localisation + quality.missed_in_sight + d.false) ** (1.0 / d.power), np.float64)


# --- numbers --------------------------------------------------------------------------------------------------------------------------


def _share(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else float("nan")


def _middle(values: Floats, quantile: float = 0.5) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, quantile)) if len(known) else float("nan")


def gospa_numbers(quality: PictureQuality) -> dict[str, float]:
    """GOSPA of the whole stretch and its parts; missed and false as mean numbers at an instant."""
    d = quality.distances
    unit, n = 0.5 * d.cutoff**d.power, max(len(d.gospa), 1)
    seen = (gospa_in_sight(quality) ** d.power).sum() / n
    total = (d.gospa**d.power).sum() / n
    return {
        "gospa_m": d.total(),
        "gospa_per_target_m": d.per_target(),
        "gospa_in_sight_m": float(seen ** (1.0 / d.power)),
        "localisation_share": _share(d.localisation.sum() / n, total),
        "missed_share": _share(d.missed.sum() / n, total),
        "false_share": _share(d.false.sum() / n, total),
        "missed_mean": float(d.missed.sum() / n / unit),
        "missed_in_sight_mean": float(quality.missed_in_sight.sum() / n / unit),
        "false_mean": float(d.false.sum() / n / unit),
        "ospa_mean_m": consistency.mean(d.ospa),
    }


def trajectory_numbers(quality: PictureQuality) -> dict[str, Any]:
    """Distances of whole tracks from whole flights."""
    s = quality.settings
    found: TrajectoryGospa = trajectory_gospa(quality.truth, quality.tracks, s.cutoff_m, s.switch_cost_m, s.power, quality.near)
    steps = max(len(quality.times), 1)
    return {
        "ospa_of_tracks_m": ospa_of_tracks(quality.truth, quality.tracks, s.cutoff_m, s.power, quality.near),
        "trajectory_gospa_m": found.value / steps ** (1.0 / s.power),
        "number_changes": found.switches / s.switch_cost_m**s.power if s.switch_cost_m > 0.0 else float("nan"),
        "exact": found.exact,
    }


def siap_numbers(quality: PictureQuality) -> dict[str, float]:
    """The attributes of the single integrated air picture, completeness also of what was in sight, and the class as identity."""
    s, tracked = quality.siap, np.zeros(len(quality.truth.step), np.bool_)
    tracked[quality.near.truth[quality.held]] = True
    seen = quality.in_sight
    return {
        "completeness": s.completeness,
        "completeness_in_sight": _share((tracked & seen).sum(), seen.sum()),
        "ambiguity": s.ambiguity,
        "spuriousness": s.spuriousness,
        "position_accuracy_m": s.position_accuracy,
        "velocity_accuracy_mps": s.velocity_accuracy,
        "number_changes_per_hour": 3600.0 * s.number_change_rate,
        "longest_segment": s.longest_segment,
        "class_completeness": quality.identity.completeness,
        "class_correctness": quality.identity.correctness,
        "class_ambiguity": quality.identity.ambiguity,
    }


def continuity_numbers(quality: PictureQuality) -> dict[str, float]:
    """Swaps, breaks, delays, lives and false tracks."""
    c, times = quality.continuity, quality.times
    extra = redundant(quality.tracks, quality.near, quality.held)
    false = ~np.isin(c.track, quality.tracks.who[quality.near.track])  # never within the cut-off of a target
    hours = float(times[-1] - times[0]) / 3600.0 if len(times) > 1 else float("nan")
    late = c.born + c.delay - quality.first_sight
    return {
        "targets": len(c.target),
        "never_held": int((c.held == 0).sum()),
        "swaps": int(c.swaps.sum()),
        "breaks": int(c.breaks.sum()),
        "swaps_per_target": _share(c.swaps.sum(), len(c.target)),
        "breaks_per_target": _share(c.breaks.sum(), len(c.target)),
        "tracks_per_held_target": _share(c.tracks_needed.sum(), (c.held > 0).sum()),
        "delay_median_s": _middle(late),
        "delay_p95_s": _middle(late, 0.95),
        "tracks": len(c.track),
        "life_median_s": _middle(c.life),
        "life_mean_s": consistency.mean(c.life),
        "false_tracks": int(false.sum()),
        "false_tracks_per_hour": _share(false.sum(), hours),
        "false_life_mean_s": consistency.mean(c.life[false]),
        "redundant_share": _share(extra.sum(), len(extra)),
    }


def consistency_numbers(tables: Tables, picture: int) -> dict[str, float]:
    """NEES of the updates that a target's own detections made, and NIS of all confirmed updates, with bounds of 95 %."""
    mine = tables["tracks"]["picture"] == picture
    tracks = {name: values[mine] for name, values in tables["tracks"].items()}
    target = target_of_updates(tracks, assign(tracks, tables["origins"]))
    right = target == origin_of_updates(tracks, tables["origins"])
    squares = consistency.nees(tracks, position_errors(tracks, tables["truth"], np.where(right, target, -1)))
    middle, low, high = consistency.spread_of_mean(squares, np.asarray(tracks["track"], np.int64))
    rows = np.flatnonzero(tracks["confirmed"] & np.isfinite(tracks["nis"]) & (tracks["nis_dof"] > 0))
    nis, dof = tracks["nis"][rows], np.asarray(tracks["nis_dof"], np.int64)[rows]
    bounds = consistency.mean_bounds(int(dof.sum()), max(int(dof.sum()), 1))
    return {
        "nees": middle, "nees_low": low, "nees_high": high,
        "nees_inside_95": consistency.share_inside(squares, np.full(len(squares), 3)),
        "nis_per_dof": _share(nis.sum(), dof.sum()), "nis_bound_low": bounds[0], "nis_bound_high": bounds[1],
        "nis_inside_95": consistency.share_inside(nis, dof),
    }  # fmt: skip


def class_numbers(tables: Tables, quality: PictureQuality) -> dict[str, dict[str, float]]:
    """Completeness in sight, error, swaps and breaks by the targets' true class."""
    kinds = _words_of_targets(tables, quality.truth)
    held = quality.near.chosen(quality.held)
    tracked = np.zeros(len(kinds), np.bool_)
    tracked[held.truth] = True
    of_target = dict(zip(quality.truth.who.tolist(), kinds.tolist(), strict=True))
    of = np.array([of_target[int(t)] for t in quality.continuity.target], np.str_)
    out = {}
    for kind in dict.fromkeys(sorted(set(kinds.tolist()))):
        mine, seen = kinds == kind, (kinds == kind) & quality.in_sight
        out[kind] = {
            "targets": int((of == kind).sum()),
            "completeness_in_sight": _share((tracked & seen).sum(), seen.sum()),
            "position_error_rms_m": float(np.sqrt(consistency.mean(held.distance[mine[held.truth]] ** 2))),
            "swaps": int(quality.continuity.swaps[of == kind].sum()),
            "breaks": int(quality.continuity.breaks[of == kind].sum()),
        }
    return out


def bound_numbers(tables: Tables, picture: int, settings: Settings) -> dict[str, float]:
    """Errors over the posterior Cramer-Rao bound from the same detections."""
    return error_bound.against_bound(tables, picture, settings.process_noise) | {"process_noise_m2_s3": settings.process_noise}
