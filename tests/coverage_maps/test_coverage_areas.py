"""Areas and lengths against closed forms and an independent geodesic library."""

import math

import numpy as np
import pytest
from pyproj import Geod

from dowding.errors import CoverageError
from dowding.physics.propagation import gaussian_radius
from dowding.plots.borders import lines_in_box
from dowding.survey.areas import area_km2, band_area, length_km
from dowding.survey.grids import Grid, grid_about, grid_of

GEOD = Geod(ellps="WGS84")


def disc(grid: Grid, lat: float, lon: float, reach: float) -> np.ndarray:
    every = np.meshgrid(grid.latitude_deg, grid.longitude_deg, indexing="ij")
    distance = GEOD.inv(np.full(every[0].shape, lon), np.full(every[0].shape, lat), every[1], every[0])[2]
    return np.asarray(distance <= reach)


@pytest.mark.parametrize(("lat", "reach"), [(0.0, 150e3), (40.0, 300e3), (-62.0, 200e3), (40.0, 20e3)])
def test_a_disc_has_the_area_of_a_spherical_cap(lat: float, reach: float) -> None:
    grid = grid_about(lat, 33.0, 1.02 * reach, reach / 150)
    radius = gaussian_radius(math.radians(lat))  # the sphere that fits the ellipsoid there
    cap = 2.0 * math.pi * radius**2 * (1.0 - math.cos(reach / radius)) / 1e6
    assert area_km2(grid, disc(grid, lat, 33.0, reach)) == pytest.approx(cap, rel=0.005)


def test_the_whole_ellipsoid() -> None:
    # NGA.STND.0036 (2014), table 3.5: the equal-area sphere of WGS-84 has the radius 6371007.1809 m
    assert 4.0 * math.pi * band_area(math.pi / 2) == pytest.approx(4.0 * math.pi * 6371007.1809**2, rel=1e-9)


def test_a_box_of_cells() -> None:
    grid = grid_of(39.0, 41.0, 32.0, 35.0, 5000.0)
    rows, columns = grid.step_deg()
    south, north = grid.latitude_deg[0] - rows / 2, grid.latitude_deg[-1] + rows / 2
    west, east = grid.longitude_deg[0] - columns / 2, grid.longitude_deg[-1] + columns / 2
    lons = np.concatenate([np.linspace(west, east, 500), np.linspace(east, west, 500)])  # parallels are no geodesics
    lats = np.concatenate([np.full(500, south), np.full(500, north)])
    expected = abs(GEOD.polygon_area_perimeter(lons, lats)[0]) / 1e6
    assert area_km2(grid, np.ones(grid.shape, bool)) == pytest.approx(expected, rel=1e-6)


def test_cells_are_as_wide_as_they_are_high() -> None:
    grid = grid_of(39.0, 41.0, 32.0, 35.0, 1000.0)
    rows, columns = grid.step_deg()
    lat, lon = 40.0, 33.0
    assert GEOD.inv(lon, lat, lon, lat + rows)[2] == pytest.approx(1000.0, rel=1e-3)
    assert GEOD.inv(lon, lat, lon + columns, lat)[2] == pytest.approx(1000.0, rel=1e-3)


@pytest.mark.parametrize("lon", [33.0, 179.9, -179.9])
def test_a_line_through_a_disc(lon: float) -> None:
    grid = grid_about(40.0, lon, 110e3, 1000.0)
    turned = (lon + 5.0 + 180.0) % 360.0 - 180.0
    line = np.array([[40.0, (lon - 5.0 + 180.0) % 360.0 - 180.0], [40.0, lon], [40.0, turned]])
    assert length_km([line], grid, disc(grid, 40.0, lon, 100e3)) == pytest.approx(200.0, abs=1.5)  # a cell at each end
    assert length_km([line + np.array([2.0, 0.0])], grid, disc(grid, 40.0, lon, 100e3)) == 0.0


def test_land_borders_in_a_box() -> None:
    """The borders of Turkey with Syria and Iraq are 899 and 367 km long (CIA World Factbook, Turkey, land boundaries).

    The drawn ones are simpler, and a fifth to a quarter shorter; our length of them is that of an independent library.
    """
    lines = lines_in_box(34.0, 40.0, 34.0, 46.0)
    grid = grid_of(34.0, 40.0, 34.0, 46.0, 2000.0)
    covered = np.ones(grid.shape, bool)
    for countries, known in ((("Syria", "Turkey"), 899.0), (("Iraq", "Turkey"), 367.0)):
        mine = [line for names, line in lines if names == countries]
        found = length_km(mine, grid, covered)
        assert found == pytest.approx(sum(GEOD.line_length(line[:, 1], line[:, 0]) for line in mine) / 1e3, rel=1e-5)
        assert 0.7 * known < found < known
    assert any(names == ("Syria",) for names, _ in lines)  # its coast
    assert lines_in_box(-1.0, 1.0, -31.0, -29.0) == []
    east, west = lines_in_box(64.0, 70.0, 178.0, 193.0), lines_in_box(64.0, 70.0, -182.0, -167.0)
    assert len(east) == len(west) > 0


def test_a_grid_at_the_pole_is_refused() -> None:
    with pytest.raises(CoverageError, match=r"reaches latitude 89\.9, must stay within 85"):
        grid_of(80.0, 89.9, 0.0, 10.0, 1000.0)
