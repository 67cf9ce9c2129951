"""Which detections lie near a track: a grid over a dwell's detections, and the gates of the track's models.

The cost of looking for a track's neighbours does not grow with the number of detections far from it. A track is predicted once, for
the time of its nearest detection, and only if it has one.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.filters import predict_models, update_model
from dowding.tracking.free_fall import height_above_ground
from dowding.tracking.measurement import (
    AZIMUTH,
    ELEVATION,
    POSITION,
    RANGE,
    RANGE_RATE,
    SIGMA,
    TIME,
    innovation_distance,
    is_position_report,
    linearise,
    measured_dimension,
    measurement_spread,
    polar,
)
from dowding.tracking.motion_models import ballistic_weight
from dowding.tracking.picture import Floats, SensorGeometry, TrackBank, TrackerConfig, Workspace

MODEL_FLOOR = 1e-4  # a model less probable than this opens no gate
NEGLIGIBLE = 60.0  # squared distance at which a model's likelihood is as good as none

# entries of Workspace.grid
RANGE_LOW, RANGE_STEP, MIDDLE, AZIMUTH_LOW, AZIMUTH_STEP, RANGES, AZIMUTHS, INDEXED = range(8)


@kernel
def place_detections(work: Workspace, sensors: SensorGeometry, sensor: int, count: int, middle: float) -> None:
    """Range and azimuth from `middle` of each detection, in work.column; a position report's are those of the position."""
    measured, column = work.measured, work.column
    for d in range(count):
        distance, azimuth = measured[d, RANGE], measured[d, AZIMUTH]
        if is_position_report(measured, d):
            x, y, z = measured[d, POSITION], measured[d, POSITION + 1], measured[d, POSITION + 2]
            distance, azimuth, _ = polar(sensors.position, sensors.rotation, sensor, x, y, z)
        column[d]["range"] = distance
        column[d]["azimuth"] = azimuth if math.isnan(azimuth) else half_turn(azimuth - middle)


@kernel
def lay_grid(work: Workspace, count: int, width: float) -> None:
    """Choose a grid of about one cell a detection over the ranges of the detections and `width` rad of azimuth."""
    grid, column = work.grid, work.column
    least, most, placed = math.inf, 0.0, 0
    for d in range(count):
        if column[d]["valid"] == 1 and not math.isnan(column[d]["range"] + column[d]["azimuth"]):
            least, most = min(least, column[d]["range"]), max(most, column[d]["range"])
            placed += 1
    if placed == 0:
        least = most = 1.0
    deep = most - least + 1.0
    wide = max(width * 0.5 * (least + most), 1.0)
    azimuths = min(max(math.sqrt(placed * wide / deep), 1.0), max(1.0, float(placed)))
    azimuths = math.floor(azimuths)
    ranges = math.floor(max(placed / azimuths, 1.0))
    grid[RANGE_LOW], grid[RANGE_STEP], grid[RANGES] = least, deep / ranges, ranges
    grid[AZIMUTH_LOW], grid[AZIMUTH_STEP], grid[AZIMUTHS] = -0.5 * width, width / azimuths, azimuths


@kernel
def range_cell(grid: Floats, distance: float) -> int:
    """The grid's row of a range (m); what lies outside belongs to the outermost rows."""
    return int(min(max((distance - grid[RANGE_LOW]) / grid[RANGE_STEP], 0.0), grid[RANGES] - 1.0))


@kernel
def azimuth_cell(grid: Floats, azimuth: float) -> int:
    """The grid's column of an azimuth (rad from the middle of the dwell)."""
    return int(min(max((azimuth - grid[AZIMUTH_LOW]) / grid[AZIMUTH_STEP], 0.0), grid[AZIMUTHS] - 1.0))


@kernel
def sort_detections(work: Workspace, sensors: SensorGeometry, sensor: int, count: int, start: float, end: float) -> None:
    """Counting sort of the valid detections of a dwell over azimuths [start, end) into cells: work.near, work.cell_start.

    Cell c holds near[cell_start[c]:cell_start[c + 1]]. Detections without a range or an azimuth stand behind them all.
    """
    grid, column, near, first = work.grid, work.column, work.near, work.cell_start
    grid[MIDDLE] = 0.5 * (start + end)
    place_detections(work, sensors, sensor, count, grid[MIDDLE])
    lay_grid(work, count, min(end - start, 2.0 * math.pi))
    ranges = int(grid[RANGES])
    cells = ranges * int(grid[AZIMUTHS])
    for c in range(cells + 2):
        first[c] = 0
    for d in range(count):
        column[d]["cell"] = -1
        if column[d]["valid"] == 0:
            continue
        if math.isnan(column[d]["range"] + column[d]["azimuth"]):
            column[d]["cell"] = cells
        else:
            column[d]["cell"] = azimuth_cell(grid, column[d]["azimuth"]) * ranges + range_cell(grid, column[d]["range"])
        first[column[d]["cell"] + 1] += 1
    for c in range(cells + 1):
        first[c + 1] += first[c]
    grid[INDEXED] = first[cells]
    # filled from behind, so that first shifts down to its final place below
    for d in range(count - 1, -1, -1):
        cell = column[d]["cell"]
        if cell >= 0:
            first[cell + 1] -= 1
            at = first[cell + 1]
            near[at]["detection"], near[at]["range"], near[at]["azimuth"] = d, column[d]["range"], column[d]["azimuth"]
    total = 0
    for d in range(count):
        total += column[d]["valid"]
    for c in range(cells + 1):
        first[c] = first[c + 1]
    first[cells + 1] = total


