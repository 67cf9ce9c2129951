"""The range-height picture: how low one radar sees how far, and where it and the others first saw what flew."""

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from dowding.analysis.theatre import ground_range
from dowding.plots import style
from dowding.plots.style import Floats, Ints
from dowding.tables import Columns, Tables

SIZE = (10.6, 5.9)
MARGINS = (0.75, 0.60, 2.75, 0.97)
EFFECTIVE_RADIUS_M = 4 / 3 * 6371008.8  # standard refraction: ITU-R P.310-10, definition of effective radius
ALTITUDE_TICKS_KM = (0.1, 0.5, 1, 2, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 800, 1200)
DASHES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (2, 1.5)), (0, (6, 2, 1, 2)))


def range_height_figure(
    tables: Tables,
    summary: Mapping[str, Any] | None = None,
    *,
    scenario: str = "",
    sensor: int | None = None,
    ground_m: float | None = None,
) -> Figure:
    """Altitude over ground range from one sensor (row in sensors; by default the one with the longest instrumented range).

    Lines: the horizon of a smooth 4/3 earth whose ground lies at `ground_m` above the ellipsoid (by default 0, or 20 m below an antenna
    that stands higher than 100 m), and where half the looks detect each catalogue entry that flew. Points: first detections. The altitude
    scale is that of its square root, on which a horizon is a straight line and low flight is not squeezed.
    """
    with matplotlib.rc_context(style.STYLE):
        return _draw(tables, tables.summary if summary is None else summary, scenario, sensor, ground_m)


def _draw(tables: Tables, facts: Mapping[str, Any], scenario: str, sensor: int | None, ground_m: float | None) -> Figure:
    sensors, targets, truth = tables["sensors"], tables["targets"], tables["truth"]
    row = _main(sensors) if sensor is None else sensor
    name = str(sensors["name"][row]) if row >= 0 else ""
    subtitle = "range over ground and altitude above the ellipsoid (square-root scale)"
    figure, axes = style.frame(*SIZE, MARGINS, f"How far {name} sees, by altitude" if name else "No sensor in this run", subtitle, scenario)
    if row < 0:
        set_axes(axes, 100.0, 20.0)
        return figure
    site = (float(sensors["latitude_deg"][row]), float(sensors["longitude_deg"][row]))
    distance = ground_range(truth["latitude_deg"], truth["longitude_deg"], site) / 1000
    bounds = _boundaries(tables["coverage"], targets, row)
    claimed = _claimed(sensors, facts, row)
    right = _right_edge(distance, bounds, claimed)
    top = _top(truth["altitude_m"] / 1000, bounds, distance, right)
    set_axes(axes, right, top)
    ground = ground_m if ground_m is not None else _ground_below(float(sensors["altitude_m"][row]))
    _horizon(axes, float(sensors["altitude_m"][row]), ground, right, top)
    _, lines = style.paths(truth["target"], truth["time_s"], distance, truth["altitude_m"] / 1000)
    if lines:
        axes.add_collection(
            LineCollection(
                lines, colors=style.PATH, linewidths=0.7 * style.thinner(len(lines)), alpha=0.75, zorder=2, rasterized=style.heavy(lines)
            ),
            autolim=False,
        )
    for _, kind, dashes, line in bounds:
        axes.plot(line[:, 0], line[:, 1], color=style.colour(kind), lw=1.8, ls=dashes, zorder=4)
    if claimed:
        _claim_line(axes, claimed, right)
    points = _first_detections(axes, targets, truth, sensors, row, site)
    style.legend(axes, _legend(bounds, points, bool(lines), ground))
    return figure


def _claim_line(axes: Any, claimed: float, right: float) -> None:
    """The claimed range, or, where it lies outside the picture, a word of that at the edge."""
    inside = claimed <= right
    if inside:
        axes.axvline(claimed, color=style.INK, lw=1.0, ls=(0, (6, 3)), zorder=3)
    text = f"claimed {claimed:.0f} km" + ("" if inside else ", off this picture")
    where = {"xycoords": ("data", "axes fraction"), "xytext": (-4, 0), "textcoords": "offset points"}
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    axes.annotate(text, (min(claimed, right), 0.985), rotation=90, ha="right", va="top", fontsize=8.5, zorder=5, bbox=paper, **where)


