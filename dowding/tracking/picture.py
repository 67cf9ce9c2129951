"""The tracker's bundles of arrays: its constants, what it knows of the sensors, one dwell's detections, and the bank of tracks.

Frame: theatre east-north-up, a rigid rotation of Earth-centred Earth-fixed coordinates at the scenario's origin. No truth here.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Records = NDArray[Any]  # structured: a table with named columns

NUMBERS = 4  # of other pictures for one track that are remembered
MEMBERS = 4  # tracks at most that one detection may be of

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
        ("reach", np.float64),  # m from the state's position within which the gates of all models lie at `time`
        ("reach_rate", np.float64),  # m/s by which that grows
        ("bend", np.float64),  # m/s2, half of which times the square of the time is added
        # what stands above is read of every track at every dwell: one piece of memory
        ("created_time", np.float64),  # s
        ("confirmed_time", np.float64),  # s, NaN while tentative
        ("history", np.int64),  # bits: the last looks, newest lowest, 1 hit
        ("looks", np.int64),  # looks counted
        ("hits", np.int64),  # detections taken
        ("misses", np.int64),  # missed looks since the last hit
        ("score", np.float64),  # log odds that the track is a target that exists
        ("score_before", np.float64),  # before the last missed look
        ("nis", np.float64),  # normalised innovation squared of the last update
        ("nis_dimension", np.int64),  # its dimension
        ("last_sensor", np.int64),  # sensor of the last update
        ("last_detection", np.int64),  # `number` of the last detection
        ("twin", np.int64),  # id of an older track that it looks like
        ("identity", np.int64),  # number of the identity that its reports told, -1 for none
        ("identity_hits", np.int64),  # reports in a row that told it
        ("twin_looks", np.int64),  # for how many looks
        ("credit", np.int64),  # looks for which it may share detections with tracks that cannot be told from it
        ("teller", np.int64),  # who else reports it: a number, NOBODY or SEVERAL
        ("told_time", np.float64),  # s, of the last detection behind what others reported of it
        ("told_until", np.float64),  # s, until when their word keeps it alive
    ]
)
SEEN = np.dtype(
    [
        ("last_seen", np.float64),  # s, time of the sensor's last detection of the track
        ("last_missed", np.float64),  # s
        ("sensor_misses", np.int64),  # consecutive; -1 when the sensor never saw the track
        ("found", np.float64),  # fading count of the looks that found it ...
        ("looked", np.float64),  # ... among so many
        ("beyond", np.int64),  # detections in a row where the sensor should not see
    ]
)
ALIKE = np.dtype(
    [
        ("found", np.float64),  # fading count of the looks that found a confirmed track, whichever it was ...
        ("looked", np.float64),  # ... among so many
        ("odds", np.float64),  # log odds that one detection probability is all tracks'
    ]
)
NUMBER = np.dtype(
    [
        ("number", np.int64),  # see shared_tracks.number_of
        ("time", np.float64),  # s, when a report told it last
    ]
)
SLOTS = np.dtype(
    [
        ("free", np.int64),  # stack of free slots
        ("confirmed", np.int64),  # list: confirmed in this dwell
        ("deleted", np.int64),  # list: deleted in this dwell; their rows stay readable until the next call
        ("updated", np.int64),  # list: hit in this dwell, or started by it
        ("forgotten", np.int64),  # list: to be deleted in this dwell, because nobody updated them for too long
    ]
)
POINT = np.dtype(
    [
        ("time", np.float64),  # s, of the detection
        ("sensor", np.int64),  # that made it
        ("number", np.int64),  # `number` of the detection
        ("x", np.float64),  # m, theatre
        ("y", np.float64),  # m, theatre
        ("z", np.float64),  # m, theatre
        ("reach", np.float64),  # m, of its error
        ("reach_rate", np.float64),  # m/s, its greatest speed
        ("weight", np.float64),  # log odds that it is a new target's
        ("sensor_x", np.float64),  # m, theatre, where the sensor stood, if it moves
        ("sensor_y", np.float64),  # m, theatre
        ("sensor_z", np.float64),  # m, theatre
    ]
)
ROW = np.dtype(
    [
        ("slot", np.int64),  # of a track in view, or number of a point
        ("expected", np.int64),  # 0, or one of EXPECTED, UNTOLD
        ("covered", np.int64),  # 1 where the sensor should see
        ("range", np.float64),  # m, about where it is now
        ("ground", np.float64),  # m, distance over ground
        ("azimuth", np.float64),  # rad
        ("reach", np.float64),  # m, how far from there the gates go
        ("elevation", np.float64),  # rad
        ("rate", np.float64),  # m/s, range rate
        ("error", np.float64),  # m, twice the standard deviation of its position
        ("time", np.float64),  # s, for which it is predicted; NaN if it is not
        ("existence", np.float64),  # probability, predicted
        ("detected", np.float64),  # probability of detection, if it exists
        ("start", np.int64),  # first pair of the row
        ("column", np.int64),  # detection assigned, -1 none
        ("potential", np.float64),  # dual value
        ("alone", np.float64),  # weight of having no detection
        ("missed", np.float64),  # probability of having none
        ("doubt", np.float64),  # the same before the choice was made, for the track's existence
        ("private", np.float64),  # weight of having none that another row might have
        ("parent", np.int64),  # towards the first row of its cluster
        ("next", np.int64),  # row of its cluster, -1 none
        ("before", np.int64),  # row of its cluster
        ("last", np.int64),  # of a cluster's first row: its last row
        ("place", np.int64),  # in a table of its cluster
        ("scale", np.float64),  # of its weights, 1 over their sum
        ("order", np.int64),  # list: rows by range
        ("friends", np.int64),  # how many rows may be too near to be told from it ...
        ("friend", np.int64, (MEMBERS - 1,)),  # ... and which
        ("apart", np.float64, (4,)),  # m, rad, rad, m/s: how far the farthest is
        ("together", np.float64),  # probability that the nearest is unresolved
        ("first_union", np.int64),  # first of the unions in which it is the last row
        ("end_union", np.int64),  # the one behind the last of these
        ("union", np.int64),  # list: unions that may have got a detection with it in them, -1 none
    ]
)
UNION = np.dtype(
    [
        ("column", np.int64),  # detection
        ("local", np.int64),  # its number in the cluster
        ("size", np.int64),  # rows
        ("member", np.int64, (MEMBERS,)),  # they
        ("next", np.int64, (MEMBERS,)),  # the next union of each, -1 none
        ("weight", np.float64),  # likelihood ratio against a detection of other origin
        ("probability", np.float64),  # that the detection is of all of them
    ]
)
PAIR = np.dtype(
    [
        ("column", np.int64),  # detection
        ("cost", np.float64),  # minus log likelihood ratio
        ("weight", np.float64),  # likelihood ratio against a detection of other origin
        ("rival", np.float64),  # density of detections of other origin
        ("probability", np.float64),  # that the row's track has this detection
        ("shared", np.float64),  # of it: together with others
        ("message", np.float64),  # of belief propagation, from detection to row
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
        ("sharers", np.int64),  # rows that claim it
        ("local", np.int64),  # its number in its cluster, -1 if it is not shared
        ("heard", np.float64),  # 1 and the sum of the messages of its rows, but for the largest
        ("loudest", np.float64),  # the largest
        ("claimed", np.float64),  # probability that a track has it
        ("rival", np.float64),  # density of false alarms and new targets where it lies
        ("valid", np.int64),  # 1 unless screened out
        ("cell", np.int64),  # of the grid, -1 if it has no place there
        ("range", np.float64),  # m from the sensor
        ("azimuth", np.float64),  # rad from the middle of the dwell
    ]
)
NEAR = np.dtype(
    [
        ("detection", np.int64),  # sorted by cells; those without a place in the grid last
        ("range", np.float64),  # m
        ("azimuth", np.float64),  # rad from the middle of the dwell
        ("found", np.int64),  # list: detections near a track
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
(
    NEXT_ID, LIVE, HIGHEST, FREE_SLOTS, CONFIRMED_NOW, DELETED_NOW, UPDATED_NOW, PAIRS, POINTS, FORGOTTEN_NOW, BEARINGS, UNIONS, WATCHERS,
) = range(13)  # fmt: skip

# entries of TrackBank.tally
DEATHS, LOOKS, LAST_TIME = 0, 1, 2

# what update_bank returns
DONE, BANK_FULL, PAIRS_FULL = 0, 1, 2

NOBODY, SEVERAL = -1, -2  # TRACK.teller

# of a row: the sensor should see it, so that a miss counts; the same, but a miss tells nothing of the target's existence
EXPECTED, UNTOLD = 1, 2

GNN, JIPDA = 0, 1  # TrackerConfig.association

NEVER = -1e300  # a time before every other


@bundle
class TrackerConfig(NamedTuple):
    """Constants of a run: logic, motion models and the Earth; made by `tracker.make_config`."""

    association: int  # GNN: the best single assignment; JIPDA: all of them, each by its probability
    confirm_hits: int  # M: hits that confirm a tentative track
    confirm_window: int  # N: the last looks among which the hits are counted
    confirm_score: float  # least log odds of existence at confirmation
    instant_score: float  # log odds that confirm with two hits, without waiting for M
    delete_misses: int  # consecutive missed looks of every sensor that sees a confirmed track
    delete_score: float  # log odds below which a tentative track is dropped
    end_score: float  # log odds below which a confirmed track is
    coast_limit: float  # s, longest time without an update
    sigma_limit: float  # m, root of the position variance's trace at which a track is dropped
    score_limit: float  # cap of the log odds
    birth_ratio: float  # new targets per false alarm among detections that fit no track
    death_ratio: float  # part of the targets in view that vanish from one look to the next, before anything is known of it
    death_looks: float  # looks that this counts for
    death_memory: float  # scans after which what was seen of it is forgotten
    shown_existence: float  # a confirmed track is shown while it exists at least so probably
    gate: Floats  # (7,) chi-square threshold by measurement dimension
    # these three are None by default, and a kernel is compiled anew for a number: what only others need is not compiled for all
    update_method: int | None  # filters.UNSCENTED or CONVERTED; None: extended
    clutter_memory: float | None  # looks after which a map of false alarms forgets; None: the sensors' densities are taken as given
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


@bundle
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
    blind_speed: Floats  # (sensor,) m/s, slower range rates, to or fro, it does not see
    listens: Integers  # (sensor,) 0 or 1: hears only what radiates, so that a miss may be a target's silence
    resolution: Floats  # (sensor, 4) m, rad, rad, m/s: nearer in all four, targets are one detection; inf: not told apart by it, 0: always
    clutter_density: Floats  # (sensor,) false alarms of a scan per m, rad, [rad], [m/s]
    detection_probability: Floats  # (sensor,) nominal, used in the score


def copied(sensors: SensorGeometry) -> SensorGeometry:
    """The same sensors in arrays of their own, in which those that move may be moved."""
    return SensorGeometry(**{name: array.copy() for name, array in sensors._asdict().items()})


@bundle
class Workspace(NamedTuple):
    """Scratch of one update; its content means nothing between calls."""

    x: Floats  # (model, size) position m, velocity m/s, theatre, then what else the kind has
    covariance: Floats  # (model, packed) its covariance, the lower triangle by rows
    mode: Floats  # (model,) probability
    state: Floats  # (6,) m and m/s, theatre
    spread: Floats  # (6, 6) m2, m2/s, m2/s2
    value: Floats  # (4,) range m, azimuth rad, elevation rad, range rate m/s
    rows: Floats  # (5, 6) derivatives of the four; row 4 is the state they were taken at
    measured: Floats  # (detection + 1, 27) see measurement.RANGE ...; the last row is scratch
    window: Floats  # (2, 4) largest sigmas of a dwell; half widths of a row's widest gate
    gain: Floats  # (size,) covariance times a row
    packed: Floats  # (packed,) a covariance, the lower triangle by rows
    full: Floats  # (4, size, size) square matrices
    weight: Floats  # (model, model) transition, then mixing weights
    row: Records  # (row + 1,) ROW: tracks in view
    point_row: Records  # (point + 1,) ROW: points near a detection
    pair: Records  # (pair,) PAIR: what is inside the gates, by rows
    column: Records  # (detection,) COLUMN
    union: Records  # (union,) UNION
    members: Integers  # (4,) rows of a union
    row_x: Floats  # (row + 1, model, size) predicted states; the last row is for sums, as of the two below
    row_covariance: Floats  # (row + 1, model, packed) their covariances
    row_mode: Floats  # (row + 1, model) predicted probability
    row_value: Floats  # (row + 1, model, 4) predicted measurement; the last row is for points, as of the two below
    row_rate: Floats  # (row + 1, model, 4) its change, per s
    row_spread: Floats  # (row + 1, model, 4, 4) its covariance
    rough: Floats  # (model, 6) see plausibility.PRIOR ...
    near: Records  # (detection,) NEAR
    grid: Floats  # (8,) see gating.RANGE_LOW ...
    cell_start: Integers  # (cell + 1,) first sorted detection of a cell
    table: Floats  # (4, 4096) see marginals


@bundle
class TrackBank(NamedTuple):
    """All tracks, in slots that are reused; ids never are. And the points: detections that may be the first of a target."""

    x: Floats  # (slot + 1, model, size) position m, velocity m/s, theatre, then what else the kind has; the last slot is scratch
    covariance_models: Floats  # (slot + 1, model, packed) its covariance, the lower triangle by rows
    mode: Floats  # (slot + 1, model) probability
    state: Floats  # (slot + 1, 6) m and m/s, theatre: the models combined, at `time`
    covariance: Floats  # (slot + 1, 6, 6) of `state`
    track: Records  # (slot,) TRACK
    seen: Records  # (slot, sensor) SEEN; means something for the sensors among the watchers
    alike: Records  # (sensor,) ALIKE
    slots: Records  # (slot,) SLOTS
    numbers: Records  # (slot, NUMBERS) NUMBER: by which numbers of their own other pictures know the track
    watchers: Integers  # (sensor,) list of the sensors that have looked for this picture: counters[WATCHERS] of them
    counters: Integers  # (13,) see NEXT_ID ...
    tally: Floats  # (3,) see DEATHS ...
    faults: Integers  # (7,) detections left out, by reason, see screening.EMPTY ...
    point: Records  # (point,) POINT, of which the first counters[POINTS] are in use
    point_until: Floats  # (point,) s, how long it waits for a second detection; -inf when one has made it a track, or it has waited enough
    point_measured: Floats  # (point, 27) their detections, see measurement.RANGE ...
    bearing: Records  # (bearing + SPARE,) BEARING: the latest that no track took; the last rows are scratch
    clutter: Floats  # (sensor, azimuth, range, 2) see clutter_map.SEEN ...
    work: Workspace  # scratch


def make_bank(
    capacity: int, detections_max: int, sensors: int, models: int = 3, pairs_max: int = 0, size: int = 6, points_max: int = 0,
    clutter_cells: tuple[int, int] = (1, 1),
) -> TrackBank:  # fmt: skip
    """An empty bank for `capacity` tracks, dwells of up to `detections_max` detections, and the config's models.

    `size` is that of the largest model's state; room for points and pairs is chosen by the other two where it is 0; clutter_cells are
    azimuths and ranges of each sensor's map of false alarms.
    """
    n, m, d = capacity, models, max(detections_max, 1)
    p = points_max or max(4 * d, n // 2, 64)  # a scan of many small dwells leaves more than one dwell has
    packed = size * (size + 1) // 2
    f = np.zeros
    work = Workspace(
        x=f((m, size)), covariance=f((m, packed)), mode=f(m), state=f(6), spread=f((6, 6)), value=f(4), rows=f((5, 6)),
        measured=f((d + 1, MEASURED)), window=f((2, 4)), gain=f(size), packed=f(packed), full=f((4, size, size)), weight=f((m, m)),
        row=f(n + 1, ROW), point_row=f(p + 1, ROW), pair=f(pairs_max or 16 * (n + d), PAIR), column=f(d, COLUMN),
        union=f(4 * n + 16, UNION), members=f(MEMBERS, np.int64),
        row_x=f((n + 1, m, size)), row_covariance=f((n + 1, m, packed)), row_mode=f((n + 1, m)), row_value=f((n + 1, m, 4)),
        row_rate=f((n + 1, m, 4)), row_spread=f((n + 1, m, 4, 4)), rough=f((m, 6)), near=f(d, NEAR), grid=f(8),
        cell_start=f(d + 64, np.int64), table=f((4, CLUSTER_CELLS)),
    )  # fmt: skip
    bank = TrackBank(
        x=f((n + 1, m, size)), covariance_models=f((n + 1, m, packed)), mode=f((n + 1, m)), state=f((n + 1, 6)),
        covariance=f((n + 1, 6, 6)), track=f(n, TRACK), seen=f((n, sensors), SEEN), alike=f(sensors, ALIKE),
        slots=f(n, SLOTS), numbers=f((n, NUMBERS), NUMBER), watchers=f(sensors, np.int64), counters=f(13, np.int64),
        tally=f(3), faults=f(7, np.int64), point=f(p, POINT), point_until=f(p), point_measured=f((p, MEASURED)),
        bearing=f(min(max(4 * d, 64), MOST_BEARINGS) + SPARE, BEARING), clutter=f((sensors, *clutter_cells, 2)), work=work,
    )  # fmt: skip
    clear_bank(bank)
    return bank


CLUSTER_CELLS = 4096  # of the tables that solve a cluster exactly
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
    bank.tally[:] = 0.0
    bank.faults[:] = 0
    for name in ALIKE.names or ():
        bank.alike[name] = 0.0
    bank.clutter[:] = 0.0
    bank.tally[LAST_TIME] = NEVER
    bank.bearing["time"] = NEVER


def make_detections(capacity: int) -> Records:
    """Empty rows (capacity,) DETECTION for dwells of up to `capacity` detections: everything not measured."""
    rows = np.zeros(capacity, DETECTION)
    for name in DETECTION.names or ():
        if name != "number":
            rows[name] = -1 if name == "identity" else np.nan
    return rows
