"""Which catalogue figures a run rests on, and which of them are the most doubtful."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dowding.catalogue import Entry, Figure
from dowding.scenario.faults import dotted
from dowding.scenario.resolved import Resolved

NOT_SIMULATED = frozenset({"name", "description", "country", "cost_musd", "cost_year", "year", "range_claimed_km"})
"""Keys that tell about an entry and do not enter the simulation."""

_GRADES = "DCBAU"


@dataclass(frozen=True)
class UsedFigure:
    """A figure and the place in the scenario that brings it in; the unit stands in the key."""

    place: str
    kind: str
    id: str
    key: str
    figure: Figure


def figures_used(resolved: Resolved) -> list[UsedFigure]:
    """Every catalogue figure that the run rests on, by place, with source, grade and range; labels and prices included."""
    return list(_all(resolved))


def _all(resolved: Resolved) -> Iterator[UsedFigure]:
    for number, unit in enumerate(resolved.fire_units):
        place = f"fire_unit[{number}]"
        yield from _entry(f"{place}.system", unit.system)
        for radar in unit.radars:
            yield from _entry(f"{place}.radars.{dotted([radar.entry.id])}", radar.entry)
        for interceptor, _ in unit.interceptors:
            yield from _entry(f"{place}.interceptors.{dotted([interceptor.id])}", interceptor)
    for number, sensor in enumerate(resolved.sensors):
        yield from _entry(f"sensor[{number}].radar", sensor.radar)
    for number, flight in enumerate(resolved.flights):
        yield from _entry(f"flight[{number}].target", flight.target)


def _entry(place: str, entry: Entry) -> Iterator[UsedFigure]:
    for key, figure in entry.figures.items():
        yield UsedFigure(place, entry.kind, entry.id, key, figure)
    for id, figure in entry.rounds.items():
        yield UsedFigure(place, entry.kind, entry.id, f"rounds.{id}", figure)


def doubtful(figures: Iterable[UsedFigure], n: int = 10) -> Sequence[UsedFigure]:
    """The n most doubtful figures: grade D before C, then B, A and the user's own, within a grade the widest high over low first.

    Equal ones (low = 0) go by high - low over the value. A figure that several places share is listed once, at the first;
    prices, years and labels are left out, and so are words.
    """
    distinct: dict[tuple[str, str, str, Figure], UsedFigure] = {}
    for used in figures:
        if used.key not in NOT_SIMULATED and used.figure.low is not None:
            distinct.setdefault((used.kind, used.id, used.key, used.figure), used)
    return sorted(distinct.values(), key=lambda used: (_GRADES.find(used.figure.grade), -spread(used.figure), -_width(used.figure)))[
        : max(0, n)
    ]


def spread(figure: Figure) -> float:
    """High over low, 1 for a figure without range; infinite where low is zero and high is not, or the signs differ."""
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return 1.0
    if figure.low * figure.high <= 0.0:
        return math.inf
    return max(figure.high / figure.low, figure.low / figure.high)


def _width(figure: Figure) -> float:
    """High minus low over the value; infinite for a value of zero with a range."""
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return 0.0
    return (figure.high - figure.low) / abs(float(figure.value)) if figure.value else math.inf
