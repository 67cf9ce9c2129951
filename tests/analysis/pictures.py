"""Made-up truth and tracks for tests of measures: random walks with errors, gaps, swaps and false tracks."""

import numpy as np

from dowding.analysis.points import Points, dense_points, listed_points


def walks(rng, steps, things, spread=3.0, pace=0.6):
    """States (step, thing, 6) of random walks, each there for a stretch."""
    velocity = rng.normal(0.0, pace, (steps, things, 3))
    states = np.concatenate([np.cumsum(velocity, axis=0) + rng.normal(0.0, spread, (1, things, 3)), velocity], axis=2)
    for k in range(things):
        first, last = sorted(rng.integers(0, steps + 1, 2))
        if first < last:
            states[:first, k], states[last:, k] = np.nan, np.nan
    return states


def world(seed, steps=20, targets=6, error=0.5, spread=3.0) -> tuple[Points, Points]:
    """Points of truth, and of tracks that follow it with errors, misses, changes of number and false ones."""
    rng = np.random.default_rng(seed)
    truth = walks(rng, steps, targets, spread)
    number, new, pictures = np.arange(targets), targets, []
    for k in range(steps):
        seen = np.flatnonzero(np.isfinite(truth[k, :, 0]) & (rng.random(targets) < 0.8))
        if rng.random() < 0.3:
            a, b = rng.integers(0, targets, 2)
            number[[a, b]] = number[[b, a]]
        if rng.random() < 0.2:
            number[rng.integers(targets)], new = new, new + 1
        states = truth[k, seen] + rng.normal(0.0, error, (len(seen), 6))
        false = rng.poisson(1.0)
        ids = [*number[seen], *range(new, new + false)]
        pictures.append((ids, np.concatenate([states, rng.normal(0.0, 2.0 * spread, (false, 6))])))
        new += false
    return dense_points(truth), listed_points(pictures)
