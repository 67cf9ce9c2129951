"""The vertical cut of one sensor: detection probability over ground range and altitude, as in Blake's range-height charts."""

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from dowding.plots import style
from dowding.plots.coverage_map import BLUES, HALF, LEVELS
from dowding.plots.range_height import EFFECTIVE_RADIUS_M, MARGINS, SIZE, set_axes
from dowding.plots.style import Floats

RAYS_DEG = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0)


def ray_altitudes(ranges_m: Floats, elevation_deg: float, antenna_m: float) -> Floats:
    """Altitude (m) of a refracted ray over ground ranges: straight over an earth of 4/3 of the radius; infinite past its vertical.

    The sine rule in the triangle of earth's centre, antenna and ray (Blake 1968, Ray height computation for a continuous nonlinear
    atmospheric refractive-index profile, Radio Science 3, 85-92, treats the same ray without this simplification).
    """
    angle, elevation = ranges_m / EFFECTIVE_RADIUS_M, np.radians(elevation_deg)
    cosine = np.cos(elevation + angle)
    top = (EFFECTIVE_RADIUS_M + antenna_m) * np.cos(elevation)
    return np.where(cosine > 1e-9, top / np.maximum(cosine, 1e-9) - EFFECTIVE_RADIUS_M, np.inf)


def vertical_cut_figure(
    ranges_m: Floats, altitudes_m: Floats, probability: Floats, antenna_m: float, title: str, subtitle: str, above: str = ""
) -> Figure:
    """Detection probability (altitude, range) of one look over ground range and altitude, with rays of constant elevation."""
    with matplotlib.rc_context(style.STYLE):
        figure, axes = style.frame(*SIZE, MARGINS, title, subtitle, above)
        x, y = ranges_m / 1000, altitudes_m / 1000
        set_axes(axes, float(x[-1]), float(y[-1]))
        if probability.max() >= LEVELS[0]:
            axes.contourf(x, y, probability, levels=[*LEVELS, 1.01], colors=list(BLUES), zorder=1)
        if probability.max() >= 0.5 > probability.min():
            axes.contour(x, y, probability, levels=[0.5], colors=[HALF], linewidths=1.2, zorder=3)
        for elevation in RAYS_DEG:
            line = ray_altitudes(ranges_m, elevation, antenna_m) / 1000
            shown = line <= y[-1]
            axes.plot(x[shown], line[shown], color="#9a9a9a", lw=0.6, ls=(0, (4, 3)), zorder=2)
            last = int(np.flatnonzero(shown)[-1])
            if x[last] > 0.04 * x[-1]:
                words = f"{elevation:g}°"
                paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
                at = (x[last], line[last])
                place = {"xytext": (-9, -8), "textcoords": "offset points", "ha": "center", "fontsize": 8.0, "color": style.QUIET}
                axes.annotate(words, at, zorder=4, bbox=paper, **place)
        steps = [(Patch(fc=colour), f"{level:g} and more") for level, colour in zip(LEVELS, BLUES, strict=True)][::-1]
        rays = [(Line2D([], [], color="#9a9a9a", lw=0.8, ls=(0, (4, 3))), "ray of constant elevation\n(4/3 earth)")]
        half = (Line2D([], [], color=HALF, lw=1.4), "exactly a half")
        style.legend(axes, [("One look detects with", [*steps[:3], half, *steps[3:]]), ("Also drawn", rays)])
        return figure
