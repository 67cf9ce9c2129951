"""Finding, overriding, adding, writing and citing entries; and the sentences of what goes wrong."""

import json
import pickle
import subprocess
import sys
import tomllib

import pytest
import tomli_w

from dowding.catalogue import KINDS, Catalogue, Entry, parse_entry, read_kind
from dowding.catalogue.listing import UNITS, cite_lines, key_reference, list_rows, show_rows, unit_of
from dowding.errors import CatalogueError

CATALOGUE = Catalogue.load()

RADAR = {
    "name": "Own radar",
    "type": "rotating",
    "band": "S",
    "frequency_ghz": 3,
    "scan_period_s": 5,
    "sector_deg": 360,
    "elevation_min_deg": -1,
    "elevation_max_deg": 40,
    "range_min_km": 1,
    "range_max_km": 200,
    "antenna_height_m": 10,
    "reference_range_km": 150,
    "reference_rcs_m2": 1,
    "reference_pd": 0.8,
    "pfa": 1e-6,
    "pulses_integrated": 10,
    "beamwidth_azimuth_deg": 2,
    "beamwidth_elevation_deg": 3,
    "range_resolution_m": 100,
    "false_alarms_per_scan": 2,
}


def own_radar(**changes: object) -> Entry:
    table = {key: value for key, value in (RADAR | changes).items() if value is not None}
    return parse_entry("radars", "own", table, "catalogue.radars.own", user=True)


def sentence(call: object, *arguments: object, **named: object) -> str:
    with pytest.raises(CatalogueError) as caught:
        call(*arguments, **named)
    return str(caught.value)


def test_load_is_kept_and_stable() -> None:
    assert Catalogue.load() is CATALOGUE
    assert len(CATALOGUE.digest()) == 64
    assert CATALOGUE.digest() == CATALOGUE.digest()


def test_reading_needs_no_kernels_and_no_schema_library() -> None:
    code = "import sys, dowding.catalogue as c; c.Catalogue.load(); print([m for m in ('numba', 'numpy', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_finds_by_id_alias_and_any_case() -> None:
    assert CATALOGUE.find("systems", "hq-9").id == "fd-2000"
    assert CATALOGUE.find("interceptors", "hq-9").id == "hq-9"
    assert CATALOGUE.find("systems", "S-400").id == "s-400"
    assert CATALOGUE.find("targets", "Scud B").id == "scud-b"
    assert [entry.kind for entry in CATALOGUE.search("hq-9")] == ["interceptors", "systems"]
    assert CATALOGUE.search("nothing") == []


def test_unknown_entry_hints_at_the_nearest() -> None:
    message = sentence(CATALOGUE.find, "radars", "92n6")
    assert message.startswith('there is no radar "92n6" in the catalogue\nhint: did you mean ')
    assert "'92n6e'" in message
    assert sentence(CATALOGUE.find, "radars", "patriot").endswith("hint: there is a system of that name")
    assert "hint: the catalogue has s-400, patriot" in sentence(CATALOGUE.find, "systems", "zzzzzz")


def test_missing_key_of_an_entry() -> None:
    entry = CATALOGUE.find("targets", "f-16")
    assert sentence(entry.value, "cost_musd") == 'target "f-16" has no cost_musd\nhint: cost_musd is optional and was left out'
    assert "did you mean 'ceiling_m'" in sentence(entry.value, "ceiling_ft")
    assert sentence(entry.number, "rcs_band") == "rcs_band of target \"f-16\" is 'X', which is not a number"
    assert entry.get("cost_musd", 1.0) == 1.0
    assert entry.get("ceiling_m") == 15240.0
    assert entry.name == "F-16C Fighting Falcon"


def test_override_makes_the_figure_the_users() -> None:
    entry = CATALOGUE.find("radars", "92n6e")
    changed = entry.override({"antenna_height_m": 24, "measures_range_rate": False, "band": "C"}, "fire_unit[0].override.radars.92n6e")
    figure = changed.figures["antenna_height_m"]
    assert (figure.value, figure.low, figure.high, figure.sources, figure.grade) == (24.0, 24.0, 24.0, ("scenario",), "U")
    assert changed.figures["measures_range_rate"].value is False
    assert (changed.figures["band"].value, changed.figures["band"].grade) == ("C", "U")
    assert entry.number("antenna_height_m") == 5.0
    ranged = entry.override({"antenna_height_m": {"value": 24, "low": 20, "high": 30, "note": "mast"}}, "here").figures["antenna_height_m"]
    assert (ranged.low, ranged.high, ranged.grade, ranged.note) == (20.0, 30.0, "U", "mast")


