"""Benchmark flights: they manoeuvre as hard as they say, a track that goes astray is lost, and a loss is seen."""

from collections.abc import Iterator

import numpy as np
import pytest

from verification import benchmark_flights as flights
from verification import simulation


@pytest.mark.parametrize("flight", flights.FLIGHTS, ids=lambda flight: flight.name)
def test_a_flight_keeps_to_the_benchmarks_limits(flight: flights.Flight) -> None:
    path = flights.fly(flight)
    distance = np.linalg.norm(path.position, axis=1)
    assert distance.min() > 10e3
    assert distance.max() < 100e3
    speed = np.linalg.norm(path.velocity, axis=1)
    assert np.abs(np.gradient(speed, flights.STEP_S)).max() < 2.0 * flights.GRAVITY
    inner = path.load[: -int(1.0 / flights.STEP_S)]
    hardest = max(leg.load for leg in flight.legs)
    assert np.quantile(inner, 0.999) == pytest.approx(hardest * flights.GRAVITY, rel=0.35)
    np.testing.assert_allclose(inner[path.straight[: len(inner)]][20:60], 0.0, atol=1e-9)


def test_the_volume_of_a_loss_is_the_benchmarks() -> None:
    truth = np.array([0.0, 50e3, 0.0])
    beside = [[50e3 * np.tan(np.radians(a)), 50e3, 0.0] for a in (2.3, 2.5)]
    inside = flights.within(np.array([*beside, [0.0, 52.3e3, 0.0], [0.0, 52.4e3, 0.0]]), truth)
    assert inside.tolist() == [True, False, True, False]


@pytest.mark.parametrize(("share", "code"), [(0.04, 0), (0.3, 1)])
def test_too_many_losses_are_seen(monkeypatch: pytest.MonkeyPatch, share: float, code: int) -> None:
    def follow(radar: flights.Radar, period: float, seed: int) -> list[flights.Followed]:
        hit = np.ones(10)
        lost = np.random.default_rng(seed).random(600) < share
        return [flights.Followed(bool(k), True, hit, 4.0 * hit, hit, hit > 0.0) for k in lost]

    monkeypatch.setattr(flights, "follow", follow)
    assert flights.main(["--quick"]) == code


def test_a_straight_flight_is_followed_near_its_bound() -> None:
    straight = flights.Flight("straight", (60.0, 20.0, 8000.0), 250.0, 250.0, (flights.Leg(120.0),))
    found = [flights.follow(flights.RADARS[0], 4.0, seed, (straight,))[0] for seed in range(4)]
    assert not any(f.lost or not f.confirmed for f in found)
    whole, _, settled = flights.ratios(found)
    assert whole < flights.NO_WORSE
    assert 0.5 < settled < flights.NEAR_THE_BOUND


def test_rows_have_their_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(quick: bool) -> Iterator[simulation.Row]:
        assert not quick
        yield simulation.Row("x", "y", 1.4, 1.0, 0.0, flights.NEAR_THE_BOUND)

    monkeypatch.setattr(flights, "rows", rows)
    assert flights.main([]) == 1
