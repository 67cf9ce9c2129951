"""The clock and the order of steps. A whole replicate is one compiled call; only this file knows the other rooms of the engine."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding import _random
from dowding._jit import bundle, kernel
from dowding._random import Luck
from dowding.engine.arrivals import ENTERS, FAILS, PATH_ENDS, TURNS, arrive, drop_carried, fall_silent, notice_engagement
from dowding.engine.banks import Banks, bank_of, make_banks
from dowding.engine.channels import refresh_ledger
from dowding.engine.command import pass_on
from dowding.engine.desks import decide
from dowding.engine.engagement import launch
from dowding.engine.events import ARRIVAL, COMMAND, DECISION, DELIVER, DWELL, INTERCEPT, LAUNCH, SEND, STATUS, TRUTH, drop_first, push
from dowding.engine.fire_control import distance_from
from dowding.engine.motion import target_state
from dowding.engine.network import Mail, heard_slot, make_mail, post, read_tracks, reports_of, word_holds, write_dwell_message, write_tracks
from dowding.engine.planning import Room, make_room
from dowding.engine.record import (
    FIRST_DETECTION,
    TRACK_CONFIRMED,
    TRACK_DELETED,
    Record,
    has_room,
    is_wanted,
    make_record,
    next_row,
    write_event,
    write_track_event,
)
from dowding.engine.resolution import resolve
from dowding.engine.sensing import dwell_azimuths, dwell_time, observe
from dowding.engine.state import FLYING, HIT, STROBE, WAITING, State, largest_dwell, make_state
from dowding.engine.status import KNOWN, must_report, note_status, pass_status
from dowding.model import Model
from dowding.model.bundles import DETECTIONS
from dowding.physics.geodesy import height_above_ellipsoid
from dowding.tracking.lifecycle import free_deleted, know_watcher
from dowding.tracking.picture import CONFIRMED, CONFIRMED_NOW, DELETED_NOW, FREE, HIGHEST, UPDATED_NOW, Records, TrackBank, make_detections
from dowding.tracking.shared_tracks import drop_untold
from dowding.tracking.told_twins import merge_told
from dowding.tracking.update import kinematic_class, update_bank

FINISHED, BUFFERS_FULL, BANK_FULL = range(3)  # what `advance` returns


@bundle
class Scratch(NamedTuple):
    """Room to work in; its content means nothing between events."""

    detections: Records  # (detection,) DETECTION: of the dwell under way
    track: NDArray[np.int64]  # (detection,) slot that each was given to, -1 for none
    urgency: NDArray[np.float64]  # (slot,) s
    state: NDArray[np.float64]  # (6,) m and m/s, theatre
    room: Room


@bundle
class Run(NamedTuple):
    """All that one replicate needs besides the model."""

    state: State
    banks: Banks
    mail: Mail
    origin: NDArray[np.int64]  # (message, detection or track) target behind each, -1 unknown; for the record-keeping only
    record: Record
    scratch: Scratch


def track_slots(model: Model) -> int:
    """Capacity of a picture: every target twice, and the tentative tracks of several scans of false alarms."""
    alarms = float((model.defence.sensors["false_alarms"] * model.defence.sensors["dwells"]).sum())
    return int(2 * len(model.flights.targets) + 6 * alarms + 200)


def make_run(model: Model, wanted: frozenset[str]) -> Run:
    """Memory for one replicate, of the tables `wanted`; it can be used again after `begin`."""
    slots, most = track_slots(model), largest_dwell(model)
    mail = make_mail(model.defence, slots, most, len(model.defence.tracker.model))
    return Run(
        make_state(model, slots),
        make_banks(model.defence.settings.pictures, slots, most, len(model.defence.sensors), model.defence.tracker.model),
        mail,
        np.full((len(mail.message), max(mail.reports.report.shape[1], mail.detections.shape[1])), -1),
        make_record(most + slots + len(model.flights.targets), wanted),
        Scratch(make_detections(most), np.zeros(most, np.int64), np.zeros(slots), np.zeros(6), make_room(model.defence, slots)),
    )


@kernel
def begin(model: Model, run: Run, seed: int, replicate: int) -> None:
    """Put the first events into the queue."""
    queue, scans = run.state.queue, run.state.scans
    for row in range(model.flights.targets.shape[0]):
        push(queue, max(model.flights.targets["start"][row], 0.0), ARRIVAL, row, ENTERS)
        push(queue, model.flights.targets["end"][row], ARRIVAL, row, PATH_ENDS)
        if model.flights.targets["turn_time"][row] < math.inf:
            push(queue, model.flights.targets["turn_time"][row], ARRIVAL, row, TURNS + model.flights.targets["turn"][row])
    for node in range(model.defence.network.nodes.shape[0]):
        if run.state.standing.off[node] < math.inf:
            push(queue, run.state.standing.off[node], ARRIVAL, node, FAILS)
    for sensor in range(model.defence.sensors.shape[0]):
        u = _random.uniforms(Luck(seed, replicate), _random.SCAN_PHASE, 0, 0, model.defence.sensors["key"][sensor])
        scans["start"][sensor] = u[0] * model.defence.geometry.period[sensor]
        push(queue, dwell_time(scans, model.defence.geometry, model.defence.sensors, sensor, 1), DWELL, sensor, 0)
        know_watcher(bank_of(run.banks, model.defence.sensors["picture"][sensor]), sensor)
    _begin_reports(model, run, seed, replicate)
    for desk in range(model.defence.desks.shape[0]):
        unit = model.defence.members[model.defence.desks["first"][desk]]
        push(queue, model.defence.units["decision_interval"][unit], DECISION, desk, 0)
    ports = model.defence.network.ports
    for port in range(ports.shape[0]):
        if ports["sends"][port] != DETECTIONS:
            u = _random.uniforms(Luck(seed, replicate), _random.SCAN_PHASE, 1, 0, ports["key"][port])
            push(queue, u[0] * ports["interval"][port], SEND, port, 0)
    if is_wanted(run.record.truth):
        push(queue, 0.0, TRUTH, 0, 0)


@kernel
def _begin_reports(model: Model, run: Run, seed: int, replicate: int) -> None:
    """Posts know how their units stand at the beginning; then they hear of it."""
    defence, fight = model.defence, run.state.fight
    for unit in range(defence.units.shape[0]):
        if must_report(defence, unit):
            note_status(defence, fight, unit, 0.0, KNOWN)
            u = _random.uniforms(Luck(seed, replicate), _random.SCAN_PHASE, 2, 0, defence.units["key"][unit])
            push(run.state.queue, u[0] * defence.units["order_interval"][unit], STATUS, unit, KNOWN)


@kernel
def _write_truth(model: Model, run: Run, now: float) -> None:
    rows, sky = run.record.truth, run.state.sky
    for row in range(model.flights.targets.shape[0]):
        waits = sky.target["fate"][row] == WAITING and model.flights.targets["carrier"][row] < 0
        enters_now = waits and model.flights.targets["start"][row] <= now < model.flights.targets["end"][row]
        if sky.target["fate"][row] != FLYING and not enters_now:
            continue
        at = next_row(rows)
        x, y, z, vx, vy, vz = target_state(sky.target, model.flights.paths, row, now)
        rows.real[at, 0] = now
        rows.real[at, 1], rows.real[at, 2], rows.real[at, 3] = x, y, z
        rows.real[at, 4], rows.real[at, 5], rows.real[at, 6] = vx, vy, vz
        rows.whole[at, 0] = row
    push(run.state.queue, now + model.defence.settings.truth_interval, TRUTH, 0, 0)


@kernel
def _write_dwell(model: Model, run: Run, sensor: int, number: int, count: int) -> None:
    """Write down a dwell and its detections, and number them."""
    state, detections = run.state, run.scratch.detections
    rows, dwells = run.record.detections, run.record.dwells
    first = rows.tally[1]
    for i in range(count):
        detections[i]["number"] = first + i
    if not is_wanted(rows):
        rows.tally[1] += count
        return
    geometry = state.geometry
    left, width = dwell_azimuths(geometry, model.defence.sensors, sensor, number)
    at = next_row(dwells)
    dwells.real[at, 0] = dwell_time(state.scans, geometry, model.defence.sensors, sensor, number)
    dwells.real[at, 1] = dwell_time(state.scans, geometry, model.defence.sensors, sensor, number + 1)
    dwells.real[at, 2], dwells.real[at, 3], dwells.real[at, 4] = left, left + width, geometry.boresight[sensor]
    for k in range(3):
        dwells.real[at, 5 + k], dwells.real[at, 8 + k] = geometry.position[sensor, k], geometry.velocity[sensor, k]
    dwells.whole[at, 0], dwells.whole[at, 1] = sensor, count
    for i in range(count):
        at, row = next_row(rows), state.batch.row["order"][i]
        for k in range(10):
            rows.real[at, k] = state.batch.report[row, k]
        rows.real[at, 10], rows.real[at, 11] = state.batch.row["true_range"][row], state.batch.row["true_azimuth"][row]
        rows.real[at, 12], rows.real[at, 13] = state.batch.row["true_elevation"][row], state.batch.row["mean_snr_db"][row]
        rows.real[at, 14], rows.real[at, 18] = state.batch.row["probability"][row], state.batch.row["altitude"][row]
        rows.real[at, 15], rows.real[at, 16], rows.real[at, 17] = (
            state.batch.row["x"][row], state.batch.row["y"][row], state.batch.row["z"][row],
        )  # fmt: skip
        rows.whole[at, 3], rows.whole[at, 4] = state.batch.row["kind"][row], state.batch.row["identity"][row]
        rows.whole[at, 0], rows.whole[at, 1], rows.whole[at, 2] = dwells.tally[1] - 1, sensor, state.batch.row["origin"][row]


@kernel
def _note_first_detections(run: Run, sensor: int, count: int) -> None:
    """Remember for the scorers when each target was first seen, and by which sensor."""
    outcome, batch = run.state.outcome, run.state.batch
    for i in range(count):
        row = batch.row["order"][i]
        target = batch.row["origin"][row]
        if target >= 0 and batch.row["kind"][row] != STROBE and math.isnan(outcome["detected_time"][target]):
            outcome["detected_time"][target] = batch.report[row, 0]
            outcome["detected_range"][target] = batch.row["true_range"][row]
            outcome["detected_by"][target] = sensor
            write_event(run.record.events, batch.report[row, 0], FIRST_DETECTION, -1, sensor, target, -1, -1, -1)


@kernel
def _write_track(model: Model, run: Run, bank: TrackBank, picture: int, slot: int, sensor: int) -> None:
    """One row of the tracks table: the state after an update."""
    rows = run.record.tracks
    if not is_wanted(rows):
        return
    at = next_row(rows)
    rows.real[at, 0] = bank.track["time"][slot]
    for k in range(6):
        rows.real[at, 1 + k] = bank.state[slot, k]
    for k in range(3):
        rows.real[at, 7 + k] = bank.covariance[slot, k, k]
        rows.real[at, 13 + k] = bank.mode[slot, k]
    rows.real[at, 10], rows.real[at, 11] = bank.covariance[slot, 0, 1], bank.covariance[slot, 0, 2]
    rows.real[at, 12], rows.real[at, 16] = bank.covariance[slot, 1, 2], bank.track["nis"][slot]
    height = height_above_ellipsoid(model.defence.frame, bank.state[slot, 0], bank.state[slot, 1], bank.state[slot, 2])
    rows.whole[at, 0], rows.whole[at, 1], rows.whole[at, 2] = bank.track["id"][slot], picture, sensor
    rows.whole[at, 3], rows.whole[at, 4] = bank.track["last_detection"][slot], bank.track["status"][slot] == CONFIRMED
    rows.whole[at, 5] = kinematic_class(model.defence.tracker, bank.state[slot], bank.mode[slot], height)
    rows.whole[at, 6], rows.whole[at, 7] = bank.track["nis_dimension"][slot], bank.track["identity"][slot]


@kernel
def _note_tracks(model: Model, run: Run, bank: TrackBank, picture: int, sensor: int, count: int, now: float) -> None:
    """Write down what the tracker did with a dwell, and remember for the scorers which target feeds which track."""
    state = run.state
    batch, outcome, ledger = state.batch, state.outcome, state.fight.ledger
    for i in range(count):
        slot, row = run.scratch.track[i], batch.row["order"][i]
        if slot < 0 or bank.track["status"][slot] == FREE:
            continue
        refresh_ledger(ledger, bank, picture, slot)
        target = batch.row["origin"][row]
        state.origin[picture, slot] = target
        if target >= 0 and bank.track["status"][slot] == CONFIRMED and math.isnan(outcome["tracked_time"][target]):
            outcome["tracked_time"][target] = batch.report[row, 0]
            outcome["tracked_range"][target] = batch.row["true_range"][row]
        _write_track(model, run, bank, picture, slot, sensor)
    _note_lives(run, bank, picture, sensor, now)


@kernel
def _note_lives(run: Run, bank: TrackBank, picture: int, sensor: int, now: float) -> None:
    """Write down which tracks of a picture were confirmed and deleted just now."""
    events = run.record.events
    for k in range(bank.counters[CONFIRMED_NOW]):
        slot = bank.slots["confirmed"][k]
        write_track_event(events, now, TRACK_CONFIRMED, picture, sensor, run.state.origin[picture, slot], bank.track["id"][slot])
    for k in range(bank.counters[DELETED_NOW]):
        slot = bank.slots["deleted"][k]
        if not math.isnan(bank.track["confirmed_time"][slot]):
            write_track_event(events, now, TRACK_DELETED, picture, sensor, run.state.origin[picture, slot], bank.track["id"][slot])


@kernel
def _is_on(model: Model, run: Run, sensor: int, begin: float, end: float) -> bool:
    """Whether a sensor is where it can look during a dwell (s): one that flies does so, and what carries it is alive."""
    sensors = model.defence.sensors
    carrier = sensors["carrier"][sensor]
    if carrier >= 0 and run.state.sky.target["fate"][carrier] != FLYING:
        return False
    if sensors["waits"][sensor] == 1 and end > run.state.fight.unit["radiates_until"][sensors["unit"][sensor]]:
        return False
    off = min(sensors["off"][sensor], run.state.standing.off[model.defence.network.sensor_node[sensor]])
    return bool(begin >= sensors["on"][sensor] and end <= off)


@kernel
def _dwell(model: Model, run: Run, luck: Luck, sensor: int, now: float) -> int:
    """A sensor's dwell ends: observe, then track."""
    state, scratch = run.state, run.scratch
    number = state.scans["dwell"][sensor]
    state.scans["dwell"][sensor] += 1
    push(state.queue, dwell_time(state.scans, state.geometry, model.defence.sensors, sensor, number + 2), DWELL, sensor, 0)
    if not _is_on(model, run, sensor, dwell_time(state.scans, state.geometry, model.defence.sensors, sensor, number), now):
        return 0
    geometry, config = state.geometry, model.defence.tracker
    sky, scans, batch, looks = state.sky, state.scans, state.batch, run.record.looks
    count = observe(model, geometry, sky, scans, batch, looks, luck, sensor, number, scratch.detections)
    _write_dwell(model, run, sensor, number, count)
    _note_first_detections(run, sensor, count)
    picture = model.defence.sensors["picture"][sensor]
    bank = bank_of(run.banks, picture)
    left, width = dwell_azimuths(geometry, model.defence.sensors, sensor, number)
    code = update_bank(bank, config, geometry, sensor, now, left, left + width, scratch.detections, count, scratch.track)
    if code != 0:
        return code
    _note_tracks(model, run, bank, picture, sensor, count, now)
    _share_dwell(model, run, luck, sensor, left, width, count, now)
    return 0


