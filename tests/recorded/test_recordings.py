"""Plots of a recording become tracks; what the report says is what was put into it: periods, biases, completeness, identities."""

import json
from pathlib import Path

import numpy as np
import pytest
from skies import Radar, recording

from dowding.errors import RecordingError
from dowding.recorded.comparing import plot_places
from dowding.recorded.following import STRAY, leave_strays, sites_for
from dowding.recorded.own_numbers import in_a_row, segments
from dowding.recorded.plots import read_plots
from dowding.recorded.reporting import track_recording, write_recording
from dowding.recorded.sites import read_sites
from dowding.recorded.telling import sentences

RADARS = [Radar(1), Radar(2, lat_deg=41.3, lon_deg=28.6, period_s=4.0, range_bias_m=180.0, azimuth_bias_deg=0.15, time_bias_s=0.4)]
WORDS = [radar.word for radar in RADARS]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple:
    path = recording(tmp_path_factory.mktemp("sky") / "both.ast", RADARS, system=True, duration=300.0)
    return track_recording(path, WORDS, path)


def test_every_aircraft_is_one_track(both: tuple) -> None:
    followed, facts, _ = both
    assert facts["identities"]["aircraft_with_address"] == 6
    assert facts["identities"]["tracks_an_aircraft"] < 1.4
    assert facts["identities"]["plots_of_another_aircraft_share"] < 0.01
    who = followed.tables["identities"]
    long = who["confirmed"] & (who["updates"] > 60)
    assert sorted(who["callsign"][long]) == [f"THY{k}" for k in range(6)]
    assert sorted(who["mode_3a"][long]) == [f"{1000 + k}" for k in range(6)]


def test_the_radars_own_numbers_agree_with_our_tracks(both: tuple) -> None:
    _, facts, _ = both
    assert [radar["their_tracks"] for radar in facts["own_numbers"]] == [6, 6]
    for radar in facts["own_numbers"]:
        assert radar["their_links"] > 200
        assert radar["their_links_kept_share"] > 0.98  # a track that breaks once breaks up to three of 294 links (seen): two breaks
        assert radar["our_links_theirs_share"] > 0.99
    assert "one track of ours" in sentences(facts)["Track numbers of the radars themselves"][0]


def test_numbers_that_are_used_again_or_swapped_are_seen() -> None:
    number, time = np.array([7, 7, 7, 9, 7, 9]), np.array([0.0, 5.0, 100.0, 3.0, 105.0, 8.0])
    theirs = segments(number, time)
    assert theirs.tolist() == [0, 0, 1, 2, 1, 2]
    assert in_a_row(theirs, np.array([1, 1, 4, 2, 4, 2]), time) == (3, 3)
    assert in_a_row(theirs, np.array([1, 2, 4, 2, -1, 1]), time) == (0, 2)


def test_smoothed_tracks_are_the_same_tracks_and_nearer_to_what_flew(both: tuple) -> None:
    followed, facts, _ = both
    path = followed.plots.recording.path
    after, smoothed, _ = track_recording(path, WORDS, path, smooth=True)
    before, tracks = followed.tables["tracks"], after.tables["tracks"]
    assert (tracks["track"] == before["track"]).all()
    assert (tracks["time_s"] == before["time_s"]).all()
    assert (tracks["variance_east_m2"] <= before["variance_east_m2"] + 1e-6).all()
    errors = [told["against"][0]["picture"]["velocity_accuracy_mps"] for told in (facts, smoothed)]
    assert errors[1] < 0.75 * errors[0]


def test_the_report_counts_what_is_in_the_file(both: tuple) -> None:
    _, facts, _ = both
    assert facts["recording"]["damaged"] == 0
    assert facts["plots"] == facts["recording"]["records"]["cat048"]
    assert sum(sensor["plots"] for sensor in facts["sensors"]) == facts["plots"]
    assert [sensor["period_s"] for sensor in facts["sensors"]] == pytest.approx([5.0, 4.0], abs=0.002)
    assert {sensor["period_from"] for sensor in facts["sensors"]} == {"north markers"}
    assert facts["sensors"][0]["scans"] == pytest.approx(60, abs=1)


def test_biases_are_found(both: tuple) -> None:
    """Within four of their own standard errors of what was put in."""
    _, facts, _ = both
    for against in facts["against"]:
        for bias, radar in zip(against["biases"], RADARS, strict=True):
            assert abs(bias["range_m"] - radar.range_bias_m) < 4 * bias["range_error_m"] + 1.0
            assert abs(bias["azimuth_deg"] - radar.azimuth_bias_deg) < 4 * bias["azimuth_error_deg"] + 0.001
            assert abs(bias["time_s"] - radar.time_bias_s) < 4 * bias["time_error_s"] + 0.01
            assert bias["noise_range_m"] == pytest.approx(40.0, rel=0.2)
            assert bias["noise_azimuth_deg"] == pytest.approx(0.05, rel=0.2)


