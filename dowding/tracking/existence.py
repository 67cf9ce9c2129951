"""How probably a track's target exists, how probably a sensor detects it, and how often targets vanish: all learnt on the way.

A track's score is the logarithm of the odds of its existence. A look that should have found the target and did not lowers it, the
more so the more surely the sensor has found it so far and the more targets have vanished lately.
"""

import math

from dowding._jit import kernel
from dowding.tracking.picture import CONFIRMED, DEATHS, EXPECTED, LAST_TIME, LOOKS, Records, SensorGeometry, TrackBank, TrackerConfig

SPLIT_PLOT = 0.5  # part of a scan period within which a sensor looks at a track only once
FADING = 0.95  # weight that a track's earlier looks keep, a look
NOMINAL_LOOKS = 5.0  # looks that the sensor's nominal detection probability counts for
LEAST_DETECTION, MOST_DETECTION = 0.05, 0.99
LEAST_DEATH, MOST_DEATH = 1e-4, 0.3


@kernel
def probability_of(score: float) -> float:
    """The probability of log odds."""
    return 1.0 / (1.0 + math.exp(-score))


@kernel
def death_ratio(bank: TrackBank, config: TrackerConfig) -> float:
    """Part of the confirmed tracks' targets that vanish from one look to the next, as seen lately."""
    ratio = (config.death_ratio * config.death_looks + max(bank.tally[DEATHS], 0.0)) / (config.death_looks + bank.tally[LOOKS])
    return float(min(max(ratio, LEAST_DEATH), MOST_DEATH))


@kernel
def fade_deaths(bank: TrackBank, config: TrackerConfig, period: float, now: float) -> None:
    """Let what was counted of vanishing targets fade with time (s)."""
    passed = max(now - bank.tally[LAST_TIME], 0.0)
    part = math.exp(-passed / (config.death_memory * period))
    bank.tally[DEATHS] *= part
    bank.tally[LOOKS] *= part
    bank.tally[LAST_TIME] = max(now, bank.tally[LAST_TIME])


@kernel
def detection_probability(bank: TrackBank, sensors: SensorGeometry, sensor: int, slot: int) -> float:
    """How probably this sensor detects this track's target in a look, from the looks so far."""
    seen = bank.seen[slot, sensor]
    probability = (NOMINAL_LOOKS * sensors.detection_probability[sensor] + seen["found"]) / (NOMINAL_LOOKS + seen["looked"])
    return float(min(max(probability, LEAST_DETECTION), MOST_DETECTION))


@kernel
def count_look(bank: TrackBank, slot: int, sensor: int) -> None:
    """Count a look that found the target, and the misses before it: only now is it sure that it was there."""
    seen = bank.seen[slot, sensor]
    for _ in range(max(seen["sensor_misses"], 0)):
        seen["found"] *= FADING
        seen["looked"] = seen["looked"] * FADING + 1.0
    seen["found"] = seen["found"] * FADING + 1.0
    seen["looked"] = seen["looked"] * FADING + 1.0


@kernel
def predicted_existence(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, slot: int, now: float, expected: bool
) -> float:
    """Probability that a track's target still exists at the next look.

    A miss counted less than half a scan ago may yet be taken back: then what was known before it counts.
    """
    if now - bank.seen["last_missed"][slot, sensor] < SPLIT_PLOT * sensors.period[sensor]:
        return probability_of(bank.track["score_before"][slot])
    existence = probability_of(bank.track["score"][slot])
    return existence * (1.0 - death_ratio(bank, config)) if expected else existence


@kernel
def chance_of_none(row: Records, r: int) -> float:
    """Probability that a row's track has no detection in this dwell, before the detections are looked at."""
    return 1.0 - row["existence"][r] * row["detected"][r] if row["expected"][r] == EXPECTED else 1.0


@kernel
def judge_existence(bank: TrackBank, config: TrackerConfig, r: int) -> None:
    """Set the score of a row's track by its probability of having no detection."""
    row = bank.work.row[r]
    slot = row["slot"]
    # Musicki and Evans (2004), "Joint integrated probabilistic data association: JIPDA", IEEE Trans. Aerospace and Electronic Systems
    # 40(3), eq 21: existence stands for all but what is left of its absence when there is no detection
    gone = max(row["doubt"] * (1.0 - row["existence"]) / chance_of_none(bank.work.row, r), 1e-300)
    before = bank.track["score"][slot]
    score = math.log(max(1.0 - gone, 1e-300)) - math.log(gone)
    bank.track["score"][slot] = min(max(score, -config.score_limit), config.score_limit)
    if bank.track["status"][slot] == CONFIRMED:
        bank.tally[DEATHS] += probability_of(before) - probability_of(bank.track["score"][slot])
        bank.tally[LOOKS] += 1.0 if row["expected"] == EXPECTED else 0.0


@kernel
def lost_by_miss(sensors: SensorGeometry, sensor: int) -> float:
    """What a look that misses takes from a point's log odds."""
    return math.log(1.0 - sensors.detection_probability[sensor])
