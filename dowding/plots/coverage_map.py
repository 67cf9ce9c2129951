"""Maps of coverage: how likely the target is detected in each place, where fire units reach it, and what a change takes away."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from dowding.plots import style
from dowding.plots.scene import HIGH, Raster, Scene, draw_scene, draw_sites, on_paper
from dowding.plots.style import Floats

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
BLUES = ("#dfeaf5", "#bcd7ec", "#8dbfdf", "#559bcb", "#2b76b3")  # of each level and above
PURPLES = ("#eae6f2", "#d0c7e4", "#b0a1d1", "#8d78bb", "#6a4fa3")
HALF, ZONE, CUMULATIVE = "#08306b", "#D55E00", "#222222"
# Okabe & Ito 2008, as the other figures: told apart by the common kinds of colour blindness, and on blue
UNITS = ("#D55E00", "#E69F00", "#CC79A7", "#222222", "#009E73")
DASHES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (2, 1.2)), (0, (6, 2, 1, 2)), (0, (1, 1)))
GONE, COME, KEPT = "#D55E00", "#009E73", "#bfd3e3"
OUTLINES = ("#08306b", "#2b76b3", "#559bcb", "#8dbfdf", "#bcd7ec", "#dfeaf5")  # of altitudes, the lowest first
NAMES_MOST = 26
LEGEND_LEFT = 1.075  # of the map's width, beyond the names of parallels


class Zone(NamedTuple):
    """Where one fire unit could have an intercept."""

    name: str
    kill: NDArray[Any]  # (row, column) kill probability of one shot, 0 outside


def _kinds(probability: NDArray[Any]) -> NDArray[np.int64]:
    """0 below the first level, k from the k-th on, one more than there are levels where no target can be."""
    kinds = np.digitize(probability, LEVELS)
    return np.asarray(np.where(probability < 0.0, len(LEVELS) + 1, kinds), np.int64)


def coverage_figure(
    scene: Scene,
    probability: NDArray[Any],
    words: str,
    zones: Sequence[Zone] = (),
    ring_deg: Floats | None = None,
    *,
    toward: tuple[str, float, float] | None = None,
) -> Figure:
    """The map of a detection probability (row, column) at one altitude, with engagement zones and the ring where targets are found.

    `words` say what the probability is of; `ring_deg` (point, 2) is a closed line of latitude and longitude. With `toward`, the name,
    latitude and longitude of a point, it is that of having been detected on the way there.
    """
    with matplotlib.rc_context(style.STYLE):
        raster = Raster(scene)
        shown = raster.of(probability)
        colours = BLUES if toward is None else PURPLES
        figure, axes = draw_scene(scene, raster.paint(_kinds(shown), [*colours, HIGH]))
        _line(axes, raster, shown >= 0.5, HALF, 0.8 if raster.rough else 1.2, "solid")
        drawn = [(zone, raster.of(zone.kill) > 0.0) for zone in zones]
        drawn = [(zone, mask) for zone, mask in drawn if mask.any()]
        for number, (_, mask) in enumerate(drawn):
            colour, dashes = _look(number, len(drawn))
            _line(axes, raster, mask, "white", 3.0, "solid")
            _line(axes, raster, mask, colour, 1.6, dashes)
        if ring_deg is not None and len(ring_deg):
            line = on_paper(scene.theatre, ring_deg)
            axes.plot(*np.concatenate([line, line[:1]]).T, color=CUMULATIVE, lw=1.1, ls=(0, (6, 3)), zorder=4)
        draw_sites(axes, scene, [] if toward is None else [toward])
        ring = ring_deg is not None and len(ring_deg) > 0
        style.legend(axes, _legend(colours, words, drawn, ring, bool((shown < 0.0).any())), left=LEGEND_LEFT)
        return figure


def _line(axes: Any, raster: Raster, mask: NDArray[Any], colour: str, width: float, dashes: Any) -> None:
    """The edge of a mask."""
    if mask.any() and not mask.all():
        field = raster.smooth(mask)
        axes.contour(raster.x, raster.y, field, levels=[0.5], colors=[colour], linewidths=width, linestyles=[dashes], zorder=5)


def _look(number: int, of: int) -> tuple[str, Any]:
    """Colour and dashes of one zone: all alike where they are too many to tell apart."""
    return (UNITS[number], DASHES[number]) if of <= len(UNITS) else (ZONE, "solid")


def _legend(
    colours: Sequence[str], words: str, zones: Sequence[tuple[Zone, NDArray[Any]]], ring: bool, nowhere: bool
) -> list[tuple[str, list[tuple[Any, str]]]]:
    steps: list[tuple[Any, str]] = [(Patch(fc=colour), f"{level:g} and more") for level, colour in zip(LEVELS, colours, strict=True)][::-1]
    steps.insert(3, (Line2D([], [], color=HALF, lw=1.4), "exactly a half"))
    entries: list[tuple[Any, str]] = []
    best = [float(zone.kill.max()) for zone, _ in zones]
    if zones and len(zones) > len(UNITS):
        each = f"{max(best):.2g}" if min(best) == max(best) else f"{min(best):.2g} to {max(best):.2g}"
        entries.append((Line2D([], [], color=ZONE, lw=1.8), f"{len(zones)} fire units,\none shot kills with {each}"))
    elif zones:
        for number, (zone, _) in enumerate(zones):
            colour, dashes = _look(number, len(zones))
            label = f"{style.shortened(zone.name, NAMES_MOST)},\none shot kills with {best[number]:.2g}"
            entries.append((Line2D([], [], color=colour, lw=1.8, ls=dashes), label))
    rest: list[tuple[Any, str]] = []
    if ring:
        rest.append((Line2D([], [], color=CUMULATIVE, lw=1.1, ls=(0, (6, 3))), "found by here in nine of ten\nstraight approaches"))
    if nowhere:
        rest.append((Patch(fc=HIGH), "the ground is higher than this:\nno target can be here"))
    return [(words, steps), ("Intercept possible by", entries), ("Also drawn", rest)]


def outlines_figure(scene: Scene, levels: Sequence[tuple[str, NDArray[Any]]], words: str) -> Figure:
    """Where half the looks or more detect, at several altitudes, the lowest first: its name and probability (row, column)."""
    with matplotlib.rc_context(style.STYLE):
        raster = Raster(scene)
        shown = list(zip(levels[: len(OUTLINES)], OUTLINES, strict=False))
        masks = [raster.of(field) >= 0.5 for (_, field), _ in shown]
        kinds = np.zeros(masks[0].shape, np.int64)
        for number in reversed(range(len(masks))):
            kinds[masks[number]] = number + 1
        figure, axes = draw_scene(scene, raster.paint(kinds, [colour for _, colour in shown]))
        for mask in masks:
            _line(axes, raster, mask, HALF, 0.5 if raster.rough else 0.8, "solid")
        draw_sites(axes, scene)
        entries = [(Patch(fc=colour, ec=HALF, lw=0.8), name) for (name, _), colour in shown]
        style.legend(axes, [(words, entries[::-1])], left=LEGEND_LEFT)
        return figure


def difference_figure(scene: Scene, seen: NDArray[Any], reached: NDArray[Any], names: tuple[str, str]) -> Figure:
    """The map of what only the first, only the second, and both of two networks cover and reach.

    `seen` and `reached` (row, column): 0 neither, 1 both, 2 only the first, 3 only the second.
    """
    with matplotlib.rc_context(style.STYLE):
        raster = Raster(scene)
        kinds, zones = raster.of(seen).astype(np.int64), raster.of(reached).astype(np.int64)
        figure, axes = draw_scene(scene, raster.paint(kinds, [KEPT, GONE, COME]))
        first, second = (style.shortened(name, NAMES_MOST) for name in names)
        covered = [(Patch(fc=GONE), f"only {first}"), (Patch(fc=KEPT), "both"), (Patch(fc=COME), f"only {second}")]
        lines: list[tuple[Any, str]] = []
        for kind, colour, label in ((2, GONE, f"only {first}"), (1, style.INK, "both"), (3, COME, f"only {second}")):
            mask = zones == kind
            if mask.any():
                _line(axes, raster, mask, "white", 3.2, "solid")
                _line(axes, raster, mask, colour, 1.6, (0, (4, 1.6)))
                lines.append((Line2D([], [], color=colour, lw=1.6, ls=(0, (4, 1.6))), label))
        draw_sites(axes, scene)
        style.legend(axes, [("Detected by", covered), ("In reach of fire units of", lines)], left=LEGEND_LEFT)
        return figure
