"""Direction finders, strobes and cooperative sensors against closed forms: `python -m verification.receivers [--quick]`.

It exits 1 if any number is outside its bounds, which are how far chance alone takes a right program once in a thousand.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import stats

from dowding.analysis.track_quality import track_quality
from dowding.model import Compiled, compile_scenario
from dowding.physics import geodesy
from dowding.scenario import from_tables
from dowding.simulation import simulate
from dowding.tables import Tables
from dowding.tracking import triangulation
from dowding.tracking.picture import BEARING
from dowding.tracking.tracker import make_config
from verification.independent import Floats
from verification.simulation import UNLIKELY, Row, report

FRAME = geodesy.theatre_frame(math.radians(40.0), math.radians(33.0))
EARTH = make_config(FRAME.earth_centre, FRAME.spin_axis).earth
SIGMA = math.radians(0.3)
# bearings (deg) from the target to the sites, and their distances (km)
SITES = {
    "two at right angles": ((180.0, 80.0), (270.0, 60.0)),
    "two at 30 degrees": ((180.0, 100.0), (210.0, 100.0)),
    "three around": ((180.0, 80.0), (290.0, 60.0), (60.0, 90.0)),
}


def place_of(latitude: float, longitude: float, height: float) -> Floats:
    """Theatre position (3,) m of a geodetic place (rad, m)."""
    return np.array(geodesy.geodetic_to_theatre(FRAME, latitude, longitude, height))


def exact_bearings(sites: Sequence[tuple[float, float]], target: Floats) -> Any:
    """Bearings without errors, one row a site."""
    rows = np.zeros(len(sites), BEARING)
    for k, (turn, distance) in enumerate(sites):
        lat, lon = geodesy.geodesic_direct(math.radians(40.0), math.radians(33.0), math.radians(turn), 1e3 * distance)[:2]
        here, axes = place_of(lat, lon, 20.0), geodesy.local_rotation(FRAME, lat, lon)
        rows[k]["x"], rows[k]["y"], rows[k]["z"] = here
        rows[k]["axes"], rows[k]["azimuth"] = axes, geodesy.azimuth_elevation_range(*(axes @ (target - here)))[0]
        rows[k]["elevation"], rows[k]["sigma_azimuth"], rows[k]["sensor"] = math.nan, SIGMA, k
    return rows


def ellipse(sites: Sequence[tuple[float, float]]) -> Floats:
    """Covariance (2, 2) m^2, east and north, of the best fix on a plane: the inverse of the bearings' information."""
    # Stansfield, "Statistical theory of d.f. fixing", J. IEE 94, part IIIA (1947), 762: the weight of a bearing is 1 / (distance sigma)^2,
    # across its line; equal to the bound of Cramer and Rao
    information = np.zeros((2, 2))
    for turn, distance in sites:
        across = np.array([math.cos(math.radians(turn)), -math.sin(math.radians(turn))])
        information += np.outer(across, across) / (1e3 * distance * SIGMA) ** 2
    return np.linalg.inv(information)


def fix_rows(draws: int) -> Iterator[Row]:
    """Fixes from bearings with errors: their spread along both axes of the closed form's ellipse, and the share inside its 95 %."""
    target, random = place_of(math.radians(40.0), math.radians(33.0), 5000.0), np.random.default_rng(5)
    for name, sites in SITES.items():
        rows, expected = exact_bearings(sites, target), ellipse(sites)
        true, off, stated = rows["azimuth"].copy(), np.zeros((draws, 2)), np.zeros((2, 2))
        place, covariance, scratch = np.zeros(3), np.zeros((3, 3)), np.zeros((4, 3))
        for k in range(draws):
            rows["azimuth"] = true + SIGMA * random.standard_normal(len(sites))
            triangulation.intersect(EARTH, rows, (0, 1, len(sites) - 1), len(sites), place, covariance, scratch)
            off[k] = (place - target)[:2]
            stated += covariance[:2, :2] / draws
        size, axes = np.linalg.eigh(expected)
        low, high = stats.chi2.ppf([UNLIKELY / 2.0, 1.0 - UNLIKELY / 2.0], draws) / draws
        for k, axis in ((1, "long"), (0, "short")):
            spread, told = float(np.mean((off @ axes[:, k]) ** 2) / size[k]), float(axes[:, k] @ stated @ axes[:, k] / size[k])
            yield Row(f"bearings, {name}", f"spread along the {axis} axis over closed form, {draws}", spread, 1.0, low, high)
            yield Row(f"bearings, {name}", f"variance stated along the {axis} axis over it", told, 1.0, 0.98, 1.02)
        inside = float(np.mean(np.einsum("ka,ab,kb->k", off, np.linalg.inv(expected), off) <= stats.chi2.ppf(0.95, 2)))
        least, most = stats.binom.interval(1.0 - UNLIKELY, draws, 0.95)
        yield Row(f"bearings, {name}", "share inside its ellipse of 95 %", inside, 0.95, least / draws, most / draws)


