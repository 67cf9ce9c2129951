"""The map: where the targets flew, how far the sensors see, what was tracked, and where interceptors met them."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dowding.analysis.theatre import Theatre, theatre_of
from dowding.plots import style
from dowding.plots.borders import lines_in_view
from dowding.plots.directions import draw_directions
from dowding.plots.labels import Box, View, at_altitude, best_spot, flight_labels, ring_label, write_name
from dowding.plots.rings import Ring, centre_of, claimed_rings, claimed_words, coverage_rings, usual_entry
from dowding.plots.style import Floats
from dowding.tables import Columns, Tables

SIZE = (10.6, 8.27)
MARGINS = (0.75, 0.60, 2.75, 0.97)
RINGS = ("#08306b", "#2f79b5", "#7fb3d8")


def map_figure(
    tables: Tables,
    summary: Mapping[str, Any] | None = None,
    *,
    scenario: str = "",
    entry: str = "",
    altitudes_m: Sequence[float] = (100.0, 3000.0, 10000.0),
) -> Figure:
    """The map of a run, east and north about the theatre's origin in km.

    The rings are those of target `entry` (by default the one most flown, an aircraft if any flew) at the tabulated altitudes nearest to
    `altitudes_m`. Names and places of units and assets, and the claimed range, come from the summary.
    """
    facts = tables.summary if summary is None else summary
    with matplotlib.rc_context(style.STYLE):
        return _draw(tables, facts, scenario, entry, altitudes_m)


def _draw(tables: Tables, facts: Mapping[str, Any], scenario: str, entry: str, altitudes_m: Sequence[float]) -> Figure:
    theatre = theatre_of(tables)
    targets = tables["targets"]
    entry = entry or usual_entry(targets, tables["coverage"])
    rings = coverage_rings(tables, entry, altitudes_m)
    claimed = claimed_rings(tables["sensors"], facts)
    view = _view(tables, rings, claimed)
    figure, axes = style.frame(*SIZE, MARGINS, "Where they flew, what was seen, and where it ended", _subtitle(targets), scenario)
    if theatre is not None:
        draw_ground(axes, theatre, view)
    directions = draw_directions(axes, tables, view)
    numbers, flown = _truth_paths(axes, tables["truth"], targets)
    followed, held = _track_paths(axes, tables["tracks"])
    _shots(axes, tables["shots"])
    taken = _places(axes, theatre, tables, facts, view, [*flown, *held]) if theatre is not None else []
    for ring, words in claimed_words(claimed, facts):
        axes.plot(*ring.line.T, color=style.INK, lw=1.0, ls=(0, (6, 3)), zorder=3)
        ring_label(axes, ring, words, style.INK, view, flown, taken)
    shown = _rings(axes, rings, view, [*flown, *[ring.line for ring in claimed]], taken)
    flight_labels(axes, targets, numbers, flown, view, taken)
    set_window(axes, view)
    style.legend(axes, _legend(tables, entry, shown, followed, directions))
    return figure


def _rings(
    axes: Any, rings: Mapping[float, Sequence[Ring]], view: View, busy: Sequence[Floats], taken: list[Box]
) -> list[tuple[str, float]]:
    """Coverage rings, darker the higher; the largest of each altitude is named. Returns colour and altitude of those in view."""
    shown = []
    for colour, (altitude, around) in zip(RINGS, rings.items(), strict=False):
        for ring in around:
            axes.plot(*ring.line.T, color=colour, lw=1.0, zorder=3)
        seen = [ring for ring in around if Box(*view[:4]).holds(ring.line, 0.0)]
        if seen:
            ring_label(axes, max(seen, key=lambda r: r.radius), at_altitude(altitude), colour, view, busy, taken)
            shown.append((colour, altitude))
    return shown


def _subtitle(targets: Columns) -> str:
    flown = len(targets["fate"])
    if not flown:
        return "nothing flew"
    fate = targets["fate"].astype(str)
    parts = [
        f"{(fate == name).sum():,} {words}"
        for name, words in (("killed", "killed"), ("leaked", "leaked"), ("survived", "flew their route"))
    ]
    parts.append(f"{(fate == 'flying').sum():,} still flying at the end")
    return f"{flown:,} flown: " + ", ".join(p for p in parts if not p.startswith("0 "))


def _view(tables: Tables, rings: Mapping[float, Sequence[Ring]], claimed: Sequence[Ring]) -> View:
    """What flew and where sensors stand, with the claimed ring if what flew comes within reach of its size; as wide as the paper allows."""
    points = [np.column_stack([tables[t]["east_m"], tables[t]["north_m"]]) / 1000 for t in ("truth", "sensors")]
    spread = np.concatenate(points)
    spread = spread[np.isfinite(spread).all(axis=1)]
    if not len(spread):
        spread = np.array([[-100.0, -100.0], [100.0, 100.0]])
    largest = np.abs(spread - spread.mean(axis=0)).max()
    nothing_flew = not len(tables["truth"]["east_m"])
    around = [r for group in rings.values() for r in group]
    extra = [r.line for r in claimed if largest > 0.4 * r.radius or nothing_flew] + [
        r.line for r in around if r.radius < 1.5 * largest or nothing_flew
    ]
    spread = np.concatenate([spread, *extra])
    return window_around(spread)


def window_around(points: Floats) -> View:
    """The view that holds points (n, 2) km, as wide as the paper allows."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2 * 1.04, 10.0)
    paper = np.array([SIZE[0] - MARGINS[0] - MARGINS[2], SIZE[1] - MARGINS[1] - MARGINS[3]])
    half = paper * (half / paper).max()
    return View(middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1], 2 * half[0] / (72 * paper[0]))


