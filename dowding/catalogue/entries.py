"""Sources and entries: how they are read, checked, looked into and overridden."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from dowding.catalogue.figures import SCENARIO, Figure, Value, nearest, read_figure
from dowding.catalogue.schema import KEYS, RADAR_ROLES, Key, Kind, Number
from dowding.errors import CatalogueError

SINGULAR: dict[Kind, str] = {
    "radars": "radar", "receivers": "receiver", "interceptors": "interceptor", "systems": "system", "targets": "target",
    "links": "link",
}  # fmt: skip
REFERENCE_KEYS = ("reference_range_km", "reference_rcs_m2", "reference_pd")
POWER_KEYS = ("peak_power_kw", "pulse_width_us", "gain_db", "noise_temperature_k", "loss_db")
ROUNDS = Number(0, 1000, "rounds of one kind ready on the launchers of one fire unit", whole=True)
IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Source:
    """Where figures were published."""

    id: str
    title: str
    publisher: str
    year: int
    url: str
    kind: str
    note: str = ""

    def reference(self) -> str:
        """One line for a list of references; a year of 0 is unknown."""
        year = str(self.year) if self.year else "n.d."
        stop = "" if self.title.endswith(("?", "!", ".")) else "."
        return f"{self.publisher} ({year}). {self.title}{stop}{f' {self.url}' if self.url else ''}{f' [{self.note}]' if self.note else ''}"


@dataclass(frozen=True)
class RadarUse:
    """A radar of a system and what the system uses it for (schema.RADAR_ROLES)."""

    radar: str
    role: str


@dataclass(frozen=True)
class Entry:
    """One radar, receiver, interceptor, system or target; `figures` by key (schema.KEYS), `radars` and `rounds` only for a system."""

    kind: Kind
    id: str
    figures: Mapping[str, Figure]
    radars: tuple[RadarUse, ...] = ()
    rounds: Mapping[str, Figure] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.figures["name"].value)

    def figure(self, key: str) -> Figure:
        """The figure of a key; CatalogueError where the entry has none."""
        if key not in self.figures:
            known = KEYS[self.kind]
            hint = f"{key} is optional and was left out" if key in known else nearest(key, known)
            raise CatalogueError(f'{SINGULAR[self.kind]} "{self.id}" has no {key}', hint=hint)
        return self.figures[key]

    def value(self, key: str) -> Value:
        """The value of a key; CatalogueError where the entry has none."""
        return self.figure(key).value

    def get(self, key: str, default: Value | None = None) -> Value | None:
        """The value of a key, or `default` where the entry has none."""
        return self.figures[key].value if key in self.figures else default

    def number(self, key: str, default: float | None = None) -> float:
        """The value of a numeric key as float, or `default`; CatalogueError where there is none or it is a word."""
        value = self.value(key) if default is None else self.get(key, default)
        if value is None or isinstance(value, str | bool):
            raise CatalogueError(f'{key} of {SINGULAR[self.kind]} "{self.id}" is {value!r}, which is not a number')
        return float(value)

    def override(self, changes: Mapping[str, object], where: str) -> "Entry":
        """A copy with some figures replaced by the user's own: a bare value, or a table { value, low, high, note }.

        A system's `rounds` = { INTERCEPTOR = number } replaces those rounds. `where` is the place in the scenario, for errors.
        """
        if not isinstance(changes, Mapping):
            raise CatalogueError(f"{where} is {changes!r}, but must be a table of keys of a {SINGULAR[self.kind]}")
        plain = {key: raw for key, raw in changes.items() if not (self.kind == "systems" and key == "rounds")}
        figures = {key: _as_user(figure) for key, figure in read_figures(self.kind, plain, where, sources=(), user=True).items()}
        rounds = _read_rounds(changes.get("rounds", {}), f"{where}.rounds", (), user=True) if self.kind == "systems" else {}
        changed = replace(self, figures={**self.figures, **figures}, rounds={**self.rounds, **rounds})
        check_relations(changed, where)
        return changed

    def to_table(self) -> dict[str, object]:
        """The entry as a catalogue file holds it; parse_entry reads it back identically."""
        table: dict[str, object] = {key: figure.to_table() for key, figure in self.figures.items()}
        if self.aliases:
            table["aliases"] = list(self.aliases)
        if self.radars:
            table["radars"] = [{"radar": use.radar, "role": use.role} for use in self.radars]
        if self.rounds:
            table["rounds"] = {interceptor: figure.to_table() for interceptor, figure in self.rounds.items()}
        return table


def parse_entry(kind: Kind, id: str, table: object, where: str, *, sources: Collection[str] = (), user: bool = False) -> Entry:
    """Read and check one entry; `sources` are the ids that figures may cite besides "assumed", `user` allows bare numbers.

    Raises CatalogueError that names the place (`where` and the key), what was given and what is allowed.
    """
    if not isinstance(id, str) or not IDENTIFIER.fullmatch(id):
        raise CatalogueError(f'{where}: the id "{id}" must be small letters and digits, parted by single hyphens')
    if not isinstance(table, Mapping):
        raise CatalogueError(f"{where} is {table!r}, but must be a table of keys of a {SINGULAR[kind]}")
    extra = {"aliases"} | ({"radars", "rounds"} if kind == "systems" else set())
    figures = read_figures(kind, {k: raw for k, raw in table.items() if k not in extra}, where, sources=sources, user=user)
    missing = [name for name, key in KEYS[kind].items() if getattr(key, "required", False) and name not in figures]
    if missing:
        raise CatalogueError(f"{where} lacks {', '.join(missing)}")
    entry = Entry(kind, id, figures, aliases=_read_aliases(table.get("aliases", []), f"{where}.aliases"))
    if kind == "systems":
        radars = _read_radars(table.get("radars"), f"{where}.radars")
        entry = replace(entry, radars=radars, rounds=_read_rounds(table.get("rounds"), f"{where}.rounds", sources, user=user))
    check_relations(entry, where)
    return entry


def read_figures(kind: Kind, table: Mapping[str, object], where: str, *, sources: Collection[str], user: bool) -> dict[str, Figure]:
    """Read and check figures by key; unknown keys are an error with the nearest known one as hint."""
    known: dict[str, Key] = KEYS[kind]
    figures = {}
    for name, raw in table.items():
        if name not in known:
            raise CatalogueError(
                f"{where}.{name} is not a key of a {SINGULAR[kind]}; allowed are {', '.join(known)}", hint=nearest(str(name), known)
            )
        figures[name] = read_figure(known[name], raw, f"{where}.{name}", sources=sources, user=user)
    return figures


def check_relations(entry: Entry, where: str) -> None:
    """Check the figures of an entry against each other."""
    match entry.kind:
        case "radars":
            _check_radar(entry, where)
        case "receivers":
            _check_receiver(entry, where)
        case "interceptors":
            _check_interceptor(entry, where)
        case "systems":
            _check_system(entry, where)
        case "targets":
            _check_target(entry, where)


def _as_user(figure: Figure) -> Figure:
    """A bare word in an override is the user's choice, not a label."""
    return figure if figure.sources else replace(figure, sources=(SCENARIO,), grade="U")


