"""Biases of sensors: found within three sigma, with an honest covariance, also where a sensor is degrees out of alignment."""

import re

import numpy as np
import pytest

from dowding.physics.polar import measured, placed
from dowding.tracking.common_flights import Samples, assigned, common_flights, propose, turned_back
from dowding.tracking.registered import RegisteredTracker, Registrar, correct_dwell, corrected_tables, register_tables
from dowding.tracking.registration import AZIMUTH, TIME, Sightings, corrected, estimate_biases, sentences
from dowding.tracking.tracker import Tracker, TrackerError, make_config, make_sensors

EARTH = 6_371_000.0
SITES = np.array([[0.0, 0.0, 50.0], [60e3, 20e3, 100.0], [-30e3, 70e3, 0.0]])
PERIODS = (10.0, 4.0, 6.0)
SIGMA = np.array([50.0, 2e-3, 3e-3, np.nan])


def sightings(seed, bias, *, flights=15, duration=300.0, elevation=(True, True, True), reports=False, turning=0):
    """Straight flights seen by len(bias) radars; `turning` of them turn at 3 g."""
    rng = np.random.default_rng(seed)
    rows = []
    for flight in range(flights):
        start, velocity = np.append(rng.uniform(-1e5, 1e5, 2), rng.uniform(3e3, 11e3)), np.append(rng.normal(0, 180, 2), rng.normal(0, 2))
        turn = 15.0 if flight < turning else 0.0

        def place(t, start=start, velocity=velocity, turn=turn):
            return start + velocity * t + np.array([0.5 * turn * (t % 40.0) ** 2, 0.0, 0.0])

        for sensor in range(len(bias)):
            for t in np.arange(rng.uniform(0, PERIODS[sensor]), duration, PERIODS[sensor]):
                value = measured(place(t), velocity, SITES[sensor], np.eye(3)) + SIGMA * rng.normal(size=4)
                value[:3] += bias[sensor, :3]
                if not elevation[sensor]:
                    value[2] = np.nan
                rows.append((1000 * flight + int(t // 40), sensor, t + bias[sensor, 3], value, SIGMA, SITES[sensor], 0.0))
        for t in np.arange(rng.uniform(0, 5), duration, 5.0) if reports else ():
            nothing = np.full(4, np.nan)
            rows.append((1000 * flight + int(t // 40), -1, t, nothing, nothing, place(t) + 30.0 * rng.normal(size=3), 30.0))
    stretch, sensor, time, value, sigma, position, spread = (np.array(column, float) for column in zip(*rows, strict=True))
    number = np.unique(stretch, return_inverse=True)[1]
    turned = np.broadcast_to(np.eye(3), (len(time), 3, 3))
    return Sightings(number, sensor.astype(int), time, value, sigma, position, turned, spread)


def random_biases(seed, sensors, relative):
    bias = np.random.default_rng(1000 + seed).normal(size=(sensors, 4)) * [150.0, 0.015, 0.002, 0.3]
    if relative:
        bias[0, TIME] = 0.0
    return bias


@pytest.mark.parametrize(
    ("sensors", "options"), [(2, {}), (2, {"reports": True}), (2, {"elevation": (False, True)}), (3, {}), (1, {"reports": True})]
)
def test_biases_are_found_as_well_as_they_say(sensors, options):
    """Twelve worlds: normalised errors squared are chi-squared, all within four sigma, and what is left fits its degrees of freedom."""
    total = freedom = 0.0
    for seed in range(12):
        bias = random_biases(seed, sensors, not options.get("reports"))
        got = estimate_biases(sightings(seed, bias, **options), sensors, density=0.0)
        told = (got.observable & (got.sigma > 1e-5)).ravel()
        error = (got.value - bias).ravel()[told]
        total += error @ np.linalg.solve(got.covariance[np.ix_(told, told)], error)
        freedom += told.sum()
        assert (np.abs(error) < 4.0 * got.sigma.ravel()[told]).all()
        assert got.converged
        assert got.chi2 / got.degrees_of_freedom == pytest.approx(1.0, abs=0.12)
    assert total / freedom == pytest.approx(1.0, abs=4.0 * np.sqrt(2.0 / freedom))
    assert told.sum() >= 3 * sensors - 1


def test_what_the_flights_cannot_tell_is_said():
    got = estimate_biases(sightings(1, np.zeros((2, 4)), elevation=(False, False)), 2, density=0.0)
    assert not got.observable[:, 2].any()
    words = sentences(got, ["north", "south"])
    assert "elevation cannot be told" in words[0]
    alone = estimate_biases(sightings(1, np.zeros((1, 4))), 1)
    assert alone.stretches == 0
    assert not alone.observable[0, :3].any()


def test_two_degrees_are_found_and_said():
    bias = np.array([[0.0, 0.0, 0.0, 0.0], [0.0, np.radians(-2.0), 0.0, 0.0]])
    got = estimate_biases(sightings(2, bias), 2)
    assert np.degrees(got.value[1, AZIMUTH]) == pytest.approx(-2.0, abs=0.02)
    assert re.search(r"^b: .*azimuth is (2|2\.0\d?|1\.9\d?) degrees too small", sentences(got, ["a", "b"])[1])


def test_flights_that_turn_are_left_out():
    bias = random_biases(4, 2, True)
    got = estimate_biases(sightings(4, bias, turning=5), 2)
    assert got.rejected >= 25
    assert (np.abs(got.value - bias) < 4.0 * got.sigma + 1e-9).all()


def test_a_known_sensor_is_left_alone():
    bias = np.array([[0.0, 0.0, 0.0, 0.0], [100.0, 0.01, 0.0, 0.0]])
    fixed = np.array([[True] * 4, [False] * 4])
    got = estimate_biases(sightings(5, bias), 2, fixed=fixed)
    assert np.abs(got.value[0] / [1.0, 1e-3, 1e-3, 1e-2]).max() < 0.05
    assert (np.abs(got.value[1] - bias[1]) < 4.0 * got.sigma[1]).all()


def test_taking_biases_away_is_adding_them_backwards():
    bias = np.array([[10.0, 0.01, 0.002, 0.5]])
    reported = np.array([[1e4 + 10.0, np.pi - 0.001 + 0.01, 0.1 + 0.002, 5.0]])
    value, time = corrected(reported, np.array([7.5]), np.array([0]), bias)
    np.testing.assert_allclose(value[0], [1e4, np.pi - 0.001, 0.1, 5.0], atol=1e-12)
    assert time[0] == 7.0


# --- common flights -------------------------------------------------------------------------------------------------------------------


def samples(seed, turns, *, flights=25, noise=200.0, sites=SITES[:2]):
    """Each site's tracks of most flights and some of its own, turned by `turns` (rad)."""
    rng = np.random.default_rng(seed)
    start, velocity = rng.uniform(-1.2e5, 1.2e5, (flights, 2)), rng.normal(0, 180, (flights, 2))
    times = 10.0 * np.arange(20)
    path = start[:, None] + velocity[:, None] * times[None, :, None]
    path = np.concatenate([path, np.broadcast_to(rng.uniform(3e3, 1e4, (flights, 1, 1)), (flights, 20, 1))], axis=2)
    out = []
    for site, turn in zip(sites, turns, strict=True):
        kept = np.flatnonzero(rng.random(flights) > 0.3)
        own = np.concatenate([rng.uniform(-1.2e5, 1.2e5, (5, 1, 2)) + np.zeros((1, 20, 1)), np.full((5, 20, 1), 5e3)], axis=2)
        seen = np.concatenate([path[kept] + noise * rng.normal(size=(len(kept), 20, 3)), own])
        out.append(turned_back(Samples(np.append(kept, 1000 + np.arange(5)), seen, site), -turn))
    return out


@pytest.mark.parametrize("degrees", [(0.0, 0.0), (2.0, 0.0), (0.0, -2.0), (5.0, 3.0), (8.0, -8.0)])
@pytest.mark.parametrize("seed", range(4))
def test_common_flights_are_found_however_sites_are_turned(degrees, seed):
    sources = samples(seed, np.radians(degrees))
    found, turns = common_flights(sources, 3e3)
    assert np.degrees(turns) == pytest.approx(degrees, abs=0.25)
    both = set(sources[0].track[sources[0].track < 1000].tolist()) & set(sources[1].track[sources[1].track < 1000].tolist())
    assert all(found[0, k] == found[1, k] for k in both)
    assert len(set(found.values())) == len(both)


def test_sites_side_by_side_tell_their_difference():
    sites = np.array([[0.0, 0.0, 0.0], [500.0, 0.0, 0.0]])
    left, right, flights = propose(*samples(1, np.radians([3.0, 0.0]), sites=sites))
    assert np.degrees(left - right) == pytest.approx(3.0, abs=0.2)
    assert flights > 5


def test_position_reports_are_never_turned():
    own, right = samples(2, np.radians([4.0, 0.0]))
    reports = right._replace(site=np.full(3, np.nan))
    for pair, sign in (((own, reports), 0), ((reports, own), 1)):
        got = propose(*pair)
        assert np.degrees(got[sign]) == pytest.approx(4.0, abs=0.2)
        assert got[1 - sign] == 0.0


def test_too_little_to_say():
    nobody = Samples(np.empty(0, int), np.empty((0, 20, 3)), SITES[0])
    assert propose(nobody, nobody) == (0.0, 0.0, 0)
    assert assigned(nobody, nobody, 1e3) == []
    one, two = samples(3, [0.0, 0.0], flights=25)
    alone = Samples(one.track[:1], one.position[:1], one.site)
    assert propose(alone, two)[2] == 0


# --- with the tracker -----------------------------------------------------------------------------------------------------------------


def geometry():
    common = {"rotation": np.eye(3), "range_min": 2e3, "range_max": 2e5, "clutter_density": 1e-9}
    return make_sensors([common | {"position": tuple(SITES[k]), "period": period} for k, period in enumerate((5.0, 4.0))])


def raid(seed, bias, duration=200.0, flights=16):
    """Dwells of two radars with misses and false alarms, in order, and where the flights are at the end."""
    rng = np.random.default_rng(seed)
    start = np.column_stack([rng.uniform(-9e4, 1.1e5, (flights, 2)), rng.uniform(3e3, 1e4, flights)])
    velocity = np.column_stack([rng.normal(0, 170, (flights, 2)), np.zeros(flights)])
    sigma, dwells = np.array([50.0, 2e-3, 3e-3, 2.0]), []
    for sensor, period in enumerate((5.0, 4.0)):
        for end in np.arange(period, duration, period) + 0.01 * sensor:
            hit = rng.random(flights) < 0.9
            when = end - rng.uniform(0, 0.9, flights)
            value = measured(start + velocity * when[:, None], velocity, SITES[sensor], np.eye(3)) + sigma * rng.normal(size=(flights, 4))
            n = rng.poisson(4)
            false = np.column_stack([rng.uniform([2e3, -np.pi, 0.0], [2e5, np.pi, 0.1], (n, 3)), rng.normal(0, 200, n)])
            value = np.concatenate([value[hit], false])
            value[:, :3] += bias[sensor, :3]
            time = np.concatenate([when[hit], end - rng.uniform(0, 0.9, n)]) + bias[sensor, 3]
            columns = {name: value[:, k] for k, name in enumerate(("range", "azimuth", "elevation", "range_rate"))}
            columns |= {f"sigma_{name}": np.full(len(time), s) for name, s in zip(columns, sigma, strict=True)}
            dwells.append((end + bias[sensor, 3], sensor, columns | {"time": time}))
    return sorted(dwells, key=lambda d: d[:2]), start + velocity * duration


@pytest.fixture(scope="module")
def config():
    return make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8))


def test_a_sensor_two_degrees_out_is_found_said_and_corrected_while_the_tracker_runs(config):
    bias = np.array([[0.0, 0.0, 0.0, 0.0], [120.0, np.radians(2.0), 0.002, 0.3]])
    dwells, there = raid(1, bias)
    plain, right = Tracker(config, geometry(), 1024, 256), RegisteredTracker(config, geometry(), 1024, 256)
    for now, sensor, columns in dwells:
        plain.update(now, sensor, **columns)
        got = right.update(now, sensor, **columns)
    found = right.biases
    assert (np.abs(found.value - bias) < 4.0 * found.sigma + 1e-5).all()
    assert np.degrees(found.value[1, AZIMUTH]) == pytest.approx(2.0, abs=0.03)
    assert re.search(r"^b: .*azimuth is (2|2\.0\d?|1\.9\d?) degrees too large", sentences(found, ["a", "b"])[1])
    apart = np.linalg.norm(got["state"][:, None, :2] - there[None, :, :2], axis=2)
    assert len(got["id"]) <= 1.2 * len(there)
    assert len(plain.tracks(200.0)["id"]) >= 1.6 * len(there)  # each flight twice
    assert np.median(apart.min(axis=0)) < 1_500.0  # tracks are a few seconds younger than the flights


def test_tables_are_registered_and_corrected(config):
    bias = np.array([[0.0, 0.0, 0.0, 0.0], [-80.0, -0.03, 0.001, -0.2]])
    dwells, _ = raid(2, bias)
    cuts = {"dwell": np.arange(len(dwells)), "end_s": np.array([d[0] for d in dwells]), "sensor": np.array([d[1] for d in dwells])}
    round_ = np.full(len(dwells), np.pi)
    cuts |= {"start_s": cuts["end_s"] - 1.0, "azimuth_start_rad": -round_, "azimuth_end_rad": round_}
    names = {"time": "time_s", "range": "range_m", "azimuth": "azimuth_rad", "elevation": "elevation_rad", "range_rate": "range_rate_mps"}
    names |= {f"sigma_{k}": f"sigma_{v}" for k, v in names.items() if k != "time"}
    table = {new: np.concatenate([d[2][old] for d in dwells]) for old, new in names.items()}
    table |= {key: np.repeat(cuts[key], [len(d[2]["time"]) for d in dwells]) for key in ("dwell", "sensor")}
    found = register_tables(table, cuts, geometry(), config)
    assert (np.abs(found.value - bias) < 4.0 * found.sigma + 1e-5).all()
    right, moved = corrected_tables(table, cuts, found)
    own = table["sensor"] == 1
    np.testing.assert_allclose(table["azimuth_rad"][own] - right["azimuth_rad"][own], found.value[1, AZIMUTH])
    np.testing.assert_allclose(cuts["end_s"] - moved["end_s"], found.value[cuts["sensor"], TIME], atol=1e-12)


def test_position_reports_make_it_absolute(config):
    bias = np.array([[90.0, 0.01, 0.0, 0.4], [0.0, -0.02, 0.001, -0.2]])
    dwells, _ = raid(3, bias)
    registrar = Registrar(config, geometry(), capacity=1024, detections_max=256)
    rng = np.random.default_rng(3)
    start = np.column_stack([rng.uniform(-9e4, 1.1e5, (16, 2)), rng.uniform(3e3, 1e4, 16)])
    velocity = np.column_stack([rng.normal(0, 170, (16, 2)), np.zeros(16)])
    for now, sensor, columns in dwells:
        registrar.note(now, sensor, -np.pi, np.pi, columns)
    for t in np.arange(0.0, 200.0, 5.0):
        place = start + velocity * t + 20.0 * rng.normal(size=(16, 3))
        registrar.report(np.full(16, t), np.arange(16), place, np.full(16, 20.0))
    found = registrar.estimate()
    assert found.observable.all()
    assert (np.abs(found.value - bias) < 4.0 * found.sigma).all()


def test_nothing_noted_and_nothing_known(config):
    registrar = Registrar(config, geometry(), capacity=64, detections_max=16)
    assert not registrar.estimate().observable.any()
    moved, columns = correct_dwell(registrar.biases, 1, (5.0, -1.0, 1.0), {"range": np.array([1e4])})
    assert moved == (5.0, -1.0, 1.0)
    assert columns["range"][0] == 1e4
    with pytest.raises(TrackerError, match="every_s is 0"):
        RegisteredTracker(config, geometry(), 64, 16, every_s=0.0)


def test_places_and_measurements_agree():
    rng = np.random.default_rng(9)
    position = rng.normal(0, 5e4, (10, 3))
    value = measured(position, np.zeros((10, 3)), SITES[1], np.eye(3))
    np.testing.assert_allclose(placed(value[:, 0], value[:, 1], value[:, 2], SITES[1], np.eye(3)), position, atol=1e-6)
