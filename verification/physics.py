"""The physics against published cases: `python -m verification.physics` prints ours beside theirs and exits 1 if any is outside.

The cases are in verification/cases, each with its citation.
"""

import math
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from dowding.physics import clutter, detection, diffraction, gases, geodesy, jamming, lobing, propagation, radar, rain, surface
from verification import textbook
from verification.textbook import MATHWORKS_FACTOR, ROOT, Inputs, Values, constant_of, ratio

CASES = ROOT / "verification" / "cases"
AREAS = ("radar", "propagation", "geodesy")
ROUNDED_LIGHT = 3.0e8 / radar.SPEED_OF_LIGHT  # of books that take 3e8 m/s


class Row(NamedTuple):
    """One compared number."""

    case: str
    quantity: str
    ours: float
    theirs: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether ours is a number within the tolerance of theirs."""
        return abs(self.ours - self.theirs) <= self.tolerance  # False for NaN


def equation_range(i: Inputs) -> Values:
    return {"range_m": radar.range_for_snr(constant_of(i, i["pt_w"]), float(i["rcs_m2"]), ratio(i["snr_db"]))}


def bistatic_ratio(i: Inputs) -> Values:
    gains = ratio(i["gain_tx_db"]), ratio(i["gain_rx_db"])
    constant = radar.bistatic_constant(i["pt_w"], i["tau_s"], *gains, radar.wavelength_of(i["freq_hz"]), i["ts_k"], ratio(i["loss_db"]))
    return {"snr_db": radar.decibels(radar.bistatic_snr(constant, i["rcs_m2"], i["range_tx_m"], i["range_rx_m"]))}


def peak_power(i: Inputs) -> Values:
    wavelength = radar.wavelength_of(i["freq_hz"])
    power = radar.peak_power_needed(
        ratio(i["snr_db"]), i["range_m"], i["rcs_m2"], i["tau_s"], ratio(i["gain_db"]), wavelength, i["ts_k"], ratio(i["loss_db"])
    )
    return {"pt_w": power}


def least_power_range(i: Inputs) -> Values:
    reach = radar.range_for_least_power(i["pt_w"], i["ae_m2"], i["c"] / i["freq_hz"], i["rcs_m2"], i["smin_w"])
    return {"range_km": reach / 1000.0}


def unambiguous_range(i: Inputs) -> Values:
    return {
        "unambiguous_range_km": radar.unambiguous_range(i["prf_hz"]) * ROUNDED_LIGHT / 1000.0,
        "range_resolution_m": radar.range_resolution(1.0 / i["pulse_width_s"]) * ROUNDED_LIGHT,
    }


def blind_speeds(i: Inputs) -> Values:
    return {"blind_speed_mps": [radar.blind_speed(n, i["c"] / i["freq_hz"], i["prf_hz"]) for n in (1, 2, 3)]}


def duty_cycle(i: Inputs) -> Values:
    return {
        "ppeak_kw": radar.peak_power_of(i["pav_w"], i["pulse_width_s"], i["prf_hz"]) / 1000.0,
        "duty": radar.duty_cycle(i["pulse_width_s"], i["prf_hz"]),
    }


def _probability(snr_db: float, pfa: float, pulses: float, swerling: int) -> float:
    return float(detection.detection_probability(ratio(snr_db), pfa, int(pulses), swerling))


def detection_of(swerling: int) -> Callable[[Inputs], Values]:
    def values(i: Inputs) -> Values:
        return {"pd": [_probability(snr, i["pfa"], n, swerling) for snr, n in i["cases_snr_db_n"]]}

    return values


def detection_tail(i: Inputs) -> Values:
    return {"pd": _probability(i["snr_db"], i["pfa"], i["n"], 4)}


def detection_grid(i: Inputs) -> Values:
    worst = 0.0
    for row in np.genfromtxt(ROOT / i["file"], delimiter=",", names=True, skip_header=2):
        for case in range(5):
            ours = _probability(row["snr_db"], row["pfa"], row["n_pulses"], case)
            worst = max(worst, abs(ours - row[f"pd_sw{case}"]))
    return {"largest_difference": worst}


def _needed_db(pd: float, pfa: float, pulses: int, swerling: int) -> float:
    return radar.decibels(detection.snr_for_detection(pd, pfa, pulses, swerling))


def ratio_one_pulse(i: Inputs) -> Values:
    return {"snr_db": [[_needed_db(pd, pfa, 1, 0) for pfa in i["pfa"]] for pd in i["pd"]]}


def gain_of_pulses(i: Inputs) -> Values:
    return {"improvement_db": _needed_db(i["pd"], i["pfa"], 1, 0) - _needed_db(i["pd"], i["pfa"], i["n"], 0)}


def cumulative(i: Inputs) -> Values:
    snr = ratio(i["snr_at_10km_db"]) * (10.0 / np.array(i["frames_km"])) ** 4
    return {"p_cum": detection.cumulative_probability(detection.detection_probability(snr, i["pfa"]))}


def threshold_real(i: Inputs) -> Values:
    return {"threshold_db": detection.real_noise_threshold_db(i["pfa"])}


def albersheim(i: Inputs) -> Values:
    return {"snr_db": detection.snr_albersheim(i["pd"], i["pfa"], i["n"])}


def swerling_one(i: Inputs) -> Values:
    return {"snr_db": _needed_db(i["pd"], i["pfa"], 1, 1)}


def identities(i: Inputs) -> Values:
    pairs = ((1, 1, 2), (1, 3, 4), (2, 2, 3))  # pulses, and the two cases that are one
    worst = max(
        abs(_probability(snr, i["pfa"], n, one) - _probability(snr, i["pfa"], n, two)) for snr in i["snr_db"] for n, one, two in pairs
    )
    return {"max_difference": worst}


def binary(i: Inputs) -> Values:
    return {"p": [float(detection.binary_integration(p, int(m), int(n))) for m, n, p in i["m_n_p"]]}


def crossover(i: Inputs) -> Values:
    power, jammer = ratio(i["pt_dbm"] - 30.0), ratio(i["pj_dbm"] - 30.0)
    gain, jammer_gain = ratio(i["gt_db"] - i["line_loss_db"]), ratio(i["gja_db"] - i["jam_line_loss_db"])
    return {"crossover_m": jamming.crossover_range(power, gain, i["rcs_m2"], jammer, jammer_gain)}


def height_from_elevation(i: Inputs) -> Values:
    elevation, antenna = math.radians(i["el_deg"]), float(i["ant_height_m"])
    return {"height_m": propagation.height_at_elevation(i["range_m"], elevation, antenna, propagation.EARTH_RADIUS_MEAN, MATHWORKS_FACTOR)}


def range_to_height(i: Inputs) -> Values:
    ray = (math.radians(i["el_deg"]), float(i["ant_height_m"]), propagation.EARTH_RADIUS_MEAN, MATHWORKS_FACTOR)
    reach = propagation.range_to_height(i["height_m"], *ray)
    return {"range_m": reach, "ground_range_m": propagation.ground_distance_at_elevation(reach, *ray)}


def horizon(i: Inputs) -> Values:
    heights = float(i["h_radar_m"]), float(i["h_target_m"])
    return {"horizon_km": propagation.horizon_distance(*heights, i["re_m"], propagation.FACTOR_FOUR_THIRDS) / 1000.0}


def sea_reflectivity(i: Inputs) -> Values:
    polarisation = surface.HORIZONTAL if i["pol"] == "H" else surface.VERTICAL
    return {"sigma0_linear": clutter.sea_reflectivity(i["sea_state"], i["freq_ghz"] * 1e9, math.radians(i["grazing_deg"]), polarisation)}


def gas_attenuation(i: Inputs) -> Values:
    # conditions of the validation examples: 1013.25 hPa of dry air, 288.15 K, 7.5 g/m3
    return {"gamma_db_per_km": gases.gas_attenuation(np.array(i["freq_ghz"]) * 1e9, 101325.0, 288.15, 7.5e-3)}


def rain_attenuation(i: Inputs) -> Values:
    return {
        "gamma_r_db_per_km": rain.rain_attenuation(i["freq_ghz"] * 1e9, i["rain_mm_h"], np.radians(i["el_deg"]), math.radians(i["tau_deg"]))
    }


def field_over_sphere(i: Inputs) -> Values:
    radius, metal = propagation.EARTH_RADIUS_MEAN * propagation.FACTOR_FOUR_THIRDS, complex(80.0, -1e6)
    worst = 0.0
    for wavelength, antenna, target, ground, exact in np.genfromtxt(ROOT / i["file"], delimiter=",", skip_header=1):
        admittance = diffraction.surface_admittance(metal, 0, radius, wavelength)
        ours = lobing.propagation_factor(ground, antenna, target, radius, wavelength, metal, 0, 0.0, admittance, 0.0, 1e9, 0.0)
        worst = max(worst, abs(20.0 * math.log10(ours) - exact))
    return {"largest_difference_db": worst}


def local_frame(i: Inputs) -> Values:
    frame = geodesy.theatre_frame(math.radians(i["lat0_deg"]), math.radians(i["lon0_deg"]), i["h0_m"])
    return {"enu_m": geodesy.geodetic_to_theatre(frame, math.radians(i["lat_deg"]), math.radians(i["lon_deg"]), float(i["h_m"]))}


def _place(degrees: list[float]) -> tuple[float, float, float]:
    return math.radians(degrees[0]), math.radians(degrees[1]), float(degrees[2])


def earth_centred(i: Inputs) -> Values:
    return {"ecef_m": geodesy.geodetic_to_ecef(*_place(i["lat_lon_h"]))}


def earth_centred_many(i: Inputs) -> Values:
    return {"ecef_m": [geodesy.geodetic_to_ecef(*_place(row)) for row in i["lat_lon_h"]]}


def direction_to_earth_centred(i: Inputs) -> Values:
    frame = geodesy.theatre_frame(*_place(i["lat_lon_h"]))
    azimuth, elevation, distance = i["aer"]
    local = geodesy.direction_vector(math.radians(azimuth), math.radians(elevation), float(distance))
    return {"ecef_m": frame.origin + np.array(geodesy.rotate_back(frame.rotation, *local))}


def line_of_sight_to_ground(i: Inputs) -> Values:
    frame = geodesy.theatre_frame(*_place(i["lat_lon_h"]))
    elevation = math.radians(i["tilt_deg"] - 90.0)

    def point(distance: float) -> tuple[float, float, float]:
        return geodesy.direction_vector(math.radians(i["az_deg"]), elevation, distance)

    slant = float(brentq(lambda distance: geodesy.height_above_ellipsoid(frame, *point(distance)), 0.0, 10e3, xtol=1e-9))
    latitude, longitude, _ = geodesy.theatre_to_geodetic(frame, *point(slant))
    return {"lat_deg": math.degrees(latitude), "lon_deg": math.degrees(longitude), "slant_m": slant}


COMPUTE: dict[str, Callable[[Inputs], Values]] = {
    "equation-range-20db": equation_range,
    "equation-range-40db": equation_range,
    "bistatic-ratio": bistatic_ratio,
    "peak-power": peak_power,
    "least-power-range": least_power_range,
    "unambiguous-range": unambiguous_range,
    "blind-speeds": blind_speeds,
    "duty-cycle": duty_cycle,
    "detection-steady": detection_of(0),
    "detection-swerling-1": detection_of(1),
    "detection-swerling-3": detection_of(3),
    "detection-swerling-4-tail": detection_tail,
    "detection-grid": detection_grid,
    "ratio-one-pulse": ratio_one_pulse,
    "gain-of-ten-pulses": gain_of_pulses,
    "cumulative-detection": cumulative,
    "threshold-real-noise": threshold_real,
    "albersheim": albersheim,
    "swerling-1-closed-form": swerling_one,
    "swerling-identities": identities,
    "binary-integration": binary,
    "jammer-crossover": crossover,
    "height-from-elevation": height_from_elevation,
    "range-to-height": range_to_height,
    "horizon": horizon,
    "sea-reflectivity": sea_reflectivity,
    "gas-attenuation": gas_attenuation,
    "rain-attenuation": rain_attenuation,
    "air-ground-loss": textbook.air_ground_loss,
    "field-over-a-sphere": field_over_sphere,
    "local-frame": local_frame,
    "earth-centred-gigs": earth_centred_many,
    "direction-to-earth-centred": direction_to_earth_centred,
    "earth-centred": earth_centred,
    "line-of-sight-to-ground": line_of_sight_to_ground,
    "equation-ratio": textbook.equation_ratio,
    "search-equation": textbook.search_equation,
    "noise-of-a-receiver": textbook.receiver_noise,
    "canceller-improvement": textbook.canceller_improvement,
    "clutter-patch": textbook.clutter_patch,
    "burn-through": textbook.burn_through,
    "measurement-error": textbook.measurement_error,
    "profiles": textbook.profiles,
    "grazing-angle": textbook.grazing_angle,
    "rain-coefficients": textbook.rain_coefficients,
    "knife-edge": textbook.knife_edge,
    "standard-atmosphere": textbook.standard_atmosphere,
    "albersheim-probabilities": albersheim,
    "albersheim-false-alarms": albersheim,
    "albersheim-pulses": albersheim,
    "shnidman-probabilities": textbook.shnidman,
    "shnidman-false-alarms": textbook.shnidman,
    "shnidman-pulses": textbook.shnidman,
    "square-law-threshold": textbook.square_law_threshold,
    "square-law-probability": detection_of(0),
    "two-of-three-and-four": binary,
    "integrated-range": textbook.integrated_range,
    "aperture-gain": textbook.aperture_gain,
    "doppler-shift": textbook.doppler_shift,
    "repetition-frequency": textbook.repetition_frequency,
    "depression-angle": textbook.depression_angle,
}


def load_cases(areas: Sequence[str] = AREAS) -> list[dict[str, Any]]:
    """All cases of some areas, as written."""
    return [case for area in areas for case in tomllib.loads((CASES / f"{area}.toml").read_text())["case"]]


def _tolerance(case: dict[str, Any], quantity: str, theirs: float) -> float:
    given = case["tolerance"]
    if quantity.endswith("_deg") and "abs_deg" in given:
        return float(given["abs_deg"])
    if quantity.endswith("_m") and "abs_m" in given:
        return float(given["abs_m"])
    return float(given["abs"]) if "abs" in given else float(given["rel"]) * abs(theirs)


def compare(case: dict[str, Any], compute: Mapping[str, Callable[[Inputs], Values]] = COMPUTE) -> Iterator[Row]:
    """A row for every number that a case expects."""
    ours = compute[case["id"]](case["inputs"])
    for quantity, expected in case["expected"].items():
        theirs, values = np.ravel(np.asarray(expected, dtype=float)), np.ravel(np.asarray(ours[quantity], dtype=float))
        if theirs.shape != values.shape:
            raise ValueError(f"{case['id']}: {quantity} has {values.size} values, {theirs.size} are expected")
        for k, (value, other) in enumerate(zip(values, theirs, strict=True)):
            name = quantity if theirs.size == 1 else f"{quantity}[{k}]"
            yield Row(case["id"], name, float(value), float(other), _tolerance(case, quantity, float(other)))


def report(rows: Sequence[Row]) -> int:
    """Print the table; 1 if any number is outside its tolerance."""
    print(f"{'case':28}{'quantity':26}{'ours':>18}{'theirs':>18}{'difference':>12}{'tolerance':>12}  verdict")
    for row in rows:
        verdict = "ok" if row.passed else "OUTSIDE"
        numbers = f"{row.ours:18.9g}{row.theirs:18.9g}{row.ours - row.theirs:12.2g}{row.tolerance:12.2g}"
        print(f"{row.case:28}{row.quantity:26}{numbers}  {verdict}")
    outside = sum(not row.passed for row in rows)
    print(f"{len(rows)} numbers, {outside} outside")
    return 1 if outside else 0


def main() -> int:
    """Every published case of the physics."""
    return report([row for case in load_cases() for row in compare(case)])


if __name__ == "__main__":
    sys.exit(main())