@kernel
def _share_dwell(model: Model, run: Run, luck: Luck, sensor: int, left: float, width: float, count: int, now: float) -> None:
    """Send a dwell to whoever gets every detection of its node."""
    network = model.defence.network
    for port in range(network.ports.shape[0]):
        if network.ports["sends"][port] != DETECTIONS or network.ports["node"][port] != network.sensor_node[sensor]:
            continue
        message = write_dwell_message(model.defence, run.mail, port, sensor, now, left, width, run.scratch.detections, count)
        for i in range(count):
            run.origin[message, i] = run.state.batch.row["origin"][run.state.batch.row["order"][i]]
        post(model.defence, run.mail, run.state.queue, luck, port, message, now)


@kernel
def _send(model: Model, run: Run, luck: Luck, port: int, now: float) -> None:
    """A node tells of its tracks, and will again."""
    network = model.defence.network
    node = network.ports["node"][port]
    if now >= run.state.standing.off[node]:
        return
    picture = network.nodes["picture"][node]
    bank = bank_of(run.banks, picture)
    free_deleted(bank)
    drop_untold(bank, model.defence.tracker, now)
    merge_told(bank, model.defence.tracker, now - word_holds(network.ports, run.mail, port), now)
    _note_lives(run, bank, picture, -1, now)
    message = write_tracks(model.defence, run.state.fight, run.mail, bank, port, now)
    reports = reports_of(run.mail, message)
    for k in range(run.mail.message["count"][message]):
        run.origin[message, k] = run.state.origin[picture, reports.report["slot"][k]]
    post(model.defence, run.mail, run.state.queue, luck, port, message, now)
    push(run.state.queue, now + network.ports["interval"][port], SEND, port, 0)


