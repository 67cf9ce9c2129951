"""Many sensors: registration, and fusion where only tracks travel, against central tracking: `python -m verification.many_sensors`.

It exits 1 if any number is outside its bounds. Fusion's targets fly straight with white acceleration, two local Kalman filters and a
central one follow them; NEES has six dimensions. Registration's flights are straight, seen by radars with biases drawn at random.
"""

import sys
from collections.abc import Iterator

import numpy as np
from scipy import stats

from dowding.physics.polar import measured
from dowding.tracking.intersection import Floats, intersect
from dowding.tracking.registration import TIME, Sightings, estimate_biases
from dowding.tracking.tracklets import absorb, predict, tracklet, transition
from verification import simulation

PERIOD_S = 4.0
SIGMAS = (100.0, 250.0)  # m, an axis, of the two sensors' positions
START = np.diag(np.square([5e3, 5e3, 5e3, 500.0, 500.0, 500.0]))
Estimate = tuple[Floats, Floats]


def _seen(estimate: Estimate, z: Floats, sigma: Floats) -> Estimate:
    """A Kalman update with positions z (n, 3) of standard errors sigma (3,) m."""
    told = np.zeros((6, 6))
    told[:3, :3] = np.diag(sigma**-2.0)
    vector = np.concatenate([z / sigma**2, np.zeros_like(z)], axis=1)
    return absorb(*estimate, np.broadcast_to(told, estimate[1].shape), vector)


def fused(density: float, every: int, runs: int, shapes: tuple[Floats, Floats], seed: int = 1) -> dict[str, tuple[float, float]]:
    """NEES and root mean square position error of each way to fuse, over settled reports, which come `every` scans."""
    rng = np.random.default_rng(seed)
    step, root = np.full(runs, PERIOD_S), np.zeros((6, 6))
    move, noise = transition(step, density)
    if density > 0.0:
        root = np.linalg.cholesky(noise[0])
    x = rng.normal(size=(runs, 6)) * np.repeat([500.0, 50.0], 3)
    begin: Estimate = (np.zeros((runs, 6)), np.broadcast_to(START, (runs, 6, 6)).copy())
    local, central, joint = [begin, begin], begin, begin
    sent = [begin, begin]
    found: dict[str, list[tuple[float, float]]] = {}
    for k in range(40 * every):
        x = np.einsum("nij,nj->ni", move, x) + rng.normal(size=(runs, 6)) @ root.T
        central = predict(*central, step, density)
        for s in range(2):
            z = x[:, :3] + shapes[s] * rng.normal(size=(runs, 3))
            local[s] = _seen(predict(*local[s], step, density), z, shapes[s])
            central = _seen(central, z, shapes[s])
        if (k + 1) % every:
            continue
        joint = predict(*joint, every * step, density)
        for s in range(2):
            joint = absorb(*joint, *tracklet(*local[s], *predict(*sent[s], every * step, density)))
            sent[s] = local[s]
        states, spreads = (np.stack([pair[i] for pair in local], axis=1) for i in range(2))
        ways = {"central": central, "local": local[0], "tracklets": joint}
        ways |= {name: intersect(states, spreads, fast=fast)[:2] for name, fast in (("intersection", False), ("fast intersection", True))}
        if k >= 20 * every:
            for name, (state, spread) in ways.items():
                error = state - x
                squares = np.einsum("ni,ni->n", error, np.linalg.solve(spread, error[:, :, None])[:, :, 0])
                found.setdefault(name, []).append((float(squares.mean()), float((error[:, :3] ** 2).sum(axis=1).mean())))
    means = {name: np.mean(values, axis=0) for name, values in found.items()}
    return {name: (float(nees), float(np.sqrt(square))) for name, (nees, square) in means.items()}


def fusion_rows(quick: bool) -> Iterator[simulation.Row]:
    """Consistency and loss of each way to fuse, for alike sensors and for sensors that are sharp in different directions."""
    runs = 60 if quick else 600
    alike = (np.full(3, SIGMAS[0]), np.full(3, SIGMAS[1]))
    crossed = (np.array([50.0, 500.0, 100.0]), np.array([500.0, 50.0, 100.0]))
    # errors of one run hang together over its reports: bounds are those of the runs, not of runs times reports
    low, high = stats.chi2.ppf([simulation.UNLIKELY / 2.0, 1.0 - simulation.UNLIKELY / 2.0], 6 * runs) / runs
    for shape, words in ((alike, "alike"), (crossed, "crossed")):
        for density, every in ((0.0, 1), (0.5, 1), (0.5, 5), (20.0, 5)):
            case = f"fusion, {words}, {density:g} m2/s3, every {every}"
            found = fused(density, every, runs, shape)
            yield simulation.Row(case, "NEES, central", found["central"][0], 6.0, float(low), float(high))
            # with process noise between reports tracklets may be a little too sure; intersection must not be
            yield simulation.Row(case, "NEES, tracklets", found["tracklets"][0], 6.0, float(low), float(high) if every == 1 else 6.9)
            for name in ("intersection", "fast intersection"):
                yield simulation.Row(case, f"NEES, {name}, at most", found[name][0], 6.0, 0.0, float(high))
            best = found["central"][1]
            yield simulation.Row(case, "error of tracklets over central", found["tracklets"][1] / best, 1.0, 0.99, 1.05)
            yield simulation.Row(case, "error of intersection over central", found["intersection"][1] / best, 1.0, 0.99, 1.6)


