"""What a run cost: rounds fired and targets destroyed at the catalogue's prices, their exchange, and what was left after each wave.

Prices are as published, in millions of US dollars of their own years: nothing is converted, and low and high are the spread of what is
published. Where an entry has no price, its share is left out and it is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dowding.analysis.damage import value_lost
from dowding.analysis.summary import opposed, rounded
from dowding.catalogue import Entry
from dowding.errors import TableError
from dowding.scenario import Resolved, read, resolve
from dowding.tables import Columns, Tables


@dataclass(frozen=True)
class Price:
    """The price of one, million US dollars, and where it stands."""

    value: float
    low: float
    high: float
    grade: str
    sources: tuple[str, ...]
    years: tuple[int, ...]  # of the price where the catalogue knows it, else of the sources


@dataclass(frozen=True)
class Item:
    """So many of one kind."""

    entry: str
    number: int
    price: Price | None  # of one, None where the catalogue has none


@dataclass(frozen=True)
class Total:
    """A sum in million US dollars; `unpriced` entries are not in it."""

    value: float
    low: float
    high: float
    unpriced: tuple[str, ...]


@dataclass(frozen=True)
class Wave:
    """A flight, when the last of it was gone, and the rounds that each fire unit had then, in stock as well, by interceptor."""

    flight: str
    over_s: float
    left: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Economy:
    """One side's account of a run."""

    side: str
    fire_units: tuple[Item, ...]  # that stand there
    fired: tuple[Item, ...]  # rounds
    destroyed: tuple[Item, ...]  # of the other side, or of its own
    lost_value: float  # of what is its, by the share of hit points that it lost, in the scenario's own unit
    asset_value: float  # of all that is its
    waves: tuple[Wave, ...]  # in the order in which they were over

    @property
    def spent(self) -> Total:
        """On the rounds fired."""
        return total(self.fired)

    @property
    def gained(self) -> Total:
        """What was destroyed had cost."""
        return total(self.destroyed)

    @property
    def exchange(self) -> tuple[float, float, float]:
        """Spent for each dollar destroyed: as priced, and from the lowest spent over the highest destroyed to the reverse; NaN for none."""
        spent, gained = self.spent, self.gained
        return _ratio(spent.value, gained.value), _ratio(spent.low, gained.high), _ratio(spent.high, gained.low)


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else float("nan")


def total(items: Iterable[Item]) -> Total:
    """The sum of items, number times price."""
    items = tuple(items)
    priced = [(item.number, item.price) for item in items if item.price is not None]
    sums = [sum(number * getattr(price, name) for number, price in priced) for name in ("value", "low", "high")]
    return Total(float(sums[0]), float(sums[1]), float(sums[2]), tuple(item.entry for item in items if item.price is None))


def price_of(entry: Entry, years: Mapping[str, int]) -> Price | None:
    """The price of an entry; `years` are those of the catalogue's sources, 0 for unknown."""
    if entry.get("cost_musd") is None:
        return None
    figure = entry.figure("cost_musd")
    low, high = (float(figure.value if bound is None else bound) for bound in (figure.low, figure.high))
    told = entry.get("cost_year")
    known = (int(told),) if told is not None else tuple(sorted({years[s] for s in figure.sources if years.get(s, 0) > 0}))
    return Price(entry.number("cost_musd"), low, high, figure.grade, tuple(figure.sources), known)


def _items(names: Iterable[str], entries: Mapping[str, Entry], years: Mapping[str, int]) -> tuple[Item, ...]:
    found, number = np.unique(np.array(list(names), dtype=str), return_counts=True)
    return tuple(Item(str(name), int(n), price_of(entries[str(name)], years)) for name, n in zip(found, number, strict=True))


