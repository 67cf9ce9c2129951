"""A recording flies again: a table of truth exactly, noisy reports smoothly; who flies can be chosen; mistakes are sentences."""

import math
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from dowding.errors import RecordingError, ScenarioError
from dowding.model import compile_scenario
from dowding.physics.flight import Path as Knots
from dowding.physics.flight import path_states
from dowding.physics.geodesy import theatre_to_geodetic_many
from dowding.scenario import Scenario, load, read, resolve
from dowding.scenario.flights import from_recording
from dowding.tables import write_parquet

HEAD = """
duration_s = {duration}
[theatre]
origin = {{ lat_deg = 40.0, lon_deg = 33.0 }}
[[sensor]]
name = "R"
radar = "92n6e"
lat_deg = 40.0
lon_deg = 33.0
"""
ROUTE = """
[[flight]]
name = "turning"
target = "f-16"
count = 2
spacing_km = 5
route = [{ lat_deg = 40.5, lon_deg = 33.0, altitude_m = 5000, speed_mps = 220 }, { lat_deg = 40.5, lon_deg = 33.4 },
         { lat_deg = 40.2, lon_deg = 33.5, altitude_m = 6000 }]
"""


def scenario(folder: Path, flights: str, duration: int = 300) -> Scenario:
    path = folder / "scenario.toml"
    path.write_text(HEAD.format(duration=duration) + flights)
    return load(path)


def flown(compiled: Any, target: int, times: np.ndarray) -> np.ndarray:
    """Theatre positions (time, 3) m of a target."""
    flights = compiled.model.flights
    row = flights.targets[target]
    span = slice(int(row["path_first"]), int(row["path_last"]) + 1)
    path = Knots(*(np.ascontiguousarray(column[span]) for column in flights.paths))
    return path_states(path, times - float(row["shift"]))[0]


def truth_table(compiled: Any, step: float = 2.0) -> dict[str, np.ndarray]:
    """The table of truth that a run would write."""
    rows: dict[str, list[np.ndarray]] = {}
    for target, row in enumerate(compiled.model.flights.targets):
        times = np.arange(float(row["start"]), min(float(row["end"]), 300.0), step)
        place = flown(compiled, target, times)
        geodetic = theatre_to_geodetic_many(compiled.model.defence.frame, place)
        velocity = np.gradient(place, times, axis=0)
        part = {"time_s": times, "target": np.full(len(times), target)}
        part |= {"latitude_deg": np.degrees(geodetic[:, 0]), "longitude_deg": np.degrees(geodetic[:, 1]), "altitude_m": geodetic[:, 2]}
        part |= {f"{axis}_m": place[:, k] for k, axis in enumerate(("east", "north", "up"))}
        part |= {f"velocity_{axis}_mps": velocity[:, k] for k, axis in enumerate(("east", "north", "up"))}
        for name, values in part.items():
            rows.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in rows.items()}


@pytest.fixture
def truth(tmp_path: Path) -> tuple[Any, Path]:
    compiled = compile_scenario(scenario(tmp_path, ROUTE))
    with duckdb.connect() as connection:
        write_parquet(connection, "truth", truth_table(compiled), tmp_path / "truth.parquet")
    return compiled, tmp_path / "truth.parquet"


def recorded(path: Path, more: str = "") -> str:
    return f'\n[[flight]]\nname = "again"\ntarget = "f-16"\nrecording = "{path}"\n{more}'


def test_truth_flies_again_as_truth(truth: tuple[Any, Path], tmp_path: Path) -> None:
    compiled, path = truth
    again = compile_scenario(scenario(tmp_path, recorded(path)))
    assert len(again.model.flights.targets) == 2
    for target in range(2):
        start = float(compiled.model.flights.targets["start"][target])
        times = np.arange(start + 5.0, start + 150.0, 0.5)
        miss = np.linalg.norm(flown(again, target, times) - flown(compiled, target, times), axis=1)
        assert miss.max() < 2.0  # m: knots are two seconds apart, also in the turn


def test_the_departure_shifts_all(truth: tuple[Any, Path], tmp_path: Path) -> None:
    compiled, path = truth
    later = compile_scenario(scenario(tmp_path, recorded(path, "depart_s = 40.0"), 400))
    times = np.arange(10.0, 100.0)
    assert flown(later, 0, times + 40.0) == pytest.approx(flown(compiled, 0, times), abs=2.0)


