"""Which detection belongs to which track: tracks in view, gates, and the optimal assignment of a dwell (global nearest neighbour).

The cost of a pair is minus the logarithm of its likelihood ratio against a false alarm or a new target, so that leaving a track
without a detection costs 0 and the sum over the dwell is what is minimised.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.covariance import position_variance, velocity_variance
from dowding.tracking.filters import predict_slot
from dowding.tracking.free_fall import AIR_DENSITY, height_above_ground
from dowding.tracking.identity import identity_ratio
from dowding.tracking.measurement import (
    AZIMUTH,
    ELEVATION,
    IDENTITY,
    RANGE,
    RANGE_RATE,
    SIGMA,
    TIME,
    innovation_distance,
    is_covered,
    is_in_interval,
    linearise,
    local,
    measured_dimension,
    measurement_spread,
)
from dowding.tracking.picture import (
    FREE,
    HIGHEST,
    PAIRS,
    RANGE_BINS,
    TENTATIVE,
    Floats,
    Integers,
    Records,
    SensorGeometry,
    TrackBank,
    TrackerConfig,
    Workspace,
)
from dowding.tracking.standing import stand_at

MODEL_FLOOR = 1e-4  # a model less probable than this opens no gate
NEGLIGIBLE = 60.0  # squared distance at which a model's likelihood is as good as none
GRAVITY_BOUND = 12.0  # m/s2, more than gravity and the Earth's turning give
RANGE_RATES = 2_000.0  # m/s, the span over which false alarms are spread
SPLIT_PLOT = 0.5  # part of a scan period within which a sensor looks at a track only once


@kernel
def sort_by_range(measured: Floats, count: int, bin_width: float, bin_start: Integers, column: Records) -> None:
    """Counting sort of detections into range bins: those of bin b are column["by_range"][bin_start[b]:bin_start[b + 1]].

    Those without a range stand behind them all.
    """
    for b in range(RANGE_BINS + 1):
        bin_start[b] = 0
    for d in range(count):
        if not math.isnan(measured[d, RANGE]):
            bin_start[range_bin(measured[d, RANGE], bin_width) + 1] += 1
    for b in range(RANGE_BINS):
        bin_start[b + 1] += bin_start[b]
    ranged, behind = bin_start[RANGE_BINS], count
    for d in range(count - 1, -1, -1):
        if math.isnan(measured[d, RANGE]):
            behind -= 1
            column["by_range"][behind] = d
            continue
        # filled from behind, so that bin_start shifts down to its final place below
        b = range_bin(measured[d, RANGE], bin_width)
        bin_start[b + 1] -= 1
        column["by_range"][bin_start[b + 1]] = d
    for b in range(RANGE_BINS):
        bin_start[b] = bin_start[b + 1]
    bin_start[RANGE_BINS] = ranged


@kernel
def range_bin(distance: float, bin_width: float) -> int:
    """The bin of a range, the last one for all beyond."""
    return int(min(max(distance / bin_width, 0.0), RANGE_BINS - 1.0))


@kernel
def find_tracks_in_view(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, azimuth_start: float, azimuth_end: float
) -> int:
    """Fill work.row["slot"] and work.row["expected"] with the tracks that this dwell may have seen; returns how many.

    A track is expected (a miss counts) if its predicted position is inside the dwell and the sensor has not had it within half a scan.
    """
    work, state, covariance = bank.work, bank.state, bank.covariance
    rows = 0
    for slot in range(bank.counters[HIGHEST]):
        if bank.track["status"][slot] == FREE or now - bank.seen["last_seen"][slot, sensor] < SPLIT_PLOT * sensors.period[sensor]:
            continue
        dt = now - bank.track["time"][slot]
        x, y, z = state[slot, 0] + dt * state[slot, 3], state[slot, 1] + dt * state[slot, 4], state[slot, 2] + dt * state[slot, 5]
        east, north, up = local(sensors.position, sensors.rotation, sensor, x, y, z)
        ground2 = east * east + north * north
        distance = math.sqrt(ground2 + up * up)
        variance = covariance[slot, 0, 0] + covariance[slot, 1, 1] + covariance[slot, 2, 2]
        variance += dt * dt * (covariance[slot, 3, 3] + covariance[slot, 4, 4] + covariance[slot, 5, 5])
        reach = 4.0 * math.sqrt(variance) + 15.0 * dt * dt  # 3 g beyond four sigma
        if distance - reach > sensors.range_max[sensor] or distance + reach < sensors.range_min[sensor]:
            continue
        ground = math.sqrt(ground2)
        azimuth = math.atan2(east, north)
        if not is_in_interval(azimuth, azimuth_start, azimuth_end, reach / max(ground, 1.0) + 0.01):
            continue
        expected = is_in_interval(azimuth, azimuth_start, azimuth_end, 0.0)
        expected = expected and now - bank.seen["last_missed"][slot, sensor] >= SPLIT_PLOT * sensors.period[sensor]
        if expected:
            height = height_above_ground(config.earth, x, y, z)
            expected = is_covered(config, sensors, sensor, distance, azimuth, math.atan2(up, ground), height)
        work.row["slot"][rows] = slot
        work.row["expected"][rows] = 1 if expected else 0
        work.row["column"][rows] = -1
        rows += 1
    return rows


@kernel
def predict_row(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, row: int, time: float) -> None:
    """Predict the measurement of row's track at `time` under each model: row_mode, row_value, row_rate, row_spread."""
    work, position, rotation, own = bank.work, sensors.position, sensors.rotation, sensors.velocity
    slot = work.row["slot"][row]
    predict_slot(config, bank.x, bank.covariance_models, bank.mode, bank.state, slot, time - bank.track["time"][slot], work)
    for model in range(work.x.shape[0]):
        work.row_mode[row, model] = work.mode[model]
        if model > 0 and work.mode[model] < MODEL_FLOOR:
            continue
        linearise(position, rotation, sensor, work.x[model], work.value, work.rows)
        measurement_spread(work.covariance[model], work.rows, row, model, work.row_spread)
        speed2 = 0.0
        for i in range(3):
            speed2 += work.x[model, i + 3] ** 2
        for k in range(4):
            work.row_value[row, model, k] = work.value[k]
            rate = 0.0
            for i in range(3):
                rate += work.rows[k, i] * (work.x[model, i + 3] - own[sensor, i])
            work.row_rate[row, model, k] = rate
        # of a straight flight
        work.row_rate[row, model, 3] = (speed2 - work.value[3] ** 2) / max(work.value[0], 1.0)


