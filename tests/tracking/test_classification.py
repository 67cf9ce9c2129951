"""Classes by motion and echo: Bayes by hand, usual motions, unknown echoes, tracks mixed and split."""

import numpy as np
import pytest
from scipy.stats import norm

from dowding.tracking.classification import (
    CLASSES,
    CLIMB,
    COLUMNS,
    FALLING,
    HEIGHT,
    MEMORY_S,
    PRIOR,
    SECTION,
    SPEED,
    STEEP,
    UNUSUAL,
    Usual,
    class_columns,
    evidence,
    learnt,
    sections,
)

# speed m/s, height m, climb m/s, free fall, section m2
MOTIONS = {
    "fighter": (250.0, 8_000.0, 0.0, 0.0, 3.0), "airliner climbing": (200.0, 3_000.0, 10.0, 0.0, 60.0),
    "stealthy fighter": (260.0, 9_000.0, 0.0, 0.0, 0.005), "helicopter": (65.0, 900.0, 0.0, 0.0, 5.0),
    "propeller drone": (50.0, 1_500.0, 0.0, 0.0, 0.05), "cruise missile": (240.0, 1_000.0, 0.0, 0.0, 0.1),
    "supersonic cruise missile": (800.0, 500.0, 0.0, 0.0, 0.2), "ballistic missile": (1_500.0, 40_000.0, -900.0, 0.9, 0.5),
}  # fmt: skip
TRUE = (0, 0, 0, 1, 1, 2, 2, 3)


def _by_hand(kind: int, speed: float, height: float, climb: float, falls: float, section: float | None) -> float:
    """Prior times likelihood of one look under a class, from SciPy's densities and the floors of the unusual."""
    weight = PRIOR[kind]
    for value, of in ((speed, SPEED), (height, HEIGHT), (section, SECTION)):
        if value is not None:
            usual = sum(part.share * norm.pdf(np.log(value), np.log(part.median), part.sigma) for part in of[kind])
            weight *= (1.0 - UNUSUAL) * usual + UNUSUAL
    angle = np.sqrt(2.0 * np.pi) * norm.pdf(climb / speed, 0.0, CLIMB[kind]) + STEEP
    return float(weight * angle * (falls * FALLING[kind] + (1.0 - falls) * (1.0 - FALLING[kind])))


@pytest.mark.parametrize("echo", [True, False], ids=["with echo", "by motion alone"])
def test_usual_motions(echo: bool) -> None:
    for name, true in zip(MOTIONS, TRUE, strict=True):
        columns = [np.full(10, value) for value in MOTIONS[name]]
        if not echo:
            columns[4][:] = np.nan
        after = learnt(np.zeros(10, np.int64), 10.0 * np.arange(10), evidence(*columns))
        assert np.argmax(after[-1]) == true, name
        assert after[-1, true] > 0.5, name  # more probable than all others together
        # all looks together count as one: neither more nor less than one look tells
        told = [_by_hand(kind, *MOTIONS[name][:4], MOTIONS[name][4] if echo else None) for kind in range(len(CLASSES))]
        np.testing.assert_allclose(after[-1], np.array(told) / sum(told), rtol=1e-9)
        np.testing.assert_allclose(after.sum(axis=1), 1.0)


def test_one_update_is_bayes_rule_and_repetition_tells_nothing_new() -> None:
    told = np.log([[0.5, 0.2, 0.1, 0.2], [0.5, 0.2, 0.1, 0.2], [0.1, 0.2, 0.5, 0.2]])
    after = learnt(np.zeros(3, np.int64), np.array([0.0, 3.0, 3.0 + 0.5 * MEMORY_S]), told)
    for row, log in ((0, told[0]), (1, told[0]), (2, 0.5 * (told[0] + told[2]))):
        expected = np.array(PRIOR) * np.exp(log)
        np.testing.assert_allclose(after[row], expected / expected.sum())


def _draw(rng: np.random.Generator, kind: tuple[Usual, ...]) -> float:
    one = kind[rng.choice(len(kind), p=[usual.share for usual in kind])]
    return float(one.median * np.exp(one.sigma * rng.normal()))


