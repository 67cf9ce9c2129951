"""The points of a study: each variant under each hypothesis at each combination of factors, as a scenario of its own."""

import copy
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dowding.errors import ScenarioError, StudyError
from dowding.scenario import Scenario, from_tables
from dowding.scenario import overrides as dotted_keys
from dowding.scenario.faults import Fault, error, listed, nearest, quoted
from dowding.scenario.reading import SCENARIOS
from dowding.study.schema import Change, Factor, Study, Variant

LISTS = ("asset", "fire_unit", "sensor", "flight", "command_post", "link", "zone")
POINTS_MAX = 10_000


@dataclass(frozen=True)
class Point:
    """One scenario of a study, and what chose it."""

    number: int
    variant: str
    hypothesis: str  # "" where the study has none
    factors: Mapping[str, Any]  # value by name of the factor
    scenario: Scenario

    @property
    def label(self) -> str:
        """What people call it."""
        chosen = [self.variant, self.hypothesis, *(f"{name} {value}" for name, value in self.factors.items())]
        return ", ".join(word for word in chosen if word)


def points_of(study: Study, folder: Path) -> tuple[Point, ...]:
    """Every point of a study, variants first; `folder` is where files that it names lie. Raises StudyError."""
    variants = study.variant or (Variant(name="base"),)
    hypotheses: Sequence[Any] = study.hypothesis or (None,)
    values = [list(enumerate(values_of(factor))) for factor in study.factor]
    count = len(variants) * len(hypotheses) * int(np.prod([len(v) for v in values], dtype=np.int64))
    if count > POINTS_MAX:
        raise StudyError(f"{study.where}: variants, hypotheses and factors make {count} points, must be at most {POINTS_MAX}")
    read: dict[str, dict[str, Any]] = {}
    points: list[Point] = []
    for (v, variant), (h, hypothesis) in itertools.product(enumerate(variants), enumerate(hypotheses)):
        for chosen in itertools.product(*values):
            tables = _base(study, variant, hypothesis, folder, read)
            tables = _changed(tables, variant, study.where, f"variant[{v}]")
            if hypothesis is not None:
                tables = _changed(tables, hypothesis, study.where, f"hypothesis[{h}]")
            for f, (_, value) in enumerate(chosen):
                tables = _set(tables, dict.fromkeys(study.factor[f].keys, value), study.where, f"factor[{f}].keys")
            scenario = _scenario(tables, study, variant.name)
            factors = {study.factor[f].name: value for f, (_, value) in enumerate(chosen)}
            name = "" if hypothesis is None else hypothesis.name
            points.append(Point(len(points), variant.name, name, factors, scenario))
    return tuple(points)


def values_of(factor: Factor) -> list[Any]:
    """The values that a factor takes."""
    if factor.values is not None:
        return list(factor.values)
    assert factor.low is not None  # the schema has seen to it
    assert factor.high is not None
    if factor.logarithmic:
        steps = np.geomspace(factor.low, factor.high, factor.steps)
    else:
        steps = np.linspace(factor.low, factor.high, factor.steps)
    if factor.whole:
        return list(dict.fromkeys(int(step) for step in np.rint(steps)))
    return [float(step) for step in steps]


def _base(study: Study, variant: Change, hypothesis: Change | None, folder: Path, read: dict[str, dict[str, Any]]) -> dict[str, Any]:
    named = (hypothesis.base if hypothesis is not None else None) or variant.base or study.base
    if named not in read:
        beside = folder / named
        source = named if named in SCENARIOS.shipped() else beside if beside.is_file() else named
        try:
            read[named] = SCENARIOS.tables(*SCENARIOS.text(source))
        except ScenarioError as failure:
            raise StudyError(f"{study.where}: base: {failure.message}", hint=failure.hint) from None
    return read[named]


def _changed(tables: dict[str, Any], change: Change, where: str, place: str) -> dict[str, Any]:
    """A copy of a scenario's tables with parts left out and added, and keys set."""
    out = copy.deepcopy(tables)
    for number, part in enumerate(change.without):
        _leave_out(out, part, where, f"{place}.without[{number}]")
    for kind, added in change.add.items():
        if kind not in LISTS:
            raise error(
                where,
                [Fault(f"{place}.add.{kind}", f"got {quoted(kind)}, must be one of {listed(LISTS)}", nearest(kind, LISTS))],
                StudyError,
            )
        out[kind] = [*out.get(kind, []), *copy.deepcopy(added if isinstance(added, list) else [added])]
    return _set(out, change.override, where, f"{place}.override")


def _leave_out(tables: dict[str, Any], part: str, where: str, place: str) -> None:
    steps = dotted_keys.parse(part)
    if steps is None or len(steps) != 2 or steps[0] not in LISTS:
        raise error(where, [Fault(place, f'got {quoted(part)}, must be a part such as fire_unit["Murted"]')], StudyError)
    entries = tables.get(str(steps[0]), [])
    names = [str(entry.get("name", "")) for entry in entries]
    index = steps[1] if isinstance(steps[1], int) else names.index(steps[1]) if steps[1] in names else -1
    if not 0 <= index < len(entries):
        text = f"got {quoted(str(steps[1]))}, must name one of {listed(names)}"
        raise error(where, [Fault(place, text, nearest(str(steps[1]), names))], StudyError)
    del entries[index]


def _set(tables: dict[str, Any], changes: Mapping[str, Any], where: str, place: str) -> dict[str, Any]:
    try:
        return dotted_keys.apply(tables, flattened(changes), f"{where}: {place}")
    except ScenarioError as failure:
        raise StudyError(failure.message, hint=failure.hint) from None


def flattened(changes: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys, for TOML reads `override.theatre.rain_rate_mm_h = 4` as tables; quoted keys stay as they are."""
    out: dict[str, Any] = {}
    for key, value in changes.items():
        place = f"{before}.{key}" if before else key
        out |= flattened(value, place) if isinstance(value, Mapping) and value else {place: value}
    return out


def _scenario(tables: dict[str, Any], study: Study, variant: str) -> Scenario:
    try:
        return from_tables(tables, f"{study.where}, variant {quoted(variant)}")
    except ScenarioError as failure:
        raise StudyError(failure.message, hint=failure.hint) from None
