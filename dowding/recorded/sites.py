"""Where the radars of a recording stand and how well they measure, as a person wrote it or as the recording says itself.

A file names one `[[sensor]]` a radar; on the command line the same keys stand in one word: `sac=25,sic=201,lat_deg=41,lon_deg=29`.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dowding.errors import RecordingError


@dataclass(frozen=True)
class Site:
    """A radar. Accuracies left out are those that Eurocontrol asks of en-route secondary radars (assumed, from memory)."""

    lat_deg: float  # WGS-84
    lon_deg: float
    height_m: float = 0.0  # of the antenna above the ellipsoid
    sac: int = -1  # system area and identification codes, -1: any source that no other site has
    sic: int = -1
    name: str = ""
    period_s: float = math.nan  # of a turn; NaN: found from the recording
    sigma_range_m: float = 70.0
    sigma_azimuth_deg: float = 0.08
    sigma_height_m: float = 100.0  # of heights by pressure, which transponders answer
    sigma_elevation_deg: float = 0.3  # of heights that the radar measured itself (assumed)
    range_bias_m: float = 0.0  # taken away from what was measured
    azimuth_bias_deg: float = 0.0
    time_bias_s: float = 0.0
    range_max_km: float = math.nan  # NaN: a little more than the farthest plot
    detection_probability: float = 0.9
    false_alarms: float = 10.0  # in a scan

    @property
    def source(self) -> str:
        """Such as 25/201, "" for any."""
        return "" if self.sac < 0 else f"{self.sac}/{self.sic}"

    @property
    def called(self) -> str:
        """What messages and tables call it."""
        return self.name or self.source or "radar"


LIMITS = {
    "lat_deg": (-90.0, 90.0), "lon_deg": (-180.0, 180.0), "height_m": (-500.0, 20_000.0), "sac": (0, 255), "sic": (0, 255),
    "period_s": (0.2, 120.0), "sigma_range_m": (0.1, 20_000.0), "sigma_azimuth_deg": (1e-4, 20.0), "sigma_height_m": (1.0, 20_000.0),
    "sigma_elevation_deg": (1e-3, 20.0),
    "range_bias_m": (-50_000.0, 50_000.0), "azimuth_bias_deg": (-180.0, 180.0), "time_bias_s": (-600.0, 600.0),
    "range_max_km": (1.0, 10_000.0), "detection_probability": (0.01, 0.999), "false_alarms": (1e-3, 1e6),
}  # fmt: skip


def read_sites(given: Sequence[str]) -> list[Site]:
    """The sites that files and words describe. Raises RecordingError for what is not known or makes no sense."""
    sites: list[Site] = []
    for text in given:
        path = Path(text)
        if path.is_file():
            sites += _from_file(path)
        elif "=" in text:
            sites.append(_site(_words(text), f"--sensor {text}"))
        else:
            hint = "give a TOML file with [[sensor]] tables, or lat_deg=41.0,lon_deg=29.0,height_m=120"
            raise RecordingError(f"--sensor {text}: no such file", hint=hint)
    for number, site in enumerate(sites):
        if any(site.source == other.source for other in sites[:number]):
            what = site.source or "any source"
            raise RecordingError(f"two sensors for {what}", hint="sac and sic tell them apart")
    return sites


def _from_file(path: Path) -> list[Site]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise RecordingError(f"{path}: not a readable TOML file ({error})") from None
    tables = content.get("sensor")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise RecordingError(f"{path}: holds no [[sensor]] table", hint="one for each radar, with lat_deg, lon_deg and height_m")
    return [_site(table, f"{path}: sensor[{number}]") for number, table in enumerate(tables)]


def _words(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for word in text.split(","):
        key, _, value = word.partition("=")
        try:
            values[key.strip()] = value.strip() if key.strip() == "name" else float(value)
        except ValueError:
            raise RecordingError(f"--sensor {text}: {key.strip()} is {value!r}, must be a number") from None
    return values


def _site(values: Mapping[str, Any], where: str) -> Site:
    known = [field.name for field in fields(Site)]
    for key, value in values.items():
        if key not in known:
            close = get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"keys are {', '.join(known)}"
            raise RecordingError(f"{where}.{key} is not known", hint=hint)
        if key == "name":
            continue
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise RecordingError(f"{where}.{key} is {value!r}, must be a number")
        low, high = LIMITS[key]
        if not low <= value <= high:
            raise RecordingError(f"{where}.{key} is {value:g}, must be between {low:g} and {high:g}")
    for key in ("lat_deg", "lon_deg"):
        if key not in values:
            raise RecordingError(f"{where}.{key} is missing", hint="a radar needs lat_deg and lon_deg, and should have height_m")
    if ("sac" in values) != ("sic" in values):
        raise RecordingError(f"{where}: sac and sic belong together, only one is given")
    whole = {key: int(value) for key, value in values.items() if key in ("sac", "sic")}
    return Site(**({key: str(v) if key == "name" else float(v) for key, v in values.items()} | whole))  # type: ignore[arg-type]


def site_of(sites: Sequence[Site], source: str) -> int:
    """Number of the site that a source such as 25/201 reports from, -1 if there is none."""
    for wanted in (source, ""):
        for number, site in enumerate(sites):
            if site.source == wanted:
                return number
    return -1
