"""How long each target took to pass the links of the chain, and what the fire units had in use meanwhile."""

from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from dowding.analysis.kill_chain import STAGES
from dowding.plots import style
from dowding.tables import Columns

WIDTH = 10.6
MARGINS = (1.95, 0.60, 2.35, 0.97)
MOST_ROWS = 60
MARKS = ("o", "s", "D", "P", "^", "v", ">", "X")
SHADES = ("#bdbdbd", "#8c8c8c", "#6a6a6a", "#4c78a8", "#f58518", "#b279a2", "#e45756", "#222222")


def chain_figure(chain: Columns, *, scenario: str = "") -> Figure:
    """One row a target that was engaged, or else detected: when it passed each stage, minutes after the start; an even choice of many."""
    with matplotlib.rc_context(style.STYLE):
        reached = np.flatnonzero(np.isfinite(chain["launched_s"]))
        rows = reached if len(reached) else np.flatnonzero(np.isfinite(chain["detected_s"]))
        rows = rows[np.argsort(chain["detected_s"][rows], kind="stable")]
        if len(rows) > MOST_ROWS:
            rows = rows[np.unique(np.linspace(0, len(rows) - 1, MOST_ROWS).round().astype(np.int64))]
        height = max(4.3, 0.14 * len(rows) + MARGINS[1] + MARGINS[3] + 0.4)
        which = "those that were engaged" if len(reached) else "none was engaged"
        about = f"{len(rows):,} of {len(chain['target']):,} targets, {which}"
        figure, axes = style.frame(WIDTH, height, MARGINS, "The chain from detection to intercept", about, scenario)
        levels = np.arange(len(rows), 0, -1, dtype=np.float64)
        at = np.column_stack([chain[f"{stage}_s"][rows] for stage in STAGES]) / 60.0 if len(rows) else np.zeros((0, len(STAGES)))
        for level, times in zip(levels, at, strict=True):
            known = times[np.isfinite(times)]
            axes.plot([known.min(), known.max()], [level, level], color="#dddddd", lw=1.0, zorder=1)
        size = 22.0 if len(rows) <= 30 else 11.0
        for k in range(len(STAGES)):
            axes.scatter(at[:, k], levels, s=size, marker=MARKS[k], color=SHADES[k], linewidths=0, zorder=2 + k)
        axes.set_yticks(levels, [style.shortened(f"{chain['flight'][r]}, {chain['fate'][r]}", 30) for r in rows], fontsize=7)
        axes.set_ylim(0.0, len(rows) + 1.0)
        axes.set_xlabel("minutes")
        entries = [(Line2D([], [], marker=MARKS[k], color=SHADES[k], ls="", ms=5), stage) for k, stage in enumerate(STAGES)]
        style.legend(axes, [("stage", entries)])
    return figure


def use_figure(use: Columns, *, scenario: str = "") -> Figure:
    """Engagements, interceptors in flight and rounds left of each fire unit over minutes, a panel each."""
    with matplotlib.rc_context(style.STYLE):
        units = list(dict.fromkeys(use["unit"].astype(str).tolist()))
        panels = (("engagements", "engagements"), ("flying", "interceptors\nin flight"), ("left", "rounds left"))
        told = f"{len(units)} fire unit{'s' if len(units) != 1 else ''}"
        figure, axes = style.frame(WIDTH, 5.4, MARGINS, "What the fire units had in use", told, scenario)
        box = axes.get_position()
        axes.remove()
        drawn: list[Any] = []
        for row, (name, words) in enumerate(panels):
            tall = box.height / len(panels)
            part = figure.add_axes((box.x0, box.y0 + (len(panels) - 1 - row) * tall, box.width, 0.86 * tall))
            for k, unit in enumerate(units):
                mine = use["unit"].astype(str) == unit
                colour = matplotlib.colormaps["tab10"](k % 10)
                (line,) = part.step(use["time_s"][mine] / 60.0, use[name][mine], where="post", color=colour, lw=1.2)
                if row == 0:
                    drawn.append((line, style.shortened(unit, 26)))
            part.set_ylabel(words, fontsize=8)
            part.set_ylim(bottom=0.0)
            part.yaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 4, 5, 10], integer=True))
            part.grid(axis="x", color="#e6e6e6", lw=0.6)
            if row < len(panels) - 1:
                part.set_xticklabels([])
            else:
                part.set_xlabel("minutes")
            if row == 0:
                style.legend(part, [("fire unit", drawn)])
    return figure
