"""The tracker by stage: one scan of a 3-D radar over many turning targets and false alarms, and growth from 10 to 10,000 targets.

`dowding.tracking.update.update_bank` holds the original of the timed kernel; the benchmark fails if a run through this one ends otherwise.
"""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cycles import ticks
from dowding._jit import kernel
from dowding.tracking.association import choose, find_tracks_in_view, pair_rows
from dowding.tracking.births import advance_points
from dowding.tracking.clutter_map import learn_clutter
from dowding.tracking.fusion import merge_twins
from dowding.tracking.gating import sort_detections
from dowding.tracking.lifecycle import begin_dwell, delete_forgotten
from dowding.tracking.locating import locate_bearings
from dowding.tracking.measurement import table_detections
from dowding.tracking.picture import DONE, PAIRS_FULL, Integers, Records, SensorGeometry, TrackBank, TrackerConfig
from dowding.tracking.screening import drop_repeats, screen_detections
from dowding.tracking.standing import stand_at
from dowding.tracking.tracker import Tracker, fill_detections, make_config, make_sensors
from dowding.tracking.update import owner_of, update_tracks

STAGES = ("sort", "tracks in view", "predict and pair", "associate", "update tracks", "map, twins, bearings", "points and births")
EARTH, SCAN, SCANS = 6_371_000.0, 5.0, 30  # m, s
SIGMA = np.array([50.0, np.deg2rad(0.2), np.deg2rad(0.2), 2.0])  # m, rad, rad, m/s
NEAR, FAR, HIGHEST_ELEVATION, FASTEST = 2e3, 142e3, np.deg2rad(30.0), 700.0  # m, m, rad, m/s
CASES = ((10, 0), (10, 200), (100, 0), (100, 50), (100, 100), (500, 200), (1_000, 1_000), (3_000, 3_000), (10_000, 10_000))

Scan = dict[str, NDArray[Any]]


@kernel
def update_timed(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, now: float, detections: Records, count: int, assigned: Integers,
    spent_out: Integers,
) -> int:  # fmt: skip
    """As update_bank for sensor 0 all round, with the ticks of each stage added to spent_out (stage,)."""
    first = ticks()
    begin_dwell(bank, config, 0, sensors.period[0], now)
    table_detections(detections, count, bank.work.measured)
    screen_detections(bank, count, now)
    stand_at(sensors, 0, now)
    sort_detections(bank.work, sensors, 0, count, -np.pi, np.pi)
    drop_repeats(bank)
    second = ticks()
    rows = find_tracks_in_view(bank, config, sensors, 0, now, -np.pi, np.pi)
    third = ticks()
    if not pair_rows(bank, config, sensors, 0, now, count, rows):
        return PAIRS_FULL
    fourth = ticks()
    choose(bank, config, rows, count)
    fifth = ticks()
    update_tracks(bank, config, sensors, 0, now, detections["number"], rows)
    sixth = ticks()
    learn_clutter(bank, config.clutter_memory, sensors, 0, -np.pi, np.pi, count)
    delete_forgotten(bank)
    merge_twins(bank, config, rows)
    locate_bearings(bank, config, sensors, 0, count)
    seventh = ticks()
    for d in range(count):
        assigned[d] = owner_of(bank, d)
    code = advance_points(bank, config, sensors, 0, now, detections["number"], count, assigned)
    last = ticks()
    spent_out[0] += second - first
    spent_out[1] += third - second
    spent_out[2] += fourth - third
    spent_out[3] += fifth - fourth
    spent_out[4] += sixth - fifth
    spent_out[5] += seventh - sixth
    spent_out[6] += last - seventh
    return int(code)