def test_override_of_rounds() -> None:
    system = CATALOGUE.find("systems", "s-400").override({"launchers": 4, "rounds": {"40n6e": 0}}, "fire_unit[0].override")
    assert system.value("launchers") == 4
    assert system.rounds["40n6e"].value == 0
    assert system.rounds["48n6e3"].value == 12


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"scan_periods_s": 2}, "here.scan_periods_s is not a key of a radar; allowed are name, description"),
        ({"scan_periods_s": 2}, "hint: did you mean 'scan_period_s'"),
        ({"scan_period_s": "two"}, "here.scan_period_s is 'two', but must be a number (time between two looks in one direction)"),
        ({"scan_period_s": True}, "here.scan_period_s is True, but must be a number"),
        ({"scan_period_s": float("nan")}, "here.scan_period_s is nan, but must be a number"),
        ({"scan_period_s": 600}, "here.scan_period_s is 600, but must be at least 0.1 and at most 60"),
        ({"reference_range_km": 0}, "here.reference_range_km is 0, but must be above 0 and at most 5000"),
        ({"pulses_integrated": 1.5}, "here.pulses_integrated is 1.5, but must be a whole number"),
        ({"type": "spinning"}, 'here.type is "spinning", but must be one of rotating, phased_array'),
        ({"band": 3}, "here.band is 3, but must be a text"),
        ({"measures_range_rate": 1}, "here.measures_range_rate is 1, but must be true or false"),
        ({"range_min_km": 50, "range_max_km": 40}, "here.range_min_km is 50, but must be below range_max_km, which is 40"),
        ({"peak_power_kw": 10}, "here has both a reference range and a power budget, but a radar has only one of them"),
        ({"prf_second_hz": 2000}, "here.prf_second_hz is 2000, but must be left out where there is no prf_hz\nhint: add prf_hz"),
        ({"canceller_order": 3}, "here.canceller_order is 3, but must be left out where there is no prf_hz"),
        ({"scan_period_s": {"value": 2, "low": 3}}, "here.scan_period_s has low 3, value 2 and high 2, but must have low <= value <= high"),
        ({"scan_period_s": {"low": 3}}, "here.scan_period_s has no value"),
        ({"scan_period_s": {"value": 3, "hihg": 4}}, "here.scan_period_s.hihg is not part of a figure; allowed are value, low, high"),
        ({"scan_period_s": {"value": 3, "source": "my-book"}}, 'here.scan_period_s.source "my-book" is not in the catalogue'),
        ({"band": {"value": "S", "low": 3}}, "here.band has low or high, but only a number has a range"),
    ],
)
def test_bad_overrides(changes: dict[str, object], expected: str) -> None:
    assert expected in sentence(CATALOGUE.find("radars", "92n6e").override, changes, "here")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"pfa": None, "band": None}, "catalogue.radars.own lacks band, pfa"),
        ({"reference_pd": None}, "catalogue.radars.own lacks reference_pd\nhint: a radar needs either reference_range_km"),
        (
            {"reference_range_km": None, "reference_rcs_m2": None, "reference_pd": None, "gain_db": 40},
            "own lacks peak_power_kw, pulse_width_us",
        ),
        ({"aliases": "x"}, "catalogue.radars.own.aliases is 'x', but must be a list of ids"),
        ({"rounds": {}}, "catalogue.radars.own.rounds is not a key of a radar"),
        ({"pfa": {"value": 1e-6, "source": "assumed", "grade": "B"}}, '"assumed" stands alone and goes with grade D only'),
        ({"pfa": {"value": 1e-6, "source": "assumed", "grade": "E"}}, "own.pfa.grade is 'E', but must be one of A, B, C, D, U"),
        ({"pfa": {"value": 1e-6, "source": 3}}, "own.pfa.source is 3, but must be a source or a list of sources"),
    ],
)
def test_bad_radars(changes: dict[str, object], expected: str) -> None:
    assert expected in sentence(own_radar, **changes)


def test_the_catalogue_itself_wants_sources() -> None:
    message = sentence(parse_entry, "radars", "own", RADAR, "radars.own")
    assert message == "radars.own.frequency_ghz is the bare value 3, but the catalogue wants a table with source and grade"
    assert "small letters" in sentence(parse_entry, "radars", "Own_Radar", RADAR, "radars")
    assert sentence(parse_entry, "radars", "own", 3, "radars.own") == "radars.own is 3, but must be a table of keys of a radar"