@kernel
def _deliver(model: Model, run: Run, edge: int, message: int, now: float) -> int:
    """A message arrives: the receiver's picture takes it in."""
    network, state = model.defence.network, run.state
    node = network.edges["node"][edge]
    if now >= state.standing.off[node]:
        return 0
    picture = network.nodes["picture"][node]
    bank, row = bank_of(run.banks, picture), run.mail.message[message]
    if network.ports["sends"][network.edges["port"][edge]] == DETECTIONS:
        detections, sensor = run.mail.detections[message], row["sensor"]
        left, right = row["left"], row["left"] + row["width"]
        code = update_bank(
            bank, model.defence.tracker, state.geometry, sensor, row["time"], left, right, detections, row["count"], run.scratch.track
        )
        if code != 0:
            return code
        for i in range(row["count"]):
            slot = run.scratch.track[i]
            if slot >= 0 and bank.track["status"][slot] != FREE:
                refresh_ledger(state.fight.ledger, bank, picture, slot)
                state.origin[picture, slot] = run.origin[message, i]
                _write_track(model, run, bank, picture, slot, sensor)
        _note_lives(run, bank, picture, sensor, now)
        return 0
    room = read_tracks(model.defence, state.fight, run.mail, bank, edge, message, now)
    reports, links = reports_of(run.mail, message), run.mail.links[edge]
    for k in range(row["count"]):
        slot = heard_slot(bank, links, reports, k)
        if slot >= 0:
            state.origin[picture, slot] = run.origin[message, k]
    for k in range(bank.counters[UPDATED_NOW]):
        _write_track(model, run, bank, picture, bank.slots["updated"][k], -1)
    _note_lives(run, bank, picture, -1, now)
    return 0 if room else BANK_FULL