def world(sensors: list[dict[str, Any]], flights: list[dict[str, Any]], duration: float) -> Compiled:
    """A scenario of shipped sensors over a smooth earth."""
    theatre, output = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}, {"truth_interval_s": 1.0}
    given = {"duration_s": duration, "seed": 11, "theatre": theatre, "output": output, "sensor": sensors, "flight": flights}
    return compile_scenario(from_tables(given))


def flight(name: str, target: str, begin: tuple[float, float], end: tuple[float, float], **more: Any) -> dict[str, Any]:
    """One level flight at 9 km."""
    route = [{"lat_deg": begin[0], "lon_deg": begin[1], "altitude_m": 9000.0}, {"lat_deg": end[0], "lon_deg": end[1]}]
    return {"name": name, "target": target, "speed_mps": 230.0, "route": route} | more


def strobe_rows(replicates: int) -> Iterator[Row]:
    """Directions of strobes against where the jammers are: errors over the standard errors that they state."""
    jammer = {"power_w": 1000.0, "bandwidth_mhz": 20.0, "bands": ["S"]}
    flights = [flight(f"J{k}", "b-52", (41.5, 31.0 + k), (41.4, 31.4 + k), jammer=jammer) for k in range(5)]
    compiled = world([{"name": "Radar", "radar": "91n6e", "lat_deg": 40.0, "lon_deg": 33.0}], flights, 300.0)
    scores = []
    for k in range(replicates):
        run = simulate(compiled, replicate=k)
        rows = run["detections"]["kind"] == "strobe"
        error = run["detections"]["azimuth_rad"][rows] - run["origins"]["true_azimuth_rad"][rows]
        scores.append(((error + math.pi) % (2.0 * math.pi) - math.pi) / run["detections"]["sigma_azimuth_rad"][rows])
    score = np.concatenate(scores)
    n, one = len(score), float(stats.chi2.cdf(1.0, 1))
    low, high = stats.chi2.ppf([UNLIKELY / 2.0, 1.0 - UNLIKELY / 2.0], n) / n
    yield Row("strobes, 91n6e", f"mean square of azimuth error over sigma, {n}", float(np.mean(score**2)), 1.0, low, high)
    least, most = stats.binom.interval(1.0 - UNLIKELY, n, one)
    yield Row("strobes, 91n6e", "share within one sigma", float(np.mean(np.abs(score) <= 1.0)), one, least / n, most / n)


def identities_kept(run: Tables) -> tuple[float, float]:
    """Shares of the confirmed updates with an identity that is the target's own, and of the tracks that bore one identity only."""
    tracks, target = run["tracks"], run["origins"]["target"][run["tracks"]["detection"]]
    rows = tracks["confirmed"] & (tracks["identity"] != "") & (target >= 0)
    told = np.char.replace(tracks["identity"][rows].astype(str), "ID", "").astype(int)
    numbers = tracks["track"][rows]
    kept = [len(np.unique(told[numbers == n])) == 1 for n in np.unique(numbers)]
    return float(np.mean(told == target[rows])), float(np.mean(kept))


def identity_rows(replicates: int) -> Iterator[Row]:
    """Six airliners that cross at one place, height and time, under a primary radar and a secondary one or an ADS-B station."""
    flights = []
    for k in range(6):
        turn = math.radians(60.0 * k)
        north, east = 0.35 * math.cos(turn), 0.35 * math.sin(turn) / math.cos(math.radians(40.6))
        flights.append(flight(f"F{k}", "airliner", (40.6 + north, 33.0 + east), (40.6 - north, 33.0 - east), transponder=f"ID{k}"))
    primary = {"name": "Primary", "radar": "tps-77", "lat_deg": 40.0, "lon_deg": 33.0}
    for receiver in ("mssr", "ads-b-station"):
        other = {"name": "Receiver", "receiver": receiver, "lat_deg": 40.02, "lon_deg": 33.0}
        runs = [simulate(world([primary, other], flights, 330.0), replicate=k) for k in range(replicates)]
        right, kept = (float(np.mean(values)) for values in zip(*(identities_kept(run) for run in runs), strict=True))
        held = float(np.mean([track_quality(run["tracks"], run["origins"], run["truth"])["completeness"] for run in runs]))
        yield Row(f"six cross, {receiver}", "share of updates under their own identity", right, 1.0, 0.99, 1.0)
        yield Row(f"six cross, {receiver}", "share of tracks with one identity only", kept, 1.0, 1.0, 1.0)
        yield Row(f"six cross, {receiver}", "completeness", held, 1.0, 0.95, 1.0)


def rows(quick: bool) -> Iterator[Row]:
    """Every number."""
    yield from fix_rows(1000 if quick else 4000)
    yield from strobe_rows(1 if quick else 6)
    yield from identity_rows(1 if quick else 10)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all; 1 if any number is outside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer replicates")
    return report(rows(parser.parse_args(arguments).quick))


if __name__ == "__main__":
    sys.exit(main())
