"""The flyout's closed forms against each other, quadrature and a brute-force search."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from dowding.errors import DowdingError
from dowding.physics import flyout

profiles = st.tuples(st.floats(100.0, 3000.0), st.floats(0.0, 20.0), st.sampled_from([0.0, 1e-12, 1e-7, 1e-5, 1e-4]))


@settings(deadline=None, max_examples=300)
@given(profiles, st.floats(0.0, 200.0))
def test_time_and_distance_are_inverse(profile: tuple[float, float, float], t: float) -> None:
    distance = flyout.distance_flown(t, *profile)
    assume(distance > 1e-12)
    # seconds; the distance's own rounding, seen through the speed, cannot be undone
    slack = 1e-9 * max(t, 1.0) + 4e-16 * distance / flyout.speed_flown(t, *profile)
    assert abs(flyout.time_of_flight(distance, *profile) - t) < slack
    again = flyout.distance_flown(flyout.time_of_flight(distance, *profile), *profile)
    assert abs(again - distance) <= 1e-9 * max(distance, 1.0)


def test_speed_falls_to_the_end_speed_at_the_greatest_range() -> None:
    speed_max, boost_time, range_max, speed_end = 1700.0, 6.0, 90e3, 600.0
    decay = flyout.decay_for(speed_max, boost_time, range_max, speed_end)
    t = flyout.time_of_flight(range_max, speed_max, boost_time, decay)
    assert abs(flyout.speed_flown(t, speed_max, boost_time, decay) - speed_end) < 1e-9
    # the law itself: speed falls exponentially with distance after burnout
    burnout = 0.5 * speed_max * boost_time
    flown = solve_ivp(lambda _, s: [speed_max * math.exp(-decay * (s[0] - burnout))], (boost_time, t), [burnout], rtol=1e-11, atol=1e-8)
    assert abs(flown.y[0, -1] - range_max) < 1e-3


@pytest.mark.parametrize(("range_max", "speed_end"), [(1000.0, 300.0), (50e3, 0.0), (50e3, 2000.0)])
def test_impossible_profiles_are_named(range_max: float, speed_end: float) -> None:
    with pytest.raises(DowdingError, match=r"speed at the greatest range|boost of"):
        flyout.decay_for(1000.0, 10.0, range_max, speed_end)


def test_standing_target_takes_the_time_of_flight() -> None:
    profile = (1500.0, 5.0, 1e-5)
    met = flyout.intercept_time(30e3, 0.0, 10e3, 0.0, 0.0, 0.0, *profile, 1e3)
    assert abs(met - flyout.time_of_flight(math.hypot(30e3, 10e3), *profile)) < 1e-8


def test_late_intercepts_do_not_count() -> None:
    profile = (1000.0, 0.0, 0.0)
    assert flyout.intercept_time(10e3, 0.0, 0.0, 0.0, 0.0, 0.0, *profile, 9.999) == -1.0
    assert abs(flyout.intercept_time(10e3, 0.0, 0.0, 0.0, 0.0, 0.0, *profile, 10.001) - 10.0) < 1e-8
    assert flyout.intercept_time(10e3, 0.0, 0.0, 1001.0, 0.0, 0.0, *profile, 1e9) == -1.0


speeds = st.floats(-1500.0, 1500.0)
places = st.floats(-120e3, 120e3)


@settings(deadline=None, max_examples=400)
@given(places, places, st.floats(-2e3, 80e3), speeds, speeds, speeds, profiles)
@example(5e3, 0.0, 0.0, 700.0, 0.0, 0.0, (1000.0, 10.0, 1e-4))  # a tail chase: caught, then faster again than the interceptor
@example(-60e3, 500.0, 10e3, 1400.0, 0.0, 0.0, (600.0, 20.0, 1e-4))  # crosses overhead faster than the interceptor
def test_earliest_intercept_against_brute_force(
    px: float, py: float, pz: float, vx: float, vy: float, vz: float, profile: tuple[float, float, float]
) -> None:
    time_max = 200.0
    t = np.linspace(0.0, time_max, 8001)
    distance = np.sqrt((px + vx * t) ** 2 + (py + vy * t) ** 2 + (pz + vz * t) ** 2)
    flown = np.array([flyout.distance_flown(float(x), *profile) for x in t])
    gap = distance - flown
    assume(gap[0] > 1.0)
    found = flyout.intercept_time(px, py, pz, vx, vy, vz, *profile, time_max)
    inside = np.flatnonzero(gap <= 0.0)
    if found >= 0.0:
        meeting = math.sqrt((px + vx * found) ** 2 + (py + vy * found) ** 2 + (pz + vz * found) ** 2)
        assert abs(meeting - flyout.distance_flown(found, *profile)) < 1e-5  # m
        assert np.all(gap[t < found - 1e-6] > 0.0)  # nothing earlier
    if inside.size > 0:
        assert 0.0 <= found <= t[inside[0]] + 1e-9  # never missed, never later than the grid saw it
