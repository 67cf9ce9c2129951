"""Filters alone: a prediction and an update of one track, by model and by the way of taking a measurement in."""

import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.tracking.filters import predict_slot, update_model, update_models
from dowding.tracking.lifecycle import store_slot
from dowding.tracking.measurement import linearise, note_directions
from dowding.tracking.motion_models import (
    BALLISTIC,
    BALLISTIC_DRAG,
    CONSTANT_ACCELERATION,
    CONSTANT_VELOCITY,
    COORDINATED_TURN,
    SINGER,
    predict_model,
)
from dowding.tracking.picture import MEASURED, Floats, TrackBank, TrackerConfig, make_bank
from dowding.tracking.tracker import make_config, make_sensors

SCANS, STEP = 64, 4.0  # of one flight, then again from its start; s
REPEATS, BATCHES = 400, 9
SIGMA = np.array([40.0, 0.002, 0.002, 1.5])  # m, rad, rad, m/s
FLIGHTS = {"level": (4e4, 3e4, 9e3, -220.0, 60.0, 0.0), "high": (9e4, 5e4, 4e4, -700.0, -200.0, -100.0)}  # m and m/s


class Case(NamedTuple):
    """One row of the table."""

    name: str
    kinds: tuple[int, ...]
    method: str = "extended"
    flight: str = "level"
    components: tuple[int, ...] = (0, 1, 2, 3)
    target: str = ""


CASES = (
    Case("one filter, constant velocity", (CONSTANT_VELOCITY,), target="0.5 us"),
    Case("... without range rate", (CONSTANT_VELOCITY,), components=(0, 1, 2)),
    Case("... unscented", (CONSTANT_VELOCITY,), "unscented"),
    Case("... converted", (CONSTANT_VELOCITY,), "converted"),
    Case("one filter, constant acceleration", (CONSTANT_ACCELERATION,)),
    Case("one filter, Singer", (SINGER,)),
    Case("one filter, coordinated turn", (COORDINATED_TURN,)),
    Case("one filter, free fall", (BALLISTIC,), flight="high"),
    Case("one filter, free fall with its coefficient", (BALLISTIC_DRAG,), flight="high"),
    Case("IMM of 3 constant velocities", (CONSTANT_VELOCITY,) * 3, target="3 us"),
    Case("IMM of velocity, acceleration, turn", (CONSTANT_VELOCITY, CONSTANT_ACCELERATION, COORDINATED_TURN)),
    Case("IMM of the default tracker, high", (CONSTANT_VELOCITY, CONSTANT_VELOCITY, BALLISTIC), flight="high", target="3 us"),
    Case("IMM of 2 velocities and free fall with its coefficient", (CONSTANT_VELOCITY, CONSTANT_VELOCITY, BALLISTIC_DRAG), flight="high"),
)


@kernel
def run_alone(config: TrackerConfig, position: Floats, rotation: Floats, rows: Floats, first: Floats, bank: TrackBank, repeats: int) -> int:
    """Predict and update one model through all rows, `repeats` times from the state `first`; returns the number of updates."""
    work = bank.work
    x, packed, full = work.x[0], work.covariance[0], work.full
    model, wide, earth, method = config.model, config.wide, config.earth, config.update_method
    for _ in range(repeats):
        for i in range(x.shape[0]):
            x[i] = first[i]
        for k in range(packed.shape[0]):
            packed[k] = bank.covariance_models[0, 0, k]
        for d in range(rows.shape[0]):
            predict_model(model, wide, 0, earth, x, packed, STEP, full)
            update_model(method, earth, position, rotation, 0, rows, d, x, packed, full)
    return repeats * int(rows.shape[0])