def test_the_measures_of_pictures_take_references_for_truth(both: tuple) -> None:
    _, facts, _ = both
    for against in facts["against"]:
        picture = against["picture"]
        assert picture["completeness_in_sight"] > 0.9
        assert 0.9 < picture["ambiguity"] < 1.2
        assert 0.0 < picture["gospa_in_sight_m"] < 2000.0  # six targets, cut-off 1 km


def test_biases_that_are_given_are_taken_away(tmp_path: Path) -> None:
    path = recording(tmp_path / "one.ast", RADARS[1:])
    _, facts, _ = track_recording(path, [f"{WORDS[1]},range_bias_m=180,azimuth_bias_deg=0.15,time_bias_s=0.4"], path)
    (against,) = facts["against"]
    assert against["what"] == "ADS-B"
    assert abs(against["biases"][0]["range_m"]) < 4 * against["biases"][0]["range_error_m"] + 1.0
    assert abs(against["biases"][0]["time_s"]) < 4 * against["biases"][0]["time_error_s"] + 0.01
    assert against["completeness"] > 0.9
    assert against["references_tracked"] == 6
    assert against["difference"]["horizontal_rms_m"] < 150.0
    assert abs(against["difference"]["height_m"]["mean"]) < 60.0


def test_radars_are_registered_with_each_other(tmp_path: Path) -> None:
    """What the first radar's errors are not is found from the aircraft that both saw, and said."""
    path = recording(tmp_path / "two.ast", RADARS, duration=300.0)
    followed, facts, _ = track_recording(path, WORDS, register=True)
    for found, radar in zip(facts["registration"], RADARS, strict=True):
        for key, wanted in (("range_m", radar.range_bias_m), ("azimuth_deg", radar.azimuth_bias_deg)):
            assert found[key]["observable"]
            assert abs(found[key]["bias"] - wanted) < 4 * found[key]["sigma"]
    late = facts["registration"][1]["time_s"]
    assert abs(late["bias"] - (RADARS[1].time_bias_s - RADARS[0].time_bias_s)) < 4 * late["sigma"]
    assert len(facts["registered"]) == 2
    assert followed.sites[1].range_bias_m == pytest.approx(facts["registration"][1]["range_m"]["bias"], rel=1e-3)


def test_past_midnight(tmp_path: Path) -> None:
    """The same sky at another hour: the same tracks, whose times go on."""
    day = track_recording(recording(tmp_path / "day.ast", RADARS[:1], start=40_000.0), WORDS[:1])[0]
    night = track_recording(recording(tmp_path / "night.ast", RADARS[:1], start=86_300.0), WORDS[:1])[0]
    assert night.tables["tracks"]["time_s"].max() > 86_400.0
    assert len(day.tables["tracks"]["time_s"]) == len(night.tables["tracks"]["time_s"])
    assert np.ptp(night.tables["tracks"]["time_s"]) == pytest.approx(np.ptp(day.tables["tracks"]["time_s"]), abs=0.02)


def test_the_period_is_found_without_markers(tmp_path: Path) -> None:
    _, facts, _ = track_recording(recording(tmp_path / "bare.ast", RADARS, markers=False), WORDS)
    assert [sensor["period_from"] for sensor in facts["sensors"]] == ["plots", "plots"]
    assert [sensor["period_s"] for sensor in facts["sensors"]] == pytest.approx([5.0, 4.0], abs=0.005)
    assert facts["identities"]["tracks_an_aircraft"] < 1.4


def test_a_period_that_is_given_is_taken(tmp_path: Path) -> None:
    path = recording(tmp_path / "given.ast", RADARS[:1], markers=False)
    _, facts, _ = track_recording(path, [WORDS[0] + ",period_s=5.0"])
    assert (facts["sensors"][0]["period_from"], facts["sensors"][0]["period_s"]) == ("given", 5.0)


def test_files_are_written(both: tuple, tmp_path: Path) -> None:
    followed, facts, references = both
    write_recording(followed, facts, tmp_path, references)
    names = {path.name for path in tmp_path.iterdir()}
    tables = {f"{name}.parquet" for name in ("sensors", "dwells", "detections", "tracks", "identities")}
    assert names == tables | {"tracks.csv", "report.json", "map.png", "map.svg"}
    assert json.loads((tmp_path / "report.json").read_text()) == facts
    lines = (tmp_path / "tracks.csv").read_text().splitlines()
    assert len(lines) == 1 + int(followed.tables["tracks"]["confirmed"].sum())
    assert lines[0].startswith("time_s,track,latitude_deg,longitude_deg,altitude_m,")


