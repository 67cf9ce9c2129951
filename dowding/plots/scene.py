"""What lies under a map of coverage: relief, coasts, borders, the net of degrees, a scale, and the sites with their names."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dowding.analysis.theatre import Theatre
from dowding.plots import style
from dowding.plots.borders import lines_in_view
from dowding.plots.labels import Box, View, best_spot, write_name
from dowding.plots.style import Floats, Ints

SIZE = (10.6, 8.27)
MARGINS = (0.75, 0.60, 2.95, 1.07)
PAPER = (SIZE[0] - MARGINS[0] - MARGINS[2], SIZE[1] - MARGINS[1] - MARGINS[3])
PIXELS = (round(PAPER[1] * style.DPI), round(PAPER[0] * style.DPI))  # rows and columns of what is painted
LAND, WATER, HIGH = "#f6f4ee", "#e4edf3", "#c9b59a"  # uncovered land and water; ground too high for a target
LABELS_MOST = 14
LIGHT_AZIMUTH, LIGHT_ELEVATION = math.radians(315.0), math.radians(45.0)  # from the north-west, as on most maps
RELIEF = 0.55  # how much darker or brighter a slope is
TONES = (0.68, 1.08)
DEGREE_STEPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
METRES_A_DEGREE = 111_200.0


class Scene(NamedTuple):
    """A window on the theatre, and the cells of latitude and longitude under it."""

    theatre: Theatre
    view: View
    latitude_deg: Floats  # (row,)
    longitude_deg: Floats  # (column,)
    ground_m: NDArray[Any]  # (row, column) NaN where it is not known; all 0 on a smooth earth
    sites: Sequence[tuple[str, float, float]]  # name, latitude, longitude
    title: str
    subtitle: str
    above: str
    hearing: frozenset[str] = frozenset()  # names of the sites that only hear what others radiate


def view_around(points: Floats) -> View:
    """The window of the paper's shape around points (n, 2) km, at least 20 km wide."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2 * 1.05, 10.0)
    paper = np.array(PAPER)
    half = paper * (half / paper).max()
    return View(middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1], 2 * half[0] / (72 * paper[0]))


def box_under(theatre: Theatre, view: View) -> tuple[float, float, float, float]:
    """South, north, west, east (degrees; east may pass 180) of what a window shows."""
    across, along = np.linspace(view.west, view.east, 21), np.linspace(view.south, view.north, 21)
    east = np.concatenate([across, across, np.full(21, view.west), np.full(21, view.east)]) * 1000
    north = np.concatenate([np.full(21, view.south), np.full(21, view.north), along, along]) * 1000
    latitude, longitude = theatre.places(east, north)
    return float(latitude.min()), float(latitude.max()), float(longitude.min()), float(longitude.max())


def on_paper(theatre: Theatre, places: Any) -> Floats:
    """East and north (n, 2) km of places (latitude, longitude in degrees)."""
    degrees = np.asarray(places, np.float64).reshape(-1, 2)
    return theatre.project(degrees[:, 0], degrees[:, 1])[:, :2] / 1000


