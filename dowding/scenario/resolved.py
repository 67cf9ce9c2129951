"""A scenario with every name looked up and every default filled in, still in the units of the file (km, degrees)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dowding.catalogue import Catalogue, Entry
from dowding.scenario.doctrines import Doctrine
from dowding.scenario.identification import Identification, Zone
from dowding.scenario.networks import CommandPost, Network
from dowding.scenario.parts import Side
from dowding.scenario.paths import Point, RoutePoint
from dowding.scenario.schema import Asset, Emitter, Jammer, Orbit, Output, Scenario, Theatre, Tracker, Transponder
from dowding.terrain import Elevation


@dataclass(frozen=True)
class ResolvedRadar:
    """A radar of a fire unit, overrides applied; its role is "acquisition" or "engagement"."""

    entry: Entry
    role: str


@dataclass(frozen=True)
class ResolvedFireUnit:
    """A fire unit with its system, the radars it has, its interceptors with rounds, overrides applied."""

    name: str
    side: Side
    lat_deg: float
    lon_deg: float
    ground_altitude_m: float
    boresight_deg: float
    doctrine: str
    fails_s: float | None
    iff: bool
    system: Entry
    radars: tuple[ResolvedRadar, ...]
    interceptors: tuple[tuple[Entry, int], ...]
    stock: tuple[int, ...]  # further rounds of each
    reload_time_s: float | None
    reload_rounds: int | None
    command_post: str | None  # that it obeys


@dataclass(frozen=True)
class Tour:
    """The way of a sensor that flies: an orbit, or else waypoints from `depart_s` on, with turns of so many g; "" aboard for nobody's."""

    orbit: Orbit | None
    waypoints: tuple[RoutePoint, ...]
    depart_s: float
    turn_acceleration_g: float
    aboard: str = ""


@dataclass(frozen=True)
class ResolvedSensor:
    """A radar or receiver that stands alone or flies, overrides applied.

    One that flies has a tour, and for its place the middle of its orbit or the begin of its route, at its mean altitude.
    """

    name: str
    side: Side
    lat_deg: float
    lon_deg: float
    ground_altitude_m: float
    boresight_deg: float
    entry: Entry
    tour: Tour | None = None
    fails_s: float | None = None
    iff: bool = True


@dataclass(frozen=True)
class RecordedWay:
    """Where one target of a recording was: rows of time (s, simulated), latitude, longitude (degrees), height (m above the ellipsoid)."""

    name: str
    rows: tuple[tuple[float, float, float, float], ...]
    exact: bool  # without noise: the path leads through every row, otherwise along them


@dataclass(frozen=True)
class ResolvedFlight:
    """A flight: `waypoints` of the first member, its `orbit`, or else `launch` and `impact`; member n follows n * interval_s later.

    Or the ways of a recording, one a member.

    `attack` is the number of the other side's asset at which it ends, or -1. What it emits has its frequency and power filled in, its
    transponder its identity; None for one that carries none.
    """

    name: str
    side: Side
    target: Entry
    count: int
    depart_s: float
    interval_s: float
    lateral_spacing_km: float
    waypoints: tuple[RoutePoint, ...] = ()
    orbit: Orbit | None = None
    ways: tuple[RecordedWay, ...] = ()
    launch: Point | None = None
    impact: Point | None = None
    apogee_km: float | None = None
    attack: int = -1
    jammer: Jammer | None = None
    emits: tuple[Emitter, ...] = ()
    transponder: Transponder | None = None
    iff: bool = False


@dataclass(frozen=True)
class ResolvedLink:
    """A net with its figures filled in; `mode` says what it is used for."""

    name: str
    members: tuple[str, ...]
    entry: Entry
    mode: str
    latency_s: float
    interval_s: float
    tracks_per_s: float
    loss_probability: float
    outages: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Resolved:
    """All that a run needs to know. `scenario` and `catalogue` say where it came from and do not count in comparisons."""

    title: str
    description: str
    duration_s: float
    seed: int
    theatre: Theatre
    assets: tuple[Asset, ...]
    fire_units: tuple[ResolvedFireUnit, ...]
    sensors: tuple[ResolvedSensor, ...]
    flights: tuple[ResolvedFlight, ...]
    doctrines: Mapping[str, Doctrine]
    tracker: Tracker
    output: Output
    network: Network
    identification: Identification
    zones: tuple[Zone, ...]
    command_posts: tuple[CommandPost, ...]
    links: tuple[ResolvedLink, ...]
    elevation: Elevation | None = field(compare=False, repr=False)
    scenario: Scenario = field(compare=False, repr=False)
    catalogue: Catalogue = field(compare=False, repr=False)
