"""A TOML file or text into a Scenario; every mistake becomes a ScenarioError."""

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dowding.errors import ScenarioError
from dowding.scenario import overrides as dotted_keys
from dowding.scenario.checks import check
from dowding.scenario.faults import Fault, dotted, error, listed, nearest, quoted
from dowding.scenario.schema import Scenario
from dowding.scenario.translate import faults

_BYTES_MAX = 50_000_000
_EXAMPLE = 'start from a shipped scenario, for example the file of "two-minutes"'


def shipped() -> tuple[str, ...]:
    """Names of the scenarios that come with the package."""
    folder = resources.files("dowding") / "scenarios"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def load(source: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a file, or of a shipped name such as "ankara".

    `overrides` are dotted keys, such as {"fire_unit[0].override.reaction_time_s": 12}, set before the scenario is checked.
    Raises ScenarioError for a file that cannot be read and for every mistake in it.
    """
    path = Path(source)
    if isinstance(source, str) and re.fullmatch(r"[A-Za-z0-9_-]+", source) and source in shipped():
        text = (resources.files("dowding") / "scenarios" / f"{source}.toml").read_text("utf-8")
        return read(text, f"{source}.toml", overrides)
    return read(_text(path, str(source)), path.name, overrides)


def read(text: str, where: str = "scenario", overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a TOML text; `where` is what messages call it, `overrides` as for load."""
    tables = _tables(text, where)
    if overrides:
        tables = dotted_keys.apply(tables, overrides, where)
    return from_tables(tables, where)


def from_tables(tables: Mapping[str, Any], where: str = "scenario") -> Scenario:
    """The scenario of nested tables, as tomllib gives them."""
    huge = _huge(tables, ())
    if huge:
        raise error(where, [huge])
    try:
        scenario = Scenario.model_validate(dict(tables), context={"where": where})
    except ValidationError as failure:
        raise error(where, faults(failure)) from None
    found = check(scenario)
    if found:
        raise error(where, found)
    return scenario


def _text(path: Path, given: str) -> str:
    """The text of a file; ScenarioError says why there is none."""
    try:
        if path.is_dir():
            raise ScenarioError(f"{given}: got a directory, must be a scenario file", hint="name the .toml file in it")
        if path.stat().st_size > _BYTES_MAX:
            raise ScenarioError(f"{given}: got {path.stat().st_size} bytes, must be at most {_BYTES_MAX}")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise ScenarioError(
            f"{given}: got a byte that is not UTF-8 at offset {failure.start}, must be UTF-8 text", hint="save the file as UTF-8"
        ) from None
    except (FileNotFoundError, NotADirectoryError):
        raise ScenarioError(
            f"{quoted(given)}: got no such file, must be a .toml file or a shipped scenario: {listed(shipped())}",
            hint=nearest(path.stem, shipped()),
        ) from None
    except (OSError, ValueError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
        raise ScenarioError(f"{quoted(given)}: got a file that cannot be read ({reason}), must be a readable .toml file") from None


def _tables(text: str, where: str) -> dict[str, Any]:
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ScenarioError(f"{where}: got brackets nested too deeply, must be plain TOML") from None
    except ValueError as failure:
        raise _syntax(str(failure), text, where) from None
    if not tables:
        raise ScenarioError(f"{where}: got an empty file, must hold at least duration_s and [theatre]", hint=_EXAMPLE)
    return tables


def _syntax(message: str, text: str, where: str) -> ScenarioError:
    """The TOML reader's complaint, with the line it is about."""
    match = re.search(r" \(at (?:line (\d+), column (\d+)|(end of document))\)$", message)
    reason = (message[: match.start()] if match else message).rstrip(".")
    if match and match[1]:
        line = text.split("\n")[int(match[1]) - 1 :][:1]
        given = f", got {quoted(line[0].strip())}" if line and line[0].strip() else ""
        return ScenarioError(
            f"{where}: line {match[1]}, column {match[2]}{given}, must be TOML: {reason[:1].lower()}{reason[1:]}", hint=_slip(line)
        )
    given = "a text that ends in the middle" if match else "a value that cannot be read"
    return ScenarioError(f"{where}: got {given}, must be TOML: {reason[:1].lower()}{reason[1:200]}")


def _slip(line: list[str]) -> str:
    """A hint for what people write instead of TOML."""
    value = line[0].partition("=")[2].strip() if line else ""
    if re.match(r"(True|False|None|yes|no)\b", value):
        return "write true or false in small letters"
    if re.match(r"[A-Za-z_]", value) and not value.startswith(("true", "false", "inf", "nan")):
        return "put text in double quotes"
    if re.match(r"[-+]?\d+,\d", value):
        return "write a decimal point, not a comma"
    return ""


def _huge(value: Any, path: tuple[str | int, ...]) -> Fault | None:
    """A whole number beyond 64 bits, which TOML does not allow and Python reads nevertheless."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return Fault(dotted(path), "got a whole number of more than 64 bits, must be between -2^63 and 2^63 - 1")
    steps = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    return next((fault for key, each in steps if (fault := _huge(each, (*path, key)))), None)