class Raster:
    """The scene's cells on an even grid of the paper: rows from the south, columns from the west."""

    def __init__(self, scene: Scene) -> None:
        view, (rows, columns) = scene.view, PIXELS
        self.x = view.west + (np.arange(columns) + 0.5) * (view.east - view.west) / columns
        self.y = view.south + (np.arange(rows) + 0.5) * (view.north - view.south) / rows
        east, north = np.meshgrid(self.x * 1000, self.y * 1000)
        latitude, longitude = scene.theatre.places(east, north)
        lat, lon = scene.latitude_deg, scene.longitude_deg
        longitude = (longitude - lon.mean() + 180.0) % 360.0 - 180.0 + lon.mean()
        row, column = (latitude - lat[0]) / (lat[1] - lat[0]), (longitude - lon[0]) / (lon[1] - lon[0])
        self.inside = (row > -0.6) & (row < len(lat) - 0.4) & (column > -0.6) & (column < len(lon) - 0.4)
        self.row = np.clip(np.rint(row), 0, len(lat) - 1).astype(np.int32)
        self.column = np.clip(np.rint(column), 0, len(lon) - 1).astype(np.int32)
        self.tone, self.water = _relief(scene)
        self.rough = bool(np.nan_to_num(scene.ground_m).any())  # over hills outlines are many and small

    def of(self, field: NDArray[Any], outside: float = 0.0) -> NDArray[Any]:
        """A field (row, column) of the scene's cells, on the paper."""
        return np.where(self.inside, field[self.row, self.column], outside)

    def paint(self, kinds: Ints, colours: Sequence[str]) -> Floats:
        """RGB of kinds (row, column) of cells of the paper: 0 is uncovered, k has the k-th colour."""
        palette = np.array([to_rgb(LAND), *(to_rgb(colour) for colour in colours)])
        rgb = palette[kinds]
        rgb[(kinds == 0) & (self.of(self.water) > 0.5)] = to_rgb(WATER)
        return np.asarray(np.clip(rgb * self.of(self.tone, 1.0)[..., np.newaxis], 0.0, 1.0), np.float64)

    def smooth(self, mask: NDArray[Any]) -> Floats:
        """A mask of the paper's cells as a field whose contour at a half does not follow every cell: the mean of nine."""
        padded = np.pad(mask.astype(np.float64), 1, mode="edge")
        rows, columns = mask.shape
        parts = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
        return np.asarray(sum(parts) / 9.0, np.float64)


def _relief(scene: Scene) -> tuple[Floats, NDArray[np.bool_]]:
    """Brightness (row, column) of the ground lit from the north-west, 1 where it is level, and where it is water."""
    ground = np.nan_to_num(np.asarray(scene.ground_m, np.float64))
    if not ground.any():
        return np.ones(ground.shape), np.zeros(ground.shape, np.bool_)
    high = math.radians(scene.latitude_deg[1] - scene.latitude_deg[0]) * 6.371e6
    wide = math.radians(scene.longitude_deg[1] - scene.longitude_deg[0]) * 6.371e6 * math.cos(math.radians(scene.latitude_deg.mean()))
    steeper = np.clip(math.hypot(high, wide) / 150.0, 1.5, 8.0)  # small scales show mountains too
    north, east = np.gradient(ground * steeper, high, wide)
    # Horn 1981, Hill shading and the reflectance map, Proc. IEEE 69, 14-47, eq. of the Lambertian surface
    lit = math.sin(LIGHT_ELEVATION) - math.cos(LIGHT_ELEVATION) * (math.sin(LIGHT_AZIMUTH) * east + math.cos(LIGHT_AZIMUTH) * north)
    lit = lit / np.sqrt(1.0 + north**2 + east**2)
    tone = 1.0 + RELIEF * (lit / math.sin(LIGHT_ELEVATION) - 1.0)
    return np.clip(tone, *TONES), ground <= 0.0


def draw_scene(scene: Scene, rgb: Floats) -> tuple[Figure, Any]:
    """Figure and axes with what is painted (row, column, 3), lines of the map, scale and net of degrees."""
    view = scene.view
    figure, axes = style.frame(*SIZE, MARGINS, scene.title, scene.subtitle, scene.above)
    axes.imshow(rgb, extent=(view.west, view.east, view.south, view.north), origin="lower", interpolation="nearest", zorder=0)
    axes.set_xlim(view.west, view.east)
    axes.set_ylim(view.south, view.north)
    axes.set_aspect("auto")  # the window has the paper's shape
    axes.set_xlabel("east of the theatre's origin, km")
    axes.set_ylabel("north of the theatre's origin, km")
    coasts, borders = lines_in_view(scene.theatre, *(1000 * v for v in view[:4]))
    for lines, colour, width, dashes in ((borders, "#6f6f6f", 0.8, (0, (5, 2))), (coasts, "#5d7482", 0.9, "solid")):
        if lines:
            axes.add_collection(
                LineCollection([line / 1000 for line in lines], colors=colour, linewidths=width, linestyles=dashes, zorder=3), autolim=False
            )
    _net(axes, scene)
    return figure, axes


