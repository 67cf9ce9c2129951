"""The interacting models against plain matrices, with states of different size."""

import numpy as np
import pytest
from test_motion_models import config_of, square, triangle
from test_updates import report_of, row_of, seen

from dowding.tracking import filters, motion_models
from dowding.tracking.picture import make_bank
from dowding.tracking.tracker import TrackerError, make_config, make_sensors

SETS = {
    "velocities": (0, 0, 0), "velocity, acceleration, turn": (0, 2, 3), "acceleration, Singer, velocity": (2, 4, 0),
    "velocity, turn, drag, acceleration": (0, 3, 5, 2), "two turns": (3, 3),
}  # fmt: skip


def random_bank(kinds, seed):
    rng, config = np.random.default_rng(seed), config_of(*kinds)._replace(wide=1)
    models, size = len(kinds), int(config.model["size"].max())
    x, packed = np.zeros((models, size)), np.zeros((models, size * (size + 1) // 2))
    for j, n in enumerate(config.model["size"]):
        root = rng.normal(size=(n, n)) * 5.0
        x[j, :n] = rng.normal(size=n) * 20.0
        if n == 7:  # the logarithm of a coefficient, or a rate of turn
            root[6] *= 0.01
            x[j, 6] = 8.0 if motion_models.falls(kinds[j]) else 0.05
        packed[j, : n * (n + 1) // 2] = triangle(root @ root.T)
    weight = rng.dirichlet(np.ones(models), size=models).T  # columns sum to 1
    return config, x, packed, np.ascontiguousarray(weight)


def augmented(config, x, packed, i, j):
    """Model i's state and covariance in the states of model j, which lends what i has not."""
    size, own = config.model["size"][j], config.model["size"][i]
    if config.model["further"][i] == config.model["further"][j]:
        return x[i, :size], square(packed[i], size)
    mean, full = x[j, :size].copy(), np.zeros((size, size))
    mean[:6] = x[i, :6]
    full[:6, :6] = square(packed[i], own)[:6, :6]
    full[6:, 6:] = square(packed[j], size)[6:, 6:]
    return mean, full


@pytest.mark.parametrize("kinds", SETS.values(), ids=SETS)
def test_mixing_is_that_of_augmented_states(kinds):
    config, x, packed, weight = random_bank(kinds, 1)
    for j, size in enumerate(config.model["size"]):
        parts = [augmented(config, x, packed, i, j) for i in range(len(kinds))]
        mean = sum(weight[i, j] * parts[i][0] for i in range(len(kinds)))
        full = sum(weight[i, j] * (parts[i][1] + np.outer(parts[i][0] - mean, parts[i][0] - mean)) for i in range(len(kinds)))
        ours, ours_packed = np.zeros(x.shape[1]), np.zeros(packed.shape[1])
        filters.mix(config.model, config.wide, x, packed, weight, j, ours, ours_packed)
        assert np.allclose(ours[:size], mean, rtol=1e-10)
        assert np.allclose(square(ours_packed, size), full, rtol=1e-10, atol=1e-9)
        assert np.linalg.eigvalsh(full).min() > 0.0


@pytest.mark.parametrize("kinds", SETS.values(), ids=SETS)
def test_one_cycle_is_blom_and_bar_shaloms(kinds):
    # plain numpy: mixing, each model's own prediction and update, probabilities by the likelihoods of a position report
    config, x, packed, _ = random_bank(kinds, 2)
    models, dt = len(kinds), 3.0
    bank = make_bank(1, 1, 1, models=models, size=x.shape[1])
    x[:, 3:6] += 100.0
    bank.x[0], bank.covariance_models[0], bank.mode[0] = x, packed, np.full(models, 1.0 / models)
    bank.state[0] = bank.x[0, 0, :6]
    noise = 400.0 * np.eye(3)
    row = report_of(x[0, :3] + dt * x[0, 3:6] + 15.0, noise)
    # the chain: a model is left at the rate 1 / stay_time, for each of the others alike; the way into free fall is nearly closed
    stay, door = np.exp(-dt / 100.0), 1e-4
    falling = np.array([motion_models.falls(kind) for kind in kinds])
    part = config.share * np.where(falling, door, 1.0)
    keep = np.where(falling, 0.3 * stay, stay)
    chain = np.diag(keep) + (1.0 - keep)[:, None] * part / part.sum(1, keepdims=True)
    joint = bank.mode[0][:, None] * chain
    predicted = joint.sum(0)
    weight = np.ascontiguousarray(joint / predicted)
    likelihood, states, scratch = np.zeros(models), [], np.zeros((4, x.shape[1], x.shape[1]))
    for j, size in enumerate(config.model["size"]):
        mixed, mixed_packed = np.zeros(x.shape[1]), np.zeros(packed.shape[1])
        filters.mix(config.model, config.wide, x, packed, weight, j, mixed, mixed_packed)
        own = mixed[:size].copy()
        motion_models.predict_model(config.model, config.wide, j, config.earth, own, mixed_packed, dt, scratch)
        full, h = square(mixed_packed, size), np.eye(size)[:3]
        s = full[:3, :3] + noise
        v = row[0, 13:16] - own[:3]
        gain = full @ h.T @ np.linalg.inv(s)
        likelihood[j] = np.exp(-0.5 * v @ np.linalg.solve(s, v)) / np.sqrt(np.linalg.det(2.0 * np.pi * s))
        states.append((own + gain @ v)[:6])
    after = predicted * likelihood
    filters.predict_slot(config, bank.x, bank.covariance_models, bank.mode, bank.state, 0, dt, bank.work)
    logarithm = filters.update_models(config, np.zeros((1, 3)), np.eye(3)[None], 0, row, 0, bank.work)
    assert logarithm == pytest.approx(np.log(after.sum()), rel=1e-6)
    assert np.allclose(bank.work.mode, after / after.sum(), rtol=1e-5, atol=1e-8)
    awake = predicted > 1e-5
    for j in np.flatnonzero(awake):
        assert np.allclose(bank.work.x[j, :6], states[j], rtol=1e-8)


def test_a_sleeping_model_wakes_with_its_prior():
    config = config_of(0, 3, further_mean=0.01, further_sigma=0.2)
    work = make_bank(1, 1, 1, models=2, size=7).work
    work.x[0, :6], work.covariance[0, :21] = np.arange(6.0), triangle(np.diag(np.arange(1.0, 7.0)))
    work.x[1], work.covariance[1] = 99.0, 99.0
    filters.follow_first(config.model, config.wide, work.x, work.covariance, 1)
    assert work.x[1].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.01]
    assert np.allclose(square(work.covariance[1], 7), np.diag([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.04]))


def test_a_turn_is_found_and_measured():
    # 300 m/s, 3 g to the left: rate 0.098 rad/s; after a turn's time the model of the turn holds it
    config = config_of(0, 3, noise_lateral=(1.0, 1.0), noise_along=(1.0, 1.0), noise_vertical=1.0, further_noise=1e-5, further_sigma=0.1)
    rng, sensors = np.random.default_rng(3), make_sensors([{}])
    bank, sigma, dt = make_bank(1, 1, 1, models=2, size=7), np.array([30.0, 0.001, 0.001, 1.0]), 2.0
    truth = np.array([2e4, 3e4, 8e3, 300.0, 0.0, 0.0, 0.0])
    bank.x[0], bank.mode[0], bank.state[0] = truth, 0.5, truth[:6]
    bank.covariance_models[0] = triangle(np.diag(np.array([100.0] * 3 + [30.0] * 3 + [0.1]) ** 2))
    for k in range(25):
        truth[6] = 0.0 if k < 10 else 0.098
        motion_models.move_model(config.model, config.wide, 1, config.earth, truth, dt)
        row = row_of(seen(sensors, truth[:6])[0] + rng.normal(size=4) * sigma, sigma)
        filters.predict_slot(config, bank.x, bank.covariance_models, bank.mode, bank.state, 0, dt, bank.work)
        filters.update_models(config, sensors.position, sensors.rotation, 0, row, 0, bank.work)
        bank.x[0], bank.covariance_models[0], bank.mode[0] = bank.work.x, bank.work.covariance, bank.work.mode
        filters.combine(bank.x[0], bank.covariance_models[0], bank.mode[0], bank.state[0], bank.covariance[0])
    assert bank.mode[0, 1] > 0.99
    assert bank.x[0, 1, 6] == pytest.approx(0.098, abs=0.01)
    assert np.linalg.norm(bank.state[0, :3] - truth[:3]) < 100.0


def test_an_unknown_way_of_updating_is_refused():
    with pytest.raises(TrackerError, match=r"tracker\.update_method is 'magic', allowed is extended or unscented or converted"):
        make_config((0, 0, -6_371_000.0), (0, 0, 1), update_method="magic")
