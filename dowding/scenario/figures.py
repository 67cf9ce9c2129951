"""Which catalogue figures a run rests on, and which of them are the most doubtful."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dowding.catalogue import Entry, Figure
from dowding.catalogue.entries import SINGULAR
from dowding.scenario.faults import dotted
from dowding.scenario.resolved import Resolved

NOT_SIMULATED = frozenset({"name", "description", "country", "cost_musd", "cost_year", "year", "range_claimed_km", "rate_kbit_per_s"})
"""Keys that tell about an entry and do not enter the simulation."""

WEIGHT = (
    "rcs_front", "kill_probability_", "reference_range", "rounds.",
    "target_channels", "missile_channels", "range_max", "reaction_time",
)  # fmt: skip
"""Beginnings of the keys that decide first what is seen, reached and hit."""

FLIGHT_RANGE = ("targets", "range_max_km")
"""How far a target could fly holds a ballistic route within reason; nothing else hangs on it."""

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
        yield from _entry(f"sensor[{number}].{SINGULAR[sensor.entry.kind]}", sensor.entry)
    for number, flight in enumerate(resolved.flights):
        yield from _entry(f"flight[{number}].target", flight.target)
    for number, link in enumerate(resolved.links):
        yield from _entry(f"link[{number}].type", link.entry)


def _entry(place: str, entry: Entry) -> Iterator[UsedFigure]:
    for key, figure in entry.figures.items():
        yield UsedFigure(place, entry.kind, entry.id, key, figure)
    for id, figure in entry.rounds.items():
        yield UsedFigure(place, entry.kind, entry.id, f"rounds.{id}", figure)


def doubtful(figures: Iterable[UsedFigure], n: int = 10, each: int = 2) -> Sequence[UsedFigure]:
    """The n most doubtful figures: those of WEIGHT before others, grade D before C, B, A and the user's own, then the widest range first.

    How much an answer really hangs on a figure takes a study to say; WEIGHT is a judgement. A figure that several places share
    is listed once, at the first; of one entry at most `each` are listed before all entries have had theirs. Prices, years,
    labels and words are left out.
    """
    distinct: dict[tuple[str, str, str, Figure], UsedFigure] = {}
    for used in figures:
        if used.key not in NOT_SIMULATED and (used.kind, used.key) != FLIGHT_RANGE and used.figure.low is not None:
            distinct.setdefault((used.kind, used.id, used.key, used.figure), used)
    ranked = sorted(distinct.values(), key=_rank)
    first: list[UsedFigure] = []
    later: list[UsedFigure] = []
    taken: dict[tuple[str, str], int] = {}
    for used in ranked:
        entry = (used.kind, used.id)
        taken[entry] = taken.get(entry, 0) + 1
        (first if taken[entry] <= each else later).append(used)
    return [*first, *later][: max(0, n)]


def _rank(used: UsedFigure) -> tuple[bool, int, float]:
    return not used.key.startswith(WEIGHT), _GRADES.find(used.figure.grade), -spread(used.figure)


def spread(figure: Figure) -> float:
    """High over low, 1 for a figure without range; where low is zero or of another sign, one more than the range over the value."""
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return 1.0
    if figure.low * figure.high <= 0.0:
        return 1.0 + (figure.high - figure.low) / abs(float(figure.value)) if figure.value else math.inf
    return max(figure.high / figure.low, figure.low / figure.high)
