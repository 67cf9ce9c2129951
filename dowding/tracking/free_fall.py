"""Free fall through a rotating atmosphere: gravity, drag, Coriolis and centrifugal acceleration, in coordinates that turn with the Earth.

The ballistic coefficient (mass over drag coefficient and area) is assumed, or the state's seventh entry as its natural logarithm.
"""

import math

from dowding._jit import kernel
from dowding.tracking.picture import Floats

# entries of TrackerConfig.earth: its centre (m, theatre), the axis it turns about, the radius of the theatre's ground, and the height
# (m above that) assumed where none is measured, with its standard deviation
CENTRE, AXIS, RADIUS, HEIGHT_PRIOR, HEIGHT_SIGMA = 0, 3, 6, 7, 8

# NIMA TR8350.2 (2000), table 3.1: gravitational constant and turn rate of the Earth
GRAVITATIONAL_CONSTANT = 3.986004418e14  # m3/s2
TURN_RATE = 7.292115e-5  # rad/s
# exponential fit to the U.S. Standard Atmosphere 1976 below 80 km
AIR_DENSITY = 1.225  # kg/m3 at the ground
SCALE_HEIGHT = 7_400.0  # m


@kernel
def height_above_ground(earth: Floats, x: float, y: float, z: float) -> float:
    """Height in m of a theatre position above the sphere through the scenario's ground."""
    return float(math.sqrt((x - earth[0]) ** 2 + (y - earth[1]) ** 2 + (z - earth[2]) ** 2) - earth[RADIUS])


@kernel
def drag_per_speed(log_coefficient: float, height: float) -> float:
    """Drag by velocity (1/s) for each m/s of speed; an estimate below ground (m) meets the air of the ground, not ever denser one."""
    return -0.5 * AIR_DENSITY * math.exp(min(-height / SCALE_HEIGHT, 0.0) - log_coefficient)


@kernel
def is_stopped_by_air(earth: Floats, log_coefficient: float, x: Floats, dt: float) -> bool:
    """Whether drag takes most of the speed of a state (6 or 7,) within `dt` seconds: it does not fall, and one step cannot follow it."""
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    height = height_above_ground(earth, x[0], x[1], x[2])
    return bool(-drag_per_speed(log_coefficient, height) * speed * abs(dt) > 1.0)


@kernel
def free_fall_acceleration(
    earth: Floats, log_coefficient: float, x: float, y: float, z: float, vx: float, vy: float, vz: float
) -> tuple[float, float, float]:
    """Acceleration in m/s2 of a body of this logarithm of the ballistic coefficient (kg/m2) in free fall, turning with the Earth."""
    cx, cy, cz = x - earth[0], y - earth[1], z - earth[2]
    wx, wy, wz = TURN_RATE * earth[3], TURN_RATE * earth[4], TURN_RATE * earth[5]
    distance2 = cx * cx + cy * cy + cz * cz
    distance = math.sqrt(distance2)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    # Li and Jilkov (2001), "A survey of maneuvering target tracking, part II: ballistic target models", eqs (1) to (12):
    # gravity, drag, Coriolis and centrifugal acceleration
    gravity = -GRAVITATIONAL_CONSTANT / (distance2 * distance)
    drag = drag_per_speed(log_coefficient, distance - earth[RADIUS]) * speed
    along = wx * cx + wy * cy + wz * cz  # w x (w x c) = w (w.c) - c w2
    centrifugal = wx * wx + wy * wy + wz * wz
    ax = (gravity + centrifugal) * cx - wx * along + drag * vx - 2.0 * (wy * vz - wz * vy)
    ay = (gravity + centrifugal) * cy - wy * along + drag * vy - 2.0 * (wz * vx - wx * vz)
    az = (gravity + centrifugal) * cz - wz * along + drag * vz - 2.0 * (wx * vy - wy * vx)
    return ax, ay, az


