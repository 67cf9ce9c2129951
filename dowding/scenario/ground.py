"""The ground under a scenario: what height it has where something stands, from its terrain or a smooth earth."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from dowding.errors import TerrainError
from dowding.scenario.faults import Fault, Mistake
from dowding.scenario.paths import Point
from dowding.scenario.resolved import ResolvedFireUnit, ResolvedFlight, ResolvedSensor
from dowding.scenario.schema import Asset, Theatre
from dowding.terrain import Elevation, Window, height_at, load_terrain

Standing = TypeVar("Standing", ResolvedFireUnit, ResolvedSensor)

Reader = Callable[[str, Window | None], Elevation]  # of terrain by name or path, as far as a window needs it

SMOOTH = "smooth"
BURIED_M = 30.0  # a site may lie this much lower than the terrain says; grids round off valleys and summits


@dataclass(frozen=True)
class Ground:
    """Heights of the ground; `elevation` is None on a smooth earth, where all is 0."""

    elevation: Elevation | None
    sea_where_unknown: bool

    def height(self, place: str, lat_deg: float, lon_deg: float) -> float:
        """Metres above sea level; a Mistake names `place` where the terrain holds nothing."""
        if self.elevation is None:
            return 0.0
        height = height_at(self.elevation, lat_deg, lon_deg)
        if not math.isnan(height):
            return height
        if self.sea_where_unknown:
            return 0.0
        text = f"got {lat_deg:g}, {lon_deg:g}, must lie on known ground; terrain {self.elevation.name} covers {self.elevation.extent}"
        raise Mistake(Fault(place, text, 'theatre.unknown_ground = "sea" takes unknown ground for sea'))

    def _site(self, place: str, given: float, lat_deg: float, lon_deg: float) -> float:
        """Height of a site: what was written, held against the terrain, or, where that is NaN, the terrain's."""
        height = self.height(place, lat_deg, lon_deg)
        if math.isnan(given):
            return height
        if self.elevation is not None and given < height - BURIED_M:
            raise Mistake(Fault(place, f"got {given:g}, must be at least {height:.0f}, the height of the terrain there", "leave it out"))
        return given

    def asset(self, place: str, asset: Asset) -> Asset:
        """The asset at its height."""
        given = math.nan if asset.altitude_m is None else asset.altitude_m
        return asset.model_copy(update={"altitude_m": self._site(f"{place}.altitude_m", given, asset.lat_deg, asset.lon_deg)})

    def stand(self, place: str, site: Standing) -> Standing:
        """The fire unit or sensor at its height; one that flies is not on the ground."""
        if isinstance(site, ResolvedSensor) and site.tour is not None:
            return site
        height = self._site(f"{place}.ground_altitude_m", site.ground_altitude_m, site.lat_deg, site.lon_deg)
        return replace(site, ground_altitude_m=height)

    def flight(self, place: str, flight: ResolvedFlight) -> ResolvedFlight:
        """The flight with launch and impact on the ground."""

        def landed(key: str, point: Point | None) -> Point | None:
            return None if point is None else replace(point, altitude_m=self.height(f"{place}.{key}", point.lat_deg, point.lon_deg))

        return replace(flight, launch=landed("launch", flight.launch), impact=landed("impact", flight.impact))


def terrain_of(source: str, window: Window | None) -> Elevation:
    """The terrain read from its file."""
    return load_terrain(source, window=window)


def ground_of(theatre: Theatre, window: Window | None, read: Reader) -> Ground:
    """The ground that a theatre names, as far as a window needs it; a Mistake if it cannot be read."""
    sea = theatre.unknown_ground == "sea"
    if theatre.terrain == SMOOTH:
        return Ground(None, sea)
    try:
        return Ground(read(theatre.terrain, window), sea)
    except TerrainError as error:
        raise Mistake(Fault("theatre.terrain", error.message, error.hint or "smooth, turkey, or a path")) from None
