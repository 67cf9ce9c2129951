"""New targets from bearings alone: those that no track took are kept for a while, and a track may start where several sites' cross.

Two sites that hear n targets each cross in n * n places, and all but n of them are ghosts. So a bearing of a third site must agree;
where no third site has one, a crossing counts only if it is the only one of both of its bearings.
"""

import math

from dowding._jit import kernel
from dowding.tracking.association import FREE_PART, rival_density
from dowding.tracking.initiation import can_start
from dowding.tracking.measurement import AZIMUTH, ELEVATION, POSITION, POSITION_NOISE, RANGE, SIGMA, TIME
from dowding.tracking.picture import BEARINGS, NEVER, SPARE, Floats, SensorGeometry, TrackBank, TrackerConfig
from dowding.tracking.standing import stand_at
from dowding.tracking.triangulation import intersect

SPEED = 300.0  # m/s, assumed of a target between two bearings that are compared
DOUBT = 6.0  # in chi-square, by which a third bearing must agree better than it does with any other crossing
ELSEWHERE = 4.0  # standard deviations from which on two crossings are of different targets


@kernel
def keep_bearing(bank: TrackBank, sensors: SensorGeometry, sensor: int, d: int) -> int:
    """Keep the bearing in row `d` of work.measured, in place of the oldest one; returns where."""
    measured, bearings = bank.work.measured, bank.bearing
    row = bank.counters[BEARINGS] % (bearings.shape[0] - SPARE)
    bank.counters[BEARINGS] += 1
    kept, position, rotation = bearings[row], sensors.position[sensor], sensors.rotation[sensor]
    kept["x"], kept["y"], kept["z"] = position[0], position[1], position[2]
    for i in range(3):
        for j in range(3):
            kept["axes"][i, j] = rotation[i, j]
    kept["azimuth"], kept["elevation"] = measured[d, AZIMUTH], measured[d, ELEVATION]
    kept["sigma_azimuth"], kept["sigma_elevation"] = measured[d, SIGMA + AZIMUTH], measured[d, SIGMA + ELEVATION]
    kept["time"], kept["sensor"] = measured[d, TIME], sensor
    return int(row)


@kernel
def may_cross(bank: TrackBank, sensors: SensorGeometry, a: int, b: int) -> bool:
    """Whether two kept bearings are of different sensors, and the older one is of its sensor's last scan."""
    one, other = bank.bearing[a], bank.bearing[b]
    if one["sensor"] == other["sensor"]:
        return False
    older = one["sensor"] if one["time"] < other["time"] else other["sensor"]
    return bool(abs(one["time"] - other["time"]) < sensors.period[older])


@kernel
def copy_for(bank: TrackBank, to: int, source: int, time: float, place: Floats) -> None:
    """Copy a bearing, with the error that it has as one of another time (s), of a target at about `place` (3,) m."""
    bearings = bank.bearing
    row, kept = bearings[to], bearings[source]
    for i in range(3):
        for j in range(3):
            row["axes"][i, j] = kept["axes"][i, j]
    row["x"], row["y"], row["z"] = kept["x"], kept["y"], kept["z"]
    row["azimuth"], row["elevation"] = kept["azimuth"], kept["elevation"]
    distance = math.sqrt((place[0] - kept["x"]) ** 2 + (place[1] - kept["y"]) ** 2 + (place[2] - kept["z"]) ** 2)
    moved = SPEED * abs(time - kept["time"]) / max(distance, 1.0)
    row["sigma_azimuth"] = math.sqrt(kept["sigma_azimuth"] ** 2 + moved * moved)
    row["sigma_elevation"] = math.sqrt(kept["sigma_elevation"] ** 2 + moved * moved)


