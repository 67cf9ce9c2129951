"""`dowding track` on a recording, from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from skies import Radar, recording

RADAR = Radar(1)


def dowding(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in arguments]
    return subprocess.run([sys.executable, "-m", "dowding", *words], capture_output=True, text=True, check=False)


def test_a_recording_is_tracked(tmp_path: Path) -> None:
    path = recording(tmp_path / "sky.ast", [RADAR], duration=120.0)
    done = dowding("track", path, "--sensor", RADAR.word, "--against", path, "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts == json.loads((tmp_path / "sky-tracks" / "report.json").read_text())
    assert facts["identities"]["aircraft_with_address"] == 6
    assert facts["against"][0]["what"] == "ADS-B"
    told = dowding("track", path, "--sensor", RADAR.word, "--out", tmp_path / "out", "--no-figures")
    assert "Radars\n  25/1: " in told.stdout
    assert not (tmp_path / "out" / "map.png").exists()
    assert told.stderr.endswith(f"wrote {tmp_path / 'out'}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{sky}",), "where radar 25/1 stands is not known"),
        (("{sky}", "--sensor", "lat_deg=41"), "lon_deg is missing"),
        (("{sky}", "--sensor", RADAR.word, "--against", "nowhere.csv"), "nowhere.csv: cannot be read"),
        (("{folder}", "--sensor", RADAR.word), "--sensor is for recordings"),
        (("nowhere.pcap",), "no such file"),
        (("nowhere.pcap", "--sensor", RADAR.word), "nowhere.pcap: no such file"),
    ],
)
def test_a_mistake_is_a_sentence(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    sky = recording(tmp_path / "sky.ast", [RADAR], duration=40.0)
    done = dowding("track", *(word.format(sky=sky, folder=tmp_path) for word in arguments))
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
