"""What tracks are, held against what flew: a confusion matrix of simulated traffic: `python -m verification.classes [--quick]`.

Flights of every class of the catalogue cross the sight of two radars, speeds, heights and courses drawn at random within what is published
or assumed of each. Each track counts once, by the class most probable at its last update. It exits 1 if any share is outside its bounds.
"""

import math
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from dowding.analysis.track_quality import assign, target_of_updates
from dowding.scenario import from_tables
from dowding.simulation import simulate
from dowding.tracking.classification import CLASSES, COLUMNS
from verification import simulation

LEAST = 0.8  # share of a class's tracks that bear its name
FALLING = "scud-b"  # and so many of them, from 250 km away
MISSILES = 6
# target, class, lowest and highest speed (m/s) and height above the sea (m), flights
TRAFFIC = (
    ("f-16", 0, (200.0, 300.0), (4_000.0, 11_000.0), 8), ("f-35", 0, (240.0, 290.0), (7_000.0, 11_000.0), 4),
    ("airliner", 0, (210.0, 240.0), (6_000.0, 11_500.0), 8), ("helicopter", 1, (40.0, 75.0), (600.0, 1_500.0), 6),
    ("shahed-136", 1, (42.0, 51.0), (600.0, 2_500.0), 8), ("kalibr", 2, (220.0, 270.0), (300.0, 600.0), 12),
)  # fmt: skip


def flights(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Straight flights past the radars."""
    found = []
    for target, _, speeds, heights, count in TRAFFIC:
        for k in range(count):
            speed, course = rng.uniform(*speeds), rng.uniform(0.0, 2.0 * math.pi)
            place, length = rng.uniform(-0.25, 0.25, 2), speed * 420.0 / 111_000.0
            points = [place - 0.5 * length * np.array([math.cos(course), math.sin(course)]) * way for way in (1.0, -1.0)]
            rows = [{"lat_deg": 40.0 + float(p[0]), "lon_deg": 33.0 + float(p[1]) / 0.766} for p in points]
            height = float(rng.uniform(*heights))
            first = rows[0] | {"altitude_m": height, "speed_mps": float(speed)}
            found.append({"name": f"{target} {k}", "target": target, "route": [first, rows[1] | {"altitude_m": height}]})
    for k in range(MISSILES):
        course, aim = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(-0.2, 0.2, 2)
        launch = {"lat_deg": 40.0 + 2.25 * math.cos(course), "lon_deg": 33.0 + 2.25 * math.sin(course) / 0.766}
        impact = {"lat_deg": 40.0 + float(aim[0]), "lon_deg": 33.0 + float(aim[1])}
        found.append({"name": f"{FALLING} {k}", "target": FALLING, "launch": launch, "impact": impact})
    return found


def confusion(seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Tracks by class of their target and most probable class at their last update, (class, class)."""
    sites = [
        {"name": name, "radar": "96l6e", "lat_deg": lat, "lon_deg": 33.0, "override": {"sector_deg": 360.0}}
        for name, lat in (("north", 40.1), ("south", 39.9))
    ]
    theatre = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}
    given = {"duration_s": 420.0, "seed": seed, "theatre": theatre, "sensor": sites, "flight": flights(np.random.default_rng(seed))}
    run = simulate(from_tables(given))
    tracks = run["tracks"]
    target = target_of_updates(tracks, assign(tracks, run["origins"]))
    true = {name: kind for name, kind, *_ in TRAFFIC} | {FALLING: 3}
    kinds = np.array([true[flight.rsplit(" ", 1)[0]] for flight in run["targets"]["flight"]])
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    key = tracks["track"] * 64 + tracks["picture"]
    last = {k: row for row, k in enumerate(key.tolist()) if tracks["confirmed"][row] and target[row] >= 0}
    for row in last.values():
        table[kinds[target[row]], int(np.argmax([tracks[name][row] for name in COLUMNS]))] += 1
    return table


def class_rows(quick: bool) -> Iterator[simulation.Row]:
    """The share of each class that is named right; the matrix is printed above."""
    table = sum((confusion(seed) for seed in range(1 if quick else 5)), np.zeros((len(CLASSES), len(CLASSES)), np.int64))
    print(f"{'true class, tracks by most probable class':44}" + "".join(f"{name:>22}" for name in CLASSES))
    for k, name in enumerate(CLASSES):
        print(f"{name:44}" + "".join(f"{count:22}" for count in table[k]))
    for k, name in enumerate(CLASSES):
        if table[k].sum():
            yield simulation.Row("classes", f"share named right, {name}, at least", float(table[k, k] / table[k].sum()), 1.0, LEAST, 1.0)


def main(arguments: list[str] | None = None) -> int:
    """Print the matrix and the table; 1 if any share is outside."""
    quick = "--quick" in (sys.argv[1:] if arguments is None else arguments)
    return simulation.report(class_rows(quick))


if __name__ == "__main__":
    sys.exit(main())
