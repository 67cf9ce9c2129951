"""What may be asked of a coverage, and the sentences for what may not."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import ASSET, EAST, INBOUND, ORIGIN, SEARCH, WEST, network
from replicates import world

from dowding.errors import CatalogueError, CoverageError, ScenarioError
from dowding.scenario import Scenario, from_tables
from dowding.survey.coverage import coverage, coverages
from dowding.survey.levels import Level, read_level, read_levels
from dowding.survey.withdrawal import without
from dowding.surveying.folder import ready_folder, write_coverage

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("100m", Level(100.0)),
        ("1.5km", Level(1500.0)),
        ("3000ft", Level(914.4)),
        ("250", Level(250.0)),
        (" 2 km ", Level(2000.0)),
        ("100m-agl", Level(100.0, True)),
        ("300 ft AGL", Level(91.44, True)),
        ("1km_agl", Level(1000.0, True)),
        (7, Level(7.0)),
    ],
)
def test_altitudes_have_units_and_a_zero(text: Any, level: Level) -> None:
    assert read_level(text) == pytest.approx(level)
    assert read_level(level) == level


def test_altitudes_are_sorted_and_each_counts_once() -> None:
    assert read_levels("1km, 50m-agl,1000m,2km") == (Level(50.0, True), Level(1000.0), Level(2000.0))
    assert [level.name for level in read_levels("50m-agl,1km")] == ["50m-agl", "1000m"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"altitudes": [-5.0]}, r"altitude: got -5 m above the ellipsoid, must be between 0 m and 100 km\nhint: such as 100m-agl"),
        ({"altitudes": "150km"}, "altitude: got 150000 m above the ellipsoid, must be between 0 m and 100 km"),
        ({"altitudes": "0m-agl"}, "altitude: got 0 m above the ground, must be between 1 m and 100 km"),
        ({"altitudes": [float("nan")]}, "altitude: got nan m"),
        ({"altitudes": "infkm"}, "altitude: got inf m"),
        ({"altitudes": []}, "altitude: got none, must be at least one\nhint"),
        ({"altitudes": "high"}, "altitude: got 'high', must be a number in m, km or ft\nhint"),
        ({"altitudes": "100m-asl"}, "altitude: got '100m-asl'"),
        ({"step_m": 0.0}, "step: got 0 m, must be a number above 0\nhint"),
        ({"step_m": -1.0}, "step: got -1 m, must be a number above 0"),
        ({"step_m": float("nan")}, "step: got nan m, must be a number above 0"),
        ({"step_m": 20.0}, r"GB; at most 0\.56 GB is allowed\nhint: make the step \d+\.\d times larger"),
        ({"step_m": 0.001}, "too fine for a map of .* km\nhint"),
        ({"aspect": "top"}, "aspect: got 'top', must be one of front, side, rear, mean\nhint"),
        ({"at_least": 0}, "at least: got 0 sensors, must be between 1 and the scenario's 1\nhint: it has Search"),
        ({"at_least": 2}, "at least: got 2 sensors"),
        ({"toward": "Moon"}, "toward: got 'Moon', must be an asset of the scenario\nhint: it has Depot"),
        ({"rcs_m2": 0.0}, "rcs: got 0 m2, must be above 0 and at most 1e"),
        ({"rcs_m2": -2.0}, "rcs: got -2 m2, must be above 0.*\nhint: such as --rcs 1.0"),
        ({"rcs_m2": float("nan")}, "rcs: got nan m2"),
        ({"rcs_m2": float("inf")}, "rcs: got inf m2"),
        ({"target": ""}, "target: got none, must be a target or a cross section\nhint: such as --target f-16, or --rcs 1.0"),
        ({"side": "green"}, "side: got 'green', must be blue or red\nhint"),
        ({"side": "red"}, "side: red has no sensors in this scenario\nhint: blue has"),
    ],
)
def test_bad_input_is_told_in_a_sentence(radar, given: dict, sentence: str) -> None:
    with pytest.raises(CoverageError, match=sentence):
        coverage(radar, **({"target": "f-16", "altitudes": [1000.0]} | given))


def test_an_unknown_target_is_told_in_a_sentence(radar) -> None:
    with pytest.raises(CatalogueError, match='there is no target "f-61" in the catalogue\nhint: did you mean'):
        coverage(radar, "f-61", [1000.0])


def test_a_scenario_without_sensors_is_told_in_a_sentence() -> None:
    with pytest.raises(ScenarioError, match=r"sensor: got nothing that sees, must be at least one"):
        coverage(network(), "f-16", [1000.0])


def scenario(**tables: Any) -> Scenario:
    given = {"duration_s": 60.0, "theatre": {"origin": ORIGIN}, "asset": [ASSET], "flight": [INBOUND]}
    return from_tables(given | tables)


def test_scenarios_are_read_as_they_are() -> None:
    """A survey takes a scenario that is not compiled yet, or its name."""
    found = coverage(scenario(sensor=[SEARCH]), "f-16", [1000.0], step_m=20000.0, cumulative=False)
    assert found.approach is None
    assert found.covered(0).any()
    assert coverage("two-minutes", rcs_m2=1.0, altitudes="2km", step_m=20000.0).target.name == "target of 1 m²"


def test_each_side_sees_with_its_own_sensors() -> None:
    red = EAST | {"side": "red"}
    mixed = scenario(sensor=[SEARCH], fire_unit=[WEST, red])
    assert coverage(mixed, "f-16", "1km", step_m=20e3).compiled.names.sensors == ("West an-mpq-65", "Search")
    assert coverage(mixed, "f-16", "1km", step_m=20e3, side="red").compiled.names.sensors == ("East an-mpq-65",)


def test_what_leaves_is_left_out() -> None:
    whole = scenario(sensor=[SEARCH], fire_unit=[WEST, EAST])
    assert [unit.name for unit in without(whole, ["East"]).fire_unit] == ["West"]
    assert without(whole, ["Search"]).sensor == ()
    with pytest.raises(CoverageError, match=r"without: got 'Est', must be a fire unit or sensor of the scenario\nhint: .*'East'"):
        without(whole, ["Est"])
    with pytest.raises(CoverageError, match="without: nothing that sees is left without West, East, Search\nhint"):
        without(whole, ["West", "East", "Search"])


def test_networks_far_apart_are_not_compared() -> None:
    far = scenario(theatre={"origin": {"lat_deg": 50.0, "lon_deg": 10.0}}, sensor=[SEARCH | {"lat_deg": 50.0, "lon_deg": 10.0}],
                   asset=[ASSET | {"lat_deg": 50.0, "lon_deg": 10.0}],
                   flight=[INBOUND | {"route": [{"lat_deg": 51.0, "lon_deg": 10.0, "altitude_m": 8000.0}, {"to": "Depot"}]}])  # fmt: skip
    with pytest.raises(CoverageError, match=r"against: what the two scenarios see of this target lies [\d,]+ km apart"):
        coverages(scenario(sensor=[SEARCH]), far, "f-16", "1km")


def test_two_coverages_share_the_memory_of_one() -> None:
    whole = scenario(sensor=[SEARCH], fire_unit=[WEST])
    with pytest.raises(CoverageError, match=r"at most 0\.28 GB is allowed"):
        coverages(whole, scenario(sensor=[SEARCH]), "f-16", "10km", step_m=80.0)


def test_maps_at_the_pole_are_refused_and_at_the_date_line_drawn(tmp_path: Path) -> None:
    def at(lat: float, lon: float) -> Any:
        inbound = {"name": "in", "target": "f-16", "route": [{"lat_deg": lat - 0.5, "lon_deg": lon, "altitude_m": 8000.0}, {"to": "Depot"}]}
        asset = {"name": "Depot", "lat_deg": lat, "lon_deg": lon, "radius_km": 2.0}
        place = {"lat_deg": lat, "lon_deg": lon}
        return world(theatre={"origin": place}, asset=[asset], flight=[inbound], sensor=[SEARCH | place])

    with pytest.raises(CoverageError, match=r"the map reaches latitude .*, must stay within 85 degrees of the equator\nhint"):
        coverage(at(89.9, 0.0), "f-16", "1km")
    here, there = (coverage(at(40.0, lon), "f-16", "1km", step_m=5000.0) for lon in (33.0, 180.0))
    assert there.covered(0).sum() == pytest.approx(here.covered(0).sum(), rel=0.01)
    assert np.ptp(there.grid.longitude_deg) < 10.0
    facts = write_coverage(there, tmp_path / "date line")
    assert "coverage-1000m.png" in facts["files"]


def test_folders_that_cannot_be_used_are_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CoverageError, match="is a file, must be a folder\nhint: choose another with --out"):
        ready_folder(tmp_path / "file")
    with pytest.raises(CoverageError, match=r"cannot be written \(Not a directory\)"):
        ready_folder(tmp_path / "file" / "below")
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").touch()
    with pytest.raises(CoverageError, match="the folder is not empty and holds no coverage\nhint"):
        ready_folder(full)
    assert [path.name for path in full.iterdir()] == ["letter.txt"]


def dowding(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dowding", *map(str, arguments)]
    environment = os.environ | {"COLUMNS": "140", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_the_command_maps_and_prints(tmp_path: Path) -> None:
    asked = ("--target", "f-16", "--altitude", "3km,200m-agl", "--step-m", 5000, "--no-figures")
    done = dowding("coverage", "two-minutes", *asked, "--out", tmp_path / "x")
    assert done.returncode == 0, done.stderr
    assert "3000 m" in done.stdout
    assert "200 m agl" in done.stdout
    assert {p.name for p in (tmp_path / "x").iterdir()} == {"coverage.nc", "coverage.geojson", "coverage.kml", "summary.json"}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("--target", "f-16", "--altitude", "low"), "altitude: got 'low', must be a number in m, km or ft"),
        ((), "target: got none, must be a target or a cross section"),
        (("--target", "f-61"), 'there is no target "f-61" in the catalogue'),
        (("--rcs", "0"), "rcs: got 0 m2, must be above 0"),
        (("--target", "f-16", "--altitude", "101km"), "altitude: got 101000 m above the ellipsoid, must be between 0 m and 100 km"),
        (("--target", "f-16", "--toward", "Moon"), "toward: got 'Moon', must be an asset of the scenario"),
        (("--target", "f-16", "--side", "green"), "side: got 'green', must be blue or red"),
        (("--target", "f-16", "--against", "two-minutes"), "--against: got 'two-minutes', the same scenario again"),
        (("--target", "f-16", "--against", "ankara", "--without", "x"), "--against and --without: got both, must be one of them"),
        (("--target", "f-16", "--without", "x"), "without: got 'x', must be a fire unit or sensor of the scenario"),
        (("--target", "f-16", "--cut-azimuth", "north"), "--cut-azimuth: got 'north', must be degrees clockwise from north"),
        (("--target", "f-16", "--cut-azimuth", "nan"), "--cut-azimuth: got 'nan', must be degrees"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path: Path, asked: tuple[str, ...], sentence: str) -> None:
    done = dowding("coverage", "two-minutes", *asked, "--out", tmp_path / "x")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {sentence}")
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
