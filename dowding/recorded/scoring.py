"""The measures of whole pictures, with the references of another file in the place of truth.

Only what our radars saw lately counts as missed; a target that the references do not report makes our track of it look false.
"""

import math
from typing import Any

import numpy as np

from dowding.analysis.picture_quality import Settings, completed, continuity_numbers, gospa_numbers, picture_quality, siap_numbers
from dowding.physics.geodesy import theatre_to_geodetic_many
from dowding.recorded.following import Followed
from dowding.recorded.references import Beside, References
from dowding.tables import Columns

CUTOFF_M = 1000.0  # farther than this over ground a track is not of the target
WANTED = {
    "gospa_in_sight_m": "gospa_in_sight_m",
    "completeness_in_sight": "completeness_in_sight",
    "ambiguity": "ambiguity",
    "spuriousness": "spuriousness",
    "number_changes_per_hour": "number_changes_per_hour",
    "velocity_accuracy_mps": "velocity_accuracy_mps",
}


def picture_measures(followed: Followed, references: References, seen: Beside) -> dict[str, float]:
    """GOSPA, SIAP and continuity over ground, an instant a scan; `seen` are the plots beside references."""
    settings = Settings(cutoff_m=CUTOFF_M, step_s=max(turning.period for turning in followed.turnings), flat=True)
    truth = _truth(followed, references)
    if len(np.unique(truth["time_s"])) < 2:
        return {}
    tables = followed.tables
    scored = {name: tables[name] for name in ("tracks", "sensors", "detections")} | {"truth": truth, "origins": _origins(followed, seen)}
    quality = picture_quality(completed(scored), 0, settings)
    found: dict[str, Any] = gospa_numbers(quality) | siap_numbers(quality) | continuity_numbers(quality)
    return {ours: float(found.get(theirs, math.nan)) for ours, theirs in WANTED.items()}


def _truth(followed: Followed, references: References) -> Columns:
    """The references as a table of truth, while the plots last."""
    time = followed.tables["detections"]["time_s"]
    velocity = np.zeros_like(references.position)
    for first, last in zip(references.first[:-1], references.first[1:], strict=True):
        if last - first > 1:
            velocity[first:last] = np.gradient(references.position[first:last], references.time[first:last], axis=0)
    several = np.diff(references.first)[references.name] > 1
    use = several & (references.time >= time.min()) & (references.time <= time.max())
    place = theatre_to_geodetic_many(followed.frame, references.position[use])
    axes = ("east", "north", "up")
    return {
        "time_s": references.time[use],
        "target": references.name[use],
        "latitude_deg": np.degrees(place[:, 0]),
        "longitude_deg": np.degrees(place[:, 1]),
        "altitude_m": place[:, 2],
        **{f"{axis}_m": references.position[use, k] for k, axis in enumerate(axes)},
        **{f"velocity_{axis}_mps": velocity[use, k] for k, axis in enumerate(axes)},
    }


def _origins(followed: Followed, seen: Beside) -> Columns:
    """Which reference each plot came from: the nearest one, -1 where none is near."""
    target = np.full(len(followed.tables["detections"]["time_s"]), -1)
    order = np.argsort(-np.hypot(seen.difference[:, 0], seen.difference[:, 1]), kind="stable")
    target[seen.point[order]] = seen.series[order]  # the nearest is written last
    nothing = np.full(len(target), np.nan)
    names = ("true_range_m", "true_azimuth_rad", "true_elevation_rad", "mean_snr_db", "probability")
    return {"detection": np.arange(len(target)), "target": target} | dict.fromkeys(names, nothing)
