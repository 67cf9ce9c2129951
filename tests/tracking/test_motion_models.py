"""Motion models against their differential equations (Van Loan's matrix exponential, a Runge-Kutta integration) and finite differences."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from dowding.tracking import acceleration, covariance, free_fall, motion_models, turning
from dowding.tracking.picture import make_bank
from dowding.tracking.tracker import make_config

EARTH = 6_371_000.0
KINDS = {
    "constant velocity": motion_models.CONSTANT_VELOCITY, "ballistic": motion_models.BALLISTIC,
    "constant acceleration": motion_models.CONSTANT_ACCELERATION, "coordinated turn": motion_models.COORDINATED_TURN,
    "singer": motion_models.SINGER, "ballistic drag": motion_models.BALLISTIC_DRAG,
}  # fmt: skip


def config_of(*kinds, **options):
    many = {
        "noise_lateral": 2.0, "noise_along": 2.0, "noise_vertical": 2.0, "stay_time": 100.0, "mode_prior": 1.0 / len(kinds),
        "speed_sigma": 200.0, "climb_sigma": 200.0, "time_constant": 20.0, "further_noise": 1e-5, "further_sigma": 0.1,
    } | options  # fmt: skip
    share = (1.0 - np.eye(len(kinds))) / max(len(kinds) - 1, 1)
    return make_config((0.0, 0.0, -EARTH), (0.0, 0.6, 0.8), model_kind=kinds, share=share, **many)


def state_of(kind):
    """A plausible state of this kind."""
    x = np.array([1e4, -2e4, 2e4, 250.0, -100.0, 20.0])
    if motion_models.falls(kind):
        x[3:] = 900.0, -400.0, -700.0
    further = {motion_models.CONSTANT_ACCELERATION: [5.0, 20.0, -3.0], motion_models.SINGER: [5.0, 20.0, -3.0],
               motion_models.COORDINATED_TURN: [0.08], motion_models.BALLISTIC_DRAG: [np.log(3_000.0)]}  # fmt: skip
    return np.concatenate([x, further.get(kind, [])])


def square(packed, size):
    out = np.zeros((size, size))
    covariance.unpack(packed, size, out)
    return out


def triangle(full):
    out = np.zeros(len(full) * (len(full) + 1) // 2)
    covariance.pack(np.ascontiguousarray(full), len(full), out)
    return out


def van_loan(a, q, dt):
    """Transition matrix and noise of dx = a x dt + white noise of density q: Van Loan (1978), "Computing integrals involving the matrix
    exponential", eqs 2.1 to 2.5."""
    n = len(a)
    block = expm(np.block([[-a, q], [np.zeros((n, n)), a.T]]) * dt)
    f = block[n:, n:].T
    return f, f @ block[:n, n:]


@pytest.mark.parametrize("dt", [0.01, 1.0, 10.0, 60.0])
@pytest.mark.parametrize("fading", [0.0, 1e-4, 0.02, 0.1, 2.0])
def test_acceleration_is_van_loans(dt, fading):
    a = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -fading]])
    f, q = van_loan(a, np.diag([0.0, 0.0, 1.0]), dt)
    place, speed, left = acceleration.acceleration_transition(dt, fading)
    # the exponential of a large fading dt is what loses digits here, so the tolerance follows it
    lost = max(1.0, np.exp(fading * dt) ** 0.5)
    assert [place, speed, left] == pytest.approx([f[0, 2], f[1, 2], f[2, 2]], rel=min(1e-11 * lost**4, 1e-5), abs=1e-12 * lost)
    ours = acceleration.acceleration_noise(dt, fading)
    if fading * dt < 10.0:
        assert ours == pytest.approx([q[0, 0], q[1, 0], q[1, 1], q[2, 0], q[2, 1], q[2, 2]], rel=1e-9 * lost**2)
    # at the end of a long time the acceleration has its stationary variance
    assert ours[5] == pytest.approx(-np.expm1(-2.0 * fading * dt) / (2.0 * fading) if fading > 0.0 else dt, rel=1e-10)


