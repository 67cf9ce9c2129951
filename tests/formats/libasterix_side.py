"""libasterix as the other side: random records of any category made by it, and its own reading of records as flat values."""

import random
from typing import Any

from asterix import base, generated

from dowding.formats.asterix.layout import Field, Item, Layout

EDITIONS = {
    1: generated.Cat_001_1_4, 2: generated.Cat_002_1_2, 21: generated.Cat_021_2_7, 34: generated.Cat_034_1_29,
    48: generated.Cat_048_1_32, 62: generated.Cat_062_1_21, 65: generated.Cat_065_1_6,
}  # fmt: skip
Path = tuple[str, ...]


def record_classes(category: int) -> dict[str, Any]:
    """The record classes of a category by the name of their order of items."""
    uap = EDITIONS[category].cv_uap
    return dict(uap.cv_uaps) if issubclass(uap, base.UapMultiple) else {"record": uap.cv_record}


def item_classes(record: Any) -> dict[str, Any]:
    return {i.cv_non_spare.cv_name: i.cv_non_spare for i in record.cv_items_list if issubclass(i, base.UapItem)}


def random_item(spec: Any, rng: random.Random, bits: str = "random") -> Any:
    """An instance of a NonSpare; bits: random, zeros or ones."""
    return spec.create(_random(spec.cv_rule.cv_variation, rng, bits))


def _number(size: int, rng: random.Random, bits: str) -> int:
    return {"random": rng.getrandbits(size), "zeros": 0, "ones": (1 << size) - 1}[bits]


def _size(variation: Any) -> int:
    if issubclass(variation, base.Element):
        return int(variation.cv_bit_size)
    return sum(size for _, size in variation.cv_items_list)


def _random(variation: Any, rng: random.Random, bits: str) -> Any:
    if issubclass(variation, (base.Element, base.Group)):
        return variation.create(_number(_size(variation), rng, bits))
    if issubclass(variation, base.Extended):
        parts = variation.cv_items_list[: rng.randint(1, len(variation.cv_items_list))]
        return variation.create([_number(sum(x[1] for x in part if x is not None), rng, bits) for part in parts])
    if issubclass(variation, base.Repetitive):
        least = 1 if variation.cv_rep_bytes is None else 0
        return variation.create([_random(variation.cv_variation, rng, bits) for _ in range(rng.randint(least, 4))])
    if issubclass(variation, base.Explicit):
        return variation.create(rng.randbytes(rng.randint(0, 20)))
    names = [item for item in variation.cv_items_list if item is not None]
    chosen = [item for item in names if rng.random() < 0.5] or [rng.choice(names)]
    return variation.create({item.cv_name: random_item(item, rng, bits) for item in chosen})


def random_record(record: Any, rng: random.Random, share: float = 0.5) -> Any:
    """A record with a random choice of items, always with its source."""
    items = {name: random_item(spec, rng) for name, spec in item_classes(record).items() if name == "010" or rng.random() < share}
    return as_variant(record, items, rng)


def as_variant(record: Any, items: dict[str, Any], rng: random.Random) -> Any:
    """A record of these items; for category 001 with the target report descriptor that says which order of items it follows."""
    wanted = {cls: k for k, cls in enumerate(record_classes(1).values())}.get(record)
    if wanted is not None:
        spec = item_classes(record)["020"]
        while True:
            descriptor = random_item(spec, rng)
            if descriptor.arg.arg.get_item("TYP").as_uint() == wanted:
                items["020"] = descriptor
                break
    return record.create(items)


def block_of(category: int, records: list[Any]) -> bytes:
    """A data block with these records."""
    body = b"".join(r.unparse().to_bytes() for r in records)
    return bytes([category]) + (len(body) + 3).to_bytes(2, "big") + body


def flat(record: Any) -> dict[Path, Any]:
    """Values by path; those of repeated items as lists of such."""
    found: dict[Path, Any] = {}
    for name, item in record.items_regular.items():
        _flatten(item.arg.arg, (name,), found, (name,))
    return found


def _flatten(variation: Any, path: Path, found: dict[Path, Any], top: Path) -> None:
    if isinstance(variation, base.Element):
        found[path] = _value(variation, found, top)
    elif isinstance(variation, base.Group):
        for item in variation.arg:
            if isinstance(item, base.Item):
                _flatten(item.arg.arg.arg, (*path, item.cv_non_spare.cv_name), found, path)
    elif isinstance(variation, base.Extended):
        for part in variation.arg:
            for item in part:
                if isinstance(item, base.Item):
                    _flatten(item.arg.arg.arg, (*path, item.cv_non_spare.cv_name), found, path)
    elif isinstance(variation, base.Repetitive):
        rows = []
        for element in variation.arg:
            row: dict[Path, Any] = {}
            _flatten(element, (), row, ())
            rows.append(row)
        found[path] = rows
    elif isinstance(variation, base.Compound):
        for name, item in variation.arg.items():
            _flatten(item.arg.arg, (*path, name), found, (*path, name))


def _value(element: Any, found: dict[Path, Any], top: Path) -> Any:
    rule = element._get_rule() if not issubclass(element.cv_rule, base.RuleContentDependent) else None
    if rule is None:
        contents = {tuple(k): v for k, v in element.cv_rule.cv_cases}
        content = contents[(found[(*top, "IM")],)](element.bs)
        return ("IM", found[(*top, "IM")], _content(content))
    return _content(rule._get_content())


def _content(content: Any) -> Any:
    if isinstance(content, base.ContentString):
        return content.as_string()
    if isinstance(content, base.ContentInteger):
        return content.as_integer()
    if isinstance(content, base.ContentQuantity):
        # knots instead of nautical miles a second
        return content._as_quantity() * (3600.0 if content.cv_unit == "NM/s" else 1.0)
    return content.as_uint()


def fields_by_path(layout: Layout) -> dict[Path, tuple[str, Field | None]]:
    """Where a value of libasterix stands with us: table and field; for a repeated item its table and no field."""
    found: dict[Path, tuple[str, Field | None]] = {}

    def walk(item: Item, path: Path) -> None:
        if item.shape in ("repeated", "chained"):
            found[path] = (item.parts[0].table, None)
        for inner in item.items:
            if inner is not None:
                walk(inner, (*path, inner.name))
        for part in item.parts:
            for field in part.fields:
                place = () if item.shape in ("repeated", "chained") else path
                keys = [(*place, *field.name.split("."))]
                if field.name in (item.name, "*") and len(part.fields) == 1:
                    keys.append(place)  # an element, not a group
                for key in keys:
                    found[(part.table, *key) if part.table else key] = (part.table, field)

    for item in layout.items.values():
        walk(item, (item.name,))
    return found
