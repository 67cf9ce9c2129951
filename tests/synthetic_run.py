"""A made-up run that obeys the contract of the tables: an S-400-like battery near Ankara, raided from 150 to 400 km away.

Nothing here is a model of anything: it makes tables whose shape and size are those of a run, for tests of what reads them.
"""

import numpy as np
import pymap3d
import pymap3d.vincenty

from dowding.tables import TABLES, Columns, Tables, check

ORIGIN = (39.93, 32.86, 0.0)
SITE = (40.08, 32.57)
CITY = (39.93, 32.86)
PLACES = {"Murted": SITE, "Ankara": CITY}


def assets_table(values: dict[str, float], targets: Columns | None = None) -> Columns:
    """The table of assets of one hit point each, by their value, as the fates of targets leave them."""
    names = list(values)
    leaked = [] if targets is None else list(targets["asset"][targets["fate"].astype(str) == "leaked"])
    hits = np.array([leaked.count(name) for name in names], np.int64)
    table: Columns = {"asset": np.arange(len(names)), "name": np.array(names, object), "hits": hits}
    table |= {"kind": np.array(["asset"] * len(names), object), "side": np.array(["blue"] * len(names), object)}
    table |= {"value": np.array(list(values.values()), np.float64), "hit_points": np.ones(len(names)), "left": (hits == 0) * 1.0}
    table |= {key: np.where(hits > 0, 100.0, np.nan) for key in ("first_hit_s", "destroyed_s")}
    return table | {key: np.full(len(names), np.nan) for key in ("silent_s", "latitude_deg", "longitude_deg")}
RADARS = (  # name, role, instrumented range, antenna, half sector
    ("91N6E", 600e3, 10.0, 12, np.pi),
    ("96L6E", 300e3, 5.0, 24, np.pi),
    ("92N6E", 400e3, 2.0, 24, np.radians(60)),
)
# flight, entry, class, number, start bearing deg and range km, altitude m, speed m/s, detection km
FLIGHTS = (
    ("strike", "f-16", "aircraft", 8, 168, 390, 9000, 250, 290),
    ("escort", "f-16", "aircraft", 4, 182, 400, 11000, 270, 310),
    ("low cruise missiles", "cruise-missile", "cruise_missile", 12, 200, 330, 80, 240, 38),
    ("drones", "shahed-136", "drone", 10, 120, 150, 1500, 50, 95),
    ("gunships", "mi-28", "helicopter", 2, 250, 160, 120, 70, 44),
    ("ballistic missiles", "srbm", "ballistic_missile", 4, 140, 400, 0, 1700, 360),
)


def empty(name: str) -> Columns:
    """Table `name` without rows."""
    return check(name, {c.name: np.empty(0) for c in TABLES[name].columns})


def table(name: str, rows: list[dict]) -> Columns:
    """Table `name` from rows; what a row leaves out is NaN, -1, False or ""."""
    blank = {"float": np.nan, "int": -1, "bool": False, "word": ""}
    return check(name, {c.name: np.array([r.get(c.name, blank[c.type]) for r in rows], object) for c in TABLES[name].columns})


def place(lat, lon, alt, prefix: str = "") -> dict:
    east, north, up = pymap3d.geodetic2enu(lat, lon, alt, *ORIGIN)
    keys = ("latitude_deg", "longitude_deg", "altitude_m", "east_m", "north_m", "up_m")
    return dict(zip((prefix + k for k in keys), (lat, lon, alt, east, north, up), strict=True))


def point(truth: Columns, i: int, prefix: str = "") -> dict:
    return {prefix + k: truth[k][i] for k in ("latitude_deg", "longitude_deg", "altitude_m", "east_m", "north_m", "up_m")}


def sensor_rows() -> list[dict]:
    rows = []
    for i, (radar, reach, period, dwells, half) in enumerate(RADARS):
        site = place(SITE[0] + 0.003 * i, SITE[1] + 0.002 * i, 1100.0 + 20)
        rows.append(
            {
                "sensor": i,
                "name": f"Murted {radar}",
                "radar": radar.lower(),
                "unit": "Murted",
                "side": "blue",
                "picture": 0,
                "period_s": period,
            }
            | {"dwells": dwells, "boresight_rad": np.pi, "half_sector_rad": half, "range_min_m": 5e3, "range_max_m": reach}
            | {"elevation_min_rad": 0.0, "elevation_max_rad": 1.0, "measures_elevation": True, "clutter_density": 1e-9}
            | site
        )
    return rows


