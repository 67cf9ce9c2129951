"""Which detection belongs to which track: the tracks in view, their pairs with detections, and the choice among them.

A pair's weight is its likelihood ratio against a false alarm or a new target, times the probabilities that the track's target exists and
is detected; a row's weight of having no detection is 1 minus those. The choice is the best single assignment, or the
probabilities of all (see marginals).
"""

import math

from dowding._jit import kernel
from dowding.assigning.linear import assign
from dowding.physics.geodesy import half_turn
from dowding.tracking.clutter_map import clutter_ratio
from dowding.tracking.existence import SPLIT_PLOT, chance_of_none, detection_probability, predicted_existence
from dowding.tracking.free_fall import height_above_ground
from dowding.tracking.gating import (
    MIDDLE,
    find_near,
    is_in_window,
    largest_sigmas,
    likelihood,
    predict_row,
    widest_gate,
)
from dowding.tracking.identity import identity_ratio
from dowding.tracking.marginals import find_marginals
from dowding.tracking.measurement import (
    AZIMUTH,
    ELEVATION,
    IDENTITY,
    RANGE,
    RANGE_RATE,
    RANGE_RATES,
    TIME,
    VELOCITY,
    is_covered,
    is_in_interval,
    is_position_report,
    local,
)
from dowding.tracking.picture import (
    CONFIRMED,
    EXPECTED,
    FORGOTTEN_NOW,
    FREE,
    GNN,
    HIGHEST,
    PAIRS,
    UNIONS,
    UNTOLD,
    Floats,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
)
from dowding.tracking.reach import keep_in_reach, reach_of, strongest_noise
from dowding.tracking.standing import stand_at
from dowding.tracking.unresolved import find_friends, form_unions, spread_unions
from dowding.tracking.wedge import outside, wedge_of

LEAST_WEIGHT = 0.02  # of a pair, against the weight of having no detection: below that it makes no difference
DEPTH = 20_000.0  # m, the height over which false position reports are spread
MARGIN = 0.01  # rad, more than a target that does not fly straight strays from the dwell's edge
BEYOND = 2  # detections in a row outside what a sensor is said to cover, after which it is taken to see there
FREE_PART = 0.5  # a detection that tracks claim less than this may be a new target's


@kernel
def error_of(bank: TrackBank, slot: int, dt: float) -> float:
    """Twice the standard deviation (m) of a track's position after `dt` seconds of straight flight."""
    variance = 0.0
    for i in range(3):
        variance += bank.covariance[slot, i, i] + dt * (2.0 * bank.covariance[slot, i, i + 3] + dt * bank.covariance[slot, i + 3, i + 3])
    return 2.0 * math.sqrt(max(variance, 0.0))


@kernel
def is_forgotten(bank: TrackBank, config: TrackerConfig, slot: int, now: float, reach: float) -> bool:
    """Whether nobody has updated a track for too long or its position has become too uncertain."""
    lost = bank.track["status"][slot] == CONFIRMED and reach * reach > config.gate[4] * config.sigma_limit**2
    return bool(lost or now - bank.track["last_update_time"][slot] > config.coast_limit)


