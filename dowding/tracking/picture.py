"""The tracker's bundles of arrays: its constants, what it knows of the sensors, one dwell's detections, and the bank of tracks.

Frame: theatre east-north-up, a rigid rotation of Earth-centred Earth-fixed coordinates at the scenario's origin. No truth here.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Records = NDArray[Any]  # structured: a table with named columns

# Tables of scalars are structured arrays, one argument each: a kernel that takes 80 arrays takes a second to compile, whatever it does.
MODEL = np.dtype(
    [
        ("kind", np.int64),  # motion_models.CONSTANT_VELOCITY ...
        ("size", np.int64),  # states: position and velocity, and further ones of the kind
        ("further", np.int64),  # what these are, motion_models.NOTHING ...
        # density of white acceleration (m2/s3); constant acceleration: of white jerk (m2/s5); Singer: variance of the acceleration (m2/s4)
        ("noise_lateral", np.float64),  # across the horizontal velocity
        ("noise_along", np.float64),  # along the horizontal velocity
        ("noise_vertical", np.float64),  # of the vertical
        ("time_constant", np.float64),  # s, in which Singer's acceleration fades
        ("further_noise", np.float64),  # 1/s, white change of the logarithm of the ballistic coefficient; rad2/s3, of the turn rate's
        ("further_mean", np.float64),  # prior of acceleration (m/s2), turn rate (rad/s) or log coefficient (of kg/m2)
        ("further_sigma", np.float64),  # its standard deviation
        ("stay_time", np.float64),  # s, mean time in the model
        ("mode_prior", np.float64),  # probability at initiation
        ("speed_sigma", np.float64),  # m/s, horizontal velocity at initiation, an axis
        ("climb_sigma", np.float64),  # m/s, vertical velocity at initiation
    ]
)
DETECTION = np.dtype(
    [
        ("time", np.float64),  # s
        ("range", np.float64),  # m; what was not measured is NaN, here and below
        ("azimuth", np.float64),  # rad, clockwise from the sensor's north
        ("elevation", np.float64),  # rad, from the sensor's horizon
        ("range_rate", np.float64),  # m/s, positive when opening
        ("sigma_range", np.float64),  # m
        ("sigma_azimuth", np.float64),  # rad
        ("sigma_elevation", np.float64),  # rad
        ("sigma_range_rate", np.float64),  # m/s
        ("number", np.int64),  # row of the detections table
        ("x", np.float64),  # m, theatre: a reported position, instead of the four components above
        ("y", np.float64),  # m, theatre
        ("z", np.float64),  # m, theatre
        ("variance_xx", np.float64),  # m2, of the reported position
        ("variance_yx", np.float64),  # m2
        ("variance_yy", np.float64),  # m2
        ("variance_zx", np.float64),  # m2
        ("variance_zy", np.float64),  # m2
        ("variance_zz", np.float64),  # m2
        ("vx", np.float64),  # m/s, theatre: velocity reported with the position
        ("vy", np.float64),  # m/s, theatre
        ("vz", np.float64),  # m/s, theatre
        ("sigma_velocity", np.float64),  # m/s, of each of the three
        ("identity", np.int64),  # number of the identity that it tells, -1 for none
    ]
)
TRACK = np.dtype(
    [
        ("id", np.int64),  # 1, 2, 3, ..., never used again
        ("status", np.int64),  # FREE, TENTATIVE, CONFIRMED
        ("time", np.float64),  # s, of the state
        ("last_update_time", np.float64),  # s
        ("created_time", np.float64),  # s
        ("confirmed_time", np.float64),  # s, NaN while tentative
        ("history", np.int64),  # bits: the last looks, newest lowest, 1 hit
        ("looks", np.int64),  # looks counted
        ("hits", np.int64),  # detections taken
        ("misses", np.int64),  # missed looks since the last hit
        ("score", np.float64),  # log odds that the track is a target
        ("nis", np.float64),  # normalised innovation squared of the last update
        ("nis_dimension", np.int64),  # its dimension
        ("last_sensor", np.int64),  # sensor of the last update
        ("last_detection", np.int64),  # `number` of the last detection
        ("twin", np.int64),  # id of an older track that it looks like
        ("identity", np.int64),  # number of the identity that its reports told, -1 for none
        ("identity_hits", np.int64),  # reports in a row that told it
        ("twin_looks", np.int64),  # for how many looks
    ]
)
SEEN = np.dtype(
    [
        ("last_seen", np.float64),  # s, time of the sensor's last detection of the track
        ("last_missed", np.float64),  # s
        ("sensor_misses", np.int64),  # consecutive; -1 when the sensor never saw the track
    ]
)
SLOTS = np.dtype(
    [
        ("free", np.int64),  # stack of free slots
        ("confirmed", np.int64),  # list: confirmed in this dwell
        ("deleted", np.int64),  # list: deleted in this dwell; their rows stay readable until the next call
        ("updated", np.int64),  # list: hit in this dwell, or started by it
    ]
)
ROW = np.dtype(
    [
        ("slot", np.int64),  # of a track in view
        ("expected", np.int64),  # 1 where a miss counts
        ("start", np.int64),  # first pair of the row
        ("column", np.int64),  # detection assigned, -1 none
        ("potential", np.float64),  # dual value
    ]
)
PAIR = np.dtype(
    [
        ("column", np.int64),  # detection
        ("cost", np.float64),  # minus log likelihood ratio
    ]
)
COLUMN = np.dtype(
    [
        ("row", np.int64),  # assigned, -1 none
        ("potential", np.float64),  # dual value
        ("distance", np.float64),  # length of the shortest path found
        ("source", np.int64),  # row before it on that path
        ("mark", np.int64),  # 0 unseen, 1 reached, 2 settled
        ("reached", np.int64),  # list: columns reached
        ("by_range", np.int64),  # list: detections sorted by range bin
    ]
)
BEARING = np.dtype(
    [
        ("x", np.float64),  # m, theatre, where it was taken
        ("y", np.float64),  # m
        ("z", np.float64),  # m
        ("axes", np.float64, (3, 3)),  # theatre to east, north, up there
        ("azimuth", np.float64),  # rad
        ("elevation", np.float64),  # rad, NaN where not measured
        ("sigma_azimuth", np.float64),  # rad
        ("sigma_elevation", np.float64),  # rad
        ("time", np.float64),  # s
        ("sensor", np.int64),  # row
    ]
)

FREE, TENTATIVE, CONFIRMED = 0, 1, 2

# entries of TrackBank.counters
NEXT_ID, LIVE, HIGHEST, FREE_SLOTS, CONFIRMED_NOW, DELETED_NOW, UPDATED_NOW, PAIRS, BEARINGS = range(9)

# what update_bank returns
DONE, BANK_FULL, PAIRS_FULL = 0, 1, 2

NEVER = -1e300  # a time before every other


class TrackerConfig(NamedTuple):
    """Constants of a run: logic, motion models and the Earth; made by `tracker.make_config`."""

    confirm_hits: int  # M: hits that confirm a tentative track
    confirm_window: int  # N: the last looks among which the hits are counted
    confirm_score: float  # least log odds of existence at confirmation
    instant_score: float  # log odds that confirm with two hits, without waiting for M
    delete_misses: int  # consecutive missed looks of every sensor that sees a confirmed track
    delete_score: float  # log odds below which a tentative track is dropped
    coast_limit: float  # s, longest time without an update
    sigma_limit: float  # m, root of the position variance's trace at which a track is dropped
    score_limit: float  # cap of the log odds
    birth_ratio: float  # new targets per false alarm among detections that fit no track
    gate: Floats  # (5,) chi-square threshold by measurement dimension
    # these two are None by default, and a kernel is compiled anew for a number: what only others need is not compiled for all
    update_method: int | None  # filters.UNSCENTED or CONVERTED; None: extended
    wide: int | None  # 1 if there are models of other kinds than constant velocity and free fall of a given coefficient
    model: Records  # (model,) MODEL
    share: Floats  # (model, model) where a track goes that leaves the row's model; rows sum to 1, diagonal 0
    max_speed: float  # m/s, limits the second detection of a track
    merge_gate: float  # chi-square (6) of the difference of two tracks below which they look like one target
    merge_looks: int  # consecutive looks of likeness that merge two tracks
    ballistic_height_low: float  # m, below it (and below the speed) a track may not turn ballistic
    ballistic_height_high: float  # m, above it it may
    ballistic_speed_low: float  # m/s
    ballistic_speed_high: float  # m/s
    ballistic_coefficient: float  # kg/m2, mass over drag area, assumed for all
    earth: Floats  # (9,) see free_fall.CENTRE ...
    effective_earth_factor: float  # k of the radio horizon


class SensorGeometry(NamedTuple):
    """What the tracker knows of the sensors; rows are sensors. One that moves is put where it is by `standing`."""

    position: Floats  # (sensor, 3) m, theatre
    rotation: Floats  # (sensor, 3, 3) theatre to the sensor's own east, north, up
    height: Floats  # (sensor,) m, antenna above the ellipsoid
    latitude: Floats  # (sensor,) rad
    earth_radius: Floats  # (sensor,) m, local radius for the horizon
    moves: Integers  # (sensor,) 0 or 1
    anchor: Floats  # (sensor, 3) m, theatre, where one that moves was at `epoch`
    velocity: Floats  # (sensor, 3) m/s, theatre, its own
    epoch: Floats  # (sensor,) s
    boresight: Floats  # (sensor,) rad, azimuth of the sector's middle
    half_sector: Floats  # (sensor,) rad, pi for all round
    elevation_min: Floats  # (sensor,) rad
    elevation_max: Floats  # (sensor,) rad
    range_min: Floats  # (sensor,) m
    range_max: Floats  # (sensor,) m
    period: Floats  # (sensor,) s, one scan or frame
    measures_elevation: Integers  # (sensor,) 0 or 1
    measures_range_rate: Integers  # (sensor,) 0 or 1
    listens: Integers  # (sensor,) 0 or 1: hears only what radiates, so that a miss may be a target's silence
    clutter_density: Floats  # (sensor,) false alarms of a scan per m, rad, [rad], [m/s]
    detection_probability: Floats  # (sensor,) nominal, used in the score


def copied(sensors: SensorGeometry) -> SensorGeometry:
    """The same sensors in arrays of their own, in which those that move may be moved."""
    return SensorGeometry(**{name: array.copy() for name, array in sensors._asdict().items()})


class Workspace(NamedTuple):
    """Scratch of one update; its content means nothing between calls."""

    x: Floats  # (model, size) position m, velocity m/s, theatre, then what else the kind has
    covariance: Floats  # (model, packed) its covariance, the lower triangle by rows
    mode: Floats  # (model,) probability
    state: Floats  # (6,) m and m/s, theatre
    spread: Floats  # (6, 6) m2, m2/s, m2/s2
    value: Floats  # (4,) range m, azimuth rad, elevation rad, range rate m/s
    rows: Floats  # (5, 6) derivatives of the four; row 4 is the state they were taken at
    measured: Floats  # (detection, 27) see measurement.RANGE ...
    window: Floats  # (2, 4) largest sigmas of a dwell; half widths of a row's widest gate
    gain: Floats  # (size,) covariance times a row
    packed: Floats  # (packed,) a covariance, the lower triangle by rows
    full: Floats  # (4, size, size) square matrices
    weight: Floats  # (model, model) transition, then mixing weights
    row: Records  # (row + 1,) ROW: tracks in view
    pair: Records  # (pair,) PAIR: what is inside the gates, by rows
    column: Records  # (detection,) COLUMN
    row_mode: Floats  # (row, model) predicted probability
    row_value: Floats  # (row, model, 4) predicted measurement
    row_rate: Floats  # (row, model, 4) its change, per s
    row_spread: Floats  # (row, model, 4, 4) its covariance
    bin_start: Integers  # (bin + 1,) first sorted detection of a range bin


class TrackBank(NamedTuple):
    """All tracks, in slots that are reused; ids never are."""

    x: Floats  # (slot, model, size) position m, velocity m/s, theatre, then what else the kind has
    covariance_models: Floats  # (slot, model, packed) its covariance, the lower triangle by rows
    mode: Floats  # (slot, model) probability
    state: Floats  # (slot, 6) m and m/s, theatre: the models combined, at `time`
    covariance: Floats  # (slot, 6, 6) of `state`
    track: Records  # (slot,) TRACK
    seen: Records  # (slot, sensor) SEEN
    slots: Records  # (slot,) SLOTS
    counters: Integers  # (9,) see NEXT_ID ...
    bearing: Records  # (bearing + SPARE,) BEARING: the latest that no track took; the last rows are scratch
    work: Workspace  # scratch


def make_bank(capacity: int, detections_max: int, sensors: int, models: int = 3, pairs_max: int = 0, size: int = 6) -> TrackBank:
    """An empty bank for `capacity` tracks, dwells of up to `detections_max` detections, and the config's models.

    `size` is that of the largest model's state.
    """
    n, m, d = capacity, models, max(detections_max, 1)
    packed = size * (size + 1) // 2
    f = np.zeros
    work = Workspace(
        x=f((m, size)), covariance=f((m, packed)), mode=f(m), state=f(6), spread=f((6, 6)), value=f(4), rows=f((5, 6)),
        measured=f((d, MEASURED)), window=f((2, 4)), gain=f(size), packed=f(packed), full=f((4, size, size)), weight=f((m, m)),
        row=f(n + 1, ROW), pair=f(pairs_max or 16 * (n + d), PAIR), column=f(d, COLUMN), row_mode=f((n, m)), row_value=f((n, m, 4)),
        row_rate=f((n, m, 4)), row_spread=f((n, m, 4, 4)), bin_start=f(RANGE_BINS + 1, np.int64),
    )  # fmt: skip
    bank = TrackBank(
        x=f((n, m, size)), covariance_models=f((n, m, packed)), mode=f((n, m)), state=f((n, 6)), covariance=f((n, 6, 6)),
        track=f(n, TRACK), seen=f((n, sensors), SEEN), slots=f(n, SLOTS), counters=f(9, np.int64),
        bearing=f(min(max(4 * d, 64), MOST_BEARINGS) + SPARE, BEARING), work=work,
    )  # fmt: skip
    clear_bank(bank)
    return bank


RANGE_BINS = 512
MEASURED = 27  # columns of Workspace.measured
MOST_BEARINGS, SPARE = 256, 3  # kept at most, and further rows


def clear_bank(bank: TrackBank) -> None:
    """Forget all tracks and start ids again from 1 (for the next replicate, without a new allocation)."""
    capacity = len(bank.track)
    bank.track["status"] = FREE
    bank.slots["free"] = np.arange(capacity - 1, -1, -1)
    bank.counters[:] = 0
    bank.counters[NEXT_ID] = 1
    bank.counters[FREE_SLOTS] = capacity
    bank.bearing["time"] = NEVER


def make_detections(capacity: int) -> Records:
    """Empty rows (capacity,) DETECTION for dwells of up to `capacity` detections: everything not measured."""
    rows = np.zeros(capacity, DETECTION)
    for name in DETECTION.names or ():
        if name != "number":
            rows[name] = -1 if name == "identity" else np.nan
    return rows
