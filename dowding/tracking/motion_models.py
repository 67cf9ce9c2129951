"""How a target may move between two detections, by kind of model: the state carried on, its derivative, and the noise of the way.

States begin with (x, y, z, vx, vy, vz) in theatre coordinates, which turn with the Earth; what follows depends on the kind: nothing, the
acceleration's three components, the rate of turn about the vertical, or the logarithm of the ballistic coefficient.
"""

from dowding._jit import kernel
from dowding.tracking.acceleration import acceleration_noise, acceleration_transition
from dowding.tracking.covariance import Six, Three, entry, loosen, unpack, velocity_variance
from dowding.tracking.free_fall import drag_acceleration, free_fall_transition, move_ballistic
from dowding.tracking.picture import Floats, Records, TrackerConfig
from dowding.tracking.turning import cross, move_turning, turning_transition, vertical_at

CONSTANT_VELOCITY, BALLISTIC, CONSTANT_ACCELERATION, COORDINATED_TURN, SINGER, BALLISTIC_DRAG = 0, 1, 2, 3, 4, 5
SIZE = (6, 6, 9, 7, 9, 7)  # states of each kind
NOTHING, ACCELERATION, RATE_OF_TURN, LOG_COEFFICIENT = 0, 1, 2, 3
FURTHER = (NOTHING, NOTHING, ACCELERATION, RATE_OF_TURN, ACCELERATION, LOG_COEFFICIENT)  # what each kind has beyond the first six

BALLISTIC_FLOOR = 1e-4  # least weight of a ballistic model, so that it can always come back


@kernel
def falls(kind: int) -> bool:
    """Whether a kind is free fall."""
    return kind in (BALLISTIC, BALLISTIC_DRAG)


@kernel
def ballistic_weight(config: TrackerConfig, height: float, speed: float) -> float:
    """How far a target of this height (m) and speed (m/s) may be in free fall, from almost 0 to 1."""
    by_height = (height - config.ballistic_height_low) / (config.ballistic_height_high - config.ballistic_height_low)
    by_speed = (speed - config.ballistic_speed_low) / (config.ballistic_speed_high - config.ballistic_speed_low)
    return min(max(by_height, by_speed, BALLISTIC_FLOOR), 1.0)


@kernel
def move_constant_velocity(x: Floats, dt: float) -> None:
    """Carry the state over `dt` seconds at its velocity."""
    for i in range(3):
        x[i] += dt * x[i + 3]


@kernel(fused=True)
def spread_constant_velocity(packed: Floats, dt: float) -> None:
    """F P F' for F = [[I, dt I], [0, I]], in place."""
    p = packed
    c00, c10, c11, c20, c21, c22 = dt * p[9], dt * p[13], dt * p[14], dt * p[18], dt * p[19], dt * p[20]
    p[0] += dt * (2.0 * p[6] + c00)
    p[1] += dt * (p[7] + p[10] + c10)
    p[2] += dt * (2.0 * p[11] + c11)
    p[3] += dt * (p[8] + p[15] + c20)
    p[4] += dt * (p[12] + p[16] + c21)
    p[5] += dt * (2.0 * p[17] + c22)
    p[6] += c00
    p[7] += c10
    p[8] += c20
    p[10] += c10
    p[11] += c11
    p[12] += c21
    p[15] += c20
    p[16] += c21
    p[17] += c22


@kernel(fused=True)
def noise_density(lateral: float, along: float, vertical: float, earth: Floats, x: Floats, packed: Floats) -> Six:
    """White noise of these densities as a matrix 00, 10, 11, 20, 21, 22 (theatre): stronger across the flight path than along it.

    The two horizontal directions are told apart only as far as the velocity is known: with an uncertain course the noise is round.
    """
    u0, u1, u2 = x[0] - earth[0], x[1] - earth[1], x[2] - earth[2]
    radius2 = u0 * u0 + u1 * u1 + u2 * u2
    climb = (x[3] * u0 + x[4] * u1 + x[5] * u2) / radius2
    c0, c1, c2 = x[3] - climb * u0, x[4] - climb * u1, x[5] - climb * u2
    speed2 = c0 * c0 + c1 * c1 + c2 * c2
    # covariance / (speed2 + variance) tends to 1 / speed2 for a known course and to 0 for an unknown one
    course = (along - lateral) / (speed2 + velocity_variance(packed) + 1.0)
    up = (vertical - lateral) / radius2
    return (
        lateral + course * c0 * c0 + up * u0 * u0,
        course * c0 * c1 + up * u0 * u1,
        lateral + course * c1 * c1 + up * u1 * u1,
        course * c0 * c2 + up * u0 * u2,
        course * c1 * c2 + up * u1 * u2,
        lateral + course * c2 * c2 + up * u2 * u2,
    )


