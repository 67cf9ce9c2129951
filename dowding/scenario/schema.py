"""What a user may write in a scenario file: the schema is these classes; each key's unit stands in its name."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema

from dowding.scenario.doctrines import Doctrine
from dowding.scenario.identification import Identification, Zone
from dowding.scenario.networks import CommandPost, Link, Network
from dowding.scenario.parts import Part, Side, fails_key, ground_key, iff_key, latitude_key, longitude_key, name_key

Band = Literal["VHF", "UHF", "L", "S", "C", "X", "Ku"]


def _mast() -> Any:
    return Field(
        default=None, ge=0, le=100, description="height of the antenna above ground, of every radar here; left out: the catalogue's"
    )


def _boresight() -> Any:
    return Field(default=0.0, ge=0, lt=360, description="azimuth that a radar of less than 360 degrees points to, clockwise from north")


def _utc(moment: Any) -> Any:
    """The same moment in UTC; a time without zone is taken as UTC."""
    if not isinstance(moment, datetime):
        return moment
    if not 1900 <= moment.year <= 2200:
        raise ValueError("must be between the years 1900 and 2200")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _place(value: Any) -> Any:
    return {"to": value} if isinstance(value, str) else value


def _transponder(value: Any) -> Any:
    """A table, where an identity alone or a yes or no was written."""
    if isinstance(value, bool):
        return {} if value else {"mode": "none"}
    return {"identity": value} if isinstance(value, str) else value


def _graded(value: Any) -> Any:
    """The same figure, entry or plain value; refuses a grade that is not a word, at any depth."""
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        if key == "grade" and not isinstance(inner, str):
            raise ValueError("must have a word for its grade")
        _graded(inner)
    return value


Value = Annotated[Any, BeforeValidator(_graded), WithJsonSchema({"type": ["number", "string", "boolean", "object", "array"]})]
"""A bare value, or a table { value, low, high, note }; the catalogue checks it."""
Values = dict[str, Value]


def _overrides(meaning: str) -> Any:
    return Field(default_factory=dict, description=meaning)


class Position(Part):
    """A point on the earth."""

    lat_deg: float = latitude_key()
    lon_deg: float = longitude_key()


class Theatre(Part):
    """Where and when."""

    origin: Position = Field(description="origin of the local frame; everything must lie within 5000 km of it")
    start: Annotated[datetime, BeforeValidator(_utc)] = Field(
        default=datetime(2026, 1, 1, tzinfo=UTC), description="date and time at simulated time zero; without a zone it is UTC"
    )
    effective_earth_factor: float = Field(
        default=4 / 3,
        ge=0.5,
        le=10,
        description="effective earth radius over the true one: how far radar waves bend (4/3 is the usual atmosphere)",
    )
    terrain: str = Field(
        default="smooth",
        min_length=1,
        description="heights of the ground: smooth for none, turkey for the shipped ones, or a GeoTIFF, DTED, .hgt or .npz file or folder",
    )
    unknown_ground: Literal["refuse", "sea"] = Field(
        default="refuse", description="ground that the terrain does not hold: refuse the scenario where it matters, or take it for sea"
    )
    rain_rate_mm_h: float = Field(default=0.0, ge=0, le=200, description="rain that falls everywhere, up to 3 km altitude")
    propagation: Literal["geometric", "smooth-earth"] = Field(
        default="geometric",
        description="geometric: in sight above the refracted horizon, unseen below; smooth-earth: lobes by reflection, diffraction below",
    )
    surface: Literal["land", "sea"] = Field(default="land", description="what reflects, if propagation is smooth-earth")
    sea_state: int = Field(default=3, ge=0, le=6, description="how rough the sea is (WMO code 3700), if it reflects")


class Asset(Part):
    """What is defended: a circle on the ground."""

    name: str = name_key("its name; a route's `to` and an `impact` refer to it")
    side: Side = Field(default="blue", description="whose it is")
    lat_deg: float = latitude_key()
    lon_deg: float = longitude_key()
    altitude_m: float | None = ground_key()
    radius_km: float = Field(gt=0, le=500, description="radius of the circle")
    value: float = Field(default=1.0, gt=0, le=1e12, description="worth, in any unit that all assets share")
    priority: float | None = Field(
        default=None, gt=0, le=1e12, description="how much it counts where a doctrine defends by value; left out: its `value`"
    )


class SystemOverride(Part):
    """Other figures than the catalogue's for one fire unit: `KEY = x` for the system, tables for its radars, interceptors and rounds."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: Values = Field(init=False)

    radars: dict[str, Values] = _overrides("for a radar of the unit, by its catalogue id: key = value")
    interceptors: dict[str, Values] = _overrides("for an interceptor of the unit, by its catalogue id: key = value")
    rounds: dict[str, Annotated[int, Field(ge=0, le=100000)]] = _overrides("rounds at the start, by the interceptor's catalogue id")


