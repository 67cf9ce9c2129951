"""How a target may move between two detections: nearly constant velocity, and free fall through a rotating atmosphere.

States are (x, y, z, vx, vy, vz) in theatre coordinates, which turn with the Earth. All kernels work in place.
"""

import math

from dowding._jit import kernel
from dowding.tracking.covariance import entry, pack, unpack, velocity_variance
from dowding.tracking.picture import Floats, TrackerConfig, Workspace

CONSTANT_VELOCITY, BALLISTIC = 0, 1
SIZE = (6, 6)  # states of each kind; the first six are always position and velocity

# NIMA TR8350.2 (2000), table 3.1: gravitational constant and turn rate of the Earth
GRAVITATIONAL_CONSTANT = 3.986004418e14  # m3/s2
TURN_RATE = 7.292115e-5  # rad/s
# exponential fit to the U.S. Standard Atmosphere 1976 below 80 km
AIR_DENSITY = 1.225  # kg/m3 at the ground
SCALE_HEIGHT = 7_400.0  # m
BALLISTIC_FLOOR = 1e-4  # least weight of the ballistic model, so that it can always come back


@kernel
def height_above_ground(config: TrackerConfig, x: float, y: float, z: float) -> float:
    """Height in m of a theatre position above the sphere through the scenario's ground."""
    centre = config.earth_centre
    return math.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2) - config.earth_radius


@kernel
def ballistic_weight(config: TrackerConfig, height: float, speed: float) -> float:
    """How far a target of this height (m) and speed (m/s) may be in free fall, from almost 0 to 1."""
    by_height = (height - config.ballistic_height_low) / (config.ballistic_height_high - config.ballistic_height_low)
    by_speed = (speed - config.ballistic_speed_low) / (config.ballistic_speed_high - config.ballistic_speed_low)
    return min(max(by_height, by_speed, BALLISTIC_FLOOR), 1.0)


@kernel
def free_fall_acceleration(
    config: TrackerConfig, x: float, y: float, z: float, vx: float, vy: float, vz: float
) -> tuple[float, float, float]:
    """Acceleration in m/s2 of a body in free fall, in coordinates that turn with the Earth."""
    cx, cy, cz = x - config.earth_centre[0], y - config.earth_centre[1], z - config.earth_centre[2]
    wx, wy, wz = TURN_RATE * config.spin_axis[0], TURN_RATE * config.spin_axis[1], TURN_RATE * config.spin_axis[2]
    distance = math.sqrt(cx * cx + cy * cy + cz * cz)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    # Li and Jilkov (2001), "A survey of maneuvering target tracking, part II: ballistic target models", eqs (1) to (12):
    # gravity, drag, Coriolis and centrifugal acceleration
    gravity = -GRAVITATIONAL_CONSTANT / distance**3
    drag = -0.5 * AIR_DENSITY * math.exp(-(distance - config.earth_radius) / SCALE_HEIGHT) * speed / config.ballistic_coefficient
    along = wx * cx + wy * cy + wz * cz  # w x (w x c) = w (w.c) - c w2
    centrifugal = wx * wx + wy * wy + wz * wz
    ax = (gravity + centrifugal) * cx - wx * along + drag * vx - 2.0 * (wy * vz - wz * vy)
    ay = (gravity + centrifugal) * cy - wy * along + drag * vy - 2.0 * (wz * vx - wx * vz)
    az = (gravity + centrifugal) * cz - wz * along + drag * vz - 2.0 * (wx * vy - wy * vx)
    return ax, ay, az


@kernel
def move_constant_velocity(x: Floats, dt: float) -> None:
    """Carry the state over `dt` seconds."""
    for i in range(3):
        x[i] += dt * x[i + 3]


