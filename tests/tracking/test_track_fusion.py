"""Fusion where only tracks travel: intersection, tracklets, who is whom."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from dowding.tracking import tracklets as tl
from dowding.tracking.intersection import intersect, least_determinant
from dowding.tracking.track_to_track import INTERSECTION, TRACKLETS, FusionError, TrackFusion

PERIOD, DENSITY = 4.0, 0.5


def covariances(rng, n, d=6):
    root = rng.normal(size=(n, d, d)) * np.geomspace(1.0, 300.0, d)[:, None]
    return root @ root.swapaxes(1, 2)


def test_the_weight_is_that_of_least_determinant():
    rng = np.random.default_rng(1)
    first, second = (np.linalg.inv(covariances(rng, 40)) for _ in range(2))
    for a, b, weight in zip(first, second, least_determinant(first, second), strict=True):
        wanted = minimize_scalar(lambda w, a=a, b=b: -np.linalg.slogdet(w * a + (1 - w) * b)[1], bounds=(0, 1), method="bounded",
                                 options={"xatol": 1e-10})  # fmt: skip
        assert weight == pytest.approx(wanted.x, abs=2e-5)


@pytest.mark.parametrize("fast", [False, True])
def test_it_is_never_too_sure_whatever_the_correlation(fast):
    """The true covariance of the fused estimate is at most the stated one, for every correlation that two errors can have."""
    rng = np.random.default_rng(2)
    for _ in range(30):
        P = covariances(rng, 2, 3)
        _, fused, weights = intersect(np.zeros((1, 2, 3)), P[None], fast=fast)
        gains = [fused[0] @ (weights[0, k] * np.linalg.inv(P[k])) for k in range(2)]
        roots = np.linalg.cholesky(P)
        for _ in range(20):
            turn = np.linalg.qr(rng.normal(size=(3, 3)))[0] * rng.uniform(-1, 1)  # any contraction is a possible correlation
            cross = roots[0] @ turn @ roots[1].T
            true = sum(gains[a] @ (P[a] if a == b else cross if a < b else cross.T) @ gains[b].T for a in range(2) for b in range(2))
            assert np.linalg.eigvalsh((fused[0] - true) / np.trace(fused[0])).min() > -1e-9


def test_two_that_complement_each_other_are_better_together():
    P = np.array([np.diag([1.0, 100.0]), np.diag([100.0, 1.0])])
    state, fused, weights = intersect(np.array([[[0.0, 5.0], [5.0, 0.0]]]), P[None])
    assert weights[0] == pytest.approx([0.5, 0.5])
    np.testing.assert_allclose(fused[0], np.diag([2 / 1.01] * 2))
    assert (np.abs(state[0]) < 0.1).all()


def test_one_alone_and_none():
    rng = np.random.default_rng(3)
    P = np.full((2, 3, 6, 6), np.inf)
    P[0, 1] = covariances(rng, 1)[0]
    x = np.full((2, 3, 6), np.nan)
    x[0, 1] = np.arange(6)
    for fast in (False, True):
        state, fused, _ = intersect(x, P, fast=fast)
        np.testing.assert_allclose(fused[0], P[0, 1], rtol=1e-9)
        np.testing.assert_allclose(state[0], np.arange(6), atol=1e-9)
        assert np.isinf(fused[1]).all()


class World:
    """Straight flights with white acceleration, two local Kalman filters of different errors, and a central one that sees everything."""

    def __init__(self, runs=300, density=DENSITY, sigmas=(100.0, 250.0), seed=1):
        self.rng, self.runs, self.density, self.sigmas = np.random.default_rng(seed), runs, density, sigmas
        self.x = self.rng.normal(size=(runs, 6)) * np.repeat([500.0, 50.0], 3)
        start = np.diag(np.repeat([5e3, 500.0], 3) ** 2)
        self.local = [(np.zeros((runs, 6)), np.broadcast_to(start, (runs, 6, 6)).copy()) for _ in sigmas]
        self.central = (np.zeros((runs, 6)), np.broadcast_to(start, (runs, 6, 6)).copy())

    def step(self):
        move, noise = tl.transition(np.full(self.runs, PERIOD), self.density)
        root = np.linalg.cholesky(noise[0]) if self.density > 0.0 else np.zeros((6, 6))
        self.x = np.einsum("nij,nj->ni", move, self.x) + self.rng.normal(size=(self.runs, 6)) @ root.T
        self.central = tl.predict(*self.central, np.full(self.runs, PERIOD), self.density)
        for k, sigma in enumerate(self.sigmas):
            z = self.x[:, :3] + sigma * self.rng.normal(size=(self.runs, 3))
            self.local[k] = self.seen(*tl.predict(*self.local[k], np.full(self.runs, PERIOD), self.density), z, sigma)
            self.central = self.seen(*self.central, z, sigma)

    @staticmethod
    def seen(state, covariance, z, sigma):
        told = np.zeros((6, 6))
        told[:3, :3] = np.eye(3) / sigma**2
        vector = np.concatenate([z / sigma**2, np.zeros_like(z)], axis=1)
        return tl.absorb(state, covariance, np.broadcast_to(told, covariance.shape), vector)

    def nees(self, state, covariance):
        error = state - self.x
        return float(np.einsum("ni,nij,nj->n", error, np.linalg.inv(covariance), error).mean())

    def rms(self, state):
        return float(np.sqrt(((state - self.x)[:, :3] ** 2).sum(axis=1).mean()))


def test_tracklets_at_every_update_are_central_tracking():
    """Reports at every update hide no process noise: the fused estimate is that of a filter that sees all detections, to rounding."""
    world = World(runs=20)
    joint, sent = (world.central[0].copy(), world.central[1].copy()), [tuple(a.copy() for a in pair) for pair in world.local]
    for _ in range(25):
        world.step()
        joint = tl.predict(*joint, np.full(20, PERIOD), DENSITY)
        for k in range(2):
            joint = tl.absorb(*joint, *tl.tracklet(*world.local[k], *tl.predict(*sent[k], np.full(20, PERIOD), DENSITY)))
            sent[k] = world.local[k]
    np.testing.assert_allclose(joint[0], world.central[0], atol=1e-4)
    np.testing.assert_allclose(joint[1], world.central[1], rtol=1e-6, atol=1e-9)


def test_a_track_that_learnt_nothing_tells_nothing():
    rng = np.random.default_rng(4)
    P, x = covariances(rng, 5), rng.normal(size=(5, 6))
    information, vector = tl.tracklet(x, P, x, P)
    state, after = tl.absorb(x + 3.0, P, information, vector)
    np.testing.assert_allclose(state, x + 3.0, atol=1e-6)
    np.testing.assert_allclose(after, P, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("method", [INTERSECTION, TRACKLETS])
def test_the_centre_fuses_all_and_keeps_numbers(method):
    world, centre = World(runs=60, seed=5), TrackFusion(method, density=DENSITY)
    world.x[:, 0] += 8e3 * np.arange(60)
    for k in range(2):
        world.local[k][0][:, 0] += 8e3 * np.arange(60)
    world.central[0][:, 0] += 8e3 * np.arange(60)
    numbers = None
    for step in range(20):
        world.step()
        for k in range(2):
            order = np.random.default_rng(step).permutation(60)
            tracks = {"id": 1000 * k + order, "state": world.local[k][0][order], "covariance": world.local[k][1][order]}
            centre.update(f"radar {k}", PERIOD * (step + 1), tracks)
        if step == 10:
            numbers = centre.tracks(PERIOD * 11)["id"].tolist()
    got = centre.tracks(PERIOD * 20)
    assert got["id"].tolist() == numbers
    assert len(numbers) == 60
    assert all(m["radar 1"] == m["radar 0"] + 1000 for m in got["members"])
    row = np.array([m["radar 0"] for m in got["members"]])
    state, covariance = got["state"][np.argsort(row)], got["covariance"][np.argsort(row)]
    assert world.rms(state) < 1.05 * min(world.rms(local[0]) for local in world.local)
    assert world.nees(state, covariance) < 6.9  # 6 with 60 tracks: one sided 99 %
    if method == TRACKLETS:
        assert world.rms(state) == pytest.approx(world.rms(world.central[0]), rel=1e-3)


def one(x, number=1, speed=0.0, sigma=50.0):
    state = np.array([[x, 0.0, 0.0, speed, 0.0, 0.0]])
    return {"id": [number], "state": state, "covariance": np.diag(np.repeat([sigma**2, 25.0], 3))[None]}


@pytest.mark.parametrize("method", [INTERSECTION, TRACKLETS])
def test_a_track_that_goes_another_way_is_parted_and_one_that_comes_back_is_joined(method):
    centre = TrackFusion(method, density=1e-3)
    for k in range(4):
        centre.update("a", 10.0 * k, one(0.0))
        centre.update("b", 10.0 * k, one(20.0, number=7))
    assert len(centre.tracks(30.0)["id"]) == 1
    for k in range(4, 10):
        centre.update("a", 10.0 * k, one(0.0))
        centre.update("b", 10.0 * k, one(5e3, number=7))
    got = centre.tracks(90.0)
    assert sorted(len(m) for m in got["members"]) == [1, 1]
    assert sorted(np.round(got["state"][:, 0] / 5e3).tolist()) == [0.0, 1.0]
    centre.drop("b", 7)
    assert len(centre.tracks(90.0)["id"]) == 1
    centre.update("c", 92.0, one(2e3, number=3))
    for k in range(4):
        centre.update("a", 100.0 + 10 * k, one(0.0))
        centre.update("c", 100.0 + 10 * k, one(10.0, number=3))
    assert len(centre.tracks(130.0)["id"]) == 1  # two joint tracks that have become alike are one


def test_what_is_not_reported_is_forgotten():
    centre = TrackFusion(forget_s=30.0)
    centre.update("a", 0.0, one(0.0))
    centre.update("b", 5.0, one(1e5, number=2))
    assert len(centre.tracks(20.0)["id"]) == 2
    assert centre.tracks(33.0)["members"] == [{"b": 2}]
    assert not len(centre.tracks(100.0)["id"])
    assert centre.tracks(100.0)["state"].shape == (0, 6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"covariance": -np.eye(6)[None]}, "positive definite"),
        ({"state": np.full((1, 6), np.nan)}, "not finite"),
        ({"state": np.zeros((2, 6))}, "states (2, 6)"),
        ({"id": [1, 1], "state": np.zeros((2, 6)), "covariance": np.array([np.eye(6)] * 2)}, "twice"),
    ],
)
def test_bad_reports_are_said(change, words):
    with pytest.raises(FusionError) as error:
        TrackFusion().update("radar", 0.0, one(0.0) | change)
    assert words in str(error.value)
    assert "'radar'" in str(error.value)


def test_bad_settings_and_times_are_said():
    for options, words in (({"method": "mean"}, "method"), ({"gate_probability": 1.0}, "gate_probability"), ({"density": -1.0}, "density")):
        with pytest.raises(FusionError, match=words):
            TrackFusion(**options)
    centre = TrackFusion()
    centre.update("a", 10.0, one(0.0))
    with pytest.raises(FusionError, match=r"at 5.0 s, after 10.0 s"):
        centre.update("a", 5.0, one(0.0))
