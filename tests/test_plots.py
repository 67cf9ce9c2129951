"""Figures: what they hold, that they repeat byte for byte, and that nothing a run may lack breaks them."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pymap3d
import pytest
from matplotlib.legend import Legend
from synthetic_run import ORIGIN, PLACES, assets_table, make, nothing, only_sensors

from dowding.analysis.summary import summarise
from dowding.analysis.theatre import Theatre, ground_range, theatre_of
from dowding.plots import map_figure, range_height_figure, save_figures, timeline_figure
from dowding.plots.borders import lines_in_view
from dowding.plots.style import paths
from dowding.tables import Tables

DRAW = {"map": map_figure, "range-height": range_height_figure, "timeline": timeline_figure}


def summary_of(run: Tables) -> dict:
    claims = {"Murted": {"system": "s-400", "range_claimed_km": 402.0}}
    assets = assets_table({"Ankara": 100}, run["targets"])
    return summarise(run["targets"], run["shots"], run["sensors"], {"Murted": {"48n6e3": 48}}, assets, claims, places=PLACES)


@pytest.fixture(scope="module")
def run():
    return make()


def texts(figure) -> str:
    return " | ".join(t.get_text() for t in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_the_frame_is_found_again_from_the_tables(run):
    found = theatre_of(run)
    assert found == pytest.approx(ORIGIN, abs=1e-6)
    lat, lon, alt = np.array([41.0, 36.5]), np.array([29.0, 35.2]), np.array([0.0, 9000.0])
    np.testing.assert_allclose(found.project(lat, lon, alt), np.column_stack(pymap3d.geodetic2enu(lat, lon, alt, *ORIGIN)), atol=0.02)
    assert theatre_of(nothing()) is None


def test_ground_range_is_the_arc():
    assert ground_range(1.0, 0.0, (0.0, 0.0)) == pytest.approx(6371008.8 * np.pi / 180)
    assert ground_range(0.0, 90.0, (0.0, 0.0)) == pytest.approx(6371008.8 * np.pi / 2)


@pytest.mark.parametrize(
    ("origin", "window", "coast", "border"),
    [
        ((39.93, 32.86, 0.0), 450e3, True, True),  # Turkey, with both seas and Syria
        ((46.8, 8.2, 0.0), 120e3, False, True),  # Switzerland
        ((-17.8, 179.9, 0.0), 200e3, True, False),  # Fiji, across 180 degrees
        ((0.0, -30.0, 0.0), 200e3, False, False),  # the middle of the Atlantic
        ((89.0, 0.0, 0.0), 200e3, False, False),  # the north pole
    ],
)
def test_borders_in_view(origin, window, coast, border):
    coasts, borders = lines_in_view(Theatre(*origin), -window, window, -window, window)
    assert (bool(coasts), bool(borders)) == (coast, border)
    for line in coasts + borders:
        assert line.ndim == 2
        assert (np.abs(line).min(axis=0) <= window).all()
    if origin[0] == -17.8:
        everywhere = np.concatenate(coasts)
        assert (everywhere[:, 0] < -20e3).any()
        assert (everywhere[:, 0] > 20e3).any()


def test_the_coast_lies_where_it_should():
    """Cape Sarich near Sinop and Anamur, the north and south ends of Anatolia (42.10 N 34.95 E, 36.02 N 32.80 E), to 1:50 million."""
    theatre = Theatre(*ORIGIN)
    coasts, _ = lines_in_view(theatre, -500e3, 500e3, -500e3, 500e3)
    points = np.concatenate(coasts)
    for cape in theatre.project([42.10, 36.02], [34.95, 32.80])[:, :2]:
        assert np.hypot(*(points - cape).T).min() < 15e3


def test_thinned_paths_keep_their_ends():
    group, time = np.repeat([4, 2], 1001), np.tile(np.arange(1001.0), 2)
    names, lines = paths(group, time[::-1], time[::-1] * 2, time[::-1] * 3, most=80)
    assert names.tolist() == [2, 4]
    assert all(len(line) <= 82 for line in lines)
    assert lines[0][0].tolist() == [0.0, 0.0]
    assert lines[0][-1].tolist() == [2000.0, 3000.0]


def test_the_map_says_what_it_shows(run):
    words = texts(map_figure(run, summary_of(run)))
    for expected in (
        "claimed 402 km",
        "Murted",
        "Ankara, 5 hits",
        "strike (8)",
        "f-16",
        "kill (29)",
        "east of the theatre's origin, km",
        "40 flown",
    ):
        assert expected in words


def test_the_range_height_picture_says_what_it_shows(run):
    words = texts(range_height_figure(run, summary_of(run)))
    for expected in ("Murted 91N6E", "claimed 402 km", "below the horizon", "ground range, km", "cruise missile", "at 1100 m"):
        assert expected in words
    other = texts(range_height_figure(run, summary_of(run), sensor=2, ground_m=850.0))
    assert "Murted 92N6E" in other
    assert "at 850 m" in other
    assert "First detected by another" in other


def test_the_timeline_draws_each_target_once(run):
    figure = timeline_figure(run)
    words = texts(figure)
    for expected in ("low cruise missiles", "11 killed, 1 leaked", "minutes after the start", "40 targets"):
        assert expected in words
    axes = figure.axes[0]
    flown = [c for c in axes.collections if hasattr(c, "get_segments")]
    assert len({segment[0][1] for c in flown for segment in c.get_segments()}) == 40


def test_a_thousand_targets_are_thinned_on_the_timeline_only():
    run = make(25.0, step=60.0)
    assert len(run["targets"]["target"]) == 1000
    words = texts(timeline_figure(run))
    assert "of 1,000 targets" in words
    figure = timeline_figure(run)
    assert figure.get_size_inches()[1] < 12
    lines = [c for c in map_figure(run, summary_of(run)).axes[0].collections if len(getattr(c, "get_segments", list)()) == 1000]
    assert lines


def test_many_flights_fall_back_to_classes():
    run = make()
    run["targets"]["flight"] = np.array([f"flight {i}" for i in range(40)], object)
    assert "10 flown" not in texts(timeline_figure(run))
    assert "cruise missile" in texts(timeline_figure(run))


def test_files_repeat_byte_for_byte(run, tmp_path):
    once, twice = (save_figures(run, tmp_path / name, summary_of(run)) for name in "ab")
    assert [f.name for f in once] == ["map.png", "map.svg", "range-height.png", "range-height.svg", "timeline.png", "timeline.svg"]
    for a, b in zip(once, twice, strict=True):
        assert a.read_bytes() == b.read_bytes()
        if a.suffix == ".svg":
            root = ET.parse(a).getroot()
            assert any(element.tag.endswith("text") for element in root.iter())
            assert "<dc:date>" not in a.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "run", [only_sensors(), nothing(), make(0.01, step=30.0), make(0.01, duration=700.0)], ids=["sensors", "nothing", "six", "short"]
)
@pytest.mark.parametrize("known", [True, False])
def test_runs_that_lack_something_are_drawn(run, known, tmp_path):
    for file in save_figures(run, tmp_path, summary_of(run) if known else {}):
        assert file.stat().st_size > 1000


@pytest.mark.parametrize("name", ["tracks", "shots", "coverage", "truth", "origins", "sensors", "detections"])
def test_any_table_may_be_empty(run, name):
    lacking = Tables({k: v if k != name else nothing()[k] for k, v in run.items()})
    for draw in DRAW.values():
        draw(lacking, summary_of(lacking)).canvas.draw()


def test_figures_load_without_numba_and_pyplot():
    code = "import sys, dowding.plots; print([m for m in ('numba', 'matplotlib.pyplot') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_names_are_drawn_as_they_are_written(run, tmp_path):
    data = {name: dict(columns) for name, columns in run.items()}
    data["targets"]["flight"] = np.array(["$bad^{ & <wave>"] * 40, object)
    files = save_figures(Tables(data), tmp_path, summary_of(run), scenario="Ankara, $5 $" + 200 * " more", formats=("svg",))
    assert "$bad^{ &amp; &lt;wave&gt;" in files[0].read_text(encoding="utf-8")
    assert "Ankara, $5 $ more" in files[0].read_text(encoding="utf-8")


def test_names_on_the_map_do_not_cover_one_another(run):
    figure = map_figure(run, summary_of(run))
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in figure.axes[0].texts if t.get_text()]
    assert len(boxes) >= 10
    for i, (one, box) in enumerate(boxes):
        for other, rival in boxes[:i]:
            assert not box.overlaps(rival), f"{one} and {other}"


@pytest.mark.parametrize("name", list(DRAW))
def test_everything_written_is_inside_the_paper(run, name):
    data = {key: dict(columns) for key, columns in run.items()}
    data["targets"]["flight"] = np.array([f"{f} of a very long name that goes on" for f in data["targets"]["flight"]], object)
    figure = DRAW[name](Tables(data), summary_of(run), scenario=50 * "long ")
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    (axes,) = figure.axes
    legends = [t for box in axes.findobj(Legend) for t in (*box.get_texts(), box.get_title())]
    for text in [*figure.texts, *axes.texts, *legends, axes.xaxis.label, axes.yaxis.label]:
        box = text.get_window_extent(renderer)
        assert box.x0 >= 0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y0 >= 0, text
        assert box.y1 <= figure.bbox.y1, text
