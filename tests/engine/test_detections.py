"""What the sensors report, held against a second computation of the same physics and against the theory of its randomness."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from dowding.model import Compiled
from dowding.physics.detection import detection_probability
from dowding.tables import Tables
from verification import independent as other

UNLIKELY = 1e-3  # two-sided: a bound that a right program crosses once in a thousand seeds; the seed is fixed
DEGREE = math.pi / 180.0


def seen_by(compiled: Compiled, run: Tables, sensor: int, target: np.ndarray, time_s: np.ndarray) -> other.Seen:
    """The targets of rows of a table as one sensor sees them."""
    theatre, sensors = compiled.resolved.theatre, run["sensors"]
    position, velocity = other.Truth(run["truth"]).at(target, time_s)
    place = (sensors["latitude_deg"][sensor], sensors["longitude_deg"][sensor], sensors["altitude_m"][sensor])
    return other.see(theatre.origin, *place, theatre.effective_earth_factor, position, velocity)


def steady(seen: other.Seen) -> np.ndarray:
    """Rows whose truth is known and whose aspect is not just changing."""
    return np.isfinite(seen.range_m) & (np.abs(np.abs(seen.aspect_cosine) - math.sqrt(0.5)) > 0.01)


def off_boresight(azimuth: np.ndarray, boresight: float) -> np.ndarray:
    return np.abs((azimuth - boresight + math.pi) % (2.0 * math.pi) - math.pi)


def test_a_report_s_truth_is_where_the_target_was(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    for run in runs[:3]:
        reports, origins = run["detections"], run["origins"]
        for sensor in range(len(run["sensors"]["sensor"])):
            rows = np.flatnonzero((reports["sensor"] == sensor) & (origins["target"] >= 0))
            seen = seen_by(compiled, run, sensor, origins["target"][rows], reports["time_s"][rows])
            known = np.isfinite(seen.range_m)
            assert known.sum() > 100
            # metres that the cubic through truth's rows may be off where a path starts to turn
            assert np.abs(seen.range_m - origins["true_range_m"][rows])[known].max() < 5.0
            across = off_boresight(seen.azimuth_rad - origins["true_azimuth_rad"][rows], 0.0) * seen.range_m
            assert across[known].max() < 5.0
            assert (np.abs(seen.elevation_rad - origins["true_elevation_rad"][rows]) * seen.range_m)[known].max() < 5.0


def test_no_look_beyond_horizon_sector_or_limits(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    nearest_to_horizon = 0.0
    entries = other.sensor_entries(compiled.resolved)
    for run in runs:
        looks, sensors = run["looks"], run["sensors"]
        for sensor in range(len(sensors["sensor"])):
            rows = np.flatnonzero(looks["sensor"] == sensor)
            seen = seen_by(compiled, run, sensor, looks["target"][rows], looks["time_s"][rows])
            ok = np.isfinite(seen.range_m)
            assert ok.sum() > 0.9 * len(rows) > 100
            # a part in a thousand: the engine's sphere turns with the azimuth, ours does too but stands under the antenna only
            share = seen.ground_m[ok] / seen.horizon_m[ok]
            assert share.max() < 1.001
            nearest_to_horizon = max(nearest_to_horizon, float(share.max()))
            slowest = float(entries[sensors["name"][sensor]].get("velocity_min_mps", 0.0))
            assert np.abs(seen.range_rate_mps[ok]).min() >= slowest - 0.5  # m/s that cubics through truth's rows may be off
            assert seen.range_m[ok].min() >= sensors["range_min_m"][sensor] - 5.0
            assert seen.range_m[ok].max() <= sensors["range_max_m"][sensor] + 5.0
            assert seen.apparent_rad[ok].min() >= sensors["elevation_min_rad"][sensor] - 1e-4
            assert seen.apparent_rad[ok].max() <= sensors["elevation_max_rad"][sensor] + 1e-4
            assert off_boresight(seen.azimuth_rad[ok], sensors["boresight_rad"][sensor]).max() <= sensors["half_sector_rad"][sensor] + 1e-3
    assert nearest_to_horizon > 0.995  # the horizon is where it should be, not merely far enough in


def test_nothing_in_view_is_overlooked(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    """Between two looks of a sensor at a target that it could see all the time there is never more than a scan and a half."""
    run, gaps = runs[0], 0
    entries = other.sensor_entries(compiled.resolved)
    truth, looks, sensors = run["truth"], run["looks"], run["sensors"]
    for sensor in range(len(sensors["sensor"])):
        seen = seen_by(compiled, run, sensor, truth["target"], truth["time_s"])
        period = sensors["period_s"][sensor]
        inside = (seen.ground_m < 0.99 * seen.horizon_m) & (seen.range_m < 0.4 * sensors["range_max_m"][sensor])
        inside &= seen.range_m > sensors["range_min_m"][sensor] + 2e3
        inside &= seen.apparent_rad < sensors["elevation_max_rad"][sensor] - 2 * DEGREE
        inside &= np.abs(seen.range_rate_mps) > float(entries[sensors["name"][sensor]].get("velocity_min_mps", 0.0)) + 1.0
        inside &= off_boresight(seen.azimuth_rad, sensors["boresight_rad"][sensor]) < sensors["half_sector_rad"][sensor] - 2 * DEGREE
        for target in np.unique(truth["target"]):
            rows = truth["target"] == target
            times, view = truth["time_s"][rows], inside[rows]
            looked = np.sort(looks["time_s"][(looks["sensor"] == sensor) & (looks["target"] == target)])
            for a, b in pairwise(looked):
                within = (times >= a) & (times <= b)
                if within.any() and view[within].all():
                    gaps += 1
                    assert b - a < 1.5 * period, f"sensor {sensor} did not look at target {target} between {a} and {b} s"
    assert gaps > 500


def test_snr_is_the_radar_equation_s(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    entries, targets = other.sensor_entries(compiled.resolved), other.target_entries(compiled.resolved)
    shared = lonely = 0
    for run in runs[:3]:
        looks, names = run["looks"], run["sensors"]["name"]
        for sensor, name in enumerate(names):
            for target in np.unique(looks["target"]):
                rows = np.flatnonzero((looks["sensor"] == sensor) & (looks["target"] == target))
                seen = seen_by(compiled, run, sensor, looks["target"][rows], looks["time_s"][rows])
                entry = entries[name]
                factor = compiled.resolved.theatre.effective_earth_factor
                sections, antenna = other.cross_sections(targets[target], entry), float(run["sensors"]["altitude_m"][sensor])
                expected = other.expected_snr(entry, sections, seen, antenna, factor)
                ok = steady(seen)
                # 0.03 dB for the table of losses: straight lines between its points
                # the radius of the earth to a tenth of a percent, which clutter near the antenna's horizon feels
                near = 40.0 * np.log10(1.0 + 5.0 / looks["range_m"][rows])  # dB that five metres make
                horizon = np.sqrt(2.0 * factor * 6371e3 * antenna)
                near += np.where(np.abs(looks["range_m"][rows] / horizon - 1.0) < 0.02, 2.0, 0.01)
                more = looks["mean_snr_db"][rows] - 10.0 * np.log10(expected)
                assert (more > -0.03 - near)[ok].all()
                # two in one cell are brighter than one
                single = other.alone(compiled.resolved, run, sensor, looks["target"][rows], looks["time_s"][rows])
                assert (more < 0.03 + near)[ok & single].all()
                shared += int((more > 0.5)[ok].sum())
                lonely += int((ok & single).sum())
    assert lonely > 5000
    assert shared > 20  # the raid flies in formations


def test_probability_is_the_exact_one(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    entries, targets = other.sensor_entries(compiled.resolved), other.target_entries(compiled.resolved)
    case = np.array([int(t.value("swerling")) for t in targets])
    for run in runs[:2]:
        looks = run["looks"]
        for sensor, name in enumerate(run["sensors"]["name"]):
            pfa, pulses = float(entries[name].value("pfa")), int(entries[name].value("pulses_integrated"))
            for swerling in np.unique(case):
                rows = (looks["sensor"] == sensor) & (case[looks["target"]] == swerling)
                exact = detection_probability(10.0 ** (looks["mean_snr_db"][rows] / 10.0), pfa, pulses, int(swerling))
                assert np.abs(exact - looks["probability"][rows]).max(initial=0.0) < 1e-3


def binned_rates_hold(chance: np.ndarray, hit: np.ndarray, by: np.ndarray, edges: np.ndarray) -> int:
    """Hits in each bin of `by` against binomial bounds at the bin's mean chance; how many bins had something to say."""
    bins = 0
    for low, high in pairwise(edges):
        rows = (by >= low) & (by < high)
        n = int(rows.sum())
        if n < 50:
            continue
        bins += 1
        # a sum of unequal chances varies less than the binomial of their mean (Hoeffding, 1956): the bounds are safe
        least, most = stats.binom.interval(1.0 - UNLIKELY, n, chance[rows].mean())
        assert least <= hit[rows].sum() <= most, f"{hit[rows].sum()} of {n} in [{low:.2f}, {high:.2f}): expected {chance[rows].mean():.4f}"
    return bins