def _waves(resolved: Resolved, targets: Columns, shots: Columns, side: str, opposing: np.ndarray) -> tuple[Wave, ...]:
    """Every flight of the others with the rounds left when the last of it had been killed, had arrived or had flown its way."""
    units = [unit for unit in resolved.fire_units if unit.side == side]
    waves = []
    for flight in dict.fromkeys(targets["flight"][opposing].astype(str)):
        mine = (targets["flight"].astype(str) == flight) & opposing
        flying = (targets["fate"][mine].astype(str) == "flying").any()
        over = float(resolved.duration_s) if flying else float(np.max(targets["fate_s"][mine]))
        gone = shots["launched_s"] <= over
        left = {
            unit.name: {
                entry.id: count + stock - int((gone & (shots["unit"] == unit.name) & (shots["interceptor"] == entry.id)).sum())
                for (entry, count), stock in zip(unit.interceptors, unit.stock, strict=True)
            }
            for unit in units
        }
        waves.append(Wave(flight, over, left))
    return tuple(sorted(waves, key=lambda wave: wave.over_s))


def economy(run: Tables, side: str = "blue") -> Economy:
    """One side's account of a run, from its tables and the scenario that it holds.

    Raises TableError for a side that is neither blue nor red, or a run without its scenario.
    """
    if side not in ("blue", "red"):
        raise TableError(f"economy: got side {side!r}, must be blue or red")
    if not run.scenario_text:
        raise TableError("economy: this run does not hold its scenario", hint="read the whole run folder with dowding.read_run")
    return economy_of(resolve(read(run.scenario_text)), run, side)


def economy_of(resolved: Resolved, run: Mapping[str, Columns], side: str) -> Economy:
    """One side's account from a run's tables `targets`, `shots`, `sensors` and `assets`, and its scenario."""
    targets, shots = run["targets"], run["shots"]
    years = {id: source.year for id, source in resolved.catalogue.sources.items()}
    units = [unit for unit in resolved.fire_units if unit.side == side]
    rounds = {entry.id: entry for unit in units for entry, _ in unit.interceptors}
    flown = {flight.target.id: flight.target for flight in resolved.flights}
    mine = np.isin(shots["unit"].astype(str), [unit.name for unit in units])
    killers = np.unique(shots["target"][mine & (shots["outcome"].astype(str) == "kill")])
    opposing = opposed(targets, run["sensors"]) & (targets["side"].astype(str) != side)
    own = run["assets"]["side"].astype(str) == side
    return Economy(
        side,
        _items([unit.system.id for unit in units], {unit.system.id: unit.system for unit in units}, years),
        _items(shots["interceptor"][mine].astype(str), rounds, years),
        _items(targets["entry"][killers].astype(str), flown, years),
        float(value_lost(run["assets"])[own].sum()),
        float(run["assets"]["value"][own].sum()),
        _waves(resolved, targets, {name: column[mine] for name, column in shots.items()}, side, opposing),
    )


def facts_of(account: Economy) -> dict[str, Any]:
    """The account as plain values for JSON: million US dollars as value, low and high; unpriced entries; rounds left after each wave."""

    def sum_of(items: Iterable[Item]) -> dict[str, Any]:
        found = total(items)
        sums = {name: rounded(getattr(found, name), 3) for name in ("value", "low", "high")}
        return sums | {"unpriced": list(found.unpriced)}

    def listed(items: Iterable[Item]) -> dict[str, int]:
        return {item.entry: item.number for item in items}

    return {
        "fired": listed(account.fired),
        "spent_musd": sum_of(account.fired),
        "destroyed": listed(account.destroyed),
        "destroyed_musd": sum_of(account.destroyed),
        "exchange": dict(zip(("value", "low", "high"), (rounded(x, 3) for x in account.exchange), strict=True)),
        "fire_units_musd": sum_of(account.fire_units),
        "value_lost": rounded(account.lost_value, 3),
        "value": rounded(account.asset_value, 3),
        "waves": [
            {"flight": wave.flight, "over_s": rounded(wave.over_s, 1), "left": {unit: dict(left) for unit, left in wave.left.items()}}
            for wave in account.waves
        ],
    }
