"""Tracks nearer to each other than a sensor's resolution: one detection may be of two, three or four of them.

Which rows of a dwell may be so near (friends), and what a detection of such a union of rows weighs. Its centre is the members' mean,
weighted by their powers of the moment, which nobody knows: they count as exponentially distributed and alike.
"""

import math

from dowding._jit import kernel
from dowding.physics.geodesy import half_turn
from dowding.tracking.measurement import (
    AZIMUTH,
    ELEVATION,
    RANGE,
    RANGE_RATE,
    SIGMA,
    TIME,
    innovation_distance,
    is_position_report,
    measured_dimension,
    note_directions,
)
from dowding.tracking.picture import CONFIRMED, MEMBERS, UNIONS, Floats, Records, SensorGeometry, TrackBank, TrackerConfig, Workspace

FRIENDS = MEMBERS - 1
LEAST_TOGETHER = 0.02  # probability that two are unresolved, below which nobody asks
CREDIT, MOST_CREDIT = 3, 60  # looks that two may share a detection for each that told them apart, and at most; assumed
LOG_TWO_PI = math.log(2.0 * math.pi)


@kernel
def sort_rows(row: Records, rows: int) -> None:
    """row["order"]: the first rows by range (D. L. Shell, 1959; gaps of Ciura, 2001)."""
    for i in range(rows):
        row[i]["order"] = i
    for gap in (1750, 701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, rows):
            r = row[i]["order"]
            value, j = row[r]["range"], i
            while j >= gap and row[row[j - gap]["order"]]["range"] > value:
                row[j]["order"] = row[j - gap]["order"]
                j -= gap
            row[j]["order"] = r


@kernel
def find_friends(bank: TrackBank, sensors: SensorGeometry, sensor: int, rows: int) -> None:
    """List for each row the confirmed tracks that may be too near to tell apart, and widen its window by how far these are from it."""
    row, track, cell = bank.work.row, bank.track, sensors.resolution[sensor]
    for r in range(rows):
        row[r]["friends"], row[r]["union"], row[r]["first_union"], row[r]["end_union"] = 0, -1, 0, 0
        for k in range(4):
            row[r]["apart"][k] = 0.0
    if cell[0] <= 0.0:
        return
    sort_rows(row, rows)
    largest = 0.0
    for r in range(rows):
        largest = max(largest, row[r]["error"])
    for i in range(rows):
        a = row[i]["order"]
        if track["status"][row[a]["slot"]] != CONFIRMED:
            continue
        for j in range(i + 1, rows):
            b = row[j]["order"]
            error = row[a]["error"] + row[b]["error"]
            gap = row[b]["range"] - row[a]["range"]
            if gap > cell[0] + row[a]["error"] + largest:
                break
            if track["status"][row[b]["slot"]] != CONFIRMED or gap > cell[0] + error:
                continue
            across = half_turn(row[b]["azimuth"] - row[a]["azimuth"])
            climb = row[b]["elevation"] - row[a]["elevation"]
            turned = error / max(row[a]["ground"], 1.0)
            if abs(across) < cell[1] + turned and abs(climb) < cell[2] + turned:
                befriend(row[a], b, gap, across, climb, abs(row[b]["rate"] - row[a]["rate"]))
                befriend(row[b], a, gap, across, climb, abs(row[b]["rate"] - row[a]["rate"]))


@kernel
def befriend(row: Records, other: int, gap: float, across: float, climb: float, rate: float) -> None:
    """Add a friend to a row, if there is room."""
    if row["friends"] == FRIENDS:
        return
    row["friend"][row["friends"]] = other
    row["friends"] += 1
    apart = row["apart"]
    apart[0], apart[1] = max(apart[0], gap), max(apart[1], abs(across))
    apart[2], apart[3] = max(apart[2], abs(climb)), max(apart[3], rate)


@kernel
def likeliest_model(work: Workspace, r: int) -> int:
    """The most probable model of a predicted row."""
    best = 0
    for model in range(1, work.row_mode.shape[1]):
        if work.row_mode[r, model] > work.row_mode[r, best]:
            best = model
    return best


@kernel
def apart_of(work: Workspace, a: int, b: int, k: int) -> float:
    """Difference of the predictions of two rows in one component."""
    difference = work.row_value[b, likeliest_model(work, b), k] - work.row_value[a, likeliest_model(work, a), k]
    return half_turn(difference) if k == AZIMUTH else difference


