"""The catalogue as rows of text and numbers, for tables on a screen or in the documentation; nothing is printed here."""

from collections.abc import Iterator
from typing import NamedTuple

from dowding.catalogue.entries import SINGULAR, Entry
from dowding.catalogue.figures import ASSUMED, SCENARIO, Figure, Value
from dowding.catalogue.library import KINDS, Catalogue
from dowding.catalogue.schema import KEYS, Flag, Key, Kind, Number, Word

UNITS = {
    "_kbit_per_s": "kbit/s",
    "s_per_s": "1/s",
    "_mps": "m/s",
    "_musd": "million USD",
    "_ghz": "GHz",
    "_deg": "°",
    "_km": "km",
    "_m2": "m²",
    "_dbm": "dBm",
    "_dbw": "dBW",
    "_kw": "kW",
    "_us": "µs",
    "_db": "dB",
    "_m": "m",
    "_s": "s",
    "_k": "K",
    "_g": "g",
}


class ListRow(NamedTuple):
    """One entry in a list: how many figures it has, and how many of them are assumed."""

    kind: Kind
    id: str
    name: str
    description: str
    aliases: tuple[str, ...]
    figures: int
    assumed: int


class FigureRow(NamedTuple):
    """One figure of an entry; low and high are None for words and flags."""

    entry: str
    key: str
    value: Value
    low: float | None
    high: float | None
    unit: str
    grade: str
    sources: tuple[str, ...]
    note: str


class KeyRow(NamedTuple):
    """One key of the schema: what may stand there."""

    kind: Kind
    key: str
    unit: str
    allowed: str
    required: bool
    meaning: str


def unit_of(key: str) -> str:
    """The unit that a key's last word names, or an empty text."""
    return next((unit for ending, unit in UNITS.items() if key.endswith(ending)), "")


def list_rows(catalogue: Catalogue, kind: Kind | None = None) -> list[ListRow]:
    """One row per entry, of one kind or of all."""
    return [_list_row(entry) for one in ((kind,) if kind else KINDS) for entry in catalogue.entries[one].values()]


def show_rows(entry: Entry, catalogue: Catalogue | None = None) -> list[FigureRow]:
    """One row per figure; below a system's own follow those of its radars and interceptors."""
    return [row for one in family(entry, catalogue or Catalogue.load()) for row in _figure_rows(one)]


def cite_lines(entry: Entry, catalogue: Catalogue | None = None) -> list[str]:
    """The references of every source that an entry and what it contains use, sorted; then what is assumed or the scenario's own."""
    catalogue = catalogue or Catalogue.load()
    rows = show_rows(entry, catalogue)
    cited = {source for row in rows for source in row.sources} - {ASSUMED, SCENARIO}
    lines = sorted(f"[{id}] {catalogue.source(id).reference()}" for id in cited)
    for word, meaning in ((ASSUMED, "assumed, no source"), (SCENARIO, "given in the scenario")):
        for name in dict.fromkeys(row.entry for row in rows):
            keys = [row.key for row in rows if row.entry == name and word in row.sources]
            lines += [f"{name}, {meaning}: {', '.join(keys)}"] if keys else []
    return lines


def key_reference() -> Iterator[KeyRow]:
    """The schema, row by row."""
    for kind in KINDS:
        for name, key in KEYS[kind].items():
            yield KeyRow(kind, name, unit_of(name), allowed(key), bool(getattr(key, "required", False)), key.meaning)


def allowed(key: Key) -> str:
    """What may stand under a key, in words."""
    match key:
        case Flag():
            return "true or false"
        case Word():
            return ", ".join(key.choices) or "text"
        case Number():
            return f"{'whole, ' if key.whole else ''}{'above ' if key.open else ''}{key.lower:g} to {key.upper:g}"


def family(entry: Entry, catalogue: Catalogue) -> list[Entry]:
    """An entry with the radars and interceptors that it uses, each once."""
    members = [(("radars"), use.radar) for use in entry.radars] + [("interceptors", id) for id in entry.rounds]
    return [entry, *(catalogue.find(kind, id) for kind, id in dict.fromkeys(members))]  # type: ignore[arg-type]


def _list_row(entry: Entry) -> ListRow:
    figures = [figure for figure in (*entry.figures.values(), *entry.rounds.values()) if figure.sources]
    assumed = sum(figure.assumed for figure in figures)
    return ListRow(entry.kind, entry.id, entry.name, str(entry.get("description", "")), entry.aliases, len(figures), assumed)


def _figure_rows(entry: Entry) -> Iterator[FigureRow]:
    name = f"{SINGULAR[entry.kind]} {entry.id}"
    for key, figure in entry.figures.items():
        yield _row(name, key, figure, unit_of(key))
    for use in entry.radars:
        yield _row(name, f"radars.{use.radar}", Figure(use.role), "")
    for id, figure in entry.rounds.items():
        yield _row(name, f"rounds.{id}", figure, "rounds")


def _row(entry: str, key: str, figure: Figure, unit: str) -> FigureRow:
    return FigureRow(entry, key, figure.value, figure.low, figure.high, unit, figure.grade, figure.sources, figure.note)
