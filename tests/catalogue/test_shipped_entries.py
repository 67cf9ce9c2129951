"""The shipped data: complete, sourced, ordered, and the important values re-entered by hand from their references."""

import re
from pathlib import Path

import pytest

from dowding.catalogue import KINDS, Catalogue, Entry
from dowding.catalogue.figures import ASSUMED, SCENARIO
from dowding.catalogue.library import FOLDER
from dowding.catalogue.schema import KEYS, Number

CATALOGUE = Catalogue.load()
ENTRIES = [entry for kind in KINDS for entry in CATALOGUE.entries[kind].values()]
NAMES = [f"{entry.kind}.{entry.id}" for entry in ENTRIES]

WANTED = {
    "radars": "91n6e 96l6e 92n6e an-mpq-65 ht-233 type-305b type-120 elm-2084 tps-77 gm403 asr-11 an-apy-2 mesa shmel-m",
    "receivers": "vera-ng kolchuga mssr ads-b-station",
    "interceptors": "40n6e 48n6e3 48n6e2 9m96e2 9m96e pac-2-gem-t pac-3-mse pac-3-cri hq-9 hq-9b",
    "systems": "s-400 patriot fd-2000 s-300pmu2 nasams",
    "targets": "f-35 f-16 su-35 b-52 airliner e-3 cruise-missile tomahawk kalibr short-range-ballistic-missile scud-b iskander-m mq-9 tb2 "
    "shahed-136 helicopter",
    "links": "link-16 battery-net ground-network voice",
}

