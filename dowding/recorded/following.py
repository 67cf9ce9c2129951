"""Plots to tracks: each antenna's turns cut into dwells, plots as detections, our tracker over them, and who each track is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.errors import RecordingError
from dowding.formats.reports import Columns, addresses
from dowding.physics.geodesy import Frame, geodetic_to_theatre_many, local_rotation, theatre_frame
from dowding.physics.propagation import gaussian_radius
from dowding.recorded.antenna import TURN, Turning, turning_of
from dowding.recorded.plots import Plots
from dowding.recorded.sites import Site, site_of
from dowding.retracking import track_columns
from dowding.tables import Tables
from dowding.tracking.picture import SensorGeometry
from dowding.tracking.replay import track_detections
from dowding.tracking.smoothing import smooth_tracks
from dowding.tracking.tracker import make_config, make_sensors

Floats = NDArray[np.float64]

DWELL_S = 1.0  # longest part of a turn that the tracker takes at a time
ELEVATIONS = (math.radians(-5.0), math.radians(90.0))
FARTHER = 1.02  # range limit beyond the farthest plot
MOST_STRAYS, STRAY_SHARE = 2, 0.005  # plots of a source, and their part of all, up to which it is taken for damage
STRAY = "a source that stands nowhere known and has hardly any plots"


@dataclass(frozen=True)
class Followed:
    """A recording tracked: its tables, where they stand, and each sensor's turning."""

    tables: Tables  # sensors, dwells, detections, tracks, identities
    frame: Frame
    sites: tuple[Site, ...]
    turnings: tuple[Turning, ...]
    plots: Plots


def leave_strays(plots: Plots, given: Sequence[Site]) -> None:
    """Leave out, counted, the plots of sources that stand nowhere known and have hardly any: addresses that damage made, not radars."""
    names, row, count = np.unique(plots.columns["source"], return_inverse=True, return_counts=True)
    unknown = np.array([site_of(given, str(name)) < 0 and str(name) not in plots.places for name in names])
    stray = unknown & (count <= max(MOST_STRAYS, STRAY_SHARE * len(row)))
    if stray.any() and not unknown.all():
        plots.left_out[STRAY] += int(count[stray].sum())
        plots.columns = {name: values[~stray[row]] for name, values in plots.columns.items()}


def sites_for(plots: Plots, given: Sequence[Site]) -> list[Site]:
    """The site of every source that plots came from: as given, or as the recording says. RecordingError if one is not known."""
    names = [str(name) for name in np.unique(plots.columns["source"])]
    known = [*given, *(site for source, site in plots.places.items() if site_of(given, source) < 0)]
    unknown = [name for name in names if site_of(known, name) < 0]
    if unknown:
        which = " and ".join(unknown[:5])
        hint = "say it with --sensor: a TOML file, or sac=25,sic=201,lat_deg=41.0,lon_deg=29.0,height_m=120"
        raise RecordingError(f"{plots.recording.path}: where radar {which} stands is not known", hint=hint)
    wildcards = [name for name in names if known[site_of(known, name)].source == ""]
    if len(wildcards) > 1:
        raise RecordingError(
            f"{plots.recording.path}: one --sensor without sac and sic, but plots of {len(wildcards)} radars: {', '.join(wildcards[:8])}",
            hint="give one for each, with its sac and sic",
        )
    return [known[k] for k in sorted({site_of(known, name) for name in names})]


def follow(plots: Plots, given: Sequence[Site], *, smooth: bool = False, **options: Any) -> Followed:
    """Track the plots of a recording; options are those of `tracker.make_config`. Raises RecordingError.

    With `smooth` each row of the tracks is given all that its track had later.
    """
    leave_strays(plots, given)
    sites = sites_for(plots, given)
    sensor = np.array([site_of(sites, str(name)) for name in np.unique(plots.columns["source"])])
    row = sensor[np.unique(plots.columns["source"], return_inverse=True)[1]]
    latitude, longitude = (float(np.mean([getattr(site, key) for site in sites])) for key in ("lat_deg", "lon_deg"))
    frame = theatre_frame(math.radians(latitude), math.radians(longitude))
    detections = _detections(plots.columns, sites, row)
    turnings = tuple(_turning(plots, site, detections, number) for number, site in enumerate(sites))
    geometry = _geometry(frame, sites, turnings, detections)
    sensors = _sensors(frame, sites, turnings, geometry)
    dwells = _standing(_cut(detections, turnings), sensors)
    config = make_config(frame.earth_centre, frame.spin_axis, **options)
    cuts = dwells | {"time_s": dwells["end_s"]}
    rows = track_detections(detections | {"number": detections["detection"], "identity": np.full(len(row), -1)}, geometry, config, cuts)
    rows = smooth_tracks(rows, config) if smooth else rows
    tracks = track_columns(frame, config, rows | {"picture": np.zeros(len(rows["track"]), np.int64)})
    tables = {
        "sensors": sensors,
        "dwells": dwells,
        "detections": detections,
        "tracks": tracks,
        "identities": identities(tracks, plots.columns),
    }
    return Followed(Tables(tables), frame, tuple(sites), turnings, plots)