@kernel(fused=True)
def add_white_acceleration(packed: Floats, q: Six, dt: float) -> None:
    """Add white acceleration of density q (00, 10, 11, 20, 21, 22) m2/s3 over `dt` seconds."""
    # Bar-Shalom, Li and Kirubarajan (2001), "Estimation with applications to tracking and navigation", eq 6.2.2-12
    p, place, both = packed, dt * dt * dt / 3.0, 0.5 * dt * dt
    p[0] += place * q[0]
    p[1] += place * q[1]
    p[2] += place * q[2]
    p[3] += place * q[3]
    p[4] += place * q[4]
    p[5] += place * q[5]
    p[6] += both * q[0]
    p[7] += both * q[1]
    p[8] += both * q[3]
    p[9] += dt * q[0]
    p[10] += both * q[1]
    p[11] += both * q[2]
    p[12] += both * q[4]
    p[13] += dt * q[1]
    p[14] += dt * q[2]
    p[15] += both * q[3]
    p[16] += both * q[4]
    p[17] += both * q[5]
    p[18] += dt * q[3]
    p[19] += dt * q[4]
    p[20] += dt * q[5]


@kernel
def add_white_jerk(packed: Floats, q: Six, dt: float, fading: float) -> None:
    """Add white jerk of density q m2/s5 over `dt` seconds to a state with an acceleration that fades at `fading` 1/s."""
    pp, vp, vv, ap, av, aa = acceleration_noise(dt, fading)
    k = 0
    for i in range(3):
        for j in range(i + 1):
            packed[entry(i, j)] += pp * q[k]
            packed[entry(i + 3, j + 3)] += vv * q[k]
            packed[entry(i + 6, j + 6)] += aa * q[k]
            packed[entry(i + 3, j)] += vp * q[k]
            packed[entry(i + 6, j)] += ap * q[k]
            packed[entry(i + 6, j + 3)] += av * q[k]
            if i != j:
                packed[entry(j + 3, i)] += vp * q[k]
                packed[entry(j + 6, i)] += ap * q[k]
                packed[entry(j + 6, i + 3)] += av * q[k]
            k += 1


@kernel
def add_drift(packed: Floats, push: Three, density: float, dt: float) -> None:
    """Add white noise of this density in the rate of the seventh entry, whose change accelerates the target by `push` a unit."""
    # what the entry gains by time t before the end pushes velocity by t and position by t^2 / 2: the integrals of their products
    p, t2 = packed, dt * dt
    p[27] += density * dt
    for i in range(3):
        p[21 + i] += density * push[i] * t2 * dt / 6.0
        p[24 + i] += density * push[i] * t2 / 2.0
        for j in range(3):
            both = density * push[i] * push[j]
            p[entry(i + 3, j)] += both * t2 * t2 / 8.0
            if j <= i:
                p[entry(i, j)] += both * t2 * t2 * dt / 20.0
                p[entry(i + 3, j + 3)] += both * t2 * dt / 3.0


@kernel
def add_process_noise(model: Records, wide: int | None, j: int, earth: Floats, x: Floats, packed: Floats, dt: float) -> None:
    """Add a model's process noise over `dt` seconds to the covariance of x (size,), the state at their end."""
    lateral, along, vertical = model["noise_lateral"][j], model["noise_along"][j], model["noise_vertical"][j]
    q = noise_density(lateral, along, vertical, earth, x, packed)
    if wide is None:
        add_white_acceleration(packed, q, dt)
    else:
        add_wide_noise(model, j, earth, x, packed, q, dt)


