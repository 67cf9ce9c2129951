"""How long maps of coverage take, warm: seconds, nanoseconds a cell and look, peak memory. `python benchmarks/coverage_maps.py`"""

import os
import resource
import time
from typing import Any

import numpy as np

from dowding.model import Compiled, compile_scenario
from dowding.scenario import from_tables
from dowding.survey.coverage import find_target, quarry_of
from dowding.survey.grids import grid_about
from dowding.survey.maps import detection_maps

ALTITUDES_M = np.array([100.0, 1e3, 1e4])
CASES = (  # name, radars, radius (m), step (m), sensors kept apart, looks in every cell
    ("one radar, 100 km, 30 m", 1, 100e3, 30.0, True, False),
    ("one radar, 100 km, 60 m, every cell", 1, 100e3, 60.0, True, True),
    ("one radar, 400 km, 250 m", 1, 400e3, 250.0, True, False),
    ("ten radars, 200 km, 500 m", 10, 200e3, 500.0, False, False),
)


def network(radars: int) -> Compiled:
    """So many search radars about a point, and the flight that a scenario must have."""
    sensor = [
        {"name": f"radar {k}", "radar": "91n6e", "lat_deg": 40.0 + 0.2 * (k % 3), "lon_deg": 33.0 + 0.3 * (k // 3)} for k in range(radars)
    ]
    route = [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 8000.0}, {"lat_deg": 40.0, "lon_deg": 33.0}]
    tables: dict[str, Any] = {"duration_s": 60.0, "theatre": {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}}
    return compile_scenario(from_tables(tables | {"sensor": sensor, "flight": [{"name": "f", "target": "f-16", "route": route}]}))


def main() -> None:
    """Time each case, the shortest of three."""
    print(f"{os.cpu_count()} processors")
    for name, radars, reach, step, keep, exact in CASES:
        compiled = network(radars)
        quarry = quarry_of(compiled, find_target(compiled, "f-16"), "front")
        detection_maps(compiled.model.defence, grid_about(40.0, 33.0, 5e3, 1e3), quarry, ALTITUDES_M)
        grid, best = grid_about(40.0, 33.0, reach, step), float("inf")
        for _ in range(3):
            begin = time.perf_counter()
            found, _single = detection_maps(compiled.model.defence, grid, quarry, ALTITUDES_M, 1, keep, exact)
            best = min(best, time.perf_counter() - begin)
            size = found.size
            del found, _single
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        each = best / (size * radars) * 1e9
        print(f"{name}: {grid.shape[0]} x {grid.shape[1]} x 3 cells, {best:.2f} s, {each:.0f} ns a cell and look, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
