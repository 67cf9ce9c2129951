"""Coverage as polygons: contours of detection probability, engagement zones, what differs; for GeoJSON and KML."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from dowding.formats.kml import Placemark
from dowding.plots.coverage_map import BLUES, COME, GONE, HALF, ZONE
from dowding.survey.contours import Polygon, polygons
from dowding.survey.coverage import Coverage
from dowding.survey.findings import COVERED, ONLY_FIRST, ONLY_SECOND, difference
from dowding.survey.levels import Level

CONTOURS = (0.1, 0.3, 0.5, 0.7, 0.9)  # detection probabilities of contours


class Shape(NamedTuple):
    """An area at one level."""

    properties: dict[str, Any]
    colour: str
    shown: bool  # in KML from the start; else ticked by the reader
    level: Level
    polygons: list[Polygon]


def shapes_of(found: Coverage, against: Coverage | None) -> list[Shape]:
    """All areas of a coverage by level, and those that only one of two covers."""
    changed = None if against is None else difference(found, against)
    shapes: list[Shape] = []
    for number, level in enumerate(found.levels):
        base = {"altitude_m": level.metres, "above": "ground" if level.above_ground else "ellipsoid"}
        base |= {"target": found.target.id, "aspect": found.aspect, "simulation": True}
        shapes += _detections(found, number, level, base)
        for row, name in enumerate(found.compiled.names.units[: len(found.kill)]):
            best = float(found.kill[row, number].max())
            about = base | {"kind": "engagement", "name": name, "kill_probability": round(max(best, 0.0), 4)}
            shapes.append(Shape(about, ZONE, True, level, polygons(found.grid, found.kill[row, number] > 0.0, 0.5)))
        if changed is None:
            continue
        for what, cells in (("detection", changed.seen[number]), ("engagement", changed.reached[number])):
            for kind, colour, one in (("only this", GONE, ONLY_FIRST), ("only against", COME, ONLY_SECOND)):
                about = base | {"kind": kind, "name": what}
                shapes.append(Shape(about, colour, what == "detection", level, polygons(found.grid, cells == one, 0.5)))
    return shapes


def _detections(found: Coverage, number: int, level: Level, base: dict[str, Any]) -> Iterator[Shape]:
    """Contours of the network's probability and of each sensor's."""
    fields = [("network", found.network[number], True)]
    if len(found.compiled.names.sensors) > 1:
        names = found.compiled.names.sensors[: len(found.sensors)]
        fields += [(name, found.sensors[row, number], False) for row, name in enumerate(names)]
    for name, field, is_network in fields:
        for least, colour in zip(CONTOURS, BLUES, strict=True):
            about = base | {"kind": "detection", "name": name, "least": least}
            shape = polygons(found.grid, field, least)
            shown = is_network and least == COVERED
            yield Shape(about, HALF if least == COVERED else colour, shown, level, shape)


def placemarks(shapes: list[Shape], found: Coverage) -> list[tuple[str, list[Placemark]]]:
    """The shapes as KML's placemarks in folders by kind."""
    folders: dict[str, list[Placemark]] = {}
    for shape in shapes:
        about = shape.properties
        least = f", at least {about['least']:g}" if "least" in about else ""
        words = f"{about['name']}{least}, {shape.level.words}"
        text = f"target {found.target.name}, {found.aspect} aspect; a simulation on openly published figures"
        level = shape.level
        mark = Placemark(words, text, shape.colour, level.metres, shape.polygons, level.above_ground, shape.shown)
        folders.setdefault(about["kind"], []).append(mark)
    return list(folders.items())