@kernel
def run_mixed(config: TrackerConfig, position: Floats, rotation: Floats, rows: Floats, bank: TrackBank, repeats: int) -> int:
    """Predict, update, combine and store the track in slot 0 through all rows, `repeats` times from slot 1; returns how many updates."""
    for _ in range(repeats):
        for j in range(bank.mode.shape[1]):
            bank.mode[0, j] = bank.mode[1, j]
            for i in range(bank.x.shape[2]):
                bank.x[0, j, i] = bank.x[1, j, i]
            for k in range(bank.covariance_models.shape[2]):
                bank.covariance_models[0, j, k] = bank.covariance_models[1, j, k]
        for i in range(6):
            bank.state[0, i] = bank.x[1, 0, i]
        for d in range(rows.shape[0]):
            predict_slot(config, bank.x, bank.covariance_models, bank.mode, bank.state, 0, STEP, bank.work)
            update_models(config, position, rotation, 0, rows, d, bank.work)
            store_slot(bank, config, 0)
    return repeats * int(rows.shape[0])


def config_of(kinds: tuple[int, ...], method: str) -> TrackerConfig:
    """Models of these kinds, the second ones for manoeuvres, all awake."""
    count = len(kinds)
    noise = tuple(2.0 * 40.0**k for k in range(count))
    share = (np.ones((count, count)) - np.eye(count)) / max(count - 1, 1)
    return make_config(
        (0.0, 0.0, -6_371_000.0), (0.0, 0.6, 0.8), model_kind=kinds, update_method=method, share=share, noise_lateral=noise,
        noise_along=noise, noise_vertical=2.0, stay_time=20.0, mode_prior=1.0 / count, speed_sigma=200.0, climb_sigma=40.0,
        further_noise=1e-5, further_sigma=0.2,
    )  # fmt: skip


def rows_of(case: Case, position: Floats, rotation: Floats) -> NDArray[Any]:
    """The detections of a straight flight with their errors, rows as of Workspace.measured."""
    rng, rows = np.random.default_rng(1), np.full((SCANS, MEASURED), np.nan)
    value, scratch = np.zeros(4), np.zeros((5, 6))
    for d in range(SCANS):
        x = np.array(FLIGHTS[case.flight])
        x[:3] += (d + 1) * STEP * x[3:]
        linearise(position, rotation, 0, x, value, scratch)
        measured = value + rng.normal(size=4) * SIGMA
        for k in case.components:
            rows[d, k], rows[d, 4 + k] = measured[k], SIGMA[k]
        note_directions(rows, d)
    return rows


def microseconds(case: Case) -> float:
    """CPU time of one prediction and update, the least of several batches."""
    config, sensors = config_of(case.kinds, case.method), make_sensors([{"measures_elevation": 1}])
    size, count = int(config.model["size"].max()), len(case.kinds)
    bank = make_bank(2, 1, 1, models=count, size=size)
    rows = rows_of(case, sensors.position, sensors.rotation)
    first = np.zeros(size)
    first[:6] = FLIGHTS[case.flight]
    further = np.log(5_000.0) if BALLISTIC_DRAG in case.kinds else 0.0
    first[6:] = further
    bank.x[:], bank.mode[:] = first, 1.0 / count
    sigma = np.concatenate([np.full(3, 100.0), np.full(3, 30.0), np.full(size - 6, 0.2)])
    bank.covariance_models[:] = np.diag(sigma**2)[np.tril_indices(size)]

    def call(repeats: int) -> int:
        if count == 1:
            return run_alone(config, sensors.position, sensors.rotation, rows, first, bank, repeats)
        return run_mixed(config, sensors.position, sensors.rotation, rows, bank, repeats)

    call(1)
    best = np.inf
    for _ in range(BATCHES):
        begin = time.process_time()
        updates = call(REPEATS)
        best = min(best, (time.process_time() - begin) / updates)
    return float(best * 1e6)


def report() -> None:
    """The table."""
    print(f"{'a prediction and an update of one track':<58}{'cpu':>10}{'wanted':>10}")
    for case in CASES:
        print(f"{case.name:<58}{microseconds(case):>7.2f} us{case.target:>10}", flush=True)
