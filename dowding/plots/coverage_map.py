"""Maps of coverage: how likely one look detects the target in each place, where fire units reach it, and what a change takes away."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from dowding.analysis.theatre import Theatre
from dowding.plots import style
from dowding.plots.borders import lines_in_view
from dowding.plots.labels import VEIL, Box, View, best_corner
from dowding.plots.style import Floats

SIZE = (10.6, 8.27)
MARGINS = (0.75, 0.60, 2.75, 0.97)
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
BLUES = ("#e3eef7", "#c3dbee", "#94c2e0", "#5c9fce", "#2f79b5")  # of each level and above
HALF, ZONE, CUMULATIVE = "#08306b", "#D55E00", "#222222"
GONE, COME, KEPT = "#D55E00", "#009E73", "#dbe6ef"
CELLS_MOST = 500  # rows and columns drawn; finer maps are thinned
LABELS_MOST = 12


class CoverageField(NamedTuple):
    """What one map shows, at one altitude."""

    theatre: Theatre
    latitude_deg: Floats  # (row,)
    longitude_deg: Floats  # (column,)
    probability: NDArray[Any]  # (row, column)
    zones: NDArray[Any]  # (unit, row, column) kill probability, 0 outside
    sites: Sequence[tuple[str, float, float]]  # name, latitude, longitude
    ring_deg: Floats  # (point, 2) latitude and longitude where the cumulative probability is reached, or no points
    title: str
    subtitle: str
    above: str
    words: str  # how the probability is meant, for the legend


def coverage_figure(field: CoverageField) -> Figure:
    """The map of a network's detection probability at one altitude, with engagement zones and the cumulative ring."""
    with matplotlib.rc_context(style.STYLE):
        x, y, every = _mesh(field, (field.probability >= LEVELS[0]) | (field.zones > 0.0).any(axis=0))
        figure, axes, view = _paper(field, x, y, field.probability[every] >= LEVELS[0])
        probability = np.asarray(field.probability[every], np.float64)
        if probability.max() >= LEVELS[0]:
            axes.contourf(x, y, probability, levels=[*LEVELS, 1.01], colors=list(BLUES), zorder=0)
        if probability.max() >= 0.5 > probability.min():
            axes.contour(x, y, probability, levels=[0.5], colors=[HALF], linewidths=1.2, zorder=4)
        for zone in field.zones:
            inside = (zone[every] > 0.0).astype(np.float64)
            if inside.any():
                axes.contour(x, y, inside, levels=[0.5], colors=["white"], linewidths=3.4, zorder=5)
                axes.contour(x, y, inside, levels=[0.5], colors=[ZONE], linewidths=1.8, zorder=5)
        ring = _ring(axes, field)
        _sites(axes, field, view)
        style.legend(axes, _legend(field, ring))
        return figure


def difference_figure(
    field: CoverageField, first: NDArray[Any], second: NDArray[Any], lost_zone: NDArray[Any], names: tuple[str, str]
) -> Figure:
    """The map of what only the first, only the second, and both of two networks cover: masks (row, column).

    `lost_zone`, a mask too, is what only the first one's fire units reach.
    """
    with matplotlib.rc_context(style.STYLE):
        x, y, every = _mesh(field, first | second | lost_zone)
        mine, other = first[every], second[every]
        figure, axes, view = _paper(field, x, y, mine | other)
        kind = np.where(mine & other, 1, np.where(mine, 2, np.where(other, 3, 0)))
        colours = ListedColormap(["white", KEPT, GONE, COME])
        axes.pcolormesh(x, y, kind, cmap=colours, vmin=-0.5, vmax=3.5, shading="nearest", zorder=0, rasterized=True)
        lost = lost_zone[every].astype(np.float64)
        if lost.any():
            axes.contour(x, y, lost, levels=[0.5], colors=[GONE], linewidths=1.4, linestyles=["dashed"], zorder=5)
        _sites(axes, field, view)
        entries = [(Patch(fc=GONE), f"only {style.shortened(names[0], 24)}"), (Patch(fc=KEPT), "both")]
        entries.append((Patch(fc=COME), f"only {style.shortened(names[1], 24)}"))
        zone = [(Line2D([], [], color=GONE, lw=1.4, ls="--"), f"only {style.shortened(names[0], 24)}")] if lost.any() else []
        style.legend(axes, [("Covered by", entries), ("In reach of fire units of", zone)])
        return figure