def scans_of(targets: int, false_alarms: int, seed: int = 1) -> list[Scan]:
    """Detections of turning targets in an area 200 km wide and long, and false alarms evenly in range, angles and range rate."""
    rng, scans = np.random.default_rng(seed), []
    place = np.c_[rng.uniform(-95e3, 95e3, (targets, 2)), rng.uniform(1e3, 14e3, targets)]
    speed, heading, turn = rng.uniform(100.0, FASTEST, targets), rng.uniform(-np.pi, np.pi, targets), np.zeros(targets)
    for _ in range(SCANS):
        for _ in range(10):
            starts, ends = rng.random(targets) < 0.5 / 120.0, rng.random(targets) < 0.5 / 15.0
            turn = np.where(starts, rng.choice([-1.0, 1.0], targets) * rng.uniform(5.0, 30.0, targets) / speed, np.where(ends, 0.0, turn))
            heading += 0.1 * SCAN * turn
            place[:, :2] += 0.1 * SCAN * speed[:, None] * np.c_[np.sin(heading), np.cos(heading)]
        velocity = speed[:, None] * np.c_[np.sin(heading), np.cos(heading), np.zeros(targets)]
        distance = np.linalg.norm(place, axis=1)
        angles = np.c_[np.arctan2(place[:, 0], place[:, 1]), np.arcsin(place[:, 2] / distance)]
        values = np.c_[distance, angles, (place * velocity).sum(1) / distance]
        seen = (rng.random(targets) < 0.9) & (distance > NEAR) & (distance < FAR)
        count = rng.poisson(false_alarms)
        false = rng.uniform((NEAR, -np.pi, 0.0, -FASTEST), (FAR, np.pi, HIGHEST_ELEVATION, FASTEST), (count, 4))
        rows = rng.permutation(np.r_[values[seen] + rng.normal(size=(int(seen.sum()), 4)) * SIGMA, false])
        columns = dict(zip(("range", "azimuth", "elevation", "range_rate"), rows.T, strict=True))
        sigmas = {f"sigma_{name}": np.full(len(rows), sigma) for name, sigma in zip(columns, SIGMA, strict=True)}
        scans.append(columns | sigmas)
    return scans


def tracker_for(targets: int, false_alarms: int, **options: Any) -> Tracker:
    """The tracker, with room enough, told of the radar and its false alarms."""
    volume = (FAR - NEAR) * 2.0 * np.pi * HIGHEST_ELEVATION * 2.0 * FASTEST
    sensors = make_sensors(
        [{"height": 0.0, "range_min": NEAR, "range_max": FAR, "elevation_min": 0.0, "elevation_max": HIGHEST_ELEVATION, "period": SCAN,
          "clutter_density": max(false_alarms, 1e-9) / volume}]
    )  # fmt: skip
    room = max(8192, 3 * (targets + false_alarms))
    return Tracker(make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8), **options), sensors, room, room)


def run(scans: list[Scan], tracker: Tracker, spent: NDArray[Any] | None = None) -> float:
    """CPU seconds of all scans, by the kernel with the stopwatch if `spent` is given."""
    tracker.reset()
    total = 0.0
    for k, columns in enumerate(scans):
        now = k * SCAN
        begin = time.process_time()
        tracker.count = fill_detections(tracker.detections, {"time": now, **columns})
        if spent is None:
            tracker.run(now, 0, -np.pi, np.pi)
        else:
            bank, detections = tracker.bank, tracker.detections
            code = update_timed(bank, tracker.config, tracker.sensors, now, detections, tracker.count, tracker.assigned, spent)
            if code != DONE:
                raise RuntimeError("a buffer of the tracker is full")
        total += time.process_time() - begin
    return total


def report() -> None:
    """Print the table of stages for each case."""
    print("Tracker by stage: default settings, CPU time, least of three runs of 30 scans; columns are targets and false alarms a scan")
    rows: dict[str, list[str]] = {name: [] for name in ("ms a scan", "us a detection", *STAGES)}
    for targets, false_alarms in CASES:
        scans, tracker = scans_of(targets, false_alarms), tracker_for(targets, false_alarms)
        count = sum(len(scan["range"]) for scan in scans)
        run(scans[:2], tracker)
        least = min(run(scans, tracker) for _ in range(3))
        state = tracker.bank.state.copy()
        spent = np.zeros(len(STAGES), np.int64)
        run(scans, tracker, spent)
        if not np.array_equal(tracker.bank.state, state):
            raise RuntimeError("the kernel with the stopwatch ended otherwise than the tracker's own")
        rows["ms a scan"].append(f"{least / len(scans) * 1e3:.3g}")
        rows["us a detection"].append(f"{least / count * 1e6:.3g}")
        for name, ticked in zip(STAGES, spent, strict=True):
            rows[name].append(f"{100.0 * ticked / spent.sum():.0f} %")
    print(f"{'':<24}" + "".join(f"{f'{t} {f}':>13}" for t, f in CASES))
    for name, cells in rows.items():
        print(f"{name:<24}" + "".join(f"{cell:>13}" for cell in cells))


if __name__ == "__main__":
    report()
