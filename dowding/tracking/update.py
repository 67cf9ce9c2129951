"""One dwell into the picture, step by step; and what the picture says at a time, for those who read it. Called from compiled code."""

import math

from dowding._jit import kernel
from dowding.tracking.ahead import predicted_state
from dowding.tracking.association import FREE_PART, choose, find_tracks_in_view, pair_rows
from dowding.tracking.births import advance_points
from dowding.tracking.clutter_map import learn_clutter
from dowding.tracking.existence import judge_existence, weigh_look
from dowding.tracking.fusion import merge_twins
from dowding.tracking.gating import innovation_of_row, sort_detections
from dowding.tracking.hypotheses import NEGLIGIBLE, carry_all, update_row
from dowding.tracking.identity import note_identity
from dowding.tracking.lifecycle import begin_dwell, delete_forgotten, note_hit, note_miss, store_slot
from dowding.tracking.locating import locate_bearings
from dowding.tracking.measurement import IDENTITY, TIME, measured_dimension, table_detections
from dowding.tracking.motion_models import falls
from dowding.tracking.picture import (
    CONFIRMED,
    DONE,
    EXPECTED,
    PAIRS_FULL,
    Floats,
    Integers,
    Records,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
)
from dowding.tracking.screening import drop_repeats, is_too_late, screen_detections
from dowding.tracking.standing import stand_at
from dowding.tracking.unresolved import note_apart

AIRCRAFT, HELICOPTER, DRONE, CRUISE_MISSILE, BALLISTIC_MISSILE = 0, 1, 2, 3, 4


@kernel
def update_bank(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, azimuth_start: float, azimuth_end: float,
    detections: Records, count: int, detection_track_out: Integers,
) -> int:  # fmt: skip
    """Take one dwell of one sensor into the bank: associate, update, count misses, merge, and start new tracks.

    The dwell covers [azimuth_start, azimuth_end) (rad, own north) in a time that ends at `now` (s); its detections are the first `count`
    rows. detection_track_out (detection,) gets the slot of the track that each was given to, -1 for none; no track has two. Returns DONE,
    or which room is full: with PAIRS_FULL nothing has been done yet.
    """
    begin_dwell(bank, config, sensor, sensors.period[sensor], now)
    if is_too_late(bank, count, now):
        for d in range(count):
            detection_track_out[d] = -1
        return DONE
    table_detections(detections, count, bank.work.measured)
    screen_detections(bank, count, now)
    stand_at(sensors, sensor, now)
    sort_detections(bank.work, sensors, sensor, count, azimuth_start, azimuth_end)
    drop_repeats(bank)
    rows = find_tracks_in_view(bank, config, sensors, sensor, now, azimuth_start, azimuth_end)
    if not pair_rows(bank, config, sensors, sensor, now, count, rows):
        return PAIRS_FULL
    choose(bank, config, rows, count)
    if sensors.resolution[sensor, 0] > 0.0:
        note_apart(bank, rows)
    update_tracks(bank, config, sensors, sensor, now, detections["number"], rows)
    learn_clutter(bank, config.clutter_memory, sensors, sensor, azimuth_start, azimuth_end, count)
    delete_forgotten(bank)
    merge_twins(bank, config, rows)
    locate_bearings(bank, config, sensors, sensor, count)
    for d in range(count):
        detection_track_out[d] = owner_of(bank, d)
    return advance_points(bank, config, sensors, sensor, now, detections["number"], count, detection_track_out)


@kernel
def owner_of(bank: TrackBank, d: int) -> int:
    """Slot of the track whose likeliest detection is `d`, and that is the likeliest to have it, -1 for none."""
    work = bank.work
    if work.column[d]["claimed"] < FREE_PART:
        return -1
    row = work.row[work.column[d]["row"]]
    return int(row["slot"]) if row["column"] == d else -1


