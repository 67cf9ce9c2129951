"""What good files mean: defaults, lookups, overrides, routes, and the complete form."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dowding.catalogue import KINDS, Catalogue, Figure
from dowding.errors import ScenarioError
from dowding.scenario import Resolved, ResolvedFlight, UsedFigure, doubtful, figures_used, load, read, resolve, shipped, write
from dowding.scenario.figures import WEIGHT

VALID = sorted((Path(__file__).parents[1] / "valid").glob("*.toml"))
EVERY_KEY = Path(__file__).parents[1] / "valid" / "every-key.toml"
EMPTY = Catalogue({kind: {} for kind in KINDS}, {})
HEAD = """duration_s = 1000
theatre.origin = { lat_deg = 40, lon_deg = 33 }
asset = [{ name = "City", lat_deg = 40, lon_deg = 33, radius_km = 5 }]
sensor = [{ name = "Post", radar = "96l6e", lat_deg = 40.0, lon_deg = 33.0 }]
[[flight]]
name = "F"
target = "f-16"
"""


def flight(text: str) -> ResolvedFlight:
    return resolve(read(HEAD + text)).flights[0]


@pytest.fixture(scope="module")
def every() -> Resolved:
    return resolve(load(EVERY_KEY))


@pytest.mark.parametrize("source", [*shipped(), *VALID], ids=str)
def test_complete_form_needs_no_catalogue(source: str | Path) -> None:
    scenario = load(source)
    text = write(scenario)
    again = read(text)
    assert resolve(again, EMPTY) == resolve(scenario)
    assert resolve(again) == resolve(scenario)
    assert write(again, EMPTY) == text


def test_shipped_scenarios() -> None:
    assert shipped() == ("ankara", "border", "exposure", "integration", "two-minutes")
    ankara = resolve(load("ankara"))
    assert sum(flight.count for flight in ankara.flights) == 41
    for flight in ankara.flights:
        end = flight.waypoints[-1].time_s if flight.waypoints else flight.depart_s
        if flight.attack >= 0:
            assert end + (flight.count - 1) * flight.interval_s < ankara.duration_s


def test_defaults() -> None:
    scenario = load(EVERY_KEY.parent / "smallest.toml")
    assert scenario.seed == 1
    assert scenario.theatre.effective_earth_factor == 4 / 3
    assert scenario.theatre.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert scenario.doctrine["default"].salvo.aircraft == 2
    assert scenario.flight[0].side == "red"
    assert scenario.sensor[0].side == "blue"
    resolved = resolve(scenario)
    assert resolved.flights[0].waypoints[1].altitude_m == 9000
    assert resolved.flights[0].waypoints[0].speed_mps == resolved.flights[0].target.value("speed_cruise_mps")


def test_overrides_are_applied(every: Resolved) -> None:
    unit = every.fire_units[0]
    assert unit.system.id == "s-400"
    assert unit.system.value("reaction_time_s") == 12
    assert (unit.system.figure("launchers").low, unit.system.figure("launchers").high) == (4, 8)
    assert {radar.entry.id: radar.entry.value("antenna_height_m") for radar in unit.radars} == {"96l6e": 15, "92n6e": 24}
    rounds = {interceptor.id: (interceptor.value("range_max_km"), number) for interceptor, number in unit.interceptors}
    assert rounds["48n6e3"] == (200, 16)
    assert every.sensors[0].entry.value("antenna_height_m") == 10
    assert every.sensors[0].entry.value("pfa") == 1e-7
    assert every.flights[0].target.value("rcs_front_m2") == 0.2
    assert every.theatre.start == datetime(2026, 6, 1, 6, tzinfo=UTC)
    assert every.doctrines["careful"].salvo.cruise_missile == 2


def test_attack_is_an_end_at_the_other_sides_asset(every: Resolved) -> None:
    assert [flight.attack for flight in every.flights] == [0, 0, 0, -1]
    assert flight('side = "blue"\nroute = [{ lat_deg = 39.5, lon_deg = 33, altitude_m = 9000 }, { to = "City" }]').attack == -1


def test_spacing_becomes_an_interval(every: Resolved) -> None:
    assert every.flights[0].interval_s == pytest.approx(200 / 15)
    route = "route = [{ lat_deg = 39.5, lon_deg = 33, altitude_m = 9000 }, { lat_deg = 40, lon_deg = 33 }]\ncount = 3\n"
    assert flight(route).interval_s == 10
    assert flight(route + "lateral_spacing_km = 1").interval_s == 0
    assert flight(route + "interval_s = 7\nlateral_spacing_km = 1").interval_s == 7


def test_route_inherits_and_times_fix_speeds() -> None:
    way = flight("""depart_s = 100
