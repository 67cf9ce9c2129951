"""What a formula may be given, said once above its first line: a bad value becomes a sentence, and arrays broadcast.

A kernel keeps its bare machine code for the kernels that call it; only calls from Python are looked at.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from dowding.errors import DowdingError

P = ParamSpec("P")
R = TypeVar("R")


class Span(NamedTuple):
    """The values that an argument may have."""

    low: float
    high: float
    said: str
    open: bool = False  # without its ends
    whole: bool = False

    def holds(self, value: Any) -> bool:
        """Whether a number lies within; NaN does not."""
        inside = self.low < value < self.high if self.open else self.low <= value <= self.high
        return bool(inside and (not self.whole or value == int(value)))


_MOST = 1.7976931348623157e308
ANY = Span(-math.inf, math.inf, "is a number")
FINITE = Span(-_MOST, _MOST, "is a finite number")
ABOVE_ZERO = Span(0.0, math.inf, "is larger than 0, and finite", open=True)
ABOVE_ZERO_OR_INFINITE = Span(5e-324, math.inf, "is larger than 0")
AT_LEAST_ZERO = Span(0.0, _MOST, "is 0 or more, and finite")
AT_LEAST_ONE = Span(1.0, _MOST, "is 1 or more, and finite")
PROBABILITY = Span(0.0, 1.0, "lies from 0 to 1")
BETWEEN_0_AND_1 = Span(0.0, 1.0, "lies between 0 and 1, without either", open=True)
ELEVATION = Span(-0.5 * math.pi, 0.5 * math.pi, "lies from -pi/2 to pi/2 rad")
ACUTE = Span(-0.5 * math.pi, 0.5 * math.pi, "lies between -pi/2 and pi/2 rad, without either", open=True)
HEIGHT = Span(-12e3, 1e8, "lies from -12 km to 100,000 km, in m")
PULSES = Span(1, 2**31, "is a whole number from 1 on", whole=True)
SWERLING_CASE = Span(0, 4, "is a Swerling case, a whole number from 0 (steady) to 4", whole=True)
POLARISATION = Span(0, 1, "is 0 for horizontal or 1 for vertical", whole=True)


class Guard:
    """Looks at the arguments of one function before it is called."""

    def __init__(self, function: Callable[..., Any], allowed: dict[str, Span]) -> None:
        self.signature = inspect.signature(function)
        self.name = function.__name__
        unknown = set(allowed) - set(self.signature.parameters)
        if unknown:
            raise TypeError(f"{self.name} has no {', '.join(sorted(unknown))}")
        self.names = tuple(self.signature.parameters)
        self.spans = tuple(allowed.get(name, _usual(p.annotation)) for name, p in self.signature.parameters.items())

    def call(self, target: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The target's answer to the arguments, elementwise if any is an array; DowdingError for one that is not allowed."""
        if kwargs or len(args) != len(self.names):
            bound = self.signature.bind(*args, **kwargs)
            bound.apply_defaults()
            args = tuple(bound.arguments.values())
        if any(isinstance(value, list | tuple) or getattr(value, "ndim", 0) for value, span in zip(args, self.spans, strict=True) if span):
            return self._each(target, args)
        return target(*[self._one(k, value) for k, value in enumerate(args)])

    def _one(self, k: int, value: Any) -> Any:
        span = self.spans[k]
        if span is None:
            return value
        try:
            allowed = not isinstance(value, str | bytes) and value is not None and span.holds(value)
        except (TypeError, ValueError, OverflowError):
            allowed = False
        if not allowed:
            raise DowdingError(f"{self.name}: {self.names[k]} is {value}, but it {span.said}")
        return int(value) if span.whole else value

    def _each(self, target: Callable[..., Any], args: Sequence[Any]) -> Any:
        import numpy as np  # here, so that what only reads a scenario need not load it

        kept = {k: value for k, value in enumerate(args) if self.spans[k] is None}
        try:
            arrays = np.broadcast_arrays(*[0.0 if k in kept else np.asarray(value) for k, value in enumerate(args)])
        except ValueError:
            shapes = ", ".join(f"{n} {np.shape(v)}" for k, (n, v) in enumerate(zip(self.names, args, strict=True)) if k not in kept)
            raise DowdingError(f"{self.name}: the shapes do not go together: {shapes}") from None
        columns = [a.ravel().tolist() for a in arrays]
        rows = [
            target(*[kept[k] if k in kept else self._one(k, value) for k, value in enumerate(row)])
            for row in zip(*columns, strict=True)
        ]
        shape = arrays[0].shape
        if rows and isinstance(rows[0], tuple):
            return tuple(np.array(part).reshape(shape) for part in zip(*rows, strict=True))
        return np.array(rows).reshape(shape) if rows else np.zeros(shape)


def _usual(annotation: Any) -> Any:
    """What an argument may be where nothing is said: a finite number, or, for what is no number, anything (None)."""
    return FINITE if annotation in (float, int) else None


def given(**allowed: Span) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a formula of scalars take arrays, and refuse what it cannot answer; arguments not named are finite numbers."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        guard = Guard(getattr(function, "function", function), allowed)
        if hasattr(function, "guard"):  # a kernel: kernels go on calling its machine code
            function.guard = guard
            return function

        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            answer: R = guard.call(function, args, dict(kwargs))
            return answer

        return guarded

    return decorate