def draw_ground(axes: Any, theatre: Theatre, view: View) -> None:
    """Coasts and borders in view."""
    coasts, borders = lines_in_view(theatre, *(1000 * v for v in view[:4]))
    for lines, colour, width, dashes in ((borders, style.BORDER, 0.6, (0, (5, 2))), (coasts, style.COAST, 0.8, "solid")):
        if lines:
            axes.add_collection(
                LineCollection([line / 1000 for line in lines], colors=colour, linewidths=width, linestyles=dashes, zorder=1), autolim=False
            )


def _truth_paths(axes: Any, truth: Columns, targets: Columns) -> tuple[Any, list[Floats]]:
    """True paths, thin; those that leaked stand out. Returns rows of targets and their paths in km."""
    numbers, lines = style.paths(truth["target"], truth["time_s"], truth["east_m"] / 1000, truth["north_m"] / 1000)
    if lines:
        leaked = targets["fate"].astype(str)[numbers] == "leaked"
        colours = np.where(leaked, style.LEAK, style.PATH)
        widths = np.where(leaked, 0.9, 0.7) * style.thinner(len(lines))
        axes.add_collection(
            LineCollection(lines, colors=list(colours), linewidths=widths, zorder=4, rasterized=style.heavy(lines)), autolim=False
        )
    return numbers, lines


def _track_paths(axes: Any, tracks: Columns) -> tuple[list[str], list[Floats]]:
    """Confirmed tracks, coloured by the class that the tracker judged last; returns the classes drawn and the paths in km."""
    rows = np.flatnonzero(tracks["confirmed"])
    if not len(rows):
        return [], []
    number, time_s = tracks["track"][rows], tracks["time_s"][rows]
    names, lines = style.paths(number, time_s, tracks["east_m"][rows] / 1000, tracks["north_m"][rows] / 1000)
    order = np.lexsort((time_s, number))
    last = np.searchsorted(number[order], names, "right") - 1
    kinds = tracks["class"][rows][order][last].astype(str)
    axes.add_collection(
        LineCollection(
            lines,
            colors=[style.colour(k) for k in kinds],
            linewidths=1.5 * style.thinner(len(lines)),
            alpha=0.9,
            zorder=5,
            rasterized=style.heavy(lines),
        ),
        autolim=False,
    )
    return style.classes_in(kinds), lines


def _shots(axes: Any, shots: Columns) -> None:
    east, north, outcome = shots["intercept_east_m"] / 1000, shots["intercept_north_m"] / 1000, shots["outcome"].astype(str)
    crowded = len(outcome) > 400
    kill = (outcome == "kill") & np.isfinite(east)
    missed = (outcome != "kill") & np.isfinite(east)
    if missed.any():
        axes.scatter(
            east[missed], north[missed], s=6 if crowded else 20, facecolors="white", edgecolors=style.INK, linewidths=0.7, zorder=7
        )
    if kill.any():
        axes.scatter(
            east[kill], north[kill], s=12 if crowded else 38, marker="X", c=style.INK, edgecolors="white", linewidths=0.5, zorder=8
        )


def _places(axes: Any, theatre: Theatre, tables: Tables, facts: Mapping[str, Any], view: View, busy: Sequence[Floats]) -> list[Box]:
    """Markers and names of units and assets, each name at that corner of its marker where it covers least; returns the names' boxes."""
    hear = _receivers(tables["sensors"])
    found = [(name, xy, *style.site_mark(name in hear)) for name, xy in _units(theatre, tables["sensors"], facts)]
    for name, xy in _assets(theatre, tables, facts):
        hits = int(((tables["targets"]["asset"].astype(str) == name) & (tables["targets"]["fate"].astype(str) == "leaked")).sum())
        words = f"{name}, {hits} {'hit' if hits == 1 else 'hits'}" if hits else name
        found.append((words, xy, "D", 7, style.LEAK if hits else "white"))
    taken: list[Box] = []
    if not found:
        return taken
    marks, crowd = np.array([xy for _, xy, *_ in found]), np.concatenate([np.empty((0, 2)), *busy])
    for words, xy, marker, size, fill in found:
        axes.plot(*xy, marker=marker, ms=size, mfc=fill, mec=style.INK, mew=0.9, zorder=9)
        write_name(axes, xy, words, best_spot(xy, words, view, crowd, marks, taken), 9.5)
    room = 7 * view.point
    return taken + [Box(x - room, x + room, y - room, y + room) for x, y in marks]