@kernel
def mixture_likelihood(
    mode: Floats, value: Floats, rate: Floats, spread: Floats, row: int, time: float, gate: Floats, measured: Floats, d: int
) -> float:
    """Density of a detection under the mixture of a row's models predicted for `time`, 0 outside all gates.

    mode (row, model), value, rate (row, model, 4) and spread (row, model, 4, 4) are those of the workspace.
    """
    lag = measured[d, TIME] - time
    dimension = measured_dimension(measured, d)
    likelihood, inside = 0.0, False
    for model in range(mode.shape[1]):
        if mode[row, model] < MODEL_FLOOR:
            continue
        squared, determinant = innovation_distance(value, rate, spread, row, model, lag, measured, d)
        if squared <= gate[dimension]:
            inside = True
        if squared < NEGLIGIBLE:
            likelihood += mode[row, model] * math.exp(-0.5 * squared) / math.sqrt(determinant)
    if not inside:
        return 0.0
    return float(likelihood * math.exp(-0.5 * dimension * math.log(2.0 * math.pi)))


@kernel
def speed_limited_reach(bank: TrackBank, config: TrackerConfig, slot: int, now: float) -> float:
    """How far (m) a track of one detection may have come at max_speed since, errors included; infinite for all other tracks."""
    if bank.track["status"][slot] != TENTATIVE or bank.track["hits"][slot] != 1:
        return math.inf
    variance = bank.covariance[slot, 0, 0] + bank.covariance[slot, 1, 1] + bank.covariance[slot, 2, 2]
    return float(config.max_speed * abs(now - bank.track["time"][slot]) + 4.0 * math.sqrt(variance))