class FireUnit(Part):
    """A fire unit: the catalogue's system brings radars, launchers, interceptors and channels along, each figure with its source."""

    name: str = name_key("its name")
    system: str = name_key("catalogue id of the system, or another of its names")
    side: Side = Field(default="blue", description="whose it is")
    lat_deg: float = latitude_key()
    lon_deg: float = longitude_key()
    ground_altitude_m: float | None = ground_key()
    mast_height_m: float | None = _mast()
    boresight_deg: float = _boresight()
    doctrine: str = Field(default="default", description="name of a `[doctrine.NAME]`")
    without_radars: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="catalogue ids of radars of the system that this unit does not have"
    )
    stock: dict[str, Annotated[int, Field(ge=0, le=100000)]] = Field(
        default_factory=dict, description="further rounds with which it reloads, by the interceptor's catalogue id"
    )
    reload_time_s: float | None = Field(default=None, gt=0, le=172800, description="time that one reload takes; required with a stock")
    reload_rounds: int | None = Field(
        default=None, ge=1, le=100000, description="rounds of a kind that one reload brings; left out: as many as are ready at the start"
    )
    command_post: str | None = Field(
        default=None, min_length=1, description="name of the command post that it obeys; left out: the only one that a link joins it to"
    )
    fails_s: float | None = fails_key()
    iff: bool = iff_key("its radars ask with the codes of its side; false: a system that is not integrated, and gets no answer")
    override: SystemOverride = Field(default_factory=SystemOverride, description="other figures than the catalogue's, for this unit only")


class Orbit(Part):
    """A circle (`centre`, `radius_km`) or a racetrack (`points`, or `centre` with `leg_km`), flown lap after lap at one altitude."""

    centre: Position | None = Field(default=None, description="middle of a circle, or of a racetrack")
    points: Annotated[tuple[Position, ...], Field(strict=False)] | None = Field(
        default=None, description="instead of `centre`: the two ends of a racetrack's first leg, as it is flown"
    )
    leg_km: float | None = Field(default=None, gt=0, le=2000, description="length of a racetrack's legs about `centre`")
    heading_deg: float = Field(default=0.0, ge=0, lt=360, description="direction of the first of these legs, clockwise from north")
    radius_km: float | None = Field(
        default=None, ge=0.1, le=500, description="radius of a circle, or of a racetrack's turns; left out: that of 25 degrees of bank"
    )
    altitude_m: float = Field(ge=0, le=40000, description="altitude above sea level")
    speed_mps: float = Field(gt=0, le=1500, description="speed over the ground")
    turn: Literal["left", "right"] = Field(default="right", description="side to which it turns")
    phase: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="share of a lap flown already at the begin; 0: north of a circle's centre, or where the first leg begins",
    )


class Waypoint(Part):
    """A point of a route: a position or the name of an asset, with the altitude, and the speed from there on or the time there."""

    to: str | None = Field(
        default=None, description="name of an asset, instead of a position; a route that ends at the other side's is an attack"
    )
    lat_deg: float | None = Field(default=None, ge=-90, le=90, description="latitude, degrees north (WGS-84)")
    lon_deg: float | None = Field(default=None, ge=-180, le=180, description="longitude, degrees east (WGS-84)")
    altitude_m: float | None = Field(
        default=None, ge=0, le=200000, description="altitude above sea level; left out: as at the waypoint before"
    )
    altitude_agl_m: float | None = Field(default=None, ge=0, le=200000, description="altitude above ground, instead of `altitude_m`")
    speed_mps: float | None = Field(default=None, gt=0, le=8000, description="speed along the route from here on; left out: as before")
    time_s: float | None = Field(
        default=None,
        ge=0,
        le=172800,
        description="simulated time here, of the flight's first member; fixes the speed since the last time written",
    )


