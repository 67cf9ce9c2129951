"""Functions of numbers that take arrays too: element by element, with NumPy's rules of broadcasting."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

NUMBERS = (float, int, bool, complex)
SEVERAL = (np.ndarray, list)


def is_of_numbers(function: Callable[..., Any]) -> bool:
    """Whether all that a function is given are single numbers."""
    given = [kind for name, kind in function.__annotations__.items() if name != "return"]
    return bool(given) and all(kind in NUMBERS for kind in given)


def has_several(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether any argument is an array or a list."""
    return any(isinstance(value, SEVERAL) for value in (*args, *kwargs.values()))


def each(function: Callable[..., Any], kinds: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a function of numbers gives for each element of arrays: an array of their common shape, or a tuple of such.

    `kinds` are its parameters' types in their order. ValueError if the shapes don't fit together.
    """
    names = [*list(kinds)[: len(args)], *kwargs]
    arrays = np.broadcast_arrays(*args, *kwargs.values())
    columns = [(a.astype(np.float64) if kinds.get(name) is float else a).ravel().tolist() for name, a in zip(names, arrays, strict=True)]
    shape, plain = arrays[0].shape, len(args)
    found = [function(*row[:plain], **dict(zip(kwargs, row[plain:], strict=True))) for row in zip(*columns, strict=True)]
    if found and isinstance(found[0], tuple):
        return tuple(np.array(part).reshape(shape) for part in zip(*found, strict=True))
    return np.array(found).reshape(shape)


def elementwise(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, which takes arrays in the place of any of its numbers too and then gives arrays."""
    kinds = {name: kind for name, kind in function.__annotations__.items() if name != "return"}

    @wraps(function)
    def over(*args: P.args, **kwargs: P.kwargs) -> R:
        if has_several(args, kwargs):
            return cast(R, each(function, kinds, args, kwargs))
        return function(*args, **kwargs)

    return over
