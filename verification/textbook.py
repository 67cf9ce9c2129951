"""Further published cases of the physics, as functions of their inputs; `verification.physics` prints them with the others."""

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from dowding.physics import air_ground, atmosphere, clutter, detection, diffraction, edges, jamming, mti, propagation, radar, rain, surface

Inputs = dict[str, Any]
Values = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
MATHWORKS_FACTOR = 1.0 / (1.0 - 39e-9 * propagation.EARTH_RADIUS_MEAN)
ROUNDED_LIGHT = 3.0e8  # m/s, of the ITU's examples


def ratio(db: float) -> float:
    """Decibels as a ratio of powers."""
    return radar.from_decibels(float(db))


def constant_of(i: Inputs, power: float) -> float:
    """The constant K of a radar as MathWorks' examples give it."""
    return radar.snr_constant_from_equation(
        power, i["tau_s"], ratio(i["gain_db"]), radar.wavelength_of(i["freq_hz"]), i["ts_k"], ratio(i["loss_db"])
    )


def equation_ratio(i: Inputs) -> Values:
    names = [name.strip() for name in i["columns"].split(",")]
    given = [dict(zip(names, row, strict=True)) for row in i["rows"]]
    snr = [radar.signal_to_noise(constant_of(row, row["pt_w"]), float(row["rcs_m2"]), row["range_m"]) for row in given]
    return {"snr_db": [radar.decibels(value) for value in snr]}


def search_equation(i: Inputs) -> Values:
    azimuth, elevation = np.radians(i["azimuth_deg"]), np.radians(i["elevation_deg"])
    angle = float(np.diff(azimuth)[0] * np.diff(np.sin(elevation))[0])
    rest = ratio(i["rcs_dbsm"]), i["range_m"], i["ts_k"], ratio(i["loss_db"])
    return {"snr_db": radar.decibels(radar.search_snr(i["power_aperture_wm2"], i["search_s"], angle, *rest))}


def receiver_noise(i: Inputs) -> Values:
    one, other = i["temperature"], i["power"]
    temperature = radar.noise_temperature(ratio(other["figure_db"]), other["reference_k"])
    factors, gains = ([ratio(db) for db in i[name]] for name in ("figures_db", "gains_db"))
    return {
        "temperature_k": radar.noise_temperature(ratio(one["figure_db"]), one["reference_k"]),
        "power_w": radar.noise_power(temperature, other["bandwidth_hz"]),
        "cascade_db": radar.decibels(radar.cascaded_noise_factor(factors, gains)),
    }


def canceller_improvement(i: Inputs) -> Values:
    wavelength, delays = radar.wavelength_of(i["freq_hz"]), i["pulses"] - 1
    return {"improvement_db": radar.decibels(float(mti.improvement_factor(i["spread_mps"], wavelength, 1.0 / i["prf_hz"], delays)))}


def clutter_patch(i: Inputs) -> Values:
    beam = math.radians(i["azimuth_deg"]), math.radians(i["elevation_deg"])
    grazing, cell = math.radians(i["grazing_deg"]), radar.range_resolution(1.0 / i["tau_s"])
    by_beam = clutter.beam_limited_area(i["range_m"], *beam, grazing) * 4.0 / math.pi
    section = i["reflectivity"] * min(by_beam, clutter.surface_cell_area(i["range_m"], beam[0], cell, grazing))
    constant = constant_of(i | {"freq_hz": radar.SPEED_OF_LIGHT / i["wavelength_m"]}, i["pt_w"])
    return {"rcs_m2": section, "cnr_db": radar.decibels(radar.signal_to_noise(constant, section, i["range_m"]))}


