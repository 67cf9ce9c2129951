"""Looks over terrain against a slow twin: `python -m verification.over_terrain` prints how far the two are apart.

The twin walks each path anew over the raw grid of heights: masking in even steps, the exact profile for what bends over it, the ground in
the target's cell for clutter, then the radar equation from the catalogue's figures. It shares no kernel with the engine but the loss over a
profile, which `verification.physics` holds against the ITU's examples. It exits 1 if any number is outside its bounds.
"""

import math
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from geographiclib.geodesic import Geodesic

from dowding.engine.looking import look
from dowding.model import Compiled, compile_scenario
from dowding.physics.detection import detection_probability
from dowding.physics.diffraction import surface_admittance
from dowding.physics.edges import profile_loss
from dowding.physics.surface import HORIZONTAL, MEDIUM_GROUND, permittivity
from dowding.scenario import from_tables
from dowding.terrain import Elevation, load_terrain
from verification import independent as other
from verification import simulation
from verification.independent import Floats

RADAR, TARGET = "96l6e", "f-16"
SITES = {"Ankara": (39.93, 32.86), "Erzurum": (39.95, 41.17)}
FACTOR = 4.0 / 3.0
MARCH_M = 100.0  # along a path, for masking
PROFILE_M = 250.0  # along a path, for what bends
BORDERLINE_RAD = 2e-3  # nearer to the ridge's edge the horizon's table, between its azimuths, may say otherwise
DEEPEST_DB = 60.0  # one way; more hides
SPACING_RAD, STEP_SHARE = math.radians(0.25), 0.5  # between the horizon's azimuths, and cells its steps take: clutter is defined on them


class Ask(NamedTuple):
    """One look at a target."""

    azimuth_rad: float
    ground_m: float
    agl_m: float
    course_rad: float
    speed_mps: float


class Answer(NamedTuple):
    """What a look says; of one that sees nothing the probability is 0 and the rest NaN."""

    probability: float
    snr_db: float
    range_m: float
    azimuth_rad: float
    range_rate_mps: float


NOTHING = Answer(0.0, math.nan, math.nan, math.nan, math.nan)


def asks(rng: np.random.Generator, count: int, reach_m: float, top_m: float) -> list[Ask]:
    """Looks all around, from 50 m over the ground up to a top."""
    bearings, courses = rng.uniform(0.0, 2.0 * math.pi, (2, count))
    far, above = rng.uniform(6e3, 0.95 * reach_m, count), 10.0 ** rng.uniform(1.7, math.log10(top_m), count)
    return [Ask(*map(float, row), 250.0) for row in zip(bearings, far, above, courses, strict=True)]


def world(site: tuple[float, float], reach_km: float, **theatre: Any) -> Compiled:
    """One radar over the shipped terrain."""
    place = {"lat_deg": site[0], "lon_deg": site[1]}
    post = {"name": "Post", "radar": RADAR, **place, "override": {"range_max_km": reach_km}}
    end = {"lat_deg": site[0] + 0.05, "lon_deg": site[1]}
    route = [{"lat_deg": site[0] + 0.3, "lon_deg": site[1], "altitude_m": 6000.0}, end]
    flight = {"name": "F", "target": TARGET, "route": route}
    given = {"duration_s": 60.0, "theatre": {"origin": place, "terrain": "turkey"} | theatre, "sensor": [post], "flight": [flight]}
    return compile_scenario(from_tables(given))


