"""The pictures of a coverage: a map for each altitude, of what differs, of cumulative detection, outlines, and vertical cuts."""

import math
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dowding.analysis.theatre import Theatre
from dowding.model.placing import placed_radars
from dowding.plots.blake_chart import blake_chart_figure
from dowding.plots.coverage_map import Zone, coverage_figure, difference_figure, outlines_figure
from dowding.plots.labels import View
from dowding.plots.scene import Scene, box_under, on_paper, view_around
from dowding.plots.style import shortened, write
from dowding.plots.vertical_cut import Cut, vertical_cut_figure
from dowding.survey.approach import approach_map
from dowding.survey.coverage import Coverage
from dowding.survey.findings import COVERED, CUMULATIVE, Difference, difference
from dowding.survey.grids import LATITUDE_MOST_DEG, Grid, grid_of
from dowding.survey.maps import detection_maps
from dowding.survey.places import ground_below, ground_map
from dowding.survey.ranges import place_of, vertical_cut
from dowding.survey.zones import engagement_zones

FORMATS = ("png", "svg")
ACROSS = 500  # cells from west to east of what is drawn, whatever the survey's own step
CUT_POINTS = 500
LISTED_MOST = 5
TOP_M = 15_000.0  # of a vertical cut, at least
SILENT = "the target radiates nothing that it hears"
SEEN_FROM = {"front": "nose on", "side": "from the side", "rear": "from behind", "mean": "on any course"}


class Names(NamedTuple):
    """What two scenarios are called."""

    first: str
    second: str


class Window(NamedTuple):
    """What one picture shows: its window, and the maps of the coverage's network drawn anew in its own fine cells."""

    view: View
    grid: Grid
    ground: NDArray[Any]  # (row, column) m


class Artist:
    """Draws the pictures of one coverage into a folder, and remembers their names."""

    def __init__(self, found: Coverage, folder: Path) -> None:
        self.found, self.folder = found, folder
        origin = found.compiled.resolved.scenario.theatre.origin
        self.theatre = Theatre(origin.lat_deg, origin.lon_deg, 0.0)
        self.hearing = frozenset(sensor.name for sensor in found.compiled.resolved.sensors if sensor.entry.kind != "radars")
        self.files: list[str] = []

    def save(self, figure: Any, stem: str) -> None:
        self.files += [path.name for path in write(figure, self.folder / stem, FORMATS)]
        figure.clear()  # its parts hold one another, so that it would stay in memory for long

    def sites(self) -> list[tuple[str, float, float]]:
        """Fire units, and sensors that belong to none: name, latitude, longitude; those that fly are where they look from."""
        compiled = self.found.compiled
        units = [(unit.name, unit.lat_deg, unit.lon_deg) for unit in compiled.resolved.fire_units]
        alone = [row for row, placed in enumerate(placed_radars(compiled.resolved)) if placed.unit < 0]
        return units + [(sensor.name, *place_of(compiled, row)) for sensor, row in zip(compiled.resolved.sensors, alone, strict=True)]

    def window(self, shown: NDArray[np.bool_], ring: NDArray[Any] | None = None, sites: Sequence[tuple[str, float, float]] = ()) -> Window:
        """The window around cells (row, column) of the survey's grid, sites and a ring."""
        grid = self.found.grid
        rows = np.flatnonzero(shown.any(axis=1))
        last_column = shown.shape[1] - 1
        points = [on_paper(self.theatre, [(lat, lon) for _, lat, lon in sites or self.sites()])]
        if len(rows):
            for ends in (shown.argmax(axis=1), last_column - shown[:, ::-1].argmax(axis=1)):
                points.append(on_paper(self.theatre, np.column_stack([grid.latitude_deg[rows], grid.longitude_deg[ends[rows]]])))
        if ring is not None and len(ring):
            points.append(on_paper(self.theatre, ring))
        view = view_around(np.concatenate(points))
        south, north, west, east = box_under(self.theatre, view)
        south, north = max(south, -LATITUDE_MOST_DEG), min(north, LATITUDE_MOST_DEG)
        step = (east - west) / ACROSS * 111_200.0 * math.cos(math.radians(0.5 * (south + north)))
        fine = grid_of(south, north, west, east, step)
        return Window(view, fine, ground_map(fine, ground_below(self.found.compiled)))

    def scene(self, window: Window, title: str, subtitle: str, sites: Sequence[tuple[str, float, float]] = ()) -> Scene:
        """The scene of a window."""
        lat, lon = window.grid.latitude_deg, window.grid.longitude_deg
        head = shortened(title, 88), subtitle, self.found.compiled.resolved.title
        return Scene(self.theatre, window.view, lat, lon, window.ground, sites or self.sites(), *head, self.hearing)

    def network(self, found: Coverage, window: Window, level: int) -> NDArray[Any]:
        """Probability (row, column) of the network in a window's cells."""
        defence, ground, levels = found.compiled.model.defence, ground_below(found.compiled), [found.levels[level]]
        network, _ = detection_maps(defence, window.grid, ground, found.quarry, levels, found.at_least, False)
        return np.asarray(network[0])

    def zones(self, found: Coverage, window: Window, level: int) -> NDArray[Any]:
        """Kill probability (unit, row, column) in a window's cells; no units where the coverage has none."""
        if not len(found.kill):
            return np.zeros((0, *window.grid.shape))
        defence, ground = found.compiled.model.defence, ground_below(found.compiled)
        return engagement_zones(defence, window.grid, ground, found.quarry, [found.levels[level]])[:, 0]


