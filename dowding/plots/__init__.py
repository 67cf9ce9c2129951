"""A run's tables into figures: a map, a range-height picture and a timeline. Nothing here computes results; matplotlib loads with it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from dowding.plots.map import map_figure
from dowding.plots.range_height import range_height_figure
from dowding.plots.style import write
from dowding.plots.timeline import timeline_figure
from dowding.tables import Tables

__all__ = ["DRAWINGS", "map_figure", "range_height_figure", "save_figures", "timeline_figure"]

DRAWINGS: dict[str, Callable[..., Figure]] = {"map": map_figure, "range-height": range_height_figure, "timeline": timeline_figure}


def save_figures(
    tables: Tables,
    folder: Path,
    summary: Mapping[str, Any] | None = None,
    *,
    scenario: str = "",
    formats: tuple[str, ...] = ("png", "svg"),
    names: tuple[str, ...] = tuple(DRAWINGS),
) -> list[Path]:
    """Draw figures of a run into `folder` (made if absent) and return the files: map, range-height, timeline in each format.

    `summary` is the run's own where it is left out; `scenario`, its name, stands above the titles. Equal tables give equal bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name in names:
        files += write(DRAWINGS[name](tables, summary, scenario=scenario), folder / name, formats)
    return files
