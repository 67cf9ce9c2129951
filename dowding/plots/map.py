"""The map: where the targets flew, how far the sensors see, what was tracked, and where interceptors met them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from dowding.plots import style
from dowding.plots.borders import lines_in_view
from dowding.plots.style import Floats
from dowding.plots.theatre import Theatre, theatre_of
from dowding.tables import Columns, Tables

SIZE = (10.6, 8.2)
MARGINS = (0.75, 0.60, 2.75, 0.90)
SITE_M = 5000.0  # sensors closer than this to one another stand on one site and share their rings
RINGS = ("#08306b", "#2f79b5", "#7fb3d8")
HALO = (withStroke(linewidth=2.2, foreground="white"),)
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
LARGEST_FLIGHT_LABELS = 12


class View(NamedTuple):
    """The window, km."""

    west: float
    east: float
    south: float
    north: float


class Ring(NamedTuple):
    """A closed line (point, 2) in km about a site."""

    centre: Floats
    line: Floats
    radius: float


def map_figure(
    tables: Tables,
    summary: Mapping[str, Any] | None = None,
    *,
    title: str = "",
    entry: str = "",
    altitudes_m: Sequence[float] = (100.0, 3000.0, 10000.0),
) -> Figure:
    """The map of a run, east and north about the theatre's origin in km.

    The rings are those of target `entry` (by default the one most flown, an aircraft if any flew) at the tabulated altitudes nearest to
    `altitudes_m`. Names and places of units and assets, and the claimed range, come from the summary.
    """
    facts = tables.summary if summary is None else summary
    with matplotlib.rc_context(style.STYLE):
        return _draw(tables, facts, title, entry, altitudes_m)


def _draw(tables: Tables, facts: Mapping[str, Any], title: str, entry: str, altitudes_m: Sequence[float]) -> Figure:
    theatre = theatre_of(tables)
    targets = tables["targets"]
    entry = entry or _usual_entry(targets, tables["coverage"])
    rings = _coverage(tables, entry, altitudes_m)
    claimed = _claimed(tables["sensors"], facts)
    view = _view(tables, rings, claimed)
    figure, axes = style.frame(*SIZE, MARGINS, title or "Where they flew, what was seen, and where it ended", _subtitle(targets, facts))
    if theatre is not None:
        _ground(axes, theatre, view)
    numbers, flown = _truth_paths(axes, tables["truth"], targets)
    followed = _track_paths(axes, tables["tracks"])
    _shots(axes, tables["shots"])
    busy = [*flown, *[ring.line for ring in claimed[:1]]]
    for colour, (altitude, around) in zip(RINGS, rings.items(), strict=False):
        for ring in around:
            axes.plot(*ring.line.T, color=colour, lw=1.0, zorder=3)
        if around:
            _ring_label(axes, max(around, key=lambda r: r.radius), _height(altitude), colour, view, busy)
    for ring, words in claimed_words(claimed, facts):
        axes.plot(*ring.line.T, color=style.INK, lw=1.0, ls=(0, (6, 3)), zorder=3)
        _ring_label(axes, ring, words, style.INK, view, flown)
    if theatre is not None:
        _places(axes, theatre, tables, facts, view, flown)
    _flight_labels(axes, targets, numbers, flown, view)
    _axes(axes, view)
    style.legend(axes, _legend(tables, entry, rings, followed))
    return figure


def _subtitle(targets: Columns, facts: Mapping[str, Any]) -> str:
    flown = len(targets["fate"])
    if not flown:
        return "nothing flew"
    fate = targets["fate"].astype(str)
    parts = [f"{(fate == name).sum():,} {words}" for name, words in (("killed", "killed"), ("leaked", "leaked"), ("survived", "flew their route"))]
    parts.append(f"{(fate == 'flying').sum():,} still flying at the end")
    return f"{flown:,} flown: " + ", ".join(p for p in parts if not p.startswith("0 "))


def _usual_entry(targets: Columns, coverage: Columns) -> str:
    """The entry most flown that the coverage knows, aircraft before all others; else the first that it knows."""
    known = list(dict.fromkeys(coverage["entry"].astype(str)))
    flown = targets["entry"].astype(str)
    kinds = dict(zip(flown, targets["class"].astype(str), strict=True))
    number = {e: int((flown == e).sum()) for e in known}
    return min(known, key=lambda e: (kinds.get(e) != "aircraft", -number[e], known.index(e))) if known else ""


def _sites(sensors: Columns) -> list[list[int]]:
    """Rows of sensors that stand together."""
    sites: list[list[int]] = []
    for i in range(len(sensors["name"])):
        for site in sites:
            j = site[0]
            if np.hypot(sensors["east_m"][i] - sensors["east_m"][j], sensors["north_m"][i] - sensors["north_m"][j]) < SITE_M:
                site.append(i)
                break
        else:
            sites.append([i])
    return sites


def _coverage(tables: Tables, entry: str, altitudes_m: Sequence[float]) -> dict[float, list[Ring]]:
    """Rings by altitude, the highest first, one a site: at each azimuth the farthest of its sensors that look there."""
    coverage, sensors = tables["coverage"], tables["sensors"]
    mine = coverage["entry"].astype(str) == entry
    levels = np.unique(coverage["altitude_m"][mine & (coverage["range_m"] > 0)])
    if not len(levels):
        return {}
    chosen = sorted({float(levels[np.argmin(np.abs(np.log((levels + 1) / (a + 1))))]) for a in altitudes_m}, reverse=True)
    azimuth = np.linspace(-np.pi, np.pi, 241)
    rings: dict[float, list[Ring]] = {}
    for altitude in chosen:
        rings[altitude] = []
        for site in _sites(sensors):
            reach = np.zeros(len(azimuth))
            for i in site:
                row = np.flatnonzero(mine & (coverage["sensor"] == i) & (coverage["altitude_m"] == altitude))
                off = np.abs((azimuth - sensors["boresight_rad"][i] + np.pi) % (2 * np.pi) - np.pi)
                if len(row):
                    reach = np.fmax(reach, np.where(off <= sensors["half_sector_rad"][i] + 1e-9, coverage["range_m"][row[0]], 0.0))
            if reach.max() > 0:
                rings[altitude].append(_ring(_centre(sensors, site), azimuth, reach / 1000))
    return rings


def _centre(sensors: Columns, site: Sequence[int]) -> Floats:
    return np.array([sensors["east_m"][list(site)].mean(), sensors["north_m"][list(site)].mean()]) / 1000


def _ring(centre: Floats, azimuth: Floats, reach: Floats) -> Ring:
    return Ring(centre, centre + np.column_stack([np.sin(azimuth), np.cos(azimuth)]) * reach[:, None], float(reach.max()))


def _claimed(sensors: Columns, facts: Mapping[str, Any]) -> list[Ring]:
    """The claimed ranges as rings about each unit's sensors."""
    azimuth = np.linspace(-np.pi, np.pi, 361)
    rings = []
    for unit, claim in facts.get("claims", {}).items():
        own = np.flatnonzero(sensors["unit"].astype(str) == unit)
        if len(own):
            rings.append(_ring(_centre(sensors, list(own)), azimuth, np.full(len(azimuth), float(claim["range_claimed_km"]))))
    return rings