SITES = np.array([[0.0, 0.0, 50.0], [60e3, 20e3, 100.0], [-30e3, 70e3, 0.0]])
SCANS_S = (10.0, 4.0, 6.0)
ERRORS = np.array([50.0, 2e-3, 3e-3, np.nan])


def flights(bias: Floats, rng: np.random.Generator, reports: bool, count: int = 15, duration: float = 300.0) -> Sightings:
    """Straight flights as radars with biases (sensor, 4) see them, and their position reports."""
    rows = []
    for flight in range(count):
        start = np.append(rng.uniform(-1e5, 1e5, 2), rng.uniform(3e3, 11e3))
        velocity = np.append(rng.normal(0.0, 180.0, 2), rng.normal(0.0, 2.0))
        for sensor in range(len(bias)):
            for t in np.arange(rng.uniform(0.0, SCANS_S[sensor]), duration, SCANS_S[sensor]):
                value = measured(start + velocity * t, velocity, SITES[sensor], np.eye(3)) + ERRORS * rng.normal(size=4)
                value[:3] += bias[sensor, :3]
                rows.append((1000 * flight + int(t // 40), sensor, t + bias[sensor, TIME], value, ERRORS, SITES[sensor], 0.0))
        for t in np.arange(rng.uniform(0.0, 5.0), duration, 5.0) if reports else ():
            place = start + velocity * t + 30.0 * rng.normal(size=3)
            rows.append((1000 * flight + int(t // 40), -1, t, np.full(4, np.nan), np.full(4, np.nan), place, 30.0))
    stretch, sensors, time, values, sigma, position, spread = (np.array(column, float) for column in zip(*rows, strict=True))
    number = np.unique(stretch, return_inverse=True)[1]
    turned = np.broadcast_to(np.eye(3), (len(time), 3, 3))
    return Sightings(number, sensors.astype(np.int64), time, values, sigma, position, turned, spread)


def registration_rows(quick: bool) -> Iterator[simulation.Row]:
    """Normalised squared errors of the biases: chi-squared with as many degrees of freedom as biases, if the covariance is honest."""
    worlds = 6 if quick else 80
    cases = ((2, False, "two radars"), (3, False, "three radars"), (1, True, "one radar, reports"), (2, True, "two, reports"))
    for sensors, reports, words in cases:
        total, freedom, worst, left = 0.0, 0, 0.0, []
        for world in range(worlds):
            rng = np.random.default_rng([7, world])
            bias = rng.normal(size=(sensors, 4)) * [150.0, 0.015, 0.002, 0.3]
            if not reports:
                bias[0, TIME] = 0.0
            found = estimate_biases(flights(bias, rng, reports), sensors, density=0.0)
            told = (found.observable & (found.sigma > 1e-5)).ravel()
            error = (found.value - bias).ravel()[told]
            total += float(error @ np.linalg.solve(found.covariance[np.ix_(told, told)], error))
            freedom += int(told.sum())
            worst = max(worst, float((np.abs(error) / found.sigma.ravel()[told]).max()))
            left.append(found.chi2 / found.degrees_of_freedom)
        low, high = stats.chi2.ppf([simulation.UNLIKELY / 2.0, 1.0 - simulation.UNLIKELY / 2.0], freedom) / freedom
        case = f"registration, {words}"
        yield simulation.Row(case, f"squared error by dimension, {freedom} biases", total / freedom, 1.0, float(low), float(high))
        most = float(stats.norm.isf(simulation.UNLIKELY / 2.0 / freedom))
        yield simulation.Row(case, "largest error over its sigma", worst, 0.0, 0.0, most)
        yield simulation.Row(case, "what is left by degree of freedom", float(np.mean(left)), 1.0, 0.97, 1.03)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if any number is outside."""
    quick = "--quick" in (sys.argv[1:] if arguments is None else arguments)
    return simulation.report(row for rows in (fusion_rows, registration_rows) for row in rows(quick))


if __name__ == "__main__":
    sys.exit(main())
