"""What a survey of coverage leaves in a folder: maps as NetCDF, GeoJSON, KML and pictures, and a summary."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from dowding import __version__
from dowding.analysis.theatre import Theatre
from dowding.formats.geojson import feature_collection
from dowding.formats.kml import Placemark, document
from dowding.formats.netcdf import Variable, write_netcdf
from dowding.model.bundles import Reals
from dowding.model.placing import placed_radars
from dowding.plots.borders import borders_in_box
from dowding.plots.coverage_map import COME, GONE, HALF, ZONE, CoverageField, coverage_figure, difference_figure
from dowding.plots.labels import at_altitude
from dowding.plots.style import write
from dowding.plots.vertical_cut import vertical_cut_figure
from dowding.survey.contours import Polygon, polygons
from dowding.survey.coverage import COVERED, CUMULATIVE, Survey, difference, summary_of
from dowding.survey.ranges import vertical_cut

CUT_POINTS = 500


def borders_of(survey: Survey) -> list[Reals]:
    """Land borders on a survey's map, each (point, 2) latitude and longitude in degrees."""
    grid = survey.grid
    return borders_in_box(*(float(v) for v in (*grid.latitude_deg[[0, -1]], *grid.longitude_deg[[0, -1]])))


def summarise(survey: Survey, against: Survey | None = None, names: tuple[str, str] = ("", ""), command: str = "") -> dict[str, Any]:
    """The summary of a survey, with what it and another on the same grid cover each alone."""
    head = {"dowding": __version__, "command": command, "scenario": names[0], "title": survey.compiled.resolved.title}
    facts = head | summary_of(survey, borders_of(survey))
    if against is not None:
        found = difference(survey, against)
        facts["against"] = {"scenario": names[1], "title": against.compiled.resolved.title} | summary_of(against, borders_of(survey))
        facts["difference"] = [
            {
                "altitude_m": float(altitude),
                "only_this_km2": round(found.only_first_km2[level], 3),
                "only_against_km2": round(found.only_second_km2[level], 3),
                "only_this_zone_km2": round(found.only_first_zone_km2[level], 3),
                "only_against_zone_km2": round(found.only_second_zone_km2[level], 3),
            }
            for level, altitude in enumerate(survey.altitudes_m)
        ]
    return facts


