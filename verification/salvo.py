"""Salvo exchanges of two forces: `python -m verification.salvo [--quick]`; exits 1 if any number is outside.

Each force has its units, and each unit is the aim of an equal share of the other's salvo, both at once. A unit stops as many as it has
rounds, each with the same probability, and what it does not stop takes a hit point each, until it has none. W. P. Hughes (1995), "A salvo
model of warships in missile combat used to evaluate their staying power", Naval Research Logistics 42, eq. 1: a force loses
(striking power - defensive power) / staying power units, as long as that is neither negative nor more than it has. With rounds that miss
the expected loss is that of M. J. Armstrong (2005), "A stochastic salvo model for naval surface combat", Operations Research 53, 830-841,
here summed over the binomial in place of its normal approximation. Bounds of what chance moves hold 99 % of right programs each; with
--quick 99.9 %.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from dowding.model import Compiled, compile_scenario
from dowding.scenario import from_tables
from dowding.simulation import simulate
from dowding.tables import Tables
from verification import simulation
from verification.engagement import ALTITUDE_M, MISSILE, OTHERS, START_KM, UNFAIR_MOST, counted

APART_KM = 250.0  # between neighbours: none reaches another's attackers
REACH_KM = 50.0
KM_A_DEGREE = 111.0


class Force(NamedTuple):
    """One side of an exchange; what comes at each of its units is the other side's."""

    units: int
    rounds: int  # of each unit: its defensive power, with rounds that never miss
    staying: int  # hit points of each unit
    against_each: int  # missiles of the other side that come at each unit


class Exchange(NamedTuple):
    """Both sides, and the chance that a round hits."""

    name: str
    blue: Force
    red: Force
    hit_probability: float


EXCHANGES = (
    Exchange("sure rounds", Force(2, 4, 6, 7), Force(3, 2, 4, 5), 1.0),
    Exchange("nothing gets through", Force(2, 6, 2, 6), Force(2, 1, 8, 4), 1.0),
    Exchange("more than the force has", Force(2, 2, 3, 9), Force(2, 1, 3, 3), 1.0),
    Exchange("rounds that miss", Force(2, 5, 4, 7), Force(3, 6, 3, 6), 0.7),
)


def _unit(side: str, number: int, row: int, force: Force, hit_probability: float) -> dict[str, Any]:
    """A fire unit that sees all round, has channels enough, and reaches only what comes at itself."""
    reach = {"range_max_km": REACH_KM, "range_max_ballistic_km": REACH_KM}
    override = {
        "target_channels": 50,
        "missile_channels": 50,
        "radars": {"an-mpq-65": {"sector_deg": 360.0}},
        "interceptors": {MISSILE: reach | {"kill_probability_aircraft": hit_probability}},
        "rounds": {MISSILE: force.rounds} | dict.fromkeys(OTHERS, 0),
    }
    east = number * APART_KM / (KM_A_DEGREE * math.cos(math.radians(40.0)))
    place = {"lat_deg": 40.0 + row * APART_KM / KM_A_DEGREE, "lon_deg": 33.0 + east}
    return {"name": f"{side} {number}", "side": side, "system": "patriot", "hit_points": force.staying, "override": override} | place


