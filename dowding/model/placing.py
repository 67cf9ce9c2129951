"""Sensors of a scenario, stand-alone or of fire units, as rows with a place, and their arrays."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dowding.catalogue import Entry
from dowding.errors import ScenarioError, TerrainError
from dowding.model.addressing import SENSOR_KEY_BITS, entity_keys
from dowding.model.bundles import ADS_B, DIRECTION_FINDER, FALSE_ALARM_SPEED, RADAR, SECONDARY, SENSOR, Reals, Records
from dowding.model.keeping import Kept, Same
from dowding.model.propagating import Air, Surface, loss_table
from dowding.physics import detection, diffraction, geodesy, propagation, radar, surface
from dowding.physics.geodesy import Frame
from dowding.physics.horizon import Horizons, gathered, horizon_table, range_step_for
from dowding.physics.relief import relief_of
from dowding.physics.ridges import Ridges, Waves, ridges_of
from dowding.physics.terrain import Ground, Heights
from dowding.scenario import Resolved, Tour
from dowding.scenario.ground import SMOOTH
from dowding.scenario.schema import Theatre
from dowding.terrain import Elevation
from dowding.tracking.picture import SensorGeometry

DIFFRACTION = "diffraction"  # the choice of propagation beside rays alone
MAX_DWELL_S = 1.0  # a scan is cut into parts no longer than this
NOMINAL_DETECTION_PROBABILITY = 0.9  # what the tracker expects of a target in view
SEEN = 0.5  # detection probability of the weakest echo that a report may show
STROBE_DB = 10.0  # assumed jammer-to-noise ratio from which a radar reports a direction, where the catalogue has none
WIDE_DEG = 30.0  # assumed beam width in elevation of a receiver, where the catalogue has none
RECEIVERS = {"direction_finder": DIRECTION_FINDER, "secondary": SECONDARY, "ads_b": ADS_B}
SIDE_LOBE_DB = 30.0  # assumed, where the catalogue has none
LAND_ROUGHNESS_M = 0.5  # m, rms, assumed: furrows and low growth
SEA_WAVES_M = (0.0, 0.05, 0.3, 0.875, 1.875, 3.25, 5.0)  # significant wave height by sea state, middle of WMO code 3700; rms is a quarter
STANDING = {"path_first": -1, "path_last": -1, "on": -math.inf, "off": math.inf, "carrier": -1}  # of SENSOR, for one that does not fly
STEADY = 0  # Swerling case of the echo that reports are floored to


@dataclass(frozen=True)
class PlacedRadar:
    """A radar with its place, side and owner."""

    name: str
    entry: Entry
    side: str
    unit: int  # fire unit that owns it, or -1
    role: str
    lat_deg: float
    lon_deg: float
    ground_altitude_m: float
    boresight_deg: float
    tour: Tour | None = None
    iff: bool = True  # it asks for the answer of its own side
    waits: bool = False  # it radiates only while its unit has cause to

    @property
    def height(self) -> float:
        """Antenna above the ellipsoid, m; the mean of one that flies."""
        return self.ground_altitude_m + (0.0 if self.tour is not None else self.entry.number("antenna_height_m"))


def placed_radars(resolved: Resolved) -> list[PlacedRadar]:
    """Every radar of the scenario: those of the fire units in order, then the stand-alone ones."""
    placed = []
    for row, unit in enumerate(resolved.fire_units):
        site = (unit.lat_deg, unit.lon_deg, unit.ground_altitude_m, unit.boresight_deg)
        cued = resolved.doctrines[unit.doctrine].radiate == "cued"
        for use in unit.radars:
            waits = cued and use.role == "engagement"
            name = f"{unit.name} {use.entry.id}"
            placed.append(PlacedRadar(name, use.entry, unit.side, row, use.role, *site, iff=unit.iff, waits=waits))
    for sensor in resolved.sensors:
        site = (sensor.lat_deg, sensor.lon_deg, sensor.ground_altitude_m, sensor.boresight_deg)
        placed.append(PlacedRadar(sensor.name, sensor.entry, sensor.side, -1, "acquisition", *site, sensor.tour, sensor.iff))
    return placed


def column(rows: Sequence[Any], value: Callable[[Any], float]) -> Reals:
    """One float for each row."""
    return np.array([float(value(row)) for row in rows], dtype=np.float64)


def filled(kind: np.dtype[Any], rows: Sequence[Any], values: Mapping[str, Callable[[Any], Any]]) -> Records:
    """A structured array with one record for each row; `values` says how to find each of its fields."""
    out = np.zeros(len(rows), kind)
    for name in kind.names or ():
        out[name] = [values[name](row) for row in rows]
    return out


def figure(key: str, scale: float = 1.0, default: float | None = None) -> Callable[[PlacedRadar], float]:
    """A reader of one catalogue figure of a radar, turned to SI by `scale`."""

    def read(placed: PlacedRadar) -> float:
        return placed.entry.number(key, default) * scale

    return read


def kind_of(placed: PlacedRadar) -> int:
    """What a sensor makes of signals: RADAR .. ADS_B."""
    return RADAR if placed.entry.kind == "radars" else RECEIVERS[str(placed.entry.value("type"))]


def frequency_of(placed: PlacedRadar) -> float:
    """Carrier frequency (Hz) of a radar; of a receiver the geometric middle of those that it hears."""
    entry = placed.entry
    if kind_of(placed) == RADAR:
        return entry.number("frequency_ghz") * 1e9
    return math.sqrt(entry.number("frequency_min_ghz") * entry.number("frequency_max_ghz")) * 1e9


def air_of(placed: PlacedRadar, theatre: Theatre, kept: Kept) -> Air:
    """The air around a sensor."""
    frequency, radius = frequency_of(placed), propagation.gaussian_radius(math.radians(placed.lat_deg))
    given = (frequency, placed.height, radius, theatre.effective_earth_factor, theatre.rain_rate_mm_h)
    return kept.get("air", given, lambda: Air(*given))


def side_lobe(placed: PlacedRadar) -> float:
    """One-way gain of the side lobes over the peak."""
    return radar.from_decibels(-placed.entry.number("sidelobe_db", SIDE_LOBE_DB))


def surface_of(placed: PlacedRadar, theatre: Theatre) -> Surface:
    """What reflects before a sensor of horizontal polarisation (assumed)."""
    frequency = frequency_of(placed)
    wavelength, radius = radar.wavelength_of(frequency), propagation.gaussian_radius(math.radians(placed.lat_deg))
    at_sea = theatre.surface == "sea" or theatre.terrain != SMOOTH  # of terrain the sea alone is flat enough
    permittivity = surface.sea_permittivity(frequency) if at_sea else surface.permittivity(*surface.MEDIUM_GROUND, frequency)
    return Surface(
        wavelength,
        permittivity,
        0.25 * SEA_WAVES_M[theatre.sea_state] if at_sea else LAND_ROUGHNESS_M,
        diffraction.surface_admittance(permittivity, surface.HORIZONTAL, theatre.effective_earth_factor * radius, wavelength),
        math.radians(placed.entry.number("beamwidth_elevation_deg", WIDE_DEG)),
        side_lobe(placed),
        bool(_flag(placed, "measures_elevation")),
    )


def _snr_constant(placed: PlacedRadar, air: Air, kept: Kept) -> float:
    """Signal-to-noise ratio without air times range^4 over cross section (m^2): from the reference detection, or the radar equation.

    A published range was found in clear air: what that took is given back, so that the range stays true.
    """
    entry = placed.entry
    if kind_of(placed) != RADAR:
        return 0.0  # it sends nothing that comes back
    if entry.get("reference_range_km", None) is not None:
        reference_range = entry.number("reference_range_km") * 1e3
        reference = (
            reference_range,
            entry.number("reference_rcs_m2"),
            entry.number("reference_pd"),
            entry.number("pfa"),
            int(entry.number("pulses_integrated")),
            int(entry.number("reference_swerling", 1)),
        )
        constant = kept.get("reference", reference, lambda: radar.snr_constant_from_reference(*reference))
        return radar.from_decibels(air.reference_loss(reference_range)) * constant
    return radar.snr_constant_from_equation(
        entry.number("peak_power_kw") * 1e3,
        entry.number("pulse_width_us") * 1e-6,
        radar.from_decibels(entry.number("gain_db")),
        radar.wavelength_of(entry.number("frequency_ghz") * 1e9),
        entry.number("noise_temperature_k"),
        radar.from_decibels(entry.number("loss_db")),
    )


def _beam_axis(placed: PlacedRadar) -> float:
    """Elevation (rad) of the axis of a beam, the lowest where it follows a target in elevation (assumed)."""
    if placed.tour is not None:
        return -0.5 * math.pi if _flag(placed, "measures_elevation") else 0.0
    return 0.5 * math.radians(placed.entry.number("beamwidth_elevation_deg", WIDE_DEG))  # its lower edge lies on the horizon


def _dwells(placed: PlacedRadar) -> int:
    return max(1, math.ceil(placed.entry.number("scan_period_s") / MAX_DWELL_S - 1e-9))


def _canceller_order(placed: PlacedRadar) -> int:
    return int(placed.entry.number("canceller_order", 2.0)) if placed.entry.get("prf_hz") is not None else 0


def _pulse_interval(key: str) -> Callable[[PlacedRadar], float]:
    """A reader of the time between pulses (s): of `key` or else of the only frequency; 1 where there is none."""

    def read(placed: PlacedRadar) -> float:
        return 1.0 / placed.entry.number(key, placed.entry.number("prf_hz", 1.0))

    return read


def _of_tour(tours: Mapping[str, Mapping[str, float]], key: str) -> Callable[[PlacedRadar], float]:
    return lambda placed: tours[placed.name][key] if placed.tour is not None else STANDING[key]


def _flag(placed: PlacedRadar, key: str) -> int:
    """Whether a sensor measures elevation or range rate; a direction finder only where it says so, others by what they are told."""
    kind = kind_of(placed)
    if kind == RADAR:
        return int(bool(placed.entry.get(key, True)))
    if key == "measures_elevation":
        return int(kind != DIRECTION_FINDER or bool(placed.entry.get(key, False)))
    return 0


def _clutter_density(placed: PlacedRadar) -> float:
    """False alarms of a scan per unit of measurement space."""
    entry = placed.entry
    volume = math.radians(entry.number("sector_deg")) * (entry.number("range_max_km") - entry.number("range_min_km", 0.0)) * 1e3
    if _flag(placed, "measures_elevation"):
        volume *= math.radians(entry.number("elevation_max_deg") - entry.number("elevation_min_deg"))
    if _flag(placed, "measures_range_rate"):
        volume *= 2.0 * FALSE_ALARM_SPEED
    return max(entry.number("false_alarms_per_scan"), 1e-6) / volume


def _resolution(placed: PlacedRadar) -> tuple[float, float, float, float]:
    """Within which differences of range (m), azimuth, elevation (rad) and range rate (m/s) the tracker takes targets for one detection."""
    if kind_of(placed) != RADAR:
        return 0.0, 0.0, 0.0, 0.0
    entry, degrees = placed.entry, math.pi / 180.0
    high = entry.number("beamwidth_elevation_deg", WIDE_DEG) * degrees if _flag(placed, "measures_elevation") else math.inf
    fast = entry.number("range_rate_resolution_mps", 10.0) if _flag(placed, "measures_range_rate") else math.inf
    return entry.number("range_resolution_m"), entry.number("beamwidth_azimuth_deg") * degrees, high, fast


def geometry_of(frame: Frame, placed: Sequence[PlacedRadar]) -> SensorGeometry:
    """Where the sensors are and what they cover; one that flies is in the middle of its way until it is put on it."""
    n = len(placed)
    places = [(math.radians(p.lat_deg), math.radians(p.lon_deg), p.height) for p in placed]
    degrees = math.pi / 180.0
    sites = geodesy.geodetic_to_theatre_many(frame, np.array(places, dtype=np.float64).reshape(n, 3))
    return SensorGeometry(
        position=sites,
        anchor=sites.copy(),
        velocity=np.zeros((n, 3)),
        epoch=np.zeros(n),
        moves=np.array([p.tour is not None for p in placed], dtype=np.int64),
        latitude=column(placed, lambda p: math.radians(p.lat_deg)),
        rotation=np.array([geodesy.local_rotation(frame, lat, lon) for lat, lon, _ in places], dtype=np.float64).reshape(n, 3, 3),
        height=column(placed, lambda p: p.height),
        earth_radius=column(placed, lambda p: propagation.gaussian_radius(math.radians(p.lat_deg))),
        boresight=column(placed, lambda p: math.radians(p.boresight_deg)),
        half_sector=column(placed, figure("sector_deg", 0.5 * degrees)),
        elevation_min=column(placed, figure("elevation_min_deg", degrees)),
        elevation_max=column(placed, figure("elevation_max_deg", degrees)),
        range_min=column(placed, figure("range_min_km", 1e3, default=0.0)),
        range_max=column(placed, figure("range_max_km", 1e3)),
        period=column(placed, figure("scan_period_s")),
        measures_elevation=np.array([_flag(p, "measures_elevation") for p in placed], dtype=np.int64),
        measures_range_rate=np.array([_flag(p, "measures_range_rate") for p in placed], dtype=np.int64),
        blind_speed=column(placed, figure("velocity_min_mps", default=0.0)),
        listens=np.array([int(kind_of(p) != RADAR) for p in placed], dtype=np.int64),
        resolution=np.array([_resolution(p) for p in placed], dtype=np.float64).reshape(n, 4),
        clutter_density=column(placed, _clutter_density),
        detection_probability=np.full(n, NOMINAL_DETECTION_PROBABILITY),
    )


def horizons_of(
    frame: Frame, placed: Sequence[PlacedRadar], elevation: Elevation | None, ground: Ground | None, theatre: Theatre, kept: Kept
) -> Horizons:
    """The terrain's horizon around each radar, none on a smooth earth; ScenarioError names a radar whose surroundings are not known."""
    factor = theatre.effective_earth_factor
    if elevation is None or ground is None:
        return gathered([None] * len(placed), [1.0] * len(placed))
    step = range_step_for(math.radians(elevation.step_lat) * 6.37e6)

    def table(p: PlacedRadar) -> Heights:
        site = (math.radians(p.lat_deg), math.radians(p.lon_deg), p.height, p.entry.number("range_max_km") * 1e3)

        def make() -> Heights:
            return horizon_table(elevation, *site, factor=factor, range_step=step, who=p.name, ground=ground)

        return kept.get("horizon", (Same(ground), step, factor, site), make)

    try:
        tables = [table(p) if p.tour is None else None for p in placed]
    except TerrainError as error:
        raise ScenarioError(error.message, hint='theatre.unknown_ground = "sea" takes unknown ground for sea') from None
    flying = any(p.tour is not None for p in placed)
    relief = kept.get("relief", (Same(ground), *map(float, np.ravel(frame.rotation))), lambda: relief_of(ground, frame)) if flying else None
    ridges = _ridges(placed, ground, theatre, kept) if theatre.propagation == DIFFRACTION else None
    return gathered(tables, [step] * len(placed), relief, ridges)


