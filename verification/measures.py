"""The measures of pictures against published cases, and the tracker against what can be had: `python -m verification.measures [--quick]`.

It exits 1 if any number is outside its bounds.
"""

import sys
from collections.abc import Callable, Iterator

import numpy as np

from dowding.analysis.error_bound import against_bound
from dowding.analysis.points import dense_points, listed_points
from dowding.analysis.set_distances import largest_ospa, set_distances
from dowding.analysis.siap import Spans, pairs_of, siap
from dowding.analysis.trajectory_distances import trajectory_gospa
from dowding.simulation import simulate
from verification import simulation
from verification.physics import Inputs, Row, Values, compare, load_cases, report

AREAS = ("measures",)
NEAR_THE_BOUND = 1.3  # the root mean square error over the least that any tracker could have


def _one(rows: list[list[float]]) -> object:
    x = np.zeros((len(rows), 3))
    x[:, : np.shape(rows)[1]] = rows
    return listed_points([(range(len(x)), x)])


def pair_of_sets(i: Inputs) -> Values:
    got = set_distances(_one(i["x"]), _one(i["y"]), 1, float(i["cutoff"]), float(i["power"]))
    return {name: getattr(got, name)[0] for name in ("gospa", "localisation", "missed", "false", "ospa")}


def parallel_sets(i: Inputs) -> Values:
    found = []
    for offset in i["offset"]:
        x, y = (_one([[value + shift] for value in i["x"]]) for shift in (0.0, offset))
        found += [set_distances(x, y, 1, float(i["cutoff"]), power).ospa[0] for power in (1.0, 2.0)]
        found.append(largest_ospa(x, y, 1, float(i["cutoff"]))[0])
    return {"ospa": found}


def single_air_picture(i: Inputs) -> Values:
    states = (np.asarray(i[name], float)[:, :, [0, 2, 2, 1, 3, 3]] * [1, 1, 0, 1, 1, 0] for name in ("truths", "tracks"))
    truth, tracks = map(dense_points, states)
    spans = Spans(*np.array(i["associations"]).T)
    got = siap(truth, tracks, pairs_of(truth, tracks, spans), np.arange(4.0), spans)
    return got._asdict()


def change_of_number(i: Inputs) -> Values:
    truth = np.zeros((i["steps"], 2, 3))
    truth[:, 1, 0] = i["apart"]
    tracks = truth.copy()
    tracks[i["at"] :] = tracks[i["at"] :, ::-1]
    return trajectory_gospa(dense_points(truth), dense_points(tracks), float(i["cutoff"]), float(i["switch_cost"]))._asdict()


COMPUTE: dict[str, Callable[[Inputs], Values]] = {
    "pair-of-sets": pair_of_sets,
    "parallel-sets": parallel_sets,
    "single-air-picture": single_air_picture,
    "change-of-number": change_of_number,
}


def bound_rows(quick: bool) -> Iterator[simulation.Row]:
    """Position errors of the default tracker right after updates, over the posterior Cramer-Rao bound from the same detections.

    The targets' velocities are random walks of the density that the bound is told, so that it holds for them on average; each crosses the
    circle of one radar, none turns.
    """
    for radar in ("91n6e", "92n6e"):
        compiled = simulation.crossing(radar)
        for seed in range(1 if quick else 4):
            run = simulate(simulation.drifting(compiled, simulation.DENSITY, seed), replicate=seed)
            found = against_bound(run, 0, simulation.DENSITY)
            ratio = found["ratio"]
            case = f"drift, default tracker, {radar}"
            yield simulation.Row(case, f"rms error over its bound, run {seed}", ratio, 1.0, 0.95, NEAR_THE_BOUND)
        straight = simulate(compiled, replicate=0)
        ratio = against_bound(straight, 0, simulation.DENSITY)["ratio"]
        yield simulation.Row(f"straight, default tracker, {radar}", "rms error over the same bound", ratio, 1.0, 0.0, NEAR_THE_BOUND)


def main(arguments: list[str] | None = None) -> int:
    """Both tables; 1 if any number is outside."""
    quick = "--quick" in (sys.argv[1:] if arguments is None else arguments)
    published: list[Row] = [row for case in load_cases(AREAS) for row in compare(case, COMPUTE)]
    return max(report(published), simulation.report(bound_rows(quick)))


if __name__ == "__main__":
    sys.exit(main())