class Sensor(Part):
    """A radar or receiver that stands alone, or that flies: on an `orbit`, along a `route`, or `aboard` a flight."""

    name: str = name_key("its name")
    radar: str | None = Field(
        default=None, min_length=1, max_length=100, description="catalogue id of the radar, or another of its names; or else a receiver"
    )
    receiver: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="catalogue id of a direction finder, secondary radar or ADS-B station, or another of its names",
    )
    side: Side = Field(default="blue", description="whose it is")
    lat_deg: float | None = Field(default=None, ge=-90, le=90, description="latitude, degrees north (WGS-84), of one that does not fly")
    lon_deg: float | None = Field(default=None, ge=-180, le=180, description="longitude, degrees east (WGS-84), of one that does not fly")
    ground_altitude_m: float | None = ground_key()
    mast_height_m: float | None = _mast()
    boresight_deg: float = Field(
        default=0.0,
        ge=0,
        lt=360,
        description="azimuth that a radar of less than 360 degrees points to, clockwise from north, or from its nose if it flies",
    )
    orbit: Orbit | None = Field(default=None, description="where it flies, instead of a position")
    route: Annotated[tuple[Waypoint, ...], Field(strict=False)] | None = Field(
        default=None, description="where it flies, instead of a position: at least two waypoints, the first with a speed or time"
    )
    aboard: str | None = Field(default=None, description="name of the flight, of one member, that carries it, instead of a position")
    fails_s: float | None = fails_key()
    iff: bool = iff_key("a radar asks with the codes of its side, if identification is modelled")
    override: Values = _overrides("other figures than the catalogue's, for this sensor only: key = value")


class Place(Part):
    """A position, or the name of an asset (a name alone, or `to`)."""

    to: str | None = Field(default=None, description="name of an asset")
    lat_deg: float | None = Field(default=None, ge=-90, le=90, description="latitude, degrees north (WGS-84)")
    lon_deg: float | None = Field(default=None, ge=-180, le=180, description="longitude, degrees east (WGS-84)")


NamedPlace = Annotated[Place, BeforeValidator(_place)]


def _absolute(path: str) -> str:
    """A path that holds from any folder, so that a run's scenario can be read again where it lies."""
    return str(Path(path).absolute())


class Jammer(Part):
    """A noise jammer that each member of a flight carries, against radars of the other side."""

    power_w: float = Field(gt=0, le=1e6, description="radiated power, all of it")
    gain_db: float = Field(default=0.0, ge=-10, le=40, description="gain of its antenna toward the radars")
    bandwidth_mhz: float = Field(gt=0, le=40000, description="bandwidth that the power is spread over evenly, in each band")
    bands: Annotated[tuple[Band, ...], Field(strict=False)] = Field(description="radar bands that it jams (IEEE 521), at least one")
    on_s: float = Field(default=0.0, ge=0, le=172800, description="simulated time at which it is switched on")
    range_km: float | None = Field(default=None, gt=0, le=5000, description="jams no radar that is farther off; left out: any distance")


class Emitter(Part):
    """Something on board each member of a flight that radiates, and that direction finders of the other side hear: a radar, a data link."""

    frequency_ghz: float | None = Field(
        default=None, ge=0.01, le=100, description="its frequency; left out: that of the target's own radar in the catalogue"
    )
    eirp_dbw: float | None = Field(
        default=None, ge=-60, le=130, description="radiated power times gain toward who hears it; left out: that of the target's own radar"
    )
    on_s: float = Field(default=0.0, ge=0, le=172800, description="simulated time at which it is switched on")
    off_s: float | None = Field(default=None, gt=0, le=172800, description="simulated time at which it is switched off; left out: never")