route = [
  { lat_deg = 39.0, lon_deg = 33, altitude_m = 9000 },
  { lat_deg = 39.2, lon_deg = 33 },
  { lat_deg = 39.3, lon_deg = 33, altitude_agl_m = 500, time_s = 250 },
  { lat_deg = 39.4, lon_deg = 33, speed_mps = 300 },
  { lat_deg = 39.5, lon_deg = 33 },
]""").waypoints
    assert [(point.altitude_m, point.agl) for point in way] == [(9000, False)] * 2 + [(500, True)] * 3
    assert [point.time_s for point in way][::2][:2] == [100, 250]
    assert way[0].speed_mps == pytest.approx(way[1].speed_mps)
    assert way[2].speed_mps == way[1].speed_mps
    assert way[3].speed_mps == way[4].speed_mps == 300
    assert all(after.time_s > before.time_s for before, after in pairwise(way))
    # 0.1 degrees of the meridian at 39.45 north are 11,102 m (meridian arc of WGS-84)
    assert way[4].time_s - way[3].time_s == pytest.approx(11102 / 300, abs=0.01)


def test_first_time_is_the_departure() -> None:
    assert flight("route = [{ lat_deg = 39, lon_deg = 33, altitude_m = 9000, time_s = 30 }, { to = 'City' }]").depart_s == 30


def test_figures_of_a_run(every: Resolved) -> None:
    figures = figures_used(every)
    keys = {(used.place, used.key): used.figure for used in figures}
    assert keys["fire_unit[0].system", "reaction_time_s"].grade == "U"
    assert keys["fire_unit[0].system", "rounds.48n6e3"].value == 16
    assert keys["flight[0].target", "rcs_front_m2"].value == 0.2
    assert not any(used.id == "91n6e" for used in figures)
    assert len({(used.place, used.key) for used in figures}) == len(figures)


def test_doubtful_figures_come_first(every: Resolved) -> None:
    figures = doubtful(figures_used(every), 1000, each=1000)
    for weighty in (True, False):
        grades = [used.figure.grade for used in figures if used.key.startswith(WEIGHT) is weighty]
        assert grades == sorted(grades, key="DCBAU".index)
    assert not any(used.key in ("name", "country", "cost_musd", "range_claimed_km") for used in figures)
    first = doubtful(figures_used(every), 8)
    assert first == doubtful(figures_used(every), 1000)[:8]
    assert max(Counter((used.kind, used.id) for used in first).values()) <= 2


def test_wider_ranges_are_more_doubtful() -> None:
    def used(key: str, value: float, low: float, high: float, grade: str) -> UsedFigure:
        return UsedFigure("here", "radars", "r", key, Figure(value, low, high, ("assumed",), grade))

    figures = [
        used("pfa", 1, 1, 1, "D"),
        used("loss_db", 2, 1, 4, "C"),
        used("gain_db", 4, 2, 8, "D"),
        used("cost_musd", 4, 1, 80, "D"),
        used("range_max_km", 4, 1, 8, "D"),
        used("range_min_km", 4, 0, 8, "D"),
        used("antenna_height_m", 4, 0, 16, "D"),
        used("scan_period_s", 4, 1, 400, "A"),
    ]
    order = ["range_max_km", "antenna_height_m", "gain_db", "range_min_km", "pfa", "loss_db", "scan_period_s"]
    assert [used.key for used in doubtful([*figures, *figures], 99, each=99)] == order


def test_written_dotted_overrides() -> None:
    changes = {
        "duration_s": 3000,
        "fire_unit[0].override.reaction_time_s": 20,
        'fire_unit["Murted"].override.radars."92n6e".antenna_height_m': 30,
        "flight[Bomber].count": 2,
        "doctrine.default.salvo.drone": 3,
        "doctrine.default.salvo.cruise_missile": np.int64(4),
        "flight[0].route[0].speed_mps": 200,
        "tracker.confirm_hits": 2,
    }
    scenario = load("ankara", changes)
    assert scenario.duration_s == 3000
    assert scenario.doctrine["default"].salvo.drone == 3
    assert scenario.doctrine["default"].salvo.cruise_missile == 4
    assert scenario.tracker.confirm_hits == 2
    assert [flight.count for flight in scenario.flight if flight.name == "Bomber"] == [2]
    assert resolve(scenario).flights[0].waypoints[1].speed_mps == 200
    assert resolve(scenario).fire_units[0].system.value("reaction_time_s") == 20


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("fire_unit[3].side", "fire_unit[3]: got entry 3 in an override, must be below 1"),
        ("fire_unit[Murtedd].side", 'must be one of "Murted"'),
        ("duration", 'got the unknown key "duration"'),
        ("flight[0].cuont", 'got the unknown key "cuont"'),
        ("flights[0].count", "flights"),
        ("doctrine.careful.shots_max", 'must name one of "default"'),
        ("fire_unit[0].override.raction_time_s", 'got the unknown key "raction_time_s"'),
        ('fire_unit[0].override.radars."an-mpq-65".pfa', "must be a radar of s-400"),
        ("duration_s.x", "is not a table"),
        ("", "must be a dotted key"),
        ("flight[", "must be a dotted key"),
        ("flight[0]count", "must be a dotted key"),
        (".seed", "must be a dotted key"),
        ("flight[0].route[9].speed_mps", "must be below 3"),
        ("title[0]", "must"),
        ("flight.count", "must be one of"),
    ],
)
def test_overrides_that_match_nothing(key: str, sentence: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        resolve(load("ankara", {key: 1}))
    assert sentence in caught.value.message
