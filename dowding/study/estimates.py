"""An estimate with its interval, and how many replicates a narrower one needs."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number with its interval of 95 % confidence, from `count` replicates, and the method's name."""

    value: float
    low: float
    high: float
    count: int
    method: str

    @property
    def half_width(self) -> float:
        """Half the interval's length."""
        return 0.5 * (self.high - self.low)

    def replicates_for(self, half_width: float) -> int:
        """Replicates in all that an interval of this half width needs: widths shrink with the root of the number."""
        if not math.isfinite(self.half_width) or half_width <= 0.0:
            return self.count
        return math.ceil(self.count * (self.half_width / half_width) ** 2)
