"""The bundles of arrays that kernels read: rows are entities, an id is a row number, -1 is none; constant for the whole run."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.physics.geodesy import Frame
from dowding.scenario import Resolved
from dowding.tracking.picture import SensorGeometry, TrackerConfig

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]
Flags = NDArray[np.bool_]

class Sensors(NamedTuple):
    """What each sensor can do, beyond its geometry."""

    height: Reals  # (sensor,) m, antenna above the ellipsoid
    latitude: Reals  # (sensor,) rad
    dwells: Wholes  # (sensor,) parts that a scan is cut into
    sweep: Reals  # (sensor,) rad, azimuth swept in one scan, 2 pi for all round
    snr_constant: Reals  # (sensor,) m^2: signal-to-noise ratio is this * rcs / range^4
    snr_floor: Reals  # (sensor,) signal-to-noise ratio at which a steady target is detected every other look; no report shows less
    pulses: Wholes  # (sensor,) summed in one look
    range_resolution: Reals  # (sensor,) m
    azimuth_beamwidth: Reals  # (sensor,) rad
    elevation_beamwidth: Reals  # (sensor,) rad
    range_rate_resolution: Reals  # (sensor,) m/s
    range_floor: Reals  # (sensor,) m, error that stays
    angle_floor: Reals  # (sensor,) rad, error that stays
    false_alarms: Reals  # (sensor,) mean number in a dwell
    picture: Wholes  # (sensor,) row of the picture that it feeds
    unit: Wholes  # (sensor,) fire unit it belongs to, or -1
    side: Wholes  # (sensor,) side


class DetectionTables(NamedTuple):
    """Detection probability against signal-to-noise ratio, tabulated."""

    start_db: Reals  # (sensor,) dB, first bin
    step_db: Reals  # (sensor,) dB
    probability: Reals  # (sensor, swerling, bin)


class Targets(NamedTuple):
    """What flies."""

    cls: Wholes  # (target,) index into TARGET_CLASSES
    swerling: Wholes  # (target,) 0..4
    rcs: Reals  # (target, sensor, aspect) m^2, in that sensor's band; aspects are front, side, rear
    path: Wholes  # (target, 2) first and last knot
    start: Reals  # (target,) s, when it enters the scene
    end: Reals  # (target,) s, when its path ends
    asset: Wholes  # (target,) asset that its path ends at, or -1
    side: Wholes  # (target,) side


class Paths(NamedTuple):
    """The knots of all paths, one after the other."""

    time: Reals  # (knot,) s
    position: Reals  # (knot, 3) m, theatre
    velocity: Reals  # (knot, 3) m/s, theatre
    shift: Reals  # (target,) s, later than the knots' times


class Assets(NamedTuple):
    """What is defended."""

    position: Reals  # (asset, 3) m, theatre
    radius: Reals  # (asset,) m
    side: Wholes  # (asset,) side


class Interceptors(NamedTuple):
    """What fire units launch: an envelope, a speed profile and a kill probability."""

    range_min: Reals  # (interceptor,) m, slant
    range_max: Reals  # (interceptor,) m, slant
    range_max_ballistic: Reals  # (interceptor,) m, slant; 0 where it cannot
    altitude_min: Reals  # (interceptor,) m, above the ellipsoid at the fire unit's ground height
    altitude_max: Reals  # (interceptor,) m, above the ellipsoid
    speed_max: Reals  # (interceptor,) m/s
    boost_time: Reals  # (interceptor,) s
    decay: Reals  # (interceptor,) 1/m
    target_speed_max: Reals  # (interceptor,) m/s
    kill_probability: Reals  # (interceptor, class)


class Units(NamedTuple):
    """The fire units."""

    position: Reals  # (unit, 3) m, theatre
    ground: Reals  # (unit,) m, height of its ground above the ellipsoid
    side: Wholes  # (unit,) side
    picture: Wholes  # (unit,) row of the picture it fights by
    target_channels: Wholes  # (unit,) targets engaged at once
    missile_channels: Wholes  # (unit,) interceptors in flight at once
    reaction_time: Reals  # (unit,) s, from decision to launch
    launch_interval: Reals  # (unit,) s
    kill_assessment: Reals  # (unit,) s, from intercept to the next decision on that target
    decision_interval: Reals  # (unit,) s
    radars: Wholes  # (unit, radar) its engagement radars, -1 for none
    interceptor: Wholes  # (unit, kind) interceptor rows, -1 for none
    rounds: Wholes  # (unit, kind) ready at the start
    salvo: Wholes  # (unit, class) interceptors at once, 0 to hold fire at that class
    shots_max: Wholes  # (unit,) interceptors at one track
    look: Flags  # (unit,) shoot again after looking; else one salvo only
    smallest: Flags  # (unit,) prefer the interceptor of the least reach that can; else that of the best kill probability
    kill_probability_min: Reals  # (unit,) no launch below this


class Settings(NamedTuple):
    """Scalars of the run."""

    duration: float  # s
    truth_interval: float  # s
    effective_earth_factor: float  # radius factor of the refracted horizon
    pictures: int  # number of pictures
    basket: float  # m, assumed: an interceptor finds its target if the track is no further off than this


class Model(NamedTuple):
    """Everything that kernels read."""

    frame: Frame
    settings: Settings
    geometry: SensorGeometry
    sensors: Sensors
    tables: DetectionTables
    targets: Targets
    paths: Paths
    assets: Assets
    interceptors: Interceptors
    units: Units
    tracker: TrackerConfig


@dataclass(frozen=True)
class Names:
    """What people call the rows."""

    sides: tuple[str, ...]
    assets: tuple[str, ...]
    sensors: tuple[str, ...]
    sensor_entries: tuple[str, ...]
    units: tuple[str, ...]
    systems: tuple[str, ...]
    interceptors: tuple[str, ...]
    flights: tuple[str, ...]
    flight_of: tuple[int, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Compiled:
    """A model with its names and the scenario that it came from."""

    model: Model
    names: Names
    resolved: Resolved
