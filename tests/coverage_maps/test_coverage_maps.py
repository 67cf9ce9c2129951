"""Maps say what runs say; blocks say what single looks say; networks add up."""

import itertools
import math

import numpy as np
import pytest
from networks import ALTITUDES, EAST, INBOUND, SEARCH, WEST, network

from dowding.physics.geodesy import geodesic_direct, geodesic_inverse
from dowding.simulation import simulate
from dowding.survey.approach import approach
from dowding.survey.coverage import COVERED, difference, find_target, quarry_of, survey
from dowding.survey.grids import Grid, grid_about
from dowding.survey.maps import detection_maps
from dowding.survey.ranges import ranges_by_azimuth, turn, vertical_cut


def test_a_map_says_what_a_run_says() -> None:
    """Flights from all around straight at a radar: each look of the run has the map's probability at the place where it met the target."""
    rng = np.random.default_rng(7)
    flights = []
    for k in range(12):
        bearing, distance = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(30e3, 330e3)
        lat, lon, _ = geodesic_direct(math.radians(40.0), math.radians(33.0), bearing, distance)
        start = {"lat_deg": math.degrees(lat), "lon_deg": math.degrees(lon), "altitude_m": float(rng.uniform(200.0, 11000.0))}
        flights.append(INBOUND | {"name": f"flight {k}", "target": "f-16", "route": [start, {"to": "Depot"}]})
    compiled = network(sensor=[SEARCH], flight=flights)
    run = simulate(compiled, looks=True)
    looks, truth = run["looks"], run["truth"]
    quarry, checked = quarry_of(compiled, find_target(compiled, "f-16"), "front"), 0
    for row in rng.choice(len(looks["target"]), 150, replace=False):
        mine = truth["target"] == looks["target"][row]
        time = truth["time_s"][mine]
        if not time[0] <= looks["time_s"][row] <= time[-1]:
            continue
        lat, lon, alt = (np.interp(looks["time_s"][row], time, truth[k][mine]) for k in ("latitude_deg", "longitude_deg", "altitude_m"))
        grid = Grid(np.array([lat, lat + 0.01]), np.array([lon, lon + 0.01]))
        found, _ = detection_maps(compiled.model.defence, grid, quarry, np.array([alt]))
        assert found[0, 0, 0] == pytest.approx(looks["probability"][row], abs=1e-6)
        checked += 1
    assert checked > 100
    assert 0.05 < np.median(looks["probability"]) < 0.999


def test_what_the_sensor_does_not_look_at_is_not_covered() -> None:
    compiled = network(fire_unit=[WEST])
    found = survey(compiled, "f-16", [5000.0], step_m=2000.0, cumulative=False)
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
    quarry, levels = quarry_of(both, find_target(both, "f-16"), "mean"), np.array(ALTITUDES)

    def off(lat: float, lon: float, reach: float) -> np.ndarray:
        grid = grid_about(lat, lon, reach, 40.0)
        block, _ = detection_maps(both.model.defence, grid, quarry, levels)
        every, _ = detection_maps(both.model.defence, grid, quarry, levels, exact=True)
        assert not np.array_equal(block, every)
        return np.abs(block - every)

    assert off(39.5, 32.0, 4e3).max() < 2e-4  # inside
    assert off(40.48, 33.0, 4e3).max() < 2e-4  # at the horizon of 100 m
    # where the sector over a battery is narrower than half a block, a corner of it may be missed, and nothing else
    assert np.mean(off(39.9, 32.0, 3e3) > 2e-4) < 5e-4


def test_the_network_is_the_sum_of_its_sensors(both, both_survey) -> None:
    p = both_survey.sensors.astype(np.float64)
    np.testing.assert_allclose(both_survey.network, 1.0 - np.prod(1.0 - p, axis=0), atol=1e-6)
    quarry = quarry_of(both, both_survey.target, "front")
    two, _ = detection_maps(both.model.defence, both_survey.grid, quarry, both_survey.altitudes_m, at_least=2)
    expected = np.zeros(two.shape)
    for hit in itertools.product((0, 1), repeat=len(p)):
        if sum(hit) >= 2:
            expected += np.prod([q if h else 1.0 - q for h, q in zip(hit, p, strict=True)], axis=0)
    np.testing.assert_allclose(two, expected, atol=1e-6)
    assert two.max() > 0.5