def flight_truth(kind: str, start: tuple, altitude: float, speed: float, depart: float, duration: float, step: float) -> Columns:
    """Columns of one target's way from `start` (lat, lon) to the city."""
    distance, bearing = pymap3d.vincenty.vdist(*start, *CITY)
    end = min(depart + distance / speed, duration)
    time = np.append(np.arange(depart, end, step), end)
    done = (time - depart) * speed
    weave = 0.0 if kind in ("ballistic_missile", "drone") else 3e3 * np.sin(done / 25e3)
    lat, lon = pymap3d.vincenty.vreckon(*start, np.minimum(done, distance), np.full_like(done, bearing))
    lat, lon = np.asarray(lat) + weave / 111e3 * 0.6, (np.asarray(lon) + 180) % 360 - 180 + weave / 85e3
    share = done / distance
    alt = 4 * 95e3 * share * (1 - share) + 900 if kind == "ballistic_missile" else np.full_like(time, altitude) + 900 * (altitude < 3000)
    columns = {"time_s": time, **place(lat, lon, alt)}
    for axis, word in (("east_m", "east"), ("north_m", "north"), ("up_m", "up")):
        columns[f"velocity_{word}_mps"] = np.gradient(columns[axis], time) if len(time) > 1 else np.zeros(1)
    return columns


