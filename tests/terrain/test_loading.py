"""Terrain files: what is shipped, what people bring, and what is refused."""

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dowding.errors import TerrainError
from dowding.terrain import Elevation, filled, load_terrain, save_terrain
from dowding.terrain.patch import packed, unpacked

try:
    import rasterio
except ImportError:  # the extra `terrain`
    rasterio = None

# Published heights (m) of summits: Ararat 5137, Erciyes 3917, Elbrus 5642; a cell of 30 arc-seconds shows its mean or its middle.
SUMMITS = {"Ararat": (39.7019, 44.2983, 5137), "Erciyes": (38.5319, 35.4469, 3917), "Elbrus": (43.3550, 42.4392, 5642)}
# Places (deg), height (m) in the general literature, and how far (m) the source may be off; its makers claim some tens of metres.
PLACES = {
    "Ankara, Ulus": (39.94, 32.855, 870, 60),
    "Lake Van": (38.6, 42.9, 1646, 20),
    "Tuz Gölü": (38.75, 33.4, 905, 20),
    "Mediterranean": (35.0, 30.0, 0, 0),
    "Black Sea": (43.0, 34.0, 0, 0),
}


@pytest.fixture(scope="module")
def turkey() -> Elevation:
    return load_terrain()


def near(elevation: Elevation, latitude: float, longitude: float, reach: int = 0) -> np.ndarray:
    row, column = round((elevation.north - latitude) / elevation.step_lat), round((longitude - elevation.west) / elevation.step_lon)
    return elevation.grid[row - reach : row + reach + 1, column - reach : column + reach + 1]


def test_the_shipped_terrain_is_whole_and_says_where_it_is_from(turkey: Elevation) -> None:
    assert turkey.bounds == pytest.approx((32.0, 24.0, 46.0, 48.0), abs=1e-9)
    assert turkey.grid.shape == (1680, 2880)
    assert turkey.holes == 0
    assert turkey.remark == ""
    assert "GLOBE" in turkey.attribution
    assert "public domain" in turkey.attribution


@pytest.mark.parametrize("summit", SUMMITS)
def test_summits_stand_where_they_should(turkey: Elevation, summit: str) -> None:
    latitude, longitude, height = SUMMITS[summit]
    top = near(turkey, latitude, longitude, 1).max()
    assert height - 300 < top < height + 50  # a kilometre's mean is lower than the point
    assert top == near(turkey, latitude, longitude, 4).max()  # nothing higher within four cells: no shift of more than one


@pytest.mark.parametrize("place", PLACES)
def test_heights_of_known_places(turkey: Elevation, place: str) -> None:
    latitude, longitude, height, tolerance = PLACES[place]
    assert abs(float(near(turkey, latitude, longitude)[0, 0]) - height) <= tolerance


def small(rows: int = 5, columns: int = 7, **changes: object) -> Elevation:
    grid = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)
    given = {"grid": grid, "north": 40.0, "west": 30.0, "step_lat": 0.1, "step_lon": 0.1, "name": "small"} | changes
    return Elevation(**given)


def test_own_file_round_trip(tmp_path: Path) -> None:
    grid = np.array([[8848, -430, np.nan], [np.nan, 0, 1], [-1, 2000, np.nan]], np.float32)
    written = small(grid=grid, attribution="© someone")
    save_terrain(written, tmp_path / "a.npz")
    save_terrain(written, tmp_path / "b.npz")
    read = load_terrain(tmp_path / "a.npz")
    np.testing.assert_array_equal(read.grid, grid)
    assert (read.north, read.west, read.step_lat, read.name, read.attribution) == (40.0, 30.0, 0.1, "small", "© someone")
    assert read.holes == 3
    assert read.remark.startswith("3 of 9 heights are missing")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.integers(-32768, 32767), min_size=3, max_size=3), min_size=1, max_size=4))
def test_packing_loses_nothing(rows: list[list[int]]) -> None:
    grid = np.array(rows, np.int16)
    np.testing.assert_array_equal(unpacked(packed(grid), *grid.shape), grid)


def write_hgt(path: Path, points: int, fill: int = 100) -> np.ndarray:
    raw = np.full((points, points), fill, ">i2")
    raw[0, 0], raw[-1, -1], raw[1, 1] = 7, 9, -32768
    raw.tofile(path)
    return raw


@pytest.mark.parametrize("points", [1201, 3601])
def test_srtm_tile(tmp_path: Path, points: int) -> None:
    write_hgt(tmp_path / "S01W072.hgt", points)
    tile = load_terrain(tmp_path / "S01W072.hgt")
    assert tile.grid.shape == (points, points)
    assert (tile.north, tile.west) == (0.0, -72.0)
    assert tile.step_lat == pytest.approx(1.0 / (points - 1))
    assert (tile.grid[0, 0], tile.grid[-1, -1], tile.holes) == (7, 9, 1)
    assert np.isnan(tile.grid[1, 1])


