"""The plots of a recording: categories 048 and 001, with the north markers and places that 034 and 002 tell of."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dowding.errors import RecordingError
from dowding.formats.asterix.reading import Recording, read
from dowding.formats.asterix.reporting import YEAR_1980, Clock, column, first, sources, text, whole
from dowding.formats.reports import DAY, FLIGHT_LEVEL, FOOT, NAUTICAL_MILE, Columns
from dowding.recorded.sites import Site

Floats = NDArray[np.float64]

NORTH, SECTOR = 1, 2  # types of service message, in both categories
TRUNCATED = 512.0  # s after which the two octets of category 001's time begin again
WORDS = ("mode_3a", "callsign")


@dataclass
class Plots:
    """What the radars of a recording reported, in the order of the file.

    Columns (plot,): source; time_s; range_m, azimuth_rad; height_m, NaN, and pressure, whether a transponder gave it; address,
    track_number, -1; mode_3a, callsign, ""; octet, where it stands in the file. Markers (marker,): source, time_s, azimuth_rad that
    the antenna then passed.
    """

    recording: Recording
    columns: Columns
    markers: Columns
    places: dict[str, Site]  # by source, where category 034 says it
    periods: dict[str, float]  # s of a turn, by source, where the service messages say it
    left_out: Counter[str] = field(default_factory=Counter)  # reports that are no plots to track, by reason
    zero: float = 0.0  # s after 1970 of the midnight that times count from; 0 where the recording has no date


def read_plots(path: Path | str, **options: Any) -> Plots:
    """Read all plots of a recording; options go to `asterix.read`. Raises RecordingError if it holds none."""
    recording = read(path, categories=(1, 2, 34, 48), **options)
    reader = _PlotReader(recording)
    for tables in recording:
        reader.take(tables)
    return reader.done()


class _PlotReader:
    def __init__(self, recording: Recording) -> None:
        self.plots = Plots(recording, {}, {}, {}, {})
        self._pieces: list[Columns] = []
        self._markers: list[Columns] = []
        self._clock = Clock()
        self._dated = True

    def take(self, tables: dict[str, Columns]) -> None:
        """Take the records of one piece of the file."""
        for name in ("cat034", "cat002"):
            if name in tables:
                self._service(tables[name])
        if "cat048" in tables:
            t = tables["cat048"]
            self._add(t, column(t, "time_of_day_s", len(t["offset"])))
        if "cat001" in tables:
            t = tables["cat001"]
            self._add(t, self._whole_times(t))

    def _times(self, t: Columns, time_of_day: Floats) -> Floats:
        """Times of records, source by source; a record without a time of its own has that of its receipt."""
        source, out = sources(t), np.full(len(time_of_day), np.nan)
        received = t["received_s"]
        self._dated &= bool((received > YEAR_1980).all())
        when = np.where(np.isfinite(time_of_day), time_of_day, received % DAY)
        for name in np.unique(source):
            mine = source == name
            out[mine] = self._clock.times(str(name), when[mine], received[mine])
        return out

    def _service(self, t: Columns) -> None:
        count = len(t["offset"])
        source, kind = sources(t), whole(t, "message_type", count)
        time = self._times(t, column(t, "time_of_day_s", count))
        azimuth = np.where(kind == NORTH, 0.0, np.radians(column(t, "sector_azimuth_deg", count)))
        use = ((kind == NORTH) | (kind == SECTOR)) & np.isfinite(time) & np.isfinite(azimuth)
        self._markers.append({"source": source[use], "time_s": time[use], "azimuth_rad": azimuth[use]})
        period = column(t, "antenna_period_s", count)
        places = np.stack([column(t, f"source_{key}", count) for key in ("latitude_deg", "longitude_deg", "height_m")])
        for name in np.unique(source):
            mine = np.flatnonzero(source == name)
            said = period[mine][period[mine] > 0]
            if len(said):
                self.plots.periods[str(name)] = float(np.median(said))
            placed = mine[np.isfinite(places[:2, mine]).all(axis=0)]
            if len(placed):
                latitude, longitude, height = (float(value) for value in places[:, placed[-1]])
                sac, sic = (int(part) for part in str(name).split("/"))
                self.plots.places[str(name)] = Site(latitude, longitude, 0.0 if np.isnan(height) else height, sac, sic)

    def _whole_times(self, t: Columns) -> Floats:
        """Times of day of category 001, whose two octets begin again after 512 s: nearest to the receipt, or to what came before."""
        count = len(t["offset"])
        short, source, received = column(t, "truncated_time_s", count), sources(t), t["received_s"] % DAY
        out = np.full(count, np.nan)
        for name in np.unique(source):
            mine = np.flatnonzero((source == name) & np.isfinite(short))
            last = self._clock.last.get(str(name), np.nan)
            for k in mine:
                near = received[k] if np.isfinite(received[k]) else last
                out[k] = short[k] if np.isnan(near) else short[k] + TRUNCATED * np.round((near - short[k]) / TRUNCATED)
                last = out[k]
        return out % DAY

    def _add(self, t: Columns, time_of_day: Floats) -> None:
        count = len(t["offset"])
        time, left_out = self._times(t, time_of_day), self.plots.left_out
        distance, theta = column(t, "rho_nm", count), column(t, "theta_deg", count)
        use = np.ones(count, bool)
        # a track's report without a plot repeats where the radar's tracker expects it
        none = whole(t, "report_typ", count) == 0 if "report_ssrpsr" not in t else whole(t, "report_ssrpsr", count) == 0
        for reason, bad in (
            ("no range or azimuth", ~(np.isfinite(distance) & np.isfinite(theta))),
            ("no time", ~np.isfinite(time)),
            ("no detection in this scan", none),
            ("test target", whole(t, "report_tst", count) == 1),
            ("field monitor", whole(t, "report_rab", count) == 1),
            ("no range", distance <= 0.0),
        ):
            left_out[reason] += int((bad & use).sum())
            use &= ~bad
        level = np.where(whole(t, "flight_level_g", count) == 1, np.nan, column(t, "flight_level", count)) * FLIGHT_LEVEL
        height = np.where(np.isfinite(level), level, first(t, count, "height_3d_ft") * FOOT)
        self._pieces.append(
            {
                "source": sources(t)[use],
                "time_s": time[use],
                "range_m": distance[use] * NAUTICAL_MILE,
                "azimuth_rad": np.radians(theta[use]),
                "height_m": height[use],
                "pressure": np.isfinite(level)[use],
                "address": whole(t, "aircraft_address", count)[use].astype(np.int64),
                "track_number": whole(t, "track_number", count)[use].astype(np.int64),
                "mode_3a": text(t, "mode_3a", count)[use].astype("U4"),
                "callsign": text(t, "callsign", count)[use].astype("U8"),
                "octet": t["offset"][use],
            }
        )

    def done(self) -> Plots:
        """All plots; RecordingError if there are none."""
        plots = self.plots
        plots.left_out = +plots.left_out
        if not sum(len(piece["time_s"]) for piece in self._pieces):
            raise _nothing(plots)
        plots.columns = {name: np.concatenate([piece[name] for piece in self._pieces]) for name in self._pieces[0]}
        names = ("source", "time_s", "azimuth_rad")
        plots.markers = {name: np.concatenate([piece[name] for piece in self._markers] or [np.zeros(0)]) for name in names}
        if self._dated:
            plots.zero = float(np.floor(plots.columns["time_s"].min() / DAY) * DAY)
            plots.columns["time_s"] -= plots.zero
            plots.markers["time_s"] = plots.markers["time_s"].astype(np.float64) - plots.zero
        return plots


def _nothing(plots: Plots) -> RecordingError:
    """Why there is nothing to track."""
    recording = plots.recording
    held = ", ".join(f"{count} of category {category:03d}" for category, count in sorted(recording.blocks.items()))
    if not held:
        lost = recording.losses.total
        return RecordingError(f"{recording.path}: holds no ASTERIX data block; {lost} places could not be read", hint="is it a recording?")
    why = "; ".join(f"{count} {reason}" for reason, count in plots.left_out.items())
    hint = "system tracks and ADS-B can be compared with: --against"
    return RecordingError(f"{recording.path}: holds no radar plots, but blocks: {held}" + (f"; left out: {why}" if why else ""), hint=hint)
