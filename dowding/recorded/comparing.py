"""Our tracks against what others report of the same targets: system tracks or ADS-B.

A reference is a series of positions under one name. It is laid beside a track where both are at the same time; the track belongs to the
reference that it is nearest to most often. Radar biases come from plots against references, in range, azimuth and time at once.
"""

import math
from typing import Any

import numpy as np

from dowding.physics.geodesy import geodetic_to_theatre, local_rotation, theatre_to_geodetic_many
from dowding.recorded.following import Followed
from dowding.recorded.quality import Floats, places, polar
from dowding.recorded.references import Beside, Ints, References, beside, matched
from dowding.recorded.scoring import picture_measures

LEAST = 20  # plots from which biases are estimated


def compare(followed: Followed, references: References) -> dict[str, Any]:
    """The comparison as plain numbers and words."""
    tracks = followed.tables["tracks"]
    rows = np.flatnonzero(tracks["confirmed"])
    number, time, position = tracks["track"][rows], tracks["time_s"][rows], places(tracks)[rows]
    pairs = beside(time, position, references)
    belongs = matched(number, pairs)
    mine = np.array([belongs.get(int(n), -1) for n in number[pairs.point]], np.int64) == pairs.series
    own = Beside(*(column[mine] for column in pairs))
    seen = beside(followed.tables["detections"]["time_s"], plot_places(followed), references)
    return {
        "file": references.file,
        "what": references.what,
        **references.losses.facts(),
        "references": len(references.names),
        "tracks_confirmed": len(np.unique(number)),
        "tracks_matched": len(belongs),
        **_completeness(followed, seen, belongs, number, time),
        "picture": picture_measures(followed, references, seen),
        "difference": _differences(own, position[own.point], followed),
        "biases": [_biases(followed, references, sensor) for sensor in range(len(followed.sites))],
    }


def _completeness(
    followed: Followed, seen: Beside, belongs: dict[int, int], number: Ints, time: Floats
) -> dict[str, Any]:
    """How much of what the references flew, where the radars saw them, was in confirmed tracks; how late, and how broken."""
    detections = followed.tables["detections"]
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