def test_a_radar_by_its_power_budget() -> None:
    power = {"peak_power_kw": 25, "pulse_width_us": 80, "gain_db": 34, "noise_temperature_k": 600, "loss_db": 8}
    entry = own_radar(reference_range_km=None, reference_rcs_m2=None, reference_pd=None, **power)
    assert entry.number("peak_power_kw") == 25.0


@pytest.mark.parametrize(
    ("kind", "id", "changes", "expected"),
    [
        ("interceptors", "48n6e3", {"speed_end_mps": 3000}, "here.speed_end_mps is 3000, but must be at most speed_max_mps, which is 2000"),
        ("interceptors", "48n6e3", {"altitude_max_km": 0.005}, "here.altitude_min_m is 10, but must be below altitude_max_km"),
        ("interceptors", "9m96e", {"boost_time_s": 60, "speed_max_mps": 3000}, "makes the boost 90 km long"),
        ("targets", "f-16", {"speed_cruise_mps": 700}, "here.speed_cruise_mps is 700, but must be at most speed_max_mps"),
        ("targets", "f-16", {"rcs_x_band_factor": 2}, "here.rcs_x_band_factor is 2, but must be 1 or left out"),
        ("systems", "nasams", {"rounds": {"amraam": 0}}, "here.rounds has no rounds"),
        ("systems", "nasams", {"rounds": 3}, "here.rounds is 3, but must be a table"),
        ("systems", "nasams", 3, "here is 3, but must be a table of keys of a system"),
    ],
)
def test_figures_against_each_other(kind: str, id: str, changes: object, expected: str) -> None:
    assert expected in sentence(CATALOGUE.find(kind, id).override, changes, "here")


def own_system(**changes: object) -> dict[str, object]:
    table = CATALOGUE.to_tables("systems", ["nasams"])["nasams"]
    return {"systems": {"own": table | changes}}


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (
            {"radar": {}},
            "catalogue.radar is not a part of the catalogue; "
            "allowed are radars, receivers, interceptors, systems, targets, links\nhint: did you",
        ),
        ({"radars": 3}, "catalogue.radars is 3, but must be a table of entries"),
        (
            own_system(radars=[{"radar": "sentinell", "role": "engagement"}]),
            'catalogue.systems.own.radars[0].radar is "sentinell", but there',
        ),
        (own_system(radars=[{"radar": "sentinel", "role": "acquisition"}]), 'has no radar with role "engagement"'),
        (
            own_system(radars=[{"radar": "sentinel", "role": "search"}]),
            "radars[0].role is 'search', but must be one of acquisition, engagement",
        ),
        (own_system(radars=[{"radar": "sentinel"}]), "but must be a table with radar and role"),
        (own_system(radars=[]), "own.radars is [], but must be a list such as"),
        (
            own_system(rounds={"amram": 4}),
            'own.rounds.amram is "amram", but there is no such interceptor in the catalogue\nhint: did you mean',
        ),
        (own_system(rounds={"amraam": -4}), "own.rounds.amraam is -4, but must be at least 0"),
        (own_system(aliases=["s-400"]), 'catalogue.systems.own: the name "s-400" already stands for the system s-400'),
    ],
)
def test_bad_additions(tables: dict[str, dict[str, object]], expected: str) -> None:
    assert expected in sentence(CATALOGUE.with_entries, tables, "catalogue")


def test_added_entries_are_the_scenarios_own() -> None:
    larger = CATALOGUE.with_entries({"radars": {"own": RADAR, "92n6e": RADAR}}, "catalogue")
    assert larger.find("radars", "own").figures["pfa"].sources == ("scenario",)
    assert larger.find("radars", "92n6e").name == "Own radar"
    assert larger.find("systems", "s-400") == CATALOGUE.find("systems", "s-400")
    assert larger.digest() == CATALOGUE.digest()
    assert CATALOGUE.find("radars", "92n6e").name != "Own radar"
    system = own_system(radars=[{"radar": "own", "role": "engagement"}])
    assert larger.with_entries(system, "catalogue").find("systems", "own").radars[0].radar == "own"


@pytest.mark.parametrize("kind", KINDS)
def test_tables_come_back_identically(kind: str) -> None:
    text = tomli_w.dumps({kind: CATALOGUE.to_tables(kind, CATALOGUE.ids(kind))})
    again = CATALOGUE.with_entries(tomllib.loads(text), "catalogue")
    assert again.entries == CATALOGUE.entries