@kernel
def move_ballistic(earth: Floats, log_coefficient: float, x: Floats, dt: float) -> None:
    """Carry the state (6 or 7,) over `dt` seconds of free fall: one Runge-Kutta step of fourth order."""
    px, py, pz, vx, vy, vz = x[0], x[1], x[2], x[3], x[4], x[5]
    half, k = 0.5 * dt, log_coefficient
    ax, ay, az = free_fall_acceleration(earth, k, px, py, pz, vx, vy, vz)
    ux, uy, uz = vx + half * ax, vy + half * ay, vz + half * az
    bx, by, bz = free_fall_acceleration(earth, k, px + half * vx, py + half * vy, pz + half * vz, ux, uy, uz)
    sx, sy, sz = vx + half * bx, vy + half * by, vz + half * bz
    cx, cy, cz = free_fall_acceleration(earth, k, px + half * ux, py + half * uy, pz + half * uz, sx, sy, sz)
    tx, ty, tz = vx + dt * cx, vy + dt * cy, vz + dt * cz
    dx, dy, dz = free_fall_acceleration(earth, k, px + dt * sx, py + dt * sy, pz + dt * sz, tx, ty, tz)
    sixth = dt / 6.0
    x[0] = px + sixth * (vx + 2.0 * ux + 2.0 * sx + tx)
    x[1] = py + sixth * (vy + 2.0 * uy + 2.0 * sy + ty)
    x[2] = pz + sixth * (vz + 2.0 * uz + 2.0 * sz + tz)
    x[3] = vx + sixth * (ax + 2.0 * bx + 2.0 * cx + dx)
    x[4] = vy + sixth * (ay + 2.0 * by + 2.0 * cy + dy)
    x[5] = vz + sixth * (az + 2.0 * bz + 2.0 * cz + dz)


@kernel
def free_fall_jacobian(
    earth: Floats, log_coefficient: float, x: float, y: float, z: float, vx: float, vy: float, vz: float, jacobian_out: Floats
) -> tuple[float, float, float]:
    """Derivative of free_fall_acceleration with position (columns 0 to 2) and velocity (3 to 5) into jacobian_out (3 or more, 6).

    Returns the drag's part of the acceleration (m/s2).
    """
    spin, v = earth[AXIS : AXIS + 3], (vx, vy, vz)
    c = (x - earth[0], y - earth[1], z - earth[2])
    distance2 = c[0] * c[0] + c[1] * c[1] + c[2] * c[2]
    distance = math.sqrt(distance2)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz) + 1e-9
    gravity = -GRAVITATIONAL_CONSTANT / (distance2 * distance)
    drag = drag_per_speed(log_coefficient, distance - earth[RADIUS])
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
    return drag * speed * vx, drag * speed * vy, drag * speed * vz


@kernel
def free_fall_transition(earth: Floats, log_coefficient: float, x: Floats, dt: float, jacobian: Floats, transition_out: Floats) -> None:
    """Derivative of the state after `dt` seconds with the state x (6 or 7,) now, into transition_out[:size, :size].

    jacobian (3 or more, 6) is scratch. With a seventh entry the drag stands in that column: drag goes as exp(-x[6]).
    """
    # F = I + A dt + A^2 dt^2 / 2 + A^3 dt^3 / 6 in the lower order of each row, for A = [[0, I], [jacobian]]. The jacobian changes on the
    # way: what reaches the position is its integral weighted by the time that is left, whose middle lies at a third of the way
    ax, ay, az = free_fall_acceleration(earth, log_coefficient, x[0], x[1], x[2], x[3], x[4], x[5])
    for part in range(2):
        t = dt / 3.0 if part == 0 else 0.5 * dt
        vx, vy, vz = x[3] + t * ax, x[4] + t * ay, x[5] + t * az
        px, py, pz = x[0] + t * x[3], x[1] + t * x[4], x[2] + t * x[5]
        drag = free_fall_jacobian(earth, log_coefficient, px, py, pz, vx, vy, vz, jacobian)
        first, row = (0.5 * dt * dt, 0) if part == 0 else (dt, 3)
        second = first * t
        for i in range(3):
            for j in range(6):
                entry = first * jacobian[i, j]
                for k in range(3):
                    # row i of A^2: the lower half is J_p (0 I) + J_v J
                    entry += second * jacobian[i, k + 3] * jacobian[k, j]
                if j >= 3:
                    entry += second * jacobian[i, j - 3]
                if i + row == j:
                    entry += 1.0
                if i + 3 == j and part == 0:
                    entry += dt
                transition_out[i + row, j] = entry
        if x.shape[0] > 6:
            for i in range(3):
                bent = 0.0
                for k in range(3):
                    bent -= jacobian[i, k + 3] * drag[k]
                transition_out[i + row, 6] = -first * drag[i] + second * bent
                transition_out[6, i + row] = 0.0
            transition_out[6, 6] = 1.0


@kernel
def drag_acceleration(
    earth: Floats, log_coefficient: float, x: float, y: float, z: float, vx: float, vy: float, vz: float
) -> tuple[float, float, float]:
    """The drag's part of free_fall_acceleration (m/s2)."""
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    drag = drag_per_speed(log_coefficient, height_above_ground(earth, x, y, z)) * speed
    return drag * vx, drag * vy, drag * vz