def _detections(plots: Columns, sites: Sequence[Site], row: NDArray[np.int64]) -> Columns:
    """Plots as the table `detections`, biases taken away; the elevation is that at which a target of this height has this range."""

    def of_site(key: str) -> Floats:
        return np.array([getattr(site, key) for site in sites])[row]

    distance = plots["range_m"] - of_site("range_bias_m")
    azimuth = (plots["azimuth_rad"] - np.radians(of_site("azimuth_bias_deg"))) % TURN
    radius = np.array([gaussian_radius(math.radians(site.lat_deg)) for site in sites])[row]
    antenna, height = radius + of_site("height_m"), radius + plots["height_m"]
    # law of cosines in the triangle of Earth's centre, antenna and target
    sine = (height**2 - antenna**2 - distance**2) / (2.0 * distance * antenna)
    elevation = np.where(np.abs(sine) <= 1.0, np.arcsin(np.clip(sine, -1.0, 1.0)), np.nan)
    ground = np.maximum(distance * np.cos(np.nan_to_num(elevation)), 100.0)
    by_height, by_radar = of_site("sigma_height_m") / ground, np.radians(of_site("sigma_elevation_deg"))
    count = len(distance)
    unknown = np.full(count, np.nan)
    return {
        "detection": np.arange(count),
        "dwell": np.zeros(count, np.int64),
        "sensor": row.astype(np.int64),
        "kind": np.full(count, "plot", dtype=object),
        "time_s": plots["time_s"] - of_site("time_bias_s"),
        "range_m": distance,
        "azimuth_rad": azimuth,
        "elevation_rad": elevation,
        "range_rate_mps": unknown,
        "snr_db": unknown,
        "sigma_range_m": of_site("sigma_range_m"),
        "sigma_azimuth_rad": np.radians(of_site("sigma_azimuth_deg")),
        "sigma_elevation_rad": np.where(plots["pressure"], by_height, by_radar),
        "sigma_range_rate_mps": unknown,
        # who a plot is of stays out of the tracking: `identities` holds it against the tracks afterwards
        "identity": np.full(count, "", dtype=object),
        "told_latitude_deg": unknown,
        "told_longitude_deg": unknown,
        "told_altitude_m": unknown,
    }


def _turning(plots: Plots, site: Site, detections: Columns, number: int) -> Turning:
    mine = detections["sensor"] == number
    names = np.unique(plots.columns["source"][mine])
    marked = np.isin(plots.markers["source"], names)
    period = site.period_s if math.isfinite(site.period_s) else plots.periods.get(str(names[0]) if len(names) else "", math.nan)
    marker = plots.markers["time_s"][marked].astype(np.float64) - site.time_bias_s
    passed = plots.markers["azimuth_rad"][marked].astype(np.float64)
    return turning_of(detections["time_s"][mine], plots.columns["azimuth_rad"][mine], marker, passed, period, site.called)