@kernel
def move_ballistic(config: TrackerConfig, x: Floats, dt: float) -> None:
    """Carry the state over `dt` seconds of free fall: one Runge-Kutta step of fourth order."""
    px, py, pz, vx, vy, vz = x[0], x[1], x[2], x[3], x[4], x[5]
    half = 0.5 * dt
    ax, ay, az = free_fall_acceleration(config, px, py, pz, vx, vy, vz)
    ux, uy, uz = vx + half * ax, vy + half * ay, vz + half * az
    bx, by, bz = free_fall_acceleration(config, px + half * vx, py + half * vy, pz + half * vz, ux, uy, uz)
    sx, sy, sz = vx + half * bx, vy + half * by, vz + half * bz
    cx, cy, cz = free_fall_acceleration(config, px + half * ux, py + half * uy, pz + half * uz, sx, sy, sz)
    tx, ty, tz = vx + dt * cx, vy + dt * cy, vz + dt * cz
    dx, dy, dz = free_fall_acceleration(config, px + dt * sx, py + dt * sy, pz + dt * sz, tx, ty, tz)
    sixth = dt / 6.0
    x[0] = px + sixth * (vx + 2.0 * ux + 2.0 * sx + tx)
    x[1] = py + sixth * (vy + 2.0 * uy + 2.0 * sy + ty)
    x[2] = pz + sixth * (vz + 2.0 * uz + 2.0 * sz + tz)
    x[3] = vx + sixth * (ax + 2.0 * bx + 2.0 * cx + dx)
    x[4] = vy + sixth * (ay + 2.0 * by + 2.0 * cy + dy)
    x[5] = vz + sixth * (az + 2.0 * bz + 2.0 * cz + dz)


@kernel
def spread_constant_velocity(covariance: Floats, dt: float) -> None:
    """F P F' for F = [[I, dt I], [0, I]], covariance (packed,)."""
    for i in range(3):
        for j in range(i + 1):
            covariance[entry(i, j)] += dt * (
                covariance[entry(i + 3, j)] + covariance[entry(j + 3, i)] + dt * covariance[entry(i + 3, j + 3)]
            )
    for i in range(3):
        for j in range(3):
            covariance[entry(i + 3, j)] += dt * covariance[entry(i + 3, j + 3)]


@kernel
def free_fall_jacobian(config: TrackerConfig, x: Floats, jacobian_out: Floats) -> None:
    """Derivative of the free-fall acceleration with position (columns 0 to 2) and velocity (3 to 5); jacobian_out (3 or more, 6)."""
    spin = config.spin_axis
    c0, c1, c2 = x[0] - config.earth_centre[0], x[1] - config.earth_centre[1], x[2] - config.earth_centre[2]
    distance2 = c0 * c0 + c1 * c1 + c2 * c2
    distance = math.sqrt(distance2)
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]) + 1e-9
    gravity = -GRAVITATIONAL_CONSTANT / (distance2 * distance)
    drag = -0.5 * AIR_DENSITY * math.exp(-(distance - config.earth_radius) / SCALE_HEIGHT) / config.ballistic_coefficient
    for i in range(3):
        for j in range(3):
            ci, cj = x[i] - config.earth_centre[i], x[j] - config.earth_centre[j]
            same = 1.0 if i == j else 0.0
            jacobian_out[i, j] = (
                gravity * (same - 3.0 * ci * cj / distance2)
                + TURN_RATE * TURN_RATE * (same - spin[i] * spin[j])
                - drag * speed * x[i + 3] * cj / (distance * SCALE_HEIGHT)
            )
            jacobian_out[i, j + 3] = drag * (speed * same + x[i + 3] * x[j + 3] / speed)
    # Coriolis: -2 w x v
    jacobian_out[0, 4] += 2.0 * TURN_RATE * spin[2]
    jacobian_out[0, 5] -= 2.0 * TURN_RATE * spin[1]
    jacobian_out[1, 3] -= 2.0 * TURN_RATE * spin[2]
    jacobian_out[1, 5] += 2.0 * TURN_RATE * spin[0]
    jacobian_out[2, 3] += 2.0 * TURN_RATE * spin[1]
    jacobian_out[2, 4] -= 2.0 * TURN_RATE * spin[0]