@kernel
def _note_blocks(run: Run, bank: TrackBank, picture: int) -> None:
    """Carry what kept units from shooting at a track over to the target that feeds it, for the scorers."""
    ledger, outcome = run.state.fight.ledger, run.state.outcome
    for slot in range(bank.counters[HIGHEST]):
        target = run.state.origin[picture, slot]
        if target >= 0 and ledger["track"][picture, slot] == bank.track["id"][slot]:
            outcome["blocks"][target] |= ledger["blocks"][picture, slot]


@kernel
def _note_engaged(model: Model, run: Run, unit: int, channel: int, now: float) -> None:
    fight, outcome = run.state.fight, run.state.outcome
    picture, slot = model.defence.units["picture"][unit], fight.channels["slot"][unit, channel]
    target = run.state.origin[picture, slot]
    if target < 0 or not math.isnan(outcome["engaged_time"][target]):
        return
    x, y, z, _vx, _vy, _vz = target_state(run.state.sky.target, model.flights.paths, target, now)
    outcome["engaged_time"][target] = now
    outcome["engaged_range"][target] = distance_from(model.defence.units, unit, x, y, z)
    notice_engagement(model, run.state, target, now)


@kernel
def _decide(model: Model, run: Run, luck: Luck, desk: int, now: float) -> None:
    """A desk's decision cycle."""
    state, scratch, defence = run.state, run.scratch, model.defence
    picture = defence.desks["picture"][desk]
    bank = bank_of(run.banks, picture)
    decide(
        defence, state.fight, state.standing.off, state.queue, run.record.events, bank, luck, scratch.room, desk, now,
        scratch.urgency, scratch.state,
    )  # fmt: skip
    _note_blocks(run, bank, picture)