@kernel
def chance_unresolved(work: Workspace, cell: Floats, a: int, b: int) -> float:
    """Probability that two predicted rows lie within a cell (4,) in all four components."""
    # Koch and van Keuk (1997), "Multiple hypothesis track maintenance with possibly unresolved measurements", IEEE Trans. Aerospace and
    # Electronic Systems 33(3), sec III, with a cell of hard edges in place of their bell; components count as independent
    chance, first, second = 1.0, likeliest_model(work, a), likeliest_model(work, b)
    for k in range(4):
        if math.isinf(cell[k]):
            continue
        sigma = math.sqrt(2.0 * (work.row_spread[a, first, k, k] + work.row_spread[b, second, k, k]) + 1e-300)
        apart = apart_of(work, a, b, k)
        chance *= 0.5 * (math.erf((cell[k] - apart) / sigma) + math.erf((cell[k] + apart) / sigma))
    return chance


@kernel
def form_unions(bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, rows: int, count: int) -> None:
    """Fill work.union with what detections of several rows weigh; a row's chance of having none counts with it that its friends' may be
    its own. The unions of a row stand at the row that comes last in them."""  # fmt: skip
    work, cell = bank.work, sensors.resolution[sensor]
    row = work.row
    bank.counters[UNIONS] = 0
    if cell[0] <= 0.0 or count == 0:
        return
    for r in range(rows):
        row[r]["together"] = 0.0
    for r in range(rows):
        row[r]["first_union"] = bank.counters[UNIONS]
        if row[r]["friends"] > 0 and may_share(bank, r):
            join_friends(bank, sensors, sensor, config, r)
        row[r]["end_union"] = bank.counters[UNIONS]
    for r in range(rows):
        if row[r]["together"] > 0.0:
            # an unresolved pair is missed only if neither echo is enough
            missed = 1.0 - row[r]["detected"]
            row[r]["detected"] = 1.0 - missed * (1.0 - row[r]["together"] + row[r]["together"] * missed)
            row[r]["alone"] = 1.0 - row[r]["existence"] * row[r]["detected"]


@kernel
def may_share(bank: TrackBank, r: int) -> bool:
    """Whether a row is predicted, expected, and was told apart from its like often enough."""
    row = bank.work.row[r]
    return bool(not math.isnan(row["time"]) and row["expected"] == 1 and bank.track["credit"][row["slot"]] > 0)


@kernel
def join_friends(bank: TrackBank, sensors: SensorGeometry, sensor: int, config: TrackerConfig, r: int) -> None:
    """Add the unions of a row with any of its friends before it."""
    work, cell = bank.work, sensors.resolution[sensor]
    row, members = work.row, work.members
    for chosen in range(1, 1 << row[r]["friends"]):
        members[0], size, together = r, 1, 1.0
        for k in range(row[r]["friends"]):
            if chosen & (1 << k) != 0:
                other = row[r]["friend"][k]
                if other > r or not may_share(bank, other):
                    together = 0.0
                    break
                for m in range(size):
                    together = min(together, chance_unresolved(work, cell, members[m], other))
                members[size] = other
                size += 1
        if together < LEAST_TOGETHER:
            continue
        for m in range(size):
            row[members[m]]["together"] = max(row[members[m]]["together"], together)
        weigh_union(bank, sensors, sensor, config, size, together)


@kernel
def predict_union(work: Workspace, size: int) -> None:
    """The measurement that work.members together predict, in the last row of row_value, row_rate and row_spread (model 0)."""
    last, members = work.row_value.shape[0] - 1, work.members
    value, rate, spread = work.row_value, work.row_rate, work.row_spread
    share = 1.0 / size
    for a in range(4):
        value[last, 0, a] = value[members[0], likeliest_model(work, members[0]), a]
        rate[last, 0, a] = 0.0
        for b in range(4):
            spread[last, 0, a, b] = 0.0
    for m in range(size):
        model = likeliest_model(work, members[m])
        for a in range(4):
            value[last, 0, a] += share * apart_of(work, members[0], members[m], a)
            rate[last, 0, a] += share * rate[members[m], model, a]
            for b in range(4):
                spread[last, 0, a, b] += share * share * spread[members[m], model, a, b]
    for a in range(4):
        spread[last, 0, a, a] += wander(work, size, a)


@kernel
def wander(work: Workspace, size: int, k: int) -> float:
    """Variance of one component of the centre of work.members: that of Dirichlet weights (1, ..., 1) on where they are."""
    last, total = work.row_value.shape[0] - 1, 0.0
    for m in range(size):
        r = work.members[m]
        apart = work.row_value[r, likeliest_model(work, r), k] - work.row_value[last, 0, k]
        apart = half_turn(apart) if k == AZIMUTH else apart
        total += apart * apart / size
    return float(total / (size + 1.0))


