"""The schema for editors (JSON Schema), and the tables of the reference page: both come from the classes of schema.py."""

from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from dowding.scenario import doctrines, identification, networks, schema
from dowding.scenario.parts import Part
from dowding.scenario.translate import allowed, is_part

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SECTIONS: tuple[tuple[str, str, type[Part]], ...] = (
    ("The scenario", "above the first table", schema.Scenario),
    ("Theatre", "`[theatre]`", schema.Theatre),
    ("Assets", "`[[asset]]`", schema.Asset),
    ("Fire units", "`[[fire_unit]]`", schema.FireUnit),
    ("Overrides of a fire unit", "`override.KEY = x` in `[[fire_unit]]`", schema.SystemOverride),
    ("Sensors", "`[[sensor]]`", schema.Sensor),
    ("Network", "`[network]`", networks.Network),
    ("Command posts", "`[[command_post]]`", networks.CommandPost),
    ("Links", "`[[link]]`", networks.Link),
    ("Outages", "`outage = [{ from_s = x, to_s = x }]` in `[[link]]`", networks.Outage),
    ("Identification", "`[identification]`", identification.Identification),
    ("Zones", "`[[zone]]`", identification.Zone),
    ("Corners", "`points = [{ lat_deg = x, lon_deg = x }, ...]` in `[[zone]]`", identification.ZonePoint),
    ("Flights", "`[[flight]]`", schema.Flight),
    ("Orbits", "`orbit = { ... }` in `[[sensor]]` and `[[flight]]`", schema.Orbit),
    ("Emitters", "`emits = [{ ... }]` in `[[flight]]`", schema.Emitter),
    ("Transponders", "`transponder = ...` in `[[flight]]`", schema.Transponder),
    ("Jammers", "`jammer = { ... }` in `[[flight]]`", schema.Jammer),
    ("Waypoints", "`{ ... }` in `route`", schema.Waypoint),
    ("Places", "`launch` and `impact`: a name, or `{ ... }`", schema.Place),
    ("Doctrines", "`[doctrine.NAME]`", doctrines.Doctrine),
    ("Salvos", "`salvo = { ... }` in `[doctrine.NAME]`; hyphens do for underscores", doctrines.Salvo),
    ("Reserves", "`reserve = { ... }` in `[doctrine.NAME]`; hyphens do for underscores", doctrines.Reserve),
    ("Tracker", "`[tracker]`", schema.Tracker),
    ("Output", "`[output]`", schema.Output),
    ("Catalogue entries of your own", "`[catalogue.KIND.ID]`", schema.CatalogueTables),
    ("Sources of your own", "`[catalogue.sources.ID]`", schema.SourceTable),
)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, with every key's meaning, for editors that complete and check TOML."""
    tables: dict[str, Any] = schema.Scenario.model_json_schema()
    definitions = tables["$defs"]
    for by_class in ("Salvo", "Reserve"):
        keys = definitions[by_class]["properties"]
        keys |= {key.replace("_", "-"): dict(value) for key, value in keys.items()}
    named = definitions.pop("Place")
    definitions["Place"] = {"description": named["description"], "anyOf": [{"type": "string"}, {**named, "description": "A position."}]}
    return {"$schema": DIALECT, "title": "Dowding scenario"} | {key: value for key, value in tables.items() if key != "title"}


def reference() -> str:
    """Every key in Markdown tables, a section for each table of a scenario file."""
    return "\n".join(line for section in _SECTIONS for line in _section(*section))


def _section(title: str, where: str, part: type[Part]) -> Iterator[str]:
    yield from (f"### {title}", "", f"{part.__doc__} Written as {where}." if part is not schema.Scenario else f"Written {where}.", "")
    yield from ("| key | allowed | default | meaning |", "|---|---|---|---|")
    for name, field in part.model_fields.items():
        yield f"| `{name}` | {_cell(allowed(field.annotation, field))} | {_default(field)} | {_cell(field.description or '')} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, ""):
        return ""
    if is_part(type(value)):
        return "its defaults"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.6g}" if isinstance(value, float) else f"{value:%Y-%m-%dT%H:%M:%SZ}" if hasattr(value, "year") else str(value)
