"""Position reports of every format: BaseStation, OpenSky, raw Mode S, ASTERIX, our own tables; damaged lines are told by number."""

import math
from pathlib import Path

import duckdb
import numpy as np
import pytest
from recordings import ethernet, pcap

from dowding.errors import RecordingError
from dowding.formats import mode_s, opensky, positions, reports, sbs
from dowding.formats.asterix.writing import data_block

LINES = """\
SEL,,496,2286,4CA4E5,27215,2010/02/19,18:06:07.710,2010/02/19,18:06:07.710,RYR1427
MSG,1,145,256,7404F2,11267,2008/11/28,23:48:18.611,2008/11/28,23:53:19.161,RJA1118,,,,,,,,,,,
MSG,4,496,469,4CA767,27854,2010/02/19,17:58:13.039,2010/02/19,17:58:13.368,,,288.6,103.2,,,-832,,,,,
MSG,3,496,211,4CA767,10057,2010/02/19,17:58:14.000,2010/02/19,17:58:14.000,,37000,,,51.45735,-1.02826,,,0,0,0,0
MSG,6,496,237,4CA767,27215,2010/02/19,17:58:14.100,2010/02/19,17:58:14.200,,33325,,,,,,0271,0,0,0,0
MSG,3,496,211,4CA767,10057,2010/02/19,17:58:34.500,2010/02/19,17:58:34.500,RYR1CK,37025,,,51.5,-1.1,,,0,0,0,0
"""
DAY_S = 1266537600.0  # 2010-02-19


def written(folder: Path, text: str | bytes, name: str = "recording") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def test_basestation_lines(tmp_path: Path) -> None:
    recording = sbs.read(written(tmp_path, LINES))
    found = reports.joined(list(recording))
    assert found["time_s"].tolist() == [DAY_S + 64694.0, DAY_S + 64714.5]
    assert list(found["address"]) == ["4CA767", "4CA767"]
    assert list(found["callsign"]) == ["", "RYR1CK"]
    assert list(found["mode_3a"]) == ["", "0271"]
    assert found["latitude_deg"].tolist() == [51.45735, 51.5]
    assert found["altitude_m"] == pytest.approx([37000 * 0.3048, 37025 * 0.3048])
    assert found["speed_mps"][0] == pytest.approx(288.6 * 1852 / 3600)
    assert math.degrees(found["course_rad"][0]) == pytest.approx(103.2)
    assert found["climb_mps"][0] == pytest.approx(-832 * 0.3048 / 60)
    assert np.isnan(found["speed_mps"][1])  # heard 21 s before
    assert found["place"].tolist() == [4, 6]
    assert recording.losses.total == 0
    assert recording.messages == {"SEL": 1, "MSG1": 1, "MSG4": 1, "MSG3": 2, "MSG6": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("garbage", "not a BaseStation line"),
        ("MSG,3,1,1,4CA767,1,2010/02/19,17:58:14.000", "not all fields"),
        ("MSG,9,496,211,4CA767,10057,2010/02/19,17:58:14.000,,,,37000,,,51.4,-1.0,,,0,0,0,0", "not all fields"),
        ("MSG,3,496,211,4CA76,10057,2010/02/19,17:58:14.000,,,,37000,,,51.4,-1.0,,,0,0,0,0", "not an address"),
        ("MSG,3,496,211,4CA76X,10057,2010/02/19,17:58:14.000,,,,37000,,,51.4,-1.0,,,0,0,0,0", "a field does not fit"),
        ("MSG,3,496,211,4CA767,10057,2010/02/30,17:58:14.000,,,,37000,,,51.4,-1.0,,,0,0,0,0", "a field does not fit"),
        ("MSG,3,496,211,4CA767,10057,2010/02/19,27:58:14.000,,,,37000,,,51.4,-1.0,,,0,0,0,0", "a field does not fit"),
        ("MSG,3,496,211,4CA767,10057,2010/02/19,17:58:14.000,,,,37000,,,91.4,-1.0,,,0,0,0,0", "not a place on Earth"),
        ("MSG,3,496,211,4CA767,10057,2010/02/19,17:58:14.000,,,,inf,,,51.4,-1.0,,,0,0,0,0", "a field does not fit"),
        ("\x00\xff\xfe", "not a BaseStation line"),
    ],
)
def test_a_damaged_line_is_told_by_its_number(line: str, reason: str, tmp_path: Path) -> None:
    lines = LINES.splitlines()
    recording = sbs.read(written(tmp_path, "\n".join([*lines[:4], line, *lines[4:], ""])))
    assert len(reports.joined(list(recording))["time_s"]) == 2
    assert [(place.offset, place.reason) for place in recording.losses.places] == [(5, reason)]
    assert recording.losses.lines() == [f"line 5: {reason}"]