@kernel
def weigh_union(bank: TrackBank, sensors: SensorGeometry, sensor: int, config: TrackerConfig, size: int, together: float) -> None:
    """Add a union of work.members with each detection that all of them have a pair with."""
    work = bank.work
    row, pair, members, union = work.row, work.pair, work.members, work.union
    predict_union(work, size)
    scale, missed, last = together, 1.0, work.row_value.shape[0] - 1
    for m in range(size):
        scale *= row[members[m]]["existence"]
        missed *= 1.0 - row[members[m]]["detected"]
    for k in range(row[members[0]]["start"], row[members[0] + 1]["start"]):
        d = pair[k]["column"]
        if bank.counters[UNIONS] == union.shape[0] or is_position_report(work.measured, d) or math.isnan(work.measured[d, AZIMUTH]):
            continue
        everyone = True
        for m in range(1, size):
            everyone = everyone and pair_of(row, pair, members[m], d) >= 0
        if not everyone:
            continue
        squared, determinant = innovation_distance(
            work.row_value, work.row_rate, work.row_spread, last, 0, work.measured[d, TIME] - row[members[0]]["time"], work.measured, d
        )
        dimension = measured_dimension(work.measured, d)
        if squared > config.gate[dimension]:
            continue
        density = math.exp(-0.5 * (squared + dimension * LOG_TWO_PI)) / math.sqrt(determinant)
        entry = union[bank.counters[UNIONS]]
        bank.counters[UNIONS] += 1
        entry["column"], entry["size"], entry["probability"] = d, size, 0.0
        entry["weight"] = scale * (1.0 - missed) * density / pair[k]["rival"]
        for m in range(size):
            entry["member"][m] = members[m]


@kernel
def pair_of(row: Records, pair: Records, r: int, d: int) -> int:
    """The pair of a row with a detection, -1 if it has none."""
    for k in range(row[r]["start"], row[r + 1]["start"]):
        if pair[k]["column"] == d:
            return int(k)
    return -1


@kernel
def spread_unions(work: Workspace, unions: int) -> None:
    """Add the unions' probabilities to the pairs of their members, and list them by member: row["union"], union["next"]."""
    row, pair, union = work.row, work.pair, work.union
    for u in range(unions):
        entry = union[u]
        if entry["probability"] <= 0.0:
            continue
        for m in range(entry["size"]):
            r = entry["member"][m]
            k = pair_of(row, pair, r, entry["column"])
            pair[k]["probability"] += entry["probability"]
            pair[k]["shared"] += entry["probability"]
            entry["next"][m] = row[r]["union"]
            row[r]["union"] = u


@kernel
def own_part(work: Workspace, r: int, u: int) -> int:
    """Put what a union's detection says of row r alone into the last row of work.measured, whose number is returned.

    The mean of the members is measured: that is their number times it less the others' predictions, with all their errors.
    """
    last, scratch, union = work.row_value.shape[0] - 1, work.measured.shape[0] - 1, work.union[u]
    size, measured = int(union["size"]), work.measured
    for k in range(measured.shape[1]):
        measured[scratch, k] = measured[union["column"], k]
    for m in range(size):
        work.members[m] = union["member"][m]
    predict_union(work, size)
    own, lag = likeliest_model(work, r), measured[scratch, TIME] - work.row["time"][r]
    for k in (RANGE, AZIMUTH, ELEVATION, RANGE_RATE):
        variance = size * size * (measured[scratch, SIGMA + k] ** 2 + wander(work, size, k))
        for m in range(size):
            other = work.members[m]
            if other != r:
                variance += work.row_spread[other, likeliest_model(work, other), k, k]
        gap = measured[scratch, k] - work.row_value[last, 0, k] - lag * work.row_rate[last, 0, k]
        gap = half_turn(gap) if k == AZIMUTH else gap
        measured[scratch, k] = work.row_value[r, own, k] + lag * work.row_rate[r, own, k] + size * gap
        measured[scratch, SIGMA + k] = math.sqrt(variance)
    note_directions(measured, scratch)
    return int(scratch)


@kernel
def note_apart(bank: TrackBank, rows: int) -> None:
    """Give credit to the tracks that were told apart from all their friends in this dwell, and take it from those that shared."""
    row = bank.work.row
    for r in range(rows):
        d, slot = row[r]["column"], row[r]["slot"]
        if d < 0:
            continue
        own = True
        for k in range(row[r]["friends"]):
            other = row[row[r]["friend"][k]]["column"]
            own = own and other >= 0 and other != d
        credit = bank.track["credit"][slot] + (CREDIT if own else -1)
        bank.track["credit"][slot] = min(max(credit, 0), MOST_CREDIT)