class Twin:
    """The slow reference of one world's only radar."""

    def __init__(self, compiled: Compiled, elevation: Elevation) -> None:
        resolved = compiled.resolved
        self.compiled, self.elevation, self.sensor = compiled, elevation, resolved.sensors[0]
        self.entry, self.theatre = self.sensor.entry, resolved.theatre
        self.place = self.sensor.lat_deg, self.sensor.lon_deg
        self.antenna = float(self.height(np.array([self.place]))[0]) + float(self.entry.value("antenna_height_m"))
        self.sections = other.cross_sections(resolved.flights[0].target, self.entry)
        self.step = min(max(STEP_SHARE * math.radians(elevation.step_lat) * 6.37e6, 100.0), 500.0)

    def height(self, places: Floats) -> Floats:
        """Height (row,) m of the ground at latitudes and longitudes (row, 2) degrees: bilinear in the raw grid."""
        e = self.elevation
        row, column = (e.north - places[:, 0]) / e.step_lat, (places[:, 1] - e.west) / e.step_lon
        i, j = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
        v, u = row - i, column - j
        grid = e.grid.astype(np.float64)
        upper = grid[i, j] * (1.0 - u) + grid[i, j + 1] * u
        return np.asarray(upper * (1.0 - v) + (grid[i + 1, j] * (1.0 - u) + grid[i + 1, j + 1] * u) * v, np.float64)

    def ground(self, azimuth: float, along: Floats) -> Floats:
        """Height (row,) m of the ground at distances (row,) m on the geodesic of an azimuth."""
        line = Geodesic.WGS84.Line(*self.place, math.degrees(azimuth))
        found = [line.Position(float(d), Geodesic.LATITUDE | Geodesic.LONGITUDE) for d in along]
        return self.height(np.array([(p["lat2"], p["lon2"]) for p in found]))

    def elevation_of(self, azimuth: float, along: Floats, height: Floats) -> Floats:
        """Apparent elevation (row,) rad of heights at ground distances (m) over the effective earth."""
        radius = FACTOR * other.euler_radius(self.place[0], np.array(azimuth))
        angle = along / radius
        up, out = (radius + height) * np.cos(angle) - radius - self.antenna, (radius + height) * np.sin(angle)
        return np.asarray(np.arctan2(up, out), np.float64)

    def masks(self, azimuth: float, distance: float) -> float:
        """Highest apparent elevation (rad) of the ground nearer than a distance."""
        along = np.linspace(0.0, distance, max(int(distance / MARCH_M), 2) + 1)[1:]
        return float(self.elevation_of(azimuth, along, self.ground(azimuth, along)).max())

    def bends(self, azimuth: float, distance: float, height: float) -> float:
        """Loss (dB, one way) over the path's own profile."""
        count = max(int(distance / PROFILE_M), 8) + 1
        along = np.linspace(0.0, distance, count)
        ground = self.ground(azimuth, along)
        frequency = float(self.entry.value("frequency_ghz")) * 1e9
        wavelength, radius = 299792458.0 / frequency, FACTOR * float(other.euler_radius(self.place[0], np.array(azimuth)))
        admittance = surface_admittance(permittivity(*MEDIUM_GROUND, frequency), HORIZONTAL, radius, wavelength)
        return float(profile_loss(along, ground, self.antenna, height, radius, wavelength, admittance, np.zeros(count)))

    def clutter(self, constant: float, seen: other.Seen, row: int) -> float:
        """Residual clutter-to-noise ratio of the land in the target's cell, as the model defines it over terrain.

        The ground is looked at along the nearest of the horizon's azimuths at the horizon's steps: what rises there, the beam meets.
        """
        azimuth = round(float(seen.azimuth_rad[row]) / SPACING_RAD) * SPACING_RAD
        distance, ground = float(seen.range_m[row]), float(seen.ground_m[row])
        k = int(ground / self.step)
        along = self.step * np.arange(1, k + 2)
        highest = np.maximum.accumulate(self.elevation_of(azimuth, along, self.ground(azimuth, along)))
        rise = float(highest[k] - highest[k - 1]) / self.step
        e = self.entry
        width, tall = (math.radians(float(e.value(f"beamwidth_{plane}_deg"))) for plane in ("azimuth", "elevation"))
        gamma = 10.0**-1.5  # farmland, Barton (1985)
        ratio = constant * gamma * rise * distance * distance * width * float(e.value("range_resolution_m")) / distance**4
        there = float(np.interp(ground, along[k - 1 :], highest[k - 1 :]))
        apparent = float(seen.apparent_rad[row])
        middle, floor = max(apparent, 0.5 * tall), 2.0 * float(e.get("sidelobe_db", 30.0))
        down, across = (max(-24.0824 * ((angle - middle) / tall) ** 2, -floor) for angle in (there, apparent))
        return ratio * 10.0 ** (0.1 * (down - across - float(e.value("clutter_improvement_db"))))

    def look(self, ask: Ask) -> tuple[Answer, float, Floats]:
        """What is seen, how far (rad) the target stands above or below what masks it, and its state (6,) in the theatre."""
        end = Geodesic.WGS84.Direct(*self.place, math.degrees(ask.azimuth_rad), ask.ground_m)
        where = np.array([[end["lat2"], end["lon2"]]])
        altitude = float(self.height(where)[0]) + ask.agl_m
        origin, axes = self.theatre.origin, other.local_axes(self.theatre.origin.lat_deg, self.theatre.origin.lon_deg)
        zero = other.earth_centred(np.array(origin.lat_deg), np.array(origin.lon_deg), np.array(0.0))
        position = axes @ (other.earth_centred(where[0, 0], where[0, 1], np.array(altitude)) - zero)
        level = other.local_axes(*where[0])
        course = ask.speed_mps * (math.sin(ask.course_rad) * level[0] + math.cos(ask.course_rad) * level[1])
        state = np.concatenate([position, axes @ course])
        seen = other.see(origin, *self.place, self.antenna, FACTOR, state[None, :3], state[None, 3:])
        apparent, azimuth = float(seen.apparent_rad[0]), float(seen.azimuth_rad[0])
        over = apparent - self.masks(azimuth, float(seen.ground_m[0]))
        rate = float(seen.range_rate_mps[0])
        lowest, highest = (math.radians(float(self.entry.value(f"elevation_{end}_deg"))) for end in ("min", "max"))
        if not lowest <= apparent <= highest or abs(rate) < float(self.entry.value("velocity_min_mps")):
            return NOTHING, over, state
        if self.theatre.propagation == "diffraction":
            lost = self.bends(azimuth, float(seen.ground_m[0]), altitude)
            if lost >= DEEPEST_DB:
                return NOTHING, over, state
        elif over < 0.0:
            return NOTHING, over, state
        else:
            lost = 0.0
        snr, constant = other.bare_snr(self.entry, self.sections, seen, self.antenna, FACTOR)
        noise = 1.0 + (self.clutter(constant, seen, 0) if self.theatre.clutter else 0.0)
        db = 10.0 * math.log10(float(snr[0]) / noise) - 2.0 * lost
        case, pfa, pulses = 1, float(self.entry.value("pfa")), int(self.entry.value("pulses_integrated"))
        probability = float(detection_probability(10.0 ** (0.1 * db), pfa, pulses, case))
        return Answer(probability, db, float(seen.range_m[0]), azimuth, rate), over, state


