"""Where names go on the map, so that they can be read and hide little."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.patheffects import withStroke

from dowding.plots.rings import Ring
from dowding.plots.style import Floats
from dowding.tables import Columns

HALO = (withStroke(linewidth=2.2, foreground="white"),)
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
LARGEST_FLIGHT_LABELS = 12


class View(NamedTuple):
    """The window, km."""

    west: float
    east: float
    south: float
    north: float


class Box(NamedTuple):
    """What a name takes up, km."""

    west: float
    east: float
    south: float
    north: float

    def holds(self, points: Floats, margin: float) -> int:
        """How many points (n, 2) lie inside, or within `margin` km of it (deeper inside than that if negative)."""
        x, y = points.T
        inside = (x > self.west - margin) & (x < self.east + margin) & (y > self.south - margin) & (y < self.north + margin)
        return int(inside.sum())

    def meets(self, other: "Box") -> bool:
        """Whether two boxes overlap."""
        return self.west < other.east and self.east > other.west and self.south < other.north and self.north > other.south


def ring_label(axes: Any, ring: Ring, text: str, colour: str, view: View, busy: Sequence[Floats]) -> None:
    """The ring's name on the ring itself, inside the view and as far as possible from what is drawn; no name if none of it is in view."""
    pad_x, pad_y = 0.09 * (view.east - view.west), 0.03 * (view.north - view.south)
    points = ring.line[::6]
    inside = (points[:, 0] > view.west + pad_x) & (points[:, 0] < view.east - pad_x)
    inside &= (points[:, 1] > view.south + pad_y) & (points[:, 1] < view.north - pad_y)
    points = points[inside & (np.hypot(*(points - ring.centre).T) > 0.5 * ring.radius)]
    if not len(points):
        return
    others = np.concatenate([line[::8] for line in busy]) if busy else np.empty((0, 2))
    others = others[:: max(1, len(others) // 2000)]
    room = np.min(np.hypot(*(points[:, None, :] - others[None]).transpose(2, 0, 1)), axis=1) if len(others) else points[:, 1]
    best = points[int(np.argmax(np.minimum(room, 0.15 * (view.east - view.west)) + 1e-3 * points[:, 1]))]
    axes.text(*best, text, color=colour, fontsize=8.5, ha="center", va="center", zorder=6, bbox=PAPER)


def flight_labels(axes: Any, targets: Columns, numbers: Any, lines: Sequence[Floats], view: View) -> None:
    """Each flight's name where it begins, if there are few enough to read."""
    flights = targets["flight"].astype(str)[numbers] if len(numbers) else np.empty(0, str)
    names = list(dict.fromkeys(flights))
    if len(names) > LARGEST_FLIGHT_LABELS:
        return
    middle = np.array([(view.west + view.east) / 2, (view.south + view.north) / 2])
    taken: list[Floats] = []
    for name in names:
        starts = np.array([line[0] for line, flight in zip(lines, flights, strict=True) if flight == name])
        xy = starts.mean(axis=0)
        below = xy[1] < middle[1]
        xy[1] = starts[:, 1].min() if below else starts[:, 1].max()
        step = 0.028 * (view.north - view.south)
        while any(abs(xy[1] - t[1]) < step and abs(xy[0] - t[0]) < 0.2 * (view.east - view.west) for t in taken):
            xy[1] += -step if below else step
        xy[1] = np.clip(xy[1], view.south + step, view.north - step)
        taken.append(xy)
        axes.annotate(
            f"{name} ({len(starts)})",
            xy,
            xytext=(0, -4 if below else 4),
            textcoords="offset points",
            ha="center",
            va="top" if below else "bottom",
            fontsize=8.5,
            color="#444444",
            style="italic",
            zorder=10,
            path_effects=HALO,
            annotation_clip=True,
        )


def best_corner(xy: Floats, text: str, view: View, point: float, crowd: Floats, marks: Floats, taken: list[Box]) -> tuple[int, int]:
    """The corner of a marker, (right, above) each 1 or -1, where its name covers least; notes the box it takes.

    `point` is a typographic point in km on the map; `crowd` (n, 2) are lines that the name had better not cover, `marks` (n, 2) markers and
    `taken` names that it must not. Between equal corners it leans away from the middle of the markers.
    """
    wide, high = (8 + 6.6 * len(text)) * point, 18 * point
    outward = np.where(xy >= marks.mean(axis=0), 1, -1)
    best, least, kept = (1, 1), np.inf, Box(0.0, 0.0, 0.0, 0.0)
    for right, above in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
        (west, east), (south, north) = sorted((xy[0], xy[0] + right * wide)), sorted((xy[1], xy[1] + above * high))
        box = Box(west, east, south, north)
        cost = box.holds(crowd, 0.0) + 3 * ((right != outward[0]) + (above != outward[1])) + 1e4 * box.holds(marks, -2 * point)
        cost += 1e4 * sum(box.meets(other) for other in taken)
        cost += 1e4 * (west < view.west or east > view.east or south < view.south or north > view.north)
        if cost < least:
            best, least, kept = (right, above), cost, box
    taken.append(kept)
    return best


def at_altitude(metres: float) -> str:
    """An altitude as a ring's name."""
    return f"at {metres:.0f} m" if metres < 1000 else f"at {metres / 1000:g} km"
