"""Places in a scenario: positions, waypoints of routes, and places that a name stands for."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dowding.scenario.parts import Part, latitude_key, longitude_key


def _place(value: Any) -> Any:
    return {"to": value} if isinstance(value, str) else value


class Position(Part):
    """A point on the earth."""

    lat_deg: float = latitude_key()
    lon_deg: float = longitude_key()


class Waypoint(Part):
    """A point of a route: a position or the name of an asset, with the altitude, and the speed from there on or the time there."""

    to: str | None = Field(
        default=None,
        description="name of an asset, fire unit, sensor or command post, instead of a position; a route that ends at the other side's "
        "is an attack",
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


class Place(Part):
    """A position, or the name of what stands there (a name alone, or `to`)."""

    to: str | None = Field(default=None, description="name of an asset, fire unit, sensor or command post")
    lat_deg: float | None = Field(default=None, ge=-90, le=90, description="latitude, degrees north (WGS-84)")
    lon_deg: float | None = Field(default=None, ge=-180, le=180, description="longitude, degrees east (WGS-84)")


NamedPlace = Annotated[Place, BeforeValidator(_place)]
