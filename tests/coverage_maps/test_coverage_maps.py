"""Maps say what runs say; blocks say what single looks say; networks add up."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from networks import ALTITUDES, EAST, INBOUND, ORIGIN, SEARCH, WEST, hilly, network

from dowding.physics.geodesy import geodesic_direct, geodesic_inverse
from dowding.simulation import simulate
from dowding.survey.approach import approach
from dowding.survey.coverage import coverage
from dowding.survey.findings import BOTH, COVERED, ONLY_FIRST, ONLY_SECOND, difference
from dowding.survey.grids import Grid, grid_about
from dowding.survey.levels import Level, read_levels
from dowding.survey.maps import detection_maps
from dowding.survey.places import NOWHERE, ground_below, ground_map, smooth_ground
from dowding.survey.ranges import place_of, ranges_by_azimuth, turn, vertical_cut
from dowding.survey.seeking import ASPECTS, find_target, quarry_of

GEOMETRIC = {"origin": ORIGIN}
NEARER = SEARCH | {"radar": "96l6e"}  # 300 km: what it needs of the ground is in the shipped terrain
CASES: dict[str, dict[str, Any]] = {
    "smooth": {"theatre": GEOMETRIC, "sensor": [SEARCH]},
    "rain": {"theatre": GEOMETRIC | {"rain_rate_mm_h": 12.0}, "sensor": [SEARCH]},
    "lobes": {"theatre": GEOMETRIC | {"propagation": "diffraction", "surface": "sea"}, "sensor": [SEARCH]},
    "hills": {"theatre": GEOMETRIC | {"terrain": "turkey"}, "sensor": [NEARER]},
    "hills and rain": {"theatre": GEOMETRIC | {"terrain": "turkey", "rain_rate_mm_h": 12.0}, "sensor": [NEARER]},
    "hills and lobes": {"theatre": GEOMETRIC | {"terrain": "turkey", "propagation": "diffraction"}, "sensor": [NEARER]},
}


def inbound_flights(above_ground: bool) -> list[dict[str, Any]]:
    """Flights from all around straight at the radar, level or at a height above the ground."""
    rng = np.random.default_rng(7)
    flights = []
    for k in range(12):
        bearing, distance = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(30e3, 250e3)
        lat, lon, _ = geodesic_direct(math.radians(40.0), math.radians(33.0), bearing, distance)
        start = {"lat_deg": math.degrees(lat), "lon_deg": math.degrees(lon)}
        key, low, high = ("altitude_agl_m", 200.0, 3000.0) if above_ground else ("altitude_m", 4000.0, 11000.0)
        start[key] = float(rng.uniform(low, high))
        flights.append(INBOUND | {"name": f"flight {k}", "target": "f-16", "route": [start, {"to": "Depot"}]})
    return flights


@pytest.mark.parametrize("above_ground", [False, True], ids=["level", "above ground"])
@pytest.mark.parametrize("case", CASES)
def test_a_map_says_what_a_run_says(case: str, above_ground: bool) -> None:
    """Each look of a run has the map's probability where it met the target, and where the map sees a target the run looked."""
    compiled = network(**CASES[case], flight=inbound_flights(above_ground), output={"truth_interval_s": 0.2})
    run = simulate(compiled, looks=True)
    looks, truth = run["looks"], run["truth"]
    quarry, ground = quarry_of(compiled, find_target(compiled, "f-16")), ground_below(compiled)

    def on_the_map(target: int, time: float) -> float | None:
        mine = truth["target"] == target
        when = truth["time_s"][mine]
        if not when[0] <= time <= when[-1]:
            return None
        lat, lon, alt = (np.interp(time, when, truth[k][mine]) for k in ("latitude_deg", "longitude_deg", "altitude_m"))
        grid = Grid(np.array([lat, lat + 0.01]), np.array([lon, lon + 0.01]))
        below = float(ground_map(grid, ground)[0, 0])
        level = Level(alt - below, True) if above_ground else Level(float(alt))
        return float(detection_maps(compiled.model.defence, grid, ground, quarry, [level])[0][0, 0, 0])

    rng, checked = np.random.default_rng(3), 0
    # the path bends between two rows of truth where the ground does, by a metre at most, which lobes show
    flown = 3e-3 if above_ground and "lobes" in case else 5e-4 if above_ground or "lobes" in case else 1e-6
    for row in rng.choice(len(looks["target"]), min(120, len(looks["target"])), replace=False):
        found = on_the_map(int(looks["target"][row]), float(looks["time_s"][row]))
        if found is not None:
            assert found == pytest.approx(looks["probability"][row], abs=flown)
            checked += 1
    assert checked > 60
    assert looks["probability"].min() < 0.99 or above_ground
    period, seen = float(compiled.model.defence.geometry.period[0]), 0
    for target in range(len(run["targets"]["target"])):
        end = truth["time_s"][truth["target"] == target].max()
        times = np.arange(0.0, min(end, 290.0) - period, period)
        sees = [(on_the_map(target, float(t)) or 0.0) > 0.05 for t in times]
        mine = np.sort(looks["time_s"][looks["target"] == target])
        for k in range(1, len(times) - 1):
            if all(sees[k - 1 : k + 2]):
                assert np.any((mine > times[k - 1]) & (mine < times[k + 1])), f"target {target} at {times[k]} s"
                seen += 1
    assert seen > 50


