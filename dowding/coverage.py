"""How far each sensor sees a target: the engine's own detection function, asked over ranges and altitudes."""

import math
from collections.abc import Sequence

import numpy as np

from dowding._jit import kernel
from dowding.catalogue import Entry
from dowding.engine.sensing import look
from dowding.model import Compiled, Defence
from dowding.model.bundles import Reals
from dowding.model.flying import cross_sections
from dowding.model.placing import placed_radars
from dowding.physics.geodesy import rotate_back
from dowding.physics.propagation import euler_radius
from dowding.tables import Columns

SEEN = 0.5  # detection probability of one look that counts as seen
STEPS = 300  # ranges tried from the farthest inward before the answer is refined
HALVINGS = 20
ALTITUDES_M = (
    30.0, 50.0, 100.0, 150.0, 200.0, 300.0, 500.0, 700.0, 1e3, 1.5e3, 2e3, 3e3,
    4e3, 5e3, 6e3, 8e3, 1e4, 1.2e4, 1.5e4, 2e4, 2.5e4, 3e4, 4e4, 6e4,
)  # fmt: skip


@kernel
def probability_at(defence: Defence, quiet: Reals, sensor: int, swerling: int, rcs: Reals, ground_range: float, altitude: float) -> float:
    """Detection probability of one look along the boresight at a target flying toward the sensor at `altitude` (m).

    `quiet` is a sky without jammers, (0, 3).
    """
    azimuth = defence.geometry.boresight[sensor]
    radius = euler_radius(defence.sensors["latitude"][sensor], azimuth)
    angle = ground_range / radius
    out, up = (radius + altitude) * math.sin(angle), (radius + altitude) * math.cos(angle) - radius - defence.sensors["height"][sensor]
    dx, dy, dz = rotate_back(defence.geometry.rotation[sensor], out * math.sin(azimuth), out * math.cos(azimuth), up)
    site = defence.geometry.position[sensor]
    x, y, z = site[0] + dx, site[1] + dy, site[2] + dz
    state = (x, y, z, -dx, -dy, -dz)  # nose on; only the direction of the velocity matters
    geometry, sensors, detection, loss = defence.geometry, defence.sensors, defence.detection, defence.loss
    factor = defence.settings.effective_earth_factor
    return look(geometry, sensors, detection, loss, quiet, factor, sensor, swerling, rcs, state, altitude)[0]


@kernel
def farthest_seen(defence: Defence, quiet: Reals, sensor: int, swerling: int, rcs: Reals, altitude: float) -> float:
    """Farthest ground range (m) at which a look detects with probability SEEN; 0 if it nowhere does."""
    farthest = defence.geometry.range_max[sensor]
    step = farthest / STEPS
    near = -1.0
    for k in range(STEPS):
        ground_range = farthest - k * step
        if probability_at(defence, quiet, sensor, swerling, rcs, ground_range, altitude) >= SEEN:
            near = ground_range
            break
    if near < 0.0:
        return 0.0
    far = near + step
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        if probability_at(defence, quiet, sensor, swerling, rcs, middle, altitude) >= SEEN:
            near = middle
        else:
            far = middle
    return near


@kernel
def _fill(defence: Defence, quiet: Reals, swerling: Reals, rcs: Reals, altitudes: Reals, range_out: Reals) -> None:
    for sensor in range(range_out.shape[0]):
        for entry in range(range_out.shape[1]):
            for k in range(range_out.shape[2]):
                range_out[sensor, entry, k] = farthest_seen(defence, quiet, sensor, int(swerling[entry]), rcs[entry, sensor], altitudes[k])


def coverage_table(compiled: Compiled, altitudes_m: Sequence[float] = ALTITUDES_M) -> Columns:
    """Table `coverage`: how far each sensor sees each kind of target that flies in the scenario, by altitude."""
    defence = compiled.model.defence
    entries = {flight.target.id: flight.target for flight in compiled.resolved.flights}
    bands = [str(p.value("band")) for p in _sensor_entries(compiled)]
    sensors, n, levels = len(bands), len(entries), np.array(altitudes_m, dtype=np.float64)
    rcs = np.array([cross_sections(e, bands) for e in entries.values()]).reshape(n, sensors, 3)
    swerling = np.array([float(e.value("swerling")) for e in entries.values()])
    found = np.zeros((sensors, n, len(levels)))
    if n and sensors:
        _fill(defence, np.zeros((0, 3)), swerling, rcs, levels, found)
    row, entry, level = (index.ravel() for index in np.indices(found.shape))
    ids = np.array([*entries, ""], dtype=object)
    return {"sensor": row, "entry": ids[entry], "altitude_m": levels[level], "range_m": found.ravel()}


def _sensor_entries(compiled: Compiled) -> list[Entry]:
    return [p.entry for p in placed_radars(compiled.resolved)]
