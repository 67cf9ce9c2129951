"""Replicates as rows of measures: a pure function of the plan, the point and the replicate's number."""

import time
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.measures import Prices, replicate_row
from dowding.catalogue import Catalogue
from dowding.engine.simulation import simulate_tables
from dowding.model import Compiled, Kept, compile_scenario
from dowding.scenario import Resolved, resolve
from dowding.scenario.ground import terrain_of
from dowding.study.plan import Plan
from dowding.study.points import Point
from dowding.study.uncertainty import with_values
from dowding.tables import Columns
from dowding.terrain import Elevation, Window

MODELS_KEPT = 64
NOTHING: frozenset[str] = frozenset()


class Replicator:
    """Runs replicates of a plan in this process; models that no draw changes are compiled once and kept."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._models: OrderedDict[int, Compiled] = OrderedDict()
        self._kept = Kept()

    def resolved(self, point: Point, values: NDArray[np.float64]) -> Resolved:
        """The scenario of a point with the figures (figure,) of one draw."""
        if not self.plan.doubts:
            return resolve(point.scenario, read=self._read)

        def drawn(catalogue: Catalogue) -> Catalogue:
            return with_values(catalogue, self.plan.doubts, values)

        return resolve(point.scenario, adjust=drawn, read=self._read)

    def _read(self, source: str, window: Window | None) -> Elevation:
        return self._kept.get("elevation", (source, window), lambda: terrain_of(source, window))

    def model(self, point: Point, values: NDArray[np.float64]) -> Compiled:
        """The model of a point at one draw."""
        if self.plan.doubts:
            return compile_scenario(self.resolved(point, values), self._kept)
        if point.number not in self._models:
            self._models[point.number] = compile_scenario(self.resolved(point, values), self._kept)
            if len(self._models) > MODELS_KEPT:
                self._models.popitem(last=False)
        return self._models[point.number]

    def row(self, point: Point, luck: int, values: NDArray[np.float64]) -> dict[str, float]:
        """The measures of one replicate."""
        compiled = self.model(point, values)
        tables = simulate_tables(compiled, self.plan.seed, luck, NOTHING)
        assets = {a.name: a.value for a in compiled.resolved.assets}
        return replicate_row(tables["targets"], tables["shots"], tables["sensors"], assets, prices_of(compiled.resolved))

    def rows(self, number: int, first: int, last: int, done: Callable[[], None] = lambda: None) -> tuple[Columns, NDArray[np.float64]]:
        """Replicates `first` to `last` - 1 of a point as columns, and the seconds that each took (replicate,)."""
        point = self.plan.points[number]
        draws = self.plan.values(self.plan.quantiles(first, last))
        return self.at(point, self.plan.luck(first, last), draws, done)

    def at(
        self, point: Point, luck: NDArray[np.int64], draws: NDArray[np.float64], done: Callable[[], None] = lambda: None
    ) -> tuple[Columns, NDArray[np.float64]]:
        """One row for each luck (row,) and draw (row, figure), and the seconds that each took (row,)."""
        rows, seconds = [], np.zeros(len(luck))
        for n, (k, values) in enumerate(zip(luck, draws, strict=True)):
            began = time.perf_counter()
            rows.append(self.row(point, int(k), values))
            seconds[n] = time.perf_counter() - began
            done()
        return columns_of(rows), seconds


def columns_of(rows: list[dict[str, float]]) -> Columns:
    """Rows as columns, in the order in which names come; whole numbers as integers, others as floats of 32 bits."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out: Columns = {}
    for name in names:
        values = np.array([row.get(name, np.nan) for row in rows], np.float64)
        out[name] = values.astype(np.float32) if name.endswith(("_km", "_musd", "value_lost")) else values.astype(np.int32)
    return out


def prices_of(resolved: Resolved) -> Prices:
    """What the things of a scenario cost, as far as the catalogue knows."""
    interceptors = {e.id: e.number("cost_musd", 0.0) for u in resolved.fire_units for e, _ in u.interceptors}
    targets = {f.target.id: f.target.number("cost_musd", 0.0) for f in resolved.flights}
    systems = sum(u.system.number("cost_musd", 0.0) for u in resolved.fire_units)
    return Prices(interceptors, targets, systems)
