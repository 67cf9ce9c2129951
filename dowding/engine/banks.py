"""One bank of tracks for each picture: the tracker's arrays with a leading axis, and a view of one of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._bundle import blocks_of, nth
from dowding._jit import bundle, kernel
from dowding.tracking.picture import Records, TrackBank, clear_bank, make_bank


@bundle
class Banks(NamedTuple):
    """The banks of all pictures, which share their scratch."""

    every: TrackBank  # every array (picture, ...) except the scratch
    first: TrackBank  # that of picture 0
    blocks: NDArray[np.uint64]  # (picture, word) where the arrays of each stand in memory


def make_banks(pictures: int, capacity: int, detections_max: int, sensors: int, models: Records) -> Banks:
    """Empty banks; models (model,) MODEL."""
    one = make_bank(capacity, detections_max, sensors, len(models), size=int(models["size"].max()))
    # zeros that nobody writes to take no memory
    each = {name: np.zeros((pictures, *array.shape), array.dtype) for name, array in one._asdict().items() if name != "work"}
    single = [TrackBank(**{name: array[k] for name, array in each.items()}, work=one.work) for k in range(pictures)]
    for bank in single:
        clear_bank(bank)
    return Banks(TrackBank(**each, work=one.work), single[0], blocks_of(single))


@kernel
def bank_of(banks: Banks, picture: int) -> TrackBank:
    """The bank of one picture, a view."""
    return nth(banks.every, banks.first, banks.blocks, picture)
