"""One dwell into the picture, step by step; and what the picture says at a time, for those who read it. Called from compiled code."""

import math

from dowding._jit import kernel
from dowding.tracking.association import assign, find_tracks_in_view, gate_rows
from dowding.tracking.covariance import pack
from dowding.tracking.filters import combine, predict_slot, update_models
from dowding.tracking.fusion import merge_twins
from dowding.tracking.identity import note_identity
from dowding.tracking.initiation import can_start
from dowding.tracking.lifecycle import begin_dwell, delete_forgotten, note_hit, note_miss, start_track, store_slot
from dowding.tracking.locating import locate_bearings
from dowding.tracking.measurement import (
    IDENTITY,
    TIME,
    innovation_distance,
    linearise,
    measured_dimension,
    measurement_spread,
    table_detections,
)
from dowding.tracking.motion_models import carry_model, falls, move_model
from dowding.tracking.picture import (
    BANK_FULL,
    DONE,
    PAIRS_FULL,
    Floats,
    Integers,
    Records,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
)
from dowding.tracking.standing import stand_at

AIRCRAFT, HELICOPTER, DRONE, CRUISE_MISSILE, BALLISTIC_MISSILE = 0, 1, 2, 3, 4


@kernel
def update_bank(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, azimuth_start: float, azimuth_end: float,
    detections: Records, count: int, detection_track_out: Integers,
) -> int:  # fmt: skip
    """Take one dwell of one sensor into the bank: associate, update, count misses, merge, and start new tracks.

    The dwell covers [azimuth_start, azimuth_end) (rad, own north) in a time that ends at `now` (s); its detections are the first `count`
    rows. detection_track_out (detection,) gets the slot each was given to or started. Returns DONE, BANK_FULL or PAIRS_FULL.
    """
    begin_dwell(bank)
    table_detections(detections, count, bank.work.measured)
    delete_forgotten(bank, config, now)
    stand_at(sensors, sensor, now)
    rows = find_tracks_in_view(bank, config, sensors, sensor, now, azimuth_start, azimuth_end)
    fits = gate_rows(bank, config, sensors, sensor, now, count, rows)
    assign(rows, count, bank.work.row, bank.work.pair, bank.work.column)
    update_tracks(bank, config, sensors, sensor, now, detections["number"], rows)
    merge_twins(bank, config, rows)
    locate_bearings(bank, config, sensors, sensor, count)
    full = start_tracks(bank, config, sensors, sensor, now, detections["number"], count, detection_track_out)
    return full if fits else PAIRS_FULL


@kernel
def update_tracks(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, number: Integers, rows: int
) -> None:
    """Update each track in view that got a detection, and count a miss for each that should have got one."""
    work = bank.work
    miss_score = math.log(1.0 - sensors.detection_probability[sensor])
    missed = 0.0 if sensors.listens[sensor] == 1 else miss_score  # who is silent may be there all the same
    for row in range(rows):
        slot, d = work.row["slot"][row], work.row["column"][row]
        if d < 0:
            if work.row["expected"][row] == 1:
                note_miss(bank, config, sensors.period, missed, slot, sensor, now)
            continue
        gain = miss_score
        for k in range(work.row["start"][row], work.row["start"][row + 1]):
            if work.pair["column"][k] == d:
                gain -= work.pair["cost"][k]
        stand_at(sensors, sensor, work.measured[d, TIME])
        update_track(bank, config, sensors.position, sensors.rotation, sensor, d, slot)
        note_hit(bank, config, sensors.period, missed, slot, sensor, work.measured[d, TIME], gain)
        bank.track["last_detection"][slot] = number[d]
        note_identity(bank, slot, int(work.measured[d, IDENTITY]))