# Entered by hand from the reference, not from the data files: (kind, entry, key, value, tolerance, reference).
BLIND = [
    ("interceptors", "40n6e", "range_max_km", 400.0, 2.4, "The War Zone 2019: around 250 miles"),
    ("interceptors", "48n6e3", "range_max_km", 250.0, 0.0, "NewsBytes 2021: 400/250/120/40 km"),
    ("interceptors", "9m96e2", "range_max_km", 120.0, 0.0, "NewsBytes 2021: 400/250/120/40 km"),
    ("interceptors", "9m96e", "range_max_km", 40.0, 0.0, "NewsBytes 2021: 400/250/120/40 km"),
    ("interceptors", "48n6e3", "range_max_ballistic_km", 60.0, 0.0, "Sputnik Brasil 2016: ballistic targets up to 60 km"),
    ("interceptors", "48n6e2", "range_max_km", 195.0, 0.0, "RIA Novosti 2009"),
    ("interceptors", "48n6e2", "altitude_max_km", 27.0, 0.0, "RIA Novosti 2009"),
    ("interceptors", "48n6e3", "target_speed_max_mps", 4800.0, 0.0, "domain-b 2007: 4.8 km/s"),
    ("interceptors", "pac-2-gem-t", "range_max_km", 160.0, 1.0, "NBC 2019: up to 100 miles"),
    ("interceptors", "pac-2-gem-t", "altitude_max_km", 24.0, 0.0, "The Defense Post 2021: 24 km"),
    ("interceptors", "pac-3-cri", "range_max_km", 45.0, 0.0, "dpa 2013: up to 45 km"),
    ("interceptors", "pac-3-mse", "cost_musd", 9800 / 1970, 0.05, "Zona Militar 2025: 9.8 billion for 1,970"),
    ("interceptors", "hq-9b", "range_max_km", 250.0, 0.0, "Sputnik 2018: 250 or 300 km"),
    ("systems", "s-400", "launchers", 8, 0.0, "Sputnik Brasil 2018: a division has eight launchers of four missiles"),
    ("systems", "s-400", "range_claimed_km", 250 * 1.609344, 0.5, "250 miles"),
    ("systems", "s-400", "cost_musd", 2500 / 4, 0.0, "Rostec 2017: 2.5 billion for four"),
    ("systems", "patriot", "launchers", 6, 0.0, "The Hill 2022: six to eight launchers"),
    ("systems", "fd-2000", "launchers", 8, 0.0, "Komputer Swiat 2013: 8 launchers with 4 missiles each"),
    ("systems", "fd-2000", "cost_musd", 3400 / 12, 0.5, "Sputnik 2015: 3.4 billion; twelve batteries"),
    ("radars", "91n6e", "range_max_km", 600.0, 0.0, "Al-Manar 2015: 600 km"),
    ("radars", "91n6e", "reference_range_km", 390.0, 0.0, "circulating figure, 390 km at 4 m2"),
    ("radars", "96l6e", "range_max_km", 300.0, 0.0, "Defense Mirror 2025"),
    ("radars", "asr-11", "range_max_km", 60 * 1.852, 0.001, "FAA: 60 nautical miles"),
    ("radars", "asr-11", "scan_period_s", 60 / 12.5, 1e-9, "12.5 revolutions a minute"),
    ("radars", "gm403", "range_max_km", 470.0, 0.0, "Airforce Technology 2009"),
    ("radars", "an-apy-2", "reference_range_km", (450e3 / 3.14159265) ** 0.5, 4.0, "LiquiSearch: 450,000 km2"),
    ("radars", "mesa", "range_max_km", 600.0, 0.0, "Bundaberg Now 2019: 600 km looking up"),
    ("radars", "mesa", "reference_range_km", 370.0, 0.0, "Bundaberg Now 2019: 370 km against a fighter, looking down"),
    ("radars", "shmel-m", "range_max_km", 600.0, 0.0, "Sputnik Arabic 2017: 600 km in the air, 300 km on the ground"),
    ("receivers", "vera-ng", "frequency_max_ghz", 18.0, 0.0, "Czech Radio 2018: 1 to 18 GHz"),
    ("receivers", "vera-ng", "range_max_km", 400.0, 0.0, "the maker's presentation of VERA-A: at least 400 km"),
    ("receivers", "ads-b-station", "sensitivity_dbm", -84.0, 0.0, "RF Essentials, link budget"),
    ("targets", "f-35", "rcs_front_m2", 3.14159 * 0.02135**2, 5e-5, "golf ball, 42.7 mm across: its optical cross section"),
    ("targets", "f-35", "ceiling_m", 50000 * 0.3048, 0.1, "US Air Force: over 50,000 ft"),
    ("targets", "scud-b", "speed_max_mps", 3750 * 0.44704, 1.0, "GAO 1992: approximately Mach 5 (3,750 mph)"),
    ("targets", "scud-b", "range_max_km", 300.0, 6.0, "UPI 2011: about 190 miles"),
    ("targets", "b-52", "speed_max_mps", 650 * 0.44704, 0.5, "US Air Force: 650 mph"),
    ("targets", "airliner", "speed_cruise_mps", 453 * 0.514444, 0.5, "SlashGear 2025: 453 knots"),
    ("targets", "tomahawk", "speed_cruise_mps", 880 / 3.6, 0.6, "Raytheon 2017: 880 km/h"),
    ("targets", "tb2", "speed_cruise_mps", 130 / 3.6, 0.2, "maker 2020: 130 km/h"),
    ("targets", "shahed-136", "speed_max_mps", 185 / 3.6, 0.1, "CBC 2022: 185 km/h"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_has_every_wanted_entry(kind: str) -> None:
    assert set(WANTED[kind].split()) <= set(CATALOGUE.ids(kind))


@pytest.mark.parametrize(("kind", "id", "key", "value", "tolerance", "reference"), BLIND)
def test_value_agrees_with_its_reference(kind: str, id: str, key: str, value: float, tolerance: float, reference: str) -> None:
    assert abs(CATALOGUE.find(kind, id).number(key) - value) <= tolerance, reference


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_number_has_range_source_and_grade(entry: Entry) -> None:
    for key, figure in (*entry.figures.items(), *entry.rounds.items()):
        if isinstance(KEYS[entry.kind].get(key), Number) or key in entry.rounds:
            assert figure.low is not None, key
            assert figure.low <= figure.value <= figure.high, key
            assert figure.sources, key
        if figure.sources:
            assert figure.grade in "ABCD", key
            assert (figure.grade == "D") == figure.assumed, key
            assert SCENARIO not in figure.sources, key


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_assumed_number_gives_its_reason(entry: Entry) -> None:
    bare = [key for key, figure in (*entry.figures.items(), *entry.rounds.items()) if figure.assumed and not figure.note]
    assert not bare


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_spans_of_related_figures_do_not_cross(entry: Entry) -> None:
    pairs = {
        "radars": [("range_min_km", "range_max_km"), ("elevation_min_deg", "elevation_max_deg")],
        "receivers": [("range_min_km", "range_max_km"), ("elevation_min_deg", "elevation_max_deg")],
        "interceptors": [("range_min_km", "range_max_km"), ("range_min_km", "range_max_ballistic_km"), ("speed_end_mps", "speed_max_mps")],
        "systems": [],
        "targets": [("speed_cruise_mps", "speed_max_mps"), ("altitude_cruise_m", "ceiling_m")],
        "links": [],
    }[entry.kind]
    for lower, upper in pairs:
        if lower in entry.figures and upper in entry.figures:
            assert entry.figures[lower].high <= entry.figures[upper].low, (lower, upper)


def test_kill_probabilities_are_wide_and_assumed() -> None:
    for entry in CATALOGUE.entries["interceptors"].values():
        for key, figure in entry.figures.items():
            if key.startswith("kill_probability_") and figure.value:
                assert figure.assumed
                assert figure.high - figure.low >= 0.4


def test_an_interceptor_kills_ballistic_missiles_only_with_a_range_against_them() -> None:
    for entry in CATALOGUE.entries["interceptors"].values():
        assert ("range_max_ballistic_km" in entry.figures) == (entry.number("kill_probability_ballistic_missile") > 0), entry.id


def test_ground_radars_look_below_the_horizon() -> None:
    # The horizon of an antenna at 10 m lies 0.09 degrees below the horizontal, of one at 24 m 0.14 degrees (4/3 Earth).
    for entry in CATALOGUE.entries["radars"].values():
        assert entry.number("elevation_min_deg") <= -0.5, entry.id


def test_every_source_is_complete_and_used() -> None:
    text = "".join((FOLDER / f"{kind}.toml").read_text(encoding="utf-8") for kind in KINDS)
    for source in CATALOGUE.sources.values():
        assert source.title, source.id
        assert source.publisher, source.id
        assert source.kind, source.id
        assert source.id == SCENARIO or re.search(rf"(?<![\w-]){re.escape(source.id)}(?![\w-])", text), f"{source.id} is not used"
        if source.id not in (ASSUMED, SCENARIO):
            assert 1940 <= source.year <= 2026, source.id
            assert source.url.startswith(("http://", "https://")), source.id
        assert source.reference().startswith(source.publisher)


def test_notes_name_no_source_that_is_missing() -> None:
    named = {
        word
        for entry in ENTRIES
        for figure in (*entry.figures.values(), *entry.rounds.values())
        for word in re.findall(r"(?<![\w-])[a-z0-9]+(?:-[a-z0-9]+)*-(?:19|20)\d\d(?![\w-])", figure.note)
    }
    assert named <= set(CATALOGUE.sources)
    assert "gao-1992" in named


def test_claims_of_parties_are_no_sources_of_kill_probabilities() -> None:
    cited = {
        source
        for entry in CATALOGUE.entries["interceptors"].values()
        for key, figure in entry.figures.items()
        if key.startswith("kill_probability_")
        for source in figure.sources
    }
    assert cited == {ASSUMED}


def test_one_s400_battalion_has_32_ready_rounds_of_five_kinds() -> None:
    rounds = CATALOGUE.find("systems", "s-400").rounds
    assert set(rounds) == {"40n6e", "48n6e3", "48n6e2", "9m96e2", "9m96e"}
    assert sum(figure.value for figure in rounds.values()) == 32


def test_data_files_are_plain() -> None:
    for path in Path(FOLDER).glob("*.toml"):
        assert "\t" not in path.read_text(encoding="utf-8"), path.name
