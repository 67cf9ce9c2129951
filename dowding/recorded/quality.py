"""How good the tracks of a recording are, from the recording alone: rates, lengths, residuals, and whether identities hold together."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.consistency import share_inside
from dowding.formats.reports import Columns
from dowding.physics.geodesy import Frame, geodetic_to_theatre, local_rotation
from dowding.recorded.antenna import TURN
from dowding.recorded.following import Followed
from dowding.recorded.sites import Site

Floats = NDArray[np.float64]


def quality(followed: Followed) -> dict[str, Any]:
    """Everything that the report says, as plain numbers and words."""
    tables, plots = followed.tables, followed.plots
    detections, tracks, identities = tables["detections"], tables["tracks"], tables["identities"]
    recording = plots.recording
    span = float(np.ptp(detections["time_s"]))
    return {
        "recording": {
            "file": str(recording.path),
            "framing": recording.framing,
            "blocks": {f"{category:03d}": count for category, count in sorted(recording.blocks.items())},
            "records": dict(sorted(recording.records.items())),
            "other_packets": dict(sorted(recording.others.items())),
            **recording.losses.facts(),
        },
        "zero_unix_s": plots.zero or None,
        "first_s": float(detections["time_s"].min()),
        "span_s": span,
        "plots": len(detections["time_s"]),
        "plots_left_out": dict(sorted(plots.left_out.items())),
        "sensors": [_sensor(followed, number) for number in range(len(followed.sites))],
        "tracks": _tracks(tracks, identities, detections),
        "identities": _identities(identities),
    }


def _sensor(followed: Followed, number: int) -> dict[str, Any]:
    site, turning = followed.sites[number], followed.turnings[number]
    detections, tracks = followed.tables["detections"], followed.tables["tracks"]
    mine = detections["sensor"] == number
    turns = float(np.ptp(turning.turn_at(detections["time_s"][mine]))) + 1.0
    used = np.zeros(len(mine), bool)
    used[tracks["detection"][tracks["confirmed"]]] = True
    residual = _residuals(followed, number)
    return {
        "name": site.called,
        "source": site.source,
        "latitude_deg": site.lat_deg,
        "longitude_deg": site.lon_deg,
        "height_m": site.height_m,
        "period_s": float(f"{turning.period:.6g}"),
        "period_from": turning.source,
        "scans": round(turns),
        "plots": int(mine.sum()),
        "plots_a_scan": float(mine.sum() / turns),
        "with_height": int(np.isfinite(detections["elevation_rad"][mine]).sum()),
        "in_confirmed_tracks": int((used & mine).sum()),
        "farthest_km": float(detections["range_m"][mine].max() / 1e3),
        **residual,
    }


def _residuals(followed: Followed, number: int) -> dict[str, float]:
    """Root mean square of plots less the tracks that they updated, in range and azimuth."""
    detections, tracks = followed.tables["detections"], followed.tables["tracks"]
    rows = np.flatnonzero(tracks["confirmed"] & (tracks["sensor"] == number) & np.isfinite(tracks["nis"]))
    if not len(rows):
        return {"residual_range_m": float("nan"), "residual_azimuth_deg": float("nan")}
    distance, azimuth = polar(followed.frame, followed.sites[number], places(tracks)[rows])
    plot = tracks["detection"][rows]
    across = (detections["azimuth_rad"][plot] - azimuth + np.pi) % TURN - np.pi
    along = detections["range_m"][plot] - distance
    # robust: a plot of something else is no measure of accuracy
    return {"residual_range_m": _spread(along), "residual_azimuth_deg": float(np.degrees(_spread(across)))}


def polar(frame: Frame, site: Site, positions: Floats) -> tuple[Floats, Floats]:
    """Slant range (m) and azimuth (rad) of theatre positions (n, 3) m from a radar."""
    latitude, longitude = math.radians(site.lat_deg), math.radians(site.lon_deg)
    here = np.array(geodetic_to_theatre(frame, latitude, longitude, site.height_m))
    east, north, up = ((positions - here) @ local_rotation(frame, latitude, longitude).T).T
    return np.sqrt(east**2 + north**2 + up**2), np.arctan2(east, north)


def places(table: Columns) -> Floats:
    """Theatre positions (row, 3) m of a table that has them."""
    return np.column_stack([table[f"{axis}_m"] for axis in ("east", "north", "up")])


def _spread(values: Floats) -> float:
    """Standard deviation as far as the middle half tells it."""
    low, high = np.quantile(values, (0.25, 0.75))
    return float((high - low) / 1.349)


def _tracks(tracks: Columns, identities: Columns, detections: Columns) -> dict[str, Any]:
    confirmed = identities["confirmed"]
    length = (identities["last_s"] - identities["first_s"])[confirmed]
    settled = np.isfinite(tracks["nis"]) & tracks["confirmed"]
    nis, degrees = tracks["nis"][settled], tracks["nis_dof"][settled]
    used = np.zeros(len(detections["time_s"]), bool)
    used[tracks["detection"][tracks["confirmed"]]] = True
    return {
        "started": len(confirmed),
        "confirmed": int(confirmed.sum()),
        "updates": len(tracks["track"]),
        "length_median_s": float(np.median(length)) if len(length) else 0.0,
        "length_longest_s": float(length.max()) if len(length) else 0.0,
        "share_of_plots_in_confirmed": float(used.mean()),
        "nis_mean_by_dimension": float((nis / degrees).mean()) if len(nis) else float("nan"),
        "nis_share_inside_95": share_inside(nis, degrees) if len(nis) else float("nan"),
    }


def _identities(identities: Columns) -> dict[str, Any]:
    """How tracks and addresses go together: a track of two aircraft is a swap, an aircraft of two tracks at a time a double."""
    known = identities["confirmed"] & (identities["address"] != "")
    address = identities["address"][known].astype(str)
    share = identities["share"][known]
    names, counts = np.unique(address, return_counts=True)
    return {
        "aircraft_with_address": len(names),
        "tracks_with_address": int(known.sum()),
        "tracks_of_one_aircraft_only": int((share >= 1.0).sum()),
        "plots_of_another_aircraft_share": float(1.0 - np.average(share, weights=identities["updates"][known])) if known.any() else 0.0,
        "aircraft_with_several_tracks": int((counts > 1).sum()),
        "tracks_an_aircraft": float(counts.mean()) if len(counts) else float("nan"),
    }
