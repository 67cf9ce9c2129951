"""What all tables of a scenario are made of: the frozen, strict table, and the keys that many have."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Side = Literal["blue", "red"]


class Part(BaseModel):
    """A table of a scenario: frozen, strict about types, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def name_key(meaning: str) -> Any:
    """A name that people read."""
    return Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$", description=meaning)


def latitude_key() -> Any:
    """Latitude of what stands on the ground."""
    return Field(ge=-90, le=90, description="latitude, degrees north (WGS-84)")


def longitude_key() -> Any:
    """Its longitude."""
    return Field(ge=-180, le=180, description="longitude, degrees east (WGS-84)")


def ground_key() -> Any:
    """Height of the ground under it."""
    return Field(default=None, ge=-430, le=9000, description="height of the ground there; left out: the terrain's, 0 on a smooth earth")


def fails_key() -> Any:
    """When it falls silent for good."""
    return Field(default=None, ge=0, le=172800, description="simulated time at which it fails for good; left out: never")


def iff_key(meaning: str) -> Any:
    """Whether it takes part in the identification of friends."""
    return Field(default=True, description=meaning)
