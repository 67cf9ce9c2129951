"""Names of sites on maps: in view, off one another and off the markers, near them where there is room."""

import numpy as np
import pytest

from dowding.plots.labels import NAME_LETTER, Box, View, _box_at, best_spot

VIEW = View(-100.0, 100.0, -100.0, 100.0, 0.4)


@pytest.mark.parametrize("middle", [(0.0, 0.0), (97.0, 0.0), (-97.0, 0.0), (96.0, 97.0), (0.0, -97.0)])
def test_names_of_close_sites_keep_apart_and_inside(middle: tuple[float, float]) -> None:
    marks = np.array(middle) + np.array([[0.0, 0.0], [2.0, 1.0], [-1.5, 2.0], [1.0, -2.5]])
    names = ["Kahramanmaras battery", "Northern search radar", "Post", "Gap filler 2"]
    taken: list[Box] = []
    for name, xy in zip(names, marks, strict=True):
        spot = best_spot(xy, name, VIEW, np.empty((0, 2)), marks, taken)
        box = taken[-1]
        assert box == _box_at(xy, spot, NAME_LETTER * len(name) + 2.0, 14.0, VIEW)
        assert box.within(VIEW)
        assert not any(box.meets(other) for other in taken[:-1])
        assert box.holds(marks, -2 * VIEW.point) == 0


def test_a_lone_name_stands_at_its_marker() -> None:
    spot = best_spot(np.zeros(2), "Radar", VIEW, np.empty((0, 2)), np.zeros((1, 2)), [])
    assert not spot.far