def test_overridden_entries_come_back_identically() -> None:
    changed = CATALOGUE.find("radars", "92n6e").override({"antenna_height_m": 24, "band": "C", "measures_range_rate": False}, "here")
    again = CATALOGUE.with_entries({"radars": {"92n6e": json.loads(json.dumps(changed.to_table()))}}, "catalogue")
    assert again.find("radars", "92n6e") == changed


def test_travels_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(CATALOGUE)) == CATALOGUE


def test_list_rows() -> None:
    rows = list_rows(CATALOGUE)
    assert len(rows) == sum(len(CATALOGUE.ids(kind)) for kind in KINDS)
    [row] = [row for row in list_rows(CATALOGUE, "systems") if row.id == "fd-2000"]
    assert row.aliases == ("hq-9",)
    assert 0 < row.assumed < row.figures


def test_show_rows_of_a_system_hold_its_radars_and_interceptors() -> None:
    rows = show_rows(CATALOGUE.find("systems", "s-400"))
    assert [row for row in rows if (row.entry, row.key, row.value, row.unit) == ("radar 92n6e", "reference_range_km", 250.0, "km")]
    assert [row for row in rows if (row.entry, row.key, row.value) == ("system s-400", "rounds.48n6e3", 12)]
    assert len({row.entry for row in rows}) == 1 + 3 + 5
    assert all(len([other for other in rows if (other.entry, other.key) == (row.entry, row.key)]) == 1 for row in rows)


def test_cite_lines_name_every_source_and_what_is_assumed() -> None:
    entry = CATALOGUE.find("radars", "asr-11")
    lines = cite_lines(entry)
    assert lines[0].startswith("[asr11-faa] FAA text (copy)")
    assert any(line.startswith("[faa-asr11] Federal Aviation Administration (2020). Airport Surveillance Radar") for line in lines)
    assert lines[-1].startswith("radar asr-11, assumed, no source: sector_deg")
    changed = entry.override({"scan_period_s": 5}, "here")
    assert cite_lines(changed)[-1] == "radar asr-11, given in the scenario: scan_period_s"
    assert sum(line.startswith("[") for line in cite_lines(CATALOGUE.find("systems", "s-400"))) > 15


def test_units_follow_the_key() -> None:
    known = {"gain_db": "dB", "speed_max_mps": "m/s", "rcs_front_m2": "m²", "cost_musd": "million USD", "range_max_km": "km", "pfa": ""}
    known |= {"turn_acceleration_g": "g", "noise_temperature_k": "K", "false_alarms_per_scan": "", "pulse_width_us": "µs"}
    assert {key: unit_of(key) for key in known} == known
    used = {next(ending for ending in UNITS if row.key.endswith(ending)) for row in key_reference() if row.unit}
    assert used == set(UNITS)


def test_key_reference_covers_the_schema() -> None:
    rows = {(row.kind, row.key): row for row in key_reference()}
    assert rows["radars", "band"].allowed == "VHF, UHF, L, S, C, X, Ku"
    assert rows["radars", "range_max_km"] == ("radars", "range_max_km", "km", "1 to 5000", True, "instrumented range")
    assert rows["radars", "measures_elevation"].allowed == "true or false"
    assert rows["systems", "launchers"].allowed == "whole, 1 to 1000"
    assert rows["targets", "name"].allowed == "text"


def test_unknown_source() -> None:
    assert sentence(CATALOGUE.source, "gao-1993").startswith(
        "there is no source \"gao-1993\" in the catalogue\nhint: did you mean 'gao-1992'"
    )


def test_unknown_kind() -> None:
    assert read_kind("radars") == "radars"
    assert sentence(read_kind, "radar").startswith(
        '"radar" is not a part of the catalogue; allowed are radars, receivers, interceptors, systems, targets, links'
    )


def test_a_catalogue_of_the_users_own_needs_no_sources() -> None:
    own = Catalogue({kind: {} for kind in KINDS}, {}).with_entries({"radars": {"own": RADAR | {"pfa": {"value": 1e-6, "high": 1e-5}}}}, "c")
    figure = own.find("radars", "own").figures["pfa"]
    assert (figure.low, figure.high, figure.sources, figure.grade) == (1e-6, 1e-5, ("scenario",), "U")
    assert cite_lines(own.find("radars", "own"), own)[0].startswith("radar own, given in the scenario: frequency_ghz")
