"""The command network as a scenario writes it: how pictures are shared, who commands, and which links there are."""

from typing import Annotated, Literal

from pydantic import Field

from dowding.scenario.parts import Part, Side, fails_key, ground_key, latitude_key, longitude_key, name_key

Sharing = Literal["cueing", "track-sharing", "engage-on-remote", "detection-sharing"]
Mode = Literal["ideal", "stand-alone", "cueing", "track-sharing", "engage-on-remote", "detection-sharing"]
IDEAL = "ideal"


class Network(Part):
    """How the fire units, sensors and command posts of each side work together."""

    mode: Mode = Field(
        default="ideal",
        description="ideal: all of a side share one picture without delay; else each has its own, of what it sees and what reaches it: "
        "nothing (stand-alone), others' tracks as cues alone, others' tracks for its estimates, such tracks also to launch on, "
        "or every detection",
    )
    control: Literal["decentral", "central"] = Field(
        default="decentral",
        description="decentral: each fire unit chooses its targets; central: command posts choose for the units that obey them",
    )
    remote_error_m: float = Field(
        default=1000.0,
        gt=0,
        le=50000,
        description="launches on others' tracks are allowed while the root of the summed variances of the position is at most this",
    )
    remote_age_s: float = Field(default=30.0, gt=0, le=600, description="... and while their last detection is not older than this")


class CommandPost(Part):
    """Where pictures come together: it tells everything that it knows to those it is linked with."""

    name: str = name_key("its name")
    side: Side = Field(default="blue", description="whose it is")
    lat_deg: float = latitude_key()
    lon_deg: float = longitude_key()
    ground_altitude_m: float | None = ground_key()
    operators: int = Field(default=1, ge=1, le=100, description="operators who approve engagements, first come, first served")
    service_s: float = Field(default=0.0, ge=0, le=3600, description="mean time that one operator takes for an engagement")
    service_time: Literal["constant", "exponential"] = Field(
        default="constant", description="whether that is always the same, or drawn from an exponential distribution"
    )
    fails_s: float | None = fails_key()


class Outage(Part):
    """A time in which a link carries nothing."""

    from_s: float = Field(ge=0, le=172800, description="simulated time at which it begins")
    to_s: float = Field(gt=0, le=172800, description="simulated time at which it ends")


class Link(Part):
    """A net that two or more fire units, stand-alone sensors or command posts share; its figures come from the catalogue."""

    name: str = name_key("its name")
    members: Annotated[tuple[str, ...], Field(strict=False)] = Field(description="names of its members, all of one side")
    type: str = name_key("catalogue id of the kind of link, or another of its names")
    mode: Sharing | None = Field(default=None, description="what it is used for; left out: as `network.mode` says")
    latency_s: float | None = Field(default=None, ge=0, le=600, description="from sending to having it; left out: the catalogue's")
    interval_s: float | None = Field(
        default=None, ge=0.1, le=600, description="time between two reports of tracks; left out: the catalogue's"
    )
    tracks_per_s: float | None = Field(
        default=None, gt=0, le=1e6, description="reports of tracks that all members together can send; left out: the catalogue's"
    )
    loss_probability: float | None = Field(
        default=None, ge=0, le=1, description="share of messages that one receiver does not get; left out: the catalogue's"
    )
    outage: Annotated[tuple[Outage, ...], Field(strict=False)] = Field(default=(), description="when it carries nothing")