def claimed_words(rings: Sequence[Ring], facts: Mapping[str, Any]) -> list[tuple[Ring, str]]:
    """Each claimed ring with its label; with several units the label names the system."""
    systems = [str(c.get("system", "")) for c in facts.get("claims", {}).values()]
    several = len(set(systems)) > 1
    return [(ring, f"claimed {ring.radius:.0f} km" + (f" ({name})" if several else "")) for ring, name in zip(rings, systems, strict=False)]


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
    extra = [r.line for r in claimed if largest > 0.4 * r.radius or nothing_flew] + [r.line for r in around if r.radius < 1.5 * largest or nothing_flew]
    spread = np.concatenate([spread, *extra])
    low, high = spread.min(axis=0), spread.max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2 * 1.04, 10.0)
    paper = np.array([SIZE[0] - MARGINS[0] - MARGINS[2], SIZE[1] - MARGINS[1] - MARGINS[3]])
    half = paper * (half / paper).max()
    return View(middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1])


def _ground(axes: Any, theatre: Theatre, view: View) -> None:
    coasts, borders = lines_in_view(theatre, *(1000 * v for v in view))
    for lines, colour, width, dashes in ((borders, style.BORDER, 0.6, (0, (5, 2))), (coasts, style.COAST, 0.8, "solid")):
        if lines:
            axes.add_collection(LineCollection([line / 1000 for line in lines], colors=colour, linewidths=width, linestyles=dashes, zorder=1), autolim=False)