@kernel
def find_near(work: Workspace, distance: float, azimuth: float, half: float, half_azimuth: float) -> int:
    """List in near["found"] the detections within `half` m and `half_azimuth` rad of a place; returns how many.

    `azimuth` counts from the middle of the dwell. What was not measured is no hindrance.
    """
    grid, near, first = work.grid, work.near, work.cell_start
    indexed, ranges = int(grid[INDEXED]), int(grid[RANGES])
    found = 0
    if indexed > 0:
        low, high = range_cell(grid, distance - half), range_cell(grid, distance + half)
        for turn in range(-1, 2):
            left = max(azimuth - half_azimuth + 2.0 * math.pi * turn, -math.pi)
            right = min(azimuth + half_azimuth + 2.0 * math.pi * turn, math.pi)
            if half_azimuth >= math.pi:
                left, right = -math.pi, math.pi
            if left > right or (half_azimuth >= math.pi and turn != 0):
                continue
            for a in range(azimuth_cell(grid, left), azimuth_cell(grid, right) + 1):
                for k in range(first[a * ranges + low], first[a * ranges + high + 1]):
                    if left <= near[k]["azimuth"] <= right and abs(near[k]["range"] - distance) <= half:
                        near[found]["found"] = near[k]["detection"]
                        found += 1
    for k in range(indexed, first[ranges * int(grid[AZIMUTHS]) + 1]):
        d = near[k]["detection"]
        across = 0.0 if math.isnan(near[k]["azimuth"]) else half_turn(near[k]["azimuth"] - azimuth)
        if not (abs(near[k]["range"] - distance) > half or abs(across) > half_azimuth):  # false for a range that was not measured
            near[found]["found"] = d
            found += 1
    return found


@kernel
def largest_sigmas(measured: Floats, count: int, sigma_out: Floats) -> None:
    """The largest sigma of each component among the detections, into sigma_out[0] (2, 4)."""
    for k in range(4):
        sigma_out[0, k] = 0.0
        for d in range(count):
            if not math.isnan(measured[d, k]):
                sigma_out[0, k] = max(sigma_out[0, k], measured[d, SIGMA + k])


@kernel
def predict_row(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, slot: int, row: int, dt: float) -> None:
    """Predict a slot over `dt` seconds into a row: row_x, row_covariance, row_mode, and the measurement row_value, row_rate, row_spread."""
    work = bank.work
    predict_models(
        config.model, config.wide, config.share, config.earth, door_of(config, bank.state[slot]),
        bank.x[slot], bank.covariance_models[slot], bank.mode[slot], dt,
        work.full, work.weight, work.row_x[row], work.row_covariance[row], work.row_mode[row],
    )  # fmt: skip
    for model in range(work.x.shape[0]):
        if model == 0 or work.row_mode[row, model] >= MODEL_FLOOR:
            measure_row(work, sensors, sensor, row, model)


@kernel
def door_of(config: TrackerConfig, state: Floats) -> float:
    """How far a track of this combined state may be in free fall."""
    speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
    return ballistic_weight(config, height_above_ground(config.earth, state[0], state[1], state[2]), speed)


@kernel
def measure_row(work: Workspace, sensors: SensorGeometry, sensor: int, row: int, model: int) -> None:
    """The measurement that one model of a row predicts, its change with time and its covariance."""
    x, value, own = work.row_x[row, model], work.value, sensors.velocity[sensor]
    linearise(sensors.position, sensors.rotation, sensor, x, value, work.rows)
    measurement_spread(work.row_covariance[row, model], work.rows, row, model, work.row_spread)
    for k in range(4):
        work.row_value[row, model, k] = value[k]
        along = work.rows[k, 0] * (x[3] - own[0]) + work.rows[k, 1] * (x[4] - own[1]) + work.rows[k, 2] * (x[5] - own[2])
        work.row_rate[row, model, k] = along
    # of a straight flight
    work.row_rate[row, model, 3] = (x[3] ** 2 + x[4] ** 2 + x[5] ** 2 - value[3] ** 2) / max(value[0], 1.0)


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
def is_in_window(work: Workspace, row: int, d: int) -> bool:
    """Whether a detection lies in window[1] (2, 4) about the row's first model; a component not measured is no hindrance."""
    value, window, measured = work.row_value, work.window, work.measured
    outside = abs(measured[d, RANGE] - value[row, 0, 0]) > window[1, 0]
    outside = outside or abs(half_turn(measured[d, AZIMUTH] - value[row, 0, 1])) > window[1, 1]
    outside = outside or abs(measured[d, ELEVATION] - value[row, 0, 2]) > window[1, 2]
    return not (outside or abs(measured[d, RANGE_RATE] - value[row, 0, 3]) > window[1, 3])


