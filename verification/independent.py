"""The simulation's physics a second time, plainly in NumPy from the catalogue's figures: what its tables are held against.

Nothing here calls a kernel of the engine. Only the exact probability of detection is shared, which `verification.physics` holds
against published values.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import brentq

from dowding.physics.detection import detection_probability
from dowding.physics.gases import gas_attenuation, reference_profile
from dowding.tables import Columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# WGS-84, NIMA TR8350.2 (2000), table 3.1
SEMI_MAJOR_M = 6378137.0
FLATTENING = 1.0 / 298.257223563
ECCENTRICITY2 = FLATTENING * (2.0 - FLATTENING)


class Seen(NamedTuple):
    """Where targets stand as a sensor sees them, each (row,)."""

    range_m: Floats
    azimuth_rad: Floats
    elevation_rad: Floats  # straight line
    apparent_rad: Floats  # along the refracted ray
    ground_m: Floats  # arc between the foot points
    horizon_m: Floats  # arc at which the target sinks below the refracted horizon
    aspect_cosine: Floats  # 1 nose on, -1 tail on
    range_rate_mps: Floats


def earth_centred(latitude_deg: Floats, longitude_deg: Floats, altitude_m: Floats) -> Floats:
    """ECEF (row, 3) m of geodetic positions; Hofmann-Wellenhof et al., GNSS (2008), eq 8.6."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    normal = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY2 * np.sin(latitude) ** 2)
    flat = (normal + altitude_m) * np.cos(latitude)
    polar = (normal * (1.0 - ECCENTRICITY2) + altitude_m) * np.sin(latitude)
    return np.stack([flat * np.cos(longitude), flat * np.sin(longitude), polar], axis=-1)


def local_axes(latitude_deg: float, longitude_deg: float) -> Floats:
    """East, north and up at a place as rows (3, 3), in ECEF; the same source, eq 8.10."""
    p, q = math.radians(latitude_deg), math.radians(longitude_deg)
    return np.array(
        [
            [-math.sin(q), math.cos(q), 0.0],
            [-math.sin(p) * math.cos(q), -math.sin(p) * math.sin(q), math.cos(p)],
            [math.cos(p) * math.cos(q), math.cos(p) * math.sin(q), math.sin(p)],
        ]
    )


def euler_radius(latitude_deg: float, azimuth_rad: Floats) -> Floats:
    """Radius of curvature (m) of the ellipsoid along an azimuth: Torge, Geodesy (2001), eq 4.18 (Euler's theorem)."""
    s2 = math.sin(math.radians(latitude_deg)) ** 2
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY2) / (1.0 - ECCENTRICITY2 * s2) ** 1.5
    normal = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY2 * s2)
    return np.asarray(1.0 / (np.cos(azimuth_rad) ** 2 / meridian + np.sin(azimuth_rad) ** 2 / normal), np.float64)


class Truth:
    """Where every target was at any time, from the table of truth: cubics through its positions and velocities."""

    def __init__(self, truth: Columns) -> None:
        self.splines: dict[int, CubicHermiteSpline] = {}
        for target in np.unique(truth["target"]):
            rows = np.flatnonzero(truth["target"] == target)
            position = np.column_stack([truth[f"{axis}_m"][rows] for axis in ("east", "north", "up")])
            velocity = np.column_stack([truth[f"velocity_{axis}_mps"][rows] for axis in ("east", "north", "up")])
            if len(rows) > 1:
                self.splines[int(target)] = CubicHermiteSpline(truth["time_s"][rows], position, velocity, extrapolate=False)

    def at(self, target: Ints, time_s: Floats, beyond_s: float = 0.0) -> tuple[Floats, Floats]:
        """Positions and velocities (row, 3), theatre; straight on for `beyond_s` after a target's last row, else NaN outside its rows."""
        position, velocity = np.full((len(target), 3), np.nan), np.full((len(target), 3), np.nan)
        for number, spline in self.splines.items():
            rows = np.flatnonzero(target == number)
            over = time_s[rows] - spline.x[-1]
            inside = np.where((over > 0.0) & (over <= beyond_s), spline.x[-1], time_s[rows])
            velocity[rows] = spline(inside, 1)
            position[rows] = spline(inside) + velocity[rows] * np.where(over > 0.0, over, 0.0)[:, None]
        return position, velocity