@kernel
def find_tracks_in_view(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, azimuth_start: float, azimuth_end: float
) -> int:
    """Fill work.row with the tracks that this dwell may have seen; returns how many. Lists the forgotten ones apart.

    A track is expected (a miss counts) if its predicted position is inside the dwell, where the sensor covers or has seen it lately all the
    same, and the sensor has not had it within half a scan.
    """
    work, state, track, rows = bank.work, bank.state, bank.track, 0
    noise, pause = strongest_noise(config), SPLIT_PLOT * sensors.period[sensor]
    wedge = wedge_of(0.5 * (azimuth_start + azimuth_end), 0.5 * (azimuth_end - azimuth_start))
    bank.counters[FORGOTTEN_NOW] = 0
    for slot in range(bank.counters[HIGHEST]):
        if track["status"][slot] == FREE:
            continue
        dt = now - track["time"][slot]
        reach = reach_of(bank, slot, dt, noise)
        if is_forgotten(bank, config, slot, now, reach):
            bank.slots["forgotten"][bank.counters[FORGOTTEN_NOW]] = slot
            bank.counters[FORGOTTEN_NOW] += 1
            continue
        x, y, z = state[slot, 0] + dt * state[slot, 3], state[slot, 1] + dt * state[slot, 4], state[slot, 2] + dt * state[slot, 5]
        east, north, up = local(sensors.position, sensors.rotation, sensor, x, y, z)
        ground2 = east * east + north * north
        distance = math.sqrt(ground2 + up * up)
        if distance - reach > sensors.range_max[sensor] or distance + reach < sensors.range_min[sensor]:
            continue
        ground = math.sqrt(ground2)
        if outside(wedge, east, north) > reach + MARGIN * ground or now - bank.seen["last_seen"][slot, sensor] < pause:
            continue
        azimuth = math.atan2(east, north)
        if not is_in_interval(azimuth, azimuth_start, azimuth_end, reach / max(ground, 1.0) + MARGIN):
            continue
        expected = is_in_interval(azimuth, azimuth_start, azimuth_end, 0.0) and now - bank.seen["last_missed"][slot, sensor] >= pause
        height = height_above_ground(config.earth, x, y, z)
        if height < 0.0:  # an error of the prediction, no place to hide: the nearest that can be is on the ground
            up, height = up - height, 0.0
        covered = is_covered(config, sensors, sensor, distance, azimuth, math.atan2(up, ground), height)
        expected = expected and (covered or bank.seen["beyond"][slot, sensor] >= BEYOND)
        expected = expected and not is_blind(bank, sensors, sensor, slot, (x, y, z), distance)
        row = work.row[rows]
        if sensors.resolution[sensor, 0] > 0.0:
            row["elevation"], row["error"] = math.atan2(up, ground), error_of(bank, slot, dt)
            vx, vy, vz = state[slot, 3], state[slot, 4], state[slot, 5]
            position = sensors.position[sensor]
            row["rate"] = ((x - position[0]) * vx + (y - position[1]) * vy + (z - position[2]) * vz) / max(distance, 1.0)
        row["covered"] = 1 if covered else 0
        row["slot"], row["column"] = slot, -1
        # who is silent may be there all the same
        row["expected"] = (UNTOLD if sensors.listens[sensor] == 1 else EXPECTED) if expected else 0
        row["range"], row["ground"], row["azimuth"], row["reach"], row["time"] = distance, ground, azimuth, reach, math.nan
        rows += 1
    return rows


@kernel
def is_blind(
    bank: TrackBank, sensors: SensorGeometry, sensor: int, slot: int, place: tuple[float, float, float], distance: float
) -> bool:
    """Whether a confirmed track at a place (m, theatre) flies so slowly along the sight that the sensor may well not see it."""
    # Koch and Klemm (2001), "Ground target tracking with STAP radar", IEE Proceedings Radar, Sonar and Navigation 148(3): a miss where
    # the filter against ground echoes is blind tells little of the target; rates are those over the ground
    slowest = sensors.blind_speed[sensor]
    if slowest == 0.0 or bank.track["status"][slot] != CONFIRMED:
        return False
    rate, variance = 0.0, 0.0
    for i in range(3):
        along = (place[i] - sensors.position[sensor, i]) / max(distance, 1.0)
        rate += along * bank.state[slot, 3 + i]
        for j in range(3):
            other = (place[j] - sensors.position[sensor, j]) / max(distance, 1.0)
            variance += along * other * bank.covariance[slot, 3 + i, 3 + j]
    return bool(abs(rate) < slowest + math.sqrt(max(variance, 0.0)))