OPENSKY = """\
time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,alert,spi,squawk,baroaltitude,geoaltitude,lastposupdate,lastcontact
1500000000,4ca123,41.0,29.0,200.0,90.0,-1.5,THY1ABC ,false,false,false,1234,10000.0,10100.0,1499999999.5,1500000000
1500000001,4ca123,41.0,29.0,200.0,90.0,-1.5,THY1ABC ,false,false,false,1234,10000.0,10100.0,1499999999.5,1500000001
1500000002,4ca124,,,,,,,false,false,false,,,,,1500000002
1500000003,4ca125,40.5,28.5,NULL,NULL,NULL,NULL,false,false,false,NULL,9000.0,NULL,1500000003,1500000003
"""


def check_opensky(found: reports.Columns) -> None:
    assert found["time_s"].tolist() == [1499999999.5, 1500000003.0]  # a repeated position is one report
    assert list(found["identity"]) == ["4CA123", "4CA125"]
    assert list(found["callsign"]) == ["THY1ABC", ""]
    assert list(found["mode_3a"]) == ["1234", ""]
    assert found["altitude_m"].tolist() == [10100.0, 9000.0]
    assert found["geometric"].tolist() == [True, False]
    assert found["speed_mps"][0] == 200.0
    assert found["course_rad"][0] == pytest.approx(math.pi / 2)
    assert np.isnan(found["speed_mps"][1])


def test_opensky_lines(tmp_path: Path) -> None:
    recording = opensky.read(written(tmp_path, OPENSKY))
    found = reports.joined(list(recording))
    check_opensky(found)
    assert found["place"].tolist() == [2, 5]
    assert recording.rows == 4
    assert recording.losses.total == 0


@pytest.mark.parametrize("rows", [1, 3, 50_000])
def test_opensky_parquet(rows: int, tmp_path: Path) -> None:
    source = written(tmp_path, OPENSKY, "states.csv")
    duckdb.execute(f"copy (from read_csv('{source}', nullstr = ['NULL', ''])) to '{tmp_path}/states.parquet' (format parquet)")
    found = reports.joined(list(opensky.read(tmp_path / "states.parquet", rows)))
    if rows == 1:  # repeated positions are seen inside a piece only
        found = {name: values[[0, 2]] for name, values in found.items()}
    check_opensky(found)


def test_names_and_units_of_traffic(tmp_path: Path) -> None:
    text = "timestamp,icao24,latitude,longitude,altitude,groundspeed,track,vertical_rate,callsign\n"
    text += "2018-01-01 12:00:00+00:00,4ca123,41.0,29.0,33000,400,180,-600,THY1\n"
    (found,) = opensky.read(written(tmp_path, text))
    assert found["time_s"].tolist() == [1514808000.0]
    assert found["altitude_m"] == pytest.approx([33000 * 0.3048])
    assert found["speed_mps"] == pytest.approx([400 * 1852 / 3600])
    assert found["climb_mps"] == pytest.approx([-600 * 0.3048 / 60])


def test_damaged_lines_of_a_table(tmp_path: Path) -> None:
    lines = OPENSKY.splitlines()
    lines[3:3] = ["1500000001,4ca123,forty,29.0,200.0,90.0,-1.5,X,false,false,false,1,1,1,1,1", "cut,off"]
    recording = opensky.read(written(tmp_path, "\n".join(lines)))
    check_opensky(reports.joined(list(recording)))
    assert recording.losses.lines() == ["line 4: a field does not fit", "line 5: not as many fields as the header"]