@kernel
def update_tracks(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, number: Integers, rows: int
) -> None:
    """Update each track in view by the detections that it may have got, and count a miss for each that should have got one."""
    work = bank.work
    for r in range(rows):
        row = work.row[r]
        slot, d = row["slot"], row["column"]
        if row["missed"] < 1.0 - NEGLIGIBLE:
            update_track(bank, config, sensors, sensor, r)
        if d >= 0:
            judge_existence(bank, config, r)
            note_hit(bank, config, sensors, slot, sensor, work.measured[d, TIME])
            bank.track["last_detection"][slot] = number[d]
            bank.seen["beyond"][slot, sensor] = 0 if row["covered"] == 1 else bank.seen["beyond"][slot, sensor] + 1
            note_identity(bank, slot, int(work.measured[d, IDENTITY]))
        elif row["expected"] != 0 and bank.seen["sensor_misses"][slot, sensor] >= 0:
            bank.track["score_before"][slot] = bank.track["score"][slot]
            if row["expected"] == EXPECTED:
                judge_existence(bank, config, r)
                if bank.track["status"][slot] == CONFIRMED:
                    weigh_look(bank, sensors, sensor, slot, False)
            note_miss(bank, config, sensors.period, slot, sensor, now)
        elif row["expected"] != 0:
            bank.seen["last_missed"][slot, sensor] = now


@kernel
def update_track(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, r: int) -> None:
    """Update a row's track; nis and nis_dimension are those of the likeliest detection under the combined prediction.

    The state stands at the row's time, unless that lies before the time of the state (a report that came late): then the update
    is carried on to the latter without noise.
    """
    work, row = bank.work, bank.work.row[r]
    slot, d = row["slot"], row["column"]
    if d >= 0:
        bank.track["nis"][slot] = innovation_of_row(work, config, sensors, sensor, r, row["time"], d)
        bank.track["nis_dimension"][slot] = measured_dimension(work.measured, d)
    update_row(bank, config, sensors, sensor, r)
    if row["time"] < bank.track["time"][slot]:
        carry_all(config, work, bank.track["time"][slot] - row["time"])
    else:
        bank.track["time"][slot] = row["time"]
    store_slot(bank, config, slot)


@kernel
def kinematic_class(config: TrackerConfig, state: Floats, mode: Floats, height: float) -> int:
    """What a track moves like, from its state (6,), model probabilities (model,) and height (m): a rule of speed and height alone.

    BALLISTIC_MISSILE: in free fall by the filter and high or fast, or faster than 1,200 m/s. HELICOPTER or DRONE: below 110 m/s, a
    drone below 60 m/s or below 150 m. CRUISE_MISSILE: 150 to 350 m/s, level, below 300 m. AIRCRAFT: the rest.
    """
    speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
    falling = 0.0
    for model in range(mode.shape[0]):
        if falls(config.model["kind"][model]):
            falling += mode[model]
    if speed > 1_200.0 or (falling > 0.5 and (height > config.ballistic_height_low or speed > config.ballistic_speed_low)):
        return BALLISTIC_MISSILE
    if speed < 110.0:
        return DRONE if speed < 60.0 or height < 150.0 else HELICOPTER
    if 150.0 < speed < 350.0 and height < 300.0:
        return CRUISE_MISSILE
    return AIRCRAFT


@kernel
def read_tracks(bank: TrackBank, config: TrackerConfig, time: float, live: Integers, state_out: Floats) -> None:
    """State_out (track, 6) of the tracks in slots `live` (track,) at a time (s)."""
    for k in range(live.shape[0]):
        predicted_state(bank, config, live[k], time, state_out[k])


@kernel
def track_row(bank: TrackBank, slot: int, row_out: Floats) -> None:
    """One row (15,) of the track table: id, time, state (6), position covariance xx xy xz yy yz zz, status."""
    row_out[0] = bank.track["id"][slot]
    row_out[1] = bank.track["time"][slot]
    for i in range(6):
        row_out[2 + i] = bank.state[slot, i]
    k = 8
    for i in range(3):
        for j in range(i, 3):
            row_out[k] = bank.covariance[slot, i, j]
            k += 1
    row_out[14] = bank.track["status"][slot]