def test_folder_of_tiles_across_the_antimeridian(tmp_path: Path) -> None:
    write_hgt(tmp_path / "N10E179.hgt", 1201, 100)
    write_hgt(tmp_path / "N10W180.hgt", 1201, 200)
    (tmp_path / "read-me.txt").write_text("not a tile")
    both = load_terrain(tmp_path)
    assert both.grid.shape == (1201, 2401)
    assert (both.north, both.west) == (11.0, 179.0)
    assert both.bounds[3] == pytest.approx(181.0, abs=1e-3)
    assert (both.grid[600, 600], both.grid[600, 1800]) == (100, 200)
    cut = load_terrain(tmp_path, window=(10.2, 179.5, 10.4, -179.5), holes="sea")
    assert cut.bounds == pytest.approx((10.2, 179.5, 10.4, 180.5), abs=2e-3)
    west = load_terrain(tmp_path, window=(10.2, 179.1, 10.4, 179.4))
    assert west.grid.max() == 100


def test_holes_become_sea_or_are_interpolated() -> None:
    plane = np.add.outer(100.0 * np.arange(5), 10.0 * np.arange(7)).astype(np.float32)
    grid = plane.copy()
    grid[2, 3] = grid[2, 4] = np.nan
    holed = small(grid=grid)
    np.testing.assert_allclose(filled(holed, "interpolate").grid, plane, atol=1e-3)
    assert filled(holed, "sea").grid[2, 3] == 0.0
    assert np.isnan(holed.grid[2, 3])


def test_a_wide_hole_is_filled_from_all_sides() -> None:
    grid = np.full((5, 7), 50.0, np.float32)
    grid[1:4, :] = np.nan
    whole = filled(small(grid=grid), "interpolate").grid
    np.testing.assert_allclose(whole, 50.0, atol=1e-3)


needs_rasterio = pytest.mark.skipif(rasterio is None, reason="rasterio is not installed")


def write_tiff(path: Path, grid: np.ndarray, *, crs: str | None = "EPSG:4326", origin=(30.0, 40.0, 0.1), **more: object) -> None:
    west, north, step = origin
    profile = {"driver": "GTiff", "width": grid.shape[1], "height": grid.shape[0], "count": 1, "dtype": grid.dtype.name, **more}
    with rasterio.open(path, "w", crs=crs, transform=rasterio.Affine(step, 0.0, west, 0.0, -step, north), **profile) as file:
        file.write(grid, 1)


@needs_rasterio
def test_geotiff_points_are_cell_centres(tmp_path: Path) -> None:
    grid = np.arange(35, dtype=np.int16).reshape(5, 7)
    write_tiff(tmp_path / "a.tif", grid, nodata=3)
    read = load_terrain(tmp_path / "a.tif")
    assert (read.north, read.west) == pytest.approx((39.95, 30.05))
    assert read.bounds == pytest.approx((39.5, 30.0, 40.0, 30.7))
    assert read.holes == 1
    np.testing.assert_array_equal(np.where(read.missing, 3, read.grid), grid)
    part = load_terrain(tmp_path / "a.tif", window=(39.7, 30.2, 39.8, 30.4), holes="sea")
    assert part.grid.shape == (3, 4)
    assert part.grid[0, 0] == read.grid[round((read.north - part.north) / 0.1), round((part.west - read.west) / 0.1)]


@needs_rasterio
@pytest.mark.parametrize("nodata", [None, -9999])
def test_a_large_raster_takes_little_more_memory_than_its_heights(tmp_path: Path, nodata: int | None) -> None:
    grid = np.full((1000, 1000), 100, np.int16)
    grid[0, 0] = -9999 if nodata else 7
    write_tiff(tmp_path / "a.tif", grid, origin=(30.0, 40.0, 0.001), nodata=nodata)
    load_terrain(tmp_path / "a.tif")  # what is imported is imported
    tracemalloc.start()
    read = load_terrain(tmp_path / "a.tif")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read.holes == (1 if nodata else 0)
    assert peak < 2.0 * read.grid.nbytes


@needs_rasterio
def test_feet_become_metres(tmp_path: Path) -> None:
    write_tiff(tmp_path / "a.tif", np.full((4, 4), 1000, np.int16))
    with rasterio.open(tmp_path / "a.tif", "r+") as file:
        file.units = ("ft",)
    assert load_terrain(tmp_path / "a.tif").grid[1, 1] == pytest.approx(304.8, abs=1e-3)


