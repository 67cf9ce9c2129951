"""One figure of an entry: its value, range, sources and grade; how it is read and what it may be."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from dowding.catalogue.schema import Flag, Key, Number, Word
from dowding.errors import CatalogueError

Value = float | int | str | bool

ASSUMED = "assumed"
SCENARIO = "scenario"
GRADES = {
    "A": "official, or the same from several good sources",
    "B": "from the manufacturer, or from one good source",
    "C": "commonly quoted, from a single source or from sources that disagree",
    "D": "assumed; nobody has published it, or no source was found",
    "U": "given by the user in a scenario",
}
FIELDS = ("value", "low", "high", "source", "grade", "note")


@dataclass(frozen=True)
class Figure:
    """A value with its range and where it comes from; a word or a flag has no range (None), a mere label no source either."""

    value: Value
    low: float | None = None
    high: float | None = None
    sources: tuple[str, ...] = ()
    grade: str = ""
    note: str = ""

    @property
    def assumed(self) -> bool:
        """Whether nobody published it."""
        return self.sources == (ASSUMED,)

    def to_table(self) -> Value | dict[str, object]:
        """As a catalogue file holds it: a plain word for a label, otherwise a table."""
        if not self.sources:
            return self.value
        table: dict[str, object] = {"value": self.value}
        if self.low is not None and self.high is not None:
            table |= {"low": self.low, "high": self.high}
        table |= {"source": self.sources[0] if len(self.sources) == 1 else list(self.sources), "grade": self.grade}
        return table | ({"note": self.note} if self.note else {})


def nearest(given: str, allowed: Collection[str]) -> str:
    """A hint with the allowed words that look most like the one given, or an empty text."""
    close = get_close_matches(given.lower(), list(allowed), n=3, cutoff=0.5)
    return f"did you mean {' or '.join(repr(word) for word in close)}?" if close else ""


def read_figure(key: Key, raw: object, where: str, *, sources: Collection[str], user: bool) -> Figure:
    """Check one figure as written, a table or a bare value; `user` allows bare numbers and makes them the scenario's own.

    Raises CatalogueError naming `where`, what was given and what is allowed.
    """
    if not isinstance(raw, Mapping):
        return _read_bare(key, raw, where, user)
    _check_fields(raw, where)
    value = read_value(key, raw["value"], where)
    cited, grade = _read_origin(raw, where, sources, user)
    note = raw.get("note", "")
    if not isinstance(note, str):
        raise CatalogueError(f"{where}.note is {note!r}, but must be a text")
    if not isinstance(key, Number):
        if "low" in raw or "high" in raw:
            raise CatalogueError(f"{where} has low or high, but only a number has a range")
        return Figure(value, None, None, cited, grade, note)
    low, high = read_value(key, raw.get("low", value), f"{where}.low"), read_value(key, raw.get("high", value), f"{where}.high")
    if not float(low) <= float(value) <= float(high):
        raise CatalogueError(f"{where} has low {low:g}, value {value:g} and high {high:g}, but must have low <= value <= high")
    return Figure(value, float(low), float(high), cited, grade, note)


def read_value(key: Key, raw: object, where: str) -> Value:
    """Check one value against what its key allows; a number comes back as float, or int where the key counts."""
    if isinstance(key, Number):
        return _read_number(key, raw, where)
    if isinstance(key, Flag):
        if not isinstance(raw, bool):
            raise CatalogueError(f"{where} is {raw!r}, but must be true or false")
        return raw
    if not isinstance(raw, str) or not raw:
        raise CatalogueError(f"{where} is {raw!r}, but must be a text")
    if key.choices and raw not in key.choices:
        raise CatalogueError(f'{where} is "{raw}", but must be one of {", ".join(key.choices)}', hint=nearest(raw, key.choices))
    return raw


def _read_number(key: Number, raw: object, where: str) -> float | int:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise CatalogueError(f"{where} is {raw!r}, but must be a number ({key.meaning})")
    if not (key.lower < raw if key.open else key.lower <= raw) or raw > key.upper:
        bound = "above" if key.open else "at least"
        raise CatalogueError(f"{where} is {raw:g}, but must be {bound} {key.lower:g} and at most {key.upper:g} ({key.meaning})")
    if key.whole:
        if raw != int(raw):
            raise CatalogueError(f"{where} is {raw:g}, but must be a whole number ({key.meaning})")
        return int(raw)
    return float(raw)


def _read_bare(key: Key, raw: object, where: str, user: bool) -> Figure:
    """A value without a table: a label, or in a scenario the user's own figure."""
    value = read_value(key, raw, where)
    if isinstance(key, Word):
        return Figure(value)
    if not user:
        raise CatalogueError(f"{where} is the bare value {raw!r}, but the catalogue wants a table with source and grade")
    if isinstance(key, Flag):
        return Figure(value, None, None, (SCENARIO,), "U")
    return Figure(value, float(value), float(value), (SCENARIO,), "U")


def _check_fields(raw: Mapping[str, object], where: str) -> None:
    for field in raw:
        if field not in FIELDS:
            raise CatalogueError(f"{where}.{field} is not part of a figure; allowed are {', '.join(FIELDS)}", hint=nearest(field, FIELDS))
    if "value" not in raw:
        raise CatalogueError(f"{where} has no value")


def _read_origin(raw: Mapping[str, object], where: str, sources: Collection[str], user: bool) -> tuple[tuple[str, ...], str]:
    """Sources and grade; `assumed` goes with grade D alone, the scenario's own with U alone."""
    named = raw.get("source", SCENARIO if user else None)
    cited = (named,) if isinstance(named, str) else tuple(named) if isinstance(named, list | tuple) else ()
    if not cited or not all(isinstance(source, str) for source in cited):
        raise CatalogueError(f"{where}.source is {named!r}, but must be a source or a list of sources")
    for source in cited:
        if source not in sources and source not in (ASSUMED, SCENARIO):
            raise CatalogueError(f'{where}.source "{source}" is not in the catalogue\'s sources', hint=nearest(source, sources))
    grade = raw.get("grade", "U" if cited == (SCENARIO,) else "D" if user and cited == (ASSUMED,) else None)
    if grade not in GRADES:
        raise CatalogueError(f"{where}.grade is {grade!r}, but must be one of {', '.join(GRADES)}")
    for word, letter in ((ASSUMED, "D"), (SCENARIO, "U")):
        if (word in cited) != (grade == letter) or (word in cited and len(cited) > 1):
            raise CatalogueError(
                f'{where} has source {", ".join(cited)} and grade {grade}, but "{word}" stands alone and goes with grade {letter} only'
            )
    return cited, str(grade)
