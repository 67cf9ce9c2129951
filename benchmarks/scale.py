"""Large raids: how time and memory grow with targets, radars and the length of the run."""

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.timing import in_process
from dowding.scenario import Scenario, from_tables

ORIGIN = (39.0, 33.0)  # latitude and longitude, degrees
HALF_WIDTH_KM = 300.0
KM_A_DEGREE = 111.2
RADARS = ("gm403", "asr-11", "tps-77", "96l6e", "elm-2084")
UNITS = ("patriot", "s-400")
KINDS = (
    ("f-16", 3000.0, 9000.0, 240.0),
    ("b-52", 8000.0, 12000.0, 220.0),
    ("mq-9", 4000.0, 7000.0, 85.0),
    ("cruise-missile", 300.0, 1500.0, 240.0),
)


def place(east_km: float, north_km: float) -> dict[str, float]:
    """A point so far from the middle, as scenarios write it."""
    latitude = ORIGIN[0] + north_km / KM_A_DEGREE
    return {"lat_deg": latitude, "lon_deg": ORIGIN[1] + east_km / (KM_A_DEGREE * math.cos(math.radians(latitude)))}


def _flight(row: int, altitude: str) -> dict[str, Any]:
    """A route of two straight legs between random places, entered at a random time of the first minute; `altitude` is its height's key."""
    kind, low, high, speed = KINDS[row % len(KINDS)]
    u, v = np.random.default_rng((7, row)).uniform(size=(2, 4)).tolist()
    begin = ((2 * u[0] - 1) * HALF_WIDTH_KM, (2 * u[1] - 1) * HALF_WIDTH_KM)
    course, length = 2 * math.pi * u[2], 200.0 + 300.0 * u[3]
    middle = (begin[0] + 0.5 * length * math.sin(course), begin[1] + 0.5 * length * math.cos(course))
    bent = course + (v[0] - 0.5)
    end = (middle[0] + 0.5 * length * math.sin(bent), middle[1] + 0.5 * length * math.cos(bent))
    height = round(low + v[1] * (high - low), 1)
    return {
        "name": f"Flight {row + 1}", "target": kind, "side": "red", "depart_s": round(60.0 * v[2], 3),
        "route": [
            {**place(*begin), altitude: height, "speed_mps": speed},
            {**place(*middle), altitude: height},
            {**place(*end), altitude: height},
        ],
    }  # fmt: skip


def crossing(targets: int, radars: int, duration_s: float = 600.0, units: int = 2, terrain: str = "smooth") -> Scenario:
    """`targets` on crossing routes all over 600 x 600 km, `radars` stand-alone radars on a ring, and some fire units.

    Over a terrain the routes follow the ground.
    """
    sensors, fire_units = [], []
    for row in range(radars):
        angle = 2 * math.pi * row / radars
        common = {"side": "blue", "boresight_deg": math.degrees(angle), **place(150.0 * math.sin(angle), 150.0 * math.cos(angle))}
        sensors.append({"name": f"Radar {row + 1}", "radar": RADARS[row % len(RADARS)], **common})
    for row in range(units):
        angle = 2 * math.pi * (row + 0.5) / units
        common = {"side": "blue", "boresight_deg": math.degrees(angle), **place(60.0 * math.sin(angle), 60.0 * math.cos(angle))}
        fire_units.append({"name": f"Unit {row + 1}", "system": UNITS[row % len(UNITS)], **common})
    return from_tables(
        {
            "title": f"{targets} targets, {radars} radars",
            "duration_s": duration_s,
            "theatre": {"origin": {"lat_deg": ORIGIN[0], "lon_deg": ORIGIN[1]}, "terrain": terrain},
            "asset": [{"name": "Centre", **place(0.0, 0.0), "radius_km": 5.0}],
            "sensor": sensors,
            "fire_unit": fire_units,
            "flight": [_flight(row, "altitude_m" if terrain == "smooth" else "altitude_agl_m") for row in range(targets)],
        }
    )


def measure(targets: int, radars: int, duration_s: float, tables: bool = False) -> dict[str, float]:
    """Seconds to build the model and to run, and the peak memory of this process (MB); call it in a process of its own."""
    import resource

    from dowding.engine.run import advance, begin, make_run, track_slots
    from dowding.engine.simulation import STANDARD, simulate_tables
    from dowding.model import compile_scenario

    warm = compile_scenario(crossing(2, 1, 120.0)).model
    run = make_run(warm, frozenset())
    begin(warm, run, 1, 0)
    advance(warm, run, 1, 0)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begin_s = time.process_time()
    compiled = compile_scenario(crossing(targets, radars, duration_s))
    model_s = time.process_time() - begin_s
    begin_s = time.process_time()
    data = simulate_tables(compiled, 1, 0, STANDARD if tables else frozenset())
    run_s = time.process_time() - begin_s
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    detected = int((data["targets"]["first_detected_s"] >= 0).sum())
    sensors = len(compiled.model.defence.sensors)
    return {
        "targets": targets, "radars": sensors, "duration": duration_s, "model_s": model_s, "run_s": run_s, "base_mb": base, "peak_mb": peak,
        "detected": detected, "shots": len(data["shots"]["shot"]), "slots": track_slots(compiled.model),
    }  # fmt: skip


def _measured(targets: int, radars: int, duration: float, tables: bool = False) -> dict[str, float]:
    call = f"measure({targets}, {radars}, {duration}, {tables})"
    return in_process(f"import json; from benchmarks.scale import measure; print(json.dumps({call}))")


def report(targets: Sequence[int] = (40, 100, 300, 1000), radars: Sequence[int] = (3, 10)) -> None:
    """Print the two tables; radars include those of the fire units."""
    widths = {"targets": 8, "radars": 8, "run s": 8, "model": 9, "cpu": 9, "per target x radar x s": 24}
    widths |= {"peak MB": 9, "above base": 12, "detected": 10, "shots": 7}
    print("".join(f"{name:>{width}}" for name, width in widths.items()))
    for r in radars:
        for n in targets:
            _print(_measured(n, r, 600.0))
    print("the same, by length of the run; the last line keeps all tables")
    for duration in (600.0, 3600.0):
        _print(_measured(100, 3, duration))
    _print(_measured(100, 3, 3600.0, True))


def _print(m: dict[str, float]) -> None:
    each = m["run_s"] / (m["targets"] * m["radars"] * m["duration"])
    print(
        f"{m['targets']:>8.0f}{m['radars']:>8.0f}{m['duration']:>8.0f}{m['model_s']:>7.2f} s{m['run_s']:>7.2f} s{each * 1e9:>21.0f} ns"
        f"{m['peak_mb']:>9.0f}{m['peak_mb'] - m['base_mb']:>12.0f}{m['detected']:>10.0f}{m['shots']:>7.0f}",
        flush=True,
    )