def _ridges(placed: Sequence[PlacedRadar], ground: Ground, theatre: Theatre, kept: Kept) -> Ridges:
    """What bends over the terrain around each radar that stands."""
    factor = theatre.effective_earth_factor
    places = tuple((math.radians(p.lat_deg), math.radians(p.lon_deg), p.height) if p.tour is None else None for p in placed)
    waves = []
    for p in placed:
        frequency, radius = frequency_of(p), propagation.gaussian_radius(math.radians(p.lat_deg))
        wavelength, soil = radar.wavelength_of(frequency), surface.permittivity(*surface.MEDIUM_GROUND, frequency)
        admittance = diffraction.surface_admittance(soil, surface.HORIZONTAL, factor * radius, wavelength)
        waves.append(Waves(wavelength, admittance, p.entry.number("range_max_km") * 1e3))
    return kept.get("ridges", (Same(ground), places, *waves, factor), lambda: ridges_of(ground, places, waves, factor))


def _slope(degrees: float) -> float:
    """Tangent of an elevation; infinite at the zenith."""
    return math.inf if degrees >= 90.0 else math.tan(math.radians(degrees))


def _snr_floor(placed: PlacedRadar, kept: Kept) -> float:
    detector = _detector(placed)
    return kept.get("floor", detector, lambda: detection.snr_for_detection(SEEN, *detector, STEADY))


