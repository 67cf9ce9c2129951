"""The range-height-angle chart after Blake: rays are straight, the earth and all lines of equal altitude are curved below them.

Source: Blake 1970, Machine plotting of radio/radar vertical-plane coverage diagrams, NRL Report 7098. A point at the slant range R and the
apparent elevation e stands at (R cos e, R sin e); the vertical axis is stretched, so that low elevations can be told apart.
"""

from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from dowding.plots import style
from dowding.plots.range_height import MARGINS
from dowding.plots.style import Floats
from dowding.plots.vertical_cut import GROUND, GROUND_EDGE, RAY, Cut, fill_probability, probability_legend

SIZE = (10.6, 6.6)
ELEVATIONS_DEG = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0)
ALTITUDES_KM = (0.5, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200)
CURVE = "#b9b9b9"


def chart_place(ranges_m: Floats, altitudes_m: Floats, antenna_m: float, effective_radius_m: float) -> tuple[Floats, Floats]:
    """Along the antenna's horizontal plane and above it (km) of points at ground ranges and altitudes, over the effective earth."""
    angle, distance = ranges_m / effective_radius_m, effective_radius_m + altitudes_m
    return distance * np.sin(angle) / 1000, (distance * np.cos(angle) - effective_radius_m - antenna_m) / 1000


def blake_chart_figure(cut: Cut) -> Figure:
    """Detection probability of one look on a chart of slant range, altitude and elevation."""
    with matplotlib.rc_context(style.STYLE):
        figure, axes = style.frame(*SIZE, MARGINS, cut.title, cut.subtitle, cut.above)

        def place(ranges: Any, altitudes: Any) -> tuple[Floats, Floats]:
            along, up = np.broadcast_arrays(ranges, altitudes)
            return chart_place(along, up, cut.antenna_m, cut.effective_radius_m)

        right = float(cut.ranges_m[-1]) / 1000
        ground = np.maximum(np.nan_to_num(cut.ground_m), 0.0)
        bottom = float(place(cut.ranges_m, np.zeros_like(ground))[1].min())
        top = (float(cut.altitudes_m[-1]) - cut.antenna_m) / 1000
        axes.set_xlim(0.0, right)
        axes.set_ylim(bottom, top)
        fill_probability(axes, *place(cut.ranges_m, cut.altitudes_m[:, np.newaxis]), cut.probability)
        x, y = place(cut.ranges_m, ground)
        axes.fill_between(x, bottom - 1.0, y, color=GROUND, lw=0, zorder=3.5)
        axes.plot(x, y, color=GROUND_EDGE, lw=0.8, zorder=3.6)
        ticks = _altitudes(axes, cut, place, bottom, top)
        _rays(axes, (x, y), right, bottom, top)
        _circles(axes, right, bottom, top)
        axes.yaxis.set_major_locator(FixedLocator([altitude - cut.antenna_m / 1000 for altitude in ticks]))
        axes.yaxis.set_major_formatter(FixedFormatter([f"{altitude:g}" for altitude in ticks]))
        axes.yaxis.set_minor_locator(NullLocator())
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.set_xlabel("slant range along the horizontal, km")
        axes.set_ylabel("altitude above the ellipsoid (along the curves), km")
        also: list[tuple[Any, str]] = [(Line2D([], [], color=CURVE, lw=0.9), "constant altitude")]
        also.append((Line2D([], [], color=RAY, lw=0.9, ls=(0, (4, 3))), "constant elevation"))
        also.append((Line2D([], [], color=CURVE, lw=0.9, ls=(0, (1, 2))), "constant slant range"))
        also.append((Patch(fc=GROUND, ec=GROUND_EDGE, lw=0.8), "ground"))
        probability_legend(axes, also, cut.hears, 1.07)
        return figure


def _altitudes(axes: Any, cut: Cut, place: Any, bottom: float, top: float) -> list[float]:
    """Curves of constant altitude; returns those that are named on the axis."""
    named = [0.0] if cut.antenna_m < 0.03 * 1000 * top else []
    for altitude in ALTITUDES_KM:
        if altitude > top + cut.antenna_m / 1000:
            break
        axes.plot(*place(cut.ranges_m, altitude * 1000.0), color=CURVE, lw=0.7, zorder=2)
        if not named or altitude - named[-1] > 0.055 * (top - bottom):
            named.append(altitude)
    return named


def _rays(axes: Any, ground: tuple[Floats, Floats], right: float, bottom: float, top: float) -> None:
    """Straight rays of constant elevation that clear the ground, named where they leave the chart."""
    taken: list[tuple[float, float]] = []
    for elevation in ELEVATIONS_DEG:
        slope = np.tan(np.radians(min(elevation, 89.999)))
        end = (right, slope * right) if slope * right <= top else (top / slope, top)
        if end[1] < bottom or np.any(ground[1] > slope * ground[0] + 1e-9):
            continue
        axes.plot([0.0, end[0]], [0.0, end[1]], color=RAY, lw=0.6, ls=(0, (4, 3)), zorder=2)
        near = any(abs(end[0] - x) < 0.045 * right and abs(end[1] - y) < 0.05 * (top - bottom) for x, y in taken)
        if near or end[0] < 0.02 * right:
            continue
        taken.append(end)
        off, ha, va = ((4, 0), "left", "center") if end[1] < top else ((0, 3), "center", "bottom")
        look = {"ha": ha, "va": va, "fontsize": 8.0, "color": style.QUIET}
        axes.annotate(f"{elevation:g}°", end, xytext=off, textcoords="offset points", annotation_clip=False, zorder=4, **look)


def _circles(axes: Any, right: float, bottom: float, top: float) -> None:
    """Lines of constant slant range: circles, which the stretched axis turns into ellipses."""
    for distance in axes.get_xticks():
        if 0.0 < distance <= right:
            elevation = np.linspace(np.arcsin(max(bottom / distance, -1.0)), np.arcsin(min(top / distance, 1.0)), 60)
            axes.plot(distance * np.cos(elevation), distance * np.sin(elevation), color=CURVE, lw=0.6, ls=(0, (1, 2)), zorder=2)