def test_a_table_without_a_needed_column(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no column lat\nhint: it may be called lat or latitude"):
        list(opensky.read(written(tmp_path, "time,icao24,lon\n1,4ca123,29\n")))


# Sun, The 1090 Megahertz Riddle, and the tests of pyModeS, which decode these messages
def test_published_squitters() -> None:
    identity = mode_s.squitter("8D406B902015A678D4D220AA4BDA")
    assert identity is not None
    assert (identity.address, identity.callsign) == ("406B90", "EZY85MH")
    ground = mode_s.squitter("8D485020994409940838175B284F")
    assert ground is not None
    assert (ground.ground_speed_kt, ground.climb_ft_min) == (159.0, -832.0)
    assert ground.track_deg == pytest.approx(182.8803775528476, abs=1e-9)
    air = mode_s.squitter("8DA05F219B06B6AF189400CBC33F")
    assert air is not None
    assert (air.air_speed_kt, air.heading_deg) == (375.0, 243.984375)
    even, odd = mode_s.squitter("8D40621D58C382D690C8AC2863A7"), mode_s.squitter("8D40621D58C386435CC412692AD6")
    assert even is not None
    assert odd is not None
    assert even.altitude_ft == 38000.0
    assert mode_s.position_of_pair(even, odd, False) == pytest.approx((52.2572021484375, 3.91937255859375), abs=1e-9)
    assert mode_s.position_near(even, 52.258, 3.919) == pytest.approx((52.2572021484375, 3.91937255859375), abs=1e-9)


# Doc 9871's table of longitude zones
@pytest.mark.parametrize(("latitude", "zones"), [(0, 59), (10.4, 59), (10.5, 58), (52.2572, 36), (86.9, 2), (87.1, 1), (-52.2572, 36)])
def test_longitude_zones(latitude: float, zones: int) -> None:
    assert mode_s.longitude_zones(latitude) == zones


PLACES = [(52.3, 3.9), (-33.9, 151.2), (41.0, 29.0), (-1.0, -179.9), (64.1, -21.9), (0.02, 0.01)]


@pytest.mark.parametrize(("latitude", "longitude"), PLACES)
def test_positions_come_back_from_their_encoding(latitude: float, longitude: float) -> None:
    """Encoding by Doc 9871's formulas; five metres is the resolution."""

    def encoded(odd: bool) -> mode_s.Squitter:
        step = 360 / (60 - odd)
        part = math.floor(2**17 * (latitude % step) / step + 0.5) / 2**17
        found = step * (part + math.floor(latitude / step))
        width = 360 / max(mode_s.longitude_zones(found) - odd, 1)
        other = math.floor(2**17 * (longitude % width) / width + 0.5) / 2**17
        return mode_s.Squitter("", 11, is_odd=odd, latitude_part=part % 1, longitude_part=other % 1)

    pair = encoded(False), encoded(True)
    for odd in (False, True):
        assert mode_s.position_of_pair(*pair, odd) == pytest.approx((latitude, longitude), abs=1e-4)
        assert mode_s.position_near(pair[odd], latitude + 1.0, longitude - 1.0) == pytest.approx((latitude, longitude), abs=1e-4)


def test_a_file_of_raw_messages(tmp_path: Path) -> None:
    text = "0.0,8D40621D58C386435CC412692AD6\n1.0,*8D40621D58C382D690C8AC2863A7;\n2,8D40621D58C382D690C8AC2863A8\n3.0,zzz\n"
    text += "4.0,5D4CA2D6A1B2C3\n5.0,8D40621D58C382D690C8AC2863A7\n"
    recording = mode_s.read(written(tmp_path, text))
    (found,) = recording
    assert found["time_s"].tolist() == [1.0, 5.0]
    assert found["latitude_deg"] == pytest.approx([52.2572021484375] * 2)
    assert recording.losses.lines() == ["line 3: bad parity", "line 4: not 7 or 14 octets"]
    assert recording.messages == {"11": 3, "other": 1}


ADSB = {"sac": 1, "sic": 2, "aircraft_address": 0x4CA123, "callsign": "THY1", "latitude_deg": 41.0, "longitude_deg": 29.0}
ADSB |= {"flight_level": 300}
TRACK = {"sac": 25, "sic": 100, "track_number": 7, "latitude_deg": 45.0, "longitude_deg": 13.0, "velocity_x_mps": 100.0}
TRACK |= {"velocity_y_mps": 0.0, "barometric_flight_level": 200.0, "geometric_altitude_ft": 21000.0, "callsign": "AFR12"}


def test_damaged_times_turn_no_day() -> None:
    times = np.array([40_000.0, 40_001.0, 65_000.0, 85_000.0, 40_002.0, 40_003.0])
    np.testing.assert_array_equal(reports.unwrapped(times)[[0, 1, 4, 5]], times[[0, 1, 4, 5]])
    np.testing.assert_array_equal(reports.unwrapped(times[2:], 40_001.0)[2:], times[4:])
    # midnight, a recording with a pause over midnight, and one that has few reports a day
    np.testing.assert_array_equal(reports.unwrapped(np.array([86_399.0, 1.0]))[1], 86_401.0)
    np.testing.assert_array_equal(reports.unwrapped(np.array([80_000.0, 80_001.0, 5.0, 6.0]))[2:], [86_405.0, 86_406.0])
    np.testing.assert_array_equal(reports.unwrapped(np.array([0.0, 30_000.0, 60_000.0, 5_000.0])), [0.0, 30_000.0, 60_000.0, 91_400.0])


def test_reports_out_of_asterix(tmp_path: Path) -> None:
    rows = [ADSB | {"time_of_position_s": 86399.0}, ADSB | {"received_position_time_s": 1.0, "geometric_height_ft": 31000.0}]
    octets = b"".join(data_block(21, [row]) for row in rows)
    octets += b"".join(data_block(62, [TRACK | {"time_of_day_s": t}]) for t in (86398.0, 2.0))
    found, losses = positions.load(written(tmp_path, octets))
    assert losses.total == 0
    assert found["time_s"].tolist() == [86399.0, 86401.0, 86398.0, 86402.0]  # past midnight
    assert list(found["identity"]) == ["4CA123", "4CA123", "25/100/7", "25/100/7"]
    assert list(found["source"]) == ["1/2", "1/2", "25/100", "25/100"]
    assert found["altitude_m"] == pytest.approx([30000 * 0.3048, 31000 * 0.3048, 20000 * 0.3048, 20000 * 0.3048], abs=1)
    assert found["geometric"].tolist() == [False, True, False, False]
    assert found["course_rad"][2] == pytest.approx(math.pi / 2)
    assert list(found["callsign"]) == ["THY1", "THY1", "AFR12", "AFR12"]


def test_a_capture_gives_the_date(tmp_path: Path) -> None:
    midnight = 1_600_041_600.0  # 2020-09-14
    frames = [ethernet(data_block(62, [TRACK | {"time_of_day_s": t}])) for t in (86398.0, 0.5)]
    found, _ = positions.load(written(tmp_path, pcap(frames, start=midnight + 0.3)))
    assert found["time_s"].tolist() == [midnight - 2.0, midnight + 0.5]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (LINES, "sbs"),
        (OPENSKY, "opensky"),
        ("8D40621D58C382D690C8AC2863A7\n", "mode-s"),
        (data_block(62, [TRACK]), "asterix"),
        (b"", "asterix"),
    ],
)
def test_files_are_told_apart(content: str | bytes, kind: str, tmp_path: Path) -> None:
    assert positions.kind_of(written(tmp_path, content)) == kind


def test_a_file_without_reports(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no position reports; 1 places could not be read\nhint: ADS-B, system tracks"):
        positions.load(written(tmp_path, b"nothing"))