@kernel
def spread_ballistic(covariance: Floats, jacobian: Floats, dt: float, product: Floats) -> None:
    """F P F' for F = I + A dt + A^2 dt^2 / 2, A = [[0, I], [jacobian]]; product (6, 6) is scratch.

    F is never formed: A B = [lower half of B; jacobian B], so F B costs two products with the (3, 6) jacobian.
    """
    for side in range(2):  # B = F P, then F B' = F P F'
        for k in range(6):
            for i in range(3):
                acceleration = 0.0
                for j in range(6):
                    acceleration += jacobian[i, j] * covariance[j, k]
                product[i, k] = acceleration
        for k in range(6):
            for i in range(3):
                jerk = 0.0
                for j in range(3):
                    jerk += jacobian[i, j] * covariance[j + 3, k] + jacobian[i, j + 3] * product[j, k]
                product[i + 3, k] = jerk
        for k in range(6):
            for i in range(3):
                covariance[i, k] += dt * (covariance[i + 3, k] + 0.5 * dt * product[i, k])
                covariance[i + 3, k] += dt * (product[i, k] + 0.5 * dt * product[i + 3, k])
        if side == 0:
            transpose(covariance)


@kernel
def transpose(matrix: Floats) -> None:
    """A (6, 6) matrix transposed in place."""
    for i in range(6):
        for j in range(i):
            kept = matrix[i, j]
            matrix[i, j] = matrix[j, i]
            matrix[j, i] = kept


@kernel
def add_process_noise(config: TrackerConfig, model: int, x: Floats, covariance: Floats, dt: float) -> None:
    """White acceleration over `dt` seconds, stronger across the flight path than along it.

    The two horizontal directions are told apart only as far as the velocity is known: with an uncertain course the noise is round.
    """
    # Bar-Shalom, Li and Kirubarajan (2001), "Estimation with applications to tracking and navigation", eq 6.2.2-12
    position, cross = dt * dt * dt / 3.0, dt * dt / 2.0
    lateral, along = config.model["noise_lateral"][model], config.model["noise_along"][model]
    vertical = config.model["noise_vertical"][model]
    u0, u1, u2 = x[0] - config.earth_centre[0], x[1] - config.earth_centre[1], x[2] - config.earth_centre[2]
    scale = 1.0 / math.sqrt(u0 * u0 + u1 * u1 + u2 * u2)
    up = (u0 * scale, u1 * scale, u2 * scale)
    climb = x[3] * up[0] + x[4] * up[1] + x[5] * up[2]
    course = (x[3] - climb * up[0], x[4] - climb * up[1], x[5] - climb * up[2])
    speed2 = course[0] * course[0] + course[1] * course[1] + course[2] * course[2]
    # covariance / (speed2 + variance) tends to 1 / speed2 for a known course and to 0 for an unknown one
    alongness = (along - lateral) / (speed2 + velocity_variance(covariance) + 1.0)
    for i in range(3):
        for j in range(3):
            density = alongness * course[i] * course[j] + (vertical - lateral) * up[i] * up[j]
            if i == j:
                density += lateral
            covariance[entry(i + 3, j)] += density * cross
            if j <= i:
                covariance[entry(i, j)] += density * position
                covariance[entry(i + 3, j + 3)] += density * dt


@kernel
def carry_model(config: TrackerConfig, model: int, x: Floats, covariance: Floats, dt: float, work: Workspace) -> None:
    """Carry one model's state (size,) and covariance (packed,) over `dt` seconds in place, without noise."""
    if config.model["kind"][model] == BALLISTIC:
        free_fall_jacobian(config, x, work.rows)
        move_ballistic(config, x, dt)
        unpack(covariance, 6, work.full[0])
        spread_ballistic(work.full[0], work.rows, dt, work.full[1])
        pack(work.full[0], 6, covariance)
    else:
        move_constant_velocity(x, dt)
        spread_constant_velocity(covariance, dt)


@kernel
def predict_model(config: TrackerConfig, model: int, x: Floats, covariance: Floats, dt: float, work: Workspace) -> None:
    """Carry one model over `dt` seconds with its process noise.

    Backwards (dt < 0) no noise is added: good for the second or so by which one sensor's report may come after another's.
    """
    carry_model(config, model, x, covariance, dt, work)
    if dt > 0.0:
        add_process_noise(config, model, x, covariance, dt)
