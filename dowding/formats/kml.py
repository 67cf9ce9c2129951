"""KML 2.3 (OGC 12-007r2): polygons at an altitude in named folders, as text. Marked as simulation, which is what they are."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from numpy.typing import NDArray

NAMESPACE = "http://www.opengis.net/kml/2.2"  # of 2.3 too (OGC 12-007r2, 6.2)


class Placemark(NamedTuple):
    """A named area at one altitude."""

    name: str
    description: str
    colour: str  # "#rrggbb"
    altitude_m: float  # above the ellipsoid, or above the ground
    polygons: Sequence[Sequence[NDArray[Any]]]  # rings (point, 2) of longitude and latitude, degrees: the outer one, then holes
    above_ground: bool = False
    shown: bool = True  # from the start; else when the reader ticks it


def _colour(colour: str, opacity: str) -> str:
    """KML's order: opacity, blue, green, red."""
    return f"{opacity}{colour[5:7]}{colour[3:5]}{colour[1:3]}"


def _ring(ring: NDArray[Any], altitude: float) -> str:
    places = " ".join(f"{lon:.6f},{lat:.6f},{altitude:g}" for lon, lat in ring[:, :2])
    return f"<LinearRing><coordinates>{places}</coordinates></LinearRing>"


def _polygon(rings: Sequence[NDArray[Any]], altitude: float, mode: str) -> str:
    holes = "".join(f"<innerBoundaryIs>{_ring(ring, altitude)}</innerBoundaryIs>" for ring in rings[1:])
    outer = f"<outerBoundaryIs>{_ring(rings[0], altitude)}</outerBoundaryIs>"
    return f"<Polygon><altitudeMode>{mode}</altitudeMode>{outer}{holes}</Polygon>"


def _placemark(mark: Placemark) -> str:
    look = f"<LineStyle><color>{_colour(mark.colour, 'ff')}</color><width>1.5</width></LineStyle>"
    look += f"<PolyStyle><color>{_colour(mark.colour, '40')}</color></PolyStyle>"
    mode = "relativeToGround" if mark.above_ground else "absolute"
    shapes = "".join(_polygon(rings, mark.altitude_m, mode) for rings in mark.polygons)
    hidden = "" if mark.shown else "<visibility>0</visibility>"
    words = f"<name>{escape(mark.name)}</name>{hidden}<description>{escape(mark.description)}</description>"
    return f"<Placemark>{words}<Style>{look}</Style><MultiGeometry>{shapes}</MultiGeometry></Placemark>"


def document(title: str, folders: Sequence[tuple[str, Sequence[Placemark]]]) -> str:
    """A KML document; placemarks without polygons are left out.

    KML counts absolute altitudes from the geoid and we from the ellipsoid: up to 100 m apart, little beside the size of a zone.
    """
    parts = []
    for name, marks in folders:
        shown = "".join(_placemark(mark) + "\n" for mark in marks if mark.polygons)
        parts.append(f"<Folder><name>{escape(name)}</name>\n{shown}</Folder>\n")
    head = f"<name>{escape(title)} (simulation)</name>\n"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="{NAMESPACE}"><Document>{head}{"".join(parts)}</Document></kml>\n'