@kernel
def rival_density(bank: TrackBank, sensors: SensorGeometry, config: TrackerConfig, sensor: int, d: int) -> float:
    """Density of false alarms and new targets where a detection lies, in the units of what it measures."""
    measured = bank.work.measured
    density = sensors.clutter_density[sensor] * (clutter_ratio(bank, config.clutter_memory, sensors, sensor, d) + config.birth_ratio)
    if is_position_report(measured, d):
        return float(density * spread_of_reports(sensors, sensor, not math.isnan(measured[d, VELOCITY])))
    # the density counts all that the sensor usually measures: what is missing here is summed up over its span
    if math.isnan(measured[d, ELEVATION]) and sensors.measures_elevation[sensor] == 1:
        density *= sensors.elevation_max[sensor] - sensors.elevation_min[sensor]
    if math.isnan(measured[d, RANGE_RATE]) and sensors.measures_range_rate[sensor] == 1:
        density *= RANGE_RATES
    if math.isnan(measured[d, RANGE]):
        density *= sensors.range_max[sensor] - sensors.range_min[sensor]
    if math.isnan(measured[d, AZIMUTH]):
        density *= 2.0 * sensors.half_sector[sensor]
    return float(density)


@kernel
def spread_of_reports(sensors: SensorGeometry, sensor: int, has_velocity: bool) -> float:
    """The span of all that a sensor usually measures, over the volume (m3, with velocities also (m/s)3) of its position reports."""
    near, far, wide = sensors.range_min[sensor], sensors.range_max[sensor], sensors.half_sector[sensor]
    span = 2.0 * wide * (far - near)
    if sensors.measures_elevation[sensor] == 1:
        span *= sensors.elevation_max[sensor] - sensors.elevation_min[sensor]
    if sensors.measures_range_rate[sensor] == 1:
        span *= RANGE_RATES
    return float(span / (wide * (far * far - near * near) * DEPTH * (RANGE_RATES**3 if has_velocity else 1.0)))


@kernel
def spread_of_times(measured: Floats, count: int, now: float) -> tuple[float, float]:
    """Mean time (s) of the detections, and the furthest that one lies from it."""
    mean, furthest = 0.0, 0.0
    for d in range(count):
        mean += (measured[d, TIME] - now) / count
    for d in range(count):
        furthest = max(furthest, abs(measured[d, TIME] - now - mean))
    return now + mean, furthest


@kernel
def nearest_of(bank: TrackBank, found: int, distance: float, azimuth: float) -> int:
    """Of the detections found near a place, the nearest one (the first if places are incomplete)."""
    near, column = bank.work.near, bank.work.column
    best, least = near[0]["found"], math.inf
    for k in range(found):
        d = near[k]["found"]
        along, across = column[d]["range"] - distance, half_turn(column[d]["azimuth"] - azimuth) * distance
        if along * along + across * across < least:
            best, least = d, along * along + across * across
    return int(best)


@kernel
def pair_rows(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, count: int, rows: int) -> bool:
    """Fill work.pair, row by row, with the pairs inside the gates; returns False if they did not fit. Predicts the rows that have any.

    column["rival"] gets the density of what else a detection may be.
    """
    work = bank.work
    find_friends(bank, sensors, sensor, rows)
    largest_sigmas(work.measured, count, work.window)
    wide = math.sqrt(config.gate[4])
    mean, lag = spread_of_times(work.measured, count, now)
    pairs, fits, noise = 0, True, strongest_noise(config)
    for d in range(count):
        work.column[d]["rival"] = rival_density(bank, sensors, config, sensor, d)
    for r in range(rows):
        row = work.row[r]
        slot = row["slot"]
        row["start"] = pairs
        row["existence"] = predicted_existence(bank, config, sensors, sensor, slot, now, row["expected"] == EXPECTED)
        row["detected"] = detection_probability(bank, sensors, sensor, slot)
        row["alone"] = chance_of_none(work.row, r)
        if count == 0:
            continue
        vx, vy, vz = bank.state[slot, 3], bank.state[slot, 4], bank.state[slot, 5]
        reach = row["reach"] + (lag + abs(now - mean)) * math.sqrt(vx * vx + vy * vy + vz * vz)
        azimuth = half_turn(row["azimuth"] - work.grid[MIDDLE])
        across = math.asin(reach / row["ground"]) if reach < 0.9 * row["ground"] else math.pi
        half, half_azimuth = reach + wide * work.window[0, 0], across + wide * work.window[0, 1]
        if row["friends"] > 0:
            half, half_azimuth = half + row["apart"][0], half_azimuth + row["apart"][1]
        found = find_near(work, row["range"], azimuth, half, half_azimuth)
        if found > 0:
            found = keep_in_reach(bank, config, sensors, sensor, r, found, now, noise, lag + abs(now - mean))
        if found == 0:
            continue
        row["time"] = work.measured[nearest_of(bank, found, row["range"], azimuth), TIME]
        stand_at(sensors, sensor, row["time"])
        predict_row(bank, config, sensors, sensor, slot, r, row["time"] - bank.track["time"][slot])
        after = pair_row(bank, config, sensors, sensor, r, found, lag + abs(row["time"] - mean), pairs)
        fits = fits and after >= 0
        pairs = after if after >= 0 else work.pair.shape[0]
    work.row[rows]["start"] = pairs
    bank.counters[PAIRS] = pairs
    form_unions(bank, config, sensors, sensor, rows, count if fits and config.association != GNN else 0)
    return fits


