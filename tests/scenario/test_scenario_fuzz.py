"""Whatever is done to a good file, nothing but a DowdingError comes of it; whatever is good is written out and read back the same."""

import contextlib
import copy
import datetime
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dowding.catalogue import KINDS, Catalogue
from dowding.errors import DowdingError
from dowding.scenario import from_tables, load, read, resolve, write

VALID = Path(__file__).parents[1] / "valid"
EVERY_KEY = tomllib.loads((VALID / "every-key.toml").read_text())
EMPTY = Catalogue({kind: {} for kind in KINDS}, {})
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

words = st.sampled_from(
    ["", "City", "s-400", "92n6e", "f-16", "srbm", "blue", "red", "default", "\u0130", "x" * 300, "a\nb", "nan"]
) | st.text(max_size=8)
plain = (
    st.sampled_from([0, -1, 1, 2, 10**30, -(2**63), 1e308, -1e-300, float("nan"), float("inf"), True, False])
    | st.floats()
    | st.integers()
    | words
    | st.sampled_from(
        [datetime.date(2026, 1, 1), datetime.time(6), datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=14)))]
    )
)
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into nested tables and lists."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, each in steps for found in ((*path, key), *places(each, (*path, key)))]


def mutate(tables: dict[str, Any], path: tuple[Any, ...], how: str, value: Any) -> None:
    node: Any = tables
    for step in path[:-1]:
        node = node[step]
    if how == "drop":
        del node[path[-1]]
    elif how == "rename" and isinstance(node, dict):
        node[str(value)[:20]] = node.pop(path[-1])
    elif how == "double" and isinstance(node, list):
        node.append(copy.deepcopy(node[path[-1]]))
    else:
        node[path[-1]] = value


@settings(max_examples=int(os.environ.get("FUZZ_EXAMPLES", "250")), deadline=None, suppress_health_check=SLOW)
@given(st.data())
def test_mutations_raise_nothing_else(data: st.DataObject) -> None:
    tables = copy.deepcopy(EVERY_KEY)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(tables)))
        mutate(tables, path, data.draw(st.sampled_from(["drop", "rename", "double", "set"])), data.draw(values))
    try:
        scenario = from_tables(tables)
        text = write(scenario)
    except DowdingError as error:
        told = error.message
    else:
        told = "scenario: "
        assert resolve(read(text), EMPTY) == resolve(scenario)
        assert write(read(text), EMPTY) == text
    assert told.startswith("scenario: ")
    assert all(len(line) < 2000 for line in told.split("\n"))
    assert "pydantic" not in told


@settings(deadline=None, suppress_health_check=SLOW)
@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
@example("[" * 3000)
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(DowdingError):
        read(text)


@settings(deadline=None, suppress_health_check=SLOW)
@given(st.text(alphabet='abflightre_un[]".019 ', max_size=30), values)
def test_any_override_is_taken_or_refused(key: str, value: Any) -> None:
    with contextlib.suppress(DowdingError):
        resolve(load("two-minutes", {key: value}))


lat, lon = st.floats(37, 43), st.floats(29, 37)
side = st.sampled_from(["blue", "red"])


@st.composite
def waypoints(draw: st.DrawFn) -> list[dict[str, Any]]:
    timed = draw(st.booleans())
    route = [{"lat_deg": 37 + draw(st.floats(0.1, 0.9)) + n, "lon_deg": draw(lon)} for n in range(draw(st.integers(2, 5)))]
    for number, point in enumerate(route):
        key = draw(st.sampled_from(["altitude_m", "altitude_agl_m", ""])) or ("altitude_m" if number == 0 else "")
        point |= {key: draw(st.floats(0, 6000))} if key else {}
        if timed and number:
            point |= {"time_s": 40000.0 * number}
        elif not timed and number < len(route) - 1 and draw(st.booleans()):
            point |= {"speed_mps": draw(st.floats(20, 240))}
    return route


@st.composite
def flights(draw: st.DrawFn, number: int) -> dict[str, Any]:
    flight = {"name": f"Flight {number}", "side": draw(side), "count": draw(st.integers(1, 5)), "depart_s": draw(st.floats(0, 1000))}
    flight |= draw(st.sampled_from([{}, {"interval_s": draw(st.floats(0, 100))}, {"lateral_spacing_km": draw(st.floats(0, 9))}]))
    if draw(st.booleans()):
        ends = {"launch": {"lat_deg": 41.9, "lon_deg": 33.0}, "impact": {"lat_deg": 40.5, "lon_deg": draw(st.floats(32, 34))}}
        return flight | {"target": "scud"} | ends
    if draw(st.booleans()) and "interval_s" not in flight:
        flight["spacing_km"] = draw(st.floats(0.1, 5))
    return flight | {"target": draw(st.sampled_from(["F-16C", "kalibr", "tomahawk"])), "route": draw(waypoints())}


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    units = [
        {"name": f"Unit {n}", "system": draw(st.sampled_from(["S-400", "patriot"])), "lat_deg": draw(lat), "lon_deg": draw(lon)}
        | draw(
            st.sampled_from([{}, {"mast_height_m": draw(st.floats(0, 100))}, {"override": {"reaction_time_s": draw(st.floats(0, 600))}}])
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    return {
        "title": draw(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)),
        "duration_s": 172800,
        "seed": draw(st.integers(0, 2**63 - 1)),
        "theatre": {"origin": {"lat_deg": draw(lat), "lon_deg": draw(lon)}, "effective_earth_factor": draw(st.floats(0.5, 10))},
        "fire_unit": units,
        "flight": [draw(flights(n)) for n in range(draw(st.integers(1, 4)))],
        "doctrine": {
            "default": {"salvo": {"drone": draw(st.integers(0, 8))}, "mode": draw(st.sampled_from(["salvo", "shoot-look-shoot"]))}
        },
    }


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(scenarios())
def test_complete_form_is_a_fixed_point(tables: dict[str, Any]) -> None:
    scenario = from_tables(tables)
    resolved = resolve(scenario)
    assert resolve(read(tomli_w.dumps(tables))) == resolved
    text = write(scenario)
    assert resolve(read(text), EMPTY) == resolved
    assert write(read(text), EMPTY) == text