def test_the_mean_aspect_lies_between(both) -> None:
    grid = grid_about(40.0, 33.0, 300e3, 20e3)
    maps = {}
    for aspect in ("front", "side", "rear", "mean"):
        quarry = quarry_of(both, find_target(both, "f-16"), aspect)
        maps[aspect] = detection_maps(both.model.defence, grid, quarry, np.array([10000.0]), keep_sensors=True)[1]
    mean = 0.25 * maps["front"] + 0.5 * maps["side"] + 0.25 * maps["rear"]
    np.testing.assert_allclose(maps["mean"], mean, atol=1e-6)
    assert np.abs(maps["side"] - maps["front"]).max() > 0.1


def test_a_withdrawn_battery_takes_exactly_its_cells(both_survey) -> None:
    without = survey(network(sensor=[SEARCH], fire_unit=[WEST]), "f-16", ALTITUDES, grid=both_survey.grid)
    found = difference(both_survey, without)
    names = both_survey.compiled.names.sensors
    kept = [k for k, name in enumerate(names) if not name.startswith("East")]
    rest = 1.0 - np.prod(1.0 - both_survey.sensors[kept].astype(np.float64), axis=0)
    clear = (np.abs(rest - COVERED) > 1e-6) & (np.abs(both_survey.network - COVERED) > 1e-6)
    expected = (both_survey.network >= COVERED) & (rest < COVERED)
    assert np.array_equal(found.only_first[clear], expected[clear])
    assert found.only_first.any()
    assert not found.only_second.any()
    east = both_survey.kill[both_survey.compiled.names.units.index("East")] > 0.0
    west = both_survey.kill[both_survey.compiled.names.units.index("West")] > 0.0
    cells = (east & ~west).sum(axis=(1, 2)) * 16.0  # km^2 of a cell
    assert found.only_first_zone_km2 == pytest.approx(cells, rel=0.05)
    assert found.only_second_zone_km2 == (0.0, 0.0, 0.0)


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


def test_ranges_by_azimuth_are_where_the_cut_falls_to_a_half(radar) -> None:
    target = find_target(radar, "f-16")
    reach = ranges_by_azimuth(radar, target, [3000.0], turn(4))[0, 0, 0]
    cut = vertical_cut(radar, target, 0, np.array([reach - 50.0, reach + 50.0]), np.array([3000.0]))
    assert cut[0, 0] >= 0.5 > cut[0, 1]


def test_cumulative_detection_is_the_product_over_looks(radar) -> None:
    """Against the sum over ranges written out, with the cut's probabilities; toward the radar itself, so that courses agree."""
    target = find_target(radar, "f-16")
    quarry, levels = quarry_of(radar, target, "front"), np.array([10000.0])
    found = approach(radar.model.defence, quarry, levels, 40.0, 33.0, 480e3)
    p = vertical_cut(radar, target, 0, found.range_m, levels)[0]
    step, period = found.range_m[1] - found.range_m[0], radar.model.defence.geometry.period[0]
    looks = step / (quarry.speed * period)
    missed = np.cumprod((np.maximum(1.0 - p, 1e-12) ** looks)[::-1])[::-1]
    far = found.range_m > 30e3  # nearer the target is overhead and shows its side
    np.testing.assert_allclose(found.probability[0, 0, far], 1.0 - missed[far], atol=2e-3)
    assert np.all(np.diff(found.probability, axis=2) <= 1e-12)
    ring = found.farthest(0.9)[0]
    assert np.ptp(ring) < 0.02 * ring.mean()
    assert ring.mean() > ranges_by_azimuth(radar, target, levels, turn(1))[0, 0, 0]
