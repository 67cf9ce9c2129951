"""Directions without a range on the map: bearings of emitters and strobes of jammers, as lines from the sensor that reported them."""

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from dowding.analysis.vantage import vantage
from dowding.plots.labels import View
from dowding.plots.style import Floats
from dowding.tables import Tables

KINDS = {"strobe": ("#CC79A7", "strobe of a jammer"), "bearing": ("#009E73", "bearing of an emitter")}
LINES_MOST = 150  # of one kind; of more, so many evenly in time are drawn


def direction_lines(tables: Tables, kind: str, far_km: float) -> Floats:
    """Lines (line, 2, 2) km, east and north, from where a sensor was, `far_km` long, along the directions of one kind that it reported."""
    detections = tables["detections"]
    rows = np.flatnonzero(detections["kind"].astype(str) == kind)
    rows = rows[np.argsort(detections["time_s"][rows], kind="stable")]
    if len(rows) > LINES_MOST:
        rows = rows[np.linspace(0, len(rows) - 1, LINES_MOST).round().astype(np.int64)]
    stands, turned = vantage(tables, rows)
    azimuth = np.asarray(detections["azimuth_rad"], np.float64)[rows]
    level = np.column_stack([np.sin(azimuth), np.cos(azimuth), np.zeros(len(rows))])
    along = np.einsum("rji,rj->ri", turned, level)
    begin = stands[:, :2] / 1000
    return np.asarray(np.stack([begin, begin + far_km * along[:, :2]], axis=1), np.float64)


def draw_directions(axes: Any, tables: Tables, view: View) -> list[tuple[Any, str]]:
    """Draw what a run has of them, thin and pale, under its tracks; returns their part of the legend."""
    shown: list[tuple[Any, str]] = []
    if "detections" not in tables or "kind" not in tables["detections"]:
        return shown
    far = float(np.hypot(view.east - view.west, view.north - view.south))
    for kind, (colour, words) in KINDS.items():
        lines = direction_lines(tables, kind, far)
        if len(lines):
            axes.add_collection(LineCollection(list(lines), colors=[colour], linewidths=0.5, alpha=0.35, zorder=2), autolim=False)
            shown.append((Line2D([], [], color=colour, lw=1.2), words))
    return shown