def _detector(placed: PlacedRadar) -> tuple[float, int]:
    """False alarm probability and pulses of a radar: what its detection table depends on."""
    return placed.entry.number("pfa"), int(placed.entry.number("pulses_integrated", 1.0))


def sensors_of(
    placed: Sequence[PlacedRadar], sides: Sequence[str], pictures: Mapping[str, int], theatre: Theatre,
    tours: Mapping[str, Mapping[str, float]], kept: Kept,
) -> tuple[Records, Reals, Reals]:  # fmt: skip
    """What the sensors can do, (sensor,) SENSOR, their detection probabilities (sensor, swerling, bin) and losses.

    Losses are (sensor, height, range, part). `pictures` says by name which picture they feed, `tours` by name what SENSOR holds of
    the ways of those that fly.
    """
    degrees = math.pi / 180.0
    airs = {id(p): air_of(p, theatre, kept) for p in placed}
    keys = dict(zip(map(id, placed), entity_keys([p.name for p in placed], SENSOR_KEY_BITS), strict=True))
    tables = _detection_tables({_detector(p) for p in placed}, kept)
    sensors = filled(
        SENSOR,
        placed,
        {
            "height": lambda p: p.height,
            **_curvatures(),
            "slope_min": lambda p: _slope(p.entry.number("elevation_min_deg")),
            "slope_max": lambda p: _slope(p.entry.number("elevation_max_deg")),
            **{key: _of_tour(tours, key) for key in STANDING},
            "off_nose": lambda p: math.radians(p.boresight_deg) if p.tour is not None else 0.0,
            "altitude_line": figure("altitude_line_mps", default=0.0),
            "dwells": _dwells,
            "sweep": figure("sector_deg", degrees),
            "snr_constant": lambda p: _snr_constant(p, airs[id(p)], kept),
            "snr_floor_db": lambda p: radar.decibels(_snr_floor(p, kept)),
            "pulses": lambda p: _detector(p)[1],
            "kind": kind_of,
            "key": lambda p: keys[id(p)],
            "strobe_ratio": lambda p: radar.from_decibels(p.entry.number("strobe_ratio_db", STROBE_DB)),
            "report_share": figure("report_probability", default=1.0),
            "range_resolution": figure("range_resolution_m", default=1.0),
            "azimuth_beamwidth": figure("beamwidth_azimuth_deg", degrees),
            "elevation_beamwidth": figure("beamwidth_elevation_deg", degrees, default=WIDE_DEG),
            "range_rate_resolution": figure("range_rate_resolution_mps", default=10.0),
            "range_floor": figure("range_bias_floor_m", default=0.0),
            "angle_floor": figure("angle_bias_floor_deg", degrees, default=0.0),
            "side_lobe": side_lobe,
            "side_lobe_db": lambda p: 2.0 * radar.decibels(side_lobe(p)),
            "beam_axis": _beam_axis,
            **dict.fromkeys(("clutter_reach", "clutter_constant"), lambda p: 0.0),
            "velocity_min": figure("velocity_min_mps", default=0.0),
            "canceller_order": _canceller_order,
            **{f"canceller_{name}": _pulse_interval(key) for name, key in (("interval", "prf_hz"), ("second", "prf_second_hz"))},
            "wavelength": lambda p: radar.wavelength_of(frequency_of(p)),
            "false_alarms": lambda p: p.entry.number("false_alarms_per_scan") / _dwells(p),
            "table_start_db": lambda p: tables[_detector(p)][0],
            "table_step_db": lambda p: tables[_detector(p)][1],
            "picture": lambda p: pictures[p.name],
            "asks": lambda p: int(p.iff),
            "unit": lambda p: p.unit,
            "waits": lambda p: int(p.waits),
            "side": lambda p: sides.index(p.side),
        },
    )
    probability = _probabilities([tables[_detector(p)][2] for p in placed])
    surfaces = [surface_of(p, theatre) for p in placed] if theatre.propagation == DIFFRACTION else []
    return sensors, probability, _losses(list(airs.values()), surfaces, theatre.terrain != SMOOTH, kept)


