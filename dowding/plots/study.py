"""Pictures of a study: distributions, curves over a factor, what its figures do to the answer, and why targets got through."""

import io
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dowding.plots import style

Reals = NDArray[np.float64]
Interval = tuple[float, float, float]  # value, low, high

BARS_MAX = 40
WIDTH = 8.2
SERIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#777777", "#F0E442", "#000000")
LOW, HIGH = "#56B4E9", "#D55E00"
LONGEST_NAME = 46
COLUMNS = 3  # of names in a legend


def _styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """The same drawing in the style of all figures."""

    @wraps(draw)
    def drawn(*given: Any, **named: Any) -> Figure:
        with matplotlib.rc_context(style.STYLE):
            return draw(*given, **named)

    return drawn


@_styled
def distribution_figure(columns: Mapping[str, Reals], measure: str) -> Figure:
    """How often each value of a measure comes, by variant; columns (replicate,)."""
    above = _legend_height(columns)
    title = f"How often each outcome comes: {measure}"
    figure, axes = style.frame(WIDTH, 3.9 + above, (0.75, 0.6, 0.3, 0.95 + above), title, "one count a replicate")
    known = {name: values[np.isfinite(values)] for name, values in columns.items()}
    every = np.concatenate(list(known.values()))
    whole = bool(len(every)) and bool((every == np.rint(every)).all()) and np.ptp(every) <= BARS_MAX
    if whole:
        _whole_bars(axes, known, every)
    elif len(every):
        edges = np.histogram_bin_edges(every, bins=min(BARS_MAX, max(8, round(len(every) ** 0.5))))
        for n, (name, values) in enumerate(known.items()):
            share, _ = np.histogram(values, edges)
            axes.stairs(share / max(len(values), 1), edges, color=SERIES[n % len(SERIES)], linewidth=1.6, label=name)
    axes.set_xlabel(measure)
    axes.set_ylabel("share of replicates")
    _legend(axes, known)
    return figure


def _whole_bars(axes: Axes, known: Mapping[str, Reals], every: Reals) -> None:
    values = np.arange(every.min(), every.max() + 1)
    width = 0.8 / max(len(known), 1)
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    for n, (name, column) in enumerate(known.items()):
        share = [(column == v).mean() if len(column) else 0.0 for v in values]
        axes.bar(values + (n - 0.5 * (len(known) - 1)) * width, share, width, color=SERIES[n % len(SERIES)], label=name)


@_styled
def curve_figure(curves: Mapping[str, Sequence[tuple[float, Interval]]], measure: str, factor: str) -> Figure:
    """A measure over a factor, a line with its 95 % intervals for each variant."""
    above, told = _legend_height(curves), "mean of the replicates with its 95 % interval"
    figure, axes = style.frame(WIDTH, 4.1 + above, (0.75, 0.6, 0.3, 0.95 + above), f"{measure} over {factor}", told)
    for n, (name, points) in enumerate(curves.items()):
        x = np.array([p[0] for p in points])
        y, low, high = (np.array([p[1][k] for p in points]) for k in range(3))
        color = SERIES[n % len(SERIES)]
        axes.fill_between(x, low, high, color=color, alpha=0.2, linewidth=0)
        axes.plot(x, y, "o-", color=color, markersize=4, linewidth=1.6, label=name)
    axes.set_xlabel(factor)
    axes.set_ylabel(measure)
    _legend(axes, curves)
    return figure


@_styled
def tornado_figure(bars: Sequence[tuple[str, float, float]], middle: float, measure: str, part: str = "fifth") -> Figure:
    """What each cause does to the answer: its mean over the lowest and the highest part of the range; the strongest on top."""
    height = 1.75 + 0.32 * max(len(bars), 1)
    told = f"its mean where the figure is in the lowest and in the highest {part} of its range"
    figure, axes = style.frame(WIDTH, height, (2.9, 0.6, 0.3, 1.15), "Which doubtful figures move the answer", told)
    for row, (_, low, high) in enumerate(reversed(bars)):
        axes.barh(row, low - middle, left=middle, color=LOW, height=0.62, label="figure low" if row == 0 else None)
        axes.barh(row, high - middle, left=middle, color=HIGH, height=0.62, label="figure high" if row == 0 else None)
    axes.axvline(middle, color=style.INK, linewidth=0.8)
    axes.set_yticks(range(len(bars)), [style.shortened(name, LONGEST_NAME) for name, _, _ in reversed(bars)])
    axes.set_xlabel(measure)
    if bars:
        axes.legend(frameon=False, fontsize=8, ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    return figure


@_styled
def reasons_figure(reasons: Mapping[str, Mapping[str, float]]) -> Figure:
    """Targets lost in a replicate by reason, a bar for each variant."""
    words = list(dict.fromkeys(word for found in reasons.values() for word in found))
    height = 2.0 + 0.42 * max(len(reasons), 1)
    figure, axes = style.frame(WIDTH, height, (2.2, 0.6, 0.3, 1.35), "Why targets were not stopped", "mean of the replicates, by variant")
    names = list(reversed(list(reasons)))
    left = np.zeros(len(names))
    for n, word in enumerate(words):
        size = np.array([reasons[name].get(word, 0.0) for name in names])
        axes.barh(range(len(names)), size, left=left, color=SERIES[n % len(SERIES)], height=0.62, label=word)
        left += size
    axes.set_yticks(range(len(names)), names)
    axes.set_xlim(0.0, 1.04 * max(float(left.max()), 1e-9))
    axes.set_xlabel("targets not stopped, in a replicate")
    if words:
        axes.legend(frameon=False, fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return figure


def _legend(axes: Axes, names: Collection[str]) -> None:
    """Names above the axes, where they hide nothing."""
    if len(names) > 1:
        axes.legend(frameon=False, fontsize=8, ncols=COLUMNS, loc="lower left", bbox_to_anchor=(-0.01, 1.0))


def _legend_height(names: Collection[str]) -> float:
    """How much room these names take above the axes, in inches."""
    return 0.17 * math.ceil(len(names) / COLUMNS) if len(names) > 1 else 0.0


def svg_text(figure: Figure) -> str:
    """A figure as SVG text, letters as outlines, that depends on nothing but the figure: to stand inside a page."""
    out = io.StringIO()
    with matplotlib.rc_context(style.STYLE | {"svg.fonttype": "path"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
