"""The terrain's horizon against exact marching and GDAL: `python -m verification.terrain` prints shares of agreement and times.

Two grounds, each as a square of equal cells laid on the equator, where latitude and longitude are a plane to 0.2 % within 400 km, so that
gdal_viewshed, which knows planes only, and our own way work on the same numbers: 30 arc-seconds around Ankara (shipped), and the
Jacksboro fault, 3 arc-seconds (USGS, as matplotlib's sample). Exit status 1 if an agreement falls below its limit, or ours takes twice
GDAL's time. Without GDAL (Debian: gdal-bin) or rasterio the parts that need them are left out, and said to be. `fine` as an argument adds
44 million cells of 30 m.
"""

import math
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib import cbook
from numpy.typing import NDArray

from dowding.physics import horizon, terrain
from dowding.physics.geodesy import euler_radius, meridional_radius, prime_vertical_radius, theatre_frame
from dowding.physics.propagation import apparent_elevation
from dowding.physics.viewshed import viewshed
from dowding.terrain import Elevation, load_terrain
from verification.rough_ground import roughened

FACTOR = 4.0 / 3.0
CURVATURE = 1.0 / FACTOR  # what gdal_viewshed's -cc means: the share of the earth's curvature that refraction leaves
SAMPLES = 3000
LEAST_MARCHED, LEAST_GDAL = 0.985, 0.95  # shares of agreement
MOST_OF_GDAL = 2.0  # of gdal_viewshed's processor time
SEED = 1
REPEATS = 3  # the least processor time of these counts


class Case(NamedTuple):
    """One ground, one antenna in its middle."""

    name: str
    grid: NDArray[Any]  # (row, column) m
    cell: float  # m
    antenna: float  # m above the ground
    targets: tuple[float, ...]  # m above the ground
    range_step: float  # m


class Site(NamedTuple):
    """An antenna in the shipped terrain."""

    name: str
    latitude_deg: float
    longitude_deg: float
    antenna: float  # m above the ground
    reach: float  # m


SITES = (Site("Ankara", 39.93, 32.86, 24.0, 400e3), Site("Erzurum, among mountains", 39.95, 41.17, 24.0, 400e3))
TARGETS = 5000
FINE_STEP = 100.0  # m


def cases() -> Iterator[Case]:
    """The two grounds."""
    turkey = load_terrain()
    row, column = round((turkey.north - 39.93) / turkey.step_lat), round((32.86 - turkey.west) / turkey.step_lon)
    half = 432
    theatre = turkey.grid[row - half : row + half + 1, column - half : column + half + 1]
    yield Case("Ankara, 925 m cells, 400 km", theatre, 925.0, 24.0, (30.0, 300.0, 3000.0), 500.0)
    fault = cbook.get_sample_data("jacksboro_fault_dem.npz")["elevation"][:, :343]
    if "fine" in sys.argv:  # a minute and 2 GB more
        yield Case("Ankara, made rough, 30 m cells, 100 km", fine_ground(turkey, 6667), 30.0, 24.0, (30.0, 300.0, 3000.0), 100.0)
    yield Case("Jacksboro fault, 90 m cells, 15 km", fault[:343], 90.0, 20.0, (2.0, 30.0, 300.0), 45.0)


def fine_ground(turkey: Elevation, size: int) -> NDArray[np.float32]:
    """Heights (size, size): the shipped ground about Ankara, bilinear, with noise such as mountains have on top."""
    return np.asarray(roughened(turkey, np.linspace(40.9, 39.1, size), np.linspace(31.8, 34.2, size)), np.float32)


def on_the_equator(case: Case) -> Elevation:
    """The ground with its middle at 0, 0 and its cells square."""
    half = case.grid.shape[0] // 2
    step_lat, step_lon = (math.degrees(case.cell / radius) for radius in (meridional_radius(0.0), prime_vertical_radius(0.0)))
    return Elevation(np.ascontiguousarray(case.grid, np.float32), half * step_lat, -half * step_lon, step_lat, step_lon, case.name)


