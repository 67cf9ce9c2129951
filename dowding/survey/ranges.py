"""How far each sensor sees a target: the engine's own detection function, asked over ranges and altitudes."""

import math
from collections.abc import Sequence

import numpy as np

from dowding._jit import kernel
from dowding.catalogue import Entry
from dowding.model import Compiled, Defence
from dowding.model.bundles import Reals
from dowding.model.flying import shown_to
from dowding.model.placing import placed_radars
from dowding.physics.geodesy import rotate_back
from dowding.physics.propagation import euler_radius
from dowding.survey.seeing import is_in_sector, seen_at
from dowding.tables import Columns

SEEN = 0.5  # detection probability of one look that counts as seen
STEPS = 300  # ranges tried from the farthest inward before the answer is refined
HALVINGS = 20
ALTITUDES_M = (
    30.0, 50.0, 100.0, 150.0, 200.0, 300.0, 500.0, 700.0, 1e3, 1.5e3, 2e3, 3e3,
    4e3, 5e3, 6e3, 8e3, 1e4, 1.2e4, 1.5e4, 2e4, 2.5e4, 3e4, 4e4, 6e4,
)  # fmt: skip


@kernel
def probability_at(
    defence: Defence, sensor: int, swerling: int, rcs: Reals, azimuth: float, ground_range: float, altitude: float
) -> float:
    """Detection probability of one look at a target flying straight at the sensor.

    `azimuth` rad at the sensor, whether in its sector or not; `ground_range` m, `altitude` m above the ellipsoid, `rcs` (aspect,) m^2.
    """
    radius = euler_radius(defence.geometry.latitude[sensor], azimuth)
    angle = ground_range / radius
    out, up = (radius + altitude) * math.sin(angle), (radius + altitude) * math.cos(angle) - radius - defence.geometry.height[sensor]
    dx, dy, dz = rotate_back(defence.geometry.rotation[sensor], out * math.sin(azimuth), out * math.cos(azimuth), up)
    site = defence.geometry.position[sensor]
    x, y, z = site[0] + dx, site[1] + dy, site[2] + dz
    state = (x, y, z, -dx, -dy, -dz)  # nose on; only the direction of the velocity matters
    return seen_at(defence, sensor, swerling, rcs, state, altitude)[0]


@kernel
def farthest_seen(defence: Defence, sensor: int, swerling: int, rcs: Reals, azimuth: float, altitude: float, least: float) -> float:
    """Farthest ground range (m) along an azimuth (rad) at which a look detects with probability `least`; 0 if it nowhere does."""
    farthest = defence.geometry.range_max[sensor]
    step = farthest / STEPS
    near = -1.0
    for k in range(STEPS):
        ground_range = farthest - k * step
        if probability_at(defence, sensor, swerling, rcs, azimuth, ground_range, altitude) >= least:
            near = ground_range
            break
    if near < 0.0:
        return 0.0
    far = near + step
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        if probability_at(defence, sensor, swerling, rcs, azimuth, middle, altitude) >= least:
            near = middle
        else:
            far = middle
    return near


@kernel
def _fill(defence: Defence, swerling: Reals, rcs: Reals, altitudes: Reals, range_out: Reals) -> None:
    for sensor in range(range_out.shape[0]):
        for entry in range(range_out.shape[1]):
            for k in range(range_out.shape[2]):
                range_out[sensor, entry, k] = farthest_seen(
                    defence, sensor, int(swerling[entry]), rcs[entry, sensor], defence.geometry.boresight[sensor], altitudes[k], SEEN
                )


@kernel
def _fill_azimuths(
    defence: Defence, swerling: int, rcs: Reals, altitudes: Reals, azimuths: Reals, least: float, range_out: Reals
) -> None:
    for sensor in range(range_out.shape[0]):
        for k in range(range_out.shape[1]):
            for j in range(range_out.shape[2]):
                range_out[sensor, k, j] = 0.0
                if is_in_sector(defence, sensor, azimuths[j]):
                    range_out[sensor, k, j] = farthest_seen(defence, sensor, swerling, rcs[sensor], azimuths[j], altitudes[k], least)


@kernel
def _fill_cut(
    defence: Defence, sensor: int, swerling: int, rcs: Reals, azimuth: float, ranges: Reals, altitudes: Reals, probability_out: Reals
) -> None:
    for k in range(probability_out.shape[0]):
        for j in range(probability_out.shape[1]):
            probability_out[k, j] = probability_at(defence, sensor, swerling, rcs, azimuth, ranges[j], altitudes[k])


def coverage_table(compiled: Compiled, altitudes_m: Sequence[float] = ALTITUDES_M) -> Columns:
    """Table `coverage`: how far each sensor sees each kind of target that flies in the scenario, by altitude."""
    defence = compiled.model.defence
    entries = {flight.target.id: flight.target for flight in compiled.resolved.flights}
    sensors, n, levels = len(defence.sensors), len(entries), np.array(altitudes_m, dtype=np.float64)
    rcs = np.array([shown_to(compiled.resolved, e, placed_radars(compiled.resolved)) for e in entries.values()]).reshape(n, sensors, 3)
    swerling = np.array([float(e.value("swerling")) for e in entries.values()])
    found = np.zeros((sensors, n, len(levels)))
    if n and sensors:
        _fill(defence, swerling, rcs, levels, found)
    row, entry, level = (index.ravel() for index in np.indices(found.shape))
    ids = np.array([*entries, ""], dtype=object)
    return {"sensor": row, "entry": ids[entry], "altitude_m": levels[level], "range_m": found.ravel()}


def turn(count: int) -> Reals:
    """So many azimuths (rad), evenly around the compass from north."""
    return np.array([2.0 * math.pi * k / count for k in range(count)], dtype=np.float64)


def target_figures(compiled: Compiled, target: Entry) -> tuple[int, Reals]:
    """Swerling case of a target and what it shows to the scenario's sensors, (sensor, aspect) m^2, see `shown_to`."""
    return int(target.number("swerling")), shown_to(compiled.resolved, target, placed_radars(compiled.resolved))


def ranges_by_azimuth(
    compiled: Compiled, target: Entry, altitudes_m: Sequence[float] | Reals, azimuths_rad: Sequence[float] | Reals, least: float = SEEN
) -> Reals:
    """Farthest ground range at which one look detects a nose-on target with probability `least`.

    (sensor, altitude, azimuth) m along the ellipsoid; 0 where it nowhere does or the sensor does not look.
    """
    swerling, rcs = target_figures(compiled, target)
    levels, azimuths = np.array(altitudes_m, dtype=np.float64), np.array(azimuths_rad, dtype=np.float64)
    found = np.zeros((len(rcs), len(levels), len(azimuths)))
    if found.size:
        _fill_azimuths(compiled.model.defence, swerling, rcs, levels, azimuths, least, found)
    return found


def vertical_cut(compiled: Compiled, target: Entry, sensor: int, ranges_m: Reals, altitudes_m: Reals) -> Reals:
    """Detection probability of one look in the plane of a sensor's boresight, target nose on: (altitude, ground range)."""
    swerling, rcs = target_figures(compiled, target)
    found = np.zeros((len(altitudes_m), len(ranges_m)))
    azimuth = float(compiled.model.defence.geometry.boresight[sensor])
    _fill_cut(compiled.model.defence, sensor, swerling, rcs[sensor], azimuth, ranges_m, altitudes_m, found)
    return found

