"""What a study's folder says of itself, and what its numbers were made with."""

import json
from pathlib import Path
from typing import Any

from dowding._version import __version__
from dowding.errors import StudyError

FORMAT = 1  # of the folder; another number cannot be read


def made_with() -> dict[str, str]:
    """What the numbers of a study were made with: other kernels, Python or libraries may give others."""
    from dowding import _jit

    return {"dowding": __version__, "kernels": _jit.source_digest()}


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a study's folder. Raises StudyError."""
    file = folder / "manifest.json"
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise StudyError(
            f"{folder}: not a study's folder, manifest.json is missing", hint="`dowding study FILE --out DIR` makes one"
        ) from None
    except (ValueError, OSError) as failure:
        raise StudyError(f"{file}: cannot be read ({failure})", hint="its parts are still good, but a new folder starts again") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        given = told.get("format") if isinstance(told, dict) else "something else"
        raise StudyError(f"{file}: got format {given}, must be {FORMAT}", hint="read it with the version of dowding that wrote it")
    return told
