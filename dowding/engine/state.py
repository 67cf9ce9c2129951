"""Everything that changes as simulated time passes, preallocated once for a run."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle
from dowding.engine.events import Queue, make_queue
from dowding.model import Defence, Model
from dowding.tracking.picture import SensorGeometry, copied

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]
Records = NDArray[Any]  # structured: a table with named columns

# fates of a target; the last is that of what was to be released by a carrier that was gone or had turned away
WAITING, FLYING, KILLED, LEAKED, SURVIVED, UNRELEASED = range(6)

# what kept a fire unit from shooting at a track, as bits: several may have been true at different times
OUTSIDE_ENVELOPE, NO_FIRE_CONTROL_TRACK, TOO_LATE, NO_CHANNEL, NO_ROUND, HELD_FIRE = 1, 2, 4, 8, 16, 32
TAKEN_FOR_FRIEND, NOT_IDENTIFIED = 64, 128

# outcomes of a shot
IN_FLIGHT, HIT, MISSED, NOTHING_THERE, LOST_SIGHT, OUT_OF_REACH, LOST_TRACK = range(7)

# states of a target channel
FREE, ORDERED, FIRING, LOOKING = range(4)


# what a report is: an echo; the direction of a jammer; that of an emitter; a transponder's answer; a broadcast position
PLOT, STROBE, BEARING, REPLY, POSITION = range(5)


TARGET = np.dtype(
    [
        ("fate", np.int64),  # WAITING .. SURVIVED
        ("ended", np.float64),  # s, when it left the scene; infinite before
        ("knot", np.int64),  # last path knot used, a hint
        ("path_first", np.int64),  # first knot of the path that it flies now
        ("path_last", np.int64),  # last knot
        ("shift", np.float64),  # s, later than the knots' times
        ("end", np.float64),  # s, when that path ends
        ("aim", np.int64),  # object that it ends at, or -1
        ("turned", np.int64),  # 1 once it has left the path that it began with
    ]
)
OBJECT = np.dtype(
    [
        ("left", np.float64),  # hit points that it still has
        ("hits", np.int64),  # targets that reached it
        ("first_hit", np.float64),  # s, NaN for never
        ("destroyed", np.float64),  # s, when it had no hit points left, NaN for never
    ]
)
SCAN = np.dtype(
    [
        ("start", np.float64),  # s, begin of scan number 0
        ("dwell", np.int64),  # number of the dwell that ends next
        ("knot", np.int64),  # last knot of its own path used, a hint
    ]
)
OUTCOME = np.dtype(
    [
        ("detected_time", np.float64),  # s, NaN for never
        ("detected_range", np.float64),  # m, from the sensor that saw it first
        ("detected_by", np.int64),  # that sensor, or -1
        ("tracked_time", np.float64),  # s
        ("tracked_range", np.float64),  # m
        ("engaged_time", np.float64),  # s
        ("engaged_range", np.float64),  # m, from the fire unit
        ("shots", np.int64),  # interceptors whose intercept was tried on it
        ("blocks", np.int64),  # bits of what kept fire units from shooting
    ]
)
ORIGIN = np.dtype(
    [
        ("origin", np.int64),  # target or -1
        ("true_range", np.float64),  # m
        ("true_azimuth", np.float64),  # rad
        ("true_elevation", np.float64),  # rad
        ("mean_snr_db", np.float64),  # dB
        ("probability", np.float64),  # of detection
        ("loudest", np.float64),  # dB, signal-to-noise ratio of the strongest echo in its cell, which gives it its origin
        ("echoes", np.int64),  # targets in its cell
        ("kind", np.int64),  # PLOT .. POSITION
        ("identity", np.int64),  # index into Names.identities of what was answered, or -1
        ("x", np.float64),  # m, theatre, a broadcast position, NaN for none
        ("y", np.float64),  # m
        ("z", np.float64),  # m
        ("altitude", np.float64),  # m, above the ellipsoid, that was answered or broadcast, NaN for none
        ("order", np.int64),  # list: rows by time
    ]
)
CHANNEL = np.dtype(
    [
        ("state", np.int64),  # FREE .. LOOKING
        ("track", np.int64),  # track number
        ("slot", np.int64),  # the track's slot in the unit's picture
        ("kind", np.int64),  # column of the unit's interceptors
        ("planned", np.int64),  # interceptors still to launch
        ("flying", np.int64),  # interceptors under way
        ("decided", np.float64),  # s, when the engagement was ordered
        ("until", np.float64),  # s, when looking ends
        ("post_picture", np.int64),  # picture of the command post that ordered it, -1 where the unit's own
        ("post_slot", np.int64),  # the track's slot there
        ("post_track", np.int64),  # its number there
        ("asked", np.float64),  # s, when an operator was asked
        ("begun", np.float64),  # s, when one began
    ]
)
LEDGER = np.dtype(
    [
        ("track", np.int64),  # track number that the row is about
        ("shots", np.int64),  # interceptors launched at it
        ("engaged", np.int64),  # fire units engaging it now
        ("last_intercept", np.float64),  # s, last intercept tried on it
        ("blocks", np.int64),  # bits of what kept fire units from shooting
        ("others_until", np.float64),  # s, until when others are taken to engage it, by what they told last
    ]
)
BATTERY = np.dtype(
    [
        ("next_launch", np.float64),  # s, earliest
        ("flying", np.int64),  # interceptors under way
        ("radiates_until", np.float64),  # s, until when its engagement radars have cause to radiate
        ("messages", np.int64),  # requests and orders sent to and from it, lost ones too
        ("ordered", np.int64),  # engagements that its command post has ordered
        ("promised", np.int64),  # rounds of these
        ("told", np.int64),  # reports to its command post, lost ones too
    ]
)
REPORT = np.dtype(
    [
        ("free", np.int64),  # target channels
        ("left", np.int64),  # rounds, those promised to engagements taken off
        ("flying", np.int64),  # interceptors under way
        ("ordered", np.int64),  # engagements ordered until then
        ("promised", np.int64),  # rounds of these
    ]
)
STORE = np.dtype(
    [
        ("stock", np.int64),  # rounds left to reload with
        ("coming", np.int64),  # rounds of the reload under way
        ("until", np.float64),  # s, when it ends, or the last one ended
    ]
)
SHOT = np.dtype(
    [
        ("unit", np.int64),  # fire unit that launched it
        ("kind", np.int64),  # column of the unit's interceptors
        ("channel", np.int64),  # target channel of that unit
        ("track", np.int64),  # track number
        ("slot", np.int64),  # its slot in the unit's picture
        ("target", np.int64),  # nearest to the track at intercept, -1 for none
        ("outcome", np.int64),  # IN_FLIGHT .. LOST_TRACK
        ("decided", np.float64),  # s
        ("launched", np.float64),  # s
        ("intercept", np.float64),  # s
        ("x", np.float64),  # m, theatre, predicted intercept
        ("y", np.float64),  # m
        ("z", np.float64),  # m
        ("slant_range", np.float64),  # m
        ("track_age", np.float64),  # s
        ("track_sigma", np.float64),  # m
        ("kill_probability", np.float64),  # as decided by; of the true class once the intercept is tried
        ("geometry", np.float64),  # share of it that the place of the meeting and the target's course left, NaN before the intercept
        ("sigma", np.float64),  # m, root of the summed variances of the track's position at the intercept
        ("found", np.float64),  # probability that the target lay in the basket, by the track's own covariance
        ("miss", np.float64),  # m
    ]
)


@bundle
class Sky(NamedTuple):
    """Truth: what flies, and when each sensor's beam will pass it."""

    target: Records  # (target,) TARGET
    jamming: Reals  # (jammer, 4) azimuth, elevation (rad), jammer-to-noise ratio in the axis of the sensor that looks now; 1 if told
    look_time: Reals  # (sensor, target) s, when the beam passes in the scan under way; infinite if it does not
    first: Wholes  # (sensor, dwell) the first target that the beam passes in a dwell of that scan, or -1
    next: Wholes  # (sensor, target) the next one of the same dwell, or -1


