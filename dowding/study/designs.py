"""Designs: for each replicate a quantile in every dimension, spread evenly; a function of the study's seed and the replicate alone."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.study.schema import Design

SALT = 0x5EED0F0D  # keeps a design's chance apart from that of runs
EDGE = 1e-12  # no quantile is nearer to 0 or 1


def quantiles(design: Design, seed: int, dimensions: int, replicates: int, first: int, last: int) -> NDArray[np.float64]:
    """Rows `first` to `last` - 1 of a design of `replicates` rows: (row, dimension) in (0, 1).

    latin-hypercube: M. D. McKay, R. J. Beckman and W. J. Conover (1979), each of `replicates` strata of each dimension once.
    sobol: scrambled (A. B. Owen 1998); its rows do not depend on `replicates`.
    """
    if dimensions == 0:
        return np.zeros((last - first, 0))
    if design == "random":
        return np.stack([np.random.default_rng((seed, SALT, row)).random(dimensions) for row in range(first, last)])
    if design == "latin-hypercube":
        return _latin_hypercube(seed, dimensions, replicates)[first:last]
    from scipy.stats import qmc

    engine = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng((seed, SALT)))
    if first:
        engine.fast_forward(first)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the number of rows is no power of two
        rows = engine.random(last - first)
    return np.asarray(np.clip(rows, EDGE, 1.0 - EDGE))


@lru_cache(maxsize=2)
def _latin_hypercube(seed: int, dimensions: int, replicates: int) -> NDArray[np.float64]:
    from scipy.stats import qmc

    rows: NDArray[np.float64] = qmc.LatinHypercube(dimensions, rng=np.random.default_rng((seed, SALT))).random(replicates)
    return np.asarray(np.clip(rows, EDGE, 1.0 - EDGE))


def saltelli_rows(names: tuple[str, ...], samples: int, seed: int) -> NDArray[np.float64]:
    """A design for first-order and total Sobol indices, (samples * (dimension + 2), dimension) in (0, 1).

    A. Saltelli et al. (2010), Computer Physics Communications 181, 259-270, by SALib; rows of one base sample follow each other.
    """
    return _saltelli_rows(names, samples, seed)


@lru_cache(maxsize=2)
def _saltelli_rows(names: tuple[str, ...], samples: int, seed: int) -> NDArray[np.float64]:
    from SALib.sample import sobol

    rows: NDArray[np.float64] = sobol.sample(problem_of(names), samples, calc_second_order=False, seed=seed % 2**32)
    return np.asarray(np.clip(rows, EDGE, 1.0 - EDGE))


def problem_of(names: Sequence[str]) -> dict[str, Any]:
    """What SALib calls a problem: quantiles in every dimension."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
