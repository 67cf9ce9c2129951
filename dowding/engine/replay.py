"""The tracker alone, over dwells and detections from a table: the engine's own tracking step, with nothing else of the engine."""

from dowding._jit import kernel
from dowding.engine.banks import bank_of
from dowding.engine.run import BANK_FULL, BUFFERS_FULL, FINISHED, Run, write_track
from dowding.engine.record import has_room
from dowding.engine.state import Reals, Wholes
from dowding.model import Model
from dowding.tracking.picture import FREE
from dowding.tracking.update import update_bank


@kernel
def replay(
    model: Model, run: Run, sensor: Wholes, edges: Reals, first: Wholes, detections: Reals, progress: Wholes
) -> int:
    """Track dwell after dwell from `progress[0]` on; call again after BUFFERS_FULL.

    sensor (dwell,); edges (dwell, 3) end s, first and last azimuth rad; first (dwell + 1,) first detection of each dwell;
    detections (detection, 9) time s, range m, azimuth rad, elevation rad, range rate m/s and their sigmas but the time's.
    """
    batch, slots = run.scratch.detections, run.scratch.track
    while progress[0] < sensor.shape[0]:
        dwell = progress[0]
        count = first[dwell + 1] - first[dwell]
        if not has_room(run.record.tracks, count):
            return BUFFERS_FULL
        for i in range(count):
            row = first[dwell] + i
            batch.time[i], batch.range[i], batch.azimuth[i] = detections[row, 0], detections[row, 1], detections[row, 2]
            batch.elevation[i], batch.range_rate[i], batch.sigma_range[i] = detections[row, 3], detections[row, 4], detections[row, 5]
            batch.sigma_azimuth[i], batch.sigma_elevation[i] = detections[row, 6], detections[row, 7]
            batch.sigma_range_rate[i] = detections[row, 8]
            batch.number[i] = row
        picture = model.sensors["picture"][sensor[dwell]]
        bank = bank_of(run.banks, picture)
        code = update_bank(
            bank, model.tracker, model.geometry, sensor[dwell], edges[dwell, 0], edges[dwell, 1], edges[dwell, 2], batch, count, slots
        )
        if code != 0:
            return BANK_FULL
        for i in range(count):
            if slots[i] >= 0 and bank.track["status"][slots[i]] != FREE:
                write_track(model, run, bank, picture, slots[i], sensor[dwell])
        progress[0] += 1
    return FINISHED