def _cut(detections: Columns, turnings: Sequence[Turning]) -> Columns:
    """Number the detections by dwell, in place, and return the table `dwells`: all parts of all turns, in the order of their ends."""
    parts: list[Columns] = []
    keys = np.zeros(len(detections["time_s"]), np.int64)
    for sensor, turning in enumerate(turnings):
        mine = np.flatnonzero(detections["sensor"] == sensor)
        pieces = max(1, math.ceil(turning.period / DWELL_S))
        part = detections["azimuth_rad"][mine] / TURN
        turn = np.round(turning.turn_at(detections["time_s"][mine]) - part).astype(np.int64)
        key = turn * pieces + np.minimum((part * pieces).astype(np.int64), pieces - 1)
        low = int(key.min())
        whole = np.arange(low, int(key.max()) + 1)
        ends = turning.time_at((whole + 1) / pieces)
        counts = np.bincount(key - low, minlength=len(whole))
        # no dwell ends before the last of its plots
        np.maximum.at(ends, key - low, detections["time_s"][mine])
        keys[mine] = key - low + sum(len(p["end_s"]) for p in parts)
        around = whole % pieces
        parts.append(
            {
                "sensor": np.full(len(whole), sensor),
                "start_s": turning.time_at(whole / pieces),
                "end_s": ends,
                "azimuth_start_rad": around * TURN / pieces,
                "azimuth_end_rad": (around + 1) * TURN / pieces,
                "detections": counts,
            }
        )
    table = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    order = np.argsort(table["end_s"], kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    detections["dwell"] = place[keys]
    return {"dwell": np.arange(len(order))} | {name: values[order] for name, values in table.items()}


def _standing(dwells: Columns, sensors: Columns) -> Columns:
    """The dwells with where their sensors stand, all still."""
    row = dwells["sensor"]
    names = ("latitude_deg", "longitude_deg", "altitude_m", "east_m", "north_m", "up_m")
    still = {f"sensor_velocity_{axis}_mps": np.zeros(len(row)) for axis in ("east", "north", "up")}
    return dwells | {"boresight_rad": sensors["boresight_rad"][row]} | {f"sensor_{name}": sensors[name][row] for name in names} | still


def geometry_of(followed: Followed) -> SensorGeometry:
    """What the tracker knew of the radars."""
    return _geometry(followed.frame, followed.sites, followed.turnings, followed.tables["detections"])


def _geometry(frame: Frame, sites: Sequence[Site], turnings: Sequence[Turning], detections: Columns) -> SensorGeometry:
    """What the tracker knows of the sensors."""
    places = np.array([(math.radians(site.lat_deg), math.radians(site.lon_deg), site.height_m) for site in sites])
    positions = geodetic_to_theatre_many(frame, places)
    rows = []
    for number, (site, turning) in enumerate(zip(sites, turnings, strict=True)):
        mine = detections["sensor"] == number
        reach = site.range_max_km * 1e3 if math.isfinite(site.range_max_km) else FARTHER * float(detections["range_m"][mine].max())
        three = bool(np.isfinite(detections["elevation_rad"][mine]).mean() > 0.5)
        volume = reach * TURN * ((ELEVATIONS[1] - ELEVATIONS[0]) if three else 1.0)
        rows.append(
            {
                "position": positions[number],
                "rotation": local_rotation(frame, places[number, 0], places[number, 1]),
                "height": site.height_m,
                "earth_radius": gaussian_radius(places[number, 0]),
                "boresight": 0.0,
                "half_sector": math.pi,
                "elevation_min": ELEVATIONS[0],
                "elevation_max": ELEVATIONS[1],
                "range_min": 0.0,
                "range_max": reach,
                "period": turning.period,
                "measures_elevation": int(three),
                "measures_range_rate": 0,
                "clutter_density": site.false_alarms / volume,
                "detection_probability": site.detection_probability,
            }
        )
    return make_sensors(rows)


def _sensors(frame: Frame, sites: Sequence[Site], turnings: Sequence[Turning], geometry: SensorGeometry) -> Columns:
    """The table `sensors`."""
    words = {"name": [site.called for site in sites], "radar": "", "kind": "radar", "unit": "", "side": ""}
    count = len(sites)
    return {
        "sensor": np.arange(count),
        **{name: np.array(values if isinstance(values, list) else [values] * count, dtype=object) for name, values in words.items()},
        "picture": np.zeros(count, np.int64),
        "latitude_deg": np.array([site.lat_deg for site in sites]),
        "longitude_deg": np.array([site.lon_deg for site in sites]),
        "altitude_m": np.array([site.height_m for site in sites]),
        **{f"{axis}_m": geometry.position[:, k] for k, axis in enumerate(("east", "north", "up"))},
        "moves": np.zeros(count, bool),
        "period_s": np.array([turning.period for turning in turnings]),
        "dwells": np.array([max(1, math.ceil(turning.period / DWELL_S)) for turning in turnings]),
        "boresight_rad": geometry.boresight,
        "half_sector_rad": geometry.half_sector,
        "elevation_min_rad": geometry.elevation_min,
        "elevation_max_rad": geometry.elevation_max,
        "range_min_m": geometry.range_min,
        "range_max_m": geometry.range_max,
        "measures_elevation": geometry.measures_elevation.astype(bool),
        "measures_range_rate": geometry.measures_range_rate.astype(bool),
        "clutter_density": geometry.clutter_density,
    }


def identities(tracks: Columns, plots: Columns) -> Columns:
    """Table `identities`: one row a track, with what its plots said of who it is. The tracker itself does not look at that."""
    number, start = np.unique(tracks["track"], return_inverse=True)
    address = addresses(plots["address"])
    rows: dict[str, list[Any]] = {name: [] for name in ("address", "callsign", "mode_3a", "share")}
    order = np.argsort(start, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(start[order])) + 1) if len(order) else []:
        plot = tracks["detection"][group]
        found = {"address": address[plot], "callsign": plots["callsign"][plot], "mode_3a": plots["mode_3a"][plot]}
        for name, words in found.items():
            rows[name].append(_commonest(words)[0])
        who = found["address"] if (found["address"] != "").any() else found["mode_3a"]
        rows["share"].append(_commonest(who)[1])
    least, most = np.full(len(number), np.inf), np.full(len(number), -np.inf)
    np.minimum.at(least, start, tracks["time_s"])
    np.maximum.at(most, start, tracks["time_s"])
    confirmed = np.zeros(len(number), bool)
    np.logical_or.at(confirmed, start, tracks["confirmed"])
    return {
        "track": number,
        "confirmed": confirmed,
        "first_s": least,
        "last_s": most,
        "updates": np.bincount(start, minlength=len(number)),
        **{name: np.array(rows[name], dtype=object) for name in ("address", "callsign", "mode_3a")},
        "share": np.array(rows["share"], np.float64),
    }


def _commonest(words: NDArray[Any]) -> tuple[str, float]:
    """The word that is there most often and its share among those that are there; "" and NaN if none is."""
    known, counts = np.unique(words[words != ""].astype(str), return_counts=True)
    if not len(known):
        return "", math.nan
    best = int(np.argmax(counts))
    return str(known[best]), float(counts[best] / counts.sum())
