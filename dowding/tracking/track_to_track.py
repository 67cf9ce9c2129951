"""One picture from several trackers of which only tracks travel: who is whom, and what all of them know together.

Reports of a source are its own estimates and covariances, at its own times and under its own numbers. Tracks of different sources are taken
for one target by the test of Singer & Kanyuck 1971, "Computer control of multiple site track correlation", Automatica 7 (the squared
difference under the sum of covariances), all new ones at once by the assignment of least cost; a pair that stops passing is parted.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import gammaincinv

from dowding.errors import DowdingError
from dowding.tracking.intersection import Floats, intersect, inverse
from dowding.tracking.tracklets import absorb, predict, tracklet

INTERSECTION, TRACKLETS = "covariance-intersection", "tracklets"
STATE = 6
UNITE_AFTER = 3  # updates in a row
FORBIDDEN = 1e9  # cost of a pair outside the gate


class FusionError(DowdingError):
    """Tracks or settings that cannot be fused."""


class Report(NamedTuple):
    """The last that a source said of a track."""

    time: float  # s
    state: Floats  # (6,) m and m/s
    covariance: Floats  # (6, 6)


class Joint:
    """One target as several sources follow it."""

    def __init__(self, number: int, time: float, state: Floats, covariance: Floats) -> None:
        self.number = number
        self.members: dict[str, int] = {}  # track number by source
        self.reports: dict[str, Report] = {}
        self.misfits: dict[str, int] = {}  # reports in a row that did not fit
        self.time, self.state, self.covariance = time, state, covariance  # what the centre knows, for tracklets


class TrackFusion:
    """Fuses tracks of several sources. `density` (m2/s3) is the white acceleration of straight flight between reports.

    "covariance-intersection" needs nothing of how sources are made and is never too sure; "tracklets" uses everything once, and asks that
    sources share no sensor, send every report, and follow straight flight with that same noise. `gate_probability` of a true pair to pass;
    `part_after` reports in a row that don't fit part a source's track from the rest; a report older than `forget_s` no longer counts.
    """

    def __init__(
        self, method: str = INTERSECTION, *, density: float = 0.5, gate_probability: float = 0.999, part_after: int = 3,
        forget_s: float = 60.0, fast: bool = False,
    ) -> None:  # fmt: skip
        if method not in (INTERSECTION, TRACKLETS):
            raise FusionError(f"fusion.method is {method!r}, allowed are {INTERSECTION!r} and {TRACKLETS!r}")
        if not 0.0 < gate_probability < 1.0:
            raise FusionError(f"fusion.gate_probability is {gate_probability}, allowed is more than 0 and less than 1")
        if not (density >= 0.0 and np.isfinite(density)):
            raise FusionError(f"fusion.density is {density}, allowed is at least 0")
        self.method, self.density, self.part_after, self.forget_s, self.fast = method, density, part_after, forget_s, fast
        self.gate = float(2.0 * gammaincinv(0.5 * STATE, gate_probability))
        self.joints: dict[int, Joint] = {}
        self.of: dict[tuple[str, int], int] = {}  # joint track of a source's track
        self._next = 1
        self._likeness: dict[tuple[int, int], int] = {}  # updates in a row that two joint tracks have fitted

    def update(self, source: str, time: float, tracks: Mapping[str, ArrayLike]) -> None:
        """Take in all tracks that a source reports at `time` (s): id (track,), state (track, 6), covariance (track, 6, 6).

        Raises FusionError for what is no estimate, and for a source that goes back in time.
        """
        numbers, states, covariances = _checked(source, tracks)
        for number in numbers.tolist():
            joint = self.joints.get(self.of.get((source, number), -1))
            if joint is not None and time < joint.reports[source].time:
                raise FusionError(f"source {source!r} reports track {number} at {time} s, after {joint.reports[source].time} s")
        self._forget(time)
        known = np.array([(source, int(n)) in self.of for n in numbers], np.bool_)
        for row in np.flatnonzero(known):
            self._check(source, int(numbers[row]), time, states[row], covariances[row])
        known = np.array([(source, int(n)) in self.of for n in numbers], np.bool_)
        self._join(source, time, numbers[~known], states[~known], covariances[~known])
        self._learn(source, time, numbers, states, covariances)
        self._unite(time)

    def drop(self, source: str, number: int) -> None:
        """A source has deleted a track."""
        joint = self.joints.get(self.of.pop((source, number), -1))
        if joint is not None:
            for table in (joint.members, joint.reports, joint.misfits):
                table.pop(source, None)
            if not joint.members:
                del self.joints[joint.number]

    def tracks(self, time: float) -> dict[str, Any]:
        """Fused tracks at `time` (s): id (track,), state (track, 6), covariance (track, 6, 6), members [{source: number}]."""
        self._forget(time)
        joints = list(self.joints.values())
        states, covariances = self._estimates(joints, time)
        members = [dict(joint.members) for joint in joints]
        return {"id": np.array([j.number for j in joints], np.int64), "state": states, "covariance": covariances, "members": members}

    def _estimates(self, joints: list[Joint], time: float, without: str = "") -> tuple[Floats, Floats]:
        """What is known of joint tracks at a time, (n, 6) and (n, 6, 6); by intersection, `without` one source."""
        if not joints:
            return np.empty((0, STATE)), np.empty((0, STATE, STATE))
        if self.method == TRACKLETS:
            rows = [Report(j.time, j.state, j.covariance) for j in joints]
            return predict(*_stacked(rows), np.array([time - r.time for r in rows]), self.density)
        width = max(len(j.reports) for j in joints)
        states, covariances = np.zeros((len(joints), width, STATE)), np.full((len(joints), width, STATE, STATE), np.inf)
        for row, joint in enumerate(joints):
            kept = [r for s, r in joint.reports.items() if s != without] or list(joint.reports.values())
            moved = predict(*_stacked(kept), np.array([time - r.time for r in kept]), self.density)
            states[row, : len(kept)], covariances[row, : len(kept)] = moved
        state, covariance, _ = intersect(states, covariances, fast=self.fast)
        return state, covariance

    def _check(self, source: str, number: int, time: float, state: Floats, covariance: Floats) -> None:
        """Part a source's track from a joint one that it no longer fits."""
        joint = self.joints[self.of[source, number]]
        if len(joint.members) == 1:
            return
        others = [r for s, r in joint.reports.items() if s != source]
        moved, spread = predict(*_stacked(others), np.array([time - r.time for r in others]), self.density)
        fits = squared(moved - state, spread + covariance) <= self.gate
        joint.misfits[source] = 0 if fits.any() else joint.misfits.get(source, 0) + 1
        if joint.misfits[source] >= self.part_after:
            self.drop(source, number)
            # what the parted source has told cannot be taken out again: begin anew from what the others say
            joint.time = time
            state_of_rest, spread_of_rest, _ = intersect(moved[None], spread[None])
            joint.state, joint.covariance = state_of_rest[0], spread_of_rest[0]

    def _join(self, source: str, time: float, numbers: NDArray[np.int64], states: Floats, covariances: Floats) -> None:
        """Give new tracks of a source to joint tracks that it does not follow yet, or make new ones."""
        open_ = [j for j in self.joints.values() if source not in j.members]
        moved, spread = self._estimates(open_, time)
        taken: dict[int, Joint] = {}
        if len(open_) and len(numbers):
            cost = np.full((len(numbers), len(open_)), FORBIDDEN)
            i, j, apart, volume = self._alike(states, covariances, moved, spread)
            cost[i, j] = apart + volume  # likelihood rather than distance: a wide covariance is near to everything
            rows, columns = linear_sum_assignment(cost)
            taken = {int(r): open_[c] for r, c in zip(rows, columns, strict=True) if cost[r, c] < FORBIDDEN}
        for row, number in enumerate(numbers):
            joint = taken.get(row)
            if joint is None:
                joint = Joint(self._next, time, states[row].copy(), covariances[row].copy())
                self.joints[joint.number] = joint
                self._next += 1
            joint.members[source] = int(number)
            self.of[source, int(number)] = joint.number

    def _learn(self, source: str, time: float, numbers: NDArray[np.int64], states: Floats, covariances: Floats) -> None:
        """Store the reports; with tracklets, bring what is new in them to the joint tracks."""
        joints = [self.joints[self.of[source, int(n)]] for n in numbers]
        if self.method == TRACKLETS and len(numbers):
            told = np.array([source in j.reports for j in joints], np.bool_)
            alone = np.array([len(j.members) == 1 for j in joints], np.bool_)  # nobody knows more than its own last report
            have, spread = self._estimates(joints, time)
            last = [j.reports.get(source, Report(time, states[k], covariances[k])) for k, j in enumerate(joints)]
            sent = predict(*_stacked(last), np.array([time - r.time for r in last]), self.density)
            information, vector = tracklet(states, covariances, *sent)
            whole = inverse(covariances)
            information = np.where(told[:, None, None], information, whole)  # all of a first report is new
            vector = np.where(told[:, None], vector, np.einsum("nij,nj->ni", whole, states))
            have, spread = absorb(have, spread, information, vector)
            for k, joint in enumerate(joints):
                joint.time = time
                joint.state, joint.covariance = (states[k], covariances[k]) if alone[k] else (have[k], spread[k])
        for k, joint in enumerate(joints):
            joint.reports[source] = Report(time, states[k].copy(), covariances[k].copy())

    def _unite(self, time: float) -> None:
        """Make one of two joint tracks that no source tells apart and that have fitted each other for some updates."""
        joints = list(self.joints.values())
        states, covariances = self._estimates(joints, time)
        i, j, apart, _ = self._alike(states, covariances, states, covariances)
        now: dict[tuple[int, int], int] = {}
        for a, b in zip(*(rows[np.argsort(apart, kind="stable")].tolist() for rows in (i, j)), strict=True):
            older, younger = joints[a], joints[b]
            if older.number < younger.number and not set(older.members) & set(younger.members):
                now[older.number, younger.number] = self._likeness.get((older.number, younger.number), 0) + 1
        self._likeness = now
        for (a, b), looks in now.items():
            if looks >= UNITE_AFTER and a in self.joints and b in self.joints:
                self._take_over(self.joints[a], self.joints[b], time)

    def _take_over(self, older: Joint, younger: Joint, time: float) -> None:
        if set(older.members) & set(younger.members):
            return
        if self.method == TRACKLETS:  # the two know nothing of each other: what one holds is new to the other
            states, covariances = self._estimates([older, younger], time)
            told = inverse(covariances[1:])
            have = absorb(states[:1], covariances[:1], told, np.einsum("nij,nj->ni", told, states[1:]))
            older.time, older.state, older.covariance = time, have[0][0], have[1][0]
        older.members |= younger.members
        older.reports |= younger.reports
        for source, number in younger.members.items():
            self.of[source, number] = older.number
        del self.joints[younger.number]

    def _alike(
        self, states: Floats, covariances: Floats, others: Floats, spread: Floats
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
        """Pairs (i, j) inside the gate, with their squared distance and the logarithm of their summed covariance's determinant."""
        if not len(states) or not len(others):
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0)
        # a trace bounds every direction: this spares most pairs the inverse
        reach = [np.einsum("nii->n", c[:, :3, :3]) for c in (covariances, spread)]
        away = ((states[:, None, :3] - others[None, :, :3]) ** 2).sum(axis=2)
        i, j = np.nonzero(away <= self.gate * (reach[0][:, None] + reach[1][None]))
        total = covariances[i] + spread[j]
        apart = squared(states[i] - others[j], total)
        inside = apart <= self.gate
        return i[inside], j[inside], apart[inside], np.linalg.slogdet(total[inside] / _units())[1]

    def _forget(self, time: float) -> None:
        """Drop members that were not reported for too long."""
        last = {key: self.joints[at].reports[key[0]].time for key, at in self.of.items()}
        for source, number in [key for key, when in last.items() if time - when > self.forget_s]:
            self.drop(source, number)


