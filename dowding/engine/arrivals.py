"""Targets enter, turn to other paths, arrive, and take down with them what they hit and what they carry. Sees truth; decides nothing."""

from dowding._jit import kernel
from dowding.engine.events import ARRIVAL, push
from dowding.engine.harm import silence, take_hit
from dowding.engine.record import NOT_RELEASED, ROUTE_FLOWN, TURNED, Rows, write_event
from dowding.engine.state import FLYING, LEAKED, SURVIVED, UNRELEASED, State
from dowding.model import Model

ENTERS, PATH_ENDS, FAILS, TURNS = range(4)  # parts of an ARRIVAL; from the last on, how many turns beyond the first of all


@kernel
def arrive(model: Model, state: State, events: Rows, target: int, part: int, now: float) -> None:
    """A target enters the scene, turns to another path, or has flown its path: it hits what that ends at, or is gone."""
    flying = state.sky.target
    if part == ENTERS:
        carrier = model.flights.targets["carrier"][target]
        gone = carrier >= 0 and (flying["fate"][carrier] != FLYING or flying["turned"][carrier] == 1)
        flying["fate"][target] = UNRELEASED if gone else FLYING
        if gone:
            flying["ended"][target] = now
            write_event(events, now, NOT_RELEASED, -1, -1, target, -1, -1, -1)
        return
    if flying["fate"][target] != FLYING:
        return
    if part >= TURNS:
        turn_to(model, state, events, target, part - TURNS, now)
        return
    if now < flying["end"][target]:
        return  # the end of a path that it has left
    aim = flying["aim"][target]
    flying["fate"][target] = LEAKED if aim >= 0 else SURVIVED
    flying["ended"][target] = now
    if aim < 0:
        write_event(events, now, ROUTE_FLOWN, -1, -1, target, -1, -1, -1)
    elif take_hit(model, state.standing, events, target, aim, now) and model.flights.objects["node"][aim] >= 0:
        fall_silent(model, state, events, model.flights.objects["node"][aim], now)
    drop_carried(model, state, events, target, now)


@kernel
def turn_to(model: Model, state: State, events: Rows, target: int, turn: int, now: float) -> None:
    """A target leaves its path for another one that was made ready for this moment; only the first such turn counts."""
    flying, row = state.sky.target, model.flights.turns[turn]
    if flying["turned"][target] == 1:
        return
    flying["turned"][target] = 1
    flying["path_first"][target], flying["path_last"][target] = row["path_first"], row["path_last"]
    flying["end"][target], flying["aim"][target] = row["end"] + flying["shift"][target], row["aim"]
    flying["knot"][target] = -1
    push(state.queue, flying["end"][target], ARRIVAL, target, PATH_ENDS)
    write_event(events, now, TURNED, -1, -1, target, -1, -1, -1)


@kernel
def fall_silent(model: Model, state: State, events: Rows, node: int, now: float) -> None:
    """A node dies, once."""
    if now <= state.standing.off[node]:
        silence(model, state.standing, state.fight, events, node, now)


@kernel
def drop_carried(model: Model, state: State, events: Rows, target: int, now: float) -> None:
    """What is gone takes the sensors that it carried with it."""
    for sensor in range(model.defence.sensors.shape[0]):
        if model.defence.sensors["carrier"][sensor] == target:
            fall_silent(model, state, events, model.defence.network.sensor_node[sensor], now)


@kernel
def notice_engagement(model: Model, state: State, target: int, now: float) -> None:
    """A target that turns when it is engaged does so at the next moment for which a path was made ready."""
    row, turns = model.flights.targets[target], model.flights.turns
    for turn in range(row["turn_first"], row["turn_end"]):
        when = turns["time"][turn] + row["shift"]
        if when >= now + row["turn_delay"]:
            push(state.queue, when, ARRIVAL, target, TURNS + turn)
            return
