"""What the ground hides: closed forms over sea, ridge and peak; tables against direct marching; holes, edges, the antimeridian."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.errors import TerrainError
from dowding.physics import edges, horizon, propagation, terrain
from dowding.physics.geodesy import euler_radius, geodesic_direct, meridional_radius, theatre_frame
from dowding.physics.viewshed import viewshed
from dowding.terrain import Elevation, height_at

FACTOR = 4.0 / 3.0
CELL = 0.005  # deg, 553 m at the equator
ANTENNA = 30.0  # m


def island(grid: np.ndarray, *, latitude: float = 0.0, longitude: float = 0.0) -> Elevation:
    """A grid with its middle at a place."""
    rows, columns = grid.shape
    north, west = latitude + (rows // 2) * CELL, longitude - (columns // 2) * CELL
    return Elevation(grid.astype(np.float32), north, west, CELL, CELL, "island")


def table_of(
    elevation: Elevation, latitude: float = 0.0, longitude: float = 0.0, reach: float = 50e3, antenna: float = ANTENNA, **more: object
) -> horizon.Horizons:
    options = {"factor": FACTOR, "range_step": 100.0, "azimuths": 360, "unknown_height": 0.0, "threads": 1} | more
    place = math.radians(latitude), math.radians(longitude)
    table = horizon.horizon_table(elevation, *place, antenna, reach, **options)
    return horizon.gathered([table], [options["range_step"]])


SEA = island(np.zeros((5, 5)))


@pytest.mark.parametrize("factor", [1.0, FACTOR])
def test_over_the_sea_the_table_is_the_smooth_horizon(factor: float) -> None:
    horizons = table_of(SEA, factor=factor)
    radius = euler_radius(0.0, 0.0)
    far = propagation.horizon_distance(ANTENNA, 0.0, radius, factor)
    dip = -propagation.horizon_angle(ANTENNA, factor * radius)
    for azimuth in (0.0, 1.0, 6.283):
        own_dip = -propagation.horizon_angle(ANTENNA, factor * euler_radius(0.0, azimuth))
        assert terrain_angle(horizons, azimuth, far + 2e3) == pytest.approx(own_dip, abs=1e-7)  # rad; 5 mm at 50 km
    before = 0.5 * far  # the ground itself, at its own elevation
    seen = propagation.apparent_elevation(before, ANTENNA, 0.0, radius, factor)
    assert terrain_angle(horizons, 0.0, before) == pytest.approx(seen, abs=2e-6)
    assert seen < dip


def terrain_angle(horizons: horizon.Horizons, azimuth: float, distance: float) -> float:
    return horizon.table_elevation(horizons, 0, azimuth, distance)


@settings(deadline=None, max_examples=40)
@given(st.floats(30e3, 49e3), st.floats(0.0, 2.0 * math.pi))
def test_over_the_sea_a_target_rises_where_the_horizon_formula_says(distance: float, azimuth: float) -> None:
    radius = euler_radius(0.0, azimuth)
    lowest = propagation.minimum_visible_height(distance, ANTENNA, radius, FACTOR)
    for margin, visible in ((0.2, True), (-0.2, False)):  # m; neighbouring azimuths have radii 0.01 % apart
        apparent = propagation.apparent_elevation(distance, ANTENNA, lowest + margin, radius, FACTOR)
        assert horizon.is_visible(SEA_TABLE, 0, azimuth, distance, apparent) is visible


SEA_TABLE = table_of(SEA)


def ridge(height: float, row_north: int) -> Elevation:
    """A wall one cell wide along a parallel, `row_north` cells north of the middle."""
    grid = np.zeros((201, 201))
    grid[100 - row_north, :] = height
    return island(grid)


@pytest.mark.parametrize("factor", [0.8, 1.0, FACTOR, 2.0])
@pytest.mark.parametrize(("height", "row_north"), [(200.0, 20), (1000.0, 40), (60.0, 60)])
def test_a_ridge_hides_what_a_straight_line_over_the_effective_earth_hides(height: float, row_north: int, factor: float) -> None:
    radius = meridional_radius(0.0)
    crest = radius * math.radians(row_north * CELL)  # m of ground, due north; the meridian is a circle there to 1 m
    horizons = table_of(ridge(height, row_north), factor=factor, range_step=crest / 100.0)
    # plane trigonometry in the plane of the path, centre of the effective earth at 0: antenna, crest, and the line through both
    big = factor * radius
    top = np.array([(big + height) * math.sin(crest / big), (big + height) * math.cos(crest / big)])
    slope = (top[1] - (big + ANTENNA)) / top[0]
    behind = 1.3 * crest
    x = math.tan(behind / big)  # the vertical at `behind` is the line of points t (x, 1)
    t = (big + ANTENNA) / (1.0 - slope * x)
    lowest = t * math.hypot(x, 1.0) - big
    for margin, visible in ((1.0, True), (-1.0, False)):  # m
        apparent = propagation.apparent_elevation(behind, ANTENNA, lowest + margin, radius, factor)
        assert horizon.is_visible(horizons, 0, 0.0, behind, apparent) is visible
    south = propagation.apparent_elevation(behind, ANTENNA, lowest - 1.0, radius, factor)
    in_the_open = bool(lowest - 1.0 > propagation.minimum_visible_height(behind, ANTENNA, radius, factor))
    assert horizon.is_visible(horizons, 0, math.pi, behind, south) is in_the_open


def test_a_peak_casts_a_shadow_of_its_own_width() -> None:
    grid = np.zeros((201, 201))
    grid[100, 140] = 500.0  # 22.3 km due east
    horizons = table_of(island(grid), azimuths=1440)
    far = 30e3
    hidden = propagation.apparent_elevation(far, ANTENNA, 400.0, euler_radius(0.0, 0.5 * math.pi), FACTOR)
    seen = [d for d in np.arange(80.0, 100.0, 0.05) if not horizon.is_visible(horizons, 0, math.radians(d), far, hidden)]
    assert min(seen) < 90.0 < max(seen)
    width = math.radians(max(seen) - min(seen)) * 22.3e3
    assert 200.0 < width < 2 * 556.0  # m: the tent over the point is two cells wide at its foot
    before = propagation.apparent_elevation(15e3, ANTENNA, 40.0, euler_radius(0.0, 0.5 * math.pi), FACTOR)
    assert horizon.is_visible(horizons, 0, 0.5 * math.pi, 15e3, before)


def rough(seed: int) -> np.ndarray:
    """Hills of some kilometres up to 800 m, on land and sea."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:161, 0:161] * 0.55
    total = np.zeros(x.shape)
    for _ in range(60):
        cx, cy, width, height = *random.uniform(0, 88, 2), random.uniform(1.5, 6.0), random.uniform(50, 800)
        total = np.maximum(total, height * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width**2)))
    return total


