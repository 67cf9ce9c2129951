"""What a run cost: rounds fired and targets destroyed at the catalogue's prices, their exchange, and what was left after each wave.

Prices are as published, in millions of US dollars of their own years: nothing is converted, and low and high are the spread of what is
published. Where an entry has no price, its share is left out and it is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dowding.analysis.summary import opposed
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
    """A flight, when the last of it was gone, and the rounds that each fire unit had then, by interceptor."""

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
    lost_value: float  # of its assets that were hit at least once, in the scenario's own unit
    asset_value: float  # of all its assets
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
                entry.id: count - int((gone & (shots["unit"] == unit.name) & (shots["interceptor"] == entry.id)).sum())
                for entry, count in unit.interceptors
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
    resolved = resolve(read(run.scenario_text))
    targets, shots = run["targets"], run["shots"]
    years = {id: source.year for id, source in resolved.catalogue.sources.items()}
    units = [unit for unit in resolved.fire_units if unit.side == side]
    rounds = {entry.id: entry for unit in units for entry, _ in unit.interceptors}
    flown = {flight.target.id: flight.target for flight in resolved.flights}
    mine = np.isin(shots["unit"].astype(str), [unit.name for unit in units])
    killers = np.unique(shots["target"][mine & (shots["outcome"].astype(str) == "kill")])
    opposing = opposed(targets, run["sensors"]) & (targets["side"].astype(str) != side)
    hit = set(targets["asset"][targets["fate"].astype(str) == "leaked"].astype(str))
    assets = [asset for asset in resolved.assets if asset.side == side]
    return Economy(
        side,
        _items([unit.system.id for unit in units], {unit.system.id: unit.system for unit in units}, years),
        _items(shots["interceptor"][mine].astype(str), rounds, years),
        _items(targets["entry"][killers].astype(str), flown, years),
        float(sum(asset.value for asset in assets if asset.name in hit)),
        float(sum(asset.value for asset in assets)),
        _waves(resolved, targets, {name: column[mine] for name, column in shots.items()}, side, opposing),
    )
