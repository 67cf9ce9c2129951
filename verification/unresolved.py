"""Targets in one resolution cell: crossings and formations, with and without a tracker that knows of cells.

`python -m verification.unresolved [--quick]` exits 1 if any number is outside its bounds. Echoes within a cell in every coordinate are one
detection, at the mean weighted by their powers, which are exponential; a target's own echo is seen nine times in ten.
"""

import math
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.tracking.tracker import Tracker, make_config, make_sensors
from verification.simulation import Row, report

Floats = NDArray[np.float64]
Path = Callable[[float], Floats]  # time (s) to states (target, 6) m and m/s

EARTH = 6_371_000.0
CONFIG = make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8))
NAMES = ("range", "azimuth", "elevation", "range_rate")
SIGMA = np.array([50.0, 0.002, 0.002, 2.0])  # m, rad, rad, m/s
CELL = np.array([300.0, 0.026, 0.05, 10.0])  # m, rad, rad, m/s
PERIOD = 5.0  # s, a scan
EARLY = 12  # scans, after which tracks are counted for the first time
DETECTION = 0.9


class Case(NamedTuple):
    """One row of the table."""

    name: str
    path: Path
    doppler: bool = False
    scans: int = 50
    least_kept: float = 0.9  # part of the tracks; three missed looks in a row end some anywhere


def observed(states: Floats, components: int) -> Floats:
    """Range, azimuth, elevation and range rate (target, components) of states (target, 6), from the origin."""
    place, speed = states[:, :3], states[:, 3:]
    distance = np.linalg.norm(place, axis=1)
    z = [distance, np.arctan2(place[:, 0], place[:, 1]), np.arcsin(place[:, 2] / distance), (place * speed).sum(1) / distance]
    return np.stack(z, 1)[:, :components]


def cells_of(z: Floats) -> list[list[int]]:
    """Which rows of z (target, component) are one echo, the nearest first."""
    left, cells = [int(k) for k in np.argsort(z[:, 0])], []
    while left:
        together = [k for k in left if bool((np.abs(z[k] - z[left[0]]) < CELL[: z.shape[1]]).all())]
        left = [k for k in left if k not in together]
        cells.append(together)
    return cells


def follow(case: Case, seed: int, told: bool) -> tuple[set[int], set[int], int]:
    """Ids of the tracks after EARLY scans and at the end, and in how many scans targets were one; `told`: the tracker knows the cell."""
    components = 4 if case.doppler else 3
    resolution = np.append(CELL[:components], [math.inf] * (4 - components))
    span = 300_000.0 * 2.0 * math.pi * 1.6 * (2_000.0 if case.doppler else 1.0)
    sensor = {"period": PERIOD, "range_max": 300_000.0, "measures_range_rate": int(case.doppler), "clutter_density": 3.0 / span}
    tracker = Tracker(CONFIG, make_sensors([sensor | ({"resolution": tuple(resolution)} if told else {})]), 32, 32)
    rng, joined, early = np.random.default_rng(seed), 0, set[int]()
    for k in range(case.scans):
        z = observed(case.path(PERIOD * k), components)
        cells, seen = cells_of(z), []
        joined += len(cells) < len(z)
        for cell in cells:
            power = rng.exponential(size=len(cell))
            if rng.random() < 1.0 - (1.0 - DETECTION) ** len(cell):
                seen.append(power @ z[cell] / power.sum() + rng.normal(size=components) * SIGMA[:components])
        if seen:
            columns = {name: np.array(seen)[:, i] for i, name in enumerate(NAMES[:components])}
            columns |= {f"sigma_{name}": np.full(len(seen), SIGMA[i]) for i, name in enumerate(NAMES[:components])}
        else:
            columns = {}
        tracks = set(tracker.update(PERIOD * k, 0, **columns)["id"].tolist())
        early = tracks if k == EARLY else early
    return early, tracks, joined


def crossing(angle: float, heading: float, second: float, first: float = 200.0) -> Path:
    """Two targets of these speeds (m/s), courses `angle` (rad) apart, that meet at one point after 125 s."""
    ways = [np.array([v * math.cos(h), v * math.sin(h), 0.0]) for h, v in ((heading, first), (heading + angle, second))]
    start = np.array([[*(np.array([60e3, 80e3, 8e3]) - 125.0 * way), *way] for way in ways])
    return lambda t: np.hstack([start[:, :3] + t * start[:, 3:], start[:, 3:]])


def formation(count: int, close: float, until: float, wide: float = 1_500.0) -> Path:
    """Aircraft abreast at 220 m/s, `wide` m apart at first, `close` m from 80 s to `until`, and wide again 80 s later."""
    along = np.array([math.cos(2.2), math.sin(2.2), 0.0])
    across, places = np.array([-along[1], along[0], 0.0]), np.arange(count) - 0.5 * (count - 1)

    def gap(t: float) -> float:
        return float(np.interp(t, [0.0, 80.0, until, until + 80.0], [wide, close, close, wide]))

    def path(t: float) -> Floats:
        opening = gap(t + 0.5) - gap(t - 0.5)
        place = np.array([90e3, 60e3, 8e3]) + 220.0 * t * along + gap(t) * places[:, None] * across
        return np.hstack([place, 220.0 * along + opening * places[:, None] * across])

    return path


CASES = (
    Case("crossing at 90 degrees", crossing(1.57, 0.3, 220.0)),
    Case("crossing at 11 degrees", crossing(0.2, 0.3, 205.0)),
    Case("crossing at 7 degrees", crossing(0.12, -0.7, 200.0)),
    Case("the same, with Doppler", crossing(0.12, -0.7, 200.0), doppler=True),
    Case("overtaking", crossing(0.03, 0.3, 200.0, 260.0)),
    Case("two close up for 60 s", formation(2, 100.0, 140.0), scans=60, least_kept=0.8),
    Case("three close up for 60 s", formation(3, 100.0, 140.0), scans=60, least_kept=0.6),
    Case("four close up for 40 s", formation(4, 100.0, 120.0), scans=60, least_kept=0.7),
)


def kept(case: Case, seeds: int, told: bool) -> tuple[float, float]:
    """Part of the tracks that are there before and after, and scans with a common detection, over runs."""
    early, late, joined = 0, 0, 0
    for seed in range(seeds):
        before, after, scans = follow(case, seed, told)
        early, late, joined = early + len(before), late + len(before & after), joined + scans
    return late / early, joined / seeds


def rows_of(seeds: int) -> list[Row]:
    """What is left of the tracks, and beside it what is left where the tracker does not know of cells."""
    rows = []
    for case in CASES:
        told, joined = kept(case, seeds, told=True)
        plain, _ = kept(case, seeds, told=False)
        what = f"tracks kept; as one for {joined:.0f} scans, without {100.0 * plain:.0f} %"
        rows.append(Row(case.name, what, told, 1.0, case.least_kept, 1.0))
    return rows


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table; 1 if any number is outside."""
    return report(rows_of(8 if "--quick" in arguments else 24))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