@kernel
def cross(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, a: int, b: int, c: int) -> float:
    """Where kept bearings a and b, and c unless that is -1, cross: place in work.state, covariance in work.spread; as `intersect`.

    Infinite also where that is out of a sensor's reach or too uncertain for a track.
    """
    work, bearings = bank.work, bank.bearing
    first, place, covariance, scratch = bearings.shape[0] - SPARE, work.state[:3], work.spread[:3, :3], work.rows[:4, :3]
    if intersect(config.earth, bearings, (a, b, b), 2, place, covariance, scratch) == math.inf:
        return math.inf
    for k in range(3):
        source = a if k == 0 else b if k == 1 or c < 0 else c
        copy_for(bank, first + k, source, bearings["time"][a], place)
        sensor, row = bearings["sensor"][source], bearings[source]
        square = (place[0] - row["x"]) ** 2 + (place[1] - row["y"]) ** 2 + (place[2] - row["z"]) ** 2
        if square > sensors.range_max[sensor] ** 2:
            return math.inf
    squared = intersect(config.earth, bearings, (first, first + 1, first + 2), 2 if c < 0 else 3, place, covariance, scratch)
    if covariance[0, 0] + covariance[1, 1] + covariance[2, 2] > config.sigma_limit**2:
        return math.inf
    return squared


@kernel
def crossings_of(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, a: int, other: int) -> tuple[int, int]:
    """How many kept bearings cross bearing `a`, of sensor `other` or of any (-1); and the last of them."""
    count, found = 0, -1
    for b in range(bank.bearing.shape[0] - SPARE):
        if other >= 0 and bank.bearing["sensor"][b] != other:
            continue
        if may_cross(bank, sensors, a, b) and cross(bank, config, sensors, a, b, -1) < math.inf:
            count += 1
            found = b
    return count, found


@kernel
def locate(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, a: int) -> bool:
    """Whether bearing `a` crosses others beyond doubt: place in work.state, covariance in work.spread. Those used are used up."""
    kept, bearings, place = bank.bearing.shape[0] - SPARE, bank.bearing, bank.work.state
    best = rival = config.gate[1]
    second, third, sites, x, y = -1, -1, 0, math.inf, math.inf
    for b in range(kept):
        if not may_cross(bank, sensors, a, b) or cross(bank, config, sensors, a, b, -1) == math.inf:
            continue
        sites = max(sites, 1)
        for c in range(b + 1, kept):
            if may_cross(bank, sensors, a, c) and may_cross(bank, sensors, b, c):
                sites = 2
                squared = cross(bank, config, sensors, a, b, c)
                apart = (place[0] - x) ** 2 + (place[1] - y) ** 2
                if squared < rival and apart > ELSEWHERE**2 * (bank.work.spread[0, 0] + bank.work.spread[1, 1]):
                    rival = max(squared, best)
                if squared < best:
                    best, second, third, x, y = squared, b, c, place[0], place[1]
    if sites == 1:
        count, second = crossings_of(bank, config, sensors, a, -1)
        back, _ = crossings_of(bank, config, sensors, second, bearings["sensor"][a])
        if count != 1 or back != 1:
            return False
    if second < 0 or (third >= 0 and rival < config.gate[1] and rival - best < DOUBT):
        return False
    cross(bank, config, sensors, a, second, third)
    bearings["time"][a] = bearings["time"][second] = NEVER
    if third >= 0:
        bearings["time"][third] = NEVER
    return True


@kernel
def locate_bearings(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, count: int) -> None:
    """Make a position report, from which a track can start, of each bearing of the dwell that no track took and that others cross."""
    measured, state, spread = bank.work.measured, bank.work.state, bank.work.spread
    for d in range(count):
        column = bank.work.column[d]
        taken = column["valid"] == 0 or column["claimed"] >= FREE_PART or can_start(measured, d)
        if taken or math.isnan(measured[d, AZIMUTH]) or not math.isnan(measured[d, RANGE]):
            continue
        stand_at(sensors, sensor, measured[d, TIME])
        if not locate(bank, config, sensors, keep_bearing(bank, sensors, sensor, d)):
            continue
        k = 0
        for i in range(3):
            measured[d, POSITION + i] = state[i]
            for j in range(i + 1):
                measured[d, POSITION_NOISE + k] = spread[i, j]
                k += 1
        column["rival"] = rival_density(bank, sensors, config, sensor, d)
