"""Everything that changes as simulated time passes, preallocated once for a run."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.engine.events import Queue, make_queue
from dowding.model import Model

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]

# fates of a target
WAITING, FLYING, KILLED, LEAKED, SURVIVED = range(5)

# what kept a fire unit from shooting at a track, as bits: several may have been true at different times
OUTSIDE_ENVELOPE, NO_FIRE_CONTROL_TRACK, TOO_LATE, NO_CHANNEL, NO_ROUND, HELD_FIRE = 1, 2, 4, 8, 16, 32

# outcomes of a shot
IN_FLIGHT, HIT, MISSED, NOTHING_THERE, LOST_SIGHT, OUT_OF_REACH, LOST_TRACK = range(7)

# states of a target channel
FREE, ORDERED, FIRING, LOOKING = range(4)


class Sky(NamedTuple):
    """Truth: what flies, and when each sensor's beam will pass it."""

    fate: Wholes  # (target,) WAITING .. SURVIVED
    ended: Reals  # (target,) s, when it left the scene; infinite before
    knot: Wholes  # (target,) last path knot used, a hint
    look_time: Reals  # (sensor, target) s, when the beam passes in the scan under way; infinite if it does not


class Scans(NamedTuple):
    """Where each sensor is in its scan."""

    start: Reals  # (sensor,) s, begin of scan number 0
    dwell: Wholes  # (sensor,) number of the dwell that ends next


class Outcome(NamedTuple):
    """What became of each target."""

    detected_time: Reals  # (target,) s, NaN for never
    detected_range: Reals  # (target,) m, from the sensor that saw it first
    detected_by: Wholes  # (target,) that sensor, or -1
    tracked_time: Reals  # (target,) s
    tracked_range: Reals  # (target,) m
    engaged_time: Reals  # (target,) s
    engaged_range: Reals  # (target,) m, from the fire unit
    shots: Wholes  # (target,) interceptors whose intercept was tried on it
    blocks: Wholes  # (target,) bits of what kept fire units from shooting
    at_end: Wholes  # (target,) confirmed tracks it had fed by its end


class Batch(NamedTuple):
    """The detections of one dwell with what they came from; row i belongs to no particular target until sorted by time."""

    origin: Wholes  # (detection,) target or -1
    true_range: Reals  # (detection,) m
    true_azimuth: Reals  # (detection,) rad
    true_elevation: Reals  # (detection,) rad
    mean_snr_db: Reals  # (detection,) dB
    probability: Reals  # (detection,)
    report: Reals  # (detection, 10) time, range, azimuth, elevation, range rate, their four sigmas, snr in dB; before sorting
    order: Wholes  # (detection,) rows by time


class Channels(NamedTuple):
    """Each fire unit's target channels."""

    state: Wholes  # (unit, channel) FREE .. LOOKING
    track: Wholes  # (unit, channel) track number
    slot: Wholes  # (unit, channel) the track's slot in the unit's picture
    kind: Wholes  # (unit, channel) column of the unit's interceptors
    planned: Wholes  # (unit, channel) interceptors still to launch
    flying: Wholes  # (unit, channel) interceptors under way
    decided: Reals  # (unit, channel) s, when the engagement was ordered
    until: Reals  # (unit, channel) s, when looking ends


class Ledger(NamedTuple):
    """What the fire units remember of each track of each picture; cleared when a slot gets a new track."""

    track: Wholes  # (picture, slot) track number that the row is about
    shots: Wholes  # (picture, slot) interceptors launched at it
    engaged: Wholes  # (picture, slot) fire units engaging it now
    last_intercept: Reals  # (picture, slot) s, last intercept tried on it
    blocks: Wholes  # (picture, slot) bits of what kept fire units from shooting
    origin: Wholes  # (picture, slot) target of its last detection, -1 unknown; written and read by the record-keeping only


