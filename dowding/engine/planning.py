"""Who engages what, where several fire units choose by one picture: the weapon-target assignment problem of one decision cycle.

Weapons are fire units, their rounds the engagements that they can begin now; a target's value is its threat, and an engagement lets it
survive with the probability that a whole salvo misses. See dowding/assigning for the methods.
"""

from typing import NamedTuple

import numpy as np

from dowding._jit import bundle, kernel
from dowding.assigning.linear import COLUMN, PAIR, ROW
from dowding.assigning.weapons import (
    SURVIVAL_LEAST,
    Plan,
    Problem,
    add_layer,
    assign_greedy,
    assign_linear,
    clear_plan,
    improve,
    recall,
    send,
)
from dowding.engine.state import Reals, Records, Wholes
from dowding.model import Defence
from dowding.model.bundles import GREEDY, LINEAR, URGENCY

PAIRS_MOST = 400_000  # (engagement, track) pairs that one cycle has room for
TRACKS_LEAST = 40
PASSES = 1  # of exchanges without success after which the search for a better plan ends

CANDIDATE = np.dtype(
    [
        ("slot", np.int64),  # of the track
        ("key", np.float64),  # the order in which tracks are served, least first
        ("done", np.bool_),  # mark
    ]
)
PAIRING = np.dtype(
    [
        ("kind", np.int64),  # column of the unit's interceptors, -1 where the unit cannot engage the track
        ("cls", np.int64),  # index into TARGET_CLASSES
        ("kill_probability", np.float64),  # of one round
        ("value", np.float64),  # what it is worth to the unit
    ]
)


@bundle
class Room(NamedTuple):
    """Room for the problem of one cycle; matrices lie flat, so that a problem of any size is a view of their beginning."""

    candidate: Records  # (track,) CANDIDATE
    pairing: Records  # (track * unit + unit,) PAIRING, track by track; the last track is one under consideration
    capacity: Wholes  # (unit,) engagements that each can begin
    short: Wholes  # (unit,) 1 where rounds, not channels, limit that
    survival: Reals  # (unit * track,) chance to survive an engagement
    value: Reals  # (track,)
    most: Wholes  # (unit * track,) 1 where the unit can engage the track
    near_start: Wholes  # (unit + 1,) as in Problem
    near: Wholes  # (unit * track,) as in Problem
    weapon: Wholes  # (engagement,) as in Plan, and so on
    target: Wholes  # (engagement,)
    sent: Wholes  # (unit * track,)
    left: Reals  # (track,)
    row: Records  # (engagement + 1,) ROW
    pair: Records  # (pair,) PAIR
    column: Records  # (track,) COLUMN
    freed: Wholes  # (engagement,)
    chosen: Wholes  # (track,)
    gain: Reals  # (unit,)
    best: Wholes  # (unit,)


