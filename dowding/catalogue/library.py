"""The catalogue as a whole: the shipped files read once, entries found by id or alias, the user's own added."""

import hashlib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from dowding.catalogue.entries import SINGULAR, Entry, Source, parse_entry
from dowding.catalogue.figures import nearest
from dowding.catalogue.schema import KEYS, Kind
from dowding.errors import CatalogueError

FOLDER = Path(__file__).parent
KINDS: tuple[Kind, ...] = tuple(KEYS)  # type: ignore[arg-type]
SOURCE_FIELDS = {"title": str, "publisher": str, "year": int, "url": str, "kind": str, "note": str}


@dataclass(frozen=True)
class Catalogue:
    """All entries by kind and id, and the sources by id."""

    entries: Mapping[Kind, Mapping[str, Entry]]
    sources: Mapping[str, Source]

    @staticmethod
    def load() -> "Catalogue":
        """The catalogue that comes with the package; read on the first call and kept."""
        return _load()

    def find(self, kind: Kind, id: str) -> Entry:
        """The entry with this id or alias; CatalogueError with the nearest names where there is none."""
        wanted = str(id).strip().lower().replace("_", "-").replace(" ", "-")
        entries = self.entries[kind]
        if wanted in entries:
            return entries[wanted]
        for entry in entries.values():
            if wanted in entry.aliases:
                return entry
        names = [*entries, *(alias for entry in entries.values() for alias in entry.aliases)]
        elsewhere = [f"there is a {SINGULAR[entry.kind]} of that name" for entry in self.search(wanted)]
        hint = nearest(wanted, names) or "; ".join(elsewhere) or f"the catalogue has {', '.join(entries)}"
        raise CatalogueError(f'there is no {SINGULAR[kind]} "{id}" in the catalogue', hint=hint)

    def ids(self, kind: Kind) -> tuple[str, ...]:
        """The ids of one kind, in the order of the files."""
        return tuple(self.entries[kind])

    def search(self, id: str) -> list[Entry]:
        """Every entry of any kind with this id or alias."""
        wanted = str(id).strip().lower().replace("_", "-").replace(" ", "-")
        return [entry for kind in KINDS for entry in self.entries[kind].values() if wanted == entry.id or wanted in entry.aliases]

    def source(self, id: str) -> Source:
        """A source by its id; CatalogueError with the nearest ids where there is none."""
        if id not in self.sources:
            raise CatalogueError(f'there is no source "{id}" in the catalogue', hint=nearest(id, self.sources))
        return self.sources[id]

    def with_entries(self, tables: Mapping[str, Mapping[str, object]], where: str) -> "Catalogue":
        """A catalogue with entries added or replaced: { kind: { id: table } }, tables as in the catalogue's files.

        A bare number is accepted too and becomes the scenario's own figure (source "scenario", grade U).
        Raises CatalogueError naming the place below `where`, what was given and what is allowed.
        """
        entries = {kind: dict(self.entries[kind]) for kind in KINDS}
        added: list[tuple[str, Entry]] = []
        for name, group in tables.items():
            kind = read_kind(name, where)
            if not isinstance(group, Mapping):
                raise CatalogueError(f"{where}.{kind} is {group!r}, but must be a table of entries")
            for id, table in group.items():
                place = f"{where}.{kind}.{id}"
                entries[kind][id] = parse_entry(kind, id, table, place, sources=self.sources, user=True)
                added.append((place, entries[kind][id]))
        changed = replace(self, entries=entries)
        _check_names(changed, added)
        return changed

    def to_tables(self, kind: Kind, ids: Collection[str]) -> dict[str, object]:
        """The entries as plain tables by id, ready for a TOML file; with_entries({kind: ...}) reads them back identically."""
        return {entry.id: entry.to_table() for entry in (self.find(kind, id) for id in ids)}

    def digest(self) -> str:
        """SHA-256 of the shipped data files, as hexadecimal; the same on every platform, untouched by added entries."""
        return _digest()


@cache
def _load() -> Catalogue:
    sources = {id: _read_source(id, table) for id, table in _read_file("sources").items()}
    entries = {
        kind: {id: parse_entry(kind, id, table, f"{kind}.{id}", sources=sources) for id, table in _read_file(kind).items()}
        for kind in KINDS
    }
    catalogue = Catalogue(entries, sources)
    _check_names(catalogue, ((f"{kind}.{id}", entry) for kind in KINDS for id, entry in entries[kind].items()))
    return catalogue


@cache
def _digest() -> str:
    total = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.toml")):
        total.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()


def _read_file(name: str) -> dict[str, object]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _read_source(id: str, table: object) -> Source:
    if not isinstance(table, Mapping) or set(table) - set(SOURCE_FIELDS) or set(SOURCE_FIELDS) - {"note"} - set(table):
        raise CatalogueError(f"sources.{id} must be a table of {', '.join(SOURCE_FIELDS)}")
    for field, type_ in SOURCE_FIELDS.items():
        if field in table and not isinstance(table[field], type_):
            raise CatalogueError(f"sources.{id}.{field} is {table[field]!r}, but must be {'a year' if type_ is int else 'a text'}")
    return Source(id, **table)


def read_kind(name: str, where: str = "") -> Kind:
    """The part of the catalogue with this name; CatalogueError where there is none."""
    for kind in KINDS:
        if kind == name:
            return kind
    place = f"{where}.{name}" if where else f'"{name}"'
    raise CatalogueError(f"{place} is not a part of the catalogue; allowed are {', '.join(KINDS)}", hint=nearest(name, KINDS))


def _check_names(catalogue: Catalogue, placed: Iterable[tuple[str, Entry]]) -> None:
    """An alias stands for one entry of its kind only (an id comes before another's alias), and a system's radars and rounds exist."""
    for where, entry in placed:
        for other in catalogue.entries[entry.kind].values():
            shared = set(entry.aliases) & {other.id, *other.aliases}
            if shared and other.id != entry.id:
                raise CatalogueError(f'{where}: the name "{min(shared)}" already stands for the {SINGULAR[entry.kind]} {other.id}')
        wanted: list[tuple[str, Kind, str]] = [(f"{where}.radars[{n}].radar", "radars", use.radar) for n, use in enumerate(entry.radars)]
        wanted += [(f"{where}.rounds.{id}", "interceptors", id) for id in entry.rounds]
        for place, kind, id in wanted:
            if id not in catalogue.entries[kind]:
                hint = nearest(id, catalogue.entries[kind])
                raise CatalogueError(f'{place} is "{id}", but there is no such {SINGULAR[kind]} in the catalogue', hint=hint)
