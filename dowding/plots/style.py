"""How every figure looks: colours, type, the frame with its title and legend column, and files with equal bytes for equal content."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Okabe & Ito 2008, Color Universal Design: told apart by the common kinds of colour blindness.
CLASS_COLOURS = {
    "aircraft": "#0072B2",
    "helicopter": "#56B4E9",
    "drone": "#009E73",
    "cruise_missile": "#E69F00",
    "ballistic_missile": "#CC79A7",
}
OTHER = "#777777"
LEAK = "#D55E00"
INK = "#222222"
QUIET = "#6b6b6b"
PATH = "#a8a8a8"
COAST = "#7f95a3"
BORDER = "#b9b9b9"
CLASS_WORDS = {
    "aircraft": "aircraft",
    "helicopter": "helicopter",
    "drone": "drone",
    "cruise_missile": "cruise missile",
    "ballistic_missile": "ballistic missile",
}
CLASS_ORDER = tuple(CLASS_COLOURS)

DPI = 120
LARGEST_PATH = 80  # points of one path that the eye can tell apart on a figure of this size
FEW_POINTS = 20_000  # up to so many an SVG keeps lines as lines; beyond that they are one picture inside it

STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "text.parse_math": False,  # a name may hold a dollar sign
    "svg.hashsalt": "dowding",
    "svg.fonttype": "none",
    "path.simplify": True,
}


def colour(kind: str) -> str:
    """The colour of a target class; grey for one that is not known."""
    return CLASS_COLOURS.get(kind, OTHER)


def words(kind: str) -> str:
    """A class in words."""
    return CLASS_WORDS.get(kind, kind.replace("_", " ") or "not known")


def classes_in(kinds: NDArray[Any]) -> list[str]:
    """The classes present, in the order that all figures use."""
    present = set(kinds.astype(str))
    return [c for c in CLASS_ORDER if c in present] + sorted(present - set(CLASS_ORDER))


def frame(
    width: float, height: float, box: tuple[float, float, float, float], title: str, subtitle: str, above: str = ""
) -> tuple[Figure, Any]:
    """A figure of `width` x `height` inches with axes inside `box` (margins left, bottom, right, top, inches), title, and words above."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    left, bottom, right, top = box
    axes = figure.add_axes((left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height))
    figure.text(left / width, 1 - 0.19 / height, shortened(above, 110), fontsize=8.5, color=QUIET, va="center")
    figure.text(left / width, 1 - 0.42 / height, title, fontsize=13, fontweight="bold", va="center")
    figure.text(left / width, 1 - 0.68 / height, subtitle, fontsize=9.5, color=QUIET, va="center")
    return figure, axes


def shortened(text: str, most: int) -> str:
    """The text on one line, cut to `most` letters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 3].rstrip() + "..."


def legend(axes: Any, groups: Sequence[tuple[str, Sequence[tuple[Any, str]]]], left: float = 1.02) -> None:
    """Legends one under the other at the right of the axes, outside: heading and (artist, label) of each group that has entries."""
    top = 1.0
    inch = axes.get_position().height * axes.figure.get_size_inches()[1]
    for heading, entries in groups:
        if not entries:
            continue
        handles, labels = zip(*entries, strict=True)
        lines = heading.count("\n") + 1
        box = axes.legend(
            handles,
            labels,
            title=heading,
            loc="upper left",
            bbox_to_anchor=(left, top),
            borderaxespad=0.0,
            frameon=False,
            fontsize=8.5,
            title_fontsize=8.5,
            alignment="left",
            handlelength=1.8,
            labelspacing=0.42,
            borderpad=0.1,
        )
        box.get_title().set_fontweight("bold")
        box.get_title().set_color(INK)
        axes.add_artist(box)
        top -= (0.20 + 0.155 * lines + 0.176 * sum(label.count("\n") + 1 for label in labels)) / inch
    if axes.get_legend() is not None:
        axes.legend_ = None


def paths(group: Ints, time_s: Floats, x: Floats, y: Floats, most: int = LARGEST_PATH) -> tuple[Ints, list[Floats]]:
    """The path (point, 2) of each group in order of time, thinned evenly to about `most` points; the last point always stays."""
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    order = known[np.lexsort((time_s[known], group[known]))]
    of = group[order]
    names, start, count = np.unique(of, return_index=True, return_counts=True)
    points = np.column_stack([x[order], y[order]])
    out = []
    for first, number in zip(start, count, strict=True):
        stride = -(-int(number) // most)
        path = points[first : first + number : stride]
        out.append(path if stride == 1 else np.concatenate([path, points[first + number - 1 : first + number]]))
    return np.asarray(names, np.int64), out


def site_mark(hears: bool) -> tuple[str, int, str]:
    """Marker, size (points) and fill of a site: what shoots or looks points up, what only hears points down."""
    return ("v", 9, "white") if hears else ("^", 9, "#f0c000")


def site_handle(hears: bool) -> Line2D:
    """Its part of a legend."""
    marker, _size, fill = site_mark(hears)
    return Line2D([], [], ls="", marker=marker, ms=7, mfc=fill, mec=INK, mew=0.9)


def thinner(lines: int) -> float:
    """How much thinner than usual so many lines must be, to stay lines."""
    return float(np.clip((150 / max(lines, 1)) ** 0.5, 0.35, 1.0))


def heavy(lines: Sequence[Floats]) -> bool:
    """Whether so many points should be pixels in an SVG."""
    return sum(len(line) for line in lines) > FEW_POINTS


def write(figure: Figure, stem: Path, formats: Sequence[str]) -> list[Path]:
    """Write `figure` as stem.png, stem.svg and so on; no dates and no version inside, so that equal figures are equal files."""
    files = []
    with matplotlib.rc_context(STYLE):
        for kind in formats:
            path = stem.with_name(f"{stem.name}.{kind}")
            if kind == "png":
                figure.savefig(path, dpi=DPI, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
            else:
                figure.savefig(path, dpi=DPI, metadata={"Date": None} if kind == "svg" else None)
            files.append(path)
    return files