def draw(
    found: Coverage, against: Coverage | None, names: Names, facts: dict[str, Any], cut_azimuths_deg: Sequence[float], folder: Path
) -> list[str]:
    """Draw all pictures into `folder`; returns the names of the files."""
    artist = Artist(found, folder)
    changed = None if against is None else difference(found, against)
    for level in range(len(found.levels)):
        _map(artist, level, facts)
        if found.approach is not None:
            _cumulative(artist, level)
        if against is not None and changed is not None:
            _difference(artist, against, changed, level, names, facts)
    _outlines(artist, facts)
    _cuts(artist, cut_azimuths_deg)
    return artist.files


def _target(found: Coverage, level: int) -> str:
    return f"{found.target.name}, {found.levels[level].words}, {SEEN_FROM[found.aspect]}"


def _ring(found: Coverage, level: int) -> NDArray[Any]:
    """Where the cumulative probability is reached, (azimuth, 2) degrees; nothing unless it is reached from all sides."""
    flown = found.approach
    if flown is None:
        return np.zeros((0, 2))
    at = flown.crossings(CUMULATIVE)[level]
    if np.isnan(at).any():
        return np.zeros((0, 2))
    inner = np.minimum(at.astype(np.int64), len(flown.range_m) - 2)
    share, row = (at - inner)[:, np.newaxis], np.arange(len(at))
    ring = (1.0 - share) * flown.place_deg[row, inner] + share * flown.place_deg[row, inner + 1]
    return np.asarray(ring, np.float64)


def _words(found: Coverage) -> str:
    several = len(found.compiled.names.sensors) > 1
    return f"At least {found.at_least} of the sensors\ndetect with" if several else "One look detects with"


def _map(artist: Artist, level: int, facts: dict[str, Any]) -> None:
    found, row = artist.found, facts["altitudes"][level]
    ring = _ring(found, level)
    window = artist.window((found.network[level] >= 0.1) | found.in_reach(level), ring)
    borders = f", {row['border_km']:,.0f} km of land borders" if row["border_km"] >= 0.5 else ""
    reach = f"; intercepts possible over {row['zones_together']['area_km2']:,.0f} km²" if "zones_together" in row else ""
    subtitle = f"half the looks or more detect it over {row['area_km2']:,.0f} km²{borders}{reach}"
    scene = artist.scene(window, f"{_target(found, level)}: where it is seen{' and shot at' if reach else ''}", subtitle)
    units = found.compiled.names.units
    zones = [Zone(name, kill) for name, kill in zip(units, artist.zones(found, window, level), strict=False)]
    figure = coverage_figure(scene, artist.network(found, window, level), _words(found), zones, ring)
    artist.save(figure, f"coverage-{found.levels[level].name}")


