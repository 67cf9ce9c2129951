"""TOML files that people write: found by bundled name or path, and read into tables; every mistake is one sentence."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from dowding.errors import ScenarioError
from dowding.scenario.faults import Fault, dotted, listed, nearest, quoted

_BYTES_MAX = 50_000_000


@dataclass(frozen=True)
class FileKind:
    """A kind of file: what a person calls it, the package's folder of bundled ones, what the least one holds, and a hint."""

    name: str
    folder: str
    least: str
    example: str

    def shipped(self) -> tuple[str, ...]:
        """Names of those that come with the package."""
        folder = resources.files("dowding") / self.folder
        return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))

    def text(self, source: str | Path) -> tuple[str, str]:
        """The text of a file, or of a bundled name, and what messages call it. Raises ScenarioError."""
        path = Path(source)
        if isinstance(source, str) and re.fullmatch(r"[A-Za-z0-9_-]+", source) and source in self.shipped():
            return (resources.files("dowding") / self.folder / f"{source}.toml").read_text("utf-8"), f"{source}.toml"
        return _text(self, path, str(source)), path.name

    def tables(self, text: str, where: str) -> dict[str, Any]:
        """The tables of a TOML text. Raises ScenarioError."""
        return _tables(self, text, where)


def _text(kind: FileKind, path: Path, given: str) -> str:
    """The text of a file; ScenarioError says why there is none."""
    try:
        if path.is_dir():
            raise ScenarioError(f"{given}: got a directory, must be a {kind.name} file", hint="name the .toml file in it")
        if path.stat().st_size > _BYTES_MAX:
            raise ScenarioError(f"{given}: got {path.stat().st_size} bytes, must be at most {_BYTES_MAX}")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise ScenarioError(
            f"{given}: got a byte that is not UTF-8 at offset {failure.start}, must be UTF-8 text", hint="save the file as UTF-8"
        ) from None
    except (FileNotFoundError, NotADirectoryError):
        raise ScenarioError(
            f"{quoted(given)}: got no such file, must be a .toml file or a shipped {kind.name}: {listed(kind.shipped())}",
            hint=nearest(path.stem, kind.shipped()),
        ) from None
    except (OSError, ValueError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
        raise ScenarioError(f"{quoted(given)}: got a file that cannot be read ({reason}), must be a readable .toml file") from None


def _tables(kind: FileKind, text: str, where: str) -> dict[str, Any]:
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ScenarioError(f"{where}: got brackets nested too deeply, must be plain TOML") from None
    except ValueError as failure:
        raise _syntax(str(failure), text, where) from None
    if not tables:
        raise ScenarioError(f"{where}: got an empty file, must hold at least {kind.least}", hint=kind.example)
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


def huge(value: Any, path: tuple[str | int, ...]) -> Fault | None:
    """A whole number beyond 64 bits, which TOML does not allow and Python reads nevertheless."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return Fault(dotted(path), "got a whole number of more than 64 bits, must be between -2^63 and 2^63 - 1")
    steps = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    return next((fault for key, each in steps if (fault := huge(each, (*path, key)))), None)
