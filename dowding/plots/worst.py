"""The worst moments of a picture, a small map of each: truth, tracks, detections of the last scans, and every mistake marked."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dowding.analysis.picture_quality import PictureQuality
from dowding.analysis.vantage import places
from dowding.analysis.worst_moments import FALSE, FAR, LABELS, MISSED, REDUNDANT, SWAPPED, Moment, words_of
from dowding.plots import style
from dowding.tables import Tables

COLUMNS = 3
PANEL, CAPTION = 3.45, 0.35  # inches: a map with its axes, and what more its words need
TRACK = "#0072B2"
MARKS = {  # of each mistake: marker, colour, size
    MISSED: ("o", style.LEAK, 13),
    FALSE: ("X", "#E69F00", 9),
    REDUNDANT: ("D", "#CC79A7", 8),
    SWAPPED: ("s", "#009E73", 12),
    FAR: ("", style.LEAK, 0),
}
PAST_S = 120.0  # how much of the paths is drawn


def worst_figure(quality: PictureQuality, moments: Sequence[Moment], tables: Tables, *, scenario: str = "") -> Figure:
    """Maps around `moments`, the worst first, north up, in km about the theatre's origin."""
    with matplotlib.rc_context(style.STYLE):
        rows = max(-(-len(moments) // COLUMNS), 1)
        width, height = COLUMNS * PANEL + 0.5, rows * (PANEL + CAPTION) + 1.55
        figure = Figure(figsize=(width, height), dpi=style.DPI, facecolor="white")
        FigureCanvasAgg(figure)
        words = f"picture {quality.picture}; the {len(moments)} places and instants with the most mistakes at once" if moments else "none"
        for text, down, size, colour, weight in (
            (style.shortened(scenario, 110), 0.19, 8.5, style.QUIET, "normal"),
            ("The worst moments of the picture", 0.42, 13, style.INK, "bold"),
            (words, 0.68, 9.5, style.QUIET, "normal"),
        ):
            figure.text(0.55 / width, 1 - down / height, text, fontsize=size, color=colour, fontweight=weight, va="center")
        for number, moment in enumerate(moments):
            row, column = divmod(number, COLUMNS)
            left, top = 0.55 + column * PANEL, 1.45 + row * (PANEL + CAPTION)
            inside = PANEL - 0.45
            axes = figure.add_axes((left / width, 1 - (top + inside) / height, inside / width, inside / height))
            _panel(axes, number + 1, moment, quality, tables)
        _key(figure)
        return figure


def _panel(axes: Any, number: int, moment: Moment, quality: PictureQuality, tables: Tables) -> None:
    away = np.abs(moment.mistakes.position[:, :2] - moment.centre).max(initial=0.0)
    centre, half = moment.centre / 1000.0, float(np.clip(1.6 * away, 4.0 * quality.settings.cutoff_m, 1.1 * moment.radius_m)) / 1000.0
    _detections(axes, moment, quality, tables)
    _paths(axes, moment, quality)
    _mistakes(axes, moment, quality)
    axes.set_xlim(centre[0] - half, centre[0] + half)
    axes.set_ylim(centre[1] - half, centre[1] + half)
    axes.set_aspect("equal")
    axes.tick_params(labelsize=7.5)
    minutes, seconds = divmod(round(moment.time_s), 60)
    axes.set_title(f"{number}   {minutes} min {seconds:02d} s", fontsize=9.5, fontweight="bold", loc="left", pad=27)
    axes.text(0.0, 1.015, _folded(words_of(moment, quality)), transform=axes.transAxes, fontsize=7, color=style.QUIET, va="bottom")


def _folded(text: str, most: int = 70) -> str:
    """At most two lines, broken between mistakes."""
    lines = [""]
    for part in text.split("; "):
        if lines[-1] and len(lines[-1]) + len(part) > most:
            lines.append("")
        lines[-1] += ("; " if lines[-1] else "") + part
    return "\n".join([*lines[:1], style.shortened("; ".join(lines[1:]), most)]) if len(lines) > 1 else lines[0]


def _detections(axes: Any, moment: Moment, quality: PictureQuality, tables: Tables) -> None:
    """Detections of the picture's sensors since their last scan or two, false alarms among them."""
    if "detections" not in tables:
        return
    detections, sensors = tables["detections"], tables["sensors"]
    sensor = np.asarray(detections["sensor"], np.int64)
    age = moment.time_s - detections["time_s"]
    rows = np.flatnonzero((sensors["picture"][sensor] == quality.picture) & (age >= 0.0) & (age <= 2.0 * sensors["period_s"][sensor]))
    place = places(tables, rows)[:, :2] / 1000.0
    axes.plot(place[:, 0], place[:, 1], ls="", marker=".", ms=4, mfc="#8c8c8c", mec="none", zorder=3)


def _paths(axes: Any, moment: Moment, quality: PictureQuality) -> None:
    """True paths and tracks of the last two minutes, and where they are now."""
    times = quality.times
    low, high = moment.centre - 1.6 * moment.radius_m, moment.centre + 1.6 * moment.radius_m
    for points, colour, width, marker, shift in (
        (quality.truth, "#8f8f8f", 2.2, "o", (4, -9)),
        (quality.tracks, TRACK, 1.1, "x", (4, 4)),
    ):
        when = times[points.step]
        place = points.position[:, :2]
        lately = (when <= moment.time_s + 1e-9) & (when >= moment.time_s - PAST_S)
        rows = np.flatnonzero(lately & (place > low).all(axis=1) & (place < high).all(axis=1))
        _, lines = style.paths(points.who[rows], when[rows], place[rows, 0] / 1000.0, place[rows, 1] / 1000.0)
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, zorder=4, alpha=0.8), autolim=False)
        now = rows[points.step[rows] == moment.step]
        look = {"mfc": "white", "mec": "#6f6f6f", "mew": 1.0} if marker == "o" else {"mec": TRACK, "mew": 1.4}
        axes.plot(place[now, 0] / 1000.0, place[now, 1] / 1000.0, ls="", marker=marker, ms=5, zorder=5, **look)
        for row in now[:40]:
            style_of = {"fontsize": 6.5, "color": "#5a5a5a" if marker == "o" else TRACK, "annotation_clip": True}
            axes.annotate(str(int(points.who[row])), place[row] / 1000.0, xytext=shift, textcoords="offset points", zorder=6, **style_of)


