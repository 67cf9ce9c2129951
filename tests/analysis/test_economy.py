"""Costs of a run made by hand, from prices written into its scenario and from the shipped catalogue's."""

import numpy as np
import pytest

import dowding
from dowding.analysis.economy import Item, Price, total
from dowding.scenario import read
from dowding.tables import TABLES, Tables, check

SCENARIO = """
duration_s = 900
theatre = { origin = { lat_deg = 40.0, lon_deg = 33.0 } }
[[asset]]
name = "Depot"
lat_deg = 40.0
lon_deg = 33.0
radius_km = 2.0
value = 7.0
[[asset]]
name = "Bridge"
lat_deg = 40.1
lon_deg = 33.0
radius_km = 2.0
value = 2.0
[[fire_unit]]
name = "Battery"
system = "patriot"
lat_deg = 40.0
lon_deg = 33.0
[fire_unit.override.interceptors.pac-3-mse]
cost_musd = { value = 4.0, low = 3.0, high = 6.0 }
[fire_unit.override.rounds]
pac-3-mse = 5
[[flight]]
name = "drones"
target = "shahed-136"
count = 2
spacing_km = 1.0
route = [ { lat_deg = 40.3, lon_deg = 33.0, altitude_m = 1000.0 }, { to = "Depot" } ]
override = { cost_musd = 0.5 }
[[flight]]
name = "fighter"
target = "f-16"
route = [ { lat_deg = 40.5, lon_deg = 33.0, altitude_m = 8000.0 }, { lat_deg = 40.5, lon_deg = 34.0 } ]
"""


def table(name, rows):
    blank = {"float": np.nan, "int": -1, "bool": False, "word": ""}
    return check(name, {c.name: np.array([r.get(c.name, blank[c.type]) for r in rows], object) for c in TABLES[name].columns})


def made():
    drone = {"flight": "drones", "entry": "shahed-136", "class": "drone", "side": "red", "asset": "Depot"}
    targets = [
        drone | {"target": 0, "fate": "killed", "fate_s": 100.0},
        drone | {"target": 1, "fate": "leaked", "fate_s": 200.0},
        {"target": 2, "flight": "fighter", "entry": "f-16", "class": "aircraft", "side": "red", "fate": "flying", "fate_s": 900.0},
    ]
    shot = {"unit": "Battery", "interceptor": "pac-3-mse"}
    shots = [
        shot | {"shot": 0, "launched_s": 80.0, "target": 0, "outcome": "kill"},
        shot | {"shot": 1, "launched_s": 190.0, "target": 1, "outcome": "miss"},
        shot | {"shot": 2, "launched_s": 300.0, "target": 2, "outcome": "miss"},
    ]
    sensors = [{"sensor": 0, "name": "Battery radar", "side": "blue", "unit": "Battery"}]
    return Tables(
        {"targets": table("targets", targets), "shots": table("shots", shots), "sensors": table("sensors", sensors)}, scenario_text=SCENARIO
    )


def test_rounds_targets_and_their_exchange():
    account = dowding.economy(made())
    spent, gained = account.spent, account.gained
    assert [(item.entry, item.number) for item in account.fired] == [("pac-3-mse", 3)]
    assert (spent.value, spent.low, spent.high) == (12.0, 9.0, 18.0)
    assert [(item.entry, item.number) for item in account.destroyed] == [("shahed-136", 1)]
    assert (gained.value, gained.unpriced) == (0.5, ())
    assert account.exchange[0] == 24.0
    assert account.exchange[1] <= 24.0 <= account.exchange[2]
    assert (account.lost_value, account.asset_value) == (7.0, 9.0)


def test_rounds_left_after_each_wave():
    first, second = dowding.economy(made()).waves
    assert (first.flight, first.over_s, first.left["Battery"]["pac-3-mse"]) == ("drones", 200.0, 3)
    assert (second.flight, second.over_s, second.left["Battery"]["pac-3-mse"]) == ("fighter", 900.0, 2)


def test_prices_have_source_and_year():
    (unit,) = dowding.economy(made()).fire_units
    assert (unit.entry, unit.number, unit.price.value, unit.price.years) == ("patriot", 1, 1100.0, (2023,))
    assert "investingnews-2023" in unit.price.sources


def test_the_other_side_has_an_account_of_its_own():
    account = dowding.economy(made(), "red")
    assert (account.fire_units, account.fired, account.destroyed, account.waves) == ((), (), (), ())
    assert account.spent.value == 0.0
    assert np.isnan(account.exchange[0])


def test_what_has_no_price_is_named():
    price = Price(2.0, 1.0, 3.0, "C", (), ())
    found = total([Item("a", 2, price), Item("b", 3, None)])
    assert (found.value, found.low, found.high, found.unpriced) == (4.0, 2.0, 6.0, ("b",))


def test_what_is_no_side_or_no_run_is_said():
    assert read(SCENARIO).duration_s == 900
    with pytest.raises(dowding.TableError, match="economy: got side 'green', must be blue or red"):
        dowding.economy(made(), "green")
    with pytest.raises(dowding.TableError, match="economy: this run does not hold its scenario"):
        dowding.economy(Tables(made().data))
