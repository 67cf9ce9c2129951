"""How fire units decide, as a scenario writes it: what may be fired at what, who is served first, and who must agree."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from dowding.scenario.faults import Fault
from dowding.scenario.parts import Part


def _snake_keys(table: Any) -> Any:
    """The same table with `cruise-missile` read as `cruise_missile`; a key written both ways stays, and is refused later."""
    if not isinstance(table, Mapping):
        return table
    snake = {key: key.replace("-", "_") if isinstance(key, str) else key for key in table}
    return {key if key != snake[key] and snake[key] in table else snake[key]: value for key, value in table.items()}


class Salvo(Part):
    """Rounds fired at a target at once, by class of target; 0: not engaged."""

    aircraft: int = Field(default=2, ge=0, le=16, description="rounds at an aircraft")
    helicopter: int = Field(default=1, ge=0, le=16, description="rounds at a helicopter")
    drone: int = Field(default=1, ge=0, le=16, description="rounds at a drone")
    cruise_missile: int = Field(default=2, ge=0, le=16, description="rounds at a cruise missile")
    ballistic_missile: int = Field(default=2, ge=0, le=16, description="rounds at a ballistic missile")


def _kept(what: str) -> Any:
    return Field(default=0, ge=0, le=100000, description=f"the last so many rounds that serve against {what} are kept for them")


class Reserve(Part):
    """Rounds kept back for a class of targets: others are not fired at with the last so many that serve against it."""

    aircraft: int = _kept("aircraft")
    helicopter: int = _kept("helicopters")
    drone: int = _kept("drones")
    cruise_missile: int = _kept("cruise missiles")
    ballistic_missile: int = _kept("ballistic missiles")


class Doctrine(Part):
    """How a fire unit decides."""

    weapon_state: Literal["free", "tight", "hold"] = Field(
        default="free",
        description="free: engage all that is not taken for a friend; tight: only what is taken for an enemy; hold: never fire",
    )
    mode: Literal["shoot-look-shoot", "salvo"] = Field(
        default="shoot-look-shoot", description="salvo, look, and fire again if it missed; or one salvo only"
    )
    salvo: Annotated[Salvo, BeforeValidator(_snake_keys)] = Field(default_factory=Salvo, description="rounds at once, by class of target")
    shots_max: int = Field(default=8, ge=1, le=1000, description="most rounds at one target")
    missile_choice: Literal["best-pk", "smallest"] = Field(
        default="best-pk", description="of the interceptors that reach: the highest kill probability, or the shortest range"
    )
    kill_probability_min: float = Field(default=0.0, ge=0, le=1, description="an interceptor with a lower kill probability is not fired")
    reserve: Annotated[Reserve, BeforeValidator(_snake_keys)] = Field(
        default_factory=Reserve, description="rounds kept back, by class of target"
    )
    priority: Literal["time", "value"] = Field(
        default="time",
        description="who is served first where not all can be: the tracks with the least time left, or those that threaten "
        "the assets of the highest `priority`, and among these by time",
    )
    assignment: Literal["urgency", "greedy", "linear", "nonlinear"] = Field(
        default="urgency",
        description="urgency: one track after the other; else units that share a picture divide the tracks in each cycle: greedily by what "
        "an engagement brings, by the best assignment of one engagement a track, or near the best plan where several units may join",
    )
    gain_min: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="greedy and nonlinear: a further unit joins an engagement only where that lowers the chance to survive by so much",
    )
    approval: Literal["automatic", "manual"] = Field(
        default="automatic", description="manual: an operator of the unit's command post must agree to each engagement before it is begun"
    )
    without_command: Literal["alone", "hold"] = Field(
        default="alone", description="what it does once its command post has failed: decide for itself, or begin no engagement"
    )
    radiate: Literal["always", "cued"] = Field(
        default="always",
        description="when its engagement radars radiate: always, or only while its picture holds a track, not a friend's, within "
        "`radiate_range_km`, and `radiate_hold_s` longer",
    )
    radiate_from_s: float = Field(default=0.0, ge=0, le=172800, description="simulated time before which its engagement radars are silent")
    radiate_range_km: float | None = Field(default=None, gt=0, le=5000, description="if cued: from the unit; left out: at any distance")
    radiate_hold_s: float = Field(default=30.0, ge=0, le=86400, description="if cued: how much longer they radiate than there is a cue")


def check_doctrine(place: str, doctrine: Doctrine, duration_s: float) -> Iterator[Fault]:
    """What a doctrine may not say at once."""
    for name, rounds in doctrine.salvo:
        if rounds > doctrine.shots_max:
            yield Fault(f"{place}.salvo.{name}", f"got {rounds}, must be at most shots_max, which is {doctrine.shots_max}")
    if doctrine.weapon_state != "hold" and not any(rounds for _, rounds in doctrine.salvo):
        text = f"got 0 for every class, must be above 0 for one where weapon_state is {doctrine.weapon_state}"
        yield Fault(f"{place}.salvo", text, 'to hold fire write weapon_state = "hold"')
    for name, rounds in doctrine.reserve:
        if rounds and (doctrine.weapon_state == "hold" or getattr(doctrine.salvo, name) == 0):
            why = "weapon_state is hold" if doctrine.weapon_state == "hold" else f"salvo.{name} is 0"
            yield Fault(f"{place}.reserve.{name}", f"got {rounds}, must be 0 where {why}", "they would never be fired")
    if doctrine.weapon_state == "hold" and doctrine.approval == "manual":
        yield Fault(f"{place}.approval", "got manual, must be automatic where weapon_state is hold", "nothing is ever asked")
    if doctrine.radiate == "always":
        for key in ("radiate_range_km", "radiate_hold_s"):
            if getattr(doctrine, key) != Doctrine.model_fields[key].default:
                text = f"got {getattr(doctrine, key):g}, must be left out where radiate is always"
                yield Fault(f"{place}.{key}", text, 'write radiate = "cued"')
    if doctrine.radiate_from_s >= duration_s:
        text = f"got {doctrine.radiate_from_s:g}, must be below duration_s, which is {duration_s:g}"
        yield Fault(f"{place}.radiate_from_s", text, 'to hold fire write weapon_state = "hold"')
    if doctrine.assignment in ("urgency", "linear") and doctrine.gain_min != Doctrine.model_fields["gain_min"].default:
        text = f"got {doctrine.gain_min:g}, must be left out where assignment is {doctrine.assignment}"
        yield Fault(f"{place}.gain_min", text, "there one unit engages a target")
