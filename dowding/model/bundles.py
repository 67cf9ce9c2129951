"""The bundles of arrays that kernels read: rows are entities, an id is a row number, -1 is none; constant for the whole run."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import bundle
from dowding.physics.geodesy import Frame
from dowding.physics.horizon import Horizons
from dowding.scenario import Resolved
from dowding.tracking.picture import SensorGeometry, TrackerConfig

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]
Records = NDArray[Any]  # structured: a table with named columns

RADAR, DIRECTION_FINDER, SECONDARY, ADS_B = range(4)  # kinds of sensors: what they make of signals
FALSE_ALARM_SPEED = 1000.0  # m/s, assumed: range rates of false alarms lie uniformly in +- this

# Tables of scalars are structured arrays, one argument each: what a kernel costs to compile grows with the arrays it takes.
SENSOR = np.dtype(
    [
        ("kind", np.int64),  # RADAR .. ADS_B
        ("key", np.int64),  # 0..2^24 - 1, of its name: what addresses its luck in place of its row
        ("strobe_ratio", np.float64),  # jammer-to-noise ratio in its beam from which it reports the direction
        ("report_share", np.float64),  # share of what it detects that it reports
        ("height", np.float64),  # m, antenna above the ellipsoid, for which its losses were tabulated
        ("curvature_north", np.float64),  # 1/m, of the ellipsoid under it along the meridian
        ("curvature_east", np.float64),  # 1/m, across it
        ("slope_min", np.float64),  # tangent of the lowest apparent elevation
        ("slope_max", np.float64),  # of the highest
        ("path_first", np.int64),  # first knot of its own path among the tours, -1 where it stands
        ("path_last", np.int64),  # last knot
        ("on", np.float64),  # s, when it begins to look
        ("off", np.float64),  # s, when it ends
        ("carrier", np.int64),  # target that carries it, or -1
        ("off_nose", np.float64),  # rad, where its sector points to the right of its nose, if it flies
        ("altitude_line", np.float64),  # m/s, it loses what changes its distance more slowly, if it flies
        ("dwells", np.int64),  # parts that a scan is cut into
        ("sweep", np.float64),  # rad, azimuth swept in one scan, 2 pi for all round
        ("snr_constant", np.float64),  # m^2: signal-to-noise ratio without air is this * rcs / range^4
        ("snr_floor_db", np.float64),  # dB, ratio at which a steady target is detected every other look; no report shows less
        ("pulses", np.int64),  # summed in one look
        ("range_resolution", np.float64),  # m
        ("azimuth_beamwidth", np.float64),  # rad
        ("elevation_beamwidth", np.float64),  # rad
        ("range_rate_resolution", np.float64),  # m/s
        ("side_lobe", np.float64),  # one-way gain of the side lobes over the peak
        ("side_lobe_db", np.float64),  # the same, two ways
        ("beam_axis", np.float64),  # rad, elevation of the beam's axis, the lowest where the beam follows in elevation
        ("clutter_reach", np.float64),  # m, from there on a smooth earth returns no echoes
        ("clutter_constant", np.float64),  # m^3: clutter-to-noise ratio of lit land is this * rise of its elevation with range / range^2
        ("range_floor", np.float64),  # m, error that stays
        ("angle_floor", np.float64),  # rad, error that stays
        ("velocity_min", np.float64),  # m/s, slower range rates are not seen
        ("canceller_order", np.int64),  # 0 for no blind speeds
        ("canceller_interval", np.float64),  # s, between pulses
        ("canceller_second", np.float64),  # s, the other one where two are staggered, else the same
        ("wavelength", np.float64),  # m
        ("false_alarms", np.float64),  # mean number in a dwell
        ("table_start_db", np.float64),  # dB, first bin of its detection table
        ("table_step_db", np.float64),  # dB
        ("picture", np.int64),  # row of the picture that it feeds
        ("asks", np.int64),  # 1: it asks what it detects for the answer of its own side
        ("unit", np.int64),  # fire unit it belongs to, or -1
        ("waits", np.int64),  # 1: it radiates only while its unit has cause to
        ("side", np.int64),  # index into Names.sides
    ]
)
TARGET = np.dtype(
    [
        ("cls", np.int64),  # index into TARGET_CLASSES
        ("key", np.int64),  # 0..2^32 - 1, of its name: what addresses its luck in place of its row
        ("swerling", np.int64),  # 0..4
        ("path_first", np.int64),  # first knot
        ("path_last", np.int64),  # last knot
        ("shift", np.float64),  # s, later than the knots' times
        ("start", np.float64),  # s, when it enters the scene
        ("end", np.float64),  # s, when its path ends
        ("aim", np.int64),  # object that its path ends at, or -1
        ("damage", np.float64),  # hit points that it takes from that
        ("carrier", np.int64),  # target that releases it where its path begins, or -1
        ("turn_time", np.float64),  # s, when it leaves its path for that of `turn`, infinite for never
        ("turn", np.int64),  # turn that it takes then, or -1
        ("turn_first", np.int64),  # the first of the turns that it may take when it is engaged, in order of time
        ("turn_end", np.int64),  # the one after the last
        ("turn_delay", np.float64),  # s, from the first launch at it to the turn
        ("emission_first", np.int64),  # its first emission
        ("emission_end", np.int64),  # the one after its last
        ("identity", np.int64),  # index into Names.identities of what it answers, or -1
        ("iff", np.int64),  # 1: it answers radars of its own side that ask
        ("position_error", np.float64),  # m, standard error of a broadcast position, in each level direction
        ("altitude_error", np.float64),  # m, standard error of the altitude that it tells
        ("side", np.int64),  # index into Names.sides
    ]
)
JAMMER = np.dtype(
    [
        ("target", np.int64),  # that carries it
        ("on", np.float64),  # s, when it is switched on
        ("range", np.float64),  # m, jams no radar farther off
    ]
)
EMISSION = np.dtype(
    [
        ("on", np.float64),  # s, when it is switched on
        ("off", np.float64),  # s, when it is switched off
    ]
)
TURN = np.dtype(
    [
        ("time", np.float64),  # s, when the path is left, on the target's own shift as its knots' times are
        ("path_first", np.int64),  # first knot of the other path, which begins a little before that
        ("path_last", np.int64),  # last knot
        ("end", np.float64),  # s, when it ends, on that shift
        ("aim", np.int64),  # object that it ends at, or -1
    ]
)
OBJECT = np.dtype(
    [
        ("hit_points", np.float64),  # damage that puts it out of action
        ("node", np.int64),  # node of the network that it is, or -1
    ]
)
ASSET = np.dtype(
    [
        ("x", np.float64),  # m, theatre
        ("y", np.float64),  # m
        ("z", np.float64),  # m
        ("radius", np.float64),  # m
        ("priority", np.float64),  # how much it counts where a doctrine defends by value
        ("rank", np.int64),  # 0 for those of its side's highest priority, 1 for the next
        ("side", np.int64),  # index into Names.sides
    ]
)
INTERCEPTOR = np.dtype(
    [
        ("range_min", np.float64),  # m, slant
        ("range_max", np.float64),  # m, slant
        ("range_max_ballistic", np.float64),  # m, slant; 0 where it cannot
        ("altitude_min", np.float64),  # m, above the fire unit's ground
        ("altitude_max", np.float64),  # m, above the ellipsoid
        ("speed_max", np.float64),  # m/s
        ("boost_time", np.float64),  # s
        ("decay", np.float64),  # 1/m
        ("flight_time", np.float64),  # s, to the greatest slant range of all
        ("target_speed_max", np.float64),  # m/s
        ("far_from", np.float64),  # share of the reach from which kill probability falls
        ("far_factor", np.float64),  # to this at the reach's end
        ("low_below", np.float64),  # m, above the fire unit's ground, below which it falls
        ("low_factor", np.float64),  # to this at the lowest altitude
        ("high_from", np.float64),  # m, above the ellipsoid, from which it falls
        ("high_factor", np.float64),  # to this at the highest altitude
        ("crossing_factor", np.float64),  # over head on, of a target that flies across
        ("receding_factor", np.float64),  # of one that flies away
        ("unguided_factor", np.float64),  # share that is left where the unit does not see the meeting
        ("basket", np.float64),  # m, it finds its target if the track is no further off than this
    ]
)
UNIT = np.dtype(
    [
        ("x", np.float64),  # m, theatre
        ("y", np.float64),  # m
        ("z", np.float64),  # m
        ("ground", np.float64),  # m, height of its ground above the ellipsoid
        ("side", np.int64),  # index into Names.sides
        ("picture", np.int64),  # row of the picture it fights by
        ("target_channels", np.int64),  # targets engaged at once
        ("missile_channels", np.int64),  # interceptors in flight at once
        ("reaction_time", np.float64),  # s, from decision to launch
        ("launch_interval", np.float64),  # s
        ("kill_assessment", np.float64),  # s, from intercept to the next decision on that target
        ("decision_interval", np.float64),  # s
        ("shots_max", np.int64),  # interceptors at one track
        ("look", np.bool_),  # shoot again after looking; else one salvo only
        ("smallest", np.bool_),  # prefer the interceptor of the least reach that can; else that of the best kill probability
        ("kill_probability_min", np.float64),  # no launch below this
        ("tight", np.bool_),  # engage only what is taken for an enemy; else all that is not taken for a friend
        ("off", np.float64),  # s, when it fails
        ("remote", np.int64),  # 1 where others' tracks are good enough to launch on
        ("by_value", np.bool_),  # serve the tracks first that threaten the assets of the highest priority; else those with the least time
        ("gain_min", np.float64),  # a further unit joins an engagement only if that lowers the chance to survive by so much
        ("waits", np.bool_),  # its engagement radars radiate only while there is a cue
        ("cue_range", np.float64),  # m, within which a track is one
        ("cue_hold", np.float64),  # s, how much longer they radiate
        ("reload_time", np.float64),  # s, of one reload
        ("post", np.int64),  # row of the command post that it obeys, or -1
        ("central", np.bool_),  # that post chooses its targets
        ("manual", np.bool_),  # an operator of that post must agree to each engagement
        ("alone", np.bool_),  # it decides for itself once its post has failed
        ("order_link", np.int64),  # link to its post, -1 for none: orders take no time
        ("order_edge", np.int64),  # edge by which the post tells it of tracks, or -1
        ("order_latency", np.float64),  # s, of a request or an order
        ("order_loss", np.float64),  # probability that one is lost ...
        ("order_interval", np.float64),  # s, and sent again after this
        ("delay", np.float64),  # s, from choosing to having the order or the approval, where nobody waits
        ("reserves", np.bool_),  # it keeps rounds for some class
        ("key", np.int64),  # 0..2^24 - 1, of its name: what addresses its luck
    ]
)
MAGAZINE = np.dtype(
    [
        ("ready", np.int64),  # rounds at the start, as many as there is room for
        ("stock", np.int64),  # rounds to reload with
        ("load", np.int64),  # rounds that one reload brings
        ("serves", np.int64),  # bits of the classes that it may be fired at
    ]
)
POST = np.dtype(
    [
        ("node", np.int64),  # row of its node
        ("operators", np.int64),  # who approve engagements
        ("service", np.float64),  # s, mean time of one approval
        ("exponential", np.bool_),  # drawn from an exponential distribution; else always the same
        ("key", np.int64),  # 0..2^24 - 1, of its name: what addresses its luck
    ]
)
URGENCY, GREEDY, LINEAR, NONLINEAR = range(4)  # how a desk divides tracks among its units
DESK = np.dtype(
    [
        ("picture", np.int64),  # row of the picture that it decides by
        ("post", np.int64),  # command post whose it is, or -1 for one of fire units themselves
        ("first", np.int64),  # its first fire unit among the members
        ("end", np.int64),  # the one after its last
        ("assignment", np.int64),  # URGENCY .. NONLINEAR
    ]
)
CORRIDOR, RESTRICTED = range(2)  # kinds of zones
ZONE = np.dtype(
    [
        ("kind", np.int64),  # CORRIDOR or RESTRICTED
        ("side", np.int64),  # index into Names.sides: who goes by it
        ("first", np.int64),  # its first corner
        ("end", np.int64),  # the one after its last
        ("altitude_min", np.float64),  # m, above the ellipsoid
        ("altitude_max", np.float64),  # m
        ("speed_max", np.float64),  # m/s
        ("begin", np.float64),  # s, from when it holds
        ("stop", np.float64),  # s, until when
    ]
)
CUES, TRACKS, REMOTE, DETECTIONS = range(4)  # what a port sends: tracks as cues, tracks, tracks to launch on, or every dwell
NODE = np.dtype(
    [
        ("picture", np.int64),  # row of its picture
        ("off", np.float64),  # s, when it fails
        ("relays", np.int64),  # 1: tells all that it knows; 0: only what its own sensors follow
    ]
)
PORT = np.dtype(
    [
        ("key", np.int64),  # 0..2^24 - 1, of the names of link and sender: what addresses its luck
        ("node", np.int64),  # who sends
        ("link", np.int64),  # over which link
        ("sends", np.int64),  # CUES .. DETECTIONS
        ("interval", np.float64),  # s, between two messages of tracks
        ("capacity", np.int64),  # tracks in one message
        ("first", np.int64),  # its first edge
        ("end", np.int64),  # the one after its last
        ("ring", np.int64),  # messages that are kept: as many as can be under way
    ]
)
EDGE = np.dtype(
    [
        ("key", np.int64),  # 0..2^32 - 1, of the receiver's name
        ("port", np.int64),  # who sends
        ("node", np.int64),  # who receives
        ("back", np.int64),  # the port by which that one sends on the same link
        ("latency", np.float64),  # s
        ("loss", np.float64),  # probability
    ]
)
OUTAGE = np.dtype(
    [
        ("link", np.int64),  # which link carries nothing
        ("edge", np.int64),  # over which edge, or -1 for all of them
        ("begin", np.float64),  # s
        ("end", np.float64),  # s
    ]
)


@bundle
class Paths(NamedTuple):
    """The knots of all paths, one after the other."""

    time: Reals  # (knot,) s
    position: Reals  # (knot, 3) m, theatre
    velocity: Reals  # (knot, 3) m/s, theatre


@bundle
class Settings(NamedTuple):
    """Scalars of the run."""

    duration: float  # s
    truth_interval: float  # s
    effective_earth_factor: float  # radius factor of the refracted horizon
    pictures: int  # number of pictures
    friends_seen: int  # 1: radars see both sides, and friends must be recognised
    reply_probability: float  # that a friend's answer is received at a detection


@bundle
class Network(NamedTuple):
    """Who tells whom; without ports where all of a side share one picture, or nobody shares."""

    nodes: Records  # (node,) NODE: fire units, stand-alone sensors, command posts
    ports: Records  # (port,) PORT: a node on a link
    edges: Records  # (edge,) EDGE: from a port to another node, port by port
    outages: Records  # (outage,) OUTAGE
    sensor_node: Wholes  # (sensor,) the node that it belongs to
    remote_error: float  # m, largest root of the summed position variances that others' tracks may have to launch on them
    remote_age: float  # s, greatest age of their last detection


@bundle
class Defence(NamedTuple):
    """What sensors and fire units are and know of themselves; nothing of what flies."""

    frame: Frame
    settings: Settings
    geometry: SensorGeometry  # those that fly stand where they begin
    sensors: Records  # (sensor,) SENSOR
    tours: Paths  # the ways of those that fly, one after the other
    horizons: Horizons  # the terrain's horizon around each sensor
    detection: Reals  # (sensor, swerling, bin) detection probability against signal-to-noise ratio
    quiet: Reals  # (0, 3) a sky without jammers, for maps
    clutter: Reals  # (sensor, bin) dB, residual clutter-to-noise ratio of a smooth earth in the beam, see `cluttering`; no bins for none
    loss: Reals  # (sensor, height, range, part) what lies between; one part where the horizon alone hides, see `propagating`
    assets: Records  # (asset,) ASSET: what is defended, fire units, sensors and command posts of any value as well
    interceptors: Records  # (interceptor,) INTERCEPTOR
    kill_probability: Reals  # (interceptor, class)
    units: Records  # (unit,) UNIT
    unit_radars: Wholes  # (unit, radar) its engagement radars, -1 for none
    unit_interceptors: Wholes  # (unit, kind) interceptor rows, -1 for none
    rounds: Wholes  # (unit, kind) ready at the start
    salvo: Wholes  # (unit, class) interceptors at once, 0 to hold fire at that class
    reserve: Wholes  # (unit, class) rounds kept for it
    magazine: Records  # (unit, kind) MAGAZINE
    posts: Records  # (post,) POST
    desks: Records  # (desk,) DESK: who decides for which fire units
    members: Wholes  # (member,) fire units, desk by desk
    tracker: TrackerConfig
    network: Network
    zones: Records  # (zone,) ZONE
    zone_corners: Reals  # (corner, 2) latitude, longitude (rad)
    identity_side: Wholes  # (identity,) index into Names.sides of whose code each is


@bundle
class Flights(NamedTuple):
    """What flies: truth, for motion, sensing and the resolving of shots only."""

    targets: Records  # (target,) TARGET
    rcs: Reals  # (target, sensor, aspect) m^2, in that sensor's band; aspects are front, side, rear
    paths: Paths
    turns: Records  # (turn,) TURN: other paths that targets may turn to
    objects: Records  # (object,) OBJECT: what can be hit: assets, then fire units, sensors and command posts
    jammers: Records  # (jammer,) JAMMER
    emissions: Records  # (emission,) EMISSION: what receivers may hear, target by target
    heard: Reals  # (emission, sensor) m^2: signal-to-noise ratio of a receiver is this / range^2; 0 where it hears nothing
    jam: Reals  # (jammer, sensor) m^2: jammer-to-noise ratio in the beam's axis is this / range^2; 0 in another band


@bundle
class Model(NamedTuple):
    """Everything that kernels read."""

    defence: Defence
    flights: Flights


@dataclass(frozen=True)
class Names:
    """What people call the rows."""

    sides: tuple[str, ...]
    objects: tuple[str, ...]  # what can be hit, assets first
    sensors: tuple[str, ...]
    sensor_entries: tuple[str, ...]
    units: tuple[str, ...]
    interceptors: tuple[str, ...]
    flights: tuple[str, ...]
    flight_of: tuple[int, ...]
    entries: tuple[str, ...]
    identities: tuple[str, ...]  # what transponders answer
    pictures: tuple[str, ...]  # whose pictures they are: sides, or fire units, sensors and command posts


@dataclass(frozen=True)
class Compiled:
    """A model with its names and the scenario that it came from."""

    model: Model
    names: Names
    resolved: Resolved
