"""Ballistic trajectories from a launch place to an impact place over the rotating, oblate Earth with its atmosphere."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.errors import DowdingError
from dowding.physics.flight import Path, knots, path_states
from dowding.physics.free_flight import EARTH_RADIUS, fall_to_height, minimum_energy, speed_over_sphere
from dowding.physics.geodesy import (
    Frame,
    direction_vector,
    geodesic_inverse,
    geodetic_to_theatre,
    local_rotation,
    rotate_back,
)
from dowding.physics.roots import least_near, root_between

Array = NDArray[np.float64]

RANGE_LEAST, RANGE_MOST = 10e3, 15000e3  # m, what the search is tested for
# Zarchan (2012), Tactical and Strategic Missile Guidance, 6th ed., chapter on ballistic targets, works with 500 to 2,000 lb/ft2,
# which is 2,400 to 9,800 kg/m2; a whole missile that does not shed its tank is denser: 2,000 kg over 0.61 m2 with Cd 0.2 make 16,000.
BALLISTIC_COEFFICIENT = 5000.0
_STEPS_MOST = 20000
_MISS = 0.5  # m, of the search
_ELEVATIONS = np.radians(np.array([15.0, 20.0, 25.0, 30.0, 36.0, 42.0, 48.0, 54.0, 60.0, 66.0, 72.0, 77.0, 82.0, 86.0]))


class Trajectory(NamedTuple):
    """A solved ballistic trajectory."""

    path: Path
    burnout_time: float  # s after launch
    burnout_speed: float  # m/s, Earth-fixed
    elevation: float  # rad, of the boost
    azimuth: float  # rad, of the boost
    apogee: float  # m, above the ellipsoid
    flight_time: float  # s
    impact_speed: float  # m/s, Earth-fixed


class _Launch(NamedTuple):
    frame: Frame
    start: Array  # (3,) m, theatre
    to_local: Array  # (3, 3) theatre to east, north, up at the launch place
    target: Array  # (3,) m, theatre
    along: Array  # (3,) unit vector at the impact place, level and away from the launch place, theatre
    across: Array  # (3,) unit vector at the impact place, level and to the right, theatre
    height: float  # m, of the impact place above the ellipsoid
    boost_time: float  # s
    inverse_beta: float  # m2/kg


def _boost_direction(launch: _Launch, elevation: float, azimuth: float) -> Array:
    return np.array(rotate_back(launch.to_local, *direction_vector(azimuth, elevation, 1.0)))


def _fly(launch: _Launch, speed: float, elevation: float, azimuth: float) -> tuple[Array, float] | None:
    """States (n, 7) from burnout to impact, and the apogee; None if it does not come down, or not after burnout."""
    direction = _boost_direction(launch, elevation, azimuth)
    start = launch.start + 0.5 * speed * launch.boost_time * direction
    state = np.concatenate([[launch.boost_time], start, speed * direction])
    rows = np.empty((_STEPS_MOST, 7))
    count, apogee = fall_to_height(launch.frame, state, launch.height, launch.inverse_beta, rows)
    return (rows[:count], apogee) if count > 0 else None


def _miss(launch: _Launch, speed: float, elevation: float, azimuth: float) -> Array | None:
    """How far (m) the impact is beyond and right of the target; None for a trajectory that does not come down."""
    flown = _fly(launch, speed, elevation, azimuth)
    if flown is None:
        return None
    error = flown[0][-1, 1:4] - launch.target
    return np.array([launch.along @ error, launch.across @ error])


def _hit(launch: _Launch, elevation: float, speed: float, azimuth: float) -> tuple[float, float] | None:
    """The burnout speed and azimuth that hit the target with a boost at `elevation`, by Newton's method from a guess."""
    error = _miss(launch, speed, elevation, azimuth)
    for _ in range(20):
        if error is None:
            return None
        if np.hypot(*error) < _MISS:
            return speed, azimuth
        d_speed, d_azimuth = 1e-4 * speed, 1e-4
        faster = _miss(launch, speed + d_speed, elevation, azimuth)
        turned = _miss(launch, speed, elevation, azimuth + d_azimuth)
        if faster is None or turned is None:
            return None
        slope = np.column_stack([(faster - error) / d_speed, (turned - error) / d_azimuth])
        if abs(np.linalg.det(slope)) < 1e-6:
            return None
        change = np.linalg.solve(slope, -error)
        change *= min(1.0, 0.2 * speed / (abs(change[0]) + 1e-9), 0.3 / (abs(change[1]) + 1e-9))
        for _ in range(6):  # halve a step that leaves the region in which the body comes down, or that makes it worse
            trial = _miss(launch, speed + change[0], elevation, azimuth + change[1])
            if trial is not None and np.hypot(*trial) < np.hypot(*error):
                break
            change *= 0.5
        else:
            return None
        speed, azimuth, error = speed + change[0], azimuth + change[1], trial
    return None


