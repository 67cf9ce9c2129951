"""How long coverage takes, warm: seconds, seconds of processor time, peak memory. `python benchmarks/coverage_maps.py [NAME ...]`

Each case runs in a process of its own, so that peaks are its own. "fine ground" is a GeoTIFF of 1 arc-second that is made here: the
shipped terrain, bilinear, with rough ground (fractional Brownian, seeded) on top. "whole" is all that `dowding coverage` does.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ALTITUDES = "100m,1km,10km"
LOW_ALTITUDES = "100m-agl,1km-agl,10km-agl"
ARC_SECOND = 1.0 / 3600.0
CASES: dict[str, dict[str, Any]] = {
    "one radar, 100 km, 30 m": {"reach": 100e3, "step": 30.0},
    "the same, looks in every cell": {"reach": 100e3, "step": 30.0, "exact": True, "times": 1},
    "the same, shipped ground": {"reach": 100e3, "step": 30.0, "terrain": "turkey"},
    "the same, fine ground": {"reach": 100e3, "step": 30.0, "terrain": "fine"},
    "the same, fine ground, above ground": {"reach": 100e3, "step": 30.0, "terrain": "fine", "altitudes": LOW_ALTITUDES},
    "one radar, 400 km, 250 m": {"reach": 400e3, "step": 250.0, "range_km": 400.0},
    "the same, 400 km, shipped ground": {"reach": 400e3, "step": 250.0, "range_km": 400.0, "terrain": "turkey"},
    "ten radars, 400 x 400 km, 500 m": {"reach": 200e3, "step": 500.0, "radars": 10, "range_km": 200.0},
    "ten radars, shipped ground": {"reach": 200e3, "step": 500.0, "radars": 10, "range_km": 200.0, "terrain": "turkey"},
    "whole: ten radars, shipped ground": {"radars": 10, "range_km": 200.0, "step": 500.0, "terrain": "turkey", "whole": True, "times": 1},
}


def fine_ground(folder: Path) -> None:
    """Write fine.tif: 1 arc-second, 250 km across."""
    import rasterio
    from rasterio.transform import from_origin

    from dowding.terrain import load_terrain
    from verification.rough_ground import roughened

    path = folder / "fine.tif"
    base = load_terrain("turkey", window=(38.5, 31.0, 41.5, 35.0))
    lat, lon = np.arange(41.2, 38.8, -ARC_SECOND), np.arange(31.5, 34.5, ARC_SECOND)
    heights = roughened(base, lat, lon)
    about = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": "EPSG:4326", "height": len(lat), "width": len(lon)}
    transform = from_origin(lon[0] - ARC_SECOND / 2, lat[0] + ARC_SECOND / 2, ARC_SECOND, ARC_SECOND)
    with rasterio.open(path, "w", transform=transform, **about) as file:
        file.write(heights, 1)


def network(radars: int, range_km: float, terrain: str) -> Any:
    """So many search radars about a point, and the flight that a scenario must have."""
    from dowding.scenario import from_tables

    apart = 0.4 if radars > 1 else 0.0  # degrees
    spots = [{"lat_deg": 40.0 + apart * (k % 3 - 1), "lon_deg": 33.0 + apart * (k // 3 - 1)} for k in range(radars)]
    over = {"range_max_km": range_km, "range_min_km": 1.0}
    sensor = [{"name": f"radar {k}", "radar": "91n6e", "override": over} | spot for k, spot in enumerate(spots)]
    route = [{"lat_deg": 40.5, "lon_deg": 33.0, "altitude_m": 8000.0}, {"lat_deg": 40.0, "lon_deg": 33.0}]
    theatre = {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}, "terrain": terrain}
    tables: dict[str, Any] = {"duration_s": 60.0, "theatre": theatre}
    return from_tables(tables | {"sensor": sensor, "flight": [{"name": "f", "target": "f-16", "route": route}]})


def measure(name: str) -> None:
    """Time one case, the shortest of three, and print it."""
    from dowding.model import compile_scenario
    from dowding.survey.coverage import coverage
    from dowding.survey.grids import grid_about
    from dowding.surveying.folder import write_coverage

    case = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        terrain = case.get("terrain", "smooth")
        if terrain == "fine":  # made by another process, for that takes more memory than any map
            make = f"from pathlib import Path; from benchmarks.coverage_maps import fine_ground; fine_ground(Path({folder!r}))"
            subprocess.run([sys.executable, "-c", make], check=True)
            terrain = str(Path(folder) / "fine.tif")
        scenario = network(case.get("radars", 1), case.get("range_km", 105.0), terrain)
        small = network(1, 20.0, terrain)
        coverage(small, "f-16", ALTITUDES, grid=grid_about(40.0, 33.0, 5e3, 1e3))  # what must be compiled is compiled
        if case.get("whole"):
            write_coverage(coverage(small, "f-16", "1km", step_m=2000.0), Path(folder) / "warm")
        grid = None if case.get("whole") else grid_about(40.0, 33.0, case["reach"], case["step"])
        best, tables = (float("inf"), 0.0), float("inf")
        for _ in range(case.get("times", 3)):
            begin, spent = time.perf_counter(), time.process_time()
            compiled = compile_scenario(scenario)
            tables = min(tables, time.perf_counter() - begin)
            options = {"grid": grid, "exact": case.get("exact", False), "cumulative": bool(case.get("whole")), "step_m": case["step"]}
            found = coverage(compiled, "f-16", case.get("altitudes", ALTITUDES), **options)
            if case.get("whole"):
                write_coverage(found, Path(folder) / "out")
            best = min(best, (time.perf_counter() - begin, time.process_time() - spent))
            size = " x ".join(str(n) for n in found.network.shape)
            del found, compiled  # or the next one's ground stands beside this one's
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{name}: {size} cells, {best[0]:.2f} s ({tables:.2f} of them scenario to model), processor {best[1]:.2f} s, peak {peak:.0f} MB")


def main(names: Sequence[str]) -> None:
    """The cases named, or all, each in a process of its own."""
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}", flush=True)
    for name in names or CASES:
        script = f"from benchmarks.coverage_maps import measure; measure({name!r})"
        subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).resolve().parent.parent, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