def _check_order(entry: Entry, where: str, lower: str, upper: str, *, equal: bool = False, factor: float = 1.0) -> None:
    """The figure `lower` must lie below `factor` times the figure `upper`, where both are given."""
    if lower in entry.figures and upper in entry.figures:
        small, large = entry.number(lower), entry.number(upper)
        if not (small <= factor * large if equal else small < factor * large):
            raise CatalogueError(f"{where}.{lower} is {small:g}, but must be {'at most' if equal else 'below'} {upper}, which is {large:g}")


def _check_radar(entry: Entry, where: str) -> None:
    _check_order(entry, where, "elevation_min_deg", "elevation_max_deg")
    _check_order(entry, where, "range_min_km", "range_max_km")
    for key in ("prf_second_hz", "canceller_order"):
        if key in entry.figures and "prf_hz" not in entry.figures:
            told = f"{where}.{key} is {entry.number(key):g}, but must be left out where there is no prf_hz"
            raise CatalogueError(told, hint="add prf_hz")
    no_reference = [key for key in REFERENCE_KEYS if key not in entry.figures]
    no_power = [key for key in POWER_KEYS if key not in entry.figures]
    if len(no_reference) < len(REFERENCE_KEYS) and len(no_power) < len(POWER_KEYS):
        raise CatalogueError(
            f"{where} has both a reference range and a power budget, but a radar has only one of them",
            hint=f"keep either {', '.join(REFERENCE_KEYS)} or {', '.join(POWER_KEYS)}; a radar with other keys is a new entry",
        )
    if no_reference and no_power:
        lacking = no_power if len(no_power) < len(POWER_KEYS) else no_reference
        raise CatalogueError(
            f"{where} lacks {', '.join(lacking)}",
            hint=f"a radar needs either {', '.join(REFERENCE_KEYS)} or {', '.join(POWER_KEYS)}",
        )