def _truth_paths(axes: Any, truth: Columns, targets: Columns) -> tuple[Any, list[Floats]]:
    """True paths, thin; those that leaked stand out. Returns rows of targets and their paths in km."""
    numbers, lines = style.paths(truth["target"], truth["time_s"], truth["east_m"] / 1000, truth["north_m"] / 1000)
    if lines:
        leaked = targets["fate"].astype(str)[numbers] == "leaked"
        colours = np.where(leaked, style.LEAK, style.PATH)
        widths = np.where(leaked, 0.9, 0.7) * _thinner(len(lines))
        axes.add_collection(
            LineCollection(lines, colors=list(colours), linewidths=widths, zorder=4, rasterized=style.heavy(lines)), autolim=False
        )
    return numbers, lines


def _track_paths(axes: Any, tracks: Columns) -> list[str]:
    """Confirmed tracks, coloured by the class that the tracker judged last; returns the classes drawn."""
    rows = np.flatnonzero(tracks["confirmed"])
    if not len(rows):
        return []
    number, time_s = tracks["track"][rows], tracks["time_s"][rows]
    names, lines = style.paths(number, time_s, tracks["east_m"][rows] / 1000, tracks["north_m"][rows] / 1000)
    order = np.lexsort((time_s, number))
    last = np.searchsorted(number[order], names, "right") - 1
    kinds = tracks["class"][rows][order][last].astype(str)
    axes.add_collection(
        LineCollection(lines, colors=[style.colour(k) for k in kinds], linewidths=1.5 * _thinner(len(lines)), alpha=0.9, zorder=5, rasterized=style.heavy(lines)), autolim=False
    )
    return style.classes_in(kinds)


def _thinner(lines: int) -> float:
    """How much thinner than usual so many lines must be, to stay lines."""
    return float(np.clip((150 / max(lines, 1)) ** 0.5, 0.35, 1.0))


def _shots(axes: Any, shots: Columns) -> None:
    east, north, outcome = shots["intercept_east_m"] / 1000, shots["intercept_north_m"] / 1000, shots["outcome"].astype(str)
    crowded = len(outcome) > 400
    kill = (outcome == "kill") & np.isfinite(east)
    missed = (outcome != "kill") & np.isfinite(east)
    if missed.any():
        axes.scatter(east[missed], north[missed], s=6 if crowded else 20, facecolors="white", edgecolors=style.INK, linewidths=0.7, zorder=7)
    if kill.any():
        axes.scatter(east[kill], north[kill], s=12 if crowded else 38, marker="X", c=style.INK, edgecolors="white", linewidths=0.5, zorder=8)


def _places(axes: Any, theatre: Theatre, tables: Tables, facts: Mapping[str, Any], view: View, busy: Sequence[Floats]) -> None:
    """Markers and names of units and assets; each name at that corner of its marker where it covers least."""
    found = [(name, xy, "unit", "") for name, xy in _units(theatre, tables["sensors"], facts)]
    for name, xy in _assets(theatre, tables, facts):
        hits = int(((tables["targets"]["asset"].astype(str) == name) & (tables["targets"]["fate"].astype(str) == "leaked")).sum())
        found.append((name, xy, "asset", f", {hits} {'hit' if hits == 1 else 'hits'}" if hits else ""))
    taken: list[tuple[float, float, float, float]] = []
    marks = np.array([xy for _, xy, _, _ in found]).reshape(-1, 2)
    crowd = np.concatenate([marks.repeat(40, axis=0), *busy])
    for name, xy, kind, hits in found:
        marker, size = ("^", 9) if kind == "unit" else ("D", 7)
        axes.plot(*xy, marker=marker, ms=size, mfc="#f0c000" if kind == "unit" else style.LEAK if hits else "white", mec=style.INK, mew=0.9, zorder=9)
        right, above = _corner(xy, name + hits, view, crowd, taken)
        axes.annotate(
            name + hits, xy, xytext=(7 * right, 6 * above), textcoords="offset points", ha="left" if right > 0 else "right",
            va="bottom" if above > 0 else "top", fontsize=9.5, fontweight="bold", zorder=10, path_effects=HALO, annotation_clip=True,
        )  # fmt: skip


def _corner(xy: Floats, text: str, view: View, crowd: Floats, taken: list[tuple[float, float, float, float]]) -> tuple[int, int]:
    """The corner of a marker, (right, above) each 1 or -1, where its name covers least; notes the box it takes."""
    point = (view.east - view.west) / (72 * (SIZE[0] - MARGINS[0] - MARGINS[2]))
    wide, high = (7 + 6.6 * len(text)) * point, 18 * point
    best, least, kept = (1, 1), np.inf, (0.0, 0.0, 0.0, 0.0)
    for right, above in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
        x, y = sorted((xy[0], xy[0] + right * wide)), sorted((xy[1], xy[1] + above * high))
        covered = int(((crowd[:, 0] > x[0]) & (crowd[:, 0] < x[1]) & (crowd[:, 1] > y[0]) & (crowd[:, 1] < y[1])).sum())
        covered += 1000 * sum(x[0] < t[1] and x[1] > t[0] and y[0] < t[3] and y[1] > t[2] for t in taken)
        covered += 1000 * (x[0] < view.west or x[1] > view.east or y[0] < view.south or y[1] > view.north)
        if covered < least:
            best, least, kept = (right, above), covered, (x[0], x[1], y[0], y[1])
    taken.append(kept)
    return best


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
            out.append((unit or name, _centre(sensors, [i])))
    return out


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


