"""How far a track's gates can go, without a prediction of its models: bounds that say which detections it cannot have."""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import Three, block_form
from dowding.tracking.gating import MODEL_FLOOR
from dowding.tracking.measurement import RANGE, RANGE_RATE, SIGMA
from dowding.tracking.motion_models import CONSTANT_ACCELERATION, SINGER
from dowding.tracking.picture import SensorGeometry, TrackBank, TrackerConfig


@kernel
def strongest_noise(config: TrackerConfig) -> tuple[float, float]:
    """Gate threshold times the strongest white acceleration (m2/s3) and the strongest white jerk (m2/s5) of any model."""
    acceleration, jerk = 0.0, 0.0
    for model in range(config.model.shape[0]):
        row = config.model[model]
        noise = max(row["noise_lateral"], row["noise_along"], row["noise_vertical"])
        if row["kind"] == SINGER:
            jerk = max(jerk, 2.0 * noise / row["time_constant"])
        elif row["kind"] == CONSTANT_ACCELERATION:
            jerk = max(jerk, noise)
        else:
            acceleration = max(acceleration, noise)
    return config.gate[4] * acceleration, config.gate[4] * jerk


@kernel
def reach_of(bank: TrackBank, slot: int, dt: float, noise: tuple[float, float]) -> float:
    """Distance (m) from a straight flight of `dt` seconds within which the gates of all of a track's models lie."""
    track, t = bank.track[slot], abs(dt)
    drift = track["reach"] + t * track["reach_rate"] + 0.5 * track["bend"] * t * t
    return float(drift + t * math.sqrt(t * (noise[0] / 3.0 + noise[1] * t * t / 20.0)))


@kernel
def reach_along(
    bank: TrackBank, config: TrackerConfig, slot: int, sight: Three, dt: float, noise: tuple[float, float]
) -> tuple[float, float]:
    """As reach_of, along one direction (theatre) only: how far (m) the gates of all models go there, and how far (m/s) in speed."""
    state, t, bend = bank.state[slot], abs(dt), bank.track["bend"][slot]
    far, fast = 0.0, 0.0
    for model in range(bank.mode.shape[1]):
        if bank.mode[slot, model] < MODEL_FLOOR and model > 0:
            continue
        x, packed = bank.x[slot, model], bank.covariance_models[slot, model]
        apart_rate = (x[3] - state[3]) * sight[0] + (x[4] - state[4]) * sight[1] + (x[5] - state[5]) * sight[2]
        apart = (x[0] - state[0]) * sight[0] + (x[1] - state[1]) * sight[1] + (x[2] - state[2]) * sight[2] + dt * apart_rate
        speeds = block_form(packed, 3, 3, sight, sight)
        places = block_form(packed, 0, 0, sight, sight) + dt * (2.0 * block_form(packed, 3, 0, sight, sight) + dt * speeds)
        # mixing adds what lies between the means to each model's variance
        far = max(far, abs(apart) + math.sqrt(config.gate[4] * (max(places, 0.0) + apart * apart)))
        fast = max(fast, abs(apart_rate) + math.sqrt(config.gate[4] * (speeds + apart_rate * apart_rate)))
    far += 0.5 * bend * t * t + t * math.sqrt(t * (noise[0] / 3.0 + noise[1] * t * t / 20.0))
    fast += bend * t + math.sqrt(t * (noise[0] + noise[1] * t * t / 3.0))
    return float(far), float(fast)


@kernel
def keep_in_reach(
    bank: TrackBank, config: TrackerConfig, sensors: SensorGeometry, sensor: int, r: int, found: int, now: float,
    noise: tuple[float, float], lag: float,
) -> int:  # fmt: skip
    """Of the detections in near["found"], keep those whose range and range rate a row's models can reach; returns how many.

    That spares the prediction of what is sure along the sight and unsure across it, as most tracks are. `lag` (s) is how far from `now` a
    detection may lie, `noise` as of strongest_noise.
    """
    work, row = bank.work, bank.work.row[r]
    slot, distance, site, own = row["slot"], row["range"], sensors.position[sensor], sensors.velocity[sensor]
    state, dt = bank.state[slot], now - bank.track["time"][slot]
    if row["reach"] > 0.5 * distance:
        return found
    scale = 1.0 / distance
    sight = (
        (state[0] + dt * state[3] - site[0]) * scale, (state[1] + dt * state[4] - site[1]) * scale,
        (state[2] + dt * state[5] - site[2]) * scale,
    )  # fmt: skip
    vx, vy, vz = state[3] - own[0], state[4] - own[1], state[5] - own[2]
    speed, rate = math.sqrt(vx * vx + vy * vy + vz * vz), vx * sight[0] + vy * sight[1] + vz * sight[2]
    half, half_rate = reach_along(bank, config, slot, sight, dt, noise)
    # a place off the sight is farther away, and is seen under another sight
    aside = (row["reach"] + lag * speed) * scale
    half += 0.5 * aside * row["reach"] + lag * speed + row["apart"][0]
    half_rate += aside * (speed + bank.track["reach_rate"][slot]) + row["apart"][3]
    wide, kept, measured = math.sqrt(config.gate[4]), 0, work.measured
    for k in range(found):
        d = work.near[k]["found"]
        off, changed = abs(measured[d, RANGE] - distance), abs(measured[d, RANGE_RATE] - rate)
        # what was not measured is no hindrance
        if not (off > half + wide * measured[d, SIGMA + RANGE] or changed > half_rate + wide * measured[d, SIGMA + RANGE_RATE]):
            work.near[kept]["found"] = d
            kept += 1
    return kept