LATITUDE, LONGITUDE = 40.0, 179.9  # the antimeridian runs through the island
ON_HILL = 300.0  # m; the ground there is at 266 m
HILLS = island(rough(3), latitude=LATITUDE, longitude=LONGITUDE)
GROUND = horizon.ground_of(HILLS, 0.0)
SITE = theatre_frame(math.radians(LATITUDE), math.radians(LONGITUDE))
HILL_TABLE = table_of(HILLS, LATITUDE, LONGITUDE, 40e3, ON_HILL, azimuths=1440, range_step=100.0)


def marched(azimuth: float, distance: float) -> float:
    radius = euler_radius(math.radians(LATITUDE), azimuth)
    return terrain.mask_angle(GROUND, SITE, ON_HILL, radius, FACTOR, azimuth, distance, 100.0)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1439), st.integers(2, 399))
def test_the_table_is_direct_marching_on_its_own_azimuths(row: int, step: int) -> None:
    azimuth = 2.0 * math.pi * row / 1440
    # a leg strays by up to a hundredth of a cell, 5 m, over slopes of up to 0.3: 1.6 m at 3 km and more
    assert terrain_angle(HILL_TABLE, azimuth, step * 100.0) == pytest.approx(marched(azimuth, step * 100.0 + 1.0), abs=3e-4)


@settings(deadline=None, max_examples=100)
@given(st.floats(0.0, 6.283), st.floats(3e3, 38e3), st.floats(10.0, 1500.0))
def test_the_table_and_direct_marching_agree_between_its_azimuths(azimuth: float, distance: float, above: float) -> None:
    radius = euler_radius(math.radians(LATITUDE), azimuth)
    place = terrain.place_along(SITE, radius, azimuth, distance)
    height = terrain.ground_height(GROUND, *place) + above
    apparent = propagation.apparent_elevation(distance, ON_HILL, height, radius, FACTOR)
    mask = marched(azimuth, distance)
    if abs(apparent - mask) * distance > 60.0:  # m: half a spacing of azimuths at 38 km is 83 m, over slopes of up to 0.3, and a step
        assert horizon.is_visible(HILL_TABLE, 0, azimuth, distance, apparent) == (apparent >= mask)
        assert terrain.is_masked(GROUND, SITE, ON_HILL, *place, height, FACTOR, 100.0) == (apparent < mask)