def _cumulative(artist: Artist, level: int) -> None:
    """How likely a target that flies at the point has been detected by the time it is here."""
    found, flown = artist.found, artist.found.approach
    if flown is None:
        return
    ring, name = _ring(found, level), _flown_at(found)
    whole = found.cumulative()
    shown = found.network[level] >= 0.1 if whole is None else whole[level] >= 0.1
    window = artist.window(shown, ring, [*artist.sites(), (name, flown.latitude_deg, flown.longitude_deg)])
    network = artist.network(found, window, level)[np.newaxis]
    field = approach_map(flown, window.grid, [found.levels[level]], network, level)[0]
    reach = flown.farthest(CUMULATIVE)[level] / 1e3
    low, high = f"{reach.min():,.0f}", f"{reach.max():,.0f}"
    subtitle = f"nine of ten are found {low} km before {name}"
    if low != high:
        subtitle = f"nine of ten are found {low} to {high} km before {name}, by the side they come from"
    if reach.min() <= 0.0:
        subtitle = "from some sides fewer than nine of ten are found before they arrive"
    scene = artist.scene(window, f"{found.target.name}, {found.levels[level].words}: found on the way to {name}", subtitle)
    words = "Detected at least once\nbefore it is here with"
    point = (name, flown.latitude_deg, flown.longitude_deg)
    artist.save(coverage_figure(scene, field, words, (), ring, toward=point), f"cumulative-{found.levels[level].name}")


def _flown_at(found: Coverage) -> str:
    """What the point at which targets fly is called."""
    flown = found.approach
    for asset in found.compiled.resolved.assets:
        if flown is not None and (asset.lat_deg, asset.lon_deg) == (flown.latitude_deg, flown.longitude_deg):
            return asset.name
    return "the theatre's origin"


def _difference(artist: Artist, against: Coverage, changed: Difference, level: int, names: Names, facts: dict[str, Any]) -> None:
    found, row = artist.found, facts["difference"][level]
    window = artist.window((changed.seen[level] > 0) | (changed.reached[level] > 0))
    mine, other = (artist.network(one, window, level) >= 0.5 for one in (found, against))
    reach, second = ((artist.zones(one, window, level) > 0.0).any(axis=0) for one in (found, against))
    seen, reached = (np.where(a, np.where(b, 1, 2), np.where(b, 3, 0)) for a, b in ((mine, other), (reach, second)))
    lost, won = row["seen"]["only_this"]["area_km2"], row["seen"]["only_against"]["area_km2"]
    first, last = (shortened(name, 30) for name in names)
    subtitle = f"{lost:,.0f} km² only with {first}; {won:,.0f} km² only with {last}"
    if "reached" in row:
        subtitle += f"; in reach {row['reached']['only_this']['area_km2']:,.0f} and {row['reached']['only_against']['area_km2']:,.0f} km²"
    sites = {*artist.sites(), *Artist(against, artist.folder).sites()}
    scene = artist.scene(window, f"{_target(found, level)}: what differs", subtitle, sorted(sites))
    artist.save(difference_figure(scene, seen, reached, names), f"difference-{found.levels[level].name}")


def _listed(parts: Sequence[str]) -> str:
    """A few figures in one line."""
    return ", ".join(parts[:LISTED_MOST]) + (" and more" if len(parts) > LISTED_MOST else "")


def _outlines(artist: Artist, facts: dict[str, Any]) -> None:
    """All altitudes on one map: of the network, and of each sensor."""
    found, names = artist.found, artist.found.compiled.names.sensors
    sides = SEEN_FROM[found.aspect]
    words = f"{_words(found)} a half or more" if len(names) > 1 else "One look detects with\na half or more"
    window = artist.window(_anywhere(found.network))
    fields = [(level.words, artist.network(found, window, k)) for k, level in enumerate(found.levels)]
    title = f"{found.target.name}, {sides}: where it is seen, by altitude"
    areas = [f"{row['area_km2']:,.0f} km² at {level.words}" for row, level in zip(facts["altitudes"], found.levels, strict=True)]
    artist.save(outlines_figure(artist.scene(window, title, _listed(areas)), fields, words), "outlines")
    for row, name in enumerate(names if len(names) > 1 else ()):
        if not len(found.sensors):
            break
        farthest = [f"{float(found.ranges_m[row, k].max()) / 1e3:,.0f} km at {level.words}" for k, level in enumerate(found.levels)]
        own = artist.window(_anywhere(found.sensors[row]))
        alone = [(level.words, seen) for level, seen in zip(found.levels, _alone(artist, own, row), strict=True)]
        title, told = f"{found.target.name}, {sides}: where {name} sees it", f"farthest: {_listed(farthest)}"
        head = "One look detects with\na half or more"
        if _hears(found, row):
            title, head = f"{found.target.name}: where {name} hears it", "Heard in one period with\na half or more"
            told = SILENT if not found.quarry.rcs[row].any() else told
        artist.save(outlines_figure(artist.scene(own, title, told), alone, head), f"outlines-{_file_name(name, row)}")