def test_detections_come_as_often_as_theory_says(runs: tuple[Tables, ...]) -> None:
    chance = np.concatenate([run["looks"]["probability"] for run in runs])
    hit = np.concatenate([run["looks"]["detected"] for run in runs])
    snr = np.concatenate([run["looks"]["mean_snr_db"] for run in runs])
    assert binned_rates_hold(chance, hit, chance, np.array([0.0, 0.001, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 1.1])) >= 8
    assert binned_rates_hold(chance, hit, snr, np.arange(-40.0, 100.0, 3.0)) >= 10


def test_a_look_that_hit_is_a_detection_and_no_other_is(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        looks, reports, origins = run["looks"], run["detections"], run["origins"]
        hits = looks["detected"]
        real = origins["target"] >= 0
        mine = sorted(zip(looks["sensor"][hits], looks["target"][hits], looks["time_s"][hits], strict=True))
        theirs = sorted(zip(reports["sensor"][real], origins["target"][real], reports["time_s"][real], strict=True))
        assert mine == theirs


@pytest.fixture(scope="module")
def alone(compiled: Compiled, runs: tuple[Tables, ...]) -> tuple[np.ndarray, ...]:
    """The detections of each run whose target was alone in its cell."""
    return tuple(other.reports_alone(compiled.resolved, run) for run in runs)


@pytest.mark.parametrize("kind", ["range_m", "azimuth_rad", "elevation_rad"])
def test_errors_are_of_the_size_that_is_stated(runs: tuple[Tables, ...], alone: tuple[np.ndarray, ...], kind: str) -> None:
    word = {"range_m": "sigma_range_m", "azimuth_rad": "sigma_azimuth_rad", "elevation_rad": "sigma_elevation_rad"}[kind]
    for sensor in range(3):
        scores = []
        for run, single in zip(runs, alone, strict=True):
            rows = (run["detections"]["sensor"] == sensor) & single
            error = run["detections"][kind][rows] - run["origins"][f"true_{kind}"][rows]
            if kind == "azimuth_rad":
                error = (error + math.pi) % (2.0 * math.pi) - math.pi
            scores.append(error / run["detections"][word][rows])
        score = np.concatenate(scores)
        n = len(score)
        assert n > 4000
        assert abs(score.mean()) < stats.norm.isf(UNLIKELY / 2.0) / math.sqrt(n)
        low, high = stats.chi2.ppf([UNLIKELY / 2.0, 1.0 - UNLIKELY / 2.0], n - 1) / (n - 1)
        assert low < score.var(ddof=1) < high
        assert stats.kstest(score, "norm").pvalue > UNLIKELY


def test_errors_shrink_as_the_echo_grows(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    entries = other.sensor_entries(compiled.resolved)
    for sensor, name in enumerate(runs[0]["sensors"]["name"]):
        reports, entry = runs[0]["detections"], entries[name]
        rows = np.flatnonzero(reports["sensor"] == sensor)
        rows = rows[np.argsort(reports["snr_db"][rows])]
        energy = int(entry.value("pulses_integrated")) * 10.0 ** (reports["snr_db"][rows] / 10.0)
        # Barton (2005), ch. 9: resolution over the root of twice the energy ratio, with a floor that no echo undercuts
        cell, floor = float(entry.value("range_resolution_m")), float(entry.get("range_bias_floor_m", 0.0))
        assert np.allclose(reports["sigma_range_m"][rows], np.sqrt(cell**2 / (2.0 * energy) + floor**2), rtol=1e-9)
        beam, lean = float(entry.value("beamwidth_azimuth_deg")) * DEGREE, float(entry.get("angle_bias_floor_deg", 0.0)) * DEGREE
        assert np.allclose(reports["sigma_azimuth_rad"][rows], np.sqrt(beam**2 / (1.6**2 * 2.0 * energy) + lean**2), rtol=1e-9)
        for word in ("sigma_range_m", "sigma_azimuth_rad", "sigma_elevation_rad"):
            assert (np.diff(reports[word][rows]) <= 1e-12).all()
            assert reports[word][rows[0]] > reports[word][rows[-1]]


def test_false_alarms_are_poisson(compiled: Compiled, runs: tuple[Tables, ...]) -> None:
    entries = other.sensor_entries(compiled.resolved)
    for sensor, name in enumerate(runs[0]["sensors"]["name"]):
        counts = []
        for run in runs:
            false = run["detections"]["dwell"][run["origins"]["target"] < 0]
            counts.append(np.bincount(false, minlength=len(run["dwells"]["dwell"]))[run["dwells"]["sensor"] == sensor])
        count = np.concatenate(counts)
        mean = float(entries[name].value("false_alarms_per_scan")) / int(runs[0]["sensors"]["dwells"][sensor])
        least, most = stats.poisson.interval(1.0 - UNLIKELY, len(count) * mean)
        assert least <= count.sum() <= most
        # Fisher's test of dispersion: for a Poisson number, variance over mean is one
        dispersion = ((count - count.mean()) ** 2).sum() / count.mean()
        low, high = stats.chi2.ppf([UNLIKELY / 2.0, 1.0 - UNLIKELY / 2.0], len(count) - 1)
        assert low < dispersion < high


def test_false_alarms_fill_the_volume_evenly(runs: tuple[Tables, ...]) -> None:
    sensors = runs[0]["sensors"]
    for sensor in range(3):
        rows = [(run["origins"]["target"] < 0) & (run["detections"]["sensor"] == sensor) for run in runs]

        def column(name: str, rows: list[np.ndarray] = rows) -> np.ndarray:
            return np.concatenate([run["detections"][name][row] for run, row in zip(runs, rows, strict=True)])

        half, low = sensors["half_sector_rad"][sensor], sensors["elevation_min_rad"][sensor]
        spans = {
            "range_m": (sensors["range_min_m"][sensor], sensors["range_max_m"][sensor]),
            "elevation_rad": (low, sensors["elevation_max_rad"][sensor]),
        }
        for name, (first, last) in spans.items():
            values = column(name)
            assert len(values) > 200
            assert first <= values.min() < values.max() <= last
            assert stats.kstest((values - first) / (last - first), "uniform").pvalue > UNLIKELY
        azimuth = np.mod(column("azimuth_rad") - sensors["boresight_rad"][sensor] + half, 2.0 * math.pi)
        assert azimuth.max() <= 2.0 * half + 1e-9
        assert stats.kstest(azimuth / (2.0 * half), "uniform").pvalue > UNLIKELY


def test_dwells_hold_their_detections(runs: tuple[Tables, ...]) -> None:
    for run in runs:
        dwells, reports = run["dwells"], run["detections"]
        of = reports["dwell"]
        assert (np.bincount(of, minlength=len(dwells["dwell"])) == dwells["detections"]).all()
        assert (dwells["sensor"][of] == reports["sensor"]).all()
        assert ((reports["time_s"] >= dwells["start_s"][of]) & (reports["time_s"] < dwells["end_s"][of])).all()
        assert (np.diff(reports["time_s"][:])[np.diff(of) == 0] >= 0.0).all()
