"""Limits of the fight that closed forms know: `python -m verification.engagement [--quick]`; exits 1 if any number is outside.

Ten aircraft come from ten directions at one fire unit that sees all round, has channels enough and one kind of interceptor, whose kill
probability is set. Then who gets through is a matter of counting: binomial leakage of salvos, shoot-look-shoot, and a magazine that runs
out. Bounds hold 99 % of right programs each; with --quick 99.9 %. Every shot must be a fair try: that is a row of its own, not a condition.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import stats

from dowding.model import Compiled, compile_scenario
from dowding.scenario import from_tables
from dowding.simulation import simulate
from dowding.tables import Tables
from verification import simulation

# Of the published case: A. Washburn and M. Kress (2009), "Combat Modeling"; D. Wilkening (2000), Science & Global Security 8, 183-215.
THREATS, SSPK = 10, 0.8
MISSILE = "pac-2-gem-t"
OTHERS = ("pac-3-cri", "pac-3-mse")
UNFAIR_MOST = 0.02
START_KM, ALTITUDE_M = 70.0, 9000.0


def fight(rounds: int, doctrine: dict[str, Any]) -> Compiled:
    """The world, with so many rounds and this doctrine."""
    flights = []
    for k in range(THREATS):
        bearing = 2.0 * math.pi * k / THREATS
        north, east = START_KM / 111.0 * math.cos(bearing), START_KM / 111.0 * math.sin(bearing) / math.cos(math.radians(40.0))
        first = {"lat_deg": 40.0 + north, "lon_deg": 33.0 + east, "altitude_m": ALTITUDE_M, "speed_mps": 150.0}
        flights.append({"name": f"threat {k}", "target": "f-16", "route": [first, {"to": "Depot"}]})
    override = {
        "target_channels": 50,
        "missile_channels": 50,
        "radars": {"an-mpq-65": {"sector_deg": 360.0}},
        "interceptors": {MISSILE: {"kill_probability_aircraft": SSPK}},
        "rounds": {MISSILE: rounds} | dict.fromkeys(OTHERS, 0),
    }
    unit = {"name": "Battery", "system": "patriot", "lat_deg": 40.0, "lon_deg": 33.0, "override": override}
    return compile_scenario(
        from_tables(
            {
                "duration_s": 600.0,
                "seed": 11,
                "theatre": {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}},
                "asset": [{"name": "Depot", "lat_deg": 40.0, "lon_deg": 33.0, "radius_km": 2.0}],
                "fire_unit": [unit],
                "flight": flights,
                "doctrine": {"default": doctrine},
                "output": {"tracks": False, "figures": False},
            }
        )
    )


def runs_of(compiled: Compiled, replicates: int) -> list[Tables]:
    return [simulate(compiled, replicate=k) for k in range(replicates)]


def counted(case: str, quantity: str, hits: int, trials: int, probability: float, chance: float) -> simulation.Row:
    """A share against a probability, between the binomial's quantiles."""
    low, high = stats.binom.ppf([chance / 2.0, 1.0 - chance / 2.0], trials, probability) / trials
    return simulation.Row(case, f"{quantity}, {trials}", hits / trials, probability, float(low), float(high))


def fair_row(case: str, runs: Sequence[Tables], tries: int) -> simulation.Row:
    """The share that leaked, engaged at all, without `tries` fair tries, which is another reason to leak than luck.

    Tracks are estimates: where ten paths meet at the asset, a round may meet another than it was sent at. That must be rare.
    """
    leaked = [run["targets"]["shots"][(run["targets"]["fate"] == "leaked") & (run["targets"]["reason"] != "no round")] for run in runs]
    short = float(np.mean(np.concatenate(leaked) != tries))
    return simulation.Row(case, f"leaked without {tries} fair tries, share of {sum(map(len, leaked))}", short, 0.0, 0.0, UNFAIR_MOST)


def leak_rows(case: str, runs: Sequence[Tables], probability: float, chance: float, tried: int = THREATS) -> Iterator[simulation.Row]:
    """Leakers of each replicate: those never shot at, and a binomial number of the rest."""
    leakers = np.array([int((run["targets"]["fate"] == "leaked").sum()) for run in runs])
    beyond = leakers - (THREATS - tried)
    yield counted(case, "share of the engaged that leak", int(beyond.sum()), tried * len(runs), probability, chance)
    for number in range(3):
        expected = float(stats.binom.pmf(number, tried, probability))
        yield counted(case, f"replicates in which {number} of them leak", int((beyond == number).sum()), len(runs), expected, chance)


def shots_row(case: str, runs: Sequence[Tables], mean: float, spread: float, chance: float) -> simulation.Row:
    """Shots at a target on the mean; `spread` is the standard deviation of one target's."""
    shots = np.concatenate([run["targets"]["shots"] for run in runs])
    reach = float(stats.norm.isf(chance / 2.0)) * spread / math.sqrt(len(shots))
    return simulation.Row(case, f"shots at a target, {len(shots)}", float(shots.mean()), mean, mean - reach, mean + reach)


def rows(quick: bool) -> Iterator[simulation.Row]:
    """Salvos of one and two, two looks and three, and six rounds for ten."""
    replicates, chance, miss = (30, 1e-3, 1.0 - SSPK) if quick else (300, 1e-2, 1.0 - SSPK)
    for salvo in (1, 2):
        case = f"salvo of {salvo}"
        runs = runs_of(fight(100, {"mode": "salvo", "salvo": {"aircraft": salvo}}), replicates)
        yield fair_row(case, runs, salvo)
        yield from leak_rows(case, runs, miss**salvo, chance)
    for looks in (2,) if quick else (2, 3):
        case = f"shoot-look-shoot, {looks} at most"
        runs = runs_of(fight(100, {"mode": "shoot-look-shoot", "salvo": {"aircraft": 1}, "shots_max": looks}), replicates)
        yield fair_row(case, runs, looks)
        yield from leak_rows(case, runs, miss**looks, chance)
        reached = np.array([miss**k for k in range(looks)])  # chance that a (k+1)th shot is needed
        mean = float(reached.sum())
        square = float(((2.0 * np.arange(looks) + 1.0) * reached).sum())
        yield shots_row(case, runs, mean, math.sqrt(square - mean**2), chance)
    held = 6
    case = f"magazine of {held} for {THREATS}"
    runs = runs_of(fight(held, {"mode": "salvo", "salvo": {"aircraft": 1}}), replicates)
    fired = [len(run["shots"]["shot"]) for run in runs]
    yield simulation.Row(case, "rounds fired, every time", float(min(fired) + max(fired)) / 2.0, held, held, held)
    without = [int((run["targets"]["reason"] == "no round").sum()) for run in runs]
    yield simulation.Row(case, "leaked for want of a round, mean", float(np.mean(without)), THREATS - held, THREATS - held, THREATS - held)
    yield fair_row(case, runs, 1)
    yield from leak_rows(case, runs, miss, chance, held)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if any number is outside its bounds."""
    return simulation.report(rows("--quick" in (sys.argv[1:] if arguments is None else arguments)))


if __name__ == "__main__":
    sys.exit(main())