def _anywhere(maps: NDArray[Any]) -> NDArray[np.bool_]:
    """Cells (row, column) covered at one level or more of (level, row, column); one after another, for memory."""
    covered = maps[0] >= COVERED
    for one in maps[1:]:
        covered |= one >= COVERED
    return np.asarray(covered, np.bool_)


def _hears(found: Coverage, row: int) -> bool:
    """Whether a sensor is a receiver."""
    return placed_radars(found.compiled.resolved)[row].entry.kind == "receivers"


def _alone(artist: Artist, window: Window, row: int) -> NDArray[Any]:
    """Probability (level, row, column) of one sensor in a window's cells."""
    found = artist.found
    defence = found.compiled.model.defence
    farthest = np.zeros_like(defence.geometry.range_max)  # of the others, that they see nothing
    farthest[row] = defence.geometry.range_max[row]
    alone = defence._replace(geometry=defence.geometry._replace(range_max=farthest))
    return np.asarray(detection_maps(alone, window.grid, ground_below(found.compiled), found.quarry, found.levels, 1, False)[0])


def _cuts(artist: Artist, azimuths_deg: Sequence[float]) -> None:
    """A range-height diagram and a Blake chart of each sensor along each azimuth, by default its boresight."""
    found = artist.found
    defence, sensors = found.compiled.model.defence, placed_radars(found.compiled.resolved)
    top = max([TOP_M, *(1.5 * level.metres for level in found.levels)])
    for row, placed in enumerate(sensors):
        farthest = float(defence.geometry.range_max[row])
        reach = min(max(float(found.ranges_m[row].max()) * 1.4, 0.1 * farthest), farthest)
        ranges, heights = np.linspace(0.0, reach, CUT_POINTS), np.linspace(0.0, np.sqrt(top), CUT_POINTS) ** 2
        for azimuth in azimuths_deg or (math.degrees(float(defence.geometry.boresight[row])),):
            seen, below = vertical_cut(found.compiled, found.quarry, row, math.radians(azimuth), ranges, heights)
            along = f"along {azimuth % 360.0:.0f}°"
            hears = _hears(found, row)
            shown = found.target.name if hears else f"{found.target.name}, {SEEN_FROM[found.aspect]}"
            words = f"{shown}, {along}; antenna {placed.height:,.0f} m above the ellipsoid"
            radius = defence.settings.effective_earth_factor * float(defence.geometry.earth_radius[row])
            title = shortened(f"{placed.name}: how low it {'hears' if hears else 'sees'} how far", 88)
            if not seen.any():
                silent = hears and not found.quarry.rcs[row].any()
                words += f"; {SILENT if silent else 'it hears nothing this way' if hears else 'it sees nothing this way'}"
            cut = Cut(ranges, heights, seen, below, placed.height, radius, title, words, found.compiled.resolved.title, hears)
            stem = f"{_file_name(placed.name, row)}-{azimuth % 360.0:.0f}"
            artist.save(vertical_cut_figure(cut), f"cut-{stem}")
            artist.save(blake_chart_figure(cut), f"blake-{stem}")


def _file_name(name: str, row: int) -> str:
    """A sensor's name as part of a file's: its row keeps equal ones apart."""
    letters = [c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c)]  # s of ş
    plain = "".join(c if c.isalnum() and c.isascii() else "-" for c in letters).strip("-")
    return f"{row + 1}-{plain}"[:60]
