"""Variants, hypotheses and factors as scenarios; each mistake is one sentence."""

from pathlib import Path

import pytest

from dowding.errors import StudyError
from dowding.study.points import points_of, values_of
from dowding.study.reading import load_study, read_study, shipped_studies
from dowding.study.schema import Factor

BASE = 'base = "two-minutes"\n'


def points(text: str):  # type: ignore[no-untyped-def]
    return points_of(read_study(BASE + text), Path())


def test_variants_times_hypotheses_times_factors() -> None:
    found = points(
        """
[[variant]]
name = "one"
[[variant]]
name = "more"
override = { 'flight["Drone"].count' = 3 }
without = ['flight["Fighter"]']
[[variant.add.sensor]]
name = "Extra"
radar = "sentinel"
lat_deg = 39.9
lon_deg = 32.8
[[hypothesis]]
name = "dry"
probability = 0.75
[[hypothesis]]
name = "wet"
probability = 0.25
override = { "theatre.rain_rate_mm_h" = 8 }
[[factor]]
name = "reaction"
keys = ["fire_unit[0].override.reaction_time_s"]
values = [5, 10, 20]
"""
    )
    assert len(found) == 12
    assert [p.number for p in found] == list(range(12))
    last = found[-1]
    assert (last.variant, last.hypothesis, dict(last.factors)) == ("more", "wet", {"reaction": 20})
    assert last.label == "more, wet, reaction 20"
    assert [f.name for f in last.scenario.flight] == ["Cruise missile", "Drone"]
    assert last.scenario.flight[1].count == 3
    assert last.scenario.sensor[0].name == "Extra"
    assert last.scenario.theatre.rain_rate_mm_h == 8
    assert found[0].scenario.flight[0].name == "Fighter"


def test_steps_of_a_factor() -> None:
    assert values_of(Factor(name="x", keys=("a",), low=1.0, high=100.0, steps=3, logarithmic=True)) == pytest.approx([1, 10, 100])
    assert values_of(Factor(name="x", keys=("a",), low=1.0, high=4.0, steps=7, whole=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[variant]]\nname = "a"\noverride = { "flight[9].count" = 2 }', "got entry 9"),
        ('[[variant]]\nname = "a"\noverride = { "flight[0].cuont" = 2 }', "cuont"),
        ('[[variant]]\nname = "a"\nwithout = [\'flight["Bomber"]\']', 'got "Bomber", must name one of'),
        ('[[variant]]\nname = "a"\nwithout = ["theatre"]', "must be a part such as"),
        ('[[variant]]\nname = "a"\nadd = { radar = [] }', 'got "radar", must be one of'),
        ('[[variant]]\nname = "a"\nbase = "two-minuets"', "two-minuets"),
    ],
)
def test_a_change_that_names_nothing(text: str, told: str) -> None:
    with pytest.raises(StudyError) as caught:
        points(text)
    assert told in str(caught.value)
    assert "variant" in str(caught.value) or "base" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("replicates = 0", "replicates: got 0, must be"),
        ('[[variant]]\nname = "a"\n[[variant]]\nname = "a"', 'variant[1].name: got "a", must be a name of its own'),
        ('[[hypothesis]]\nname = "a"\nprobability = 0.4', "sum to 0.4, must sum to 1"),
        ('[[variant]]\nname = "a"\n[answer]\nvariant = "b"', 'answer.variant: got "b", must name a variant'),
        ("sensitivity.samples = 100", "sensitivity.samples: got 100, must be 0 or a power of two"),
        ("keep = [5000]", "keep[0]: got replicate 5000"),
        ('[[factor]]\nname = "a"\nkeys = ["seed"]', "must have either values, or low and high"),
        ('[[factor]]\nname = "a"\nkeys = ["seed"]\nvalues = [1]\nlow = 2.0', "must have either values, or low and high"),
        ('[[factor]]\nname = "a"\nkeys = ["seed"]\nvalues = [1, 2, 1]', "must have values that differ"),
        ('[[factor]]\nname = "a"\nkeys = ["seed"]\nlow = 2.0\nhigh = 2.0', "must have values that differ"),
        ('[[factor]]\nname = "a"\nvalues = [1]', "factor[0].keys: got nothing"),
        ('[[factor]]\nname = "Variant"\nkeys = ["seed"]\nvalues = [1]', 'factor[0].name: got "Variant", must be another name'),
        (
            '[[factor]]\nname = "a"\nkeys = ["seed"]\nvalues = [1]\n[[factor]]\nname = "b"\nkeys = ["seed"]\nvalues = [2]',
            'factor[1].keys[0]: got "seed", must be set by one factor alone',
        ),
        ('answer.sentence = "It is {valu}."', 'answer.sentence: got the blank "valu", must be one of'),
        ("sensitivity.samples = 4", "uncertain.figures: got none, must name the figures"),
        ('uncertain.spread = [{ figures = ["targets.*"], low = 1.0 }]', "uncertain.figures: got none, must name the figures"),
        ("stop.half_width = -1.0", "stop.half_width: got -1, must be above 0"),
        ("variants = 3", 'got the unknown key "variants"'),
        ('uncertain.design = "hypercube"', "must be one of"),
    ],
)
def test_a_study_that_makes_no_sense(text: str, told: str) -> None:
    with pytest.raises(StudyError) as caught:
        read_study(BASE + text)
    assert told in str(caught.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(StudyError, match=r"got no such file, must be a .* file or a shipped study"):
        load_study("second-consignmnet")


@pytest.mark.parametrize("name", shipped_studies())
def test_bundled_studies_make_sense(name: str) -> None:
    study = load_study(name)
    assert study.question
    assert len(points_of(study, Path())) >= len(study.variant)
