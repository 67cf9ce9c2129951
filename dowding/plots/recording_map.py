"""The map of a recording: its plots, the tracks that we made of them, and what others reported of the same targets."""

from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dowding.analysis.theatre import theatre_of
from dowding.plots import style
from dowding.plots.map import MARGINS, SIZE, draw_ground, set_window, window_around
from dowding.plots.style import Floats, Ints
from dowding.tables import Tables

TRACKS = ("#2f79b5", "#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e", "#a6761d")
PLOTS_MOST = 60_000  # drawn; of more, every n-th


def recording_figure(
    tables: Tables, plot_places: Floats, references: tuple[Ints, Floats, Floats] | None = None, *, title: str = ""
) -> Figure:
    """East and north about the theatre's origin in km.

    tables: sensors and tracks; plot_places (plot, 3) m, theatre; references: series (report,), time s, and positions (report, 3) m.
    """
    with matplotlib.rc_context(style.STYLE):
        tracks, sensors = tables["tracks"], tables["sensors"]
        rows = np.flatnonzero(tracks["confirmed"])
        east, north = tracks["east_m"][rows] / 1e3, tracks["north_m"][rows] / 1e3
        numbers, lines = style.paths(tracks["track"][rows], tracks["time_s"][rows], east, north)
        subtitle = f"{len(plot_places):,} plots, {len(numbers):,} confirmed tracks"
        figure, axes = style.frame(*SIZE, MARGINS, "What the radars of the recording saw, and the tracks", subtitle, title)
        sites = np.column_stack([sensors["east_m"], sensors["north_m"]]) / 1e3
        view = window_around(np.concatenate([plot_places[:, :2] / 1e3, sites]))
        theatre = theatre_of(tables)
        if theatre is not None:
            draw_ground(axes, theatre, view)
        some = plot_places[:: max(1, len(plot_places) // PLOTS_MOST)] / 1e3
        axes.plot(some[:, 0], some[:, 1], ls="", marker=".", ms=1.5, mec="none", mfc=style.OTHER, alpha=0.6, zorder=2, rasterized=True)
        entries: list[tuple[Any, str]] = [(Line2D([], [], ls="", marker=".", ms=5, color=style.OTHER), "plots")]
        if references is not None:
            series, time, places = references
            _, others = style.paths(series, time, places[:, 0] / 1e3, places[:, 1] / 1e3)
            axes.add_collection(LineCollection(others, colors=style.INK, linewidths=0.5, zorder=3), autolim=False)
            entries.append((Line2D([], [], color=style.INK, lw=0.5), f"what others reported ({len(others):,})"))
        colours = [TRACKS[int(number) % len(TRACKS)] for number in numbers]
        thin, pixels = 1.4 * style.thinner(len(lines)), style.heavy(lines)
        axes.add_collection(LineCollection(lines, colors=colours, linewidths=thin, zorder=5, rasterized=pixels), autolim=False)
        entries.append((Line2D([], [], color=TRACKS[0], lw=1.4), "confirmed tracks"))
        axes.plot(sites[:, 0], sites[:, 1], ls="", marker="^", ms=9, mfc="#f0c000", mec=style.INK, mew=0.9, zorder=9)
        for place in np.unique(np.round(sites, 1), axis=0):
            here = np.abs(sites - place).max(axis=1) < 0.1
            words = style.shortened(", ".join(sensors["name"][here].astype(str)), 40)
            axes.annotate(words, place, xytext=(7, 5), textcoords="offset points", fontsize=9.5, fontweight="bold", zorder=10)
        set_window(axes, view)
        style.legend(axes, [("Recording", entries)])
        return figure
