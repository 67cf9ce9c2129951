"""What a survey leaves: GeoJSON after RFC 7946, KML that parses, NetCDF that reads back, pictures, and sentences for bad input."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from networks import ALTITUDES, SEARCH, WEST, network
from scipy.io import netcdf_file

from dowding.catalogue import Catalogue
from dowding.commands import _metres
from dowding.errors import CatalogueError, CoverageError, ScenarioError
from dowding.scenario import from_tables
from dowding.survey.areas import area_km2
from dowding.survey.contours import polygons
from dowding.survey.coverage import Survey, survey
from dowding.survey.grids import auto_grid, grid_about
from dowding.surveying import write_survey

ROOT = Path(__file__).resolve().parent.parent.parent
KML = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, both_survey: Survey) -> Path:
    out = tmp_path_factory.mktemp("coverage") / "map"
    without = survey(network(sensor=[SEARCH], fire_unit=[WEST]), "f-16", ALTITUDES, grid=both_survey.grid)
    write_survey(both_survey, out, without, names=("with", "without"), command="a command")
    return out


def signed_area(ring: list[list[float]]) -> float:
    """Twice the area in square degrees, positive counterclockwise (the shoelace formula)."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def test_the_folder_holds_what_is_promised(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {"coverage.nc", "coverage.geojson", "coverage.kml", "summary.json"} <= names
    for kind in ("png", "svg"):
        assert {f"{stem}-{level}m.{kind}" for stem in ("coverage", "difference") for level in (100, 3000, 10000)} <= names
        assert len([n for n in names if n.startswith("cut-") and n.endswith(kind)]) == 3


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
    assert {f["properties"]["kind"] for f in collection["features"]} == {"detection", "engagement", "only this", "only against"}


def test_contours_are_where_the_field_is(radar_survey: Survey) -> None:
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


def test_kml_is_well_formed_and_says_its_altitude_mode(folder: Path) -> None:
    root = ET.parse(folder / "coverage.kml").getroot()
    assert root.tag == f"{KML}kml"
    assert "simulation" in root.find(f"{KML}Document/{KML}name").text
    found = root.findall(f".//{KML}Polygon")
    assert found
    for polygon in found:
        assert polygon.find(f"{KML}altitudeMode").text == "absolute"
        for line in polygon.iter(f"{KML}coordinates"):
            places = [tuple(map(float, place.split(","))) for place in line.text.split()]
            assert places[0] == places[-1]
            assert {place[2] for place in places} <= set(ALTITUDES)


def test_netcdf_reads_back(folder: Path, both_survey: Survey) -> None:
    with netcdf_file(folder / "coverage.nc", mmap=False) as file:
        assert file.Conventions == b"CF-1.8"
        np.testing.assert_array_equal(file.variables["network_probability"][:], both_survey.network)
        np.testing.assert_array_equal(file.variables["kill_probability"][:], both_survey.kill)
        np.testing.assert_array_equal(file.variables["latitude"][:], both_survey.grid.latitude_deg)
        assert file.variables["network_probability"].dimensions == ("altitude", "latitude", "longitude")
        assert file.variables["latitude"].units == b"degrees_north"
        np.testing.assert_array_equal(file.variables["cumulative_probability"][:], both_survey.approach.probability)


def test_the_summary_adds_up(folder: Path, both_survey: Survey) -> None:
    facts = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert facts["target"] == "f-16"
    for level, row in enumerate(facts["altitudes"]):
        other = facts["against"]["altitudes"][level]
        change = facts["difference"][level]
        assert row["area_km2"] - other["area_km2"] == pytest.approx(change["only_this_km2"] - change["only_against_km2"], abs=0.01)
        assert row["farthest_km"]["Search"] == pytest.approx(both_survey.ranges_m[-1, level].max() / 1e3, abs=1e-3)
        assert set(row["zone_km2"]) == {"West", "East"}