def squared(differences: Floats, covariances: Floats) -> Floats:
    """Squared lengths (n,) of differences (n, 6) under covariances (n, 6, 6)."""
    solved = np.linalg.solve(covariances / _units(), (differences / _root())[:, :, None])[:, :, 0]
    return np.asarray((differences / _root() * solved).sum(axis=1), np.float64)


def _root() -> Floats:
    return np.array([100.0, 100.0, 100.0, 10.0, 10.0, 10.0])  # m and m/s: brings positions and velocities to one scale


def _units() -> Floats:
    return np.outer(_root(), _root())


def _stacked(reports: list[Report]) -> tuple[Floats, Floats]:
    return np.array([r.state for r in reports]), np.array([r.covariance for r in reports])


def _checked(source: str, tracks: Mapping[str, ArrayLike]) -> tuple[NDArray[np.int64], Floats, Floats]:
    numbers = np.asarray(tracks["id"], np.int64)
    states, covariances = (np.asarray(tracks[name], np.float64) for name in ("state", "covariance"))
    n = len(numbers)
    if states.shape != (n, STATE) or covariances.shape != (n, STATE, STATE):
        given = f"{n} tracks with states {states.shape} and covariances {covariances.shape}"
        raise FusionError(f"source {source!r}: {given}", hint="a state has 6 numbers, its covariance 6 by 6")
    if len(np.unique(numbers)) < n:
        raise FusionError(f"source {source!r} reports one track twice at the same time")
    sound = np.isfinite(states).all() and np.isfinite(covariances).all()
    if not (sound and (np.linalg.eigvalsh(covariances / _units()) > 0.0).all()):
        raise FusionError(f"source {source!r}: a state is not finite or a covariance not positive definite")
    return numbers, states, covariances