class Transponder(Part):
    """A transponder on each member of a flight: an identity alone, false for none, or this table."""

    identity: str | None = Field(
        default=None, min_length=1, max_length=20, description="code or call sign that it answers; left out: the flight's name"
    )
    mode: Literal["ssr", "ads-b", "none"] = Field(
        default="ads-b", description="ssr: answers secondary radars; ads-b: answers, and broadcasts its position; none"
    )
    power_w: float = Field(default=250.0, gt=0, le=2000, description="peak power at its antenna")
    position_error_m: float = Field(
        default=30.0, gt=0, le=50000, description="radius that holds 95 % of the positions that it broadcasts, level"
    )
    altitude_error_m: float = Field(default=25.0, gt=0, le=1000, description="standard error of the altitudes that it tells")
    on_s: float = Field(default=0.0, ge=0, le=172800, description="simulated time at which it is switched on")
    off_s: float | None = Field(default=None, gt=0, le=172800, description="simulated time at which it is switched off; left out: never")


NamedTransponder = Annotated[Transponder, BeforeValidator(_transponder)]


class Flight(Part):
    """One or more targets of a kind: along a route, on an orbit, on a ballistic path from `launch` to `impact`, or as recorded."""

    name: str = name_key("its name")
    target: str = name_key("catalogue id of the target, or another of its names")
    side: Side = Field(default="red", description="whose it is")
    count: int = Field(default=1, ge=1, le=100000, description="number of members")
    spacing_km: float | None = Field(default=None, gt=0, le=1000, description="distance along the route between members")
    interval_s: float | None = Field(
        default=None,
        ge=0,
        le=86400,
        description="time between members, instead of `spacing_km`; without either 10, or 0 if they fly abreast",
    )
    lateral_spacing_km: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="distance abreast between members, centred on the way; they meet again where it ends at an asset",
    )
    depart_s: float = Field(
        default=0.0, ge=0, lt=172800, description="simulated time at which the first member appears at the start of its way"
    )
    speed_mps: float | None = Field(
        default=None, gt=0, le=8000, description="speed until a waypoint says otherwise; left out: the catalogue's cruise speed"
    )
    route: Annotated[tuple[Waypoint, ...], Field(strict=False)] | None = Field(default=None, description="at least two waypoints")
    orbit: Orbit | None = Field(default=None, description="where it flies until the end, instead of a route")
    launch: NamedPlace | None = Field(
        default=None, description="where a ballistic missile is launched: a position, or the name of an asset"
    )
    impact: NamedPlace | None = Field(default=None, description="where a ballistic missile comes down: a position, or the name of an asset")
    apogee_km: float | None = Field(
        default=None, gt=0, le=2000, description="highest altitude of a ballistic path; left out: that of the path of minimum energy"
    )
    recording: Annotated[str, AfterValidator(_absolute)] | None = Field(
        default=None,
        min_length=1,
        max_length=4000,
        description="file with position reports (ADS-B, system tracks, a table of tracks or truth), instead of a way: "
        "what it holds flies again, its first report at `depart_s`",
    )
    identity: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="addresses, callsigns or track numbers in the recording that fly; left out: all"
    )
    iff: bool = iff_key("it answers radars of its own side that ask, if identification is modelled; missiles never do")
    jammer: Jammer | None = Field(default=None, description="noise jammer on board")
    emits: Annotated[tuple[Emitter, ...], Field(strict=False)] = Field(default=(), description="what else on board radiates")
    transponder: NamedTransponder | None = Field(
        default=None, description="what answers secondary radars, and may broadcast; left out: what the catalogue says of the target"
    )
    override: Values = _overrides("other figures than the catalogue's, for this flight only: key = value")


class Tracker(Part):
    """How the trackers confirm, associate and delete."""

    confirm_hits: int = Field(default=3, ge=1, le=20, description="detections that confirm a track ...")
    confirm_window: int = Field(default=4, ge=1, le=20, description="... within so many looks")
    delete_misses: int = Field(default=3, ge=1, le=100, description="looks without detection, one after another, that end a track")
    gate_probability: float = Field(default=0.999, gt=0.5, lt=1, description="probability that a target's detection lies inside its gate")
    acceleration_cruise_mps2: float = Field(
        default=0.5, gt=0, le=500, description="standard deviation of the acceleration that the filter expects in straight flight"
    )
    acceleration_manoeuvre_mps2: float = Field(default=30.0, gt=0, le=500, description="the same in a turn")
    manoeuvre_model: Literal["constant-velocity", "constant-acceleration", "coordinated-turn", "singer"] = Field(
        default="constant-velocity", description="how the second of the filter's models moves; all but the default compile anew, once"
    )
    ballistic_model: Literal["given-coefficient", "estimated-coefficient"] = Field(
        default="given-coefficient", description="whether the model of free fall estimates the ballistic coefficient"
    )
    update_method: Literal["extended", "unscented", "converted"] = Field(
        default="extended", description="how the filter takes in ranges and angles"
    )
    speed_max_mps: float = Field(default=5000.0, ge=10, le=20000, description="no track is started or kept that is faster")