def test_pictures_repeat_byte_for_byte(folder: Path, both_survey: Survey, tmp_path: Path) -> None:
    write_survey(both_survey, tmp_path / "again", None, names=("with", ""))
    for name in ("coverage-3000m.svg", "coverage-3000m.png", "cut-1-west-an-mpq-65.svg"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"altitudes_m": [-5.0]}, "altitude: got -5 m, must be between 0 and 100 km"),
        ({"altitudes_m": [150e3]}, "altitude: got 150000 m, must be between 0 and 100 km"),
        ({"altitudes_m": [float("nan")]}, "altitude: got nan m"),
        ({"altitudes_m": []}, "altitude: got none"),
        ({"step_m": 0.0}, "step: got 0 m, must be above 0"),
        ({"step_m": float("inf")}, "step: got inf m, must be above 0"),
        ({"step_m": 20.0}, r"GB; at most 0\.56 GB is allowed\nhint: make the step \d+\.\d times larger"),
        ({"step_m": 0.001}, "too fine for a map"),
        ({"aspect": "top"}, "aspect: got 'top', must be one of front, side, rear, mean"),
        ({"at_least": 0}, "at least: got 0 sensors, must be between 1 and the scenario's 1"),
        ({"at_least": 2}, "at least: got 2 sensors"),
        ({"toward": "Moon"}, "toward: got 'Moon', must be an asset of the scenario\nhint: it has Depot"),
    ],
)
def test_bad_input_is_told_in_a_sentence(radar, given: dict, sentence: str) -> None:
    with pytest.raises(CoverageError, match=sentence):
        survey(radar, "f-16", **({"altitudes_m": [1000.0]} | given))


def test_an_unknown_target_is_told_in_a_sentence(radar) -> None:
    with pytest.raises(CatalogueError, match='there is no target "f-61" in the catalogue'):
        survey(radar, "f-61", [1000.0])


def test_a_scenario_without_sensors_is_told_in_a_sentence() -> None:
    with pytest.raises(ScenarioError, match=r"sensor: got nothing that sees, must be at least one"):
        survey(network(), "f-16", [1000.0])
    with pytest.raises(CoverageError, match="the scenario has no sensors, so nothing is covered"):
        auto_grid([], Catalogue.load().find("targets", "f-16"), np.array([1000.0]), None)


@pytest.mark.parametrize(("text", "metres"), [("100m", 100.0), ("1.5km", 1500.0), ("3000ft", 914.4), ("250", 250.0), (" 2 km ", 2000.0)])
def test_altitudes_have_units(text: str, metres: float) -> None:
    assert _metres(text) == pytest.approx(metres)


def dowding(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dowding", *map(str, arguments)]
    environment = os.environ | {"COLUMNS": "140", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_the_command_maps_and_prints(tmp_path: Path) -> None:
    asked = ("--target", "f-16", "--altitude", "3km", "--step-m", 5000, "--no-figures")
    done = dowding("coverage", "two-minutes", *asked, "--out", tmp_path / "x")
    assert done.returncode == 0, done.stderr
    assert "3000 m" in done.stdout
    assert {p.name for p in (tmp_path / "x").iterdir()} == {"coverage.nc", "coverage.geojson", "coverage.kml", "summary.json"}


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    done = dowding("coverage", "two-minutes", "--target", "f-16", "--altitude", "low", "--out", tmp_path / "x")
    assert done.returncode == 1
    assert done.stderr.startswith("error: --altitude: got 'low', must be numbers in m, km or ft")
    assert not (tmp_path / "x").exists()


def test_scenarios_are_read_as_they_are() -> None:
    """A survey takes a scenario that is not compiled yet."""
    tables = {"duration_s": 60.0, "theatre": {"origin": {"lat_deg": 40.0, "lon_deg": 33.0}}, "sensor": [SEARCH]}
    tables |= {"flight": [{"name": "a", "target": "f-16", "route": [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 8000.0}] * 1}]}
    tables["flight"][0]["route"].append({"lat_deg": 40.5, "lon_deg": 33.0})
    found = survey(from_tables(tables), "f-16", [1000.0], step_m=20000.0, cumulative=False)
    assert found.approach is None
    assert found.covered(0).any()
