"""The vertical cut of one sensor: detection probability over ground range and altitude, with the ground, and rays of equal elevation."""

from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from dowding.plots import style
from dowding.plots.coverage_map import BLUES, HALF, LEVELS
from dowding.plots.range_height import MARGINS, SIZE, set_axes
from dowding.plots.style import Floats

RAYS_DEG = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0)
GROUND, GROUND_EDGE = "#c9b59a", "#7d6a50"
RAY = "#8a8a8a"


class Cut(NamedTuple):
    """What one sensor sees along one azimuth."""

    ranges_m: Floats  # (range,) over ground from the sensor
    altitudes_m: Floats  # (altitude,) above the ellipsoid
    probability: Floats  # (altitude, range) of one look
    ground_m: Floats  # (range,) height of the ground; NaN where it is not known
    antenna_m: float  # above the ellipsoid
    effective_radius_m: float  # of the earth over which rays are straight
    title: str
    subtitle: str
    above: str
    hears: bool = False  # it is a receiver


def ray_altitudes(ranges_m: Floats, elevation_deg: float, antenna_m: float, effective_radius_m: float) -> Floats:
    """Altitude (m) of a refracted ray over ground ranges: straight over the effective earth; infinite past its vertical.

    The sine rule in the triangle of earth's centre, antenna and ray (Blake 1968, Ray height computation for a continuous nonlinear
    atmospheric refractive-index profile, Radio Science 3, 85-92, treats the same ray without this simplification).
    """
    angle, elevation = ranges_m / effective_radius_m, np.radians(elevation_deg)
    cosine = np.cos(elevation + angle)
    top = (effective_radius_m + antenna_m) * np.cos(elevation)
    return np.where(cosine > 1e-9, top / np.maximum(cosine, 1e-9) - effective_radius_m, np.inf)


def probability_legend(axes: Any, also: list[tuple[Any, str]], hears: bool, left: float = 1.03) -> None:
    """What the colours and lines of a vertical cut mean."""
    steps: list[tuple[Any, str]] = [(Patch(fc=colour), f"{level:g} and more") for level, colour in zip(LEVELS, BLUES, strict=True)][::-1]
    steps.insert(3, (Line2D([], [], color=HALF, lw=1.4), "exactly a half"))
    style.legend(axes, [("Heard in one period with" if hears else "One look detects with", steps), ("Also drawn", also)], left)


def fill_probability(axes: Any, x: Floats, y: Floats, probability: Floats) -> None:
    """Bands of probability, and the line of a half."""
    if probability.max() >= LEVELS[0]:
        axes.contourf(x, y, probability, levels=[*LEVELS, 1.01], colors=list(BLUES), zorder=1)
    if probability.max() >= 0.5 > probability.min():
        axes.contour(x, y, probability, levels=[0.5], colors=[HALF], linewidths=1.2, zorder=3)


def vertical_cut_figure(cut: Cut) -> Figure:
    """Detection probability of one look over ground range and altitude, with rays of constant elevation and the ground's profile."""
    with matplotlib.rc_context(style.STYLE):
        figure, axes = style.frame(*SIZE, MARGINS, cut.title, cut.subtitle, cut.above)
        x, y = cut.ranges_m / 1000, cut.altitudes_m / 1000
        set_axes(axes, float(x[-1]), float(y[-1]))
        axes.set_ylabel("altitude above the ellipsoid, km")
        fill_probability(axes, x, y, cut.probability)
        ground = np.maximum(np.nan_to_num(cut.ground_m), 0.0) / 1000
        axes.fill_between(x, 0.0, ground, color=GROUND, lw=0, zorder=3.5)
        axes.plot(x, ground, color=GROUND_EDGE, lw=0.8, zorder=3.6)
        marker, size, fill = style.site_mark(cut.hears)
        axes.plot(0.0, cut.antenna_m / 1000, marker=marker, ms=0.83 * size, mfc=fill, mec=style.INK, mew=0.9, zorder=6, clip_on=False)
        for elevation in RAYS_DEG:
            line = ray_altitudes(cut.ranges_m, elevation, cut.antenna_m, cut.effective_radius_m) / 1000
            shown = line <= y[-1]
            axes.plot(x[shown], line[shown], color=RAY, lw=0.6, ls=(0, (4, 3)), zorder=2)
            last = int(np.flatnonzero(shown)[-1])
            if x[last] > 0.04 * x[-1]:
                paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
                place = {"xytext": (-9, -8), "textcoords": "offset points", "ha": "center", "fontsize": 8.0, "color": style.QUIET}
                axes.annotate(f"{elevation:g}°", (x[last], line[last]), zorder=4, bbox=paper, **place)
        also: list[tuple[Any, str]] = [(Line2D([], [], color=RAY, lw=0.8, ls=(0, (4, 3))), "ray of constant elevation")]
        also.append((Patch(fc=GROUND, ec=GROUND_EDGE, lw=0.8), "ground"))
        probability_legend(axes, also, cut.hears)
        return figure
