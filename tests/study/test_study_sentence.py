"""The answer's own sentence, with its blanks filled."""

import pytest

from dowding.study.answers import filled_in
from dowding.study.estimates import Estimate

TOLD = "{variant} lets {size} {fewer|more} through than {against} ({least} to {most}); {value} ({low} to {high}), {unknown}."


@pytest.mark.parametrize(
    ("estimate", "sentence"),
    [
        ((-2.0, -3.0, -1.0), "two lets 2 fewer through than one (1 to 3); -2 (-3 to -1), {unknown}."),
        ((2.0, -1.0, 5.0), "two lets 2 more through than one (-1 to 5); 2 (-1 to 5), {unknown}."),
    ],
)
def test_words_tell_the_sign(estimate: tuple[float, float, float], sentence: str) -> None:
    assert filled_in(TOLD, Estimate(*estimate, 10, "mean"), "two", "one") == sentence