def _net(axes: Any, scene: Scene) -> None:
    """Meridians and parallels, faint, with their degrees at the upper and right edge."""
    view, theatre = scene.view, scene.theatre
    south, north, west, east = box_under(theatre, view)
    wanted = min(north - south, (east - west) * math.cos(math.radians(0.5 * (south + north)))) / 4.5
    step = next((s for s in DEGREE_STEPS if s >= wanted), DEGREE_STEPS[-1])
    lines = []
    for value in np.arange(math.ceil(west / step) * step, east + 1e-9, step):
        line = on_paper(theatre, np.column_stack([np.linspace(south, north, 80), np.full(80, value)]))
        lines.append(line)
        at = float(np.interp(view.north, line[:, 1], line[:, 0]))
        if line[-1, 1] >= view.north and view.west < at < view.east:
            turned = (value + 180.0) % 360.0 - 180.0
            _degrees(axes, (at, view.north), f"{abs(turned):.3g}°{'E' if turned >= 0 else 'W'}", (0, 3), "center", "bottom")
    for value in np.arange(math.ceil(south / step) * step, north + 1e-9, step):
        line = on_paper(theatre, np.column_stack([np.full(160, value), np.linspace(west, east, 160)]))
        lines.append(line)
        at = float(np.interp(view.east, line[:, 0], line[:, 1]))
        if view.south < at < view.north:
            _degrees(axes, (view.east, at), f"{abs(value):.3g}°{'N' if value >= 0 else 'S'}", (3, 0), "left", "center")
    axes.add_collection(LineCollection(lines, colors="#808080", linewidths=0.4, alpha=0.35, zorder=2), autolim=False)


def _degrees(axes: Any, at: tuple[float, float], text: str, off: tuple[int, int], ha: str, va: str) -> None:
    look = {"ha": ha, "va": va, "fontsize": 7.5, "color": style.QUIET}
    axes.annotate(text, at, xytext=off, textcoords="offset points", annotation_clip=False, **look)


def draw_scale(axes: Any, view: View) -> Box:
    """A scale in the lower left corner; returns what it takes up."""
    wide = view.east - view.west
    power = 10.0 ** math.floor(math.log10(0.25 * wide))
    length = next(f * power for f in (5, 2, 1) if f * power <= 0.25 * wide)
    x, y, point = view.west + 12 * view.point, view.south + 14 * view.point, view.point
    box = Box(x - 6 * point, x + length + 6 * point, y - 8 * point, y + 16 * point)
    corners = ([box.west, box.east, box.east, box.west], [box.south, box.south, box.north, box.north])
    axes.fill(*corners, color="white", alpha=0.75, lw=0, zorder=8)
    axes.plot([x, x, x + length, x + length], [y + 3 * point, y, y, y + 3 * point], color=style.INK, lw=1.2, zorder=9)
    axes.text(x + length / 2, y + 3.5 * point, f"{length:g} km", ha="center", va="bottom", fontsize=8.5, zorder=9)
    return box


def draw_sites(axes: Any, scene: Scene, points: Sequence[tuple[str, float, float]] = ()) -> None:
    """A marker at each site and at each further point (name, latitude, longitude), with its name while there are few."""
    shown = [*scene.sites, *points]
    marks = on_paper(scene.theatre, [(lat, lon) for _, lat, lon in shown])
    taken = [draw_scale(axes, scene.view)]
    names = [name for name, *_ in shown]
    for number, (name, xy) in enumerate(zip(names, marks, strict=True)):
        marker, size, fill = style.site_mark(name in scene.hearing) if number < len(scene.sites) else ("D", 7.5, "white")
        axes.plot(*xy, marker=marker, ms=size - 1.5, mfc=fill, mec=style.INK, mew=0.9, zorder=9)
    if len(names) > LABELS_MOST:
        return
    for name, xy in zip(names, marks, strict=True):
        text = style.shortened(str(name), 28)
        write_name(axes, xy, text, best_spot(xy, text, scene.view, np.empty((0, 2)), marks, taken), 9.0)
