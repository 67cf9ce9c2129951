"""Friend or foe as a scenario writes it: who answers whom, and zones by which unknown tracks are judged."""

from typing import Annotated, Literal

from pydantic import Field

from dowding.scenario.parts import Part, Side, name_key


class Identification(Part):
    """How fire units tell friends from foes."""

    mode: Literal["perfect", "modelled"] = Field(
        default="perfect",
        description="perfect: each side sees and hits the other side's flights only; modelled: all but direction finders report all that "
        "flies, friends must be recognised by replies, corridors or flight, and who is not may be shot at",
    )
    reply_probability: float = Field(
        default=0.95, ge=0, le=1, description="probability that a friend's answer is received at a detection by a radar that asks"
    )


class ZonePoint(Part):
    """A corner of a zone."""

    lat_deg: float = Field(ge=-90, le=90, description="latitude, degrees north (WGS-84)")
    lon_deg: float = Field(ge=-180, le=180, description="longitude, degrees east (WGS-84)")


class Zone(Part):
    """A piece of sky by which a side judges tracks that nobody has identified."""

    name: str = name_key("its name")
    side: Side = Field(default="blue", description="whose fire units go by it")
    kind: Literal["corridor", "restricted"] = Field(
        description="corridor: who flies in it is taken for a friend; restricted: for an enemy, unless it answers as a friend"
    )
    points: Annotated[tuple[ZonePoint, ...], Field(strict=False)] = Field(description="its corners in order, at least three")
    altitude_min_m: float = Field(default=-500.0, ge=-500, le=200000, description="lowest altitude")
    altitude_max_m: float = Field(default=200000.0, ge=-500, le=200000, description="highest altitude")
    speed_max_mps: float = Field(default=10000.0, gt=0, le=10000, description="who flies faster is not in the corridor")
    from_s: float = Field(default=0.0, ge=0, le=172800, description="simulated time from which it holds")
    to_s: float = Field(default=172800.0, gt=0, le=172800, description="simulated time until which it holds")
