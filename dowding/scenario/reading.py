"""A TOML file or text into a Scenario; every mistake becomes a ScenarioError."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dowding.scenario import overrides as dotted_keys
from dowding.scenario.checks import check
from dowding.scenario.faults import error
from dowding.scenario.schema import Scenario
from dowding.scenario.toml_files import FileKind, huge
from dowding.scenario.translate import faults

SCENARIOS = FileKind(
    "scenario", "scenarios", "duration_s and [theatre]", 'start from a shipped scenario, for example the file of "two-minutes"'
)


def shipped() -> tuple[str, ...]:
    """Names of the scenarios that come with the package."""
    return SCENARIOS.shipped()


def load(source: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a file, or of a shipped name such as "ankara".

    `overrides` are dotted keys, such as {"fire_unit[0].override.reaction_time_s": 12}, set before the scenario is checked.
    Raises ScenarioError for a file that cannot be read and for every mistake in it.
    """
    return read(*SCENARIOS.text(source), overrides)


def read(text: str, where: str = "scenario", overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a TOML text; `where` is what messages call it, `overrides` as for load."""
    tables = SCENARIOS.tables(text, where)
    if overrides:
        tables = dotted_keys.apply(tables, overrides, where)
    return from_tables(tables, where)


def from_tables(tables: Mapping[str, Any], where: str = "scenario") -> Scenario:
    """The scenario of nested tables, as tomllib gives them."""
    if beyond := huge(tables, ()):
        raise error(where, [beyond])
    try:
        scenario = Scenario.model_validate(dict(tables), context={"where": where})
    except ValidationError as failure:
        raise error(where, faults(failure)) from None
    found = check(scenario)
    if found:
        raise error(where, found)
    return scenario
