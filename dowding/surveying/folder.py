"""A folder of coverage: made, checked before anything is computed, and cleared of what an earlier survey left in it."""

import json
from pathlib import Path
from typing import Any

from dowding._version import __version__
from dowding.errors import CoverageError
from dowding.formats import netcdf
from dowding.formats.geojson import feature_collection
from dowding.formats.kml import document
from dowding.plots.borders import lines_in_box
from dowding.survey.areas import Line
from dowding.survey.coverage import Coverage
from dowding.survey.findings import difference
from dowding.survey.summary import changes_of, summary_of
from dowding.survey.variables import attributes_of, difference_variables, variables_of
from dowding.surveying.pictures import Names, draw
from dowding.surveying.shapes import placemarks, shapes_of

SUMMARY = "summary.json"
MARK = "covered_probability"  # a key that only a summary of coverage has


def ready_folder(folder: Path) -> Path:
    """The folder, made if absent; CoverageError if it cannot be written, or holds something that no survey left there."""
    try:
        if folder.exists() and not folder.is_dir():
            raise CoverageError(f"{folder}: is a file, must be a folder", hint="choose another with --out")
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not _files_left(folder):
            raise CoverageError(f"{folder}: the folder is not empty and holds no coverage", hint="choose another with --out")
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CoverageError(f"{folder}: cannot be written ({error.strerror})", hint="choose another with --out") from None
    return folder


def _files_left(folder: Path) -> list[str]:
    """Names of the files that an earlier survey says it left, plain ones only."""
    try:
        facts = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        files = facts["files"] if MARK in facts else []
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [str(name) for name in files if Path(str(name)).name == str(name)]


def lines_on(found: Coverage) -> list[Line]:
    """Land borders and coasts on a coverage's map."""
    grid = found.grid
    box = (float(v) for v in (*grid.latitude_deg[[0, -1]], *grid.longitude_deg[[0, -1]]))
    return [Line(countries, points) for countries, points in lines_in_box(*box)]


def summarise(
    found: Coverage, against: Coverage | None = None, names: tuple[str, str] = ("", ""), command: str = ""
) -> dict[str, Any]:
    """The summary of a coverage, with what it and another on the same grid cover each alone."""
    lines = lines_on(found)
    head = {"dowding": __version__, "command": command, "scenario": names[0], "title": found.compiled.resolved.title}
    facts = head | summary_of(found, lines)
    if against is not None:
        facts["against"] = {"scenario": names[1], "title": against.compiled.resolved.title} | summary_of(against, lines)
        facts["difference"] = changes_of(found, against, lines)
    return facts


def write_coverage(
    found: Coverage,
    folder: str | Path,
    against: Coverage | None = None,
    *,
    names: tuple[str, str] = ("", ""),
    cut_azimuths_deg: tuple[float, ...] = (),
    figures: bool = True,
    command: str = "",
) -> dict[str, Any]:
    """Write coverage.nc, coverage.geojson, coverage.kml, summary.json and, unless not wanted, pictures into `folder`, made if absent.

    `against` is a coverage of the same grid to compare with, and `names` are what the two are called. Vertical cuts are along
    `cut_azimuths_deg` (clockwise from north), by default each sensor's boresight. Returns the summary. CoverageError if the folder
    cannot be written, or holds something else.
    """
    folder = ready_folder(Path(folder))
    for name in _files_left(folder):
        (folder / name).unlink(missing_ok=True)
    facts = summarise(found, against, names, command)
    variables = variables_of(found)
    if against is not None:
        variables |= difference_variables(difference(found, against), against)
    stored = {name: netcdf.Variable(*variable) for name, variable in variables.items()}
    netcdf.write_netcdf(folder / "coverage.nc", stored, attributes_of(found, __version__))
    shapes = shapes_of(found, against)
    text = feature_collection([(shape.properties, shape.polygons) for shape in shapes])
    (folder / "coverage.geojson").write_text(text, encoding="utf-8")
    title = str(attributes_of(found, __version__)["title"])
    (folder / "coverage.kml").write_text(document(title, placemarks(shapes, found)), encoding="utf-8")
    files = ["coverage.nc", "coverage.geojson", "coverage.kml", SUMMARY]
    if figures:
        files += draw(found, against, Names(*names), facts, cut_azimuths_deg, folder)
    facts["files"] = sorted(files)
    (folder / SUMMARY).write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return facts