class _Search:
    """Solutions by elevation, each started from the nearest one found before."""

    def __init__(self, launch: _Launch, range_angle: float, azimuth: float) -> None:
        self.launch, self.range_angle, self.azimuth = launch, range_angle, azimuth
        self.found: dict[float, tuple[float, float, float]] = {}  # elevation -> speed, azimuth, apogee

    def at(self, elevation: float) -> tuple[float, float, float] | None:
        """Speed, azimuth and apogee of the trajectory that hits when boosted at `elevation`, or None."""
        if elevation in self.found:
            return self.found[elevation]
        guesses = []
        if self.found:
            near = min(self.found, key=lambda known: abs(known - elevation))
            guesses.append(self.found[near][:2])
        speed = speed_over_sphere(self.range_angle, elevation)
        if speed is not None:
            guesses.append((speed, self.azimuth))
        for guess in guesses:
            hit = _hit(self.launch, elevation, *guess)
            flown = _fly(self.launch, hit[0], elevation, hit[1]) if hit else None
            if hit and flown:
                self.found[elevation] = (*hit, flown[1])
                return self.found[elevation]
        return None


def _least_speed(search: _Search) -> float | None:
    """The elevation at which the burnout speed is least."""
    likely = minimum_energy(search.range_angle)[1]  # air and the boost raise it by some degrees
    known: dict[float, float] = {}
    for reach in (0.2, 0.45):
        known = {float(e): found[0] for e in _ELEVATIONS if abs(e - likely) < reach and (found := search.at(float(e)))}
        if known and min(known, key=lambda elevation: known[elevation]) not in (min(known), max(known)):
            break
    if not known:
        return None
    best = min(known, key=lambda elevation: known[elevation])
    beside = [e for e in sorted(known) if e < best][-1:], [e for e in sorted(known) if e > best][:1]

    def speed(elevation: float) -> float:
        found = search.at(float(elevation))
        return found[0] if found else 1e6

    if beside[0] and beside[1]:
        least_near(speed, (beside[0][0], best, beside[1][0]), 1e-3)
    return min(search.found, key=lambda elevation: search.found[elevation][0])


def _elevation_for_apogee(search: _Search, apogee: float, name: str) -> float:
    """The elevation whose trajectory has the given apogee; raises DowdingError when none has."""
    known = [(float(e), found[2]) for e in _ELEVATIONS if (found := search.at(float(e)))]
    for (low, apogee_low), (high, apogee_high) in pairwise(known):
        if apogee_low <= apogee <= apogee_high:

            def gap(elevation: float) -> float:
                found = search.at(float(elevation))
                return found[2] - apogee if found else math.nan

            return root_between(gap, low, high, 1e-9)
    if not known:
        raise DowdingError(f"{name}: no ballistic trajectory between these places was found", hint="check the range and the boost time")
    raise DowdingError(
        f"{name}: an apogee of {apogee / 1e3:.1f} km was asked for; trajectories between these places reach "
        f"{known[0][1] / 1e3:.1f} to {known[-1][1] / 1e3:.1f} km",
        hint="leave the apogee out for the minimum-energy trajectory",
    )