@bundle
class Standing(NamedTuple):
    """What is left of what can be hit."""

    object: Records  # (object,) OBJECT
    off: Reals  # (node,) s, when a node falls silent: as the scenario says, or when it is put out of action


@bundle
class Batch(NamedTuple):
    """The detections of one dwell with what they came from, in the order of making; `order` sorts them by time."""

    row: Records  # (detection,) ORIGIN
    report: Reals  # (detection, 10) time, range, azimuth, elevation, range rate, their four sigmas, signal-to-noise ratio in dB


@bundle
class Fight(NamedTuple):
    """The fire units' side of the state."""

    rounds: Wholes  # (unit, kind) ready
    store: Records  # (unit, kind) STORE
    unit: Records  # (unit,) BATTERY
    status: Records  # (unit, report) REPORT: what its command post knows, and reports under way
    channels: Records  # (unit, channel) CHANNEL
    ledger: Records  # (picture, slot) LEDGER
    shots: Records  # (shot,) SHOT
    fired: Wholes  # (1,) rows of shots in use
    operators: Reals  # (post, operator) s, when each is free
    asked: Wholes  # (post,) requests so far
    refused: Reals  # (unit, slot) s, until when its command post does not order it again at a track; no row where none commands


@bundle
class State(NamedTuple):
    """All of it."""

    queue: Queue
    sky: Sky
    standing: Standing
    geometry: SensorGeometry
    scans: Records  # (sensor,) SCAN
    batch: Batch
    outcome: Records  # (target,) OUTCOME
    fight: Fight
    origin: Wholes  # (picture, slot) target of a track's last detection, -1 unknown; for the record-keeping only


