"""A study ready to run: its points as scenarios, what is drawn, and for each replicate of each point its luck and figures."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding import __version__
from dowding.errors import StudyError
from dowding.study.designs import quantiles
from dowding.study.points import Point, points_of
from dowding.study.schema import Study
from dowding.study.uncertainty import Doubt, dimensions_of, doubts_of, values_at

FORMAT = 1  # of the store; another number cannot be read
PART_MIN, PART_MAX = 10, 2_000  # replicates in one part file
HYPERCUBE_MAX = 50_000_000  # numbers of a Latin hypercube, which is made whole


@dataclass(frozen=True)
class Plan:
    """Everything that fixes the result of a study."""

    study: Study
    points: tuple[Point, ...]
    doubts: tuple[Doubt, ...]
    seed: int

    @cached_property
    def _dimensions(self) -> tuple[NDArray[np.int64], NDArray[np.bool_], tuple[str, ...]]:
        return dimensions_of(self.doubts, self.study.uncertain)

    @property
    def causes(self) -> tuple[str, ...]:
        """Names of the dimensions of the design: causes, and figures that move alone."""
        return self._dimensions[2]

    @property
    def cause_of(self) -> NDArray[np.int64]:
        """(figure,) which dimension each figure follows."""
        return self._dimensions[0]

    def quantiles(self, first: int, last: int) -> NDArray[np.float64]:
        """Rows of the design for replicates `first` to `last` - 1, the same at every point: (replicate, dimension)."""
        return quantiles(self.study.uncertain.design, self.seed, len(self.causes), self.study.replicates, first, last)

    def values(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The drawn figures (row, figure) of rows of a design (row, dimension)."""
        dimension, falls, _ = self._dimensions
        return np.array([values_at(self.doubts, dimension, falls, row) for row in rows]).reshape(len(rows), len(self.doubts))

    @property
    def part(self) -> int:
        """Replicates in one part file: about the root of their number, so that neither files nor waiting at the end grow much."""
        return self.study.part or max(PART_MIN, min(PART_MAX, isqrt(self.study.replicates)))

    def parts(self) -> list[tuple[int, int, int]]:
        """Every part as (point, first, last), in the order in which they are done: all points advance together."""
        starts = range(0, self.study.replicates, self.part)
        return [(p.number, s, min(s + self.part, self.study.replicates)) for s in starts for p in self.points]

    @cached_property
    def identity(self) -> str:
        """A digest of all that the numbers depend on except how many replicates there are: equal identities give equal rows."""
        told: dict[str, Any] = {
            "format": FORMAT,
            "seed": self.seed,
            "points": [p.scenario.model_dump(mode="json") for p in self.points],
            "uncertain": self.study.uncertain.model_dump(mode="json"),
            "doubts": [repr(d) for d in self.doubts],
            "part": self.part,
        }
        if self.doubts and self.study.uncertain.design == "latin-hypercube":
            told["replicates"] = self.study.replicates
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def plan_of(study: Study, folder: Path) -> Plan:
    """The plan of a study; `folder` is where files that it names lie. Raises StudyError or ScenarioError."""
    points = points_of(study, folder)
    uncertain = study.uncertain
    doubts = doubts_of([p.scenario for p in points], uncertain, study.where) if uncertain.figures else ()
    dimensions = len(dimensions_of(doubts, uncertain)[2])
    if uncertain.design == "latin-hypercube" and dimensions * study.replicates > HYPERCUBE_MAX:
        given = f"{study.replicates} replicates of {dimensions} figures"
        raise StudyError(f"{study.where}: uncertain.design: got latin-hypercube for {given}, must be sobol or random for so many")
    seed = study.seed if study.seed is not None else points[0].scenario.seed
    return Plan(study, points, doubts, seed)


def figures_moved(plan: Plan, cause: int) -> Sequence[Doubt]:
    """The figures that a dimension of the design moves."""
    return [d for d, k in zip(plan.doubts, plan.cause_of, strict=True) if k == cause]


def made_with() -> dict[str, str]:
    """What the numbers of a study were made with."""
    from dowding import _jit

    return {"dowding": __version__, "kernels": _jit.source_digest()}