def _ring_label(axes: Any, ring: Ring, text: str, colour: str, view: View, busy: Sequence[Floats]) -> None:
    """The ring's name on the ring itself, inside the view and as far as possible from what is drawn; no name if none of it is in view."""
    pad_x, pad_y = 0.09 * (view.east - view.west), 0.03 * (view.north - view.south)
    points = ring.line[::6]
    inside = (points[:, 0] > view.west + pad_x) & (points[:, 0] < view.east - pad_x)
    inside &= (points[:, 1] > view.south + pad_y) & (points[:, 1] < view.north - pad_y)
    points = points[inside & (np.hypot(*(points - ring.centre).T) > 0.5 * ring.radius)]
    if not len(points):
        return
    others = np.concatenate([line[::8] for line in busy]) if busy else np.empty((0, 2))
    others = others[:: max(1, len(others) // 2000)]
    room = np.min(np.hypot(*(points[:, None, :] - others[None]).transpose(2, 0, 1)), axis=1) if len(others) else points[:, 1]
    best = points[int(np.argmax(np.minimum(room, 0.15 * (view.east - view.west)) + 1e-3 * points[:, 1]))]
    axes.text(*best, text, color=colour, fontsize=8.5, ha="center", va="center", zorder=6, bbox=PAPER)


def _flight_labels(axes: Any, targets: Columns, numbers: Any, lines: Sequence[Floats], view: View) -> None:
    """Each flight's name where it begins, if there are few enough to read."""
    flights = targets["flight"].astype(str)[numbers] if len(numbers) else np.empty(0, str)
    names = list(dict.fromkeys(flights))
    if len(names) > LARGEST_FLIGHT_LABELS:
        return
    middle = np.array([(view.west + view.east) / 2, (view.south + view.north) / 2])
    taken: list[Floats] = []
    for name in names:
        starts = np.array([lines[i][0] for i in np.flatnonzero(flights == name)])
        xy = starts.mean(axis=0)
        below = xy[1] < middle[1]
        xy[1] = starts[:, 1].min() if below else starts[:, 1].max()
        step = 0.028 * (view.north - view.south)
        while any(abs(xy[1] - t[1]) < step and abs(xy[0] - t[0]) < 0.2 * (view.east - view.west) for t in taken):
            xy[1] += -step if below else step
        xy[1] = np.clip(xy[1], view.south + step, view.north - step)
        taken.append(xy)
        axes.annotate(
            f"{name} ({len(starts)})", xy, xytext=(0, -4 if below else 4), textcoords="offset points", ha="center", va="top" if below else "bottom",
            fontsize=8.5, color="#444444", style="italic", zorder=10, path_effects=HALO, annotation_clip=True,
        )  # fmt: skip


def _axes(axes: Any, view: View) -> None:
    axes.set_xlim(view.west, view.east)
    axes.set_ylim(view.south, view.north)
    axes.set_aspect("equal")
    axes.set_xlabel("east of the theatre's origin, km")
    axes.set_ylabel("north of the theatre's origin, km")


def _height(metres: float) -> str:
    return f"at {metres:.0f} m" if metres < 1000 else f"at {metres / 1000:g} km"


def _legend(tables: Tables, entry: str, rings: Mapping[float, Sequence[Ring]], followed: Sequence[str]) -> list[tuple[str, list[tuple[Any, str]]]]:
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
        ends.append((Line2D([], [], ls="", marker="o", ms=5, mfc="white", mec=style.INK, mew=0.7), f"no kill ({(outcome != 'kill').sum():,})"))
    circles = [(Line2D([], [], color=c, lw=1.4), _height(a)) for c, (a, r) in zip(RINGS, rings.items(), strict=False) if r]
    return [
        ("What flew", paths),
        ("Confirmed tracks, by class\njudged from their motion", tracks),
        ("Intercepts", ends),
        (f"Range at which half the looks\ndetect {entry}, nose on", circles),
    ]