@needs_rasterio
def test_projected_raster_is_reprojected(tmp_path: Path) -> None:
    pyproj = pytest.importorskip("pyproj")
    east, north = 400e3 + 50.0 + 100.0 * np.arange(60), 4.4e6 - 50.0 - 100.0 * np.arange(50)
    plane = (0.01 * (east[None, :] - 4e5) + 0.02 * (4.4e6 - north[:, None])).astype(np.float32)
    write_tiff(tmp_path / "utm.tif", plane, crs="EPSG:32636", origin=(400e3, 4.4e6, 100.0))
    read = load_terrain(tmp_path / "utm.tif")
    assert "reprojected" in read.remark
    row, column = 25, 30
    assert not np.isnan(read.grid[row, column])
    place = (read.west + column * read.step_lon, read.north - row * read.step_lat)
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32636", always_xy=True).transform(*place)
    assert read.grid[row, column] == pytest.approx(0.01 * (x - 4e5) + 0.02 * (4.4e6 - y), abs=0.3)  # GDAL may be off by an eighth of a cell


@needs_rasterio
def test_dted(tmp_path: Path) -> None:
    from rasterio.shutil import copy

    grid = np.add.outer(np.arange(121), np.arange(121)).astype(np.int16)
    step = 1.0 / 120
    write_tiff(tmp_path / "a.tif", grid, origin=(32.0 - 0.5 * step, 40.0 + 0.5 * step, step))
    copy(tmp_path / "a.tif", tmp_path / "n39.dt0", driver="DTED")
    read = load_terrain(tmp_path / "n39.dt0")
    assert (read.north, read.west) == pytest.approx((40.0, 32.0))
    np.testing.assert_array_equal(read.grid, grid)


def complaint(*arguments: object, **options: object) -> str:
    with pytest.raises(TerrainError) as caught:
        load_terrain(*arguments, **options)
    return str(caught.value)


def test_bad_input_is_named_in_a_sentence(tmp_path: Path) -> None:
    assert "no such file or folder" in complaint("atlantis")
    assert "shipped with the package: turkey" in complaint("atlantis")
    assert "no tile" in complaint(tmp_path)
    assert "not one of keep, sea, interpolate" in complaint("turkey", holes="guess")
    assert "holds no ground within latitude 50 to 51, longitude 30 to 31" in complaint("turkey", window=(50, 30, 51, 31))
    assert "not south, west, north, east" in complaint("turkey", window=(40, 30, 39, 31))
    (tmp_path / "N39E032.hgt").write_bytes(b"\0" * 1000)
    assert "1000 bytes; a tile has 2884802 or 25934402" in complaint(tmp_path / "N39E032.hgt")
    write_hgt(tmp_path / "ankara.hgt", 1201)
    assert "for example N39E032.hgt" in complaint(tmp_path / "ankara.hgt")
    (tmp_path / "bad.npz").write_bytes(b"PK\3\4 and then nothing")
    assert "damaged, or not a terrain file" in complaint(tmp_path / "bad.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    assert "damaged, or not a terrain file" in complaint(tmp_path / "other.npz")


def test_a_cut_short_patch(tmp_path: Path) -> None:
    save_terrain(small(), tmp_path / "a.npz")
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "b.npz").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in complaint(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grid": np.full((3, 3), np.nan, np.float32)}, "no height at all"),
        ({"grid": np.full((3, 3), -9999.0, np.float32)}, "heights from -9999 to -9999 m"),
        ({"grid": np.full((1, 3), 0.0, np.float32)}, "no area"),
        ({"north": 89.0}, "paths are computed up to 85"),
        ({"grid": np.zeros((3, 360), np.float32), "step_lon": 1.0, "step_lat": 1.0}, "all around the earth"),
    ],
)
def test_what_cannot_be_ground_is_refused(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    save_terrain(small(**changes), tmp_path / "a.npz")
    assert words in complaint(tmp_path / "a.npz")


def test_tiles_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    write_hgt(tmp_path / "N39E032.hgt", 1201)
    write_hgt(tmp_path / "N39E033.hgt", 3601)
    assert "another spacing" in complaint(tmp_path)


@needs_rasterio
def test_bad_rasters_are_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("not a raster")
    assert "not a raster of heights" in complaint(tmp_path / "text.tif")
    grid = np.random.default_rng(1).integers(0, 1000, (200, 200)).astype(np.int16)
    write_tiff(tmp_path / "a.tif", grid, origin=(30.0, 40.0, 0.01))
    whole = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "b.tif").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in complaint(tmp_path / "b.tif")
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        write_tiff(tmp_path / "c.tif", grid, crs=None, origin=(0.0, 0.0, 1.0))
    assert "does not say where" in complaint(tmp_path / "c.tif")
    write_tiff(tmp_path / "d.tif", grid - 9999, origin=(30.0, 40.0, 0.01))
    assert "declare the file's nodata value" in complaint(tmp_path / "d.tif")
    assert "holds no ground within" in complaint(tmp_path / "a.tif", window=(10, 10, 11, 11))


def test_without_rasterio_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    (tmp_path / "a.tif").write_bytes(b"")
    assert 'pip install "dowding[terrain]"' in complaint(tmp_path / "a.tif")