def _main(sensors: Columns) -> int:
    """The sensor with the longest instrumented range, the first of equals; -1 without any."""
    return int(np.argmax(sensors["range_max_m"])) if len(sensors["name"]) else -1


def _claimed(sensors: Columns, facts: Mapping[str, Any], row: int) -> float:
    """The claimed range of the sensor's unit, km; 0 without a claim."""
    claim = facts.get("claims", {}).get(str(sensors["unit"][row]))
    return float(claim["range_claimed_km"]) if claim else 0.0


def _ground_below(antenna_m: float) -> float:
    return 0.0 if antenna_m <= 100.0 else 10.0 * round((antenna_m - 20.0) / 10.0)


def _boundaries(coverage: Columns, targets: Columns, row: int) -> list[tuple[str, str, Any, Floats]]:
    """(entry, class, dashes, line) of each entry that flew: ground range and altitude in km, upwards; all entries if nothing flew."""
    flown = dict(zip(targets["entry"].astype(str), targets["class"].astype(str), strict=True))
    mine = coverage["sensor"] == row
    entries = [e for e in dict.fromkeys(coverage["entry"][mine].astype(str)) if e in flown or not flown]
    entries.sort(key=lambda e: style.CLASS_ORDER.index(flown[e]) if flown.get(e) in style.CLASS_ORDER else 99)
    out, used = [], dict.fromkeys(set(flown.values()) | {""}, 0)
    for entry in entries:
        kind = flown.get(entry, "")
        rows = np.flatnonzero(mine & (coverage["entry"].astype(str) == entry) & (coverage["range_m"] > 0))
        rows = rows[np.argsort(coverage["altitude_m"][rows])]
        line = np.column_stack([coverage["range_m"][rows], coverage["altitude_m"][rows]]) / 1000
        out.append((entry, kind, DASHES[used[kind] % len(DASHES)], line))
        used[kind] += 1
    return out


def _right_edge(distance: Floats, bounds: list[tuple[str, str, Any, Floats]], claimed: float) -> float:
    reach = [float(line[:, 0].max()) for *_, line in bounds if len(line)]
    flown = float(np.nanmax(distance)) if len(distance) else 0.0
    asked = claimed if not flown or claimed <= 3 * flown else 0.0
    return 1.04 * max(50.0, flown, asked, min(max(reach, default=0.0), 2 * flown or np.inf))


def _top(altitude: Floats, bounds: list[tuple[str, str, Any, Floats]], distance: Floats, right: float) -> float:
    seen = altitude[distance <= right] if len(altitude) else altitude
    return 1.1 * max([15.0, float(np.nanmax(seen)) if len(seen) else 0.0, *[float(b[3][-1, 1]) for b in bounds if len(b[3])]])


def _horizon(axes: Any, antenna_m: float, ground_m: float, right: float, top: float) -> None:
    """Altitude of the radio horizon over smooth ground.

    A ray from height h touches a sphere of effective radius ka at the distance sqrt(2 k a h) (Pythagoras, h small against ka), so two
    heights just see one another at sqrt(2 k a h1) + sqrt(2 k a h2).
    """
    near = np.sqrt(2 * EFFECTIVE_RADIUS_M * max(antenna_m - ground_m, 0.0)) / 1000
    x = np.linspace(0.0, right, 200)
    hidden = ground_m / 1000 + np.maximum(x - near, 0.0) ** 2 * 1000 / (2 * EFFECTIVE_RADIUS_M / 1000) / 1000
    axes.fill_between(x, 0.0, np.minimum(hidden, top), color="#eef1f3", lw=0, zorder=0)
    axes.plot(x, hidden, color="#8896a0", lw=1.1, zorder=1)
    at = 0.72 * right
    level = float(np.interp(at, x, hidden))
    axes.annotate("below the horizon", (at, max(level, 0.05) * 0.45), ha="center", va="center", fontsize=8.5, color="#6a7780", zorder=1)


