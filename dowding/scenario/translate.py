"""Pydantic's complaints as faults in plain words, and what a field allows as a phrase."""

import types
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from dowding.scenario import places, schema
from dowding.scenario.faults import Fault, dotted, listed, nearest, quoted, shown

_RANGE_ERRORS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number", "int_parsing_size"}
_EXAMPLES: dict[Any, str] = {
    schema.Theatre: "write [theatre] and below it origin = { lat_deg = 39.9, lon_deg = 32.9 }",
    places.Position: "write origin = { lat_deg = 39.9, lon_deg = 32.9 }",
}
_WORD_LENGTHS = {"string_too_short", "string_too_long", "string_pattern_mismatch"}


def faults(failure: ValidationError, root: type[BaseModel] = schema.Scenario) -> list[Fault]:
    """Every complaint as a fault; `root` is what was being read."""
    return [_fault(complaint, root) for complaint in failure.errors(include_url=False, include_context=True)]


def _fault(complaint: ErrorDetails, root: type[BaseModel]) -> Fault:
    path, kind = tuple(complaint["loc"]), complaint["type"]
    place = dotted(path)
    if kind == "extra_forbidden":
        return _unknown_key(path, root)
    annotation, field = _at(path, root)
    if kind == "missing":
        return Fault(place, f"got nothing, must be {allowed(annotation, field)}", _EXAMPLES.get(bare(annotation), ""), "shape")
    value = complaint["input"]
    if kind in _RANGE_ERRORS and field is not None:
        return Fault(place, f"got {shown(value)}, must be {span(field) or allowed(annotation, field)}")
    if kind == "value_error":
        return Fault(place, f"got {shown(value)}, {complaint['ctx']['error']}")
    hint = _brackets(path, value, annotation)
    if kind == "literal_error" and isinstance(value, str):
        hint = nearest(value, get_args(bare(annotation)))
    rank = "shape" if hint and kind != "literal_error" else "value"
    if kind in _WORD_LENGTHS and len(str(value)) > 60:
        return Fault(place, f"got {len(value)} characters, must be {allowed(annotation, field)}")
    return Fault(place, f"got {shown(value)}, must be {allowed(annotation, field)}", hint, rank)


def _unknown_key(path: tuple[str | int, ...], root: type[BaseModel]) -> Fault:
    key = str(path[-1])
    owner, _ = _at(path[:-1], root)
    fields = list(bare(owner).model_fields) if is_part(bare(owner)) else []
    hint = nearest(key, fields)
    if len(path) > 1 and key in root.model_fields:
        hint = f"a key of the whole {root.__name__.lower()}, such as {quoted(key)}, stands above the first [table]"
    if not hint:
        hint = next((f"did you mean {quoted(field)}?" for field in fields if field.startswith(key[:3].lower())), "")
    return Fault(dotted(path), f"got the unknown key {quoted(key)}, must be one of {', '.join(fields)}", hint, "unknown")


def _brackets(path: tuple[str | int, ...], value: Any, annotation: Any) -> str:
    """A hint for the usual slip with TOML's brackets."""
    if len(path) != 1:
        return _EXAMPLES.get(bare(annotation), "")
    many = get_origin(bare(annotation)) is tuple
    if many and isinstance(value, dict):
        return f"write [[{path[0]}]] with double brackets"
    if not many and isinstance(value, list):
        return f"write [{path[0]}] with single brackets"
    return ""


def is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def bare(annotation: Any) -> Any:
    """The type itself, without None and without Annotated."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            annotation = next(each for each in get_args(annotation) if each is not type(None))
        else:
            return annotation


def _at(path: tuple[str | int, ...], root: type[BaseModel]) -> tuple[Any, FieldInfo | None]:
    """The type and field that a place has in the schema of `root`."""
    annotation: Any = root
    field: FieldInfo | None = None
    for step in path:
        kind = bare(annotation)
        if is_part(kind) and step in kind.model_fields:
            field = kind.model_fields[str(step)]
            annotation = field.annotation
        elif get_origin(kind) in (tuple, dict):
            annotation = get_args(kind)[0 if get_origin(kind) is tuple else 1]
            metadata = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
            field = next((each for each in metadata if isinstance(each, FieldInfo)), None)
        else:
            return schema.Value, None
    return annotation, field


def _limits(field: FieldInfo) -> Iterator[Any]:
    """The limits of a field, wherever pydantic keeps them."""
    pending = list(field.metadata)
    if get_origin(field.annotation) is Annotated:
        pending += get_args(field.annotation)[1:]
    for each in pending:
        if isinstance(each, FieldInfo):
            yield from _limits(each)
        else:
            yield each


def span(field: FieldInfo) -> str:
    """The range of a number: `between -90 and 90`; empty without one."""
    lower = upper = ""
    exclusive = False
    for limit in _limits(field):
        if isinstance(limit, annotated_types.Ge):
            lower = _figure(limit.ge)
        elif isinstance(limit, annotated_types.Gt):
            lower, exclusive = _figure(limit.gt), True
        elif isinstance(limit, annotated_types.Le):
            upper = f"at most {_figure(limit.le)}"
        elif isinstance(limit, annotated_types.Lt):
            upper, exclusive = f"below {_figure(limit.lt)}", True
    if not lower or not upper:
        return ""
    if not exclusive:
        return f"between {lower} and {upper.removeprefix('at most ')}"
    above = any(isinstance(limit, annotated_types.Gt) for limit in _limits(field))
    return f"{'above' if above else 'at least'} {lower} and {upper}"


def _figure(limit: Any) -> str:
    if limit == 2**63 - 1:
        return "2^63 - 1"
    return f"{limit:.10g}" if isinstance(limit, float) else str(limit)


def allowed(annotation: Any, field: FieldInfo | None) -> str:
    """What a field takes, as a phrase: `a number between -90 and 90`."""
    if annotation is schema.Value:
        return "a number, a word, or true or false"
    kind = bare(annotation)
    if get_origin(kind) is Literal:
        return f"one of {listed(get_args(kind))}"
    if get_origin(kind) is tuple:
        return "a list of words" if get_args(kind)[0] is str else "a list of tables"
    if get_origin(kind) is dict or is_part(kind):
        return "a name or a table" if kind is places.Place else "a table"
    if kind in (int, float):
        noun = "a whole number" if kind is int else "a number"
        return f"{noun} {span(field)}".rstrip() if field else noun
    return {bool: "true or false", str: _text(field), datetime: "a date and time, such as 2026-06-01T06:00:00Z"}.get(kind, "a value")


def _text(field: FieldInfo | None) -> str:
    limits = list(_limits(field)) if field else []
    longest = next((limit.max_length for limit in limits if isinstance(limit, annotated_types.MaxLen)), None)
    shortest = next((limit.min_length for limit in limits if isinstance(limit, annotated_types.MinLen)), None)
    size = f" of {f'{shortest} to' if shortest else 'at most'} {longest} characters" if longest else ""
    return f"text{size}" + (" in one line" if any(getattr(limit, "pattern", None) for limit in limits) else "")
