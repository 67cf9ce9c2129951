"""The plan of one decision cycle against every plan there is, and against another solver of the assignment problem."""

import itertools

import numpy as np
import pytest
from replicates import world
from scipy.optimize import linear_sum_assignment

from dowding.engine.planning import make_plan_of, make_room
from dowding.model import Compiled
from dowding.model.bundles import GREEDY, LINEAR, NONLINEAR, URGENCY

UNITS, GAIN_MIN = 3, 0.15


@pytest.fixture(scope="module")
def battalion() -> Compiled:
    """Three units that share a picture, two channels each, one round at a target."""
    route = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 9000.0}, {"lat_deg": 40.0, "lon_deg": 33.0}]
    unit = {"system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0, "override": {"target_channels": 2}}
    return world(
        fire_unit=[unit | {"name": f"unit {k}"} for k in range(UNITS)],
        flight=[{"name": "one", "target": "f-16", "route": route}],
        doctrine={"default": {"assignment": "nonlinear", "gain_min": GAIN_MIN, "salvo": {"aircraft": 1}}},
    )


def planned(battalion: Compiled, p: np.ndarray, value: np.ndarray, capacity: list[int], assignment: int) -> np.ndarray:
    """Who engages what, (unit, track) of 0 and 1; p 0 where a unit cannot."""
    defence, tracks = battalion.model.defence, len(value)
    room = make_room(defence, 40)
    room.pairing["kind"][: p.size] = np.where(p.T.reshape(-1) > 0.0, 0, -1)
    room.pairing["kill_probability"][: p.size] = p.T.reshape(-1)
    room.pairing["value"][: p.size] = np.repeat(value, UNITS)
    room.candidate["key"][:tracks] = -value
    room.capacity[:] = capacity
    make_plan_of(defence, room, UNITS, tracks, 0, assignment)
    return room.sent[: UNITS * tracks].reshape(UNITS, tracks).copy()


def left(p: np.ndarray, value: np.ndarray, sent: np.ndarray) -> float:
    return float((value * np.where(sent > 0, 1.0 - p, 1.0).prod(axis=0)).sum())


def every_plan(p: np.ndarray, capacity: list[int]) -> list[np.ndarray]:
    """All plans that capacities allow."""
    sets = [
        [s for n in range(most + 1) for s in itertools.combinations(np.flatnonzero(p[w] > 0.0), n)] for w, most in enumerate(capacity)
    ]
    plans = []
    for chosen in itertools.product(*sets):
        sent = np.zeros(p.shape, int)
        for w, targets in enumerate(chosen):
            sent[w, list(targets)] = 1
        plans.append(sent)
    return plans


def worth_it(p: np.ndarray, sent: np.ndarray) -> bool:
    """Whether each of several engagements of a track brings what doctrine asks for beside the others."""
    for w, j in zip(*np.nonzero(sent), strict=True):
        others = np.where(np.delete(sent[:, j], w) > 0, 1.0 - np.delete(p[:, j], w), 1.0).prod()
        if others < 1.0 and others * p[w, j] < GAIN_MIN - 1e-9:
            return False
    return True


def test_plans_are_the_best_of_their_kind(battalion: Compiled) -> None:
    near, rng = [], np.random.default_rng(5)
    for _ in range(25):
        p, value = rng.uniform(0.3, 0.95, (UNITS, 4)), rng.uniform(0.2, 1.0, 4)
        p[rng.uniform(size=p.shape) < 0.2] = 0.0
        capacity = [int(c) for c in rng.integers(0, 3, UNITS)]
        linear = planned(battalion, p, value, capacity, LINEAR)
        rows = np.repeat(np.arange(UNITS), capacity)
        at, to = linear_sum_assignment(-(value * p)[rows])
        assert linear.sum(axis=0).max(initial=0) <= 1
        assert (value * p * linear).sum() == pytest.approx((value * p)[rows[at], to].sum())
        plans = [sent for sent in every_plan(p, capacity) if worth_it(p, sent)]
        best = min(left(p, value, sent) for sent in plans)
        for assignment in (GREEDY, NONLINEAR, URGENCY):
            sent = planned(battalion, p, value, capacity, assignment)
            assert (sent.sum(axis=1) <= capacity).all()
            assert not (sent[p == 0.0]).any()
            assert worth_it(p, sent)
            assert left(p, value, sent) >= best - 1e-9
            if assignment == NONLINEAR:
                near.append(left(p, value, sent) / best)
    assert np.mean(np.array(near) < 1.0 + 1e-9) >= 0.8
    assert max(near) < 1.1
