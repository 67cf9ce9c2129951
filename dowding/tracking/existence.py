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
ALIKE_FADING = 0.998  # the same for the looks at all tracks
ALIKE_LOOKS = 20.0  # looks that the nominal probability counts for among these
MOST_ODDS = 8.0  # log odds that all targets are alike, or that they are not, so that new looks can change the mind
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
def own_detection(bank: TrackBank, sensors: SensorGeometry, sensor: int, slot: int) -> float:
    """How probably this sensor detects this track's target in a look, from the looks at it alone."""
    seen = bank.seen[slot, sensor]
    return float((NOMINAL_LOOKS * sensors.detection_probability[sensor] + seen["found"]) / (NOMINAL_LOOKS + seen["looked"]))


@kernel
def common_detection(bank: TrackBank, sensors: SensorGeometry, sensor: int) -> float:
    """How probably this sensor detects a target in a look, if all are alike, from the looks at all confirmed tracks."""
    alike = bank.alike[sensor]
    return float((ALIKE_LOOKS * sensors.detection_probability[sensor] + alike["found"]) / (ALIKE_LOOKS + alike["looked"]))


@kernel
def detection_probability(bank: TrackBank, sensors: SensorGeometry, sensor: int, slot: int) -> float:
    """How probably this sensor detects this track's target in a look: what all looks and its own say, as well as each has foretold so far.

    A target's own share of hits is a poor estimate (of 20 looks at 0.9, one in eight has all), and needless where all are alike.
    """
    own, common = own_detection(bank, sensors, sensor, slot), common_detection(bank, sensors, sensor)
    probability = own + probability_of(bank.alike["odds"][sensor]) * (common - own)
    return float(min(max(probability, LEAST_DETECTION), MOST_DETECTION))


@kernel
def weigh_look(bank: TrackBank, sensors: SensorGeometry, sensor: int, slot: int, hit: bool) -> None:
    """Count a look at a confirmed track among all of the sensor's: that targets are alike gains what it foretold better.

    A miss counts at once, as far as the target exists: to wait until it is found again would leave the youngest misses out.
    """
    alike, weight = bank.alike[sensor], 1.0 if hit else probability_of(bank.track["score"][slot])
    own, common = own_detection(bank, sensors, sensor, slot), common_detection(bank, sensors, sensor)
    # the odds of two hypotheses change by the ratio of the probabilities that they gave to what came
    ratio = common / own if hit else (1.0 - common) / (1.0 - own)
    alike["odds"] = min(max(alike["odds"] + weight * math.log(ratio), -MOST_ODDS), MOST_ODDS)
    alike["found"] = alike["found"] * ALIKE_FADING + (1.0 if hit else 0.0)
    alike["looked"] = alike["looked"] * ALIKE_FADING + weight


@kernel
def count_look(bank: TrackBank, sensors: SensorGeometry, slot: int, sensor: int) -> None:
    """Count a look that found the target, and for its own share the misses before it: only now is it sure that it was there."""
    seen = bank.seen[slot, sensor]
    if bank.track["status"][slot] == CONFIRMED:
        weigh_look(bank, sensors, sensor, slot, True)
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
