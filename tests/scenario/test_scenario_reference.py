"""The schema for editors takes what the reader takes, and the reference page is up to date."""

import datetime
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dowding.catalogue.schema import KEYS, TARGET_CLASSES
from dowding.engine.magazines import CLASSES
from dowding.scenario import doctrines, json_schema, schema
from dowding.scenario.reference import reference

HOUSE = Path(__file__).parents[2]
GOOD = sorted([*(HOUSE / "dowding" / "scenarios").glob("*.toml"), *(HOUSE / "tests" / "valid").glob("*.toml")])


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def checker() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    return jsonschema.Draft202012Validator(json_schema(), format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("path", GOOD, ids=[path.stem for path in GOOD])
def test_schema_takes_good_files(path: Path) -> None:
    checker().validate(as_json(tomllib.loads(path.read_text())))


@pytest.mark.parametrize(
    "fault", ["key-unknown", "latitude-beyond-the-pole", "duration-missing", "count-zero", "side-unknown", "salvo-of-an-unknown-class"]
)
def test_schema_refuses_bad_files(fault: str) -> None:
    tables = as_json(tomllib.loads((HOUSE / "tests" / "invalid" / f"{fault}.toml").read_text()))
    assert list(checker().iter_errors(tables))


def test_every_key_has_a_meaning() -> None:
    parts = [part for part in vars(schema).values() if isinstance(part, type) and issubclass(part, schema.Part)]
    assert len(parts) > 12
    for part in parts:
        assert part.__doc__
        for name, field in part.model_fields.items():
            assert field.description, f"{part.__name__}.{name}"


def test_classes_and_kinds_are_the_catalogues() -> None:
    assert tuple(doctrines.Salvo.model_fields) == TARGET_CLASSES
    assert tuple(doctrines.Reserve.model_fields) == TARGET_CLASSES
    assert len(TARGET_CLASSES) == CLASSES
    assert set(schema.CatalogueTables.model_fields) == {"complete", "sources", *KEYS}


def test_page_is_up_to_date() -> None:
    page = (HOUSE / "docs" / "scenario.md").read_text()
    assert reference() in page, "run builders/scenario_reference.py"
    examples = page.split("```toml")[1:]
    assert all(tomllib.loads(example.split("```")[0]) for example in examples)


def test_reading_needs_no_numba() -> None:
    code = "import sys, dowding.scenario as s; s.resolve(s.load('ankara')); sys.exit('numba' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=HOUSE, check=False).returncode == 0
