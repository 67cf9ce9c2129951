"""A track after each of the detections that it may have had, and the mixture of these outcomes, model by model.

The last row of row_x, row_covariance and row_mode collects the sums, as differences from the row's predicted states.
"""

from dowding._jit import kernel
from dowding.tracking.existence import chance_of_none
from dowding.tracking.filters import LEAST_PROBABILITY, predict_slot, update_models
from dowding.tracking.measurement import TIME
from dowding.tracking.motion_models import carry_model
from dowding.tracking.picture import EXPECTED, Records, SensorGeometry, TrackBank, TrackerConfig, Workspace
from dowding.tracking.standing import stand_at
from dowding.tracking.unresolved import own_part

NEGLIGIBLE = 1e-3  # part of a track's outcomes that is not worth its update


@kernel
def recall_row(work: Workspace, r: int) -> None:
    """Bring a row's predicted models back into `work`."""
    for model in range(work.x.shape[0]):
        x, packed, from_x, from_packed = work.x[model], work.covariance[model], work.row_x[r, model], work.row_covariance[r, model]
        work.mode[model] = work.row_mode[r, model]
        for i in range(x.shape[0]):
            x[i] = from_x[i]
        for k in range(packed.shape[0]):
            packed[k] = from_packed[k]


@kernel
def carry_all(config: TrackerConfig, work: Workspace, dt: float) -> None:
    """Carry the models in `work` over `dt` seconds without noise."""
    for model in range(work.x.shape[0]):
        own = work.x[model, : config.model["size"][model]]
        carry_model(config.model, config.wide, model, config.earth, own, work.covariance[model], dt, work.full)


@kernel
def update_row_by(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, r: int, d: int) -> None:
    """The models of a row's track after detection `d`, at the row's time, into `work`.

    A detection of another time updates the models predicted for that time, which are then carried on without noise: the measurement
    is taken as one of the row's time along the track's own path.
    """
    work, time, taken = bank.work, bank.work.row["time"][r], bank.work.measured[d, TIME]
    if taken == time:
        recall_row(work, r)
    else:
        slot = work.row["slot"][r]
        predict_slot(config, bank.x, bank.covariance_models, bank.mode, bank.state, slot, taken - bank.track["time"][slot], work)
    stand_at(sensors, sensor, taken)
    update_models(config, sensors.position, sensors.rotation, sensor, work.measured, d, work)
    if taken != time:
        carry_all(config, work, time - taken)


@kernel
def begin_sum(work: Workspace) -> None:
    """Start an empty mixture."""
    last = work.row_mode.shape[0] - 1
    for model in range(work.x.shape[0]):
        work.row_mode[last, model] = 0.0
        for i in range(work.x.shape[1]):
            work.row_x[last, model, i] = 0.0
        for k in range(work.covariance.shape[1]):
            work.row_covariance[last, model, k] = 0.0


@kernel
def add_to_sum(work: Workspace, r: int, weight: float) -> None:
    """Add the models in `work` to the mixture, with this weight times their probabilities."""
    last = work.row_mode.shape[0] - 1
    for model in range(work.x.shape[0]):
        part = weight * work.mode[model]
        x, packed, origin = work.x[model], work.covariance[model], work.row_x[r, model]
        sum_x, sum_packed = work.row_x[last, model], work.row_covariance[last, model]
        work.row_mode[last, model] += part
        k = 0
        for i in range(x.shape[0]):
            apart = x[i] - origin[i]
            sum_x[i] += part * apart
            for j in range(i + 1):
                sum_packed[k] += part * (packed[k] + apart * (x[j] - origin[j]))
                k += 1


@kernel
def end_sum(work: Workspace, r: int) -> None:
    """Bring the mixture, model by model with the same mean and covariance, into `work`."""
    last, total = work.row_mode.shape[0] - 1, 0.0
    for model in range(work.x.shape[0]):
        total += work.row_mode[last, model]
    for model in range(work.x.shape[0]):
        scale, k = 1.0 / max(work.row_mode[last, model], 1e-300), 0
        x, packed, origin = work.x[model], work.covariance[model], work.row_x[r, model]
        sum_x, sum_packed = work.row_x[last, model], work.row_covariance[last, model]
        for i in range(x.shape[0]):
            apart = sum_x[i] * scale
            x[i] = origin[i] + apart
            for j in range(i + 1):
                packed[k] = sum_packed[k] * scale - apart * sum_x[j] * scale
                k += 1
        work.mode[model] = max(work.row_mode[last, model] / total, LEAST_PROBABILITY)


@kernel
def next_union(union: Records, r: int) -> int:
    """The next union that row r is in."""
    for m in range(union["size"]):
        if union["member"][m] == r:
            return int(union["next"][m])
    return -1


@kernel
def update_row(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, r: int) -> None:
    """The models of a row's track after this dwell, into `work`, at the row's time."""
    # Bar-Shalom, Daum and Huang (2009), "The probabilistic data association filter", IEEE Control Systems Magazine 29(6), eqs 38 to 45, for
    # each model by itself; Musicki and Suvorova (2008), "Tracking in clutter using IMM-IPDA-based algorithms", sec III: the models'
    # probabilities under each detection
    work, row, pair = bank.work, bank.work.row[r], bank.work.pair
    lone = row["missed"] / chance_of_none(work.row, r)
    present = 1.0 - lone * (1.0 - row["existence"])
    missed = lone * row["existence"] * (1.0 - row["detected"] if row["expected"] == EXPECTED else 1.0)
    heavy, only = 0, -1
    for k in range(row["start"], work.row[r + 1]["start"]):
        if pair[k]["probability"] > NEGLIGIBLE * present:
            heavy += 1
            only = pair[k]["column"]
    if heavy == 1 and row["union"] < 0 and missed < NEGLIGIBLE * present:
        update_row_by(bank, config, sensors, sensor, r, only)
        return
    begin_sum(work)
    if missed >= NEGLIGIBLE * present:
        recall_row(work, r)
        add_to_sum(work, r, missed)
    for k in range(row["start"], work.row[r + 1]["start"]):
        own = pair[k]["probability"] - pair[k]["shared"]
        if own > NEGLIGIBLE * present:
            update_row_by(bank, config, sensors, sensor, r, pair[k]["column"])
            add_to_sum(work, r, own)
    u = row["union"]
    while u >= 0:
        union = work.union[u]
        if union["probability"] > NEGLIGIBLE * present:
            update_row_by(bank, config, sensors, sensor, r, own_part(work, r, u))
            add_to_sum(work, r, union["probability"])
        u = next_union(union, r)
    end_sum(work, r)
