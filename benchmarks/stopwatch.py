"""The engine's loop with a stopwatch: the same kernels in the same order in one compiled call, the cycle counter between stages.

`dowding.engine.run.advance` holds the original. A run through this one gives the same state, which `stages.py` checks.
"""

import numpy as np

from benchmarks.cycles import ticks
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.arrivals import FAILS, arrive, drop_carried, fall_silent
from dowding.engine.banks import bank_of
from dowding.engine.engagement import launch
from dowding.engine.events import ARRIVAL, COMMAND, DECISION, DELIVER, DWELL, INTERCEPT, LAUNCH, SEND, STATUS, TRUTH, drop_first, push
from dowding.engine.resolution import resolve
from dowding.engine.run import (
    BANK_FULL,
    BUFFERS_FULL,
    FINISHED,
    Run,
    _command,
    _decide,
    _deliver,
    _is_on,
    _note_engaged,
    _note_first_detections,
    _note_tracks,
    _room_for_one_more,
    _send,
    _share_dwell,
    _write_dwell,
    _write_truth,
)
from dowding.engine.sensing import dwell_azimuths, dwell_time, observe
from dowding.engine.state import HIT
from dowding.engine.status import pass_status
from dowding.model import Model
from dowding.tracking.update import update_bank

OBSERVE, TRACK, SHARE, DECIDE, RESOLVE, RECORD = range(6)
STAGES = ("observe", "track", "share", "decide", "resolve", "record")


@kernel
def _dwell_timed(
    model: Model, run: Run, luck: Luck, sensor: int, now: float, last: int, spent_out: np.ndarray, calls_out: np.ndarray
) -> int:
    """As `_dwell`; `last` is when the event began (ticks)."""
    state, scratch, sensors = run.state, run.scratch, model.defence.sensors
    geometry, number = state.geometry, state.scans["dwell"][sensor]
    state.scans["dwell"][sensor] += 1
    push(state.queue, dwell_time(state.scans, geometry, sensors, sensor, number + 2), DWELL, sensor, 0)
    if not _is_on(model, run, sensor, dwell_time(state.scans, geometry, sensors, sensor, number), now):
        return 0
    count = observe(model, geometry, state.sky, state.scans, state.batch, run.record.looks, luck, sensor, number, scratch.detections)
    at = ticks()
    spent_out[OBSERVE] += at - last
    calls_out[OBSERVE] += 1
    last = at
    _write_dwell(model, run, sensor, number, count)
    _note_first_detections(run, sensor, count)
    at = ticks()
    spent_out[RECORD] += at - last
    last = at
    picture = sensors["picture"][sensor]
    bank = bank_of(run.banks, picture)
    left, width = dwell_azimuths(geometry, sensors, sensor, number)
    code = update_bank(bank, model.defence.tracker, geometry, sensor, now, left, left + width, scratch.detections, count, scratch.track)
    at = ticks()
    spent_out[TRACK] += at - last
    calls_out[TRACK] += count
    last = at
    if code == 0:
        _note_tracks(model, run, bank, picture, sensor, count, now)
    at = ticks()
    spent_out[RECORD] += at - last
    if code == 0:
        _share_dwell(model, run, luck, sensor, left, width, count, now)
    spent_out[SHARE] += ticks() - at
    return code


@kernel
def advance_timed(model: Model, run: Run, seed: int, replicate: int, spent_out: np.ndarray, calls_out: np.ndarray) -> int:
    """As `advance`; adds the ticks of each stage to spent_out (stage,) and its calls to calls_out (stage,)."""
    state, scratch, events = run.state, run.scratch, run.record.events
    queue, luck = state.queue, Luck(seed, replicate)
    last = ticks()
    while queue.tally[0] > 0:
        now, kind = queue.event["time"][0], queue.event["kind"][0]
        entity, part = queue.event["entity"][0], queue.event["part"][0]
        if now > model.defence.settings.duration:
            break
        if not _room_for_one_more(model, run):
            return BUFFERS_FULL
        drop_first(queue)
        stage = RECORD
        if kind == DWELL:
            if _dwell_timed(model, run, luck, entity, now, last, spent_out, calls_out) != 0:
                return BANK_FULL
            last = ticks()
            continue
        if kind == TRUTH:
            _write_truth(model, run, now)
        elif kind == ARRIVAL and part == FAILS:
            fall_silent(model, state, events, entity, now)
        elif kind == ARRIVAL:
            arrive(model, state, events, entity, part, now)
        elif kind == SEND:
            _send(model, run, luck, entity, now)
            stage = SHARE
        elif kind == DELIVER:
            if _deliver(model, run, entity, part, now) != 0:
                return BANK_FULL
            stage = SHARE
        elif kind == INTERCEPT:
            bank = bank_of(run.banks, model.defence.units["picture"][state.fight.shots["unit"][entity]])
            resolve(model, state, events, bank, entity, now, luck, scratch.state)
            if state.fight.shots["outcome"][entity] == HIT:
                drop_carried(model, state, events, state.fight.shots["target"][entity], now)
            stage = RESOLVE
        elif kind == DECISION:
            _decide(model, run, luck, entity, now)
            stage = DECIDE
        elif kind in (COMMAND, STATUS, LAUNCH) and now >= state.standing.off[entity]:
            continue
        elif kind == STATUS:
            pass_status(model.defence, state.fight, queue, luck, entity, part, now)
            stage = SHARE
        elif kind == COMMAND:
            _command(model, run, luck, entity, part, now)
            stage = DECIDE
        elif kind == LAUNCH:
            bank = bank_of(run.banks, model.defence.units["picture"][entity])
            if launch(model.defence, state.fight, queue, events, bank, entity, part, now, scratch.state):
                _note_engaged(model, run, entity, part, now)
            stage = RESOLVE
        at = ticks()
        spent_out[stage] += at - last
        calls_out[stage] += 1
        last = at
    return FINISHED