def _curvatures() -> dict[str, Callable[[PlacedRadar], float]]:
    """The earth's curvature (1/m) below a sensor, northward and eastward."""
    return {
        "curvature_north": lambda p: 1.0 / geodesy.meridional_radius(math.radians(p.lat_deg)),
        "curvature_east": lambda p: 1.0 / geodesy.prime_vertical_radius(math.radians(p.lat_deg)),
    }


def _probabilities(tables: Sequence[Reals]) -> Reals:
    """Detection tables (swerling, bin) of all sensors in one; shorter ones are continued with their last value."""
    widest = max((table.shape[1] for table in tables), default=1)
    out = np.zeros((len(tables), 5, widest))
    for row, table in enumerate(tables):
        out[row] = np.pad(table, ((0, 0), (0, widest - table.shape[1])), mode="edge")
    return out


def _detection_tables(detectors: set[tuple[float, int]], kept: Kept) -> dict[tuple[float, int], tuple[float, float, Reals]]:
    """The detection table of each detector, with its first and its step in dB."""

    def table(detector: tuple[float, int]) -> tuple[float, float, Reals]:
        return kept.get("detection", detector, lambda: detection.detection_table(*detector))

    return {detector: table(detector) for detector in detectors}


def _losses(airs: Sequence[Air], surfaces: Sequence[Surface], over_terrain: bool, kept: Kept) -> Reals:
    """`loss_table` of all sensors, each sensor's part by itself."""

    def part(row: int) -> Reals:
        own = surfaces[row : row + 1]
        return kept.get("loss", (Same(airs[row]), *own, over_terrain), lambda: loss_table(airs[row : row + 1], own, over_terrain))

    return np.concatenate([part(row) for row in range(len(airs))]) if airs else loss_table(airs, surfaces)