def _first_detections(
    axes: Any, targets: Columns, truth: Columns, sensors: Columns, row: int, site: tuple[float, float]
) -> list[tuple[str, bool]]:
    """Points at first detections, filled if this sensor made it; returns which (class, filled) are drawn."""
    seen = np.flatnonzero(np.isfinite(targets["first_detected_s"]))
    at, height = _place_at(truth, seen, targets["first_detected_s"][seen], site)
    own = targets["first_detected_by"][seen].astype(str) == str(sensors["name"][row])
    kinds = targets["class"][seen].astype(str)
    drawn = []
    for kind in style.classes_in(kinds):
        for mine in (False, True):
            some = (kinds == kind) & (own == mine)
            if some.any():
                fill = style.colour(kind) if mine else "white"
                edge = style.INK if mine else style.colour(kind)
                axes.scatter(at[some], height[some], s=30, c=fill, edgecolors=edge, linewidths=0.6 if mine else 1.2, zorder=6)
                drawn.append((kind, mine))
    return drawn


def _place_at(truth: Columns, target: Ints, time_s: Floats, site: tuple[float, float]) -> tuple[Floats, Floats]:
    """Ground range and altitude, km, of targets at times: truth's own columns, straight between the two samples around."""
    at, height = np.full(len(target), np.nan), np.full(len(target), np.nan)
    order = np.lexsort((truth["time_s"], truth["target"]))
    bounds = np.searchsorted(truth["target"][order], np.arange(target.max() + 2)) if len(target) else np.zeros(1, np.int64)
    distance = ground_range(truth["latitude_deg"], truth["longitude_deg"], site)
    for i, (number, when) in enumerate(zip(target, time_s, strict=True)):
        rows = order[bounds[number] : bounds[number + 1]]
        if len(rows):
            at[i] = np.interp(when, truth["time_s"][rows], distance[rows]) / 1000
            height[i] = np.interp(when, truth["time_s"][rows], truth["altitude_m"][rows]) / 1000
    return at, height


def set_axes(axes: Any, right: float, top: float) -> None:
    """Ground range up to `right` km, and altitude up to `top` km on the scale of its square root."""
    axes.set_yscale("function", functions=(lambda y: np.sqrt(np.maximum(y, 0.0)), lambda y: np.square(y)))
    axes.set_xlim(0.0, right)
    axes.set_ylim(0.0, top)
    kept = [0.0]
    for tick in ALTITUDE_TICKS_KM:
        if tick <= top and np.sqrt(tick) - np.sqrt(kept[-1]) > 0.045 * np.sqrt(top):
            kept.append(tick)
    axes.yaxis.set_major_locator(FixedLocator(kept))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.grid(axis="y", color="#ececec", lw=0.6, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel("ground range, km")
    axes.set_ylabel("altitude, km")


def _legend(
    bounds: list[tuple[str, str, Any, Floats]], points: list[tuple[str, bool]], flown: bool, ground: float
) -> list[tuple[str, list[tuple[Any, str]]]]:
    lines = [
        (Line2D([], [], color=style.colour(kind), lw=1.8, ls=dashes), style.shortened(entry, 30)) for entry, kind, dashes, _ in bounds[:12]
    ]
    own = [(_dot(kind, True), style.words(kind)) for kind, mine in points if mine]
    other = [(_dot(kind, False), style.words(kind)) for kind, mine in points if not mine]
    rest = [(Line2D([], [], color="#8896a0", lw=1.1), f"horizon over smooth ground\nat {ground:.0f} m (4/3 earth)")]
    if flown:
        rest.append((Line2D([], [], color=style.PATH, lw=1.0), "true path"))
    return [
        ("Half the looks detect it here", lines),
        ("First detected by this sensor", own),
        ("First detected by another", other),
        ("Also drawn", rest),
    ]


def _dot(kind: str, mine: bool) -> Line2D:
    fill, edge = (style.colour(kind), style.INK) if mine else ("white", style.colour(kind))
    return Line2D([], [], ls="", marker="o", ms=5.5, mfc=fill, mec=edge, mew=0.6 if mine else 1.2)