def _prepared(
    frame: Frame, launch: tuple[float, float, float], impact: tuple[float, float, float], boost_time: float, beta: float, name: str
) -> tuple[_Launch, float, float]:
    """What the search needs, the range angle (rad) and the azimuth (rad); raises DowdingError for an impossible geometry."""
    line = geodesic_inverse(*launch[:2], *impact[:2])
    if not RANGE_LEAST <= line.distance <= RANGE_MOST:
        raise DowdingError(
            f"{name}: launch and impact are {line.distance / 1e3:.1f} km apart; "
            f"a ballistic path spans {RANGE_LEAST / 1e3:.0f} to {RANGE_MOST / 1e3:.0f} km"
        )
    if not (beta > 0.0 and boost_time > 0.0):
        raise DowdingError(f"{name}: ballistic coefficient {beta:g} kg/m2 and boost time {boost_time:g} s must both be above 0")
    at_impact = local_rotation(frame, *impact[:2])
    return (
        _Launch(
            frame,
            np.array(geodetic_to_theatre(frame, *launch)),
            local_rotation(frame, *launch[:2]),
            np.array(geodetic_to_theatre(frame, *impact)),
            np.array(rotate_back(at_impact, *direction_vector(line.azimuth_end, 0.0, 1.0))),
            np.array(rotate_back(at_impact, *direction_vector(line.azimuth_end + 0.5 * math.pi, 0.0, 1.0))),
            impact[2],
            boost_time,
            1.0 / beta,
        ),
        line.distance / EARTH_RADIUS,
        line.azimuth_start,
    )


def _motion(launch: _Launch, states: Array, elevation: float, azimuth: float) -> Callable[[Array], tuple[Array, Array]]:
    """Position and velocity by time since launch: uniform acceleration in the boost, then the integrated states."""
    direction = _boost_direction(launch, elevation, azimuth)
    acceleration = float(np.linalg.norm(states[0, 4:7])) / launch.boost_time
    coast = Path(*(np.ascontiguousarray(part) for part in (states[:, 0], states[:, 1:4], states[:, 4:7])))

    def evaluate(times: Array) -> tuple[Array, Array]:
        position, velocity = path_states(coast, times)
        boosting = (times < launch.boost_time)[:, None]
        t = times[:, None]
        return (
            np.where(boosting, launch.start + 0.5 * acceleration * t * t * direction, position),
            np.where(boosting, acceleration * t * direction, velocity),
        )

    return evaluate


def ballistic_path(
    frame: Frame,
    launch: tuple[float, float, float],
    impact: tuple[float, float, float],
    *,
    boost_time: float = 60.0,
    ballistic_coefficient: float = BALLISTIC_COEFFICIENT,
    apogee: float | None = None,
    start_time: float = 0.0,
    error_max: float = 1.0,
    name: str = "ballistic path",
) -> Trajectory:
    """The trajectory from `launch` to `impact` (latitude, longitude in rad, height in m): least burnout speed, or a given apogee.

    The boost is assumed: a straight line at constant acceleration for `boost_time` seconds, drag and gravity included in it.
    Then the body falls freely with m/(Cd A) = `ballistic_coefficient` kg/m2. `apogee` is metres above the ellipsoid. The
    impact is hit within 10 m; knots interpolate within `error_max` metres. Raises DowdingError, opening with `name`.
    """
    prepared, range_angle, azimuth = _prepared(frame, launch, impact, boost_time, ballistic_coefficient, name)
    search = _Search(prepared, range_angle, azimuth)
    elevation = _least_speed(search) if apogee is None else _elevation_for_apogee(search, apogee, name)
    found = search.at(elevation) if elevation is not None else None
    flown = _fly(prepared, found[0], elevation, found[1]) if found and elevation is not None else None
    if found is None or flown is None or elevation is None:
        raise DowdingError(f"{name}: no ballistic trajectory between these places was found", hint="check the range and the boost time")
    states = flown[0]
    # tenths of a second near the ground are far denser than the knots need to be
    breaks = np.array([0.0, boost_time, *np.linspace(boost_time, states[-1, 0], 9)[1:]])
    path = knots(_motion(prepared, states, elevation, found[1]), breaks, error_max)
    impact_speed = float(np.linalg.norm(states[-1, 4:7]))
    return Trajectory(
        path._replace(time=path.time + start_time), boost_time, found[0], elevation, found[1], flown[1], float(states[-1, 0]), impact_speed
    )
