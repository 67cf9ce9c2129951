"""A long raid against a network: 360 threats in half an hour against 60 nodes, by how the nodes share."""

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.scale import ORIGIN, place
from benchmarks.timing import in_process
from dowding.scenario import Scenario, from_tables

DURATION_S = 1800.0
WAVES = 12
RADARS = ("gm403", "asr-11", "tps-77", "96l6e", "elm-2084")
UNITS = ("patriot", "s-400", "fd-2000")  # of one to four radars each: 80 in all
SINGLE = ("patriot",)  # a radar each: 48 in all
KINDS = (("cruise-missile", 150.0, 240.0), ("f-16", 7000.0, 250.0), ("mq-9", 4000.0, 85.0), ("cruise-missile", 300.0, 230.0))
DEPTH_KM = 260.0  # from where threats come in
MODES = ("ideal", "stand-alone", "track-sharing", "engage-on-remote")


def _on_ring(row: int, count: int, radius_km: float) -> dict[str, float]:
    angle = 2.0 * math.pi * row / count
    return {**place(radius_km * math.sin(angle), radius_km * math.cos(angle)), "boresight_deg": math.degrees(angle)}


def _threat(row: int, threats: int, towns: int) -> dict[str, Any]:
    """One threat of a wave, from its own direction to the town nearest to that; slow ones begin nearer."""
    kind, height, speed = KINDS[row % len(KINDS)]
    u = np.random.default_rng((11, row)).uniform(size=4).tolist()
    wave = row * WAVES // threats
    angle = 2.0 * math.pi * u[0]
    far = DEPTH_KM * (0.9 + 0.2 * u[1]) * (0.6 if speed < 100.0 else 1.0)
    first = place(far * math.sin(angle), far * math.cos(angle)) | {"altitude_m": height, "speed_mps": speed}
    town = round(angle / (2.0 * math.pi) * towns) % towns
    return {
        "name": f"Threat {row + 1}", "target": kind, "side": "red", "depart_s": round(wave * (DURATION_S - 700.0) / WAVES + 60.0 * u[2], 3),
        "route": [first, {"to": f"Town {town + 1}", "altitude_m": height}],
    }  # fmt: skip


def raid(threats: int = 360, nodes: int = 60, mode: str = "track-sharing", systems: Sequence[str] = UNITS) -> Scenario:
    """Two fifths of the nodes are fire units, two fifths radars and one fifth command posts, each of which joins its neighbours."""
    units, sensors = nodes * 2 // 5, nodes * 2 // 5
    posts, towns = nodes - units - sensors, 12
    sensor = [{"name": f"Radar {k + 1}", "radar": RADARS[k % len(RADARS)], **_on_ring(k, sensors, 110.0)} for k in range(sensors)]
    unit = [{"name": f"Unit {k + 1}", "system": systems[k % len(systems)], **_on_ring(k, units, 70.0)} for k in range(units)]
    post = [{"name": f"Post {k + 1}", **{n: v for n, v in _on_ring(k, posts, 40.0).items() if n != "boresight_deg"}} for k in range(posts)]
    local = [
        {"name": f"Net {k + 1}", "type": "link-16", "members": [f"Post {k + 1}", *(f"Radar {j}" for j in _shared(k, posts, sensors)),
                                                               *(f"Unit {j}" for j in _shared(k, posts, units))]}
        for k in range(posts)
    ]  # fmt: skip
    backbone = {"name": "Backbone", "type": "link-16", "members": [f"Post {k + 1}" for k in range(posts)]}
    town = [
        {"name": f"Town {k + 1}", "radius_km": 3.0} | {n: v for n, v in _on_ring(k, towns, 60.0).items() if n != "boresight_deg"}
        for k in range(towns)
    ]
    networked = {} if mode in ("ideal", "stand-alone") else {"command_post": post, "link": [*local, backbone]}
    return from_tables(
        {
            "title": f"{threats} threats, {nodes} nodes, {mode}",
            "duration_s": DURATION_S,
            "seed": 1,
            "network": {"mode": mode},
            "theatre": {"origin": {"lat_deg": ORIGIN[0], "lon_deg": ORIGIN[1]}},
            "asset": town,
            "sensor": sensor,
            "fire_unit": unit,
            "flight": [_threat(row, threats, towns) for row in range(threats)],
            "output": {"tracks": False, "figures": False},
        }
        | networked
    )


def _shared(post: int, posts: int, others: int) -> range:
    """Numbers of those that belong to a post, counted from 1."""
    return range(post * others // posts + 1, (post + 1) * others // posts + 1)


def measure(threats: int, nodes: int, mode: str, systems: Sequence[str]) -> dict[str, float]:
    """Seconds of processor time to build the model and for the fastest of two replicates; call it in a process of its own."""
    from dowding.engine.simulation import simulate_tables
    from dowding.model import compile_scenario

    simulate_tables(compile_scenario(raid(12, 10, mode, systems)), 1, 0, frozenset())
    begin = time.process_time()
    compiled = compile_scenario(raid(threats, nodes, mode, systems))
    model_s, runs = time.process_time() - begin, []
    for replicate in range(2):
        begin = time.process_time()
        data = simulate_tables(compiled, 1, replicate, frozenset())
        runs.append(time.process_time() - begin)
    fates = data["targets"]["fate"].tolist()
    return {
        "radars": len(compiled.model.defence.sensors), "model_s": model_s, "run_s": min(runs),
        "detected": int((data["targets"]["first_detected_s"] >= 0).sum()),
        "shots": len(data["shots"]["shot"]), "killed": fates.count("killed"), "leaked": fates.count("leaked"),
    }  # fmt: skip


def report(threats: int = 360, nodes: int = 60, modes: Sequence[str] = MODES) -> None:
    """Print a line for each way of sharing."""
    print(f"{threats} threats in {DURATION_S / 60.0:.0f} min against {nodes} nodes; processor time")
    print(f"{'network.mode':<20}{'radars':>7}{'model':>9}{'replicate':>11}{'detected':>10}{'shots':>7}{'killed':>8}{'leaked':>8}")
    for systems, mode in [(systems, mode) for systems in (UNITS, SINGLE) for mode in modes]:
        call = f"measure({threats}, {nodes}, {mode!r}, {systems!r})"
        m = in_process(f"import json; from benchmarks.network_raid import measure; print(json.dumps({call}))")
        print(
            f"{mode:<20}{m['radars']:>7.0f}{m['model_s']:>7.2f} s{m['run_s']:>9.2f} s{m['detected']:>10.0f}"
            f"{m['shots']:>7.0f}{m['killed']:>8.0f}{m['leaked']:>8.0f}",
            flush=True,
        )
