"""Estimation: published cases of tracking, and covariances after a million updates: `python -m verification.estimation [--quick]`.

It exits 1 if any number is outside its bounds.
"""

import math
import sys
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dowding._jit import kernel
from dowding.analysis.consistency import mean_bounds
from dowding.tracking.converted import shrinkage
from dowding.tracking.covariance import absorb_position, pack
from dowding.tracking.filters import update_model
from dowding.tracking.lifecycle import hits_in_window
from dowding.tracking.measurement import linearise, note_directions
from dowding.tracking.motion_models import COORDINATED_TURN, SINGER, SIZE, predict_model, spread_constant_velocity
from dowding.tracking.picture import MEASURED, TrackerConfig
from dowding.tracking.tracker import METHODS, make_config, make_sensors
from verification import simulation
from verification.physics import Inputs, Row, Values, compare, load_cases, report

AREAS = ("tracking",)
Floats = NDArray[np.float64]

ADDED = {(0, 0): 0.25, (1, 0): 0.5, (1, 1): 1.0}  # by a constant acceleration over a step of 1 s, of position and velocity
PLACES = {(0, 0): 0, (1, 0): 6, (1, 1): 9}  # of these on the first axis, in a packed covariance


def steady_gains(i: Inputs) -> Values:
    """The filter's own prediction and update on one axis until it changes no more; measurements have variance 1, a scan takes 1 s."""
    found: dict[str, list[float]] = {"alpha": [], "beta": []}
    for index in i["tracking_index"]:
        packed, x = np.zeros(21), np.zeros(6)
        packed[[0, 2, 5, 9, 14, 20]] = 1.0
        for _ in range(1_000):
            spread_constant_velocity(packed, 1.0)
            for place, part in ADDED.items():
                packed[PLACES[place]] += part * index**2
            absorb_position(x, packed, 1.0, 0.0, 0.0, 0.0, 1.0)
        # of the covariance after the update, over the measurement's variance of 1
        found["alpha"].append(float(packed[0]))
        found["beta"].append(float(packed[6]))
    return found


def bounds_of_means(i: Inputs) -> Values:
    bounds = [mean_bounds(dimension * runs, runs) for dimension, runs in i["dimension_and_runs"]]
    return {"low": [low for low, _ in bounds], "high": [high for _, high in bounds]}


def gates(i: Inputs) -> Values:
    found = [make_config((0.0, 0.0, -1.0), (0.0, 0.0, 1.0), gate_probability=probability).gate for probability in i["probability"]]
    return {"two": [gate[2] for gate in found], "three": [gate[3] for gate in found]}


def converted_bias(i: Inputs) -> Values:
    factors = [shrinkage(math.radians(sigma) ** 2) for sigma in i["sigma_deg"]]
    return {"factor": factors, "bias_m": [i["range_m"] * (1.0 - factor) for factor in factors]}


def confirmation(i: Inputs) -> Values:
    """The rule's own count, over every history of so many looks."""
    found = []
    for hits, window, probability in i["hits_window_probability"]:
        total = 0.0
        for looks in product((0, 1), repeat=window):
            history = sum(hit << k for k, hit in enumerate(looks))
            if hits_in_window(history, window) >= hits:
                total += probability ** sum(looks) * (1.0 - probability) ** (window - sum(looks))
        found.append(total)
    return {"probability": found}


COMPUTE: dict[str, Callable[[Inputs], Values]] = {
    "steady-gains": steady_gains,
    "bounds-of-means": bounds_of_means,
    "gates": gates,
    "converted-bias": converted_bias,
    "confirmation": confirmation,
}