def test_what_the_sensor_does_not_look_at_is_not_covered() -> None:
    compiled = network(fire_unit=[WEST])
    found = coverage(compiled, "f-16", [5000.0], step_m=2000.0, cumulative=False)
    lat, lon = np.meshgrid(found.grid.latitude_deg, found.grid.longitude_deg, indexing="ij")
    geometry = compiled.model.defence.geometry
    for row, column in zip(*np.nonzero(found.network[0] > 0.0), strict=True):
        line = geodesic_inverse(*(math.radians(v) for v in (39.9, 32.0, lat[row, column], lon[row, column])))
        off = (line.azimuth_start - geometry.boresight[0] + math.pi) % (2.0 * math.pi) - math.pi
        assert abs(off) <= geometry.half_sector[0] + 1e-3


def test_a_radar_that_looks_all_around_covers_a_circle(radar, radar_survey) -> None:
    """To the few parts in a thousand by which the ellipsoid's curvature, and with it the horizon, differs between directions."""
    reach = radar_survey.ranges_m[0]
    assert np.all(np.ptp(reach, axis=1) < 0.004 * reach.mean(axis=1))
    lat, lon = np.meshgrid(radar_survey.grid.latitude_deg, radar_survey.grid.longitude_deg, indexing="ij")
    inner = 40e3  # m, wider than the cone above the radar
    for level in (1, 2):
        for row, column in zip(*(np.linspace(0, n - 1, 40).astype(int) for n in lat.shape), strict=True):
            place = (math.radians(v) for v in (40.0, 33.0, lat[row, column], lon[row, column]))
            distance = geodesic_inverse(*place).distance
            if abs(distance - reach[level].mean()) > 0.004 * distance and distance > inner:
                assert radar_survey.covered(level)[row, column] == (distance < reach[level].mean())


def test_blocks_of_a_fine_map_say_what_single_looks_say(both) -> None:
    quarry, levels = quarry_of(both, find_target(both, "f-16"), "mean"), read_levels(ALTITUDES)

    def off(lat: float, lon: float, reach: float) -> np.ndarray:
        grid = grid_about(lat, lon, reach, 40.0)
        block, _ = detection_maps(both.model.defence, grid, smooth_ground(), quarry, levels)
        every, _ = detection_maps(both.model.defence, grid, smooth_ground(), quarry, levels, exact=True)
        assert not np.array_equal(block, every)
        return np.abs(block - every)

    assert off(39.5, 32.0, 4e3).max() < 2e-4  # inside
    assert off(40.48, 33.0, 4e3).max() < 2e-4  # at the horizon of 100 m
    # where the sector over a battery is narrower than half a block, a corner of it may be missed, and nothing else
    assert np.mean(off(39.9, 32.0, 3e3) > 2e-4) < 5e-4


@pytest.mark.parametrize("heights", ["200m-agl,2km-agl", "1500m,3km,10km"])
@pytest.mark.parametrize(("lat", "lon"), [(40.35, 33.3), (40.0, 33.0), (39.2, 31.9)])
def test_blocks_over_hills_say_what_single_looks_say(hills, heights: str, lat: float, lon: float) -> None:
    quarry, levels, ground = quarry_of(hills, find_target(hills, "f-16")), read_levels(heights), ground_below(hills)
    grid = grid_about(lat, lon, 9e3, 30.0)
    block, _ = detection_maps(hills.model.defence, grid, ground, quarry, levels)
    every, _ = detection_maps(hills.model.defence, grid, ground, quarry, levels, exact=True)
    off = np.abs(block - every) > 5e-4
    assert off.sum() <= 3  # of 361,201: a hollow in which a target is above the beam
    assert np.any(every > 0.5)


