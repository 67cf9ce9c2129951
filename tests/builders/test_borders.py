"""The builder of borders on a topology of two countries that fits on one screen."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "builders" / "borders.py"


@pytest.fixture(scope="module")
def borders():
    spec = importlib.util.spec_from_file_location("builders_borders", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def topology(arcs, geometries):
    return {
        "transform": {"scale": [0.01, 0.01], "translate": [-180.0, -90.0]},
        "arcs": arcs,
        "objects": {"countries": {"geometries": [{"arcs": g, "properties": {"name": "BA"[k]}} for k, g in enumerate(geometries)]}},
    }


def lines(data):
    """Degrees of each piece."""
    ends = np.cumsum(data["count"])
    steps = np.split(data["step"].astype(int), ends[:-1])
    return [(first + np.cumsum(step, axis=0)) * data["scale"] + data["translate"] for first, step in zip(data["first"], steps, strict=True)]


def test_shared_arcs_are_borders_and_the_others_coasts(borders):
    arcs = [[[18000, 9000], [0, 500], [100, 100]], [[18100, 9600], [500, -600], [-600, 0]], [[18100, 9600], [-700, 0], [600, -600]]]
    data = borders.build(topology(arcs, [[[0, 1]], [[[~0, ~2]]]]))
    assert data["names"].tolist() == ["A", "B"]
    assert data["country"].tolist() == [[0, 1], [1, -1], [0, -1]]
    np.testing.assert_allclose(lines(data)[0], [[0.0, 0.0], [0.0, 5.0], [1.0, 6.0]], atol=1e-9)
    np.testing.assert_allclose(data["box"][0], [0.0, 0.0, 1.0, 6.0], atol=1e-6)


def test_a_long_arc_is_cut_without_a_gap(borders):
    arc = [[9000, 9000]] + [[1, 2]] * 200
    data = borders.build(topology([arc], [[[0]]]))
    cut = lines(data)
    assert data["count"].max() <= borders.PIECE
    assert all(np.allclose(a[-1], b[0]) for a, b in pairwise(cut))
    whole = np.concatenate([cut[0], *[piece[1:] for piece in cut[1:]]])
    np.testing.assert_allclose(whole, (np.cumsum(arc, axis=0)) * 0.01 + [-180.0, -90.0], atol=1e-9)


def test_the_frame_of_the_world_is_left_out(borders):
    arc = [[35900, 9000], [100, 10], [0, 300], [-100, 20]]  # to 180 degrees, along it, and back
    cut = lines(borders.build(topology([arc], [[[0]]])))
    assert [len(piece) for piece in cut] == [2, 2]
    assert cut[0][-1].tolist() == pytest.approx([180.0, 0.1])
    assert cut[1][0].tolist() == pytest.approx([180.0, 3.1])
    assert borders.build(topology([arc, [[0, 0], [100, 100]]], [[[0]]]))["country"].tolist() == [[0, -1]] * 2  # an arc of nobody
