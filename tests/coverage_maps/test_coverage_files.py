"""What a survey leaves: GeoJSON after RFC 7946, KML that parses, NetCDF after CF that xarray reads, pictures, and summaries."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import xarray
from networks import ALTITUDES, SEARCH, WEST, network
from scipy.io import netcdf_file

import dowding
from dowding.survey.areas import area_km2
from dowding.survey.contours import polygons
from dowding.survey.coverage import Coverage, coverage
from dowding.survey.grids import grid_about
from dowding.surveying import pictures
from dowding.surveying.folder import write_coverage
from dowding.surveying.shapes import CONTOURS

KML = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture(scope="module", autouse=True)
def coarse_pictures() -> Iterator[None]:
    """Pictures in a sixth of the cells: what they show and say is the same, in a sixth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "ACROSS", 200)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory, both_survey: Coverage) -> Path:
    out = tmp_path_factory.mktemp("coverage") / "map"
    without = coverage(network(sensor=[SEARCH], fire_unit=[WEST]), "f-16", ALTITUDES, grid=both_survey.grid)
    write_coverage(both_survey, out, without, names=("with", "without"), cut_azimuths_deg=(90.0,), command="a command")
    return out


@pytest.fixture(scope="module")
def hilly_folder(tmp_path_factory, hills_survey: Coverage) -> Path:
    out = tmp_path_factory.mktemp("hills")
    write_coverage(hills_survey, out, names=("hills", ""), figures=False)
    return out