def _mistakes(axes: Any, moment: Moment, quality: PictureQuality) -> None:
    wrong = moment.mistakes
    for kind, (marker, colour, size) in MARKS.items():
        rows = np.flatnonzero(wrong.kind == kind)
        place = wrong.position[rows, :2] / 1000.0
        if kind == FAR:
            for row in rows:
                track = (quality.tracks.step == moment.step) & (quality.tracks.who == wrong.track[row])
                there = quality.tracks.position[track][0, :2] / 1000.0
                axes.plot(*np.transpose([wrong.position[row, :2] / 1000.0, there]), color=colour, lw=1.6, zorder=7)
        elif len(rows):
            filled = {"mfc": colour, "mec": "white", "mew": 0.7} if kind == FALSE else {"mfc": "none", "mec": colour, "mew": 1.8}
            axes.plot(place[:, 0], place[:, 1], ls="", marker=marker, ms=size, zorder=7, **filled)


def _key(figure: Figure) -> None:
    """What the marks mean, in two rows below the maps."""
    handles = [
        Line2D([], [], color="#8f8f8f", lw=2.2, marker="o", ms=5, mfc="white", mec="#6f6f6f"),
        Line2D([], [], color=TRACK, lw=1.1, marker="x", ms=5, mew=1.4),
        Line2D([], [], ls="", marker=".", ms=6, mfc="#8c8c8c", mec="none"),
    ]
    words = [f"truth, last {PAST_S / 60:g} minutes", "track", "detections of two scans"]
    for kind, (marker, colour, _) in MARKS.items():
        if kind == FAR:
            handles.append(Line2D([], [], color=colour, lw=1.6))
        else:
            filled = {"mfc": colour, "mec": "white"} if kind == FALSE else {"mfc": "none", "mec": colour, "mew": 1.6}
            handles.append(Line2D([], [], ls="", marker=marker, ms=7, **filled))
        words.append(LABELS[kind])
    figure.legend(handles, words, loc="lower left", bbox_to_anchor=(0.045, 0.004), ncols=4, frameon=False, fontsize=8, handlelength=1.8)
