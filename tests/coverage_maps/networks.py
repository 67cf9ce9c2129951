"""Small worlds with a radar and batteries."""

from typing import Any

from replicates import world

from dowding.model import Compiled

ALTITUDES = [100.0, 3000.0, 10000.0]
SEARCH = {"name": "Search", "radar": "91n6e", "lat_deg": 40.0, "lon_deg": 33.0}
WEST = {"name": "West", "system": "patriot", "lat_deg": 39.9, "lon_deg": 32.0, "boresight_deg": 200.0}
EAST = {"name": "East", "system": "patriot", "lat_deg": 39.9, "lon_deg": 34.0, "boresight_deg": 160.0}
ASSET = {"name": "Depot", "lat_deg": 40.0, "lon_deg": 33.0, "radius_km": 2.0}
INBOUND = {"name": "in", "target": "f-16", "route": [{"lat_deg": 41.0, "lon_deg": 33.0, "altitude_m": 8000.0}, {"to": "Depot"}]}
ORIGIN = {"lat_deg": 40.0, "lon_deg": 33.0}


def network(**tables: Any) -> Compiled:
    """A world with an asset and a flight, which a scenario must have."""
    return world(**({"asset": [ASSET], "flight": [INBOUND]} | tables))


def hilly(**tables: Any) -> Compiled:
    """A radar that sees 300 km far, and a battery, over the shipped terrain."""
    search = SEARCH | {"radar": "96l6e"}
    given = {"theatre": {"origin": ORIGIN, "terrain": "turkey"}, "sensor": [search], "fire_unit": [WEST | {"boresight_deg": 90.0}]}
    return network(**(given | tables))