def _placed(theatre: Theatre, item: Mapping[str, Any]) -> Floats | None:
    if "latitude_deg" not in item or "longitude_deg" not in item:
        return None
    return theatre.project(item["latitude_deg"], item["longitude_deg"])[:2] / 1000


def _units(theatre: Theatre, sensors: Columns, facts: Mapping[str, Any]) -> list[tuple[str, Floats]]:
    """Fire units where the summary places them or else at their sensors, and stand-alone sensors."""
    out, seen = [], set()
    for name, unit in facts.get("units", {}).items():
        xy = _placed(theatre, unit)
        if xy is not None:
            out.append((str(name), xy))
            seen.add(name)
    for i, (unit, name) in enumerate(zip(sensors["unit"].astype(str), sensors["name"].astype(str), strict=True)):
        if (unit or name) not in seen:
            seen.add(unit or name)
            out.append((unit or name, centre_of(sensors, [i])))
    return out


def _receivers(sensors: Columns) -> set[str]:
    """Names of the stand-alone sensors that only hear what others radiate."""
    if "kind" not in sensors:
        return set()
    rows = zip(sensors["name"].astype(str), sensors["kind"].astype(str), sensors["unit"].astype(str), strict=True)
    return {name for name, kind, unit in rows if kind != "radar" and not unit}


def _assets(theatre: Theatre, tables: Tables, facts: Mapping[str, Any]) -> list[tuple[str, Floats]]:
    """Assets where the summary places them, or else where targets that leaked to them ended."""
    out, seen = [], set()
    for name, asset in facts.get("assets", {}).items():
        xy = _placed(theatre, asset)
        if xy is not None:
            out.append((str(name), xy))
            seen.add(name)
    targets, truth = tables["targets"], tables["truth"]
    leaked = targets["fate"].astype(str) == "leaked"
    for name in sorted(set(targets["asset"][leaked].astype(str)) - seen - {""}):
        hits = np.flatnonzero(leaked & (targets["asset"].astype(str) == name))
        rows = np.flatnonzero(truth["target"] == hits[0])
        if len(rows):
            end = rows[np.argmax(truth["time_s"][rows])]
            out.append((name, np.array([truth["east_m"][end], truth["north_m"][end]]) / 1000))
    return out


def set_window(axes: Any, view: View) -> None:
    """The axes show the view, in km."""
    axes.set_xlim(view.west, view.east)
    axes.set_ylim(view.south, view.north)
    axes.set_aspect("equal")
    axes.set_xlabel("east of the theatre's origin, km")
    axes.set_ylabel("north of the theatre's origin, km")


def _legend(
    tables: Tables, entry: str, rings: Sequence[tuple[str, float]], followed: Sequence[str], directions: Sequence[tuple[Any, str]]
) -> list[tuple[str, list[tuple[Any, str]]]]:
    paths = []
    if len(tables["truth"]["target"]):
        paths.append((Line2D([], [], color=style.PATH, lw=1.0), "true path"))
        if (tables["targets"]["fate"].astype(str) == "leaked").any():
            paths.append((Line2D([], [], color=style.LEAK, lw=1.2), "true path of a leaker"))
    tracks = [(Line2D([], [], color=style.colour(k), lw=2.2), style.words(k)) for k in followed]
    outcome = tables["shots"]["outcome"].astype(str)
    ends = []
    if (outcome == "kill").any():
        ends.append((Line2D([], [], ls="", marker="X", ms=7, mfc=style.INK, mec="white", mew=0.5), f"kill ({(outcome == 'kill').sum():,})"))
    if (outcome != "kill").any():
        ends.append(
            (Line2D([], [], ls="", marker="o", ms=5, mfc="white", mec=style.INK, mew=0.7), f"no kill ({(outcome != 'kill').sum():,})")
        )
    circles = [(Line2D([], [], color=c, lw=1.4), at_altitude(a)) for c, a in rings]
    hearing = [(style.site_handle(True), "hears only")] if _receivers(tables["sensors"]) else []
    return [
        ("What flew", paths),
        ("Directions without a range,\nand what hears", [*directions, *hearing]),
        ("Confirmed tracks, by class\njudged from their motion", tracks),
        ("Intercepts", ends),
        (f"Range at which half the looks\ndetect {style.shortened(entry, 22)}, nose on", circles),
    ]