def engine_look(compiled: Compiled, state: Floats) -> Answer:
    """What the engine's detection function says of a target at a state (6,)."""
    d = compiled.model.defence
    height = float(other.altitude_of(other.theatre_to_earth_centred(compiled.resolved.theatre.origin, state[None, :3]))[0])
    sections = np.asarray(compiled.model.flights.rcs[0, 0])
    found = look(
        d.geometry, d.sensors, d.detection, d.clutter, d.loss, d.horizons, d.quiet, FACTOR, 0, 1, sections, tuple(map(float, state)), height
    )
    return NOTHING if found[2] == 0.0 else Answer(found[0], found[1], found[2], found[3], found[5])


class Compared(NamedTuple):
    """Looks of both, (look,) each."""

    ours: list[Answer]
    theirs: list[Answer]
    over: Floats  # rad, by which the target stands above what masks it

    @property
    def clear(self) -> Any:
        """Where the edge of a ridge is not near."""
        return np.abs(self.over) > BORDERLINE_RAD

    @property
    def same(self) -> Any:
        """Where both see, or both do not."""
        return np.array([(a.probability > 0.0) == (b.probability > 0.0) for a, b in zip(self.ours, self.theirs, strict=True)])

    def both(self, field: str) -> tuple[Floats, Floats]:
        """A figure where both see the target."""
        rows = [(getattr(a, field), getattr(b, field)) for a, b in zip(self.ours, self.theirs, strict=True) if a.range_m > 0.0 < b.range_m]
        ours, theirs = np.array(rows).T
        return ours, theirs


def compare(site: str, count: int, reach_km: float, top_m: float, seed: int, **theatre: Any) -> Compared:
    """Random looks of both."""
    compiled = world(SITES[site], reach_km, **theatre)
    twin = Twin(compiled, load_terrain("turkey"))
    found = [twin.look(ask) for ask in asks(np.random.default_rng(seed), count, reach_km * 1e3, top_m)]
    ours = [engine_look(compiled, state) for *_, state in found]
    return Compared(ours, [answer for answer, *_ in found], np.array([over for _, over, _ in found]))


class Case(NamedTuple):
    """What is asked."""

    reach_km: float
    top_m: float
    theatre: dict[str, Any]
    middle_db: float  # that the median may be apart
    far_db: float  # and 95 of 100


CASES = {
    "rays": Case(120.0, 10e3, {"clutter": False}, 0.01, 0.05),
    "rays, clutter": Case(40.0, 500.0, {"clutter": True}, 0.02, 0.5),
    # the losses' table has azimuths half a degree apart: see docs/terrain.md
    "bending": Case(120.0, 10e3, {"propagation": "diffraction", "clutter": False}, 0.5, 8.0),
}


def rows(count: int) -> Iterator[simulation.Row]:
    """Every number; bounds are what the tables' steps leave."""
    for site in SITES:
        for name, case in CASES.items():
            where = f"{site}, {name}"
            c = compare(site, count, case.reach_km, case.top_m, 3, **case.theatre)
            ours, theirs = (np.array([answer.probability for answer in side]) for side in (c.ours, c.theirs))
            same, mean = float((abs(ours - theirs) < 0.02).mean()), float(theirs.mean())
            yield simulation.Row(where, f"share with the same probability to 0.02, {count} looks", same, 1.0, 0.95, 1.0)
            yield simulation.Row(where, "mean probability", float(ours.mean()), mean, mean - 0.03, mean + 0.03)
            if name != "bending":
                clear = f"seen by both or none, no ridge's edge near, {c.clear.sum()}"
                yield simulation.Row(where, clear, float(c.same[c.clear].mean()), 1.0, 1.0, 1.0)
            ours, theirs = c.both("snr_db")
            away = np.abs(ours - theirs)
            yield simulation.Row(where, f"ratio, dB apart, middle of {len(away)}", float(np.median(away)), 0.0, 0.0, case.middle_db)
            yield simulation.Row(where, "ratio, dB apart, in 95 of 100", float(np.quantile(away, 0.95)), 0.0, 0.0, case.far_db)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if any number is outside."""
    quick = "--quick" in (sys.argv[1:] if arguments is None else arguments)
    return simulation.report(rows(100 if quick else 400))


if __name__ == "__main__":
    sys.exit(main())