@kernel
def largest_sigmas(measured: Floats, count: int, sigma_out: Floats) -> None:
    """The largest sigma of each component among the detections, into sigma_out[0] (2, 4)."""
    for k in range(4):
        sigma_out[0, k] = 0.0
    for d in range(count):
        if not math.isnan(measured[d, RANGE]):
            sigma_out[0, 0] = max(sigma_out[0, 0], measured[d, SIGMA + RANGE])
        sigma_out[0, 1] = max(sigma_out[0, 1], measured[d, SIGMA + AZIMUTH])
        if not math.isnan(measured[d, ELEVATION]):
            sigma_out[0, 2] = max(sigma_out[0, 2], measured[d, SIGMA + ELEVATION])
        if not math.isnan(measured[d, RANGE_RATE]):
            sigma_out[0, 3] = max(sigma_out[0, 3], measured[d, SIGMA + RANGE_RATE])


@kernel
def widest_gate(work: Workspace, row: int, threshold: float, lag: float) -> None:
    """Half widths, about the first model's prediction, that hold the gates of all models of a row, into work.window[1]."""
    value, rate, spread, window = work.row_value, work.row_rate, work.row_spread, work.window
    for k in range(4):
        window[1, k] = 0.0
        for model in range(work.x.shape[0]):
            if model == 0 or work.row_mode[row, model] >= MODEL_FLOOR:
                apart = value[row, model, k] - value[row, 0, k]
                apart = abs(half_turn(apart) if k == AZIMUTH else apart)
                half = apart + math.sqrt(threshold * (spread[row, model, k, k] + window[0, k] ** 2)) + lag * abs(rate[row, model, k])
                window[1, k] = max(window[1, k], half)


@kernel
def is_in_window(value: Floats, window: Floats, row: int, measured: Floats, d: int) -> bool:
    """Whether a detection lies in window[1] (2, 4) about the row's first model; a component not measured is no hindrance."""
    outside = abs(measured[d, RANGE] - value[row, 0, 0]) > window[1, 0]
    outside = outside or abs(half_turn(measured[d, AZIMUTH] - value[row, 0, 1])) > window[1, 1]
    outside = outside or abs(measured[d, ELEVATION] - value[row, 0, 2]) > window[1, 2]
    return not (outside or abs(measured[d, RANGE_RATE] - value[row, 0, 3]) > window[1, 3])


@kernel
def gate_rows(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, now: float, count: int, rows: int) -> bool:
    """Fill work.pair, row by row, with the pairs inside the gates; returns False if they did not fit."""
    work = bank.work
    bin_width = max(sensors.range_max[sensor], 1.0) / RANGE_BINS
    sort_by_range(work.measured, count, bin_width, work.bin_start, work.column)
    largest_sigmas(work.measured, count, work.window)
    earliest, time = now, 0.0
    for d in range(count):
        earliest = min(earliest, work.measured[d, TIME])
        time += work.measured[d, TIME] / count
    density = sensors.clutter_density[sensor] * (1.0 + config.birth_ratio)
    # the density counts all that the sensor usually measures: what a bearing or strobe lacks is summed up over its span
    unmeasured = sensors.range_max[sensor] - sensors.range_min[sensor]
    if sensors.measures_range_rate[sensor] == 1:
        unmeasured *= RANGE_RATES
    stand_at(sensors, sensor, time)
    pairs, fits = 0, True
    for row in range(rows):
        if count == 0:  # nothing to fit: spare the prediction
            work.row[row]["start"] = 0
            continue
        slot = work.row[row]["slot"]
        work.row[row]["start"] = pairs
        reach = speed_limited_reach(bank, config, slot, now)
        near = may_pair(bank, config, sensors.position, sensor, slot, time, now - earliest, reach, bin_width)
        if not near and work.bin_start[RANGE_BINS] == count:
            continue
        predict_row(bank, config, sensors, sensor, row, time)
        detected = sensors.detection_probability[sensor] / (1.0 + math.exp(-bank.track[slot]["score"]))
        widest_gate(work, row, config.gate[4], now - earliest)
        rival = density * (1.0 - detected) / detected
        found = pair_row(bank, config.gate, row, sensor, time, bin_width, reach, count, (rival, rival * unmeasured), pairs)
        fits = fits and found >= 0
        pairs = found if found >= 0 else work.pair.shape[0]
    work.row[rows]["start"] = pairs
    bank.counters[PAIRS] = pairs
    return fits