def write_survey(
    survey: Survey,
    folder: Path,
    against: Survey | None = None,
    *,
    names: tuple[str, str] = ("", ""),
    figures: bool = True,
    command: str = "",
) -> dict[str, Any]:
    """Write coverage.nc, coverage.geojson, coverage.kml, summary.json and, unless not wanted, pictures into `folder`, made if absent.

    `names` are what the two scenarios are called. Returns the summary.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = summarise(survey, against, names, command)
    write_netcdf(folder / "coverage.nc", _variables(survey), _attributes(survey))
    shapes = _shapes(survey, against)
    text = feature_collection([(properties, found) for properties, _colour, found in shapes])
    (folder / "coverage.geojson").write_text(text, encoding="utf-8")
    (folder / "coverage.kml").write_text(_kml(survey, shapes), encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if figures:
        _figures(survey, against, names, facts, folder)
    return facts


def _attributes(survey: Survey) -> dict[str, Any]:
    return {
        "title": f"Coverage of {survey.compiled.resolved.title or 'a network'} against {survey.target.id} (simulation)",
        "source": f"dowding {__version__}",
        "target": survey.target.id,
        "aspect": survey.aspect,
        "at_least": survey.at_least,
    }


def _variables(survey: Survey) -> dict[str, Variable]:
    grid, names = survey.grid, survey.compiled.names
    up = {"standard_name": "height_above_reference_ellipsoid", "units": "m", "positive": "up", "axis": "Z"}
    north = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    east = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    level, place = ("altitude",), ("altitude", "latitude", "longitude")
    one = {"units": "1"}
    words = f"probability that at least {survey.at_least} of the sensors detect in one look each"
    found = {
        "altitude": Variable(level, survey.altitudes_m, up),
        "latitude": Variable(("latitude",), grid.latitude_deg, north),
        "longitude": Variable(("longitude",), grid.longitude_deg, east),
        "azimuth": Variable(("azimuth",), np.degrees(survey.azimuths_rad), {"units": "degree", "long_name": "clockwise from north"}),
        "network_probability": Variable(place, survey.network, one | {"long_name": words}),
        "farthest_range": Variable(
            ("all_sensors", "altitude", "azimuth"),
            survey.ranges_m,
            {"units": "m", "long_name": "ground range at which half the looks detect", "names": "; ".join(names.sensors)},
        ),
    }
    if len(survey.sensors):
        about = one | {"long_name": "detection probability of one look", "names": "; ".join(names.sensors)}
        found["sensor_probability"] = Variable(("sensor", *place), survey.sensors, about)
    if len(survey.kill):
        about = one | {"long_name": "kill probability of one shot, 0 outside the zone", "names": "; ".join(names.units)}
        found["kill_probability"] = Variable(("unit", *place), survey.kill, about)
    if survey.approach is not None:
        flown = survey.approach
        around = ("bearing", "distance")
        toward = f"{flown.latitude_deg:.6f} {flown.longitude_deg:.6f}"
        found["bearing"] = Variable(("bearing",), np.degrees(flown.azimuth_rad), {"units": "degree", "long_name": "at the point"})
        found["distance"] = Variable(("distance",), flown.range_m, {"units": "m", "long_name": "from the point flown at"})
        found["approach_latitude"] = Variable(around, flown.place_deg[..., 0], {"units": "degrees_north"})
        found["approach_longitude"] = Variable(around, flown.place_deg[..., 1], {"units": "degrees_east"})
        about = one | {"long_name": "probability of having been detected on the way here", "toward": toward}
        found["cumulative_probability"] = Variable(("altitude", *around), flown.probability, about)
    return found


Shapes = list[tuple[dict[str, Any], str, list[Polygon]]]


def _shapes(survey: Survey, against: Survey | None) -> Shapes:
    """Properties, colour and polygons of all that is covered, reached, lost and gained, by altitude."""
    shapes: Shapes = []
    found = None if against is None else difference(survey, against)
    for level, altitude in enumerate(survey.altitudes_m):
        base = {"altitude_m": float(altitude), "target": survey.target.id, "simulation": True}
        covered = polygons(survey.grid, survey.network[level], COVERED)
        shapes.append((base | {"kind": "detection", "name": "network", "least": COVERED}, HALF, covered))
        for row, name in enumerate(survey.compiled.names.units[: len(survey.kill)]):
            zone = polygons(survey.grid, survey.kill[row, level] > 0.0, 0.5)
            best = float(survey.kill[row, level].max())
            shapes.append((base | {"kind": "engagement", "name": name, "kill_probability": round(best, 4)}, ZONE, zone))
        if found is not None:
            for kind, colour, cells in (("only this", GONE, found.only_first), ("only against", COME, found.only_second)):
                shapes.append((base | {"kind": kind, "name": "network"}, colour, polygons(survey.grid, cells[level], 0.5)))
    return shapes


def _kml(survey: Survey, shapes: Shapes) -> str:
    folders: dict[str, list[Placemark]] = {}
    for properties, colour, found in shapes:
        words = f"{properties['kind']}, {properties['name']}, {at_altitude(properties['altitude_m'])}"
        about = f"target {properties['target']}, {survey.aspect} aspect; a simulation on openly published figures"
        folders.setdefault(properties["kind"], []).append(Placemark(words, about, colour, properties["altitude_m"], found))
    return document(str(_attributes(survey)["title"]), list(folders.items()))


def _sites(survey: Survey) -> list[tuple[str, float, float]]:
    """Fire units, and sensors that belong to none: name, latitude, longitude."""
    resolved = survey.compiled.resolved
    units = [(unit.name, unit.lat_deg, unit.lon_deg) for unit in resolved.fire_units]
    return units + [(sensor.name, sensor.lat_deg, sensor.lon_deg) for sensor in resolved.sensors]


def _ring(survey: Survey, level: int) -> Reals:
    """Where the cumulative probability is reached, (azimuth, 2) degrees; nothing unless it is reached from all sides."""
    flown = survey.approach
    if flown is None:
        return np.zeros((0, 2))
    at = flown.crossings(CUMULATIVE)[level]
    if np.isnan(at).any():
        return np.zeros((0, 2))
    inner = np.minimum(at.astype(np.int64), len(flown.range_m) - 2)
    share, row = (at - inner)[:, np.newaxis], np.arange(len(at))
    ring = (1.0 - share) * flown.place_deg[row, inner] + share * flown.place_deg[row, inner + 1]
    return np.asarray(ring, np.float64)


def _subtitle(facts: dict[str, Any], level: int) -> str:
    row = facts["altitudes"][level]
    borders = f" and {row['border_km']:,.0f} km of land borders" if row["border_km"] else ""
    return f"half the looks or more detect it over {row['area_km2']:,.0f} km²{borders}"


def _field(survey: Survey, level: int, title: str, subtitle: str) -> CoverageField:
    origin = survey.compiled.resolved.scenario.theatre.origin
    theatre = Theatre(origin.lat_deg, origin.lon_deg, 0.0)
    several = len(survey.compiled.names.sensors) > 1
    words = f"At least {survey.at_least} of the sensors\ndetect with" if several else "One look detects with"
    return CoverageField(
        theatre,
        survey.grid.latitude_deg,
        survey.grid.longitude_deg,
        survey.network[level],
        survey.kill[:, level],
        _sites(survey),
        _ring(survey, level),
        title,
        subtitle,
        survey.compiled.resolved.title,
        words,
    )


def _figures(survey: Survey, against: Survey | None, names: tuple[str, str], facts: dict[str, Any], folder: Path) -> None:
    found = None if against is None else difference(survey, against)
    shown = {"front": "nose on", "side": "from the side", "rear": "from behind", "mean": "on any course"}[survey.aspect]
    for level, altitude in enumerate(survey.altitudes_m):
        title = f"{survey.target.id} {at_altitude(float(altitude))}, {shown}: where it is seen and shot at"
        stem = folder / f"coverage-{altitude:g}m"
        write(coverage_figure(_field(survey, level, title, _subtitle(facts, level))), stem, ("png", "svg"))
        if found is not None and against is not None:
            lost, won = found.only_first_km2[level], found.only_second_km2[level]
            field = _field(survey, level, f"{survey.target.id} {at_altitude(float(altitude))}: what differs", "")
            words = f"{lost:,.0f} km² only in the first, {won:,.0f} km² only in the second"
            field = field._replace(subtitle=words, ring_deg=np.zeros((0, 2)))
            zone = np.any(survey.kill[:, level] > 0.0, axis=0) & ~np.any(against.kill[:, level] > 0.0, axis=0)
            drawn = difference_figure(field, survey.covered(level), against.covered(level), zone, names)
            write(drawn, folder / f"difference-{altitude:g}m", ("png", "svg"))
    _cuts(survey, folder)


def _cuts(survey: Survey, folder: Path) -> None:
    """One vertical cut for each sensor."""
    top = float(max(1.5 * survey.altitudes_m.max(), 15_000.0))
    geometry = survey.compiled.model.defence.geometry
    for row, placed in enumerate(placed_radars(survey.compiled.resolved)):
        reach = max(float(survey.ranges_m[row].max()) * 1.4, 0.1 * float(geometry.range_max[row]))
        ranges = np.linspace(0.0, min(reach, float(geometry.range_max[row])), CUT_POINTS)
        heights = np.linspace(0.0, np.sqrt(top), CUT_POINTS) ** 2
        found = vertical_cut(survey.compiled, survey.target, row, ranges, heights)
        along = f"{np.degrees(geometry.boresight[row]):.0f}°"
        words = f"{survey.target.id}, nose on, along {along}; antenna {placed.height:.0f} m above the ellipsoid"
        figure = vertical_cut_figure(
            ranges, heights, found, placed.height, f"{placed.name}: how low it sees how far", words, survey.compiled.resolved.title
        )
        write(figure, folder / f"cut-{_file_name(placed.name, row)}", ("png", "svg"))


def _file_name(name: str, row: int) -> str:
    """A sensor's name as part of a file's: its row keeps equal ones apart."""
    plain = "".join(c if c.isalnum() and c.isascii() else "-" for c in name.lower()).strip("-")
    return f"{row + 1}-{plain}"[:60]

