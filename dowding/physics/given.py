"""What the formulas are given: a sentence for a number that cannot be. Kernels do not ask; what calls them has."""

import numpy as np
from numpy.typing import ArrayLike

from dowding.errors import DowdingError


def _first(values: ArrayLike, wrong: ArrayLike) -> str:
    """The first of the values that is wrong."""
    found: float = np.asarray(values, np.float64)[np.asarray(wrong, np.bool_)].flat[0]
    return f"{found:g}"


def positive(**values: ArrayLike) -> None:
    """DowdingError for a value, or one of an array, that is not a finite number above 0."""
    for name, value in values.items():
        given = np.asarray(value, np.float64)
        wrong = ~((given > 0.0) & np.isfinite(given))
        if wrong.any():
            raise DowdingError(f"{name} is {_first(given, wrong)}, but it is larger than 0")


def within(low: float, high: float, **values: ArrayLike) -> None:
    """DowdingError for a value, or one of an array, that is not a number from `low` to `high`, both included."""
    for name, value in values.items():
        given = np.asarray(value, np.float64)
        wrong = ~((given >= low) & (given <= high))
        if wrong.any():
            raise DowdingError(f"{name} is {_first(given, wrong)}, but it lies between {low:g} and {high:g}")


def chance(**values: ArrayLike) -> None:
    """DowdingError for a value, or one of an array, that is not a probability above 0 and below 1."""
    for name, value in values.items():
        given = np.asarray(value, np.float64)
        wrong = ~((given > 0.0) & (given < 1.0))
        if wrong.any():
            raise DowdingError(f"{name} is {_first(given, wrong)}, but a probability lies between 0 and 1")