def _make_outcome(n: int) -> Records:
    out = np.zeros(n, OUTCOME)
    for name in ("detected_time", "detected_range", "tracked_time", "tracked_range", "engaged_time", "engaged_range"):
        out[name] = np.nan
    out["detected_by"] = -1
    return out


def _make_standing(model: Model) -> Standing:
    out = np.zeros(len(model.flights.objects), OBJECT)
    out["left"] = model.flights.objects["hit_points"]
    out["first_hit"] = out["destroyed"] = np.nan
    return Standing(out, model.defence.network.nodes["off"].copy())


def _make_fight(defence: Defence, slots: int) -> Fight:
    units = len(defence.units)
    widest = max(1, int(defence.units["target_channels"].max(initial=1)))
    ledger = np.zeros((defence.settings.pictures, slots), LEDGER)
    ledger["last_intercept"] = ledger["others_until"] = -np.inf
    shots = np.zeros(int(defence.rounds.sum() + defence.magazine["stock"].sum()), SHOT)
    shots["target"] = -1
    for name in ("miss", "geometry", "sigma", "found"):
        shots[name] = np.nan
    store = np.zeros(defence.rounds.shape, STORE)
    store["stock"], store["until"] = defence.magazine["stock"], -np.inf
    battery = np.zeros(units, BATTERY)
    battery["radiates_until"] = -np.inf
    channels = np.zeros((units, widest), CHANNEL)
    channels["post_picture"] = -1
    status = np.zeros((units, 1 + reports_under_way(defence)), REPORT)
    operators = np.zeros((len(defence.posts), int(defence.posts["operators"].max(initial=1))))
    refused = np.full((units if defence.units["central"].any() else 0, slots), -np.inf)
    return Fight(
        defence.rounds.copy(), store, battery, status, channels, ledger, shots, np.zeros(1, np.int64), operators,
        np.zeros(len(defence.posts), np.int64), refused,
    )  # fmt: skip


def largest_dwell(model: Model) -> int:
    """The most detections that one dwell may bring: every target, and false alarms far beyond their mean."""
    mean = float(model.defence.sensors["false_alarms"].max(initial=0.0))
    return len(model.flights.targets) + len(model.flights.jammers) + int(mean + 12.0 * np.sqrt(mean) + 20.0)


def reports_under_way(defence: Defence) -> int:
    """Reports of a unit to its command post that can be on the way at once, at most."""
    units = defence.units[(defence.units["central"] != 0) & (defence.units["order_link"] >= 0)]
    return int((units["order_latency"] // units["order_interval"]).max(initial=0)) + 2


def make_state(model: Model, slots: int) -> State:
    """The state before the first event; `slots` is each picture's capacity for tracks."""
    targets, sensors, most = len(model.flights.targets), len(model.defence.sensors), largest_dwell(model)
    units = model.defence.units
    pending = 2 * targets + sensors + len(model.defence.desks) + int(units["target_channels"].sum()) + 16
    pending += int(model.defence.rounds.sum() + model.defence.magazine["stock"].sum())
    ports, edges = model.defence.network.ports, model.defence.network.edges
    pending += len(units) * (1 + reports_under_way(model.defence))
    pending += len(ports) + int(ports["ring"][edges["port"]].sum()) + 2 * targets + len(model.defence.network.nodes)
    dwells = int(model.defence.sensors["dwells"].max(initial=1))
    sky = Sky(
        np.zeros(targets, TARGET), np.zeros((len(model.flights.jammers), 4)), np.full((sensors, targets), np.inf),
        np.full((sensors, dwells), -1), np.full((sensors, targets), -1),
    )  # fmt: skip
    sky.target["ended"] = np.inf
    for name in ("path_first", "path_last", "shift", "end", "aim"):
        sky.target[name] = model.flights.targets[name]
    batch = Batch(np.zeros(most, ORIGIN), np.zeros((most, 10)))
    return State(
        make_queue(pending), sky, _make_standing(model), copied(model.defence.geometry), np.zeros(sensors, SCAN), batch,
        _make_outcome(targets), _make_fight(model.defence, slots), np.full((model.defence.settings.pictures, slots), -1),
    )  # fmt: skip