def _check_receiver(entry: Entry, where: str) -> None:
    _check_order(entry, where, "elevation_min_deg", "elevation_max_deg")
    _check_order(entry, where, "range_min_km", "range_max_km")
    _check_order(entry, where, "frequency_min_ghz", "frequency_max_ghz", equal=True)
    asks = entry.value("type") == "secondary"
    if asks and "interrogation_eirp_dbw" not in entry.figures:
        raise CatalogueError(f"{where} lacks interrogation_eirp_dbw", hint="a secondary radar asks before it hears")
    if not asks and "interrogation_eirp_dbw" in entry.figures:
        told = f"{where}.interrogation_eirp_dbw is {entry.number('interrogation_eirp_dbw'):g}, but must be left out"
        raise CatalogueError(f"{told} where type is not secondary")


def _check_interceptor(entry: Entry, where: str) -> None:
    _check_order(entry, where, "range_min_km", "range_max_km")
    _check_order(entry, where, "range_min_km", "range_max_ballistic_km")
    _check_order(entry, where, "speed_end_mps", "speed_max_mps", equal=True)
    _check_order(entry, where, "altitude_min_m", "altitude_max_km", factor=1000.0)
    boost_km, range_km = entry.number("speed_max_mps") * entry.number("boost_time_s") / 2000.0, entry.number("range_max_km")
    if boost_km >= range_km:
        raise CatalogueError(
            f"{where}.boost_time_s makes the boost {boost_km:g} km long, but it must end before range_max_km, {range_km:g}"
        )


def _check_target(entry: Entry, where: str) -> None:
    _check_order(entry, where, "speed_cruise_mps", "speed_max_mps", equal=True)
    _check_order(entry, where, "altitude_cruise_m", "ceiling_m", equal=True)
    own = f"rcs_{str(entry.value('rcs_band')).lower()}_band_factor"
    if ("radar_frequency_ghz" in entry.figures) != ("radar_eirp_dbw" in entry.figures):
        lacking = "radar_eirp_dbw" if "radar_frequency_ghz" in entry.figures else "radar_frequency_ghz"
        raise CatalogueError(f"{where} lacks {lacking}", hint="a radar has both a frequency and a power")
    if own in entry.figures and entry.number(own) != 1.0:
        raise CatalogueError(f"{where}.{own} is {entry.number(own):g}, but must be 1 or left out, for rcs_band is that band")


def _check_system(entry: Entry, where: str) -> None:
    if not any(use.role == "engagement" for use in entry.radars):
        raise CatalogueError(f'{where}.radars has no radar with role "engagement", but a system needs one')
    if not any(figure.value for figure in entry.rounds.values()):
        raise CatalogueError(f"{where}.rounds has no rounds, but must have some")


def _read_aliases(raw: object, where: str) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(word, str) and IDENTIFIER.fullmatch(word) for word in raw):
        raise CatalogueError(f"{where} is {raw!r}, but must be a list of ids (small letters and digits, parted by single hyphens)")
    return tuple(raw)


def _read_radars(raw: object, where: str) -> tuple[RadarUse, ...]:
    if not isinstance(raw, list) or not raw:
        raise CatalogueError(f'{where} is {raw!r}, but must be a list such as [{{ radar = "92n6e", role = "engagement" }}]')
    uses = []
    for number, use in enumerate(raw):
        place = f"{where}[{number}]"
        if not isinstance(use, Mapping) or set(use) != {"radar", "role"} or not isinstance(use["radar"], str):
            raise CatalogueError(f"{place} is {use!r}, but must be a table with radar and role")
        if use["role"] not in RADAR_ROLES:
            raise CatalogueError(f"{place}.role is {use['role']!r}, but must be one of {', '.join(RADAR_ROLES)}")
        uses.append(RadarUse(use["radar"], use["role"]))
    return tuple(uses)


def _read_rounds(raw: object, where: str, sources: Collection[str], *, user: bool) -> dict[str, Figure]:
    if not isinstance(raw, Mapping):
        raise CatalogueError(f"{where} is {raw!r}, but must be a table of interceptors and their numbers")
    return {name: read_figure(ROUNDS, figure, f"{where}.{name}", sources=sources, user=user) for name, figure in raw.items()}
