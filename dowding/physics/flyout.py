"""How far an interceptor has flown after a time, how long it takes, and when it can first meet a target.

The speed profile is an envelope with three public figures: constant acceleration from rest to the greatest speed, then a
speed that falls exponentially with the distance flown (drag at constant density). It flies straight; nothing guides it.
"""

import math

from dowding._jit import kernel
from dowding.errors import DowdingError

_STEPS = 200  # each step roughly doubles the right digits, only a grazing encounter needs more than ten
_INSTANT = 1e-9  # s, a boost shorter than this has no acceleration to reckon with
_NEARNESS = 1e-6  # m, well below anything the simulation can tell apart


@kernel
def distance_flown(t: float, speed_max: float, boost_time: float, decay_per_m: float) -> float:
    """Metres flown `t` seconds after launch; 0 before it."""
    if t <= 0.0:
        return 0.0
    if t < boost_time:
        return 0.5 * speed_max * t * t / boost_time
    # ds/dt = v exp(-k s) after burnout integrates to s = ln(1 + k v t) / k
    coast = speed_max * (t - boost_time)
    x = decay_per_m * coast
    return 0.5 * speed_max * boost_time + (coast if x == 0.0 else math.log1p(x) / decay_per_m)


@kernel
def speed_flown(t: float, speed_max: float, boost_time: float, decay_per_m: float) -> float:
    """Speed in m/s `t` seconds after launch: the time derivative of `distance_flown`."""
    if t < 0.0:
        return 0.0
    if t < boost_time:
        return speed_max * t / boost_time
    return speed_max / (1.0 + decay_per_m * speed_max * (t - boost_time))


@kernel
def time_of_flight(distance: float, speed_max: float, boost_time: float, decay_per_m: float) -> float:
    """Seconds until `distance` metres are flown: the inverse of `distance_flown`."""
    if distance <= 0.0:
        return 0.0
    boost_distance = 0.5 * speed_max * boost_time
    if distance < boost_distance:
        return math.sqrt(2.0 * distance * boost_time / speed_max)
    coast = distance - boost_distance
    x = decay_per_m * coast
    return boost_time + (coast if x == 0.0 else math.expm1(x) / decay_per_m) / speed_max


def decay_for(speed_max: float, boost_time: float, range_max: float, speed_end: float) -> float:
    """The decay (1/m) with which the speed at `range_max` metres is `speed_end`; raises DowdingError if there is none."""
    boost_distance = 0.5 * speed_max * boost_time
    if not 0.0 < speed_end <= speed_max:
        raise DowdingError(f"the speed at the greatest range is {speed_end:g} m/s; it must be above 0 and at most {speed_max:g} m/s")
    if not range_max > boost_distance:
        raise DowdingError(
            f"a boost of {boost_time:g} s to {speed_max:g} m/s covers {boost_distance:.0f} m, beyond the greatest range of {range_max:g} m",
            hint="shorten the boost or lower the greatest speed",
        )
    return math.log(speed_max / speed_end) / (range_max - boost_distance)


@kernel
def _quadratic_step(gap: float, rate: float, half_acceleration: float) -> float:
    """The first step d > 0 at which gap + rate d - half_acceleration d^2 = 0, for gap > 0; -1 if there is none."""
    if half_acceleration <= 0.0:
        return -gap / rate if rate < 0.0 else -1.0
    root = math.sqrt(rate * rate + 4.0 * half_acceleration * gap)
    # the form without cancellation of each sign
    return 2.0 * gap / (root - rate) if rate <= 0.0 else (rate + root) / (2.0 * half_acceleration)


@kernel
def intercept_time(
    px: float,
    py: float,
    pz: float,
    vx: float,
    vy: float,
    vz: float,
    speed_max: float,
    boost_time: float,
    decay_per_m: float,
    time_max: float,
) -> float:
    """The earliest time (s) at which an interceptor launched now can be where a target of constant velocity is; -1 if none.

    Position (m) and velocity (m/s) are the target's, relative to the launcher; times beyond `time_max` count as none.
    """
    # The gap is distance(t) - flown(t). The target's distance is convex, so its tangent bounds it from below; the distance
    # flown is quadratic in the boost and concave after it. A step to the root of that bound never passes the first
    # intercept, and converges to it quadratically: the earliest solution is found, not just any.
    half_acceleration = 0.5 * speed_max / boost_time if boost_time > 0.0 else 0.0
    t = 0.0
    for _ in range(_STEPS):
        x = px + vx * t
        y = py + vy * t
        z = pz + vz * t
        distance = math.sqrt(x * x + y * y + z * z)
        gap = distance - distance_flown(t, speed_max, boost_time, decay_per_m)
        if gap <= _NEARNESS:
            return t
        boosting = t < boost_time
        if boosting and boost_time < _INSTANT:
            t = boost_time
            continue
        rate = (x * vx + y * vy + z * vz) / distance - speed_flown(t, speed_max, boost_time, decay_per_m)
        step = _quadratic_step(gap, rate, half_acceleration if boosting else 0.0)
        if step < 0.0:
            return -1.0
        t += step
        if boosting and t > boost_time:
            t = boost_time  # the bound holds to burnout only
        if t > time_max:
            return -1.0
    return -1.0