def signed_area(ring: list[list[float]]) -> float:
    """Twice the area in square degrees, positive counterclockwise (the shoelace formula)."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def test_the_folder_holds_what_is_promised(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {"coverage.nc", "coverage.geojson", "coverage.kml", "summary.json"} <= names
    for kind in ("png", "svg"):
        stems = [f"{stem}-{level}m" for stem in ("coverage", "difference", "cumulative") for level in (100, 3000, 10000)]
        assert {f"{stem}.{kind}" for stem in (*stems, "outlines", "outlines-3-search", "cut-3-search-90", "blake-3-search-90")} <= names
        assert len([n for n in names if n.startswith("cut-") and n.endswith(kind)]) == 3
    assert set(json.loads((folder / "summary.json").read_text(encoding="utf-8"))["files"]) == names


def test_geojson_rings_are_closed_and_turned_as_the_rfc_says(folder: Path) -> None:
    collection = json.loads((folder / "coverage.geojson").read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    outer = holes = 0
    for feature in collection["features"]:
        assert feature["type"] == "Feature"
        assert feature["properties"]["altitude_m"] in ALTITUDES
        assert feature["geometry"]["type"] == "MultiPolygon"
        for polygon in feature["geometry"]["coordinates"]:
            for number, ring in enumerate(polygon):
                assert len(ring) >= 4  # RFC 7946, 3.1.6
                assert ring[0] == ring[-1]
                assert (signed_area(ring) > 0.0) == (number == 0)
                assert all(-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0 for lon, lat in ring)
                outer, holes = outer + (number == 0), holes + (number > 0)
    assert outer > 6
    assert holes > 0  # the cone above the search radar
    about = [feature["properties"] for feature in collection["features"]]
    assert {a["kind"] for a in about} == {"detection", "engagement", "only this", "only against"}
    for name in ("network", "Search", "West an-mpq-65"):
        assert {a["least"] for a in about if a["name"] == name} == set(CONTOURS)


def test_contours_of_higher_probability_lie_inside(folder: Path) -> None:
    found = json.loads((folder / "coverage.geojson").read_text(encoding="utf-8"))["features"]
    areas = [
        sum(signed_area(ring) for polygon in f["geometry"]["coordinates"] for ring in polygon)
        for least in CONTOURS
        for f in found
        if (f["properties"].get("least"), f["properties"]["name"], f["properties"]["altitude_m"]) == (least, "network", 10000.0)
    ]
    assert len(areas) == len(CONTOURS)
    assert all(a > b > 0.0 for a, b in pairwise(areas))


def test_contours_are_where_the_field_is(radar_survey: Coverage) -> None:
    found = polygons(radar_survey.grid, radar_survey.network[2], 0.5)
    (rings,) = found
    lat = np.radians(rings[0][:, 1].mean())
    area = sum(signed_area(ring.tolist()) for ring in rings) / 2 * 111.2**2 * np.cos(lat)
    assert area == pytest.approx(area_km2(radar_survey.grid, radar_survey.covered(2)), rel=0.02)


@pytest.mark.parametrize("lon", [179.0, -179.5, 33.0])
def test_contours_are_cut_at_the_date_line(lon: float) -> None:
    grid = grid_about(10.0, lon, 250e3, 5000.0)
    lat, east = np.meshgrid(grid.latitude_deg - 10.0, grid.longitude_deg - lon, indexing="ij")
    field = 1.0 - np.hypot(lat, east)
    found = polygons(grid, field, 0.0)
    lons = np.concatenate([ring[:, 0] for polygon in found for ring in polygon])
    assert np.all(np.abs(lons) <= 180.0)
    assert len(found) == (1 if lon == 33.0 else 2 if abs(lon) > 179.0 else 1)
    total = sum(signed_area(ring.tolist()) for polygon in found for ring in polygon) / 2
    assert total == pytest.approx(np.pi, rel=0.01)
    assert all(np.ptp(ring[:, 0]) <= 2.1 for polygon in found for ring in polygon)


def test_kml_is_well_formed_and_says_its_altitude_mode(folder: Path, hilly_folder: Path) -> None:
    modes = set()
    for path in (folder, hilly_folder):
        root = ET.parse(path / "coverage.kml").getroot()
        assert root.tag == f"{KML}kml"
        assert "simulation" in root.find(f"{KML}Document/{KML}name").text
        for mark in root.iter(f"{KML}Placemark"):
            above = "above ground" in mark.find(f"{KML}name").text
            for polygon in mark.iter(f"{KML}Polygon"):
                mode = polygon.find(f"{KML}altitudeMode").text
                assert mode == ("relativeToGround" if above else "absolute")
                modes.add(mode)
                for line in polygon.iter(f"{KML}coordinates"):
                    places = [tuple(map(float, place.split(","))) for place in line.text.split()]
                    assert places[0] == places[-1]
                    assert {place[2] for place in places} <= {*ALTITUDES, 1000.0}
    assert modes == {"absolute", "relativeToGround"}


def test_netcdf_reads_back_byte_for_byte(folder: Path, both_survey: Coverage) -> None:
    with netcdf_file(folder / "coverage.nc", mmap=False) as file:
        assert file.Conventions == b"CF-1.8"
        np.testing.assert_array_equal(file.variables["network_probability"][:], both_survey.network)
        np.testing.assert_array_equal(file.variables["kill_probability"][:], both_survey.kill)
        np.testing.assert_array_equal(file.variables["latitude"][:], both_survey.grid.latitude_deg)
        assert file.variables["network_probability"].dimensions == ("altitude", "latitude", "longitude")
        np.testing.assert_array_equal(file.variables["approach_probability"][:], both_survey.approach.probability)
        assert set(np.unique(file.variables["seen_by"][:])) == {0, 1, 2}


@pytest.mark.parametrize("engine", ["scipy", "netcdf4"])
def test_xarray_reads_it_with_what_cf_asks_for(hilly_folder: Path, hills_survey: Coverage, engine: str) -> None:
    if engine == "netcdf4":
        pytest.importorskip("netCDF4")
    with xarray.open_dataset(hilly_folder / "coverage.nc", engine=engine) as data:
        assert data.attrs["Conventions"] == "CF-1.8"
        assert data.sizes["altitude"] == 2
        assert data["altitude"].attrs["standard_name"] == "height_above_reference_ellipsoid"
        assert data["height"].attrs["standard_name"] == "height"
        assert data["latitude"].attrs["units"] == "degrees_north"
        for coordinate, axis in (("altitude", "Z"), ("height", "Z"), ("latitude", "Y"), ("longitude", "X")):
            assert data[coordinate].attrs["axis"] == axis
            assert np.all(np.diff(data[coordinate]) > 0.0)
        assert list(data["sensor_name"].values.astype(str)) == list(hills_survey.compiled.names.sensors)
        for name, rows in (("network_probability", [1, 2]), ("network_probability_above_ground", [0])):
            field, mine = data[name], hills_survey.network[rows]
            np.testing.assert_array_equal(np.isnan(field), mine < 0.0)  # _FillValue, decoded
            np.testing.assert_array_equal(field.fillna(-1.0), mine)
            assert field.encoding["_FillValue"] == np.float32(-1.0)
            assert tuple(field.attrs["valid_range"]) == (0.0, 1.0)
            assert (field.attrs.get("grid_mapping") or field.encoding.get("grid_mapping")) == "wgs84"
            flags = data[field.attrs["ancillary_variables"]]
            assert flags.attrs["flag_meanings"].split() == ["possible", "below_ground", "ground_unknown"]
            np.testing.assert_array_equal(flags == 1, mine < 0.0)
        assert float(data["network_probability"].sel(altitude=3000.0).max()) > 0.9
        assert data["wgs84"].attrs["grid_mapping_name"] == "latitude_longitude"
        assert float(data["ground_height"].max()) > 1000.0


def test_the_dataset_in_memory_is_that_of_the_file(hilly_folder: Path, hills_survey: Coverage) -> None:
    mine = hills_survey.to_xarray()
    with xarray.open_dataset(hilly_folder / "coverage.nc") as data:
        for name in ("network_probability", "network_probability_above_ground", "kill_probability", "farthest_range", "ground_height"):
            np.testing.assert_array_equal(mine[name], data[name])
            assert mine[name].attrs["units"] == data[name].attrs["units"]
    assert list(mine["sensor"].values) == list(hills_survey.compiled.names.sensors)
    assert float(mine["kill_probability"].sel(unit="West", altitude=3000.0).max()) > 0.0


def test_the_summary_adds_up(folder: Path, both_survey: Coverage) -> None:
    facts = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert facts["target"] == "f-16"
    for level, row in enumerate(facts["altitudes"]):
        other, change = facts["against"]["altitudes"][level], facts["difference"][level]
        for key in ("area_km2", "border_km", "coast_km"):
            assert row[key] == pytest.approx(change["seen"]["only_this"][key] + change["seen"]["both"][key], abs=0.01)
            assert other[key] == pytest.approx(change["seen"]["only_against"][key] + change["seen"]["both"][key], abs=0.01)
        if level:
            zone = change["reached"]["only_this"]["area_km2"] + change["reached"]["both"]["area_km2"]
            assert zone == pytest.approx(row["zones_together"]["area_km2"], abs=0.01)
        assert row["sensors"]["Search"]["farthest_km"] == pytest.approx(both_survey.ranges_m[-1, level].max() / 1e3, abs=1e-3)
        assert set(row["zones"]) == {"West", "East"}
        coast = sum(one["covered_km"] for one in row["along"] if one["kind"] == "coast")
        assert coast == pytest.approx(row["coast_km"], abs=0.1)
        assert all(one["covered_km"] <= one["on_map_km"] for one in row["along"])


def test_borders_are_named(hills_survey: Coverage) -> None:
    found = dowding.coverage(hills_survey.compiled, "f-16", "8km", step_m=4000.0, cumulative=False, zones=False)
    facts = found.summary([*lines_of(found)])
    named = {tuple(one["of"]): one for one in facts["altitudes"][0]["along"]}
    assert named[("Turkey",)]["kind"] == "coast"
    assert 50.0 < named[("Turkey",)]["covered_km"] < named[("Turkey",)]["on_map_km"]


def lines_of(found: Coverage):
    from dowding.surveying.folder import lines_on

    return lines_on(found)


def test_pictures_repeat_byte_for_byte(folder: Path, both_survey: Coverage, tmp_path: Path) -> None:
    write_coverage(both_survey, tmp_path / "again", None, names=("with", ""), cut_azimuths_deg=(90.0,))
    for name in ("coverage-3000m.svg", "coverage-3000m.png", "cut-1-west-an-mpq-65-90.svg", "blake-1-west-an-mpq-65-90.png"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_pictures_say_what_they_show(folder: Path) -> None:
    def words(name: str) -> str:
        return " ".join(text for node in ET.parse(folder / name).iter() if (text := (node.text or "").strip()))

    told = words("coverage-3000m.svg")
    for text in ("F-16C Fighting Falcon, 3 km, nose on", "Intercept possible by", "Search", "km²", "°E", "°N", " km"):
        assert text in told
    assert "only without" in words("difference-3000m.svg")
    assert "found on the way to Depot" in words("cumulative-3000m.svg")
    assert "constant elevation" in words("blake-3-search-90.svg")


def test_a_second_survey_clears_what_the_first_left(tmp_path: Path, radar) -> None:
    first, second = (coverage(radar, "f-16", height, step_m=20e3, cumulative=False) for height in ("3km", "8km"))
    write_coverage(first, tmp_path)
    (tmp_path / "mine.txt").write_text("kept")
    write_coverage(second, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert "coverage-8000m.png" in names
    assert "coverage-3000m.png" not in names
    assert "mine.txt" in names