@kernel
def _command(model: Model, run: Run, luck: Luck, unit: int, part: int, now: float) -> None:
    """A request or an order goes on."""
    state, defence = run.state, model.defence
    node = defence.posts["node"][defence.units["post"][unit]]
    bank, there = bank_of(run.banks, defence.units["picture"][unit]), bank_of(run.banks, defence.network.nodes["picture"][node])
    pass_on(
        defence, state.fight, state.standing.off, state.queue, run.record.events, bank, there, luck, unit, part,
        now, run.scratch.state,
    )  # fmt: skip


@kernel
def _room_for_one_more(model: Model, run: Run) -> bool:
    record, targets = run.record, model.flights.targets.shape[0]
    most, slots = run.scratch.track.shape[0], run.banks.every.track.shape[1]
    return bool(
        has_room(record.truth, targets)
        and has_room(record.dwells, 1)
        and has_room(record.detections, most)
        and has_room(record.looks, targets)
        and has_room(record.tracks, max(most, slots))
        and has_room(record.events, most + 2 * slots)
    )


@kernel
def advance(model: Model, run: Run, seed: int, replicate: int) -> int:
    """Run until the end, or until a buffer needs emptying; call again after that. Returns FINISHED, BUFFERS_FULL or BANK_FULL."""
    state, scratch, events = run.state, run.scratch, run.record.events
    queue, luck = state.queue, Luck(seed, replicate)
    while queue.tally[0] > 0:
        now, kind = queue.event["time"][0], queue.event["kind"][0]
        entity, part = queue.event["entity"][0], queue.event["part"][0]
        if now > model.defence.settings.duration:
            break
        if not _room_for_one_more(model, run):
            return BUFFERS_FULL
        drop_first(queue)
        if kind == TRUTH:
            _write_truth(model, run, now)
        elif kind == ARRIVAL and part == FAILS:
            fall_silent(model, state, events, entity, now)
        elif kind == ARRIVAL:
            arrive(model, state, events, entity, part, now)
        elif kind == DWELL:
            if _dwell(model, run, luck, entity, now) != 0:
                return BANK_FULL
        elif kind == SEND:
            _send(model, run, luck, entity, now)
        elif kind == DELIVER:
            if _deliver(model, run, entity, part, now) != 0:
                return BANK_FULL
        elif kind == INTERCEPT:
            bank = bank_of(run.banks, model.defence.units["picture"][state.fight.shots["unit"][entity]])
            resolve(model, state, events, bank, entity, now, luck, scratch.state)
            if state.fight.shots["outcome"][entity] == HIT:
                drop_carried(model, state, events, state.fight.shots["target"][entity], now)
        elif kind == DECISION:
            _decide(model, run, luck, entity, now)
        elif kind in (COMMAND, STATUS, LAUNCH) and now >= state.standing.off[entity]:
            continue
        elif kind == STATUS:
            pass_status(model.defence, state.fight, queue, luck, entity, part, now)
        elif kind == COMMAND:
            _command(model, run, luck, entity, part, now)
        elif kind == LAUNCH:
            bank = bank_of(run.banks, model.defence.units["picture"][entity])
            if launch(model.defence, state.fight, queue, events, bank, entity, part, now, scratch.state):
                _note_engaged(model, run, entity, part, now)
    return FINISHED