def test_the_running_maximum_never_falls() -> None:
    angle = HILL_TABLE.angle.reshape(1440, -1)
    assert (np.diff(angle, axis=1) >= 0.0).all()
    assert (angle[:, 0] == np.float32(-0.5 * math.pi)).all()


@pytest.mark.parametrize("antenna", [270.0, 300.0, 900.0, 3000.0])
def test_passing_over_ground_that_cannot_rise_changes_nothing(antenna: float) -> None:
    table = horizon.horizon_table(
        HILLS, math.radians(LATITUDE), math.radians(LONGITUDE), antenna, 40e3,
        factor=FACTOR, range_step=100.0, azimuths=90, unknown_height=0.0, threads=1,
    )  # fmt: skip
    blind = GROUND._replace(tops=np.full_like(GROUND.tops, np.inf), place=np.append(GROUND.place[:5], 1e6))
    plain = np.empty((90, 401), np.float32)
    for row in range(90):
        azimuth = 2.0 * math.pi * row / 90
        ends = terrain.march(blind, SITE, antenna, euler_radius(math.radians(LATITUDE), azimuth), FACTOR, azimuth, 100.0, plain[row])
        assert ends[1] == 400
    assert table.shape[1] < 402
    np.testing.assert_array_equal(table[:, np.minimum(np.arange(401), table.shape[1] - 1)], plain)


def test_a_table_ends_where_nothing_rises_any_more() -> None:
    peak = np.zeros((201, 201))
    peak[100, 140] = 500.0  # 22.3 km due east
    table = horizon.horizon_table(island(peak), 0.0, 0.0, ANTENNA, 500e3, factor=FACTOR, range_step=100.0, azimuths=360, unknown_height=0.0)
    assert 223 <= table.shape[1] <= 233  # its own horizon lies at 22.6 km
    assert table_of(island(peak), reach=500e3).ranges[0] == table.shape[1]


def test_an_antenna_inside_the_ground_is_refused() -> None:
    with pytest.raises(TerrainError, match=r"radar\[2\]: its antenna, at 260 m, is inside the ground, which is at 266 m there"):
        table_of(HILLS, LATITUDE, LONGITUDE, 30e3, 260.0, who="radar[2]")


def test_threads_make_no_difference() -> None:
    more = table_of(HILLS, LATITUDE, LONGITUDE, 40e3, ON_HILL, azimuths=1440, range_step=100.0, threads=3)
    np.testing.assert_array_equal(HILL_TABLE.angle, more.angle)


def test_paths_follow_geodesics() -> None:
    for azimuth in np.radians([0.0, 33.0, 90.0, 217.0]):
        radius = euler_radius(math.radians(LATITUDE), azimuth)
        latitude, longitude = terrain.place_along(SITE, radius, azimuth, 400e3)
        there = geodesic_direct(math.radians(LATITUDE), math.radians(LONGITUDE), float(azimuth), 400e3)
        assert abs(latitude - there[0]) * 6.4e6 < 2.0  # m: a sphere of one curvature for 400 km
        apart = (longitude - there[1] + math.pi) % (2.0 * math.pi) - math.pi
        assert abs(apart) * 6.4e6 * math.cos(latitude) < 2.0


def test_heights_between_points_are_bilinear_and_unknown_outside() -> None:
    grid = np.array([[0.0, 10.0], [20.0, 50.0]])
    four = Elevation(grid.astype(np.float32), 1.0, 179.5, 1.0, 1.0, "four")
    ground = horizon.ground_of(four)
    for latitude, longitude, height in (
        (1.0, 179.5, 0.0),
        (0.0, -179.5, 50.0),
        (0.5, 180.0, 20.0),
        (0.75, -180.0, 12.5),
        (1.4, 179.1, 0.0),
    ):
        assert terrain.ground_height(ground, math.radians(latitude), math.radians(longitude)) == pytest.approx(height, abs=1e-6)
        assert height_at(four, latitude, longitude) == pytest.approx(height, abs=1e-6)
    assert math.isnan(height_at(four, 1.6, 179.5))
    assert math.isnan(terrain.ground_height(ground, math.radians(1.6), math.radians(179.5)))
    assert math.isnan(terrain.ground_height(ground, 0.0, 0.0))