def test_blocks_of_lobes_say_what_single_looks_say() -> None:
    compiled = network(**CASES["lobes"])
    quarry = quarry_of(compiled, find_target(compiled, "f-35"))
    for lat in (40.1, 41.2):
        grid = grid_about(lat, 33.0, 6e3, 40.0)
        maps = [detection_maps(compiled.model.defence, grid, smooth_ground(), quarry, [Level(1000.0)], exact=e)[0] for e in (False, True)]
        assert np.mean(np.abs(maps[0] - maps[1]) > 1e-3) < 1e-3


def test_no_target_is_below_the_ground(hills, hills_survey) -> None:
    ground = hills_survey.ground_m()
    for number, level in enumerate(hills_survey.levels):
        nowhere = hills_survey.nowhere(number)
        assert np.array_equal(nowhere, (ground > level.metres) if not level.above_ground else np.zeros_like(nowhere))
        assert set(np.unique(hills_survey.network[number][nowhere])) <= {np.float32(NOWHERE)}
        assert np.all(hills_survey.kill[:, number][:, nowhere] == NOWHERE)
        assert np.all(hills_survey.network[number][~nowhere] >= 0.0)
    assert hills_survey.nowhere(1).any()
    assert not any(np.isnan(a).any() for a in (hills_survey.network, hills_survey.kill, hills_survey.sensors, hills_survey.ranges_m))


def test_the_same_height_above_ground_and_above_the_ellipsoid(hills) -> None:
    """A level above the ground is, cell by cell, the map at the height that this is there."""
    quarry, ground, defence = quarry_of(hills, find_target(hills, "f-16")), ground_below(hills), hills.model.defence
    grid = grid_about(39.7, 33.4, 20e3, 4e3)
    low = detection_maps(defence, grid, ground, quarry, [Level(300.0, True)])[0][0]
    heights = ground_map(grid, ground).astype(np.float64) + 300.0
    for row, column in itertools.product(*(range(n) for n in grid.shape)):
        cell = Grid(grid.latitude_deg[row] + np.array([0.0, 0.01]), grid.longitude_deg[column] + np.array([0.0, 0.01]))
        alone = detection_maps(defence, cell, ground, quarry, [Level(float(heights[row, column]))])[0][0, 0, 0]
        assert low[row, column] == pytest.approx(float(alone), abs=2e-3)  # heights above are rounded to float32
    assert low.max() > 0.5


def test_the_network_is_the_sum_of_its_sensors(both, both_survey) -> None:
    p = both_survey.sensors.astype(np.float64)
    np.testing.assert_allclose(both_survey.network, 1.0 - np.prod(1.0 - p, axis=0), atol=1e-6)
    quarry, levels = quarry_of(both, both_survey.target, "front"), both_survey.levels
    two, _ = detection_maps(both.model.defence, both_survey.grid, smooth_ground(), quarry, levels, at_least=2)
    expected = np.zeros(two.shape)
    for hit in itertools.product((0, 1), repeat=len(p)):
        if sum(hit) >= 2:
            expected += np.prod([q if h else 1.0 - q for h, q in zip(hit, p, strict=True)], axis=0)
    np.testing.assert_allclose(two, expected, atol=1e-6)
    assert two.max() > 0.5


def aspect_maps(compiled, target: str) -> dict[str, np.ndarray]:
    grid, found = grid_about(40.0, 33.0, 300e3, 20e3), find_target(compiled, target)
    maps = {}
    for aspect in ASPECTS:
        quarry = quarry_of(compiled, found, aspect)
        maps[aspect] = detection_maps(compiled.model.defence, grid, smooth_ground(), quarry, [Level(10000.0)])[0][0]
    return maps


def test_the_mean_aspect_lies_between(both) -> None:
    maps = aspect_maps(network(sensor=[SEARCH]), "f-16")
    mean = 0.25 * maps["front"] + 0.5 * maps["side"] + 0.25 * maps["rear"]
    np.testing.assert_allclose(maps["mean"], mean, atol=1e-6)
    assert np.all(maps["rear"] >= maps["front"])  # the larger echo
    assert np.abs(maps["side"] - maps["front"]).max() > 0.1


def test_courses_that_the_moving_target_filter_stops_are_missing_from_the_side() -> None:
    """Of the courses that show the side, asin(v_min / v) / 45 degrees have a range rate below the filter's."""
    steady = {"radar": "91n6e", "override": {"velocity_min_mps": 60.0}}
    fast, slow = (aspect_maps(network(sensor=[SEARCH | one]), "f-16")["side"] for one in ({}, steady))
    slowest = network(sensor=[SEARCH]).model.defence.sensors["velocity_min"][0]
    stopped = [math.asin(v / 255.0) / (math.pi / 4) for v in (slowest, 60.0)]
    near = fast > 0.98 * (1.0 - stopped[0])
    assert near.sum() > 20
    # where the target stands high above the horizon its range rate is less, and more courses are stopped
    assert np.median(slow[near] / fast[near]) == pytest.approx((1.0 - stopped[1]) / (1.0 - stopped[0]), rel=2e-3)


