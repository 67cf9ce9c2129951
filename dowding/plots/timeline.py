"""The timeline: when each target flew, was detected, tracked, engaged, and how it ended."""

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dowding.plots import style
from dowding.plots.style import Floats, Ints
from dowding.tables import Columns, Tables

WIDTH = 10.6
MARGINS = (1.95, 0.60, 2.75, 0.97)
MOST_ROWS = 80
ROW_INCHES = (0.30, 0.085)  # a row's height with one target and with the most
SHADES = (0.0, 0.32, 0.62, 1.0)  # how much of its class's colour a bar has: not seen, detected, tracked, engaged
STAGES = ("flown, not yet detected", "detected", "tracked", "engaged")


def timeline_figure(tables: Tables, summary: Mapping[str, Any] | None = None, *, scenario: str = "") -> Figure:
    """One bar a target, grouped by class and flight, over minutes; with more than 80 targets an even choice of each flight is drawn."""
    del summary  # all that is drawn stands in the table of targets
    with matplotlib.rc_context(style.STYLE):
        return _draw(tables["targets"], scenario)


def _draw(targets: Columns, scenario: str) -> Figure:
    groups = _groups(targets)
    shown = _thinned(groups, targets)
    rows = sum(len(g) for g in shown)
    gaps = 0.8 * max(len(shown) - 1, 0)
    inches = float(np.interp(rows + gaps, (1, 30, 100), (ROW_INCHES[0], 0.17, ROW_INCHES[1])))
    height = max(1.6, inches * (rows + gaps + 1)) + MARGINS[1] + MARGINS[3]
    figure, axes = style.frame(
        WIDTH, max(height, 4.3), MARGINS, "When each was seen, followed, engaged, and how it ended", _subtitle(targets, rows), scenario
    )
    place = _rows(shown, max(rows + gaps, 1.0))
    depth = (max(height, 4.3) - MARGINS[1] - MARGINS[3]) / max(rows + gaps + 1, 1)
    order = np.concatenate(shown) if shown else np.empty(0, np.int64)
    levels = np.concatenate(place) if place else np.empty(0)
    _bars(axes, targets, order, levels, min(72 * 0.74 * depth, 12.0))
    ends = _ends(axes, targets, order, levels, min(max((72 * 0.62 * depth) ** 2, 7.0), 46.0))
    _labels(axes, targets, groups, place, depth)
    _axes(axes, targets, max(rows + gaps, 1.0))
    style.legend(axes, _legend(ends, targets))
    return figure


def _subtitle(targets: Columns, rows: int) -> str:
    number = len(targets["target"])
    if not number:
        return "nothing flew"
    every = (
        f"{rows:,} of {number:,} targets, evenly from each group"
        if rows < number
        else f"{number:,} {'target' if number == 1 else 'targets'}"
    )
    return every + "; a bar deepens in colour as its target is detected, tracked and engaged"


def _groups(targets: Columns) -> list[Ints]:
    """Rows of targets by class and flight in order of departure; by class alone if that makes too many groups."""
    kinds, flights = targets["class"].astype(str), targets["flight"].astype(str)
    rank = {kind: i for i, kind in enumerate(style.classes_in(kinds))}
    if len(set(zip(kinds, flights, strict=True))) > MOST_ROWS // 4:
        flights = kinds
    first: dict[tuple[str, str], list[int]] = {}
    for i in np.lexsort((targets["target"], targets["depart_s"])):
        first.setdefault((kinds[i], flights[i]), []).append(int(i))
    return [
        np.array(first[key], np.int64) for key in sorted(first, key=lambda k: (rank[k[0]], targets["depart_s"][first[k][0]], first[k][0]))
    ]


def _thinned(groups: list[Ints], targets: Columns) -> list[Ints]:
    """An even choice from each group, so that at most about MOST_ROWS are left and none is empty."""
    number = len(targets["target"])
    if number <= MOST_ROWS:
        return groups
    out = []
    for group in groups:
        kept = max(1, round(MOST_ROWS * len(group) / number))
        out.append(group[np.unique(np.linspace(0, len(group) - 1, kept).round().astype(np.int64))])
    return out


def _rows(groups: list[Ints], total: float) -> list[Floats]:
    """Height of each bar, from the top down, with a gap between groups."""
    out: list[Floats] = []
    level = total
    for group in groups:
        out.append(np.asarray(level - 0.5 - np.arange(len(group)), np.float64))
        level -= len(group) + 0.8
    return out


def _bars(axes: Any, targets: Columns, order: Ints, levels: Floats, width: float) -> None:
    """Each target's bar in up to four parts: from one stage to the next that it reached, or to its end."""
    if not len(order):
        return
    end = targets["fate_s"][order]
    starts = [targets["depart_s"][order]] + [targets[f"first_{s}_s"][order] for s in ("detected", "tracked", "engaged")]
    kinds = targets["class"][order].astype(str)
    for stage, shade in enumerate(SHADES):
        stop = end.copy()
        for later in starts[stage + 1 :]:
            stop = np.where(np.isfinite(later), np.fmin(stop, later), stop)
        drawn = np.flatnonzero(np.isfinite(starts[stage]) & (stop > starts[stage]))
        lines = [((starts[stage][i] / 60, levels[i]), (stop[i] / 60, levels[i])) for i in drawn]
        if lines:
            colours = [_shade(kinds[i], shade) for i in drawn]
            axes.add_collection(LineCollection(lines, colors=colours, linewidths=width, capstyle="butt", zorder=2 + stage), autolim=False)