def test_unknown_ground_is_never_silently_sea() -> None:
    with pytest.raises(TerrainError) as caught:
        table_of(HILLS, LATITUDE, LONGITUDE, 100e3, ON_HILL, unknown_height=math.nan, who="radar[2]")
    assert str(caught.value).startswith("radar[2]: ")
    assert "of the ground within 100 km is unknown; terrain island covers latitude" in str(caught.value)
    holed = HILLS.grid.copy()
    holed[81, 100] = np.nan
    hole = Elevation(holed, HILLS.north, HILLS.west, CELL, CELL, "holed")
    with pytest.raises(TerrainError, match="unknown; terrain holed"):
        table_of(hole, LATITUDE, LONGITUDE, 30e3, ON_HILL, unknown_height=math.nan)
    masked = terrain.mask_angle(horizon.ground_of(hole), SITE, ON_HILL, 6.37e6, FACTOR, 0.5 * math.pi, 20e3, 100.0)
    assert math.isnan(masked)


def test_what_has_no_horizon_is_refused() -> None:
    with pytest.raises(TerrainError, match="too near a pole"):
        table_of(SEA, 84.0, 0.0, 200e3)
    with pytest.raises(TerrainError, match="no horizon for"):
        table_of(SEA, factor=math.inf)
    with pytest.raises(TerrainError, match="no horizon for"):
        table_of(SEA, range_step=0.0)


def test_radars_without_a_table_see_over_everything() -> None:
    table = HILL_TABLE.angle.reshape(1440, -1)
    both = horizon.gathered([None, table], [0.0, 100.0])
    assert horizon.table_elevation(both, 0, 1.0, 1e4) == -math.inf
    assert horizon.is_visible(both, 0, 1.0, 1e4, -1.0)
    assert horizon.table_elevation(both, 1, 1.0, 1e4) == terrain_angle(HILL_TABLE, 1.0, 1e4)
    assert terrain_angle(HILL_TABLE, 1.0, 1e6) == terrain_angle(HILL_TABLE, 1.0, 40e3)
    assert terrain_angle(HILL_TABLE, -1e-12, 1e4) == pytest.approx(terrain_angle(HILL_TABLE, 0.0, 1e4), abs=1e-6)


def test_azimuths_lie_a_cell_apart_within_limits() -> None:
    assert horizon.azimuth_count(400e3, 925.0) == math.ceil(2.0 * math.pi / (925.0 / 400e3))
    assert horizon.azimuth_count(400e3, 30.0) == 3600
    assert horizon.azimuth_count(20e3, 925.0) == 1440
    assert [horizon.range_step_for(cell) for cell in (30.0, 600.0, 5e3)] == [100.0, 300.0, 500.0]


def test_viewshed_is_marching_to_every_cell() -> None:
    visible = np.empty(HILLS.grid.shape, np.uint8)
    latitude = math.radians(LATITUDE)
    viewshed(GROUND, HILL_TABLE, 0, SITE, latitude, ON_HILL, 100.0, 30e3, FACTOR, visible)
    same = []
    for row, column in np.random.default_rng(2).integers(0, 161, (300, 2)):
        place = math.radians(HILLS.north - row * CELL), math.radians(HILLS.west + column * CELL)
        height = float(HILLS.grid[row, column]) + 100.0
        _, distance, _ = terrain.direction_to(SITE, latitude, ON_HILL, *place, height)
        if visible[row, column] == 2:
            assert distance > 30e3
        elif distance > 1e3:
            same.append((visible[row, column] == 0) == terrain.is_masked(GROUND, SITE, ON_HILL, *place, height, FACTOR, 100.0))
    assert len(same) > 100
    assert np.mean(same) > 0.98  # the rest is at the very edge of a shadow