@kernel
def update_track(bank: TrackBank, config: TrackerConfig, position: Floats, rotation: Floats, sensor: int, d: int, slot: int) -> None:
    """Predict one track to the detection's time and update it; nis and nis_dimension are those of the combined prediction.

    A detection older than the track's state (by another sensor, less than a second) updates a state carried back without process noise,
    which is then carried forward again without it: the measurement is taken as one of the present state along its own path.
    """
    work, measured = bank.work, bank.work.measured
    dt = measured[d, TIME] - bank.track["time"][slot]
    predict_slot(config, bank.x, bank.covariance_models, bank.mode, bank.state, slot, dt, work)
    combine(work.x, work.covariance, work.mode, work.state, work.spread)
    linearise(position, rotation, sensor, work.state, work.value, work.rows)
    pack(work.spread, 6, work.packed)
    # row 0, model 0 of the gate's arrays is free by now: association is over
    measurement_spread(work.packed, work.rows, 0, 0, work.row_spread)
    for k in range(4):
        work.row_value[0, 0, k] = work.value[k]
        work.row_rate[0, 0, k] = 0.0
    squared, _ = innovation_distance(work.row_value, work.row_rate, work.row_spread, 0, 0, 0.0, measured, d)
    bank.track["nis"][slot] = squared
    bank.track["nis_dimension"][slot] = measured_dimension(measured, d)
    update_models(config, position, rotation, sensor, measured, d, work)
    if dt < 0.0:
        for model in range(work.x.shape[0]):
            own = work.x[model, : config.model["size"][model]]
            carry_model(config.model, config.wide, model, config.earth, own, work.covariance[model], -dt, work.full)
    else:
        bank.track["time"][slot] = measured[d, TIME]
    store_slot(bank, slot)


@kernel
def start_tracks(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, number: Integers, count: int,
    detection_track_out: Integers,
) -> int:  # fmt: skip
    """Start a tentative track from every detection that no track took; note for each detection where it went."""
    work, code = bank.work, DONE
    earliest = now
    for d in range(count):
        earliest = min(earliest, work.measured[d, TIME])
    for d in range(count):
        row = work.column["row"][d]
        if row >= 0:
            detection_track_out[d] = work.row["slot"][row]
            continue
        if not can_start(work.measured, d):
            detection_track_out[d] = -1
            continue
        stand_at(sensors, sensor, work.measured[d, TIME])
        slot = start_track(bank, config, sensors, sensor, number[d], d, earliest)
        detection_track_out[d] = slot
        if slot < 0:
            code = BANK_FULL
    return code


@kernel
def predicted_state(bank: TrackBank, config: TrackerConfig, slot: int, t: float, state_out: Floats) -> None:
    """A track's state_out (6,) at time t (s): each model's path weighted by its probability."""
    dt = t - bank.track["time"][slot]
    x = bank.work.x
    for i in range(6):
        state_out[i] = 0.0
    for model in range(x.shape[0]):
        for i in range(config.model["size"][model]):
            x[model, i] = bank.x[slot, model, i]
        move_model(config.model, config.wide, model, config.earth, x[model, : config.model["size"][model]], dt)
        for i in range(6):
            state_out[i] += bank.mode[slot, model] * x[model, i]


@kernel
def predicted_covariance(bank: TrackBank, config: TrackerConfig, slot: int, t: float, covariance_out: Floats) -> None:
    """Covariance_out (6, 6) of a track's state at time t (s), with the models' process noise."""
    work = bank.work
    predict_slot(config, bank.x, bank.covariance_models, bank.mode, bank.state, slot, t - bank.track["time"][slot], work)
    combine(work.x, work.covariance, work.mode, work.state, covariance_out)


@kernel
def predicted_sigma(bank: TrackBank, config: TrackerConfig, slot: int, t: float) -> float:
    """Root of the summed position variances (m) of a track at time t (s)."""
    predicted_covariance(bank, config, slot, t, bank.work.spread)
    spread = bank.work.spread
    return math.sqrt(spread[0, 0] + spread[1, 1] + spread[2, 2])


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