def antenna_height(case: Case) -> float:
    half = case.grid.shape[0] // 2
    return float(case.grid[half, half]) + case.antenna


def reach(case: Case) -> float:
    return case.grid.shape[0] // 2 * case.cell


def ours(case: Case, target: float) -> tuple[NDArray[np.uint8], float]:
    """Visibility (row, column) and processor seconds on one core, from the grid to the map."""
    elevation = on_the_equator(case)
    start = time.process_time()
    height, distance = antenna_height(case), reach(case)
    ground, site = horizon.ground_of(elevation, 0.0), theatre_frame(0.0, 0.0)
    table = horizon.horizon_table(
        elevation, 0.0, 0.0, height, distance, factor=FACTOR, range_step=case.range_step, threads=1, ground=ground
    )
    horizons = horizon.gathered([table], [case.range_step])
    visible = np.empty(case.grid.shape, np.uint8)
    viewshed(ground, horizons, 0, site, 0.0, height, target, distance, FACTOR, visible)
    return visible, time.process_time() - start


def marched(case: Case, target: float, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Visibility (cell,) of some cells by marching at a quarter of a cell."""
    elevation = on_the_equator(case)
    ground, site = horizon.ground_of(elevation, 0.0), theatre_frame(0.0, 0.0)
    height = antenna_height(case)
    out = np.empty(len(cells), np.bool_)
    for k, (row, column) in enumerate(cells):
        place = math.radians(elevation.north - row * elevation.step_lat), math.radians(elevation.west + column * elevation.step_lon)
        top = float(case.grid[row, column]) + target
        out[k] = not terrain.is_masked(ground, site, height, *place, top, FACTOR, 0.25 * case.cell)
    return out


def children_seconds() -> float:
    """Processor seconds of finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def gdal(case: Case, target: float) -> tuple[NDArray[np.uint8], float] | None:
    """GDAL's visibility (row, column), 255 or 0, and the processor seconds of its process; None if GDAL or rasterio is absent."""
    try:
        import rasterio
    except ImportError:
        return None
    if shutil.which("gdal_viewshed") is None:
        return None
    size, half = case.grid.shape[0], case.grid.shape[0] // 2
    transform = rasterio.Affine(case.cell, 0.0, 0.0, 0.0, -case.cell, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "ground.tif", Path(folder) / "visible.tif"
        shape = {"width": size, "height": size, "count": 1, "dtype": "float32"}
        with rasterio.open(source, "w", driver="GTiff", crs="EPSG:3395", transform=transform, **shape) as file:
            file.write(case.grid.astype(np.float32), 1)
        x, y = (half + 0.5) * case.cell, -(half + 0.5) * case.cell
        command = ["gdal_viewshed", "-q", "-ox", x, "-oy", y, "-oz", case.antenna, "-tz", target, "-md", reach(case), "-cc", CURVATURE]
        start = children_seconds()
        subprocess.run([*map(str, command), str(source), str(result)], check=True, capture_output=True)
        seconds = children_seconds() - start
        with rasterio.open(result) as file:
            visible = file.read(1)
            top, left = round((file.transform.f - 0.0) / -case.cell), round(file.transform.c / case.cell)
    whole = np.zeros(case.grid.shape, np.uint8)
    whole[top : top + visible.shape[0], left : left + visible.shape[1]] = visible
    return whole, seconds


def compare(case: Case, random: np.random.Generator) -> bool:
    """Print one ground's lines; whether all agreements are above their limits."""
    passed = True
    ours(case, case.targets[0])  # compiled
    for target in case.targets:
        visible, seconds = min((ours(case, target) for _ in range(REPEATS)), key=lambda run: run[1])
        inside = np.argwhere(visible < 2)
        cells = random.choice(inside, SAMPLES, replace=False)
        exact = marched(case, target, cells)
        agree = float(np.mean((visible[cells[:, 0], cells[:, 1]] == 1) == exact))
        passed &= agree >= LEAST_MARCHED
        print(
            f"  target {target:.0f} m: {np.mean(exact):.1%} visible; table against marching {agree:.2%}; {seconds * 1e3:.0f} ms on one core"
        )
        runs = [run for run in (gdal(case, target) for _ in range(REPEATS)) if run is not None]
        if not runs:
            print("    gdal_viewshed or rasterio is not installed: left out")
            continue
        theirs = min(runs, key=lambda run: run[1])
        shared = visible < 2
        we, they = visible[shared] == 1, theirs[0][shared] == 255
        share = float(np.mean(we == they))
        exact_share = float(np.mean((theirs[0][cells[:, 0], cells[:, 1]] == 255) == exact))
        passed &= share >= LEAST_GDAL and seconds <= MOST_OF_GDAL * theirs[1]
        print(
            f"    gdal_viewshed: agrees with ours {share:.2%} (of all visible to either {np.sum(we & they) / np.sum(we | they):.1%}),"
            f" with marching {exact_share:.2%}; {theirs[1] * 1e3:.0f} ms;"
            f" ours takes {seconds / theirs[1]:.2f} of its processor time (which holds reading and writing)"
        )
    return passed


def scattered(site: Site, random: np.random.Generator) -> bool:
    """Print how often tables of several steps agree with marching about targets anywhere in the air; whether all do well enough."""
    elevation = load_terrain()
    ground = horizon.ground_of(elevation)
    latitude, longitude = math.radians(site.latitude_deg), math.radians(site.longitude_deg)
    frame = theatre_frame(latitude, longitude)
    antenna = terrain.ground_height(ground, latitude, longitude) + site.antenna
    azimuths, ranges = random.uniform(0.0, 2.0 * math.pi, TARGETS), random.uniform(5e3, site.reach, TARGETS)
    above = np.exp(random.uniform(math.log(30.0), math.log(10e3), TARGETS))
    exact, apparent = np.empty(TARGETS, np.bool_), np.empty(TARGETS)
    for k in range(TARGETS):
        radius = euler_radius(latitude, azimuths[k])
        height = terrain.ground_height(ground, *terrain.place_along(frame, radius, azimuths[k], ranges[k])) + above[k]
        apparent[k] = apparent_elevation(ranges[k], antenna, height, radius, FACTOR)
        exact[k] = apparent[k] >= terrain.mask_angle(ground, frame, antenna, radius, FACTOR, azimuths[k], ranges[k], FINE_STEP)
    print(f"{site.name}: targets 30 m to 10 km above the ground, 5 to {site.reach / 1e3:.0f} km away; {np.mean(exact):.1%} visible")
    passed = True
    for step in (250.0, 500.0, 1000.0):
        start = time.process_time()
        table = horizon.horizon_table(elevation, latitude, longitude, antenna, site.reach, factor=FACTOR, range_step=step, threads=1)
        seconds = time.process_time() - start
        horizons = horizon.gathered([table], [step])
        rows = zip(azimuths, ranges, apparent, strict=True)
        agree = float(np.mean([horizon.is_visible(horizons, 0, *row) for row in rows] == exact))
        passed &= agree >= LEAST_MARCHED
        size = f"{table.shape[0]} x {table.shape[1]}, {table.nbytes / 1e6:.1f} MB"
        print(f"  steps of {step:.0f} m ({size}): agrees with marching {agree:.2%}; {seconds * 1e3:.0f} ms on one core")
    return passed


def main() -> int:
    """Print the comparison; 0 if all agree well enough."""
    random = np.random.default_rng(SEED)
    passed = True
    for site in SITES:
        passed &= scattered(site, random)
    for case in cases():
        print(f"{case.name}: {case.grid.shape[0]} x {case.grid.shape[1]} cells, antenna {case.antenna:g} m above ground")
        passed &= compare(case, random)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