class Output(Part):
    """What a run writes."""

    truth_interval_s: float = Field(default=2.0, ge=0.01, le=3600, description="time between two rows of a target in the truth table")
    tracks: bool = Field(default=True, description="write the tables of detections and tracks")
    figures: bool = Field(default=True, description="draw the figures")


Tables = dict[str, Values]


class SourceTable(Part):
    """Where figures were published; a year of 0 is unknown."""

    title: str = Field(min_length=1, max_length=500, description="title")
    publisher: str = Field(min_length=1, max_length=500, description="author or publisher")
    year: int = Field(ge=0, le=2200, description="year")
    url: str = Field(max_length=2000, description="address")
    kind: str = Field(min_length=1, max_length=100, description="what kind of publication")
    note: str = Field(default="", max_length=2000, description="note")


class CatalogueTables(Part):
    """Catalogue entries of the scenario's own, in the form of the catalogue's files; a bare number will do for a figure."""

    complete: bool = Field(default=False, description="these entries are all there is: the shipped catalogue is left aside")
    sources: dict[str, SourceTable] = _overrides("sources that the entries cite, by id")
    radars: Tables = _overrides("radars, by id")
    receivers: Tables = _overrides("receivers, by id")
    interceptors: Tables = _overrides("interceptors, by id")
    systems: Tables = _overrides("systems, by id")
    targets: Tables = _overrides("targets, by id")
    links: Tables = _overrides("kinds of links, by id")


class Scenario(Part):
    """A scenario as a person wrote it, with the defaults filled in."""

    title: str = Field(default="", max_length=200, description="one line")
    description: str = Field(default="", max_length=20000, description="a few sentences")
    duration_s: float = Field(ge=1, le=172800, description="simulated time")
    seed: int = Field(default=1, ge=0, le=2**63 - 1, description="number that fixes all chance")
    theatre: Theatre = Field(description="where and when")
    asset: Annotated[tuple[Asset, ...], Field(strict=False)] = Field(default=(), description="what is defended")
    fire_unit: Annotated[tuple[FireUnit, ...], Field(strict=False)] = Field(default=(), description="fire units")
    sensor: Annotated[tuple[Sensor, ...], Field(strict=False)] = Field(default=(), description="stand-alone or flying sensors")
    flight: Annotated[tuple[Flight, ...], Field(strict=False)] = Field(default=(), description="what flies")
    network: Network = Field(default_factory=Network, description="how a side's fire units and sensors work together")
    identification: Identification = Field(default_factory=Identification, description="how friends are told from foes")
    zone: Annotated[tuple[Zone, ...], Field(strict=False)] = Field(default=(), description="where unknown tracks are judged by their place")
    command_post: Annotated[tuple[CommandPost, ...], Field(strict=False)] = Field(default=(), description="where pictures come together")
    link: Annotated[tuple[Link, ...], Field(strict=False)] = Field(default=(), description="what connects them")
    doctrine: dict[str, Doctrine] = Field(
        default_factory=dict, description="how fire units decide, by name; `default` exists even if not written"
    )
    tracker: Tracker = Field(default_factory=Tracker, description="how the trackers work")
    output: Output = Field(default_factory=Output, description="what a run writes")
    catalogue: CatalogueTables = Field(default_factory=CatalogueTables, description="catalogue entries of the scenario's own")

    _where: str = PrivateAttr("scenario")

    @property
    def where(self) -> str:
        """What messages call it: the file's name."""
        return self._where

    def model_post_init(self, context: Any) -> None:
        """Take the file's name, and write the default doctrine where nobody did."""
        if isinstance(context, Mapping):
            self._where = str(context.get("where", "scenario"))
        self.doctrine.setdefault("default", Doctrine())