@pytest.mark.parametrize("step", [0.299999, 0.300001])
def test_the_two_forms_of_singers_noise_meet(step):
    f, q = van_loan(np.array([[0, 1, 0], [0, 0, 1], [0, 0, -1.0]]), np.diag([0.0, 0.0, 1.0]), step)
    assert acceleration.acceleration_noise(step, 1.0) == pytest.approx([q[0, 0], q[1, 0], q[1, 1], q[2, 0], q[2, 1], q[2, 2]], rel=1e-10)
    assert acceleration.acceleration_transition(step, 1.0) == pytest.approx([f[0, 2], f[1, 2], f[2, 2]], rel=1e-12)


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
def test_covariances_of_linear_models_are_van_loans(kind):
    if kind not in (motion_models.CONSTANT_VELOCITY, motion_models.CONSTANT_ACCELERATION, motion_models.SINGER):
        pytest.skip("not linear")
    config, x, dt = config_of(kind), state_of(kind), 3.0
    size, eye = len(x), np.eye(3)
    a = np.kron(np.diag(np.ones(size // 3 - 1), 1), eye)
    density = 2.0
    if kind == motion_models.SINGER:
        a[6:, 6:] = -eye / 20.0
        density *= 2.0 / 20.0
    q = np.zeros((size, size))
    q[-3:, -3:] = density * eye
    f, noise = van_loan(a, q, dt)
    root = np.random.default_rng(1).normal(size=(size, size))
    before = root @ root.T
    packed, moved = triangle(before), x.copy()
    motion_models.predict_model(config.model, config.wide, 0, config.earth, moved, packed, dt, np.zeros((4, size, size)))
    assert np.allclose(moved, f @ x, rtol=1e-12)
    assert np.allclose(square(packed, size), f @ before @ f.T + noise, rtol=1e-9)


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
@pytest.mark.parametrize("dt", [-0.8, 0.5, 5.0])
def test_transitions_against_finite_differences(kind, dt):
    config, x = config_of(kind), state_of(kind)
    size = len(x)
    ours, theirs = np.zeros((size, size)), np.zeros((size, size))
    motion_models.transition_of(config.model, 0, config.earth, x, dt, np.zeros((size, size)), ours)
    for i in range(size):
        step = 1e-5 if i >= 6 else 0.5
        ends = []
        for sign in (step, -step):
            moved = x.copy()
            moved[i] += sign
            motion_models.move_model(config.model, config.wide, 0, config.earth, moved, dt)
            ends.append(moved)
        theirs[:, i] = (ends[0] - ends[1]) / (2.0 * step)
    scale = np.concatenate([np.full(3, 1.0), np.full(3, 0.1), np.full(size - 6, 1.0)])
    # in free fall the transition is of second order: 2 % where drag is 3 g
    columns = np.concatenate([np.ones(6), np.full(size - 6, 500.0)])
    tolerance = (0.02 if motion_models.falls(kind) and dt > 1.0 else 2e-3) * np.outer(scale, columns)
    assert (np.abs(ours - theirs) < tolerance).all(), (ours - theirs) / tolerance


@pytest.mark.parametrize("rate", [0.2, -0.05, 1e-4, 1e-9, 0.0])
def test_a_turn_goes_along_its_differential_equation(rate):
    config = config_of(motion_models.COORDINATED_TURN)
    x = np.append(state_of(motion_models.COORDINATED_TURN)[:6], rate)
    up = np.array(turning.vertical_at(config.earth, x))

    def flow(_t, y):
        return np.concatenate([y[3:6], rate * np.cross(up, y[3:6])])

    end = solve_ivp(flow, (0.0, 12.0), x[:6], rtol=1e-11, atol=1e-8).y[:, -1]
    moved = x.copy()
    turning.move_turning(config.earth, moved, 12.0)
    assert np.allclose(moved[:6], end, rtol=1e-9, atol=1e-5)
    assert np.linalg.norm(moved[3:6]) == pytest.approx(np.linalg.norm(x[3:6]), rel=1e-12)


@pytest.mark.parametrize("rate", [0.00999, 0.01001, -0.00999, -0.01001])
def test_the_two_forms_of_the_turn_factors_meet(rate):
    # by complex-step and long double arithmetic
    r, one = np.longdouble(rate), np.longdouble(1.0)
    s, c = np.sin(r) / r, (one - np.cos(r)) / r
    expected = [s, c, (np.cos(r) - s) / r, (np.sin(r) - c) / r, np.sin(r), np.cos(r)]
    assert turning.turn_factors(rate, 1.0) == pytest.approx([float(v) for v in expected], rel=1e-9, abs=1e-12)


def test_free_fall_against_an_integration_in_space_that_does_not_turn():
    # inertial: only gravity and drag against air that turns with the Earth
    config = config_of(motion_models.BALLISTIC_DRAG)
    earth, spin = config.earth, free_fall.TURN_RATE * config.earth[3:6]
    centre, log_coefficient = earth[:3], np.log(2_000.0)
    x = np.array([1e4, -2e4, 3e4, 900.0, -400.0, -700.0, log_coefficient])

    def flow(_t, y):
        p, v = y[:3], y[3:6]
        wind = v - np.cross(spin, p)
        r = np.linalg.norm(p)
        density = free_fall.AIR_DENSITY * np.exp(-(r - earth[6]) / free_fall.SCALE_HEIGHT)
        drag = -0.5 * density * np.linalg.norm(wind) * wind / 2_000.0
        return np.concatenate([v, -free_fall.GRAVITATIONAL_CONSTANT * p / r**3 + drag])

    p, t = x[:3] - centre, 20.0
    end = solve_ivp(flow, (0.0, t), np.concatenate([p, x[3:6] + np.cross(spin, p)]), rtol=1e-11, atol=1e-6).y[:, -1]
    axis = spin / np.linalg.norm(spin)
    hat = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    back = expm(-np.linalg.norm(spin) * t * hat)
    place, speed = back @ end[:3], back @ (end[3:6] - np.cross(spin, end[:3]))
    moved = x.copy()
    for _ in range(20):
        motion_models.move_model(config.model, config.wide, 0, earth, moved, 1.0)
    assert np.allclose(moved[:3] - centre, place, atol=0.001)  # m
    assert np.allclose(moved[3:6], speed, atol=1e-4)
    assert moved[6] == log_coefficient


@pytest.mark.parametrize("kind", [motion_models.COORDINATED_TURN, motion_models.BALLISTIC_DRAG], ids=["turn", "drag"])
def test_drift_of_the_seventh_state_is_the_linearised_noise(kind):
    # Van Loan about the state at the end: the drift pushes along one direction
    config, dt = config_of(kind, noise_lateral=0.0, noise_along=0.0, noise_vertical=0.0, further_noise=1e-4), 2.0
    x = state_of(kind)
    up = np.array(turning.vertical_at(config.earth, x))
    drag = free_fall.drag_acceleration(config.earth, *x[[6, 0, 1, 2, 3, 4, 5]])
    push = np.cross(up, x[3:6]) if kind == motion_models.COORDINATED_TURN else -np.array(drag)
    a = np.zeros((7, 7))
    a[:3, 3:6], a[3:6, 6] = np.eye(3), push
    q = np.zeros((7, 7))
    q[6, 6] = 1e-4
    packed = np.zeros(28)
    motion_models.add_process_noise(config.model, config.wide, 0, config.earth, x, packed, dt)
    assert np.allclose(square(packed, 7), van_loan(a, q, dt)[1], rtol=1e-9, atol=1e-15)


def test_models_of_several_sizes_share_a_bank():
    config = config_of(*KINDS.values())
    work = make_bank(1, 1, 1, models=len(KINDS), size=9).work
    assert config.model["size"].tolist() == [6, 6, 9, 7, 9, 7]
    assert work.x.shape == (6, 9)
    assert work.covariance.shape == (6, 45)
