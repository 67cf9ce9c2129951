"""Free fall through a rotating atmosphere: gravity, drag, Coriolis and centrifugal acceleration, in coordinates that turn with the Earth.

The ballistic coefficient (mass over drag coefficient and area) is assumed, or the state's seventh entry as its natural logarithm.
"""

import math

from dowding._jit import kernel
from dowding.tracking.picture import Floats, TrackerConfig

# NIMA TR8350.2 (2000), table 3.1: gravitational constant and turn rate of the Earth
GRAVITATIONAL_CONSTANT = 3.986004418e14  # m3/s2
TURN_RATE = 7.292115e-5  # rad/s
# exponential fit to the U.S. Standard Atmosphere 1976 below 80 km
AIR_DENSITY = 1.225  # kg/m3 at the ground
SCALE_HEIGHT = 7_400.0  # m


@kernel
def height_above_ground(config: TrackerConfig, x: float, y: float, z: float) -> float:
    """Height in m of a theatre position above the sphere through the scenario's ground."""
    centre = config.earth_centre
    return math.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2) - config.earth_radius


@kernel
def free_fall_acceleration(
    config: TrackerConfig, coefficient: float, x: float, y: float, z: float, vx: float, vy: float, vz: float
) -> tuple[float, float, float]:
    """Acceleration in m/s2 of a body of this ballistic coefficient (kg/m2) in free fall, in coordinates that turn with the Earth."""
    cx, cy, cz = x - config.earth_centre[0], y - config.earth_centre[1], z - config.earth_centre[2]
    wx, wy, wz = TURN_RATE * config.spin_axis[0], TURN_RATE * config.spin_axis[1], TURN_RATE * config.spin_axis[2]
    distance2 = cx * cx + cy * cy + cz * cz
    distance = math.sqrt(distance2)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    # Li and Jilkov (2001), "A survey of maneuvering target tracking, part II: ballistic target models", eqs (1) to (12):
    # gravity, drag, Coriolis and centrifugal acceleration
    gravity = -GRAVITATIONAL_CONSTANT / (distance2 * distance)
    drag = -0.5 * AIR_DENSITY * math.exp(-(distance - config.earth_radius) / SCALE_HEIGHT) * speed / coefficient
    along = wx * cx + wy * cy + wz * cz  # w x (w x c) = w (w.c) - c w2
    centrifugal = wx * wx + wy * wy + wz * wz
    ax = (gravity + centrifugal) * cx - wx * along + drag * vx - 2.0 * (wy * vz - wz * vy)
    ay = (gravity + centrifugal) * cy - wy * along + drag * vy - 2.0 * (wz * vx - wx * vz)
    az = (gravity + centrifugal) * cz - wz * along + drag * vz - 2.0 * (wx * vy - wy * vx)
    return ax, ay, az


@kernel
def coefficient_of(config: TrackerConfig, x: Floats) -> float:
    """The ballistic coefficient (kg/m2) of a state: its seventh entry's exponential, or the one assumed for all."""
    return math.exp(x[6]) if x.shape[0] > 6 else config.ballistic_coefficient


@kernel
def move_ballistic(config: TrackerConfig, x: Floats, dt: float) -> None:
    """Carry the state (6 or 7,) over `dt` seconds of free fall: one Runge-Kutta step of fourth order."""
    px, py, pz, vx, vy, vz = x[0], x[1], x[2], x[3], x[4], x[5]
    half, k = 0.5 * dt, coefficient_of(config, x)
    ax, ay, az = free_fall_acceleration(config, k, px, py, pz, vx, vy, vz)
    ux, uy, uz = vx + half * ax, vy + half * ay, vz + half * az
    bx, by, bz = free_fall_acceleration(config, k, px + half * vx, py + half * vy, pz + half * vz, ux, uy, uz)
    sx, sy, sz = vx + half * bx, vy + half * by, vz + half * bz
    cx, cy, cz = free_fall_acceleration(config, k, px + half * ux, py + half * uy, pz + half * uz, sx, sy, sz)
    tx, ty, tz = vx + dt * cx, vy + dt * cy, vz + dt * cz
    dx, dy, dz = free_fall_acceleration(config, k, px + dt * sx, py + dt * sy, pz + dt * sz, tx, ty, tz)
    sixth = dt / 6.0
    x[0] = px + sixth * (vx + 2.0 * ux + 2.0 * sx + tx)
    x[1] = py + sixth * (vy + 2.0 * uy + 2.0 * sy + ty)
    x[2] = pz + sixth * (vz + 2.0 * uz + 2.0 * sz + tz)
    x[3] = vx + sixth * (ax + 2.0 * bx + 2.0 * cx + dx)
    x[4] = vy + sixth * (ay + 2.0 * by + 2.0 * cy + dy)
    x[5] = vz + sixth * (az + 2.0 * bz + 2.0 * cz + dz)


