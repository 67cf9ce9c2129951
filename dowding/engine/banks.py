"""One bank of tracks for each picture: the tracker's arrays with a leading axis, and a view of one of them."""

import numpy as np

from dowding._jit import kernel
from dowding.tracking.picture import TrackBank, make_bank


def make_banks(pictures: int, capacity: int, detections_max: int, sensors: int, models: int) -> TrackBank:
    """Empty banks, every array (picture, ...) except the scratch, which they share."""
    one = make_bank(capacity, detections_max, sensors, models)
    return TrackBank(*(value if name == "work" else np.stack([value] * pictures) for name, value in zip(one._fields, one, strict=True)))


@kernel
def bank_of(banks: TrackBank, picture: int) -> TrackBank:
    """The bank of one picture, a view."""
    return TrackBank(
        banks.x[picture],
        banks.covariance_models[picture],
        banks.mode[picture],
        banks.state[picture],
        banks.covariance[picture],
        banks.id[picture],
        banks.status[picture],
        banks.time[picture],
        banks.last_update_time[picture],
        banks.created_time[picture],
        banks.confirmed_time[picture],
        banks.history[picture],
        banks.looks[picture],
        banks.hits[picture],
        banks.misses[picture],
        banks.score[picture],
        banks.nis[picture],
        banks.nis_dimension[picture],
        banks.last_sensor[picture],
        banks.last_detection[picture],
        banks.last_seen[picture],
        banks.last_missed[picture],
        banks.sensor_misses[picture],
        banks.twin[picture],
        banks.twin_looks[picture],
        banks.free_slot[picture],
        banks.confirmed_slot[picture],
        banks.deleted_slot[picture],
        banks.updated_slot[picture],
        banks.counters[picture],
        banks.work,
    )