def _budget_range(i: Inputs, jam_range: float | None, jam_gain_db: float) -> float:
    """Where the echo is so many decibels over noise and jamming, by halving; the jammer flies with the target where its range is None."""
    wavelength, side = radar.wavelength_of(i["freq_hz"]), 10.0 * math.log10(4.0 * math.pi)
    wave_db, received = 20.0 * math.log10(wavelength), 1.0 / i["tau_s"]
    thermal_w = radar.BOLTZMANN * i["ts_k"] * received

    def excess(distance: float) -> float:
        away, jammer = 10.0 * math.log10(distance), distance if jam_range is None else jam_range
        echo = 10.0 * math.log10(i["pt_w"] * i["rcs_m2"]) + 2.0 * i["gain_db"] + wave_db - 3.0 * side - 4.0 * away - i["loss_db"]
        density = i["jammer_w"] * ratio(i["jammer_gain_db"]) / i["jammer_bandwidth_hz"] * received
        jam = 10.0 * math.log10(density) + i["gain_db"] + jam_gain_db + wave_db - 2.0 * side - 20.0 * math.log10(jammer) - i["loss_db"]
        return echo - 10.0 * math.log10(thermal_w + 10.0 ** (0.1 * jam)) - float(i["snr_db"])

    low, high = 1.0, 1e7
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0.0 else (low, middle)
    return low


def burn_through(i: Inputs) -> Values:
    """Self-screening, stand-off in a side lobe, and a jammer too far away to matter."""
    constant, rcs, needed = constant_of(i, i["pt_w"]), float(i["rcs_m2"]), ratio(i["snr_db"])
    radiated = i["jammer_w"] * ratio(i["jammer_gain_db"])
    wavelength = radar.wavelength_of(i["freq_hz"])
    jammer = jamming.jammer_constant(
        radiated, i["jammer_bandwidth_hz"], ratio(i["gain_db"]), wavelength, i["ts_k"], ratio(i["loss_db"])
    )
    aside = jamming.jam_to_noise(jammer, i["standoff_m"], ratio(i["side_lobe_db"]))
    ours = (
        jamming.burn_through_self(constant, rcs, jammer, needed),
        jamming.burn_through_standoff(constant, rcs, aside, needed),
        radar.range_for_snr(constant, rcs, needed),
    )
    theirs = (_budget_range(i, None, 0.0), _budget_range(i, i["standoff_m"], i["side_lobe_db"]), _budget_range(i, 1e15, 0.0))
    return {"difference_m": [one - other for one, other in zip(ours, theirs, strict=True)]}


def measurement_error(i: Inputs) -> Values:
    """Stated standard errors over the Cramer-Rao bounds, from sums over an even spectrum and an even aperture."""
    snr = ratio(i["snr_db"])
    even = (np.arange(4000) + 0.5) / 4000 - 0.5
    # the phase of a part turns by 2 pi times its place; information is twice the ratio times the variance of that turning
    delay = 1.0 / math.sqrt(2.0 * snr * float(np.var(2.0 * math.pi * i["bandwidth_hz"] * even)))
    sine = 1.0 / math.sqrt(2.0 * snr * float(np.var(2.0 * math.pi * i["aperture_wavelengths"] * even)))
    half_power = 0.8859 / i["aperture_wavelengths"]  # width of the beam of an evenly lit line, in its direction's sine
    cell = radar.range_resolution(i["bandwidth_hz"])
    in_range = radar.measurement_sigma(cell, radar.RANGE_CONSTANT, snr, 0.0)
    in_angle = radar.measurement_sigma(half_power, radar.MONOPULSE_CONSTANT, snr, 0.0)
    return {"range_over_bound": in_range / (0.5 * radar.SPEED_OF_LIGHT * delay), "angle_over_bound": in_angle / sine}


def air_ground_loss(i: Inputs) -> Values:
    losses = []
    for d_km, h1, h2, f_mhz, polarisation, percent in i["rows"]:
        losses.append(air_ground.transmission_loss(d_km * 1e3, h1, h2, f_mhz * 1e6, polarisation, percent).total_db)
    return {"loss_db": losses}