@kernel
def may_pair(
    bank: TrackBank,
    config: TrackerConfig,
    position: Floats,
    sensor: int,
    slot: int,
    time: float,
    lag: float,
    reach: float,
    bin_width: float,
) -> bool:
    """Whether a detection's range lets it lie in a gate of the slot: a bound that spares far tracks the full prediction.

    `lag` is the longest time between detection and prediction, `reach` (m) as of speed_limited_reach; the bins are sorted.
    """
    work, x, covariance = bank.work, bank.x, bank.covariance_models
    dt = abs(time - bank.track["time"][slot])
    sigma, noise, apart, speed, square = 0.0, 0.0, 0.0, 0.0, 0.0
    for model in range(work.x.shape[0]):
        # standard deviations add at most linearly, and a trace bounds every direction
        P, row = covariance[slot, model], config.model[model]
        sigma = max(sigma, math.sqrt(position_variance(P)) + dt * math.sqrt(velocity_variance(P)))
        noise = max(noise, row["noise_lateral"], row["noise_along"], row["noise_vertical"])
        shift = 0.0
        for i in range(3):
            shift += (abs(x[slot, model, i] - x[slot, 0, i]) + dt * abs(x[slot, model, i + 3] - x[slot, 0, i + 3])) ** 2
        apart = max(apart, math.sqrt(shift))
        speed = max(speed, math.sqrt(x[slot, model, 3] ** 2 + x[slot, model, 4] ** 2 + x[slot, model, 5] ** 2))
    # free fall bends the path by gravity and drag, and drag's gradient stretches the velocity's spread
    drag = AIR_DENSITY * speed / config.ballistic_coefficient
    bend = 0.5 * dt * dt * (GRAVITY_BOUND + 0.5 * drag * speed)
    sigma = sigma * (1.0 + drag * dt) + 2.0 * apart + bend
    half = math.sqrt(config.gate[4] * (sigma * sigma + noise * dt * dt * dt / 3.0 + work.window[0, 0] ** 2))
    half = min(half + 2.0 * apart + 2.0 * bend + lag * (speed + (GRAVITY_BOUND + 0.5 * drag * speed) * dt), reach) + apart + bend
    for i in range(3):
        square += (x[slot, 0, i] + (time - bank.track["time"][slot]) * x[slot, 0, i + 3] - position[sensor, i]) ** 2
    middle = math.sqrt(square)
    first, last = range_bin(middle - half, bin_width), range_bin(middle + half, bin_width)
    return bool(work.bin_start[first] < work.bin_start[last + 1])


