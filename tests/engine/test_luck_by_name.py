"""Luck is addressed by names: who stands or flies beside an entity, and in which row, moves none of its dice."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replicates import world

from dowding.model.addressing import entity_keys
from dowding.simulation import simulate
from dowding.tables import Tables

DEPOT = {"name": "Depot", "lat_deg": 40.0, "lon_deg": 33.0, "radius_km": 2.0}
SEARCH = {"name": "Search", "radar": "91n6e", "lat_deg": 40.0, "lon_deg": 33.0}
FAR = {"name": "Far", "radar": "91n6e", "lat_deg": 34.0, "lon_deg": 26.0}
BATTERY = {"name": "Battery", "system": "patriot", "lat_deg": 39.98, "lon_deg": 33.0, "boresight_deg": 0.0}
AWAY = BATTERY | {"name": "Away", "lat_deg": 34.1, "lon_deg": 26.0, "boresight_deg": 180.0}


def flight(name: str, latitude: float, count: int = 3) -> dict[str, Any]:
    route = [{"lat_deg": latitude, "lon_deg": lon, "altitude_m": 8000.0} for lon in (32.0, 33.5)]
    return {"name": name, "target": "f-16", "count": count, "interval_s": 20.0, "route": route}


def attack() -> dict[str, Any]:
    start = {"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 5000.0}
    return {"name": "In", "target": "cruise-missile", "count": 4, "interval_s": 15.0, "route": [start, {"to": "Depot"}]}


def looks(run: Tables, sensors: set[str], flights: set[str]) -> list[tuple[Any, ...]]:
    """Every look of some sensors at some flights, with names and members in place of rows, in order of time."""
    names, targets, table = list(run["sensors"]["name"]), run["targets"], run["looks"]
    members = [f"{name} {np.sum(targets['flight'][:row] == name)}" for row, name in enumerate(targets["flight"])]

    def rows() -> Iterator[tuple[Any, ...]]:
        for row in range(len(table["sensor"])):
            sensor, target = names[table["sensor"][row]], int(table["target"][row])
            if sensor in sensors and targets["flight"][target] in flights:
                yield (sensor, members[target], *(table[name][row] for name in table if name not in ("sensor", "target")))

    return sorted(rows())


def test_those_in_front_move_no_dice_of_those_behind() -> None:
    alone = simulate(world(asset=[DEPOT], sensor=[SEARCH], flight=[flight("North", 41.0), flight("South", 39.0)]), looks=True)
    among = simulate(
        world(asset=[DEPOT], fire_unit=[AWAY], sensor=[FAR, SEARCH], flight=[flight("Other", 42.0, 2), flight("South", 39.0)]), looks=True
    )
    ours, theirs = looks(alone, {"Search"}, {"South"}), looks(among, {"Search"}, {"South"})
    assert len(ours) > 30
    assert ours == theirs
    assert looks(among, {"Search"}, {"Other"})


def test_a_battery_out_of_reach_in_front_changes_no_shot() -> None:
    things = {"asset": [DEPOT], "flight": [attack()], "duration_s": 700.0}
    fates = []
    for units in ([BATTERY], [AWAY, BATTERY]):
        runs = [simulate(world(fire_unit=units, **things), replicate=k) for k in range(3)]
        keys = ("launched_s", "slant_range_m", "outcome", "kill_probability")
        fates.append([(run["targets"]["fate"].tolist(), [run["shots"][key].tolist() for key in keys]) for run in runs])
    assert fates[0] == fates[1]
    assert any(shots[0] for _, shots in fates[0])


@pytest.mark.parametrize("bits", [3, 24])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_keys_are_of_names_and_no_two_alike(bits: int, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.text(max_size=3), max_size=8))
    keys = entity_keys(names, bits)
    assert len(set(keys)) == len(names)
    assert all(0 <= key < 1 << bits for key in keys)
    order = data.draw(st.permutations(range(len(names))))
    if len(set(names)) == len(names):
        assert entity_keys([names[k] for k in order], bits) == [keys[k] for k in order]
    if bits > 3:  # so few keys are shared now and then, and then others do matter
        assert entity_keys([*names, "somebody else"], bits)[:-1] == keys
