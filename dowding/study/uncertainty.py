"""Which published figures are drawn, from which distribution, and a scenario resolved with one draw of them.

A figure is drawn between its low and high about its typical value. Figures of one cause share a quantile.
"""

import fnmatch
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from dowding.catalogue import Catalogue, Entry, Figure, Kind
from dowding.catalogue.entries import check_relations
from dowding.catalogue.schema import KEYS, Number
from dowding.errors import CatalogueError, StudyError
from dowding.scenario import Scenario, figures_used, resolve
from dowding.scenario.faults import Fault, error, nearest, quoted
from dowding.scenario.figures import FLIGHT_RANGE, NOT_SIMULATED
from dowding.study.schema import Distribution, Spread, Uncertain

PRICES = ("cost_musd",)  # not simulated, yet part of the measures of cost
PERT_WEIGHT = 4.0  # D. G. Malcolm et al. (1959): the mean is (low + 4 typical + high) / 6
SHRINKS = 40  # halvings toward the typical values until an entry's figures fit each other


@dataclass(frozen=True)
class Doubt:
    """One figure that is drawn, in every scenario of the study: its name KIND.ENTRY.KEY, range, distribution, and where it is from."""

    name: str
    kind: Kind
    id: str
    key: str
    low: float
    typical: float
    high: float
    distribution: Distribution
    whole: bool
    grade: str
    sources: tuple[str, ...]
    note: str

    def value(self, quantile: float) -> float:
        """The value at a quantile (0 to 1) of the distribution, the typical one at NaN; a whole one where the key counts."""
        if math.isnan(quantile):
            return self.typical
        drawn = quantile_of(self.distribution, self.low, self.typical, self.high, quantile)
        return float(round(drawn)) if self.whole else drawn


def quantile_of(distribution: Distribution, low: float, typical: float, high: float, quantile: float) -> float:
    """The inverse distribution function: PERT (beta with the mode at the typical value), triangular, uniform or log-uniform."""
    if distribution == "fixed" or low >= high:
        return typical
    if distribution == "uniform":
        return low + quantile * (high - low)
    if distribution == "log-uniform":
        return float(low * (high / low) ** quantile)
    mode = (typical - low) / (high - low)
    if distribution == "triangular":
        if quantile < mode:
            return low + (high - low) * math.sqrt(quantile * mode)
        return high - (high - low) * math.sqrt((1.0 - quantile) * (1.0 - mode))
    first, second = 1.0 + PERT_WEIGHT * mode, 1.0 + PERT_WEIGHT * (1.0 - mode)
    return low + (high - low) * float(betaincinv(first, second, quantile))


def usual_distribution(key: str, figure: Figure) -> Distribution:
    """Cross sections and their factors span decades: log-uniform. What nobody published has no more than a peak: triangular. Else PERT."""
    if key.startswith("rcs_") and figure.low is not None and figure.low > 0.0:
        return "log-uniform"
    return "triangular" if figure.assumed else "pert"


def doubts_of(scenarios: Sequence[Scenario], uncertain: Uncertain, where: str) -> tuple[Doubt, ...]:
    """Every figure that the study draws, by name; raises StudyError for a pattern that fits none."""
    ranged: dict[str, Doubt] = {}
    known: set[str] = set()
    for scenario in scenarios:
        resolved = resolve(scenario)
        for used in figures_used(resolved):
            name = f"{used.kind}.{used.id}.{used.key}"
            if isinstance(used.figure.value, str | bool) or used.figure.low is None or used.figure.high is None:
                continue
            known.add(name)
            if name in ranged or (used.key in NOT_SIMULATED and used.key not in PRICES) or (used.kind, used.key) == FLIGHT_RANGE:
                continue
            if used.figure.grade == "U":
                continue  # the scenario's own choice for one place
            ranged[name] = _doubt(name, used.kind, used.id, used.key, used.figure, uncertain.spread)  # type: ignore[arg-type]
    _check_patterns(uncertain, known, where)
    chosen = (d for d in ranged.values() if fits(d.name, uncertain.figures) and not fits(d.name, uncertain.fixed))
    found = tuple(sorted((_sound(d, where) for d in chosen if d.low != d.high and d.distribution != "fixed"), key=lambda d: d.name))
    moved = dimensions_of(found, uncertain)[2]
    for number, cause in enumerate(uncertain.cause):
        if cause.name not in moved:
            text = "got figures that are not drawn, or that an earlier cause moves, must have one that it alone moves"
            raise error(where, [Fault(f"uncertain.cause[{number}]", text, "uncertain.figures says what is drawn")], StudyError)
    return found


def _sound(doubt: Doubt, where: str) -> Doubt:
    """A figure whose range, where a spread gives one end and the catalogue the other, can be drawn from. Raises StudyError."""
    if doubt.low > doubt.high:
        text = f"got {doubt.low:g} to {doubt.high:g} for {doubt.name}, must have its low end first; an end left out is the catalogue's"
        raise error(where, [Fault("uncertain.spread", text)], StudyError)
    if doubt.distribution == "log-uniform" and doubt.low <= 0.0:
        text = f"got log-uniform from {doubt.low:g} for {doubt.name}, must have a low end above 0"
        raise error(where, [Fault("uncertain.spread", text, "give `low` beside the distribution")], StudyError)
    return doubt


