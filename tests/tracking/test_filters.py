"""The filter against plain numpy, finite differences, and its own claims about its errors."""

import math

import numpy as np
import pytest
from scipy.stats import chi2

from dowding.tracking import covariance, extended, filters, free_fall, measurement, motion_models
from dowding.tracking.picture import MEASURED, make_bank
from dowding.tracking.tracker import make_config, make_sensors

EARTH = 6_371_000.0
LOG_COEFFICIENT = np.log(5_000.0)
CONFIG = make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8))


def random_rotation(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def random_covariance(rng, position=200.0, velocity=50.0):
    a = rng.normal(size=(6, 6)) * np.repeat([position, velocity], 3)[:, None]
    return a @ a.T + np.diag(np.repeat([1.0, 0.1], 3))


def packed(full):
    out = np.zeros(len(full) * (len(full) + 1) // 2)
    covariance.pack(full, len(full), out)
    return out


def square(triangle, size=6):
    out = np.zeros((size, size))
    covariance.unpack(triangle, size, out)
    return out


def row_of(z, sigma, time=0.0):
    row = np.full((1, MEASURED), np.nan)
    row[0, :4], row[0, 4:8], row[0, 8] = z, sigma, time
    measurement.note_directions(row, 0)
    return row


def h_of(sensors, x):
    value, rows = np.zeros(4), np.zeros((5, 6))
    measurement.linearise(sensors.position, sensors.rotation, 0, x, value, rows)
    return value, rows


def test_polar_and_position_are_inverse_and_azimuth_runs_clockwise_from_north():
    rng = np.random.default_rng(1)
    sensors = make_sensors([{"position": (100.0, -50.0, 20.0), "rotation": random_rotation(rng)}, {}])
    x = rng.normal(size=3) * 5e4
    r, az, el = measurement.polar(sensors.position, sensors.rotation, 0, *x)
    assert np.allclose(measurement.position_of(sensors, 0, r, az, el), x, atol=1e-6)
    assert measurement.polar(sensors.position, sensors.rotation, 1, 1000.0, 0.0, 0.0) == pytest.approx((1000.0, np.pi / 2, 0.0))


def test_measurement_derivatives_against_finite_differences():
    rng = np.random.default_rng(2)
    sensors = make_sensors([{"position": (100.0, -50.0, 20.0), "rotation": random_rotation(rng)}])
    x = np.array([2e4, -3e4, 8e3, 200.0, 100.0, -20.0])
    _, rows = h_of(sensors, x)
    for i in range(6):
        step = np.zeros(6)
        step[i] = 0.5
        difference = h_of(sensors, x + step)[0] - h_of(sensors, x - step)[0]
        assert np.allclose(rows[:4, i], difference, rtol=1e-5, atol=1e-9)


def test_free_fall_jacobian_against_finite_differences():
    x = np.array([1e4, -2e4, 2e4, 900.0, -400.0, -700.0])
    rows = np.zeros((5, 6))
    free_fall.free_fall_jacobian(CONFIG.earth, LOG_COEFFICIENT, *x, rows)
    for i in range(6):
        step = np.zeros(6)
        step[i] = 1.0
        up = np.array(free_fall.free_fall_acceleration(CONFIG.earth, LOG_COEFFICIENT, *(x + step)))
        down = np.array(free_fall.free_fall_acceleration(CONFIG.earth, LOG_COEFFICIENT, *(x - step)))
        assert np.allclose(rows[:3, i], (up - down) / 2.0, rtol=1e-4, atol=1e-10)


def test_free_fall_covariance_follows_the_flow():
    x = np.array([1e4, -2e4, 2e4, 900.0, -400.0, -700.0])
    transition = np.zeros((6, 6))
    for i in range(6):
        ends = []
        for sign in (1.0, -1.0):
            moved = x.copy()
            moved[i] += sign
            free_fall.move_ballistic(CONFIG.earth, LOG_COEFFICIENT, moved, 4.0)
            ends.append(moved)
        transition[:, i] = (ends[0] - ends[1]) / 2.0
    jacobian, ours = np.zeros((5, 6)), np.zeros((6, 6))
    free_fall.free_fall_transition(CONFIG.earth, LOG_COEFFICIENT, x, 4.0, jacobian, ours)
    assert np.allclose(ours, transition, rtol=0.01, atol=0.01)


def test_a_ball_dropped_in_thin_air_falls_as_it_should():
    # 100 km up and slow: g0 (R / r)^2 less the centrifugal part, the air stops nothing
    x = np.array([0.0, 0.0, 100_000.0, 0.0, 0.0, 0.0])
    free_fall.move_ballistic(CONFIG.earth, LOG_COEFFICIENT, x, 5.0)
    distance = EARTH + 100_000.0
    fall = 3.986004418e14 / distance**2 - (7.292115e-5 * 0.6) ** 2 * distance
    assert x[2] - 100_000.0 == pytest.approx(-0.5 * fall * 25.0, rel=1e-4)


def test_straight_prediction_against_matrices():
    before = random_covariance(np.random.default_rng(4))
    f = np.eye(6)
    f[:3, 3:] = 2.5 * np.eye(3)
    after = packed(before)
    motion_models.spread_constant_velocity(after, 2.5)
    assert np.allclose(square(after), f @ before @ f.T, rtol=1e-12)


def test_process_noise_is_lateral_for_a_known_course_and_round_for_an_unknown_one():
    x = np.array([0.0, 0.0, 1000.0, 300.0, 0.0, 0.0])
    model = CONFIG.model[1]
    known, unknown = np.zeros(21), packed(np.diag([0.0, 0.0, 0.0, 1e9, 1e9, 1e9]))
    motion_models.add_process_noise(CONFIG.model, CONFIG.wide, 1, CONFIG.earth, x, known, 2.0)
    motion_models.add_process_noise(CONFIG.model, CONFIG.wide, 1, CONFIG.earth, x, unknown, 2.0)
    known, unknown = square(known), square(unknown)
    assert known[4, 4] == pytest.approx(2.0 * model["noise_lateral"], rel=1e-3)
    assert known[3, 3] == pytest.approx(2.0 * model["noise_along"], rel=1e-3)
    assert known[5, 5] == pytest.approx(2.0 * model["noise_vertical"], rel=1e-3)
    assert unknown[0, 0] == pytest.approx(model["noise_lateral"] * 8.0 / 3.0, rel=1e-3)


def test_the_extended_update_is_the_matrix_kalman_update_where_nothing_bends():
    rng = np.random.default_rng(5)
    sensors = make_sensors([{"rotation": random_rotation(rng)}])
    x = np.array([2e4, -3e4, 8e3, 200.0, 100.0, -20.0])
    before = random_covariance(rng, position=20.0, velocity=5.0)
    value, rows = h_of(sensors, x)
    sigma = np.array([50.0, 0.003, 0.004, 2.0])
    z = value + 0.1 * rng.normal(size=4) * sigma
    h = rows[:4]
    s = h @ before @ h.T + np.diag(sigma**2)
    gain = before @ h.T @ np.linalg.inv(s)
    v = z - value
    after, moved = packed(before), x.copy()
    squared, sharpness = extended.update_extended(sensors.position, sensors.rotation, 0, row_of(z, sigma), 0, moved, after)
    assert np.allclose(moved, x + gain @ v, rtol=1e-5)
    assert np.allclose(square(after), (np.eye(6) - gain @ h) @ before, rtol=1e-2, atol=1e-3 * np.abs(before).max())
    assert squared == pytest.approx(v @ np.linalg.solve(s, v), rel=1e-2)
    assert 1.0 / sharpness == pytest.approx(np.linalg.det(s), rel=1e-2)


def test_innovation_distance_against_numpy_and_without_elevation():
    rng = np.random.default_rng(6)
    before = random_covariance(rng)
    sensors = make_sensors([{}])
    value, rows = h_of(sensors, np.array([2e4, -3e4, 8e3, 200.0, 100.0, -20.0]))
    spread = np.zeros((1, 1, 4, 4))
    measurement.measurement_spread(packed(before), rows, 0, 0, spread)
    sigma = np.array([50.0, 0.003, 0.004, 2.0])
    full = rows[:4] @ before @ rows[:4].T
    assert np.allclose(spread[0, 0], full, rtol=1e-10)
    z = value + np.array([80.0, 0.01, -0.003, 5.0])
    for used in ([0, 1, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1]):
        row = row_of(z, sigma)
        row[0, [k for k in (2, 3) if k not in used]] = np.nan
        s = full[np.ix_(used, used)] + np.diag(sigma[used] ** 2)
        v = (z - value)[used]
        got = measurement.innovation_distance(value[None, None], np.zeros((1, 1, 4)), spread, 0, 0, 0.0, row, 0)
        assert got[0] == pytest.approx(v @ np.linalg.solve(s, v), rel=1e-9)
        assert got[1] == pytest.approx(np.linalg.det(s), rel=1e-9)
        assert measurement.measured_dimension(row, 0) == len(used)


def test_mixing_and_combination_keep_the_mixture_moments():
    rng = np.random.default_rng(7)
    x, mode = rng.normal(size=(1, 3, 6)) * 100, np.array([[0.6, 0.3, 0.1]])
    spread = np.array([[packed(random_covariance(rng)) for _ in range(3)]])
    work = make_bank(1, 1, 1).work
    before, after, spread_before, spread_after = np.zeros(6), np.zeros(6), np.zeros((6, 6)), np.zeros((6, 6))
    filters.combine(x[0], spread[0], mode[0], before, spread_before)
    filters.transition(CONFIG.model, CONFIG.share, 1.0, mode[0], 8.0, work.weight, work.mode)
    for j in range(3):
        filters.mix(CONFIG.model, CONFIG.wide, x[0], spread[0], work.weight, j, work.x[j], work.covariance[j])
    filters.combine(work.x, work.covariance, work.mode, after, spread_after)
    assert work.mode.sum() == pytest.approx(1.0, abs=1e-9)
    assert np.allclose(before, after, rtol=1e-7)
    assert np.allclose(spread_before, spread_after, rtol=1e-6, atol=1e-6)


def test_consistency_of_one_model_on_straight_flights():
    # 60 flights, 25 scans: mean normalised errors inside their 95 % bounds
    rng = np.random.default_rng(8)
    options = {name: (value,) for name, value in (("model_kind", 0), ("noise_lateral", 1.0), ("noise_along", 1.0), ("noise_vertical", 1.0),
               ("stay_time", 100.0), ("mode_prior", 1.0), ("speed_sigma", 200.0), ("climb_sigma", 200.0))}  # fmt: skip
    config = make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8), share=((0.0,),), **options)
    sensors = make_sensors([{}])
    work = make_bank(1, 1, 1, models=1).work
    sigma, dt, flights, scans = np.array([30.0, 0.002, 0.002, 1.5]), 4.0, 60, 25
    f = np.block([[np.eye(3), dt * np.eye(3)], [np.zeros((3, 3)), np.eye(3)]])
    q = np.kron([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]], np.eye(3))
    nees, nis = [], []
    for _ in range(flights):
        p0 = np.diag([300.0, 300.0, 300.0, 50.0, 50.0, 50.0]) ** 2
        truth = np.array([3e4, 5e4, 8e3, 150.0, -100.0, 5.0])
        x, spread = rng.multivariate_normal(truth, p0), packed(p0)
        for _ in range(scans):
            truth = f @ truth + rng.multivariate_normal(np.zeros(6), q)
            motion_models.predict_model(config.model, config.wide, 0, config.earth, x, spread, dt, work.full)
            value, rows = h_of(sensors, x)
            z = h_of(sensors, truth)[0] + rng.normal(size=4) * sigma
            s = rows[:4] @ square(spread) @ rows[:4].T + np.diag(sigma**2)
            nis.append((z - value) @ np.linalg.solve(s, z - value))
            extended.update_extended(sensors.position, sensors.rotation, 0, row_of(z, sigma), 0, x, spread)
        nees.append((truth - x) @ np.linalg.solve(square(spread), truth - x))
    low, high = chi2.ppf([0.025, 0.975], 6 * flights) / flights
    assert low < np.mean(nees) < high
    low, high = chi2.ppf([0.025, 0.975], 4 * flights * scans) / (flights * scans)
    assert low < np.mean(nis) < high