@kernel
def free_fall_jacobian(
    config: TrackerConfig, coefficient: float, x: float, y: float, z: float, vx: float, vy: float, vz: float, jacobian_out: Floats
) -> None:
    """Derivative of free_fall_acceleration with position (columns 0 to 2) and velocity (3 to 5) into jacobian_out (3 or more, 6)."""
    spin, v = config.spin_axis, (vx, vy, vz)
    c = (x - config.earth_centre[0], y - config.earth_centre[1], z - config.earth_centre[2])
    distance2 = c[0] * c[0] + c[1] * c[1] + c[2] * c[2]
    distance = math.sqrt(distance2)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz) + 1e-9
    gravity = -GRAVITATIONAL_CONSTANT / (distance2 * distance)
    drag = -0.5 * AIR_DENSITY * math.exp(-(distance - config.earth_radius) / SCALE_HEIGHT) / coefficient
    for i in range(3):
        for j in range(3):
            same = 1.0 if i == j else 0.0
            jacobian_out[i, j] = (
                gravity * (same - 3.0 * c[i] * c[j] / distance2)
                + TURN_RATE * TURN_RATE * (same - spin[i] * spin[j])
                - drag * speed * v[i] * c[j] / (distance * SCALE_HEIGHT)
            )
            jacobian_out[i, j + 3] = drag * (speed * same + v[i] * v[j] / speed)
    # Coriolis: -2 w x v
    jacobian_out[0, 4] += 2.0 * TURN_RATE * spin[2]
    jacobian_out[0, 5] -= 2.0 * TURN_RATE * spin[1]
    jacobian_out[1, 3] -= 2.0 * TURN_RATE * spin[2]
    jacobian_out[1, 5] += 2.0 * TURN_RATE * spin[0]
    jacobian_out[2, 3] += 2.0 * TURN_RATE * spin[1]
    jacobian_out[2, 4] -= 2.0 * TURN_RATE * spin[0]


@kernel
def free_fall_transition(config: TrackerConfig, x: Floats, dt: float, jacobian: Floats, transition_out: Floats) -> None:
    """Derivative of the state after `dt` seconds with the state x (6 or 7,) now, into transition_out[:size, :size].

    F = I + A dt + A^2 dt^2 / 2 for A = [[0, I], [jacobian]] taken half way; jacobian (3 or more, 6) is scratch. With a seventh
    entry the drag stands in that column: drag goes as exp(-x[6]).
    """
    coefficient, half_way = coefficient_of(config, x), 0.5 * dt
    ax, ay, az = free_fall_acceleration(config, coefficient, x[0], x[1], x[2], x[3], x[4], x[5])
    vx, vy, vz = x[3] + half_way * ax, x[4] + half_way * ay, x[5] + half_way * az
    px, py, pz = x[0] + half_way * x[3], x[1] + half_way * x[4], x[2] + half_way * x[5]
    free_fall_jacobian(config, coefficient, px, py, pz, vx, vy, vz, jacobian)
    half = 0.5 * dt * dt
    for i in range(3):
        for j in range(6):
            place, speed = half * jacobian[i, j], dt * jacobian[i, j]
            for k in range(3):
                # row i of A^2: the lower half is J_p (0 I) + J_v J
                speed += half * jacobian[i, k + 3] * jacobian[k, j]
            if j >= 3:
                speed += half * jacobian[i, j - 3]
            if i == j:
                place += 1.0
            if i + 3 == j:
                place += dt
                speed += 1.0
            transition_out[i, j] = place
            transition_out[i + 3, j] = speed
    if x.shape[0] > 6:
        drag = drag_acceleration(config, coefficient, px, py, pz, vx, vy, vz)
        for i in range(3):
            bent = 0.0
            for k in range(3):
                bent -= jacobian[i, k + 3] * drag[k]
            transition_out[i, 6] = -half * drag[i]
            transition_out[i + 3, 6] = -dt * drag[i] + half * bent
            transition_out[6, i] = 0.0
            transition_out[6, i + 3] = 0.0
        transition_out[6, 6] = 1.0


@kernel
def drag_acceleration(
    config: TrackerConfig, coefficient: float, x: float, y: float, z: float, vx: float, vy: float, vz: float
) -> tuple[float, float, float]:
    """The drag's part of free_fall_acceleration (m/s2)."""
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    drag = -0.5 * AIR_DENSITY * math.exp(-height_above_ground(config, x, y, z) / SCALE_HEIGHT) * speed / coefficient
    return drag * vx, drag * vy, drag * vz
