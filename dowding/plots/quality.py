"""A picture's quality over time: GOSPA, the parts it is made of, and how many targets and tracks there were."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from dowding.analysis.picture_quality import PictureQuality, gospa_in_sight
from dowding.analysis.worst_moments import Moment
from dowding.plots import style
from dowding.plots.style import Floats

SIZE = (10.6, 8.0)
MARGINS = (0.85, 0.60, 2.75, 0.97)
HEIGHTS = (0.36, 0.36, 0.20)  # of the panels, the rest lies between them
PARTS = (  # what GOSPA is made of, in the order in which it is stacked
    ("missed, out of sight", "#d9d9d9"),
    ("missed in sight", style.LEAK),
    ("tracks of no target", "#E69F00"),
    ("position error", "#0072B2"),
)


def quality_figure(quality: PictureQuality, moments: Sequence[Moment] = (), *, scenario: str = "") -> Figure:
    """GOSPA over time, its parts as equivalents of missed targets, and numbers of targets and tracks; `moments` are numbered."""
    with matplotlib.rc_context(style.STYLE):
        return _draw(quality, moments, scenario)


def _draw(quality: PictureQuality, moments: Sequence[Moment], scenario: str) -> Figure:
    figure, top = style.frame(*SIZE, MARGINS, "How far the picture was from the truth", _subtitle(quality), scenario)
    left, bottom, width, height = top.get_position().bounds
    gap = (1.0 - sum(HEIGHTS)) / (len(HEIGHTS) - 1)
    panels, edge = [], bottom + height
    for k, share in enumerate(HEIGHTS):
        axes = top if k == 0 else figure.add_axes((0, 0, 1, 1))
        axes.set_position((left, edge - share * height, width, share * height))
        edge -= (share + gap) * height
        panels.append(axes)
    minutes = quality.times / 60.0
    _distance(panels[0], minutes, quality, moments)
    _parts(panels[1], minutes, quality)
    _numbers(panels[2], minutes, quality)
    for k, axes in enumerate(panels):
        axes.set_xlim(*((minutes[0], minutes[-1]) if len(minutes) > 1 else (0.0, 1.0)))
        axes.set_ylim(bottom=0.0)
        axes.grid(axis="y", color="#e6e6e6", lw=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelbottom=k == len(panels) - 1)
    panels[-1].set_xlabel("minutes after the start")
    return figure


def _subtitle(quality: PictureQuality) -> str:
    s, d = quality.settings, quality.distances
    if not len(d.gospa):
        return "nothing flew"
    plane = "over ground" if s.flat else "in space"
    return f"picture {quality.picture}; distances {plane}, cut off at {s.cutoff_m:g} m, order {s.power:g}; overall {d.total():,.0f} m"


def _distance(axes: Any, minutes: Floats, quality: PictureQuality, moments: Sequence[Moment]) -> None:
    seen = gospa_in_sight(quality)
    axes.plot(minutes, quality.distances.gospa, color="#9a9a9a", lw=1.0)
    axes.plot(minutes, seen, color=style.INK, lw=1.4)
    axes.set_ylabel("GOSPA, m")
    for number, moment in enumerate(moments, 1):
        y = seen[moment.step]
        axes.plot(moment.time_s / 60.0, y, "o", ms=5, mfc=style.LEAK, mec="white", mew=0.8, zorder=5)
        look = {"fontsize": 8.5, "fontweight": "bold", "color": style.LEAK, "ha": "center"}
        axes.annotate(str(number), (moment.time_s / 60.0, y), xytext=(0, 5), textcoords="offset points", **look)
    axes.set_ylim(0.0, 1.12 * float(quality.distances.gospa.max(initial=1.0)))
    lines = [
        (Line2D([], [], color="#9a9a9a", lw=1.4), "all that flew"),
        (Line2D([], [], color=style.INK, lw=1.6), "without what no sensor\nhad in sight"),
    ]
    if moments:
        dot = Line2D([], [], ls="", marker="o", ms=5, mfc=style.LEAK, mec="white")
        lines.append((dot, "worst moments (maps in\nthe other figure)"))
    style.legend(axes, [("Distance from truth", lines)])


def _parts(axes: Any, minutes: Floats, quality: PictureQuality) -> None:
    d = quality.distances
    unit = 0.5 * d.cutoff**d.power
    stack = [d.missed - quality.missed_in_sight, quality.missed_in_sight, d.false, d.localisation]
    if len(minutes):
        axes.stackplot(minutes, *[values / unit for values in stack], colors=[colour for _, colour in PARTS], lw=0)
    axes.set_ylabel("parts of GOSPA,\nas missed targets")
    style.legend(axes, [("What it is made of", [(Patch(facecolor=colour), word) for word, colour in reversed(PARTS)])])


def _numbers(axes: Any, minutes: Floats, quality: PictureQuality) -> None:
    d = quality.distances
    seen = np.bincount(quality.truth.step[quality.in_sight], minlength=len(quality.times))
    lines = ((d.truths, "#9a9a9a", "-", "targets"), (seen, style.LEAK, "-", "targets in sight"), (d.tracks, "#0072B2", "-", "tracks"))
    for values, colour, dashes, _ in lines:
        axes.plot(minutes, values, color=colour, ls=dashes, lw=1.1)
    axes.set_ylabel("number")
    style.legend(axes, [("How many there were", [(Line2D([], [], color=c, ls=s, lw=1.6), word) for _, c, s, word in lines])])