def make_room(defence: Defence, slots: int) -> Room:
    """Room for the desks that plan; hardly any where each unit decides for itself."""
    units = tracks = engagements = pairs = 1
    for desk in defence.desks:
        members = defence.members[desk["first"] : desk["end"]]
        if desk["assignment"] != URGENCY or desk["post"] >= 0:
            units = max(units, len(members))
            engagements = max(engagements, int(defence.units["target_channels"][members].sum()))
            tracks = min(slots, max(TRACKS_LEAST, PAIRS_MOST // engagements))
            pairs = max(pairs, engagements * tracks)
    both = units * tracks
    return Room(
        np.zeros(tracks, CANDIDATE), np.zeros(both + units, PAIRING), np.zeros(units, np.int64), np.zeros(units, np.int64), np.zeros(both),
        np.zeros(tracks), np.zeros(both, np.int64), np.zeros(units + 1, np.int64), np.zeros(both, np.int64),
        np.zeros(engagements, np.int64), np.zeros(engagements, np.int64), np.zeros(both, np.int64), np.zeros(tracks),
        np.zeros(engagements + 1, ROW), np.zeros(pairs, PAIR), np.zeros(tracks, COLUMN), np.zeros(engagements, np.int64),
        np.zeros(tracks, np.int64), np.zeros(units), np.zeros(units, np.int64),
    )  # fmt: skip


@kernel
def problem_of(room: Room, units: int, tracks: int) -> Problem:
    """The problem in the beginning of the room, a view."""
    both = units * tracks
    return Problem(
        room.survival[:both].reshape(units, tracks), room.value[:tracks], room.most[:both].reshape(units, tracks),
        room.near_start[: units + 1], room.near[:both],
    )  # fmt: skip


@kernel
def plan_of(room: Room, units: int, tracks: int, engagements: int) -> Plan:
    """The plan for it, a view."""
    return Plan(
        room.weapon[:engagements], room.target[:engagements], room.sent[: units * tracks].reshape(units, tracks), room.left[:tracks],
        room.row[: engagements + 1], room.pair, room.column[:tracks], room.freed[:engagements], room.chosen[:tracks], room.gain[:units],
        room.best[:units],
    )  # fmt: skip


@kernel
def pose(defence: Defence, room: Room, units: int, tracks: int, first: int) -> int:
    """Write the problem of these units, members from `first` on, and tracks into the room; returns how many engagements there can be."""
    entries, engagements = 0, 0
    for j in range(tracks):
        room.value[j] = 0.0
    for w in range(units):
        unit = defence.members[first + w]
        room.near_start[w] = entries
        for j in range(tracks):
            at = w * tracks + j
            found = room.pairing[j * units + w]
            room.most[at], room.survival[at] = 0, 1.0
            if found["kind"] >= 0:
                room.most[at] = 1
                room.survival[at] = max((1.0 - found["kill_probability"]) ** defence.salvo[unit, found["cls"]], SURVIVAL_LEAST)
                room.value[j] = max(room.value[j], found["value"])
                room.near[entries] = j
                entries += 1
        room.capacity[w] = min(room.capacity[w], entries - room.near_start[w])
        for _ in range(room.capacity[w]):
            room.weapon[engagements] = w
            engagements += 1
    room.near_start[units] = entries
    for j in range(tracks):
        room.value[j] = max(room.value[j], 1e-12)
    return engagements


@kernel
def _by_urgency(problem: Problem, plan: Plan, candidate: Records) -> None:
    """One track after the other, each to the free unit that kills it most surely."""
    tracks = problem.value.shape[0]
    for j in range(tracks):
        candidate["done"][j] = False
    for _ in range(tracks):
        first, best = -1, -1
        for j in range(tracks):
            if not candidate["done"][j] and (first < 0 or candidate["key"][j] < candidate["key"][first]):
                first = j
        candidate["done"][first] = True
        for u in range(plan.target.shape[0]):
            w = plan.weapon[u]
            if plan.target[u] >= 0 or problem.most[w, first] == 0:
                continue
            if best < 0 or problem.survival[w, first] < problem.survival[plan.weapon[best], first]:
                best = u
        if best >= 0:
            send(problem, plan, best, first)


@kernel
def _one_layer(problem: Problem, plan: Plan) -> None:
    """The best assignment of at most one engagement to each track."""
    for u in range(plan.target.shape[0]):
        plan.freed[u] = u
    add_layer(problem, plan, plan.target.shape[0])


@kernel
def _drop_idle(defence: Defence, problem: Problem, plan: Plan, first: int) -> None:
    """Take back, least use first, each engagement that joins others at a track and brings less than its unit's doctrine asks for."""
    while True:
        least, idle = 2.0, -1
        for u in range(plan.target.shape[0]):
            j, w = plan.target[u], plan.weapon[u]
            if j < 0:
                continue
            others = plan.left[j] / problem.survival[w, j] / problem.value[j]  # chance to survive them
            brings = others * (1.0 - problem.survival[w, j])
            if others < 1.0 - 1e-9 and brings < defence.units["gain_min"][defence.members[first + w]] and brings < least:
                least, idle = brings, u
        if idle < 0:
            return
        recall(problem, plan, idle)


@kernel
def make_plan_of(defence: Defence, room: Room, units: int, tracks: int, first: int, assignment: int) -> int:
    """Divide the tracks among the units as doctrine says, see `sent` of `plan_of`; returns how many engagements there can be."""
    engagements = pose(defence, room, units, tracks, first)
    problem, plan = problem_of(room, units, tracks), plan_of(room, units, tracks, engagements)
    clear_plan(problem, plan)
    if engagements == 0:
        return engagements
    if assignment == URGENCY:
        _by_urgency(problem, plan, room.candidate)
    elif assignment == LINEAR:
        _one_layer(problem, plan)
    elif assignment == GREEDY:
        assign_greedy(problem, plan)
        _drop_idle(defence, problem, plan, first)
    else:
        assign_linear(problem, plan)
        improve(problem, plan, PASSES)
        _drop_idle(defence, problem, plan, first)
    return engagements
