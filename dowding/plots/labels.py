"""Where names go on the map, so that they can be read and hide little."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from dowding.plots.rings import Ring
from dowding.plots.style import INK, Floats, shortened
from dowding.tables import Columns

VEIL = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.7}  # a halo would turn text into outlines in an SVG
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
LARGEST_FLIGHT_LABELS = 12
NAME_DISTANCES = (7.0, 20.0, 34.0, 50.0)  # points from a marker to where its name may begin
NAME_LETTER = 6.2  # points, about the mean width of a letter of a name in bold


class View(NamedTuple):
    """The window, km."""

    west: float
    east: float
    south: float
    north: float
    point: float  # a typographic point on the map


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

    def within(self, view: View) -> bool:
        """Whether all of it is in view."""
        return self.west > view.west and self.east < view.east and self.south > view.south and self.north < view.north

    def meets(self, other: "Box") -> bool:
        """Whether two boxes overlap."""
        return self.west < other.east and self.east > other.west and self.south < other.north and self.north > other.south


def box_around(xy: Floats, text: str, view: View, points: float = 8.5) -> Box:
    """What `text` of that size takes up, centred on `xy`; a letter is taken as 0.6 of its size wide."""
    high = 1.4 * points * view.point
    half = 0.5 * (0.6 * points * len(text) + 4) * view.point
    return Box(xy[0] - half, xy[0] + half, xy[1] - high / 2, xy[1] + high / 2)


def ring_label(axes: Any, ring: Ring, text: str, colour: str, view: View, busy: Sequence[Floats], taken: list[Box]) -> None:
    """The ring's name on the ring itself, inside the view, off other names and far from `busy` lines; none if that cannot be."""
    points = ring.line[::6]
    points = points[np.hypot(*(points - ring.centre).T) > 0.5 * ring.radius]
    boxes = [box_around(xy, text, view) for xy in points]
    free = [i for i, box in enumerate(boxes) if box.within(view) and not any(box.meets(other) for other in taken)]
    if not free:
        return
    points = points[free]
    others = np.concatenate([line[::8] for line in busy]) if busy else np.empty((0, 2))
    others = others[:: max(1, len(others) // 2000)]
    room = np.min(np.hypot(*(points[:, None, :] - others[None]).transpose(2, 0, 1)), axis=1) if len(others) else points[:, 1]
    best = int(np.argmax(np.minimum(room, 0.15 * (view.east - view.west)) + 1e-3 * points[:, 1]))
    taken.append(boxes[free[best]])
    axes.text(*points[best], text, color=colour, fontsize=8.5, ha="center", va="center", zorder=6, bbox=PAPER)


def flight_labels(axes: Any, targets: Columns, numbers: Any, lines: Sequence[Floats], view: View, taken: list[Box]) -> None:
    """Each flight's name where it begins, if there are few enough to read; moved outward until it is off other names."""
    flights = targets["flight"].astype(str)[numbers] if len(numbers) else np.empty(0, str)
    names = list(dict.fromkeys(flights))
    if len(names) > LARGEST_FLIGHT_LABELS:
        return
    crowd = np.concatenate([np.empty((0, 2)), *lines])
    for name in names:
        starts = np.array([line[0] for line, flight in zip(lines, flights, strict=True) if flight == name])
        text = f"{shortened(name, 40)} ({len(starts)})"
        below = starts[:, 1].mean() < (view.south + view.north) / 2
        step = (-1 if below else 1) * 11 * view.point
        xy = np.array([starts[:, 0].mean(), (starts[:, 1].min() if below else starts[:, 1].max()) + step])
        xy = _free_place(xy, step, text, view, crowd, taken)
        axes.text(*xy, text, ha="center", va="center", fontsize=8.5, color="#444444", style="italic", zorder=10, bbox=VEIL)


def _free_place(xy: Floats, step: float, text: str, view: View, crowd: Floats, taken: list[Box]) -> Floats:
    """The place near `xy`, outward by `step` km or aside, where a name is in view, off all others and on few lines; notes its box."""
    wide = box_around(xy, text, view).east - xy[0]
    low, high = np.array([view.west + wide, view.south + abs(step)]), np.array([view.east - wide, view.north - abs(step)])
    best, least, kept = xy, np.inf, box_around(xy, text, view)
    for aside in range(-4, 5):
        for out in range(-2, 4):
            place = np.clip(xy + np.array([0.4 * aside * wide, out * step]), low, np.maximum(low, high))
            box = box_around(place, text, view)
            cost = abs(aside) + abs(out) + (out < 0) + 0.4 * min(box.holds(crowd, 0.0), 15)
            cost += 1e4 * sum(box.meets(other) for other in taken)
            if cost < least:
                best, least, kept = place, cost, box
    taken.append(kept)
    return np.asarray(best, np.float64)


class Spot(NamedTuple):
    """Where a marker's name begins, and how it is set there."""

    right: float  # points from the marker
    above: float  # points
    ha: str
    va: str
    far: bool  # far enough off for a line to the marker


def _spots() -> list[Spot]:
    """The corners of a marker, its sides, and then places ever farther off."""
    spots = []
    for out in NAME_DISTANCES:
        for right, above in ((1, 1), (-1, 1), (1, -1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)):
            ha, va = ("right", "center", "left")[right + 1], ("top", "center", "bottom")[above + 1]
            # beside a marker a name keeps off it sideways, above and below it by height alone
            aside, up = out * (1.0 if above else 1.3), out * (0.8 if right else 1.2)
            spots.append(Spot(right * aside, above * up, ha, va, out > NAME_DISTANCES[0]))
    return spots


def _box_at(xy: Floats, spot: Spot, wide: float, high: float, view: View) -> Box:
    """What a name of a size (points) takes up at a spot."""
    west = spot.right - {"left": 0.0, "center": 0.5, "right": 1.0}[spot.ha] * wide
    south = spot.above - {"bottom": 0.0, "center": 0.5, "top": 1.0}[spot.va] * high
    x, y, point = float(xy[0]), float(xy[1]), view.point
    return Box(x + west * point, x + (west + wide) * point, y + south * point, y + (south + high) * point)


def best_spot(xy: Floats, text: str, view: View, crowd: Floats, marks: Floats, taken: list[Box]) -> Spot:
    """The place about a marker, in view and the nearer the better, where its name covers least; notes the box it takes.

    `crowd` (n, 2) are points of lines that the name had better not cover; `marks` (n, 2), markers, and `taken`, other names, it must not.
    Between equal ones it leans away from the middle of the markers.
    """
    wide, high = NAME_LETTER * len(text) + 2.0, 14.0
    outward = np.where(xy >= marks.mean(axis=0), 1, -1)
    best, least, kept = Spot(0.0, 0.0, "left", "bottom", False), np.inf, Box(0.0, 0.0, 0.0, 0.0)
    for number, spot in enumerate(_spots()):
        box = _box_at(xy, spot, wide, high, view)
        inward = (spot.right * outward[0] <= 0) + (spot.above * outward[1] <= 0)
        cost = box.holds(crowd, 0.0) + 3 * inward + 12 * (number // 8) + 2 * (number % 8 > 3)
        cost += 1e4 * box.holds(marks, -2 * view.point) + 1e4 * sum(box.meets(other) for other in taken)
        cost += 0.0 if box.within(view) else 1e6  # what lies beside the map is not covered by names
        if cost < least:
            best, least, kept = spot, cost, box
    taken.append(kept)
    return best


def write_name(axes: Any, xy: Floats, text: str, spot: Spot, points: float) -> None:
    """A marker's name in bold at its spot, with a thin line to the marker from afar."""
    line = {"arrowstyle": "-", "lw": 0.6, "color": INK, "shrinkA": 0.0, "shrinkB": 4.0} if spot.far else None
    look: dict[str, Any] = {"ha": spot.ha, "va": spot.va, "fontsize": points, "fontweight": "bold", "arrowprops": line}
    axes.annotate(text, xy, xytext=(spot.right, spot.above), textcoords="offset points", zorder=10, bbox=VEIL, annotation_clip=True, **look)


def at_altitude(metres: float) -> str:
    """An altitude as a ring's name."""
    return f"at {metres:.0f} m" if metres < 1000 else f"at {metres / 1000:g} km"