class Shots(NamedTuple):
    """Every interceptor launched."""

    unit: Wholes  # (shot,)
    kind: Wholes  # (shot,) column of the unit's interceptors
    channel: Wholes  # (shot,)
    track: Wholes  # (shot,) track number
    slot: Wholes  # (shot,)
    target: Wholes  # (shot,) nearest to the track at intercept, -1 for none
    outcome: Wholes  # (shot,) IN_FLIGHT .. LOST_TRACK
    decided: Reals  # (shot,) s
    launched: Reals  # (shot,) s
    intercept: Reals  # (shot,) s
    point: Reals  # (shot, 3) m, theatre, predicted intercept
    slant_range: Reals  # (shot,) m
    track_age: Reals  # (shot,) s
    track_sigma: Reals  # (shot,) m
    kill_probability: Reals  # (shot,)
    miss: Reals  # (shot,) m
    count: Wholes  # (1,) launched so far


class Fight(NamedTuple):
    """The fire units' side of the state."""

    rounds: Wholes  # (unit, kind) ready
    next_launch: Reals  # (unit,) s, earliest
    flying: Wholes  # (unit,) interceptors under way
    channels: Channels
    ledger: Ledger
    shots: Shots


class State(NamedTuple):
    """All of it."""

    queue: Queue
    sky: Sky
    scans: Scans
    batch: Batch
    outcome: Outcome
    fight: Fight


def _never(n: int) -> Reals:
    return np.full(n, np.nan)


def _make_outcome(n: int) -> Outcome:
    return Outcome(
        _never(n), _never(n), np.full(n, -1), _never(n), _never(n), _never(n), _never(n),
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64),
    )  # fmt: skip


def _make_batch(n: int) -> Batch:
    return Batch(
        np.zeros(n, np.int64), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros((n, 10)), np.zeros(n, np.int64)
    )


def _make_fight(model: Model, slots: int) -> Fight:
    units, kinds = model.units.rounds.shape
    widest = max(1, int(model.units.target_channels.max(initial=1)))
    rounds = int(model.units.rounds.sum())
    pictures = model.settings.pictures

    def whole(*shape: int) -> Wholes:
        return np.zeros(shape, np.int64)

    channels = Channels(
        whole(units, widest), whole(units, widest), whole(units, widest), whole(units, widest), whole(units, widest),
        whole(units, widest), np.zeros((units, widest)), np.zeros((units, widest)),
    )  # fmt: skip
    ledger = Ledger(
        whole(pictures, slots), whole(pictures, slots), whole(pictures, slots), np.full((pictures, slots), -np.inf),
        whole(pictures, slots), np.full((pictures, slots), -1),
    )  # fmt: skip
    shots = Shots(
        whole(rounds), whole(rounds), whole(rounds), whole(rounds), whole(rounds), np.full(rounds, -1), whole(rounds),
        np.zeros(rounds), np.zeros(rounds), np.zeros(rounds), np.zeros((rounds, 3)), np.zeros(rounds), np.zeros(rounds),
        np.zeros(rounds), np.zeros(rounds), np.full(rounds, np.nan), whole(1),
    )  # fmt: skip
    return Fight(model.units.rounds.copy(), np.zeros(units), whole(units), channels, ledger, shots)


def largest_dwell(model: Model) -> int:
    """The most detections that one dwell may bring: every target, and false alarms far beyond their mean."""
    mean = float(model.sensors.false_alarms.max(initial=0.0))
    return len(model.targets.start) + int(mean + 12.0 * np.sqrt(mean) + 20.0)


def make_state(model: Model, slots: int) -> State:
    """The state before the first event; `slots` is each picture's capacity for tracks."""
    targets, sensors, units = len(model.targets.start), len(model.sensors.dwells), len(model.units.side)
    pending = targets + sensors + 2 * units + int(model.units.target_channels.sum()) + int(model.units.rounds.sum()) + 16
    sky = Sky(np.full(targets, WAITING), np.full(targets, np.inf), np.zeros(targets, np.int64), np.full((sensors, targets), np.inf))
    scans = Scans(np.zeros(sensors), np.zeros(sensors, np.int64))
    return State(make_queue(pending), sky, scans, _make_batch(largest_dwell(model)), _make_outcome(targets), _make_fight(model, slots))
