"""One bank of tracks for each picture: the tracker's arrays with a leading axis, and a view of one of them."""

import numpy as np

from dowding._jit import kernel
from dowding.tracking.picture import Records, TrackBank, make_bank


def make_banks(pictures: int, capacity: int, detections_max: int, sensors: int, models: Records) -> TrackBank:
    """Empty banks, every array (picture, ...) except the scratch, which they share; models (model,) MODEL."""
    one = make_bank(capacity, detections_max, sensors, len(models), size=int(models["size"].max()))
    each = {name: np.stack([array] * pictures) for name, array in one._asdict().items() if name != "work"}
    return TrackBank(**each, work=one.work)


@kernel
def bank_of(banks: TrackBank, picture: int) -> TrackBank:
    """The bank of one picture, a view."""
    return TrackBank(
        banks.x[picture],
        banks.covariance_models[picture],
        banks.mode[picture],
        banks.state[picture],
        banks.covariance[picture],
        banks.track[picture],
        banks.seen[picture],
        banks.slots[picture],
        banks.counters[picture],
        banks.tally[picture],
        banks.faults[picture],
        banks.point[picture],
        banks.point_measured[picture],
        banks.bearing[picture],
        banks.clutter[picture],
        banks.work,
    )
