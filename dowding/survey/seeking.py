"""The target that a survey looks for, as the kernels read it: its echo in each sensor's band, its speed, and the courses it may fly."""

import math
from typing import Literal, NamedTuple, get_args

import numpy as np

from dowding._jit import kernel
from dowding.catalogue import Catalogue, Entry
from dowding.catalogue.entries import parse_entry
from dowding.catalogue.schema import TARGET_CLASSES
from dowding.errors import CoverageError
from dowding.model import Compiled, Defence
from dowding.model.bundles import Reals
from dowding.model.flying import shown_to
from dowding.model.placing import placed_radars
from dowding.scenario import Resolved
from dowding.survey.seeing import is_in_sector, seen_at

Aspect = Literal["front", "side", "rear", "mean"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
WEIGHTS = {"front": (1.0, 0.0, 0.0), "side": (0.0, 1.0, 0.0), "rear": (0.0, 0.0, 1.0), "mean": (0.25, 0.5, 0.25)}
RCS_MOST_M2 = 1e6
PLAIN_SPEED_MPS = 250.0  # assumed of a target of which only the cross section is known, as that it is an aircraft of Swerling case 1
EDGE = math.radians(45.0001)  # off the nose: a course that just shows the side
CROSSING = 0.25 * math.pi  # such courses lie within so much of straight across
BLIND_COURSES = 6  # courses that show the side, tried where a canceller has blind speeds


class Quarry(NamedTuple):
    """The target that a survey asks for."""

    swerling: int  # 0..4
    cls: int  # index in TARGET_CLASSES
    speed: float  # m/s
    rcs: Reals  # (sensor, aspect) m^2; to a receiver C (m^2) of its strongest emission
    weight: Reals  # (aspect,) share of courses that show front, side, rear


def find_target(compiled: Compiled, name: str, rcs_m2: float | None = None) -> Entry:
    """As `find_resolved`, of a compiled scenario."""
    return find_resolved(compiled.resolved, name, rcs_m2)


def find_resolved(resolved: Resolved, name: str, rcs_m2: float | None = None) -> Entry:
    """The target of that id, as it flies in the scenario or else from the catalogue, with a cross section of the user's if there is one.

    Without a name it is a plain aircraft of that cross section. CatalogueError or CoverageError for what there is not.
    """
    if rcs_m2 is not None and not (0.0 < rcs_m2 <= RCS_MOST_M2):
        raise CoverageError(f"rcs: got {rcs_m2:g} m2, must be above 0 and at most {RCS_MOST_M2:g} m2", hint="such as --rcs 1.0")
    if not name:
        if rcs_m2 is None:
            raise CoverageError("target: got none, must be a target or a cross section", hint="such as --target f-16, or --rcs 1.0")
        plain = {"class": "aircraft", "swerling": 1, "speed_max_mps": PLAIN_SPEED_MPS, "rcs_front_m2": rcs_m2, "rcs_band": "S"}
        return parse_entry("targets", "rcs", plain | {"name": f"target of {rcs_m2:g} m²"}, "rcs", user=True)
    own = [flight.target for flight in resolved.flights if flight.target.id == name]
    catalogue = resolved.catalogue
    entry = own[0] if own else (catalogue if name in catalogue.ids("targets") else Catalogue.load()).find("targets", name)
    return entry if rcs_m2 is None else _with_cross_section(entry, rcs_m2)


def _with_cross_section(entry: Entry, rcs_m2: float) -> Entry:
    """The target with one cross section from all sides and in all bands."""
    sides = {f"rcs_{side}_m2": rcs_m2 for side in ("front", "side", "rear")}
    bands = {key: 1.0 for key in entry.figures if key.endswith("_band_factor")}
    return entry.override(sides | bands | {"name": f"{entry.name} of {rcs_m2:g} m²"}, "rcs")


def speed_of(entry: Entry) -> float:
    """The speed (m/s) at which a target is taken to fly: its cruising speed, or else its highest."""
    return entry.number("speed_cruise_mps", entry.number("speed_max_mps"))


def quarry_of(compiled: Compiled, target: Entry, aspect: Aspect = "front") -> Quarry:
    """The target as the kernels read it."""
    if aspect not in ASPECTS:
        raise CoverageError(f"aspect: got {aspect!r}, must be one of {', '.join(ASPECTS)}", hint="front is nose on to each sensor")
    rcs = shown_to(compiled.resolved, target, placed_radars(compiled.resolved))
    cls = TARGET_CLASSES.index(str(target.value("class")))
    return Quarry(int(target.number("swerling")), cls, speed_of(target), rcs, np.array(WEIGHTS[aspect], dtype=np.float64))


@kernel
def level_toward(
    dx: float, dy: float, dz: float, up: tuple[float, float, float], speed: float
) -> tuple[float, float, float]:
    """The level velocity at `speed` against the direction (dx, dy, dz); none straight above or below."""
    rise = dx * up[0] + dy * up[1] + dz * up[2]
    vx, vy, vz = rise * up[0] - dx, rise * up[1] - dy, rise * up[2] - dz
    length = math.sqrt(vx * vx + vy * vy + vz * vz)
    if length < 1e-3:
        return 0.0, 0.0, 0.0
    scale = speed / length
    return vx * scale, vy * scale, vz * scale


@kernel
def _share_that_moves(speed_seen: float, slowest: float) -> float:
    """Share of the courses that show the side, of those spread evenly, whose range rate is not below `slowest` (m/s)."""
    if slowest <= 0.0:
        return 1.0
    if slowest >= speed_seen * math.cos(EDGE):
        return 0.0
    return 1.0 - math.asin(slowest / speed_seen) / CROSSING


@kernel
def place_probability(
    defence: Defence, quarry: Quarry, sensor: int, place: tuple[float, float, float], up: tuple[float, float, float], height: float
) -> float:
    """Detection probability of one look by a sensor at a target that flies level at a place (m, theatre); 0 outside its sector.

    From the front it flies straight at the sensor, from the rear straight away. From the side it is the mean over all courses that
    show the side, less those across the sight, whose range rate the moving-target filter stops.
    """
    x, y, z = place
    geometry, sensors = defence.geometry, defence.sensors
    dx, dy, dz = x - geometry.position[sensor, 0], y - geometry.position[sensor, 1], z - geometry.position[sensor, 2]
    if dx * dx + dy * dy + dz * dz > geometry.range_max[sensor] ** 2:
        return 0.0  # as `look` would say, without its cost
    vx, vy, vz = level_toward(dx, dy, dz, up, quarry.speed)
    sideways = BLIND_COURSES if sensors["canceller_order"][sensor] > 0 else 1
    found = 0.0
    for course in range(2 + sideways):
        aspect = 0 if course == 0 else 2 if course == 1 else 1
        if quarry.weight[aspect] == 0.0:
            continue
        weight, along, across = quarry.weight[aspect], 1.0 if course == 0 else -1.0, 0.0
        if aspect == 1 and sideways > 1:
            off = 0.5 * math.pi - CROSSING * (course - 1.5) / sideways
            weight, along, across = weight / sideways, math.cos(off), math.sin(off)
        elif aspect == 1:
            level = math.sqrt(max(1.0 - (dx * up[0] + dy * up[1] + dz * up[2]) ** 2 / (dx * dx + dy * dy + dz * dz + 1e-9), 0.0))
            weight *= _share_that_moves(quarry.speed * level, sensors["velocity_min"][sensor])
            along, across = math.cos(EDGE), math.sin(EDGE)
        wx, wy, wz = up[1] * vz - up[2] * vy, up[2] * vx - up[0] * vz, up[0] * vy - up[1] * vx
        state = (x, y, z, along * vx + across * wx, along * vy + across * wy, along * vz + across * wz)
        probability, azimuth = seen_at(defence, sensor, quarry.swerling, quarry.rcs[sensor], state, height)
        if probability <= 0.0:
            continue
        if not is_in_sector(defence, sensor, azimuth):
            return 0.0
        found += weight * probability
    return found