def _shade(kind: str, share: float) -> tuple[float, float, float]:
    base, pale = np.array(to_rgb(style.colour(kind))), np.array(to_rgb("#e4e4e4"))
    red, green, blue = (float(c) for c in (base if share == 1.0 else pale if share == 0.0 else 1.0 - share * (1.0 - base)))
    return red, green, blue


MARKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "killed": ("X", {"facecolors": style.INK, "edgecolors": "white", "linewidths": 0.5}, "killed"),
    "leaked": ("D", {"facecolors": style.LEAK, "edgecolors": style.INK, "linewidths": 0.5}, "leaked: reached its asset"),
    "survived": ("o", {"facecolors": "white", "edgecolors": style.INK, "linewidths": 0.8}, "survived: flew its route"),
    "flying": (">", {"facecolors": "white", "edgecolors": style.INK, "linewidths": 0.8}, "still flying"),
}


def _ends(axes: Any, targets: Columns, order: Ints, levels: Floats, size: float) -> list[str]:
    """How each ended; returns the fates drawn."""
    fate = targets["fate"][order].astype(str)
    drawn = []
    for name, (marker, look, _) in MARKS.items():
        some = (fate == name) & np.isfinite(targets["fate_s"][order])
        if some.any():
            axes.scatter(targets["fate_s"][order][some] / 60, levels[some], s=size, marker=marker, zorder=8, clip_on=False, **look)
            drawn.append(name)
    return drawn


def _labels(axes: Any, targets: Columns, groups: list[Ints], place: list[Floats], depth: float) -> None:
    """Each group's name and what became of all of it, at the left; left out where the group before leaves no room."""
    free = np.inf
    for group, levels in zip(groups, place, strict=True):
        kind, flight = str(targets["class"][group[0]]), str(targets["flight"][group[0]])
        same = bool((targets["flight"][group].astype(str) == flight).all())
        middle = float(levels.mean())
        tall = 0.34 / depth
        fate = targets["fate"][group].astype(str)
        one_line = len(levels) * depth < 0.3
        if free - middle < (0.6 if one_line else 1.0) * tall * 0.55:
            continue
        result = ", ".join(f"{(fate == name).sum():,} {name}" for name in MARKS if (fate == name).any())
        name = style.shortened(flight, 24) if same and flight else style.words(kind)
        axes.annotate(
            name,
            (0, middle),
            xycoords=("axes fraction", "data"),
            xytext=(-8, 0 if one_line else 1),
            textcoords="offset points",
            ha="right",
            va="center" if one_line else "bottom",
            fontsize=9,
            fontweight="bold",
            color=INK_OF.get(kind, style.INK),
        )
        if not one_line:
            axes.annotate(
                result,
                (0, middle),
                xycoords=("axes fraction", "data"),
                xytext=(-8, -1),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=8,
                color=style.QUIET,
            )
        free = middle - (0.2 if one_line else 0.5) * tall


INK_OF = {"cruise_missile": "#9a6a00", "helicopter": "#2c7fb0", "ballistic_missile": "#a0517f", "aircraft": "#005a8e", "drone": "#007a58"}


def _axes(axes: Any, targets: Columns, total: float) -> None:
    times = np.concatenate([targets["fate_s"], targets["depart_s"]]) / 60
    times = times[np.isfinite(times)]
    last = float(times.max()) if len(times) else 10.0
    axes.set_xlim(min(0.0, float(times.min()) if len(times) else 0.0), max(last, 0.1) * 1.015)
    axes.set_ylim(-0.5, total + 0.5)
    axes.set_yticks([])
    axes.grid(axis="x", color="#e6e6e6", lw=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel("minutes after the start")


def _legend(ends: list[str], targets: Columns) -> list[tuple[str, list[tuple[Any, str]]]]:
    if not len(targets["target"]):
        return []
    kinds = style.classes_in(targets["class"])
    sample = kinds[0]
    stages = [
        (Line2D([], [], color=_shade(sample, shade), lw=7, solid_capstyle="butt"), words)
        for shade, words in zip(SHADES, STAGES, strict=True)
    ]
    classes = [(Line2D([], [], color=style.colour(k), lw=7, solid_capstyle="butt"), style.words(k)) for k in kinds]
    marks = [
        (
            Line2D([], [], ls="", marker=MARKS[f][0], ms=6.5, mfc=MARKS[f][1]["facecolors"], mec=MARKS[f][1]["edgecolors"], mew=0.6),
            MARKS[f][2],
        )
        for f in ends
    ]
    return [("Class", classes), (f"How far it had come\n(here {style.words(sample)})", stages), ("How it ended", marks)]