def _mesh(field: CoverageField, shown: NDArray[np.bool_]) -> tuple[Floats, Floats, tuple[slice, slice]]:
    """East and north (row, column) in km of the cells drawn, and which they are: those shown and a rim, thinned if there are many."""
    spans = [np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0)]
    ends = [(int(s[0]), int(s[-1]) + 1) if len(s) else (0, n) for s, n in zip(spans, shown.shape, strict=True)]
    stride = -(-max(last - first for first, last in ends) // CELLS_MOST)
    rim = 2 * stride
    every = (slice(max(ends[0][0] - rim, 0), ends[0][1] + rim, stride), slice(max(ends[1][0] - rim, 0), ends[1][1] + rim, stride))
    lat, lon = np.meshgrid(field.latitude_deg[every[0]], field.longitude_deg[every[1]], indexing="ij")
    places = field.theatre.project(lat, lon) / 1000
    return places[..., 0], places[..., 1], every


def _paper(field: CoverageField, x: Floats, y: Floats, shown: NDArray[np.bool_]) -> tuple[Figure, Any, View]:
    """Figure and axes over what is shown, sites and coasts included."""
    points = [np.column_stack([x[shown], y[shown]]), _projected(field, [(lat, lon) for _, lat, lon in field.sites])]
    if len(field.ring_deg):
        points.append(_projected(field, field.ring_deg))
    spread = np.concatenate(points)
    low, high = spread.min(axis=0), spread.max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2 * 1.05, 10.0)
    paper = np.array([SIZE[0] - MARGINS[0] - MARGINS[2], SIZE[1] - MARGINS[1] - MARGINS[3]])
    half = paper * (half / paper).max()
    view = View(middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1], 2 * half[0] / (72 * paper[0]))
    figure, axes = style.frame(*SIZE, MARGINS, field.title, field.subtitle, field.above)
    axes.set_xlim(view.west, view.east)
    axes.set_ylim(view.south, view.north)
    axes.set_aspect("equal")
    axes.set_xlabel("east of the theatre's origin, km")
    axes.set_ylabel("north of the theatre's origin, km")
    coasts, borders = lines_in_view(field.theatre, *(1000 * v for v in view[:4]))
    for lines, colour, width, dashes in ((borders, "#8f8f8f", 0.7, (0, (5, 2))), (coasts, style.COAST, 0.9, "solid")):
        if lines:
            axes.add_collection(
                LineCollection([line / 1000 for line in lines], colors=colour, linewidths=width, linestyles=dashes, zorder=3), autolim=False
            )
    return figure, axes, view


def _projected(field: CoverageField, places: Any) -> Floats:
    degrees = np.asarray(places, np.float64).reshape(-1, 2)
    return field.theatre.project(degrees[:, 0], degrees[:, 1])[:, :2] / 1000


def _ring(axes: Any, field: CoverageField) -> bool:
    if not len(field.ring_deg):
        return False
    line = _projected(field, field.ring_deg)
    axes.plot(*np.concatenate([line, line[:1]]).T, color=CUMULATIVE, lw=1.0, ls=(0, (6, 3)), zorder=4)
    return True


def _sites(axes: Any, field: CoverageField, view: View) -> None:
    """A marker at each site, with its name while there are few."""
    marks = _projected(field, [(lat, lon) for _, lat, lon in field.sites])
    taken: list[Box] = []
    for (name, *_), xy in zip(field.sites, marks, strict=True):
        axes.plot(*xy, marker="^", ms=8, mfc="#f0c000", mec=style.INK, mew=0.9, zorder=9)
        if len(marks) <= LABELS_MOST:
            right, above = best_corner(xy, name, view, np.empty((0, 2)), marks, taken)
            look = {"ha": "left" if right > 0 else "right", "va": "bottom" if above > 0 else "top", "fontsize": 9.5, "fontweight": "bold"}
            axes.annotate(name, xy, xytext=(7 * right, 6 * above), textcoords="offset points", zorder=10, bbox=VEIL, **look)


def _legend(field: CoverageField, ring: bool) -> list[tuple[str, list[tuple[Any, str]]]]:
    steps: list[tuple[Any, str]] = [(Patch(fc=colour), f"{level:g} and more") for level, colour in zip(LEVELS, BLUES, strict=True)][::-1]
    steps.insert(3, (Line2D([], [], color=HALF, lw=1.4), "exactly a half"))
    zones = []
    best = [float(zone.max()) for zone in field.zones if zone.any()]
    if best:
        low, high = min(best), max(best)
        each = f"{high:.2g}" if low == high else f"{low:.2g} to {high:.2g}"
        zones.append((Line2D([], [], color=ZONE, lw=1.8), f"intercept possible,\none shot kills with {each}"))
    rings = []
    if ring:
        rings.append((Line2D([], [], color=CUMULATIVE, lw=1.0, ls=(0, (6, 3))), "found by here in nine of ten\nstraight approaches"))
    return [(field.words, steps), ("Engagement zone", zones), ("Cumulative", rings)]