@kernel
def pair_row(
    bank: TrackBank,
    gate: Floats,
    row: int,
    sensor: int,
    time: float,
    bin_width: float,
    reach: float,
    count: int,
    rivals: tuple[float, float],
    pairs: int,
) -> int:
    """Add a row's pairs after the first `pairs`; returns their new number, or -1 if there is no room.

    `rivals` are the densities of other origins against which the likelihood stands, of detections with and without a range.
    """
    work = bank.work
    measured, slot = work.measured, work.row["slot"][row]
    middle, half = work.row_value[row, 0, 0], min(work.window[1, 0], reach)
    first, last = range_bin(middle - half, bin_width), range_bin(middle + half, bin_width)
    behind, end = work.bin_start[RANGE_BINS], work.bin_start[last + 1]
    for k in range(work.bin_start[first], end + count - behind):
        d = work.column[k if k < end else k - end + behind]["by_range"]
        if abs(measured[d, RANGE] - middle) > half or not is_in_window(work.row_value, work.window, row, measured, d):
            continue
        likelihood = mixture_likelihood(work.row_mode, work.row_value, work.row_rate, work.row_spread, row, time, gate, measured, d)
        likelihood *= identity_ratio(bank, slot, sensor, int(measured[d, IDENTITY]))
        rival = rivals[1] if math.isnan(measured[d, RANGE]) else rivals[0]
        if likelihood > rival:
            if pairs == work.pair.shape[0]:
                return -1
            work.pair[pairs]["column"] = d
            work.pair[pairs]["cost"] = -math.log(likelihood / rival)
            pairs += 1
    return pairs


@kernel
def assign(rows: int, columns: int, row: Records, pair: Records, column: Records) -> None:
    """The assignment of least cost on a sparse table, where a row left alone costs 0.

    Pairs of row r are pair[row["start"][r]:row["start"][r + 1]]. row["column"] and column["row"] get the partner or -1; the other
    fields of row (ROW) and column (COLUMN) are scratch. Each row is added by a shortest augmenting path, inside its own cluster.
    """
    # Jonker and Volgenant (1987), "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
    for c in range(columns):
        column[c]["row"] = -1
        column[c]["potential"] = 0.0
        column[c]["mark"] = 0
    for r in range(rows):
        row[r]["column"] = -1
        potential = 0.0
        for k in range(row[r]["start"], row[r + 1]["start"]):
            potential = min(potential, pair[k]["cost"] - column[pair[k]["column"]]["potential"])
        row[r]["potential"] = potential
        if row[r]["start"] < row[r + 1]["start"]:
            augment(r, row, pair, column)


@kernel
def augment(source: int, row: Records, pair: Records, column: Records) -> None:
    """Give row `source` a column, or leave alone whichever row of its tree is cheapest to leave alone."""
    reached, r, base = 0, source, 0.0
    alone, alone_distance = source, -row[source]["potential"]
    while True:
        for k in range(row[r]["start"], row[r + 1]["start"]):
            c = pair[k]["column"]
            length = base + pair[k]["cost"] - row[r]["potential"] - column[c]["potential"]
            if column[c]["mark"] == 0:
                column[c]["mark"] = 1
                column[reached]["reached"] = c
                reached += 1
            elif column[c]["mark"] == 2 or length >= column[c]["distance"]:
                continue
            column[c]["distance"] = length
            column[c]["source"] = r
        nearest, end = math.inf, -1
        for k in range(reached):
            c = column[k]["reached"]
            if column[c]["mark"] == 1 and column[c]["distance"] < nearest:
                nearest, end = column[c]["distance"], c
        if end == -1 or alone_distance <= nearest:
            nearest, end = alone_distance, -1
            break
        if column[end]["row"] == -1:
            break
        column[end]["mark"] = 2
        base, r = nearest, column[end]["row"]
        if base - row[r]["potential"] < alone_distance:
            alone, alone_distance = r, base - row[r]["potential"]
    row[source]["potential"] += nearest
    for k in range(reached):
        c = column[k]["reached"]
        if column[c]["mark"] == 2:
            column[c]["potential"] -= nearest - column[c]["distance"]
            row[column[c]["row"]]["potential"] += nearest - column[c]["distance"]
        column[c]["mark"] = 0
    if end == -1:
        end = row[alone]["column"]
        row[alone]["column"] = -1
    # turn the path round: each row takes the column that was found from it
    while end != -1:
        r = column[end]["source"]
        column[end]["row"] = r
        taken = row[r]["column"]
        row[r]["column"] = end
        end = -1 if r == source else taken
