"""Detection in clutter, a whole run against the closed form: `python -m verification.cluttered [--quick]`.

Low flights cross the ground beside a search radar. How often its looks hit must be what the radar equation with the clutter of each cell
says, by the second geometry of `verification.independent` from the table of truth. It exits 1 if any rate is outside its bounds.
"""

import math
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import stats

from dowding.model import compile_scenario
from dowding.physics.detection import detection_probability
from dowding.scenario import from_tables
from dowding.simulation import simulate
from verification import independent as other
from verification import simulation

RADAR, TARGET, PLACE = "96l6e", "f-16", {"lat_deg": 40.0, "lon_deg": 33.0}
IMPROVEMENT_DB = 25.0  # of a poor filter, so that the ground is louder than noise out to the horizon
FACTOR = 4.0 / 3.0
TAKEN_DB = (0.0, 1.0, 5.0, 10.0, 20.0, 60.0)
KM = 1.0 / 111.2  # degrees of latitude
SMALL = {"rcs_front_m2": 0.002, "rcs_side_m2": 0.002, "rcs_rear_m2": 0.002}  # weak enough to be lost in the ground's echoes


def crossing() -> dict[str, Any]:
    """Flights side by side from west to east, 50 to 550 m high."""
    flights = []
    for k in range(21):
        north, height = (k - 10) * 2.0 + 0.7, 50.0 + 25.0 * k
        lat, out = PLACE["lat_deg"] + north * KM, 30.0 * KM / math.cos(math.radians(PLACE["lat_deg"]))
        first = {"lat_deg": lat, "lon_deg": PLACE["lon_deg"] - out, "altitude_m": height, "speed_mps": 220.0}
        last = {"lat_deg": lat, "lon_deg": PLACE["lon_deg"] + out, "altitude_m": height}
        flights.append({"name": f"flight {k}", "target": TARGET, "route": [first, last], "depart_s": 1.3 * k, "override": SMALL})
    post = {"name": "Post", "radar": RADAR, **PLACE, "override": {"clutter_improvement_db": IMPROVEMENT_DB}}
    output = {"truth_interval_s": 1.0}
    return {"duration_s": 280.0, "theatre": {"origin": PLACE}, "sensor": [post], "flight": flights, "output": output}


def rows(quick: bool) -> Iterator[simulation.Row]:
    """Rates of hits by what clutter takes from the signal."""
    compiled = compile_scenario(from_tables(crossing()))
    resolved = compiled.resolved
    entry, sections = resolved.sensors[0].entry, other.cross_sections(resolved.flights[0].target, resolved.sensors[0].entry)
    hit, chance, taken = [], [], []
    for replicate in range(8 if quick else 40):
        run = simulate(compiled, replicate=replicate, looks=True)
        looks, sensors = run["looks"], run["sensors"]
        antenna = float(sensors["altitude_m"][0])
        where = other.Truth(run["truth"]).at(looks["target"], looks["time_s"])
        seen = other.see(resolved.theatre.origin, PLACE["lat_deg"], PLACE["lon_deg"], antenna, FACTOR, *where)
        aspects = np.abs(np.abs(seen.aspect_cosine) - math.sqrt(0.5)) > 0.01  # not just where the aspect changes
        known = np.isfinite(seen.range_m) & aspects & other.alone(resolved, run, 0, looks["target"], looks["time_s"])
        seen = other.Seen(*(values[known] for values in seen))
        snr, bare = other.expected_snr(entry, sections, seen, antenna, FACTOR), other.bare_snr(entry, sections, seen, antenna, FACTOR)[0]
        pfa, pulses = float(entry.value("pfa")), int(entry.value("pulses_integrated"))
        chance.append(detection_probability(snr, pfa, pulses, 1))
        taken.append(10.0 * np.log10(bare / snr))
        hit.append(looks["detected"][known].astype(np.float64))
    detected, expected, db = (np.concatenate(parts) for parts in (hit, chance, taken))
    for low, high in [*pairwise(TAKEN_DB), (TAKEN_DB[0], TAKEN_DB[-1])]:
        inside = (db >= low) & (db < high)
        n = int(inside.sum())
        # a sum of unequal chances varies less than the binomial of their mean
        mean, spread = float(expected[inside].mean()), float(np.sqrt((expected * (1.0 - expected))[inside].sum())) / n
        reach = float(stats.norm.isf(0.5 * simulation.UNLIKELY)) * spread + 0.5 / n
        what = f"rate where clutter takes {low:g} to {high:g} dB, {n} looks"
        yield simulation.Row("clutter", what, float(detected[inside].mean()), mean, mean - reach, mean + reach)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if any rate is outside."""
    return simulation.report(rows("--quick" in (sys.argv[1:] if arguments is None else arguments)))


if __name__ == "__main__":
    sys.exit(main())
