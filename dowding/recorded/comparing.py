"""Our tracks against what others report of the same targets: system tracks, ADS-B, or the radar's own track numbers.

A reference is a series of positions under one name. It is laid beside a track where both are at the same time; the track belongs to the
reference that it is nearest to most often. Radar biases come from plots against references, in range, azimuth and time at once.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import RecordingError
from dowding.formats import positions
from dowding.formats.damage import Losses
from dowding.formats.reports import DAY
from dowding.physics.geodesy import geodetic_to_theatre, geodetic_to_theatre_many, local_rotation, theatre_to_geodetic_many
from dowding.recorded.following import Followed
from dowding.recorded.quality import Floats, places, polar

Ints = NDArray[np.int64]

GAP_S = 60.0  # a reference silent for longer is not interpolated over
GATE_M = 3000.0  # a track farther off than this is not of that reference
SHARE = 0.5  # least part of a track's updates that must be near a reference for the two to belong together
DATED = 3.1e8  # s: later times have a date
LEAST = 20  # plots from which biases are estimated


class References(NamedTuple):
    """Series of positions, sorted by series and time."""

    names: list[str]
    name: Ints  # (report,) number of its series
    time: Floats  # (report,) s, of the tracks' clock
    position: Floats  # (report, 3) m, theatre
    first: Ints  # (series + 1,) its first report
    losses: Losses
    file: str
    what: str  # such as "system tracks"


class Beside(NamedTuple):
    """Points of ours beside references: for each pair of a point and a reference near it at its time."""

    point: Ints  # (pair,) row of the points
    series: Ints  # (pair,) number of the reference
    difference: Floats  # (pair, 3) m, ours less theirs, theatre
    velocity: Floats  # (pair, 3) m/s, of the reference


def references_of(path: Path, followed: Followed) -> list[References]:
    """All series of a file, on the clock and in the frame of what was followed; ADS-B and system tracks apart. Raises RecordingError."""
    if positions.kind_of(path) != "asterix":
        return [_references(path, followed, "position reports")]
    found: list[References] = []
    failure: RecordingError | None = None
    for category, what in ((62, "system tracks"), (21, "ADS-B")):
        try:
            found.append(_references(path, followed, what, categories=(category,)))
        except RecordingError as error:
            # that there are none of one kind says less than what is wrong with the other
            failure = error if failure is None or "holds no" in failure.message else failure
    if not found and failure is not None:
        raise failure
    return found


def _references(path: Path, followed: Followed, what: str, **options: Any) -> References:
    found, losses = positions.load(path, **options)
    zero = followed.plots.zero
    time = found["time_s"].astype(np.float64)
    detected = followed.tables["detections"]["time_s"]
    theirs = float(np.median(time))
    # with a date on both sides nothing need be guessed; otherwise the day that brings them together
    is_dated = zero > 0.0 and theirs > DATED
    time -= zero if is_dated else DAY * np.round((theirs - float(np.median(detected))) / DAY)
    keep = np.flatnonzero(found["identity"] != "")
    if not len(keep):
        raise RecordingError(f"{path}: its {what} name no target")
    names, number = np.unique(found["identity"][keep].astype(str), return_inverse=True)
    altitude = _filled(found["altitude_m"][keep], number, time[keep])
    geodetic = np.column_stack([np.radians(found["latitude_deg"][keep]), np.radians(found["longitude_deg"][keep]), altitude])
    order = np.lexsort((time[keep], number))
    number, times, place = number[order], time[keep][order], geodetic_to_theatre_many(followed.frame, geodetic)[order]
    fresh = np.concatenate([[True], (np.diff(number) > 0) | (np.diff(times) > 1e-3)])
    number, times, place = number[fresh], times[fresh], place[fresh]
    first = np.searchsorted(number, np.arange(len(names) + 1))
    if times.max() < detected.min() or times.min() > detected.max():
        plots = f"the plots of {detected.min():.0f} to {detected.max():.0f} s"
        text = f"{path}: its {what} are of {times.min():.0f} to {times.max():.0f} s, {plots}"
        raise RecordingError(text, hint="both must be of the same hours")
    return References([str(name) for name in names], number, times, place, first, losses, str(path), what)


def _filled(altitude: Floats, series: Ints, time: Floats) -> Floats:
    """Altitudes with those that are missing taken from the neighbours in time of the same series, 0 where there is none."""
    out = altitude.copy()
    for number in np.unique(series[np.isnan(altitude)]):
        mine = np.flatnonzero(series == number)
        known = mine[np.isfinite(altitude[mine])]
        order = known[np.argsort(time[known])]
        near = np.interp(time[mine], time[order], altitude[order]) if len(order) else np.zeros(len(mine))
        out[mine] = np.where(np.isnan(altitude[mine]), near, altitude[mine])
    return out


def beside(time: Floats, position: Floats, references: References, gate: float = GATE_M) -> Beside:
    """Pairs of points (point,) at `time` s and `position` (point, 3) m with the references within `gate` m of them, over ground."""
    order = np.argsort(time, kind="stable")
    when = time[order]
    parts: list[tuple[Ints, Ints, Floats, Floats]] = []
    for number in range(len(references.names)):
        rows = slice(references.first[number], references.first[number + 1])
        t, p = references.time[rows], references.position[rows]
        if len(t) < 2:
            continue
        mine = order[np.searchsorted(when, t[0]) : np.searchsorted(when, t[-1], "right")]
        after = np.clip(np.searchsorted(t, time[mine], "right"), 1, len(t) - 1)
        step = t[after] - t[after - 1]
        share = ((time[mine] - t[after - 1]) / step)[:, None]
        there = p[after - 1] + share * (p[after] - p[after - 1])
        difference = position[mine] - there
        near = (step <= GAP_S) & (np.hypot(difference[:, 0], difference[:, 1]) <= gate)
        velocity = (p[after] - p[after - 1]) / step[:, None]
        parts.append((mine[near], np.full(int(near.sum()), number), difference[near], velocity[near]))
    if not parts:
        return Beside(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)), np.zeros((0, 3)))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Beside(*joined)


def matched(track: Ints, pairs: Beside) -> dict[int, int]:
    """The reference of each track, by track number: the one that it is nearest to most often, if that is often enough."""
    distance = np.hypot(pairs.difference[:, 0], pairs.difference[:, 1])
    order = np.lexsort((distance, pairs.point))
    best = order[np.flatnonzero(np.diff(pairs.point[order], prepend=-1))]
    numbers, sizes = np.unique(track, return_counts=True)
    total = dict(zip(numbers.tolist(), sizes.tolist(), strict=True))
    votes: dict[tuple[int, int], int] = {}
    for number, series in zip(track[pairs.point[best]].tolist(), pairs.series[best].tolist(), strict=True):
        votes[number, series] = votes.get((number, series), 0) + 1
    found: dict[int, tuple[int, int]] = {}
    for (number, series), count in votes.items():
        if count >= SHARE * total[number] and count > found.get(number, (0, 0))[0]:
            found[number] = (count, series)
    return {number: series for number, (_, series) in found.items()}


def compare(followed: Followed, references: References) -> dict[str, Any]:
    """The comparison as plain numbers and words."""
    tracks = followed.tables["tracks"]
    rows = np.flatnonzero(tracks["confirmed"])
    number, time, position = tracks["track"][rows], tracks["time_s"][rows], places(tracks)[rows]
    pairs = beside(time, position, references)
    belongs = matched(number, pairs)
    mine = np.array([belongs.get(int(n), -1) for n in number[pairs.point]], np.int64) == pairs.series
    own = Beside(*(column[mine] for column in pairs))
    return {
        "file": references.file,
        "what": references.what,
        **references.losses.facts(),
        "references": len(references.names),
        "tracks_confirmed": len(np.unique(number)),
        "tracks_matched": len(belongs),
        **_completeness(followed, references, belongs, number, time),
        "difference": _differences(own, position[own.point], followed),
        "biases": [_biases(followed, references, sensor) for sensor in range(len(followed.sites))],
    }


def _completeness(followed: Followed, references: References, belongs: dict[int, int], number: Ints, time: Floats) -> dict[str, Any]:
    """How much of what the references flew, where the radars saw them, was in confirmed tracks; how late, and how broken."""
    detections = followed.tables["detections"]
    seen = beside(detections["time_s"], plot_places(followed), references)
    longest = 3.0 * max(turning.period for turning in followed.turnings)
    in_sight, followed_s, latency, tracks_each, breaks = 0.0, 0.0, [], [], 0
    of_series: dict[int, list[int]] = {}
    for track, series in belongs.items():
        of_series.setdefault(series, []).append(track)
    for series in np.unique(seen.series).tolist():
        spans = _spans(np.sort(detections["time_s"][seen.point[seen.series == series]]), longest)
        if sum(end - start for start, end in spans) <= 0.0:
            continue
        held = [_spans(np.sort(time[number == track]), longest) for track in of_series.get(series, [])]
        covered = _union([span for track in held for span in track])
        in_sight += sum(end - start for start, end in spans)
        followed_s += sum(max(0.0, min(end, stop) - max(start, begin)) for start, end in spans for begin, stop in covered)
        tracks_each.append(len(held))
        breaks += max(0, len(held) - 1)
        if covered:
            latency.append(max(0.0, covered[0][0] - spans[0][0]))
    return {
        "references_seen": len(tracks_each),
        "references_tracked": sum(count > 0 for count in tracks_each),
        "in_sight_s": in_sight,
        "completeness": followed_s / in_sight if in_sight else math.nan,
        "tracks_a_reference": float(np.mean([count for count in tracks_each if count])) if any(tracks_each) else math.nan,
        "breaks": breaks,
        "latency_median_s": float(np.median(latency)) if latency else math.nan,
        "latency_90_s": float(np.quantile(latency, 0.9)) if latency else math.nan,
    }


def _spans(time: Floats, longest: float) -> list[tuple[float, float]]:
    """Stretches of times (n,) s, sorted, without a gap of more than `longest` s."""
    if not len(time):
        return []
    cuts = np.flatnonzero(np.diff(time) > longest)
    starts, ends = np.concatenate([[0], cuts + 1]), np.concatenate([cuts, [len(time) - 1]])
    return [(float(time[a]), float(time[b])) for a, b in zip(starts, ends, strict=True)]


def _union(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches that overlap made one."""
    out: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _differences(own: Beside, position: Floats, followed: Followed) -> dict[str, Any]:
    """Ours less theirs: east and north of the theatre, height, and along and across the way that the reference flew."""
    if not len(own.point):
        return {"points": 0}
    height = theatre_to_geodetic_many(followed.frame, position)[:, 2]
    other = theatre_to_geodetic_many(followed.frame, position - own.difference)[:, 2]
    east, north = own.difference[:, 0], own.difference[:, 1]
    speed = np.maximum(np.hypot(own.velocity[:, 0], own.velocity[:, 1]), 1e-9)
    along = (east * own.velocity[:, 0] + north * own.velocity[:, 1]) / speed
    across = (east * own.velocity[:, 1] - north * own.velocity[:, 0]) / speed
    axes = {"east_m": east, "north_m": north, "height_m": height - other, "along_m": along, "across_m": across}
    found: dict[str, Any] = {"points": len(own.point), "horizontal_rms_m": float(np.sqrt((east**2 + north**2).mean()))}
    for name, values in axes.items():
        found[name] = {"mean": float(values.mean()), "rms": float(np.sqrt((values**2).mean())), "median": float(np.median(values))}
    return found