@kernel
def add_wide_noise(model: Records, j: int, earth: Floats, x: Floats, packed: Floats, q: Six, dt: float) -> None:
    """Add noise of density q (00, 10, 11, 20, 21, 22) to a model of any kind."""
    kind = model["kind"][j]
    if kind == CONSTANT_ACCELERATION:
        add_white_jerk(packed, q, dt, 0.0)
    elif kind == SINGER:
        fading = 1.0 / model["time_constant"][j]
        scale = 2.0 * fading
        add_white_jerk(packed, (scale * q[0], scale * q[1], scale * q[2], scale * q[3], scale * q[4], scale * q[5]), dt, fading)
    else:
        add_white_acceleration(packed, q, dt)
        if kind == COORDINATED_TURN:
            add_drift(packed, cross(vertical_at(earth, x), x), model["further_noise"][j], dt)
        elif kind == BALLISTIC_DRAG:
            drag = drag_acceleration(earth, log_coefficient(model, j, x), x[0], x[1], x[2], x[3], x[4], x[5])
            add_drift(packed, (-drag[0], -drag[1], -drag[2]), model["further_noise"][j], dt)


@kernel
def move_model(model: Records, wide: int | None, j: int, earth: Floats, x: Floats, dt: float) -> None:
    """Carry one model's state (size,) over `dt` seconds in place."""
    kind = model["kind"][j]
    if kind == CONSTANT_VELOCITY:
        move_constant_velocity(x, dt)
    elif wide is None:
        move_ballistic(earth, model["further_mean"][j], x, dt)
    else:
        move_wide(model, j, earth, x, dt)


@kernel
def move_wide(model: Records, j: int, earth: Floats, x: Floats, dt: float) -> None:
    """As move_model, for all kinds but constant velocity."""
    kind = model["kind"][j]
    if falls(kind):
        move_ballistic(earth, log_coefficient(model, j, x), x, dt)
    elif kind == COORDINATED_TURN:
        move_turning(earth, x, dt)
    else:
        place, speed, left = acceleration_transition(dt, fading_of(model, j))
        move_accelerated(x, dt, place, speed, left)


@kernel
def move_accelerated(x: Floats, dt: float, place: float, speed: float, left: float) -> None:
    """Carry the state (9,) over `dt` seconds, with the coefficients of acceleration_transition."""
    for i in range(3):
        x[i] += dt * x[i + 3] + place * x[i + 6]
        x[i + 3] += speed * x[i + 6]
        x[i + 6] *= left


@kernel
def log_coefficient(model: Records, j: int, x: Floats) -> float:
    """Logarithm of the ballistic coefficient (of kg/m2): a state's seventh entry, or the one assumed for all."""
    return float(x[6] if x.shape[0] > 6 else model["further_mean"][j])


@kernel
def fading_of(model: Records, j: int) -> float:
    """Rate (1/s) at which a model's acceleration fades: Singer's only."""
    return 1.0 / model["time_constant"][j] if model["kind"][j] == SINGER else 0.0


@kernel
def transition_of(model: Records, j: int, earth: Floats, x: Floats, dt: float, jacobian: Floats, transition_out: Floats) -> None:
    """Derivative of a model's state after `dt` seconds with the state x (size,) now, into transition_out[:size, :size].

    jacobian (3 or more, 6) is scratch.
    """
    kind = model["kind"][j]
    if falls(kind):
        free_fall_transition(earth, log_coefficient(model, j, x), x, dt, jacobian, transition_out)
        return
    if kind == COORDINATED_TURN:
        turning_transition(earth, x, dt, transition_out)
        return
    size = x.shape[0]
    for i in range(size):
        for k in range(size):
            transition_out[i, k] = 1.0 if i == k else 0.0
    for i in range(3):
        transition_out[i, i + 3] = dt
    if size > 6:
        place, speed, left = acceleration_transition(dt, fading_of(model, j))
        for i in range(3):
            transition_out[i, i + 6] = place
            transition_out[i + 3, i + 6] = speed
            transition_out[i + 6, i + 6] = left