def test_a_withdrawn_battery_takes_exactly_its_cells(both_survey) -> None:
    without = coverage(network(sensor=[SEARCH], fire_unit=[WEST]), "f-16", ALTITUDES, grid=both_survey.grid)
    found = difference(both_survey, without)
    names = both_survey.compiled.names.sensors
    kept = [k for k, name in enumerate(names) if not name.startswith("East")]
    rest = 1.0 - np.prod(1.0 - both_survey.sensors[kept].astype(np.float64), axis=0)
    clear = (np.abs(rest - COVERED) > 1e-6) & (np.abs(both_survey.network - COVERED) > 1e-6)
    expected = (both_survey.network >= COVERED) & (rest < COVERED)
    assert np.array_equal((found.seen == ONLY_FIRST)[clear], expected[clear])
    assert (found.seen == ONLY_FIRST).any()
    assert not (found.seen == ONLY_SECOND).any()
    east = both_survey.kill[both_survey.compiled.names.units.index("East")] > 0.0
    west = both_survey.kill[both_survey.compiled.names.units.index("West")] > 0.0
    assert np.array_equal(found.reached == ONLY_FIRST, east & ~west)
    assert np.array_equal(found.reached == BOTH, west)


def test_zones_lie_in_the_envelope_and_the_sector(both, both_survey) -> None:
    defence, grid = both.model.defence, both_survey.grid
    lat, lon = np.meshgrid(grid.latitude_deg, grid.longitude_deg, indexing="ij")
    best = max(i.number("range_max_km") for i, _ in both.resolved.fire_units[0].interceptors) * 1e3
    allowed = set(np.float32(defence.kill_probability[:, 0]))
    for unit, site in enumerate((WEST, EAST)):
        zone = both_survey.kill[unit]
        assert set(np.unique(zone)) - {np.float32(0.0)} <= allowed
        assert zone[1].any()
        for row, column in zip(*np.nonzero(zone[1]), strict=True):
            degrees = (site["lat_deg"], site["lon_deg"], lat[row, column], lon[row, column])
            assert geodesic_inverse(*(math.radians(v) for v in degrees)).distance <= best


@pytest.mark.parametrize("height", ["3km", "300m-agl"])
def test_ranges_by_azimuth_are_where_the_cut_falls_to_a_half(radar, height: str) -> None:
    quarry = quarry_of(radar, find_target(radar, "f-16"))
    (level,) = read_levels(height)
    reach = ranges_by_azimuth(radar, quarry, [level], turn(4))[0, 0, 1]
    cut, below = vertical_cut(radar, quarry, 0, math.pi / 2, np.array([0.0, reach - 50.0, reach + 50.0]), np.array([level.metres]))
    assert cut[0, 1] >= 0.5 > cut[0, 2]
    assert np.all(below == 0.0)


def test_ranges_and_cuts_over_hills_agree_with_the_map(hills) -> None:
    quarry, ground = quarry_of(hills, find_target(hills, "f-16")), ground_below(hills)
    sensor = hills.names.sensors.index("Search")
    for level in (Level(200.0, True), Level(2500.0)):
        azimuths = turn(24)
        reach = ranges_by_azimuth(hills, quarry, [level], azimuths)[sensor, 0]
        for azimuth, distance in zip(azimuths, reach, strict=True):
            if distance > 1000.0:
                # between two places 500 m apart the height is taken to change evenly
                nearby = [on_map(hills, ground, quarry, sensor, level, azimuth, distance - off) for off in np.linspace(5.0, 500.0, 12)]
                assert max(nearby) >= 0.49
    ranges = np.arange(0.0, 200e3, 2000.0)
    seen, below = vertical_cut(hills, quarry, sensor, 0.3, ranges, np.array([1500.0, 4000.0]))
    assert np.all(seen[0, below > 1500.0] == 0.0)
    for k in range(5, len(ranges), 9):
        assert seen[1, k] == pytest.approx(max(on_map(hills, ground, quarry, sensor, Level(4000.0), 0.3, ranges[k]), 0.0), abs=5e-3)