def plot_places(followed: Followed) -> Floats:
    """Theatre positions (plot, 3) m of all plots; one without a height at the level of its radar's horizon."""
    detections = followed.tables["detections"]
    out = np.zeros((len(detections["time_s"]), 3))
    for sensor, site in enumerate(followed.sites):
        mine = detections["sensor"] == sensor
        latitude, longitude = math.radians(site.lat_deg), math.radians(site.lon_deg)
        distance, azimuth = detections["range_m"][mine], detections["azimuth_rad"][mine]
        elevation = np.nan_to_num(detections["elevation_rad"][mine])
        ground = distance * np.cos(elevation)
        local = np.column_stack([ground * np.sin(azimuth), ground * np.cos(azimuth), distance * np.sin(elevation)])
        here = np.array(geodetic_to_theatre(followed.frame, latitude, longitude, site.height_m))
        out[mine] = here + local @ local_rotation(followed.frame, latitude, longitude)
    return out


def _biases(followed: Followed, references: References, sensor: int) -> dict[str, Any]:
    """Range, azimuth and time by which a radar's plots are off, with standard errors, by least squares over its plots near references.

    A plot's range less the reference's is bias + range rate x time bias + noise, its azimuth alike; a time bias is positive where the
    radar stamps late. Plots more than 3.5 robust standard deviations off take no part.
    """
    detections, site = followed.tables["detections"], followed.sites[sensor]
    rows = np.flatnonzero(detections["sensor"] == sensor)
    pairs = beside(detections["time_s"][rows], plot_places(followed)[rows], references)
    alone = np.bincount(pairs.point, minlength=len(rows))[pairs.point] == 1  # near one reference only
    pairs = Beside(*(column[alone] for column in pairs))
    facts: dict[str, Any] = {"sensor": site.called, "plots": len(pairs.point)}
    if len(pairs.point) < LEAST:
        return facts
    plot = rows[pairs.point]
    there = plot_places(followed)[plot] - pairs.difference
    distance, azimuth = polar(followed.frame, site, there)
    later, turned = polar(followed.frame, site, there + pairs.velocity)
    along = detections["range_m"][plot] - distance
    across = _half_turn(detections["azimuth_rad"][plot] - azimuth)
    rates = later - distance, _half_turn(turned - azimuth)
    sigma = detections["sigma_range_m"][plot], detections["sigma_azimuth_rad"][plot]
    zero, one = np.zeros(len(plot)), np.ones(len(plot))
    design = np.concatenate([np.column_stack([one, zero, -rates[0]]), np.column_stack([zero, one, -rates[1]])])
    weight = 1.0 / np.concatenate(sigma)
    measured = np.concatenate([along, across])
    keep = np.ones(len(measured), bool)
    for _ in range(5):
        scaled = design[keep] * weight[keep, None]
        found, *_ = np.linalg.lstsq(scaled, measured[keep] * weight[keep], rcond=None)
        left = (measured - design @ found) * weight
        for half in (slice(0, len(plot)), slice(len(plot), None)):
            spread = 1.4826 * np.median(np.abs(left[half] - np.median(left[half])))
            keep[half] = np.abs(left[half]) <= 3.5 * max(spread, 1e-9)
    noise = [float(np.std(left[half][keep[half]])) for half in (slice(0, len(plot)), slice(len(plot), None))]
    covariance = np.linalg.pinv(scaled.T @ scaled) * max(noise) ** 2
    error = np.sqrt(np.diag(covariance))
    return facts | {
        "range_m": float(found[0]),
        "range_error_m": float(error[0]),
        "azimuth_deg": math.degrees(found[1]),
        "azimuth_error_deg": math.degrees(error[1]),
        "time_s": float(found[2]),
        "time_error_s": float(error[2]),
        "noise_range_m": noise[0] * float(np.median(sigma[0])),
        "noise_azimuth_deg": math.degrees(noise[1] * float(np.median(sigma[1]))),
    }


def _half_turn(angle: Floats) -> Floats:
    return np.asarray((angle + np.pi) % (2.0 * np.pi) - np.pi, np.float64)