def theatre_to_earth_centred(origin: Any, position: Floats) -> Floats:
    """ECEF (row, 3) of theatre positions; `origin` has lat_deg and lon_deg."""
    start = earth_centred(np.array(origin.lat_deg), np.array(origin.lon_deg), np.array(0.0))
    return np.asarray(start + position @ local_axes(origin.lat_deg, origin.lon_deg), np.float64)


def altitude_of(place: Floats) -> Floats:
    """Height (m) above the ellipsoid of ECEF positions (row, 3), by a fixed-point iteration for the latitude."""
    flat = np.hypot(place[:, 0], place[:, 1])
    latitude = np.arctan2(place[:, 2], flat * (1.0 - ECCENTRICITY2))
    for _ in range(8):
        normal = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY2 * np.sin(latitude) ** 2)
        latitude = np.arctan2(place[:, 2] + ECCENTRICITY2 * normal * np.sin(latitude), flat)
    normal = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY2 * np.sin(latitude) ** 2)
    return np.asarray(flat * np.cos(latitude) + place[:, 2] * np.sin(latitude) - SEMI_MAJOR_M**2 / normal, np.float64)


def arc_to_horizon(height_m: Floats | float, radius_m: Floats) -> Floats:
    """Arc (m) from the foot of a height to where its straight line touches a sphere."""
    return np.asarray(radius_m * np.arccos(radius_m / (radius_m + np.maximum(height_m, 0.0))), np.float64)


def see(
    origin: Any, latitude_deg: float, longitude_deg: float, antenna_m: float, factor: float, position: Floats, velocity: Floats
) -> Seen:
    """Targets at theatre positions and velocities (row, 3) as an antenna at a place sees them; `factor` multiplies the earth's radius."""
    here = earth_centred(np.array(latitude_deg), np.array(longitude_deg), np.array(antenna_m))
    place = theatre_to_earth_centred(origin, position)
    line = place - here
    east, north, up = local_axes(latitude_deg, longitude_deg) @ line.T
    distance = np.sqrt(east**2 + north**2 + up**2)
    azimuth, elevation = np.mod(np.arctan2(east, north), 2.0 * math.pi), np.arctan2(up, np.hypot(east, north))
    radius, height = euler_radius(latitude_deg, azimuth), altitude_of(place)
    # the arc is that of the angle at the centre of the sphere which touches the ellipsoid under the antenna
    ground = radius * np.arctan2(np.hypot(east, north), radius + antenna_m + up)
    horizon = arc_to_horizon(antenna_m, factor * radius) + arc_to_horizon(height, factor * radius)
    angle = ground / (factor * radius)
    apparent = np.arctan2(
        (factor * radius + height) * np.cos(angle) - factor * radius - antenna_m, (factor * radius + height) * np.sin(angle)
    )
    course = velocity @ local_axes(origin.lat_deg, origin.lon_deg)
    speed = np.sqrt((course**2).sum(axis=1))
    cosine = -(line * course).sum(axis=1) / np.where(speed > 0.0, speed * distance, 1.0)
    closing = (line * course).sum(axis=1) / distance
    return Seen(distance, azimuth, elevation, apparent, ground, horizon, cosine, closing)


def alone(resolved: Any, run: Columns | Any, sensor: int, target: Ints, time_s: Floats) -> NDArray[np.bool_]:
    """Rows at whose time no other target stood in or near the same resolution cell of a sensor: (row,)."""
    theatre, sensors = resolved.theatre, run["sensors"]
    entry = sensor_entries(resolved)[sensors["name"][sensor]]
    place = (sensors["latitude_deg"][sensor], sensors["longitude_deg"][sensor], sensors["altitude_m"][sensor])
    truth, count = Truth(run["truth"]), len(run["targets"]["target"])

    def seen(who: Ints, when: Floats) -> Seen:
        return see(theatre.origin, *place, theatre.effective_earth_factor, *truth.at(who, when, beyond_s=3.0))

    mine, out = seen(target, time_s), np.ones(len(target), np.bool_)
    for other in range(count):
        its = seen(np.full(len(target), other), time_s)
        turn = np.mod(its.azimuth_rad - mine.azimuth_rad + math.pi, 2.0 * math.pi) - math.pi
        # a twentieth more than a cell, and what a look may be off in time
        near = np.abs(its.range_m - mine.range_m) < 1.05 * float(entry.value("range_resolution_m")) + 10.0
        near &= np.abs(turn) < 1.05 * math.radians(float(entry.value("beamwidth_azimuth_deg")))
        out &= ~(near & (target != other))
    return out