@kernel
def likelihood(work: Workspace, config: TrackerConfig, sensors: SensorGeometry, sensor: int, row: int, time: float, d: int) -> float:
    """Density of a detection under the mixture of a row's models predicted for `time`, 0 outside all gates."""
    measured = work.measured
    lag = measured[d, TIME] - time
    dimension = measured_dimension(measured, d)
    plain = not (math.isnan(measured[d, AZIMUTH]) or is_position_report(measured, d))
    density, inside = 0.0, False
    for model in range(work.x.shape[0]):
        if work.row_mode[row, model] < MODEL_FLOOR:
            continue
        if plain:
            squared, determinant = innovation_distance(work.row_value, work.row_rate, work.row_spread, row, model, lag, measured, d)
        else:
            squared, determinant = distance_of_update(work, config, sensors, sensor, row, model, d)
        if squared <= config.gate[dimension]:
            inside = True
        if squared < NEGLIGIBLE:
            density += work.row_mode[row, model] * math.exp(-0.5 * squared) / math.sqrt(determinant)
    if not inside:
        return 0.0
    return float(density * math.exp(-0.5 * dimension * math.log(2.0 * math.pi)))


@kernel
def distance_of_update(
    work: Workspace, config: TrackerConfig, sensors: SensorGeometry, sensor: int, row: int, model: int, d: int
) -> tuple[float, float]:
    """As innovation_distance, for a detection without an azimuth, or a reported position: that of the update itself, tried on a copy."""
    size = config.model["size"][model]
    x, packed = work.x[model, :size], work.covariance[model]
    for i in range(size):
        x[i] = work.row_x[row, model, i]
    for k in range(size * (size + 1) // 2):
        packed[k] = work.row_covariance[row, model, k]
    squared, sharpness = update_model(
        config.update_method, config.earth, sensors.position, sensors.rotation, sensor, work.measured, d, x, packed, work.full
    )
    return squared, 1.0 / sharpness


@kernel
def innovation_of_row(work: Workspace, config: TrackerConfig, sensors: SensorGeometry, sensor: int, row: int, time: float, d: int) -> float:
    """Normalised innovation squared of a detection under a row's models combined into one prediction for `time`."""
    measured, last = work.measured, work.row_value.shape[0] - 1
    total, squared = 0.0, 0.0
    if math.isnan(measured[d, AZIMUTH]) or is_position_report(measured, d):
        for model in range(work.x.shape[0]):
            if work.row_mode[row, model] >= MODEL_FLOOR:
                one, _ = distance_of_update(work, config, sensors, sensor, row, model, d)
                squared += work.row_mode[row, model] * one
                total += work.row_mode[row, model]
        return squared / total
    value, rate, spread = work.row_value[row], work.row_rate[row], work.row_spread[row]
    mean, mean_rate, whole = work.value, work.gain, work.rows
    for a in range(4):
        mean[a], mean_rate[a] = 0.0, 0.0
        for b in range(4):
            whole[a, b] = 0.0
    for model in range(work.x.shape[0]):
        part = work.row_mode[row, model]
        if model > 0 and part < MODEL_FLOOR:
            continue
        total += part
        for a in range(4):
            mean[a] += part * difference(value, model, a)
            mean_rate[a] += part * rate[model, a]
    for model in range(work.x.shape[0]):
        part = work.row_mode[row, model] / total
        if model > 0 and work.row_mode[row, model] < MODEL_FLOOR:
            continue
        for a in range(4):
            for b in range(4):
                apart = (difference(value, model, a) - mean[a] / total) * (difference(value, model, b) - mean[b] / total)
                whole[a, b] += part * (spread[model, a, b] + apart)
    # the last row, model 0, takes the combination
    for a in range(4):
        work.row_value[last, 0, a] = work.row_value[row, 0, a] + mean[a] / total
        work.row_rate[last, 0, a] = mean_rate[a] / total
        for b in range(4):
            work.row_spread[last, 0, a, b] = whole[a, b]
    squared, _ = innovation_distance(work.row_value, work.row_rate, work.row_spread, last, 0, measured[d, TIME] - time, measured, d)
    return squared


@kernel
def difference(value: Floats, model: int, a: int) -> float:
    """Component `a` of a model's predicted measurement from the first model's."""
    return half_turn(value[model, a] - value[0, a]) if a == AZIMUTH else value[model, a] - value[0, a]