def _flights(unit: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    """What comes at a unit, from as many directions."""
    for k in range(count):
        bearing = 2.0 * math.pi * (k + 0.25) / count
        north, east = START_KM * math.cos(bearing), START_KM * math.sin(bearing) / math.cos(math.radians(unit["lat_deg"]))
        first = {"lat_deg": unit["lat_deg"] + north / KM_A_DEGREE, "lon_deg": unit["lon_deg"] + east / KM_A_DEGREE}
        route = [first | {"altitude_m": ALTITUDE_M, "speed_mps": 150.0}, {"to": unit["name"]}]
        side = "red" if unit["side"] == "blue" else "blue"
        yield {"name": f"{k} at {unit['name']}", "target": "f-16", "side": side, "route": route}


def world(exchange: Exchange) -> Compiled:
    """Both salvos under way at once; every round goes at a missile of its own."""
    sides = (("blue", exchange.blue, 0), ("red", exchange.red, 1))
    units = [_unit(side, n, row, force, exchange.hit_probability) for side, force, row in sides for n in range(force.units)]
    against = [force.against_each for _, force, _ in sides for _ in range(force.units)]
    return compile_scenario(
        from_tables(
            {
                "duration_s": 600.0,
                "seed": 12,
                "theatre": {"origin": {"lat_deg": 41.0, "lon_deg": 36.0}},
                "network": {"mode": "stand-alone"},
                "fire_unit": units,
                "flight": [flight for unit, count in zip(units, against, strict=True) for flight in _flights(unit, count)],
                "doctrine": {"default": {"mode": "salvo", "salvo": {"aircraft": 1}}},
                "output": {"tracks": False, "figures": False},
            }
        )
    )


def hughes(force: Force) -> float:
    """Units that a force loses by Hughes' equation, with rounds that never miss."""
    return min(max((force.against_each - force.rounds) / force.staying, 0.0), 1.0) * force.units


def losses(force: Force, hit_probability: float) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Hit points that one unit loses, and the probability of each."""
    tried = min(force.rounds, force.against_each)
    stopped = np.arange(tried + 1)
    points = np.minimum(force.against_each - stopped, force.staying)
    return points, stats.binom.pmf(stopped, tried, hit_probability)


def _lost(runs: Sequence[Tables], side: str) -> np.ndarray[Any, Any]:
    """Hit points that each unit of a side lost, (run, unit)."""
    assets = [run["assets"] for run in runs]
    return np.array([(each["hit_points"] - each["left"])[each["side"] == side] for each in assets])


def rows(quick: bool) -> Iterator[simulation.Row]:
    """Every exchange, each side of it."""
    chance = 1e-3 if quick else 1e-2
    for exchange in EXCHANGES:
        sure = exchange.hit_probability == 1.0
        compiled, case = world(exchange), f"salvo exchange: {exchange.name}"
        runs = [simulate(compiled, replicate=k) for k in range(3 if sure else 40 if quick else 400)]
        untried = [np.count_nonzero((run["targets"]["shots"] == 0) & (run["targets"]["reason"] != "no round")) for run in runs]
        share = sum(untried) / (len(runs) * len(runs[0]["targets"]["target"]))
        yield simulation.Row(case, "not tried though there was a round, share", share, 0.0, 0.0, 0.0 if sure else UNFAIR_MOST)
        for side, force in (("blue", exchange.blue), ("red", exchange.red)):
            lost = _lost(runs, side)
            units = lost.sum(axis=1) / force.staying
            if sure:
                expected, quantity = hughes(force), f"{side}: units lost of {force.units}"
                yield simulation.Row(case, quantity, float(units.mean()), expected, expected - 1e-9, expected + 1e-9)
                continue
            points, weight = losses(force, exchange.hit_probability)
            mean = float((points * weight).sum())
            spread = math.sqrt(float((points**2 * weight).sum()) - mean**2) / math.sqrt(lost.size)
            reach = float(stats.norm.isf(chance / 2.0)) * spread
            scale = force.units / force.staying
            yield simulation.Row(
                case, f"{side}: units lost of {force.units}, mean of {len(runs)}", float(units.mean()),
                mean * scale, (mean - reach) * scale, (mean + reach) * scale,
            )  # fmt: skip
            out = float(weight[points >= force.staying].sum())
            yield counted(case, f"{side}: share of units put out of action", int((lost >= force.staying).sum()), lost.size, out, chance)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if any number is outside its bounds."""
    return simulation.report(rows("--quick" in (sys.argv[1:] if arguments is None else arguments)))


if __name__ == "__main__":
    sys.exit(main())
