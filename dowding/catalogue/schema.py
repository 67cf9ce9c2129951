"""What a catalogue entry of each kind may hold: each key's unit (in its name), range and meaning."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["radars", "receivers", "interceptors", "systems", "targets", "links"]

TARGET_CLASSES = ("aircraft", "helicopter", "drone", "cruise_missile", "ballistic_missile")
BANDS = ("VHF", "UHF", "L", "S", "C", "X", "Ku")
RADAR_TYPES = ("rotating", "phased_array")
RECEIVER_TYPES = ("direction_finder", "secondary", "ads_b")
TRANSPONDERS = ("none", "ssr", "ads-b")
RADAR_ROLES = ("acquisition", "engagement")


@dataclass(frozen=True)
class Number:
    """A figure: lower <= value <= upper (strictly above `lower` where `open` is set), or one that may be left out."""

    lower: float
    upper: float
    meaning: str
    required: bool = False
    open: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Word:
    """A word, one of `choices` where any are given."""

    meaning: str
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Flag:
    """True or false."""

    meaning: str


Key = Number | Word | Flag

NAMING: dict[str, Key] = {
    "name": Word("what people call it", required=True),
    "description": Word("one sentence"),
    "country": Word("where it is made"),
}

RADARS: dict[str, Key] = NAMING | {
    "type": Word("how the beam moves: one beam turned mechanically, or a frame of electronic looks", RADAR_TYPES, required=True),
    "band": Word("radar band (IEEE 521)", BANDS, required=True),
    "frequency_ghz": Number(0.03, 40.0, "carrier frequency", required=True),
    "scan_period_s": Number(0.1, 60.0, "time between two looks in one direction", required=True),
    "sector_deg": Number(1.0, 360.0, "azimuth sector covered, centred on the boresight", required=True),
    "elevation_min_deg": Number(-90.0, 89.0, "lowest elevation", required=True),
    "elevation_max_deg": Number(0.0, 90.0, "highest elevation", required=True, open=True),
    "range_min_km": Number(0.0, 100.0, "nearest range", required=True),
    "range_max_km": Number(1.0, 5000.0, "instrumented range", required=True),
    "antenna_height_m": Number(0.0, 100.0, "height of the antenna's centre above ground", required=True),
    "reference_range_km": Number(0.0, 5000.0, "range at which reference_rcs_m2 is detected with reference_pd", open=True),
    "reference_rcs_m2": Number(0.0, 1e5, "radar cross section at the reference range", open=True),
    "reference_pd": Number(0.01, 0.999, "detection probability at the reference range"),
    "reference_swerling": Number(0, 4, "fluctuation of the reference target (Swerling case, 0 is steady)", whole=True),
    "pfa": Number(1e-14, 1e-2, "false alarm probability a cell", required=True),
    "pulses_integrated": Number(1, 4096, "pulses summed without phase in one look", required=True, whole=True),
    "peak_power_kw": Number(0.0, 1e6, "peak power, where the radar equation is used", open=True),
    "pulse_width_us": Number(0.0, 1e5, "pulse length before compression", open=True),
    "gain_db": Number(0.0, 70.0, "antenna gain, one way"),
    "noise_temperature_k": Number(1.0, 1e5, "system noise temperature"),
    "loss_db": Number(0.0, 40.0, "all losses"),
    "beamwidth_azimuth_deg": Number(0.0, 30.0, "half-power beam width in azimuth", required=True, open=True),
    "beamwidth_elevation_deg": Number(0.0, 60.0, "half-power beam width in elevation; wide for a 2-D radar", required=True, open=True),
    "sidelobe_db": Number(10.0, 80.0, "how far its side lobes lie below its peak gain, one way; left out: 30"),
    "range_resolution_m": Number(0.0, 5000.0, "range resolution", required=True, open=True),
    "range_rate_resolution_mps": Number(0.0, 500.0, "range rate resolution", open=True),
    "range_bias_floor_m": Number(0.0, 5000.0, "range error that stays however strong the echo"),
    "angle_bias_floor_deg": Number(0.0, 5.0, "angle error that stays however strong the echo"),
    "measures_elevation": Flag("whether the radar is 3-D"),
    "measures_range_rate": Flag("whether the radar measures range rate"),
    "velocity_min_mps": Number(0.0, 300.0, "slowest range rate, to or fro, that its moving-target filter passes; left out: 0"),
    "altitude_line_mps": Number(
        0.0, 300.0, "on an aircraft: it loses what closes or opens more slowly, in the echo of the ground below; left out: 0"
    ),
    "strobe_ratio_db": Number(
        -10.0, 60.0, "jamming over noise in its beam from which it reports the jammer's direction; left out: 10"
    ),
    "prf_hz": Number(0.0, 1e6, "pulse repetition frequency of its canceller; left out: no blind speeds", open=True),
    "prf_second_hz": Number(0.0, 1e6, "the other one, where two are staggered", open=True),
    "canceller_order": Number(1, 4, "subtractions in a row; left out: 2", whole=True),
    "false_alarms_per_scan": Number(0.0, 10000.0, "mean number of false alarms in a scan", required=True),
    "targets_tracked": Number(1, 10000, "tracks it can hold", whole=True),
    "cost_musd": Number(0.0, 1e5, "price of one, million US dollars"),
}

RECEIVERS: dict[str, Key] = NAMING | {
    "type": Word(
        "what it makes of signals: bearings of emitters, places of those that answer it, or the positions that others broadcast",
        RECEIVER_TYPES,
        required=True,
    ),
    "frequency_min_ghz": Number(0.01, 100.0, "lowest frequency that it hears", required=True),
    "frequency_max_ghz": Number(0.01, 100.0, "highest frequency that it hears", required=True),
    "scan_period_s": Number(0.1, 60.0, "time between two reports of one emitter or aircraft", required=True),
    "sector_deg": Number(1.0, 360.0, "azimuth sector covered, centred on the boresight", required=True),
    "elevation_min_deg": Number(-90.0, 89.0, "lowest elevation", required=True),
    "elevation_max_deg": Number(0.0, 90.0, "highest elevation", required=True, open=True),
    "range_min_km": Number(0.0, 100.0, "nearest range; left out: 0"),
    "range_max_km": Number(1.0, 5000.0, "farthest range", required=True),
    "antenna_height_m": Number(0.0, 100.0, "height of the antenna's centre above ground", required=True),
    "sensitivity_dbm": Number(-160.0, 0.0, "signal power behind its antenna that is detected with reference_pd", required=True),
    "gain_db": Number(-10.0, 60.0, "antenna gain", required=True),
    "reference_pd": Number(0.01, 0.999, "detection probability at that power", required=True),
    "pfa": Number(1e-14, 1e-2, "false alarm probability", required=True),
    "report_probability": Number(
        0.0, 1.0, "share of what it detects that it reports: looked at in time, not garbled; left out: 1", open=True
    ),
    "beamwidth_azimuth_deg": Number(0.0, 180.0, "width of its beam or lobes in azimuth", required=True, open=True),
    "beamwidth_elevation_deg": Number(0.0, 90.0, "the same in elevation; left out: 30", open=True),
    "angle_bias_floor_deg": Number(0.0, 10.0, "angle error that stays however strong the signal", required=True),
    "measures_elevation": Flag("whether a direction finder measures elevation; left out: it does not"),
    "range_bias_floor_m": Number(0.0, 5000.0, "range error of a secondary radar"),
    "interrogation_eirp_dbw": Number(0.0, 70.0, "radiated power of a secondary radar's questions, times gain"),
    "false_alarms_per_scan": Number(0.0, 10000.0, "mean number of false reports in a period", required=True),
    "cost_musd": Number(0.0, 1e5, "price of one, million US dollars"),
}

INTERCEPTORS: dict[str, Key] = NAMING | {
    "range_min_km": Number(0.0, 100.0, "nearest intercept, slant range", required=True),
    "range_max_km": Number(0.0, 1000.0, "farthest intercept, slant range, aerodynamic targets", required=True, open=True),
    "range_max_ballistic_km": Number(0.0, 1000.0, "farthest intercept of a ballistic missile; left out: not usable against one", open=True),
    "altitude_min_m": Number(0.0, 20000.0, "lowest intercept above ground", required=True),
    "altitude_max_km": Number(0.0, 500.0, "highest intercept", required=True, open=True),
    "speed_max_mps": Number(0.0, 8000.0, "speed at the end of the boost", required=True, open=True),
    "boost_time_s": Number(0.0, 60.0, "time to reach it, at constant acceleration", required=True, open=True),
    "speed_end_mps": Number(0.0, 8000.0, "speed at range_max_km, to which it falls exponentially with distance", required=True, open=True),
    "target_speed_max_mps": Number(0.0, 10000.0, "fastest target it can engage", required=True, open=True),
    "cost_musd": Number(0.0, 1000.0, "price of one round, million US dollars"),
    "year": Number(1940, 2100, "year in service", whole=True),
} | {
    f"kill_probability_{name}": Number(0.0, 1.0, f"single-shot kill probability against a {name.replace('_', ' ')}", required=True)
    for name in TARGET_CLASSES
}

SYSTEMS: dict[str, Key] = NAMING | {
    "target_channels": Number(1, 1000, "targets engaged at once", required=True, whole=True),
    "missile_channels": Number(1, 1000, "missiles in flight at once", required=True, whole=True),
    "reaction_time_s": Number(0.0, 600.0, "from the decision to engage to the first launch", required=True),
    "launch_interval_s": Number(0.0, 600.0, "least time between two launches of the unit", required=True),
    "kill_assessment_s": Number(0.0, 600.0, "from intercept to knowing whether it worked", required=True),
    "launchers": Number(1, 1000, "launchers of one fire unit", required=True, whole=True),
    "cost_musd": Number(0.0, 1e6, "price of one fire unit, million US dollars"),
    "cost_year": Number(1940, 2100, "year of that price", whole=True),
    "range_claimed_km": Number(0.0, 5000.0, "range as claimed by the maker or the press"),
}
"""A system also has `radars` = [{ radar = ID, role = ... }] and `rounds` = { INTERCEPTOR-ID = figure }."""

TARGETS: dict[str, Key] = NAMING | {
    "class": Word("what kind of target it is", TARGET_CLASSES, required=True),
    "rcs_front_m2": Number(0.0, 1e6, "median radar cross section within 45 degrees of the nose, in `rcs_band`", required=True, open=True),
    "rcs_side_m2": Number(0.0, 1e6, "the same from the side; left out: as from the front", open=True),
    "rcs_rear_m2": Number(0.0, 1e6, "the same within 45 degrees of the tail; left out: as from the front", open=True),
    "rcs_band": Word("radar band that the cross section was given for", BANDS, required=True),
    "swerling": Number(0, 4, "fluctuation (Swerling case, 0 is steady)", required=True, whole=True),
    "speed_cruise_mps": Number(0.0, 3000.0, "usual speed", open=True),
    "speed_max_mps": Number(0.0, 8000.0, "highest speed", required=True, open=True),
    "ceiling_m": Number(0.0, 100000.0, "highest altitude; a ballistic missile has none"),
    "altitude_cruise_m": Number(0.0, 30000.0, "usual altitude above ground"),
    "turn_acceleration_g": Number(0.05, 15.0, "lateral acceleration of its turns"),
    "range_max_km": Number(0.0, 20000.0, "how far it flies", open=True),
    "transponder": Word("transponder that it usually flies with switched on; left out: none", TRANSPONDERS),
    "radar_frequency_ghz": Number(0.03, 100.0, "frequency of its own radar, where a flight says that it is on"),
    "radar_eirp_dbw": Number(-30.0, 120.0, "peak power times gain of its own radar"),
    "cost_musd": Number(0.0, 1e5, "price of one, million US dollars"),
} | {
    f"rcs_{band.lower()}_band_factor": Number(0.0, 1e6, f"cross section in {band} band over that in `rcs_band`", open=True)
    for band in BANDS
}

LINKS: dict[str, Key] = NAMING | {
    "latency_s": Number(0.0, 600.0, "from sending a message to having it", required=True),
    "interval_s": Number(0.1, 600.0, "time between two reports of one track", required=True),
    "tracks_per_s": Number(0.0, 1e6, "reports of tracks that all members together can send", required=True, open=True),
    "loss_probability": Number(0.0, 1.0, "share of messages that one receiver does not get", required=True),
    "rate_kbit_per_s": Number(0.0, 1e9, "raw rate of one net", open=True),
}

KEYS: dict[str, dict[str, Key]] = {
    "radars": RADARS, "receivers": RECEIVERS, "interceptors": INTERCEPTORS, "systems": SYSTEMS, "targets": TARGETS, "links": LINKS,
}  # fmt: skip