def test_bounds_of_the_horizon_hold_all_that_the_table_says() -> None:
    rng = np.random.default_rng(4)
    for azimuth, width, near in zip(rng.uniform(-7.0, 7.0, 200), rng.uniform(0.0, 0.2, 200), rng.uniform(0.0, 45e3, 200), strict=True):
        far = near + rng.uniform(0.0, 3e3)
        low, high = horizon.elevation_bounds(HILL_TABLE, 0, azimuth, (-0.5 * width, width), near, far)
        places = zip(rng.uniform(azimuth - 0.5 * width, azimuth + width, 50), rng.uniform(near, far, 50), strict=True)
        angles = [terrain_angle(HILL_TABLE, one, distance) for one, distance in places]
        assert low <= min(angles) + 1e-6
        assert max(angles) <= high + 1e-6
    assert high - low < 0.1  # rad


@pytest.mark.parametrize("target", [20.0, 100.0, 400.0])
def test_a_fine_viewshed_in_blocks_is_each_point_asked(target: float) -> None:
    share = np.arange(801) / 5.0  # a fifth of the cells: 100 m
    i, u = np.minimum(share.astype(int), 159), share - np.minimum(share.astype(int), 159)
    rows = HILLS.grid[i] * (1.0 - u)[:, None] + HILLS.grid[i + 1] * u[:, None]
    grid = (rows[:, i] * (1.0 - u) + rows[:, i + 1] * u).astype(np.float32)
    grid[100, 200:220] = np.nan
    fine = Elevation(grid, HILLS.north, HILLS.west, CELL / 5.0, CELL / 5.0, "fine")
    latitude, visible = math.radians(LATITUDE), np.empty(grid.shape, np.uint8)
    viewshed(horizon.ground_of(fine, math.nan), HILL_TABLE, 0, SITE, latitude, ON_HILL, target, 38e3, FACTOR, visible)
    assert np.all(visible[100, 200:220] == 2)
    other = 0
    for row, column in np.random.default_rng(3).integers(0, 801, (4000, 2)):
        height = float(grid[row, column]) + target
        if math.isnan(height):
            continue
        place = math.radians(fine.north - row * fine.step_lat), math.radians(fine.west + column * fine.step_lon)
        azimuth, distance, radius = terrain.direction_to(SITE, latitude, ON_HILL, *place, height)
        apparent = propagation.apparent_elevation(distance, ON_HILL, height, radius, FACTOR)
        sees = horizon.is_visible(HILL_TABLE, 0, azimuth, distance, apparent)
        other += visible[row, column] != (2 if distance > 38e3 else int(sees))
    assert other <= 1  # one at the edge of a shadow, where a rounding decides


def test_profile_feeds_the_loss_over_edges() -> None:
    wall = ridge(500.0, 40)
    radius = meridional_radius(0.0)
    distance, height, work = np.empty(201), np.empty(201), np.empty(201)
    site = theatre_frame(0.0, 0.0)
    span = 2.0 * radius * math.radians(40 * CELL)
    assert terrain.profile(horizon.ground_of(wall), site, radius, 0.0, span, distance, height) == 0
    assert distance[[0, 200]] == pytest.approx([0.0, span])
    assert height[100] == pytest.approx(500.0, abs=2.0)
    assert height[90] == 0.0
    loss = edges.profile_loss(distance, height, ANTENNA, ANTENNA, FACTOR * radius, 0.1, 0.0, work)
    nu = edges.knife_edge_parameter(500.0 - ANTENNA + span**2 / (8.0 * FACTOR * radius), 0.5 * span, 0.5 * span, 0.1)
    assert loss > edges.knife_edge_loss(nu) - 0.5
    assert terrain.profile(horizon.ground_of(wall), site, radius, 0.0, 100e3, distance, height) > 0


def test_blocks_bound_all_that_is_read_of_them() -> None:
    random = np.random.default_rng(4)
    table = np.maximum.accumulate(random.normal(-0.1, 0.05, (53, 71)), axis=1).astype(np.float32)
    table[:, 0], table[17:34, 30:] = -1.5, table[17:34, 30:31]
    horizons = horizon.gathered([None, table], [0.0, 100.0])
    flat = 0
    for azimuth, far in zip(random.uniform(-7.0, 7.0, 3000), random.uniform(0.0, 8000.0, 3000), strict=True):
        low, high, rises = horizons.blocks[horizon.block_at(horizons, 1, azimuth, far)]
        assert low - 1e-7 <= horizon.table_elevation(horizons, 1, azimuth, far) <= high + 1e-7
        flat += rises == 0.0
        assert rises == 1.0 or horizon.lit_rise(horizons, 1, azimuth, far) == 0.0
    assert flat > 50
