"""What a flight does when something happens, as the user wrote it: it leaves its way for another, or lets go of what it carries."""

from typing import Annotated

from pydantic import Field

from dowding.scenario.parts import Part
from dowding.scenario.places import Position, Waypoint


class Moment(Part):
    """When something happens on a flight's way: exactly one of a time, a line that it crosses, or a place that it comes near to."""

    time_s: float | None = Field(default=None, ge=0, le=172800, description="at this simulated time")
    line: Annotated[tuple[Position, ...], Field(strict=False)] | None = Field(
        default=None, description="where it first crosses the line between two positions, straight in latitude and longitude"
    )
    within_km: float | None = Field(default=None, gt=0, le=5000, description="where it first comes so near over ground to what `of` names")
    of: str | None = Field(default=None, description="name of an asset, fire unit, sensor or command post")


class Reaction(Moment):
    """A turn from its way when something happens: exactly one moment, or `engaged`, and one thing to do. The first that happens counts."""

    engaged: bool = Field(default=False, description="when the first interceptor is launched at it, and up to 5 s later")
    delay_s: float = Field(default=0.0, ge=0, le=3600, description="time from the moment to the turn")
    turn_back: bool = Field(default=False, description="flies back to where its way begins")
    altitude_m: float | None = Field(default=None, ge=0, le=100000, description="climbs or descends to this altitude, and flies on")
    climb_mps: float = Field(default=50.0, gt=0, le=500, description="vertical speed of that, and of other ways to their first waypoint")
    route: Annotated[tuple[Waypoint, ...], Field(strict=False)] | None = Field(
        default=None, description="flies to these waypoints instead of those that are left"
    )
