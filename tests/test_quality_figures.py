"""Figures of a picture's quality: what they hold, and that they repeat byte for byte."""

from pathlib import Path

import numpy as np
import pytest
from synthetic_run import make, only_sensors

from dowding.analysis.picture_quality import Settings, completed
from dowding.analysis.worst_moments import WORDS
from dowding.assessing import assess, write_quality
from dowding.plots.quality import quality_figure
from dowding.plots.worst import worst_figure


@pytest.fixture(scope="module")
def scored():
    tables = completed(make())
    qualities, moments = assess(tables, Settings())
    return tables, qualities[0], moments[0]


def texts(figure) -> str:
    return " | ".join(t.get_text() for t in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_quality_over_time_holds_its_numbers(scored):
    _, quality, moments = scored
    figure = quality_figure(quality, moments, scenario="made up")
    assert "made up" in texts(figure)
    assert f"{quality.distances.total():,.0f} m" in texts(figure)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), quality.distances.gospa)


def test_every_moment_has_its_map_and_words(scored):
    tables, quality, moments = scored
    figure = worst_figure(quality, moments, tables)
    assert len(figure.axes) == len(moments) > 0
    for axes, moment in zip(figure.axes, moments, strict=True):
        west, east = axes.get_xlim()
        assert west < moment.centre[0] / 1000 < east
    assert any(word in texts(figure) for _, word in WORDS)


def test_the_files_repeat(tmp_path: Path):
    tables = completed(make(scale=0.3))
    for name in ("one", "two"):
        write_quality(tables, tmp_path / name, Settings(), scenario="x")
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_nothing_flew(tmp_path: Path):
    write_quality(completed(only_sensors()), tmp_path, Settings())
    assert (tmp_path / "quality.png").is_file()
    assert (tmp_path / "worst-moments.png").is_file()
