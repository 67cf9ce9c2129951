"""Strobes: the direction of a jammer that a radar does not see for its own noise, reported without a range."""

import math

from dowding import _random
from dowding._jit import kernel
from dowding._random import Luck
from dowding.engine.motion import target_state
from dowding.engine.reports import bearing_errors, label, measure, note_truth
from dowding.engine.standing import place_sensor
from dowding.engine.state import STROBE, Batch, Records, Sky
from dowding.model import Model
from dowding.physics.geodesy import azimuth_elevation_range, half_turn, rotate
from dowding.physics.jamming import is_strobe
from dowding.physics.resolution import angle_between
from dowding.tracking.picture import SensorGeometry

TOLD = 3  # column of the sky's jamming


@kernel
def _stands_out(geometry: SensorGeometry, sensors: Records, sky: Sky, sensor: int, jammer: int) -> bool:
    """Whether a jammer is in reach of the main beam, exceeds the noise by enough, and is not yet told."""
    if sky.jamming[jammer, TOLD] > 0.0 or not is_strobe(sky.jamming[jammer, 2], sensors["strobe_ratio"][sensor]):
        return False
    return bool(geometry.elevation_min[sensor] <= sky.jamming[jammer, 1] <= geometry.elevation_max[sensor])


@kernel
def is_passed(sky: Sky, sensor: int, dwell: int, row: int) -> bool:
    """Whether the beam passes a target in a dwell of the scan under way."""
    k = sky.first[sensor, dwell]
    while k >= 0 and k != row:
        k = sky.next[sensor, k]
    return bool(k == row)


@kernel
def _is_detected(batch: Batch, count: int, row: int) -> bool:
    found = False
    for i in range(count):
        found = found or batch.row["origin"][i] == row
    return found


@kernel
def _gather(geometry: SensorGeometry, sensors: Records, sky: Sky, sensor: int, jammer: int) -> tuple[float, float, float]:
    """Jammer-to-noise ratio of a jammer and all others in its beam, marked as told; how far right and up of it their middle lies (rad)."""
    total, right, above = sky.jamming[jammer, 2], 0.0, 0.0
    sky.jamming[jammer, TOLD] = 1.0
    for k in range(sky.jamming.shape[0]):
        apart = angle_between(sky.jamming[k, 0], sky.jamming[jammer, 0])
        higher = sky.jamming[k, 1] - sky.jamming[jammer, 1] if geometry.measures_elevation[sensor] else 0.0
        same = apart < sensors["azimuth_beamwidth"][sensor] and abs(higher) < sensors["elevation_beamwidth"][sensor]
        if same and _stands_out(geometry, sensors, sky, sensor, k):
            total += sky.jamming[k, 2]
            right += sky.jamming[k, 2] * half_turn(sky.jamming[k, 0] - sky.jamming[jammer, 0])
            above += sky.jamming[k, 2] * higher
            sky.jamming[k, TOLD] = 1.0
    return total, right / total, above / total


@kernel
def add_strobes(
    model: Model, geometry: SensorGeometry, sky: Sky, scans: Records, batch: Batch, count: int, luck: Luck, sensor: int, number: int,
    end: float,
) -> int:  # fmt: skip
    """Add a strobe for each jammer that the beam passed in dwell `number`, which ends at `end` (s), without a detection.

    Returns the new number of reports.

    Jammers of one beam are one strobe, in the middle of their powers. Side lobes are taken to be blanked.
    """
    sensors, targets, flights = model.defence.sensors, model.flights.targets, model.flights
    dwells = sensors["dwells"][sensor]
    for k in range(sky.jamming.shape[0]):
        row = flights.jammers["target"][k]
        if not _stands_out(geometry, sensors, sky, sensor, k) or not is_passed(sky, sensor, number % dwells, row):
            continue
        if _is_detected(batch, count, row):
            continue
        t = min(sky.look_time[sensor, row], end)
        total, right, above = _gather(geometry, sensors, sky, sensor, k)
        x, y, z, _vx, _vy, _vz = target_state(targets, flights.paths, sky.target["knot"], row, t)
        place_sensor(model, geometry, scans["knot"], sensor, t)
        site = geometry.position[sensor]
        east, north, up = rotate(geometry.rotation[sensor], x - site[0], y - site[1], z - site[2])
        azimuth, elevation, distance = azimuth_elevation_range(east, north, up)
        report = batch.report[count]
        report[0], report[1], report[2], report[3], report[4] = t, math.nan, azimuth + right, elevation + above, math.nan
        bearing_errors(geometry, sensors, sensor, total * sensors["pulses"][sensor], report)
        report[9] = 10.0 * math.log10(total)
        label(batch, count, STROBE, -1)
        note_truth(batch, count, row, (distance, azimuth, elevation), report[9], 1.0)
        u = _random.uniforms(luck, _random.STROBE, number // dwells, targets["key"][row], sensors["key"][sensor])
        measure(geometry, sensor, _random.normals(u[0], u[1], u[2], u[3]), report)
        count += 1
    return count