def reports_alone(resolved: Any, run: Any) -> NDArray[np.bool_]:
    """Detections, (row,), of one target that was alone in its cell: the others' reports lie between targets."""
    reports, origins = run["detections"], run["origins"]
    out = origins["target"] >= 0
    for sensor in range(len(run["sensors"]["sensor"])):
        rows = np.flatnonzero(out & (reports["sensor"] == sensor))
        out[rows] = alone(resolved, run, sensor, origins["target"][rows], reports["time_s"][rows])
    return np.asarray(out, np.bool_)


def sensor_entries(resolved: Any) -> dict[str, Any]:
    """The catalogue entry of each sensor (overrides applied), by its name in the table of sensors."""
    found = {f"{unit.name} {use.entry.id}": use.entry for unit in resolved.fire_units for use in unit.radars}
    return found | {sensor.name: sensor.entry for sensor in resolved.sensors}


def target_entries(resolved: Any) -> list[Any]:
    """The catalogue entry of each target, in the order of the table of targets."""
    return [flight.target for flight in resolved.flights for _ in range(flight.count)]


def reference_snr(entry: Any) -> float:
    """Signal-to-noise ratio of one pulse at a radar's reference range and cross section: where it has the reference probability."""
    case = int(entry.get("reference_swerling", 1))
    pfa, pulses, wanted = float(entry.value("pfa")), int(entry.value("pulses_integrated")), float(entry.value("reference_pd"))
    root = brentq(lambda db: float(detection_probability(10.0 ** (db / 10.0), pfa, pulses, case)) - wanted, -40.0, 60.0, xtol=1e-10)
    return float(10.0 ** (root / 10.0))


def cross_sections(target: Any, radar: Any) -> Floats:
    """Cross section (3,) m^2 from front, side and rear, in a radar's band."""
    front = float(target.value("rcs_front_m2"))
    band = str(radar.value("band"))
    factor = 1.0 if band == target.value("rcs_band") else float(target.get(f"rcs_{band.lower()}_band_factor", 1.0))
    return factor * np.array([front, float(target.get("rcs_side_m2", front)), float(target.get("rcs_rear_m2", front))])


def clear_air_loss_db(frequency_hz: float, antenna_m: float, radius_m: float, range_m: Floats, elevation_rad: Floats) -> Floats:
    """Two-way loss (row,) along straight lines over a sphere of effective radius, in even steps (ITU-R P.676-13, P.835-6).

    The attenuation of a cubic metre of air is shared with the engine; `tests/physics` holds it against another program's.
    """
    air = reference_profile()
    specific = gas_attenuation(frequency_hz, air.dry_pressure, air.temperature, air.vapour_density)
    share = (np.arange(2000) + 0.5) / 2000.0
    out = np.zeros(len(range_m))
    for row, (distance, elevation) in enumerate(zip(range_m, elevation_rad, strict=True)):
        along, up = distance * share * math.cos(elevation), radius_m + antenna_m + distance * share * math.sin(elevation)
        out[row] = 2e-3 * distance * np.interp(np.hypot(along, up) - radius_m, air.height, specific, right=0.0).mean()
    return out


def reference_loss_db(frequency_hz: float, antenna_m: float, radius_m: float, reach_m: float) -> float:
    """Loss of a target at the reference range, 10 km high unless the range is short or that is below the horizon."""
    beyond = max(reach_m / radius_m - math.acos(radius_m / (radius_m + antenna_m)), 0.0)
    height = max(min(10e3, antenna_m + 0.5 * reach_m), radius_m / math.cos(beyond) - radius_m)
    a, b = radius_m + antenna_m, radius_m + height
    elevation = math.asin((b * b - a * a - reach_m * reach_m) / (2.0 * a * reach_m))
    return float(clear_air_loss_db(frequency_hz, antenna_m, radius_m, np.array([reach_m]), np.array([elevation]))[0])