def make(scale: float = 1.0, seed: int = 1, duration: float = 2400.0, step: float = 5.0) -> Tables:
    """The run; `scale` multiplies the number of targets (1 is 40)."""
    rng = np.random.default_rng(seed)
    site = place(*SITE, 1120.0)
    targets, truths, tracks, detections, origins, shots, events = [], [], [], [], [], [], []
    number = 0
    for flight, entry, kind, count, bearing, start_km, altitude, speed, seen_km in FLIGHTS:
        for i in range(max(1, round(count * scale))):
            begin = pymap3d.vincenty.vreckon(
                *CITY, 1e3 * start_km + rng.normal(0, 2e3), bearing + rng.normal(0, 4 if kind != "drone" else 9)
            )
            depart = {"ballistic_missile": 600.0 + 20 * (i % 8), "drone": 10.0 * (i % 30)}.get(kind, 4.0 * (i % 30))
            truth = flight_truth(kind, (float(begin[0]), (float(begin[1]) + 180) % 360 - 180), altitude, speed, depart, duration, step)
            row = {"target": number, "flight": flight, "entry": entry, "class": kind, "side": "red", "asset": "Ankara", "depart_s": depart}
            distance = np.sqrt(sum((truth[k] - site[k]) ** 2 for k in ("east_m", "north_m", "up_m")))
            seen = np.flatnonzero(distance < 1e3 * seen_km * rng.uniform(0.93, 1.05))
            fate, end, reason = ("leaked", len(distance) - 1, "never detected")
            if truth["time_s"][-1] >= duration:
                fate = "flying"
            row |= {"shots": 0}
            if len(seen) and rng.random() > 0.05:
                a = seen[0]
                row |= {"first_detected_s": truth["time_s"][a], "first_detected_range_m": distance[a], "first_detected_by": "Murted 91N6E"}
                b = min(a + 3, len(distance) - 1)
                row |= {"first_tracked_s": truth["time_s"][b], "first_tracked_range_m": distance[b]}
                reason = "not in the envelope"
                reach = np.flatnonzero((distance < (60e3 if kind == "ballistic_missile" else 240e3)) & (np.arange(len(distance)) > b + 2))
                first_shot = len(shots)
                if len(reach):
                    c = reach[0]
                    row |= {"first_engaged_s": truth["time_s"][c], "first_engaged_range_m": distance[c]}
                    reason = "missed"
                    for salvo in range(2 if kind != "drone" else 1):
                        hit = min(c + int(distance[c] / 1000 / step) + 6 * salvo, len(distance) - 1)
                        kill = rng.random() < {"ballistic_missile": 0.4, "drone": 0.6}.get(kind, 0.65)
                        shots.append(
                            {"shot": len(shots), "unit": "Murted", "interceptor": "48n6e3" if distance[hit] > 60e3 else "9m96e2"}
                            | {"track": number + 1, "decided_s": truth["time_s"][c] - 8, "launched_s": truth["time_s"][c]}
                            | {
                                "intercept_s": truth["time_s"][hit],
                                "slant_range_m": distance[hit],
                                "track_age_s": 2.0,
                                "track_sigma_m": 80.0,
                            }
                            | {"kill_probability": 0.7, "target": number, "miss_m": 60.0, "outcome": "kill" if kill else "miss"}
                            | point(truth, hit, "intercept_")
                        )
                        if kill:
                            fate, end, reason = "killed", hit, ""
                            break
                row |= {"shots": len(shots) - first_shot}
                for j in range(a, end + 1, 2):
                    at = {k: truth[k][j] for k in truth}
                    sigma = 40 + 0.0006 * distance[j]
                    for key in ("east_m", "north_m", "up_m"):
                        at[key] = at[key] + rng.normal(0, sigma)
                    detections.append(
                        {"detection": len(detections), "sensor": 0, "time_s": truth["time_s"][j], "range_m": distance[j], "dwell": 0}
                    )
                    origins.append({"detection": len(origins), "target": number, "true_range_m": distance[j]})
                    tracks.append(
                        at
                        | {
                            "track": number + 1,
                            "picture": 0,
                            "sensor": 0,
                            "detection": len(detections) - 1,
                            "confirmed": j >= b,
                            "class": kind,
                        }
                        | {f"variance_{x}_m2": sigma**2 for x in ("east", "north", "up")}
                        | {"nis": rng.chisquare(3), "nis_dof": 3}
                        | {f"covariance_{x}_m2": 0.0 for x in ("east_north", "east_up", "north_up")}
                    )
            row |= {"fate": fate, "fate_s": truth["time_s"][end], "reason": reason if fate in ("leaked", "survived") else ""}
            targets.append(row)
            truths.append({k: np.asarray(v)[: end + 1] for k, v in truth.items()} | {"target": np.full(end + 1, number)})
            number += 1
    false = place(40.6, 33.4, 2000.0)
    for j in range(4):
        detections.append({"detection": len(detections), "sensor": 1, "time_s": 300.0 + 5 * j, "range_m": 9e4, "dwell": 0})
        origins.append({"detection": len(origins), "target": -1})
        tracks.append(
            false
            | {
                "time_s": 300.0 + 5 * j,
                "track": number + 1,
                "picture": 0,
                "sensor": 1,
                "detection": len(detections) - 1,
                "confirmed": j > 1,
                "nis_dof": 3,
                "nis": 1.0,
                "class": "aircraft",
            }
        )
    truth = {k: np.concatenate([t[k] for t in truths]) for k in truths[0]}
    order = np.lexsort((truth["target"], truth["time_s"]))
    coverage = []
    for entry, reach in (("f-16", 300e3), ("cruise-missile", 220e3), ("shahed-136", 150e3), ("mi-28", 280e3), ("srbm", 380e3)):
        for i, factor in enumerate((1.0, 0.7, 0.9)):
            for alt in (50, 100, 300, 1000, 1200, 1500, 2000, 3000, 4500, 6000, 8000, 10000, 15000, 20000, 25000):
                horizon = np.sqrt(2 * 8.495e6) * (np.sqrt(alt - 1000) + np.sqrt(120)) if alt >= 1000 else 0.0
                coverage.append(
                    {"sensor": i, "entry": entry, "altitude_m": float(alt), "range_m": min(horizon, reach * factor, RADARS[i][1])}
                )
    data = {name: empty(name) for name in TABLES} | {
        "targets": table("targets", targets),
        "sensors": table("sensors", sensor_rows()),
        "truth": check("truth", {k: v[order] for k, v in truth.items()}),
        "tracks": table("tracks", sorted(tracks, key=lambda r: r["time_s"])),
        "detections": table("detections", detections),
        "origins": table("origins", origins),
        "shots": table("shots", shots),
        "events": table("events", events),
        "coverage": table("coverage", coverage),
    }
    return Tables(data)


def only_sensors() -> Tables:
    """A run in which nothing flew."""
    return Tables({name: empty(name) for name in TABLES} | {"sensors": table("sensors", sensor_rows())})


def nothing() -> Tables:
    """A run without a row anywhere."""
    return Tables({name: empty(name) for name in TABLES})