def _doubt(name: str, kind: Kind, id: str, key: str, figure: Figure, spreads: Sequence[Spread]) -> Doubt:
    assert figure.low is not None
    assert figure.high is not None
    low, high, distribution = figure.low, figure.high, usual_distribution(key, figure)
    for spread in spreads:
        if fits(name, spread.figures):
            low = spread.low if spread.low is not None else low
            high = spread.high if spread.high is not None else high
            distribution = spread.distribution or distribution
    number = KEYS[kind].get(key)
    whole = key.startswith("rounds.") or (isinstance(number, Number) and number.whole)
    typical = min(max(float(figure.value), low), high)
    return Doubt(name, kind, id, key, low, typical, high, distribution, whole, figure.grade, figure.sources, figure.note)


def fits(name: str, patterns: Sequence[str]) -> bool:
    """Whether a figure's name fits one of the patterns, in which * stands for anything."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _check_patterns(uncertain: Uncertain, known: set[str], where: str) -> None:
    lists = [("uncertain.figures", uncertain.figures), ("uncertain.fixed", uncertain.fixed)]
    for number, cause in enumerate(uncertain.cause):
        lists += [(f"uncertain.cause[{number}].figures", cause.figures), (f"uncertain.cause[{number}].opposite", cause.opposite)]
    lists += [(f"uncertain.spread[{number}].figures", spread.figures) for number, spread in enumerate(uncertain.spread)]
    for place, patterns in lists:
        for n, pattern in enumerate(patterns):
            if not any(fnmatch.fnmatchcase(name, pattern) for name in known):
                text = f"got {quoted(pattern)}, must fit a figure with a range, such as radars.92n6e.reference_range_km"
                raise error(where, [Fault(f"{place}[{n}]", text, nearest(pattern, sorted(known)))], StudyError)
    for number, spread in enumerate(uncertain.spread):
        if spread.low is not None and spread.high is not None and spread.low > spread.high:
            text = f"got {spread.low:g}, must be at most high, which is {spread.high:g}"
            raise error(where, [Fault(f"uncertain.spread[{number}].low", text)], StudyError)
        if spread.distribution == "log-uniform" and spread.low is not None and spread.low <= 0.0:
            raise error(
                where, [Fault(f"uncertain.spread[{number}].low", f"got {spread.low:g}, must be above 0 for log-uniform")], StudyError
            )


def dimensions_of(doubts: Sequence[Doubt], uncertain: Uncertain) -> tuple[NDArray[np.int64], NDArray[np.bool_], tuple[str, ...]]:
    """Which dimension of the design each figure follows (figure,), whether downward (figure,), and the names of the dimensions.

    Figures of a cause share one; each other figure has its own.
    """
    names: list[str] = []
    dimension, falls = np.full(len(doubts), -1, np.int64), np.zeros(len(doubts), np.bool_)
    for cause in uncertain.cause:
        rises = [n for n, d in enumerate(doubts) if dimension[n] < 0 and fits(d.name, cause.figures)]
        sinks = [n for n, d in enumerate(doubts) if dimension[n] < 0 and n not in rises and fits(d.name, cause.opposite)]
        if rises or sinks:
            dimension[rises + sinks] = len(names)
            falls[sinks] = True
            names.append(cause.name)
    for n, doubt in enumerate(doubts):
        if dimension[n] < 0:
            dimension[n] = len(names)
            names.append(doubt.name)
    return dimension, falls, tuple(names)


def values_at(
    doubts: Sequence[Doubt], dimension: NDArray[np.int64], falls: NDArray[np.bool_], quantiles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The figures (figure,) at one row of a design (dimension,)."""
    return np.array(
        [d.value(float(1.0 - quantiles[k] if down else quantiles[k])) for d, k, down in zip(doubts, dimension, falls, strict=True)]
    )


def with_values(catalogue: Catalogue, doubts: Sequence[Doubt], values: NDArray[np.float64]) -> Catalogue:
    """The catalogue with the figures (figure,) drawn in place of the typical ones.

    Where drawn figures of an entry contradict each other (a low end above its high end), all of that entry's go back toward their
    typical values by halves until they fit.
    """
    by_entry: dict[tuple[Kind, str], list[tuple[Doubt, float]]] = {}
    for doubt, value in zip(doubts, values, strict=True):
        by_entry.setdefault((doubt.kind, doubt.id), []).append((doubt, float(value)))
    entries = {kind: dict(group) for kind, group in catalogue.entries.items()}
    for (kind, id), drawn in by_entry.items():
        if id in entries[kind]:
            entries[kind][id] = _fitting(entries[kind][id], drawn)
    return replace(catalogue, entries=entries)


def _fitting(entry: Entry, drawn: Sequence[tuple[Doubt, float]]) -> Entry:
    share = 1.0
    for _ in range(SHRINKS):
        changed = _replaced(entry, {d.key: d.typical + share * (value - d.typical) for d, value in drawn}, drawn)
        try:
            check_relations(changed, f"{entry.kind}.{entry.id}")
        except CatalogueError:
            share *= 0.5
            continue
        return changed
    return entry


def _replaced(entry: Entry, values: Mapping[str, float], drawn: Sequence[tuple[Doubt, float]]) -> Entry:
    figures, rounds = dict(entry.figures), dict(entry.rounds)
    for doubt, _ in drawn:
        value = round(values[doubt.key]) if doubt.whole else values[doubt.key]
        if doubt.key.startswith("rounds."):
            id = doubt.key.removeprefix("rounds.")
            if id in rounds:
                rounds[id] = replace(rounds[id], value=value)
        elif doubt.key in figures:
            figures[doubt.key] = replace(figures[doubt.key], value=value)
    return replace(entry, figures=figures, rounds=rounds)
