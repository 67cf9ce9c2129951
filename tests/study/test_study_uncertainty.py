"""Distributions against SciPy's, patterns, causes, and drawn figures that must fit each other."""

import numpy as np
import pytest
from scipy import stats

from dowding.catalogue import Catalogue
from dowding.errors import StudyError
from dowding.scenario import load
from dowding.study.reading import read_study
from dowding.study.schema import Uncertain
from dowding.study.uncertainty import Doubt, dimensions_of, doubts_of, quantile_of, values_at, with_values


def uncertain(**keys: object) -> Uncertain:
    return Uncertain.model_validate(keys)


@pytest.mark.parametrize("quantile", [0.001, 0.2, 0.5, 0.77, 0.999])
def test_distributions_are_scipys(quantile: float) -> None:
    low, typical, high = 2.0, 3.0, 8.0
    mode = (typical - low) / (high - low)
    assert quantile_of("triangular", low, typical, high, quantile) == pytest.approx(
        stats.triang(mode, low, high - low).ppf(quantile), rel=1e-9
    )
    beta = stats.beta(1 + 4 * mode, 1 + 4 * (1 - mode), low, high - low)
    assert quantile_of("pert", low, typical, high, quantile) == pytest.approx(beta.ppf(quantile), rel=1e-9)
    assert beta.mean() == pytest.approx((low + 4 * typical + high) / 6)  # what makes it a PERT
    assert quantile_of("log-uniform", low, typical, high, quantile) == pytest.approx(stats.loguniform(low, high).ppf(quantile), rel=1e-9)
    assert quantile_of("uniform", low, typical, high, quantile) == pytest.approx(low + 6 * quantile)
    assert quantile_of("pert", 5.0, 5.0, 5.0, quantile) == 5.0


def test_which_figures_are_drawn() -> None:
    doubts = doubts_of([load("ankara")], uncertain(figures=["targets.f-35.rcs_*", "interceptors.*"], fixed=["*.rcs_rear_m2"]), "here")
    names = [d.name for d in doubts]
    assert "targets.f-35.rcs_front_m2" in names
    assert "targets.f-35.rcs_rear_m2" not in names
    assert not any(name.startswith("radars") for name in names)
    assert all(d.low < d.high for d in doubts)
    front = next(d for d in doubts if d.name == "targets.f-35.rcs_front_m2")
    assert front.distribution == "log-uniform"
    assert front.sources


def test_a_cause_moves_its_figures_together() -> None:
    keys = uncertain(
        figures=["targets.f-35.rcs_*", "systems.s-400.reaction_time_s"],
        cause=[{"name": "F-35", "figures": ["targets.f-35.rcs_*"], "opposite": ["systems.s-400.reaction_time_s"]}],
    )
    doubts = doubts_of([load("ankara")], keys, "here")
    dimension, falls, names = dimensions_of(doubts, keys)
    assert names == ("F-35",)
    assert set(dimension) == {0}
    low = values_at(doubts, dimension, falls, np.array([0.05]))
    high = values_at(doubts, dimension, falls, np.array([0.95]))
    for doubt, a, b, down in zip(doubts, low, high, falls, strict=True):
        assert (b < a) if down else (b > a), doubt.name


def test_a_pattern_that_fits_nothing_is_refused() -> None:
    with pytest.raises(StudyError, match=r'uncertain.figures\[0\]: got "targets.f-53.\*", must fit a figure'):
        doubts_of([load("ankara")], uncertain(figures=["targets.f-53.*"]), "here")


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"spread": [{"figures": ["targets.f-16.rcs_front_m2"], "low": 40.0}]}, "got 40 to 5 for targets.f-16.rcs_front_m2"),
        (
            {"spread": [{"figures": ["targets.shahed-136.rcs_front_m2"], "low": -1.0}]},
            "got log-uniform from -1 for targets.shahed-136.rcs_front_m2, must have a low end above 0",
        ),
        ({"cause": [{"name": "c", "figures": ["targets.*.rcs_*"]}, {"name": "d", "figures": ["targets.f-16.rcs_*"]}]}, "cause[1]: got"),
        ({"cause": [{"name": "c", "figures": ["interceptors.*"]}]}, "cause[0]: got figures that are not drawn"),
    ],
)
def test_wishes_about_draws_that_change_nothing_or_cannot_be_are_refused(wish: dict[str, object], told: str) -> None:
    with pytest.raises(StudyError) as caught:
        doubts_of([load("two-minutes")], uncertain(figures=["targets.*.rcs_*"], **wish), "here")
    assert told in str(caught.value)


def doubt(key: str, value: float) -> Doubt:
    return Doubt(f"radars.92n6e.{key}", "radars", "92n6e", key, value, value, value, "pert", False, "D", ("assumed",), "")


def test_figures_that_contradict_each_other_go_back() -> None:
    catalogue = Catalogue.load()
    entry = catalogue.find("radars", "92n6e")
    near, far = entry.number("range_min_km"), entry.number("range_max_km")
    doubts = [doubt("range_min_km", near), doubt("range_max_km", far)]
    drawn = with_values(catalogue, doubts, np.array([90.0, 10.0])).find("radars", "92n6e")
    assert drawn.number("range_min_km") < drawn.number("range_max_km")
    assert drawn.number("range_min_km") > near
    fitting = with_values(catalogue, doubts, np.array([near, far])).find("radars", "92n6e")
    assert fitting.number("range_max_km") == far


def test_a_typical_value_where_a_design_has_none() -> None:
    assert doubt("range_min_km", 3.0).value(float("nan")) == 3.0


def test_a_study_with_too_large_a_hypercube_is_refused() -> None:
    from pathlib import Path

    from dowding.study.plan import plan_of

    study = read_study('base = "ankara"\nreplicates = 10000000\nuncertain.figures = ["*"]')
    with pytest.raises(StudyError, match="must be sobol or random"):
        plan_of(study, Path())