def profiles(i: Inputs) -> Values:
    radius, edge, whole = 8500e3, [], []
    for path in tomllib.loads((ROOT / i["file"]).read_text())["path"]:
        ground = np.array(path["ground_m"].split(), dtype=np.float64)
        distance = np.append(50.0 * np.arange(len(ground) - 1), path["length_km"] * 1e3)
        for antenna, target, mhz in zip(i["antenna_m"], i["target_m"], i["freq_mhz"], strict=True):
            wavelength = ROUNDED_LIGHT / (mhz * 1e6)
            land = surface.permittivity(22.0, 0.003, mhz * 1e6)
            admittance = diffraction.surface_admittance(land, surface.HORIZONTAL, radius, wavelength)
            ends = ground[0] + antenna, ground[-1] + target
            edge.append(edges.bullington_loss(distance, ground, *ends, radius, wavelength))
            whole.append(edges.profile_loss(distance, ground, *ends, radius, wavelength, admittance, np.zeros_like(ground)))
    return {"edge_db": edge, "loss_db": whole}


def grazing_angle(i: Inputs) -> Values:
    radius = propagation.EARTH_RADIUS_MEAN * MATHWORKS_FACTOR
    return {"grazing_deg": math.degrees(clutter.grazing_angle(i["range_m"], float(i["height_m"]), radius)), "effective_radius_m": radius}


def rain_coefficients(i: Inputs) -> Values:
    frequency = np.array(i["freq_ghz"]) * 1e9
    k_h, a_h = rain.rain_coefficients(frequency, 0.0, 0.0)
    k_v, a_v = rain.rain_coefficients(frequency, 0.0, 0.5 * math.pi)
    return {"k_horizontal": k_h, "alpha_horizontal": a_h, "k_vertical": k_v, "alpha_vertical": a_v}


def knife_edge(i: Inputs) -> Values:
    return {"loss_db": [edges.knife_edge_loss(float(nu)) for nu in i["nu"]]}


def standard_atmosphere(i: Inputs) -> Values:
    heights = [float(h) for h in i["height_m"]]
    return {
        "temperature_k": [atmosphere.temperature(h) for h in heights],
        "pressure_pa": [atmosphere.pressure(h) for h in heights],
        "density_kgm3": [atmosphere.density(h) for h in heights],
    }


def shnidman(i: Inputs) -> Values:
    return {"snr_db": [detection.snr_shnidman(pd, pfa, n) for pd in i["pd"] for pfa in i["pfa"] for n in i["n"]]}


def square_law_threshold(i: Inputs) -> Values:
    return {"threshold": [detection.detection_threshold(pfa, 1) for pfa in i["pfa"]]}


def integrated_range(i: Inputs) -> Values:
    constant = constant_of(i, i["pt_w"]) * ratio(sum(i["integration_db"]))
    return {"range_m": radar.range_for_snr(constant, float(i["rcs_m2"]), ratio(i["snr_db"]))}


def aperture_gain(i: Inputs) -> Values:
    return {"gain_db": radar.decibels(radar.aperture_gain(i["aperture_m2"], i["wavelength_m"]))}


def doppler_shift(i: Inputs) -> Values:
    given = zip(i["speed_mps"], i["angle_deg"], i["freq_hz"], i["ways"], strict=True)
    found = [
        radar.doppler_shift(-speed * math.cos(math.radians(angle)), radar.wavelength_of(frequency)) * ways / 2.0
        for speed, angle, frequency, ways in given
    ]
    return {"shift_hz": found}


def repetition_frequency(i: Inputs) -> Values:
    return {"range_m": [radar.unambiguous_range(prf) for prf in i["prf_hz"]]}


def depression_angle(i: Inputs) -> Values:
    radius = propagation.EARTH_RADIUS_MEAN * MATHWORKS_FACTOR
    return {"depression_deg": -math.degrees(clutter.ground_elevation(i["range_m"], float(i["height_m"]), radius))}