def test_of_flights_as_they_are_assumed_to_be_no_probability_is_too_sure() -> None:
    """Reliability: what is given a probability is about so often what flew; each flight keeps its speed, height and size."""
    rng, flights, looks = np.random.default_rng(4), 3_000, 12
    true = rng.choice(len(CLASSES), flights, p=PRIOR)
    features = np.array([[_draw(rng, of[kind]) for of in (SPEED, HEIGHT, SECTION)] for kind in true])
    angle, falls = rng.normal(size=flights) * np.array(CLIMB)[true], (rng.random(flights) < np.array(FALLING)[true]) * 1.0
    columns = (features[:, 0], features[:, 1], angle * features[:, 0], falls, features[:, 2])
    track, time = np.repeat(np.arange(flights), looks), np.tile(10.0 * np.arange(looks), flights)
    given = learnt(track, time, evidence(*(np.repeat(column, looks) for column in columns)))[looks - 1 :: looks].ravel()
    happened = (true[:, None] == np.arange(len(CLASSES))).ravel()
    for low, high in ((0.0, 0.02), (0.02, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.98), (0.98, 1.0)):
        inside = (given >= low) & (given < high)
        assert inside.sum() > 150
        mean, share = given[inside].mean(), happened[inside].mean()
        error = 3.0 * np.sqrt(mean * (1.0 - mean) / inside.sum())
        # never too sure; less sure than it could be by what the floors of the unusual leave, a few percent a feature
        assert share > mean - error if mean > 0.5 else share < mean + error, (low, high)
        assert abs(share - mean) < 0.12 + error, (low, high)


def test_tracks_learn_each_for_itself() -> None:
    rng = np.random.default_rng(1)
    track, time, told = rng.integers(0, 5, 60), np.sort(rng.uniform(0.0, 300.0, 60)), rng.normal(size=(60, len(CLASSES)))
    together = learnt(track, time, told)
    for one in range(5):
        rows = track == one
        np.testing.assert_array_equal(together[rows], learnt(track[rows], time[rows], told[rows]))
    assert learnt(track[:0], time[:0], told[:0]).shape == (0, len(CLASSES))


def test_a_class_is_never_shut_out() -> None:
    track, time = np.zeros(60, np.int64), 10.0 * np.arange(60)
    told = np.log(np.array([[0.97, 0.01, 0.01, 0.01]] * 50 + [[0.01, 0.01, 0.97, 0.01]] * 10))
    after = learnt(track, time, told)
    assert after[49, 0] == pytest.approx(0.4 * 0.97 / (0.4 * 0.97 + 0.6 * 0.01), rel=1e-12)
    assert after[-1, 2] > 0.9


def test_the_section_is_that_of_the_radar_equation() -> None:
    tracks = {"detection": np.array([7, 3, 9]), "sensor": np.array([0, 1, 0])}
    detections = {"detection": np.array([3, 7, 8]), "kind": np.array(["plot", "plot", "plot"], object),
                  "snr_db": np.array([20.0, 10.0, 0.0]), "range_m": np.array([1e4, 2e4, 1.0])}  # fmt: skip
    found = sections(tracks, detections, np.array([1e17, np.nan]))
    assert found[0] == pytest.approx(10.0 * 1.6e17 / 1e17)
    assert np.isnan(found[1:]).all()
    strobe = detections | {"kind": np.array(["plot", "strobe", "plot"], object)}
    assert np.isnan(sections(tracks, strobe, np.array([1e17, 1e17]))[0])


def test_columns_of_a_table() -> None:
    tracks = {f"velocity_{axis}_mps": np.array([value, 0.0]) for axis, value in (("east", 240.0), ("north", 0.0), ("up", 0.0))}
    tracks |= {"probability_ballistic": np.zeros(2), "altitude_m": np.array([9_000.0, np.nan]), "time_s": np.zeros(2)}
    tracks |= {"track": np.array([1, 1]), "picture": np.array([0, 1])}
    found = class_columns(tracks, np.tile([0.0, 0.0, 1.0], (2, 1)))
    assert tuple(found) == COLUMNS
    assert found["probability_class_aircraft"][0] > 0.9
    assert np.isfinite([found[name] for name in COLUMNS]).all()