@kernel(fused=True)
def spread_acceleration(packed: Floats, dt: float, place: float, speed: float, left: float, full: Floats) -> None:
    """F P F' in place for F = [[I, dt I, place I], [0, I, speed I], [0, 0, left I]]; full (9, 9) is scratch."""
    unpack(packed, 9, full)
    for i in range(3):
        for j in range(3):
            vv, va, av, aa = full[i + 3, j + 3], full[i + 3, j + 6], full[i + 6, j + 3], full[i + 6, j + 6]
            # acceleration i with position j at the end, before it fades
            ap = full[i + 6, j] + dt * av + place * aa
            packed[entry(i + 3, j)] = full[i + 3, j] + dt * vv + place * va + speed * ap
            packed[entry(i + 6, j)] = left * ap
            packed[entry(i + 6, j + 3)] = left * (av + speed * aa)
            if j <= i:
                pv, pa = full[i, j + 3] + full[i + 3, j], full[i, j + 6] + full[i + 6, j]
                packed[entry(i, j)] = full[i, j] + dt * (pv + dt * vv) + place * (pa + dt * (va + av) + place * aa)
                packed[entry(i + 3, j + 3)] = vv + speed * (va + av + speed * aa)
                packed[entry(i + 6, j + 6)] = left * left * aa


@kernel(fused=True, inlined=True)
def spread(packed: Floats, size: int, transition: Floats, full: Floats, product: Floats) -> None:
    """F P F' in place for F = transition[:size, :size]; full and product (size or more, size or more) are scratch.

    Inlined, so that a size that is a number where it is called unrolls the loops.
    """
    unpack(packed, size, full)
    for i in range(size):
        for k in range(size):
            product[i, k] = transition[i, 0] * full[0, k]
        for j in range(1, size):
            for k in range(size):
                product[i, k] += transition[i, j] * full[j, k]
    k = 0
    for i in range(size):
        for j in range(i + 1):
            total = 0.0
            for m in range(size):
                total += product[i, m] * transition[j, m]
            packed[k] = total
            k += 1


@kernel
def carry_model(
    model: Records, wide: int | None, j: int, earth: Floats, x: Floats, packed: Floats, dt: float, full: Floats
) -> None:  # fmt: skip
    """Carry one model's state (size,) and covariance over `dt` seconds in place, without noise; full (4, size, size) is scratch."""
    if model["kind"][j] == CONSTANT_VELOCITY:
        move_constant_velocity(x, dt)
        spread_constant_velocity(packed, dt)
    elif wide is None:
        free_fall_transition(earth, model["further_mean"][j], x, dt, full[3], full[0])
        move_ballistic(earth, model["further_mean"][j], x, dt)
        spread(packed, 6, full[0], full[1], full[2])
    else:
        carry_wide(model, j, earth, x, packed, dt, full)


@kernel
def carry_wide(model: Records, j: int, earth: Floats, x: Floats, packed: Floats, dt: float, full: Floats) -> None:
    """As carry_model, for all kinds but constant velocity."""
    size = x.shape[0]
    if size == 9:
        place, speed, left = acceleration_transition(dt, fading_of(model, j))
        move_accelerated(x, dt, place, speed, left)
        spread_acceleration(packed, dt, place, speed, left, full[0])
        return
    transition_of(model, j, earth, x, dt, full[3], full[0])
    move_wide(model, j, earth, x, dt)
    if size == 7:
        spread(packed, 7, full[0], full[1], full[2])
    else:
        spread(packed, 6, full[0], full[1], full[2])


@kernel
def predict_model(
    model: Records, wide: int | None, j: int, earth: Floats, x: Floats, packed: Floats, dt: float, full: Floats
) -> None:  # fmt: skip
    """Carry one model over `dt` seconds with its process noise; x is (size,) of its kind, `wide` as of TrackerConfig.

    Backwards (dt < 0) no noise is added: good for the second or so by which one sensor's report may come after another's.
    """
    carry_model(model, wide, j, earth, x, packed, dt, full)
    if dt > 0.0:
        add_process_noise(model, wide, j, earth, x, packed, dt)
        loosen(packed, x.shape[0])
