"""The builder of the shipped terrain on a tile that needs no memory."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "builders" / "terrain.py"


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("builders_terrain", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_theatre_is_cut_at_cell_edges(builder):
    rows = np.broadcast_to(np.arange(6000, dtype=np.int16)[:, None], builder.TILE_SHAPE)
    patch = builder.build(rows)
    assert patch.bounds == pytest.approx((32.0, 24.0, 46.0, 48.0))
    assert patch.grid[0, 0] == 4 * 120  # 46 N is four degrees south of the tile's edge
    assert patch.grid.shape == (14 * 120, 24 * 120)
    columns = np.broadcast_to(np.arange(10800, dtype=np.int16), builder.TILE_SHAPE)
    assert builder.build(columns).grid[0, 0] == 24 * 120


def test_the_sea_is_at_zero(builder):
    assert not builder.build(np.broadcast_to(np.int16(-500), builder.TILE_SHAPE)).grid.any()


def test_another_tile_is_refused(builder):
    with pytest.raises(SystemExit, match="tile G has"):
        builder.build(np.zeros((4800, 10800), np.int16))
