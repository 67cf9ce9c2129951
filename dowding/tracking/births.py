"""A point and a second detection that fits it become a track; every other detection that no track has becomes a point."""

import math

from dowding._jit import kernel
from dowding.assigning.linear import assign
from dowding.tracking.filters import update_models
from dowding.tracking.gating import innovation_of_row, predict_row
from dowding.tracking.hypotheses import recall_row
from dowding.tracking.identity import note_identity
from dowding.tracking.lifecycle import note_hit, start_record, store_slot, take_slot
from dowding.tracking.measurement import IDENTITY, TIME, measured_dimension
from dowding.tracking.picture import (
    BANK_FULL,
    DONE,
    PAIRS_FULL,
    Integers,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
)
from dowding.tracking.point_pairs import look_at_point, missed_looks, pair_points
from dowding.tracking.points import add_points, drop_points
from dowding.tracking.standing import stand_at


@kernel
def start_tracks(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, number: Integers, rows: int, earliest: float,
    detection_track_out: Integers,
) -> int:  # fmt: skip
    """Make a track of each point that the assignment gave a detection; returns DONE or BANK_FULL."""
    work, code = bank.work, DONE
    for r in range(rows):
        row = work.point_row[r]
        k, d = row["slot"], row["column"]
        if d < 0:
            continue
        slot = take_slot(bank, earliest)
        if slot < 0:
            code = BANK_FULL
            continue
        score = 0.0
        for p in range(row["start"], work.point_row[r + 1]["start"]):
            if work.pair[p]["column"] == d:
                score = -work.pair[p]["cost"]
        start_track(bank, config, sensors, sensor, k, d, slot, score)
        bank.track["last_detection"][slot] = number[d]
        bank.point_until[k], work.column[d]["claimed"], detection_track_out[d] = -math.inf, 1.0, slot
    return code


@kernel
def start_track(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, k: int, d: int, slot: int, score: float
) -> None:
    """Make a track in a slot from point `k` and detection `d`."""
    work, point = bank.work, bank.point[k]
    time = work.measured[d, TIME]
    stand_at(sensors, sensor, time)
    predict_row(bank, config, sensors, sensor, look_at_point(bank, config, sensors, k), work.row_x.shape[0] - 1, time - point["time"])
    squared = innovation_of_row(work, config, sensors, sensor, work.row_x.shape[0] - 1, time, d)
    recall_row(work, work.row_x.shape[0] - 1)
    update_models(config, sensors.position, sensors.rotation, sensor, work.measured, d, work)
    store_slot(bank, config, slot)
    missed = missed_looks(bank, sensors, k, sensor, time)
    start_record(bank, slot, point["sensor"], time, point["time"], min(score, config.score_limit))
    bank.track["nis"][slot], bank.track["nis_dimension"][slot] = squared, measured_dimension(work.measured, d)
    bank.track["looks"][slot] += missed
    bank.track["history"][slot] <<= missed
    bank.seen[slot, point["sensor"]]["last_seen"] = point["time"]
    bank.seen[slot, point["sensor"]]["sensor_misses"] = missed
    note_identity(bank, slot, int(bank.point_measured[k, IDENTITY]))
    note_hit(bank, config, sensors, slot, sensor, time)
    note_identity(bank, slot, int(work.measured[d, IDENTITY]))


@kernel
def advance_points(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, number: Integers, count: int,
    detection_track_out: Integers,
) -> int:  # fmt: skip
    """Make tracks of the points that a free detection fits, and points of the free detections; returns DONE or which room is full.

    detection_track_out (detection,) gets the slots of the new tracks.
    """
    work, code, earliest = bank.work, DONE, now
    for d in range(count):
        earliest = min(earliest, work.measured[d, TIME])
    if count > 0:
        rows = pair_points(bank, config, sensors, sensor, now, count)
        if rows < 0:
            return PAIRS_FULL
        assign(rows, count, work.point_row, work.pair, work.column)
        code = start_tracks(bank, config, sensors, sensor, number, rows, earliest, detection_track_out)
    drop_points(bank, now, count)
    add_points(bank, config, sensors, sensor, number, count)
    return code
