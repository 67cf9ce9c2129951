"""The ground under a scenario: what height it has where something stands, from its terrain or a smooth earth."""

import math
from dataclasses import dataclass, replace

from dowding.errors import TerrainError
from dowding.scenario.faults import Fault, Mistake
from dowding.scenario.paths import Point
from dowding.scenario.resolved import ResolvedFlight
from dowding.scenario.schema import Asset, Theatre
from dowding.terrain import Elevation, height_at, load_terrain

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

    def site(self, place: str, given: float | None, lat_deg: float, lon_deg: float) -> float:
        """Height of a site: what was written, held against the terrain, or the terrain's."""
        height = self.height(place, lat_deg, lon_deg)
        if given is None:
            return height
        if self.elevation is not None and given < height - BURIED_M:
            raise Mistake(Fault(place, f"got {given:g}, must be at least {height:.0f}, the height of the terrain there", "leave it out"))
        return given

    def asset(self, place: str, asset: Asset) -> Asset:
        """The asset at its height."""
        return asset.model_copy(update={"altitude_m": self.site(f"{place}.altitude_m", asset.altitude_m, asset.lat_deg, asset.lon_deg)})

    def flight(self, place: str, flight: ResolvedFlight) -> ResolvedFlight:
        """The flight with launch and impact on the ground."""

        def landed(key: str, point: Point | None) -> Point | None:
            return None if point is None else replace(point, altitude_m=self.height(f"{place}.{key}", point.lat_deg, point.lon_deg))

        return replace(flight, launch=landed("launch", flight.launch), impact=landed("impact", flight.impact))


def ground_of(theatre: Theatre) -> Ground:
    """The ground that a theatre names; a Mistake if it cannot be read."""
    sea = theatre.unknown_ground == "sea"
    if theatre.terrain == SMOOTH:
        return Ground(None, sea)
    try:
        return Ground(load_terrain(theatre.terrain), sea)
    except TerrainError as error:
        raise Mistake(Fault("theatre.terrain", error.message, error.hint or "smooth, turkey, or a path")) from None