def test_sentences_tell_the_report(both: tuple) -> None:
    _, facts, _ = both
    told = sentences(facts)
    assert told["Recording"][1] == "nothing damaged"
    assert told["Radars"][0].startswith("25/1: ")
    assert "scans of 5.000 s (from north markers)" in told["Radars"][0]
    assert sum(heading.startswith("Against the ") for heading in told) == 2


def test_damage_is_told_with_its_place(tmp_path: Path) -> None:
    path = recording(tmp_path / "damaged.ast", RADARS[:1])
    octets = bytearray(path.read_bytes())
    octets[4000:4040] = bytes(40)
    path.write_bytes(bytes(octets))
    _, facts, _ = track_recording(path, WORDS[:1])
    assert 0 < facts["recording"]["damaged"] <= 3
    assert 3900 < facts["recording"]["places_by_octet"][0][0] < 4040
    assert "damaged places passed over" in sentences(facts)["Recording"][1]


def test_a_damaged_address_does_not_make_a_radar_whose_place_must_be_known(both: tuple) -> None:
    followed, _, _ = both
    plots = read_plots(followed.plots.recording.path)
    count = len(plots.columns["source"])
    plots.columns["source"][[3, 90]] = "25/77"
    leave_strays(plots, read_sites(WORDS))
    assert plots.left_out[STRAY] == 2
    assert [len(values) for values in plots.columns.values()] == [count - 2] * len(plots.columns)
    assert len(sites_for(plots, read_sites(WORDS))) == 2
    plots.columns["source"][:20] = "25/77"
    leave_strays(plots, read_sites(WORDS))
    with pytest.raises(RecordingError, match="where radar 25/77 stands is not known"):
        sites_for(plots, read_sites(WORDS))


def test_plots_stand_where_aircraft_were(both: tuple) -> None:
    followed, _, _ = both
    places = plot_places(followed)
    assert len(places) == len(followed.tables["detections"]["time_s"])
    assert np.isfinite(places).all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], r"where radar 25/1 and 25/2 stands is not known\nhint: say it with --sensor"),
        (WORDS[:1], r"where radar 25/2 stands is not known"),
        (["lat_deg=41,lon_deg=29"], r"one --sensor without sac and sic, but plots of 2 radars: 25/1, 25/2"),
    ],
)
def test_a_radar_that_nobody_placed(words: list[str], message: str, both: tuple) -> None:
    with pytest.raises(RecordingError, match=message):
        track_recording(both[0].plots.recording.path, words)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("nowhere.toml", "no such file\nhint: give a TOML file"),
        ("lat_deg=41", "lon_deg is missing"),
        ("lat_deg=x,lon_deg=29", "lat_deg is 'x', must be a number"),
        ("lat_deg=91,lon_deg=29", "lat_deg is 91, must be between -90 and 90"),
        ("lat_deg=41,lon_deg=29,hight_m=3", "hight_m is not known\nhint: did you mean height_m?"),
        ("lat_deg=41,lon_deg=29,sac=25", "sac and sic belong together"),
        ("lat_deg=41,lon_deg=29,sigma_range_m=-1", "sigma_range_m is -1, must be between 0.1 and 20000"),
    ],
)
def test_sensors_that_make_no_sense(word: str, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        read_sites([word])


def test_a_file_of_sensors(tmp_path: Path) -> None:
    (tmp_path / "radars.toml").write_text('[[sensor]]\nname = "A"\nsac = 25\nsic = 1\nlat_deg = 41.0\nlon_deg = 29.0\n')
    (site,) = read_sites([str(tmp_path / "radars.toml")])
    assert (site.name, site.source, site.lat_deg) == ("A", "25/1", 41.0)
    with pytest.raises(RecordingError, match="two sensors for 25/1"):
        read_sites([str(tmp_path / "radars.toml"), WORDS[0]])
    (tmp_path / "bad.toml").write_text("sensor = 3")
    with pytest.raises(RecordingError, match=r"holds no \[\[sensor\]\] table"):
        read_sites([str(tmp_path / "bad.toml")])


def test_a_recording_without_plots(tmp_path: Path) -> None:
    path = recording(tmp_path / "none.ast", [])
    with pytest.raises(RecordingError, match=r"holds no radar plots, but blocks: 360 of category 021\nhint: system tracks and ADS-B"):
        read_plots(path)
    (tmp_path / "noise").write_bytes(b"no recording at all")
    with pytest.raises(RecordingError, match="holds no ASTERIX data block"):
        read_plots(tmp_path / "noise")


def test_references_of_another_time(tmp_path: Path, both: tuple) -> None:
    other = recording(tmp_path / "other.ast", [], start=10_000.0)
    with pytest.raises(RecordingError, match="its ADS-B are of 10000 to 10236 s, the plots of 400"):
        track_recording(both[0].plots.recording.path, WORDS, other)