@kernel
def smallest_pivot(packed: Floats, size: int, lower: Floats) -> float:
    """The smallest pivot of a Cholesky factorisation over the variance it stands for: the part that the other states don't tell."""
    least = 1.0
    for i in range(size):
        for j in range(i + 1):
            total = packed[i * (i + 1) // 2 + j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if i == j:
                if not total > 0.0:
                    return -1.0
                least = min(least, total / packed[i * (i + 1) // 2 + i])
                lower[i, i] = np.sqrt(total)
            else:
                lower[i, j] = total / lower[j, j]
    return least


@kernel
def many_updates(
    config: TrackerConfig, method: int | None, position: Floats, rotation: Floats, measured: Floats, x: Floats, packed: Floats,
    first: Floats, first_packed: Floats, full: Floats, dt: float, every: int, number: int,
) -> float:  # fmt: skip
    """Predict and update `number` times, from the start again `every` so many; the smallest pivot ever seen, -1 if one was not positive."""
    least, value, rows = 1.0, full[3, 0], full[2]
    for k in range(number):
        if k % every == 0:
            for i in range(x.shape[0]):
                x[i] = first[i]
            for i in range(packed.shape[0]):
                packed[i] = first_packed[i]
        predict_model(config.model, config.wide, 0, config.earth, x, packed, dt, full)
        linearise(position, rotation, 0, x, value, rows)
        for i in range(4):
            measured[0, i] = value[i]
        note_directions(measured, 0)
        update_model(method, config.earth, position, rotation, 0, measured, 0, x, packed, full)
        least = min(least, smallest_pivot(packed, x.shape[0], full[0]))
    return least


# standard errors of range, angles, range rate: 2 m against kilometres across, then 0.1 m and 5 degrees
SHARP = {"sharp": (2.0, 0.01, 0.02, 0.05), "very sharp": (0.1, 0.09, 0.09, 0.01)}


def least_pivot(kind: int, method: str, sharp: str, every: int, number: int) -> float:
    """The smallest pivot of a filter without process noise, by `number` updates so sharp and so unequal that rounding hurts most.

    `every` so many the filter starts anew from a prior of 10 km and 1 km/s.
    """
    noises = {"noise_lateral": 1e-12, "noise_along": 1e-12, "noise_vertical": 1e-12, "further_noise": 1e-18}
    many = {"mode_prior": 1.0, "speed_sigma": 200.0, "climb_sigma": 200.0, "stay_time": 100.0} | noises
    options = many | {"model_kind": (kind,), "share": np.zeros((1, 1)), "update_method": method}
    config = make_config((0.0, 0.0, -6_371_000.0), (0.0, 0.6, 0.8), **options)._replace(wide=1)
    sensors, size = make_sensors([{}]), SIZE[kind]
    first = np.concatenate([[2e5, 2e5, 1e4, 0.2, -0.2, 0.0], np.zeros(size - 6)])
    full, prior = np.zeros((4, size, size)), np.zeros(size * (size + 1) // 2)
    pack(np.diag(np.concatenate([np.full(3, 1e4), np.full(3, 1e3), np.full(size - 6, 0.1)]) ** 2), size, prior)
    measured = np.full((1, MEASURED), np.nan)
    measured[0, :4], measured[0, 4:8], measured[0, 8] = 0.0, SHARP[sharp], 0.0
    x, packed = first.copy(), prior.copy()
    way = config.update_method, sensors.position, sensors.rotation, measured
    least = many_updates(config, *way, x, packed, first, prior, full, 0.5, every, number)
    return float(least) if np.isfinite(x).all() else math.nan


def pivot_rows(quick: bool) -> Iterator[simulation.Row]:
    """Covariances after a million updates, of one long life and of many short ones."""
    number = 20_000 if quick else 1_000_000
    cases = [(0, "constant velocity"), (COORDINATED_TURN, "coordinated turn"), (SINGER, "Singer")]
    for kind, words in cases[:1] if quick else cases:
        for method in METHODS:
            for sharp, every in product(SHARP, (50, number)):
                least = least_pivot(kind, method, sharp, every, number)
                what = f"least pivot, {method}, {sharp}, {number:,} updates, anew each {every:,}"
                yield simulation.Row(f"positive definite, {words}", what, least, 1.0, 1e-300, 1.0)


def main(arguments: list[str] | None = None) -> int:
    """Both tables; 1 if any number is outside."""
    quick = "--quick" in (sys.argv[1:] if arguments is None else arguments)
    published: list[Row] = [row for case in load_cases(AREAS) for row in compare(case, COMPUTE)]
    return max(report(published), simulation.report(pivot_rows(quick)))


if __name__ == "__main__":
    sys.exit(main())