def on_map(compiled, ground, quarry, sensor: int, level: Level, azimuth: float, distance: float) -> float:
    """One sensor's probability in a cell at a place some way from the search radar."""
    lat, lon, _ = geodesic_direct(math.radians(40.0), math.radians(33.0), float(azimuth), float(distance))
    grid = Grid(math.degrees(lat) + np.array([0.0, 0.01]), math.degrees(lon) + np.array([0.0, 0.01]))
    return float(detection_maps(compiled.model.defence, grid, ground, quarry, [level])[1][sensor, 0, 0, 0])


def test_cumulative_detection_is_the_product_over_looks(radar) -> None:
    """Against the sum over ranges written out, with the cut's probabilities; toward the radar itself, so that courses agree."""
    quarry, levels = quarry_of(radar, find_target(radar, "f-16")), read_levels([10000.0])
    found = approach(radar.model.defence, smooth_ground(), quarry, levels, 40.0, 33.0, 480e3)
    even = np.arange(1, 2 * len(found.range_m), 1) * 0.5 * (found.range_m[1] - found.range_m[0])
    p = vertical_cut(radar, quarry, 0, 0.0, np.concatenate([[0.0], even]), np.array([10000.0]))[0][0, 1::2]
    step, period = found.range_m[1] - found.range_m[0], radar.model.defence.geometry.period[0]
    looks = step / (quarry.speed * period)
    missed = np.cumprod((np.maximum(1.0 - p, 1e-12) ** looks)[::-1])[::-1]
    far = found.range_m > 30e3  # nearer the target is overhead and shows its side
    np.testing.assert_allclose(found.probability[0, 0, far], 1.0 - missed[far], atol=2e-3)
    assert np.all(np.diff(found.probability, axis=2) <= 1e-12)
    ring = found.farthest(0.9)[0]
    assert np.ptp(ring) < 0.02 * ring.mean()
    assert ring.mean() > ranges_by_azimuth(radar, quarry, levels, turn(1))[0, 0, 0]


def test_the_cumulative_map_is_that_of_its_rays(hills_survey) -> None:
    found, flown = hills_survey.cumulative(), hills_survey.approach
    assert np.array_equal(found < 0.0, hills_survey.network < 0.0)
    for azimuth, ring in ((10, 40), (100, 80), (200, 20)):
        row, column = (int(np.rint(v)) for v in hills_survey.grid.cell_of(*flown.place_deg[azimuth, ring]))
        for level in range(3):
            around = flown.probability[level, azimuth - 2 : azimuth + 3, ring - 2 : ring + 3]
            if found[level, row, column] >= 0.0 and np.all(around >= 0.0):
                assert around.min() - 1e-6 <= found[level, row, column] <= around.max() + 1e-6


def test_over_hills_less_is_seen_than_over_the_sea(hills, hills_survey) -> None:
    smooth = coverage(hilly(theatre={"origin": ORIGIN}), "f-16", ["100m-agl"], grid=hills_survey.grid)
    assert 0.0 < hills_survey.covered(0).sum() < 1.5 * smooth.covered(0).sum()
    assert hills_survey.covered(0).sum() != smooth.covered(0).sum()


def test_a_stealthy_target_is_seen_less_far(radar) -> None:
    reach = [
        ranges_by_azimuth(radar, quarry_of(radar, find_target(radar, *one)), read_levels("10km"), turn(1))[0, 0, 0]
        for one in (("f-35",), ("f-16",), ("", 0.1), ("", 1.0), ("f-16", 1.0))
    ]
    assert reach[0] < 0.5 * reach[1]
    assert reach[2] < reach[3] == reach[4] < reach[1]
    # the fourth root of ten, less what the air takes of the longer way
    assert 0.9 * 10**0.25 < reach[3] / reach[2] <= 10**0.25


def test_a_radar_that_flies_is_surveyed_from_where_it_begins() -> None:
    """Over a smooth earth an airborne radar sees as far in every direction, from there and not from the middle of its orbit."""
    points = [{"lat_deg": 40.5, "lon_deg": 33.0}, {"lat_deg": 39.7, "lon_deg": 33.0}]
    orbit = {"points": points, "altitude_m": 9000, "speed_mps": 190}
    flying = network(theatre=GEOMETRIC, sensor=[{"name": "Early warning", "radar": "an-apy-2", "orbit": orbit}])
    quarry, levels = quarry_of(flying, find_target(flying, "f-16")), read_levels(["3000m"])
    seen = ranges_by_azimuth(flying, quarry, levels, turn(12))[0, 0]
    assert seen.min() > 0.97 * seen.max()
    latitude, longitude = place_of(flying, 0)
    away, _, _ = geodesic_inverse(*(math.radians(v) for v in (40.5, 33.0, latitude, longitude)))
    assert away < 1000.0
