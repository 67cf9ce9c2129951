"""Tracks that others tell: which of them are one, and which are two."""

import numpy as np

from dowding.tracking.picture import FREE, HIGHEST, make_bank
from dowding.tracking.shared_tracks import GIVER, LINKED, hear, intersect_pair, make_reports
from dowding.tracking.told_twins import merge_told
from dowding.tracking.tracker import make_config

INTERVAL = 6.0  # s
SIGMA = 100.0  # m


class Listener:
    """A picture that three tellers tell of tracks."""

    def __init__(self) -> None:
        self.config = make_config((0.0, 0.0, -6_371_000.0), (0.0, 0.6, 0.8))
        self.bank = make_bank(16, 1, 1)
        self.links = [np.zeros(16, LINKED) for _ in range(3)]
        self.round = 0

    def hears(self, *told: tuple[int, list[tuple[int, int, float]]]) -> None:
        """One round of messages: of each teller its tracks as (id and slot, number, metres beside a common straight flight)."""
        self.round += 1
        now = self.round * INTERVAL
        for teller, tracks in told:
            reports = make_reports(4, 3)
            for k, (track, number, beside) in enumerate(tracks):
                report = reports.report[k]
                report["id"], report["slot"], report["number"] = track, track, number
                report["time"] = report["last_update_time"] = now - 0.1 * teller
                report["score"], report["identity"] = 10.0, -1
                reports.state[k] = 200.0 * report["time"], 5e4 + beside, 5e3, 200.0, 0.0, 0.0
                covariance = np.diag([SIGMA**2] * 3 + [5.0**2] * 3)
                reports.packed[k], reports.mode[k] = covariance[np.tril_indices(6)], (0.9, 0.1, 0.0)
            links, until = self.links[teller], now + 3 * INTERVAL
            assert hear(self.bank, self.config, links, reports, len(tracks), self.round, teller, False, True, 16, now, until)
        merge_told(self.bank, self.config, now - 3 * INTERVAL, now)

    def tracks(self) -> int:
        """How many tracks there are."""
        return int((self.bank.track["status"][: self.bank.counters[HIGHEST]] != FREE).sum())


def number(picture: int, track: int) -> int:
    return (picture + 1) << GIVER | track


def test_two_that_one_teller_tells_apart_stay_two_and_one_that_two_tell_is_one() -> None:
    listener = Listener()
    for _ in range(8):
        listener.hears((0, [(1, number(0, 1), 0.0), (2, number(0, 2), 150.0)]), (1, [(7, number(1, 7), 40.0)]))
        assert listener.tracks() == 2


def test_what_comes_on_two_ways_is_known_by_its_number() -> None:
    """The relay's estimates lie so far beside the teller's that no gate holds them."""
    listener = Listener()
    for _ in range(4):
        listener.hears((0, [(1, number(0, 1), 0.0), (2, number(0, 2), 4e3)]), (1, [(5, number(0, 1), 2e3), (6, number(0, 2), 6e3)]))
        assert listener.tracks() == 2


def test_two_that_come_together_become_one() -> None:
    listener = Listener()
    listener.hears((0, [(1, number(0, 1), 0.0)]), (1, [(7, number(1, 7), 1e3)]))
    assert listener.tracks() == 2
    for _ in range(3):
        listener.hears((0, [(1, number(0, 1), 0.0)]), (1, [(7, number(1, 7), 20.0)]))
    assert listener.tracks() == 1
    for _ in range(3):
        # a relay that still holds them for two
        relayed = (2, [(3, number(0, 1), 10.0), (4, number(1, 7), 30.0)])
        listener.hears((0, [(1, number(0, 1), 0.0)]), (1, [(7, number(1, 7), 20.0)]), relayed)
        assert listener.tracks() == 1


def test_a_track_that_its_teller_began_anew_is_the_old_one_where_others_follow_it() -> None:
    listener = Listener()
    for _ in range(3):
        listener.hears((0, [(1, number(0, 1), 0.0)]), (1, [(7, number(1, 7), 20.0)]))
    for _ in range(5):
        listener.hears((0, [(2, number(0, 2), 0.0)]), (1, [(7, number(1, 7), 20.0)]))
    assert listener.tracks() == 1


def test_an_intersection_is_that_of_the_weighted_informations() -> None:
    """Julier and Uhlmann (1997), equations 11 and 12, with inverses written out; scales from metres to kilometres."""
    rng = np.random.default_rng(5)
    for weight in (0.5, 0.7, 0.999):
        for _ in range(20):
            first, second = (a @ a.T * 10.0 ** rng.uniform(0, 6) for a in rng.normal(size=(2, 6, 6)))
            x, told = rng.normal(size=(2, 6)) * 1e3
            inverses = weight * np.linalg.inv(first), (1.0 - weight) * np.linalg.inv(second)
            expected = np.linalg.inv(sum(inverses))
            state = expected @ (inverses[0] @ x + inverses[1] @ told)
            assert intersect_pair(x, first, told, second, weight, np.zeros((6, 6)), np.zeros((6, 6)), np.zeros(6))
            np.testing.assert_allclose(first, expected, rtol=1e-6, atol=1e-9 * np.abs(expected).max())
            np.testing.assert_allclose(x, state, rtol=1e-6, atol=1e-6 * np.abs(state).max())
    broken = np.diag([1.0, 1.0, 1.0, 1.0, 1.0, -9.0])
    kept = x.copy()
    assert not intersect_pair(x, broken.copy(), told, broken, 0.7, np.zeros((6, 6)), np.zeros((6, 6)), np.zeros(6))
    assert (x == kept).all()