def test_coverage():
    assert measurement.is_in_interval(3.1, 3.0, 3.5, 0.0)
    assert measurement.is_in_interval(-3.1, 3.0, 3.5, 0.0)  # across the seam
    assert not measurement.is_in_interval(2.9, 3.0, 3.5, 0.0)
    assert measurement.is_in_interval(2.9, 3.0, 3.5, 0.2)
    assert measurement.is_in_interval(1.0, -np.pi, np.pi, 0.0)


def test_a_body_that_the_air_would_stop_within_a_step_follows_the_first_model() -> None:
    """At 8 km/s in the air of the ground, drag takes the speed in a second: one step of ten flings the state far away."""
    bank = make_bank(2, 2, 1)
    bank.x[0, :, 2], bank.x[0, :2, 3], bank.x[0, 2, 3] = -200.0, 250.0, 8_000.0
    bank.mode[0] = 0.1, 0.1, 0.8
    bank.covariance_models[0, :, [covariance.entry(k, k) for k in range(6)]] = 100.0
    bank.state[0] = bank.x[0, 2]
    filters.predict_slot(CONFIG, bank.x, bank.covariance_models, bank.mode, bank.state, 0, 10.0, bank.work)
    assert np.isfinite(bank.work.x).all()
    assert np.isfinite(bank.work.covariance).all()
    assert np.abs(bank.work.x).max() < 1e6
    assert (bank.work.x[2, :6] == bank.work.x[0, :6]).all()


def test_air_below_ground_is_that_of_the_ground() -> None:
    at_ground = free_fall.drag_per_speed(math.log(5_000.0), 0.0)
    assert at_ground == pytest.approx(-0.5 * 1.225 / 5_000.0)
    assert free_fall.drag_per_speed(math.log(5_000.0), -50_000.0) == at_ground
    assert free_fall.drag_per_speed(math.log(5_000.0), 7_400.0) == pytest.approx(at_ground / math.e)