def test_noisy_reports_are_flown_along(truth: tuple[Any, Path], tmp_path: Path) -> None:
    """ADS-B once a second, positions 15 m off: the path is nearer to the truth than they are, and its speed is the true one."""
    compiled, _ = truth
    table, rng = truth_table(compiled, 1.0), np.random.default_rng(4)
    mine = table["target"] == 0
    lines = ["time,icao24,lat,lon,geoaltitude"]
    for t, lat, lon, height in zip(*(table[k][mine] for k in ("time_s", "latitude_deg", "longitude_deg", "altitude_m")), strict=True):
        east, north = 15.0 * rng.standard_normal(2)
        lon += math.degrees(east / 6.37e6 / math.cos(math.radians(lat)))
        lines.append(f"{1.7e9 + t},4ca123,{lat + math.degrees(north / 6.37e6):.8f},{lon:.8f},{height:.1f}")
    (tmp_path / "adsb.csv").write_text("\n".join(lines))
    again = compile_scenario(scenario(tmp_path, recorded(tmp_path / "adsb.csv")))
    times = np.arange(10.0, 90.0)
    miss = np.linalg.norm((flown(again, 0, times) - flown(compiled, 0, times))[:, :2], axis=1)
    assert np.sqrt((miss**2).mean()) < 15.0
    speed = np.linalg.norm(np.diff(flown(again, 0, times), axis=0), axis=1)
    assert np.abs(speed - 220.0).max() < 15.0


def test_who_flies_is_chosen(truth: tuple[Any, Path], tmp_path: Path) -> None:
    _, path = truth
    (flight,) = resolve(scenario(tmp_path, recorded(path, 'identity = ["1"]'))).flights
    assert [way.name for way in flight.ways] == ["1"]
    assert flight.count == 1


def test_flights_out_of_a_recording(truth: tuple[Any, Path], tmp_path: Path) -> None:
    compiled, path = truth
    flights = from_recording(path, "f-16", depart_s=10.0)
    assert [flight.identity for flight in flights] == [("0",), ("1",)]
    gap = float(np.diff(compiled.model.flights.targets["start"])[0])
    assert [flight.depart_s for flight in flights] == pytest.approx([10.0, 10.0 + gap])
    base = scenario(tmp_path, ROUTE)
    again = compile_scenario(base.model_copy(update={"flight": flights}))
    assert len(again.model.flights.targets) == 2
    times = np.arange(gap + 5.0, gap + 60.0)
    assert flown(again, 1, times + 10.0) == pytest.approx(flown(compiled, 1, times), abs=2.0)


def test_a_silence_makes_two_of_one(tmp_path: Path) -> None:
    lines = ["time,icao24,lat,lon,geoaltitude"]
    lines += [f"{t},4ca123,{40.2 + t * 0.001:.6f},33.0,5000" for t in [*range(0, 60, 5), *range(200, 260, 5)]]
    (tmp_path / "adsb.csv").write_text("\n".join(lines))
    (flight,) = resolve(scenario(tmp_path, recorded(tmp_path / "adsb.csv"))).flights
    assert len(flight.ways) == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("count = 2", r"flight\[0\].count: got 2, must be left out with a recording"),
        ("speed_mps = 200.0", r"flight\[0\].speed_mps: got 200, must be left out with a recording"),
        ('launch = "A"', r"got both recording and launch, must be one of"),
        ('identity = ["7"]', r'flight\[0\].identity\[0\]: got "7", must be in the recording, which has'),
        (
            "override = { speed_max_mps = 150.0, speed_cruise_mps = 100.0 }",
            r"flight\[0\].recording: got 0 at \d+ m/s, must be at most 150 m/s, the highest speed",
        ),
    ],
)
def test_mistakes_are_sentences(more: str, message: str, truth: tuple[Any, Path], tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=message):
        resolve(scenario(tmp_path, recorded(truth[1], more)))


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"flight\[0\].recording: .*nowhere.csv: cannot be read"):
        resolve(scenario(tmp_path, recorded(tmp_path / "nowhere.csv")))
    with pytest.raises(RecordingError, match="cannot be read"):
        from_recording(tmp_path / "nowhere.csv", "f-16")


def test_names_without_a_recording(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"flight\[0\].identity: got names, must be left out without a recording"):
        resolve(scenario(tmp_path, ROUTE.replace("count = 2\nspacing_km = 5", 'identity = ["1"]')))


def test_reading_from_text_keeps_the_file(tmp_path: Path) -> None:
    text = HEAD.format(duration=300) + '\n[[flight]]\nname = "again"\ntarget = "f-16"\nrecording = "here.csv"\n'
    assert Path(read(text).flight[0].recording or "").is_absolute()
