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

from dowding.errors import ScenarioError, StudyError
from dowding.scenario import load, write
from dowding.study.designs import quantiles, saltelli_rows
from dowding.study.manifest import FORMAT, manifest_of
from dowding.study.points import Point, points_of
from dowding.study.reading import read_study
from dowding.study.schema import Study
from dowding.study.uncertainty import Doubt, dimensions_of, doubts_of, values_at

PART_MIN, PART_MAX = 10, 2_000  # replicates in one part file
HYPERCUBE_MAX = 50_000_000  # numbers of a Latin hypercube, which is made whole


@dataclass(frozen=True)
class Saltelli:
    """A design for Sobol indices: `samples` base rows over some causes, all others at their typical values."""

    causes: tuple[str, ...]
    samples: int

    @property
    def rows_of_one(self) -> int:
        """Rows that share one base sample, and so their luck."""
        return len(self.causes) + 2


@dataclass(frozen=True)
class Plan:
    """Everything that fixes the result of a study."""

    study: Study
    points: tuple[Point, ...]
    doubts: tuple[Doubt, ...]
    seed: int
    saltelli: "Saltelli | None" = None  # a design for Sobol indices in place of the study's own

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

    def luck(self, first: int, last: int) -> NDArray[np.int64]:
        """Which luck replicates `first` to `last` - 1 have: (replicate,)."""
        return np.arange(first, last) // (1 if self.saltelli is None else self.saltelli.rows_of_one)

    def quantiles(self, first: int, last: int) -> NDArray[np.float64]:
        """Rows of the design for replicates `first` to `last` - 1, the same at every point: (replicate, dimension); NaN is typical."""
        if self.saltelli is not None:
            rows = np.full((last - first, len(self.causes)), np.nan)
            chosen = [self.causes.index(name) for name in self.saltelli.causes]
            rows[:, chosen] = saltelli_rows(self.saltelli.causes, self.saltelli.samples, self.seed)[first:last]
            return rows
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
            "points": [write(p.scenario) for p in self.points],
            "uncertain": self.study.uncertain.model_dump(mode="json"),
            "doubts": [repr(d) for d in self.doubts],
            "part": self.part,
        }
        if self.saltelli is not None:
            told["saltelli"] = [self.saltelli.causes, self.saltelli.samples]
        elif self.doubts and self.study.uncertain.design == "latin-hypercube":
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


def plan_in(folder: Path) -> Plan:
    """The plan that a study's folder holds, from its files alone. Raises StudyError."""
    manifest = manifest_of(folder)
    try:
        study = read_study((folder / "study.toml").read_text(encoding="utf-8"), "study.toml")
        scenarios = [load(folder / "points" / f"{told['number']}.toml") for told in manifest["points"]]
    except (OSError, ScenarioError) as failure:
        raise StudyError(f"{folder}: the study cannot be read back ({failure})", hint="a study's folder must be whole") from None
    points = tuple(
        Point(told["number"], told["variant"], told["hypothesis"], told["factors"], scenario)
        for told, scenario in zip(manifest["points"], scenarios, strict=True)
    )
    doubts = doubts_of(scenarios, study.uncertain, study.where) if study.uncertain.figures else ()
    told = manifest.get("saltelli")
    saltelli = None if told is None else Saltelli(tuple(told["causes"]), told["samples"])
    return Plan(study.model_copy(update={"replicates": manifest["replicates"]}), points, doubts, manifest["seed"], saltelli)


def figures_moved(plan: Plan, cause: int) -> Sequence[Doubt]:
    """The figures that a dimension of the design moves."""
    return [d for d, k in zip(plan.doubts, plan.cause_of, strict=True) if k == cause]