@kernel
def pair_row(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, r: int, found: int, lag: float, pairs: int
) -> int:
    """Add a predicted row's pairs with the detections found near it; returns the new number of pairs, or -1 if there is no room."""
    work = bank.work
    row, near, pair = work.row[r], work.near, work.pair
    widest_gate(work, r, config.gate[4], lag)
    for k in range(4):
        work.window[1, k] += row["apart"][k]
    scale = row["existence"] * row["detected"]
    for k in range(found):
        d = near[k]["found"]
        if not is_in_window(work, r, d):
            continue
        density = likelihood(work, config, sensors, sensor, r, row["time"], d)
        density *= identity_ratio(bank, row["slot"], sensor, int(work.measured[d, IDENTITY]))
        rival = work.column[d]["rival"]
        weight = scale * density / rival
        # what lies outside its own gate may be of the row and its friends together
        if weight > LEAST_WEIGHT * row["alone"] or (row["friends"] > 0 and config.association != GNN):
            if pairs == pair.shape[0]:
                return -1
            pair[pairs]["column"], pair[pairs]["weight"], pair[pairs]["rival"], pair[pairs]["shared"] = d, weight, rival, 0.0
            pair[pairs]["cost"] = -math.log(max(weight, 1e-300) / row["alone"])
            pairs += 1
    return pairs


@kernel
def choose(bank: TrackBank, config: TrackerConfig, rows: int, count: int) -> None:
    """Give every pair its probability and every row its probability of no detection; row["column"] is a row's likeliest detection.

    column["row"] is the likeliest row of a detection, column["claimed"] the probability that some row has it.
    """
    work = bank.work
    row, pair, column = work.row, work.pair, work.column
    if config.association == GNN:
        assign(rows, count, row, pair, column)
        for r in range(rows):
            row[r]["missed"] = row[r]["doubt"] = 1.0 if row[r]["column"] < 0 else 0.0
            for k in range(row[r]["start"], row[r + 1]["start"]):
                taken = pair[k]["column"] == row[r]["column"]
                pair[k]["probability"] = 1.0 if taken else 0.0
                if taken:
                    row[r]["doubt"] = row[r]["alone"] / (row[r]["alone"] + pair[k]["weight"])
    else:
        find_marginals(rows, count, row, pair, column, work.union, work.table, True)
        spread_unions(work, bank.counters[UNIONS])
        for r in range(rows):
            row[r]["doubt"] = row[r]["missed"]
    for d in range(count):
        column[d]["row"], column[d]["claimed"], column[d]["distance"] = -1, 0.0, 0.0
    for r in range(rows):
        best, likeliest = -1, 0.0
        for k in range(row[r]["start"], row[r + 1]["start"]):
            d, probability = pair[k]["column"], pair[k]["probability"]
            column[d]["claimed"] += probability
            if probability > column[d]["distance"]:
                column[d]["row"], column[d]["distance"] = r, probability
            if probability > likeliest:
                best, likeliest = d, probability
        row[r]["column"] = best if row[r]["missed"] < 0.5 else -1