def clutter_to_noise(entry: Any, seen: Seen, antenna_m: float, factor: float, constant: float, gamma_db: float) -> Floats:
    """Residual clutter-to-noise ratio (row,) of farmland in each target's cell, by the geometry of a smooth earth.

    `constant` (m^2) is the radar's: ratio of a target times range^4 over cross section. Barton (1985): gamma sin(grazing) per area.
    """
    radius, r = factor * 6371e3, seen.range_m
    # sides and angles of the triangle antenna, cell, earth's centre, by Heron's formula rather than the law of cosines
    a, b = radius + antenna_m, radius
    half = 0.5 * (a + b + r)
    area = np.sqrt(np.maximum(half * (half - a) * (half - b) * (half - r), 0.0))
    lit = (r > antenna_m) & (r * r < a * a - b * b)
    at_cell = np.arcsin(np.clip(2.0 * area / (b * r), 0.0, 1.0))  # between the ray and the vertical there
    grazing = np.where(lit, 0.5 * math.pi - at_cell, 0.0)
    down = 0.5 * math.pi - np.arcsin(np.clip(2.0 * area / (a * r), 0.0, 1.0))
    width, tall = (math.radians(float(entry.value(f"beamwidth_{plane}_deg"))) for plane in ("azimuth", "elevation"))
    in_beam = 0.25 * math.pi * r * tall / np.maximum(np.sin(grazing), 1e-9)
    depth = np.minimum(float(entry.value("range_resolution_m")) / np.cos(grazing), in_beam)
    section = 10.0 ** (0.1 * gamma_db) * np.sin(grazing) * r * width * depth
    axis = 0.5 * tall
    if bool(entry.get("measures_elevation", True)):
        middle = np.maximum(seen.apparent_rad, axis)
        off = middle - seen.apparent_rad
    else:
        middle, off = np.full(len(r), axis), np.zeros(len(r))
    floor = 2.0 * float(entry.get("sidelobe_db", 30.0))
    pattern = np.maximum(-24.0824 * ((-down - middle) / tall) ** 2, -floor) - np.maximum(-24.0824 * (off / tall) ** 2, -floor)
    loss = clear_air_loss_db(float(entry.value("frequency_ghz")) * 1e9, antenna_m, radius, r, -down)
    gained = pattern - loss - float(entry.get("clutter_improvement_db", 40.0))
    return np.where(lit, constant * section / r**4 * 10.0 ** (0.1 * gained), 0.0)


def bare_snr(entry: Any, sections: Floats, seen: Seen, antenna_m: float, factor: float) -> tuple[Floats, float]:
    """Ratio (row,) to noise alone, linear, from the reference detection: fourth power of range, cross section, clear air.

    Also the radar's constant (m^2).
    """
    front, rear = seen.aspect_cosine >= math.sqrt(0.5), seen.aspect_cosine <= -math.sqrt(0.5)
    section = np.where(front, sections[0], np.where(rear, sections[2], sections[1]))
    reach = float(entry.value("reference_range_km")) * 1e3
    frequency, radius = float(entry.value("frequency_ghz")) * 1e9, factor * 6371e3
    lost = clear_air_loss_db(frequency, antenna_m, radius, seen.range_m, seen.apparent_rad)
    given_back = 10.0 ** (0.1 * reference_loss_db(frequency, antenna_m, radius, reach))
    constant = reference_snr(entry) * reach**4 / float(entry.value("reference_rcs_m2")) * given_back
    return np.asarray(constant * section / seen.range_m**4 * 10.0 ** (-0.1 * lost), np.float64), constant


def expected_snr(entry: Any, sections: Floats, seen: Seen, antenna_m: float, factor: float, gamma_db: float = -15.0) -> Floats:
    """The same over noise and the clutter of a smooth earth, (row,) linear."""
    snr, constant = bare_snr(entry, sections, seen, antenna_m, factor)
    return np.asarray(snr / (1.0 + clutter_to_noise(entry, seen, antenna_m, factor, constant, gamma_db)), np.float64)


def flown(figures: Mapping[str, float], time_s: Floats) -> Floats:
    """Metres that an interceptor has flown: even acceleration to the greatest speed, then a speed that decays with the distance."""
    top, boost = figures["speed_max_mps"], figures["boost_time_s"]
    burnt = 0.5 * top * boost
    decay = math.log(top / figures["speed_end_mps"]) / (figures["range_max_km"] * 1e3 - burnt)
    coasting = np.maximum(time_s - boost, 0.0) * top
    coasted = np.log1p(decay * coasting) / decay if decay > 0.0 else coasting
    return np.asarray(np.where(time_s < boost, 0.5 * top / boost * time_s**2, burnt + coasted), np.float64)
